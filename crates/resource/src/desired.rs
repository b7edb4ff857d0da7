//! The desired graph: what the spec, expanded, says should exist.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::address::Region;
use crate::call::Timing;
use crate::effect::Disruption;
use crate::kind::Resource;
use crate::live::Tags;
use crate::measure::Measure;
use crate::scope::Scope;
use crate::window::Weekly;

/// A place in the spec's text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The file's name as the user gave it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Whose a resource is, and what it is called.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The cluster's, under the name that begins with the cluster's.
    #[default]
    Made,
    /// The cluster's, under a name that the spec gives: it may have been there before.
    Named,
    /// Somebody else's: it is used, and never made, changed, tagged or deleted.
    Given,
}

impl Mode {
    fn is_made(&self) -> bool {
        *self == Self::Made
    }
}

/// One resource that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredResource {
    /// Its fields; `None` in an optional field means that AWS decides.
    pub resource: Resource,
    /// Whether it is the cluster's, and under which name.
    #[serde(default, skip_serializing_if = "Mode::is_made")]
    pub mode: Mode,
    /// The user's tags; ownership and digest are added by the planner.
    pub tags: Tags,
    /// Where the resource as a whole comes from.
    pub origin: Origin,
    /// Where each field comes from, an element of a map as `parameters.work_mem`, a tag as
    /// `tags.team`; what is not here comes from `origin`.
    pub origins: BTreeMap<String, Origin>,
    /// Addresses that must be settled first although no field names them.
    pub after: BTreeSet<Address>,
    /// What of a database an alarm's threshold is a share of, where it is not a number of its
    /// own: it follows the database as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// The weekly maintenance windows that serve it equally, its own first; empty where the spec
    /// names one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
    /// What the spec says of the networks that its fields are looked up in, by region: it is a
    /// part of what is recorded as applied.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookups: BTreeMap<Region, String>,
}

impl DesiredResource {
    /// The line of the spec behind a field.
    pub fn origin_of(&self, field: &str) -> &Origin {
        self.origins.get(field).unwrap_or(&self.origin)
    }
}

/// Which subnets of which VPC the cluster uses in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkQuery {
    /// Which VPC.
    pub vpc: VpcQuery,
    /// Which of its subnets.
    pub subnets: SubnetQuery,
    /// The line of the spec.
    pub origin: Origin,
}

impl NetworkQuery {
    /// What is asked for, without the line that asks: it is recorded as a digest, so that other
    /// words for the same make every network look changed.
    pub fn words(&self) -> String {
        let tagged = |tags: &Tags| {
            let tags: Vec<String> =
                tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            tags.join(",")
        };
        let vpc = match &self.vpc {
            VpcQuery::Default => "default".to_string(),
            VpcQuery::Id(id) => id.clone(),
            VpcQuery::Tagged(tags) => tagged(tags),
        };
        let subnets = match &self.subnets {
            SubnetQuery::All => "all".to_string(),
            SubnetQuery::Ids(ids) => ids.iter().cloned().collect::<Vec<_>>().join(","),
            SubnetQuery::Tagged(tags) => tagged(tags),
        };
        format!("vpc {vpc}; subnets {subnets}")
    }
}

/// Which VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VpcQuery {
    /// The default VPC of the region.
    Default,
    /// This one.
    Id(String),
    /// The only one with all these tags.
    Tagged(Tags),
}

/// Which subnets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubnetQuery {
    /// All of the VPC's.
    All,
    /// These.
    Ids(BTreeSet<String>),
    /// Those with all these tags.
    Tagged(Tags),
}

/// What the user allows and forbids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether changes that can wait do so.
    pub timing: Timing,
    /// The worst disruption that an apply may cause without another word.
    pub max_disruption: Disruption,
    /// Addresses that are never deleted or replaced, whatever is allowed elsewhere.
    pub protected: BTreeSet<Address>,
    /// The cluster's maintenance window.
    pub window: Option<Weekly>,
}

/// The desired graph of one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// Whose cluster, where.
    pub scope: Scope,
    /// What should exist.
    pub resources: BTreeMap<Address, DesiredResource>,
    /// Network lookups by region.
    pub networks: BTreeMap<Region, NetworkQuery>,
    /// What the user allows.
    pub policy: Policy,
}

impl Desired {
    /// The database at home that everything else is about: the cluster, or the instance that
    /// is no replica.
    pub fn database(&self) -> Option<&Address> {
        let is_database = |resource: &Resource| match resource {
            Resource::DbCluster(_) => true,
            Resource::DbInstance(instance) => instance.source.is_none(),
            _ => false,
        };
        let mut databases = self
            .resources
            .iter()
            .filter(|(address, wanted)| address.region.is_none() && is_database(&wanted.resource));
        databases.next().map(|(address, _)| address)
    }

    /// Those of some regions that the spec does not name.
    pub fn beyond(&self, mut regions: BTreeSet<Region>) -> BTreeSet<Region> {
        let named = self.regions();
        regions.retain(|region| !named.contains(region));
        regions
    }

    /// Every region the cluster reaches into, home first.
    pub fn regions(&self) -> Vec<Region> {
        let mut regions = vec![self.scope.home.clone()];
        let away = self.resources.keys().filter_map(|address| address.region.clone());
        for region in away.chain(self.networks.keys().cloned()).collect::<BTreeSet<_>>() {
            if !regions.contains(&region) {
                regions.push(region);
            }
        }
        regions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::DbInstance;

    fn at(line: u32) -> Origin {
        Origin { file: "cluster.toml".into(), line, column: 7 }
    }

    fn instance() -> DesiredResource {
        DesiredResource {
            resource: DbInstance::default().into(),
            mode: Mode::Made,
            tags: Tags::new(),
            origin: at(3),
            origins: BTreeMap::from([("class".into(), at(5))]),
            after: BTreeSet::new(),
            measure: None,
            windows: Vec::new(),
            lookups: BTreeMap::new(),
        }
    }

    fn desired(home: &str, addresses: &[&str], networks: &[&str]) -> Desired {
        let query =
            NetworkQuery { vpc: VpcQuery::Default, subnets: SubnetQuery::All, origin: at(1) };
        Desired {
            scope: Scope { cluster: "orders".into(), account: None, home: Region::new(home) },
            resources: addresses.iter().map(|a| (a.parse().unwrap(), instance())).collect(),
            networks: networks.iter().map(|r| (Region::new(*r), query.clone())).collect(),
            policy: Policy {
                timing: Timing::InWindow,
                max_disruption: Disruption::Failover,
                protected: BTreeSet::new(),
                window: None,
            },
        }
    }

    #[track_caller]
    fn check_regions(desired: Desired, expected: &[&str]) {
        let regions = desired.regions();
        assert_eq!(regions.iter().map(Region::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn regions_come_home_first_then_in_order_and_once() {
        check_regions(desired("us-east-1", &[], &[]), &["us-east-1"]);
        check_regions(desired("us-east-1", &["db-instance/a"], &["us-east-1"]), &["us-east-1"]);
        let addresses = ["db-instance/a", "db-instance/b@us-west-2", "alarm/c@us-west-2"];
        check_regions(
            desired("us-east-1", &addresses, &["us-east-1", "eu-west-1", "us-west-2"]),
            &["us-east-1", "eu-west-1", "us-west-2"],
        );
    }

    #[test]
    fn the_database_is_the_one_at_home_that_is_no_replica() {
        let mut some = desired("us-east-1", &["alarm/a", "db-instance/a", "db-instance/b"], &[]);
        some.resources.insert("db-instance/c@us-west-2".parse().unwrap(), instance());
        let replica = DbInstance {
            source: Some(crate::Ref::known("orders-primary")),
            ..DbInstance::default()
        };
        let first = some.resources.get_mut(&"db-instance/a".parse().unwrap()).unwrap();
        first.resource = replica.into();
        let alarm = some.resources.get_mut(&"alarm/a".parse().unwrap()).unwrap();
        alarm.resource =
            crate::kind::SnsTopic { display_name: None, policy: None, kms_key: None }.into();
        assert_eq!(some.database().unwrap().to_string(), "db-instance/b");
        some.resources.remove(&"db-instance/b".parse().unwrap());
        assert_eq!(some.database(), None);
        let cluster = some.resources.get_mut(&"alarm/a".parse().unwrap()).unwrap();
        cluster.resource = crate::kind::DbCluster::default().into();
        assert_eq!(some.database().unwrap().to_string(), "alarm/a");
    }

    #[test]
    fn regions_beyond_the_spec_are_those_that_it_does_not_name() {
        let some = desired("us-east-1", &["db-instance/b@us-west-2"], &["eu-west-1"]);
        let remembered = ["ap-south-1", "eu-west-1", "us-east-1", "us-west-2"].map(Region::new);
        assert_eq!(some.beyond(remembered.into()), [Region::new("ap-south-1")].into());
    }

    #[test]
    fn a_field_comes_from_its_own_line_or_from_the_resources() {
        assert_eq!(instance().origin_of("class"), &at(5));
        assert_eq!(instance().origin_of("port"), &at(3));
    }

    #[test]
    fn an_origin_is_printed_as_file_and_line() {
        assert_eq!(at(5).to_string(), "cluster.toml:5");
    }
}
