//! What the cluster loses by a step: while one replica is away, others serve its reads.

use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Weekly;
use pgha_resource::status::Phase;

use crate::classify::Item;
use crate::classify::Items;
use crate::compare::window_of;
use crate::plan::Blocked;
use crate::plan::Change;
use crate::plan::Step;
use crate::plan::StepTime;
use crate::reboot::group_of;
use crate::steps::is_replica;

/// Says of each step what the cluster loses by it. A replica that is away costs the cluster part
/// of its readers where another one of its region is there all the while: pgha disrupts one
/// database at a time, and RDS in the window of each.
pub(crate) fn weigh(steps: &mut [Step], items: &Items) {
    let away: Vec<(Address, StepTime)> = steps
        .iter()
        .filter(|step| step.disruption.breaks_connections())
        .map(|step| (step.address().clone(), step.time))
        .collect();
    for step in steps {
        let (address, time) = (step.call.address.clone(), step.time);
        let stands_in = |other: &Address, item: &Item| {
            let too = away.iter().any(|(who, when)| who == other && *when == time);
            serves(item)
                && *other != address
                && other.region == address.region
                && !(too && time == StepTime::Window && same_time(&address, other, items))
        };
        let is_reader = items.get(&address).is_some_and(serves);
        let spared = is_reader && items.iter().any(|(other, item)| stands_in(other, item));
        step.to_cluster = match spared {
            true => step.disruption.min(Disruption::Degraded),
            false => step.disruption,
        };
    }
}

/// Says of each change that is held what the cluster loses by it in the window: there, too, pgha
/// disrupts one database at a time.
pub(crate) fn weigh_held(changes: &mut [Change], items: &Items) {
    let spared = |address: &Address| {
        let stands_in = |(other, item): (&Address, &Item)| {
            serves(item) && other != address && other.region == address.region
        };
        items.get(address).is_some_and(serves) && items.iter().any(stands_in)
    };
    let uses = |item: &Item, group: &Address| {
        item.desired.is_some_and(|wanted| group_of(&wanted.resource) == Some(group))
    };
    for change in changes {
        let address = &change.address;
        let Some(Blocked::Held { disruption, to_cluster, .. }) = &mut change.blocked else {
            continue;
        };
        let spares = match address.kind {
            Kind::DbParameterGroup | Kind::DbClusterParameterGroup => {
                let mut users = items.iter().filter(|(_, item)| uses(item, address));
                users.all(|(user, _)| spared(user))
            }
            _ => spared(address),
        };
        *to_cluster = match spares {
            true => (*disruption).min(Disruption::Degraded),
            false => *disruption,
        };
    }
}

/// A replica that is there, works, and stays.
fn serves(item: &Item) -> bool {
    let works = |live: &&pgha_resource::LiveResource| {
        is_replica(&live.resource) && matches!(live.status.phase, Phase::Ready | Phase::Busy)
    };
    item.live.as_ref().is_some_and(works) && !item.goes()
}

/// Whether RDS may change two databases at the same time.
fn same_time(one: &Address, other: &Address, items: &Items) -> bool {
    let window = |address: &Address| -> Option<Weekly> {
        window_of(&items.get(address)?.live?.resource)?.parse().ok()
    };
    match (window(one), window(other)) {
        (Some(one), Some(other)) => one.overlaps(other),
        _ => true,
    }
}
