//! SNS topics and subscriptions (docs/aws/alerting.md).

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::document::Document;
use pgha_resource::kind::SnsSubscription;
use pgha_resource::kind::SnsTopic;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::policy;
use crate::policy::Caller;
use crate::refusal::missing;
use crate::refusal::refuse;

/// The status of a subscription that nobody confirmed yet.
pub(crate) const UNCONFIRMED: &str = "PendingConfirmation";

const PROTOCOLS: [&str; 7] = ["email", "email-json", "https", "http", "sqs", "sms", "lambda"];

pub(crate) fn create_topic(
    account: &mut Account,
    key: &Address,
    to: &SnsTopic,
    tags: &Tags,
) -> Outcome {
    let arn = account.arn(key).unwrap_or_default();
    let topic = SnsTopic {
        display_name: Some(to.display_name.clone().unwrap_or_default()),
        policy: Some(to.policy.clone().unwrap_or_else(|| default_policy(&arn, &account.number))),
        kms_key: Some(to.kms_key.clone().unwrap_or_default()),
    };
    // CreateTopic is idempotent by name as long as nothing else differs
    // (docs/aws/errors.md#same-name-again).
    if let Some(thing) = account.get(key) {
        return match thing.resource == topic.into() && thing.tags == *tags {
            true => Ok(thing.ids.clone()),
            false => Err(refuse(
                "InvalidParameter",
                "Invalid parameter: Attributes Reason: Topic already exists with different attributes or tags",
            )),
        };
    }
    let ids = Ids { arn: Some(arn), ..Ids::default() };
    Ok(account.insert(key, topic, "available", tags, ids))
}

/// The policy of a new topic: its account may do everything with it, which also lets RDS
/// publish (docs/aws/alerting.md#topic-policy).
fn default_policy(arn: &str, number: &str) -> Document {
    Document::known(format!(
        r#"{{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"{arn}","Condition":{{"StringEquals":{{"AWS:SourceOwner":"{number}"}}}}}}]}}"#
    ))
}

pub(crate) fn update_topic(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    if change.operation != Operation::SetTopicAttributes {
        return Err(no_member(change.operation, "topics"));
    }
    let sent = change.sent();
    // SetTopicAttributes carries one attribute.
    if sent.len() > 1 {
        return Err(no_member(change.operation, sent[1]));
    }
    account.merge(key, &sent, change.to);
    Ok(())
}

/// A topic goes with its subscriptions, confirmed or not.
pub(crate) fn delete_topic(account: &mut Account, key: &Address) -> Result<(), CallError> {
    let arn = account.get(key).and_then(|thing| thing.ids.arn.clone());
    let parts: Vec<Address> = account
        .neighbours(key, Kind::SnsSubscription)
        .filter(|(_, thing)| match &thing.resource {
            Resource::SnsSubscription(part) => part.topic.as_known() == arn.as_deref(),
            _ => false,
        })
        .map(|(part, _)| part.clone())
        .collect();
    parts.iter().for_each(|part| account.remove(part));
    account.remove(key);
    Ok(())
}

pub(crate) fn subscribe(account: &mut Account, key: &Address, to: &SnsSubscription) -> Outcome {
    let arn = to.topic.as_known().unwrap_or_default();
    let Some((topic, _)) = account.by_arn(Kind::SnsTopic, arn) else {
        return Err(missing(Kind::SnsTopic, arn));
    };
    if topic.region != key.region {
        return Err(refuse("InvalidParameter", "Invalid parameter: TopicArn is of another region"));
    }
    if !PROTOCOLS.contains(&to.protocol.as_str()) {
        return Err(refuse("InvalidParameter", "Invalid parameter: Protocol"));
    }
    // Only the masked endpoint is ever seen again, so that is what the subscription is called.
    let masked = SnsSubscription { endpoint: masked(&to.endpoint), ..to.clone() };
    let name = |endpoint: &str| format!("{}:{}:{endpoint}", topic.name, to.protocol);
    if ![name(&to.endpoint), name(&masked.endpoint)].contains(&key.name) {
        let text = format!("the subscription is called {}", name(&masked.endpoint));
        return Err(refuse("ValidationError", text));
    }
    let key = &Address { name: name(&masked.endpoint), ..key.clone() };
    // Subscribing twice gives the first subscription again.
    if let Some(thing) = account.get(key) {
        return Ok(thing.ids.clone());
    }
    // People and web servers confirm; queues of the same account need not
    // (docs/aws/alerting.md#confirmation).
    let asks = matches!(to.protocol.as_str(), "email" | "email-json" | "http" | "https");
    let (status, ids) = match asks {
        true => (UNCONFIRMED, Ids::default()),
        false => ("available", subscription_ids(account, key, arn.to_string().as_str())),
    };
    Ok(account.insert(key, masked, status, &Tags::new(), ids))
}

/// An endpoint as SNS was seen to return it, `https://user:****@host`
/// (<https://github.com/hashicorp/terraform-provider-aws/issues/463>). By the SNS guide only
/// GetSubscriptionAttributes returns such URLs
/// (<https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html>, "Basic
/// and Digest Access Authentication"); here every answer is masked.
fn masked(endpoint: &str) -> String {
    let Some((scheme, rest)) = endpoint.split_once("://") else { return endpoint.into() };
    let host = rest.split('/').next().unwrap_or_default();
    let credentials = host.rsplit_once('@').and_then(|(user, _)| user.split_once(':'));
    match credentials {
        Some((user, password)) => {
            let tail = &rest[user.len() + 1 + password.len()..];
            format!("{scheme}://{user}:****{tail}")
        }
        None => endpoint.into(),
    }
}

fn subscription_ids(account: &mut Account, key: &Address, topic: &str) -> Ids {
    let id = account.new_ec2_id("sub", key);
    Ids { arn: Some(format!("{topic}:{id}")), ..Ids::default() }
}

/// Somebody clicks the link in the mail; `false` if there is nothing to confirm.
pub(crate) fn confirm(account: &mut Account, key: &Address) -> bool {
    let topic = match account.get(key).map(|thing| (&thing.resource, thing.status.as_str())) {
        Some((Resource::SnsSubscription(part), UNCONFIRMED)) => part.topic.clone(),
        _ => return false,
    };
    let ids = subscription_ids(account, key, topic.as_known().unwrap_or_default());
    if let Some(thing) = account.get_mut(key) {
        thing.ids = ids;
        thing.status = "available".into();
    }
    account.log(key, "confirmed");
    true
}

/// An unconfirmed subscription has no ARN that Unsubscribe would take
/// (docs/aws/alerting.md#confirmation).
pub(crate) fn unsubscribe(account: &mut Account, key: &Address) -> Result<(), CallError> {
    if account.get(key).is_some_and(|thing| thing.status == UNCONFIRMED) {
        return Err(refuse(
            "InvalidParameter",
            "Invalid parameter: SubscriptionArn Reason: PendingConfirmation is no ARN",
        ));
    }
    account.remove(key);
    Ok(())
}

/// The topic with an ARN, if a service may publish to it for each of these sources.
pub(crate) fn check_publishable(
    account: &Account,
    key: &Address,
    topic: Option<&Ref>,
    service: &str,
    sources: &[String],
) -> Result<(), CallError> {
    let arn = topic.and_then(Ref::as_known).unwrap_or_default();
    let Some((found, thing)) = account.by_arn(Kind::SnsTopic, arn) else {
        return Err(refuse("SNSTopicArnNotFound", format!("there is no topic {arn}")));
    };
    if found.region != key.region {
        return Err(refuse("SNSInvalidTopic", format!("the topic {arn} is of another region")));
    }
    let Resource::SnsTopic(SnsTopic { policy: Some(policy), .. }) = &thing.resource else {
        return Ok(());
    };
    let account = &account.number;
    let may = |source: &&String| {
        policy::allows(policy, "sns:Publish", arn, &Caller { service, account, source })
    };
    match sources.iter().find(|source| !may(source)) {
        None => Ok(()),
        Some(source) => Err(refuse(
            "SNSNoAuthorization",
            format!("the policy of {arn} does not let {service} publish for {source}"),
        )),
    }
}
