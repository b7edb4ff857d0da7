//! Replicas have room for what their source has: RDS sizes each volume by itself (RDS guide,
//! "Working with DB instance read replicas",
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html>), and a replica
//! whose volume is full replays no more.

use std::collections::BTreeMap;

use pgha_resource::kind::DbInstance;
use pgha_resource::{Address, Desired, DesiredResource, Live, Ref, Resource};

use crate::classify::Item;
use crate::plan::Cause;

/// RDS has no larger volume for PostgreSQL, in GiB.
const LARGEST: u32 = 65536;

/// How large each wanted instance will be, as far as that is known: as the spec says, or as it is
/// where it grew, and replicas like their sources.
pub(crate) fn sizes(desired: &Desired, live: &Live) -> BTreeMap<Address, u32> {
    let own = |address: &Address, wanted: &DbInstance| {
        let there = live.present(address).and_then(|seen| size_of(seen.overlaid()));
        wanted.storage.max(there)
    };
    let instances: Vec<(&Address, &DbInstance)> = desired
        .resources
        .iter()
        .filter_map(|(address, wanted)| match &wanted.resource {
            Resource::DbInstance(instance) => Some((address, instance)),
            _ => None,
        })
        .collect();
    let mut sizes = BTreeMap::new();
    // Each round reaches one replica further down a cascade.
    for _ in 0..=instances.len() {
        let before = sizes.clone();
        for (address, wanted) in &instances {
            let source = source_of(wanted).and_then(|source| before.get(source).copied());
            sizes.extend(own(address, wanted).max(source).map(|size| ((*address).clone(), size)));
        }
        if sizes == before {
            break;
        }
    }
    sizes
}

/// Makes a replica that is there as large as its source will be, or says why it cannot be. One
/// that is large enough keeps its size, also where the spec says less than its source has come
/// to by itself.
pub(crate) fn keep_up(
    resolved: &mut Resource,
    address: &Address,
    sizes: &BTreeMap<Address, u32>,
    live: &Live,
) -> Option<String> {
    let Resource::DbInstance(replica) = resolved else { return None };
    let source = sizes.get(address).copied()?;
    let there = live.present(address).and_then(|seen| size_of(seen.overlaid()))?;
    if replica.source.is_none() || replica.storage.is_some_and(|size| size >= source) {
        return None;
    }
    let wanted = grown(there, source);
    let least = wanted.saturating_add(wanted.div_ceil(10));
    let most = replica.max_storage.filter(|most| *most > 0 && *most < least);
    match (there < source, most) {
        (true, Some(most)) => {
            replica.storage = replica.storage.map(|_| there);
            Some(format!(
                "its source has, or gets, {source} GiB, and its max_size of {most} GiB leaves no room for that: write max_size = \"{least} GiB\" or more, or \"off\""
            ))
        }
        (true, None) => {
            replica.storage = Some(wanted);
            None
        }
        // The spec's word where it has one would be a smaller volume than the source needs.
        (false, _) => {
            replica.storage = replica.storage.map(|_| there);
            None
        }
    }
}

/// Says of a replica that grows with its source whose line of the spec that is, or that the
/// source has grown by itself.
pub(crate) fn explain(item: &mut Item, desired: &Desired, live: &Live) {
    let (Some(wanted), Some(Resource::DbInstance(resolved))) = (item.desired, &item.resolved)
    else {
        return;
    };
    let Resource::DbInstance(replica) = &wanted.resource else { return };
    if replica.storage == resolved.storage {
        return;
    }
    let growing = sources(replica, desired).find(|(address, source)| {
        let there = live.present(address).and_then(|seen| size_of(seen.overlaid()));
        size_of(&source.resource) > there
    });
    // Also of what cannot be made now, because the volume still optimizes.
    let refused = item.found.refused.iter_mut().flat_map(|refusal| &mut refusal.fields);
    let all = item.found.shown.iter_mut().chain(refused);
    for change in all.filter(|change| change.name == "storage") {
        change.cause = Cause::Follows;
        if let Some((_, source)) = growing {
            change.cause = Cause::SpecChanged;
            change.origin = Some(source.origin_of("storage").clone());
        }
    }
}

/// The sources of a replica, its own first, up the cascade.
fn sources<'a>(
    replica: &'a DbInstance,
    desired: &'a Desired,
) -> impl Iterator<Item = (&'a Address, &'a DesiredResource)> {
    let mut next = source_of(replica);
    let up = std::iter::from_fn(move || {
        let (address, source) = desired.resources.get_key_value(next?)?;
        next = match &source.resource {
            Resource::DbInstance(instance) => source_of(instance),
            _ => None,
        };
        Some((address, source))
    });
    up.take(desired.resources.len())
}

/// A replica grows by a tenth at least, or RDS refuses; one that is born as large as its source
/// or a tenth larger is taken under either reading (RDS API, ModifyDBInstance,
/// `AllocatedStorage`).
pub(crate) fn grown(from: u32, to: u32) -> u32 {
    to.max(from.saturating_add(from.div_ceil(10))).min(LARGEST)
}

fn source_of(instance: &DbInstance) -> Option<&Address> {
    match &instance.source {
        Some(Ref::Of(source, _)) => Some(source),
        _ => None,
    }
}

pub(crate) fn size_of(resource: &Resource) -> Option<u32> {
    match resource {
        Resource::DbInstance(instance) => instance.storage,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_grows_by_a_tenth_at_least_and_no_further_than_rds_goes() {
        assert_eq!([grown(100, 300), grown(100, 105), grown(65000, 65536)], [300, 110, 65536]);
    }
}
