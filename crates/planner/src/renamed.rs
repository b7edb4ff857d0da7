//! What a new name in the spec makes of what had the old one.

use pgha_resource::live::Standing;
use pgha_resource::{Address, Desired, Live, Ref, Resource};

use crate::classify::{Action, Item, Items};
use crate::compare::{Refusal, note};
use crate::plan::{Blocked, Note, NoteKind, Verb};
use crate::steps::is_replica;

/// A cluster whose name was changed is another cluster to pgha, and nothing shows that it was.
pub(crate) fn cluster(database: &Address, desired: &Desired, live: &Live) -> Option<Note> {
    let others: Vec<&str> = live.neighbours.iter().map(String::as_str).collect();
    let there = match others.as_slice() {
        [] => return None,
        [one] => format!("pgha keeps the cluster {one} in this account as well"),
        many => format!("pgha keeps these clusters in this account as well: {}", many.join(", ")),
    };
    let name = &desired.scope.cluster;
    let text = format!(
        "{there}: if {name} is a new name for one of them, set the name back; what is made here is new and empty, and the other one stays as it is, without a spec"
    );
    Some(note(NoteKind::Beside, database, text))
}

/// Replicas stay with a source that somebody renamed ("All read replicas associated with a DB
/// instance remain associated with that instance after it is renamed",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html>): nothing is to
/// be made anew, and its old name mends all of them.
pub(crate) fn sources(items: &mut Items, desired: &Desired, live: &Live) {
    for item in items.values_mut() {
        let (Some(wanted), Some(seen)) = (item.desired, item.live) else { continue };
        let wanted = wanted.resource.field_addresses("source");
        let renamed = live.resources.iter().find_map(|(address, other)| {
            let Standing::Copy(of) = other.present()?.standing(address, &desired.scope) else {
                return None;
            };
            let is_source = is_source(address, &seen.resource);
            let was = wanted.iter().find(|wanted| wanted.to_string() == of);
            was.filter(|_| is_source).map(|was| (was.clone(), address.clone()))
        });
        let Some((was, is)) = renamed else { continue };
        let of_source = |refusal: &&mut Refusal| refusal.fields.iter().any(|f| f.name == "source");
        if let Some(refusal) = item.found.refused.iter_mut().find(of_source) {
            let why = format!(
                "its source {was} was renamed to {}, which it still replicates: rename that one back to {}",
                is.name, was.name
            );
            refusal.blocked = Blocked::Impossible { why };
        }
    }
}

/// Whether a live replica names an instance as its source: by its name, or by its ARN from another
/// region.
fn is_source(instance: &Address, replica: &Resource) -> bool {
    let source = match replica {
        Resource::DbInstance(replica) => replica.source.as_ref().and_then(Ref::as_known),
        _ => None,
    };
    source.is_some_and(|source| source.rsplit(':').next() == Some(instance.name.as_str()))
}

/// A replica under a new name is made beside the one that it replaces, or in its place.
pub(crate) fn replicas(items: &Items) -> Vec<Note> {
    let new = items.iter().filter(|(_, item)| {
        matches!(item.action, Action::Create) && item.resolved.as_ref().is_some_and(is_replica)
    });
    let told = new.filter_map(|(address, _)| {
        let mut near = items.iter().filter(|(other, _)| other.region == address.region);
        let fate = near.find_map(|(other, item)| fate(other, item))?;
        let text = format!("a replica under a new name is another one: {fate}");
        Some(note(NoteKind::Attention, address, text))
    });
    told.collect()
}

/// What becomes of a replica that the spec does not name any more.
fn fate(address: &Address, item: &Item) -> Option<String> {
    let leaves = item.desired.is_none() && item.live.is_some_and(|live| is_replica(&live.resource));
    match &item.action {
        Action::Delete if leaves => Some(format!("{address} is deleted")),
        Action::Blocked(Verb::Delete, Blocked::HoldsData { allow }) if leaves => {
            Some(format!("{address} stays beside it until `--allow {allow}`"))
        }
        _ => None,
    }
}
