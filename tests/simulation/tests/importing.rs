//! What exists is described by a spec whose plan does nothing but tag it.

use pgha_planner::{Allow, Intent};
use pgha_resource::{Desired, Region};
use pgha_sim::Sim;
use pgha_simulation::case::Case;
use pgha_simulation::{
    apply_on, disowning, example, failures, import, load, plan_on, sketch, unmarked,
};

/// An account with a cluster that nobody marked as pgha's.
fn built(desired: &Desired) -> Sim {
    let account = Sim::new();
    account.set_scope(&desired.scope);
    account.make_networks(&desired.networks);
    let report = apply_on(&account, desired, &Intent::default());
    assert!(report.left.changes.iter().all(|c| c.blocked.is_some()), "{}", failures(&report));
    unmarked(&account)
}

/// All that is there, with all that is known about it.
fn things(account: &Sim) -> serde_json::Value {
    let text = account.to_json().unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["account"]["things"].clone()
}

/// Takes it over, and finds that nothing changed and nothing is left.
#[track_caller]
fn check_taken_over(account: &Sim, identifier: &str, region: &Region) -> String {
    let before = things(account);
    let found = import(account, identifier, region);
    let text = &found.text;
    assert!(found.doubts.is_empty(), "{:#?}\n{text}", found.doubts);
    let desired = &found.loaded.desired;
    let allow = found.adopted.iter().cloned().map(Allow::Adopt).collect();
    let plan = plan_on(account, desired, &Intent { allow, ..Intent::default() });
    let tags = |operation: &str| {
        ["AddTags", "Tag", "CreateTags"].iter().any(|word| operation.starts_with(word))
    };
    for step in &plan.steps {
        assert!(tags(&step.call.operation.to_string()), "{}\n{text}", sketch(&plan));
    }
    let allow = found.adopted.iter().cloned().map(Allow::Adopt).collect();
    let report = apply_on(account, desired, &Intent { allow, ..Intent::default() });
    assert!(report.is_converged(), "{}\n{text}", failures(&report));
    let plan = plan_on(account, desired, &Intent::default());
    assert!(plan.is_converged(), "{}\n{text}", sketch(&plan));
    // Importing what is imported gives the same.
    assert_eq!(&import(account, identifier, region).text, text);
    // And what is let go is as it was.
    let report = apply_on(account, desired, &disowning());
    assert!(report.is_converged(), "{}\n{text}", failures(&report));
    assert_eq!(things(account), before, "{text}");
    found.text
}

#[test]
fn the_examples_are_taken_over() {
    for name in ["minimal", "course", "production", "dr", "shop", "multi-az-cluster"] {
        let desired = example(name);
        let account = built(&desired);
        let primary = &desired.database().unwrap().name;
        let text = check_taken_over(&account, primary, &desired.scope.home);
        println!("--- {name}\n{text}");
    }
}

/// `cargo test -p pgha-simulation --test importing -- --ignored` takes over thousands.
#[test]
#[ignore = "takes minutes: what runs always is `random_clusters_are_taken_over`"]
fn many_random_clusters_are_taken_over() {
    (0..3000).for_each(check_random);
}

#[test]
fn random_clusters_are_taken_over() {
    (0..60).for_each(check_random);
}

fn check_random(seed: u64) {
    let text = Case::of(seed).spec(false);
    let desired = load("cluster.toml", &text);
    let account = built(&desired);
    let primary = &desired.database().unwrap().name;
    println!("--- {seed}\n{text}");
    check_taken_over(&account, primary, &desired.scope.home);
}
