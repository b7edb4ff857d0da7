//! `pgha check`: is the spec right? Offline.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pgha_spec::Accepted;
use pgha_spec::Severity;
use pgha_spec::position;
use serde_json::Value;
use serde_json::json;

use crate::args;
use crate::args::Global;
use crate::cluster;
use crate::cluster::Cluster;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;
use crate::render::diagnostic;
use crate::render::diagnostic::Source;
use crate::render::json;
use crate::render::style;
use crate::render::words;

/// Reads and checks the spec and prints what was found.
pub fn run(global: &Global, args: &args::Check) -> Result<Exit, CommandError> {
    let cluster = match cluster::load(&global.file)? {
        Ok(cluster) => cluster,
        Err(errors) => {
            let source = Source { file: &errors.file, text: &errors.text };
            if args.json {
                print_json(source, json::checks(source, &errors.diagnostics), &[], Exit::Error)?;
                return Ok(Exit::Error);
            }
            output::print(&diagnostic::render(
                source,
                &errors.diagnostics,
                output::terminal_width(),
            ))?;
            return Err(cluster::refused(&errors));
        }
    };
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
    let ended: Vec<&Accepted> =
        cluster.accepted.iter().filter(|accepted| accepted.until < today).collect();
    let exit = verdict(args, &cluster, &ended);
    let source = cluster.source();
    if args.json {
        print_json(source, json::checks(source, &cluster.diagnostics), &ended, exit)?;
    } else {
        output::print(&diagnostic::render(source, &cluster.diagnostics, output::terminal_width()))?;
        output::print(
            &ended.iter().map(|accepted| ended_line(source, accepted)).collect::<String>(),
        )?;
        output::print(&summary(&cluster, exit))?;
    }
    Ok(exit)
}

fn verdict(args: &args::Check, cluster: &Cluster, ended: &[&Accepted]) -> Exit {
    let warned = cluster.diagnostics.iter().any(|d| d.severity == Severity::Warning);
    match args.deny {
        Some(args::Deny::Warnings) if warned || !ended.is_empty() => Exit::Error,
        _ => Exit::Ok,
    }
}

fn print_json(
    source: Source,
    checks: Vec<Value>,
    ended: &[&Accepted],
    exit: Exit,
) -> Result<(), CommandError> {
    let ended = ended.iter().map(|accepted| {
        let (line, column) = position(source.text, accepted.span.start);
        json!({
            "code": accepted.code,
            "reason": accepted.reason,
            "until": accepted.until,
            "span": { "file": source.file, "line": line, "column": column },
        })
    });
    output::print(&json::document(&json!({
        "format_version": json::FORMAT_VERSION,
        "file": source.file,
        "valid": exit == Exit::Ok,
        "checks": checks,
        "ended": ended.collect::<Vec<_>>(),
    })))
}

/// An acceptance in `[guard]` that is over: the spec crate has no clock, so it still holds.
fn ended_line(source: Source, accepted: &Accepted) -> String {
    let (line, column) = position(source.text, accepted.span.start);
    format!(
        "{} {} was accepted until {}: mend it, or accept it for longer  {}\n",
        style::paint(style::WARNING, "warning:"),
        accepted.code,
        accepted.until,
        style::paint(style::DIM, format!("{}:{line}:{column}", source.file)),
    )
}

fn summary(cluster: &Cluster, exit: Exit) -> String {
    let number = words::count(cluster.desired.resources.len(), "resource");
    let regions: Vec<_> = cluster.desired.regions().iter().map(ToString::to_string).collect();
    let tally = match diagnostic::tally(&cluster.diagnostics) {
        tally if tally.is_empty() => String::new(),
        tally => format!(" · {tally}"),
    };
    let (style, word) = match exit {
        Exit::Ok => (style::ADD, "ok"),
        _ => (style::ERROR, "denied"),
    };
    let word = style::paint(style, word);
    format!("{}: {word} · {number} in {}{tally}\n", cluster.file, regions.join(", "))
}
