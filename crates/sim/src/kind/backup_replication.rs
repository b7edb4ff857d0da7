//! Automated backups copied into another region (docs/aws/backups.md#replication-call).
//!
//! What was copied outlives a replication that is stopped, with its key: started again with the
//! same key it goes on with that, and with another it is refused until the copies are deleted
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedXREGBackups.Troubleshooting.html>;
//! <https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/516>).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::kind::BackupReplication;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use super::db_instance::checks;
use crate::account::Account;
use crate::execute::Outcome;
use crate::habit::Habit;
use crate::ids::instance_arn;
use crate::kept::{Copies, Retained};
use crate::refusal::bad_combination;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

const TAKES: Duration = Duration::from_secs(3 * 60);
const STOPPING: Duration = Duration::from_secs(60);

/// Replications a region receives at most.
const MOST: usize = 20;

/// Where backups of us-east-1 may go.
const FROM_US_EAST_1: [&str; 14] = [
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
];

pub(crate) fn create(
    account: &mut Account,
    key: &Address,
    to: &BackupReplication,
    tags: &Tags,
) -> Outcome {
    let arn = to.source.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let Some((region, name)) = instance_arn(arn) else {
        return Err(bad_value(format!("{arn} is not the ARN of a DB instance")));
    };
    let source =
        Address { kind: Kind::DbInstance, name: name.into(), region: Some(Region::new(region)) };
    let Some((thing, instance)) = account.get(&source).zip(account.instance(&source)) else {
        return Err(missing(Kind::DbInstance, name));
    };
    if key.name != name {
        return Err(refuse("ValidationError", format!("the replication is called {name}")));
    }
    let here = account.region(key);
    if !pair_exists(region, here.as_str()) {
        let text = format!("automated backups cannot be replicated from {region} to {here}");
        return Err(bad_combination(text));
    }
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    if !matches!(thing.status.as_str(), "available" | "storage-optimization") {
        return Err(refuse("InvalidDBInstanceState", format!("{name} is {}", thing.status)));
    }
    if instance.backup_retention.unwrap_or(0) == 0 {
        return Err(refuse("InvalidDBInstanceState", format!("{name} has no automated backups")));
    }
    let retention = to.retention.unwrap_or(7);
    if !(1..=35).contains(&retention) {
        return Err(bad_value("the retention of replicated backups is 1 to 35 days"));
    }
    match (instance.encrypted, &to.kms_key) {
        (Some(true), None) => {
            return Err(bad_combination("backups of an encrypted instance need a KmsKeyId"));
        }
        (Some(true), Some(_)) => checks::check_key(account, key, to.kms_key.as_deref())?,
        (_, Some(_)) => return Err(bad_combination("the source is not encrypted")),
        (_, None) => {}
    }
    if account.does(Habit::OneDestination) && replicates_elsewhere(account, arn) {
        let text = format!("the backups of {name} are replicated to another region already");
        return Err(refuse("InvalidDBInstanceAutomatedBackupState", text));
    }
    let left = Left {
        at: Address { kind: Kind::DbInstance, ..key.clone() },
        of: thing.ids.resource_id.clone(),
    };
    if left.has_another_key(account, to.kms_key.as_deref()) {
        let text = format!("{here} has retained backups of {name} that have another KMS key");
        return Err(refuse("InvalidDBInstanceAutomatedBackupState", text));
    }
    if account.neighbours(key, Kind::BackupReplication).count() >= MOST {
        let text = "a region receives at most 20 replicated backups";
        return Err(refuse("DBInstanceAutomatedBackupQuotaExceeded", text));
    }
    left.go_on(account);
    let stored = BackupReplication { retention: Some(retention), ..to.clone() };
    let id = account.new_resource_id("ab", key).to_ascii_lowercase();
    let ids = Ids { arn: Some(account.rds_arn(key, "auto-backup", &id)), ..Ids::default() };
    let ids = account.insert(key, stored, "pending", tags, ids);
    account.later(key, TAKES, Happening::Become("replicating".into()));
    Ok(ids)
}

/// What an earlier replication of the same source left in a region.
struct Left {
    at: Address,
    of: Option<String>,
}

impl Left {
    fn is(&self, retained: &Retained) -> bool {
        let of_it = |copies: &Copies| copies.source == self.of;
        retained.of == self.at && retained.copies.as_ref().is_some_and(of_it)
    }

    fn has_another_key(&self, account: &Account, key: Option<&str>) -> bool {
        let mut left = account.retained_of(&self.at).filter(|retained| self.is(retained));
        left.any(|retained| retained.copies.as_ref().is_some_and(|c| c.kms_key.as_deref() != key))
    }

    /// A new replication goes on with them.
    fn go_on(&self, account: &mut Account) {
        account.retained.retain(|retained| !self.is(retained));
    }
}

/// The pairs that docs/aws/backups.md#replication-regions names; the rest of AWS's matrix is taken
/// for open.
fn pair_exists(from: &str, to: &str) -> bool {
    match from {
        _ if from == to => false,
        "us-east-1" => FROM_US_EAST_1.contains(&to),
        "eu-south-1" => to == "eu-central-1",
        "eu-west-2" => to != "us-west-2",
        _ => true,
    }
}

/// Stops the replication; what was copied is retained and is no replication any more.
pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    if thing.status != "replicating" {
        let text = format!("the replication of {} is {}", key.name, thing.status);
        return Err(refuse("InvalidDBInstanceAutomatedBackupState", text));
    }
    retain(account, key);
    account.set_status(key, "deleting");
    account.later(key, STOPPING, Happening::Gone);
    Ok(())
}

/// Keeps what was copied until it expires.
fn retain(account: &mut Account, key: &Address) {
    let Some(Resource::BackupReplication(replication)) =
        account.get(key).map(|thing| thing.resource.clone())
    else {
        return;
    };
    let arn = replication.source.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let source = account.by_arn(Kind::DbInstance, arn).map(|(_, thing)| thing);
    let source = source.and_then(|thing| thing.ids.resource_id.clone());
    let of = Address { kind: Kind::DbInstance, ..key.clone() };
    let copies = Copies { source, kms_key: replication.kms_key };
    account.retain_copies(&of, replication.retention.unwrap_or(7), copies);
}

fn replicates_elsewhere(account: &Account, arn: &str) -> bool {
    account.things.values().any(|thing| is_of(&thing.resource, arn))
}

/// Whether something is a replication of the backups of the instance with this ARN.
fn is_of(resource: &Resource, arn: &str) -> bool {
    match resource {
        Resource::BackupReplication(replication) => {
            replication.source.as_ref().and_then(Ref::as_known) == Some(arn)
        }
        _ => false,
    }
}

/// A source that is deleted is replicated no more, wherever to.
pub(crate) fn source_deleted(account: &mut Account, arn: &str) {
    let gone: Vec<Address> = account
        .things
        .iter()
        .filter(|(_, thing)| is_of(&thing.resource, arn) && thing.status != "deleting")
        .map(|(key, _)| key.clone())
        .collect();
    for key in gone {
        retain(account, &key);
        account.log(&key, "the source is gone: its backups are retained until they expire");
        account.remove(&key);
    }
}
