//! What a plan leaves undone, by what it takes: time, access, or a person. It decides with which
//! code an apply ends, and its plan before it.

use std::collections::BTreeSet;

use pgha_planner::{Blocked, Change, NoteKind, Plan};
use pgha_resource::status::{Phase, Status};
use pgha_resource::{Address, Kind};
use serde::Serialize;

use crate::exit::Exit;
use crate::render::words;
use crate::typed::Typed;

/// What a blocked change takes before it is made; a worse one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Takes {
    /// It follows by itself, once something is over that has begun.
    Time,
    /// Somebody decides, or does something.
    Person,
    /// Something could not be read, or its network was not found: nobody knows what is to do.
    Access,
}

/// How many changes are left for whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// Calls that would be made now.
    pub steps: usize,
    /// Changes that take time.
    pub waiting: usize,
    /// Changes that take a person.
    pub deciding: usize,
    /// Changes that take access, and places that nobody could look into.
    pub unseen: usize,
}

impl Left {
    /// Sorts what is blocked in a plan.
    pub fn of(plan: &Plan) -> Self {
        let all: Vec<Takes> =
            plan.changes.iter().filter_map(|change| takes(change, plan)).collect();
        let count = |wanted: Takes| all.iter().filter(|takes| **takes == wanted).count();
        let notes = |kind| plan.notes.iter().filter(|note| note.kind == kind).count();
        Self {
            steps: plan.steps.len(),
            waiting: count(Takes::Time),
            // Whoever destroys a cluster that lives elsewhere has destroyed nothing of it.
            deciding: count(Takes::Person) + notes(NoteKind::Elsewhere),
            unseen: count(Takes::Access) + notes(NoteKind::Unswept),
        }
    }

    /// How an apply ends that made every step of a plan which leaves this.
    pub fn exit(self) -> Exit {
        match self {
            Self { unseen: 1.., .. } => Exit::Error,
            Self { deciding: 1.., .. } => Exit::Partial,
            Self { waiting: 1.., .. } => Exit::TimedOut,
            _ => Exit::Ok,
        }
    }

    /// The last line of a plan whose apply does not end with 0.
    pub fn line(self, apply: &Typed) -> Option<String> {
        let code = self.exit().code();
        let why = match self.exit() {
            Exit::Error => format!("{}, see above", self.unseen_in_words()),
            Exit::Partial => format!("{} a decision, see above", needs(self.deciding)),
            Exit::TimedOut => {
                format!("{} waiting, see above", words::count_are(self.waiting, "change"))
            }
            _ => return None,
        };
        let then = match (self.exit(), self.steps) {
            (Exit::TimedOut, _) => "; nobody has to decide, run it again once that is over",
            (_, 0) => "",
            _ => "; the rest would be made",
        };
        Some(format!("{apply} would end with {code}: {why}{then}"))
    }

    /// What stands in the way of knowing.
    pub fn unseen_in_words(self) -> String {
        let hang = if self.unseen == 1 { "hangs" } else { "hang" };
        let number = words::count(self.unseen, "change");
        format!("{number} {hang} on what could not be read or found")
    }
}

/// `1 change needs`, `2 changes need`.
pub fn needs(number: usize) -> String {
    format!("{} {}", words::count(number, "change"), if number == 1 { "needs" } else { "need" })
}

/// Whether a change is blocked and follows by itself.
pub fn is_waiting(change: &Change, plan: &Plan) -> bool {
    takes(change, plan) == Some(Takes::Time)
}

/// What a change takes, if it is blocked.
pub fn takes(change: &Change, plan: &Plan) -> Option<Takes> {
    change.blocked.as_ref().map(|_| followed(change, plan, &mut BTreeSet::new()))
}

/// What waits for another change takes what that one takes; a circle is nobody's to wait out.
fn followed<'a>(change: &'a Change, plan: &'a Plan, seen: &mut BTreeSet<&'a Address>) -> Takes {
    let Some(blocked) = &change.blocked else { return Takes::Time };
    let worst = |all: &mut dyn Iterator<Item = Takes>| all.max().unwrap_or(Takes::Time);
    match blocked {
        Blocked::InTurn { .. } | Blocked::Held { .. } | Blocked::Unconfirmed { .. } => Takes::Time,
        Blocked::Unread { .. } | Blocked::NoNetwork { .. } | Blocked::MayBeUsed { .. } => {
            Takes::Access
        }
        Blocked::Waits { address }
        | Blocked::Needs { address }
        | Blocked::StaysWith { address }
        | Blocked::Unrecorded { database: address } => {
            if !seen.insert(address) {
                return Takes::Person;
            }
            let others = plan.changes.iter().filter(|other| other.address == *address);
            worst(&mut others.map(|other| followed(other, plan, seen)))
        }
        // Who uses it lets go of it once its own time has come.
        Blocked::InUse { by } => {
            let users = || plan.changes.iter().filter(|other| other.address == *by);
            if !seen.insert(by) || users().all(|user| user.blocked.is_none()) {
                return Takes::Person;
            }
            worst(&mut users().map(|user| followed(user, plan, seen)))
        }
        Blocked::Status { status, .. } if passes(change.address.kind, status) => Takes::Time,
        Blocked::Unavailable { address, status, .. } if passes(address.kind, status) => Takes::Time,
        // Whatever else there is, and whatever is added: a person looks.
        _ => Takes::Person,
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
        assert_eq!(left("deleting", false).exit(), Exit::TimedOut);
        assert_eq!(left("failed", false).exit(), Exit::Partial);
        assert_eq!(left("failed", false).deciding, 1);
        let both = left("deleting", true);
        assert_eq!((both.waiting, both.unseen), (1, 1));
        assert_eq!(both.exit(), Exit::Error);
        assert_eq!(left("available", false).exit(), Exit::Ok);
    }

    #[test]
    fn what_could_not_be_read_counts_before_what_is_to_be_decided() {
        let both = left("failed", true);
        assert_eq!((both.deciding, both.unseen), (1, 1));
        assert_eq!(both.exit(), Exit::Error);
    }
}
