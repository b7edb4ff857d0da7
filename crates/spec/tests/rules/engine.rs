//! Version, class, names, and what a Multi-AZ DB cluster cannot have.

use super::check;
use super::check_advice;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;
use pgha_spec::Severity;

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
fn a_version_is_one_that_can_be_created_or_kept() {
    for version in ["16", "16.15", "16.11", ">=16", ">=16.1", ">= 16.12", "18", "15"] {
        check_engine("version", version, &[]);
    }
    for version in ["newest", ">16", "10", "9"] {
        check_engine("version", version, &["PGHA017"]);
    }
    for version in ["16.12", "16.1", "19"] {
        check_engine("version", version, &["PGHA136"]);
    }
    // A newer minor than the table has may well be there by now.
    check_advice(&with("version", "16.99"), "PGHA136", true);
    check_advice(&with("version", "16.15"), "PGHA136", false);
    let withdrawn = found(&with("version", "16.12"));
    let withdrawn = withdrawn.iter().find(|found| found.code == "PGHA136").unwrap();
    assert_eq!(withdrawn.title, "PostgreSQL 16.12 cannot be created any more");
    assert_eq!(withdrawn.label, "a database that lives on it can be described");
    assert!(withdrawn.notes[0].ends_with("there are 16.15, 16.14, 16.13, 16.11"));
    assert_eq!(withdrawn.help.as_deref(), Some("write \"16\" for any minor, or \"16.15\""));
}

/// PostgreSQL 11 to 13 can be kept by those who pay for them.
#[test]
fn a_major_in_extended_support_can_be_described() {
    for (support, label) in [
        ("", "AWS enrols a new database in it, and charges for that"),
        ("lifecycle_support = true\n", "charged by the hour and the vCPU"),
        (
            "lifecycle_support = false\n",
            "without Extended Support none can be created, and AWS upgrades one that is there",
        ),
    ] {
        for version in ["13", "12", "11", "13.23"] {
            let text = with("version", version).replace("class", &format!("{support}class"));
            let line = format!("version = \"{version}\"");
            check_text(&text, &[("PGHA136", &line), ("PGHA025", &line)]);
            let labels: Vec<_> = found(&text).into_iter().map(|found| found.label).collect();
            assert!(labels.iter().any(|found| found == label), "{labels:?}");
        }
    }
}

/// TOML reads 16.10 as 16.1.
#[test]
fn a_version_is_a_text() {
    for (written, fix) in [("16.10", "\"16.10\""), ("16", "\"16\""), ("17.0", "\"17.0\"")] {
        let text = text_of("", "").replace("version = \"16\"", &format!("version = {written}"));
        check_text(&text, &[("PGHA103", &format!("version = {written}"))]);
        let found = found(&text);
        let error = found.iter().find(|found| found.code == "PGHA103").unwrap();
        let help = format!("write {fix}");
        assert_eq!(error.help.as_deref(), Some(help.as_str()));
        assert_eq!(error.fix.as_ref().map(|fix| fix.replacement.as_str()), Some(fix));
    }
}

/// Half a year is the time that a major upgrade takes.
/// Numbers without signs and needless zeroes; RDS compares texts.
#[test]
fn a_version_is_written_as_rds_writes_it() {
    #[track_caller]
    fn check_meant(written: &str, fix: Option<&str>) {
        let text = with("version", written);
        let found = found(&text);
        let found = found.iter().find(|found| found.code == "PGHA017").unwrap();
        let fixed = found.fix.as_ref().map(|fix| fix.replacement.as_str());
        assert_eq!(fixed, fix, "{written}");
        assert_eq!(found.severity, Severity::Error);
    }
    check_meant("v16", Some("\"16\""));
    check_meant("16.x", Some("\"16\""));
    check_meant("16.", Some("\"16\""));
    check_meant("016", Some("\"16\""));
    check_meant("+16", Some("\"16\""));
    check_meant("16.04", Some("\"16.4\""));
    check_meant("~>16.4", Some("\"16.4\""));
    check_meant("postgres16", Some("\"16\""));
    check_meant("16.4-R1", Some("\"16.4\""));
    check_meant("16.4-rds.x", Some("\"16.4\""));
    check_meant(">=013", Some("\"13\""));
    check_meant("latest", None);
    check_meant("1.6.x", None);
    check_meant("", None);
    // A build of Extended Support is a version of its own.
    check_engine("version", "13.23-rds.20260224", &["PGHA136", "PGHA025"]);
    check_engine("version", ">= 16.11", &[]);
}

#[test]
fn the_end_of_support_is_announced() {
    check_engine("version", "14", &["PGHA018", "PGHA025"]);
    let extended = with("version", "14").replace("class", "lifecycle_support = true\nclass");
    for (text, wanted) in [
        (
            with("version", "14"),
            "then paid Extended Support begins if it is enrolled, as new ones are, or AWS upgrades the major version by itself",
        ),
        (extended.replace("true", "false"), "then AWS upgrades the major version by itself"),
        (extended, "then paid Extended Support begins"),
    ] {
        let found = found(&text);
        assert!(found.iter().any(|found| found.label == wanted), "{found:#?}");
        let said = found.iter().find(|found| found.code == "PGHA018").unwrap();
        let is_off = text.contains("lifecycle_support = false");
        assert_eq!(said.notes.iter().any(|note| note.contains("outage of minutes")), is_off);
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

/// What the table does not have may be new, what was retired may still live.
#[test]
fn a_class_is_spelled_as_rds_spells_it() {
    #[track_caller]
    fn check_class(class: &str, code: &str, help: &str) {
        check_engine("class", class, &[code]);
        let found = found(&with("class", class));
        let found = found.iter().find(|found| found.code == code).unwrap();
        assert_eq!(found.help.as_deref(), Some(help), "{class}");
    }
    check_class("db.R6G.large", "PGHA016", "write \"db.r6g.large\"");
    check_class("r6g.large", "PGHA016", "write \"db.r6g.large\"");
    check_class("DB.M8G.XLARGE", "PGHA016", "write \"db.m8g.xlarge\"");
    check_class("db_r6g_large", "PGHA016", "write \"db.r6g.large\"");
    check_class("db.r6g.large ", "PGHA016", "write \"db.r6g.large\"");
    check_class("large", "PGHA016", "write a class such as \"db.r6g.large\"");
    let new = "if it is a new one, RDS will say so; alarms need thresholds of their own";
    check_class("db.z1d.large", "PGHA137", new);
    check_class("db.m7i.metal-24xl", "PGHA137", new);
    check_class("db.r6g.larg", "PGHA137", "did you mean \"db.r6g.large\"?");
    check_class("db.r6gg.large", "PGHA137", "did you mean \"db.r6g.large\"?");
    check_class("db.m3.large", "PGHA137", "take a newer family, such as m8g or r8g");
}

#[test]
fn ports_are_above_those_of_the_system() {
    check_limits("", "port = {}\n", "PGHA120", &["1150", "65535"], &["1149"]);
}

#[test]
fn the_certificate_authority_is_one_of_today() {
    let right = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];
    let wrong = ["rds-ca-2019", "rds-ca-rsa8192-g2"];
    check_limits("", "ca_certificate = \"{}\"\n", "PGHA065", &right, &wrong);
    for (written, fix) in [
        ("rds-ca-rsa4096-gl", "\"rds-ca-rsa4096-g1\""),
        ("rds-ca-ecc-384-g1", "\"rds-ca-ecc384-g1\""),
        ("rds-ca-2019", "\"rds-ca-rsa2048-g1\""),
    ] {
        let found = found(&text_of("", &format!("ca_certificate = \"{written}\"\n")));
        let found = found.iter().find(|found| found.code == "PGHA065").unwrap();
        assert_eq!(found.fix.as_ref().map(|fix| fix.replacement.as_str()), Some(fix));
    }
}

/// Another spelling would be refused, or be a difference for ever.
#[test]
fn a_certificate_authority_is_spelled_as_rds_does() {
    #[track_caller]
    fn check_spelling(written: &str, fix: Option<&str>) {
        let found = found(&text_of("", &format!("ca_certificate = \"{written}\"\n")));
        let found: Vec<_> = found.iter().filter(|f| f.severity == Severity::Error).collect();
        assert!(matches!(found.as_slice(), [found] if found.code == "PGHA142"), "{found:#?}");
        let fixed = found[0].fix.as_ref().map(|fix| fix.replacement.as_str());
        assert_eq!(fixed, fix, "{written}");
    }
    let right = Some("\"rds-ca-rsa2048-g1\"");
    check_spelling("RDS-CA-RSA2048-G1", right);
    check_spelling("rds_ca_rsa2048_g1", right);
    check_spelling(" rds-ca-rsa2048-g1 ", right);
    check_spelling("RDS CA ECC384 G1", Some("\"rds-ca-ecc384-g1\""));
    check_spelling("Amazon Root CA 1", None);
    check_spelling("rds-ca--rsa2048-g1", None);
    check_spelling("", None);
}

#[test]
fn a_database_has_a_name_that_postgresql_takes_without_quotes() {
    let most = "a".repeat(63);
    let right = ["a", "app_1", "A", "a_", &most];
    let more = "a".repeat(64);
    let wrong = ["1a", "_a", "a-b", "", "é", &more];
    check_limits("", "database = \"{}\"\n", "PGHA121", &right, &wrong);
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
    for region in ["us-gov-east-1", "us-gov-west-1", "ap-east-2", "ap-southeast-6"] {
        let line = format!("region = \"{region}\"");
        check_text(&text.replace("us-east-1", region), &[("PGHA050", &line)]);
    }
    let class = text.replace("db.r6gd.large", "db.r6g.large");
    check_text(&class, &[("PGHA050", "class = \"db.r6g.large\"")]);
    for (class, wrong) in [("c6gd", false), ("r6gd", true), ("m6gd", true)] {
        let line = format!("class = \"db.{class}.medium\"");
        let wanted: &[_] = if wrong { &[("PGHA050", line.as_str())] } else { &[] };
        check_text(&text.replace("class = \"db.r6gd.large\"", &line), wanted);
    }
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
