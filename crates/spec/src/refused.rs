//! What is said of an entry that the language does not take: what it is, and what to type.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;
use toml::de::Error;

use crate::diagnostic::Diagnostic;
use crate::document::Entry;
use crate::document::Path;
use crate::document::keys;
use crate::foreign;
use crate::foreign::Meant;
use crate::secret;
use crate::suggest;
use crate::types;

pub(crate) fn missing_section(name: &str) -> Diagnostic {
    let example = match name {
        "cluster" => "[cluster]\nname = \"orders\"\nregion = \"us-east-1\"",
        _ => "[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"",
    };
    Diagnostic::new("PGHA102", 0..0, format!("there is no [{name}] section"))
        .label("required")
        .help(format!("add\n\n{example}"))
}

/// An entry that was taken out.
struct Refused {
    /// The key.
    key: String,
    /// Where the key stands.
    span: Range<usize>,
    /// The tables above it.
    path: Vec<String>,
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

/// What is said of an entry that an error at a place is about.
pub(crate) fn describe(
    text: &str,
    error: &Error,
    at: Range<usize>,
    path: &Path,
    entry: &Entry<'_>,
) -> Diagnostic {
    let message = error.message();
    let above = path.split_last().map(|(_, above)| keys(above)).unwrap_or_default();
    let refused = Refused { key: entry.key.clone(), span: entry.span.clone(), path: above };
    if secret::is_secret(&refused.key) {
        return literal_password(&refused);
    }
    if let Some(name) = quoted_after(message, "unknown field") {
        let inside = keys_inside(entry.value.get_ref());
        let inner = inside.into_iter().find(|(key, _)| refused.key != name && key == name);
        return match inner {
            Some((key, span)) => {
                let inner = Refused { key, span, path: keys(path) };
                unknown_key(&inner, &expected(message))
            }
            None => unknown_key(&refused, &expected(message)),
        };
    }
    if let Some(word) = quoted_after(message, "unknown variant") {
        return unknown_word(&refused, word, at, &expected(message));
    }
    let is_type = ["invalid type", "invalid value", "invalid length", "wanted string or table"];
    match is_type.iter().any(|start| message.starts_with(start)) {
        true => types::wrong(text, path, &entry.value, at, message),
        false => types::own_words(&refused.key, message, at),
    }
}

fn literal_password(refused: &Refused) -> Diagnostic {
    Diagnostic::new("PGHA061", refused.span.clone(), "a password is written into the spec")
        .label("passwords never go into a spec")
        .note("whoever reads the repository, its history or a plan would have it: change it now")
        .help("delete this line; pgha keeps the password in a secret, or write `manage = \"rds\"` to let RDS do so")
}

fn unknown_key(refused: &Refused, known: &[&str]) -> Diagnostic {
    let key = &refused.key;
    let place = refused.path.join(".");
    let title = match refused.path.is_empty() {
        true => format!("there is no section or key `{key}`"),
        false => format!("there is no `{key}` in [{place}]"),
    };
    let diagnostic = Diagnostic::new("PGHA101", refused.span.clone(), title).label("unknown");
    let here = refused.path.first().map(String::as_str);
    // What other tools call something is about sections, not about what is inside of a value.
    let foreign = foreign::meant(key).filter(|_| refused.path.len() <= 1);
    match (suggest::closest(key, known), foreign) {
        (_, Some(Meant::Key(section, name, example)))
            if here == Some(section) && known.contains(&name) =>
        {
            diagnostic.help(format!("here it is called `{name}`: `{name} = {example}`")).fix(name)
        }
        (_, Some(Meant::Said(text))) => diagnostic.help(text),
        (None, Some(Meant::Key(section, name, example))) => {
            let header = match section {
                "replica" => "[[replica]]".to_string(),
                section => format!("[{section}]"),
            };
            diagnostic.help(format!("write it below {header}: `{name} = {example}`"))
        }
        (Some(close), _) => diagnostic.help(format!("did you mean `{close}`?")).fix(close),
        (None, None) if known == ["tag"] => {
            diagnostic.help("a tag picks it: `{ tag = { Name = \"…\" } }`")
        }
        (None, None) => diagnostic.help(format!("there is: {}", suggest::list(known))),
    }
}

fn unknown_word(refused: &Refused, word: &str, at: Range<usize>, known: &[&str]) -> Diagnostic {
    let title = format!("`{}` cannot be `{word}`", refused.key);
    let diagnostic = Diagnostic::new("PGHA103", at, title).label("unknown");
    let meant = foreign::value(&refused.key, word).filter(|meant| known.contains(meant));
    match meant.or_else(|| suggest::closest(word, known)) {
        Some(close) => {
            diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
        }
        None => diagnostic.help(format!("write one of: {}", suggest::list(known))),
    }
}
