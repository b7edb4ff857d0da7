//! Where a world happens: the account, what is known about it, and what may not happen to it.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_apply::moment;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Disruption;
use pgha_resource::Moment;
use pgha_resource::Weekly;
use pgha_resource::call::Action;
use pgha_resource::live::DIGEST_TAG;
use pgha_sim::Sim;

use crate::clock;
use crate::promises::Broken;
use crate::promises::Promise;
use crate::standby::Classes;

/// How many earlier states stale looks can go back to.
const MEMORY: usize = 4;

/// How old what a stale look shows can be: AWS says seconds (docs/aws/errors.md#consistency).
pub(crate) const OLDEST: SignedDuration = SignedDuration::from_secs(30);

/// Within so long an accepted call shows in the status or in what waits.
const LANDS: SignedDuration = SignedDuration::from_mins(2);

/// Something that is not the cluster's.
pub struct Stranger {
    /// What people can see of it.
    pub print: String,
    /// Since when it is somebody else's.
    pub since: Timestamp,
    /// The fields of calls that were excused: what they change may show when they land.
    pub excused: BTreeSet<String>,
}

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
    pub strangers: RefCell<BTreeMap<Address, Stranger>>,
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
    /// The states that it met.
    pub met: RefCell<BTreeSet<&'static str>>,
    /// The last call that could break a database's connections: when it was made, and the window
    /// in which alone it may have been.
    called: RefCell<BTreeMap<Address, (Moment, Option<Weekly>)>>,
    /// When something was last accepted for each address: what it changes may show later.
    accepted: RefCell<BTreeMap<Address, Timestamp>>,
    /// The classes of replicas and their sources.
    pub(crate) classes: Classes,
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
        // What broke before the story begins was judged when it was made.
        let judged = Cell::new(sim.interrupted());
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
            judged,
            newborn: RefCell::default(),
            memory_lost: Cell::new(false),
            met: RefCell::default(),
            called: RefCell::default(),
            accepted: RefCell::default(),
            classes: Classes::default(),
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

    /// Counts something that happened so many times.
    pub fn count_many(&self, what: &'static str, times: usize) {
        (0..times).for_each(|_| self.count(what));
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
    pub fn fingerprint(&self, address: &Address, excused: &BTreeSet<String>) -> Option<String> {
        let live = self.sim.look(address)?;
        // These change by themselves: with the primary's upgrade, as data grow, and after a day.
        let moves = ["engine_version", "parameter_group", "storage", "source", "debug_logging"];
        let fields = live.resource.shown_fields();
        let stays =
            fields.iter().filter(|(name, _)| !moves.contains(name) && !excused.contains(*name));
        let fields: Vec<String> = stays.map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!("{} {:?}", fields.join(" "), live.tags))
    }

    /// Checks that nothing changed what is not the cluster's.
    pub fn check_strangers(&self) {
        for (address, Stranger { print: before, excused, .. }) in &*self.strangers.borrow() {
            let now = self.fingerprint(address, excused);
            if now.as_ref() != Some(before) {
                let now = now.unwrap_or_else(|| "gone".into());
                self.broke(
                    Promise::Strangers,
                    format!("{address} was\n    {before}\nand is\n    {now}"),
                );
            }
        }
    }

    /// Whoever was shown the past may have touched what was still the cluster's a moment ago: what
    /// the call carries, which may show only when it lands.
    pub(crate) fn excuse(&self, call: &Call) {
        let mut strangers = self.strangers.borrow_mut();
        let Some(stranger) = strangers.get_mut(&call.address).filter(|_| self.misled.get()) else {
            return;
        };
        if self.sim.now().duration_since(stranger.since) <= OLDEST {
            stranger.excused.extend(call.fields().map(str::to_string));
            if let Some(print) = self.fingerprint(&call.address, &stranger.excused) {
                self.count("calls on what was given away a moment ago");
                stranger.print = print;
            }
        }
    }

    /// Notes that a call was accepted.
    pub(crate) fn accept(&self, call: &Call) {
        self.accepted.borrow_mut().insert(call.address.clone(), self.sim.now());
    }

    /// Something was accepted for it a moment ago, which nothing shows yet.
    pub(crate) fn is_on_its_way(&self, address: &Address) -> bool {
        let accepted = self.accepted.borrow();
        accepted.get(address).is_some_and(|at| self.sim.now().duration_since(*at) <= LANDS)
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
            if let Some((at, Some(window))) = self.called.borrow().get(&new.address)
                && !window.contains(*at)
            {
                let (address, disruption, from) = (&new.address, new.disruption, new.from);
                self.broke(
                    Promise::Window,
                    format!("{address}: {disruption} at {from}, and the window is {window}"),
                );
            }
            for old in (0..n).filter(counts).map(|n| &all[n]) {
                if old.address != new.address && old.from < new.until && new.from < old.until {
                    let (one, other) = (&old.address, &new.address);
                    self.broke(
                        Promise::OneAtATime,
                        format!(
                            "{one}: {} until {}, and {other}: {} at {}",
                            old.disruption, old.until, new.disruption, new.from
                        ),
                    );
                }
            }
        }
    }

    /// What a call breaks at once it breaks in the window that binds it; what it begins is judged
    /// when connections break.
    pub(crate) fn check_window(&self, call: &Call, window: Option<Weekly>) {
        let now = moment(&self.sim);
        match &call.action {
            Action::Update { .. } | Action::Reboot { .. } => {
                self.called.borrow_mut().insert(call.address.clone(), (now, window));
            }
            Action::Delete { .. } if clock::serves(call.address.kind) => {
                let whole = clock::whole(&call.address);
                let is_new = self.newborn.borrow().contains(&whole);
                if let Some(window) = window.filter(|w| !w.contains(now) && !is_new) {
                    let (address, at) = (&call.address, self.sim.now());
                    self.broke(
                        Promise::Window,
                        format!("{address} is deleted at {at}, and the window is {window}"),
                    );
                }
            }
            _ => {}
        }
    }

    /// Follows which databases are new: from the call that creates one to the tag that says
    /// that it is as it was wanted.
    pub(crate) fn follow_births(&self, call: &Call) {
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
    pub(crate) fn look_back(&self, calls: usize) -> Option<Sim> {
        let past = self.past.borrow();
        let then = past.get(past.len().checked_sub(calls)?)?;
        (self.sim.now().duration_since(then.now()) <= OLDEST).then(|| then.fork())
    }

    /// Keeps the account as it is, for whoever is shown the past.
    pub(crate) fn remember(&self) {
        if self.remembers {
            let mut past = self.past.borrow_mut();
            if past.len() == MEMORY {
                past.remove(0);
            }
            past.push(self.sim.fork());
        }
    }
}
