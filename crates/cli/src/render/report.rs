//! How an apply went: what did not work, and what is left.

use pgha_apply::Outcome;
use pgha_apply::Report;
use pgha_apply::StepReport;
use pgha_planner::NoteKind;

use crate::render::Page;
use crate::render::plan;
use crate::render::style;
use crate::render::table;
use crate::render::words;

/// The whole text.
pub fn render(report: &Report, file: &str, page: Page) -> String {
    let mut lines = Vec::new();
    let troubled = report.steps.iter().filter(|step| !step.outcome.is_success());
    lines.extend(troubled.flat_map(|step| step_lines(step, page)));
    lines.extend(left(report, page));
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(verdict(report, file));
    lines.join("\n") + "\n"
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
        Some(format!("  !  {}: {reason}{help}", change.address))
    });
    let mut lines: Vec<String> = blocked.collect();
    lines.extend(plan::queued_lines(&report.left.queued));
    let notes: Vec<_> =
        report.left.notes.iter().filter(|note| note.kind == NoteKind::Attention).cloned().collect();
    lines.extend(plan::notes(&notes, page));
    lines
}

fn verdict(report: &Report, file: &str) -> String {
    let total = words::count(report.steps.len(), "step");
    let done = report.steps.iter().filter(|step| step.outcome.is_success()).count();
    if report.is_converged() {
        let text = format!("done: {total}; the account is as {file} says");
        return style::paint(style::ADD, text);
    }
    let why = if report.interrupted { "stopped" } else { "not finished" };
    let next = match report.left.steps.len() {
        0 => "what is left needs a decision, see above".to_string(),
        number => format!("{} left: run `pgha apply` again", words::count(number, "step")),
    };
    style::paint(style::BLOCKED, format!("{why}: {done} of {total} done; {next}"))
}
