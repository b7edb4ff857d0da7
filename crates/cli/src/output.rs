//! The two streams: results on stdout, everything else on stderr, each with its own colour.
//!
//! Descriptions, tags, and words of AWS come from people who may not be the one at the
//! terminal: only colours of ours steer it.

use std::borrow::Cow;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::CommandError;
use pgha_resource::endpoint::masked;

/// The width of texts where nobody looks at a terminal; fixed, so that equal input gives
/// equal bytes.
const PIPED_WIDTH: usize = 100;

/// Whether stdout was closed when the process began (`pgha plan >&-`).
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Takes note of a stdout that is closed, so that no result is lost in silence. To be called before
/// `main`.
pub extern "C" fn note_closed_stdout() {
    // SAFETY: the call takes a number and touches no memory.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
    IS_CLOSED.store(flags == -1, Ordering::Relaxed);
}

fn check_open() -> io::Result<()> {
    match IS_CLOSED.load(Ordering::Relaxed) {
        true => Err(io::Error::other("stdout is closed")),
        false => Ok(()),
    }
}

/// Writes a result to stdout. Colours in it are dropped where they are not wanted, and
/// credentials in URLs are masked.
pub fn print(text: &str) -> Result<(), CommandError> {
    check_open()?;
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(harmless(&masked(text)).as_bytes())?;
    Ok(stdout.flush()?)
}

/// Writes bytes to stdout as they are: a drawing, a page, a script.
pub fn print_raw(bytes: &[u8]) -> Result<(), CommandError> {
    check_open()?;
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    Ok(stdout.flush()?)
}

/// Writes a remark to stderr. Nobody may be listening, which is no error.
pub fn remark(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(harmless(&masked(text)).as_bytes());
    let _ = stderr.flush();
}

/// The text with what could steer a terminal or turn words around written as `\u001b`, which
/// JSON reads as what it was.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return text.into();
    }
    let mut harmless = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let ours = colour(rest).or(rest.starts_with("\r\n").then_some(2));
        let (found, after) = rest.split_at(ours.unwrap_or(character.len_utf8()));
        match ours.is_none() && steers(character) {
            true => harmless += &format!("\\u{:04x}", u32::from(character)),
            false => harmless += found,
        }
        rest = after;
    }
    harmless.into()
}

/// Control characters other than those of plain text, and those that change the direction of
/// what follows (Unicode, Bidi_Control).
fn steers(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || character.is_control() && !matches!(character, '\n' | '\t')
}

/// The length of a colour, a weight or a reset at the beginning: what `style` and
/// annotate-snippets write. Hidden text is not among them.
fn colour(text: &str) -> Option<usize> {
    let number = text.strip_prefix("\x1b[")?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let known = matches!(number[..digits].parse(), Ok(0..=2_u8 | 31..=36 | 91..=96));
    (known && number[digits..].starts_with('m')).then_some(2 + digits + 1)
}

/// The columns that a text on stdout may take.
pub fn width() -> usize {
    width_of(io::stdout()).unwrap_or(PIPED_WIDTH)
}

/// The columns of the terminal that results go to, if they go to one.
pub fn terminal_width() -> Option<usize> {
    width_of(io::stdout())
}

/// The columns of the terminal that remarks go to, if they go to one.
pub fn remark_width() -> Option<usize> {
    width_of(io::stderr())
}

/// A terminal that does not know its size, as one in an editor or a serial line, has the columns
/// that the environment says.
fn width_of(stream: impl IsTerminal + AsFd) -> Option<usize> {
    let said = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    let columns = match terminal_size::terminal_size_of(&stream) {
        Some((terminal_size::Width(columns), _)) => Some(usize::from(columns)),
        None if stream.is_terminal() => said(),
        None => None,
    };
    columns.map(|columns| columns.clamp(60, 160))
}

/// Whether somebody looks at what goes to stdout.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person sits at the other end of both stdin and stderr.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether progress is drawn or written line by line.
pub fn draws_progress() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style;

    #[track_caller]
    fn check(text: &str, written: &str) {
        assert_eq!(harmless(text), written);
    }

    #[test]
    fn what_others_say_does_not_steer_the_terminal() {
        check("\u{1b}[8mhidden", "\\u001b[8mhidden");
        check("\u{1b}]52;c;eA==\u{7}", "\\u001b]52;c;eA==\\u0007");
        check("gone\rdone\u{9b}2J", "gone\\u000ddone\\u009b2J");
        check("\u{202e}txt.lmot", "\\u202etxt.lmot");
        check("\u{1b}[", "\\u001b[");
        check("\u{1b}[999m\u{1b}[31;8m", "\\u001b[999m\\u001b[31;8m");
    }

    #[test]
    fn plain_text_and_our_colours_stay() {
        for style in [style::ADD, style::DIM, style::ERROR, style::HINT, style::PLAIN] {
            let text = style::paint(style, "é\t🦀\r\n");
            check(&text, &text);
        }
    }
}
