//! What is not ours, and what could not be read.

use insta::assert_snapshot;
use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::Verb;
use pgha_resource::Attr;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::ReadError;
use pgha_resource::reference::Subnets;

use crate::world;
use crate::world::allow;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::empty;
use crate::world::planned;
use crate::world::sketch;
use crate::world::sketched;
use crate::world::unread;

#[test]
fn what_could_not_be_read_is_never_created() {
    let desired = desired();
    let mut live = empty();
    live.resources.insert(at("db-instance/orders-primary"), Seen::Unread(unread()));
    live.resources.remove(&at("sns-topic/orders-alerts"));
    let plan = planned(&desired, &live, &Intent::default());
    let touched = |kind: &str| plan.steps.iter().any(|s| s.address().to_string().starts_with(kind));
    assert!(!touched("db-instance") && !touched("sns-topic") && !touched("db-proxy-target/"));
    assert!(touched("db-proxy/"));
    assert!(!plan.is_converged());
}

#[test]
fn what_is_not_ours_is_left_alone_until_the_user_says_so() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, "sns-topic/orders-alerts", |seen| seen.tags = Some(Default::default()));
    assert_snapshot!(sketched(&desired, &live), @"Modify sns-topic/orders-alerts none Now BLOCKED it exists and does not carry pgha's ownership tag");
    let plan = planned(&desired, &live, &allow("adopt:sns-topic/orders-alerts"));
    let operations: Vec<_> = plan.steps.iter().map(|step| step.call.operation).collect();
    assert_eq!(operations, [Operation::TagTopic]);
}

#[test]
fn nothing_is_built_on_what_is_not_ours() {
    let desired = desired();
    let mut live = empty();
    let all = converged(&desired);
    let primary = all.resources[&at("db-instance/orders-primary")].clone();
    live.resources.insert(at("db-instance/orders-primary"), primary);
    edit_live(&mut live, "db-instance/orders-primary", |seen| seen.tags = Some(Default::default()));
    let plan = planned(&desired, &live, &Intent::default());
    let touched = |kind: &str| plan.steps.iter().any(|s| s.address().to_string().starts_with(kind));
    assert!(!touched("db-instance/") && !touched("db-proxy-target/"));
}

#[test]
fn a_part_of_what_is_not_ours_is_left_alone() {
    let mut wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| seen.tags = Some(Default::default()));
    edit_desired(&mut wanted, "db-proxy-target-group/orders-proxy", |r| {
        if let Resource::DbProxyTargetGroup(group) = r {
            group.max_connections = Some(50);
        }
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(plan.steps, [], "{}", sketch(&plan));
    assert_eq!(plan.totals().blocked, 2, "{}", sketch(&plan));
}

#[test]
fn a_part_is_not_made_anew_unless_its_whole_is() {
    let mut desired = desired();
    edit_desired(&mut desired, "db-proxy/orders-proxy", |r| match r {
        Resource::DbProxy(proxy) => {
            let group = Ref::Of(at("security-group/orders-db"), Attr::Id);
            proxy.security_groups = Some([group].into());
        }
        other => panic!("{other:?}"),
    });
    let mut live = converged(&desired);
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| match &mut seen.resource {
        Resource::DbProxy(proxy) => {
            proxy.subnets = Some(Subnets::Known(["subnet-x".to_string()].into()));
        }
        other => panic!("{other:?}"),
    });
    // The new proxy would need a group that is not ours.
    edit_live(&mut live, "security-group/orders-db", |seen| seen.tags = Some(Default::default()));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(plan.steps, [], "{}", sketch(&plan));
    let needs = |address: &str| [Blocked::Needs { address: at(address) }];
    assert_eq!(blocked(&plan, "db-proxy/orders-proxy"), needs("security-group/orders-db"));
    for part in
        ["db-proxy-target-group/orders-proxy", "db-proxy-target/orders-proxy:orders-primary"]
    {
        assert_eq!(blocked(&plan, part), needs("db-proxy/orders-proxy"), "{part}");
    }
}

#[test]
fn a_network_that_cannot_be_read_replaces_nothing() {
    let desired = desired();
    let mut live = converged(&desired);
    let error = ReadError {
        call: "DescribeSubnets".into(),
        class: ErrorClass::Throttled,
        message: "slow down".into(),
    };
    live.networks.insert(world::home(), NetworkSeen::Unread(error));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(plan.steps, [], "{}", sketch(&plan));
    assert!(!plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
}

#[test]
fn what_is_fixed_and_cannot_be_compared_is_neither_replaced_nor_refused() {
    let desired = desired();
    let mut live = converged(&desired);
    live.networks.insert(world::home(), NetworkSeen::Unread(unread()));
    let plan = planned(&desired, &live, &Intent::default());
    // The group's VPC and the proxy's subnets are fixed, and nobody knows which are meant.
    for address in ["security-group/orders-db", "db-proxy/orders-proxy"] {
        let own = plan.changes.iter().filter(|change| change.address == at(address));
        let said: Vec<_> = own.map(|change| (change.verb, change.fields.len())).collect();
        assert_eq!(said, [(Verb::Modify, 0)], "{}", sketch(&plan));
        assert!(matches!(blocked(&plan, address)[..], [Blocked::NoNetwork { .. }]));
    }
}

#[test]
fn a_missing_network_blocks_what_lives_in_it() {
    let desired = desired();
    let mut live = empty();
    live.networks.clear();
    let plan = planned(&desired, &live, &Intent::default());
    let blocked: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| matches!(change.blocked, Some(Blocked::NoNetwork { .. })))
        .map(|change| change.address.to_string())
        .collect();
    assert_eq!(
        blocked,
        ["security-group/orders-db", "db-subnet-group/orders-db", "db-proxy/orders-proxy"]
    );
    assert!(
        plan.steps.iter().all(|step| step.address().to_string() != "db-instance/orders-primary")
    );
}

#[test]
fn the_words_of_a_failed_look_are_no_part_of_what_is_agreed_to() {
    let wanted = desired();
    let digest = |message: &str| {
        let mut live = empty();
        let error = ReadError { message: message.into(), ..unread() };
        live.resources.insert(at("sns-topic/orders-alerts"), Seen::Unread(error.clone()));
        live.networks.insert(world::home(), NetworkSeen::Unread(error));
        planned(&wanted, &live, &Intent::default()).digest()
    };
    assert_eq!(digest("request 1 was refused"), digest("request 2 was refused"));
}
