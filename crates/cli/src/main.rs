//! The binary `pgha`: everything is in the library, so that tests can reach it.

use std::process::ExitCode;

/// Before the runtime of Rust, which opens `/dev/null` in the place of a stream that is closed:
/// after that nobody can tell it from one that was meant.
#[cfg(target_os = "linux")]
#[used]
// SAFETY: functions in this section are called once, before `main`, and this one makes a system
// call and stores a flag.
#[unsafe(link_section = ".init_array")]
static BEFORE: extern "C" fn() = pgha_cli::note_closed_stdout;

fn main() -> ExitCode {
    pgha_cli::run(std::env::args_os())
}
