//! One call: whether it may be made at all, and which kind's rules it meets.

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::Tagging;
use pgha_resource::live::Ids;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Tags;
use pgha_resource::naming;

use crate::account::Account;
use crate::change::Change;
use crate::faults::denied;
use crate::kind;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::tagging;

/// The identifiers that an answer names.
pub(crate) type Outcome = Result<Ids, CallError>;

/// Makes a call. A refused call leaves the account as it was.
pub(crate) fn execute(account: &mut Account, call: &Call) -> Outcome {
    // The past grows and is never changed: it is not copied for every call.
    let events = std::mem::take(&mut account.events);
    let mut next = account.clone();
    let made = make(&mut next, call);
    if made.is_ok() {
        *account = next;
    }
    let new = std::mem::replace(&mut account.events, events);
    account.events.extend(new);
    made
}

fn make(account: &mut Account, call: &Call) -> Outcome {
    check_shape(call)?;
    let key = account.key(&call.address);
    check_id(account, &key, call)?;
    match &call.action {
        Action::Create { .. } if call.operation == Operation::RestoreSecret => {
            kind::secret::restore(account, &key, call.arn.as_deref())
        }
        Action::Create { to, tags } => {
            naming::check(key.kind, &key.name)
                .map_err(|error| refuse("InvalidParameterValue", error.to_string()))?;
            tagging::check(key.kind, tags)?;
            check_owned_parent(account, &key, to, call.operation)?;
            kind::create(account, &key, to, tags)
        }
        Action::Update { from, to, fields, timing } => {
            check_owned(account, &key, call.operation)?;
            let operation = call.operation;
            let change = Change { operation, from, to, fields, timing: *timing };
            kind::update(account, &key, &change)?;
            answer(account, &key)
        }
        Action::Tag { set, remove, .. } => {
            tag(account, &key, call.operation, set, remove)?;
            answer(account, &key)
        }
        Action::Reboot { .. } => {
            check_owned(account, &key, call.operation)?;
            kind::reboot(account, &key)?;
            answer(account, &key)
        }
        Action::Start { .. } => {
            check_owned(account, &key, call.operation)?;
            kind::start(account, &key)?;
            answer(account, &key)
        }
        Action::Delete { final_snapshot, .. } => {
            check_owned(account, &key, call.operation)?;
            kind::delete(account, &key, final_snapshot.as_deref())?;
            Ok(Ids::default())
        }
    }
}

fn answer(account: &Account, key: &Address) -> Outcome {
    Ok(account.get(key).map(|thing| thing.ids.clone()).unwrap_or_default())
}

/// A call that could not be written down for AWS is the caller's mistake.
fn check_shape(call: &Call) -> Result<(), CallError> {
    let malformed = |text: String| Err(refuse("ValidationError", text));
    let kind = call.address.kind;
    if call.resource().kind() != kind || call.to().is_some_and(|to| to.kind() != kind) {
        return malformed(format!("{} is not about a {kind}", call.operation));
    }
    if call.to().is_some_and(|to| !to.is_resolved()) {
        return malformed(format!("{} carries an unresolved reference", call.operation));
    }
    let fits = match &call.action {
        Action::Create { to, .. } => {
            let restores = kind == Kind::Secret && call.operation == Operation::RestoreSecret;
            restores || call.operation == kind::creating(to)
        }
        Action::Reboot { .. } => kind::rebooting(kind) == Some(call.operation),
        Action::Start { .. } => kind::starting(kind) == Some(call.operation),
        Action::Delete { .. } => call.operation == kind::deleting(kind),
        // Each kind knows its own updating and tagging calls.
        Action::Update { .. } | Action::Tag { .. } => true,
    };
    match fits {
        true => Ok(()),
        false => malformed(format!("{} is the wrong call for {kind}", call.operation)),
    }
}

/// EC2 finds a group by its id: one that was deleted is not its successor of the same name.
fn check_id(account: &Account, key: &Address, call: &Call) -> Result<(), CallError> {
    let (Kind::SecurityGroup, Some(id)) = (key.kind, &call.id) else { return Ok(()) };
    match account.get(key).and_then(|thing| thing.ids.id.as_ref()) {
        Some(found) if found != id => Err(missing(key.kind, id)),
        _ => Ok(()),
    }
}

/// What does not carry an ownership tag is off limits: the caller's policy says so, as a
/// careful platform team's would. Parts without tags belong to whom their parent belongs.
fn check_owned(account: &Account, key: &Address, by: Operation) -> Result<(), CallError> {
    let thing = account.get(key).ok_or_else(|| missing(key.kind, &key.name))?;
    let owner = match kind::parent(account, key, &thing.resource) {
        Some(parent) if key.kind.tagging() == Tagging::WithParent => {
            account.get(&parent).and_then(|parent| parent.owner())
        }
        _ => thing.owner(),
    };
    owner.map(|_| ()).ok_or_else(|| denied(by))
}

/// Parts are added to what is ours only.
fn check_owned_parent(
    account: &Account,
    key: &Address,
    to: &Resource,
    by: Operation,
) -> Result<(), CallError> {
    match kind::parent(account, key, to).and_then(|parent| account.get(&parent)) {
        Some(parent) if parent.owner().is_none() => Err(denied(by)),
        _ => Ok(()),
    }
}

/// Sets or removes tags. An unowned thing may be tagged as ours, which is how it is adopted,
/// but not otherwise.
fn tag(
    account: &mut Account,
    key: &Address,
    by: Operation,
    set: &Tags,
    remove: &[String],
) -> Result<(), CallError> {
    let Tagging::By { set: setting, remove: removing } = key.kind.tagging() else {
        return Err(refuse("ValidationError", format!("{} has no tags", key.kind)));
    };
    let fits = (by == setting && remove.is_empty()) || (by == removing && set.is_empty());
    if !fits {
        return Err(refuse("ValidationError", format!("{by} either sets or removes tags")));
    }
    if !set.contains_key(OWNER_TAG) {
        check_owned(account, key, by)?;
    }
    tagging::check(key.kind, set)?;
    let thing = account.get_mut(key).ok_or_else(|| missing(key.kind, &key.name))?;
    if thing.status == "deleting" && key.kind != Kind::DbInstance {
        return Err(missing(key.kind, &key.name));
    }
    thing.tags.extend(set.clone());
    thing.tags.retain(|name, _| !remove.contains(name));
    // Tags that AWS put there are in nobody's way.
    tagging::check_count(&thing.tags)
}
