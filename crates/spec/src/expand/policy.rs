//! `[guard]` and `[maintenance]` to what the planner may do.

use pgha_resource::Disruption;
use pgha_resource::Timing;
use pgha_resource::desired::Policy;

use crate::section::Spec;
use crate::section::backup::Apply;
use crate::section::guard::Limit;
use crate::spanned::or;

pub(super) fn expand(spec: &Spec) -> Policy {
    let apply = spec.maintenance.as_ref().map(|section| or(&section.apply, Apply::InWindow));
    let guard = spec.guard.as_ref();
    let limit = guard.map_or(Limit::Restart, |guard| or(&guard.max_disruption, Limit::Restart));
    let protected = guard.and_then(|guard| guard.protected.as_ref());
    Policy {
        timing: match apply {
            Some(Apply::Immediately) => Timing::Immediately,
            Some(Apply::InWindow) | None => Timing::InWindow,
        },
        max_disruption: match limit {
            Limit::None => Disruption::None,
            Limit::Degraded => Disruption::Degraded,
            Limit::Failover => Disruption::Failover,
            Limit::Restart => Disruption::Restart,
            Limit::Outage => Disruption::Outage,
        },
        protected: protected
            .map(|list| list.iter().filter_map(|address| address.parse().ok()).collect())
            .unwrap_or_default(),
        window: Some(spec.window().into()),
    }
}
