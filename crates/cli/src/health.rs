//! What a person on call wants to know of a cluster, read off what was seen.

mod database;
mod remarks;
pub mod state;
mod survival;

use std::collections::BTreeMap;
use std::fmt;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::live::Notice;
use pgha_resource::live::Standing;
use pgha_resource::value::Shown;
use serde::Serialize;

/// A cluster as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Its name.
    pub cluster: String,
    /// Its account, where the spec names it.
    pub account: Option<String>,
    /// The regions it reaches into, home first.
    pub regions: Vec<Region>,
    /// How many calls the look took.
    pub api_calls: u32,
    /// The databases: the primary first, and last those of the cluster that the spec does not name.
    pub databases: Vec<Database>,
    /// What is left of databases that are not there, by which a plan knows that they were.
    pub remains: Vec<Remark>,
    /// What shows that a cluster of this name has another home region.
    pub elsewhere: Vec<Remark>,
    /// The proxies.
    pub proxies: Vec<Proxy>,
    /// What survives what.
    pub survival: Survival,
    /// Automated backups.
    pub backups: Vec<Backup>,
    /// Those who are told, and whether they agreed to be.
    pub subscriptions: Vec<Subscription>,
    /// How many of the other resources are there, by kind.
    pub others: BTreeMap<Kind, Counted>,
    /// What is wrong.
    pub problems: Vec<Remark>,
    /// What is going on.
    pub remarks: Vec<Remark>,
    /// Something could not be read, so the picture has holes.
    pub incomplete: bool,
}

/// A line about a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Which.
    pub address: Address,
    /// What.
    pub text: String,
}

/// A database instance or a Multi-AZ DB cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Database {
    /// Which.
    pub address: Address,
    /// Its region.
    pub region: Region,
    /// Whether the spec names it.
    pub in_spec: bool,
    /// What it is to the cluster.
    pub role: Role,
    /// Whether a standby in another zone takes over.
    pub standby: bool,
    /// What a replica replicates from.
    pub source: Option<String>,
    /// AWS's word; `absent` and `unread` are ours.
    pub status: String,
    /// The class.
    pub class: Option<String>,
    /// The engine version.
    pub version: Option<String>,
    /// The size of the storage, in GiB.
    pub storage: Option<u32>,
    /// The type of the storage.
    pub storage_type: Option<String>,
    /// The zones it runs in, its own before the standby's; those of a cluster with the member.
    pub zones: Vec<String>,
    /// How replication goes, in RDS's words.
    pub replication: Vec<String>,
    /// Host and port.
    pub endpoints: Vec<String>,
    /// Host and port of the readers of a Multi-AZ DB cluster.
    pub reader_endpoints: Vec<String>,
    /// Changes that wait for the window: field, then now and later.
    pub pending: Vec<Waiting>,
}

/// What a database is to its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It takes the writes.
    Primary,
    /// A Multi-AZ DB cluster: a writer and two readers.
    Cluster,
    /// It replicates from another one.
    Replica,
}

/// A change that AWS accepted and has not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The field.
    pub field: String,
    /// Now.
    pub from: Shown,
    /// Later.
    pub to: Shown,
}

/// A proxy with what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proxy {
    /// Which.
    pub address: Address,
    /// AWS's word.
    pub status: String,
    /// Its own endpoint and the extra ones.
    pub endpoints: Vec<String>,
    /// The databases behind it with their health.
    pub targets: BTreeMap<String, String>,
}

/// What the cluster outlives, and by which means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Survival {
    /// The loss of a zone.
    pub zone: Outlives,
    /// The loss of the home region.
    pub region: Outlives,
}

/// Whether a cluster outlives a loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlives {
    /// The answer.
    pub answer: Answer,
    /// By which means, or why not.
    pub how: Option<String>,
}

impl fmt::Display for Outlives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (alone, before) = match self.answer {
            Answer::Yes => ("yes", "yes, by "),
            Answer::ByHand => ("by hand", "by hand: "),
            Answer::No => ("no", "no: "),
            Answer::Unknown => ("unknown", "unknown: "),
        };
        match &self.how {
            Some(how) => write!(f, "{before}{how}"),
            None => f.write_str(alone),
        }
    }
}

/// Whether it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// By itself.
    Yes,
    /// Once somebody acts.
    ByHand,
    /// It does not.
    No,
    /// What decides it could not be read.
    Unknown,
}

/// Automated backups in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Whose.
    pub address: Address,
    /// Where they are kept.
    pub region: Region,
    /// How many days.
    pub days: Option<u32>,
    /// When they are taken.
    pub window: Option<String>,
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// Which.
    pub address: Address,
    /// Whether the spec names it: any other hears everything as well.
    pub in_spec: bool,
    /// The e-mail was answered, where one is needed.
    pub confirmed: bool,
}

/// How many of a kind are there of how many wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Present.
    pub present: usize,
    /// Desired.
    pub desired: usize,
}

/// Looks at everything that was seen of the desired resources.
pub fn of(desired: &Desired, live: &Live) -> Health {
    let seen = |kind: Kind| {
        desired
            .resources
            .keys()
            .filter(move |address| address.kind == kind)
            .map(|address| (address, live.present(address)))
    };
    let mut databases: Vec<Database> = desired
        .resources
        .iter()
        .filter(|(address, _)| matches!(address.kind, Kind::DbInstance | Kind::DbCluster))
        .map(|(address, wanted)| database::of(address, &wanted.resource, desired, live))
        .collect();
    databases.extend(
        beside(desired, live)
            .map(|(address, seen)| database::of(address, &seen.resource, desired, live)),
    );
    databases.sort_by_key(|database| (!database.in_spec, database.role, database.address.clone()));
    let (problems, remarks) = remarks::of(desired, live);
    Health {
        cluster: desired.scope.cluster.clone(),
        account: desired.scope.account.clone(),
        regions: desired.regions(),
        api_calls: live.calls,
        proxies: seen(Kind::DbProxy).map(|(address, _)| proxy(address, desired, live)).collect(),
        survival: survival::of(desired, live),
        backups: backups(desired, live),
        subscriptions: subscriptions(desired, live),
        others: others(desired, live),
        databases,
        remains: remains(live),
        elsewhere: elsewhere(desired, live),
        problems,
        remarks,
        incomplete: is_incomplete(desired, live),
    }
}

fn is_incomplete(desired: &Desired, live: &Live) -> bool {
    !live.unswept.is_empty()
        || desired.resources.keys().any(|address| {
            !matches!(live.resources.get(address), Some(Seen::Absent | Seen::Present(_)))
        })
}

/// Databases that are the cluster's by their tags, and that the spec does not name.
fn beside<'a>(
    desired: &'a Desired,
    live: &'a Live,
) -> impl Iterator<Item = (&'a Address, &'a LiveResource)> {
    let there =
        live.resources.iter().filter_map(|(address, seen)| Some((address, seen.present()?)));
    there.filter(|(address, seen)| {
        matches!(address.kind, Kind::DbInstance | Kind::DbCluster)
            && !desired.resources.contains_key(*address)
            && seen.standing(address, &desired.scope).is_ours()
    })
}

fn remains(live: &Live) -> Vec<Remark> {
    let each =
        live.remains.iter().flat_map(|(address, all)| all.iter().map(move |one| (address, one)));
    each.map(|(address, one)| Remark { address: address.clone(), text: one.to_string() }).collect()
}

/// Of each other home region the first thing that has the tags of a cluster of this name there.
fn elsewhere(desired: &Desired, live: &Live) -> Vec<Remark> {
    let mut homes: BTreeMap<&str, &Address> = BTreeMap::new();
    for (address, seen) in &live.resources {
        let standing = seen.present().map(|seen| seen.standing(address, &desired.scope));
        if let Some(Standing::Elsewhere(home)) = standing {
            homes.entry(home).or_insert(address);
        }
    }
    let text = |home: &str| format!("is of a cluster of this name that lives in {home}");
    let remark =
        |(home, address): (&str, &Address)| Remark { address: address.clone(), text: text(home) };
    homes.into_iter().map(remark).collect()
}

/// Those of the spec, and whoever else hears the cluster's topics.
fn subscriptions(desired: &Desired, live: &Live) -> Vec<Subscription> {
    let there =
        live.resources.iter().filter_map(|(address, seen)| Some((address, seen.present()?)));
    let hears = |address: &Address, seen: &LiveResource| {
        address.kind == Kind::SnsSubscription
            && (desired.resources.contains_key(address)
                || seen
                    .resource
                    .parent(address)
                    .is_some_and(|topic| is_ours(&topic, desired, live)))
    };
    let mut all: Vec<Subscription> = there
        .filter(|(address, seen)| hears(address, seen))
        .map(|(address, seen)| Subscription {
            address: address.clone(),
            in_spec: desired.resources.contains_key(address),
            confirmed: !seen.notices.contains(&Notice::Unconfirmed),
        })
        .collect();
    all.sort_by_key(|one| (!one.in_spec, one.address.clone()));
    all
}

fn is_ours(address: &Address, desired: &Desired, live: &Live) -> bool {
    let ours = |seen: &LiveResource| seen.standing(address, &desired.scope).is_ours();
    live.present(address).is_some_and(ours)
}

fn notices<T>(live: Option<&LiveResource>, pick: impl Fn(&Notice) -> Option<T>) -> Vec<T> {
    live.into_iter().flat_map(|live| &live.notices).filter_map(pick).collect()
}

fn endpoints(live: Option<&LiveResource>) -> Vec<String> {
    notices(live, |notice| match notice {
        Notice::Endpoint(text) => Some(text.clone()),
        _ => None,
    })
}

fn reader_endpoints(live: Option<&LiveResource>) -> Vec<String> {
    notices(live, |notice| match notice {
        Notice::ReaderEndpoint(text) => Some(text.clone()),
        _ => None,
    })
}

fn status(address: &Address, live: &Live) -> String {
    match live.resources.get(address) {
        Some(Seen::Present(live)) => live.status.text.clone(),
        Some(Seen::Absent) => "absent".into(),
        Some(Seen::Unread(_)) | None => "unread".into(),
    }
}

fn proxy(address: &Address, desired: &Desired, live: &Live) -> Proxy {
    let child = |kind: Kind| {
        desired.resources.iter().filter(move |(child, wanted)| {
            child.kind == kind && wanted.resource.parent(child).as_ref() == Some(address)
        })
    };
    let own = endpoints(live.present(address)).into_iter();
    let extra = child(Kind::DbProxyEndpoint).flat_map(|(child, _)| endpoints(live.present(child)));
    Proxy {
        address: address.clone(),
        status: status(address, live),
        endpoints: own.chain(extra).collect(),
        targets: child(Kind::DbProxyTarget)
            .map(|(child, _)| {
                let database = child.name.rsplit(':').next().unwrap_or(&child.name);
                (database.to_string(), target(child, live))
            })
            .collect(),
    }
}

/// A target's own words say more than its status.
fn target(address: &Address, live: &Live) -> String {
    let said = notices(live.present(address), |notice| match notice {
        Notice::Target(text) => Some(text.clone()),
        _ => None,
    });
    said.into_iter().next().unwrap_or_else(|| status(address, live))
}

fn backups(desired: &Desired, live: &Live) -> Vec<Backup> {
    desired
        .resources
        .keys()
        .filter_map(|address| {
            let (days, window) = match &live.present(address)?.resource {
                Resource::DbInstance(i) => (i.backup_retention, i.backup_window.clone()),
                Resource::DbCluster(c) => (c.backup_retention, c.backup_window.clone()),
                Resource::BackupReplication(b) => (b.retention, None),
                _ => return None,
            };
            let region = desired.scope.region_of(address).clone();
            Some(Backup { address: address.clone(), region, days, window })
        })
        .filter(|backup| backup.days.is_some_and(|days| days > 0))
        .collect()
}

fn others(desired: &Desired, live: &Live) -> BTreeMap<Kind, Counted> {
    let mut others: BTreeMap<Kind, Counted> = BTreeMap::new();
    for address in desired.resources.keys() {
        let shown_elsewhere = matches!(
            address.kind,
            Kind::DbInstance | Kind::DbCluster | Kind::DbProxy | Kind::SnsSubscription
        );
        if !shown_elsewhere {
            let counted = others.entry(address.kind).or_default();
            counted.desired += 1;
            counted.present += usize::from(live.present(address).is_some());
        }
    }
    others
}
