//! The order that high availability asks for between a primary and its replicas.
//!
//! Minor versions go to replicas first, then to the source. Parameters that a standby needs
//! at least as high are raised on replicas first and lowered on the primary first. A replica
//! has at least the class and the storage of its source (aws-facts §2.6).

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Timing;
use pgha_resource::catalog::Version;
use pgha_resource::catalog::class_size;
use pgha_resource::kind::DbInstance;
use pgha_resource::parameter::HOT_STANDBY;
use pgha_resource::value::Shown;

use crate::classify::Item;
use crate::classify::Items;
use crate::compare::Refusal;
use crate::compare::note;
use crate::plan::Blocked;
use crate::plan::FieldChange;
use crate::plan::Note;
use crate::plan::NoteKind;
use crate::reboot::group_of;

/// Who goes first, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Replica,
    Source,
}

impl First {
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Replica => "replicas change before their primary",
            Self::Source => "what a standby needs at least as high is lowered on the primary first",
        }
    }
}

/// The replicas among the items, each with its source.
pub(crate) fn pairs(items: &Items) -> Vec<(Address, Address)> {
    items
        .iter()
        .filter_map(|(address, item)| {
            let source = source_of(item)?;
            Some((address.clone(), source.clone()))
        })
        .collect()
}

fn source_of<'a>(item: &Item<'a>) -> Option<&'a Address> {
    match &item.desired?.resource {
        Resource::DbInstance(DbInstance { source: Some(Ref::Of(source, _)), .. }) => Some(source),
        _ => None,
    }
}

/// Which of the two goes first, from what changes on the source.
pub(crate) fn first(source: &Item, items: &Items, notes: &mut Vec<Note>, at: &Address) -> First {
    let moves: Vec<Direction> =
        hot_standby_moves(source, items).into_iter().chain(class_move(source)).collect();
    let (raises, lowers) = (moves.contains(&Direction::Up), moves.contains(&Direction::Down));
    if raises && lowers {
        let text = "this raises some and lowers other settings that its replicas need at least as high: \
                    their recovery may pause until all have restarted; two commits avoid that";
        notes.push(note(NoteKind::Attention, at, text.into()));
    }
    if lowers && !raises { First::Source } else { First::Replica }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

fn direction(from: u64, to: u64) -> Option<Direction> {
    match from.cmp(&to) {
        std::cmp::Ordering::Less => Some(Direction::Up),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Direction::Down),
    }
}

fn hot_standby_moves(source: &Item, items: &Items) -> Vec<Direction> {
    let group = source.desired.and_then(|desired| group_of(&desired.resource));
    let Some(group) = group.and_then(|address| items.get(address)) else { return Vec::new() };
    let empty = BTreeMap::new();
    let map = |shown: &Shown| match shown {
        Shown::Map(map) => map.clone(),
        _ => empty.clone(),
    };
    let diffs = group.found.fields.iter().filter(|diff| diff.name == "parameters");
    diffs
        .flat_map(|diff| {
            let (from, to) = (map(&diff.from), map(&diff.to));
            HOT_STANDBY
                .iter()
                .filter_map(move |name| hot_standby_move(from.get(*name), to.get(*name)))
        })
        .collect()
}

/// A formula or an engine default has no number to compare: setting a value counts as a
/// raise and resetting it as a lowering, which is the careful guess for both.
fn hot_standby_move(from: Option<&String>, to: Option<&String>) -> Option<Direction> {
    let number = |value: &String| value.parse::<u64>().ok();
    match (from, to) {
        (None, None) => None,
        (None, Some(_)) => Some(Direction::Up),
        (Some(_), None) => Some(Direction::Down),
        (Some(from), Some(to)) => match (number(from), number(to)) {
            (Some(from), Some(to)) => direction(from, to),
            _ if from == to => None,
            _ => Some(Direction::Up),
        },
    }
}

fn class_move(source: &Item) -> Option<Direction> {
    let diff = source.found.fields.iter().find(|diff| diff.name == "class")?;
    let memory = |shown: &Shown| class_size(&shown.to_string()).map(|(gib, _)| u64::from(gib));
    direction(memory(&diff.from)?, memory(&diff.to)?)
}

/// Sorts out version changes that cannot simply be steps in the right order.
pub(crate) fn adjust(items: &mut Items, notes: &mut Vec<Note>, timing: Timing) {
    for (replica, source) in pairs(items) {
        if let Some(target) = items.get(&source).and_then(major_upgrade) {
            follow(items, notes, &replica, &source, target);
        } else if timing == Timing::InWindow {
            hold_back(items, &replica, &source);
        }
    }
}

/// Takes the version change out of an item.
fn take_version(item: &mut Item) -> Option<Vec<FieldChange>> {
    let at = item.found.fields.iter().position(|diff| diff.name == "engine_version")?;
    item.found.fields.remove(at);
    let (version, rest) = std::mem::take(&mut item.found.shown)
        .into_iter()
        .partition(|field| field.name == "engine_version");
    item.found.shown = rest;
    Some(version)
}

/// A major upgrade of the source takes replicas of its region along, and no others.
fn follow(
    items: &mut Items,
    notes: &mut Vec<Note>,
    replica: &Address,
    source: &Address,
    to: Version,
) {
    let Some(item) = items.get_mut(replica) else { return };
    let Some(version) = take_version(item) else { return };
    if replica.region == source.region {
        let text = format!("RDS upgrades it to {to} together with its source");
        notes.push(note(NoteKind::Follows, replica, text));
        return;
    }
    let why = "RDS does not take a cross-region replica along in a major upgrade: let it go, \
               upgrade, and create it again";
    let blocked = Blocked::Impossible { why: why.into() };
    item.found.refused.push(Refusal { fields: version, blocked });
}

/// In the window AWS picks the order, so a source's minor upgrade is not even queued before
/// every replica runs the new version (RDS guide, upgrading PostgreSQL; aws-facts §2.6).
fn hold_back(items: &mut Items, replica: &Address, source: &Address) {
    let wanted = |item: &Item| match &item.desired?.resource {
        Resource::DbInstance(instance) => instance.engine_version.clone(),
        _ => None,
    };
    let runs = items.get(replica).and_then(|item| match &item.live?.resource {
        Resource::DbInstance(instance) => instance.engine_version.clone(),
        _ => None,
    });
    let target = items.get(source).and_then(wanted);
    let (Some(runs), Some(target)) = (runs, target) else { return };
    if target.is_met_by(&runs) {
        return;
    }
    let Some(item) = items.get_mut(source) else { return };
    if let Some(fields) = take_version(item) {
        let blocked = Blocked::Waits { address: replica.clone() };
        item.found.refused.push(Refusal { fields, blocked });
    }
}

/// The version that a source is about to get, where that is another major.
fn major_upgrade(source: &Item) -> Option<Version> {
    let diff = source.found.fields.iter().find(|diff| diff.name == "engine_version")?;
    let first_word = |shown: &Shown| {
        Version::parse(shown.to_string().split_whitespace().next().unwrap_or_default())
    };
    let (from, to) = (first_word(&diff.from)?, first_word(&diff.to)?);
    (from.major != to.major).then_some(to)
}
