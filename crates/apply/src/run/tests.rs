//! A run on a small scripted account: what it waits for, how long, and what it says.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::StepId;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::EventSubscription;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::kind::SnsTopic;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;

use crate::report::Event;
use crate::report::Report;
use crate::report::Watch;
use crate::stop::Stop;
use crate::testing::Fake;
use crate::testing::Statuses;
use crate::testing::at;
use crate::testing::check_outcome;
use crate::testing::desired;
use crate::testing::home;
use crate::testing::name_of;
use crate::testing::refusal;
use crate::testing::status;

const TOPIC: &str = "sns-topic/orders-alerts";
const SUBSCRIPTION: &str = "event-subscription/orders-instances";
const GROUP: &str = "db-parameter-group/orders-pg16";
const DATABASE: &str = "db-instance/orders-primary";
const PROXY: &str = "db-proxy/orders-proxy";
const SECURITY: &str = "security-group/orders-proxy";

fn topic(name: &str) -> Resource {
    SnsTopic { display_name: Some(name.into()), policy: None, kms_key: None }.into()
}

fn subscription(enabled: bool) -> Resource {
    EventSubscription {
        topic: Some(Ref::Of(at(TOPIC), Attr::Arn)),
        source_type: Some(EventSource::DbInstance),
        sources: Some(BTreeSet::from([Ref::Of(at(DATABASE), Attr::Name)])),
        categories: None,
        enabled: Some(enabled),
    }
    .into()
}

fn group(connections: &str) -> Resource {
    let parameters = BTreeMap::from([("max_connections".to_string(), connections.to_string())]);
    DbParameterGroup {
        family: Some("postgres16".into()),
        description: Some("orders".into()),
        parameters: Some(parameters),
    }
    .into()
}

fn database(class: &str) -> Resource {
    DbInstance {
        class: Some(class.into()),
        storage: Some(200),
        password: Some(MasterPassword::Rds { kms_key: None }),
        parameter_group: name_of(GROUP),
        ..DbInstance::default()
    }
    .into()
}

fn security() -> Resource {
    SecurityGroup {
        description: Some("proxy".into()),
        vpc: Some(Ref::Vpc(home())),
        ingress: None,
        egress: None,
    }
    .into()
}

fn proxy() -> Resource {
    DbProxy {
        scheme: None,
        auth: None,
        role: None,
        subnets: None,
        security_groups: Some(BTreeSet::from([Ref::Of(at(SECURITY), Attr::Id)])),
        require_tls: Some(true),
        idle_timeout: None,
        debug_logging: None,
    }
    .into()
}

fn spec(class: &str, connections: &str, enabled: bool) -> Desired {
    desired(vec![
        (TOPIC, topic("orders")),
        (GROUP, group(connections)),
        (DATABASE, database(class)),
        (SUBSCRIPTION, subscription(enabled)),
    ])
}

fn usual() -> Desired {
    spec("db.r6g.large", "100", true)
}

fn apply(fake: &Fake, desired: &Desired) -> Report {
    fake.apply(desired, &Intent::default(), &mut ())
}

fn destroy(fake: &Fake, desired: &Desired) -> Report {
    let intent = Intent { goal: Goal::Destroy { final_snapshot: false }, ..Intent::default() };
    let mut nothing = desired.clone();
    nothing.resources.clear();
    fake.apply(&nothing, &intent, &mut ())
}

#[track_caller]
fn check_converged(report: &Report) {
    assert!(report.is_converged(), "{report:#?}");
}

fn is(kind: Kind, word: &'static str) -> impl Fn(&mut LiveResource) + 'static {
    move |live| live.status = status(kind, word)
}

fn pending_reboot(live: &mut LiveResource) {
    live.notices.insert(Notice::PendingReboot("orders-pg16".into()));
}

#[test]
fn what_only_lost_its_sources_changes_and_goes() {
    let fake = Fake::applied(&usual());
    fake.edit(SUBSCRIPTION, is(Kind::EventSubscription, "all-sources-deleted"));
    let report = apply(&fake, &spec("db.r6g.large", "100", false));
    check_outcome(&report, Operation::ModifyEventSubscription, "done");
    // That it watches nothing any more stays to be seen to.
    let left: Vec<String> =
        report.left.changes.iter().map(|left| left.address.to_string()).collect();
    assert_eq!(left, [SUBSCRIPTION], "{report:#?}");
    let report = destroy(&fake, &usual());
    check_outcome(&report, Operation::DeleteEventSubscription, "done");
    check_converged(&report);
    assert_eq!(fake.minutes(), 0);
}

#[test]
fn a_subscription_that_lost_its_topic_is_told_it_again() {
    let lost = || is(Kind::EventSubscription, "topic-not-exist");
    let well = is(Kind::EventSubscription, "active");
    let fake = Fake::applied(&usual());
    let fake = fake.after(Operation::ModifyEventSubscription, 1, SUBSCRIPTION, well);
    fake.edit(SUBSCRIPTION, lost());
    check_converged(&apply(&fake, &usual()));
    assert_eq!(fake.called(Operation::ModifyEventSubscription).len(), 1);

    let fake = Fake::applied(&usual());
    fake.edit(SUBSCRIPTION, lost());
    let report = apply(&fake, &usual());
    let waits = "not settled: topic-not-exist";
    check_outcome(&report, Operation::ModifyEventSubscription, waits);
    assert!(fake.minutes() <= 12, "{}", fake.minutes());
}

#[test]
fn a_word_that_nobody_knows_is_waited_for_and_then_said() {
    let fake = Fake::applied(&usual());
    fake.edit(SUBSCRIPTION, is(Kind::EventSubscription, "pondering"));
    let report = apply(&fake, &spec("db.r6g.large", "100", false));
    check_outcome(
        &report,
        Operation::ModifyEventSubscription,
        "not settled: AWS says that event-subscription/orders-instances is `pondering`, which this pgha does not know: look at it in the RDS console, and apply again once it has passed",
    );
    assert!((30..=32).contains(&fake.minutes()), "{}", fake.minutes());
}

#[test]
fn a_word_that_nobody_knows_may_come_after_the_call() {
    let ponders = is(Kind::EventSubscription, "pondering");
    let fake = Fake::applied(&usual());
    let fake = fake.after(Operation::ModifyEventSubscription, 0, SUBSCRIPTION, ponders);
    let report = apply(&fake, &spec("db.r6g.large", "100", false));
    assert!(!report.all_succeeded());
    assert!((30..=32).contains(&fake.minutes()), "{}", fake.minutes());
}

#[test]
fn a_word_that_passes_is_waited_for_and_said_once() {
    let fake = Fake::applied(&usual()).later(200, DATABASE, is(Kind::DbInstance, "available"));
    fake.edit(DATABASE, is(Kind::DbInstance, "modifying"));
    let mut said = Statuses::default();
    let report = fake.apply(&spec("db.r6g.xlarge", "100", true), &Intent::default(), &mut said);
    check_converged(&report);
    assert_eq!(said.0, ["modifying"]);
}

#[test]
fn a_restart_waits_until_its_parameters_are_noticed() {
    for minutes in [0, 3] {
        let modify = Operation::ModifyDBParameterGroup;
        let fake = Fake::applied(&usual()).after(modify, minutes, DATABASE, pending_reboot);
        check_converged(&apply(&fake, &spec("db.r6g.large", "200", true)));
        assert_eq!(fake.called(Operation::RebootDBInstance), [minutes]);
    }
}

#[test]
fn a_restart_does_not_wait_for_ever_to_be_noticed() {
    let fake = Fake::applied(&usual());
    check_converged(&apply(&fake, &spec("db.r6g.large", "200", true)));
    assert_eq!(fake.called(Operation::RebootDBInstance), [5]);
}

#[test]
fn a_restart_that_brings_nothing_in_is_no_success() {
    let fake = Fake::applied(&usual())
        .after(Operation::ModifyDBParameterGroup, 0, DATABASE, pending_reboot)
        .after(Operation::RebootDBInstance, 0, DATABASE, pending_reboot);
    let report = apply(&fake, &spec("db.r6g.large", "200", true));
    let waits = "not settled: its parameters still wait for a reboot";
    check_outcome(&report, Operation::RebootDBInstance, waits);
    assert_eq!(fake.called(Operation::RebootDBInstance), [0]);
}

fn in_use() -> crate::port::CallError {
    refusal(ErrorClass::InUse, "DependencyViolation")
}

#[test]
fn a_group_that_others_use_is_refused_in_minutes_and_says_so() {
    let spec = desired(vec![(SECURITY, security())]);
    let fake = Fake::applied(&spec).refuse(Operation::DeleteSecurityGroup, in_use(), 999);
    check_outcome(
        &destroy(&fake, &spec),
        Operation::DeleteSecurityGroup,
        "failed: DependencyViolation: no; nothing that pgha made uses it: something else does; `aws ec2 describe-network-interfaces --filters Name=group-id,Values=id-1` lists it",
    );
    assert!((4..=6).contains(&fake.minutes()), "{}", fake.minutes());
}

#[test]
fn a_group_whose_proxy_has_just_gone_is_waited_for() {
    let spec = desired(vec![(SECURITY, security()), (PROXY, proxy())]);
    let fake = Fake::applied(&spec).refuse(Operation::DeleteSecurityGroup, in_use(), 20);
    check_converged(&destroy(&fake, &spec));
    assert!((15..=25).contains(&fake.minutes()), "{}", fake.minutes());

    let fake = Fake::applied(&spec).refuse(Operation::DeleteSecurityGroup, in_use(), 999);
    let report = destroy(&fake, &spec);
    let failed = report.steps.iter().find(|step| !step.outcome.is_success()).unwrap();
    let said = failed.outcome.to_string();
    assert!(said.contains("db-proxy/orders-proxy used it and is deleted"), "{said}");
    assert!((25..=35).contains(&fake.minutes()), "{}", fake.minutes());
}

#[test]
fn a_database_that_somebody_stopped_is_not_asked_for_an_hour() {
    let state = refusal(ErrorClass::NotReady, "InvalidDBInstanceState");
    let fake = Fake::applied(&usual()).refuse(Operation::ModifyDBInstance, state, 999).after(
        Operation::ModifyDBInstance,
        0,
        DATABASE,
        is(Kind::DbInstance, "stopped"),
    );
    let report = apply(&fake, &spec("db.r6g.xlarge", "100", true));
    check_outcome(&report, Operation::ModifyDBInstance, "failed: InvalidDBInstanceState: no");
    assert!(fake.minutes() <= 2, "{}", fake.minutes());
}

#[test]
fn a_database_that_somebody_stopped_is_started_and_then_changed() {
    let fake = Fake::applied(&usual());
    fake.edit(DATABASE, is(Kind::DbInstance, "stopped"));
    check_converged(&apply(&fake, &spec("db.r6g.xlarge", "100", true)));
    assert_eq!(fake.called(Operation::StartDBInstance).len(), 1);
    assert_eq!(fake.called(Operation::ModifyDBInstance).len(), 1);
}

#[test]
fn a_start_that_is_accepted_and_never_shows_is_not_waited_for_long() {
    let fake = Fake::applied(&usual()).after(
        Operation::StartDBInstance,
        0,
        DATABASE,
        is(Kind::DbInstance, "stopped"),
    );
    fake.edit(DATABASE, is(Kind::DbInstance, "stopped"));
    let report = apply(&fake, &usual());
    check_outcome(&report, Operation::StartDBInstance, "not settled: stopped");
    assert!(fake.minutes() <= 12, "{}", fake.minutes());
}

/// RDS looks whether a database may go (`delete-precheck`), and may leave it as it was.
#[test]
fn what_goes_already_is_waited_for_and_asked_to_when_it_stays() {
    let fake = Fake::applied(&usual()).later(90, DATABASE, is(Kind::DbInstance, "available"));
    fake.edit(DATABASE, is(Kind::DbInstance, "delete-precheck"));
    check_converged(&destroy(&fake, &usual()));
    assert_eq!(fake.called(Operation::DeleteDBInstance), [90]);
}

#[test]
fn a_failure_holds_back_what_needs_it_and_nothing_else() {
    let no = refusal(ErrorClass::Invalid, "InvalidParameter");
    let fake = Fake::default().refuse(Operation::CreateTopic, no, 999);
    let report = apply(&fake, &usual());
    check_outcome(&report, Operation::CreateTopic, "failed: InvalidParameter: no");
    check_outcome(
        &report,
        Operation::CreateEventSubscription,
        "not reached: sns-topic/orders-alerts did not succeed",
    );
    check_outcome(&report, Operation::CreateDBInstance, "done");
    let ended = report.steps.iter().filter(|step| step.outcome.is_success());
    let done: BTreeSet<String> = ended.map(|step| step.address.to_string()).collect();
    assert_eq!(done, BTreeSet::from([DATABASE.to_string(), GROUP.to_string()]));
}

#[test]
fn a_lost_answer_is_looked_up_and_the_call_not_made_twice() {
    let lost = refusal(ErrorClass::Unknown, "NoAnswer");
    let fake = Fake::default().refuse(Operation::CreateDBInstance, lost, 1);
    check_converged(&apply(&fake, &usual()));
    assert_eq!(fake.called(Operation::CreateDBInstance).len(), 1);
}

#[test]
fn each_class_of_errors_has_its_own_patience() {
    let busy = refusal(ErrorClass::NotReady, "InvalidDBInstanceState");
    let often = refusal(ErrorClass::Throttled, "Throttling");
    let fake = Fake::default().refuse(Operation::CreateDBInstance, busy, 11).refuse(
        Operation::CreateDBInstance,
        often,
        11,
    );
    check_converged(&apply(&fake, &usual()));
}

/// Asks for a stop when the first call begins.
#[derive(Default)]
struct Impatient {
    stop: Stop,
    began: usize,
}

impl Watch for Impatient {
    fn event(&mut self, _at: Timestamp, _step: StepId, event: &Event) {
        if matches!(event, Event::Calling { .. }) {
            self.began += 1;
            self.stop.ask();
        }
    }
}

/// A spec of what can all be made at once.
fn many(number: usize) -> Desired {
    let names: Vec<String> = (0..number).map(|n| format!("sns-topic/topic-{n}")).collect();
    desired(names.iter().map(|name| (name.as_str(), topic(name))).collect())
}

#[test]
fn once_a_stop_is_asked_for_no_call_begins_that_could_have() {
    let (fake, spec) = (Fake::default(), many(100));
    let mut watch = Impatient::default();
    let stop = watch.stop.clone();
    let report = fake.apply_until(&spec, &Intent::default(), &mut watch, &stop);
    assert_eq!((watch.began, fake.called(Operation::CreateTopic).len()), (1, 1));
    let reached = report.steps.iter().filter(|step| step.attempts > 0).count();
    assert_eq!((reached, report.interrupted), (1, true));
}

/// How many calls had begun when the first step ended.
#[derive(Default)]
struct FirstEnd {
    began: usize,
    at_first_end: Option<usize>,
}

impl Watch for FirstEnd {
    fn event(&mut self, _at: Timestamp, _step: StepId, event: &Event) {
        match event {
            Event::Calling { .. } => self.began += 1,
            Event::Ended { .. } => drop(self.at_first_end.get_or_insert(self.began)),
            _ => {}
        }
    }
}

#[test]
fn of_many_that_could_be_made_at_once_the_first_are_heard_of_before_the_last() {
    let fake = Fake::default();
    let mut watch = FirstEnd::default();
    check_converged(&fake.apply(&many(100), &Intent::default(), &mut watch));
    assert_eq!(watch.began, 100);
    assert!(watch.at_first_end.unwrap() < 40, "{:?}", watch.at_first_end);
}
