//! What DescribeDBInstances says of an instance.

use std::collections::BTreeSet;

use aws_sdk_rds::types::DbInstance as SdkInstance;
use aws_sdk_rds::types::PendingModifiedValues;
use pgha_resource::LiveResource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;
use pgha_resource::live::Pending;
use pgha_resource::status::Status;

use crate::database::Waiting;
use crate::database::aws_backup;
use crate::database::created;
use crate::database::engine;
use crate::database::exports_after;
use crate::database::insights_mode;
use crate::database::password;
use crate::database::security_groups;
use crate::database::seen_support;
use crate::kind::db_instance::ids;
use crate::mapping::count;
use crate::mapping::rds_tags;
use crate::mapping::reference;
use crate::mapping::text;
use crate::mapping::window;
use crate::owned::Item;

/// Nothing for the members of a Multi-AZ DB cluster: AWS made them and the cluster's own
/// calls change them.
pub(super) fn from_sdk(sdk: &SdkInstance) -> Option<Item> {
    let name = sdk.db_instance_identifier()?.to_string();
    if text(sdk.db_cluster_identifier()).is_some() {
        return None;
    }
    let instance = fields(sdk);
    let mut live = LiveResource::new(
        instance.clone().into(),
        Status::db_instance(sdk.db_instance_status().unwrap_or("unknown")),
    );
    live.pending = sdk.pending_modified_values().and_then(|values| pending(&instance, values));
    live.tags = Some(rds_tags(sdk.tag_list()));
    live.ids = ids(sdk);
    live.notices = notices(sdk);
    Some((name, live))
}

fn fields(sdk: &SdkInstance) -> DbInstance {
    let interval = count(sdk.monitoring_interval());
    let endpoint = sdk.endpoint().and_then(|endpoint| endpoint.port());
    let port = endpoint.or(sdk.db_instance_port()).filter(|port| *port > 0);
    let group = sdk.db_parameter_groups().first();
    DbInstance {
        source: reference(sdk.read_replica_source_db_instance_identifier())
            .or_else(|| reference(sdk.read_replica_source_db_cluster_identifier())),
        engine_version: text(sdk.engine_version()).map(EngineVersion::seen),
        class: text(sdk.db_instance_class()),
        multi_az: sdk.multi_az(),
        zone: text(sdk.availability_zone()),
        storage: count(sdk.allocated_storage()),
        max_storage: Some(max_storage(sdk)),
        storage_type: text(sdk.storage_type()),
        iops: count(sdk.iops()),
        throughput: count(sdk.storage_throughput()),
        dedicated_log_volume: Some(sdk.dedicated_log_volume().unwrap_or(false)),
        encrypted: sdk.storage_encrypted(),
        kms_key: text(sdk.kms_key_id()),
        database: text(sdk.db_name()),
        username: text(sdk.master_username()),
        password: Some(password(sdk.master_user_secret())),
        iam_auth: sdk.iam_database_authentication_enabled(),
        port: port.and_then(|port| u16::try_from(port).ok()),
        subnet_group: reference(sdk.db_subnet_group().and_then(|g| g.db_subnet_group_name())),
        security_groups: Some(security_groups(sdk.vpc_security_groups())),
        public: sdk.publicly_accessible(),
        network_type: text(sdk.network_type()),
        ca_certificate: text(sdk.ca_certificate_identifier()),
        parameter_group: reference(group.and_then(|group| group.db_parameter_group_name())),
        backup_retention: count(sdk.backup_retention_period()),
        backup_window: window(sdk.preferred_backup_window()),
        maintenance_window: window(sdk.preferred_maintenance_window()),
        auto_minor_upgrade: sdk.auto_minor_version_upgrade(),
        extended_support: seen_support(sdk.engine_lifecycle_support()),
        copy_tags: sdk.copy_tags_to_snapshot(),
        deletion_protection: sdk.deletion_protection(),
        monitoring_interval: interval,
        monitoring_role: reference(sdk.monitoring_role_arn()).filter(|_| interval != Some(0)),
        insights: sdk.performance_insights_enabled(),
        insights_retention: count(sdk.performance_insights_retention_period()),
        insights_kms_key: text(sdk.performance_insights_kms_key_id()),
        insights_mode: insights_mode(sdk.database_insights_mode()),
        log_exports: Some(sdk.enabled_cloudwatch_logs_exports().iter().cloned().collect()),
    }
}

/// Autoscaling is off when the most is not there, or not above what is allocated
/// (docs/aws/storage.md#autoscaling).
fn max_storage(sdk: &SdkInstance) -> u32 {
    let allocated = sdk.allocated_storage().unwrap_or(0);
    count(sdk.max_allocated_storage().filter(|max| *max > allocated)).unwrap_or(0)
}

/// The overlay of what waits. A waiting password is named but has no value to show.
fn pending(now: &DbInstance, values: &PendingModifiedValues) -> Option<Pending> {
    let (mut after, mut waits) = (now.clone(), Waiting::default());
    let exports = values.pending_cloudwatch_logs_exports();
    let exports = exports.map(|waiting| exports_after(now.log_exports.as_ref(), waiting));
    let port = values.port().and_then(|port| u16::try_from(port).ok());
    let version = text(values.engine_version()).map(EngineVersion::seen);
    waits.lay("class", &mut after.class, text(values.db_instance_class()));
    waits.lay("storage", &mut after.storage, count(values.allocated_storage()));
    waits.lay("port", &mut after.port, port);
    waits.lay(
        "backup_retention",
        &mut after.backup_retention,
        count(values.backup_retention_period()),
    );
    waits.lay("multi_az", &mut after.multi_az, values.multi_az());
    waits.lay("engine_version", &mut after.engine_version, version);
    waits.lay("iops", &mut after.iops, count(values.iops()));
    waits.lay("throughput", &mut after.throughput, count(values.storage_throughput()));
    waits.lay("storage_type", &mut after.storage_type, text(values.storage_type()));
    waits.lay(
        "ca_certificate",
        &mut after.ca_certificate,
        text(values.ca_certificate_identifier()),
    );
    waits.lay("subnet_group", &mut after.subnet_group, reference(values.db_subnet_group_name()));
    waits.lay("iam_auth", &mut after.iam_auth, values.iam_database_authentication_enabled());
    waits.lay(
        "dedicated_log_volume",
        &mut after.dedicated_log_volume,
        values.dedicated_log_volume(),
    );
    waits.lay("log_exports", &mut after.log_exports, exports);
    waits.lay("password", &mut None, values.master_user_password());
    waits.before(after.into())
}

fn notices(sdk: &SdkInstance) -> BTreeSet<Notice> {
    let replicas = sdk
        .read_replica_db_instance_identifiers()
        .iter()
        .chain(sdk.read_replica_db_cluster_identifiers())
        .map(|replica| Notice::Replica(replica.clone()));
    let copies = sdk.db_instance_automated_backups_replications().iter().filter_map(|copy| {
        Some(Notice::BackupsCopied(text(copy.db_instance_automated_backups_arn())?))
    });
    let groups = sdk.db_parameter_groups().iter().filter_map(|group| {
        let name = group.db_parameter_group_name().unwrap_or_default();
        match group.parameter_apply_status()? {
            "in-sync" => None,
            "pending-reboot" => Some(Notice::PendingReboot(name.into())),
            status => Some(Notice::Parameters(format!("{name}: {status}"))),
        }
    });
    let replication = sdk.status_infos().iter().filter_map(|info| {
        let status = info.status()?;
        Some(Notice::Replication(match text(info.message()) {
            Some(message) => format!("{status}: {message}"),
            None => status.into(),
        }))
    });
    let others = [
        storage_busy(sdk),
        endpoint(sdk),
        zones(sdk),
        engine(sdk.engine()),
        created(sdk.instance_create_time()),
        aws_backup(sdk.aws_backup_recovery_point_arn()),
    ];
    let others = others.into_iter().flatten();
    replicas.chain(copies).chain(groups).chain(replication).chain(others).collect()
}

/// Older regions tell only by the status, newer ones by a field of its own: they say the same
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>). How far it
/// is stays out: plans repeat the notice, and one that was agreed to is made anew otherwise
/// whenever a percent has passed.
fn storage_busy(sdk: &SdkInstance) -> Option<Notice> {
    let optimizes = sdk.db_instance_status().is_some_and(|s| s.starts_with("storage-opt"));
    let words = text(sdk.storage_operation_status());
    words.or_else(|| optimizes.then(|| "Optimizing".into())).map(Notice::StorageBusy)
}

fn endpoint(sdk: &SdkInstance) -> Option<Notice> {
    let endpoint = sdk.endpoint()?;
    let port = endpoint.port().unwrap_or_default();
    Some(Notice::Endpoint(format!("{}:{port}", endpoint.address()?)))
}

fn zones(sdk: &SdkInstance) -> Option<Notice> {
    let zones = [sdk.availability_zone(), sdk.secondary_availability_zone()];
    let zones: Vec<&str> = zones.into_iter().flatten().collect();
    (!zones.is_empty()).then(|| Notice::Zones(zones.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::DatabaseInsightsMode;
    use aws_sdk_rds::types::DbInstanceAutomatedBackupsReplication;
    use aws_sdk_rds::types::DbInstanceStatusInfo;
    use aws_sdk_rds::types::DbParameterGroupStatus;
    use aws_sdk_rds::types::DbSubnetGroup;
    use aws_sdk_rds::types::Endpoint;
    use aws_sdk_rds::types::MasterUserSecret;
    use aws_sdk_rds::types::PendingCloudwatchLogsExports;
    use aws_sdk_rds::types::Tag;
    use aws_sdk_rds::types::VpcSecurityGroupMembership;
    use aws_sdk_rds::types::builders::DbInstanceBuilder;
    use pgha_resource::Ref;
    use pgha_resource::Resource;
    use pgha_resource::kind::InsightsMode;
    use pgha_resource::kind::MasterPassword;

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/k";
    const ROLE: &str = "arn:aws:iam::123456789012:role/orders-monitoring";

    fn group(status: &str) -> DbParameterGroupStatus {
        DbParameterGroupStatus::builder()
            .db_parameter_group_name("orders-pg16")
            .parameter_apply_status(status)
            .build()
    }

    fn membership(id: &str, status: &str) -> VpcSecurityGroupMembership {
        VpcSecurityGroupMembership::builder().vpc_security_group_id(id).status(status).build()
    }

    fn primary() -> DbInstanceBuilder {
        SdkInstance::builder()
            .db_instance_identifier("orders-primary")
            .db_instance_status("available")
            .db_instance_class("db.r6g.large")
            .engine_version("16.15")
            .multi_az(true)
            .availability_zone("us-east-1a")
            .secondary_availability_zone("us-east-1b")
            .allocated_storage(200)
            .max_allocated_storage(1000)
            .storage_type("gp3")
            .iops(3000)
            .storage_throughput(125)
            .storage_encrypted(true)
            .kms_key_id(KEY)
            .db_name("productiondb")
            .master_username("dbadmin")
            .endpoint(Endpoint::builder().address("orders.example").port(5432).build())
            .db_subnet_group(DbSubnetGroup::builder().db_subnet_group_name("orders").build())
            .vpc_security_groups(membership("sg-1", "active"))
            .vpc_security_groups(membership("sg-2", "removing"))
            .db_parameter_groups(group("in-sync"))
            .backup_retention_period(7)
            .preferred_backup_window("03:00-04:00")
            .preferred_maintenance_window("Sun:04:00-Sun:05:00")
            .engine_lifecycle_support("open-source-rds-extended-support-disabled")
            .monitoring_interval(60)
            .monitoring_role_arn(ROLE)
            .performance_insights_enabled(true)
            .performance_insights_retention_period(465)
            .database_insights_mode(DatabaseInsightsMode::Advanced)
            .enabled_cloudwatch_logs_exports("postgresql")
            .db_instance_arn("arn:aws:rds:us-east-1:123456789012:db:orders-primary")
            .dbi_resource_id("db-ABC")
            .tag_list(Tag::builder().key("pgha:cluster").value("orders").build())
    }

    fn seen(sdk: DbInstanceBuilder) -> LiveResource {
        from_sdk(&sdk.build()).unwrap().1
    }

    fn instance(resource: &Resource) -> &DbInstance {
        match resource {
            Resource::DbInstance(instance) => instance,
            other => panic!("{other:?} is no instance"),
        }
    }

    #[test]
    fn every_field_that_rds_returns_is_there() {
        let live = seen(primary());
        let expected = DbInstance {
            engine_version: Some(EngineVersion::seen("16.15")),
            class: Some("db.r6g.large".into()),
            multi_az: Some(true),
            zone: Some("us-east-1a".into()),
            storage: Some(200),
            max_storage: Some(1000),
            storage_type: Some("gp3".into()),
            iops: Some(3000),
            throughput: Some(125),
            dedicated_log_volume: Some(false),
            encrypted: Some(true),
            kms_key: Some(KEY.into()),
            database: Some("productiondb".into()),
            username: Some("dbadmin".into()),
            password: Some(MasterPassword::Elsewhere),
            port: Some(5432),
            subnet_group: Some(Ref::known("orders")),
            security_groups: Some(BTreeSet::from([Ref::known("sg-1")])),
            parameter_group: Some(Ref::known("orders-pg16")),
            backup_retention: Some(7),
            backup_window: Some("03:00-04:00".into()),
            maintenance_window: Some("sun:04:00-sun:05:00".into()),
            extended_support: Some(false),
            monitoring_interval: Some(60),
            monitoring_role: Some(Ref::known(ROLE)),
            insights: Some(true),
            insights_retention: Some(465),
            insights_mode: Some(InsightsMode::Advanced),
            log_exports: Some(BTreeSet::from(["postgresql".to_string()])),
            ..DbInstance::default()
        };
        assert_eq!(instance(&live.resource), &expected);
        assert_eq!(live.owner(), Some("orders"));
        assert_eq!(live.ids.resource_id.as_deref(), Some("db-ABC"));
        assert_eq!(live.pending, None);
        let notices = [
            Notice::Zones("us-east-1a, us-east-1b".into()),
            Notice::Endpoint("orders.example:5432".into()),
        ];
        assert_eq!(live.notices, BTreeSet::from(notices));
    }

    #[test]
    fn what_waits_is_laid_over_what_is() {
        let exports = PendingCloudwatchLogsExports::builder()
            .log_types_to_enable("upgrade")
            .log_types_to_disable("postgresql")
            .build();
        let values = PendingModifiedValues::builder()
            .db_instance_class("db.r6g.xlarge")
            .allocated_storage(300)
            .master_user_password("****")
            .pending_cloudwatch_logs_exports(exports)
            .build();
        let live = seen(primary().pending_modified_values(values));
        let pending = live.pending.clone().unwrap();
        let names: Vec<&str> = pending.fields.iter().map(String::as_str).collect();
        assert_eq!(names, ["class", "log_exports", "password", "storage"]);
        let after = instance(&pending.after);
        assert_eq!(after.class.as_deref(), Some("db.r6g.xlarge"));
        assert_eq!(after.storage, Some(300));
        assert_eq!(after.log_exports, Some(BTreeSet::from(["upgrade".to_string()])));
        assert_eq!(after.port, Some(5432));
        assert_eq!(instance(&live.resource).class.as_deref(), Some("db.r6g.large"));
    }

    #[test]
    fn an_empty_list_of_what_waits_is_nothing_waiting() {
        let values = PendingModifiedValues::builder().build();
        assert_eq!(seen(primary().pending_modified_values(values)).pending, None);
    }

    #[test]
    fn replicas_parameters_and_storage_are_told_as_notices() {
        const COPY: &str = "arn:aws:rds:us-west-2:123456789012:auto-backup:ab-1";
        let info = DbInstanceStatusInfo::builder().status("replicating").build();
        let copy = DbInstanceAutomatedBackupsReplication::builder()
            .db_instance_automated_backups_arn(COPY)
            .build();
        let live = seen(
            primary()
                .read_replica_db_instance_identifiers("orders-read-1")
                .db_instance_automated_backups_replications(copy)
                .db_parameter_groups(group("pending-reboot"))
                .db_parameter_groups(group("failed-to-apply"))
                .status_infos(info)
                .storage_operation_status("Optimizing")
                .storage_operation_percent_progress(30),
        );
        for notice in [
            Notice::Replica("orders-read-1".into()),
            Notice::BackupsCopied(COPY.into()),
            Notice::PendingReboot("orders-pg16".into()),
            Notice::Parameters("orders-pg16: failed-to-apply".into()),
            Notice::Replication("replicating".into()),
            Notice::StorageBusy("Optimizing".into()),
        ] {
            assert!(live.notices.contains(&notice), "{notice:?}");
        }
    }

    #[test]
    fn a_busy_volume_is_the_same_notice_however_far_it_is() {
        let busy = |sdk| {
            let is_busy = |notice: &Notice| matches!(notice, Notice::StorageBusy(_));
            seen(sdk).notices.into_iter().find(is_busy)
        };
        let field = |percent| {
            let sdk = primary().storage_operation_status("Optimizing");
            sdk.storage_operation_percent_progress(percent)
        };
        let expected = Some(Notice::StorageBusy("Optimizing".into()));
        assert_eq!(busy(field(3)), expected);
        assert_eq!(busy(field(97)), expected);
        assert_eq!(busy(primary().db_instance_status("storage-optimization")), expected);
        let filling = primary().storage_operation_status("Initializing");
        assert_eq!(busy(filling), Some(Notice::StorageBusy("Initializing".into())));
        assert_eq!(busy(primary()), None);
    }

    #[test]
    fn another_engine_and_the_hand_of_aws_backup_are_told() {
        assert_eq!(seen(primary().engine("postgres")).notices, seen(primary()).notices);
        let other = seen(primary().engine("aurora-postgresql"));
        assert!(other.notices.contains(&Notice::Engine("aurora-postgresql".into())));
        let kept = seen(primary().aws_backup_recovery_point_arn("arn:aws:backup:r"));
        assert!(kept.notices.contains(&Notice::AwsBackup("arn:aws:backup:r".into())));
    }

    #[test]
    fn a_managed_password_brings_its_secret() {
        let secret = MasterUserSecret::builder().secret_arn("arn:s").kms_key_id(KEY).build();
        let live = seen(primary().master_user_secret(secret));
        let managed = MasterPassword::Rds { kms_key: Some(KEY.into()) };
        assert_eq!(instance(&live.resource).password, Some(managed));
        assert_eq!(live.ids.master_secret.as_deref(), Some("arn:s"));
    }

    #[test]
    fn the_least_that_rds_returns_leaves_the_rest_unreadable() {
        let live = seen(SdkInstance::builder().db_instance_identifier("x"));
        let instance = instance(&live.resource);
        assert_eq!(instance.max_storage, Some(0));
        assert_eq!(instance.log_exports, Some(BTreeSet::new()));
        assert_eq!((instance.class.as_ref(), instance.multi_az), (None, None));
        assert!(!live.status.is_ready());
    }

    #[test]
    fn members_of_a_cluster_are_the_clusters_business() {
        assert_eq!(from_sdk(&primary().db_cluster_identifier("orders").build()), None);
    }
}
