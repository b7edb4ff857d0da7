//! A named manual snapshot of a Multi-AZ DB cluster.

use serde::Deserialize;
use serde::Serialize;

use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::operation::Operation;
use crate::reference::Ref;

/// A manual snapshot; it outlives its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbClusterSnapshot {
    /// The Multi-AZ DB cluster's name.
    pub source: Option<Ref>,
}

fields! { DbClusterSnapshot {
    source: Via::Fixed, create::yes,
        |_, _| Effect::Never("a snapshot is of one database for ever: give the new one another name".into()),
        "RDS API, CreateDBClusterSnapshot; docs/aws/backups.md#snapshots";
} }

impl Noun for DbClusterSnapshot {
    const HOLDS_DATA: bool = true;
    const DELETE: Operation = Operation::DeleteDBClusterSnapshot;

    fn create(&self) -> Operation {
        Operation::CreateDBClusterSnapshot
    }
}
