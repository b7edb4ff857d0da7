//! From desired and live to a plan: the whole way at a glance.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Region;
use pgha_resource::Timing;
use pgha_resource::call::Action as Deed;
use pgha_resource::value::Shown;

use crate::access;
use crate::classes;
use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::classify::classify;
use crate::classify::classify_tags;
use crate::classify::status_refuses;
use crate::classify::unswept;
use crate::compare::Refusal;
use crate::compare::note;
use crate::compare::origin_of;
use crate::confirmed;
use crate::copies;
use crate::days;
use crate::delete::vanishes_with;
use crate::disown;
use crate::follow;
use crate::gone;
use crate::growth;
use crate::ha;
use crate::hasten;
use crate::held;
use crate::hinder::block_dependants;
use crate::impaired;
use crate::in_use;
use crate::intent::Allow;
use crate::intent::Goal;
use crate::intent::Intent;
use crate::last_copy;
use crate::order::Circle;
use crate::order::order;
use crate::plan::Blocked;
use crate::plan::Cause;
use crate::plan::Change;
use crate::plan::FieldChange;
use crate::plan::Note;
use crate::plan::NoteKind;
use crate::plan::Plan;
use crate::plan::Step;
use crate::plan::StepTime;
use crate::plan::Verb;
use crate::reach;
use crate::reach::Reach;
use crate::readers;
use crate::reboot;
use crate::renamed;
use crate::secret;
use crate::shut_out;
use crate::start;
use crate::steps;
use crate::steps::Context;
use crate::steps::Draft;
use crate::successors;
use crate::watched;

/// Plans: what differs, what is done about it, in which order.
pub fn plan(desired: &Desired, live: &Live, intent: &Intent) -> Plan {
    if intent.goal == Goal::Disown {
        return let_go(desired, live, intent);
    }
    let desired = &*days::settle(desired, live);
    let intent = &*intent.unmasked(desired, live);
    let (mut items, mut notes) = classify(desired, live, intent);
    renamed::sources(&mut items, desired, live);
    last_copy::keep_heirs(&mut items);
    last_copy::keep(&mut items, desired, live, intent);
    // A replica that cannot go counts as one that stays for all that its source does. A
    // destruction changes nothing about sources.
    let converges = intent.goal == Goal::Converge;
    if converges {
        in_use::keep_databases(&mut items, desired);
    }
    held::hold_back(&mut items, desired, intent);
    ha::adjust(&mut items, &mut notes, desired);
    classes::in_turn(&mut items, desired, intent);
    block_dependants(&mut items, desired, live);
    let reach = Reach::of(desired, live);
    reach::hold_back(&mut items, reach.as_ref());
    // What needs something that is not made cannot be made either.
    block_dependants(&mut items, desired, live);
    // A replica that is not made larger after all holds its source.
    classes::in_turn(&mut items, desired, intent);
    // What is kept since is neither cut off nor outgrown; who uses what is known after that.
    if converges {
        in_use::keep_databases(&mut items, desired);
        ha::spare(&mut items, &desired.scope.home);
    }
    successors::keep(&mut items);
    if converges {
        confirmed::keep(&mut items, intent);
    }
    watched::keep(&mut items, intent);
    in_use::keep(&mut items, desired);
    reach::keep_memory(&mut items, desired, live);
    // What the database uses stays with it.
    in_use::keep(&mut items, desired);
    watched::keep(&mut items, intent);
    access::keep(&mut items, intent);
    confirmed::leave(&mut items, &mut notes);
    hasten::leave_blocked(&mut items);
    secret::keep_users(&mut items);
    held::hold_restarts(&mut items, desired, intent);
    notes.extend(follow::set_thresholds(&mut items, live));
    classify_tags(&mut items, &desired.scope, reach.as_ref());
    let drafts = drafts(desired, &items, intent, reach.as_ref());
    let mut steps = match order(&drafts, &items, desired, reach.as_ref(), &mut notes) {
        Ok(steps) => steps,
        Err(Circle(addresses)) => {
            block_circle(&mut items, &addresses);
            Vec::new()
        }
    };
    held::gates(&mut steps, &items, desired, intent);
    readers::weigh(&mut steps, &items);
    items.values_mut().for_each(keep_together);
    impaired::block(&mut items);
    let mut changes: Vec<Change> = items
        .iter()
        .flat_map(|(address, item)| changes(address, item, &items, &steps, intent))
        .collect();
    readers::weigh_held(&mut changes, &items);
    changes.sort_by_key(|change| {
        (change.blocked.is_some(), Reverse(change.disruption), change.verb, change.address.clone())
    });
    notes.extend(idle_words(&items, &steps, live, intent));
    notes.extend(secret::other_passwords(&items));
    notes.extend(copies::notes(&items));
    notes.extend(growth::notes(&items));
    notes.extend(hasten::notes(&items));
    notes.extend(impaired::notes(&items));
    notes.extend(renamed::replicas(&items));
    if !converges {
        notes.extend(gone::not_destroyed(desired, live));
    }
    notes.sort_by_key(|note| (note.kind, note.address.clone(), note.text.clone()));
    notes.dedup();
    Plan {
        scope: desired.scope.clone(),
        regions: regions(desired, live),
        calls: live.calls,
        changes,
        steps,
        queued: items
            .values_mut()
            .flat_map(|item| std::mem::take(&mut item.found.queued))
            .collect(),
        notes: notes.into_iter().collect::<Vec<Note>>(),
        policy: desired.policy.clone(),
    }
}

/// Plans to take pgha's tags off, which no rule about changes is concerned with.
fn let_go(desired: &Desired, live: &Live, intent: &Intent) -> Plan {
    let mut items = disown::items(desired, live);
    let mut notes = unswept(live);
    let drafts = disown::drafts(desired, &items);
    let steps = match order(&drafts, &items, desired, None, &mut notes) {
        Ok(steps) => steps,
        Err(Circle(addresses)) => {
            block_circle(&mut items, &addresses);
            Vec::new()
        }
    };
    let changes = items
        .iter()
        .flat_map(|(address, item)| changes(address, item, &items, &steps, intent))
        .collect();
    Plan {
        scope: desired.scope.clone(),
        regions: regions(desired, live),
        calls: live.calls,
        changes,
        steps,
        queued: Vec::new(),
        notes,
        policy: desired.policy.clone(),
    }
}

/// Where nothing changes, nothing follows in its turn.
fn keep_together(item: &mut Item) {
    let in_turn = |refusal: &Refusal| matches!(refusal.blocked, Blocked::InTurn { .. });
    // What comes first may have been accepted and wait for a restart that cannot be.
    if let (Action::Nothing, true) = (&item.action, item.found.refused.iter().any(in_turn))
        && let Some(blocked) = item.live.and_then(status_refuses)
    {
        item.action = Action::Blocked(Verb::Modify, blocked);
    }
    if !matches!(item.action, Action::Blocked(..)) {
        return;
    }
    let (follow, refused): (Vec<Refusal>, Vec<Refusal>) =
        std::mem::take(&mut item.found.refused).into_iter().partition(in_turn);
    item.found.shown.extend(follow.into_iter().flat_map(|refusal| refusal.fields));
    item.found.refused = refused;
}

/// The regions of the spec, and those that the cluster reached into before.
fn regions(desired: &Desired, live: &Live) -> Vec<Region> {
    let mut regions = desired.regions();
    regions.extend(desired.beyond(live.remembered_regions()));
    regions
}

/// What the user allows and what is not there: a typing mistake would look like consent. Nor does
/// anything come of a word for what waits for nothing.
fn idle_words(items: &Items, steps: &[Step], live: &Live, intent: &Intent) -> Vec<Note> {
    let there = |address: &Address| items.contains_key(address) || live.present(address).is_some();
    let idles = |address: &&Address| {
        // What waits for its turn after something else is not sent, and waits all the same.
        let rests =
            |item: &Item| matches!(item.action, Action::Nothing) && item.found.refused.is_empty();
        items.get(*address).is_some_and(rests)
            && steps.iter().all(|step| step.address() != *address)
    };
    let nothing_waits = intent.now.iter().filter(idles).map(|address| {
        let text = format!("--now {address}: nothing about it waits");
        note(NoteKind::Idle, address, text)
    });
    // A word to delete what the spec has would be kept for later, when the spec has it no more.
    let stays = |address: &Address| {
        let deletes = |step: &&Step| matches!(step.call.action, Deed::Delete { .. });
        let goes = || steps.iter().filter(deletes).any(|step| step.address() == address);
        items.get(address).is_some_and(|item| item.desired.is_some()) && !goes()
    };
    let stay = intent.allow.iter().filter_map(|word| match word {
        Allow::Delete(address) if stays(address) => {
            let text = format!("--allow {word}: the spec has it, so it is not deleted");
            Some(note(NoteKind::Idle, address, text))
        }
        _ => None,
    });
    let allowed =
        intent.allow.iter().filter_map(|word| Some((word.address()?, format!("--allow {word}"))));
    let now = intent.now.iter().map(|address| (address, format!("--now {address}")));
    let idle = allowed.chain(now).filter(|(address, _)| !there(address));
    let unknown = idle.map(|(_, word)| Note {
        kind: NoteKind::Idle,
        address: None,
        text: format!("{word}: there is no such address"),
    });
    unknown.chain(nothing_waits).chain(stay).collect()
}

/// The calls of all addresses, restarts included.
fn drafts(desired: &Desired, items: &Items, intent: &Intent, reach: Option<&Reach>) -> Vec<Draft> {
    let mut all = Vec::new();
    for (address, item) in items {
        let parent = item.live.and_then(|live| live.resource.parent(address));
        let goes = |parent: &Address| items.get(parent).is_some_and(Item::goes);
        let vanishes = vanishes_with(parent.as_ref(), address.kind, goes);
        if vanishes && matches!(item.action, Action::Delete) {
            continue;
        }
        let context = Context {
            address,
            scope: &desired.scope,
            timing: held::timing(address, &desired.policy, intent),
            final_snapshot: intent.goal != Goal::Destroy { final_snapshot: false },
            arn: desired.scope.arn(address),
            wanted: item.desired.map(|desired| &desired.resource),
            reach: reach.filter(|reach| reach.database == address),
        };
        let mut own = steps::drafts(&context, item);
        // A pool has no deletion of its own: the call that deletes it deletes the proxy.
        if vanishes || address.kind == Kind::DbProxyTargetGroup {
            own.retain(|draft| !matches!(draft.call.action, Deed::Delete { .. }));
        }
        if address.kind == Kind::Secret {
            secret::after_database(&mut own, address, items);
        }
        add_reboot(&mut own, &context, item, items);
        own.splice(0..0, start::draft(&context, item));
        own.iter_mut().for_each(|draft| add_flush(draft, item.live));
        all.extend(own);
    }
    all
}

/// The restart goes before the tags, which record what was applied.
fn add_reboot(own: &mut Vec<Draft>, context: &Context, item: &Item, items: &Items) {
    if item.found.held_restart.is_some() || !reboot::needed(context.address, item, items) {
        return;
    }
    let Some(resolved) = &item.resolved else { return };
    let Some(mut draft) = steps::reboot(context, item, resolved) else { return };
    let group = item.desired.and_then(|desired| reboot::group_of(&desired.resource));
    draft.needs.extend(group.cloned());
    let at = own.iter().position(|draft| draft.stage == steps::Stage::Tag).unwrap_or(own.len());
    own.insert(at, draft);
}

/// An immediate change makes AWS apply everything queued as well
/// (docs/aws/instances.md#apply-immediately): the step costs what that costs.
fn add_flush(draft: &mut Draft, live: Option<&LiveResource>) {
    let worst = live
        .map(|live| flushed(&draft.call.action, live))
        .unwrap_or_default()
        .into_iter()
        .map(|(_, disruption)| disruption)
        .max();
    draft.disruption = draft.disruption.max(worst.unwrap_or(Disruption::None));
}

/// The queued fields that a call would flush, with what each costs.
fn flushed(deed: &Deed, live: &LiveResource) -> Vec<(String, Disruption)> {
    let (Deed::Update { fields, timing, .. }, Some(pending)) = (deed, &live.pending) else {
        return Vec::new();
    };
    // A window moved onto the present opens at once (docs/aws/instances.md#maintenance-window).
    let moves_window = fields.iter().any(|field| field == "maintenance_window");
    if *timing == Timing::InWindow && !moves_window {
        return Vec::new();
    }
    let costs: BTreeMap<&str, Effect> = pending
        .after
        .diff(&live.resource)
        .into_iter()
        .map(|diff| (diff.name, diff.effect))
        .collect();
    let cost = |field: &str| match costs.get(field) {
        Some(Effect::Never(_) | Effect::Later(_) | Effect::Replace) => Disruption::Outage,
        Some(effect) => effect.disruption(),
        None => Disruption::None,
    };
    let others = pending.fields.iter().filter(|field| !fields.contains(*field));
    others.map(|field| (field.clone(), cost(field))).collect()
}

/// Steps that wait for each other in a circle are our mistake; nothing is done then.
fn block_circle(items: &mut Items, addresses: &BTreeSet<Address>) {
    for (address, item) in items.iter_mut() {
        let verb = match item.action {
            Action::Create => Verb::Create,
            Action::Modify => Verb::Modify,
            Action::Replace => Verb::Replace,
            Action::Delete => Verb::Delete,
            Action::Nothing | Action::Blocked(..) => continue,
        };
        let why = match addresses.contains(address) {
            true => {
                "its steps wait for each other in a circle: this is a mistake in pgha, please report it"
            }
            false => "other steps of this plan wait for each other in a circle",
        };
        item.action = Action::Blocked(verb, Blocked::Impossible { why: why.into() });
    }
}

/// What is said about one address: at most one change that is made, and the refused parts.
fn changes(
    address: &Address,
    item: &Item,
    items: &Items,
    steps: &[Step],
    intent: &Intent,
) -> Vec<Change> {
    let own: Vec<&Step> = steps.iter().filter(|step| step.address() == address).collect();
    let origin = item.desired.map(|desired| desired.origin.clone());
    let blank = |verb, cause| Change {
        address: address.clone(),
        verb,
        cause,
        fields: Vec::new(),
        steps: Vec::new(),
        disruption: Disruption::None,
        time: StepTime::Now,
        also: None,
        origin: origin.clone(),
        blocked: None,
        flushes: Vec::new(),
    };
    let mut all = Vec::new();
    if let Some((verb, cause, mut fields)) = made(item, items, &own, intent) {
        fields.iter_mut().for_each(|field| field.shuts_out = shut_out(field, item));
        let (disruption, time, also) = worst(&own);
        all.push(Change {
            fields,
            steps: own.iter().map(|step| step.id).collect(),
            disruption,
            time,
            also,
            flushes: flushes(&own, item),
            ..blank(verb, cause)
        });
    }
    if let Action::Blocked(verb, blocked) = &item.action {
        let fields = without_bookkeeping(item.found.shown.clone());
        let cause = cause_of(item, &fields);
        all.push(Change { fields, blocked: Some(blocked.clone()), ..blank(*verb, cause) });
    }
    for refusal in &item.found.refused {
        let fields = refusal.fields.clone();
        let cause = cause_of(item, &fields);
        let blocked = Some(refusal.blocked.clone());
        all.push(Change { fields, blocked, ..blank(Verb::Modify, cause) });
    }
    if let Some(blocked) = &item.found.held_restart {
        let (verb, cause, fields) = restart(item, items);
        all.push(Change { fields, blocked: Some(blocked.clone()), ..blank(verb, cause) });
    }
    all
}

/// Whom a change that is made shuts out.
fn shut_out(field: &FieldChange, item: &Item) -> Option<String> {
    shut_out::of(&field.name, &item.live?.resource, item.resolved.as_ref()?)
}

/// The worst that some steps do, when, and the worst at the other time.
fn worst(own: &[&Step]) -> (Disruption, StepTime, Option<Disruption>) {
    let at = |time: StepTime| {
        let real = own.iter().filter(|step| !matches!(step.call.action, Deed::Tag { .. }));
        real.filter(|step| step.time == time).map(|step| step.disruption).max()
    };
    match (at(StepTime::Now), at(StepTime::Window)) {
        (now, Some(window)) if now.is_none_or(|now| now < window) => {
            (window, StepTime::Window, now.filter(|now| *now > Disruption::None))
        }
        (now, window) => {
            let window = window.filter(|window| *window > Disruption::None);
            (now.unwrap_or(Disruption::None), StepTime::Now, window)
        }
    }
}

/// A database that only restarts: for parameters of its group, or for what waited before.
fn restart(item: &Item, items: &Items) -> (Verb, Cause, Vec<FieldChange>) {
    let group = item.desired.and_then(|desired| reboot::group_waits(desired, items));
    let fields: Vec<FieldChange> = group
        .into_iter()
        .flat_map(|group| &group.found.shown)
        .filter(|field| reboot::after_reboot(&field.effect))
        .cloned()
        .collect();
    let cause = if fields.is_empty() { Cause::Waiting } else { cause_of(item, &fields) };
    (Verb::Reboot, cause, fields)
}

/// The change that is made, with its fields.
fn made(
    item: &Item,
    items: &Items,
    own: &[&Step],
    intent: &Intent,
) -> Option<(Verb, Cause, Vec<FieldChange>)> {
    let shown = || item.found.shown.clone();
    match &item.action {
        Action::Create => Some((Verb::Create, Cause::New, born_fields(item))),
        Action::Replace => {
            let fields = without_bookkeeping(shown());
            Some((Verb::Replace, cause_of(item, &fields), fields))
        }
        Action::Delete => {
            let cause = match intent.goal {
                Goal::Converge | Goal::Disown => Cause::NotInSpec,
                Goal::Destroy { .. } => Cause::Destroy,
            };
            Some((Verb::Delete, cause, Vec::new()))
        }
        Action::Modify => {
            let mut fields = without_bookkeeping(shown());
            if own.iter().any(|step| matches!(step.call.action, Deed::Reboot { .. })) {
                fields.extend(restart(item, items).2);
            }
            fields.extend(start::field(item));
            Some((Verb::Modify, cause_of(item, &fields), fields))
        }
        Action::Nothing if start::is_due(item) => {
            let fields = start::field(item).into_iter().collect();
            Some((Verb::Modify, Cause::AwsChanged, fields))
        }
        Action::Nothing if !own.is_empty() => Some(restart(item, items)),
        Action::Nothing | Action::Blocked(..) => None,
    }
}

/// The record changes with every other change: only alone is it worth a line.
fn without_bookkeeping(mut fields: Vec<FieldChange>) -> Vec<FieldChange> {
    if fields.iter().any(|field| field.cause != Cause::Bookkeeping) {
        fields.retain(|field| field.cause != Cause::Bookkeeping);
    }
    fields
}

/// The most telling of the fields' causes.
fn cause_of(item: &Item, fields: &[FieldChange]) -> Cause {
    let order = [
        Cause::AwsChanged,
        Cause::SpecChanged,
        Cause::Unrecorded,
        Cause::Adopted,
        Cause::Disowned,
        Cause::Follows,
        Cause::Queued,
        Cause::Waiting,
        Cause::Bookkeeping,
    ];
    let found = order.into_iter().find(|cause| fields.iter().any(|field| field.cause == *cause));
    found.unwrap_or(match item.desired {
        Some(_) => Cause::New,
        None => Cause::NotInSpec,
    })
}

/// All that the spec sets of a resource that is about to appear.
fn born_fields(item: &Item) -> Vec<FieldChange> {
    let (Some(wanted), Some(resolved)) = (item.desired, &item.resolved) else { return Vec::new() };
    resolved
        .shown_fields()
        .into_iter()
        .filter(|(_, value)| *value != Shown::Unset)
        .map(|(name, to)| born_field(wanted, name, to))
        .collect()
}

fn born_field(wanted: &DesiredResource, name: &str, to: Shown) -> FieldChange {
    FieldChange {
        name: name.into(),
        from: Shown::Unset,
        to,
        cause: Cause::New,
        effect: Effect::NOW,
        origin: Some(origin_of(wanted, name, name)),
        fact: String::new(),
        shuts_out: None,
    }
}

fn flushes(own: &[&Step], item: &Item) -> Vec<String> {
    let Some(live) = item.live else { return Vec::new() };
    let fields: BTreeSet<String> = own
        .iter()
        .flat_map(|step| flushed(&step.call.action, live))
        .map(|(field, _)| field)
        .collect();
    fields.into_iter().collect()
}
