//! Read replicas and replicated backups.

use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::BackupReplication;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;

use crate::world::AWAY;
use crate::world::AWAY_KEY;
use crate::world::HOUR;
use crate::world::MINUTE;
use crate::world::PRIMARY;
use crate::world::World;
use crate::world::at;
use crate::world::check_refused;
use crate::world::map;
use crate::world::refs;

const READ: &str = "db-instance/orders-read-1";
const DR: &str = "db-instance/orders-dr@us-west-2";

fn with_replica() -> World {
    let world = World::with_primary();
    world.create(READ, world.replica()).unwrap();
    world.settle(READ);
    world
}

fn away_replica(world: &World) -> DbInstance {
    DbInstance {
        source: Some(Ref::known(world.arn(PRIMARY))),
        kms_key: Some(AWAY_KEY.into()),
        subnet_group: Some(Ref::known("orders-dr")),
        security_groups: Some(refs(&[&world.id("security-group/orders-dr@us-west-2")])),
        public: Some(false),
        ..DbInstance::default()
    }
}

fn with_dr() -> World {
    let world = with_replica();
    ground_away(&world);
    world.create(DR, away_replica(&world)).unwrap();
    world.settle(DR);
    world
}

/// The groups of the other region.
fn ground_away(world: &World) {
    let network = world.network(AWAY, "data");
    let group = pgha_resource::kind::SecurityGroup {
        description: Some("orders".into()),
        vpc: Some(Ref::known(network.vpc)),
        ingress: None,
        egress: None,
    };
    world.create("security-group/orders-dr@us-west-2", group).unwrap();
    let subnets = network.subnets.into_iter().map(|subnet| subnet.id).collect();
    let subnets = pgha_resource::kind::DbSubnetGroup {
        description: Some("orders".into()),
        subnets: Some(pgha_resource::reference::Subnets::Known(subnets)),
    };
    world.create("db-subnet-group/orders-dr@us-west-2", subnets).unwrap();
}

#[track_caller]
fn check_no_replica(code: &str, class: ErrorClass, change: impl FnOnce(&mut DbInstance)) {
    let world = World::with_primary();
    let mut replica = world.replica();
    change(&mut replica);
    check_refused(world.create(READ, replica), code, class);
}

#[test]
fn a_replica_takes_over_what_the_table_says_and_nothing_else() {
    let world = World::with_primary();
    world
        .modify("orders-primary", Timing::Immediately, |i| {
            i.deletion_protection = Some(true);
            i.copy_tags = Some(true);
        })
        .unwrap();
    world
        .create(
            READ,
            DbInstance { source: Some(Ref::known("orders-primary")), ..Default::default() },
        )
        .unwrap();
    let (seen, source) = (world.instance(READ), world.instance(PRIMARY));
    assert_eq!(seen.class, source.class);
    assert_eq!((seen.storage, seen.storage_type), (source.storage, source.storage_type));
    assert_eq!(seen.engine_version, source.engine_version);
    assert_eq!((seen.encrypted, seen.kms_key), (source.encrypted, source.kms_key));
    assert_eq!(seen.parameter_group, source.parameter_group);
    assert_eq!(seen.subnet_group, source.subnet_group);
    assert_ne!(seen.security_groups, source.security_groups, "the VPC's default group");
    assert_eq!((seen.multi_az, seen.backup_retention), (Some(false), Some(0)));
    assert_eq!((seen.deletion_protection, seen.copy_tags), (Some(false), Some(false)));
    assert_eq!(seen.max_storage, Some(0));
}

#[test]
fn what_the_call_has_no_member_for_is_refused() {
    let untold: [fn(&mut DbInstance); 6] = [
        |r| r.engine_version = EngineVersion::constraint("16.15"),
        |r| r.parameter_group = Some(Ref::known("orders-pg16")),
        |r| r.backup_retention = Some(7),
        |r| r.maintenance_window = Some("mon:04:00-mon:05:00".into()),
        |r| r.encrypted = Some(true),
        |r| r.extended_support = Some(false),
    ];
    for change in untold {
        check_no_replica("ValidationError", ErrorClass::Invalid, change);
    }
}

#[test]
fn replicas_in_the_region_of_their_source_name_no_subnet_group() {
    check_no_replica("DBSubnetGroupNotAllowedFault", ErrorClass::Invalid, |r| {
        r.subnet_group = Some(Ref::known("orders"));
    });
}

#[test]
fn the_storage_of_a_replica_is_its_sources_or_a_tenth_more() {
    let combination = "InvalidParameterCombination";
    check_no_replica(combination, ErrorClass::Invalid, |r| r.storage = Some(50));
    check_no_replica(combination, ErrorClass::Invalid, |r| r.storage = Some(105));
    check_no_replica(combination, ErrorClass::Invalid, |r| r.iops = Some(3000));
    let world = with_replica();
    let grow = world.modify("orders-read-1", Timing::Immediately, |i| i.storage = Some(105));
    check_refused(grow, combination, ErrorClass::Invalid);
}

#[test]
fn a_source_is_there_settled_backed_up_and_keeps_its_own_password() {
    check_no_replica("DBInstanceNotFound", ErrorClass::Gone, |r| {
        r.source = Some(Ref::known("nobody"));
    });
    let world = World::new();
    world.create(PRIMARY, world.primary()).unwrap();
    let made = world.create(READ, world.replica());
    check_refused(made, "InvalidDBInstanceState", ErrorClass::NotReady);
    let refused = |change: &dyn Fn(&mut DbInstance), code: &str| {
        let world = World::new();
        let mut primary = world.primary();
        change(&mut primary);
        world.create(PRIMARY, primary).unwrap();
        world.settle(PRIMARY);
        assert_eq!(world.create(READ, world.replica()).unwrap_err().code, code);
    };
    refused(&|p| p.backup_retention = Some(0), "InvalidDBInstanceState");
    refused(
        &|p| p.password = Some(MasterPassword::Rds { kms_key: None }),
        "InvalidParameterCombination",
    );
}

#[test]
fn backups_and_the_own_password_stay_while_there_are_replicas() {
    let world = with_replica();
    let combination = "InvalidParameterCombination";
    let none = world.modify("orders-primary", Timing::InWindow, |i| i.backup_retention = Some(0));
    check_refused(none, combination, ErrorClass::Invalid);
    let managed = world.modify("orders-primary", Timing::InWindow, |i| {
        i.password = Some(MasterPassword::Rds { kms_key: None });
    });
    check_refused(managed, combination, ErrorClass::Invalid);
}

#[test]
fn a_source_shows_its_replicas_by_name_and_by_arn() {
    let world = with_dr();
    world.check_notice(PRIMARY, Notice::Replica("orders-read-1".into()));
    world.check_notice(PRIMARY, Notice::Replica(world.arn(DR)));
    world.check_notice(DR, Notice::Replication("replicating".into()));
    assert_eq!(world.instance(DR).source, Some(Ref::known(world.arn(PRIMARY))));
    assert_eq!(world.instance(READ).source, Some(Ref::known("orders-primary")));
    assert_eq!(world.instance(DR).parameter_group, Some(Ref::known("default.postgres16")));
}

#[test]
fn an_encrypted_replica_elsewhere_needs_a_key_of_there() {
    let world = World::with_primary();
    ground_away(&world);
    let mut replica = away_replica(&world);
    replica.kms_key = None;
    let made = world.create(DR, replica.clone());
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    replica.kms_key = Some("arn:aws:kms:us-east-1:123456789012:key/home".into());
    let made = world.create(DR, replica);
    check_refused(made, "KMSKeyNotAccessibleFault", ErrorClass::Invalid);
    world.create(DR, away_replica(&world)).unwrap();
    // The snapshot that is copied keeps the source busy for a while.
    world.check_status(PRIMARY, "modifying");
    world.wait(4 * MINUTE);
    world.check_status(PRIMARY, "available");
}

#[test]
fn replicas_get_a_minor_version_before_their_source() {
    let world = with_replica();
    let upgrade = |name: &str, timing| {
        world.modify(name, timing, |i| i.engine_version = EngineVersion::constraint("16.15"))
    };
    check_refused(
        upgrade("orders-primary", Timing::Immediately),
        "DBUpgradeDependencyFailure",
        ErrorClass::Invalid,
    );
    upgrade("orders-read-1", Timing::Immediately).unwrap();
    check_refused(
        upgrade("orders-primary", Timing::Immediately),
        "DBUpgradeDependencyFailure",
        ErrorClass::Invalid,
    );
    world.wait(10 * MINUTE);
    upgrade("orders-primary", Timing::Immediately).unwrap();
}

#[test]
fn in_one_window_the_source_waits_for_its_replicas() {
    let world = with_replica();
    world
        .modify("orders-read-1", Timing::InWindow, |i| {
            i.maintenance_window = Some("sun:04:00-sun:05:00".into());
        })
        .unwrap();
    for name in ["orders-read-1", "orders-primary"] {
        world
            .modify(name, Timing::InWindow, |i| {
                i.engine_version = EngineVersion::constraint("16.15");
            })
            .unwrap();
    }
    world.wait(18 * HOUR);
    let done = |address: &str| world.instance(address).engine_version.unwrap().wanted;
    assert_eq!((done(READ), done(PRIMARY)), ("16.15".to_string(), "16.15".to_string()));
    let events = world.sim.events();
    let when = |name: &str| {
        let line = format!("db-instance/{name}: finished applying engine_version");
        events.iter().find(|(_, text)| *text == line).map(|(at, _)| *at).unwrap()
    };
    assert!(when("orders-read-1") < when("orders-primary"));
}

/// What AWS does by itself waits for the replicas; the class that somebody asked for does not.
#[test]
fn what_was_asked_for_does_not_wait_with_an_upgrade_that_waits_for_replicas() {
    let world = with_replica();
    world
        .modify("orders-read-1", Timing::InWindow, |i| {
            i.maintenance_window = Some("sat:04:00-sat:05:00".into());
        })
        .unwrap();
    world.sim.announce_upgrade(&at(PRIMARY)).unwrap();
    world
        .modify("orders-primary", Timing::InWindow, |i| i.class = Some("db.r6g.4xlarge".into()))
        .unwrap();
    let before = world.instance(PRIMARY).engine_version;
    world.wait(18 * HOUR);
    let after = world.instance(PRIMARY);
    assert_eq!(after.class.as_deref(), Some("db.r6g.4xlarge"));
    assert_eq!(after.engine_version, before, "its replica has the old version");
}

#[test]
fn a_major_version_takes_replicas_of_the_region_along() {
    let world = with_dr();
    let by_itself = world.modify("orders-read-1", Timing::Immediately, |i| {
        i.engine_version = EngineVersion::constraint("17");
        i.parameter_group = Some(Ref::known("default.postgres17"));
    });
    check_refused(by_itself, "InvalidParameterCombination", ErrorClass::Invalid);
    world
        .modify("orders-primary", Timing::Immediately, |i| {
            i.engine_version = EngineVersion::constraint("17");
            i.parameter_group = Some(Ref::known("default.postgres17"));
        })
        .unwrap();
    world.wait(HOUR);
    let replica = world.instance(READ);
    assert_eq!(replica.engine_version, Some(EngineVersion::seen("17.11")));
    assert_eq!(replica.parameter_group, Some(Ref::known("default.postgres17")));
    world.check_notice(DR, Notice::Replication("terminated".into()));
}

#[test]
fn recovery_pauses_on_a_replica_with_lower_values() {
    let world = with_replica();
    let group = DbParameterGroup {
        family: Some("postgres16".into()),
        description: Some("replicas".into()),
        parameters: None,
    };
    world.create("db-parameter-group/orders-pg16-read", group).unwrap();
    world
        .modify("orders-read-1", Timing::Immediately, |i| {
            i.parameter_group = Some(Ref::known("orders-pg16-read"));
        })
        .unwrap();
    world.reboot(READ).unwrap();
    world.settle(READ);
    let raise = |group: &str| {
        let name = format!("db-parameter-group/{group}");
        let values = map(&[("max_connections", "4000")]);
        world
            .edit(&name, Operation::ModifyDBParameterGroup, |g: &mut DbParameterGroup| {
                g.parameters = Some(values);
            })
            .unwrap();
    };
    raise("orders-pg16");
    world.check_notice(READ, Notice::Replication("replicating".into()));
    world.reboot(PRIMARY).unwrap();
    world.settle(PRIMARY);
    let paused = world.see(READ).notices.into_iter().any(|notice| {
        matches!(notice, Notice::Replication(text) if text.starts_with("replication degraded"))
    });
    assert!(paused);
    raise("orders-pg16-read");
    world.reboot(READ).unwrap();
    world.settle(READ);
    world.check_notice(READ, Notice::Replication("replicating".into()));
}

#[test]
fn a_replica_is_deleted_without_a_snapshot() {
    let world = with_replica();
    let made = world.delete_with(READ, Some("last"));
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    world.delete(READ).unwrap();
    world.wait_gone(READ);
}

#[test]
fn deleting_a_source_promotes_here_and_terminates_there() {
    let world = with_dr();
    world.delete(PRIMARY).unwrap();
    assert_eq!(world.instance(READ).source, None);
    assert!(world.instance(DR).source.is_some());
    world.check_notice(DR, Notice::Replication("terminated".into()));
}

#[test]
fn backups_are_replicated_into_another_region() {
    let world = World::with_primary();
    let name = "backup-replication/orders-primary@us-west-2";
    let wanted = BackupReplication {
        source: Some(Ref::known(world.arn(PRIMARY))),
        retention: Some(14),
        kms_key: Some(AWAY_KEY.into()),
    };
    let bare = BackupReplication { kms_key: None, ..wanted.clone() };
    let made = world.create(name, bare);
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    let here = world.create("backup-replication/orders-primary", wanted.clone());
    check_refused(here, "InvalidParameterCombination", ErrorClass::Invalid);
    let odd = world.create("backup-replication/orders-primary@af-south-1", wanted.clone());
    check_refused(odd, "InvalidParameterCombination", ErrorClass::Invalid);
    world.create(name, wanted.clone()).unwrap();
    let again = world.create(name, wanted.clone());
    check_refused(again, "InvalidDBInstanceAutomatedBackupState", ErrorClass::NotReady);
    world.settle(name);
    world.check_status(name, "replicating");
    world.delete(name).unwrap();
    world.wait_gone(name);
    world.create(name, wanted).unwrap();
    world.delete(PRIMARY).unwrap();
    assert!(world.sim.look(&at(name)).is_none(), "retained backups are no replication");
}

#[test]
fn copies_that_are_left_keep_their_key() {
    let world = World::with_primary();
    let name = "backup-replication/orders-primary@us-west-2";
    let of = |world: &World, key: &str| BackupReplication {
        source: Some(Ref::known(world.arn(PRIMARY))),
        retention: Some(14),
        kms_key: Some(AWAY_KEY.replace("key/dr", key)),
    };
    world.create(name, of(&world, "key/one")).unwrap();
    world.settle(name);
    world.delete(name).unwrap();
    world.wait_gone(name);
    let other = world.create(name, of(&world, "key/two"));
    check_refused(other, "InvalidDBInstanceAutomatedBackupState", ErrorClass::NotReady);
    world.create(name, of(&world, "key/one")).unwrap();
    world.settle(name);
    world.delete(name).unwrap();
    // Until they expire.
    world.sim.advance(std::time::Duration::from_secs(15 * 24 * HOUR));
    world.create(name, of(&world, "key/two")).unwrap();
}

#[test]
fn backups_may_go_to_one_region_only() {
    let world = World::with_primary();
    let to = |region: &str| BackupReplication {
        source: Some(Ref::known(world.arn(PRIMARY))),
        retention: Some(14),
        kms_key: Some(AWAY_KEY.replace("us-west-2", region)),
    };
    let name = |region: &str| format!("backup-replication/orders-primary@{region}");
    world.create(&name("us-west-2"), to("us-west-2")).unwrap();
    world.create(&name("us-east-2"), to("us-east-2")).unwrap();
    world.sim.learn(pgha_sim::Habit::OneDestination);
    let third = world.create(&name("eu-west-1"), to("eu-west-1"));
    check_refused(third, "InvalidDBInstanceAutomatedBackupState", ErrorClass::NotReady);
}
