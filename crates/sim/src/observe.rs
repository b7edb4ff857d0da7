//! What a look at the account sees.

use std::collections::BTreeSet;

use pgha_apply::port::Wanted;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Moment;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::kind::Tagging;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;
use pgha_resource::live::Pending;
use pgha_resource::live::ReadError;

use crate::account::Account;
use crate::account::Database;
use crate::account::Thing;
use crate::calls;
use crate::faults::Faults;
use crate::kept;
use crate::kind;
use crate::kind::db_instance;
use crate::kind::db_parameter_group;
use crate::kind::db_proxy_target;
use crate::kind::event_subscription;
use crate::kind::sns;
use crate::network;
use crate::pending::Trigger;

/// The fields of an instance that `PendingModifiedValues` has members for
/// (docs/aws/instances.md#pending-values). Other changes that wait cannot be seen until they are
/// made: a parameter group that comes with a major version, a network type.
const PENDING_MEMBERS: [&str; 14] = [
    "class",
    "storage",
    "password",
    "port",
    "backup_retention",
    "multi_az",
    "engine_version",
    "iops",
    "throughput",
    "storage_type",
    "ca_certificate",
    "subnet_group",
    "iam_auth",
    "dedicated_log_volume",
];

/// The fields that `ClusterPendingModifiedValues` has members for (RDS API,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ClusterPendingModifiedValues.html>),
/// and the class, which waits in its members' own `PendingModifiedValues`; see
/// [`crate::Sim::members`].
const CLUSTER_PENDING_MEMBERS: [&str; 9] = [
    "password",
    "iam_auth",
    "engine_version",
    "backup_retention",
    "storage",
    "storage_type",
    "iops",
    "log_exports",
    "class",
];

/// Looks at everything wanted.
pub(crate) fn observe(account: &Account, faults: &Faults, wanted: &Wanted) -> Live {
    let mut live = Live::default();
    for address in wanted.resources.keys() {
        let key = account.key(address);
        let seen = seen(account, faults, &key);
        if let (Seen::Absent, Some(thing)) = (&seen, kind::secret::scheduled(account, &key)) {
            live.restorable.insert(address.clone(), look(account, &key, thing));
        }
        if matches!(seen, Seen::Absent) {
            let remains = kept::remains(account, &key);
            if !remains.is_empty() {
                live.remains.insert(address.clone(), remains);
            }
        }
        live.resources.insert(address.clone(), seen);
    }
    for (region, query) in &wanted.networks {
        live.networks.insert(region.clone(), network::look_up(account, region, query));
    }
    if !wanted.sweep.is_empty() {
        sweep(account, faults, wanted, &mut live);
    }
    live.calls = calls::of(account, wanted, &live);
    live
}

/// Adds everything else that belongs to the cluster in the regions of the sweep.
fn sweep(account: &Account, faults: &Faults, wanted: &Wanted, live: &mut Live) {
    let cluster = wanted.scope.cluster.as_str();
    let known: BTreeSet<Address> = wanted.resources.keys().map(|a| account.key(a)).collect();
    for kind in Kind::ALL.iter().filter(|kind| faults.unreadable(**kind)) {
        live.unswept.push(unreadable(*kind));
    }
    for (key, thing) in &account.things {
        let inside = key.region.as_ref().is_none_or(|region| wanted.sweep.contains(region));
        if !inside || known.contains(key) || faults.unreadable(key.kind) {
            continue;
        }
        let owner = match key.kind.tagging() {
            Tagging::By { .. } => thing.owner(),
            Tagging::WithParent => kind::parent(account, key, &thing.resource)
                .and_then(|parent| account.get(&parent))
                .and_then(Thing::owner),
        };
        let strangers = wanted.strangers.contains(&key.kind);
        if !strangers && !wanted.strangers.is_empty() {
            continue;
        }
        if owner == Some(cluster) || strangers {
            live.resources.insert(account.address(key), seen(account, faults, key));
        } else if matches!(key.kind, Kind::DbInstance | Kind::DbCluster) {
            live.neighbours.extend(owner.map(str::to_string));
        }
    }
}

fn unreadable(kind: Kind) -> ReadError {
    ReadError {
        call: format!("Describe {kind}"),
        class: ErrorClass::Denied,
        message: "the caller is not authorized to read this".into(),
    }
}

fn seen(account: &Account, faults: &Faults, key: &Address) -> Seen {
    if faults.unreadable(key.kind) {
        return Seen::Unread(unreadable(key.kind));
    }
    match account.get(key) {
        Some(thing) => Seen::Present(Box::new(look(account, key, thing))),
        None => match db_parameter_group::of_rds(account, key) {
            Some(group) => Seen::Present(Box::new(group)),
            None => Seen::Absent,
        },
    }
}

/// One thing as the describe calls return it.
pub(crate) fn look(account: &Account, key: &Address, thing: &Thing) -> LiveResource {
    let tags = match key.kind.tagging() {
        Tagging::By { .. } => Some(thing.tags.clone()),
        Tagging::WithParent => None,
    };
    let mut live = LiveResource {
        resource: as_read(&thing.resource),
        status: kind::status(key.kind, &thing.status),
        pending: pending(thing),
        tags,
        ids: thing.ids.clone(),
        notices: BTreeSet::new(),
    };
    if let Some(database) = &thing.database {
        live.notices.extend(database_notices(account, key, thing, database));
        live.ids.host = host(&live.notices);
    }
    match &thing.resource {
        Resource::EventSubscription(events) if thing.status == "active" => {
            live.status =
                kind::status(key.kind, event_subscription::standing(account, key, events));
        }
        Resource::SnsSubscription(_) if thing.status == sns::UNCONFIRMED => {
            live.notices.insert(Notice::Unconfirmed);
        }
        Resource::Secret(_) if account.contents.get(key).is_some_and(|c| c.pending) => {
            live.notices.insert(Notice::RotationOpen);
        }
        Resource::DbProxyTarget(target) => {
            let (state, reason) = db_proxy_target::health(account, key, target, &thing.status);
            live.status = pgha_resource::status::Status::proxy_target(state, reason);
            let text = format!("{state} {reason}");
            live.notices.insert(Notice::Target(text.trim().into()));
        }
        Resource::DbProxy(_) if thing.status != "creating" => {
            live.notices.insert(Notice::Endpoint(endpoint(account, key, "proxy", 5432)));
        }
        Resource::DbProxyEndpoint(_) if thing.status != "creating" => {
            live.notices.insert(Notice::Endpoint(endpoint(account, key, "endpoint.proxy", 5432)));
        }
        _ => {}
    }
    live
}

/// A resource in the form in which the adapter hands it on.
fn as_read(resource: &Resource) -> Resource {
    match resource {
        Resource::DbParameterGroup(_) | Resource::DbClusterParameterGroup(_) => {
            db_parameter_group::canonical(resource)
        }
        other => other.clone(),
    }
}

fn pending(thing: &Thing) -> Option<Pending> {
    let shows = |name: &str, _| match thing.resource {
        Resource::DbCluster(_) => CLUSTER_PENDING_MEMBERS.contains(&name),
        _ => PENDING_MEMBERS.contains(&name),
    };
    let waiting = thing.waiting()?;
    let fields: BTreeSet<String> =
        waiting.fields.keys().filter(|name| shows(name, Trigger::Window)).cloned().collect();
    let after = Box::new(thing.overlaid(shows));
    (!fields.is_empty()).then_some(Pending { fields, after })
}

fn database_notices(
    account: &Account,
    key: &Address,
    thing: &Thing,
    database: &Database,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    let (group, port) = match &thing.resource {
        Resource::DbInstance(instance) => (&instance.parameter_group, instance.port),
        Resource::DbCluster(cluster) => (&cluster.parameter_group, cluster.port),
        _ => return notices,
    };
    if database.reboot_needed {
        notices.push(Notice::PendingReboot(db_parameter_group::group_name(group)));
    }
    if let Some(version) = &database.offered {
        let by_itself = db_instance::version::offered(thing).is_some();
        let when = if by_itself { "in the next maintenance window" } else { "when you ask for it" };
        notices.push(Notice::Maintenance(format!("upgrade to {version}, {when}")));
    }
    notices.extend(db_instance::storage::progress(database, account.now).map(Notice::StorageBusy));
    notices.extend(database.aws_backup.clone().map(Notice::AwsBackup));
    if thing.status != "creating" {
        let port = port.unwrap_or(5432);
        let what = if key.kind == Kind::DbCluster { "cluster" } else { "" };
        notices.push(Notice::Endpoint(endpoint(account, key, what, port)));
        if key.kind == Kind::DbCluster {
            let readers = endpoint(account, key, "cluster-ro", port);
            notices.push(Notice::ReaderEndpoint(readers));
        }
    }
    notices.extend(database.created.map(|at| Notice::Created(Moment(at.as_second()))));
    notices.push(Notice::Zones(zones(database)));
    for replica in db_instance::replica::replicas(account, key) {
        let name = match replica.region == key.region {
            true => Some(replica.name.clone()),
            false => account.arn(&replica),
        };
        notices.extend(name.map(Notice::Replica));
    }
    notices.extend(copies(account, key).map(Notice::BackupsCopied));
    notices.extend(db_instance::replica::health(account, key).map(Notice::Replication));
    notices
}

/// The ARNs of the copies of an instance's automated backups.
fn copies(account: &Account, key: &Address) -> impl Iterator<Item = String> {
    let source = account.arn(key).filter(|_| key.kind == Kind::DbInstance);
    account.things.values().filter_map(move |thing| match &thing.resource {
        Resource::BackupReplication(copy) => {
            let of = copy.source.as_ref()?.as_known()?;
            thing.ids.arn.clone().filter(|_| Some(of) == source.as_deref())
        }
        _ => None,
    })
}

/// The host name that a database answers at.
pub(crate) fn host_of(account: &Account, key: &Address) -> Option<String> {
    let what = match key.kind {
        Kind::DbInstance => "",
        Kind::DbCluster => "cluster",
        _ => return None,
    };
    let text = endpoint(account, key, what, 0);
    text.rsplit_once(':').map(|(host, _)| host.to_string())
}

/// The endpoint's host name, once there is an endpoint.
fn host(notices: &BTreeSet<Notice>) -> Option<String> {
    notices.iter().find_map(|notice| match notice {
        Notice::Endpoint(text) => text.rsplit_once(':').map(|(host, _)| host.to_string()),
        _ => None,
    })
}

/// `us-east-1a, us-east-1b`, or with the members of a cluster.
fn zones(database: &Database) -> String {
    if database.members.is_empty() {
        return database.zones.join(", ");
    }
    let role = |n: usize| if n == 0 { "writer" } else { "reader" };
    let members = database.members.iter().zip(&database.zones).enumerate();
    members
        .map(|(n, (member, zone))| format!("{zone} ({}: {member})", role(n)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn endpoint(account: &Account, key: &Address, what: &str, port: u16) -> String {
    let region = account.region(key);
    let middle = match what {
        "" => "c0simulated".to_string(),
        "cluster" => "cluster-c0simulated".to_string(),
        other => format!("{other}-c0simulated"),
    };
    // https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
    let end = if account.partition(key) == "aws-cn" { ".cn" } else { "" };
    format!("{}.{middle}.{region}.rds.amazonaws.com{end}:{port}", key.name)
}
