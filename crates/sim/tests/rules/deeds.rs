//! What people do to databases in the console, and what that leaves behind.

use pgha_resource::kind::DbInstance;
use pgha_resource::live::{ErrorClass, Notice, RemainsKind, Tags};
use pgha_resource::{Ref, Timing};
use pgha_sim::TamperError;

use crate::world::{HOUR, MINUTE, PRIMARY, World, at, check_refused, owned};

const COPY: &str = "db-instance/orders-copy";
const DAY: u64 = 24 * HOUR;

fn tags(world: &World, address: &str) -> Tags {
    world.see(address).tags.unwrap()
}

#[track_caller]
fn check_no(done: Result<String, TamperError>, part: &str) {
    let error = done.expect_err("it should have been refused").to_string();
    assert!(error.contains(part), "{error}");
}

/// Whether a look for an address finds what is left of it.
fn remains(world: &World, address: &str) -> Vec<(RemainsKind, String)> {
    let wanted = [(at(address), world.primary().into())].into();
    let wanted = pgha_apply::port::Wanted::only(&crate::world::scope(), wanted);
    let mut live = world.observe(&wanted);
    let remains = live.remains.remove(&at(address)).unwrap_or_default();
    remains.into_iter().map(|remains| (remains.kind, remains.id)).collect()
}

#[test]
fn what_is_restored_carries_the_tags_of_its_source() {
    let world = World::with_primary();
    world.sim.tamper(&at(PRIMARY), "tags.team", "payments").unwrap();
    world.sim.snapshot(&at(PRIMARY), "before").unwrap();
    let snapshot = at("db-snapshot/before");
    check_no(world.sim.restore(&snapshot, "orders-copy"), "not available yet");
    world.wait(6 * MINUTE);
    assert!(tags(&world, "db-snapshot/before").is_empty(), "nobody asked to copy tags to it");
    world.sim.tamper(&at(PRIMARY), "tags.team", "billing").unwrap();
    world.sim.restore(&snapshot, "orders-copy").unwrap();
    world.check_status(COPY, "creating");
    world.settle(COPY);
    assert_eq!(tags(&world, COPY)["team"], "payments");
    assert_eq!(tags(&world, COPY)["pgha:cluster"], "orders");
    let copy = world.instance(COPY);
    assert_eq!(copy.parameter_group, Some(Ref::known("default.postgres16")));
    assert_eq!((copy.multi_az, copy.storage), (Some(false), Some(100)));
    world.sim.restore(&at(PRIMARY), "orders-now").unwrap();
    assert_eq!(tags(&world, "db-instance/orders-now")["team"], "billing");
    check_no(world.sim.restore(&at(PRIMARY), "orders-now"), "is there already");
    check_no(world.sim.restore(&at("db-instance/nobody"), "x"), "there is no");
}

#[test]
fn backups_that_are_kept_outlive_their_instance_and_bring_it_back() {
    let world = World::with_primary();
    world.sim.delete_database(&at(PRIMARY), Some("last"), true).unwrap();
    world.wait_gone(PRIMARY);
    let kinds = |world: &World| -> Vec<RemainsKind> {
        remains(world, PRIMARY).into_iter().map(|(kind, _)| kind).collect()
    };
    assert_eq!(kinds(&world), [RemainsKind::Snapshot, RemainsKind::AutomatedBackup]);
    let (_, arn) = remains(&world, PRIMARY).pop().unwrap();
    assert!(arn.starts_with("arn:aws:rds:us-east-1:123456789012:auto-backup:ab-"), "{arn}");
    world.sim.restore(&at(PRIMARY), "orders-copy").unwrap();
    world.settle(COPY);
    assert_eq!(tags(&world, COPY), owned());
    world.wait(8 * DAY);
    assert_eq!(kinds(&world), [RemainsKind::Snapshot], "seven days are over");
}

#[test]
fn a_deletion_keeps_backups_together_with_a_last_snapshot_and_not_without() {
    let world = World::with_primary();
    world.delete_with(PRIMARY, Some("last")).unwrap();
    world.wait_gone(PRIMARY);
    assert_eq!(remains(&world, PRIMARY).len(), 2);
    let world = World::with_primary();
    world.delete(PRIMARY).unwrap();
    world.wait_gone(PRIMARY);
    assert_eq!(remains(&world, PRIMARY), []);
}

#[test]
fn a_renamed_instance_is_the_same_one_and_its_replicas_follow() {
    let world = World::with_primary();
    world.create("db-instance/orders-read-1", world.replica()).unwrap();
    world.settle("db-instance/orders-read-1");
    let before = world.see(PRIMARY).ids;
    world.sim.rename(&at(PRIMARY), "orders-copy").unwrap();
    assert!(world.sim.look(&at(PRIMARY)).is_none());
    world.check_status(COPY, "renaming");
    world.settle(COPY);
    let after = world.see(COPY).ids;
    assert_eq!(after.resource_id, before.resource_id);
    assert_ne!((after.arn, after.host), (before.arn, before.host));
    assert_eq!(tags(&world, COPY), owned());
    let source = world.instance("db-instance/orders-read-1").source;
    assert_eq!(source, Some(Ref::known("orders-copy")));
    assert_eq!(remains(&world, PRIMARY), []);
}

#[test]
fn a_green_environment_follows_its_blue_one_and_takes_its_names() {
    let world = World::with_primary();
    world.create("db-instance/orders-read-1", world.replica()).unwrap();
    world.settle("db-instance/orders-read-1");
    check_no(world.sim.switch_over(&at(PRIMARY)), "no green environment");
    world.sim.blue_green(&at(PRIMARY)).unwrap();
    let names = |world: &World| -> Vec<String> {
        let all = world.sim.inventory().into_iter().map(|entry| entry.address);
        all.filter(|a| a.kind == pgha_resource::Kind::DbInstance).map(|a| a.name).collect()
    };
    let all = names(&world);
    let green = all.iter().find(|name| name.starts_with("orders-primary-green-")).unwrap();
    assert_eq!((all.len(), green.len()), (4, "orders-primary-green-".len() + 6));
    let green = format!("db-instance/{green}");
    assert_eq!(tags(&world, &green), owned());
    assert_eq!(world.instance(&green).source, Some(Ref::known("orders-primary")));
    world.settle(&green);
    world.sim.tamper(&at(&green), "tags.only", "green").unwrap();
    let (blue_id, green_id) =
        (world.see(PRIMARY).ids.resource_id, world.see(&green).ids.resource_id);
    world.sim.switch_over(&at(PRIMARY)).unwrap();
    let expected = ["orders-primary", "orders-primary-old1", "orders-read-1", "orders-read-1-old1"];
    assert_eq!(names(&world), expected);
    assert_eq!(world.see(PRIMARY).ids.resource_id, green_id);
    assert_eq!(world.see("db-instance/orders-primary-old1").ids.resource_id, blue_id);
    assert_eq!(tags(&world, PRIMARY), owned());
    assert_eq!(tags(&world, "db-instance/orders-primary-old1"), owned());
    let source = |name: &str| world.instance(&format!("db-instance/{name}")).source;
    assert_eq!(source("orders-primary"), None);
    assert_eq!(source("orders-read-1"), Some(Ref::known("orders-primary")));
    assert_eq!(source("orders-read-1-old1"), Some(Ref::known("orders-primary-old1")));
}

#[test]
fn a_stopped_instance_takes_no_changes_and_starts_by_itself_after_a_week() {
    let world = World::with_primary();
    world.sim.stop(&at(PRIMARY)).unwrap();
    world.check_status(PRIMARY, "stopping");
    world.wait(6 * MINUTE);
    world.check_status(PRIMARY, "stopped");
    let copies = |i: &mut DbInstance| i.copy_tags = Some(true);
    let changed = world.modify("orders-primary", Timing::Immediately, copies);
    check_refused(changed, "InvalidDBInstanceState", ErrorClass::NotReady);
    world.wait(6 * DAY);
    world.check_status(PRIMARY, "stopped");
    world.wait(DAY + HOUR);
    world.check_status(PRIMARY, "available");
    world.sim.stop(&at(PRIMARY)).unwrap();
    check_no(world.sim.start(&at(PRIMARY)), "is stopping");
    world.wait(6 * MINUTE);
    world.sim.start(&at(PRIMARY)).unwrap();
    world.wait(9 * MINUTE);
    world.check_status(PRIMARY, "available");
}

#[test]
fn a_call_starts_what_is_stopped_and_nothing_else() {
    let world = World::with_primary();
    check_refused(world.start(PRIMARY), "InvalidDBInstanceState", ErrorClass::NotReady);
    world.sim.stop(&at(PRIMARY)).unwrap();
    check_refused(world.start(PRIMARY), "InvalidDBInstanceState", ErrorClass::NotReady);
    world.wait(6 * MINUTE);
    world.start(PRIMARY).unwrap();
    world.check_status(PRIMARY, "starting");
    world.wait(9 * MINUTE);
    world.check_status(PRIMARY, "available");
}

#[test]
fn neither_a_replica_nor_what_has_one_stops() {
    let world = World::with_primary();
    let read = "db-instance/orders-read-1";
    world.create(read, world.replica()).unwrap();
    world.settle(read);
    check_no(world.sim.stop(&at(PRIMARY)), "cannot be stopped");
    check_no(world.sim.stop(&at(read)), "cannot be stopped");
    check_no(world.sim.promote(&at(PRIMARY)), "no replica");
    world.sim.promote(&at(read)).unwrap();
    assert_eq!(world.instance(read).source, None);
    world.settle(read);
    world.sim.stop(&at(read)).unwrap();
}

#[test]
fn a_key_that_cannot_be_used_stops_the_database() {
    let world = World::with_primary();
    world.sim.lose_key(&at(PRIMARY)).unwrap();
    world.check_status(PRIMARY, "inaccessible-encryption-credentials-recoverable");
    world.wait(DAY);
    world.sim.start(&at(PRIMARY)).unwrap();
    world.settle(PRIMARY);
}

#[test]
fn the_console_attaches_groups_of_its_own() {
    let world = World::with_primary();
    let before = world.instance(PRIMARY).security_groups.unwrap().len();
    world.sim.connect_ec2(&at(PRIMARY)).unwrap();
    let groups = world.instance(PRIMARY).security_groups.unwrap();
    assert_eq!(groups.len(), before + 1);
    assert!(groups.contains(&Ref::known(world.id("security-group/rds-ec2-1"))));
    assert!(tags(&world, "security-group/rds-ec2-1").is_empty());
    world.sim.connect_ec2(&at(PRIMARY)).unwrap();
    assert!(world.sim.look(&at("security-group/ec2-rds-2")).is_some());
}

#[test]
fn what_aws_backup_keeps_nobody_else_sets() {
    let world = World::with_primary();
    world.sim.aws_backup(&at(PRIMARY), 30).unwrap();
    let seen = world.see(PRIMARY);
    assert!(seen.notices.iter().any(|notice| matches!(notice, Notice::AwsBackup(_))));
    assert_eq!(world.instance(PRIMARY).backup_retention, Some(30));
    let set =
        |change: fn(&mut DbInstance)| world.modify("orders-primary", Timing::Immediately, change);
    let value = "InvalidParameterValue";
    check_refused(set(|i| i.backup_retention = Some(7)), value, ErrorClass::Invalid);
    let window = set(|i| i.backup_window = Some("03:00-04:00".into()));
    check_refused(window, value, ErrorClass::Invalid);
    set(|i| i.copy_tags = Some(true)).unwrap();
}
