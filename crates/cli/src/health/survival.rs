//! What a cluster outlives, and by which means.

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Resource;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;

use crate::health::Survival;

fn instances<'a>(
    desired: &'a Desired,
    live: &'a Live,
) -> impl Iterator<Item = (&'a Address, &'a DbInstance)> {
    desired.resources.keys().filter_map(|address| match &live.present(address)?.resource {
        Resource::DbInstance(instance) => Some((address, instance)),
        _ => None,
    })
}

/// What the cluster outlives, as far as it is there.
pub(super) fn of(desired: &Desired, live: &Live) -> Survival {
    let is_there =
        |kind| desired.resources.keys().find(|a| a.kind == kind && live.present(a).is_some());
    // A replica that does not replicate holds old data: it saves nothing.
    let replicates = |address: &Address| {
        live.present(address).is_some_and(|seen| {
            let states = seen.notices.iter().filter_map(|notice| match notice {
                Notice::Replication(state) => Some(state.as_str()),
                _ => None,
            });
            states.into_iter().all(|state| state == "replicating")
        })
    };
    let replica = |away: bool| {
        instances(desired, live)
            .filter(|(address, _)| replicates(address))
            .find(|(a, instance)| instance.source.is_some() && a.region.is_some() == away)
            .map(|(address, _)| &address.name)
    };
    let standby = instances(desired, live)
        .any(|(_, instance)| instance.source.is_none() && instance.multi_az == Some(true));
    let zone = match (is_there(Kind::DbCluster), standby, replica(false)) {
        (Some(_), ..) => "yes, by failing over to another member".into(),
        (None, true, _) => "yes, by failing over to the standby".into(),
        (None, false, Some(name)) => format!("by hand: promote {name}"),
        (None, false, None) => "no".into(),
    };
    let region = match (replica(true), is_there(Kind::BackupReplication)) {
        (Some(name), _) => format!("by hand: promote {name}"),
        (None, Some(address)) => match &address.region {
            Some(region) => format!("by hand: restore a replicated backup in {region}"),
            None => "by hand: restore a replicated backup".into(),
        },
        (None, None) => "no".into(),
    };
    Survival { zone, region }
}
