//! Backups that AWS Backup keeps: their retention and window are its own, and RDS takes no other
//! from anybody.

use pgha_resource::field::Match;
use pgha_resource::live::Notice;
use pgha_resource::{DesiredResource, LiveResource, Resource, Weekly};

use crate::cause::Record;
use crate::classify::{Action, Items};
use crate::offered::refuse;
use crate::plan::Cause;

/// What AWS Backup decides of a database.
const FIELDS: [&str; 2] = ["backup_retention", "backup_window"];

/// Leaves retention and window as AWS Backup set them, where the spec did not change since: a
/// continuous backup owns both, and RDS refuses every other value
/// (<https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html>; RDS API,
/// DBInstance.AwsBackupRecoveryPointArn;
/// <https://github.com/crossplane-contrib/provider-aws/issues/1356> has RDS's words).
pub(crate) fn keep(
    resolved: &mut Resource,
    wanted: &DesiredResource,
    live: &LiveResource,
) -> Option<String> {
    let arn = keeper(live)?;
    let record = Record::new(Some(live), wanted);
    let mut kept = Vec::new();
    for (field, text) in FIELDS.iter().zip(told(live.overlaid())) {
        let differs = resolved.compare_field(field, live.overlaid()) == Some(Match::Differs);
        if differs && record.of_field(field) != Cause::SpecChanged {
            resolved.copy_field(field, live.overlaid());
            kept.push(text);
        }
    }
    if kept.is_empty() {
        return None;
    }
    Some(format!(
        "AWS Backup keeps its backups ({arn}) and decides: {}; `managed_by = \"aws-backup\"` in `[backup]` puts that on record",
        kept.join(", "),
    ))
}

/// Blocks what the spec newly says of backups that AWS Backup keeps.
pub(crate) fn block(items: &mut Items) {
    for item in items.values_mut().filter(|item| matches!(item.action, Action::Modify)) {
        let Some(arn) = item.live.and_then(keeper).map(str::to_string) else { continue };
        for field in FIELDS {
            refuse(item, field, |_| {
                Some(format!(
                    "AWS Backup keeps the backups of this database ({arn}), and RDS takes no other value: change its backup plan, or end the continuous backup there (`aws backup disassociate-recovery-point`)"
                ))
            });
        }
    }
}

/// Blocks windows that RDS refuses because backups and maintenance would overlap, where the other
/// one is not the spec's: AWS chose it, or AWS Backup did (RDS API, ModifyDBInstance,
/// PreferredMaintenanceWindow and PreferredBackupWindow; docs/aws/instances.md#maintenance-window).
pub(crate) fn block_windows(items: &mut Items) {
    for item in items.values_mut().filter(|item| matches!(item.action, Action::Modify)) {
        let Some((live, wanted)) = item.live.zip(item.resolved.as_ref()) else { continue };
        let (daily, weekly) = windows(wanted);
        let (live_daily, live_weekly) = windows(live.overlaid());
        let both = daily.or(live_daily).zip(weekly.or(live_weekly));
        let Some((daily, weekly)) = both.map(|(d, w)| (d.to_string(), w.to_string())) else {
            continue;
        };
        if !weekly.parse::<Weekly>().is_ok_and(|weekly| weekly.meets_daily(&daily)) {
            continue;
        }
        for (field, other) in [("maintenance_window", &daily), ("backup_window", &weekly)] {
            let what = if field == "backup_window" { "maintenance" } else { "backups" };
            refuse(item, field, |_| {
                Some(format!(
                    "it overlaps the window of its {what}, {other} UTC, and RDS refuses that: choose another, or set both"
                ))
            });
        }
    }
}

/// The daily window of a database's backups and the weekly one of its maintenance.
fn windows(resource: &Resource) -> (Option<&str>, Option<&str>) {
    match resource {
        Resource::DbInstance(i) => (i.backup_window.as_deref(), i.maintenance_window.as_deref()),
        Resource::DbCluster(c) => (c.backup_window.as_deref(), c.maintenance_window.as_deref()),
        _ => (None, None),
    }
}

fn keeper(live: &LiveResource) -> Option<&str> {
    live.notices.iter().find_map(|notice| match notice {
        Notice::AwsBackup(arn) => Some(arn.as_str()),
        _ => None,
    })
}

fn told(live: &Resource) -> [String; 2] {
    let (days, window) = match live {
        Resource::DbInstance(i) => (i.backup_retention, i.backup_window.as_deref()),
        Resource::DbCluster(c) => (c.backup_retention, c.backup_window.as_deref()),
        _ => (None, None),
    };
    let days = days.map_or("unknown".into(), |days| format!("{days} days"));
    [format!("retention {days}"), format!("window {}", window.unwrap_or("unknown"))]
}
