//! Findings about a spec, drawn the way rustc draws them, or in one line each.

use std::ops::Range;

use annotate_snippets::Annotation;
use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Patch;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;
use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::position;

use crate::render::style;
use crate::render::table;
use crate::render::words;

/// A spec's text under its file name.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name as the user gave it.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// All findings in full, worst first, each with its lines of the spec; what is said of them wraps
/// at the width of a terminal, if it goes to one.
pub fn render(source: Source, diagnostics: &[Diagnostic], width: Option<usize>) -> String {
    let wrapped: Vec<Diagnostic> =
        diagnostics.iter().map(|found| wrapped(found.clone(), width)).collect();
    let mut sorted: Vec<&Diagnostic> = wrapped.iter().collect();
    sorted.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.span.start));
    let renderer = Renderer::styled();
    let text = &hidden(source.text, diagnostics);
    let source = Source { text, ..source };
    sorted.iter().map(|diagnostic| renderer.render(&groups(source, diagnostic)) + "\n\n").collect()
}

/// The notes and the help with line ends where the renderer has room for no more: it wraps
/// nothing.
fn wrapped(mut found: Diagnostic, width: Option<usize>) -> Diagnostic {
    let of = |text: &str, before: usize| table::hanging(text, 0, width.map(|w| w - before));
    // `  = note: `, behind a line number of up to four digits.
    found.notes = found.notes.iter().map(|note| of(note, 13)).collect();
    found.help = found.help.map(|help| of(&help, 13));
    found
}

/// Findings that are about a credential in the text.
const OF_CREDENTIALS: [&str; 2] = ["PGHA061", "PGHA088"];

/// The text with what holds a credential in stars, as long as it was, so that the marks below it
/// stay where they are.
fn hidden(text: &str, diagnostics: &[Diagnostic]) -> String {
    let spans: Vec<Range<usize>> = diagnostics
        .iter()
        .filter(|diagnostic| OF_CREDENTIALS.contains(&diagnostic.code))
        .map(|diagnostic| within(text, &diagnostic.span))
        .collect();
    let hides = |at: usize| spans.iter().any(|span| span.contains(&at));
    let shown = |(at, c): (usize, char)| match hides(at) && (c.is_alphanumeric() || c == '%') {
        // As many bytes, and every one of them a star.
        true => "*".repeat(c.len_utf8()),
        false => c.to_string(),
    };
    text.char_indices().map(shown).collect()
}

fn groups<'a>(source: Source<'a>, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
    let snippet =
        Snippet::source(source.text).path(source.file).annotations(marks(source, diagnostic));
    let title = level(diagnostic.severity).primary_title(&diagnostic.title).id(diagnostic.code);
    let mut group = title.element(snippet);
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note));
    }
    let patch = diagnostic.fix.as_ref().map(|fix| {
        let span = within(source.text, &fix.span);
        Snippet::source(source.text).path(source.file).patch(Patch::new(span, &fix.replacement))
    });
    match (&diagnostic.help, patch) {
        (Some(help), Some(patch)) => {
            vec![group, Level::HELP.secondary_title(help).element(patch)]
        }
        (None, Some(patch)) => {
            vec![group, Level::HELP.secondary_title("write this instead").element(patch)]
        }
        (Some(help), None) => vec![group.element(Level::HELP.message(help))],
        (None, None) => vec![group],
    }
}

fn marks<'a>(source: Source, diagnostic: &'a Diagnostic) -> Vec<Annotation<'a>> {
    let primary = AnnotationKind::Primary.span(within(source.text, &diagnostic.span));
    let secondary = diagnostic
        .secondary
        .iter()
        .map(|(span, label)| AnnotationKind::Context.span(within(source.text, span)).label(label));
    std::iter::once(primary.label(&diagnostic.label)).chain(secondary).collect()
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::INFO.with_name("advice"),
    }
}

/// A span that lies within the text and on its character boundaries.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let clamp = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = clamp(span.start);
    start..clamp(span.end).max(start)
}

/// One line each, for under a plan: `warning[PGHA062]: no alarms  cluster.toml:9:1`.
pub fn one_liners(source: Source, diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) = position(source.text, diagnostic.span.start);
            let style = match diagnostic.severity {
                Severity::Error => style::ERROR,
                Severity::Warning => style::WARNING,
                Severity::Advice => style::HINT,
            };
            let head = format!("{}[{}]:", diagnostic.severity, diagnostic.code);
            let place = style::paint(style::DIM, format!("{}:{line}:{column}", source.file));
            format!("{} {}  {place}\n", style::paint(style, head), diagnostic.title)
        })
        .collect()
}

/// `2 errors, 1 warning`; nothing where there is none.
pub fn tally(diagnostics: &[Diagnostic]) -> String {
    [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Advice, "advice")]
        .into_iter()
        .map(|(severity, noun)| {
            (diagnostics.iter().filter(|d| d.severity == severity).count(), noun)
        })
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| match noun {
            "advice" => words::advice(number),
            noun => words::count(number, noun),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use pgha_spec::Fix;

    use super::*;
    use crate::render::testing;

    const TEXT: &str = "[cluster]\nname = \"orders\"\nregoin = \"us-east-1\"\n";

    fn typo() -> Diagnostic {
        let span = TEXT.find("regoin").map(|at| at..at + 6).unwrap();
        Diagnostic {
            code: "PGHA103",
            severity: Severity::Error,
            title: "unknown key `regoin`".into(),
            label: "not a key of [cluster]".into(),
            secondary: vec![(0..9, "in this section".into())],
            notes: vec!["the keys are name, region, account".into()],
            help: Some("did you mean `region`?".into()),
            fix: Some(Fix { span: span.clone(), replacement: "region".into() }),
            span,
        }
    }

    const SOURCE: Source = Source { file: "cluster.toml", text: TEXT };

    #[test]
    fn a_finding_shows_the_line_and_what_to_type() {
        insta::assert_snapshot!(testing::plain(&render(SOURCE, &[typo()], None)));
    }

    #[test]
    fn one_liners_have_the_place() {
        let text = testing::plain(&one_liners(SOURCE, &[typo()]));
        assert_eq!(text, "error[PGHA103]: unknown key `regoin`  cluster.toml:3:1\n");
    }

    #[test]
    fn a_credential_is_in_stars_and_the_marks_below_it_stay() {
        let text = "[proxy]\ninit_query = \"SET app.secret = 'pä1'\"\nport = 1\n";
        let span = text.find('"').map(|at| at..text.rfind('"').unwrap() + 1).unwrap();
        let found = Diagnostic { code: "PGHA088", span, fix: None, ..typo() };
        let drawn = testing::plain(&render(Source { file: "x", text }, &[found], None));
        assert!(drawn.contains("init_query = \"*** ***.****** = '****'\""), "{drawn}");
        assert!(!drawn.contains("pä1"), "{drawn}");
    }

    #[test]
    fn spans_outside_of_the_text_are_no_reason_to_panic() {
        let text = "ä = 1";
        let source = Source { file: "x", text };
        for span in [0..1, 1..1, 3..999, 999..1000] {
            let mut found = typo();
            found.fix = Some(Fix { span: span.clone(), replacement: "x".into() });
            found.secondary = vec![(span.clone(), String::new())];
            found.span = span;
            assert!(render(source, &[found], None).contains("PGHA103"));
        }
        assert!(render(Source { file: "x", text: "" }, &[typo()], Some(60)).contains("PGHA103"));
    }

    #[test]
    fn the_tally_counts_by_severity() {
        assert_eq!(tally(&[typo(), typo()]), "2 errors");
        assert_eq!(tally(&[]), "");
    }
}
