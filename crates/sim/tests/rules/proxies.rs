//! Proxies, their groups, targets and endpoints.

use std::collections::BTreeSet;

use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Timing;
use pgha_resource::desired::{NetworkQuery, Origin, SubnetQuery, VpcQuery};
use pgha_resource::document::Document;
use pgha_resource::kind::ClientPassword;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::DbProxyEndpoint;
use pgha_resource::kind::DbProxyTarget;
use pgha_resource::kind::DbProxyTargetGroup;
use pgha_resource::kind::IamAuth;
use pgha_resource::kind::IamRole;
use pgha_resource::kind::Peer;
use pgha_resource::kind::ProxyAuth;
use pgha_resource::kind::ProxyTarget;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::kind::TargetRole;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;
use pgha_resource::reference::Subnets;
use pgha_sim::Habit;

use crate::world::HOME;
use crate::world::HOUR;
use crate::world::MINUTE;
use crate::world::World;
use crate::world::at;
use crate::world::check_refused;
use crate::world::check_refused_as;
use crate::world::refs;
use crate::world::trust;

const PROXY: &str = "db-proxy/orders";
const GROUP: &str = "db-proxy-target-group/orders";
const TARGET: &str = "db-proxy-target/orders:orders-primary";
const ENDPOINT: &str = "db-proxy-endpoint/orders-reports";

fn world() -> World {
    let world = World::with_primary();
    let role = IamRole {
        description: None,
        trust: Some(trust("rds.amazonaws.com")),
        attached: None,
        inline: None,
    };
    world.create("iam-role/orders-proxy", role).unwrap();
    world.wait(30);
    world
}

fn subnets(world: &World, zones: usize) -> Option<Subnets> {
    let found = world.network("us-east-1", "data").subnets;
    Some(Subnets::Known(found.into_iter().take(zones).map(|subnet| subnet.id).collect()))
}

fn proxy(world: &World) -> DbProxy {
    let secret = Ref::known(world.arn("secret/orders-master"));
    let auth = ProxyAuth { secret, iam: IamAuth::Disabled, client_password: ClientPassword::Scram };
    DbProxy {
        scheme: None,
        auth: Some(BTreeSet::from([auth])),
        role: Some(Ref::known(world.arn("iam-role/orders-proxy"))),
        subnets: subnets(world, 3),
        security_groups: Some(refs(&[&world.id("security-group/orders")])),
        require_tls: Some(true),
        idle_timeout: None,
        debug_logging: None,
    }
}

fn with_proxy() -> World {
    let world = world();
    world.create(PROXY, proxy(&world)).unwrap();
    world.settle(PROXY);
    world
}

fn target(database: &str) -> DbProxyTarget {
    DbProxyTarget {
        proxy: Ref::known("orders"),
        target: ProxyTarget::Instance(Ref::known(database)),
    }
}

fn endpoint(world: &World, role: TargetRole) -> DbProxyEndpoint {
    DbProxyEndpoint {
        proxy: Ref::known("orders"),
        role: Some(role),
        subnets: subnets(world, 3),
        security_groups: None,
    }
}

/// Lets the proxy's role read the secret.
fn let_role_read(world: &World) {
    let arn = world.arn("secret/orders-master");
    let policy = Document::known(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"{arn}"}}]}}"#
    ));
    world
        .edit("iam-role/orders-proxy", Operation::PutRolePolicy, |r: &mut IamRole| {
            r.inline = Some([("secrets".to_string(), policy)].into());
        })
        .unwrap();
}

/// Lets members of the group reach each other.
fn let_members_in(world: &World) {
    world
        .edit(
            "security-group/orders",
            Operation::AuthorizeSecurityGroupIngress,
            |g: &mut SecurityGroup| {
                g.ingress.get_or_insert_default().insert(Rule::tcp(5432, Peer::Itself));
            },
        )
        .unwrap();
}

#[test]
fn a_proxy_takes_minutes_and_is_born_with_its_group() {
    let world = world();
    world.create(PROXY, proxy(&world)).unwrap();
    world.check_status(PROXY, "creating");
    let pool = |g: &mut DbProxyTargetGroup| g.max_connections = Some(80);
    let early = world.edit(GROUP, Operation::ModifyDBProxyTargetGroup, pool);
    check_refused(early, "InvalidDBProxyStateFault", ErrorClass::NotReady);
    world.settle(PROXY);
    let live = world.see(PROXY);
    assert!(live.ids.id.unwrap().starts_with("prx-"));
    let pgha_resource::Resource::DbProxyTargetGroup(group) = world.see(GROUP).resource else {
        panic!()
    };
    assert_eq!((group.max_connections, group.max_idle_connections), (Some(100), Some(50)));
    assert_eq!(group.borrow_timeout, Some(120));
}

#[test]
fn impossible_proxies_are_refused() {
    let refused = |code: &str, change: &dyn Fn(&World, &mut DbProxy)| {
        let world = world();
        let mut wanted = proxy(&world);
        change(&world, &mut wanted);
        assert_eq!(world.create(PROXY, wanted).unwrap_err().code, code);
    };
    refused("InvalidSubnet", &|world, p| p.subnets = subnets(world, 1));
    refused("InvalidParameterValue", &|_, p| p.auth = None);
    refused("InvalidParameterValue", &|_, p| p.idle_timeout = Some(0));
    refused("ResourceNotFoundException", &|_, p| {
        let auth = p.auth.take().unwrap().pop_first().unwrap();
        p.auth = Some(BTreeSet::from([ProxyAuth { secret: Ref::known("arn:x"), ..auth }]));
    });
}

#[test]
fn a_fresh_role_is_not_seen_yet() {
    let world = World::with_primary();
    let role = IamRole {
        description: None,
        trust: Some(trust("rds.amazonaws.com")),
        attached: None,
        inline: None,
    };
    world.create("iam-role/orders-proxy", role).unwrap();
    let made = world.create(PROXY, proxy(&world));
    check_refused_as(made, ErrorClass::Propagating, "IAM role ARN value is invalid");
}

#[test]
fn pool_settings_have_ranges() {
    let world = with_proxy();
    let set = |change: fn(&mut DbProxyTargetGroup)| {
        world.edit(GROUP, Operation::ModifyDBProxyTargetGroup, change)
    };
    set(|g| g.max_connections = Some(101)).unwrap_err();
    set(|g| g.max_connections = Some(40)).unwrap_err();
    set(|g| g.borrow_timeout = Some(301)).unwrap_err();
    let group = DbProxyTargetGroup {
        proxy: Ref::known("orders"),
        max_connections: Some(80),
        max_idle_connections: Some(20),
        borrow_timeout: None,
        init_query: Some("SET x = 1".into()),
    };
    world.create(GROUP, group).unwrap();
    let pgha_resource::Resource::DbProxyTargetGroup(seen) = world.see(GROUP).resource else {
        panic!()
    };
    assert_eq!((seen.max_connections, seen.borrow_timeout), (Some(80), Some(120)));
}

#[test]
fn a_target_is_registered_and_tells_how_it_does() {
    let world = with_proxy();
    world.create(TARGET, target("orders-primary")).unwrap();
    world.check_notice(TARGET, Notice::Target("REGISTERING".into()));
    assert!(!world.see(TARGET).status.is_ready());
    world.wait(3 * MINUTE);
    // The rule lets 10.0.0.0/16 in, which the VPC is.
    world.check_notice(TARGET, Notice::Target("UNAVAILABLE AUTH_FAILURE".into()));
    let_role_read(&world);
    world.check_notice(TARGET, Notice::Target("AVAILABLE".into()));
    world.sim.tamper(&at("security-group/orders"), "ingress", "none").unwrap();
    world.check_notice(TARGET, Notice::Target("UNAVAILABLE UNREACHABLE".into()));
    let_members_in(&world);
    world.check_notice(TARGET, Notice::Target("AVAILABLE".into()));
}

#[test]
fn a_target_is_one_and_no_replica() {
    let world = with_proxy();
    world.create("db-instance/orders-read-1", world.replica()).unwrap();
    world.settle("db-instance/orders-read-1");
    let replica = "db-proxy-target/orders:orders-read-1";
    let made = world.create(replica, target("orders-read-1"));
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    world.create(TARGET, target("orders-primary")).unwrap();
    world.sim.put_unowned(&at("db-instance/other"), world.primary().into()).unwrap();
    let second = world.create("db-proxy-target/orders:other", target("other"));
    check_refused(second, "DBProxyTargetAlreadyRegisteredFault", ErrorClass::Exists);
}

#[test]
fn a_target_that_is_not_ready_is_refused() {
    let world = with_proxy();
    let class = |i: &mut DbInstance| i.class = Some("db.r6g.xlarge".into());
    world.modify("orders-primary", Timing::Immediately, class).unwrap();
    world.wait(10);
    let made = world.create(TARGET, target("orders-primary"));
    check_refused(made, "InvalidDBInstanceState", ErrorClass::NotReady);
}

#[test]
fn read_only_endpoints_are_for_clusters() {
    let world = with_proxy();
    world.create(TARGET, target("orders-primary")).unwrap();
    let made = world.create(ENDPOINT, endpoint(&world, TargetRole::ReadOnly));
    check_refused(made, "InvalidParameterCombination", ErrorClass::Invalid);
    world.create(ENDPOINT, endpoint(&world, TargetRole::ReadWrite)).unwrap();
    world.settle(ENDPOINT);
}

#[test]
fn a_proxy_goes_after_its_endpoints_and_before_its_groups() {
    let world = with_proxy();
    world.create(TARGET, target("orders-primary")).unwrap();
    world.create(ENDPOINT, endpoint(&world, TargetRole::ReadWrite)).unwrap();
    world.settle(ENDPOINT);
    check_refused(world.delete(PROXY), "InvalidDBProxyStateFault", ErrorClass::NotReady);
    world.delete(ENDPOINT).unwrap();
    world.wait_gone(ENDPOINT);
    world.delete("db-instance/orders-primary").unwrap();
    world.wait_gone("db-instance/orders-primary");
    assert!(world.sim.look(&at(TARGET)).is_none(), "a database that is gone is no target");
    world.delete(PROXY).unwrap();
    let groups = || world.delete("security-group/orders");
    check_refused(groups(), "DependencyViolation", ErrorClass::InUse);
    world.wait_gone(PROXY);
    assert!(world.sim.look(&at(GROUP)).is_none());
    groups().unwrap();
}

#[test]
fn debug_logging_ends_by_itself_after_a_day() {
    let world = with_proxy();
    let verbose = |p: &mut DbProxy| p.debug_logging = Some(true);
    world.edit(PROXY, Operation::ModifyDBProxy, verbose).unwrap();
    let logs = || match world.see(PROXY).resource {
        pgha_resource::Resource::DbProxy(proxy) => proxy.debug_logging,
        other => panic!("{other:?}"),
    };
    assert_eq!(logs(), Some(true));
    world.wait(25 * HOUR);
    assert_eq!(logs(), Some(false));
}

/// The ids of all subnets of the default VPC, with the zone of each.
fn everywhere(world: &World) -> Vec<(String, String)> {
    let query = NetworkQuery {
        vpc: VpcQuery::Default,
        subnets: SubnetQuery::All,
        origin: Origin { file: "cluster.toml".into(), line: 1, column: 1 },
    };
    let found = world.network_by(HOME, query).subnets;
    found.into_iter().map(|subnet| (subnet.id, subnet.zone_id.unwrap())).collect()
}

#[test]
fn a_proxy_is_made_without_the_subnets_of_zones_that_have_none() {
    let world = world();
    assert_eq!(everywhere(&world).len(), 3);
    world.sim.learn(Habit::ProxyZones);
    let all = everywhere(&world);
    let asked = all.iter().map(|(id, _)| id.clone()).collect();
    let left: BTreeSet<String> =
        all.iter().filter(|(_, zone)| zone != "use1-az3").map(|(id, _)| id.clone()).collect();
    assert_eq!((all.len(), left.len()), (6, 5));
    let wanted =
        DbProxy { subnets: Some(Subnets::Known(asked)), security_groups: None, ..proxy(&world) };
    world.create(PROXY, wanted.clone()).unwrap();
    let made = |address: &str| match world.see(address).resource {
        Resource::DbProxy(proxy) => proxy.subnets,
        Resource::DbProxyEndpoint(endpoint) => endpoint.subnets,
        other => panic!("{other:?}"),
    };
    assert_eq!(made(PROXY), Some(Subnets::Known(left.clone())));
    world.settle(PROXY);
    let reports =
        DbProxyEndpoint { subnets: wanted.subnets, ..endpoint(&world, TargetRole::ReadWrite) };
    world.create(ENDPOINT, reports).unwrap();
    assert_eq!(made(ENDPOINT), Some(Subnets::Known(left)));
    let two = all.into_iter().filter(|(_, zone)| ["use1-az3", "use1-az4"].contains(&&**zone));
    let two = Some(Subnets::Known(two.map(|(id, _)| id).collect()));
    let too_few = DbProxy { subnets: two, security_groups: None, ..proxy(&world) };
    check_refused(world.create("db-proxy/few", too_few), "InvalidSubnet", ErrorClass::Invalid);
}
