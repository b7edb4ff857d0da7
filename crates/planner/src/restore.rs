//! What was deleted, keeps its name for days and can be brought back: secrets.

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::LiveResource;
use pgha_resource::Operation;

use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::MasterPassword;

use crate::cause::Record;
use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::compare::note;
use crate::plan::Blocked;
use crate::plan::Cause;
use crate::plan::Note;
use crate::plan::NoteKind;
use crate::plan::Verb;

/// The call that brings it back, with all that was in it. Nothing new can have the name
/// before the old secret is gone for good (aws-facts §10.4).
pub(crate) const OPERATION: Operation = Operation::RestoreSecret;

/// Whether it is brought back, or why that would be wrong.
pub(crate) fn action(
    address: &Address,
    wanted: &DesiredResource,
    old: &LiveResource,
    desired: &Desired,
) -> Action {
    let name = &address.name;
    if old.owner() != Some(&desired.scope.cluster) {
        return refuse(format!(
            "another secret named {name}, which is not this cluster's, was deleted and keeps the name until it is gone for good: wait for that, or restore it and let pgha take it over"
        ));
    }
    // Nobody reads it back, but the record says for whom it was.
    if Record::new(Some(old), wanted).of_field("username") == Cause::SpecChanged {
        return refuse(format!(
            "the secret {name}, which was deleted and keeps the name, is of another user: `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {name}` frees the name, and ends that password for good"
        ));
    }
    Action::Create
}

/// Says which databases have another password than the one that is about to be made for them:
/// the account does not show whose password it is, and pgha does not lock anybody out.
pub(crate) fn other_passwords(items: &Items) -> Vec<Note> {
    let says = |(address, item): (&Address, &Item)| {
        let secret = secret_of(&item.desired.filter(|_| item.stays())?.resource)?;
        let new = items.get(secret).is_some_and(|i| i.appears() && i.restorable.is_none());
        new.then(|| {
            let text = format!(
                "{secret} is new, and the password in it is not the database's: after the apply, set one to the other by hand"
            );
            note(NoteKind::Attention, address, text)
        })
    };
    items.iter().filter_map(says).collect()
}

fn secret_of(database: &Resource) -> Option<&Address> {
    let (Resource::DbInstance(DbInstance { password, .. })
    | Resource::DbCluster(DbCluster { password, .. })) = database
    else {
        return None;
    };
    match password {
        Some(MasterPassword::Secret(Ref::Of(secret, _))) => Some(secret),
        _ => None,
    }
}

fn refuse(why: String) -> Action {
    Action::Blocked(Verb::Create, Blocked::Impossible { why })
}
