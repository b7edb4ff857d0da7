//! One desired resource against the live one: fields, tags, queued values, notes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::DesiredResource;
use pgha_resource::Effect;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::desired::Origin;
use pgha_resource::digest::Applied;
use pgha_resource::effect::When;
use pgha_resource::field::FieldDiff;
use pgha_resource::field::Match;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::HOME_TAG;
use pgha_resource::live::Notice;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::REGIONS_TAG;
use pgha_resource::live::RESOURCE_TAG;
use pgha_resource::live::Tags;
use pgha_resource::parameter;
use pgha_resource::value::Shown;

use crate::cause::Record;
use crate::classify::Item;
use crate::plan::Blocked;
use crate::plan::Cause;
use crate::plan::FieldChange;
use crate::plan::Note;
use crate::plan::NoteKind;
use crate::plan::Queued;
use crate::reach;
use crate::reach::Reach;

/// Part of a difference that is not going to be made.
pub(crate) struct Refusal {
    pub(crate) fields: Vec<FieldChange>,
    pub(crate) blocked: Blocked,
}

/// What comparing one address found.
#[derive(Default)]
pub(crate) struct Comparison {
    /// Fields that can change in place.
    pub(crate) fields: Vec<FieldDiff>,
    /// Fields that only a new resource can have.
    pub(crate) replaced: Vec<FieldDiff>,
    /// Everything above for people, maps taken apart.
    pub(crate) shown: Vec<FieldChange>,
    /// What is refused.
    pub(crate) refused: Vec<Refusal>,
    /// Tags to set.
    pub(crate) set_tags: Tags,
    /// Tag keys to remove.
    pub(crate) remove_tags: Vec<String>,
    /// The regions to remember before anything else happens.
    pub(crate) reaches_further: Option<String>,
    /// What waits for the window and stays queued.
    pub(crate) queued: Vec<Queued>,
    /// Fields that are queued and sent again to be made now, with how they wait.
    pub(crate) hastened: BTreeMap<&'static str, Queued>,
    /// Fields that do not wait although others do.
    pub(crate) at_once: BTreeSet<&'static str>,
    /// Changes that can wait for the window do.
    pub(crate) queues: bool,
    /// Its creation was cut off: nobody uses it yet.
    pub(crate) unfinished: bool,
    /// Fields for which someone queued something else than what is there and desired: only an
    /// immediate change cancels that.
    pub(crate) cancelled: BTreeSet<&'static str>,
    /// Fields that cannot be compared because what they refer to could not be read.
    pub(crate) unknown: BTreeSet<&'static str>,
    /// Fields that AWS changes by itself as a consequence of another step.
    pub(crate) follows: BTreeSet<&'static str>,
    /// Why it does not restart now for what waits for a restart.
    pub(crate) held_restart: Option<Blocked>,
    pub(crate) notes: Vec<Note>,
}

/// The tags that a resource should carry, with this record of what was applied.
pub(crate) fn tags_of(
    address: &Address,
    wanted: &DesiredResource,
    scope: &Scope,
    applied: &Applied,
) -> Tags {
    let mut tags = wanted.tags.clone();
    tags.extend(identity(address, scope));
    tags.insert(DIGEST_TAG.into(), applied.to_tag());
    tags
}

/// The tags that say whose a resource is, and which one.
pub(crate) fn identity(address: &Address, scope: &Scope) -> Tags {
    Tags::from([
        (OWNER_TAG.into(), scope.cluster.clone()),
        (HOME_TAG.into(), scope.home.to_string()),
        (RESOURCE_TAG.into(), address.to_string()),
    ])
}

/// Compares; `resolved` is the desired resource with every known reference filled in.
pub(crate) fn compare(
    address: &Address,
    wanted: &DesiredResource,
    resolved: &Resource,
    live: &LiveResource,
) -> Comparison {
    let record = Record::new(Some(live), wanted);
    let mut found = Comparison { unfinished: record.is_unfinished(), ..Comparison::default() };
    let mut unreadable = Vec::new();
    let base = without_overridden(resolved, live);
    let refusals = resolved.refusals(&before_a_reboot(&base, live));
    let effects: BTreeMap<&str, Effect> =
        resolved.diff(&base).into_iter().map(|diff| (diff.name, diff.effect)).collect();
    let keeps_version =
        resolved.compare_field("engine_version", live.overlaid()) == Some(Match::Same);
    let waits_for_major = keeps_version && changes_major(live);
    for mut diff in resolved.diff(live.overlaid()) {
        // To go back to what is still there is no change at all.
        diff.effect = effects.get(diff.name).cloned().unwrap_or(Effect::NOW);
        let refusal = refusals.iter().find(|(name, _)| *name == diff.name);
        // What is impossible by itself is so later as well.
        if let (false, Some((_, refusal))) = (matches!(diff.effect, Effect::Never(_)), refusal) {
            diff.effect = refusal.clone();
        }
        match &diff.found {
            Match::Same => {}
            Match::Unreadable => unreadable.push(diff.name),
            Match::Recorded => match record.of_field(diff.name) {
                Cause::SpecChanged => sort_in(&mut found, diff, wanted, live, Cause::SpecChanged),
                // Whose secret it was before is not on record: its user stays unknown.
                Cause::Unrecorded if diff.name != "username" => {
                    sort_in(&mut found, diff, wanted, live, Cause::Unrecorded);
                }
                Cause::Unrecorded => unreadable.push(diff.name),
                _ => {}
            },
            // Only a spec that stayed the same leaves AWS to have moved it.
            Match::ByAws(text) if record.of_field(diff.name) != Cause::SpecChanged => {
                found.notes.push(note(NoteKind::ByAws, address, text.clone()));
            }
            Match::Differs if diff.name == "parameter_group" && waits_for_major => {
                found.queued.push(with_the_version(address, diff, live));
            }
            Match::Differs if is_unknown(&diff, resolved) => {
                found.unknown.insert(diff.name);
            }
            Match::ByAws(_) | Match::Differs => {
                let cause = match record.of_field(diff.name) {
                    // Compared with something unread: nobody can say who moved.
                    Cause::AwsChanged if !resolved.field_is_resolved(diff.name) => {
                        Cause::Unrecorded
                    }
                    cause => cause,
                };
                sort_in(&mut found, diff, wanted, live, cause);
            }
        }
    }
    if !unreadable.is_empty() {
        let text =
            format!("AWS does not return {}: neither drift nor change", unreadable.join(", "));
        found.notes.push(note(NoteKind::Unreadable, address, text));
    }
    queue(&mut found, address, live);
    found.cancelled = cancelled(&found, resolved, live);
    found
}

/// The resource as it will be, except for queued values that the spec does not want: those
/// never come to be, so that nothing is measured by them.
fn without_overridden(resolved: &Resource, live: &LiveResource) -> Resource {
    let mut base = live.overlaid().clone();
    for field in live.pending.iter().flat_map(|pending| &pending.fields) {
        if resolved.compare_field(field, live.overlaid()) == Some(Match::Differs) {
            base.copy_field(field, &live.resource);
        }
    }
    base
}

/// The fields whose queued values are taken back by an immediate call. One that goes back to
/// what is there needs that, and such a call makes AWS apply all that is queued: what is to
/// have a third value goes with it. By itself a third value takes the place of the queued one,
/// and waits like it (docs/aws/instances.md#cancelling).
fn cancelled(
    found: &Comparison,
    resolved: &Resource,
    live: &LiveResource,
) -> BTreeSet<&'static str> {
    let Some(pending) = &live.pending else { return BTreeSet::new() };
    let changes = || found.fields.iter().map(|diff| diff.name);
    let queued: BTreeSet<&str> =
        changes().filter(|field| pending.fields.contains(*field)).collect();
    let goes_back =
        |field: &&str| resolved.compare_field(field, &live.resource) == Some(Match::Same);
    if !queued.iter().any(goes_back) {
        return BTreeSet::new();
    }
    // A parameter group is for the version that it comes with.
    let with_version =
        |field: &&str| *field == "parameter_group" && queued.contains("engine_version");
    changes().filter(|field| queued.contains(field) || with_version(field)).collect()
}

/// Whether another major version waits for the window. The parameter group that was sent with it
/// waits as well, and nothing shows that (RDS API, PendingModifiedValues;
/// docs/aws/instances.md#pending-values).
fn changes_major(live: &LiveResource) -> bool {
    live.pending.is_some() && major_of(&live.resource) != major_of(live.overlaid())
}

/// What is there until it restarts.
fn before_a_reboot(base: &Resource, live: &LiveResource) -> Resource {
    let mut before = base.clone();
    let pending = live.pending.iter().flat_map(|pending| &pending.fields);
    for field in pending.filter(|field| takes_reboot(live, field)) {
        before.copy_field(field, &live.resource);
    }
    before
}

/// The major version that a database runs.
pub(crate) fn major_of(resource: &Resource) -> Option<u32> {
    match resource {
        Resource::DbInstance(instance) => instance.engine_version.as_ref()?.major(),
        Resource::DbCluster(cluster) => cluster.engine_version.as_ref()?.major(),
        _ => None,
    }
}

fn with_the_version(address: &Address, diff: FieldDiff, live: &LiveResource) -> Queued {
    Queued {
        address: address.clone(),
        field: diff.name.into(),
        from: diff.from,
        to: diff.to,
        window: window_of(&live.resource).map(str::to_string),
    }
}

/// A fixed field that cannot be compared is no difference: nothing may be replaced or refused
/// because something else could not be read.
fn is_unknown(diff: &FieldDiff, resolved: &Resource) -> bool {
    let fixed = matches!(diff.effect, Effect::Replace | Effect::Never(_) | Effect::Later(_));
    fixed && !resolved.field_is_resolved(diff.name)
}

/// Files a difference under what can be done about it.
pub(crate) fn sort_in(
    found: &mut Comparison,
    diff: FieldDiff,
    wanted: &DesiredResource,
    live: &LiveResource,
    cause: Cause,
) {
    let shown = show(&diff, wanted, cause);
    let refused = match &diff.effect {
        Effect::Never(why) => Some(Blocked::Impossible { why: why.clone() }),
        Effect::Later(why) => Some(Blocked::InTurn { why: why.clone() }),
        _ => storage_is_busy(&diff, live),
    };
    if let Some(blocked) = refused {
        found.refused.push(Refusal { fields: shown, blocked });
        return;
    }
    found.shown.extend(shown);
    match diff.effect {
        Effect::Replace => found.replaced.push(diff),
        _ => found.fields.push(diff),
    }
}

/// While a volume is being optimized RDS refuses every storage change
/// (docs/aws/storage.md#optimizing).
fn storage_is_busy(diff: &FieldDiff, live: &LiveResource) -> Option<Blocked> {
    let is_storage = matches!(diff.name, "storage" | "storage_type" | "iops" | "throughput");
    let status = live.notices.iter().find_map(|notice| match notice {
        Notice::StorageBusy(text) => Some(text.clone()),
        _ => None,
    })?;
    is_storage.then(|| Blocked::Status {
        status,
        help: "wait until the storage is optimized, which can take hours, then run this again"
            .into(),
    })
}

/// A difference for people; a map becomes one line a key.
fn show(diff: &FieldDiff, wanted: &DesiredResource, cause: Cause) -> Vec<FieldChange> {
    let change = |name: String, from: Shown, to: Shown| FieldChange {
        origin: Some(origin_of(wanted, &name, diff.name)),
        effect: effect_of(&name, &diff.effect),
        name,
        from,
        to,
        cause,
        fact: diff.fact.into(),
        shuts_out: None,
    };
    let (Shown::Map(from), Shown::Map(to)) = (&diff.from, &diff.to) else {
        return vec![change(diff.name.into(), diff.from.clone(), diff.to.clone())];
    };
    let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let value = |map: &BTreeMap<String, String>, key: &str| {
        map.get(key).map_or(Shown::Unset, |value| Shown::Text(value.clone()))
    };
    keys.into_iter()
        .filter(|key| from.get(*key) != to.get(*key))
        .map(|key| change(format!("{}.{key}", diff.name), value(from, key), value(to, key)))
        .collect()
}

/// What one parameter costs, although all of a group are changed together.
fn effect_of(name: &str, of_all: &Effect) -> Effect {
    match (name.strip_prefix("parameters."), of_all) {
        (Some(parameter), Effect::InPlace { .. }) if !parameter::is_static(parameter) => {
            Effect::NOW
        }
        _ => of_all.clone(),
    }
}

/// The most precise line of the spec for a field.
pub(crate) fn origin_of(wanted: &DesiredResource, name: &str, field: &str) -> Origin {
    wanted.origins.get(name).unwrap_or_else(|| wanted.origin_of(field)).clone()
}

/// Compares tags, once it is known which fields are going to be applied: only those may be
/// recorded as applied. Foreign tags are left alone: only what an earlier apply set is ever
/// removed.
pub(crate) fn compare_tags(
    found: &mut Comparison,
    address: &Address,
    wanted: &DesiredResource,
    live: &LiveResource,
    scope: &Scope,
) {
    let (Some(seen), record) = (&live.tags, Record::new(Some(live), wanted)) else { return };
    let refused = found.refused.iter().flat_map(|refusal| &refusal.fields);
    let names = refused
        .map(|field| field.name.split('.').next().unwrap_or(&field.name))
        .chain(found.follows.iter().copied())
        .collect();
    let desired = tags_of(address, wanted, scope, &record.after(&names));
    let adopts = !live.standing(address, scope).is_ours();
    for (key, value) in &desired {
        if seen.get(key) == Some(value) {
            continue;
        }
        found.set_tags.insert(key.clone(), value.clone());
        let is_seen = seen.contains_key(key);
        let cause = match key.as_str() {
            OWNER_TAG | HOME_TAG | RESOURCE_TAG if adopts && (key == OWNER_TAG || is_seen) => {
                Cause::Adopted
            }
            DIGEST_TAG => Cause::Bookkeeping,
            HOME_TAG | RESOURCE_TAG if !is_seen => Cause::Bookkeeping,
            OWNER_TAG | HOME_TAG | RESOURCE_TAG => Cause::Unrecorded,
            _ => record.of_tags(),
        };
        let change = tag_change(wanted, key, seen.get(key), Some(value), cause);
        // No line of the spec says so, but the user's word.
        let origin = change.origin.filter(|_| cause != Cause::Adopted);
        found.shown.push(FieldChange { origin, ..change });
    }
    for (key, value) in seen {
        if !desired.contains_key(key) && record.had_tag(key) {
            found.remove_tags.push(key.clone());
            found.shown.push(tag_change(wanted, key, Some(value), None, record.of_tags()));
        }
    }
}

/// Compares the regions that the cluster's database remembers. To remember one too many is
/// worth no change of its own.
pub(crate) fn compare_reach(
    found: &mut Comparison,
    wanted: &DesiredResource,
    live: &LiveResource,
    reach: &Reach,
) {
    let Some(seen) = &live.tags else { return };
    let (key, before) = (REGIONS_TAG.to_string(), seen.get(REGIONS_TAG));
    let mut show = |after: Option<&String>| {
        found.shown.push(tag_change(wanted, &key, before, after, Cause::Bookkeeping));
    };
    match reach.change() {
        reach::Change::Grows(regions) => {
            show(Some(&regions));
            found.reaches_further = Some(regions);
        }
        reach::Change::CanShrink(regions) if !found.set_tags.is_empty() => {
            show(regions.as_ref());
            match regions {
                Some(regions) => found.set_tags.extend([(key, regions)]),
                None => found.remove_tags.push(key),
            }
        }
        reach::Change::CanShrink(_) | reach::Change::Stays => {}
    }
}

fn tag_change(
    wanted: &DesiredResource,
    key: &str,
    from: Option<&String>,
    to: Option<&String>,
    cause: Cause,
) -> FieldChange {
    let shown =
        |value: Option<&String>| value.map_or(Shown::Unset, |value| Shown::Text(value.clone()));
    let name = format!("tags.{key}");
    FieldChange {
        origin: Some(origin_of(wanted, &name, "tags")),
        name,
        from: shown(from),
        to: shown(to),
        cause,
        effect: Effect::NOW,
        fact: "tags are changed by calls of their own; docs/aws/tags.md#changes".into(),
        shuts_out: None,
    }
}

/// Lists what waits for the window, also where the spec wants something else and cannot have
/// it: it happens all the same.
fn queue(found: &mut Comparison, address: &Address, live: &LiveResource) {
    let Some(pending) = &live.pending else { return };
    let shown =
        |resource: &Resource| resource.shown_fields().into_iter().collect::<BTreeMap<_, _>>();
    let (before, after) = (shown(&live.resource), shown(&pending.after));
    let window = window_of(&live.resource).map(str::to_string);
    let waits_for_window = |field: &&String| !takes_reboot(live, field);
    for field in pending.fields.iter().filter(waits_for_window) {
        // What takes its place is shown as a change.
        if found.fields.iter().any(|diff| diff.name == field.as_str()) {
            continue;
        }
        let value =
            |map: &BTreeMap<&str, Shown>| map.get(field.as_str()).cloned().unwrap_or(Shown::Unset);
        let (from, to) = (value(&before), value(&after));
        // A volume can have grown by itself to the size that waits: nothing is left of that.
        if from == to {
            continue;
        }
        let (address, field, window) = (address.clone(), field.clone(), window.clone());
        found.queued.push(Queued { address, field, from, to, window });
    }
}

/// Compares a field of something that stays once more, after the planner has decided it.
pub(crate) fn compare_again(
    item: &mut Item,
    field: &'static str,
    cause: impl Fn(&LiveResource, &DesiredResource) -> Cause,
) {
    item.found.fields.retain(|diff| diff.name != field);
    item.found.shown.retain(|change| change.name != field);
    let (Some(live), Some(resolved), Some(wanted)) = (item.live, &item.resolved, item.desired)
    else {
        return;
    };
    let differs = |diff: &FieldDiff| diff.name == field && diff.found == Match::Differs;
    if let Some(diff) = resolved.diff(&live.resource).into_iter().find(differs) {
        item.found.shown.push(shown(&diff, wanted, cause(live, wanted)));
        item.found.fields.push(diff);
    }
}

/// A field that the planner decides, as a plan shows it.
fn shown(diff: &FieldDiff, wanted: &DesiredResource, cause: Cause) -> FieldChange {
    FieldChange {
        name: diff.name.into(),
        from: diff.from.clone(),
        to: diff.to.clone(),
        cause,
        effect: diff.effect.clone(),
        origin: Some(origin_of(wanted, diff.name, diff.name)),
        fact: diff.fact.into(),
        shuts_out: None,
    }
}

/// A database's weekly maintenance window, as RDS writes it.
pub(crate) fn window_of(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::DbInstance(instance) => instance.maintenance_window.as_deref(),
        Resource::DbCluster(cluster) => cluster.maintenance_window.as_deref(),
        _ => None,
    }
}

/// Whether a pending field waits for a reboot, which no window brings.
pub(crate) fn takes_reboot(live: &LiveResource, field: &str) -> bool {
    let Some(pending) = &live.pending else { return false };
    pending.after.diff(&live.resource).iter().any(|diff| {
        diff.name == field && matches!(diff.effect, Effect::InPlace { when: When::Reboot, .. })
    })
}

pub(crate) fn note(kind: NoteKind, address: &Address, text: String) -> Note {
    Note { kind, address: Some(address.clone()), text }
}
