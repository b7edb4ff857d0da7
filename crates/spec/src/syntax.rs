//! What the parser of TOML objects to, in the words of those who write specs: what is wrong there,
//! and what to type.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::stand_in;

/// What ends a value that stands without quotes.
const ENDS: [char; 6] = ['\n', '#', ',', ']', '}', '"'];

/// What the parser says first of an error, and what that means: what is wrong, what stands at the
/// place, and what to write. The first that fits counts.
#[rustfmt::skip]
const WORDS: [(&str, &str, &str, &str); 18] = [
    ("invalid basic string, expected `\"`", "a text has no end", "`\"` is missing", "write `\"` at its end, or `\\\"` for one inside of it"),
    ("invalid literal string, expected `'`", "a text has no end", "`'` is missing", "write `'` at its end"),
    ("missing opening quote", "a text has no beginning", "`\"` is missing", "write the text between two quotes"),
    ("unclosed table", "a header has no end", "`]` is missing", "write a header as `[section]`, or as `[[replica]]` for one of several"),
    ("unclosed array table", "a header has no end", "`]]` is missing", "write a header as `[section]`, or as `[[replica]]` for one of several"),
    ("unclosed array", "a list has no end", "`]` is missing", "write `]` behind its last value"),
    ("unclosed inline table", "a table has no end", "`}` is missing", "write `}` behind its last value, on the same line"),
    ("missing comma between array elements", "two values of a list have no comma between them", "`,` is missing", "write `[\"a\", \"b\"]`"),
    ("missing comma between key-value pairs", "two keys of a table have no comma between them", "`,` is missing", "write `{ a = 1, b = 2 }`"),
    ("extra comma", "there is a comma too many", "nothing before it", "take it away"),
    ("extra `=`", "there is a `=` too many", "the second", "write `key = value`; a text with `=` stands in quotes"),
    ("extra assignment", "there is a `=` too many", "the second", "write `key = value`; a text with `=` stands in quotes"),
    ("unexpected `=` in array", "a list has no keys", "`=` in a list", "write `[\"a\", \"b\"]`, or a table `{ a = 1 }`"),
    ("invalid unquoted key", "this is no key", "not letters, digits, `_` and `-`", "write the key in quotes, or without what does not belong there"),
    ("unquoted keys cannot be empty", "a key is missing", "nothing before `=`", "write `key = value`"),
    ("missing key", "a key is missing", "a value without a key", "write `key = value`"),
    ("unexpected key or value", "something stands behind the value", "does not belong here", "write one `key = value` a line; a text with blanks stands in quotes"),
    ("unexpected content", "something stands behind the value", "does not belong here", "write one `key = value` a line; a text with blanks stands in quotes"),
];

/// Beginnings of what the parser says of values that are no numbers, dates or switches. Most are
/// texts without quotes, and it names the part that it does not expect.
const OF_VALUES: [&str; 13] = [
    "`_` may only go",
    "integers with a radix",
    "invalid boolean",
    "invalid datetime",
    "invalid exponent",
    "invalid float",
    "invalid integer",
    "invalid mantissa",
    "radix must be",
    "redundant integer",
    "redundant numeric",
    "unexpected leading zero",
    "unexpected sign",
];

/// What is to be said of a syntax error that the parser words as `message`.
pub(crate) fn error(text: &str, message: &str, at: Range<usize>) -> Diagnostic {
    let start = text.floor_char_boundary(at.start.min(text.len()));
    let at = start..text.floor_char_boundary(at.end.min(text.len())).max(start);
    // What it expects there is a matter of its grammar.
    let what = message.split(", expected").next().unwrap_or(message);
    let is_of_value = OF_VALUES.iter().any(|start| message.starts_with(start));
    match what {
        "duplicate key" => twice(text, at),
        "string values must be quoted" | "missing value" | "missing value for key" => {
            unquoted(text, at)
        }
        "key with no value" => no_equals(text, at),
        _ if is_of_value => unquoted(text, whole(text, &at)),
        _ => {
            let diagnostic = |title: &str| Diagnostic::new("PGHA100", at.clone(), title);
            match WORDS.iter().find(|(start, ..)| message.starts_with(start)) {
                Some((_, title, label, help)) => diagnostic(title).label(*label).help(*help),
                None => diagnostic(what).label("here").help(
                    "the spec is TOML: `key = value` lines below `[section]` lines; texts are in quotes",
                ),
            }
        }
    }
}

/// The whole of an unquoted value of which the parser names a part.
fn whole(text: &str, at: &Range<usize>) -> Range<usize> {
    let line = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let begins = |c: char| matches!(c, '=' | ',' | '[' | '{') || c.is_whitespace();
    let start = text[line..at.start].rfind(begins).map_or(line, |found| {
        let width = text[line + found..].chars().next().map_or(1, char::len_utf8);
        line + found + width
    });
    let end = text[at.start..].find(ENDS).map_or(text.len(), |end| at.start + end);
    start..start + text[start..end].trim_end().len()
}

/// A value that is none: a text without quotes, a switch in other words, or nothing.
fn unquoted(text: &str, at: Range<usize>) -> Diagnostic {
    let written = text.get(at.clone()).unwrap_or_default().trim();
    let of = |title: &str| Diagnostic::new("PGHA100", at.clone(), title);
    if written.is_empty() {
        return of("a value is missing").label("nothing behind `=`").help(
            "write `key = value`, or delete this line: a key without a value has its default",
        );
    }
    // What other languages end a line with is no part of the text.
    let quoted = written.trim_end_matches([';', ',']).trim_matches(['“', '”', '„', '‘', '’']);
    let quoted = format!("\"{quoted}\"");
    // Nobody repeats what stands below the key of a password.
    let is_secret = is_of_secret(text, at.start);
    let is_plain = !written.contains(['"', '\\']) && !is_secret;
    let switch = match written.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some("true"),
        "false" | "no" | "off" => Some("false"),
        _ => None,
    };
    match switch {
        Some(switch) => of(&format!("`{written}` is not how a switch is written"))
            .label("neither `true` nor `false`")
            .help(format!("write {switch}; a text stands in quotes: {quoted}"))
            .fix(switch),
        None if written.starts_with(['“', '”', '„', '‘', '’']) && is_plain => {
            of("these are not the quotes of a text")
                .label("typographic quotes")
                .help(format!("write {quoted}"))
                .fix(quoted)
        }
        None if is_plain && is_number(written) => of(&format!("`{written}` is no number"))
            .label("this is no value")
            .help(format!("write digits without a 0 before them, such as 10; a text stands in quotes: {quoted}")),
        None if is_plain => of("a text without quotes")
            .label("this is no value")
            .help(format!("write {quoted}"))
            .fix(quoted),
        None => of("a text without quotes").label("this is no value").help(match is_secret {
            true => "delete this line: passwords never go into a spec",
            false => "write it as `key = \"value\"`",
        }),
    }
}

/// Whether a value that is none is most likely meant as a number.
fn is_number(written: &str) -> bool {
    let digits = written.bytes().all(|b| b.is_ascii_digit() || b"_.+-".contains(&b));
    digits && written.matches('.').count() < 2 && !written[1..].contains(['+', '-'])
}

/// Whether the line up to a place names a key that holds a password.
fn is_of_secret(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    words.into_iter().any(secret::is_secret)
}

fn no_equals(text: &str, at: Range<usize>) -> Diagnostic {
    let line = text[..at.start].rsplit('\n').next().unwrap_or_default();
    let is_colon = line.trim_end().ends_with(':');
    let diagnostic = Diagnostic::new("PGHA100", at, "a key and its value have no `=` between them");
    match is_colon {
        true => diagnostic.label("behind `:`").help("write `key = value`: TOML has no `:`"),
        false => diagnostic.label("`=` is missing").help("write `key = value`"),
    }
}

/// A key or a header that is there twice.
fn twice(text: &str, at: Range<usize>) -> Diagnostic {
    let start = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at.end..].find('\n').map_or(text.len(), |end| at.end + end);
    let line = text[start..end].trim();
    let name = text.get(at.clone()).unwrap_or_default();
    let is_header = line.starts_with('[');
    if is_header && let Some(list) = list_of(line) {
        let written = start..start + text[start..end].trim_end().len();
        return one_of_several(&list, written);
    }
    let title = match is_header {
        true => format!("{line} is there twice"),
        false => format!("`{name}` is there twice"),
    };
    let help = match (is_header, line.starts_with("[[")) {
        (true, true) => "there is one only: write its keys below the first, with one bracket",
        (true, false) => "write the keys of both below one header",
        (false, _) => "delete one of them",
    };
    Diagnostic::new("PGHA100", at, title).label("the second").help(help)
}

/// The name in a header with one bracket, where it is that of a list of tables.
fn list_of(line: &str) -> Option<String> {
    let name = line.strip_prefix('[')?.split(']').next()?.trim();
    let path: Vec<_> = name.split('.').map(|key| crate::document::Step::Key(key.into())).collect();
    stand_in::lists_tables(&path).then(|| name.to_string())
}

/// A header with one bracket where there may be several such tables.
pub(crate) fn one_of_several(name: &str, at: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        "PGHA100",
        at,
        format!("there may be several `{name}`, each with a header of two brackets"),
    )
    .label("one bracket")
    .help(format!("write [[{name}]]"))
    .fix(format!("[[{name}]]"))
}

/// A header with two brackets where there is one such table.
pub(crate) fn only_one(name: &str, at: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        "PGHA100",
        at,
        format!("there is one `{name}` only, with a header of one bracket"),
    )
    .label("two brackets")
    .help(format!("write [{name}]"))
    .fix(format!("[{name}]"))
}
