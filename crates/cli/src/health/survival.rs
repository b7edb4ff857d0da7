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

/// The zone in which a database runs: its own comes before the standby's.
fn zone_of(address: &Address, live: &Live) -> Option<String> {
    let seen = live.present(address)?;
    let said = seen.notices.iter().find_map(|notice| match notice {
        Notice::Zones(text) => text.split(", ").next().map(str::to_string),
        _ => None,
    });
    said.or_else(|| match &seen.resource {
        Resource::DbInstance(instance) => instance.zone.clone(),
        _ => None,
    })
}

/// Replicas that run and replicate, here or away: any other holds old data, and saves nothing.
fn replicas<'a>(
    desired: &'a Desired,
    live: &'a Live,
    away: bool,
) -> impl Iterator<Item = &'a Address> {
    let replicates = move |address: &Address| {
        live.present(address).is_some_and(|seen| {
            let mut states = seen.notices.iter().filter_map(|notice| match notice {
                Notice::Replication(state) => Some(state.as_str()),
                _ => None,
            });
            state::runs(seen) && states.all(|state| state == "replicating")
        })
    };
    instances(desired, live)
        .filter(move |(address, _)| replicates(address))
        .filter(move |(a, instance)| instance.source.is_some() && a.region.is_some() == away)
        .map(|(address, _)| address)
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
    // What is in the zone that is lost goes with it.
    let lost = desired.database().and_then(|address| zone_of(address, live));
    let is_lost = |address: &&Address| lost.is_some() && zone_of(address, live) == lost;
    let (with_it, saved): (Vec<&Address>, Vec<&Address>) =
        replicas(desired, live, false).partition(is_lost);
    match (saved.first(), with_it.first(), lost) {
        (Some(saved), ..) => Outlives::new(Answer::ByHand, format!("promote {}", saved.name)),
        (None, Some(with_it), Some(zone)) => {
            Outlives::new(Answer::No, format!("{} is in {zone} as well", with_it.name))
        }
        _ => Outlives::no(),
    }
}

fn region(desired: &Desired, live: &Live) -> Outlives {
    let backup = desired.resources.keys().find(|address| {
        let is_good = |seen: &LiveResource| seen.status.is_ready();
        address.kind == Kind::BackupReplication && live.present(address).is_some_and(is_good)
    });
    match (replicas(desired, live, true).next(), backup) {
        (Some(address), _) => Outlives::new(Answer::ByHand, format!("promote {}", address.name)),
        (None, Some(address)) => {
            let region = desired.scope.region_of(address);
            Outlives::new(Answer::ByHand, format!("restore a replicated backup in {region}"))
        }
        (None, None) => Outlives::no(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    /// A primary without a standby and its replica, each in a zone.
    #[track_caller]
    fn check(primary: &str, replica: &str, expected: &str) {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        for (name, zone) in [("orders-primary", primary), ("orders-read-1", replica)] {
            let seen = testing::live(&mut live, &format!("db-instance/{name}"));
            testing::as_instance(&mut seen.resource).multi_az = Some(false);
            seen.notices.insert(Notice::Zones(zone.into()));
        }
        assert_eq!(of(&desired, &live).zone.to_string(), expected);
    }

    #[test]
    fn a_replica_in_the_zone_of_its_primary_is_lost_with_it() {
        check("us-east-1a", "us-east-1b", "by hand: promote orders-read-1");
        check("us-east-1a", "us-east-1a", "no: orders-read-1 is in us-east-1a as well");
    }
}
