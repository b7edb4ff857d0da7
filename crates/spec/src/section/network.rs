//! `[network]`: the VPC, its subnets, and who may connect.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error as _;
use serde_untagged::UntaggedEnumVisitor;

use crate::spanned::Maybe;
use crate::spanned::Sp;

/// The VPC, its subnets, and who may connect.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Network {
    /// The VPC of the home region, and of every other region that does not say: `"default"`,
    /// an id, or the tags of exactly one VPC: `{ tag = { Name = "main" } }`. Default:
    /// `"default"`.
    pub(crate) vpc: Maybe<Vpc>,
    /// Its subnets: `"all"`, a list of ids, or `{ tag = { tier = "data" } }`, in two zones at
    /// least and in three for a Multi-AZ DB cluster. Default: `"all"`.
    pub(crate) subnets: Maybe<SubnetChoice>,
    /// Who may connect: address ranges (`"10.0.0.0/16"`), security groups (`"sg-0123456789abcdef0"`),
    /// `"self"` (members of the database's own group) and, with a chain, `"app"`. Default:
    /// `["self"]`.
    pub(crate) allow: Maybe<Vec<Sp<String>>>,
    /// `single`: one group for the database and the proxy. `chain`: a group for the
    /// application, one for the proxy, one for the database, each open to the one before.
    /// `given`: none of pgha's; the databases have `extra_security_groups` alone. Default: `single`.
    pub(crate) security_groups: Maybe<Groups>,
    /// Ids of existing security groups that the database joins beside its own, in the home
    /// region.
    pub(crate) extra_security_groups: Maybe<Vec<Sp<String>>>,
    /// Whether the database gets a public address. Default: `false`.
    pub(crate) public: Maybe<bool>,
    /// `ipv4` or `dual`. Default: AWS's choice, IPv4.
    pub(crate) network_type: Maybe<NetworkType>,
    /// What differs in another region: `[network.regions.us-west-2]`.
    #[serde(default)]
    pub(crate) regions: BTreeMap<Sp<String>, RegionNetwork>,
}

/// The network of another region.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionNetwork {
    /// The VPC there; the same words as in `[network]`. An id of the home region is not
    /// inherited.
    pub(crate) vpc: Maybe<Vpc>,
    /// The subnets there. A list of ids of the home region is not inherited.
    pub(crate) subnets: Maybe<SubnetChoice>,
    /// Who may connect there. Default: as at home.
    pub(crate) allow: Maybe<Vec<Sp<String>>>,
    /// Ids of existing security groups that the databases there join.
    pub(crate) extra_security_groups: Maybe<Vec<Sp<String>>>,
}

/// How many security groups there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Groups {
    /// One for the database and the proxy.
    Single,
    /// Application, proxy and database, each open to the one before.
    Chain,
    /// None of pgha's.
    Given,
}

/// The addresses a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NetworkType {
    /// IPv4 only.
    Ipv4,
    /// IPv4 and IPv6; the subnets need IPv6.
    Dual,
}

/// Which VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Vpc {
    /// The region's default VPC.
    Default,
    /// By id.
    Id(String),
    /// The only one with these tags.
    Tagged(BTreeMap<String, String>),
}

/// Which subnets of the VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SubnetChoice {
    /// All.
    All,
    /// By id.
    Ids(Vec<Sp<String>>),
    /// Those with these tags.
    Tagged(BTreeMap<String, String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tagged {
    tag: BTreeMap<String, String>,
}

fn tags<T>(tagged: Tagged, new: fn(BTreeMap<String, String>) -> T) -> Result<T, String> {
    match tagged.tag.is_empty() {
        true => Err("`tag` is empty: name at least one tag".into()),
        false => Ok(new(tagged.tag)),
    }
}

impl<'de> Deserialize<'de> for Vpc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        UntaggedEnumVisitor::new()
            .expecting("\"default\", a VPC id such as \"vpc-0123456789abcdef0\", or { tag = { … } }")
            .string(|text| match text {
                "default" => Ok(Self::Default),
                other if other.trim().eq_ignore_ascii_case("default") => {
                    Err(serde_untagged::de::Error::custom(format!("`{other}` is no VPC: write \"default\"")))
                }
                id if id.starts_with("vpc-") => Ok(Self::Id(id.into())),
                other => Err(serde_untagged::de::Error::custom(format!(
                    "`{other}` is no VPC: write \"default\", an id such as \"vpc-0123456789abcdef0\", or {{ tag = {{ Name = \"{other}\" }} }}"
                ))),
            })
            .map(|map| {
                tags(map.deserialize()?, Self::Tagged).map_err(serde_untagged::de::Error::custom)
            })
            .deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for SubnetChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        UntaggedEnumVisitor::new()
            .expecting("\"all\", a list of subnet ids, or { tag = { … } }")
            .string(|text| match text {
                "all" => Ok(Self::All),
                other if other.trim().eq_ignore_ascii_case("all") => {
                    Err(serde_untagged::de::Error::custom(format!("`{other}` names no subnets: write \"all\"")))
                }
                other => Err(serde_untagged::de::Error::custom(format!(
                    "`{other}` names no subnets: write \"all\", [\"subnet-0123456789abcdef0\", …], or {{ tag = {{ … }} }}"
                ))),
            })
            .seq(|seq| seq.deserialize::<Vec<Sp<String>>>().map(Self::Ids))
            .map(|map| {
                tags(map.deserialize()?, Self::Tagged).map_err(serde_untagged::de::Error::custom)
            })
            .deserialize(deserializer)
    }
}

fn tagged_schema() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "tag": { "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1 },
        },
        "required": ["tag"],
        "additionalProperties": false,
    })
}

impl JsonSchema for Vpc {
    fn schema_name() -> Cow<'static, str> {
        "Vpc".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "\"default\", a VPC id, or the tags of exactly one VPC.",
            "anyOf": [
                { "const": "default" },
                { "type": "string", "pattern": "^vpc-([0-9a-f]{8}|[0-9a-f]{17})$" },
                tagged_schema(),
            ],
        })
    }
}

impl JsonSchema for SubnetChoice {
    fn schema_name() -> Cow<'static, str> {
        "Subnets".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "\"all\", a list of subnet ids, or tags that each subnet has.",
            "anyOf": [
                { "const": "all" },
                { "type": "array", "items": { "type": "string", "pattern": "^subnet-([0-9a-f]{8}|[0-9a-f]{17})$" } },
                tagged_schema(),
            ],
        })
    }
}
