//! Whether a change that AWS accepted is there. The only place that reads statuses for it.

use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::field::Match;
use pgha_resource::live::Notice;
use pgha_resource::status::Phase;

/// How far a change is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settling {
    /// It is there.
    Done,
    /// AWS keeps it for the maintenance window.
    Queued,
    /// Not yet; this is the status.
    Waiting(String),
    /// The status says available, and the change is not there: either AWS takes its time to
    /// start, or it will never come.
    NotTaken(String),
    /// It broke.
    Broken(String),
}

/// Looks at an address after its call was accepted.
pub(crate) fn settling(call: &Call, seen: &Seen) -> Settling {
    let live = match (seen, &call.action) {
        (Seen::Unread(error), _) => return Settling::Waiting(format!("unread: {}", error.message)),
        (Seen::Absent, Action::Delete { .. }) => return Settling::Done,
        (Seen::Absent, Action::Create { .. }) => {
            return Settling::Waiting("not visible yet".into());
        }
        (Seen::Absent, _) => return Settling::Broken("it is gone".into()),
        (Seen::Present(live), _) => live,
    };
    if matches!(call.action, Action::Delete { .. }) {
        return match live.status.phase {
            Phase::Broken => Settling::Broken(live.status.text.clone()),
            _ => Settling::Waiting(live.status.text.clone()),
        };
    }
    match live.status.phase {
        Phase::Broken => Settling::Broken(live.status.text.clone()),
        Phase::Busy | Phase::Deleting => Settling::Waiting(live.status.text.clone()),
        Phase::Ready | Phase::Stopped => ready(call, live),
    }
}

/// The resource is settled: is it as the call wanted it?
fn ready(call: &Call, live: &LiveResource) -> Settling {
    match &call.action {
        // What differs after a creation is the next plan's business.
        Action::Create { .. } | Action::Delete { .. } => Settling::Done,
        Action::Update { to, fields, timing, .. } => updated(to, fields, *timing, live),
        Action::Tag { set, .. } => match &live.tags {
            Some(tags) if set.iter().any(|(key, value)| tags.get(key) != Some(value)) => {
                Settling::NotTaken("the tags are not there yet".into())
            }
            _ => Settling::Done,
        },
        Action::Reboot { .. } => {
            let waiting =
                live.notices.iter().any(|notice| matches!(notice, Notice::PendingReboot(_)));
            match waiting {
                true => Settling::NotTaken("its parameters still wait for a reboot".into()),
                false => Settling::Done,
            }
        }
    }
}

fn updated(to: &Resource, fields: &[String], timing: Timing, live: &LiveResource) -> Settling {
    let missing = |than: &Resource| {
        fields.iter().find(|field| to.compare_field(field, than) == Some(Match::Differs)).cloned()
    };
    match (missing(&live.resource), missing(live.overlaid())) {
        (None, None) => Settling::Done,
        (Some(_), None) if timing == Timing::InWindow => Settling::Queued,
        (Some(field), None) => Settling::Waiting(format!("{field} is pending")),
        (_, Some(field)) => Settling::NotTaken(format!("{field} has not changed yet")),
    }
}
