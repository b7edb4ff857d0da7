//! The calls of a round, and what becomes of a step by what they are answered with.

use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pgha_planner::StepId;
use pgha_resource::Call;
use pgha_resource::call::Action;
use pgha_resource::live::ErrorClass;

use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::port::Receipt;
use crate::progress::State;
use crate::report::Event;
use crate::report::Outcome;
use crate::retry::patience;
use crate::run::Run;

/// Calls made at once. The control plane's rate limits are low, and a cluster has a few
/// dozen steps at most (docs/aws/limits.md#rates).
const CALLS_AT_ONCE: usize = 8;

impl<A: Execute, C: Clock> Run<'_, A, C> {
    /// Makes calls, so many at once. None begins once a stop was asked for.
    pub(super) async fn call(&mut self, calls: Vec<(StepId, Call)>) {
        let account = self.account;
        let mut running = FuturesUnordered::new();
        for (step, call) in calls {
            while running.len() >= CALLS_AT_ONCE {
                running.next().await.into_iter().for_each(|answer| self.answered(answer));
            }
            if self.stop.is_asked() {
                break;
            }
            self.begin(step, &call);
            running.push(async move { (step, account.execute(&call).await) });
            // It begins now, and not only when the last one is there: a stop may be asked for.
            while let Some(Some(answer)) = running.next().now_or_never() {
                self.answered(answer);
            }
        }
        while let Some(answer) = running.next().await {
            self.answered(answer);
        }
    }

    fn begin(&mut self, step: StepId, call: &Call) {
        let now = self.clock.now();
        let progress = &mut self.progress[step];
        progress.attempts += 1;
        progress.started.get_or_insert(now);
        progress.call = Some(call.clone());
        let attempt = progress.attempts;
        self.say(step, &Event::Calling { attempt });
    }

    fn answered(&mut self, (step, answer): (StepId, Result<Receipt, CallError>)) {
        match answer {
            Ok(receipt) => self.accepted(step, receipt.request_id),
            Err(error) => {
                self.fail(step, error);
            }
        }
    }

    fn accepted(&mut self, step: StepId, request_id: Option<String>) {
        self.say(step, &Event::Accepted { request_id });
        let since = self.clock.now();
        self.progress[step].state = State::Settling { since, status: String::new() };
    }

    /// Decides by the class of an error what becomes of the step; `true` if it ended.
    pub(super) fn fail(&mut self, step: StepId, error: CallError) -> bool {
        let action = &self.steps[step].call.action;
        match (action, error.class) {
            (Action::Delete { .. }, ErrorClass::Gone) => {
                return self.end(step, self.done_before(step));
            }
            // Restarting twice because an answer was lost would disrupt twice: whether it
            // restarts is seen soon enough.
            (Action::Reboot { .. }, ErrorClass::Unknown) => {
                self.progress[step].unsure = true;
                self.accepted(step, None);
                return false;
            }
            _ => {}
        }
        self.retry(step, error)
    }

    /// Has the call made again later, as often as the class of its error allows.
    pub(super) fn retry(&mut self, step: StepId, error: CallError) -> bool {
        let failures = self.progress[step].failures.entry(error.class).or_default();
        *failures += 1;
        let failures = *failures;
        let patience = patience(error.class, self.prospect(step));
        match patience.and_then(|patience| patience.wait(failures)) {
            Some(wait) => {
                let event = Event::Retrying {
                    class: error.class,
                    error: error.to_string(),
                    seconds: wait.as_secs(),
                };
                self.say(step, &event);
                self.progress[step].refused = Some(error);
                self.progress[step].state = State::Due(self.clock.now() + wait);
                false
            }
            None => {
                let CallError { class, code, request_id, .. } = error;
                let message = match class {
                    ErrorClass::InUse => self.in_use(step, &error.message),
                    _ => error.message,
                };
                self.end(step, Outcome::Failed { class, code, message, request_id })
            }
        }
    }
}
