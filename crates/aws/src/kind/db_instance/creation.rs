//! CreateDBInstance and CreateDBInstanceReadReplica.

use pgha_resource::Call;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use crate::connect::Clients;
use crate::connect::Regional;
use crate::database::extended_support;
use crate::database::sdk_mode;
use crate::database::some;
use crate::database::without_presigned_url;
use crate::kind::db_instance::ids;
use crate::mapping::int;
use crate::password::Password;
use crate::receipt::Outcome;
use crate::receipt::known;
use crate::receipt::known_all;
use crate::receipt::known_opt;
use crate::receipt::receipt;
use crate::receipt::unable;
use crate::tagging::rds_list;
use crate::volume::Setting;
use crate::volume::Volume;

pub(super) async fn primary(
    clients: &Clients,
    at: &Regional,
    call: &Call,
    to: &DbInstance,
    tags: &Tags,
) -> Outcome {
    let volume = Volume::at_creation(Setting::from(to));
    let groups = to.security_groups.iter().flatten();
    let request = at
        .rds
        .client
        .create_db_instance()
        .db_instance_identifier(&call.address.name)
        .engine("postgres")
        .set_engine_version(to.engine_version.as_ref().map(|v| v.request().to_string()))
        .set_db_instance_class(to.class.clone())
        .set_multi_az(to.multi_az)
        .set_availability_zone(to.zone.clone())
        .set_allocated_storage(volume.size)
        .set_storage_type(volume.kind)
        .set_iops(volume.iops)
        .set_storage_throughput(volume.throughput)
        .set_max_allocated_storage(autoscaling(to))
        .set_dedicated_log_volume(to.dedicated_log_volume)
        .set_storage_encrypted(to.encrypted)
        .set_kms_key_id(to.kms_key.clone())
        .set_db_name(to.database.clone())
        .set_master_username(to.username.clone())
        .set_enable_iam_database_authentication(to.iam_auth)
        .set_port(to.port.map(i32::from))
        .set_db_subnet_group_name(known_opt(call, to.subnet_group.as_ref())?)
        .set_vpc_security_group_ids(some(known_all(call, groups)?))
        .set_publicly_accessible(to.public)
        .set_network_type(to.network_type.clone())
        .set_ca_certificate_identifier(to.ca_certificate.clone())
        .set_db_parameter_group_name(known_opt(call, to.parameter_group.as_ref())?)
        .set_backup_retention_period(to.backup_retention.map(int))
        .set_preferred_backup_window(to.backup_window.clone())
        .set_preferred_maintenance_window(to.maintenance_window.clone())
        .set_auto_minor_version_upgrade(to.auto_minor_upgrade)
        .set_engine_lifecycle_support(to.extended_support.map(|on| extended_support(on).into()))
        .set_copy_tags_to_snapshot(to.copy_tags)
        .set_deletion_protection(to.deletion_protection)
        .set_monitoring_interval(to.monitoring_interval.map(int))
        .set_monitoring_role_arn(known_opt(call, to.monitoring_role.as_ref())?)
        .set_enable_performance_insights(to.insights)
        .set_performance_insights_retention_period(to.insights_retention.map(int))
        .set_performance_insights_kms_key_id(to.insights_kms_key.clone())
        .set_database_insights_mode(to.insights_mode.map(sdk_mode))
        .set_enable_cloudwatch_logs_exports(exports(to))
        .set_tags(Some(rds_list(tags)));
    match &to.password {
        Some(MasterPassword::Secret(secret)) => {
            let password = Password::stored(clients, at, call, &known(call, secret)?).await?;
            let answer = request.master_user_password(password.reveal()).send().await;
            receipt(answer, |answer| created(answer.db_instance()))
                .map_err(|error| password.without(error))
        }
        Some(MasterPassword::Rds { kms_key }) => {
            let request = request
                .manage_master_user_password(true)
                .set_master_user_secret_kms_key_id(kms_key.clone());
            receipt(request.send().await, |answer| created(answer.db_instance()))
        }
        Some(MasterPassword::Elsewhere) | None => Err(unable(call, "it has no master password")),
    }
}

/// What the call does not take is left out here and set by a later change: the parameter group,
/// backups, the windows and the mode of Database Insights (docs/aws/replicas.md#set-afterwards). In
/// another region than its source the call is made in the replica's region and the source is an
/// ARN; RDS copies the snapshot without a presigned URL, except in China and GovCloud
/// (docs/aws/replicas.md#call-in-the-other-region).
pub(super) async fn replica(at: &Regional, call: &Call, to: &DbInstance, tags: &Tags) -> Outcome {
    let volume = Volume::at_creation(Setting::from(to));
    let groups = to.security_groups.iter().flatten();
    let source = known_opt(call, to.source.as_ref())?;
    without_presigned_url(call, &at.region, source.as_deref())?;
    let request = at
        .rds
        .client
        .create_db_instance_read_replica()
        .db_instance_identifier(&call.address.name)
        .set_source_db_instance_identifier(source)
        .set_db_instance_class(to.class.clone())
        .set_multi_az(to.multi_az)
        .set_availability_zone(to.zone.clone())
        .set_allocated_storage(volume.size)
        .set_storage_type(volume.kind)
        .set_iops(volume.iops)
        .set_storage_throughput(volume.throughput)
        .set_max_allocated_storage(autoscaling(to))
        .set_dedicated_log_volume(to.dedicated_log_volume)
        .set_kms_key_id(to.kms_key.clone())
        .set_enable_iam_database_authentication(to.iam_auth)
        .set_port(to.port.map(i32::from))
        .set_db_subnet_group_name(known_opt(call, to.subnet_group.as_ref())?)
        .set_vpc_security_group_ids(some(known_all(call, groups)?))
        .set_publicly_accessible(to.public)
        .set_network_type(to.network_type.clone())
        .set_ca_certificate_identifier(to.ca_certificate.clone())
        .set_auto_minor_version_upgrade(to.auto_minor_upgrade)
        .set_copy_tags_to_snapshot(to.copy_tags)
        .set_deletion_protection(to.deletion_protection)
        .set_monitoring_interval(to.monitoring_interval.map(int))
        .set_monitoring_role_arn(known_opt(call, to.monitoring_role.as_ref())?)
        .set_enable_performance_insights(to.insights)
        .set_performance_insights_retention_period(to.insights_retention.map(int))
        .set_performance_insights_kms_key_id(to.insights_kms_key.clone())
        .set_enable_cloudwatch_logs_exports(exports(to))
        .set_tags(Some(rds_list(tags)));
    receipt(request.send().await, |answer| created(answer.db_instance()))
}

fn created(instance: Option<&aws_sdk_rds::types::DbInstance>) -> Ids {
    instance.map(ids).unwrap_or_default()
}

/// Off is said by leaving the most out.
fn autoscaling(to: &DbInstance) -> Option<i32> {
    to.max_storage.filter(|max| *max > 0).map(int)
}

fn exports(to: &DbInstance) -> Option<Vec<String>> {
    some(to.log_exports.iter().flatten().cloned().collect())
}
