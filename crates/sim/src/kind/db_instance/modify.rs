//! ModifyDBInstance: when each attribute changes and for how long that keeps the instance
//! busy (docs/aws/instances.md).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::catalog::Version;
use pgha_resource::kind;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::MasterPassword;

use super::check_state;
use super::checks;
use super::fill_insights;
use super::managed_secret;
use super::replica;
use super::seen_password;
use super::storage;
use super::tidy;
use super::tidy_unless;
use super::version;
use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::kind::db_parameter_group;
use crate::kind::db_subnet_group;
use crate::kind::secret;
use crate::pending;
use crate::pending::Moment;
use crate::pending::Trigger;
use crate::refusal::bad_combination;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::timeline::Happening;

/// How long statuses of small changes last.
const CONFIGURING: Duration = Duration::from_secs(60);
const SMALL: Duration = Duration::from_secs(30);

pub(crate) fn modify(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    if change.operation != Operation::ModifyDBInstance {
        return Err(no_member(change.operation, "instances"));
    }
    check_state(
        account,
        key,
        &["available", "storage-optimization", "storage-full", "incompatible-parameters"],
    )?;
    let sent = change.sent();
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    let live = thing.resource.clone();
    let mut after = thing.overlaid(|_, trigger| trigger != Trigger::Boot);
    sent.iter().for_each(|field| after.copy_field(field, change.to));
    let (Resource::DbInstance(live), Resource::DbInstance(mut after)) = (live, after) else {
        return Ok(());
    };
    let upgrade = check_version(account, key, &live, &mut after, &sent, change.timing)?;
    check_fields(account, key, &live, &mut after, &sent)?;
    after.insights_kms_key = insights_key(account, key, change, &live, after.insights)?;
    let moments = moments(&live, &after, &sent, upgrade)?;
    checks::settings(&after)?;
    // What AWS Backup chose may overlap, which is nobody's business until a window is sent.
    if sent.contains(&"backup_window") || sent.contains(&"maintenance_window") {
        checks::windows(after.backup_window.as_deref(), after.maintenance_window.as_deref())?;
    }
    checks::surroundings(account, key, &after)?;
    if sent.contains(&"monitoring_role") {
        checks::monitoring_role(account, after.monitoring_role.as_ref())?;
    }
    manage_password(account, key, &live, &mut after, &sent)?;
    fill_insights(account, key, &mut after);
    let reassociated = moments.contains(&("parameter_group", Moment::Now));
    pending::accept(account, key, &moments, &after.into(), change.timing);
    side_effects(account, key, &sent, reassociated);
    Ok(())
}

/// The key of Performance Insights after a change, which carries one without naming the field.
fn insights_key(
    account: &Account,
    key: &Address,
    change: &Change<'_>,
    live: &DbInstance,
    on: Option<bool>,
) -> Result<Option<String>, CallError> {
    let (Resource::DbInstance(from), Resource::DbInstance(to)) = (change.from, change.to) else {
        return Ok(live.insights_kms_key.clone());
    };
    let carried =
        kind::insights_key(from.insights_kms_key.as_deref(), to.insights_kms_key.as_deref());
    let (live, default) = (live.insights_kms_key.as_deref(), account.service_key(key, "rds"));
    checks::insights_change(&change.sent(), on, live, carried, default)
}

/// When each of the sent fields changes; the ones that never do are refused.
fn moments(
    live: &DbInstance,
    after: &DbInstance,
    sent: &[&'static str],
    upgrade: Option<Version>,
) -> Result<Vec<(&'static str, Moment)>, CallError> {
    let mut moments = Vec::new();
    for field in sent {
        let moment =
            match *field {
                "class" | "engine_version" | "multi_az" | "storage" | "storage_type" | "iops"
                | "throughput" | "iam_auth" | "subnet_group" | "network_type"
                | "ca_certificate" => Moment::Window,
                // From or to zero means an outage; any other number is just another number.
                "backup_retention" => {
                    match live.backup_retention == Some(0) || after.backup_retention == Some(0) {
                        true => Moment::Window,
                        false => Moment::Soon,
                    }
                }
                "backup_window" | "security_groups" => Moment::Soon,
                "password" => match (&live.password, &after.password) {
                    (Some(MasterPassword::Rds { .. }), _)
                    | (_, Some(MasterPassword::Rds { .. })) => Moment::Now,
                    _ => Moment::Soon,
                },
                "dedicated_log_volume" => Moment::Boot,
                // The group of a new family comes with the major version that needs it.
                "parameter_group" if upgrade.is_some() => Moment::Window,
                "parameter_group"
                | "max_storage"
                | "port"
                | "public"
                | "maintenance_window"
                | "auto_minor_upgrade"
                | "extended_support"
                | "copy_tags"
                | "deletion_protection"
                | "monitoring_interval"
                | "monitoring_role"
                | "insights"
                | "insights_retention"
                | "insights_mode"
                | "log_exports" => Moment::Now,
                other => return Err(no_member(Operation::ModifyDBInstance, other)),
            };
        moments.push((*field, moment));
    }
    // Another shape of volume brings its own speed along.
    for field in ["iops", "throughput"] {
        if storage::shape(live) != storage::shape(after) && !sent.contains(&field) {
            moments.push((field, Moment::Window));
        }
    }
    // Turning insights on brings the fields along that the server picks.
    if sent.contains(&"insights") {
        for field in ["insights_retention", "insights_kms_key", "insights_mode"] {
            if !sent.contains(&field) {
                moments.push((field, Moment::Now));
            }
        }
    }
    Ok(moments)
}

/// Checks an upgrade; the major version it leads to, if it leads to another.
fn check_version(
    account: &Account,
    key: &Address,
    live: &DbInstance,
    after: &mut DbInstance,
    sent: &[&str],
    timing: Timing,
) -> Result<Option<Version>, CallError> {
    let asked = after.engine_version.clone().filter(|_| sent.contains(&"engine_version"));
    let Some((asked, from)) = asked.zip(version::of(live)) else { return Ok(None) };
    // Asking for the version at hand cancels a queued upgrade (docs/aws/instances.md#cancelling).
    if Version::parse(asked.request()) == Some(from) {
        after.engine_version = Some(EngineVersion::seen(from.to_string()));
        return Ok(None);
    }
    let to = version::check_path(from, &asked)?;
    let replicas_may_wait = timing == Timing::InWindow;
    version::check_order(account, key, from, to, replicas_may_wait)?;
    after.engine_version = Some(EngineVersion::seen(to.to_string()));
    if to.major == from.major {
        return Ok(None);
    }
    let group = db_parameter_group::group_name(&after.parameter_group);
    if group == db_parameter_group::default_name(from.major) {
        after.parameter_group = Some(Ref::known(db_parameter_group::default_name(to.major)));
    }
    Ok(Some(to))
}

/// Rules that look at single fields before and after.
fn check_fields(
    account: &Account,
    key: &Address,
    live: &DbInstance,
    after: &mut DbInstance,
    sent: &[&str],
) -> Result<(), CallError> {
    let backups = |of: &DbInstance| (of.backup_retention, of.backup_window.clone());
    let (before, wanted) = (backups(live), backups(after));
    if let Some(database) = account.get(key).and_then(|thing| thing.database.as_ref()) {
        let (before, wanted) = ((before.0, before.1.as_deref()), (wanted.0, wanted.1.as_deref()));
        checks::aws_backup(database, before, wanted)?;
    }
    let touches_storage = sent.iter().any(|field| storage::FIELDS.contains(field));
    if touches_storage {
        let database = account.get(key).and_then(|thing| thing.database.clone());
        let database = database.unwrap_or_default();
        storage::check_change(&database, account.now, live, after)?;
        storage::check_sent(after, |field| sent.contains(&field))?;
        storage::check_resize(after, sent)?;
        // A volume of another shape has that shape's own speed.
        if storage::shape(live) != storage::shape(after) {
            after.iops = after.iops.filter(|_| sent.contains(&"iops"));
            after.throughput = after.throughput.filter(|_| sent.contains(&"throughput"));
            storage::fill(after);
        }
    }
    let has_replicas = !replica::replicas(account, key).is_empty();
    if sent.contains(&"backup_retention") && after.backup_retention == Some(0) && has_replicas {
        return Err(bad_combination("backups cannot be turned off while there are read replicas"));
    }
    if sent.contains(&"subnet_group") {
        check_move(account, key, live, after)?;
    }
    tidy_unless(after, |field| sent.contains(&field));
    Ok(())
}

/// A subnet group of the same VPC is no place to move to.
fn check_move(
    account: &Account,
    key: &Address,
    live: &DbInstance,
    after: &DbInstance,
) -> Result<(), CallError> {
    let vpc = |instance: &DbInstance| {
        let name = instance.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
        db_subnet_group::find(account, key, name).map(|(vpc, _)| vpc.id)
    };
    match vpc(live)? == vpc(after)? {
        true => Err(refuse(
            "InvalidVPCNetworkStateFault",
            "the specified DB subnet group and the instance are in the same VPC",
        )),
        false => Ok(()),
    }
}

/// Turns RDS's own management of the password on or off, or sets a new password.
fn manage_password(
    account: &mut Account,
    key: &Address,
    live: &DbInstance,
    after: &mut DbInstance,
    sent: &[&str],
) -> Result<(), CallError> {
    if !sent.contains(&"password") {
        return Ok(());
    }
    if live.source.is_some() {
        return Err(bad_combination("the master password of a read replica is its source's"));
    }
    if let Some(MasterPassword::Secret(Ref::Known(arn))) = &after.password {
        secret::check_there(account, arn)?;
    }
    let managed =
        |instance: &DbInstance| matches!(instance.password, Some(MasterPassword::Rds { .. }));
    if managed(live) && managed(after) {
        return Err(bad_combination("the key of a managed secret cannot change"));
    }
    if managed(after) && !replica::replicas(account, key).is_empty() {
        return Err(bad_combination(
            "ManageMasterUserPassword is not supported for an instance with read replicas",
        ));
    }
    super::set_password(account, key, after.password.as_ref());
    after.password = after.password.take().map(seen_password);
    let resource_id = account.get(key).and_then(|thing| thing.ids.resource_id.clone());
    let arn = managed(after)
        .then(|| managed_secret(account, key, resource_id.as_deref().unwrap_or_default()));
    if let Some(thing) = account.get_mut(key) {
        thing.ids.master_secret = arn;
    }
    Ok(())
}

/// What a change of fields brings about at once.
fn side_effects(account: &mut Account, key: &Address, sent: &[&str], reassociated: bool) {
    if reassociated {
        // Static and dynamic values alike wait for a reboot
        // (docs/aws/instances.md#parameter-group).
        if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
            database.reboot_needed = true;
        }
        // What changed in the group before concerns it no more.
        account.dues.retain(|due| due.key != *key || due.what != Happening::Notice);
    }
    if let Some(Resource::DbInstance(instance)) = account.get_mut(key).map(|t| &mut t.resource) {
        tidy(instance);
    }
    let status = if sent.contains(&"port") {
        // There is no way to put this reboot off.
        Some(("rebooting", super::REBOOTING))
    } else if sent.contains(&"log_exports") {
        Some(("configuring-log-exports", CONFIGURING))
    } else if sent.contains(&"monitoring_interval") || sent.contains(&"monitoring_role") {
        Some(("configuring-enhanced-monitoring", CONFIGURING))
    } else {
        None
    };
    let lags = account.dues.iter().any(|due| due.key == *key && due.what == Happening::Begin);
    let restarts = sent.contains(&"port");
    if lags {
        // It is one piece of work with what else the call changes, and shows together with it.
        if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
            database.restarts = restarts;
        }
        return;
    }
    if restarts {
        account.interrupt(key, Disruption::Restart, super::REBOOTING);
    }
    if let Some((status, takes)) = status {
        account.set_status(key, status);
        account.log(key, status);
        account.later(key, takes, Happening::Become("available".into()));
    }
}

/// The status while a set of changes is being made, and how long that takes.
pub(crate) fn work(from: &DbInstance, to: &DbInstance) -> (&'static str, Duration) {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let mut longest = SMALL;
    let mut status = "modifying";
    let mut takes = |differs: bool, time: Duration| {
        if differs {
            longest = longest.max(time);
        }
    };
    takes(from.class != to.class, minutes(12));
    takes(from.multi_az != to.multi_az, minutes(10));
    takes(from.iam_auth != to.iam_auth, minutes(1));
    takes(from.backup_retention != to.backup_retention, minutes(3));
    takes(from.subnet_group != to.subnet_group, minutes(20));
    takes(from.ca_certificate != to.ca_certificate, minutes(1));
    let resized = from.storage != to.storage
        || from.storage_type != to.storage_type
        || from.iops != to.iops
        || from.throughput != to.throughput;
    takes(resized, storage::takes(from, to));
    if let Some((from, to)) = version::of(from).zip(version::of(to)).filter(|(f, t)| f != t) {
        takes(true, if from.major == to.major { minutes(8) } else { minutes(25) });
        status = "upgrading";
    }
    (status, longest)
}

/// What a set of changes does to connections (docs/aws/instances.md).
pub(crate) fn cost(from: &DbInstance, to: &DbInstance) -> Disruption {
    let turns_backups = from.backup_retention != to.backup_retention
        && (from.backup_retention == Some(0) || to.backup_retention == Some(0));
    let stops = version::of(from) != version::of(to)
        || turns_backups
        || from.subnet_group != to.subnet_group
        || from.network_type != to.network_type;
    match (stops, from.class != to.class, from.multi_az) {
        (true, ..) => Disruption::Outage,
        // The standby gets the new class first and takes over.
        (false, true, Some(true)) => Disruption::Failover,
        (false, true, _) => Disruption::Outage,
        (false, false, _) => Disruption::None,
    }
}

/// What landing brings about beyond the values themselves.
pub(crate) fn landed(account: &mut Account, key: &Address, before: &Resource, made: &[String]) {
    let made = |field: &str| made.iter().any(|name| name == field);
    let Resource::DbInstance(before) = before else { return };
    let Some(after) = account.instance(key).cloned() else { return };
    if before.multi_az != after.multi_az {
        set_zones(account, key, &after);
    }
    if made("subnet_group") {
        let name = after.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
        let vpc = db_subnet_group::find(account, key, name).map(|(vpc, _)| vpc.id);
        let database = account.get_mut(key).and_then(|thing| thing.database.as_mut());
        if let (Some(database), Ok(vpc)) = (database, vpc) {
            database.vpc = vpc;
        }
    }
    let versions = version::of(before).zip(version::of(&after));
    if let Some((_, to)) = versions.filter(|(from, to)| to.major > from.major) {
        take_new_family(account, key, to);
        version::upgraded(account, key, to);
    }
    let resized = before.storage != after.storage
        || before.storage_type != after.storage_type
        || before.iops != after.iops
        || before.throughput != after.throughput;
    if resized {
        storage::spread_out(account, key, before.storage.unwrap_or(0));
        storage::landed(account, key);
    }
}

/// A default group follows the major version; a group of one's own waits for a reboot.
fn take_new_family(account: &mut Account, key: &Address, to: Version) {
    let Some(mut instance) = account.instance(key).cloned() else { return };
    let group = db_parameter_group::group_name(&instance.parameter_group);
    let kind = Kind::DbParameterGroup;
    if db_parameter_group::check_fits(account, key, kind, &group, to.major).is_err() {
        instance.parameter_group = Some(Ref::known(db_parameter_group::default_name(to.major)));
        account.merge(key, &["parameter_group"], &instance.into());
        db_parameter_group::load(account, key);
    } else if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        database.reboot_needed = true;
    }
}

fn set_zones(account: &mut Account, key: &Address, after: &DbInstance) {
    let name = after.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let covered = db_subnet_group::find(account, key, name).map(|(_, zones)| zones);
    let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) else {
        return;
    };
    database.zones.truncate(1);
    if let (Some(true), Ok(covered)) = (after.multi_az, covered) {
        let active = database.zones.first().cloned();
        database.zones.extend(covered.into_iter().find(|zone| Some(zone) != active.as_ref()));
    }
}
