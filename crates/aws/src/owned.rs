//! From lists to findings: wanted resources by name, orphans by the ownership tag.

use std::collections::BTreeMap;

use futures_util::future::join;
use futures_util::future::join_all;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::look::found;

/// A resource with its name.
pub(crate) type Item = (String, LiveResource);

/// The outcome of a list.
pub(crate) type Listed = Result<Vec<Item>, ReadError>;

/// Everything in the region for a sweep, else one look a name: for APIs that take one name
/// or none. A missing name is an error on AWS and an empty list on some emulators.
pub(crate) async fn list(
    batch: &Batch<'_>,
    pages: impl AsyncFn(Option<String>) -> Listed,
) -> Listed {
    if batch.sweep {
        return pages(None).await;
    }
    let asked = batch.names().into_iter().map(async |name| {
        let looked = found(pages(Some(name)).await);
        looked.map(Option::unwrap_or_default)
    });
    let listed: Result<Vec<Vec<Item>>, ReadError> = join_all(asked).await.into_iter().collect();
    Ok(listed?.into_iter().flatten().collect())
}

/// Settles a batch whose list carries the tags.
pub(crate) fn settle(batch: &Batch<'_>, listed: Listed) -> Findings {
    let items = match listed {
        Ok(items) => items,
        Err(error) => return Findings::unread(batch, &error),
    };
    let mut findings = absent(batch);
    for (name, live) in items {
        if batch.wants(&name) {
            findings.insert(batch.address(&name), Ok(Some(live)));
        } else if batch.takes(&live) {
            findings.orphan(batch.address(&name), live);
        } else if batch.sweep && matches!(batch.kind, Kind::DbInstance | Kind::DbCluster) {
            findings.neighbours.extend(live.owner().map(str::to_string));
        }
    }
    findings
}

/// Settles a batch whose tags take a call a resource. Where the ARN follows from the name,
/// that call is made together with the list; one that came before the resource did is made
/// again by the ARN in the list.
pub(crate) async fn settle_tagged(
    batch: &Batch<'_>,
    listed: impl Future<Output = Listed>,
    tags_of: impl AsyncFn(String) -> Result<Tags, ReadError>,
) -> Findings {
    let (listed, mut tags) = join(listed, tags_of_wanted(batch, &tags_of)).await;
    tags.retain(|_, tags| !matches!(tags, Err(error) if error.class == ErrorClass::Gone));
    let items = match listed {
        Ok(items) => items,
        Err(error) => return Findings::unread(batch, &error),
    };
    let (wanted, candidates): (Vec<_>, Vec<_>) = items
        .into_iter()
        .filter(|(name, _)| batch.wants(name) || batch.is_candidate(name))
        .partition(|(name, _)| batch.wants(name));
    let unasked = wanted.iter().chain(&candidates).filter(|(name, _)| !tags.contains_key(name));
    // Whose it is does not matter for a look at everybody's, which may be thousands.
    let unasked = unasked.filter(|(name, _)| !batch.strangers || batch.wants(name));
    let late = unasked.filter_map(|(name, live)| Some((name.clone(), live.ids.arn.clone()?)));
    tags.extend(ask(late, &tags_of).await);
    assemble(batch, wanted, candidates, tags)
}

type TagsByName = BTreeMap<String, Result<Tags, ReadError>>;

fn assemble(
    batch: &Batch<'_>,
    wanted: Vec<Item>,
    candidates: Vec<Item>,
    mut tags: TagsByName,
) -> Findings {
    let mut findings = absent(batch);
    for (name, mut live) in wanted {
        // Without its tags a resource would count as a stranger's.
        let outcome = tags.remove(&name).transpose().map(|tags| {
            live.tags = tags;
            Some(live)
        });
        findings.insert(batch.address(&name), outcome);
    }
    for (name, mut live) in candidates {
        match tags.remove(&name) {
            Some(Ok(tags)) => live.tags = Some(tags),
            Some(Err(error)) => findings.unswept.push(error),
            None => {}
        }
        if batch.takes(&live) {
            findings.orphan(batch.address(&name), live);
        }
    }
    findings
}

async fn tags_of_wanted(
    batch: &Batch<'_>,
    tags_of: &impl AsyncFn(String) -> Result<Tags, ReadError>,
) -> TagsByName {
    let arns = batch
        .wanted
        .keys()
        .filter_map(|name| Some((name.to_string(), batch.scope.arn(&batch.address(name))?)));
    ask(arns, tags_of).await
}

async fn ask(
    arns: impl Iterator<Item = (String, String)>,
    tags_of: &impl AsyncFn(String) -> Result<Tags, ReadError>,
) -> TagsByName {
    let asked = arns.map(async |(name, arn)| (name, tags_of(arn).await));
    join_all(asked).await.into_iter().collect()
}

/// Everything wanted is absent until it is found.
fn absent(batch: &Batch<'_>) -> Findings {
    let mut findings = Findings::default();
    for name in batch.wanted.keys() {
        findings.insert(batch.address(name), Ok(None));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgha_resource::Kind;
    use pgha_resource::Region;
    use pgha_resource::Resource;
    use pgha_resource::Scope;
    use pgha_resource::Seen;
    use pgha_resource::kind::DbSubnetGroup;
    use pgha_resource::live::OWNER_TAG;
    use pgha_resource::status::Status;

    fn group() -> Resource {
        DbSubnetGroup { description: None, subnets: None }.into()
    }

    fn batch<'a>(scope: &'a Scope, wanted: &'a Resource) -> Batch<'a> {
        Batch {
            scope,
            kind: Kind::DbSubnetGroup,
            region: Region::new("us-east-1"),
            wanted: BTreeMap::from([("orders-main", wanted)]),
            sweep: true,
            strangers: false,
        }
    }

    fn item(name: &str) -> Item {
        let mut live = LiveResource::new(group(), Status::ready());
        live.ids.arn = Some(format!("arn:aws:rds:us-east-1:123456789012:subgrp:{name}"));
        (name.to_string(), live)
    }

    fn denied(call: &str) -> ReadError {
        ReadError { call: call.into(), class: ErrorClass::Denied, message: String::new() }
    }

    async fn settled(listed: Listed) -> Findings {
        let (scope, wanted) = (crate::testing::scope(), group());
        let tags = async |arn: String| {
            let owner = match arn.rsplit(':').next() {
                Some("orders-secret") => return Err(denied("ListTagsForResource")),
                Some("orders-eu-main") => "orders-eu",
                _ => "orders",
            };
            Ok(Tags::from([(OWNER_TAG.to_string(), owner.to_string())]))
        };
        settle_tagged(&batch(&scope, &wanted), async { listed }, tags).await
    }

    #[test]
    fn the_databases_of_other_clusters_name_their_neighbours() {
        let scope = crate::testing::scope();
        let mut items: Vec<Item> = ["shop-primary", "orders-old", "billing"].map(item).into();
        for ((_, live), owner) in items.iter_mut().zip([Some("shop"), Some("orders"), None]) {
            let owner = owner.map(|owner| (OWNER_TAG.to_string(), owner.to_string()));
            live.tags = Some(owner.into_iter().collect());
        }
        let look = |kind, sweep| {
            let wanted = group();
            let batch = Batch { kind, sweep, ..batch(&scope, &wanted) };
            settle(&batch, Ok(items.clone())).neighbours
        };
        assert_eq!(look(Kind::DbInstance, true), ["shop".to_string()].into());
        assert_eq!(look(Kind::DbInstance, false), [].into());
        // A snapshot may outlive its cluster by years.
        assert_eq!(look(Kind::DbSnapshot, true), [].into());
    }

    #[tokio::test]
    async fn orphans_are_told_by_their_tags_and_strangers_are_left_out() {
        let names = ["orders-main", "orders-old", "orders-eu-main", "orders-secret", "billing"];
        let findings = settled(Ok(names.map(item).into())).await;
        let found: Vec<_> = findings.resources.keys().map(|a| a.name.as_str()).collect();
        assert_eq!(found, ["orders-main", "orders-old"]);
        // Whose the one with unreadable tags is stays open, and that is said.
        assert_eq!(findings.unswept, [denied("ListTagsForResource")]);
    }

    /// What a wanted group is taken for when its tags are asked for early and late.
    async fn seen_with(early: ErrorClass, late: Result<Tags, ReadError>) -> Seen {
        let (scope, wanted) = (crate::testing::scope(), group());
        let batch = batch(&scope, &wanted);
        let asked = std::cell::Cell::new(0);
        let tags = async |_| match asked.replace(asked.get() + 1) {
            0 => Err(ReadError { class: early, ..denied("ListTagsForResource") }),
            _ => late.clone(),
        };
        let listed = async { Ok(vec![item("orders-main")]) };
        let mut findings = settle_tagged(&batch, listed, tags).await;
        findings.resources.remove(&batch.address("orders-main")).unwrap()
    }

    #[tokio::test]
    async fn a_resource_whose_tags_cannot_be_read_is_unread() {
        let owner = Tags::from([(OWNER_TAG.to_string(), "orders".to_string())]);
        let seen = seen_with(ErrorClass::Denied, Ok(owner)).await;
        assert_eq!(seen, Seen::Unread(denied("ListTagsForResource")));
    }

    #[tokio::test]
    async fn tags_that_were_asked_for_too_early_are_asked_for_again() {
        let owner = Tags::from([(OWNER_TAG.to_string(), "orders".to_string())]);
        let seen = seen_with(ErrorClass::Gone, Ok(owner.clone())).await;
        assert_eq!(seen.present().and_then(|live| live.tags.clone()), Some(owner));
        let seen = seen_with(ErrorClass::Gone, Err(denied("ListTagsForResource"))).await;
        assert_eq!(seen, Seen::Unread(denied("ListTagsForResource")));
    }

    #[tokio::test]
    async fn a_failed_list_leaves_the_wanted_unread_and_the_search_unfinished() {
        let findings = settled(Err(denied("DescribeDBSubnetGroups"))).await;
        assert!(matches!(findings.resources.values().next(), Some(Seen::Unread(_))));
        assert_eq!(findings.unswept.len(), 1);
    }
}
