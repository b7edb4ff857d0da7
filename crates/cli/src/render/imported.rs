//! What an import found, beside the spec that it wrote.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::Style;
use pgha_import::Imported;
use pgha_planner::Change;
use pgha_resource::Kind;

use crate::output::harmless;
use crate::render::words;
use crate::render::{style, table};
use crate::typed::Typed;

/// What to type next.
pub struct Next {
    /// To see what an apply would do.
    pub plan: Typed,
    /// To take the resources over.
    pub apply: Typed,
}

/// For a person: what is in the spec, what would be tagged, and what is not in it.
pub fn render(found: &Imported, out: Option<&Path>, next: &Next, width: Option<usize>) -> String {
    let mut text = String::new();
    let into = out.map(|path| format!(" into {}", path.display())).unwrap_or_default();
    let _ = writeln!(text, "imported {}{into}", what(found));
    let adopted: Vec<String> = found.adopted.iter().map(ToString::to_string).collect();
    let tagged = words::count(adopted.len(), "resource");
    let head = format!("{tagged} would be tagged as the cluster's, which changes nothing else:");
    section(&mut text, style::PLAIN, &head, &adopted, width);
    let doubts: Vec<String> = found.doubts.iter().map(doubt).collect();
    let head = "in doubt: the spec has no word for what is there, so a plan would change it:";
    section(&mut text, style::BLOCKED, head, &doubts, width);
    let head = "left out, and pgha will not touch it:";
    section(&mut text, style::PLAIN, head, &found.beside, width);
    let unread: Vec<String> = found
        .unread
        .iter()
        .map(|error| format!("{}: {}", error.call, harmless(&error.message)))
        .collect();
    let head = "could not be read, so that the spec may lack something:";
    section(&mut text, style::BLOCKED, head, &unread, width);
    let hint = match found.doubts.is_empty() {
        true => format!(
            "read the spec, then {} shows that nothing but tags would change, and {} takes it over",
            next.plan, next.apply
        ),
        false => format!(
            "read the spec, and look at what {} would change before you apply anything",
            next.plan
        ),
    };
    let hint = table::hanging(&hint, "next: ".len(), width);
    let _ = writeln!(text, "\n{} {hint}", style::paint(style::HINT, "next:"));
    text
}

/// The database and what hangs on it, in a phrase.
fn what(found: &Imported) -> String {
    let desired = &found.loaded.desired;
    let is = |kinds: &[Kind]| {
        desired.resources.keys().filter(|address| kinds.contains(&address.kind)).count()
    };
    let database = desired.database().map(ToString::to_string).unwrap_or_default();
    let mut parts = Vec::new();
    let databases = is(&[Kind::DbInstance, Kind::DbCluster]);
    if databases > 1 {
        parts.push(words::count(databases - 1, "replica"));
    }
    if is(&[Kind::DbProxy]) > 0 {
        parts.push("a proxy".to_string());
    }
    match parts.is_empty() {
        true => format!("{database} in {}", desired.scope.home),
        false => format!("{database} in {} with {}", desired.scope.home, parts.join(" and ")),
    }
}

fn section(text: &mut String, look: Style, head: &str, lines: &[String], width: Option<usize>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", style::paint(look, table::hanging(head, 0, width)));
    for line in lines {
        let _ = writeln!(text, "  {}", table::hanging(line, 4, width));
    }
}

fn doubt(change: &Change) -> String {
    let fields: Vec<String> = change
        .fields
        .iter()
        .filter(|field| !field.name.starts_with("tags"))
        .map(|field| format!("{} {} -> {}", field.name, field.from, field.to))
        .collect();
    let why = change.blocked.as_ref().map(|blocked| format!(" ({blocked})")).unwrap_or_default();
    format!("{}: {}{why}", change.address, fields.join(", "))
}
