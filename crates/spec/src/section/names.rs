//! `[names]`: resources under names of their own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde_untagged::UntaggedEnumVisitor;

use crate::spanned::Sp;

/// Names on AWS, by the addresses that resources have without them.
pub(crate) type Names = BTreeMap<Sp<String>, Sp<Name>>;

/// The name that a resource has on AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    /// The cluster's own, under this name.
    Named(String),
    /// Somebody else's: it is used as it is and never changed.
    Given(String),
}

impl Name {
    /// The name on AWS.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Named(name) | Self::Given(name) => name,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    given: String,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        UntaggedEnumVisitor::new()
            .expecting("a name, or { given = \"…\" } for what is used as it is")
            .string(|name| Ok(Self::Named(name.into())))
            .map(|map| map.deserialize::<Given>().map(|given| Self::Given(given.given)))
            .deserialize(deserializer)
    }
}

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A name on AWS, or { given = \"…\" } for what is used as it is.",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                {
                    "type": "object",
                    "properties": { "given": { "type": "string", "minLength": 1 } },
                    "required": ["given"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
