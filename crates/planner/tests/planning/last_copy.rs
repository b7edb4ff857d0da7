//! What may be the only copy of the data stays.

use pgha_planner::{Blocked, Intent};
use pgha_resource::live::{Remains, RemainsKind};
use pgha_resource::status::Status;
use pgha_resource::{Live, Operation, Seen};

use crate::world::{
    PRIMARY, REPLICA, at, blocked, converged, desired, destroy, edit_live, instance, operations,
    planned, sketch, unread,
};

/// The account once somebody has done this to the primary.
fn account(primary: Option<Seen>) -> Live {
    let mut live = converged(&desired());
    match primary {
        Some(seen) => live.resources.insert(at(PRIMARY), seen),
        None => live.resources.remove(&at(PRIMARY)),
    };
    live
}

#[track_caller]
fn check_destroys_replica(live: &Live, final_snapshot: bool, goes: bool) {
    let plan = planned(&desired(), live, &destroy(final_snapshot));
    let deletes = operations(&plan, REPLICA).contains(&Operation::DeleteDBInstance);
    assert_eq!(deletes, goes, "{}", sketch(&plan));
    let is_last = |blocked: &Blocked| matches!(blocked, Blocked::LastCopy { .. });
    assert_eq!(blocked(&plan, REPLICA).iter().any(is_last), !goes, "{}", sketch(&plan));
}

#[test]
fn a_destruction_that_leaves_snapshots_keeps_a_replica_whose_source_is_gone() {
    check_destroys_replica(&account(Some(Seen::Absent)), true, false);
    check_destroys_replica(&account(None), true, false);
    check_destroys_replica(&account(Some(Seen::Absent)), false, true);
    check_destroys_replica(&converged(&desired()), true, true);
    check_destroys_replica(&account(Some(Seen::Unread(unread()))), true, true);
}

#[test]
fn a_source_that_somebody_deletes_counts_as_gone() {
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| seen.status = Status::db_instance("deleting"));
    check_destroys_replica(&live, true, false);
    edit_live(&mut live, REPLICA, |seen| seen.status = Status::db_instance("deleting"));
    check_destroys_replica(&live, true, true);
}

#[test]
fn the_way_out_is_a_promotion() {
    let plan = planned(&desired(), &account(None), &destroy(true));
    let help = blocked(&plan, REPLICA)[0].help().unwrap();
    let promote =
        "aws rds promote-read-replica --db-instance-identifier orders-read-1 --region us-east-1";
    assert!(help.contains(promote), "{help}");
    assert!(help.contains("--skip-final-snapshot"), "{help}");
}

#[test]
fn an_instance_of_its_own_leaves_a_snapshot_and_goes() {
    let mut live = account(None);
    edit_live(&mut live, REPLICA, |seen| instance(&mut seen.resource).source = None);
    check_destroys_replica(&live, true, true);
}

#[test]
fn nobody_is_told_to_delete_a_promoted_replica_whose_source_is_gone() {
    let mut live = account(Some(Seen::Absent));
    edit_live(&mut live, REPLICA, |seen| instance(&mut seen.resource).source = None);
    let id = "orders-final".into();
    let snapshot = Remains { kind: RemainsKind::Snapshot, id, until: None };
    live.remains.insert(at(PRIMARY), [snapshot].into());
    let said = |live: &Live| {
        let plan = planned(&desired(), live, &Intent::default());
        let said: Vec<String> = blocked(&plan, REPLICA).iter().map(ToString::to_string).collect();
        said.join("; ")
    };
    let gone = said(&live);
    assert!(gone.contains("keep it until db-instance/orders-primary is back"), "{gone}");
    assert!(!gone.contains("delete it"), "{gone}");
    let mut there = converged(&desired());
    edit_live(&mut there, REPLICA, |seen| instance(&mut seen.resource).source = None);
    let there = said(&there);
    assert!(there.contains("it was promoted"), "{there}");
}
