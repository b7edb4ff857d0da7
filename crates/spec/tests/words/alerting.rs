//! Topics, who subscribes to them, and event subscriptions, region by region.

use pgha_resource::Resource;
use serde_json::Value;
use serde_json::json;

use super::check_addresses;
use super::check_after;
use super::check_fields;
use super::check_values;
use super::desired;
use super::text_of;

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ours";
const TOPIC_AWAY: &str = "arn:aws:sns:us-west-2:123456789012:theirs";
const CLUSTER: &str = "topology = \"multi-az-cluster\"";

/// A replica in another region, before `[alerting]`.
fn with_replica(alerting: &str) -> String {
    let replica = format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"");
    text_of("", &format!("{replica}\n[alerting]\n{alerting}"))
}

#[test]
fn without_alerting_there_is_nobody_to_tell() {
    let text = text_of("", "[proxy]\n[[alarm]]\nname = \"a\"\nmetric = \"M\"\nthreshold = 1\n");
    for prefix in ["sns-topic/", "sns-subscription/", "event-subscription/"] {
        check_addresses(&text, prefix, &[]);
    }
    // An alarm of one's own is still made, and tells nobody.
    check_addresses(&text, "alarm/", &["alarm/t-a"]);
    check_values(&text, &[("alarm/t-a", "alarm_actions", "(none)")]);
}

#[test]
fn every_region_has_a_topic_of_its_own() {
    let text = with_replica("emails = [\"a@b.c\"]\n");
    check_addresses(&text, "sns-topic/", &["sns-topic/t-alerts", "sns-topic/t-alerts@us-west-2"]);
    check_fields(
        &text,
        "sns-topic/t-alerts",
        &[("display_name", "t database", "[alerting]"), ("kms_key", "", "[alerting]")],
    );
    check_values(
        &text,
        &[
            ("alarm/t-r-cpu@us-west-2", "alarm_actions", "sns-topic/t-alerts@us-west-2"),
            ("alarm/t-primary-cpu", "ok_actions", "sns-topic/t-alerts"),
        ],
    );
}

/// Notices are lost where the pattern leaves out what AWS takes for their source, and it is not
/// documented whether that is the event subscription or the database.
#[test]
fn whatever_of_rds_is_the_source_may_publish_and_every_alarm() {
    let text = with_replica("emails = [\"a@b.c\"]\n");
    let desired = desired(&text);
    for (topic, region) in
        [("sns-topic/t-alerts", "us-east-1"), ("sns-topic/t-alerts@us-west-2", "us-west-2")]
    {
        let Resource::SnsTopic(topic) = &desired.resources[&topic.parse().unwrap()].resource else {
            panic!("{topic} is no topic")
        };
        let policy: Value = serde_json::from_str(&topic.policy.as_ref().unwrap().text()).unwrap();
        let conditions: Vec<&Value> =
            policy["Statement"].as_array().unwrap().iter().map(|part| &part["Condition"]).collect();
        let from = |source: &str| {
            json!({
                "StringEquals": { "aws:SourceAccount": "123456789012" },
                "ArnLike": { "aws:SourceArn": format!("arn:aws:{source}") },
            })
        };
        let rds = from(&format!("rds:{region}:123456789012:*"));
        let alarms = from(&format!("cloudwatch:{region}:123456789012:alarm:*"));
        assert_eq!(conditions, [&rds, &alarms]);
    }
}

#[test]
fn an_existing_topic_takes_the_place_of_ours_in_its_region() {
    let home = with_replica(&format!("topic = \"{TOPIC}\"\nemails = [\"a@b.c\"]\n"));
    check_addresses(&home, "sns-topic/", &["sns-topic/t-alerts@us-west-2"]);
    check_values(
        &home,
        &[
            ("event-subscription/t-instances", "topic", TOPIC),
            ("alarm/t-primary-cpu", "alarm_actions", TOPIC),
            ("sns-subscription/t-alerts:email:a@b.c", "topic", TOPIC),
            ("event-subscription/t-instances@us-west-2", "topic", "sns-topic/t-alerts@us-west-2"),
        ],
    );
    let away = with_replica(&format!(
        "emails = [\"a@b.c\"]\n[alerting.regions.us-west-2]\ntopic = \"{TOPIC_AWAY}\"\n"
    ));
    check_addresses(&away, "sns-topic/", &["sns-topic/t-alerts"]);
    check_values(
        &away,
        &[
            ("event-subscription/t-instances@us-west-2", "topic", TOPIC_AWAY),
            ("event-subscription/t-instances", "topic", "sns-topic/t-alerts"),
        ],
    );
}

#[test]
fn a_topic_is_encrypted_with_the_key_of_its_region() {
    let home_key = KEY.replace("us-west-2", "us-east-1");
    let text = with_replica(&format!(
        "emails = [\"a@b.c\"]\nkms_key = \"{home_key}\"\n[alerting.regions.us-west-2]\nkms_key = \"{KEY}\"\n"
    ));
    let line = |key: &str| format!("kms_key = \"{key}\"");
    check_fields(&text, "sns-topic/t-alerts", &[("kms_key", &home_key, &line(&home_key))]);
    check_fields(&text, "sns-topic/t-alerts@us-west-2", &[("kms_key", KEY, &line(KEY))]);
    let home_only = with_replica(&format!("emails = [\"a@b.c\"]\nkms_key = \"{home_key}\"\n"));
    check_values(&home_only, &[("sns-topic/t-alerts@us-west-2", "kms_key", "")]);
}

/// Without an account the policy can name no source account, and any account's topic fits.
#[test]
fn a_topic_of_an_unnamed_account_is_open_to_the_services_alone() {
    let text = text_of("", "[alerting]\nemails = [\"a@b.c\"]\n")
        .replace("account = \"123456789012\"\n", "");
    let desired = super::desired(&text);
    let policy = super::field(&desired, "sns-topic/t-alerts", "policy");
    let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let services: Vec<_> =
        statements.iter().map(|s| s["Principal"]["Service"].as_str().unwrap()).collect();
    assert_eq!(services, ["events.rds.amazonaws.com", "cloudwatch.amazonaws.com"]);
    for statement in statements {
        assert_eq!(statement["Resource"], "arn:aws:sns:us-east-1:*:t-alerts");
        assert_eq!(statement["Condition"], serde_json::Value::Null);
    }
}

/// A queue or a function is told by the topic of its own region only; people everywhere.
#[test]
fn subscribers_are_told_by_the_topics_they_can_hear() {
    let queue = "arn:aws:sqs:us-west-2:123456789012:q";
    let text = with_replica(&format!(
        "emails = [\"a@b.c\"]\nsubscriptions = [{{ protocol = \"https\", endpoint = \"https://x.example/\" }}, {{ protocol = \"sqs\", endpoint = \"{queue}\" }}]\n"
    ));
    check_addresses(
        &text,
        "sns-subscription/",
        &[
            "sns-subscription/t-alerts:email:a@b.c",
            "sns-subscription/t-alerts:email:a@b.c@us-west-2",
            "sns-subscription/t-alerts:https:https://x.example/",
            "sns-subscription/t-alerts:https:https://x.example/@us-west-2",
            &format!("sns-subscription/t-alerts:sqs:{queue}@us-west-2"),
        ],
    );
}

#[test]
fn each_protocol_goes_to_sns_by_its_own_name() {
    for (protocol, endpoint) in [
        ("email", "a@b.c"),
        ("email-json", "a@b.c"),
        ("https", "https://x.example/"),
        ("http", "http://x.example/"),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:q"),
        ("sms", "+15550100"),
        ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f"),
    ] {
        let text = text_of(
            "",
            &format!(
                "[alerting]\nsubscriptions = [{{ protocol = \"{protocol}\", endpoint = \"{endpoint}\" }}]\n"
            ),
        );
        let address = format!("sns-subscription/t-alerts:{protocol}:{endpoint}");
        check_values(&text, &[(&address, "protocol", protocol), (&address, "endpoint", endpoint)]);
    }
}

#[test]
fn events_come_from_what_is_in_the_region_and_wait_for_it() {
    let text = format!("{}[proxy]\n", with_replica("emails = [\"a@b.c\"]\n"));
    check_addresses(
        &text,
        "event-subscription/",
        &[
            "event-subscription/t-instances",
            "event-subscription/t-instances@us-west-2",
            "event-subscription/t-parameter-groups",
            "event-subscription/t-parameter-groups@us-west-2",
            "event-subscription/t-proxies",
        ],
    );
    check_values(
        &text,
        &[
            ("event-subscription/t-instances", "sources", "t-primary"),
            ("event-subscription/t-instances@us-west-2", "sources", "t-r"),
            ("event-subscription/t-parameter-groups", "sources", "t-pg16"),
            ("event-subscription/t-parameter-groups@us-west-2", "sources", "t-replicas-pg16"),
            ("event-subscription/t-proxies", "sources", "t-proxy"),
        ],
    );
    check_after(&text, "event-subscription/t-proxies", &["db-proxy/t-proxy"]);
    let r = "db-instance/t-r@us-west-2";
    check_after(&text, "event-subscription/t-instances@us-west-2", &[r]);
}

/// AWS names the members of a cluster, which are there once the cluster is.
#[test]
fn the_members_of_a_cluster_are_watched_like_instances() {
    let text = text_of(CLUSTER, "[storage]\ntype = \"gp3\"\n[alerting]\nemails = [\"a@b.c\"]\n");
    check_values(
        &text,
        &[
            (
                "event-subscription/t-instances",
                "sources",
                "t-cluster-instance-1, t-cluster-instance-2, t-cluster-instance-3",
            ),
            ("event-subscription/t-clusters", "sources", "t-cluster"),
        ],
    );
    check_after(&text, "event-subscription/t-instances", &["db-cluster/t-cluster"]);
}

#[test]
fn the_told_events_are_all_but_the_daily_ones_unless_the_spec_says() {
    let events = "events = [\"failover\", \"failure\"]";
    let text = text_of("", &format!("[alerting]\nemails = [\"a@b.c\"]\n{events}\n"));
    let instances = "event-subscription/t-instances";
    check_fields(
        &text,
        instances,
        &[("categories", "failover, failure", events), ("enabled", "true", "[alerting]")],
    );
    let none = text_of("", "[alerting]\nemails = [\"a@b.c\"]\nevents = []\n");
    check_addresses(&none, "event-subscription/", &[]);
    check_addresses(&none, "sns-topic/", &["sns-topic/t-alerts"]);
}
