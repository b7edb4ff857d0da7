//! One look at everything, wherever the cluster has ever been.

use pgha_resource::Desired;
use pgha_resource::Live;

use crate::port::Observe;
use crate::port::Wanted;

/// Looks at everything that a plan needs: in the regions of the spec, and then in those that
/// the cluster's database remembers and the spec names no more.
pub async fn look(desired: &Desired, account: &impl Observe) -> Live {
    let mut live = account.observe(&Wanted::everything(desired)).await;
    let named = desired.regions();
    let mut further = live.remembered_regions(&desired.scope.cluster);
    further.retain(|region| !named.contains(region));
    if !further.is_empty() {
        let sweep = further.into_iter().collect();
        let wanted = Wanted { sweep, ..Wanted::only(&desired.scope, Default::default()) };
        let there = account.observe(&wanted).await;
        for (address, seen) in there.resources {
            live.resources.entry(address).or_insert(seen);
        }
        live.unswept.extend(there.unswept);
        live.calls += there.calls;
    }
    live
}
