//! What waits for the window, or would, and is made now.

use pgha_planner::{Blocked, Cause, NoteKind, Plan, StepTime};
use pgha_resource::call::Action;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::live::{Notice, Pending};
use pgha_resource::status::Status;
use pgha_resource::{Desired, Disruption, Live, Resource, Timing};

use crate::held::noon;
use crate::world::{
    PRIMARY, REPLICA, at, blocked, converged, desired, edit_desired, edit_live, instance, notes,
    planned, sketch,
};

/// Queues what the spec wants of an instance that has `now` instead.
fn queue(live: &mut Live, address: &str, fields: &[&str], now: impl FnOnce(&mut Resource)) {
    edit_live(live, address, |seen| {
        let after = seen.resource.clone();
        now(&mut seen.resource);
        let fields = fields.iter().map(|field| field.to_string()).collect();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
}

/// A class and a volume that wait.
fn waiting() -> (Desired, Live) {
    let wanted = desired();
    let mut live = converged(&wanted);
    queue(&mut live, PRIMARY, &["class", "storage"], |r| {
        instance(r).class = Some("db.r6g.2xlarge".into());
        instance(r).storage = Some(150);
    });
    (wanted, live)
}

/// What the calls on the primary send, each with when.
fn sent(plan: &Plan) -> Vec<(Vec<&str>, Timing)> {
    let own = plan.steps.iter().filter(|step| step.address() == &at(PRIMARY));
    own.filter_map(|step| match &step.call.action {
        Action::Update { fields, timing, .. } => {
            Some((fields.iter().map(String::as_str).collect(), *timing))
        }
        _ => None,
    })
    .collect()
}

/// RDS guide, "Using the schedule modifications setting".
#[test]
fn what_is_queued_is_sent_again_for_who_asks() {
    let (mut wanted, live) = waiting();
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!((sent(&plan), plan.queued.len()), (Vec::new(), 2), "{}", sketch(&plan));
    let both = [(vec!["class", "storage"], Timing::Immediately)];
    let by_word = planned(&wanted, &live, &noon(&[PRIMARY]));
    wanted.policy.timing = Timing::Immediately;
    let by_spec = planned(&wanted, &live, &noon(&[]));
    for plan in [by_word, by_spec] {
        assert_eq!((&sent(&plan)[..], plan.queued.len()), (&both[..], 0), "{}", sketch(&plan));
        let change = plan.changes.iter().find(|change| change.address == at(PRIMARY)).unwrap();
        let (disruption, time) = (Disruption::Failover, StepTime::Now);
        assert_eq!(
            (change.cause, change.disruption, change.time),
            (Cause::Queued, disruption, time)
        );
    }
}

/// What is said of a database in this state for which RDS keeps changes.
#[track_caller]
fn check_at_work(status: &str, now: &[&str], says: Option<&str>) {
    let (wanted, mut live) = waiting();
    edit_live(&mut live, PRIMARY, |seen| seen.status = Status::db_instance(status));
    let plan = planned(&wanted, &live, &noon(now));
    let said: Vec<&str> = plan
        .notes
        .iter()
        .filter(|note| note.address == Some(at(PRIMARY)) && note.text.contains("its status is"))
        .map(|note| note.text.as_str())
        .collect();
    let expected = says.map(|rest| format!("its status is {status}: {rest}"));
    assert_eq!(said, Vec::from_iter(expected.as_deref()), "{}", sketch(&plan));
    assert_eq!(sent(&plan).is_empty(), now.is_empty(), "{}", sketch(&plan));
}

/// A run that was killed may have asked for it, so that it is waited for, and sent again only where
/// it is still queued then: apply looks before each call.
#[test]
fn what_may_be_under_way_is_waited_for() {
    check_at_work(
        "modifying",
        &[PRIMARY],
        Some("what RDS is making by then is waited for and not sent again"),
    );
    check_at_work("modifying", &[], Some("RDS may be making now what is shown as queued"));
    check_at_work("backing-up", &[PRIMARY], None);
    check_at_work("available", &[], None);
}

/// What is queued and is not what the spec wants is not sent again: what the spec wants goes in its
/// place.
#[test]
fn another_value_takes_the_place_of_the_queued_one() {
    let (mut wanted, live) = waiting();
    wanted.policy.timing = Timing::Immediately;
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.4xlarge".into()));
    let plan = planned(&wanted, &live, &noon(&[]));
    let change = plan.changes.iter().find(|change| change.address == at(PRIMARY)).unwrap();
    let shown: Vec<_> = change.fields.iter().map(|f| (f.name.as_str(), f.cause)).collect();
    let causes = [("class", Cause::SpecChanged), ("storage", Cause::Queued)];
    assert_eq!(shown, causes, "{}", sketch(&plan));
    assert_eq!(sent(&plan), [(vec!["class", "storage"], Timing::Immediately)]);
}

#[test]
fn what_changes_goes_now_at_a_word() {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).class = Some("db.r6g.2xlarge".into());
    });
    let timing = |plan: &Plan| sent(plan)[0].1;
    assert_eq!(timing(&planned(&wanted, &live, &noon(&[]))), Timing::InWindow);
    assert_eq!(timing(&planned(&wanted, &live, &noon(&[PRIMARY]))), Timing::Immediately);
    assert_eq!(timing(&planned(&wanted, &live, &noon(&[REPLICA]))), Timing::InWindow);
}

/// RDS makes all that is queued at once, or nothing of it.
#[test]
fn where_part_of_it_has_to_wait_all_of_it_does() {
    let mut wanted = desired();
    for address in [PRIMARY, REPLICA] {
        edit_desired(&mut wanted, address, |r| {
            instance(r).engine_version = EngineVersion::constraint("16.15");
        });
    }
    let mut live = converged(&wanted);
    let old = |r: &mut Resource| instance(r).engine_version = Some(EngineVersion::seen("16.13"));
    edit_live(&mut live, REPLICA, |seen| old(&mut seen.resource));
    queue(&mut live, PRIMARY, &["class", "engine_version"], |r| {
        old(r);
        instance(r).class = Some("db.r6g.2xlarge".into());
    });
    // The replica's upgrade waits for its window, and its source's for that.
    let plan = planned(&wanted, &live, &noon(&[PRIMARY]));
    assert_eq!((sent(&plan), plan.queued.len()), (Vec::new(), 2), "{}", sketch(&plan));
    let plan = planned(&wanted, &live, &noon(&[PRIMARY, REPLICA]));
    assert_eq!(sent(&plan)[0].1, Timing::Immediately, "{}", sketch(&plan));
}

#[test]
fn what_is_blocked_leaves_what_is_queued_in_its_place() {
    let (wanted, mut live) = waiting();
    edit_live(&mut live, PRIMARY, |seen| {
        seen.status = Status::db_instance("incompatible-network");
    });
    let plan = planned(&wanted, &live, &noon(&[PRIMARY]));
    let reasons = blocked(&plan, PRIMARY);
    assert!(matches!(reasons[..], [Blocked::Status { .. }]), "{reasons:?}");
    assert_eq!((sent(&plan), plan.queued.len()), (Vec::new(), 2), "{}", sketch(&plan));
    // While a volume is optimized, RDS takes no change of it.
    let (wanted, mut live) = waiting();
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::StorageBusy("Optimizing 3%".into()));
    });
    let plan = planned(&wanted, &live, &noon(&[PRIMARY]));
    assert_eq!((sent(&plan), plan.queued.len()), (Vec::new(), 2), "{}", sketch(&plan));
    assert_eq!(blocked(&plan, PRIMARY).len(), 1, "{}", sketch(&plan));
}

/// RDS guide, "Amazon RDS DB instance running out of storage": it stands still until it has more.
#[test]
fn a_full_volume_grows_at_once() {
    let full = |seen: &mut pgha_resource::LiveResource| {
        seen.status = Status::db_instance("storage-full");
    };
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).storage = Some(150);
        instance(&mut seen.resource).class = Some("db.r6g.2xlarge".into());
        full(seen);
    });
    let plan = planned(&wanted, &live, &noon(&[]));
    let storage = (vec!["storage"], Timing::Immediately);
    let class = (vec!["class"], Timing::InWindow);
    assert_eq!(sent(&plan), [storage, class], "{}", sketch(&plan));
    // What is queued beside it comes with it, and says what that costs; it waits for nothing.
    let (wanted, mut live) = waiting();
    edit_live(&mut live, PRIMARY, full);
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(sent(&plan), [(vec!["storage"], Timing::Immediately)], "{}", sketch(&plan));
    let step = plan.steps.iter().find(|step| step.address() == &at(PRIMARY)).unwrap();
    assert_eq!((step.disruption, step.gate), (Disruption::Failover, None));
    let change = plan.changes.iter().find(|change| change.address == at(PRIMARY)).unwrap();
    assert_eq!(change.flushes, ["class"]);
}

#[test]
fn a_word_for_what_waits_for_nothing_is_said() {
    let wanted = desired();
    let plan = planned(&wanted, &converged(&wanted), &noon(&[PRIMARY]));
    let said = format!("{PRIMARY}: --now {PRIMARY}: nothing about it waits");
    assert_eq!(notes(&plan, NoteKind::Idle), [said]);
    let (wanted, live) = waiting();
    let says = |live: &Live| {
        let plan = planned(&wanted, live, &noon(&[PRIMARY]));
        notes(&plan, NoteKind::Idle).iter().any(|note| note.contains("--now"))
    };
    assert!(!says(&live));
    // A restart waits, or a change that something stands against.
    let mut restarts = converged(&wanted);
    edit_live(&mut restarts, PRIMARY, |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    assert!(!says(&restarts));
    let mut fails = converged(&wanted);
    edit_live(&mut fails, PRIMARY, |seen| seen.status = Status::db_instance("failed"));
    assert!(!says(&fails));
    // What is done elsewhere is not about it.
    let mut elsewhere = converged(&wanted);
    edit_live(&mut elsewhere, REPLICA, |seen| {
        instance(&mut seen.resource).deletion_protection = Some(false);
    });
    assert!(says(&elsewhere));
}
