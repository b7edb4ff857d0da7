//! One file a command.

mod apply;
mod check;
mod completions;
mod destroy;
mod disown;
mod drift;
mod explain;
mod fmt;
mod graph;
mod iam_policy;
mod import;
pub(crate) mod lock;
mod man;
mod plan;
pub mod sandbox;
mod schema;
pub(crate) mod session;
mod status;

use crate::args::Cli;
use crate::args::Command;
use crate::error::CommandError;
use crate::exit::Exit;

/// Runs the command that was asked for.
pub fn run(cli: &Cli) -> Result<Exit, CommandError> {
    let global = &cli.global;
    match &cli.command {
        Command::Check(args) => check::run(global, args),
        Command::Plan(args) => plan::run(global, args),
        Command::Apply(args) => apply::run(global, args),
        Command::Drift(args) => drift::run(global, args),
        Command::Status(args) => status::run(global, args),
        Command::Import(args) => import::run(global, args),
        Command::Destroy(args) => destroy::run(global, args),
        Command::Disown(args) => disown::run(global, args),
        Command::Unlock(args) => lock::unlock(global, args),
        Command::IamPolicy(args) => iam_policy::run(global, args),
        Command::Graph(args) => graph::run(global, args),
        Command::Schema => schema::run(),
        Command::Explain(args) => explain::run(args),
        Command::Fmt(args) => fmt::run(global, args),
        Command::Sandbox(command) => sandbox::run(global, command),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { dir } => man::run(dir.as_deref()),
    }
}
