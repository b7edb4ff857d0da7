//! What the calls of a plan carry, and what they cost.

use std::collections::BTreeSet;

use pgha_planner::Cause;
use pgha_planner::Change;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Note;
use pgha_planner::Plan;
use pgha_planner::Step;
use pgha_planner::StepTime;
use pgha_planner::Verb;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::digest::Applied;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbClusterParameterGroup;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::InsightsMode;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Pending;
use pgha_resource::value::Shown;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::allow;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::empty;
use crate::world::instance;
use crate::world::of;
use crate::world::parameters;
use crate::world::planned;
use crate::world::sketch;

/// The plan for a change of the primary.
fn change(
    timing: Timing,
    before: impl Fn(&mut DbInstance),
    after: impl Fn(&mut DbInstance),
) -> Plan {
    let mut wanted = desired();
    wanted.policy.timing = timing;
    edit_desired(&mut wanted, PRIMARY, |r| before(instance(r)));
    let live = converged(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| after(instance(r)));
    planned(&wanted, &live, &Intent::default())
}

fn find(plan: &Plan, operation: Operation) -> &Step {
    let is_it = |step: &&Step| step.call.operation == operation;
    plan.steps.iter().find(is_it).unwrap_or_else(|| panic!("{operation}:\n{}", sketch(plan)))
}

#[track_caller]
fn of_address<'a>(plan: &'a Plan, address: &str) -> &'a Change {
    plan.changes.iter().find(|change| change.address == at(address)).unwrap()
}

fn fields(step: &Step) -> BTreeSet<&str> {
    step.call.fields().collect()
}

fn timing(step: &Step) -> Timing {
    match step.call.action {
        Action::Update { timing, .. } => timing,
        _ => panic!("{} is no update", step.call.operation),
    }
}

#[test]
fn everything_is_born_with_its_owner_and_the_record_of_what_was_applied() {
    let wanted = desired();
    let plan = planned(&wanted, &empty(), &Intent::default());
    for step in &plan.steps {
        let Action::Create { tags, .. } = &step.call.action else { continue };
        if step.address().name.contains(':') || step.address().to_string().contains("target-group")
        {
            continue;
        }
        assert_eq!(tags[OWNER_TAG], "orders", "{}", step.address());
        assert_eq!(tags["team"], "payments", "{}", step.address());
        assert!(tags.contains_key(DIGEST_TAG), "{}", step.address());
    }
}

#[test]
fn a_change_that_appears_shows_what_the_spec_sets_and_nothing_else() {
    let plan = planned(&desired(), &empty(), &Intent::default());
    let change = of_address(&plan, PRIMARY);
    let names: Vec<&str> = change.fields.iter().map(|field| field.name.as_str()).collect();
    assert!(names.contains(&"class") && !names.contains(&"iops"), "{names:?}");
    assert!(change.fields.iter().all(|field| field.to != Shown::Unset));
}

#[test]
fn after_its_creation_a_replica_gets_what_the_creating_call_cannot_carry() {
    let wanted = desired();
    let mut live = converged(&wanted);
    live.resources.insert(at(REPLICA), Seen::Absent);
    let plan = planned(&wanted, &live, &Intent::default());
    let step = find(&plan, Operation::ModifyDBInstance);
    assert_eq!(fields(step), BTreeSet::from(["maintenance_window", "parameter_group"]));
    // Nobody uses it yet.
    assert_eq!(timing(step), Timing::Immediately);
    assert_eq!((step.disruption, step.time), (Disruption::None, StepTime::Now));
}

#[test]
fn a_change_lists_its_steps() {
    let plan = change(Timing::InWindow, |_| (), |i| i.class = Some("db.r6g.xlarge".into()));
    let own = plan.steps.iter().filter(|step| step.address() == &at(PRIMARY));
    let own: Vec<usize> = own.map(|step| step.id).collect();
    assert_eq!(own.len(), 2, "{}", sketch(&plan));
    assert_eq!(of_address(&plan, PRIMARY).steps, own);
}

#[test]
fn fields_travel_with_those_that_aws_checks_together_with_them() {
    let change = |after: fn(&mut DbInstance)| {
        let volume = |i: &mut DbInstance| {
            (i.storage, i.storage_type) = (Some(500), Some("gp3".into()));
            (i.iops, i.throughput) = (Some(12_000), None);
        };
        let plan = change(Timing::InWindow, volume, after);
        let step = find(&plan, Operation::ModifyDBInstance);
        step.call.fields().map(str::to_string).collect::<Vec<String>>()
    };
    // Not the throughput, about which the spec says nothing.
    assert_eq!(change(|i| i.storage_type = Some("io1".into())), ["storage_type", "iops"]);
    assert_eq!(change(|i| i.iops = Some(13_000)), ["storage", "iops"]);
    assert_eq!(change(|i| i.storage = Some(600)), ["storage", "iops"]);
    let both = |i: &mut DbInstance| {
        (i.storage_type, i.iops) = (Some("io1".into()), Some(13_000));
    };
    assert_eq!(change(both), ["storage", "storage_type", "iops"]);
}

#[test]
fn a_volume_that_grew_by_itself_travels_as_large_as_it_is() {
    let mut after = desired();
    let volume = |iops| {
        move |i: &mut DbInstance| {
            (i.storage, i.max_storage) = (Some(500), Some(2000));
            (i.storage_type, i.iops) = (Some("gp3".into()), Some(iops));
        }
    };
    edit_desired(&mut after, PRIMARY, |r| volume(13_000)(instance(r)));
    let mut live = converged(&after);
    edit_live(&mut live, PRIMARY, |seen| {
        let primary = instance(&mut seen.resource);
        volume(12_000)(primary);
        primary.storage = Some(550);
    });
    let plan = planned(&after, &live, &Intent::default());
    let call = &find(&plan, Operation::ModifyDBInstance).call;
    assert_eq!(call.fields().collect::<Vec<_>>(), ["storage", "iops"]);
    let Some(Resource::DbInstance(sent)) = call.to() else { panic!("{}", sketch(&plan)) };
    assert_eq!((sent.storage, sent.iops), (Some(550), Some(13_000)));
}

#[test]
fn what_takes_back_takes_its_company_along() {
    let mut after = desired();
    let volume = |i: &mut DbInstance| {
        (i.storage, i.storage_type, i.iops) = (Some(500), Some("io1".into()), Some(12_000));
    };
    edit_desired(&mut after, PRIMARY, |r| volume(instance(r)));
    let mut live = converged(&after);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut then = seen.resource.clone();
        instance(&mut then).storage_type = Some("gp3".into());
        let fields = ["storage_type".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(then) });
    });
    let plan = planned(&after, &live, &Intent::default());
    let of_primary = plan.steps.iter().filter(|step| step.address() == &at(PRIMARY));
    let fields: Vec<Vec<&str>> = of_primary.map(|step| step.call.fields().collect()).collect();
    assert_eq!(fields, [vec!["storage_type", "iops"]], "{}", sketch(&plan));
}

/// A plan for a replica whose creation was cut off before it got what it is wanted like.
fn cut_off(wanted: impl Fn(&mut DbInstance), there: impl Fn(&mut DbInstance)) -> Plan {
    let mut desired = desired();
    edit_desired(&mut desired, REPLICA, |r| wanted(instance(r)));
    let mut live = converged(&desired);
    edit_live(&mut live, REPLICA, |seen| {
        there(instance(&mut seen.resource));
        let record = Applied::of(&desired.resources[&at(REPLICA)].resource, &Default::default());
        let tags = seen.tags.as_mut().unwrap();
        tags.insert(DIGEST_TAG.into(), record.unfinished().to_tag());
    });
    planned(&desired, &live, &Intent::default())
}

#[test]
fn backups_of_a_replica_that_nobody_uses_yet_disrupt_nothing() {
    let days = |n| move |i: &mut DbInstance| i.backup_retention = Some(n);
    let plan = cut_off(days(7), days(0));
    let step = find(&plan, Operation::ModifyDBInstance);
    assert_eq!((step.disruption, step.time), (Disruption::None, StepTime::Now));
    assert_eq!(timing(step), Timing::Immediately);
}

#[test]
fn what_aws_checks_together_is_sent_together_after_a_creation_too() {
    let insights = |mode, days| {
        move |i: &mut DbInstance| (i.insights_mode, i.insights_retention) = (Some(mode), Some(days))
    };
    let plan = cut_off(insights(InsightsMode::Advanced, 465), insights(InsightsMode::Standard, 7));
    let step = find(&plan, Operation::ModifyDBInstance);
    assert_eq!(fields(step), BTreeSet::from(["insights_mode", "insights_retention"]));
}

#[test]
fn a_creation_that_was_cut_off_goes_on_as_if_nobody_used_it() {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).parameter_group =
            Some(pgha_resource::Ref::known("default.postgres16"));
        let record = Applied::of(&wanted.resources[&at(REPLICA)].resource, &Default::default());
        let tags = seen.tags.as_mut().unwrap();
        tags.insert(DIGEST_TAG.into(), record.unfinished().to_tag());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(find(&plan, Operation::RebootDBInstance).disruption, Disruption::None);

    // What the creating call did carry is a change like any other, and the restart with it.
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).class = Some("db.r6g.xlarge".into());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(find(&plan, Operation::RebootDBInstance).disruption, Disruption::Restart);
    let modifies = |step: &&Step| step.call.operation == Operation::ModifyDBInstance;
    let calls: Vec<_> = plan.steps.iter().filter(modifies).map(|s| (fields(s), s.time)).collect();
    let group = (BTreeSet::from(["parameter_group"]), StepTime::Now);
    assert_eq!(calls, [group, (BTreeSet::from(["class"]), StepTime::Window)]);
}

#[test]
fn a_cancellation_is_sent_at_once() {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).class = Some("db.r6g.xlarge".into());
        seen.pending = Some(Pending { fields: ["class".into()].into(), after: Box::new(after) });
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let step = find(&plan, Operation::ModifyDBInstance);
    assert_eq!((timing(step), step.disruption), (Timing::Immediately, Disruption::None));
}

#[test]
fn a_standby_that_is_queued_to_go_shortens_nothing() {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).multi_az = Some(false));
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let after = seen.resource.clone();
        instance(&mut seen.resource).multi_az = Some(true);
        seen.pending = Some(Pending { fields: ["multi_az".into()].into(), after: Box::new(after) });
    });
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(find(&plan, Operation::ModifyDBInstance).disruption, Disruption::Outage);
}

/// What a change says it costs, when, and what it costs at the other time.
fn cost(after: impl Fn(&mut DbInstance)) -> (Disruption, StepTime, Option<Disruption>) {
    let plan = change(Timing::InWindow, |i| i.dedicated_log_volume = Some(false), after);
    let change = of_address(&plan, PRIMARY);
    (change.disruption, change.time, change.also)
}

#[test]
fn a_change_says_what_it_costs_now_and_what_in_the_window() {
    use Disruption as D;
    let class = |i: &mut DbInstance| i.class = Some("db.r6g.xlarge".into());
    assert_eq!(cost(class), (D::Failover, StepTime::Window, None));
    let log = |i: &mut DbInstance| i.dedicated_log_volume = Some(true);
    assert_eq!(cost(log), (D::Outage, StepTime::Now, None));
}

/// A restart for another parameter, together with a change of the primary in the window.
fn with_a_restart(
    before: impl Fn(&mut DbInstance),
    later: impl Fn(&mut DbInstance),
) -> (Disruption, StepTime, Option<Disruption>) {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| before(instance(r)));
    let live = converged(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| later(instance(r)));
    edit_desired(&mut wanted, "db-parameter-group/orders-pg16", |r| {
        parameters(r).insert("shared_buffers".into(), "65536".into());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let change = of_address(&plan, PRIMARY);
    (change.disruption, change.time, change.also)
}

#[test]
fn the_worse_of_now_and_later_comes_first() {
    use Disruption as D;
    let class = |i: &mut DbInstance| i.class = Some("db.r6g.xlarge".into());
    let standby = |on| move |i: &mut DbInstance| i.multi_az = Some(on);
    let restart = (D::Restart, StepTime::Now, Some(D::Failover));
    assert_eq!(with_a_restart(standby(true), class), restart);
    let outage = (D::Outage, StepTime::Window, Some(D::Restart));
    assert_eq!(with_a_restart(standby(false), class), outage);
    // What nobody notices in the window is not worth a word.
    let tokens = |on| move |i: &mut DbInstance| i.iam_auth = Some(on);
    let restart = (D::Restart, StepTime::Now, None);
    assert_eq!(with_a_restart(tokens(false), tokens(true)), restart);
    // Held back by its replica, the version is no part of the change.
    let version = |i: &mut DbInstance| i.engine_version = EngineVersion::constraint("16.15");
    assert_eq!(with_a_restart(|_| (), version), restart);
}

/// What it costs to cancel what is queued, together with another change in the window.
fn with_a_cancellation(
    queued: impl Fn(&mut DbInstance),
    later: impl Fn(&mut DbInstance),
) -> (Disruption, StepTime, Option<Disruption>) {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).iam_auth = Some(false));
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        queued(instance(&mut after));
        let fields = after.diff(&seen.resource).iter().map(|diff| diff.name.into()).collect();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    edit_desired(&mut wanted, PRIMARY, |r| later(instance(r)));
    let plan = planned(&wanted, &live, &Intent::default());
    let change = of_address(&plan, PRIMARY);
    (change.disruption, change.time, change.also)
}

#[test]
fn what_nobody_notices_is_not_said_beside_what_disrupts() {
    let class = |i: &mut DbInstance| i.class = Some("db.r6g.xlarge".into());
    let tokens = |i: &mut DbInstance| i.iam_auth = Some(true);
    let later = (Disruption::Failover, StepTime::Window, None);
    assert_eq!(with_a_cancellation(tokens, class), later);
    // Of two that nobody notices, the one that comes now is the one to name.
    let now = (Disruption::None, StepTime::Now, None);
    assert_eq!(with_a_cancellation(class, tokens), now);
}

#[test]
fn the_record_is_worth_a_line_only_alone() {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.tags.as_mut().unwrap().insert(DIGEST_TAG.into(), "nonsense".into());
    });
    let names = |plan: &Plan| -> Vec<String> {
        let change = of_address(plan, PRIMARY);
        change.fields.iter().map(|field| field.name.clone()).collect()
    };
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(names(&plan), [format!("tags.{DIGEST_TAG}")]);
    assert_eq!(of_address(&plan, PRIMARY).cause, Cause::Bookkeeping);
    let plan = change(Timing::InWindow, |_| (), |i| i.backup_retention = Some(14));
    assert_eq!(names(&plan), ["backup_retention"]);
}

#[test]
fn what_is_blocked_still_shows_what_differs() {
    let mut wanted = desired();
    let mut live = converged(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(14));
    edit_live(&mut live, PRIMARY, |seen| seen.tags = Some(Default::default()));
    let plan = planned(&wanted, &live, &Intent::default());
    let change = of_address(&plan, PRIMARY);
    assert!(change.blocked.is_some());
    assert_eq!(change.fields[0].name, "backup_retention");
}

#[test]
fn a_word_for_what_is_not_there_is_pointed_out() {
    let mut live = converged(&desired());
    let theirs = live.resources[&at("sns-topic/orders-alerts")].clone();
    live.resources.insert(at("sns-topic/theirs"), theirs);
    edit_live(&mut live, "sns-topic/theirs", |seen| seen.tags = Some(Default::default()));
    live.resources.insert(at("sns-topic/orders-alerts"), Seen::Absent);
    let is_idle = |word: &str| {
        let plan = planned(&desired(), &live, &allow(word));
        plan.notes
            .iter()
            .any(|note| note.text == format!("--allow {word}: there is no such address"))
    };
    assert!(is_idle("delete:db-instance/orders-raed-1"));
    // In the spec and not there yet, or there and nobody's in the spec.
    assert!(!is_idle("adopt:sns-topic/orders-alerts"));
    assert!(!is_idle("delete:sns-topic/theirs"));
}

/// Kept in a script, the word would delete it once it leaves the spec.
#[test]
fn a_word_to_delete_what_the_spec_has_is_pointed_out() {
    let idle = |wanted: &Desired, word: &str| {
        let plan = planned(wanted, &converged(&desired()), &allow(word));
        let is_said = |note: &Note| note.text.contains("the spec has it, so it is not deleted");
        plan.notes.iter().any(is_said)
    };
    let word = format!("delete:{REPLICA}");
    assert!(idle(&desired(), &word));
    let mut without = desired();
    without.resources.remove(&at(REPLICA));
    assert!(!idle(&without, &word));
}

/// The final snapshot that deleting the replica's source takes.
fn final_snapshot(intent: &Intent) -> Option<String> {
    let before = desired();
    let live = converged(&before);
    let mut after = before;
    for gone in [PRIMARY, REPLICA, "db-proxy-target/orders-proxy:orders-primary"] {
        after.resources.remove(&at(gone));
    }
    let plan = planned(&after, &live, intent);
    let deletes = |step: &&Step| {
        step.call.operation == Operation::DeleteDBInstance && step.address() == &at(PRIMARY)
    };
    match &plan.steps.iter().find(deletes)?.call.action {
        Action::Delete { final_snapshot, .. } => final_snapshot.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_database_leaves_a_last_snapshot_unless_a_destroy_says_not_to() {
    let words = ["delete:db-instance/orders-primary", "delete:db-instance/orders-read-1"];
    let allow = words.iter().map(|word| word.parse().unwrap()).collect();
    let converge = Intent { allow, ..Intent::default() };
    assert!(final_snapshot(&converge).is_some());
    let destroy =
        |final_snapshot| Intent { goal: Goal::Destroy { final_snapshot }, ..Intent::default() };
    assert!(final_snapshot(&destroy(true)).is_some());
    assert_eq!(final_snapshot(&destroy(false)), None);
}

#[test]
fn a_cluster_restarts_for_the_static_parameters_of_its_group() {
    let group = "db-cluster-parameter-group/orders-cluster-pg16";
    let mut before = desired();
    add(
        &mut before,
        group,
        DbClusterParameterGroup {
            family: Some("postgres16".into()),
            description: Some("cluster".into()),
            parameters: Some([("max_connections".to_string(), "200".to_string())].into()),
        },
    );
    add(
        &mut before,
        "db-cluster/orders-cluster",
        DbCluster { parameter_group: of(group, Attr::Name), ..DbCluster::default() },
    );
    let live = converged(&before);
    let mut after = before;
    edit_desired(&mut after, group, |r| match r {
        Resource::DbClusterParameterGroup(group) => {
            group.parameters = Some([("max_connections".to_string(), "400".to_string())].into());
        }
        other => panic!("{other:?}"),
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(find(&plan, Operation::RebootDBCluster).disruption, Disruption::Restart);
    assert_eq!(of_address(&plan, "db-cluster/orders-cluster").verb, Verb::Reboot);
}
