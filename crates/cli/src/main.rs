//! The binary `pgha`: everything is in the library, so that tests can reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    pgha_cli::run(std::env::args_os())
}
