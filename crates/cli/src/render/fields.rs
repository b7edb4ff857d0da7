//! The lines under a change: one a field, aligned, with the line of the spec at the end.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_planner::Cause;
use pgha_planner::FieldChange;
use pgha_planner::Verb;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::effect::When;
use pgha_resource::value::Shown;
use similar::TextDiff;

use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;

/// What a field's line is about.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The resource.
    pub address: &'a Address,
    /// What happens to the resource.
    pub verb: Verb,
    /// The cause that is said of the whole change and not repeated a field.
    pub cause: Option<Cause>,
    /// The columns that a line may take.
    pub width: usize,
}

const INDENT: usize = 7;
/// Names wider than this do not push the values of other fields to the right.
const NAME_CAP: usize = 34;
/// Lines of a document's diff that are shown around a difference.
const CONTEXT: usize = 2;

/// The lines of all fields.
pub fn lines<'a>(
    fields: impl IntoIterator<Item = &'a FieldChange>,
    setting: Setting<'_>,
) -> Vec<String> {
    let rows: Vec<Row> = fields.into_iter().flat_map(|field| rows(field, setting)).collect();
    let cells: Vec<Vec<Cell>> = rows.iter().map(|row| row.cells.clone()).collect();
    let aligned = table::align(&cells, INDENT, NAME_CAP.max(setting.width / 2));
    aligned.into_iter().zip(rows).flat_map(|(line, row)| row.lines(line, setting)).collect()
}

struct Row {
    cells: Vec<Cell>,
    remark: String,
    below: Vec<String>,
}

impl Row {
    /// The aligned line with the remark behind it, or below it where it is too long.
    fn lines(self, line: String, setting: Setting<'_>) -> Vec<String> {
        let taken: usize = self.cells.iter().map(|cell| table::width(&cell.text) + 2).sum();
        let fits = INDENT + taken + table::width(&self.remark) <= setting.width;
        let remark = style::paint(style::DRIFT, &self.remark);
        let mut lines = match (self.remark.is_empty(), fits) {
            (true, _) => vec![line],
            (false, true) => vec![format!("{line}  {remark}")],
            (false, false) => vec![line, format!("{}{remark}", " ".repeat(INDENT + 2))],
        };
        lines.extend(self.below);
        lines
    }
}

fn rows(field: &FieldChange, setting: Setting<'_>) -> Vec<Row> {
    let (from, to) = (elements_of(&field.from), elements_of(&field.to));
    match (from, to) {
        (Some(from), Some(to)) if !(from.is_empty() && to.is_empty()) => {
            exploded(field, setting, &from, &to)
        }
        _ => vec![one(&field.name, &field.from, &field.to, field, setting)],
    }
}

fn elements_of(shown: &Shown) -> Option<BTreeMap<String, String>> {
    match shown {
        Shown::Map(map) => Some(map.clone()),
        Shown::Unset => Some(BTreeMap::new()),
        Shown::Text(_) | Shown::List(_) | Shown::Document { .. } => None,
    }
}

/// One row for each key of a map that differs.
fn exploded(
    field: &FieldChange,
    setting: Setting<'_>,
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
) -> Vec<Row> {
    let side = |value: Option<&String>| value.cloned().map_or(Shown::Unset, Shown::Text);
    let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    keys.into_iter()
        .filter(|key| from.get(*key) != to.get(*key))
        .map(|key| {
            let name = format!("{}.{key}", field.name);
            one(&name, &side(from.get(key)), &side(to.get(key)), field, setting)
        })
        .collect()
}

fn one(name: &str, from: &Shown, to: &Shown, field: &FieldChange, setting: Setting<'_>) -> Row {
    let (value, below) = transition(name, from, to, setting);
    let origin = field.origin.as_ref().map(ToString::to_string).unwrap_or_default();
    let cells = vec![Cell::plain(name), Cell::plain(value), Cell::new(style::DIM, origin)];
    Row { cells, remark: remark(field, setting), below }
}

/// What else must be said of a field: what it costs, that it is drift.
fn remark(field: &FieldChange, setting: Setting<'_>) -> String {
    let who = field.shuts_out.as_ref().map(|who| format!("shuts out {who}"));
    let mut remarks: Vec<&str> = who.as_deref().into_iter().collect();
    if let (Effect::InPlace { disruption, when }, Verb::Modify) = (&field.effect, setting.verb) {
        remarks.extend((*disruption > Disruption::None).then(|| disruption.as_str()));
        remarks.extend((*when == When::Reboot).then_some("takes a restart"));
    }
    if field.effect == Effect::Replace && setting.verb == Verb::Replace {
        remarks.push("forces a new one");
    }
    if Some(field.cause) != setting.cause {
        remarks.extend(match field.cause {
            Cause::AwsChanged => Some("? drift: AWS was changed, will be set back"),
            other => words::cause(other),
        });
    }
    remarks.join(" · ")
}

/// The value column, and lines below where it does not fit into one.
fn transition(name: &str, from: &Shown, to: &Shown, setting: Setting<'_>) -> (String, Vec<String>) {
    if let Some(lines) = difference(name, from, to, setting) {
        return ("changes:".to_string(), lines);
    }
    let side = |shown| words::value(setting.address, name, shown);
    let (old, new) = (side(from), side(to));
    if setting.verb == Verb::Create {
        return (new, Vec::new());
    }
    match fits(&old, &new, setting) {
        true => (format!("{old} → {new}"), Vec::new()),
        false => (old, vec![format!("{}→ {new}", " ".repeat(INDENT + 2))]),
    }
}

fn fits(old: &str, new: &str, setting: Setting<'_>) -> bool {
    table::width(old) + table::width(new) <= setting.width / 2
}

/// How two documents, texts of many lines, or long lists differ, a line each.
pub fn difference(
    name: &str,
    from: &Shown,
    to: &Shown,
    setting: Setting<'_>,
) -> Option<Vec<String>> {
    let text = |shown: &Shown| match shown {
        Shown::Unset => String::new(),
        _ => words::value(setting.address, name, shown),
    };
    let (old, new) = (text(from), text(to));
    match (from, to) {
        (Shown::Document { document: old }, Shown::Document { document: new }) => {
            Some(unified(&without_commas(old), &without_commas(new)))
        }
        _ if old.contains('\n') || new.contains('\n') => Some(unified(&old, &new)),
        (Shown::List(from), Shown::List(to)) if !fits(&old, &new, setting) => {
            Some(elements(from, to))
        }
        _ => None,
    }
}

/// The elements of a list that go and come.
fn elements(old: &[String], new: &[String]) -> Vec<String> {
    let indent = " ".repeat(INDENT + 2);
    let gone = old.iter().filter(|item| !new.contains(item));
    let come = new.iter().filter(|item| !old.contains(item));
    gone.map(|item| style::paint(style::REMOVE, format!("{indent}- {item}")))
        .chain(come.map(|item| style::paint(style::ADD, format!("{indent}+ {item}"))))
        .collect()
}

/// A document without the commas at the ends of its lines: one more statement behind a line, or one
/// less, does not change that line.
fn without_commas(document: &str) -> String {
    let lines = document.lines().map(|line| line.strip_suffix(',').unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// A unified diff without its file header.
fn unified(old: &str, new: &str) -> Vec<String> {
    let indent = " ".repeat(INDENT + 2);
    let diff = TextDiff::from_lines(old, new);
    let text = diff.unified_diff().context_radius(CONTEXT).missing_newline_hint(false).to_string();
    text.lines()
        .map(|line| {
            let style = match line.chars().next() {
                Some('+') => style::ADD,
                Some('-') => style::REMOVE,
                Some('@') => style::DIM,
                _ => style::PLAIN,
            };
            style::paint(style, format!("{indent}{line}"))
        })
        .collect()
}
