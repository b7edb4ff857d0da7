//! Topics, subscriptions, alarms and events.

use std::collections::BTreeSet;

use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::document::Document;
use pgha_resource::kind::Alarm;
use pgha_resource::kind::Comparison;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::EventSubscription;
use pgha_resource::kind::MissingData;
use pgha_resource::kind::SnsSubscription;
use pgha_resource::kind::SnsTopic;
use pgha_resource::kind::Statistic;
use pgha_resource::kind::Threshold;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;

use crate::world::World;
use crate::world::at;
use crate::world::check_refused;
use crate::world::refs;
use crate::world::set;

const TOPIC: &str = "sns-topic/orders-alerts";
const EMAIL: &str = "sns-subscription/orders-alerts:email:oncall@example.com";
const EVENTS: &str = "event-subscription/orders-events";

fn topic() -> SnsTopic {
    SnsTopic { display_name: None, policy: None, kms_key: None }
}

fn alarm(world: &World) -> Alarm {
    Alarm {
        description: None,
        namespace: Some("AWS/RDS".into()),
        metric: Some("CPUUtilization".into()),
        dimensions: None,
        statistic: Some(Statistic("Average".into())),
        period: Some(60),
        evaluation_periods: Some(5),
        datapoints: None,
        threshold: Some(Threshold(90.0)),
        comparison: Some(Comparison::Above),
        missing_data: None,
        alarm_actions: Some(refs(&[&world.arn(TOPIC)])),
        ok_actions: None,
        actions_enabled: None,
    }
}

fn with_topic() -> World {
    let world = World::with_primary();
    world.create(TOPIC, topic()).unwrap();
    world
}

fn events(world: &World) -> EventSubscription {
    EventSubscription {
        topic: Some(Ref::known(world.arn(TOPIC))),
        source_type: Some(EventSource::DbInstance),
        sources: Some(refs(&["orders-primary"])),
        categories: Some(set(&["failover", "failure"])),
        enabled: None,
    }
}

#[test]
fn topics_are_created_twice_only_if_nothing_differs() {
    let world = with_topic();
    world.create(TOPIC, topic()).unwrap();
    let other = SnsTopic { display_name: Some("orders".into()), ..topic() };
    check_refused(world.create(TOPIC, other), "InvalidParameter", ErrorClass::Invalid);
}

#[test]
fn an_email_waits_for_somebody_to_confirm_it() {
    let world = with_topic();
    let wanted = SnsSubscription {
        topic: Ref::known(world.arn(TOPIC)),
        protocol: "email".into(),
        endpoint: "oncall@example.com".into(),
    };
    world.create(EMAIL, wanted.clone()).unwrap();
    world.create(EMAIL, wanted).unwrap();
    world.check_notice(EMAIL, Notice::Unconfirmed);
    assert_eq!(world.see(EMAIL).ids.arn, None);
    check_refused(world.delete(EMAIL), "InvalidParameter", ErrorClass::Invalid);
    assert!(world.sim.confirm(&at(EMAIL)));
    assert!(!world.see(EMAIL).notices.contains(&Notice::Unconfirmed));
    world.delete(EMAIL).unwrap();
}

#[test]
fn a_topic_takes_its_subscriptions_along() {
    let world = with_topic();
    let wanted = SnsSubscription {
        topic: Ref::known(world.arn(TOPIC)),
        protocol: "email".into(),
        endpoint: "oncall@example.com".into(),
    };
    world.create(EMAIL, wanted).unwrap();
    world.delete(TOPIC).unwrap();
    assert!(world.sim.look(&at(EMAIL)).is_none());
}

#[test]
fn putting_an_alarm_replaces_it_and_leaves_its_tags() {
    let world = with_topic();
    world.create("alarm/orders-cpu", alarm(&world)).unwrap();
    world
        .edit("alarm/orders-cpu", Operation::PutMetricAlarm, |a: &mut Alarm| {
            *a = Alarm { alarm_actions: None, threshold: Some(Threshold(80.0)), ..alarm(&world) };
        })
        .unwrap();
    let live = world.see("alarm/orders-cpu");
    assert_eq!(live.owner(), Some("orders"));
    let pgha_resource::Resource::Alarm(seen) = live.resource else { panic!() };
    assert_eq!(seen.alarm_actions, Some(BTreeSet::new()));
    assert_eq!(seen.missing_data, Some(MissingData::Missing));
    assert_eq!(seen.actions_enabled, Some(true));
}

#[test]
fn impossible_alarms_are_refused() {
    let world = with_topic();
    let refused = |change: &dyn Fn(&mut Alarm)| {
        let mut wanted = alarm(&world);
        change(&mut wanted);
        let made = world.create("alarm/orders-cpu", wanted);
        check_refused(made, "ValidationError", ErrorClass::Invalid);
    };
    refused(&|a| a.period = Some(45));
    refused(&|a| a.metric = None);
    refused(&|a| a.evaluation_periods = Some(1441));
    refused(&|a| a.datapoints = Some(6));
    refused(&|a| a.alarm_actions = Some(refs(&["arn:aws:sns:us-west-2:123456789012:x"])));
    refused(&|a| {
        a.ok_actions =
            Some((0..6).map(|n| Ref::known(format!("arn:aws:sns:us-east-1:1:{n}"))).collect())
    });
}

#[test]
fn the_sources_the_topic_and_the_categories_of_events_exist() {
    let world = with_topic();
    let refused = |code: &str, change: &dyn Fn(&mut EventSubscription)| {
        let mut wanted = events(&world);
        change(&mut wanted);
        assert_eq!(world.create(EVENTS, wanted).unwrap_err().code, code);
    };
    refused("SourceNotFound", &|e| e.sources = Some(refs(&["nobody"])));
    refused("SNSTopicArnNotFound", &|e| e.topic = Some(Ref::known("arn:aws:sns:us-east-1:1:x")));
    refused("SubscriptionCategoryNotFound", &|e| e.categories = Some(set(&["fun"])));
    refused("InvalidParameterCombination", &|e| (e.source_type, e.categories) = (None, None));
}

/// Gives the topic a policy that lets a service publish under a condition.
fn let_publish(world: &World, service: &str, condition: &str) {
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sns:Publish","Resource":"*","Condition":{condition}}}]}}"#
    );
    world
        .edit(TOPIC, Operation::SetTopicAttributes, |t: &mut SnsTopic| {
            t.policy = Some(Document::known(text));
        })
        .unwrap();
}

#[test]
fn a_topic_whose_policy_leaves_rds_out_is_no_topic_for_events() {
    let world = with_topic();
    let_publish(&world, "cloudwatch.amazonaws.com", "{}");
    let made = world.create(EVENTS, events(&world));
    check_refused(made, "SNSNoAuthorization", ErrorClass::Invalid);
    let_publish(&world, "events.rds.amazonaws.com", "{}");
    world.create(EVENTS, events(&world)).unwrap();
}

/// AWS does not say which of both RDS names as the source of a notice.
#[test]
fn a_policy_lets_rds_publish_for_the_subscription_and_for_the_database() {
    let world = with_topic();
    let from = |what: &str| {
        let arn = format!("arn:aws:rds:us-east-1:123456789012:{what}");
        let condition = format!(
            r#"{{"StringEquals":{{"aws:SourceAccount":"123456789012"}},"ArnLike":{{"aws:SourceArn":"{arn}"}}}}"#
        );
        let_publish(&world, "events.rds.amazonaws.com", &condition);
    };
    for one in ["es:*", "db:*", "cluster:*"] {
        from(one);
        let made = world.create(EVENTS, events(&world));
        check_refused(made, "SNSNoAuthorization", ErrorClass::Invalid);
    }
    from("*");
    world.create(EVENTS, events(&world)).unwrap();
    world.settle(EVENTS);
    world.check_status(EVENTS, "active");
    from("db:*");
    world.check_status(EVENTS, "no-permission");
}

#[test]
fn sources_come_and_go_one_by_one() {
    let world = with_topic();
    world.create(EVENTS, events(&world)).unwrap();
    let sources = |operation, names: &[&str]| {
        let wanted = refs(names);
        world.edit(EVENTS, operation, |e: &mut EventSubscription| e.sources = Some(wanted))
    };
    let (add, remove) = (
        Operation::AddSourceIdentifierToSubscription,
        Operation::RemoveSourceIdentifierFromSubscription,
    );
    let early = sources(remove, &[]);
    check_refused(early, "InvalidEventSubscriptionState", ErrorClass::NotReady);
    world.settle(EVENTS);
    let two = sources(add, &["orders-primary", "a", "b"]);
    check_refused(two, "ValidationError", ErrorClass::Invalid);
    check_refused(sources(add, &["orders-primary", "a"]), "SourceNotFound", ErrorClass::Gone);
    let other = sources(Operation::ModifyEventSubscription, &[]);
    check_refused(other, "ValidationError", ErrorClass::Invalid);
    sources(remove, &[]).unwrap();
    world.settle(EVENTS);
    sources(add, &["orders-primary"]).unwrap();
}

#[test]
fn a_subscription_says_that_it_delivers_nothing_and_why() {
    let world = with_topic();
    world.create(EVENTS, events(&world)).unwrap();
    world.settle(EVENTS);
    world.sim.tamper_delete(&at(crate::world::PRIMARY)).unwrap();
    world.wait_gone(crate::world::PRIMARY);
    world.check_status(EVENTS, "all-sources-deleted");
    world.create("db-instance/other", world.primary()).unwrap();
    let add = Operation::AddSourceIdentifierToSubscription;
    let other = |e: &mut EventSubscription| e.sources = Some(refs(&["orders-primary", "other"]));
    world.edit(EVENTS, add, other).unwrap();
    world.settle(EVENTS);
    world.check_status(EVENTS, "active");
    world.sim.tamper(&at(TOPIC), "policy", "{}").unwrap();
    world.check_status(EVENTS, "no-permission");
    world.sim.tamper_delete(&at(TOPIC)).unwrap();
    world.check_status(EVENTS, "topic-not-exist");
}

#[test]
fn credentials_in_an_endpoint_are_masked() {
    let world = with_topic();
    let called = |endpoint: &str| format!("sns-subscription/orders-alerts:https:{endpoint}");
    let endpoint = "https://user:s3cret@hooks.example.com/a/b?token=x";
    let to = SnsSubscription {
        topic: Ref::known(world.arn(TOPIC)),
        protocol: "https".into(),
        endpoint: endpoint.into(),
    };
    world.create(&called(endpoint), to.clone()).unwrap();
    assert!(world.sim.look(&at(&called(endpoint))).is_none());
    let masked = called("https://user:****@hooks.example.com/a/b?token=x");
    let seen = world.see(&masked);
    assert!(!format!("{seen:?}").contains("s3cret"));
    assert!(!world.sim.to_json().unwrap().contains("s3cret"));
    world.sim.confirm(&at(&masked));
    world.create(&masked, to).unwrap();
    assert!(world.see(&masked).ids.arn.is_some(), "it is the one that was confirmed");
}
