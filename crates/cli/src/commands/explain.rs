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

/// Prints entries of the catalogue, or the list of all.
pub fn run(args: &args::Explain) -> Result<Exit, CommandError> {
    if args.list {
        output::print(&list())?;
        return Ok(Exit::Ok);
    }
    let width = output::terminal_width();
    let pages: Vec<String> = args
        .codes
        .iter()
        .map(|code| find(code).map(|entry| page(entry, width)))
        .collect::<Result<_, _>>()?;
    output::print(&pages.join("\n"))?;
    Ok(Exit::Ok)
}

fn find(code: &str) -> Result<&'static Entry, CommandError> {
    catalogue::explain(&in_full(code)).ok_or_else(|| {
        CommandError::failed(format!("there is no code {code}"))
            .hint("`pgha explain --list` shows all")
    })
}

/// `12` and `pgha12` as PGHA012.
fn in_full(code: &str) -> String {
    let code = code.to_uppercase();
    match code.strip_prefix("PGHA").unwrap_or(&code).parse::<u32>() {
        Ok(number) => format!("PGHA{number:03}"),
        Err(_) => code,
    }
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

fn page(entry: &Entry, width: Option<usize>) -> String {
    let mut text = format!(
        "{} {}\n{}\n",
        style::paint(style::STRONG, entry.code),
        style::paint(style::DIM, format!("({})", entry.severities())),
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
        // An example is there to be copied.
        let width = width.filter(|_| title != "example");
        for line in body.lines() {
            let indent = line.len() - line.trim_start().len();
            let line = table::hanging(line.trim_start(), indent + 2, width);
            let _ = writeln!(text, "  {}{line}", " ".repeat(indent));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_written() {
        for code in ["PGHA009", "pgha009", "pgha9", "009", "9"] {
            assert_eq!(find(code).map(|entry| entry.code).ok(), Some("PGHA009"), "{code}");
        }
        for code in ["", "PGHA", "PGHA9999", "-9", "x"] {
            assert!(find(code).is_err(), "{code}");
        }
    }
}
