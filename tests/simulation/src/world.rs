//! One world, from its beginning to its end: what is tried, and what has to hold.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pgha_apply::lock;
use pgha_apply::{Outcome, Report, StepReport};
use pgha_planner::{Allow, Blocked, Cause, Change, Goal, Intent, Plan};
use pgha_resource::live::ErrorClass;
use pgha_resource::{Address, Desired, Disruption, Kind, Region};
use pgha_sim::Entry;

use crate::attempt::{MOST_POLLS, at_once, attempt};
use crate::case::{Case, Run, What};
use crate::clock;
use crate::failures;
use crate::people;
use crate::process::Process;
use crate::promises::{Broken, Promise};
use crate::sketch;
use crate::stage::Stage;
use crate::states;
use crate::told;

/// Longer than the longest way to the next maintenance window.
const A_WEEK: Duration = Duration::from_secs(8 * 24 * 3600);

/// Alarms are all that is left to be done, and their databases have changed.
fn only_follows(plan: &Plan) -> bool {
    let mut made = plan.changes.iter().filter(|change| change.blocked.is_none());
    !plan.steps.is_empty() && made.all(|change| change.cause == Cause::Follows)
}

/// Applies until everything that waits for windows has happened: replicas that are upgraded
/// in one, those that were made meanwhile in the next, the primary in a third.
const MOST_WINDOWS: usize = 5;

/// How a world ended.
#[derive(Debug)]
pub struct Ending {
    /// What happened, if it was to be told.
    pub story: Vec<String>,
    /// How often what happened.
    pub tally: BTreeMap<&'static str, u64>,
    /// The promise that was broken.
    pub broken: Option<Broken>,
}

/// Lives through a case.
pub fn live(case: &Case, tells: bool) -> Ending {
    let looks_back = |run: &Run| run.troubles.iter().any(|t| matches!(t.what, What::Stale(_)));
    let stage = Stage::new(case.runs.iter().any(looks_back), tells);
    let lived = catch_unwind(AssertUnwindSafe(|| World::new(case, &stage).live()));
    if let Err(panic) = lived {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        stage.broke(Promise::Panics, text.unwrap_or_else(|| "without a word".into()));
    }
    states::count(&stage);
    let tally = stage.tally.borrow().clone();
    Ending { story: stage.story(), tally, broken: stage.broken() }
}

struct World<'a> {
    case: &'a Case,
    stage: &'a Stage,
    specs: [Desired; 2],
    /// Processes so far.
    processes: Cell<usize>,
    /// What AWS refuses to delete because of what is not the cluster's.
    kept: RefCell<BTreeSet<Address>>,
}

impl<'a> World<'a> {
    fn new(case: &'a Case, stage: &'a Stage) -> Self {
        let load = |second| match pgha_spec::load("cluster.toml", &case.spec(second)) {
            Ok(loaded) => loaded.desired,
            Err(errors) => panic!("the case's spec is not valid: {:?}", errors.diagnostics),
        };
        let specs = [load(false), load(true)];
        stage.sim.set_scope(&specs[0].scope);
        case.habits.iter().for_each(|habit| stage.sim.learn(*habit));
        Self { case, stage, specs, processes: Cell::new(0), kept: RefCell::default() }
    }

    fn live(&self) {
        let scope = &self.specs[0].scope;
        if self.case.built {
            self.stage.tell(|| "the cluster is built, undisturbed".into());
            self.undisturbed(&self.specs[0], &self.plain());
            told::confirm(self.stage);
            self.case.before.iter().for_each(|deed| people::act(self.stage, deed, scope));
        }
        for run in &self.case.runs {
            if self.stage.broken().is_some() {
                return;
            }
            self.disturbed(run);
            run.after.iter().for_each(|deed| people::act(self.stage, deed, scope));
        }
        self.stage.tell(|| "the bad moments are over".into());
        self.stage.sim.repair();
        let second = self.case.runs.last().is_some_and(|run| run.second);
        let mut desired = self.specs[usize::from(second)].clone();
        self.converges(&desired, &self.plain());
        if self.case.destroyed && self.stage.broken().is_none() {
            self.stage.tell(|| "the cluster is destroyed".into());
            desired.policy.protected.clear();
            let goal = Goal::Destroy { final_snapshot: true };
            self.converges(&desired, &Intent { goal, ..self.plain() });
        }
    }

    fn process<'b>(&'b self, desired: &'b Desired, intent: &Intent) -> Process<'b> {
        self.processes.set(self.processes.get() + 1);
        let name = format!("apply {}", self.processes.get());
        Process::new(self.stage, name, desired, intent)
    }

    /// What somebody intends who says nothing: that the account be as the spec says.
    fn plain(&self) -> Intent {
        let at = self.case.clock.then(|| pgha_apply::moment(&self.stage.sim));
        Intent { at, ..Intent::default() }
    }

    /// What the user says for a run: nothing, that everything may go that left the spec, or that
    /// what is held goes now.
    fn intent(&self, desired: &Desired, run: &Run) -> Intent {
        let mut intent = self.plain();
        if run.lets_go {
            let plan = self.plan(desired, &intent);
            for change in &plan.changes {
                if let Some(Blocked::HoldsData { .. }) = change.blocked {
                    intent.allow.insert(Allow::Delete(change.address.clone()));
                }
            }
        }
        if run.now {
            intent.now = clock::words(&self.plan(desired, &intent));
            self.stage.count_many("words to go now", intent.now.len());
        }
        intent
    }

    fn plan(&self, desired: &Desired, intent: &Intent) -> Plan {
        crate::plan_on(&self.stage.sim, desired, &clock::by_now(intent, &self.stage.sim))
    }

    /// Time passes until the window of a spec is open, where plans know the time.
    fn open_window(&self, desired: &Desired, minutes: u64) {
        if let Some(window) = desired.policy.window.filter(|_| self.case.clock) {
            clock::into(&self.stage.sim, window, minutes);
            self.stage.tell(|| format!("the window {window} is open"));
        }
    }

    /// One apply in which much goes wrong, and perhaps another one beside it.
    fn disturbed(&self, run: &Run) {
        let desired = &self.specs[usize::from(run.second)];
        if let Some(minutes) = run.opens {
            self.open_window(desired, minutes);
        }
        let intent = self.intent(desired, run);
        let mut process = self.process(desired, &intent);
        process.troubles = &run.troubles;
        self.stage.agree(run.max_disruption);
        self.stage.misled.set(false);
        self.stage.another.set(None);
        self.stage.running.set(1);
        let first = attempt(&process, desired, &intent, run.max_disruption);
        let report = self.beside(&process, first, run.max_disruption);
        self.stage.judge_interruptions();
        self.stage.check_strangers();
        if let Some(report) = &report {
            self.check_report(report, &process, desired, &intent);
        }
        self.unlock(desired);
    }

    /// Runs an attempt, and another apply beside it if somebody starts one.
    fn beside(
        &self,
        process: &Process<'_>,
        first: impl Future<Output = Option<Report>>,
        max: Disruption,
    ) -> Option<Report> {
        let stage = self.stage;
        let intent = self.plain();
        let others = [0, 1].map(|n| self.process(&self.specs[n], &intent));
        let mut first = pin!(first);
        let mut second = [
            Box::pin(attempt(&others[0], &self.specs[0], &intent, max)),
            Box::pin(attempt(&others[1], &self.specs[1], &intent, max)),
        ];
        let mut context = Context::from_waker(Waker::noop());
        let (mut report, mut first_is_over, mut second_is_over) = (None, false, false);
        for _ in 0..MOST_POLLS {
            if !first_is_over {
                if let Poll::Ready(answer) = first.as_mut().poll(&mut context) {
                    report = answer;
                    first_is_over = true;
                }
                first_is_over |= process.is_dead();
            }
            let Some(which) = stage.another.get().map(usize::from) else {
                if first_is_over {
                    return report;
                }
                continue;
            };
            if !second_is_over {
                second_is_over = second[which].as_mut().poll(&mut context).is_ready();
                second_is_over |= others[which].is_dead();
            }
            if first_is_over && second_is_over {
                return report;
            }
            stage.running.set(2 - usize::from(first_is_over) - usize::from(second_is_over));
        }
        stage.broke(Promise::Ends, "two applies wait for each other");
        None
    }

    /// What a dead run leaves locked ends by itself, or somebody ends it.
    fn unlock(&self, desired: &Desired) {
        let sim = &self.stage.sim;
        let Ok(Some(holder)) = at_once(lock::holder(desired, sim)) else { return };
        match self.processes.get() % 2 {
            0 => {
                self.stage.tell(|| format!("`pgha unlock` removes the lock of {}", holder.name));
                let removed = at_once(lock::remove(&holder, desired, sim));
                assert!(removed.is_ok(), "nobody hinders unlocking");
            }
            _ => sim.advance(Duration::from_secs(16 * 60)),
        }
    }

    /// An apply in which nothing goes wrong.
    fn undisturbed(&self, desired: &Desired, intent: &Intent) -> Option<Report> {
        self.stage.agree(Disruption::Outage);
        self.stage.misled.set(false);
        self.stage.running.set(1);
        let process = self.process(desired, intent);
        let report = at_once(attempt(&process, desired, intent, Disruption::Outage));
        self.stage.judge_interruptions();
        self.stage.check_strangers();
        let report = report?;
        self.check_report(&report, &process, desired, intent);
        self.excuse(&report, &desired.regions());
        let kept = self.kept.borrow();
        let late = clock::late(&report);
        self.stage.count_many("steps that came too late for the window", late.len());
        let fails = |step: &StepReport| {
            !step.outcome.is_success()
                && !kept.contains(&step.address)
                && !late.contains(&step.step)
        };
        if report.steps.iter().any(fails) {
            self.stage.broke(
                Promise::Converges,
                format!("undisturbed, these steps fail:\n{}", failures(&report)),
            );
        }
        drop(kept);
        Some(report)
    }

    /// AWS deletes nothing that something else uses, and upgrades no source before its replicas;
    /// what is not the cluster's may be either: such a step fails, and so do those behind it.
    /// So may what is in a region that the spec does not name any more.
    fn excuse(&self, report: &Report, regions: &[Region]) {
        let cluster = &self.specs[0].scope.cluster;
        let is_seen = |entry: &Entry| {
            let region = entry.address.region.as_ref();
            let live = self.stage.sim.look(&entry.address);
            let scope = &self.specs[0].scope;
            let copy = live.is_some_and(|live| states::is_copy(&live, &entry.address, scope));
            !copy
                && entry.owner.as_ref() == Some(cluster)
                && region.is_none_or(|r| regions.contains(r))
        };
        if self.stage.sim.inventory().iter().all(is_seen) {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        for step in &report.steps {
            let excused = match &step.outcome {
                Outcome::Failed { class, code, .. } => {
                    matches!(class, ErrorClass::InUse | ErrorClass::NotReady)
                        || code == "DBUpgradeDependencyFailure"
                }
                Outcome::NotReached { because } => {
                    kept.iter().any(|address| because.contains(&address.to_string()))
                }
                _ => false,
            };
            if excused {
                kept.insert(step.address.clone());
            }
        }
    }

    /// Two applies leave nothing to do, both of them in a window where plans know the time, nor does a look a week later find anything. Each apply
    /// that leaves something waiting for a maintenance window is followed by one more: where
    /// replicas are upgraded in one window, their primary is in the next.
    fn converges(&self, desired: &Desired, intent: &Intent) {
        self.stage.sim.advance(A_WEEK);
        self.unlock(desired);
        if let Some(window) = desired.policy.window.filter(|_| self.case.clock) {
            clock::out_of(&self.stage.sim, window);
            self.undisturbed(desired, intent);
        }
        let mut left = 2;
        for _ in 0..MOST_WINDOWS {
            self.open_window(desired, 1);
            let report = self.undisturbed(desired, intent);
            if report.as_ref().is_some_and(|report| waits_for_window(report) || is_late(report)) {
                left += 1;
            }
            left -= 1;
            told::confirm(self.stage);
            self.stage.sim.advance(A_WEEK);
            if left == 0 || self.stage.broken().is_some() {
                break;
            }
        }
        let mut plan = self.plan(desired, intent);
        // What AWS changed in the last window is followed by one more.
        if only_follows(&plan) {
            self.undisturbed(desired, intent);
            plan = self.plan(desired, intent);
        }
        self.check_nothing_left(&plan);
        self.check_orphans(&plan, desired, intent);
        self.stage.sim.advance(A_WEEK);
        self.check_nothing_left(&self.plan(desired, intent));
    }

    fn check_nothing_left(&self, plan: &Plan) {
        let refused: Vec<&Blocked> =
            plan.changes.iter().filter_map(|change| change.blocked.as_ref()).collect();
        self.stage.count(match refused.is_empty() {
            true => "ends with nothing to do",
            false => "ends with something refused for good",
        });
        let kept = self.kept.borrow();
        let steps = plan.steps.iter().any(|step| !kept.contains(step.address()));
        let waits = |change: &Change| match &change.blocked {
            Some(Blocked::Held { .. }) => !kept.contains(&clock::whole(&change.address)),
            Some(Blocked::Waits { address }) => !kept.contains(address),
            Some(blocked) => !is_for_good(blocked),
            None => false,
        };
        if steps || plan.changes.iter().any(waits) {
            self.stage.broke(Promise::Converges, format!("there is still\n{}", sketch(plan)));
        }
    }

    /// What the cluster owns is in the spec, or the plan says why it stays.
    fn check_orphans(&self, plan: &Plan, desired: &Desired, intent: &Intent) {
        let destroys = matches!(intent.goal, Goal::Destroy { .. });
        for entry in self.stage.sim.inventory() {
            let address = &entry.address;
            let stays = plan.changes.iter().any(|change| change.address == *address);
            // Snapshots outlive what they are of, and a dead run's lock waits for the next.
            let wanted = matches!(address.kind, Kind::DbSnapshot | Kind::DbClusterSnapshot)
                || (!destroys && desired.resources.contains_key(address))
                || *address == desired.scope.lock();
            let live = self.stage.sim.look(address);
            let copy = live.is_some_and(|live| states::is_copy(&live, address, &desired.scope));
            let ours = !copy && entry.owner.as_deref() == Some(desired.scope.cluster.as_str());
            let is_named = |region| desired.regions().contains(region);
            let may_be_forgotten = self.stage.memory_lost.get()
                && address.region.as_ref().is_some_and(|region| !is_named(region));
            if ours && !wanted && !stays && !may_be_forgotten {
                self.stage.broke(Promise::Orphans, format!("{address} is left"));
            }
        }
    }

    /// What the report says is left is what is left, and what it says was not reached was
    /// not tried.
    fn check_report(
        &self,
        report: &Report,
        process: &Process<'_>,
        desired: &Desired,
        intent: &Intent,
    ) {
        let mut calls: BTreeMap<_, usize> = BTreeMap::new();
        for step in &report.steps {
            *calls.entry((&step.address, step.operation)).or_default() += 1;
        }
        let made = process.made.borrow();
        for step in &report.steps {
            let is_tried = made.contains(&(step.address.clone(), step.operation));
            let is_only = calls[&(&step.address, step.operation)] == 1;
            if matches!(step.outcome, Outcome::NotReached { .. }) && is_tried && is_only {
                let (operation, address) = (step.operation, &step.address);
                self.stage.broke(
                    Promise::Report,
                    format!("{operation} {address} was made, and the report: {}", step.outcome),
                );
            }
        }
        let alone = self.stage.another.get().is_none();
        // Giving the lock back may take its time, in which something can come to an end.
        let is_fresh = self.stage.looked.get() == self.stage.sim.now();
        if alone && is_fresh && !self.stage.misled.get() {
            let now = self.plan(desired, intent);
            if now.digest() != report.left.digest() {
                let (said, is) = (sketch(&report.left), sketch(&now));
                self.stage
                    .broke(Promise::Report, format!("it says is left\n{said}\nand there is\n{is}"));
            }
        }
    }
}

/// Whether the window closed before the apply was through.
fn is_late(report: &Report) -> bool {
    !clock::late(report).is_empty()
}

/// Whether something was queued for a window, or follows what was, or what somebody confirms.
fn waits_for_window(report: &Report) -> bool {
    let follows = |change: &Change| {
        use Blocked as B;
        matches!(change.blocked, Some(B::Waits { .. } | B::InTurn { .. } | B::Unconfirmed { .. }))
    };
    report.steps.iter().any(|step| step.outcome == Outcome::Queued)
        || report.left.changes.iter().any(follows)
}

/// Reasons that applying again does not change.
fn is_for_good(blocked: &Blocked) -> bool {
    match blocked {
        Blocked::Impossible { why } => !why.contains("circle"),
        Blocked::HoldsData { .. }
        | Blocked::WouldReplace { .. }
        | Blocked::NotOwned { .. }
        | Blocked::OtherHome { .. }
        | Blocked::Copied { .. }
        | Blocked::OtherEngine { .. }
        | Blocked::Gone { .. }
        | Blocked::Beside { .. }
        | Blocked::LastCopy { .. }
        | Blocked::Needs { .. }
        | Blocked::Outgrows { .. }
        | Blocked::InUse { .. }
        | Blocked::StaysWith { .. }
        | Blocked::Unrecorded { .. }
        | Blocked::Remembers { .. }
        | Blocked::Protected => true,
        // It is attempted again on its next date, and fails again.
        Blocked::Status { status, .. } if status.contains("rotation") => true,
        Blocked::Unread { .. }
        | Blocked::MayBeUsed { .. }
        | Blocked::NoNetwork { .. }
        | Blocked::Waits { .. }
        | Blocked::Unconfirmed { .. }
        | Blocked::Held { .. }
        | Blocked::InTurn { .. }
        | Blocked::Unavailable { .. }
        | Blocked::Status { .. } => false,
    }
}
