//! DB instances: creation, reboot and failover; the rest of their rules is below.

pub(crate) mod checks;
pub(crate) mod delete;
pub(crate) mod modify;
pub(crate) mod replica;
pub(crate) mod storage;
pub(crate) mod version;

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::InsightsMode;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use super::db_parameter_group;
use super::db_subnet_group;
use super::secret;
use super::security_group;
use crate::account::Account;
use crate::account::Database;
use crate::execute::Outcome;
use crate::refusal::bad_combination;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::rotation;
use crate::timeline::Happening;
use crate::window::Window;

/// Typical durations (docs/aws/limits.md#durations).
const CREATING: Duration = Duration::from_secs(8 * 60);
const CREATING_WITH_STANDBY: Duration = Duration::from_secs(15 * 60);
const FIRST_BACKUP: Duration = Duration::from_secs(2 * 60);
pub(crate) const REBOOTING: Duration = Duration::from_secs(2 * 60);

/// All of the write-ahead log is copied to the other volume, or back, while the database is down
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.dlv.html>).
const MOVING_THE_LOG: Duration = Duration::from_secs(45 * 60);

/// A failover takes 60 to 120 seconds (docs/aws/instances.md#failover).
const FAILING_OVER: Duration = Duration::from_secs(90);

/// Instances a region has at most.
const MOST: usize = 40;

pub(crate) fn create(
    account: &mut Account,
    key: &Address,
    to: &DbInstance,
    tags: &Tags,
) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    if account.neighbours(key, Kind::DbInstance).count() >= MOST {
        return Err(refuse("InstanceQuotaExceeded", "a region has at most 40 DB instances"));
    }
    if to.multi_az == Some(true) && to.zone.is_some() {
        return Err(bad_combination("AvailabilityZone excludes MultiAZ"));
    }
    match &to.source {
        Some(_) => replica::create(account, key, to, tags),
        None => create_standalone(account, key, to, tags),
    }
}

fn create_standalone(
    account: &mut Account,
    key: &Address,
    to: &DbInstance,
    tags: &Tags,
) -> Outcome {
    let required = [
        (to.class.is_some(), "DBInstanceClass"),
        (to.storage.is_some(), "AllocatedStorage"),
        (to.username.is_some(), "MasterUsername"),
        (to.password.is_some(), "MasterUserPassword or ManageMasterUserPassword"),
    ];
    if let Some((_, member)) = required.iter().find(|(given, _)| !given) {
        return Err(bad_value(format!("{member} must be provided")));
    }
    if let Some(MasterPassword::Secret(Ref::Known(arn))) = &to.password {
        secret::check_there(account, arn)?;
    }
    let instance = filled(account, key, to)?;
    let ids = start(account, key, instance, tags, CREATING)?;
    set_password(account, key, to.password.as_ref());
    Ok(ids)
}

/// The master user gets the password that is inside of a secret.
pub(crate) fn set_password(account: &mut Account, key: &Address, from: Option<&MasterPassword>) {
    let arn = match from {
        Some(MasterPassword::Secret(Ref::Known(arn))) => Some(arn.as_str()),
        _ => None,
    };
    let password = rotation::password_in(account, arn);
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        database.password = password;
    }
}

/// Checks a complete instance and puts it into the account, creating.
fn start(
    account: &mut Account,
    key: &Address,
    instance: DbInstance,
    tags: &Tags,
    takes: Duration,
) -> Outcome {
    checks::settings(&instance)?;
    checks::windows(instance.backup_window.as_deref(), instance.maintenance_window.as_deref())?;
    checks::surroundings(account, key, &instance)?;
    checks::monitoring_role(account, instance.monitoring_role.as_ref())?;
    let group = instance.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let (vpc, zones) = db_subnet_group::find(account, key, group)?;
    let zones = chosen_zones(&instance, zones)?;
    let mut instance = instance;
    instance.zone = zones.first().cloned();
    let has_backups = instance.backup_retention.unwrap_or(0) > 0;
    let takes = match instance.multi_az {
        Some(true) => takes.max(CREATING_WITH_STANDBY),
        _ => takes,
    };
    let managed = matches!(instance.password, Some(MasterPassword::Rds { .. }));
    let ids = new_ids(account, key, managed);
    let ids = account.insert(key, instance, "creating", tags, ids);
    if let Some(thing) = account.get_mut(key) {
        thing.database =
            Some(Database { zones, vpc: vpc.id, used_percent: 10, ..Database::default() });
    }
    db_parameter_group::load(account, key);
    match has_backups {
        true => {
            account.later(key, takes, Happening::Become("backing-up".into()));
            account.later(key, takes + FIRST_BACKUP, Happening::Become("available".into()));
        }
        false => account.later(key, takes, Happening::Become("available".into())),
    }
    Ok(ids)
}

fn new_ids(account: &mut Account, key: &Address, managed: bool) -> Ids {
    let resource_id = account.new_resource_id("db", key);
    let master_secret = managed.then(|| managed_secret(account, key, &resource_id));
    Ids { arn: account.arn(key), resource_id: Some(resource_id), master_secret, ..Ids::default() }
}

/// The ARN of the secret that RDS keeps for a master user: `rds!db-…`
/// (docs/aws/secrets.md#managed-password).
pub(crate) fn managed_secret(account: &mut Account, key: &Address, id: &str) -> String {
    let (prefix, rest) = id.split_once('-').unwrap_or(("db", id));
    let name = format!("rds!{prefix}-{}", rest.to_ascii_lowercase());
    account.new_secret_arn(key, &name)
}

/// The active zone and, with a standby, another one.
fn chosen_zones(
    instance: &DbInstance,
    covered: BTreeSet<String>,
) -> Result<Vec<String>, CallError> {
    let first = match &instance.zone {
        Some(zone) if covered.contains(zone) => zone.clone(),
        Some(zone) => {
            return Err(refuse(
                "InvalidVPCNetworkStateFault",
                format!("the subnet group has no subnet in {zone}"),
            ));
        }
        None => covered.first().cloned().unwrap_or_default(),
    };
    let standby = covered.into_iter().find(|zone| *zone != first);
    match instance.multi_az {
        Some(true) => Ok([Some(first), standby].into_iter().flatten().collect()),
        _ => Ok(vec![first]),
    }
}

/// A new instance with AWS's defaults in all fields nobody set (docs/aws/instances.md#defaults).
fn filled(account: &Account, key: &Address, to: &DbInstance) -> Result<DbInstance, CallError> {
    let version = version::created(to.engine_version.as_ref())?;
    let major = version.major;
    let group = to.subnet_group.clone().unwrap_or_else(|| Ref::known("default"));
    let (vpc, _) = db_subnet_group::find(account, key, group.as_known().unwrap_or_default())?;
    let groups = security_group::members_groups(account, key, &vpc, to.security_groups.as_ref())?;
    let default_group = group.as_known() == Some("default");
    let parameters = || Ref::known(db_parameter_group::default_name(major));
    let mut full = DbInstance {
        engine_version: Some(EngineVersion::seen(version.to_string())),
        encrypted: Some(to.encrypted.unwrap_or(to.kms_key.is_some())),
        // Reachable from the internet unless a subnet group of one's own is named
        // (docs/aws/instances.md#public-access).
        public: Some(to.public.unwrap_or(default_group)),
        subnet_group: Some(group),
        security_groups: Some(groups),
        parameter_group: Some(to.parameter_group.clone().unwrap_or_else(parameters)),
        backup_retention: Some(to.backup_retention.unwrap_or(1)),
        port: Some(to.port.unwrap_or(5432)),
        auto_minor_upgrade: Some(to.auto_minor_upgrade.unwrap_or(true)),
        extended_support: Some(to.extended_support.unwrap_or(true)),
        password: to.password.clone().map(seen_password),
        ..to.clone()
    };
    if full.encrypted == Some(true) && full.kms_key.is_none() {
        full.kms_key = Some(account.service_key(key, "rds"));
    }
    fill_common(account, key, &mut full);
    Ok(full)
}

/// Defaults that standalone instances and replicas share.
fn fill_common(account: &Account, key: &Address, full: &mut DbInstance) {
    full.multi_az.get_or_insert(false);
    full.max_storage.get_or_insert(0);
    full.dedicated_log_volume.get_or_insert(false);
    full.iam_auth.get_or_insert(false);
    full.network_type.get_or_insert_with(|| "IPV4".into());
    full.ca_certificate.get_or_insert_with(|| "rds-ca-rsa2048-g1".into());
    full.copy_tags.get_or_insert(false);
    full.deletion_protection.get_or_insert(false);
    full.monitoring_interval.get_or_insert(0);
    full.log_exports.get_or_insert_default();
    full.storage_type.get_or_insert_with(|| "gp3".into());
    storage::fill(full);
    fill_insights(account, key, full);
    fill_windows(full);
}

fn fill_insights(account: &Account, key: &Address, full: &mut DbInstance) {
    full.insights_mode.get_or_insert(InsightsMode::Standard);
    if *full.insights.get_or_insert(false) {
        full.insights_retention.get_or_insert(7);
        full.insights_kms_key.get_or_insert_with(|| account.service_key(key, "rds"));
    }
}

/// What is off has neither a role nor a retention. The key of insights stays
/// (docs/aws/monitoring.md#insights-key).
pub(crate) fn tidy(instance: &mut DbInstance) {
    tidy_unless(instance, |_| false);
}

/// As [`tidy`], where what a call names is for the checks to refuse.
pub(crate) fn tidy_unless(instance: &mut DbInstance, sent: impl Fn(&str) -> bool) {
    if instance.monitoring_interval == Some(0) && !sent("monitoring_role") {
        instance.monitoring_role = None;
    }
    if instance.insights == Some(false) && !sent("insights_retention") {
        instance.insights_retention = None;
    }
}

/// Windows that AWS picks do not overlap with the one that was given.
fn fill_windows(full: &mut DbInstance) {
    let clear = |weekly: &str, daily: &str| {
        let windows = Window::weekly(weekly).zip(Window::daily(daily));
        windows.is_some_and(|(weekly, daily)| !weekly.overlaps(daily))
    };
    if full.maintenance_window.is_none() {
        let daily = full.backup_window.clone().unwrap_or_else(|| "06:10-06:40".into());
        let choices = ["wed:09:21-wed:09:51", "thu:13:05-thu:13:35"];
        let chosen = choices.into_iter().find(|weekly| clear(weekly, &daily));
        full.maintenance_window = chosen.map(str::to_string);
    }
    if full.backup_window.is_none() {
        let weekly = full.maintenance_window.clone().unwrap_or_default();
        let choices = ["06:10-06:40", "10:02-10:32"];
        let chosen = choices.into_iter().find(|daily| clear(&weekly, daily));
        full.backup_window = chosen.map(str::to_string);
    }
}

/// What the server returns of a master password: whether RDS manages it.
pub(crate) fn seen_password(password: MasterPassword) -> MasterPassword {
    match password {
        MasterPassword::Rds { kms_key } => MasterPassword::Rds { kms_key },
        MasterPassword::Secret(_) | MasterPassword::Elsewhere => MasterPassword::Elsewhere,
    }
}

/// The instance behind a key, if it is in one of these states.
pub(crate) fn check_state(
    account: &Account,
    key: &Address,
    states: &[&str],
) -> Result<(), CallError> {
    let thing = account.get(key).ok_or_else(|| missing(Kind::DbInstance, &key.name))?;
    let lags = account.dues.iter().any(|due| due.key == *key && due.what == Happening::Begin);
    match states.contains(&thing.status.as_str()) && !lags {
        true => Ok(()),
        false => {
            let status = if lags { "modifying" } else { &thing.status };
            let text = format!("the instance {} is not in available state: {status}", key.name);
            Err(refuse("InvalidDBInstanceState", text))
        }
    }
}

/// Restarts an instance: the values of its parameter group take effect
/// (docs/aws/parameters.md#static-and-dynamic).
pub(crate) fn reboot(account: &mut Account, key: &Address) -> Result<(), CallError> {
    check_state(account, key, &["available", "storage-optimization", "incompatible-parameters"])?;
    let takes = if moves_its_log(account, key) { MOVING_THE_LOG } else { REBOOTING };
    account.interrupt(key, Disruption::Restart, takes);
    account.set_status(key, "rebooting");
    account.log(key, "rebooting");
    account.later(key, takes, Happening::Rebooted);
    Ok(())
}

/// Starts an instance (RDS API, StartDBInstance: InvalidDBInstanceState unless it is stopped).
pub(crate) fn start_again(account: &mut Account, key: &Address) -> Result<(), CallError> {
    check_state(account, key, &["stopped", "inaccessible-encryption-credentials-recoverable"])?;
    crate::deeds::started(account, key);
    Ok(())
}

/// Whether a restart brings a dedicated log volume or takes it away.
fn moves_its_log(account: &Account, key: &Address) -> bool {
    let waiting = account.get(key).and_then(|thing| thing.waiting());
    waiting.is_some_and(|waiting| waiting.fields.contains_key("dedicated_log_volume"))
}

/// The standby takes over (docs/aws/instances.md#failover).
pub(crate) fn failover(account: &mut Account, key: &Address) -> Result<String, CallError> {
    check_state(account, key, &["available"])?;
    let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) else {
        return Err(missing(key.kind, &key.name));
    };
    if database.zones.len() < 2 {
        return Err(bad_combination(format!("{} has no standby to fail over to", key.name)));
    }
    database.zones.swap(0, 1);
    let zones = database.zones.clone();
    let mut instance = account.instance(key).cloned().unwrap_or_default();
    instance.zone = zones.first().cloned();
    account.merge(key, &["zone"], &instance.into());
    account.set_status(key, "rebooting");
    let text = format!("failover from {} to {}", zones[1], zones[0]);
    account.log(key, &text);
    // A restart that way does not re-read static parameters on purpose: whoever waits for
    // them has to reboot without a failover (docs/aws/instances.md#parameter-group).
    account.later(key, FAILING_OVER, Happening::Become("available".into()));
    Ok(text)
}
