//! Whose cluster it is and where, and the identifiers that follow from that.

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::address::Region;
use crate::kind::Kind;
use crate::reference::Attr;

/// The cluster's name, account and home region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The cluster's name, the value of the ownership tag.
    pub cluster: String,
    /// The account the spec names; the account guard compares it with the caller's.
    pub account: Option<String>,
    /// The region of the primary.
    pub home: Region,
}

impl Scope {
    /// The region of an address.
    pub fn region_of<'a>(&'a self, address: &'a Address) -> &'a Region {
        address.region.as_ref().unwrap_or(&self.home)
    }

    /// The address of the lock that keeps two applies apart: a security group without rules,
    /// which is part of no desired graph and never an orphan.
    pub fn lock(&self) -> Address {
        Address::home(Kind::SecurityGroup, format!("{}-lock", self.cluster))
    }

    /// The identifier that follows from the address alone, where one does.
    ///
    /// ARN formats: Service Authorization Reference, "Resource types" of each service.
    pub fn deterministic(&self, address: &Address, attr: Attr) -> Option<String> {
        match attr {
            Attr::Name => Some(address.name.clone()),
            Attr::Arn => self.arn(address),
            Attr::Id | Attr::ResourceId | Attr::MasterSecret | Attr::Host => None,
        }
    }

    /// The ARN, where it follows from the name and the account.
    pub fn arn(&self, address: &Address) -> Option<String> {
        let (region, account) = (self.region_of(address), self.account.as_deref()?);
        let name = &address.name;
        let partition = partition(region);
        let rds = |kind| Some(format!("arn:{partition}:rds:{region}:{account}:{kind}:{name}"));
        match address.kind {
            Kind::DbInstance => rds("db"),
            Kind::DbCluster => rds("cluster"),
            Kind::DbParameterGroup => rds("pg"),
            Kind::DbClusterParameterGroup => rds("cluster-pg"),
            Kind::DbSubnetGroup => rds("subgrp"),
            Kind::DbSnapshot => rds("snapshot"),
            Kind::DbClusterSnapshot => rds("cluster-snapshot"),
            Kind::EventSubscription => rds("es"),
            Kind::SnsTopic => Some(format!("arn:{partition}:sns:{region}:{account}:{name}")),
            Kind::IamRole => Some(format!("arn:{partition}:iam::{account}:role/{name}")),
            Kind::IamPolicy => Some(format!("arn:{partition}:iam::{account}:policy/{name}")),
            Kind::Alarm => {
                Some(format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"))
            }
            Kind::SecurityGroup
            | Kind::SnsSubscription
            | Kind::Secret
            | Kind::BackupReplication
            | Kind::DbProxy
            | Kind::DbProxyTargetGroup
            | Kind::DbProxyTarget
            | Kind::DbProxyEndpoint => None,
        }
    }
}

/// Beginnings of the regions of every partition but the commercial one, as the SDKs have them
/// (<https://github.com/aws/aws-sdk-js-v3/blob/main/packages/util-endpoints/src/lib/aws/partitions.json>).
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
];

/// The ARN partition of a region.
pub fn partition(region: &Region) -> &'static str {
    let found = PARTITIONS.iter().find(|(prefix, _)| region.as_str().starts_with(prefix));
    found.map_or("aws", |(_, partition)| *partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(home: &str) -> Scope {
        Scope {
            cluster: "orders".into(),
            account: Some("123456789012".into()),
            home: Region::new(home),
        }
    }

    #[track_caller]
    fn check_arn(address: &str, expected: &str) {
        let arn = scope("us-east-1").arn(&address.parse().unwrap());
        assert_eq!(arn.as_deref(), Some(expected));
    }

    /// Service Authorization Reference, "Resource types" of each service.
    #[test]
    fn arns_follow_from_name_region_and_account() {
        check_arn("db-instance/orders", "arn:aws:rds:us-east-1:123456789012:db:orders");
        check_arn("db-cluster/orders", "arn:aws:rds:us-east-1:123456789012:cluster:orders");
        check_arn("db-parameter-group/orders", "arn:aws:rds:us-east-1:123456789012:pg:orders");
        check_arn(
            "db-cluster-parameter-group/orders",
            "arn:aws:rds:us-east-1:123456789012:cluster-pg:orders",
        );
        check_arn("db-subnet-group/orders", "arn:aws:rds:us-east-1:123456789012:subgrp:orders");
        check_arn("db-snapshot/orders", "arn:aws:rds:us-east-1:123456789012:snapshot:orders");
        check_arn(
            "db-cluster-snapshot/orders",
            "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:orders",
        );
        check_arn("event-subscription/orders", "arn:aws:rds:us-east-1:123456789012:es:orders");
        check_arn("sns-topic/orders", "arn:aws:sns:us-east-1:123456789012:orders");
        check_arn("alarm/orders", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders");
    }

    #[test]
    fn the_arns_of_global_kinds_name_no_region() {
        check_arn("iam-role/orders", "arn:aws:iam::123456789012:role/orders");
        check_arn("iam-policy/orders", "arn:aws:iam::123456789012:policy/orders");
    }

    #[test]
    fn away_from_home_the_arn_names_that_region() {
        check_arn("db-instance/orders@eu-west-1", "arn:aws:rds:eu-west-1:123456789012:db:orders");
        let away: Address = "db-instance/orders@eu-west-1".parse().unwrap();
        assert_eq!(scope("us-east-1").region_of(&away).as_str(), "eu-west-1");
        let home: Address = "db-instance/orders".parse().unwrap();
        assert_eq!(scope("us-east-1").region_of(&home).as_str(), "us-east-1");
    }

    #[test]
    fn arns_that_aws_makes_up_are_not_guessed() {
        for address in ["security-group/a", "secret/a", "db-proxy/a", "sns-subscription/a:email:b"]
        {
            assert_eq!(scope("us-east-1").arn(&address.parse().unwrap()), None, "{address}");
        }
        // Nor is any while the account is unknown.
        let nobody = Scope { account: None, ..scope("us-east-1") };
        assert_eq!(nobody.arn(&"db-instance/orders".parse().unwrap()), None);
    }

    #[test]
    fn only_names_and_arns_follow_from_an_address() {
        let address: Address = "db-instance/orders".parse().unwrap();
        let of = |attr| scope("us-east-1").deterministic(&address, attr);
        assert_eq!(of(Attr::Name).as_deref(), Some("orders"));
        assert_eq!(of(Attr::Arn), scope("us-east-1").arn(&address));
        for attr in [Attr::Id, Attr::ResourceId, Attr::MasterSecret] {
            assert_eq!(of(attr), None);
        }
    }

    #[test]
    fn the_lock_is_a_security_group_at_home() {
        assert_eq!(scope("eu-west-1").lock().to_string(), "security-group/orders-lock");
    }

    #[test]
    fn partitions_are_told_by_the_region() {
        let of = |region| partition(&Region::new(region));
        assert_eq!(of("cn-north-1"), "aws-cn");
        assert_eq!(of("us-gov-west-1"), "aws-us-gov");
        assert_eq!(of("eusc-de-east-1"), "aws-eusc");
        assert_eq!(of("us-iso-west-1"), "aws-iso");
        assert_eq!(of("us-isob-east-1"), "aws-iso-b");
        assert_eq!(of("eu-isoe-west-1"), "aws-iso-e");
        assert_eq!(of("us-isof-south-1"), "aws-iso-f");
        assert_eq!(of("us-west-1"), "aws");
        assert_eq!(of("eu-south-2"), "aws");
        assert_eq!(of("ca-central-1"), "aws");
        let arn = scope("cn-north-1").arn(&"sns-topic/orders".parse().unwrap());
        assert_eq!(arn.as_deref(), Some("arn:aws-cn:sns:cn-north-1:123456789012:orders"));
    }
}
