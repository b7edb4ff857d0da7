//! How an apply went, step by step, and what is left.

use std::fmt;

use jiff::Timestamp;
use pgha_planner::Plan;
use pgha_planner::StepId;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Operation;
use pgha_resource::live::ErrorClass;
use serde::Serialize;

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// The call was made and the change is there.
    Done,
    /// The change was there already, most likely from an interrupted run.
    AlreadyDone,
    /// AWS accepted the call and makes the change in the maintenance window.
    Queued,
    /// What the plan expected is not what is there: plan again.
    Stale {
        /// What was found instead.
        found: String,
    },
    /// The call failed for good.
    Failed {
        /// What kind of failure it was.
        class: ErrorClass,
        /// AWS's code.
        code: String,
        /// AWS's words.
        message: String,
        /// AWS's request id.
        request_id: Option<String>,
    },
    /// AWS accepted the call, but the change was not there in time, or broke.
    Unsettled {
        /// The last status seen.
        status: String,
    },
    /// AWS accepted the call and is still at it; the run was interrupted.
    Underway {
        /// The last status seen.
        status: String,
    },
    /// A step that it needs did not succeed, or the run was interrupted.
    NotReached {
        /// Why.
        because: String,
    },
}

impl Outcome {
    /// Whether steps that need this one may go on.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Done | Self::AlreadyDone | Self::Queued)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::AlreadyDone => f.write_str("already done"),
            Self::Queued => f.write_str("queued for the maintenance window"),
            Self::Stale { found } => write!(f, "stale: {found}"),
            Self::Failed { code, message, .. } => write!(f, "failed: {code}: {message}"),
            Self::Unsettled { status } => write!(f, "not settled: {status}"),
            Self::Underway { status } if status.is_empty() => f.write_str("still under way in AWS"),
            Self::Underway { status } => write!(f, "still under way in AWS: {status}"),
            Self::NotReached { because } => write!(f, "not reached: {because}"),
        }
    }
}

/// One step's outcome with what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepReport {
    /// The step.
    pub step: StepId,
    /// Whom it was to change.
    pub address: Address,
    /// The call.
    pub operation: Operation,
    /// What users were to notice.
    pub disruption: Disruption,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How often the call was made.
    pub attempts: u32,
    /// Seconds from the first attempt to the end.
    pub seconds: i64,
}

/// How an apply went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Report {
    /// Every step of the plan, in its order.
    pub steps: Vec<StepReport>,
    /// The plan made after the last step: what is left.
    pub left: Plan,
    /// The run was asked to stop before it was through.
    pub interrupted: bool,
}

impl Report {
    /// Every step succeeded.
    pub fn all_succeeded(&self) -> bool {
        self.steps.iter().all(|step| step.outcome.is_success())
    }

    /// Every step succeeded and nothing is left to do.
    pub fn is_converged(&self) -> bool {
        self.all_succeeded() && self.left.is_converged()
    }
}

/// What happens while an apply runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A call is about to be made.
    Calling {
        /// Which try this is, from 1.
        attempt: u32,
    },
    /// AWS accepted it; waiting begins.
    Accepted {
        /// AWS's request id.
        request_id: Option<String>,
    },
    /// The status changed while waiting.
    Status {
        /// AWS's word.
        status: String,
    },
    /// The call failed and will be made again.
    Retrying {
        /// What kind of failure it was.
        class: ErrorClass,
        /// AWS's code and words.
        error: String,
        /// Seconds until then.
        seconds: u64,
    },
    /// The step ended.
    Ended {
        /// How.
        outcome: Outcome,
    },
}

/// Somebody who watches an apply: a progress display, a log.
pub trait Watch {
    /// Something happened to a step.
    fn event(&mut self, at: Timestamp, step: StepId, event: &Event);

    /// Time passes while steps are waited for.
    fn tick(&mut self, _at: Timestamp) {}
}

/// Nobody watches.
impl Watch for () {
    fn event(&mut self, _at: Timestamp, _step: StepId, _event: &Event) {}
}
