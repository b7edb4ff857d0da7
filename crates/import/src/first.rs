//! The first draft: whose cluster, what its parts are called, and what is only used.
//!
//! Everything else follows from comparing this draft with what there is (`keys.rs`).

use std::collections::{BTreeMap, BTreeSet};

use pgha_resource::kind::{DbInstance, MasterPassword, TargetRole};
use pgha_resource::live::Notice;
use pgha_resource::reference::Subnets;
use pgha_resource::{Address, Kind, LiveResource, Ref, Region, Resource, Scope, Standing, naming};
use toml_edit::Value;

use crate::draft::{Draft, Place, list, table};
use crate::keys::is_key;
use crate::topology::{Topology, parameter_group, subnet_group};

/// Names of replicas that stand for something else in a spec.
const RESERVED: [&str; 5] = ["primary", "cluster", "app", "proxy", "db"];

/// What the parts of a topology are called in the spec.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    /// The cluster.
    pub(crate) cluster: String,
    /// The replicas, in the order of the topology.
    pub(crate) replicas: Vec<String>,
}

impl Called {
    pub(crate) fn of(topology: &Topology, cluster: Option<&str>) -> Self {
        let (seen, scope) = (topology.primary(), &topology.scope);
        let cluster = match cluster {
            Some(name) => name.to_string(),
            None => owner(seen, &topology.primary, scope)
                .unwrap_or_else(|| after_primary(&topology.primary.name)),
        };
        let mut replicas: Vec<String> = Vec::new();
        for replica in &topology.replicas {
            let name = &replica.address.name;
            let short = name.strip_prefix(&format!("{cluster}-")).unwrap_or(name);
            let is_free = |name: &str, taken: &[String]| {
                naming::is_identifier(name)
                    && !RESERVED.contains(&name)
                    && taken.iter().all(|other| other != name)
            };
            let numbered = (1..).map(|number| format!("replica-{number}"));
            let candidates = [short.to_string(), name.clone()].into_iter().chain(numbered);
            let mut free = candidates.filter(|name| is_free(name, &replicas));
            replicas.push(free.next().unwrap_or_default());
        }
        Self { cluster, replicas }
    }
}

/// The cluster that it was taken over for before.
pub(crate) fn owner(seen: &LiveResource, address: &Address, scope: &Scope) -> Option<String> {
    let owner = seen.owner()?;
    let scope = Scope { cluster: owner.into(), ..scope.clone() };
    (seen.standing(address, &scope) == Standing::Ours).then(|| owner.to_string())
}

/// What a cluster is called after its primary.
pub(crate) fn after_primary(primary: &str) -> String {
    let ends = ["-primary", "-cluster", "-db"];
    let short = ends.iter().find_map(|end| primary.strip_suffix(end));
    let name: String =
        short.filter(|name| name.len() > 1).unwrap_or(primary).chars().take(40).collect();
    name.trim_end_matches('-').to_string()
}

/// Draws the first draft.
pub(crate) fn draft(topology: &Topology, called: &Called) -> Draft {
    let mut draft = Draft::default();
    let primary = topology.primary();
    let scope = &topology.scope;
    let cluster = Place::Section("cluster");
    draft.set(cluster, "name", called.cluster.as_str());
    draft.set(cluster, "region", scope.home.as_str());
    if let Some(account) = &scope.account {
        draft.set(cluster, "account", account.as_str());
    }
    if topology.primary.kind == Kind::DbCluster {
        draft.set(cluster, "topology", "multi-az-cluster");
    }
    let engine = Place::Section("engine");
    let (version, class) = engine_of(primary);
    draft.set(engine, "version", version.as_str());
    draft.set(engine, "class", class.as_str());
    if takes_tokens(primary) {
        draft.set(engine, "iam_auth", true);
    }
    credentials(&mut draft, primary);
    storage(&mut draft, primary);
    backups(&mut draft, topology);
    replicas(&mut draft, topology, called);
    networks(&mut draft, topology);
    names(&mut draft, topology, called, &version);
    proxy(&mut draft, topology, called);
    draft
}

/// The major version and the class of the database.
fn engine_of(primary: &LiveResource) -> (String, String) {
    let (version, class) = match primary.overlaid() {
        Resource::DbInstance(instance) => (&instance.engine_version, &instance.class),
        Resource::DbCluster(cluster) => (&cluster.engine_version, &cluster.class),
        _ => (&None, &None),
    };
    let major = version.as_ref().and_then(|version| version.major());
    let major = major.map(|major| major.to_string()).unwrap_or_default();
    (major, class.clone().unwrap_or_default())
}

/// Without it a proxy that logs in with tokens would be an error.
fn takes_tokens(primary: &LiveResource) -> bool {
    match &primary.resource {
        Resource::DbInstance(instance) => instance.iam_auth == Some(true),
        Resource::DbCluster(cluster) => cluster.iam_auth == Some(true),
        _ => false,
    }
}

/// pgha cannot know whether a secret that looks like the right one is, so that the password stays
/// with whoever keeps it.
fn credentials(draft: &mut Draft, primary: &LiveResource) {
    let password = match &primary.resource {
        Resource::DbInstance(instance) => &instance.password,
        Resource::DbCluster(cluster) => &cluster.password,
        _ => &None,
    };
    let manage = match password {
        Some(MasterPassword::Rds { .. }) => "rds",
        _ => "given",
    };
    draft.set(Place::Section("credentials"), "manage", manage);
    if manage == "given" {
        let text = "Who keeps the password AWS does not show, so that pgha never touches it.";
        draft.remark("credentials.manage", text);
    }
}

/// How large it is now, also where it grew by itself, and its key, with which whatever is made
/// from it later is encrypted.
fn storage(draft: &mut Draft, primary: &LiveResource) {
    let (size, key) = match primary.overlaid() {
        Resource::DbInstance(instance) => (instance.storage, instance.kms_key.clone()),
        Resource::DbCluster(cluster) => (cluster.storage, cluster.kms_key.clone()),
        _ => (None, None),
    };
    if let Some(key) = key.filter(|key| is_key(key)) {
        draft.set(Place::Section("storage"), "kms_key", key);
    }
    if let Some(size) = size {
        draft.set(Place::Section("storage"), "size", format!("{size} GiB"));
    }
}

/// Who keeps the backups, and where they are copied to.
fn backups(draft: &mut Draft, topology: &Topology) {
    let backup = Place::Section("backup");
    let by_aws = |notice: &Notice| matches!(notice, Notice::AwsBackup(_));
    if topology.primary().notices.iter().any(by_aws) {
        draft.set(backup, "managed_by", "aws-backup");
    }
    let Some(copy) = &topology.copy else { return };
    let Some(Resource::BackupReplication(seen)) =
        topology.seen.get(copy).map(|seen| &seen.resource)
    else {
        return;
    };
    let region = topology.scope.region_of(copy);
    let mut keys: Vec<(&'static str, Value)> = vec![("region", region.as_str().into())];
    keys.extend(seen.retention.map(|days| ("retention", crate::keys::days(days))));
    keys.extend(seen.kms_key.clone().map(|key| ("kms_key", key.into())));
    draft.set(backup, "replicate_to", table(keys));
}

fn replicas(draft: &mut Draft, topology: &Topology, called: &Called) {
    for (number, (replica, name)) in topology.replicas.iter().zip(&called.replicas).enumerate() {
        let place = Place::Replica(number);
        draft.set(place, "name", name.as_str());
        if let Some(region) = &replica.address.region {
            draft.set(place, "region", region.as_str());
        }
        if replica.source != topology.primary
            && let Some(at) = topology.replicas.iter().position(|r| r.address == replica.source)
        {
            draft.set(place, "source", called.replicas[at].as_str());
        }
        // One that is encrypted in another region has to name its key.
        if let Some(Resource::DbInstance(DbInstance { kms_key: Some(key), .. })) =
            topology.seen.get(&replica.address).map(|seen| &seen.resource)
            && replica.address.region.is_some()
        {
            draft.set(place, "kms_key", key.as_str());
        }
    }
}

/// The groups that a database has.
fn security_groups(resource: &Resource) -> BTreeSet<String> {
    let groups = match resource {
        Resource::DbInstance(instance) => &instance.security_groups,
        Resource::DbCluster(cluster) => &cluster.security_groups,
        Resource::DbProxy(proxy) => &proxy.security_groups,
        _ => &None,
    };
    let known = groups.iter().flatten().filter_map(|group| group.as_known());
    known.map(str::to_string).collect()
}

/// VPC and subnets as the subnet groups say, and the security groups of all databases of a region;
/// what a single replica has beside them is its own.
fn networks(draft: &mut Draft, topology: &Topology) {
    let network = Place::Section("network");
    draft.set(network, "security_groups", "given");
    draft.remark(
        "network.security_groups",
        "The groups that there are, none of which pgha changes.",
    );
    let mut regions: BTreeMap<Option<Region>, Vec<(Option<usize>, &Address)>> = BTreeMap::new();
    regions.entry(None).or_default().push((None, &topology.primary));
    for (number, replica) in topology.replicas.iter().enumerate() {
        let of = regions.entry(replica.address.region.clone()).or_default();
        of.push((Some(number), &replica.address));
    }
    for (region, members) in regions {
        let groups: Vec<BTreeSet<String>> = members
            .iter()
            .filter_map(|(_, address)| {
                Some(security_groups(&topology.seen.get(*address)?.resource))
            })
            .collect();
        let Some(first) = groups.first() else { continue };
        let shared: BTreeSet<String> = first
            .iter()
            .filter(|group| groups.iter().all(|others| others.contains(*group)))
            .cloned()
            .collect();
        for ((number, _), own) in members.iter().zip(&groups) {
            let beside: Vec<String> = own.difference(&shared).cloned().collect();
            if let (Some(number), false) = (number, beside.is_empty()) {
                draft.set(Place::Replica(*number), "extra_security_groups", list(beside));
            }
        }
        let place = members.first().map(|(_, address)| place_of(topology, address));
        let (vpc, subnets) = place.unwrap_or_default();
        match region {
            None => {
                if let Some(vpc) = vpc {
                    draft.set(network, "vpc", vpc);
                    draft.set(network, "subnets", list(subnets));
                }
                draft.set(network, "extra_security_groups", list(shared));
            }
            Some(region) => {
                let mut keys: Vec<(&'static str, Value)> = Vec::new();
                if let Some(vpc) = vpc {
                    keys.push(("vpc", vpc.into()));
                    keys.push(("subnets", list(subnets)));
                }
                keys.push(("extra_security_groups", list(shared)));
                draft.set_in(network, "regions", region.as_str(), table(keys));
            }
        }
    }
}

/// The VPC and the subnets of a database.
fn place_of(topology: &Topology, database: &Address) -> (Option<String>, Vec<String>) {
    let group = topology.seen.get(database).and_then(|seen| {
        let name = subnet_group(&seen.resource)?;
        let region = topology.scope.region_of(database);
        let address = Address::within(Kind::DbSubnetGroup, name, region, &topology.scope.home);
        topology.seen.get(&address)
    });
    let Some(group) = group else { return (None, Vec::new()) };
    let subnets = match &group.resource {
        Resource::DbSubnetGroup(group) => known(group.subnets.as_ref()),
        _ => Vec::new(),
    };
    (group.ids.vpc.clone(), subnets)
}

fn known(subnets: Option<&Subnets>) -> Vec<String> {
    match subnets {
        Some(Subnets::Known(ids)) => ids.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// What everything is called, by the address that it would have without this section.
fn names(draft: &mut Draft, topology: &Topology, called: &Called, major: &str) {
    let (home, cluster) = (&topology.scope.home, called.cluster.as_str());
    draft.remark("names", "What everything is called. What is given is used as it is.");
    let mut names = Names { draft, home };
    let primary = &topology.primary;
    let (own, suffix) = match primary.kind {
        Kind::DbCluster => (Kind::DbClusterParameterGroup, format!("{cluster}-cluster-pg{major}")),
        _ => (Kind::DbParameterGroup, format!("{cluster}-pg{major}")),
    };
    let default = if primary.kind == Kind::DbCluster { "cluster" } else { "primary" };
    names.named(primary.kind, &format!("{cluster}-{default}"), home, &primary.name);
    let mut regions = BTreeMap::from([(home.clone(), primary)]);
    for (replica, name) in topology.replicas.iter().zip(&called.replicas) {
        let region = topology.scope.region_of(&replica.address);
        regions.entry(region.clone()).or_insert(&replica.address);
        let default = format!("{cluster}-{name}");
        names.named(Kind::DbInstance, &default, region, &replica.address.name);
    }
    for (region, first) in &regions {
        let seen = topology.seen.get(*first).map(|seen| &seen.resource);
        if let Some(group) = seen.and_then(subnet_group) {
            names.given(Kind::DbSubnetGroup, &format!("{cluster}-db"), region, group);
        }
    }
    let groups = Groups { topology, cluster, major };
    if let Some(group) = parameter_group(&topology.primary().resource) {
        names.mode(own, &suffix, home, group, groups.is_ours(group, home));
    }
    groups.of_replicas(&mut names, called);
    if let Some(role) = monitoring_role(topology) {
        names.given(Kind::IamRole, &format!("{cluster}-monitoring-{home}"), home, &role);
    }
}

/// The parameter groups of a topology.
struct Groups<'a> {
    topology: &'a Topology,
    cluster: &'a str,
    major: &'a str,
}

impl Groups<'_> {
    /// A group can be the cluster's if nobody else uses it; those of RDS are everybody's
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/parameter-groups-overview.html>).
    fn is_ours(&self, group: &str, region: &Region) -> bool {
        !group.starts_with("default.") && !self.topology.strangers_use(group, region)
    }

    /// Replicas of a region share one group, unless they have parameters of their own.
    fn of_replicas(&self, names: &mut Names<'_>, called: &Called) {
        let home = &self.topology.scope.home;
        let primary = parameter_group(&self.topology.primary().resource);
        let mut shared: BTreeMap<Region, String> = BTreeMap::new();
        for (number, (replica, name)) in
            self.topology.replicas.iter().zip(&called.replicas).enumerate()
        {
            let region = self.topology.scope.region_of(&replica.address).clone();
            let seen = self.topology.seen.get(&replica.address).map(|seen| &seen.resource);
            let Some(group) = seen.and_then(parameter_group) else { continue };
            // Replicas have the primary's parameters where they say nothing else.
            let base = primary.and_then(|primary| self.topology.parameters(primary, home));
            let own = self.topology.parameters(group, &region);
            let ours = base.is_some() && base == own && self.is_ours(group, &region);
            let (cluster, major) = (self.cluster, self.major);
            match shared.get(&region) {
                None => {
                    let default = format!("{cluster}-replicas-pg{major}");
                    names.mode(Kind::DbParameterGroup, &default, &region, group, ours);
                    shared.insert(region, group.to_string());
                }
                Some(first) if first == group => {}
                Some(_) => {
                    let default = format!("{cluster}-{name}-pg{major}");
                    names.draft.set(Place::Replica(number), "parameters", table([]));
                    names.mode(Kind::DbParameterGroup, &default, &region, group, ours);
                }
            }
        }
    }
}

/// The role that some database of the topology is sampled with.
fn monitoring_role(topology: &Topology) -> Option<String> {
    let members = topology.replicas.iter().map(|replica| &replica.address);
    let mut roles = [&topology.primary].into_iter().chain(members).filter_map(|member| {
        let role = match &topology.seen.get(member)?.resource {
            Resource::DbInstance(instance) => instance.monitoring_role.as_ref()?,
            Resource::DbCluster(cluster) => cluster.monitoring_role.as_ref()?,
            _ => return None,
        };
        named_role(role)
    });
    roles.next()
}

/// The name at the end of a role's ARN, after its path.
fn named_role(role: &Ref) -> Option<String> {
    role.as_known()?.rsplit('/').next().map(str::to_string)
}

fn proxy(draft: &mut Draft, topology: &Topology, called: &Called) {
    let Some(found) = &topology.proxy else { return };
    let (home, cluster) = (&topology.scope.home, called.cluster.as_str());
    draft.open("proxy");
    let Some(Resource::DbProxy(proxy)) = topology.seen.get(&found.address).map(|p| &p.resource)
    else {
        return;
    };
    let groups = proxy.security_groups.iter().flatten().filter_map(|group| group.as_known());
    let groups = list(groups.map(str::to_string));
    draft.set(Place::Section("proxy"), "security_groups", groups);
    let subnets = known(proxy.subnets.as_ref());
    if !subnets.is_empty() {
        draft.set(Place::Section("network"), "subnets", list(subnets));
    }
    let mut names = Names { draft, home };
    names.named(Kind::DbProxy, &format!("{cluster}-proxy"), home, &found.address.name);
    if let Some(role) = proxy.role.as_ref().and_then(named_role) {
        names.given(Kind::IamRole, &format!("{cluster}-proxy-{home}"), home, &role);
    }
    for endpoint in &found.endpoints {
        let prefix = format!("{}-", found.address.name);
        let short = endpoint.name.strip_prefix(&prefix).unwrap_or(&endpoint.name).to_string();
        let default = format!("{cluster}-proxy-{short}");
        names.named(Kind::DbProxyEndpoint, &default, home, &endpoint.name);
        let mut keys: Vec<(&'static str, Value)> = vec![("name", short.into())];
        if let Some(Resource::DbProxyEndpoint(seen)) =
            topology.seen.get(endpoint).map(|seen| &seen.resource)
        {
            if seen.role == Some(TargetRole::ReadOnly) {
                keys.push(("role", "read-only".into()));
            }
            let own = known(seen.subnets.as_ref());
            if own != known(proxy.subnets.as_ref()) && !own.is_empty() {
                keys.push(("subnets", list(own)));
            }
        }
        names.draft.endpoint(keys);
    }
}

/// `[names]` in the making.
struct Names<'a> {
    draft: &'a mut Draft,
    home: &'a Region,
}

impl Names<'_> {
    /// A name says that the resource was there before, also where it is the one that pgha would
    /// have given.
    fn named(&mut self, kind: Kind, default: &str, region: &Region, name: &str) {
        self.write(kind, default, region, name.into());
    }

    fn given(&mut self, kind: Kind, default: &str, region: &Region, name: &str) {
        self.write(kind, default, region, table([("given", name.into())]));
    }

    fn mode(&mut self, kind: Kind, default: &str, region: &Region, name: &str, ours: bool) {
        match ours {
            true => self.named(kind, default, region, name),
            false => self.given(kind, default, region, name),
        }
    }

    fn write(&mut self, kind: Kind, default: &str, region: &Region, value: Value) {
        let address = Address::within(kind, default, region, self.home);
        self.draft.set(Place::Section("names"), &address.to_string(), value);
    }
}
