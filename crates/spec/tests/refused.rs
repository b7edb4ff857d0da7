//! What AWS would refuse in the middle of an apply is refused before it.

use pgha_spec::Severity;
use pgha_spec::load;
use pgha_spec::position;

const HEAD: &str = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\naccount = \"123456789012\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n";

/// Checks that a section with one wrong value is refused once, on its last line.
#[track_caller]
fn check(code: &str, section: &str) {
    let text = format!("{HEAD}{section}\n");
    let errors = load("t.toml", &text).expect_err(section).diagnostics;
    let last = text.lines().count();
    let errors: Vec<_> = errors
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| (finding.code, position(&text, finding.span.start).0 as usize))
        .collect();
    assert_eq!(errors, [(code, last)], "{section}");
}

#[test]
fn values_of_parameters() {
    for line in [
        "log_statement = \"dll\"",
        "random_page_cost = \"1,1\"",
        "max_connections = \"1,000\"",
        "work_mem = \"16 XB\"",
        "work_mem = \"30s\"",
        "statement_timeout = \"5 fortnights\"",
        "autovacuum = \"yess\"",
        "\"rds.force_ssl\" = 2",
        "shared_preload_libraries = \"pg_stat_statements,,auto_explain\"",
        "checkpoint_completion_target = 2",
    ] {
        check("PGHA021", &format!("[parameters]\n{line}"));
    }
}

#[test]
fn ids_and_ranges() {
    for line in [
        "allow = [\"sg-app\"]",
        "allow = [\"10.0.1.7/16\"]",
        "allow = [\"10.0.0.0/33\"]",
        "vpc = \"vpc-main\"",
        "subnets = [\"subnet-a\", \"subnet-0123456789abcdef0\"]",
        "extra_security_groups = [\"sg-0123456789ABCDEF0\"]",
    ] {
        check("PGHA125", &format!("[network]\n{line}"));
    }
}

#[test]
fn arns_and_addresses() {
    for key in [
        "alias/orders",
        "arn:aws:kms:us-east-1:123456789012:alias/orders",
        "00000000-0000-4000-8000-000000000001",
        "arn:aws:kms:us-east-1:12345678901:key/00000000-0000-4000-8000-000000000001",
    ] {
        check("PGHA113", &format!("[storage]\nkms_key = \"{key}\""));
    }
    check("PGHA113", "[alerting]\ntopic = \"arn:aws:sns:us-east-1:123456789012\"");
    check("PGHA113", "[proxy]\nsecrets = [\"orders/app\"]");
    for email in ["oncall", "oncall@", "on call@example.com", "oncall@example"] {
        check("PGHA130", &format!("[alerting]\nemails = [\"{email}\"]"));
    }
    check("PGHA109", "[[replica]]\nname = \"r\"\nzone = \"us-west-2a\"");
}
