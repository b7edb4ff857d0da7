//! Where databases are: zones that they use, and subnets without IPv6.

use pgha_planner::{Blocked, Intent};
use pgha_resource::kind::{DbInstance, DbSubnetGroup};
use pgha_resource::live::{NetworkSeen, Notice};
use pgha_resource::reference::Subnets;
use pgha_resource::{Attr, Desired, Live, Resource};

use crate::world::{
    CLUSTER, PRIMARY, REPLICA, add, allow, at, blocked, clustered, converged, desired,
    edit_desired, edit_live, empty, home, instance, of, operations, planned, replica, sketch,
};

const GROUP: &str = "db-subnet-group/orders-db";

/// The primary runs in these zones, in a group that is to have the subnets of a and b only.
fn running_in(zones: &str) -> (Desired, Live) {
    let mut wanted = desired();
    narrowed(&mut wanted);
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::Zones(zones.into()));
    });
    (wanted, live)
}

#[test]
fn a_subnet_in_whose_zone_a_database_runs_stays() {
    for zones in ["us-east-1c", "us-east-1a, us-east-1c", "us-east-1c (writer: orders-1)"] {
        let (wanted, live) = running_in(zones);
        let plan = planned(&wanted, &live, &Intent::default());
        assert_eq!(operations(&plan, GROUP), [], "{}", sketch(&plan));
        let said = blocked(&plan, GROUP)[0].to_string();
        assert!(said.starts_with("db-instance/orders-primary runs in us-east-1c"), "{said}");
    }
}

#[test]
fn a_subnet_that_nobody_uses_goes() {
    let (wanted, live) = running_in("us-east-1a, us-east-1b");
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(!operations(&plan, GROUP).is_empty(), "{}", sketch(&plan));
    assert_eq!(blocked(&plan, GROUP), [], "{}", sketch(&plan));
}

#[test]
fn a_subnet_goes_once_the_database_in_its_zone_has_gone() {
    let (mut wanted, mut live) = running_in("us-east-1a");
    wanted.resources.remove(&at(REPLICA));
    edit_live(&mut live, REPLICA, |seen| {
        seen.notices.insert(Notice::Zones("us-east-1c".into()));
        let instance = instance(&mut seen.resource);
        instance.subnet_group = Some(pgha_resource::Ref::known("orders-db"));
    });
    let plan = planned(&wanted, &live, &allow("delete:db-instance/orders-read-1"));
    assert_eq!(blocked(&plan, GROUP), [Blocked::Waits { address: at(REPLICA) }]);
}

/// The group that loses subnet c.
fn narrowed(wanted: &mut Desired) {
    edit_desired(wanted, GROUP, |r| match r {
        Resource::DbSubnetGroup(DbSubnetGroup { subnets, .. }) => {
            *subnets = Some(Subnets::Known(["subnet-a", "subnet-b"].map(String::from).into()));
        }
        other => panic!("{other:?}"),
    });
}

/// RDS tells where a single instance is by its own field, and where the members of a cluster are by
/// theirs.
#[test]
fn the_zone_of_an_instance_and_those_of_a_cluster_s_members_are_in_use() {
    let mut wanted = desired();
    let mut live = converged(&wanted);
    narrowed(&mut wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).zone = Some("us-east-1c".into());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let said = blocked(&plan, GROUP)[0].to_string();
    assert!(said.starts_with("db-instance/orders-primary runs in us-east-1c"), "{said}");
    let mut wanted = clustered();
    let mut live = converged(&wanted);
    narrowed(&mut wanted);
    edit_live(&mut live, CLUSTER, |seen| {
        let zones = "us-east-1a (writer: orders-1), us-east-1c (reader: orders-2)";
        seen.notices.insert(Notice::Zones(zones.into()));
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let said = blocked(&plan, GROUP)[0].to_string();
    assert!(said.starts_with("db-cluster/orders runs in us-east-1c"), "{said}");
}

/// A subnet group is the group of databases of its own region.
#[test]
fn what_runs_in_another_region_keeps_no_subnet_here() {
    let far = "db-instance/orders-read-2@us-west-2";
    let (mut wanted, mut live) = running_in("us-east-1a");
    let replica = DbInstance {
        source: of(PRIMARY, Attr::Arn),
        subnet_group: Some(pgha_resource::Ref::known("orders-db")),
        parameter_group: None,
        security_groups: None,
        ..replica()
    };
    add(&mut wanted, far, replica);
    live.resources.insert(at(far), converged(&wanted).resources[&at(far)].clone());
    edit_live(&mut live, far, |seen| {
        seen.notices.insert(Notice::Zones("us-west-2c".into()));
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, GROUP), [], "{}", sketch(&plan));
    assert!(!operations(&plan, GROUP).is_empty(), "{}", sketch(&plan));
}

fn with_ipv6(live: &mut Live, ipv6: Option<bool>) {
    let Some(NetworkSeen::Found(network)) = live.networks.get_mut(&home()) else { panic!() };
    let mut subnets = std::mem::take(&mut network.subnets).into_iter();
    let mut last = subnets.next_back().unwrap();
    last.ipv6 = ipv6;
    network.subnets = subnets.chain([last]).collect();
}

#[test]
fn dual_stack_takes_ipv6_in_every_subnet() {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).network_type = Some("DUAL".into()));
    let mut there = converged(&desired());
    edit_live(&mut there, PRIMARY, |seen| {
        instance(&mut seen.resource).network_type = Some("IPV4".into());
    });
    for mut live in [empty(), there] {
        with_ipv6(&mut live, Some(false));
        let plan = planned(&wanted, &live, &Intent::default());
        let said: Vec<String> = blocked(&plan, PRIMARY).iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|why| why.contains("subnet-c have none")), "{}", sketch(&plan));
        assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
        for known in [None, Some(true)] {
            with_ipv6(&mut live, known);
            let plan = planned(&wanted, &live, &Intent::default());
            assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
        }
    }
    // Who speaks IPv4 needs none.
    let mut live = empty();
    with_ipv6(&mut live, Some(false));
    let plan = planned(&desired(), &live, &Intent::default());
    assert!(plan.changes.iter().all(|change| change.blocked.is_none()), "{}", sketch(&plan));
    // What has it already takes other changes.
    let mut live = converged(&wanted);
    with_ipv6(&mut live, Some(false));
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(9));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    assert!(!operations(&plan, PRIMARY).is_empty(), "{}", sketch(&plan));
}

/// The spec with a VPC and subnets that are not those of what is there.
#[test]
fn nothing_follows_into_another_vpc_while_a_database_stays_behind() {
    const PROXY: &str = "db-proxy/orders-proxy";
    const SECURITY: &str = "security-group/orders-db";
    let mut live = converged(&desired());
    let Some(NetworkSeen::Found(network)) = live.networks.get_mut(&home()) else { panic!() };
    network.vpc = "vpc-2".into();
    network.subnets = std::mem::take(&mut network.subnets)
        .into_iter()
        .map(|mut subnet| {
            subnet.id += "-2";
            subnet
        })
        .collect();
    let plan = planned(&desired(), &live, &Intent::default());
    assert!(!blocked(&plan, SECURITY).is_empty(), "{}", sketch(&plan));
    for address in [PROXY, GROUP] {
        assert_eq!(operations(&plan, address), [], "{address}\n{}", sketch(&plan));
        let said = blocked(&plan, address)[0].to_string();
        assert!(said.contains("a database stays in its VPC"), "{address}: {said}");
    }
    assert!(plan.steps.is_empty(), "{}", sketch(&plan));
    // Without a database there is nothing to stay with.
    for database in [PRIMARY, REPLICA] {
        live.resources.insert(at(database), pgha_resource::Seen::Absent);
    }
    let plan = planned(&desired(), &live, &Intent::default());
    let stays = |text: &str| text.contains("a database stays in its VPC");
    assert!(blocked(&plan, GROUP).iter().all(|b| !stays(&b.to_string())), "{}", sketch(&plan));
}
