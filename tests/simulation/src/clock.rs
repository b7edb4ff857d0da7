//! Plans that know what time it is: what is held, until when, and who may go before that.

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_apply::{Outcome, Report, moment};
use pgha_planner::{Allow, Blocked, Goal, Intent, Plan, StepId};
use pgha_resource::{Address, Call, Desired, Kind, Moment, Timing, Weekly};
use pgha_sim::Sim;

use crate::stage::Stage;

const MINUTE: u64 = 60;
const WEEK: u64 = 7 * 24 * 60;

/// The intent with the time that it is, where it has one.
pub(crate) fn by_now(intent: &Intent, sim: &Sim) -> Intent {
    Intent { at: intent.at.map(|_| moment(sim)), ..intent.clone() }
}

/// Time passes until a window opens, and so many minutes more.
pub(crate) fn into(sim: &Sim, window: Weekly, minutes: u64) {
    let now = moment(sim);
    let open = |minute: u64| window.contains(after(now, minute));
    let opens = (1..=WEEK).find(|minute| open(*minute) && !open(minute - 1));
    let wait = opens.unwrap_or_default() + minutes;
    sim.advance(Duration::from_secs(wait * MINUTE));
}

/// Time passes until a window is closed.
pub(crate) fn out_of(sim: &Sim, window: Weekly) {
    let now = moment(sim);
    let closed = (0..=WEEK).find(|minute| !window.contains(after(now, *minute)));
    sim.advance(Duration::from_secs(closed.unwrap_or_default() * MINUTE));
}

fn after(moment: Moment, minutes: u64) -> Moment {
    Moment(moment.0 + i64::try_from(minutes * MINUTE).unwrap_or(i64::MAX))
}

/// Counts what is held.
pub(crate) fn count_held(stage: &Stage, plan: &Plan) {
    let is_held = |blocked: &&Blocked| matches!(blocked, Blocked::Held { .. });
    let held = plan.changes.iter().filter_map(|change| change.blocked.as_ref()).filter(is_held);
    stage.count_many("changes held until the window", held.count());
}

/// Everything that a plan says could go now, with `--now ADDRESS`.
pub(crate) fn words(plan: &Plan) -> BTreeSet<Address> {
    let said = plan.changes.iter().filter_map(|change| match &change.blocked {
        Some(Blocked::Held { now, .. }) => Some(now.split_whitespace()),
        _ => None,
    });
    let address = |word: &str| word.parse().expect("the plan names addresses");
    said.flatten().filter(|word| *word != "--now").map(address).collect()
}

/// The steps for which the window closed before their turn came, and those behind them.
pub(crate) fn late(report: &Report) -> BTreeSet<StepId> {
    let mut late = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for step in &report.steps {
        let because = match &step.outcome {
            Outcome::NotReached { because } => because,
            // Refused until the window closed.
            Outcome::Failed { message, .. } => message,
            _ => continue,
        };
        let is_behind = addresses.iter().any(|address: &String| because.contains(address));
        let is_late = because.contains("the window") && because.contains("is closed");
        if is_late || is_behind {
            late.insert(step.step);
            addresses.insert(step.address.to_string());
        }
    }
    late
}

/// The window in which alone a call may break connections: none where changes are made at once,
/// where the user says so, and where plans do not know the time.
pub(crate) fn binds(call: &Call, desired: &Desired, intent: &Intent) -> Option<Weekly> {
    let address = &call.address;
    let waits = intent.at.is_some()
        && intent.goal == Goal::Converge
        && desired.policy.timing == Timing::InWindow;
    let said = intent.now.contains(address)
        || intent.now.contains(&whole(address))
        || intent.allow.contains(&Allow::Delete(address.clone()));
    desired.policy.window.filter(|_| waits && !said)
}

/// Whether applications are connected to it.
pub(crate) fn serves(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::DbInstance
            | Kind::DbCluster
            | Kind::DbProxy
            | Kind::DbProxyEndpoint
            | Kind::DbProxyTarget
    )
}

/// What an address is a part of: the proxy of a target or an endpoint; or itself. A target is
/// named after its proxy, an endpoint by itself.
pub(crate) fn whole(address: &Address) -> Address {
    match (address.kind, address.name.split_once(':')) {
        (Kind::DbProxyTarget, Some((proxy, _))) => {
            Address { kind: Kind::DbProxy, name: proxy.into(), region: address.region.clone() }
        }
        _ => address.clone(),
    }
}
