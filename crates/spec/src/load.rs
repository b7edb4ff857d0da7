//! The way from a text to the desired graph, stage by stage.

use pgha_resource::Desired;

use crate::capped;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::diagnostic::SpecErrors;
use crate::doubt;
use crate::expand;
use crate::language;
use crate::limits;
use crate::lint;
use crate::parse;
use crate::secret;
use crate::secret::Secrets;
use crate::section::Spec;
use crate::texts;

/// A spec that was accepted.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What should exist.
    pub desired: Desired,
    /// The spec's text as it may be shown: what only those who write it may know is blanked out.
    pub text: String,
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
    if let Some(other) = language::other(text) {
        return Err(refuse(file, text, vec![other]));
    }
    let read = parse::read(text);
    let parsed = parse::parse(text, &read);
    found.extend(parsed.found);
    let spec = parsed.document.as_ref().and_then(|document| document.read().ok());
    let (Some(document), Some(spec)) = (&parsed.document, spec) else {
        return Err(refuse(file, text, found));
    };
    let (in_texts, keys): (Vec<_>, Vec<_>) = texts::check(document).into_iter().unzip();
    found.extend(in_texts);
    let broken = [parsed.broken, keys].concat();
    let (desired, of_graph) = graph(file, text, &spec);
    let again = |spec: &Spec| without_accepted(spec, rules(text, spec));
    let all_again = |spec: &Spec| {
        without_accepted(spec, [rules(text, spec), graph(file, text, spec).1].concat())
    };
    // The graph is large: it is made again only where something was found in it.
    let again: &doubt::Rules<'_> = if of_graph.is_empty() { &again } else { &all_again };
    let said = without_accepted(&spec, [rules(text, &spec), of_graph].concat());
    found.extend(doubt::certain(document, said, &broken, again));
    if has_errors(&found) {
        return Err(refuse(file, text, found));
    }
    let shown = masked(text, found);
    let text = secret::blank_out(text);
    Ok(Loaded { desired, text, diagnostics: shown, accepted: accepted(&spec) })
}

/// What the rules say of a spec.
fn rules(text: &str, spec: &Spec) -> Vec<Diagnostic> {
    let mut found = lint::check(spec);
    lint::settle(text, &mut found);
    found
}

/// What is found of a spec, of its graph too, without what it accepts.
fn without_accepted(spec: &Spec, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    lint::accept(spec, &mut found);
    found
}

/// The graph of a spec, and what only the graph can be asked.
fn graph(file: &str, text: &str, spec: &Spec) -> (Desired, Vec<Diagnostic>) {
    let (desired, mut found) = expand::expand(file, text, spec);
    lint::protected(spec, &desired, &mut found);
    (desired, found)
}

fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// The errors with a text that holds no passwords.
pub(crate) fn refuse(file: &str, text: &str, found: Vec<Diagnostic>) -> SpecErrors {
    SpecErrors {
        file: file.into(),
        text: secret::blank_out(text),
        diagnostics: masked(text, found),
    }
}

/// Findings as they leave this crate.
fn masked(text: &str, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let secrets = Secrets::of(text);
    capped::cap(found).into_iter().map(|found| found.masked(&secrets)).collect()
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
