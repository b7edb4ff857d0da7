//! What an apply shows while it runs: lines on a terminal, lines in a log, or JSON.

mod drawn;
mod json;
mod lines;

use std::collections::BTreeMap;

use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Outcome;
use pgha_planner::Plan;
use pgha_planner::StepId;
use pgha_resource::Address;
use pgha_resource::Operation;

use crate::render::words;

pub use drawn::Drawn;
pub use json::JsonLines;
pub use lines::Lines;

/// What the displays have in common: the steps, and how far each one is.
pub struct Track {
    steps: Vec<(Address, Operation)>,
    running: BTreeMap<StepId, Running>,
    ended: usize,
    start: Option<Timestamp>,
}

struct Running {
    since: Timestamp,
    status: String,
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

    /// Takes note of an event.
    fn note(&mut self, at: Timestamp, step: StepId, event: &Event) {
        self.start.get_or_insert(at);
        let running = || Running { since: at, status: String::new() };
        match event {
            Event::Calling { .. } | Event::Accepted { .. } | Event::Retrying { .. } => {
                self.running.entry(step).or_insert_with(running);
            }
            Event::Status { status } => {
                self.running.entry(step).or_insert_with(running).status.clone_from(status);
            }
            Event::Ended { .. } => {
                self.running.remove(&step);
                self.ended += 1;
            }
        }
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
            Event::Calling { attempt: 1 } => return None,
            // The report counts these; one failure can leave dozens.
            Event::Ended { outcome: Outcome::NotReached { .. } } => return None,
            Event::Calling { attempt } => format!("{operation}: attempt {attempt}"),
            Event::Accepted { .. } => {
                let usually = words::usually(operation.usual_seconds()?);
                format!("{operation}: accepted, {usually}")
            }
            Event::Status { status } => format!("{operation}: {status}"),
            Event::Retrying { error, seconds, .. } => {
                format!("{operation}: {error}; again in {seconds} s")
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
        assert_eq!(track.counter().replace(' ', ""), format!("[1/{}]", plan.steps.len()));
    }
}
