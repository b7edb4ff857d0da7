//! A process on a machine with a clock of its own, far away from an EC2 that shows things late.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pgha_apply::port::{CallError, Clock, Execute, Observe, Receipt, Wanted};
use pgha_resource::call::Action;
use pgha_resource::live::{ErrorClass, Identity, ReadError, Tags};
use pgha_resource::offer::{Offers, Questions};
use pgha_resource::{Address, Call, Live, Operation};

use super::World;
use super::schedule::{At, Habits, What};
use crate::promises::Promise;

/// Differences that nobody corrects: `SLACK` in `crates/aws/src/clock.rs`, where the header `Date`
/// of an answer sets the clock.
const SLACK: i64 = 30;

/// How long an answer may be on its way: the timeout of a read in `crates/aws/src/connect.rs`.
const SLOWEST_ANSWER: u64 = 15;

/// How old a look may be by which a call is made, as docs/decisions/0005 says.
const LOOK_LASTS: SignedDuration = SignedDuration::from_mins(1);

/// A renewal that is answered so shortly before the end renews nothing: the minute in which the
/// lock is not used, and what a clock may be wrong.
const TOO_LATE: SignedDuration = SignedDuration::from_secs(120);

/// A process.
pub(super) struct Machine<'a> {
    world: &'a World<'a>,
    pub(super) name: String,
    troubles: Vec<(At, What)>,
    /// How many seconds its clock is ahead of AWS's.
    ahead: Cell<i64>,
    /// How many seconds it believes to be behind.
    behind: Cell<i64>,
    /// The latest time that an answer told.
    latest: Cell<Timestamp>,
    /// Its clock stood still, and no answer that was given since has told it so.
    fooled: Cell<bool>,
    paused_until: Cell<Timestamp>,
    dead: Cell<bool>,
    calls: Cell<usize>,
    looks: Cell<usize>,
    lock_calls: Cell<usize>,
    throttled: RefCell<BTreeMap<Operation, usize>>,
    denied: RefCell<BTreeSet<Operation>>,
    /// Until when it has AWS's word that the lock is its own.
    pub(super) promised: Cell<Timestamp>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(world: &'a World<'a>, name: String, habits: &Habits) -> Self {
        Self {
            world,
            name,
            troubles: habits.troubles.clone(),
            ahead: Cell::new(habits.skew),
            behind: Cell::new(0),
            latest: Cell::new(Timestamp::MIN),
            fooled: Cell::new(false),
            paused_until: Cell::new(Timestamp::MIN),
            dead: Cell::new(false),
            calls: Cell::new(0),
            looks: Cell::new(0),
            lock_calls: Cell::new(0),
            throttled: RefCell::default(),
            denied: RefCell::default(),
            promised: Cell::new(Timestamp::MIN),
        }
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Whether it stands still.
    pub(super) fn is_paused(&self) -> bool {
        self.world.time.now() < self.paused_until.get()
    }

    fn lock(&self) -> Address {
        self.world.lock()
    }

    /// Its bad moments at a moment.
    fn troubles(&self, at: At) -> impl Iterator<Item = What> {
        self.troubles.iter().filter(move |(when, _)| *when == at).map(|(_, what)| *what)
    }

    fn local(&self) -> Timestamp {
        self.world.time.now() + SignedDuration::from_secs(self.ahead.get())
    }

    /// An answer that was given at a time has arrived, to a question that was sent at a time of the
    /// machine's own. The truth is between the two: an answer that waited for a machine that stood
    /// still does not say that it is still that time, and one that is older than another says
    /// nothing. What the machine believes stays if it agrees with the answer.
    fn note(&self, sent: Timestamp, date: Timestamp) {
        if date < self.latest.replace(date.max(self.latest.get())) {
            return;
        }
        let (sent, now) = (sent.as_second(), self.local().as_second());
        let (least, most) = (date.as_second() - now, date.as_second() - sent);
        let behind = self.behind.get();
        if behind < least - SLACK || behind > most + SLACK {
            self.behind.set(behind.clamp(least.min(most), most));
        }
        if date >= self.paused_until.get() {
            self.fooled.set(false);
        }
    }

    async fn pauses(&self, at: At) {
        for what in self.troubles(at) {
            let What::Pause { minutes, with_clock } = what else { continue };
            let stage = self.world.stage;
            stage.count(match with_clock {
                true => "pauses with a clock that stands still",
                false => "pauses",
            });
            stage.tell(|| format!("{} stands still for {minutes} minutes", self.name));
            let pause = Duration::from_secs(60 * minutes);
            self.paused_until.set(self.world.time.after(pause));
            if with_clock {
                self.ahead.set(self.ahead.get() - i64::try_from(60 * minutes).unwrap_or(0));
                self.fooled.set(true);
            }
            self.world.time.sleep(pause).await;
        }
    }

    async fn die(&self) {
        self.dead.set(true);
        self.world.stage.count("deaths");
        self.world.stage.tell(|| format!("{} dies", self.name));
        pending::<()>().await;
    }

    /// On the way: mostly a moment, now and then as long as a connection may take.
    async fn travel(&self) {
        let seconds = self.world.roll(|random| match random.chance(3) {
            true => random.below(usize::try_from(SLOWEST_ANSWER).unwrap_or(0) + 1),
            false => random.below(2),
        });
        if seconds > 0 {
            self.world.time.sleep(Duration::from_secs(seconds)).await;
        }
    }

    /// A changing call leaves the program: by then it must hold the lock, or not be able to know
    /// that it does not.
    fn check(&self, call: &Call) {
        let (stage, now) = (self.world.stage, self.world.time.now());
        stage.count("calls");
        let lock = stage.sim.look(&self.lock());
        let tags = lock.and_then(|lock| lock.tags).unwrap_or_default();
        let holder = tags.get("pgha:holder").map_or("nobody", String::as_str);
        let what = format!("{} makes {} {}", self.name, call.operation, call.address);
        if holder == self.name {
            let until: Option<Timestamp> = tags.get("pgha:until").and_then(|t| t.parse().ok());
            if until.is_none_or(|until| until <= now) {
                match self.fooled.get() {
                    true => stage.count("calls by a clock that stood still"),
                    false => stage.broke(Promise::Lock, format!("{what} after its lock ran out")),
                }
            }
            return;
        }
        let removed = self.world.removed.borrow().get(&self.name).copied();
        let may_last = SignedDuration::try_from(self.world.lag).unwrap_or_default() + LOOK_LASTS;
        match removed {
            Some(at) if now.duration_since(at) <= may_last => {
                stage.count("calls just after somebody removed the lock");
            }
            _ if self.fooled.get() => stage.count("calls by a clock that stood still"),
            _ => stage.broke(Promise::Lock, format!("{what} while {holder} holds the lock")),
        }
    }

    /// Makes a call for real; EC2 may not know yet what is new.
    async fn make(&self, call: &Call) -> Result<Receipt, CallError> {
        let world = self.world;
        let is_lock = call.address == self.lock();
        if is_lock && let Some(id) = &call.id {
            let age = world.history.age(id, world.time.now());
            let late = SignedDuration::try_from(world.late()).unwrap_or_default();
            if age.is_some_and(|age| age < late) {
                world.stage.count("calls on a lock that is too new");
                return Err(too_new(call));
            }
        }
        let holder = world.holder();
        let answer = world.stage.sim.execute(call).await;
        if is_lock {
            world.note_lock();
            if answer.is_ok() && call.operation == Operation::DeleteSecurityGroup {
                world.note_removal(&self.name, holder);
            }
        } else if answer.is_ok()
            && world.holder().as_deref() != Some(&self.name)
            && world.removed.borrow().get(&self.name).is_none()
        {
            world.stage.count("calls in flight when the lock had gone");
        }
        world.stage.tell(|| {
            let how = answer.as_ref().map_or_else(ToString::to_string, |_| "accepted".into());
            format!("{}: {} {}: {how}", self.name, call.operation, call.address)
        });
        answer
    }

    /// What becomes of a call about the lock.
    async fn lock_call(&self, call: &Call) -> Result<Receipt, CallError> {
        let n = self.lock_calls.replace(self.lock_calls.get() + 1);
        let stage = self.world.stage;
        self.pauses(At::Lock(n)).await;
        let (mut slow, mut lost) = (0, None);
        for what in self.troubles(At::Lock(n)) {
            match what {
                What::Pause { .. } => {}
                What::Throttled(times) => {
                    self.throttled.borrow_mut().insert(call.operation, times);
                }
                What::Denied => {
                    self.denied.borrow_mut().insert(call.operation);
                }
                What::AnswerLost | What::RequestLost => lost = Some(what),
                What::Slow { seconds } => slow = seconds,
                What::DiesBefore => self.die().await,
                What::DiesAfter => {
                    let _ = self.make(call).await;
                    self.die().await;
                }
            }
        }
        let refused = self.refused(call.operation);
        let sent = self.local();
        self.travel().await;
        if slow > 0 {
            stage.count("slow calls of the lock");
            self.world.time.sleep(Duration::from_secs(slow)).await;
        }
        let answer = match (refused, lost) {
            (Some(error), _) => Err(error),
            (None, Some(What::RequestLost)) => Err(no_answer()),
            (None, _) => self.make(call).await,
        };
        if let Some(what) = lost {
            stage.count(match what {
                What::AnswerLost => "answers of the lock lost",
                _ => "requests of the lock lost",
            });
            stage.tell(|| format!("{}: no answer to {}", self.name, call.operation));
            // A connection that broke is noticed sooner or later.
            self.world.time.sleep(Duration::from_secs(20)).await;
            return Err(no_answer());
        }
        let date = self.world.time.now();
        self.travel().await;
        self.note(sent, date);
        if answer.is_ok() {
            self.trust(call);
        }
        answer
    }

    /// It knows now that its lock holds for longer, unless it ran out on the way.
    fn trust(&self, call: &Call) {
        let in_time = self.world.time.now() + TOO_LATE;
        let set = match &call.action {
            Action::Create { tags, .. } => tags,
            Action::Tag { set, .. } if self.promised.get() > in_time => set,
            _ => &Tags::new(),
        };
        let until = set.get("pgha:until").and_then(|until| until.parse().ok());
        self.promised.set(until.unwrap_or(Timestamp::MIN));
    }

    fn refused(&self, operation: Operation) -> Option<CallError> {
        let stage = self.world.stage;
        if self.denied.borrow().contains(&operation) {
            stage.count("calls of the lock denied");
            return Some(error(ErrorClass::Denied, "UnauthorizedOperation"));
        }
        let mut throttled = self.throttled.borrow_mut();
        let left = throttled.get_mut(&operation).filter(|left| **left > 0)?;
        *left -= 1;
        stage.count("calls of the lock throttled");
        Some(error(ErrorClass::Throttled, "RequestLimitExceeded"))
    }
}

impl Observe for Machine<'_> {
    async fn identity(&self) -> Result<Identity, ReadError> {
        let identity = self.world.stage.sim.identity().await;
        self.note(self.local(), self.world.time.now());
        identity
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        let n = self.looks.replace(self.looks.get() + 1);
        self.pauses(At::Look(n)).await;
        let sent = self.local();
        self.travel().await;
        let world = self.world;
        let mut live = world.stage.sim.observe(wanted).await;
        if let Some(seen) = live.resources.get_mut(&self.lock()) {
            *seen = world.shown();
        }
        let date = world.time.now();
        self.travel().await;
        self.note(sent, date);
        self.pauses(At::Looked(n)).await;
        live
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.world.stage.sim.ask(questions).await
    }
}

impl Execute for Machine<'_> {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        if call.address == self.lock() {
            return self.lock_call(call).await;
        }
        self.check(call);
        let n = self.calls.replace(self.calls.get() + 1);
        self.pauses(At::Call(n)).await;
        if self.troubles(At::Call(n)).any(|what| what == What::DiesBefore) {
            self.die().await;
        }
        let sent = self.local();
        self.travel().await;
        let answer = self.make(call).await;
        if self.troubles(At::Call(n)).any(|what| what == What::DiesAfter) {
            self.die().await;
        }
        let date = self.world.time.now();
        self.travel().await;
        self.note(sent, date);
        self.pauses(At::Called(n)).await;
        answer
    }
}

impl Clock for Machine<'_> {
    fn now(&self) -> Timestamp {
        self.local() + SignedDuration::from_secs(self.behind.get())
    }

    async fn sleep(&self, duration: Duration) {
        self.world.time.sleep(duration).await;
    }
}

/// What EC2 says of a group that not every part of it knows yet, in the classes of
/// `crates/aws/src/errors.rs`: to whoever deletes it, it is gone.
fn too_new(call: &Call) -> CallError {
    let class = match call.operation {
        Operation::DeleteSecurityGroup => ErrorClass::Gone,
        _ => ErrorClass::Doubtful,
    };
    error(class, "InvalidGroup.NotFound")
}

fn no_answer() -> CallError {
    error(ErrorClass::Unknown, "NoAnswer")
}

fn error(class: ErrorClass, code: &str) -> CallError {
    CallError { class, code: code.into(), message: "no".into(), request_id: None }
}
