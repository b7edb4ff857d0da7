//! The recommended alarms with what changes them, and `[[alarm]]`.

use super::check_addresses;
use super::check_after;
use super::check_fields;
use super::check_values;
use super::desired;
use super::field;
use super::text_of;

const CLUSTER: &str = "topology = \"multi-az-cluster\"";
const TOLD: &str = "[alerting]\nemails = [\"a@b.c\"]\n";
const GIB: u64 = 1 << 30;

fn told(rest: &str) -> String {
    text_of("", &format!("{rest}{TOLD}"))
}

/// The names of the alarms about a subject, without the alarm's own prefix.
fn names(text: &str, subject: &str) -> Vec<String> {
    let desired = desired(text);
    let all = desired.resources.keys().map(ToString::to_string);
    all.filter_map(|a| a.strip_prefix(&format!("alarm/t-{subject}-")).map(str::to_string)).collect()
}

#[test]
fn each_subject_has_the_alarms_that_its_metrics_allow() {
    let text = told("[[replica]]\nname = \"r\"\n[proxy]\n");
    assert_eq!(
        names(&text, "primary"),
        [
            "connections",
            "cpu",
            "db-load",
            "memory",
            "read-latency",
            "slot-lag",
            "storage",
            "transaction-ids",
            "wal-disk",
            "write-latency",
        ]
    );
    assert_eq!(
        names(&text, "r"),
        ["connections", "cpu", "db-load", "memory", "read-latency", "replica-lag", "storage"]
    );
    assert_eq!(names(&text, "proxy"), ["auth", "availability", "pinning", "setup"]);
    // Nothing replicates, so no slot can fall behind.
    let alone = names(&told(""), "primary");
    assert!(!alone.iter().any(|name| name == "slot-lag" || name == "wal-disk"), "{alone:?}");
    let burst = told("[storage]\ntype = \"gp2\"\n").replace("db.r6gd.large", "db.t3.large");
    let burst = names(&burst, "primary");
    assert!(burst.iter().any(|name| name == "cpu-credits"), "{burst:?}");
    assert!(burst.iter().any(|name| name == "burst-balance"), "{burst:?}");
    let blind = names(&told("[monitoring]\ninsights = { mode = \"off\" }\n"), "primary");
    assert!(!blind.iter().any(|name| name == "db-load"), "{blind:?}");
}

#[test]
fn thresholds_follow_the_class_and_the_volume() {
    let text = told(
        "[storage]\nsize = \"200 GiB\"\n[[replica]]\nname = \"r\"\nclass = \"db.r6gd.xlarge\"\n",
    );
    let share = |percent: u64, gib: u64| (gib * GIB * percent / 100).to_string();
    let tenth = share(10, 200);
    for (alarm, wanted) in [
        ("primary-cpu", "90"),
        ("primary-connections", "1621"),
        ("primary-memory", &share(25, 16)),
        ("primary-storage", &tenth),
        ("primary-db-load", "2"),
        ("primary-transaction-ids", "1000000000"),
        ("primary-slot-lag", &tenth),
        ("primary-wal-disk", &share(20, 200)),
        ("r-connections", "3243"),
        ("r-memory", &share(25, 32)),
        ("r-db-load", "4"),
        ("r-replica-lag", "300"),
    ] {
        let address = format!("alarm/t-{alarm}");
        let found = field(&desired(&text), &address, "threshold");
        assert_eq!(found, wanted, "{alarm}");
    }
}

/// A replica that replays late has that for its lag; its own word counts before that of all.
#[test]
fn the_alarm_on_the_lag_allows_for_a_delay() {
    let text = told(
        r#"[parameters]
recovery_min_apply_delay = "10min"
[[replica]]
name = "all"
[[replica]]
name = "late"
parameters = { Recovery_min_apply_delay = "1h" }
[[replica]]
name = "new"
parameters = { recovery_min_apply_delay = 0 }
"#,
    );
    let threshold =
        |of: &str| field(&desired(&text), &format!("alarm/t-{of}-replica-lag"), "threshold");
    assert_eq!(["all", "late", "new"].map(threshold), ["900", "3900", "300"]);
}

/// A tenth of what the replica has, and burst credits where it has them.
#[test]
fn alarms_on_a_replicas_volume_follow_its_own() {
    let text = told(
        r#"[storage]
size = "200 GiB"
[[replica]]
name = "big"
storage = { type = "gp2", size = "1000 GiB", max_size = "2000 GiB" }
[[replica]]
name = "child"
source = "big"
storage = { max_size = "2000 GiB" }
[[replica]]
name = "same"
"#,
    );
    let tenth = |gib: u64| (gib * GIB / 10).to_string();
    check_values(
        &text,
        &[
            ("alarm/t-primary-storage", "threshold", &tenth(200)),
            ("alarm/t-big-storage", "threshold", &tenth(1000)),
            ("alarm/t-child-storage", "threshold", &tenth(1000)),
            ("alarm/t-same-storage", "threshold", &tenth(200)),
            ("alarm/t-big-burst-balance", "threshold", "20"),
        ],
    );
    for gp3 in ["primary", "child", "same"] {
        assert!(!names(&text, gp3).iter().any(|name| name == "burst-balance"), "{gp3}");
    }
}

/// `db.r6gd.large` has 16 GiB of memory: the formula comes to 901, and 90 % of it to 810.
#[test]
fn the_connections_of_a_formula_are_those_of_the_class() {
    let text = "[parameters]\nmax_connections = \"{DBInstanceClassMemory/19062784}\"\n[[replica]]\nname = \"r\"\nclass = \"db.r6gd.xlarge\"\n[alerting]\nemails = [\"a@b.c\"]\n";
    check_values(
        &text_of("", text),
        &[
            ("alarm/t-primary-connections", "threshold", "810"),
            ("alarm/t-r-connections", "threshold", "1621"),
        ],
    );
}

/// A written `max_connections` counts before the class, a replica's own before the spec's.
#[test]
fn the_connections_that_are_too_many_follow_the_parameters() {
    let text = told(
        "[parameters]\nmax_connections = 200\n[[replica]]\nname = \"r\"\n[[replica]]\nname = \"s\"\nparameters = { max_connections = 400 }\n",
    );
    check_values(
        &text,
        &[
            ("alarm/t-primary-connections", "threshold", "180"),
            ("alarm/t-r-connections", "threshold", "180"),
            ("alarm/t-s-connections", "threshold", "360"),
        ],
    );
}

#[test]
fn a_replica_without_insights_has_no_alarm_on_its_load() {
    let text = told("[[replica]]\nname = \"r\"\nmonitoring = { insights = { mode = \"off\" } }\n");
    assert!(!names(&text, "r").iter().any(|name| name == "db-load"));
    assert!(names(&text, "primary").iter().any(|name| name == "db-load"));
}

#[test]
fn a_changed_alarm_says_where_it_was_changed() {
    let text = told("").replace(
        TOLD,
        &format!(
            "{TOLD}[alerting.alarms.cpu]\nthreshold = 70\nperiod = \"5 min\"\nevaluation_periods = 4\ndatapoints = 3\n[alerting.alarms.memory]\nevaluation_periods = 8\n[alerting.alarms.storage]\noff = true\n"
        ),
    );
    check_fields(
        &text,
        "alarm/t-primary-cpu",
        &[
            ("threshold", "70", "threshold = 70"),
            ("period", "300", "period = \"5 min\""),
            ("evaluation_periods", "4", "evaluation_periods = 4"),
            ("datapoints", "3", "datapoints = 3"),
            ("metric", "CPUUtilization", "[alerting.alarms.cpu]"),
            ("missing_data", "breaching", "[alerting.alarms.cpu]"),
        ],
    );
    // All of the periods must be bad unless the spec says how many.
    check_fields(
        &text,
        "alarm/t-primary-memory",
        &[
            ("period", "60", "[alerting.alarms.memory]"),
            ("datapoints", "8", "[alerting.alarms.memory]"),
            ("threshold", &(4 * GIB).to_string(), "[alerting.alarms.memory]"),
        ],
    );
    check_addresses(&text, "alarm/t-primary-storage", &[]);
    check_fields(
        &text,
        "alarm/t-primary-connections",
        &[("threshold", "1621", "[alerting]"), ("evaluation_periods", "5", "[alerting]")],
    );
}

/// An alarm that the class has no number for is there once the spec gives one.
#[test]
fn a_written_threshold_makes_an_alarm_where_none_was() {
    let text = told("").replace("db.r6gd.large", "db.x99.huge");
    assert!(!names(&text, "primary").iter().any(|name| name == "memory"));
    let written = format!("{text}[alerting.alarms.memory]\nthreshold = 1000\n");
    check_values(&written, &[("alarm/t-primary-memory", "threshold", "1000")]);
}

/// Only the availability metric is kept by target group.
#[test]
fn the_proxys_alarms_have_the_dimensions_of_their_metrics() {
    let text = told("[proxy]\n");
    check_values(
        &text,
        &[
            (
                "alarm/t-proxy-availability",
                "dimensions",
                "ProxyName = t-proxy, TargetGroup = default, TargetRole = READ_WRITE",
            ),
            ("alarm/t-proxy-pinning", "dimensions", "ProxyName = t-proxy"),
            ("alarm/t-primary-cpu", "dimensions", "DBInstanceIdentifier = t-primary"),
        ],
    );
}

/// A primary that says nothing is in trouble; a proxy without clients has nothing to say.
#[test]
fn silence_is_bad_of_a_primary_and_good_of_a_proxy() {
    let text = told("[[replica]]\nname = \"r\"\n[proxy]\n");
    for (alarm, wanted) in [
        ("primary-cpu", "breaching"),
        ("primary-storage", "breaching"),
        ("primary-connections", "missing"),
        ("r-cpu", "missing"),
        ("proxy-auth", "notBreaching"),
        ("proxy-availability", "notBreaching"),
        ("proxy-setup", "notBreaching"),
        ("proxy-pinning", "notBreaching"),
    ] {
        check_values(&text, &[(&format!("alarm/t-{alarm}"), "missing_data", wanted)]);
    }
}

/// Any of the three may be the writer, and any may lag.
#[test]
fn every_member_of_a_cluster_is_watched() {
    let text = text_of(CLUSTER, &format!("[storage]\ntype = \"gp3\"\n{TOLD}"));
    for number in 1..=3 {
        let member = format!("cluster-instance-{number}");
        let names = names(&text, &member);
        for wanted in ["cpu", "storage", "replica-lag"] {
            assert!(names.iter().any(|name| name == wanted), "{member}: {names:?}");
        }
        let cpu = format!("alarm/t-{member}-cpu");
        let dimension = format!("DBInstanceIdentifier = t-{member}");
        check_values(&text, &[(&cpu, "dimensions", &dimension)]);
        check_after(&text, &cpu, &["db-cluster/t-cluster"]);
    }
    check_after(&told(""), "alarm/t-primary-cpu", &[]);
}

#[test]
fn every_word_about_an_own_alarm_reaches_its_field() {
    let text = text_of(
        "",
        r#"[[alarm]]
name = "lag"
metric = "Lag"
namespace = "Ours"
dimensions = { Service = "x" }
statistic = "p99"
period = "2 min"
evaluation_periods = 6
datapoints = 4
threshold = 12.5
comparison = "at-most"
missing_data = "breaching"
description = "too slow"
"#,
    );
    check_fields(
        &text,
        "alarm/t-lag",
        &[
            ("description", "too slow", "description = \"too slow\""),
            ("namespace", "Ours", "namespace = \"Ours\""),
            ("metric", "Lag", "metric = \"Lag\""),
            ("dimensions", "Service = x", "dimensions = { Service = \"x\" }"),
            ("statistic", "p99", "statistic = \"p99\""),
            ("period", "120", "period = \"2 min\""),
            ("evaluation_periods", "6", "evaluation_periods = 6"),
            ("datapoints", "4", "datapoints = 4"),
            ("threshold", "12.5", "threshold = 12.5"),
            ("comparison", "LessThanOrEqualToThreshold", "comparison = \"at-most\""),
            ("missing_data", "breaching", "missing_data = \"breaching\""),
            ("actions_enabled", "true", "[[alarm]]"),
        ],
    );
}

const OWN: &str = "[[alarm]]\nname = \"a\"\nmetric = \"SwapUsage\"\nthreshold = 1\n";

#[test]
fn an_own_alarm_that_says_little_gets_the_documented_defaults() {
    let wanted = [
        ("description", "SwapUsage of primary"),
        ("namespace", "AWS/RDS"),
        ("dimensions", "DBInstanceIdentifier = t-primary"),
        ("statistic", "Average"),
        ("period", "60"),
        ("evaluation_periods", "5"),
        ("datapoints", "5"),
        ("comparison", "GreaterThanThreshold"),
        ("missing_data", "missing"),
    ];
    check_values(&text_of("", OWN), &wanted.map(|(field, value)| ("alarm/t-a", field, value)));
    let fewer = format!("{OWN}evaluation_periods = 3\n");
    check_values(&text_of("", &fewer), &[("alarm/t-a", "datapoints", "3")]);
}

/// Without a word for what is told when it is over, the same is.
#[test]
fn an_own_alarm_tells_whom_it_says() {
    let told = |rest: &str, alarm: &str, ok: &str| {
        let text = text_of("", &format!("{TOLD}{OWN}{rest}"));
        check_values(&text, &[("alarm/t-a", "alarm_actions", alarm)]);
        check_values(&text, &[("alarm/t-a", "ok_actions", ok)]);
    };
    told("", "sns-topic/t-alerts", "sns-topic/t-alerts");
    let topic = "arn:aws:sns:us-east-1:123456789012:pager";
    let other = format!("alarm_actions = [\"{topic}\"]\n");
    told(&other, topic, topic);
    told(&format!("{other}ok_actions = []\n"), topic, "(none)");
    told(&format!("ok_actions = [\"{topic}\"]\n"), "sns-topic/t-alerts", topic);
    told("alarm_actions = []\n", "(none)", "(none)");
}

#[test]
fn an_own_alarm_compares_as_it_says() {
    let alarm = "alarm/t-a";
    for (written, wanted) in [
        ("above", "GreaterThanThreshold"),
        ("at-least", "GreaterThanOrEqualToThreshold"),
        ("below", "LessThanThreshold"),
        ("at-most", "LessThanOrEqualToThreshold"),
    ] {
        let text = text_of("", &format!("{OWN}comparison = \"{written}\"\n"));
        check_values(&text, &[(alarm, "comparison", wanted)]);
    }
    for (written, wanted) in [
        ("missing", "missing"),
        ("breaching", "breaching"),
        ("not-breaching", "notBreaching"),
        ("ignore", "ignore"),
    ] {
        let text = text_of("", &format!("{OWN}missing_data = \"{written}\"\n"));
        check_values(&text, &[(alarm, "missing_data", wanted)]);
    }
}

#[test]
fn an_own_alarm_follows_its_subject_into_its_region() {
    let key = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";
    let rest = format!(
        "{TOLD}[proxy]\n[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{key}\"\n"
    );
    let on = |subject: &str| text_of("", &format!("{rest}{OWN}on = \"{subject}\"\n"));
    let away = "alarm/t-a@us-west-2";
    let line = "on = \"r\"";
    check_fields(&on("r"), away, &[("dimensions", "DBInstanceIdentifier = t-r", line)]);
    check_values(
        &on("r"),
        &[
            (away, "alarm_actions", "sns-topic/t-alerts@us-west-2"),
            (away, "ok_actions", "sns-topic/t-alerts@us-west-2"),
            (away, "description", "SwapUsage of r"),
        ],
    );
    check_values(&on("proxy"), &[("alarm/t-a", "dimensions", "ProxyName = t-proxy")]);
    let primary = "DBInstanceIdentifier = t-primary";
    check_values(&on("primary"), &[("alarm/t-a", "dimensions", primary)]);
    let cluster = text_of(CLUSTER, &format!("[storage]\ntype = \"gp3\"\n{OWN}"));
    check_values(&cluster, &[("alarm/t-a", "dimensions", "DBClusterIdentifier = t-cluster")]);
}
