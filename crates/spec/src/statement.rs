//! A text line by line: headers and entries, so that one that is not TOML can be taken out and
//! the others be read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::DeTable;

use crate::document::Path;
use crate::document::Step;

/// A header or an entry with all its lines.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The bytes of the text.
    pub(crate) span: Range<usize>,
    /// It names a table for the entries below.
    pub(crate) is_header: bool,
}

/// The text without what is not TOML.
#[derive(Debug)]
pub(crate) struct Sound<'t> {
    /// What is left.
    pub(crate) text: Cow<'t, str>,
    pieces: Vec<Piece>,
}

/// A part of what is left.
#[derive(Debug)]
struct Piece {
    /// Where it begins.
    start: usize,
    /// Where it stands in the whole text.
    whole: Range<usize>,
    /// It stands there byte for byte.
    is_exact: bool,
}

impl<'t> Sound<'t> {
    /// A text of which everything is left.
    pub(crate) fn whole(text: &'t str) -> Self {
        let piece = Piece { start: 0, whole: 0..text.len(), is_exact: true };
        Self { text: text.into(), pieces: vec![piece] }
    }

    /// Where a place of what is left stands in the whole text.
    pub(crate) fn place(&self, span: Range<usize>) -> Range<usize> {
        let start = match self.piece(span.start) {
            Some(piece) if piece.is_exact => piece.whole.start + span.start - piece.start,
            Some(piece) => piece.whole.start,
            None => 0,
        };
        let end = match self.piece(span.end.saturating_sub(1)) {
            Some(piece) if piece.is_exact => {
                (piece.whole.start + span.end - piece.start).min(piece.whole.end)
            }
            Some(piece) => piece.whole.end,
            None => 0,
        };
        start..end.max(start)
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.start <= at);
        self.pieces.get(after.checked_sub(1)?)
    }
}

/// A statement that was taken out.
#[derive(Debug)]
pub(crate) struct Cut {
    /// The table that it is about, or the key of one; nobody knows more where the key is not to
    /// be read.
    pub(crate) path: Path,
    /// The keys below a header that is not to be read, which belong nowhere; `None` for an
    /// entry.
    pub(crate) hidden: Option<Vec<String>>,
}

/// Splits a text. What is left open at its line's end goes on below, up to what begins
/// something else.
pub(crate) fn split(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let line = line_end(text, at);
        let first = text[at..line].trim_start();
        if first.is_empty() || first.starts_with('#') {
            at = line;
            continue;
        }
        let is_header = first.starts_with('[') || is_half_header(first);
        let end = if is_header { line } else { statement_end(text, at, line) };
        statements.push(Statement { span: at..end, is_header });
        at = end;
    }
    statements
}

/// The end of the entry that begins at a place.
pub(crate) fn end(text: &str, at: usize) -> usize {
    statement_end(text, at, line_end(text, at))
}

/// Whether a line is a header that lacks what it begins with.
fn is_half_header(line: &str) -> bool {
    let name = line.trim_end().trim_end_matches(']');
    line.trim_end().len() > name.len() && !name.is_empty() && name.chars().all(is_bare)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// The end of an entry: of its line, or of the line that closes what it opens.
fn statement_end(text: &str, start: usize, line: usize) -> usize {
    let mut open = Open::default();
    let mut end = line;
    open.line(&text[start..line]);
    while open.is_open() && end < text.len() {
        let next = line_end(text, end);
        if open.string.is_none() && begins_another(&text[end..next], open.in_table()) {
            return end;
        }
        open.line(&text[end..next]);
        end = next;
    }
    // A long text that nothing ends would hide everything below it.
    if open.string.is_some() { line } else { end }
}

/// Whether a line begins a statement, though a bracket above it is open.
fn begins_another(line: &str, in_table: bool) -> bool {
    let line = line.trim();
    let header =
        line.starts_with('[') && line.ends_with(']') && !line.contains([',', '"', '\'', '=']);
    let key: &str = line.split('=').next().unwrap_or_default().trim_end();
    let is_key = line.contains('=') && !key.is_empty() && key.chars().all(is_bare);
    header
        && !line.trim_matches(['[', ']']).is_empty()
        && !line.starts_with("[[[")
        && line.trim_matches(['[', ']']).chars().any(char::is_alphabetic)
        || (is_key && !in_table)
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// What is open at the end of a line.
#[derive(Debug, Default)]
struct Open {
    brackets: Vec<u8>,
    /// The quotes of a text of several lines.
    string: Option<&'static str>,
}

impl Open {
    fn is_open(&self) -> bool {
        self.string.is_some() || !self.brackets.is_empty()
    }

    fn in_table(&self) -> bool {
        self.brackets.last() == Some(&b'{')
    }

    fn line(&mut self, line: &str) {
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if let Some(quotes) = self.string {
                let Some(end) = line.get(at..).and_then(|rest| rest.find(quotes)) else { return };
                at += end + 3;
                self.string = None;
                continue;
            }
            match bytes[at] {
                b'#' => return,
                quote @ (b'"' | b'\'') => at = self.text(line, at, quote),
                bracket @ (b'[' | b'{') => self.brackets.push(bracket),
                b']' if self.brackets.last() == Some(&b'[') => _ = self.brackets.pop(),
                b'}' if self.brackets.last() == Some(&b'{') => _ = self.brackets.pop(),
                _ => {}
            }
            at += 1;
        }
    }

    /// The last byte of a text that begins at a place.
    fn text(&mut self, line: &str, at: usize, quote: u8) -> usize {
        let quotes = if quote == b'"' { "\"\"\"" } else { "'''" };
        if line[at..].starts_with(quotes) {
            self.string = Some(quotes);
            return at + 2;
        }
        let bytes = line.as_bytes();
        let mut end = at + 1;
        while end < bytes.len() && bytes[end] != quote {
            end += if bytes[end] == b'\\' && quote == b'"' { 2 } else { 1 };
        }
        end
    }
}

/// How a statement is no TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// By itself.
    Alone,
    /// Where it stands: it stands there twice, or against what stands above it.
    InPlace,
}

/// A place without the blanks at its end.
fn trimmed(text: &str, span: &Range<usize>) -> Range<usize> {
    span.start..span.start + text[span.clone()].trim_end().len()
}

/// Puts together what is left of a text without the statements of these numbers.
pub(crate) fn without<'t>(
    text: &'t str,
    statements: &[Statement],
    damaged: &BTreeMap<usize, Damage>,
) -> (Sound<'t>, Vec<Cut>) {
    let mut left = Left { text, sound: String::new(), pieces: Vec::new(), lists: BTreeMap::new() };
    let (mut table, mut is_hidden) = (Vec::new(), false);
    let mut cuts = Vec::new();
    for (number, statement) in statements.iter().enumerate() {
        let part = &text[statement.span.clone()];
        match (statement.is_header, damaged.get(&number)) {
            (true, None) => {
                (table, is_hidden) = (left.header(part), false);
                left.keep(statement.span.clone());
            }
            (true, Some(damage)) => match mended(part).filter(|_| *damage == Damage::Alone) {
                Some(header) => {
                    (table, is_hidden) = (left.header(&header), false);
                    left.put(&header, trimmed(text, &statement.span), false);
                }
                _ => {
                    (table, is_hidden) = (left.path_of(&names(part)), true);
                    cuts.push(Cut { path: table.clone(), hidden: Some(Vec::new()) });
                }
            },
            (false, None) if !is_hidden => left.keep(statement.span.clone()),
            (false, _) if is_hidden => {
                let hidden = cuts.last_mut().and_then(|cut| cut.hidden.as_mut());
                hidden.into_iter().for_each(|keys| keys.extend(key_of(part).into_iter().next()));
            }
            (false, _) => {
                let steps = key_of(part).into_iter().map(Step::Key);
                let path = table.iter().cloned().chain(steps).collect();
                cuts.push(Cut { path, hidden: None });
            }
        }
    }
    (Sound { text: left.sound.into(), pieces: left.pieces }, cuts)
}

/// What is left of a text, while it grows.
struct Left<'t> {
    text: &'t str,
    sound: String,
    pieces: Vec<Piece>,
    /// How many tables lists of them have.
    lists: BTreeMap<Vec<String>, usize>,
}

impl<'t> Left<'t> {
    fn keep(&mut self, span: Range<usize>) {
        let text: &'t str = self.text;
        self.put(&text[span.clone()], span, true);
    }

    fn put(&mut self, part: &str, whole: Range<usize>, is_exact: bool) {
        self.pieces.push(Piece { start: self.sound.len(), whole, is_exact });
        self.sound.push_str(part);
    }

    /// The way to the table that a header begins.
    fn header(&mut self, header: &str) -> Path {
        let names = names(header);
        if header.trim_start().starts_with("[[") {
            *self.lists.entry(names.clone()).or_default() += 1;
        }
        self.path_of(&names)
    }

    fn path_of(&self, names: &[String]) -> Path {
        let mut path = Vec::new();
        for (index, name) in names.iter().enumerate() {
            path.push(Step::Key(name.clone()));
            if let Some(count) = self.lists.get(&names[..=index]) {
                path.push(Step::Item(count - 1));
            }
        }
        path
    }
}

/// The names in a header, such as `network` and `regions`.
fn names(header: &str) -> Vec<String> {
    let inner = header.split('#').next().unwrap_or_default();
    let inner = inner.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']'));
    inner.split('.').map(|name| name.trim_matches([' ', '\t', '"', '\'']).to_string()).collect()
}

/// A header that lacks brackets, or has too many, as it was meant.
fn mended(header: &str) -> Option<String> {
    let names = names(header);
    let sound = names.iter().all(|name| !name.is_empty() && name.chars().all(is_bare));
    let many = header.trim_start().starts_with("[[") || header.trim_end().ends_with("]]");
    let (open, close) = if many { ("[[", "]]") } else { ("[", "]") };
    sound.then(|| format!("{open}{}{close}\n", names.join(".")))
}

/// The key that an entry begins with, if it can be read.
fn key_of(entry: &str) -> Vec<String> {
    let entry = entry.trim_start();
    let end = entry.find(|c: char| !is_bare(c) && !matches!(c, '"' | '\'')).unwrap_or(entry.len());
    let key = &entry[..end];
    match DeTable::parse(&format!("{key} = 1")) {
        Ok(table) => {
            let mut names = Vec::new();
            let mut at = Some(table.into_inner());
            while let Some(table) = at.take() {
                for (key, value) in table {
                    names.push(key.into_inner().into_owned());
                    if let toml::de::DeValue::Table(inner) = value.into_inner() {
                        at = Some(inner);
                    }
                }
            }
            names
        }
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_split(text: &str, parts: &[&str]) {
        let statements = split(text);
        let found: Vec<&str> =
            statements.iter().map(|statement| text[statement.span.clone()].trim_end()).collect();
        assert_eq!(found, parts);
    }

    #[test]
    fn a_statement_ends_with_what_it_opens() {
        check_split("a = 1\n\n# c\n[b]\nc = 2", &["a = 1", "[b]", "c = 2"]);
        check_split("a = [\n1,\n]\nb = 1\n", &["a = [\n1,\n]", "b = 1"]);
        check_split("a = \"\"\"\n[x]\n\"\"\"\nb = 1\n", &["a = \"\"\"\n[x]\n\"\"\"", "b = 1"]);
        check_split("a = \"[\" # [\nb = '{'\n", &["a = \"[\" # [", "b = '{'"]);
    }

    #[test]
    fn what_is_left_open_ends_before_the_next_statement() {
        check_split("a = [1,\nb = 1\n", &["a = [1,", "b = 1"]);
        check_split("a = { b = 1\n[c]\nd = 1\n", &["a = { b = 1", "[c]", "d = 1"]);
        check_split("a = \"\"\"x\nb = 1\n", &["a = \"\"\"x", "b = 1"]);
    }

    #[test]
    fn places_are_those_of_the_whole_text() {
        let text = "[a\nb = 1\nc =\nd = 2\n";
        let statements = split(text);
        let damaged = BTreeMap::from([(0, Damage::Alone), (2, Damage::Alone)]);
        let (sound, cuts) = without(text, &statements, &damaged);
        assert_eq!(sound.text, "[a]\nb = 1\nd = 2\n");
        let at = |part: &str| {
            let start = sound.text.find(part).unwrap();
            &text[sound.place(start..start + part.len())]
        };
        assert_eq!((at("[a]"), at("b = 1"), at("d")), ("[a", "b = 1", "d"));
        let paths: Vec<_> = cuts.iter().map(|cut| crate::document::keys(&cut.path)).collect();
        assert_eq!(paths, [["a", "c"]]);
    }

    #[test]
    fn keys_are_read_from_entries_that_are_none() {
        assert_eq!(key_of("size = \"x"), ["size"]);
        assert_eq!(key_of("a.\"b\" 1"), ["a", "b"]);
        assert_eq!(key_of("= 1"), Vec::<String>::new());
        assert_eq!(mended("[[replica]").as_deref(), Some("[[replica]]\n"));
        assert_eq!(mended("storage]").as_deref(), Some("[storage]\n"));
        assert_eq!(mended("[a b]"), None);
    }
}
