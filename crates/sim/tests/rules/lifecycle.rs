//! What holds for every kind: looking, sweeping, tagging, tampering, failing on purpose.

use std::collections::BTreeMap;

use pgha_apply::port::Wanted;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Region;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::kind::{DbInstance, MasterPassword};
use pgha_resource::live::ErrorClass;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Tags;
use pgha_sim::Fault;

use crate::world::HOME;
use crate::world::PRIMARY;
use crate::world::World;
use crate::world::at;
use crate::world::check_refused;
use crate::world::map;
use crate::world::refs;
use crate::world::scope;
use crate::world::set;

fn wanted(addresses: &[&str], world: &World, sweep: bool) -> Wanted {
    let some = world.see("secret/orders-master").resource;
    let resources: BTreeMap<Address, _> =
        addresses.iter().map(|address| (at(address), some.clone())).collect();
    let sweep = if sweep { vec![Region::new(HOME)] } else { Vec::new() };
    Wanted { sweep, ..Wanted::only(&scope(), resources) }
}

#[test]
fn every_wanted_address_is_answered_and_a_failed_read_is_no_absence() {
    let world = World::with_primary();
    world.sim.inject(Fault::Unreadable(Kind::DbParameterGroup));
    let addresses = [PRIMARY, "db-instance/nobody", "db-parameter-group/orders-pg16"];
    let live = world.observe(&wanted(&addresses, &world, false));
    assert_eq!(live.resources.len(), 3);
    assert!(live.present(&at(PRIMARY)).is_some());
    assert_eq!(live.resources[&at("db-instance/nobody")], Seen::Absent);
    let unread = &live.resources[&at("db-parameter-group/orders-pg16")];
    assert!(matches!(unread, Seen::Unread(error) if error.class == ErrorClass::Denied));
    assert!(live.calls >= 3);
}

#[test]
fn a_sweep_finds_what_is_ours_and_only_that() {
    let world = World::with_primary();
    world.sim.put_unowned(&at("db-instance/theirs"), world.primary().into()).unwrap();
    let live = world.observe(&wanted(&[PRIMARY], &world, true));
    let found: Vec<String> = live.resources.keys().map(|address| address.to_string()).collect();
    assert_eq!(
        found,
        [
            "security-group/orders",
            "db-subnet-group/orders",
            "db-parameter-group/orders-pg16",
            "iam-role/orders-monitoring",
            "secret/orders-master",
            PRIMARY,
        ]
    );
    assert_eq!(live.neighbours, [].into());
    world.sim.inject(Fault::Unreadable(Kind::Secret));
    assert_eq!(world.observe(&wanted(&[PRIMARY], &world, true)).unswept.len(), 1);
    let mut other = wanted(&[], &world, true);
    other.scope.cluster = "shop".into();
    assert_eq!(world.observe(&other).neighbours, ["orders".to_string()].into());
}

#[test]
fn a_call_sets_or_removes_tags_and_an_unowned_thing_can_be_adopted() {
    let world = World::with_primary();
    let tag = |address: &str, operation, set: Tags, remove: &[&str]| {
        let of = Box::new(world.see(address).resource);
        let remove = remove.iter().map(|key| key.to_string()).collect();
        world.call(address, operation, Action::Tag { of, set, remove, over: Default::default() })
    };
    let (add, remove) = (Operation::AddTagsToResource, Operation::RemoveTagsFromResource);
    tag(PRIMARY, add, map(&[("team", "payments")]), &[]).unwrap();
    assert_eq!(world.see(PRIMARY).tags.unwrap()["team"], "payments");
    tag(PRIMARY, add, map(&[("team", "x")]), &["team"]).unwrap_err();
    tag(PRIMARY, Operation::TagRole, map(&[("team", "x")]), &[]).unwrap_err();
    tag(PRIMARY, add, map(&[("aws:x", "x")]), &[]).unwrap_err();
    tag(PRIMARY, remove, Tags::new(), &["team"]).unwrap();
    world.sim.put_unowned(&at("db-instance/theirs"), world.primary().into()).unwrap();
    let theirs = tag("db-instance/theirs", add, map(&[("team", "x")]), &[]);
    check_refused(theirs, "AccessDenied", ErrorClass::Denied);
    tag("db-instance/theirs", add, map(&[(OWNER_TAG, "orders")]), &[]).unwrap();
}

#[test]
fn the_console_changes_values_of_every_shape() {
    let world = World::with_primary();
    let tamper = |address: &str, field: &str, value: &str| {
        world.sim.tamper(&at(address), field, value).unwrap()
    };
    assert_eq!(tamper(PRIMARY, "deletion_protection", "true"), "false -> true");
    assert_eq!(tamper(PRIMARY, "backup_retention", "3"), "7 -> 3");
    assert_eq!(tamper(PRIMARY, "class", "db.m5.large"), "db.r6g.large -> db.m5.large");
    assert_eq!(tamper(PRIMARY, "engine_version", "16.15"), "16.14 -> 16.15");
    assert_eq!(
        tamper(PRIMARY, "log_exports", "postgresql, upgrade"),
        "(none) -> postgresql, upgrade"
    );
    assert_eq!(tamper(PRIMARY, "insights_mode", "advanced"), "standard -> advanced");
    assert_eq!(tamper(PRIMARY, "tags.team", "x"), "(unset) -> x");
    let group = "security-group/orders";
    assert_eq!(
        tamper(group, "ingress", "tcp/22 0.0.0.0/0"),
        "tcp/5432 10.0.0.0/16 -> tcp/22 0.0.0.0/0"
    );
    let parameters = "db-parameter-group/orders-pg16";
    assert_eq!(
        tamper(parameters, "parameters.max_connections", "400"),
        "(none) -> max_connections = 400"
    );
    assert_eq!(
        tamper(parameters, "parameters", "work_mem=1, log_connections=1"),
        "max_connections = 400 -> log_connections = 1, work_mem = 1"
    );
    assert_eq!(
        tamper("iam-role/orders-monitoring", "inline", r#"x={"Statement":[1,2],"Version":"1"}"#)
            .lines()
            .next(),
        Some("(none) -> x = {")
    );
    let last = |text: String| text.split(" -> ").last().unwrap().to_string();
    assert_eq!(last(tamper(PRIMARY, "security_groups", "sg-1, sg-2")), "sg-1, sg-2");
    assert_eq!(last(tamper("db-subnet-group/orders", "subnets", "subnet-1")), "subnet-1");
    let notices = world.see(PRIMARY).notices;
    assert!(
        notices
            .iter()
            .any(|notice| matches!(notice, pgha_resource::live::Notice::PendingReboot(_)))
    );
}

#[test]
fn the_console_says_which_fields_there_are() {
    let world = World::with_primary();
    let error = world.sim.tamper(&at(PRIMARY), "clas", "x").unwrap_err().to_string();
    assert!(error.contains("db-instance has no field `clas`; its fields are source, "), "{error}");
    let error = world.sim.tamper(&at(PRIMARY), "storage", "many").unwrap_err().to_string();
    assert_eq!(error, "`storage` cannot be `many`");
    let error = world.sim.tamper(&at("db-instance/nobody"), "class", "x").unwrap_err().to_string();
    assert_eq!(error, "there is no db-instance/nobody in the simulated account");
}

#[test]
fn the_console_deletes_what_is_protected() {
    let world = World::with_primary();
    world
        .modify("orders-primary", Timing::Immediately, |i| i.deletion_protection = Some(true))
        .unwrap();
    let text = world.sim.tamper_delete(&at(PRIMARY)).unwrap();
    assert_eq!(text, "deleting db-instance/orders-primary in the console");
    world.wait_gone(PRIMARY);
    world.create("db-instance/again", world.primary()).unwrap();
    world.sim.tamper_delete(&at("security-group/orders")).unwrap_err();
}

#[test]
fn faults_deny_throttle_refuse_and_lose_answers() {
    let world = World::new();
    let create = || world.create(PRIMARY, world.primary());
    let operation = Operation::CreateDBInstance;
    world.sim.inject(Fault::Throttle(operation, 2));
    for _ in 0..2 {
        check_refused(create(), "ThrottlingException", ErrorClass::Throttled);
    }
    world.sim.inject(Fault::Deny(operation));
    check_refused(create(), "AccessDenied", ErrorClass::Denied);
    world.sim.clear_faults();
    world.sim.inject(Fault::Refuse(operation, "InstanceQuotaExceeded".into(), "no more".into()));
    check_refused(create(), "InstanceQuotaExceeded", ErrorClass::Quota);
    world.sim.inject(Fault::LoseAnswer(operation));
    check_refused(create(), "no-answer", ErrorClass::Unknown);
    world.check_status(PRIMARY, "creating");
    check_refused(create(), "DBInstanceAlreadyExists", ErrorClass::Exists);
}

#[test]
fn a_refused_call_changes_nothing() {
    let world = World::with_primary();
    let before = (world.sim.inventory(), world.sim.events());
    // The final snapshot is taken first and its name is not valid for a second one.
    world
        .sim
        .plant(
            &at("db-snapshot/last"),
            pgha_resource::kind::DbSnapshot {
                source: Some(pgha_resource::Ref::known("orders-primary")),
            }
            .into(),
            &Tags::new(),
        )
        .unwrap();
    let with_snapshot = world.sim.inventory();
    let made = world.delete_with(PRIMARY, Some("last"));
    check_refused(made, "DBSnapshotAlreadyExists", ErrorClass::Exists);
    assert_eq!(world.sim.inventory(), with_snapshot);
    assert_eq!(before.0.len() + 1, with_snapshot.len());
}

#[test]
fn the_inventory_names_owners_and_regions() {
    let world = World::new();
    let entries = world.sim.inventory();
    let role = entries.iter().find(|entry| entry.address.kind == Kind::IamRole).unwrap();
    assert_eq!((role.region.as_deref(), role.owner.as_deref()), (None, Some("orders")));
    let names = entries.iter().map(|entry| entry.address.name.clone()).collect();
    assert_eq!(set(&["orders", "orders-pg16", "orders-monitoring", "orders-master"]), names);
}

#[test]
fn a_tag_of_awss_own_hinders_nobody() {
    let world = World::with_primary();
    world.sim.tamper(&at(PRIMARY), "tags.aws:cloudformation:stack-name", "foo").unwrap();
    let tag = |key: &str, value: &str| {
        let from = world.see(PRIMARY);
        let set = [(key.to_string(), value.to_string())].into();
        let of = Box::new(from.resource);
        let action = Action::Tag { of, set, remove: Vec::new(), over: Tags::new() };
        world.call(PRIMARY, Operation::AddTagsToResource, action)
    };
    tag("team", &"é".repeat(200)).unwrap();
    check_refused(tag("AWS:x", "1"), "InvalidParameterValue", ErrorClass::Invalid);
    check_refused(tag("Rds:x", "1"), "InvalidParameterValue", ErrorClass::Invalid);
    check_refused(tag("team", "a,b"), "InvalidParameterValue", ErrorClass::Invalid);
    let tags = world.see(PRIMARY).tags.unwrap();
    assert_eq!(tags["aws:cloudformation:stack-name"], "foo");
}

#[test]
fn other_partitions_have_arns_and_policies_of_their_own() {
    let world = World::new();
    world.ground("@cn-north-1", "cn-north-1");
    let there = "db-instance/orders-primary@cn-north-1";
    let arn = world.arn("secret/orders-master");
    let primary = DbInstance {
        password: Some(MasterPassword::Rds { kms_key: None }),
        security_groups: Some(refs(&[&world.id("security-group/orders@cn-north-1")])),
        ..world.primary()
    };
    world.create(there, primary).unwrap();
    world.settle(there);
    assert_eq!(world.arn(there), "arn:aws-cn:rds:cn-north-1:123456789012:db:orders-primary");
    let ids = world.see(there).ids;
    let (host, secret) = (ids.host.unwrap(), ids.master_secret.unwrap());
    assert!(host.ends_with(".cn-north-1.rds.amazonaws.com.cn"), "{host}");
    assert!(secret.starts_with("arn:aws-cn:secretsmanager:cn-north-1:"), "{secret}");
    let key = world.instance(there).kms_key.unwrap();
    assert!(key.starts_with("arn:aws-cn:kms:cn-north-1:"), "{key}");
    assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:"), "{arn}");
}
