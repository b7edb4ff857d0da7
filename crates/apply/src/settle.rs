//! Whether a change that AWS accepted is there. The only place that reads statuses for it.

use jiff::SignedDuration;
use pgha_resource::Call;
use pgha_resource::Effect;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::effect::When;
use pgha_resource::field::Match;
use pgha_resource::live::Notice;
use pgha_resource::status::Phase;

use crate::expect::is_sent_again;

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

/// A restart shows within seconds; one that did not show in this long was too quick to see.
pub(crate) const RESTART_SHOWS: SignedDuration = SignedDuration::from_mins(2);

/// How old what a look shows can be: for seconds, looks may go back behind what others have
/// shown (docs/aws/errors.md#consistency).
const OLDEST_NEWS: SignedDuration = SignedDuration::from_secs(30);

/// What was seen since the call was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Since {
    /// How long that is.
    pub(crate) waited: SignedDuration,
    /// How long ago the resource was last seen busy, if it was.
    pub(crate) since_busy: Option<SignedDuration>,
}

/// Looks at an address after its call was accepted.
pub(crate) fn settling(call: &Call, seen: &Seen, since: Since) -> Settling {
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
        // Whatever does not say that it goes shows its old status for a while, or stays.
        return match live.status.phase {
            Phase::Deleting | Phase::Busy => Settling::Waiting(live.status.text.clone()),
            _ => Settling::NotTaken(live.status.text.clone()),
        };
    }
    match live.status.phase {
        Phase::Broken => Settling::Broken(live.status.text.clone()),
        Phase::Busy | Phase::Deleting => Settling::Waiting(live.status.text.clone()),
        // A restart into parameters that do not fit must not be followed by the next one.
        Phase::Impaired if matches!(call.action, Action::Reboot { .. } | Action::Start { .. }) => {
            Settling::Broken(live.status.text.clone())
        }
        // What was accepted shows after a moment.
        Phase::Stopped if matches!(call.action, Action::Start { .. }) => {
            Settling::NotTaken(live.status.text.clone())
        }
        Phase::Ready | Phase::Impaired | Phase::Stopped => ready(call, live, since),
    }
}

/// The resource is settled: is it as the call wanted it?
fn ready(call: &Call, live: &LiveResource, since: Since) -> Settling {
    match &call.action {
        // What differs after a creation is the next plan's business.
        Action::Create { .. } | Action::Start { .. } | Action::Delete { .. } => Settling::Done,
        Action::Update { from, to, fields, .. }
            if live.status.phase == Phase::Impaired && is_sent_again(from, to, fields) =>
        {
            Settling::NotTaken(live.status.text.clone())
        }
        Action::Update { from, to, fields, timing } => {
            let settling = updated(to, fields, *timing, live);
            let over = matches!(settling, Settling::Done | Settling::Queued);
            match over && restarts(from, to, fields) && !has_shown(since) {
                true => Settling::Waiting(live.status.text.clone()),
                false => settling,
            }
        }
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
                false if !has_shown(since) => Settling::Waiting(live.status.text.clone()),
                true => Settling::NotTaken("its parameters still wait for a reboot".into()),
                false => Settling::Done,
            }
        }
    }
}

/// Whether a restart had the time to show, or did, and what is seen is not older than it.
fn has_shown(since: Since) -> bool {
    let settled = since.since_busy.is_some_and(|ago| ago >= OLDEST_NEWS);
    settled || (since.since_busy.is_none() && since.waited >= RESTART_SHOWS)
}

/// Whether something is queued that breaks connections when it begins.
pub(crate) fn will_break_connections(live: &LiveResource) -> bool {
    let Some(pending) = &live.pending else { return false };
    let diffs = pending.after.diff(&live.resource);
    diffs.iter().filter(|diff| pending.fields.contains(diff.name)).any(|diff| {
        let Effect::InPlace { disruption, .. } = &diff.effect else { return false };
        disruption.breaks_connections()
    })
}

/// Whether an update restarts the database at once, as another port does: the new value shows
/// before the restart (docs/aws/instances.md#port).
fn restarts(from: &Resource, to: &Resource, fields: &[String]) -> bool {
    let at_once = |effect: &Effect| matches!(effect, Effect::InPlace { when: When::Now, disruption } if disruption.breaks_connections());
    let diffs = to.diff(from);
    diffs.iter().any(|diff| fields.iter().any(|f| f == diff.name) && at_once(&diff.effect))
}

fn updated(to: &Resource, fields: &[String], timing: Timing, live: &LiveResource) -> Settling {
    let missing = |than: &Resource| {
        fields.iter().find(|field| to.compare_field(field, than) == Some(Match::Differs)).cloned()
    };
    match (missing(&live.resource), missing(live.overlaid())) {
        (None, None) => Settling::Done,
        (Some(field), None) => match effect_of(to, &field, &live.resource) {
            Some(When::Reboot) => Settling::Done,
            Some(When::Window) if timing == Timing::InWindow => Settling::Queued,
            _ => Settling::Waiting(format!("{field} is pending")),
        },
        // Sent together with a version that waits for the window, it waits unseen.
        (Some(_), Some(field))
            if timing == Timing::InWindow
                && field == "parameter_group"
                && live.pending.as_ref().is_some_and(|p| p.fields.contains("engine_version")) =>
        {
            Settling::Queued
        }
        (_, Some(field)) => Settling::NotTaken(format!("{field} has not changed yet")),
    }
}

/// When AWS acts on a field.
fn effect_of(to: &Resource, field: &str, live: &Resource) -> Option<When> {
    let diffs = to.diff(live);
    let diff = diffs.iter().find(|diff| diff.name == field)?;
    match &diff.effect {
        Effect::InPlace { when, .. } => Some(*when),
        Effect::Replace | Effect::Never(_) | Effect::Later(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use pgha_resource::Operation;
    use pgha_resource::kind::EventSubscription;
    use pgha_resource::live::ErrorClass;
    use pgha_resource::live::ReadError;
    use pgha_resource::status::Status;

    use super::*;

    fn subscription() -> Resource {
        EventSubscription {
            topic: None,
            source_type: None,
            sources: None,
            categories: None,
            enabled: Some(true),
        }
        .into()
    }

    fn call(operation: Operation, action: Action) -> Call {
        let address = "event-subscription/orders".parse().unwrap();
        Call { address, operation, action, id: None, arn: None, resource_id: None }
    }

    fn delete() -> Call {
        let (from, final_snapshot) = (Box::new(subscription()), None);
        call(Operation::DeleteEventSubscription, Action::Delete { from, final_snapshot })
    }

    fn create() -> Call {
        let (to, tags) = (Box::new(subscription()), Default::default());
        call(Operation::CreateEventSubscription, Action::Create { to, tags })
    }

    fn seen(word: &str) -> Seen {
        let status = Status::event_subscription(word);
        Seen::Present(Box::new(LiveResource::new(subscription(), status)))
    }

    #[track_caller]
    fn check(call: &Call, seen: &Seen, expected: Settling) {
        let since = Since { waited: SignedDuration::from_mins(1), since_busy: None };
        assert_eq!(settling(call, seen, since), expected);
    }

    #[test]
    fn what_is_deleted_goes_or_has_not_begun_to() {
        check(&delete(), &Seen::Absent, Settling::Done);
        check(&delete(), &seen("deleting"), Settling::Waiting("deleting".into()));
        check(&delete(), &seen("modifying"), Settling::Waiting("modifying".into()));
        for still in ["active", "all-sources-deleted", "no-permission"] {
            check(&delete(), &seen(still), Settling::NotTaken(still.into()));
        }
    }

    #[test]
    fn what_is_created_is_there_once_it_rests() {
        check(&create(), &Seen::Absent, Settling::Waiting("not visible yet".into()));
        check(&create(), &seen("creating"), Settling::Waiting("creating".into()));
        check(&create(), &seen("active"), Settling::Done);
    }

    #[test]
    fn what_is_started_has_to_run() {
        let instance = || Box::new(pgha_resource::kind::DbInstance::default().into());
        let start = call(Operation::StartDBInstance, Action::Start { of: instance() });
        let seen = |word: &str| {
            let status = Status::db_instance(word);
            Seen::Present(Box::new(LiveResource::new(*instance(), status)))
        };
        check(&start, &seen("stopped"), Settling::NotTaken("stopped".into()));
        check(&start, &seen("starting"), Settling::Waiting("starting".into()));
        check(&start, &seen("available"), Settling::Done);
        for bad in ["incompatible-parameters", "incompatible-network"] {
            check(&start, &seen(bad), Settling::Broken(bad.into()));
        }
    }

    #[test]
    fn what_cannot_be_read_is_neither_there_nor_gone() {
        let (call, message) = ("DescribeEventSubscriptions".into(), "slow down".into());
        let error = ReadError { call, class: ErrorClass::Throttled, message };
        let unread = Seen::Unread(error);
        for call in [create(), delete()] {
            check(&call, &unread, Settling::Waiting("unread: slow down".into()));
        }
    }
}
