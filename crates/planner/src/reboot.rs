//! Which databases have to restart so that waiting parameters take effect.
//!
//! The maintenance window never applies them: only a reboot does (RDS guide, working with
//! parameter groups; aws-facts §3).

use pgha_resource::Address;
use pgha_resource::Effect;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::effect::When;
use pgha_resource::live::Notice;

use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
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
    item.stays() && (waits_already(item) || waits_after(item) || group_waits(desired, items))
}

/// Something accepted earlier waits for a reboot.
pub(crate) fn waits_already(item: &Item) -> bool {
    let waiting = |notice: &Notice| matches!(notice, Notice::PendingReboot(_));
    item.live.is_some_and(|live| live.notices.iter().any(waiting))
}

/// A change of this plan will.
fn waits_after(item: &Item) -> bool {
    item.found.fields.iter().any(|diff| takes_reboot(&diff.effect))
}

/// A static parameter of its group changes in this plan.
fn group_waits(desired: &pgha_resource::DesiredResource, items: &Items) -> bool {
    let group = group_of(&desired.resource).and_then(|address| items.get(address));
    group.is_some_and(|group| matches!(group.action, Action::Modify) && waits_after(group))
}

fn takes_reboot(effect: &Effect) -> bool {
    matches!(effect, Effect::InPlace { when: When::Reboot, .. })
}
