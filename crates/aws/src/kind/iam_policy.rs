//! Customer-managed IAM policies.

use aws_sdk_iam::types::Policy;
use aws_sdk_iam::types::PolicyVersion;
use futures_util::future::join;
use futures_util::future::join_all;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::document::Document;
use pgha_resource::kind::IamPolicy;
use pgha_resource::live::Ids;
use pgha_resource::live::ReadError;
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
use crate::receipt::arn_of;
use crate::receipt::done;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::refused;
use crate::receipt::unable;
use crate::tagging::iam_list;

/// The most versions that IAM keeps of a policy (IAM quotas).
const MOST_VERSIONS: usize = 5;

/// Wanted policies by ARN; for a sweep the account's own policies, of which those named
/// like the cluster are looked at in a second round.
pub(crate) async fn read(look: &Look<'_>, batch: &Batch<'_>) -> Findings {
    let wanted = batch.names().into_iter().map(async |name| {
        let policy = match look.arn(&batch.address(&name)) {
            Ok(arn) => one(look, &arn).await,
            Err(error) => Err(error),
        };
        (name, policy)
    });
    let (wanted, candidates) = join(join_all(wanted), candidates(look, batch)).await;
    let mut findings = Findings::default();
    for (name, policy) in wanted {
        findings.insert(batch.address(&name), policy);
    }
    match candidates {
        Ok(policies) => sweep(look, batch, policies, &mut findings).await,
        Err(error) => findings.unswept.push(error),
    }
    findings
}

async fn sweep(
    look: &Look<'_>,
    batch: &Batch<'_>,
    policies: Vec<(String, String)>,
    findings: &mut Findings,
) {
    let looked = policies.into_iter().map(async |(name, arn)| {
        let policy = one(look, &arn).await;
        (name, policy)
    });
    for (name, policy) in join_all(looked).await {
        match policy {
            Ok(Some(live)) if batch.owns(&live) => findings.orphan(batch.address(&name), live),
            Ok(_) => {}
            Err(error) => findings.unswept.push(error),
        }
    }
}

/// Names and ARNs; the list has no tags.
async fn candidates(
    look: &Look<'_>,
    batch: &Batch<'_>,
) -> Result<Vec<(String, String)>, ReadError> {
    if !batch.sweep {
        return Ok(Vec::new());
    }
    let iam = &look.aws.reads.iam;
    let ask = |marker| {
        let request = iam.client.list_policies().scope(aws_sdk_iam::types::PolicyScopeType::Local);
        request.max_items(1000).set_marker(marker).send()
    };
    let pages = look.pages(iam, "ListPolicies", ask, |page| page.marker()).await?;
    let policies = pages.iter().flat_map(|page| page.policies());
    let named = policies.filter_map(|p| Some((text(p.policy_name())?, text(p.arn())?)));
    Ok(named.filter(|(name, _)| batch.is_candidate(name)).collect())
}

async fn one(look: &Look<'_>, arn: &str) -> Result<Option<LiveResource>, ReadError> {
    let iam = &look.aws.reads.iam;
    let request = iam.client.get_policy().policy_arn(arn).send();
    let answer = found(look.call(iam, "GetPolicy", request).await)?;
    let Some(policy) = answer.and_then(|answer| answer.policy) else { return Ok(None) };
    let version = policy.default_version_id().unwrap_or("v1");
    let request = iam.client.get_policy_version().policy_arn(arn).version_id(version).send();
    let answer = look.call(iam, "GetPolicyVersion", request).await?;
    Ok(Some(from_sdk(&policy, answer.policy_version())))
}

fn from_sdk(sdk: &Policy, version: Option<&PolicyVersion>) -> LiveResource {
    let policy = IamPolicy {
        description: text(sdk.description()),
        document: version.and_then(|version| version.document()).map(document),
    };
    let mut live = LiveResource::new(policy.into(), Status::ready());
    let tags = sdk.tags().iter().map(|tag| (tag.key().to_string(), tag.value().to_string()));
    live.tags = Some(tags.collect());
    live.ids = ids(sdk);
    live
}

fn ids(sdk: &Policy) -> Ids {
    Ids { id: text(sdk.policy_id()), ..arn(sdk.arn()) }
}

/// Makes a call on a policy.
pub(crate) async fn execute(clients: &Clients, call: &Call) -> Outcome {
    let iam = &clients.iam.client;
    match (call.operation, &call.action) {
        (Operation::CreatePolicy, Action::Create { to, tags }) => {
            let Resource::IamPolicy(to) = &**to else { return Err(mismatch(call)) };
            let request = iam
                .create_policy()
                .policy_name(&call.address.name)
                .set_description(to.description.clone())
                .set_policy_document(to.document.as_ref().map(Document::text))
                .set_tags(Some(iam_list(call, tags)?));
            receipt(request.send().await, |answer| answer.policy().map(ids).unwrap_or_default())
        }
        (Operation::CreatePolicyVersion, Action::Update { to, .. }) => {
            let Resource::IamPolicy(to) = &**to else { return Err(mismatch(call)) };
            make_room(clients, call).await?;
            let request = iam
                .create_policy_version()
                .policy_arn(arn_of(call)?)
                .set_policy_document(to.document.as_ref().map(Document::text))
                .set_as_default(true);
            done(request.send().await)
        }
        (Operation::DeletePolicy, _) => {
            refuse_attached(clients, call).await?;
            delete_versions(clients, call, 1).await?;
            done(iam.delete_policy().policy_arn(arn_of(call)?).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

/// Refuses to delete what somebody uses before anything of it is deleted: IAM itself would
/// refuse only after the old versions are gone (IAM API, DeletePolicy).
async fn refuse_attached(clients: &Clients, call: &Call) -> Result<(), CallError> {
    let request = clients.iam.client.list_entities_for_policy().policy_arn(arn_of(call)?);
    let answer = request.send().await.map_err(|error| refused(&error))?;
    let roles = answer.policy_roles().iter().map(|role| ("role", role.role_name()));
    let users = answer.policy_users().iter().map(|user| ("user", user.user_name()));
    let groups = answer.policy_groups().iter().map(|group| ("group", group.group_name()));
    let attached: Vec<String> = roles
        .chain(users)
        .chain(groups)
        .map(|(kind, name)| format!("{kind} {}", name.unwrap_or_default()))
        .collect();
    if attached.is_empty() {
        return Ok(());
    }
    let words = format!("it is attached to {}: detach it there first", attached.join(", "));
    Err(unable(call, &words))
}

/// The oldest version goes when there are as many as IAM keeps.
async fn make_room(clients: &Clients, call: &Call) -> Result<(), CallError> {
    delete_versions(clients, call, MOST_VERSIONS - 1).await
}

/// Deletes versions that are not the default, oldest first, until so many are left. A
/// policy with more than its default version cannot be deleted either.
async fn delete_versions(clients: &Clients, call: &Call, left: usize) -> Result<(), CallError> {
    let (iam, arn) = (&clients.iam.client, arn_of(call)?);
    let answer = iam.list_policy_versions().policy_arn(arn).send().await;
    let answer = answer.map_err(|error| refused(&error))?;
    for version in superfluous(answer.versions(), left) {
        let request = iam.delete_policy_version().policy_arn(arn).version_id(version);
        request.send().await.map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// Version ids count up: `v1`, `v2`, and so on.
fn superfluous(versions: &[PolicyVersion], left: usize) -> Vec<String> {
    let number = |id: &str| id.trim_start_matches('v').parse::<u64>().unwrap_or(u64::MAX);
    let mut old: Vec<String> = versions
        .iter()
        .filter(|version| !version.is_default_version())
        .filter_map(|version| text(version.version_id()))
        .collect();
    old.sort_by_key(|id| number(id));
    old.truncate(versions.len().saturating_sub(left));
    old
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Answer;
    use crate::testing::Wire;
    use pgha_apply::port::Execute;
    use pgha_resource::live::ErrorClass;

    fn version(id: &str, default: bool) -> PolicyVersion {
        PolicyVersion::builder().version_id(id).is_default_version(default).build()
    }

    #[test]
    fn a_policy_is_its_default_version() {
        let sdk = Policy::builder().policy_name("orders-connect").arn("arn:p").build();
        let version = PolicyVersion::builder().document("%7B%7D").build();
        let live = from_sdk(&sdk, Some(&version));
        let expected = IamPolicy { description: None, document: Some(Document::known("{}")) };
        assert_eq!(live.resource, expected.into());
        assert_eq!(live.ids.arn.as_deref(), Some("arn:p"));
    }

    #[test]
    fn the_oldest_versions_make_room_and_the_default_stays() {
        let five: Vec<_> =
            [("v10", false), ("v9", false), ("v7", true), ("v8", false), ("v11", false)]
                .map(|(id, default)| version(id, default))
                .into();
        assert_eq!(superfluous(&five, MOST_VERSIONS - 1), ["v8"]);
        assert_eq!(superfluous(&five[..4], MOST_VERSIONS - 1), Vec::<String>::new());
        assert_eq!(superfluous(&five, 1), ["v8", "v9", "v10", "v11"]);
    }

    fn deletion() -> Call {
        let policy = IamPolicy { description: None, document: None };
        let from = Box::new(policy.into());
        Call {
            address: "iam-policy/orders-connect".parse().unwrap(),
            operation: Operation::DeletePolicy,
            action: Action::Delete { from, final_snapshot: None },
            id: None,
            arn: None,
            resource_id: None,
        }
    }

    fn answer(call: &str, result: &str) -> Answer {
        let result = format!("<{call}Result>{result}</{call}Result>");
        Answer::Body(200, format!("<{call}Response>{result}</{call}Response>"))
    }

    #[tokio::test]
    async fn a_policy_in_use_keeps_its_versions_and_says_who_uses_it() {
        let roles = "<PolicyRoles><member><RoleName>billing</RoleName></member></PolicyRoles>";
        let wire = Wire::answering([answer("ListEntitiesForPolicy", roles)]);
        let error = wire.account().execute(&deletion()).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Invalid);
        assert!(error.message.contains("role billing"), "{error}");
        assert_eq!(wire.asked().len(), 1);
    }

    #[tokio::test]
    async fn a_policy_that_nobody_uses_goes_with_its_versions() {
        let versions = "<Versions><member><VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion></member><member><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion></member></Versions>";
        let wire = Wire::answering([
            answer("ListEntitiesForPolicy", ""),
            answer("ListPolicyVersions", versions),
            answer("DeletePolicyVersion", ""),
            answer("DeletePolicy", ""),
        ]);
        wire.account().execute(&deletion()).await.unwrap();
        assert!(wire.asked()[2].contains("VersionId=v1"));
        assert!(wire.asked()[3].contains("Action=DeletePolicy&"));
    }
}
