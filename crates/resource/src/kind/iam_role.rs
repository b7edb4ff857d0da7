//! A role that a service assumes: enhanced monitoring, or the proxy.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

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

/// An IAM role with its policies. Roles are global, so names carry the region where a role
/// serves one region only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IamRole {
    /// What it is for.
    pub description: Option<String>,
    /// Who may assume it.
    pub trust: Option<Document>,
    /// ARNs of attached managed policies.
    pub attached: Option<BTreeSet<String>>,
    /// Inline policies by name.
    pub inline: Option<BTreeMap<String, Document>>,
}

fields! { IamRole {
    description: Via::Fixed, create::yes,
        |_, _| Effect::Never("pgha writes a role's description only when it creates the role".into()),
        "IAM API, CreateRole";
    trust: Via::One(Operation::UpdateAssumeRolePolicy), create::yes, |_, _| Effect::NOW,
        "IAM API, UpdateAssumeRolePolicy; docs/aws/iam.md#role-changes";
    attached: Via::Each {
            add: Operation::AttachRolePolicy,
            remove: Operation::DetachRolePolicy,
            batch: 1,
        }, create::no, |_, _| Effect::NOW,
        "IAM API, AttachRolePolicy; docs/aws/iam.md#role-changes";
    inline: Via::Each {
            add: Operation::PutRolePolicy,
            remove: Operation::DeleteRolePolicy,
            batch: 1,
        }, create::no, |_, _| Effect::NOW,
        "IAM API, PutRolePolicy; docs/aws/iam.md#role-changes";
} }

impl Noun for IamRole {
    const TAGGING: Tagging = Tagging::By { set: Operation::TagRole, remove: Operation::UntagRole };
    const DELETE: Operation = Operation::DeleteRole;

    fn create(&self) -> Operation {
        Operation::CreateRole
    }

    fn born(self) -> Self {
        Self { attached: Some(BTreeSet::new()), inline: Some(BTreeMap::new()), ..self }
    }
}
