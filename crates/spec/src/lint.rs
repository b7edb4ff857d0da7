//! Rules that a well-formed spec can break, one file a topic.
//!
//! An error is what AWS refuses, or what loses data or leaves it open. A warning is a risk
//! that somebody wrote down. Where a default could be better the same finding is advice: a
//! spec that says nothing is never warned about.

mod alarms;
mod backup;
mod cluster;
mod credentials;
mod engine;
mod given;
mod guard;
mod keys;
mod monitoring;
mod network;
mod parameters;
mod proxy;
mod replicas;
mod storage;
mod told;

use std::ops::Range;

pub(crate) use guard::accept;
pub(crate) use guard::protected;
pub(crate) use parameters::settle;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::reserved::Name;
use crate::section::Spec;
use crate::spanned::Place;
use crate::spanned::Sp;

/// Everything that is wrong with a spec, or could be better.
pub(crate) fn check(spec: &Spec) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    cluster::check(spec, &mut found);
    engine::check(spec, &mut found);
    network::check(spec, &mut found);
    storage::check(spec, &mut found);
    credentials::check(spec, &mut found);
    backup::check(spec, &mut found);
    parameters::check(spec, &mut found);
    monitoring::check(spec, &mut found);
    replicas::check(spec, &mut found);
    proxy::check(spec, &mut found);
    told::check(spec, &mut found);
    alarms::check(spec, &mut found);
    guard::check(spec, &mut found);
    keys::check(spec, &mut found);
    given::check(spec, &mut found);
    found
}

/// Where a key was written, or the header of what it belongs to.
fn place_or(key: &impl Place, header: Range<usize>) -> Range<usize> {
    key.place().unwrap_or(header)
}

/// A finding that is advice while nobody wrote the key it is about.
fn unless_written(diagnostic: Diagnostic, key: &impl Place) -> Diagnostic {
    match key.place() {
        Some(_) => diagnostic,
        None => diagnostic.severity(Severity::Advice),
    }
}

/// Finds a name that is an SQL key word: RDS refuses some of these and says nowhere which.
fn doubtful(what: &str, name: &Sp<String>, taken: Name, found: &mut Vec<Diagnostic>) {
    if taken != Name::Doubtful {
        return;
    }
    found.push(
        Diagnostic::new("PGHA133", name.span(), format!("`{}` is an SQL key word", **name))
            .label(format!("RDS may refuse it for a {what}"))
            .help("take another name before the first apply; one that exists can stay"),
    );
}

/// Finds a number out of its range.
fn range(
    found: &mut Vec<Diagnostic>,
    name: &str,
    (value, span): (u32, Range<usize>),
    (least, most): (u32, u32),
    unit: &str,
) {
    if (least..=most).contains(&value) {
        return;
    }
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    found.push(
        Diagnostic::new("PGHA120", span, format!("`{name}` is {value}{unit}, out of range"))
            .label(format!("{least} to {most}{unit}"))
            .help(format!("write a value from {least} to {most}")),
    );
}
