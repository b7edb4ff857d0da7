//! The plan as a value: what differs and why, which calls follow, in which order.
//!
//! Everything in it is readable and serializable, and nothing outside this crate can make
//! one: the types are non-exhaustive and none of them can be deserialized.

use std::collections::BTreeSet;
use std::fmt;

use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Timing;
use pgha_resource::Weekly;
use pgha_resource::call::Action;
use pgha_resource::desired::Origin;
use pgha_resource::desired::Policy;
use pgha_resource::digest::sha256_hex;
use pgha_resource::live::ReadError;
use pgha_resource::value::Shown;
use serde::Serialize;

/// The number of a step in [`Plan::steps`].
pub type StepId = usize;

/// What happens to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// It appears.
    Create,
    /// It changes in place.
    Modify,
    /// It restarts.
    Reboot,
    /// It goes and comes back: only what holds no data.
    Replace,
    /// It goes.
    Delete,
}

/// Why something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It is in the spec and not yet in AWS.
    New,
    /// The spec changed since the last apply.
    SpecChanged,
    /// AWS was changed by someone, the spec was not: drift.
    AwsChanged,
    /// Nothing was recorded at the last apply, so nobody knows which of the two changed.
    Unrecorded,
    /// It was nobody's, or somebody else's, and is taken over by the user's word.
    Adopted,
    /// The user lets go of it.
    Disowned,
    /// It carries our tag and is not in the spec.
    NotInSpec,
    /// The user asked to destroy the cluster.
    Destroy,
    /// Something that was accepted earlier waits for a reboot.
    Waiting,
    /// Something that was accepted earlier waits for the window, and is to be made now.
    Queued,
    /// The database that it is about, or a copy of, has changed by itself or was changed.
    Follows,
    /// Only pgha's own record of what was applied is out of date.
    Bookkeeping,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// The field; an element of a map is `parameters.max_connections`.
    pub name: String,
    /// What it is.
    pub from: Shown,
    /// What it should be.
    pub to: Shown,
    /// Which of the two moved.
    pub cause: Cause,
    /// What the change costs by itself.
    pub effect: Effect,
    /// Where the spec says so.
    pub origin: Option<Origin>,
    /// Where AWS documents the cost.
    pub fact: String,
    /// Who can no longer connect once it is made, though it may break no connection by itself.
    pub shuts_out: Option<String>,
}

/// When a step takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepTime {
    /// While `apply` runs.
    Now,
    /// AWS keeps it until the maintenance window.
    Window,
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Blocked {
    /// It holds data and is not in the spec.
    HoldsData {
        /// What to pass to let it go.
        allow: String,
    },
    /// Only a replacement would do, and it holds data.
    WouldReplace {
        /// The fields that would need it.
        fields: Vec<String>,
    },
    /// AWS has no way to make the change.
    Impossible {
        /// Why, and what to do instead.
        why: String,
    },
    /// It exists and belongs to someone else, or to nobody.
    NotOwned {
        /// The owner its tag names.
        owner: Option<String>,
        /// What to pass to take it over.
        allow: String,
    },
    /// It exists and belongs to the cluster of this name in another home region.
    OtherHome {
        /// That region.
        home: String,
        /// What to pass to take it over.
        allow: String,
    },
    /// It exists, and its tags were copied from another resource of the cluster.
    Copied {
        /// That resource's address.
        of: String,
        /// What to pass to take it over.
        allow: String,
    },
    /// It exists and is a database of another engine.
    OtherEngine {
        /// AWS's word for it.
        engine: String,
    },
    /// There was a database of that name, by what is on record; a new one would be empty.
    Gone {
        /// What shows that it was there.
        traces: Vec<String>,
        /// What holds its data: snapshots and automated backups.
        remains: Vec<String>,
        /// What to pass to make an empty one.
        allow: String,
    },
    /// A database of this cluster lives elsewhere; a new one would be empty, beside it.
    Beside {
        /// What shows that.
        traces: Vec<String>,
        /// What to pass to make an empty one.
        allow: String,
    },
    /// It could not be read, so nothing is known about it.
    Unread {
        /// Why.
        error: ReadError,
    },
    /// The VPC or subnets that it needs were not found.
    NoNetwork {
        /// Why.
        why: String,
    },
    /// Something that it needs is blocked itself.
    Needs {
        /// What.
        address: Address,
    },
    /// Something else about it changes first.
    InTurn {
        /// What.
        why: String,
    },
    /// It would break connections, and this cluster is disrupted in its window only.
    Held {
        /// What it would cost.
        disruption: Disruption,
        /// What the cluster would lose by it, as [`Step::to_cluster`].
        to_cluster: Disruption,
        /// The window, in UTC.
        window: Weekly,
        /// What to pass to do it now.
        now: String,
    },
    /// Another resource has to have changed first, and this plan does not change it now.
    Waits {
        /// Which.
        address: Address,
    },
    /// It replicates nothing any more, so that it may be the last copy, and RDS takes no final
    /// snapshot of a replica.
    LastCopy {
        /// What it was copied from.
        source: Address,
        /// The command that makes it a database of its own.
        promote: String,
    },
    /// Whoever would be told instead has not confirmed it yet.
    Unconfirmed {
        /// The subscription that takes over.
        address: Address,
        /// What to pass to let it go at once.
        allow: String,
    },
    /// A replica that stays as it is needs at least its source's settings.
    Outgrows {
        /// The replica.
        replica: Address,
        /// What to pass to let it go.
        allow: String,
    },
    /// Something that stays uses it.
    InUse {
        /// Who.
        by: Address,
    },
    /// It watches something that stays, or is a part of it.
    StaysWith {
        /// What.
        address: Address,
    },
    /// Something that may use it could not be read.
    MayBeUsed {
        /// Who.
        by: Address,
    },
    /// It is made from the data of another database, which is in no state for that.
    Unavailable {
        /// Which.
        address: Address,
        /// AWS's word.
        status: String,
        /// What to do.
        help: String,
    },
    /// The cluster's database cannot remember the region in which it would be made.
    Unrecorded {
        /// The database.
        database: Address,
    },
    /// It remembers regions that the spec does not name, and something there stays, or could
    /// not be looked for.
    Remembers {
        /// Which, comma separated.
        regions: String,
    },
    /// It is in a state in which AWS refuses changes.
    Status {
        /// AWS's word.
        status: String,
        /// What to do.
        help: String,
    },
    /// It is listed under `guard.protected`.
    Protected,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HoldsData { .. } => f.write_str("not in the spec any more, and it holds data"),
            Self::WouldReplace { fields } => write!(
                f,
                "only a new one could have another {}, and pgha never replaces what holds data",
                fields.join(", ")
            ),
            Self::Impossible { why } | Self::InTurn { why } => f.write_str(why),
            Self::NotOwned { owner: Some(owner), .. } => {
                write!(f, "it exists and belongs to the cluster {owner}")
            }
            Self::NotOwned { owner: None, .. } => {
                f.write_str("it exists and does not carry pgha's ownership tag")
            }
            Self::OtherHome { home, .. } => {
                write!(f, "it exists and belongs to the cluster of this name in {home}")
            }
            Self::Copied { of, .. } => write!(
                f,
                "it exists with the tags of {of}, as a restore or a rename leaves them: a copy"
            ),
            Self::OtherEngine { engine } => {
                write!(f, "it exists, and is a database of the engine {engine}")
            }
            Self::Gone { traces, .. } => write!(
                f,
                "the database was there and is gone, and a new one would be empty: {}",
                traces.join(", ")
            ),
            Self::Beside { traces, .. } => {
                write!(f, "a new database would be empty: {}", traces.join(", "))
            }
            Self::Unread { error } => {
                write!(f, "it could not be read: {}: {}", error.call, error.message)
            }
            Self::NoNetwork { why } => f.write_str(why),
            Self::Needs { address } => write!(f, "it needs {address}, which is blocked"),
            Self::Held { disruption, window, .. } => {
                write!(f, "held until the window {window} UTC, because it means {disruption}")
            }
            Self::Waits { address } => {
                write!(f, "it follows once {address} has changed")
            }
            Self::Outgrows { replica, .. } => write!(
                f,
                "{replica} is not in the spec and stays as it is, and a standby needs at least its primary's settings"
            ),
            Self::LastCopy { source, .. } => write!(
                f,
                "its source {source} is gone, so it may be the last copy of the data, and RDS takes no final snapshot of a replica"
            ),
            Self::Unconfirmed { address, .. } => {
                write!(f, "{address} takes over from it, and nobody confirmed that one yet")
            }
            Self::InUse { by } => write!(f, "{by} uses it"),
            Self::StaysWith { address } => write!(f, "it stays with {address}"),
            Self::MayBeUsed { by } => write!(f, "{by} may use it, and could not be read"),
            Self::Unavailable { address, status, .. } => {
                write!(f, "it is made from {address}, whose status is {status}")
            }
            Self::Unrecorded { database } => {
                write!(f, "its region has to be on record on {database} first, which is blocked")
            }
            Self::Remembers { regions } => write!(
                f,
                "it remembers that the cluster reaches into {regions}, where something stays or could not be looked for"
            ),
            Self::Status { status, .. } => write!(f, "its status is {status}"),
            Self::Protected => f.write_str("guard.protected lists it"),
        }
    }
}

impl Blocked {
    /// What to do about it, where that is more than reading the reason.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::HoldsData { allow } => Some(format!("to let it go: --allow {allow}")),
            Self::Outgrows { allow, .. } => {
                Some(format!("to let it go: --allow {allow}; or put it back into the spec"))
            }
            Self::LastCopy { promote, .. } => Some(format!(
                "make it a database of its own, then run this again: {promote}; to let it go without a snapshot: destroy --skip-final-snapshot"
            )),
            Self::Unconfirmed { allow, .. } => Some(format!(
                "confirm the new one, as AWS's message to it says, then apply again; to let this one go at once: --allow {allow}"
            )),
            Self::NotOwned { allow, .. } | Self::Copied { allow, .. } => {
                Some(format!("to take it over: --allow {allow}"))
            }
            Self::OtherHome { home, allow } => Some(format!(
                "set the region back to {home}, or name this cluster differently; to take it over: --allow {allow}"
            )),
            Self::OtherEngine { .. } => Some("give the cluster another name".into()),
            Self::Gone { remains, allow, .. } => Some(gone_help(remains, allow)),
            Self::Beside { allow, .. } => Some(format!(
                "set the spec back to what lives, or move the data first; to make an empty database all the same: --allow {allow}"
            )),
            Self::Status { help, .. } | Self::Unavailable { help, .. } => Some(help.clone()),
            Self::Remembers { .. } => {
                Some("see to what stays there, and to the access, then run this again".into())
            }
            Self::Protected => Some("take it off guard.protected first".into()),
            Self::Unread { .. } | Self::MayBeUsed { .. } => {
                Some("fix the access or the network, then run this again".into())
            }
            Self::WouldReplace { .. } => {
                Some("set the field back, or create another database and move the data".into())
            }
            Self::Held { now, .. } => Some(format!("apply in the window, or do it now: {now}")),
            Self::InTurn { .. } => Some("apply again after that".into()),
            Self::Waits { .. } => Some(
                "apply again once that has happened; what is queued happens in the window".into(),
            ),
            Self::Impossible { .. }
            | Self::NoNetwork { .. }
            | Self::Needs { .. }
            | Self::Unrecorded { .. }
            | Self::StaysWith { .. }
            | Self::InUse { .. } => None,
        }
    }
}

fn gone_help(remains: &[String], allow: &str) -> String {
    let empty = format!("to make an empty one: --allow {allow}");
    match remains {
        [] => format!("no snapshot and no retained backup of it was found; {empty}"),
        some => format!("bring it back under its name from {}; {empty}", some.join(", or from ")),
    }
}

/// What differs at one address, and what is done about it.
///
/// An address has two of these where part of the difference is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Whom.
    pub address: Address,
    /// What happens.
    pub verb: Verb,
    /// Why; the most telling cause of its fields.
    pub cause: Cause,
    /// The fields that differ; for a creation, all that the spec sets.
    pub fields: Vec<FieldChange>,
    /// The steps that make the change.
    pub steps: Vec<StepId>,
    /// The worst that its steps do.
    pub disruption: Disruption,
    /// When the worst of its steps takes effect.
    pub time: StepTime,
    /// The worst at the other time, now or in the window, where users notice that as well.
    pub also: Option<Disruption>,
    /// Where the spec asks for it; nothing for what is not in the spec.
    pub origin: Option<Origin>,
    /// Why it is not made.
    pub blocked: Option<Blocked>,
    /// Queued fields that this change would make AWS apply at once as well.
    pub flushes: Vec<String>,
}

/// A step that must be settled before another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct After {
    /// Which.
    pub step: StepId,
    /// Why, in a few words.
    pub why: String,
}

/// One API call that will be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// Its number, the position in [`Plan::steps`].
    pub id: StepId,
    /// The call; references in it are filled in just before it is made.
    pub call: Call,
    /// What has to be settled first.
    pub after: Vec<After>,
    /// What the users of this resource notice.
    pub disruption: Disruption,
    /// What the cluster loses by it, which its guard is about: less where another replica serves
    /// the reads of this one meanwhile.
    pub to_cluster: Disruption,
    /// When it takes effect.
    pub time: StepTime,
    /// The window in which alone it may begin.
    pub gate: Option<Weekly>,
}

impl Step {
    /// Whom it changes.
    pub fn address(&self) -> &Address {
        &self.call.address
    }
}

/// A change that AWS accepted earlier and has not made yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Queued {
    /// Whose.
    pub address: Address,
    /// The field.
    pub field: String,
    /// What it is.
    pub from: Shown,
    /// What it will be.
    pub to: Shown,
    /// The maintenance window it waits for.
    pub window: Option<String>,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// AWS moved something by itself, as the spec allows.
    ByAws,
    /// The server never returns these fields.
    Unreadable,
    /// A person has to do something.
    Attention,
    /// A snapshot is kept although the spec does not name it.
    Kept,
    /// Something carries the cluster's tags and is not the cluster's: it is left alone.
    Copy,
    /// Something is done by AWS as a consequence of a step.
    Follows,
    /// A new cluster is made beside others of this account, one of which may be meant.
    Beside,
    /// A cluster of this name lives in another region, and nothing of it goes.
    Elsewhere,
    /// Part of the account could not be searched.
    Unswept,
    /// A word of the command line is about nothing; once a run has done what it allowed, it is.
    Idle,
}

/// Something to know that is no change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// Whom, where it is about one resource.
    pub address: Option<Address>,
    /// The text.
    pub text: String,
}

/// A plan: what differs, what is done about it, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
#[non_exhaustive]
pub struct Plan {
    /// Whose cluster.
    pub scope: Scope,
    /// The regions it reaches into, home first.
    pub regions: Vec<Region>,
    /// How many API calls reading took.
    pub calls: u32,
    /// What differs, by address.
    pub changes: Vec<Change>,
    /// The calls, in an order that respects every `after`.
    pub steps: Vec<Step>,
    /// What waits for the window already.
    pub queued: Vec<Queued>,
    /// What else there is to know.
    pub notes: Vec<Note>,
    /// What the user allows.
    pub policy: Policy,
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Addresses that appear.
    pub create: usize,
    /// Addresses that change because the spec did.
    pub change: usize,
    /// Addresses that restart and do nothing else.
    pub reboot: usize,
    /// Addresses that go and come back.
    pub replace: usize,
    /// Addresses that go.
    pub delete: usize,
    /// Addresses that someone changed in AWS, among those above.
    pub drifted: usize,
    /// Changes that are not made.
    pub blocked: usize,
    /// Fields that wait for the window.
    pub queued: usize,
}

impl Plan {
    /// Nothing to do, nothing blocked, and nowhere left to search for orphans: the account is
    /// as the spec says.
    pub fn is_converged(&self) -> bool {
        let searched = self.notes.iter().all(|note| note.kind != NoteKind::Unswept);
        let blocked = self.changes.iter().any(|change| change.blocked.is_some());
        self.steps.is_empty() && !blocked && searched
    }

    /// The worst that the cluster loses, now or once the window opens.
    pub fn worst_to_cluster(&self) -> Disruption {
        self.most_disruptive().map_or(Disruption::None, |(_, disruption)| disruption)
    }

    /// What costs the cluster most. What is held counts as well: a review that ends well must not
    /// be followed by a refusal in the window.
    pub(crate) fn most_disruptive(&self) -> Option<(&Address, Disruption)> {
        let steps = self.steps.iter().map(|step| (step.address(), step.to_cluster));
        let held = self.changes.iter().filter_map(|change| match &change.blocked {
            Some(Blocked::Held { to_cluster, .. }) => Some((&change.address, *to_cluster)),
            _ => None,
        });
        steps.chain(held).max_by_key(|(_, disruption)| *disruption)
    }

    /// Whether somebody can no longer connect after it.
    pub fn shuts_out(&self) -> bool {
        self.changes.iter().any(Change::shuts_out)
    }

    /// The worst that its steps do.
    pub fn worst(&self) -> Disruption {
        self.steps.iter().map(|step| step.disruption).max().unwrap_or(Disruption::None)
    }

    /// Whether something in the account was changed behind the spec's back.
    pub fn has_drift(&self) -> bool {
        self.totals().drifted > 0
    }

    /// Whether changes that can wait do.
    pub fn timing(&self) -> Timing {
        self.policy.timing
    }

    /// How many of each.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { queued: self.queued.len(), ..Totals::default() };
        // An address may have a change that is made and others that are blocked.
        let drifted = self.changes.iter().filter(|change| change.is_drift());
        totals.drifted = drifted.map(|change| &change.address).collect::<BTreeSet<_>>().len();
        for change in &self.changes {
            let count = match (&change.blocked, change.verb) {
                (Some(_), _) => &mut totals.blocked,
                (None, Verb::Create) => &mut totals.create,
                (None, Verb::Modify) => &mut totals.change,
                (None, Verb::Reboot) => &mut totals.reboot,
                (None, Verb::Replace) => &mut totals.replace,
                (None, Verb::Delete) => &mut totals.delete,
            };
            *count += 1;
        }
        totals
    }

    /// The SHA-256 of everything that would be done: what an approval by digest approves. What
    /// moves by itself between a review and a merge is no part of it: the words of a look that
    /// failed, how far AWS is, how recent a backup, and the zone that a failover chose.
    pub fn digest(&self) -> String {
        let mut changes = self.changes.clone();
        changes.iter_mut().filter_map(|change| change.blocked.as_mut()).for_each(still);
        let mut steps = self.steps.clone();
        steps.iter_mut().for_each(|step| without_zones(&mut step.call));
        let text = serde_json::to_string(&(&self.scope, &changes, &steps, &self.policy))
            .expect("plans are made of strings, numbers and maps with string keys");
        sha256_hex(&text)
    }
}

/// Takes out of a reason what changes without anybody changing anything.
fn still(blocked: &mut Blocked) {
    match blocked {
        Blocked::Unread { error } => error.message.clear(),
        Blocked::NoNetwork { why } => why.clear(),
        Blocked::Gone { remains, .. } => remains.clear(),
        Blocked::Status { status, .. } | Blocked::Unavailable { status, .. } => {
            status.retain(|c| !c.is_ascii_digit());
        }
        _ => {}
    }
}

/// A failover moves a database to another zone, which no call sends once it is there.
fn without_zones(call: &mut Call) {
    let clear = |resource: &mut Resource| {
        if let Resource::DbInstance(instance) = resource {
            instance.zone = None;
        }
    };
    match &mut call.action {
        Action::Update { from, to, .. } => {
            clear(from);
            clear(to);
        }
        Action::Tag { of, .. } | Action::Reboot { of } | Action::Start { of } => clear(of),
        Action::Delete { from, .. } => clear(from),
        Action::Create { .. } => {}
    }
}

impl Change {
    /// Whether somebody can no longer connect after it, though nothing says when they will notice.
    pub fn shuts_out(&self) -> bool {
        self.blocked.is_none() && self.fields.iter().any(|field| field.shuts_out.is_some())
    }

    /// Whether it takes over what was nobody's, or somebody else's.
    pub fn adopts(&self) -> bool {
        self.blocked.is_none() && self.fields.iter().any(|field| field.cause == Cause::Adopted)
    }

    /// Someone changed AWS, in one field at least: no cause is more telling.
    pub fn is_drift(&self) -> bool {
        self.cause == Cause::AwsChanged
    }
}

#[cfg(test)]
mod tests {
    use pgha_resource::Kind;
    use pgha_resource::live::ErrorClass;

    use super::*;

    /// Checks what a blocked change tells the user to do.
    #[track_caller]
    fn check_help(blocked: Blocked, says: Option<&str>) {
        let help = blocked.help();
        assert_eq!(help.is_some(), says.is_some(), "{help:?}");
        let help = help.unwrap_or_default();
        assert!(help.contains(says.unwrap_or_default()), "{help}");
    }

    /// Checks that a reason counts in a digest without this part of it.
    #[track_caller]
    fn check_still(mut blocked: Blocked, expected: &str) {
        still(&mut blocked);
        assert_eq!(serde_json::to_string(&blocked).unwrap(), expected);
    }

    #[test]
    fn what_moves_by_itself_is_no_part_of_a_digest() {
        let status = "Optimizing 37%".into();
        check_still(
            Blocked::Status { status, help: "wait".into() },
            r#"{"reason":"status","status":"Optimizing %","help":"wait"}"#,
        );
        let remains = vec!["automated backups a (to 2026-11-28T03:00:00Z)".into()];
        check_still(
            Blocked::Gone { traces: Vec::new(), remains, allow: "create:a".into() },
            r#"{"reason":"gone","traces":[],"remains":[],"allow":"create:a"}"#,
        );
    }

    #[test]
    fn a_word_that_lets_a_change_through_is_there_to_be_copied() {
        let address = Address::home(Kind::DbInstance, "orders-read-1");
        let allow = "delete:db-instance/orders-read-1".to_string();
        let word = format!("--allow {allow}");
        check_help(Blocked::HoldsData { allow: allow.clone() }, Some(&word));
        check_help(Blocked::Outgrows { replica: address, allow: allow.clone() }, Some(&word));
        check_help(Blocked::NotOwned { owner: None, allow }, Some(&word));
    }

    #[test]
    fn what_the_user_can_mend_says_how() {
        let address = Address::home(Kind::DbInstance, "orders-primary");
        let error = ReadError {
            call: "DescribeDBInstances".into(),
            class: ErrorClass::Denied,
            message: "no".into(),
        };
        let status = Blocked::Status { status: "stopped".into(), help: "start it".into() };
        check_help(status, Some("start it"));
        check_help(Blocked::Protected, Some("guard.protected"));
        check_help(Blocked::Unread { error }, Some("fix the access"));
        check_help(Blocked::MayBeUsed { by: address.clone() }, Some("fix the access"));
        let fields = vec!["subnets".to_string()];
        check_help(Blocked::WouldReplace { fields }, Some("set the field back"));
        check_help(Blocked::Waits { address }, Some("apply again"));
        check_help(Blocked::InTurn { why: "the volume goes first".into() }, Some("apply again"));
    }

    #[test]
    fn a_reason_that_says_it_all_needs_no_help() {
        let address = Address::home(Kind::DbInstance, "orders-primary");
        check_help(Blocked::Impossible { why: "storage cannot shrink".into() }, None);
        check_help(Blocked::NoNetwork { why: "there is no VPC".into() }, None);
        check_help(Blocked::Needs { address: address.clone() }, None);
        check_help(Blocked::InUse { by: address }, None);
    }
}
