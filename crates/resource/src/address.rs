//! Our name for a resource: its kind, its AWS name and, away from home, its region.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;

use crate::kind::Kind;

/// An AWS region name such as `us-east-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(pub String);

impl Region {
    /// Wraps a region name; whether AWS has such a region is the spec's check.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as AWS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a resource is called in plans, logs and `--allow`.
///
/// Written `kind/name` in the cluster's home region and for global kinds, and
/// `kind/name@region` elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// What it is.
    pub kind: Kind,
    /// AWS's name for it, which pgha derives from the spec.
    pub name: String,
    /// `None` in the home region of the cluster and for global kinds.
    pub region: Option<Region>,
}

impl Address {
    /// An address in the home region (or of a global kind).
    pub fn home(kind: Kind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), region: None }
    }

    /// An address in `region`, written without it when that is `home`.
    pub fn within(kind: Kind, name: impl Into<String>, region: &Region, home: &Region) -> Self {
        let away = region != home && !kind.is_global();
        Self { kind, name: name.into(), region: away.then(|| region.clone()) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)?;
        match &self.region {
            Some(region) => write!(f, "@{region}"),
            None => Ok(()),
        }
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no slash between kind and name.
    #[error("`{0}` is not an address: write `kind/name`, for example `db-instance/orders-primary`")]
    Shape(String),
    /// The kind is not one of ours.
    #[error("`{kind}` is not a kind; the kinds are {known}")]
    Kind {
        /// What was written.
        kind: String,
        /// Every kind, comma separated.
        known: String,
    },
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = text.split_once('/').ok_or_else(|| AddressError::Shape(text.into()))?;
        let kind = Kind::from_name(kind).ok_or_else(|| AddressError::Kind {
            kind: kind.into(),
            known: Kind::ALL.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(", "),
        })?;
        // Names may hold `@` (an e-mail subscription), regions never do, and a
        // region always ends in a digit: only such a tail is taken for one.
        let region = rest.rsplit_once('@').filter(|(_, tail)| looks_like_region(tail));
        match region {
            // What belongs to the whole account is in no region, whatever its name ends in.
            Some((name, region)) if !name.is_empty() && !kind.is_global() => {
                Ok(Self { kind, name: name.into(), region: Some(Region::new(region)) })
            }
            _ if rest.is_empty() => Err(AddressError::Shape(text.into())),
            _ => Ok(Self::home(kind, rest)),
        }
    }
}

pub(crate) fn looks_like_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    parts.len() >= 3
        && number.len() == 1
        && number.chars().all(|c| c.is_ascii_digit())
        && words.iter().all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase()))
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_round_trip(text: &str) {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
    }

    #[test]
    fn addresses_survive_printing_and_parsing() {
        check_round_trip("db-instance/orders-primary");
        check_round_trip("db-instance/orders-dr@us-west-2");
        check_round_trip("sns-subscription/orders-alerts:email:oncall@example.com");
        check_round_trip("sns-subscription/orders-alerts:email:a@example.com@us-west-2");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert!(matches!("orders".parse::<Address>(), Err(AddressError::Shape(_))));
        assert!(matches!("db-instance/".parse::<Address>(), Err(AddressError::Shape(_))));
        assert!(matches!("table/orders".parse::<Address>(), Err(AddressError::Kind { .. })));
    }

    #[test]
    fn what_belongs_to_the_whole_account_is_in_no_region() {
        let role: Address = "iam-role/x@us-west-2".parse().unwrap();
        assert_eq!((role.name.as_str(), role.region), ("x@us-west-2", None));
    }

    #[test]
    fn home_is_left_out_and_global_kinds_have_no_region() {
        let home = Region::new("us-east-1");
        let away = Region::new("us-west-2");
        let text = |kind, region| Address::within(kind, "x", region, &home).to_string();
        assert_eq!(text(Kind::DbInstance, &home), "db-instance/x");
        assert_eq!(text(Kind::DbInstance, &away), "db-instance/x@us-west-2");
        assert_eq!(text(Kind::IamRole, &away), "iam-role/x");
    }

    #[test]
    fn a_region_is_words_a_number_and_hyphens() {
        for region in ["us-east-1", "us-gov-west-1", "ap-southeast-7"] {
            assert!(looks_like_region(region), "{region}");
        }
        let none = ["", "1", "us", "us-1", "us-east", "us-east-", "us-east-12", "us-east-x"];
        for text in
            none.into_iter().chain(["US-east-1", "us-e2st-1", "us--1", "-east-1", "us east-1"])
        {
            assert!(!looks_like_region(text), "{text}");
        }
    }

    #[test]
    fn only_a_tail_that_is_a_region_is_taken_for_one() {
        #[track_caller]
        fn check(text: &str, name: &str, region: Option<&str>) {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.name, name);
            assert_eq!(address.region.as_ref().map(Region::as_str), region);
        }
        check("db-instance/orders@us-west-2", "orders", Some("us-west-2"));
        check("sns-subscription/orders:email:a@example.com", "orders:email:a@example.com", None);
        check(
            "sns-subscription/orders:email:a@us-west-2@eu-west-1",
            "orders:email:a@us-west-2",
            Some("eu-west-1"),
        );
        // Nothing is without a name.
        check("alarm/@us-west-2", "@us-west-2", None);
        // Names may hold slashes.
        check("secret/orders/master", "orders/master", None);
    }

    #[test]
    fn a_refusal_says_what_to_write() {
        let said = "orders".parse::<Address>().unwrap_err().to_string();
        assert!(said.starts_with("`orders` is not an address: write `kind/name`"), "{said}");
        let said = "table/orders".parse::<Address>().unwrap_err().to_string();
        assert!(
            said.starts_with("`table` is not a kind; the kinds are security-group, "),
            "{said}"
        );
        assert!(said.contains(", db-instance, "), "{said}");
    }

    #[test]
    fn in_json_an_address_is_its_text() {
        let address: Address = "db-instance/orders@us-west-2".parse().unwrap();
        let json = serde_json::to_string(&address).unwrap();
        assert_eq!(json, r#""db-instance/orders@us-west-2""#);
        assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address);
        let error = serde_json::from_str::<Address>(r#""orders""#).unwrap_err().to_string();
        assert!(error.contains("`orders` is not an address"), "{error}");
    }
}
