//! Security groups and subnet groups.

use std::collections::BTreeSet;

use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::kind::DbSubnetGroup;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::live::ErrorClass;
use pgha_resource::reference::Subnets;

use crate::world::World;
use crate::world::check_refused;

fn group(world: &World, ingress: Option<BTreeSet<Rule>>) -> SecurityGroup {
    let vpc = Some(Ref::known(world.network("us-east-1", "data").vpc));
    SecurityGroup { description: Some("app".into()), vpc, ingress, egress: None }
}

fn subnets(world: &World, zones: usize) -> DbSubnetGroup {
    let found = world.network("us-east-1", "data").subnets;
    let ids = found.into_iter().take(zones).map(|subnet| subnet.id).collect();
    DbSubnetGroup { description: Some("orders".into()), subnets: Some(Subnets::Known(ids)) }
}

#[test]
fn a_new_group_lets_everything_out_and_nothing_in() {
    let world = World::empty();
    world.create("security-group/app", group(&world, None)).unwrap();
    let live = world.see("security-group/app");
    let pgha_resource::Resource::SecurityGroup(seen) = live.resource else { panic!() };
    assert_eq!(seen.ingress, Some(BTreeSet::new()));
    let everything = Rule::everything(Peer::Cidr("0.0.0.0/0".into()));
    assert_eq!(seen.egress, Some(BTreeSet::from([everything])));
    assert!(live.ids.id.unwrap().starts_with("sg-0"));
}

#[test]
fn groups_are_created_without_rules_and_once() {
    let world = World::empty();
    let rules = BTreeSet::from([Rule::tcp(5432, Peer::Itself)]);
    let made = world.create("security-group/app", group(&world, Some(rules)));
    check_refused(made, "ValidationError", ErrorClass::Invalid);
    world.create("security-group/app", group(&world, None)).unwrap();
    let again = world.create("security-group/app", group(&world, None));
    check_refused(again, "InvalidGroup.Duplicate", ErrorClass::Exists);
}

#[test]
fn a_rule_cannot_come_twice_or_go_twice() {
    let world = World::new();
    let add = |rules: BTreeSet<Rule>| {
        // As if nothing was there: what is sent is what differs.
        let from = Box::new(group(&world, Some(BTreeSet::new())).into());
        let to = Box::new(group(&world, Some(rules)).into());
        let action = pgha_resource::call::Action::Update {
            from,
            to,
            fields: vec!["ingress".into()],
            timing: pgha_resource::Timing::Immediately,
        };
        world.call("security-group/orders", Operation::AuthorizeSecurityGroupIngress, action)
    };
    let there = BTreeSet::from([Rule::tcp(5432, Peer::Cidr("10.0.0.0/16".into()))]);
    check_refused(add(there), "InvalidPermission.Duplicate", ErrorClass::Exists);
    let stranger = BTreeSet::from([Rule::tcp(5432, Peer::Group(Ref::known("sg-1")))]);
    check_refused(add(stranger), "InvalidGroup.NotFound", ErrorClass::Gone);
    let garbled = BTreeSet::from([Rule::tcp(5432, Peer::Cidr("10.0.0.0".into()))]);
    check_refused(add(garbled), "InvalidParameterValue", ErrorClass::Invalid);
}

#[test]
fn a_group_in_use_stays() {
    let world = World::new();
    world.create("security-group/app", group(&world, None)).unwrap();
    let app = Ref::known(world.id("security-group/app"));
    let name = |g: &mut SecurityGroup| {
        g.ingress = Some(BTreeSet::from([Rule::tcp(5432, Peer::Group(app))]));
    };
    world.edit("security-group/orders", Operation::AuthorizeSecurityGroupIngress, name).unwrap();
    check_refused(world.delete("security-group/app"), "DependencyViolation", ErrorClass::InUse);
    world.delete("security-group/orders").unwrap();
    world.delete("security-group/app").unwrap();
    assert!(world.sim.look(&"security-group/app".parse().unwrap()).is_none());
}

#[test]
fn a_group_of_a_database_stays_until_the_database_is_gone() {
    let world = World::with_primary();
    let kept = || world.delete("security-group/orders");
    check_refused(kept(), "DependencyViolation", ErrorClass::InUse);
    world.delete("db-instance/orders-primary").unwrap();
    check_refused(kept(), "DependencyViolation", ErrorClass::InUse);
    check_refused(
        world.delete("db-subnet-group/orders"),
        "InvalidDBSubnetGroupStateFault",
        ErrorClass::InUse,
    );
    check_refused(
        world.delete("db-parameter-group/orders-pg16"),
        "InvalidDBParameterGroupState",
        ErrorClass::InUse,
    );
    world.wait_gone("db-instance/orders-primary");
    kept().unwrap();
    world.delete("db-subnet-group/orders").unwrap();
    world.delete("db-parameter-group/orders-pg16").unwrap();
}

#[test]
fn a_subnet_group_covers_two_zones() {
    let world = World::empty();
    check_refused(
        world.create("db-subnet-group/x", subnets(&world, 1)),
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        ErrorClass::Invalid,
    );
    world.create("db-subnet-group/x", subnets(&world, 2)).unwrap();
    check_refused(
        world.create("db-subnet-group/x", subnets(&world, 2)),
        "DBSubnetGroupAlreadyExists",
        ErrorClass::Exists,
    );
    let stranger = DbSubnetGroup {
        description: Some("x".into()),
        subnets: Some(Subnets::Known(BTreeSet::from(["subnet-1".to_string()]))),
    };
    check_refused(
        world.create("db-subnet-group/y", stranger),
        "InvalidSubnet",
        ErrorClass::Invalid,
    );
}

#[test]
fn a_zone_with_a_database_stays_in_the_subnet_group() {
    let world = World::with_primary();
    let all: Vec<_> = world.network("us-east-1", "data").subnets.into_iter().collect();
    // The primary and its standby are in zones a and b.
    let without = |zone: &str| {
        let ids = all.iter().filter(|s| s.zone != zone).map(|s| s.id.clone()).collect();
        world.edit(
            "db-subnet-group/orders",
            Operation::ModifyDBSubnetGroup,
            |g: &mut DbSubnetGroup| {
                g.subnets = Some(Subnets::Known(ids));
            },
        )
    };
    check_refused(without("us-east-1a"), "SubnetAlreadyInUse", ErrorClass::Invalid);
    without("us-east-1c").unwrap();
}
