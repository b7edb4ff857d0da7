//! What has to happen at each address, and what must not.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::Standing;
use pgha_resource::Timing;
use pgha_resource::desired::Mode;
use pgha_resource::kind::Tagging;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;
use pgha_resource::live::ReadError;
use pgha_resource::status::Phase;

use crate::attached;
use crate::backups;
use crate::compare::Comparison;
use crate::compare::compare;
use crate::compare::compare_reach;
use crate::compare::compare_tags;
use crate::compare::note;
use crate::gone;
use crate::hasten;
use crate::held;
use crate::hinder::block_dependants;
use crate::intent::Allow;
use crate::intent::Goal;
use crate::intent::Intent;
use crate::offered;
use crate::places;
use crate::plan::Blocked;
use crate::plan::Note;
use crate::plan::NoteKind;
use crate::plan::Verb;
use crate::proxy_zones;
use crate::reach::Reach;
use crate::resend;
use crate::resolve::Known;
use crate::restore;
use crate::secret;
use crate::start;
use crate::steps::is_database;
use crate::steps::is_replica;
use crate::volumes;

/// What has to happen at one address.
pub(crate) enum Action {
    /// Nothing, or nothing but what `found` notes.
    Nothing,
    /// It has to appear.
    Create,
    /// It has to change in place.
    Modify,
    /// It has to go and come back.
    Replace,
    /// It has to go.
    Delete,
    /// Nothing may happen.
    Blocked(Verb, Blocked),
}

/// One address with all that is known about it.
pub(crate) struct Item<'a> {
    pub(crate) desired: Option<&'a DesiredResource>,
    /// The desired resource with every known reference filled in.
    pub(crate) resolved: Option<Resource>,
    pub(crate) live: Option<&'a LiveResource>,
    /// What was deleted, keeps the name and can be restored.
    pub(crate) restorable: Option<&'a LiveResource>,
    pub(crate) action: Action,
    pub(crate) found: Comparison,
}

impl Item<'_> {
    /// It is there now and will be there still, as the same resource.
    pub(crate) fn stays(&self) -> bool {
        self.live.is_some() && matches!(self.action, Action::Nothing | Action::Modify)
    }

    /// This field of what is there changes, now or in the window.
    pub(crate) fn changes(&self, field: &str) -> bool {
        let blocked = matches!(self.action, Action::Blocked(..));
        !blocked && self.found.fields.iter().any(|diff| diff.name == field)
    }

    pub(crate) fn appears(&self) -> bool {
        matches!(self.action, Action::Create | Action::Replace)
    }

    /// It goes for good.
    pub(crate) fn goes_only(&self) -> bool {
        matches!(self.action, Action::Delete)
    }

    pub(crate) fn goes(&self) -> bool {
        matches!(self.action, Action::Delete | Action::Replace)
    }
}

pub(crate) type Items<'a> = BTreeMap<Address, Item<'a>>;

/// Classifies every desired address and every owned one.
pub(crate) fn classify<'a>(
    desired: &'a Desired,
    live: &'a Live,
    intent: &Intent,
) -> (Items<'a>, Vec<Note>) {
    let mut notes = unswept(live);
    let mut leaving = BTreeSet::new();
    // A replaced resource gets new identifiers, which may make others differ that refer to
    // it: look again until no more is replaced. Each round adds one at least.
    loop {
        let known = Known { scope: &desired.scope, live, leaving: &leaving };
        let mut items = match intent.goal {
            Goal::Converge => wanted_items(desired, live, intent, &known),
            Goal::Destroy { .. } | Goal::Disown => Items::new(),
        };
        let replaced: BTreeSet<Address> = with_children(&items);
        if !replaced.is_subset(&leaving) {
            leaving.extend(replaced);
            continue;
        }
        unwanted_items(&mut items, &mut notes, desired, live, intent);
        resend::topics(&mut items);
        offered::block(&mut items, desired, live);
        backups::block(&mut items);
        backups::block_windows(&mut items);
        secret::block_without_password(&mut items);
        secret::keep_first_databases(&mut items);
        secret::keep_rotations(&mut items);
        places::block(&mut items, desired, live);
        gone::hold_back(&mut items, &mut notes, desired, live, intent);
        block_dependants(&mut items, desired, live);
        offered::leave_groups(&mut items);
        for item in items.values_mut() {
            notes.append(&mut item.found.notes);
        }
        return (items, notes);
    }
}

/// Replaced addresses and the parts that go with them.
fn with_children(items: &Items) -> BTreeSet<Address> {
    let replaced = |address: &Address| {
        items.get(address).is_some_and(|item| matches!(item.action, Action::Replace))
    };
    items
        .iter()
        .filter(|(address, item)| {
            let parent = item.resolved.as_ref().and_then(|resource| resource.parent(address));
            replaced(address) || parent.is_some_and(|parent| replaced(&parent))
        })
        .map(|(address, _)| address.clone())
        .collect()
}

fn wanted_items<'a>(
    desired: &'a Desired,
    live: &'a Live,
    intent: &Intent,
    known: &Known,
) -> Items<'a> {
    let sizes = volumes::sizes(desired, live);
    desired
        .resources
        .iter()
        .map(|(address, wanted)| {
            let mut resolved = wanted.resource.clone();
            resolved.resolve(known);
            offered::aim(&mut resolved, address, desired, live);
            secret::name_the_first_database(&mut resolved, address, desired, live);
            let notes = meet_aws(&mut resolved, address, wanted, live, &sizes);
            let mut item = wanted_item(address, wanted, resolved, desired, live, intent, known);
            item.found.notes.extend(notes);
            volumes::explain(&mut item, desired, live);
            (address.clone(), item)
        })
        .collect()
}

/// Turns what the spec says into what can be had, and says where the two are not the same.
fn meet_aws(
    resolved: &mut Resource,
    address: &Address,
    wanted: &DesiredResource,
    live: &Live,
    sizes: &BTreeMap<Address, u32>,
) -> Vec<Note> {
    let left_out = proxy_zones::leave_out(resolved, live);
    let too_small = volumes::keep_up(resolved, address, sizes, live);
    let seen = live.present(address);
    // What was there before pgha keeps its description, which the spec has no word for. An alarm's
    // is the spec's.
    if let Some(seen) = seen.filter(|_| wanted.mode == Mode::Named && address.kind != Kind::Alarm) {
        resolved.copy_field("description", &seen.resource);
    }
    let attached = seen.and_then(|seen| attached::keep(resolved, wanted, seen));
    let kept = seen.and_then(|seen| backups::keep(resolved, wanted, seen));
    let by_aws = |text: String| note(NoteKind::ByAws, address, text);
    let attention = |text: String| note(NoteKind::Attention, address, text);
    let attached = attached.map(|found| attention(found.text()));
    let for_a_person = attached.into_iter().chain(too_small.map(attention));
    left_out.map(by_aws).into_iter().chain(kept.map(by_aws)).chain(for_a_person).collect()
}

fn wanted_item<'a>(
    address: &Address,
    wanted: &'a DesiredResource,
    resolved: Resource,
    desired: &Desired,
    live: &'a Live,
    intent: &Intent,
    known: &Known,
) -> Item<'a> {
    let mut item = Item {
        desired: Some(wanted),
        live: None,
        restorable: None,
        action: Action::Nothing,
        found: Comparison::default(),
        resolved: None,
    };
    match live.resources.get(address) {
        Some(Seen::Present(seen)) if wanted.mode == Mode::Given => item.live = Some(&**seen),
        Some(Seen::Absent) if wanted.mode == Mode::Given => item.action = given_and_absent(wanted),
        Some(Seen::Present(seen)) => {
            item.live = Some(&**seen);
            item.found = compare(address, wanted, &resolved, seen);
            item.found.unfinished &= held::is_newborn(seen, intent);
            item.found.queues = held::timing(address, &desired.policy, intent) == Timing::InWindow;
            hasten::hasten(&mut item.found, wanted, &resolved, seen);
            item.action = match () {
                () if known.leaving.contains(address) => {
                    replace(address, seen, &item.found, desired, intent)
                }
                () => present_action(address, seen, &item.found, desired, intent),
            };
            let blocked = matches!(item.action, Action::Blocked(..));
            item.found.notes.extend(attention(address, seen, blocked));
        }
        Some(Seen::Absent) => {
            item.restorable = live.restorable.get(address);
            item.action = match item.restorable {
                Some(old) => restore::action(address, wanted, old, desired, live),
                None => Action::Create,
            };
        }
        Some(Seen::Unread(error)) => {
            let blocked = Blocked::Unread { error: error.clone() };
            item.action = Action::Blocked(Verb::Modify, blocked);
        }
        None => {
            let blocked = Blocked::Unread { error: never_looked() };
            item.action = Action::Blocked(Verb::Modify, blocked);
        }
    }
    item.resolved = Some(resolved);
    item
}

/// Nobody but its owner makes what is only used.
fn given_and_absent(wanted: &DesiredResource) -> Action {
    let kind = wanted.resource.kind();
    let why = format!(
        "[names] says that this {kind} exists, and it does not: make it, or take `given` away, and pgha makes it"
    );
    Action::Blocked(Verb::Create, Blocked::Impossible { why })
}

/// Being left out of an answer is no proof of absence.
fn never_looked() -> ReadError {
    ReadError {
        call: "observe".into(),
        class: ErrorClass::Unknown,
        message: "the account was not asked about it".into(),
    }
}

fn present_action(
    address: &Address,
    seen: &LiveResource,
    found: &Comparison,
    desired: &Desired,
    intent: &Intent,
) -> Action {
    if let Some(engine) = other_engine(seen) {
        return Action::Blocked(Verb::Modify, Blocked::OtherEngine { engine: engine.into() });
    }
    let taggable = address.kind.tagging() != Tagging::WithParent;
    let standing = seen.standing(address, &desired.scope);
    if taggable && !standing.is_ours() && !intent.may_adopt(address, standing) {
        return Action::Blocked(Verb::Modify, not_owned(address, standing));
    }
    if !found.replaced.is_empty() {
        return replace(address, seen, found, desired, intent);
    }
    // With something unknown the item counts as changing, so that whatever hinders the look
    // is said; if nothing does, nothing comes of it.
    let differs = !found.fields.is_empty() || !found.unknown.is_empty();
    match status_refuses(seen) {
        // What does not run is not as the spec says, whatever its fields are.
        Some(blocked) => Action::Blocked(Verb::Modify, blocked),
        _ if differs => Action::Modify,
        _ => Action::Nothing,
    }
}

/// A name may be taken by a database of another engine, which nothing here fits (RDS API,
/// DescribeDBInstances: "This operation can also return information for Amazon Neptune DB
/// instances and Amazon DocumentDB instances").
fn other_engine(seen: &LiveResource) -> Option<&str> {
    seen.notices.iter().find_map(|notice| match notice {
        Notice::Engine(engine) => Some(engine.as_str()),
        _ => None,
    })
}

fn not_owned(address: &Address, standing: Standing) -> Blocked {
    let allow = Allow::Adopt(address.clone()).to_string();
    match standing {
        Standing::Elsewhere(home) => Blocked::OtherHome { home: home.into(), allow },
        Standing::Copy(of) => Blocked::Copied { of: of.into(), allow },
        Standing::Theirs(owner) => Blocked::NotOwned { owner: Some(owner.into()), allow },
        Standing::Nobodys | Standing::Ours | Standing::Marked => {
            Blocked::NotOwned { owner: None, allow }
        }
    }
}

fn replace(
    address: &Address,
    seen: &LiveResource,
    found: &Comparison,
    desired: &Desired,
    intent: &Intent,
) -> Action {
    let protected = desired.policy.protected.contains(address);
    if address.kind.holds_data() || protected {
        let fields = found.replaced.iter().map(|diff| diff.name.to_string()).collect();
        return Action::Blocked(Verb::Replace, Blocked::WouldReplace { fields });
    }
    match held::keeps(address, seen, desired, intent) {
        Some(blocked) => Action::Blocked(Verb::Replace, blocked),
        None => Action::Replace,
    }
}

pub(crate) fn status_refuses(seen: &LiveResource) -> Option<Blocked> {
    match seen.status.phase {
        Phase::Ready | Phase::Impaired | Phase::Busy => None,
        Phase::Stopped if start::is_possible(seen) => None,
        Phase::Stopped | Phase::Deleting | Phase::Broken => Some(status_stands_against(seen)),
    }
}

/// A status in which AWS takes no change, with what mends it.
pub(crate) fn status_stands_against(seen: &LiveResource) -> Blocked {
    let kind = seen.resource.kind();
    let help = match (seen.status.phase, seen.status.mends(kind)) {
        (Phase::Deleting, _) => {
            "it is being deleted: wait until it is gone, then run this again".into()
        }
        (_, Some(mends)) => format!("AWS accepts no change in this state: {mends}"),
        (_, None) => "AWS accepts no change in this state: look into it in the RDS console".into(),
    };
    Blocked::Status { status: seen.status.text.clone(), help }
}

/// Compares the tags of what stays or comes back, once nothing else about it will be decided.
pub(crate) fn classify_tags(items: &mut Items, scope: &Scope, reach: Option<&Reach>) {
    for (address, item) in items.iter_mut() {
        if let (Some(wanted), Some(old), true) = (item.desired, item.restorable, item.appears()) {
            compare_tags(&mut item.found, address, wanted, old, scope);
        }
        let (Some(wanted), Some(live), true) = (item.desired, item.live, item.stays()) else {
            continue;
        };
        if wanted.mode == Mode::Given {
            continue;
        }
        if address.kind.tagging() != Tagging::WithParent {
            compare_tags(&mut item.found, address, wanted, live, scope);
            if let Some(reach) = reach.filter(|reach| reach.database == address) {
                compare_reach(&mut item.found, wanted, live, reach);
            }
        }
        let found = &item.found;
        let same_tags = found.set_tags.is_empty()
            && found.remove_tags.is_empty()
            && found.reaches_further.is_none();
        item.action = match found.fields.is_empty() && same_tags {
            true => Action::Nothing,
            false => Action::Modify,
        };
    }
}

/// Things about a live resource that a person should look at.
fn attention(address: &Address, seen: &LiveResource, blocked: bool) -> Vec<Note> {
    let say = |text: String| note(NoteKind::Attention, address, text);
    let mut notes: Vec<Note> = seen
        .notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::Unconfirmed => Some(unconfirmed(&seen.resource).into()),
            Notice::Parameters(text) => Some(format!("parameters: {text}")),
            Notice::Replication(text) if text != "replicating" => {
                Some(format!("replication: {text}"))
            }
            Notice::Target(text) if !text.eq_ignore_ascii_case("available") => {
                Some(format!("the proxy's target is {text}"))
            }
            Notice::Maintenance(text) => Some(format!("AWS wants maintenance: {text}")),
            Notice::RotationOpen => Some(secret::ROTATION_OPEN.into()),
            _ => None,
        })
        .map(say)
        .collect();
    // What is stopped is started, unless something stands against it.
    let said = match seen.status.phase {
        Phase::Broken => true,
        Phase::Stopped => blocked,
        // Whether the plan ends an impaired state is known once it is made.
        Phase::Impaired | Phase::Ready | Phase::Busy | Phase::Deleting => false,
    };
    notes.extend(said.then(|| say(status_and_cure(address, seen))));
    notes
}

/// What confirms a subscription depends on who is told
/// (<https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html>).
fn unconfirmed(resource: &Resource) -> &'static str {
    match resource {
        Resource::SnsSubscription(told) if told.protocol.starts_with("http") => {
            "nobody confirmed this subscription yet: its endpoint has to open the SubscribeURL in the message that SNS sent to it"
        }
        _ => "nobody confirmed this subscription yet: open the message that AWS sent",
    }
}

pub(crate) fn status_and_cure(address: &Address, seen: &LiveResource) -> String {
    let text = &seen.status.text;
    match seen.status.mends(address.kind) {
        Some(mends) => format!("its status is {text}: {mends}"),
        None => format!("its status is {text}"),
    }
}

/// Adds what is owned and not desired.
fn unwanted_items<'a>(
    items: &mut Items<'a>,
    notes: &mut Vec<Note>,
    desired: &'a Desired,
    live: &'a Live,
    intent: &Intent,
) {
    for (address, seen) in &live.resources {
        let seen = match seen {
            Seen::Present(seen) => seen,
            Seen::Unread(error) if !items.contains_key(address) => {
                items.insert(address.clone(), unread(error));
                continue;
            }
            Seen::Absent | Seen::Unread(_) => continue,
        };
        if *address == desired.scope.lock() || items.contains_key(address) {
            continue;
        }
        match found_as(address, seen, desired, live) {
            Found::Orphan => {}
            Found::Copy(text) => {
                notes.push(note(NoteKind::Copy, address, text));
                if is_protected_itself(address, seen, desired, live, intent) {
                    let protected = Action::Blocked(Verb::Delete, Blocked::Protected);
                    items.insert(address.clone(), unwanted(Some(seen), protected));
                }
                continue;
            }
            Found::Stranger => continue,
        }
        let action = match (unwanted_action(address, seen, desired, intent), address.kind) {
            // Snapshots outlive what they are of: one that the spec does not name is no
            // difference, only something to know about.
            (
                Action::Blocked(_, Blocked::HoldsData { allow }),
                Kind::DbSnapshot | Kind::DbClusterSnapshot,
            ) => {
                let text = format!("kept, and not in the spec: to delete it, --allow {allow}");
                notes.push(note(NoteKind::Kept, address, text));
                continue;
            }
            (action, _) => action,
        };
        items.insert(address.clone(), unwanted(Some(seen), action));
    }
}

/// What cannot be read cannot be deleted either: nobody knows whether it is ours.
fn unread<'a>(error: &ReadError) -> Item<'a> {
    unwanted(None, Action::Blocked(Verb::Delete, Blocked::Unread { error: error.clone() }))
}

fn unwanted(live: Option<&LiveResource>, action: Action) -> Item<'_> {
    let found = Comparison::default();
    Item { desired: None, resolved: None, live, restorable: None, action, found }
}

/// Whether it may be a protected database under another name, which `destroy` would leave without
/// its secret and its proxy: nobody of that name is there.
fn is_protected_itself(
    address: &Address,
    seen: &LiveResource,
    desired: &Desired,
    live: &Live,
    intent: &Intent,
) -> bool {
    let Standing::Copy(of) = seen.standing(address, &desired.scope) else { return false };
    let mut protected = desired.policy.protected.iter();
    intent.goal != Goal::Converge
        && is_database(address.kind)
        && protected.any(|it| it.to_string() == of && live.present(it).is_none())
}

/// What something is that the spec does not name.
enum Found {
    /// The cluster's, and left over.
    Orphan,
    /// It carries the cluster's tags and nothing proves that it is the cluster's; the text says
    /// why it is left alone.
    Copy(String),
    /// Somebody else's.
    Stranger,
}

/// By its own record, or by its parent's where the kind has no tags.
fn found_as(address: &Address, seen: &LiveResource, desired: &Desired, live: &Live) -> Found {
    if address.kind.tagging() == Tagging::WithParent {
        if is_made_by_a_chat(&seen.resource) {
            return Found::Stranger;
        }
        let Some(parent) = seen.resource.parent(address) else { return Found::Stranger };
        return match live.present(&parent).map(|live| live.standing(&parent, &desired.scope)) {
            Some(Standing::Ours | Standing::Marked) => Found::Orphan,
            _ => Found::Stranger,
        };
    }
    // RDS copies a database's tags to its snapshots, which are its own all the same; they are
    // only listed, and go by name alone.
    let snapshot = matches!(address.kind, Kind::DbSnapshot | Kind::DbClusterSnapshot);
    match seen.standing(address, &desired.scope) {
        Standing::Ours => Found::Orphan,
        Standing::Marked | Standing::Copy(_) if snapshot => Found::Orphan,
        Standing::Copy(of) => Found::Copy(format!(
            "a copy: its tags are those of {of}, as a restore, a rename or a green environment leaves them; pgha never touches it"
        )),
        Standing::Marked => Found::Copy(
            "it carries the cluster's tag and no record that pgha made it; pgha never touches it"
                .into(),
        ),
        Standing::Elsewhere(_) | Standing::Theirs(_) | Standing::Nobodys => Found::Stranger,
    }
}

/// Amazon Q Developer in chat applications subscribes itself to the topics that a channel is
/// configured with
/// (<https://docs.aws.amazon.com/chatbot/latest/adminguide/getting-started.html>;
/// <https://github.com/hashicorp/terraform-provider-aws/issues/42752>): whoever takes that away
/// silences the channel, and nobody could put it into a spec.
fn is_made_by_a_chat(resource: &Resource) -> bool {
    let Resource::SnsSubscription(told) = resource else { return false };
    let host = told.endpoint.strip_prefix("https://").unwrap_or_default();
    host.split('/').next().is_some_and(|host| host.ends_with(".chatbot.amazonaws.com"))
}

fn unwanted_action(
    address: &Address,
    seen: &LiveResource,
    desired: &Desired,
    intent: &Intent,
) -> Action {
    let destroy = matches!(intent.goal, Goal::Destroy { .. });
    let snapshot = matches!(address.kind, Kind::DbSnapshot | Kind::DbClusterSnapshot);
    if desired.policy.protected.contains(address) {
        return Action::Blocked(Verb::Delete, Blocked::Protected);
    }
    if address.kind.holds_data() && !intent.may_delete(address) && (!destroy || snapshot) {
        let allow = Allow::Delete(address.clone()).to_string();
        return Action::Blocked(Verb::Delete, Blocked::HoldsData { allow });
    }
    // RDS takes no final snapshot of a database in such a state (RDS API, DeleteDBInstance;
    // docs/aws/instances.md#deletion-by-status), and leaving it out silently would lose the data.
    let wants_snapshot = intent.goal != Goal::Destroy { final_snapshot: false };
    let database = is_database(address.kind) && !is_replica(&seen.resource);
    if seen.status.phase == Phase::Broken && database && wants_snapshot {
        let help = "RDS cannot take a final snapshot of it: only `destroy --skip-final-snapshot` deletes it";
        let status = seen.status.text.clone();
        return Action::Blocked(Verb::Delete, Blocked::Status { status, help: help.into() });
    }
    // RDS changes nothing about a stopped instance, its protection included (RDS guide,
    // stopping a DB instance temporarily: limitations).
    if seen.status.phase == Phase::Stopped && is_protected(&seen.resource) {
        return Action::Blocked(Verb::Delete, protected_and_stopped(seen));
    }
    // What is going already is waited for by a step as well.
    match held::keeps(address, seen, desired, intent) {
        Some(blocked) if seen.status.phase != Phase::Deleting => {
            Action::Blocked(Verb::Delete, blocked)
        }
        _ => Action::Delete,
    }
}

fn protected_and_stopped(seen: &LiveResource) -> Blocked {
    let help = "its deletion protection cannot be taken off while it is stopped: start it with `aws rds start-db-instance`, then run this again";
    Blocked::Status { status: seen.status.text.clone(), help: help.into() }
}

/// Whether AWS refuses to delete an instance until its protection is off. A Multi-AZ DB cluster
/// cannot be stopped, so nobody asks for one (RDS guide, Multi-AZ DB cluster deployments:
/// limitations).
fn is_protected(resource: &Resource) -> bool {
    matches!(resource, Resource::DbInstance(instance) if instance.deletion_protection == Some(true))
}

pub(crate) fn unswept(live: &Live) -> Vec<Note> {
    let text = |error: &ReadError| {
        format!(
            "the search for resources that are not in the spec is incomplete: {}: {}",
            error.call, error.message
        )
    };
    let note = |error| Note { kind: NoteKind::Unswept, address: None, text: text(error) };
    live.unswept.iter().map(note).collect()
}
