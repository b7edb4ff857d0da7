//! An extra endpoint of a proxy.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::Disruption;
use crate::address::Address;
use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Kind;
use crate::kind::Noun;
use crate::kind::db_proxy::compare_subnets;
use crate::kind::parent_address;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::reference::Subnets;
use crate::value::Shown;
use crate::value::Value;

/// Which members an endpoint leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetRole {
    /// The writer.
    ReadWrite,
    /// The readers; only for a Multi-AZ DB cluster.
    ReadOnly,
}

impl TargetRole {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWrite => "READ_WRITE",
            Self::ReadOnly => "READ_ONLY",
        }
    }
}

impl Value for TargetRole {
    fn show(&self) -> Shown {
        Shown::Text(self.as_str().into())
    }
}

/// An endpoint beside the default one, over all of its subnets' zones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbProxyEndpoint {
    /// The proxy's name.
    pub proxy: Ref,
    /// Where it leads.
    pub role: Option<TargetRole>,
    /// Its subnets.
    pub subnets: Option<Subnets>,
    /// Its security groups.
    pub security_groups: Option<BTreeSet<Ref>>,
}

fields! { DbProxyEndpoint {
    proxy: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS API, CreateDBProxyEndpoint; docs/aws/proxies.md#endpoints";
    role: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS API, ModifyDBProxyEndpoint has no TargetRole; docs/aws/proxies.md#endpoints";
    subnets: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS API, ModifyDBProxyEndpoint has no subnets; docs/aws/proxies.md#endpoints",
        compare = |desired, live| compare_subnets(desired.subnets.as_ref(), live.subnets.as_ref());
    security_groups: Via::One(Operation::ModifyDBProxyEndpoint), create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBProxyEndpoint; docs/aws/proxies.md#endpoints";
} }

impl Noun for DbProxyEndpoint {
    const DELETE: Operation = Operation::DeleteDBProxyEndpoint;

    fn create(&self) -> Operation {
        Operation::CreateDBProxyEndpoint
    }

    fn delete_disruption(&self) -> Disruption {
        Disruption::Outage
    }

    fn parent(&self, own: &Address) -> Option<Address> {
        parent_address(Kind::DbProxy, &self.proxy, own)
    }
}
