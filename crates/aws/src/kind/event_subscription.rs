//! RDS event subscriptions.

use std::collections::BTreeSet;

use aws_sdk_rds::types::EventSubscription as SdkSubscription;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::EventSubscription;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::database::some;
use crate::look::Look;
use crate::mapping::reference;
use crate::mapping::references;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::list;
use crate::owned::settle_tagged;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known;
use crate::receipt::known_all;
use crate::receipt::known_opt;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::unable;
use crate::tagging;
use crate::tagging::rds_list;

/// All subscriptions of the region for a sweep, else one call a name; tags by ARN.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let pages = async |name| pages(look, at, name).await;
    let tags = async |arn| tagging::of_rds(look, at, arn).await;
    settle_tagged(batch, list(batch, pages), tags).await
}

async fn pages(look: &Look<'_>, at: &Regional, name: Option<String>) -> Listed {
    let ask = |marker| {
        let request = at.rds.client.describe_event_subscriptions();
        request.set_subscription_name(name.clone()).set_marker(marker).send()
    };
    let call = "DescribeEventSubscriptions";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    let subscriptions = pages.iter().flat_map(|page| page.event_subscriptions_list());
    Ok(subscriptions.filter_map(from_sdk).collect())
}

fn from_sdk(sdk: &SdkSubscription) -> Option<Item> {
    let name = sdk.cust_subscription_id()?.to_string();
    let subscription = EventSubscription {
        topic: reference(sdk.sns_topic_arn()),
        source_type: sdk.source_type().and_then(EventSource::from_word),
        sources: Some(references(sdk.source_ids_list().iter().map(String::as_str))),
        categories: Some(sdk.event_categories_list().iter().cloned().collect()),
        enabled: sdk.enabled(),
    };
    let status = Status::event_subscription(sdk.status().unwrap_or("unknown"));
    let mut live = LiveResource::new(subscription.into(), status);
    live.ids = arn(sdk.event_subscription_arn());
    Some((name, live))
}

/// Makes a call on a subscription.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (rds, name) = (&at.rds.client, &call.address.name);
    match (call.operation, &call.action) {
        (Operation::CreateEventSubscription, Action::Create { to, tags }) => {
            let Resource::EventSubscription(to) = &**to else { return Err(mismatch(call)) };
            let request = rds
                .create_event_subscription()
                .subscription_name(name)
                .set_sns_topic_arn(known_opt(call, to.topic.as_ref())?)
                .set_source_type(to.source_type.map(|source| source.as_str().to_string()))
                .set_source_ids(some(known_all(call, to.sources.iter().flatten())?))
                .set_event_categories(some(categories(to)))
                .set_enabled(to.enabled)
                .set_tags(Some(rds_list(tags)));
            receipt(request.send().await, |answer| {
                arn(answer.event_subscription().and_then(|s| s.event_subscription_arn()))
            })
        }
        (Operation::ModifyEventSubscription, Action::Update { to, fields, .. }) => {
            let Resource::EventSubscription(to) = &**to else { return Err(mismatch(call)) };
            modify(at, call, to, fields).await
        }
        (Operation::AddSourceIdentifierToSubscription, Action::Update { from, to, .. }) => {
            let source = only_one(call, &sources(to), &sources(from))?;
            let request = rds.add_source_identifier_to_subscription().subscription_name(name);
            done(request.source_identifier(source).send().await)
        }
        (Operation::RemoveSourceIdentifierFromSubscription, Action::Update { from, to, .. }) => {
            let source = only_one(call, &sources(from), &sources(to))?;
            let request = rds.remove_source_identifier_from_subscription().subscription_name(name);
            done(request.source_identifier(source).send().await)
        }
        (Operation::DeleteEventSubscription, _) => {
            done(rds.delete_event_subscription().subscription_name(name).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

/// Categories are taken only together with the source type they belong to.
async fn modify(at: &Regional, call: &Call, to: &EventSubscription, fields: &[String]) -> Outcome {
    let has = |name: &str| fields.iter().any(|field| field == name);
    let typed = has("source_type") || has("categories");
    let mut request = at
        .rds
        .client
        .modify_event_subscription()
        .subscription_name(&call.address.name)
        .set_enabled(to.enabled.filter(|_| has("enabled")));
    if has("topic") {
        request = request.set_sns_topic_arn(known_opt(call, to.topic.as_ref())?);
    }
    if typed {
        request = request
            .set_source_type(to.source_type.map(|source| source.as_str().to_string()))
            .set_event_categories(some(categories(to)));
    }
    done(request.send().await)
}

fn categories(to: &EventSubscription) -> Vec<String> {
    to.categories.iter().flatten().cloned().collect()
}

fn sources(resource: &Resource) -> BTreeSet<Ref> {
    match resource {
        Resource::EventSubscription(subscription) => {
            subscription.sources.clone().unwrap_or_default()
        }
        _ => BTreeSet::new(),
    }
}

/// The one source by which two sets differ: the API takes one a call.
fn only_one(call: &Call, more: &BTreeSet<Ref>, less: &BTreeSet<Ref>) -> Result<String, CallError> {
    let mut rest = more.difference(less);
    match (rest.next(), rest.next()) {
        (Some(source), None) => known(call, source),
        _ => Err(unable(call, "exactly one source has to differ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_read_with_its_sources_and_categories() {
        let sdk = SdkSubscription::builder()
            .cust_subscription_id("orders-instances")
            .sns_topic_arn("arn:t")
            .source_type("db-instance")
            .source_ids_list("orders-primary")
            .event_categories_list("failover")
            .event_categories_list("availability")
            .enabled(true)
            .status("no-permission")
            .event_subscription_arn("arn:es")
            .build();
        let (name, live) = from_sdk(&sdk).unwrap();
        let expected = EventSubscription {
            topic: Some(Ref::known("arn:t")),
            source_type: Some(EventSource::DbInstance),
            sources: Some(references(["orders-primary"])),
            categories: Some(["availability", "failover"].map(String::from).into()),
            enabled: Some(true),
        };
        assert_eq!((name.as_str(), live.resource), ("orders-instances", expected.into()));
        assert!(!live.status.is_ready());
    }
}
