//! The closed list of kinds, and the enum that holds one resource of any of them.

mod alarm;
mod backup_replication;
mod db_cluster;
mod db_cluster_parameter_group;
mod db_cluster_snapshot;
mod db_instance;
mod db_parameter_group;
mod db_proxy;
mod db_proxy_endpoint;
mod db_proxy_target;
mod db_proxy_target_group;
mod db_snapshot;
mod db_subnet_group;
mod event_subscription;
mod iam_policy;
mod iam_role;
mod secret;
mod security_group;
mod sns_subscription;
mod sns_topic;

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::effect::Effect;
use crate::field::FieldDiff;
use crate::field::Fields;
use crate::field::Via;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::reference::Resolve;
use crate::value::Part;
use crate::value::Shown;

pub use alarm::Alarm;
pub use alarm::Comparison;
pub use alarm::MissingData;
pub use alarm::Statistic;
pub use alarm::Threshold;
pub use backup_replication::BackupReplication;
pub use db_cluster::DbCluster;
pub use db_cluster_parameter_group::DbClusterParameterGroup;
pub use db_cluster_snapshot::DbClusterSnapshot;
pub use db_instance::DbInstance;
pub use db_instance::InsightsMode;
pub use db_instance::MasterPassword;
pub use db_parameter_group::DbParameterGroup;
pub use db_proxy::ClientPassword;
pub use db_proxy::DbProxy;
pub use db_proxy::IamAuth;
pub use db_proxy::ProxyAuth;
pub use db_proxy::ProxyScheme;
pub use db_proxy::ZONES_WITHOUT_PROXIES;
pub use db_proxy_endpoint::DbProxyEndpoint;
pub use db_proxy_endpoint::TargetRole;
pub use db_proxy_target::DbProxyTarget;
pub use db_proxy_target::ProxyTarget;
pub use db_proxy_target_group::DbProxyTargetGroup;
pub use db_snapshot::DbSnapshot;
pub use db_subnet_group::DbSubnetGroup;
pub use event_subscription::EventSource;
pub use event_subscription::EventSubscription;
pub use iam_policy::IamPolicy;
pub use iam_role::IamRole;
pub use secret::Rotation;
pub use secret::Secret;
pub use security_group::Peer;
pub use security_group::Rule;
pub use security_group::SecurityGroup;
pub use sns_subscription::SnsSubscription;
pub use sns_topic::SnsTopic;

/// How a kind is tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagging {
    /// By these two calls.
    By {
        /// Sets tags.
        set: Operation,
        /// Removes tags.
        remove: Operation,
    },
    /// Not at all: whoever owns the parent owns it.
    WithParent,
}

/// RDS resources share a pair of tagging calls.
pub(crate) const RDS_TAGGING: Tagging =
    Tagging::By { set: Operation::AddTagsToResource, remove: Operation::RemoveTagsFromResource };

/// Fields that AWS takes only together with this one (RDS API, ModifyDBInstance and
/// ModifyDBCluster): the mode and the retention of insights are lost when it is turned off and
/// have to fit each other, and a volume of another type or size does not keep its rates
/// (docs/aws/instances.md#changes-that-go-together).
pub fn travels_with(field: &str) -> &'static [&'static str] {
    match field {
        "insights" => &["insights_retention", "insights_mode"],
        "insights_mode" => &["insights_retention"],
        "monitoring_interval" => &["monitoring_role"],
        "storage" | "storage_type" => &["iops", "throughput"],
        "iops" => &["storage"],
        _ => &[],
    }
}

/// The key that goes with every change of insights: the one that is there, or else the wanted
/// one. RDS reads a call without it as a change to the default key, which it refuses, and keeps
/// the first key also while collection is off (docs/aws/monitoring.md#insights-key).
pub fn insights_key<'a>(live: Option<&'a str>, wanted: Option<&'a str>) -> Option<&'a str> {
    live.or(wanted)
}

/// What the generic code must know of a kind beyond its fields.
pub trait Noun: Fields {
    /// It holds data: never replaced, never deleted for not being in the spec.
    const HOLDS_DATA: bool = false;
    /// How it is tagged.
    const TAGGING: Tagging = RDS_TAGGING;
    /// The call that deletes it.
    const DELETE: Operation;

    /// The call that creates it.
    fn create(&self) -> Operation;

    /// What users notice when it is deleted.
    fn delete_disruption(&self) -> crate::Disruption {
        crate::Disruption::None
    }

    /// The call that restarts it, for databases.
    fn reboot(&self) -> Option<Operation> {
        None
    }

    /// The call that starts it once somebody stopped it, for what can be stopped.
    fn start(&self) -> Option<Operation> {
        None
    }

    /// The resource that it is a part of and disappears with, if any; `own` is its address.
    fn parent(&self, _own: &Address) -> Option<Address> {
        None
    }

    /// Fields that AWS refuses to make so, given how the live resource is, [`Effect::Never`]
    /// or not yet: what only shows when several fields are looked at together.
    fn refusals(&self, _live: &Self) -> Vec<(&'static str, Effect)> {
        Vec::new()
    }

    /// What it is like right after the creating call: fields that the call cannot carry
    /// have the value AWS gives them, where that is known.
    fn born(self) -> Self {
        self
    }
}

/// The address of a parent that is named by a reference or, on a live child, by its name or
/// ARN in the child's region.
pub(crate) fn parent_address(kind: Kind, reference: &Ref, own: &Address) -> Option<Address> {
    match reference {
        Ref::Of(address, _) => Some(address.clone()),
        Ref::Known(id) => {
            let name = id.rsplit(':').next().unwrap_or(id).to_string();
            Some(Address { kind, name, region: own.region.clone() })
        }
        Ref::Vpc(_) => None,
    }
}

macro_rules! kinds {
    ($($kind:ident $name:literal $($global:ident)?;)+) => {
        /// What a resource is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $name] $kind,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The kind as written in addresses.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// The kind of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$kind),)+ _ => None }
            }

            /// One for the whole account rather than one a region.
            pub fn is_global(self) -> bool {
                match self { $(Self::$kind => false $(|| kinds!(@$global))?,)+ }
            }

            /// It holds data: never replaced, never deleted for not being in the spec.
            pub fn holds_data(self) -> bool {
                match self { $(Self::$kind => $kind::HOLDS_DATA,)+ }
            }

            /// How it is tagged.
            pub fn tagging(self) -> Tagging {
                match self { $(Self::$kind => $kind::TAGGING,)+ }
            }

            /// The call that deletes it.
            pub fn delete(self) -> Operation {
                match self { $(Self::$kind => $kind::DELETE,)+ }
            }

            /// Every field with the call that changes it and the fact behind its cost.
            pub fn field_facts(self) -> Vec<(&'static str, Via, &'static str)> {
                match self {
                    $(Self::$kind => $kind::table().iter().map(|f| (f.name, f.via, f.fact)).collect(),)+
                }
            }
        }

        /// A resource of any kind.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Resource {
            $(#[doc = $name] $kind($kind),)+
        }

        impl Resource {
            /// What it is.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)+ }
            }

            /// The call that creates it.
            pub fn create(&self) -> Operation {
                match self { $(Self::$kind(r) => Noun::create(r),)+ }
            }

            /// The call that restarts it, for databases.
            pub fn reboot(&self) -> Option<Operation> {
                match self { $(Self::$kind(r) => Noun::reboot(r),)+ }
            }

            /// The call that starts it once somebody stopped it, for what can be stopped.
            pub fn start(&self) -> Option<Operation> {
                match self { $(Self::$kind(r) => Noun::start(r),)+ }
            }

            /// What users notice when it is deleted.
            pub fn delete_disruption(&self) -> crate::Disruption {
                match self { $(Self::$kind(r) => Noun::delete_disruption(r),)+ }
            }

            /// The resource that it disappears with, if any.
            pub fn parent(&self, own: &Address) -> Option<Address> {
                match self { $(Self::$kind(r) => Noun::parent(r, own),)+ }
            }

            /// What the creating call can carry of it; the rest is unset.
            pub fn creatable(&self) -> Self {
                match self {
                    $(Self::$kind(r) => {
                        let mut created = r.clone();
                        for field in $kind::table().iter().filter(|f| !(f.at_create)(r)) {
                            (field.clear)(&mut created);
                        }
                        Self::$kind(created)
                    })+
                }
            }

            /// What it is like right after the creating call.
            pub fn born(self) -> Self {
                match self { $(Self::$kind(r) => Self::$kind(Noun::born(r)),)+ }
            }

            /// The addresses that one field refers to.
            pub fn field_addresses(&self, name: &str) -> Vec<Address> {
                let mut into = Vec::new();
                match self {
                    $(Self::$kind(r) => {
                        for field in $kind::table().iter().filter(|f| f.name == name) {
                            (field.addresses)(r, &mut into);
                        }
                    })+
                }
                into
            }

            /// The differences to `live`; nothing in common with another kind.
            pub fn diff(&self, live: &Self) -> Vec<FieldDiff> {
                match (self, live) {
                    $((Self::$kind(desired), Self::$kind(live)) => crate::field::diff(desired, live),)+
                    _ => Vec::new(),
                }
            }

            /// The names of all fields, in the order of the table.
            pub fn field_names(&self) -> Vec<&'static str> {
                match self { $(Self::$kind(_) => $kind::table().iter().map(|f| f.name).collect(),)+ }
            }

            /// Every field's name with its canonical value, `None` where nobody said.
            pub fn canonical_fields(&self) -> Vec<(&'static str, Option<String>)> {
                match self {
                    $(Self::$kind(r) => $kind::table().iter().map(|f| (f.name, (f.canonical)(r))).collect(),)+
                }
            }

            /// Every field's name with its value for people.
            pub fn shown_fields(&self) -> Vec<(&'static str, Shown)> {
                match self {
                    $(Self::$kind(r) => $kind::table().iter().map(|f| (f.name, (f.show)(r))).collect(),)+
                }
            }

            /// Fields that AWS refuses to make so, given how the live resource is.
            pub fn refusals(&self, live: &Self) -> Vec<(&'static str, Effect)> {
                match (self, live) {
                    $((Self::$kind(r), Self::$kind(live)) => Noun::refusals(r, live),)+
                    _ => Vec::new(),
                }
            }

            /// Copies one field from another resource of the same kind.
            pub fn copy_field(&mut self, name: &str, from: &Self) {
                match (self, from) {
                    $((Self::$kind(to), Self::$kind(from)) => {
                        if let Some(field) = $kind::table().iter().find(|f| f.name == name) {
                            (field.copy)(from, to);
                        }
                    })+
                    _ => {}
                }
            }

            /// Whether the creating call can carry the field.
            pub fn at_create(&self, name: &str) -> bool {
                match self {
                    $(Self::$kind(r) => $kind::table().iter().any(|f| f.name == name && (f.at_create)(r)),)+
                }
            }

            /// How one field compares with the live resource's.
            pub fn compare_field(&self, name: &str, live: &Self) -> Option<crate::field::Match> {
                match (self, live) {
                    $((Self::$kind(r), Self::$kind(live)) => {
                        $kind::table().iter().find(|f| f.name == name).map(|f| f.found(r, live))
                    })+
                    _ => None,
                }
            }

            /// The states on the way from one to another value of a field, as whole resources.
            pub fn way(&self, name: &str, to: &Self, batch: usize) -> Vec<(Part, Self)> {
                match (self, to) {
                    $((Self::$kind(from), Self::$kind(to)) => $kind::table()
                        .iter()
                        .filter(|f| f.name == name)
                        .flat_map(|f| (f.way)(from, to, batch))
                        .map(|(part, r)| (part, Self::$kind(r)))
                        .collect(),)+
                    _ => Vec::new(),
                }
            }

            /// `false` while a reference in the field has no answer.
            pub fn field_is_resolved(&self, name: &str) -> bool {
                match self {
                    $(Self::$kind(r) => {
                        $kind::table().iter().filter(|f| f.name == name).all(|f| (f.resolved)(r))
                    })+
                }
            }

            /// Every address that a field refers to.
            pub fn addresses(&self) -> Vec<Address> {
                let mut into = Vec::new();
                match self { $(Self::$kind(r) => Fields::addresses(r, &mut into),)+ }
                into
            }

            /// Puts known identifiers in the place of references.
            pub fn resolve(&mut self, with: &dyn Resolve) {
                match self { $(Self::$kind(r) => Fields::resolve(r, with),)+ }
            }

            /// `false` while a reference has no answer.
            pub fn is_resolved(&self) -> bool {
                match self { $(Self::$kind(r) => Fields::is_resolved(r),)+ }
            }
        }

        $(impl From<$kind> for Resource {
            fn from(resource: $kind) -> Self {
                Self::$kind(resource)
            }
        })+
    };
    (@global) => { true };
}

kinds! {
    SecurityGroup "security-group";
    DbSubnetGroup "db-subnet-group";
    DbParameterGroup "db-parameter-group";
    DbClusterParameterGroup "db-cluster-parameter-group";
    SnsTopic "sns-topic";
    SnsSubscription "sns-subscription";
    IamRole "iam-role" global;
    IamPolicy "iam-policy" global;
    Secret "secret";
    DbInstance "db-instance";
    DbCluster "db-cluster";
    BackupReplication "backup-replication";
    DbSnapshot "db-snapshot";
    DbClusterSnapshot "db-cluster-snapshot";
    Alarm "alarm";
    EventSubscription "event-subscription";
    DbProxy "db-proxy";
    DbProxyTargetGroup "db-proxy-target-group";
    DbProxyTarget "db-proxy-target";
    DbProxyEndpoint "db-proxy-endpoint";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is not a kind")))
    }
}
