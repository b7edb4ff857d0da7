//! `[backup]` and `[maintenance]`: what is done regularly, and when.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Days;
use crate::spanned::Maybe;
use crate::spanned::Sp;
use crate::window::Daily;
use crate::window::Weekly;

/// Automated backups and their copy in another region.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    /// Who keeps the automated backups. `pgha` sets their retention and window; `aws-backup`
    /// leaves both to a plan of AWS Backup, so that neither is compared. Default: `pgha`.
    pub(crate) managed_by: Maybe<ManagedBy>,
    /// Days of automated backups, 1 to 35 (0 is off, and costs an outage to switch). Default:
    /// 7 days.
    pub(crate) retention: Maybe<Days>,
    /// When the daily backup is taken, UTC, 30 minutes at least and clear of the maintenance
    /// window. Default: `03:00-04:00`.
    pub(crate) window: Maybe<Daily>,
    /// The copy of the backups in another region. Default: none. Not for a Multi-AZ DB cluster.
    pub(crate) replicate_to: Maybe<ReplicateTo>,
    /// Whether snapshots get the database's tags. Default: `true`.
    pub(crate) copy_tags: Maybe<bool>,
}

/// Who keeps the automated backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ManagedBy {
    /// Their retention and window are as the spec says.
    Pgha,
    /// A plan of AWS Backup says what they are.
    AwsBackup,
}

/// The copy of the backups in another region.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplicateTo {
    /// The region.
    pub(crate) region: Sp<String>,
    /// Days the copies are kept there, 1 to 35. Default: as in `[backup]`.
    pub(crate) retention: Maybe<Days>,
    /// The ARN of the KMS key there; required unless the database is not encrypted.
    pub(crate) kms_key: Maybe<String>,
}

/// When changes that can wait are made.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maintenance {
    /// The weekly window, UTC, 30 minutes at least. Default: `sun:04:00-sun:05:00`.
    pub(crate) window: Maybe<Weekly>,
    /// Whether changes that can wait do so. Default: `in-window`. `immediately` also makes
    /// everything that AWS has queued.
    pub(crate) apply: Maybe<Apply>,
    /// Whether AWS installs new minor versions in the window. Default: `true`.
    pub(crate) auto_minor: Maybe<bool>,
}

/// When a change that can wait is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Apply {
    /// In the maintenance window.
    InWindow,
    /// At once.
    Immediately,
}
