//! On which day a replica is maintained, where the spec leaves that open: whoever has a day keeps
//! it when others come and go, so that taking one replica out moves none of the others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use pgha_resource::{Address, Desired, DesiredResource, Live, LiveResource, Resource};

use crate::cause::Record;
use crate::compare::window_of;
use crate::plan::Cause;

const FIELD: &str = "maintenance_window";

/// The spec with the windows that the replicas have, or get, where any will do.
pub(crate) fn settle<'a>(desired: &'a Desired, live: &Live) -> Cow<'a, Desired> {
    let settled = settled(desired, live);
    if settled.is_empty() {
        return Cow::Borrowed(desired);
    }
    let mut desired = desired.clone();
    for (address, window) in settled {
        if let Some(wanted) = desired.resources.get_mut(&address) {
            set_window(wanted, window);
        }
    }
    Cow::Owned(desired)
}

/// The windows that are others than the spec's order of replicas would give.
fn settled(desired: &Desired, live: &Live) -> BTreeMap<Address, String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut open = Vec::new();
    let mut settled = BTreeMap::new();
    for (address, wanted) in &desired.resources {
        let Some(own) = window_of(&wanted.resource) else { continue };
        let kept = live.present(address).and_then(|seen| kept(wanted, seen));
        match kept {
            _ if wanted.windows.is_empty() => drop(taken.insert(own.into())),
            Some(kept) => {
                taken.insert(kept.clone());
                settled.insert(address.clone(), kept);
            }
            None => open.push((address, wanted)),
        }
    }
    for (address, wanted) in open {
        let free = wanted.windows.iter().find(|window| !taken.contains(*window));
        let Some(window) = free.or(wanted.windows.first()) else { continue };
        taken.insert(window.clone());
        settled.insert(address.clone(), window.clone());
    }
    settled.retain(|address, window| {
        let own = desired.resources.get(address).and_then(|wanted| window_of(&wanted.resource));
        own != Some(window)
    });
    settled
}

/// The window that is on record, or the one that is there where nothing is.
fn kept(wanted: &DesiredResource, seen: &LiveResource) -> Option<String> {
    let recorded = |window: &&String| {
        let mut with = wanted.clone();
        set_window(&mut with, (*window).clone());
        Record::new(Some(seen), &with).of_field(FIELD)
    };
    let on_record = wanted.windows.iter().find(|window| recorded(window) == Cause::AwsChanged);
    let there = window_of(seen.overlaid()).and_then(|there| {
        let same = wanted.windows.iter().find(|window| window.as_str() == there);
        same.filter(|window| recorded(window) == Cause::Unrecorded)
    });
    on_record.or(there).cloned()
}

fn set_window(wanted: &mut DesiredResource, window: String) {
    if let Resource::DbInstance(instance) = &mut wanted.resource {
        instance.maintenance_window = Some(window);
    }
}
