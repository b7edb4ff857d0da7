//! What may use a resource that AWS refuses to delete because it is in use.

use pgha_planner::StepId;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::call::Action;

use crate::port::Clock;
use crate::port::Execute;
use crate::run::Run;

impl<A: Execute, C: Clock> Run<'_, A, C> {
    /// What this run deleted before a step could come: its users, as far as the plan knows.
    pub(super) fn deleted_before(&self, step: StepId) -> impl Iterator<Item = &Address> {
        let before = self.steps[step].after.iter().map(|after| &self.steps[after.step]);
        let deletes = matches!(self.steps[step].call.action, Action::Delete { .. });
        let goes = move |other: &&pgha_planner::Step| {
            deletes && matches!(other.call.action, Action::Delete { .. })
        };
        before.filter(goes).map(|other| other.address())
    }

    /// What AWS says of a resource that is in use, with what the plan knows of its users.
    pub(super) fn in_use(&self, step: StepId, said: &str) -> String {
        let call = &self.steps[step].call;
        let deleted: Vec<String> = self.deleted_before(step).map(Address::to_string).collect();
        let who = match (deleted.is_empty(), self.staying_users(step)) {
            (_, users) if !users.is_empty() => format!("{} use it", users.join(", ")),
            (true, _) => "nothing that pgha made uses it: something else does".to_string(),
            (false, _) => format!(
                "{} used it and is deleted: either AWS has not let go of it yet, or something else uses it",
                deleted.join(", ")
            ),
        };
        let found = self.seen.present(&call.address).and_then(|live| live.ids.id.as_deref());
        let id = found.or(call.id.as_deref()).unwrap_or(&call.address.name);
        let lists =
            lists_users(call.address.kind, id).map(|command| format!("; `{command}` lists it"));
        format!("{said}; {who}{}", lists.unwrap_or_default())
    }

    /// The resources of the spec that name it and that this plan does not delete.
    fn staying_users(&self, step: StepId) -> Vec<String> {
        let used = self.steps[step].address();
        let goes = |address: &Address| {
            let mut own = self.steps.iter().filter(|other| other.address() == address);
            own.any(|other| matches!(other.call.action, Action::Delete { .. }))
        };
        let names = self.desired.resources.iter().filter(|(address, wanted)| {
            *address != used && !goes(address) && wanted.resource.addresses().contains(used)
        });
        names.map(|(address, _)| address.to_string()).collect()
    }
}

/// The command that lists who uses a resource, where AWS has one.
fn lists_users(kind: Kind, id: &str) -> Option<String> {
    let command = match kind {
        Kind::SecurityGroup => {
            format!("aws ec2 describe-network-interfaces --filters Name=group-id,Values={id}")
        }
        Kind::DbParameterGroup => format!(
            "aws rds describe-db-instances --query \"DBInstances[?DBParameterGroups[?DBParameterGroupName=='{id}']].DBInstanceIdentifier\""
        ),
        Kind::DbClusterParameterGroup => format!(
            "aws rds describe-db-clusters --query \"DBClusters[?DBClusterParameterGroup=='{id}'].DBClusterIdentifier\""
        ),
        Kind::DbSubnetGroup => format!(
            "aws rds describe-db-instances --query \"DBInstances[?DBSubnetGroup.DBSubnetGroupName=='{id}'].DBInstanceIdentifier\""
        ),
        _ => return None,
    };
    Some(command)
}
