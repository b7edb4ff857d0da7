//! The two streams: results on stdout, everything else on stderr, each with its own colour.

use std::io;
use std::io::IsTerminal;
use std::io::Write;

use crate::error::CommandError;

/// The width of texts where nobody looks at a terminal; fixed, so that equal input gives
/// equal bytes.
const PIPED_WIDTH: usize = 100;

/// Writes a result to stdout. Colours in it are dropped where they are not wanted.
pub fn print(text: &str) -> Result<(), CommandError> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

/// Writes bytes to stdout as they are: a drawing, a page, a script.
pub fn print_raw(bytes: &[u8]) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    Ok(stdout.flush()?)
}

/// Writes a remark to stderr. Nobody may be listening, which is no error.
pub fn remark(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// The columns that a text on stdout may take.
pub fn width() -> usize {
    match terminal_size::terminal_size_of(io::stdout()) {
        Some((terminal_size::Width(columns), _)) => usize::from(columns).clamp(60, 160),
        None => PIPED_WIDTH,
    }
}

/// Whether a person sits at the other end of both stdin and stderr.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether progress is drawn or written line by line.
pub fn draws_progress() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
