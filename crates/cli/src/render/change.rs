//! One change of a plan: its headline, its fields, why it waits and what it takes along.

use pgha_resource::Operation;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anstyle::Style;
use pgha_planner::Blocked;
use pgha_planner::Cause;
use pgha_planner::Change;
use pgha_planner::FieldChange;
use pgha_planner::Plan;
use pgha_planner::StepTime;
use pgha_planner::Verb;
use pgha_resource::Disruption;
use pgha_resource::Resource;

use crate::left;
use crate::render::Page;
use crate::render::deletion;
use crate::render::fields;
use crate::render::fields::Setting;
use crate::render::fold;
use crate::render::style;
use crate::render::summary;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;

/// Where the text under a headline begins.
const INDENT: &str = "       ";

/// The first line of a change, as cells to be aligned with those of the others.
pub fn headline(change: &Change, plan: &Plan) -> Vec<Cell> {
    let waits = left::is_waiting(change, plan);
    let (style, weight) = match waits {
        true => (style::QUEUED, style::QUEUED),
        false => (style_of(change), weight(change)),
    };
    vec![
        Cell::new(style, if waits { "·" } else { words::symbol(change) }),
        Cell::new(style::STRONG, change.address.to_string()),
        Cell::new(weight, verdict(change, plan)),
    ]
}

/// Reasons and remarks below a change, each of which may hold for others as well.
pub fn said(change: &Change, plan: &Plan, page: Page) -> Vec<String> {
    remarks(change, plan).into_iter().chain(order(change, plan, page)).collect()
}

/// Everything below the first line, without what is `common` and said elsewhere.
pub fn details(
    change: &Change,
    plan: &Plan,
    page: Page,
    common: &BTreeMap<String, usize>,
) -> Vec<String> {
    let mut lines = Vec::new();
    if shows_fields(change, page) {
        let (address, verb) = (&change.address, change.verb);
        let setting = Setting { address, verb, cause: told(change), width: page.width };
        lines.extend(fields::lines(
            change.fields.iter().filter(|field| is_said(field, page)),
            setting,
        ));
    }
    let own = said(change, plan, page).into_iter().filter(|text| !common.contains_key(text));
    lines.extend(own.flat_map(|text| paragraph(&text, page)));
    if page.verbose {
        lines.extend(calls(change, plan));
    }
    lines
}

pub fn paragraph(text: &str, page: Page) -> Vec<String> {
    let width = page.width.saturating_sub(INDENT.len() + 2);
    let lines = table::wrap(text, width).into_iter().enumerate();
    lines.map(|(at, line)| format!("{INDENT}{}{line}", if at == 0 { "" } else { "  " })).collect()
}

fn shows_fields(change: &Change, page: Page) -> bool {
    match change.verb {
        Verb::Create | Verb::Delete => page.verbose,
        Verb::Modify | Verb::Reboot | Verb::Replace => true,
    }
}

/// The cause that is said of the change as a whole; drift beside other causes is said of
/// its fields.
fn told(change: &Change) -> Option<Cause> {
    let mixed = change.cause == Cause::AwsChanged && !words::is_pure_drift(change);
    (!mixed).then_some(change.cause)
}

/// The record that pgha keeps in a tag means nothing to people.
fn is_said(field: &FieldChange, page: Page) -> bool {
    page.verbose || field.cause != Cause::Bookkeeping
}

fn style_of(change: &Change) -> Style {
    match (&change.blocked, change.verb) {
        (Some(_), _) => style::BLOCKED,
        (None, Verb::Create) => style::ADD,
        (None, Verb::Modify) if words::is_pure_drift(change) => style::DRIFT,
        (None, Verb::Modify | Verb::Reboot) => style::CHANGE,
        (None, Verb::Replace | Verb::Delete) => style::REMOVE,
    }
}

/// The worse, the louder.
fn weight(change: &Change) -> Style {
    match change.disruption {
        _ if change.blocked.is_some() => style::BLOCKED,
        Disruption::None | Disruption::Degraded => style::PLAIN,
        Disruption::Failover => style::CHANGE,
        Disruption::Restart | Disruption::Outage => style::REMOVE,
    }
}

/// What a change means: its cost and time, or what is created, or why it is not made.
fn verdict(change: &Change, plan: &Plan) -> String {
    if let Some(blocked) = &change.blocked {
        let word = if left::is_waiting(change, plan) { "waits" } else { "blocked" };
        return format!("{word}: {}", short(blocked));
    }
    let cost = match (change.disruption, change.shuts_out()) {
        // Those who are shut out notice it at their next connection.
        (Disruption::None, true) => "shuts clients out",
        (disruption, _) => words::disruption(disruption, change.address.kind),
    };
    let mut parts = match change.verb {
        Verb::Create if change.disruption == Disruption::None => {
            vec![summary::of(&change.address, &change.fields)]
        }
        Verb::Create => {
            vec![cost.to_string(), summary::of(&change.address, &change.fields)]
        }
        Verb::Delete => deletion::verdict(change, plan),
        Verb::Modify | Verb::Reboot | Verb::Replace => vec![cost.to_string()],
    };
    parts.push(time(change, plan));
    parts.extend(change.also.map(|also| format!("{also} {}", other_time(change))));
    let too = change.shuts_out() && change.disruption > Disruption::None;
    parts.extend(too.then(|| "shuts clients out".to_string()));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// When the other steps are made, where some wait for the window and some do not.
fn other_time(change: &Change) -> &'static str {
    match change.time {
        StepTime::Window => "now",
        StepTime::Now => "in its window",
    }
}

fn time(change: &Change, plan: &Plan) -> String {
    match change.time {
        StepTime::Window => match window(change, plan) {
            Some(window) => format!("in window {}", words::window(&window)),
            None => "in the maintenance window".into(),
        },
        StepTime::Now if change.disruption > Disruption::None => "now".into(),
        StepTime::Now => String::new(),
    }
}

/// The database's own window, or the cluster's.
fn window(change: &Change, plan: &Plan) -> Option<String> {
    let steps = change.steps.iter().filter_map(|id| plan.steps.get(*id));
    let own = steps.filter(|step| step.time == StepTime::Window).find_map(|step| {
        // The window that the same call may move.
        match step.call.to().unwrap_or_else(|| step.call.resource()) {
            Resource::DbInstance(instance) => instance.maintenance_window.clone(),
            Resource::DbCluster(cluster) => cluster.maintenance_window.clone(),
            _ => None,
        }
    });
    own.or_else(|| plan.policy.window.map(|window| window.to_string()))
}

/// A blocked change's reason without the parts that are printed below it.
fn short(blocked: &Blocked) -> String {
    match blocked {
        Blocked::Impossible { .. } => "this cannot be done".into(),
        Blocked::InTurn { .. } => "something else changes first".into(),
        Blocked::WouldReplace { .. } => "it holds data and would have to be replaced".into(),
        Blocked::NoNetwork { .. } => "its network was not found".into(),
        Blocked::Unread { .. } => "it could not be read, so nothing is known about it".into(),
        other => other.to_string(),
    }
}

fn remarks(change: &Change, plan: &Plan) -> Vec<String> {
    let mut remarks: Vec<String> = Vec::new();
    let own = change.steps.iter().filter_map(|id| plan.steps.get(*id));
    let to_cluster = own.map(|step| step.to_cluster).max();
    let spared = to_cluster.is_some_and(|to_cluster| to_cluster < change.disruption);
    let served = match change.verb {
        Verb::Delete => "other replicas serve its reads",
        _ => "other replicas serve its reads meanwhile",
    };
    remarks.extend(spared.then(|| served.to_string()));
    if let Some(blocked) = &change.blocked {
        let reason = match blocked {
            Blocked::Unread { error } => format!("{}: {}", error.call, error.message),
            other => other.to_string(),
        };
        remarks.extend((reason != short(blocked)).then_some(reason));
        remarks.extend(to_adopt_all(blocked, plan).or_else(|| blocked.help()));
    } else {
        remarks.extend(told(change).and_then(words::cause).map(str::to_string));
        remarks.extend(deletion::remarks(change, plan));
        remarks.extend(restored(change, plan));
    }
    if !change.flushes.is_empty() {
        remarks.push(format!(
            "takes along what is queued, now instead of in the window: {}",
            change.flushes.join(", ")
        ));
    }
    remarks
}

/// One word for all that nobody owns, where there are many: the database was there before.
fn to_adopt_all(blocked: &Blocked, plan: &Plan) -> Option<String> {
    let is_nobodys = |blocked: &Blocked| matches!(blocked, Blocked::NotOwned { owner: None, .. });
    let all = plan.changes.iter().filter(|c| c.blocked.as_ref().is_some_and(is_nobodys)).count();
    (is_nobodys(blocked) && all >= fold::MANY).then(|| {
        "to take over all that nobody owns: --allow adopt; one of them: --allow adopt:ADDRESS"
            .into()
    })
}

/// That a secret is not new, and what of it changes.
fn restored(change: &Change, plan: &Plan) -> Option<String> {
    let calls = || change.steps.iter().filter_map(|id| plan.steps.get(*id)).map(|step| &step.call);
    let makes = |operation| calls().any(|call| call.operation == operation);
    if !makes(Operation::RestoreSecret) {
        return None;
    }
    let fields: BTreeSet<&str> = calls().flat_map(|call| call.fields()).collect();
    let fields: Vec<&str> = fields.into_iter().collect();
    Some(match (fields.as_slice(), makes(Operation::RotateSecret)) {
        ([], _) => "it was deleted and is restored, with the password that it had".into(),
        (fields, false) => format!(
            "it was deleted and is restored, with the password that it had; then {} changes",
            fields.join(", ")
        ),
        (fields, true) => format!(
            "it was deleted and is restored; then {} changes, and a rotation gives it another password",
            fields.join(", ")
        ),
    })
}

/// Reasons for an order that go without saying.
const PLAIN_REASONS: [&str; 3] = ["it needs it", "it is in use until then", "its own earlier step"];

/// What has to be settled before, with the reason, once each.
fn order(change: &Change, plan: &Plan, page: Page) -> BTreeSet<String> {
    change
        .steps
        .iter()
        .filter_map(|id| plan.steps.get(*id))
        .flat_map(|step| &step.after)
        .filter(|after| !change.steps.contains(&after.step))
        .filter(|after| page.verbose || !PLAIN_REASONS.contains(&after.why.as_str()))
        .filter_map(|after| {
            let before = plan.steps.get(after.step)?;
            Some(format!("after {}: {}", before.address(), after.why))
        })
        .collect()
}

fn calls(change: &Change, plan: &Plan) -> Vec<String> {
    let steps = change.steps.iter().filter_map(|id| plan.steps.get(*id));
    steps
        .map(|step| {
            let operation = step.call.operation;
            let text = format!("{INDENT}step {}: {}:{operation}", step.id + 1, operation.service());
            style::paint(style::DIM, text)
        })
        .collect()
}
