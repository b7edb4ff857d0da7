//! How replicas are born: with their source's volume and version.

use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::Verb;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::digest::Applied;
use pgha_resource::kind::BackupReplication;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Pending;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::allow;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::of;
use crate::world::operations;
use crate::world::planned;
use crate::world::sketch;

/// The replica that is made for a spec, of a source whose volume has grown to a size.
fn born(size: u32, edit: impl Fn(&mut DbInstance)) -> DbInstance {
    let mut wanted = desired();
    edit_desired(&mut wanted, REPLICA, |r| edit(instance(r)));
    let mut live = converged(&wanted);
    live.resources.insert(at(REPLICA), Seen::Absent);
    edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).storage = Some(size));
    let plan = planned(&wanted, &live, &Intent::default());
    let created = plan.steps.iter().find_map(|step| match step.call.to()? {
        Resource::DbInstance(new) if step.address() == &at(REPLICA) => Some(new.clone()),
        _ => None,
    });
    created.unwrap_or_else(|| panic!("{}", sketch(&plan)))
}

#[test]
fn a_replica_is_born_as_large_as_its_source_has_become() {
    let new = born(500, |i| i.storage = Some(200));
    assert_eq!(new.storage, Some(500));
    assert_eq!(born(500, |i| i.storage = Some(600)).storage, Some(600));
    assert_eq!(born(500, |i| i.storage = None).storage, None);
}

/// RDS takes a volume as large as the source's, or a tenth larger, before and after it grew.
#[test]
fn a_replica_is_born_as_large_as_its_source_is_about_to_be() {
    let mut wanted = desired();
    edit_desired(&mut wanted, REPLICA, |r| instance(r).storage = Some(200));
    let mut live = converged(&wanted);
    live.resources.insert(at(REPLICA), Seen::Absent);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).storage = Some(240));
    let plan = planned(&wanted, &live, &Intent::default());
    let sizes: Vec<Option<u32>> = plan
        .steps
        .iter()
        .filter(|step| step.address() == &at(REPLICA))
        .filter_map(|step| Some(instance(&mut step.call.to()?.clone()).storage))
        .collect();
    assert_eq!(sizes[0], Some(240), "{}", sketch(&plan));
    assert_eq!(born(500, |i| i.storage = Some(520)).storage, Some(550));
}

/// What the source has in the window it does not have while the replica is made.
#[test]
fn a_replica_of_a_source_that_grows_in_the_window_is_large_enough_for_its_rates() {
    for timing in [Timing::InWindow, Timing::Immediately] {
        let mut wanted = desired();
        wanted.policy.timing = timing;
        edit_desired(&mut wanted, REPLICA, |r| {
            let i = instance(r);
            (i.storage, i.storage_type, i.iops) = (None, Some("gp3".into()), Some(16_000));
        });
        let mut live = converged(&wanted);
        live.resources.insert(at(REPLICA), Seen::Absent);
        edit_desired(&mut wanted, PRIMARY, |r| instance(r).storage = Some(500));
        let plan = planned(&wanted, &live, &Intent::default());
        let creates = |step: &&pgha_planner::Step| {
            step.call.operation == Operation::CreateDBInstanceReadReplica
        };
        let step = plan.steps.iter().find(creates).unwrap_or_else(|| panic!("{}", sketch(&plan)));
        let Some(Resource::DbInstance(new)) = step.call.to() else { panic!("{}", sketch(&plan)) };
        let size = (timing == Timing::InWindow).then_some(500);
        assert_eq!((new.storage, new.iops), (size, Some(16_000)), "{}", sketch(&plan));
    }
}

#[test]
fn a_replica_is_born_with_the_room_to_grow_that_its_volume_leaves() {
    let room = |most| born(500, |i| (i.storage, i.max_storage) = (Some(200), Some(most)));
    assert_eq!(room(549).max_storage, None);
    assert_eq!(room(550).max_storage, Some(550));
    // Zero turns the growth off.
    assert_eq!(room(0).max_storage, Some(0));
}

#[test]
fn rates_that_do_not_fit_the_volume_are_left_to_the_next_plan() {
    let rates = |new: DbInstance| (new.iops, new.throughput);
    let volume = |kind: &'static str, iops| {
        move |i: &mut DbInstance| {
            (i.storage, i.storage_type) = (None, Some(kind.into()));
            (i.iops, i.throughput, i.max_storage) = (Some(iops), None, Some(400));
        }
    };
    assert_eq!(rates(born(200, volume("gp3", 12_000))), (None, None));
    assert_eq!(rates(born(500, volume("gp3", 12_000))), (Some(12_000), None));
    // That there is no room to grow says nothing about the rates.
    assert_eq!(rates(born(500, volume("io1", 3_000))), (Some(3_000), None));
}

/// The spec for version 17, with a parameter group for each database.
fn for_version_17() -> Desired {
    let mut after = desired();
    for group in ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"] {
        edit_desired(&mut after, group, |r| match r {
            Resource::DbParameterGroup(group) => group.family = Some("postgres17".into()),
            other => panic!("{other:?}"),
        });
        let group_17 = after.resources.remove(&at(group)).unwrap();
        after.resources.insert(at(&group.replace("16", "17")), group_17);
    }
    for (name, group) in [(PRIMARY, "orders-pg17"), (REPLICA, "orders-replicas-pg17")] {
        let group = of(&format!("db-parameter-group/{group}"), Attr::Name);
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("17");
            instance(r).parameter_group = group;
        });
    }
    after
}

/// A plan to upgrade the source, with the replica as it may be.
fn upgrade(timing: Timing, edit: impl FnOnce(&mut Live)) -> Plan {
    let mut after = for_version_17();
    after.policy.timing = timing;
    let mut live = converged(&desired());
    for group in ["db-parameter-group/orders-pg17", "db-parameter-group/orders-replicas-pg17"] {
        live.resources.insert(at(group), Seen::Absent);
    }
    edit(&mut live);
    planned(&after, &live, &allow("create:db-instance/orders-primary"))
}

fn without_the_replica(live: &mut Live) {
    live.resources.insert(at(REPLICA), Seen::Absent);
}

#[test]
fn a_replica_for_a_new_version_is_born_once_its_source_has_it() {
    let plan = upgrade(Timing::InWindow, without_the_replica);
    assert_eq!(blocked(&plan, REPLICA), [Blocked::Waits { address: at(PRIMARY) }]);
    let plan = upgrade(Timing::Immediately, without_the_replica);
    assert_eq!(operations(&plan, REPLICA)[0], Operation::CreateDBInstanceReadReplica);
}

#[test]
fn a_replica_for_a_queued_version_waits_for_it() {
    let queued = |live: &mut Live| {
        without_the_replica(live);
        edit_live(live, PRIMARY, |seen| {
            let mut after = seen.resource.clone();
            instance(&mut after).engine_version = Some(EngineVersion::seen("17.11"));
            let fields = ["engine_version".to_string()].into();
            seen.pending = Some(Pending { fields, after: Box::new(after) });
        });
    };
    let plan = upgrade(Timing::InWindow, queued);
    assert_eq!(blocked(&plan, REPLICA), [Blocked::Waits { address: at(PRIMARY) }]);
}

#[test]
fn a_replica_for_a_version_that_its_source_does_not_get_needs_it() {
    let mut after = for_version_17();
    let group = "db-parameter-group/orders-pg16";
    let old = desired().resources.remove(&at(group)).unwrap();
    after.resources.insert(at(group), old);
    // Another change of the source brings no version.
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).engine_version = EngineVersion::constraint("16");
        instance(r).parameter_group = of(group, Attr::Name);
        instance(r).backup_retention = Some(14);
    });
    for timing in [Timing::Immediately, Timing::InWindow] {
        after.policy.timing = timing;
        let mut live = converged(&desired());
        without_the_replica(&mut live);
        live.resources.insert(at("db-parameter-group/orders-replicas-pg17"), Seen::Absent);
        let plan = planned(&after, &live, &Intent::default());
        let needs = Blocked::Needs { address: at(PRIMARY) };
        assert_eq!(blocked(&plan, REPLICA), [needs], "{}", sketch(&plan));
    }
}

#[test]
fn a_replica_and_its_source_are_born_for_the_same_version() {
    let none = |live: &mut Live| {
        without_the_replica(live);
        for new in [PRIMARY, "db-proxy-target/orders-proxy:orders-primary"] {
            live.resources.insert(at(new), Seen::Absent);
        }
    };
    let plan = upgrade(Timing::InWindow, none);
    assert_eq!(blocked(&plan, REPLICA), [], "{}", sketch(&plan));
}

#[test]
fn a_replica_that_is_there_is_not_born_again() {
    let plan = upgrade(Timing::InWindow, |_| ());
    let creates = |change: &&pgha_planner::Change| change.verb == Verb::Create;
    let created = plan.changes.iter().filter(creates).filter(|c| c.address == at(REPLICA));
    assert_eq!(created.count(), 0, "{}", sketch(&plan));
}

const LEAF: &str = "db-instance/orders-a";

#[test]
fn a_replica_of_a_newborn_is_born_as_large_as_that_is() {
    for name in [LEAF, "db-instance/orders-z"] {
        let mut wanted = desired();
        let source = of(REPLICA, Attr::Name);
        let mut leaf = DbInstance { source, ..crate::world::replica() };
        leaf.max_storage = Some(400);
        add(&mut wanted, name, leaf);
        edit_desired(&mut wanted, PRIMARY, |r| instance(r).max_storage = Some(1000));
        let mut live = converged(&wanted);
        edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).storage = Some(500));
        live.resources.insert(at(REPLICA), Seen::Absent);
        live.resources.insert(at(name), Seen::Absent);
        let plan = planned(&wanted, &live, &Intent::default());
        let creates = |step: &&pgha_planner::Step| {
            step.call.operation == Operation::CreateDBInstanceReadReplica
                && step.address() == &at(name)
        };
        let step = plan.steps.iter().find(creates).unwrap_or_else(|| panic!("{}", sketch(&plan)));
        let Some(Resource::DbInstance(new)) = step.call.to() else { panic!("{}", sketch(&plan)) };
        assert_eq!(new.max_storage, None);
    }
}

/// What becomes of a new copy of a primary whose backups are off.
#[track_caller]
fn check_not_backed_up(
    timing: Timing,
    edit: impl Fn(&mut Desired, &mut Live),
    expected: &[Blocked],
) {
    let copies = [REPLICA, "backup-replication/orders-primary@us-west-2"];
    let mut wanted = desired();
    wanted.policy.timing = timing;
    let source = of(PRIMARY, Attr::Arn);
    let backups = BackupReplication { source, retention: Some(7), kms_key: None };
    add(&mut wanted, copies[1], backups);
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).backup_retention = Some(0);
    });
    for copy in copies {
        live.resources.insert(at(copy), Seen::Absent);
    }
    edit(&mut wanted, &mut live);
    let plan = planned(&wanted, &live, &allow("create:db-instance/orders-primary"));
    for copy in copies {
        assert_eq!(blocked(&plan, copy), expected, "{copy}:\n{}", sketch(&plan));
    }
}

#[test]
fn nothing_is_copied_that_is_not_backed_up() {
    let waits = [Blocked::Waits { address: at(PRIMARY) }];
    check_not_backed_up(Timing::InWindow, |_, _| (), &waits);
    check_not_backed_up(Timing::Immediately, |_, _| (), &[]);
    let queued = |_: &mut Desired, live: &mut Live| {
        edit_live(live, PRIMARY, |seen| {
            let mut after = seen.resource.clone();
            instance(&mut after).backup_retention = Some(7);
            let fields = ["backup_retention".to_string()].into();
            seen.pending = Some(Pending { fields, after: Box::new(after) });
        });
    };
    check_not_backed_up(Timing::InWindow, queued, &waits);
    let off = |wanted: &mut Desired, _: &mut Live| {
        edit_desired(wanted, PRIMARY, |r| instance(r).backup_retention = Some(0));
    };
    check_not_backed_up(Timing::Immediately, off, &[Blocked::Needs { address: at(PRIMARY) }]);
    // What changes nothing turns no backups on.
    let refused = |_: &mut Desired, live: &mut Live| {
        edit_live(live, PRIMARY, |seen| drop(seen.tags.as_mut().unwrap().remove(OWNER_TAG)));
    };
    for timing in [Timing::InWindow, Timing::Immediately] {
        check_not_backed_up(timing, refused, &[Blocked::Needs { address: at(PRIMARY) }]);
    }
    let absent = |_: &mut Desired, live: &mut Live| {
        live.resources.insert(at(PRIMARY), Seen::Absent);
        live.resources.insert(at("db-proxy-target/orders-proxy:orders-primary"), Seen::Absent);
    };
    check_not_backed_up(Timing::InWindow, absent, &[]);
}

#[test]
fn backups_of_a_replica_whose_creation_was_cut_off_start_now() {
    let mut wanted = desired();
    edit_desired(&mut wanted, REPLICA, |r| instance(r).backup_retention = Some(1));
    add(
        &mut wanted,
        LEAF,
        DbInstance { source: of(REPLICA, Attr::Name), ..crate::world::replica() },
    );
    let mut live = converged(&wanted);
    live.resources.insert(at(LEAF), Seen::Absent);
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).backup_retention = Some(0);
        let record = Applied::of(&wanted.resources[&at(REPLICA)].resource, &Default::default());
        seen.tags.as_mut().unwrap().insert(DIGEST_TAG.into(), record.unfinished().to_tag());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, LEAF), [], "{}", sketch(&plan));
    // The call that starts them was accepted already.
    edit_live(&mut live, REPLICA, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).backup_retention = Some(1);
        let fields = ["backup_retention".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, LEAF), [], "{}", sketch(&plan));
}
