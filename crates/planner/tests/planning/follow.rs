//! Alarms whose threshold is a share of what a database has.

use std::collections::BTreeSet;

use pgha_planner::{Cause, Intent, NoteKind, Plan};
use pgha_resource::kind::{Alarm, Threshold};
use pgha_resource::live::{DIGEST_TAG, Notice, Pending};
use pgha_resource::measure::{Measure, Of};
use pgha_resource::status::Status;
use pgha_resource::{Attr, Desired, Live, Moment, Operation, Ref, Resource, Seen, Timing};

use crate::world::{
    CLUSTER, CLUSTER_GROUP, PRIMARY, REPLICA, add, alarm, at, blocked, cluster, clustered,
    converged, desired, edit_desired, edit_live, instance, notes, operations, parameters, planned,
    sketch, waits,
};

const ALARM: &str = "alarm/orders-primary-some";
const GROUP: &str = "db-parameter-group/orders-pg16";
const GIB: f64 = 1_073_741_824.0;

/// Saturday, 2026-11-28, at noon: restarts are held until the window.
fn noon() -> Intent {
    Intent { at: Some(Moment(1_795_867_200)), ..Intent::default() }
}

/// The world with an alarm on the primary, whose threshold the spec takes for this.
fn watched(of: Of, percent: u32, threshold: f64) -> Desired {
    watching(desired(), PRIMARY, Measure { database: at(PRIMARY), of, percent }, threshold)
}

fn watching(mut wanted: Desired, whose: &str, measure: Measure, threshold: f64) -> Desired {
    let whose = Ref::Of(at(whose), Attr::Name);
    let threshold = Some(Threshold(threshold));
    let alarm = Alarm { threshold, ..alarm("DBInstanceIdentifier", whose) };
    add(&mut wanted, ALARM, alarm);
    wanted.resources.get_mut(&at(ALARM)).unwrap().measure = Some(measure);
    wanted
}

/// What the spec takes the threshold for.
fn set(wanted: &mut Desired, threshold: f64) {
    edit_desired(wanted, ALARM, |r| {
        let Resource::Alarm(alarm) = r else { panic!("{r:?}") };
        alarm.threshold = Some(Threshold(threshold));
    });
}

/// The threshold that a plan sets, and why.
fn set_by(plan: &Plan) -> Option<(f64, Cause)> {
    let step = plan.steps.iter().find(|step| {
        step.address() == &at(ALARM) && step.call.operation == Operation::PutMetricAlarm
    })?;
    let Some(Resource::Alarm(alarm)) = step.call.to() else { panic!("{step:?}") };
    let change = plan.changes.iter().find(|change| change.address == at(ALARM)).unwrap();
    Some((alarm.threshold.unwrap().0, change.cause))
}

fn grow(live: &mut Live, size: u32) {
    edit_live(live, PRIMARY, |seen| instance(&mut seen.resource).storage = Some(size));
}

#[test]
fn an_alarm_follows_a_volume_that_grew_by_itself() {
    let mut wanted = watched(Of::Storage, 10, 20.0 * GIB);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).max_storage = Some(1000));
    let mut live = converged(&wanted);
    assert!(planned(&wanted, &live, &Intent::default()).is_converged());
    grow(&mut live, 300);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan), Some((30.0 * GIB, Cause::Follows)), "{}", sketch(&plan));
    assert_eq!(notes(&plan, NoteKind::Follows), [""; 0]);
    // Once it is set, nothing is left to do, also for the record.
    set_live(&mut live, 30.0 * GIB);
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
}

fn set_live(live: &mut Live, threshold: f64) {
    edit_live(live, ALARM, |seen| {
        let Resource::Alarm(alarm) = &mut seen.resource else { panic!() };
        alarm.threshold = Some(Threshold(threshold));
    });
}

#[test]
fn a_threshold_that_somebody_changed_is_drift() {
    let wanted = watched(Of::Storage, 10, 20.0 * GIB);
    let mut live = converged(&wanted);
    set_live(&mut live, 1.0);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan), Some((20.0 * GIB, Cause::AwsChanged)), "{}", sketch(&plan));
}

#[test]
fn a_new_class_moves_the_alarm_when_the_database_has_it() {
    let mut wanted = watched(Of::Memory, 25, 4.0 * GIB);
    let live = converged(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    set(&mut wanted, 8.0 * GIB);
    // It waits for the window, and the alarm with it.
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Follows);
    assert!(said.iter().any(|text| text.contains("1 alarm follows once")), "{said:?}");
    let mut queued = live.clone();
    edit_live(&mut queued, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).class = Some("db.r6g.xlarge".into());
        let fields = BTreeSet::from(["class".to_string()]);
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let plan = planned(&wanted, &queued, &Intent::default());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    assert_eq!(notes(&plan, NoteKind::Follows).len(), 1);
    // The window is over.
    let mut after = live.clone();
    edit_live(&mut after, PRIMARY, |seen| {
        instance(&mut seen.resource).class = Some("db.r6g.xlarge".into());
    });
    let plan = planned(&wanted, &after, &Intent::default());
    assert_eq!(set_by(&plan), Some((8.0 * GIB, Cause::Follows)), "{}", sketch(&plan));
    assert_eq!(notes(&plan, NoteKind::Follows), [""; 0]);
    // Where it changes now, the alarm changes after it.
    wanted.policy.timing = Timing::Immediately;
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan), Some((8.0 * GIB, Cause::SpecChanged)), "{}", sketch(&plan));
    assert!(waits(&plan, "PutMetricAlarm orders-primary-some", "ModifyDBInstance orders-primary"));
}

/// An immediate call makes RDS apply what is queued (RDS guide, "Modifying an Amazon RDS DB
/// instance", Apply Immediately).
#[test]
fn what_a_call_flushes_counts() {
    let mut wanted = watched(Of::Processors, 100, 4.0);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let after = seen.resource.clone();
        instance(&mut seen.resource).class = Some("db.r6g.large".into());
        seen.pending = Some(Pending { fields: ["class".into()].into(), after: Box::new(after) });
    });
    set_live(&mut live, 2.0);
    wanted.policy.timing = Timing::Immediately;
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(9));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan).map(|(threshold, _)| threshold), Some(4.0), "{}", sketch(&plan));
}

#[test]
fn connections_are_those_that_are_in_force() {
    let mut wanted = watched(Of::Connections, 90, 180.0);
    let live = converged(&wanted);
    let connections = |wanted: &mut Desired, text: &str, threshold: f64| {
        edit_desired(wanted, GROUP, |r| {
            parameters(r).insert("max_connections".into(), text.into());
        });
        set(wanted, threshold);
    };
    connections(&mut wanted, "300", 270.0);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    // It restarts now.
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan), Some((270.0, Cause::SpecChanged)), "{}", sketch(&plan));
    assert!(waits(&plan, "PutMetricAlarm orders-primary-some", "RebootDBInstance orders-primary"));
    // A formula counts for the class: 16 GiB.
    connections(&mut wanted, "{DBInstanceClassMemory/17179869}", 900.0);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan).map(|(threshold, _)| threshold), Some(900.0), "{}", sketch(&plan));
}

#[test]
fn without_its_own_group_a_database_has_the_default_of_its_class() {
    let wanted = watched(Of::Connections, 90, 180.0);
    let mut live = converged(&wanted);
    let group = |name: &str| Some(Ref::known(name));
    edit_live(&mut live, PRIMARY, |seen| {
        let database = instance(&mut seen.resource);
        database.parameter_group = group("default.postgres16");
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    // What it runs with nobody knows while a restart waits.
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    edit_live(&mut live, PRIMARY, |seen| seen.notices.clear());
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(set_by(&plan), Some((1621.0, Cause::Follows)), "{}", sketch(&plan));
}

#[test]
fn of_a_class_that_nobody_knows_the_alarm_stays_as_it_is() {
    let wanted = watched(Of::Memory, 25, 4.0 * GIB);
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).class = Some("db.z9.large".into());
    });
    set_live(&mut live, 7.0);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
}

/// A record says what was applied: the spec's threshold was not.
#[test]
fn a_new_alarm_is_about_the_database_that_there_is() {
    let wanted = watched(Of::Storage, 10, 20.0 * GIB);
    let mut live = converged(&wanted);
    let full = live.present(&at(ALARM)).unwrap().tags.clone().unwrap();
    live.resources.insert(at(ALARM), Seen::Absent);
    grow(&mut live, 300);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan).map(|(threshold, _)| threshold), Some(30.0 * GIB));
    let step = plan.steps.iter().find(|step| step.address() == &at(ALARM)).unwrap();
    let pgha_resource::call::Action::Create { tags, .. } = &step.call.action else { panic!() };
    assert_ne!(tags[DIGEST_TAG], full[DIGEST_TAG]);
}

/// Which parameters are in force matters to none but the alarm on connections.
#[test]
fn a_volume_is_followed_while_a_restart_waits() {
    let wanted = watched(Of::Storage, 10, 20.0 * GIB);
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    grow(&mut live, 300);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(set_by(&plan), Some((30.0 * GIB, Cause::Follows)), "{}", sketch(&plan));
}

/// What is refused is asked for by no call, so that what is queued stays queued.
#[test]
fn a_change_that_is_refused_flushes_nothing() {
    let mut wanted = watched(Of::Processors, 100, 4.0);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let after = seen.resource.clone();
        instance(&mut seen.resource).class = Some("db.r6g.large".into());
        seen.pending = Some(Pending { fields: ["class".into()].into(), after: Box::new(after) });
        seen.status = Status::db_instance("inaccessible-encryption-credentials");
    });
    set_live(&mut live, 2.0);
    wanted.policy.timing = Timing::Immediately;
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(9));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!((blocked(&plan, PRIMARY).len(), plan.queued.len()), (1, 1), "{}", sketch(&plan));
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
}

/// The database with another parameter group than the spec's, of which the restart is held.
fn with_group(wanted: &Desired, group: &str, threshold: f64) -> Live {
    let mut live = converged(wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).parameter_group = Some(Ref::known(group));
    });
    set_live(&mut live, threshold);
    live
}

#[test]
fn with_another_group_a_database_has_what_that_one_says() {
    let mut wanted = watched(Of::Connections, 90, 180.0);
    edit_desired(&mut wanted, "db-parameter-group/orders-replicas-pg16", |r| {
        parameters(r).insert("max_connections".into(), "400".into());
    });
    let live = with_group(&wanted, "orders-replicas-pg16", 180.0);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(set_by(&plan), Some((360.0, Cause::Follows)), "{}", sketch(&plan));
    // What a group says that nobody looked into is not known.
    let live = with_group(&wanted, "of-somebody", 7.0);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    // Once it restarts with the spec's group it has what that says.
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(set_by(&plan).map(|(threshold, _)| threshold), Some(180.0), "{}", sketch(&plan));
}

/// The world of a Multi-AZ DB cluster with an alarm on this of it.
fn cluster_watched(of: Of, percent: u32, threshold: f64) -> Desired {
    watching(clustered(), CLUSTER, Measure { database: at(CLUSTER), of, percent }, threshold)
}

#[test]
fn the_alarms_on_a_cluster_follow_what_it_has() {
    let wanted = cluster_watched(Of::Storage, 10, 20.0 * GIB);
    let mut live = converged(&wanted);
    assert!(planned(&wanted, &live, &noon()).is_converged());
    edit_live(&mut live, CLUSTER, |seen| cluster(&mut seen.resource).storage = Some(300));
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(
        set_by(&plan).map(|(threshold, _)| threshold),
        Some(30.0 * GIB),
        "{}",
        sketch(&plan)
    );

    let wanted = cluster_watched(Of::Connections, 90, 180.0);
    let mut live = converged(&wanted);
    assert!(planned(&wanted, &live, &noon()).is_converged());
    // Somebody raised it, and the cluster restarted since.
    edit_live(&mut live, CLUSTER_GROUP, |seen| {
        parameters(&mut seen.resource).insert("max_connections".into(), "300".into());
    });
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(set_by(&plan), Some((270.0, Cause::Follows)), "{}", sketch(&plan));
}

#[test]
fn what_else_changes_of_an_alarm_changes_with_the_threshold() {
    let mut wanted = watched(Of::Storage, 10, 20.0 * GIB);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).max_storage = Some(1000));
    let mut live = converged(&wanted);
    edit_desired(&mut wanted, ALARM, |r| {
        let Resource::Alarm(alarm) = r else { panic!("{r:?}") };
        alarm.period = Some(300);
    });
    grow(&mut live, 300);
    let plan = planned(&wanted, &live, &Intent::default());
    let change = plan.changes.iter().find(|change| change.address == at(ALARM)).unwrap();
    let mut names: Vec<&str> = change.fields.iter().map(|field| field.name.as_str()).collect();
    names.sort();
    assert_eq!(names, ["period", "threshold"], "{}", sketch(&plan));
    let step = plan.steps.iter().find(|step| step.address() == &at(ALARM)).unwrap();
    let mut fields: Vec<&str> = step.call.fields().collect();
    fields.sort();
    assert_eq!(fields, names, "{}", sketch(&plan));
}

/// Carries out what a plan does to the alarm.
fn set_as(plan: &Plan, live: &mut Live) {
    for step in plan.steps.iter().filter(|step| step.address() == &at(ALARM)) {
        edit_live(live, ALARM, |seen| match &step.call.action {
            pgha_resource::call::Action::Update { to, .. } => seen.resource = (**to).clone(),
            pgha_resource::call::Action::Tag { set, .. } => {
                seen.tags.as_mut().unwrap().extend(set.clone());
            }
            other => panic!("{other:?}"),
        });
    }
}

/// Of a threshold that followed before there is no record: that it follows again is no drift.
#[test]
fn a_threshold_follows_twice() {
    let mut wanted = watched(Of::Storage, 10, 20.0 * GIB);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).max_storage = Some(1000));
    let mut live = converged(&wanted);
    for (size, threshold) in [(300, 30.0), (400, 40.0)] {
        grow(&mut live, size);
        let plan = planned(&wanted, &live, &Intent::default());
        assert_eq!(set_by(&plan), Some((threshold * GIB, Cause::Follows)), "{}", sketch(&plan));
        set_as(&plan, &mut live);
        let plan = planned(&wanted, &live, &Intent::default());
        assert!(plan.is_converged(), "{}", sketch(&plan));
    }
}

/// An alarm that was adopted, or whose record is that of another release: nobody knows who set its
/// threshold.
#[test]
fn without_a_record_nobody_says_who_moved_a_threshold() {
    let wanted = watched(Of::Storage, 10, 20.0 * GIB);
    for record in [None, Some("of-another-table")] {
        let mut live = converged(&wanted);
        set_live(&mut live, 1.0);
        edit_live(&mut live, ALARM, |seen| {
            let tags = seen.tags.as_mut().unwrap();
            tags.remove(DIGEST_TAG);
            tags.extend(record.map(|text| (DIGEST_TAG.to_string(), text.to_string())));
        });
        let plan = planned(&wanted, &live, &Intent::default());
        assert_eq!(set_by(&plan), Some((20.0 * GIB, Cause::Unrecorded)), "{}", sketch(&plan));
    }
}

/// What is blocked is not on its way.
#[test]
fn nothing_follows_what_is_blocked() {
    let mut wanted = watched(Of::Storage, 10, 20.0 * GIB);
    let live = converged(&wanted);
    // RDS grows a volume by a tenth at least.
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).storage = Some(205));
    set(&mut wanted, 20.5 * GIB);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    assert_eq!(notes(&plan, NoteKind::Follows), [""; 0]);
}

#[test]
fn what_is_held_is_on_its_way() {
    let mut wanted = watched(Of::Connections, 90, 180.0);
    let live = converged(&wanted);
    edit_desired(&mut wanted, GROUP, |r| {
        parameters(r).insert("max_connections".into(), "300".into());
    });
    set(&mut wanted, 270.0);
    let noon = Intent { at: Some(Moment(1_795_867_200)), ..Intent::default() };
    let said = notes(&planned(&wanted, &live, &noon), NoteKind::Follows);
    assert!(said.iter().any(|text| text.contains("1 alarm follows once")), "{said:?}");
}

/// Queues what has nothing to do with the alarm.
fn queue_something_else(live: &mut Live) {
    edit_live(live, PRIMARY, |seen| {
        let after = seen.resource.clone();
        instance(&mut seen.resource).iam_auth = Some(true);
        let fields = ["iam_auth".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
}

/// What waits for the window is said to be followed where it moves the threshold, and only there.
#[test]
fn an_alarm_that_stays_as_it_is_is_not_said_to_follow_later() {
    // A volume is larger than the spec says, and stays so.
    let wanted = watched(Of::Storage, 10, 20.0 * GIB);
    let mut live = converged(&wanted);
    grow(&mut live, 300);
    set_live(&mut live, 30.0 * GIB);
    queue_something_else(&mut live);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(plan.queued.len(), 1, "{}", sketch(&plan));
    assert_eq!(notes(&plan, NoteKind::Follows), [""; 0]);
    let wanted = watched(Of::Processors, 100, 2.0);
    let mut live = converged(&wanted);
    queue_something_else(&mut live);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(plan.queued.len(), 1, "{}", sketch(&plan));
    assert_eq!(notes(&plan, NoteKind::Follows), [""; 0]);
}

/// A full volume grows at once, and the alarm on it with it, although changes wait.
#[test]
fn an_alarm_follows_a_volume_that_does_not_wait() {
    let mut wanted = watched(Of::Storage, 10, 20.0 * GIB);
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| seen.status = Status::db_instance("storage-full"));
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).storage = Some(300));
    set(&mut wanted, 30.0 * GIB);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(
        set_by(&plan).map(|(threshold, _)| threshold),
        Some(30.0 * GIB),
        "{}",
        sketch(&plan)
    );
}

/// The call that takes the queued class back makes RDS apply what is queued, and that is what the
/// database has already.
#[test]
fn a_queued_class_that_is_taken_back_moves_no_alarm() {
    let wanted = watched(Of::Processors, 100, 2.0);
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).class = Some("db.r6g.xlarge".into());
        seen.pending = Some(Pending { fields: ["class".into()].into(), after: Box::new(after) });
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [Operation::ModifyDBInstance], "{}", sketch(&plan));
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
}

/// Its parameters come into force by a restart, which is held with it.
#[test]
fn a_group_that_is_attached_in_the_window_is_on_its_way() {
    let wide = "db-parameter-group/orders-wide-pg16";
    let mut wanted = watched(Of::Connections, 90, 270.0);
    let mut group = wanted.resources[&at(GROUP)].resource.clone();
    parameters(&mut group).insert("max_connections".into(), "300".into());
    add(&mut wanted, wide, group);
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).parameter_group = Some(Ref::Of(at(wide), Attr::Name));
    });
    let live = with_group(&wanted, "orders-pg16", 180.0);
    let plan = planned(&wanted, &live, &noon());
    assert_eq!(operations(&plan, ALARM), [], "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Follows);
    assert!(said.iter().any(|text| text.contains("1 alarm follows once")), "{said:?}");
}

#[test]
fn what_follows_later_is_one_line_that_names_a_database_only_where_it_is_one() {
    let mut wanted = watched(Of::Memory, 25, 4.0 * GIB);
    let classes = |wanted: &mut Desired, databases: &[&str]| {
        for database in databases {
            edit_desired(wanted, database, |r| instance(r).class = Some("db.r6g.xlarge".into()));
        }
    };
    let of_replica = Measure { database: at(REPLICA), of: Of::Memory, percent: 25 };
    let mut both = wanted.clone();
    let other = watching(desired(), REPLICA, of_replica, 4.0 * GIB).resources[&at(ALARM)].clone();
    both.resources.insert(at("alarm/orders-read-1-memory"), other);
    let said = |wanted: &Desired, live: &Live| {
        let plan = planned(wanted, live, &Intent::default());
        let notes = plan.notes.into_iter().filter(|note| note.kind == NoteKind::Follows);
        notes.map(|note| (note.address, note.text)).collect::<Vec<_>>()
    };
    let live = converged(&wanted);
    classes(&mut wanted, &[PRIMARY]);
    let one = said(&wanted, &live);
    assert!(matches!(&one[..], [(Some(whose), _)] if *whose == at(PRIMARY)), "{one:?}");
    let live = converged(&both);
    classes(&mut both, &[PRIMARY, REPLICA]);
    let two = said(&both, &live);
    assert!(matches!(&two[..], [(None, text)] if text.contains("2 alarms follow")), "{two:?}");
}
