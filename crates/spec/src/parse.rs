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
use crate::document;
use crate::document::Document;
use crate::document::Entry;
use crate::document::Path;
use crate::document::Step;
use crate::document::below;
use crate::document::keys;
use crate::document::nowhere;
use crate::misplaced;
use crate::refused;
use crate::stand_in;
use crate::statement;
use crate::statement::Cut;
use crate::statement::Damage;
use crate::statement::Sound;
use crate::statement::Statement;
use crate::syntax;
use crate::types;
use crate::unknown::Reading;

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
    parsing.no_tables();
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

impl<'t> Parsing<'_, 't> {
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

    /// Takes out lists and dates where tables stand, and tables where words do: serde would read
    /// the items of a list as the table's values, the parser gives it a date as a table, and of a
    /// table in the place of a word it looks at the keys.
    fn no_tables(&mut self) {
        for path in self.document.tables() {
            let Some(entry) = self.document.take(&path) else { continue };
            let value = entry.value.get_ref();
            let is_table = stand_in::is_table(&path);
            let is_wrong = match value {
                DeValue::Array(items) => {
                    let has_lists = items.iter().any(|item| item.get_ref().is_array());
                    is_table || (has_lists && stand_in::lists_tables(&path))
                }
                DeValue::Datetime(_) => is_table || stand_in::takes_table(&path),
                _ => types::is_choice(&path),
            };
            let parent = &path[..path.len() - 1];
            if !is_wrong {
                let key = entry.key.clone();
                self.document.rename(parent, entry, &key);
                continue;
            }
            if !self.renamed.contains(&entry.span) {
                let found = misplaced::found(&path, &entry, &types::wanted(&path, ""));
                let at = entry.value.span();
                let wrong = || types::wrong(self.text, &path, &entry.value, at, "");
                self.found.push(found.unwrap_or_else(wrong));
            }
            self.broken.push(path);
        }
    }

    /// Whether serde has nothing left to object to.
    fn run(&mut self) -> bool {
        let mut before = None;
        while self.found.len() <= MOST {
            let Err(error) = self.document.read() else { return true };

            let what = (error.message().to_string(), error.span());
            // What nothing was done about would be said for ever.
            if before.as_ref() == Some(&what) || self.mend(&error).is_none() {
                return false;
            }
            before = Some(what);
        }
        false
    }

    fn mend(&mut self, error: &Error) -> Option<()> {
        let at = error.span().unwrap_or(0..0);
        if let Some(name) = refused::quoted_after(error.message(), "missing field") {
            return self.fill_in(name, at);
        }
        let is_key = error.message().starts_with("unknown field");
        let path = self.document.entry_at(&at, is_key)?;
        let entry = self.document.take(&path)?;
        let is_renamed = self.renamed.contains(&entry.span);
        let misplaced = misplaced::found(&path, &entry, &types::wanted(&path, error.message()))
            .filter(|_| !refused::is_literal(&entry));
        let (said, reading) = match misplaced {
            Some(said) => (said, Reading::Wrong),
            None => {
                let has = |path: &Path| self.document.has(path);
                refused::describe(self.text, error, at, &path, &entry, &has)
            }
        };
        if !is_renamed {
            self.found.push(said);
        }
        self.read_as(reading, path, entry, is_renamed);
        Some(())
    }

    /// Puts back what is meant for another key, so that all is said of it at once, and notes what
    /// nobody knows.
    fn read_as(&mut self, reading: Reading, path: Path, mut entry: Entry<'t>, is_renamed: bool) {
        let Some((Step::Key(_), parent)) = path.split_last() else { return };
        match reading {
            Reading::As(name, value)
                if !is_renamed && !self.document.has(&below(parent, &name)) =>
            {
                let written = |value: String| document::written(&value, &entry.value.span());
                match value.map(written) {
                    Some(Some(value)) => entry.value = value,
                    // A number that was none before.
                    Some(None) if entry.value.get_ref().is_str() => {
                        return self.broken.push(below(parent, &name));
                    }
                    _ => {}
                }
                self.renamed.push(entry.span.clone());
                self.document.rename(parent, entry, &name);
                self.brackets();
                self.no_tables();
            }
            Reading::As(..) | Reading::Nothing => {}
            Reading::Broken(name) => self.broken.push(below(parent, &name)),
            Reading::There(path) => {
                let section = path[..1].to_vec();
                let is_there = self.document.has(&section);
                self.broken.push(if is_there { path } else { section });
            }
            Reading::Wrong => self.broken.push(path),
            Reading::Vague => {
                let inside = refused::keys_inside(entry.value.get_ref());
                let inside: Vec<&str> = inside.iter().map(|(key, _)| key.as_str()).collect();
                let fitting = stand_in::keys_for(parent, entry.value.get_ref()).into_iter();
                let missing = fitting.flat_map(|path| missing_of(&self.document, path, &inside));
                self.broken.extend(missing.collect::<Vec<_>>());
            }
        }
    }

    /// Puts a stand-in into the place of a key that has to be there.
    fn fill_in(&mut self, name: &str, at: Range<usize>) -> Option<()> {
        let is_root = self.document.is_root(&at);
        let parents = if is_root { vec![Vec::new()] } else { self.document.paths_of(&at) };
        let mut paths = parents.iter().map(|parent| below(parent, name));
        let path = paths.find(|path| !self.document.has(path) && !stand_in::is_optional(path))?;
        // A key that was taken out for its value was not forgotten, nor may one be that is
        // written in a way which nobody understands.
        if !self.broken.contains(&path) {
            self.found.push(match is_root {
                true => refused::missing_section(name),
                false => {
                    let table = keys(&path[..path.len() - 1]).join(".");
                    refused::missing_key(self.text, name, &table, at)
                }
            });
        }
        self.broken.push(path.clone());
        self.document.put(&path, nowhere(stand_in::first(&path)?));
        Some(())
    }
}
