//! What belongs to a database: found from any member, in all its regions.

use std::collections::{BTreeMap, BTreeSet};

use pgha_apply::port::{Observe, Wanted};
use pgha_resource::kind::{
    DbParameterGroup, DbProxyTarget, DbProxyTargetGroup, DbSubnetGroup, ProxyTarget,
};
use pgha_resource::live::{Notice, ReadError};
use pgha_resource::{Address, Kind, Live, LiveResource, Ref, Region, Resource, Scope, Seen};

use crate::ImportError;

/// A database with its replicas and its proxy.
#[derive(Debug, Clone)]
pub(crate) struct Topology {
    /// Whose account, and where the primary lives.
    pub(crate) scope: Scope,
    /// The instance or the cluster that is written to.
    pub(crate) primary: Address,
    /// The replicas, sources before those that replicate from them.
    pub(crate) replicas: Vec<Replica>,
    /// The proxy before the primary, with its endpoints.
    pub(crate) proxy: Option<Proxy>,
    /// The copy of its backups in another region.
    pub(crate) copy: Option<Address>,
    /// Everything that was seen, by address.
    pub(crate) seen: BTreeMap<Address, LiveResource>,
    /// What there is beside the cluster and is not in the spec.
    pub(crate) beside: Vec<String>,
    /// What could not be read.
    pub(crate) unread: Vec<ReadError>,
}

/// A replica and what it replicates from.
#[derive(Debug, Clone)]
pub(crate) struct Replica {
    pub(crate) address: Address,
    pub(crate) source: Address,
}

/// A proxy and its further endpoints.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(crate) address: Address,
    pub(crate) endpoints: Vec<Address>,
}

/// An instance's or a cluster's name in one region, from a name or an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// What it is, if it says so.
    kind: Option<Kind>,
    /// Where, if it says so.
    pub(crate) region: Option<Region>,
    /// Whose, if it says so.
    pub(crate) account: Option<String>,
}

impl Named {
    pub(crate) fn read(text: &str) -> Self {
        let parts: Vec<&str> = text.splitn(7, ':').collect();
        match parts[..] {
            ["arn", _, "rds", region, account, of @ ("db" | "cluster"), name] => Self {
                name: name.into(),
                kind: Some(if of == "db" { Kind::DbInstance } else { Kind::DbCluster }),
                region: Some(Region::new(region)),
                account: Some(account.into()),
            },
            _ => match text.parse::<Address>() {
                // As plans and lists name it.
                Ok(address) => Self {
                    name: address.name,
                    kind: Some(address.kind),
                    region: address.region,
                    account: None,
                },
                Err(_) => Self { name: text.into(), kind: None, region: None, account: None },
            },
        }
    }
}

/// Looks around from one identifier.
pub(crate) async fn find(
    account: &impl Observe,
    identifier: &str,
    region: &Region,
) -> Result<Topology, ImportError> {
    let whose = account.identity().await.map_err(ImportError::Unread)?.account;
    let mut wanted = Named::read(identifier);
    wanted.region.get_or_insert_with(|| region.clone());
    // From a replica to its source, at most as many times as there are levels, and from a proxy to
    // its target.
    for _ in 0..8 {
        let home = wanted.region.clone().unwrap_or_else(|| region.clone());
        if wanted.account.as_ref().is_some_and(|of| *of != whose) {
            return Err(ImportError::OtherAccount { name: wanted.name });
        }
        let scope = Scope { cluster: String::new(), account: Some(whose.clone()), home };
        let live = account.observe(&Wanted::anybodys(&scope, &scope.home)).await;
        let found = member(&live, &wanted, &scope)?;
        match above(account, &scope, &live, &found).await {
            Some(next) => wanted = Named { region: next.region.or(Some(scope.home)), ..next },
            None => return Topology::around(account, scope, found, live).await,
        }
    }
    Err(ImportError::NotFound { name: wanted.name, region: region.clone(), similar: Vec::new() })
}

/// The database or proxy of a name.
fn member(live: &Live, wanted: &Named, scope: &Scope) -> Result<Address, ImportError> {
    let name = wanted.name.as_str();
    let kinds = [Kind::DbInstance, Kind::DbCluster, Kind::DbProxy];
    let meant = |kind: &Kind| wanted.kind.is_none_or(|meant| meant == *kind);
    let mut found = kinds.into_iter().filter(meant).map(|kind| Address::home(kind, name));
    if let Some(found) = found.find(|address| live.present(address).is_some()) {
        return Ok(found);
    }
    if let Some(error) = live.unswept.first() {
        return Err(ImportError::Unread(error.clone()));
    }
    let names = live.resources.keys().filter(|a| a.kind != Kind::DbProxyEndpoint).map(|a| &a.name);
    let mut similar: Vec<(String, f64)> = names
        .map(|other| (other.clone(), strsim::jaro_winkler(other, name)))
        .filter(|(_, likeness)| *likeness > 0.7)
        .collect();
    similar.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let similar = similar.into_iter().map(|(name, _)| name).take(3).collect();
    Err(ImportError::NotFound { name: name.into(), region: scope.home.clone(), similar })
}

/// What a member replicates from, or stands before.
async fn above(
    account: &impl Observe,
    scope: &Scope,
    live: &Live,
    found: &Address,
) -> Option<Named> {
    match &live.present(found)?.resource {
        Resource::DbInstance(instance) => Some(Named::read(instance.source.as_ref()?.as_known()?)),
        Resource::DbProxy(_) => {
            let targets = databases(live).map(|database| target(&found.name, database));
            let seen = account.observe(&Wanted::only(scope, targets.collect())).await;
            let target = seen.resources.iter().find_map(|(address, seen)| {
                seen.present()?;
                address.name.split_once(':').map(|(_, database)| database.to_string())
            })?;
            Some(Named::read(&target))
        }
        _ => None,
    }
}

pub(crate) fn databases(live: &Live) -> impl Iterator<Item = &Address> {
    live.resources.keys().filter(|a| matches!(a.kind, Kind::DbInstance | Kind::DbCluster))
}

/// The target of a proxy that a database would be.
fn target(proxy: &str, database: &Address) -> (Address, Resource) {
    let name = Ref::known(database.name.as_str());
    let resource = DbProxyTarget {
        proxy: Ref::known(proxy),
        target: match database.kind {
            Kind::DbCluster => ProxyTarget::Cluster(name),
            _ => ProxyTarget::Instance(name),
        },
    };
    (Address::home(Kind::DbProxyTarget, format!("{proxy}:{}", database.name)), resource.into())
}

impl Topology {
    async fn around(
        account: &impl Observe,
        scope: Scope,
        primary: Address,
        live: Live,
    ) -> Result<Self, ImportError> {
        let mut topology = Self {
            scope,
            primary,
            replicas: Vec::new(),
            proxy: None,
            copy: None,
            seen: BTreeMap::new(),
            beside: Vec::new(),
            unread: Vec::new(),
        };
        topology.take(live);
        let primary = topology.seen[&topology.primary].clone();
        if let Some(engine) = other_engine(&primary) {
            let address = topology.primary.clone();
            return Err(ImportError::OtherEngine { address, engine: engine.into() });
        }
        topology.follow_replicas(account).await?;
        topology.follow_proxy(account).await;
        topology.read_groups(account).await;
        topology.look_around(account).await;
        Ok(topology)
    }

    fn take(&mut self, live: Live) {
        self.unread.extend(live.unswept);
        for (address, seen) in live.resources {
            match seen {
                Seen::Present(seen) => {
                    self.seen.insert(address, *seen);
                }
                Seen::Unread(error) => self.unread.push(error),
                Seen::Absent => {}
            }
        }
    }

    /// The primary as it is.
    pub(crate) fn primary(&self) -> &LiveResource {
        &self.seen[&self.primary]
    }

    /// Breadth first, region by region: a source says who replicates from it.
    async fn follow_replicas(&mut self, account: &impl Observe) -> Result<(), ImportError> {
        let mut swept = BTreeSet::from([self.scope.home.clone()]);
        let mut sources = vec![self.primary.clone()];
        while let Some(source) = sources.pop() {
            let Some(seen) = self.seen.get(&source) else { continue };
            let told: Vec<Named> = seen
                .notices
                .iter()
                .filter_map(|notice| match notice {
                    Notice::Replica(text) => Some(Named::read(text)),
                    _ => None,
                })
                .collect();
            for named in told {
                let region =
                    named.region.clone().unwrap_or_else(|| self.scope.region_of(&source).clone());
                if named.account.as_ref().is_some_and(|of| Some(of) != self.scope.account.as_ref())
                {
                    self.beside.push(format!("replica {} in another account", named.name));
                    continue;
                }
                if swept.insert(region.clone()) {
                    let live = account.observe(&Wanted::anybodys(&self.scope, &region)).await;
                    self.take(live);
                }
                let address =
                    Address::within(Kind::DbInstance, named.name, &region, &self.scope.home);
                if !self.seen.contains_key(&address) {
                    self.beside.push(format!("{address}, a replica that could not be found"));
                    continue;
                }
                self.replicas.push(Replica { address: address.clone(), source: source.clone() });
                sources.insert(0, address);
            }
        }
        Ok(())
    }

    async fn follow_proxy(&mut self, account: &impl Observe) {
        let proxies: Vec<Address> = self
            .seen
            .keys()
            .filter(|a| a.kind == Kind::DbProxy && a.region.is_none())
            .cloned()
            .collect();
        let asked: BTreeMap<Address, Resource> =
            proxies.iter().map(|proxy| target(&proxy.name, &self.primary)).collect();
        if asked.is_empty() {
            return;
        }
        let live = account.observe(&Wanted::only(&self.scope, asked)).await;
        self.take(live);
        let is_before =
            |proxy: &&Address| self.seen.contains_key(&target(&proxy.name, &self.primary).0);
        let mut before: Vec<Address> = proxies.iter().filter(is_before).cloned().collect();
        if before.is_empty() {
            return;
        }
        let address = before.remove(0);
        self.beside.extend(before.iter().map(|other| format!("{other}, a second proxy")));
        let group = DbProxyTargetGroup {
            proxy: Ref::known(address.name.as_str()),
            max_connections: None,
            max_idle_connections: None,
            borrow_timeout: None,
            init_query: None,
        };
        let at = Address::home(Kind::DbProxyTargetGroup, address.name.as_str());
        let live = account.observe(&Wanted::only(&self.scope, [(at, group.into())].into())).await;
        self.take(live);
        let of_it = |(at, seen): (&Address, &LiveResource)| match &seen.resource {
            Resource::DbProxyEndpoint(endpoint) => {
                (endpoint.proxy.as_known() == Some(address.name.as_str())).then(|| at.clone())
            }
            _ => None,
        };
        let endpoints = self.seen.iter().filter_map(of_it).collect();
        self.proxy = Some(Proxy { address, endpoints });
    }

    /// What watches the members, what was kept of them, and where their backups are copied to.
    async fn look_around(&mut self, account: &impl Observe) {
        let members = self.replicas.iter().map(|replica| &replica.address).chain([&self.primary]);
        let members: BTreeSet<Address> = members.cloned().collect();
        let copied = self.primary().notices.iter().filter_map(|notice| match notice {
            Notice::BackupsCopied(arn) => arn.split(':').nth(3).map(Region::new),
            _ => None,
        });
        let regions = members.iter().map(|member| self.scope.region_of(member).clone());
        let regions: BTreeSet<Region> = regions.chain(copied).collect();
        for region in regions {
            let live = account.observe(&Wanted::around(&self.scope, &region)).await;
            let mut here = Around::default();
            for (address, seen) in &live.resources {
                if let Seen::Present(seen) = seen
                    && let Some(what) = self.hangs_on(&members, &region, &seen.resource)
                {
                    here.add(what, &address.name, &seen.resource);
                }
            }
            let primary = Address::within(
                Kind::BackupReplication,
                self.primary.name.clone(),
                &region,
                &self.scope.home,
            );
            if let Some(Seen::Present(copy)) = live.resources.get(&primary)
                && self.copy.is_none()
                && self.is_copy(&copy.resource)
            {
                self.seen.insert(primary.clone(), (**copy).clone());
                self.copy = Some(primary);
            }
            self.beside.extend(here.lines(&region));
            self.unread.extend(live.unswept);
        }
    }

    /// Whether these are backups of the primary.
    fn is_copy(&self, resource: &Resource) -> bool {
        let Resource::BackupReplication(copy) = resource else { return false };
        let source = copy.source.as_ref().and_then(Ref::as_known).map(Named::read);
        source.is_some_and(|source| {
            source.name == self.primary.name && source.region.as_ref() == Some(&self.scope.home)
        })
    }

    /// What something is to a member, if it is anything to one.
    fn hangs_on(
        &self,
        members: &BTreeSet<Address>,
        region: &Region,
        resource: &Resource,
    ) -> Option<&'static str> {
        let here = |name: &str| {
            members.iter().any(|m| m.name == name && self.scope.region_of(m) == region)
        };
        let proxy = |name: &str| {
            *region == self.scope.home
                && self.proxy.as_ref().is_some_and(|proxy| proxy.address.name == name)
        };
        let group = |name: &str| {
            let of_region = members.iter().filter(|member| self.scope.region_of(member) == region);
            let used =
                of_region.filter_map(|member| parameter_group(&self.seen.get(member)?.resource));
            used.into_iter().any(|used| used == name)
        };
        let names = |reference: &Ref| {
            reference.as_known().is_some_and(|name| here(name) || proxy(name) || group(name))
        };
        match resource {
            Resource::Alarm(alarm) => {
                let watches = alarm.dimensions.iter().flatten().any(|(_, value)| names(value));
                watches.then_some("alarm")
            }
            Resource::EventSubscription(subscription) => {
                let named = subscription.sources.iter().flatten().any(names);
                named.then_some("event subscription")
            }
            Resource::DbSnapshot(snapshot) => {
                snapshot.source.as_ref().is_some_and(names).then_some("manual snapshot")
            }
            Resource::DbClusterSnapshot(snapshot) => {
                snapshot.source.as_ref().is_some_and(names).then_some("manual snapshot")
            }
            _ => None,
        }
    }

    /// The subnet groups and the parameter groups of the members.
    async fn read_groups(&mut self, account: &impl Observe) {
        let members = self.replicas.iter().map(|replica| &replica.address).chain([&self.primary]);
        let mut groups: BTreeMap<Address, Resource> = BTreeMap::new();
        for member in members {
            let Some(seen) = self.seen.get(member) else { continue };
            let region = self.scope.region_of(member);
            let at = |kind, name: &str| Address::within(kind, name, region, &self.scope.home);
            if let Some(name) = subnet_group(&seen.resource) {
                let nothing = DbSubnetGroup { description: None, subnets: None };
                groups.insert(at(Kind::DbSubnetGroup, name), nothing.into());
            }
            let group = parameter_group(&seen.resource);
            if let Some(name) = group.filter(|_| member.kind == Kind::DbInstance) {
                let nothing = DbParameterGroup::default();
                groups.insert(at(Kind::DbParameterGroup, name), nothing.into());
            }
        }
        let live = account.observe(&Wanted::only(&self.scope, groups)).await;
        self.take(live);
    }

    /// The parameters of a group.
    pub(crate) fn parameters(
        &self,
        group: &str,
        region: &Region,
    ) -> Option<&BTreeMap<String, String>> {
        let address = Address::within(Kind::DbParameterGroup, group, region, &self.scope.home);
        match &self.seen.get(&address)?.resource {
            Resource::DbParameterGroup(group) => group.parameters.as_ref(),
            _ => None,
        }
    }

    /// Databases that are no members, by the parameter group that they use.
    pub(crate) fn strangers_use(&self, group: &str, region: &Region) -> bool {
        let is_member = |address: &Address| {
            *address == self.primary || self.replicas.iter().any(|r| r.address == *address)
        };
        self.seen.iter().any(|(address, seen)| {
            !is_member(address)
                && self.scope.region_of(address) == region
                && parameter_group(&seen.resource) == Some(group)
        })
    }
}

/// What hangs on the members in a region.
#[derive(Default)]
struct Around {
    found: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Around {
    /// Notes it, and whom it tells.
    fn add(&mut self, what: &'static str, name: &str, resource: &Resource) {
        self.found.entry(what).or_default().insert(name.into());
        let told: Vec<&Ref> = match resource {
            Resource::Alarm(alarm) => {
                alarm.alarm_actions.iter().chain(&alarm.ok_actions).flatten().collect()
            }
            Resource::EventSubscription(subscription) => subscription.topic.iter().collect(),
            _ => Vec::new(),
        };
        let topics = told.into_iter().filter_map(Ref::as_known).filter(|arn| arn.contains(":sns:"));
        let topics: Vec<String> = topics.map(str::to_string).collect();
        if !topics.is_empty() {
            self.found.entry("topic that is told").or_default().extend(topics);
        }
    }

    /// A line a kind.
    fn lines(self, region: &Region) -> impl Iterator<Item = String> {
        self.found.into_iter().map(move |(what, names)| {
            let names: Vec<String> = names.into_iter().collect();
            let many = if names.len() == 1 { "" } else { "s" };
            let what = match what {
                "topic that is told" if names.len() > 1 => "topics that are told".into(),
                what => format!("{what}{many}"),
            };
            format!("{} {what} in {region}: {}", names.len(), names.join(", "))
        })
    }
}

pub(crate) fn other_engine(seen: &LiveResource) -> Option<&str> {
    seen.notices.iter().find_map(|notice| match notice {
        Notice::Engine(engine) => Some(engine.as_str()),
        _ => None,
    })
}

/// The subnet group of a database.
pub(crate) fn subnet_group(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::DbInstance(instance) => instance.subnet_group.as_ref()?.as_known(),
        Resource::DbCluster(cluster) => cluster.subnet_group.as_ref()?.as_known(),
        _ => None,
    }
}

/// The parameter group of a database.
pub(crate) fn parameter_group(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::DbInstance(instance) => instance.parameter_group.as_ref()?.as_known(),
        Resource::DbCluster(cluster) => cluster.parameter_group.as_ref()?.as_known(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_or_has_an_arn() {
        let named = Named::read("arn:aws:rds:us-west-2:123456789012:db:orders-dr");
        assert_eq!(named.name, "orders-dr");
        assert_eq!(named.region, Some(Region::new("us-west-2")));
        assert_eq!(named.account.as_deref(), Some("123456789012"));
        let plain = Named { name: "orders-dr".into(), kind: None, region: None, account: None };
        assert_eq!(Named::read("orders-dr"), plain);
        let plain = Named { kind: Some(Kind::DbInstance), ..plain };
        assert_eq!(Named::read("db-instance/orders-dr"), plain);
        let away = Named { region: Some(Region::new("us-west-2")), ..plain };
        assert_eq!(Named::read("db-instance/orders-dr@us-west-2"), away);
    }
}
