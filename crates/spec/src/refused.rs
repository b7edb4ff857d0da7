//! What is said of an entry that the language does not take: what it is, and what to type.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;
use toml::de::Error;

use crate::diagnostic::Diagnostic;
use crate::document::Entry;
use crate::document::Path;
use crate::foreign;
use crate::secret;
use crate::suggest;
use crate::types;
use crate::unknown::Reading;
use crate::unknown::Unknown;

pub(crate) fn missing_section(name: &str) -> Diagnostic {
    let example = match name {
        "cluster" => "[cluster]\nname = \"orders\"\nregion = \"us-east-1\"",
        _ => "[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"",
    };
    Diagnostic::new("PGHA102", 0..0, format!("there is no [{name}] section"))
        .label("required")
        .help(format!("add\n\n{example}"))
}

/// The keys inside of a value, and where they stand.
pub(crate) fn keys_inside(value: &DeValue<'_>) -> Vec<(String, Range<usize>)> {
    match value {
        DeValue::Table(table) => {
            let of = |(key, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
                let own = (key.get_ref().to_string(), key.span());
                std::iter::once(own).chain(keys_inside(value.get_ref())).collect::<Vec<_>>()
            };
            table.iter().flat_map(of).collect()
        }
        DeValue::Array(items) => {
            items.iter().flat_map(|item| keys_inside(item.get_ref())).collect()
        }
        _ => Vec::new(),
    }
}

/// A key that a table has to have: `table` is the table's name.
pub(crate) fn missing_key(text: &str, name: &str, table: &str, at: Range<usize>) -> Diagnostic {
    let written = text.get(at.clone()).unwrap_or_default();
    // A table that only the header of one below names has none of its own.
    let (place, whither) = match written.starts_with('[') {
        true => (format!(" in {written}"), "below this line".to_string()),
        false if written.starts_with('{') => (String::new(), "to this table".to_string()),
        false => (format!(" in [{table}]"), format!("below [{table}], which has no line yet")),
    };
    Diagnostic::new("PGHA102", at, format!("`{name}` is missing{place}"))
        .label(format!("needs `{name}`"))
        .help(format!("add `{name} = …` {whither}"))
}

/// The text in backticks after some words.
pub(crate) fn quoted_after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(words)?.trim_start().strip_prefix('`')?;
    rest.split('`').next()
}

/// Keys that are there only for somebody to be told that there are none.
const NOT_OFFERED: [&str; 1] = ["session_pinning_filters"];

/// The names in backticks after the first.
fn expected(message: &str) -> Vec<&str> {
    let names = message.split('`').skip(3).step_by(2);
    names.filter(|name| !NOT_OFFERED.contains(name)).collect()
}

/// What is said of an entry that an error at a place is about, and what it is read as.
pub(crate) fn describe(
    text: &str,
    error: &Error,
    at: Range<usize>,
    path: &Path,
    entry: &Entry<'_>,
    has: &dyn Fn(&Path) -> bool,
) -> (Diagnostic, Reading) {
    let message = error.message();
    let key = entry.key.as_str();
    if is_literal(entry) {
        return (literal_password(entry), Reading::Nothing);
    }
    if let Some(name) = quoted_after(message, "unknown field") {
        let inside = keys_inside(entry.value.get_ref());
        let inner = inside.into_iter().find(|(inner, _)| key != name && inner == name);
        let known = expected(message);
        let Some((key, span)) = inner else {
            let above = path.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default();
            let value = Some((entry.value.get_ref(), entry.value.span()));
            return Unknown { key, span: entry.span.clone(), above, value, text }.said(&known, has);
        };
        let inner = Unknown { key: &key, span, above: path.clone(), value: None, text };
        return (inner.said(&known, has).0, Reading::Wrong);
    }
    if let Some(word) = quoted_after(message, "unknown variant") {
        return (unknown_word(key, word, at, &expected(message)), Reading::Wrong);
    }
    let is_type = ["invalid type", "invalid value", "invalid length", "wanted string or table"];
    let said = match is_type.iter().any(|start| message.starts_with(start)) {
        true => types::wrong(text, path, &entry.value, at, message),
        false => types::own_words(key, message, at),
    };
    (said, Reading::Wrong)
}

/// Whether an entry gives away a secret.
pub(crate) fn is_literal(entry: &Entry<'_>) -> bool {
    secret::is_secret(&entry.key) && secret::is_value(entry.value.get_ref())
}

fn literal_password(entry: &Entry<'_>) -> Diagnostic {
    let what = if entry.key.to_ascii_lowercase().contains("pass") { "password" } else { "secret" };
    let title = format!("a {what} is written into the spec");
    Diagnostic::new("PGHA061", entry.span.clone(), title)
        .label(format!("{what}s never go into a spec"))
        .note("whoever reads the repository, its history or a plan would have it: change it now")
        .help("delete this line; pgha keeps the password in a secret, or write `manage = \"rds\"` to let RDS do so")
}

fn unknown_word(key: &str, word: &str, at: Range<usize>, known: &[&str]) -> Diagnostic {
    let title = format!("`{key}` cannot be `{word}`");
    let diagnostic = Diagnostic::new("PGHA103", at, title).label("unknown");
    let meant = foreign::value(key, word).filter(|meant| known.contains(meant));
    match meant.or_else(|| suggest::closest(word, known)) {
        Some(close) => {
            diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
        }
        None => diagnostic.help(format!("write one of: {}", suggest::list(known))),
    }
}
