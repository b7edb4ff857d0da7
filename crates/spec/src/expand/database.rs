//! The primary instance or the Multi-AZ DB cluster, and the copy of its backups.

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Region;
use pgha_resource::kind::BackupReplication;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;

use super::Build;
use super::Placed;
use super::arn_of;
use super::credentials;
use super::monitoring;
use super::name_of;
use super::network;
use super::parameters;
use crate::effective::Monitored;
use crate::effective::Volume;
use crate::section::Spec;
use crate::section::backup::Backup;
use crate::section::cluster::Topology;
use crate::section::monitoring::Monitoring;
use crate::section::network::NetworkType;
use crate::section::storage::Storage;
use crate::spanned::Sp;
use crate::spanned::or;

pub(super) fn expand(build: &mut Build<'_>) {
    match build.spec.is_cluster() {
        true => cluster(build),
        false => primary(build),
    }
    backup_replication(build);
}

/// The words of `[network]` that AWS knows for a network type.
pub(super) fn network_type(spec: &Spec) -> Option<String> {
    let network_type = spec.network.as_ref()?.network_type.as_ref()?;
    Some(match **network_type {
        NetworkType::Ipv4 => "IPV4".into(),
        NetworkType::Dual => "DUAL".into(),
    })
}

/// Whether databases have public addresses.
pub(super) fn public(spec: &Spec) -> bool {
    spec.network.as_ref().is_some_and(|network| or(&network.public, false))
}

/// Whether snapshots get the database's tags.
pub(super) fn copy_tags(spec: &Spec) -> bool {
    spec.backup.as_ref().is_none_or(|backup| or(&backup.copy_tags, true))
}

/// Whether AWS installs minor versions by itself.
pub(super) fn auto_minor(spec: &Spec) -> bool {
    spec.maintenance.as_ref().is_none_or(|maintenance| or(&maintenance.auto_minor, true))
}

fn kms_key(spec: &Spec) -> Option<String> {
    Some(spec.storage.as_ref()?.kms_key.as_ref()?.to_string())
}

fn protected(spec: &Spec) -> bool {
    or(&spec.cluster.deletion_protection, true)
}

fn primary(build: &mut Build<'_>) {
    let spec = build.spec;
    let volume = Volume::of(&spec.storage);
    let monitored = spec.monitoring(None);
    let (insights, mode, retention) = monitoring::insights(&monitored);
    let instance = DbInstance {
        source: None,
        engine_version: spec.version(),
        class: Some(spec.engine.class.to_string()),
        multi_az: Some(spec.topology() == Topology::MultiAzInstance),
        zone: None,
        storage: Some(volume.size),
        max_storage: Some(volume.max_size),
        storage_type: Some(volume.kind.as_str().into()),
        iops: volume.iops.filter(|_| !volume.is_fixed()),
        throughput: volume.throughput.filter(|_| !volume.is_fixed()),
        dedicated_log_volume: Some(volume.dedicated_log_volume),
        encrypted: Some(spec.encrypted()),
        kms_key: kms_key(spec),
        database: spec.engine.database.as_ref().map(|name| name.to_string()),
        username: Some(spec.username().into()),
        password: credentials::password(build),
        iam_auth: Some(spec.iam_auth()),
        port: Some(spec.port()),
        subnet_group: Some(name_of(&network::subnet_group_address(build, &build.home))),
        security_groups: Some(network::database_groups(build, &build.home)),
        public: Some(public(spec)),
        network_type: network_type(spec),
        ca_certificate: spec.engine.ca_certificate.as_ref().map(|name| name.to_string()),
        parameter_group: Some(name_of(&parameters::primary_group(build))),
        backup_retention: (!spec.leaves_backups()).then(|| spec.retention()),
        backup_window: spec.backup_window().map(|window| window.to_string()),
        maintenance_window: Some(spec.window().to_string()),
        auto_minor_upgrade: Some(auto_minor(spec)),
        extended_support: spec.engine.lifecycle_support.as_ref().map(|on| **on),
        copy_tags: Some(copy_tags(spec)),
        deletion_protection: Some(protected(spec)),
        monitoring_interval: Some(monitored.interval),
        monitoring_role: monitoring::role(build, &monitored),
        insights: Some(insights),
        insights_retention: retention,
        insights_kms_key: monitored.home_key.clone().filter(|_| insights),
        insights_mode: Some(mode),
        log_exports: Some(monitored.logs),
    };
    let address = build.primary();
    let placed = build.add(address, spec.cluster.span(), instance);
    let placed = placed.from("multi_az", &spec.cluster.topology).from("storage", &size(spec));
    origins(spec, placed);
}

fn size(spec: &Spec) -> crate::spanned::Maybe<crate::quantity::Gib> {
    spec.storage.as_ref().and_then(|storage| storage.size.clone())
}

fn cluster(build: &mut Build<'_>) {
    let spec = build.spec;
    let volume = Volume::of(&spec.storage);
    let monitored = spec.monitoring(None);
    let (insights, mode, retention) = monitoring::insights(&monitored);
    let cluster = DbCluster {
        engine_version: spec.version(),
        class: Some(spec.engine.class.to_string()),
        storage: Some(volume.size),
        storage_type: Some(volume.kind.as_str().into()),
        iops: volume.cluster_iops(),
        encrypted: Some(spec.encrypted()),
        kms_key: kms_key(spec),
        database: spec.engine.database.as_ref().map(|name| name.to_string()),
        username: Some(spec.username().into()),
        password: credentials::password(build),
        iam_auth: spec.engine.iam_auth.as_ref().map(|on| **on),
        port: Some(spec.port()),
        subnet_group: Some(name_of(&network::subnet_group_address(build, &build.home))),
        security_groups: Some(network::database_groups(build, &build.home)),
        public: Some(public(spec)),
        parameter_group: Some(name_of(&parameters::cluster_group(build))),
        backup_retention: (!spec.leaves_backups()).then(|| spec.retention()),
        backup_window: spec.backup_window().map(|window| window.to_string()),
        maintenance_window: Some(spec.window().to_string()),
        auto_minor_upgrade: Some(auto_minor(spec)),
        extended_support: spec.engine.lifecycle_support.as_ref().map(|on| **on),
        copy_tags: Some(copy_tags(spec)),
        deletion_protection: Some(protected(spec)),
        monitoring_interval: Some(monitored.interval),
        monitoring_role: monitoring::role(build, &monitored),
        insights: Some(insights),
        insights_retention: retention,
        insights_kms_key: monitored.home_key.clone().filter(|_| insights),
        insights_mode: Some(mode),
        log_exports: Some(monitored.logs),
    };
    let address = build.primary();
    origins(spec, build.add(address, spec.cluster.span(), cluster));
}

/// Which key each field comes from, falling back to the section's header.
fn origins(spec: &Spec, placed: Placed<'_>) {
    let engine = &spec.engine;
    let placed = placed
        .from("engine_version", &engine.version)
        .from("class", &engine.class)
        .from("database", &engine.database)
        .from("iam_auth", &engine.iam_auth)
        .from("port", &engine.port)
        .from("ca_certificate", &engine.ca_certificate)
        .from("extended_support", &engine.lifecycle_support)
        .from("deletion_protection", &spec.cluster.deletion_protection);
    let placed = storage_origins(spec.storage.as_ref(), placed);
    let placed = backup_origins(spec.backup.as_ref(), placed);
    let placed = monitoring_origins(spec.monitoring.as_ref(), placed);
    let placed = network_origins(spec, placed);
    let placed = match &spec.maintenance {
        None => placed,
        Some(section) => placed
            .at("maintenance_window", Some(section.span()))
            .from("maintenance_window", &section.window)
            .at("auto_minor_upgrade", Some(section.span()))
            .from("auto_minor_upgrade", &section.auto_minor),
    };
    if let Some(section) = &spec.credentials {
        placed
            .at("username", Some(section.span()))
            .from("username", &section.username)
            .at("password", Some(section.span()))
            .from("password", &section.manage);
    }
}

fn storage_origins<'b>(storage: Option<&Sp<Storage>>, placed: Placed<'b>) -> Placed<'b> {
    let Some(section) = storage else { return placed };
    let fields = ["storage", "max_storage", "storage_type", "encrypted", "kms_key"];
    fields
        .into_iter()
        .fold(placed, |placed, field| placed.at(field, Some(section.span())))
        .from("storage", &section.size)
        .from("max_storage", &section.max_size)
        .from("storage_type", &section.kind)
        .from("iops", &section.iops)
        .from("throughput", &section.throughput)
        .from("dedicated_log_volume", &section.dedicated_log_volume)
        .from("encrypted", &section.encrypted)
        .from("kms_key", &section.kms_key)
}

fn backup_origins<'b>(backup: Option<&Sp<Backup>>, placed: Placed<'b>) -> Placed<'b> {
    let Some(section) = backup else { return placed };
    ["backup_retention", "backup_window", "copy_tags"]
        .into_iter()
        .fold(placed, |placed, field| placed.at(field, Some(section.span())))
        .from("backup_retention", &section.retention)
        .from("backup_window", &section.window)
        .from("copy_tags", &section.copy_tags)
}

fn network_origins<'b>(spec: &Spec, placed: Placed<'b>) -> Placed<'b> {
    let Some(section) = &spec.network else { return placed };
    placed
        .at("subnet_group", Some(section.span()))
        .from("subnet_group", &section.subnets)
        .at("security_groups", Some(section.span()))
        .from("security_groups", &section.extra_security_groups)
        .from("public", &section.public)
        .from("network_type", &section.network_type)
}

/// The fields that come from a `[monitoring]` section or a replica's.
pub(super) fn monitoring_origins<'b>(
    section: Option<&Sp<Monitoring>>,
    placed: Placed<'b>,
) -> Placed<'b> {
    let Some(section) = section else { return placed };
    let placed = ["monitoring_interval", "monitoring_role", "log_exports"]
        .into_iter()
        .fold(placed, |placed, field| placed.at(field, Some(section.span())))
        .from("monitoring_interval", &section.interval)
        .from("log_exports", &section.log_exports);
    let Some(insights) = &section.insights else { return placed };
    ["insights", "insights_mode", "insights_retention"]
        .into_iter()
        .fold(placed, |placed, field| placed.at(field, Some(insights.span())))
        .from("insights", &insights.mode)
        .from("insights_mode", &insights.mode)
        .from("insights_retention", &insights.retention)
        .from("insights_kms_key", &insights.kms_key)
}

/// The key of a replica's insights: its own, or the home region's in the home region.
pub(super) fn replica_insights_key(of: &Monitored, at_home: bool) -> Option<String> {
    of.own_key.clone().or_else(|| of.home_key.clone().filter(|_| at_home))
}

/// The name of a backup replication is that of the instance (docs/aws/backups.md#replication-seen).
fn backup_replication(build: &mut Build<'_>) {
    let spec = build.spec;
    let Some(to) = spec.backup.as_ref().and_then(|backup| backup.replicate_to.as_ref()) else {
        return;
    };
    let primary = build.primary();
    let region = Region::new(to.region.as_str());
    let replication = BackupReplication {
        source: Some(arn_of(&primary)),
        retention: Some(to.retention.as_ref().map_or_else(|| spec.retention(), |days| days.0)),
        kms_key: to.kms_key.as_ref().map(|key| key.to_string()),
    };
    let name = primary.name.clone();
    let address = Address::within(Kind::BackupReplication, name, &region, &build.home);
    let retention = spec.backup.as_ref().and_then(|backup| backup.retention.clone());
    build
        .add(address, to.span(), replication)
        .from("retention", &retention)
        .from("retention", &to.retention)
        .from("kms_key", &to.kms_key);
}
