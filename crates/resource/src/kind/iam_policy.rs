//! The managed policy that lets an application connect with an IAM token.

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

/// A customer-managed IAM policy, to be attached to the application's own roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IamPolicy {
    /// What it is for.
    pub description: Option<String>,
    /// The default version's document.
    pub document: Option<Document>,
}

fields! { IamPolicy {
    description: Via::Fixed, create::yes,
        |_, _| Effect::Never("IAM has no call that changes a policy's description".into()),
        "IAM API, CreatePolicy";
    document: Via::One(Operation::CreatePolicyVersion), create::yes, |_, _| Effect::NOW,
        "IAM API, CreatePolicyVersion: at most five versions are kept; docs/aws/iam.md#policy-versions";
} }

impl Noun for IamPolicy {
    const TAGGING: Tagging =
        Tagging::By { set: Operation::TagPolicy, remove: Operation::UntagPolicy };
    const DELETE: Operation = Operation::DeletePolicy;

    fn create(&self) -> Operation {
        Operation::CreatePolicy
    }
}
