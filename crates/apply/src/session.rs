//! The account guard, and reading followed by planning.

use pgha_planner::ApprovedPlan;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::plan;
use pgha_resource::Desired;
use pgha_resource::Moment;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;

use crate::look::look;
use crate::port::Clock;
use crate::port::Observe;

/// Why an account is not touched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// Nobody could say which account this is.
    #[error("could not find out which account this is: {}", .0.message)]
    Identity(ReadError),
    /// It is another account than the spec names.
    #[error("these credentials are for account {found}, and the spec is about account {expected}")]
    WrongAccount {
        /// The account in the spec.
        expected: String,
        /// The caller's account.
        found: String,
        /// The caller.
        arn: String,
    },
}

/// Asks who is calling, refuses another account than the spec's, and fills the account in
/// where the spec does not name one.
pub async fn identify(
    desired: &mut Desired,
    account: &impl Observe,
) -> Result<Identity, GuardError> {
    let identity = account.identity().await.map_err(GuardError::Identity)?;
    match &desired.scope.account {
        Some(expected) if *expected != identity.account => Err(GuardError::WrongAccount {
            expected: expected.clone(),
            found: identity.account,
            arn: identity.arn,
        }),
        _ => {
            desired.scope.account = Some(identity.account.clone());
            Ok(identity)
        }
    }
}

/// Guards, reads everything, plans. Needs nothing that could change the account.
///
/// An intent without a time holds nothing until a window.
pub async fn observe_and_plan(
    desired: &Desired,
    intent: &Intent,
    account: &impl Observe,
) -> Result<Plan, GuardError> {
    let mut desired = desired.clone();
    identify(&mut desired, account).await?;
    let mut live = look(&desired, account).await;
    live.calls += 1;
    Ok(plan(&desired, &live, intent))
}

/// The intent with the time that it is, where it has one.
pub(crate) fn by_now(intent: &Intent, clock: &impl Clock) -> Intent {
    let at = intent.at.map(|_| moment(clock));
    Intent { at, ..intent.clone() }
}

/// The time that it is, for a plan.
pub fn moment(clock: &impl Clock) -> Moment {
    Moment(clock.now().as_second())
}

/// Plans again once nobody else can change the cluster any more, and lets the approved plan
/// through if it is still the one: another apply may have run while this one was being agreed
/// to. Else the plan as it is now comes back.
pub async fn plan_again(
    approved: ApprovedPlan,
    desired: &Desired,
    intent: &Intent,
    account: &(impl Observe + Clock),
) -> Result<ApprovedPlan, Box<Plan>> {
    let mut desired = desired.clone();
    desired.scope = approved.plan().scope.clone();
    let live = look(&desired, account).await;
    let now = plan(&desired, &live, &by_now(intent, account));
    match now.digest() == approved.plan().digest() {
        true => Ok(approved),
        false => Err(Box::new(now)),
    }
}
