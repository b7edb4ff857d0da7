//! What the account has and the spec does not.

use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::NoteKind;
use pgha_planner::Plan;
use pgha_planner::Verb;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::kind::SnsSubscription;
use pgha_resource::live::Notice;
use pgha_resource::live::OWNER_TAG;

use crate::world;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::allow;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::destroy;
use crate::world::edit_live;
use crate::world::notes;
use crate::world::operations;
use crate::world::planned;
use crate::world::sketch;

const TOPIC: &str = "sns-topic/orders-alerts";
const SUBSCRIPTION: &str = "sns-subscription/orders-alerts:email:ops@example.org";
const TARGET: &str = "db-proxy-target/orders-proxy:orders-primary";

/// Somebody else's, whatever it is.
fn give_away(seen: &mut LiveResource) {
    seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "billing".into());
}

/// A spec that has no subscription, and an account that has one.
fn with_a_subscription() -> (Desired, Live) {
    let mut desired = desired();
    let subscription = SnsSubscription {
        topic: Ref::Of(at(TOPIC), Attr::Arn),
        protocol: "email".into(),
        endpoint: "ops@example.org".into(),
    };
    add(&mut desired, SUBSCRIPTION, subscription);
    let live = converged(&desired);
    desired.resources.remove(&at(SUBSCRIPTION));
    (desired, live)
}

/// Checks what is done about something that the spec does not name.
#[track_caller]
fn check_steps(plan: &Plan, address: &str, steps: &[Operation]) {
    assert_eq!(operations(plan, address), steps, "{}", sketch(plan));
    assert_eq!(blocked(plan, address), [], "{}", sketch(plan));
}

#[test]
fn an_orphan_that_could_not_be_read_is_not_deleted() {
    let mut desired = desired();
    let mut live = converged(&desired);
    desired.resources.remove(&at(TOPIC));
    live.resources.insert(at(TOPIC), Seen::Unread(world::unread()));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(operations(&plan, TOPIC), []);
    assert_eq!(blocked(&plan, TOPIC), [Blocked::Unread { error: world::unread() }]);
    assert_eq!(plan.changes.iter().map(|c| c.verb).collect::<Vec<_>>(), [Verb::Delete]);
}

#[test]
fn what_another_cluster_owns_is_no_orphan() {
    let mut desired = desired();
    let mut live = converged(&desired);
    desired.resources.remove(&at(TOPIC));
    edit_live(&mut live, TOPIC, give_away);
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
    check_steps(&planned(&desired, &live, &destroy(true)), TOPIC, &[]);
}

#[test]
fn a_part_without_tags_belongs_to_the_owner_of_its_whole() {
    let (desired, mut live) = with_a_subscription();
    check_steps(
        &planned(&desired, &live, &Intent::default()),
        SUBSCRIPTION,
        &[Operation::Unsubscribe],
    );
    edit_live(&mut live, TOPIC, give_away);
    check_steps(&planned(&desired, &live, &Intent::default()), SUBSCRIPTION, &[]);
}

#[test]
fn a_chat_that_aws_subscribed_stays_subscribed() {
    let (desired, mut live) = with_a_subscription();
    let chat = "https://global.sns-api.chatbot.amazonaws.com";
    let other = "https://chatbot.amazonaws.com.example.org";
    for (endpoint, calls) in [(chat, vec![]), (other, vec![Operation::Unsubscribe])] {
        edit_live(&mut live, SUBSCRIPTION, |seen| {
            let Resource::SnsSubscription(told) = &mut seen.resource else { panic!() };
            (told.protocol, told.endpoint) = ("https".into(), endpoint.into());
        });
        let plan = planned(&desired, &live, &Intent::default());
        check_steps(&plan, SUBSCRIPTION, &calls);
    }
}

#[test]
fn a_part_goes_by_a_call_of_its_own_unless_its_whole_goes() {
    let (mut desired, live) = with_a_subscription();
    desired.resources.remove(&at(TARGET));
    let plan = planned(&desired, &live, &Intent::default());
    check_steps(&plan, TARGET, &[Operation::DeregisterDBProxyTargets]);
    check_steps(&plan, SUBSCRIPTION, &[Operation::Unsubscribe]);
    let plan = planned(&desired, &live, &destroy(true));
    check_steps(&plan, TARGET, &[]);
    check_steps(&plan, SUBSCRIPTION, &[]);
    assert_eq!(plan.totals().delete, live.resources.len(), "{}", sketch(&plan));
}

#[test]
fn a_subscription_that_nobody_confirmed_is_left_to_aws() {
    // There is no ARN to unsubscribe it by (SNS API, Subscribe and Unsubscribe).
    let (desired, mut live) = with_a_subscription();
    edit_live(&mut live, SUBSCRIPTION, |seen| {
        seen.notices.insert(Notice::Unconfirmed);
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.iter().any(|text| text.contains("AWS has no call to take it back")), "{said:?}");

    // With its topic it goes.
    let plan = planned(&desired, &live, &destroy(true));
    check_steps(&plan, SUBSCRIPTION, &[]);
    assert_eq!(notes(&plan, NoteKind::Attention), [""; 0]);
    assert!(sketch(&plan).contains(&format!("Delete {SUBSCRIPTION}")), "{}", sketch(&plan));
}

#[test]
fn a_wanted_subscription_that_nobody_confirmed_asks_for_it() {
    let (_, mut live) = with_a_subscription();
    let mut desired = desired();
    let subscription = live.present(&at(SUBSCRIPTION)).unwrap().resource.clone();
    add(&mut desired, SUBSCRIPTION, subscription);
    edit_live(&mut live, SUBSCRIPTION, |seen| {
        seen.notices.insert(Notice::Unconfirmed);
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.len() == 1 && said[0].contains("open the message that AWS sent"), "{said:?}");
    // A webhook reads no mail
    // (<https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html>).
    let webhook = "sns-subscription/orders-alerts:https:example.org";
    let subscription = SnsSubscription {
        topic: Ref::Of(at(TOPIC), Attr::Arn),
        protocol: "https".into(),
        endpoint: "https://example.org".into(),
    };
    let mut desired = world::desired();
    add(&mut desired, webhook, subscription);
    let mut live = converged(&desired);
    edit_live(&mut live, webhook, |seen| {
        seen.notices.insert(Notice::Unconfirmed);
    });
    let said = notes(&planned(&desired, &live, &Intent::default()), NoteKind::Attention);
    assert!(said.len() == 1 && said[0].contains("has to open the SubscribeURL"), "{said:?}");
}

#[test]
fn a_search_that_failed_leaves_orphans_unseen_and_says_so() {
    let desired = desired();
    let mut live = converged(&desired);
    live.unswept.push(world::unread());
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(plan.steps, []);
    assert!(!plan.is_converged());
    let said = notes(&plan, NoteKind::Unswept);
    assert!(said.len() == 1 && said[0].ends_with("DescribeDBInstances: no"), "{said:?}");
}

/// It is not in the spec, and something else keeps it.
#[test]
fn a_word_for_what_cannot_go_is_not_said_to_be_about_the_spec() {
    let mut before = desired();
    before.policy.protected.insert(at(REPLICA));
    let live = converged(&before);
    let mut wanted = before.clone();
    wanted.resources.remove(&at(REPLICA));
    let word = format!("delete:{REPLICA}");
    let idle = |wanted: &Desired| notes(&planned(wanted, &live, &allow(&word)), NoteKind::Idle);
    assert_eq!(idle(&wanted), [""; 0]);
    assert_eq!(idle(&before).len(), 1);
}
