//! The references of a call, filled in just before it is made.

use pgha_planner::Known;
use pgha_resource::Call;
use pgha_resource::call::Action;

/// Fills in what is known now and was not when the plan was made.
pub(crate) fn fill_in(call: &mut Call, known: &Known) {
    match &mut call.action {
        Action::Create { to, .. } => to.resolve(known),
        Action::Update { from, to, .. } => {
            from.resolve(known);
            to.resolve(known);
        }
        Action::Tag { of, .. } | Action::Reboot { of } | Action::Start { of } => of.resolve(known),
        Action::Delete { from, .. } => from.resolve(known),
    }
    if let Some(live) = known.live.present(&call.address) {
        call.id = live.ids.id.clone().or_else(|| call.id.take());
        call.arn = live.ids.arn.clone().or_else(|| call.arn.take());
    }
}

/// Whether everything that the call sends is known.
pub(crate) fn is_filled_in(call: &Call) -> bool {
    match &call.action {
        Action::Create { to, .. } => to.is_resolved(),
        Action::Update { to, fields, .. } => fields.iter().all(|field| to.field_is_resolved(field)),
        Action::Tag { .. }
        | Action::Reboot { .. }
        | Action::Start { .. }
        | Action::Delete { .. } => true,
    }
}
