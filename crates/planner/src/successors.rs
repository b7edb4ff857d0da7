//! What takes the place of something else is there before that goes: another region's copies of
//! backups, another endpoint of a topic, another target of a proxy.

use pgha_resource::{Address, Kind};

use crate::classify::{Action, Item, Items};
use crate::copies;
use crate::plan::{Blocked, Verb};

/// Whether one address takes over from another one of the same kind.
pub(crate) fn succeeds(new: &Address, old: &Address) -> bool {
    let whole = |address: &Address| {
        let (whole, _) = address.name.split_once(':')?;
        Some((address.region.clone(), whole.to_string()))
    };
    new != old
        && new.kind == old.kind
        && match new.kind {
            // Named after the instance, in the region that the copies go to.
            Kind::BackupReplication => new.name == old.name,
            Kind::SnsSubscription | Kind::DbProxyTarget => whole(new) == whole(old),
            _ => false,
        }
}

/// Keeps what would go although its successor does not come, or is not ready yet. A destruction
/// has no successors.
pub(crate) fn keep(items: &mut Items) {
    let waits: Vec<(Address, Address)> = items
        .iter()
        .filter(|(_, item)| item.goes_only())
        .filter_map(|(old, _)| {
            let new = items.iter().find(|(new, item)| succeeds(new, old) && is_missing(item))?;
            Some((old.clone(), new.0.clone()))
        })
        .collect();
    for (old, address) in waits {
        if let Some(item) = items.get_mut(&old) {
            item.action = Action::Blocked(Verb::Delete, Blocked::Waits { address });
        }
    }
}

/// Whether a wanted resource is not there for anybody, and this plan does not make it.
fn is_missing(item: &Item) -> bool {
    match &item.action {
        _ if item.desired.is_none() => false,
        Action::Blocked(Verb::Create | Verb::Replace, _) => true,
        Action::Blocked(Verb::Modify, Blocked::Unread { .. }) => true,
        _ => copies::are_not_there_yet(item),
    }
}
