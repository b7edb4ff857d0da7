//! The master user's secret and the databases that use it: what is in it has to be true.

use std::collections::BTreeSet;

use pgha_resource::call::Action as Deed;
use pgha_resource::field::Match;
use pgha_resource::kind::Rotation;
use pgha_resource::live::{Notice, PASSWORD_TAG};
use pgha_resource::{Address, Desired, DesiredResource, Kind, Live, Operation, Resource};

use crate::classify::{Action, Item, Items};
use crate::compare::{Refusal, note};
use crate::ha::take;
use crate::plan::{Blocked, Cause, FieldChange, Note, NoteKind, Verb};
use crate::steps::{Draft, Stage};

/// The databases whose password is in a secret.
fn users<'a>(
    secret: &'a Address,
    items: &'a Items<'a>,
) -> impl Iterator<Item = (&'a Address, &'a Item<'a>)> {
    items.iter().filter(move |(_, item)| {
        item.desired
            .is_some_and(|wanted| wanted.resource.field_addresses("password").contains(secret))
    })
}

/// A new database needs a password of its master user, and where somebody else keeps it pgha knows
/// none (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>,
/// MasterUserPassword).
pub(crate) fn block_without_password(items: &mut Items) {
    for item in items.values_mut() {
        let lacks = match item.desired.map(|wanted| &wanted.resource) {
            Some(Resource::DbInstance(wanted)) => {
                wanted.source.is_none() && wanted.password.is_none()
            }
            Some(Resource::DbCluster(wanted)) => wanted.password.is_none(),
            _ => false,
        };
        if lacks && item.appears() && item.restorable.is_none() {
            let why = "a new database needs a password, and with `manage = \"given\"` somebody else keeps it: have pgha or RDS keep it, or restore the database".into();
            item.action = Action::Blocked(Verb::Create, Blocked::Impossible { why });
        }
    }
}

/// Writes no user name into a secret that its database does not have: what is there logs in by
/// the old one.
pub(crate) fn keep_users(items: &mut Items) {
    let changes = |item: &Item| item.found.fields.iter().any(|diff| diff.name == "username");
    let secrets: Vec<(Address, Address)> = items
        .iter()
        .filter(|(address, item)| address.kind == Kind::Secret && changes(item))
        .filter_map(|(address, _)| {
            let (user, _) = users(address, items).find(|(_, item)| !takes_the_name(item))?;
            Some((address.clone(), user.clone()))
        })
        .collect();
    for (address, user) in secrets {
        let Some(item) = items.get_mut(&address) else { continue };
        let why = format!(
            "{user} has another master user name, which cannot change, and uses this secret: set the user name back to the one that it has"
        );
        let (fields, shown) = std::mem::take(&mut item.found.shown)
            .into_iter()
            .partition(|field| field.name == "username");
        item.found.shown = shown;
        item.found.fields.retain(|diff| diff.name != "username");
        item.found.refused.push(Refusal { fields, blocked: Blocked::Impossible { why } });
    }
}

/// Whether a database is made with the user name of the spec, or has it.
fn takes_the_name(item: &Item) -> bool {
    match (item.live, &item.resolved) {
        (Some(live), Some(wanted)) => {
            wanted.compare_field("username", &live.resource) == Some(Match::Same)
        }
        _ => item.appears(),
    }
}

/// The database that RDS makes where none is named, and the one that is always there.
const FIRST: &str = "postgres";

/// Puts the name of the first database that there really is into the secret: who logs in by it
/// has to find one (RDS API, DBInstance.DBName: null where none was made).
pub(crate) fn name_the_first_database(
    resolved: &mut Resource,
    secret: &Address,
    desired: &Desired,
    live: &Live,
) {
    let Resource::Secret(content) = resolved else { return };
    let uses =
        |wanted: &&DesiredResource| wanted.resource.field_addresses("password").contains(secret);
    let users = desired.resources.iter().filter(|(_, wanted)| uses(wanted));
    let mut there = users.filter_map(|(user, _)| live.present(user));
    if let Some(name) = there.find_map(|seen| first_database(&seen.resource)) {
        content.dbname = Some(name.into());
    }
}

/// Of a cluster that returns none, nobody says that it has none.
fn first_database(database: &Resource) -> Option<&str> {
    match database {
        Resource::DbInstance(instance) => Some(instance.database.as_deref().unwrap_or(FIRST)),
        Resource::DbCluster(cluster) => cluster.database.as_deref(),
        _ => None,
    }
}

/// Where the spec names another first database than there is, the database's own line says so,
/// and the secret is right as it is.
pub(crate) fn keep_first_databases(items: &mut Items) {
    let other = |item: &Item| match (item.live, item.desired) {
        (Some(live), Some(wanted)) => {
            wanted.resource.compare_field("database", &live.resource) == Some(Match::Differs)
        }
        _ => false,
    };
    let secrets = items.keys().filter(|address| address.kind == Kind::Secret);
    let right: Vec<Address> = secrets
        .filter(|secret| users(secret, items).any(|(_, item)| other(item)))
        .cloned()
        .collect();
    for secret in right {
        let Some(item) = items.get_mut(&secret) else { continue };
        let by_spec =
            |change: &FieldChange| change.name == "dbname" && change.cause == Cause::SpecChanged;
        if item.found.shown.iter().any(by_spec) {
            item.found.shown.retain(|change| !by_spec(change));
            // The spec's name is not written, so it is not put on record.
            item.found.follows.insert("dbname");
            item.found.fields.retain(|diff| diff.name != "dbname");
        }
    }
}

/// What a person has to know of a rotation that did not end.
pub(crate) const ROTATION_OPEN: &str = "its last rotation did not end, or goes on: the secret and the database may have different passwords; the log of the rotation function says why";

/// A rotation is not set up while another one is under way: Secrets Manager refuses that. It can be
/// turned off all the same.
pub(crate) fn keep_rotations(items: &mut Items) {
    for item in items.values_mut() {
        let is_open = item.live.is_some_and(|live| live.notices.contains(&Notice::RotationOpen));
        let is_off = |rotation: &Rotation| matches!(rotation, Rotation::Off);
        let turns_off = match &item.resolved {
            Some(Resource::Secret(secret)) => secret.rotation.as_ref().is_some_and(is_off),
            _ => continue,
        };
        if !is_open || turns_off {
            continue;
        }
        let Some(fields) = take(item, "rotation") else { continue };
        let blocked = Blocked::Status {
            status: "in an earlier rotation".into(),
            help: "Secrets Manager sets up no rotation while an earlier one is not complete: mend the function or its way to the database and let it rotate, or take the label AWSPENDING off the secret with `aws secretsmanager update-secret-version-stage`; then run this again".into(),
        };
        item.found.refused.push(Refusal { fields, blocked });
    }
}

/// A rotation logs in to the database, and a secret that is made beside a database that is there
/// is marked: the password in it is another one.
pub(crate) fn after_database(own: &mut [Draft], secret: &Address, items: &Items) {
    let database: BTreeSet<Address> = users(secret, items).map(|(user, _)| user.clone()).collect();
    let marked = users(secret, items).any(|(_, item)| keeps_its_password(item))
        && items.get(secret).is_some_and(|item| item.restorable.is_none());
    // The name comes before the database, the rest after it.
    let writes_name = |draft: &Draft| draft.call.fields().any(|field| field == "username");
    own.sort_by_key(|draft| (draft.stage, draft.stage == Stage::Update && !writes_name(draft)));
    for draft in own {
        if draft.call.operation == Operation::RotateSecret {
            draft.needs.extend(database.iter().cloned());
        }
        if let (Deed::Create { tags, .. }, Stage::Create, true) =
            (&mut draft.call.action, draft.stage, marked)
        {
            tags.insert(PASSWORD_TAG.into(), "not the database's".into());
        }
    }
}

/// It is there and stays, with the password that it has. RDS gives its own back to a new secret.
fn keeps_its_password(item: &Item) -> bool {
    let stays = item.live.is_some() && !item.goes();
    stays && !item.changes("password")
}

/// Says which databases have another password than the one in their secret, in every plan until
/// it is mended: the account does not show whose password it is, and pgha locks nobody out.
pub(crate) fn other_passwords(items: &Items) -> Vec<Note> {
    let secrets = items.iter().filter(|(address, _)| address.kind == Kind::Secret);
    secrets.flat_map(|(secret, item)| of_one(secret, item, items)).collect()
}

fn of_one(secret: &Address, item: &Item, items: &Items) -> Vec<Note> {
    let is_new = item.appears() && item.restorable.is_none();
    let tags = item.live.and_then(|live| live.tags.as_ref());
    let marked = !item.goes() && tags.is_some_and(|tags| tags.contains_key(PASSWORD_TAG));
    let keep = users(secret, items).filter(|(_, item)| keeps_its_password(item));
    keep.filter(|_| is_new || marked)
        .map(|(user, _)| {
            let text = format!(
                "{secret} {}, and the password in it is not the database's: {}put the database's into it (`aws secretsmanager put-secret-value`), or give its password to the database (`aws rds modify-{} --master-user-password`), then take the mark off: `aws secretsmanager untag-resource --secret-id {} --tag-keys {PASSWORD_TAG}`",
                if is_new { "is new" } else { "was made beside the database" },
                if is_new { "after the apply, " } else { "" },
                user.kind,
                secret.name,
            );
            note(NoteKind::Attention, user, text)
        })
        .collect()
}
