//! What waits for the maintenance window because something else does, and what does not.

use pgha_planner::{Blocked, Plan};
use pgha_resource::kind::{DbProxyTarget, Peer, ProxyTarget, Rule, SecurityGroup};
use pgha_resource::live::Notice;
use pgha_resource::{Attr, Desired, Moment, Operation, Ref, Resource};

use crate::held::{SATURDAY, cut_off, held, in_window, noon, operations};
use crate::world::{
    CLUSTER, CLUSTER_GROUP, PRIMARY, REPLICA, add, at, blocked, cluster, clustered, converged,
    desired, edit_desired, edit_live, instance, parameters, planned, sketch,
};

const GROUP: &str = "db-parameter-group/orders-pg16";
const RULES: &str = "security-group/orders-db";
const SECRET: &str = "secret/orders-master";

fn rules(resource: &mut Resource) -> &mut SecurityGroup {
    match resource {
        Resource::SecurityGroup(group) => group,
        other => panic!("{other:?} is no security group"),
    }
}

fn port_in(resource: &mut Resource) -> &mut Option<u16> {
    match resource {
        Resource::Secret(secret) => &mut secret.port,
        other => panic!("{other:?} is no secret"),
    }
}

/// The spec with the database at this port, and with all that knows it.
fn at_port(port: u16) -> Desired {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).port = Some(port));
    edit_desired(&mut wanted, SECRET, |r| *port_in(r) = Some(port));
    let offices = || Peer::Cidr("10.1.0.0/16".into());
    edit_desired(&mut wanted, RULES, |r| {
        rules(r).ingress = Some([Rule::tcp(port, Peer::Itself)].into());
        rules(r).egress = Some([Rule::tcp(port, offices()), Rule::tcp(443, offices())].into());
    });
    wanted
}

/// The rules that a plan adds and takes away.
fn rule_calls(plan: &Plan) -> Vec<Operation> {
    let mut calls = crate::world::operations(plan, RULES);
    calls.retain(|operation| *operation != Operation::CreateTags);
    calls
}

/// Without the rules for the old port nobody would reach the database until the window.
#[test]
fn the_rules_for_the_old_port_stay_as_long_as_the_port_does() {
    let live = converged(&at_port(5432));
    let after = at_port(5433);
    let plan = planned(&after, &live, &noon(&[]));
    let text = sketch(&plan);
    assert_eq!(
        rule_calls(&plan),
        [Operation::AuthorizeSecurityGroupIngress, Operation::AuthorizeSecurityGroupEgress],
        "{text}"
    );
    let waits = Blocked::Waits { address: at(PRIMARY) };
    assert_eq!(blocked(&plan, RULES), [waits], "{text}");
    let plan = planned(&after, &live, &in_window());
    let calls = rule_calls(&plan);
    assert!(calls.contains(&Operation::RevokeSecurityGroupIngress), "{}", sketch(&plan));
    assert!(calls.contains(&Operation::RevokeSecurityGroupEgress), "{}", sketch(&plan));
}

/// Nobody comes to the database through a group of another region.
#[test]
fn the_rules_of_another_region_do_not_wait_for_the_port() {
    let far = "security-group/orders-west@us-west-2";
    let with_far = |port: u16| {
        let mut wanted = at_port(port);
        let mut group = wanted.resources[&at(RULES)].resource.clone();
        rules(&mut group).vpc = Some(Ref::known("vpc-west"));
        add(&mut wanted, far, group);
        wanted
    };
    let plan = planned(&with_far(5433), &converged(&with_far(5432)), &noon(&[]));
    assert_eq!(blocked(&plan, far), [], "{}", sketch(&plan));
    let calls = crate::world::operations(&plan, far);
    assert!(calls.contains(&Operation::RevokeSecurityGroupIngress), "{}", sketch(&plan));
}

/// What somebody opened goes at once, whatever waits.
#[test]
fn a_rule_for_the_old_port_that_nobody_wants_goes_at_once() {
    let mut live = converged(&at_port(5432));
    let world = Rule::tcp(5432, Peer::Cidr("0.0.0.0/0".into()));
    edit_live(&mut live, RULES, |seen| {
        rules(&mut seen.resource).ingress.get_or_insert_default().insert(world.clone());
    });
    let plan = planned(&at_port(5433), &live, &noon(&[]));
    let closes =
        plan.steps.iter().find(|step| step.call.operation == Operation::RevokeSecurityGroupIngress);
    let to = closes.unwrap_or_else(|| panic!("{}", sketch(&plan))).call.to().unwrap();
    let left = rules(&mut to.clone()).ingress.clone().unwrap();
    assert!(!left.contains(&world) && left.contains(&Rule::tcp(5432, Peer::Itself)), "{left:?}");
}

/// A rule that has nothing to do with the port goes at once, and nothing is said to wait.
#[test]
fn rules_for_other_ports_wait_for_nothing() {
    let mut before = at_port(5432);
    edit_desired(&mut before, RULES, |r| {
        let old = Rule::tcp(22, Peer::Itself);
        rules(r).ingress.as_mut().unwrap().insert(old);
    });
    let mut after = at_port(5432);
    edit_desired(&mut after, PRIMARY, |r| instance(r).port = Some(5433));
    let plan = planned(&after, &converged(&before), &noon(&[]));
    assert_eq!(rule_calls(&plan), [Operation::RevokeSecurityGroupIngress], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, RULES), [], "{}", sketch(&plan));
}

/// A Multi-AZ DB cluster keeps its port for life, and its rules with it (RDS API, ModifyDBCluster
/// for Multi-AZ DB clusters: no Port).
#[test]
fn the_rules_for_the_port_of_a_cluster_stay() {
    let at_port = |port: u16| {
        let mut wanted = clustered();
        edit_desired(&mut wanted, CLUSTER, |r| cluster(r).port = Some(port));
        edit_desired(&mut wanted, RULES, |r| {
            rules(r).ingress = Some([Rule::tcp(port, Peer::Itself)].into());
        });
        wanted
    };
    let plan = planned(&at_port(5433), &converged(&at_port(5432)), &noon(&[]));
    assert!(matches!(blocked(&plan, CLUSTER)[..], [Blocked::Impossible { .. }]));
    assert_eq!(
        blocked(&plan, RULES),
        [Blocked::Needs { address: at(CLUSTER) }],
        "{}",
        sketch(&plan)
    );
    assert_eq!(rule_calls(&plan), [Operation::AuthorizeSecurityGroupIngress], "{}", sketch(&plan));
}

/// What is in a secret about another host is not about this database's port.
#[test]
fn a_secret_about_something_else_does_not_wait_for_the_port() {
    let other = "secret/orders-legacy";
    let with_a_second = |port: u16, other_port: u16| {
        let mut wanted = at_port(port);
        let mut secret = wanted.resources[&at(SECRET)].resource.clone();
        if let Resource::Secret(secret) = &mut secret {
            secret.host = Some(Ref::known("legacy.example.com"));
        }
        *port_in(&mut secret) = Some(other_port);
        add(&mut wanted, other, secret);
        wanted
    };
    let live = converged(&with_a_second(5432, 6432));
    let plan = planned(&with_a_second(5433, 6433), &live, &noon(&[]));
    assert_eq!(blocked(&plan, other), [], "{}", sketch(&plan));
    let written = |plan: &Plan| {
        let puts = plan.steps.iter().filter(|s| s.call.operation == Operation::PutSecretValue);
        puts.map(|step| step.address().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(written(&plan), [other], "{}", sketch(&plan));
}

fn target(proxy: &str, database: &str) -> DbProxyTarget {
    let name = |address: &str| Ref::Of(at(address), Attr::Name);
    DbProxyTarget {
        proxy: name(&format!("db-proxy/{proxy}")),
        target: ProxyTarget::Instance(name(database)),
    }
}

/// RDS guide, "RDS Proxy concepts and terminology": a proxy's target group is for one database.
#[test]
fn the_new_target_of_a_proxy_waits_for_the_old_one_and_those_of_others_do_not() {
    let before = desired();
    let mut after = before.clone();
    let old = "db-proxy-target/orders-proxy:orders-primary";
    let new = "db-proxy-target/orders-proxy:orders-read-1";
    let other = "db-proxy-target/orders-other:orders-primary";
    after.resources.remove(&at(old));
    add(&mut after, new, target("orders-proxy", REPLICA));
    let proxy = after.resources[&at("db-proxy/orders-proxy")].resource.clone();
    add(&mut after, "db-proxy/orders-other", proxy);
    add(&mut after, other, target("orders-other", PRIMARY));
    let mut live = converged(&before);
    for address in [new, other, "db-proxy/orders-other"] {
        live.resources.insert(at(address), pgha_resource::Seen::Absent);
    }
    let plan = planned(&after, &live, &noon(&[]));
    let text = sketch(&plan);
    assert_eq!(held(&plan), [format!("Delete {old} outage: --now {old}")], "{text}");
    assert_eq!(blocked(&plan, new), [Blocked::Waits { address: at(old) }], "{text}");
    assert_eq!(
        operations(&plan),
        [
            "CreateDBProxy db-proxy/orders-other".to_string(),
            format!("RegisterDBProxyTargets {other}")
        ],
        "{text}"
    );
    // The word for the old one lets both go.
    let plan = planned(&after, &live, &noon(&[old]));
    assert!(
        operations(&plan).contains(&format!("RegisterDBProxyTargets {new}")),
        "{}",
        sketch(&plan)
    );
}

/// Parameters of a group wait for the databases that have it and for no others.
#[test]
fn parameters_do_not_wait_for_databases_that_have_another_group() {
    let live = converged(&desired());
    let mut after = desired();
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("shared_buffers".into(), "100000".into());
    });
    let plan = planned(&after, &live, &noon(&[PRIMARY]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
    assert!(
        operations(&plan).contains(&format!("RebootDBInstance {PRIMARY}")),
        "{}",
        sketch(&plan)
    );
}

/// A standby needs some parameters at least as high as its primary: the word for the one that
/// has to wait for the other is the word for both.
#[test]
fn what_is_raised_on_a_replica_first_is_held_with_it() {
    let change = |name: &str| {
        let mut after = desired();
        edit_desired(&mut after, GROUP, |r| {
            parameters(r).insert(name.into(), "300".into());
        });
        planned(&after, &converged(&desired()), &noon(&[PRIMARY]))
    };
    let plan = change("max_connections");
    let words = format!("--now {PRIMARY} --now {REPLICA}");
    assert_eq!(held(&plan), [format!("Modify {GROUP} restart: {words}")], "{}", sketch(&plan));
    // No standby cares for this one.
    let plan = change("max_files_per_process");
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
}

/// A replica that nobody uses yet restarts whenever it has to.
#[test]
fn what_is_raised_on_a_new_replica_first_waits_for_nothing() {
    let (mut after, live) = cut_off(&[Notice::Created(Moment(SATURDAY.0 - 600))]);
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("max_connections".into(), "300".into());
    });
    let plan = planned(&after, &live, &noon(&[PRIMARY]));
    assert_eq!(held(&plan), [""; 0], "{}", sketch(&plan));
}

/// A lowered value goes to the primary first, so that the replica waits for it.
#[test]
fn what_is_lowered_on_the_primary_first_is_held_with_it() {
    let mut after = desired();
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("max_connections".into(), "100".into());
    });
    let other = "db-parameter-group/orders-replicas-pg16";
    edit_desired(&mut after, other, |r| {
        parameters(r).insert("max_connections".into(), "100".into());
    });
    let live = converged(&desired());
    let plan = planned(&after, &live, &noon(&[REPLICA]));
    let words = format!("--now {PRIMARY} --now {REPLICA}");
    let expected = [
        format!("Modify {GROUP} restart: --now {PRIMARY}"),
        format!("Modify {other} restart: {words}"),
    ];
    assert_eq!(held(&plan), expected, "{}", sketch(&plan));
    // The other way round the primary need not wait.
    let plan = planned(&after, &live, &noon(&[PRIMARY]));
    assert_eq!(
        held(&plan),
        [format!("Modify {other} restart: --now {REPLICA}")],
        "{}",
        sketch(&plan)
    );
}

/// The static parameters of a Multi-AZ DB cluster wait as those of an instance do, and those
/// that it has stay.
#[test]
fn static_parameters_of_a_cluster_wait_for_its_restart() {
    let mut before = clustered();
    let mut after = clustered();
    let set = |wanted: &mut Desired, connections: &str, memory: &str| {
        edit_desired(wanted, CLUSTER_GROUP, |r| {
            parameters(r).insert("max_connections".into(), connections.into());
            parameters(r).insert("work_mem".into(), memory.into());
        });
    };
    set(&mut before, "200", "16384");
    set(&mut after, "300", "32768");
    let live = converged(&before);
    assert!(planned(&before, &live, &noon(&[])).is_converged());
    let plan = planned(&after, &live, &noon(&[]));
    let text = sketch(&plan);
    assert_eq!(held(&plan), [format!("Modify {CLUSTER_GROUP} restart: --now {CLUSTER}")], "{text}");
    let written = plan.steps.iter().find(|step| step.address() == &at(CLUSTER_GROUP)).unwrap();
    let mut group = written.call.to().unwrap().clone();
    assert_eq!(parameters(&mut group)["max_connections"], "200", "{text}");
    assert_eq!(parameters(&mut group)["work_mem"], "32768", "{text}");
    let plan = planned(&after, &live, &in_window());
    assert!(operations(&plan).contains(&format!("RebootDBCluster {CLUSTER}")), "{}", sketch(&plan));
}
