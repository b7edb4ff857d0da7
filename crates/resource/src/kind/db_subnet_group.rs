//! The subnets that a database may run in.

use serde::Deserialize;
use serde::Serialize;

use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::operation::Operation;
use crate::reference::Subnets;

/// A DB subnet group over at least two availability zones (three for a cluster).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbSubnetGroup {
    /// The description.
    pub description: Option<String>,
    /// The subnets.
    pub subnets: Option<Subnets>,
}

fields! { DbSubnetGroup {
    description: Via::One(Operation::ModifyDBSubnetGroup), create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBSubnetGroup; docs/aws/networks.md#subnet-groups";
    subnets: Via::One(Operation::ModifyDBSubnetGroup), create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBSubnetGroup: subnets in use stay; docs/aws/networks.md#subnet-groups";
} }

impl Noun for DbSubnetGroup {
    const DELETE: Operation = Operation::DeleteDBSubnetGroup;

    fn create(&self) -> Operation {
        Operation::CreateDBSubnetGroup
    }
}
