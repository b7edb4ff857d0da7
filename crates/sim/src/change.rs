//! What an updating call really sends.

use pgha_apply::port::CallError;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Timing;

use crate::refusal::refuse;

/// An update, seen from AWS's side of the wire.
pub(crate) struct Change<'a> {
    /// The call.
    pub operation: Operation,
    /// What the caller thinks is there.
    pub from: &'a Resource,
    /// What the caller wants.
    pub to: &'a Resource,
    /// The fields that the call is about.
    pub fields: &'a [String],
    /// Now or in the window.
    pub timing: Timing,
}

impl Change<'_> {
    /// The fields in the request: those the call is about and that are set. Some are said again
    /// although they stay as they are, because AWS takes them only together with others.
    pub fn sent(&self) -> Vec<&'static str> {
        let fields = self.to.canonical_fields().into_iter();
        fields
            .filter(|(name, to)| to.is_some() && self.fields.iter().any(|field| field == name))
            .map(|(name, _)| name)
            .collect()
    }

    /// The fields in the request, refused unless the operation has members for them all.
    pub fn sent_within(&self, members: &[&str]) -> Result<Vec<&'static str>, CallError> {
        let sent = self.sent();
        match sent.iter().find(|name| !members.contains(name)) {
            Some(name) => Err(no_member(self.operation, name)),
            None => Ok(sent),
        }
    }
}

/// The call has no such member, so the SDK could not even have sent it.
pub(crate) fn no_member(operation: Operation, field: &str) -> CallError {
    refuse("ValidationError", format!("{operation} has no member for `{field}`"))
}
