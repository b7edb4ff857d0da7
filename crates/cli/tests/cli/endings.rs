//! What a plan says about its apply is what its apply does: the code, and what it asks.

use serde_json::Value;

use crate::bench::Bench;
use crate::sandbox::{applied, check};

fn json(bench: &Bench, args: &[&str], code: i32) -> Value {
    serde_json::from_str(&check(bench, &[args, &["--json"]].concat(), code).stdout).unwrap()
}

/// Plans, with and without the flag, and applies.
#[track_caller]
fn check_ends(bench: &Bench, flags: &[&str], code: i32, detailed: i32, says: &str) {
    let plan = check(bench, &[&["plan"][..], flags].concat(), code);
    let last = plan.stdout.lines().last().unwrap();
    assert!(last.contains(&format!("would end with {code}: ")) && last.contains(says), "{last}");
    check(bench, &[&["plan", "--detailed-exitcode"][..], flags].concat(), detailed);
    let plan = json(bench, &[&["plan"][..], flags].concat(), code);
    assert_eq!(plan["left"]["exit_code"], code, "{}", plan["left"]);
    assert_eq!(plan["apply_exit_code"], code);
    check(bench, &[&["apply", "--yes"][..], flags].concat(), code);
}

#[test]
fn what_needs_a_decision_fails_the_plan_and_not_the_merge() {
    let bench = applied("production.toml");
    bench.replace("[[replica]]\nname = \"read-1\"\n", "");
    check_ends(&bench, &[], 4, 4, "changes need a decision");
    // It is no drift, and nobody has seen to it.
    check(&bench, &["drift"], 4);
    check(&bench, &["drift", "--detailed-exitcode"], 4);
    // Beside something that is made, too.
    let tamper = ["sandbox", "tamper", "db-instance/orders-primary", "copy_tags", "false"];
    check(&bench, &tamper, 0);
    check(&bench, &["drift", "--detailed-exitcode"], 2);
    check_ends(&bench, &[], 4, 4, "the rest would be made");
}

#[test]
fn what_waits_for_the_window_ends_as_the_apply_does() {
    let bench = applied("production.toml");
    bench.replace("max_connections            = 200", "max_connections            = 300");
    let flags = ["--max-disruption", "outage"];
    check_ends(&bench, &flags, 5, 2, "run it again once that is over");
    check(&bench, &["drift"], 0);
    let plan = json(&bench, &[&["plan"][..], &flags].concat(), 5);
    assert_eq!((&plan["left"]["deciding"], &plan["left"]["unseen"]), (&0.into(), &0.into()));
    let blocked = plan["resource_changes"].as_array().unwrap().iter();
    let blocked: Vec<&Value> = blocked.filter(|change| !change["blocked"].is_null()).collect();
    assert!(blocked.iter().all(|change| change["blocked"]["takes"] == "time"), "{blocked:#?}");
}

#[test]
fn a_network_that_is_missing_away_from_home_is_an_error_in_both() {
    let bench = applied("minimal.toml");
    let away = "\n[[replica]]\nname = \"dr\"\nregion = \"us-west-2\"\nkms_key = \"arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001\"\n\n[network.regions.us-west-2]\nvpc = { tag = { Name = \"shop\" } }\n";
    bench.write("cluster.toml", bench.read("cluster.toml") + away);
    check_ends(&bench, &[], 1, 1, "hang on what could not be read or found");
    let drift = check(&bench, &["drift"], 1);
    drift.remarks("hang on what could not be read or found");
}

#[test]
fn json_has_what_an_apply_asks_and_who_holds_the_lock() {
    let bench = applied("minimal.toml");
    let plan = json(&bench, &["plan"], 0);
    assert_eq!((&plan["asks"], &plan["lock"]), (&Value::Array(Vec::new()), &Value::Null));
    bench.replace("class", "class   = \"db.r6g.2xlarge\" #");
    bench.write(
        "cluster.toml",
        bench.read("cluster.toml") + "\n[maintenance]\napply = \"immediately\"\n",
    );
    let plan = json(&bench, &["plan"], 0);
    assert_eq!(plan["asks"][0]["flags"][0], "--yes");
    assert_eq!(plan["asks"][0]["why"], "this plan causes a failover now");
    let plan = json(&bench, &["plan", "--max-disruption", "none"], 3);
    assert_eq!(plan["asks"][0]["flags"], serde_json::json!(["--max-disruption", "failover"]));
    assert_eq!(plan["apply_exit_code"], 3);
    bench.write(".pgha/sandbox.json", crate::sandbox::with_a_lock(&bench));
    let plan = json(&bench, &["plan", "--yes"], 0);
    assert_eq!(plan["asks"], Value::Array(Vec::new()));
    assert_eq!(plan["lock"]["holder"], "somebody@elsewhere 1");
    assert_eq!(plan["lock"]["region"], "us-east-1");
    assert_eq!(plan["lock"]["address"], "security-group/minimal-lock");
    assert!(plan["lock"]["until"].is_string() && plan["lock"]["since"].is_string(), "{plan:#}");
}

/// All of what is blocked is there, folded or not, and what waits is not marked as an alarm.
#[test]
fn drift_lists_what_is_blocked_and_does_not_cry_about_what_waits() {
    let bench = applied("minimal.toml");
    let network = "[network]\nvpc = { tag = { Name = \"shop\" } }\n\n[alerting]";
    bench.replace("[alerting]", network);
    let blocked = |args: &[&str]| {
        let plan = json(&bench, args, 1);
        let changes = plan["resource_changes"].as_array().unwrap().clone();
        changes.iter().filter(|c| !c["blocked"].is_null()).count()
    };
    let drift = check(&bench, &["drift"], 1).stdout;
    let listed = drift.lines().filter(|line| line.starts_with("  !  ")).count();
    // And the subscription that nobody confirmed.
    assert_eq!(listed, blocked(&["plan"]) + 1, "{drift}");
    let bench = applied("production.toml");
    bench.replace("max_connections            = 200", "max_connections            = 300");
    let drift = check(&bench, &["drift"], 0).stdout;
    assert!(drift.contains("  ·  db-parameter-group/orders-pg16: held until"), "{drift}");
}

#[test]
fn a_policy_that_somebody_changed_is_a_difference_and_no_long_line() {
    let bench = applied("minimal.toml");
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:TagSession"}]}"#;
    let role = "iam-role/minimal-monitoring-us-east-1";
    check(&bench, &["sandbox", "tamper", role, "trust", trust], 0);
    let drift = check(&bench, &["drift"], 0).stdout;
    assert!(drift.contains("-    \"Action\": \"sts:TagSession\""), "{drift}");
    assert!(drift.lines().all(|line| line.chars().count() <= 100), "{drift}");
}

#[test]
fn a_new_cluster_beside_others_is_asked_about() {
    let bench = applied("minimal.toml");
    bench.replace("name", "name = \"another\" #");
    let plan = json(&bench, &["plan"], 0);
    assert_eq!(plan["asks"][0]["why"], "this plan makes a new cluster beside others");
    let refused = check(&bench, &["apply"], 3);
    refused.remarks("makes a new cluster beside others");
}

#[test]
fn a_destruction_in_another_region_is_not_done_with() {
    let bench = applied("production.toml");
    bench.replace("us-east-1", "us-east-2");
    let destroys = check(&bench, &["destroy", "--confirm", "orders"], 4);
    let said = format!("{}{}", destroys.stdout, destroys.stderr);
    assert!(said.contains("lives in us-east-1"), "{said}");
}
