//! What the state of a resource forbids, and what a person should look at.

use pgha_planner::Allow;
use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::NoteKind;
use pgha_planner::Plan;
use pgha_planner::Verb;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbProxyEndpoint;
use pgha_resource::kind::DbSnapshot;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::EventSubscription;
use pgha_resource::kind::TargetRole;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::Notice;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::status::Status;

use crate::world;
use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::destroy;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::notes;
use crate::world::operations;
use crate::world::planned;
use crate::world::sketch;

/// A converged account whose primary has a status.
fn with_status(status: &str) -> (Desired, Live) {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, PRIMARY, |seen| seen.status = Status::db_instance(status));
    (desired, live)
}

/// A plan for a primary that has a status and should have another class.
fn with_another_class(status: &str) -> Plan {
    let (mut desired, live) = with_status(status);
    edit_desired(&mut desired, PRIMARY, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    planned(&desired, &live, &Intent::default())
}

/// Checks that a status stands against a change of the primary, and that the plan says what
/// to do about it.
#[track_caller]
fn check_refuses(status: &str, help: &str) {
    let plan = with_another_class(status);
    assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
    let [Blocked::Status { status: said, help: todo }] = &blocked(&plan, PRIMARY)[..] else {
        panic!("{}", sketch(&plan));
    };
    assert_eq!(said, status);
    assert!(todo.contains(help), "{todo}");
}

#[test]
fn what_takes_no_change_in_its_state_is_blocked_with_a_way_out() {
    check_refuses("deleting", "wait until it is gone");
    check_refuses("incompatible-network", "DNS settings of its VPC");
    check_refuses("failed", "restore-db-instance-to-point-in-time");
}

/// "Nothing to do" of a database that does not run would be a lie.
#[test]
fn what_is_broken_and_as_desired_is_blocked_all_the_same() {
    let (desired, live) = with_status("inaccessible-encryption-credentials-recoverable");
    let plan = planned(&desired, &live, &Intent::default());
    let [Blocked::Status { help, .. }] = &blocked(&plan, PRIMARY)[..] else {
        panic!("{}", sketch(&plan));
    };
    assert!(help.contains("enable-key") && !plan.is_converged(), "{help}");
    assert_eq!(plan.steps.len(), 0, "{}", sketch(&plan));
}

#[test]
fn what_takes_changes_although_it_suffers_is_changed() {
    // Another class may be the cure of parameters that do not fit, and none of a full volume.
    for (status, stands_against) in
        [("storage-full", 1), ("incompatible-parameters", 0), ("modifying", 0)]
    {
        let plan = with_another_class(status);
        assert!(operations(&plan, PRIMARY).contains(&Operation::ModifyDBInstance), "{status}");
        assert_eq!(blocked(&plan, PRIMARY).len(), stands_against, "{status}");
    }
}

/// How many lines say that something stands against a state, and how many note one, once `edit`
/// has changed the world in which the primary has it.
fn said_of(status: &str, edit: impl FnOnce(&mut Desired, &mut Live)) -> (usize, usize) {
    let (mut desired, mut live) = with_status(status);
    edit(&mut desired, &mut live);
    let plan = planned(&desired, &live, &Intent::default());
    let stands_against = |blocked: &&Blocked| {
        let Blocked::Status { status: said, help } = blocked else { return false };
        said == status && help.contains("no change of this plan ends that: ")
    };
    let noted = notes(&plan, NoteKind::Attention);
    let noted = noted.iter().filter(|text| text.contains(&format!("its status is {status}")));
    (blocked(&plan, PRIMARY).iter().filter(stands_against).count(), noted.count())
}

/// RDS guide, "Viewing Amazon RDS DB instance status": neither ends by itself.
#[test]
fn what_does_not_work_and_is_as_desired_is_no_nothing_to_do() {
    for status in ["storage-full", "incompatible-parameters", "incompatible-option-group"] {
        let (desired, live) = with_status(status);
        let plan = planned(&desired, &live, &Intent::default());
        assert!(plan.has_drift() && !plan.is_converged(), "{}", sketch(&plan));
        assert_eq!(plan.steps.len(), 0, "{}", sketch(&plan));
        assert_eq!(said_of(status, |_, _| ()), (1, 0), "{status}");
    }
}

#[test]
fn a_state_that_the_plan_may_end_is_noted_beside_what_changes() {
    let grows = |desired: &mut Desired, _: &mut Live| {
        edit_desired(desired, PRIMARY, |wanted| instance(wanted).storage = Some(300));
    };
    let parameter_changes = |_: &mut Desired, live: &mut Live| {
        edit_live(live, GROUP, |seen| {
            world::parameters(&mut seen.resource).insert("work_mem".into(), "9".into());
        });
    };
    let restarts = |_: &mut Desired, live: &mut Live| {
        edit_live(live, PRIMARY, |seen| {
            seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
        });
    };
    assert_eq!(said_of("storage-full", grows), (0, 1));
    assert_eq!(said_of("storage-full", parameter_changes), (1, 0));
    assert_eq!(said_of("incompatible-parameters", grows), (1, 0));
    assert_eq!(said_of("incompatible-parameters", parameter_changes), (0, 1));
    assert_eq!(said_of("incompatible-parameters", restarts), (0, 1));
    assert_eq!(said_of("incompatible-option-group", restarts), (1, 0));
}

#[test]
fn a_state_of_what_is_not_ours_is_noted() {
    let is_theirs = |_: &mut Desired, live: &mut Live| {
        edit_live(live, PRIMARY, |seen| seen.tags = Some([].into()));
    };
    assert_eq!(said_of("storage-full", is_theirs), (0, 1));
}

#[test]
fn what_is_stopped_and_as_desired_is_started_as_drift() {
    let (desired, live) = with_status("stopped");
    let plan = planned(&desired, &live, &Intent::default());
    assert!(plan.has_drift() && !plan.is_converged());
    assert_eq!(plan.worst(), Disruption::None);
    insta::assert_snapshot!(sketch(&plan), @r"
    Modify db-instance/orders-primary none Now status stopped → available (AwsChanged)
    0. StartDBInstance db-instance/orders-primary none []
    ");
}

#[test]
fn a_cluster_that_says_that_it_is_stopped_needs_a_person() {
    let cluster = "db-cluster/orders-cluster";
    let mut desired = desired();
    world::add(&mut desired, cluster, DbCluster::default());
    let mut live = converged(&desired);
    edit_live(&mut live, cluster, |seen| seen.status = Status::db_cluster("stopped"));
    let plan = planned(&desired, &live, &Intent::default());
    let [why] = &blocked(&plan, cluster)[..] else { panic!("{}", sketch(&plan)) };
    assert!(why.help().unwrap().contains("start-db-cluster"), "{why}");
}

#[test]
fn what_waits_behind_a_start_comes_after_it() {
    let plan = with_another_class("stopped");
    assert_eq!(
        operations(&plan, PRIMARY)[..2],
        [Operation::StartDBInstance, Operation::ModifyDBInstance],
        "{}",
        sketch(&plan)
    );
}

#[test]
fn a_start_reads_the_parameters_that_wait_for_a_restart() {
    let (desired, mut live) = with_status("stopped");
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [Operation::StartDBInstance], "{}", sketch(&plan));
}

#[test]
fn what_is_stopped_and_not_ours_stays_stopped() {
    let (desired, mut live) = with_status("stopped");
    edit_live(&mut live, PRIMARY, |seen| drop(seen.tags.as_mut().unwrap().remove(OWNER_TAG)));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Attention);
    assert!(said[0].contains("its status is stopped: "), "{said:?}");
}

#[test]
fn what_is_on_its_way_out_and_wanted_is_blocked_although_nothing_differs() {
    let (desired, live) = with_status("deleting");
    let plan = planned(&desired, &live, &Intent::default());
    assert!(!plan.is_converged());
    assert!(matches!(blocked(&plan, PRIMARY)[..], [Blocked::Status { .. }]), "{}", sketch(&plan));
}

#[test]
fn nothing_is_copied_from_a_database_that_is_not_available() {
    let check = |status: &str, help: &str, class: &str| {
        let (mut desired, mut live) = with_status(status);
        let source = world::of(PRIMARY, Attr::Name);
        world::add(&mut desired, "db-snapshot/orders-before", DbSnapshot { source });
        edit_desired(&mut desired, PRIMARY, |r| instance(r).class = Some(class.into()));
        for new in [REPLICA, "db-snapshot/orders-before"] {
            live.resources.insert(at(new), Seen::Absent);
        }
        let plan = planned(&desired, &live, &Intent::default());
        for new in [REPLICA, "db-snapshot/orders-before"] {
            assert_eq!(operations(&plan, new), [], "{}", sketch(&plan));
            let why = &blocked(&plan, new)[0];
            assert!(matches!(why, Blocked::Unavailable { .. }), "{why}");
            assert!(why.to_string().ends_with(status), "{why}");
            assert!(why.help().unwrap().contains(help), "{why}");
        }
    };
    // Whether the database itself should change or not.
    check("incompatible-network", "DNS settings", "db.r6g.large");
    check("incompatible-network", "DNS settings", "db.r6g.xlarge");
    check("deleting", "wait until it is gone", "db.r6g.large");
}

#[test]
fn what_is_copied_from_a_stopped_database_comes_after_its_start() {
    let (mut desired, mut live) = with_status("stopped");
    let source = world::of(PRIMARY, Attr::Name);
    let snapshot = "db-snapshot/orders-before";
    world::add(&mut desired, snapshot, DbSnapshot { source });
    live.resources.insert(at(snapshot), Seen::Absent);
    let plan = planned(&desired, &live, &Intent::default());
    let step = |operation| plan.steps.iter().find(|step| step.call.operation == operation).unwrap();
    let (start, copy) = (step(Operation::StartDBInstance), step(Operation::CreateDBSnapshot));
    assert!(copy.after.iter().any(|after| after.step == start.id), "{}", sketch(&plan));
    edit_live(&mut live, PRIMARY, |seen| drop(seen.tags.as_mut().unwrap().remove(OWNER_TAG)));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(operations(&plan, snapshot), [], "{}", sketch(&plan));
}

#[test]
fn a_proxy_may_be_pointed_at_a_database_that_is_not_available() {
    let (desired, mut live) = with_status("stopped");
    let target = "db-proxy-target/orders-proxy:orders-primary";
    live.resources.insert(at(target), Seen::Absent);
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(operations(&plan, target), [Operation::RegisterDBProxyTargets]);
    // It takes no data from it, so that nothing is said of a copy.
    let (desired, mut live) = with_status("incompatible-network");
    live.resources.insert(at(target), Seen::Absent);
    let plan = planned(&desired, &live, &Intent::default());
    let needs = Blocked::Needs { address: at(PRIMARY) };
    assert_eq!(blocked(&plan, target), [needs], "{}", sketch(&plan));
}

#[test]
fn nothing_new_is_asked_of_a_proxy_that_takes_no_calls() {
    let mut desired = desired();
    let endpoint = DbProxyEndpoint {
        proxy: world::of("db-proxy/orders-proxy", Attr::Name).unwrap(),
        role: Some(TargetRole::ReadOnly),
        subnets: None,
        security_groups: None,
    };
    let mut live = converged(&desired);
    let (old, new) = ("db-proxy-endpoint/orders-old", "db-proxy-endpoint/orders-new");
    world::add(&mut desired, old, endpoint.clone());
    live.resources.extend(converged(&desired).resources.remove_entry(&at(old)));
    world::add(&mut desired, new, endpoint);
    live.resources.insert(at(new), Seen::Absent);
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| {
        seen.status = Status::proxy("deleting");
    });
    let plan = planned(&desired, &live, &Intent::default());
    let needs = Blocked::Needs { address: at("db-proxy/orders-proxy") };
    assert_eq!(blocked(&plan, new), [needs], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, old), [], "{}", sketch(&plan));
}

#[test]
fn a_stopped_database_goes_only_unprotected() {
    let (desired, mut live) = with_status("stopped");
    let plan = planned(&desired, &live, &destroy(true));
    assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
    let why = blocked(&plan, PRIMARY);
    assert!(
        matches!(&why[..], [Blocked::Status { help, .. }] if help.contains("start-db-instance"))
    );
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).deletion_protection = Some(false);
    });
    let plan = planned(&desired, &live, &destroy(true));
    assert_eq!(operations(&plan, PRIMARY), [Operation::DeleteDBInstance]);
}

#[test]
fn what_is_as_desired_is_not_held_up_by_what_it_follows() {
    let mut desired = desired();
    let topic = desired.resources.get_mut(&at("sns-topic/orders-alerts")).unwrap();
    topic.after.insert(at("db-subnet-group/orders-db"));
    let mut live = converged(&desired);
    live.resources.insert(at("db-subnet-group/orders-db"), Seen::Absent);
    live.networks.insert(world::home(), NetworkSeen::NotFound("there is none".into()));
    let plan = planned(&desired, &live, &Intent::default());
    let group = blocked(&plan, "db-subnet-group/orders-db");
    assert!(matches!(group[..], [Blocked::NoNetwork { .. }]), "{}", sketch(&plan));
    assert_eq!(blocked(&plan, "sns-topic/orders-alerts"), [], "{}", sketch(&plan));
}

#[test]
fn a_broken_database_goes_only_without_a_final_snapshot() {
    // RDS takes none of a database in such a state (RDS API, DeleteDBInstance;
    // docs/aws/instances.md#deletion-by-status).
    let (desired, live) = with_status("incompatible-restore");
    let with = planned(&desired, &live, &destroy(true));
    assert_eq!(operations(&with, PRIMARY), [], "{}", sketch(&with));
    let [Blocked::Status { help, .. }] = &blocked(&with, PRIMARY)[..] else {
        panic!("{}", sketch(&with));
    };
    assert!(help.contains("--skip-final-snapshot"), "{help}");
    let without = planned(&desired, &live, &destroy(false));
    assert!(operations(&without, PRIMARY).contains(&Operation::DeleteDBInstance));
}

#[test]
fn what_is_broken_and_has_no_final_snapshot_goes() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, REPLICA, |seen| seen.status = Status::db_instance("failed"));
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| seen.status = Status::proxy("suspended"));
    let plan = planned(&desired, &live, &destroy(true));
    assert!(operations(&plan, REPLICA).contains(&Operation::DeleteDBInstance));
    assert_eq!(operations(&plan, "db-proxy/orders-proxy"), [Operation::DeleteDBProxy]);
}

/// Checks what a plan tells a person because of something noticed at an address.
#[track_caller]
fn check_says(address: &str, notice: Notice, says: Option<&str>) {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, address, |seen| {
        seen.notices.insert(notice);
    });
    let plan = planned(&desired, &live, &Intent::default());
    let said = says.map(|text| format!("{address}: {text}"));
    assert_eq!(notes(&plan, NoteKind::Attention), Vec::from_iter(said));
    assert!(plan.is_converged(), "{}", sketch(&plan));
}

#[test]
fn what_a_person_should_look_at_is_said_and_is_no_change() {
    let target = "db-proxy-target/orders-proxy:orders-primary";
    check_says(REPLICA, Notice::Replication("error".into()), Some("replication: error"));
    check_says(REPLICA, Notice::Replication("replicating".into()), None);
    check_says(
        target,
        Notice::Target("UNAVAILABLE".into()),
        Some("the proxy's target is UNAVAILABLE"),
    );
    check_says(target, Notice::Target("AVAILABLE".into()), None);
    check_says(PRIMARY, Notice::Parameters("failed".into()), Some("parameters: failed"));
    check_says(
        PRIMARY,
        Notice::Maintenance("system-update".into()),
        Some("AWS wants maintenance: system-update"),
    );
    check_says(PRIMARY, Notice::Zones("us-east-1a".into()), None);
}

#[test]
fn what_is_wanted_and_could_not_be_read_is_told_once() {
    let desired = desired();
    let mut live = converged(&desired);
    live.resources.insert(at("sns-topic/orders-alerts"), Seen::Unread(world::unread()));
    let plan = planned(&desired, &live, &Intent::default());
    let said: Vec<_> = plan.changes.iter().map(|c| (c.verb, c.origin.is_some())).collect();
    assert_eq!(said, [(Verb::Modify, true)], "{}", sketch(&plan));
    let error = world::unread();
    assert_eq!(blocked(&plan, "sns-topic/orders-alerts"), [Blocked::Unread { error }]);
}

/// The plan for a subscription that is well but for its status and what `edit` does.
fn of_subscription(status: &str, edit: impl FnOnce(&mut Live)) -> Plan {
    subscription_planned(status, edit, &Intent::default())
}

fn subscription_planned(status: &str, edit: impl FnOnce(&mut Live), intent: &Intent) -> Plan {
    let mut desired = desired();
    let subscription = EventSubscription {
        topic: world::of("sns-topic/orders-alerts", Attr::Arn),
        source_type: Some(EventSource::DbInstance),
        sources: world::of(PRIMARY, Attr::Name).map(|source| [source].into()),
        categories: None,
        enabled: Some(true),
    };
    world::add(&mut desired, EVENTS, subscription);
    let mut live = converged(&desired);
    edit_live(&mut live, EVENTS, |seen| seen.status = Status::event_subscription(status));
    edit(&mut live);
    planned(&desired, &live, intent)
}

const EVENTS: &str = "event-subscription/orders-events";
const GROUP: &str = "db-parameter-group/orders-pg16";

#[test]
fn a_subscription_that_lost_its_topic_is_told_it_again() {
    let again = [Operation::ModifyEventSubscription];
    let topic_is_gone = |live: &mut Live| {
        live.resources.insert(at("sns-topic/orders-alerts"), Seen::Absent);
    };
    let topic_changes = |live: &mut Live| {
        edit_live(live, "sns-topic/orders-alerts", |seen| {
            let Resource::SnsTopic(topic) = &mut seen.resource else { return };
            topic.display_name = Some("other".into());
        });
    };
    let calls =
        |status: &str, edit: &dyn Fn(&mut Live)| operations(&of_subscription(status, edit), EVENTS);
    assert_eq!(calls("active", &|_| ()), []);
    assert_eq!(calls("topic-not-exist", &|_| ()), again);
    assert_eq!(calls("topic-not-exist", &topic_is_gone), again);
    // A person is told what this plan does not do.
    let left = |status: &str, edit: &dyn Fn(&mut Live)| {
        let plan = of_subscription(status, edit);
        blocked(&plan, EVENTS).len()
    };
    let source_is_gone = |live: &mut Live| {
        edit_live(live, EVENTS, |seen| match &mut seen.resource {
            Resource::EventSubscription(subscription) => subscription.sources = Some([].into()),
            other => panic!("{other:?} is no subscription"),
        });
    };
    assert_eq!(left("topic-not-exist", &|_| ()), 0);
    assert_eq!(left("no-permission", &topic_changes), 0);
    assert_eq!(left("no-permission", &|_| ()), 1);
    let is_disabled = |live: &mut Live| {
        edit_live(live, EVENTS, |seen| match &mut seen.resource {
            Resource::EventSubscription(subscription) => subscription.enabled = Some(false),
            other => panic!("{other:?} is no subscription"),
        });
    };
    assert_eq!(left("no-permission", &is_disabled), 1, "another change is no cure");
    assert_eq!(left("all-sources-deleted", &source_is_gone), 0);
    assert_eq!(left("all-sources-deleted", &|_| ()), 1);
    // Only what the plan does to the topic can have given RDS its permission back.
    assert_eq!(calls("no-permission", &|_| ()), []);
    assert_eq!(calls("no-permission", &topic_changes), again);
}

/// Whose policy forbids it is somebody else's now: the topic is what a person looks at.
#[test]
fn a_subscription_waits_for_a_topic_that_may_not_be_changed() {
    let is_theirs = |live: &mut Live| {
        edit_live(live, "sns-topic/orders-alerts", |seen| {
            seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "billing".into());
        });
    };
    let plan = of_subscription("no-permission", is_theirs);
    let [Blocked::Needs { address }] = &blocked(&plan, EVENTS)[..] else {
        panic!("{}", sketch(&plan))
    };
    assert_eq!(*address, at("sns-topic/orders-alerts"));
}

/// What it watches comes back, or does not: the cause is said, and not its effect.
#[test]
fn a_subscription_without_sources_waits_for_what_keeps_them_away() {
    let primary_is_gone = |live: &mut Live| {
        live.resources.insert(at(PRIMARY), Seen::Absent);
    };
    let left = of_subscription("all-sources-deleted", primary_is_gone);
    assert!(matches!(blocked(&left, PRIMARY)[..], [Blocked::Gone { .. }]), "{}", sketch(&left));
    let needs = Blocked::Needs { address: at(PRIMARY) };
    assert_eq!(blocked(&left, EVENTS), [needs], "{}", sketch(&left));
    let made_anew = Intent { allow: [Allow::Create(at(PRIMARY))].into(), ..Intent::default() };
    let plan = subscription_planned("all-sources-deleted", primary_is_gone, &made_anew);
    assert_eq!(blocked(&plan, EVENTS), [], "{}", sketch(&plan));
}

/// RDS names the members of a cluster, so that no reference says whose they are.
#[test]
fn a_subscription_to_members_waits_for_their_cluster() {
    let cluster = "db-cluster/orders-cluster";
    let mut desired = desired();
    world::add(&mut desired, cluster, DbCluster::default());
    let members = [1, 2, 3].map(|n| Ref::known(format!("orders-cluster-instance-{n}")));
    let subscription = EventSubscription {
        topic: world::of("sns-topic/orders-alerts", Attr::Arn),
        source_type: Some(EventSource::DbInstance),
        sources: Some(members.into()),
        categories: None,
        enabled: Some(true),
    };
    world::add(&mut desired, EVENTS, subscription);
    desired.resources.get_mut(&at(EVENTS)).unwrap().after = [at(cluster)].into();
    let mut live = converged(&desired);
    edit_live(&mut live, EVENTS, |seen| {
        seen.status = Status::event_subscription("all-sources-deleted");
    });
    live.resources.insert(at(cluster), Seen::Unread(world::unread()));
    let plan = planned(&desired, &live, &Intent::default());
    let needs = Blocked::Needs { address: at(cluster) };
    assert_eq!(blocked(&plan, EVENTS), [needs], "{}", sketch(&plan));
    live.resources.insert(at(cluster), Seen::Absent);
    let plan = planned(&desired, &live, &Intent::default());
    assert!(!matches!(blocked(&plan, EVENTS)[..], [Blocked::Status { .. }]), "{}", sketch(&plan));
}

#[test]
fn a_lost_topic_is_told_together_with_what_else_changes() {
    let carried = |edit: &dyn Fn(&mut EventSubscription)| {
        let plan = of_subscription("topic-not-exist", |live| {
            edit_live(live, EVENTS, |seen| match &mut seen.resource {
                Resource::EventSubscription(subscription) => edit(subscription),
                other => panic!("{other:?} is no subscription"),
            });
        });
        let own = plan.steps.iter().filter(|step| step.address() == &at(EVENTS));
        let mut fields: Vec<String> =
            own.flat_map(|step| step.call.fields().map(str::to_string)).collect();
        fields.sort();
        fields
    };
    assert_eq!(carried(&|there| there.enabled = Some(false)), ["enabled", "topic"]);
    // One that changes anyway is told once.
    assert_eq!(carried(&|there| there.topic = Some(Ref::known("arn:of-somebody"))), ["topic"]);
}
