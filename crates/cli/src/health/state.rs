//! What does not run as the spec says, with what mends it.

use pgha_resource::status::Phase;
use pgha_resource::{Address, Desired, Kind, Live, LiveResource, Region, Resource, Seen};

use crate::health::Remark;

/// How much one is to be noticed before another: what goes cannot be stopped later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Going,
    Down,
}

/// Resources that go, stand still, are broken, or were promoted; those that go first.
pub fn of(desired: &Desired, live: &Live) -> Vec<Remark> {
    let mut found: Vec<(Rank, Remark)> = desired
        .resources
        .keys()
        .flat_map(|address| one(address, desired, live).map(|(rank, text)| (rank, address, text)))
        .map(|(rank, address, text)| (rank, Remark { address: address.clone(), text }))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, remark)| remark).collect()
}

/// What is wrong with the state of one of them.
pub(super) fn one(address: &Address, desired: &Desired, live: &Live) -> Option<(Rank, String)> {
    let Some(Seen::Present(seen)) = live.resources.get(address) else { return None };
    let region = desired.scope.region_of(address);
    match seen.status.phase {
        Phase::Deleting => Some((
            Rank::Going,
            format!("is {}: somebody deletes it, and that cannot be stopped", seen.status.text),
        )),
        Phase::Stopped | Phase::Broken | Phase::Impaired => {
            Some((Rank::Down, sick(address, region, seen)))
        }
        Phase::Busy if seen.status.text == "stopping" => Some((
            Rank::Down,
            "is stopping: somebody stops it; once it is stopped, an apply starts it".into(),
        )),
        // It may pass, or rest for good: nobody knows, so that somebody looks.
        Phase::Busy if !seen.status.is_known(address.kind) => {
            let text = &seen.status.text;
            Some((
                Rank::Down,
                format!(
                    "is {text}, a status that this pgha does not know: look at it in AWS's console"
                ),
            ))
        }
        Phase::Ready | Phase::Busy => promoted(address, region, desired, live, seen),
    }
}

fn sick(address: &Address, region: &Region, seen: &LiveResource) -> String {
    let text = &seen.status.text;
    match seen.status.mends(address.kind) {
        Some(mends) => format!("is {text}: {}", with_names(mends, address, region)),
        None => format!("is {text}"),
    }
}

/// A command of the CLI of AWS with what it is about: the words know no names.
fn with_names(mends: &str, address: &Address, region: &Region) -> String {
    let option = match address.kind {
        Kind::DbInstance => "--db-instance-identifier",
        Kind::DbCluster => "--db-cluster-identifier",
        _ => return mends.to_string(),
    };
    let mut text = mends.to_string();
    for command in
        ["start-db-instance", "start-db-cluster", "reboot-db-instance", "reboot-db-cluster"]
    {
        let plain = format!("`aws rds {command}`");
        let named = format!("`aws rds {command} {option} {} --region {region}`", address.name);
        text = text.replace(&plain, &named);
    }
    text
}

/// A replica that somebody promoted is a database of its own: it replicates nothing.
fn promoted(
    address: &Address,
    region: &Region,
    desired: &Desired,
    live: &Live,
    seen: &LiveResource,
) -> Option<(Rank, String)> {
    let wanted = &desired.resources.get(address)?.resource;
    match (wanted, &seen.resource) {
        (Resource::DbInstance(wanted), Resource::DbInstance(is))
            if wanted.source.is_some() && is.source.is_none() =>
        {
            let name = &address.name;
            let source = desired.resources[address].resource.field_addresses("source");
            // RDS promotes the replicas of what is deleted: they may be all that there is.
            if source.iter().any(|source| live.present(source).is_none()) {
                return Some((
                    Rank::Down,
                    "was promoted, and what it replicated is not there: it may have the newest data, so keep it; `pgha plan` says what there is to restore from".into(),
                ));
            }
            Some((
                Rank::Down,
                format!(
                    "was promoted: it replicates nothing, and RDS makes no replica of it again; once nobody needs what it holds, `aws rds delete-db-instance --db-instance-identifier {name} --final-db-snapshot-identifier {name}-promoted --region {region}`, then apply"
                ),
            ))
        }
        _ => None,
    }
}

/// Whether a database answers.
pub(super) fn runs(seen: &LiveResource) -> bool {
    let is_away = matches!(seen.status.text.as_str(), "creating" | "starting" | "stopping")
        || !seen.status.is_known(seen.resource.kind());
    matches!(seen.status.phase, Phase::Ready | Phase::Busy) && !is_away
}

#[cfg(test)]
mod tests {
    use pgha_resource::status::Status;

    use crate::health;
    use crate::render::testing;

    /// The cluster with its primary in a status, and its replica as somebody made it.
    fn health(status: &str, is_promoted: bool) -> health::Health {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        testing::live(&mut live, "db-instance/orders-primary").status = Status::db_instance(status);
        if is_promoted {
            let replica = testing::live(&mut live, "db-instance/orders-read-1");
            let replica = testing::as_instance(&mut replica.resource);
            (replica.source, replica.multi_az) = (None, Some(true));
        }
        health::of(&desired, &live)
    }

    #[track_caller]
    fn check(status: &str, wrong: &str) {
        let found = health(status, false);
        let first = found.problems.first().expect("nothing is wrong");
        assert!(first.text.contains(wrong), "{first:?}");
        assert_eq!(found.survival.zone.to_string(), format!("no: orders-primary is {status}"));
        assert_eq!(found.survival.region.to_string(), format!("no: orders-primary is {status}"));
    }

    #[test]
    fn what_does_not_run_is_wrong_and_survives_nothing() {
        check("deleting", "is deleting");
        check(
            "stopped",
            "`aws rds start-db-instance --db-instance-identifier orders-primary --region us-east-1`",
        );
        for status in [
            "storage-full",
            "failed",
            "incompatible-parameters",
            "incompatible-network",
            "inaccessible-encryption-credentials",
            "inaccessible-encryption-credentials-recoverable",
        ] {
            check(status, status);
        }
        assert!(health("available", false).problems.is_empty());
        assert_eq!(
            health("starting", false).survival.zone.to_string(),
            "no: orders-primary is starting"
        );
    }

    #[test]
    fn a_promoted_replica_is_no_standby_of_anything() {
        let found = health("available", true);
        assert!(found.problems[0].text.contains("was promoted"), "{:?}", found.problems);
        assert_eq!(found.survival.zone.to_string(), "yes, by failing over to the standby");
        let found = health("stopped", true);
        assert!(found.survival.zone.to_string().starts_with("no: "), "{:?}", found.survival);
    }

    #[test]
    fn what_stops_and_a_cluster_without_backups_are_wrong() {
        check("stopping", "is stopping: somebody stops it");
        check("pondering", "is pondering, a status that this pgha does not know");
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        testing::as_instance(&mut primary.resource).backup_retention = Some(0);
        let found = health::of(&desired, &live);
        assert!(
            found.problems[0].text.contains("automated backups are off"),
            "{:?}",
            found.problems
        );
        assert!(found.backups.is_empty(), "{:?}", found.backups);
    }

    #[test]
    fn what_goes_is_said_first() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        testing::live(&mut live, "db-instance/orders-primary").status =
            Status::db_instance("stopped");
        testing::live(&mut live, "db-instance/orders-read-1").status =
            Status::db_instance("deleting");
        let problems = health::of(&desired, &live).problems;
        assert_eq!(problems[0].address.name, "orders-read-1");
    }
}
