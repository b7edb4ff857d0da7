//! Findings by the thousand: the first of each code say it, and how many more there are is said
//! with the last of them.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;

/// More findings of one code than anyone reads.
pub(crate) const MOST: usize = 50;

/// The findings in the order of the text, of each code and severity [`MOST`] at most.
pub(crate) fn cap(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by_key(|diagnostic| diagnostic.span.start);
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    let kind = |diagnostic: &Diagnostic| (diagnostic.code, diagnostic.severity);
    let numbers: Vec<usize> = found
        .iter()
        .map(|diagnostic| {
            let count = counts.entry(kind(diagnostic)).or_default();
            *count += 1;
            *count
        })
        .collect();
    let shown = found.into_iter().zip(numbers).filter(|(_, number)| *number <= MOST);
    shown
        .map(|(diagnostic, number)| {
            let all = counts.get(&kind(&diagnostic)).copied().unwrap_or_default();
            match all - MOST.min(all) {
                more if more > 0 && number == MOST => {
                    let note = format!("{more} more of {} are not shown", diagnostic.code);
                    diagnostic.note(note)
                }
                _ => diagnostic,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

    fn found(code: &'static str, count: usize) -> impl Iterator<Item = Diagnostic> {
        (0..count).map(move |at| Diagnostic::new(code, at..at + 1, at.to_string()))
    }

    #[test]
    fn the_first_of_a_code_are_shown_and_the_last_counts_the_others() {
        let shown = cap(found("PGHA106", MOST + 3).chain(found("PGHA107", MOST)).collect());
        let of = |code: &str| shown.iter().filter(|d| d.code == code).collect::<Vec<_>>();
        let (many, all) = (of("PGHA106"), of("PGHA107"));
        assert_eq!((many.len(), all.len()), (MOST, MOST));
        let noted: Vec<_> = shown.iter().filter(|d| !d.notes.is_empty()).collect();
        assert_eq!(noted.len(), 1);
        assert_eq!(noted[0].notes, ["3 more of PGHA106 are not shown"]);
        assert_eq!(noted[0].title, (MOST - 1).to_string());
    }

    /// A thousand warnings hide no error that comes behind them.
    #[test]
    fn an_error_is_shown_behind_warnings_of_its_code() {
        let warnings = found("PGHA028", MOST + 1).map(|d| d.severity(Severity::Warning));
        let shown = cap(warnings.chain([Diagnostic::new("PGHA028", 999..1000, "worse")]).collect());
        assert!(shown.iter().any(|d| d.severity == Severity::Error && d.title == "worse"));
    }
}
