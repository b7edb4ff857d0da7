//! Volumes of instances: how they grow, how fast they are, when they are busy.

use pgha_resource::Timing;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;

use crate::world::HOUR;
use crate::world::MINUTE;
use crate::world::PRIMARY;
use crate::world::World;
use crate::world::at;
use crate::world::check_not_changed;
use crate::world::check_refused;

#[test]
fn a_small_volume_takes_no_speed_and_a_striped_one_has_its_own() {
    let world = World::new();
    let mut primary = world.primary();
    primary.storage = Some(400);
    world.create(PRIMARY, primary).unwrap();
    let seen = world.instance(PRIMARY);
    assert_eq!((seen.iops, seen.throughput), (Some(12_000), Some(500)));
}

#[test]
fn storage_grows_by_a_tenth_at_least_and_never_shrinks() {
    let combination = "InvalidParameterCombination";
    check_not_changed(combination, ErrorClass::Invalid, |i| i.storage = Some(90));
    let world = World::with_primary();
    world.modify("orders-primary", Timing::Immediately, |i| i.storage = Some(104)).unwrap();
    world.wait(3 * MINUTE);
    assert_eq!(world.instance(PRIMARY).storage, Some(110));
}

#[test]
fn a_volume_whose_rate_is_bought_grows_together_with_it() {
    let world = World::new();
    let mut primary = world.primary();
    (primary.storage_type, primary.iops) = (Some("io1".into()), Some(3000));
    (primary.storage, primary.throughput) = (Some(100), None);
    world.create(PRIMARY, primary).unwrap();
    world.settle(PRIMARY);
    let grow = |i: &mut DbInstance| i.storage = Some(600);
    let combination = "InvalidParameterCombination";
    let alone = world.modify("orders-primary", Timing::Immediately, grow);
    check_refused(alone, combination, ErrorClass::Invalid);
}

#[test]
fn storage_is_busy_after_a_change_and_four_times_a_day_is_enough() {
    let world = World::with_primary();
    let grow =
        |to: u32| world.modify("orders-primary", Timing::Immediately, |i| i.storage = Some(to));
    grow(120).unwrap();
    world.wait(3 * MINUTE);
    world.check_status(PRIMARY, "storage-optimization");
    world.check_notice(PRIMARY, Notice::StorageBusy("Optimizing 4%".into()));
    check_refused(grow(150), "InvalidParameterCombination", ErrorClass::NotReady);
    world.modify("orders-primary", Timing::Immediately, |i| i.copy_tags = Some(true)).unwrap();
    for to in [150, 180, 210] {
        world.wait(HOUR);
        world.check_status(PRIMARY, "available");
        grow(to).unwrap();
    }
    world.wait(HOUR);
    check_refused(grow(250), "InvalidParameterCombination", ErrorClass::NotReady);
    world.wait(24 * HOUR);
    grow(250).unwrap();
}

#[test]
fn crossing_400_gib_takes_hours_and_brings_another_speed() {
    let world = World::with_primary();
    world.modify("orders-primary", Timing::Immediately, |i| i.storage = Some(400)).unwrap();
    world.wait(2 * HOUR);
    world.check_status(PRIMARY, "modifying");
    world.wait(2 * HOUR);
    let seen = world.instance(PRIMARY);
    assert_eq!((seen.storage, seen.iops, seen.throughput), (Some(400), Some(12_000), Some(500)));
}

#[test]
fn full_storage_grows_by_itself_where_it_may() {
    let world = World::new();
    let mut primary = world.primary();
    primary.max_storage = Some(200);
    world.create(PRIMARY, primary).unwrap();
    world.settle(PRIMARY);
    world.sim.fill_storage(&at(PRIMARY), 95).unwrap();
    world.wait(6 * MINUTE);
    assert_eq!(world.instance(PRIMARY).storage, Some(110));
    let world = World::with_primary();
    world.sim.fill_storage(&at(PRIMARY), 100).unwrap();
    world.wait(6 * MINUTE);
    world.check_status(PRIMARY, "storage-full");
    world.modify("orders-primary", Timing::Immediately, |i| i.storage = Some(200)).unwrap();
    world.settle(PRIMARY);
}

#[test]
fn the_optimization_says_how_far_it_is() {
    let world = World::with_primary();
    world.modify("orders-primary", Timing::Immediately, |i| i.storage = Some(120)).unwrap();
    world.wait(2 * MINUTE + 5);
    let mut said = Vec::new();
    for _ in 0..4 {
        let notices = world.see(PRIMARY).notices;
        said.extend(notices.into_iter().find_map(|notice| match notice {
            Notice::StorageBusy(text) => Some(text),
            _ => None,
        }));
        world.wait(10 * MINUTE);
    }
    assert_eq!(said, ["Optimizing 0%", "Optimizing 34%", "Optimizing 67%"]);
}

/// RDS guide, "General Purpose SSD (gp3)": from 400 GiB on a volume has 12,000 IOPS at least.
#[test]
fn a_volume_that_grows_past_400_gib_by_itself_takes_hours_and_is_faster() {
    let world = World::new();
    let mut primary = world.primary();
    (primary.storage, primary.max_storage) = (Some(380), Some(1000));
    world.create(PRIMARY, primary).unwrap();
    world.settle(PRIMARY);
    world.sim.fill_storage(&at(PRIMARY), 95).unwrap();
    world.wait(2 * HOUR);
    world.check_status(PRIMARY, "modifying");
    assert_eq!(world.instance(PRIMARY).storage, Some(380));
    world.wait(2 * HOUR);
    let seen = world.instance(PRIMARY);
    assert_eq!((seen.storage, seen.iops, seen.throughput), (Some(418), Some(12_000), Some(500)));
    let faster = |i: &mut DbInstance| i.iops = Some(20_000);
    world.modify("orders-primary", Timing::Immediately, faster).unwrap();
}

#[test]
fn a_log_volume_of_its_own_is_a_long_time_without_the_database() {
    let world = World::new();
    let mut primary = world.primary();
    (primary.storage_type, primary.iops) = (Some("io1".into()), Some(3000));
    world.create(PRIMARY, primary).unwrap();
    world.settle(PRIMARY);
    let own = |i: &mut DbInstance| i.dedicated_log_volume = Some(true);
    world.modify("orders-primary", Timing::Immediately, own).unwrap();
    world.reboot(PRIMARY).unwrap();
    world.wait(30 * MINUTE);
    world.check_status(PRIMARY, "rebooting");
    world.settle(PRIMARY);
    assert_eq!(world.instance(PRIMARY).dedicated_log_volume, Some(true));
    world.reboot(PRIMARY).unwrap();
    world.wait(3 * MINUTE);
    world.check_status(PRIMARY, "available");
}
