//! The whole loop through the AWS SDK while the wire misbehaves: a proxy between pgha and the
//! emulator throttles, fails, resets, delays, and loses or garbles answers.
//!
//! Each test makes `production.toml` from nothing, changes it and destroys it, in an account of
//! its own. In every phase the fault hits every operation that an undisturbed run of the phase
//! calls. The proxy's log must show each of them; one apply must converge, or two where a look
//! is spoilt for good; calls are not made more often than they were hit; and then the account
//! holds what an undisturbed one does, counted past every API.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use pgha_apply::Outcome;
use pgha_apply::Report;
use pgha_apply::Stop;
use pgha_apply::apply;
use pgha_apply::lock;
use pgha_apply::lock::LockError;
use pgha_apply::observe_and_plan;
use pgha_aws::Aws;
use pgha_planner::Approval;
use pgha_planner::Change;
use pgha_planner::approve;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::live::ErrorClass;
use pgha_tests::block_on;
use pgha_tests::emulator::Emulator;
use pgha_tests::emulator::OnAClock;
use pgha_tests::emulator::RushedClock;
use pgha_tests::failures;
use pgha_tests::faults::FaultProxy;
use pgha_tests::faults::Operation;
use pgha_tests::life::Phase;
use pgha_tests::life::holds;
use pgha_tests::life::phases;
use pgha_tests::plan_on;
use pgha_tests::sketch;
use serde_json::Value;
use serde_json::json;

/// The SDK waits a tenth of what it would: 2 s for the answer to a read and 6 s for that to a
/// change, and 50 ms before the second try.
const HURRY: u32 = 10;

/// Tries of a call that is throttled each time (`pgha-apply`'s patience with throttling).
const MOST_ATTEMPTS: u32 = 12;

/// What one call may be refused for in passing, beside the faults: a database is busy with
/// somebody else's snapshot, a proxy with its last change.
const REFUSALS: u32 = 3;

fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(|| Emulator::start(1))
}

fn proxy() -> &'static FaultProxy {
    static PROXY: OnceLock<FaultProxy> = OnceLock::new();
    PROXY.get_or_init(|| FaultProxy::start(emulator()))
}

/// Plans and applies once; `None` if nobody could say which account it is.
fn attempt(account: &Aws, phase: &Phase) -> Option<Report> {
    let (desired, intent) = (&phase.desired, &phase.intent);
    let plan = block_on(observe_and_plan(desired, intent, account)).ok()?;
    let approval = Approval { max_disruption: Disruption::Outage, digest: None };
    let approved = approve(plan, &approval).expect("an outage is allowed");
    let (clock, stop) = (RushedClock::default(), Stop::default());
    Some(block_on(apply(approved, desired, intent, account, &clock, &mut (), &stop)))
}

/// Applies until nothing is left, so often at most.
#[track_caller]
fn converge(account: &Aws, phase: &Phase, applies: u32) {
    let mut story = String::new();
    for _ in 0..applies {
        match attempt(account, phase) {
            Some(report) if report.is_converged() => return,
            Some(report) => {
                story += &format!("failed:\n{}left:\n{}", failures(&report), sketch(&report.left));
            }
            None => story += "the account is unknown\n",
        }
    }
    panic!("the {} does not converge:\n{story}", phase.name);
}

/// Calls by operation.
type Calls = BTreeMap<Operation, u32>;

/// How a phase goes when nothing disturbs it.
struct Undisturbed {
    calls: Calls,
    holds: String,
}

fn undisturbed() -> &'static Vec<Undisturbed> {
    static UNDISTURBED: OnceLock<Vec<Undisturbed>> = OnceLock::new();
    UNDISTURBED.get_or_init(|| {
        let number = "000000000100";
        let phases = phases(number);
        // The emulator's own first calls take their time.
        let account = account(&phases[0].desired, 1);
        let lived = phases.iter().map(|phase| {
            let before = proxy().calls(number);
            converge(&account, phase, 1);
            let calls = since(&before, proxy().calls(number));
            Undisturbed { calls, holds: holds(emulator(), number) }
        });
        lived.collect()
    })
}

fn account(desired: &Desired, hurry: u32) -> Aws {
    block_on(proxy().way().hurrying(hurry).account(&desired.scope, &desired.regions()))
}

/// The calls made between two counts.
fn since(before: &Calls, after: Calls) -> Calls {
    let made = after.into_iter().map(|(operation, count)| {
        let made = count - before.get(&operation).unwrap_or(&0);
        (operation, made)
    });
    made.filter(|(_, count)| *count > 0).collect()
}

fn is_read(operation: &str) -> bool {
    ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb))
}

/// Lives through all phases under the rules that `faults` has for each operation.
#[track_caller]
fn check_under_fire(
    number: &str,
    hurry: u32,
    applies: u32,
    faults: impl Fn(&str, &str) -> Vec<Value>,
) {
    let phases = phases(number);
    let account = account(&phases[0].desired, hurry);
    for (phase, undisturbed) in phases.iter().zip(undisturbed()) {
        let operations = undisturbed.calls.keys();
        let rules = operations.flat_map(|(service, operation)| {
            let rules = faults(service, operation).into_iter();
            rules.map(move |mut rule| {
                rule["service"] = json!(service);
                rule["operation"] = json!(operation);
                rule
            })
        });
        check_phase(number, &account, phase, undisturbed, applies, rules.collect());
    }
}

#[track_caller]
fn check_phase(
    number: &str,
    account: &Aws,
    phase: &Phase,
    undisturbed: &Undisturbed,
    applies: u32,
    rules: Vec<Value>,
) {
    assert!(!rules.is_empty(), "the {} is not disturbed", phase.name);
    let before = proxy().calls(number);
    let ids = proxy().rules(number, rules.clone());
    converge(account, phase, applies);
    proxy().wait_for_stragglers(number);
    let fired = proxy().fired(&ids);
    for (id, rule) in ids.iter().zip(&rules) {
        let hits: u32 = fired.iter().filter(|((rule, _), _)| rule == id).map(|(_, n)| n).sum();
        // A fault of every so many calls may not get through all of its times.
        let enough = json!(hits) == rule["times"] || (hits > 0 && !rule["sequence"].is_null());
        assert!(enough, "{}: {rule} fired {hits} times", phase.name);
    }
    proxy().rules(number, Vec::new());
    let plan = plan_on(account, &phase.desired, &phase.intent);
    assert!(plan.is_converged(), "after the {}:\n{}", phase.name, sketch(&plan));
    assert_eq!(holds(emulator(), number), undisturbed.holds, "after the {}", phase.name);
    let mut hits = Calls::new();
    for ((_, operation), count) in fired {
        *hits.entry(operation).or_default() += count;
    }
    check_bounds(phase, &undisturbed.calls, &hits, &since(&before, proxy().calls(number)));
}

/// A change is made again once for each time that it was hit, and hardly ever otherwise.
#[track_caller]
fn check_bounds(phase: &Phase, undisturbed: &Calls, hits: &Calls, made: &Calls) {
    for (operation, count) in made {
        let usual = undisturbed.get(operation).copied().unwrap_or(0);
        let hit = hits.get(operation).copied().unwrap_or(0);
        let most = hit + if is_read(&operation.1) { 4 * usual } else { usual + REFUSALS };
        assert!(
            *count <= most,
            "{}: {operation:?} was called {count} times, {usual} undisturbed, hit {hit} times",
            phase.name
        );
    }
}

/// How each service says that it was asked too often.
fn throttling(service: &str) -> Value {
    match service {
        "ec2" => json!({ "code": "RequestLimitExceeded", "status": 503 }),
        "sns" => json!({ "code": "Throttled", "status": 429 }),
        "secretsmanager" => json!({ "code": "ThrottlingException", "status": 400 }),
        _ => json!({ "code": "Throttling", "status": 400 }),
    }
}

#[test]
fn reads_are_throttled() {
    check_under_fire("000000000101", HURRY, 1, |service, operation| match is_read(operation) {
        true => vec![json!({ "times": 2, "error": throttling(service) })],
        false => Vec::new(),
    });
}

#[test]
fn changes_are_throttled() {
    check_under_fire("000000000102", HURRY, 1, |service, operation| match is_read(operation) {
        false => vec![json!({ "times": 2, "error": throttling(service) })],
        true => Vec::new(),
    });
}

#[test]
fn servers_fail() {
    check_under_fire("000000000103", HURRY, 1, |_, _| {
        vec![
            json!({ "times": 1, "error": { "code": "InternalFailure", "status": 500 } }),
            json!({ "times": 1, "error": { "code": "ServiceUnavailable", "status": 503 } }),
        ]
    });
}

#[test]
fn connections_are_reset_before_anything_happens() {
    check_under_fire("000000000104", HURRY, 1, |_, _| vec![json!({ "times": 1, "reset": true })]);
}

#[test]
fn answers_never_come() {
    check_under_fire("000000000105", HURRY, 1, |_, _| {
        vec![json!({ "times": 1, "response": { "abort_bytes": -1 } })]
    });
}

#[test]
fn answers_break_off() {
    check_under_fire("000000000106", HURRY, 1, |_, _| {
        vec![json!({ "times": 1, "response": { "abort_frac": 0.5 } })]
    });
}

/// An error that cannot be read is not asked for again: it may say that nothing is there. So
/// the first plan may have to leave out what it is about.
#[test]
fn answers_are_short() {
    check_under_fire("000000000107", HURRY, 2, |_, _| {
        vec![json!({ "times": 1, "response": { "truncate_frac": 0.5 } })]
    });
}

#[test]
fn answers_are_garbage() {
    check_under_fire("000000000108", HURRY, 2, |_, _| {
        vec![json!({ "times": 1, "response": { "corrupt_bytes": 100_000 } })]
    });
}

/// Calls that are late, few in each round of calls: a round waits for its slowest.
const LATE: &[&str] = &[
    "AuthorizeSecurityGroupIngress",
    "CreateDBInstance",
    "CreateDBProxy",
    "CreateSecret",
    "CreateSecurityGroup",
    "DeleteDBInstance",
    "DeleteDBProxy",
    "DeleteSecurityGroup",
    "DescribeAlarms",
    "DescribeDBInstances",
    "ModifyDBInstance",
    "ModifyDBParameterGroup",
    "PutMetricAlarm",
    "RebootDBInstance",
];

/// The parameters of a call that is late may arrive after the reboot that was to bring them
/// into use, and ask for another one: the first apply says so, and the second one reboots.
#[test]
fn answers_are_overdue_and_calls_take_effect_after_the_caller_has_left() {
    // pgha gives up after 1 s for a read and 3 s for a change when it hurries so much.
    let hurry = 2 * HURRY;
    check_under_fire("000000000109", hurry, 2, |_, operation| {
        let delay = if is_read(operation) { 1_500 } else { 4_000 };
        match LATE.contains(&operation) {
            true => vec![json!({ "times": 1, "latency": delay })],
            false => Vec::new(),
        }
    });
}

/// Every so many calls of a service, so often at most.
fn now_and_then(service: &str, every: u32, times: u32, fault: &str, how: Value) -> Value {
    let sequence = json!({ "fail": 1, "pass": every - 1 });
    json!({ "service": service, "sequence": sequence, "times": times, fault: how })
}

#[test]
fn everything_happens_at_once() {
    let number = "000000000110";
    let phases = phases(number);
    let account = account(&phases[0].desired, HURRY);
    let failure = json!({ "code": "InternalFailure", "status": 500 });
    for (phase, undisturbed) in phases.iter().zip(undisturbed()) {
        let rules = vec![
            // The first call of a run is spared: it would meet the first of every fault.
            json!({ "service": "sts", "times": 1 }),
            now_and_then("rds", 6, 20, "error", throttling("rds")),
            now_and_then("ec2", 6, 6, "error", throttling("ec2")),
            now_and_then("cloudwatch", 10, 10, "error", failure.clone()),
            now_and_then("*", 11, 20, "reset", json!(true)),
            now_and_then("*", 13, 10, "response", json!({ "abort_bytes": -1 })),
            now_and_then("*", 15, 10, "response", json!({ "abort_frac": 0.5 })),
            now_and_then("*", 17, 10, "response", json!({ "truncate_frac": 0.5 })),
            now_and_then("*", 7, 20, "latency", json!(30)),
        ];
        check_phase(number, &account, phase, undisturbed, 2, rules);
    }
}

#[test]
fn answers_are_empty() {
    check_under_fire("000000000112", HURRY, 2, |_, _| {
        vec![json!({ "times": 1, "response": { "truncate_bytes": 0 } })]
    });
}

/// At home everything goes on but one thing: a copy of the primary's backups may lie in the
/// silent region, and an empty primary is not made on the strength of a failed look.
#[test]
fn a_region_that_does_not_answer_stops_no_more_than_it_must_and_loses_nothing() {
    let number = "000000000113";
    let [creation, _, destruction] = phases(number);
    let account = account(&creation.desired, HURRY);
    let here = |holds: &str| -> Vec<String> {
        let lines = holds.lines().filter(|line| !line.starts_with("us-west-2"));
        lines.map(str::to_string).collect()
    };
    check_without_a_region(&account, &creation, &undisturbed()[0], |without| {
        let all = here(&undisturbed()[0].holds);
        assert!(here(without).iter().all(|line| all.contains(line)), "{without}");
        for made in ["db-subnet-group orders-db", "topic orders-alerts", "db-parameter-group"] {
            assert!(without.contains(made), "{made} is not there:\n{without}");
        }
        assert!(!without.contains("db-instance"), "{without}");
        assert_eq!(without.lines().count(), here(without).len());
    });
    check_without_a_region(&account, &destruction, &undisturbed()[2], |without| {
        // AWS would make a replica whose source goes a primary of its own.
        for kept in ["db-instance orders-primary", "db-instance orders-dr", "secret orders-master"]
        {
            assert!(without.contains(kept), "{kept} is gone:\n{without}");
        }
        assert!(!without.contains("db-instance orders-read-1"), "{without}");
    });
}

/// Applies while the second region does not answer, has a look at what the account holds then,
/// and applies again when it does.
#[track_caller]
fn check_without_a_region(
    account: &Aws,
    phase: &Phase,
    undisturbed: &Undisturbed,
    check: impl Fn(&str),
) {
    let number = phase.desired.scope.account.as_deref().expect("the spec names its account");
    let silence = json!({ "region": "us-west-2", "reset": true });
    let ids = proxy().rules(number, vec![silence]);
    let report = attempt(account, phase).expect("the account is known");
    assert!(!proxy().fired(&ids).is_empty());
    assert!(report.all_succeeded(), "{}", failures(&report));
    let blocked = |change: &Change| change.blocked.is_some();
    assert!(report.left.changes.iter().all(blocked), "{}", sketch(&report.left));
    check(&holds(emulator(), number));
    proxy().rules(number, Vec::new());
    let report = attempt(account, phase).expect("the account is known");
    assert!(report.is_converged(), "{}{}", failures(&report), sketch(&report.left));
    assert_eq!(holds(emulator(), number), undisturbed.holds);
}

#[test]
fn the_lock_is_taken_once_and_given_back_whatever_becomes_of_its_calls() {
    let number = "000000000114";
    let [Phase { desired, .. }, ..] = phases(number);
    // Has the emulator awake, which would be late for an account in a hurry.
    undisturbed();
    let account = OnAClock { account: account(&desired, HURRY), clock: RushedClock::default() };
    let faults = [
        json!({ "error": throttling("ec2") }),
        json!({ "error": { "code": "InternalError", "status": 500 } }),
        json!({ "reset": true }),
        json!({ "response": { "abort_bytes": -1 } }),
        json!({ "response": { "corrupt_bytes": 100_000 } }),
    ];
    for fault in faults {
        let rules = ["CreateSecurityGroup", "DeleteSecurityGroup"].map(|operation| {
            let mut rule = fault.clone();
            rule["operation"] = json!(operation);
            rule["times"] = json!(1);
            rule
        });
        let ids = proxy().rules(number, rules.to_vec());
        let holder = block_on(lock::take(&desired, &account, "one 1")).unwrap();
        assert!(emulator().inventory(number).contains("security-group orders-lock"), "{fault}");
        let second = block_on(lock::take(&desired, &account, "two 2"));
        assert!(matches!(second, Err(LockError::Held(_))), "{fault}");
        block_on(lock::remove(&holder, &desired, &account)).unwrap();
        assert_eq!(emulator().inventory(number), "", "{fault}");
        assert_eq!(proxy().fired(&ids).values().sum::<u32>(), 2, "{fault}");
    }
}

#[test]
fn a_fault_that_never_ends_ends_in_the_truth() {
    let number = "000000000111";
    let phases = phases(number);
    let (creation, undisturbed) = (&phases[0], &undisturbed()[0]);
    let account = account(&creation.desired, HURRY);
    let throttled =
        json!({ "service": "rds", "operation": "CreateDBInstance", "error": throttling("rds") });
    let ids = proxy().rules(number, vec![throttled]);
    let report = attempt(&account, creation).expect("the account is known");
    let asked =
        report.steps.iter().find(|step| step.operation.name() == "CreateDBInstance").unwrap();
    let throttled = matches!(asked.outcome, Outcome::Failed { class: ErrorClass::Throttled, .. });
    assert!(throttled, "{:?}", asked.outcome);
    let fired: u32 = proxy().fired(&ids).values().sum();
    assert_eq!((fired, asked.attempts), (MOST_ATTEMPTS, MOST_ATTEMPTS));
    check_truth(&report, &holds(emulator(), number));
    proxy().rules(number, Vec::new());
    let report = attempt(&account, creation).expect("the account is known");
    assert!(report.is_converged(), "{}{}", failures(&report), sketch(&report.left));
    assert!(plan_on(&account, &creation.desired, &creation.intent).is_converged());
    assert_eq!(holds(emulator(), number), undisturbed.holds);
}

/// What is reported done is there; what is not, is what a new plan says is left.
#[track_caller]
fn check_truth(report: &Report, holds: &str) {
    for step in &report.steps {
        // Of one address some calls may be made and others wait for what was not.
        let left = report.left.steps.iter().any(|left| {
            let same = left.call.operation == step.operation || !step.outcome.is_success();
            left.address() == &step.address && same
        });
        assert_eq!(
            left,
            !step.outcome.is_success(),
            "{} {}: {}",
            step.operation,
            step.address,
            step.outcome
        );
    }
    let done = |kind: Kind| {
        report.steps.iter().any(|step| step.address.kind == kind && step.outcome.is_success())
    };
    assert!(done(Kind::Secret) && holds.contains("secret orders-master"));
    assert!(!done(Kind::DbInstance) && !holds.contains("db-instance"));
    assert!(!holds.contains("alarm orders-primary"));
}
