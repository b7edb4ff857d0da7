//! Text to [`Spec`]: every syntax error, every wrong key and every wrong value in one run.
//!
//! serde stops at its first error. Here the entry that it stopped at is taken out of the
//! parsed document and serde starts again, until nothing is left to object to.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeFloat;
use toml::de::DeTable;
use toml::de::DeValue;
use toml::de::Error;
use toml::de::ValueDeserializer;

use crate::diagnostic::Diagnostic;
use crate::foreign;
use crate::foreign::Meant;
use crate::secret;
use crate::section::Spec;
use crate::suggest;

/// More errors than anyone reads; each costs a pass over the document.
const MOST: usize = 50;

/// What the parser made of a text.
pub(crate) struct Parsed {
    /// The spec, without the entries that were refused; `None` where a required entry or the
    /// syntax itself is missing, so that nothing more can be said about it.
    pub(crate) spec: Option<Spec>,
    /// What was refused.
    pub(crate) found: Vec<Diagnostic>,
}

/// Parses a text that passed [`crate::limits::check`].
pub(crate) fn parse(text: &str) -> Parsed {
    let (document, syntax) = DeTable::parse_recoverable(text);
    let mut found: Vec<Diagnostic> =
        syntax.iter().take(MOST).map(|error| syntax_error(text, error)).collect();
    let broken = !found.is_empty();
    let span = document.span();
    let mut document = document.into_inner();
    // Unfinished syntax leaves sections half read: what is missing then was not forgotten.
    let missing = !broken && missing_sections(&mut document, &mut found);
    let mut entries = Vec::new();
    let spec = deserialize(text, &mut document, span, broken || missing, &mut entries);
    let entries = without_consequences(entries);
    // Below a broken header keys seem to stand at the top, and sections to be missing.
    let misled = |entry: &Diagnostic| matches!(entry.code, "PGHA101" | "PGHA102");
    found.extend(entries.into_iter().filter(|entry| !(broken && misled(entry))));
    Parsed { spec, found }
}

/// A key that is there under another name is not missing.
fn without_consequences(entries: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let other_names: Vec<String> = entries
        .iter()
        .filter(|entry| entry.code == "PGHA101")
        .filter_map(|entry| Some(format!("`{}` is missing", entry.fix.as_ref()?.replacement)))
        .collect();
    let follows = |entry: &Diagnostic| {
        entry.code == "PGHA102" && other_names.iter().any(|name| entry.title.starts_with(name))
    };
    entries.into_iter().filter(|entry| !follows(entry)).collect()
}

fn syntax_error(text: &str, error: &Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    let message = error.message().lines().next().unwrap_or("this is not TOML");
    let end = span.end.min(text.len());
    Diagnostic::new("PGHA100", span.start.min(end)..end, message)
        .label("here")
        .help("the spec is TOML: `key = value` lines below `[section]` lines; texts are in quotes")
}

/// Puts sound sections into the place of missing ones, so that the others are read.
fn missing_sections(document: &mut DeTable<'_>, found: &mut Vec<Diagnostic>) -> bool {
    let required = [
        (
            "cluster",
            "name = \"x\"\nregion = \"us-east-1\"",
            "[cluster]\nname = \"orders\"\nregion = \"us-east-1\"",
        ),
        (
            "engine",
            "version = \"16\"\nclass = \"db.r6g.large\"",
            "[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"",
        ),
    ];
    let mut missing = false;
    for (name, stand_in, example) in required {
        if document.contains_key(name) {
            continue;
        }
        missing = true;
        found.push(
            Diagnostic::new("PGHA102", 0..0, format!("there is no [{name}] section"))
                .label("required")
                .help(format!("add\n\n{example}")),
        );
        if let Ok(table) = DeTable::parse(stand_in) {
            let value = DeValue::Table(nowhere(table.into_inner()));
            document.insert(Spanned::new(0..0, name.into()), Spanned::new(0..0, value));
        }
    }
    missing
}

/// The entries of a stand-in, which stand nowhere in the text.
fn nowhere(table: DeTable<'_>) -> DeTable<'_> {
    let unplaced = |(key, value): (Spanned<_>, Spanned<_>)| {
        (Spanned::new(0..0, key.into_inner()), Spanned::new(0..0, value.into_inner()))
    };
    table.into_iter().map(unplaced).collect()
}

fn deserialize(
    text: &str,
    document: &mut DeTable<'_>,
    span: Range<usize>,
    mut hopeless: bool,
    found: &mut Vec<Diagnostic>,
) -> Option<Spec> {
    let mut refused_keys: Vec<String> = Vec::new();
    let mut filled = None;
    for _ in 0..MOST {
        let value = Spanned::new(span.clone(), DeValue::Table(document.clone()));
        let error = match Spec::deserialize(ValueDeserializer::from(value)) {
            Ok(spec) => return (!hopeless).then_some(spec),
            Err(error) => error,
        };
        let at = error.span().unwrap_or(0..0);
        if let Some(name) = quoted_after(error.message(), "missing field") {
            hopeless = true;
            // A key that was taken out for its value was not forgotten.
            if !refused_keys.iter().any(|key| key == name) {
                found.push(missing_key(text, name, at.clone()));
            }
            if !fill_in(document, &at, name, &DeValue::String("1".into())) {
                return None;
            }
            filled = Some((at, name.to_string()));
            continue;
        }
        // What stands nowhere in the text is the stand-in: a text where a number is wanted.
        if at.is_empty() && hopeless {
            let (at, name) = filled.take()?;
            fill_in(document, &at, &name, &DeValue::Float(DeFloat::default()));
            continue;
        }
        let Some(refused) = take_out(document, &at, &mut Vec::new()) else {
            found.push(Diagnostic::new("PGHA103", at, error.message()));
            return None;
        };
        found.push(describe(text, &error, at, &refused));
        refused_keys.push(refused.key);
    }
    None
}

/// An entry that was taken out.
struct Refused {
    /// The key.
    key: String,
    /// Where the key stands.
    span: Range<usize>,
    /// The tables above it.
    path: Vec<String>,
    /// Its value is a date without quotes.
    is_date: bool,
    /// Where the keys inside of its value stand.
    inside: Vec<(String, Range<usize>)>,
}

impl Refused {
    /// A key inside of its value, which is what nobody knows.
    fn inner(&self, key: &str, span: &Range<usize>) -> Self {
        let path = [&self.path[..], std::slice::from_ref(&self.key)].concat();
        let (key, span) = (key.to_string(), span.clone());
        Self { key, span, path, is_date: false, inside: Vec::new() }
    }
}

/// Takes out the innermost entry around a place.
fn take_out(table: &mut DeTable<'_>, at: &Range<usize>, path: &mut Vec<String>) -> Option<Refused> {
    let mut candidate = None;
    for (key, value) in table.iter_mut() {
        path.push(key.get_ref().to_string());
        let inner = within(value, at, path);
        path.pop();
        if inner.is_some() {
            return inner;
        }
        if covers(&key.span(), at) || covers(&value.span(), at) {
            candidate = Some((key.get_ref().to_string(), key.span()));
        }
    }
    let (key, span) = candidate?;
    let value = table.remove(key.as_str());
    let is_date = value.as_ref().is_some_and(|value| value.get_ref().is_datetime());
    let mut inside = Vec::new();
    value.iter().for_each(|value| keys_inside(value.get_ref(), &mut inside));
    Some(Refused { key, span, path: path.clone(), is_date, inside })
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

fn within(
    value: &mut Spanned<DeValue<'_>>,
    at: &Range<usize>,
    path: &mut Vec<String>,
) -> Option<Refused> {
    match value.get_mut() {
        DeValue::Table(table) => take_out(table, at, path),
        DeValue::Array(items) => items.iter_mut().find_map(|item| within(item, at, path)),
        _ => None,
    }
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    // A stand-in covers nothing and is covered by nothing.
    !outer.is_empty() && !inner.is_empty() && outer.start <= inner.start && inner.end <= outer.end
}

/// Gives the table at a place an entry of that name; `false` if there is no such table.
fn fill_in(
    table: &mut DeTable<'_>,
    at: &Range<usize>,
    name: &str,
    stand_in: &DeValue<'static>,
) -> bool {
    table.iter_mut().any(|(_, value)| fill_in_value(value, at, name, stand_in))
}

fn fill_in_value(
    value: &mut Spanned<DeValue<'_>>,
    at: &Range<usize>,
    name: &str,
    stand_in: &DeValue<'static>,
) -> bool {
    let here = value.span() == *at;
    match value.get_mut() {
        DeValue::Table(table) if here => {
            let key = Spanned::new(0..0, name.to_string().into());
            table.insert(key, Spanned::new(0..0, stand_in.clone()));
            true
        }
        DeValue::Table(table) => fill_in(table, at, name, stand_in),
        DeValue::Array(items) => {
            items.iter_mut().any(|item| fill_in_value(item, at, name, stand_in))
        }
        _ => false,
    }
}

fn missing_key(text: &str, name: &str, at: Range<usize>) -> Diagnostic {
    let header = text.get(at.clone()).filter(|header| header.starts_with('['));
    let (place, whither) = match header {
        Some(header) => (format!(" in {header}"), "below this line"),
        None => (String::new(), "to this table"),
    };
    Diagnostic::new("PGHA102", at, format!("`{name}` is missing{place}"))
        .label(format!("needs `{name}`"))
        .help(format!("add `{name} = …` {whither}"))
}

/// The text in backticks after some words.
fn quoted_after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(words)?.trim_start().strip_prefix('`')?;
    rest.split('`').next()
}

/// The names in backticks after the first.
fn expected(message: &str) -> Vec<&str> {
    message.split('`').skip(3).step_by(2).collect()
}

fn describe(text: &str, error: &Error, at: Range<usize>, refused: &Refused) -> Diagnostic {
    let message = error.message();
    if secret::is_secret(&refused.key) {
        return literal_password(refused);
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
    if let Some(date) = text.get(at.clone()).filter(|_| refused.is_date) {
        let title = format!("`{}` is a text, not a date", refused.key);
        let quoted = format!("\"{date}\"");
        return Diagnostic::new("PGHA103", at, title)
            .label("without quotes")
            .help(format!("write {quoted}"))
            .fix(quoted);
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
fn plainly(message: &str) -> String {
    let words = [
        ("expected u16", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list"),
        ("expected a map", "expected a table"),
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
