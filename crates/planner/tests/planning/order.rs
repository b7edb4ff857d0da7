//! Which step waits for which.

use pgha_resource::kind::DbProxyTarget;
use pgha_resource::kind::ProxyTarget;
use std::collections::BTreeSet;

use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::document::Document;
use pgha_resource::kind::DbProxyEndpoint;
use pgha_resource::kind::DbSnapshot;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::EventSubscription;
use pgha_resource::kind::IamRole;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::kind::SnsTopic;
use pgha_resource::reference::Subnets;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::add;
use crate::world::alarm;
use crate::world::allow;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::empty;
use crate::world::home;
use crate::world::instance;
use crate::world::of;
use crate::world::parameters;
use crate::world::planned;
use crate::world::replica;
use crate::world::waits;

const APP: &str = "security-group/orders-app";
const DB: &str = "security-group/orders-db";
const GROUP: &str = "db-parameter-group/orders-pg16";

fn plan(desired: &Desired, live: &Live) -> Plan {
    planned(desired, live, &Intent::default())
}

fn from(group: &str) -> Option<BTreeSet<Rule>> {
    Some([Rule::tcp(5432, Peer::Group(Ref::Of(at(group), Attr::Id)))].into())
}

/// The spec with two security groups that name each other.
fn with_a_pair_of_groups() -> Desired {
    let mut wanted = desired();
    let app = SecurityGroup {
        description: Some("application".into()),
        vpc: Some(Ref::Vpc(home())),
        ingress: from(DB),
        egress: None,
    };
    add(&mut wanted, APP, app);
    edit_desired(&mut wanted, DB, |r| match r {
        Resource::SecurityGroup(group) => group.ingress = from(APP),
        other => panic!("{other:?}"),
    });
    wanted
}

#[test]
fn two_new_groups_may_name_each_other() {
    let wanted = with_a_pair_of_groups();
    let mut live = converged(&wanted);
    live.resources.insert(at(APP), Seen::Absent);
    live.resources.insert(at(DB), Seen::Absent);
    let plan = plan(&wanted, &live);
    assert!(waits(
        &plan,
        "AuthorizeSecurityGroupIngress orders-db",
        "CreateSecurityGroup orders-app"
    ));
    assert!(waits(
        &plan,
        "AuthorizeSecurityGroupIngress orders-app",
        "CreateSecurityGroup orders-db"
    ));
}

#[test]
fn a_group_that_another_one_lets_go_of_goes_after_that() {
    let before = with_a_pair_of_groups();
    let live = converged(&before);
    let mut after = before;
    after.resources.remove(&at(APP));
    edit_desired(&mut after, DB, |r| match r {
        Resource::SecurityGroup(group) => {
            group.ingress = Some([Rule::tcp(5432, Peer::Itself)].into())
        }
        other => panic!("{other:?}"),
    });
    let plan = plan(&after, &live);
    assert!(waits(&plan, "DeleteSecurityGroup orders-app", "RevokeSecurityGroupIngress orders-db"));
}

#[test]
fn groups_that_name_each_other_let_go_before_they_go() {
    let before = with_a_pair_of_groups();
    let live = converged(&before);
    let mut after = before;
    let target = "db-proxy-target/orders-proxy:orders-primary";
    for gone in [APP, DB, PRIMARY, REPLICA, target] {
        after.resources.remove(&at(gone));
    }
    let words = ["delete:db-instance/orders-primary", "delete:db-instance/orders-read-1"];
    let allow = words.iter().map(|word| word.parse().unwrap()).collect();
    let plan = planned(&after, &live, &Intent { allow, ..Intent::default() });
    let (delete, revoke) = ("DeleteSecurityGroup", "RevokeSecurityGroupIngress");
    for (one, other) in [("orders-app", "orders-db"), ("orders-db", "orders-app")] {
        assert!(waits(&plan, &format!("{delete} {one}"), &format!("{revoke} {other}")));
        assert!(!waits(&plan, &format!("{revoke} {one}"), &format!("{revoke} {other}")));
    }
    // Whatever lives in a group goes before the group lets go of anything.
    assert!(waits(
        &plan,
        "RevokeSecurityGroupIngress orders-db",
        "DeleteDBInstance orders-primary"
    ));
}

#[test]
fn a_role_keeps_its_policies_until_its_last_user_has_let_go() {
    let mut before = desired();
    let role = IamRole {
        description: None,
        trust: None,
        attached: Some(["arn:aws:iam::aws:policy/one".to_string()].into()),
        inline: None,
    };
    add(&mut before, "iam-role/orders-monitoring", role);
    edit_desired(&mut before, PRIMARY, |r| {
        instance(r).monitoring_interval = Some(60);
        instance(r).monitoring_role = of("iam-role/orders-monitoring", Attr::Arn);
    });
    let live = converged(&before);
    let mut after = before;
    after.resources.remove(&at("iam-role/orders-monitoring"));
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).monitoring_interval = Some(0);
        instance(r).monitoring_role = None;
    });
    let plan = plan(&after, &live);
    assert!(waits(&plan, "DetachRolePolicy orders-monitoring", "ModifyDBInstance orders-primary"));
}

#[test]
fn what_hangs_on_a_replaced_proxy_goes_before_it_and_what_watches_it_stays() {
    let mut before = desired();
    let proxy = Ref::Of(at("db-proxy/orders-proxy"), Attr::Name);
    let endpoint = DbProxyEndpoint {
        proxy: proxy.clone(),
        role: None,
        subnets: Some(Subnets::Of(home())),
        security_groups: None,
    };
    add(&mut before, "db-proxy-endpoint/orders-extra", endpoint);
    add(&mut before, "alarm/orders-proxy-errors", alarm("ProxyName", proxy));
    let mut live = converged(&before);
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| match &mut seen.resource {
        Resource::DbProxy(proxy) => {
            proxy.subnets = Some(Subnets::Known(["subnet-old".to_string()].into()));
        }
        other => panic!("{other:?}"),
    });
    let mut after = before;
    edit_desired(&mut after, "alarm/orders-proxy-errors", |r| match r {
        Resource::Alarm(alarm) => alarm.period = Some(300),
        other => panic!("{other:?}"),
    });
    let plan = plan(&after, &live);
    assert!(waits(&plan, "DeleteDBProxy orders-proxy", "DeleteDBProxyEndpoint orders-extra"));
    assert!(!waits(&plan, "DeleteDBProxy orders-proxy", "PutMetricAlarm orders-proxy-errors"));
}

/// The spec with a snapshot of a database.
fn with_a_snapshot(of_whom: &str) -> Desired {
    let mut wanted = desired();
    add(&mut wanted, "db-snapshot/orders-before", DbSnapshot { source: of(of_whom, Attr::Name) });
    wanted
}

#[test]
fn a_new_snapshot_and_what_disrupts_nothing_do_not_wait_for_each_other() {
    let before = with_a_snapshot(PRIMARY);
    let mut live = converged(&before);
    live.resources.insert(at("db-snapshot/orders-before"), Seen::Absent);
    let mut after = before;
    edit_desired(&mut after, PRIMARY, |r| instance(r).backup_retention = Some(14));
    let plan = plan(&after, &live);
    let (snapshot, change) = ("CreateDBSnapshot orders-before", "ModifyDBInstance orders-primary");
    assert!(!waits(&plan, snapshot, change) && !waits(&plan, change, snapshot));
}

#[test]
fn a_snapshot_of_a_new_database_is_taken_once_it_is_complete() {
    let wanted = with_a_snapshot(REPLICA);
    let mut live = converged(&wanted);
    live.resources.insert(at("db-snapshot/orders-before"), Seen::Absent);
    live.resources.insert(at(REPLICA), Seen::Absent);
    let plan = plan(&wanted, &live);
    for earlier in ["CreateDBInstanceReadReplica", "ModifyDBInstance", "RebootDBInstance"] {
        let earlier = format!("{earlier} orders-read-1");
        assert!(waits(&plan, "CreateDBSnapshot orders-before", &earlier), "{earlier}");
    }
}

#[test]
fn a_new_database_waits_until_what_it_names_has_changed() {
    let before = desired();
    let mut live = converged(&before);
    for gone in [PRIMARY, REPLICA, "db-proxy-target/orders-proxy:orders-primary"] {
        live.resources.insert(at(gone), Seen::Absent);
    }
    let mut after = before;
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("work_mem".into(), "32768".into());
    });
    let plan = planned(&after, &live, &allow("create:db-instance/orders-primary"));
    assert!(waits(&plan, "CreateDBInstance orders-primary", "ModifyDBParameterGroup orders-pg16"));
}

#[test]
fn a_database_gets_another_group_once_that_is_complete_and_before_the_old_one_goes() {
    let before = desired();
    let live = converged(&before);
    let mut after = before;
    let group = after.resources.remove(&at(GROUP)).unwrap();
    after.resources.insert(at("db-parameter-group/orders-other"), group);
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).parameter_group = of("db-parameter-group/orders-other", Attr::Name);
    });
    let mut live = live;
    live.resources.insert(at("db-parameter-group/orders-other"), Seen::Absent);
    let plan = plan(&after, &live);
    let change = "ModifyDBInstance orders-primary";
    assert!(waits(&plan, change, "CreateDBParameterGroup orders-other"));
    assert!(waits(&plan, change, "ModifyDBParameterGroup orders-other"));
    assert!(waits(&plan, "DeleteDBParameterGroup orders-pg16", change));
    assert!(waits(&plan, "RebootDBInstance orders-primary", change));
}

/// RDS tries at once whether a topic lets it in (RDS API, ModifyEventSubscription:
/// SNSNoAuthorization).
#[test]
fn a_subscription_is_changed_once_its_topic_lets_rds_in() {
    let (topic, events) = ("sns-topic/orders-alerts", "event-subscription/orders-events");
    let mut wanted = desired();
    let subscription = EventSubscription {
        topic: of(topic, Attr::Arn),
        source_type: Some(EventSource::DbInstance),
        sources: None,
        categories: None,
        enabled: Some(true),
    };
    add(&mut wanted, events, subscription);
    let sns = |resource: &mut Resource, edit: &dyn Fn(&mut SnsTopic)| match resource {
        Resource::SnsTopic(topic) => edit(topic),
        other => panic!("{other:?} is no topic"),
    };
    let nobody = Document::known("{\"Statement\":[]}");
    edit_desired(&mut wanted, topic, |r| sns(r, &|t| t.policy = Some(nobody.clone())));
    let mut live = converged(&wanted);
    edit_live(&mut live, events, |seen| match &mut seen.resource {
        Resource::EventSubscription(there) => there.enabled = Some(false),
        other => panic!("{other:?} is no subscription"),
    });
    let (change, grant) =
        ("ModifyEventSubscription orders-events", "SetTopicAttributes orders-alerts");
    edit_desired(&mut wanted, topic, |r| sns(r, &|t| t.display_name = Some("other".into())));
    assert!(!waits(&plan(&wanted, &live), change, grant), "a name lets nobody in");
    edit_desired(&mut wanted, topic, |r| {
        sns(r, &|t| {
            t.display_name = Some("orders".into());
            t.policy = Some(Document::known("{\"Statement\":[\"rds\"]}"));
        });
    });
    let plan = plan(&wanted, &live);
    assert!(waits(&plan, change, grant), "{}", crate::world::sketch(&plan));
}

#[test]
fn a_replica_and_its_source_wait_for_each_other_only_where_users_notice() {
    let before = desired();
    let mut after = before.clone();
    for database in [PRIMARY, REPLICA] {
        edit_desired(&mut after, database, |r| instance(r).deletion_protection = Some(false));
    }
    let plan = plan(&after, &converged(&before));
    let (primary, replica) = ("ModifyDBInstance orders-primary", "ModifyDBInstance orders-read-1");
    assert!(!waits(&plan, primary, replica) && !waits(&plan, replica, primary));
}

#[test]
fn two_replicas_never_restart_at_once() {
    let mut before = desired();
    before.policy.timing = Timing::Immediately;
    add(&mut before, "db-instance/orders-read-2", replica());
    let mut after = before.clone();
    for database in [REPLICA, "db-instance/orders-read-2"] {
        edit_desired(&mut after, database, |r| instance(r).class = Some("db.r6g.xlarge".into()));
    }
    let plan = plan(&after, &converged(&before));
    assert!(waits(&plan, "ModifyDBInstance orders-read-2", "ModifyDBInstance orders-read-1"));
}

#[test]
fn steps_in_a_circle_are_our_mistake_and_nothing_is_done() {
    let mut wanted = desired();
    let topic = wanted.resources[&at("sns-topic/orders-alerts")].clone();
    wanted.resources.insert(at("sns-topic/orders-other"), topic);
    let (one, other) = ("sns-topic/orders-alerts", "sns-topic/orders-other");
    for (address, after) in [(one, other), (other, one)] {
        wanted.resources.get_mut(&at(address)).unwrap().after = [at(after)].into();
    }
    let mut live = empty();
    live.resources.insert(at(other), Seen::Absent);
    let plan = plan(&wanted, &live);
    assert_eq!(plan.steps, []);
    assert_eq!(plan.totals().blocked, wanted.resources.len());
    let why = |address: &str| {
        let change = plan.changes.iter().find(|change| change.address == at(address)).unwrap();
        change.blocked.as_ref().unwrap().to_string()
    };
    assert!(why(one).contains("this is a mistake in pgha") && why(other) == why(one));
    assert!(why(PRIMARY).contains("other steps of this plan"), "{}", why(PRIMARY));
}

#[test]
fn a_proxy_lets_go_of_its_target_before_it_gets_another() {
    let old = "db-proxy-target/orders-proxy:orders-primary";
    let live = converged(&desired());
    let mut wanted = desired();
    wanted.resources.remove(&at(old));
    let other = |proxy: &str| DbProxyTarget {
        proxy: of(&format!("db-proxy/{proxy}"), Attr::Name).unwrap(),
        target: ProxyTarget::Instance(Ref::Of(at(REPLICA), Attr::Name)),
    };
    add(&mut wanted, "db-proxy-target/orders-proxy:orders-read-1", other("orders-proxy"));
    let mut live = live;
    live.resources.insert(at("db-proxy-target/orders-proxy:orders-read-1"), Seen::Absent);
    let plan = plan(&wanted, &live);
    let (new, old) = ("RegisterDBProxyTargets", "DeregisterDBProxyTargets");
    let new = format!("{new} orders-proxy:orders-read-1");
    assert!(waits(&plan, &new, &format!("{old} orders-proxy:orders-primary")));
}
