//! How far each step of a run is, and how it ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use pgha_planner::Step;
use pgha_resource::Call;
use pgha_resource::live::ErrorClass;

use crate::port::CallError;
use crate::report::Outcome;
use crate::report::StepReport;

/// How far one step is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Its turn has not come.
    #[default]
    Waiting,
    /// Its call is to be made, not before this time.
    Due(Timestamp),
    /// Its call was accepted.
    Settling { since: Timestamp, status: String },
    /// It ended.
    Ended(Outcome),
}

/// One step while the run lasts.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) state: State,
    /// Calls made.
    pub(crate) attempts: u32,
    /// Calls, and looks before a call, that failed, by the class of their error.
    pub(crate) failures: BTreeMap<ErrorClass, u32>,
    /// What its last call was refused with.
    pub(crate) refused: Option<CallError>,
    /// The status that was said last.
    pub(crate) said: String,
    /// The word that it waits behind and that nobody knows, and since when.
    pub(crate) strange: Option<(String, Timestamp)>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    /// The call with every reference filled in, once made.
    pub(crate) call: Option<Call>,
    /// When the resource was last seen busy since.
    pub(crate) last_busy: Option<Timestamp>,
    /// Nobody knows whether the call was carried out.
    pub(crate) unsure: bool,
}

/// How every step ended.
pub(crate) fn reports(steps: &[Step], progress: &[Progress]) -> Vec<StepReport> {
    steps
        .iter()
        .zip(progress)
        .map(|(step, progress)| StepReport {
            step: step.id,
            address: step.address().clone(),
            operation: step.call.operation,
            disruption: step.disruption,
            outcome: match &progress.state {
                State::Ended(outcome) => outcome.clone(),
                _ => Outcome::NotReached { because: "the run ended before it".into() },
            },
            attempts: progress.attempts,
            seconds: match (progress.started, progress.ended) {
                (Some(started), Some(ended)) => ended.duration_since(started).as_secs(),
                _ => 0,
            },
        })
        .collect()
}
