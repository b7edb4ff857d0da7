//! `[guard]`: accepted findings and protected addresses.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Desired;

use crate::catalogue;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::section::Spec;
use crate::section::guard::Allow;
use crate::spanned::Sp;

/// Errors that are a policy of ours, not a refusal of AWS's: they can be accepted.
const POLICIES: [&str; 4] = ["PGHA056", "PGHA058", "PGHA060", "PGHA064"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(guard) = &spec.guard else { return };
    for address in guard.protected.iter().flat_map(|list| list.iter()) {
        if let Err(error) = address.parse::<Address>() {
            found.push(
                Diagnostic::new("PGHA103", address.span(), error.to_string())
                    .label("not an address"),
            );
        }
    }
    for allow in &guard.allow {
        entry(allow, found);
    }
}

fn entry(allow: &Allow, found: &mut Vec<Diagnostic>) {
    let lint = &allow.lint;
    match catalogue::explain(lint) {
        None => found.push(
            Diagnostic::new("PGHA107", lint.span(), format!("there is no finding `{}`", **lint))
                .label("unknown code")
                .help("write a code such as \"PGHA014\"; `pgha explain` lists them"),
        ),
        Some(known) if known.severity == Severity::Error && !POLICIES.contains(&known.code) => {
            found.push(
                Diagnostic::new(
                    "PGHA122",
                    lint.span(),
                    format!("{} cannot be accepted", known.code),
                )
                .label("AWS refuses it, or pgha cannot read it")
                .help("mend what it is about"),
            )
        }
        Some(_) => {}
    }
    if allow.reason.trim().is_empty() {
        found.push(
            Diagnostic::new("PGHA103", allow.reason.span(), "a finding is accepted for a reason")
                .label("empty")
                .help("say why, for those who read this next year"),
        );
    }
    if !is_date(&allow.until) {
        found.push(
            Diagnostic::new(
                "PGHA103",
                allow.until.span(),
                format!("`{}` is not a day", *allow.until),
            )
            .label("year-month-day")
            .help("write a text such as \"2027-01-31\""),
        );
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number =
        |part: &str, digits: usize| part.parse::<u32>().ok().filter(|_| part.len() == digits);
    match parts.as_slice() {
        [year, month, day] => {
            let last = |month: u32, year: u32| match month {
                4 | 6 | 9 | 11 => 30,
                2 if is_leap(year) => 29,
                2 => 28,
                _ => 31,
            };
            let parsed = number(year, 4).zip(number(month, 2)).zip(number(day, 2));
            parsed.is_some_and(|((year, month), day)| {
                (1..=12).contains(&month) && (1..=last(month, year)).contains(&day)
            })
        }
        _ => false,
    }
}

/// Takes out the findings that the spec accepts, and finds acceptances of nothing.
pub(crate) fn accept(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(guard) = &spec.guard else { return };
    let mut used: BTreeMap<&str, (&Sp<Allow>, bool)> = BTreeMap::new();
    let codes: BTreeSet<&str> = found.iter().map(|diagnostic| diagnostic.code).collect();
    for allow in guard.allow.iter().filter(|allow| can_accept(&allow.lint)) {
        let hit = codes.contains(allow.lint.as_str());
        used.insert(&allow.lint, (allow, hit));
    }
    found.retain(|diagnostic| !used.contains_key(diagnostic.code));
    for (allow, _) in used.into_values().filter(|(_, hit)| !hit) {
        found.push(
            Diagnostic::new(
                "PGHA114",
                allow.lint.span(),
                format!("there is no {} to accept", *allow.lint),
            )
            .label("has no effect any more")
            .help("delete this entry"),
        );
    }
}

fn can_accept(code: &str) -> bool {
    catalogue::explain(code)
        .is_some_and(|entry| entry.severity != Severity::Error || POLICIES.contains(&entry.code))
}

/// Finds protected addresses that are none of this cluster's.
pub(crate) fn protected(spec: &Spec, desired: &Desired, found: &mut Vec<Diagnostic>) {
    let list = spec.guard.as_ref().and_then(|guard| guard.protected.as_ref());
    for written in list.iter().flat_map(|list| list.iter()) {
        let Ok(address) = written.parse::<Address>() else { continue };
        if !desired.resources.contains_key(&address) {
            found.push(
                Diagnostic::new(
                    "PGHA132",
                    written.span(),
                    format!("`{address}` is not in this spec"),
                )
                .label("protects nothing that the spec describes")
                .help("fine if it is what is left of an older spec; otherwise correct the address"),
            );
        }
    }
}
