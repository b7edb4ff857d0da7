//! What takes over is in place before what it takes over from goes.

use std::collections::BTreeSet;

use pgha_planner::{Blocked, Intent, NoteKind, Plan};
use pgha_resource::kind::{
    BackupReplication, DbProxyTarget, Peer, ProxyTarget, Rule, SnsSubscription,
};
use pgha_resource::live::ReadError;
use pgha_resource::status::Status;
use pgha_resource::{Attr, Desired, Live, Operation, Ref, Resource, Seen};

use crate::world::{
    PRIMARY, REPLICA, add, alarm, at, blocked, converged, desired, edit_desired, edit_live,
    instance, notes, of, operations, planned, sketch, unread, waits,
};

const DB: &str = "security-group/orders-db";
const PROXYS: &str = "security-group/orders-proxy";
const WEST: &str = "backup-replication/orders-primary@us-west-2";
const IRELAND: &str = "backup-replication/orders-primary@eu-west-1";
const TARGET: &str = "db-proxy-target/orders-proxy:orders-primary";

fn plan(desired: &Desired, live: &Live) -> Plan {
    planned(desired, live, &Intent::default())
}

fn copies(days: u32, key: &str) -> BackupReplication {
    BackupReplication {
        source: of(PRIMARY, Attr::Arn),
        retention: Some(days),
        kms_key: Some(format!("arn:aws:kms:us-west-2:123456789012:key/{key}")),
    }
}

fn copied_to(address: &str, what: BackupReplication) -> Desired {
    let mut wanted = desired();
    add(&mut wanted, address, what);
    wanted
}

#[test]
fn copies_get_no_other_key_while_old_ones_are_there() {
    let live = converged(&copied_to(WEST, copies(35, "one")));
    for days in [35, 21] {
        let plan = plan(&copied_to(WEST, copies(days, "two")), &live);
        assert_eq!(operations(&plan, WEST), [], "{}", sketch(&plan));
        let said: Vec<String> = blocked(&plan, WEST).iter().map(ToString::to_string).collect();
        for part in ["no replication with another key", "set the key back", "delete its copies"] {
            assert!(said.join("; ").contains(part), "{said:?}");
        }
    }
}

#[test]
fn copies_are_kept_for_other_days_by_a_stop_and_a_start() {
    use Operation as O;
    let live = converged(&copied_to(WEST, copies(35, "one")));
    let plan = plan(&copied_to(WEST, copies(21, "one")), &live);
    let (stop, start) = (
        O::StopDBInstanceAutomatedBackupsReplication,
        O::StartDBInstanceAutomatedBackupsReplication,
    );
    assert_eq!(operations(&plan, WEST), [stop, start]);
    let said = notes(&plan, NoteKind::Follows);
    assert!(said.iter().any(|note| note.contains("the copies that are there stay")), "{said:?}");
}

/// The account with copies in one region, where the spec wants them in another.
fn moving() -> (Desired, Live) {
    let mut live = converged(&copied_to(WEST, copies(35, "one")));
    live.resources.insert(at(IRELAND), Seen::Absent);
    (copied_to(IRELAND, copies(35, "one")), live)
}

#[test]
fn copies_go_to_another_region_before_they_stop_in_the_old_one() {
    let (wanted, live) = moving();
    let plan = plan(&wanted, &live);
    let (stop, start) = (
        "StopDBInstanceAutomatedBackupsReplication orders-primary",
        "StartDBInstanceAutomatedBackupsReplication orders-primary",
    );
    assert!(waits(&plan, stop, start), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Follows);
    assert!(said.iter().any(|note| note.contains("two regions at a time")), "{said:?}");
}

#[test]
fn first_copies_take_over_from_nothing() {
    let wanted = copied_to(IRELAND, copies(35, "one"));
    let mut live = converged(&wanted);
    live.resources.insert(at(IRELAND), Seen::Absent);
    let mut fewer = wanted.clone();
    // Something else goes in the same plan.
    fewer.resources.remove(&at(TARGET));
    let plan = plan(&fewer, &live);
    assert!(!operations(&plan, IRELAND).is_empty(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Follows);
    assert!(said.iter().all(|note| !note.contains("stops once this one replicates")), "{said:?}");
}

#[test]
fn copies_stay_where_they_are_until_another_region_has_some() {
    let (wanted, mut live) = moving();
    let waits = [Blocked::Waits { address: at(IRELAND) }];
    let needs = [Blocked::Needs { address: at(IRELAND) }];
    // The first copy is under way.
    let mut there = converged(&wanted);
    edit_live(&mut there, IRELAND, |seen| seen.status = Status::backup_replication("pending"));
    let new = there.resources[&at(IRELAND)].clone();
    live.resources.insert(at(IRELAND), new);
    assert_eq!(blocked(&plan(&wanted, &live), WEST), waits);
    edit_live(&mut live, IRELAND, |seen| seen.status = Status::backup_replication("replicating"));
    assert_eq!(operations(&plan(&wanted, &live), WEST).len(), 1);
    // Nobody knows whether there is one.
    let error: ReadError = unread();
    live.resources.insert(at(IRELAND), Seen::Unread(error));
    assert_eq!(blocked(&plan(&wanted, &live), WEST), needs);
    // It cannot be started.
    live.resources.insert(at(IRELAND), Seen::Absent);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).backup_retention = Some(0);
    });
    assert_eq!(blocked(&plan(&wanted, &live), WEST), needs);
}

#[test]
fn copies_that_nobody_wants_any_more_stop() {
    let live = converged(&copied_to(WEST, copies(35, "one")));
    let plan = plan(&desired(), &live);
    assert_eq!(operations(&plan, WEST).len(), 1, "{}", sketch(&plan));
}

fn rules(port: u16, peers: &[&str]) -> Option<BTreeSet<Rule>> {
    let peer = |cidr: &&str| Rule::tcp(port, Peer::Cidr(cidr.to_string()));
    Some(peers.iter().map(peer).collect())
}

/// A database that listens on a port, and the groups that let others reach it.
fn listening_on(port: u16) -> Desired {
    let mut wanted = desired();
    let proxys = wanted.resources[&at(DB)].clone();
    wanted.resources.insert(at(PROXYS), proxys);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).port = Some(port));
    edit_desired(&mut wanted, "secret/orders-master", |r| match r {
        Resource::Secret(secret) => secret.port = Some(port),
        other => panic!("{other:?}"),
    });
    edit_desired(&mut wanted, DB, |r| match r {
        Resource::SecurityGroup(group) => {
            group.ingress = rules(port, &["10.0.0.0/16"]);
            group.egress = rules(port, &["10.0.0.0/16"]);
        }
        other => panic!("{other:?}"),
    });
    edit_desired(&mut wanted, PROXYS, |r| match r {
        Resource::SecurityGroup(group) => group.egress = rules(port, &["10.0.0.0/16"]),
        other => panic!("{other:?}"),
    });
    wanted
}

#[test]
fn another_port_is_let_through_before_the_database_listens_on_it() {
    let live = converged(&listening_on(5432));
    let plan = plan(&listening_on(5433), &live);
    let change = "ModifyDBInstance orders-primary";
    for rule in [
        "SecurityGroupIngress orders-db",
        "SecurityGroupEgress orders-db",
        "SecurityGroupEgress orders-proxy",
    ] {
        assert!(waits(&plan, change, &format!("Authorize{rule}")), "{}", sketch(&plan));
        assert!(waits(&plan, &format!("Revoke{rule}"), change), "{}", sketch(&plan));
    }
    assert!(waits(&plan, "PutSecretValue orders-master", change), "{}", sketch(&plan));
}

/// Neither the rest of its secret nor what else is about it has to do with its port.
#[test]
fn what_does_not_tell_the_port_does_not_wait_for_it() {
    let watched = "alarm/orders-primary-cpu";
    let mut before = listening_on(5432);
    add(&mut before, watched, alarm("DBInstanceIdentifier", Ref::Of(at(PRIMARY), Attr::Name)));
    let mut after = before.clone();
    edit_desired(&mut after, PRIMARY, |r| instance(r).port = Some(5433));
    edit_desired(&mut after, "secret/orders-master", |r| match r {
        Resource::Secret(secret) => secret.description = Some("of the master user".into()),
        other => panic!("{other:?}"),
    });
    edit_desired(&mut after, watched, |r| match r {
        Resource::Alarm(alarm) => alarm.period = Some(300),
        other => panic!("{other:?}"),
    });
    edit_desired(&mut before, "secret/orders-master", |r| match r {
        Resource::Secret(secret) => secret.description = Some("of somebody".into()),
        other => panic!("{other:?}"),
    });
    let plan = plan(&after, &converged(&before));
    let change = "ModifyDBInstance orders-primary";
    for other in ["UpdateSecret orders-master", "PutMetricAlarm orders-primary-cpu"] {
        assert!(!waits(&plan, other, change), "{}", sketch(&plan));
    }
}

/// EC2 gives a new group a rule that lets everything out: it is taken away before anybody is in the
/// group.
#[test]
fn a_database_moves_to_a_new_group_that_is_complete() {
    let new = "security-group/orders-new";
    let mut after = listening_on(5432);
    let mut live = converged(&after);
    live.resources.insert(at(new), Seen::Absent);
    let group = after.resources[&at(DB)].resource.clone();
    add(&mut after, new, group);
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).security_groups = Some([Ref::Of(at(new), Attr::Id)].into());
    });
    let plan = plan(&after, &live);
    let (moves, closes) =
        ("ModifyDBInstance orders-primary", "RevokeSecurityGroupEgress orders-new");
    assert!(waits(&plan, moves, closes), "{}", sketch(&plan));
}

#[test]
fn the_old_port_is_let_through_while_the_database_cannot_change() {
    let mut live = converged(&listening_on(5432));
    edit_live(&mut live, PRIMARY, |seen| seen.status = Status::db_instance("failed"));
    let plan = plan(&listening_on(5433), &live);
    let there = |operation| plan.steps.iter().any(|step| step.call.operation == operation);
    assert!(there(Operation::AuthorizeSecurityGroupIngress), "{}", sketch(&plan));
    assert!(!there(Operation::RevokeSecurityGroupIngress), "{}", sketch(&plan));
    let needs = Blocked::Needs { address: at(PRIMARY) };
    assert!(blocked(&plan, DB).contains(&needs), "{}", sketch(&plan));
}

#[test]
fn a_database_moves_to_a_group_whose_rules_are_there_and_leaves_one_that_lets_it_go() {
    let before = listening_on(5432);
    let live = converged(&before);
    let mut after = before;
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).security_groups = Some([Ref::Of(at(PROXYS), Attr::Id)].into());
    });
    edit_desired(&mut after, PROXYS, |r| match r {
        Resource::SecurityGroup(group) => group.ingress = rules(5432, &["10.1.0.0/16"]),
        other => panic!("{other:?}"),
    });
    edit_desired(&mut after, DB, |r| match r {
        Resource::SecurityGroup(group) => group.ingress = Some(BTreeSet::new()),
        other => panic!("{other:?}"),
    });
    let plan = plan(&after, &live);
    let change = "ModifyDBInstance orders-primary";
    let (new, old) = ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress");
    assert!(waits(&plan, change, &format!("{new} orders-proxy")), "{}", sketch(&plan));
    assert!(waits(&plan, &format!("{old} orders-db"), change), "{}", sketch(&plan));
}

/// Clients come to a proxy through its groups, as they do to a database.
#[test]
fn a_proxy_moves_to_a_group_whose_rules_are_there() {
    let proxy = "db-proxy/orders-proxy";
    let in_group = |wanted: &mut Desired, group: &str| {
        edit_desired(wanted, proxy, |r| match r {
            Resource::DbProxy(proxy) => {
                proxy.security_groups = Some([Ref::Of(at(group), Attr::Id)].into());
            }
            other => panic!("{other:?}"),
        });
    };
    let mut after = listening_on(5432);
    in_group(&mut after, DB);
    let live = converged(&after);
    in_group(&mut after, PROXYS);
    edit_desired(&mut after, PROXYS, |r| match r {
        Resource::SecurityGroup(group) => group.ingress = rules(5432, &["10.1.0.0/16"]),
        other => panic!("{other:?}"),
    });
    let plan = plan(&after, &live);
    let (move_, comes) = ("ModifyDBProxy orders-proxy", "AuthorizeSecurityGroupIngress");
    assert!(waits(&plan, move_, &format!("{comes} orders-proxy")), "{}", sketch(&plan));
    let goes = "RevokeSecurityGroupIngress orders-proxy";
    assert!(waits(&plan, goes, move_), "{}", sketch(&plan));
}

/// Who comes to a database of one region comes through no group of another one.
#[test]
fn rules_of_another_region_do_not_wait_for_a_port() {
    let far = "security-group/orders-west@us-west-2";
    let with_far = |port: u16| {
        let mut wanted = listening_on(port);
        let mut group = wanted.resources[&at(DB)].resource.clone();
        if let Resource::SecurityGroup(group) = &mut group {
            group.vpc = Some(Ref::known("vpc-west"));
        }
        add(&mut wanted, far, group);
        wanted
    };
    let plan = plan(&with_far(5433), &converged(&with_far(5432)));
    let change = "ModifyDBInstance orders-primary";
    for rule in ["SecurityGroupIngress orders-west", "SecurityGroupEgress orders-west"] {
        assert!(!waits(&plan, change, &format!("Authorize{rule}")), "{}", sketch(&plan));
        assert!(!waits(&plan, &format!("Revoke{rule}"), change), "{}", sketch(&plan));
    }
}

fn told(endpoint: &str) -> (String, SnsSubscription) {
    let subscription = SnsSubscription {
        topic: Ref::Of(at("sns-topic/orders-alerts"), Attr::Arn),
        protocol: "sqs".into(),
        endpoint: endpoint.into(),
    };
    (format!("sns-subscription/orders-alerts:sqs:{endpoint}"), subscription)
}

#[test]
fn a_new_endpoint_is_told_before_the_old_one_is_not() {
    let (old, subscription) = told("old.example");
    let mut before = desired();
    add(&mut before, &old, subscription);
    let mut live = converged(&before);
    let (new, subscription) = told("new.example");
    let mut after = desired();
    add(&mut after, &new, subscription);
    live.resources.insert(at(&new), Seen::Absent);
    let plan = plan(&after, &live);
    let name = |address: &str| at(address).name;
    let (tell, stop) = (format!("Subscribe {}", name(&new)), format!("Unsubscribe {}", name(&old)));
    assert!(waits(&plan, &stop, &tell), "{}", sketch(&plan));
}

/// The spec with the proxy in front of another database.
fn in_front_of(database: &str) -> Desired {
    let mut wanted = desired();
    wanted.resources.remove(&at(TARGET));
    let target = DbProxyTarget {
        proxy: of("db-proxy/orders-proxy", Attr::Name).unwrap(),
        target: ProxyTarget::Instance(Ref::Of(at(database), Attr::Name)),
    };
    add(&mut wanted, &format!("db-proxy-target/orders-proxy:{}", at(database).name), target);
    wanted
}

#[test]
fn a_proxy_keeps_its_target_until_the_next_one_is_ready() {
    let wanted = in_front_of(REPLICA);
    let mut live = converged(&desired());
    let new = "db-proxy-target/orders-proxy:orders-read-1";
    live.resources.insert(at(new), Seen::Absent);
    live.resources.insert(at(REPLICA), Seen::Absent);
    let one = plan(&wanted, &live);
    let (leave, make) = (
        "DeregisterDBProxyTargets orders-proxy:orders-primary",
        "CreateDBInstanceReadReplica orders-read-1",
    );
    assert!(waits(&one, leave, make), "{}", sketch(&one));
    live.resources.insert(at(REPLICA), Seen::Unread(unread()));
    let other = plan(&wanted, &live);
    assert_eq!(blocked(&other, TARGET), [Blocked::Needs { address: at(new) }]);
}
