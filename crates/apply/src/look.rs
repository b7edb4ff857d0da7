//! One look at everything, wherever the cluster's database remembers to have been.

use futures_util::future::join_all;
use pgha_planner::questions;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::Region;
use pgha_resource::live::REGIONS_TAG;

use crate::port::Observe;
use crate::port::Wanted;

/// Looks at everything that a plan needs: in the regions of the spec, and then in those that
/// the cluster's database remembers and the spec names no more.
pub async fn look(desired: &Desired, account: &impl Observe) -> Live {
    let mut live = account.observe(&Wanted::everything(desired)).await;
    let further = desired.beyond(live.remembered_regions());
    let looks = further.iter().map(|region| look_beyond(region, desired, account));
    for there in join_all(looks).await {
        for (address, seen) in there.resources {
            live.resources.entry(address).or_insert(seen);
        }
        live.unswept.extend(there.unswept);
        live.calls += there.calls;
    }
    let questions = questions(desired, &live);
    if !questions.is_empty() {
        live.offers = account.ask(&questions).await;
        live.calls += live.offers.calls;
    }
    live
}

/// Looks for what is left in one region that the spec does not name. What hinders the look
/// says why there was one.
async fn look_beyond(region: &Region, desired: &Desired, account: &impl Observe) -> Live {
    let sweep = vec![region.clone()];
    let wanted = Wanted { sweep, ..Wanted::only(&desired.scope, Default::default()) };
    let mut live = account.observe(&wanted).await;
    for error in &mut live.unswept {
        error.message = format!(
            "in {region}, which the tag {REGIONS_TAG} of the database remembers: {}",
            error.message
        );
    }
    live
}
