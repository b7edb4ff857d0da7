//! The regions that a cluster reaches into, remembered on its database: what is left in a
//! region that the spec names no more would never be looked for otherwise.
//!
//! The record is written before anything is made in a region, and shrinks only after a look
//! that found nothing there. It may name too much, which costs a look, and never too little.

use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Region;
use pgha_resource::Seen;

use crate::classify::Action;
use crate::classify::Items;
use crate::plan::Blocked;
use crate::plan::Verb;
use crate::steps::is_database;

/// What the database has to remember.
pub(crate) struct Reach<'a> {
    /// The database.
    pub(crate) database: &'a Address,
    /// The regions that it remembers.
    recorded: BTreeSet<Region>,
    /// The regions that it has to remember.
    needed: BTreeSet<Region>,
}

/// What becomes of the tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is as it should be.
    Stays,
    /// It has to name more, before anything is made there.
    Grows(String),
    /// It names too much, and can be put right together with other tags.
    CanShrink(Option<String>),
}

impl<'a> Reach<'a> {
    /// Nothing where the spec has no database.
    pub(crate) fn of(desired: &'a Desired, live: &Live) -> Option<Self> {
        let database = desired.database()?;
        let away = desired.regions().into_iter().filter(|region| *region != desired.scope.home);
        let remembered = live.remembered_regions();
        let left = remembered.into_iter().filter(|region| is_left_in(region, live));
        Some(Self {
            database,
            recorded: live.present(database).map(LiveResource::regions).unwrap_or_default(),
            needed: away.chain(left).collect(),
        })
    }

    /// The record of a database that is about to appear.
    pub(crate) fn at_birth(&self) -> Option<String> {
        text(&self.needed)
    }

    /// What becomes of the tag of the database that is there.
    pub(crate) fn change(&self) -> Change {
        let named: BTreeSet<Region> = self.needed.union(&self.recorded).cloned().collect();
        match text(&named) {
            Some(named) if !self.needed.is_subset(&self.recorded) => Change::Grows(named),
            _ if self.needed == self.recorded => Change::Stays,
            _ => Change::CanShrink(text(&self.needed)),
        }
    }

    /// Whether an address is in a region that is not on record yet.
    pub(crate) fn is_new(&self, address: &Address) -> bool {
        let region = address.region.as_ref();
        region.is_some_and(|region| !self.recorded.contains(region))
    }
}

/// Whether anything of the cluster is in a region, or nobody knows.
fn is_left_in(region: &Region, live: &Live) -> bool {
    let there = live.resources.iter().any(|(address, seen)| {
        address.region.as_ref() == Some(region) && !matches!(seen, Seen::Absent)
    });
    there || !live.unswept.is_empty()
}

/// The tag's value.
fn text(regions: &BTreeSet<Region>) -> Option<String> {
    list(regions, " ")
}

fn list(regions: &BTreeSet<Region>, separator: &str) -> Option<String> {
    let names: Vec<&str> = regions.iter().map(Region::as_str).collect();
    (!names.is_empty()).then(|| names.join(separator))
}

/// The regions that something remembers and that the spec does not name: what is there goes
/// before what remembers it. What is there itself is no such place.
pub(crate) fn remembered_beyond(
    address: &Address,
    live: &LiveResource,
    desired: &Desired,
) -> BTreeSet<Region> {
    let mut regions = match is_database(address.kind) {
        true => desired.beyond(live.regions()),
        false => BTreeSet::new(),
    };
    regions.retain(|region| address.region.as_ref() != Some(region));
    regions
}

/// What remembers a region stays as long as something there does, or nobody could look: else
/// nothing would ever look there again.
pub(crate) fn keep_memory(items: &mut Items, desired: &Desired, live: &Live) {
    let stays: BTreeSet<Region> = items
        .iter()
        .filter(|(_, item)| !item.goes())
        .filter_map(|(address, _)| address.region.clone())
        .collect();
    for (address, item) in items.iter_mut().filter(|(_, item)| item.goes_only()) {
        let Some(seen) = item.live else { continue };
        let mut regions = remembered_beyond(address, seen, desired);
        regions.retain(|region| stays.contains(region) || !live.unswept.is_empty());
        if let Some(regions) = list(&regions, ", ") {
            item.action = Action::Blocked(Verb::Delete, Blocked::Remembers { regions });
        }
    }
}

/// Where the database cannot remember a new region, nothing is made there.
pub(crate) fn hold_back(items: &mut Items, reach: Option<&Reach>) {
    let Some(reach) = reach else { return };
    let remembers = items.get(reach.database).is_some_and(|item| item.stays() || item.appears());
    if remembers {
        return;
    }
    let forgotten = |address: &Address| reach.is_new(address);
    for (_, item) in items.iter_mut().filter(|(address, _)| forgotten(address)) {
        if matches!(item.action, Action::Create) {
            let blocked = Blocked::Unrecorded { database: reach.database.clone() };
            item.action = Action::Blocked(Verb::Create, blocked);
        }
    }
}
