//! IAM roles and policies: global names, slow to propagate (docs/aws/iam.md).

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::document::Document;
use pgha_resource::kind::IamPolicy;
use pgha_resource::kind::IamRole;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;
use pgha_resource::scope::partition;

use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::refusal::bad_role;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;

/// How long RDS does not see a new role or policy; seconds to two minutes
/// (docs/aws/iam.md#propagation).
const PROPAGATION: Duration = Duration::from_secs(10);

pub(crate) fn create_role(
    account: &mut Account,
    key: &Address,
    to: &IamRole,
    tags: &Tags,
) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    check_document(to.trust.as_ref())?;
    if to.attached.is_some() || to.inline.is_some() {
        return Err(no_member(Operation::CreateRole, "policies"));
    }
    let role =
        IamRole { attached: Some(BTreeSet::new()), inline: Some(BTreeMap::new()), ..to.clone() };
    let id = account.new_resource_id("AROA", key).replace('-', "");
    let ids = Ids { id: Some(id), arn: account.arn(key), ..Ids::default() };
    Ok(account.insert(key, role, "available", tags, ids))
}

pub(crate) fn create_policy(
    account: &mut Account,
    key: &Address,
    to: &IamPolicy,
    tags: &Tags,
) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    check_document(to.document.as_ref())?;
    let id = account.new_resource_id("ANPA", key).replace('-', "");
    let ids = Ids { id: Some(id), arn: account.arn(key), ..Ids::default() };
    Ok(account.insert(key, to.clone(), "available", tags, ids))
}

fn check_document(document: Option<&Document>) -> Result<(), CallError> {
    let text = document.map(Document::text).unwrap_or_default();
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        _ => Err(refuse("MalformedPolicyDocument", "the policy is not a JSON object")),
    }
}

pub(crate) fn update_role(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    let (Resource::IamRole(from), Resource::IamRole(to)) = (change.from, change.to) else {
        return Ok(());
    };
    let Some(Resource::IamRole(live)) = account.get(key).map(|thing| &thing.resource) else {
        return Err(missing(key.kind, &key.name));
    };
    let mut role = live.clone();
    match change.operation {
        Operation::UpdateAssumeRolePolicy => {
            change.sent_within(&["trust"])?;
            check_document(to.trust.as_ref())?;
            role.trust = to.trust.clone();
        }
        Operation::AttachRolePolicy | Operation::DetachRolePolicy => {
            change.sent_within(&["attached"])?;
            attach(account, &mut role, from, to, change.operation)?;
        }
        Operation::PutRolePolicy | Operation::DeleteRolePolicy => {
            change.sent_within(&["inline"])?;
            put_inline(&mut role, from, to, change.operation)?;
        }
        other => return Err(no_member(other, "roles")),
    }
    account.merge(key, &["trust", "attached", "inline"], &role.into());
    Ok(())
}

/// Attaches or detaches one policy, which is all that a call can carry.
fn attach(
    account: &Account,
    role: &mut IamRole,
    from: &IamRole,
    to: &IamRole,
    operation: Operation,
) -> Result<(), CallError> {
    let empty = BTreeSet::new();
    let (from, to) =
        (from.attached.as_ref().unwrap_or(&empty), to.attached.as_ref().unwrap_or(&empty));
    let attached = role.attached.get_or_insert_default();
    let attaches = operation == Operation::AttachRolePolicy;
    let sent: Vec<&String> = match attaches {
        true => to.difference(from).collect(),
        false => from.difference(to).collect(),
    };
    if sent.len() > 1 {
        return Err(no_member(operation, "a second policy"));
    }
    for arn in sent {
        // AWS's own policies are always there.
        let partition = partition(&account.home);
        let ours = !arn.starts_with(&format!("arn:{partition}:iam::aws:policy/"));
        if attaches && ours && account.by_arn(Kind::IamPolicy, arn).is_none() {
            return Err(missing(Kind::IamPolicy, arn));
        }
        match attaches {
            true => drop(attached.insert(arn.clone())),
            false if !attached.remove(arn) => return Err(missing(Kind::IamPolicy, arn)),
            false => {}
        }
    }
    Ok(())
}

fn put_inline(
    role: &mut IamRole,
    from: &IamRole,
    to: &IamRole,
    operation: Operation,
) -> Result<(), CallError> {
    let empty = BTreeMap::new();
    let (from, to) = (from.inline.as_ref().unwrap_or(&empty), to.inline.as_ref().unwrap_or(&empty));
    let inline = role.inline.get_or_insert_default();
    let puts = operation == Operation::PutRolePolicy;
    let sent: Vec<&String> = match puts {
        true => to.iter().filter(|(k, v)| from.get(*k) != Some(v)).map(|(k, _)| k).collect(),
        false => from.keys().filter(|k| !to.contains_key(*k)).collect(),
    };
    if sent.len() > 1 {
        return Err(no_member(operation, "a second policy"));
    }
    for name in sent {
        match to.get(name).filter(|_| puts) {
            Some(document) => {
                check_document(Some(document))?;
                inline.insert(name.clone(), document.clone());
            }
            None if inline.remove(name).is_none() => return Err(missing(Kind::IamPolicy, name)),
            None => {}
        }
    }
    Ok(())
}

pub(crate) fn update_policy(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    if change.operation != Operation::CreatePolicyVersion {
        return Err(no_member(change.operation, "policies"));
    }
    let sent = change.sent_within(&["document"])?;
    if let Resource::IamPolicy(to) = change.to {
        check_document(to.document.as_ref())?;
    }
    account.merge(key, &sent, change.to);
    Ok(())
}

/// A role is deleted although something uses it, but not before its policies are gone.
pub(crate) fn delete_role(account: &mut Account, key: &Address) -> Result<(), CallError> {
    if let Some(Resource::IamRole(role)) = account.get(key).map(|thing| &thing.resource) {
        let attached = role.attached.as_ref().is_some_and(|set| !set.is_empty());
        let inline = role.inline.as_ref().is_some_and(|map| !map.is_empty());
        if attached {
            let text = "Cannot delete entity, must detach all policies first.";
            return Err(refuse("DeleteConflict", text));
        }
        if inline {
            let text = "Cannot delete entity, must delete policies first.";
            return Err(refuse("DeleteConflict", text));
        }
    }
    account.remove(key);
    Ok(())
}

pub(crate) fn delete_policy(account: &mut Account, key: &Address) -> Result<(), CallError> {
    let arn = account.get(key).and_then(|thing| thing.ids.arn.clone()).unwrap_or_default();
    let attached = account.things.values().any(|thing| match &thing.resource {
        Resource::IamRole(role) => role.attached.as_ref().is_some_and(|set| set.contains(&arn)),
        _ => false,
    });
    if attached {
        let text = "Cannot delete a policy attached to entities.";
        return Err(refuse("DeleteConflict", text));
    }
    account.remove(key);
    Ok(())
}

/// The role with an ARN, if RDS can use it for a purpose: it exists, has propagated and trusts the
/// service (docs/aws/iam.md#proxy-role, docs/aws/iam.md#monitoring-role). RDS tells none of these
/// apart.
pub(crate) fn usable_role<'a>(
    account: &'a Account,
    arn: &str,
    service: &str,
    purpose: &str,
) -> Result<&'a IamRole, CallError> {
    let Some((_, thing)) = account.by_arn(Kind::IamRole, arn) else {
        return Err(bad_role(purpose));
    };
    let Resource::IamRole(role) = &thing.resource else { return Err(bad_role(purpose)) };
    let propagation = SignedDuration::try_from(PROPAGATION).unwrap_or(SignedDuration::ZERO);
    let fresh = account.now.duration_since(thing.touched) < propagation;
    let trusts = role.trust.as_ref().is_some_and(|trust| trust.text().contains(service));
    match trusts && !fresh {
        true => Ok(role),
        false => Err(bad_role(purpose)),
    }
}

/// The texts of all policies of a role, those of AWS by their ARN.
pub(crate) fn permissions(account: &Account, role: &IamRole) -> Vec<String> {
    let inline = role.inline.iter().flat_map(BTreeMap::values).map(Document::text);
    let attached = role.attached.iter().flatten().map(|arn| {
        match account.by_arn(Kind::IamPolicy, arn).map(|(_, thing)| &thing.resource) {
            Some(Resource::IamPolicy(IamPolicy { document: Some(document), .. })) => {
                document.text()
            }
            _ => arn.clone(),
        }
    });
    inline.chain(attached).collect()
}
