//! The run itself: rounds of looking, calling and waiting until every step has ended.
//!
//! One round looks at everything that is due or being waited for in a single sweep, ends
//! what has settled, and makes the calls that are due, some at once. Time passes in one
//! place, between rounds in which nothing happened.

mod calls;
mod hold;
#[cfg(test)]
mod tests;
mod users;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_planner::ApprovedPlan;
use pgha_planner::Intent;
use pgha_planner::Known;
use pgha_planner::Step;
use pgha_planner::StepId;
use pgha_planner::StepTime;
use pgha_planner::plan;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::status::Phase;

use crate::expect::Claim;
use crate::expect::Verdict;
use crate::expect::expect;
use crate::fill_in::fill_in;
use crate::fill_in::is_filled_in;
use crate::look::look;
use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::port::Wanted;
use crate::progress::Progress;
use crate::progress::State;
use crate::progress::reports;
use crate::report::Event;
use crate::report::Outcome;
use crate::report::Report;
use crate::report::Watch;
use crate::retry::Prospect;
use crate::run::hold::Hold;
use crate::session::by_now;
use crate::settle::RESTART_SHOWS;
use crate::settle::Settling;
use crate::settle::Since;
use crate::settle::settling;
use crate::stop::Stop;

/// Steps whose turn comes in one round. What their calls came to is looked at and said before
/// the next ones are made: of hundreds that could all be made at once, the first ones would
/// else be heard of after the last.
const STEPS_A_ROUND: usize = 32;

/// Between two looks at what is being waited for.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// How long a settled resource may take to start with a change that was accepted.
const SLOW_START: SignedDuration = SignedDuration::from_mins(10);

/// How long a change may take; a cross-region replica takes hours
/// (docs/aws/replicas.md#other-regions-take-hours).
const LONGEST: SignedDuration = SignedDuration::from_hours(6);

struct Run<'a, A, C> {
    steps: &'a [Step],
    progress: Vec<Progress>,
    scope: &'a Scope,
    desired: &'a Desired,
    /// The latest look at every address that was looked at.
    seen: Live,
    began: Timestamp,
    account: &'a A,
    clock: &'a C,
    watch: &'a mut dyn Watch,
    stop: &'a Stop,
}

/// Runs every step of an approved plan, then plans again and says what is left.
///
/// Steps whose needs are settled run together; those behind a failure are not reached, and
/// the rest goes on. Asked to stop, it makes no further call and stops waiting.
pub async fn apply<A: Execute, C: Clock>(
    approved: ApprovedPlan,
    desired: &Desired,
    intent: &Intent,
    account: &A,
    clock: &C,
    watch: &mut dyn Watch,
    stop: &Stop,
) -> Report {
    let approved = approved.plan().clone();
    let mut desired = desired.clone();
    desired.scope = approved.scope.clone();
    let mut run = Run::new(&approved.steps, &desired, account, clock, watch, stop);
    run.seen.networks = account
        .observe(&Wanted {
            networks: desired.networks.clone(),
            ..Wanted::only(&desired.scope, BTreeMap::new())
        })
        .await
        .networks;
    while !run.is_over() {
        if stop.is_asked() {
            run.interrupt();
            break;
        }
        if !run.round().await {
            run.pause().await;
        }
    }
    let steps = reports(run.steps, &run.progress);
    let live = look(&desired, account).await;
    let left = plan(&desired, &live, &by_now(intent, clock));
    Report { steps, left, interrupted: stop.is_asked() }
}

impl<'a, A: Execute, C: Clock> Run<'a, A, C> {
    fn new(
        steps: &'a [Step],
        desired: &'a Desired,
        account: &'a A,
        clock: &'a C,
        watch: &'a mut dyn Watch,
        stop: &'a Stop,
    ) -> Self {
        let progress = steps.iter().map(|_| Progress::default()).collect();
        let (scope, seen, began) = (&desired.scope, Live::default(), clock.now());
        Self { steps, progress, scope, desired, seen, began, account, clock, watch, stop }
    }

    fn is_over(&self) -> bool {
        self.progress.iter().all(|step| matches!(step.state, State::Ended(_)))
    }

    /// One round; `true` if anything happened.
    async fn round(&mut self) -> bool {
        let mut happened = self.release();
        let (mut due, waited_for) = (self.due(), self.settling());
        happened |= due.len() > STEPS_A_ROUND;
        due.truncate(STEPS_A_ROUND);
        if due.is_empty() && waited_for.is_empty() {
            return happened;
        }
        self.look(&due, &waited_for).await;
        for step in waited_for {
            happened |= self.settle(step);
        }
        let calls: Vec<(StepId, Call)> =
            due.into_iter().filter_map(|step| self.ready(step, &mut happened)).collect();
        happened |= !calls.is_empty();
        self.call(calls).await;
        happened
    }

    /// Lets steps go whose needs are settled, and ends those behind a failure.
    fn release(&mut self) -> bool {
        let mut happened = false;
        for step in 0..self.steps.len() {
            if self.progress[step].state != State::Waiting {
                continue;
            }
            let mut open = false;
            let mut failed = None;
            for after in &self.steps[step].after {
                match &self.progress[after.step].state {
                    State::Ended(outcome) if outcome.is_success() => {}
                    State::Ended(_) => failed = Some(after.step),
                    _ => open = true,
                }
            }
            if let Some(failed) = failed {
                let because = format!("{} did not succeed", self.steps[failed].address());
                self.end(step, Outcome::NotReached { because });
                happened = true;
            } else if !open {
                self.progress[step].state = State::Due(self.clock.now());
                happened = true;
            }
        }
        happened
    }

    fn due(&self) -> Vec<StepId> {
        let now = self.clock.now();
        let is_due =
            |step: &StepId| matches!(self.progress[*step].state, State::Due(at) if at <= now);
        (0..self.steps.len()).filter(is_due).collect()
    }

    fn settling(&self) -> Vec<StepId> {
        let is_settling =
            |step: &StepId| matches!(self.progress[*step].state, State::Settling { .. });
        (0..self.steps.len()).filter(is_settling).collect()
    }

    /// Looks at what is due, at what is waited for, and at what the due calls refer to.
    async fn look(&mut self, due: &[StepId], waited_for: &[StepId]) {
        let mut resources: BTreeMap<Address, Resource> = BTreeMap::new();
        for step in due.iter().chain(waited_for) {
            let call = &self.steps[*step].call;
            let mut resource = call.to().unwrap_or_else(|| call.resource()).clone();
            resource.resolve(&self.known(&BTreeSet::new()));
            resources.insert(call.address.clone(), resource);
        }
        let restarts = due.iter().any(|step| self.breaks_connections(*step));
        let others: Vec<Address> = self.databases().filter(|_| restarts).cloned().collect();
        let needed = due.iter().flat_map(|step| self.needed_by(*step));
        for address in needed.chain(others).collect::<Vec<_>>() {
            if let Some(wanted) = self.desired.resources.get(&address) {
                let mut resource = wanted.resource.clone();
                resource.resolve(&self.known(&BTreeSet::new()));
                resources.entry(address).or_insert(resource);
            }
        }
        let live = self.account.observe(&Wanted::only(self.scope, resources)).await;
        self.seen.resources.extend(live.resources);
    }

    /// Whom a step refers to: all that a new resource names, read off the spec's own form of
    /// it, and for other calls what has no answer yet.
    fn needed_by(&self, step: StepId) -> Vec<Address> {
        let call = &self.steps[step].call;
        let wanted = self.desired.resources.get(&call.address);
        match (&call.action, wanted) {
            (Action::Create { .. }, Some(wanted)) => wanted.resource.addresses(),
            _ => call.to().map(Resource::addresses).unwrap_or_default(),
        }
    }

    /// Whether what a call wants is accepted and still being made.
    fn is_under_way(&self, step: StepId, call: &Call) -> bool {
        let seen = self.seen(step);
        let Some(live) = seen.present() else { return false };
        let pending = live.pending.as_ref();
        live.status.phase == Phase::Busy
            || pending.is_some_and(|pending| call.fields().any(|f| pending.fields.contains(f)))
    }

    fn breaks_connections(&self, step: StepId) -> bool {
        let step = &self.steps[step];
        let deletes = matches!(step.call.action, Action::Delete { .. });
        step.disruption.breaks_connections() && step.time == StepTime::Now && !deletes
    }

    fn databases(&self) -> impl Iterator<Item = &Address> {
        let is_database =
            |address: &&Address| matches!(address.kind, Kind::DbInstance | Kind::DbCluster);
        self.desired.resources.keys().filter(is_database)
    }

    fn known<'b>(&'b self, leaving: &'b BTreeSet<Address>) -> Known<'b> {
        Known { scope: self.scope, live: &self.seen, leaving }
    }

    fn seen(&self, step: StepId) -> Seen {
        let address = self.steps[step].address();
        self.seen.resources.get(address).cloned().unwrap_or(Seen::Absent)
    }

    /// Ends a step whose change is there; `true` if anything happened.
    fn settle(&mut self, step: StepId) -> bool {
        let State::Settling { since, status } = self.progress[step].state.clone() else {
            return false;
        };
        let call =
            self.progress[step].call.clone().unwrap_or_else(|| self.steps[step].call.clone());
        let waited = self.clock.now().duration_since(since);
        let seen = self.seen(step);
        if let Seen::Unread(error) = &seen
            && !error.class.may_pass()
            && error.class != ErrorClass::Unreachable
        {
            let status = format!("it can no longer be read: {}: {}", error.call, error.message);
            return self.end(step, Outcome::Unsettled { status });
        }
        let busy = seen.present().is_some_and(|live| !live.status.is_ready());
        if busy {
            self.progress[step].last_busy = Some(self.clock.now());
        }
        let ago = |then| self.clock.now().duration_since(then);
        let history = Since { waited, since_busy: self.progress[step].last_busy.map(ago) };
        let settling = settling(&call, &seen, history);
        if matches!(settling, Settling::Waiting(_))
            && let Some(status) = self.outlasted(step, self.own_strange_word(step))
        {
            return self.end(step, Outcome::Unsettled { status });
        }
        let now = match settling {
            Settling::Done => return self.end(step, Outcome::Done),
            Settling::Queued => return self.end(step, Outcome::Queued),
            Settling::Broken(status) => return self.end(step, Outcome::Unsettled { status }),
            Settling::NotTaken(status) if self.never_came(step, history) => {
                self.progress[step].unsure = false;
                let (class, code) = (ErrorClass::Unknown, "NotSeen".to_string());
                self.retry(step, CallError { class, code, message: status, request_id: None });
                return true;
            }
            Settling::NotTaken(status) if waited > SLOW_START => {
                return self.end(step, Outcome::Unsettled { status });
            }
            Settling::Waiting(status) if waited > LONGEST => {
                return self.end(step, Outcome::Unsettled { status });
            }
            Settling::NotTaken(now) | Settling::Waiting(now) => now,
        };
        if now != status {
            self.say_status(step, &now);
            self.progress[step].state = State::Settling { since, status: now };
        }
        false
    }

    /// A restart that may not have been asked for, that nobody saw, and that changed nothing.
    fn never_came(&self, step: StepId, history: Since) -> bool {
        self.progress[step].unsure
            && history.since_busy.is_none()
            && history.waited >= RESTART_SHOWS
    }

    /// Whom the plan takes something over from that is there.
    fn adopted_from(&self, address: &Address) -> Option<&'a str> {
        let own = self.steps.iter().filter(|step| step.address() == address);
        own.filter_map(|step| match &step.call.action {
            Action::Tag { over, .. } => over.get(OWNER_TAG).map(String::as_str),
            _ => None,
        })
        .next()
    }

    /// The call of a step that is due, if it can be made now.
    fn ready(&mut self, step: StepId, happened: &mut bool) -> Option<(StepId, Call)> {
        let mut call = self.steps[step].call.clone();
        let leaving = BTreeSet::new();
        fill_in(&mut call, &self.known(&leaving));
        let retried = self.progress[step].attempts > 0;
        let creates = matches!(call.action, Action::Create { .. });
        let made_here = self.made_here(step);
        let ours = made_here || (creates && retried);
        let claim = Claim { ours, from: self.adopted_from(&call.address) };
        let verdict = expect(&call, &self.seen(step), self.scope, claim);
        if verdict == Verdict::Go && !is_filled_in(&call) {
            let message = "something it refers to has no id yet".to_string();
            *happened |= self.fail(
                step,
                CallError {
                    class: ErrorClass::NotReady,
                    code: "NotThereYet".into(),
                    message,
                    request_id: None,
                },
            );
            return None;
        }
        // Not visible yet: IAM and EC2 take their time to show what they accepted.
        let gone = matches!(self.seen(step), Seen::Absent) && !creates;
        if made_here && gone && matches!(verdict, Verdict::Stale(_)) {
            self.postpone(step, Hold::new("not visible yet"));
            return None;
        }
        if verdict == Verdict::AlreadyDone && (retried || self.is_under_way(step, &call)) {
            // It was accepted, by this run or another: that it is there is for settling to say.
            self.progress[step].call = Some(call);
            let since = self.clock.now();
            self.progress[step].state = State::Settling { since, status: String::new() };
            *happened = true;
            return None;
        }
        if verdict == Verdict::Go
            && let Some(outcome) = self.too_late(step)
        {
            *happened |= self.end(step, outcome);
            return None;
        }
        if verdict == Verdict::Go
            && let Some(hold) = self.hold(step)
        {
            self.postpone(step, hold);
            return None;
        }
        match verdict {
            Verdict::Go => return Some((step, call)),
            Verdict::AlreadyDone => *happened |= self.end(step, self.done_before(step)),
            Verdict::Stale(found) => *happened |= self.end(step, Outcome::Stale { found }),
            Verdict::Busy(text) => {
                let strange = self.own_strange_word(step);
                self.postpone(step, Hold { text, strange });
            }
            Verdict::Unread(error) => {
                *happened |= self.fail(
                    step,
                    CallError {
                        class: error.class,
                        code: error.call,
                        message: error.message,
                        request_id: None,
                    },
                );
            }
        }
        None
    }

    /// A change that is there although the call's answer was lost was made by this run.
    fn done_before(&self, step: StepId) -> Outcome {
        match self.progress[step].attempts {
            0 => Outcome::AlreadyDone,
            _ => Outcome::Done,
        }
    }

    fn made_here(&self, step: StepId) -> bool {
        let address = self.steps[step].address();
        self.steps[..step].iter().zip(&self.progress).any(|(other, progress)| {
            other.address() == address
                && matches!(other.call.action, Action::Create { .. })
                && matches!(&progress.state, State::Ended(outcome) if outcome.is_success())
        })
    }

    /// What the steps before and the last look say about a refusal.
    fn prospect(&self, step: StepId) -> Prospect {
        let seen = self.seen(step);
        let phase = seen.present().map(|live| live.status.phase);
        if matches!(phase, Some(Phase::Stopped | Phase::Broken)) {
            Prospect::NeedsAPerson
        } else if self.deleted_before(step).next().is_some() {
            Prospect::LettingGo
        } else {
            Prospect::Open
        }
    }

    /// Something has to end first: look again later, for as long as a change may take.
    fn postpone(&mut self, step: StepId, hold: Hold) {
        let now = self.clock.now();
        let started = *self.progress[step].started.get_or_insert(now);
        let outlasted = self.outlasted(step, hold.strange);
        let too_long = now.duration_since(started) > LONGEST;
        if let Some(status) = outlasted.or(too_long.then(|| hold.text.clone())) {
            self.end(step, Outcome::Unsettled { status });
            return;
        }
        self.say_status(step, &hold.text);
        self.progress[step].state = State::Due(now + LOOK_AGAIN);
    }

    fn end(&mut self, step: StepId, outcome: Outcome) -> bool {
        self.say(step, &Event::Ended { outcome: outcome.clone() });
        self.progress[step].ended = Some(self.clock.now());
        self.progress[step].state = State::Ended(outcome);
        true
    }

    /// Says a status that was not said last: who watches is told of changes, and of time by ticks.
    fn say_status(&mut self, step: StepId, status: &str) {
        if self.progress[step].said != status {
            self.progress[step].said = status.into();
            self.say(step, &Event::Status { status: status.into() });
        }
    }

    fn say(&mut self, step: StepId, event: &Event) {
        self.watch.event(self.clock.now(), step, event);
    }

    /// Ends everything that has not ended: what was accepted goes on in AWS.
    fn interrupt(&mut self) {
        for step in 0..self.steps.len() {
            let outcome = match &self.progress[step].state {
                State::Ended(_) => continue,
                State::Settling { status, .. } => Outcome::Underway { status: status.clone() },
                State::Waiting | State::Due(_) => {
                    Outcome::NotReached { because: "the run was interrupted".into() }
                }
            };
            self.end(step, outcome);
        }
    }

    /// Lets time pass until something can have happened.
    async fn pause(&mut self) {
        let now = self.clock.now();
        self.watch.tick(now);
        let next = self.progress.iter().filter_map(|progress| match progress.state {
            State::Due(at) => Duration::try_from(at.duration_since(now)).ok(),
            _ => None,
        });
        let waiting = !self.settling().is_empty();
        let longest = waiting.then_some(LOOK_AGAIN);
        let pause = next.chain(longest).min().unwrap_or(LOOK_AGAIN);
        self.clock.sleep(pause.max(Duration::from_secs(1))).await;
    }
}
