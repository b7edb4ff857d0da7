//! A replica is never smaller than its source, whatever the order of their windows.

use pgha_planner::{Blocked, Intent, NoteKind, Plan};
use pgha_resource::live::Pending;
use pgha_resource::{Desired, Live, Moment, Operation, Seen};

use crate::world::{
    PRIMARY, REPLICA, add, at, converged, desired, edit_desired, edit_live, instance, notes,
    operations, planned, replica, sketch,
};

/// Saturday, 28 November 2026, 12:00 UTC.
const NOON: Moment = Moment(1_795_867_200);

/// The primary's window, that of its replica, and the classes that they have.
fn with(primary: &str, replica: &str, class: &str) -> Desired {
    let mut wanted = desired();
    for (address, window) in [(PRIMARY, primary), (REPLICA, replica)] {
        edit_desired(&mut wanted, address, |r| {
            let instance = instance(r);
            instance.maintenance_window = Some(format!("{window}:04:00-{window}:05:00"));
            instance.class = Some(class.into());
        });
    }
    wanted
}

fn plan(from: &str, to: &str, windows: (&str, &str), now: &[&str]) -> Plan {
    let live = converged(&with(windows.0, windows.1, from));
    plan_of(&with(windows.0, windows.1, to), &live, now)
}

fn plan_of(wanted: &Desired, live: &Live, now: &[&str]) -> Plan {
    let now = now.iter().map(|address| at(address)).collect();
    planned(wanted, live, &Intent { at: Some(NOON), now, ..Intent::default() })
}

#[track_caller]
fn check(plan: &Plan, primary: bool, replica: bool) {
    for (address, changes) in [(PRIMARY, primary), (REPLICA, replica)] {
        let calls = operations(plan, address);
        let does = calls.contains(&Operation::ModifyDBInstance);
        assert_eq!(does, changes, "{address}:\n{}", sketch(plan));
    }
}

#[test]
fn a_source_grows_after_its_replica_has_grown() {
    let grows = |windows, now: &[&str]| plan("db.r6g.large", "db.r6g.xlarge", windows, now);
    // The replica's Saturday window is in six days, the primary's on Sunday is tomorrow.
    let late = grows(("sun", "sat"), &[]);
    check(&late, false, true);
    let text = sketch(&late);
    assert!(text.contains("orders-read-1 changes first, in its window sat:04:00"), "{text}");
    check(&grows(("mon", "sun"), &[]), true, true);
    // Nobody knows which of the two RDS takes first in one window.
    check(&grows(("sun", "sun"), &[]), false, true);
    check(&grows(("sun", "sat"), &[PRIMARY, REPLICA]), true, true);
    check(&grows(("sun", "sat"), &[REPLICA]), true, true);
    let alone = grows(("sun", "sat"), &[PRIMARY]);
    check(&alone, false, true);
    assert!(sketch(&alone).contains("--now db-instance/orders-read-1"), "{}", sketch(&alone));
}

#[test]
fn a_replica_shrinks_after_its_source_has_shrunk() {
    let shrinks = |windows| plan("db.r6g.xlarge", "db.r6g.large", windows, &[]);
    check(&shrinks(("sat", "sun")), true, false);
    check(&shrinks(("sun", "mon")), true, true);
}

/// The call that queues the class moves the window at once, so that either may be the one.
#[test]
fn a_window_that_moves_counts_as_well() {
    let waits = |from: (&str, &str), to: (&str, &str), (before, after): (&str, &str)| {
        let live = converged(&with(from.0, from.1, before));
        let plan = plan_of(&with(to.0, to.1, after), &live, &[]);
        let in_turn = |address: &str| {
            plan.changes.iter().any(|change| {
                change.address == at(address)
                    && matches!(change.blocked, Some(Blocked::InTurn { .. }))
            })
        };
        (in_turn(PRIMARY), in_turn(REPLICA))
    };
    let (small, large) = ("db.r6g.large", "db.r6g.xlarge");
    // The replica shrinks after its source, before and after its window moved.
    assert_eq!(waits(("mon", "tue"), ("mon", "wed"), (large, small)), (false, false));
    assert_eq!(waits(("mon", "tue"), ("mon", "sun"), (large, small)), (false, true));
    assert_eq!(waits(("mon", "sun"), ("mon", "tue"), (large, small)), (false, true));
    // The source grows after its replica, before and after its window moved.
    assert_eq!(waits(("tue", "mon"), ("wed", "mon"), (small, large)), (false, false));
    assert_eq!(waits(("tue", "mon"), ("sun", "mon"), (small, large)), (true, false));
    assert_eq!(waits(("sun", "mon"), ("tue", "mon"), (small, large)), (true, false));
}

#[test]
fn a_source_grows_at_once_where_its_replica_is_large_enough_or_stays_small() {
    let wanted = with("sun", "sat", "db.r6g.xlarge");
    let mut live = converged(&with("sun", "sat", "db.r6g.large"));
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).class = Some("db.r6g.xlarge".into());
    });
    check(&plan_of(&wanted, &live, &[]), true, false);
    let mut small = wanted;
    edit_desired(&mut small, REPLICA, |r| instance(r).class = Some("db.r6g.large".into()));
    let live = converged(&with("sun", "sat", "db.r6g.large"));
    check(&plan_of(&small, &live, &[]), true, false);
}

/// A replica that was smaller before gets another class of the same memory at any time.
#[test]
fn a_replica_that_does_not_shrink_waits_for_nobody() {
    let mut before = with("sat", "sun", "db.r6g.4xlarge");
    let mut wanted = with("sat", "sun", "db.r6g.2xlarge");
    edit_desired(&mut before, REPLICA, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    edit_desired(&mut wanted, REPLICA, |r| instance(r).class = Some("db.r7g.xlarge".into()));
    check(&plan_of(&wanted, &converged(&before), &[]), true, true);
    // Nor where the source comes down to what the replica has.
    let wanted = {
        let mut wanted = with("sat", "sun", "db.r6g.xlarge");
        edit_desired(&mut wanted, REPLICA, |r| instance(r).class = Some("db.r7g.xlarge".into()));
        wanted
    };
    check(&plan_of(&wanted, &converged(&before), &[]), true, true);
}

/// What the replica comes after is never made, since its source has no backups; that is known
/// after the order of classes.
#[test]
fn a_source_does_not_grow_above_a_replica_that_is_blocked() {
    let of_class = |class: &str| {
        let mut wanted = with("mon", "sun", class);
        edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(0));
        wanted
    };
    let (mut wanted, never) = (of_class("db.r6g.xlarge"), "db-instance/orders-read-9");
    let mut live = converged(&of_class("db.r6g.large"));
    check(&plan_of(&wanted, &live, &[]), true, true);
    add(&mut wanted, never, replica());
    wanted.resources.get_mut(&at(REPLICA)).unwrap().after.insert(at(never));
    live.resources.insert(at(never), Seen::Absent);
    check(&plan_of(&wanted, &live, &[]), false, false);
    // Nor where nobody says what time it is.
    check(&planned(&wanted, &live, &Intent::default()), false, false);
}

#[test]
fn what_waits_for_its_turn_is_no_decision() {
    let late = plan("db.r6g.large", "db.r6g.xlarge", ("sun", "sat"), &[]);
    let why = late.changes.iter().find(|c| c.address == at(PRIMARY)).unwrap();
    assert!(matches!(why.blocked, Some(Blocked::InTurn { .. })), "{}", sketch(&late));
}

/// A run with `--now` for both was killed once the replica's change was sent.
#[test]
fn a_class_that_is_made_now_is_not_waited_for_until_its_window() {
    let wanted = with("sun", "sat", "db.r6g.xlarge");
    let mut live = converged(&with("sun", "sat", "db.r6g.large"));
    edit_live(&mut live, REPLICA, |seen| {
        let mut after = Box::new(seen.resource.clone());
        instance(&mut after).class = Some("db.r6g.xlarge".into());
        seen.pending = Some(Pending { fields: ["class".to_string()].into(), after });
    });
    check(&plan_of(&wanted, &live, &[PRIMARY, REPLICA]), true, true);
    check(&plan_of(&wanted, &live, &[]), false, false);
}

#[test]
fn a_word_for_what_waits_for_its_turn_is_not_idle() {
    let wanted = with("sun", "sat", "db.r6g.xlarge");
    let live = converged(&with("sun", "sat", "db.r6g.large"));
    let idle = |wanted: &Desired| notes(&plan_of(wanted, &live, &[PRIMARY]), NoteKind::Idle);
    assert_eq!(idle(&wanted), [""; 0]);
    assert_eq!(idle(&with("sun", "sat", "db.r6g.large")).len(), 1);
}
