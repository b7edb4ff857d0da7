//! Which databases have to restart so that waiting parameters take effect.
//!
//! The maintenance window never applies them: only a reboot does (RDS guide, working with
//! parameter groups; docs/aws/parameters.md#static-and-dynamic).

use pgha_resource::Address;
use pgha_resource::DesiredResource;
use pgha_resource::Effect;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::effect::When;
use pgha_resource::field::FieldDiff;
use pgha_resource::live::Notice;

use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::classify::status_refuses;
use crate::compare::takes_reboot;
use crate::start;
use crate::steps::is_database;

/// The parameter group that a desired database names, where it is one of ours.
pub(crate) fn group_of(resource: &Resource) -> Option<&Address> {
    let group = match resource {
        Resource::DbInstance(instance) => instance.parameter_group.as_ref(),
        Resource::DbCluster(cluster) => cluster.parameter_group.as_ref(),
        _ => None,
    };
    match group {
        Some(Ref::Of(address, _)) => Some(address),
        _ => None,
    }
}

/// Whether the database at `address` has to restart.
pub(crate) fn needed(address: &Address, item: &Item, items: &Items) -> bool {
    if !is_database(address.kind) {
        return false;
    }
    let Some(desired) = item.desired else { return false };
    if item.appears() {
        // A group given after the creation waits for a reboot.
        let later = !desired.resource.at_create("parameter_group");
        return later && group_of(&desired.resource).is_some();
    }
    let accepts = item.live.is_some_and(|live| status_refuses(live).is_none());
    item.stays()
        && accepts
        && (waits_for_restart(item) || waits_after(item) || group_waits(desired, items).is_some())
}

/// Something accepted earlier waits for a restart. A database that starts reads its parameters
/// anew; what waits all the same is restarted for by the next plan.
fn waits_for_restart(item: &Item) -> bool {
    waits_already(item) && !start::is_due(item)
}

/// Something accepted earlier waits for a reboot.
pub(crate) fn waits_already(item: &Item) -> bool {
    let waiting = |notice: &Notice| matches!(notice, Notice::PendingReboot(_));
    item.live.is_some_and(|live| {
        let pending = live.pending.iter().flat_map(|pending| &pending.fields);
        live.notices.iter().any(waiting) || pending.into_iter().any(|f| takes_reboot(live, f))
    })
}

/// A change of this plan will.
///
/// A new parameter group that comes with a version queued for the window waits with it.
fn waits_after(item: &Item) -> bool {
    let queued = |diff: &FieldDiff| diff.name == "engine_version";
    let with_version = item.found.queues && item.found.fields.iter().any(queued);
    let mut fields = item.found.fields.iter();
    fields
        .any(|diff| after_reboot(&diff.effect) && !(with_version && diff.name == "parameter_group"))
}

/// The group of a database, where a static parameter of it changes in this plan.
pub(crate) fn group_waits<'a, 'b>(
    desired: &DesiredResource,
    items: &'b Items<'a>,
) -> Option<&'b Item<'a>> {
    let group = group_of(&desired.resource).and_then(|address| items.get(address))?;
    (matches!(group.action, Action::Modify) && waits_after(group)).then_some(group)
}

pub(crate) fn after_reboot(effect: &Effect) -> bool {
    matches!(effect, Effect::InPlace { when: When::Reboot, .. })
}
