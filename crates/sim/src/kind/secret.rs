//! Secrets: their values are nowhere in the account's file, and a deleted name stays
//! taken for days (docs/aws/secrets.md#recovery-window).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::kind::Rotation;
use pgha_resource::kind::Secret;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use crate::account::Account;
use crate::account::Scheduled;
use crate::account::Thing;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::faults::denied;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::rotation;

/// The shortest recovery window: 7 to 30 days (docs/aws/secrets.md#recovery-window).
const RECOVERY: Duration = Duration::from_secs(7 * 24 * 3600);

pub(crate) fn create(account: &mut Account, key: &Address, to: &Secret, tags: &Tags) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    if scheduled(account, key).is_some() {
        return Err(refuse(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ));
    }
    if to.rotation.is_some() {
        return Err(no_member(Operation::CreateSecret, "rotation"));
    }
    super::db_instance::checks::check_key(account, key, to.kms_key.as_deref())?;
    account.scheduled.remove(key);
    let secret = Secret {
        description: Some(to.description.clone().unwrap_or_default()),
        kms_key: to.kms_key.clone(),
        username: None,
        host: None,
        port: None,
        dbname: None,
        rotation: Some(Rotation::Off),
    };
    rotation::fill(account, key, to);
    let arn = account.new_secret_arn(key, &key.name);
    let ids = Ids { arn: Some(arn), ..Ids::default() };
    Ok(account.insert(key, secret, "available", tags, ids))
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    let rotation = match change.to {
        Resource::Secret(to) => to.rotation.clone(),
        _ => None,
    };
    let sent = match (change.operation, rotation) {
        (Operation::UpdateSecret, _) => change.sent_within(&["description", "kms_key"])?,
        // What is inside is never read back.
        (Operation::PutSecretValue, _) => {
            let sent = change.sent_within(&["username", "host", "port", "dbname"])?;
            if let Resource::Secret(to) = change.to {
                rotation::put(account, key, &sent, to);
            }
            return Ok(());
        }
        (Operation::RotateSecret, Some(Rotation::Every { days, function })) => {
            if !(1..=1000).contains(&days) || !function.starts_with("arn:") {
                return Err(refuse("InvalidParameterException", "the rotation rules are invalid"));
            }
            rotation::check(account, key)?;
            let sent = change.sent_within(&["rotation"])?;
            rotation::schedule(account, key, days);
            sent
        }
        // Turning rotation off has a call of its own, but is a change of the same field.
        (Operation::RotateSecret | Operation::CancelRotateSecret, Some(Rotation::Off)) => {
            change.sent_within(&["rotation"])?
        }
        (other, _) => return Err(no_member(other, "secrets")),
    };
    account.merge(key, &sent, change.to);
    Ok(())
}

/// DeleteSecret schedules: the secret cannot be read any more, its name is not free yet.
pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    let free = account.now.checked_add(RECOVERY).unwrap_or(account.now);
    if let Some(thing) = account.get(key).cloned() {
        account.scheduled.insert(key.clone(), Scheduled { free, thing });
    }
    account.remove(key);
    Ok(())
}

/// The secret of this name that is scheduled for deletion and not gone yet.
pub(crate) fn scheduled<'a>(account: &'a Account, key: &Address) -> Option<&'a Thing> {
    let scheduled = account.scheduled.get(key).filter(|scheduled| scheduled.free > account.now)?;
    Some(&scheduled.thing)
}

/// RestoreSecret takes the schedule off: the secret is as it was, its ARN and value included
/// (Secrets Manager API, RestoreSecret).
pub(crate) fn restore(account: &mut Account, key: &Address, arn: Option<&str>) -> Outcome {
    let is_meant = |thing: &&Thing| arn.is_none() || arn == thing.ids.arn.as_deref();
    if let Some(there) = account.get(key).filter(is_meant) {
        return Ok(there.ids.clone());
    }
    let Some(thing) = scheduled(account, key).filter(is_meant).cloned() else {
        return Err(missing(Kind::Secret, &key.name));
    };
    if thing.owner().is_none() {
        return Err(denied(Operation::RestoreSecret));
    }
    account.scheduled.remove(key);
    Ok(account.bring_back(key, thing))
}

/// Checks that there is a secret with this ARN.
pub(crate) fn check_there(account: &Account, arn: &str) -> Result<(), CallError> {
    let managed = account.things.values().any(|t| t.ids.master_secret.as_deref() == Some(arn));
    match managed || account.by_arn(Kind::Secret, arn).is_some() {
        true => Ok(()),
        false => Err(refuse(
            "ResourceNotFoundException",
            format!("Secrets Manager can't find the specified secret {arn}."),
        )),
    }
}
