//! What a plan does that somebody has to agree to before it is applied.

use pgha_planner::{Change, NoteKind, Plan, StepTime, Verb};
use pgha_resource::Disruption;

use crate::render::words;
use crate::typed::Typed;

/// Something goes, connections break, nobody can make some any more, or what was nobody's becomes
/// the cluster's.
pub fn is_due(plan: &Plan) -> bool {
    let goes = |verb| matches!(verb, Verb::Delete | Verb::Replace);
    let made = plan.changes.iter().filter(|change| change.blocked.is_none());
    plan.worst() >= Disruption::Failover
        || plan.shuts_out()
        || is_beside(plan)
        || plan.changes.iter().any(Change::adopts)
        || made.into_iter().any(|change| goes(change.verb))
}

/// A new cluster is made where there are others: a name that was changed in the spec looks so.
fn is_beside(plan: &Plan) -> bool {
    plan.notes.iter().any(|note| note.kind == NoteKind::Beside)
}

/// In a sentence.
pub fn to_what(plan: &Plan) -> String {
    let totals = plan.totals();
    let goes = totals.delete + totals.replace;
    let deletes = (goes > 0).then(|| format!("deletes {}", words::count(goes, "resource")));
    let shuts_out = plan.shuts_out().then(|| "shuts clients out".to_string());
    let worst = plan.worst();
    let breaks = (worst >= Disruption::Failover).then(|| {
        let at_once = plan.steps.iter().any(|s| s.disruption == worst && s.time == StepTime::Now);
        let when = if at_once { "now" } else { "in the maintenance window" };
        format!("causes {} {worst} {when}", article(worst))
    });
    let beside = is_beside(plan).then(|| "makes a new cluster beside others".to_string());
    let all: Vec<String> =
        [deletes, shuts_out, breaks, beside, adopts(plan)].into_iter().flatten().collect();
    format!("this plan {}", all.join(", and "))
}

/// How much it takes over that was not the cluster's.
pub fn adopts(plan: &Plan) -> Option<String> {
    let number = plan.changes.iter().filter(|change| change.adopts()).count();
    (number > 0).then(|| format!("takes over {}", words::count(number, "resource")))
}

/// Whether an apply of the plan asks: one without a step has nothing to ask.
pub fn is_asked(plan: &Plan) -> bool {
    !plan.steps.is_empty() && is_due(plan)
}

/// The line below a plan whose apply asks.
pub fn line(plan: &Plan, apply: &Typed) -> Option<String> {
    let agreed = apply.clone().flag("--yes");
    is_asked(plan)
        .then(|| format!("{apply} asks, because {}; in a pipeline: {agreed}", to_what(plan)))
}

fn article(disruption: Disruption) -> &'static str {
    if disruption == Disruption::Outage { "an" } else { "a" }
}
