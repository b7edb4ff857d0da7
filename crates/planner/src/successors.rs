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
    let kept: Vec<(Address, Blocked)> = items
        .iter()
        .filter(|(_, item)| item.goes_only() || is_held(item))
        .filter_map(|(old, _)| {
            // One that only waits for the window comes in it, after the old one.
            let waits = Blocked::Waits { address: old.clone() };
            let follows =
                |item: &Item| matches!(&item.action, Action::Blocked(_, why) if *why == waits);
            let new = items.iter().filter(|(new, item)| succeeds(new, old) && !follows(item));
            let blocked = new.filter_map(|(new, item)| missing(new, item)).next()?;
            Some((old.clone(), blocked))
        })
        .collect();
    for (old, blocked) in kept {
        if let Some(item) = items.get_mut(&old) {
            item.action = Action::Blocked(Verb::Delete, blocked);
        }
    }
}

/// It would go, in the window.
fn is_held(item: &Item) -> bool {
    matches!(&item.action, Action::Blocked(Verb::Delete, Blocked::Held { .. }))
}

/// Why a wanted resource is not there for anybody once this plan is made.
fn missing(address: &Address, item: &Item) -> Option<Blocked> {
    item.desired?;
    let address = address.clone();
    match &item.action {
        Action::Blocked(Verb::Create | Verb::Replace, _)
        | Action::Blocked(Verb::Modify, Blocked::Unread { .. }) => Some(Blocked::Needs { address }),
        _ => copies::are_not_there_yet(item).then_some(Blocked::Waits { address }),
    }
}
