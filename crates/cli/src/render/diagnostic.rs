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
use crate::render::words;

/// A spec's text under its file name.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name as the user gave it.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// All findings in full, worst first, each with its lines of the spec.
pub fn render(source: Source, diagnostics: &[Diagnostic]) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.span.start));
    let renderer = Renderer::styled();
    sorted.iter().map(|diagnostic| renderer.render(&groups(source, diagnostic)) + "\n\n").collect()
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
        Severity::Info => Level::INFO,
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
                Severity::Info => style::HINT,
            };
            let head = format!("{}[{}]:", diagnostic.severity, diagnostic.code);
            let place = style::paint(style::DIM, format!("{}:{line}:{column}", source.file));
            format!("{} {}  {place}\n", style::paint(style, head), diagnostic.title)
        })
        .collect()
}

/// `2 errors, 1 warning`; nothing where there is none.
pub fn tally(diagnostics: &[Diagnostic]) -> String {
    [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "remark")]
        .into_iter()
        .map(|(severity, noun)| {
            (diagnostics.iter().filter(|d| d.severity == severity).count(), noun)
        })
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| words::count(number, noun))
        .collect::<Vec<_>>()
        .join(", ")
}
