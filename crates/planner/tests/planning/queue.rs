//! What waits for the maintenance window.

use pgha_resource::call::Action;
use std::collections::BTreeMap;

use insta::assert_snapshot;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbClusterParameterGroup;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Pending;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::of;
use crate::world::operations;
use crate::world::planned;
use crate::world::sketch;
use crate::world::sketched;

/// Has AWS keep other values of some fields for later.
fn queue(live: &mut Live, address: &str, fields: &[&str], edit: impl FnOnce(&mut Resource)) {
    edit_live(live, address, |seen| {
        let mut after = seen.resource.clone();
        edit(&mut after);
        let fields = fields.iter().map(|field| field.to_string()).collect();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
}

/// What waits for the window, by field, each with the window.
fn queued(plan: &Plan) -> BTreeMap<&str, Option<&str>> {
    plan.queued.iter().map(|queued| (queued.field.as_str(), queued.window.as_deref())).collect()
}

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
    assert_eq!(plan.totals().queued, 1);
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
    Modify db-instance/orders-primary outage Window engine_version 16.15 → 17 (SpecChanged), parameter_group orders-pg16 → orders-pg17 (SpecChanged)
    Create db-parameter-group/orders-pg17 none Now
    Delete db-parameter-group/orders-pg16 none Now BLOCKED it follows once db-instance/orders-primary has changed
    0. CreateDBParameterGroup db-parameter-group/orders-pg17 none []
    1. ModifyDBParameterGroup db-parameter-group/orders-pg17 none [0]
    2. AddTagsToResource db-parameter-group/orders-pg17 none [1]
    3. ModifyDBInstance db-instance/orders-primary outage [0 1]
    4. AddTagsToResource db-instance/orders-primary none [3]
    ");
}

const WINDOW: &str = "sun:04:00-sun:05:00";

/// A spec of one database of version 17 with a parameter group of its own.
fn of_version_17() -> Desired {
    let mut desired = desired();
    desired.resources.remove(&at(REPLICA));
    let group = desired.resources[&at("db-parameter-group/orders-pg16")].resource.clone();
    add(&mut desired, "db-parameter-group/orders-pg17", group);
    edit_desired(&mut desired, "db-parameter-group/orders-pg17", |r| match r {
        Resource::DbParameterGroup(group) => group.family = Some("postgres17".into()),
        other => panic!("{other:?}"),
    });
    edit_desired(&mut desired, PRIMARY, |r| {
        instance(r).engine_version = EngineVersion::constraint("17");
        instance(r).parameter_group = of("db-parameter-group/orders-pg17", Attr::Name);
    });
    desired
}

/// The account that was given that spec while its database ran version 16.
fn still_of_version_16(desired: &Desired) -> Live {
    let mut live = converged(desired);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).engine_version = Some(EngineVersion::seen("16.13"));
        instance(&mut seen.resource).parameter_group = Some(Ref::Known("orders-pg16".into()));
    });
    live
}

fn to_version(version: &str) -> impl Fn(&mut Resource) {
    move |r| instance(r).engine_version = Some(EngineVersion::seen(version))
}

#[test]
fn a_group_sent_with_a_major_version_waits_for_the_window_with_it() {
    // Nothing shows it: PendingModifiedValues has no group (RDS API;
    // docs/aws/instances.md#pending-values).
    let desired = of_version_17();
    let mut live = still_of_version_16(&desired);
    queue(&mut live, PRIMARY, &["engine_version"], to_version("17.11"));
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
    let both = ["engine_version", "parameter_group"].map(|field| (field, Some(WINDOW)));
    assert_eq!(queued(&plan), both.into());
}

#[test]
fn a_group_of_a_cluster_waits_with_the_major_version_as_well() {
    let mut desired = desired();
    let group = |number: &str| DbClusterParameterGroup {
        family: Some(format!("postgres{number}")),
        description: None,
        parameters: None,
    };
    add(&mut desired, "db-cluster-parameter-group/orders-pg17", group("17"));
    let cluster = DbCluster {
        engine_version: EngineVersion::constraint("17.11"),
        parameter_group: of("db-cluster-parameter-group/orders-pg17", Attr::Name),
        maintenance_window: Some("mon:01:00-mon:02:00".into()),
        ..DbCluster::default()
    };
    add(&mut desired, "db-cluster/orders", cluster.clone());
    let mut live = converged(&desired);
    edit_live(&mut live, "db-cluster/orders", |seen| {
        let there = DbCluster {
            engine_version: Some(EngineVersion::seen("16.13")),
            parameter_group: Some(Ref::Known("orders-pg16".into())),
            ..cluster
        };
        seen.resource = there.into();
    });
    queue(&mut live, "db-cluster/orders", &["engine_version"], |r| match r {
        Resource::DbCluster(cluster) => {
            cluster.engine_version = Some(EngineVersion::seen("17.11"));
        }
        other => panic!("{other:?}"),
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
    let window = Some("mon:01:00-mon:02:00");
    let both = ["engine_version", "parameter_group"].map(|field| (field, window));
    assert_eq!(queued(&plan), both.into());
}

/// Checks that a field which somebody changed in AWS is set back, whatever else waits.
#[track_caller]
fn check_set_back(field: &str, there: impl Fn(&mut DbInstance), waiting: Option<&str>) {
    let wanted = of_version_17();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| there(instance(&mut seen.resource)));
    match waiting {
        Some("class") => queue(&mut live, PRIMARY, &["class"], |r| {
            instance(r).class = Some("db.r6g.large".into());
        }),
        Some(version) => queue(&mut live, PRIMARY, &["engine_version"], to_version(version)),
        None => {}
    }
    let plan = planned(&wanted, &live, &Intent::default());
    let changes = |name: &str| plan.steps.iter().any(|s| s.call.fields().any(|f| f == name));
    assert!(changes(field), "{}", sketch(&plan));
    assert!(!queued(&plan).contains_key(field), "{}", sketch(&plan));
}

#[test]
fn only_a_group_waits_and_only_with_a_major_version() {
    let group = |i: &mut DbInstance| i.parameter_group = Some(Ref::Known("others".into()));
    let version = |version: &str| Some(EngineVersion::seen(version));
    check_set_back("parameter_group", group, None);
    let smaller = |i: &mut DbInstance| {
        group(i);
        i.class = Some("db.r6g.medium".into());
    };
    check_set_back("parameter_group", smaller, Some("class"));
    let older = |i: &mut DbInstance| {
        group(i);
        i.engine_version = version("17.10");
    };
    check_set_back("parameter_group", older, Some("17.11"));
    let much_older = |i: &mut DbInstance| {
        i.engine_version = version("16.13");
        i.backup_retention = Some(1);
    };
    check_set_back("backup_retention", much_older, Some("17.11"));
}

#[test]
fn a_group_that_comes_with_a_version_needs_a_restart_only_if_both_come_at_once() {
    let mut wanted = of_version_17();
    let live = still_of_version_16(&wanted);
    let of_primary = |wanted: &Desired| {
        let mut all = operations(&planned(wanted, &live, &Intent::default()), PRIMARY);
        all.retain(|operation| *operation != Operation::AddTagsToResource);
        all
    };
    assert_eq!(of_primary(&wanted), [Operation::ModifyDBInstance]);
    wanted.policy.timing = Timing::Immediately;
    assert_eq!(of_primary(&wanted), [Operation::ModifyDBInstance, Operation::RebootDBInstance]);
}

#[test]
fn what_waits_for_a_reboot_gets_one_and_is_not_queued_for_the_window() {
    let mut desired = desired();
    edit_desired(&mut desired, PRIMARY, |r| instance(r).dedicated_log_volume = Some(true));
    let mut live = converged(&desired);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).dedicated_log_volume = Some(false);
        instance(&mut seen.resource).class = Some("db.r6g.medium".into());
    });
    queue(&mut live, PRIMARY, &["class", "dedicated_log_volume"], |r| {
        instance(r).dedicated_log_volume = Some(true);
        instance(r).class = Some("db.r6g.large".into());
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(queued(&plan), [("class", Some(WINDOW))].into());
    assert_eq!(operations(&plan, PRIMARY), [Operation::RebootDBInstance], "{}", sketch(&plan));
}

/// The fields of each call for the primary, each with when it is made, where others were
/// queued.
fn calls_with_queued(
    queued: impl Fn(&mut DbInstance),
    wanted: impl Fn(&mut DbInstance),
) -> Vec<(Vec<String>, Timing)> {
    let mut after = desired();
    let mut live = converged(&after);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut then = seen.resource.clone();
        queued(instance(&mut then));
        let fields = then.diff(&seen.resource).iter().map(|diff| diff.name.into()).collect();
        seen.pending = Some(Pending { fields, after: Box::new(then) });
    });
    edit_desired(&mut after, PRIMARY, |r| wanted(instance(r)));
    let plan = planned(&after, &live, &Intent::default());
    let updates = plan.steps.iter().filter_map(|step| match &step.call.action {
        Action::Update { fields, timing, .. } => Some((fields.clone(), *timing)),
        _ => None,
    });
    updates.collect()
}

fn names(fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| field.to_string()).collect()
}

#[test]
fn what_is_queued_can_be_taken_back_even_if_it_could_not_be_undone() {
    let version = |i: &mut DbInstance| i.engine_version = Some(EngineVersion::seen("17.11"));
    let back = (names(&["engine_version"]), Timing::Immediately);
    assert_eq!(calls_with_queued(version, |_| ()), [back]);
    let larger = |i: &mut DbInstance| i.storage = Some(400);
    let back = (names(&["storage"]), Timing::Immediately);
    assert_eq!(calls_with_queued(larger, |_| ()), [back]);
    // A third value is measured by what is there, not by what is queued.
    let third = (names(&["storage"]), Timing::InWindow);
    assert_eq!(calls_with_queued(larger, |i| i.storage = Some(300)), [third]);
}

#[test]
fn one_cancellation_takes_all_that_is_queued_along() {
    let queued = |i: &mut DbInstance| {
        (i.class, i.multi_az) = (Some("db.r6g.4xlarge".into()), Some(false));
    };
    let wanted = |i: &mut DbInstance| {
        (i.class, i.backup_retention) = (Some("db.r6g.2xlarge".into()), Some(14));
    };
    let calls = calls_with_queued(queued, wanted);
    let both = (names(&["class", "multi_az"]), Timing::Immediately);
    assert_eq!(calls, [both, (names(&["backup_retention"]), Timing::InWindow)]);
}

#[test]
fn the_cancellation_of_an_upgrade_takes_nothing_along_that_can_wait() {
    let upgrade = |i: &mut DbInstance| i.engine_version = Some(EngineVersion::seen("17.11"));
    let calls = calls_with_queued(upgrade, |i| i.backup_retention = Some(14));
    let back = (names(&["engine_version"]), Timing::Immediately);
    assert_eq!(calls, [back, (names(&["backup_retention"]), Timing::InWindow)]);
}

#[test]
fn what_takes_the_place_of_a_queued_value_is_not_listed_as_queued() {
    let mut after = desired();
    let mut live = converged(&after);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut then = seen.resource.clone();
        instance(&mut then).class = Some("db.r6g.4xlarge".into());
        instance(&mut then).multi_az = Some(false);
        let fields = ["class".to_string(), "multi_az".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(then) });
    });
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).class = Some("db.r6g.2xlarge".into());
        instance(r).multi_az = Some(false);
    });
    let plan = planned(&after, &live, &Intent::default());
    let queued: Vec<&str> = plan.queued.iter().map(|queued| queued.field.as_str()).collect();
    assert_eq!(queued, ["multi_az"], "{}", sketch(&plan));
}

#[test]
fn what_is_queued_is_listed_even_if_the_spec_asks_for_what_cannot_be() {
    let mut after = desired();
    let mut live = converged(&after);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut then = seen.resource.clone();
        instance(&mut then).storage = Some(400);
        let fields = ["storage".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(then) });
    });
    edit_desired(&mut after, PRIMARY, |r| instance(r).storage = Some(100));
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(plan.totals().blocked, 1, "{}", sketch(&plan));
    assert_eq!(plan.queued[0].to.to_string(), "400");
}

/// The volume grew by itself while a change of size was queued.
#[test]
fn what_came_about_meanwhile_is_not_listed_as_queued() {
    let mut after = desired();
    let mut live = converged(&after);
    queue(&mut live, PRIMARY, &["storage", "iops"], |r| {
        (instance(r).storage, instance(r).iops) = (Some(418), Some(20_000));
    });
    edit_live(&mut live, PRIMARY, |seen| {
        (instance(&mut seen.resource).storage, instance(&mut seen.resource).iops) =
            (Some(418), Some(12_000));
    });
    edit_desired(&mut after, PRIMARY, |r| {
        (instance(r).storage, instance(r).iops) = (Some(418), Some(20_000));
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(queued(&plan).into_keys().collect::<Vec<_>>(), ["iops"], "{}", sketch(&plan));
}
