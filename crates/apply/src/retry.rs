//! How long to wait before a call is made again, and when to give up.

use std::time::Duration;

use pgha_resource::live::ErrorClass;

/// How patient a run is with one class of errors.
pub(crate) struct Patience {
    /// Before the second attempt; doubled with every further one.
    first: Duration,
    /// The longest wait between two attempts.
    longest: Duration,
    /// Attempts in all.
    attempts: u32,
}

/// Changes are sent once, so these are the only retries they get; the waits are those of a
/// person who would try again in a while.
pub(crate) fn patience(class: ErrorClass) -> Option<Patience> {
    let (first, longest, attempts) = match class {
        ErrorClass::Throttled => (5, 60, 12),
        // Another change of the same database can take an hour.
        ErrorClass::NotReady | ErrorClass::InUse => (10, 60, 90),
        // IAM takes seconds to two minutes to propagate (aws-facts §9.3, §10.4).
        ErrorClass::Propagating => (5, 20, 20),
        // The next look tells whether the call was made after all.
        ErrorClass::Unknown => (5, 20, 6),
        // So does it here: an earlier attempt may have made it.
        ErrorClass::Exists => (5, 5, 3),
        // A run that has begun outlasts a short break of the network.
        ErrorClass::Unreachable => (5, 60, 10),
        ErrorClass::Gone
        | ErrorClass::Denied
        | ErrorClass::Credentials
        | ErrorClass::Invalid
        | ErrorClass::Quota => return None,
    };
    let seconds = Duration::from_secs;
    Some(Patience { first: seconds(first), longest: seconds(longest), attempts })
}

impl Patience {
    /// How long to wait after this many attempts; `None` is the end.
    pub(crate) fn wait(&self, attempts: u32) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(1 << attempts.saturating_sub(1).min(10));
        Some(doubled.min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_end() {
        let patience = patience(ErrorClass::Throttled).unwrap();
        let waits: Vec<_> = (1..6).map(|n| patience.wait(n).unwrap().as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60]);
        assert_eq!(patience.wait(12), None);
    }

    #[test]
    fn what_cannot_pass_is_never_tried_again() {
        for class in [ErrorClass::Denied, ErrorClass::Invalid, ErrorClass::Quota] {
            assert!(patience(class).is_none());
            assert!(!class.may_pass());
        }
    }
}
