//! A replica is never smaller than its source, also where their windows come in another order
//! than the plan: RDS makes each class change in the window of its own database.
//!
//! Parameters that a standby needs at least as high follow the class by default,
//! `max_connections` first of all, and a standby whose source has more pauses its recovery
//! (<https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN>).

use pgha_resource::catalog::class_size;
use pgha_resource::{Address, Desired, Moment, Resource, Weekly};

use crate::classify::{Item, Items};
use crate::compare::{Refusal, window_of};
use crate::ha::{from_the_sources_down, take};
use crate::intent::Intent;
use crate::plan::Blocked;
use crate::questions::class_of;

const CLASS: &str = "class";

/// Takes out class changes that AWS would make before those that have to come first.
pub(crate) fn in_turn(items: &mut Items, desired: &Desired, intent: &Intent) {
    let pairs = from_the_sources_down(items, &desired.scope.home);
    // One that is held holds those that wait for it.
    while pairs.iter().any(|(replica, source)| hold_back(items, replica, source, intent.at)) {}
}

fn hold_back(items: &mut Items, replica: &Address, source: &Address, now: Option<Moment>) -> bool {
    let Some((address, blocked)) = early(items, replica, source, now) else { return false };
    let Some(item) = items.get_mut(&address) else { return false };
    let Some(fields) = take(item, CLASS) else { return false };
    item.found.refused.push(Refusal { fields, blocked });
    true
}

/// Which of two would change too early, and what comes before it.
fn early(
    items: &Items,
    replica: &Address,
    source: &Address,
    now: Option<Moment>,
) -> Option<(Address, Blocked)> {
    let (standby, primary) = (items.get(replica)?, items.get(source)?);
    let (has, gets) = (memory(standby)?, target(standby)?);
    let (source_has, source_gets) = (memory(primary)?, target(primary)?);
    let ((first, earlier), (then, later), is_needed) = match () {
        // A replica that stays smaller, because the spec says so, is nothing to wait for.
        () if source_gets > source_has => {
            ((replica, standby), (source, primary), has < source_gets && gets >= source_gets)
        }
        () if gets < has => {
            ((source, primary), (replica, standby), source_has > gets && source_gets <= gets)
        }
        () => return None,
    };
    let is_early = later.changes(CLASS) && last(earlier, now) > earliest(later, now);
    if !is_needed || !is_early {
        return None;
    }
    let blocked = match (window(earlier).filter(|_| waits(earlier)), waits(later)) {
        (Some(window), true) => Blocked::InTurn {
            why: format!(
                "{first} changes first, in its window {window} UTC, and its own window does not come after that"
            ),
        },
        (Some(window), false) => Blocked::InTurn {
            why: format!(
                "{first} changes first, in its window {window} UTC, or now as well: --now {first}"
            ),
        },
        (None, _) => Blocked::Needs { address: first.clone() },
    };
    Some((then.clone(), blocked))
}

/// The memory of its class, in GiB.
fn memory(item: &Item) -> Option<u32> {
    size(&item.live?.resource)
}

/// That of the class which it is to have.
fn target(item: &Item) -> Option<u32> {
    size(item.resolved.as_ref()?)
}

fn size(resource: &Resource) -> Option<u32> {
    class_size(class_of(resource)?).map(|(gib, _)| gib)
}

/// The window that it has, and the one that it gets: the call that queues a class may move the
/// window at once, and which of the two counts first nobody says.
fn windows(item: &Item) -> Vec<Weekly> {
    let now = item.live.and_then(|live| window_of(&live.resource));
    let then = item.resolved.as_ref().and_then(window_of);
    let then = then.filter(|_| item.changes("maintenance_window"));
    then.into_iter().chain(now).filter_map(|window| window.parse().ok()).collect()
}

/// The one in which its class changes in the end.
fn window(item: &Item) -> Option<Weekly> {
    windows(item).into_iter().next()
}

/// Its class changes in the window.
fn waits(item: &Item) -> bool {
    let queued = item.live.and_then(|live| live.pending.as_ref());
    let is_queued = queued.is_some_and(|pending| pending.fields.contains(CLASS))
        && !item.found.hastened.contains_key(CLASS);
    is_queued || (item.found.queues && item.changes(CLASS))
}

/// In how many minutes its class may be changed at the earliest; 0 is now, and first in this
/// plan's own order.
fn earliest(item: &Item, now: Option<Moment>) -> u32 {
    // Without a time nobody knows which window is next.
    let Some(now) = now.filter(|_| waits(item)) else { return 0 };
    let start = |window: &Weekly| if window.contains(now) { 0 } else { window.next_start(now) };
    windows(item).iter().map(start).min().unwrap_or(0)
}

/// In how many minutes its class has been changed for sure: at the end of its next window. What
/// waits for something else has no end.
fn last(item: &Item, now: Option<Moment>) -> u32 {
    let windows = if waits(item) { windows(item) } else { Vec::new() };
    let ends = |now| windows.iter().map(move |window| window.next_start(now) + window.minutes);
    match (now, windows.is_empty()) {
        (Some(now), false) => ends(now).max().unwrap_or(0),
        (None, false) => 0,
        _ if item.changes(CLASS) => 0,
        _ => u32::MAX,
    }
}
