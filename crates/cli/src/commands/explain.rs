//! `pgha explain`: what a code means and what to do. Offline.

use std::fmt::Write as _;

use pgha_spec::catalogue;
use pgha_spec::catalogue::Entry;

use crate::args;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;

/// Prints one entry of the catalogue, or the list of all.
pub fn run(args: &args::Explain) -> Result<Exit, CommandError> {
    let Some(code) = &args.code else {
        output::print(&list())?;
        return Ok(Exit::Ok);
    };
    let wanted = code.to_uppercase();
    let entry = catalogue::explain(&wanted).ok_or_else(|| {
        CommandError::failed(format!("there is no code {code}"))
            .hint("`pgha explain --list` shows all")
    })?;
    output::print(&page(entry))?;
    Ok(Exit::Ok)
}

fn list() -> String {
    let rows: Vec<Vec<Cell>> = catalogue::entries()
        .iter()
        .map(|entry| {
            vec![
                Cell::new(style::STRONG, entry.code),
                Cell::plain(entry.severity.to_string()),
                Cell::plain(entry.title),
            ]
        })
        .collect();
    table::align(&rows, 0, 20).join("\n") + "\n"
}

fn page(entry: &Entry) -> String {
    let mut text = format!(
        "{} {}\n{}\n",
        style::paint(style::STRONG, entry.code),
        style::paint(style::DIM, format!("({})", entry.severity)),
        style::paint(style::STRONG, entry.title),
    );
    let parts = [
        ("what", entry.what),
        ("why", entry.why),
        ("what to do", entry.fix),
        ("example", entry.example),
        ("source", entry.source),
    ];
    for (title, body) in parts.into_iter().filter(|(_, body)| !body.is_empty()) {
        let _ = writeln!(text, "\n{}", style::paint(style::HINT, title));
        for line in body.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}
