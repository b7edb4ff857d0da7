//! How an apply went: what did not work, and what is left.

use anstyle::Style;
use pgha_apply::Outcome;
use pgha_apply::Report;
use pgha_apply::StepReport;
use pgha_planner::NoteKind;

use crate::left::Left;
use crate::left::is_waiting;
use crate::render::Page;
use crate::render::plan;
use crate::render::style;
use crate::render::table;
use crate::render::words;

/// Which run a report is about.
#[derive(Debug, Clone, Copy)]
pub struct Ran<'a> {
    /// What says how the account is to be: `cluster.toml`.
    pub spec: &'a str,
    /// How to go on: "run `pgha apply` again".
    pub next: &'a str,
}

/// The whole text.
pub fn render(report: &Report, ran: Ran<'_>, page: Page) -> String {
    let mut lines = Vec::new();
    let troubled = report.steps.iter().filter(|step| !step.outcome.is_success());
    let told = troubled.filter(|step| page.verbose || !is_not_reached(step));
    lines.extend(told.flat_map(|step| step_lines(step, page)));
    lines.extend(not_reached(report, page));
    lines.extend(left(report, page));
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let width = page.cuts.then_some(page.width);
    let (weight, text) = verdict(report, ran);
    lines.push(style::paint(weight, table::hanging(&text, 2, width)));
    table::within(&(lines.join("\n") + "\n"), page)
}

fn is_not_reached(step: &StepReport) -> bool {
    matches!(step.outcome, Outcome::NotReached { .. })
}

/// Steps behind a failure are many, and say nothing that the failure does not.
fn not_reached(report: &Report, page: Page) -> Option<String> {
    let number = report.steps.iter().filter(|step| is_not_reached(step)).count();
    let behind = if report.interrupted { "" } else { " behind that" };
    let text = format!("{}{behind} not reached (-v lists them)", words::count(number, "step"));
    (number > 0 && !page.verbose).then(|| format!("  {}  {text}", style::paint(style::QUEUED, "·")))
}

fn step_lines(step: &StepReport, page: Page) -> Vec<String> {
    let style = match step.outcome {
        Outcome::NotReached { .. } | Outcome::Underway { .. } => style::QUEUED,
        _ => style::BLOCKED,
    };
    let head = format!("  {}  {} {}", style::paint(style, "!"), step.address, step.operation);
    let text = step.outcome.to_string();
    let mut lines = vec![head];
    let wrapped = table::wrap(&text, page.width.saturating_sub(6));
    lines.extend(wrapped.iter().map(|line| format!("      {line}")));
    if let Outcome::Failed { request_id: Some(id), .. } = &step.outcome {
        lines.push(style::paint(style::DIM, format!("      request id {id}")));
    }
    lines
}

/// What the plan made after the last step still has, beyond what failed above.
fn left(report: &Report, page: Page) -> Vec<String> {
    let blocked = report.left.changes.iter().filter_map(|change| {
        let reason = change.blocked.as_ref()?;
        let help = reason.help().map(|help| format!("; {help}")).unwrap_or_default();
        // As in the plan: what merely waits needs nobody.
        let symbol = match is_waiting(change, &report.left) {
            true => style::paint(style::QUEUED, "·"),
            false => style::paint(style::BLOCKED, "!"),
        };
        Some(plan::bullet(symbol, &format!("{}: {reason}{help}", change.address), page))
    });
    let mut lines: Vec<String> = blocked.flatten().collect();
    lines.extend(plan::queued_lines(&report.left.queued));
    let notes: Vec<_> =
        report.left.notes.iter().filter(|note| note.kind == NoteKind::Attention).cloned().collect();
    lines.extend(plan::notes(&notes, page));
    lines
}

/// What is left, and what to do about it.
fn next(left: Left, how: &str) -> String {
    let waiting = words::count_are(left.waiting, "change");
    match left {
        Left { steps: 1.., .. } => {
            format!("{} left: {how}", words::count(left.steps, "step"))
        }
        Left { unseen: 1.., .. } => format!("{}, see above", left.unseen_in_words()),
        Left { deciding: 0, waiting: 0, .. } => {
            format!("nothing else is left to be done; to make sure of it, {how}")
        }
        Left { deciding: 0, .. } => {
            format!("nothing to decide: {waiting} waiting, see above; {how} once that is over")
        }
        Left { waiting: 0, .. } => "what is left needs a decision, see above".into(),
        _ => format!("what is left needs a decision, and {waiting} waiting, see above"),
    }
}

fn verdict(report: &Report, ran: Ran<'_>) -> (Style, String) {
    let spec = ran.spec;
    let total = words::count(report.steps.len(), "step");
    let done = report.steps.iter().filter(|step| step.outcome.is_success()).count();
    if report.is_converged() {
        let text = match plan::queued_lines(&report.left.queued).len() {
            0 => format!("done: {total}; the account is as {spec} says"),
            number => format!(
                "done: {total}; the account is as {spec} says once {} made, see above",
                words::count_are(number, "queued change")
            ),
        };
        return (style::ADD, text);
    }
    let why = if report.interrupted { "stopped" } else { "not finished" };
    let next = next(Left::of(&report.left), ran.next);
    // AWS goes on by itself with what it accepted: that is neither done nor left to be called.
    let is_underway = |step: &&StepReport| matches!(step.outcome, Outcome::Underway { .. });
    let underway = match report.steps.iter().filter(is_underway).count() {
        0 => String::new(),
        number => format!(", {number} under way"),
    };
    (style::BLOCKED, format!("{why}: {done} of {total} done{underway}; {next}"))
}

#[cfg(test)]
mod tests {
    use pgha_planner::Plan;
    use pgha_resource::Operation;
    use pgha_resource::live::ErrorClass;
    use pgha_resource::status::Status;

    use super::*;
    use crate::render::testing;

    fn step(plan: &Plan, id: usize, outcome: Outcome) -> StepReport {
        let step = &plan.steps[id];
        StepReport {
            step: id,
            address: step.address().clone(),
            operation: step.call.operation,
            disruption: step.disruption,
            outcome,
            attempts: 1,
            seconds: 60,
        }
    }

    fn of(report: &Report, next: &str) -> String {
        let page = Page { width: 80, verbose: false, cuts: true, simulated: false };
        testing::plain(&render(report, Ran { spec: "cluster.toml", next }, page))
    }

    fn text(report: &Report) -> String {
        of(report, "run `pgha apply` again")
    }

    #[test]
    fn a_run_that_did_not_finish_says_how_to_go_on() {
        let desired = testing::desired();
        let left = || testing::plan(&desired, &testing::empty(&desired));
        let report = || Report { steps: Vec::new(), left: left(), interrupted: false };
        for next in ["run `pgha destroy` again", "plan anew with `pgha plan --out a.plan`"] {
            let text = of(&report(), next).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&format!("steps left: {next}")), "{text}");
        }
    }

    #[test]
    fn what_aws_goes_on_with_is_counted_by_itself() {
        let desired = testing::desired();
        let left = testing::plan(&desired, &testing::empty(&desired));
        let underway = || Outcome::Underway { status: "creating".into() };
        let steps = vec![
            step(&left, 0, Outcome::Done),
            step(&left, 1, underway()),
            step(&left, 2, underway()),
        ];
        let text = text(&Report { steps, left, interrupted: true });
        assert!(text.contains("stopped: 1 of 3 steps done, 2 under way; "), "{text}");
    }

    #[test]
    fn waiting_is_told_apart_from_needing_a_decision() {
        let said = |waiting, deciding| {
            next(Left { steps: 0, waiting, deciding, unseen: 0 }, "run `pgha apply` again")
        };
        assert!(said(2, 0).starts_with("nothing to decide: 2 changes are waiting"));
        assert!(said(0, 0).starts_with("nothing else is left to be done"));
        assert_eq!(said(0, 1), "what is left needs a decision, see above");
        assert!(said(1, 1).contains("needs a decision, and 1 change is waiting"));
    }

    #[test]
    fn what_merely_waits_has_the_mark_of_the_plan_and_no_long_line() {
        let mut desired = testing::desired();
        let mut live = testing::applied(&desired);
        let name = "db-instance/orders-primary";
        testing::live(&mut live, name).status = Status::db_instance("deleting");
        let wanted = desired.resources.get_mut(&testing::address(name)).unwrap();
        testing::as_instance(&mut wanted.resource).deletion_protection = Some(false);
        let left = testing::plan(&desired, &live);
        let text = text(&Report { steps: Vec::new(), left, interrupted: false });
        assert!(text.contains("  ·  db-instance/orders-primary: "), "{text}");
        let told = text.lines().take_while(|line| !line.is_empty());
        assert!(told.into_iter().all(|line| table::width(line) <= 80), "{text}");
    }

    #[test]
    fn a_converged_run_is_one_line() {
        let desired = testing::desired();
        let before = testing::plan(&desired, &testing::empty(&desired));
        let left = testing::plan(&desired, &testing::applied(&desired));
        let steps = (0..before.steps.len()).map(|id| step(&before, id, Outcome::Done)).collect();
        let number = before.steps.len();
        let report = Report { steps, left, interrupted: false };
        let expected = format!("done: {number} steps; the account is as cluster.toml says\n");
        assert_eq!(text(&report), expected);
    }

    #[test]
    fn a_failed_run_says_what_failed_and_how_to_go_on() {
        let desired = testing::desired();
        let before = testing::plan(&desired, &testing::empty(&desired));
        let failed = Outcome::Failed {
            class: ErrorClass::Quota,
            code: "InstanceQuotaExceeded".into(),
            message: "requesting this instance would exceed the quota of 40".into(),
            request_id: Some("5b3e".into()),
        };
        let because = "db-instance/orders-primary did not succeed".to_string();
        let creation = |operation: Operation| {
            before.steps.iter().find(|step| step.call.operation == operation).unwrap().id
        };
        let steps = vec![
            step(&before, creation(Operation::CreateDBParameterGroup), Outcome::Done),
            step(&before, creation(Operation::CreateDBInstance), failed),
            step(
                &before,
                creation(Operation::CreateDBInstanceReadReplica),
                Outcome::NotReached { because },
            ),
        ];
        let number = before.steps.len();
        let text = text(&Report { steps, left: before, interrupted: false });
        let text = text.replace(&format!("{number} steps left"), "… left");
        insta::assert_snapshot!(text);
    }
}
