//! What the cluster loses where one replica is away and others are not.

use pgha_planner::{Approval, Intent, Plan, Refused, approve};
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;
use pgha_resource::status::Status;
use pgha_resource::{Attr, Desired, Disruption, Live};

use crate::held::noon;
use crate::world::{
    PRIMARY, REPLICA, add, allow, at, converged, desired, edit_desired, edit_live, instance, of,
    parameters, planned, replica, sketch,
};

const OTHER: &str = "db-instance/orders-read-2";
const WINDOW: &str = "sun:04:00-sun:05:00";
const LATER: &str = "mon:04:00-mon:05:00";

/// Two replicas with these windows, each of which gets another class where the flag says so.
fn resized(windows: [&str; 2], resized: [bool; 2]) -> (Desired, Live) {
    let mut wanted = desired();
    let second = DbInstance { source: of(PRIMARY, Attr::Name), ..replica() };
    add(&mut wanted, OTHER, second);
    for (address, window) in [REPLICA, OTHER].into_iter().zip(windows) {
        edit_desired(&mut wanted, address, |r| {
            instance(r).maintenance_window = Some(window.into());
            instance(r).multi_az = Some(false);
        });
    }
    let mut live = converged(&wanted);
    for (address, _) in [REPLICA, OTHER].into_iter().zip(resized).filter(|(_, is)| *is) {
        edit_live(&mut live, address, |seen| {
            instance(&mut seen.resource).class = Some("db.r6g.2xlarge".into());
        });
    }
    (wanted, live)
}

/// One replica beside the primary, and one in another region.
fn with_a_far_replica() -> (Desired, Live) {
    let mut wanted = desired();
    edit_desired(&mut wanted, REPLICA, |r| instance(r).multi_az = Some(false));
    let far = DbInstance {
        source: of(PRIMARY, Attr::Arn),
        parameter_group: None,
        security_groups: None,
        ..replica()
    };
    add(&mut wanted, "db-instance/orders-read-2@us-west-2", far);
    let live = converged(&wanted);
    (wanted, live)
}

fn plan(world: &(Desired, Live)) -> Plan {
    planned(&world.0, &world.1, &Intent::default())
}

/// What the worst step does to its own users, and to the cluster.
#[track_caller]
fn check(world: &(Desired, Live), own: Disruption, cluster: Disruption) {
    let plan = plan(world);
    assert_eq!((plan.worst(), plan.worst_to_cluster()), (own, cluster), "{}", sketch(&plan));
}

#[test]
fn another_replica_of_the_region_serves_the_reads_meanwhile() {
    use Disruption::{Degraded, Outage};
    check(&resized([WINDOW, LATER], [true, false]), Outage, Degraded);
    check(&resized([WINDOW, LATER], [true, true]), Outage, Degraded);
    // RDS may change both at the same time.
    check(&resized([WINDOW, WINDOW], [true, true]), Outage, Outage);
    check(&resized([WINDOW, WINDOW], [true, false]), Outage, Degraded);
    // And does not say when, where it does not say in which windows.
    let mut unknown = resized([WINDOW, LATER], [true, true]);
    for address in [REPLICA, OTHER] {
        edit_desired(&mut unknown.0, address, |r| instance(r).maintenance_window = None);
        edit_live(&mut unknown.1, address, |seen| {
            instance(&mut seen.resource).maintenance_window = None;
        });
    }
    check(&unknown, Outage, Outage);
    // One that is backed up serves.
    let mut busy = resized([WINDOW, LATER], [true, false]);
    edit_live(&mut busy.1, OTHER, |seen| seen.status = Status::db_instance("backing-up"));
    check(&busy, Outage, Degraded);
    // pgha itself changes one after the other.
    let (mut wanted, live) = resized([WINDOW, WINDOW], [true, true]);
    wanted.policy.timing = pgha_resource::Timing::Immediately;
    check(&(wanted, live), Outage, Degraded);
}

#[test]
fn what_does_not_serve_stands_in_for_nobody() {
    use Disruption::Outage;
    let mut world = resized([WINDOW, LATER], [true, false]);
    edit_live(&mut world.1, OTHER, |seen| seen.status = Status::db_instance("storage-full"));
    check(&world, Outage, Outage);
    let mut world = resized([WINDOW, LATER], [true, false]);
    world.1.resources.insert(at(OTHER), pgha_resource::Seen::Absent);
    check(&world, Outage, Outage);
    // Nor does a replica for its primary, to which everybody writes.
    let mut world = resized([WINDOW, LATER], [false, false]);
    edit_live(&mut world.1, PRIMARY, |seen| {
        instance(&mut seen.resource).class = Some("db.r6g.2xlarge".into());
    });
    let plan = plan(&world);
    assert_eq!(plan.worst(), plan.worst_to_cluster(), "{}", sketch(&plan));
    assert!(plan.worst() >= Disruption::Failover, "{}", sketch(&plan));
}

#[test]
fn the_guard_is_about_what_the_cluster_loses() {
    let approval = Approval { max_disruption: Disruption::Restart, digest: None };
    let spared = plan(&resized([WINDOW, LATER], [true, false]));
    assert!(approve(spared, &approval).is_ok());
    let both = plan(&resized([WINDOW, WINDOW], [true, true]));
    let refused = approve(both, &approval).unwrap_err();
    assert!(matches!(refused, Refused::Disruption { disruption: Disruption::Outage, .. }));
    let text = refused.to_string();
    assert!(text.contains("would cause an outage, and the limit is `restart`"), "{text}");
}

/// What a held restart of the replica costs the cluster, by what has to restart it.
#[track_caller]
fn check_held(world: &(Desired, Live), cluster: Disruption) {
    let plan = planned(&world.0, &world.1, &noon(&[]));
    assert!(plan.steps.is_empty() && !plan.is_converged(), "{}", sketch(&plan));
    assert_eq!(plan.worst_to_cluster(), cluster, "{}", sketch(&plan));
    let approval = |max_disruption| Approval { max_disruption, digest: None };
    assert!(approve(plan.clone(), &approval(cluster)).is_ok());
    let less = Disruption::Degraded.min(cluster);
    let refused = approve(plan, &approval(less));
    assert_eq!(refused.is_err(), cluster > less);
}

#[test]
fn what_is_held_is_asked_about_before_the_window_opens() {
    use Disruption::{Degraded, Restart};
    let group = "db-parameter-group/orders-pg16";
    let waits = |address: &str| {
        let (wanted, mut live) = resized([WINDOW, LATER], [false, false]);
        edit_live(&mut live, address, |seen| {
            seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
        });
        (wanted, live)
    };
    check_held(&waits(PRIMARY), Restart);
    // The other replica serves meanwhile, and pgha restarts one at a time, whatever the windows.
    check_held(&waits(REPLICA), Degraded);
    let mut both = waits(REPLICA);
    edit_live(&mut both.1, OTHER, |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    check_held(&both, Degraded);
    // One that is alone in its region has nobody who stands in.
    let (wanted, mut live) = with_a_far_replica();
    edit_live(&mut live, REPLICA, |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    check_held(&(wanted, live), Restart);
    // A group in which the primary is restarts the primary.
    let (wanted, mut live) = resized([WINDOW, LATER], [false, false]);
    edit_live(&mut live, group, |seen| {
        parameters(&mut seen.resource).insert("max_connections".into(), "4000".into());
    });
    let plan = planned(&wanted, &live, &noon(&[]));
    assert_eq!(plan.worst_to_cluster(), Restart, "{}", sketch(&plan));
}

/// What the upgrade of the first replica's class costs the cluster.
#[track_caller]
fn check_first(world: &(Desired, Live), intent: &Intent, cluster: Disruption) {
    let plan = planned(&world.0, &world.1, intent);
    let resizes = |step: &&pgha_planner::Step| {
        step.address() == &at(REPLICA) && step.call.fields().any(|field| field == "class")
    };
    let step = plan.steps.iter().find(resizes).unwrap_or_else(|| panic!("{}", sketch(&plan)));
    assert_eq!(step.to_cluster, cluster, "{}", sketch(&plan));
}

#[test]
fn neither_a_far_replica_nor_one_that_goes_serves_the_reads_meanwhile() {
    use Disruption::{Degraded, Outage};
    let (mut wanted, live) = resized([WINDOW, LATER], [true, false]);
    check_first(&(wanted.clone(), live.clone()), &Intent::default(), Degraded);
    wanted.resources.remove(&at(OTHER));
    check_first(&(wanted, live), &allow(&format!("delete:{OTHER}")), Outage);
    let (wanted, mut live) = with_a_far_replica();
    edit_live(&mut live, REPLICA, |seen| {
        instance(&mut seen.resource).class = Some("db.r6g.2xlarge".into());
    });
    check_first(&(wanted, live), &Intent::default(), Outage);
}
