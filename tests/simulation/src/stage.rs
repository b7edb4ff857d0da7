//! Where a world happens: the account, and the processes that work on it. A process sees the
//! account through its bad moments, and everything it does is checked against the promises.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::pending;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_apply::journal::Lines;
use pgha_apply::port::CallError;
use pgha_apply::port::Clock;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_apply::port::Receipt;
use pgha_apply::port::Wanted;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;
use pgha_sim::Fault;
use pgha_sim::Sim;
use pgha_sim::Treasure;

use crate::case::At;
use crate::case::Trouble;
use crate::case::What;
use crate::people;
use crate::promises::Broken;
use crate::promises::Promise;

/// More looks than the most patient run needs: whoever needs more does not end.
const MOST_LOOKS: usize = 40_000;

/// How many earlier states stale looks can go back to.
const MEMORY: usize = 4;

/// How old what a stale look shows can be: AWS says seconds (aws-facts §10.4).
const OLDEST: SignedDuration = SignedDuration::from_secs(30);

/// The account with all that is known about it, and what happened.
pub struct Stage {
    /// The account.
    pub sim: Sim,
    /// The story, if anybody wants to read it.
    story: Option<RefCell<Vec<String>>>,
    /// How often what happened.
    pub tally: RefCell<BTreeMap<&'static str, u64>>,
    /// The first promise that was broken.
    broken: RefCell<Option<Broken>>,
    /// What is nobody's or somebody else's, as it must stay.
    pub strangers: RefCell<BTreeMap<Address, String>>,
    /// A look in this run was answered with the past.
    pub misled: Cell<bool>,
    /// Somebody started another apply, with the second spec or the first.
    pub another: Cell<Option<bool>>,
    /// How many processes run.
    pub running: Cell<usize>,
    /// The worst that any run was allowed so far: what it began may happen later.
    agreed: Cell<Disruption>,
    /// Interruptions that were looked at.
    judged: Cell<usize>,
    /// Databases whose creation is not finished: nobody uses them yet.
    newborn: RefCell<BTreeSet<Address>>,
    /// Somebody deleted or took away a database, and with it perhaps what it remembered of
    /// the regions that the cluster had reached into.
    pub memory_lost: Cell<bool>,
    /// When the account was last looked at.
    pub looked: Cell<Timestamp>,
    /// The account before each of the last calls, if anything will look back.
    past: RefCell<Vec<Sim>>,
    remembers: bool,
}

impl Stage {
    /// A fresh account.
    pub fn new(remembers: bool, tells: bool) -> Self {
        let story = tells.then(RefCell::default);
        Self { remembers, story, ..Self::on(Sim::new()) }
    }

    /// This account, with nobody to tell the story.
    pub fn on(sim: Sim) -> Self {
        Self {
            sim,
            story: None,
            tally: RefCell::default(),
            broken: RefCell::default(),
            strangers: RefCell::default(),
            misled: Cell::new(false),
            another: Cell::new(None),
            running: Cell::new(0),
            agreed: Cell::new(Disruption::None),
            judged: Cell::new(0),
            newborn: RefCell::default(),
            memory_lost: Cell::new(false),
            looked: Cell::new(Timestamp::MIN),
            past: RefCell::default(),
            remembers: false,
        }
    }

    /// Adds a line to the story.
    pub fn tell(&self, line: impl FnOnce() -> String) {
        if let Some(story) = &self.story {
            let at = self.sim.now();
            story.borrow_mut().push(format!("{at:.0} {}", line()));
        }
    }

    /// The story so far.
    pub fn story(&self) -> Vec<String> {
        self.story.as_ref().map(|story| story.borrow().clone()).unwrap_or_default()
    }

    /// Counts something that happened.
    pub fn count(&self, what: &'static str) {
        *self.tally.borrow_mut().entry(what).or_default() += 1;
    }

    /// A promise is broken; the first one counts.
    pub fn broke(&self, promise: Promise, how: impl Into<String>) {
        let how = how.into();
        self.tell(|| format!("BROKEN: {promise}: {how}"));
        self.broken.borrow_mut().get_or_insert(Broken { promise, how });
    }

    /// The promise that was broken.
    pub fn broken(&self) -> Option<Broken> {
        self.broken.borrow().clone()
    }

    /// What people can see of a thing that is not the cluster's, and what must not change.
    pub fn fingerprint(&self, address: &Address) -> Option<String> {
        let live = self.sim.look(address)?;
        // These change by themselves: with the primary's upgrade, and as data grow.
        let moves = ["engine_version", "parameter_group", "storage", "source"];
        let fields = live.resource.shown_fields();
        let stays = fields.iter().filter(|(name, _)| !moves.contains(name));
        let fields: Vec<String> = stays.map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{} {:?}", fields.join(" "), live.tags))
    }

    /// Checks that nothing changed what is not the cluster's.
    pub fn check_strangers(&self) {
        for (address, before) in &*self.strangers.borrow() {
            let now = self.fingerprint(address);
            if now.as_ref() != Some(before) {
                let now = now.unwrap_or_else(|| "gone".into());
                self.broke(
                    Promise::Strangers,
                    format!("{address} was\n    {before}\nand is\n    {now}"),
                );
            }
        }
    }

    /// From now on, so much is agreed to.
    pub fn agree(&self, disruption: Disruption) {
        self.agreed.set(self.agreed.get().max(disruption));
    }

    /// Nothing broke connections that was not agreed to, and no two databases at once. A
    /// database whose creation is not finished has no connections.
    pub fn judge_interruptions(&self) {
        let first = self.judged.get();
        if self.sim.interrupted() == first {
            return;
        }
        let all = self.sim.interruptions();
        self.judged.set(all.len());
        let newborn = self.newborn.borrow();
        let counts = |n: &usize| !all[*n].in_window && !newborn.contains(&all[*n].address);
        for n in (first..all.len()).filter(counts) {
            let (new, agreed) = (&all[n], self.agreed.get());
            self.count("interruptions");
            if new.disruption > agreed {
                let (address, disruption) = (&new.address, new.disruption);
                self.broke(
                    Promise::Approval,
                    format!("{address}: {disruption}, agreed was {agreed}"),
                );
            }
            for old in (0..n).filter(counts).map(|n| &all[n]) {
                if old.address != new.address && old.from < new.until && new.from < old.until {
                    self.broke(
                        Promise::OneAtATime,
                        format!("{} and {} at {}", old.address, new.address, new.from),
                    );
                }
            }
        }
    }

    /// Follows which databases are new: from the call that creates one to the tag that says
    /// that it is as it was wanted.
    fn follow_births(&self, call: &Call) {
        let mut newborn = self.newborn.borrow_mut();
        match &call.action {
            Action::Create { .. } => {
                newborn.insert(call.address.clone());
            }
            Action::Tag { set, .. }
                if set.get(DIGEST_TAG).is_some_and(|tag| !tag.contains('+')) =>
            {
                newborn.remove(&call.address);
            }
            _ => {}
        }
    }

    /// The account before one of the last calls, where that is not too long ago.
    fn look_back(&self, calls: usize) -> Option<Sim> {
        let past = self.past.borrow();
        let then = past.get(past.len().checked_sub(calls)?)?;
        (self.sim.now().duration_since(then.now()) <= OLDEST).then(|| then.fork())
    }

    /// Keeps the account as it is, for whoever is shown the past.
    fn remember(&self) {
        if self.remembers {
            let mut past = self.past.borrow_mut();
            if past.len() == MEMORY {
                past.remove(0);
            }
            past.push(self.sim.fork());
        }
    }
}

/// A process: one run of `pgha apply`.
pub struct Process<'a> {
    /// Where it runs.
    pub stage: &'a Stage,
    /// What it calls itself.
    pub name: String,
    desired: &'a Desired,
    /// What may go although it holds data.
    let_go: BTreeSet<Address>,
    destroys: bool,
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
    /// A process that meets no bad moments. What holds data may go if it is in `let_go`, or if
    /// the process destroys everything.
    pub fn new(
        stage: &'a Stage,
        name: String,
        desired: &'a Desired,
        let_go: BTreeSet<Address>,
        destroys: bool,
    ) -> Self {
        Self {
            stage,
            name,
            desired,
            let_go,
            destroys,
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
        let answer = stage.sim.execute(call).await;
        if answer.is_ok() {
            self.check_treasures(call, &before);
            stage.follow_births(call);
            stage.judge_interruptions();
            if !is_lock {
                stage.count("calls");
                self.made.borrow_mut().push((call.address.clone(), call.operation));
            }
        }
        stage.tell(|| match &answer {
            Ok(_) => format!("{}: {} {}", self.name, call.operation, call.address),
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
            let may_go = self.let_go.contains(address) || self.destroys;
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
                    // Half of what is seen is from before.
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
        live
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

/// Whether this is the second half of a look, at the regions that only the account remembers.
fn goes_on(wanted: &Wanted) -> bool {
    wanted.resources.is_empty() && !wanted.sweep.is_empty()
}

fn error(class: ErrorClass, code: &str, message: &str) -> CallError {
    CallError { class, code: code.into(), message: message.into(), request_id: None }
}

/// What is known after a 500: nothing (aws-facts §10.3).
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
