//! What waits for the maintenance window.

use insta::assert_snapshot;
use pgha_planner::Intent;
use pgha_resource::Attr;
use pgha_resource::Disruption;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::live::Pending;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::of;
use crate::world::planned;
use crate::world::sketch;
use crate::world::sketched;

#[test]
fn what_is_queued_is_no_change() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).class = Some("db.r6g.xlarge".into());
    });
    let mut live = converged(&after);
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        let after = seen.resource.clone();
        instance(&mut seen.resource).class = Some("db.r6g.large".into());
        seen.pending =
            Some(Pending { fields: ["class".to_string()].into(), after: Box::new(after) });
    });
    let plan = planned(&after, &live, &Intent::default());
    assert!(plan.is_converged());
    assert_eq!(plan.queued.len(), 1);
    assert_eq!(plan.queued[0].to.to_string(), "db.r6g.xlarge");

    // Nobody wants it any more: only an immediate change back cancels it.
    let plan = planned(&before, &live, &Intent::default());
    assert_snapshot!(sketch(&plan), @r"
    Modify db-instance/orders-primary none Now class db.r6g.xlarge → db.r6g.large (SpecChanged)
    0. ModifyDBInstance db-instance/orders-primary none []
    1. AddTagsToResource db-instance/orders-primary none [0]
    ");
}

#[test]
fn an_immediate_change_owns_up_to_what_it_flushes() {
    let before = desired();
    let mut live = converged(&before);
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).engine_version = Some(EngineVersion::seen("16.15"));
        let fields = ["engine_version".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let mut after = before;
    after.policy.timing = Timing::Immediately;
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).engine_version = EngineVersion::constraint(">=16.13");
        instance(r).class = Some("db.r6g.xlarge".into());
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(plan.worst(), Disruption::Outage);
    assert_eq!(plan.changes[0].flushes, ["engine_version"]);

    // What never waits is sent without the flag that flushes.
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).class = Some("db.r6g.large".into());
        instance(r).backup_retention = Some(14);
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(plan.worst(), Disruption::None);
}

#[test]
fn a_third_value_takes_the_place_of_the_queued_one_and_waits_like_it() {
    let before = desired();
    let mut live = converged(&before);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).engine_version = Some(EngineVersion::seen("16.15"));
        let fields = ["engine_version".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let mut after = before;
    after.resources.remove(&at(REPLICA));
    live.resources.remove(&at(REPLICA));
    edit_desired(&mut after, "db-parameter-group/orders-pg16", |r| match r {
        Resource::DbParameterGroup(group) => group.family = Some("postgres17".into()),
        other => panic!("{other:?}"),
    });
    let group = after.resources.remove(&at("db-parameter-group/orders-pg16")).unwrap();
    after.resources.insert(at("db-parameter-group/orders-pg17"), group);
    live.resources.insert(at("db-parameter-group/orders-pg17"), Seen::Absent);
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).engine_version = EngineVersion::constraint("17");
        instance(r).parameter_group = of("db-parameter-group/orders-pg17", Attr::Name);
    });
    assert_snapshot!(sketched(&after, &live), @r"
    Modify db-instance/orders-primary outage Window engine_version 16.15 → 17.11 (17) (SpecChanged), parameter_group orders-pg16 → orders-pg17 (SpecChanged)
    Create db-parameter-group/orders-pg17 none Now
    Delete db-parameter-group/orders-pg16 none Now BLOCKED it follows once db-instance/orders-primary has changed
    0. CreateDBParameterGroup db-parameter-group/orders-pg17 none []
    1. ModifyDBParameterGroup db-parameter-group/orders-pg17 none [0]
    2. AddTagsToResource db-parameter-group/orders-pg17 none [1]
    3. ModifyDBInstance db-instance/orders-primary outage [0 1]
    4. AddTagsToResource db-instance/orders-primary none [3]
    ");
}
