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

/// What a run knows about why a call is refused, beside the class of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// Nothing that says that it ends, or that it does not.
    Open,
    /// This run has just deleted what used it: AWS lets go of it in its own time.
    LettingGo,
    /// The resource is in a state that only a person ends.
    NeedsAPerson,
}

/// Changes are sent once, so these are the only retries they get; the waits are those of a
/// person who would try again in a while.
pub(crate) fn patience(class: ErrorClass, prospect: Prospect) -> Option<Patience> {
    let (first, longest, attempts) = match (class, prospect) {
        (ErrorClass::Throttled, _) => (5, 60, 12),
        // 70 s: the look may be a little older than the state.
        (ErrorClass::NotReady, Prospect::NeedsAPerson) => (10, 60, 4),
        // Another change of the same database can take an hour.
        (ErrorClass::NotReady, _) => (10, 60, 90),
        // Half an hour: the network interfaces of a proxy or a database outlive it by minutes.
        // AWS gives no bound (<https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html>:
        // a group goes once nothing is associated with it).
        (ErrorClass::InUse, Prospect::LettingGo) => (10, 60, 33),
        // Five minutes: somebody else uses it, perhaps for ever, unless an earlier run that was
        // killed deleted the user a moment ago.
        (ErrorClass::InUse, _) => (10, 60, 8),
        // IAM takes seconds to two minutes to propagate (docs/aws/iam.md#propagation).
        (ErrorClass::Propagating, _) => (5, 20, 20),
        // Two minutes: what was just made or granted is seen within seconds as a rule
        // (<https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency>,
        // <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>), and the
        // next apply tries again anyway.
        (ErrorClass::Doubtful, _) => (5, 20, 8),
        // The next look tells whether the call was made after all.
        (ErrorClass::Unknown, _) => (5, 20, 6),
        // So does it here: an earlier attempt may have made it.
        (ErrorClass::Exists, _) => (5, 5, 3),
        // A run that has begun outlasts a short break of the network.
        (ErrorClass::Unreachable, _) => (5, 60, 10),
        (
            ErrorClass::Gone
            | ErrorClass::Denied
            | ErrorClass::Credentials
            | ErrorClass::Invalid
            | ErrorClass::Quota,
            _,
        ) => return None,
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
        let patience = patience(ErrorClass::Throttled, Prospect::Open).unwrap();
        let waits: Vec<_> = (1..6).map(|n| patience.wait(n).unwrap().as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60]);
        assert_eq!(patience.wait(12), None);
    }

    #[test]
    fn what_cannot_pass_is_never_tried_again() {
        for class in [ErrorClass::Denied, ErrorClass::Invalid, ErrorClass::Quota] {
            assert!(patience(class, Prospect::Open).is_none());
            assert!(!class.may_pass());
        }
    }

    #[track_caller]
    fn check_minutes(class: ErrorClass, prospect: Prospect, least: u64, most: u64) {
        let patience = patience(class, prospect).unwrap();
        let waits = (1..).map_while(|attempts| patience.wait(attempts));
        let minutes = waits.sum::<Duration>().as_secs().div_ceil(60);
        assert!((least..=most).contains(&minutes), "{class:?}, {prospect:?}: {minutes} min");
    }

    #[test]
    fn waits_are_as_long_as_what_is_waited_for() {
        use ErrorClass::*;
        check_minutes(InUse, Prospect::Open, 4, 6);
        check_minutes(InUse, Prospect::NeedsAPerson, 4, 6);
        check_minutes(InUse, Prospect::LettingGo, 25, 35);
        check_minutes(NotReady, Prospect::Open, 60, 90);
        check_minutes(NotReady, Prospect::NeedsAPerson, 1, 2);
        check_minutes(Propagating, Prospect::Open, 3, 6);
        check_minutes(Doubtful, Prospect::Open, 1, 2);
    }
}
