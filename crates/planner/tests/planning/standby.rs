//! What a standby needs at least as high as its primary.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use pgha_planner::Blocked;
use pgha_planner::Change;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::Step;
use pgha_resource::Operation;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::allow;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::parameters;
use crate::world::planned;
use crate::world::replica;
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

/// The order in which the two databases are modified or restarted, and the reason.
fn order_of(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let is_database = |step: &&Step| {
        let operation = step.call.operation;
        matches!(operation, Operation::ModifyDBInstance | Operation::RebootDBInstance)
    };
    let steps: Vec<&Step> = plan.steps.iter().filter(is_database).collect();
    let names = steps.iter().map(|step| step.address().name.clone()).collect();
    let whys = steps.iter().flat_map(|step| &step.after).map(|after| after.why.clone()).collect();
    (names, whys)
}

fn says_that_recovery_may_pause(plan: &Plan) -> bool {
    plan.notes.iter().any(|note| note.text.contains("their recovery may pause"))
}

/// Changes both databases, or their parameters, at once.
fn change_both(
    database: impl Fn(&mut DbInstance),
    group: impl Fn(&mut BTreeMap<String, String>),
) -> Plan {
    let mut before = desired();
    before.policy.timing = Timing::Immediately;
    let mut after = before.clone();
    for name in [PRIMARY, REPLICA] {
        edit_desired(&mut after, name, |r| database(instance(r)));
    }
    for name in ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"] {
        edit_desired(&mut after, name, |r| group(parameters(r)));
    }
    planned(&after, &converged(&before), &Intent::default())
}

#[test]
fn a_larger_class_goes_to_replicas_first_and_a_smaller_one_to_the_primary() {
    let to = |class: &str| change_both(|i| i.class = Some(class.into()), |_| ());
    let (names, whys) = order_of(&to("db.r6g.2xlarge"));
    assert_eq!(names, ["orders-read-1", "orders-primary"]);
    assert!(whys.contains(&"replicas change before their primary".to_string()), "{whys:?}");
    let (names, whys) = order_of(&to("db.t4g.medium"));
    assert_eq!(names, ["orders-primary", "orders-read-1"]);
    assert!(whys.iter().any(|why| why.contains("so the primary is lowered first")), "{whys:?}");
}

#[test]
fn what_no_standby_needs_goes_to_replicas_first() {
    let plan = change_both(|_| (), |p| drop(p.insert("shared_buffers".into(), "65536".into())));
    assert_eq!(order_of(&plan).0, ["orders-read-1", "orders-primary"]);
    assert!(!says_that_recovery_may_pause(&plan));
}

#[test]
fn a_mixture_of_higher_and_lower_goes_to_replicas_first_and_is_said() {
    let mixed = change_both(
        |i| i.class = Some("db.r6g.2xlarge".into()),
        |p| drop(p.insert("max_connections".into(), "100".into())),
    );
    assert!(says_that_recovery_may_pause(&mixed));
    let (names, _) = order_of(&mixed);
    assert_eq!(names.first().unwrap(), "orders-read-1");
    let upgraded = change_both(
        |i| i.engine_version = EngineVersion::constraint("16.15"),
        |p| drop(p.insert("max_connections".into(), "100".into())),
    );
    assert_eq!(order_of(&upgraded).0.first().unwrap(), "orders-read-1");
    let raised = change_both(
        |i| i.class = Some("db.r6g.2xlarge".into()),
        |p| drop(p.insert("max_connections".into(), "400".into())),
    );
    assert!(!says_that_recovery_may_pause(&raised));
}

#[test]
fn a_formula_may_be_higher_or_lower_unless_it_stays_the_same() {
    let formula = "LEAST({DBInstanceClassMemory/9531392},5000)";
    let to_formula =
        change_both(|_| (), |p| drop(p.insert("max_connections".into(), formula.into())));
    assert!(says_that_recovery_may_pause(&to_formula));

    let groups = ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"];
    let mut before = desired();
    for group in groups {
        edit_desired(&mut before, group, |r| {
            parameters(r).insert("max_connections".into(), formula.into());
        });
    }
    let mut after = before.clone();
    for group in groups {
        edit_desired(&mut after, group, |r| {
            parameters(r).insert("shared_buffers".into(), "65536".into());
        });
    }
    let plan = planned(&after, &converged(&before), &Intent::default());
    assert_eq!(order_of(&plan).0, ["orders-read-1", "orders-primary"]);
    assert!(!says_that_recovery_may_pause(&plan));
}

#[test]
fn a_source_that_changes_alone_is_no_mixture() {
    let mut before = desired();
    before.policy.timing = Timing::Immediately;
    let mut after = before.clone();
    edit_desired(&mut after, PRIMARY, |r| instance(r).class = Some("db.r6g.2xlarge".into()));
    edit_desired(&mut after, "db-parameter-group/orders-pg16", |r| {
        parameters(r).insert("max_connections".into(), "100".into());
    });
    let plan = planned(&after, &converged(&before), &Intent::default());
    assert!(!says_that_recovery_may_pause(&plan));
}

/// A stray replica of it keeps it from going.
#[test]
fn nothing_is_raised_above_a_replica_that_cannot_go() {
    let before = desired();
    let mut after = before.clone();
    after.resources.remove(&at(REPLICA));
    edit_desired(&mut after, "db-parameter-group/orders-pg16", |r| {
        parameters(r).insert("max_connections".into(), "400".into());
    });
    let mut live = converged(&before);
    let goes = allow(&format!("delete:{REPLICA}"));
    let outgrows = |change: &Change| matches!(change.blocked, Some(Blocked::Outgrows { .. }));
    let plan = planned(&after, &live, &goes);
    assert!(!plan.changes.iter().any(outgrows), "{}", sketch(&plan));
    edit_live(&mut live, REPLICA, |seen| {
        seen.notices.insert(Notice::Replica("somebodys-replica".into()));
    });
    let plan = planned(&after, &live, &goes);
    assert!(plan.changes.iter().any(outgrows), "{}", sketch(&plan));
}

#[test]
fn only_the_source_of_a_kept_replica_is_held() {
    let mut before = desired();
    add(&mut before, "db-instance/orders-a", replica());
    let mut after = before.clone();
    after.resources.remove(&at(REPLICA));
    edit_desired(&mut after, "db-parameter-group/orders-pg16", |r| {
        parameters(r).insert("max_connections".into(), "400".into());
    });
    let plan = planned(&after, &converged(&before), &Intent::default());
    assert_eq!(order_of(&plan).0, [""; 0], "{}", sketch(&plan));
    let outgrows = |change: &Change| matches!(change.blocked, Some(Blocked::Outgrows { .. }));
    assert!(plan.changes.iter().any(outgrows), "{}", sketch(&plan));
}
