//! Failures on purpose: the seam that every call goes through first.

use pgha_apply::port::CallError;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::live::ErrorClass;

use crate::refusal::refuse;

/// A failure that a test asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The caller may not make this call, ever.
    Deny(Operation),
    /// The next so many of these calls are throttled.
    Throttle(Operation, u32),
    /// The next of these calls is made, but its answer never arrives.
    LoseAnswer(Operation),
    /// The next of these calls is refused with this code and message.
    Refuse(Operation, String, String),
    /// Things of this kind cannot be read until the faults are cleared.
    Unreadable(Kind),
}

/// What the faults make of a call.
pub(crate) enum Verdict {
    /// It goes through.
    Pass,
    /// It goes through and its answer is lost.
    Lost,
    /// It fails.
    Fail(CallError),
}

/// The faults asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn unreadable(&self, kind: Kind) -> bool {
        self.0.contains(&Fault::Unreadable(kind))
    }

    /// Looks whether a call is to fail; faults that happen once are used up.
    pub fn judge(&mut self, operation: Operation) -> Verdict {
        let place = self.0.iter().position(|fault| match fault {
            Fault::Deny(o)
            | Fault::Throttle(o, _)
            | Fault::LoseAnswer(o)
            | Fault::Refuse(o, ..) => *o == operation,
            Fault::Unreadable(_) => false,
        });
        let Some(place) = place else { return Verdict::Pass };
        match self.0.remove(place) {
            Fault::Deny(_) => {
                self.0.insert(place, Fault::Deny(operation));
                Verdict::Fail(denied(operation))
            }
            Fault::Throttle(_, times) => {
                if times > 1 {
                    self.0.insert(place, Fault::Throttle(operation, times - 1));
                }
                Verdict::Fail(refuse("ThrottlingException", "Rate exceeded"))
            }
            Fault::LoseAnswer(_) => Verdict::Lost,
            Fault::Refuse(_, code, message) => Verdict::Fail(refuse(&code, message)),
            Fault::Unreadable(_) => Verdict::Pass,
        }
    }
}

/// The caller may not.
pub(crate) fn denied(operation: Operation) -> CallError {
    let action = format!("{}:{operation}", operation.service());
    refuse("AccessDenied", format!("the caller is not authorized to perform: {action}"))
}

/// No answer came: nobody knows whether the call was made.
pub(crate) fn lost() -> CallError {
    CallError {
        class: ErrorClass::Unknown,
        code: "no-answer".into(),
        message: "the connection broke before an answer came".into(),
        request_id: None,
    }
}
