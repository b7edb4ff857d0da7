//! Deleting with and without backups, snapshots by hand, and AWS Backup.

use pgha_resource::live::Tags;
use pgha_resource::{Address, Kind, Resource};

use super::{Done, check_instance, refused};
use crate::account::Account;
use crate::kind::{db_instance, db_snapshot};
use crate::tamper::TamperError;

pub(super) fn delete(
    account: &mut Account,
    key: &Address,
    final_snapshot: Option<&str>,
    keeps_backups: bool,
) -> Done {
    let states = ["available", "storage-optimization", "storage-full", "stopped", "failed"];
    check_instance(account, key, &states)?;
    if let Some(name) = final_snapshot {
        take(account, key, name)?;
    }
    if keeps_backups {
        account.retain_backups(key);
    }
    db_instance::delete::let_go(account, key);
    Ok(format!("deleting {} in the console", account.address(key)))
}

pub(super) fn snapshot(account: &mut Account, key: &Address, name: &str) -> Done {
    take(account, key, name)?;
    Ok(format!("taking the snapshot {name} of {}", account.address(key)))
}

/// A snapshot gets the tags of its database where CopyTagsToSnapshot is on.
fn take(account: &mut Account, key: &Address, name: &str) -> Result<(), TamperError> {
    let missing = || TamperError::Missing(account.address(key).to_string());
    let thing = account.get(key).ok_or_else(missing)?;
    let (kind, copies) = match &thing.resource {
        Resource::DbInstance(instance) => (Kind::DbSnapshot, instance.copy_tags),
        Resource::DbCluster(cluster) => (Kind::DbClusterSnapshot, cluster.copy_tags),
        _ => return Err(refused(format!("{} is no database", account.address(key)))),
    };
    let tags = if copies == Some(true) { thing.tags.clone() } else { Tags::new() };
    let snapshot = account.beside(key, kind, name);
    let taken = db_snapshot::take(account, &snapshot, &key.name, &tags);
    taken.map(drop).map_err(|error| refused(error.to_string()))
}

/// AWS Backup makes a continuous backup: it sets the retention and the window, and RDS takes no
/// other from anybody
/// (<https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html>; RDS API,
/// DBInstance.AwsBackupRecoveryPointArn).
pub(super) fn aws_backup(account: &mut Account, key: &Address, days: u32) -> Done {
    if !(1..=35).contains(&days) {
        return Err(refused("continuous backups are kept for 1 to 35 days"));
    }
    let id = account.get(key).and_then(|thing| thing.ids.resource_id.clone()).unwrap_or_default();
    let (partition, region) = (account.partition(key), account.region(key));
    let point = format!("recovery-point:continuous:{}", id.to_ascii_lowercase());
    let number = &account.number;
    let arn = format!("arn:{partition}:backup:{region}:{number}:{point}");
    let missing = TamperError::Missing(account.address(key).to_string());
    let Some(thing) = account.get_mut(key) else { return Err(missing) };
    let (retention, window) = match &mut thing.resource {
        Resource::DbInstance(i) => (&mut i.backup_retention, &mut i.backup_window),
        Resource::DbCluster(c) => (&mut c.backup_retention, &mut c.backup_window),
        _ => return Err(refused("AWS Backup takes over the backups of databases only")),
    };
    (*retention, *window) = (Some(days), Some("09:30-10:00".into()));
    if let Some(database) = thing.database.as_mut() {
        database.aws_backup = Some(arn.clone());
    }
    account.log(key, "AWS Backup keeps its automated backups");
    Ok(format!("{} is backed up as {arn}", account.address(key)))
}
