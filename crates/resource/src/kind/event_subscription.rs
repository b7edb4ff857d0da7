//! An RDS event subscription.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::value::Shown;
use crate::value::Value;

/// Whose events (RDS API, SourceType; the sources that a cluster of ours has).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventSource {
    /// DB instances.
    DbInstance,
    /// Multi-AZ DB clusters.
    DbCluster,
    /// DB parameter groups.
    DbParameterGroup,
    /// DB snapshots.
    DbSnapshot,
    /// Proxies.
    DbProxy,
}

impl EventSource {
    /// Every source type.
    pub const ALL: &'static [Self] = &[
        Self::DbInstance,
        Self::DbCluster,
        Self::DbParameterGroup,
        Self::DbSnapshot,
        Self::DbProxy,
    ];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DbInstance => "db-instance",
            Self::DbCluster => "db-cluster",
            Self::DbParameterGroup => "db-parameter-group",
            Self::DbSnapshot => "db-snapshot",
            Self::DbProxy => "db-proxy",
        }
    }

    /// The value of AWS's word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|source| source.as_str() == word)
    }

    /// The categories it has (RDS guide, event categories and messages;
    /// docs/aws/alerting.md#event-categories).
    pub fn categories(self) -> &'static [&'static str] {
        match self {
            Self::DbInstance => &[
                "availability",
                "backup",
                "configuration change",
                "creation",
                "deletion",
                "failover",
                "failure",
                "low storage",
                "maintenance",
                "notification",
                "read replica",
                "recovery",
                "restoration",
                "security",
                "security patching",
            ],
            Self::DbCluster => &[
                "configuration change",
                "creation",
                "failover",
                "failure",
                "maintenance",
                "notification",
                "read replica",
            ],
            Self::DbProxy => &["configuration change", "creation", "deletion", "failure"],
            Self::DbParameterGroup => &["configuration change"],
            Self::DbSnapshot => &["creation", "deletion", "failure", "notification", "restoration"],
        }
    }
}

impl Value for EventSource {
    fn show(&self) -> Shown {
        Shown::Text(self.as_str().into())
    }
}

/// A subscription of a topic to the events of some sources, in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSubscription {
    /// The topic's ARN.
    pub topic: Option<Ref>,
    /// The type of all sources.
    pub source_type: Option<EventSource>,
    /// The sources' names.
    pub sources: Option<BTreeSet<Ref>>,
    /// The categories.
    pub categories: Option<BTreeSet<String>>,
    /// Whether events are delivered.
    pub enabled: Option<bool>,
}

const MODIFY: Via = Via::One(Operation::ModifyEventSubscription);

fields! { EventSubscription {
    topic: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyEventSubscription; docs/aws/alerting.md#subscription-changes";
    source_type: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyEventSubscription; docs/aws/alerting.md#subscription-changes";
    sources: Via::Each {
            add: Operation::AddSourceIdentifierToSubscription,
            remove: Operation::RemoveSourceIdentifierFromSubscription,
            batch: 1,
        }, create::yes, |_, _| Effect::NOW,
        "RDS API, AddSourceIdentifierToSubscription: one id a call; docs/aws/alerting.md#subscription-changes";
    categories: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyEventSubscription; docs/aws/alerting.md#subscription-changes";
    enabled: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyEventSubscription; docs/aws/alerting.md#subscription-changes";
} }

impl Noun for EventSubscription {
    const DELETE: Operation = Operation::DeleteEventSubscription;

    fn create(&self) -> Operation {
        Operation::CreateEventSubscription
    }
}
