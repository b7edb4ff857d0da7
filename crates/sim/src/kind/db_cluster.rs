//! Multi-AZ DB clusters: one writer, two readers, three zones (docs/aws/clusters.md).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::catalog;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::catalog::Version;
use pgha_resource::kind;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::InsightsMode;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use super::db_instance::checks;
use super::db_instance::managed_secret;
use super::db_instance::seen_password;
use super::db_instance::set_password;
use super::db_instance::version;
use super::db_parameter_group;
use super::db_snapshot;
use super::db_subnet_group;
use super::secret;
use super::security_group;
use crate::account::Account;
use crate::account::Database;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::offers;
use crate::pending;
use crate::pending::Moment;
use crate::pending::Trigger;
use crate::refusal::bad_combination;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

const CREATING: Duration = Duration::from_secs(20 * 60);
const REBOOTING: Duration = Duration::from_secs(3 * 60);
const FAILING_OVER: Duration = Duration::from_secs(35);
const DELETING: Duration = Duration::from_secs(8 * 60);

/// Where there are none.
const NOT_IN: [&str; 6] = [
    "us-west-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "ap-southeast-6",
    "ap-east-2",
    "ap-southeast-7",
];

pub(crate) fn create(account: &mut Account, key: &Address, to: &DbCluster, tags: &Tags) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    let region = account.region(key);
    if NOT_IN.contains(&region.as_str()) {
        return Err(bad_combination(format!("there are no Multi-AZ DB clusters in {region}")));
    }
    let required = [
        (to.class.is_some(), "DBClusterInstanceClass"),
        (to.storage.is_some(), "AllocatedStorage"),
        (to.username.is_some(), "MasterUsername"),
        (to.password.is_some(), "MasterUserPassword or ManageMasterUserPassword"),
        (to.subnet_group.is_some(), "DBSubnetGroupName"),
    ];
    if let Some((_, member)) = required.iter().find(|(given, _)| !given) {
        return Err(bad_value(format!("{member} must be provided")));
    }
    if let Some(MasterPassword::Secret(Ref::Known(arn))) = &to.password {
        secret::check_there(account, arn)?;
    }
    let group = to.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let (vpc, zones) = db_subnet_group::find(account, key, group)?;
    if zones.len() < 3 {
        return Err(refuse(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "a Multi-AZ DB cluster needs a subnet group over three availability zones",
        ));
    }
    let cluster = filled(account, key, to)?;
    check(&cluster)?;
    surroundings(account, key, &cluster)?;
    checks::monitoring_role(account, cluster.monitoring_role.as_ref())?;
    let resource_id = account.new_resource_id("cluster", key);
    let managed = matches!(cluster.password, Some(MasterPassword::Rds { .. }));
    let master_secret = managed.then(|| managed_secret(account, key, &resource_id));
    let ids = Ids {
        arn: account.arn(key),
        resource_id: Some(resource_id),
        master_secret,
        ..Ids::default()
    };
    let ids = account.insert(key, cluster, "creating", tags, ids);
    if let Some(thing) = account.get_mut(key) {
        thing.database = Some(Database {
            zones: zones.into_iter().take(3).collect(),
            members: (1..=3).map(|n| format!("{}-instance-{n}", key.name)).collect(),
            vpc: vpc.id,
            ..Database::default()
        });
    }
    set_password(account, key, to.password.as_ref());
    db_parameter_group::load(account, key);
    account.later(key, CREATING, Happening::Become("available".into()));
    Ok(ids)
}

/// A new cluster with AWS's defaults in all fields nobody set.
fn filled(account: &Account, key: &Address, to: &DbCluster) -> Result<DbCluster, CallError> {
    let version = version::created(to.engine_version.as_ref())?;
    let group = to.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let (vpc, _) = db_subnet_group::find(account, key, group)?;
    let groups = security_group::members_groups(account, key, &vpc, to.security_groups.as_ref())?;
    let encrypted = to.encrypted.unwrap_or(to.kms_key.is_some());
    let own_key = || account.service_key(key, "rds");
    let insights = to.insights.unwrap_or(false);
    let parameters = || Ref::known(db_parameter_group::default_name(version.major));
    let window = |given: &Option<String>, or: &str| given.clone().or_else(|| Some(or.into()));
    Ok(DbCluster {
        engine_version: Some(EngineVersion::seen(version.to_string())),
        storage_type: Some(to.storage_type.clone().unwrap_or_else(|| "io1".into())),
        encrypted: Some(encrypted),
        kms_key: to.kms_key.clone().or_else(|| encrypted.then(own_key)),
        password: to.password.clone().map(seen_password),
        iam_auth: Some(to.iam_auth.unwrap_or(false)),
        port: Some(to.port.unwrap_or(5432)),
        security_groups: Some(groups),
        public: Some(to.public.unwrap_or(false)),
        parameter_group: Some(to.parameter_group.clone().unwrap_or_else(parameters)),
        backup_retention: Some(to.backup_retention.unwrap_or(1)),
        backup_window: window(&to.backup_window, "06:10-06:40"),
        maintenance_window: window(&to.maintenance_window, "wed:09:21-wed:09:51"),
        auto_minor_upgrade: Some(to.auto_minor_upgrade.unwrap_or(true)),
        extended_support: Some(to.extended_support.unwrap_or(true)),
        copy_tags: Some(to.copy_tags.unwrap_or(false)),
        deletion_protection: Some(to.deletion_protection.unwrap_or(false)),
        monitoring_interval: Some(to.monitoring_interval.unwrap_or(0)),
        insights: Some(insights),
        insights_retention: to.insights_retention.or(insights.then_some(7)),
        insights_kms_key: to.insights_kms_key.clone().or_else(|| insights.then(own_key)),
        insights_mode: Some(to.insights_mode.unwrap_or(InsightsMode::Standard)),
        log_exports: Some(to.log_exports.clone().unwrap_or_default()),
        // A gp3 volume reports its baseline.
        iops: match to.storage_type.as_deref() {
            Some("gp3") => Some(to.iops.unwrap_or(3000)),
            _ => to.iops,
        },
        ..to.clone()
    })
}

/// Whether a region has Multi-AZ DB clusters of a class.
pub(crate) fn takes(region: &Region, class: &str) -> bool {
    !NOT_IN.contains(&region.as_str()) && is_of_clusters(class)
}

fn is_of_clusters(class: &str) -> bool {
    let family = class.strip_prefix("db.").and_then(|rest| rest.split('.').next());
    offers::has_class(class) && family.is_some_and(|f| catalog::CLUSTER_FAMILIES.contains(&f))
}

/// What holds for a cluster as a whole.
fn check(cluster: &DbCluster) -> Result<(), CallError> {
    let class = cluster.class.as_deref().unwrap_or_default();
    if !is_of_clusters(class) {
        let text = format!("{class} is not supported for Multi-AZ DB clusters");
        return Err(bad_combination(text));
    }
    let (size, iops) = (cluster.storage.unwrap_or(0), cluster.iops);
    match cluster.storage_type.as_deref() {
        Some("gp3") if (20..=65_536).contains(&size) => {}
        Some("io1" | "io2") if (100..=65_536).contains(&size) => {
            let allowed =
                iops.is_some_and(|n| n >= 1000 && n.saturating_mul(2) >= size && n <= size * 50);
            if !allowed {
                return Err(bad_combination("Iops is 0.5 to 50 times the storage of a cluster"));
            }
        }
        other => {
            let other = other.unwrap_or_default();
            return Err(bad_combination(format!("{size} GiB of {other} are no cluster's storage")));
        }
    }
    if !(1..=35).contains(&cluster.backup_retention.unwrap_or(1)) {
        return Err(bad_value("the backup retention of a Multi-AZ DB cluster is 1 to 35 days"));
    }
    if cluster.port.is_some_and(|port| port < 1150) {
        return Err(bad_value("the port is 1150 to 65535"));
    }
    checks::master_and_database(cluster.username.as_deref(), cluster.database.as_deref())?;
    checks::windows(cluster.backup_window.as_deref(), cluster.maintenance_window.as_deref())?;
    checks::monitoring(cluster.monitoring_interval, cluster.monitoring_role.as_ref())?;
    checks::insights(cluster.insights, cluster.insights_retention, cluster.insights_mode)
}

fn surroundings(account: &Account, key: &Address, cluster: &DbCluster) -> Result<(), CallError> {
    let group = cluster.parameter_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let major = major(cluster);
    let kind = Kind::DbClusterParameterGroup;
    db_parameter_group::check_fits(account, key, kind, group, major)?;
    let subnets = cluster.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let (vpc, _) = db_subnet_group::find(account, key, subnets)?;
    security_group::members_groups(account, key, &vpc, cluster.security_groups.as_ref())?;
    checks::check_key(account, key, cluster.kms_key.as_deref())?;
    checks::check_key(account, key, cluster.insights_kms_key.as_deref())
}

/// What is off has neither a role nor a retention. The key of insights stays
/// (docs/aws/monitoring.md#insights-key).
pub(crate) fn tidy(cluster: &mut DbCluster) {
    tidy_unless(cluster, |_| false);
}

/// As [`tidy`], where what a call names is for the checks to refuse.
fn tidy_unless(cluster: &mut DbCluster, sent: impl Fn(&str) -> bool) {
    if cluster.monitoring_interval == Some(0) && !sent("monitoring_role") {
        cluster.monitoring_role = None;
    }
    if cluster.insights == Some(false) && !sent("insights_retention") {
        cluster.insights_retention = None;
    }
}

/// The key of Performance Insights after a change, which carries one without naming the field.
fn insights_key(
    account: &Account,
    key: &Address,
    change: &Change<'_>,
    live: &DbCluster,
    on: Option<bool>,
) -> Result<Option<String>, CallError> {
    let (Resource::DbCluster(from), Resource::DbCluster(to)) = (change.from, change.to) else {
        return Ok(live.insights_kms_key.clone());
    };
    let carried =
        kind::insights_key(from.insights_kms_key.as_deref(), to.insights_kms_key.as_deref());
    let (live, default) = (live.insights_kms_key.as_deref(), account.service_key(key, "rds"));
    checks::insights_change(&change.sent(), on, live, carried, default)
}

fn version_of(cluster: &DbCluster) -> Option<Version> {
    Version::parse(cluster.engine_version.as_ref()?.request())
}

fn major(cluster: &DbCluster) -> u32 {
    version_of(cluster).map(|version| version.major).unwrap_or_default()
}

/// When each attribute changes (docs/aws/clusters.md); the rest never does.
fn moment(field: &str) -> Option<Moment> {
    Some(match field {
        "storage" | "iops" | "storage_type" | "class" | "engine_version" | "backup_retention"
        | "iam_auth" => Moment::Window,
        "backup_window" | "security_groups" => Moment::Soon,
        "maintenance_window"
        | "deletion_protection"
        | "copy_tags"
        | "auto_minor_upgrade"
        | "parameter_group"
        | "monitoring_interval"
        | "monitoring_role"
        | "insights"
        | "insights_retention"
        | "insights_mode"
        | "log_exports"
        | "extended_support" => Moment::Now,
        _ => return None,
    })
}

pub(crate) fn modify(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    if change.operation != Operation::ModifyDBCluster {
        return Err(no_member(change.operation, "clusters"));
    }
    check_state(account, key)?;
    let sent = change.sent();
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    let (live, mut after) =
        (thing.resource.clone(), thing.overlaid(|_, trigger| trigger != Trigger::Boot));
    sent.iter().for_each(|field| after.copy_field(field, change.to));
    let (Resource::DbCluster(live), Resource::DbCluster(mut after)) = (live, after) else {
        return Ok(());
    };
    if let Some(database) = &thing.database {
        let backups = |of: &'_ DbCluster| (of.backup_retention, of.backup_window.clone());
        let (before, wanted) = (backups(&live), backups(&after));
        checks::aws_backup(
            database,
            (before.0, before.1.as_deref()),
            (wanted.0, wanted.1.as_deref()),
        )?;
    }
    let upgrades = check_version(&live, &mut after, &sent)?;
    let mut moments = Vec::new();
    for field in &sent {
        let moment = match *field {
            "password" => password_moment(account, &live, &after)?,
            "parameter_group" if upgrades => Moment::Window,
            other => moment(other).ok_or_else(|| no_member(change.operation, other))?,
        };
        moments.push((*field, moment));
    }
    if after.storage < live.storage {
        return Err(bad_combination("the storage of a cluster cannot shrink"));
    }
    after.insights_kms_key = insights_key(account, key, change, &live, after.insights)?;
    if after.insights == Some(true) && sent.contains(&"insights") {
        after.insights_retention.get_or_insert(7);
        moments.extend([("insights_retention", Moment::Now), ("insights_kms_key", Moment::Now)]);
    }
    tidy_unless(&mut after, |field| sent.contains(&field));
    check(&after)?;
    surroundings(account, key, &after)?;
    if sent.contains(&"monitoring_role") {
        checks::monitoring_role(account, after.monitoring_role.as_ref())?;
    }
    if sent.contains(&"password") {
        set_password(account, key, after.password.as_ref());
    }
    after.password = after.password.take().map(seen_password);
    remember_secret(account, key, &live, &after);
    let reassociated = moments.contains(&("parameter_group", Moment::Now));
    pending::accept(account, key, &moments, &after.into(), change.timing);
    if let Some(Resource::DbCluster(cluster)) = account.get_mut(key).map(|t| &mut t.resource) {
        tidy(cluster);
    }
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        database.reboot_needed |= reassociated;
    }
    Ok(())
}

/// Checks an upgrade; whether it leads to another major version.
fn check_version(
    live: &DbCluster,
    after: &mut DbCluster,
    sent: &[&str],
) -> Result<bool, CallError> {
    let asked = after.engine_version.clone().filter(|_| sent.contains(&"engine_version"));
    let Some((asked, from)) = asked.zip(version_of(live)) else { return Ok(false) };
    if Version::parse(asked.request()) == Some(from) {
        after.engine_version = Some(EngineVersion::seen(from.to_string()));
        return Ok(false);
    }
    let to = version::check_path(from, &asked)?;
    after.engine_version = Some(EngineVersion::seen(to.to_string()));
    let group = db_parameter_group::group_name(&after.parameter_group);
    if group == db_parameter_group::default_name(from.major) {
        after.parameter_group = Some(Ref::known(db_parameter_group::default_name(to.major)));
    }
    Ok(to.major != from.major)
}

fn password_moment(
    account: &Account,
    live: &DbCluster,
    after: &DbCluster,
) -> Result<Moment, CallError> {
    if let Some(MasterPassword::Secret(Ref::Known(arn))) = &after.password {
        secret::check_there(account, arn)?;
    }
    match (&live.password, &after.password) {
        (Some(MasterPassword::Rds { .. }), Some(MasterPassword::Rds { .. })) => {
            Err(bad_combination("the key of a managed secret cannot change"))
        }
        (Some(MasterPassword::Rds { .. }), _) | (_, Some(MasterPassword::Rds { .. })) => {
            Ok(Moment::Now)
        }
        _ => Ok(Moment::Soon),
    }
}

fn remember_secret(account: &mut Account, key: &Address, live: &DbCluster, after: &DbCluster) {
    if live.password == after.password {
        return;
    }
    let resource_id = account.get(key).and_then(|thing| thing.ids.resource_id.clone());
    let managed = matches!(after.password, Some(MasterPassword::Rds { .. }));
    let arn = managed
        .then(|| managed_secret(account, key, resource_id.as_deref().unwrap_or("cluster-0")));
    if let Some(thing) = account.get_mut(key) {
        thing.ids.master_secret = arn;
    }
}

/// The status while a set of changes is being made, and how long that takes.
pub(crate) fn work(from: &DbCluster, to: &DbCluster) -> (&'static str, Duration) {
    let minutes = |n: u64| Duration::from_secs(n * 60);
    let versions = version_of(from).zip(version_of(to)).filter(|(from, to)| from != to);
    match versions {
        Some((from, to)) if from.major == to.major => ("upgrading", minutes(20)),
        Some(_) => ("upgrading", minutes(30)),
        None if from.class != to.class => ("modifying", minutes(20)),
        None if from.storage != to.storage => ("modifying", minutes(10)),
        None => ("modifying", minutes(1)),
    }
}

/// What a set of changes does to connections (docs/aws/clusters.md).
pub(crate) fn cost(from: &DbCluster, to: &DbCluster) -> Disruption {
    match version_of(from).zip(version_of(to)).filter(|(from, to)| from != to) {
        // All members at once.
        Some((from, to)) if from.major != to.major => Disruption::Outage,
        // One by one, and then another one writes.
        Some(_) => Disruption::Failover,
        None if from.class != to.class => Disruption::Failover,
        None => Disruption::None,
    }
}

/// What landing brings about beyond the values themselves.
pub(crate) fn landed(account: &mut Account, key: &Address, before: &Resource, made: &[String]) {
    let Resource::DbCluster(before) = before else { return };
    let Some(after) = account.cluster(key).cloned() else { return };
    let default = Ref::known(db_parameter_group::default_name(major(before)));
    if major(before) != major(&after) {
        let mut next = after.clone();
        if next.parameter_group == Some(default) {
            next.parameter_group = Some(Ref::known(db_parameter_group::default_name(major(&next))));
            account.merge(key, &["parameter_group"], &next.into());
        } else if made.iter().any(|field| field == "parameter_group")
            && let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut())
        {
            database.reboot_needed = true;
        }
    }
    // Members change one by one and the writer last: another one writes from then on.
    if (before.class != after.class || before.engine_version != after.engine_version)
        && let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut())
    {
        switch_writer(database);
    }
}

fn switch_writer(database: &mut Database) {
    if database.members.len() > 1 && database.zones.len() > 1 {
        database.members.rotate_left(1);
        database.zones.rotate_left(1);
    }
}

fn check_state(account: &Account, key: &Address) -> Result<(), CallError> {
    let thing = account.get(key).ok_or_else(|| missing(Kind::DbCluster, &key.name))?;
    let lags = account.dues.iter().any(|due| due.key == *key && due.what == Happening::Begin);
    match thing.status.as_str() {
        "available" if !lags => Ok(()),
        status => Err(refuse(
            "InvalidDBClusterStateFault",
            format!("the cluster {} is not in available state: {status}", key.name),
        )),
    }
}

/// Restarts a cluster, without a failover (docs/aws/clusters.md#reboots).
pub(crate) fn reboot(account: &mut Account, key: &Address) -> Result<(), CallError> {
    check_state(account, key)?;
    account.interrupt(key, Disruption::Restart, REBOOTING);
    account.set_status(key, "rebooting");
    account.log(key, "rebooting");
    account.later(key, REBOOTING, Happening::Rebooted);
    Ok(())
}

/// A reader becomes the writer.
pub(crate) fn failover(account: &mut Account, key: &Address) -> Result<String, CallError> {
    check_state(account, key)?;
    let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) else {
        return Err(missing(key.kind, &key.name));
    };
    let before = database.members.first().cloned().unwrap_or_default();
    switch_writer(database);
    let after = database.members.first().cloned().unwrap_or_default();
    let text = format!("failover from {before} to {after}");
    account.set_status(key, "failing-over");
    account.log(key, &text);
    account.later(key, FAILING_OVER, Happening::Become("available".into()));
    Ok(text)
}

pub(crate) fn delete(
    account: &mut Account,
    key: &Address,
    final_snapshot: Option<&str>,
) -> Result<(), CallError> {
    check_state(account, key)?;
    let Some((thing, cluster)) = account.get(key).zip(account.cluster(key)) else {
        return Err(missing(key.kind, &key.name));
    };
    if cluster.deletion_protection == Some(true) {
        return Err(bad_combination(
            "Cannot delete protected Cluster, please disable deletion protection and try again.",
        ));
    }
    let tags = match cluster.copy_tags {
        Some(true) => thing.tags.clone(),
        _ => Tags::new(),
    };
    if let Some(name) = final_snapshot {
        let snapshot = account.beside(key, Kind::DbClusterSnapshot, name);
        db_snapshot::take(account, &snapshot, &key.name, &tags)?;
    }
    let_go(account, key);
    Ok(())
}

/// Lets a cluster go, whatever protects it.
pub(crate) fn let_go(account: &mut Account, key: &Address) {
    account.cancel(key);
    account.set_status(key, "deleting");
    account.log(key, "deleting");
    account.later(key, DELETING, Happening::Gone);
}
