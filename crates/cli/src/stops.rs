//! Why an apply of a plan would end before its first call, so that the plan says it first.

use pgha_apply::lock::{Holder, LockError};
use pgha_planner::{Approval, Plan, Refused, approve};
use pgha_resource::live::NetworkSeen;
use pgha_resource::{Desired, Live};

use crate::exit::Exit;
use crate::left::Left;
use crate::typed::Typed;

/// How an apply of a plan would go beyond its changes.
#[derive(Debug)]
pub struct Ending {
    /// Why it would end before its first call.
    pub stops: Option<Stops>,
    /// It would ask, or be refused where nobody can answer.
    pub asks: bool,
    /// What it would leave.
    pub left: Left,
    /// Who would keep it out.
    pub lock: Option<Holder>,
}

impl Ending {
    /// The exit code of the apply, once it is agreed to and has the lock.
    pub fn exit(&self) -> Exit {
        self.stops.as_ref().map_or(self.left.exit(), Stops::exit)
    }
}

/// Why it would end.
#[derive(Debug)]
pub enum Stops {
    /// A guard says no.
    Refused(Refused),
    /// There is no place for the lock.
    Lock(LockError),
}

impl Stops {
    /// In the order in which an apply finds out; one that has nothing to do needs no lock.
    pub fn of(plan: &Plan, approval: &Approval, desired: &Desired, live: &Live) -> Option<Self> {
        if let Err(refused) = approve(plan.clone(), approval) {
            return Some(Self::Refused(refused));
        }
        let lock = lockless(desired, live).filter(|_| !plan.steps.is_empty());
        lock.map(Self::Lock)
    }

    /// The last line of the plan: `apply` is the command that would stop, and `once` the one that
    /// lets a refused plan through.
    pub fn line(&self, apply: &Typed, once: &Typed, plan: &Plan) -> String {
        match self {
            Self::Refused(refused) => {
                let worst = plan.worst_to_cluster();
                format!(
                    "refused: {refused}; to allow it once: {once}; always: `[guard] max_disruption = \"{worst}\"`"
                )
            }
            Self::Lock(error) => {
                format!("not possible: {error}; {apply} would change nothing")
            }
        }
    }

    /// The exit code of the apply.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Refused(_) => Exit::Refused,
            // It is not there, or cannot be read: whether somebody holds it was not asked.
            Self::Lock(_) => Exit::Error,
        }
    }
}

/// Why the lock could not be taken: it lies in the VPC of the home region, as far as that was
/// seen.
fn lockless(desired: &Desired, live: &Live) -> Option<LockError> {
    let home = &desired.scope.home;
    if !desired.networks.contains_key(home) {
        return Some(LockError::NoNetwork("the spec names none".into()));
    }
    match live.networks.get(home) {
        Some(NetworkSeen::NotFound(why)) => Some(LockError::NoNetwork(why.clone())),
        Some(NetworkSeen::Unread(error)) => Some(LockError::Unread(error.clone())),
        Some(NetworkSeen::Found(_)) | None => None,
    }
}
