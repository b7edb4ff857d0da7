//! Who moved: the spec, somebody in AWS, AWS by itself, or an apply that was cut off.

use insta::assert_snapshot;
use pgha_planner::Cause;
use pgha_planner::Intent;
use pgha_planner::NoteKind;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Tags;
use pgha_resource::reference::Subnets;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::allow;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::home;
use crate::world::instance;
use crate::world::notes;
use crate::world::planned;
use crate::world::sketch;
use crate::world::sketched;

#[test]
fn what_somebody_changed_in_aws_is_counted_as_drift() {
    let mut wanted = desired();
    let mut live = converged(&wanted);
    edit_desired(&mut wanted, REPLICA, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(!plan.has_drift(), "{}", sketch(&plan));
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).deletion_protection = Some(false);
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(plan.has_drift(), "{}", sketch(&plan));
    assert_eq!((plan.totals().change, plan.totals().drifted), (2, 1), "{}", sketch(&plan));
}

#[test]
fn a_change_is_drift_even_if_the_spec_moved_as_well() {
    let mut wanted = desired();
    let mut live = converged(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).deletion_protection = Some(false);
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!((plan.totals().change, plan.totals().drifted), (1, 1), "{}", sketch(&plan));
}

#[test]
fn an_address_that_drifted_twice_is_counted_once() {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let primary = instance(&mut seen.resource);
        primary.deletion_protection = Some(false);
        primary.storage = Some(500);
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let totals = plan.totals();
    let counts = (totals.change, totals.blocked, totals.drifted);
    assert_eq!(counts, (1, 1, 1), "{}", sketch(&plan));
}

#[test]
fn what_aws_moved_as_the_spec_allows_is_only_noted() {
    let mut desired = desired();
    edit_desired(&mut desired, PRIMARY, |r| instance(r).max_storage = Some(500));
    let mut live = converged(&desired);
    edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).storage = Some(300));
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::ByAws);
    assert!(said.len() == 1 && said[0].contains("grew by itself from 200 to 300 GiB"), "{said:?}");
}

#[test]
fn what_the_spec_moved_is_a_change_even_where_aws_may_move_it() {
    let mut before = desired();
    edit_desired(&mut before, PRIMARY, |r| {
        instance(r).storage = Some(300);
        instance(r).max_storage = Some(500);
    });
    let mut after = before.clone();
    edit_desired(&mut after, PRIMARY, |r| instance(r).storage = Some(200));
    let plan = planned(&after, &converged(&before), &Intent::default());
    assert_eq!(notes(&plan, NoteKind::ByAws), [""; 0]);
    assert_eq!(blocked(&plan, PRIMARY).len(), 1, "{}", sketch(&plan));
}

#[test]
fn what_aws_never_returns_is_on_record_or_noted() {
    let desired = desired();
    let mut live = converged(&desired);
    let unreadable =
        |live: &Live| notes(&planned(&desired, live, &Intent::default()), NoteKind::Unreadable);
    assert_eq!(unreadable(&live), [""; 0]);
    edit_live(&mut live, "secret/orders-master", |seen| {
        seen.tags.as_mut().unwrap().remove(DIGEST_TAG);
    });
    assert_eq!(
        unreadable(&live),
        ["secret/orders-master: AWS does not return username: neither drift nor change"]
    );
}

#[test]
fn taking_something_over_is_no_drift() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, "sns-topic/orders-alerts", |seen| {
        seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "billing".into());
    });
    let plan = planned(&desired, &live, &allow("adopt:sns-topic/orders-alerts"));
    let fields = plan.changes.iter().flat_map(|change| &change.fields);
    let said: Vec<_> = fields.map(|field| (field.name.as_str(), field.cause)).collect();
    assert_eq!(said, [("tags.pgha:cluster", Cause::Adopted)]);
    assert!(!plan.has_drift());
}

/// The tags that the creating call of the replica gives it.
fn tags_at_birth(desired: &Desired) -> Tags {
    let mut live = converged(desired);
    live.resources.insert(at(REPLICA), Seen::Absent);
    let plan = planned(desired, &live, &Intent::default());
    let created = plan.steps.iter().find_map(|step| match &step.call.action {
        Action::Create { tags, .. } => Some(tags.clone()),
        _ => None,
    });
    created.unwrap()
}

#[test]
fn a_creation_that_was_cut_off_is_completed_without_disrupting_anyone() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).parameter_group = Some(Ref::Known("default".into()));
    });
    // Of a database in use a restart is noticed.
    assert_snapshot!(sketched(&desired, &live), @r"
    Modify db-instance/orders-read-1 restart Now parameter_group default → orders-replicas-pg16 (AwsChanged)
    0. ModifyDBInstance db-instance/orders-read-1 none []
    1. RebootDBInstance db-instance/orders-read-1 restart [0]
    ");
    edit_live(&mut live, REPLICA, |seen| seen.tags = Some(tags_at_birth(&desired)));
    assert_snapshot!(sketched(&desired, &live), @r"
    Modify db-instance/orders-read-1 none Now parameter_group default → orders-replicas-pg16 (SpecChanged)
    0. ModifyDBInstance db-instance/orders-read-1 none []
    1. RebootDBInstance db-instance/orders-read-1 none [0]
    2. AddTagsToResource db-instance/orders-read-1 none [1]
    ");
}

/// The same group of subnets, by the lookup of the spec and by what AWS has.
#[test]
fn other_subnets_are_the_specs_doing_where_the_spec_asks_for_others() {
    const GROUP: &str = "db-subnet-group/orders-db";
    let asks = |words: &str| {
        let mut wanted = desired();
        let entry = wanted.resources.get_mut(&at(GROUP)).unwrap();
        entry.lookups.insert(home(), words.into());
        wanted
    };
    let cause = |before: &str, now: &str| {
        let (before, now) = (asks(before), asks(now));
        let mut live = converged(&before);
        let record = recorded(&before, GROUP);
        edit_live(&mut live, GROUP, |seen| {
            seen.tags.as_mut().unwrap().insert(DIGEST_TAG.into(), record);
            let Resource::DbSubnetGroup(group) = &mut seen.resource else { panic!() };
            group.subnets = Some(Subnets::Known(["subnet-b".into(), "subnet-x".into()].into()));
        });
        let plan = planned(&now, &live, &Intent::default());
        let change = plan.changes.iter().find(|change| change.address == at(GROUP)).unwrap();
        change.fields.iter().find(|field| field.name == "subnets").unwrap().cause
    };
    assert_eq!(cause("subnets tier=data", "subnets tier=data"), Cause::AwsChanged);
    assert_eq!(cause("subnets tier=data", "subnets all"), Cause::SpecChanged);
}

/// What an apply of the spec records on a resource that is new.
fn recorded(wanted: &Desired, address: &str) -> String {
    let plan = planned(wanted, &crate::world::empty(), &Intent::default());
    let tags =
        plan.steps.iter().filter(|step| step.address() == &at(address)).find_map(
            |step| match &step.call.action {
                Action::Create { tags, .. } => tags.get(DIGEST_TAG).cloned(),
                _ => None,
            },
        );
    tags.unwrap_or_else(|| panic!("{}", sketch(&plan)))
}
