//! IAM roles with their attached and inline policies.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use aws_sdk_iam::types::Role;
use futures_util::future::join;
use futures_util::future::join_all;
use futures_util::future::join3;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::document::Document;
use pgha_resource::kind::IamRole;
use pgha_resource::live::Ids;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Clients;
use crate::encoded::document;
use crate::look::Look;
use crate::look::found;
use crate::mapping::text;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::unable;
use crate::tagging::iam_list;

/// Wanted roles by name, with their policies. For a sweep all roles are listed, and those
/// named like the cluster are looked at in a second round: the list has no tags.
pub(crate) async fn read(look: &Look<'_>, batch: &Batch<'_>) -> Findings {
    let wanted = batch.names().into_iter().map(async |name| {
        let role = one(look, &name).await;
        (name, role)
    });
    let (wanted, candidates) = join(join_all(wanted), candidates(look, batch)).await;
    let mut findings = Findings::default();
    for (name, role) in wanted {
        findings.insert(batch.address(&name), role);
    }
    match candidates {
        Ok(names) => sweep(look, batch, names, &mut findings).await,
        Err(error) => findings.unswept.push(error),
    }
    findings
}

async fn sweep(look: &Look<'_>, batch: &Batch<'_>, names: Vec<String>, findings: &mut Findings) {
    let looked = names.into_iter().map(async |name| {
        let role = one(look, &name).await;
        (name, role)
    });
    for (name, role) in join_all(looked).await {
        match role {
            Ok(Some(live)) if batch.owns(&live) => findings.orphan(batch.address(&name), live),
            Ok(_) => {}
            Err(error) => findings.unswept.push(error),
        }
    }
}

async fn candidates(look: &Look<'_>, batch: &Batch<'_>) -> Result<Vec<String>, ReadError> {
    if !batch.sweep {
        return Ok(Vec::new());
    }
    let iam = &look.aws.reads.iam;
    let ask = |marker| iam.client.list_roles().max_items(1000).set_marker(marker).send();
    let pages = look.pages(iam, "ListRoles", ask, |page| page.marker()).await?;
    let names = pages.iter().flat_map(|page| page.roles()).map(|role| role.role_name());
    Ok(names.filter(|name| batch.is_candidate(name)).map(str::to_string).collect())
}

async fn one(look: &Look<'_>, name: &str) -> Result<Option<LiveResource>, ReadError> {
    let iam = &look.aws.reads.iam;
    let role = look.call(iam, "GetRole", iam.client.get_role().role_name(name).send());
    let (role, attached, inline) = join3(role, attached(look, name), inline(look, name)).await;
    let Some(role) = found(role)?.and_then(|answer| answer.role) else { return Ok(None) };
    Ok(Some(from_sdk(&role, attached?, inline?)))
}

async fn attached(look: &Look<'_>, role: &str) -> Result<BTreeSet<String>, ReadError> {
    let iam = &look.aws.reads.iam;
    let ask = |marker| {
        let request = iam.client.list_attached_role_policies().role_name(role);
        request.set_marker(marker).send()
    };
    let call = "ListAttachedRolePolicies";
    let pages = found(look.pages(iam, call, ask, |page| page.marker()).await)?;
    let pages = pages.unwrap_or_default();
    let policies = pages.iter().flat_map(|page| page.attached_policies());
    Ok(policies.filter_map(|policy| text(policy.policy_arn())).collect())
}

async fn inline(look: &Look<'_>, role: &str) -> Result<BTreeMap<String, Document>, ReadError> {
    let iam = &look.aws.reads.iam;
    let ask = |marker| {
        let request = iam.client.list_role_policies().role_name(role);
        request.set_marker(marker).send()
    };
    let pages = found(look.pages(iam, "ListRolePolicies", ask, |page| page.marker()).await)?;
    let pages = pages.unwrap_or_default();
    let policies = pages.iter().flat_map(|page| page.policy_names()).map(async |policy| {
        let request = iam.client.get_role_policy().role_name(role).policy_name(policy).send();
        let answer = look.call(iam, "GetRolePolicy", request).await?;
        Ok((policy.clone(), document(answer.policy_document())))
    });
    join_all(policies).await.into_iter().collect()
}

fn from_sdk(
    sdk: &Role,
    attached: BTreeSet<String>,
    inline: BTreeMap<String, Document>,
) -> LiveResource {
    let role = IamRole {
        description: text(sdk.description()),
        trust: sdk.assume_role_policy_document().map(document),
        attached: Some(attached),
        inline: Some(inline),
    };
    let mut live = LiveResource::new(role.into(), Status::ready());
    let tags = sdk.tags().iter().map(|tag| (tag.key().to_string(), tag.value().to_string()));
    live.tags = Some(tags.collect());
    live.ids = ids(sdk);
    live
}

fn ids(sdk: &Role) -> Ids {
    Ids { id: text(Some(sdk.role_id())), ..arn(Some(sdk.arn())) }
}

/// Makes a call on a role.
pub(crate) async fn execute(clients: &Clients, call: &Call) -> Outcome {
    let (iam, name) = (&clients.iam.client, &call.address.name);
    match (call.operation, &call.action) {
        (Operation::CreateRole, Action::Create { to, tags }) => {
            create(clients, call, role(call, to)?, tags).await
        }
        (Operation::UpdateAssumeRolePolicy, Action::Update { to, .. }) => {
            let trust = role(call, to)?.trust.as_ref().map(Document::text);
            let request = iam.update_assume_role_policy().role_name(name);
            done(request.set_policy_document(trust).send().await)
        }
        (Operation::AttachRolePolicy, Action::Update { from, to, .. }) => {
            let policy = only_one(call, attachments(call, to)?, attachments(call, from)?)?;
            done(iam.attach_role_policy().role_name(name).policy_arn(policy).send().await)
        }
        (Operation::DetachRolePolicy, Action::Update { from, to, .. }) => {
            let policy = only_one(call, attachments(call, from)?, attachments(call, to)?)?;
            done(iam.detach_role_policy().role_name(name).policy_arn(policy).send().await)
        }
        (Operation::PutRolePolicy, Action::Update { from, to, .. }) => {
            let (policy, text) = put(call, role(call, from)?, role(call, to)?)?;
            let request = iam.put_role_policy().role_name(name).policy_name(policy);
            done(request.policy_document(text).send().await)
        }
        (Operation::DeleteRolePolicy, Action::Update { from, to, .. }) => {
            let names = |resource| Ok::<_, CallError>(inline_names(role(call, resource)?));
            let policy = only_one(call, names(from)?, names(to)?)?;
            done(iam.delete_role_policy().role_name(name).policy_name(policy).send().await)
        }
        (Operation::DeleteRole, _) => done(iam.delete_role().role_name(name).send().await),
        _ => Err(mismatch(call)),
    }
}

async fn create(clients: &Clients, call: &Call, to: &IamRole, tags: &Tags) -> Outcome {
    let request = clients
        .iam
        .client
        .create_role()
        .role_name(&call.address.name)
        .set_description(to.description.clone())
        .set_assume_role_policy_document(to.trust.as_ref().map(Document::text))
        .set_tags(Some(iam_list(call, tags)?));
    receipt(request.send().await, |answer| answer.role().map(ids).unwrap_or_default())
}

fn role<'a>(call: &Call, resource: &'a Resource) -> Result<&'a IamRole, CallError> {
    match resource {
        Resource::IamRole(role) => Ok(role),
        _ => Err(mismatch(call)),
    }
}

fn attachments(call: &Call, resource: &Resource) -> Result<BTreeSet<String>, CallError> {
    Ok(role(call, resource)?.attached.clone().unwrap_or_default())
}

fn inline_names(role: &IamRole) -> BTreeSet<String> {
    role.inline.iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// The one policy that the first has and the second has not: the API takes one a call.
fn only_one(
    call: &Call,
    more: BTreeSet<String>,
    less: BTreeSet<String>,
) -> Result<String, CallError> {
    let mut rest = more.difference(&less);
    match (rest.next(), rest.next()) {
        (Some(policy), None) => Ok(policy.clone()),
        _ => Err(unable(call, "exactly one policy has to differ")),
    }
}

/// The one inline policy that is new or has another text.
fn put(call: &Call, from: &IamRole, to: &IamRole) -> Result<(String, String), CallError> {
    let old = |name: &String| from.inline.as_ref().and_then(|inline| inline.get(name));
    let mut rest = to.inline.iter().flatten().filter(|(name, text)| old(name) != Some(*text));
    match (rest.next(), rest.next()) {
        (Some((name, document)), None) => Ok((name.clone(), document.text())),
        _ => Err(unable(call, "exactly one policy has to differ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::Tag;
    use aws_smithy_types::DateTime;

    #[test]
    fn a_role_is_read_with_decoded_documents() {
        let sdk = Role::builder()
            .path("/")
            .role_name("orders-monitoring")
            .role_id("AROA1")
            .arn("arn:r")
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document("%7B%22Version%22%3A%222012-10-17%22%7D")
            .tags(Tag::builder().key("pgha:cluster").value("orders").build().unwrap())
            .build()
            .unwrap();
        let live = from_sdk(&sdk, BTreeSet::from(["arn:p".to_string()]), BTreeMap::new());
        let expected = IamRole {
            description: None,
            trust: Some(Document::known(r#"{"Version":"2012-10-17"}"#)),
            attached: Some(BTreeSet::from(["arn:p".to_string()])),
            inline: Some(BTreeMap::new()),
        };
        assert_eq!(live.resource, expected.into());
        assert_eq!((live.owner(), live.ids.arn.as_deref()), (Some("orders"), Some("arn:r")));
    }
}
