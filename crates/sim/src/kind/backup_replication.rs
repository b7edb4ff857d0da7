//! Automated backups copied into another region (aws-facts §5).

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
use crate::ids::instance_arn;
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
    if account.neighbours(key, Kind::BackupReplication).count() >= MOST {
        let text = "a region receives at most 20 replicated backups";
        return Err(refuse("DBInstanceAutomatedBackupQuotaExceeded", text));
    }
    let stored = BackupReplication { retention: Some(retention), ..to.clone() };
    let id = account.new_resource_id("ab", key).to_ascii_lowercase();
    let ids = Ids { arn: Some(account.rds_arn(key, "auto-backup", &id)), ..Ids::default() };
    let ids = account.insert(key, stored, "pending", tags, ids);
    account.later(key, TAKES, Happening::Become("replicating".into()));
    Ok(ids)
}

/// The pairs that aws-facts §5 names; the rest of AWS's matrix is taken for open.
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
    account.set_status(key, "deleting");
    account.later(key, STOPPING, Happening::Gone);
    Ok(())
}

/// A source that is deleted is replicated no more, wherever to.
pub(crate) fn source_deleted(account: &mut Account, arn: &str) {
    let gone: Vec<Address> = account
        .things
        .iter()
        .filter(|(_, thing)| match &thing.resource {
            Resource::BackupReplication(replication) => {
                replication.source.as_ref().and_then(Ref::as_known) == Some(arn)
            }
            _ => false,
        })
        .map(|(key, _)| key.clone())
        .collect();
    for key in gone {
        let days = match account.get(&key).map(|thing| &thing.resource) {
            Some(Resource::BackupReplication(replication)) => replication.retention.unwrap_or(7),
            _ => 7,
        };
        let of = Address { kind: Kind::DbInstance, ..key.clone() };
        account.retain(&of, days, None);
        account.log(&key, "the source is gone: its backups are retained until they expire");
        account.remove(&key);
    }
}
