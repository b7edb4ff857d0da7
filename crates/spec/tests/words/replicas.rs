//! Read replicas: their own words first, then those of the primary.

use super::check_fields;
use super::check_values;
use super::text_of;

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";

fn away(name: &str, more: &str) -> String {
    format!("[[replica]]\nname = \"{name}\"\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"\n{more}\n")
}

#[test]
fn every_word_about_a_replica_reaches_its_field() {
    let insights_key = KEY.replace("us-west-2", "us-east-1");
    let insights = format!(
        "insights = {{ mode = \"advanced\", retention = 496, kms_key = \"{insights_key}\" }}"
    );
    let text = text_of(
        "",
        &format!(
            r#"[storage]
type = "io1"
size = "200 GiB"
iops = 3000
[[replica]]
name = "s"
[[replica]]
name = "r"
source = "s"
class = "db.r6gd.xlarge"
zone = "us-east-1b"
deletion_protection = false
backup_retention = 3
backup_window = "01:00-02:00"
maintenance_window = "tue:06:00-tue:07:00"
allow = ["10.9.0.0/16"]
[replica.storage]
type = "io2"
size = "300 GiB"
max_size = "600 GiB"
iops = 4000
dedicated_log_volume = true
[replica.monitoring]
interval = 5
{insights}
log_exports = ["upgrade", "postgresql"]
"#
        ),
    );
    check_fields(
        &text,
        "db-instance/t-r",
        &[
            ("source", "t-s", "source = \"s\""),
            ("class", "db.r6gd.xlarge", "class = \"db.r6gd.xlarge\""),
            ("zone", "us-east-1b", "zone = \"us-east-1b\""),
            ("multi_az", "false", "[[replica]]"),
            ("deletion_protection", "false", "deletion_protection = false"),
            ("backup_retention", "3", "backup_retention = 3"),
            ("backup_window", "01:00-02:00", "backup_window = \"01:00-02:00\""),
            (
                "maintenance_window",
                "tue:06:00-tue:07:00",
                "maintenance_window = \"tue:06:00-tue:07:00\"",
            ),
            (
                "security_groups",
                "security-group/t-db, security-group/t-r",
                "allow = [\"10.9.0.0/16\"]",
            ),
            ("storage", "300", "size = \"300 GiB\""),
            ("max_storage", "600", "max_size = \"600 GiB\""),
            ("storage_type", "io2", "type = \"io2\""),
            ("iops", "4000", "iops = 4000"),
            ("dedicated_log_volume", "true", "dedicated_log_volume = true"),
            ("monitoring_interval", "5", "interval = 5"),
            ("insights", "true", &insights),
            ("insights_mode", "advanced", &insights),
            ("insights_retention", "496", &insights),
            ("insights_kms_key", &insights_key, &insights),
            ("log_exports", "postgresql, upgrade", "log_exports = [\"upgrade\", \"postgresql\"]"),
        ],
    );
}

/// What replicas follow is blamed on the line that decides it.
#[test]
fn a_replica_follows_the_sections_of_the_primary() {
    let text = text_of(
        "",
        r#"port = 6432
iam_auth = true
ca_certificate = "rds-ca-rsa4096-g1"
[storage]
size = "400 GiB"
max_size = "900 GiB"
type = "gp3"
iops = 16000
throughput = 1000
[network]
network_type = "dual"
[backup]
copy_tags = false
window = "01:00-02:00"
[maintenance]
auto_minor = false
window = "wed:06:00-wed:07:00"
[monitoring]
interval = 30
[[replica]]
name = "r"
multi_az = true
"#,
    );
    check_fields(
        &text,
        "db-instance/t-r",
        &[
            ("source", "t-primary", "[[replica]]"),
            ("engine_version", "16", "version = \"16\""),
            ("class", "db.r6gd.large", "class = \"db.r6gd.large\""),
            ("port", "6432", "port = 6432"),
            ("iam_auth", "true", "iam_auth = true"),
            ("ca_certificate", "rds-ca-rsa4096-g1", "ca_certificate = \"rds-ca-rsa4096-g1\""),
            ("storage", "(unset)", "[[replica]]"),
            ("max_storage", "900", "max_size = \"900 GiB\""),
            ("storage_type", "gp3", "type = \"gp3\""),
            ("iops", "16000", "iops = 16000"),
            ("throughput", "1000", "throughput = 1000"),
            ("dedicated_log_volume", "false", "[[replica]]"),
            ("network_type", "DUAL", "[[replica]]"),
            ("copy_tags", "false", "copy_tags = false"),
            ("backup_window", "01:00-02:00", "window = \"01:00-02:00\""),
            ("auto_minor_upgrade", "false", "auto_minor = false"),
            ("maintenance_window", "tue:06:00-tue:07:00", "window = \"wed:06:00-wed:07:00\""),
            ("multi_az", "true", "multi_az = true"),
            ("deletion_protection", "true", "[[replica]]"),
            ("monitoring_interval", "30", "[[replica]]"),
            ("subnet_group", "(unset)", "[[replica]]"),
            ("backup_retention", "(unset)", "[[replica]]"),
        ],
    );
}

/// AWS takes the size that the source has grown to, but provisioned IOPS need one named.
#[test]
fn the_size_of_a_replica_is_said_where_it_must_be() {
    let replica = "[[replica]]\nname = \"r\"\n";
    let r = "db-instance/t-r";
    let provisioned = "[storage]\ntype = \"io1\"\nsize = \"200 GiB\"\niops = 3000\n";
    check_values(
        &text_of("", &format!("{provisioned}{replica}")),
        &[(r, "storage", "200"), (r, "iops", "3000")],
    );
    // The replica's own type decides, too.
    let own = format!("{replica}storage = {{ type = \"io2\", iops = 3000 }}\n");
    check_values(
        &text_of("", &format!("[storage]\nsize = \"200 GiB\"\n{own}")),
        &[(r, "storage", "200"), (r, "storage_type", "io2"), (r, "iops", "3000")],
    );
    // Below 400 GiB gp3 refuses to be told, so a replica's own size decides what it inherits.
    let grown =
        format!("{replica}storage = {{ size = \"500 GiB\", max_size = 700, iops = 13000 }}\n");
    check_values(
        &text_of("", &format!("[storage]\nsize = \"200 GiB\"\n{grown}")),
        &[(r, "storage", "500"), (r, "iops", "13000"), (r, "max_storage", "700")],
    );
}

/// A name within a region, an ARN across regions, whoever the source is.
#[test]
fn a_source_is_named_as_its_region_asks() {
    let text = text_of(
        "",
        &format!(
            "{}{}[[replica]]\nname = \"n\"\n",
            away("heir", ""),
            away("child", "source = \"heir\"")
        ),
    );
    let (heir, child) = ("db-instance/t-heir@us-west-2", "db-instance/t-child@us-west-2");
    check_values(
        &text,
        &[
            (heir, "source", "db-instance/t-primary"),
            (heir, "subnet_group", "t-db"),
            (child, "source", "t-heir"),
            (child, "subnet_group", "(unset)"),
            ("db-instance/t-n", "source", "t-primary"),
        ],
    );
}

/// A replica has to be backed up before others can replicate from it.
#[test]
fn a_replica_that_others_follow_keeps_backups_of_a_day() {
    let chain = |more: &str| {
        text_of(
            "",
            &format!(
                "[[replica]]\nname = \"a\"\n{more}[[replica]]\nname = \"b\"\nsource = \"a\"\n"
            ),
        )
    };
    let (a, b) = ("db-instance/t-a", "db-instance/t-b");
    check_values(&chain(""), &[(a, "backup_retention", "1"), (b, "backup_retention", "(unset)")]);
    check_values(&chain("backup_retention = 9\n"), &[(a, "backup_retention", "9")]);
}

/// RDS would choose a window at random, which may meet the one of the maintenance.
#[test]
fn a_replica_is_backed_up_in_the_hours_of_the_primary() {
    let r = "db-instance/t-r";
    let text = |more: &str| text_of("", &format!("{more}[[replica]]\nname = \"r\"\n"));
    check_values(&text(""), &[(r, "backup_window", "03:00-04:00")]);
    check_values(&text("[backup]\nretention = 9\n"), &[(r, "backup_window", "03:00-04:00")]);
    let own = text("[backup]\nwindow = \"07:00-08:00\"\n") + "backup_window = \"01:00-02:00\"\n";
    check_values(&own, &[(r, "backup_window", "01:00-02:00")]);
    // A plan of AWS Backup has hours that are not known here.
    let left = text("[backup]\nmanaged_by = \"aws-backup\"\n");
    check_values(&left, &[(r, "backup_window", "(unset)")]);
}

/// Each is maintained on another day, the primary last; the seventh shares the first's.
#[test]
fn replicas_are_maintained_on_days_of_their_own() {
    let replicas: String = (1..=7).map(|n| format!("[[replica]]\nname = \"r{n}\"\n")).collect();
    let text = text_of("", &replicas);
    let days = ["sat", "fri", "thu", "wed", "tue", "mon", "sat"];
    for (number, day) in (1..).zip(days) {
        let window = format!("{day}:04:00-{day}:05:00");
        let address = format!("db-instance/t-r{number}");
        check_values(&text, &[(&address, "maintenance_window", &window)]);
    }
}

/// Keys never leave their region.
#[test]
fn the_key_of_the_insights_is_inherited_within_the_region_only() {
    let home_key = KEY.replace("us-west-2", "us-east-1");
    let base = format!("[monitoring]\ninsights = {{ kms_key = \"{home_key}\" }}\n");
    let own = format!("monitoring = {{ insights = {{ kms_key = \"{KEY}\" }} }}");
    let off = "[[replica]]\nname = \"o\"\nmonitoring = { insights = { mode = \"off\" } }\n";
    let text = text_of(
        "",
        &format!("{base}[[replica]]\nname = \"h\"\n{}{}{off}", away("w", ""), away("k", &own)),
    );
    check_values(
        &text,
        &[
            ("db-instance/t-h", "insights_kms_key", &home_key),
            ("db-instance/t-w@us-west-2", "insights_kms_key", "(unset)"),
            ("db-instance/t-w@us-west-2", "kms_key", KEY),
            ("db-instance/t-k@us-west-2", "insights_kms_key", KEY),
            ("db-instance/t-o", "insights_kms_key", "(unset)"),
            ("db-instance/t-o", "insights", "false"),
        ],
    );
}

/// A key that a replica does not say is the primary's, one by one.
#[test]
fn monitoring_is_inherited_key_by_key() {
    let base = "[monitoring]\ninterval = 30\ninsights = { mode = \"standard\", retention = 31 }\nlog_exports = [\"postgresql\", \"upgrade\", \"iam-db-auth-error\"]\n";
    let replica = "[[replica]]\nname = \"r\"\nmonitoring = { insights = { retention = 62 } }\n";
    let r = "db-instance/t-r";
    check_values(
        &text_of("", &format!("{base}{replica}")),
        &[
            (r, "monitoring_interval", "30"),
            (r, "insights_retention", "62"),
            (r, "insights_mode", "standard"),
            (r, "log_exports", "iam-db-auth-error, postgresql, upgrade"),
            ("db-instance/t-primary", "insights_retention", "31"),
        ],
    );
}

/// Provisioned volumes are made with a size, which is the source's.
#[test]
fn a_provisioned_volume_has_the_size_of_its_source() {
    let text = text_of(
        "",
        r#"[storage]
type = "io1"
size = "200 GiB"
iops = 3000
[[replica]]
name = "a"
storage = { size = "300 GiB" }
[[replica]]
name = "b"
source = "a"
[[replica]]
name = "c"
"#,
    );
    check_values(
        &text,
        &[
            ("db-instance/t-a", "storage", "300"),
            ("db-instance/t-b", "storage", "300"),
            ("db-instance/t-c", "storage", "200"),
        ],
    );
}
