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
        /// Tags that the call writes over and that have to be as they were seen, empty where
        /// there were none: whoever changed them since would be forgotten.
        #[serde(default, skip_serializing_if = "Tags::is_empty")]
        over: Tags,
    },
    /// Restart a database so that waiting parameters take effect.
    Reboot {
        /// The database.
        of: Box<Resource>,
    },
    /// Start a database that somebody stopped.
    Start {
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
            Action::Tag { of, .. } | Action::Reboot { of } | Action::Start { of } => Some(of),
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
            Action::Tag { of, .. } | Action::Reboot { of } | Action::Start { of } => of,
            Action::Delete { from, .. } => from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::DbInstance;

    fn instance(class: &str) -> Box<Resource> {
        Box::new(DbInstance { class: Some(class.into()), ..DbInstance::default() }.into())
    }

    #[track_caller]
    fn check_states(action: Action, before: &str, after: Option<&str>, fields: &[&str]) {
        let call = Call {
            address: "db-instance/orders".parse().unwrap(),
            operation: Operation::ModifyDBInstance,
            action,
            id: None,
            arn: None,
            resource_id: None,
        };
        assert_eq!(call.resource(), &*instance(before));
        assert_eq!(call.to(), after.map(instance).as_deref());
        assert_eq!(call.fields().collect::<Vec<_>>(), fields);
    }

    #[test]
    fn a_call_leads_from_one_state_to_another() {
        let update = Action::Update {
            from: instance("small"),
            to: instance("large"),
            fields: vec!["class".into(), "iops".into()],
            timing: Timing::InWindow,
        };
        check_states(update, "small", Some("large"), &["class", "iops"]);
        let create = Action::Create { to: instance("small"), tags: Tags::new() };
        check_states(create, "small", Some("small"), &[]);
    }

    #[test]
    fn tagging_and_restarting_leave_the_fields_as_they_are() {
        let tag = Action::Tag {
            of: instance("small"),
            set: Tags::new(),
            remove: vec!["a".into()],
            over: Tags::new(),
        };
        check_states(tag, "small", Some("small"), &[]);
        check_states(Action::Reboot { of: instance("small") }, "small", Some("small"), &[]);
        check_states(Action::Start { of: instance("small") }, "small", Some("small"), &[]);
    }

    #[test]
    fn nothing_is_left_after_a_deletion() {
        let delete = Action::Delete { from: instance("small"), final_snapshot: None };
        check_states(delete, "small", None, &[]);
    }
}
