//! Progress on a terminal: a line that moves for each running step, one that stays for
//! each that ended.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::MultiProgress;
use indicatif::ProgressBar;
use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Watch;
use pgha_planner::Plan;
use pgha_planner::StepId;

use crate::output;
use crate::progress::Track;
use pgha_resource::endpoint::masked;

/// Between two frames of a spinner.
pub(super) const FRAME: Duration = Duration::from_millis(120);

/// Moving lines on stderr.
pub struct Drawn {
    track: Track,
    screen: MultiProgress,
    spinners: BTreeMap<StepId, ProgressBar>,
}

impl Drawn {
    /// Before the first step.
    pub fn new(plan: &Plan) -> Self {
        Self { track: Track::new(plan), screen: MultiProgress::new(), spinners: BTreeMap::new() }
    }

    fn spin(&mut self, at: Timestamp, step: StepId) {
        let Some(text) = self.track.waiting(step, at) else { return };
        let screen = &self.screen;
        let spinner = self.spinners.entry(step).or_insert_with(|| {
            let spinner = screen.add(ProgressBar::new_spinner());
            spinner.enable_steady_tick(FRAME);
            spinner
        });
        spinner.set_message(output::harmless(&masked(&text)).into_owned());
    }
}

impl Watch for Drawn {
    fn event(&mut self, at: Timestamp, step: StepId, event: &Event) {
        self.track.note(at, step, event);
        let lasting = matches!(event, Event::Ended { .. } | Event::Retrying { .. });
        if let Some(line) = self.track.line(step, event).filter(|_| lasting) {
            let counter = self.track.counter();
            // A terminal that went away is no reason to stop an apply.
            let line = format!("{counter} {}: {line}", self.track.elapsed(at));
            let _ = self.screen.println(output::harmless(&masked(&line)));
        }
        match event {
            Event::Ended { .. } => {
                if let Some(spinner) = self.spinners.remove(&step) {
                    spinner.finish_and_clear();
                }
            }
            _ => self.spin(at, step),
        }
    }

    fn tick(&mut self, at: Timestamp) {
        let running: Vec<StepId> = self.track.running.keys().copied().collect();
        for step in running {
            self.spin(at, step);
        }
    }
}
