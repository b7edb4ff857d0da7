//! What is there and does not work as it is: this plan changes what ends that, or a person has to.
//!
//! A database whose volume is full, or that does not start with its parameters, may differ in no
//! field, and neither may a subscription that reaches nobody. "Nothing to do" would be a lie: a
//! state that no change of the plan ends is a difference which something stands against.

use pgha_resource::status::Phase;
use pgha_resource::value::Shown;
use pgha_resource::{Address, Effect, Kind, LiveResource};

use crate::classify::{Action, Item, Items, status_and_cure};
use crate::compare::{Refusal, note};
use crate::plan::{Blocked, Cause, FieldChange, Note, NoteKind};
use crate::reboot;

/// Blocks the states that this plan does not end.
pub(crate) fn block(items: &mut Items) {
    let lasts = |(address, item): (&Address, &Item)| {
        let live = suffering(item).filter(|_| item.stays() && !is_mended(address, item, items))?;
        Some((address.clone(), refusal(item, live, items)))
    };
    let lasting: Vec<(Address, Refusal)> = items.iter().filter_map(lasts).collect();
    for (address, refusal) in lasting {
        if let Some(item) = items.get_mut(&address) {
            item.found.refused.push(refusal);
        }
    }
}

/// The states that no line about their resource names: those that the plan ends, and those of what
/// is blocked for another reason.
pub(crate) fn notes(items: &Items) -> Vec<Note> {
    let said = items.iter().filter_map(|(address, item)| {
        let live = suffering(item)?;
        let text = match item.stays() {
            // A subscription is shown to change its status.
            true if !is_mended(address, item, items) => return None,
            true if address.kind == Kind::EventSubscription => return None,
            true => format!("its status is {}", live.status.text),
            false => status_and_cure(address, live),
        };
        Some(note(NoteKind::Attention, address, text))
    });
    said.collect()
}

/// What the spec has, is ours or would be, and works badly.
fn suffering<'a>(item: &Item<'a>) -> Option<&'a LiveResource> {
    item.live.filter(|live| item.desired.is_some() && live.status.phase == Phase::Impaired)
}

/// Whether a change of this plan may be the cure. What one would do that RDS does not say is for
/// the next plan to see.
fn is_mended(address: &Address, item: &Item, items: &Items) -> bool {
    let changes = |fields: &[&str]| fields.iter().any(|field| item.changes(field));
    match item.live.map_or("", |live| live.status.text.as_str()) {
        "storage-full" => changes(&["storage"]),
        "incompatible-parameters" => {
            changes(&["parameter_group", "class", "engine_version"])
                || reboot::needed(address, item, items)
                || group_changes(item, items)
        }
        "all-sources-deleted" => {
            let comes = |source: &Address| items.get(source).is_some_and(Item::appears);
            changes(&["sources"]) || sources(item).iter().any(comes)
        }
        "topic-not-exist" | "no-permission" => changes(&["topic"]),
        _ => false,
    }
}

/// Whether the parameters that the database starts with change.
fn group_changes(item: &Item, items: &Items) -> bool {
    let group = item.desired.and_then(|desired| reboot::group_of(&desired.resource));
    let group = group.and_then(|address| items.get(address));
    group.is_some_and(|group| matches!(group.action, Action::Modify))
}

/// What the spec has a subscription watch, and what it comes after: the members of a cluster have
/// names that RDS gives them, and are there with their cluster.
fn sources(item: &Item) -> Vec<Address> {
    let Some(desired) = item.desired else { return Vec::new() };
    let named = desired.resource.field_addresses("sources");
    named.into_iter().chain(desired.after.iter().cloned()).collect()
}

/// What keeps the sources of a subscription away, or its topic as it is, keeps it silent.
fn never_comes(item: &Item, items: &Items) -> Option<Blocked> {
    let is_kept_away = |source: &Address| {
        items.get(source).is_some_and(|source| {
            source.live.is_none() && matches!(source.action, Action::Blocked(..))
        })
    };
    let is_kept =
        |topic: &Address| items.get(topic).is_some_and(|t| matches!(t.action, Action::Blocked(..)));
    let topic = item.desired.map(|desired| desired.resource.field_addresses("topic"));
    let topic = topic.into_iter().flatten().find(is_kept);
    let address = sources(item).into_iter().find(is_kept_away).or(topic)?;
    Some(Blocked::Needs { address })
}

fn refusal(item: &Item, live: &LiveResource, items: &Items) -> Refusal {
    let kind = live.resource.kind();
    let works = match kind {
        Kind::EventSubscription => "active",
        _ => "available",
    };
    let status = FieldChange {
        name: "status".into(),
        from: Shown::Text(live.status.text.clone()),
        to: Shown::Text(works.into()),
        cause: Cause::AwsChanged,
        effect: Effect::NOW,
        origin: item.desired.map(|desired| desired.origin.clone()),
        fact: "RDS guide, viewing the status of a DB instance; RDS API, EventSubscription: Status"
            .into(),
        shuts_out: None,
    };
    let blocked = never_comes(item, items).unwrap_or_else(|| {
        let help = live.status.mends(kind).unwrap_or("look into it in the RDS console");
        let help = format!("no change of this plan ends that: {help}");
        Blocked::Status { status: live.status.text.clone(), help }
    });
    Refusal { fields: vec![status], blocked }
}
