//! One apply, from the plan to the report, and somebody who watches it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use pgha_apply::journal::Journaled;
use pgha_apply::lock::{self, LockError, Locked};
use pgha_apply::{Event, Outcome, Report, Stop, Watch, apply, observe_and_plan, plan_again};
use pgha_planner::{Approval, Intent, Step, StepId, approve};
use pgha_resource::call::Action;
use pgha_resource::field::Match;
use pgha_resource::live::Notice;
use pgha_resource::{Desired, Disruption};

use crate::case::Trouble;
use crate::clock;
use crate::failures;
use crate::process::Process;
use crate::promises::Promise;
use crate::sketch;
use crate::stage::Stage;
use crate::states;

/// Polls without any progress, after which two processes are said to wait for each other.
pub(crate) const MOST_POLLS: u64 = 20_000_000;

/// One apply that meets these bad moments; whether it died of them.
pub(crate) fn dies(
    stage: &Stage,
    desired: &Desired,
    intent: &Intent,
    troubles: &[Trouble],
) -> bool {
    let mut process = Process::new(stage, "apply 1".into(), desired, intent);
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
pub(crate) async fn attempt(
    process: &Process<'_>,
    desired: &Desired,
    intent: &Intent,
    max_disruption: Disruption,
) -> Option<Report> {
    let stage = process.stage;
    let intent = &clock::by_now(intent, &stage.sim);
    let plan = observe_and_plan(desired, intent, process).await.ok()?;
    clock::count_held(stage, &plan);
    states::note_plan(stage, &plan);
    stage.classes.warned(&plan);
    // Without a time nobody knows which window comes first.
    if intent.at.is_none() {
        stage.classes.give_up();
    }
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
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MOST_POLLS {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
            return answer;
        }
    }
    panic!("it never ends");
}
