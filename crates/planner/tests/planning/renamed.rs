//! What a new name in the spec makes of what had the old one.

use pgha_planner::{Intent, NoteKind};
use pgha_resource::{Attr, Live, Ref, Seen};

use crate::world::{
    PRIMARY, REPLICA, add, alarm, allow, at, converged, desired, empty, notes, operations, planned,
    replica, sketch,
};

#[test]
fn a_cluster_that_may_only_have_another_name_is_said_to_be_new() {
    let wanted = desired();
    let said = |mut live: Live| {
        live.neighbours = ["shop".to_string()].into();
        let notes = notes(&planned(&wanted, &live, &Intent::default()), NoteKind::Beside);
        notes.iter().any(|text| text.contains("keeps the cluster shop"))
    };
    assert!(said(empty()));
    assert!(!said(converged(&wanted)));
}

#[test]
fn a_replica_under_a_new_name_says_what_becomes_of_the_old_one() {
    let live = |wanted: &pgha_resource::Desired| {
        let mut live = converged(&desired());
        live.resources.extend(wanted.resources.keys().map(|a| (a.clone(), Seen::Absent)));
        live.resources.extend(converged(&desired()).resources);
        live
    };
    let mut wanted = desired();
    wanted.resources.remove(&at(REPLICA));
    add(&mut wanted, "db-instance/orders-read-2", replica());
    let said = |intent: &Intent| {
        notes(&planned(&wanted, &live(&wanted), intent), NoteKind::Attention).join("\n")
    };
    let stays = said(&Intent::default());
    assert!(stays.contains("orders-read-1 stays beside it until `--allow delete:"), "{stays}");
    let goes = said(&allow(&format!("delete:{REPLICA}")));
    assert!(goes.contains("orders-read-1 is deleted"), "{goes}");
    let mut both = desired();
    add(&mut both, "db-instance/orders-read-2", replica());
    let added = notes(&planned(&both, &live(&both), &Intent::default()), NoteKind::Attention);
    assert!(added.iter().all(|text| !text.contains("new name")), "{added:?}");
    // What else goes is no replica under an old name.
    let mut live = live(&both);
    let mut with_alarm = both.clone();
    let watches = alarm("DBInstanceIdentifier", Ref::Of(at(PRIMARY), Attr::Name));
    add(&mut with_alarm, "alarm/orders-old", watches);
    let old = at("alarm/orders-old");
    live.resources.insert(old.clone(), converged(&with_alarm).resources[&old].clone());
    let plan = planned(&both, &live, &Intent::default());
    assert_eq!(operations(&plan, "alarm/orders-old").len(), 1, "{}", sketch(&plan));
    let added = notes(&plan, NoteKind::Attention);
    assert!(added.iter().all(|text| !text.contains("new name")), "{added:?}");
}
