//! Every code that pgha gives out, with what it means and how to proceed.

mod engine;
mod language;
mod network;
mod observability;
mod replicas;
mod storage;

use std::fmt::Write;
use std::sync::LazyLock;

use crate::diagnostic::Severity;

/// What a code means.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The code, `PGHA001`.
    pub code: &'static str,
    /// How bad it is; some are milder in some cases, see [`Entry::milder`].
    pub severity: Severity,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What was found.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to proceed.
    pub fix: &'static str,
    /// What to write, as a piece of a spec; empty where nothing is to be written.
    pub example: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
}

/// Findings that are milder in some cases, and when.
const MILDER: [(&str, Severity, &str); 6] = [
    ("PGHA028", Severity::Warning, "where only the live database shows what a formula comes to"),
    ("PGHA063", Severity::Advice, "where nobody wrote the key"),
    ("PGHA064", Severity::Warning, "of a replica"),
    ("PGHA136", Severity::Advice, "of a minor version that may be newer than this pgha"),
    ("PGHA146", Severity::Warning, "where the database starts, but lets nobody in"),
    ("PGHA156", Severity::Advice, "of one replica that is meant"),
];

impl Entry {
    /// The severity that it has in some cases, and in which.
    pub fn milder(&self) -> Option<(Severity, &'static str)> {
        let of = MILDER.iter().find(|(code, ..)| *code == self.code);
        of.map(|(_, severity, when)| (*severity, *when))
    }

    /// Whether it is ever given at a severity.
    pub fn is_given_as(&self, severity: Severity) -> bool {
        severity == self.severity || self.milder().is_some_and(|(milder, _)| milder == severity)
    }

    /// Its severities in words: `warning, or advice where nobody wrote the key`.
    pub fn severities(&self) -> String {
        match self.milder() {
            Some((milder, when)) => format!("{}, or {milder} {when}", self.severity),
            None => self.severity.to_string(),
        }
    }
}

static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let topics = [
        storage::ENTRIES,
        engine::ENTRIES,
        replicas::ENTRIES,
        network::ENTRIES,
        observability::ENTRIES,
        language::ENTRIES,
    ];
    let mut all = topics.concat();
    all.sort_by_key(|entry| entry.code);
    all
});

/// The entry of a code; upper and lower case are the same.
pub fn explain(code: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

/// Every entry, in the order of the codes.
pub fn entries() -> &'static [Entry] {
    &ALL
}

/// The text of `docs/lints.md`.
pub fn catalogue_markdown() -> String {
    let mut text = String::from(INTRODUCTION);
    for entry in entries() {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n{}", section(entry));
    }
    text
}

const INTRODUCTION: &str = "# Findings

What `pgha` has to say about a spec, by code. An error is what AWS refuses, or what loses
data or leaves it open. A warning is a risk that somebody wrote down. Advice says what a default
leaves to be wished for. Warnings and advice can be accepted in `[guard]`, with
a reason and a last day:

```toml
[guard]
allow = [{ lint = \"PGHA014\", reason = \"a test database\", until = \"2027-01-31\" }]
```

This file is generated from the catalogue in `pgha-spec`.
";

fn section(entry: &Entry) -> String {
    let Entry { code, severity: _, title, what, why, fix, example, source } = entry;
    let severities = entry.severities();
    let example = match example.is_empty() {
        true => String::new(),
        false => format!("\n```toml\n{example}\n```\n"),
    };
    format!(
        "## {code}: {title}\n\n*{severities}* · {what} {why}\n\n{fix}\n{example}\nSource: {source}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_entries_say_everything() {
        let all = entries();
        assert!(all.is_sorted_by(|one, other| one.code < other.code));
        for entry in all {
            for text in [entry.title, entry.what, entry.why, entry.fix, entry.source] {
                assert!(!text.is_empty(), "{} is incomplete", entry.code);
            }
        }
        for entry in all {
            let is_open = entry.source.contains("<https://") || entry.source.contains("docs/");
            assert!(is_open, "nobody can open the source of {}", entry.code);
        }
        for (code, milder, _) in MILDER {
            assert!(explain(code).is_some_and(|entry| entry.severity < milder), "{code}");
        }
        assert_eq!(explain("pgha001").map(|entry| entry.code), Some("PGHA001"));
        assert!(explain("PGHA999").is_none());
    }
}
