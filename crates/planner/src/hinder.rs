//! What keeps an item from being created or changed: something that it needs is missing,
//! blocked, not ours or in no state for it.

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Resource;
use pgha_resource::live::NetworkSeen;
use pgha_resource::status::Phase;

use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::classify::status_refuses;
use crate::classify::status_stands_against;
use crate::plan::Blocked;
use crate::plan::Verb;
use crate::start;
use crate::steps::is_database;

/// Blocks what cannot be done because something it needs is blocked or was not found.
pub(crate) fn block_dependants(items: &mut Items, desired: &Desired, live: &Live) {
    loop {
        let newly: Vec<(Address, Verb, Blocked)> = items
            .iter()
            .filter_map(|(address, item)| {
                let verb = match item.action {
                    Action::Create => Verb::Create,
                    Action::Modify => Verb::Modify,
                    Action::Replace => Verb::Replace,
                    // What cannot be done in the window either is not held until then.
                    Action::Blocked(Verb::Replace, Blocked::Held { .. }) => Verb::Replace,
                    Action::Nothing | Action::Delete | Action::Blocked(..) => return None,
                };
                let blocked = orphaned_part(address, item, items)
                    .or_else(|| strangers_part(item, items, address))
                    .or_else(|| hindrance(item, items, desired, live))?;
                Some((address.clone(), verb, blocked))
            })
            .collect();
        if newly.is_empty() {
            return;
        }
        for (address, verb, blocked) in newly {
            if let Some(item) = items.get_mut(&address) {
                item.action = Action::Blocked(verb, blocked);
            }
        }
    }
}

/// A part that would be replaced only because its whole is, and the whole is not after all.
fn orphaned_part(address: &Address, item: &Item, items: &Items) -> Option<Blocked> {
    if !matches!(item.action, Action::Replace) || !item.found.replaced.is_empty() {
        return None;
    }
    let parent = item.desired?.resource.parent(address)?;
    let whole = items.get(&parent)?;
    (!whole.goes()).then_some(Blocked::Needs { address: parent })
}

/// A part without tags belongs to whom its whole belongs.
fn strangers_part(item: &Item, items: &Items, address: &Address) -> Option<Blocked> {
    let parent = item.desired?.resource.parent(address)?;
    is_strangers(items.get(&parent)?).then_some(Blocked::Needs { address: parent })
}

/// What keeps an item that refers to others from being created or changed.
fn hindrance(item: &Item, items: &Items, desired: &Desired, live: &Live) -> Option<Blocked> {
    let resolved = item.resolved.as_ref()?;
    let appears = item.appears() || matches!(item.action, Action::Blocked(Verb::Replace, _));
    if resolved.is_resolved() && !appears {
        // A name is known before what it names is there, and here it will not be.
        let never = |address: &Address| {
            let other = items.get(address);
            other.is_some_and(|other| matches!(other.action, Action::Blocked(Verb::Create, _)))
        };
        let wanted = item.desired?;
        let named = wanted.resource.addresses().into_iter().chain(wanted.after.iter().cloned());
        let needed = named.into_iter().find(never).or_else(|| strangers(item, wanted, items));
        return needed.map(|address| Blocked::Needs { address });
    }
    if let Some(address) = secret_that_never_comes(resolved, items) {
        return Some(Blocked::Needs { address });
    }
    // The unresolved resource knows whom it needs even where names answer at once.
    let wanted = item.desired?;
    let needed = wanted.resource.addresses().into_iter().chain(wanted.after.iter().cloned());
    for address in needed {
        let copies = appears && is_copy(resolved.kind());
        let other = items.get(&address).filter(|_| copies);
        if let Some(blocked) = other.and_then(|other| unavailable(&address, other)) {
            return Some(blocked);
        }
        let blocked = match items.get(&address) {
            Some(other) => is_unusable(other, appears),
            None => live.present(&address).is_none(),
        };
        if blocked {
            return Some(Blocked::Needs { address });
        }
    }
    network_missing(resolved, desired, live)
}

/// Somebody else's resource that something which is there would begin to use: nobody makes it
/// what it has to be, and its owner may take it away.
fn strangers(item: &Item, wanted: &DesiredResource, items: &Items) -> Option<Address> {
    let begins =
        item.found.fields.iter().flat_map(|diff| wanted.resource.field_addresses(diff.name));
    begins.into_iter().find(|address| items.get(address).is_some_and(is_strangers))
}

fn is_strangers(other: &Item) -> bool {
    matches!(
        other.action,
        Action::Blocked(
            _,
            Blocked::NotOwned { .. }
                | Blocked::OtherHome { .. }
                | Blocked::Copied { .. }
                | Blocked::OtherEngine { .. }
        )
    )
}

/// Whether something of this kind is made from the data of the database that it names, which has to
/// be available for that (RDS API, CreateDBInstanceReadReplica, CreateDBSnapshot and
/// StartDBInstanceAutomatedBackupsReplication: InvalidDBInstanceState;
/// docs/aws/instances.md#statuses).
fn is_copy(kind: Kind) -> bool {
    use Kind as K;
    matches!(kind, K::DbInstance | K::DbSnapshot | K::DbClusterSnapshot | K::BackupReplication)
}

/// Why a database is in no state to be copied.
fn unavailable(address: &Address, other: &Item) -> Option<Blocked> {
    let live = other.live.filter(|live| is_database(live.resource.kind()))?;
    // Nothing starts what is blocked.
    let stays_stopped = live.status.phase == Phase::Stopped && !start::is_due(other);
    match stays_stopped.then(|| status_stands_against(live)).or_else(|| status_refuses(live))? {
        Blocked::Status { status, help } => {
            Some(Blocked::Unavailable { address: address.clone(), status, help })
        }
        _ => None,
    }
}

/// A database whose managed secret is referred to, and that will have none because the change
/// of its password is refused.
fn secret_that_never_comes(resolved: &Resource, items: &Items) -> Option<Address> {
    let is_refused = |address: &Address| {
        let refused = items.get(address).into_iter().flat_map(|item| &item.found.refused);
        refused.flat_map(|refusal| &refusal.fields).any(|field| field.name == "password")
    };
    resolved.addresses().into_iter().find(is_refused)
}

/// Whether nothing may be built on an item: it will not be there, it is not ours, or it is in
/// no state to take part in something new.
fn is_unusable(other: &Item, for_new: bool) -> bool {
    match &other.action {
        _ if is_strangers(other) => true,
        Action::Blocked(_, Blocked::Status { .. }) => for_new,
        Action::Blocked(..) => other.live.is_none(),
        _ => false,
    }
}

/// The first network lookup that failed, where the resource needs one.
fn network_missing(resolved: &Resource, desired: &Desired, live: &Live) -> Option<Blocked> {
    let asked = resolved.lookups();
    desired.networks.keys().filter(|region| asked.contains(*region)).find_map(|region| {
        let why = match live.networks.get(region) {
            Some(NetworkSeen::Found(_)) => return None,
            Some(NetworkSeen::NotFound(why)) => why.clone(),
            Some(NetworkSeen::Unread(error)) => format!("{}: {}", error.call, error.message),
            None => "it was not looked up".into(),
        };
        Some(Blocked::NoNetwork { why: format!("the network in {region}: {why}") })
    })
}
