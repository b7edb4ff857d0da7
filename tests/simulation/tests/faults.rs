//! Bad moments on the simulated account: an apply that is throttled, refused, cut off or
//! killed, and the next one that converges all the same.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Outcome;
use pgha_apply::Report;
use pgha_apply::Stop;
use pgha_apply::Watch;
use pgha_apply::apply;
use pgha_apply::lock;
use pgha_apply::lock::Locked;
use pgha_apply::port::Execute;
use pgha_planner::Approval;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::StepId;
use pgha_planner::approve;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::live::ErrorClass;
use pgha_sim::Fault;
use pgha_sim::Sim;
use pgha_simulation::allowing;
use pgha_simulation::apply_on;
use pgha_simulation::block_on;
use pgha_simulation::check_converges;
use pgha_simulation::destroying;
use pgha_simulation::example;
use pgha_simulation::failures;
use pgha_simulation::plan_on;
use pgha_simulation::sketch;

fn run(
    sim: &Sim,
    plan: Plan,
    desired: &Desired,
    intent: &Intent,
    watch: &mut dyn Watch,
    stop: &Stop,
) -> Report {
    let approval = Approval { max_disruption: Disruption::Outage, digest: None };
    let approved = approve(plan, &approval).unwrap();
    block_on(apply(approved, desired, intent, sim, sim, watch, stop))
}

fn operations(plan: &Plan) -> BTreeSet<Operation> {
    plan.steps.iter().map(|step| step.call.operation).collect()
}

#[test]
fn every_call_may_be_throttled_and_is_made_again() {
    let desired = example("production");
    for operation in operations(&plan_on(&Sim::new(), &desired, &allowing(&[]))) {
        let sim = Sim::new();
        sim.inject(Fault::Throttle(operation, 3));
        check_converges(&sim, &desired, &allowing(&[]));
    }
}

#[test]
fn every_answer_may_be_lost_and_nothing_is_made_twice() {
    let desired = example("production");
    let intact = Sim::new();
    check_converges(&intact, &desired, &allowing(&[]));
    for operation in operations(&plan_on(&Sim::new(), &desired, &allowing(&[]))) {
        let sim = Sim::new();
        sim.inject(Fault::LoseAnswer(operation));
        check_converges(&sim, &desired, &allowing(&[]));
        assert_eq!(sim.inventory().len(), intact.inventory().len(), "{operation}");
    }
}

#[test]
fn behind_a_denied_call_nothing_is_reached_and_the_rest_goes_on() {
    let (sim, desired) = (Sim::new(), example("production"));
    sim.inject(Fault::Deny(Operation::CreateDBProxy));
    let report = apply_on(&sim, &desired, &allowing(&[]));
    let outcome = |kind: Kind| {
        let step = report.steps.iter().find(|step| step.address.kind == kind).unwrap();
        step.outcome.clone()
    };
    assert!(matches!(outcome(Kind::DbProxy), Outcome::Failed { .. }));
    assert!(matches!(outcome(Kind::DbProxyTarget), Outcome::NotReached { .. }));
    assert_eq!(outcome(Kind::DbInstance), Outcome::Done);
    let left: BTreeSet<Kind> = report.left.steps.iter().map(|step| step.address().kind).collect();
    assert!(left.contains(&Kind::DbProxy) && !left.contains(&Kind::DbInstance));
    sim.clear_faults();
    check_converges(&sim, &desired, &allowing(&[]));
}

#[test]
fn what_cannot_be_read_is_neither_created_nor_deleted() {
    let (sim, desired) = (Sim::new(), example("production"));
    check_converges(&sim, &desired, &allowing(&[]));
    let before = sim.inventory().len();
    sim.inject(Fault::Unreadable(Kind::DbInstance));
    let plan = plan_on(&sim, &desired, &allowing(&[]));
    assert!(plan.steps.iter().all(|step| step.address().kind != Kind::DbInstance));
    assert!(!plan.is_converged());
    let report = apply_on(&sim, &desired, &destroying());
    assert!(report.left.totals().blocked > 0);
    sim.clear_faults();
    assert!(
        sim.inventory().iter().filter(|entry| entry.address.kind == Kind::DbInstance).count() >= 3
    );
    assert!(sim.inventory().len() <= before);
}

#[test]
fn a_target_that_moved_since_the_plan_is_stale() {
    let (sim, desired) = (Sim::new(), example("production"));
    check_converges(&sim, &desired, &allowing(&[]));
    let primary = "db-instance/orders-primary".parse().unwrap();
    sim.tamper(&primary, "copy_tags", "false").unwrap();
    let plan = plan_on(&sim, &desired, &allowing(&[]));
    assert_eq!(plan.steps.len(), 1, "{}", sketch(&plan));
    sim.tamper_delete(&"alarm/orders-primary-cpu".parse().unwrap()).unwrap();
    sim.tamper(&primary, "copy_tags", "true").unwrap();
    let report = run(&sim, plan, &desired, &allowing(&[]), &mut (), &Stop::default());
    assert_eq!(report.steps[0].outcome, Outcome::AlreadyDone);
    assert_eq!(report.left.totals().create, 1, "the report says what is left");
}

/// Asks an apply to stop before or after one of its calls, as Ctrl-C does. That it dies there is
/// what `cargo run -p pgha-simulation -- crashes` tries.
struct Killer {
    calls: usize,
    at: usize,
    after_the_call: bool,
    stop: Stop,
}

impl Watch for Killer {
    fn event(&mut self, _at: Timestamp, _step: StepId, event: &Event) {
        let counts = match event {
            Event::Ended { outcome: Outcome::Done | Outcome::Queued } => !self.after_the_call,
            Event::Accepted { .. } => self.after_the_call,
            _ => false,
        };
        if counts {
            self.calls += 1;
            if self.calls == self.at {
                self.stop.ask();
            }
        }
    }
}

/// Stops a run at every call in turn; the next one has to converge.
#[track_caller]
fn check_every_stop(name: &str, prepare: impl Fn() -> Sim, desired: &Desired, intent: &Intent) {
    let calls = plan_on(&prepare(), desired, intent).steps.len();
    assert!(calls > 0, "{name} plans nothing");
    for (at, after_the_call) in (1..=calls).flat_map(|at| [(at, false), (at, true)]) {
        let sim = prepare();
        let stop = Stop::default();
        let mut killer = Killer { calls: 0, at, after_the_call, stop: stop.clone() };
        let plan = plan_on(&sim, desired, intent);
        let _ = run(&sim, plan, desired, intent, &mut killer, &stop);
        let report = apply_on(&sim, desired, intent);
        let place = format!("{name}, stopped at call {at} (after it: {after_the_call})");
        assert!(report.all_succeeded(), "{place}:\n{}", failures(&report));
        assert!(report.left.is_converged(), "{place}: left\n{}", sketch(&report.left));
    }
}

#[test]
fn a_creation_stopped_anywhere_converges_on_the_next_run() {
    check_every_stop("production", Sim::new, &example("production"), &allowing(&[]));
}

#[test]
fn a_destruction_stopped_anywhere_converges_on_the_next_run() {
    let mut desired = example("production");
    desired.policy.protected.clear();
    let built = Sim::new();
    check_converges(&built, &desired, &allowing(&[]));
    check_every_stop("production", || built.fork(), &desired, &destroying());
}

#[test]
fn a_run_that_slept_over_the_end_of_its_lock_changes_nothing() {
    let (sim, desired) = (Sim::new(), example("production"));
    sim.set_scope(&desired.scope);
    let plan = plan_on(&sim, &desired, &allowing(&[]));
    let call = &plan.steps[0].call;
    let holder = block_on(lock::take(&desired, &sim, "one 1")).unwrap();
    let locked = Locked::new(&sim, &desired, holder);
    assert!(block_on(locked.execute(call)).is_ok());
    sim.advance(Duration::from_secs(3600));
    let refused = block_on(locked.execute(&plan.steps[1].call)).unwrap_err();
    let other = block_on(lock::take(&desired, &sim, "two 2")).unwrap();
    assert_eq!((refused.code.as_str(), refused.class), ("LockLost", ErrorClass::Denied));
    assert!(block_on(locked.release()).is_ok(), "what it does not hold it does not take away");
    let shown = block_on(lock::holder(&desired, &sim)).unwrap().map(|holder| holder.name);
    assert_eq!(shown, Some(other.name));
}
