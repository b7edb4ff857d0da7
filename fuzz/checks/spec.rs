//! What `pgha_spec::load` promises for every text there is. The fuzz target and the property
//! tests of `pgha-spec` share it.

use std::ops::Range;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::explain;
use pgha_spec::load;
use pgha_spec::position;

/// Any text is loaded or refused without a panic. Each finding points into the text and is in
/// the catalogue, and what it proposes to type can be typed. An accepted spec has no errors
/// and is consistent; a refused one has at least one.
pub fn check(text: &str) {
    match load("t.toml", text) {
        Ok(loaded) => {
            let errors = loaded.diagnostics.iter().filter(|found| is_error(found)).count();
            assert_eq!(errors, 0, "accepted with errors");
            check_findings(text, &loaded.diagnostics);
            for accepted in &loaded.accepted {
                check_span(text, &accepted.span);
            }
            check_desired(text, &loaded.desired);
        }
        Err(refused) => {
            assert!(refused.diagnostics.iter().any(is_error), "refused without an error");
            // Passwords are blanked out byte for byte, or no span would fit.
            assert_eq!(refused.text.len(), text.len());
            check_findings(&refused.text, &refused.diagnostics);
            check_findings(text, &refused.diagnostics);
            assert!(!refused.to_string().is_empty());
        }
    }
    if let Some(entry) = explain(text) {
        assert!(entry.code.eq_ignore_ascii_case(text));
    }
}

fn is_error(found: &Diagnostic) -> bool {
    found.severity == Severity::Error
}

fn check_findings(text: &str, found: &[Diagnostic]) {
    assert!(found.is_sorted_by_key(|diagnostic| diagnostic.span.start));
    for diagnostic in found {
        let Diagnostic { code, severity, title, span, secondary, fix, .. } = diagnostic;
        let entry = explain(code).unwrap_or_else(|| panic!("{code} is not in the catalogue"));
        assert!(entry.is_given_as(*severity), "the catalogue does not call {code} {severity}");
        assert!(!title.is_empty(), "{code} says nothing");
        check_span(text, span);
        secondary.iter().for_each(|(span, _)| check_span(text, span));
        if let Some(fix) = fix {
            check_span(text, &fix.span);
            let mut fixed = text.to_string();
            fixed.replace_range(fix.span.clone(), &fix.replacement);
            // Whether it is sound now is not promised.
            let _ = load("t.toml", &fixed);
        }
    }
}

#[track_caller]
fn check_span(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "{span:?} is no part of the text");
    let (line, column) = position(text, span.start);
    check_place(text, line, column);
}

#[track_caller]
fn check_place(text: &str, line: u32, column: u32) {
    let words = text.split('\n').nth(line as usize - 1);
    let words = words.unwrap_or_else(|| panic!("there is no line {line}"));
    assert!(column as usize <= words.chars().count() + 1, "line {line} has no column {column}");
}

/// Every address is its resource's, survives printing and parsing, and names only addresses
/// that are there too; every origin is a place in the text.
fn check_desired(text: &str, desired: &Desired) {
    let regions = desired.regions();
    let known = |address: &Address, by: &Address| {
        assert!(desired.resources.contains_key(address), "{by} needs {address}, which is nowhere");
    };
    for (address, wanted) in &desired.resources {
        assert_eq!(address.kind, wanted.resource.kind());
        assert_eq!(address.to_string().parse().as_ref(), Ok(address));
        assert!(regions.contains(desired.scope.region_of(address)));
        wanted.resource.addresses().iter().for_each(|other| known(other, address));
        wanted.after.iter().for_each(|other| known(other, address));
        let fields = wanted.resource.field_names();
        for (field, origin) in &wanted.origins {
            // Behind a dot is an entry of a field that is a map; tags have lines as well.
            let name = field.split('.').next().unwrap_or_default();
            assert!(name == "tags" || fields.contains(&name), "{address} has no field `{field}`");
            check_place(text, origin.line, origin.column);
        }
        check_place(text, wanted.origin.line, wanted.origin.column);
    }
    for network in desired.networks.values() {
        check_place(text, network.origin.line, network.origin.column);
    }
}
