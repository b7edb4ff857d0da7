//! Manual snapshots of instances and clusters (docs/aws/backups.md#snapshots).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::DbClusterSnapshot;
use pgha_resource::kind::DbSnapshot;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use crate::account::Account;
use crate::execute::Outcome;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

/// How long a snapshot takes.
pub(crate) const TAKES: Duration = Duration::from_secs(5 * 60);

/// Manual snapshots a region has at most.
const MOST: usize = 100;

pub(crate) fn create(account: &mut Account, key: &Address, to: &Resource, tags: &Tags) -> Outcome {
    let (kind, source, code) = match to {
        Resource::DbSnapshot(to) => (Kind::DbInstance, &to.source, "InvalidDBInstanceState"),
        Resource::DbClusterSnapshot(to) => {
            (Kind::DbCluster, &to.source, "InvalidDBClusterStateFault")
        }
        _ => return Err(bad_value("no snapshot")),
    };
    let name = source.as_ref().and_then(Ref::as_known).unwrap_or_default().to_string();
    let database = account.beside(key, kind, &name);
    let thing = account.get(&database).ok_or_else(|| missing(kind, &name))?;
    if !matches!(thing.status.as_str(), "available" | "storage-optimization") {
        let text = format!("cannot take a snapshot of {name}: it is {}", thing.status);
        return Err(refuse(code, text));
    }
    take(account, key, &name, tags)
}

/// Takes a snapshot, whatever the state of the database.
pub(crate) fn take(account: &mut Account, key: &Address, of: &str, tags: &Tags) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    if account.neighbours(key, key.kind).count() >= MOST {
        return Err(refuse("SnapshotQuotaExceeded", "a region has at most 100 manual snapshots"));
    }
    let source = Some(Ref::known(of));
    let snapshot: Resource = match key.kind {
        Kind::DbSnapshot => DbSnapshot { source }.into(),
        _ => DbClusterSnapshot { source }.into(),
    };
    let database = match key.kind {
        Kind::DbSnapshot => account.beside(key, Kind::DbInstance, of),
        _ => account.beside(key, Kind::DbCluster, of),
    };
    if let Some(kept) = account.keep(&database) {
        account.kept.insert(key.clone(), kept);
    }
    let ids = Ids { arn: account.arn(key), ..Ids::default() };
    let ids = account.insert(key, snapshot, "creating", tags, ids);
    account.later(key, TAKES, Happening::Become("available".into()));
    Ok(ids)
}

pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    if thing.status != "available" {
        let code = match key.kind {
            Kind::DbSnapshot => "InvalidDBSnapshotState",
            _ => "InvalidDBClusterSnapshotStateFault",
        };
        return Err(refuse(code, format!("{} is {}", key.name, thing.status)));
    }
    account.remove(key);
    Ok(())
}
