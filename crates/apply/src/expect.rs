//! Whether a step still finds what the plan expected, looked at just before the call.

use pgha_resource::Call;
use pgha_resource::Effect;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::effect::When;
use pgha_resource::field::FieldDiff;
use pgha_resource::field::Match;
use pgha_resource::kind::Tagging;
use pgha_resource::live::Notice;
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

/// What a run knows of the resource that a call is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Claim<'a> {
    /// An earlier step of this run, or an earlier attempt of this one, made it.
    pub(crate) ours: bool,
    /// Whom the plan takes it over from, as somebody allowed.
    pub(crate) from: Option<&'a str>,
}

/// Compares what a call expects with what is there.
pub(crate) fn expect(call: &Call, seen: &Seen, scope: &Scope, claim: Claim) -> Verdict {
    let Claim { ours, from } = claim;
    let live = match seen {
        Seen::Unread(error) => return Verdict::Unread(error.clone()),
        Seen::Absent => return absent(call),
        Seen::Present(live) => live,
    };
    if let Some(found) = another(call, live, scope, from) {
        return Verdict::Stale(found);
    }
    if live.status.phase == Phase::Deleting {
        return match call.action {
            Action::Delete { .. } | Action::Create { .. } => {
                Verdict::Busy(live.status.text.clone())
            }
            _ => Verdict::Stale("it is being deleted".into()),
        };
    }
    let verdict = match &call.action {
        Action::Create { to, .. } => creation(call, to, live, scope, ours),
        Action::Update { from, to, fields, timing } => {
            match queued_since(from, fields, *timing, live, ours) {
                Some(field) => {
                    Verdict::Stale(format!("{field} was queued since the plan was made"))
                }
                None if is_hastened(to, fields, *timing, live) => Verdict::Go,
                None => update(from, to, fields, live, ours),
            }
        }
        Action::Tag { set, remove, over, .. } => {
            let tags = live.tags.clone().unwrap_or_default();
            let is_set = set.iter().all(|(key, value)| tags.get(key) == Some(value));
            let value = |key: &String| tags.get(key).map_or("", String::as_str);
            // What an earlier step set is as it should be.
            let wanted = |key: &String| set.get(key).is_some_and(|to| value(key) == to.as_str());
            let changed =
                over.iter().find(|(key, before)| value(key) != before.as_str() && !wanted(key));
            match (is_set && remove.iter().all(|key| !tags.contains_key(key)), changed) {
                (true, _) => Verdict::AlreadyDone,
                (false, Some((key, _))) => {
                    Verdict::Stale(format!("the tag {key} was changed since the plan was made"))
                }
                (false, None) => Verdict::Go,
            }
        }
        Action::Reboot { .. } => match parameters_on_their_way(live) {
            Some(text) => Verdict::Busy(text),
            None => Verdict::Go,
        },
        Action::Start { .. } => start(live),
        Action::Delete { .. } => match owned(call, live, scope) {
            true => Verdict::Go,
            false => Verdict::Stale("it does not carry the ownership tag any more".into()),
        },
    };
    let waits = verdict == Verdict::Go && live.status.phase == Phase::Busy;
    if waits { Verdict::Busy(live.status.text.clone()) } else { verdict }
}

/// Why the resource is not the one that the plan was about.
fn another(call: &Call, live: &LiveResource, scope: &Scope, from: Option<&str>) -> Option<String> {
    if matches!(call.action, Action::Create { .. }) {
        return None;
    }
    let differs = |planned: &Option<String>, found: &Option<String>| matches!((planned, found), (Some(planned), Some(found)) if planned != found);
    if differs(&call.resource_id, &live.ids.resource_id) {
        return Some("another database has that name now".into());
    }
    if live.owner().is_some_and(|owner| owner != scope.cluster && from != Some(owner)) {
        return Some("it belongs to another cluster now".into());
    }
    // A replica that was promoted since is somebody's primary, and holds what no other does.
    let deletes = matches!(call.action, Action::Delete { .. });
    let promoted = call.resource().compare_field("source", &live.resource) == Some(Match::Differs);
    (deletes && promoted).then(|| "it is no longer what it was: it was promoted".into())
}

/// Somebody, or RDS after seven days, may have started it since.
fn start(live: &LiveResource) -> Verdict {
    let text = live.status.text.clone();
    match live.status.phase {
        Phase::Stopped => Verdict::Go,
        Phase::Busy if text != "starting" => Verdict::Busy(text),
        Phase::Broken => Verdict::Stale(format!("its status is {text} now")),
        _ => Verdict::AlreadyDone,
    }
}

/// Parameters that RDS is still handing to the instance (`applying`): a restart now would
/// come too early for them.
fn parameters_on_their_way(live: &LiveResource) -> Option<String> {
    live.notices.iter().find_map(|notice| match notice {
        Notice::Parameters(text) if text.contains("applying") => Some(text.clone()),
        _ => None,
    })
}

/// A field that someone queued after the plan was made, and that an immediate call would make
/// AWS apply as well (docs/aws/instances.md#apply-immediately).
fn queued_since<'a>(
    from: &Resource,
    fields: &[String],
    timing: Timing,
    live: &'a LiveResource,
    ours: bool,
) -> Option<&'a String> {
    let pending = live.pending.as_ref()?;
    if timing == Timing::InWindow || ours {
        return None;
    }
    let others = pending.fields.iter().filter(|field| !fields.contains(field));
    others
        .into_iter()
        .find(|field| from.compare_field(field, &pending.after) == Some(Match::Differs))
}

/// Whether a call is to make now what is queued already, as it wants it.
fn is_hastened(to: &Resource, fields: &[String], timing: Timing, live: &LiveResource) -> bool {
    let Some(pending) = live.pending.as_ref().filter(|_| timing == Timing::Immediately) else {
        return false;
    };
    let same = |field: &String| to.compare_field(field, live.overlaid()) == Some(Match::Same);
    let waits = |diff: &FieldDiff| {
        let window = matches!(diff.effect, Effect::InPlace { when: When::Window, .. });
        window && pending.fields.contains(diff.name)
    };
    let queued: Vec<&str> =
        to.diff(&live.resource).iter().filter(|diff| waits(diff)).map(|diff| diff.name).collect();
    fields.iter().all(same) && fields.iter().any(|field| queued.contains(&field.as_str()))
}

fn absent(call: &Call) -> Verdict {
    match call.action {
        Action::Create { .. } => Verdict::Go,
        Action::Delete { .. } => Verdict::AlreadyDone,
        Action::Update { .. }
        | Action::Tag { .. }
        | Action::Reboot { .. }
        | Action::Start { .. } => Verdict::Stale("it is not there".into()),
    }
}

/// Whether its record says that it is the cluster's, and this very resource: a copy that a
/// restore or a rename put in its place has the same owner.
fn owned(call: &Call, live: &LiveResource, scope: &Scope) -> bool {
    let owner = || live.owner() == Some(scope.cluster.as_str());
    match call.address.kind {
        kind if kind.tagging() == Tagging::WithParent => true,
        // RDS copies a database's tags to its snapshots.
        Kind::DbSnapshot | Kind::DbClusterSnapshot => owner(),
        _ => live.standing(&call.address, scope).is_ours(),
    }
}

fn creation(call: &Call, to: &Resource, live: &LiveResource, scope: &Scope, ours: bool) -> Verdict {
    let same = to.diff(live.overlaid()).iter().all(|diff| diff.found != Match::Differs);
    if call.operation.configures_existing() {
        return if same { Verdict::AlreadyDone } else { Verdict::Go };
    }
    match owned(call, live, scope) && (same || ours) {
        true => Verdict::AlreadyDone,
        false => Verdict::Stale("something of that name exists already".into()),
    }
}

/// Whether a call has old values only: it is made so that AWS looks again.
pub(crate) fn is_sent_again(from: &Resource, to: &Resource, fields: &[String]) -> bool {
    fields.iter().all(|field| to.compare_field(field, from) == Some(Match::Same))
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
    // What nobody reads back may be there or not: the call is made.
    let unseen = |field: &String| to.compare_field(field, live.overlaid()) == Some(Match::Recorded);
    if is_sent_again(from, to, fields) && live.status.phase == Phase::Impaired {
        return Verdict::Go;
    }
    if fields.iter().all(|field| !differs(to, field) && !unseen(field)) {
        return Verdict::AlreadyDone;
    }
    // What this very run created has AWS's defaults, which the plan could only guess.
    let moved = fields.iter().find(|field| !ours && differs(from, field) && differs(to, field));
    match moved {
        Some(field) => Verdict::Stale(format!("{field} was changed since the plan was made")),
        None => Verdict::Go,
    }
}

#[cfg(test)]
mod tests {
    use pgha_resource::Operation;
    use pgha_resource::Region;
    use pgha_resource::kind::DbInstance;
    use pgha_resource::live::HOME_TAG;
    use pgha_resource::live::OWNER_TAG;
    use pgha_resource::live::Pending;
    use pgha_resource::live::RESOURCE_TAG;
    use pgha_resource::live::Tags;
    use pgha_resource::status::Status;

    use super::*;

    fn instance(class: &str) -> Resource {
        DbInstance { class: Some(class.into()), ..DbInstance::default() }.into()
    }

    fn call(operation: Operation, action: Action) -> Call {
        let address = "db-instance/orders-primary".parse().unwrap();
        Call { address, operation, action, id: None, arn: None, resource_id: None }
    }

    fn calls() -> [(&'static str, Call); 5] {
        let small = || Box::new(instance("small"));
        let (to, tags) = (Box::new(instance("large")), Tags::new());
        let (from, fields, timing) = (small(), vec!["class".to_string()], Timing::Immediately);
        let update = Action::Update { from, to: to.clone(), fields, timing };
        let delete = Action::Delete { from: small(), final_snapshot: None };
        [
            ("create", call(Operation::CreateDBInstance, Action::Create { to, tags })),
            ("update", call(Operation::ModifyDBInstance, update)),
            ("reboot", call(Operation::RebootDBInstance, Action::Reboot { of: small() })),
            ("delete", call(Operation::DeleteDBInstance, delete)),
            ("start", call(Operation::StartDBInstance, Action::Start { of: small() })),
        ]
    }

    fn seen(word: &str) -> Seen {
        let mut live = LiveResource::new(instance("small"), Status::db_instance(word));
        live.tags = Some(Tags::from([(OWNER_TAG.to_string(), "orders".to_string())]));
        Seen::Present(Box::new(live))
    }

    fn scope() -> Scope {
        Scope { cluster: "orders".into(), account: None, home: Region::new("us-east-1") }
    }

    fn letter(verdict: &Verdict) -> char {
        match verdict {
            Verdict::Go => 'G',
            Verdict::AlreadyDone => 'A',
            Verdict::Busy(_) => 'B',
            Verdict::Unread(_) => 'U',
            Verdict::Stale(_) => 'S',
        }
    }

    /// What becomes of a creation, a change, a restart, a deletion and a start.
    #[track_caller]
    fn check(seen: &Seen, expected: &str) {
        let verdicts: String = calls()
            .iter()
            .map(|(_, call)| letter(&expect(call, seen, &scope(), Claim::default())))
            .collect();
        assert_eq!(verdicts, expected, "{seen:?}");
    }

    #[test]
    fn a_status_decides_what_may_be_called() {
        check(&Seen::Absent, "GSSAS");
        check(&seen("available"), "SGGGA");
        check(&seen("storage-full"), "SGGGA");
        check(&seen("modifying"), "SBBBB");
        check(&seen("something-new"), "SBBBB");
        check(&seen("deleting"), "BSSBS");
    }

    #[test]
    fn what_was_started_since_is_not_started_again() {
        check(&seen("stopping"), "SBBBB");
        check(&seen("stopped"), "SGGGG");
        check(&seen("starting"), "SBBBA");
        check(&seen("incompatible-network"), "SGGGS");
    }

    #[test]
    fn what_has_the_record_of_another_is_not_deleted() {
        let check = |key: &str, value: &str, expected: char| {
            let Seen::Present(mut live) = seen("available") else { return };
            let tags = live.tags.get_or_insert_default();
            tags.insert(HOME_TAG.into(), "us-east-1".into());
            tags.insert(RESOURCE_TAG.into(), "db-instance/orders-primary".into());
            tags.insert(key.into(), value.into());
            let (_, delete) = &calls()[3];
            let verdict = expect(delete, &Seen::Present(live), &scope(), Claim::default());
            assert_eq!(letter(&verdict), expected, "{key} {value}: {verdict:?}");
        };
        check(RESOURCE_TAG, "db-instance/orders-primary", 'G');
        check(RESOURCE_TAG, "db-instance/orders-read-1", 'S');
        check(HOME_TAG, "eu-west-1", 'S');
        check(OWNER_TAG, "others", 'S');
    }

    #[test]
    fn what_is_taken_over_is_still_whose_the_plan_saw() {
        let check = |owner: &str, expected: char| {
            let Seen::Present(mut live) = seen("available") else { return };
            live.tags.get_or_insert_default().insert(OWNER_TAG.into(), owner.into());
            let (_, update) = &calls()[1];
            let claim = Claim { ours: false, from: Some("others") };
            let verdict = expect(update, &Seen::Present(live), &scope(), claim);
            assert_eq!(letter(&verdict), expected, "{owner}: {verdict:?}");
        };
        check("others", 'G');
        check("orders", 'G');
        check("strangers", 'S');
    }

    /// What becomes of a call for the large class that is queued already.
    fn of_what_is_queued(timing: Timing, word: &str, field: &str) -> char {
        let Seen::Present(mut live) = seen(word) else { panic!() };
        let after = instance("large");
        let fields = [field.to_string()].into();
        live.pending = Some(Pending { fields, after: Box::new(after) });
        let action = Action::Update {
            from: Box::new(instance("small")),
            to: Box::new(instance("large")),
            fields: vec!["class".into()],
            timing,
        };
        let call = call(Operation::ModifyDBInstance, action);
        letter(&expect(&call, &Seen::Present(live), &scope(), Claim::default()))
    }

    #[test]
    fn what_is_queued_is_asked_for_again_to_be_made_now() {
        assert_eq!(of_what_is_queued(Timing::Immediately, "available", "class"), 'G');
        assert_eq!(of_what_is_queued(Timing::InWindow, "available", "class"), 'A');
        // It may be under way.
        assert_eq!(of_what_is_queued(Timing::Immediately, "modifying", "class"), 'B');
    }

    #[test]
    fn what_lost_its_tag_is_not_deleted() {
        let Seen::Present(mut live) = seen("available") else { return };
        live.tags = None;
        let (_, delete) = &calls()[3];
        let verdict = expect(delete, &Seen::Present(live), &scope(), Claim::default());
        assert_eq!(letter(&verdict), 'S', "{verdict:?}");
    }
}
