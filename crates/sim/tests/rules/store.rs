//! The account in its file.

use std::fs;

use pgha_sim::Sim;
use pgha_sim::StoreError;

use crate::world::MINUTE;
use crate::world::PRIMARY;
use crate::world::World;
use crate::world::at;
use crate::world::scope;

#[test]
fn an_account_comes_back_with_its_time_and_what_was_going_to_happen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/sandbox.json");
    let world = World { sim: Sim::open(&path).unwrap() };
    world.sim.set_scope(&scope());
    let twin = World::new();
    for address in ["security-group/orders", "secret/orders-master"] {
        world.create(address, strip(twin.see(address).resource)).unwrap();
    }
    world.wait(5 * MINUTE);
    world.sim.save().unwrap();
    let again = Sim::open(&path).unwrap();
    assert_eq!(again.now(), world.sim.now());
    assert_eq!(again.inventory(), world.sim.inventory());
    assert_eq!(
        again.look(&at("secret/orders-master")),
        world.sim.look(&at("secret/orders-master"))
    );
}

/// What a creating call can carry.
fn strip(resource: pgha_resource::Resource) -> pgha_resource::Resource {
    use pgha_resource::Resource;
    match resource {
        Resource::SecurityGroup(mut group) => {
            (group.ingress, group.egress) = (None, None);
            group.into()
        }
        Resource::Secret(mut secret) => {
            secret.rotation = None;
            secret.into()
        }
        other => other,
    }
}

#[test]
fn a_creation_goes_on_after_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    let world = World::new();
    world.create(PRIMARY, world.primary()).unwrap();
    world.sim.save_as(&path).unwrap();
    let again = World { sim: Sim::open(&path).unwrap() };
    again.sim.set_scope(&scope());
    again.check_status(PRIMARY, "creating");
    again.settle(PRIMARY);
    again.check_status(PRIMARY, "available");
}

#[test]
fn files_of_another_kind_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.json");
    fs::write(&path, "[]").unwrap();
    assert!(matches!(Sim::open(&path), Err(StoreError::Shape { .. })));
    fs::write(&path, r#"{"version": 99}"#).unwrap();
    assert!(matches!(Sim::open(&path), Err(StoreError::Version { found: 99, .. })));
    assert!(matches!(Sim::new().save(), Err(StoreError::NoFile)));
}
