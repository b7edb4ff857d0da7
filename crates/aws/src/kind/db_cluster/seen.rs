//! What DescribeDBClusters says of a cluster.

use std::collections::BTreeSet;

use aws_sdk_rds::types::ClusterPendingModifiedValues;
use aws_sdk_rds::types::DbCluster as SdkCluster;
use pgha_resource::LiveResource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::live::Notice;
use pgha_resource::live::Pending;
use pgha_resource::status::Status;

use crate::database::Waiting;
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
    let endpoint = sdk
        .endpoint()
        .map(|address| Notice::Endpoint(format!("{address}:{}", sdk.port().unwrap_or_default())));
    let zones = sdk.availability_zones();
    let zones = (!zones.is_empty()).then(|| Notice::Zones(zones.join(", ")));
    replicas.chain(groups).chain(endpoint).chain(zones).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::DbClusterMember;
    use pgha_resource::Resource;

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
    }
}
