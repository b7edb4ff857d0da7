//! What stays although the spec lets it go, because something stands against that, is still
//! watched: its alarms, its events and those who are told stay with it.

use std::collections::BTreeSet;

use pgha_resource::kind::EventSource;
use pgha_resource::{Address, Kind, Ref, Resource};

use crate::cause::Record;
use crate::classify::{Action, Item, Items};
use crate::compare::compare_again;
use crate::in_use::refers;
use crate::intent::Intent;
use crate::plan::{Blocked, Verb};

const SOURCES: &str = "sources";

/// Keeps what watches something that stays, or is a part of it, unless its own deletion is
/// allowed.
pub(crate) fn keep(items: &mut Items, intent: &Intent) {
    loop {
        let going =
            items.iter().filter(|(address, item)| item.goes_only() && !intent.may_delete(address));
        let kept: Vec<(Address, Address)> = going
            .filter_map(|(address, item)| {
                Some((address.clone(), stays_with(address, item, items)?))
            })
            .collect();
        if kept.is_empty() {
            break;
        }
        for (address, with) in kept {
            if let Some(item) = items.get_mut(&address) {
                item.action = Action::Blocked(Verb::Delete, Blocked::StaysWith { address: with });
            }
        }
    }
    keep_sources(items);
}

/// What something that would go belongs to and that stays.
fn stays_with(address: &Address, item: &Item, items: &Items) -> Option<Address> {
    let live = &item.live?.resource;
    let near = || items.iter().filter(|(other, _)| other.region == address.region);
    let mut staying = near().filter(|(_, other)| would_go_and_stays(other));
    let belongs = |other: &Address, of: &Item| match address.kind {
        Kind::Alarm | Kind::EventSubscription => is_watched(other.kind) && refers(live, other, of),
        Kind::SnsSubscription => live.parent(address).as_ref() == Some(other),
        _ => false,
    };
    staying.find(|(other, of)| belongs(other, of)).map(|(other, _)| other.clone())
}

fn is_watched(kind: Kind) -> bool {
    use Kind as K;
    matches!(kind, K::DbInstance | K::DbCluster | K::DbProxy | K::DbParameterGroup)
}

fn would_go_and_stays(item: &Item) -> bool {
    matches!(item.action, Action::Blocked(Verb::Delete, _))
}

/// Leaves what stays among the sources of a subscription that stays itself.
fn keep_sources(items: &mut Items) {
    let kept: Vec<(Address, BTreeSet<Ref>)> = items
        .iter()
        .filter(|(_, item)| item.stays())
        .filter_map(|(address, item)| {
            Some((address.clone(), staying_sources(address, item, items)?))
        })
        .collect();
    for (address, sources) in kept {
        if let Some(item) = items.get_mut(&address) {
            set_sources(item, sources);
        }
    }
}

/// The sources that a subscription would lose although they stay.
fn staying_sources(address: &Address, item: &Item, items: &Items) -> Option<BTreeSet<Ref>> {
    let (kind, seen) = sources(&item.live?.resource)?;
    let (_, wanted) = sources(item.resolved.as_ref()?)?;
    let is_staying = |source: &&Ref| {
        let Some(name) = source.as_known() else { return false };
        items.iter().any(|(other, of)| {
            (other.kind, &other.region, other.name.as_str()) == (kind, &address.region, name)
                && would_go_and_stays(of)
        })
    };
    let kept: BTreeSet<Ref> = seen.difference(wanted).filter(is_staying).cloned().collect();
    (!kept.is_empty()).then(|| wanted.union(&kept).cloned().collect())
}

fn sources(resource: &Resource) -> Option<(Kind, &BTreeSet<Ref>)> {
    let Resource::EventSubscription(subscription) = resource else { return None };
    let kind = match subscription.source_type? {
        EventSource::DbInstance => Kind::DbInstance,
        EventSource::DbCluster => Kind::DbCluster,
        EventSource::DbParameterGroup => Kind::DbParameterGroup,
        EventSource::DbSnapshot => Kind::DbSnapshot,
        EventSource::DbProxy => Kind::DbProxy,
    };
    Some((kind, subscription.sources.as_ref()?))
}

/// The spec's sources are still to come, so that they are not recorded as applied.
fn set_sources(item: &mut Item, all: BTreeSet<Ref>) {
    if let Some(Resource::EventSubscription(subscription)) = &mut item.resolved {
        subscription.sources = Some(all);
    }
    item.found.follows.insert(SOURCES);
    compare_again(item, SOURCES, |live, wanted| Record::new(Some(live), wanted).of_field(SOURCES));
}
