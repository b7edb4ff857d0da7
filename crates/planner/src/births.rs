//! How copies are born: replicas with their source's volume and version, and nothing is copied
//! that is not backed up.

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::LiveResource;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::kind::BackupReplication;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::Noun;

use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::compare::major_of;
use crate::ha::family_of;
use crate::ha::from_the_sources_down;
use crate::ha::source_of;
use crate::plan::Blocked;
use crate::plan::Verb;
use crate::volumes::grown;
use crate::volumes::size_of;

/// Gives what is born what its source has, and holds back what its source is not ready for.
pub(crate) fn births(items: &mut Items, home: &Region) {
    let mut sizes = BTreeMap::new();
    for (replica, source) in from_the_sources_down(items, home) {
        be_born_large(items, &replica, &source, &mut sizes);
        let blocked = born_too_old(items, &replica, &source);
        if let (Some(blocked), Some(item)) = (blocked, items.get_mut(&replica)) {
            item.action = Action::Blocked(Verb::Create, blocked);
        }
    }
    for copy in items.keys().cloned().collect::<Vec<_>>() {
        if let (Some(blocked), Some(item)) =
            (not_backed_up(items, &copy, home), items.get_mut(&copy))
        {
            item.action = Action::Blocked(Verb::Create, blocked);
        }
    }
}

/// How large a source that is there will be. One that grows does so by a tenth at least, so that
/// a replica of the new size is taken before and after.
fn grows_to(item: &Item, live: &LiveResource) -> Option<u32> {
    let wanted = item.resolved.as_ref().filter(|_| item.changes("storage")).and_then(size_of);
    size_of(live.overlaid()).max(wanted)
}

/// A replica is born with its source's volume at least, which may have grown beyond what the spec
/// says of both (RDS guide, read replicas; docs/aws/replicas.md#inherited). `sizes` are those of
/// the replicas that are born before it.
fn be_born_large(
    items: &mut Items,
    replica: &Address,
    source: &Address,
    sizes: &mut BTreeMap<Address, u32>,
) {
    let there = items.get(source).filter(|item| !item.appears());
    // What grows in the window is smaller while the replica is made.
    let (size, at_birth) = match there.and_then(|item| Some((item, item.live?))) {
        Some((item, live)) if item.found.queues => (grows_to(item, live), size_of(&live.resource)),
        Some((item, live)) => (grows_to(item, live), grows_to(item, live)),
        None => (sizes.get(source).copied(), sizes.get(source).copied()),
    };
    let Some(item) = items.get_mut(replica).filter(|item| item.appears()) else { return };
    let Some(Resource::DbInstance(new)) = &mut item.resolved else { return };
    // Left to RDS it would be as large as its source is now, and be outgrown in the window.
    if new.storage.is_none() && size > at_birth {
        new.storage = size;
    }
    if new.storage.is_some() {
        new.storage = new.storage.max(size).map(|wanted| match size {
            Some(size) if wanted > size => grown(size, wanted),
            _ => wanted,
        });
    }
    sizes.extend(new.storage.or(at_birth).map(|size| (replica.clone(), size)));
    // What does not fit a volume of that size is left to the next plan, which says so.
    let as_large = DbInstance { storage: new.storage.or(at_birth), ..DbInstance::default() };
    if new.refusals(&as_large).iter().any(|(field, _)| *field == "iops") {
        (new.iops, new.throughput) = (None, None);
    }
    let size = new.storage.or(size).unwrap_or(0);
    new.max_storage = new.max_storage.filter(|most| *most == 0 || *most * 10 >= size * 11);
}

/// A replica is born with its source's version, for which its parameter group has to be: where the
/// source's upgrade is refused or waits, so does the replica (docs/aws/replicas.md#inherited,
/// docs/aws/parameters.md#family).
fn born_too_old(items: &Items, replica: &Address, source: &Address) -> Option<Blocked> {
    let (new, from) = (items.get(replica)?, items.get(source)?);
    if !new.appears() || from.appears() {
        return None;
    }
    let fits = |major| family_of(new, items).is_none_or(|(_, f)| f == format!("postgres{major}"));
    if fits(major_of(&from.live?.resource)?) {
        return None;
    }
    let address = source.clone();
    let queued = major_of(from.live?.overlaid()).is_some_and(fits);
    match (from.changes("engine_version"), from.found.queues) {
        (true, false) => None,
        (true, true) => Some(Blocked::Waits { address }),
        (false, _) if queued => Some(Blocked::Waits { address }),
        (false, _) => Some(Blocked::Needs { address }),
    }
}

/// Only what is backed up is replicated, its backups included: where the source's backups are
/// off and do not start now, the copy waits (RDS guide, read replicas and replicating automated
/// backups; docs/aws/replicas.md#backups-of-the-source, docs/aws/backups.md#replication-call).
fn not_backed_up(items: &Items, copy: &Address, home: &Region) -> Option<Blocked> {
    let item = items.get(copy).filter(|item| item.appears())?;
    let address = match &item.desired?.resource {
        Resource::DbInstance(_) => source_of(copy, item, items, home)?,
        Resource::BackupReplication(BackupReplication {
            source: Some(Ref::Of(source, _)), ..
        }) => source.clone(),
        _ => return None,
    };
    let source = items.get(&address).filter(|item| !item.appears())?;
    let is_off = |resource: &Resource| matches!(resource, Resource::DbInstance(instance) if instance.backup_retention == Some(0));
    let live = source.live.filter(|live| is_off(&live.resource))?;
    // Nothing of a creation that was cut off waits for the window.
    let now = !source.found.queues || source.found.unfinished;
    match (source.changes("backup_retention"), is_off(live.overlaid())) {
        (true, _) if now => None,
        (false, false) if source.found.unfinished => None,
        (true, _) | (false, false) => Some(Blocked::Waits { address }),
        (false, true) => Some(Blocked::Needs { address }),
    }
}
