//! What is inside of secrets, and rotations: they change a password in two places, or in one.
//!
//! There is no password in the account's file: a number stands for each, and two that are equal
//! open the same door
//! (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html>).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::kind::{Rotation, Secret};
use pgha_resource::{Address, Kind, Ref, Resource};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::habit::Habit;
use crate::kind::db_instance::replica;
use crate::observe;
use crate::refusal::refuse;
use crate::timeline::Happening;

/// How long a rotation takes until it runs.
const SOON: Duration = Duration::from_secs(60);

/// What is inside of a secret, in the form that AWS's functions require
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The user.
    pub username: Option<String>,
    /// Stands for the password.
    pub password: u64,
    /// The database's host name.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// The name of the first database.
    pub dbname: Option<String>,
    /// A version labelled AWSPENDING that no rotation finished.
    pub pending: bool,
    /// The function's policy does not let Secrets Manager invoke it.
    pub denied: bool,
}

/// A new secret has a new password inside.
pub(crate) fn fill(account: &mut Account, key: &Address, to: &Secret) {
    let password = account.next();
    let content = Content { username: to.username.clone(), password, ..Content::default() };
    account.contents.insert(key.clone(), content);
}

/// PutSecretValue: the password that is inside stays.
pub(crate) fn put(account: &mut Account, key: &Address, sent: &[&str], to: &Secret) {
    let content = account.contents.entry(key.clone()).or_default();
    for field in sent {
        match *field {
            "username" => content.username = to.username.clone(),
            "host" => content.host = to.host.as_ref().and_then(Ref::as_known).map(str::to_string),
            "port" => content.port = to.port,
            "dbname" => content.dbname = to.dbname.clone(),
            _ => {}
        }
    }
}

/// The password inside of the secret with this ARN; a new one for a secret of RDS's own.
pub(crate) fn password_in(account: &mut Account, arn: Option<&str>) -> u64 {
    let secret = arn.and_then(|arn| account.by_arn(Kind::Secret, arn)).map(|(key, _)| key.clone());
    match secret.and_then(|key| account.contents.get(&key)) {
        Some(content) => content.password,
        None => account.next(),
    }
}

/// The password of a database's master user: a replica has its source's.
pub(crate) fn password_of(account: &Account, key: &Address) -> Option<u64> {
    let mut place = key.clone();
    for _ in 0..8 {
        let Some(source) = replica::source_of(account, &place) else { break };
        place = source;
    }
    Some(account.get(&place)?.database.as_ref()?.password)
}

/// Checks RotateSecret: the function can be invoked, and no earlier rotation is unfinished.
pub(crate) fn check(account: &Account, key: &Address) -> Result<(), CallError> {
    let content = account.contents.get(key).cloned().unwrap_or_default();
    if content.denied {
        return Err(refuse(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
        ));
    }
    match content.pending {
        true => Err(refuse(
            "InvalidRequestException",
            "A previous rotation isn't complete. That rotation will be reattempted.",
        )),
        false => Ok(()),
    }
}

/// A rotation is set up: it runs on schedule, and at once unless RotateImmediately is false.
pub(crate) fn schedule(account: &mut Account, key: &Address, days: u32) {
    account.dues.retain(|due| due.key != *key || due.what != Happening::Rotate);
    let later = Duration::from_secs(u64::from(days) * 24 * 3600);
    let at_once = account.does(Habit::RotatesAtOnce);
    account.later(key, if at_once { SOON } else { later }, Happening::Rotate);
}

/// A rotation runs: the function logs in with the password at hand and sets another.
pub(crate) fn rotate(account: &mut Account, key: &Address) {
    let Some(Resource::Secret(secret)) = account.get(key).map(|thing| &thing.resource) else {
        return;
    };
    let Some(Rotation::Every { days, .. }) = secret.rotation else { return };
    let new = account.next();
    let found = target(account, key);
    let content = account.contents.entry(key.clone()).or_default();
    match found {
        Ok(database) => {
            (content.password, content.pending) = (new, false);
            if let Some(inner) = account.get_mut(&database).and_then(|t| t.database.as_mut()) {
                inner.password = new;
            }
            account.log(key, "rotated");
        }
        Err(why) => {
            content.pending = true;
            account.log(key, format!("the rotation failed: {why}"));
        }
    }
    account.later(key, Duration::from_secs(u64::from(days) * 24 * 3600), Happening::Rotate);
}

/// The database that the function of a secret reaches and can log in to.
fn target(account: &Account, key: &Address) -> Result<Address, String> {
    let content = account.contents.get(key).cloned().unwrap_or_default();
    if content.denied {
        return Err("the function may not be invoked".into());
    }
    let Some(host) = &content.host else {
        return Err("KeyError: host key is missing from secret JSON".into());
    };
    let at_host =
        account.things.keys().find(|key| observe::host_of(account, key).as_ref() == Some(host));
    let Some((database, thing)) = at_host.and_then(|key| Some((key, account.get(key)?))) else {
        return Err(format!("nothing answers at {host}"));
    };
    let user = match &thing.resource {
        Resource::DbInstance(instance) => instance.username.clone(),
        Resource::DbCluster(cluster) => cluster.username.clone(),
        _ => None,
    };
    if !matches!(thing.status.as_str(), "available" | "storage-optimization" | "backing-up") {
        return Err(format!("{} is {}", database.name, thing.status));
    }
    let opens =
        user == content.username && password_of(account, database) == Some(content.password);
    if opens { Ok(database.clone()) } else { Err("password authentication failed".into()) }
}
