//! Performance Insights and Database Insights (docs/aws/monitoring.md).

use pgha_apply::port::CallError;
use pgha_apply::port::Receipt;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::InsightsMode;
use pgha_resource::live::ErrorClass;

use crate::world::PRIMARY;
use crate::world::World;
use crate::world::check_refused;

#[test]
fn insights_come_with_their_retention_and_key() {
    let world = World::with_primary();
    world.modify("orders-primary", Timing::InWindow, |i| i.insights = Some(true)).unwrap();
    let seen = world.instance(PRIMARY);
    assert_eq!(seen.insights_retention, Some(7));
    assert!(seen.insights_kms_key.is_some());
    world
        .modify("orders-primary", Timing::InWindow, |i| {
            i.insights_mode = Some(InsightsMode::Advanced);
            i.insights_retention = Some(465);
        })
        .unwrap();
    let key = world.modify("orders-primary", Timing::InWindow, |i| {
        i.insights_kms_key = Some("arn:aws:kms:us-east-1:1:key/x".into());
    });
    check_refused(key, "ValidationError", ErrorClass::Invalid);
}

/// Changes insights from what pgha thinks is there, in a call that names these fields.
fn change_insights(
    world: &World,
    fields: &[&str],
    from: impl FnOnce(&mut DbInstance),
    to: impl FnOnce(&mut DbInstance),
) -> Result<Receipt, CallError> {
    let mut live = world.instance(PRIMARY);
    from(&mut live);
    let mut wanted = live.clone();
    to(&mut wanted);
    let fields = fields.iter().map(|field| field.to_string()).collect();
    let (from, to) = (Box::new(live.into()), Box::new(wanted.into()));
    let action = Action::Update { from, to, fields, timing: Timing::Immediately };
    world.call(PRIMARY, Operation::ModifyDBInstance, action)
}

/// Reported, and documented nowhere: docs/aws/monitoring.md#insights-key.
#[test]
fn the_first_key_of_insights_is_the_last() {
    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/own";
    let world = World::with_primary();
    let turn = |on: bool, key: Option<&str>, fields: &[&str]| {
        let to = |i: &mut DbInstance| {
            i.insights = Some(on);
            i.insights_kms_key = key.map(Into::into);
        };
        change_insights(&world, fields, |_| {}, to)
    };
    turn(true, Some(KEY), &["insights"]).unwrap();
    let key = || world.instance(PRIMARY).insights_kms_key;
    assert_eq!(key().as_deref(), Some(KEY));
    // A call that does not know of the key says nothing of one, which means the default one.
    let (unknown, long) = (
        |i: &mut DbInstance| i.insights_kms_key = None,
        |i: &mut DbInstance| i.insights_retention = Some(31),
    );
    let made = change_insights(&world, &["insights_retention"], unknown, long);
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    change_insights(&world, &["insights_retention"], |_| {}, long).unwrap();
    // It stays while insights are off.
    turn(false, None, &["insights", "insights_mode"]).unwrap();
    assert_eq!(world.instance(PRIMARY).insights, Some(false));
    assert_eq!(key().as_deref(), Some(KEY));
    let another = "arn:aws:kms:us-east-1:123456789012:key/another";
    turn(true, Some(another), &["insights", "insights_mode"]).unwrap();
    assert_eq!(key().as_deref(), Some(KEY));
}

#[test]
fn insights_end_together_with_the_advanced_mode() {
    let world = World::with_primary();
    change_insights(&world, &["insights"], |_| {}, |i| i.insights = Some(true)).unwrap();
    let off = |i: &mut DbInstance| i.insights = Some(false);
    let made = change_insights(&world, &["insights"], |_| {}, off);
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    change_insights(&world, &["insights", "insights_mode"], |_| {}, off).unwrap();
}

#[test]
fn insights_and_monitoring_that_are_off_leave_nothing_behind() {
    let world = World::with_primary();
    let role = world.arn("iam-role/orders-monitoring");
    let both = |on: bool| {
        let fields = &["insights", "insights_mode", "monitoring_interval", "monitoring_role"];
        let to = |i: &mut DbInstance| {
            i.insights = Some(on);
            i.monitoring_interval = Some(if on { 60 } else { 0 });
            i.monitoring_role = on.then(|| Ref::known(role.clone()));
        };
        change_insights(&world, fields, |_| {}, to)
    };
    both(true).unwrap();
    world.settle(PRIMARY);
    assert_eq!(world.instance(PRIMARY).monitoring_role, Some(Ref::known(role.clone())));
    both(false).unwrap();
    let seen = world.instance(PRIMARY);
    assert_eq!((seen.monitoring_role, seen.insights_retention), (None, None));
}
