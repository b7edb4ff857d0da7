//! The whole loop through the AWS SDK, against an emulator that is a process of its own.
//!
//! The emulator moves on when it is asked, not with time, so the clock here does not wait.
//! What passes here because of one of the emulator's patches checks what we believe of AWS,
//! not AWS; `tests/emulator/README.md` lists those beliefs and what is missing.

use std::sync::OnceLock;

use pgha_aws::Aws;
use pgha_cli::policy;
use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Region;
use pgha_resource::Scope;
use pgha_resource::call::Action;
use pgha_resource::live::Notice;
use pgha_sim::Sim;
use pgha_tests::allowing;
use pgha_tests::apply_with;
use pgha_tests::block_on;
use pgha_tests::destroying;
use pgha_tests::disowning;
use pgha_tests::emulator::Emulator;
use pgha_tests::emulator::OnAClock;
use pgha_tests::emulator::RushedClock;
use pgha_tests::emulator::Way;
use pgha_tests::example;
use pgha_tests::failures;
use pgha_tests::import;
use pgha_tests::life::EDITS;
use pgha_tests::life::Phase;
use pgha_tests::life::edit;
use pgha_tests::life::phases;
use pgha_tests::load;
use pgha_tests::plan_on;
use pgha_tests::record::Record;
use pgha_tests::sketch;
use pgha_tests::text;

/// One emulator for all tests of this file: each test has an account of its own.
fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(|| Emulator::start(1))
}

/// An example spec about another account, and that account.
fn world(name: &str, account: &str) -> (Aws, Desired) {
    let text = text(name).replace("123456789012", account);
    let desired = load(&format!("specs/{name}.toml"), &text);
    (emulator().account(&desired.scope, &desired.regions()), desired)
}

#[track_caller]
fn check_converges(account: &Aws, desired: &Desired, intent: &Intent) {
    let report = apply_with(account, &RushedClock::default(), desired, intent, &mut ());
    assert!(report.all_succeeded(), "failed:\n{}", failures(&report));
    assert!(report.left.is_converged(), "left:\n{}", sketch(&report.left));
    let again = plan_on(account, desired, intent);
    assert!(again.is_converged(), "a second plan is not empty:\n{}", sketch(&again));
}

/// Create, nothing left, tamper, repair, destroy, nothing left.
#[track_caller]
fn check_loop(name: &str, account_id: &str) {
    let (account, mut desired) = world(name, account_id);
    let first = plan_on(&account, &desired, &allowing(&[]));
    assert_eq!(first.totals().create, desired.resources.len(), "{name}:\n{}", sketch(&first));
    check_converges(&account, &desired, &allowing(&[]));
    check_calls(name, plan_on(&account, &desired, &allowing(&[])).calls);
    check_drift_is_repaired(&account, &desired);
    desired.policy.protected.clear();
    let report = apply_with(&account, &RushedClock::default(), &desired, &destroying(), &mut ());
    assert!(report.all_succeeded(), "{name}:\n{}", failures(&report));
    assert!(report.left.is_converged(), "{name}: left\n{}", sketch(&report.left));
}

/// The simulated account says how many calls a plan takes on the wire.
#[track_caller]
fn check_calls(name: &str, on_the_wire: u32) {
    let desired = example(name);
    let sim = Sim::new();
    let report = apply_with(&sim, &sim, &desired, &allowing(&[]), &mut ());
    assert!(report.all_succeeded(), "{}", failures(&report));
    assert_eq!(plan_on(&sim, &desired, &allowing(&[])).calls, on_the_wire, "{name}");
}

/// Someone else takes a database's protection off, or switches it on, through the same API.
#[track_caller]
fn check_drift_is_repaired(account: &Aws, desired: &Desired) {
    let mut tampered = desired.clone();
    let (address, wanted) = tampered
        .resources
        .iter_mut()
        .find(|(address, _)| matches!(address.kind, Kind::DbInstance | Kind::DbCluster))
        .unwrap();
    let address = address.clone();
    let protection = match &mut wanted.resource {
        pgha_resource::Resource::DbInstance(instance) => &mut instance.deletion_protection,
        pgha_resource::Resource::DbCluster(cluster) => &mut cluster.deletion_protection,
        other => panic!("{other:?}"),
    };
    *protection = protection.map(|on| !on);
    tamper(account, &tampered, &address);
    let plan = plan_on(account, desired, &allowing(&[]));
    assert!(plan.has_drift(), "{}", sketch(&plan));
    let change = plan.changes.iter().find(|change| change.address == address).unwrap();
    assert_eq!(change.fields[0].name, "deletion_protection");
    check_converges(account, desired, &allowing(&[]));
}

/// Makes the one call that changes `address`, and no call that records it.
fn tamper(account: &Aws, desired: &Desired, address: &Address) {
    use pgha_apply::port::Execute;
    let plan = plan_on(account, desired, &allowing(&[]));
    let step = plan.steps.iter().find(|step| step.address() == address).unwrap();
    assert!(step.call.operation.name().starts_with("Modify"));
    block_on(account.execute(&step.call)).unwrap();
}

#[test]
fn minimal() {
    check_loop("minimal", "000000000001");
}

#[test]
fn production() {
    check_loop("production", "000000000002");
}

#[test]
fn course() {
    check_loop("course", "000000000003");
}

#[test]
fn dr() {
    check_loop("dr", "000000000004");
}

#[test]
fn multi_az_cluster() {
    check_loop("multi-az-cluster", "000000000005");
}

/// What another tool made, as far as the API shows it, is imported with the permissions of a plan,
/// taken over by tags alone, and let go again.
#[track_caller]
fn check_import(name: &str, account_id: &str) {
    let (account, desired) = world(name, account_id);
    check_converges(&account, &desired, &allowing(&[]));
    check_converges(&account, &desired, &disowning());
    let record = Record::default();
    let way = Way::to(emulator().url()).through(record.client());
    let looks = block_on(way.account(&desired.scope, &[]));
    let members = desired.resources.keys().filter(|address| address.kind == Kind::DbInstance);
    let last = members.chain(desired.database()).next().unwrap();
    let from = || import(&looks, &last.name, desired.scope.region_of(last));
    let found = from();
    assert!(found.doubts.is_empty(), "{:#?}", found.doubts);
    assert!(found.unread.is_empty(), "{:#?}", found.unread);
    let policy = policy::plan();
    for operation in &record.operations() {
        assert!(policy.allows(operation), "the policy of plan lacks {operation}");
    }
    let (taken, adopt) = (&found.loaded.desired, allowing(&["adopt"]));
    let plan = plan_on(&account, taken, &adopt);
    let tags = |call: &Call| matches!(call.action, Action::Tag { .. });
    assert!(plan.steps.iter().all(|step| tags(&step.call)), "{}", sketch(&plan));
    check_converges(&account, taken, &adopt);
    assert!(plan_on(&account, taken, &allowing(&[])).is_converged());
    assert_eq!(from().text, found.text);
    check_drift_is_repaired(&account, taken);
    check_converges(&account, taken, &disowning());
}

/// The same for a cluster that nobody made with pgha, found from one of its members.
#[track_caller]
fn check_foreign(what: &str, account: &str, member: (&str, &str), beside: &[&str]) {
    emulator().build(what, account);
    let (name, region) = (member.0, Region::new(member.1));
    let scope = Scope {
        cluster: String::new(),
        account: Some(account.into()),
        home: Region::new("us-east-1"),
    };
    let account = emulator().account(&scope, &[]);
    let found = import(&account, name, &region);
    println!("{}", found.text);
    assert!(found.doubts.is_empty(), "{:#?}", found.doubts);
    assert!(found.unread.is_empty(), "{:#?}", found.unread);
    for beside in beside {
        assert!(found.beside.iter().any(|line| line.contains(beside)), "{beside}: {found:#?}");
    }
    let taken = &found.loaded.desired;
    let account = emulator().account(&taken.scope, &taken.regions());
    let plan = plan_on(&account, taken, &allowing(&["adopt"]));
    let tags = |call: &Call| matches!(call.action, Action::Tag { .. });
    assert!(plan.steps.iter().all(|step| tags(&step.call)), "{}", sketch(&plan));
    check_converges(&account, taken, &allowing(&["adopt"]));
    assert!(plan_on(&account, taken, &allowing(&[])).is_converged());
    assert_eq!(import(&account, name, &region).text, found.text);
    check_drift_is_repaired(&account, taken);
    check_converges(&account, taken, &disowning());
}

#[test]
fn the_recipe_is_imported_from_its_last_replica() {
    let beside = ["postgresql-ha-cpu-high", "postgresql-ha-events", "postgresql-ha-initial"];
    let member = ("postgresql-ha-dr-replica", "us-west-2");
    check_foreign("recipe", "000000000024", member, &beside);
}

#[test]
fn the_course_is_imported_from_its_proxy() {
    check_foreign("course", "000000000025", ("postgres-prod-proxy", "us-east-1"), &[]);
}

#[test]
fn what_others_made_is_imported() {
    let names = ["minimal", "production", "course", "dr", "multi-az-cluster", "shop"];
    for (name, account) in names.iter().zip(18..) {
        check_import(name, &format!("0000000000{account}"));
    }
}

#[test]
fn changes_of_the_spec_arrive_and_settle() {
    let (account, before) = world("production", "000000000006");
    check_converges(&account, &before, &allowing(&[]));
    let mut text = text("production").replace("123456789012", "000000000006");
    for (from, to) in EDITS {
        text = edit(&text, (from, to));
        let after = load("specs/production.toml", &text);
        let plan = plan_on(&account, &after, &allowing(&[]));
        assert!(!plan.steps.is_empty(), "{from} -> {to} plans nothing");
        check_converges(&account, &after, &allowing(&[]));
    }
}

#[test]
fn a_region_that_left_the_spec_is_looked_at_and_emptied() {
    let (account, before) = world("production", "000000000010");
    check_converges(&account, &before, &allowing(&[]));
    let is_far = |address: &Address| address.region.is_some();
    let mut after = before.clone();
    after.resources.retain(|address, _| !is_far(address));
    after.networks.retain(|region, _| *region == after.scope.home);
    // This one has clients for nothing but home, and makes the others as it needs them.
    let account = emulator().account(&after.scope, &after.regions());
    let replicas = before.resources.keys().filter(|a| is_far(a) && a.kind == Kind::DbInstance);
    let words: Vec<String> = replicas.map(|address| format!("delete:{address}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let plan = plan_on(&account, &after, &allowing(&words));
    let mut goes: Vec<_> = plan.changes.iter().map(|change| &change.address).collect();
    goes.retain(|address| is_far(address));
    goes.sort();
    // A subscription that nobody confirmed goes with its topic, unnamed.
    let is_named = |address: &&Address| is_far(address) && address.kind != Kind::SnsSubscription;
    let made: Vec<_> = before.resources.keys().filter(is_named).collect();
    assert_eq!(goes, made, "{}", sketch(&plan));
    check_converges(&account, &after, &allowing(&words));
}

#[test]
fn another_account_is_never_touched() {
    let (account, _) = world("minimal", "000000000007");
    let error =
        block_on(pgha_apply::observe_and_plan(&example("minimal"), &allowing(&[]), &account));
    let message = error.unwrap_err().to_string();
    assert!(message.contains("000000000007") && message.contains("123456789012"), "{message}");
}

#[test]
fn an_endpoint_where_nobody_listens_is_said_and_nothing_is_planned() {
    let desired = example("minimal");
    let account = Emulator::nowhere(&desired.scope, &desired.regions());
    let error = block_on(pgha_apply::observe_and_plan(&desired, &allowing(&[]), &account));
    assert!(error.unwrap_err().to_string().contains("which account"));
}

#[test]
fn the_master_password_is_nowhere_but_in_its_secret() {
    let (account, desired) = world("minimal", "000000000008");
    let clock = RushedClock::default();
    let report = apply_with(&account, &clock, &desired, &allowing(&[]), &mut ());
    assert!(report.all_succeeded(), "{}", failures(&report));
    let password = emulator().master_password(&desired.scope);
    assert!(password.len() >= 20);
    let everything = format!("{report:?}{}", serde_json::to_string(&report).unwrap());
    assert!(!everything.contains(&password));
}

#[test]
fn what_was_destroyed_comes_back_with_its_password() {
    let (account, mut desired) = world("minimal", "000000000011");
    check_converges(&account, &desired, &allowing(&[]));
    let password = emulator().master_password(&desired.scope);
    desired.policy.protected.clear();
    check_converges(&account, &desired, &destroying());
    // The last snapshot says that there was a database: a new one would be empty.
    let plan = plan_on(&account, &desired, &allowing(&[]));
    let gone = plan.changes.iter().find(|change| change.address.kind == Kind::DbInstance).unwrap();
    assert!(matches!(gone.blocked, Some(Blocked::Gone { .. })), "{}", sketch(&plan));
    let word = format!("create:{}", gone.address);
    let empty = allowing(&[&word]);
    let plan = plan_on(&account, &desired, &empty);
    assert_eq!(plan.totals().create, desired.resources.len(), "{}", sketch(&plan));
    check_converges(&account, &desired, &empty);
    assert!(emulator().master_password(&desired.scope) == password, "it has another password");
}

#[test]
fn a_lock_is_held_once_and_given_back() {
    use pgha_apply::lock;
    use pgha_apply::lock::LockError;
    let (account, desired) = world("minimal", "000000000009");
    let account = OnAClock { account, clock: RushedClock::default() };
    let first = block_on(lock::take(&desired, &account, "one 1")).unwrap();
    match block_on(lock::take(&desired, &account, "two 2")) {
        Err(LockError::Held(holder)) => assert_eq!(holder.name, "one 1"),
        other => panic!("{other:?}"),
    }
    let plan = plan_on(&account.account, &desired, &allowing(&[]));
    let orphan = plan.changes.iter().any(|change| change.address.name.ends_with("-lock"));
    assert!(!orphan, "{}", sketch(&plan));
    assert!(block_on(lock::remove(&first, &desired, &account)).unwrap());
    let second = block_on(lock::take(&desired, &account, "two 2")).unwrap();
    // A stale removal hits nobody's successor.
    assert!(!block_on(lock::remove(&first, &desired, &account)).unwrap());
    assert!(block_on(lock::remove(&second, &desired, &account)).unwrap());
}

/// An https endpoint with a password, which SNS shows as `****`.
#[test]
fn a_masked_endpoint_is_the_one_that_was_subscribed() {
    let (account, mut desired) = world("minimal", "000000000012");
    let wanted = desired.resources.values_mut().find_map(|wanted| match &mut wanted.resource {
        pgha_resource::Resource::SnsSubscription(subscription) => Some(subscription),
        _ => None,
    });
    let subscription = wanted.unwrap();
    subscription.protocol = "https".into();
    subscription.endpoint = "https://me:secret@pager.example.com/rds".into();
    check_converges(&account, &desired, &allowing(&[]));
}

#[test]
fn a_class_that_waits_for_the_window_waits_on_the_members() {
    let (account, before) = world("multi-az-cluster", "000000000013");
    check_converges(&account, &before, &allowing(&[]));
    let text = text("multi-az-cluster").replace("123456789012", "000000000013");
    let after =
        load("specs/multi-az-cluster.toml", &edit(&text, ("db.r6gd.large", "db.r6gd.xlarge")));
    check_converges(&account, &after, &allowing(&[]));
    let live = observed(&account, &after);
    let cluster = live.resources.values().filter_map(|seen| seen.present());
    let pending: Vec<_> = cluster.filter_map(|live| live.pending.as_ref()).collect();
    assert_eq!(pending.len(), 1, "{pending:?}");
    assert!(pending[0].fields.contains("class"), "{pending:?}");
}

fn observed(account: &Aws, desired: &Desired) -> pgha_resource::Live {
    use pgha_apply::port::{Observe, Wanted};
    block_on(account.observe(&Wanted::everything(desired)))
}

#[test]
fn the_hand_of_aws_backup_is_seen() {
    let (account, desired) = world("minimal", "000000000014");
    check_converges(&account, &desired, &allowing(&[]));
    emulator().post("aws-backup/000000000014/us-east-1/minimal-primary");
    let live = observed(&account, &desired);
    let primary = live.present(&"db-instance/minimal-primary".parse().unwrap()).unwrap();
    let kept = |notice: &Notice| matches!(notice, Notice::AwsBackup(_));
    assert!(primary.notices.iter().any(kept), "{:?}", primary.notices);
}

/// CreateDBCluster wants `Iops` for every Multi-AZ DB cluster.
#[test]
fn a_small_gp3_cluster_is_created_with_its_iops() {
    let (account, mut desired) = world("multi-az-cluster", "000000000015");
    emulator().post("switch/000000000015/cluster-iops");
    for wanted in desired.resources.values_mut() {
        if let pgha_resource::Resource::DbCluster(cluster) = &mut wanted.resource {
            cluster.storage_type = Some("gp3".into());
            cluster.iops = Some(3_000);
        }
    }
    check_converges(&account, &desired, &allowing(&[]));
}

#[test]
fn rds_says_what_it_offers() {
    use pgha_apply::port::Observe;
    use pgha_resource::offer::{ClassQuestion, Questions};
    let (account, desired) = world("minimal", "000000000016");
    let region = desired.scope.home.clone();
    let class = ClassQuestion { region: region.clone(), class: "db.m8g.large".into() };
    let questions = Questions {
        versions: [(region.clone(), 16)].into(),
        classes: [class.clone()].into(),
        certificates: [region.clone()].into(),
    };
    let offers = block_on(account.ask(&questions));
    assert!(!offers.versions[&(region.clone(), 16)].as_ref().unwrap().is_empty());
    let options = offers.classes[&class].as_ref().unwrap();
    assert!(options.iter().any(|option| option.storage_type == "gp3"), "{options:?}");
    assert!(offers.certificates[&region].as_ref().unwrap().contains("rds-ca-rsa2048-g1"));
    assert!(offers.calls >= 3);
}

/// The emulator asks nobody for permission, so that this alone keeps the policies of `pgha
/// iam-policy` complete.
#[test]
fn the_policies_allow_every_operation_of_a_life() {
    let record = Record::default();
    let phases = phases("000000000017");
    for Phase { name, desired, intent } in &phases {
        let way = Way::to(emulator().url()).through(record.client());
        let account = block_on(way.account(&desired.scope, &desired.regions()));
        let report = apply_with(&account, &RushedClock::default(), desired, intent, &mut ());
        assert!(report.all_succeeded(), "{name}:\n{}", failures(&report));
        assert!(report.left.is_converged(), "{name}: left\n{}", sketch(&report.left));
    }
    let seen = record.operations();
    let services: Vec<&str> = seen.iter().filter_map(|seen| seen.split(':').next()).collect();
    let services: std::collections::BTreeSet<&str> = services.into_iter().collect();
    let expected = ["cloudwatch", "ec2", "iam", "rds", "secretsmanager", "sns", "sts"];
    assert_eq!(services, expected.into(), "{seen:?}");
    let (looks, applies) = (policy::plan(), policy::apply(&phases[0].desired));
    for operation in &seen {
        assert!(applies.allows(operation), "the policy of apply lacks {operation}");
        // A value that the master password is in is read by nobody who only looks.
        let verb = operation.split(':').nth(1).unwrap_or_default();
        let asks = ["Describe", "List", "Get"].iter().any(|asks| verb.starts_with(asks));
        let secret = ["GetSecretValue", "GetRandomPassword"].contains(&verb);
        assert_eq!(looks.allows(operation), asks && !secret, "the policy of plan: {operation}");
    }
}
