//! A small cluster for planner tests: desired, and the account as an apply would leave it.
//!
//! Both come from one builder, so a test starts from "converged" and changes one thing.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_planner::Blocked;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Known;
use pgha_planner::Note;
use pgha_planner::NoteKind;
use pgha_planner::Plan;
use pgha_planner::Step;
use pgha_planner::plan;
use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::desired::Origin;
use pgha_resource::desired::Policy;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;
use pgha_resource::digest::Applied;
use pgha_resource::kind::Alarm;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbClusterParameterGroup;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::DbProxyTarget;
use pgha_resource::kind::DbProxyTargetGroup;
use pgha_resource::kind::DbSubnetGroup;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::Peer;
use pgha_resource::kind::ProxyTarget;
use pgha_resource::kind::Rule;
use pgha_resource::kind::Secret;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::kind::SnsTopic;
use pgha_resource::kind::Tagging;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::HOME_TAG;
use pgha_resource::live::Ids;
use pgha_resource::live::Network;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::REGIONS_TAG;
use pgha_resource::live::RESOURCE_TAG;
use pgha_resource::live::ReadError;
use pgha_resource::live::Subnet;
use pgha_resource::live::Tags;
use pgha_resource::reference::Subnets;
use pgha_resource::status::Status;

pub const PRIMARY: &str = "db-instance/orders-primary";
pub const REPLICA: &str = "db-instance/orders-read-1";
/// The database of the other topology, with its parameter group.
pub const CLUSTER: &str = "db-cluster/orders";
pub const CLUSTER_GROUP: &str = "db-cluster-parameter-group/orders-pg16";

pub fn sketched(desired: &Desired, live: &Live) -> String {
    sketch(&planned(desired, live, &Intent::default()))
}

pub fn allow(text: &str) -> Intent {
    Intent { allow: [text.parse().unwrap()].into(), ..Intent::default() }
}

pub fn destroy(final_snapshot: bool) -> Intent {
    Intent { goal: Goal::Destroy { final_snapshot }, ..Intent::default() }
}

pub fn unread() -> ReadError {
    ReadError {
        call: "DescribeDBInstances".into(),
        class: ErrorClass::Denied,
        message: "no".into(),
    }
}

pub fn at(text: &str) -> Address {
    text.parse().unwrap()
}

pub fn of(text: &str, attr: Attr) -> Option<Ref> {
    Some(Ref::Of(at(text), attr))
}

pub fn home() -> Region {
    Region::new("us-east-1")
}

pub fn primary() -> DbInstance {
    DbInstance {
        engine_version: EngineVersion::constraint("16.13"),
        class: Some("db.r6g.large".into()),
        multi_az: Some(true),
        storage: Some(200),
        max_storage: Some(0),
        deletion_protection: Some(true),
        backup_retention: Some(7),
        maintenance_window: Some("sun:04:00-sun:05:00".into()),
        password: Some(MasterPassword::Secret(Ref::Of(at("secret/orders-master"), Attr::Arn))),
        subnet_group: of("db-subnet-group/orders-db", Attr::Name),
        security_groups: Some([Ref::Of(at("security-group/orders-db"), Attr::Id)].into()),
        parameter_group: of("db-parameter-group/orders-pg16", Attr::Name),
        ..DbInstance::default()
    }
}

pub fn replica() -> DbInstance {
    DbInstance {
        source: of("db-instance/orders-primary", Attr::Name),
        parameter_group: of("db-parameter-group/orders-replicas-pg16", Attr::Name),
        backup_retention: None,
        max_storage: None,
        storage: None,
        password: None,
        subnet_group: None,
        ..primary()
    }
}

fn group() -> Resource {
    let parameters = BTreeMap::from([
        ("max_connections".to_string(), "200".to_string()),
        ("work_mem".to_string(), "16384".to_string()),
    ]);
    DbParameterGroup {
        family: Some("postgres16".into()),
        description: Some("orders".into()),
        parameters: Some(parameters),
    }
    .into()
}

fn resources() -> Vec<(&'static str, Resource)> {
    let proxy = Ref::Of(at("db-proxy/orders-proxy"), Attr::Name);
    let database = Ref::Of(at("db-instance/orders-primary"), Attr::Name);
    vec![
        (
            "security-group/orders-db",
            SecurityGroup {
                description: Some("database".into()),
                vpc: Some(Ref::Vpc(home())),
                ingress: Some([Rule::tcp(5432, Peer::Itself)].into()),
                egress: None,
            }
            .into(),
        ),
        (
            "db-subnet-group/orders-db",
            DbSubnetGroup {
                description: Some("orders".into()),
                subnets: Some(Subnets::Of(home())),
            }
            .into(),
        ),
        ("db-parameter-group/orders-pg16", group()),
        ("db-parameter-group/orders-replicas-pg16", group()),
        (
            "secret/orders-master",
            Secret {
                description: None,
                kms_key: None,
                username: Some("dbadmin".into()),
                host: of(PRIMARY, Attr::Host),
                port: Some(5432),
                dbname: Some("postgres".into()),
                rotation: None,
            }
            .into(),
        ),
        (
            "sns-topic/orders-alerts",
            SnsTopic { display_name: Some("orders".into()), policy: None, kms_key: None }.into(),
        ),
        ("db-instance/orders-primary", primary().into()),
        ("db-instance/orders-read-1", replica().into()),
        (
            "db-proxy/orders-proxy",
            DbProxy {
                scheme: None,
                auth: None,
                role: None,
                subnets: Some(Subnets::Of(home())),
                security_groups: None,
                require_tls: Some(true),
                idle_timeout: Some(1800),
                debug_logging: None,
            }
            .into(),
        ),
        (
            "db-proxy-target-group/orders-proxy",
            DbProxyTargetGroup {
                proxy: proxy.clone(),
                max_connections: Some(90),
                max_idle_connections: Some(50),
                borrow_timeout: None,
                init_query: None,
            }
            .into(),
        ),
        (
            "db-proxy-target/orders-proxy:orders-primary",
            DbProxyTarget { proxy, target: ProxyTarget::Instance(database) }.into(),
        ),
    ]
}

pub fn desired() -> Desired {
    let origin = |line| Origin { file: "cluster.toml".into(), line, column: 1 };
    let wanted = |(line, (address, resource)): (usize, (&str, Resource))| {
        let line = u32::try_from(line + 1).unwrap();
        let desired = DesiredResource {
            resource,
            tags: Tags::from([("team".to_string(), "payments".to_string())]),
            origin: origin(line),
            origins: BTreeMap::new(),
            after: BTreeSet::new(),
            mode: Default::default(),
            measure: None,
            windows: Vec::new(),
            lookups: BTreeMap::new(),
        };
        (at(address), desired)
    };
    Desired {
        scope: Scope {
            cluster: "orders".into(),
            account: Some("123456789012".into()),
            home: home(),
        },
        resources: resources().into_iter().enumerate().map(wanted).collect(),
        networks: BTreeMap::from([(
            home(),
            NetworkQuery { vpc: VpcQuery::Default, subnets: SubnetQuery::All, origin: origin(1) },
        )]),
        policy: Policy {
            timing: Timing::InWindow,
            max_disruption: Disruption::Restart,
            protected: BTreeSet::new(),
            window: Some("sun:04:00-sun:05:00".parse().unwrap()),
        },
    }
}

/// The same with a Multi-AZ DB cluster in place of the primary and its replica, and without a
/// proxy.
pub fn clustered() -> Desired {
    let mut desired = desired();
    let of_instances = |address: &Address| {
        matches!(address.kind, Kind::DbInstance | Kind::DbParameterGroup)
            || address.name.starts_with("orders-proxy")
    };
    desired.resources.retain(|address, _| !of_instances(address));
    let Resource::DbParameterGroup(DbParameterGroup { family, description, parameters }) = group()
    else {
        panic!("the group of an instance is one")
    };
    add(&mut desired, CLUSTER_GROUP, DbClusterParameterGroup { family, description, parameters });
    let cluster = DbCluster {
        engine_version: EngineVersion::constraint("16.13"),
        class: Some("db.r6gd.large".into()),
        storage: Some(200),
        deletion_protection: Some(true),
        backup_retention: Some(7),
        maintenance_window: Some("sun:04:00-sun:05:00".into()),
        password: Some(MasterPassword::Secret(Ref::Of(at("secret/orders-master"), Attr::Arn))),
        subnet_group: of("db-subnet-group/orders-db", Attr::Name),
        security_groups: Some([Ref::Of(at("security-group/orders-db"), Attr::Id)].into()),
        parameter_group: of(CLUSTER_GROUP, Attr::Name),
        ..DbCluster::default()
    };
    add(&mut desired, CLUSTER, cluster);
    edit_desired(&mut desired, "secret/orders-master", |resource| match resource {
        Resource::Secret(secret) => secret.host = of(CLUSTER, Attr::Host),
        other => panic!("{other:?} is no secret"),
    });
    desired
}

/// The account with nothing but a network in it.
pub fn empty() -> Live {
    let subnet = |zone: &str| Subnet {
        id: format!("subnet-{zone}"),
        zone: format!("us-east-1{zone}"),
        zone_id: None,
        public: None,
        ipv6: None,
    };
    let network = Network {
        vpc: "vpc-1".into(),
        cidrs: ["10.0.0.0/16".to_string()].into(),
        subnets: ["a", "b", "c"].map(subnet).into(),
    };
    let resources = desired().resources.into_keys().map(|address| (address, Seen::Absent));
    Live {
        restorable: BTreeMap::new(),
        remains: BTreeMap::new(),
        neighbours: Default::default(),
        offers: Default::default(),
        resources: resources.collect(),
        networks: BTreeMap::from([(home(), NetworkSeen::Found(network))]),
        unswept: Vec::new(),
        calls: 20,
    }
}

/// What the database remembers of the regions that the spec reaches into.
fn regions_tag(desired: &Desired) -> Option<(String, String)> {
    let away: Vec<String> = desired.regions().iter().skip(1).map(Region::to_string).collect();
    (!away.is_empty()).then(|| (REGIONS_TAG.to_string(), away.join(" ")))
}

/// The account as an apply of `desired` leaves it.
pub fn converged(desired: &Desired) -> Live {
    let mut live = empty();
    for (address, wanted) in &desired.resources {
        let mut seen = LiveResource::new(wanted.resource.clone(), Status::ready());
        let is_database = matches!(address.kind, Kind::DbInstance | Kind::DbCluster);
        seen.ids = Ids {
            vpc: None,
            id: Some(format!("id-{}", address.name)),
            arn: desired.scope.arn(address).or_else(|| Some(format!("arn:{}", address.name))),
            resource_id: is_database.then(|| format!("db-{}", address.name.to_uppercase())),
            master_secret: None,
            host: is_database.then(|| format!("{}.rds", address.name)),
        };
        if address.kind.tagging() != Tagging::WithParent {
            let mut tags = wanted.tags.clone();
            tags.insert(OWNER_TAG.into(), desired.scope.cluster.clone());
            tags.insert(HOME_TAG.into(), desired.scope.home.to_string());
            tags.insert(RESOURCE_TAG.into(), address.to_string());
            tags.insert(DIGEST_TAG.into(), Applied::of(&wanted.resource, &wanted.tags).to_tag());
            if desired.database() == Some(address) {
                tags.extend(regions_tag(desired));
            }
            seen.tags = Some(tags);
        }
        live.resources.insert(address.clone(), Seen::Present(Box::new(seen)));
    }
    let resolved: Vec<(Address, LiveResource)> = live
        .resources
        .iter()
        .filter_map(|(address, seen)| Some((address.clone(), seen.present()?.clone())))
        .map(|(address, mut seen)| {
            let leaving = BTreeSet::new();
            seen.resource.resolve(&Known { scope: &desired.scope, live: &live, leaving: &leaving });
            seen.resource = as_seen(seen.resource);
            (address, seen)
        })
        .collect();
    for (address, seen) in resolved {
        live.resources.insert(address, Seen::Present(Box::new(seen)));
    }
    live
}

/// What AWS returns differs from what was asked for in a few places.
fn as_seen(resource: Resource) -> Resource {
    match resource {
        Resource::DbInstance(mut instance) => {
            instance.engine_version =
                instance.engine_version.map(|version| EngineVersion::seen(version.request()));
            instance.password = instance.password.map(|_| MasterPassword::Elsewhere);
            instance.into()
        }
        Resource::DbCluster(mut cluster) => {
            cluster.engine_version =
                cluster.engine_version.map(|version| EngineVersion::seen(version.request()));
            cluster.password = cluster.password.map(|_| MasterPassword::Elsewhere);
            cluster.into()
        }
        Resource::Secret(secret) => {
            Secret { username: None, host: None, port: None, dbname: None, ..secret }.into()
        }
        other => other,
    }
}

/// Adds a resource to the spec, with tags like those of the others.
pub fn add(desired: &mut Desired, address: &str, resource: impl Into<Resource>) {
    let mut entry = desired.resources[&at("sns-topic/orders-alerts")].clone();
    entry.resource = resource.into();
    desired.resources.insert(at(address), entry);
}

/// Deletes what can be restored.
pub fn schedule_deletion(live: &mut Live, address: &str) {
    let seen = live.resources.insert(at(address), Seen::Absent).unwrap();
    live.restorable.insert(at(address), seen.present().unwrap().clone());
}

/// Changes the desired resource at an address.
pub fn edit_desired(desired: &mut Desired, address: &str, edit: impl FnOnce(&mut Resource)) {
    edit(&mut desired.resources.get_mut(&at(address)).unwrap().resource);
}

/// Changes the live resource at an address.
pub fn edit_live(live: &mut Live, address: &str, edit: impl FnOnce(&mut LiveResource)) {
    match live.resources.get_mut(&at(address)).unwrap() {
        Seen::Present(seen) => edit(seen),
        other => panic!("{address} is {other:?}"),
    }
}

/// Gives a live resource the record of being the one at this address.
pub fn names_itself(seen: &mut LiveResource, address: &str) {
    seen.tags.as_mut().unwrap().insert(RESOURCE_TAG.into(), address.into());
}

pub fn instance(resource: &mut Resource) -> &mut DbInstance {
    match resource {
        Resource::DbInstance(instance) => instance,
        other => panic!("{other:?} is no instance"),
    }
}

pub fn cluster(resource: &mut Resource) -> &mut DbCluster {
    match resource {
        Resource::DbCluster(cluster) => cluster,
        other => panic!("{other:?} is no cluster"),
    }
}

pub fn parameters(resource: &mut Resource) -> &mut BTreeMap<String, String> {
    match resource {
        Resource::DbParameterGroup(group) => group.parameters.as_mut().unwrap(),
        Resource::DbClusterParameterGroup(group) => group.parameters.as_mut().unwrap(),
        other => panic!("{other:?} is no parameter group"),
    }
}

/// A plan as short text: one line a change, one line a step.
pub fn sketch(plan: &Plan) -> String {
    let mut text = String::new();
    for change in &plan.changes {
        let fields: Vec<String> = change
            .fields
            .iter()
            .filter(|_| !matches!(change.verb, pgha_planner::Verb::Create))
            .map(|field| {
                format!(" {} {} → {} ({:?})", field.name, field.from, field.to, field.cause)
            })
            .collect();
        let blocked = change.blocked.as_ref().map(|b| format!(" BLOCKED {b}")).unwrap_or_default();
        text += &format!(
            "{:?} {} {} {:?}{}{blocked}\n",
            change.verb,
            change.address,
            change.disruption,
            change.time,
            fields.join(","),
        );
    }
    for step in &plan.steps {
        let after: Vec<String> = step.after.iter().map(|after| after.step.to_string()).collect();
        text += &format!(
            "{}. {} {} {} [{}]\n",
            step.id,
            step.call.operation,
            step.address(),
            step.disruption,
            after.join(" "),
        );
    }
    text
}

/// An alarm that watches one thing.
pub fn alarm(dimension: &str, whose: Ref) -> Alarm {
    Alarm {
        description: None,
        namespace: Some("AWS/RDS".into()),
        metric: Some("CPUUtilization".into()),
        dimensions: Some([(dimension.to_string(), whose)].into()),
        statistic: None,
        period: Some(60),
        evaluation_periods: None,
        datapoints: None,
        threshold: None,
        comparison: None,
        missing_data: None,
        alarm_actions: None,
        ok_actions: None,
        actions_enabled: None,
    }
}

/// Whether a step waits for another one, both written as "CALL NAME"; both have to be there.
#[track_caller]
pub fn waits(plan: &Plan, later: &str, earlier: &str) -> bool {
    let find = |text: &str| {
        let is_it =
            |step: &&Step| format!("{} {}", step.call.operation, step.address().name) == text;
        let step = plan.steps.iter().find(is_it);
        step.unwrap_or_else(|| panic!("there is no {text} in\n{}", sketch(plan)))
    };
    let earlier = find(earlier).id;
    find(later).after.iter().any(|after| after.step == earlier)
}

/// The operations of a plan's steps at an address.
pub fn operations(plan: &Plan, address: &str) -> Vec<Operation> {
    let own = plan.steps.iter().filter(|step| step.address() == &at(address));
    own.map(|step| step.call.operation).collect()
}

/// What a plan does not do at an address, and why.
pub fn blocked(plan: &Plan, address: &str) -> Vec<Blocked> {
    let own = plan.changes.iter().filter(|change| change.address == at(address));
    own.filter_map(|change| change.blocked.clone()).collect()
}

/// A plan's notes of one kind, each with whom it is about.
pub fn notes(plan: &Plan, kind: NoteKind) -> Vec<String> {
    let about = |note: &Note| note.address.as_ref().map(|address| format!("{address}: "));
    let own = plan.notes.iter().filter(|note| note.kind == kind);
    own.map(|note| about(note).unwrap_or_default() + &note.text).collect()
}

/// Plans and checks that the same input gives the same plan.
pub fn planned(desired: &Desired, live: &Live, intent: &Intent) -> Plan {
    let one = plan(desired, live, intent);
    assert_eq!(one.digest(), plan(desired, live, intent).digest());
    one
}
