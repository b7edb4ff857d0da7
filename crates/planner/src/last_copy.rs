//! What may be the only copy of the data, because the database that it was copied from is gone.
//!
//! RDS promotes the replicas in the region of a source that is deleted, and ends the replication of
//! those in other regions, which stay replicas until somebody promotes them
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html>, "Deleting a read
//! replica").

use pgha_resource::kind::DbInstance;
use pgha_resource::status::Phase;
use pgha_resource::{Address, Desired, Live, Region, Resource, Seen};

use crate::classify::{Action, Items};
use crate::compare::Refusal;
use crate::in_use::instance_address;
use crate::intent::{Goal, Intent};
use crate::plan::{Blocked, Verb};
use crate::steps::is_replica;

/// Keeps a replica without a source from a destruction that promises to leave snapshots: RDS takes
/// no final snapshot of a replica (RDS API, DeleteDBInstance, FinalDBSnapshotIdentifier).
pub(crate) fn keep(items: &mut Items, desired: &Desired, live: &Live, intent: &Intent) {
    if intent.goal != (Goal::Destroy { final_snapshot: true }) {
        return;
    }
    let home = &desired.scope.home;
    let is_gone = |source: &Address| match live.resources.get(source) {
        None | Some(Seen::Absent) => true,
        // A destruction deletes replicas first: somebody else deletes this one.
        Some(Seen::Present(seen)) => seen.status.phase == Phase::Deleting,
        Some(Seen::Unread(_)) => false,
    };
    let kept: Vec<(Address, Address)> = items
        .iter()
        .filter(|(_, item)| item.goes_only())
        .filter_map(|(address, item)| {
            let seen = item.live.filter(|seen| seen.status.phase != Phase::Deleting)?;
            let source = source_of(&seen.resource, address, home).filter(is_gone)?;
            Some((address.clone(), source))
        })
        .collect();
    for (address, source) in kept {
        let promote = promotion(&address, home);
        if let Some(item) = items.get_mut(&address) {
            item.action = Action::Blocked(Verb::Delete, Blocked::LastCopy { source, promote });
        }
    }
}

/// The instance that a live one replicates.
fn source_of(replica: &Resource, address: &Address, home: &Region) -> Option<Address> {
    let Resource::DbInstance(DbInstance { source: Some(source), .. }) = replica else {
        return None;
    };
    source.as_known().map(|id| instance_address(id, address, home))
}

/// What somebody runs who wants the replica to be a database of its own, which leaves a snapshot.
fn promotion(replica: &Address, home: &Region) -> String {
    let region = replica.region.as_ref().unwrap_or(home);
    format!(
        "aws rds promote-read-replica --db-instance-identifier {} --region {region}",
        replica.name
    )
}

/// A replica that RDS promoted because its source was deleted is not to be deleted for a new one
/// while its source is not back: it may have the newest data.
pub(crate) fn keep_heirs(items: &mut Items) {
    let is_gone = |source: &Address| {
        let item = items.get(source);
        item.is_some_and(|item| matches!(item.action, Action::Blocked(_, Blocked::Gone { .. })))
    };
    let heirs: Vec<(Address, Address)> = items
        .iter()
        .filter(|(_, item)| item.live.is_some_and(|live| !is_replica(&live.resource)))
        .filter_map(|(address, item)| {
            let sources = item.desired?.resource.field_addresses("source");
            let source = sources.into_iter().find(|source| is_gone(source))?;
            Some((address.clone(), source))
        })
        .collect();
    for (address, source) in heirs {
        let of_source = |refusal: &&mut Refusal| refusal.fields.iter().any(|f| f.name == "source");
        let refusals = items.get_mut(&address).map(|item| &mut item.found.refused);
        if let Some(refusal) = refusals.and_then(|all| all.iter_mut().find(of_source)) {
            let why = format!(
                "{source} is gone, and RDS promoted this replica of it, which may have the newest data: keep it until {source} is back"
            );
            refusal.blocked = Blocked::Impossible { why };
        }
    }
}
