//! Values to JSON for programs; the shapes are documented in docs/json.md.
//!
//! Names follow Terraform's plan format where the meaning is the same, so that policies
//! written for one read the other.

use pgha_apply::Report;
use pgha_planner::Change;
use pgha_planner::FieldChange;
use pgha_planner::Plan;
use pgha_planner::Queued;
use pgha_planner::Refused;
use pgha_planner::Step;
use pgha_planner::StepTime;
use pgha_planner::Verb;
use pgha_resource::Effect;
use pgha_resource::desired::Origin;
use pgha_spec::Diagnostic;
use pgha_spec::position;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::consent;
use crate::health::Health;
use crate::left;
use crate::left::Left;
use crate::render::diagnostic::Source;
use crate::render::drift::Drift;
use crate::stops::Ending;
use crate::stops::Stops;

/// The version of every document: a reader refuses another major and ignores unknown keys.
pub const FORMAT_VERSION: &str = "1.0";

/// A document as text, pretty and with a line end.
pub fn document(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A document as one line of a stream.
pub fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// A plan with the findings about its spec.
pub fn plan(plan: &Plan, source: Source, diagnostics: &[Diagnostic]) -> Value {
    let drifted = plan.changes.iter().filter(|change| change.is_drift());
    json!({
        "format_version": FORMAT_VERSION,
        "cluster": plan.scope.cluster,
        "account": plan.scope.account,
        "regions": plan.regions,
        "api_calls": plan.calls,
        "digest": plan.digest(),
        "converged": plan.is_converged(),
        "worst_disruption": plan.worst(),
        "cluster_disruption": plan.worst_to_cluster(),
        "shuts_clients_out": plan.shuts_out(),
        "totals": plan.totals(),
        "left": left(plan),
        "resource_changes": plan.changes.iter().map(|c| change(c, plan)).collect::<Vec<_>>(),
        "resource_drift": drifted.map(|c| change(c, plan)).collect::<Vec<_>>(),
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "queued": plan.queued.iter().map(queued).collect::<Vec<_>>(),
        "notes": plan.notes,
        "checks": checks(source, diagnostics),
    })
}

/// A plan's document with how its `apply` would go.
pub fn with_ending(mut plan: Value, ending: &Ending, found: &Plan) -> Value {
    plan["refused"] = match &ending.stops {
        Some(Stops::Refused(Refused::Disruption { address, disruption, allowed })) => json!({
            "address": address,
            "disruption": disruption,
            "allowed": allowed,
        }),
        Some(Stops::Lock(error)) => json!({ "lock": error.to_string() }),
        Some(Stops::Refused(Refused::Other { .. })) | None => Value::Null,
    };
    plan["asks"] = asks(ending, found);
    plan["apply_exit_code"] = json!(ending.exit().code());
    plan["lock"] = ending.lock.as_ref().map_or(Value::Null, |holder| {
        json!({
            "address": found.scope.lock(),
            "region": found.scope.home,
            "holder": holder.name,
            "since": holder.since,
            "until": holder.until.map(|until| until.to_string()),
        })
    });
    plan
}

/// What somebody has to agree to, each with the flags that do.
fn asks(ending: &Ending, found: &Plan) -> Value {
    let limit = ending.stops.as_ref().and_then(|stops| match stops {
        Stops::Refused(refused @ Refused::Disruption { .. }) => Some(json!({
            "why": refused.to_string(),
            "flags": ["--max-disruption", found.worst_to_cluster()],
        })),
        _ => None,
    });
    let yes = ending.asks.then(|| json!({ "why": consent::to_what(found), "flags": ["--yes"] }));
    limit.into_iter().chain(yes).collect()
}

/// What an apply of all steps leaves, and the code that it ends with.
fn left(plan: &Plan) -> Value {
    let left = Left::of(plan);
    json!({
        "waiting": left.waiting,
        "deciding": left.deciding,
        "unseen": left.unseen,
        "exit_code": left.exit().code(),
    })
}

/// One change of a plan.
fn change(change: &Change, plan: &Plan) -> Value {
    json!({
        "address": change.address,
        "type": change.address.kind,
        "name": change.address.name,
        "region": change.address.region,
        "change": {
            "actions": actions(change),
            "before": side(change, change.verb == Verb::Create, |field| json!(field.from)),
            "after": side(change, change.verb == Verb::Delete, |field| json!(field.to)),
            "replace_paths": replace_paths(change),
        },
        "action_reason": change.cause,
        "disruption": change.disruption,
        "apply_when": apply_when(change.time),
        "span": change.origin.as_ref().map(span),
        "fields": change.fields.iter().map(field).collect::<Vec<_>>(),
        "steps": change.steps,
        "flushes": change.flushes,
        "blocked": change.blocked.as_ref().map(|blocked| json!({
            "reason": blocked,
            "message": blocked.to_string(),
            "help": blocked.help(),
            "takes": left::takes(change, plan),
        })),
    })
}

/// What will really happen: nothing to a blocked change. A replacement has both words, so
/// that a search for `delete` finds it.
fn actions(change: &Change) -> &'static [&'static str] {
    match (&change.blocked, change.verb) {
        (Some(_), _) => &["no-op"],
        (None, Verb::Create) => &["create"],
        (None, Verb::Modify) => &["update"],
        (None, Verb::Reboot) => &["reboot"],
        (None, Verb::Replace) => &["delete", "create"],
        (None, Verb::Delete) => &["delete"],
    }
}

fn side(change: &Change, absent: bool, value: impl Fn(&FieldChange) -> Value) -> Value {
    if absent {
        return Value::Null;
    }
    let fields = change.fields.iter().map(|field| (field.name.clone(), value(field)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn replace_paths(change: &Change) -> Vec<&str> {
    let forcing = change.fields.iter().filter(|field| field.effect == Effect::Replace);
    match change.verb {
        Verb::Replace => forcing.map(|field| field.name.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn apply_when(time: StepTime) -> &'static str {
    match time {
        StepTime::Now => "now",
        StepTime::Window => "window",
    }
}

fn span(origin: &Origin) -> Value {
    json!({ "file": origin.file, "line": origin.line, "column": origin.column })
}

fn field(field: &FieldChange) -> Value {
    json!({
        "name": field.name,
        "before": field.from,
        "after": field.to,
        "cause": field.cause,
        "effect": field.effect,
        "span": field.origin.as_ref().map(span),
        "fact": field.fact,
        "shuts_out": field.shuts_out,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "id": step.id,
        "address": step.address(),
        "operation": step.call.operation,
        "service": step.call.operation.service(),
        "disruption": step.disruption,
        "cluster_disruption": step.to_cluster,
        "apply_when": apply_when(step.time),
        "after": step.after,
    })
}

fn queued(queued: &Queued) -> Value {
    json!({
        "address": queued.address,
        "field": queued.field,
        "before": queued.from,
        "after": queued.to,
        "window": queued.window,
    })
}

/// Findings about a spec.
pub fn checks(source: Source, diagnostics: &[Diagnostic]) -> Vec<Value> {
    diagnostics.iter().map(|diagnostic| check(source, diagnostic)).collect()
}

fn check(source: Source, diagnostic: &Diagnostic) -> Value {
    let place = |span: &std::ops::Range<usize>| {
        let ((line, column), (end_line, end_column)) =
            (position(source.text, span.start), position(source.text, span.end));
        json!({
            "file": source.file,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
        })
    };
    let secondary = diagnostic
        .secondary
        .iter()
        .map(|(span, label)| json!({ "span": place(span), "label": label }));
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity.to_string(),
        "title": diagnostic.title,
        "span": place(&diagnostic.span),
        "label": diagnostic.label,
        "secondary": secondary.collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "fix": diagnostic.fix.as_ref().map(|fix| json!({
            "span": place(&fix.span),
            "replacement": fix.replacement,
        })),
    })
}

/// What moved without the spec.
pub fn drift(drift: &Drift) -> Value {
    let plan = drift.plan;
    let moved = |moved: &[(&Change, Vec<&FieldChange>)]| -> Vec<Value> {
        moved
            .iter()
            .map(|(change, fields)| {
                json!({
                    "address": change.address,
                    "type": change.address.kind,
                    "fields": fields.iter().map(|f| field(f)).collect::<Vec<_>>(),
                })
            })
            .collect()
    };
    let changes = |list: &[&Change]| list.iter().map(|c| change(c, plan)).collect::<Vec<_>>();
    let notes = |kind| drift.notes(kind).collect::<Vec<_>>();
    json!({
        "format_version": FORMAT_VERSION,
        "cluster": plan.scope.cluster,
        "account": plan.scope.account,
        "regions": plan.regions,
        "api_calls": plan.calls,
        "drifted": drift.is_drifted(),
        "complete": !drift.is_partial(),
        "unwell": drift.unwell,
        "resource_drift": moved(&drift.changed),
        "unrecorded": moved(&drift.unrecorded),
        "not_owned": changes(&drift.not_owned),
        "follows": moved(&drift.follows),
        "missing": changes(&drift.missing),
        "spec_changed": changes(&drift.spec),
        "by_aws": notes(pgha_planner::NoteKind::ByAws),
        "queued": plan.queued.iter().map(queued).collect::<Vec<_>>(),
        "waiting_for_restart": changes(&drift.waiting),
        "unread": changes(&drift.unread),
        "blocked": changes(&drift.blocked),
        "left": left(plan),
        "unswept": notes(pgha_planner::NoteKind::Unswept),
        "attention": notes(pgha_planner::NoteKind::Attention),
    })
}

/// The last line of an apply's stream.
pub fn report(report: &Report, source: Source) -> Value {
    json!({
        "type": "report",
        "converged": report.is_converged(),
        "interrupted": report.interrupted,
        "steps": report.steps,
        "left": plan(&report.left, source, &[]),
    })
}

/// The state of a cluster.
pub fn status(health: &Health) -> Value {
    let mut value = json!(health);
    if let Some(object) = value.as_object_mut() {
        object.insert("format_version".into(), json!(FORMAT_VERSION));
        object.insert("healthy".into(), json!(health.problems.is_empty() && !health.incomplete));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    const SOURCE: Source = Source { file: "cluster.toml", text: "" };

    #[test]
    fn a_replacement_has_both_words_and_a_blocked_change_neither() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let orphan = live.resources[&testing::address("db-instance/orders-read-1")].clone();
        live.resources.insert(testing::address("db-instance/orders-read-2"), orphan);
        let orphan = testing::live(&mut live, "db-instance/orders-read-2");
        testing::names_itself(orphan, "db-instance/orders-read-2");
        let value = plan(&testing::plan(&desired, &live), SOURCE, &[]);
        let change = &value["resource_changes"][0];
        assert_eq!(change["address"], "db-instance/orders-read-2");
        assert_eq!(change["change"]["actions"], json!(["no-op"]));
        assert_eq!(change["blocked"]["reason"]["reason"], "holds-data");
    }

    #[test]
    fn a_change_has_both_sides_and_its_line() {
        let desired = testing::desired();
        let mut live = testing::applied(&desired);
        let primary = testing::live(&mut live, "db-instance/orders-primary");
        testing::as_instance(&mut primary.resource).deletion_protection = Some(false);
        let value = plan(&testing::plan(&desired, &live), SOURCE, &[]);
        let change = &value["resource_changes"][0];
        assert_eq!(change["type"], "db-instance");
        assert_eq!(change["change"]["actions"], json!(["update"]));
        assert_eq!(change["change"]["before"]["deletion_protection"], "false");
        assert_eq!(change["change"]["after"]["deletion_protection"], "true");
        assert_eq!(change["fields"][0]["span"]["line"], 14);
        assert_eq!(change["action_reason"], "aws-changed");
        assert_eq!(value["resource_drift"][0]["address"], "db-instance/orders-primary");
    }

    #[test]
    fn a_creation_has_no_before() {
        let desired = testing::desired();
        let value = plan(&testing::plan(&desired, &testing::empty(&desired)), SOURCE, &[]);
        assert_eq!(value["format_version"], FORMAT_VERSION);
        assert_eq!(value["resource_changes"][0]["change"]["before"], Value::Null);
        assert_eq!(value["totals"]["create"], 5);
    }
}
