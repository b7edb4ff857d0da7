//! What is held until the maintenance window: the disruptions that pgha itself brings about.
//!
//! RDS keeps a class change or an upgrade until the window. What it does at once whenever it is
//! asked (a restart for waiting parameters, another port, the replacement of a proxy) is asked
//! for in the window only, unless the user says so for an address.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Timing;
use pgha_resource::Weekly;
use pgha_resource::call::Action as Deed;
use pgha_resource::desired::Policy;
use pgha_resource::effect::When;
use pgha_resource::field::FieldDiff;
use pgha_resource::kind::{Peer, Rule};
use pgha_resource::live::Notice;
use pgha_resource::parameter::is_static;
use pgha_resource::status::Phase;

use crate::classify::{Action, Item, Items};
use crate::compare::{Refusal, compare};
use crate::ha;
use crate::hasten;
use crate::intent::{Goal, Intent};
use crate::plan::{Blocked, FieldChange, Step, StepTime, Verb};
use crate::reboot;
use crate::steps::{is_database, is_in_use, is_unborn, restart_cost};

/// How many seconds a database counts as unused whose creation was cut off.
const YOUNG: i64 = 3600;

/// The window in which alone an address may be disrupted by pgha.
fn gate(address: &Address, policy: &Policy, intent: &Intent) -> Option<Weekly> {
    let binds = intent.goal == Goal::Converge
        && intent.at.is_some()
        && policy.timing == Timing::InWindow
        && !intent.now.contains(address);
    policy.window.filter(|_| binds)
}

/// When what can wait for the window is made.
pub(crate) fn timing(address: &Address, policy: &Policy, intent: &Intent) -> Timing {
    match intent.now.contains(address) {
        true => Timing::Immediately,
        false => policy.timing,
    }
}

/// The same, where it is not open.
fn closed(address: &Address, policy: &Policy, intent: &Intent) -> Option<Weekly> {
    let window = gate(address, policy, intent)?;
    intent.at.is_some_and(|at| !window.contains(at)).then_some(window)
}

fn held<'a>(
    addresses: impl IntoIterator<Item = &'a Address>,
    disruption: Disruption,
    window: Weekly,
) -> Blocked {
    let words: Vec<String> =
        addresses.into_iter().map(|address| format!("--now {address}")).collect();
    // What the cluster loses by it is weighed once all is known.
    Blocked::Held { disruption, to_cluster: disruption, window, now: words.join(" ") }
}

/// Why something does not go now, if it has to wait with that: whoever uses it would lose their
/// connections. A part goes with its whole.
pub(crate) fn keeps(
    address: &Address,
    seen: &LiveResource,
    desired: &Desired,
    intent: &Intent,
) -> Option<Blocked> {
    let disruption = seen.resource.delete_disruption();
    let window = closed(address, &desired.policy, intent)?;
    let named = |parent: Address| intent.now.contains(&parent);
    let with_its_whole = seen.resource.parent(address).is_some_and(named);
    (disruption.breaks_connections() && !with_its_whole && !intent.may_delete(address))
        .then(|| held([address], disruption, window))
}

/// Whether nobody can have begun to use a database whose creation is on record as cut off: a run
/// that goes on with it comes soon after, and one that comes later finds it in use.
pub(crate) fn is_newborn(seen: &LiveResource, intent: &Intent) -> bool {
    let (true, Some(at)) = (is_database(seen.resource.kind()), intent.at) else { return true };
    let created = seen.notices.iter().find_map(|notice| match notice {
        Notice::Created(created) => Some(*created),
        _ => None,
    });
    match created {
        Some(created) => at.since(created) <= YOUNG,
        None => seen.status.phase == Phase::Busy,
    }
}

/// Holds what would break connections as soon as it is asked for.
pub(crate) fn hold_back(items: &mut Items, desired: &Desired, intent: &Intent) {
    ha::hold_raises(items, &desired.scope.home);
    hold_cancellations(items, desired, intent);
    let held = hold_fields(items, desired, intent);
    let refused = refused_ports(items, &held);
    keep_ports(items, &held, |address| Blocked::Waits { address });
    keep_ports(items, &refused, |address| Blocked::Needs { address });
    hold_targets(items);
    hold_pools(items);
    hold_parameters(items, desired, intent);
}

/// Fields that RDS changes at once whatever it is told; the ports that databases keep by that.
fn hold_fields(items: &mut Items, desired: &Desired, intent: &Intent) -> BTreeMap<Address, u16> {
    let mut ports = BTreeMap::new();
    let never: BTreeSet<Address> = unfit_groups(items);
    for (address, item) in items.iter_mut().filter(|(_, item)| item.stays()) {
        let Some(window) = closed(address, &desired.policy, intent) else { continue };
        let Some(resolved) = item.resolved.clone() else { continue };
        let at_once = |diff: &&FieldDiff| {
            let attached = comes_with_a_restart(diff, item) && !never.contains(address);
            let breaks = breaks_at_once(&diff.effect) || attached;
            breaks && !is_unborn(item, &resolved, diff.name)
        };
        let fields: Vec<(&'static str, Disruption)> = item
            .found
            .fields
            .iter()
            .filter(at_once)
            .map(|diff| (diff.name, diff.effect.disruption()))
            .map(|(name, disruption)| match disruption.breaks_connections() {
                true => (name, disruption),
                false => (name, Disruption::Restart),
            })
            .collect();
        for (field, disruption) in fields {
            let Some(changes) = ha::take(item, field) else { continue };
            let blocked = held([address], disruption, window);
            item.found.refused.push(Refusal { fields: changes, blocked });
            let port = item.live.and_then(|live| port_of(&live.resource));
            ports.extend(port.filter(|_| field == "port").map(|port| (address.clone(), port)));
        }
    }
    ports
}

/// What takes a queued change back makes RDS apply at once whatever else is queued, and what takes
/// the place of a queued value with it
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html>).
fn hold_cancellations(items: &mut Items, desired: &Desired, intent: &Intent) {
    for (address, item) in items.iter_mut().filter(|(_, item)| item.stays()) {
        let Some(window) = closed(address, &desired.policy, intent) else { continue };
        let disruption = cost_of_cancelling(item);
        if !disruption.breaks_connections() {
            continue;
        }
        let cancelled = std::mem::take(&mut item.found.cancelled);
        let fields: Vec<FieldChange> =
            cancelled.into_iter().filter_map(|field| ha::take(item, field)).flatten().collect();
        let blocked = held([address], disruption, window);
        item.found.refused.push(Refusal { fields, blocked });
    }
}

/// What it costs now to take queued changes back.
fn cost_of_cancelling(item: &Item) -> Disruption {
    let (Some(live), Some(resolved)) = (item.live, &item.resolved) else {
        return Disruption::None;
    };
    if item.found.cancelled.is_empty() {
        return Disruption::None;
    }
    let mut then = live.overlaid().clone();
    item.found.cancelled.iter().for_each(|field| then.copy_field(field, resolved));
    // What is queued may be what is being made.
    let busy = live.status.phase == Phase::Busy;
    let back = resolved
        .diff(live.overlaid())
        .into_iter()
        .filter(|diff| busy && item.found.cancelled.contains(diff.name));
    let all = then.diff(&live.resource).into_iter().chain(back);
    let costs = all.map(|diff| match diff.effect {
        Effect::InPlace { when: When::Reboot, .. } => Disruption::None,
        effect => effect.disruption(),
    });
    costs.max().unwrap_or(Disruption::None)
}

/// The ports of databases that were to get another one and do not by this plan.
fn refused_ports(items: &Items, held: &BTreeMap<Address, u16>) -> BTreeMap<Address, u16> {
    let refused = |(address, item): (&Address, &Item)| {
        let port = port_of(&item.live?.resource)?;
        let wanted = port_of(&item.desired?.resource)?;
        let is_held = held.contains_key(address);
        (wanted != port && !item.changes("port") && !is_held).then(|| (address.clone(), port))
    };
    items.iter().filter_map(refused).collect()
}

/// The databases whose new group does not fit their version: nothing is held that never comes.
fn unfit_groups(items: &Items) -> BTreeSet<Address> {
    let unfit = |address: &&Address| ha::unfit_family(address, items).is_some();
    items.keys().filter(unfit).cloned().collect()
}

/// A new parameter group is not attached before its restart: any failover would bring it into use
/// (RDS guide, "Associating a DB parameter group with a DB instance",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.Associating.html>).
/// The one that a queued version brings along waits with that.
fn comes_with_a_restart(diff: &FieldDiff, item: &Item) -> bool {
    let with_version = item.found.queues && item.changes("engine_version");
    diff.name == "parameter_group"
        && reboot::after_reboot(&diff.effect)
        && is_in_use(item)
        && !with_version
}

fn breaks_at_once(effect: &Effect) -> bool {
    match effect {
        Effect::InPlace { disruption, when: When::Now | When::Soon } => {
            disruption.breaks_connections()
        }
        _ => false,
    }
}

fn port_of(resource: &Resource) -> Option<u16> {
    match resource {
        Resource::DbInstance(instance) => instance.port,
        Resource::DbCluster(cluster) => cluster.port,
        _ => None,
    }
}

/// Whatever else knows the port of a database keeps the one that it still has: the secret says
/// it, and the rules let it through.
fn keep_ports(
    items: &mut Items,
    ports: &BTreeMap<Address, u16>,
    behind: impl Fn(Address) -> Blocked,
) {
    for (database, port) in ports {
        let refers = |item: &Item| {
            item.desired.is_some_and(|wanted| wanted.resource.addresses().contains(database))
        };
        for (address, item) in items.iter_mut() {
            let refers = refers(item);
            match &mut item.resolved {
                Some(Resource::Secret(content)) if refers => {
                    content.port = Some(*port);
                    if let Some(fields) = ha::take(item, "port") {
                        let blocked = behind(database.clone());
                        item.found.refused.push(Refusal { fields, blocked });
                    }
                }
                Some(Resource::SecurityGroup(_)) if address.region == database.region => {
                    keep_rules(address, item, behind(database.clone()), *port);
                }
                _ => {}
            }
        }
    }
}

/// Rules for the old port go when the port is no longer in use.
fn keep_rules(address: &Address, item: &mut Item, blocked: Blocked, port: u16) {
    let kept = |resource: &Resource| match resource {
        Resource::SecurityGroup(group) => [group.ingress.clone(), group.egress.clone()],
        _ => [None, None],
    };
    let Some(live) = item.live.map(|live| kept(&live.resource)) else { return };
    narrow(address, item, &["ingress", "egress"], blocked, |resolved| {
        let Resource::SecurityGroup(group) = resolved else { return };
        for (wanted, there) in [&mut group.ingress, &mut group.egress].into_iter().zip(live) {
            let Some(wanted) = wanted else { continue };
            // A rule that nobody wants at any port is somebody else's, and goes at once.
            let peers: BTreeSet<Peer> = wanted.iter().map(|rule| rule.peer.clone()).collect();
            let of_port =
                |rule: &Rule| rule.from_port == i32::from(port) && peers.contains(&rule.peer);
            wanted.extend(there.into_iter().flatten().filter(of_port));
        }
    });
}

/// Leaves part of what is wanted as it is, and says so of the fields that differ less by that.
fn narrow(
    address: &Address,
    item: &mut Item,
    fields: &[&str],
    blocked: Blocked,
    change: impl FnOnce(&mut Resource),
) {
    let (Some(wanted), Some(live), Some(resolved)) = (item.desired, item.live, &item.resolved)
    else {
        return;
    };
    let mut less = resolved.clone();
    change(&mut less);
    if less == *resolved {
        return;
    }
    let before = std::mem::take(&mut item.found);
    item.found = compare(address, wanted, &less, live);
    item.found.queues = before.queues;
    item.found.unfinished = before.unfinished;
    item.found.refused.extend(before.refused.into_iter().filter(|refusal| {
        matches!(refusal.blocked, Blocked::Waits { .. } | Blocked::Needs { .. })
    }));
    let now = &item.found.shown;
    let is_left_out = |change: &FieldChange| {
        let field = change.name.split('.').next().unwrap_or_default();
        fields.contains(&field) && !now.contains(change)
    };
    let refused: Vec<FieldChange> = before.shown.into_iter().filter(is_left_out).collect();
    item.resolved = Some(less);
    if !refused.is_empty() {
        item.found.refused.push(Refusal { fields: refused, blocked });
    }
}

/// A proxy has one target: the new one waits for the old one to go.
fn hold_targets(items: &mut Items) {
    let proxy = |address: &Address| {
        let (proxy, _) = address.name.split_once(':')?;
        Some((address.region.clone(), proxy.to_string()))
    };
    let is_held =
        |item: &Item| matches!(&item.action, Action::Blocked(Verb::Delete, Blocked::Held { .. }));
    let old: Vec<Address> = items
        .iter()
        .filter(|(address, item)| address.kind == Kind::DbProxyTarget && is_held(item))
        .map(|(address, _)| address.clone())
        .collect();
    for (address, item) in items.iter_mut() {
        let new = address.kind == Kind::DbProxyTarget && matches!(item.action, Action::Create);
        let before = old.iter().find(|old| new && proxy(old) == proxy(address));
        if let Some(old) = before {
            item.action = Action::Blocked(Verb::Create, Blocked::Waits { address: old.clone() });
        }
    }
}

/// A proxy's pool goes with it, and has no deletion of its own.
fn hold_pools(items: &mut Items) {
    let is_held = |item: &Item| matches!(&item.action, Action::Blocked(_, Blocked::Held { .. }));
    let stay: Vec<(Address, Address)> = items
        .iter()
        .filter(|(address, item)| address.kind == Kind::DbProxyTargetGroup && item.goes_only())
        .filter_map(|(address, item)| {
            let proxy = item.live?.resource.parent(address)?;
            items.get(&proxy).is_some_and(is_held).then(|| (address.clone(), proxy))
        })
        .collect();
    for (pool, proxy) in stay {
        if let Some(item) = items.get_mut(&pool) {
            item.action = Action::Blocked(Verb::Delete, Blocked::Waits { address: proxy });
        }
    }
}

/// Static parameters are not even written before the databases may restart for them: with them
/// waiting, any failover would bring them into use at a time and in an order that nobody chose.
fn hold_parameters(items: &mut Items, desired: &Desired, intent: &Intent) {
    let held_back = restarts_held(items, desired, intent);
    let groups: Vec<(Address, Vec<Address>)> = items
        .iter()
        .filter(|(_, item)| item.found.fields.iter().any(|diff| reboot::after_reboot(&diff.effect)))
        .filter(|(_, item)| item.stays())
        .map(|(group, _)| (group.clone(), users(group, items)))
        .collect();
    for (group, users) in groups {
        let is_held = users.iter().any(|user| held_back.contains_key(user));
        let Some(window) = desired.policy.window.filter(|_| is_held) else { continue };
        let Some(item) = items.get_mut(&group) else { continue };
        let together: BTreeSet<Address> = users
            .iter()
            .flat_map(|user| held_back.get(user).into_iter().flatten().chain([user]))
            .cloned()
            .collect();
        let blocked = held(&together, Disruption::Restart, window);
        let live = item.live.and_then(|live| parameters(&live.resource).cloned());
        narrow(&group, item, &["parameters"], blocked, |resolved| {
            keep_static(resolved, live.unwrap_or_default());
        });
    }
}

/// The databases that are there and have, or are to have, a parameter group of ours.
fn users(group: &Address, items: &Items) -> Vec<Address> {
    let uses = |item: &Item| {
        let wanted = item.desired.and_then(|wanted| reboot::group_of(&wanted.resource));
        wanted == Some(group) && item.stays() && is_in_use(item)
    };
    items.iter().filter(|(_, item)| uses(item)).map(|(address, _)| address.clone()).collect()
}

/// The parameters of a group of either kind.
pub(crate) fn parameters(resource: &Resource) -> Option<&BTreeMap<String, String>> {
    match resource {
        Resource::DbParameterGroup(group) => group.parameters.as_ref(),
        Resource::DbClusterParameterGroup(group) => group.parameters.as_ref(),
        _ => None,
    }
}

fn keep_static(resolved: &mut Resource, live: BTreeMap<String, String>) {
    let (Resource::DbParameterGroup(pgha_resource::kind::DbParameterGroup { parameters, .. })
    | Resource::DbClusterParameterGroup(pgha_resource::kind::DbClusterParameterGroup {
        parameters,
        ..
    })) = resolved
    else {
        return;
    };
    let wanted = parameters.get_or_insert_default();
    wanted.retain(|name, _| !is_static(name));
    wanted.extend(live.into_iter().filter(|(name, _)| is_static(name)));
}

/// The databases that do not restart now, each with those that it has to restart together with:
/// what a standby needs at least as high goes up on the replicas first, and down on the source
/// first.
fn restarts_held(
    items: &Items,
    desired: &Desired,
    intent: &Intent,
) -> BTreeMap<Address, BTreeSet<Address>> {
    let is_held = |address: &Address| closed(address, &desired.policy, intent).is_some();
    let in_use = |(_, item): &(&Address, &Item)| item.stays() && is_in_use(item);
    let mut held: BTreeMap<Address, BTreeSet<Address>> = items
        .iter()
        .filter(in_use)
        .filter(|(address, _)| is_database(address.kind) && is_held(address))
        .map(|(address, _)| (address.clone(), BTreeSet::new()))
        .collect();
    let pairs = ha::pairs(items, &desired.scope.home);
    loop {
        let before = held.clone();
        for (replica, source) in &pairs {
            let Some((up, down)) = items.get(source).map(|item| ha::raises_and_lowers(item, items))
            else {
                continue;
            };
            for (first, second, is_so) in [(replica, source, up), (source, replica, down)] {
                if is_so && held.contains_key(first) {
                    held.entry(second.clone()).or_default().insert(first.clone());
                }
            }
        }
        if held == before {
            return held;
        }
    }
}

/// Holds the restarts for what waits already, and what would follow them.
pub(crate) fn hold_restarts(items: &mut Items, desired: &Desired, intent: &Intent) {
    let waits = |(address, item): &(&Address, &Item)| {
        item.stays() && is_in_use(item) && reboot::needed(address, item, items)
    };
    let addresses: Vec<Address> =
        items.iter().filter(waits).map(|(address, _)| address.clone()).collect();
    for address in addresses {
        let Some(window) = closed(&address, &desired.policy, intent) else { continue };
        let Some(item) = items.get_mut(&address) else { continue };
        let blocked = held([&address], restart_cost(item), window);
        for refusal in &mut item.found.refused {
            if matches!(refusal.blocked, Blocked::InTurn { .. }) {
                refusal.blocked = blocked.clone();
            }
        }
        item.found.held_restart = Some(blocked);
    }
}

/// Steps that may begin in the window only, also where it was open when they were planned.
pub(crate) fn gates(steps: &mut [Step], items: &Items, desired: &Desired, intent: &Intent) {
    for step in steps {
        let address = &step.call.address;
        let Some(window) = gate(address, &desired.policy, intent) else { continue };
        let Some(item) = items.get(address) else { continue };
        // Nothing is broken off by what lets it go on.
        if item.live.is_some_and(hasten::is_full) {
            continue;
        }
        let named = |parent: Address| intent.now.contains(&parent);
        let is_ours = match &step.call.action {
            Deed::Reboot { .. } => true,
            Deed::Delete { from, .. } => {
                !intent.may_delete(address) && !from.parent(address).is_some_and(named)
            }
            // Only what takes queued changes back is sent so.
            Deed::Update { timing: Timing::Immediately, .. } => is_in_use(item),
            Deed::Update { fields, .. } => {
                let carried = |diff: &&FieldDiff| fields.iter().any(|field| field == diff.name);
                let mut diffs = item.found.fields.iter().filter(carried);
                diffs.any(|diff| breaks_at_once(&diff.effect))
            }
            Deed::Create { .. } | Deed::Start { .. } | Deed::Tag { .. } => false,
        };
        let breaks = step.time == StepTime::Now && step.disruption.breaks_connections();
        step.gate = Some(window).filter(|_| is_ours && breaks);
    }
}
