//! What a person on call wants to know of a cluster, read off what was seen.

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;
use pgha_resource::status::Phase;
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
    /// The databases: the primary first.
    pub databases: Vec<Database>,
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
    /// `primary`, `primary with standby`, `replica of …` or `Multi-AZ cluster`.
    pub role: String,
    /// AWS's word; `absent` and `unread` are ours.
    pub status: String,
    /// The class.
    pub class: Option<String>,
    /// The engine version.
    pub version: Option<String>,
    /// Size and type of the storage.
    pub storage: Option<String>,
    /// Where it runs.
    pub zones: Vec<String>,
    /// How replication goes, in RDS's words.
    pub replication: Vec<String>,
    /// Host and port.
    pub endpoints: Vec<String>,
    /// Changes that wait for the window: field, then now and later.
    pub pending: Vec<Waiting>,
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
    pub zone: String,
    /// The loss of the home region.
    pub region: String,
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
        .map(|(address, wanted)| database(address, &wanted.resource, live))
        .collect();
    databases
        .sort_by_key(|database| (database.role.starts_with("replica"), database.address.clone()));
    let (problems, remarks) = remarks(desired, live);
    Health {
        cluster: desired.scope.cluster.clone(),
        account: desired.scope.account.clone(),
        regions: desired.regions(),
        api_calls: live.calls,
        proxies: seen(Kind::DbProxy).map(|(address, _)| proxy(address, desired, live)).collect(),
        survival: survival(desired, live),
        backups: backups(desired, live),
        subscriptions: seen(Kind::SnsSubscription)
            .filter_map(|(address, live)| {
                let confirmed = !live?.notices.contains(&Notice::Unconfirmed);
                Some(Subscription { address: address.clone(), confirmed })
            })
            .collect(),
        others: others(desired, live),
        databases,
        problems,
        remarks,
        incomplete: is_incomplete(desired, live),
    }
}

fn is_incomplete(desired: &Desired, live: &Live) -> bool {
    desired.resources.keys().any(|address| {
        !matches!(live.resources.get(address), Some(Seen::Absent | Seen::Present(_)))
    })
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

fn status(address: &Address, live: &Live) -> String {
    match live.resources.get(address) {
        Some(Seen::Present(live)) => live.status.text.clone(),
        Some(Seen::Absent) => "absent".into(),
        Some(Seen::Unread(_)) | None => "unread".into(),
    }
}

fn database(address: &Address, wanted: &Resource, live: &Live) -> Database {
    let present = live.present(address);
    let resource = present.map_or(wanted, |present| &present.resource);
    let about = About::of(resource);
    Database {
        address: address.clone(),
        role: about.role,
        status: status(address, live),
        class: about.class,
        version: about.version,
        storage: about.storage,
        zones: notices(present, |notice| match notice {
            Notice::Zones(text) => Some(text.clone()),
            _ => None,
        }),
        replication: notices(present, |notice| match notice {
            Notice::Replication(text) => Some(text.clone()),
            _ => None,
        }),
        endpoints: endpoints(present),
        pending: present.map(pending).unwrap_or_default(),
    }
}

/// The columns that instances and clusters have in common.
struct About {
    role: String,
    class: Option<String>,
    version: Option<String>,
    storage: Option<String>,
}

impl About {
    fn of(resource: &Resource) -> Self {
        match resource {
            Resource::DbCluster(DbCluster {
                class, engine_version, storage, storage_type, ..
            }) => Self {
                role: "Multi-AZ cluster".into(),
                class: class.clone(),
                version: version(engine_version),
                storage: size(*storage, storage_type),
            },
            Resource::DbInstance(DbInstance {
                class,
                engine_version,
                storage,
                storage_type,
                source,
                multi_az,
                ..
            }) => Self {
                role: match (source, multi_az) {
                    (Some(source), _) => format!("replica of {}", name_in(&source.to_string())),
                    (None, Some(true)) => "primary with standby".into(),
                    (None, _) => "primary".into(),
                },
                class: class.clone(),
                version: version(engine_version),
                storage: size(*storage, storage_type),
            },
            _ => Self { role: String::new(), class: None, version: None, storage: None },
        }
    }
}

fn version(version: &Option<EngineVersion>) -> Option<String> {
    version.as_ref().map(|version| version.wanted.clone())
}

fn size(size: Option<u32>, kind: &Option<String>) -> Option<String> {
    let kind = kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
    size.map(|size| format!("{size} GiB{kind}"))
}

/// The name in a name, an address or an ARN.
fn name_in(text: &str) -> &str {
    text.rsplit([':', '/']).next().unwrap_or(text)
}

fn pending(live: &LiveResource) -> Vec<Waiting> {
    let Some(pending) = &live.pending else { return Vec::new() };
    let shown = |resource: &Resource| -> BTreeMap<&'static str, Shown> {
        resource.shown_fields().into_iter().collect()
    };
    let (now, later) = (shown(&live.resource), shown(&pending.after));
    let value =
        |map: &BTreeMap<&str, Shown>, field: &str| map.get(field).cloned().unwrap_or(Shown::Unset);
    pending
        .fields
        .iter()
        .map(|field| Waiting {
            field: field.clone(),
            from: value(&now, field),
            to: value(&later, field),
        })
        .collect()
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

fn instances<'a>(
    desired: &'a Desired,
    live: &'a Live,
) -> impl Iterator<Item = (&'a Address, &'a DbInstance)> {
    desired.resources.keys().filter_map(|address| match &live.present(address)?.resource {
        Resource::DbInstance(instance) => Some((address, instance)),
        _ => None,
    })
}

fn survival(desired: &Desired, live: &Live) -> Survival {
    let is_there =
        |kind| desired.resources.keys().find(|a| a.kind == kind && live.present(a).is_some());
    let replica = |away: bool| {
        instances(desired, live)
            .find(|(a, instance)| instance.source.is_some() && a.region.is_some() == away)
            .map(|(address, _)| &address.name)
    };
    let standby = instances(desired, live)
        .any(|(_, instance)| instance.source.is_none() && instance.multi_az == Some(true));
    let zone = match (is_there(Kind::DbCluster), standby, replica(false)) {
        (Some(_), ..) => "yes, by failing over to another member".into(),
        (None, true, _) => "yes, by failing over to the standby".into(),
        (None, false, Some(name)) => format!("by hand: promote {name}"),
        (None, false, None) => "no".into(),
    };
    let region = match (replica(true), is_there(Kind::BackupReplication)) {
        (Some(name), _) => format!("by hand: promote {name}"),
        (None, Some(address)) => match &address.region {
            Some(region) => format!("by hand: restore a replicated backup in {region}"),
            None => "by hand: restore a replicated backup".into(),
        },
        (None, None) => "no".into(),
    };
    Survival { zone, region }
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

/// What is wrong, and what is going on.
fn remarks(desired: &Desired, live: &Live) -> (Vec<Remark>, Vec<Remark>) {
    let (mut problems, mut going_on) = (Vec::new(), Vec::new());
    for address in desired.resources.keys() {
        let say = |text: String| Remark { address: address.clone(), text };
        match live.resources.get(address) {
            Some(Seen::Absent) => problems.push(say("it does not exist".into())),
            Some(Seen::Unread(error)) => {
                problems.push(say(format!("not read: {}: {}", error.call, error.message)));
            }
            None => problems.push(say("not read".into())),
            Some(Seen::Present(live)) => {
                match live.status.phase {
                    Phase::Ready if live.status.text == "storage-full" => {
                        problems.push(say("its storage is full".into()));
                    }
                    Phase::Ready => {}
                    Phase::Busy | Phase::Deleting => {
                        going_on.push(say(format!("is {}", live.status.text)));
                    }
                    Phase::Stopped | Phase::Broken => {
                        problems.push(say(format!("is {}", live.status.text)));
                    }
                }
                for notice in &live.notices {
                    match told(notice) {
                        Told::Problem(text) => problems.push(say(text)),
                        Told::GoingOn(text) => going_on.push(say(text)),
                        Told::Nothing => {}
                    }
                }
            }
        }
    }
    (problems, going_on)
}

enum Told {
    Problem(String),
    GoingOn(String),
    Nothing,
}

fn told(notice: &Notice) -> Told {
    match notice {
        Notice::PendingReboot(group) => {
            Told::GoingOn(format!("parameters of {group} wait for a restart"))
        }
        Notice::Parameters(text) => Told::GoingOn(format!("parameters: {text}")),
        Notice::StorageBusy(text) => Told::GoingOn(format!("storage: {text}")),
        Notice::Maintenance(text) => Told::GoingOn(format!("AWS wants maintenance: {text}")),
        Notice::Unconfirmed => Told::Problem("nobody confirmed the subscription yet".into()),
        Notice::Replication(text) if text != "replicating" => {
            Told::Problem(format!("replication: {text}"))
        }
        Notice::Target(text) if !text.eq_ignore_ascii_case("available") => {
            Told::Problem(format!("the proxy's target is {text}"))
        }
        Notice::Replication(_)
        | Notice::Target(_)
        | Notice::Replica(_)
        | Notice::Zones(_)
        | Notice::Endpoint(_) => Told::Nothing,
    }
}
