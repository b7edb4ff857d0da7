//! A value of another type than its key takes: what it is, what the key takes, and the value in
//! the type that was meant, where it can be told.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use crate::diagnostic::Diagnostic;
use crate::document::Path;
use crate::document::Step;
use crate::foreign;
use crate::misplaced;
use crate::stand_in;
use crate::suggest;

/// What a key takes, by the JSON Schema.
#[derive(Debug, PartialEq)]
enum Wanted {
    Switch,
    Whole,
    Number,
    Text,
    Choice(Vec<&'static str>),
    List(Box<Wanted>),
    Table,
    /// Several of these, in words.
    Other(Vec<String>),
}

impl Wanted {
    fn of(node: &'static Value) -> Self {
        let choices =
            ["oneOf", "anyOf", "enum"].into_iter().filter_map(|key| node.get(key)?.as_array());
        let word = |choice: &'static Value| choice.get("const").unwrap_or(choice).as_str();
        let choices: Vec<Option<&str>> = choices.flatten().map(word).collect();
        if !choices.is_empty() {
            let words = || node.get("anyOf").and_then(Value::as_array).into_iter().flatten();
            let words = || words().map(|choice| Self::of(stand_in::resolved(choice)).words(""));
            let other = || Self::Other(words().collect());
            return choices.into_iter().collect::<Option<_>>().map_or_else(other, Self::Choice);
        }
        match node.get("type").and_then(Value::as_str) {
            Some("boolean") => Self::Switch,
            Some("integer") => Self::Whole,
            Some("number") => Self::Number,
            Some("string") => Self::Text,
            Some("object") => Self::Table,
            Some("array") => {
                let items = node.get("items").map(stand_in::resolved);
                Self::List(Box::new(items.map_or(Self::Table, Self::of)))
            }
            _ => Self::Other(Vec::new()),
        }
    }

    fn at(path: &Path) -> Self {
        stand_in::node_at(path).map_or(Self::Other(Vec::new()), Self::of)
    }

    /// In words; `message` is what the reader says.
    fn words(&self, message: &str) -> String {
        match self {
            Self::Switch => "true or false".into(),
            Self::Whole => "a whole number".into(),
            Self::Number => "a number".into(),
            Self::Table => "a table".into(),
            Self::Choice(words) => format!("one of {}", suggest::list(words)),
            Self::List(items) => match **items {
                Self::Text => "a list of texts".into(),
                Self::Table => "a list of tables".into(),
                _ => "a list".into(),
            },
            Self::Text | Self::Other(_) => {
                // What reads the value says best what it is, unless that is a word of Rust's.
                let own = message.lines().next().and_then(|line| line.rsplit_once("expected "));
                match (own, self) {
                    (Some((_, own)), _) if own != "a string" => own.into(),
                    (_, Self::Other(choices)) if !choices.is_empty() => choices.join(" or "),
                    _ => "a text".into(),
                }
            }
        }
    }

    /// What to write instead of a value.
    fn instead(&self, key: &str, value: &DeValue<'_>, written: &str) -> Option<String> {
        let text = value.as_str().map(str::trim);
        match self {
            Self::Text => is_plain(value).then(|| format!("\"{written}\"")),
            Self::Switch => switch(text.unwrap_or(written)).map(String::from),
            Self::Whole => whole(text.unwrap_or(written)),
            Self::Number => {
                let number = text?;
                number.parse::<f64>().ok().filter(|n| n.is_finite()).map(|_| number.to_string())
            }
            Self::Choice(known) => {
                let word = text.unwrap_or(written);
                let meant = foreign::value(key, word).filter(|meant| known.contains(meant));
                let close = || suggest::closest(word, known);
                meant.or_else(close).map(|word| format!("\"{word}\""))
            }
            Self::List(items) => match (&**items, value) {
                (Self::Text, DeValue::String(_)) => Some(format!("[{written}]")),
                (Self::Text, value) if is_plain(value) => Some(format!("[\"{written}\"]")),
                _ => None,
            },
            Self::Table | Self::Other(_) => None,
        }
    }
}

/// Whether a value is one that somebody may have left the quotes off.
fn is_plain(value: &DeValue<'_>) -> bool {
    use DeValue::{Boolean, Datetime, Float, Integer};
    matches!(value, Integer(_) | Float(_) | Boolean(_) | Datetime(_))
}

/// A switch in other words.
pub(crate) fn switch(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "enabled" | "enable" | "1" => Some("true"),
        "false" | "no" | "off" | "disabled" | "disable" | "0" => Some("false"),
        _ => None,
    }
}

/// A whole number as a text, with separators, or with a fraction that is none.
pub(crate) fn whole(text: &str) -> Option<String> {
    let text = text
        .split_once('.')
        .filter(|(_, rest)| rest.bytes().all(|b| b == b'0'))
        .map_or(text, |(whole, _)| whole);
    let digits: String = text.chars().filter(|c| !matches!(c, '_' | ',' | ' ' | '\'')).collect();
    let number = digits.parse::<u32>().ok()?;
    Some(number.to_string())
}

/// What is said of a value that its key does not take: `path` leads to the key, `at` is the
/// place of the value, which may be one of a list.
pub(crate) fn wrong(
    text: &str,
    path: &Path,
    entry: &Spanned<DeValue<'_>>,
    at: Range<usize>,
    message: &str,
) -> Diagnostic {
    let key = match path.last() {
        Some(Step::Key(key)) => key.as_str(),
        _ => "this",
    };
    let node = stand_in::node_at(path);
    let wanted = Wanted::at(path);
    // Where one of a list is wrong, the list is named that could be something else, too.
    let (wanted, at) = match (wanted, entry.get_ref().as_array()) {
        (Wanted::Other(_), Some(items)) if at == entry.span() => {
            let wrong = items.iter().find(|item| !item.get_ref().is_str());
            let at = wrong.map_or(at, Spanned::span);
            (Wanted::List(Box::new(Wanted::Text)), at)
        }
        (wanted, _) => (wanted, at),
    };
    let value = inner(entry, &at).unwrap_or(entry).get_ref();
    let is_item = at != entry.span() && entry.get_ref().is_array();
    let (wanted, title) = match wanted {
        Wanted::List(items) if is_item => {
            let title = format!(
                "`{key}` is a list of which each is {}, not {}",
                items.words(message),
                misplaced::kind(value)
            );
            (*items, title)
        }
        wanted => {
            let title =
                format!("`{key}` is {}, not {}", wanted.words(message), misplaced::kind(value));
            (wanted, title)
        }
    };
    let written = text.get(at.clone()).unwrap_or_default();
    let diagnostic = Diagnostic::new("PGHA103", at, title);
    if matches!((&wanted, value), (Wanted::Whole, DeValue::Integer(_))) {
        return out_of_range(diagnostic, key, written, node);
    }
    let instead = wanted.instead(key, value, written);
    let diagnostic = diagnostic.label(match (&wanted, value) {
        (Wanted::Text, value) if is_plain(value) => "without quotes",
        (Wanted::Switch | Wanted::Whole | Wanted::Number, DeValue::String(_))
            if instead.is_some() =>
        {
            "in quotes"
        }
        _ => "this value",
    });
    // Where there is a word for how many groups there are, people name groups.
    if key == "security_groups" && value.is_array() {
        let help = format!(
            "ids of existing groups are `extra_security_groups`; write {}",
            wanted.words(message)
        );
        return diagnostic.help(help);
    }
    match instead {
        Some(instead) => diagnostic.help(format!("write {instead}")).fix(instead),
        None => diagnostic.help(format!("write {}", wanted.words(message))),
    }
}

/// What a key takes, in words; `message` is what its reader says.
pub(crate) fn wanted(path: &Path, message: &str) -> String {
    Wanted::at(path).words(message)
}

/// Whether a key takes one of some words.
pub(crate) fn is_choice(path: &Path) -> bool {
    matches!(Wanted::at(path), Wanted::Choice(_))
}

/// A whole number that no such number can be.
fn out_of_range(
    diagnostic: Diagnostic,
    key: &str,
    written: &str,
    node: Option<&Value>,
) -> Diagnostic {
    let limit = |name: &str| node.and_then(|node| node.get(name)?.as_u64());
    let help = match (limit("minimum"), limit("maximum")) {
        (Some(least), Some(most)) if least == most => format!("write {least}"),
        (Some(least), Some(most)) => format!("write a whole number from {least} to {most}"),
        _ if written.starts_with('-') => "write a whole number that is not below 0".into(),
        _ => "write a smaller whole number".into(),
    };
    Diagnostic { title: format!("`{key}` cannot be {written}"), ..diagnostic }
        .label("out of range")
        .help(help)
}

/// What the reader of a value says of it in its own words: `‘x’ is not a size: write "200 GiB"`.
pub(crate) fn own_words(key: &str, message: &str, at: Range<usize>) -> Diagnostic {
    let of = |title: String| Diagnostic::new("PGHA103", at.clone(), title).label("this value");
    if let Some((title, help)) = message.split_once(": write ") {
        let fix = offered(help).map(String::from);
        let diagnostic = of(format!("`{key}`: {title}")).help(format!("write {help}"));
        return match fix {
            Some(fix) => diagnostic.fix(fix),
            None => diagnostic,
        };
    }
    match message.split_once("` is not ") {
        Some((written, wanted)) => {
            let title = format!("`{key}`: {written}` is not {wanted}");
            of(title).help(format!("write {wanted}"))
        }
        None => of(format!("`{key}`: {message}")).help("write it as `pgha schema` says"),
    }
}

/// The value in an offer, where that is nothing but one.
fn offered(help: &str) -> Option<&str> {
    let inside = help.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_text = inside.is_some_and(|inside| !inside.contains('"'));
    (is_text || help.parse::<u32>().is_ok()).then_some(help)
}

/// The value at a place within another.
fn inner<'d, 't>(
    value: &'d Spanned<DeValue<'t>>,
    at: &Range<usize>,
) -> Option<&'d Spanned<DeValue<'t>>> {
    if value.span() == *at {
        return Some(value);
    }
    match value.get_ref() {
        DeValue::Array(items) => items.iter().find_map(|item| inner(item, at)),
        DeValue::Table(table) => table.values().find_map(|item| inner(item, at)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: [&str; 2], value: &str, title: &str, fix: Option<&str>) {
        let path: Path = key.iter().map(|key| Step::Key((*key).into())).collect();
        let entry = DeValue::parse(value).unwrap();
        let found = wrong(value, &path, &entry, 0..value.len(), "expected a string");
        assert_eq!(found.title, title);
        assert_eq!(found.fix.map(|fix| fix.replacement).as_deref(), fix, "{title}");
        assert!(found.help.is_some());
    }

    #[test]
    fn what_was_meant_is_offered_in_the_type_that_is_wanted() {
        check(["engine", "class"], "16", "`class` is a text, not a number", Some("\"16\""));
        check(["engine", "port"], "\"5432\"", "`port` is a whole number, not a text", Some("5432"));
        check(
            ["engine", "port"],
            "5432.0",
            "`port` is a whole number, not a number with a fraction",
            Some("5432"),
        );
        check(["engine", "port"], "99999", "`port` cannot be 99999", None);
        check(
            ["storage", "iops"],
            "\"12,000\"",
            "`iops` is a whole number, not a text",
            Some("12000"),
        );
        check(["storage", "iops"], "\"many\"", "`iops` is a whole number, not a text", None);
        check(
            ["engine", "iam_auth"],
            "\"yes\"",
            "`iam_auth` is true or false, not a text",
            Some("true"),
        );
        check(
            ["engine", "iam_auth"],
            "0",
            "`iam_auth` is true or false, not a number",
            Some("false"),
        );
        check(
            ["network", "allow"],
            "\"self\"",
            "`allow` is a list of texts, not a text",
            Some("[\"self\"]"),
        );
        check(
            ["cluster", "topology"],
            "true",
            "`topology` is one of `single-az`, `multi-az-instance`, `multi-az-cluster`, not a switch",
            Some("\"multi-az-instance\""),
        );
    }

    #[test]
    fn own_words_become_a_title_and_what_to_write() {
        let found = own_words("size", "`9 GB` is no whole GiB: write \"9 GiB\"", 0..4);
        assert_eq!(found.title, "`size`: `9 GB` is no whole GiB");
        assert_eq!(found.fix.unwrap().replacement, "\"9 GiB\"");
        let found = own_words("vpc", "`x` is no VPC: write \"default\", or \"vpc-0\"", 0..4);
        assert!(found.fix.is_none());
        let found = own_words("size", "`x` is not a size such as \"200 GiB\"", 0..4);
        assert_eq!(found.help.unwrap(), "write a size such as \"200 GiB\"");
    }
}
