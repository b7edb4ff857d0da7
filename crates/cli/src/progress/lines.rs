//! Progress in a log: a line an event, and one a minute for each step that takes long.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Watch;
use pgha_planner::Plan;
use pgha_planner::StepId;

use crate::output;
use crate::progress::Track;

/// Plain lines on stderr.
pub struct Lines {
    track: Track,
    interval: SignedDuration,
    mentioned: BTreeMap<StepId, Timestamp>,
}

impl Lines {
    /// Before the first step. A step that is waited for is mentioned once an `interval`, so
    /// that a log never looks hung and stays short.
    pub fn new(plan: &Plan, interval: SignedDuration) -> Self {
        Self { track: Track::new(plan), interval, mentioned: BTreeMap::new() }
    }

    fn say(&self, at: Timestamp, text: &str) {
        output::remark(&format!("{} {}: {text}\n", self.track.counter(), self.track.elapsed(at)));
    }
}

impl Watch for Lines {
    fn event(&mut self, at: Timestamp, step: StepId, event: &Event) {
        self.track.note(at, step, event);
        if let Some(line) = self.track.line(step, event) {
            self.say(at, &line);
        }
        self.mentioned.insert(step, at);
    }

    fn tick(&mut self, at: Timestamp) {
        let running: Vec<StepId> = self.track.running.keys().copied().collect();
        for step in running {
            let last = self.mentioned.get(&step);
            if last.is_some_and(|last| at.duration_since(*last) < self.interval) {
                continue;
            }
            if let Some(line) = self.track.waiting(step, at) {
                self.say(at, &line);
                self.mentioned.insert(step, at);
            }
        }
    }
}
