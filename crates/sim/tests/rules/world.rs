//! A small cluster to test against, and the calls that pgha would make.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_apply::port::Receipt;
use pgha_apply::port::Wanted;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::desired::Origin;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;
use pgha_resource::document::Document;
use pgha_resource::kind::Alarm;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::DbProxyTargetGroup;
use pgha_resource::kind::DbSubnetGroup;
use pgha_resource::kind::EventSubscription;
use pgha_resource::kind::IamPolicy;
use pgha_resource::kind::IamRole;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::kind::Secret;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::kind::SnsTopic;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Network;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::Notice;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Tags;
use pgha_resource::reference::Subnets;
use pgha_sim::Sim;

pub const MINUTE: u64 = 60;
pub const HOUR: u64 = 3600;
pub const HOME: &str = "us-east-1";
pub const AWAY: &str = "us-west-2";
pub const AWAY_KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/dr";

/// The database that most rules are tried on.
pub const PRIMARY: &str = "db-instance/orders-primary";

/// An account in which the cluster `orders` lives.
pub struct World {
    pub sim: Sim,
}

/// A kind, taken out of a resource of any kind.
pub trait Of: Into<Resource> {
    fn of(resource: Resource) -> Option<Self>;
}

macro_rules! of {
    ($($kind:ident),+) => {
        $(impl Of for $kind {
            fn of(resource: Resource) -> Option<Self> {
                match resource {
                    Resource::$kind(inner) => Some(inner),
                    _ => None,
                }
            }
        })+
    };
}

of!(
    Alarm,
    DbCluster,
    DbInstance,
    DbParameterGroup,
    DbProxy,
    DbProxyTargetGroup,
    DbSubnetGroup,
    EventSubscription,
    IamPolicy,
    IamRole,
    Secret,
    SecurityGroup,
    SnsTopic
);

/// The simulated account never waits for anything but its own lock.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the simulated account waited"),
    }
}

pub fn at(text: &str) -> Address {
    text.parse().unwrap()
}

pub fn scope() -> Scope {
    Scope { cluster: "orders".into(), account: None, home: Region::new(HOME) }
}

pub fn owned() -> Tags {
    Tags::from([(OWNER_TAG.into(), "orders".into())])
}

pub fn set(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| item.to_string()).collect()
}

pub fn map(items: &[(&str, &str)]) -> BTreeMap<String, String> {
    items.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
}

pub fn refs(ids: &[&str]) -> BTreeSet<Ref> {
    ids.iter().map(|id| Ref::known(*id)).collect()
}

/// Checks that a call was refused with AWS's code and what that means.
#[track_caller]
pub fn check_refused(made: Result<Receipt, CallError>, code: &str, class: ErrorClass) {
    let error = made.expect_err("the call should have been refused");
    assert_eq!((error.code.as_str(), error.class), (code, class), "{}", error.message);
}

#[track_caller]
pub fn check_refused_as(made: Result<Receipt, CallError>, class: ErrorClass, part: &str) {
    let error = made.expect_err("the call should have been refused");
    assert_eq!(error.class, class, "{error}");
    assert!(error.to_string().contains(part), "{error}");
}

/// Checks that a change of a settled primary is refused.
#[track_caller]
pub fn check_not_changed(code: &str, class: ErrorClass, change: impl FnOnce(&mut DbInstance)) {
    let world = World::with_primary();
    check_refused(world.modify("orders-primary", Timing::Immediately, change), code, class);
}

impl World {
    /// An account without anything of ours.
    pub fn empty() -> Self {
        let sim = Sim::new();
        sim.set_scope(&scope());
        Self { sim }
    }

    /// Groups, a secret and a monitoring role.
    pub fn new() -> Self {
        let world = Self::empty();
        world.ground("", HOME);
        let secret = Secret {
            description: Some("the master user".into()),
            kms_key: None,
            username: Some("orders_admin".into()),
            host: None,
            port: None,
            dbname: None,
            rotation: None,
        };
        world.create("secret/orders-master", secret).unwrap();
        let role = IamRole {
            description: Some("enhanced monitoring".into()),
            trust: Some(trust("monitoring.rds.amazonaws.com")),
            attached: None,
            inline: None,
        };
        world.create("iam-role/orders-monitoring", role).unwrap();
        let policy = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole";
        let attach = |r: &mut IamRole| r.attached = Some(set(&[policy]));
        world.edit("iam-role/orders-monitoring", Operation::AttachRolePolicy, attach).unwrap();
        world.wait(30);
        world
    }

    /// The same with a primary that has settled.
    pub fn with_primary() -> Self {
        let world = Self::new();
        let primary = world.primary();
        world.create("db-instance/orders-primary", primary).unwrap();
        world.settle("db-instance/orders-primary");
        world
    }

    /// A security group with a rule, a subnet group and a parameter group of a region.
    pub fn ground(&self, suffix: &str, region: &str) {
        let network = self.network(region, "data");
        let subnets = network.subnets.iter().map(|subnet| subnet.id.clone()).collect();
        let group = SecurityGroup {
            description: Some("orders".into()),
            vpc: Some(Ref::known(network.vpc)),
            ingress: None,
            egress: None,
        };
        let name = format!("security-group/orders{suffix}");
        self.create(&name, group).unwrap();
        self.edit(&name, Operation::AuthorizeSecurityGroupIngress, |g: &mut SecurityGroup| {
            g.ingress = Some(BTreeSet::from([Rule::tcp(5432, Peer::Cidr("10.0.0.0/16".into()))]));
        })
        .unwrap();
        let subnet_group = DbSubnetGroup {
            description: Some("orders".into()),
            subnets: Some(Subnets::Known(subnets)),
        };
        self.create(&format!("db-subnet-group/orders{suffix}"), subnet_group).unwrap();
        let parameters = DbParameterGroup {
            family: Some("postgres16".into()),
            description: Some("orders".into()),
            parameters: None,
        };
        self.create(&format!("db-parameter-group/orders-pg16{suffix}"), parameters).unwrap();
    }

    pub fn network(&self, region: &str, tier: &str) -> Network {
        let query = NetworkQuery {
            vpc: VpcQuery::Tagged(map(&[("Name", "main")])),
            subnets: SubnetQuery::Tagged(map(&[("tier", tier)])),
            origin: Origin { file: "cluster.toml".into(), line: 1, column: 1 },
        };
        self.network_by(region, query)
    }

    pub fn network_by(&self, region: &str, query: NetworkQuery) -> Network {
        let region = Region::new(region);
        let wanted = Wanted {
            scope: scope(),
            resources: BTreeMap::new(),
            networks: BTreeMap::from([(region.clone(), query)]),
            sweep: Vec::new(),
            strangers: Default::default(),
        };
        match self.observe(&wanted).networks.remove(&region) {
            Some(NetworkSeen::Found(network)) => network,
            other => panic!("{other:?}"),
        }
    }

    /// What pgha would create for a production primary.
    pub fn primary(&self) -> DbInstance {
        DbInstance {
            engine_version: EngineVersion::constraint("16.14"),
            class: Some("db.r6g.large".into()),
            multi_az: Some(true),
            storage: Some(100),
            storage_type: Some("gp3".into()),
            encrypted: Some(true),
            database: Some("productiondb".into()),
            username: Some("orders_admin".into()),
            password: Some(MasterPassword::Secret(Ref::known(self.arn("secret/orders-master")))),
            subnet_group: Some(Ref::known("orders")),
            security_groups: Some(refs(&[&self.id("security-group/orders")])),
            public: Some(false),
            parameter_group: Some(Ref::known("orders-pg16")),
            backup_retention: Some(7),
            backup_window: Some("03:00-04:00".into()),
            maintenance_window: Some("sun:04:00-sun:05:00".into()),
            ..DbInstance::default()
        }
    }

    /// What pgha would create for a replica in the region of the primary.
    pub fn replica(&self) -> DbInstance {
        DbInstance {
            source: Some(Ref::known("orders-primary")),
            class: Some("db.r6g.large".into()),
            security_groups: Some(refs(&[&self.id("security-group/orders")])),
            public: Some(false),
            ..DbInstance::default()
        }
    }

    pub fn wait(&self, seconds: u64) {
        self.sim.advance(Duration::from_secs(seconds));
    }

    /// Waits until a thing is ready, as pgha would, for a simulated day at most.
    #[track_caller]
    pub fn settle(&self, address: &str) {
        for _ in 0..(24 * 60 * 2) {
            self.wait(30);
            if self.see(address).status.is_ready() {
                return;
            }
        }
        panic!("{address} is still {}", self.see(address).status.text);
    }

    /// Waits until a thing is gone.
    #[track_caller]
    pub fn wait_gone(&self, address: &str) {
        for _ in 0..120 {
            if self.sim.look(&at(address)).is_none() {
                return;
            }
            self.wait(30);
        }
        panic!("{address} is still there");
    }

    #[track_caller]
    pub fn see(&self, address: &str) -> LiveResource {
        self.sim.look(&at(address)).unwrap_or_else(|| panic!("no {address}"))
    }

    #[track_caller]
    pub fn instance(&self, address: &str) -> DbInstance {
        match self.see(address).resource {
            Resource::DbInstance(instance) => instance,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn arn(&self, address: &str) -> String {
        self.see(address).ids.arn.unwrap_or_else(|| panic!("{address} has no ARN"))
    }

    #[track_caller]
    pub fn id(&self, address: &str) -> String {
        self.see(address).ids.id.unwrap_or_else(|| panic!("{address} has no id"))
    }

    pub fn observe(&self, wanted: &Wanted) -> Live {
        now(self.sim.observe(wanted))
    }

    pub fn call(
        &self,
        address: &str,
        operation: Operation,
        action: Action,
    ) -> Result<Receipt, CallError> {
        let call = Call {
            address: at(address),
            operation,
            action,
            id: None,
            arn: None,
            resource_id: None,
        };
        self.make(&call)
    }

    pub fn make(&self, call: &Call) -> Result<Receipt, CallError> {
        now(self.sim.execute(call))
    }

    pub fn create(&self, address: &str, to: impl Into<Resource>) -> Result<Receipt, CallError> {
        let to = Box::new(to.into());
        let operation = to.create();
        self.call(address, operation, Action::Create { to, tags: owned() })
    }

    /// Changes a thing at once, from what is there.
    #[track_caller]
    pub fn edit<R>(
        &self,
        address: &str,
        operation: Operation,
        change: impl FnOnce(&mut R),
    ) -> Result<Receipt, CallError>
    where
        R: Of,
    {
        self.update(address, operation, Timing::Immediately, change)
    }

    /// Changes a thing, from what is there with everything that is queued.
    #[track_caller]
    pub fn update<R>(
        &self,
        address: &str,
        operation: Operation,
        timing: Timing,
        change: impl FnOnce(&mut R),
    ) -> Result<Receipt, CallError>
    where
        R: Of,
    {
        let from = Box::new(self.see(address).overlaid().clone());
        let mut to = R::of(*from.clone()).expect("a thing of that kind");
        change(&mut to);
        let to = Box::new(to.into());
        let both = from.canonical_fields().into_iter().zip(to.canonical_fields());
        let changed = both.filter(|((_, from), (_, to))| from != to);
        let fields = changed.map(|((name, _), _)| name.to_string()).collect();
        self.call(address, operation, Action::Update { from, to, fields, timing })
    }

    #[track_caller]
    pub fn modify(
        &self,
        name: &str,
        timing: Timing,
        change: impl FnOnce(&mut DbInstance),
    ) -> Result<Receipt, CallError> {
        let address = format!("db-instance/{name}");
        self.update(&address, Operation::ModifyDBInstance, timing, change)
    }

    #[track_caller]
    pub fn reboot(&self, address: &str) -> Result<Receipt, CallError> {
        let of = Box::new(self.see(address).resource);
        let operation = of.reboot().unwrap();
        self.call(address, operation, Action::Reboot { of })
    }

    #[track_caller]
    pub fn start(&self, address: &str) -> Result<Receipt, CallError> {
        let of = Box::new(self.see(address).resource);
        let operation = of.start().unwrap();
        self.call(address, operation, Action::Start { of })
    }

    #[track_caller]
    pub fn delete(&self, address: &str) -> Result<Receipt, CallError> {
        self.delete_with(address, None)
    }

    #[track_caller]
    pub fn delete_with(&self, address: &str, snapshot: Option<&str>) -> Result<Receipt, CallError> {
        let from = Box::new(self.see(address).resource);
        let final_snapshot = snapshot.map(str::to_string);
        self.call(address, at(address).kind.delete(), Action::Delete { from, final_snapshot })
    }

    #[track_caller]
    pub fn check_notice(&self, address: &str, notice: Notice) {
        let notices = self.see(address).notices;
        assert!(notices.contains(&notice), "{notices:?}");
    }

    #[track_caller]
    pub fn check_status(&self, address: &str, status: &str) {
        assert_eq!(self.see(address).status.text, status);
    }
}

/// A policy that lets a service assume a role.
pub fn trust(service: &str) -> Document {
    Document::known(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
}
