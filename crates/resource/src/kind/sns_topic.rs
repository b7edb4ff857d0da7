//! The topic that alarms and events are sent to.

use serde::Deserialize;
use serde::Serialize;

use crate::document::Document;
use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::kind::Tagging;
use crate::operation::Operation;

/// A standard SNS topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnsTopic {
    /// The sender's name in e-mails.
    pub display_name: Option<String>,
    /// Who may publish.
    pub policy: Option<Document>,
    /// The key that encrypts messages; empty for none.
    pub kms_key: Option<String>,
}

fields! { SnsTopic {
    display_name: Via::Own(Operation::SetTopicAttributes), create::yes, |_, _| Effect::NOW,
        "SNS API, SetTopicAttributes";
    policy: Via::Own(Operation::SetTopicAttributes), create::yes, |_, _| Effect::NOW,
        "SNS API, SetTopicAttributes; docs/aws/alerting.md#topic-changes";
    kms_key: Via::Own(Operation::SetTopicAttributes), create::yes, |_, _| Effect::NOW,
        "SNS API, SetTopicAttributes; docs/aws/alerting.md#topic-changes";
} }

impl Noun for SnsTopic {
    const TAGGING: Tagging =
        Tagging::By { set: Operation::TagTopic, remove: Operation::UntagTopic };
    const DELETE: Operation = Operation::DeleteTopic;

    fn create(&self) -> Operation {
        Operation::CreateTopic
    }
}
