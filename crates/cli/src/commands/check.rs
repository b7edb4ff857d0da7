//! `pgha check`: is the spec right? Offline.

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use serde_json::json;

use crate::args;
use crate::args::Global;
use crate::cluster;
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
    match cluster::load(&global.file)? {
        Ok(cluster) => {
            let exit = verdict(args, &cluster.diagnostics);
            print(args, cluster.source(), &cluster.diagnostics, exit)?;
            if !args.json {
                output::print(&summary(&cluster, exit))?;
            }
            Ok(exit)
        }
        Err(errors) => {
            let source = Source { file: &errors.file, text: &errors.text };
            print(args, source, &errors.diagnostics, Exit::Error)?;
            match args.json {
                true => Ok(Exit::Error),
                false => Err(cluster::refused(&errors)),
            }
        }
    }
}

fn verdict(args: &args::Check, diagnostics: &[Diagnostic]) -> Exit {
    let warned = diagnostics.iter().any(|d| d.severity == Severity::Warning);
    match args.deny {
        Some(args::Deny::Warnings) if warned => Exit::Error,
        _ => Exit::Ok,
    }
}

fn print(
    args: &args::Check,
    source: Source,
    diagnostics: &[Diagnostic],
    exit: Exit,
) -> Result<(), CommandError> {
    if !args.json {
        return output::print(&diagnostic::render(source, diagnostics));
    }
    output::print(&json::document(&json!({
        "format_version": json::FORMAT_VERSION,
        "file": source.file,
        "valid": exit == Exit::Ok,
        "checks": json::checks(source, diagnostics),
    })))
}

fn summary(cluster: &cluster::Cluster, exit: Exit) -> String {
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
