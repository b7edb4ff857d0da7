//! A lock that is held: kept alive, and watched.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::offer::{Offers, Questions};

use super::HOLDS;
use super::Holder;
use super::LOOK_AGAIN;
use super::LOOKS;
use super::LockError;
use super::MARGIN;
use super::SHOWS;
use super::UNTIL_TAG;
use super::address;
use super::call;
use super::group;
use super::remove;
use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::port::Observe;
use crate::port::Receipt;
use crate::port::Wanted;

/// How long a call may rely on a look: between a look and the call that it leads to, a process may
/// have stood still while somebody removed the lock.
const LOOK_LASTS: SignedDuration = SignedDuration::from_mins(1);

/// What the looks of a run show of its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Nothing yet: EC2 takes its time with what is new.
    NotYet,
    /// It is there.
    There,
    /// A look did not show it although it should, or showed another one.
    Missing,
}

/// An account in which this run holds the lock: looking at it keeps the lock alive, and shows
/// whether it is still there.
pub struct Locked<'a, A> {
    account: &'a A,
    desired: &'a Desired,
    holder: Holder,
    /// When it was told that the lock is its own.
    since: Timestamp,
    /// Until when it holds for sure.
    until: Cell<Timestamp>,
    /// What is lost once stays so, whatever clocks and looks say later.
    is_lost: Cell<bool>,
    shown: Cell<Shown>,
    /// When the last question was asked whose answer was that it is there.
    heard: Cell<Timestamp>,
}

impl<'a, A: Execute + Clock> Locked<'a, A> {
    /// Holds `holder`'s lock, which this run took.
    pub fn new(account: &'a A, desired: &'a Desired, holder: Holder) -> Self {
        let since = holder.taken.unwrap_or_else(|| account.now());
        let until = Cell::new(holder.until.unwrap_or(since));
        let (is_lost, shown) = (Cell::new(false), Cell::new(Shown::NotYet));
        let heard = Cell::new(since);
        Self { account, desired, holder, since, until, is_lost, shown, heard }
    }

    /// Gives the lock back.
    pub async fn release(&self) -> Result<(), LockError> {
        remove(&self.holder, self.desired, self.account).await.map(|_| ())
    }

    /// Renews the lock once a third of its time is over. A renewal that fails is tried again with
    /// the next look. A lock whose time is over, because the process slept, is not renewed:
    /// somebody else may be removing it this very moment.
    async fn renew(&self) {
        let now = self.account.now();
        if self.until.get().duration_since(now) > HOLDS * 2 / 3 || !self.holds() {
            return;
        }
        let action = Action::Tag {
            of: Box::new(group(self.desired, None)),
            set: Tags::from([(UNTIL_TAG.to_string(), (now + HOLDS).to_string())]),
            remove: Vec::new(),
            over: Tags::new(),
        };
        let call = call(self.desired, Operation::CreateTags, action, self.holder.id.clone());
        match self.account.execute(&call).await {
            // One that took until the old end may have come too late: somebody else may have
            // found the lock run out.
            Ok(_) if self.holds() => {
                self.until.set(now + HOLDS);
                self.heard.set(now);
            }
            // It is not too new to be known everywhere: somebody removed it.
            Err(CallError { class: ErrorClass::Gone | ErrorClass::Doubtful, .. })
                if !self.holder.is_new(now) =>
            {
                self.is_lost.set(true);
            }
            Ok(_) | Err(_) => {}
        }
    }

    pub(super) fn holds(&self) -> bool {
        if self.account.now() + MARGIN >= self.until.get() {
            self.is_lost.set(true);
        }
        !self.is_lost.get()
    }

    /// Takes note of what a look shows of the lock that was asked for at a time. A look may be
    /// older than the one before: one without the lock, or with one that is gone by now, is no
    /// proof.
    fn note(&self, asked: Timestamp, seen: Option<&Seen>) {
        let is_new = self.shown.get() == Shown::NotYet && asked < self.since + SHOWS;
        match seen {
            Some(Seen::Present(live)) if live.ids.id == self.holder.id => {
                self.shown.set(Shown::There);
                self.heard.set(asked);
            }
            Some(Seen::Present(_)) => self.shown.set(Shown::Missing),
            Some(Seen::Absent) if !is_new => self.shown.set(Shown::Missing),
            _ => {}
        }
    }

    /// Looks at the account, and at the lock in whichever VPC: of two that hide from each other
    /// when they are created, the later one gives way.
    async fn look(&self, wanted: &Wanted) -> Live {
        let lock = address(self.desired);
        let mut wanted = wanted.clone();
        wanted.resources.insert(lock.clone(), group(self.desired, None));
        let asked = self.account.now();
        let mut live = self.account.observe(&wanted).await;
        self.note(asked, live.resources.remove(&lock).as_ref());
        live
    }

    /// Makes sure, before a call, that the lock is there: looks again if nobody has for a while, and
    /// looks for a lock that is missing until it shows, or is believed to be gone. Then somebody
    /// removed it, and another run may be changing the cluster.
    async fn find(&self) {
        let wanted = Wanted::only(&self.desired.scope, BTreeMap::new());
        for look in 0..LOOKS {
            let is_missing = self.shown.get() == Shown::Missing;
            let is_old = self.account.now() > self.heard.get() + LOOK_LASTS;
            if !self.holds() || !(is_missing || is_old) {
                return;
            }
            if is_missing || look > 0 {
                self.account.sleep(LOOK_AGAIN).await;
            }
            self.look(&wanted).await;
        }
        if self.shown.get() == Shown::Missing {
            self.is_lost.set(true);
        }
    }
}

/// Nothing is changed without the lock.
fn lost() -> CallError {
    CallError {
        class: ErrorClass::Denied,
        code: "LockLost".into(),
        message: "the call was not made: this run was not heard of for so long that its lock ran \
                  out, or somebody removed it, and another run may be changing the cluster"
            .into(),
        request_id: None,
    }
}

impl<A: Execute + Clock> Observe for Locked<'_, A> {
    async fn identity(&self) -> Result<Identity, ReadError> {
        self.account.identity().await
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        self.renew().await;
        self.look(wanted).await
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.account.ask(questions).await
    }
}

impl<A: Execute + Clock> Execute for Locked<'_, A> {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        self.find().await;
        match self.holds() {
            true => self.account.execute(call).await,
            false => Err(lost()),
        }
    }
}

impl<A: Clock> Clock for Locked<'_, A> {
    fn now(&self) -> Timestamp {
        self.account.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.account.sleep(duration).await;
    }
}
