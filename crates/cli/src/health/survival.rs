//! What a cluster outlives, and by which means.

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;

use crate::health::Answer;
use crate::health::Outlives;
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
/// nothing, and one that could not be read nobody knows what.
pub(super) fn of(desired: &Desired, live: &Live) -> Survival {
    let of_both = |outlives: Outlives| Survival { zone: outlives.clone(), region: outlives };
    if let Some(why) = unread(desired.database(), live) {
        return of_both(Outlives::new(Answer::Unknown, why));
    }
    if let Some(why) = down(desired, live) {
        return of_both(Outlives::new(Answer::No, why));
    }
    let or_unknown = |outlives: Outlives| match rescuers(desired, live) {
        Some(why) if outlives.answer == Answer::No => Outlives::new(Answer::Unknown, why),
        _ => outlives,
    };
    Survival { zone: or_unknown(zone(desired, live)), region: or_unknown(region(desired, live)) }
}

impl Outlives {
    fn new(answer: Answer, how: impl Into<String>) -> Self {
        Self { answer, how: Some(how.into()) }
    }

    fn no() -> Self {
        Self { answer: Answer::No, how: None }
    }
}

/// What could not be read of an address.
fn unread(address: Option<&Address>, live: &Live) -> Option<String> {
    let address = address?;
    match live.resources.get(address) {
        Some(Seen::Absent | Seen::Present(_)) => None,
        Some(Seen::Unread(_)) | None => Some(format!("{} could not be read", address.name)),
    }
}

/// A replica or a copy of the backups that could not be read, and that may be what saves the data.
fn rescuers(desired: &Desired, live: &Live) -> Option<String> {
    let saves =
        |address: &&Address| matches!(address.kind, Kind::DbInstance | Kind::BackupReplication);
    desired.resources.keys().filter(saves).find_map(|address| unread(Some(address), live))
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

fn zone(desired: &Desired, live: &Live) -> Outlives {
    let primary = desired.database().and_then(|address| live.present(address));
    match primary.map(|seen| &seen.resource) {
        Some(Resource::DbCluster(_)) => {
            return Outlives::new(Answer::Yes, "failing over to another member");
        }
        Some(Resource::DbInstance(instance)) if instance.multi_az == Some(true) => {
            return Outlives::new(Answer::Yes, "failing over to the standby");
        }
        _ => {}
    }
    match replica(desired, live, false) {
        Some(name) => Outlives::new(Answer::ByHand, format!("promote {name}")),
        None => Outlives::no(),
    }
}

fn region(desired: &Desired, live: &Live) -> Outlives {
    let backup = desired.resources.keys().find(|address| {
        let is_good = |seen: &LiveResource| seen.status.is_ready();
        address.kind == Kind::BackupReplication && live.present(address).is_some_and(is_good)
    });
    match (replica(desired, live, true), backup) {
        (Some(name), _) => Outlives::new(Answer::ByHand, format!("promote {name}")),
        (None, Some(address)) => {
            let region = desired.scope.region_of(address);
            Outlives::new(Answer::ByHand, format!("restore a replicated backup in {region}"))
        }
        (None, None) => Outlives::no(),
    }
}
