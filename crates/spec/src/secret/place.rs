//! Where secrets stand in a text that may or may not be TOML: behind the keys that ask for them.

use std::ops::Range;

use super::key;
use super::key::Asks;
use crate::document::Step;
use crate::stand_in;
use crate::statement;

/// More bytes than a value or the keys before it have on a line.
const MOST: usize = 8 * 1024;

/// The values that are, or may be, secrets.
pub(super) fn values(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut section = Asks::Nothing;
    let (mut start, mut done) = (0, 0);
    for line in text.split_inclusive('\n') {
        match header(line) {
            Some(asks) => section = asks,
            None => {
                let mut at = start;
                while let Some(place) = next(text, at.max(done)..start + line.len(), section) {
                    done = place.hides.end.max(place.behind);
                    at = place.behind;
                    if !place.hides.is_empty() {
                        found.push(place.hides);
                    }
                }
            }
        }
        start += line.len();
    }
    found
}

/// What a header asks for below it; nothing, where the line is none.
fn header(line: &str) -> Option<Asks> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let is_header = line.starts_with('[') && line.ends_with(']') && !line.contains(['=', ',']);
    let names: Vec<&str> = is_header
        .then(|| line.trim_matches(['[', ']']))?
        .split('.')
        .map(|name| name.trim_matches([' ', '\t', '"', '\'']))
        .collect();
    let path: Vec<Step> = names.iter().map(|name| Step::Key((*name).to_string())).collect();
    // Those of the language hold nothing secret.
    if stand_in::is_known(&path) {
        return Some(Asks::Nothing);
    }
    let asks = |name: &&str| match key::asks(name) {
        Asks::About if name.ends_with('s') => Asks::Value,
        asks => asks,
    };
    names.iter().map(asks).max()
}

/// A value that is hidden, if it is.
struct Place {
    hides: Range<usize>,
    /// Where to look on.
    behind: usize,
}

/// The next value behind a key on the rest of a line.
fn next(text: &str, rest: Range<usize>, section: Asks) -> Option<Place> {
    let line = text.get(rest.clone())?;
    let line_start = text[..rest.start].rfind('\n').map_or(0, |end| end + 1);
    let bare = bare(text, line_start, rest.clone());
    let separator = line.match_indices(['=', ':']).find_map(|(at, sign)| {
        let at = rest.start + at;
        let before = &text[line_start..at];
        // Not one of an ARN or of a time.
        let is_one = sign == "=" || {
            let key = key_before(before);
            let is_blank = text[at + 1..].starts_with([' ', '\t', '"', '\'', '\n', '\r']);
            let lead = before.trim_end_matches(['"', '\'']).strip_suffix(key);
            is_blank || !lead.is_some_and(|lead| lead.ends_with(':'))
        };
        let asks = asks(before).max(if sign == "=" { section } else { Asks::Nothing });
        (is_one && asks > Asks::Nothing).then_some((at + 1, asks))
    });
    let (start, asks) = match (bare, separator) {
        (Some(bare), Some((at, _))) if bare < at => (bare, Asks::Value),
        (Some(bare), None) => (bare, Asks::Value),
        (_, separator) => separator?,
    };
    Some(match asks {
        Asks::Value => {
            let value = value(text, line_start, start);
            let is_secret = !is_harmless(&text[value.clone()]);
            let hides = if is_secret { value.clone() } else { start..start };
            Place { hides, behind: value.end.max(start) }
        }
        _ => first_random(text, start),
    })
}

/// The value behind a key that asks for a secret, with blanks between them only: `password x`, or
/// SQL's `PASSWORD 'x'`.
fn bare(text: &str, line_start: usize, rest: Range<usize>) -> Option<usize> {
    let line = &text[rest.clone()];
    let is_comment = text[line_start..].trim_start().starts_with('#');
    let mut blanks = line.match_indices([' ', '\t']).map(|(at, _)| rest.start + at);
    blanks.find(|at| {
        let before = &text[line_start..*at];
        let key = key_before(before);
        let behind = text[*at..rest.end].trim_start();
        let is_first = before.trim().trim_matches(['"', '\'']).len() == key.len();
        let is_quoted = behind.starts_with(['"', '\'']);
        let is_key = !before.ends_with([' ', '\t']) && key::asks(key) == Asks::Value;
        let is_value = !behind.is_empty() && !behind.starts_with(['=', ':', ']', '#', ',']);
        is_key && is_value && (is_quoted || key.starts_with("--") || (is_first && !is_comment))
    })
}

/// What the key that a text before a separator ends in asks for, with the keys before its dots.
fn asks(before: &str) -> Asks {
    let whole = key_before(before);
    whole.split('.').map(key::asks).max().unwrap_or(Asks::Nothing).max(key::asks(whole))
}

/// The key that a text before a separator ends in, with its dots.
pub(super) fn key_before(text: &str) -> &str {
    let key = text.trim_end().trim_end_matches(['"', '\'']);
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    key.rsplit(|c| !part(c)).next().unwrap_or(key)
}

/// The value that begins at a place, with its quotes or brackets; in doubt, all of the line.
fn value(text: &str, line_start: usize, start: usize) -> Range<usize> {
    let line = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let start = start + text[start..line].len() - text[start..line].trim_start().len();
    let rest = &text[start..];
    let whole = start..start + text[start..line].trim_end().len();
    for quotes in ["\"\"\"", "'''"] {
        if let Some(body) = rest.strip_prefix(quotes) {
            return start..body.find(quotes).map_or(text.len(), |at| start + at + 6);
        }
    }
    // Nobody writes so long a line, and reading it again for each value takes too long.
    if start - line_start > MOST {
        return whole;
    }
    // What stands in a text ends with it.
    let before = &text[line_start..start];
    let outer = before.matches('"').count() % 2 == 1;
    match rest.as_bytes().first() {
        Some(quote @ (b'"' | b'\'')) if !(outer && *quote == b'"') => {
            let end = closing(&text[start..line], *quote).map(|at| start + at);
            let ends = |rest: &str| {
                let rest = rest.trim_start();
                outer || rest.is_empty() || rest.starts_with([',', ']', '}', '#', ')', ';'])
            };
            match end.filter(|end| ends(&text[*end..line])) {
                Some(end) => start..end,
                None => whole,
            }
        }
        Some(b'[' | b'{') => {
            let near = text.floor_char_boundary((start + MOST).min(text.len()));
            let end = brackets(&text[start..near]).map(|end| start + end);
            let end = end.or_else(|| statement_end(&text[line_start..near], line_start));
            start..end.unwrap_or(text.len())
        }
        _ if outer => start..start + text[start..line].find('"').unwrap_or(line - start),
        _ => {
            let word =
                rest.split([',', '}', ']', ' ', '\t', '\r', '\n', '#']).next().unwrap_or_default();
            let is_plain = matches!(word, "true" | "false")
                || (!word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()));
            if is_plain { start..start + word.len() } else { whole }
        }
    }
}

/// The end of a text in quotes that begins a text.
fn closing(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The end of the list or the table that begins a text, if it has one.
fn brackets(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            quote @ (b'"' | b'\'') => at += closing(&text[at..], *quote)? - 1,
            b'#' => at += text[at..].find('\n')?,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The end of the statement that begins a text which begins at a place, if another follows.
fn statement_end(text: &str, at: usize) -> Option<usize> {
    let statements = statement::split(text);
    let (first, next) = (statements.first()?, statements.get(1));
    next.map(|_| at + first.span.end)
}

/// Whether the value of a key that asks for a secret is none: nothing, a switch, or an ARN.
pub(crate) fn is_harmless(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    matches!(value, "" | "true" | "false") || is_arn(value)
}

fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let is_word = |part: &&str| {
        part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    matches!(parts[..], ["arn", partition, _, _, _, _] if partition.starts_with("aws"))
        && parts[1..5].iter().all(is_word)
        && !text.contains(char::is_whitespace)
}

/// The first text behind a key about secrets that looks like one itself, on its line.
fn first_random(text: &str, start: usize) -> Place {
    let ends = |c: char| c.is_whitespace() || "\"',#".contains(c);
    let line = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let mut at = start;
    for part in text[start..line].split(ends) {
        if !is_arn(part) && is_random(part) {
            return Place { hides: at..at + part.len(), behind: at + part.len() };
        }
        at += part.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
    Place { hides: start..start, behind: start }
}

/// Whether a text looks as if a machine had thrown it: long, and of all sorts of letters.
fn is_random(text: &str) -> bool {
    let is_part = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '=' | '!' | '%' | '^' | '&' | '*' | '$')
    };
    text.split(|c| !is_part(c)).any(|run| {
        let has = |is: fn(&u8) -> bool| run.bytes().any(|b| is(&b));
        let sorts =
            [u8::is_ascii_digit as fn(&u8) -> bool, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
        let sorts = sorts.into_iter().filter(|sort| has(*sort)).count();
        (run.len() >= 12 && sorts == 3)
            || (run.len() >= 24 && sorts == 2 && has(u8::is_ascii_digit))
    })
}
