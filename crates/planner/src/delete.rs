//! The calls that delete one resource, and which others have to go or change first.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Timing;
use pgha_resource::call::Action as Deed;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Tagging;

use pgha_resource::status::Phase;

use crate::plan::StepTime;
use crate::steps::Context;
use crate::steps::Draft;
use crate::steps::Stage;
use crate::steps::call;
use crate::steps::is_database;
use crate::steps::is_replica;
use crate::steps::updates;

/// Takes away what keeps it from going, then deletes.
pub(crate) fn drafts(context: &Context, live: &LiveResource) -> Vec<Draft> {
    let mut drafts = Vec::new();
    if live.status.phase != Phase::Deleting {
        drafts.extend(unprotect(context, live));
        drafts.extend(let_go(context, live));
    }
    let from = live.resource.clone();
    let deed = Deed::Delete {
        final_snapshot: final_snapshot(context, live),
        from: Box::new(from.clone()),
    };
    drafts.push(Draft {
        call: call(context, Some(live), context.address.kind.delete(), deed),
        stage: Stage::Delete,
        disruption: from.delete_disruption(),
        time: StepTime::Now,
        needs: BTreeSet::new(),
    });
    drafts
}

fn unprotect(context: &Context, live: &LiveResource) -> Vec<Draft> {
    let mut open = live.resource.clone();
    match &mut open {
        Resource::DbInstance(DbInstance { deletion_protection: on @ Some(true), .. })
        | Resource::DbCluster(DbCluster { deletion_protection: on @ Some(true), .. }) => {
            *on = Some(false);
        }
        _ => return Vec::new(),
    }
    let field = &["deletion_protection"];
    let mut drafts = updates(context, Some(live), &live.resource, &open, field, Timing::InWindow);
    drafts.iter_mut().for_each(|draft| draft.stage = Stage::Delete);
    drafts
}

/// What AWS wants empty before it goes: two security groups that name each other keep each
/// other (EC2 API, DeleteSecurityGroup: DependencyViolation), and a role keeps its policies
/// (IAM API, DeleteRole: DeleteConflict).
fn let_go(context: &Context, live: &LiveResource) -> Vec<Draft> {
    let (empty, fields): (Resource, &[&str]) = match &live.resource {
        Resource::SecurityGroup(group) => {
            let mut alone = group.clone();
            for rules in [&mut alone.ingress, &mut alone.egress].into_iter().flatten() {
                rules.retain(|rule| !matches!(rule.peer, Peer::Group(_)));
            }
            (alone.into(), &["ingress", "egress"])
        }
        Resource::IamRole(role) => {
            let mut bare = role.clone();
            bare.attached.iter_mut().for_each(BTreeSet::clear);
            bare.inline.iter_mut().for_each(BTreeMap::clear);
            (bare.into(), &["attached", "inline"])
        }
        _ => return Vec::new(),
    };
    updates(context, Some(live), &live.resource, &empty, fields, Timing::InWindow)
}

/// The last snapshot's name: unique to this very database, and the same in every plan.
///
/// A replica has none: RDS forbids it (RDS API, DeleteDBInstance; docs/aws/replicas.md#deletion).
fn final_snapshot(context: &Context, live: &LiveResource) -> Option<String> {
    if !context.final_snapshot || !is_database(context.address.kind) || is_replica(&live.resource) {
        return None;
    }
    let id = live.ids.resource_id.as_deref().unwrap_or("unknown");
    let tail: String =
        id.rsplit('-').next().unwrap_or(id).chars().take(12).collect::<String>().to_lowercase();
    Some(format!("{}-final-{tail}", context.address.name))
}

/// Whether a part goes by itself together with its parent, so that no call is needed.
pub(crate) fn vanishes_with(
    parent: Option<&Address>,
    kind: Kind,
    goes: impl Fn(&Address) -> bool,
) -> bool {
    kind.tagging() == Tagging::WithParent && parent.is_some_and(goes)
}

/// Whether one resource can keep another one from being deleted, or would be harmed by its
/// going: only within a region, except for what belongs to the whole account and for backups
/// that are replicated to another region.
pub(crate) fn can_use(user: &Address, used: &Address) -> bool {
    let near =
        user.region == used.region || used.kind.is_global() || user.kind == Kind::BackupReplication;
    near && may_use(user.kind, used.kind)
}

/// Whether a resource of kind `user` can keep one of kind `used` from being deleted, or would be
/// harmed by its going (docs/aws/replicas.md#source-deleted, docs/aws/proxies.md#order,
/// docs/aws/errors.md#codes).
fn may_use(user: Kind, used: Kind) -> bool {
    use Kind as K;
    match used {
        K::SecurityGroup => {
            matches!(user, K::DbInstance | K::DbCluster | K::DbProxy | K::DbProxyEndpoint)
        }
        K::DbSubnetGroup => matches!(user, K::DbInstance | K::DbCluster),
        K::DbParameterGroup => user == K::DbInstance || user == K::EventSubscription,
        K::DbClusterParameterGroup => user == K::DbCluster,
        K::SnsTopic => matches!(user, K::Alarm | K::EventSubscription | K::SnsSubscription),
        K::IamRole => matches!(user, K::DbInstance | K::DbCluster | K::DbProxy),
        K::Secret => matches!(user, K::DbInstance | K::DbCluster | K::DbProxy),
        K::DbInstance | K::DbCluster => matches!(
            user,
            K::DbProxyTarget | K::DbProxy | K::BackupReplication | K::EventSubscription | K::Alarm
        ),
        K::DbProxy => {
            matches!(user, K::DbProxyEndpoint | K::DbProxyTarget | K::EventSubscription | K::Alarm)
        }
        K::SnsSubscription
        | K::IamPolicy
        | K::BackupReplication
        | K::DbSnapshot
        | K::DbClusterSnapshot
        | K::Alarm
        | K::EventSubscription
        | K::DbProxyTargetGroup
        | K::DbProxyTarget
        | K::DbProxyEndpoint => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_use(user: &str, used: &str, expected: bool) {
        let at = |text: &str| text.parse::<Address>().unwrap();
        assert_eq!(can_use(&at(user), &at(used)), expected, "{user} and {used}");
    }

    #[test]
    fn few_things_are_used_from_another_region() {
        check_use("db-instance/dr@us-west-2", "db-subnet-group/far@us-west-2", true);
        check_use("db-instance/dr@us-west-2", "db-subnet-group/near@us-east-1", false);
        check_use("db-instance/dr@us-west-2", "iam-role/monitoring", true);
        check_use("backup-replication/orders@us-west-2", "db-instance/orders@us-east-1", true);
        check_use("alarm/orders-cpu@us-west-2", "db-instance/orders@us-east-1", false);
    }
}
