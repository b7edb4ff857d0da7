//! A value of another tool in the form that a key of ours takes.

use std::str::FromStr;

use toml::de::DeValue;

use super::snake;
use crate::quantity::Days;
use crate::quantity::Gib;
use crate::quantity::Percent;
use crate::quantity::Seconds;
use crate::types;

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// It stays as it is.
    Same,
    /// It is a text.
    Text,
    /// It is a text in small letters.
    Small,
    /// It is true or false.
    Switch,
    /// It is a whole number.
    Whole,
    /// It is a size in GiB.
    Size,
    /// It is a duration in seconds.
    Duration,
    /// It is a number of days.
    Days,
    /// It is a share in percent.
    Share,
    /// It is a list of texts.
    List,
    /// It is one of some words, in snake case, each with what is written instead.
    Word(&'static [(&'static str, &'static str)]),
    /// It is a key of a table.
    In(&'static str, &'static Form),
    /// It says too little to be put into our form: the example shows what else is needed.
    Example,
}

impl Form {
    /// The value as it is written below our key, if it can be.
    pub(crate) fn of(self, value: &DeValue<'_>) -> Option<String> {
        let word = plain(value);
        match self {
            Self::Same => rendered(value),
            Self::Text => word.map(|word| quoted(&word)),
            Self::Small => word.map(|word| quoted(&word.to_ascii_lowercase())),
            Self::Switch => types::switch(&word?).map(String::from),
            Self::Whole => types::whole(&word?),
            Self::Size => quantity::<Gib>(&word?, " GiB"),
            Self::Duration => quantity::<Seconds>(&word?, "s"),
            Self::Days => quantity::<Days>(&word?, " days"),
            Self::Share => quantity::<Percent>(&word?, "%"),
            Self::List => list(value),
            Self::Word(words) => {
                let word = snake(&word?);
                let meant = words.iter().find(|(theirs, _)| *theirs == word);
                meant.map(|(_, ours)| (*ours).to_string())
            }
            Self::Example => None,
            Self::In(key, form) => form.of(value).map(|inner| format!("{{ {key} = {inner} }}")),
        }
    }
}

/// A value that is no list and no table, as a text.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.trim().to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(|number| number.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_string()),
        DeValue::Boolean(on) => Some(on.to_string()),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// A number with its unit; what has a unit of its own keeps it, or gets the one that is offered.
fn quantity<T: FromStr<Err = String>>(word: &str, unit: &str) -> Option<String> {
    match (word, word.parse::<T>()) {
        ("0", _) => Some("\"off\"".into()),
        (word, Ok(_)) if word.bytes().all(|b| b.is_ascii_digit()) => {
            Some(quoted(&format!("{word}{unit}")))
        }
        (word, Ok(_)) => Some(quoted(word)),
        (_, Err(error)) => error.split_once(": write ").map(|(_, offer)| offer.to_string()),
    }
}

fn list(value: &DeValue<'_>) -> Option<String> {
    let items: Vec<String> = match value {
        DeValue::String(text) => {
            let items = text.split([',', ' ']).map(str::trim).filter(|item| !item.is_empty());
            items.map(quoted).collect()
        }
        DeValue::Array(items) => {
            let texts = items.iter().map(|item| item.get_ref().as_str().map(quoted));
            texts.collect::<Option<_>>()?
        }
        _ => return None,
    };
    (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
}

/// A value on one line.
fn rendered(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Table(table) => {
            let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                let key = toml_edit::Key::new(key.as_ref()).to_string();
                rendered(value.get_ref()).map(|value| format!("{key} = {value}"))
            };
            let entries = table.iter().map(entry).collect::<Option<Vec<_>>>()?;
            (!entries.is_empty()).then(|| format!("{{ {} }}", entries.join(", ")))
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|item| rendered(item.get_ref()));
            Some(format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(", ")))
        }
        DeValue::String(text) => Some(quoted(text)),
        DeValue::Datetime(_) => None,
        other => plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(form: Form, value: &str, wanted: Option<&str>) {
        let value = DeValue::parse(value).unwrap().into_inner();
        assert_eq!(form.of(&value).as_deref(), wanted);
    }

    #[test]
    fn values_of_other_tools_are_put_into_our_form() {
        check(Form::Size, "100", Some("\"100 GiB\""));
        check(Form::Size, "\"100\"", Some("\"100 GiB\""));
        check(Form::Size, "\"100 GB\"", Some("\"100 GiB\""));
        check(Form::Size, "0x64", Some("\"100 GiB\""));
        check(Form::Size, "\"many\"", None);
        check(Form::Days, "0", Some("\"off\""));
        check(Form::Duration, "60", Some("\"60s\""));
        check(Form::Share, "100.0", Some("\"100%\""));
        check(Form::Switch, "\"true\"", Some("true"));
        check(Form::Switch, "0", Some("false"));
        check(Form::Small, "\"Mon:03:00-Mon:04:00\"", Some("\"mon:03:00-mon:04:00\""));
        check(Form::List, "\"sg-1, sg-2\"", Some("[\"sg-1\", \"sg-2\"]"));
        check(Form::List, "[\"a\"]", Some("[\"a\"]"));
        check(Form::List, "[1]", None);
        check(
            Form::Same,
            "{ a = [1, true], \"b c\" = \"x\" }",
            Some("{ a = [1, true], \"b c\" = \"x\" }"),
        );
        check(
            Form::Word(&[("not_breaching", "\"not-breaching\"")]),
            "\"notBreaching\"",
            Some("\"not-breaching\""),
        );
        check(Form::In("size", &Form::Size), "7", Some("{ size = \"7 GiB\" }"));
        check(Form::Text, "16.4", Some("\"16.4\""));
        check(Form::Text, "2027-01-01", None);
    }
}
