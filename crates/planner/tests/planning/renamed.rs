//! What a new name in the spec makes of what had the old one.

use pgha_planner::{Intent, NoteKind};
use pgha_resource::{Attr, Desired, Live, Ref, Seen};

use crate::world::{
    PRIMARY, REPLICA, add, alarm, allow, at, blocked, converged, desired, edit_desired, edit_live,
    empty, instance, notes, operations, planned, replica, sketch,
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

/// The account in which somebody gave the primary this name.
fn with_primary_as(name: &str) -> Live {
    let mut live = converged(&desired());
    let primary = live.resources.insert(at(PRIMARY), Seen::Absent).unwrap();
    live.resources.insert(at(&format!("db-instance/{name}")), primary);
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).source = Some(Ref::known(name));
    });
    live
}

#[test]
fn a_replica_of_a_source_that_was_renamed_waits_for_its_name() {
    let said = |live: &Live, wanted: &Desired| {
        let plan = planned(wanted, live, &Intent::default());
        let said: Vec<String> = blocked(&plan, REPLICA).iter().map(ToString::to_string).collect();
        said
    };
    let renamed = said(&with_primary_as("orders-before"), &desired());
    let text = "its source db-instance/orders-primary was renamed to orders-before, which it still replicates: rename that one back to orders-primary";
    assert_eq!(renamed, [text]);
    // What else it cannot have keeps its own reason.
    let mut wanted = desired();
    let key = |name: &str| Some(format!("arn:aws:kms:us-east-1:123456789012:key/{name}"));
    edit_desired(&mut wanted, REPLICA, |r| instance(r).kms_key = key("one"));
    let mut live = with_primary_as("orders-before");
    edit_live(&mut live, REPLICA, |seen| instance(&mut seen.resource).kms_key = key("other"));
    let both = said(&live, &wanted);
    assert_eq!(both.iter().filter(|said| *said == text).count(), 1, "{both:?}");
    assert_eq!(both.len(), 2, "{both:?}");
    // Another copy is not its source.
    let mut live = with_primary_as("orders-before");
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).source = Some(Ref::known("orders-other"));
    });
    let other = said(&live, &desired());
    assert!(other.iter().all(|said| !said.contains("renamed")), "{other:?}");
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
