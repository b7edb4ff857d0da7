//! A small cluster for the tests of the renderers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Disruption;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::desired::Origin;
use pgha_resource::desired::Policy;
use pgha_resource::digest::Applied;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::SnsSubscription;
use pgha_resource::kind::SnsTopic;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::HOME_TAG;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::RESOURCE_TAG;
use pgha_resource::reference::Resolve;
use pgha_resource::status::Status;

/// Names are known from the addresses, and topics have made-up ARNs.
struct Names;

impl Resolve for Names {
    fn reference(&self, reference: &Ref) -> Option<String> {
        match reference {
            Ref::Known(id) => Some(id.clone()),
            Ref::Of(address, Attr::Arn) => {
                Some(format!("arn:aws:sns:us-east-1:123456789012:{}", address.name))
            }
            Ref::Of(address, _) => Some(address.name.clone()),
            Ref::Vpc(_) => None,
        }
    }

    fn subnets(&self, _: &Region) -> Option<BTreeSet<String>> {
        None
    }
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn origin(line: u32) -> Origin {
    Origin { file: "cluster.toml".into(), line, column: 1 }
}

pub(crate) fn wanted(
    resource: impl Into<Resource>,
    line: u32,
    fields: &[(&str, u32)],
) -> DesiredResource {
    DesiredResource {
        resource: resource.into(),
        tags: BTreeMap::new(),
        origin: origin(line),
        origins: fields.iter().map(|(name, line)| (name.to_string(), origin(*line))).collect(),
        after: BTreeSet::new(),
        mode: Default::default(),
        measure: None,
        windows: Vec::new(),
        lookups: BTreeMap::new(),
    }
}

pub(crate) fn instance() -> DbInstance {
    DbInstance {
        engine_version: EngineVersion::constraint("16"),
        class: Some("db.r6g.large".into()),
        multi_az: Some(true),
        storage: Some(200),
        storage_type: Some("gp3".into()),
        password: Some(MasterPassword::Rds { kms_key: None }),
        parameter_group: Some(Ref::Of(address("db-parameter-group/orders-pg16"), Attr::Name)),
        maintenance_window: Some("sun:04:00-sun:05:00".into()),
        backup_retention: Some(35),
        backup_window: Some("03:00-03:30".into()),
        deletion_protection: Some(true),
        ..DbInstance::default()
    }
}

fn replica() -> DbInstance {
    DbInstance {
        source: Some(Ref::Of(address("db-instance/orders-primary"), Attr::Name)),
        multi_az: Some(false),
        backup_retention: None,
        backup_window: None,
        engine_version: None,
        storage: None,
        password: None,
        ..instance()
    }
}

/// A primary with a replica, a parameter group, a topic and a reader.
pub(crate) fn desired() -> Desired {
    let parameters = [("max_connections", "200"), ("work_mem", "16384")];
    let group = DbParameterGroup {
        family: Some("postgres16".into()),
        description: None,
        parameters: Some(parameters.map(|(k, v)| (k.to_string(), v.to_string())).into()),
    };
    let topic = SnsTopic { display_name: None, policy: None, kms_key: None };
    let reader = SnsSubscription {
        topic: Ref::Of(address("sns-topic/orders-alerts"), Attr::Arn),
        protocol: "email".into(),
        endpoint: "oncall@example.com".into(),
    };
    let resources = [
        (
            "db-parameter-group/orders-pg16",
            wanted(group, 30, &[("parameters.max_connections", 31)]),
        ),
        (
            "db-instance/orders-primary",
            wanted(instance(), 1, &[("class", 9), ("deletion_protection", 14)]),
        ),
        ("db-instance/orders-read-1", wanted(replica(), 20, &[])),
        ("sns-topic/orders-alerts", wanted(topic, 40, &[])),
        ("sns-subscription/orders-alerts:email:oncall@example.com", wanted(reader, 41, &[])),
    ];
    Desired {
        scope: Scope {
            cluster: "orders".into(),
            account: Some("123456789012".into()),
            home: Region::new("us-east-1"),
        },
        resources: resources.map(|(name, wanted)| (address(name), wanted)).into(),
        networks: BTreeMap::new(),
        policy: Policy {
            timing: Timing::InWindow,
            max_disruption: Disruption::Restart,
            protected: BTreeSet::new(),
            window: Some("sun:04:00-sun:05:00".parse().unwrap()),
        },
    }
}

/// Gives a live resource the record of being the one at this address.
pub(crate) fn names_itself(seen: &mut LiveResource, address: &str) {
    seen.tags.as_mut().unwrap().insert(RESOURCE_TAG.to_string(), address.into());
}

/// The account right after `desired` was applied.
pub(crate) fn applied(desired: &Desired) -> Live {
    let resources = desired.resources.iter().map(|(address, wanted)| {
        let mut resource = wanted.resource.clone();
        resource.resolve(&Names);
        let mut live = LiveResource::new(resource, Status::ready());
        live.tags = Some(BTreeMap::from([
            (OWNER_TAG.to_string(), desired.scope.cluster.clone()),
            (HOME_TAG.to_string(), desired.scope.home.to_string()),
            (RESOURCE_TAG.to_string(), address.to_string()),
            (DIGEST_TAG.to_string(), Applied::of(&wanted.resource, &wanted.tags).to_tag()),
        ]));
        live.ids.arn = Some(format!("arn:aws:sns:us-east-1:123456789012:{}", address.name));
        (address.clone(), Seen::Present(Box::new(live)))
    });
    Live { resources: resources.collect(), calls: 12, ..Live::default() }
}

/// The account before anything was applied.
pub(crate) fn empty(desired: &Desired) -> Live {
    let resources = desired.resources.keys().map(|address| (address.clone(), Seen::Absent));
    Live { resources: resources.collect(), calls: 12, ..Live::default() }
}

/// A live resource, to be changed.
pub(crate) fn live<'a>(live: &'a mut Live, name: &str) -> &'a mut LiveResource {
    match live.resources.get_mut(&address(name)) {
        Some(Seen::Present(seen)) => seen,
        _ => panic!("{name} is not there"),
    }
}

/// The instance inside a live or desired resource, to be changed.
pub(crate) fn as_instance(resource: &mut Resource) -> &mut DbInstance {
    match resource {
        Resource::DbInstance(instance) => instance,
        _ => panic!("no instance"),
    }
}

pub(crate) fn plan(desired: &Desired, live: &Live) -> Plan {
    pgha_planner::plan(desired, live, &Intent::default())
}

/// A text as it looks without colour.
pub(crate) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
