//! Whether a step still finds what the plan expected, looked at just before the call.

use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::field::Match;
use pgha_resource::kind::Tagging;
use pgha_resource::live::ReadError;
use pgha_resource::status::Phase;

/// What to do with a step whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Make the call.
    Go,
    /// The change is there already.
    AlreadyDone,
    /// Not yet: it is busy with something else.
    Busy(String),
    /// It could not be looked at.
    Unread(ReadError),
    /// Something else is there than the plan expected.
    Stale(String),
}

/// Compares what a call expects with what is there. `ours` says that an earlier step of this
/// run, or an earlier attempt of this one, made the resource.
pub(crate) fn expect(call: &Call, seen: &Seen, cluster: &str, ours: bool) -> Verdict {
    let live = match seen {
        Seen::Unread(error) => return Verdict::Unread(error.clone()),
        Seen::Absent => return absent(call),
        Seen::Present(live) => live,
    };
    if live.status.phase == Phase::Deleting {
        return match call.action {
            Action::Delete { .. } | Action::Create { .. } => {
                Verdict::Busy(live.status.text.clone())
            }
            _ => Verdict::Stale("it is being deleted".into()),
        };
    }
    let verdict = match &call.action {
        Action::Create { to, .. } => creation(call, to, live, cluster, ours),
        Action::Update { from, to, fields, .. } => update(from, to, fields, live, ours),
        Action::Tag { set, remove, .. } => {
            let tags = live.tags.clone().unwrap_or_default();
            let is_set = set.iter().all(|(key, value)| tags.get(key) == Some(value));
            match is_set && remove.iter().all(|key| !tags.contains_key(key)) {
                true => Verdict::AlreadyDone,
                false => Verdict::Go,
            }
        }
        Action::Reboot { .. } => Verdict::Go,
        Action::Delete { .. } => match owned(call, live, cluster) {
            true => Verdict::Go,
            false => Verdict::Stale("it does not carry the ownership tag any more".into()),
        },
    };
    let waits = verdict == Verdict::Go && live.status.phase == Phase::Busy;
    if waits { Verdict::Busy(live.status.text.clone()) } else { verdict }
}

fn absent(call: &Call) -> Verdict {
    match call.action {
        Action::Create { .. } => Verdict::Go,
        Action::Delete { .. } => Verdict::AlreadyDone,
        Action::Update { .. } | Action::Tag { .. } | Action::Reboot { .. } => {
            Verdict::Stale("it is not there".into())
        }
    }
}

fn owned(call: &Call, live: &LiveResource, cluster: &str) -> bool {
    call.address.kind.tagging() == Tagging::WithParent || live.owner() == Some(cluster)
}

fn creation(call: &Call, to: &Resource, live: &LiveResource, cluster: &str, ours: bool) -> Verdict {
    let same = to.diff(live.overlaid()).iter().all(|diff| diff.found != Match::Differs);
    if call.operation.configures_existing() {
        return if same { Verdict::AlreadyDone } else { Verdict::Go };
    }
    match owned(call, live, cluster) && (same || ours) {
        true => Verdict::AlreadyDone,
        false => Verdict::Stale("something of that name exists already".into()),
    }
}

fn update(
    from: &Resource,
    to: &Resource,
    fields: &[String],
    live: &LiveResource,
    ours: bool,
) -> Verdict {
    let differs = |than: &Resource, field: &String| {
        than.compare_field(field, live.overlaid()) == Some(Match::Differs)
    };
    if fields.iter().all(|field| !differs(to, field)) && !cancels(fields, live) {
        return Verdict::AlreadyDone;
    }
    // What this very run created has AWS's defaults, which the plan could only guess.
    let moved = fields.iter().find(|field| !ours && differs(from, field) && differs(to, field));
    match moved {
        Some(field) => Verdict::Stale(format!("{field} was changed since the plan was made")),
        None => Verdict::Go,
    }
}

/// Queued values of these fields are not there yet; they count as done only for calls that
/// queue, which the settling decides.
fn cancels(fields: &[String], live: &LiveResource) -> bool {
    let Some(pending) = &live.pending else { return false };
    fields.iter().any(|field| pending.fields.contains(field))
        && pending.after.as_ref() == &live.resource
}
