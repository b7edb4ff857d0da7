//! The day of a replica's maintenance, where the spec leaves it open.

use pgha_planner::Intent;
use pgha_resource::{Desired, Live};

use crate::world::{
    at, converged, desired, edit_desired, edit_live, empty, instance, planned, replica, sketch,
};

/// The days that are open to a replica, beginning with one of them.
fn open_from(first: usize) -> Vec<String> {
    let days = ["sat", "fri", "thu", "wed", "tue", "mon"];
    let from = |day: usize| {
        let day = days[day % days.len()];
        format!("{day}:04:00-{day}:05:00")
    };
    (first..first + days.len()).map(from).collect()
}

fn address(name: &str) -> String {
    format!("db-instance/orders-{name}")
}

/// Replicas whose days follow from their order, as the spec expands to.
fn with(names: &[&str]) -> Desired {
    let mut wanted = desired();
    wanted.resources.retain(|address, _| address.name != "orders-read-1");
    for (index, name) in names.iter().enumerate() {
        let mut entry = desired().resources[&at(&address("read-1"))].clone();
        entry.windows = open_from(index);
        let mut replica = replica();
        replica.maintenance_window = entry.windows.first().cloned();
        entry.resource = replica.into();
        wanted.resources.insert(at(&address(name)), entry);
    }
    wanted
}

fn day_after_apply(wanted: &Desired, live: &Live, name: &str) -> String {
    let plan = planned(wanted, live, &Intent::default());
    let changes = plan.changes.iter().filter(|change| change.address == at(&address(name)));
    let mut fields = changes.flat_map(|change| &change.fields);
    let window = fields.find(|field| field.name == "maintenance_window");
    window.unwrap_or_else(|| panic!("{}", sketch(&plan))).to.to_string()
}

#[test]
fn replicas_that_stay_keep_their_days_when_one_goes() {
    let live = converged(&with(&["a", "b", "c"]));
    for left in [["b", "c"], ["a", "c"], ["c", "b"]] {
        let text = sketch(&planned(&with(&left), &live, &Intent::default()));
        assert!(!text.contains("maintenance_window"), "{text}");
    }
}

#[test]
fn a_new_replica_gets_a_day_that_no_other_has() {
    let mut live = converged(&with(&["a", "b", "c"]));
    live.resources.remove(&at(&address("a")));
    live.resources.insert(at(&address("d")), pgha_resource::Seen::Absent);
    // By its place in the spec it would be on Thursday, as `c` is.
    let wanted = with(&["b", "c", "d"]);
    assert_eq!(day_after_apply(&wanted, &live, "d"), "wed:04:00-wed:05:00");
    assert_eq!(day_after_apply(&wanted, &empty_of(&wanted), "d"), "thu:04:00-thu:05:00");
}

#[test]
fn a_new_replica_leaves_a_day_alone_that_the_spec_gives_to_another() {
    let mut wanted = with(&["a", "b", "c"]);
    let named = wanted.resources.get_mut(&at(&address("a"))).unwrap();
    named.windows.clear();
    instance(&mut named.resource).maintenance_window = Some("thu:04:00-thu:05:00".into());
    assert_eq!(day_after_apply(&wanted, &empty_of(&wanted), "c"), "wed:04:00-wed:05:00");
}

fn empty_of(wanted: &Desired) -> Live {
    let mut live = empty();
    let all = wanted.resources.keys().map(|a| (a.clone(), pgha_resource::Seen::Absent));
    live.resources = all.collect();
    live
}

#[test]
fn a_day_that_somebody_changed_is_set_back_to_the_recorded_one() {
    let mut live = converged(&with(&["a", "b", "c"]));
    edit_live(&mut live, &address("b"), |seen| {
        instance(&mut seen.resource).maintenance_window = Some("mon:04:00-mon:05:00".into());
    });
    let wanted = with(&["b", "c"]);
    assert_eq!(day_after_apply(&wanted, &live, "b"), "fri:04:00-fri:05:00");
    assert!(planned(&wanted, &live, &Intent::default()).has_drift());
}

#[test]
fn a_day_that_the_spec_names_is_no_question() {
    let live = converged(&with(&["a", "b"]));
    let mut wanted = with(&["a", "b"]);
    edit_desired(&mut wanted, &address("b"), |r| {
        instance(r).maintenance_window = Some("mon:04:00-mon:05:00".into());
    });
    wanted.resources.get_mut(&at(&address("b"))).unwrap().windows.clear();
    assert_eq!(day_after_apply(&wanted, &live, "b"), "mon:04:00-mon:05:00");
}

#[test]
fn other_hours_of_the_primary_are_followed() {
    let live = converged(&with(&["a", "b"]));
    let mut wanted = with(&["b"]);
    let later = |window: &String| window.replace("04:00", "06:00").replace("05:00", "07:00");
    let entry = wanted.resources.get_mut(&at(&address("b"))).unwrap();
    entry.windows = entry.windows.iter().map(later).collect();
    let first = entry.windows.first().cloned();
    instance(&mut entry.resource).maintenance_window = first;
    assert_eq!(day_after_apply(&wanted, &live, "b"), "sat:06:00-sat:07:00");
}

#[test]
fn a_day_without_a_record_serves_as_it_is() {
    let mut live = converged(&with(&["a", "b"]));
    edit_live(&mut live, &address("b"), |seen| {
        seen.tags.as_mut().unwrap().remove(pgha_resource::live::DIGEST_TAG);
    });
    let text = sketch(&planned(&with(&["b"]), &live, &Intent::default()));
    assert!(!text.contains("maintenance_window"), "{text}");
}
