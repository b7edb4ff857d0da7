//! What is only used is looked at, and never made, changed, tagged or deleted.

use pgha_planner::{Blocked, Intent};
use pgha_resource::desired::Mode;
use pgha_resource::kind::IamRole;
use pgha_resource::{Attr, Desired, Live, Resource, Seen};

use crate::world;
use crate::world::{
    PRIMARY, REPLICA, at, blocked, converged, desired, destroy, edit_desired, edit_live, instance,
    operations, planned, sketch,
};

const GROUP: &str = "db-subnet-group/orders-db";

/// The usual cluster in a subnet group that is somebody else's.
fn used() -> (Desired, Live) {
    let mut desired = desired();
    desired.resources.get_mut(&at(GROUP)).unwrap().mode = Mode::Given;
    let mut live = converged(&desired);
    edit_live(&mut live, GROUP, |seen| {
        seen.tags = Some([("owner".to_string(), "network".to_string())].into());
        let Resource::DbSubnetGroup(group) = &mut seen.resource else { return };
        group.description = Some("everybody's".into());
    });
    (desired, live)
}

#[test]
fn what_is_given_may_be_anything() {
    let (desired, live) = used();
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
}

#[test]
fn what_is_given_and_not_there_stops_what_needs_it() {
    let (desired, mut live) = used();
    live.resources.insert(at(GROUP), Seen::Absent);
    live.resources.insert(at("db-instance/orders-read-1"), Seen::Absent);
    edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).storage = Some(150));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(operations(&plan, GROUP), [], "{}", sketch(&plan));
    let [Blocked::Impossible { why }] = &blocked(&plan, GROUP)[..] else {
        panic!("{}", sketch(&plan))
    };
    assert!(why.contains("it does not"), "{why}");
    let needs = Blocked::Needs { address: at(GROUP) };
    assert_eq!(blocked(&plan, PRIMARY), [needs], "{}", sketch(&plan));
}

#[test]
fn what_cannot_be_read_may_be_there() {
    let (mut desired, mut live) = used();
    live.resources.insert(at(GROUP), Seen::Unread(crate::world::unread()));
    edit_desired(&mut desired, PRIMARY, |wanted| instance(wanted).storage = Some(300));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(operations(&plan, GROUP), [], "{}", sketch(&plan));
    assert!(matches!(blocked(&plan, GROUP)[..], [Blocked::Unread { .. }]), "{}", sketch(&plan));
}

#[test]
fn a_destruction_leaves_what_is_given() {
    let (desired, live) = used();
    let plan = planned(&desired, &live, &destroy(true));
    assert_eq!(operations(&plan, GROUP), [], "{}", sketch(&plan));
    assert!(!operations(&plan, PRIMARY).is_empty(), "{}", sketch(&plan));
}

/// A role that somebody made may have a path, as the console's own have.
#[test]
fn a_role_is_meant_by_the_arn_that_it_has() {
    let role = "iam-role/orders-monitoring";
    let mut desired = desired();
    world::add(
        &mut desired,
        role,
        IamRole { description: None, trust: None, attached: None, inline: None },
    );
    desired.resources.get_mut(&at(role)).unwrap().mode = Mode::Given;
    edit_desired(&mut desired, PRIMARY, |wanted| {
        instance(wanted).monitoring_role = world::of(role, Attr::Arn);
    });
    let mut live = converged(&desired);
    let arn = "arn:aws:iam::123456789012:role/service-role/orders-monitoring";
    edit_live(&mut live, role, |seen| seen.ids.arn = Some(arn.into()));
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).monitoring_role = Some(pgha_resource::Ref::known(arn));
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
}

/// Nobody may make a database with a password that is in nobody's hands.
#[test]
fn a_database_whose_password_somebody_keeps_is_not_made() {
    let mut desired = desired();
    edit_desired(&mut desired, PRIMARY, |wanted| instance(wanted).password = None);
    let plan = planned(&desired, &converged(&desired), &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
    let mut live = world::empty();
    let plan = planned(&desired, &live, &Intent::default());
    let [Blocked::Impossible { why }] = &blocked(&plan, PRIMARY)[..] else {
        panic!("{}", sketch(&plan))
    };
    assert!(why.contains("needs a password"), "{why}");
    // A replica has its source's.
    live = converged(&desired);
    live.resources.insert(at(REPLICA), Seen::Absent);
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(blocked(&plan, REPLICA), [], "{}", sketch(&plan));
}

/// A description that was there before pgha is nobody's wish to change, and mostly cannot change.
#[test]
fn what_is_named_keeps_the_description_that_it_has() {
    let group = "db-parameter-group/orders-pg16";
    let mut desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, group, |seen| {
        let Resource::DbParameterGroup(group) = &mut seen.resource else { return };
        group.description = Some("tuned by hand".into());
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert!(!plan.is_converged(), "{}", sketch(&plan));
    desired.resources.get_mut(&at(group)).unwrap().mode = Mode::Named;
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
}
