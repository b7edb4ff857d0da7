//! One mutating API call, as a transition between two states of a resource.

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::kind::Resource;
use crate::live::Tags;
use crate::operation::Operation;

/// Whether AWS may wait for the maintenance window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// `ApplyImmediately=true`, which also flushes everything queued.
    Immediately,
    /// `ApplyImmediately=false`.
    InWindow,
}

/// What the call does.
///
/// `from` and `to` are whole resources of which only the fields that differ are sent.
/// A call that changes nothing twice is harmless: that is what makes reruns safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Create `to`; only fields that the creating call can carry are set in it.
    Create {
        /// What to create.
        to: Box<Resource>,
        /// Its tags from the first moment, where the kind has tags.
        tags: Tags,
    },
    /// Change the fields in which the two differ.
    Update {
        /// What is there.
        from: Box<Resource>,
        /// What is wanted.
        to: Box<Resource>,
        /// The fields that the call carries.
        fields: Vec<String>,
        /// Now or in the window.
        timing: Timing,
    },
    /// Set and remove tags. A call either sets or removes.
    Tag {
        /// The resource that is tagged.
        of: Box<Resource>,
        /// Tags to set.
        set: Tags,
        /// Keys to remove.
        remove: Vec<String>,
    },
    /// Restart a database so that waiting parameters take effect.
    Reboot {
        /// The database.
        of: Box<Resource>,
    },
    /// Delete.
    Delete {
        /// What is there.
        from: Box<Resource>,
        /// The name of the final snapshot; `None` skips it.
        final_snapshot: Option<String>,
    },
}

/// One mutating API call on one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Whom it changes.
    pub address: Address,
    /// The API call.
    pub operation: Operation,
    /// What it does.
    pub action: Action,
    /// The id AWS chose for the target, where it is needed and known.
    pub id: Option<String>,
    /// The target's ARN, where it is known.
    pub arn: Option<String>,
    /// The immutable id of the database that was seen when the call was planned: another
    /// one of the same name is another database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
}

impl Call {
    /// The state after the call; `None` after a deletion.
    pub fn to(&self) -> Option<&Resource> {
        match &self.action {
            Action::Create { to, .. } | Action::Update { to, .. } => Some(to),
            Action::Tag { of, .. } | Action::Reboot { of } => Some(of),
            Action::Delete { .. } => None,
        }
    }

    /// The fields that an update carries.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let fields = match &self.action {
            Action::Update { fields, .. } => fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(String::as_str)
    }

    /// The resource before the call; the new one for a creation.
    pub fn resource(&self) -> &Resource {
        match &self.action {
            Action::Create { to, .. } => to,
            Action::Update { from, .. } => from,
            Action::Tag { of, .. } | Action::Reboot { of } => of,
            Action::Delete { from, .. } => from,
        }
    }
}
