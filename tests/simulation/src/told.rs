//! Who hears of alerts: nobody who does goes before whoever takes over has confirmed.

use pgha_resource::live::Notice;
use pgha_resource::{Address, Call, Desired, Kind, Operation};

use crate::promises::Promise;
use crate::stage::Stage;

/// The topic that a call takes somebody off who hears of it.
pub(crate) fn topic_left(stage: &Stage, call: &Call) -> Option<Address> {
    let leaves = call.operation == Operation::Unsubscribe && hears(stage, &call.address);
    leaves.then(|| topic(&call.address))
}

/// Once somebody is off a topic that the spec still has people told of, one of these hears.
pub(crate) fn judge(stage: &Stage, topic: &Address, desired: &Desired) {
    let mut wanted = desired.resources.keys().filter(|other| is_told_of(other, topic)).peekable();
    if wanted.peek().is_some() && !wanted.any(|other| hears(stage, other)) {
        stage.broke(Promise::Told, format!("nobody hears of {topic} any more"));
    }
}

/// People and web servers that were asked confirm.
pub(crate) fn confirm(stage: &Stage) {
    let all = stage.sim.inventory().into_iter().map(|entry| entry.address);
    let asked = all.filter(|address| address.kind == Kind::SnsSubscription);
    let confirmed = asked.filter(|address| stage.sim.confirm(address)).count();
    if confirmed > 0 {
        stage.count_many("subscriptions confirmed", confirmed);
        stage.tell(|| format!("{confirmed} subscriptions are confirmed"));
    }
}

fn is_told_of(address: &Address, topic: &Address) -> bool {
    address.kind == Kind::SnsSubscription && self::topic(address) == *topic
}

/// Its name is `topic:protocol:endpoint`; each region has a topic of its own.
fn topic(address: &Address) -> Address {
    let name = address.name.split(':').next().unwrap_or_default().to_string();
    Address { kind: Kind::SnsTopic, name, region: address.region.clone() }
}

fn hears(stage: &Stage, address: &Address) -> bool {
    let live = stage.sim.look(address);
    live.is_some_and(|live| !live.notices.contains(&Notice::Unconfirmed))
}
