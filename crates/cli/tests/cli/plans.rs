//! What a plan says and takes: equal changes, documents, saved plans, words and renames.

use serde_json::Value;

use crate::bench::Bench;
use crate::sandbox::{applied, check};

/// What changes in the same way is one line, and JSON and `-v` have all.
#[test]
fn equal_changes_are_folded() {
    let bench = applied("production.toml");
    bench.replace("team = \"payments\"", "team = \"billing\"");
    let plan = check(&bench, &["plan"], 0).stdout;
    assert!(plan.lines().count() < 30, "{plan}");
    assert!(plan.contains(" alarms, ") && plan.contains("(-v lists them)"), "{plan}");
    assert_eq!(plan.matches("payments → billing").count(), 1, "{plan}");
    let verbose = check(&bench, &["plan", "-v"], 0).stdout;
    assert!(verbose.matches("payments → billing").count() > 40, "{verbose}");
    let json = check(&bench, &["plan", "--json"], 0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json["resource_changes"].as_array().unwrap().len() > 40);
    check(&bench, &["apply", "--yes"], 0);
    // Only what is equal: an alarm with a change of its own keeps its line.
    bench.replace("[alerting.alarms.cpu]\nthreshold = 80", "[alerting.alarms.cpu]\nthreshold = 81");
    let plan = check(&bench, &["plan"], 0).stdout;
    assert!(plan.contains("alarm/orders-primary-cpu"), "{plan}");
    check(&bench, &["sandbox", "tamper", "alarm/orders-primary-cpu", "period", "120"], 0);
    check(&bench, &["plan", "--detailed-exitcode"], 2).says("alarm/orders-primary-cpu");
}

#[test]
fn one_more_statement_of_a_policy_changes_no_other_line() {
    let bench = applied("minimal.toml");
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"monitoring.rds.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:TagSession"}]}"#;
    let role = "iam-role/minimal-monitoring-us-east-1";
    check(&bench, &["sandbox", "tamper", role, "trust", trust], 0);
    let plan = check(&bench, &["plan"], 0).stdout;
    let lone = |sign: &str| plan.lines().any(|line| line.trim() == format!("{sign}    }},"));
    assert!(plan.contains("sts:TagSession") && !lone("-") && !lone("+"), "{plan}");
}

#[test]
fn a_saved_plan_is_applied_with_its_own_spec() {
    let bench = Bench::example("minimal.toml");
    check(&bench, &["plan", "--out", "plan.json"], 0);
    bench.write("other.toml", bench.read("cluster.toml").replace("minimal", "other"));
    let refused = check(&bench, &["apply", "plan.json", "-f", "other.toml"], 3);
    refused.remarks("other.toml is another spec than the saved plan was made of");
    check(&bench, &["apply", "plan.json", "-f", "nowhere.toml"], 1);
    check(&bench, &["apply", "plan.json", "-f", "cluster.toml"], 0);
}

/// A class that fails over now, and a guard that forbids it.
fn forbidden() -> Bench {
    let bench = applied("minimal.toml");
    bench.replace("class    = \"db.m8g.large\"", "class    = \"db.m8g.xlarge\"");
    bench.replace(
        "[guard]\n",
        "[maintenance]\napply = \"immediately\"\n\n[guard]\nmax_disruption = \"none\"\n",
    );
    bench
}

#[test]
fn a_saved_plan_carries_its_limit_and_is_applied_once() {
    let bench = forbidden();
    let refused = check(&bench, &["plan", "--out", "a.plan"], 3);
    // The file is what is applied, so that the limit belongs into it.
    refused.says("`pgha plan --sandbox --out a.plan --max-disruption failover`");
    check(&bench, &["apply", "a.plan"], 3).remarks("the limit is `none`");
    let flags = ["--max-disruption", "failover"];
    check(&bench, &[&["plan", "--out", "a.plan"][..], &flags].concat(), 0);
    // Who applies it may be stricter.
    check(&bench, &["apply", "a.plan", "--max-disruption", "none"], 3);
    let ran = check(&bench, &["apply", "a.plan"], 0);
    ran.says("the account is as the spec in a.plan says");
    let again = check(&bench, &["apply", "a.plan"], 3);
    again.remarks("nothing is left to do of a.plan: it was applied before");
    again.remarks("`pgha plan --sandbox`");
    check(&bench, &["plan", "--detailed-exitcode"], 0);
}

#[test]
fn a_saved_plan_beside_an_edited_spec_says_which_one_it_follows() {
    let bench = forbidden();
    let flags = ["--max-disruption", "failover"];
    check(&bench, &[&["plan", "--out", "a.plan"][..], &flags].concat(), 0);
    bench.replace("db.m8g.xlarge", "db.m8g.2xlarge");
    let ran = check(&bench, &["apply", "a.plan"], 0);
    ran.remarks("cluster.toml is another spec by now than the one in the saved plan");
    assert!(!ran.stdout.contains("as cluster.toml says"), "{}", ran.stdout);
    // A plan of nothing is applied as often as one likes.
    bench.replace("db.m8g.2xlarge", "db.m8g.xlarge");
    check(&bench, &["plan", "--out", "a.plan"], 0);
    for _ in 0..2 {
        check(&bench, &["apply", "a.plan"], 0).says("as the spec in a.plan says");
    }
}

/// What is copied from the screen does what is meant, and nothing less.
#[test]
fn a_hint_is_a_whole_command() {
    let bench = forbidden();
    let flags = ["-f", "shop.toml", "--sandbox=box.json", "--max-disruption", "none"];
    std::fs::rename(bench.path("cluster.toml"), bench.path("shop.toml")).unwrap();
    std::fs::rename(bench.path(".pgha/sandbox.json"), bench.path("box.json")).unwrap();
    let ran = |args: &[&str], code: i32| bench.check(&[args, &flags].concat(), code);
    let same = "--file shop.toml --sandbox=box.json";
    ran(&["plan"], 3).says(&format!("`pgha apply {same} --max-disruption failover`"));
    let refused = ran(&["apply", "--journal", "j"], 3);
    refused.remarks(&format!("`pgha apply {same} --journal j --max-disruption failover`"));
    let asked = bench.check(&[&["apply"][..], &flags[..4], &["failover"]].concat(), 3);
    asked.remarks(&format!("`pgha apply {same} --yes --max-disruption failover`"));
    let destroy = bench.check(&[&["destroy", "--skip-final-snapshot"], &flags[..3]].concat(), 3);
    destroy.remarks(&format!("`pgha destroy {same} --skip-final-snapshot --confirm minimal`"));
}

#[test]
fn a_word_to_delete_what_the_spec_has_is_pointed_out() {
    let bench = applied("minimal.toml");
    let word = "delete:db-instance/minimal-primary";
    check(&bench, &["plan", "--allow", word], 0).says("the spec has it, so");
    let nonsense =
        check(&bench, &["sandbox", "tamper", "security-group/minimal-db", "ingress", "x"], 1);
    nonsense.remarks("`ingress` cannot be `x`");
}

/// RDS keeps the replicas of what is renamed: its old name mends all of it.
#[test]
fn a_renamed_primary_is_renamed_back() {
    let bench = applied("production.toml");
    let rename = |from: &str, to: &str| {
        check(&bench, &["sandbox", "rename", &format!("db-instance/{from}"), to], 0);
        check(&bench, &["sandbox", "advance", "30m"], 0);
    };
    rename("orders-primary", "orders-old");
    let plan = check(&bench, &["plan"], 4).stdout;
    assert_eq!(plan.matches("which it still replicates").count(), 2, "{plan}");
    assert!(!plan.contains("under another name\n"), "{plan}");
    rename("orders-old", "orders-primary");
    check(&bench, &["plan", "--detailed-exitcode"], 0);
}

/// What is held counts as what it will cost, in both.
#[test]
fn an_apply_refuses_what_is_held_as_its_plan_does() {
    let bench = applied("production.toml");
    bench.replace("max_connections            = 200", "max_connections            = 300");
    bench.replace("max_disruption = \"failover\"", "max_disruption = \"none\"");
    let plan = check(&bench, &["plan"], 3);
    plan.says("held until the window");
    let last = plan.stdout.lines().last().unwrap().to_string();
    let apply = check(&bench, &["apply", "--yes"], 3);
    let error = apply.stderr.lines().find_map(|line| line.strip_prefix("error: ")).unwrap();
    assert!(last.starts_with(&format!("refused: {error}; ")), "{last}\n{error}");
    let flags = ["--max-disruption", "outage"];
    check(&bench, &[&["plan"][..], &flags].concat(), 5);
    check(&bench, &[&["apply", "--yes"][..], &flags].concat(), 5);
}

#[test]
fn a_window_that_opened_is_no_account_that_moved() {
    let bench = applied("production.toml");
    bench.replace("max_connections            = 200", "max_connections            = 300");
    bench.replace("max_disruption = \"failover\"", "max_disruption = \"outage\"");
    bench.replace("log_statement              = \"ddl\"", "log_statement              = \"all\"");
    check(&bench, &["plan", "--out", "a.plan"], 5).says("held until the window");
    // From Saturday noon and the time that the first apply took, into Sunday's window.
    for _ in 0..200 {
        check(&bench, &["sandbox", "advance", "15m"], 0);
        let plan = bench.run(&["plan", "--sandbox"]).stdout;
        if !plan.contains("held until the window") {
            break;
        }
    }
    let ran = check(&bench, &["apply", "a.plan"], 3);
    ran.remarks("the maintenance window opened, or the account moved, since the plan was saved");
}
