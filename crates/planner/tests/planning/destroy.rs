//! The way down.

use insta::assert_snapshot;
use pgha_planner::Blocked;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_resource::Operation;
use pgha_resource::Seen;
use pgha_resource::live::Notice;

use crate::world::allow;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_live;
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
