//! What must not go because something that stays still uses it.

use pgha_planner::Blocked;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Ref;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::kind::DbProxyEndpoint;
use pgha_resource::kind::IamRole;
use pgha_resource::live::Notice;
use pgha_resource::live::Pending;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::alarm;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::of;
use crate::world::planned;
use crate::world::sketch;
use crate::world::unread;

const OLD: &str = "db-parameter-group/orders-pg16";
const NEW: &str = "db-parameter-group/orders-new";

fn destroy() -> Intent {
    Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() }
}

/// Whether something goes, or why it does not.
#[track_caller]
fn fate(plan: &Plan, address: &str) -> Result<(), Blocked> {
    let mut changes = plan.changes.iter().filter(|change| change.address == at(address));
    let change = changes.next().unwrap_or_else(|| panic!("{address}:\n{}", sketch(plan)));
    change.blocked.clone().map_or(Ok(()), Err)
}

/// The spec with another parameter group for the primary.
fn another_group(family: &str) -> Desired {
    let mut after = desired();
    after.resources.remove(&at(OLD));
    let group = DbParameterGroup {
        family: Some(family.into()),
        description: Some("new".into()),
        parameters: None,
    };
    add(&mut after, NEW, group);
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).parameter_group = of(NEW, Attr::Name);
    });
    after
}

/// What becomes of the old group when the primary gets another one, and perhaps a version.
fn fate_of_the_old_group(version: &str, timing: Timing) -> Result<(), Blocked> {
    let (family, mut after) = (format!("postgres{}", &version[..2]), desired());
    after.resources.remove(&at(REPLICA));
    let mut live = converged(&after);
    after = another_group(&family);
    after.resources.remove(&at(REPLICA));
    after.policy.timing = timing;
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).engine_version = EngineVersion::constraint(version);
    });
    live.resources.insert(at(NEW), Seen::Absent);
    fate(&planned(&after, &live, &Intent::default()), OLD)
}

#[test]
fn a_group_waits_for_the_window_only_where_a_version_takes_it_along() {
    let waits = Err(Blocked::Waits { address: at(PRIMARY) });
    assert_eq!(fate_of_the_old_group("17", Timing::InWindow), waits);
    assert_eq!(fate_of_the_old_group("17", Timing::Immediately), Ok(()));
    assert_eq!(fate_of_the_old_group("16.13", Timing::InWindow), Ok(()));
}

#[test]
fn a_group_stays_until_a_queued_version_has_taken_the_new_one_along() {
    let mut after = another_group("postgres17");
    after.resources.remove(&at(REPLICA));
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).engine_version = EngineVersion::constraint("17");
    });
    // One that nobody uses need not wait.
    let mut all = after.clone();
    for group in [OLD, "db-parameter-group/orders-unused"] {
        all.resources.insert(at(group), desired().resources[&at(OLD)].clone());
    }
    let mut live = converged(&all);
    edit_live(&mut live, PRIMARY, |seen| {
        let queued = instance(&mut seen.resource);
        queued.engine_version = Some(EngineVersion::seen("17.11"));
        let queued = queued.clone();
        instance(&mut seen.resource).engine_version = Some(EngineVersion::seen("16.13"));
        instance(&mut seen.resource).parameter_group = Some(Ref::known("orders-pg16"));
        let fields = ["engine_version".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(queued.into()) });
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(fate(&plan, OLD), Err(Blocked::Waits { address: at(PRIMARY) }));
    assert_eq!(fate(&plan, "db-parameter-group/orders-unused"), Ok(()));
}

#[test]
fn a_group_of_the_same_name_in_another_region_is_another_group() {
    let far = "db-parameter-group/orders-pg16@us-west-2";
    let mut before = desired();
    let group = before.resources[&at(OLD)].clone();
    before.resources.insert(at(far), group);
    let live = converged(&before);
    let plan = planned(&desired(), &live, &Intent::default());
    assert_eq!(fate(&plan, far), Ok(()));
}

#[test]
fn a_secret_stays_as_long_as_the_database_that_has_its_password() {
    let mut before = desired();
    let secret = before.resources[&at("secret/orders-master")].clone();
    before.resources.insert(at("secret/orders-old"), secret);
    before.policy.protected.insert(at(PRIMARY));
    let live = converged(&before);
    let plan = planned(&before, &live, &destroy());
    // The account does not show whose password it is: the spec does.
    let by = at(PRIMARY);
    assert_eq!(fate(&plan, "secret/orders-master"), Err(Blocked::InUse { by }));
    assert_eq!(fate(&plan, "secret/orders-old"), Ok(()));
}

#[test]
fn only_what_the_account_shows_in_use_is_kept_for_what_stays() {
    // The spec names the new group, and the database that stays still has the old one.
    let mut after = another_group("postgres16");
    after.policy.protected.insert(at(PRIMARY));
    let mut all = after.clone();
    all.resources.insert(at(OLD), desired().resources[&at(OLD)].clone());
    let mut live = converged(&all);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).parameter_group = Some(Ref::known("orders-pg16"));
    });
    let plan = planned(&after, &live, &destroy());
    assert_eq!(fate(&plan, OLD), Err(Blocked::InUse { by: at(PRIMARY) }));
    assert_eq!(fate(&plan, NEW), Ok(()));
}

/// What becomes of the primary when all goes and AWS names this replica of it.
fn fate_of_a_source(of_spec: &[&str], named: &str) -> Result<(), Blocked> {
    let mut wanted = desired();
    let replica = wanted.resources.remove(&at(REPLICA)).unwrap();
    for address in of_spec {
        wanted.resources.insert(at(address), replica.clone());
    }
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::Replica(named.into()));
    });
    // From another region, AWS names a source by its ARN.
    let arn = Ref::known("arn:aws:rds:us-east-1:123456789012:db:orders-primary");
    for far in of_spec.iter().filter(|address| address.contains('@')) {
        edit_live(&mut live, far, |seen| instance(&mut seen.resource).source = Some(arn.clone()));
    }
    fate(&planned(&wanted, &live, &destroy()), PRIMARY)
}

#[test]
fn a_source_goes_with_all_its_replicas_or_not_at_all() {
    let far = "db-instance/orders-read-1@us-west-2";
    let far_arn = "arn:aws:rds:us-west-2:123456789012:db:orders-read-1";
    let by = |address: &str| Err(Blocked::InUse { by: at(address) });
    assert_eq!(fate_of_a_source(&[REPLICA], "orders-read-1"), Ok(()));
    assert_eq!(fate_of_a_source(&[far], far_arn), Ok(()));
    // AWS may write the name of a replica in its own region out.
    let near_arn = "arn:aws:rds:us-east-1:123456789012:db:orders-read-1";
    assert_eq!(fate_of_a_source(&[REPLICA], near_arn), Ok(()));
    assert_eq!(fate_of_a_source(&[REPLICA], "orders-read-9"), by("db-instance/orders-read-9"));
    assert_eq!(fate_of_a_source(&[far], "orders-read-1"), by(REPLICA));
    let arn = "arn:aws:rds:eu-west-1:123456789012:db:theirs";
    assert_eq!(fate_of_a_source(&[REPLICA], arn), by("db-instance/theirs@eu-west-1"));
}

#[test]
fn what_cannot_be_read_is_in_the_way_only_where_it_keeps_something() {
    let mut wanted = desired();
    let endpoint = DbProxyEndpoint {
        proxy: Ref::Of(at("db-proxy/orders-proxy"), Attr::Name),
        role: None,
        subnets: None,
        security_groups: None,
    };
    add(&mut wanted, "db-proxy-endpoint/orders-extra", endpoint);
    add(
        &mut wanted,
        "alarm/orders-cpu",
        alarm("DBInstanceIdentifier", Ref::known("orders-primary")),
    );
    let mut live = converged(&wanted);
    for unseen in ["db-proxy-endpoint/orders-extra", "alarm/orders-cpu"] {
        live.resources.insert(at(unseen), Seen::Unread(unread()));
    }
    let plan = planned(&wanted, &live, &destroy());
    let by = at("db-proxy-endpoint/orders-extra");
    assert_eq!(fate(&plan, "security-group/orders-db"), Err(Blocked::MayBeUsed { by }));
    // An alarm that names a topic keeps nobody from deleting it.
    assert_eq!(fate(&plan, "sns-topic/orders-alerts"), Ok(()));
}

#[test]
fn a_cluster_without_monitoring_has_no_use_for_the_role() {
    let role = "iam-role/orders-monitoring";
    let mut before = desired();
    let nothing = IamRole { description: None, trust: None, attached: None, inline: None };
    add(&mut before, role, nothing);
    let cluster = |interval, role| DbCluster {
        monitoring_interval: Some(interval),
        monitoring_role: role,
        ..DbCluster::default()
    };
    add(&mut before, "db-cluster/orders-cluster", cluster(60, of(role, Attr::Arn)));
    let live = converged(&before);
    let mut after = before;
    after.resources.remove(&at(role));
    add(&mut after, "db-cluster/orders-cluster", cluster(0, None));
    assert_eq!(fate(&planned(&after, &live, &Intent::default()), role), Ok(()));
    add(&mut after, "db-cluster/orders-cluster", cluster(60, None));
    let by = at("db-cluster/orders-cluster");
    let fate = fate(&planned(&after, &live, &Intent::default()), role);
    assert_eq!(fate, Err(Blocked::InUse { by }));
}

#[test]
fn a_source_is_told_from_one_of_the_same_name_in_another_region() {
    let mut before = desired();
    let far = "db-instance/orders-primary@us-west-2";
    let heir = before.resources[&at(PRIMARY)].clone();
    before.resources.insert(at(far), heir);
    let live = converged(&before);
    let allow = [format!("delete:{far}").parse().unwrap()].into();
    let plan = planned(&desired(), &live, &Intent { allow, ..Intent::default() });
    assert_eq!(fate(&plan, far), Ok(()));
}

#[test]
fn a_role_waits_for_no_window() {
    let role = "iam-role/orders-monitoring";
    let mut before = desired();
    let nothing = IamRole { description: None, trust: None, attached: None, inline: None };
    add(&mut before, role, nothing);
    edit_desired(&mut before, PRIMARY, |r| {
        instance(r).monitoring_interval = Some(60);
        instance(r).monitoring_role = of(role, Attr::Arn);
    });
    let mut live = converged(&before);
    edit_live(&mut live, PRIMARY, |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).iam_auth = Some(true);
        let fields = ["iam_auth".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let mut after = before;
    after.resources.remove(&at(role));
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).monitoring_interval = Some(0);
        instance(r).monitoring_role = None;
    });
    assert_eq!(fate(&planned(&after, &live, &Intent::default()), role), Ok(()));
}
