//! What went wrong, as the command line says it: a message, and hints on what to do.

use std::fmt::Write as _;
use std::io;

use crate::exit::Exit;
use crate::render::style;
use crate::render::table;

/// Why a command did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    /// The exit code that it ends with.
    pub exit: Exit,
    /// What was found in a spec, drawn, to be shown first.
    pub findings: String,
    /// One sentence, in lower case and without a final stop; empty to say nothing.
    pub message: String,
    /// What to do about it, a line each.
    pub hints: Vec<String>,
}

impl CommandError {
    /// An error of the usual kind.
    pub fn failed(message: impl Into<String>) -> Self {
        let (findings, hints) = (String::new(), Vec::new());
        Self { exit: Exit::Error, findings, message: message.into(), hints }
    }

    /// A guard said no.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, ..Self::failed(message) }
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The text for stderr, where nobody looks at a terminal.
    pub fn render(&self) -> String {
        self.within(None)
    }

    /// The text for a terminal of so many columns, if it is one.
    pub fn within(&self, width: Option<usize>) -> String {
        let mut text = self.findings.clone();
        if !self.message.is_empty() {
            let message = table::hanging(&self.message, "error: ".len(), width);
            let _ = writeln!(text, "{} {message}", style::paint(style::ERROR, "error:"));
        }
        for hint in &self.hints {
            let hint = table::hanging(hint, "  hint: ".len(), width);
            let _ = writeln!(text, "  {} {hint}", style::paint(style::HINT, "hint:"));
        }
        text
    }
}

impl From<io::Error> for CommandError {
    /// For writing to stdout; a reader that went away is no reason to complain.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { exit: Exit::Pipe, ..Self::failed("") },
            _ => Self::failed(format!("cannot write the output: {error}")),
        }
    }
}

/// An error followed by its sources, colon by colon.
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
