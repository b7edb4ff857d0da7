//! The parameters of a Multi-AZ DB cluster.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::operation::Operation;
use crate::parameter;

/// A parameter group; only parameters that differ from the engine's default are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbClusterParameterGroup {
    /// The family, `postgres16`.
    pub family: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Values in the base unit that the API takes, in canonical form.
    pub parameters: Option<BTreeMap<String, String>>,
}

/// RDS neither changes these nor deletes a group that is in use.
const FIXED: &str = "a parameter group's family and description are fixed, and a group in use cannot be replaced: delete the group by hand once nothing uses it";

fields! { DbClusterParameterGroup {
    family: Via::Fixed, create::yes, |_, _| Effect::Never(FIXED.into()),
        "RDS API, CreateDBParameterGroup: family is immutable; docs/aws/parameters.md#family";
    description: Via::Fixed, create::yes, |_, _| Effect::Never(FIXED.into()),
        "RDS API, CreateDBParameterGroup: description is immutable; docs/aws/parameters.md#family";
    parameters: Via::Each {
            add: Operation::ModifyDBClusterParameterGroup,
            remove: Operation::ResetDBClusterParameterGroup,
            batch: parameter::PER_CALL,
        }, create::no,
        |from, to| parameter::effect(from.parameters.as_ref(), to.parameters.as_ref()),
        "RDS guide, DB parameters: dynamic at once, static after a reboot; docs/aws/parameters.md#static-and-dynamic";
} }

impl Noun for DbClusterParameterGroup {
    const DELETE: Operation = Operation::DeleteDBClusterParameterGroup;

    fn create(&self) -> Operation {
        Operation::CreateDBClusterParameterGroup
    }

    fn born(self) -> Self {
        Self { parameters: Some(BTreeMap::new()), ..self }
    }
}
