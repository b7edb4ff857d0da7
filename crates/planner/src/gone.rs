//! A database that was there is never made anew, empty, without a word for it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use pgha_resource::kind::Tagging;
use pgha_resource::live::Remains;
use pgha_resource::{Address, Desired, DesiredResource, Live, LiveResource, Resource, Standing};

use crate::cause::Record;
use crate::classify::{Action, Items};
use crate::compare::note;
use crate::intent::{Allow, Goal, Intent};
use crate::plan::{Blocked, Cause, Note, NoteKind, Verb};
use crate::renamed;
use crate::steps::{is_database, is_replica};

/// Blocks the creation of databases that would take the place of one that held data, or stand
/// empty beside one. Replicas are made from their source's data, so that they are never empty.
pub(crate) fn hold_back(
    items: &mut Items,
    notes: &mut Vec<Note>,
    desired: &Desired,
    live: &Live,
    intent: &Intent,
) {
    if intent.goal != Goal::Converge {
        return;
    }
    let roots = desired.resources.iter().filter(|(a, w)| is_root(a, &w.resource));
    for (address, _) in roots {
        let creates = |item: &crate::classify::Item| matches!(item.action, Action::Create);
        if !items.get(address).is_some_and(creates) {
            continue;
        }
        let Some(blocked) = empty(address, desired, live) else {
            notes.extend(renamed::cluster(address, desired, live));
            continue;
        };
        if intent.may_create(address) {
            let text = format!("made empty, as --allow says; {blocked}");
            notes.push(note(NoteKind::Attention, address, text));
        } else {
            block(address, blocked, items, intent);
        }
    }
}

/// Nothing is made for a database that would stand beside a full one: in another home region
/// that would be a second set of everything.
fn block(database: &Address, blocked: Blocked, items: &mut Items, intent: &Intent) {
    let alone = !matches!(blocked, Blocked::Beside { .. });
    if let Some(item) = items.get_mut(database) {
        item.action = Action::Blocked(Verb::Create, blocked);
    }
    // Nor does anything go: it is about the one that lives.
    for (address, item) in items.iter_mut().filter(|_| !alone) {
        let verb = match &item.action {
            Action::Create => Verb::Create,
            Action::Delete | Action::Blocked(Verb::Delete, Blocked::Held { .. })
                if !intent.may_delete(address) =>
            {
                Verb::Delete
            }
            _ => continue,
        };
        let blocked = Blocked::Needs { address: database.clone() };
        item.action = Action::Blocked(verb, blocked);
    }
}

/// A database that is nobody's replica: its creation makes an empty one.
fn is_root(address: &Address, resource: &Resource) -> bool {
    is_database(address.kind) && !is_replica(resource)
}

/// Why a new database would be an empty one where there is, or was, a full one.
fn empty(address: &Address, desired: &Desired, live: &Live) -> Option<Blocked> {
    let allow = Allow::Create(address.clone()).to_string();
    let remains = newest_first(live.remains.get(address).into_iter().flatten());
    // Another database that lives says more than what was made for it.
    let beside: Vec<String> = living(address, desired, live);
    if !beside.is_empty() {
        return Some(Blocked::Beside { traces: beside, allow });
    }
    let mut traces = followers(address, desired, live);
    traces.extend(secrets(address, desired, live));
    if !remains.is_empty() {
        traces.push("backups of one of that name are kept".into());
    }
    let remains: Vec<String> = heirs(address, desired, live).into_iter().chain(remains).collect();
    if !traces.is_empty() {
        return Some(Blocked::Gone { traces, remains, allow });
    }
    let traces = elsewhere(desired, live);
    (!traces.is_empty()).then_some(Blocked::Beside { traces, allow })
}

/// What brings back the latest moment is what somebody looks for first; AWS writes moments so that
/// they sort as texts.
fn newest_first<'a>(remains: impl Iterator<Item = &'a Remains>) -> Vec<String> {
    let mut all: Vec<&Remains> = remains.collect();
    all.sort_by_key(|one| (Reverse(one.until.as_deref()), *one));
    all.into_iter().map(ToString::to_string).collect()
}

/// Databases that live and have its data: itself under another name, copies, and what were its
/// replicas, which RDS promotes when their source is deleted
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html>).
fn heirs(database: &Address, desired: &Desired, live: &Live) -> Vec<String> {
    let copies = live.resources.iter().filter_map(|(address, seen)| {
        let Standing::Copy(of) = seen.present()?.standing(address, &desired.scope) else {
            return None;
        };
        (is_database(address.kind) && of == database.to_string()).then(|| {
            format!("{address}, which lives and has its tags: a copy, or itself under another name, to be renamed back")
        })
    });
    let replicas = desired.resources.iter().filter_map(|(address, wanted)| {
        let named = wanted.resource.field_addresses("source").contains(database);
        let is_ours = |seen: &LiveResource| seen.standing(address, &desired.scope).is_ours();
        let there =
            is_database(address.kind) && named && live.present(address).is_some_and(is_ours);
        there.then(|| {
            format!("{address}, which lives and was its replica: it may have the newest data")
        })
    });
    copies.chain(replicas).collect()
}

/// What is only made once the database is there, and is there: alarms on it, subscriptions to
/// its events, its proxy's target, its replicas.
fn followers(database: &Address, desired: &Desired, live: &Live) -> Vec<String> {
    let follows = |address: &Address, wanted: &DesiredResource| {
        let resource = &wanted.resource;
        let at_create = resource.field_names().into_iter().filter(|name| resource.at_create(name));
        let mut named: BTreeSet<Address> =
            at_create.flat_map(|name| resource.field_addresses(name)).collect();
        named.extend(wanted.after.iter().cloned());
        address != database && named.contains(database)
    };
    let is_ours = |address: &Address| {
        let seen = live.present(address)?;
        // What has no tags is whoever's its parent is.
        let whole = match address.kind.tagging() {
            Tagging::By { .. } => address.clone(),
            Tagging::WithParent => seen.resource.parent(address)?,
        };
        Some(live.present(&whole)?.standing(&whole, &desired.scope).is_ours())
    };
    let mut found: Vec<&Address> = desired
        .resources
        .iter()
        .filter(|(address, wanted)| follows(address, wanted) && is_ours(address) == Some(true))
        .map(|(address, _)| address)
        .collect();
    // One of each kind shows enough.
    found.dedup_by_key(|address| address.kind);
    found.into_iter().map(|address| format!("{address} was made after it")).collect()
}

/// Secrets on whose record it is that the database's host name was written into them.
fn secrets(database: &Address, desired: &Desired, live: &Live) -> Vec<String> {
    let tells = |(address, wanted): (&Address, &DesiredResource)| {
        let seen = live.present(address)?;
        let told = wanted.resource.field_addresses("host").contains(database)
            && seen.standing(address, &desired.scope).is_ours()
            // The record has the value of the spec.
            && Record::new(Some(seen), wanted).of_field("host") == Cause::AwsChanged;
        told.then(|| format!("{address} has its host name"))
    };
    desired.resources.iter().filter_map(tells).collect()
}

/// Another database of this cluster that is no replica and that the spec does not name: another
/// topology in the spec does not turn the one into the other.
fn living(database: &Address, desired: &Desired, live: &Live) -> Vec<String> {
    let lives = |address: &&Address| {
        let Some(seen) = live.present(address) else { return false };
        is_root(address, &seen.resource)
            && *address != database
            && !desired.resources.contains_key(*address)
            && seen.standing(address, &desired.scope) == Standing::Ours
    };
    let found = live.resources.keys().filter(lives);
    found
        .map(|address| format!("this cluster's data is in {address}, which the spec does not name"))
        .collect()
}

/// A destruction is about the cluster of one home region: that of another one stays.
pub(crate) fn not_destroyed(desired: &Desired, live: &Live) -> Vec<Note> {
    let text = |lives: String| {
        format!("{lives}, and nothing of it goes: to destroy that one, set the region to its own")
    };
    let found = elsewhere(desired, live).into_iter().map(text);
    found.map(|text| Note { kind: NoteKind::Elsewhere, address: None, text }).collect()
}

/// A cluster of this name with another home: it may be this very one, whose region changed in
/// the spec.
fn elsewhere(desired: &Desired, live: &Live) -> Vec<String> {
    let home = |(address, seen): (&Address, &pgha_resource::Seen)| match seen
        .present()?
        .standing(address, &desired.scope)
    {
        Standing::Elsewhere(home) => Some((home.to_string(), address.clone())),
        _ => None,
    };
    let mut found: Vec<(String, Address)> = live.resources.iter().filter_map(home).collect();
    found.sort();
    found.dedup_by(|one, other| one.0 == other.0);
    let text = |(home, address): (String, Address)| {
        format!("a cluster of this name lives in {home} ({address} is its)")
    };
    found.into_iter().map(text).collect()
}
