//! Databases that somebody stopped start again: the spec describes one that runs.
//!
//! RDS changes nothing about a stopped database and starts it by itself after seven days
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html>), so that to
//! leave it stopped would be neither what the spec says nor lasting.

use pgha_resource::status::Phase;
use pgha_resource::value::Shown;
use pgha_resource::{Effect, LiveResource};

use crate::classify::Item;
use crate::plan::{Cause, FieldChange};
use crate::steps::{self, Context, Draft};

/// Whether it is stopped and a call starts it: there is none for a Multi-AZ DB cluster, which
/// cannot be stopped either
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.Limitations.html>).
pub(crate) fn is_possible(live: &LiveResource) -> bool {
    live.status.phase == Phase::Stopped && live.resource.start().is_some()
}

/// Whether the plan starts it: the spec wants it, and nothing blocks it.
pub(crate) fn is_due(item: &Item) -> bool {
    item.live.is_some_and(is_possible) && item.stays() && item.desired.is_some()
}

/// The call, which comes before all others of the database.
pub(crate) fn draft(context: &Context, item: &Item) -> Option<Draft> {
    is_due(item).then_some(item.live).flatten().and_then(|live| steps::start(context, live))
}

/// The difference that a person sees.
pub(crate) fn field(item: &Item) -> Option<FieldChange> {
    let live = item.live.filter(|_| is_due(item))?;
    Some(FieldChange {
        name: "status".into(),
        from: Shown::Text(live.status.text.clone()),
        to: Shown::Text("available".into()),
        cause: Cause::AwsChanged,
        effect: Effect::NOW,
        origin: item.desired.map(|desired| desired.origin.clone()),
        fact: "RDS guide, stopping a DB instance temporarily: RDS starts it after seven days"
            .into(),
        shuts_out: None,
    })
}
