//! The spec as a command gets it: read, checked and expanded.

use std::io;
use std::io::Read;
use std::path::Path;

use pgha_resource::Desired;
use pgha_spec::Accepted;
use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::SpecErrors;

use crate::error::CommandError;
use crate::kept;
use crate::output;
use crate::render::diagnostic;
use crate::render::diagnostic::Source;

/// A spec without errors.
pub struct Cluster {
    /// Its file's name as the user gave it.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The same as it may be shown: what only those who write it may know is in stars.
    pub shown: String,
    /// What it describes.
    pub desired: Desired,
    /// Warnings and remarks about it.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings that it accepts until a day.
    pub accepted: Vec<Accepted>,
}

impl Cluster {
    /// The text under its file name.
    pub fn source(&self) -> Source<'_> {
        Source { file: &self.file, text: &self.shown }
    }
}

/// The name of a spec that came from stdin.
const STDIN: &str = "<stdin>";

/// Reads a spec's text and the name to call it by.
pub fn read(file: &str) -> Result<(String, String), CommandError> {
    let (name, bytes) = match file {
        "-" => (STDIN, bounded(io::stdin().lock())),
        file => (file, kept::open(Path::new(file)).and_then(bounded)),
    };
    let bytes = bytes.map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 == MOST {
        return Err(CommandError::failed(format!("{name} has more than 1 MiB, which no spec has"))
            .hint("check that this is the file you mean; one cluster is one `cluster.toml`"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        CommandError::failed(format!("{name} is no text: byte {at} is not UTF-8"))
    })?;
    Ok((name.to_string(), text))
}

/// The longest text that is read, a byte more than what is taken for a spec.
const MOST: u64 = 1024 * 1024 + 1;

/// Reads no more than is looked at: a file may be of any size, and a device has no end.
fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(file: &str, error: &io::Error) -> CommandError {
    let unread = || CommandError::failed(format!("cannot read {file}: {error}"));
    match error.kind() {
        io::ErrorKind::NotFound => {}
        // What is refused here and not by the system: a pipe.
        io::ErrorKind::Other => return unread().hint("`--file -` reads from stdin"),
        _ => return unread(),
    }
    CommandError::failed(format!("there is no {file} here"))
        .hint("name the spec with `-f FILE`, or set PGHA_FILE")
        .hint(format!(
            "to start one, write the following to {file} and run `pgha check`:\n\n{}",
            START.trim_end()
        ))
}

/// The smallest spec of which nothing is to be said.
const START: &str = include_str!("../../../specs/minimal.toml");

/// Reads, checks and expands the spec.
pub fn load(file: &str) -> Result<Result<Cluster, SpecErrors>, CommandError> {
    let (file, text) = read(file)?;
    Ok(check(file, text))
}

fn check(file: String, text: String) -> Result<Cluster, SpecErrors> {
    pgha_spec::load(&file, &text).map(|loaded| Cluster {
        file,
        text,
        shown: loaded.text,
        desired: loaded.desired,
        diagnostics: loaded.diagnostics,
        accepted: loaded.accepted,
    })
}

/// Checks and expands a spec that is at hand already; the error draws what is wrong with it.
pub fn from_text(file: String, text: String) -> Result<Cluster, CommandError> {
    check(file, text).map_err(|errors| explained(&errors))
}

/// Reads, checks and expands the spec; the error draws what is wrong with it.
pub fn load_or_explain(file: &str) -> Result<Cluster, CommandError> {
    load(file)?.map_err(|errors| explained(&errors))
}

/// A spec with errors, each drawn in full.
pub fn explained(errors: &SpecErrors) -> CommandError {
    let source = Source { file: &errors.file, text: &errors.text };
    let findings = diagnostic::render(source, &errors.diagnostics, output::remark_width());
    CommandError { findings, ..refused(errors) }
}

/// The last line about a spec with errors.
pub fn refused(errors: &SpecErrors) -> CommandError {
    let tally = diagnostic::tally(&errors.diagnostics);
    let error = CommandError::failed(format!("{} is not valid: {tally}", errors.file));
    let mut found = errors.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    match found.next().map(|found| found.code) {
        Some(code) => error.hint(format!("`pgha explain {code}` says more")),
        None => error,
    }
}
