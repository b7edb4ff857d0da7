//! Progress in a log: a line for what changed, and one a minute while nothing does.

use jiff::Timestamp;
use pgha_apply::{Event, Watch};
use pgha_planner::{Plan, StepId};

use crate::output;
use crate::progress::{Pulse, Track};

/// Plain lines on stderr.
pub struct Lines {
    track: Track,
    pulse: Pulse,
}

impl Lines {
    /// Before the first step.
    pub fn new(plan: &Plan) -> Self {
        Self { track: Track::new(plan), pulse: Pulse::default() }
    }

    fn say(&mut self, at: Timestamp, text: &str) {
        output::remark(&format!("{} {}: {text}\n", self.track.counter(), self.track.elapsed(at)));
        self.pulse.said(at);
    }
}

impl Watch for Lines {
    fn event(&mut self, at: Timestamp, step: StepId, event: &Event) {
        let is_news = self.track.note(at, step, event);
        if let Some(line) = self.track.line(step, event).filter(|_| is_news) {
            self.say(at, &line);
        }
    }

    fn tick(&mut self, at: Timestamp) {
        if self.pulse.is_due(at)
            && let Some(line) = self.track.silence(at)
        {
            self.say(at, &line);
        }
    }
}
