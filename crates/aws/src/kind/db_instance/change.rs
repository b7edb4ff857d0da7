//! ModifyDBInstance: the changed fields and nothing else.

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::Timing;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::InsightsMode;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::insights_key;
use pgha_resource::live::Ids;

use crate::connect::Clients;
use crate::connect::Regional;
use crate::database::exports;
use crate::database::extended_support;
use crate::database::sdk_mode;
use crate::kind::db_instance::ids;
use crate::mapping::int;
use crate::password::Password;
use crate::receipt::Outcome;
use crate::receipt::known;
use crate::receipt::known_all;
use crate::receipt::known_opt;
use crate::receipt::receipt;
use crate::receipt::unable;
use crate::volume::Setting;
use crate::volume::Volume;

/// Sends the named fields of the second state.
pub(super) async fn modify(
    clients: &Clients,
    at: &Regional,
    call: &Call,
    states: (&DbInstance, &DbInstance),
    fields: &[String],
    timing: Timing,
) -> Outcome {
    let mut request = at
        .rds
        .client
        .modify_db_instance()
        .db_instance_identifier(&call.address.name)
        .apply_immediately(timing == Timing::Immediately);
    for field in fields {
        request = carry(request, call, states, fields, field)?;
    }
    let (from, to) = states;
    let secret = match &to.password {
        Some(MasterPassword::Secret(secret)) if fields.iter().any(|f| f == "password") => secret,
        _ => return receipt(request.send().await, |answer| modified(answer.db_instance())),
    };
    let password = Password::stored(clients, at, call, &known(call, secret)?).await?;
    if matches!(from.password, Some(MasterPassword::Rds { .. })) {
        request = request.manage_master_user_password(false);
    }
    let answer = request.master_user_password(password.reveal()).send().await;
    receipt(answer, |answer| modified(answer.db_instance()))
        .map_err(|error| password.without(error))
}

fn modified(instance: Option<&aws_sdk_rds::types::DbInstance>) -> Ids {
    instance.map(ids).unwrap_or_default()
}

/// Puts one field into the request.
fn carry(
    request: ModifyDBInstanceFluentBuilder,
    call: &Call,
    (from, to): (&DbInstance, &DbInstance),
    fields: &[String],
    field: &str,
) -> Result<ModifyDBInstanceFluentBuilder, CallError> {
    Ok(match field {
        "engine_version" => version(request, from, to),
        "class" => request.set_db_instance_class(to.class.clone()),
        "multi_az" => request.set_multi_az(to.multi_az),
        "storage" | "storage_type" | "iops" | "throughput" => {
            let volume = Volume::changed(Setting::from(from), Setting::from(to), fields);
            request
                .set_allocated_storage(volume.size)
                .set_storage_type(volume.kind)
                .set_iops(volume.iops)
                .set_storage_throughput(volume.throughput)
        }
        "max_storage" => request.set_max_allocated_storage(autoscaling(from, to, fields)),
        "dedicated_log_volume" => request.set_dedicated_log_volume(to.dedicated_log_volume),
        "password" => managed(request, to),
        "iam_auth" => request.set_enable_iam_database_authentication(to.iam_auth),
        "port" => request.set_db_port_number(to.port.map(i32::from)),
        "subnet_group" => {
            request.set_db_subnet_group_name(known_opt(call, to.subnet_group.as_ref())?)
        }
        "security_groups" => request.set_vpc_security_group_ids(Some(known_all(
            call,
            to.security_groups.iter().flatten(),
        )?)),
        "public" => request.set_publicly_accessible(to.public),
        "network_type" => request.set_network_type(to.network_type.clone()),
        "ca_certificate" => request.set_ca_certificate_identifier(to.ca_certificate.clone()),
        "parameter_group" => {
            request.set_db_parameter_group_name(known_opt(call, to.parameter_group.as_ref())?)
        }
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
        "monitoring_interval" | "monitoring_role" => monitoring(request, call, to)?,
        "insights" | "insights_retention" => insights(request, from, to),
        "insights_mode" => insights_mode(request, from, to),
        "log_exports" => request.cloudwatch_logs_export_configuration(exports(
            from.log_exports.as_ref(),
            to.log_exports.as_ref(),
        )),
        other => return Err(unable(call, &format!("`{other}` cannot be changed in place"))),
    })
}

/// A major upgrade has to be allowed in so many words (docs/aws/instances.md#major-version).
fn version(
    request: ModifyDBInstanceFluentBuilder,
    from: &DbInstance,
    to: &DbInstance,
) -> ModifyDBInstanceFluentBuilder {
    let Some(wanted) = &to.engine_version else { return request };
    let live = from.engine_version.as_ref().and_then(|version| version.major());
    let request = request.engine_version(wanted.request());
    match wanted.major() > live {
        true => request.allow_major_version_upgrade(true),
        false => request,
    }
}

/// A most that equals what is allocated turns autoscaling off (docs/aws/storage.md#autoscaling):
/// what is there, which AWS may have grown beyond the spec, or what this very call allocates.
fn autoscaling(from: &DbInstance, to: &DbInstance, fields: &[String]) -> Option<i32> {
    let resized = fields.iter().any(|field| field == "storage");
    let allocated = if resized { to.storage } else { from.storage.or(to.storage) };
    match to.max_storage {
        Some(0) => allocated.map(int),
        most => most.map(int),
    }
}

/// A password of ours is added last, when nothing else can fail any more.
fn managed(
    request: ModifyDBInstanceFluentBuilder,
    to: &DbInstance,
) -> ModifyDBInstanceFluentBuilder {
    match &to.password {
        Some(MasterPassword::Rds { kms_key }) => request
            .manage_master_user_password(true)
            .set_master_user_secret_kms_key_id(kms_key.clone()),
        Some(MasterPassword::Secret(_) | MasterPassword::Elsewhere) | None => request,
    }
}

/// The interval and its role go together, except that off takes no role.
fn monitoring(
    request: ModifyDBInstanceFluentBuilder,
    call: &Call,
    to: &DbInstance,
) -> Result<ModifyDBInstanceFluentBuilder, CallError> {
    let request = request.set_monitoring_interval(to.monitoring_interval.map(int));
    match to.monitoring_interval {
        Some(0) => Ok(request),
        _ => Ok(request.set_monitoring_role_arn(known_opt(call, to.monitoring_role.as_ref())?)),
    }
}

/// Collection, with its retention and its key, or AWS chooses both. A key is taken only together
/// with the word whether collection is on (docs/aws/monitoring.md#insights-key), and the end of
/// collection only together with that of the advanced mode (docs/aws/monitoring.md#insights-mode).
fn insights(
    request: ModifyDBInstanceFluentBuilder,
    from: &DbInstance,
    to: &DbInstance,
) -> ModifyDBInstanceFluentBuilder {
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
    request: ModifyDBInstanceFluentBuilder,
    from: &DbInstance,
    to: &DbInstance,
) -> ModifyDBInstanceFluentBuilder {
    let request = insights(request, from, to);
    match to.insights_mode {
        Some(mode) => request.database_insights_mode(sdk_mode(mode)),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_most(fields: &[&str], most: u32, expected: i32) {
        let storage = |storage, most| DbInstance {
            storage: Some(storage),
            max_storage: Some(most),
            ..DbInstance::default()
        };
        let fields: Vec<String> = fields.iter().map(|field| field.to_string()).collect();
        let sent = autoscaling(&storage(650, 2000), &storage(500, most), &fields);
        assert_eq!(sent, Some(expected));
    }

    #[test]
    fn autoscaling_is_turned_off_by_a_most_of_what_is_there() {
        check_most(&["max_storage"], 0, 650);
        check_most(&["storage", "max_storage"], 0, 500);
        check_most(&["max_storage"], 1000, 1000);
    }
}
