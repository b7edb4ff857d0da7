//! The states of AWS's own that worlds have to meet, and where each is seen.
//!
//! Some are seen by whoever looks at the account, some by what happened in it. A run of many worlds
//! that never met one of them has shown nothing about it, and fails.

use pgha_planner::{Blocked, Change, Plan};
use pgha_resource::live::NetworkSeen;
use pgha_resource::reference::Subnets;
use pgha_resource::{Address, Desired, Live, LiveResource, Resource, Scope, Seen, Standing};

use crate::stage::Stage;

/// Statuses, by AWS's word.
const STATUSES: &[(&str, &str)] = &[
    ("all-sources-deleted", "worlds with a subscription whose sources are all gone"),
    ("topic-not-exist", "worlds with a subscription without its topic"),
    ("no-permission", "worlds with a topic that takes no events"),
    ("stopped", "worlds with a stopped instance"),
    ("storage-full", "worlds with a full volume"),
    ("upgrade-failed", "worlds with a failed upgrade"),
];

/// What happens by itself, by the words of the account's log.
const EVENTS: &[(&str, &str)] = &[
    (": rotated", "worlds with a rotation that ran"),
    ("the rotation failed", "worlds with a rotation that failed"),
    ("parameters wait for a restart", "worlds with parameters that were noticed late"),
    ("AWS Backup keeps", "worlds with the hand of AWS Backup"),
    ("the group rds-ec2-", "worlds with a security group that the console attached"),
    (": confirmed", "worlds with a subscription that somebody confirmed"),
];

const COPY: &str = "worlds with a restored copy that has the tags";
const PENDING_CLASS: &str = "worlds with a queued class of a cluster";
const PROXY_ZONES: &str = "worlds with a proxy that is not in every zone";
const PARTITION: &str = "worlds in another partition";
const STRIPED: &str = "worlds with a volume that grew beyond 400 GiB by itself";
const TAKES_OVER: &str = "worlds with somebody told who waits for the next one to confirm";
pub(crate) const NEWER_MINOR: &str = "worlds with a minor version that nobody knows";

/// All of them.
pub fn all() -> impl Iterator<Item = &'static str> {
    let others = [COPY, PENDING_CLASS, PROXY_ZONES, PARTITION, STRIPED, NEWER_MINOR, TAKES_OVER];
    STATUSES.iter().chain(EVENTS).map(|(_, what)| *what).chain(others)
}

/// Notes what a look shows.
pub(crate) fn note(stage: &Stage, live: &Live, desired: &Desired) {
    let mut met = stage.met.borrow_mut();
    if !desired.scope.home.as_str().starts_with("us-e") {
        met.insert(PARTITION);
    }
    for (address, seen) in &live.resources {
        let Seen::Present(seen) = seen else { continue };
        met.extend(STATUSES.iter().filter(|(word, _)| *word == seen.status.text).map(|(_, w)| *w));
        let queued = seen.pending.as_ref().is_some_and(|p| p.fields.contains("class"));
        if queued && matches!(seen.resource, Resource::DbCluster(_)) {
            met.insert(PENDING_CLASS);
        }
        if is_without_zones(&seen.resource, live) {
            met.insert(PROXY_ZONES);
        }
        if is_copy(seen, address, &desired.scope) {
            met.insert(COPY);
        }
    }
}

/// Whether its tags are those of another resource.
pub(crate) fn is_copy(live: &LiveResource, address: &Address, scope: &Scope) -> bool {
    matches!(live.standing(address, scope), Standing::Copy(_))
}

/// Whether a proxy is in fewer subnets than its network has: RDS has no proxies in some zones.
fn is_without_zones(resource: &Resource, live: &Live) -> bool {
    let Resource::DbProxy(proxy) = resource else { return false };
    let Some(Subnets::Known(subnets)) = &proxy.subnets else { return false };
    live.networks.values().any(|network| match network {
        NetworkSeen::Found(network) => network.subnets.len() > subnets.len(),
        _ => false,
    })
}

/// Notes what a plan shows.
pub(crate) fn note_plan(stage: &Stage, plan: &Plan) {
    let takes_over = |change: &Change| matches!(change.blocked, Some(Blocked::Unconfirmed { .. }));
    if plan.changes.iter().any(takes_over) {
        stage.met.borrow_mut().insert(TAKES_OVER);
    }
}

/// Counts what the world met, once each.
pub(crate) fn count(stage: &Stage) {
    let mut met = stage.met.borrow().clone();
    for (_, line) in stage.sim.events() {
        met.extend(EVENTS.iter().filter(|(words, _)| line.contains(words)).map(|(_, what)| *what));
        if becomes_striped(&line) {
            met.insert(STRIPED);
        }
    }
    met.into_iter().for_each(|what| stage.count(what));
}

/// Whether a line of the log says that a volume grew from below 400 GiB to that or more.
fn becomes_striped(line: &str) -> bool {
    let Some((_, sizes)) = line.split_once("storage autoscaling: ") else { return false };
    let mut words = sizes.split_whitespace().filter_map(|word| word.parse::<u32>().ok());
    matches!((words.next(), words.next()), (Some(from), Some(to)) if from < 400 && to >= 400)
}
