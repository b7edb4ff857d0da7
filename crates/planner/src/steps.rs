//! From what has to happen at an address to the API calls that make it happen.

use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Timing;
use pgha_resource::call::Action as Deed;
use pgha_resource::digest::Applied;
use pgha_resource::effect::When;
use pgha_resource::field::FieldDiff;
use pgha_resource::field::Match;
use pgha_resource::field::Via;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::Tagging;
use pgha_resource::kind::travels_with;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::REGIONS_TAG;
use pgha_resource::live::Tags;
use pgha_resource::status::Phase;
use pgha_resource::value::Part;

use crate::cause::Record;
use crate::classify::Action;
use crate::classify::Item;
use crate::compare::identity;
use crate::compare::tags_of;
use crate::plan::StepTime;
use crate::reach::Reach;
use crate::reboot;
use crate::restore;

/// Where in the life of its address a step stands; also the order within one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Delete,
    /// A database that is stopped takes no other call.
    Start,
    /// Remembers the regions in which this plan makes something.
    Reach,
    Create,
    Update,
    Reboot,
    Tag,
}

/// A step before it has a number.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) call: Call,
    pub(crate) stage: Stage,
    pub(crate) disruption: Disruption,
    pub(crate) time: StepTime,
    /// Addresses that this very call refers to.
    pub(crate) needs: BTreeSet<Address>,
}

/// What the calls of one address need to know.
pub(crate) struct Context<'a> {
    pub(crate) address: &'a Address,
    pub(crate) scope: &'a Scope,
    pub(crate) timing: Timing,
    pub(crate) final_snapshot: bool,
    pub(crate) arn: Option<String>,
    /// The desired resource, references unresolved.
    pub(crate) wanted: Option<&'a Resource>,
    /// The regions to remember, on the database that does.
    pub(crate) reach: Option<&'a Reach<'a>>,
}

/// The calls for one address, in order, without reboots.
pub(crate) fn drafts(context: &Context, item: &Item) -> Vec<Draft> {
    let mut drafts = Vec::new();
    if let (true, Some(live)) = (item.goes(), item.live) {
        drafts.extend(crate::delete::drafts(context, live));
    }
    match (&item.action, &item.resolved, item.live) {
        (Action::Create | Action::Replace, Some(resolved), _) => {
            drafts.extend(match item.restorable {
                Some(old) => restoration(context, item, resolved, old),
                None => creation(context, item, resolved),
            });
        }
        (Action::Modify, Some(resolved), Some(live)) => {
            drafts.extend(reaching_further(context, item, live));
            drafts.extend(modification(context, item, resolved, live));
            drafts.extend(tagging(context, item, live));
        }
        _ => {}
    }
    drafts
}

/// The creating call, then the calls for what it could not carry. Each records what it
/// applied and no more.
fn creation(context: &Context, item: &Item, resolved: &Resource) -> Vec<Draft> {
    let created = resolved.creatable();
    let updates = later_updates(context, resolved, created.clone().born());
    let open: BTreeSet<&str> = updates.iter().flat_map(|draft| draft.call.fields()).collect();
    let nothing = BTreeSet::new();
    let record = |open: &BTreeSet<&str>| {
        let open = open.union(&item.found.follows).copied().collect();
        item.desired.map(|wanted| Record::new(None, wanted).after(&open))
    };
    let complete = record(&nothing);
    let at_birth = match updates.is_empty() {
        true => complete.clone(),
        false => record(&open).map(Applied::unfinished),
    };
    let tags = match (context.address.kind.tagging(), item.desired, &at_birth) {
        (Tagging::By { .. }, Some(wanted), Some(record)) => {
            let regions = context.reach.and_then(Reach::at_birth);
            let mut tags = tags_of(context.address, wanted, context.scope, record);
            tags.extend(regions.map(|regions| (REGIONS_TAG.to_string(), regions)));
            tags
        }
        _ => Tags::new(),
    };
    let completed = match (context.address.kind.tagging(), &complete) {
        (Tagging::By { set, .. }, Some(record)) if complete != at_birth => {
            let set_tags = Tags::from([(DIGEST_TAG.to_string(), record.to_tag())]);
            let of = Box::new(resolved.clone());
            let deed = Deed::Tag { of, set: set_tags, remove: Vec::new(), over: Tags::new() };
            Some(tag(context, None, set, deed))
        }
        _ => None,
    };
    let first = Draft {
        needs: needs(context, |name| resolved.at_create(name)),
        call: call(context, None, created.create(), Deed::Create { to: Box::new(created), tags }),
        stage: Stage::Create,
        disruption: Disruption::None,
        time: StepTime::Now,
    };
    std::iter::once(first).chain(updates).chain(completed).collect()
}

/// The call that brings back what was deleted, then what is to be different about it.
fn restoration(
    context: &Context,
    item: &Item,
    resolved: &Resource,
    old: &LiveResource,
) -> Vec<Draft> {
    let to = Box::new(old.resource.clone());
    let tags = old.tags.clone().unwrap_or_default();
    let first = Draft {
        call: call(context, Some(old), restore::OPERATION, Deed::Create { to, tags }),
        stage: Stage::Create,
        disruption: Disruption::None,
        time: StepTime::Now,
        needs: BTreeSet::new(),
    };
    let differs = |diff: &FieldDiff| diff.found == Match::Differs;
    let diffs = resolved.diff(&old.resource);
    let names: Vec<&str> = diffs.iter().filter(|d| differs(d)).map(|diff| diff.name).collect();
    let updates = updates(context, Some(old), &old.resource, resolved, &names, Timing::Immediately);
    let tags = tagging(context, item, old);
    std::iter::once(first).chain(updates).chain(tags).collect()
}

/// The calls for what the creating call could not carry. Nobody uses the resource yet:
/// nothing is disrupted, and nothing is queued that could be flushed.
fn later_updates(context: &Context, resolved: &Resource, born: Resource) -> Vec<Draft> {
    let later: Vec<&str> = resolved
        .canonical_fields()
        .into_iter()
        .filter(|(name, value)| value.is_some() && !resolved.at_create(name))
        .filter(|(name, _)| resolved.compare_field(name, &born) != Some(Match::Same))
        // A replica is born with its source's version.
        .filter(|(name, _)| *name != "engine_version")
        .map(|(name, _)| name)
        .collect();
    let mut updates = updates(context, None, &born, resolved, &later, Timing::Immediately);
    updates.iter_mut().for_each(not_in_use);
    updates
}

fn modification(
    context: &Context,
    item: &Item,
    resolved: &Resource,
    live: &LiveResource,
) -> Vec<Draft> {
    let changed: Vec<&str> = item.found.fields.iter().map(|diff| diff.name).collect();
    // Only an immediate change back to the current value cancels a queued one
    // (docs/aws/instances.md#cancelling).
    let (cancelled, others): (Vec<&str>, Vec<&str>) =
        changed.iter().partition(|name| item.found.cancelled.contains(*name));
    // What the creating call could not carry and an interrupted run did not get to.
    let late: Vec<&str> =
        others.iter().copied().filter(|name| is_unborn(item, resolved, name)).collect();
    let (unborn, others): (Vec<&str>, Vec<&str>) =
        others.into_iter().partition(|name| late.iter().any(|late| travel_together(late, name)));
    let (at_once, others): (Vec<&str>, Vec<&str>) =
        others.into_iter().partition(|name| item.found.at_once.contains(name));
    let mut now = live.overlaid().clone();
    // What is sent again to be made now is not there yet.
    item.found.hastened.keys().for_each(|name| now.copy_field(name, &live.resource));
    let mut all = Vec::new();
    for (mut names, timing) in [
        (cancelled, Timing::Immediately),
        (unborn, Timing::Immediately),
        (at_once, Timing::Immediately),
        (others, context.timing),
    ] {
        let mut to = resolved.clone();
        let company = company(&names, &mut to, live.overlaid());
        names.extend(company.into_iter().filter(|name| !changed.contains(name)));
        let next = updates(context, Some(live), &now, &to, &names, timing);
        names.iter().for_each(|name| now.copy_field(name, &to));
        let unborn = names.iter().any(|name| is_unborn(item, resolved, name));
        all.extend(next.into_iter().map(|mut draft| {
            if unborn {
                not_in_use(&mut draft);
            }
            draft
        }));
    }
    all
}

/// The fields that AWS takes only together with these, of those that have a value.
fn company(names: &[&str], to: &mut Resource, there: &Resource) -> BTreeSet<&'static str> {
    let fields = names.iter().flat_map(|name| travels_with(name)).copied();
    let fields: BTreeSet<&str> = fields.filter(|field| !names.contains(field)).collect();
    // A volume may have grown by itself, and never shrinks.
    if fields.contains("storage") {
        to.copy_field("storage", there);
    }
    let has_value = |field: &&str| {
        to.canonical_fields().iter().any(|(name, value)| name == field && value.is_some())
    };
    fields.into_iter().filter(has_value).collect()
}

/// Whether AWS checks two fields together, so that one call has to carry both.
fn travel_together(one: &str, other: &str) -> bool {
    one == other || travels_with(one).contains(&other) || travels_with(other).contains(&one)
}

/// A field that completes a creation which was cut off.
pub(crate) fn is_unborn(item: &Item, resolved: &Resource, name: &str) -> bool {
    item.found.unfinished && !resolved.at_create(name)
}

/// What was never completed is not in use: nothing is disrupted, nothing has to wait.
fn not_in_use(draft: &mut Draft) {
    draft.disruption = Disruption::None;
    draft.time = StepTime::Now;
}

/// Groups fields into calls: together where one call carries them, alone or in batches
/// where not. Additions to sets come before removals from them.
pub(crate) fn updates(
    context: &Context,
    live: Option<&LiveResource>,
    from: &Resource,
    to: &Resource,
    names: &[&str],
    timing: Timing,
) -> Vec<Draft> {
    let table = from.kind().field_facts();
    let mut calls: Vec<(Operation, Vec<&str>)> = Vec::new();
    let mut drafts = Vec::new();
    let mut now = from.clone();
    // What is added to one set comes before what is taken out of another: the rules of a group
    // let somebody out and in together.
    for adds in [true, false] {
        for (name, via, _) in table.iter().filter(|(name, ..)| names.contains(name)) {
            let Via::Each { add, remove, batch } = via else { continue };
            for (part, next) in now.clone().way(name, to, *batch) {
                let operation = if part == Part::Add { *add } else { *remove };
                if adds == (part == Part::Add) {
                    drafts.push(update(context, live, operation, &mut now, &next, &[name], timing));
                }
            }
        }
    }
    for (name, via, _) in table.iter().filter(|(name, ..)| names.contains(name)) {
        match via {
            Via::One(operation) => match calls.iter_mut().find(|(other, _)| other == operation) {
                Some((_, fields)) => fields.push(name),
                None => calls.push((*operation, vec![name])),
            },
            Via::Own(operation) => {
                drafts.push(update(context, live, *operation, &mut now, to, &[name], timing));
            }
            Via::Each { .. } | Via::Fixed => {}
        }
    }
    for (operation, fields) in calls {
        drafts.push(update(context, live, operation, &mut now, to, &fields, timing));
    }
    // A rotation function reads what the other calls write into the secret.
    let (rotation, others): (Vec<Draft>, Vec<Draft>) =
        drafts.into_iter().partition(|draft| draft.call.operation == Operation::RotateSecret);
    others.into_iter().chain(rotation).collect()
}

/// One updating call; `now` moves on to the state after it.
fn update(
    context: &Context,
    live: Option<&LiveResource>,
    operation: Operation,
    now: &mut Resource,
    to: &Resource,
    fields: &[&str],
    timing: Timing,
) -> Draft {
    let before = now.clone();
    for field in fields {
        now.copy_field(field, to);
    }
    let effects = effects(&before, now, live, fields);
    let timing = timing_for(&effects, live, fields, timing);
    let (disruption, time) = cost(&effects, timing);
    // RDS may look at the topic whatever is changed of a subscription (RDS API,
    // ModifyEventSubscription: SNSNoAuthorization).
    let looks_at = |name: &str| operation == Operation::ModifyEventSubscription && name == "topic";
    Draft {
        needs: needs(context, |name| fields.contains(&name) || looks_at(name)),
        call: call(
            context,
            live,
            operation,
            Deed::Update {
                from: Box::new(before),
                to: Box::new(now.clone()),
                fields: fields.iter().map(|field| field.to_string()).collect(),
                timing,
            },
        ),
        stage: Stage::Update,
        disruption,
        time,
    }
}

/// What the changed fields cost, seen from what is there and from what is queued: a standby
/// that is only queued shortens nothing.
fn effects(
    before: &Resource,
    now: &Resource,
    live: Option<&LiveResource>,
    fields: &[&str],
) -> Vec<Effect> {
    let carried = |diff: &FieldDiff| fields.contains(&diff.name);
    let there = live.map(|live| now.diff(&live.resource)).unwrap_or_default();
    now.diff(before)
        .into_iter()
        .filter(carried)
        // Back to what is still there: a queued change is cancelled, nothing happens.
        .filter(|diff| !live.is_some_and(|live| goes_back(now, diff.name, live)))
        .map(|diff| diff.effect)
        .chain(there.iter().filter(|diff| carried(diff)).map(|diff| diff.effect.clone()))
        .collect()
}

/// Whether a field goes back to what is still there. While a database is busy what is queued may
/// be what is being made: then it is there by the time of the call, and going back is a change.
fn goes_back(to: &Resource, field: &str, live: &LiveResource) -> bool {
    live.status.phase != Phase::Busy && is_same(to, field, &live.resource)
}

/// `ApplyImmediately` is sent only where it matters: it flushes whatever else is queued.
fn timing_for(
    effects: &[Effect],
    live: Option<&LiveResource>,
    fields: &[&str],
    timing: Timing,
) -> Timing {
    let waits = |effect: &Effect| matches!(effect, Effect::InPlace { when: When::Window, .. });
    let queued = live.and_then(|live| live.pending.as_ref());
    let cancels = queued.is_some_and(|queued| fields.iter().any(|f| queued.fields.contains(*f)));
    // Nothing can be queued on what was just created, and its old values are guesses.
    match live.is_none() || cancels || effects.iter().any(waits) {
        true => timing,
        false => Timing::InWindow,
    }
}

/// The addresses that some fields of the desired resource refer to, read off the unresolved
/// one: a name is known before what it names exists.
fn needs(context: &Context, fields: impl Fn(&str) -> bool) -> BTreeSet<Address> {
    let Some(wanted) = context.wanted else { return BTreeSet::new() };
    let names = wanted.field_names().into_iter().filter(|name| fields(name));
    names.flat_map(|name| wanted.field_addresses(name)).collect()
}

fn is_same(wanted: &Resource, field: &str, live: &Resource) -> bool {
    wanted.compare_field(field, live) == Some(Match::Same)
}

/// The worst of some effects, and when the worst happens.
fn cost(effects: &[Effect], timing: Timing) -> (Disruption, StepTime) {
    // What waits for a restart costs nothing before it.
    let effects: Vec<&Effect> = effects.iter().filter(|e| !reboot::after_reboot(e)).collect();
    let worst = effects.iter().map(|effect| effect.disruption()).max().unwrap_or(Disruption::None);
    let waits = |effect: &Effect| {
        let window = matches!(effect, Effect::InPlace { when: When::Window, .. });
        window && timing == Timing::InWindow
    };
    let of_worst = effects.iter().copied().filter(|effect| effect.disruption() == worst);
    match !effects.is_empty() && of_worst.clone().all(waits) {
        true => (worst, StepTime::Window),
        false => (worst, StepTime::Now),
    }
}

/// The regions on record, which nobody may have changed when they are written over.
fn regions_seen(live: &LiveResource) -> Tags {
    let seen = live.tags.as_ref().and_then(|tags| tags.get(REGIONS_TAG));
    Tags::from([(REGIONS_TAG.to_string(), seen.cloned().unwrap_or_default())])
}

/// The call that remembers further regions, before anything is made there.
fn reaching_further(context: &Context, item: &Item, live: &LiveResource) -> Option<Draft> {
    let Tagging::By { set, .. } = context.address.kind.tagging() else { return None };
    let regions = item.found.reaches_further.clone()?;
    let mut set_tags = Tags::from([(REGIONS_TAG.to_string(), regions)]);
    // What is being adopted is ours from the first call on.
    if !live.standing(context.address, context.scope).is_ours() {
        set_tags.extend(identity(context.address, context.scope));
    }
    let of = Box::new(live.resource.clone());
    let over = regions_seen(live);
    let mut over = over;
    over.extend(owner_seen(live, &set_tags));
    let deed = Deed::Tag { of, set: set_tags, remove: Vec::new(), over };
    Some(Draft { stage: Stage::Reach, ..tag(context, Some(live), set, deed) })
}

/// Tags are set and removed by calls of their own, after the change that they record.
/// Whom a resource is taken over from: nobody else may have taken it meanwhile.
fn owner_seen(live: &LiveResource, set: &Tags) -> Option<(String, String)> {
    let owner = live.owner().unwrap_or_default().to_string();
    set.contains_key(OWNER_TAG).then(|| (OWNER_TAG.to_string(), owner))
}

fn tagging(context: &Context, item: &Item, live: &LiveResource) -> Vec<Draft> {
    let Tagging::By { set, remove } = context.address.kind.tagging() else { return Vec::new() };
    let (set_tags, remove_tags) = (&item.found.set_tags, &item.found.remove_tags);
    let over = |regions: bool| if regions { regions_seen(live) } else { Tags::new() };
    let owner = owner_seen(live, set_tags);
    let of = Box::new(live.resource.clone());
    let mut deeds = Vec::new();
    if !set_tags.is_empty() {
        let mut over = over(set_tags.contains_key(REGIONS_TAG));
        over.extend(owner);
        let (set_tags, of) = (set_tags.clone(), of.clone());
        deeds.push((set, Deed::Tag { of, set: set_tags, remove: Vec::new(), over }));
    }
    if !remove_tags.is_empty() {
        let over = over(remove_tags.iter().any(|key| key == REGIONS_TAG));
        let remove = (remove, remove_tags.clone());
        deeds.push((remove.0, Deed::Tag { of, set: Tags::new(), remove: remove.1, over }));
    }
    deeds.into_iter().map(|(operation, deed)| tag(context, Some(live), operation, deed)).collect()
}

fn tag(context: &Context, live: Option<&LiveResource>, operation: Operation, deed: Deed) -> Draft {
    Draft {
        call: call(context, live, operation, deed),
        stage: Stage::Tag,
        disruption: Disruption::None,
        time: StepTime::Now,
        needs: BTreeSet::new(),
    }
}

/// Whether anybody may be connected to a database: to one that was just created nobody is, and
/// what changed since shows that somebody had to do with it.
pub(crate) fn is_in_use(item: &Item) -> bool {
    let unborn = |of: &Resource| {
        item.found.unfinished && item.found.fields.iter().all(|diff| is_unborn(item, of, diff.name))
    };
    item.live.is_some() && !item.resolved.as_ref().is_some_and(unborn)
}

/// What a restart costs: what waits for it may cost more than the restart by itself.
pub(crate) fn restart_cost(item: &Item) -> Disruption {
    let pending = item.live.and_then(|live| {
        let pending = live.pending.as_ref()?;
        Some(pending.after.diff(&live.resource))
    });
    let waiting = pending.into_iter().flatten().map(|diff| diff.effect);
    let new = item.found.fields.iter().map(|diff| diff.effect.clone());
    let costs = waiting.chain(new).filter(reboot::after_reboot).map(|effect| effect.disruption());
    costs.max().unwrap_or(Disruption::None).max(Disruption::Restart)
}

/// A restart so that waiting parameters take effect.
pub(crate) fn reboot(context: &Context, item: &Item, of: &Resource) -> Option<Draft> {
    let (operation, live) = (of.reboot()?, item.live);
    let disruption = if is_in_use(item) { restart_cost(item) } else { Disruption::None };
    // What is there restarts as it is: what it is to become may not even have an id yet.
    let of = Box::new(live.map_or(of, |live| &live.resource).clone());
    Some(Draft {
        call: call(context, live, operation, Deed::Reboot { of }),
        stage: Stage::Reboot,
        disruption,
        time: StepTime::Now,
        needs: BTreeSet::new(),
    })
}

/// A start of what somebody stopped, before anything else happens to it.
pub(crate) fn start(context: &Context, live: &LiveResource) -> Option<Draft> {
    let operation = live.resource.start()?;
    let of = Box::new(live.resource.clone());
    Some(Draft {
        call: call(context, Some(live), operation, Deed::Start { of }),
        stage: Stage::Start,
        disruption: Disruption::None,
        time: StepTime::Now,
        needs: BTreeSet::new(),
    })
}

pub(crate) fn call(
    context: &Context,
    live: Option<&LiveResource>,
    operation: Operation,
    action: Deed,
) -> Call {
    let ids = live.map(|live| &live.ids);
    Call {
        address: context.address.clone(),
        operation,
        action,
        id: ids.and_then(|ids| ids.id.clone()),
        arn: ids.and_then(|ids| ids.arn.clone()).or_else(|| context.arn.clone()),
        resource_id: ids.and_then(|ids| ids.resource_id.clone()),
    }
}

/// Whether a live or desired resource is a read replica.
pub(crate) fn is_replica(resource: &Resource) -> bool {
    matches!(resource, Resource::DbInstance(DbInstance { source: Some(_), .. }))
}

/// Whether a kind is a database that parameters and restarts are about.
pub(crate) fn is_database(kind: Kind) -> bool {
    matches!(kind, Kind::DbInstance | Kind::DbCluster)
}
