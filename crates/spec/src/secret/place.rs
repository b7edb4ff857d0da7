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
        let (at, end) = (start, start + line.len());
        start = end;
        if let Some(asks) = header(line).filter(|_| done <= at) {
            section = asks;
            continue;
        }
        for (place, asks) in places(text, at..end, section) {
            if place < done {
                continue;
            }
            if asks == Asks::About {
                // All that is random on the line, so that the line is read once.
                found.extend(random(text, place..end));
                break;
            }
            let value = value(text, at, place);
            done = value.end;
            if !is_harmless(&text[value.clone()]) {
                found.push(value);
            }
        }
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

/// The places on a line where values begin that are, or may be, secrets; those that only may be
/// come last.
fn places(text: &str, line: Range<usize>, section: Asks) -> Vec<(usize, Asks)> {
    let first = line.start + text[line.clone()].len() - text[line.clone()].trim_start().len();
    let is_comment = text[first..].starts_with('#');
    let signs = text[line.clone()].match_indices(['=', ':', ' ', '\t']);
    let place = |(at, sign): (usize, &str)| {
        let (at, before) = (line.start + at, &text[line.start..line.start + at]);
        let behind = &text[at + 1..line.end];
        match sign {
            "=" => Some((at + 1, asks(before).max(section))),
            ":" => is_colon(before, behind).then(|| (at + 1, asks(before))),
            _ if at < first || before.ends_with([' ', '\t']) => None,
            _ => {
                let key = key_before(before);
                let is_first = !is_comment && is_only(&text[first..at], key);
                (key::asks(key) == Asks::Value && is_bare(key, behind, is_first))
                    .then_some((at + 1, Asks::Value))
            }
        }
    };
    let places = signs.filter_map(place).filter(|(_, asks)| *asks > Asks::Nothing);
    let (values, rest): (Vec<_>, Vec<_>) = places.partition(|(_, asks)| *asks == Asks::Value);
    values.into_iter().chain(rest).collect()
}

/// Whether a colon is behind a key, and not one of an ARN or of a time.
fn is_colon(before: &str, behind: &str) -> bool {
    let lead = before.trim_end_matches(['"', '\'']).strip_suffix(key_before(before));
    behind.is_empty()
        || behind.starts_with([' ', '\t', '"', '\'', '\n', '\r'])
        || !lead.is_some_and(|lead| lead.ends_with(':'))
}

/// Whether a text is a key and its quotes.
fn is_only(text: &str, key: &str) -> bool {
    text.len() <= key.len() + 2 && text.trim_matches(['"', '\'']) == key
}

/// Whether a value stands behind a key with blanks between them only: `password x`, or SQL's
/// `PASSWORD 'x'`.
fn is_bare(key: &str, behind: &str, is_first: bool) -> bool {
    let behind = behind.trim_start();
    let is_value = !behind.is_empty() && !behind.starts_with(['=', ':', ']', '#', ',']);
    is_value && (behind.starts_with(['"', '\'']) || key.starts_with("--") || is_first)
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
        Some(b'[' | b'{') => match brackets(&text[start..line]) {
            Some(end) => start..start + end,
            None => start..statement::end(text, line_start).max(line),
        },
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

/// The end of the list or the table that begins a line, if that has it.
fn brackets(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            quote @ (b'"' | b'\'') => at += closing(&text[at..], *quote)? - 1,
            b'#' => return None,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
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

/// The texts behind a key about secrets that look like secrets themselves.
fn random(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = line.start;
    for part in text[line].split_inclusive(|c: char| c.is_whitespace() || "\"',#".contains(c)) {
        let word = part.trim_end_matches(|c: char| c.is_whitespace() || "\"',#".contains(c));
        if !is_arn(word) && is_random(word) {
            found.push(at..at + word.len());
        }
        at += part.len();
    }
    found
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
