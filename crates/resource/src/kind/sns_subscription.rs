//! Somebody who is told: an e-mail address, a webhook, a queue.

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Kind;
use crate::kind::Noun;
use crate::kind::Tagging;
use crate::kind::parent_address;
use crate::operation::Operation;
use crate::reference::Ref;

/// A subscription to a topic. Its name is `topic:protocol:endpoint`, so that nothing about
/// it can change but its existence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnsSubscription {
    /// The topic's ARN.
    pub topic: Ref,
    /// `email`, `email-json`, `https`, `http`, `sqs`, `sms` or `lambda`.
    pub protocol: String,
    /// The address, URL, number or ARN.
    pub endpoint: String,
}

impl SnsSubscription {
    /// Whether somebody has to confirm it: people and web servers do, what belongs to the same
    /// account need not (docs/aws/alerting.md#confirmation).
    pub fn asks(&self) -> bool {
        matches!(self.protocol.as_str(), "email" | "email-json" | "http" | "https")
    }
}

fields! { SnsSubscription {
    topic: Via::Fixed, create::yes, |_, _| Effect::Replace, "SNS API, Subscribe";
    protocol: Via::Fixed, create::yes, |_, _| Effect::Replace, "SNS API, Subscribe";
    endpoint: Via::Fixed, create::yes, |_, _| Effect::Replace, "SNS API, Subscribe";
} }

impl Noun for SnsSubscription {
    const TAGGING: Tagging = Tagging::WithParent;
    const DELETE: Operation = Operation::Unsubscribe;

    fn create(&self) -> Operation {
        Operation::Subscribe
    }

    fn parent(&self, own: &Address) -> Option<Address> {
        parent_address(Kind::SnsTopic, &self.topic, own)
    }
}
