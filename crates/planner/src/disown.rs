//! Lets a cluster go: pgha's tags come off its resources, and nothing else changes.

use pgha_resource::call::Action as Deed;
use pgha_resource::desired::Mode;
use pgha_resource::kind::Tagging;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::value::Shown;
use pgha_resource::{Address, Desired, Effect, Live, LiveResource, Seen, Timing};

use crate::classify::{Action, Item, Items};
use crate::compare::Comparison;
use crate::plan::{Blocked, Cause, FieldChange, Verb};
use crate::steps::{self, Context, Draft};

/// What all tags of pgha begin with.
const OURS: &str = "pgha:";

/// Whatever carries this cluster's record, and what may carry it and could not be read.
pub(crate) fn items<'a>(desired: &Desired, live: &'a Live) -> Items<'a> {
    let lock = desired.scope.lock();
    let is_given = |address: &Address| {
        desired.resources.get(address).is_some_and(|wanted| wanted.mode == Mode::Given)
    };
    let taggable = |address: &Address| {
        let has_tags = address.kind.tagging() != Tagging::WithParent;
        has_tags && *address != lock && !is_given(address)
    };
    let found = live.resources.iter().filter(|(address, _)| taggable(address));
    let item = |(address, seen): (&Address, &'a Seen)| {
        let item = match seen {
            Seen::Present(seen) if seen.standing(address, &desired.scope).is_ours() => {
                let action = Action::Modify;
                Item { action, ..blank(Some(seen)) }
            }
            Seen::Unread(error) => {
                let blocked = Blocked::Unread { error: error.clone() };
                Item { action: Action::Blocked(Verb::Modify, blocked), ..blank(None) }
            }
            Seen::Present(_) | Seen::Absent => return None,
        };
        Some((address.clone(), item))
    };
    found.filter_map(item).collect()
}

fn blank(live: Option<&LiveResource>) -> Item<'_> {
    let mut found = Comparison::default();
    let tags = live.and_then(|live| live.tags.as_ref()).into_iter().flatten();
    for (key, value) in tags.filter(|(key, _)| key.starts_with(OURS)) {
        found.remove_tags.push(key.clone());
        found.shown.extend((key == OWNER_TAG).then(|| owner(value)));
    }
    let resolved = live.map(|live| live.resource.clone());
    Item { desired: None, resolved, live, restorable: None, action: Action::Nothing, found }
}

fn owner(cluster: &str) -> FieldChange {
    FieldChange {
        name: format!("tags.{OWNER_TAG}"),
        from: Shown::Text(cluster.into()),
        to: Shown::Unset,
        cause: Cause::Disowned,
        effect: Effect::NOW,
        origin: None,
        fact: "tags are changed by calls of their own; docs/aws/tags.md#changes".into(),
        shuts_out: None,
    }
}

/// The calls, of which each takes pgha's tags off one resource.
pub(crate) fn drafts(desired: &Desired, items: &Items) -> Vec<Draft> {
    let draft = |(address, item): (&Address, &Item)| {
        let context = Context {
            address,
            scope: &desired.scope,
            timing: Timing::Immediately,
            final_snapshot: true,
            arn: desired.scope.arn(address),
            wanted: None,
            reach: None,
        };
        steps::drafts(&context, item)
    };
    items.iter().flat_map(draft).collect()
}

/// Whether a draft takes a record off.
pub(crate) fn lets_go(draft: &Draft) -> bool {
    match &draft.call.action {
        Deed::Tag { remove, .. } => remove.iter().any(|key| key == OWNER_TAG),
        _ => false,
    }
}
