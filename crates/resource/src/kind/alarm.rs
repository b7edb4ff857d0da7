//! A CloudWatch metric alarm.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::kind::Tagging;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::value::Shown;
use crate::value::Value;

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($variant:ident $text:literal $doc_text:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $type {
            $(#[doc = $doc_text] $variant,)+
        }

        impl $type {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// CloudWatch's word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of CloudWatch's word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl Value for $type {
            fn show(&self) -> Shown {
                Shown::Text(self.as_str().into())
            }
        }
    };
}

words! {
    /// How a metric is compared with the threshold.
    Comparison {
        Above "GreaterThanThreshold" "Greater than.",
        AtLeast "GreaterThanOrEqualToThreshold" "Greater than or equal.",
        Below "LessThanThreshold" "Less than.",
        AtMost "LessThanOrEqualToThreshold" "Less than or equal."
    }
}

words! {
    /// What a missing datapoint counts as.
    MissingData {
        Missing "missing" "Nothing: the default.",
        Breaching "breaching" "Bad.",
        NotBreaching "notBreaching" "Good.",
        Ignore "ignore" "Keeps the state."
    }
}

/// The statistic: one of CloudWatch's, or a percentile such as `p90`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Statistic(pub String);

impl Statistic {
    /// Percentiles and the like go into another member of the API.
    pub fn is_extended(&self) -> bool {
        !matches!(self.0.as_str(), "SampleCount" | "Average" | "Sum" | "Minimum" | "Maximum")
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value for Statistic {
    fn show(&self) -> Shown {
        Shown::Text(self.0.clone())
    }
}

/// A number that prints without a trailing `.0` and compares exactly.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Threshold(pub f64);

impl PartialEq for Threshold {
    fn eq(&self, other: &Self) -> bool {
        self.0.total_cmp(&other.0).is_eq()
    }
}

impl Eq for Threshold {}

impl Value for Threshold {
    fn show(&self) -> Shown {
        Shown::Text(self.0.to_string())
    }
}

/// An alarm on one metric. PutMetricAlarm replaces the whole alarm, so every field is sent
/// whenever one changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// What it means and what to do.
    pub description: Option<String>,
    /// The namespace, `AWS/RDS`.
    pub namespace: Option<String>,
    /// The metric.
    pub metric: Option<String>,
    /// Its dimensions; values may name other resources.
    pub dimensions: Option<BTreeMap<String, Ref>>,
    /// The statistic.
    pub statistic: Option<Statistic>,
    /// Seconds a datapoint covers.
    pub period: Option<u32>,
    /// Datapoints looked at.
    pub evaluation_periods: Option<u32>,
    /// Datapoints of those that must be bad.
    pub datapoints: Option<u32>,
    /// The threshold, in the metric's unit.
    pub threshold: Option<Threshold>,
    /// The comparison.
    pub comparison: Option<Comparison>,
    /// What missing data means.
    pub missing_data: Option<MissingData>,
    /// Topics told of an alarm.
    pub alarm_actions: Option<BTreeSet<Ref>>,
    /// Topics told of the recovery.
    pub ok_actions: Option<BTreeSet<Ref>>,
    /// Whether actions are taken at all.
    pub actions_enabled: Option<bool>,
}

const PUT: Via = Via::One(Operation::PutMetricAlarm);

fields! { Alarm {
    description: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    namespace: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    metric: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    dimensions: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    statistic: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    period: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    evaluation_periods: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    datapoints: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    threshold: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    comparison: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    missing_data: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    alarm_actions: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    ok_actions: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
    actions_enabled: PUT, create::yes, |_, _| Effect::NOW, "CloudWatch API, PutMetricAlarm";
} }

impl Noun for Alarm {
    const TAGGING: Tagging =
        Tagging::By { set: Operation::TagAlarm, remove: Operation::UntagAlarm };
    const DELETE: Operation = Operation::DeleteAlarms;

    fn create(&self) -> Operation {
        Operation::PutMetricAlarm
    }
}
