//! What is said of an entry that the language does not take: what it is, and what to type.

use std::ops::Range;

use toml::de::DeValue;
use toml::de::Error;

use crate::diagnostic::Diagnostic;
use crate::document::Entry;
use crate::foreign;
use crate::foreign::Meant;
use crate::secret;
use crate::suggest;

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
pub(crate) struct Refused {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    span: Range<usize>,
    /// The tables above it.
    path: Vec<String>,
    /// Its value is a date without quotes.
    is_date: bool,
    /// Where the keys inside of its value stand.
    pub(crate) inside: Vec<(String, Range<usize>)>,
}

impl Refused {
    pub(crate) fn new(entry: &Entry<'_>, path: Vec<String>) -> Self {
        let value = entry.value.get_ref();
        let mut inside = Vec::new();
        keys_inside(value, &mut inside);
        let (key, span) = (entry.key.clone(), entry.span.clone());
        Self { key, span, path, is_date: value.is_datetime(), inside }
    }

    /// A key inside of its value, which is what nobody knows.
    fn inner(&self, key: &str, span: &Range<usize>) -> Self {
        let path = [&self.path[..], std::slice::from_ref(&self.key)].concat();
        let (key, span) = (key.to_string(), span.clone());
        Self { key, span, path, is_date: false, inside: Vec::new() }
    }
}

fn keys_inside(value: &DeValue<'_>, into: &mut Vec<(String, Range<usize>)>) {
    match value {
        DeValue::Table(table) => {
            for (key, value) in table.iter() {
                into.push((key.get_ref().to_string(), key.span()));
                keys_inside(value.get_ref(), into);
            }
        }
        DeValue::Array(items) => items.iter().for_each(|item| keys_inside(item.get_ref(), into)),
        _ => {}
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

pub(crate) fn describe(
    text: &str,
    error: &Error,
    at: Range<usize>,
    refused: &Refused,
) -> Diagnostic {
    let message = error.message();
    if secret::is_secret(&refused.key) {
        return literal_password(refused);
    }
    if let Some(date) = text.get(at.clone()).filter(|_| refused.is_date) {
        let title = format!("`{}` is a text, not a date", refused.key);
        let quoted = format!("\"{date}\"");
        return Diagnostic::new("PGHA103", at, title)
            .label("without quotes")
            .help(format!("write {quoted}"))
            .fix(quoted);
    }
    if let Some(name) = quoted_after(message, "unknown field") {
        return match refused.inside.iter().find(|(key, _)| refused.key != name && key == name) {
            Some((key, span)) => unknown_key(&refused.inner(key, span), &expected(message)),
            None => unknown_key(refused, &expected(message)),
        };
    }
    if let Some(word) = quoted_after(message, "unknown variant") {
        return unknown_word(refused, word, at, &expected(message));
    }
    if let Some(written) = text.get(at.clone()).filter(|written| is_bare(message, written)) {
        let title = format!("`{}` is a text, not a number", refused.key);
        let quoted = format!("\"{written}\"");
        return Diagnostic::new("PGHA103", at, title)
            .label("without quotes")
            .help(format!("write {quoted}"))
            .fix(quoted);
    }
    let title = match message.strip_prefix("invalid type: ") {
        Some(rest) => format!("`{}` has the wrong type: {}", refused.key, plainly(rest)),
        None => format!("`{}`: {}", refused.key, plainly(message)),
    };
    Diagnostic::new("PGHA103", at, title).label("this value")
}

/// Whether a number stands where a text is wanted: `version = 16.10`, which TOML reads as 16.1.
fn is_bare(message: &str, written: &str) -> bool {
    let number = written.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    number && message.starts_with("invalid type: ") && message.ends_with("expected a string")
}

/// Rust's words for types in everybody's.
pub(crate) fn plainly(message: &str) -> String {
    let words = [
        ("expected u16", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected a table"),
        ("map, ", "a table, "),
        ("sequence, ", "a list, "),
    ];
    let message = words.iter().fold(message.to_string(), |text, (from, to)| text.replace(from, to));
    // The name of a type says nothing to who writes a spec.
    match message.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected a table, `{{ key = value }}`"),
        None => message,
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
