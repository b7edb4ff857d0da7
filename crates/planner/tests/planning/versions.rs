//! Versions, of a primary and of its replicas.

use insta::assert_snapshot;
use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::Step;
use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbClusterParameterGroup;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;
use pgha_resource::live::Pending;

use crate::world;
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
use crate::world::sketched;
use crate::world::unread;

const FAR: &str = "db-instance/orders-far@us-west-2";

#[test]
fn a_minor_upgrade_goes_to_replicas_first_and_a_major_one_takes_them_along() {
    let mut before = desired();
    before.policy.timing = Timing::Immediately;
    let live = converged(&before);
    let to = |version: &str| {
        let mut after = before.clone();
        for name in ["db-instance/orders-primary", "db-instance/orders-read-1"] {
            edit_desired(&mut after, name, |r| {
                instance(r).engine_version = EngineVersion::constraint(version);
            });
        }
        after
    };
    assert_snapshot!(sketched(&to("16.15"), &live), @r"
    Modify db-instance/orders-primary outage Now engine_version 16.13 → 16.15 (SpecChanged)
    Modify db-instance/orders-read-1 outage Now engine_version 16.13 → 16.15 (SpecChanged)
    0. ModifyDBInstance db-instance/orders-read-1 outage []
    1. ModifyDBInstance db-instance/orders-primary outage [0]
    2. AddTagsToResource db-instance/orders-primary none [1]
    3. AddTagsToResource db-instance/orders-read-1 none [0]
    ");
    let major = planned(&to("17"), &live, &Intent::default());
    let upgraded: Vec<_> = major
        .steps
        .iter()
        .filter(|step| step.call.operation == Operation::ModifyDBInstance)
        .map(|step| step.address().name.as_str())
        .collect();
    assert_eq!(upgraded, ["orders-primary"]);
    assert!(major.notes.iter().any(|note| note.text.contains("together with its source")));
}

#[test]
fn in_the_window_a_source_is_not_upgraded_before_its_replicas_are() {
    let before = desired();
    let mut live = converged(&before);
    let mut after = before.clone();
    for name in ["db-instance/orders-primary", "db-instance/orders-read-1"] {
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("16.15");
        });
    }
    assert_snapshot!(sketched(&after, &live), @r"
    Modify db-instance/orders-read-1 outage Window engine_version 16.13 → 16.15 (SpecChanged)
    Modify db-instance/orders-primary none Now engine_version 16.13 → 16.15 (SpecChanged) BLOCKED it follows once db-instance/orders-read-1 has changed
    0. ModifyDBInstance db-instance/orders-read-1 outage []
    1. AddTagsToResource db-instance/orders-read-1 none [0]
    ");
    edit_live(&mut live, "db-instance/orders-read-1", |seen| {
        instance(&mut seen.resource).engine_version = Some(EngineVersion::seen("16.15"));
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(plan.totals().blocked, 0);
    assert!(plan.steps.iter().any(|step| step.disruption == Disruption::Outage));
}

/// The spec of another major version, with its own parameter group.
fn of_version_15() -> Desired {
    let mut after = desired();
    let mut group = after.resources[&at("db-parameter-group/orders-pg16")].clone();
    if let Resource::DbParameterGroup(group) = &mut group.resource {
        group.family = Some("postgres15".into());
    }
    after.resources.insert(at("db-parameter-group/orders-pg15"), group);
    for name in [PRIMARY, REPLICA] {
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("15");
            instance(r).parameter_group = world::of("db-parameter-group/orders-pg15", Attr::Name);
        });
    }
    after
}

#[test]
fn where_the_version_stays_so_does_the_group_and_replicas_are_not_born() {
    let mut live = converged(&desired());
    live.resources.insert(at("db-parameter-group/orders-pg15"), Seen::Absent);
    let touches = |plan: &Plan| plan.steps.iter().any(|step| is_database(step.address()));
    let plan = planned(&of_version_15(), &live, &Intent::default());
    assert!(!touches(&plan), "{}", sketch(&plan));
    assert!(sketch(&plan).contains("orders-pg15 is for postgres15"), "{}", sketch(&plan));
    live.resources.insert(at(REPLICA), Seen::Absent);
    let plan = planned(&of_version_15(), &live, &Intent::default());
    assert!(!touches(&plan), "{}", sketch(&plan));
    assert!(sketch(&plan).contains("it needs db-instance/orders-primary"), "{}", sketch(&plan));
}

fn is_database(address: &Address) -> bool {
    address.kind == pgha_resource::Kind::DbInstance
}

#[test]
fn a_source_that_only_a_kept_replica_holds_back_says_how_to_let_it_go() {
    let mut wanted = desired();
    let live = converged(&wanted);
    wanted.resources.remove(&at(REPLICA));
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).engine_version = EngineVersion::constraint("16.15");
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let outgrows = |blocked: &Blocked| matches!(blocked, Blocked::Outgrows { .. });
    let blocked = plan.changes.iter().filter_map(|change| change.blocked.as_ref());
    assert!(blocked.clone().any(outgrows), "{}", sketch(&plan));
}

/// A spec with a replica in another region, all of it for version 17.
fn with_a_far_replica() -> Desired {
    let mut after = desired();
    let far = after.resources[&at(REPLICA)].clone();
    after.resources.insert(at(FAR), far);
    for name in [PRIMARY, REPLICA, FAR] {
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("17");
            instance(r).parameter_group = None;
        });
    }
    after
}

fn runs(live: &mut Live, name: &str, version: &str) {
    edit_live(live, name, |seen| {
        instance(&mut seen.resource).engine_version = Some(EngineVersion::seen(version));
    });
}

fn upgrades(plan: &Plan) -> Vec<String> {
    let has_version = |step: &&Step| step.call.fields().any(|field| field == "engine_version");
    plan.steps.iter().filter(has_version).map(|step| step.address().to_string()).collect()
}

#[test]
fn a_replica_that_its_source_left_behind_is_not_upgraded_by_itself() {
    let wanted = with_a_far_replica();
    let mut live = converged(&wanted);
    runs(&mut live, FAR, "16.13");
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
    let text = sketch(&plan);
    assert!(text.contains("with --allow delete:db-instance/orders-far@us-west-2"), "{text}");

    // A source that is made anew has the new version as well.
    live.resources.insert(at(PRIMARY), Seen::Absent);
    let plan = planned(&wanted, &live, &allow("create:db-instance/orders-primary"));
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
    assert!(sketch(&plan).contains("has it without"), "{}", sketch(&plan));

    // Nobody knows what an unread source runs.
    live.resources.insert(at(PRIMARY), Seen::Unread(unread()));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
    assert!(sketch(&plan).contains("it needs db-instance/orders-primary"), "{}", sketch(&plan));
}

#[test]
fn a_replica_waits_for_the_major_version_that_is_queued_for_its_source() {
    let wanted = with_a_far_replica();
    let mut live = converged(&wanted);
    live.resources.remove(&at(FAR));
    for name in [PRIMARY, REPLICA] {
        runs(&mut live, name, "16.13");
    }
    edit_live(&mut live, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).engine_version = Some(EngineVersion::seen("17.11"));
        let fields = ["engine_version".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
    let waits = Blocked::Waits { address: at(PRIMARY) };
    let blocked = plan.changes.iter().find(|change| change.address == at(REPLICA));
    assert_eq!(blocked.and_then(|change| change.blocked.clone()), Some(waits));
}

/// A spec with a replica in another region, and a plan to upgrade all of it.
fn upgrade_with_a_far_replica(edit: impl FnOnce(&mut Desired, &mut Live), intent: &Intent) -> Plan {
    let mut after = with_a_far_replica();
    let mut live = converged(&after);
    for name in [PRIMARY, REPLICA, FAR] {
        runs(&mut live, name, "16.13");
    }
    edit(&mut after, &mut live);
    planned(&after, &live, intent)
}

/// A stray replica of the far one, which nobody's spec knows, keeps it from going, and so from
/// being cut off: whoever reads from it must not be left behind for good.
#[test]
fn a_far_replica_that_cannot_go_is_not_cut_off() {
    let edit = |after: &mut Desired, live: &mut Live| {
        after.resources.remove(&at(FAR));
        edit_live(live, FAR, |seen| {
            let source = "arn:aws:rds:us-east-1:123456789012:db:orders-primary";
            instance(&mut seen.resource).source = Some(Ref::known(source));
            seen.notices.insert(Notice::Replica("somebodys-replica".into()));
        });
    };
    let plan = upgrade_with_a_far_replica(edit, &allow(&format!("delete:{FAR}")));
    assert!(matches!(blocked(&plan, FAR)[..], [Blocked::InUse { .. }]), "{}", sketch(&plan));
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
}

#[test]
fn a_major_upgrade_waits_for_the_users_word_on_a_far_replica() {
    let plan = upgrade_with_a_far_replica(|_, _| (), &Intent::default());
    assert_eq!(plan.steps, [], "{}", sketch(&plan));
    let mut blocked: Vec<String> = plan.changes.iter().map(|c| c.address.to_string()).collect();
    blocked.sort();
    assert_eq!(blocked, [FAR, PRIMARY, REPLICA]);
    let text = plan.changes[0].blocked.as_ref().unwrap().to_string();
    assert!(text.contains("end the replication of db-instance/orders-far@us-west-2"), "{text}");
    assert!(text.contains("--allow delete:db-instance/orders-far@us-west-2"), "{text}");

    let let_go = allow("delete:db-instance/orders-far@us-west-2");
    let plan =
        upgrade_with_a_far_replica(|after, _| drop(after.resources.remove(&at(FAR))), &let_go);
    assert_eq!(upgrades(&plan), [PRIMARY], "{}", sketch(&plan));
}

#[test]
fn a_far_replica_that_is_yet_to_be_made_holds_no_upgrade_up() {
    let absent = |_: &mut Desired, live: &mut Live| {
        live.resources.insert(at(FAR), Seen::Absent);
    };
    let plan = upgrade_with_a_far_replica(absent, &Intent::default());
    assert_eq!(upgrades(&plan), [PRIMARY], "{}", sketch(&plan));
}

/// A plan for a minor upgrade in the window, with the replica as it may be.
fn minor_upgrade(edit: impl FnOnce(&mut Desired, &mut Live), intent: &Intent) -> Plan {
    let mut after = desired();
    let mut live = converged(&after);
    for name in [PRIMARY, REPLICA] {
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("16.15");
        });
    }
    edit(&mut after, &mut live);
    planned(&after, &live, intent)
}

#[test]
fn a_replica_that_is_made_or_goes_in_this_plan_holds_no_minor_upgrade_up() {
    let absent = |_: &mut Desired, live: &mut Live| {
        live.resources.insert(at(REPLICA), Seen::Absent);
    };
    assert_eq!(upgrades(&minor_upgrade(absent, &Intent::default())), [PRIMARY]);
    let gone = |after: &mut Desired, _: &mut Live| {
        after.resources.remove(&at(REPLICA));
    };
    let plan = minor_upgrade(gone, &allow("delete:db-instance/orders-read-1"));
    assert_eq!(upgrades(&plan), [PRIMARY]);
}

#[test]
fn a_replica_that_is_never_made_holds_no_minor_upgrade_up() {
    let hindered = |after: &mut Desired, live: &mut Live| {
        edit_desired(after, REPLICA, |r| {
            instance(r).security_groups =
                Some([Ref::Of(at("security-group/orders-other"), Attr::Id)].into());
        });
        live.resources.insert(at(REPLICA), Seen::Absent);
    };
    let plan = minor_upgrade(hindered, &Intent::default());
    assert!(sketch(&plan).contains("it needs security-group/orders-other"), "{}", sketch(&plan));
    assert_eq!(upgrades(&plan), [PRIMARY]);
}

#[test]
fn a_replica_that_cannot_be_read_holds_the_upgrade_up() {
    let unread = |_: &mut Desired, live: &mut Live| {
        live.resources.insert(at(REPLICA), Seen::Unread(unread()));
    };
    let plan = minor_upgrade(unread, &Intent::default());
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, PRIMARY), [Blocked::Needs { address: at(REPLICA) }]);
}

/// A replica of the replica, all three of which should get a version.
fn chain(name: &str, version: &str) -> (Desired, Live) {
    let mut wanted = desired();
    let of_the_replica = DbInstance { source: of(REPLICA, Attr::Name), ..crate::world::replica() };
    add(&mut wanted, name, of_the_replica);
    let live = converged(&wanted);
    for database in [PRIMARY, REPLICA, name] {
        edit_desired(&mut wanted, database, |r| {
            instance(r).engine_version = EngineVersion::constraint(version);
        });
    }
    (wanted, live)
}

/// A plan for the minor upgrade of all three.
fn minor_upgrade_of_a_chain(name: &str, edit: impl FnOnce(&mut Desired, &mut Live)) -> Plan {
    let (mut wanted, mut live) = chain(name, "16.15");
    wanted.policy.timing = Timing::Immediately;
    edit(&mut wanted, &mut live);
    planned(&wanted, &live, &Intent::default())
}

#[test]
fn what_holds_a_replica_back_holds_its_source_back() {
    for name in ["db-instance/orders-a", "db-instance/orders-z"] {
        let plan = minor_upgrade_of_a_chain(name, |_, _| ());
        assert_eq!(upgrades(&plan), [name, REPLICA, PRIMARY], "{}", sketch(&plan));
        let plan = minor_upgrade_of_a_chain(name, |_, live| {
            live.resources.insert(at(name), Seen::Unread(unread()));
        });
        assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
        assert_eq!(blocked(&plan, REPLICA), [Blocked::Needs { address: at(name) }]);
        assert_eq!(blocked(&plan, PRIMARY), [Blocked::Needs { address: at(REPLICA) }]);
        let plan = minor_upgrade_of_a_chain(name, |wanted, _| {
            wanted.policy.timing = Timing::InWindow;
        });
        assert_eq!(upgrades(&plan), [name], "{}", sketch(&plan));
        assert_eq!(blocked(&plan, REPLICA), [Blocked::Waits { address: at(name) }]);
        assert_eq!(blocked(&plan, PRIMARY), [Blocked::Waits { address: at(REPLICA) }]);
    }
}

/// AWS queues what it offers by itself, and then waits for the replicas.
#[test]
fn a_queued_upgrade_that_never_comes_holds_its_source_back() {
    for name in ["db-instance/orders-a", "db-instance/orders-z"] {
        let queue = |live: &mut Live| {
            edit_live(live, REPLICA, |seen| {
                let mut after = seen.resource.clone();
                instance(&mut after).engine_version = Some(EngineVersion::seen("16.15"));
                let fields = ["engine_version".to_string()].into();
                seen.pending = Some(Pending { fields, after: Box::new(after) });
            });
        };
        // It is made now, as all else is.
        let plan = minor_upgrade_of_a_chain(name, |_, live| queue(live));
        assert_eq!(upgrades(&plan), [name, REPLICA, PRIMARY], "{}", sketch(&plan));
        let plan = minor_upgrade_of_a_chain(name, |wanted, live| {
            wanted.policy.timing = Timing::InWindow;
            queue(live);
        });
        assert_eq!(upgrades(&plan), [name], "{}", sketch(&plan));
        assert_eq!(blocked(&plan, PRIMARY), [Blocked::Waits { address: at(REPLICA) }]);
        let plan = minor_upgrade_of_a_chain(name, |wanted, live| {
            wanted.resources.remove(&at(name));
            queue(live);
        });
        let allow = format!("delete:{name}");
        assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
        assert_eq!(blocked(&plan, PRIMARY), [Blocked::Outgrows { replica: at(name), allow }]);
        // What is not queued says itself what is in its way.
        let needs = [Blocked::Needs { address: at(REPLICA) }];
        let plan = minor_upgrade_of_a_chain(name, |wanted, live| {
            wanted.resources.remove(&at(name));
            live.resources.insert(at(REPLICA), Seen::Unread(unread()));
        });
        assert_eq!(blocked(&plan, PRIMARY), needs);
        let plan = minor_upgrade_of_a_chain(name, |wanted, live| {
            let kept = live.resources[&at(name)].clone();
            live.resources.insert(at("db-instance/orders-m"), kept);
            wanted.resources.remove(&at(name));
        });
        assert!(matches!(blocked(&plan, REPLICA)[..], [Blocked::Outgrows { .. }]), "{plan:?}");
        assert_eq!(blocked(&plan, PRIMARY), needs);
    }
}

#[test]
fn a_replica_for_another_version_than_its_source_needs_the_source() {
    let mut wanted = with_a_far_replica();
    for name in [PRIMARY, REPLICA] {
        edit_desired(&mut wanted, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("16.13");
        });
    }
    let mut live = converged(&wanted);
    runs(&mut live, FAR, "16.13");
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, FAR), [Blocked::Needs { address: at(PRIMARY) }]);
}

#[test]
fn a_cluster_whose_version_stays_keeps_its_group() {
    let group = "db-cluster-parameter-group/orders-cluster-pg17";
    let mut wanted = desired();
    let cluster = DbCluster {
        engine_version: EngineVersion::constraint("16.15"),
        parameter_group: of("db-cluster-parameter-group/orders-cluster-pg17", Attr::Name),
        ..DbCluster::default()
    };
    add(&mut wanted, "db-cluster/orders-cluster", cluster);
    let parameters = DbClusterParameterGroup {
        family: Some("postgres17".into()),
        description: Some("cluster".into()),
        parameters: None,
    };
    add(&mut wanted, group, parameters);
    let mut live = converged(&wanted);
    edit_live(&mut live, "db-cluster/orders-cluster", |seen| match &mut seen.resource {
        Resource::DbCluster(cluster) => {
            cluster.parameter_group = Some(Ref::known("orders-cluster-pg16"));
        }
        other => panic!("{other:?}"),
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, "db-cluster/orders-cluster"), [], "{}", sketch(&plan));
    let why = blocked(&plan, "db-cluster/orders-cluster")[0].to_string();
    assert!(why.contains("orders-cluster-pg17 is for postgres17"), "{why}");
}

#[test]
fn a_replica_of_a_replica_is_in_the_way_of_a_major_upgrade() {
    // The name decides nothing about the order in which they are looked at.
    for name in ["db-instance/orders-a", "db-instance/orders-z"] {
        let (wanted, live) = chain(name, "17");
        let plan = planned(&wanted, &live, &Intent::default());
        assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
        let why = blocked(&plan, PRIMARY)[0].to_string();
        assert!(why.contains(&format!("--allow delete:{name}")), "{why}");
        assert_eq!(blocked(&plan, name), [Blocked::Needs { address: at(REPLICA) }]);
    }
}

#[test]
fn a_replica_counts_where_it_is_and_not_where_the_spec_puts_it() {
    let leaf = "db-instance/orders-a";
    let mut wanted = desired();
    let of_the_replica = DbInstance { source: of(REPLICA, Attr::Name), ..crate::world::replica() };
    add(&mut wanted, leaf, of_the_replica);
    let live = converged(&wanted);
    wanted.resources.remove(&at(REPLICA));
    for database in [PRIMARY, leaf] {
        edit_desired(&mut wanted, database, |r| {
            instance(r).engine_version = EngineVersion::constraint("17");
        });
    }
    edit_desired(&mut wanted, leaf, |r| instance(r).source = of(PRIMARY, Attr::Name));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
    let why = blocked(&plan, PRIMARY)[0].to_string();
    assert!(why.contains(&format!("--allow delete:{leaf}")), "{why}");
}

#[test]
fn what_a_replica_waits_for_its_own_replicas_need() {
    for name in ["db-instance/orders-a", "db-instance/orders-z"] {
        let (wanted, mut live) = chain(name, "17");
        edit_live(&mut live, PRIMARY, |seen| {
            let mut after = seen.resource.clone();
            instance(&mut after).engine_version = Some(EngineVersion::seen("17.11"));
            let fields = ["engine_version".to_string()].into();
            seen.pending = Some(Pending { fields, after: Box::new(after) });
        });
        let plan = planned(&wanted, &live, &Intent::default());
        assert_eq!(upgrades(&plan), [""; 0], "{}", sketch(&plan));
        assert_eq!(blocked(&plan, REPLICA), [Blocked::Waits { address: at(PRIMARY) }]);
        assert_eq!(blocked(&plan, name), [Blocked::Needs { address: at(REPLICA) }]);
    }
}

#[test]
fn a_third_minor_of_a_queued_major_version_is_a_major_upgrade_still() {
    let (mut wanted, live) = (desired(), converged(&desired()));
    let mut live = live;
    for database in [PRIMARY, REPLICA] {
        edit_desired(&mut wanted, database, |r| {
            instance(r).engine_version = EngineVersion::constraint("17.11");
        });
    }
    edit_live(&mut live, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).engine_version = Some(EngineVersion::seen("17.10"));
        let fields = ["engine_version".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(upgrades(&plan), [PRIMARY], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, REPLICA), [], "{}", sketch(&plan));
}
