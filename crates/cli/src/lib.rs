//! The command line of pgha: arguments, rendering, exit codes.
//!
//! It decides nothing about clusters: it reads the spec, hands it to the planner and to
//! apply, and shows what they answer. Results go to stdout, everything else to stderr.

mod account;
mod args;
mod cluster;
mod commands;
mod confirm;
mod consent;
mod endpoint;
mod error;
mod exit;
mod foreign;
mod health;
mod journal;
mod kept;
mod left;
mod output;
// Compared with the calls on the wire by tests from outside.
pub mod policy;
mod private;
mod progress;
mod render;
// A file that a stranger may have written: its reader is fuzzed from outside.
pub mod saved;
mod signals;
mod stops;
mod typed;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ArgMatches;
use clap::CommandFactory;
use clap::FromArgMatches;
use clap::parser::ValueSource;

use crate::args::Cli;
use crate::args::Colour;
use crate::exit::Exit;
use crate::render::style;
use crate::render::table;

pub use output::note_closed_stdout;

/// Runs one command line, the program's name first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match parsed(&args) {
        Ok(cli) => cli,
        // Help and version come this way too, and are no errors.
        Err(mut error) => {
            foreign::suggest_nearest(&mut error);
            match error.use_stderr() {
                // What was typed is a part of it.
                true => output::remark(&error.render().to_string()),
                false => drop(error.print()),
            }
            if let Some(hint) = foreign::hint(&args).filter(|_| error.use_stderr()) {
                let word = style::paint(style::HINT, "hint:");
                let hint = table::hanging(&hint, "  hint: ".len(), output::remark_width());
                output::remark(&format!("\n  {word} {hint}\n"));
            }
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok }.into();
        }
    };
    colours(cli.global.color);
    match commands::run(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::remark(&error.within(output::remark_width()));
            error.exit.into()
        }
    }
}

fn parsed(args: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = args::command().try_get_matches_from(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.global.names_file = source(&matches, "file") == Some(ValueSource::CommandLine);
    let from_environment = source(&matches, "sandbox") == Some(ValueSource::EnvVariable);
    cli.global
        .settle_sandbox(from_environment)
        .map_err(|why| Cli::command().error(clap::error::ErrorKind::InvalidValue, why))?;
    Ok(cli)
}

/// Where the value of a flag comes from; one that every command takes may stand behind the command.
fn source(matches: &ArgMatches, flag: &str) -> Option<ValueSource> {
    let behind = matches.subcommand().and_then(|(_, matches)| source(matches, flag));
    behind.or_else(|| matches.try_contains_id(flag).ok().and_then(|_| matches.value_source(flag)))
}

/// `auto` is left to the environment and to what each stream is.
fn colours(colour: Colour) {
    match colour {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
}
