//! Alarms whose threshold is a share of what a database has follow the database as it is once
//! this plan is made: not as the spec wants it while that waits, and not as it was.

use std::collections::BTreeMap;

use pgha_resource::effect::When;
use pgha_resource::field::FieldDiff;
use pgha_resource::kind::Threshold;
use pgha_resource::live::Notice;
use pgha_resource::measure::{Extent, Of, share};
use pgha_resource::{Address, DesiredResource, Effect, Live, LiveResource, Measure, Ref, Resource};

use crate::cause::Record;
use crate::classify::{Action, Item, Items};
use crate::compare::{compare_again, note};
use crate::held::parameters;
use crate::plan::{Blocked, Cause, Note, NoteKind};
use crate::questions::class_of;
use crate::reboot;

const FIELD: &str = "threshold";

/// What a threshold is a share of, at three times.
struct Thresholds {
    /// As the database is.
    now: Option<Threshold>,
    /// Once the steps of this plan are made; `None` where there is no telling.
    then: Option<Threshold>,
    /// Once all that waits is made as well.
    later: Option<Threshold>,
}

/// Sets the thresholds that follow a database which is there, and says which databases have to
/// be followed later.
pub(crate) fn set_thresholds(items: &mut Items, live: &Live) -> Vec<Note> {
    let followers: Vec<(Address, Address, Thresholds)> = items
        .iter()
        .filter_map(|(address, item)| {
            let measure = item.desired?.measure.as_ref()?;
            let found = thresholds(measure, items, live)?;
            Some((address.clone(), measure.database.clone(), found))
        })
        .collect();
    let mut later: BTreeMap<Address, u32> = BTreeMap::new();
    for (address, database, found) in followers {
        if let Some(item) = items.get_mut(&address) {
            set(item, &found);
        }
        let follows = found.then.is_some() && found.then != found.later;
        if follows && is_coming(&database, items) {
            *later.entry(database).or_default() += 1;
        }
    }
    follow_later(&later).into_iter().collect()
}

/// Whether something of a database waits for the window, its parameters included.
fn is_coming(database: &Address, items: &Items) -> bool {
    let Some(item) = items.get(database) else { return false };
    let in_window =
        |diff: &FieldDiff| matches!(diff.effect, Effect::InPlace { when: When::Window, .. });
    let is_held = |item: &Item| {
        item.found.refused.iter().any(|refusal| matches!(refusal.blocked, Blocked::Held { .. }))
    };
    let wanted = item.desired.and_then(|wanted| reboot::group_of(&wanted.resource));
    let group = wanted.and_then(|group| items.get(group));
    !item.found.queued.is_empty()
        || (item.found.queues && item.found.fields.iter().any(in_window))
        || item.found.held_restart.is_some()
        || is_held(item)
        || group.is_some_and(is_held)
}

/// AWS changes the databases by itself then, and nobody the alarms.
fn follow_later(later: &BTreeMap<Address, u32>) -> Option<Note> {
    let (first, _) = later.iter().next()?;
    let alarms: u32 = later.values().sum();
    let what = match alarms {
        1 => "the threshold of 1 alarm follows".to_string(),
        _ => format!("the thresholds of {alarms} alarms follow"),
    };
    let text = format!("{what} once what waits for the window is made: apply again then");
    Some(match later.len() {
        1 => note(NoteKind::Follows, first, text),
        _ => Note { kind: NoteKind::Follows, address: None, text },
    })
}

fn threshold_of(resource: &Resource) -> Option<Threshold> {
    match resource {
        Resource::Alarm(alarm) => alarm.threshold,
        _ => None,
    }
}

fn thresholds(measure: &Measure, items: &Items, live: &Live) -> Option<Thresholds> {
    let item = items.get(&measure.database)?;
    let wanted = wanted(measure, item, items);
    let Some(seen) = item.live else {
        return Some(Thresholds { now: None, then: wanted, later: wanted });
    };
    let restarts =
        item.found.held_restart.is_none() && reboot::needed(&measure.database, item, items);
    let of = |database: &Resource, restarts| {
        let connections = match in_force(database, item, seen, restarts, items, live) {
            Some(parameters) => connections(parameters),
            None if measure.of == Of::Connections => return None,
            None => None,
        };
        share(measure.of, measure.percent, &extent(database, connections))
    };
    let then = of(&once_made(item, seen, restarts), restarts);
    // A volume may be larger than the spec says, and stays so.
    let later = match measure.of {
        Of::Storage => larger(wanted, then),
        _ => wanted,
    };
    Some(Thresholds { now: of(&seen.resource, false), then, later })
}

fn larger(one: Option<Threshold>, other: Option<Threshold>) -> Option<Threshold> {
    one.into_iter().chain(other).max_by(|a, b| a.0.total_cmp(&b.0))
}

/// The share of what the spec wants the database to have.
fn wanted(measure: &Measure, item: &Item, items: &Items) -> Option<Threshold> {
    let wanted = item.resolved.as_ref()?;
    let group = reboot::group_of(&item.desired?.resource).and_then(|group| items.get(group));
    let parameters = group.and_then(|group| Some(&group.desired?.resource));
    share(measure.of, measure.percent, &extent(wanted, connections(parameters)))
}

/// The database once the steps of this plan are made, and before what waits for the window.
fn once_made(item: &Item, seen: &LiveResource, restarts: bool) -> Resource {
    let cancels = !item.found.cancelled.is_empty();
    let changes = matches!(item.action, Action::Modify) && !item.found.fields.is_empty();
    // An immediate call makes AWS apply all that is queued
    // (docs/aws/instances.md#apply-immediately).
    let at_once = !item.found.at_once.is_empty();
    let flushes = changes && (!item.found.queues || cancels || at_once);
    let mut then = if flushes { seen.overlaid().clone() } else { seen.resource.clone() };
    let Some(resolved) = item.resolved.as_ref().filter(|_| changes) else { return then };
    let is_made = |diff: &&FieldDiff| match &diff.effect {
        Effect::InPlace { when: When::Now | When::Soon, .. } => true,
        Effect::InPlace { when: When::Window, .. } => flushes,
        Effect::InPlace { when: When::Reboot, .. } => restarts,
        _ => false,
    };
    for diff in item.found.fields.iter().filter(is_made) {
        then.copy_field(diff.name, resolved);
    }
    then
}

/// The parameters that the database runs with then; `None` where there is no telling. The inner
/// one is `None` for RDS's own group, which has its defaults.
fn in_force<'a>(
    then: &Resource,
    item: &'a Item,
    seen: &LiveResource,
    restarts: bool,
    items: &'a Items,
    live: &'a Live,
) -> Option<Option<&'a Resource>> {
    let waits = seen.notices.iter().any(|notice| matches!(notice, Notice::PendingReboot(_)));
    if waits && !restarts {
        return None;
    }
    let name = group_name(then)?;
    if name.starts_with("default.") {
        return Some(None);
    }
    let wanted = reboot::group_of(&item.desired?.resource);
    let of_plan =
        |(address, _): &(&Address, &Item)| Some(*address) == wanted && address.name == name;
    if let Some((_, group)) = items.iter().find(of_plan) {
        let changed = restarts || group.live.is_none();
        let live = group.live.map(|live| &live.resource);
        return Some(Some(if changed { group.resolved.as_ref() } else { live }?));
    }
    let named = live.resources.iter().find(|(address, seen)| {
        let is_group = seen.present().is_some_and(|seen| parameters(&seen.resource).is_some());
        is_group && address.name == name
    });
    Some(Some(&named?.1.present()?.resource))
}

fn group_name(database: &Resource) -> Option<&str> {
    let group = match database {
        Resource::DbInstance(instance) => instance.parameter_group.as_ref(),
        Resource::DbCluster(cluster) => cluster.parameter_group.as_ref(),
        _ => None,
    };
    match group? {
        Ref::Known(name) => Some(name),
        Ref::Of(address, _) => Some(&address.name),
        Ref::Vpc(_) => None,
    }
}

fn connections(group: Option<&Resource>) -> Option<&str> {
    parameters(group?)?.get("max_connections").map(String::as_str)
}

fn extent<'a>(database: &'a Resource, max_connections: Option<&'a str>) -> Extent<'a> {
    let storage = match database {
        Resource::DbInstance(instance) => instance.storage,
        Resource::DbCluster(cluster) => cluster.storage,
        _ => None,
    };
    Extent { class: class_of(database), storage, max_connections }
}

/// Gives an alarm its threshold, or leaves it as it is where there is no telling. One that is
/// not the spec's is not recorded as applied: the spec's is still to come.
fn set(item: &mut Item, found: &Thresholds) {
    let Some(wanted) = item.desired else { return };
    let Some(threshold) = found.then.or_else(|| threshold_of(&item.live?.resource)) else { return };
    let of_spec = threshold_of(&wanted.resource) == Some(threshold);
    if let Some(Resource::Alarm(alarm)) = &mut item.resolved {
        alarm.threshold = Some(threshold);
    }
    if !of_spec {
        item.found.follows.insert(FIELD);
    }
    if !item.stays() {
        return;
    }
    let changed = found.now == Some(threshold);
    compare_again(item, FIELD, |live, wanted| cause(live, wanted, of_spec, changed));
}

/// Who moved: a database that is not, or was not, as the spec wants it, or what every other
/// field goes by.
fn cause(live: &LiveResource, wanted: &DesiredResource, of_spec: bool, changed: bool) -> Cause {
    match Record::new(Some(live), wanted).of_field(FIELD) {
        Cause::SpecChanged if !changed => Cause::SpecChanged,
        Cause::AwsChanged if of_spec => Cause::AwsChanged,
        Cause::Unrecorded => Cause::Unrecorded,
        _ => Cause::Follows,
    }
}
