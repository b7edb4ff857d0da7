//! What was deleted, keeps its name for days and can be brought back: secrets.

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Seen;
use pgha_resource::Standing;

use crate::cause::Record;
use crate::classify::Action;
use crate::intent::Allow;
use crate::plan::Blocked;
use crate::plan::Cause;
use crate::plan::Verb;

/// The call that brings it back, with all that was in it. Nothing new can have the name
/// before the old secret is gone for good (docs/aws/secrets.md#recovery-window).
pub(crate) const OPERATION: Operation = Operation::RestoreSecret;

/// Whether it is brought back, or why that would be wrong.
pub(crate) fn action(
    address: &Address,
    wanted: &DesiredResource,
    old: &LiveResource,
    desired: &Desired,
    live: &Live,
) -> Action {
    let (name, region) = (&address.name, desired.scope.region_of(address));
    match old.standing(address, &desired.scope) {
        Standing::Ours | Standing::Marked => {}
        Standing::Theirs(owner) => {
            return refuse(format!(
                "a secret named {name} of the cluster {owner} was deleted, and keeps the name for 7 to 30 days"
            ));
        }
        Standing::Elsewhere(home) => {
            return refuse(format!(
                "a secret named {name} of the cluster of this name in {home} was deleted, and keeps the name for 7 to 30 days"
            ));
        }
        Standing::Copy(_) | Standing::Nobodys => {
            let word = Allow::Adopt(address.clone());
            return refuse(format!(
                "a secret named {name} without pgha's ownership tag was deleted, and keeps the name for 7 to 30 days: `aws secretsmanager restore-secret --region {region} --secret-id {name}` brings it back, and --allow {word} takes it over then"
            ));
        }
    }
    // Nobody reads it back, but the record says for whom it was.
    if Record::new(Some(old), wanted).of_field("username") != Cause::SpecChanged {
        return Action::Create;
    }
    let may_be_live = |(user, wanted): (&Address, &DesiredResource)| {
        let is_absent = matches!(live.resources.get(user), Some(Seen::Absent));
        wanted.resource.field_addresses("password").contains(address) && !is_absent
    };
    // The only copy of a password that is in use is nothing to throw away.
    let or = match desired.resources.iter().any(may_be_live) {
        true => String::new(),
        false => format!(
            "; or, if nothing needs that password any more, free the name with `aws secretsmanager delete-secret --region {region} --secret-id {name} --force-delete-without-recovery`, and apply some minutes later"
        ),
    };
    refuse(format!(
        "the secret {name} was deleted, keeps the name for 7 to 30 days, and is of another user than the spec's: set the user name back{or}"
    ))
}

fn refuse(why: String) -> Action {
    Action::Blocked(Verb::Create, Blocked::Impossible { why })
}
