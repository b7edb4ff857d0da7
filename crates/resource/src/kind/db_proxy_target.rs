//! The database behind a proxy.

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
use crate::kind::Tagging;
use crate::kind::parent_address;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::value::Shown;
use crate::value::Value;

/// What a proxy may point at (docs/aws/proxies.md#target): one instance that is no replica, or one
/// cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyTarget {
    /// An instance, by name.
    Instance(Ref),
    /// A Multi-AZ DB cluster, by name.
    Cluster(Ref),
}

impl ProxyTarget {
    /// The database's name.
    pub fn database(&self) -> &Ref {
        match self {
            Self::Instance(name) | Self::Cluster(name) => name,
        }
    }

    fn database_mut(&mut self) -> &mut Ref {
        match self {
            Self::Instance(name) | Self::Cluster(name) => name,
        }
    }
}

impl Value for ProxyTarget {
    fn show(&self) -> Shown {
        self.database().show()
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        self.database().addresses(into);
    }

    fn resolve(&mut self, with: &dyn crate::reference::Resolve) {
        self.database_mut().resolve(with);
    }

    fn is_resolved(&self) -> bool {
        self.database().is_resolved()
    }
}

/// The registration of a database with a proxy; the address is `proxy:database`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbProxyTarget {
    /// The proxy's name.
    pub proxy: Ref,
    /// The database.
    pub target: ProxyTarget,
}

fields! { DbProxyTarget {
    proxy: Via::Fixed, create::yes, |_, _| Effect::Replace, "RDS API, RegisterDBProxyTargets";
    target: Via::Fixed, create::yes, |_, _| Effect::Replace, "RDS API, RegisterDBProxyTargets";
} }

impl Noun for DbProxyTarget {
    const TAGGING: Tagging = Tagging::WithParent;
    const DELETE: Operation = Operation::DeregisterDBProxyTargets;

    fn create(&self) -> Operation {
        Operation::RegisterDBProxyTargets
    }

    fn delete_disruption(&self) -> Disruption {
        Disruption::Outage
    }

    fn parent(&self, own: &Address) -> Option<Address> {
        parent_address(Kind::DbProxy, &self.proxy, own)
    }
}
