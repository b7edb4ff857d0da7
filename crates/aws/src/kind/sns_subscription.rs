//! Subscriptions to SNS topics.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use aws_sdk_sns::types::Subscription as SdkSubscription;
use futures_util::future::join_all;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::SnsSubscription;
use pgha_resource::live::Notice;
use pgha_resource::live::ReadError;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Child;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::look::found;
use crate::mapping::name_of_arn;
use crate::mapping::text;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::unable;

/// One list a topic. Its unwanted subscriptions belong to whoever owns the topic. What is
/// wanted is found by its protocol and endpoint: a topic that was there before may have
/// another name than the one in the address.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let places: BTreeMap<&str, Place> = batch
        .wanted
        .iter()
        .filter_map(|(name, resource)| Some((*name, place_of(look, resource)?)))
        .collect();
    let topics: BTreeSet<String> = places.values().map(|place| place.topic.clone()).collect();
    let asked = topics.into_iter().map(async |topic| {
        let subscriptions = of_topic(look, at, &topic).await;
        (topic, subscriptions)
    });
    let listed: BTreeMap<String, _> = join_all(asked).await.into_iter().collect();
    let mut findings = Findings::default();
    for name in batch.wanted.keys() {
        let place = places.get(name);
        let outcome = match place.and_then(|place| Some((place, listed.get(&place.topic)?))) {
            Some((place, Ok(subscriptions))) => {
                Ok(subscriptions.get(&place.name).map(|seen| unmasked(seen, place)))
            }
            Some((_, Err(error))) => Err(error.clone()),
            None => Err(unknown_topic(look, batch)),
        };
        findings.insert(batch.address(name), outcome);
    }
    for (topic, subscriptions) in listed.into_iter().filter(|_| batch.sweep) {
        let parent = batch.sibling(Kind::SnsTopic, name_of_arn(&topic));
        let subscriptions = subscriptions.unwrap_or_default().into_iter();
        let wanted = |name: &str| {
            let here = |place: &Place| place.topic == topic && place.name == name;
            batch.wants(name) || places.values().any(here)
        };
        let unwanted = subscriptions.filter(|(name, live)| !wanted(name) && can_be_removed(live));
        findings.children.extend(unwanted.map(|(name, live)| Child {
            parent: parent.clone(),
            address: batch.address(&name),
            live,
        }));
    }
    findings
}

/// The subscriptions of a topic that nobody wants any more.
pub(crate) async fn of_orphan(look: &Look<'_>, at: &Regional, topic: &Address) -> Findings {
    let mut findings = Findings::default();
    let listed = match look.arn(topic) {
        Ok(arn) => of_topic(look, at, &arn).await,
        Err(error) => Err(error),
    };
    match listed {
        Ok(found) => {
            let found = found.into_iter().filter(|(_, live)| can_be_removed(live));
            findings.children.extend(found.map(|(name, live)| Child {
                parent: topic.clone(),
                address: Address {
                    kind: Kind::SnsSubscription,
                    name,
                    region: topic.region.clone(),
                },
                live,
            }));
        }
        Err(error) => findings.unswept.push(error),
    }
    findings
}

/// An unwanted subscription that nobody confirmed is no orphan: no call removes it, and it
/// goes by itself.
fn can_be_removed(live: &LiveResource) -> bool {
    !live.notices.contains(&Notice::Unconfirmed)
}

/// Where a subscription is found.
struct Place {
    /// The topic's ARN.
    topic: String,
    /// What the subscription is called after that topic.
    name: String,
    /// Its endpoint as the spec has it, credentials included.
    endpoint: String,
}

/// The subscription with the endpoint of the spec, which SNS shows masked: what it hides cannot
/// be compared.
fn unmasked(seen: &LiveResource, place: &Place) -> LiveResource {
    let mut seen = seen.clone();
    if let Resource::SnsSubscription(subscription) = &mut seen.resource {
        subscription.endpoint.clone_from(&place.endpoint);
    }
    seen
}

/// An endpoint as SNS shows it, `https://user:****@host` for `https://user:password@host`, which
/// an HTTPS endpoint may be
/// (<https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html>); the
/// stars were seen in answers (<https://github.com/hashicorp/terraform-provider-aws/issues/463>).
/// The guide adds that only GetSubscriptionAttributes returns such URLs; it does not say what the
/// lists show instead.
fn masked(endpoint: &str) -> String {
    let parts = endpoint.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (credentials, host) = authority.rsplit_once('@')?;
        let (user, _) = credentials.split_once(':')?;
        Some(format!("{scheme}://{user}:****@{host}{path}"))
    });
    parts.unwrap_or_else(|| endpoint.to_string())
}

fn place_of(look: &Look<'_>, resource: &Resource) -> Option<Place> {
    let Resource::SnsSubscription(wanted) = resource else { return None };
    let topic = look.known(&wanted.topic)?;
    let name = name_under(&topic, &wanted.protocol, &wanted.endpoint);
    Some(Place { topic, name, endpoint: wanted.endpoint.clone() })
}

fn name_under(topic: &str, protocol: &str, endpoint: &str) -> String {
    format!("{}:{protocol}:{}", name_of_arn(topic), masked(endpoint))
}

/// The topic's ARN follows from its name unless the account is not known.
fn unknown_topic(look: &Look<'_>, batch: &Batch<'_>) -> ReadError {
    let arn = look.arn(&batch.sibling(Kind::SnsTopic, &batch.scope.cluster));
    arn.err().unwrap_or_else(|| {
        let words = "the topic's ARN is not known";
        crate::errors::Failure::ours("UnknownTopic", words).reading("ListSubscriptionsByTopic")
    })
}

type Subscriptions = BTreeMap<String, LiveResource>;

async fn of_topic(look: &Look<'_>, at: &Regional, topic: &str) -> Result<Subscriptions, ReadError> {
    let ask = |token| {
        let request = at.sns.client.list_subscriptions_by_topic().topic_arn(topic);
        request.set_next_token(token).send()
    };
    let call = "ListSubscriptionsByTopic";
    let pages = found(look.pages(&at.sns, call, ask, |page| page.next_token()).await)?;
    let pages = pages.unwrap_or_default();
    Ok(pages.iter().flat_map(|p| p.subscriptions()).filter_map(|s| from_sdk(s, topic)).collect())
}

/// Instead of an ARN there may be a word: `PendingConfirmation` until the receiver has
/// confirmed, and `Deleted` for a while after the end (SNS API, ListSubscriptionsByTopic).
fn from_sdk(sdk: &SdkSubscription, topic: &str) -> Option<(String, LiveResource)> {
    let (protocol, endpoint) = (text(sdk.protocol())?, text(sdk.endpoint())?);
    let id = sdk.subscription_arn().unwrap_or_default();
    if id == "Deleted" {
        return None;
    }
    let name = name_under(topic, &protocol, &endpoint);
    let subscription = SnsSubscription { topic: Ref::known(topic), protocol, endpoint };
    let mut live = LiveResource::new(subscription.into(), Status::ready());
    match id.starts_with("arn:") {
        true => live.ids = arn(Some(id)),
        false => {
            live.notices.insert(Notice::Unconfirmed);
        }
    }
    Some((name, live))
}

/// Makes a call on a subscription.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    match (call.operation, &call.action) {
        (Operation::Subscribe, Action::Create { to, .. }) => {
            let Resource::SnsSubscription(to) = &**to else { return Err(mismatch(call)) };
            let request = at
                .sns
                .client
                .subscribe()
                .topic_arn(known(call, &to.topic)?)
                .protocol(&to.protocol)
                .endpoint(&to.endpoint);
            receipt(request.send().await, |answer| {
                arn(answer.subscription_arn().filter(|id| id.starts_with("arn:")))
            })
        }
        (Operation::Unsubscribe, _) => {
            let id = call.arn.as_deref().filter(|arn| arn.starts_with("arn:"));
            let id = id.ok_or_else(|| unable(call, UNCONFIRMED))?;
            done(at.sns.client.unsubscribe().subscription_arn(id).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

/// There is no ARN to unsubscribe (SNS guide, "Deleting a subscription").
const UNCONFIRMED: &str = "a subscription that nobody confirmed cannot be removed: it goes by itself after 48 hours, or with its topic";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Answer;
    use crate::testing::Wire;
    use crate::testing::scope;

    const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:orders-alerts";

    fn sdk(id: &str) -> SdkSubscription {
        SdkSubscription::builder()
            .subscription_arn(id)
            .protocol("email")
            .endpoint("oncall@example.com")
            .build()
    }

    #[test]
    fn a_subscription_is_named_after_its_topic_protocol_and_endpoint() {
        let id = format!("{TOPIC}:1");
        let (name, live) = from_sdk(&sdk(&id), TOPIC).unwrap();
        assert_eq!(name, "orders-alerts:email:oncall@example.com");
        assert_eq!(live.ids.arn, Some(id));
        assert!(live.notices.is_empty());
    }

    #[test]
    fn one_that_waits_for_a_person_says_so_and_one_that_is_gone_is_gone() {
        let (_, live) = from_sdk(&sdk("PendingConfirmation"), TOPIC).unwrap();
        assert_eq!(live.ids.arn, None);
        assert!(live.notices.contains(&Notice::Unconfirmed));
        assert_eq!(from_sdk(&sdk("Deleted"), TOPIC), None);
    }

    fn listed() -> Answer {
        let member = |endpoint: &str| {
            format!(
                "<member><SubscriptionArn>{TOPIC}:{endpoint}</SubscriptionArn><Protocol>email</Protocol><Endpoint>{endpoint}</Endpoint></member>"
            )
        };
        let members = member("oncall@example.com") + &member("other@example.com");
        let result = format!("<Subscriptions>{members}</Subscriptions>");
        let call = "ListSubscriptionsByTopic";
        Answer::Body(
            200,
            format!("<{call}Response><{call}Result>{result}</{call}Result></{call}Response>"),
        )
    }

    #[test]
    fn endpoints_are_masked_as_sns_masks_them() {
        #[track_caller]
        fn check(endpoint: &str, expected: &str) {
            assert_eq!(masked(endpoint), expected);
            assert_eq!(masked(expected), expected);
        }
        check("https://me:se:cr@t@example.com/a?b", "https://me:****@example.com/a?b");
        check("http://me:@example.com", "http://me:****@example.com");
        check("https://me:secret@example.com?a=/@", "https://me:****@example.com?a=/@");
        for endpoint in [
            "https://me@example.com/a",
            "https://example.com/a:b@c",
            "oncall@example.com",
            "arn:aws-cn:sqs:cn-north-1:123456789012:alerts",
            "+15550100",
        ] {
            check(endpoint, endpoint);
        }
    }

    #[tokio::test]
    async fn a_masked_subscription_is_the_wanted_one() {
        const SHOWN: &str = "https://me:****@example.com/rds";
        const WRITTEN: &str = "https://me:secret@example.com/rds";
        let member = format!(
            "<member><SubscriptionArn>{TOPIC}:1</SubscriptionArn><Protocol>https</Protocol><Endpoint>{SHOWN}</Endpoint></member>"
        );
        let call = "ListSubscriptionsByTopic";
        let body = format!(
            "<{call}Response><{call}Result><Subscriptions>{member}</Subscriptions></{call}Result></{call}Response>"
        );
        let wire = Wire::answering([Answer::Body(200, body)]);
        let (scope, networks, account) = (scope(), BTreeMap::new(), wire.account());
        let look = Look::new(&account, &scope, &networks);
        let (topic, protocol) = (Ref::known(TOPIC), "https".to_string());
        let wanted: Resource = SnsSubscription { topic, protocol, endpoint: WRITTEN.into() }.into();
        let name = format!("orders-alerts:https:{WRITTEN}");
        let batch = Batch {
            scope: &scope,
            kind: Kind::SnsSubscription,
            region: scope.home.clone(),
            wanted: BTreeMap::from([(name.as_str(), &wanted)]),
            sweep: true,
            strangers: false,
        };
        let findings = read(&look, look.at(&scope.home).unwrap(), &batch).await;
        let seen = findings.resources[&batch.address(&name)].present().unwrap();
        assert_eq!(seen.resource, wanted);
        assert!(findings.children.is_empty(), "{:?}", findings.children);
    }

    #[test]
    fn topics_of_every_partition_name_their_subscriptions() {
        for partition in ["aws", "aws-cn", "aws-us-gov"] {
            let topic = format!("arn:{partition}:sns:xx-1:123456789012:orders-alerts");
            let (name, live) = from_sdk(&sdk(&format!("{topic}:1")), &topic).unwrap();
            assert_eq!(name, "orders-alerts:email:oncall@example.com");
            assert_eq!(live.ids.arn, Some(format!("{topic}:1")));
        }
    }

    #[tokio::test]
    async fn a_subscription_to_a_topic_of_another_name_is_found_and_no_orphan() {
        let (wire, scope, networks) = (Wire::answering([listed()]), scope(), BTreeMap::new());
        let account = wire.account();
        let look = Look::new(&account, &scope, &networks);
        let wanted: Resource = SnsSubscription {
            topic: Ref::known(TOPIC),
            protocol: "email".into(),
            endpoint: "oncall@example.com".into(),
        }
        .into();
        let batch = Batch {
            scope: &scope,
            kind: Kind::SnsSubscription,
            region: scope.home.clone(),
            wanted: BTreeMap::from([("orders:email:oncall@example.com", &wanted)]),
            sweep: true,
            strangers: false,
        };
        let findings = read(&look, look.at(&scope.home).unwrap(), &batch).await;
        let seen = &findings.resources[&batch.address("orders:email:oncall@example.com")];
        let found = seen.present().and_then(|live| live.ids.arn.clone());
        assert_eq!(found, Some(format!("{TOPIC}:oncall@example.com")));
        let left: Vec<_> = findings.children.iter().map(|c| c.address.name.as_str()).collect();
        assert_eq!(left, ["orders-alerts:email:other@example.com"]);
    }
}
