//! Parameter groups: twenty a call, dynamic at once, static after a reboot.

use std::collections::BTreeMap;

use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Timing;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;

use crate::world::PRIMARY;
use crate::world::World;
use crate::world::check_refused;
use crate::world::map;

const GROUP: &str = "db-parameter-group/orders-pg16";

fn set_all(
    world: &World,
    operation: Operation,
    values: BTreeMap<String, String>,
) -> Result<pgha_apply::port::Receipt, pgha_apply::port::CallError> {
    world.edit(GROUP, operation, |g: &mut DbParameterGroup| g.parameters = Some(values))
}

fn values(world: &World) -> BTreeMap<String, String> {
    match world.see(GROUP).resource {
        pgha_resource::Resource::DbParameterGroup(group) => group.parameters.unwrap(),
        other => panic!("{other:?}"),
    }
}

fn waits(world: &World) -> bool {
    world.see(PRIMARY).notices.contains(&Notice::PendingReboot("orders-pg16".into()))
}

#[test]
fn a_call_carries_twenty_parameters() {
    let world = World::new();
    let many = |n: usize| (0..n).map(|i| (format!("log_x{i}"), "1".to_string())).collect();
    let modify = Operation::ModifyDBParameterGroup;
    check_refused(set_all(&world, modify, many(21)), "InvalidParameterValue", ErrorClass::Invalid);
    set_all(&world, modify, many(20)).unwrap();
    assert_eq!(values(&world).len(), 20);
    set_all(&world, Operation::ResetDBParameterGroup, BTreeMap::new()).unwrap();
    assert_eq!(values(&world).len(), 0);
}

#[test]
fn modify_does_not_reset_and_reset_does_not_modify() {
    let world = World::new();
    let modify = Operation::ModifyDBParameterGroup;
    set_all(&world, modify, map(&[("work_mem", "16384"), ("log_connections", "on")])).unwrap();
    set_all(&world, modify, map(&[("work_mem", "8192")])).unwrap();
    assert_eq!(values(&world), map(&[("work_mem", "8192"), ("log_connections", "1")]));
    set_all(&world, Operation::ResetDBParameterGroup, map(&[("work_mem", "1")])).unwrap();
    assert_eq!(values(&world), map(&[("work_mem", "8192")]));
}

#[test]
fn impossible_values_are_refused() {
    let world = World::new();
    for (name, value) in [("max_connections", "5"), ("rds.force_ssl", "2"), ("Work Mem", "1")] {
        let made = set_all(&world, Operation::ModifyDBParameterGroup, map(&[(name, value)]));
        check_refused(made, "InvalidParameterValue", ErrorClass::Invalid);
    }
}

#[test]
fn a_static_parameter_waits_for_a_reboot_and_for_nothing_else() {
    let world = World::with_primary();
    let modify = Operation::ModifyDBParameterGroup;
    set_all(&world, modify, map(&[("work_mem", "16384")])).unwrap();
    assert!(!waits(&world), "a dynamic parameter is there at once");
    set_all(&world, modify, map(&[("work_mem", "16384"), ("max_connections", "400")])).unwrap();
    assert!(waits(&world));
    // A week with its maintenance window does not apply it
    // (docs/aws/parameters.md#static-and-dynamic).
    world.wait(8 * 24 * 3600);
    assert!(waits(&world));
    world.reboot(PRIMARY).unwrap();
    world.check_status(PRIMARY, "rebooting");
    world.settle(PRIMARY);
    assert!(!waits(&world));
}

#[test]
fn another_group_waits_for_a_reboot_with_all_of_its_values() {
    let world = World::with_primary();
    let group = DbParameterGroup {
        family: Some("postgres16".into()),
        description: Some("other".into()),
        parameters: None,
    };
    world.create("db-parameter-group/other", group).unwrap();
    world
        .modify("orders-primary", Timing::InWindow, |i| {
            i.parameter_group = Some(Ref::known("other"));
        })
        .unwrap();
    assert_eq!(world.instance(PRIMARY).parameter_group, Some(Ref::known("other")));
    world.check_notice(PRIMARY, Notice::PendingReboot("other".into()));
    world.delete(GROUP).unwrap();
}

#[test]
fn a_group_of_another_family_does_not_fit() {
    let world = World::with_primary();
    let group = DbParameterGroup {
        family: Some("postgres17".into()),
        description: Some("seventeen".into()),
        parameters: None,
    };
    world.create("db-parameter-group/orders-pg17", group).unwrap();
    let made = world.modify("orders-primary", Timing::Immediately, |i| {
        i.parameter_group = Some(Ref::known("orders-pg17"));
    });
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
}

#[test]
fn a_restart_before_the_change_is_noticed_does_not_bring_it_in() {
    let world = World::with_primary();
    world.sim.learn(pgha_sim::Habit::ParameterLag);
    let modify = Operation::ModifyDBParameterGroup;
    set_all(&world, modify, map(&[("max_connections", "200"), ("work_mem", "8192")])).unwrap();
    assert!(!waits(&world));
    world.reboot(PRIMARY).unwrap();
    world.wait(3 * 60);
    world.check_status(PRIMARY, "available");
    assert!(!waits(&world));
    world.wait(2 * 60);
    assert!(waits(&world), "it is noticed after the restart");
    world.reboot(PRIMARY).unwrap();
    world.settle(PRIMARY);
    assert!(!waits(&world));
}

/// As `DescribeDBParameters` is read: what was typed differently is the same.
#[test]
fn another_spelling_in_the_console_is_no_other_value() {
    let world = World::with_primary();
    let modify = Operation::ModifyDBParameterGroup;
    let set = [("max_connections", "400"), ("random_page_cost", "1.1"), ("log_lock_waits", "1")];
    set_all(&world, modify, map(&set)).unwrap();
    world.reboot(PRIMARY).unwrap();
    world.settle(PRIMARY);
    for (name, text) in
        [("Max_Connections", "0400"), ("random_page_cost", "1.10"), ("log_lock_waits", "ON")]
    {
        let group = GROUP.parse().unwrap();
        world.sim.tamper(&group, &format!("parameters.{name}"), text).unwrap();
    }
    assert_eq!(values(&world), map(&set));
    assert!(!waits(&world), "nothing is to be restarted for");
    // And the console's other value is drift.
    world.sim.tamper(&GROUP.parse().unwrap(), "parameters.MAX_CONNECTIONS", "500").unwrap();
    assert_eq!(values(&world)["max_connections"], "500");
    assert!(waits(&world));
}
