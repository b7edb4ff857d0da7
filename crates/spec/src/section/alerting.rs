//! `[alerting]`: who is told, and of what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Seconds;
use crate::spanned::Maybe;
use crate::spanned::Sp;

/// Who is told of alarms and events, and which alarms there are.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alerting {
    /// E-mail addresses; each owner must confirm once.
    pub(crate) emails: Maybe<Vec<Sp<String>>>,
    /// Others who are told.
    #[serde(default)]
    pub(crate) subscriptions: Vec<Sp<Subscription>>,
    /// The ARN of an existing topic of the home region, instead of one of our own.
    pub(crate) topic: Maybe<String>,
    /// The ARN of the KMS key that encrypts the topic. Its key policy must let
    /// `events.rds.amazonaws.com` and `cloudwatch.amazonaws.com` use it. Default: none.
    pub(crate) kms_key: Maybe<String>,
    /// Categories of instance events that are told. Default: all but `backup` and `creation`;
    /// `[]` is none.
    pub(crate) events: Maybe<Vec<Sp<String>>>,
    /// Changes to the recommended alarms: `[alerting.alarms.cpu]`.
    #[serde(default)]
    pub(crate) alarms: BTreeMap<Sp<String>, AlarmOverride>,
    /// What differs in another region: `[alerting.regions.us-west-2]`.
    #[serde(default)]
    pub(crate) regions: BTreeMap<Sp<String>, RegionAlerting>,
}

/// Somebody who is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscription {
    /// How.
    pub(crate) protocol: Sp<Protocol>,
    /// Where: an address, a URL, a number or an ARN.
    pub(crate) endpoint: Sp<String>,
}

/// How somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Protocol {
    /// By e-mail.
    Email,
    /// By e-mail, as JSON.
    EmailJson,
    /// By an HTTPS request.
    Https,
    /// By an HTTP request, unencrypted.
    Http,
    /// Through an SQS queue.
    Sqs,
    /// By text message.
    Sms,
    /// Through a Lambda function.
    Lambda,
}

impl Protocol {
    /// SNS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::EmailJson => "email-json",
            Self::Https => "https",
            Self::Http => "http",
            Self::Sqs => "sqs",
            Self::Sms => "sms",
            Self::Lambda => "lambda",
        }
    }
}

/// A change to a recommended alarm.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlarmOverride {
    /// Leaves the alarm out. Default: `false`.
    pub(crate) off: Maybe<bool>,
    /// The threshold, in the metric's unit.
    pub(crate) threshold: Maybe<f64>,
    /// What a datapoint covers: 10, 20, 30 s or whole minutes.
    pub(crate) period: Maybe<Seconds>,
    /// Datapoints looked at.
    pub(crate) evaluation_periods: Maybe<u32>,
    /// Datapoints of those that must be bad. Default: all.
    pub(crate) datapoints: Maybe<u32>,
}

/// Alerting in another region.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionAlerting {
    /// The ARN of an existing topic of that region, instead of one of our own.
    pub(crate) topic: Maybe<String>,
    /// The ARN of the KMS key of that region that encrypts the topic.
    pub(crate) kms_key: Maybe<String>,
}
