//! Subscriptions that somebody has to confirm before SNS sends anything to them.
//!
//! Until then alerts would go nowhere, if the subscription that the spec replaces were gone already.

use pgha_resource::live::Notice;
use pgha_resource::{Address, Kind, LiveResource, Resource};

use crate::classify::{Action, Item, Items};
use crate::compare::note;
use crate::intent::{Allow, Intent};
use crate::plan::{Blocked, Note, NoteKind, Verb};
use crate::successors;

/// Keeps whoever hears of alerts until whoever takes over has confirmed, unless the user says that
/// it may go at once.
///
/// Somebody takes over who is told in the same way, by mail or by a webhook. Where nobody else is
/// left who hears, everybody new takes over. A destruction has no successors.
pub(crate) fn keep(items: &mut Items, intent: &Intent) {
    let kept: Vec<(Address, Address)> = items
        .iter()
        .filter(|(old, item)| item.goes_only() && hears(item) && !intent.may_delete(old))
        .filter_map(|(old, _)| Some((old.clone(), awaited(old, items)?)))
        .collect();
    for (old, address) in kept {
        let allow = Allow::Delete(old.clone()).to_string();
        if let Some(item) = items.get_mut(&old) {
            item.action = Action::Blocked(Verb::Delete, Blocked::Unconfirmed { address, allow });
        }
    }
}

/// The subscription that has to be confirmed before another one may go.
fn awaited(old: &Address, items: &Items) -> Option<Address> {
    let protocol = protocol(items.get(old)?);
    let wanted = || {
        let others = items.iter().filter(|(new, _)| successors::succeeds(new, old));
        others.filter(|(_, item)| item.desired.is_some())
    };
    let awaited = || wanted().filter(|(_, item)| is_awaited(item));
    let alike = awaited().find(|(_, item)| self::protocol(item) == protocol);
    let others_hear = wanted().any(|(_, item)| hears(item) || item.appears() && !is_awaited(item));
    let found = if others_hear { alike } else { alike.or_else(|| awaited().next()) };
    found.map(|(address, _)| address.clone())
}

/// SNS sends to it.
fn hears(item: &Item) -> bool {
    subscription(item).is_some() && item.live.is_some_and(|live| !is_unconfirmed(live))
}

/// It is there, or comes, and somebody has to confirm it.
fn is_awaited(item: &Item) -> bool {
    let asks = matches!(&item.resolved, Some(Resource::SnsSubscription(told)) if told.asks());
    item.live.map_or(item.appears() && asks, is_unconfirmed)
}

fn protocol<'a>(item: &'a Item) -> Option<&'a str> {
    subscription(item).or(item.resolved.as_ref()).and_then(|resource| match resource {
        Resource::SnsSubscription(told) => Some(told.protocol.as_str()),
        _ => None,
    })
}

fn subscription<'a>(item: &Item<'a>) -> Option<&'a Resource> {
    let live = &item.live?.resource;
    (live.kind() == Kind::SnsSubscription).then_some(live)
}

fn is_unconfirmed(live: &LiveResource) -> bool {
    live.notices.contains(&Notice::Unconfirmed)
}

/// A subscription that nobody confirmed has no ARN to unsubscribe by: it goes with its topic
/// or when AWS drops it (SNS API, Subscribe and Unsubscribe).
pub(crate) fn leave(items: &mut Items, notes: &mut Vec<Note>) {
    let stays: Vec<Address> = items
        .iter()
        .filter(|(_, item)| item.goes_only() && item.live.is_some_and(is_unconfirmed))
        .filter(|(address, item)| {
            let parent = item.live.and_then(|live| live.resource.parent(address));
            !parent.and_then(|parent| items.get(&parent)).is_some_and(Item::goes)
        })
        .map(|(address, _)| address.clone())
        .collect();
    for address in stays {
        let Some(item) = items.get_mut(&address) else { continue };
        item.action = Action::Nothing;
        let text = "not in the spec any more; nobody confirmed it, so AWS has no call to take it back and drops it by itself after some days";
        notes.push(note(NoteKind::Attention, &address, text.into()));
    }
}
