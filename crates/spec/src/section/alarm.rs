//! `[[alarm]]`: an alarm of your own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Seconds;
use crate::spanned::Maybe;
use crate::spanned::Sp;

/// An alarm of your own, beside the recommended ones.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alarm {
    /// Its name; it is called `{cluster}-{name}`.
    pub(crate) name: Sp<String>,
    /// The CloudWatch metric, such as `SwapUsage`.
    pub(crate) metric: Sp<String>,
    /// The metric's namespace. Default: `AWS/RDS`.
    pub(crate) namespace: Maybe<String>,
    /// Whose metric: `primary`, `proxy`, or a replica's name. Default: `primary`.
    pub(crate) on: Maybe<String>,
    /// Dimensions instead of those that follow from `on`.
    pub(crate) dimensions: Maybe<BTreeMap<String, String>>,
    /// `Average`, `Maximum`, `Minimum`, `Sum`, `SampleCount`, or an extended statistic such as
    /// `p90`, `tm90`, `TM(10%:90%)`, `IQM` or `PR(:300)`. Default: `Average`.
    pub(crate) statistic: Maybe<String>,
    /// What a datapoint covers: 10, 20, 30 s or whole minutes. Default: 60 s.
    pub(crate) period: Maybe<Seconds>,
    /// Datapoints looked at. Default: 5.
    pub(crate) evaluation_periods: Maybe<u32>,
    /// Datapoints of those that must be bad. Default: all.
    pub(crate) datapoints: Maybe<u32>,
    /// The threshold, in the metric's unit.
    pub(crate) threshold: Sp<f64>,
    /// How the metric is compared with it. Default: `above`.
    pub(crate) comparison: Maybe<Compare>,
    /// What a missing datapoint counts as. Default: `missing`.
    pub(crate) missing_data: Maybe<Gap>,
    /// What it means and what to do. Default: the metric and whose it is.
    pub(crate) description: Maybe<String>,
    /// The ARNs of what is told when it goes off, in the region of what it watches; `[]` is nobody.
    /// Default: the topic of `[alerting]`.
    pub(crate) alarm_actions: Maybe<Vec<Sp<String>>>,
    /// The ARNs of what is told when it is over. Default: who is told when it goes off.
    pub(crate) ok_actions: Maybe<Vec<Sp<String>>>,
}

/// How a metric is compared with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Compare {
    /// Greater.
    Above,
    /// Greater or equal.
    AtLeast,
    /// Less.
    Below,
    /// Less or equal.
    AtMost,
}

/// What a missing datapoint counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Gap {
    /// Nothing.
    Missing,
    /// Bad.
    Breaching,
    /// Good.
    NotBreaching,
    /// The state stays.
    Ignore,
}
