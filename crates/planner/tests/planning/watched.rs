//! What stays is watched, whether the spec names it or not.

use pgha_planner::{Blocked, Intent, Plan};
use pgha_resource::kind::{EventSource, EventSubscription, SnsSubscription, SnsTopic};
use pgha_resource::{Attr, Desired, Live, Ref};

use crate::world::{
    REPLICA, add, alarm, allow, at, converged, desired, of, operations, planned, sketch,
};

const ALARM: &str = "alarm/orders-read-1-cpu";
const EVENTS: &str = "event-subscription/orders-instances";

/// The cluster with an alarm on its replica, and a subscription to the events of both instances.
fn watched() -> Desired {
    let mut wanted = desired();
    add(&mut wanted, ALARM, alarm("DBInstanceIdentifier", Ref::Of(at(REPLICA), Attr::Name)));
    add(&mut wanted, EVENTS, subscription(&["primary", "read-1"]));
    wanted
}

fn subscription(instances: &[&str]) -> EventSubscription {
    let source = |name: &&str| Ref::Of(at(&format!("db-instance/orders-{name}")), Attr::Name);
    EventSubscription {
        topic: of("sns-topic/orders-alerts", Attr::Arn),
        source_type: Some(EventSource::DbInstance),
        sources: Some(instances.iter().map(source).collect()),
        categories: None,
        enabled: Some(true),
    }
}

/// The spec without the replica, as it expands to.
fn without_replica() -> Desired {
    let mut wanted = watched();
    for address in [REPLICA, ALARM] {
        wanted.resources.remove(&at(address));
    }
    add(&mut wanted, EVENTS, subscription(&["primary"]));
    wanted
}

fn stays_with(plan: &Plan, address: &str) -> Option<String> {
    plan.changes.iter().find(|change| change.address == at(address)).and_then(
        |change| match &change.blocked {
            Some(Blocked::StaysWith { address }) => Some(address.to_string()),
            _ => None,
        },
    )
}

fn plan_without(live: &Live, intent: &Intent) -> Plan {
    planned(&without_replica(), live, intent)
}

#[test]
fn a_replica_that_stays_keeps_its_alarms_and_its_events() {
    let plan = plan_without(&converged(&watched()), &Intent::default());
    assert_eq!(stays_with(&plan, ALARM).as_deref(), Some(REPLICA), "{}", sketch(&plan));
    assert!(plan.changes.iter().all(|change| change.address != at(EVENTS)), "{}", sketch(&plan));
    assert!(!plan.has_drift() && plan.steps.is_empty(), "{}", sketch(&plan));
}

/// Who is told is not who is watched.
#[test]
fn an_alarm_does_not_stay_with_a_topic_that_is_kept() {
    let (mut before, topic) = (watched(), "sns-topic/orders-news");
    let kind = SnsTopic { display_name: None, policy: None, kms_key: None };
    add(&mut before, topic, kind);
    let mut told = alarm("DBInstanceIdentifier", Ref::Of(at(REPLICA), Attr::Name));
    told.alarm_actions = Some([Ref::Of(at(topic), Attr::Arn)].into());
    add(&mut before, ALARM, told);
    let mut wanted = watched();
    wanted.resources.remove(&at(ALARM));
    wanted.policy.protected.insert(at(topic));
    let plan = planned(&wanted, &converged(&before), &Intent::default());
    assert_eq!(operations(&plan, topic), [], "{}", sketch(&plan));
    assert_eq!(operations(&plan, ALARM).len(), 1, "{}", sketch(&plan));
}

#[test]
fn an_alarm_goes_alone_where_somebody_says_so() {
    let live = converged(&watched());
    let plan = plan_without(&live, &allow(&format!("delete:{ALARM}")));
    assert_eq!(operations(&plan, ALARM).len(), 1, "{}", sketch(&plan));
    assert_eq!(operations(&plan, REPLICA), [], "{}", sketch(&plan));
}

#[test]
fn a_replica_that_goes_takes_its_alarms_and_its_events_along() {
    let goes = allow(&format!("delete:{REPLICA}"));
    let plan = plan_without(&converged(&watched()), &goes);
    assert_eq!(stays_with(&plan, ALARM), None, "{}", sketch(&plan));
    for address in [REPLICA, ALARM, EVENTS] {
        assert!(!operations(&plan, address).is_empty(), "{address}:\n{}", sketch(&plan));
    }
}

#[test]
fn another_source_comes_beside_the_one_that_stays() {
    let mut wanted = without_replica();
    let other = "db-instance/orders-read-2";
    add(&mut wanted, other, crate::world::replica());
    add(&mut wanted, EVENTS, subscription(&["primary", "read-2"]));
    let mut live = converged(&watched());
    live.resources.insert(at(other), pgha_resource::Seen::Absent);
    let plan = planned(&wanted, &live, &Intent::default());
    let text = sketch(&plan);
    let change = plan.changes.iter().find(|change| change.address == at(EVENTS)).expect(&text);
    let sources = change.fields.iter().find(|field| field.name == "sources").expect(&text);
    assert_eq!(sources.to.to_string(), "orders-primary, orders-read-1, orders-read-2");
}

/// A replica in another region, which has a topic, a subscriber and an alarm of its own there.
fn far() -> Desired {
    let mut wanted = desired();
    let region = "us-west-2";
    let at_far = |address: &str| format!("{address}@{region}");
    add(&mut wanted, &at_far("db-instance/orders-dr"), crate::world::replica());
    let topic = SnsTopic { display_name: None, policy: None, kms_key: None };
    add(&mut wanted, &at_far("sns-topic/orders-alerts"), topic);
    let told = SnsSubscription {
        topic: Ref::Of(at(&at_far("sns-topic/orders-alerts")), Attr::Arn),
        protocol: "email".into(),
        endpoint: "oncall@example.com".into(),
    };
    add(&mut wanted, &at_far("sns-subscription/orders-alerts:email:oncall@example.com"), told);
    let dr = Ref::Of(at(&at_far("db-instance/orders-dr")), Attr::Name);
    let mut alarm = alarm("DBInstanceIdentifier", dr);
    alarm.alarm_actions = Some([Ref::Of(at(&at_far("sns-topic/orders-alerts")), Attr::Arn)].into());
    add(&mut wanted, &at_far("alarm/orders-dr-cpu"), alarm);
    wanted
}

#[test]
fn whoever_is_told_of_what_stays_stays_too() {
    let plan = planned(&desired(), &converged(&far()), &Intent::default());
    let dr = "db-instance/orders-dr@us-west-2";
    assert_eq!(stays_with(&plan, "alarm/orders-dr-cpu@us-west-2").as_deref(), Some(dr));
    for kept in
        ["sns-topic/orders-alerts", "sns-subscription/orders-alerts:email:oncall@example.com"]
    {
        let address = format!("{kept}@us-west-2");
        assert_eq!(operations(&plan, &address), [], "{}", sketch(&plan));
    }
    assert!(plan.steps.is_empty(), "{}", sketch(&plan));
}
