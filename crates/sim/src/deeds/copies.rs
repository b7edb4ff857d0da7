//! Databases that come from others: restores, green environments, and the new names of old ones.
//!
//! They carry the tags of what they come from, which is how they look like the cluster's own.

use std::time::Duration;

use pgha_resource::kind::DbInstance;
use pgha_resource::live::Ids;
use pgha_resource::{Address, Kind, Ref, Resource, naming};

use super::{Done, check_instance, refused};
use crate::account::{Account, Database};
use crate::ids::short;
use crate::kept::Kept;
use crate::kind::db_instance::{delete, replica};
use crate::kind::{db_parameter_group, db_subnet_group};
use crate::network;
use crate::tamper::TamperError;
use crate::timeline::Happening;

const RESTORING: Duration = Duration::from_secs(20 * 60);
const RENAMING: Duration = Duration::from_secs(3 * 60);
const COPYING: Duration = Duration::from_secs(30 * 60);

/// Restores to a new name: with default groups, without a standby, and with the source's tags,
/// because nobody gave others
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html>).
pub(super) fn restore(account: &mut Account, from: &Address, to: &str) -> Done {
    let missing = || TamperError::Missing(account.address(from).to_string());
    let kept = match from.kind {
        Kind::DbSnapshot if account.get(from).is_some_and(|t| t.status != "available") => {
            return Err(refused(format!("{} is not available yet", account.address(from))));
        }
        Kind::DbSnapshot => account.kept.get(from).cloned(),
        _ => account
            .keep(from)
            .or_else(|| account.retained_of(from).last().and_then(|backup| backup.kept.clone())),
    };
    let Some(Kept { resource: Resource::DbInstance(was), tags, vpc, password }) = kept else {
        return Err(missing());
    };
    let key = new_name(account, from, to)?;
    let groups = network::vpc(account, &account.region(&key), &vpc);
    let major = was.engine_version.as_ref().map(|version| version.request().to_string());
    let major = major.and_then(|text| text.split('.').next()?.parse().ok()).unwrap_or_default();
    let restored = DbInstance {
        source: None,
        multi_az: Some(false),
        deletion_protection: Some(false),
        parameter_group: Some(Ref::known(db_parameter_group::default_name(major))),
        security_groups: groups.map(|vpc| [Ref::known(vpc.default_group)].into()),
        ..was
    };
    let zones = db_subnet_group::find(
        account,
        &key,
        restored.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or("default"),
    )
    .map(|(_, zones)| zones.into_iter().take(1).collect())
    .unwrap_or_default();
    let resource_id = Some(account.new_resource_id("db", &key));
    let ids = Ids { arn: account.arn(&key), resource_id, ..Ids::default() };
    account.insert(&key, restored, "creating", &tags, ids);
    if let Some(thing) = account.get_mut(&key) {
        thing.database =
            Some(Database { zones, vpc, password, used_percent: 10, ..Database::default() });
    }
    db_parameter_group::load(account, &key);
    account.later(&key, RESTORING, Happening::Become("available".into()));
    Ok(format!("restoring {} to {}", account.address(from), account.address(&key)))
}

/// A name that an instance can have and none has.
fn new_name(account: &Account, beside: &Address, name: &str) -> Result<Address, TamperError> {
    naming::check(Kind::DbInstance, name).map_err(|error| refused(error.to_string()))?;
    let key = account.beside(beside, Kind::DbInstance, name);
    match account.get(&key) {
        Some(_) => Err(refused(format!("{} is there already", account.address(&key)))),
        None => Ok(key),
    }
}

/// ModifyDBInstance with NewDBInstanceIdentifier
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RenameInstance.html>): the
/// resource id and the tags stay, ARN and endpoint are others, and replicas follow.
pub(super) fn rename(account: &mut Account, key: &Address, to: &str) -> Done {
    check_instance(account, key, &["available", "storage-optimization"])?;
    let new = new_name(account, key, to)?;
    let text = format!("{} is {} now", account.address(key), account.address(&new));
    moved(account, key, &new);
    account.set_status(&new, "renaming");
    account.later(&new, RENAMING, Happening::Become("available".into()));
    account.log(&new, &text);
    Ok(text)
}

/// Moves an instance to another name.
fn moved(account: &mut Account, from: &Address, to: &Address) {
    let followers = replica::replicas(account, from);
    account.cancel(from);
    let Some(mut thing) = account.things.remove(from) else { return };
    thing.serial = account.next();
    thing.ids.arn = account.arn(to);
    account.things.insert(to.clone(), thing);
    for follower in followers {
        let source = match follower.region == to.region {
            true => Some(to.name.clone()),
            false => account.arn(to),
        };
        set_source(account, &follower, source);
    }
}

fn set_source(account: &mut Account, key: &Address, source: Option<String>) {
    if let Some(Resource::DbInstance(instance)) = account.get_mut(key).map(|t| &mut t.resource) {
        instance.source = source.map(Ref::Known);
    }
}

/// The green environment: a copy of the instance and of its replicas in the region, each named
/// `…-green-` and six characters, as people see it
/// (<https://github.com/rlister/stax/pull/61>), with the tags of its blue one. The green primary
/// follows the blue one
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-overview.html>).
pub(super) fn blue_green(account: &mut Account, key: &Address) -> Done {
    check_instance(account, key, &["available", "storage-optimization"])?;
    let blues = replica::replicas(account, key);
    if account.instance(key).is_some_and(|instance| instance.source.is_some()) {
        return Err(refused("a replica has no blue/green deployment of its own"));
    }
    let cascades = |blue: &Address| !replica::replicas(account, blue).is_empty();
    if blues.iter().any(|blue| blue.region != key.region || cascades(blue)) {
        return Err(refused(
            "blue/green deployments do not support replicas in other regions or of replicas",
        ));
    }
    let green = copy(account, key, Some(key.name.clone()))?;
    for blue in blues.iter().filter(|blue| !blue.name.contains("-green-")) {
        copy(account, blue, Some(green.name.clone()))?;
    }
    Ok(format!("{} is being made from {}", account.address(&green), account.address(key)))
}

/// Copies one instance into the green environment.
fn copy(
    account: &mut Account,
    blue: &Address,
    source: Option<String>,
) -> Result<Address, TamperError> {
    let name = format!("{}-green-{}", blue.name, short(&account.next().to_string()));
    let key = new_name(account, blue, &name)?;
    let missing = || TamperError::Missing(account.address(blue).to_string());
    let (Some(instance), Some(thing)) = (account.instance(blue), account.get(blue)) else {
        return Err(missing());
    };
    let (mut instance, tags) = (instance.clone(), thing.tags.clone());
    let database = thing.database.clone().unwrap_or_default();
    instance.source = source.map(Ref::Known);
    let database = Database { waiting: None, offered: None, optimizing_until: None, ..database };
    let resource_id = Some(account.new_resource_id("db", &key));
    let ids = Ids { arn: account.arn(&key), resource_id, ..Ids::default() };
    account.insert(&key, instance, "creating", &tags, ids);
    if let Some(thing) = account.get_mut(&key) {
        thing.database = Some(database);
    }
    account.later(&key, COPYING, Happening::Become("available".into()));
    Ok(key)
}

/// The switchover: blue instances are `…-old1`, green ones take their names and all their tags
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-switching.html>).
pub(super) fn switch_over(account: &mut Account, key: &Address) -> Done {
    check_instance(account, key, &["available", "storage-optimization"])?;
    let Some(green) = green_of(account, key) else {
        return Err(refused(format!("{} has no green environment", account.address(key))));
    };
    check_instance(account, &green, &["available"])?;
    let replicas = replica::replicas(account, key);
    let blues: Vec<Address> = replicas.into_iter().filter(|blue| *blue != green).collect();
    set_source(account, &green, None);
    let mut pairs = vec![(key.clone(), green.clone())];
    pairs.extend(
        blues.into_iter().filter_map(|blue| Some((blue.clone(), green_of(account, &blue)?))),
    );
    for (blue, green) in pairs {
        let tags = account.get(&blue).map(|thing| thing.tags.clone()).unwrap_or_default();
        let old = (1..)
            .map(|n| account.beside(&blue, Kind::DbInstance, &format!("{}-old{n}", blue.name)));
        let old = old.take(100).find(|old| account.get(old).is_none());
        let Some(old) = old else { continue };
        moved(account, &blue, &old);
        moved(account, &green, &blue);
        if let Some(thing) = account.get_mut(&blue) {
            thing.tags = tags;
            thing.status = "available".into();
        }
        account.log(&blue, "switched over from the green environment");
    }
    Ok(format!("{} is what was {}", account.address(key), account.address(&green)))
}

/// The green instance of a blue one.
fn green_of(account: &Account, blue: &Address) -> Option<Address> {
    let prefix = format!("{}-green-", blue.name);
    let mut greens = account.neighbours(blue, Kind::DbInstance);
    greens.find(|(key, _)| key.name.starts_with(&prefix)).map(|(key, _)| key.clone())
}

/// PromoteReadReplica: a database of its own, which nobody can undo
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html>).
pub(super) fn promote(account: &mut Account, key: &Address) -> Done {
    check_instance(account, key, &["available", "storage-optimization"])?;
    if account.instance(key).is_none_or(|instance| instance.source.is_none()) {
        return Err(refused(format!("{} is no replica", account.address(key))));
    }
    delete::promoted(account, key, "promoted in the console");
    account.set_status(key, "modifying");
    account.later(key, RENAMING, Happening::Become("available".into()));
    Ok(format!("{} is a database of its own", account.address(key)))
}
