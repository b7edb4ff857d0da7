//! Deleting instances, and what becomes of their replicas (docs/aws/replicas.md#source-deleted,
//! docs/aws/backups.md#deletion).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::live::Tags;

use super::replica;
use crate::account::Account;
use crate::kind::backup_replication;
use crate::kind::db_snapshot;
use crate::refusal::bad_combination;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::timeline::Happening;

const DELETING: Duration = Duration::from_secs(6 * 60);

/// States in which nothing is deleted yet.
const NOT_NOW: [&str; 6] =
    ["creating", "backing-up", "modifying", "rebooting", "upgrading", "deleting"];

pub(crate) fn delete(
    account: &mut Account,
    key: &Address,
    final_snapshot: Option<&str>,
) -> Result<(), CallError> {
    let Some((thing, instance)) = account.get(key).zip(account.instance(key)) else {
        return Err(missing(Kind::DbInstance, &key.name));
    };
    if NOT_NOW.contains(&thing.status.as_str()) {
        let text = format!("cannot delete {}: it is {}", key.name, thing.status);
        return Err(refuse("InvalidDBInstanceState", text));
    }
    if instance.deletion_protection == Some(true) {
        return Err(bad_combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        ));
    }
    if instance.source.is_some() && final_snapshot.is_some() {
        return Err(bad_combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting a replica",
        ));
    }
    let tags = match instance.copy_tags {
        Some(true) => thing.tags.clone(),
        _ => Tags::new(),
    };
    if let Some(name) = final_snapshot {
        let snapshot = account.beside(key, Kind::DbSnapshot, name);
        db_snapshot::take(account, &snapshot, &key.name, &tags)?;
        // Who wants a last snapshot asks RDS to keep the automated backups as well
        // (DeleteAutomatedBackups = false); they go otherwise.
        account.retain_backups(key);
    }
    let_go(account, key);
    Ok(())
}

/// Lets an instance go, whatever protects it.
pub(crate) fn let_go(account: &mut Account, key: &Address) {
    for place in replica::replicas(account, key) {
        match place.region == key.region {
            true => promote(account, &place),
            false => terminate(account, &place),
        }
    }
    if let Some(arn) = account.arn(key) {
        backup_replication::source_deleted(account, &arn);
    }
    account.cancel(key);
    account.set_status(key, "deleting");
    account.log(key, "deleting");
    account.later(key, DELETING, Happening::Gone);
}

/// A replica in the region of its source becomes a database of its own: writable, billed
/// and on nobody's plan.
fn promote(account: &mut Account, key: &Address) {
    promoted(account, key, "promoted to a standalone instance: its source was deleted");
}

/// A replica is none any more.
pub(crate) fn promoted(account: &mut Account, key: &Address, why: &str) {
    let Some(mut instance) = account.instance(key).cloned() else { return };
    instance.source = None;
    account.merge(key, &["source"], &instance.into());
    account.log(key, why);
}

fn terminate(account: &mut Account, key: &Address) {
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        database.terminated = true;
    }
    account.log(key, "replication terminated: its source was deleted");
}
