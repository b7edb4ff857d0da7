//! CreateDBCluster and ModifyDBCluster.

use aws_sdk_rds::operation::modify_db_cluster::builders::ModifyDBClusterFluentBuilder;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::Timing;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::InsightsMode;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::insights_key;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use crate::connect::Clients;
use crate::connect::Regional;
use crate::database::exports;
use crate::database::extended_support;
use crate::database::sdk_mode;
use crate::database::some;
use crate::kind::db_cluster::ids;
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

pub(super) async fn create(
    clients: &Clients,
    at: &Regional,
    call: &Call,
    to: &DbCluster,
    tags: &Tags,
) -> Outcome {
    let volume = Volume::at_creation(Setting::from(to));
    let groups = to.security_groups.iter().flatten();
    let exports = some(to.log_exports.iter().flatten().cloned().collect());
    let request = at
        .rds
        .client
        .create_db_cluster()
        .db_cluster_identifier(&call.address.name)
        .engine("postgres")
        .set_engine_version(to.engine_version.as_ref().map(|v| v.request().to_string()))
        .set_db_cluster_instance_class(to.class.clone())
        .set_allocated_storage(volume.size)
        .set_storage_type(volume.kind)
        .set_iops(volume.iops)
        .set_storage_encrypted(to.encrypted)
        .set_kms_key_id(to.kms_key.clone())
        .set_database_name(to.database.clone())
        .set_master_username(to.username.clone())
        .set_enable_iam_database_authentication(to.iam_auth)
        .set_port(to.port.map(i32::from))
        .set_db_subnet_group_name(known_opt(call, to.subnet_group.as_ref())?)
        .set_vpc_security_group_ids(some(known_all(call, groups)?))
        .set_publicly_accessible(to.public)
        .set_db_cluster_parameter_group_name(known_opt(call, to.parameter_group.as_ref())?)
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
        .set_enable_cloudwatch_logs_exports(exports)
        .set_tags(Some(rds_list(tags)));
    match &to.password {
        Some(MasterPassword::Secret(secret)) => {
            let password = Password::stored(clients, at, call, &known(call, secret)?).await?;
            let answer = request.master_user_password(password.reveal()).send().await;
            receipt(answer, |answer| named(answer.db_cluster()))
                .map_err(|error| password.without(error))
        }
        Some(MasterPassword::Rds { kms_key }) => {
            let request = request
                .manage_master_user_password(true)
                .set_master_user_secret_kms_key_id(kms_key.clone());
            receipt(request.send().await, |answer| named(answer.db_cluster()))
        }
        Some(MasterPassword::Elsewhere) | None => Err(unable(call, "it has no master password")),
    }
}

fn named(cluster: Option<&aws_sdk_rds::types::DbCluster>) -> Ids {
    cluster.map(ids).unwrap_or_default()
}

/// Sends the named fields of the second state.
pub(super) async fn modify(
    clients: &Clients,
    at: &Regional,
    call: &Call,
    states: (&DbCluster, &DbCluster),
    fields: &[String],
    timing: Timing,
) -> Outcome {
    let mut request = at
        .rds
        .client
        .modify_db_cluster()
        .db_cluster_identifier(&call.address.name)
        .apply_immediately(timing == Timing::Immediately);
    for field in fields {
        request = carry(request, call, states, fields, field)?;
    }
    let (from, to) = states;
    let secret = match &to.password {
        Some(MasterPassword::Secret(secret)) if fields.iter().any(|f| f == "password") => secret,
        _ => return receipt(request.send().await, |answer| named(answer.db_cluster())),
    };
    let password = Password::stored(clients, at, call, &known(call, secret)?).await?;
    if matches!(from.password, Some(MasterPassword::Rds { .. })) {
        request = request.manage_master_user_password(false);
    }
    let answer = request.master_user_password(password.reveal()).send().await;
    receipt(answer, |answer| named(answer.db_cluster())).map_err(|error| password.without(error))
}

/// Puts one field into the request.
fn carry(
    request: ModifyDBClusterFluentBuilder,
    call: &Call,
    (from, to): (&DbCluster, &DbCluster),
    fields: &[String],
    field: &str,
) -> Result<ModifyDBClusterFluentBuilder, CallError> {
    Ok(match field {
        "engine_version" => version(request, from, to),
        "class" => request.set_db_cluster_instance_class(to.class.clone()),
        "storage" | "storage_type" | "iops" => {
            let volume = Volume::changed(Setting::from(from), Setting::from(to), fields);
            request
                .set_allocated_storage(volume.size)
                .set_storage_type(volume.kind)
                .set_iops(volume.iops)
        }
        "password" => match &to.password {
            Some(MasterPassword::Rds { kms_key }) => request
                .manage_master_user_password(true)
                .set_master_user_secret_kms_key_id(kms_key.clone()),
            _ => request,
        },
        "iam_auth" => request.set_enable_iam_database_authentication(to.iam_auth),
        "security_groups" => request.set_vpc_security_group_ids(Some(known_all(
            call,
            to.security_groups.iter().flatten(),
        )?)),
        "parameter_group" => request
            .set_db_cluster_parameter_group_name(known_opt(call, to.parameter_group.as_ref())?),
        "backup_retention" => request.set_backup_retention_period(to.backup_retention.map(int)),
        "backup_window" => request.set_preferred_backup_window(to.backup_window.clone()),
        "maintenance_window" => {
            request.set_preferred_maintenance_window(to.maintenance_window.clone())
        }
        "auto_minor_upgrade" => request.set_auto_minor_version_upgrade(to.auto_minor_upgrade),
        "extended_support" => {
            let word = to.extended_support.map(|on| extended_support(on).to_string());
            request.set_engine_lifecycle_support(word)
        }
        "copy_tags" => request.set_copy_tags_to_snapshot(to.copy_tags),
        "deletion_protection" => request.set_deletion_protection(to.deletion_protection),
        "monitoring_interval" | "monitoring_role" => {
            let role = match to.monitoring_interval {
                Some(0) => None,
                _ => known_opt(call, to.monitoring_role.as_ref())?,
            };
            let interval = to.monitoring_interval.map(int);
            request.set_monitoring_interval(interval).set_monitoring_role_arn(role)
        }
        "insights" | "insights_retention" => insights(request, from, to),
        "insights_mode" => insights_mode(request, from, to),
        "log_exports" => request.cloudwatch_logs_export_configuration(exports(
            from.log_exports.as_ref(),
            to.log_exports.as_ref(),
        )),
        other => return Err(unable(call, &format!("`{other}` cannot be changed in place"))),
    })
}

/// A major upgrade has to be allowed in so many words (docs/aws/clusters.md#upgrades).
fn version(
    request: ModifyDBClusterFluentBuilder,
    from: &DbCluster,
    to: &DbCluster,
) -> ModifyDBClusterFluentBuilder {
    let Some(wanted) = &to.engine_version else { return request };
    let live = from.engine_version.as_ref().and_then(|version| version.major());
    let request = request.engine_version(wanted.request());
    match wanted.major() > live {
        true => request.allow_major_version_upgrade(true),
        false => request,
    }
}

/// Collection, with its retention and its key, or AWS chooses both. A key is taken only together
/// with the word whether collection is on (docs/aws/monitoring.md#insights-key), and the end of
/// collection only together with that of the advanced mode (docs/aws/monitoring.md#insights-mode).
fn insights(
    request: ModifyDBClusterFluentBuilder,
    from: &DbCluster,
    to: &DbCluster,
) -> ModifyDBClusterFluentBuilder {
    let on = to.insights.or(from.insights);
    let key = insights_key(from.insights_kms_key.as_deref(), to.insights_kms_key.as_deref());
    let request = request
        .set_enable_performance_insights(on)
        .set_performance_insights_kms_key_id(key.filter(|_| on.is_some()).map(str::to_string));
    match on {
        Some(false) => request.database_insights_mode(sdk_mode(InsightsMode::Standard)),
        Some(true) | None => {
            request.set_performance_insights_retention_period(to.insights_retention.map(int))
        }
    }
}

/// The advanced mode is refused unless collection and retention are said in the same call
/// (docs/aws/monitoring.md#insights-mode).
fn insights_mode(
    request: ModifyDBClusterFluentBuilder,
    from: &DbCluster,
    to: &DbCluster,
) -> ModifyDBClusterFluentBuilder {
    let request = insights(request, from, to);
    match to.insights_mode {
        Some(mode) => request.database_insights_mode(sdk_mode(mode)),
        None => request,
    }
}
