//! The primary, the Multi-AZ DB cluster, their credentials, monitoring and backups.

use super::check_addresses;
use super::check_after;
use super::check_fields;
use super::check_values;
use super::desired;
use super::text_of;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001";
const CLUSTER: &str = "topology = \"multi-az-cluster\"";

/// Sections that say everything a database can be told, but for its volume.
fn every_word() -> String {
    format!(
        r#"database = "app"
port = 6432
iam_auth = true
lifecycle_support = true
[network]
subnets = ["subnet-00000001", "subnet-00000002", "subnet-00000003"]
extra_security_groups = ["sg-00000009"]
public = true
[credentials]
username = "chief"
manage = "rds"
[backup]
retention = "20 days"
window = "01:00-02:00"
copy_tags = false
[maintenance]
window = "mon:06:00-mon:07:00"
auto_minor = false
[monitoring]
interval = "15s"
insights = {{ mode = "advanced", retention = "496 days", kms_key = "{KEY}" }}
log_exports = ["postgresql"]
[guard]
allow = [{{ lint = "PGHA058", reason = "x", until = "2027-01-01" }}]
"#
    )
}

fn insights() -> String {
    format!(r#"insights = {{ mode = "advanced", retention = "496 days", kms_key = "{KEY}" }}"#)
}

/// What every database is told alike.
fn common(insights: &str) -> Vec<(&'static str, &'static str, &str)> {
    vec![
        ("engine_version", "16", "version = \"16\""),
        ("class", "db.r6gd.large", "class = \"db.r6gd.large\""),
        ("database", "app", "database = \"app\""),
        ("username", "chief", "username = \"chief\""),
        ("password", "managed by RDS", "manage = \"rds\""),
        ("iam_auth", "true", "iam_auth = true"),
        ("port", "6432", "port = 6432"),
        (
            "subnet_group",
            "t-db",
            "subnets = [\"subnet-00000001\", \"subnet-00000002\", \"subnet-00000003\"]",
        ),
        (
            "security_groups",
            "sg-00000009, security-group/t-db",
            "extra_security_groups = [\"sg-00000009\"]",
        ),
        ("public", "true", "public = true"),
        ("backup_retention", "20", "retention = \"20 days\""),
        ("backup_window", "01:00-02:00", "window = \"01:00-02:00\""),
        ("maintenance_window", "mon:06:00-mon:07:00", "window = \"mon:06:00-mon:07:00\""),
        ("auto_minor_upgrade", "false", "auto_minor = false"),
        ("extended_support", "true", "lifecycle_support = true"),
        ("copy_tags", "false", "copy_tags = false"),
        ("deletion_protection", "false", "deletion_protection = false"),
        ("monitoring_interval", "15", "interval = \"15s\""),
        ("monitoring_role", "iam-role/t-monitoring-us-east-1", "[monitoring]"),
        ("insights", "true", insights),
        ("insights_retention", "496", insights),
        ("insights_kms_key", KEY, insights),
        ("insights_mode", "advanced", insights),
        ("log_exports", "postgresql", "log_exports = [\"postgresql\"]"),
    ]
}

/// The protection is off, which is accepted.
fn unprotected(cluster: &str, rest: &str) -> String {
    text_of(&format!("deletion_protection = false\n{cluster}"), rest).replace(
        "allow = [{",
        "allow = [{ lint = \"PGHA064\", reason = \"x\", until = \"2027-01-01\" }, {",
    )
}

#[test]
fn every_word_about_the_primary_reaches_its_field() {
    let rest = every_word()
        .replace("iam_auth = true", "iam_auth = true\nca_certificate = \"rds-ca-rsa4096-g1\"")
        .replace("public = true", "public = true\nnetwork_type = \"dual\"");
    let storage = format!(
        r#"[storage]
type = "io2"
size = "200 GiB"
max_size = "500 GiB"
iops = 3000
dedicated_log_volume = true
kms_key = "{KEY}"
"#
    );
    let key = format!("kms_key = \"{KEY}\"");
    let text = unprotected("topology = \"single-az\"", &format!("{rest}{storage}"));
    let insights = insights();
    let mut wanted = common(&insights);
    wanted.extend([
        ("multi_az", "false", "topology = \"single-az\""),
        ("ca_certificate", "rds-ca-rsa4096-g1", "ca_certificate = \"rds-ca-rsa4096-g1\""),
        ("network_type", "DUAL", "network_type = \"dual\""),
        ("storage", "200", "size = \"200 GiB\""),
        ("max_storage", "500", "max_size = \"500 GiB\""),
        ("storage_type", "io2", "type = \"io2\""),
        ("iops", "3000", "iops = 3000"),
        ("dedicated_log_volume", "true", "dedicated_log_volume = true"),
        ("encrypted", "true", "[storage]"),
        ("kms_key", KEY, &key),
    ]);
    check_fields(&text, "db-instance/t-primary", &wanted);
}

#[test]
fn every_word_about_a_cluster_reaches_its_field() {
    let storage = format!(
        "[storage]\ntype = \"io1\"\nsize = \"200 GiB\"\niops = 3000\nencrypted = true\nkms_key = \"{KEY}\"\n"
    );
    let key = format!("kms_key = \"{KEY}\"");
    let text = unprotected(CLUSTER, &format!("{}{storage}", every_word()));
    let insights = insights();
    let mut wanted = common(&insights);
    wanted.extend([
        ("storage", "200", "size = \"200 GiB\""),
        ("storage_type", "io1", "type = \"io1\""),
        ("iops", "3000", "iops = 3000"),
        ("encrypted", "true", "encrypted = true"),
        ("kms_key", KEY, &key),
    ]);
    check_fields(&text, "db-cluster/t-cluster", &wanted);
    check_values(&text, &[("db-cluster/t-cluster", "parameter_group", "t-cluster-pg16")]);
}

#[test]
fn a_spec_that_says_little_gets_the_documented_defaults() {
    let text = text_of("", "");
    let primary = "db-instance/t-primary";
    let wanted = [
        ("multi_az", "true"),
        ("storage", "100"),
        ("max_storage", "200"),
        ("storage_type", "gp3"),
        ("iops", "(unset)"),
        ("throughput", "(unset)"),
        ("dedicated_log_volume", "false"),
        ("encrypted", "true"),
        ("username", "dbadmin"),
        ("password", "in secret/t-master"),
        ("iam_auth", "false"),
        ("port", "5432"),
        ("public", "false"),
        ("network_type", "(unset)"),
        ("backup_retention", "7"),
        ("backup_window", "03:00-04:00"),
        ("maintenance_window", "sun:04:00-sun:05:00"),
        ("auto_minor_upgrade", "true"),
        ("extended_support", "(unset)"),
        ("copy_tags", "true"),
        ("deletion_protection", "true"),
        ("monitoring_interval", "60"),
        ("insights", "true"),
        ("insights_mode", "standard"),
        ("insights_retention", "7"),
        ("log_exports", "postgresql, upgrade"),
    ];
    check_values(&text, &wanted.map(|(field, value)| (primary, field, value)));
    let cluster = "db-cluster/t-cluster";
    // AWS alone knows whether a cluster takes tokens until somebody says so.
    check_values(
        &text_of(CLUSTER, "[storage]\ntype = \"gp3\""),
        &[
            (cluster, "iam_auth", "(unset)"),
            (cluster, "iops", "3000"),
            (cluster, "deletion_protection", "true"),
            (cluster, "extended_support", "(unset)"),
            (cluster, "public", "false"),
        ],
    );
}

/// gp3 refuses IOPS and throughput below 400 GiB, where they are fixed.
#[test]
fn gp3_is_told_its_speed_from_400_gib_on() {
    let primary = "db-instance/t-primary";
    let storage = "[storage]\nsize = \"400 GiB\"\niops = 16000\nthroughput = 1000\n";
    check_fields(
        &text_of("", storage),
        primary,
        &[
            ("iops", "16000", "iops = 16000"),
            ("throughput", "1000", "throughput = 1000"),
            ("max_storage", "800", "[storage]"),
            ("storage_type", "gp3", "[storage]"),
        ],
    );
}

#[test]
fn a_volume_never_grows_beyond_what_rds_has() {
    let primary = "db-instance/t-primary";
    let of = |size: &str| text_of("", &format!("[storage]\nsize = {size}\n"));
    check_values(&of("32768"), &[(primary, "max_storage", "65536")]);
    check_values(&of("40000"), &[(primary, "max_storage", "65536")]);
    check_values(&text_of("", "[storage]\nmax_size = \"off\"\n"), &[(primary, "max_storage", "0")]);
}

#[test]
fn unencrypted_and_ipv4_only_are_said_when_written() {
    let text = text_of(
        "",
        "[network]\nnetwork_type = \"ipv4\"\n[storage]\nencrypted = false\n[guard]\nallow = [{ lint = \"PGHA056\", reason = \"x\", until = \"2027-01-01\" }]\n",
    );
    check_fields(
        &text,
        "db-instance/t-primary",
        &[
            ("encrypted", "false", "encrypted = false"),
            ("network_type", "IPV4", "network_type = \"ipv4\""),
        ],
    );
}

/// A section that does not say a key is still where its default comes from.
#[test]
fn a_default_comes_from_the_header_of_its_section() {
    let rest = "[network]\n[credentials]\n[storage]\n[backup]\n[maintenance]\n[monitoring]\n";
    check_fields(
        &text_of("", rest),
        "db-instance/t-primary",
        &[
            ("subnet_group", "t-db", "[network]"),
            ("security_groups", "security-group/t-db", "[network]"),
            ("username", "dbadmin", "[credentials]"),
            ("password", "in secret/t-master", "[credentials]"),
            ("storage", "100", "[storage]"),
            ("max_storage", "200", "[storage]"),
            ("storage_type", "gp3", "[storage]"),
            ("encrypted", "true", "[storage]"),
            ("kms_key", "(unset)", "[storage]"),
            ("backup_retention", "7", "[backup]"),
            ("backup_window", "03:00-04:00", "[backup]"),
            ("copy_tags", "true", "[backup]"),
            ("maintenance_window", "sun:04:00-sun:05:00", "[maintenance]"),
            ("auto_minor_upgrade", "true", "[maintenance]"),
            ("monitoring_interval", "60", "[monitoring]"),
            ("log_exports", "postgresql, upgrade", "[monitoring]"),
            ("insights", "true", "[cluster]"),
        ],
    );
}

#[test]
fn insights_that_are_off_keep_nothing() {
    let key = format!("[monitoring]\ninsights = {{ mode = \"off\", kms_key = \"{KEY}\" }}\n");
    let wanted = [
        ("insights", "false"),
        ("insights_mode", "standard"),
        ("insights_retention", "(unset)"),
        ("insights_kms_key", "(unset)"),
    ];
    for (cluster, address) in [("", "db-instance/t-primary"), (CLUSTER, "db-cluster/t-cluster")] {
        let wanted = wanted.map(|(field, value)| (address, field, value));
        check_values(&text_of(cluster, &key), &wanted);
    }
    let advanced = text_of("", "[monitoring]\ninsights = { mode = \"advanced\" }\n");
    check_values(&advanced, &[("db-instance/t-primary", "insights_retention", "465")]);
}

#[test]
fn the_monitoring_role_is_there_while_anything_is_sampled() {
    let off = "[monitoring]\ninterval = \"off\"\n";
    check_addresses(&text_of("", off), "iam-role/", &[]);
    check_values(&text_of("", off), &[("db-instance/t-primary", "monitoring_role", "(unset)")]);
    // One sampled replica is enough; the primary still goes without.
    let replica = format!("{off}[[replica]]\nname = \"r\"\nmonitoring = {{ interval = 1 }}\n");
    let text = text_of("", &replica);
    let role = "iam-role/t-monitoring-us-east-1";
    check_addresses(&text, "iam-role/", &[role]);
    check_values(
        &text,
        &[
            ("db-instance/t-primary", "monitoring_role", "(unset)"),
            ("db-instance/t-r", "monitoring_role", role),
            ("db-instance/t-r", "monitoring_interval", "1"),
        ],
    );
    let unsampled = "[[replica]]\nname = \"r\"\nmonitoring = { interval = 0 }\n";
    check_addresses(&text_of("", unsampled), "iam-role/", &[role]);
}

#[test]
fn the_secret_carries_its_key_and_its_rotation() {
    let secret = "secret/t-master";
    check_fields(
        &text_of("", ""),
        secret,
        &[("rotation", "off", "[cluster]"), ("kms_key", "(unset)", "[cluster]")],
    );
    let function = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let rotation = format!("rotation = {{ days = 30, function = \"{function}\" }}");
    let key = format!("kms_key = \"{KEY}\"");
    let text = text_of("", &format!("[credentials]\nusername = \"chief\"\n{key}\n{rotation}\n"));
    check_fields(
        &text,
        secret,
        &[
            ("description", "master user of t", "[credentials]"),
            ("username", "chief", "username = \"chief\""),
            ("kms_key", KEY, &key),
            ("rotation", &format!("every 30 days by {function}"), &rotation),
        ],
    );
    check_addresses(&text_of("", "[credentials]\nmanage = \"rds\"\n"), "secret/", &[]);
}

/// RDS makes its own secret with the key that is written.
#[test]
fn a_password_that_rds_keeps_has_the_key_of_the_credentials() {
    use pgha_resource::Resource;
    use pgha_resource::kind::MasterPassword;
    let text = text_of("", &format!("[credentials]\nmanage = \"rds\"\nkms_key = \"{KEY}\"\n"));
    let desired = desired(&text);
    let Resource::DbInstance(primary) = &super::at(&desired, "db-instance/t-primary").resource
    else {
        panic!("not an instance");
    };
    assert_eq!(primary.password, Some(MasterPassword::Rds { kms_key: Some(KEY.into()) }));
}

#[test]
fn the_copy_of_the_backups_lasts_as_long_as_they_do_unless_it_says() {
    let copy = "backup-replication/t-primary@us-west-2";
    let key = KEY.replace("us-east-1", "us-west-2");
    let backup = |more: &str| {
        let to = format!("[backup.replicate_to]\nregion = \"us-west-2\"\nkms_key = \"{key}\"");
        text_of("", &format!("[backup]\nretention = 9\n{to}\n{more}\n"))
    };
    let key_line = format!("kms_key = \"{key}\"");
    check_fields(
        &backup(""),
        copy,
        &[
            ("source", "db-instance/t-primary", "[backup.replicate_to]"),
            ("retention", "9", "retention = 9"),
            ("kms_key", &key, &key_line),
        ],
    );
    check_fields(&backup("retention = 30"), copy, &[("retention", "30", "retention = 30")]);
}

#[test]
fn snapshots_are_taken_of_what_there_is_once_it_is_there() {
    let snapshot = "[[snapshot]]\nname = \"s\"\n";
    let instance = text_of("", snapshot);
    check_values(&instance, &[("db-snapshot/t-s", "source", "t-primary")]);
    check_after(&instance, "db-snapshot/t-s", &["db-instance/t-primary"]);
    let cluster = text_of(CLUSTER, snapshot);
    check_values(&cluster, &[("db-cluster-snapshot/t-s", "source", "t-cluster")]);
    check_after(&cluster, "db-cluster-snapshot/t-s", &["db-cluster/t-cluster"]);
}

#[test]
fn every_resource_carries_the_tags_of_the_spec() {
    let desired = desired(&text_of("", "[alerting]\nemails = [\"a@b.c\"]\n"));
    for (address, resource) in &desired.resources {
        assert_eq!(resource.tags.get("team").map(String::as_str), Some("t"), "{address}");
    }
}

/// Neither is compared nor set back then.
#[test]
fn backups_that_aws_backup_keeps_are_not_managed() {
    let unset = [("backup_retention", "(unset)"), ("backup_window", "(unset)")];
    let text = "[backup]\nmanaged_by = \"aws-backup\"\n";
    for (cluster, address) in [("", "db-instance/t-primary"), (CLUSTER, "db-cluster/t-cluster")] {
        let wanted = unset.map(|(field, value)| (address, field, value));
        check_values(&text_of(cluster, text), &wanted);
        check_values(&text_of(cluster, text), &[(address, "copy_tags", "true")]);
    }
}

/// CreateDBCluster requires `Iops`; an instance's gp3 below 400 GiB refuses it.
#[test]
fn a_cluster_on_gp3_says_its_iops() {
    for (storage, iops) in [
        ("", "3000"),
        ("[storage]\nsize = 399\n", "3000"),
        ("[storage]\nsize = 400\n", "12000"),
        ("[storage]\nsize = 400\niops = 16000\n", "16000"),
        ("[storage]\ntype = \"io1\"\niops = 4000\n", "4000"),
    ] {
        check_values(&text_of(CLUSTER, storage), &[("db-cluster/t-cluster", "iops", iops)]);
    }
    check_values(&text_of("", ""), &[("db-instance/t-primary", "iops", "(unset)")]);
}
