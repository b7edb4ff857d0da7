//! `[parameters]`: PostgreSQL parameters as they are written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde_untagged::UntaggedEnumVisitor;

use crate::spanned::Sp;

/// Parameters by name, as it is written; RDS keeps names in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Parameters {
    written: BTreeMap<Sp<String>, Sp<Written>>,
    /// The name that each one in lower case is written as; the first of two.
    names: BTreeMap<String, Sp<String>>,
}

impl Deref for Parameters {
    type Target = BTreeMap<Sp<String>, Sp<Written>>;

    fn deref(&self) -> &Self::Target {
        &self.written
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written: BTreeMap<Sp<String>, Sp<Written>> = Deserialize::deserialize(deserializer)?;
        let mut names = BTreeMap::new();
        for name in written.keys() {
            names.entry(name.to_ascii_lowercase()).or_insert_with(|| name.clone());
        }
        Ok(Self { written, names })
    }
}

impl JsonSchema for Parameters {
    fn inline_schema() -> bool {
        <BTreeMap<String, Written> as JsonSchema>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        <BTreeMap<String, Written> as JsonSchema>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <BTreeMap<String, Written> as JsonSchema>::json_schema(generator)
    }
}

/// The key and the value of a parameter in a table, by its name in lower case.
pub(crate) fn find<'a>(
    table: &'a Parameters,
    name: &str,
) -> Option<(&'a Sp<String>, &'a Sp<Written>)> {
    table.written.get_key_value(table.names.get(name)?)
}

/// A parameter's value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written {
    /// A text, with or without a unit.
    Text(String),
    /// A whole number, in the parameter's base unit.
    Integer(i64),
    /// A fraction.
    Float(f64),
    /// A switch.
    Bool(bool),
    /// A list, joined by commas.
    List(Vec<String>),
    /// A table: a name with a dot that is not quoted, or what somebody who knows the API writes
    /// to say `apply_method`.
    Table(BTreeMap<Sp<String>, Written>),
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Bool(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::List(items) => f.write_str(&items.join(",")),
            Self::Table(_) => f.write_str("{ … }"),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        UntaggedEnumVisitor::new()
            .expecting("a text, a number, true, false or a list of texts")
            .string(|text| Ok(Self::Text(text.into())))
            .i64(|number| Ok(Self::Integer(number)))
            .f64(|number| Ok(Self::Float(number)))
            .bool(|on| Ok(Self::Bool(on)))
            .seq(|seq| seq.deserialize::<Vec<String>>().map(Self::List))
            .map(|map| map.deserialize().map(Self::Table))
            .deserialize(deserializer)
    }
}

impl JsonSchema for Written {
    fn schema_name() -> Cow<'static, str> {
        "ParameterValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A PostgreSQL value: a text with or without a unit, a number, a switch or a list.",
            "anyOf": [
                { "type": ["string", "number", "boolean"] },
                { "type": "array", "items": { "type": "string" } },
            ],
        })
    }
}
