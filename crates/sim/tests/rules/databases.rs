//! Instances: what they are born with, when changes happen, what is refused.

use pgha_resource::Disruption;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::kind::InsightsMode;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;

use crate::world::HOUR;
use crate::world::MINUTE;
use crate::world::PRIMARY;
use crate::world::World;
use crate::world::at;
use crate::world::check_not_changed;
use crate::world::check_refused;
use crate::world::refs;
use crate::world::set;

/// Checks that an instance like the primary, but changed, is refused.
#[track_caller]
fn check_not_created(code: &str, change: impl FnOnce(&mut DbInstance)) {
    let world = World::new();
    let mut primary = world.primary();
    change(&mut primary);
    check_refused(world.create(PRIMARY, primary), code, ErrorClass::Invalid);
}

/// Checks what a change of a settled primary does at once: the pending fields and the
/// status ten seconds later.
#[track_caller]
fn check_change(
    timing: Timing,
    change: impl FnOnce(&mut DbInstance),
    pending: &[&str],
    status: &str,
) {
    let world = World::with_primary();
    world.modify("orders-primary", timing, change).unwrap();
    let live = world.see(PRIMARY);
    let waiting = live.pending.map(|p| p.fields).unwrap_or_default();
    assert_eq!(waiting, set(pending));
    world.wait(10);
    world.check_status(PRIMARY, status);
}

#[test]
fn a_primary_is_created_backed_up_and_available() {
    let world = World::new();
    world.create(PRIMARY, world.primary()).unwrap();
    world.check_status(PRIMARY, "creating");
    world.wait(16 * MINUTE);
    world.check_status(PRIMARY, "backing-up");
    world.wait(2 * MINUTE);
    world.check_status(PRIMARY, "available");
    world.check_notice(PRIMARY, Notice::Zones("us-east-1a, us-east-1b".into()));
}

#[test]
fn what_nobody_set_has_awss_default() {
    let world = World::with_primary();
    let seen = world.instance(PRIMARY);
    assert_eq!(seen.engine_version, Some(EngineVersion::seen("16.14")));
    assert_eq!((seen.iops, seen.throughput), (Some(3000), Some(125)));
    assert_eq!((seen.port, seen.max_storage), (Some(5432), Some(0)));
    assert_eq!(seen.ca_certificate.as_deref(), Some("rds-ca-rsa2048-g1"));
    assert_eq!(seen.password, Some(MasterPassword::Elsewhere));
    assert_eq!(seen.auto_minor_upgrade, Some(true));
    assert_eq!(seen.zone.as_deref(), Some("us-east-1a"));
    assert!(seen.kms_key.unwrap().starts_with("arn:aws:kms:us-east-1:"));
    let unset: Vec<_> = world
        .sim
        .fields(&at(PRIMARY))
        .unwrap()
        .into_iter()
        .filter(|(_, shown)| *shown == pgha_resource::value::Shown::Unset)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(unset, ["source", "monitoring_role", "insights_retention", "insights_kms_key"]);
}

#[test]
fn a_bare_instance_is_public_and_in_the_default_vpc() {
    let world = World::new();
    let bare = DbInstance {
        class: Some("db.t4g.medium".into()),
        storage: Some(20),
        username: Some("app".into()),
        password: Some(MasterPassword::Rds { kms_key: None }),
        ..DbInstance::default()
    };
    world.create(PRIMARY, bare).unwrap();
    let seen = world.instance(PRIMARY);
    assert_eq!((seen.public, seen.subnet_group), (Some(true), Some(Ref::known("default"))));
    assert_eq!(seen.parameter_group, Some(Ref::known("default.postgres17")));
    let secret = world.see(PRIMARY).ids.master_secret.unwrap();
    assert!(secret.contains(":secret:rds!db-"), "{secret}");
}

#[test]
fn names_are_taken_and_databases_of_others_off_limits() {
    let world = World::with_primary();
    let made = world.create(PRIMARY, world.primary());
    check_refused(made, "DBInstanceAlreadyExists", ErrorClass::Exists);
    world.sim.put_unowned(&at("db-instance/theirs"), world.primary().into()).unwrap();
    let off = world.modify("theirs", Timing::Immediately, |i| i.copy_tags = Some(true));
    check_refused(off, "AccessDenied", ErrorClass::Denied);
    check_refused(world.delete("db-instance/theirs"), "AccessDenied", ErrorClass::Denied);
}

#[test]
fn impossible_instances_are_refused() {
    let combination = "InvalidParameterCombination";
    let value = "InvalidParameterValue";
    check_not_created(combination, |i| i.engine_version = EngineVersion::constraint("16.1"));
    check_not_created(combination, |i| i.zone = Some("us-east-1a".into()));
    check_not_created(combination, |i| i.storage = Some(10));
    check_not_created(combination, |i| i.iops = Some(4000));
    check_not_created(combination, |i| i.max_storage = Some(105));
    check_not_created(combination, |i| i.dedicated_log_volume = Some(true));
    check_not_created(combination, |i| i.monitoring_interval = Some(60));
    check_not_created(combination, |i| i.insights_mode = Some(InsightsMode::Advanced));
    check_not_created(combination, |i| i.log_exports = Some(set(&["slowquery"])));
    check_not_created(value, |i| i.monitoring_interval = Some(7));
    check_not_created(value, |i| (i.insights, i.insights_retention) = (Some(true), Some(30)));
    check_not_created(value, |i| i.maintenance_window = Some("sun:03:30-sun:04:30".into()));
    check_not_created(value, |i| i.backup_window = Some("03:00-03:10".into()));
    check_not_created(value, |i| i.storage_type = Some("standard".into()));
    check_not_created(value, |i| i.username = Some("rdsadmin".into()));
    check_not_created(value, |i| i.port = Some(80));
    check_not_created(value, |i| i.class = None);
    check_not_created("KMSKeyNotAccessibleFault", |i| {
        i.kms_key = Some(crate::world::AWAY_KEY.into());
    });
}

#[test]
fn what_a_primary_names_has_to_exist() {
    let refused = |code: &str, change: &dyn Fn(&mut DbInstance)| {
        let world = World::new();
        let mut primary = world.primary();
        change(&mut primary);
        check_refused(world.create(PRIMARY, primary), code, ErrorClass::Gone);
    };
    refused("DBSubnetGroupNotFoundFault", &|i| i.subnet_group = Some(Ref::known("nowhere")));
    refused("DBParameterGroupNotFound", &|i| i.parameter_group = Some(Ref::known("nowhere")));
    refused("InvalidGroup.NotFound", &|i| i.security_groups = Some(refs(&["sg-1"])));
    refused("ResourceNotFoundException", &|i| {
        i.password = Some(MasterPassword::Secret(Ref::known("arn:aws:secretsmanager:x")));
    });
}

#[test]
fn unencrypted_unresolved_and_misaddressed_calls_are_malformed() {
    let world = World::new();
    let mut primary = world.primary();
    primary.subnet_group = Some(Ref::Of(at("db-subnet-group/orders"), pgha_resource::Attr::Name));
    let made = world.create(PRIMARY, primary);
    check_refused(made, "ValidationError", ErrorClass::Invalid);
    let made = world.create("db-cluster/orders", world.primary());
    check_refused(made, "ValidationError", ErrorClass::Invalid);
}

#[test]
fn changes_wait_for_the_window_or_begin_within_seconds() {
    let class = |i: &mut DbInstance| i.class = Some("db.r6g.xlarge".into());
    check_change(Timing::InWindow, class, &["class"], "available");
    check_change(Timing::Immediately, class, &["class"], "modifying");
    let protection = |i: &mut DbInstance| i.deletion_protection = Some(true);
    check_change(Timing::InWindow, protection, &[], "available");
    let retention = |i: &mut DbInstance| i.backup_retention = Some(14);
    check_change(Timing::InWindow, retention, &["backup_retention"], "modifying");
    let none = |i: &mut DbInstance| i.backup_retention = Some(0);
    check_change(Timing::InWindow, none, &["backup_retention"], "available");
    let port = |i: &mut DbInstance| i.port = Some(5433);
    check_change(Timing::InWindow, port, &[], "rebooting");
    let logs = |i: &mut DbInstance| i.log_exports = Some(set(&["postgresql"]));
    check_change(Timing::InWindow, logs, &[], "configuring-log-exports");
    let version = |i: &mut DbInstance| i.engine_version = EngineVersion::constraint("16.15");
    check_change(Timing::Immediately, version, &["engine_version"], "upgrading");
}

#[test]
fn a_restart_that_comes_with_other_changes_shows_as_long_as_it_lasts() {
    let world = World::with_primary();
    let change = |i: &mut DbInstance| {
        i.port = Some(5433);
        i.backup_window = Some("02:00-02:30".into());
    };
    world.modify("orders-primary", Timing::InWindow, change).unwrap();
    world.check_status(PRIMARY, "available");
    assert_eq!(world.sim.interruptions(), []);
    world.wait(10);
    world.check_status(PRIMARY, "modifying");
    let [restart] = &world.sim.interruptions()[..] else { panic!("one restart") };
    assert_eq!(restart.disruption, Disruption::Restart);
    world.wait(114);
    world.check_status(PRIMARY, "modifying");
    world.wait(1);
    world.check_status(PRIMARY, "available");
}

#[test]
fn the_status_lags_behind_an_accepted_change() {
    let world = World::with_primary();
    let class = |i: &mut DbInstance| i.class = Some("db.r6g.xlarge".into());
    world.modify("orders-primary", Timing::Immediately, class).unwrap();
    world.check_status(PRIMARY, "available");
    assert_eq!(world.instance(PRIMARY).class.as_deref(), Some("db.r6g.large"));
    let more = world.modify("orders-primary", Timing::Immediately, |i| i.iam_auth = Some(true));
    check_refused(more, "InvalidDBInstanceState", ErrorClass::NotReady);
    world.settle(PRIMARY);
    let live = world.see(PRIMARY);
    assert_eq!(live.pending, None);
    assert_eq!(world.instance(PRIMARY).class.as_deref(), Some("db.r6g.xlarge"));
}

#[test]
fn the_window_makes_what_waits_for_it() {
    let world = World::with_primary();
    world
        .modify("orders-primary", Timing::InWindow, |i| i.class = Some("db.r6g.xlarge".into()))
        .unwrap();
    world.wait(15 * HOUR);
    assert_eq!(world.instance(PRIMARY).class.as_deref(), Some("db.r6g.large"));
    // Sunday, 04:00.
    world.wait(2 * HOUR);
    assert_eq!(world.instance(PRIMARY).class.as_deref(), Some("db.r6g.xlarge"));
    assert_eq!(world.see(PRIMARY).pending, None);
}

#[test]
fn any_immediate_call_flushes_what_waits() {
    let world = World::with_primary();
    world
        .modify("orders-primary", Timing::InWindow, |i| i.class = Some("db.r6g.xlarge".into()))
        .unwrap();
    world.modify("orders-primary", Timing::Immediately, |i| i.copy_tags = Some(true)).unwrap();
    world.wait(10);
    world.check_status(PRIMARY, "modifying");
}

#[test]
fn a_waiting_change_is_taken_back_by_asking_for_the_value_at_hand() {
    let world = World::with_primary();
    world
        .modify("orders-primary", Timing::InWindow, |i| i.class = Some("db.r6g.xlarge".into()))
        .unwrap();
    world
        .modify("orders-primary", Timing::Immediately, |i| i.class = Some("db.r6g.large".into()))
        .unwrap();
    world.settle(PRIMARY);
    assert_eq!(world.see(PRIMARY).pending, None);
    assert_eq!(world.instance(PRIMARY).class.as_deref(), Some("db.r6g.large"));
}

#[test]
fn a_window_moved_over_now_opens_at_once() {
    let world = World::with_primary();
    world
        .modify("orders-primary", Timing::InWindow, |i| i.class = Some("db.r6g.xlarge".into()))
        .unwrap();
    world
        .modify("orders-primary", Timing::InWindow, |i| {
            i.maintenance_window = Some("sat:12:00-sat:14:00".into());
        })
        .unwrap();
    world.wait(1);
    world.check_status(PRIMARY, "modifying");
}

#[test]
fn a_busy_instance_refuses_everything() {
    let world = World::new();
    world.create(PRIMARY, world.primary()).unwrap();
    let state = "InvalidDBInstanceState";
    let modify = world.modify("orders-primary", Timing::Immediately, |i| i.copy_tags = Some(true));
    check_refused(modify, state, ErrorClass::NotReady);
    check_refused(world.reboot(PRIMARY), state, ErrorClass::NotReady);
    check_refused(world.delete(PRIMARY), state, ErrorClass::NotReady);
}

#[test]
fn fixed_attributes_have_no_call() {
    let fixed: [fn(&mut DbInstance); 6] = [
        |i| i.zone = Some("us-east-1c".into()),
        |i| i.encrypted = Some(false),
        |i| i.kms_key = Some("arn:aws:kms:us-east-1:1:key/x".into()),
        |i| i.database = Some("other".into()),
        |i| i.username = Some("other".into()),
        |i| i.source = Some(Ref::known("other")),
    ];
    for change in fixed {
        check_not_changed("ValidationError", ErrorClass::Invalid, change);
    }
}

#[test]
fn versions_go_up_only_and_not_back_in_time() {
    let combination = "InvalidParameterCombination";
    for bad in ["16.13", "15.19", "17.7", "16.99"] {
        check_not_changed(combination, ErrorClass::Invalid, |i| {
            i.engine_version = EngineVersion::constraint(bad);
            i.parameter_group = Some(Ref::known("default.postgres17"));
        });
    }
}

#[test]
fn a_version_on_offer_is_installed_in_the_window_where_it_may_be() {
    let world = World::with_primary();
    world.sim.announce_upgrade(&at(PRIMARY)).unwrap();
    let text = "upgrade to 16.15, in the next maintenance window";
    world.check_notice(PRIMARY, Notice::Maintenance(text.into()));
    assert_eq!(world.see(PRIMARY).pending, None, "maintenance is no pending change");
    world.wait(17 * HOUR);
    assert_eq!(world.instance(PRIMARY).engine_version, Some(EngineVersion::seen("16.15")));
    assert!(world.sim.announce_upgrade(&at(PRIMARY)).is_err());
    let world = World::with_primary();
    world
        .modify("orders-primary", Timing::InWindow, |i| i.auto_minor_upgrade = Some(false))
        .unwrap();
    world.sim.announce_upgrade(&at(PRIMARY)).unwrap();
    world.wait(17 * HOUR);
    assert_eq!(world.instance(PRIMARY).engine_version, Some(EngineVersion::seen("16.14")));
}

#[test]
fn a_role_in_use_is_deletable_and_changes_go_on() {
    let world = World::new();
    let mut primary = world.primary();
    primary.monitoring_interval = Some(60);
    primary.monitoring_role = Some(Ref::known(world.arn("iam-role/orders-monitoring")));
    world.create(PRIMARY, primary).unwrap();
    world.settle(PRIMARY);
    world
        .edit(
            "iam-role/orders-monitoring",
            Operation::DetachRolePolicy,
            |r: &mut pgha_resource::kind::IamRole| r.attached = Some(set(&[])),
        )
        .unwrap();
    world.delete("iam-role/orders-monitoring").unwrap();
    world.modify("orders-primary", Timing::InWindow, |i| i.copy_tags = Some(true)).unwrap();
    world.modify("orders-primary", Timing::InWindow, |i| i.monitoring_interval = Some(0)).unwrap();
    assert_eq!(world.instance(PRIMARY).monitoring_role, None);
}

#[test]
fn a_major_version_needs_a_group_of_its_family() {
    let world = World::with_primary();
    let upgrade = |group: &str| {
        world.modify("orders-primary", Timing::Immediately, |i| {
            i.engine_version = EngineVersion::constraint("17");
            i.parameter_group = Some(Ref::known(group));
        })
    };
    let made = upgrade("orders-pg16");
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    let group = DbParameterGroup {
        family: Some("postgres17".into()),
        description: Some("orders".into()),
        parameters: None,
    };
    world.create("db-parameter-group/orders-pg17", group).unwrap();
    upgrade("orders-pg17").unwrap();
    assert_eq!(world.instance(PRIMARY).parameter_group, Some(Ref::known("orders-pg16")));
    world.settle(PRIMARY);
    world.settle(PRIMARY);
    let seen = world.instance(PRIMARY);
    assert_eq!(seen.engine_version, Some(EngineVersion::seen("17.11")));
    assert_eq!(seen.parameter_group, Some(Ref::known("orders-pg17")));
    world.check_notice(PRIMARY, Notice::PendingReboot("orders-pg17".into()));
}

#[test]
fn what_waits_for_a_new_family_cannot_be_seen_before() {
    let world = World::with_primary();
    let group = DbParameterGroup {
        family: Some("postgres17".into()),
        description: Some("orders".into()),
        parameters: None,
    };
    world.create("db-parameter-group/orders-pg17", group).unwrap();
    world
        .modify("orders-primary", Timing::InWindow, |i| {
            i.engine_version = EngineVersion::constraint("17");
            i.parameter_group = Some(Ref::known("orders-pg17"));
        })
        .unwrap();
    let pending = world.see(PRIMARY).pending.unwrap();
    assert_eq!(pending.fields, set(&["engine_version"]));
}

#[test]
fn a_subnet_group_of_the_same_vpc_is_no_move() {
    let world = World::with_primary();
    let found = world.network("us-east-1", "public").subnets;
    let group = pgha_resource::kind::DbSubnetGroup {
        description: Some("public".into()),
        subnets: Some(pgha_resource::reference::Subnets::Known(
            found.into_iter().map(|subnet| subnet.id).collect(),
        )),
    };
    world.create("db-subnet-group/public", group).unwrap();
    let made = world.modify("orders-primary", Timing::Immediately, |i| {
        i.subnet_group = Some(Ref::known("public"));
    });
    check_refused(made, "InvalidVPCNetworkStateFault", ErrorClass::Invalid);
}

#[test]
fn the_password_moves_into_a_secret_of_rds_and_back() {
    let world = World::with_primary();
    let arn = world.arn("secret/orders-master");
    world
        .modify("orders-primary", Timing::InWindow, |i| {
            i.password = Some(MasterPassword::Rds { kms_key: None });
        })
        .unwrap();
    assert!(world.see(PRIMARY).ids.master_secret.is_some());
    world
        .modify("orders-primary", Timing::InWindow, |i| {
            i.password = Some(MasterPassword::Secret(Ref::known(arn)));
        })
        .unwrap();
    let live = world.see(PRIMARY);
    assert_eq!(live.ids.master_secret, None);
    assert_eq!(world.instance(PRIMARY).password, Some(MasterPassword::Elsewhere));
}

#[test]
fn a_failover_swaps_the_zones_and_needs_a_standby() {
    let world = World::with_primary();
    let text = world.sim.failover(&at(PRIMARY)).unwrap();
    assert_eq!(text, "failover from us-east-1a to us-east-1b");
    world.settle(PRIMARY);
    world.check_notice(PRIMARY, Notice::Zones("us-east-1b, us-east-1a".into()));
    world.modify("orders-primary", Timing::Immediately, |i| i.multi_az = Some(false)).unwrap();
    world.wait(15 * MINUTE);
    world.check_notice(PRIMARY, Notice::Zones("us-east-1b".into()));
    assert!(world.sim.failover(&at(PRIMARY)).is_err());
}

#[test]
fn a_protected_instance_is_not_deleted_and_a_final_snapshot_outlives_it() {
    let world = World::with_primary();
    let protect = |on: bool| {
        world
            .modify("orders-primary", Timing::Immediately, |i| i.deletion_protection = Some(on))
            .unwrap();
    };
    protect(true);
    check_refused(world.delete(PRIMARY), "InvalidParameterCombination", ErrorClass::Invalid);
    protect(false);
    world.delete_with(PRIMARY, Some("orders-last")).unwrap();
    world.check_status(PRIMARY, "deleting");
    world.wait_gone(PRIMARY);
    world.check_status("db-snapshot/orders-last", "available");
}

#[test]
fn it_is_on_record_when_connections_broke_and_how_badly() {
    let world = World::with_primary();
    assert_eq!(world.sim.interrupted(), 0, "creating interrupts nobody");
    world
        .modify("orders-primary", Timing::Immediately, |i| i.class = Some("db.r6g.xlarge".into()))
        .unwrap();
    world.settle(PRIMARY);
    world.reboot(PRIMARY).unwrap();
    world.settle(PRIMARY);
    world
        .modify("orders-primary", Timing::InWindow, |i| i.class = Some("db.r6g.large".into()))
        .unwrap();
    world.wait(8 * 24 * HOUR);
    let all = world.sim.interruptions();
    let kinds: Vec<_> = all.iter().map(|one| (one.disruption, one.in_window)).collect();
    let expected =
        [(Disruption::Failover, false), (Disruption::Restart, false), (Disruption::Failover, true)];
    assert_eq!(kinds, expected);
    assert!(all.iter().all(|one| one.address == at(PRIMARY) && one.from < one.until));
}

#[test]
fn what_is_stuck_stays_so_until_a_person_repairs_it() {
    let world = World::with_primary();
    assert!(world.sim.get_stuck(&at(PRIMARY), "failed").is_none(), "it is not busy");
    world
        .modify("orders-primary", Timing::Immediately, |i| i.class = Some("db.r6g.xlarge".into()))
        .unwrap();
    world.wait(MINUTE);
    assert!(world.sim.get_stuck(&at(PRIMARY), "incompatible-network").is_some());
    world.wait(24 * HOUR);
    world.check_status(PRIMARY, "incompatible-network");
    world.sim.repair();
    world.settle(PRIMARY);
    assert_eq!(world.instance(PRIMARY).class.as_deref(), Some("db.r6g.xlarge"));
}

#[test]
fn what_is_slow_takes_longer_and_ends_all_the_same() {
    let world = World::with_primary();
    world.reboot(PRIMARY).unwrap();
    world.sim.slow_down(std::time::Duration::from_secs(3600));
    world.wait(30 * MINUTE);
    world.check_status(PRIMARY, "rebooting");
    world.wait(HOUR);
    world.check_status(PRIMARY, "available");
}

#[test]
fn words_of_the_engine_name_neither_a_user_nor_a_database() {
    let value = "InvalidParameterValue";
    for user in ["admin", "Admin", "user", "rdsadmin", "rds_superuser", "pg_monitor", "select"] {
        check_not_created(value, |i| i.username = Some(user.into()));
    }
    for database in ["catalog", "GRANT", "identity", "template1", "user"] {
        check_not_created(value, |i| i.database = Some(database.into()));
    }
    let world = World::new();
    let usual = DbInstance {
        username: Some("postgres".into()),
        database: Some("postgres".into()),
        ..world.primary()
    };
    world.create(PRIMARY, usual).unwrap();
}
