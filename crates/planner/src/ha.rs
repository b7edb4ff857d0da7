//! The order that high availability asks for between a primary and its replicas.
//!
//! Minor versions go to replicas first, then to the source. Parameters that a standby needs
//! at least as high are raised on replicas first and lowered on the primary first. A replica
//! has at least the class and the storage of its source (docs/aws/replicas.md#class-and-storage).

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::catalog::Version;
use pgha_resource::catalog::class_size;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::MasterPassword;
use pgha_resource::parameter::HOT_STANDBY;
use pgha_resource::parameter::default_of;
use pgha_resource::status::Phase;
use pgha_resource::value::Shown;

use crate::births::births;
use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::compare::Refusal;
use crate::compare::major_of;
use crate::compare::note;
use crate::hasten;
use crate::in_use::instance_address;
use crate::in_use::replicas_of;
use crate::intent::Allow;
use crate::plan::Blocked;
use crate::plan::FieldChange;
use crate::plan::Note;
use crate::plan::NoteKind;
use crate::plan::Verb;
use crate::reboot::group_of;
use crate::steps::is_database;

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
            Self::Source => {
                "a replica needs at least what its primary has, so the primary is lowered first"
            }
        }
    }
}

/// The replicas among the items, each with its source; also those that are not in the spec
/// and stay because they hold data.
pub(crate) fn pairs(items: &Items, home: &Region) -> Vec<(Address, Address)> {
    items
        .iter()
        .filter_map(|(address, item)| {
            Some((address.clone(), source_of(address, item, items, home)?))
        })
        .collect()
}

pub(crate) fn source_of(
    address: &Address,
    item: &Item,
    items: &Items,
    home: &Region,
) -> Option<Address> {
    let source = |resource: &Resource| {
        let Resource::DbInstance(DbInstance { source: Some(source), .. }) = resource else {
            return None;
        };
        match source {
            Ref::Of(source, _) => Some(source.clone()),
            Ref::Known(id) => {
                let source = instance_address(id, address, home);
                items.contains_key(&source).then_some(source)
            }
            Ref::Vpc(_) => None,
        }
    };
    // What is there keeps its source, whatever the spec says.
    let live = item.live.filter(|_| !item.appears()).and_then(|live| source(&live.resource));
    live.or_else(|| source(&item.desired?.resource))
}

/// Which of the two goes first, from what changes on the source.
pub(crate) fn first(source: &Item, items: &Items, notes: &mut Vec<Note>, at: &Address) -> First {
    let moves: Vec<Direction> = hot_standby_moves(source, items)
        .into_iter()
        .chain(class_move(source))
        .chain(version_move(source))
        .collect();
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

/// Whether a source's new parameters raise something that a standby needs at least as high, and
/// whether they lower something.
pub(crate) fn raises_and_lowers(source: &Item, items: &Items) -> (bool, bool) {
    let moves = hot_standby_moves(source, items);
    (moves.contains(&Direction::Up), moves.contains(&Direction::Down))
}

fn hot_standby_moves(source: &Item, items: &Items) -> Vec<Direction> {
    let group = source.desired.and_then(|desired| group_of(&desired.resource));
    let Some(group) = group.and_then(|address| items.get(address)) else { return Vec::new() };
    let empty = BTreeMap::new();
    let map = |shown: &Shown| match shown {
        Shown::Map(map) => map.clone(),
        _ => empty.clone(),
    };
    let class = source.live.and_then(|live| match &live.resource {
        Resource::DbInstance(instance) => instance.class.as_deref(),
        _ => None,
    });
    let diffs = group.found.fields.iter().filter(|diff| diff.name == "parameters");
    diffs
        .flat_map(|diff| {
            let (from, to) = (map(&diff.from), map(&diff.to));
            HOT_STANDBY
                .iter()
                .flat_map(move |name| hot_standby_move(name, from.get(*name), to.get(*name), class))
        })
        .collect()
}

/// Compares numbers, with the engine's default where the group says nothing. A formula has
/// none: it may be either way, so that both show.
fn hot_standby_move(
    name: &str,
    from: Option<&String>,
    to: Option<&String>,
    class: Option<&str>,
) -> Vec<Direction> {
    let number = |value: Option<&String>| match value {
        Some(value) => value.parse::<u64>().ok(),
        None => default_of(name, class),
    };
    match (number(from), number(to)) {
        _ if from == to => Vec::new(),
        (Some(from), Some(to)) => direction(from, to).into_iter().collect(),
        _ => vec![Direction::Up, Direction::Down],
    }
}

/// Minor versions go to replicas first whatever else changes.
fn version_move(source: &Item) -> Option<Direction> {
    source.changes("engine_version").then_some(Direction::Up)
}

fn class_move(source: &Item) -> Option<Direction> {
    let diff = source.found.fields.iter().find(|diff| diff.name == "class")?;
    let memory = |shown: &Shown| class_size(&shown.to_string()).map(|(gib, _)| u64::from(gib));
    direction(memory(&diff.from)?, memory(&diff.to)?)
}

/// Takes back what would end the replication of a replica that stays, or stop it.
pub(crate) fn spare(items: &mut Items, home: &Region) {
    cut_none_off(items, home);
    hold_raises(items, home);
}

fn cut_none_off(items: &mut Items, home: &Region) {
    for (replica, source) in pairs(items, home) {
        cut_off(items, &replica, &source, home);
    }
}

/// Sorts out version changes that cannot simply be steps in the right order.
pub(crate) fn adjust(items: &mut Items, notes: &mut Vec<Note>, desired: &Desired) {
    let home = &desired.scope.home;
    cut_none_off(items, home);
    let mut minor = Vec::new();
    for (replica, source) in from_the_sources_down(items, home) {
        match items.get(&source).and_then(major_upgrade) {
            Some(target) => follow(items, notes, &replica, &source, target),
            None => {
                leave_behind(items, &replica, &source);
                minor.push((replica, source));
            }
        }
    }
    // Minor versions go up from the replicas: one that is held back holds its source back.
    let mut stuck = BTreeMap::new();
    for (replica, source) in minor.iter().rev() {
        hold_back(items, replica, source, &mut stuck);
    }
    keep_families(items);
    for address in items.keys().cloned().collect::<Vec<_>>() {
        keep_password(items, &address, home);
    }
    births(items, home);
}

/// The pairs, those of a source before those of its replicas.
pub(crate) fn from_the_sources_down(items: &Items, home: &Region) -> Vec<(Address, Address)> {
    let pairs = pairs(items, home);
    let source_of: BTreeMap<&Address, &Address> =
        pairs.iter().map(|(replica, source)| (replica, source)).collect();
    let depth = |replica: &Address| {
        // The spec has no circles; in the account there can be none.
        let up = std::iter::successors(Some(replica), |address| source_of.get(address).copied());
        up.take(pairs.len() + 1).count()
    };
    let mut sorted = pairs.clone();
    sorted.sort_by_key(|(replica, _)| depth(replica));
    sorted
}

/// RDS takes the master password over only where there are no replicas, whoever they belong to
/// (RDS guide, password management, limitations; docs/aws/secrets.md#no-replicas).
fn keep_password(items: &mut Items, source: &Address, home: &Region) {
    let Some(item) = items.get(source) else { return };
    let wants_rds = match item.resolved.as_ref() {
        Some(Resource::DbInstance(instance)) => {
            matches!(instance.password, Some(MasterPassword::Rds { .. }))
        }
        _ => false,
    };
    let replicas = replicas_of(source, item, home);
    let goes = |replica: &&Address| items.get(*replica).is_some_and(Item::goes);
    let blocked = match (replicas.iter().find(|replica| !goes(replica)), replicas.first()) {
        _ if !wants_rds => return,
        (None, None) => return,
        (None, Some(replica)) => Blocked::Waits { address: replica.clone() },
        (Some(replica), _) => Blocked::Impossible {
            why: format!(
                "RDS manages the password of no instance with replicas, and {replica} stays: let it go with --allow {}",
                Allow::Delete(replica.clone())
            ),
        },
    };
    let Some(item) = items.get_mut(source) else { return };
    if let Some(fields) = take(item, "password") {
        item.found.refused.push(Refusal { fields, blocked });
    }
}

/// A parameter group is for one major version: where the version stays, so does the group
/// (RDS API, ModifyDBInstance: InvalidParameterCombination; docs/aws/parameters.md#family).
fn keep_families(items: &mut Items) {
    let databases: Vec<Address> =
        items.keys().filter(|address| is_database(address.kind)).cloned().collect();
    for address in databases {
        let Some((group, family)) = unfit_family(&address, items) else { continue };
        let Some(item) = items.get_mut(&address) else { continue };
        if let Some(fields) = take(item, "parameter_group") {
            let why = format!("{group} is for {family}, and the version stays as it is");
            item.found.refused.push(Refusal { fields, blocked: Blocked::Impossible { why } });
        }
    }
}

/// The parameter group that a database is about to get and that is not for the version that
/// it will have, with the family it is for.
pub(crate) fn unfit_family(address: &Address, items: &Items) -> Option<(Address, String)> {
    let item = items.get(address)?;
    if item.changes("engine_version") {
        return None;
    }
    let major = major_of(&item.live?.resource)?;
    let (group, family) = family_of(item, items)?;
    (family != format!("postgres{major}")).then_some((group, family))
}

/// The parameter group of our own that a database is to have, with the family it is for.
pub(crate) fn family_of(item: &Item, items: &Items) -> Option<(Address, String)> {
    let group = group_of(&item.desired?.resource)?;
    let family = match &items.get(group)?.desired?.resource {
        Resource::DbParameterGroup(group) => group.family.clone()?,
        Resource::DbClusterParameterGroup(group) => group.family.clone()?,
        _ => return None,
    };
    Some((group.clone(), family))
}

/// Takes the change of a field out of an item, with what people are shown of it.
pub(crate) fn take(item: &mut Item, field: &'static str) -> Option<Vec<FieldChange>> {
    if hasten::leave(&mut item.found, field) {
        return None;
    }
    let at = item.found.fields.iter().position(|diff| diff.name == field)?;
    item.found.fields.remove(at);
    item.found.cancelled.remove(field);
    let (taken, rest) =
        std::mem::take(&mut item.found.shown).into_iter().partition(|shown| shown.name == field);
    item.found.shown = rest;
    Some(taken)
}

/// A source waits with a major upgrade until the replicas have been let go that AWS does not
/// take along: one in another region would be cut off for good, and one that has replicas of
/// its own makes AWS refuse the upgrade (RDS guide, upgrading PostgreSQL and cascading read
/// replicas; docs/aws/replicas.md#major-upgrades).
fn cut_off(items: &mut Items, replica: &Address, source: &Address, home: &Region) {
    let Some(to) = items.get(source).and_then(major_upgrade) else { return };
    let stays = |address: &Address| {
        items.get(address).is_some_and(|item| item.live.is_some() && !item.goes())
    };
    if !stays(replica) {
        return;
    }
    let next = pairs(items, home).into_iter().find(|(next, of)| of == replica && stays(next));
    let (in_the_way, because) = match next {
        _ if replica.region != source.region => (
            replica,
            format!(
                "the upgrade to {to} would end the replication of {replica} for good, because \
                 RDS takes only replicas of the same region along"
            ),
        ),
        Some((ref next, _)) => (
            next,
            format!("RDS upgrades nothing to {to} whose replica {replica} has a replica {next}"),
        ),
        None => return,
    };
    let allow = Allow::Delete(in_the_way.clone());
    let why = format!(
        "{because}: take {in_the_way} out of the spec with --allow {allow}, upgrade, and create \
         it again"
    );
    let family: Vec<Address> = pairs(items, home)
        .into_iter()
        .filter(|(_, of)| of == source)
        .map(|(replica, _)| replica)
        .chain([source.clone()])
        .collect();
    for address in family {
        let Some(item) = items.get_mut(&address) else { continue };
        let version = take(item, "engine_version");
        let group = take(item, "parameter_group");
        let fields: Vec<FieldChange> = version.into_iter().chain(group).flatten().collect();
        if !fields.is_empty() {
            let blocked = Blocked::Impossible { why: why.clone() };
            item.found.refused.push(Refusal { fields, blocked });
        }
    }
}

/// A major upgrade of the source takes replicas of its region along.
fn follow(
    items: &mut Items,
    notes: &mut Vec<Note>,
    replica: &Address,
    source: &Address,
    to: Version,
) {
    if replica.region != source.region {
        return;
    }
    let Some(item) = items.get_mut(replica) else { return };
    let version = take(item, "engine_version");
    // Until then a group of the new family does not fit the replica.
    let group = take(item, "parameter_group");
    item.found.follows.extend(version.iter().map(|_| "engine_version"));
    item.found.follows.extend(group.iter().map(|_| "parameter_group"));
    let text = format!(
        "RDS upgrades it to {to} together with its source; what else it needs for {to} follows with the next apply"
    );
    notes.push(note(NoteKind::Follows, replica, text));
}

/// A replica never gets a major version by itself: where its source is not about to get that
/// version, it keeps its own (RDS guide, upgrading PostgreSQL;
/// docs/aws/replicas.md#major-upgrades).
fn leave_behind(items: &mut Items, replica: &Address, source: &Address) {
    let (Some(item), Some(from)) = (items.get(replica), items.get(source)) else { return };
    let Some(to) = major_upgrade(item) else { return };
    let has_it = |resource: &Resource| major_of(resource) == Some(to.major);
    let is_queued = from.live.is_some_and(|live| has_it(live.overlaid()));
    // RDS shows the source's new version before the replicas of its region have it.
    let is_busy = item.live.is_some_and(|live| live.status.phase == Phase::Busy);
    let blocked = match from.live {
        Some(live) if is_queued && (is_busy || !has_it(&live.resource)) => {
            Blocked::Waits { address: source.clone() }
        }
        Some(_) if !is_queued => Blocked::Needs { address: source.clone() },
        None if !from.appears() => Blocked::Needs { address: source.clone() },
        _ => Blocked::Impossible {
            why: format!(
                "RDS upgrades a replica to {to} only together with its source, and {source} has \
                 it without {replica}: take {replica} out of the spec with --allow {}, and \
                 create it again",
                Allow::Delete(replica.clone())
            ),
        },
    };
    let Some(item) = items.get_mut(replica) else { return };
    let version = take(item, "engine_version");
    // A group of the new family comes with the version.
    let group = take(item, "parameter_group");
    let fields = version.into_iter().chain(group).flatten().collect();
    item.found.refused.push(Refusal { fields, blocked });
}

/// A source's minor upgrade is not even queued before every replica runs the new version, unless a
/// step of this plan upgrades the replica now (RDS guide, upgrading PostgreSQL;
/// docs/aws/replicas.md#minor-upgrades): in the window, AWS would pick the order. One whose upgrade
/// is queued and that its own replicas hold back for good is `stuck`, which may go further up.
fn hold_back(
    items: &mut Items,
    replica: &Address,
    source: &Address,
    stuck: &mut BTreeMap<Address, Blocked>,
) {
    let version = |resource: &Resource| match resource {
        Resource::DbInstance(instance) => instance.engine_version.clone(),
        _ => None,
    };
    let target = items.get(source).and_then(|item| version(&item.desired?.resource));
    let (Some(item), Some(target)) = (items.get(replica), target) else { return };
    let never_comes = matches!(item.action, Action::Blocked(Verb::Create, _));
    if item.appears() || item.goes() || never_comes {
        return;
    }
    let is_kept = item.desired.is_none();
    // One that waits itself will get there.
    let is_refused = |refusal: &Refusal| {
        let waits = matches!(refusal.blocked, Blocked::Waits { .. });
        !waits && refusal.fields.iter().any(|field| field.name == "engine_version")
    };
    let is_blocked =
        matches!(item.action, Action::Blocked(..)) || item.found.refused.iter().any(is_refused);
    // One that cannot be read may run anything.
    let runs = item.live.and_then(|live| version(&live.resource));
    let upgraded_now = !item.found.queues && item.stays() && item.changes("engine_version");
    if upgraded_now || runs.is_some_and(|runs| target.is_met_by(&runs)) {
        return;
    }
    let address = replica.clone();
    let blocked = match (stuck.get(replica), is_kept, is_blocked) {
        (Some(blocked), ..) => blocked.clone(),
        (None, true, _) => Blocked::Outgrows {
            allow: Allow::Delete(address.clone()).to_string(),
            replica: address,
        },
        (None, false, true) => Blocked::Needs { address },
        (None, false, false) => Blocked::Waits { address },
    };
    let Some(item) = items.get_mut(source) else { return };
    if let Some(fields) = take(item, "engine_version") {
        item.found.refused.push(Refusal { fields, blocked });
        return;
    }
    let has_it =
        |resource: &Resource| version(resource).is_some_and(|runs| target.is_met_by(&runs));
    let is_queued =
        item.live.is_some_and(|live| has_it(live.overlaid()) && !has_it(&live.resource));
    if is_queued && !matches!(blocked, Blocked::Waits { .. }) {
        stuck.insert(source.clone(), blocked);
    }
}

/// Refuses to raise what replicas that stay as they are need at least as high: for good, so that
/// it is not held until the window.
pub(crate) fn hold_raises(items: &mut Items, home: &Region) {
    for (replica, source) in from_the_sources_down(items, home) {
        hold_raise(items, &replica, &source);
    }
}

/// A replica that is not in the spec any more keeps its parameters: raising its source's above
/// them would stop its recovery (PostgreSQL, hot standby; docs/aws/replicas.md#hot-standby).
fn hold_raise(items: &mut Items, replica: &Address, source: &Address) {
    let kept = items
        .get(replica)
        .is_some_and(|item| item.desired.is_none() && item.live.is_some() && !item.goes());
    let raises = items
        .get(source)
        .is_some_and(|item| hot_standby_moves(item, items).contains(&Direction::Up));
    let group = items
        .get(source)
        .and_then(|item| group_of(&item.desired?.resource).cloned())
        .and_then(|address| items.get_mut(&address));
    let (true, true, Some(group)) = (kept, raises, group) else { return };
    let Some(at) = group.found.fields.iter().position(|diff| diff.name == "parameters") else {
        return;
    };
    group.found.fields.remove(at);
    let is_parameter = |field: &FieldChange| field.name.starts_with("parameters");
    let (fields, rest) = std::mem::take(&mut group.found.shown).into_iter().partition(is_parameter);
    group.found.shown = rest;
    let allow = Allow::Delete(replica.clone()).to_string();
    let blocked = Blocked::Outgrows { replica: replica.clone(), allow };
    group.found.refused.push(Refusal { fields, blocked });
}

/// The version that a source is about to get, where that is another major than the one it
/// runs.
fn major_upgrade(source: &Item) -> Option<Version> {
    let diff = source.found.fields.iter().find(|diff| diff.name == "engine_version")?;
    let to = diff.to.to_string();
    let to = Version::parse(to.split_whitespace().next().unwrap_or_default())?;
    (major_of(&source.live?.resource)? != to.major).then_some(to)
}
