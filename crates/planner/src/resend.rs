//! Event subscriptions that lost their topic are told it again.
//!
//! RDS says `topic-not-exist` or `no-permission`
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_EventSubscription.html>),
//! and no page says what ends it once the topic is back or lets RDS publish again. So the topic is
//! sent with its old value, which has RDS look anew; where it has done so by itself, the call
//! changes nothing.

use pgha_resource::field::{FieldDiff, Match, Via};
use pgha_resource::value::Shown;
use pgha_resource::{Address, Effect, Kind, Operation, Resource};

use crate::classify::{Action, Item, Items};
use crate::plan::{Cause, FieldChange};

const FACT: &str = "RDS API, EventSubscription: Status";

/// Sends the topic with its old value where only that brings the subscription back.
pub(crate) fn topics(items: &mut Items) {
    let lost: Vec<Address> = items
        .iter()
        .filter(|(address, item)| address.kind == Kind::EventSubscription && is_due(item, items))
        .map(|(address, _)| address.clone())
        .collect();
    for address in lost {
        let Some(item) = items.get_mut(&address) else { continue };
        let Some((diff, shown)) = again(item) else { continue };
        item.action = Action::Modify;
        item.found.fields.push(diff);
        item.found.shown.push(shown);
    }
}

/// A topic that does not exist is sent again in any case. Where RDS may not publish, that helps
/// only after a change of the topic; without one a person has to look.
fn is_due(item: &Item, items: &Items) -> bool {
    let (Some(live), Some(wanted), true) = (item.live, item.desired, item.stays()) else {
        return false;
    };
    let topics = wanted.resource.field_addresses("topic");
    let changes = |address: &Address| {
        let topic = items.get(address);
        topic.is_some_and(|topic| matches!(topic.action, Action::Create | Action::Modify))
    };
    !item.changes("topic")
        && match live.status.text.as_str() {
            "topic-not-exist" => true,
            "no-permission" => topics.iter().any(changes),
            _ => false,
        }
}

fn again(item: &Item) -> Option<(FieldDiff, FieldChange)> {
    let (live, wanted) = (item.live?, item.desired?);
    let Resource::EventSubscription(subscription) = item.resolved.as_ref()? else { return None };
    let topic = Shown::Text(subscription.topic.as_ref()?.to_string());
    let diff = FieldDiff {
        name: "topic",
        from: topic.clone(),
        to: topic,
        found: Match::Differs,
        effect: Effect::NOW,
        via: Via::One(Operation::ModifyEventSubscription),
        fact: FACT,
    };
    let shown = FieldChange {
        name: "status".into(),
        from: Shown::Text(live.status.text.clone()),
        to: Shown::Text("active".into()),
        cause: Cause::AwsChanged,
        effect: Effect::NOW,
        origin: Some(wanted.origin.clone()),
        fact: FACT.into(),
        shuts_out: None,
    };
    Some((diff, shown))
}
