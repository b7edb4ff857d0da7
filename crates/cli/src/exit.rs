//! The exit codes. Only the command line knows them; they are documented in docs/cli.md.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Ok,
    /// The spec is wrong, AWS could not be read, or pgha itself failed.
    Error,
    /// With `--detailed-exitcode`: there are changes or drift. For `fmt --check`: unformatted.
    Changes,
    /// A guard said no: the account, the disruption, a missing confirmation.
    Refused,
    /// An apply stopped part-way or left something that needs a person; a plan whose apply would.
    Partial,
    /// AWS was still working when the wait ended, or all that is left waits.
    TimedOut,
    /// `status`: something is wrong with the cluster.
    Unhealthy,
    /// The command line makes no sense.
    Usage,
    /// Interrupted by the keyboard: 128 + SIGINT.
    Interrupted,
    /// Told to end: 128 + SIGTERM.
    Terminated,
    /// The terminal was closed: 128 + SIGHUP.
    HungUp,
    /// The reader of the output went away: 128 + SIGPIPE.
    Pipe,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Refused => 3,
            Self::Partial => 4,
            Self::TimedOut => 5,
            Self::Unhealthy => 6,
            Self::Usage => 64,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Pipe => 141,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The table for `--help` and the manual page.
pub const HELP: &str = "\
Exit codes:
    0  done; also with changes present, unless --detailed-exitcode is given
    1  error: the spec is wrong, or AWS could not be read or has no such network
    2  changes (plan, drift with --detailed-exitcode) or unformatted (fmt --check)
    3  refused by a guard: wrong account, too disruptive, not confirmed
    4  an apply stopped part-way, or left something that needs a person; a plan
       whose apply would
    5  nothing failed: AWS is still working, or the rest waits for it or for the
       maintenance window; run it again then; a plan whose apply would end so
    6  status: something is wrong with the cluster
   64  the command line makes no sense
  129, 130, 143  hung up, interrupted or terminated, for the second time
  141  the reader of the output went away";
