//! Resources under names of their own, and what is only used.

use pgha_resource::desired::Mode;
use pgha_resource::{Address, Ref, Resource};
use pgha_spec::load;

use super::check;
use super::text_of;

const SG: &str = "\"sg-0123456789abcdef0\"";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:legacy-AbCdEf";

/// The addresses of a spec, those that are only used with a mark.
fn addresses(rest: &str) -> Vec<String> {
    let text = text_of("", rest);
    let loaded = load("t.toml", &text).unwrap_or_else(|e| panic!("{:#?}", e.diagnostics));
    let shown = |(address, wanted): (&Address, &pgha_resource::DesiredResource)| match wanted.mode {
        Mode::Given => format!("{address} given"),
        _ => address.to_string(),
    };
    loaded.desired.resources.iter().map(shown).collect()
}

#[track_caller]
fn check_has(rest: &str, has: &[&str], has_not: &[&str]) {
    let addresses = addresses(rest);
    for address in has {
        assert!(addresses.iter().any(|a| a == address), "{address} is not in {addresses:#?}");
    }
    for address in has_not {
        assert!(addresses.iter().all(|a| a != address), "{address} is in {addresses:#?}");
    }
}

#[test]
fn what_is_a_part_or_a_user_of_something_follows_its_name() {
    let rest = r#"
[names]
"db-instance/t-primary" = "legacy"
"db-instance/t-read-1" = "legacy-read"
"db-proxy/t-proxy" = "front"
"sns-topic/t-alerts" = "pager"
"alarm/t-primary-cpu" = "High CPU"
"db-instance/t-dr@us-west-2" = "legacy-dr"
[backup.replicate_to]
region = "us-west-2"
kms_key = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001"
[proxy]
[[replica]]
name = "read-1"
[[replica]]
name = "dr"
region = "us-west-2"
kms_key = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001"
"#;
    check_has(
        rest,
        &[
            "db-instance/legacy",
            "db-instance/legacy-read",
            "db-instance/legacy-dr@us-west-2",
            "backup-replication/legacy@us-west-2",
            "db-proxy/front",
            "db-proxy-target-group/front",
            "db-proxy-target/front:legacy",
            "sns-topic/pager",
            "sns-topic/t-alerts@us-west-2",
            "sns-subscription/pager:email:a@b.c",
            "alarm/High CPU",
        ],
        &["db-instance/t-primary", "db-proxy/t-proxy", "alarm/t-primary-cpu"],
    );
    let loaded = load("t.toml", &text_of("", rest)).unwrap();
    let replica = &loaded.desired.resources[&"db-instance/legacy-read".parse().unwrap()];
    let Resource::DbInstance(replica) = &replica.resource else { panic!() };
    let primary: Address = "db-instance/legacy".parse().unwrap();
    assert_eq!(replica.source, Some(Ref::Of(primary, pgha_resource::Attr::Name)));
}

#[test]
fn groups_of_one_name_are_one_group() {
    let rest = r#"
[names]
"db-parameter-group/t-pg16" = "tuned"
"db-parameter-group/t-replicas-pg16" = "tuned"
"db-subnet-group/t-db" = { given = "default-vpc-0123456789abcdef0" }
[parameters]
work_mem = "16MB"
[[replica]]
name = "read-1"
"#;
    check_has(
        rest,
        &["db-parameter-group/tuned", "db-subnet-group/default-vpc-0123456789abcdef0 given"],
        &["db-parameter-group/t-pg16", "db-subnet-group/t-db"],
    );
    // Two that differ cannot be one, and nothing takes the name of another by accident.
    check(
        r#"
[names]
"db-instance/t-read-1" = "t-read-2"
[[replica]]
name = "read-1"
[[replica]]
name = "read-2"
"#,
        &[("PGHA106", "[[replica]]")],
    );
}

#[test]
fn a_name_is_for_what_the_spec_makes() {
    let wrong = [
        ("\"db-instance/t-primry\" = \"legacy\"", "PGHA162"),
        ("\"db-instance/legacy\" = \"legacy\"", "PGHA162"),
        ("\"t-primary\" = \"legacy\"", "PGHA162"),
        ("\"db-proxy-target-group/t-proxy\" = \"legacy\"", "PGHA162"),
        ("\"db-instance/t-primary@us-west-2\" = \"legacy\"", "PGHA162"),
        ("\"db-instance/t-primary\" = { given = \"legacy\" }", "PGHA163"),
        ("\"security-group/t-db\" = { given = \"default\" }", "PGHA163"),
        ("\"secret/t-master\" = { given = \"legacy\" }", "PGHA163"),
    ];
    for (line, code) in wrong {
        check(&format!("[proxy]\n[names]\n{line}\n"), &[(code, line)]);
    }
    check("[names]\n\"db-instance/t-primary@us-east-1\" = \"legacy\"\n", &[]);
    check(
        "[names]\n\"iam-role/t-monitoring-us-east-1\" = { given = \"rds-monitoring-role\" }\n",
        &[],
    );
}

#[test]
fn a_name_is_one_that_aws_takes_unless_it_exists() {
    let text = |name: &str| {
        let text = text_of("", &format!("[names]\n\"db-instance/t-primary\" = \"{name}\"\n"));
        super::found(&text).into_iter().filter(|f| f.code == "PGHA095").count()
    };
    assert_eq!([text("legacy-1"), text("Legacy"), text("legacy_1"), text("")], [0, 1, 1, 1]);
}

#[test]
fn security_groups_that_are_given_are_named() {
    let given = "security_groups = \"given\"";
    check(&format!("[network]\n{given}\n"), &[("PGHA164", given)]);
    let named = format!("[network]\n{given}\nextra_security_groups = [{SG}]\n");
    check(&named, &[]);
    check(&format!("{named}[proxy]\n"), &[("PGHA164", given)]);
    check(&format!("{named}[proxy]\nsecurity_groups = [{SG}]\n"), &[]);
    check(
        &format!("{named}allow = [\"10.0.0.0/8\"]\n"),
        &[("PGHA163", "allow = [\"10.0.0.0/8\"]")],
    );
    let line = format!("security_groups = [{SG}]");
    check(&format!("[proxy]\n{line}\n"), &[("PGHA163", &line)]);
    check_has(&named, &[], &["security-group/t-db"]);
}

#[test]
fn a_password_that_somebody_else_keeps_is_left_alone() {
    let given = "[credentials]\nmanage = \"given\"\n";
    check(given, &[]);
    check_has(given, &[], &["secret/t-master"]);
    check(&format!("{given}secret_arn = \"{SECRET}\"\n"), &[]);
    let line = format!("secret_arn = \"{SECRET}\"");
    check(&format!("[credentials]\n{line}\n"), &[("PGHA163", &line)]);
    check(&format!("{given}secret_arn = \"legacy\"\n"), &[("PGHA113", "secret_arn = \"legacy\"")]);
    let key =
        "kms_key = \"arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001\"";
    check(&format!("{given}{key}\n"), &[("PGHA163", key)]);
    let rotation =
        "rotation = { days = 30, function = \"arn:aws:lambda:us-east-1:123456789012:function:f\" }";
    check(&format!("{given}{rotation}\n"), &[("PGHA163", rotation)]);
}

#[test]
fn nobody_writes_parameters_of_a_group_that_is_given() {
    let names = "[names]\n\"db-parameter-group/t-pg16\" = { given = \"default.postgres16\" }\n";
    check(names, &[]);
    let line = "work_mem = \"16MB\"";
    check(&format!("{names}[parameters]\n{line}\n"), &[("PGHA163", line)]);
}
