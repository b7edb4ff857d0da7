//! A database that was there is never made anew, empty, without a word.

use pgha_planner::{Blocked, Intent, NoteKind, Plan};
use pgha_resource::call::Action;
use pgha_resource::live::{OWNER_TAG, Remains, RemainsKind};
use pgha_resource::{Attr, Desired, Live, Operation, Ref, Region, Seen};

use crate::world::{
    CLUSTER, PRIMARY, REPLICA, add, alarm, allow, at, blocked, clustered, converged, desired,
    destroy, edit_live, empty, instance, names_itself, notes, operations, planned, sketch,
};

const SECRET: &str = "secret/orders-master";
const ALARM: &str = "alarm/orders-primary-cpu";

/// A cluster whose only trace beside its database is an alarm on it.
fn with_an_alarm() -> Desired {
    let mut desired = desired();
    add(&mut desired, ALARM, alarm("DBInstanceIdentifier", Ref::Of(at(PRIMARY), Attr::Name)));
    desired
}

fn without(live: &Live, addresses: &[&str]) -> Live {
    let mut live = live.clone();
    for address in addresses {
        live.resources.insert(at(address), Seen::Absent);
    }
    live
}

/// Only an alarm is left of what comes after the database.
fn lost(wanted: &Desired) -> Live {
    let gone = [
        PRIMARY,
        "db-instance/orders-read-1",
        "db-proxy/orders-proxy",
        "db-proxy-target-group/orders-proxy",
        "db-proxy-target/orders-proxy:orders-primary",
        SECRET,
    ];
    without(&converged(wanted), &gone)
}

#[track_caller]
fn check_gone(plan: &Plan, traces: &[&str], remains: &[&str]) {
    let [Blocked::Gone { traces: said, remains: left, allow }] = &blocked(plan, PRIMARY)[..] else {
        panic!("{}", sketch(plan))
    };
    assert_eq!(
        (said, left),
        (
            &traces.to_vec().iter().map(|t| t.to_string()).collect(),
            &remains.to_vec().iter().map(|t| t.to_string()).collect()
        )
    );
    assert_eq!(allow, "create:db-instance/orders-primary");
    assert_eq!(operations(plan, PRIMARY), []);
}

#[test]
fn a_database_that_others_were_made_after_is_gone_and_not_new() {
    let wanted = with_an_alarm();
    let plan = planned(&wanted, &lost(&wanted), &Intent::default());
    check_gone(&plan, &["alarm/orders-primary-cpu was made after it"], &[]);
    let help = blocked(&plan, PRIMARY)[0].help().unwrap();
    assert!(help.contains("no snapshot and no retained backup of it was found"), "{help}");
}

#[test]
fn a_word_for_its_address_makes_an_empty_one_and_says_so() {
    let wanted = with_an_alarm();
    let plan = planned(&wanted, &lost(&wanted), &allow("create:db-instance/orders-primary"));
    assert!(operations(&plan, PRIMARY).contains(&Operation::CreateDBInstance), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.iter().any(|text| text.contains("made empty, as --allow says")), "{said:?}");
}

/// With neither alarms nor a proxy nor backups, the secret still tells.
#[test]
fn a_secret_that_has_its_host_name_shows_that_it_was_there() {
    let mut live = lost(&desired());
    live.resources.insert(at(SECRET), converged(&desired()).resources[&at(SECRET)].clone());
    let plan = planned(&desired(), &live, &Intent::default());
    check_gone(&plan, &["secret/orders-master has its host name"], &[]);
}

#[test]
fn backups_of_one_of_that_name_are_named_as_the_way_back() {
    let mut live = empty();
    let of = |kind, id: &str, until: Option<&str>| Remains {
        kind,
        id: id.into(),
        until: until.map(str::to_string),
    };
    let left = [
        of(RemainsKind::Snapshot, "orders-final", None),
        of(RemainsKind::Snapshot, "orders-old", Some("2026-11-01T03:00:00Z")),
        of(RemainsKind::AutomatedBackup, "arn:ab-1", Some("2026-11-28T03:00:00Z")),
    ];
    live.remains.insert(at(PRIMARY), left.into());
    let plan = planned(&desired(), &live, &Intent::default());
    // The newest first.
    let remains = [
        "automated backups arn:ab-1 (to 2026-11-28T03:00:00Z)",
        "snapshot orders-old (to 2026-11-01T03:00:00Z)",
        "snapshot orders-final",
    ];
    check_gone(&plan, &["backups of one of that name are kept"], &remains);
}

#[test]
fn a_first_database_and_a_replica_need_no_word() {
    let wanted = with_an_alarm();
    let plan = planned(&wanted, &empty(), &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    let live = without(&converged(&wanted), &["db-instance/orders-read-1"]);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, "db-instance/orders-read-1"), [], "{}", sketch(&plan));
    let plan = planned(&wanted, &lost(&wanted), &destroy(true));
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
}

/// Groups, roles and secrets are made before the database: they prove nothing.
#[test]
fn an_apply_that_died_before_the_database_goes_on_without_a_word() {
    let wanted = with_an_alarm();
    let mut live = lost(&wanted);
    live.resources.insert(at(ALARM), Seen::Absent);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
}

#[test]
fn no_empty_database_is_made_beside_the_one_with_the_data() {
    let mut live = without(&lost(&with_an_alarm()), &[ALARM]);
    let old = "db-instance/orders-old";
    let primary = converged(&desired()).resources[&at(PRIMARY)].clone();
    live.resources.insert(at(old), primary);
    // A copy is no trace of anything.
    let plan = planned(&desired(), &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    crate::world::edit_live(&mut live, old, |seen| names_itself(seen, old));
    let plan = planned(&desired(), &live, &Intent::default());
    let [Blocked::Beside { traces, .. }] = &blocked(&plan, PRIMARY)[..] else {
        panic!("{}", sketch(&plan))
    };
    assert_eq!(
        traces,
        &["this cluster's data is in db-instance/orders-old, which the spec does not name"]
    );
}

/// Neither a replica that left the spec nor a database of another cluster is where the data was
/// written.
#[test]
fn the_data_is_in_no_replica_and_in_nobody_else_s_database() {
    let mut wanted = desired();
    wanted.resources.remove(&at(REPLICA));
    let mut live = without(&lost(&with_an_alarm()), &[ALARM]);
    let all = converged(&desired());
    live.resources.insert(at(REPLICA), all.resources[&at(REPLICA)].clone());
    let theirs = "db-instance/billing";
    live.resources.insert(at(theirs), all.resources[&at(PRIMARY)].clone());
    edit_live(&mut live, theirs, |seen| {
        names_itself(seen, theirs);
        seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "billing".into());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    assert!(operations(&plan, PRIMARY).contains(&Operation::CreateDBInstance), "{}", sketch(&plan));
}

/// What is written in somebody else's secret tells nothing of this cluster's database.
#[test]
fn only_a_secret_of_the_cluster_shows_that_its_database_was_there() {
    let mut live = lost(&desired());
    live.resources.insert(at(SECRET), converged(&desired()).resources[&at(SECRET)].clone());
    edit_live(&mut live, SECRET, |seen| {
        seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "billing".into());
    });
    let plan = planned(&desired(), &live, &Intent::default());
    let why = blocked(&plan, PRIMARY);
    assert_eq!(why, [Blocked::Needs { address: at(SECRET) }], "{}", sketch(&plan));
}

/// The home region's cluster shows by what it has in IAM, which has no regions.
#[test]
fn another_home_region_in_the_spec_makes_no_second_database() {
    let live = converged(&desired());
    let mut moved = desired();
    moved.scope.home = Region::new("eu-west-1");
    let mut live = without(&live, &[PRIMARY]);
    live.networks = empty().networks;
    let plan = planned(&moved, &live, &Intent::default());
    let text = sketch(&plan);
    let [Blocked::Beside { traces, .. }] = &blocked(&plan, PRIMARY)[..] else { panic!("{text}") };
    // Once, although all that it has says so.
    let lives = |trace: &String| trace.contains("a cluster of this name lives in us-east-1");
    assert!(traces.len() == 1 && traces.iter().all(lives), "{text}");
    // Nor a second set of what goes with one.
    live.resources.insert(at("security-group/orders-db"), Seen::Absent);
    let plan = planned(&moved, &live, &Intent::default());
    assert_eq!(
        blocked(&plan, "security-group/orders-db"),
        [Blocked::Needs { address: at(PRIMARY) }],
        "{}",
        sketch(&plan)
    );
    let intent = allow(&format!("create:{PRIMARY}"));
    let plan = planned(&moved, &live, &intent);
    assert_eq!(blocked(&plan, "security-group/orders-db"), [], "{}", sketch(&plan));
}

/// Steps go from users to what they use: the secret, which tells, outlives its database.
#[test]
fn a_destruction_that_was_cut_off_is_not_undone_with_an_empty_database() {
    let wanted = with_an_alarm();
    let mut live = converged(&wanted);
    let unprotected = |seen: &mut pgha_resource::LiveResource| {
        instance(&mut seen.resource).deletion_protection = Some(false);
    };
    edit_live(&mut live, PRIMARY, unprotected);
    let mut cuts = 0;
    for step in planned(&wanted, &live, &destroy(false)).steps {
        if matches!(step.call.action, Action::Delete { .. }) {
            live.resources.insert(step.call.address, Seen::Absent);
        }
        let is_there = |address: &str| live.present(&at(address)).is_some();
        if is_there(PRIMARY) || !is_there(SECRET) {
            continue;
        }
        cuts += 1;
        let plan = planned(&wanted, &live, &Intent::default());
        let why = blocked(&plan, PRIMARY);
        assert!(matches!(why[..], [Blocked::Gone { .. }]), "{}", sketch(&plan));
    }
    assert!(cuts > 0);
}

/// RDS promotes the replicas of a database that is deleted, so that one of them may be all that
/// is left of today (RDS guide, "Working with DB instance read replicas").
#[test]
fn what_lives_and_has_the_data_is_named_first() {
    let wanted = with_an_alarm();
    let mut live = lost(&wanted);
    let replica = converged(&wanted).resources[&at(REPLICA)].clone();
    live.resources.insert(at(REPLICA), replica);
    edit_live(&mut live, REPLICA, |seen| instance(&mut seen.resource).source = None);
    let old = "db-instance/orders-old";
    let primary = converged(&wanted).resources[&at(PRIMARY)].clone();
    live.resources.insert(at(old), primary);
    let plan = planned(&wanted, &live, &Intent::default());
    let why = blocked(&plan, PRIMARY);
    let help = why[0].help().unwrap();
    for part in ["orders-old, which lives and has its tags", "orders-read-1, which lives and was"] {
        assert!(help.contains(part), "{help}");
    }
}

/// A copy of another database has not its data, nor has what else AWS copied its tags to.
#[test]
fn only_databases_that_have_its_tags_may_have_its_data() {
    let wanted = with_an_alarm();
    let mut live = lost(&wanted);
    let copied = converged(&wanted);
    let of_replica = copied.resources[&at(REPLICA)].clone();
    live.resources.insert(at("db-instance/reports-restored"), of_replica);
    let mut group = copied.resources[&at("security-group/orders-db")].clone();
    if let Seen::Present(seen) = &mut group {
        names_itself(seen, PRIMARY);
    }
    live.resources.insert(at("security-group/orders-copied"), group);
    let plan = planned(&wanted, &live, &Intent::default());
    check_gone(&plan, &["alarm/orders-primary-cpu was made after it"], &[]);
}

/// A spec with another topology is about another database: what is of the living one stays.
#[test]
fn nothing_goes_that_is_about_the_database_that_lives() {
    let wanted = with_an_alarm();
    let mut live = converged(&wanted);
    let other = clustered();
    for new in other
        .resources
        .keys()
        .filter(|new| live.present(new).is_none())
        .cloned()
        .collect::<Vec<_>>()
    {
        live.resources.insert(new, Seen::Absent);
    }
    let plan = planned(&other, &live, &Intent::default());
    assert!(matches!(blocked(&plan, CLUSTER)[..], [Blocked::Beside { .. }]), "{}", sketch(&plan));
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, ALARM), [Blocked::Needs { address: at(CLUSTER) }]);
    // Unless somebody says so of it.
    let plan = planned(&other, &live, &allow(&format!("delete:{ALARM}")));
    assert_eq!(operations(&plan, ALARM), [Operation::DeleteAlarms], "{}", sketch(&plan));
}
