//! What must not go because something that stays still uses it.

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::live::Notice;

use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::delete::can_use;
use crate::order::names;
use crate::plan::Blocked;
use crate::plan::Verb;
use crate::resolve::Asked;
use crate::steps::is_database;

/// Blocks the deletion of what something that stays refers to: AWS would refuse it, or, worse,
/// would not, as with the source of a replica, which it would promote
/// (docs/aws/replicas.md#source-deleted).
pub(crate) fn keep(items: &mut Items, desired: &Desired) {
    keep_those(items, desired, |_| true);
}

/// The same of databases alone: what hangs on them does not depend on what else is blocked.
pub(crate) fn keep_databases(items: &mut Items, desired: &Desired) {
    keep_those(items, desired, is_database);
}

fn keep_those(items: &mut Items, desired: &Desired, is_meant: fn(Kind) -> bool) {
    loop {
        let mut going =
            items.iter().filter(|(address, item)| is_meant(address.kind) && item.goes_only());
        let used = going.find_map(|(address, item)| {
            let blocked = user(address, item, items, desired)?;
            Some((address.clone(), blocked))
        });
        let Some((address, blocked)) = used else { return };
        if let Some(item) = items.get_mut(&address) {
            item.action = Action::Blocked(Verb::Delete, blocked);
        }
    }
}

/// Who uses something that is about to go, in the words of a plan.
fn user(used: &Address, item: &Item, items: &Items, desired: &Desired) -> Option<Blocked> {
    let home = &desired.scope.home;
    for (user, other) in items.iter().filter(|(_, other)| !other.goes()) {
        let then = after_the_plan(other);
        let named = names(user, then.as_ref(), used, item.live, home);
        let will_refer = then.is_some_and(|then| refers(&then, used, item));
        let by_kind = can_use(user, used);
        let by = || user.clone();
        if named || (by_kind && (will_refer || wants(user, used, desired))) {
            return Some(Blocked::InUse { by: by() });
        }
        if by_kind && refers_until_the_window(other, used, item) {
            return Some(Blocked::Waits { address: by() });
        }
        if by_kind && keeps_unseen(user, other, used) {
            return Some(Blocked::MayBeUsed { by: by() });
        }
    }
    stray_replica(used, item, items, home).map(|by| Blocked::InUse { by })
}

/// Whether a database or proxy that could not be read would keep what is about to go, or lose
/// its password with it: AWS refuses the deletion for as long as it is there.
fn keeps_unseen(user: &Address, other: &Item, used: &Address) -> bool {
    let lives = |kind: Kind| is_database(kind) || kind == Kind::DbProxy;
    let unread = matches!(other.action, Action::Blocked(_, Blocked::Unread { .. }));
    unread && (lives(user.kind) || user.kind == Kind::DbProxyEndpoint) && !lives(used.kind)
}

/// A replica that nobody's spec knows, seen only from its source.
fn stray_replica(used: &Address, item: &Item, items: &Items, home: &Region) -> Option<Address> {
    let mut replicas = replicas_of(used, item, home).into_iter();
    replicas.find(|replica| !items.get(replica).is_some_and(Item::goes))
}

/// The replicas that a live source names, whoever they belong to.
pub(crate) fn replicas_of(source: &Address, item: &Item, home: &Region) -> Vec<Address> {
    let notices = item.live.iter().flat_map(|live| &live.notices);
    let ids = notices.filter_map(|notice| match notice {
        Notice::Replica(id) => Some(id.as_str()),
        _ => None,
    });
    ids.map(|id| instance_address(id, source, home)).collect()
}

/// The address of the instance that another one names: by its name where both are in one
/// region, by its ARN otherwise (RDS API, DBInstance; docs/aws/replicas.md#names-and-arns).
pub(crate) fn instance_address(id: &str, near: &Address, home: &Region) -> Address {
    let parts: Vec<&str> = id.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "rds", region, _, "db", name] => {
            Address::within(Kind::DbInstance, *name, &Region::new(*region), home)
        }
        _ => Address { kind: Kind::DbInstance, name: id.into(), region: near.region.clone() },
    }
}

/// Whether the spec says that `user` needs `used`, although the account does not show it: a
/// database and the secret with its password.
fn wants(user: &Address, used: &Address, desired: &Desired) -> bool {
    let wanted = desired.resources.get(user);
    used.kind == Kind::Secret
        && wanted.is_some_and(|wanted| wanted.resource.addresses().contains(used))
}

/// What an item is once the steps of this plan are made.
fn after_the_plan(item: &Item) -> Option<Resource> {
    let Some(live) = item.live else { return item.resolved.clone() };
    let mut then = live.overlaid().clone();
    if let (Action::Modify, Some(resolved)) = (&item.action, &item.resolved) {
        for diff in &item.found.fields {
            then.copy_field(diff.name, resolved);
        }
    }
    forget_idle_role(&mut then);
    Some(then)
}

/// Without enhanced monitoring a database has no use for the role that it names (RDS API,
/// ModifyDBInstance, `MonitoringInterval`; docs/aws/monitoring.md#enhanced-monitoring).
fn forget_idle_role(resource: &mut Resource) {
    let (interval, role) = match resource {
        Resource::DbInstance(instance) => {
            (instance.monitoring_interval, &mut instance.monitoring_role)
        }
        Resource::DbCluster(cluster) => (cluster.monitoring_interval, &mut cluster.monitoring_role),
        _ => return,
    };
    if interval == Some(0) {
        *role = None;
    }
}

/// Whether an item refers to another one until a queued change is made in the window: a new
/// parameter group that comes with a major version is attached only then.
fn refers_until_the_window(user: &Item, used: &Address, item: &Item) -> bool {
    let Some(live) = user.live else { return false };
    // Whatever names a role changes at once.
    if used.kind == Kind::IamRole {
        return false;
    }
    let waits = live.pending.is_some() || (user.found.queues && user.changes("engine_version"));
    waits && refers(&live.resource, used, item)
}

pub(crate) fn refers(user: &Resource, used: &Address, item: &Item) -> bool {
    let asked = Asked::default();
    user.clone().resolve(&asked);
    let ids = item.live.map(|live| &live.ids);
    let known = [ids.and_then(|ids| ids.id.as_ref()), ids.and_then(|ids| ids.arn.as_ref())];
    let asked = asked.ids.into_inner();
    asked.contains(&used.name) || known.into_iter().flatten().any(|id| asked.contains(id))
}
