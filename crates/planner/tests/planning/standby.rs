//! What a standby needs at least as high as its primary.

use insta::assert_snapshot;
use pgha_planner::Intent;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Seen;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::allow;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::parameters;
use crate::world::planned;
use crate::world::sketch;
use crate::world::sketched;

#[test]
fn raised_connections_restart_replicas_first_and_lowered_ones_last() {
    let before = desired();
    let live = converged(&before);
    let set = |value: &str| {
        let mut after = before.clone();
        for group in ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"] {
            edit_desired(&mut after, group, |r| {
                parameters(r).insert("max_connections".into(), value.into());
            });
        }
        after
    };
    assert_snapshot!(sketched(&set("400"), &live), @r"
    Reboot db-instance/orders-primary restart Now parameters.max_connections 200 → 400 (SpecChanged)
    Reboot db-instance/orders-read-1 restart Now parameters.max_connections 200 → 400 (SpecChanged)
    Modify db-parameter-group/orders-pg16 none Now parameters.max_connections 200 → 400 (SpecChanged)
    Modify db-parameter-group/orders-replicas-pg16 none Now parameters.max_connections 200 → 400 (SpecChanged)
    0. ModifyDBParameterGroup db-parameter-group/orders-pg16 none []
    1. AddTagsToResource db-parameter-group/orders-pg16 none [0]
    2. ModifyDBParameterGroup db-parameter-group/orders-replicas-pg16 none []
    3. AddTagsToResource db-parameter-group/orders-replicas-pg16 none [2]
    4. RebootDBInstance db-instance/orders-read-1 restart [2]
    5. RebootDBInstance db-instance/orders-primary restart [0 4]
    ");
    let lowered = planned(&set("100"), &live, &Intent::default());
    let reboots: Vec<String> = lowered
        .steps
        .iter()
        .filter(|step| step.call.operation == Operation::RebootDBInstance)
        .map(|step| step.address().name.clone())
        .collect();
    assert_eq!(reboots, ["orders-primary", "orders-read-1"]);
}

#[test]
fn connections_set_for_the_first_time_below_the_default_are_a_lowering() {
    let mut before = desired();
    for group in ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"] {
        edit_desired(&mut before, group, |r| {
            parameters(r).remove("max_connections");
        });
    }
    let plan = planned(&desired(), &converged(&before), &Intent::default());
    let reboots: Vec<&str> = plan
        .steps
        .iter()
        .filter(|step| step.call.operation == Operation::RebootDBInstance)
        .map(|step| step.address().name.as_str())
        .collect();
    assert_eq!(reboots, ["orders-primary", "orders-read-1"]);
}

#[test]
fn connections_are_not_raised_over_the_head_of_a_replica_that_is_kept() {
    let before = desired();
    let mut after = before.clone();
    after.resources.remove(&at("db-instance/orders-read-1"));
    edit_desired(&mut after, "db-parameter-group/orders-pg16", |r| {
        parameters(r).insert("max_connections".into(), "400".into());
    });
    let plan = planned(&after, &converged(&before), &Intent::default());
    let reboots = |plan: &pgha_planner::Plan| {
        plan.steps.iter().any(|step| step.call.operation == Operation::RebootDBInstance)
    };
    assert!(!reboots(&plan), "{}", sketch(&plan));
    assert!(plan.totals().blocked >= 2);
    let gone = allow("delete:db-instance/orders-read-1");
    assert!(reboots(&planned(&after, &converged(&before), &gone)));
}

#[test]
fn a_replica_is_born_as_large_as_its_source_has_become() {
    let mut wanted = desired();
    edit_desired(&mut wanted, REPLICA, |r| {
        instance(r).storage = Some(200);
        instance(r).max_storage = Some(400);
    });
    let mut live = converged(&wanted);
    live.resources.insert(at(REPLICA), Seen::Absent);
    edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).storage = Some(500));
    let plan = planned(&wanted, &live, &Intent::default());
    let created = plan.steps.iter().find_map(|step| match step.call.to()? {
        Resource::DbInstance(new) if step.address().name == "orders-read-1" => Some(new.clone()),
        _ => None,
    });
    let created = created.unwrap();
    assert_eq!((created.storage, created.max_storage), (Some(500), None));
}
