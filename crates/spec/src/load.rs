//! The way from a text to the desired graph, stage by stage.

use pgha_resource::Desired;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::diagnostic::SpecErrors;
use crate::expand;
use crate::limits;
use crate::lint;
use crate::parse;
use crate::secret;
use crate::section::Spec;

/// A spec that was accepted.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What should exist.
    pub desired: Desired,
    /// Warnings and advice, without those that `[guard]` accepts, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What `[guard]` accepts. There is no clock here: who knows the date can tell which
    /// entries have ended.
    pub accepted: Vec<Accepted>,
}

/// A finding that the spec accepts until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The code.
    pub code: String,
    /// Why.
    pub reason: String,
    /// The last day, ISO 8601, which compares as text.
    pub until: String,
    /// Where it is written.
    pub span: std::ops::Range<usize>,
}

/// Reads a spec: `file` is its name in messages and origins, `text` its content.
pub fn load(file: &str, text: &str) -> Result<Loaded, SpecErrors> {
    let mut found = limits::check(text);
    if found.iter().any(|diagnostic| diagnostic.code == "PGHA104") {
        return Err(refuse(file, text, found));
    }
    let parsed = parse::parse(text);
    found.extend(parsed.found);
    let Some(spec) = parsed.spec else { return Err(refuse(file, text, found)) };
    let mut lints = lint::check(&spec);
    lint::settle(text, &mut lints);
    if has_errors(&found) {
        // Refused entries are missing from the spec: what is said of their defaults would be
        // said of something that nobody wrote.
        lints.retain(|diagnostic| diagnostic.severity == Severity::Error);
    } else {
        lint::accept(&spec, &mut lints);
    }
    found.extend(lints);
    if has_errors(&found) {
        return Err(refuse(file, text, found));
    }
    let (desired, clashes) = expand::expand(file, text, &spec);
    found.extend(clashes);
    if has_errors(&found) {
        return Err(refuse(file, text, found));
    }
    lint::protected(&spec, &desired, &mut found);
    found.sort_by_key(|diagnostic| diagnostic.span.start);
    Ok(Loaded { desired, diagnostics: found, accepted: accepted(&spec) })
}

fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// The errors with a text that holds no passwords.
pub(crate) fn refuse(file: &str, text: &str, mut found: Vec<Diagnostic>) -> SpecErrors {
    found.sort_by_key(|diagnostic| diagnostic.span.start);
    SpecErrors { file: file.into(), text: secret::blank_out(text), diagnostics: found }
}

fn accepted(spec: &Spec) -> Vec<Accepted> {
    let allow = spec.guard.iter().flat_map(|guard| &guard.allow);
    allow
        .map(|allow| Accepted {
            code: allow.lint.to_string(),
            reason: allow.reason.to_string(),
            until: allow.until.to_string(),
            span: allow.lint.span(),
        })
        .collect()
}
