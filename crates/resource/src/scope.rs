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
            Attr::Id | Attr::ResourceId | Attr::MasterSecret => None,
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

/// The ARN partition of a region.
pub fn partition(region: &Region) -> &'static str {
    match region.as_str() {
        name if name.starts_with("cn-") => "aws-cn",
        name if name.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
