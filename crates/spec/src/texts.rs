//! Every text of a document, whatever key it belongs to: characters that nobody sees, and
//! credentials.

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::Path;
use crate::document::keys;
use crate::secret;

/// Keys whose texts may have several lines: SQL is sent as it is.
const SEVERAL_LINES: [&str; 1] = ["init_query"];
/// Keys whose credentials have findings of their own.
const OWN_RULES: [&str; 1] = ["endpoint"];

/// What is wrong with texts, and the keys that they belong to.
pub(crate) fn check(document: &Document<'_>) -> Vec<(Diagnostic, Path)> {
    let mut found = Vec::new();
    for (path, span, text) in document.texts_with_places() {
        let key = keys(&path).pop().unwrap_or_default();
        let may_break = SEVERAL_LINES.contains(&key.as_str());
        if let Some(hidden) = text.chars().find(|c| is_hidden(*c) && !(may_break && *c == '\n')) {
            let title = format!("a text of `{}` holds U+{:04X}", shown(&key), u32::from(hidden));
            let diagnostic = Diagnostic::new("PGHA103", span.clone(), title)
                .label(what(hidden))
                .help("write it without that character");
            found.push((diagnostic, path.clone()));
        }
        if let Some(kind) = secret::credential(&text).filter(|_| !OWN_RULES.contains(&key.as_str()))
        {
            let diagnostic = Diagnostic::new(
                "PGHA061",
                span,
                format!("{kind} is written into the spec"),
            )
            .label("everybody who reads the spec has it")
            .note(
                "whoever reads the repository, its history or a plan would have it: change it now",
            )
            .help("delete it; credentials belong into Secrets Manager");
            found.push((diagnostic, path));
        }
    }
    found
}

/// A key as it can be printed.
fn shown(key: &str) -> String {
    key.chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// Characters that are not seen, or that change how others are seen
/// (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>,
/// <https://www.unicode.org/reports/tr36/#Recommendations_General>).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

fn what(c: char) -> &'static str {
    match c {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => "a line break",
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "it changes the direction of what is read"
        }
        c if c.is_control() => "a control character",
        _ => "nobody sees it",
    }
}
