//! Worlds of the lock: several applies at once, on machines whose clocks are wrong or stand still,
//! against an EC2 that shows late what it accepted, with people who remove locks.
//!
//! The other worlds ask what becomes of the cluster. These ask who changes it when, and whether a
//! lock that nobody holds can be taken.

mod machine;
mod schedule;
mod shown;
mod time;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pgha_apply::lock::{self, Holder, LockError, Locked};
use pgha_apply::port::{Clock, Execute};
use pgha_apply::{Event, Outcome, Report, Stop, Watch, apply, observe_and_plan, plan_again};
use pgha_planner::{Approval, Intent, StepId, approve};
use pgha_resource::{Address, Desired, Disruption, Seen};

use crate::locks::machine::Machine;
use crate::locks::schedule::{Actor, Habits, Person, Schedule};
use crate::locks::shown::History;
use crate::locks::time::Time;
use crate::promises::Promise;
use crate::random::Random;
use crate::stage::Stage;
use crate::world::Ending;
use crate::{failures, load, sketch};

/// Attempts of one actor.
const ATTEMPTS: usize = 3;

/// Every apply of these specs is through before that, with all its pauses.
const LONGEST: SignedDuration = SignedDuration::from_hours(72);

/// After so long a dead run's lock is free, for every clock that is as wrong as nobody corrects: a
/// quarter of an hour, the minute that others wait, and what two clocks may differ.
const FREE_AFTER: Duration = Duration::from_secs(17 * 60 + 45);

/// So long may it take to get a lock that is free.
const TAKES: SignedDuration = SignedDuration::from_mins(4);

/// Who is told that its lock is lost so long before its end is told too soon.
const TOO_SOON: SignedDuration = SignedDuration::from_secs(2 * 60 + 30);

/// What all threads of a run of many worlds must have met.
pub const TROUBLES: &[&str] = &[
    "answers of the lock lost",
    "applies",
    "applies kept out by the lock",
    "calls by a clock that stood still",
    "calls in flight when the lock had gone",
    "calls just after somebody removed the lock",
    "calls of the lock denied",
    "calls of the lock throttled",
    "calls on a lock that is too new",
    "deaths",
    "locks removed by somebody",
    "locks removed that had run out",
    "looks at the past",
    "looks without tags",
    "pauses",
    "pauses with a clock that stands still",
    "requests of the lock lost",
    "runs that lost their lock",
    "slow calls of the lock",
];

/// Where a world happens.
struct World<'a> {
    stage: &'a Stage,
    time: Time<'a>,
    specs: [Desired; 2],
    lag: Duration,
    history: History,
    random: RefCell<Random>,
    /// Whose lock a person removed, and when.
    removed: RefCell<BTreeMap<String, Timestamp>>,
}

/// Lives through the world of a seed.
pub fn live(seed: u64, tells: bool) -> Ending {
    let stage = Stage::new(false, tells);
    let schedule = Schedule::of(seed);
    stage.tell(|| format!("{schedule:#?}"));
    let lived = catch_unwind(AssertUnwindSafe(|| World::new(&schedule, &stage).live(&schedule)));
    if let Err(panic) = lived {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        stage.broke(Promise::Panics, text.unwrap_or_else(|| "without a word".into()));
    }
    let tally = stage.tally.borrow().clone();
    Ending { story: stage.story(), tally, broken: stage.broken() }
}

impl<'a> World<'a> {
    fn new(schedule: &Schedule, stage: &'a Stage) -> Self {
        let specs = [0, 1].map(|n| load("cluster.toml", &schedule.specs[n]));
        stage.sim.set_scope(&specs[0].scope);
        Self {
            stage,
            time: Time::new(&stage.sim),
            specs,
            lag: schedule.lag,
            history: History::default(),
            random: RefCell::new(schedule.random.clone()),
            removed: RefCell::default(),
        }
    }

    fn live(&self, schedule: &Schedule) {
        if schedule.built {
            crate::check_converges(&self.stage.sim, &self.specs[0], &Intent::default());
        }
        self.everybody(schedule);
        if self.stage.broken().is_none() {
            self.afterwards(schedule.last_skew);
        }
    }

    fn lock(&self) -> Address {
        self.specs[0].scope.lock()
    }

    /// A number that chance decides.
    fn roll(&self, roll: impl FnOnce(&mut Random) -> usize) -> u64 {
        u64::try_from(roll(&mut self.random.borrow_mut())).unwrap_or(0)
    }

    /// How late something is shown this time: mostly not at all, and never later than the most.
    fn late(&self) -> Duration {
        let limit = usize::try_from(self.lag.as_millis()).unwrap_or(0) + 1;
        let late = self.roll(|random| match random.below(4) {
            0 | 1 => 0,
            2 => random.below(limit),
            _ => limit - 1,
        });
        Duration::from_millis(late)
    }

    /// What a look shows of the lock.
    fn shown(&self) -> Seen {
        let ago = |late| self.time.now().checked_sub(late).unwrap_or(Timestamp::MIN);
        let seen = self.history.seen(ago(self.late()), ago(self.late()));
        let truth = self.stage.sim.look(&self.lock());
        if seen.present() != truth.as_ref() {
            self.stage.count("looks at the past");
        }
        if seen.present().is_some_and(|live| live.owner().is_none()) {
            self.stage.count("looks without tags");
        }
        seen
    }

    fn note_lock(&self) {
        self.history.note(self.time.now(), self.stage.sim.look(&self.lock()));
    }

    /// Who holds the lock, in truth.
    fn holder(&self) -> Option<String> {
        self.stage.sim.look(&self.lock())?.tags?.get("pgha:holder").cloned()
    }

    /// Somebody has removed a lock: its holder, a person, or whoever found that it had run out.
    fn note_removal(&self, by: &str, holder: Option<String>) {
        let Some(holder) = holder.filter(|holder| holder != by) else { return };
        if by.starts_with("apply") {
            self.stage.count("locks removed that had run out");
            return;
        }
        self.stage.count("locks removed by somebody");
        self.stage.tell(|| format!("{by} removes the lock of {holder}"));
        self.removed.borrow_mut().insert(holder, self.time.now());
    }

    /// Everybody's runs until the last of them has ended or died.
    fn everybody(&self, schedule: &Schedule) {
        let actors: Vec<Vec<Machine<'_>>> = (1..)
            .zip(&schedule.actors)
            .map(|(n, actor)| {
                let name = |attempt: usize| format!("apply {n}.{}", attempt + 1);
                let healthy = Habits { skew: actor.machine.skew, ..Habits::default() };
                let habits = |attempt| if attempt == 0 { &actor.machine } else { &healthy };
                let machine = |attempt| Machine::new(self, name(attempt), habits(attempt));
                (0..ATTEMPTS).map(machine).collect()
            })
            .collect();
        let people: Vec<Machine<'_>> = (1..)
            .zip(&schedule.people)
            .map(|(n, _)| Machine::new(self, format!("person {n}"), &Habits::default()))
            .collect();
        let mut lives: Vec<(&[Machine<'_>], Life<'_>)> = Vec::new();
        for (machines, actor) in actors.iter().zip(&schedule.actors) {
            lives.push((machines, Box::pin(self.tries(machines, actor))));
        }
        for (machine, person) in people.iter().zip(&schedule.people) {
            lives.push((std::slice::from_ref(machine), Box::pin(self.removes(machine, *person))));
        }
        self.side_by_side(lives);
    }

    /// Lets everybody go on who can, and then time pass, until nobody is left.
    fn side_by_side(&self, mut lives: Vec<(&[Machine<'_>], Life<'_>)>) {
        let mut context = Context::from_waker(Waker::noop());
        let end = self.time.now() + LONGEST;
        while !lives.is_empty() {
            lives.retain_mut(|(machines, life)| {
                if machines.iter().any(Machine::is_paused) {
                    return true;
                }
                let is_over = life.as_mut().poll(&mut context).is_ready();
                !is_over && !machines.iter().any(Machine::is_dead)
            });
            if self.stage.broken().is_some() || lives.is_empty() {
                return;
            }
            if !self.time.pass() || self.time.now() > end {
                self.stage.broke(Promise::Ends, "somebody never ends");
                return;
            }
        }
    }

    /// Applies, and tries again if it fails.
    async fn tries(&self, machines: &[Machine<'_>], actor: &Actor) {
        self.time.sleep(actor.starts).await;
        for machine in machines {
            let report = self.attempt(machine, actor.second, actor.thinks).await;
            let Some(again) = actor.tries_again else { return };
            if report.is_some_and(|report| report.is_converged()) {
                return;
            }
            self.time.sleep(again).await;
        }
    }

    /// `pgha apply` from the plan to the report.
    async fn attempt(
        &self,
        machine: &Machine<'_>,
        second: bool,
        thinks: Duration,
    ) -> Option<Report> {
        let (stage, desired) = (self.stage, &self.specs[usize::from(second)]);
        let intent = Intent::default();
        let plan = observe_and_plan(desired, &intent, machine).await.ok()?;
        if plan.steps.is_empty() {
            return None;
        }
        self.time.sleep(thinks).await;
        let approval = Approval { max_disruption: Disruption::Outage, digest: None };
        let approved = approve(plan, &approval).expect("an outage is allowed");
        let holder = self.take(machine, desired).await?;
        let locked = Locked::new(machine, desired, holder);
        let approved = match plan_again(approved, desired, &intent, machine).await {
            Ok(approved) => approved,
            Err(_) => {
                stage.count("plans that were overtaken");
                self.release(machine, &locked).await;
                return None;
            }
        };
        stage.count("applies");
        let (mut watcher, stop) = (Watcher { world: self, machine }, Stop::default());
        let report = apply(approved, desired, &intent, &locked, machine, &mut watcher, &stop).await;
        self.release(machine, &locked).await;
        stage.tell(|| format!("{} ends\n{}", machine.name, failures(&report)));
        if failures(&report).contains("LockLost") {
            stage.count("runs that lost their lock");
        }
        Some(report)
    }

    async fn take(&self, machine: &Machine<'_>, desired: &Desired) -> Option<Holder> {
        match lock::take(desired, machine, &machine.name).await {
            Ok(holder) => {
                self.stage.count("locks taken");
                self.stage.tell(|| format!("{} has the lock", machine.name));
                Some(holder)
            }
            Err(error) => {
                if matches!(error, LockError::Held(_)) {
                    self.stage.count("applies kept out by the lock");
                }
                self.stage.tell(|| format!("{}: {error}", machine.name));
                None
            }
        }
    }

    /// What is given back is gone.
    async fn release<A: Execute + Clock>(&self, machine: &Machine<'_>, locked: &Locked<'_, A>) {
        match locked.release().await {
            Ok(()) if self.holder().as_deref() == Some(&machine.name) => self.stage.broke(
                Promise::Free,
                format!("{} gave its lock back, and it is there", machine.name),
            ),
            Ok(()) => {}
            Err(error) => self.stage.tell(|| format!("{}: {error}", machine.name)),
        }
    }

    /// `pgha unlock`, or a click in the console.
    async fn removes(&self, machine: &Machine<'_>, person: Person) {
        self.time.sleep(person.comes).await;
        let Some(thinks) = person.thinks else {
            let holder = self.holder();
            if self.stage.sim.tamper_delete(&self.lock()).is_ok() {
                self.note_lock();
                self.note_removal(&machine.name, holder);
            }
            return;
        };
        let Ok(Some(holder)) = lock::holder(&self.specs[0], machine).await else { return };
        self.time.sleep(thinks).await;
        let _ = lock::remove(&holder, &self.specs[0], machine).await;
    }

    /// Once everybody has ended or died, the lock is free in time, the next apply converges, and
    /// the plan after it is empty.
    fn afterwards(&self, skew: i64) {
        self.stage.tell(|| "everybody has ended or died".into());
        self.stage.sim.advance(FREE_AFTER);
        let machine =
            Machine::new(self, "apply last".into(), &Habits { skew, ..Habits::default() });
        let machines = std::slice::from_ref(&machine);
        self.side_by_side(vec![(machines, Box::pin(self.comes_last(&machine)))]);
    }

    async fn comes_last(&self, machine: &Machine<'_>) {
        let (desired, intent) = (&self.specs[1], Intent::default());
        let Ok(plan) = observe_and_plan(desired, &intent, machine).await else { return };
        let began = self.time.now();
        let Some(holder) = self.take(machine, desired).await else {
            self.stage.broke(Promise::Free, "nobody holds the lock, and it is not to be had");
            return;
        };
        if self.time.now().duration_since(began) > TAKES {
            let took = self.time.now().duration_since(began).as_secs();
            self.stage.broke(Promise::Free, format!("it took {took} s to get a free lock"));
        }
        let locked = Locked::new(machine, desired, holder);
        self.release(machine, &locked).await;
        if plan.steps.is_empty() {
            return;
        }
        let report = self.attempt(machine, true, Duration::ZERO).await;
        let failed = report.as_ref().map_or_else(|| "it did not begin".into(), failures);
        let again = crate::plan_on(&self.stage.sim, desired, &intent);
        if !failed.is_empty() || !again.is_converged() {
            let left = sketch(&again);
            self.stage.broke(Promise::Converges, format!("failed:\n{failed}\nleft:\n{left}"));
        }
    }
}

type Life<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Sees who is told that its lock is lost.
struct Watcher<'a> {
    world: &'a World<'a>,
    machine: &'a Machine<'a>,
}

impl Watch for Watcher<'_> {
    fn event(&mut self, _at: Timestamp, _step: StepId, event: &Event) {
        let Event::Ended { outcome: Outcome::Failed { code, .. } } = event else { return };
        let (world, machine) = (self.world, self.machine);
        let holds = world.holder().as_deref() == Some(&machine.name);
        let left = machine.promised.get().duration_since(world.time.now());
        if code == "LockLost" && holds && left > TOO_SOON {
            let (name, left) = (&machine.name, left.as_secs());
            let how = format!("{name} gives up a lock that it holds for {left} s more");
            world.stage.broke(Promise::Kept, how);
        }
    }
}
