//! One world, from its beginning to its end: what is tried, and what has to hold.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::time::Duration;

use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Outcome;
use pgha_apply::Report;
use pgha_apply::StepReport;
use pgha_apply::Stop;
use pgha_apply::Watch;
use pgha_apply::apply;
use pgha_apply::journal::Journaled;
use pgha_apply::lock;
use pgha_apply::lock::LockError;
use pgha_apply::lock::Locked;
use pgha_apply::observe_and_plan;
use pgha_apply::plan_again;
use pgha_planner::Allow;
use pgha_planner::Approval;
use pgha_planner::Blocked;
use pgha_planner::Change;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::Step;
use pgha_planner::StepId;
use pgha_planner::approve;
use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Region;
use pgha_resource::call::Action;
use pgha_resource::field::Match;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;
use pgha_sim::Entry;

use crate::case::Case;
use crate::case::Run;
use crate::case::Trouble;
use crate::case::What;
use crate::failures;
use crate::people;
use crate::process::Process;
use crate::promises::Broken;
use crate::promises::Promise;
use crate::sketch;
use crate::stage::Stage;

/// Longer than the longest way to the next maintenance window.
const A_WEEK: Duration = Duration::from_secs(8 * 24 * 3600);

/// Applies until everything that waits for windows has happened: replicas that are upgraded
/// in one, those that were made meanwhile in the next, the primary in a third.
const MOST_WINDOWS: usize = 5;

/// Polls without any progress, after which two processes are said to wait for each other.
const MOST_POLLS: u64 = 20_000_000;

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
        Self { case, stage, specs, processes: Cell::new(0), kept: RefCell::default() }
    }

    fn live(&self) {
        let scope = &self.specs[0].scope;
        if self.case.built {
            self.stage.tell(|| "the cluster is built, undisturbed".into());
            self.undisturbed(&self.specs[0], &Intent::default());
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
        self.converges(&desired, &Intent::default());
        if self.case.destroyed && self.stage.broken().is_none() {
            self.stage.tell(|| "the cluster is destroyed".into());
            desired.policy.protected.clear();
            let goal = Goal::Destroy { final_snapshot: true };
            self.converges(&desired, &Intent { goal, ..Intent::default() });
        }
    }

    fn process<'b>(&'b self, desired: &'b Desired, intent: &Intent) -> Process<'b> {
        self.processes.set(self.processes.get() + 1);
        let name = format!("apply {}", self.processes.get());
        let destroys = matches!(intent.goal, Goal::Destroy { .. });
        Process::new(self.stage, name, desired, let_go(intent), destroys)
    }

    /// What the user says: nothing, or that everything may go that left the spec.
    fn intent(&self, desired: &Desired, lets_go: bool) -> Intent {
        let mut intent = Intent::default();
        if lets_go {
            let plan = self.plan(desired, &intent);
            for change in &plan.changes {
                if let Some(Blocked::HoldsData { .. }) = change.blocked {
                    intent.allow.insert(Allow::Delete(change.address.clone()));
                }
            }
        }
        intent
    }

    fn plan(&self, desired: &Desired, intent: &Intent) -> Plan {
        crate::plan_on(&self.stage.sim, desired, intent)
    }

    /// One apply in which much goes wrong, and perhaps another one beside it.
    fn disturbed(&self, run: &Run) {
        let desired = &self.specs[usize::from(run.second)];
        let intent = self.intent(desired, run.lets_go);
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
        let intent = Intent::default();
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
        let fails = |step: &StepReport| !step.outcome.is_success() && !kept.contains(&step.address);
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
            entry.owner.as_ref() == Some(cluster) && region.is_none_or(|r| regions.contains(r))
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

    /// Two applies leave nothing to do, nor does a look a week later find anything. Each apply
    /// that leaves something waiting for a maintenance window is followed by one more: where
    /// replicas are upgraded in one window, their primary is in the next.
    fn converges(&self, desired: &Desired, intent: &Intent) {
        self.stage.sim.advance(A_WEEK);
        self.unlock(desired);
        let mut left = 2;
        for _ in 0..MOST_WINDOWS {
            let report = self.undisturbed(desired, intent);
            if report.as_ref().is_some_and(waits_for_window) {
                left += 1;
            }
            left -= 1;
            self.stage.sim.advance(A_WEEK);
            if left == 0 || self.stage.broken().is_some() {
                break;
            }
        }
        let plan = self.plan(desired, intent);
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
        if steps || refused.iter().any(|blocked| !is_for_good(blocked)) {
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
            let ours = entry.owner.as_deref() == Some(desired.scope.cluster.as_str());
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

/// Whether something was queued for a window, or follows what was.
fn waits_for_window(report: &Report) -> bool {
    let follows = |change: &Change| {
        matches!(change.blocked, Some(Blocked::Waits { .. } | Blocked::InTurn { .. }))
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
        | Blocked::Needs { .. }
        | Blocked::Outgrows { .. }
        | Blocked::InUse { .. }
        | Blocked::Unrecorded { .. }
        | Blocked::Remembers { .. }
        | Blocked::Protected => true,
        Blocked::Unread { .. }
        | Blocked::MayBeUsed { .. }
        | Blocked::NoNetwork { .. }
        | Blocked::Waits { .. }
        | Blocked::Held { .. }
        | Blocked::InTurn { .. }
        | Blocked::Unavailable { .. }
        | Blocked::Status { .. } => false,
    }
}

fn let_go(intent: &Intent) -> BTreeSet<Address> {
    let deletes = |word: &Allow| match word {
        Allow::Delete(address) => Some(address.clone()),
        Allow::Adopt(_) | Allow::Create(_) => None,
    };
    intent.allow.iter().filter_map(deletes).collect()
}

/// One apply that meets these bad moments; whether it died of them.
pub(crate) fn dies(
    stage: &Stage,
    desired: &Desired,
    intent: &Intent,
    troubles: &[Trouble],
) -> bool {
    let destroys = matches!(intent.goal, Goal::Destroy { .. });
    let mut process = Process::new(stage, "apply 1".into(), desired, let_go(intent), destroys);
    process.troubles = troubles;
    stage.agree(Disruption::Outage);
    stage.running.set(1);
    let mut attempt = pin!(attempt(&process, desired, intent, Disruption::Outage));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if attempt.as_mut().poll(&mut context).is_ready() || process.is_dead() {
            return process.is_dead();
        }
    }
}

/// `pgha apply` from the plan to the report; nothing if it did not begin.
async fn attempt(
    process: &Process<'_>,
    desired: &Desired,
    intent: &Intent,
    max_disruption: Disruption,
) -> Option<Report> {
    let stage = process.stage;
    let plan = observe_and_plan(desired, intent, process).await.ok()?;
    stage.tell(|| format!("{} plans\n{}", process.name, sketch(&plan)));
    if plan.steps.is_empty() {
        return None;
    }
    let steps = plan.steps.clone();
    let approval = Approval { max_disruption, digest: None };
    let approved = match approve(plan, &approval) {
        Ok(approved) => approved,
        Err(no) => {
            stage.count("plans not agreed to");
            stage.tell(|| format!("{}: {no}", process.name));
            return None;
        }
    };
    let holder = match lock::take(desired, process, &process.name).await {
        Ok(holder) => holder,
        Err(error) => {
            if matches!(error, LockError::Held(_)) {
                stage.count("applies kept out by the lock");
            }
            stage.tell(|| format!("{}: {error}", process.name));
            return None;
        }
    };
    let locked = Locked::new(process, desired, holder);
    let approved = match plan_again(approved, desired, intent, process).await {
        Ok(approved) => approved,
        Err(now) => {
            stage.count("plans that were overtaken");
            stage.tell(|| format!("{}: by now the plan is\n{}", process.name, sketch(&now)));
            let _ = locked.release().await;
            return None;
        }
    };
    stage.count("applies");
    let journaled = Journaled::new(&locked, process, process.name.clone());
    let mut witness = Witness { stage, steps: &steps };
    let stop = Stop::default();
    let report = apply(approved, desired, intent, &journaled, process, &mut witness, &stop).await;
    if let Err(error) = locked.release().await {
        stage.tell(|| format!("{}: {error}", process.name));
    }
    stage.tell(|| format!("{} ends\n{}", process.name, failures(&report)));
    Some(report)
}

/// Watches an apply: what it says is done has to be.
struct Witness<'a> {
    stage: &'a Stage,
    steps: &'a [Step],
}

impl Watch for Witness<'_> {
    fn event(&mut self, _at: Timestamp, step: StepId, event: &Event) {
        let Event::Ended { outcome: Outcome::Done | Outcome::AlreadyDone } = event else { return };
        let alone = self.stage.running.get() < 2 && !self.stage.misled.get();
        let step = &self.steps[step];
        if alone && let Some(lie) = self.lie(step) {
            let (operation, address) = (step.call.operation, step.address());
            self.stage
                .broke(Promise::Report, format!("{operation} {address} is said to be done: {lie}"));
        }
    }
}

impl Witness<'_> {
    /// What is not as a step that is done would have left it.
    fn lie(&self, step: &Step) -> Option<String> {
        let live = self.stage.sim.look(step.address());
        let is_deletion = matches!(step.call.action, Action::Delete { .. });
        let live = match (live, is_deletion) {
            (None, true) => return None,
            (Some(_), true) => return Some("it is there".into()),
            (None, false) => return Some("it is not there".into()),
            (Some(live), false) => live,
        };
        match &step.call.action {
            Action::Update { to, fields, .. } if to.is_resolved() => fields
                .iter()
                .find(|field| to.compare_field(field, live.overlaid()) == Some(Match::Differs))
                .map(|field| format!("{field} differs")),
            Action::Tag { set, .. } => {
                let tags = live.tags.unwrap_or_default();
                let missing = set.iter().find(|(key, value)| tags.get(*key) != Some(*value));
                missing.map(|(key, _)| format!("the tag {key} is not set"))
            }
            Action::Start { .. } => {
                let status = &live.status;
                (!status.is_ready()).then(|| format!("its status is {}", status.text))
            }
            Action::Reboot { .. } => {
                let waits = |notice: &Notice| matches!(notice, Notice::PendingReboot(_));
                live.notices.iter().any(waits).then(|| "parameters wait for a reboot".into())
            }
            _ => None,
        }
    }
}

/// Runs what never waits for anything outside the simulation.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MOST_POLLS {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
    }
    panic!("it never ends");
}
