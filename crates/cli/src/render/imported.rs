//! What an import found, beside the spec that it wrote.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anstyle::Style;
use pgha_import::{Elsewhere, Imported};
use pgha_planner::{Change, Verb};
use pgha_resource::{Address, Kind, Region};

use crate::error::CommandError;
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

/// What became of a database of a region.
pub struct Row {
    /// Which.
    pub address: Address,
    /// Where its spec is or would be.
    pub path: Option<PathBuf>,
    /// What became of it.
    pub became: Became,
}

/// See [`Row`].
pub enum Became {
    /// There is a new spec.
    Imported(Box<Imported>, Next),
    /// There was a spec, which says the same.
    AsBefore(Box<Imported>, Next),
    /// There is another spec, which was not written over.
    Taken,
    /// There can be no spec.
    Refused(CommandError),
    /// It is not imported from here.
    Elsewhere(Elsewhere),
}

impl Row {
    fn found(&self) -> Option<(&Imported, &Next)> {
        match &self.became {
            Became::Imported(found, next) | Became::AsBefore(found, next) => Some((found, next)),
            _ => None,
        }
    }

    /// In a word, and how it looks.
    fn word(&self) -> (&'static str, Style) {
        match &self.became {
            Became::Imported(found, _) | Became::AsBefore(found, _) if !found.unread.is_empty() => {
                ("incomplete", style::BLOCKED)
            }
            Became::Imported(found, _) | Became::AsBefore(found, _) if !found.doubts.is_empty() => {
                ("in doubt", style::BLOCKED)
            }
            Became::Imported(..) => ("imported", style::PLAIN),
            Became::AsBefore(..) => ("as before", style::PLAIN),
            Became::Taken | Became::Refused(_) => ("refused", style::BLOCKED),
            Became::Elsewhere(_) => ("not here", style::PLAIN),
        }
    }

    /// What there is to say about it, line by line.
    fn lines(&self) -> Vec<String> {
        let path = self.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        match &self.became {
            Became::Imported(found, _) | Became::AsBefore(found, _) => {
                let tagged = words::count(found.adopted.len(), "resource");
                let unread = found.unread.iter().map(|error| {
                    format!("could not be read: {}: {}", error.call, harmless(&error.message))
                });
                let beside = words::count(found.beside.len(), "line");
                let beside = (!found.beside.is_empty())
                    .then(|| format!("left out, and listed at the end of the spec: {beside}"));
                [format!("{path}: {tagged} would be tagged")]
                    .into_iter()
                    .chain(beside)
                    .chain(found.doubts.iter().map(doubt))
                    .chain(unread)
                    .collect()
            }
            Became::Taken => vec![format!("{path} is there already and says something else")],
            Became::Refused(error) => {
                let findings = error.findings.lines().map(str::to_string);
                [error.message.clone()].into_iter().chain(findings).collect()
            }
            Became::Elsewhere(why) => vec![why.to_string()],
        }
    }
}

/// For a person: what became of every database of a region.
pub fn of_region(
    region: &Region,
    rows: &[Row],
    is_simulated: bool,
    width: Option<usize>,
) -> String {
    let account = if is_simulated { " · simulated account" } else { "" };
    let mut text = format!("{region}{account} · {}\n\n", words::count(rows.len(), "database"));
    for row in rows {
        let (word, look) = row.word();
        let word = style::paint(look, format!("{word:<10}"));
        let _ = writeln!(text, "  {word}  {}", row.address);
        for line in row.lines() {
            let _ = writeln!(text, "      {}", table::hanging(&line, 6, width));
        }
    }
    if rows.is_empty() {
        return format!("{region}{account} · no database\n");
    }
    let counts = ["imported", "as before", "in doubt", "incomplete", "refused", "not here"];
    let counted = counts.iter().filter_map(|word| {
        let count = rows.iter().filter(|row| row.word().0 == *word).count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    let _ = writeln!(text, "\n{}", counted.collect::<Vec<_>>().join(" · "));
    let clear = rows.iter().filter(|row| ["imported", "as before"].contains(&row.word().0));
    if let Some((found, next)) = clear.chain(rows).find_map(Row::found) {
        let hint = match found.doubts.is_empty() {
            true => {
                format!("read each spec; for the first: {}, and then {}", next.plan, next.apply)
            }
            false => format!("read each spec, and look at what its plan would do: {}", next.plan),
        };
        let hint = table::hanging(&hint, "next: ".len(), width);
        let _ = writeln!(text, "\n{} {hint}", style::paint(style::HINT, "next:"));
    }
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
    let fields = change
        .fields
        .iter()
        .filter(|field| change.verb == Verb::Modify && !field.name.starts_with("tags"))
        .map(|field| format!("{} {} -> {}", field.name, field.from, field.to));
    let whole = match change.verb {
        Verb::Create => Some("it would be made"),
        Verb::Modify => None,
        Verb::Reboot => Some("it would restart"),
        Verb::Replace => Some("it would be replaced"),
        Verb::Delete => Some("it would be deleted"),
    };
    let whole = whole.filter(|_| change.blocked.is_none()).map(str::to_string);
    let what: Vec<String> = whole.into_iter().chain(fields).collect();
    let why = change.blocked.as_ref().map(|blocked| match what.is_empty() {
        true => blocked.to_string(),
        false => format!(" ({blocked})"),
    });
    format!("{}: {}{}", change.address, what.join(", "), why.unwrap_or_default())
}
