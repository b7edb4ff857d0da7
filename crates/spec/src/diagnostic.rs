//! What is wrong with a spec, where, and what to type instead.

use std::fmt;
use std::ops::Range;

use crate::catalogue;
use crate::secret::Secrets;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The spec is refused.
    Error,
    /// A risk; the spec is accepted.
    Warning,
    /// What could be better, where nobody wrote it.
    Advice,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        })
    }
}

/// What to put in the place of a part of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The bytes to replace.
    pub span: Range<usize>,
    /// Their replacement; empty to delete them.
    pub replacement: String,
}

/// One finding about a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, `PGHA001`; every code is in [`crate::catalogue`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One line that says what is wrong.
    pub title: String,
    /// The bytes of the text it is about.
    pub span: Range<usize>,
    /// What to say at that place.
    pub label: String,
    /// Other places that matter, with what to say there.
    pub secondary: Vec<(Range<usize>, String)>,
    /// Background.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// What to type instead.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A finding of the catalogue's severity.
    pub(crate) fn new(code: &'static str, span: Range<usize>, title: impl Into<String>) -> Self {
        Self {
            code,
            severity: catalogue::explain(code).map_or(Severity::Error, |entry| entry.severity),
            title: title.into(),
            span,
            label: String::new(),
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn also(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.secondary.push((span, label.into()));
        self
    }

    /// Proposes to type `replacement` in the place of the labelled text.
    pub(crate) fn fix(mut self, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span: self.span.clone(), replacement: replacement.into() });
        self
    }

    /// The same without what the spec has to keep to itself.
    pub(crate) fn masked(mut self, secrets: &Secrets) -> Self {
        let labels = self.secondary.iter_mut().map(|(_, label)| label);
        let texts = [&mut self.title, &mut self.label].into_iter().chain(&mut self.notes);
        for text in texts.chain(labels).chain(&mut self.help) {
            *text = secrets.masked(text);
        }
        // What is masked is nothing to type.
        self.fix = self.fix.filter(|fix| secrets.masked(&fix.replacement) == fix.replacement);
        self
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        let entry = catalogue::explain(self.code);
        debug_assert!(
            entry.is_some_and(|entry| entry.is_given_as(severity)),
            "the catalogue does not say that {} is ever {severity}",
            self.code
        );
        self.severity = severity;
        self
    }
}

/// Why a spec was refused: at least one error, and the warnings found on the way.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}: {}", summary(.diagnostics))]
pub struct SpecErrors {
    /// The file's name as the user gave it.
    pub file: String,
    /// Its text, with the values of password keys blanked out.
    pub text: String,
    /// What was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
    let first = errors.clone().next().map_or("", |d| d.title.as_str());
    match errors.count() {
        0 | 1 => first.to_string(),
        2 => format!("{first} (and 1 more error)"),
        many => format!("{first} (and {} more errors)", many - 1),
    }
}

/// Where the lines of a text begin, for many places in it.
pub(crate) struct Lines {
    length: usize,
    starts: Vec<usize>,
    /// Bytes within characters, which are no columns.
    within: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        let bytes = text.bytes().enumerate();
        let within = bytes.filter(|(_, byte)| byte & 0xc0 == 0x80).map(|(at, _)| at).collect();
        Self { length: text.len(), starts: std::iter::once(0).chain(starts).collect(), within }
    }

    /// As [`position`].
    pub(crate) fn position(&self, offset: usize) -> (u32, u32) {
        let mut offset = offset.min(self.length);
        while self.within.binary_search(&offset).is_ok() {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = |at: usize| self.within.partition_point(|within| *within < at);
        let column = offset - start - (before(offset) - before(start)) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// The line and the column, both from 1, of a byte offset; the column counts characters.
pub fn position(text: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before[start..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(found: &[(&'static str, &str)]) -> SpecErrors {
        let diagnostics = found.iter().map(|(code, title)| Diagnostic::new(code, 0..0, *title));
        SpecErrors {
            file: "f.toml".into(),
            text: String::new(),
            diagnostics: diagnostics.collect(),
        }
    }

    /// PGHA006 is a warning, the others are errors.
    #[test]
    fn a_refusal_is_summed_up_by_its_first_error() {
        let one = errors(&[("PGHA006", "gp2"), ("PGHA001", "iops")]);
        assert_eq!(one.to_string(), "f.toml: iops");
        let two = errors(&[("PGHA001", "iops"), ("PGHA006", "gp2"), ("PGHA100", "syntax")]);
        assert_eq!(two.to_string(), "f.toml: iops (and 1 more error)");
        let three = errors(&[("PGHA001", "a"), ("PGHA001", "b"), ("PGHA001", "c")]);
        assert_eq!(three.to_string(), "f.toml: a (and 2 more errors)");
    }

    #[test]
    fn a_severity_is_called_by_its_name() {
        let names = [Severity::Error, Severity::Warning, Severity::Advice].map(|s| s.to_string());
        assert_eq!(names, ["error", "warning", "advice"]);
    }

    #[test]
    fn positions_count_characters_from_one() {
        let text = "a = 1\nä = \"x\"\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 6), (2, 1));
        assert_eq!(position(text, text.find('"').unwrap()), (2, 5));
        assert_eq!(position(text, 7), (2, 1));
        assert_eq!(position(text, 999), (3, 1));
        for text in [text, "", "\n", "a\n\nb"] {
            for offset in 0..20 {
                assert_eq!(Lines::new(text).position(offset), position(text, offset));
            }
        }
    }
}
