//! The master user and its secret.

use super::check;
use super::check_advice;
use super::check_limits;
use super::found;
use super::text_of;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

#[test]
fn the_master_user_has_a_name_that_rds_takes() {
    let text = "[credentials]\nusername = \"{}\"\n";
    let right = ["a", "chief_1", "abcdefghijklmnop", "pgadmin"];
    let wrong = [
        "abcdefghijklmnopq",
        "1a",
        "_a",
        "a-b",
        "",
        "rdsadmin",
        "RdsAdmin",
        "public",
        "pg_chief",
        "PG_chief",
        "admin",
        "Admin",
        "catalog",
        "rds_superuser",
        "rds_x",
        "all",
        "user",
        "current_user",
        "authorization",
        "grant",
        "identity",
        "flag",
        "none",
    ];
    check_limits("", text, "PGHA121", &right, &wrong);
    check_limits("", text, "PGHA062", &[], &["postgres", "Postgres", "root", "master"]);
    for (name, wanted) in [
        ("public", "reserved: RDS refuses it"),
        ("admin", "reserved: RDS refuses it"),
        ("1a", "RDS refuses it"),
    ] {
        let found = found(&text_of("", &text.replace("{}", name)));
        assert!(found.iter().any(|found| found.label == wanted), "{found:#?}");
    }
}

/// RDS refuses some key words that PostgreSQL does not reserve, and says nowhere which.
#[test]
fn a_key_word_for_a_master_user_is_doubtful() {
    let text = "[credentials]\nusername = \"{}\"\n";
    check_limits("", text, "PGHA133", &["dbadmin", "owner_1"], &["owner", "Session", "role"]);
}

#[test]
fn rotation_is_by_a_function_within_a_thousand_days() {
    let days = format!("[credentials.rotation]\nfunction = \"{FUNCTION}\"\ndays = {{}}\n");
    check_limits("", &days, "PGHA120", &["1", "1000"], &["0", "1001"]);
    let function = "[credentials.rotation]\ndays = 30\nfunction = \"{}\"\n";
    let wrong = ["f", "arn:aws:s3:::f", "aws:lambda:us-east-1:123456789012:function:f", ":lambda:"];
    check_limits("", function, "PGHA113", &[FUNCTION], &wrong);
}

/// Secrets Manager finds functions of its own region only.
#[test]
fn the_rotating_function_is_in_the_region_of_the_secret() {
    let function = "[credentials.rotation]\ndays = 30\nfunction = \"{}\"\n";
    let away = FUNCTION.replace("us-east-1", "us-west-2");
    let foreign = FUNCTION.replace("arn:aws:", "arn:aws-cn:");
    let right = [FUNCTION, &FUNCTION.replace("123456789012", "210987654321")];
    check_limits("", function, "PGHA129", &right, &[&away, &foreign]);
    let found = found(&text_of("", &function.replace("{}", "f")));
    let help = found.iter().find(|found| found.code == "PGHA113").unwrap().help.as_deref();
    assert_eq!(help, Some("write \"arn:aws:lambda:us-east-1:…:function:…\""));
}

#[test]
fn rds_rotates_what_it_keeps_and_makes_no_replicas_of_it() {
    let rotation = format!("rotation = {{ days = 30, function = \"{FUNCTION}\" }}");
    let text = format!("[credentials]\nmanage = \"{{}}\"\n{rotation}\n");
    check(&text.replace("{}", "pgha"), &[]);
    check(&text.replace("{}", "rds"), &[("PGHA124", &rotation)]);
    let replica = "[credentials]\nmanage = \"{}\"\n[[replica]]\nname = \"r\"\n";
    check_limits("", replica, "PGHA037", &["pgha"], &["rds"]);
    check("[credentials]\nmanage = \"rds\"\n", &[]);
}

#[test]
fn a_password_that_is_never_changed_is_worth_a_word() {
    check_advice(&text_of("", ""), "PGHA068", true);
    check_advice(&text_of("", "[credentials]\nmanage = \"rds\"\n"), "PGHA068", false);
    let rotated = format!("[credentials.rotation]\ndays = 30\nfunction = \"{FUNCTION}\"\n");
    check_advice(&text_of("", &rotated), "PGHA068", false);
}

/// The API has letters and numbers for a cluster.
#[test]
fn the_master_user_of_a_cluster_has_no_underscore() {
    let cluster = "topology = \"multi-az-cluster\"";
    let text = "[credentials]\nusername = \"{}\"\n";
    check_limits(
        cluster,
        text,
        "PGHA159",
        &["chief1", "a", "abcdefghijklmnop"],
        &["chief_1", "a_"],
    );
    let wrong = ["abcdefghijklmnopq", "1a", "admin", "rds_x", "a-b", ""];
    check_limits(cluster, text, "PGHA121", &[], &wrong);
}
