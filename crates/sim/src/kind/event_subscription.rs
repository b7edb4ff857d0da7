//! RDS event subscriptions: their sources have to exist (docs/aws/alerting.md#event-sources).

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::EventSubscription;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use super::sns;
use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::refusal::bad_combination;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

/// How long creating, changing and deleting takes.
const TAKES: Duration = Duration::from_secs(20);

/// Subscriptions a region has at most.
const MOST: usize = 20;

const SERVICE: &str = "events.rds.amazonaws.com";

pub(crate) fn create(
    account: &mut Account,
    key: &Address,
    to: &EventSubscription,
    tags: &Tags,
) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    if account.neighbours(key, Kind::EventSubscription).count() >= MOST {
        let text = "a region has at most 20 event subscriptions";
        return Err(refuse("EventSubscriptionQuotaExceeded", text));
    }
    check_told(account, key, to)?;
    check_categories(to)?;
    for source in to.sources.iter().flatten() {
        check_source(account, key, to.source_type, source)?;
    }
    let every = to.source_type.map(all_categories).unwrap_or_default();
    let subscription = EventSubscription {
        sources: Some(to.sources.clone().unwrap_or_default()),
        categories: Some(to.categories.clone().unwrap_or(every)),
        enabled: Some(to.enabled.unwrap_or(true)),
        ..to.clone()
    };
    let ids = Ids { arn: account.arn(key), ..Ids::default() };
    let ids = account.insert(key, subscription, "creating", tags, ids);
    account.later(key, TAKES, Happening::Become("active".into()));
    Ok(ids)
}

/// RDS may publish to the topic, whichever it names as the source, the event subscription or
/// what the event is about: AWS does not say (docs/aws/alerting.md#topic-policy).
fn check_told(account: &Account, key: &Address, of: &EventSubscription) -> Result<(), CallError> {
    let what = match of.source_type {
        Some(EventSource::DbCluster) => "cluster",
        Some(EventSource::DbParameterGroup) => "pg",
        Some(EventSource::DbSnapshot) => "snapshot",
        Some(EventSource::DbProxy) => "db-proxy",
        Some(EventSource::DbInstance) | None => "db",
    };
    let named = of.sources.iter().flatten().filter_map(Ref::as_known);
    // Without names it is told of all of that type, those to come included.
    let any = of.sources.as_ref().is_none_or(BTreeSet::is_empty).then_some("any");
    let about = named.chain(any).map(|name| account.rds_arn(key, what, name));
    let sources: Vec<String> = account.arn(key).into_iter().chain(about).collect();
    sns::check_publishable(account, key, of.topic.as_ref(), SERVICE, &sources)
}

fn all_categories(of: EventSource) -> BTreeSet<String> {
    of.categories().iter().map(|category| category.to_string()).collect()
}

fn check_categories(of: &EventSubscription) -> Result<(), CallError> {
    let Some(categories) = &of.categories else { return Ok(()) };
    let Some(source_type) = of.source_type else {
        return match categories.is_empty() {
            true => Ok(()),
            false => Err(bad_combination("categories need a source type")),
        };
    };
    match categories.difference(&all_categories(source_type)).next() {
        Some(stranger) => Err(refuse(
            "SubscriptionCategoryNotFound",
            format!("{} has no category {stranger}", source_type.as_str()),
        )),
        None => Ok(()),
    }
}

fn check_source(
    account: &Account,
    key: &Address,
    source_type: Option<EventSource>,
    source: &Ref,
) -> Result<(), CallError> {
    let kind = match source_type {
        Some(EventSource::DbInstance) => Kind::DbInstance,
        Some(EventSource::DbCluster) => Kind::DbCluster,
        Some(EventSource::DbParameterGroup) => Kind::DbParameterGroup,
        Some(EventSource::DbSnapshot) => Kind::DbSnapshot,
        Some(EventSource::DbProxy) => Kind::DbProxy,
        None => return Err(bad_combination("source ids need a source type")),
    };
    let name = source.as_known().unwrap_or_default();
    // The members of a cluster are DB instances too, although nobody else created them.
    let member = || {
        let mut clusters = account.neighbours(key, Kind::DbCluster);
        kind == Kind::DbInstance
            && clusters.any(|(_, thing)| {
                thing
                    .database
                    .as_ref()
                    .is_some_and(|database| database.members.iter().any(|m| m == name))
            })
    };
    match account.get(&account.beside(key, kind, name)) {
        Some(_) => Ok(()),
        None if member() => Ok(()),
        None => Err(refuse("SourceNotFound", format!("there is no {kind} {name}"))),
    }
}

/// The status of a settled subscription: whether it can deliver anything
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_EventSubscription.html>;
/// `all-sources-deleted` is in no page of AWS's, and what leads out of it is in
/// <https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/551>).
pub(crate) fn standing(
    account: &Account,
    key: &Address,
    subscription: &EventSubscription,
) -> &'static str {
    if let Err(error) = check_told(account, key, subscription) {
        return if error.code == "SNSNoAuthorization" {
            "no-permission"
        } else {
            "topic-not-exist"
        };
    }
    let mut sources = subscription.sources.iter().flatten().peekable();
    let some = sources.peek().is_some();
    let gone = |s: &Ref| check_source(account, key, subscription.source_type, s).is_err();
    if some && sources.all(gone) { "all-sources-deleted" } else { "active" }
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    check_settled(&thing.status, key)?;
    let (Resource::EventSubscription(live), Resource::EventSubscription(to)) =
        (&thing.resource, change.to)
    else {
        return Ok(());
    };
    let mut next = live.clone();
    match change.operation {
        Operation::ModifyEventSubscription => {
            let sent = change.sent_within(&["topic", "source_type", "categories", "enabled"])?;
            let mut merged: Resource = next.into();
            sent.iter().for_each(|field| merged.copy_field(field, change.to));
            let Resource::EventSubscription(merged) = merged else { return Ok(()) };
            check_told(account, key, &merged)?;
            check_categories(&merged)?;
            next = merged;
        }
        Operation::AddSourceIdentifierToSubscription
        | Operation::RemoveSourceIdentifierFromSubscription => {
            move_source(account, key, change, to, &mut next)?;
        }
        other => return Err(no_member(other, "event subscriptions")),
    }
    let fields = ["topic", "source_type", "sources", "categories", "enabled"];
    account.merge(key, &fields, &next.into());
    account.set_status(key, "modifying");
    account.later(key, TAKES, Happening::Become("active".into()));
    Ok(())
}

/// Adds or removes one source id, which is all that a call carries.
fn move_source(
    account: &Account,
    key: &Address,
    change: &Change<'_>,
    to: &EventSubscription,
    next: &mut EventSubscription,
) -> Result<(), CallError> {
    let Resource::EventSubscription(from) = change.from else { return Ok(()) };
    change.sent_within(&["sources"])?;
    let (from, to) =
        (from.sources.clone().unwrap_or_default(), to.sources.clone().unwrap_or_default());
    let adds = change.operation == Operation::AddSourceIdentifierToSubscription;
    let sent: Vec<&Ref> = match adds {
        true => to.difference(&from).collect(),
        false => from.difference(&to).collect(),
    };
    if sent.len() > 1 {
        return Err(no_member(change.operation, "a second source id"));
    }
    let source_type = next.source_type;
    let sources = next.sources.get_or_insert_default();
    for source in sent {
        match adds {
            true => {
                check_source(account, key, source_type, source)?;
                sources.insert(source.clone());
            }
            false if !sources.remove(source) => {
                return Err(refuse("SourceNotFound", format!("{source} is not subscribed to")));
            }
            false => {}
        }
    }
    Ok(())
}

fn check_settled(status: &str, key: &Address) -> Result<(), CallError> {
    match status {
        "creating" | "modifying" | "deleting" => {
            Err(refuse("InvalidEventSubscriptionState", format!("{} is {status}", key.name)))
        }
        _ => Ok(()),
    }
}

pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    check_settled(&thing.status, key)?;
    account.set_status(key, "deleting");
    account.later(key, TAKES, Happening::Gone);
    Ok(())
}
