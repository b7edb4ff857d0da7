//! What an apply shows while it runs: lines on a terminal, lines in a log, or JSON.

mod drawn;
mod json;
mod lines;
mod looking;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Outcome;
use pgha_planner::Plan;
use pgha_planner::StepId;
use pgha_resource::Address;
use pgha_resource::Operation;
use pgha_resource::live::ErrorClass;

use crate::render::words;

pub use drawn::Drawn;
pub use json::JsonLines;
pub use lines::Lines;
pub use looking::Looking;

/// What the displays have in common: the steps, and how far each one is.
pub struct Track {
    steps: Vec<(Address, Operation)>,
    running: BTreeMap<StepId, Running>,
    ended: usize,
    start: Option<Timestamp>,
}

struct Running {
    since: Timestamp,
    /// AWS's word for it, or the error after which it is tried again.
    status: String,
}

/// The longest silence while steps run: a log never looks hung, and stays short.
const SILENCE: SignedDuration = SignedDuration::from_mins(1);

/// Says when a display has been silent for too long.
#[derive(Default)]
struct Pulse {
    last: Option<Timestamp>,
}

impl Pulse {
    /// Something was said.
    fn said(&mut self, at: Timestamp) {
        self.last = Some(at);
    }

    /// Whether something has to be said again; if so it counts as said.
    fn is_due(&mut self, at: Timestamp) -> bool {
        let last = *self.last.get_or_insert(at);
        let due = at.duration_since(last) >= SILENCE;
        if due {
            self.said(at);
        }
        due
    }
}

impl Track {
    /// Nothing has begun.
    pub fn new(plan: &Plan) -> Self {
        let steps = plan.steps.iter();
        Self {
            steps: steps.map(|step| (step.address().clone(), step.call.operation)).collect(),
            running: BTreeMap::new(),
            ended: 0,
            start: None,
        }
    }

    /// Takes note of an event, and says whether it is news: a status or an error that was
    /// there before is none.
    fn note(&mut self, at: Timestamp, step: StepId, event: &Event) -> bool {
        self.start.get_or_insert(at);
        if let Event::Ended { .. } = event {
            self.running.remove(&step);
            self.ended += 1;
            return true;
        }
        let running =
            self.running.entry(step).or_insert(Running { since: at, status: String::new() });
        let now = match event {
            Event::Status { status } => status,
            Event::Retrying { error, .. } => error,
            Event::Calling { .. } | Event::Accepted { .. } | Event::Ended { .. } => return true,
        };
        let is_news = running.status != *now;
        running.status.clone_from(now);
        is_news
    }

    /// How long the run has taken.
    fn elapsed(&self, at: Timestamp) -> String {
        let start = self.start.unwrap_or(at);
        words::seconds(at.duration_since(start).as_secs())
    }

    /// One line about an event; nothing for those that say nothing new.
    fn line(&self, step: StepId, event: &Event) -> Option<String> {
        let (address, operation) = self.steps.get(step)?;
        let text = match event {
            // Another attempt was announced with its reason.
            Event::Calling { .. } => return None,
            // The report counts these; one failure can leave dozens.
            Event::Ended { outcome: Outcome::NotReached { .. } } => return None,
            Event::Accepted { .. } => {
                let usually = words::usually(operation.usual_seconds()?);
                format!("{operation}: accepted, {usually}")
            }
            Event::Status { status } => format!("{operation}: {status}"),
            Event::Retrying { class, error, seconds } => {
                let why = match class {
                    ErrorClass::Propagating | ErrorClass::Doubtful => {
                        "what it needs is not known everywhere at AWS yet, as is usual"
                    }
                    ErrorClass::InUse => "something still uses it",
                    ErrorClass::NotReady => "it is busy, or not there yet",
                    ErrorClass::Throttled => "AWS takes no more calls at the moment",
                    _ => "no answer that counts",
                };
                format!("{operation}: {why}; again in {seconds} s ({error})")
            }
            Event::Ended { outcome } => format!("{operation}: {outcome}"),
        };
        Some(format!("{address}  {text}"))
    }

    /// One line about a step that is being waited for.
    fn waiting(&self, step: StepId, at: Timestamp) -> Option<String> {
        let (address, operation) = self.steps.get(step)?;
        let running = self.running.get(&step)?;
        let mut parts = vec![format!("{address}  {operation}")];
        parts.extend((!running.status.is_empty()).then(|| running.status.clone()));
        parts.push(words::seconds(at.duration_since(running.since).as_secs()));
        parts.extend(operation.usual_seconds().map(words::usually));
        Some(parts.join(" · "))
    }

    /// The step that has run for longest, and how many run beside it.
    fn longest(&self) -> Option<(StepId, usize)> {
        let step = self.running.iter().min_by_key(|(step, running)| (running.since, **step))?;
        Some((*step.0, self.running.len() - 1))
    }

    /// One line about all that is being waited for.
    fn silence(&self, at: Timestamp) -> Option<String> {
        let (step, beside) = self.longest()?;
        let more = if beside == 0 { String::new() } else { format!(" · and {beside} more") };
        Some(self.waiting(step, at)? + &more)
    }

    /// `[12/45]`, as wide for the first step as for the last.
    fn counter(&self) -> String {
        let total = self.steps.len().to_string();
        format!("[{:>width$}/{total}]", self.ended, width = total.len())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::render::testing;

    #[test]
    fn what_was_said_is_not_said_again() {
        let desired = testing::desired();
        let mut track = Track::new(&testing::plan(&desired, &testing::empty(&desired)));
        let mut news = |event: Event| track.note(Timestamp::UNIX_EPOCH, 0, &event);
        let status = |status: &str| Event::Status { status: status.into() };
        let error = || Event::Retrying {
            class: pgha_resource::live::ErrorClass::NotReady,
            error: "InvalidDBInstanceState".into(),
            seconds: 15,
        };
        assert!(news(status("modifying")));
        assert!(!news(status("modifying")) && !news(status("modifying")));
        assert!(news(status("rebooting")) && news(status("modifying")));
        assert!(news(error()) && news(Event::Calling { attempt: 2 }) && !news(error()));
    }

    #[test]
    fn a_long_wait_is_mentioned_once_a_minute() {
        let mut pulse = Pulse::default();
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let due: Vec<i64> = (0..20).map(|n| n * 15).filter(|s| pulse.is_due(at(*s))).collect();
        assert_eq!(due, [60, 120, 180, 240]);
        pulse.said(at(290));
        assert!(!pulse.is_due(at(345)) && pulse.is_due(at(350)));
    }

    #[test]
    fn a_step_is_followed_from_its_call_to_its_end() {
        let desired = testing::desired();
        let plan = testing::plan(&desired, &testing::empty(&desired));
        let step = plan.steps.iter().find(|s| s.call.operation == Operation::CreateDBInstance);
        let step = step.unwrap().id;
        let start = Timestamp::UNIX_EPOCH;
        let mut track = Track::new(&plan);
        let mut lines = Vec::new();
        for (minutes, event) in [
            (0, Event::Calling { attempt: 1 }),
            (0, Event::Accepted { request_id: None }),
            (1, Event::Status { status: "creating".into() }),
            (12, Event::Ended { outcome: Outcome::Done }),
        ] {
            let at = start + SignedDuration::from_mins(minutes);
            track.note(at, step, &event);
            lines.extend(
                track.line(step, &event).map(|line| format!("{}: {line}", track.elapsed(at))),
            );
            lines.extend(track.waiting(step, at).filter(|_| minutes == 1));
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        0 s: db-instance/orders-primary  CreateDBInstance: accepted, usually 10 to 20 min
        1 min: db-instance/orders-primary  CreateDBInstance: creating
        db-instance/orders-primary  CreateDBInstance · creating · 1 min · usually 10 to 20 min
        12 min: db-instance/orders-primary  CreateDBInstance: done
        ");
        assert_eq!(track.silence(start), None, "nothing runs any more");
        assert_eq!(track.counter().replace(' ', ""), format!("[1/{}]", plan.steps.len()));
    }
}
