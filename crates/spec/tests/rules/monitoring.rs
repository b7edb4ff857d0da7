//! Enhanced Monitoring, Database Insights and log exports (docs/aws/monitoring.md).

use super::check;
use super::check_limits;

#[test]
fn rds_samples_at_seven_intervals() {
    let text = "[monitoring]\ninterval = {}\n";
    let right = ["1", "5", "10", "15", "30", "60"];
    check_limits("", text, "PGHA071", &right, &["2", "7", "59", "61"]);
    check_limits("", text, "PGHA070", &[], &["0", "\"off\""]);
    let replica = "[[replica]]\nname = \"r\"\nmonitoring.interval = {}\n";
    check_limits("", replica, "PGHA071", &["60"], &["61"]);
}

#[test]
fn the_logs_are_those_of_rds_and_none_is_left_behind() {
    let text = "[monitoring]\nlog_exports = [{}]\n";
    let all = "\"postgresql\", \"upgrade\"";
    let tokens = "\"upgrade\", \"iam-db-auth-error\", \"postgresql\"";
    let wrong = ["", "\"postgresql\"", "\"upgrade\"", "\"upgrade\", \"iam-db-auth-error\""];
    check_limits("", text, "PGHA072", &[all, tokens], &wrong);
    let unknown = format!("{all}, \"slowquery\"");
    check_limits("", text, "PGHA128", &[], &[&unknown]);
}

#[test]
fn insights_are_on_and_keep_what_aws_keeps() {
    let mode = "[monitoring]\ninsights = { mode = \"{}\" }\n";
    check_limits("", mode, "PGHA073", &["standard", "advanced"], &["off"]);
    let days = "[monitoring.insights]\nretention = {}\n";
    let right = ["7", "31", "62", "713", "731"];
    check_limits("", days, "PGHA074", &right, &["0", "6", "8", "30", "32", "730", "732", "744"]);
    let advanced = "[monitoring.insights]\nmode = \"advanced\"\nretention = {}\n";
    check_limits("", advanced, "PGHA074", &["465", "731"], &["434", "7", "466"]);
}

/// The mode may be the primary's and the days the replica's.
#[test]
fn insights_of_replicas_are_judged_with_what_they_inherit() {
    let text = "[monitoring.insights]\nmode = \"advanced\"\n[[replica]]\nname = \"r\"\nmonitoring.insights.retention = {}\n";
    check_limits("", text, "PGHA074", &["465"], &["62"]);
    check("[monitoring]\n", &[]);
}

#[test]
fn insights_that_are_off_keep_nothing() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001";
    let (mode, days) = ("insights.mode = \"off\"", "insights.retention = \"7 days\"");
    let key = format!("insights.kms_key = \"{key}\"");
    let off = ("PGHA073", mode);
    let all = format!("[monitoring]\n{mode}\n{days}\n{key}\n");
    check(&all, &[off, ("PGHA124", days), ("PGHA124", &key)]);
    check(&all.replace("off", "standard"), &[]);
    // A replica that turns them on has the rest from there, and one that turns them off has not.
    let replica = "[[replica]]\nname = \"r\"\n[replica.monitoring]\n";
    check(&format!("{all}{replica}insights.mode = \"standard\"\n"), &[off]);
    check(&format!("{replica}{mode}\n{days}\n"), &[off, ("PGHA124", days)]);
}
