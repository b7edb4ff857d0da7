//! `[[replica]]` to read replicas.
//!
//! AWS inherits less than one thinks (docs/aws/replicas.md#inherited), so everything that can be
//! said is said. What a replica cannot be told stays unset: the master user, the first database,
//! encryption, and in its source's region the subnet group.

use std::ops::Range;

use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::kind::DbInstance;

use super::Build;
use super::Placed;
use super::arn_of;
use super::database;
use super::monitoring;
use super::name_of;
use super::network;
use super::parameters;
use crate::effective::Volume;
use crate::section::Spec;
use crate::section::replica::Replica;
use crate::spanned::Place;
use crate::spanned::Sp;
use crate::spanned::or;

/// Days of backups of a replica that others replicate from: the least that makes it a
/// possible source (docs/aws/replicas.md#backups-of-the-source).
const SOURCE_RETENTION: u32 = 1;

pub(super) fn expand(build: &mut Build<'_>) {
    for (index, replica) in build.spec.replica.iter().enumerate() {
        instance(build, index, replica);
    }
}

/// The region of a replica's source.
fn source_region(build: &Build<'_>, replica: &Replica) -> Region {
    match build.spec.source_of(replica) {
        Some(source) => build.spec.region_of(source),
        None => build.home.clone(),
    }
}

/// A name in the source's region, an ARN elsewhere (docs/aws/replicas.md#names-and-arns).
fn source(build: &Build<'_>, replica: &Replica) -> Ref {
    let address = match build.spec.source_of(replica) {
        Some(source) => {
            build.address(Kind::DbInstance, &source.name, &build.spec.region_of(source))
        }
        None => build.primary(),
    };
    match source_region(build, replica) == build.spec.region_of(replica) {
        true => name_of(&address),
        false => arn_of(&address),
    }
}

/// The volume: the replica's own words, then the primary's. The size is left to AWS, which
/// takes the source's as it has grown by then, unless IOPS are provisioned: these need it.
fn volume(build: &Build<'_>, replica: &Replica) -> (Option<u32>, Volume) {
    let volume = build.spec.replica_volume(replica);
    let written = replica.storage.as_ref().and_then(|own| own.size.as_ref()).map(|size| size.0);
    (written.or(volume.kind.is_provisioned().then_some(volume.size)), volume)
}

fn backup_retention(build: &Build<'_>, replica: &Replica) -> Option<u32> {
    let default = build.spec.is_source(replica).then_some(SOURCE_RETENTION);
    replica.backup_retention.as_ref().map(|days| days.0).or(default)
}

fn instance(build: &mut Build<'_>, index: usize, replica: &Sp<Replica>) {
    let spec = build.spec;
    let region = spec.region_of(replica);
    let away = source_region(build, replica) != region;
    let (size, volume) = volume(build, replica);
    let monitored = spec.monitoring(replica.monitoring.as_deref());
    let (insights, mode, retention) = monitoring::insights(&monitored);
    let insights_key = database::replica_insights_key(&monitored, region == build.home);
    let subnet_group = network::subnet_group_address(build, &region);
    let resource = DbInstance {
        source: Some(source(build, replica)),
        engine_version: spec.version(),
        class: Some(spec.replica_class(replica).into()),
        multi_az: Some(or(&replica.multi_az, false)),
        zone: replica.zone.as_ref().map(|zone| zone.to_string()),
        storage: size,
        max_storage: Some(volume.max_size),
        storage_type: Some(volume.kind.as_str().into()),
        iops: volume.iops.filter(|_| !volume.is_fixed()),
        throughput: volume.throughput.filter(|_| !volume.is_fixed()),
        dedicated_log_volume: Some(volume.dedicated_log_volume),
        encrypted: None,
        kms_key: replica.kms_key.as_ref().map(|key| key.to_string()),
        database: None,
        username: None,
        password: None,
        iam_auth: Some(or(&replica.iam_auth, spec.iam_auth())),
        port: Some(spec.port()),
        subnet_group: away.then(|| name_of(&subnet_group)),
        security_groups: Some(network::replica_groups(build, replica)),
        public: Some(or(&replica.public, database::public(spec))),
        network_type: database::network_type(spec),
        ca_certificate: spec.engine.ca_certificate.as_ref().map(|name| name.to_string()),
        parameter_group: Some(name_of(&parameters::replica_group(build, replica))),
        backup_retention: backup_retention(build, replica),
        backup_window: spec.replica_backup_window(replica).map(|window| window.to_string()),
        maintenance_window: Some(spec.replica_window(index, replica).to_string()),
        auto_minor_upgrade: Some(or(&replica.auto_minor, database::auto_minor(spec))),
        extended_support: None,
        copy_tags: Some(or(&replica.copy_tags, database::copy_tags(spec))),
        deletion_protection: Some(or(&replica.deletion_protection, true)),
        monitoring_interval: Some(monitored.interval),
        monitoring_role: monitoring::role(build, &monitored),
        insights: Some(insights),
        insights_retention: retention,
        insights_kms_key: insights_key.filter(|_| insights),
        insights_mode: Some(mode),
        log_exports: Some(monitored.logs),
    };
    let address = build.address(Kind::DbInstance, &replica.name, &region);
    let windows: Vec<String> = match replica.maintenance_window {
        Some(_) => Vec::new(),
        None => spec.open_windows(index).map(|window| window.to_string()).collect(),
    };
    let placed = build.add(address, replica.span(), resource).any_of(windows);
    origins(placed, inherited(spec), replica);
}

/// Keys of other sections that replicas follow, with the fields they decide.
fn inherited(spec: &Spec) -> Vec<(&'static str, Option<Range<usize>>)> {
    let storage = spec.storage.as_ref();
    vec![
        ("engine_version", spec.engine.version.place()),
        ("class", spec.engine.class.place()),
        ("iam_auth", spec.engine.iam_auth.place()),
        ("port", spec.engine.port.place()),
        ("ca_certificate", spec.engine.ca_certificate.place()),
        ("max_storage", storage.and_then(|s| s.max_size.place())),
        ("storage_type", storage.and_then(|s| s.kind.place())),
        ("iops", storage.and_then(|s| s.iops.place())),
        ("throughput", storage.and_then(|s| s.throughput.place())),
        ("backup_window", spec.backup.as_ref().and_then(|b| b.window.place())),
        ("copy_tags", spec.backup.as_ref().and_then(|b| b.copy_tags.place())),
        ("auto_minor_upgrade", spec.maintenance.as_ref().and_then(|m| m.auto_minor.place())),
        ("maintenance_window", spec.maintenance.as_ref().and_then(|m| m.window.place())),
    ]
}

fn origins(
    placed: Placed<'_>,
    inherited: Vec<(&'static str, Option<Range<usize>>)>,
    replica: &Sp<Replica>,
) {
    let placed =
        inherited.into_iter().fold(placed, |placed, (field, place)| placed.at(field, place));
    let placed = placed
        .from("source", &replica.source)
        .from("class", &replica.class)
        .from("multi_az", &replica.multi_az)
        .from("zone", &replica.zone)
        .from("kms_key", &replica.kms_key)
        .from("security_groups", &replica.allow)
        .from("security_groups", &replica.extra_security_groups)
        .from("iam_auth", &replica.iam_auth)
        .from("public", &replica.public)
        .from("copy_tags", &replica.copy_tags)
        .from("auto_minor_upgrade", &replica.auto_minor)
        .from("deletion_protection", &replica.deletion_protection)
        .from("maintenance_window", &replica.maintenance_window)
        .from("backup_retention", &replica.backup_retention)
        .from("backup_window", &replica.backup_window);
    let placed = match &replica.storage {
        None => placed,
        Some(storage) => placed
            .from("storage", &storage.size)
            .from("max_storage", &storage.max_size)
            .from("storage_type", &storage.kind)
            .from("iops", &storage.iops)
            .from("throughput", &storage.throughput)
            .from("dedicated_log_volume", &storage.dedicated_log_volume),
    };
    database::monitoring_origins(replica.monitoring.as_ref(), placed);
}
