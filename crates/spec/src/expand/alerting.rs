//! `[alerting]` to topics, subscriptions to them, and RDS event subscriptions.

use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::EventSubscription;
use pgha_resource::kind::SnsSubscription;
use pgha_resource::kind::SnsTopic;
use pgha_resource::scope::partition;

use super::Build;
use super::arn_of;
use super::iam::Writer;
use super::name_of;
use crate::section::Spec;
use crate::section::alerting::RegionAlerting;
use crate::spanned::Maybe;
use crate::spanned::Sp;

/// Events of instances that are told unless the spec says: all but those that come daily or
/// that pgha causes itself.
const QUIET: [&str; 2] = ["backup", "creation"];

/// A topic in every region with a database: alarms and events reach only topics of their
/// own region (docs/aws/alerting.md#own-region).
pub(super) fn topics(build: &mut Build<'_>) {
    if build.spec.alerting.is_none() {
        return;
    }
    for region in build.spec.regions() {
        if existing_topic(build.spec, &region).is_none() {
            topic(build, &region);
        }
        subscribers(build, &region);
    }
}

fn elsewhere<'a>(spec: &'a Spec, region: &Region) -> Option<&'a RegionAlerting> {
    let regions = &spec.alerting.as_ref()?.regions;
    regions.iter().find(|(name, _)| name.as_str() == region.as_str()).map(|(_, own)| own)
}

/// What the spec says of a region's topic: an existing one, and the key of a new one.
fn words<'a>(spec: &'a Spec, region: &Region) -> (Option<&'a Sp<String>>, Option<&'a Sp<String>>) {
    let own = elsewhere(spec, region);
    let home = spec.alerting.as_ref().filter(|_| *region == spec.home());
    let topic = own.map(|own| &own.topic).and_then(Maybe::as_ref);
    let key = own.map(|own| &own.kms_key).and_then(Maybe::as_ref);
    (
        topic.or_else(|| home.and_then(|section| section.topic.as_ref())),
        key.or_else(|| home.and_then(|section| section.kms_key.as_ref())),
    )
}

/// The topic that the spec names for a region, instead of one of pgha's.
pub(crate) fn existing_topic<'a>(spec: &'a Spec, region: &Region) -> Option<&'a Sp<String>> {
    words(spec, region).0
}

fn topic_address(build: &Build<'_>, region: &Region) -> Address {
    build.address(Kind::SnsTopic, "alerts", region)
}

/// The topics that alarms of a region tell: none without `[alerting]`.
pub(super) fn told_of_alarms(build: &Build<'_>, region: &Region) -> BTreeSet<Ref> {
    build.spec.alerting.iter().map(|_| topic_arn(build, region)).collect()
}

/// The ARN of a region's topic.
fn topic_arn(build: &Build<'_>, region: &Region) -> Ref {
    match existing_topic(build.spec, region) {
        Some(arn) => Ref::known(arn.as_str()),
        None => arn_of(&topic_address(build, region)),
    }
}

fn header(build: &Build<'_>) -> std::ops::Range<usize> {
    let spec = build.spec;
    spec.alerting.as_ref().map_or_else(|| spec.cluster.span(), |section| section.span())
}

fn topic(build: &mut Build<'_>, region: &Region) {
    let address = topic_address(build, region);
    let key = words(build.spec, region).1;
    let topic = SnsTopic {
        display_name: Some(format!("{} database", build.spec.cluster.name.as_str())),
        policy: Some(topic_policy(build, region, &address)),
        kms_key: Some(key.map_or_else(String::new, |key| key.to_string())),
    };
    let (at, written) = (header(build), key.map(Sp::span));
    build.add(address, at, topic).at("kms_key", written);
}

/// Lets RDS and CloudWatch of this account publish, and nobody else
/// (docs/aws/alerting.md#topic-policy).
///
/// AWS does not say whether RDS names the database as the source or the event subscription, so
/// that everything of RDS in the account and region may be it: a narrower pattern that is wrong
/// loses the notices without a word.
///
/// The topic's ARN needs the account; without it the statement names the topic by name in
/// any account, which is the one it is attached to.
fn topic_policy(
    build: &Build<'_>,
    region: &Region,
    topic: &Address,
) -> pgha_resource::document::Document {
    let partition = partition(region);
    let account = build.spec.account();
    let resource = match account {
        Some(account) => format!("arn:{partition}:sns:{region}:{account}:{}", topic.name),
        None => format!("arn:{partition}:sns:{region}:*:{}", topic.name),
    };
    let statement = |service: &str, source: &str, separator: &str| {
        let condition = account.map_or_else(String::new, |account| {
            format!(
                r#","Condition":{{"StringEquals":{{"aws:SourceAccount":"{account}"}},"ArnLike":{{"aws:SourceArn":"arn:{partition}:{source}"}}}}"#
            )
        });
        format!(
            r#"{separator}{{"Sid":"{sid}","Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sns:Publish","Resource":"{resource}"{condition}}}"#,
            sid = service.split('.').next().unwrap_or(service),
        )
    };
    let any = account.unwrap_or("*");
    let mut writer = Writer::new(r#"{"Version":"2012-10-17","Statement":["#);
    writer
        .text(statement("events.rds.amazonaws.com", &format!("rds:{region}:{any}:*"), ""))
        .text(statement(
            "cloudwatch.amazonaws.com",
            &format!("cloudwatch:{region}:{any}:alarm:*"),
            ",",
        ))
        .text("]}");
    writer.finish()
}

/// Everybody who is told, with the place in the text. SQS queues and functions are told by
/// the topic of their own region only.
fn told(spec: &Spec, region: &Region) -> Vec<(&'static str, String, std::ops::Range<usize>)> {
    let Some(section) = &spec.alerting else { return Vec::new() };
    let emails = section.emails.iter().flat_map(|emails| emails.iter());
    let emails = emails.map(|email| ("email", email.to_string(), email.span()));
    let others = section.subscriptions.iter().map(|subscription| {
        let protocol = subscription.protocol.as_str();
        (protocol, subscription.endpoint.to_string(), subscription.span())
    });
    let elsewhere = |endpoint: &str| {
        endpoint.starts_with("arn:")
            && endpoint.split(':').nth(3).is_some_and(|of| of != region.as_str())
    };
    emails.chain(others).filter(|(_, endpoint, _)| !elsewhere(endpoint)).collect()
}

fn subscribers(build: &mut Build<'_>, region: &Region) {
    for (protocol, endpoint, at) in told(build.spec, region) {
        let name = format!("{}:{protocol}:{endpoint}", topic_address(build, region).name);
        let address = Address::within(Kind::SnsSubscription, name, region, &build.home);
        let topic = topic_arn(build, region);
        let resource = SnsSubscription { topic, protocol: protocol.into(), endpoint };
        build.add(address, at, resource);
    }
}

/// Event subscriptions, which come after their sources (docs/aws/alerting.md#event-sources).
pub(super) fn events(build: &mut Build<'_>) {
    if build.spec.alerting.is_none() || categories(build.spec).is_empty() {
        return;
    }
    for region in build.spec.regions() {
        instances(build, &region);
        let of_kind = |kind: Kind| build.of_kind(kind, &region);
        let others = [
            ("clusters", EventSource::DbCluster, of_kind(Kind::DbCluster)),
            ("parameter-groups", EventSource::DbParameterGroup, of_kind(Kind::DbParameterGroup)),
            ("proxies", EventSource::DbProxy, of_kind(Kind::DbProxy)),
        ];
        for (name, source, addresses) in others {
            let categories = source.categories().iter().map(|c| c.to_string()).collect();
            let sources = addresses.iter().map(name_of).collect();
            subscription(build, &region, name, source, categories, sources, addresses);
        }
    }
}

/// Categories of instance events that are told.
fn categories(spec: &Spec) -> BTreeSet<String> {
    let written = spec.alerting.as_ref().and_then(|section| section.events.as_ref());
    match written {
        Some(categories) => categories.iter().map(|category| category.to_string()).collect(),
        None => EventSource::DbInstance
            .categories()
            .iter()
            .filter(|category| !QUIET.contains(category))
            .map(|category| category.to_string())
            .collect(),
    }
}

/// Instances, or the members of a cluster, which AWS names.
fn instances(build: &mut Build<'_>, region: &Region) {
    let mut after = build.of_kind(Kind::DbInstance, region);
    let mut sources: BTreeSet<Ref> = after.iter().map(name_of).collect();
    if build.spec.is_cluster() && *region == build.home {
        sources.extend(members(build).into_iter().map(Ref::Known));
        after.push(build.primary());
    }
    let categories = categories(build.spec);
    subscription(build, region, "instances", EventSource::DbInstance, categories, sources, after);
}

/// The names AWS gives to the members of a Multi-AZ DB cluster.
pub(super) fn members(build: &Build<'_>) -> [String; 3] {
    [1, 2, 3].map(|number| format!("{}-instance-{number}", build.primary().name))
}

fn subscription(
    build: &mut Build<'_>,
    region: &Region,
    name: &str,
    source: EventSource,
    categories: BTreeSet<String>,
    sources: BTreeSet<Ref>,
    after: Vec<Address>,
) {
    if sources.is_empty() {
        return;
    }
    let resource = EventSubscription {
        topic: Some(topic_arn(build, region)),
        source_type: Some(source),
        sources: Some(sources),
        categories: Some(categories),
        enabled: Some(true),
    };
    let address = build.address(Kind::EventSubscription, name, region);
    let at = header(build);
    let written = build.spec.alerting.as_ref().and_then(|section| section.events.clone());
    build.add(address, at, resource).from("categories", &written).after(after);
}
