//! Steps that are planned while the window is open, and may begin as long as it is.

use pgha_planner::{Intent, Plan};
use pgha_resource::live::Notice;
use pgha_resource::{Moment, Operation};

use crate::held::{IN_WINDOW, cut_off, held, in_window, noon, operations};
use crate::world::{
    PRIMARY, REPLICA, allow, converged, desired, edit_desired, instance, planned, sketch,
};

const PROXY: &str = "db-proxy/orders-proxy";
const TARGET: &str = "db-proxy-target/orders-proxy:orders-primary";

/// The steps that may not begin once the window has closed.
fn gated(plan: &Plan) -> Vec<String> {
    let gated = plan.steps.iter().filter(|step| step.gate.is_some());
    gated.map(|s| format!("{} {}", s.call.operation, s.address())).collect()
}

/// With the user's word for these addresses, in the window.
fn with_words(now: &[&str]) -> Intent {
    Intent { at: Some(IN_WINDOW), ..noon(now) }
}

#[test]
fn another_port_is_set_in_the_window_and_not_after_it() {
    let mut before = desired();
    edit_desired(&mut before, PRIMARY, |r| instance(r).port = Some(5432));
    let mut after = before.clone();
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).port = Some(5433);
    });
    let live = converged(&before);
    let port = [format!("ModifyDBInstance {PRIMARY}")];
    let plan = planned(&after, &live, &in_window());
    assert_eq!(gated(&plan), port, "{}", sketch(&plan));
    let plan = planned(&after, &live, &with_words(&[PRIMARY]));
    assert!(operations(&plan).contains(&port[0]), "{}", sketch(&plan));
    assert_eq!(gated(&plan), [""; 0], "{}", sketch(&plan));
}

/// RDS keeps a class change until the window by itself.
#[test]
fn what_rds_keeps_until_the_window_may_be_asked_for_at_any_time() {
    let mut after = desired();
    edit_desired(&mut after, PRIMARY, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    edit_desired(&mut after, REPLICA, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    let plan = planned(&after, &converged(&desired()), &in_window());
    assert!(
        operations(&plan).contains(&format!("ModifyDBInstance {REPLICA}")),
        "{}",
        sketch(&plan)
    );
    assert_eq!(gated(&plan), [""; 0], "{}", sketch(&plan));
}

#[test]
fn a_proxy_goes_in_the_window_only_unless_the_user_says_otherwise() {
    let live = converged(&desired());
    let mut after = desired();
    after.resources.retain(|address, _| !address.name.starts_with("orders-proxy"));
    let plan = planned(&after, &live, &in_window());
    let delete = format!("DeleteDBProxy {PROXY}");
    assert!(gated(&plan).contains(&delete), "{}", sketch(&plan));
    for words in [with_words(&[PROXY]), Intent { at: Some(IN_WINDOW), ..allow(&deletes(PROXY)) }] {
        let plan = planned(&after, &live, &words);
        assert!(operations(&plan).contains(&delete), "{}", sketch(&plan));
        assert!(!gated(&plan).contains(&delete), "{}", sketch(&plan));
    }
}

fn deletes(address: &str) -> String {
    format!("delete:{address}")
}

/// Its target is a part of a proxy: one word is enough for both.
#[test]
fn the_word_for_a_proxy_is_the_word_for_its_target() {
    let live = converged(&desired());
    let mut after = desired();
    after.resources.remove(&crate::world::at(TARGET));
    let goes = [format!("DeregisterDBProxyTargets {TARGET}")];
    let plan = planned(&after, &live, &noon(&[]));
    assert_eq!(held(&plan), [format!("Delete {TARGET} outage: --now {TARGET}")]);
    let free =
        [noon(&[TARGET]), noon(&[PROXY]), Intent { at: noon(&[]).at, ..allow(&deletes(TARGET)) }];
    for intent in free {
        let plan = planned(&after, &live, &intent);
        assert_eq!((operations(&plan), held(&plan)), (goes.to_vec(), vec![]), "{}", sketch(&plan));
    }
    let plan = planned(&after, &live, &in_window());
    assert_eq!(gated(&plan), goes, "{}", sketch(&plan));
    let free = [
        with_words(&[TARGET]),
        with_words(&[PROXY]),
        Intent { at: Some(IN_WINDOW), ..allow(&deletes(TARGET)) },
    ];
    for intent in free {
        let plan = planned(&after, &live, &intent);
        assert_eq!((operations(&plan), gated(&plan)), (goes.to_vec(), vec![]), "{}", sketch(&plan));
    }
}

/// Nobody uses a replica whose creation was cut off a moment ago.
#[test]
fn the_restart_of_a_new_replica_waits_for_no_window() {
    let (wanted, live) = cut_off(&[Notice::Created(Moment(IN_WINDOW.0 - 600))]);
    let plan = planned(&wanted, &live, &in_window());
    let restarts = |step: &&pgha_planner::Step| step.call.operation == Operation::RebootDBInstance;
    let restart = plan.steps.iter().find(restarts).unwrap();
    assert_eq!(restart.gate, None, "{}", sketch(&plan));
}
