//! What holds for an instance as a whole, whichever call made it so (docs/aws/instances.md,
//! docs/aws/monitoring.md, docs/aws/names.md).

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::InsightsMode;

use super::storage;
use super::version;
use crate::account::Account;
use crate::account::Database;
use crate::ids::arn_region;
use crate::kind::db_parameter_group;
use crate::kind::db_subnet_group;
use crate::kind::iam;
use crate::kind::security_group;
use crate::offers;
use crate::refusal::bad_combination;
use crate::refusal::bad_role;
use crate::refusal::bad_value;
use crate::refusal::refuse;
use crate::reserved;
use crate::window::Window;

const LOGS: [&str; 3] = ["postgresql", "upgrade", "iam-db-auth-error"];
const MONITORING: [u32; 7] = [0, 1, 5, 10, 15, 30, 60];

/// Checks settings against each other, except for the windows.
pub(crate) fn settings(instance: &DbInstance) -> Result<(), CallError> {
    let class = instance.class.as_deref().unwrap_or_default();
    if !offers::has_class(class) {
        return Err(bad_value(format!("invalid DB instance class: {class}")));
    }
    if instance.port.is_some_and(|port| port < 1150) {
        return Err(bad_value("the port is 1150 to 65535"));
    }
    if instance.backup_retention.is_some_and(|days| days > 35) {
        return Err(bad_value("BackupRetentionPeriod is 0 to 35"));
    }
    if let Some(ca) =
        instance.ca_certificate.as_deref().filter(|ca| !offers::CERTIFICATES.contains(ca))
    {
        return Err(refuse("CertificateNotFound", format!("there is no certificate {ca}")));
    }
    if let Some(log) = instance.log_exports.iter().flatten().find(|l| !LOGS.contains(&l.as_str())) {
        return Err(bad_combination(format!("you cannot use the log type {log} with postgres")));
    }
    names(instance)?;
    network_type(instance)?;
    storage::check(instance)?;
    monitoring(instance.monitoring_interval, instance.monitoring_role.as_ref())?;
    insights(instance.insights, instance.insights_retention, instance.insights_mode)
}

/// The master user and the first database (docs/aws/names.md#rules).
fn names(instance: &DbInstance) -> Result<(), CallError> {
    master_and_database(instance.username.as_deref(), instance.database.as_deref())
}

/// What holds for these names of instances and clusters alike.
pub(crate) fn master_and_database(
    user: Option<&str>,
    database: Option<&str>,
) -> Result<(), CallError> {
    let word = |text: &str, longest: usize| {
        text.len() <= longest
            && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if let Some(user) = user {
        if !word(user, 16) || user.starts_with('_') {
            return Err(bad_value(format!("MasterUsername {user} is not valid")));
        }
        reserved::check_user(user)?;
    }
    match database {
        Some(name) if !word(name, 63) => Err(bad_value(format!("DBName {name} is not valid"))),
        Some(name) => reserved::check_database(name),
        None => Ok(()),
    }
}

/// No subnet of the simulated networks has IPv6.
fn network_type(instance: &DbInstance) -> Result<(), CallError> {
    match instance.network_type.as_deref() {
        None | Some("IPV4") => Ok(()),
        Some("DUAL") => {
            Err(refuse("InvalidSubnet", "the subnets of the subnet group have no IPv6 range"))
        }
        Some(other) => Err(bad_value(format!("NetworkType {other} is IPV4 or DUAL"))),
    }
}

/// AWS Backup's retention and window stay as they are: RDS takes only the current values
/// (<https://github.com/crossplane-contrib/provider-aws/issues/1356> has RDS's words).
pub(crate) fn aws_backup(
    database: &Database,
    before: (Option<u32>, Option<&str>),
    after: (Option<u32>, Option<&str>),
) -> Result<(), CallError> {
    match &database.aws_backup {
        Some(arn) if before != after => Err(bad_value(format!(
            "The database is associated with the AWS Backup resource {arn}. You can leave BackupRetentionPeriod and PreferredBackupWindow blank, or you can specify only the current values"
        ))),
        _ => Ok(()),
    }
}

/// Half an hour at least each, and not at the same time (docs/aws/instances.md#maintenance-window).
pub(crate) fn windows(backup: Option<&str>, maintenance: Option<&str>) -> Result<(), CallError> {
    let daily = match backup {
        Some(text) => Some(Window::daily(text).ok_or_else(|| {
            bad_value(format!("PreferredBackupWindow {text} is not hh24:mi-hh24:mi of 30 minutes"))
        })?),
        None => None,
    };
    let weekly =
        match maintenance {
            Some(text) => Some(Window::weekly(text).ok_or_else(|| {
                bad_value(format!("PreferredMaintenanceWindow {text} is not valid"))
            })?),
            None => None,
        };
    match weekly.zip(daily) {
        Some((weekly, daily)) if weekly.overlaps(daily) => {
            Err(bad_value("the backup window and maintenance window must not overlap"))
        }
        _ => Ok(()),
    }
}

/// A role if and only if the interval is not zero (docs/aws/monitoring.md#enhanced-monitoring).
pub(crate) fn monitoring(interval: Option<u32>, role: Option<&Ref>) -> Result<(), CallError> {
    let interval = interval.unwrap_or(0);
    if !MONITORING.contains(&interval) {
        return Err(bad_value(format!(
            "MonitoringInterval {interval} is not one of {MONITORING:?}"
        )));
    }
    match (interval, role) {
        (0, Some(_)) => {
            Err(bad_combination("a MonitoringInterval other than 0 is required with a role"))
        }
        (1.., None) => Err(bad_combination("a MonitoringRoleArn value is required")),
        _ => Ok(()),
    }
}

/// Modes and retentions of Database Insights (docs/aws/monitoring.md#insights-mode).
pub(crate) fn insights(
    on: Option<bool>,
    retention: Option<u32>,
    mode: Option<InsightsMode>,
) -> Result<(), CallError> {
    let on = on.unwrap_or(false);
    let allowed = |days: u32| {
        matches!(days, 7 | 731) || (days.is_multiple_of(31) && (31..=713).contains(&days))
    };
    match (retention, mode) {
        (Some(days), _) if !allowed(days) => {
            Err(bad_value(format!("Invalid Performance Insights retention period: {days}")))
        }
        (Some(_), _) if !on => {
            Err(bad_combination("a retention period needs EnablePerformanceInsights"))
        }
        (days, Some(InsightsMode::Advanced)) if !on || days.unwrap_or(7) < 465 => {
            Err(bad_combination(
                "the advanced mode of Database Insights needs Performance Insights with a retention of 465 days or more",
            ))
        }
        _ => Ok(()),
    }
}

/// Fields that a change of insights has.
const INSIGHTS: [&str; 3] = ["insights", "insights_retention", "insights_mode"];

/// What a change of insights says besides, and the key that it leaves. It ends together with the
/// advanced mode, in so many words (docs/aws/monitoring.md#insights-mode), and a call without a
/// key asks for the service's own, which is another one where there is one already
/// (docs/aws/monitoring.md#insights-key).
pub(crate) fn insights_change(
    sent: &[&str],
    on: Option<bool>,
    live: Option<&str>,
    carried: Option<&str>,
    default: String,
) -> Result<Option<String>, CallError> {
    if !sent.iter().any(|field| INSIGHTS.contains(field)) {
        return Ok(live.map(str::to_string));
    }
    if on == Some(false) && sent.contains(&"insights") && !sent.contains(&"insights_mode") {
        return Err(bad_combination(
            "to turn Performance Insights off, set DatabaseInsightsMode to standard",
        ));
    }
    let asked = carried.map_or(default, str::to_string);
    match live {
        Some(key) if key != asked => {
            Err(bad_combination("You can't change your Performance Insights KMS key."))
        }
        Some(_) => Ok(Some(asked)),
        None => Ok(Some(asked).filter(|_| on == Some(true))),
    }
}

/// Checks an instance against what is around it.
pub(crate) fn surroundings(
    account: &Account,
    key: &Address,
    instance: &DbInstance,
) -> Result<(), CallError> {
    let group = instance.subnet_group.as_ref().and_then(Ref::as_known).unwrap_or("default");
    let (vpc, _) = db_subnet_group::find(account, key, group)?;
    security_group::members_groups(account, key, &vpc, instance.security_groups.as_ref())?;
    let parameters = instance.parameter_group.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let major = version::of(instance).map(|version| version.major).unwrap_or_default();
    db_parameter_group::check_fits(account, key, Kind::DbParameterGroup, parameters, major)?;
    check_key(account, key, instance.kms_key.as_deref())?;
    check_key(account, key, instance.insights_kms_key.as_deref())?;
    if instance.kms_key.is_some() && instance.encrypted != Some(true) {
        return Err(bad_combination("KmsKeyId needs StorageEncrypted"));
    }
    Ok(())
}

/// A role that may write Enhanced Monitoring (docs/aws/iam.md#monitoring-role), looked at by calls
/// that name it only: a role is deleted although databases use it.
pub(crate) fn monitoring_role(account: &Account, role: Option<&Ref>) -> Result<(), CallError> {
    let Some(arn) = role.and_then(Ref::as_known) else { return Ok(()) };
    let purpose = "ENHANCED_MONITORING";
    let role = iam::usable_role(account, arn, "monitoring.rds.amazonaws.com", purpose)?;
    let may = iam::permissions(account, role)
        .iter()
        .any(|text| text.ends_with("AmazonRDSEnhancedMonitoringRole") || text.contains("logs:"));
    if may { Ok(()) } else { Err(bad_role(purpose)) }
}

/// A key is an ARN or an alias of the region of its user.
pub(crate) fn check_key(
    account: &Account,
    key: &Address,
    kms_key: Option<&str>,
) -> Result<(), CallError> {
    let Some(arn) = kms_key else { return Ok(()) };
    let region = account.region(key);
    let here = !arn.starts_with("arn:") || arn_region(arn) == Some(region.as_str());
    match here && !arn.is_empty() {
        true => Ok(()),
        false => Err(refuse(
            "KMSKeyNotAccessibleFault",
            format!("the key {arn} does not exist in {region} or is not accessible"),
        )),
    }
}
