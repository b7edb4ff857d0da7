//! A plan as people read it: the worst first, every line traceable, no time of day.

use std::cmp::Reverse;

use pgha_planner::Change;
use pgha_planner::Note;
use pgha_planner::NoteKind;
use pgha_planner::Plan;
use pgha_planner::Queued;
use pgha_planner::Verb;
use pgha_resource::Desired;
use pgha_resource::Disruption;

use crate::render::Page;
use crate::render::change;
use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;

/// The widest headline column that is aligned; longer addresses push their own line.
const ADDRESS_CAP: usize = 52;
/// How many fields that no server returns are listed one by one.
const UNREADABLE_LISTED: usize = 3;

/// The whole text: header, changes, what waits, notes, total.
pub fn render(plan: &Plan, desired: &Desired, file: &str, page: Page) -> String {
    let mut lines = vec![header(plan), String::new()];
    lines.extend(changes(plan, page));
    lines.extend(queued_lines(&plan.queued));
    lines.extend(notes(&plan.notes, page));
    if lines.len() > 2 {
        lines.push(String::new());
    }
    lines.push(total(plan, desired, file));
    lines.join("\n") + "\n"
}

/// `orders · us-east-1 · account 123456789012 · 21 calls`.
pub fn header(plan: &Plan) -> String {
    let regions: Vec<_> = plan.regions.iter().map(ToString::to_string).collect();
    let mut parts = vec![style::paint(style::STRONG, &plan.scope.cluster), regions.join(", ")];
    parts.extend(plan.scope.account.as_ref().map(|account| format!("account {account}")));
    parts.push(words::count(plan.calls as usize, "call"));
    parts.join(" · ")
}

fn changes(plan: &Plan, page: Page) -> Vec<String> {
    let mut sorted: Vec<&Change> = plan.changes.iter().collect();
    sorted.sort_by_key(|change| rank(change));
    let heads: Vec<Vec<Cell>> =
        sorted.iter().map(|change| change::headline(change, plan)).collect();
    table::align(&heads, 2, ADDRESS_CAP)
        .into_iter()
        .zip(sorted)
        .flat_map(|(head, change)| [vec![head], change::details(change, plan, page)].concat())
        .collect()
}

/// Blocked changes last, next to the total; before them the more disruptive first, and
/// what goes before what changes before what appears.
fn rank(change: &Change) -> (bool, Reverse<Disruption>, u8) {
    let verb = match change.verb {
        Verb::Delete => 0,
        Verb::Replace => 1,
        Verb::Modify => 2,
        Verb::Reboot => 3,
        Verb::Create => 4,
    };
    (change.blocked.is_some(), Reverse(change.disruption), verb)
}

/// What AWS accepted and has not done yet.
pub fn queued_lines(queued: &[Queued]) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = queued
        .iter()
        .map(|queued| {
            let kind = queued.address.kind;
            let value = |shown| words::value(kind, &queued.field, shown);
            let (from, to) = (value(&queued.from), value(&queued.to));
            let window = queued.window.as_deref().map(words::window);
            let when = window.map_or("the next window".into(), |start| format!("window {start}"));
            let text = format!("queued: {} {from} → {to} · {when}", queued.field);
            vec![
                Cell::new(style::QUEUED, "·  "),
                Cell::new(style::STRONG, queued.address.to_string()),
                Cell::new(style::QUEUED, text),
            ]
        })
        .collect();
    table::align(&rows, 2, ADDRESS_CAP)
}

/// Notes, those for a person first; fields that nobody can read are summed up.
pub fn notes(notes: &[Note], page: Page) -> Vec<String> {
    let urgent = |note: &&Note| matches!(note.kind, NoteKind::Attention | NoteKind::Unswept);
    let unreadable = notes.iter().filter(|note| note.kind == NoteKind::Unreadable);
    let listed = page.verbose || unreadable.clone().count() <= UNREADABLE_LISTED;
    let rest = notes.iter().filter(|note| !urgent(note));
    let mut lines: Vec<String> = notes
        .iter()
        .filter(urgent)
        .chain(rest.filter(|note| listed || note.kind != NoteKind::Unreadable))
        .flat_map(|note| note_lines(note, page))
        .collect();
    if !listed {
        let number = words::count(unreadable.count(), "resource");
        lines.push(format!(
            "  ·   {number} with fields that AWS never returns, which are not compared (-v lists them)"
        ));
    }
    lines
}

fn note_lines(note: &Note, page: Page) -> Vec<String> {
    let (symbol, style) = match note.kind {
        NoteKind::Attention | NoteKind::Unswept => ("!", style::BLOCKED),
        NoteKind::ByAws | NoteKind::Unreadable | NoteKind::Kept | NoteKind::Follows => {
            ("·", style::QUEUED)
        }
    };
    let whom = note.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
    let text = format!("{whom}{}", note.text);
    let wrapped = table::wrap(&text, page.width.saturating_sub(8)).into_iter().enumerate();
    wrapped
        .map(|(at, line)| match at {
            0 => format!("  {}   {line}", style::paint(style, symbol)),
            _ => format!("        {line}"),
        })
        .collect()
}

fn total(plan: &Plan, desired: &Desired, file: &str) -> String {
    let totals = plan.totals();
    let counted = [
        (totals.create, "to create"),
        (totals.change, "to change"),
        (totals.reboot, "to restart"),
        (totals.replace, "to replace"),
        (totals.delete, "to delete"),
        (totals.drifted, "drifted"),
        (totals.blocked, "blocked"),
        (totals.queued, "queued"),
    ];
    let parts: Vec<String> = counted
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if plan.is_converged() {
        let number = words::count(desired.resources.len(), "resource");
        let extra = parts.iter().map(|part| format!(" · {part}")).collect::<String>();
        return format!("nothing to do: the account is as {file} says ({number}){extra}");
    }
    format!("{} · worst disruption: {}", parts.join(", "), plan.worst())
}
