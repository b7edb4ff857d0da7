//! Version, class, names, and what a Multi-AZ DB cluster cannot have.

use super::check;
use super::check_advice;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;

const CLUSTER: &str = "topology = \"multi-az-cluster\"";
const GP3: &str = "[storage]\ntype = \"gp3\"\n";

/// The head with another version or class.
fn with(key: &str, value: &str) -> String {
    let text = text_of("", "");
    let old = text.lines().find(|line| line.starts_with(&format!("{key} ="))).unwrap();
    text.replacen(old, &format!("{key} = \"{value}\""), 1)
}

#[track_caller]
fn check_engine(key: &str, value: &str, codes: &[&str]) {
    let line = format!("{key} = \"{value}\"");
    let wanted: Vec<_> = codes.iter().map(|code| (*code, line.as_str())).collect();
    check_text(&with(key, value), &wanted);
}

#[test]
fn a_version_is_one_that_can_be_created() {
    for version in ["16", "16.15", "16.11", ">=16", ">=16.1", ">= 16.12", "18", "15"] {
        check_engine("version", version, &[]);
    }
    for version in ["16.12", "16.1", "19", "newest", ">16"] {
        check_engine("version", version, &["PGHA017"]);
    }
    check_engine("version", "13", &["PGHA017", "PGHA025"]);
    // A newer minor than the table has may well be there by now.
    check_advice(&with("version", "16.99"), "PGHA017", true);
    check_advice(&with("version", "16.15"), "PGHA017", false);
    let withdrawn = found(&with("version", "16.12"));
    let notes: Vec<_> = withdrawn.iter().flat_map(|found| &found.notes).collect();
    assert!(notes.iter().any(|n| n.ends_with("there are 16.15, 16.14, 16.13, 16.11")), "{notes:?}");
}

/// Half a year is the time that a major upgrade takes.
#[test]
fn the_end_of_support_is_announced() {
    check_engine("version", "14", &["PGHA018", "PGHA025"]);
    let extended = with("version", "14").replace("class", "lifecycle_support = true\nclass");
    for (text, wanted) in [
        (with("version", "14"), "then AWS upgrades it"),
        (extended, "then paid Extended Support begins"),
    ] {
        let found = found(&text);
        assert!(found.iter().any(|found| found.label == wanted), "{found:#?}");
    }
}

#[test]
fn a_class_has_a_family_and_a_size() {
    for class in ["db.r6g.large", "db.m8g.4xlarge"] {
        check_engine("class", class, &[]);
    }
    for class in ["r6g.large", "db.r6g", "db..large", "db.r6g.", "db..", "db.r6g.large.x", ""] {
        check_engine("class", class, &["PGHA016"]);
    }
    check_engine("class", "db.t4g.large", &["PGHA014"]);
}

#[test]
fn ports_are_above_those_of_the_system() {
    check_limits("", "port = {}\n", "PGHA120", &["1150", "65535"], &["1149"]);
}

#[test]
fn the_certificate_authority_is_one_of_today() {
    let right = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];
    check_limits("", "ca_certificate = \"{}\"\n", "PGHA065", &right, &["rds-ca-2019", ""]);
}

#[test]
fn a_database_has_a_name_that_postgresql_takes_without_quotes() {
    let most = "a".repeat(63);
    let right = ["a", "_a", "app_1", "A", &most];
    let more = "a".repeat(64);
    check_limits("", "database = \"{}\"\n", "PGHA121", &right, &["1a", "a-b", "", "é", &more]);
}

/// PostgreSQL's reserved words, what RDS was seen to refuse, and what RDS has itself.
#[test]
fn a_database_has_no_reserved_name() {
    let wrong = [
        "catalog",
        "Catalog",
        "grant",
        "flag",
        "identity",
        "db",
        "DB",
        "database",
        "dispatch",
        "comments",
        "admin",
        "user",
        "all",
        "select",
        "order",
        "end",
        "authorization",
        "rdsadmin",
        "rds_x",
        "template0",
        "template1",
        "pg_data",
        "public",
    ];
    let right = ["postgres", "orders", "grants", "identity_db", "app", "main"];
    check_limits("", "database = \"{}\"\n", "PGHA121", &right, &wrong);
    check_limits("", "database = \"{}\"\n", "PGHA133", &[], &["data", "Location", "name", "abs"]);
    let found = found(&text_of("", "database = \"Grant\"\n"));
    let help = found.iter().find_map(|found| found.help.as_deref());
    assert!(found.iter().any(|found| found.label == "reserved: RDS refuses it"), "{help:?}");
}

#[test]
fn tokens_are_recommended_where_they_are_offered() {
    check_advice(&text_of("", ""), "PGHA063", true);
    check_limits("", "iam_auth = {}\n", "PGHA063", &["true"], &["false"]);
    check_advice(&text_of("", "iam_auth = true\n"), "PGHA063", false);
    check_limits(CLUSTER, &format!("iam_auth = {{}}\n{GP3}"), "PGHA063", &["true", "false"], &[]);
    check_advice(&text_of(CLUSTER, GP3), "PGHA063", false);
}

#[test]
fn a_cluster_runs_where_and_on_what_aws_offers() {
    let text = text_of(CLUSTER, GP3);
    check_text(&text, &[]);
    let region = text.replace("us-east-1", "us-west-1");
    check_text(&region, &[("PGHA050", "region = \"us-west-1\"")]);
    let class = text.replace("db.r6gd.large", "db.r6g.large");
    check_text(&class, &[("PGHA050", "class = \"db.r6g.large\"")]);
}

#[test]
fn a_cluster_lacks_what_instances_have() {
    let authority = "ca_certificate = \"{}\"\n";
    check_limits(CLUSTER, &format!("{authority}{GP3}"), "PGHA050", &[], &["rds-ca-rsa2048-g1"]);
    let addresses = format!("{GP3}[network]\nnetwork_type = \"{{}}\"\n");
    check_limits(CLUSTER, &addresses, "PGHA050", &["ipv4"], &["dual"]);
    check_limits(CLUSTER, "[storage]\ntype = \"{}\"\n", "PGHA050", &["gp3"], &[]);
    let gp2 = "type = \"gp2\"";
    let text = text_of(CLUSTER, &format!("[storage]\n{gp2}\n"));
    check_text(&text, &[("PGHA050", gp2), ("PGHA006", gp2)]);
    let growth = format!("{GP3}max_size = {{}}\n");
    check_limits(CLUSTER, &growth, "PGHA050", &["0", "\"off\""], &["1", "500"]);
    let throughput = format!("{GP3}size = 400\nthroughput = {{}}\n");
    check_limits(CLUSTER, &throughput, "PGHA050", &[], &["500"]);
    let log = "[storage]\ntype = \"io1\"\niops = 3000\ndedicated_log_volume = {}\n";
    check_limits(CLUSTER, log, "PGHA050", &["false"], &["true"]);
    // An instance has them all.
    check("ca_certificate = \"rds-ca-rsa2048-g1\"\n[network]\nnetwork_type = \"dual\"\n", &[]);
}
