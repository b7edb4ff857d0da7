//! What the scenarios share: specs, accounts, and one call for each half of the loop.

mod attempt;
pub mod case;
mod clock;
pub mod crashes;
pub mod locks;
mod people;
mod process;
pub mod promises;
mod random;
pub mod shrink;
mod specs;
mod stage;
mod standby;
pub mod states;
mod told;
pub mod world;

use std::future::Future;
use std::path::PathBuf;

use pgha_apply::Report;
use pgha_apply::Stop;
use pgha_apply::Watch;
use pgha_apply::apply;
use pgha_apply::observe_and_plan;
use pgha_apply::port::Clock;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_import::{Imported, Request};
use pgha_planner::Approval;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::approve;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Region;
use pgha_sim::Sim;

/// The example specs, every one of which goes through the whole loop.
pub const SPECS: &[&str] = &["minimal", "production", "course", "dr", "multi-az-cluster", "shop"];

/// The top folder of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of an example spec.
pub fn text(name: &str) -> String {
    let path = root().join("specs").join(format!("{name}.toml"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Loads a spec that must have no errors.
#[track_caller]
pub fn load(file: &str, text: &str) -> Desired {
    match pgha_spec::load(file, text) {
        Ok(loaded) => loaded.desired,
        Err(errors) => panic!("{file}: {:#?}", errors.diagnostics),
    }
}

/// Loads an example spec.
#[track_caller]
pub fn example(name: &str) -> Desired {
    load(&format!("specs/{name}.toml"), &text(name))
}

/// Runs a future on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime needs nothing that a test machine lacks")
        .block_on(future)
}

/// What a test intends: converge, with these words of the user's.
pub fn allowing(words: &[&str]) -> Intent {
    let allow = words.iter().map(|word| word.parse().expect("tests write valid words")).collect();
    Intent { allow, ..Intent::default() }
}

/// Everything goes, with a last snapshot of each database.
pub fn destroying() -> Intent {
    Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() }
}

/// Everything is let go, as it is.
pub fn disowning() -> Intent {
    Intent { goal: Goal::Disown, ..Intent::default() }
}

/// The same account without a tag, as if somebody else had made it.
pub fn unmarked(account: &Sim) -> Sim {
    let text = account.to_json().expect("an account can be written");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    for thing in json["account"]["things"].as_object_mut().into_iter().flatten() {
        thing.1["tags"] = serde_json::json!({});
    }
    Sim::from_json(&json.to_string()).expect("an account without tags can be read")
}

/// The spec of what is there, found from one of its members.
pub fn import(account: &impl Observe, identifier: &str, region: &Region) -> Imported {
    let request = Request {
        identifier,
        region,
        cluster: None,
        file: "cluster.toml",
        today: "2026-11-30",
        until: "2027-02-28",
    };
    block_on(pgha_import::import(account, &request))
        .unwrap_or_else(|error| panic!("{error}: {error:#?}"))
}

/// Reads and plans.
pub fn plan_on<A: Execute>(account: &A, desired: &Desired, intent: &Intent) -> Plan {
    block_on(observe_and_plan(desired, intent, account)).expect("the account is the spec's")
}

/// Reads, plans, approves anything, applies.
pub fn apply_on<A: Execute + Clock>(account: &A, desired: &Desired, intent: &Intent) -> Report {
    apply_with(account, account, desired, intent, &mut ())
}

/// As [`apply_on`], with a clock of its own and somebody watching.
pub fn apply_with<A: Execute, C: Clock>(
    account: &A,
    clock: &C,
    desired: &Desired,
    intent: &Intent,
    watch: &mut dyn Watch,
) -> Report {
    let plan = plan_on(account, desired, intent);
    let approval = Approval { max_disruption: Disruption::Outage, digest: None };
    let approved = approve(plan, &approval).expect("an outage is allowed");
    block_on(apply(approved, desired, intent, account, clock, watch, &Stop::default()))
}

/// One line a change, for the messages of failing tests.
pub fn sketch(plan: &Plan) -> String {
    let mut text = String::new();
    for change in &plan.changes {
        text += &format!("{:?} {} ({:?})", change.verb, change.address, change.cause);
        for field in &change.fields {
            text += &format!("\n    {}: {} -> {}", field.name, field.from, field.to);
        }
        if let Some(blocked) = &change.blocked {
            text += &format!("\n    blocked: {blocked}");
        }
        text.push('\n');
    }
    for step in &plan.steps {
        text += &format!("{}. {} {}\n", step.id, step.call.operation, step.address());
    }
    text
}

/// The steps of a report that did not succeed.
pub fn failures(report: &Report) -> String {
    let failed = report.steps.iter().filter(|step| !step.outcome.is_success());
    failed
        .map(|step| {
            format!("{}. {} {}: {}\n", step.step, step.operation, step.address, step.outcome)
        })
        .collect()
}

/// Applies, and checks that all went well and that nothing is left to do.
#[track_caller]
pub fn check_converges<A: Execute + Clock>(account: &A, desired: &Desired, intent: &Intent) {
    let report = apply_on(account, desired, intent);
    assert!(report.all_succeeded(), "failed:\n{}", failures(&report));
    assert!(report.left.is_converged(), "left:\n{}", sketch(&report.left));
    let again = plan_on(account, desired, intent);
    assert!(again.is_converged(), "a second plan is not empty:\n{}", sketch(&again));
}
