//! The way down.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use pgha_planner::Blocked;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbClusterParameterGroup;
use pgha_resource::kind::IamRole;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::live::Notice;
use pgha_resource::status::Status;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::allow;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::destroy;
use crate::world::edit_live;
use crate::world::of;
use crate::world::operations;
use crate::world::planned;
use crate::world::sketch;
use crate::world::unread;

#[test]
fn destroying_goes_from_the_users_to_the_used() {
    let desired = desired();
    let live = converged(&desired);
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    assert_snapshot!(sketch(&planned(&desired, &live, &intent)), @r"
    Delete db-instance/orders-primary outage Now
    Delete db-instance/orders-read-1 outage Now
    Delete db-proxy/orders-proxy outage Now
    Delete security-group/orders-db none Now
    Delete db-subnet-group/orders-db none Now
    Delete db-parameter-group/orders-pg16 none Now
    Delete db-parameter-group/orders-replicas-pg16 none Now
    Delete sns-topic/orders-alerts none Now
    Delete secret/orders-master none Now
    Delete db-proxy-target-group/orders-proxy none Now
    Delete db-proxy-target/orders-proxy:orders-primary none Now
    0. DeleteTopic sns-topic/orders-alerts none []
    1. DeleteDBProxy db-proxy/orders-proxy outage []
    2. ModifyDBInstance db-instance/orders-read-1 none [1]
    3. DeleteDBInstance db-instance/orders-read-1 outage [1 2]
    4. ModifyDBInstance db-instance/orders-primary none [1 2 3]
    5. DeleteDBInstance db-instance/orders-primary outage [1 2 3 4]
    6. DeleteSecurityGroup security-group/orders-db none [1 2 3 4 5]
    7. DeleteDBSubnetGroup db-subnet-group/orders-db none [2 3 4 5]
    8. DeleteDBParameterGroup db-parameter-group/orders-pg16 none [2 3 4 5]
    9. DeleteDBParameterGroup db-parameter-group/orders-replicas-pg16 none [2 3 4 5]
    10. DeleteSecret secret/orders-master none [1 2 3 4 5]
    ");
}

#[test]
fn protected_addresses_survive_a_destroy() {
    let mut desired = desired();
    desired.policy.protected.insert(at("db-instance/orders-primary"));
    let live = converged(&desired);
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    let plan = planned(&desired, &live, &intent);
    let touches = |address: &str| plan.steps.iter().any(|step| step.address() == &at(address));
    assert!(!touches("db-instance/orders-primary"));
    // What it uses stays as well: AWS would refuse to delete it.
    assert!(!touches("db-parameter-group/orders-pg16") && !touches("security-group/orders-db"));
    assert!(touches("db-parameter-group/orders-replicas-pg16"));
}

#[test]
fn what_an_unread_database_may_use_survives_a_destroy() {
    let desired = desired();
    let mut live = converged(&desired);
    live.resources.insert(at("db-instance/orders-primary"), Seen::Unread(unread()));
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    let plan = planned(&desired, &live, &intent);
    let goes = |address: &str| plan.steps.iter().any(|step| step.address() == &at(address));
    let change = |address: &str| plan.changes.iter().find(|c| c.address == at(address)).unwrap();
    for kept in ["security-group/orders-db", "db-parameter-group/orders-pg16"] {
        let by = at("db-instance/orders-primary");
        assert_eq!(change(kept).blocked, Some(Blocked::MayBeUsed { by }), "{kept}");
        assert!(!goes(kept), "{kept}");
    }
    assert!(!goes("secret/orders-master"));
    assert!(goes("db-instance/orders-read-1") && goes("db-proxy/orders-proxy"));
}

#[test]
fn a_source_stays_as_long_as_a_replica_does() {
    let before = desired();
    let mut live = converged(&before);
    let mut after = before.clone();
    after.resources.remove(&at("db-instance/orders-primary"));
    let intent = allow("delete:db-instance/orders-primary");
    let deletes = |plan: &pgha_planner::Plan| {
        plan.steps.iter().any(|step| step.call.operation == Operation::DeleteDBInstance)
    };
    assert!(!deletes(&planned(&after, &live, &intent)));

    // One that nobody's spec knows counts as well: RDS would promote it.
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        seen.notices.insert(Notice::Replica("somebody-elses".into()));
    });
    let plan = planned(&before, &live, &intent);
    assert!(plan.steps.iter().all(|step| step.address().name != "orders-primary"
        || step.call.operation != Operation::DeleteDBInstance));
}

/// The final snapshots that the deletions of a plan take, by the database's name.
fn final_snapshots(plan: &Plan) -> BTreeMap<&str, Option<&str>> {
    let deletions = plan.steps.iter().filter_map(|step| match &step.call.action {
        Action::Delete { final_snapshot, .. } => Some((step, final_snapshot)),
        _ => None,
    });
    deletions
        .filter(|(step, _)| step.address().kind == Kind::DbInstance)
        .map(|(step, snapshot)| (step.address().name.as_str(), snapshot.as_deref()))
        .collect()
}

#[test]
fn a_primary_leaves_a_snapshot_of_its_own_name_and_a_replica_none() {
    // RDS takes none of a replica (RDS API, DeleteDBInstance; docs/aws/replicas.md#deletion).
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, PRIMARY, |seen| seen.ids.resource_id = Some("db-ABCDEFGHIJKLMNOP".into()));
    let plan = planned(&desired, &live, &destroy(true));
    let taken = final_snapshots(&plan);
    assert_eq!(taken["orders-primary"], Some("orders-primary-final-abcdefghijkl"));
    assert_eq!(taken["orders-read-1"], None);
    let plan = planned(&desired, &live, &destroy(false));
    assert_eq!(final_snapshots(&plan)["orders-primary"], None);
}

#[test]
fn a_database_that_is_let_go_by_name_leaves_a_snapshot_as_well() {
    let mut wanted = desired();
    let live = converged(&wanted);
    for address in [PRIMARY, REPLICA, "db-proxy-target/orders-proxy:orders-primary"] {
        wanted.resources.remove(&at(address));
    }
    let mut intent = allow("delete:db-instance/orders-primary");
    intent.allow.extend(allow("delete:db-instance/orders-read-1").allow);
    let plan = planned(&wanted, &live, &intent);
    assert_eq!(
        final_snapshots(&plan)["orders-primary"],
        Some("orders-primary-final-primary"),
        "{}",
        sketch(&plan)
    );
}

#[test]
fn groups_that_name_each_other_let_go_before_they_go() {
    // Each keeps the other (EC2 API, DeleteSecurityGroup: DependencyViolation).
    const APP: &str = "security-group/orders-app";
    let group = |peer: Peer| SecurityGroup {
        description: Some("group".into()),
        vpc: None,
        ingress: Some([Rule::tcp(5432, peer)].into()),
        egress: Some([Rule::everything(Peer::Cidr("0.0.0.0/0".into()))].into()),
    };
    let other = |address: &str| Peer::Group(Ref::Of(at(address), Attr::Id));
    let mut desired = desired();
    add(&mut desired, "security-group/orders-db", group(other(APP)));
    add(&mut desired, APP, group(other("security-group/orders-db")));
    let plan = planned(&desired, &converged(&desired), &destroy(true));
    for address in ["security-group/orders-db", APP] {
        let steps = [Operation::RevokeSecurityGroupIngress, Operation::DeleteSecurityGroup];
        assert_eq!(operations(&plan, address), steps, "{}", sketch(&plan));
    }
    let position = |of: Operation| plan.steps.iter().position(|step| step.call.operation == of);
    let last =
        plan.steps.iter().rposition(|s| s.call.operation == Operation::RevokeSecurityGroupIngress);
    assert!(last < position(Operation::DeleteSecurityGroup), "{}", sketch(&plan));
}

#[test]
fn a_role_loses_its_policies_before_it_goes() {
    // IAM API, DeleteRole: DeleteConflict.
    let mut desired = desired();
    let role = IamRole {
        description: None,
        trust: None,
        attached: Some(["arn:aws:iam::aws:policy/service-role/Monitoring".to_string()].into()),
        inline: None,
    };
    add(&mut desired, "iam-role/orders-monitoring", role);
    let plan = planned(&desired, &converged(&desired), &destroy(true));
    assert_eq!(
        operations(&plan, "iam-role/orders-monitoring"),
        [Operation::DetachRolePolicy, Operation::DeleteRole],
        "{}",
        sketch(&plan)
    );
}

#[test]
fn what_is_leaving_already_is_only_waited_for() {
    let desired = desired();
    let mut live = converged(&desired);
    for one in [REPLICA, PRIMARY] {
        edit_live(&mut live, one, |seen| seen.status = Status::db_instance("deleting"));
    }
    let plan = planned(&desired, &live, &destroy(true));
    assert_eq!(operations(&plan, PRIMARY), [Operation::DeleteDBInstance], "{}", sketch(&plan));
}

#[test]
fn the_parameter_group_of_a_cluster_that_stays_stays() {
    const GROUP: &str = "db-cluster-parameter-group/orders-pg16";
    let mut desired = desired();
    let group = DbClusterParameterGroup {
        family: Some("postgres16".into()),
        description: None,
        parameters: None,
    };
    let cluster = DbCluster { parameter_group: of(GROUP, Attr::Name), ..DbCluster::default() };
    add(&mut desired, GROUP, group);
    add(&mut desired, "db-cluster/orders", cluster);
    desired.policy.protected.insert(at("db-cluster/orders"));
    let plan = planned(&desired, &converged(&desired), &destroy(true));
    assert_eq!(blocked(&plan, "db-cluster/orders"), [Blocked::Protected]);
    assert_eq!(blocked(&plan, GROUP), [Blocked::InUse { by: at("db-cluster/orders") }]);
}
