//! What is held until the maintenance window, and what is not.

use pgha_planner::{Blocked, Change, Intent, Plan};
use pgha_resource::digest::Applied;
use pgha_resource::live::{DIGEST_TAG, Notice, OWNER_TAG, Pending};
use pgha_resource::reference::Subnets;
use pgha_resource::status::{Phase, Status};
use pgha_resource::{Attr, Desired, Disruption, Moment, Operation, Ref, Resource, Timing};

use crate::world::{
    PRIMARY, REPLICA, at, converged, desired, edit_desired, edit_live, instance, parameters,
    planned, sketch,
};

const GROUP: &str = "db-parameter-group/orders-pg16";
const SECRET: &str = "secret/orders-master";
/// Saturday, 2026-11-28, at noon.
pub const SATURDAY: Moment = Moment(1_795_867_200);
/// The Sunday after, at half past four: the window is open.
pub const IN_WINDOW: Moment = Moment(1_795_926_600);

pub fn noon(now: &[&str]) -> Intent {
    let now = now.iter().map(|address| at(address)).collect();
    Intent { at: Some(SATURDAY), now, ..Intent::default() }
}

pub fn in_window() -> Intent {
    Intent { at: Some(IN_WINDOW), ..Intent::default() }
}

/// What is held, each with the words that let it go.
pub fn held(plan: &Plan) -> Vec<String> {
    let held = plan.changes.iter().filter_map(|change| match &change.blocked {
        Some(Blocked::Held { now, disruption, .. }) => {
            Some(format!("{:?} {} {disruption}: {now}", change.verb, change.address))
        }
        _ => None,
    });
    let mut held: Vec<String> = held.collect();
    held.sort();
    held
}

pub fn operations(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|s| format!("{} {}", s.call.operation, s.address())).collect()
}

fn waiting() -> (Desired, pgha_resource::Live) {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    (wanted, live)
}

#[test]
fn a_restart_waits_for_the_window_whoever_made_it_necessary() {
    let (wanted, live) = waiting();
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [format!("Reboot {PRIMARY} restart: --now {PRIMARY}")]);
    assert_eq!(operations(&plan), [""; 0]);
    assert!(!plan.is_converged());
    insta::assert_snapshot!(
        sketch(&plan),
        @"Reboot db-instance/orders-primary none Now BLOCKED held until the window sun:04:00-sun:05:00 UTC, because it means restart"
    );
}

#[test]
fn a_restart_is_made_in_the_window_and_at_a_word() {
    let (wanted, live) = waiting();
    let restart = [format!("RebootDBInstance {PRIMARY}")];
    let plan = planned(&wanted, &live, &in_window());
    assert_eq!(operations(&plan), restart);
    let window = "sun:04:00-sun:05:00".parse().ok();
    assert_eq!(plan.steps[0].gate, window, "a run may outlast the window");
    let plan = planned(&wanted, &live, &noon(&[PRIMARY]));
    assert_eq!((operations(&plan), plan.steps[0].gate), (restart.to_vec(), None));
}

#[test]
fn nothing_is_held_where_changes_do_not_wait() {
    let (mut wanted, live) = waiting();
    wanted.policy.timing = Timing::Immediately;
    assert_eq!(operations(&planned(&wanted, &live, &noon(&[]))).len(), 1);
}

#[test]
fn static_parameters_are_not_written_before_their_restart_and_others_are() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("shared_buffers".into(), "100000".into());
        parameters(r).insert("work_mem".into(), "32768".into());
    });
    let live = converged(&before);
    let plan = planned(&after, &live, &noon(&[]));
    let made = plan.changes.iter().find(|c| c.address == at(GROUP) && c.blocked.is_none());
    let names: Vec<&str> = made.unwrap().fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["parameters.work_mem"], "{}", sketch(&plan));
    // Only what waits is said to.
    let waits = plan.changes.iter().find(|c| c.address == at(GROUP) && c.blocked.is_some());
    let names: Vec<&str> = waits.unwrap().fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["parameters.shared_buffers"], "{}", sketch(&plan));
    let users = held(&plan);
    assert_eq!(users.len(), 1, "{users:?}");
    assert!(users[0].starts_with(&format!("Modify {GROUP} restart: --now ")), "{users:?}");
    assert!(plan.steps.iter().all(|step| step.call.operation != Operation::RebootDBInstance));

    let plan = planned(&after, &live, &in_window());
    assert_eq!(held(&plan), [""; 0]);
    assert!(
        operations(&plan).contains(&format!("RebootDBInstance {PRIMARY}")),
        "{}",
        sketch(&plan)
    );
}

#[test]
fn another_port_waits_and_whoever_knows_the_port_waits_with_it() {
    let mut before = desired();
    edit_desired(&mut before, PRIMARY, |r| instance(r).port = Some(5432));
    let mut after = before.clone();
    edit_desired(&mut after, PRIMARY, |r| instance(r).port = Some(5433));
    if let Some(wanted) = after.resources.get_mut(&at(SECRET))
        && let Resource::Secret(secret) = &mut wanted.resource
    {
        secret.port = Some(5433);
    }
    let live = converged(&before);
    let plan = planned(&after, &live, &noon(&[]));
    assert_eq!(held(&plan), [format!("Modify {PRIMARY} restart: --now {PRIMARY}")]);
    let text = sketch(&plan);
    assert!(plan.steps.iter().all(|step| step.disruption == Disruption::None), "{text}");
    let writes = |plan: &Plan| {
        plan.steps.iter().any(|step| step.call.operation == Operation::PutSecretValue)
    };
    assert!(!writes(&plan), "{text}");
}

#[test]
fn a_proxy_goes_in_the_window() {
    let before = desired();
    let mut after = before.clone();
    let live = converged(&before);
    let address = "db-proxy/orders-proxy";
    after.resources.retain(|at, _| !at.name.starts_with("orders-proxy"));
    let plan = planned(&after, &live, &noon(&[]));
    let text = sketch(&plan);
    assert!(held(&plan).contains(&format!("Delete {address} outage: --now {address}")), "{text}");
    assert!(operations(&plan).iter().all(|call| !call.starts_with("DeleteDBProxy ")), "{text}");
    // Its pool has no deletion of its own.
    let goes = |address: &str| {
        plan.changes.iter().any(|change| change.address == at(address) && change.blocked.is_none())
    };
    assert!(!goes("db-proxy-target-group/orders-proxy"), "{text}");
    let plan = planned(&after, &live, &in_window());
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
}

/// Nothing is left to hold of what is on its way out.
#[test]
fn what_is_being_deleted_is_waited_for_and_not_held() {
    let mut live = converged(&desired());
    let mut after = desired();
    let target = "db-proxy-target/orders-proxy:orders-primary";
    after.resources.remove(&at(target));
    edit_live(&mut live, target, |seen| {
        seen.status = Status { phase: Phase::Deleting, text: "deleting".into() };
    });
    let plan = planned(&after, &live, &noon(&[]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
    assert_eq!(operations(&plan), [format!("DeregisterDBProxyTargets {target}")]);
}

/// A replica whose creation was cut off before it had its parameter group.
pub fn cut_off(notices: &[Notice]) -> (Desired, pgha_resource::Live) {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).parameter_group =
            Some(pgha_resource::Ref::known("default.postgres16"));
        let record = Applied::of(&wanted.resources[&at(REPLICA)].resource, &Default::default());
        let tags = seen.tags.as_mut().unwrap();
        tags.insert(DIGEST_TAG.into(), record.unfinished().to_tag());
        seen.notices.extend(notices.iter().cloned());
    });
    (wanted, live)
}

/// One that was made so many seconds ago plans its restart.
#[track_caller]
fn check_newborn(age: i64, expected: Option<Disruption>) {
    let (wanted, live) = cut_off(&[Notice::Created(Moment(SATURDAY.0 - age))]);
    let plan = planned(&wanted, &live, &noon(&[]));
    let restart = plan.steps.iter().find(|s| s.call.operation == Operation::RebootDBInstance);
    assert_eq!(restart.map(|step| step.disruption), expected, "{}", sketch(&plan));
}

#[test]
fn a_creation_that_was_cut_off_long_ago_may_be_in_use() {
    check_newborn(600, Some(Disruption::None));
    check_newborn(24 * 3600, None);
}

/// RDS tells no time of creation before the database is there (RDS API,
/// DBInstance.InstanceCreateTime).
#[test]
fn what_has_no_time_of_creation_is_new_while_it_is_being_made() {
    let (wanted, mut live) = cut_off(&[]);
    edit_live(&mut live, REPLICA, |seen| seen.status = Status::db_instance("creating"));
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
    edit_live(&mut live, REPLICA, |seen| seen.status = Status::ready());
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [format!("Modify {REPLICA} restart: --now {REPLICA}")]);
}

/// RDS guide, "Associating a DB parameter group with a DB instance": its parameters come into use
/// with the next restart, and a failover is one.
#[test]
fn a_new_group_is_not_attached_before_its_restart() {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).parameter_group = Some(Ref::known("default.postgres16"));
    });
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [format!("Modify {PRIMARY} restart: --now {PRIMARY}")]);
    assert_eq!(plan.steps.len(), 0, "{}", sketch(&plan));
    // One that does not fit the version never comes.
    let mut older = wanted.clone();
    edit_desired(&mut older, GROUP, |r| match r {
        Resource::DbParameterGroup(group) => group.family = Some("postgres15".into()),
        other => panic!("{other:?}"),
    });
    let mut of_15 = live.clone();
    edit_live(&mut of_15, GROUP, |seen| match &mut seen.resource {
        Resource::DbParameterGroup(group) => group.family = Some("postgres15".into()),
        other => panic!("{other:?}"),
    });
    let plan = planned(&older, &of_15, &noon(&[]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
    assert!(sketch(&plan).contains("is for postgres15"), "{}", sketch(&plan));
    for intent in [noon(&[PRIMARY]), in_window()] {
        let plan = planned(&wanted, &live, &intent);
        let calls =
            ["ModifyDBInstance", "RebootDBInstance"].map(|call| format!("{call} {PRIMARY}"));
        assert_eq!(operations(&plan)[..2], calls, "{}", sketch(&plan));
    }
}

#[test]
fn a_word_for_nothing_is_said() {
    let wanted = desired();
    let plan = planned(&wanted, &converged(&wanted), &noon(&["db-instance/orders-typo"]));
    let texts: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(
        texts.contains(&"--now db-instance/orders-typo: there is no such address"),
        "{texts:?}"
    );
}

fn disown(live: &mut pgha_resource::Live, address: &str) {
    edit_live(live, address, |seen| drop(seen.tags.as_mut().unwrap().remove(OWNER_TAG)));
}

#[test]
fn what_is_not_ours_is_not_held_but_left_alone() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("shared_buffers".into(), "100000".into());
    });
    let mut live = converged(&before);
    disown(&mut live, GROUP);
    let plan = planned(&after, &live, &noon(&[]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
}

#[test]
fn what_cannot_be_replaced_in_the_window_either_is_not_held_until_then() {
    let (proxy, group) = ("db-proxy/orders-proxy", "security-group/orders-db");
    let mut wanted = desired();
    edit_desired(&mut wanted, proxy, |r| match r {
        Resource::DbProxy(proxy) => {
            proxy.security_groups = Some([Ref::Of(at(group), Attr::Id)].into())
        }
        other => panic!("{other:?} is no proxy"),
    });
    let mut live = converged(&wanted);
    edit_live(&mut live, proxy, |seen| match &mut seen.resource {
        Resource::DbProxy(proxy) => {
            let elsewhere = ["subnet-x".to_string(), "subnet-y".to_string()];
            proxy.subnets = Some(Subnets::Known(elsewhere.into()));
        }
        other => panic!("{other:?} is no proxy"),
    });
    let plan = planned(&wanted, &live, &noon(&[]));
    assert!(held(&plan)[0].starts_with(&format!("Replace {proxy} ")), "{}", sketch(&plan));
    disown(&mut live, group);
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
    let change = plan.changes.iter().find(|change| change.address == at(proxy)).unwrap();
    let needs = Blocked::Needs { address: at(group) };
    assert_eq!(change.blocked, Some(needs), "{}", sketch(&plan));
}

/// A replica that left the spec and stays as it is.
#[test]
fn what_a_replica_that_stays_forbids_is_not_held_until_the_window() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("max_connections".into(), "5000".into());
    });
    after.resources.remove(&at(REPLICA));
    let plan = planned(&after, &converged(&before), &noon(&[]));
    let mut group = plan.changes.iter().filter(|change| change.address == at(GROUP));
    let outgrows = |change: &Change| matches!(change.blocked, Some(Blocked::Outgrows { .. }));
    assert!(group.all(outgrows), "{}", sketch(&plan));
}

/// Somebody queued two changes; one is to go back, the other is to be a third value.
#[test]
fn what_takes_a_queued_change_back_and_breaks_connections_by_that_is_held() {
    let mut wanted = desired();
    let mut live = converged(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.2xlarge".into()));
    edit_live(&mut live, PRIMARY, |seen| {
        let mut then = seen.resource.clone();
        instance(&mut then).class = Some("db.r6g.4xlarge".into());
        instance(&mut then).multi_az = Some(false);
        let fields = ["class".to_string(), "multi_az".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(then) });
    });
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [format!("Modify {PRIMARY} failover: --now {PRIMARY}")]);
    assert_eq!(operations(&plan), [""; 0], "{}", sketch(&plan));
    let plan = planned(&wanted, &live, &in_window());
    let window = "sun:04:00-sun:05:00".parse().ok();
    assert_eq!(plan.steps[0].gate, window, "{}", sketch(&plan));

    // With nothing but that to go back nothing happens to anybody.
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.large".into()));
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
    assert_eq!(operations(&plan).len(), 1, "{}", sketch(&plan));

    // Unless it is being made this minute.
    edit_live(&mut live, PRIMARY, |seen| {
        seen.status = Status::db_instance("modifying");
    });
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(held(&plan), [format!("Modify {PRIMARY} outage: --now {PRIMARY}")]);
}
