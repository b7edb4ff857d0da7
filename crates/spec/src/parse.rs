//! Text to [`Document`]: every syntax error, every wrong key and every wrong value in one run.
//!
//! What is not TOML is taken out statement by statement ([`crate::statement`]). serde stops at its
//! first error: the entry that it stopped at is taken out, too, and serde starts again, until
//! nothing is left to object to. What was taken out is known to be broken
//! ([`crate::doubt`]), so that nobody takes it for left out.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;
use toml::de::Error;

use crate::capped::MOST;
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::Entry;
use crate::document::Path;
use crate::document::Step;
use crate::document::below;
use crate::document::keys;
use crate::document::nowhere;
use crate::foreign;
use crate::foreign::Meant;
use crate::misplaced;
use crate::secret;
use crate::stand_in;
use crate::statement;
use crate::statement::Cut;
use crate::statement::Damage;
use crate::statement::Sound;
use crate::statement::Statement;
use crate::suggest;
use crate::syntax;

/// What the parser made of a text.
pub(crate) struct Parsed<'t> {
    /// The document without the entries that were refused, with stand-ins where it would not be
    /// a spec without them; `None` after more errors than anyone reads.
    pub(crate) document: Option<Document<'t>>,
    /// What was refused.
    pub(crate) found: Vec<Diagnostic>,
    /// The keys whose values nobody knows, and those that what nobody understands may be meant
    /// for.
    pub(crate) broken: Vec<Path>,
}

/// The statements of a text that are TOML, and what is to be said of the others.
pub(crate) struct Read<'t> {
    sound: Sound<'t>,
    found: Vec<Diagnostic>,
    cuts: Vec<Cut>,
}

/// Takes out of a text what is not TOML.
pub(crate) fn read(text: &str) -> Read<'_> {
    let (_, errors) = DeTable::parse_recoverable(text);
    let sound = Sound::whole(text);
    let mut read = Read { sound, found: Vec::new(), cuts: Vec::new() };
    if errors.is_empty() {
        return read;
    }
    let statements = statement::split(text);
    let mut damaged = BTreeMap::new();
    for (number, statement) in statements.iter().enumerate() {
        let start = statement.span.start;
        let place = |at: Range<usize>| start + at.start..start + at.end;
        let (_, errors) = DeTable::parse_recoverable(&text[statement.span.clone()]);
        if let Some(error) = errors.first() {
            damaged.insert(number, Damage::Alone);
            read.found.push(syntax_error(text, error, &place));
        }
        if read.found.len() > MOST {
            return read;
        }
    }
    loop {
        let (sound, cuts) = statement::without(text, &statements, &damaged);
        let before = damaged.clone();
        for (number, error) in in_place(&sound, &statements) {
            if damaged.insert(number, Damage::InPlace).is_none() {
                read.found.push(syntax_error(text, &error, &|at| sound.place(at)));
            }
        }
        if damaged == before || read.found.len() > MOST {
            return Read { sound, cuts, ..read };
        }
    }
}

/// The statements that are no TOML where they stand, without those that only seem so because a
/// header above them is none.
fn in_place(sound: &Sound<'_>, statements: &[Statement]) -> Vec<(usize, Error)> {
    let (_, errors) = DeTable::parse_recoverable(&sound.text);
    let mut found: Vec<(usize, Error)> = Vec::new();
    for error in errors {
        let at = sound.place(error.span().unwrap_or_default()).start;
        let Some(number) = statements.partition_point(|it| it.span.start <= at).checked_sub(1)
        else {
            continue;
        };
        let header = (0..=number).rev().find(|number| statements[*number].is_header);
        let follows = found.iter().any(|(other, _)| *other == number || Some(*other) == header);
        if !follows {
            found.push((number, error));
        }
        if found.len() > MOST {
            break;
        }
    }
    found
}

/// Parses what [`read`] left of a text.
pub(crate) fn parse<'t>(text: &str, read: &'t Read<'_>) -> Parsed<'t> {
    let (document, _) = DeTable::parse_recoverable(&read.sound.text);
    let place = |span| read.sound.place(span);
    let document = Document::new(document.into_inner(), text.len(), &place);
    let broken = read.cuts.iter().flat_map(|cut| meant_by(cut, &document)).collect();
    let found = read.found.clone();
    let mut parsing = Parsing { text, document, found, broken, renamed: Vec::new() };
    parsing.brackets();
    let is_done = parsing.run();
    let Parsing { document, mut found, broken, .. } = parsing;
    if !is_done {
        let title = format!("there are more errors than the {} that are shown", found.len());
        found.push(Diagnostic::new("PGHA104", 0..0, title).help("mend these first"));
    }
    Parsed { document: is_done.then_some(document), found, broken }
}

/// The keys of a document that what was cut out of it may have been meant for.
fn meant_by(cut: &Cut, document: &Document<'_>) -> Vec<Path> {
    if stand_in::is_known(&cut.path) && !cut.path.is_empty() {
        return vec![cut.path.clone()];
    }
    let is_missing = |path: &Path| !document.has(path);
    match &cut.hidden {
        Some(keys) => {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let tables = stand_in::tables_with(&[], &keys).into_iter();
            tables.flat_map(|table| missing_of(document, table, &keys)).collect()
        }
        None => {
            let table = cut.path.split_last().map_or(&[][..], |(_, table)| table);
            let table = if stand_in::is_table(&cut.path) { &cut.path[..] } else { table };
            stand_in::keys_of(table).into_iter().filter(is_missing).collect()
        }
    }
}

/// What is missing of a table or a list of tables: all of it, one table more, or some keys.
fn missing_of(document: &Document<'_>, table: Path, keys: &[&str]) -> Vec<Path> {
    if !document.has(&table) {
        return vec![table];
    }
    match document.count(&table) {
        Some(count) => vec![[&table[..], &[Step::Item(count)]].concat()],
        None => {
            let inner = keys.iter().map(|key| below(&table, key));
            inner.filter(|path| !document.has(path)).collect()
        }
    }
}

fn syntax_error(
    text: &str,
    error: &Error,
    place: &dyn Fn(Range<usize>) -> Range<usize>,
) -> Diagnostic {
    let message = error.message().lines().next().unwrap_or("this is not TOML");
    syntax::error(text, message, place(error.span().unwrap_or(0..0)))
}

/// A document on its way to what serde takes.
struct Parsing<'a, 't> {
    text: &'a str,
    document: Document<'t>,
    found: Vec<Diagnostic>,
    broken: Vec<Path>,
    /// Where keys stand that are read as what they are meant for.
    renamed: Vec<Range<usize>>,
}

impl Parsing<'_, '_> {
    /// Reads a table where a list of tables is meant as one of them, and a list of one table where
    /// a table is meant as that: the number of brackets hides nothing of what stands below them.
    fn brackets(&mut self) {
        for path in self.document.tables() {
            let is_wrong = match self.document.count(&path) {
                Some(count) => count == 1 && stand_in::is_table(&path),
                None => stand_in::lists_tables(&path),
            };
            let Some((Step::Key(_), parent)) = path.split_last().filter(|_| is_wrong) else {
                continue;
            };
            let Some(mut entry) = self.document.take(&path) else { continue };
            let (at, name) = (entry.value.span(), keys(&path).join("."));
            // A list in one line begins with a bracket, too.
            let header = if entry.value.get_ref().is_array() { "[[" } else { "[" };
            let has_header = self.text.get(at.clone()).is_some_and(|text| text.starts_with(header));
            let (value, said) = match entry.value.get_ref().clone() {
                DeValue::Array(items) => {
                    let one = items.into_iter().next().map(Spanned::into_inner);
                    (one.filter(DeValue::is_table), syntax::only_one(&name, at.clone()))
                }
                table => {
                    let items = [Spanned::new(at.clone(), table)].into_iter().collect();
                    (Some(DeValue::Array(items)), syntax::one_of_several(&name, at.clone()))
                }
            };
            let value = value.filter(|_| has_header);
            let key = entry.key.clone();
            if let Some(value) = value {
                self.found.push(said);
                entry.value = Spanned::new(at, value);
            }
            self.document.rename(parent, entry, &key);
        }
    }

    /// Whether serde has nothing left to object to.
    fn run(&mut self) -> bool {
        while self.found.len() <= MOST {
            match self.document.read() {
                Ok(_) => return true,
                Err(error) if self.mend(&error).is_none() => return false,
                Err(_) => {}
            }
        }
        false
    }

    fn mend(&mut self, error: &Error) -> Option<()> {
        let at = error.span().unwrap_or(0..0);
        if let Some(name) = quoted_after(error.message(), "missing field") {
            return self.fill_in(name, at);
        }
        let path = self.document.entry_around(&at)?;
        let entry = self.document.take(&path)?;
        let Some((Step::Key(_), parent)) = path.split_last() else { return None };
        let is_renamed = self.renamed.contains(&entry.span);
        let refused = Refused::new(&entry, keys(parent));
        let words = plainly(error.message());
        let wanted = words.rsplit_once("expected ").map_or("a value", |(_, wanted)| wanted);
        let misplaced = misplaced::found(&path, &entry, wanted);
        let diagnostic = misplaced
            .filter(|_| !secret::is_secret(&entry.key))
            .unwrap_or_else(|| describe(self.text, error, at, &refused));
        let is_unknown = diagnostic.code == "PGHA101";
        let meant = diagnostic.fix.as_ref().map(|fix| fix.replacement.clone());
        let is_itself = diagnostic.span == entry.span;
        if !is_renamed {
            self.found.push(diagnostic);
        }
        match meant {
            // It is read as what it is meant for, so that all is said of it at once.
            Some(meant)
                if is_unknown && is_itself && !self.document.has(&below(parent, &meant)) =>
            {
                self.renamed.push(entry.span.clone());
                self.document.rename(parent, entry, &meant);
            }
            _ if is_unknown && is_itself => {
                let inside: Vec<&str> =
                    refused.inside.iter().map(|(key, _)| key.as_str()).collect();
                let fitting = stand_in::keys_for(parent, entry.value.get_ref()).into_iter();
                let missing = fitting.flat_map(|path| missing_of(&self.document, path, &inside));
                self.broken.extend(missing.collect::<Vec<_>>());
            }
            _ => self.broken.push(path),
        }
        Some(())
    }

    /// Puts a stand-in into the place of a key that has to be there.
    fn fill_in(&mut self, name: &str, at: Range<usize>) -> Option<()> {
        let is_root = self.document.is_root(&at);
        let parent = if is_root { Vec::new() } else { self.document.path_of(&at)? };
        let path = below(&parent, name);
        // A key that was taken out for its value was not forgotten, nor may one be that is
        // written in a way which nobody understands.
        if !self.broken.contains(&path) {
            self.found.push(match is_root {
                true => missing_section(name),
                false => missing_key(self.text, name, at),
            });
        }
        self.broken.push(path.clone());
        self.document.put(&path, nowhere(stand_in::first(&path)?));
        Some(())
    }
}

fn missing_section(name: &str) -> Diagnostic {
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
    /// Its value is a date without quotes.
    is_date: bool,
    /// Where the keys inside of its value stand.
    inside: Vec<(String, Range<usize>)>,
}

impl Refused {
    fn new(entry: &Entry<'_>, path: Vec<String>) -> Self {
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

/// Keys that are there only for somebody to be told that there are none.
const NOT_OFFERED: [&str; 1] = ["session_pinning_filters"];

/// The names in backticks after the first.
fn expected(message: &str) -> Vec<&str> {
    let names = message.split('`').skip(3).step_by(2);
    names.filter(|name| !NOT_OFFERED.contains(name)).collect()
}

fn describe(text: &str, error: &Error, at: Range<usize>, refused: &Refused) -> Diagnostic {
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
fn plainly(message: &str) -> String {
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
