//! The processes that work on a stage. A process sees the account through its bad moments, and
//! everything it does is checked against the promises.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::pending;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use jiff::Timestamp;
use pgha_apply::journal::Lines;
use pgha_apply::port::CallError;
use pgha_apply::port::Clock;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_apply::port::Receipt;
use pgha_apply::port::Wanted;
use pgha_planner::{Allow, Goal, Intent};
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;
use pgha_resource::offer::{Offers, Questions};
use pgha_sim::Fault;
use pgha_sim::Sim;
use pgha_sim::Treasure;

use crate::case::At;
use crate::case::Trouble;
use crate::case::What;
use crate::clock;
use crate::people;
use crate::promises::Promise;
use crate::stage::OLDEST;
use crate::stage::Stage;
use crate::standby;
use crate::states;
use crate::told;

/// More looks than the most patient run needs: whoever needs more does not end.
const MOST_LOOKS: usize = 40_000;

/// A process: one run of `pgha apply`.
pub struct Process<'a> {
    /// Where it runs.
    pub stage: &'a Stage,
    /// What it calls itself.
    pub name: String,
    desired: &'a Desired,
    intent: Intent,
    /// Its bad moments.
    pub troubles: &'a [Trouble],
    calls: Cell<usize>,
    looks: Cell<usize>,
    dead: Cell<bool>,
    throttled: RefCell<BTreeMap<Operation, usize>>,
    denied: RefCell<BTreeSet<&'static str>>,
    unreadable: RefCell<BTreeMap<Kind, usize>>,
    stale: RefCell<Option<(Sim, usize)>>,
    /// The calls that were accepted, the lock's aside.
    pub made: RefCell<Vec<(Address, Operation)>>,
    /// Its journal.
    written: RefCell<Vec<String>>,
}

impl<'a> Process<'a> {
    /// A process that meets no bad moments.
    pub fn new(stage: &'a Stage, name: String, desired: &'a Desired, intent: &Intent) -> Self {
        Self {
            stage,
            name,
            desired,
            intent: intent.clone(),
            troubles: &[],
            calls: Cell::new(0),
            looks: Cell::new(0),
            dead: Cell::new(false),
            throttled: RefCell::default(),
            denied: RefCell::default(),
            unreadable: RefCell::default(),
            stale: RefCell::default(),
            made: RefCell::default(),
            written: RefCell::default(),
        }
    }

    /// Whether it died.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    /// Its bad moments at a moment.
    fn troubles(&self, at: At) -> impl Iterator<Item = &'a What> {
        self.troubles.iter().filter(move |trouble| trouble.at == at).map(|trouble| &trouble.what)
    }

    /// Lets the other process have its turn, and never comes back for one that is dead.
    async fn turn(&self) {
        let mut turned = self.stage.running.get() < 2;
        poll_fn(|context| {
            if std::mem::replace(&mut turned, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        if self.dead.get() {
            pending::<()>().await;
        }
    }

    async fn die(&self) {
        self.dead.set(true);
        self.stage.count("deaths");
        self.stage.tell(|| format!("{} dies", self.name));
        pending::<()>().await;
    }

    /// Makes a call for real, and checks what it did.
    async fn make(&self, call: &Call) -> Result<Receipt, CallError> {
        let stage = self.stage;
        stage.remember();
        let is_lock = call.address == self.desired.scope.lock();
        if !is_lock {
            self.check_before(call);
        }
        let before = stage.sim.treasures();
        let topic = told::topic_left(stage, call).filter(|_| self.sees_all(call));
        let answer = stage.sim.execute(call).await;
        if answer.is_ok() {
            self.check_treasures(call, &before);
            stage.check_window(call, clock::binds(call, self.desired, &self.intent));
            stage.follow_births(call);
            stage.excuse(call);
            stage.accept(call);
            stage.judge_interruptions();
            stage.classes.follow(call);
            standby::judge(stage, self.desired);
            if let Some(topic) = topic {
                told::judge(stage, &topic, self.desired);
            }
            if !is_lock {
                stage.count("calls");
                self.made.borrow_mut().push((call.address.clone(), call.operation));
            }
        }
        stage.tell(|| match &answer {
            Ok(_) => format!("{}: {}", self.name, described(call)),
            Err(error) => {
                format!("{}: {} {} refused: {error}", self.name, call.operation, call.address)
            }
        });
        answer
    }

    /// The call is in the journal, and nobody else holds the lock.
    fn check_before(&self, call: &Call) {
        let written = self.written.borrow();
        let (operation, address) = (call.operation, &call.address);
        let says = |line: &String| {
            line.contains("calling")
                && line.contains(operation.name())
                && line.contains(&address.to_string())
        };
        if !written.iter().rev().any(says) {
            self.stage.broke(
                Promise::Journal,
                format!("{operation} {address} is made, and the journal says {written:?}"),
            );
        }
        let lock = self.stage.sim.look(&self.desired.scope.lock());
        let tags = lock.and_then(|lock| lock.tags).unwrap_or_default();
        let holder = tags.get("pgha:holder").cloned().unwrap_or_else(|| "nobody".into());
        if holder != self.name {
            self.stage.broke(
                Promise::Lock,
                format!(
                    "{} makes {} {} while {holder} holds the lock",
                    self.name, call.operation, call.address
                ),
            );
        }
    }

    /// Nothing that holds data goes or loses its protection without the user's word.
    fn check_treasures(&self, call: &Call, before: &[Treasure]) {
        let after = self.stage.sim.treasures();
        for old in before {
            let (address, call) = (&old.address, call.operation);
            let may_go = self.lets_go(address);
            let new = after.iter().find(|new| new.address == *address && new.serial == old.serial);
            let goes = new.is_none_or(|new| new.going && !old.going);
            let bared =
                new.is_some_and(|new| old.protected == Some(true) && new.protected != Some(true));
            if goes && !may_go {
                self.stage.broke(Promise::Data, format!("{call} deletes {address}"));
            }
            if bared && !may_go && self.wants_protected(address) {
                self.stage
                    .broke(Promise::Data, format!("{call} takes the protection off {address}"));
            }
        }
    }

    /// Whether the user says that it may go although it holds data.
    fn lets_go(&self, address: &Address) -> bool {
        matches!(self.intent.goal, Goal::Destroy { .. })
            || self.intent.allow.contains(&Allow::Delete(address.clone()))
    }

    /// Whether what it calls is what it should know to be right: nobody acts behind its back, and
    /// the user said nothing about it.
    fn sees_all(&self, call: &Call) -> bool {
        let acts = |what: &What| matches!(what, What::Deed(_) | What::AnotherApply { .. });
        !self.lets_go(&call.address)
            && !self.stage.misled.get()
            && !self.troubles.iter().any(|trouble| acts(&trouble.what))
    }

    fn wants_protected(&self, address: &Address) -> bool {
        match self.desired.resources.get(address).map(|wanted| &wanted.resource) {
            Some(Resource::DbInstance(instance)) => instance.deletion_protection != Some(false),
            Some(Resource::DbCluster(cluster)) => cluster.deletion_protection != Some(false),
            _ => true,
        }
    }

    /// What becomes of the n-th call.
    async fn call(&self, n: usize, call: &Call) -> Result<Receipt, CallError> {
        let operation = call.operation;
        for what in self.troubles(At::Call(n)) {
            match what {
                What::Throttled(times) => {
                    self.throttled.borrow_mut().insert(operation, *times);
                }
                What::Denied => {
                    self.denied.borrow_mut().insert(operation.service());
                }
                What::DiesBefore => self.die().await,
                What::DiesAfter => {
                    let _ = self.make(call).await;
                    self.die().await;
                }
                What::ServerError => return self.fails(call, "server errors", internal_failure()),
                What::Quota => return self.fails(call, "quotas used up", quota()),
                What::RequestLost => return self.fails(call, "requests lost", no_answer()),
                What::AnswerLost => {
                    let _ = self.make(call).await;
                    return self.fails(call, "answers lost", no_answer());
                }
                _ => {}
            }
        }
        if self.denied.borrow().contains(operation.service()) {
            return self.fails(call, "calls denied", denied(operation));
        }
        let throttled = match self.throttled.borrow_mut().get_mut(&operation) {
            Some(times) if *times > 0 => {
                *times -= 1;
                true
            }
            _ => false,
        };
        if throttled {
            return self.fails(call, "calls throttled", throttled_error());
        }
        self.make(call).await
    }

    fn fails(
        &self,
        call: &Call,
        what: &'static str,
        error: CallError,
    ) -> Result<Receipt, CallError> {
        self.stage.count(what);
        self.stage.tell(|| format!("{}: {} {}: {error}", self.name, call.operation, call.address));
        Err(error)
    }

    /// What happens at the n-th look.
    fn disturb(&self, n: usize, wanted: &Wanted) {
        let stage = self.stage;
        for what in self.troubles(At::Look(n)) {
            match what {
                What::Stale(back) => {
                    if let Some(past) = stage.look_back(*back) {
                        stage.count("stale looks");
                        stage.tell(|| format!("{} is shown the past", self.name));
                        stage.misled.set(true);
                        *self.stale.borrow_mut() = Some((past, 2));
                    }
                }
                What::Unreadable(kind, looks) => {
                    stage.count("unreadable kinds");
                    stage.tell(|| format!("{kind} cannot be read for {looks} looks"));
                    self.unreadable.borrow_mut().insert(*kind, n + looks);
                }
                What::Sleeps { minutes } => {
                    stage.count("sleeping processes");
                    stage.tell(|| format!("{} sleeps for {minutes} minutes", self.name));
                    // Half of what is seen is from before.
                    if goes_on(wanted) {
                        stage.misled.set(true);
                    }
                    stage.sim.advance(Duration::from_secs(minutes * 60));
                }
                What::Slow { minutes } => {
                    stage.count("slow transitions");
                    stage.tell(|| format!("everything takes {minutes} minutes longer"));
                    stage.sim.slow_down(Duration::from_secs(minutes * 60));
                }
                What::AnotherApply { second } if stage.another.get().is_none() => {
                    stage.count("applies started beside another");
                    stage.tell(|| "somebody starts another apply".into());
                    stage.another.set(Some(*second));
                    stage.running.set(2);
                }
                What::Deed(deed) => {
                    stage.count("deeds during an apply");
                    if goes_on(wanted) {
                        stage.misled.set(true);
                    }
                    people::act(stage, deed, &self.desired.scope);
                }
                _ => {}
            }
        }
    }

    fn set_unreadable(&self, n: usize) {
        self.stage.sim.clear_faults();
        let mut unreadable = self.unreadable.borrow_mut();
        unreadable.retain(|_, until| n < *until);
        for kind in unreadable.keys() {
            self.stage.misled.set(true);
            self.stage.sim.inject(Fault::Unreadable(*kind));
        }
    }
}

impl Observe for Process<'_> {
    async fn identity(&self) -> Result<Identity, ReadError> {
        self.stage.sim.identity().await
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        self.turn().await;
        let n = self.looks.replace(self.looks.get() + 1);
        self.stage.count("looks");
        if n > MOST_LOOKS {
            self.stage.broke(Promise::Ends, format!("{} looked {n} times", self.name));
            self.die().await;
        }
        self.stage.judge_interruptions();
        standby::judge(self.stage, self.desired);
        self.disturb(n, wanted);
        self.stage.looked.set(self.now());
        let stale = self.stale.borrow_mut().take();
        let is_recent = |past: &Sim| self.now().duration_since(past.now()) <= OLDEST;
        if let Some((past, left)) = stale.filter(|(past, _)| is_recent(past)) {
            let live = past.observe(wanted).await;
            if left > 1 {
                *self.stale.borrow_mut() = Some((past, left - 1));
            }
            return live;
        }
        self.set_unreadable(n);
        let live = self.stage.sim.observe(wanted).await;
        self.stage.sim.clear_faults();
        states::note(self.stage, &live, self.desired);
        live
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.stage.sim.ask(questions).await
    }
}

impl Execute for Process<'_> {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        self.turn().await;
        let n = self.calls.replace(self.calls.get() + 1);
        self.call(n, call).await
    }
}

impl Clock for Process<'_> {
    fn now(&self) -> Timestamp {
        self.stage.sim.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.turn().await;
        self.stage.sim.advance(duration);
    }
}

/// Its journal.
impl Lines for Process<'_> {
    fn append(&self, line: &str) -> std::io::Result<()> {
        self.written.borrow_mut().push(line.to_string());
        Ok(())
    }
}

/// Whether this is the second half of a look, at the regions that only the account remembers. A run
/// that holds the lock looks at that as well.
fn goes_on(wanted: &Wanted) -> bool {
    let lock = wanted.scope.lock();
    wanted.resources.keys().all(|address| *address == lock) && !wanted.sweep.is_empty()
}

/// A call, with what it changes and when.
fn described(call: &Call) -> String {
    let text = format!("{} {}", call.operation, call.address);
    match &call.action {
        Action::Update { fields, timing, .. } => {
            let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
            format!("{text}: {}, {timing:?}", fields.join(", "))
        }
        _ => text,
    }
}

fn error(class: ErrorClass, code: &str, message: &str) -> CallError {
    CallError { class, code: code.into(), message: message.into(), request_id: None }
}

/// What is known after a 500: nothing (docs/aws/errors.md#codes).
fn internal_failure() -> CallError {
    error(ErrorClass::Unknown, "InternalFailure", "an internal error occurred")
}

fn no_answer() -> CallError {
    error(ErrorClass::Unknown, "NoAnswer", "the connection broke before an answer came")
}

fn quota() -> CallError {
    error(ErrorClass::Quota, "InstanceQuotaExceeded", "a quota is used up")
}

fn throttled_error() -> CallError {
    error(ErrorClass::Throttled, "ThrottlingException", "Rate exceeded")
}

fn denied(operation: Operation) -> CallError {
    let action = format!("{}:{operation}", operation.service());
    error(ErrorClass::Denied, "AccessDenied", &format!("not authorized to perform {action}"))
}
