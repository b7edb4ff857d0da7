//! The parsed text before it is a [`Spec`]: a tree of tables and lists in which keys can be
//! taken out, put in, and found by their place.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;
use toml::de::Error;
use toml::de::ValueDeserializer;

use crate::section::Spec;

/// One step from a table or a list to what is in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The key of a table.
    Key(String),
    /// The place in a list.
    Item(usize),
}

/// The way from the top of the document to a value.
pub(crate) type Path = Vec<Step>;

/// The keys of a path, without places in lists.
pub(crate) fn keys(path: &[Step]) -> Vec<String> {
    let key = |step: &Step| match step {
        Step::Key(key) => Some(key.clone()),
        Step::Item(_) => None,
    };
    path.iter().filter_map(key).collect()
}

/// A path with one key more.
pub(crate) fn below(path: &[Step], key: &str) -> Path {
    [path, &[Step::Key(key.to_string())]].concat()
}

/// A value that stands nowhere in the text: it stands in for one that nobody can read.
pub(crate) fn nowhere(value: DeValue<'static>) -> Spanned<DeValue<'static>> {
    Spanned::new(0..0, value)
}

/// A value that is written otherwise, all of it at one place; nothing, where numbers are in it.
pub(crate) fn written(text: &str, at: &Range<usize>) -> Option<Spanned<DeValue<'static>>> {
    owned(DeValue::parse(text).ok()?.get_ref(), at)
}

fn owned(value: &DeValue<'_>, at: &Range<usize>) -> Option<Spanned<DeValue<'static>>> {
    let value = match value {
        DeValue::String(text) => DeValue::String(text.clone().into_owned().into()),
        DeValue::Boolean(on) => DeValue::Boolean(*on),
        DeValue::Datetime(date) => DeValue::Datetime(*date),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| owned(item.get_ref(), at));
            DeValue::Array(items.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let entry = |(key, value): (&Key<'_>, &Spanned<DeValue<'_>>)| {
                let key = Spanned::new(at.clone(), key.get_ref().clone().into_owned().into());
                Some((key, owned(value.get_ref(), at)?))
            };
            DeValue::Table(table.iter().map(entry).collect::<Option<_>>()?)
        }
        DeValue::Integer(_) | DeValue::Float(_) => return None,
    };
    Some(Spanned::new(at.clone(), value))
}

/// Where a place in one text is in another.
pub(crate) type Move<'m> = dyn Fn(Range<usize>) -> Range<usize> + 'm;

/// The tree.
#[derive(Debug, Clone)]
pub(crate) struct Document<'t> {
    root: DeTable<'t>,
    span: Range<usize>,
}

/// An entry of a table.
pub(crate) struct Entry<'t> {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) span: Range<usize>,
    /// The value.
    pub(crate) value: Spanned<DeValue<'t>>,
}

impl<'t> Document<'t> {
    /// The tree of a text of that length, with each place moved to where it stands in it.
    pub(crate) fn new(root: DeTable<'t>, length: usize, to: &Move<'_>) -> Self {
        Self { root: moved(root, to), span: 0..length }
    }

    /// What serde makes of it, or the first thing that it objects to.
    pub(crate) fn read(&self) -> Result<Spec, Error> {
        let value = Spanned::new(self.span.clone(), DeValue::Table(self.root.clone()));
        Spec::deserialize(ValueDeserializer::from(value))
    }

    /// How long the text is, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.span.end
    }

    /// Whether a place is that of the whole document.
    pub(crate) fn is_root(&self, at: &Range<usize>) -> bool {
        *at == self.span
    }

    pub(crate) fn has(&self, path: &[Step]) -> bool {
        path.is_empty() || self.value(path).is_some()
    }

    /// How many items the list at a path has; `None` where there is no list.
    pub(crate) fn count(&self, path: &[Step]) -> Option<usize> {
        Some(self.value(path)?.get_ref().as_array()?.len())
    }

    /// Whether what stands at a path is a table.
    pub(crate) fn is_table(&self, path: &[Step]) -> bool {
        self.value(path).is_none_or(|value| value.get_ref().is_table())
    }

    fn value(&self, path: &[Step]) -> Option<&Spanned<DeValue<'t>>> {
        let (first, rest) = path.split_first()?;
        let Step::Key(key) = first else { return None };
        let mut at = self.root.get(key.as_str())?;
        for step in rest {
            at = match (step, at.get_ref()) {
                (Step::Key(key), DeValue::Table(table)) => table.get(key.as_str())?,
                (Step::Item(index), DeValue::Array(items)) => items.get(*index)?,
                _ => return None,
            };
        }
        Some(at)
    }

    fn table(&mut self, path: &[Step]) -> Option<&mut DeTable<'t>> {
        let mut at = &mut self.root;
        let mut steps = path.iter().peekable();
        while let Some(Step::Key(key)) = steps.next() {
            let mut value = at.get_mut(key.as_str())?.get_mut();
            while let Some(Step::Item(index)) = steps.peek() {
                let DeValue::Array(items) = value else { return None };
                value = items.get_mut(*index)?.get_mut();
                steps.next();
            }
            let DeValue::Table(table) = value else { return None };
            at = table;
        }
        Some(at)
    }

    /// Puts a value into a table, or over an item of a list or behind its last; nothing where there
    /// is no such table or list.
    pub(crate) fn put(&mut self, path: &[Step], value: Spanned<DeValue<'static>>) {
        match path.split_last() {
            Some((Step::Key(key), parent)) => {
                if let Some(table) = self.table(parent) {
                    table.insert(Spanned::new(0..0, key.clone().into()), value);
                }
            }
            Some((Step::Item(index), list)) => {
                let Some((Step::Key(key), parent)) = list.split_last() else { return };
                let list = self.table(parent).and_then(|table| table.get_mut(key.as_str()));
                let Some(DeValue::Array(items)) = list.map(Spanned::get_mut) else { return };
                match items.get_mut(*index) {
                    Some(item) => *item = value,
                    None => items.push(value),
                }
            }
            None => {}
        }
    }

    /// Puts an entry back, under another key.
    pub(crate) fn rename(&mut self, parent: &[Step], entry: Entry<'t>, key: &str) {
        if let Some(table) = self.table(parent) {
            table.insert(Spanned::new(entry.span, key.to_string().into()), entry.value);
        }
    }

    /// Takes an entry out of a table.
    pub(crate) fn take(&mut self, path: &[Step]) -> Option<Entry<'t>> {
        let (Step::Key(key), parent) = path.split_last()? else { return None };
        let (name, value) = self.table(parent)?.remove_entry(key.as_str())?;
        Some(Entry { key: key.clone(), span: name.span(), value })
    }

    /// The way to the entry that an error at a place is about: the one whose key stands there, the
    /// outermost whose value does, or the innermost that is around it.
    ///
    /// The key of a table that has no header of its own is also the place of its value, and the
    /// header of one below is around both.
    pub(crate) fn entry_at(&self, at: &Range<usize>, is_key: bool) -> Option<Path> {
        let mut found: Option<(Near, Path)> = None;
        self.walk(&mut |path, key, value| {
            let Some(key) = key else { return };
            let near = if is_key && key.span() == *at {
                Near::Key
            } else if value.span() == *at {
                Near::Value(Reverse(path.len()))
            } else if covers(&key.span(), at) || covers(&value.span(), at) {
                Near::Around(path.len())
            } else {
                return;
            };
            if found.as_ref().is_none_or(|(other, _)| near > *other) {
                found = Some((near, path.to_vec()));
            }
        });
        found.map(|(_, path)| path)
    }

    /// The ways to the values that stand at exactly a place, the inner ones first.
    pub(crate) fn paths_of(&self, at: &Range<usize>) -> Vec<Path> {
        let mut into = Vec::new();
        self.walk(&mut |path, _, value| {
            if value.span() == *at {
                into.push(path.to_vec());
            }
        });
        into
    }

    /// The way to the innermost value at each place, from its first to behind its last byte.
    pub(crate) fn paths(&self) -> BTreeMap<(usize, usize), Path> {
        let mut into = BTreeMap::new();
        self.walk(&mut |path, _, value| {
            // A list of tables stands where its first table does, which is the one that is meant.
            let at = value.span();
            into.entry((at.start, at.end)).or_insert_with(|| path.to_vec());
        });
        into
    }

    /// The ways to what serde may be given as a table, tables, lists and dates, where they are
    /// values of keys, the inner ones first.
    pub(crate) fn tables(&self) -> Vec<Path> {
        let mut into = Vec::new();
        self.walk(&mut |path, key, value| {
            let is_one = matches!(
                value.get_ref(),
                DeValue::Table(_) | DeValue::Array(_) | DeValue::Datetime(_)
            );
            if key.is_some() && is_one {
                into.push(path.to_vec());
            }
        });
        into
    }

    /// Every text in it with the way to it and its place; that of a key is that of its value.
    pub(crate) fn texts_with_places(&self) -> Vec<(Path, Range<usize>, String)> {
        let mut into = Vec::new();
        self.walk(&mut |path, key, value| {
            let text = value.get_ref().as_str().map(|text| (value.span(), text));
            let key = key.map(|key| (key.span(), key.get_ref().as_ref()));
            let written = key.into_iter().chain(text).filter(|(at, _)| !at.is_empty());
            into.extend(written.map(|(at, text)| (path.to_vec(), at, text.to_string())));
        });
        into
    }

    /// Every text in it, keys and values.
    pub(crate) fn texts(&self) -> BTreeSet<&str> {
        let mut into = BTreeSet::new();
        self.walk(&mut |_, key, value| {
            into.extend(key.map(|key| key.get_ref().as_ref()));
            into.extend(value.get_ref().as_str());
        });
        into
    }

    /// Goes to each value, the inner ones first, with the way to it and its key; the items of a
    /// list have none.
    fn walk<'d>(&'d self, visit: &mut Visit<'_, 'd, 't>) {
        walk(&self.root, &mut Vec::new(), visit);
    }
}

/// How near an entry is to a place, the nearest last.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Near {
    /// It is around it, so many steps from the top.
    Around(usize),
    /// Its value stands there, so many steps from the top.
    Value(Reverse<usize>),
    /// Its key stands there.
    Key,
}

/// A key of a table and where it stands.
type Key<'t> = Spanned<Cow<'t, str>>;

/// What is done with each value.
type Visit<'v, 'd, 't> = dyn FnMut(&[Step], Option<&'d Key<'t>>, &'d Spanned<DeValue<'t>>) + 'v;

fn walk<'d, 't>(table: &'d DeTable<'t>, path: &mut Path, visit: &mut Visit<'_, 'd, 't>) {
    for (key, value) in table {
        path.push(Step::Key(key.get_ref().to_string()));
        walk_in(value, path, visit);
        visit(path, Some(key), value);
        path.pop();
    }
}

fn walk_in<'d, 't>(
    value: &'d Spanned<DeValue<'t>>,
    path: &mut Path,
    visit: &mut Visit<'_, 'd, 't>,
) {
    match value.get_ref() {
        DeValue::Table(table) => walk(table, path, visit),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Item(index));
                walk_in(item, path, visit);
                visit(path, None, item);
                path.pop();
            }
        }
        _ => {}
    }
}

fn moved<'t>(table: DeTable<'t>, to: &Move<'_>) -> DeTable<'t> {
    let entry = |(key, value): (Key<'t>, Spanned<DeValue<'t>>)| {
        (Spanned::new(to(key.span()), key.into_inner()), moved_value(value, to))
    };
    table.into_iter().map(entry).collect()
}

fn moved_value<'t>(value: Spanned<DeValue<'t>>, to: &Move<'_>) -> Spanned<DeValue<'t>> {
    let span = to(value.span());
    let value = match value.into_inner() {
        DeValue::Array(items) => {
            DeValue::Array(items.into_iter().map(|item| moved_value(item, to)).collect())
        }
        DeValue::Table(table) => DeValue::Table(moved(table, to)),
        other => other,
    };
    Spanned::new(span, value)
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    // A stand-in covers nothing and is covered by nothing.
    !outer.is_empty() && !inner.is_empty() && outer.start <= inner.start && inner.end <= outer.end
}
