//! The desired graph as a drawing: what needs what.

mod mermaid;
mod svg;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Kind;

pub use mermaid::mermaid;
pub use svg::svg;

/// Whether a text is a drawing that was made here, in either form.
pub fn is_drawing(text: &str) -> bool {
    text.starts_with(mermaid::BEGINS) || (text.starts_with(svg::BEGINS) && text.contains(svg::OWN))
}

/// What a kind belongs to, for grouping and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Security and subnet groups.
    Network,
    /// Roles, policies and secrets.
    Access,
    /// Parameter groups and databases.
    Database,
    /// Snapshots and replicated backups.
    Backup,
    /// The proxy and its parts.
    Proxy,
    /// Topics, subscriptions and alarms.
    Alerting,
}

impl Group {
    /// Every group, in the order in which they are drawn.
    pub const ALL: [Self; 6] =
        [Self::Network, Self::Access, Self::Database, Self::Backup, Self::Proxy, Self::Alerting];

    /// The group of a kind.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::SecurityGroup | Kind::DbSubnetGroup => Self::Network,
            Kind::IamRole | Kind::IamPolicy | Kind::Secret => Self::Access,
            Kind::DbParameterGroup
            | Kind::DbClusterParameterGroup
            | Kind::DbInstance
            | Kind::DbCluster => Self::Database,
            Kind::BackupReplication | Kind::DbSnapshot | Kind::DbClusterSnapshot => Self::Backup,
            Kind::DbProxy
            | Kind::DbProxyTargetGroup
            | Kind::DbProxyTarget
            | Kind::DbProxyEndpoint => Self::Proxy,
            Kind::SnsTopic | Kind::SnsSubscription | Kind::Alarm | Kind::EventSubscription => {
                Self::Alerting
            }
        }
    }

    /// Its title in the drawing.
    pub fn title(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Access => "access",
            Self::Database => "database",
            Self::Backup => "backup",
            Self::Proxy => "proxy",
            Self::Alerting => "alerting",
        }
    }

    /// Its background, `#rrggbb`, light enough for black text.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Network => "#dbeafe",
            Self::Access => "#fef3c7",
            Self::Database => "#dcfce7",
            Self::Backup => "#e5e7eb",
            Self::Proxy => "#ede9fe",
            Self::Alerting => "#fee2e2",
        }
    }
}

/// Resources, and for each the others that must be there first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// Every resource with what it needs directly; what follows from the needs of its needs
    /// is left out.
    pub needs: BTreeMap<Address, BTreeSet<Address>>,
}

impl Graph {
    /// The graph of a spec: edges come from references and from the order of the spec.
    pub fn of(desired: &Desired) -> Self {
        let all: BTreeMap<Address, BTreeSet<Address>> = desired
            .resources
            .iter()
            .map(|(address, wanted)| {
                let named = wanted.resource.addresses().into_iter().chain(wanted.after.clone());
                let known =
                    named.filter(|other| other != address && desired.resources.contains_key(other));
                (address.clone(), known.collect())
            })
            .collect();
        let needs = all.iter().map(|(address, direct)| (address.clone(), reduced(direct, &all)));
        Self { needs: needs.collect() }
    }
}

/// The direct needs without those that another direct need has already.
fn reduced(
    direct: &BTreeSet<Address>,
    all: &BTreeMap<Address, BTreeSet<Address>>,
) -> BTreeSet<Address> {
    let mut indirect = BTreeSet::new();
    let mut open: Vec<&Address> = direct.iter().collect();
    while let Some(address) = open.pop() {
        for next in all.get(address).into_iter().flatten() {
            if indirect.insert(next) {
                open.push(next);
            }
        }
    }
    direct.iter().filter(|address| !indirect.contains(address)).cloned().collect()
}

/// Kind and name on two lines.
fn label(address: &Address, line_break: &str) -> String {
    let region = address.region.as_ref().map(|region| format!(" @{region}")).unwrap_or_default();
    format!("{}{region}{line_break}{}", address.kind, address.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    #[test]
    fn mermaid_groups_the_nodes_and_leaves_indirect_needs_out() {
        let graph = Graph::of(&testing::desired());
        let replica = &graph.needs[&testing::address("db-instance/orders-read-1")];
        assert_eq!(*replica, BTreeSet::from([testing::address("db-instance/orders-primary")]));
        insta::assert_snapshot!(mermaid(&graph));
    }

    #[test]
    fn the_picture_names_every_resource_and_is_the_same_every_time() {
        let graph = Graph::of(&testing::desired());
        let picture = svg(&graph);
        assert!(picture.starts_with("<?xml"), "{picture}");
        for address in graph.needs.keys() {
            assert!(picture.contains(&address.name), "{address}");
        }
        assert_eq!(picture, svg(&graph));
    }
}
