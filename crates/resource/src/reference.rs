//! Values that AWS chooses, and how one resource names another.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::address::Region;

/// Which of a resource's identifiers is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attr {
    /// The name in the address.
    Name,
    /// The id AWS chose (`sg-…`, `prx-…`).
    Id,
    /// The Amazon resource name.
    Arn,
    /// The immutable resource id of a database (`db-…`, `cluster-…`).
    ResourceId,
    /// The ARN of the secret that RDS itself keeps for the master user.
    MasterSecret,
    /// The host name that a database answers at.
    Host,
}

/// An identifier that is either known or belongs to another resource.
///
/// Edges of the graph come from here: whoever holds `Of(address, _)` depends on
/// that address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ref {
    /// The identifier itself.
    Known(String),
    /// The identifier of a resource in this graph.
    Of(Address, Attr),
    /// The VPC that the region's network lookup finds.
    Vpc(Region),
}

impl Ref {
    /// A known identifier.
    pub fn known(id: impl Into<String>) -> Self {
        Self::Known(id.into())
    }

    /// The identifier where it is known.
    pub fn as_known(&self) -> Option<&str> {
        match self {
            Self::Known(id) => Some(id),
            Self::Of(..) | Self::Vpc(_) => None,
        }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(id) => f.write_str(id),
            Self::Of(address, Attr::Name) => f.write_str(&address.name),
            Self::Of(address, _) => write!(f, "{address}"),
            Self::Vpc(region) => write!(f, "the VPC in {region}"),
        }
    }
}

/// The subnets of a group: listed, or those that the region's lookup finds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subnets {
    /// These ids.
    Known(std::collections::BTreeSet<String>),
    /// What the region's network lookup finds.
    Of(Region),
}

/// Answers references; `None` means that the answer does not exist yet.
pub trait Resolve {
    /// The identifier behind a reference.
    fn reference(&self, reference: &Ref) -> Option<String>;
    /// The subnets that a region's lookup found.
    fn subnets(&self, region: &Region) -> Option<std::collections::BTreeSet<String>>;
}

impl crate::Resource {
    /// The regions whose network its fields are looked up in.
    pub fn lookups(&self) -> std::collections::BTreeSet<Region> {
        let asked = Lookups::default();
        self.clone().resolve(&asked);
        asked.0.into_inner()
    }
}

/// Answers nothing and remembers whose network was asked for.
#[derive(Default)]
struct Lookups(std::cell::RefCell<std::collections::BTreeSet<Region>>);

impl Resolve for Lookups {
    fn reference(&self, reference: &Ref) -> Option<String> {
        if let Ref::Vpc(region) = reference {
            self.0.borrow_mut().insert(region.clone());
        }
        None
    }

    fn subnets(&self, region: &Region) -> Option<std::collections::BTreeSet<String>> {
        self.0.borrow_mut().insert(region.clone());
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_identifier_is_known() {
        assert_eq!(Ref::known("sg-1").as_known(), Some("sg-1"));
        let address: Address = "security-group/orders".parse().unwrap();
        assert_eq!(Ref::Of(address, Attr::Id).as_known(), None);
        assert_eq!(Ref::Vpc(Region::new("us-east-1")).as_known(), None);
    }

    #[test]
    fn a_name_is_shown_as_it_will_be_and_other_identifiers_by_whose_they_are() {
        let address: Address = "db-instance/orders@us-west-2".parse().unwrap();
        assert_eq!(Ref::known("sg-1").to_string(), "sg-1");
        assert_eq!(Ref::Of(address.clone(), Attr::Name).to_string(), "orders");
        assert_eq!(Ref::Of(address, Attr::Arn).to_string(), "db-instance/orders@us-west-2");
        assert_eq!(Ref::Vpc(Region::new("us-east-1")).to_string(), "the VPC in us-east-1");
    }
}
