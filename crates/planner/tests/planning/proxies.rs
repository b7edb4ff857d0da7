//! Proxies are what RDS made of the request.

use pgha_planner::{Intent, NoteKind};
use pgha_resource::kind::{DbProxyEndpoint, TargetRole};
use pgha_resource::live::{NetworkSeen, Subnet};
use pgha_resource::reference::Subnets;
use pgha_resource::{Attr, Desired, Live, Operation, Ref, Resource, Seen};

use crate::world::{
    add, at, converged, desired, edit_desired, edit_live, home, notes, operations, planned, sketch,
};

const PROXY: &str = "db-proxy/orders-proxy";

fn subnets(resource: &mut Resource) -> &mut Option<Subnets> {
    match resource {
        Resource::DbProxy(proxy) => &mut proxy.subnets,
        other => panic!("{other:?} is no proxy"),
    }
}

fn known(ids: &[&str]) -> Option<Subnets> {
    Some(Subnets::Known(ids.iter().map(|id| format!("subnet-{id}")).collect()))
}

/// A spec whose proxy is in every subnet, and the account with a proxy in these.
fn made_in(ids: &[&str]) -> (Desired, Live) {
    let mut wanted = desired();
    edit_desired(&mut wanted, PROXY, |r| *subnets(r) = Some(Subnets::Of(home())));
    let mut live = converged(&wanted);
    edit_live(&mut live, PROXY, |seen| *subnets(&mut seen.resource) = known(ids));
    (wanted, live)
}

/// One more subnet in the network, in this zone.
fn with_a_subnet(live: &mut Live, zone_id: &str) {
    let Some(NetworkSeen::Found(network)) = live.networks.get_mut(&home()) else { panic!() };
    let (id, zone) = ("subnet-d".into(), "us-east-1d".into());
    network.subnets.insert(Subnet {
        id,
        zone,
        zone_id: Some(zone_id.into()),
        public: None,
        ipv6: None,
    });
}

#[test]
fn a_proxy_without_the_subnet_of_a_zone_that_has_none_is_the_same_proxy() {
    let (wanted, live) = made_in(&["a", "b"]);
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::ByAws);
    assert!(said.len() == 1 && said[0].contains("without subnet-c"), "{said:?}");
}

#[test]
fn a_subnet_that_the_network_gets_later_does_not_replace_a_proxy() {
    let (wanted, mut live) = made_in(&["a", "b", "c"]);
    with_a_subnet(&mut live, "use1-az6");
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, PROXY), [], "{}", sketch(&plan));
}

#[test]
fn a_proxy_somewhere_else_is_replaced() {
    let (wanted, live) = made_in(&["x", "y"]);
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(operations(&plan, PROXY).contains(&Operation::CreateDBProxy), "{}", sketch(&plan));
}

/// The proxy that is asked for in these subnets, where "d" is in a zone without proxies, and what
/// is said of it.
fn asked_in(wanted: Option<Subnets>) -> (Option<Subnets>, Vec<String>) {
    let (mut desired, mut live) = made_in(&["a", "b", "c"]);
    edit_desired(&mut desired, PROXY, |r| *subnets(r) = wanted);
    for gone in
        [PROXY, "db-proxy-target-group/orders-proxy", "db-proxy-target/orders-proxy:orders-primary"]
    {
        live.resources.insert(at(gone), Seen::Absent);
    }
    with_a_subnet(&mut live, "use1-az3");
    let plan = planned(&desired, &live, &Intent::default());
    let made = plan.steps.iter().find(|s| s.call.operation == Operation::CreateDBProxy).unwrap();
    let mut proxy = made.call.to().unwrap().clone();
    (subnets(&mut proxy).clone(), notes(&plan, NoteKind::ByAws))
}

/// RDS guide, "Quotas and limitations for RDS Proxy": not in use1-az3.
#[test]
fn zones_without_proxies_are_left_out_and_said() {
    for (wanted, made) in [
        (Some(Subnets::Of(home())), known(&["a", "b", "c"])),
        // RDS wants subnets in two zones (RDS guide, "Getting started with RDS Proxy").
        (known(&["a", "b", "d"]), known(&["a", "b"])),
    ] {
        let (asked, said) = asked_in(wanted);
        assert_eq!(asked, made);
        assert!(said.iter().any(|text| text.contains("without subnet-d (use1-az3)")), "{said:?}");
    }
}

#[test]
fn where_too_few_subnets_would_be_left_rds_is_asked_for_all_of_them() {
    let (asked, said) = asked_in(known(&["a", "d"]));
    assert_eq!((asked, said), (known(&["a", "d"]), vec![]));
}

#[test]
fn an_endpoint_is_in_the_zones_of_its_proxy() {
    let (mut wanted, mut live) = made_in(&["a", "b", "c"]);
    let address = "db-proxy-endpoint/orders-readers";
    let endpoint = DbProxyEndpoint {
        proxy: Ref::Of(at(PROXY), Attr::Name),
        role: Some(TargetRole::ReadOnly),
        subnets: Some(Subnets::Of(home())),
        security_groups: None,
    };
    add(&mut wanted, address, endpoint);
    live.resources.insert(at(address), Seen::Absent);
    with_a_subnet(&mut live, "use1-az3");
    let plan = planned(&wanted, &live, &Intent::default());
    let made = plan.steps.iter().find(|step| step.address() == &at(address)).unwrap();
    let Some(Resource::DbProxyEndpoint(made)) = made.call.to() else { panic!("{made:?}") };
    assert_eq!(made.subnets, known(&["a", "b", "c"]), "{}", sketch(&plan));
}
