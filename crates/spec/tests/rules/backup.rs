//! Retention, windows and the copy elsewhere.

use super::check;
use super::check_advice;
use super::check_limits;
use super::check_text;
use super::text_of;

const CLUSTER: &str = "topology = \"multi-az-cluster\"";
const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";

#[test]
fn a_week_of_backups_is_enough_and_35_days_are_the_most() {
    let text = "[backup]\nretention = {}\n";
    check_limits("", text, "PGHA045", &["7", "35"], &["0", "1", "6"]);
    check_limits("", text, "PGHA120", &[], &["36"]);
    let cluster = text_of(CLUSTER, "[storage]\ntype = \"gp3\"\n[backup]\nretention = 0\n");
    let line = "retention = 0";
    check_text(&cluster, &[("PGHA120", line)]);
}

#[test]
fn replicas_need_backups() {
    let text = "[backup]\nretention = {}\n[[replica]]\nname = \"r\"\n";
    check_limits("", text, "PGHA036", &["7"], &["0"]);
    check_limits("", text, "PGHA045", &[], &["1"]);
}

#[test]
fn windows_last_half_an_hour_at_least() {
    let daily = "[backup]\nwindow = \"01:00-{}\"\n";
    check_limits("", daily, "PGHA052", &["01:30", "01:31"], &["01:29", "01:00"]);
    let weekly = "[maintenance]\nwindow = \"mon:06:00-{}\"\n";
    check_limits("", weekly, "PGHA052", &["mon:06:30", "mon:06:31"], &["mon:06:29"]);
}

#[test]
fn backups_and_maintenance_do_not_meet() {
    let daily = "[backup]\nwindow = \"{}\"\n";
    check_limits(
        "",
        daily,
        "PGHA052",
        &["03:30-04:00", "05:00-05:30"],
        &["03:30-04:01", "04:59-05:30"],
    );
    let weekly = "[maintenance]\nwindow = \"{}\"\n";
    check_limits("", weekly, "PGHA052", &["mon:04:00-mon:05:00"], &["mon:03:30-mon:04:30"]);
    // Both are written: the maintenance window is the one to move.
    check(
        "[backup]\nwindow = \"01:00-02:00\"\n[maintenance]\nwindow = \"mon:01:30-mon:02:30\"\n",
        &[("PGHA052", "window = \"mon:01:30-mon:02:30\"")],
    );
}

#[test]
fn tags_are_copied_and_minor_versions_installed() {
    check_limits("", "[backup]\ncopy_tags = {}\n", "PGHA066", &["true"], &["false"]);
    check_limits("", "[maintenance]\nauto_minor = {}\n", "PGHA055", &["true"], &["false"]);
}

/// Backups in another region, with a key of that region.
fn copy(home: &str, to: &str) -> String {
    let rest = format!(
        "[backup.replicate_to]\nregion = \"{to}\"\nkms_key = \"{}\"\n",
        KEY.replace("us-west-2", to)
    );
    text_of("", &rest).replace("us-east-1", home)
}

#[test]
fn backups_are_copied_where_aws_copies_them() {
    for (home, to) in [
        ("us-east-1", "us-west-2"),
        ("eu-south-1", "eu-central-1"),
        // No list of this region's partners is known: AWS is the judge.
        ("eu-west-1", "ap-south-2"),
    ] {
        check_text(&copy(home, to), &[]);
    }
    for (home, to) in
        [("us-east-1", "eu-south-1"), ("eu-south-1", "eu-west-1"), ("eu-west-1", "eu-west-1")]
    {
        let line = format!("region = \"{to}\"");
        check_text(&copy(home, to), &[("PGHA047", &line)]);
    }
}

#[test]
fn backups_stay_in_their_partition() {
    let line = "region = \"cn-north-1\"";
    let text = copy("us-east-1", "cn-north-1").replace("arn:aws:", "arn:aws-cn:");
    check_text(&text, &[("PGHA150", line)]);
}

#[test]
fn the_copy_keeps_from_one_to_35_days() {
    let text = format!(
        "[backup.replicate_to]\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"\nretention = {{}}\n"
    );
    check_limits("", &text, "PGHA120", &["1", "35"], &["0", "36"]);
}

#[test]
fn the_copy_of_an_encrypted_backup_needs_a_key() {
    let to = "[backup.replicate_to]\nregion = \"us-west-2\"\n";
    check(to, &[("PGHA040", "[backup.replicate_to]")]);
    let open = format!("[storage]\nencrypted = false\n{to}");
    check(&open, &[("PGHA056", "encrypted = false")]);
}

#[test]
fn without_backups_there_is_nothing_to_copy() {
    let to = format!("[backup.replicate_to]\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"\n");
    check(
        &format!("[backup]\nretention = 0\n{to}"),
        &[("PGHA045", "retention = 0"), ("PGHA036", "[backup.replicate_to]")],
    );
}

#[test]
fn something_survives_the_region_if_it_is_elsewhere() {
    check_advice(&text_of("", ""), "PGHA046", true);
    check_advice(&text_of("", "[[replica]]\nname = \"r\"\n"), "PGHA046", true);
    let away = format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"\n");
    check_advice(&text_of("", &away), "PGHA046", false);
    check_advice(&copy("us-east-1", "us-west-2"), "PGHA046", false);
    // A cluster can have neither.
    check_advice(&text_of(CLUSTER, "[storage]\ntype = \"gp3\"\n"), "PGHA046", false);
}

#[test]
fn a_key_that_an_inner_section_lacks_hides_no_other_mistake() {
    check(
        &format!("[backup.replicate_to]\nkms_key = \"{KEY}\"\n[storage]\niops = \"many\"\n"),
        &[("PGHA102", "[backup.replicate_to]"), ("PGHA103", "iops = \"many\"")],
    );
}

/// What AWS Backup sets is not set here, too, and replicas have a source with backups.
#[test]
fn the_backups_can_be_left_to_aws_backup() {
    let left = "managed_by = \"aws-backup\"";
    let replica = "[[replica]]\nname = \"r\"\n";
    super::check(&format!("[backup]\n{left}\n{replica}"), &[]);
    for line in ["retention = 0", "retention = 14", "window = \"05:00-06:00\""] {
        let text = format!("[backup]\n{left}\n{line}\n{replica}");
        super::check(&text, &[("PGHA124", line)]);
    }
    super::check("[backup]\nmanaged_by = \"pgha\"\nretention = 14\n", &[]);
    // The window of AWS Backup's plan is not known here.
    let default = "[maintenance]\nwindow = \"sun:03:00-sun:04:00\"\n";
    super::check(&format!("[backup]\n{left}\n{default}"), &[]);
}
