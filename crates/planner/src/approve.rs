//! The step from a plan to one that may be applied.

use pgha_resource::Address;
use pgha_resource::Disruption;

use crate::plan::Plan;

/// What the user agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The worst disruption that steps may cause.
    pub max_disruption: Disruption,
    /// Where the user was shown a plan before: its digest, which this one must have.
    pub digest: Option<String>,
}

/// A plan that the user agreed to. Applying consumes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct ApprovedPlan {
    plan: Plan,
}

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Why a plan may not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A step would cost the cluster more than was agreed to.
    #[error("{address} would cause {}, and the limit is `{allowed}`", article(*.disruption))]
    Disruption {
        /// The worst step's address.
        address: Box<Address>,
        /// What it would cause.
        disruption: Disruption,
        /// What is allowed.
        allowed: Disruption,
    },
    /// The plan is not the one that was agreed to.
    #[error("the plan is not the one that was approved: its digest is {found}, not {expected}")]
    Other {
        /// This plan's digest.
        found: String,
        /// The approved one's.
        expected: String,
    },
}

fn article(disruption: Disruption) -> String {
    match disruption {
        Disruption::Outage => "an outage".into(),
        Disruption::None => "nothing".into(),
        Disruption::Degraded => "degraded service".into(),
        Disruption::Failover | Disruption::Restart => format!("a {disruption}"),
    }
}

/// Lets a plan through if it does no more than was agreed to.
pub fn approve(plan: Plan, approval: &Approval) -> Result<ApprovedPlan, Refused> {
    let digest = plan.digest();
    match &approval.digest {
        Some(expected) if *expected != digest => {
            return Err(Refused::Other { found: digest, expected: expected.clone() });
        }
        _ => {}
    }
    match plan.most_disruptive() {
        Some((address, disruption)) if disruption > approval.max_disruption => {
            Err(Refused::Disruption {
                address: Box::new(address.clone()),
                disruption,
                allowed: approval.max_disruption,
            })
        }
        _ => Ok(ApprovedPlan { plan }),
    }
}
