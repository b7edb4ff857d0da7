//! Every code that pgha gives out, with what it means and how to proceed.

use crate::diagnostic::Severity;

/// What a code means.
#[derive(Debug)]
pub struct Entry {
    /// The code, `PGHA001`.
    pub code: &'static str,
    /// How bad it is. A finding that only says that a default could be better is advice,
    /// whatever the severity of the same words written by the user.
    pub severity: Severity,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What was found.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to proceed.
    pub fix: &'static str,
    /// What to write, as a piece of a spec.
    pub example: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
}

/// The entry of a code.
pub fn explain(code: &str) -> Option<&'static Entry> {
    entries().iter().copied().find(|entry| entry.code == code)
}
/// x
pub fn entries() -> &'static [&'static Entry] {
    &[]
}
