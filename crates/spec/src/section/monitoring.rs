//! `[monitoring]`: Enhanced Monitoring, Database Insights and log exports.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Days;
use crate::quantity::Seconds;
use crate::spanned::Maybe;
use crate::spanned::Sp;

/// Enhanced Monitoring, Database Insights and log exports.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Monitoring {
    /// Seconds between samples of the operating system: 1, 5, 10, 15, 30 or 60; 0 or `"off"` is
    /// never. Default: 60 s.
    pub(crate) interval: Maybe<Seconds>,
    /// CloudWatch Database Insights, formerly Performance Insights.
    pub(crate) insights: Maybe<Insights>,
    /// Logs sent to CloudWatch: `postgresql`, `upgrade`, `iam-db-auth-error`. Default:
    /// `["postgresql", "upgrade"]`.
    pub(crate) log_exports: Maybe<Vec<Sp<String>>>,
}

/// CloudWatch Database Insights.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Insights {
    /// `off`, `standard` or `advanced`. Default: `standard`.
    pub(crate) mode: Maybe<Mode>,
    /// Days kept: 7, a multiple of 31 up to 713, or 731; 465 at least in the advanced mode.
    /// Default: 7, or 465 in the advanced mode.
    pub(crate) retention: Maybe<Days>,
    /// The ARN of the KMS key in the region. Default: the account's `aws/rds` key where
    /// insights are turned on first; later the key they have. Cannot change in practice.
    pub(crate) kms_key: Maybe<String>,
}

/// The mode of Database Insights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// Nothing is collected.
    Off,
    /// Seven days free, longer paid.
    Standard,
    /// Fleet view, locks and plans.
    Advanced,
}
