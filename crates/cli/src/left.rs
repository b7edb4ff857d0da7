//! What a plan leaves undone, by what it takes: time, or a person.

use std::collections::BTreeSet;

use pgha_planner::{Blocked, Change, NoteKind, Plan};
use pgha_resource::status::{Phase, Status};
use pgha_resource::{Address, Kind};

/// How many changes are left for whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// Calls that would be made now.
    pub steps: usize,
    /// Changes that follow by themselves, once something is over that has begun.
    pub waiting: usize,
    /// Changes, and places that nobody could look into, that need somebody.
    pub deciding: usize,
}

impl Left {
    /// Sorts what is blocked in a plan.
    pub fn of(plan: &Plan) -> Self {
        let blocked = plan.changes.iter().filter(|change| change.blocked.is_some());
        let (waiting, deciding): (Vec<_>, Vec<_>) =
            blocked.partition(|change| waits(change, plan, &mut BTreeSet::new()));
        let unswept = plan.notes.iter().filter(|note| note.kind == NoteKind::Unswept).count();
        Self { steps: plan.steps.len(), waiting: waiting.len(), deciding: deciding.len() + unswept }
    }

    /// Nothing is left to be done or decided: the rest is a matter of time.
    pub fn only_waits(self) -> bool {
        self.steps == 0 && self.deciding == 0 && self.waiting > 0
    }
}

/// Whether a change is blocked and follows by itself.
pub fn is_waiting(change: &Change, plan: &Plan) -> bool {
    change.blocked.is_some() && waits(change, plan, &mut BTreeSet::new())
}

/// Whether a blocked change follows by itself. What waits for another change waits for what
/// that one waits for; a circle is nobody's to wait out.
fn waits<'a>(change: &'a Change, plan: &'a Plan, seen: &mut BTreeSet<&'a Address>) -> bool {
    let Some(blocked) = &change.blocked else { return true };
    match blocked {
        Blocked::InTurn { .. } | Blocked::Held { .. } | Blocked::Unconfirmed { .. } => true,
        Blocked::Waits { address }
        | Blocked::Needs { address }
        | Blocked::StaysWith { address }
        | Blocked::Unrecorded { database: address } => {
            if !seen.insert(address) {
                return false;
            }
            let mut others = plan.changes.iter().filter(|other| other.address == *address);
            others.all(|other| waits(other, plan, seen))
        }
        // Who uses it lets go of it once its own time has come.
        Blocked::InUse { by } => {
            seen.insert(by) && {
                let users = || plan.changes.iter().filter(|other| other.address == *by);
                let is_held = |user: &&Change| user.blocked.is_some();
                users().any(|user| is_held(&user)) && users().all(|user| waits(user, plan, seen))
            }
        }
        Blocked::Status { status, .. } => passes(change.address.kind, status),
        Blocked::Unavailable { address, status, .. } => passes(address.kind, status),
        // Whatever else there is, and whatever is added: a person looks.
        _ => false,
    }
}

/// Whether a status ends without anybody's help.
fn passes(kind: Kind, status: &str) -> bool {
    let status = match kind {
        Kind::DbProxy | Kind::DbProxyEndpoint => Status::proxy(status),
        Kind::EventSubscription => Status::event_subscription(status),
        Kind::DbSnapshot | Kind::DbClusterSnapshot => Status::snapshot(status),
        Kind::BackupReplication => Status::backup_replication(status),
        _ => Status::db_instance(status),
    };
    matches!(status.phase, Phase::Ready | Phase::Busy | Phase::Deleting)
}

#[cfg(test)]
mod tests {
    use pgha_resource::Seen;
    use pgha_resource::live::{ErrorClass, ReadError};

    use super::*;
    use crate::render::testing;

    /// What is left where the primary, in a status, is to change, and the topic can be read or
    /// not.
    fn left(status: &str, unread: bool) -> Left {
        let mut desired = testing::desired();
        let mut live = testing::applied(&desired);
        let name = "db-instance/orders-primary";
        testing::live(&mut live, name).status = Status::db_instance(status);
        if unread {
            let call = "sns:GetTopicAttributes".to_string();
            let error = ReadError { call, class: ErrorClass::Denied, message: "no".into() };
            let topic = testing::address("sns-topic/orders-alerts");
            live.resources.insert(topic, Seen::Unread(error));
        }
        let wanted = desired.resources.get_mut(&testing::address(name)).unwrap();
        testing::as_instance(&mut wanted.resource).deletion_protection = Some(false);
        Left::of(&testing::plan(&desired, &live))
    }

    #[test]
    fn what_ends_by_itself_waits_and_what_does_not_is_for_a_person() {
        assert!(left("deleting", false).only_waits());
        assert!(!left("failed", false).only_waits());
        assert_eq!(left("failed", false).deciding, 1);
        let both = left("deleting", true);
        assert_eq!((both.waiting, both.deciding), (1, 1));
        assert!(!both.only_waits());
        assert_eq!(left("available", false).waiting, 0);
    }
}
