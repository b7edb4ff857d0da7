//! Whose a resource is: the cluster's of this home region, a copy, or a stranger's.

use pgha_planner::{Blocked, Cause, Intent, NoteKind, Plan};
use pgha_resource::call::Action;
use pgha_resource::kind::{DbSnapshot, IamRole};
use pgha_resource::live::{HOME_TAG, Notice, OWNER_TAG, RESOURCE_TAG};
use pgha_resource::status::Status;
use pgha_resource::{Attr, Desired, Live, LiveResource, Operation, Ref, Region, Seen};

use crate::world::{
    PRIMARY, add, allow, at, blocked, converged, desired, destroy, edit_desired, edit_live,
    instance, names_itself, notes, of, operations, planned, sketch,
};

const ROLE: &str = "iam-role/orders-monitoring-us-east-1";
const TOPIC: &str = "sns-topic/orders-alerts";

fn with_a_role() -> Desired {
    let mut desired = desired();
    let role = IamRole { description: None, trust: None, attached: None, inline: None };
    add(&mut desired, ROLE, role);
    desired
}

/// What a plan in `home` makes of an account in which the cluster of us-east-1 lives.
fn seen_from(home: &str, goal: &Intent) -> Plan {
    let live = converged(&with_a_role());
    let mut moved = desired();
    moved.scope.home = Region::new(home);
    planned(&moved, &live, goal)
}

#[track_caller]
fn check_left_alone(plan: &Plan, address: &str) {
    assert_eq!(operations(plan, address), [], "{}", sketch(plan));
}

#[test]
fn iam_roles_of_the_same_name_in_another_region_are_nobody_s_leftovers() {
    check_left_alone(&seen_from("eu-west-1", &Intent::default()), ROLE);
    let destroys = seen_from("eu-west-1", &destroy(true));
    check_left_alone(&destroys, ROLE);
    let said = notes(&destroys, NoteKind::Elsewhere).join("; ");
    assert!(said.contains("lives in us-east-1") && said.contains("set the region"), "{said}");
    assert_eq!(notes(&seen_from("us-east-1", &destroy(true)), NoteKind::Elsewhere), [""; 0]);
    let ours = seen_from("us-east-1", &destroy(true));
    assert_eq!(operations(&ours, ROLE), [Operation::DeleteRole], "{}", sketch(&ours));
}

#[test]
fn what_the_cluster_of_another_home_has_is_refused_by_name() {
    let plan = seen_from("eu-west-1", &Intent::default());
    let [Blocked::OtherHome { home, allow }] = &blocked(&plan, TOPIC)[..] else {
        panic!("{}", sketch(&plan))
    };
    assert_eq!((home.as_str(), allow.as_str()), ("us-east-1", "adopt:sns-topic/orders-alerts"));
}

/// An account with one more database, which carries the primary's tags.
fn with_a_copy(name: &str) -> Live {
    let mut live = converged(&desired());
    let primary = live.resources[&at(PRIMARY)].clone();
    live.resources.insert(at(name), primary);
    live
}

/// RDS guide, "Tagging Amazon RDS resources": tags are copied to restored databases and to the
/// green environment; a rename takes them along.
#[test]
fn a_copy_is_said_and_never_touched() {
    for name in
        ["db-instance/restored", "db-instance/orders-primary-old1", "db-instance/p-green-x1y2z3"]
    {
        for goal in
            [Intent::default(), destroy(true), destroy(false), allow(&format!("delete:{name}"))]
        {
            let plan = planned(&desired(), &with_a_copy(name), &goal);
            check_left_alone(&plan, name);
            assert_eq!(blocked(&plan, name), []);
            let said = notes(&plan, NoteKind::Copy);
            assert!(said.len() == 1 && said[0].contains(PRIMARY), "{said:?}");
        }
    }
}

#[test]
fn what_names_itself_is_an_orphan_and_what_names_nothing_is_left_alone() {
    let name = "db-instance/orders-read-9";
    let mut live = with_a_copy(name);
    edit_live(&mut live, name, |seen| names_itself(seen, name));
    let plan = planned(&desired(), &live, &allow(&format!("delete:{name}")));
    assert!(operations(&plan, name).contains(&Operation::DeleteDBInstance), "{}", sketch(&plan));
    for key in [HOME_TAG, RESOURCE_TAG] {
        let mut live = live.clone();
        edit_live(&mut live, name, |seen| drop(seen.tags.as_mut().unwrap().remove(key)));
        let plan = planned(&desired(), &live, &destroy(true));
        check_left_alone(&plan, name);
        assert_eq!(notes(&plan, NoteKind::Copy).len(), 1);
    }
}

/// RDS guide, "Tagging Amazon RDS resources", copying tags to DB snapshots: a database's snapshots
/// carry its tags and are its own all the same.
#[test]
fn a_snapshot_with_the_tags_of_its_database_is_no_copy() {
    let snapshot = "db-snapshot/orders-before-upgrade";
    let mut live = converged(&desired());
    let tags = live.present(&at(PRIMARY)).unwrap().tags.clone();
    let kind = DbSnapshot { source: Some(Ref::known("orders-primary")) };
    let mut seen = LiveResource::new(kind.into(), Status::ready());
    seen.tags = tags;
    live.resources.insert(at(snapshot), Seen::Present(Box::new(seen)));
    let plan = planned(&desired(), &live, &Intent::default());
    assert_eq!(notes(&plan, NoteKind::Copy), [""; 0]);
    let said = notes(&plan, NoteKind::Kept);
    assert!(said.len() == 1 && said[0].contains(snapshot), "{said:?}");
    let plan = planned(&desired(), &live, &allow(&format!("delete:{snapshot}")));
    assert_eq!(operations(&plan, snapshot), [Operation::DeleteDBSnapshot], "{}", sketch(&plan));
}

/// What comes back under its own name, from its own backup, is itself again.
#[test]
fn a_database_that_was_restored_in_place_is_itself() {
    let plan = planned(&desired(), &converged(&desired()), &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
}

#[test]
fn a_copy_under_a_wanted_name_needs_a_word() {
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| names_itself(seen, "db-instance/orders-dr@us-west-2"));
    let plan = planned(&desired(), &live, &Intent::default());
    let [Blocked::Copied { of, .. }] = &blocked(&plan, PRIMARY)[..] else {
        panic!("{}", sketch(&plan))
    };
    assert_eq!(of, "db-instance/orders-dr@us-west-2");
    let plan = planned(&desired(), &live, &allow("adopt:db-instance/orders-primary"));
    assert_eq!(operations(&plan, PRIMARY), [Operation::AddTagsToResource], "{}", sketch(&plan));
    assert_eq!(plan.changes[0].cause, Cause::Adopted, "{}", sketch(&plan));
}

/// A rename keeps the tags, and the protection is of the database, not of the name.
#[test]
fn a_protected_database_under_another_name_stops_a_destroy() {
    const OLD: &str = "db-instance/orders-old";
    let mut wanted = desired();
    let mut live = with_a_copy(OLD);
    live.resources.insert(at(PRIMARY), Seen::Absent);
    let stopped = |wanted: &Desired, live: &Live, intent: &Intent| {
        blocked(&planned(wanted, live, intent), OLD) == [Blocked::Protected]
    };
    assert!(!stopped(&wanted, &live, &destroy(true)), "nobody protects it");
    wanted.policy.protected.insert(at(PRIMARY));
    assert!(stopped(&wanted, &live, &destroy(true)));
    assert!(!stopped(&wanted, &live, &Intent::default()));
    assert!(!stopped(&wanted, &with_a_copy(OLD), &destroy(true)), "the database is there");
}

/// Nobody makes what is somebody else's into what it has to be.
#[test]
fn what_is_there_does_not_begin_to_use_what_is_somebody_else_s() {
    let mut wanted = desired();
    const GROUP: &str = "db-parameter-group/orders-other-pg16";
    let group = wanted.resources[&at("db-parameter-group/orders-pg16")].resource.clone();
    add(&mut wanted, GROUP, group);
    let theirs: [fn(&mut LiveResource); 3] = [
        |seen| drop(seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "another".into())),
        |seen| drop(seen.tags.as_mut().unwrap().insert(HOME_TAG.into(), "eu-west-1".into())),
        |seen| names_itself(seen, "db-parameter-group/orders-old-pg16"),
    ];
    for theirs in theirs {
        let mut live = converged(&wanted);
        edit_live(&mut live, GROUP, theirs);
        let mut other = wanted.clone();
        edit_desired(&mut other, PRIMARY, |r| {
            instance(r).parameter_group = of(GROUP, Attr::Name);
        });
        let plan = planned(&other, &live, &Intent::default());
        assert_eq!(blocked(&plan, PRIMARY), [Blocked::Needs { address: at(GROUP) }], "{plan:?}");
        // What uses it already goes on doing so.
        let mut live = converged(&other);
        edit_live(&mut live, GROUP, theirs);
        edit_desired(&mut other, PRIMARY, |r| instance(r).backup_retention = Some(9));
        let plan = planned(&other, &live, &Intent::default());
        assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    }
}

#[test]
fn part_of_the_record_that_is_missing_is_set_again() {
    let mut live = converged(&desired());
    let forget = |seen: &mut LiveResource| {
        let tags = seen.tags.as_mut().unwrap();
        tags.retain(|key, _| key != HOME_TAG && key != RESOURCE_TAG);
    };
    edit_live(&mut live, TOPIC, forget);
    let plan = planned(&desired(), &live, &Intent::default());
    assert_eq!(operations(&plan, TOPIC), [Operation::TagTopic], "{}", sketch(&plan));
    assert_eq!(plan.changes[0].cause, Cause::Bookkeeping, "{}", sketch(&plan));
}

/// RDS API, DescribeDBInstances: it answers with the instances of every engine.
#[test]
fn a_database_of_another_engine_is_not_taken_over() {
    let mut live = converged(&desired());
    let mysql = |seen: &mut LiveResource| {
        seen.tags = Some(Default::default());
        seen.notices.insert(Notice::Engine("mysql".into()));
    };
    edit_live(&mut live, PRIMARY, mysql);
    for goal in [Intent::default(), allow("adopt:db-instance/orders-primary")] {
        let plan = planned(&desired(), &live, &goal);
        let expected = Blocked::OtherEngine { engine: "mysql".into() };
        assert_eq!(blocked(&plan, PRIMARY), [expected], "{}", sketch(&plan));
        check_left_alone(&plan, PRIMARY);
    }
}

/// Between the plan and the call somebody else may have taken it over.
#[test]
fn what_is_taken_over_is_taken_only_from_whom_it_was_seen_with() {
    let wanted = desired();
    let over = |owner: Option<&str>| {
        let mut live = converged(&wanted);
        edit_live(&mut live, TOPIC, |seen| {
            let tags = seen.tags.as_mut().unwrap();
            tags.remove(OWNER_TAG);
            tags.extend(owner.map(|owner| (OWNER_TAG.to_string(), owner.to_string())));
        });
        let plan = planned(&wanted, &live, &allow(&format!("adopt:{TOPIC}")));
        let step = plan.steps.iter().find(|step| step.address() == &at(TOPIC)).unwrap();
        match &step.call.action {
            Action::Tag { over, .. } => over.get(OWNER_TAG).cloned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(over(None).as_deref(), Some(""));
    assert_eq!(over(Some("billing")).as_deref(), Some("billing"));
    // What is ours already is not taken over.
    let mut live = converged(&wanted);
    edit_live(&mut live, TOPIC, |seen| drop(seen.tags.as_mut().unwrap().remove("team")));
    let plan = planned(&wanted, &live, &Intent::default());
    let Action::Tag { over, .. } = &plan.steps[0].call.action else { panic!("{}", sketch(&plan)) };
    assert_eq!(over.len(), 0, "{over:?}");
}
