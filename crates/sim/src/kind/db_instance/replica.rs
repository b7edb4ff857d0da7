//! Read replicas: what they take over, what they are told, and how they do (docs/aws/replicas.md).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::Tags;

use super::check_state;
use super::fill_common;
use super::start;
use super::version;
use crate::account::Account;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::ids::instance_arn;
use crate::kind::db_parameter_group;
use crate::kind::db_subnet_group;
use crate::kind::security_group;
use crate::refusal::bad_combination;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::timeline::Happening;

/// Typical durations; across regions a snapshot is copied first
/// (docs/aws/replicas.md#other-regions-take-hours, docs/aws/limits.md#durations).
const CREATING: Duration = Duration::from_secs(20 * 60);
const CREATING_AWAY: Duration = Duration::from_secs(60 * 60);

/// How long the source of a replica in another region is `modifying`
/// (docs/aws/replicas.md#other-regions-take-hours).
const SOURCE_BUSY: Duration = Duration::from_secs(3 * 60);

/// Replicas a source has at most, and how long a chain may be (docs/aws/replicas.md#how-many).
const MOST: usize = 15;
const DEEPEST: usize = 3;

/// Parameters that a standby must have as high as its primary (docs/aws/replicas.md#hot-standby).
const NOT_LOWER: [&str; 5] = [
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
];

/// What CreateDBInstanceReadReplica does not take (docs/aws/replicas.md#set-afterwards).
fn untold(to: &DbInstance) -> [(&'static str, bool); 10] {
    [
        ("engine_version", to.engine_version.is_some()),
        ("encrypted", to.encrypted.is_some()),
        ("database", to.database.is_some()),
        ("username", to.username.is_some()),
        ("password", to.password.is_some()),
        ("parameter_group", to.parameter_group.is_some()),
        ("backup_retention", to.backup_retention.is_some()),
        ("backup_window", to.backup_window.is_some()),
        ("maintenance_window", to.maintenance_window.is_some()),
        ("insights_mode", to.insights_mode.is_some()),
    ]
}

/// Creates a replica of what `to.source` names.
pub(crate) fn create(
    account: &mut Account,
    key: &Address,
    to: &DbInstance,
    tags: &Tags,
) -> Outcome {
    if let Some((field, _)) = untold(to).iter().find(|(_, told)| *told) {
        return Err(no_member(Operation::CreateDBInstanceReadReplica, field));
    }
    if to.extended_support.is_some() {
        return Err(no_member(Operation::CreateDBInstanceReadReplica, "extended_support"));
    }
    let told = to.source.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let source = find_source(account, key, told)?;
    let away = source.region != key.region;
    check_source(account, &source)?;
    let instance = inherited(account, key, &source, to, told)?;
    let takes = if away { CREATING_AWAY } else { CREATING };
    let ids = start(account, key, instance, tags, takes)?;
    if away {
        account.set_status(&source, "modifying");
        account.later(&source, SOURCE_BUSY, Happening::Become("available".into()));
    }
    Ok(ids)
}

/// A name in the region of the replica, or an ARN of any.
fn find_source(account: &Account, key: &Address, told: &str) -> Result<Address, CallError> {
    let place = match instance_arn(told) {
        Some((region, name)) => {
            Address { kind: Kind::DbInstance, name: name.into(), region: Some(Region::new(region)) }
        }
        None => account.beside(key, Kind::DbInstance, told),
    };
    match account.get(&place) {
        Some(_) => Ok(place),
        None => Err(missing(Kind::DbInstance, told)),
    }
}

fn check_source(account: &Account, source: &Address) -> Result<(), CallError> {
    check_state(account, source, &["available", "storage-optimization"])?;
    let Some(instance) = account.instance(source) else {
        return Err(missing(Kind::DbInstance, &source.name));
    };
    if instance.backup_retention.unwrap_or(0) == 0 {
        let text = format!("automated backups are not enabled for {}", source.name);
        return Err(refuse("InvalidDBInstanceState", text));
    }
    if matches!(instance.password, Some(MasterPassword::Rds { .. })) {
        return Err(bad_combination(
            "Creating read replicas for source instance with engine postgres where ManageMasterUserPassword is enabled is not supported",
        ));
    }
    if replicas(account, source).len() >= MOST {
        return Err(refuse("InstanceQuotaExceeded", "a source has at most 15 read replicas"));
    }
    match depth(account, source) >= DEEPEST {
        true => Err(bad_combination("a chain of read replicas is at most three levels deep")),
        false => Ok(()),
    }
}

/// How many sources are above an instance.
fn depth(account: &Account, key: &Address) -> usize {
    let mut place = key.clone();
    let mut depth = 0;
    while let Some(source) = source_of(account, &place).filter(|_| depth < MOST) {
        (place, depth) = (source, depth + 1);
    }
    depth
}

/// The complete replica (docs/aws/replicas.md#inherited).
fn inherited(
    account: &Account,
    key: &Address,
    source: &Address,
    to: &DbInstance,
    told: &str,
) -> Result<DbInstance, CallError> {
    let Some(from) = account.instance(source) else {
        return Err(missing(Kind::DbInstance, told));
    };
    let away = source.region != key.region;
    let major = version::of(from).map(|version| version.major).unwrap_or_default();
    let subnet_group = subnet_group(account, key, source, to, from)?;
    let (vpc, _) =
        db_subnet_group::find(account, key, subnet_group.as_known().unwrap_or_default())?;
    let groups = security_group::members_groups(account, key, &vpc, to.security_groups.as_ref())?;
    let kms_key = match (from.encrypted, &to.kms_key, away) {
        (Some(true), Some(given), _) => Some(given.clone()),
        (Some(true), None, false) => from.kms_key.clone(),
        (Some(true), None, true) => {
            return Err(bad_combination("KmsKeyId is required for a replica in another region"));
        }
        (_, Some(_), _) => return Err(bad_combination("the source is not encrypted")),
        (_, None, _) => None,
    };
    let named = if away { account.arn(source) } else { Some(source.name.clone()) };
    let away_group = Some(Ref::known(db_parameter_group::default_name(major)));
    let default_group = subnet_group.as_known() == Some("default");
    let mut full = DbInstance {
        source: named.map(Ref::Known),
        engine_version: from.engine_version.clone(),
        class: to.class.clone().or_else(|| from.class.clone()),
        encrypted: from.encrypted,
        kms_key,
        database: from.database.clone(),
        username: from.username.clone(),
        password: from.password.clone(),
        port: to.port.or(from.port),
        auto_minor_upgrade: to.auto_minor_upgrade.or(from.auto_minor_upgrade),
        extended_support: from.extended_support,
        parameter_group: if away { away_group } else { from.parameter_group.clone() },
        public: Some(to.public.unwrap_or(default_group)),
        subnet_group: Some(subnet_group),
        security_groups: Some(groups),
        backup_retention: Some(0),
        ..to.clone()
    };
    take_storage(&mut full, to, from)?;
    fill_common(account, key, &mut full);
    Ok(full)
}

/// The source's group in its own VPC, and it may not be named there; the default VPC's in
/// another region (docs/aws/replicas.md#subnet-group).
fn subnet_group(
    account: &Account,
    key: &Address,
    source: &Address,
    to: &DbInstance,
    from: &DbInstance,
) -> Result<Ref, CallError> {
    let away = source.region != key.region;
    let given = match (&to.subnet_group, away) {
        (Some(given), true) => return Ok(given.clone()),
        (None, true) => return Ok(Ref::known("default")),
        (None, false) => {
            return Ok(from.subnet_group.clone().unwrap_or_else(|| Ref::known("default")));
        }
        (Some(given), false) => given,
    };
    let vpc = |group: &Ref| {
        let name = group.as_known().unwrap_or_default();
        db_subnet_group::find(account, key, name).map(|(vpc, _)| vpc.id)
    };
    let own = from.subnet_group.clone().unwrap_or_else(|| Ref::known("default"));
    match vpc(given)? == vpc(&own)? {
        true => Err(refuse(
            "DBSubnetGroupNotAllowedFault",
            "a subnet group of the source's own VPC may not be named for a replica in its region",
        )),
        false => Ok(given.clone()),
    }
}

/// A replica's volume is the source's, or larger by a tenth at least.
fn take_storage(
    full: &mut DbInstance,
    to: &DbInstance,
    from: &DbInstance,
) -> Result<(), CallError> {
    let size = from.storage.unwrap_or(0);
    let asked = to.storage.unwrap_or(size);
    if asked < size || (asked > size && asked < size.saturating_add(size.div_ceil(10))) {
        let text = format!("a replica has {size} GiB like its source, or at least 10 % more");
        return Err(bad_combination(text));
    }
    super::storage::check_sent(
        &DbInstance {
            storage: Some(asked),
            storage_type: to.storage_type.clone().or_else(|| from.storage_type.clone()),
            ..DbInstance::default()
        },
        |field| match field {
            "iops" => to.iops.is_some(),
            _ => to.throughput.is_some(),
        },
    )?;
    full.storage = Some(asked);
    full.storage_type = to.storage_type.clone().or_else(|| from.storage_type.clone());
    let same_shape = full.storage_type == from.storage_type && asked == size;
    full.iops = to.iops.or(from.iops.filter(|_| same_shape));
    full.throughput = to.throughput.or(from.throughput.filter(|_| same_shape));
    Ok(())
}

/// The key of an instance's source.
pub(crate) fn source_of(account: &Account, key: &Address) -> Option<Address> {
    let told = account.instance(key)?.source.as_ref()?.as_known()?;
    find_source(account, key, told).ok()
}

/// The keys of all replicas of an instance, in its region and in others.
pub(crate) fn replicas(account: &Account, of: &Address) -> Vec<Address> {
    let instances = account.things.iter().filter(|(key, _)| key.kind == Kind::DbInstance);
    instances
        .filter(|(key, thing)| {
            thing.status != "deleting" && source_of(account, key).as_ref() == Some(of)
        })
        .map(|(key, _)| key.clone())
        .collect()
}

/// How a replica's replication is doing, in RDS's words (docs/aws/replicas.md#states).
pub(crate) fn health(account: &Account, key: &Address) -> Option<String> {
    let thing = account.get(key)?;
    let Resource::DbInstance(instance) = &thing.resource else { return None };
    instance.source.as_ref()?;
    let database = thing.database.as_ref()?;
    let source = source_of(account, key);
    let Some(source) = source.filter(|_| !database.terminated) else {
        return Some("terminated".into());
    };
    let primary = account.get(&source)?;
    let Resource::DbInstance(above) = &primary.resource else { return None };
    let (class, above_class) = (instance.class.as_deref()?, above.class.as_deref()?);
    let above_running = &primary.database.as_ref()?.running;
    let lower = NOT_LOWER.iter().find_map(|name| {
        let own = db_parameter_group::number(&database.running, name, class)?;
        let needed = db_parameter_group::number(above_running, name, above_class)?;
        (own < needed).then(|| format!("{name} is {own} and {needed} on its source"))
    });
    Some(match lower {
        Some(why) => format!("replication degraded: recovery is paused, {why}"),
        None => "replicating".into(),
    })
}
