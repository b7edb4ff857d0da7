//! Names of parameters: in any case, once each, and those that RDS has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use pgha_resource::parameter::known;

use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::Written;
use crate::spanned::Sp;

use super::dotted::apply_method;
use super::versions;

/// RDS keeps names in lower case, so that `TimeZone` and `timezone` are the same parameter.
pub(super) fn twice(table: &Parameters, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &Sp<String>> = BTreeMap::new();
    for name in table.keys() {
        let Some(first) = seen.insert(name.to_ascii_lowercase(), name) else { continue };
        let title = format!("`{}` is there twice", name.to_ascii_lowercase());
        found.push(
            Diagnostic::new("PGHA106", name.span(), title)
                .label("RDS keeps names in lower case")
                .also(first.span(), "the same parameter")
                .help("delete one of them"),
        );
    }
}

/// Finds names that nobody may set, and those that RDS may not have; whether there is anything
/// to say about the value.
pub(super) fn check(
    spec: &Spec,
    name: &Sp<String>,
    value: &Sp<Written>,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower == "apply_method" {
        found.push(apply_method(value.span(), "delete this line"));
        return false;
    }
    if !is_name(&lower) {
        found.push(no_name(name, &lower));
        return false;
    }
    if known::FIXED.binary_search(&lower.as_str()).is_ok() {
        found.push(
            Diagnostic::new("PGHA021", name.span(), format!("RDS sets `{}` itself", **name))
                .label("cannot be changed")
                .help("delete this line"),
        );
        return false;
    }
    if !versions::check(spec, name, &lower, found) {
        return false;
    }
    if known::takes(&lower).is_none() {
        unknown(spec, name, &lower, found);
    }
    true
}

/// Whether PostgreSQL reads a name: letters, digits, `_` and `$`, no digit first, with one dot
/// between an extension and its parameter
/// (<https://www.postgresql.org/docs/current/config-setting.html>,
/// <https://www.postgresql.org/docs/current/runtime-config-custom.html>).
fn is_name(name: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
    };
    match name.split_once('.') {
        Some((extension, parameter)) => word(extension) && word(parameter),
        None => word(name),
    }
}

fn no_name(name: &Sp<String>, lower: &str) -> Diagnostic {
    let title = format!("`{}` is not the name of a parameter", **name);
    let diagnostic = Diagnostic::new("PGHA141", name.span(), title).label("RDS has no such name");
    let tidy = lower.trim().replace([' ', '-'], "_");
    match known::takes(&tidy).map(|_| tidy.as_str()).or_else(|| closest(&tidy)) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(quoted(close)),
        None => diagnostic.help("use letters, digits and `_`, a letter first, and one dot at most"),
    }
}

/// A name as a key of TOML.
fn quoted(name: &str) -> String {
    if name.contains('.') { format!("\"{name}\"") } else { name.into() }
}

fn unknown(spec: &Spec, name: &Sp<String>, lower: &str, found: &mut Vec<Diagnostic>) {
    let close = closest(lower);
    let extension = lower
        .split_once('.')
        .is_some_and(|(first, _)| known::EXTENSIONS.binary_search(&first).is_ok());
    // Extensions have more parameters than the table.
    if close.is_none() && extension {
        return;
    }
    let diagnostic =
        Diagnostic::new("PGHA126", name.span(), format!("there may be no parameter `{}`", **name))
            .label("unknown to this pgha");
    found.push(match close {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(quoted(close)),
        None => diagnostic.help(format!(
            "RDS refuses names that it does not have: `aws rds describe-engine-default-parameters --db-parameter-group-family postgres{}` lists them",
            spec.major()
        )),
    });
}

/// The known name that a mistyped one is closest to: a letter or two away, in names long
/// enough to tell.
fn closest(name: &str) -> Option<&'static str> {
    let most = match name.len() {
        0..=4 => 0,
        5..=7 => 1,
        _ => 2,
    };
    let own = letters(name);
    let near = KNOWN.iter().filter(|(known, letters)| {
        // Each letter more or less is one of the letters that differ.
        known.len().abs_diff(name.len()) <= most && differences(&own, letters) <= 2 * most
    });
    let near = near.map(|(known, _)| (strsim::osa_distance(name, known), *known));
    near.filter(|(distance, _)| *distance <= most).min().map(|(_, known)| known)
}

/// How often each letter is in a name.
type Letters = [u8; 32];

/// The known names with their letters, which rule most of them out before they are compared.
static KNOWN: LazyLock<Vec<(&str, Letters)>> =
    LazyLock::new(|| known::names().map(|name| (name, letters(name))).collect());

fn letters(name: &str) -> Letters {
    let mut letters = Letters::default();
    for byte in name.bytes() {
        let count = &mut letters[usize::from(byte % 32)];
        *count = count.saturating_add(1);
    }
    letters
}

/// By how many letters two names differ, in whatever order: a letter put in the place of another
/// makes two.
fn differences(one: &Letters, other: &Letters) -> usize {
    one.iter().zip(other).map(|(one, other)| usize::from(one.abs_diff(*other))).sum()
}
