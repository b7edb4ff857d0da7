//! Roles, policies and secrets.

use pgha_apply::port::Wanted;
use pgha_resource::Call;
use pgha_resource::Operation;
use pgha_resource::call::Action;
use pgha_resource::document::Document;
use pgha_resource::kind::IamPolicy;
use pgha_resource::kind::IamRole;
use pgha_resource::kind::Rotation;
use pgha_resource::kind::Secret;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Tags;

use pgha_resource::Ref;
use pgha_sim::{Content, Habit};

use crate::world::HOUR;
use crate::world::PRIMARY;
use crate::world::World;
use crate::world::at;
use crate::world::check_refused;
use crate::world::check_refused_as;
use crate::world::scope;
use crate::world::set;
use crate::world::trust;

fn role(service: &str) -> IamRole {
    IamRole { description: None, trust: Some(trust(service)), attached: None, inline: None }
}

fn secret() -> Secret {
    Secret {
        description: None,
        kms_key: None,
        username: Some("app".into()),
        host: None,
        port: None,
        dbname: None,
        rotation: None,
    }
}

#[test]
fn a_role_is_deleted_after_its_policies() {
    let world = World::new();
    let name = "iam-role/orders-monitoring";
    check_refused(world.delete(name), "DeleteConflict", ErrorClass::InUse);
    world
        .edit(name, Operation::DetachRolePolicy, |r: &mut IamRole| r.attached = Some(set(&[])))
        .unwrap();
    world.delete(name).unwrap();
}

#[test]
fn a_policy_in_use_stays_and_an_unknown_one_is_not_attached() {
    let world = World::new();
    let document = Some(Document::known(r#"{"Version":"2012-10-17","Statement":[]}"#));
    world.create("iam-policy/connect", IamPolicy { description: None, document }).unwrap();
    world.create("iam-role/app", role("ec2.amazonaws.com")).unwrap();
    let attach = |arn: &str| {
        let arns = set(&[arn]);
        world.edit("iam-role/app", Operation::AttachRolePolicy, |r: &mut IamRole| {
            r.attached = Some(arns);
        })
    };
    let nobody = "arn:aws:iam::123456789012:policy/nobody";
    check_refused(attach(nobody), "NoSuchEntity", ErrorClass::Gone);
    attach(&world.arn("iam-policy/connect")).unwrap();
    check_refused(world.delete("iam-policy/connect"), "DeleteConflict", ErrorClass::InUse);
}

#[test]
fn role_names_are_taken_in_every_region() {
    let world = World::new();
    check_refused(
        world.create("iam-role/orders-monitoring", role("x.amazonaws.com")),
        "EntityAlreadyExists",
        ErrorClass::Exists,
    );
}

#[test]
fn a_role_that_has_not_propagated_is_not_seen_by_rds() {
    let world = World::new();
    let fresh = "iam-role/fresh";
    world.create(fresh, role("monitoring.rds.amazonaws.com")).unwrap();
    let policy = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole";
    world
        .edit(fresh, Operation::AttachRolePolicy, |r: &mut IamRole| {
            r.attached = Some(set(&[policy]));
        })
        .unwrap();
    let mut primary = world.primary();
    primary.monitoring_interval = Some(60);
    primary.monitoring_role = Some(pgha_resource::Ref::known(world.arn(fresh)));
    let create = || world.create("db-instance/orders-primary", primary.clone());
    check_refused_as(create(), ErrorClass::Propagating, "IAM role ARN value is invalid");
    world.wait(15);
    create().unwrap();
}

#[test]
fn a_role_for_another_service_is_no_monitoring_role() {
    let world = World::new();
    world.create("iam-role/wrong", role("rds.amazonaws.com.example")).unwrap();
    world.wait(60);
    let mut primary = world.primary();
    primary.monitoring_interval = Some(60);
    primary.monitoring_role = Some(pgha_resource::Ref::known(world.arn("iam-role/wrong")));
    let made = world.create("db-instance/orders-primary", primary);
    check_refused_as(made, ErrorClass::Propagating, "ENHANCED_MONITORING");
}

#[test]
fn the_name_of_a_deleted_secret_stays_taken_for_a_week() {
    let world = World::empty();
    world.create("secret/app", secret()).unwrap();
    let first = world.arn("secret/app");
    world.delete("secret/app").unwrap();
    let made = world.create("secret/app", secret());
    check_refused(made, "InvalidRequestException", ErrorClass::Invalid);
    world.wait(7 * 24 * HOUR + 1);
    world.create("secret/app", secret()).unwrap();
    assert_ne!(first, world.arn("secret/app"));
}

#[test]
fn a_deleted_secret_of_ours_can_be_restored_for_a_week() {
    let world = World::empty();
    world.create("secret/app", secret()).unwrap();
    let before = world.see("secret/app");
    let restorable = || {
        let wanted = [(at("secret/app"), before.resource.clone())].into();
        world.observe(&Wanted::only(&scope(), wanted)).restorable.remove(&at("secret/app"))
    };
    let restore = || {
        let to = Box::new(before.resource.clone());
        let deed = Action::Create { to, tags: Tags::new() };
        world.call("secret/app", Operation::RestoreSecret, deed)
    };
    restore().unwrap();
    world.delete("secret/app").unwrap();
    assert_eq!(restorable(), Some(before.clone()));
    let another = Call {
        address: at("secret/app"),
        operation: Operation::RestoreSecret,
        action: Action::Create { to: Box::new(before.resource.clone()), tags: Tags::new() },
        id: None,
        arn: Some("arn:another".into()),
        resource_id: None,
    };
    check_refused(world.make(&another), "ResourceNotFoundException", ErrorClass::Gone);
    restore().unwrap();
    assert_eq!(world.see("secret/app"), before);
    assert_eq!(restorable(), None);
    world.sim.tamper(&at("secret/app"), "tags.pgha:cluster", "").unwrap();
    world.sim.tamper_delete(&at("secret/app")).unwrap();
    check_refused(restore(), "AccessDenied", ErrorClass::Denied);
    world.wait(7 * 24 * HOUR + 1);
    assert_eq!(restorable(), None);
    check_refused(restore(), "ResourceNotFoundException", ErrorClass::Gone);
}

#[test]
fn a_secret_never_returns_what_is_inside() {
    let world = World::empty();
    world.create("secret/app", secret()).unwrap();
    let live = world.see("secret/app");
    let pgha_resource::Resource::Secret(seen) = live.resource else { panic!() };
    assert_eq!((seen.username, seen.rotation), (None, Some(Rotation::Off)));
    let arn = live.ids.arn.unwrap();
    assert!(arn.starts_with("arn:aws:secretsmanager:us-east-1:123456789012:secret:app-"), "{arn}");
    assert_eq!(arn.rsplit('-').next().unwrap().len(), 6);
}

#[test]
fn rotation_is_a_call_of_its_own() {
    let world = World::empty();
    world.create("secret/app", secret()).unwrap();
    let every = |days| Rotation::Every { days, function: "arn:aws:lambda:us-east-1:1:f".into() };
    let rotate = |operation, rotation| {
        world.edit("secret/app", operation, |s: &mut Secret| s.rotation = Some(rotation))
    };
    rotate(Operation::UpdateSecret, every(30)).unwrap_err();
    rotate(Operation::RotateSecret, every(0)).unwrap_err();
    rotate(Operation::RotateSecret, every(30)).unwrap();
    rotate(Operation::RotateSecret, Rotation::Off).unwrap();
}

const MASTER: &str = "secret/orders-master";

fn every(days: u32) -> Rotation {
    Rotation::Every { days, function: "arn:aws:lambda:us-east-1:1:f".into() }
}

/// Writes where the database is into its secret.
fn put_host(world: &World) {
    let host = world.see(PRIMARY).ids.host.unwrap();
    let put = |s: &mut Secret| (s.host, s.port) = (Some(Ref::known(host)), Some(5432));
    world.edit(MASTER, Operation::PutSecretValue, put).unwrap();
}

fn set_up(
    world: &World,
    days: u32,
) -> Result<pgha_apply::port::Receipt, pgha_apply::port::CallError> {
    world.edit(MASTER, Operation::RotateSecret, |s: &mut Secret| s.rotation = Some(every(days)))
}

fn content(world: &World) -> Content {
    world.sim.content(&at(MASTER)).unwrap()
}

fn opens(world: &World) -> bool {
    world.sim.opens(&at(MASTER), &at(PRIMARY))
}

#[test]
fn a_database_is_opened_by_the_secret_that_it_was_made_with() {
    let world = World::with_primary();
    assert!(opens(&world));
    world.create("db-instance/orders-read-1", world.replica()).unwrap();
    assert!(world.sim.opens(&at(MASTER), &at("db-instance/orders-read-1")));
    world.sim.change_password(&at(PRIMARY)).unwrap();
    assert!(!opens(&world));
    let world = World::with_primary();
    world.sim.put_secret(&at(MASTER)).unwrap();
    assert!(!opens(&world));
    assert_eq!(content(&world).username.as_deref(), Some("orders_admin"));
}

#[test]
fn a_rotation_runs_on_schedule_and_changes_both_sides() {
    let world = World::with_primary();
    put_host(&world);
    let before = content(&world).password;
    set_up(&world, 30).unwrap();
    world.wait(24 * HOUR);
    assert_eq!(content(&world).password, before, "RotateImmediately is false");
    world.wait(30 * 24 * HOUR);
    assert_ne!(content(&world).password, before);
    assert!(opens(&world) && !content(&world).pending);
    world.sim.rotate(&at(MASTER)).unwrap();
    assert!(opens(&world));
}

/// Checks that a rotation at once fails, and that the next one cannot be set up before somebody
/// mends it.
#[track_caller]
fn check_rotation_fails(prepare: impl FnOnce(&World)) {
    let world = World::with_primary();
    world.sim.learn(Habit::RotatesAtOnce);
    prepare(&world);
    let before = content(&world).password;
    set_up(&world, 30).unwrap();
    world.wait(120);
    assert!(content(&world).pending);
    assert_eq!(content(&world).password, before);
    check_refused(set_up(&world, 60), "InvalidRequestException", ErrorClass::Doubtful);
}

#[test]
fn a_rotation_fails_that_cannot_log_in() {
    check_rotation_fails(|_| {});
    check_rotation_fails(|world| {
        put_host(world);
        world.sim.change_password(&at(PRIMARY)).unwrap();
    });
    check_rotation_fails(|world| {
        put_host(world);
        world.sim.stop(&at(PRIMARY)).unwrap();
    });
    let world = World::with_primary();
    world.sim.deny_rotation(&at(MASTER)).unwrap();
    check_refused(set_up(&world, 30), "AccessDeniedException", ErrorClass::Denied);
    world.sim.repair();
    put_host(&world);
    set_up(&world, 30).unwrap();
    world.sim.rotate(&at(MASTER)).unwrap();
}
