//! What a cluster outlives, and by which means.

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;

use crate::health::Survival;
use crate::health::state;

fn instances<'a>(
    desired: &'a Desired,
    live: &'a Live,
) -> impl Iterator<Item = (&'a Address, &'a DbInstance)> {
    desired.resources.keys().filter_map(|address| match &live.present(address)?.resource {
        Resource::DbInstance(instance) => Some((address, instance)),
        _ => None,
    })
}

/// What the cluster outlives, as far as it is there. A database that does not run outlives
/// nothing.
pub(super) fn of(desired: &Desired, live: &Live) -> Survival {
    if let Some(why) = down(desired, live) {
        return Survival { zone: format!("no: {why}"), region: format!("no: {why}") };
    }
    Survival { zone: zone(desired, live), region: region(desired, live) }
}

/// Why the cluster's database does not run, where it is there.
fn down(desired: &Desired, live: &Live) -> Option<String> {
    let address = desired.database()?;
    let seen = live.present(address).filter(|seen| !state::runs(seen))?;
    Some(format!("{} is {}", address.name, seen.status.text))
}

/// A replica that runs and replicates: any other holds old data, and saves nothing.
fn replica<'a>(desired: &'a Desired, live: &'a Live, away: bool) -> Option<&'a str> {
    let replicates = |address: &Address| {
        live.present(address).is_some_and(|seen| {
            let mut states = seen.notices.iter().filter_map(|notice| match notice {
                Notice::Replication(state) => Some(state.as_str()),
                _ => None,
            });
            state::runs(seen) && states.all(|state| state == "replicating")
        })
    };
    instances(desired, live)
        .filter(|(address, _)| replicates(address))
        .find(|(a, instance)| instance.source.is_some() && a.region.is_some() == away)
        .map(|(address, _)| address.name.as_str())
}

fn zone(desired: &Desired, live: &Live) -> String {
    let primary = desired.database().and_then(|address| live.present(address));
    match primary.map(|seen| &seen.resource) {
        Some(Resource::DbCluster(_)) => return "yes, by failing over to another member".into(),
        Some(Resource::DbInstance(instance)) if instance.multi_az == Some(true) => {
            return "yes, by failing over to the standby".into();
        }
        _ => {}
    }
    match replica(desired, live, false) {
        Some(name) => format!("by hand: promote {name}"),
        None => "no".into(),
    }
}

fn region(desired: &Desired, live: &Live) -> String {
    let backup = desired.resources.keys().find(|address| {
        let is_good = |seen: &LiveResource| seen.status.is_ready();
        address.kind == Kind::BackupReplication && live.present(address).is_some_and(is_good)
    });
    match (replica(desired, live, true), backup) {
        (Some(name), _) => format!("by hand: promote {name}"),
        (None, Some(address)) => match &address.region {
            Some(region) => format!("by hand: restore a replicated backup in {region}"),
            None => "by hand: restore a replicated backup".into(),
        },
        (None, None) => "no".into(),
    }
}
