//! Parameter groups of instances and clusters: dynamic values at once, static ones after a
//! reboot, twenty a call (docs/aws/parameters.md).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::catalog;
use pgha_resource::kind::{DbClusterParameterGroup, DbParameterGroup};
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;
use pgha_resource::parameter;
use pgha_resource::status::Status;

use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::habit::Habit;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

/// The parameters that one call carries at most (docs/aws/parameters.md#twenty-a-call).
const PER_CALL: usize = 20;

/// The groups a region has at most (docs/aws/parameters.md#quota).
const MOST_GROUPS: usize = 50;

/// Parameters that RDS reads at start only (docs/aws/parameters.md#which-are-static).
const AT_START: [&str; 20] = [
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "huge_pages",
    "logging_collector",
    "max_connections",
    "max_files_per_process",
    "max_locks_per_transaction",
    "max_pred_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "rds.local_volume_spill_enabled",
    "rds.logical_replication",
    "rds.rds_superuser_reserved_connections",
    "rds.restrict_password_commands",
    "shared_buffers",
    "shared_preload_libraries",
    "track_activity_query_size",
    "wal_buffers",
];

/// How long it takes until an instance notices a change of its group: AWS says five minutes.
const NOTICING: Duration = Duration::from_secs(4 * 60);

type Values = BTreeMap<String, String>;

/// The family, the description and the values of a group of either kind.
fn parts(group: &Resource) -> Option<(&Option<String>, &Option<String>, &Option<Values>)> {
    match group {
        Resource::DbParameterGroup(g) => Some((&g.family, &g.description, &g.parameters)),
        Resource::DbClusterParameterGroup(g) => Some((&g.family, &g.description, &g.parameters)),
        _ => None,
    }
}

fn values(group: &Resource) -> Values {
    parts(group).and_then(|(_, _, values)| values.clone()).unwrap_or_default()
}

/// A group as its values are compared: what was typed in the console stays in the account as it
/// was typed, and the adapter for the wire reads it in the same way.
pub(crate) fn canonical(group: &Resource) -> Resource {
    let mut group = group.clone();
    let values = as_compared(&values(&group));
    set_values(&mut group, values);
    group
}

fn as_compared(values: &Values) -> Values {
    parameter::canonical_all(values.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn set_values(group: &mut Resource, values: Values) {
    match group {
        Resource::DbParameterGroup(g) => g.parameters = Some(values),
        Resource::DbClusterParameterGroup(g) => g.parameters = Some(values),
        _ => {}
    }
}

pub(crate) fn create(account: &mut Account, key: &Address, to: &Resource, tags: &Tags) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    let Some((Some(family), description, values)) = parts(to) else {
        return Err(bad_value("DBParameterGroupFamily must be provided"));
    };
    let known = family.strip_prefix("postgres").and_then(|major| major.parse().ok());
    if known.and_then(catalog::major).is_none() {
        return Err(bad_value(format!("DBParameterGroupFamily {family} does not exist")));
    }
    if description.as_deref().unwrap_or_default().is_empty() {
        return Err(bad_value("Description must be provided"));
    }
    if values.is_some() {
        return Err(no_member(Operation::CreateDBParameterGroup, "parameters"));
    }
    if account.neighbours(key, key.kind).count() >= MOST_GROUPS {
        return Err(refuse("DBParameterGroupQuotaExceeded", "a region has at most 50 groups"));
    }
    let mut group = to.clone();
    set_values(&mut group, Values::new());
    let ids = Ids { arn: account.arn(key), ..Ids::default() };
    Ok(account.insert(key, group, "available", tags, ids))
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    let sets = match (key.kind, change.operation) {
        (Kind::DbParameterGroup, Operation::ModifyDBParameterGroup)
        | (Kind::DbClusterParameterGroup, Operation::ModifyDBClusterParameterGroup) => true,
        (Kind::DbParameterGroup, Operation::ResetDBParameterGroup)
        | (Kind::DbClusterParameterGroup, Operation::ResetDBClusterParameterGroup) => false,
        (_, other) => return Err(no_member(other, "parameters")),
    };
    change.sent_within(&["parameters"])?;
    let (from, to) = (values(change.from), values(change.to));
    let sent: Vec<&String> = match sets {
        true => to.iter().filter(|(k, v)| from.get(*k) != Some(v)).map(|(k, _)| k).collect(),
        false => from.keys().filter(|k| !to.contains_key(*k)).collect(),
    };
    if sent.len() > PER_CALL {
        return Err(bad_value(format!("a call carries at most {PER_CALL} parameters")));
    }
    let live = account.get(key).ok_or_else(|| missing(key.kind, &key.name))?;
    let mut next = values(&live.resource);
    for name in sent {
        match to.get(name).filter(|_| sets) {
            Some(value) => {
                check_value(name, value)?;
                next.insert(name.clone(), parameter::canonical(name, value));
            }
            None => drop(next.remove(name)),
        }
    }
    edit(account, key, next);
    Ok(())
}

fn check_value(name: &str, value: &str) -> Result<(), CallError> {
    let well_formed = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c));
    if !well_formed {
        return Err(bad_value(format!("could not find the parameter with name {name}")));
    }
    let formula = value.contains('{') || value.contains('(');
    let allowed = match name {
        // 6 to 262143 (docs/aws/parameters.md#max_connections).
        "max_connections" => {
            formula || value.parse::<u32>().is_ok_and(|n| (6..=262_143).contains(&n))
        }
        "rds.force_ssl" => matches!(value, "0" | "1"),
        _ => !value.is_empty(),
    };
    match allowed {
        true => Ok(()),
        false => Err(bad_value(format!("invalid parameter value: {value} for: {name}"))),
    }
}

/// Puts new values into a group: members get the dynamic ones at once, and wait for a
/// reboot where a static one changed.
pub(crate) fn edit(account: &mut Account, key: &Address, next: Values) {
    let Some(thing) = account.get_mut(key) else { return };
    let before = as_compared(&values(&thing.resource));
    set_values(&mut thing.resource, next.clone());
    // Another spelling of a value is no other value.
    let next = as_compared(&next);
    let changed: BTreeSet<String> = before
        .keys()
        .chain(next.keys())
        .filter(|name| before.get(*name) != next.get(*name))
        .cloned()
        .collect();
    let waits = changed.iter().any(|name| AT_START.contains(&name.as_str()));
    let lags = account.does(Habit::ParameterLag);
    for member in members(account, key) {
        if waits && lags {
            account.later(&member, NOTICING, Happening::Notice);
        }
        let Some(database) = account.get_mut(&member).and_then(|t| t.database.as_mut()) else {
            continue;
        };
        for name in &changed {
            if AT_START.contains(&name.as_str()) {
                database.reboot_needed |= !lags;
            } else if !database.reboot_needed {
                match next.get(name) {
                    Some(value) => database.running.insert(name.clone(), value.clone()),
                    None => database.running.remove(name),
                };
            }
        }
    }
    account.log(key, "parameters changed");
}

/// An instance notices that it has to restart for its parameters.
pub(crate) fn noticed(account: &mut Account, key: &Address) {
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        database.reboot_needed = true;
        account.log(key, "parameters wait for a restart");
    }
}

/// The databases that use a group.
fn members(account: &Account, key: &Address) -> Vec<Address> {
    let here = account.things.iter().filter(|(other, _)| other.region == key.region);
    here.filter(|(_, thing)| group_of(&thing.resource, key.kind) == Some(&key.name))
        .map(|(other, _)| other.clone())
        .collect()
}

/// The group of a kind that a database uses.
fn group_of(database: &Resource, kind: Kind) -> Option<&str> {
    let group = match (database, kind) {
        (Resource::DbInstance(i), Kind::DbParameterGroup) => &i.parameter_group,
        (Resource::DbCluster(c), Kind::DbClusterParameterGroup) => &c.parameter_group,
        _ => return None,
    };
    group.as_ref()?.as_known()
}

/// A database that starts reads the values of its group.
pub(crate) fn load(account: &mut Account, key: &Address) {
    let Some(thing) = account.get(key) else { return };
    let kind = match key.kind {
        Kind::DbInstance => Kind::DbParameterGroup,
        _ => Kind::DbClusterParameterGroup,
    };
    let group = group_of(&thing.resource, kind).map(|name| account.beside(key, kind, name));
    let running = group
        .and_then(|group| account.get(&group))
        .map(|group| as_compared(&values(&group.resource)))
        .unwrap_or_default();
    // What was not noticed before the restart is not read by it.
    let unnoticed = account.dues.iter().any(|d| d.key == *key && d.what == Happening::Notice);
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        let before = std::mem::take(&mut database.running);
        let stays = |name: &String| unnoticed && AT_START.contains(&name.as_str());
        let mut running = running;
        running.retain(|name, _| !stays(name));
        running.extend(before.into_iter().filter(|(name, _)| stays(name)));
        database.running = running;
        database.reboot_needed = false;
    }
}

pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    if let Some(user) = members(account, key).first() {
        return Err(refuse(
            "InvalidDBParameterGroupState",
            format!("{} is still used by {}", key.name, account.address(user)),
        ));
    }
    account.remove(key);
    Ok(())
}

/// The group that a database of this major version has when it names none.
pub(crate) fn default_name(major: u32) -> String {
    format!("default.postgres{major}")
}

/// A default group of RDS, which is there for everybody and nobody can change
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/parameter-groups-overview.html>).
pub(crate) fn of_rds(account: &Account, key: &Address) -> Option<LiveResource> {
    let major: u32 = key.name.strip_prefix("default.postgres")?.parse().ok()?;
    let family = Some(format!("postgres{major}"));
    let description = Some(format!("Default parameter group for postgres{major}"));
    let parameters = Some(BTreeMap::new());
    let group: Resource = match key.kind {
        Kind::DbParameterGroup => DbParameterGroup { family, description, parameters }.into(),
        Kind::DbClusterParameterGroup => {
            DbClusterParameterGroup { family, description, parameters }.into()
        }
        _ => return None,
    };
    let mut live = LiveResource::new(group, Status::ready());
    live.tags = Some(Tags::new());
    live.ids.arn = account.arn(key);
    Some(live)
}

/// Checks that a group exists and is of the family of a major version.
pub(crate) fn check_fits(
    account: &Account,
    key: &Address,
    kind: Kind,
    name: &str,
    major: u32,
) -> Result<(), CallError> {
    if name == default_name(major) {
        return Ok(());
    }
    let group = account.beside(key, kind, name);
    let group = account.get(&group).ok_or_else(|| missing(kind, name))?;
    let family = parts(&group.resource).and_then(|(family, ..)| family.clone());
    match family.as_deref() == Some(&format!("postgres{major}")) {
        true => Ok(()),
        false => Err(crate::refusal::bad_combination(format!(
            "the parameter group {name} with the family {} cannot be used for PostgreSQL {major}",
            family.unwrap_or_default()
        ))),
    }
}

/// A parameter's number in a database of a class, set or by default; `None` where there is
/// no telling. Defaults as of docs/aws/parameters.md#max_connections and PostgreSQL's own.
pub(crate) fn number(running: &Values, name: &str, class: &str) -> Option<u64> {
    match running.get(name) {
        Some(value) => value.parse().ok(),
        None => match name {
            "max_connections" => catalog::nominal_max_connections(class).map(u64::from),
            "max_worker_processes" => Some(8),
            "max_wal_senders" => Some(20),
            "max_prepared_transactions" => Some(0),
            "max_locks_per_transaction" => Some(64),
            _ => None,
        },
    }
}

/// What a database with a known parameter group shows as waiting for a reboot.
pub(crate) fn group_name(group: &Option<Ref>) -> String {
    group.as_ref().and_then(Ref::as_known).unwrap_or_default().to_string()
}
