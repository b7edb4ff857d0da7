//! Replicas have room for what their source has.

use pgha_planner::{Cause, Intent, NoteKind};
use pgha_resource::live::Notice;
use pgha_resource::{Attr, Desired, Live, Operation};

use crate::world::{
    PRIMARY, REPLICA, add, at, blocked, converged, desired, edit_desired, edit_live, instance,
    notes, of, operations, planned, sketch,
};

/// The sizes of primary and replica, in the spec and in the account, in GiB.
fn world(spec: [Option<u32>; 2], there: [u32; 2]) -> (Desired, Live) {
    let mut wanted = desired();
    for (address, size) in [PRIMARY, REPLICA].into_iter().zip(spec) {
        edit_desired(&mut wanted, address, |r| instance(r).storage = size);
    }
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).max_storage = Some(1000));
    let mut live = converged(&wanted);
    for (address, size) in [PRIMARY, REPLICA].into_iter().zip(there) {
        edit_live(&mut live, address, |seen| instance(&mut seen.resource).storage = Some(size));
    }
    (wanted, live)
}

/// Checks the size that the replica grows to; `None` where it stays as it is.
#[track_caller]
fn check(spec: [Option<u32>; 2], there: [u32; 2], grows_to: Option<u32>) {
    let (wanted, live) = world(spec, there);
    let plan = planned(&wanted, &live, &Intent::default());
    let size = plan.steps.iter().find(|step| step.address().to_string() == REPLICA).map(|step| {
        let mut to = step.call.to().unwrap().clone();
        instance(&mut to).storage.unwrap()
    });
    assert_eq!(size, grows_to, "{}", sketch(&plan));
    assert_eq!(blocked(&plan, REPLICA), [], "{}", sketch(&plan));
}

#[test]
fn a_replica_is_as_large_as_its_source_becomes() {
    check([Some(300), None], [100, 100], Some(300));
    // AWS grew the primary by itself.
    check([Some(100), None], [300, 100], Some(300));
    check([Some(100), Some(100)], [300, 100], Some(300));
    // A replica grows by a tenth at least.
    check([Some(105), None], [105, 100], Some(110));
}

/// Nobody changed the replica in AWS: it is its source that is larger, or is going to be.
#[test]
fn a_replica_grows_because_its_source_does() {
    let seen = |spec, there, busy| {
        let (wanted, mut live) = world(spec, there);
        if busy {
            edit_live(&mut live, REPLICA, |seen| {
                seen.notices.insert(Notice::StorageBusy("Optimizing 9%".into()));
            });
        }
        let plan = planned(&wanted, &live, &Intent::default());
        let replica = plan.changes.iter().find(|change| change.address.to_string() == REPLICA);
        let change = replica.unwrap_or_else(|| panic!("{}", sketch(&plan)));
        let line = change.fields[0].origin.as_ref().unwrap().line;
        (change.cause, line == wanted.resources[&at(PRIMARY)].origin.line)
    };
    // The same while its volume takes no other change.
    let why = |spec, there| {
        assert_eq!(seen(spec, there, true), seen(spec, there, false));
        seen(spec, there, false)
    };
    assert_eq!(why([Some(300), None], [100, 100]), (Cause::SpecChanged, true));
    assert_eq!(why([Some(100), None], [300, 100]), (Cause::Follows, false));
    // The source is as large as its line says already.
    assert_eq!(why([Some(300), None], [300, 100]), (Cause::Follows, false));
}

#[test]
fn the_replica_of_a_replica_grows_because_of_the_first_source() {
    let second = "db-instance/orders-read-2";
    let (mut wanted, _) = world([Some(300), None], [100, 100]);
    let mut replica = wanted.resources[&at(REPLICA)].resource.clone();
    instance(&mut replica).source = of(REPLICA, Attr::Name);
    add(&mut wanted, second, replica);
    let mut live = converged(&wanted);
    for address in [PRIMARY, REPLICA, second] {
        edit_live(&mut live, address, |seen| instance(&mut seen.resource).storage = Some(100));
    }
    let plan = planned(&wanted, &live, &Intent::default());
    let change = plan.changes.iter().find(|change| change.address == at(second));
    let change = change.unwrap_or_else(|| panic!("{}", sketch(&plan)));
    let line = change.fields[0].origin.as_ref().unwrap().line;
    let of_primary = wanted.resources[&at(PRIMARY)].origin.line;
    assert_eq!((change.cause, line), (Cause::SpecChanged, of_primary), "{}", sketch(&plan));
}

#[test]
fn a_replica_that_is_large_enough_keeps_its_size() {
    check([Some(300), None], [300, 300], None);
    check([Some(100), None], [100, 400], None);
    check([Some(100), Some(100)], [300, 330], None);
    check([Some(100), Some(400)], [100, 400], None);
}

#[test]
fn the_replica_grows_before_its_primary() {
    let (wanted, live) = world([Some(300), None], [100, 100]);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, REPLICA)[0], Operation::ModifyDBInstance);
    let step = |address: &str| plan.steps.iter().position(|s| s.address().to_string() == address);
    assert!(step(REPLICA) < step(PRIMARY), "{}", sketch(&plan));
}

/// Checks which databases a plan says of that they cross 400 GiB.
#[track_caller]
fn check_crossing(kind: &str, spec: [Option<u32>; 2], there: [u32; 2], crossing: &[&str]) {
    let (mut wanted, mut live) = world(spec, there);
    for address in [PRIMARY, REPLICA] {
        edit_desired(&mut wanted, address, |r| instance(r).storage_type = Some(kind.into()));
        edit_live(&mut live, address, |seen| {
            instance(&mut seen.resource).storage_type = Some(kind.into());
        });
    }
    let plan = planned(&wanted, &live, &Intent::default());
    let said = notes(&plan, NoteKind::Follows);
    let said: Vec<&str> = said
        .iter()
        .filter_map(|note| note.split_once(": PGHA009"))
        .flat_map(|(whom, _)| whom.split(", "))
        .collect();
    assert_eq!(said, crossing, "{}", sketch(&plan));
}

#[test]
fn growth_from_one_volume_to_four_is_said() {
    check_crossing("gp3", [Some(400), None], [360, 360], &[PRIMARY, REPLICA]);
    check_crossing("io1", [Some(500), None], [100, 100], &[PRIMARY, REPLICA]);
    // The primary grew by itself, and the replica follows.
    check_crossing("gp3", [Some(200), None], [450, 200], &[REPLICA]);
    check_crossing("gp3", [Some(399), None], [200, 200], &[]);
    check_crossing("gp3", [Some(500), None], [400, 400], &[]);
    check_crossing("io2", [Some(500), None], [200, 200], &[PRIMARY, REPLICA]);
}

#[test]
fn a_storage_change_is_not_promised() {
    let (wanted, live) = world([Some(300), None], [200, 200]);
    let plan = planned(&wanted, &live, &Intent::default());
    let said = notes(&plan, NoteKind::Follows);
    assert_eq!(said.iter().filter(|note| note.contains("four storage changes")).count(), 1);
    assert!(
        said[0].starts_with("db-instance/orders-primary, db-instance/orders-read-1: PGHA010"),
        "{said:?}"
    );
    let (wanted, live) = world([Some(200), None], [200, 200]);
    assert_eq!(notes(&planned(&wanted, &live, &Intent::default()), NoteKind::Follows).len(), 0);
    // Other changes are not counted.
    let (mut wanted, live) = world([Some(200), None], [200, 200]);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(9));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY)[0], Operation::ModifyDBInstance);
    assert_eq!(notes(&plan, NoteKind::Follows), [""; 0], "{}", sketch(&plan));
}

/// RDS takes no size without a tenth of room below `MaxAllocatedStorage` (RDS API,
/// ModifyDBInstance).
#[test]
fn a_replica_without_room_to_grow_says_so() {
    let (mut wanted, live) = world([Some(300), None], [300, 100]);
    edit_desired(&mut wanted, REPLICA, |r| instance(r).max_storage = Some(329));
    let plan = planned(&wanted, &live, &Intent::default());
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.iter().any(|text| text.contains("max_size = \"330 GiB\"")), "{said:?}");
    let grows = |plan: &pgha_planner::Plan| {
        let steps = plan.steps.iter().filter(|step| step.address() == &at(REPLICA));
        steps.flat_map(|step| step.call.fields()).any(|field| field == "storage")
    };
    assert!(!grows(&plan), "{}", sketch(&plan));
    // Zero is no limit: it does not grow by itself.
    for most in [330, 0] {
        edit_desired(&mut wanted, REPLICA, |r| instance(r).max_storage = Some(most));
        let plan = planned(&wanted, &live, &Intent::default());
        assert!(grows(&plan), "{}", sketch(&plan));
        assert_eq!(notes(&plan, NoteKind::Attention), [""; 0]);
    }
}
