//! How many calls a look takes on the wire: what the services list at once, and what they are
//! asked for one by one (docs/aws/limits.md#lists). The tests on the wire compare the two.

use std::collections::{BTreeMap, BTreeSet};

use pgha_apply::port::Wanted;
use pgha_resource::{Address, Kind, Live, Region, Resource, Seen};

use crate::account::Account;

/// Names that one DescribeAlarms takes (CloudWatch API, DescribeAlarms, `AlarmNames`).
const ALARMS: usize = 100;

/// The calls of one look.
pub(crate) fn of(account: &Account, wanted: &Wanted, live: &Live) -> u32 {
    let mut by_place: BTreeMap<(Kind, Region), Vec<&Address>> = BTreeMap::new();
    for region in &wanted.sweep {
        let here = |kind: &&Kind| !kind.is_global() || *region == wanted.scope.home;
        for kind in Kind::ALL.iter().filter(here) {
            by_place.entry((*kind, region.clone())).or_default();
        }
    }
    for address in wanted.resources.keys() {
        let region = wanted.scope.region_of(address).clone();
        by_place.entry((address.kind, region)).or_default().push(address);
    }
    let reads = by_place.iter().map(|((kind, region), names)| {
        let sweep = wanted.sweep.contains(region);
        lists(*kind, names, sweep) + each(*kind) * names.len() + more(account, *kind, names)
    });
    // DescribeVpcs, DescribeSubnets and DescribeRouteTables; DescribePendingMaintenanceActions;
    // snapshots and automated backups of what is not there.
    let around = 3 * wanted.networks.len() + wanted.sweep.len() + remains(wanted, live);
    u32::try_from(reads.sum::<usize>() + around).unwrap_or(u32::MAX)
}

/// The lists of one kind in one region.
fn lists(kind: Kind, names: &[&Address], sweep: bool) -> usize {
    let some = usize::from(!names.is_empty());
    match kind {
        Kind::Alarm => names.len().div_ceil(ALARMS).max(usize::from(sweep)),
        // By name, and by tag.
        Kind::SecurityGroup => some + usize::from(sweep),
        Kind::DbInstance
        | Kind::DbCluster
        | Kind::DbSnapshot
        | Kind::DbClusterSnapshot
        | Kind::BackupReplication => some.max(usize::from(sweep)),
        Kind::DbParameterGroup
        | Kind::DbClusterParameterGroup
        | Kind::DbSubnetGroup
        | Kind::EventSubscription
        | Kind::DbProxy
        | Kind::DbProxyEndpoint => match sweep {
            true => 1,
            false => names.len(),
        },
        Kind::IamRole | Kind::IamPolicy | Kind::Secret | Kind::SnsTopic => usize::from(sweep),
        Kind::DbProxyTargetGroup | Kind::DbProxyTarget | Kind::SnsSubscription => 0,
    }
}

/// What is asked of each one beside the list.
fn each(kind: Kind) -> usize {
    match kind {
        // Its two kinds of policies beside the role itself.
        Kind::IamRole => 3,
        // Its document. Its parameters, and its tags. Its attributes, and its tags.
        Kind::IamPolicy
        | Kind::DbParameterGroup
        | Kind::DbClusterParameterGroup
        | Kind::SnsTopic => 2,
        // The tags of the first five; the others are asked for by name.
        Kind::Alarm
        | Kind::DbSubnetGroup
        | Kind::EventSubscription
        | Kind::DbProxy
        | Kind::DbProxyEndpoint
        | Kind::Secret
        | Kind::DbProxyTargetGroup => 1,
        // A cluster's members are looked at for what waits with them.
        Kind::DbCluster => 1,
        Kind::SecurityGroup
        | Kind::DbInstance
        | Kind::DbSnapshot
        | Kind::DbClusterSnapshot
        | Kind::BackupReplication
        | Kind::DbProxyTarget
        | Kind::SnsSubscription => 0,
    }
}

/// What depends on what is there: inline policies one by one, subscriptions by topic, targets by
/// proxy.
fn more(account: &Account, kind: Kind, names: &[&Address]) -> usize {
    let inline = |address: &&Address| match account.get(&account.key(address)) {
        Some(thing) => match &thing.resource {
            Resource::IamRole(role) => role.inline.iter().map(BTreeMap::len).sum(),
            _ => 0,
        },
        None => 0,
    };
    let wholes =
        |address: &&Address| address.name.split(':').next().unwrap_or_default().to_string();
    match kind {
        Kind::IamRole => names.iter().map(inline).sum(),
        Kind::DbProxyTarget | Kind::SnsSubscription => {
            names.iter().map(wholes).collect::<BTreeSet<String>>().len()
        }
        _ => 0,
    }
}

/// Two lists of snapshots and one of automated backups for each database that would be made
/// empty, in each region that may hold copies of its own.
fn remains(wanted: &Wanted, live: &Live) -> usize {
    let is_root = |resource: &Resource| match resource {
        Resource::DbInstance(instance) => instance.source.is_none(),
        Resource::DbCluster(_) => true,
        _ => false,
    };
    let is_gone = |address: &Address| live.resources.get(address) == Some(&Seen::Absent);
    let gone = wanted.resources.iter().filter(|(a, resource)| is_root(resource) && is_gone(a));
    let regions = |(address, _): (&Address, &Resource)| match address.region {
        None => wanted.sweep.len(),
        Some(_) => 1,
    };
    3 * gone.map(regions).sum::<usize>()
}
