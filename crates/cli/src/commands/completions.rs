//! `pgha completions`: a script for a shell.

use clap::CommandFactory;

use crate::args::Cli;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::output;

/// Prints the script.
pub fn run(shell: clap_complete::Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pgha", &mut script);
    output::print_raw(&script)?;
    Ok(Exit::Ok)
}
