//! SNS topics.

use std::collections::BTreeMap;

use futures_util::future::join;
use futures_util::future::join_all;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::document::Document;
use pgha_resource::kind::SnsTopic;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::look::found;
use crate::mapping::name_of_arn;
use crate::mapping::text;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::settle_tagged;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::arn_of;
use crate::receipt::done;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::unable;
use crate::tagging::sns_list;

/// The attributes and tags of wanted topics by ARN, and the list of all topics for a sweep.
/// The attributes of an orphan are not read: it is only ever deleted.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let tags = async |arn| tags(look, at, arn).await;
    settle_tagged(batch, list(look, at, batch), tags).await
}

async fn list(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Listed {
    let wanted = batch.names().into_iter().map(async |name| {
        let arn = look.arn(&batch.address(&name))?;
        Ok(attributes(look, at, &arn).await?.map(|topic| (name, topic)))
    });
    let (wanted, others) = join(join_all(wanted), others(look, at, batch)).await;
    let wanted: Result<Vec<Option<Item>>, ReadError> = wanted.into_iter().collect();
    Ok(wanted?.into_iter().flatten().chain(others?).collect())
}

async fn others(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Listed {
    if !batch.sweep {
        return Ok(Vec::new());
    }
    let ask = |token| at.sns.client.list_topics().set_next_token(token).send();
    let pages = look.pages(&at.sns, "ListTopics", ask, |page| page.next_token()).await?;
    let arns = pages.iter().flat_map(|page| page.topics()).filter_map(|topic| topic.topic_arn());
    let unread = |arn: &str| {
        let topic = SnsTopic { display_name: None, policy: None, kms_key: None };
        let mut live = LiveResource::new(topic.into(), Status::ready());
        live.ids.arn = Some(arn.to_string());
        (name_of_arn(arn).to_string(), live)
    };
    Ok(arns.map(unread).filter(|(name, _)| batch.is_candidate(name)).collect())
}

async fn attributes(
    look: &Look<'_>,
    at: &Regional,
    arn: &str,
) -> Result<Option<LiveResource>, ReadError> {
    let request = at.sns.client.get_topic_attributes().topic_arn(arn).send();
    let answer = found(look.call(&at.sns, "GetTopicAttributes", request).await)?;
    Ok(answer.map(|answer| {
        let attributes = answer.attributes.unwrap_or_default();
        from_sdk(arn, &attributes.into_iter().collect())
    }))
}

async fn tags(look: &Look<'_>, at: &Regional, arn: String) -> Result<Tags, ReadError> {
    let request = at.sns.client.list_tags_for_resource().resource_arn(arn).send();
    let answer = look.call(&at.sns, "ListTagsForResource", request).await?;
    Ok(answer.tags().iter().map(|tag| (tag.key().into(), tag.value().into())).collect())
}

/// Attributes without a value are not returned: no name and no key then.
fn from_sdk(topic: &str, attributes: &BTreeMap<String, String>) -> LiveResource {
    let get = |name: &str| attributes.get(name).cloned();
    let seen = SnsTopic {
        display_name: Some(get("DisplayName").unwrap_or_default()),
        policy: text(get("Policy").as_deref()).map(Document::known),
        kms_key: Some(get("KmsMasterKeyId").unwrap_or_default()),
    };
    let mut live = LiveResource::new(seen.into(), Status::ready());
    live.ids = arn(Some(topic));
    live
}

/// Makes a call on a topic.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let sns = &at.sns.client;
    match (call.operation, &call.action) {
        (Operation::CreateTopic, Action::Create { to, tags }) => {
            let Resource::SnsTopic(to) = &**to else { return Err(mismatch(call)) };
            let mut request =
                sns.create_topic().name(&call.address.name).set_tags(Some(sns_list(call, tags)?));
            for (name, value) in wanted(to) {
                request = request.attributes(name, value);
            }
            receipt(request.send().await, |answer| arn(answer.topic_arn()))
        }
        (Operation::SetTopicAttributes, Action::Update { to, fields, .. }) => {
            let (name, value) = only_one(call, to, fields)?;
            let request = sns.set_topic_attributes().topic_arn(arn_of(call)?);
            done(request.attribute_name(name).attribute_value(value).send().await)
        }
        (Operation::DeleteTopic, _) => {
            done(sns.delete_topic().topic_arn(arn_of(call)?).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

/// The attributes to create a topic with; empty ones are what it has anyway.
fn wanted(to: &SnsTopic) -> Vec<(&'static str, String)> {
    let attributes = [
        ("DisplayName", to.display_name.clone()),
        ("Policy", to.policy.as_ref().map(Document::text)),
        ("KmsMasterKeyId", to.kms_key.clone()),
    ];
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

/// The one attribute that a call carries.
fn only_one(
    call: &Call,
    to: &Resource,
    fields: &[String],
) -> Result<(&'static str, String), CallError> {
    let Resource::SnsTopic(to) = to else { return Err(mismatch(call)) };
    match fields {
        [field] if field == "display_name" => {
            Ok(("DisplayName", to.display_name.clone().unwrap_or_default()))
        }
        [field] if field == "policy" => {
            Ok(("Policy", to.policy.as_ref().map(Document::text).unwrap_or_default()))
        }
        [field] if field == "kms_key" => {
            Ok(("KmsMasterKeyId", to.kms_key.clone().unwrap_or_default()))
        }
        _ => Err(unable(call, "a call carries exactly one attribute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_its_attributes() {
        let policy = r#"{"Statement":[]}"#;
        let attributes = BTreeMap::from([("Policy".to_string(), policy.to_string())]);
        let live = from_sdk("arn:t", &attributes);
        let expected = SnsTopic {
            display_name: Some(String::new()),
            policy: Some(Document::known(policy)),
            kms_key: Some(String::new()),
        };
        assert_eq!(live.resource, expected.into());
        assert_eq!(live.ids.arn.as_deref(), Some("arn:t"));
    }
}
