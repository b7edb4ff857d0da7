//! What is left of a database that is not there: the second round of a sweep.
//!
//! A snapshot or retained backup of that name says that there was data, and that a new database
//! would be an empty one in its place. A look that fails is no proof that nothing is left: the
//! database counts as unread then, and nothing is made.

use std::collections::BTreeSet;

use aws_sdk_rds::types::{
    DbClusterAutomatedBackup, DbClusterSnapshot, DbInstanceAutomatedBackup, DbSnapshot, Filter,
    RestoreWindow,
};
use aws_smithy_types::DateTime;
use futures_util::future::{join_all, join3};
use pgha_apply::port::Wanted;
use pgha_resource::live::{ReadError, Remains, RemainsKind};
use pgha_resource::{Address, Kind, Live, Region, Resource, Seen};

use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::text;

/// The snapshots that AWS Backup keeps: asked for by themselves, because a list without a type
/// is documented to have the automated and the manual ones only
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html>).
const OF_AWS_BACKUP: &str = "awsbackup";

/// What was found, or why it is not known.
pub(crate) type Found = Result<BTreeSet<Remains>, ReadError>;

/// Looks for what is left of every wanted database that is absent, in a swept region. A replica
/// is not asked about: it is made from its source's data, so that it is never an empty one.
pub(crate) async fn read(look: &Look<'_>, wanted: &Wanted, live: &Live) -> Vec<(Address, Found)> {
    let asked = absent(look, wanted, live).into_iter().map(async |(address, regions)| {
        let found = in_regions(look, &address, regions).await;
        (address, found)
    });
    join_all(asked).await
}

/// Puts what was found into the answer.
pub(crate) fn tell(live: &mut Live, found: Vec<(Address, Found)>) {
    for (address, found) in found {
        match found {
            Ok(remains) if remains.is_empty() => {}
            Ok(remains) => {
                live.remains.insert(address, remains);
            }
            Err(error) => {
                live.resources.insert(address, Seen::Unread(error));
            }
        }
    }
}

/// The absent databases, each with the regions to look in. What the home region's database had
/// may be copied to every region of the spec: snapshots and automated backups are.
fn absent<'a>(
    look: &Look<'_>,
    wanted: &'a Wanted,
    live: &Live,
) -> Vec<(Address, BTreeSet<&'a Region>)> {
    let is_root = |resource: &Resource| match resource {
        Resource::DbInstance(instance) => instance.source.is_none(),
        Resource::DbCluster(_) => true,
        _ => false,
    };
    let here = |address: &Address| {
        let regions = wanted.sweep.iter();
        let own = look.scope.region_of(address).clone();
        regions.filter(|region| address.region.is_none() || **region == own).collect()
    };
    let gone = wanted.resources.iter().filter(|(address, resource)| {
        is_root(resource)
            && live.resources.get(*address) == Some(&Seen::Absent)
            && wanted.sweep.contains(look.scope.region_of(address))
    });
    gone.map(|(address, _)| (address.clone(), here(address))).collect()
}

async fn in_regions(look: &Look<'_>, address: &Address, regions: BTreeSet<&Region>) -> Found {
    let asked = regions.into_iter().map(async |region| {
        let at = look.at(region)?;
        match address.kind {
            Kind::DbCluster => of_cluster(look, at, &address.name).await,
            _ => of_instance(look, at, &address.name).await,
        }
    });
    gather(join_all(asked).await)
}

/// Everything that was found, or the first failure.
fn gather(found: impl IntoIterator<Item = Found>) -> Found {
    let found: Vec<BTreeSet<Remains>> = found.into_iter().collect::<Result<_, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

fn named(filter: &str, name: &str) -> Filter {
    Filter::builder().name(filter).values(name).build()
}

async fn of_instance(look: &Look<'_>, at: &Regional, name: &str) -> Found {
    let filter = named("db-instance-id", name);
    let snapshots = async |kind: Option<&str>| {
        let ask = |marker| {
            let request = at.rds.client.describe_db_snapshots().filters(filter.clone());
            request.set_snapshot_type(kind.map(str::to_string)).set_marker(marker).send()
        };
        let pages = look.pages(&at.rds, "DescribeDBSnapshots", ask, |page| page.marker()).await?;
        Ok(pages.iter().flat_map(|page| page.db_snapshots()).filter_map(snapshot).collect())
    };
    let backups = async {
        let ask = |marker| {
            let request = at.rds.client.describe_db_instance_automated_backups();
            request.filters(filter.clone()).set_marker(marker).send()
        };
        let call = "DescribeDBInstanceAutomatedBackups";
        let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
        let backups = pages.iter().flat_map(|page| page.db_instance_automated_backups());
        Ok(backups.filter_map(backup).collect())
    };
    let (own, kept, backups) =
        join3(snapshots(None), snapshots(Some(OF_AWS_BACKUP)), backups).await;
    gather([own, kept, backups])
}

async fn of_cluster(look: &Look<'_>, at: &Regional, name: &str) -> Found {
    let filter = named("db-cluster-id", name);
    let snapshots = async |kind: Option<&str>| {
        let ask = |marker| {
            let request = at.rds.client.describe_db_cluster_snapshots().filters(filter.clone());
            request.set_snapshot_type(kind.map(str::to_string)).set_marker(marker).send()
        };
        let call = "DescribeDBClusterSnapshots";
        let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
        let snapshots = pages.iter().flat_map(|page| page.db_cluster_snapshots());
        Ok(snapshots.filter_map(cluster_snapshot).collect())
    };
    let backups = async {
        let ask = |marker| {
            let request = at.rds.client.describe_db_cluster_automated_backups();
            request.filters(filter.clone()).set_marker(marker).send()
        };
        let call = "DescribeDBClusterAutomatedBackups";
        let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
        let backups = pages.iter().flat_map(|page| page.db_cluster_automated_backups());
        Ok(backups.filter_map(cluster_backup).collect())
    };
    let (own, kept, backups) =
        join3(snapshots(None), snapshots(Some(OF_AWS_BACKUP)), backups).await;
    gather([own, kept, backups])
}

/// Another engine's data was never this cluster's.
fn is_postgres(engine: Option<&str>) -> bool {
    engine.is_none_or(|engine| engine == "postgres")
}

/// A snapshot that failed holds nothing. A status that AWS leaves out is no reason to take it
/// for nothing.
fn holds(status: Option<&str>) -> bool {
    matches!(status, None | Some("available" | "creating" | "copying"))
}

/// `creating` and `pending` backups wait for their first snapshot and hold nothing yet
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstanceAutomatedBackup.html>).
fn is_kept(status: Option<&str>) -> bool {
    matches!(status, None | Some("retained" | "replicating" | "active"))
}

fn time(time: Option<&DateTime>) -> Option<String> {
    time.map(ToString::to_string)
}

fn snapshot(sdk: &DbSnapshot) -> Option<Remains> {
    let id = text(sdk.db_snapshot_identifier())?;
    // The moment that the data is of: a copy is younger than what it holds.
    let taken = sdk.original_snapshot_create_time().or(sdk.snapshot_create_time());
    let left = Remains { kind: RemainsKind::Snapshot, id, until: time(taken) };
    (is_postgres(sdk.engine()) && holds(sdk.status())).then_some(left)
}

fn cluster_snapshot(sdk: &DbClusterSnapshot) -> Option<Remains> {
    let id = text(sdk.db_cluster_snapshot_identifier())?;
    let until = time(sdk.snapshot_create_time());
    let left = Remains { kind: RemainsKind::Snapshot, id, until };
    (is_postgres(sdk.engine()) && holds(sdk.status())).then_some(left)
}

fn backup(sdk: &DbInstanceAutomatedBackup) -> Option<Remains> {
    let id = text(sdk.db_instance_automated_backups_arn())
        .or_else(|| text(sdk.db_instance_arn()))
        .or_else(|| text(sdk.db_instance_identifier()))?;
    let until = time(sdk.restore_window().and_then(RestoreWindow::latest_time));
    let left = Remains { kind: RemainsKind::AutomatedBackup, id, until };
    (is_postgres(sdk.engine()) && is_kept(sdk.status())).then_some(left)
}

fn cluster_backup(sdk: &DbClusterAutomatedBackup) -> Option<Remains> {
    let id = text(sdk.db_cluster_automated_backups_arn())
        .or_else(|| text(sdk.db_cluster_arn()))
        .or_else(|| text(sdk.db_cluster_identifier()))?;
    let until = time(sdk.restore_window().and_then(RestoreWindow::latest_time));
    let left = Remains { kind: RemainsKind::AutomatedBackup, id, until };
    (is_postgres(sdk.engine()) && is_kept(sdk.status())).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Answer, Wire, rds_error, rds_ok, scope};
    use pgha_resource::Ref;
    use pgha_resource::kind::{DbCluster, DbInstance};
    use std::collections::BTreeMap;

    const BACKUP: &str = "arn:aws:rds:us-east-1:123456789012:auto-backup:ab-1";

    fn listed(call: &str, list: &str, members: &str) -> Answer {
        let body = format!(
            "<{call}Response><{call}Result><{list}>{members}</{list}></{call}Result></{call}Response>"
        );
        Answer::Body(200, body)
    }

    fn snapshots(members: &[(&str, &str, &str)]) -> Answer {
        let one = |(id, engine, status): &(&str, &str, &str)| {
            format!(
                "<DBSnapshot><DBSnapshotIdentifier>{id}</DBSnapshotIdentifier><Engine>{engine}</Engine><Status>{status}</Status><SnapshotCreateTime>2026-01-02T03:04:05Z</SnapshotCreateTime></DBSnapshot>"
            )
        };
        let members: String = members.iter().map(one).collect();
        listed("DescribeDBSnapshots", "DBSnapshots", &members)
    }

    fn backups(status: &str) -> Answer {
        let window = "<RestoreWindow><LatestTime>2026-01-03T00:00:00Z</LatestTime></RestoreWindow>";
        let member = format!(
            "<DBInstanceAutomatedBackup><DBInstanceAutomatedBackupsArn>{BACKUP}</DBInstanceAutomatedBackupsArn><Status>{status}</Status>{window}</DBInstanceAutomatedBackup>"
        );
        let call = "DescribeDBInstanceAutomatedBackups";
        listed(call, "DBInstanceAutomatedBackups", &member)
    }

    fn wanted(resource: impl Into<Resource>, sweep: &[&str]) -> (Address, Wanted) {
        let resource = resource.into();
        let address = Address::home(resource.kind(), "orders");
        let resources = BTreeMap::from([(address.clone(), resource)]);
        let sweep = sweep.iter().map(|region| Region::new(*region)).collect();
        (address, Wanted { sweep, ..Wanted::only(&scope(), resources) })
    }

    /// What is found of an absent database, and what was asked for that.
    async fn found(
        resource: impl Into<Resource>,
        sweep: &[&str],
        answers: impl IntoIterator<Item = Answer>,
    ) -> (Live, Vec<String>) {
        let (wire, scope, networks) = (Wire::answering(answers), scope(), BTreeMap::new());
        let (address, wanted) = wanted(resource, sweep);
        let mut live = Live::default();
        live.resources.insert(address, Seen::Absent);
        let account = wire.account();
        let left = read(&Look::new(&account, &scope, &networks), &wanted, &live).await;
        tell(&mut live, left);
        (live, wire.asked())
    }

    #[track_caller]
    fn check_remains(live: &Live, expected: &[&str]) {
        let found: Vec<String> = live.remains.values().flatten().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn what_holds_data_of_an_absent_database_is_found() {
        let own = snapshots(&[
            ("orders-final", "postgres", "available"),
            ("orders-half", "postgres", "creating"),
            ("orders-failed", "postgres", "failed"),
            ("orders-mysql", "mysql", "available"),
        ]);
        let kept = snapshots(&[("awsbackup:job-1", "postgres", "available")]);
        let answers = [own, kept, backups("retained")];
        let (live, asked) = found(DbInstance::default(), &["us-east-1"], answers).await;
        let expected = [
            "snapshot awsbackup:job-1 (to 2026-01-02T03:04:05Z)",
            "snapshot orders-final (to 2026-01-02T03:04:05Z)",
            "snapshot orders-half (to 2026-01-02T03:04:05Z)",
            &format!("automated backups {BACKUP} (to 2026-01-03T00:00:00Z)"),
        ];
        check_remains(&live, &expected);
        assert_eq!(live.resources.values().next(), Some(&Seen::Absent));
        for body in &asked {
            assert!(body.contains("Filters.Filter.1.Name=db-instance-id"), "{body}");
            assert!(body.contains("Filters.Filter.1.Values.Value.1=orders"), "{body}");
        }
    }

    #[tokio::test]
    async fn backups_that_hold_nothing_yet_are_nothing() {
        for status in ["creating", "pending", "deleting", "error"] {
            let answers = [snapshots(&[]), snapshots(&[]), backups(status)];
            let (live, _) = found(DbInstance::default(), &["us-east-1"], answers).await;
            check_remains(&live, &[]);
        }
    }

    #[tokio::test]
    async fn a_failed_look_leaves_the_database_unread() {
        for failed in 0..3 {
            let mut answers = [snapshots(&[]), snapshots(&[]), backups("retained")];
            answers[failed] = rds_error(403, "AccessDenied", "not authorized");
            let (live, _) = found(DbInstance::default(), &["us-east-1"], answers).await;
            let seen = live.resources.values().next();
            assert!(matches!(seen, Some(Seen::Unread(_))), "{failed}: {seen:?}");
        }
    }

    #[tokio::test]
    async fn copies_are_looked_for_in_every_region_of_the_spec() {
        let empty = || [snapshots(&[]), snapshots(&[]), backups("pending")];
        let answers = empty().into_iter().chain(empty());
        let (_, asked) = found(DbInstance::default(), &["us-east-1", "us-west-2"], answers).await;
        assert_eq!(asked.len(), 6);
    }

    #[tokio::test]
    async fn a_cluster_is_looked_for_by_its_own_calls() {
        let answers = [
            rds_ok("DescribeDBClusterSnapshots"),
            rds_ok("DescribeDBClusterSnapshots"),
            rds_ok("DescribeDBClusterAutomatedBackups"),
        ];
        let (live, asked) = found(DbCluster::default(), &["us-east-1"], answers).await;
        check_remains(&live, &[]);
        assert!(asked.iter().all(|body| body.contains("Name=db-cluster-id")), "{asked:?}");
    }

    #[tokio::test]
    async fn replicas_and_looks_at_single_addresses_ask_nothing() {
        let replica = DbInstance { source: Some(Ref::known("orders")), ..DbInstance::default() };
        let (_, asked) = found(replica, &["us-east-1"], []).await;
        assert_eq!(asked, Vec::<String>::new());
        let (_, asked) = found(DbInstance::default(), &[], []).await;
        assert_eq!(asked, Vec::<String>::new());
    }

    #[test]
    fn a_cluster_says_what_is_left_of_it() {
        let taken = DateTime::from_secs(0);
        let sdk = DbClusterSnapshot::builder()
            .db_cluster_snapshot_identifier("orders-final")
            .engine("postgres")
            .status("available")
            .snapshot_create_time(taken)
            .build();
        let window = RestoreWindow::builder().latest_time(taken).build();
        let kept = DbClusterAutomatedBackup::builder()
            .db_cluster_automated_backups_arn("arn:backup")
            .engine("postgres")
            .status("retained")
            .restore_window(window)
            .build();
        let words = |left: Option<Remains>| left.unwrap().to_string();
        let snapshot = words(cluster_snapshot(&sdk));
        assert_eq!(snapshot, "snapshot orders-final (to 1970-01-01T00:00:00Z)");
        let backups = words(cluster_backup(&kept));
        assert_eq!(backups, "automated backups arn:backup (to 1970-01-01T00:00:00Z)");
    }
}
