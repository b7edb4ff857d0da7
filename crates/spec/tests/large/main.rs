//! A spec of thousands of entries is read in a time that grows with it, not with its square, and
//! what is wrong with each of them is shown as often as anyone reads.

mod entries;

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::load;

use crate::entries::{SOUND, text};

/// What is wrong with each of the entries, with the code.
const WRONG: [(&str, &str); 4] = [
    ("unknown sources", "PGHA107"),
    ("one address", "PGHA106"),
    ("one alarm", "PGHA106"),
    ("alarms on nothing", "PGHA107"),
];

fn found(kind: &str, count: usize) -> Vec<Diagnostic> {
    match load("t.toml", &text(kind, count)) {
        Ok(loaded) => loaded.diagnostics,
        Err(errors) => errors.diagnostics,
    }
}

/// Notes that say how many findings are left out.
fn left_out(found: &[Diagnostic]) -> Vec<&str> {
    let notes = found.iter().flat_map(|finding| &finding.notes);
    notes.map(String::as_str).filter(|note| note.ends_with("are not shown")).collect()
}

#[test]
fn the_same_mistake_a_thousand_times_is_shown_a_few_times() {
    for (kind, code) in WRONG {
        let found = found(kind, 1000);
        let shown = found.iter().filter(|finding| finding.code == code).count();
        assert_eq!(shown, 50, "{kind}");
        let notes = left_out(&found);
        // Of what is there twice, the first is right.
        let all = if code == "PGHA106" { 999 } else { 1000 };
        assert_eq!(notes, [format!("{} more of {code} are not shown", all - 50)], "{kind}");
    }
}

#[test]
fn a_chain_of_a_thousand_replicas_is_one_mistake() {
    let found = found("a chain", 1000);
    let errors: Vec<_> = found.iter().filter(|f| f.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert_eq!(errors[0].title, "the chain of replicas is 1000 levels deep");
}

#[test]
fn a_circle_of_a_thousand_replicas_is_one_mistake() {
    let found = found("a circle", 1000);
    let errors: Vec<_> = found.iter().filter(|f| f.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].title.contains("`r49` and 950 more"), "{}", errors[0].title);
}

#[test]
fn of_a_thousand_entries_no_code_is_shown_a_thousand_times() {
    for kind in SOUND {
        let found = found(kind, 1000);
        for finding in &found {
            let alike = found.iter().filter(|other| other.code == finding.code).count();
            assert!(alike <= 50, "{kind}: {} {alike} times", finding.code);
        }
    }
}
