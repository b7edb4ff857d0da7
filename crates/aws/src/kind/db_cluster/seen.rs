//! What DescribeDBClusters says of a cluster.

use std::collections::BTreeSet;

use aws_sdk_rds::types::ClusterPendingModifiedValues;
use aws_sdk_rds::types::DbCluster as SdkCluster;
use aws_sdk_rds::types::DbInstance as SdkInstance;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
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
use crate::kind::db_cluster::ids;
use crate::mapping::count;
use crate::mapping::rds_tags;
use crate::mapping::reference;
use crate::mapping::text;
use crate::mapping::window;
use crate::owned::Item;

pub(super) fn from_sdk(sdk: &SdkCluster) -> Option<Item> {
    let name = sdk.db_cluster_identifier()?.to_string();
    let cluster = fields(sdk);
    let status = Status::db_cluster(sdk.status().unwrap_or("unknown"));
    let mut live = LiveResource::new(cluster.clone().into(), status);
    live.pending = sdk.pending_modified_values().and_then(|values| pending(&cluster, values));
    live.tags = Some(rds_tags(sdk.tag_list()));
    live.ids = ids(sdk);
    live.notices = notices(sdk);
    Some((name, live))
}

fn fields(sdk: &SdkCluster) -> DbCluster {
    let interval = count(sdk.monitoring_interval());
    DbCluster {
        engine_version: text(sdk.engine_version()).map(EngineVersion::seen),
        class: text(sdk.db_cluster_instance_class()),
        storage: count(sdk.allocated_storage()),
        storage_type: text(sdk.storage_type()),
        iops: count(sdk.iops()),
        encrypted: sdk.storage_encrypted(),
        kms_key: text(sdk.kms_key_id()),
        database: text(sdk.database_name()),
        username: text(sdk.master_username()),
        password: Some(password(sdk.master_user_secret())),
        iam_auth: sdk.iam_database_authentication_enabled(),
        port: sdk.port().and_then(|port| u16::try_from(port).ok()),
        subnet_group: reference(sdk.db_subnet_group()),
        security_groups: Some(security_groups(sdk.vpc_security_groups())),
        public: sdk.publicly_accessible(),
        parameter_group: reference(sdk.db_cluster_parameter_group()),
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

/// What waits for the window on a cluster's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemberClass {
    /// The class that the member has.
    pub(super) now: Option<String>,
    /// The class that it will have.
    pub(super) after: String,
}

/// A member with a queued class change, and its cluster.
pub(super) fn member(sdk: &SdkInstance) -> Option<(String, MemberClass)> {
    let cluster = text(sdk.db_cluster_identifier())?;
    let after = text(sdk.pending_modified_values()?.db_instance_class())?;
    Some((cluster, MemberClass { now: text(sdk.db_instance_class()), after }))
}

/// Lays a queued class over a cluster's: the pending values of a cluster have no class, those
/// of its members have
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ClusterPendingModifiedValues.html>).
/// The class that the member still has is the cluster's, whichever of the two RDS says of it.
pub(super) fn lay_class(live: &mut LiveResource, member: &MemberClass) {
    let Resource::DbCluster(now) = &mut live.resource else { return };
    if let Some(class) = &member.now {
        now.class = Some(class.clone());
    }
    let unchanged = || Pending { fields: BTreeSet::new(), after: Box::new(now.clone().into()) };
    let mut pending = live.pending.take().unwrap_or_else(unchanged);
    if let Resource::DbCluster(after) = &mut *pending.after {
        after.class = Some(member.after.clone());
        pending.fields.insert("class".into());
    }
    live.pending = Some(pending);
}

/// The overlay of what waits: fewer fields than an instance's, because AWS names fewer.
fn pending(now: &DbCluster, values: &ClusterPendingModifiedValues) -> Option<Pending> {
    let (mut after, mut waits) = (now.clone(), Waiting::default());
    let exports = values.pending_cloudwatch_logs_exports();
    let exports = exports.map(|waiting| exports_after(now.log_exports.as_ref(), waiting));
    let retention = count(values.backup_retention_period());
    let version = text(values.engine_version()).map(EngineVersion::seen);
    waits.lay("engine_version", &mut after.engine_version, version);
    waits.lay("storage", &mut after.storage, count(values.allocated_storage()));
    waits.lay("storage_type", &mut after.storage_type, text(values.storage_type()));
    waits.lay("iops", &mut after.iops, count(values.iops()));
    waits.lay("iam_auth", &mut after.iam_auth, values.iam_database_authentication_enabled());
    waits.lay("backup_retention", &mut after.backup_retention, retention);
    waits.lay("log_exports", &mut after.log_exports, exports);
    waits.lay("password", &mut None, values.master_user_password());
    waits.before(after.into())
}

fn notices(sdk: &SdkCluster) -> BTreeSet<Notice> {
    let replicas = sdk.read_replica_identifiers().iter().map(|id| Notice::Replica(id.clone()));
    // A cluster has no apply status of its own: its members carry it.
    let groups = sdk.db_cluster_members().iter().filter_map(|member| {
        let group = sdk.db_cluster_parameter_group().unwrap_or_default();
        match member.db_cluster_parameter_group_status()? {
            "in-sync" => None,
            "pending-reboot" => Some(Notice::PendingReboot(group.into())),
            status => Some(Notice::Parameters(format!("{group}: {status}"))),
        }
    });
    let with_port = |host: &str| format!("{host}:{}", sdk.port().unwrap_or_default());
    let endpoint = sdk.endpoint().map(|host| Notice::Endpoint(with_port(host)));
    let readers = sdk.reader_endpoint().map(|host| Notice::ReaderEndpoint(with_port(host)));
    let zones = sdk.availability_zones();
    let zones = (!zones.is_empty()).then(|| Notice::Zones(zones.join(", ")));
    let others = [
        endpoint,
        readers,
        zones,
        engine(sdk.engine()),
        created(sdk.cluster_create_time()),
        aws_backup(sdk.aws_backup_recovery_point_arn()),
    ];
    replicas.chain(groups).chain(others.into_iter().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::DbClusterMember;
    use aws_sdk_rds::types::PendingModifiedValues;

    fn cluster(resource: &Resource) -> &DbCluster {
        match resource {
            Resource::DbCluster(cluster) => cluster,
            other => panic!("{other:?} is no cluster"),
        }
    }

    #[test]
    fn a_cluster_is_read_with_what_waits_and_what_its_members_say() {
        let values =
            ClusterPendingModifiedValues::builder().allocated_storage(300).iops(4000).build();
        let member =
            DbClusterMember::builder().db_cluster_parameter_group_status("pending-reboot").build();
        let sdk = SdkCluster::builder()
            .db_cluster_identifier("orders")
            .status("available")
            .engine_version("16.15")
            .db_cluster_instance_class("db.r6gd.large")
            .allocated_storage(200)
            .iops(3000)
            .db_subnet_group("orders")
            .db_cluster_parameter_group("orders-pg16")
            .preferred_maintenance_window("Sun:04:00-Sun:05:00")
            .monitoring_interval(0)
            .monitoring_role_arn("arn:aws:iam::123456789012:role/left-over")
            .endpoint("orders.example")
            .reader_endpoint("orders-ro.example")
            .port(5432)
            .db_cluster_members(member)
            .pending_modified_values(values)
            .build();
        let (name, live) = from_sdk(&sdk).unwrap();
        assert_eq!(name, "orders");
        let seen = cluster(&live.resource);
        assert_eq!(seen.class.as_deref(), Some("db.r6gd.large"));
        assert_eq!(seen.maintenance_window.as_deref(), Some("sun:04:00-sun:05:00"));
        assert_eq!(seen.monitoring_role, None);
        let after = cluster(live.overlaid());
        assert_eq!((after.storage, after.iops), (Some(300), Some(4000)));
        assert!(live.notices.contains(&Notice::PendingReboot("orders-pg16".into())));
        assert!(live.notices.contains(&Notice::Endpoint("orders.example:5432".into())));
        assert!(live.notices.contains(&Notice::ReaderEndpoint("orders-ro.example:5432".into())));
    }

    #[track_caller]
    fn check_class(of_cluster: &str, waits: Option<i32>, fields: &[&str]) {
        let values = ClusterPendingModifiedValues::builder().set_allocated_storage(waits).build();
        let sdk = SdkCluster::builder()
            .db_cluster_identifier("orders")
            .db_cluster_instance_class(of_cluster)
            .pending_modified_values(values)
            .build();
        let (_, mut live) = from_sdk(&sdk).unwrap();
        let values = PendingModifiedValues::builder().db_instance_class("db.m6gd.large").build();
        let instance = SdkInstance::builder()
            .db_cluster_identifier("orders")
            .db_instance_class("db.r6gd.large")
            .pending_modified_values(values)
            .build();
        let (name, of_member) = member(&instance).unwrap();
        assert_eq!(name, "orders");
        lay_class(&mut live, &of_member);
        assert_eq!(cluster(&live.resource).class.as_deref(), Some("db.r6gd.large"));
        let after = cluster(live.overlaid());
        assert_eq!(after.class.as_deref(), Some("db.m6gd.large"));
        assert_eq!(after.storage, waits.map(|waits| waits as u32));
        let pending: Vec<_> = live.pending.as_ref().unwrap().fields.iter().collect();
        assert_eq!(pending, fields);
    }

    #[test]
    fn a_class_that_waits_on_the_members_waits_on_the_cluster() {
        check_class("db.r6gd.large", None, &["class"]);
        check_class("db.r6gd.large", Some(300), &["class", "storage"]);
        // RDS may name the new class before the members have it.
        check_class("db.m6gd.large", None, &["class"]);
    }

    #[test]
    fn members_without_a_queued_class_say_nothing() {
        let member_of = |cluster: &str, values: PendingModifiedValues| {
            let sdk = SdkInstance::builder().set_db_cluster_identifier(Some(cluster.into()));
            member(&sdk.pending_modified_values(values).build())
        };
        let values = PendingModifiedValues::builder;
        assert_eq!(member_of("orders", values().build()), None);
        assert_eq!(member_of("", values().db_instance_class("db.m6gd.large").build()), None);
    }

    #[test]
    fn another_engine_and_the_hand_of_aws_backup_are_told() {
        let sdk = SdkCluster::builder()
            .db_cluster_identifier("orders")
            .engine("aurora-postgresql")
            .aws_backup_recovery_point_arn("arn:aws:backup:r")
            .build();
        let (_, live) = from_sdk(&sdk).unwrap();
        let expected = [
            Notice::Engine("aurora-postgresql".into()),
            Notice::AwsBackup("arn:aws:backup:r".into()),
        ];
        assert_eq!(live.notices, expected.into());
    }
}
