//! What exists is described by a spec whose plan does nothing but tag it.

use pgha_import::{Imported, Request, import};
use pgha_planner::{Allow, Intent};
use pgha_resource::{Desired, Region};
use pgha_sim::Sim;
use pgha_simulation::case::Case;
use pgha_simulation::{apply_on, block_on, example, failures, load, plan_on, sketch};

/// An account with a cluster that nobody marked as pgha's.
fn built(desired: &Desired) -> Sim {
    let account = Sim::new();
    account.set_scope(&desired.scope);
    account.make_networks(&desired.networks);
    let report = apply_on(&account, desired, &Intent::default());
    assert!(report.left.changes.iter().all(|c| c.blocked.is_some()), "{}", failures(&report));
    unmarked(&account)
}

fn unmarked(account: &Sim) -> Sim {
    let mut json: serde_json::Value = serde_json::from_str(&account.to_json().unwrap()).unwrap();
    for thing in json["account"]["things"].as_object_mut().unwrap().values_mut() {
        thing["tags"] = serde_json::json!({});
    }
    Sim::from_json(&json.to_string()).unwrap()
}

fn imported(account: &Sim, identifier: &str, region: &Region) -> Imported {
    let request = Request {
        identifier,
        region,
        cluster: None,
        file: "cluster.toml",
        today: "2026-11-30",
        until: "2027-02-28",
    };
    block_on(import(account, &request)).unwrap_or_else(|error| panic!("{error}: {error:#?}"))
}

/// Takes it over, and finds that nothing changed and nothing is left.
#[track_caller]
fn check_taken_over(account: &Sim, identifier: &str, region: &Region) -> String {
    let found = imported(account, identifier, region);
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
    assert_eq!(&imported(account, identifier, region).text, text);
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
