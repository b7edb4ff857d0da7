//! The sweep: every list and every look of a plan, all at once.

use std::collections::BTreeMap;

use futures_util::future::join;
use futures_util::future::join_all;
use futures_util::future::join3;
use pgha_apply::port::Observe;
use pgha_apply::port::Wanted;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::live::Identity;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::ReadError;
use pgha_resource::offer::{Offers, Questions};

use crate::batch::Batch;
use crate::batch::Child;
use crate::batch::Findings;
use crate::connect::Aws;
use crate::kind;
use crate::look::Look;
use crate::maintenance;
use crate::offers;
use crate::remains;

impl Observe for Aws {
    async fn identity(&self) -> Result<Identity, ReadError> {
        let (scope, networks) = (&self.scope, BTreeMap::new());
        who(&Look::new(self, scope, &networks)).await
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        let mut scope = wanted.scope.clone();
        let mut calls = 0;
        // Without the account no ARN is known; a failure shows again in what needs one.
        if scope.account.is_none() {
            scope.account = self.identity().await.ok().map(|identity| identity.account);
            calls += 1;
        }
        let look = Look::new(self, &scope, &wanted.networks);
        let (networks, findings, told) =
            join3(networks(&look), first_round(&look, wanted), maintenance::read(&look, wanted))
                .await;
        let mut live = Live { networks, ..Live::default() };
        let mut children = Vec::new();
        for found in findings {
            live.resources.extend(found.resources);
            live.restorable.extend(found.restorable);
            live.neighbours.extend(found.neighbours);
            live.unswept.extend(found.unswept);
            children.extend(found.children);
        }
        let second_round =
            join(parts_of_orphans(&look, wanted, &live), remains::read(&look, wanted, &live));
        let (parts, remains) = second_round.await;
        for found in parts {
            live.unswept.extend(found.unswept);
            children.extend(found.children);
        }
        remains::tell(&mut live, remains);
        adopt(&mut live, children, &scope);
        maintenance::tell(&mut live, told);
        live.calls = calls + look.calls();
        live
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        let networks = BTreeMap::new();
        offers::ask(&Look::new(self, &self.scope, &networks), questions).await
    }
}

async fn who(look: &Look<'_>) -> Result<Identity, ReadError> {
    let lane = &look.aws.sts;
    let request = lane.client.get_caller_identity().send();
    let answer = look.call(lane, "GetCallerIdentity", request).await?;
    Ok(Identity {
        account: answer.account().unwrap_or_default().into(),
        arn: answer.arn().unwrap_or_default().into(),
    })
}

async fn networks(look: &Look<'_>) -> BTreeMap<Region, NetworkSeen> {
    let asked = look
        .network_regions()
        .map(async |region| Some((region.clone(), look.network(region).await?.clone())));
    join_all(asked).await.into_iter().flatten().collect()
}

async fn first_round(look: &Look<'_>, wanted: &Wanted) -> Vec<Findings> {
    let batches = batches(look.scope, wanted);
    join_all(batches.iter().map(|batch| read(look, batch))).await
}

/// What is wanted, by kind and region; with a sweep, every kind of every region.
fn batches<'a>(scope: &'a Scope, wanted: &'a Wanted) -> Vec<Batch<'a>> {
    let mut by_place: BTreeMap<(Kind, &Region), BTreeMap<&str, &Resource>> = BTreeMap::new();
    for region in &wanted.sweep {
        let once = |kind: &&Kind| !kind.is_global() || *region == scope.home;
        let asked = |kind: &&Kind| wanted.strangers.is_empty() || wanted.strangers.contains(*kind);
        for kind in Kind::ALL.iter().filter(once).filter(asked) {
            by_place.entry((*kind, region)).or_default();
        }
    }
    for (address, resource) in &wanted.resources {
        let place = (address.kind, scope.region_of(address));
        by_place.entry(place).or_default().insert(&address.name, resource);
    }
    by_place
        .into_iter()
        .map(|((kind, region), names)| Batch {
            scope,
            kind,
            region: region.clone(),
            wanted: names,
            sweep: wanted.sweep.contains(region),
            strangers: wanted.strangers.contains(&kind),
        })
        .collect()
}

async fn read(look: &Look<'_>, batch: &Batch<'_>) -> Findings {
    let at = match look.at(&batch.region) {
        Ok(at) => at,
        Err(error) => return Findings::unread(batch, &error),
    };
    match batch.kind {
        Kind::SecurityGroup => kind::security_group::read(look, at, batch).await,
        Kind::DbSubnetGroup => kind::db_subnet_group::read(look, at, batch).await,
        Kind::DbParameterGroup => kind::db_parameter_group::read(look, at, batch).await,
        Kind::DbClusterParameterGroup => {
            kind::db_cluster_parameter_group::read(look, at, batch).await
        }
        Kind::SnsTopic => kind::sns_topic::read(look, at, batch).await,
        Kind::SnsSubscription => kind::sns_subscription::read(look, at, batch).await,
        Kind::IamRole => kind::iam_role::read(look, batch).await,
        Kind::IamPolicy => kind::iam_policy::read(look, batch).await,
        Kind::Secret => kind::secret::read(look, at, batch).await,
        Kind::DbInstance => kind::db_instance::read(look, at, batch).await,
        Kind::DbCluster => kind::db_cluster::read(look, at, batch).await,
        Kind::BackupReplication => kind::backup_replication::read(look, at, batch).await,
        Kind::DbSnapshot => kind::db_snapshot::read(look, at, batch).await,
        Kind::DbClusterSnapshot => kind::db_cluster_snapshot::read(look, at, batch).await,
        Kind::Alarm => kind::alarm::read(look, at, batch).await,
        Kind::EventSubscription => kind::event_subscription::read(look, at, batch).await,
        Kind::DbProxy => kind::db_proxy::read(look, at, batch).await,
        Kind::DbProxyTargetGroup => kind::db_proxy_target_group::read(look, at, batch).await,
        Kind::DbProxyTarget => kind::db_proxy_target::read(look, at, batch).await,
        Kind::DbProxyEndpoint => kind::db_proxy_endpoint::read(look, at, batch).await,
    }
}

/// The second round: what hangs on orphans that have parts without tags.
async fn parts_of_orphans(look: &Look<'_>, wanted: &Wanted, live: &Live) -> Vec<Findings> {
    let orphans = live
        .resources
        .iter()
        .filter(|(address, seen)| {
            !wanted.resources.contains_key(*address) && seen.present().is_some()
        })
        .map(|(address, _)| address);
    let parts = orphans.filter_map(|orphan| {
        let at = look.at(look.scope.region_of(orphan)).ok()?;
        matches!(orphan.kind, Kind::DbProxy | Kind::SnsTopic).then_some((orphan, at))
    });
    let asked = parts.map(async |(orphan, at)| match orphan.kind {
        Kind::DbProxy => {
            let (group, targets) = join(
                kind::db_proxy_target_group::of_orphan(look, at, orphan),
                kind::db_proxy_target::of_orphan(look, at, orphan),
            )
            .await;
            vec![group, targets]
        }
        _ => vec![kind::sns_subscription::of_orphan(look, at, orphan).await],
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Parts without tags belong to the cluster when their parent does.
fn adopt(live: &mut Live, children: Vec<Child>, scope: &Scope) {
    for Child { parent, address, live: part } in children {
        let owned = live
            .present(&parent)
            .is_some_and(|parent| parent.owner() == Some(scope.cluster.as_str()));
        if owned {
            adopt_one(live, address, part);
        }
    }
}

fn adopt_one(live: &mut Live, address: Address, part: pgha_resource::LiveResource) {
    live.resources.entry(address).or_insert_with(|| Seen::Present(Box::new(part)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Answer;
    use crate::testing::Wire;
    use crate::testing::rds_error;
    use crate::testing::scope;
    use pgha_resource::live::ErrorClass;

    #[test]
    fn a_sweep_looks_at_every_kind_of_every_region_and_at_global_ones_once() {
        let sweep = vec![Region::new("us-east-1"), Region::new("us-west-2")];
        let (resources, networks) = (BTreeMap::new(), BTreeMap::new());
        let strangers = Default::default();
        let wanted = Wanted { scope: scope(), resources, networks, sweep, strangers };
        let scope = scope();
        let batches = batches(&scope, &wanted);
        assert_eq!(batches.len(), 2 * Kind::ALL.len() - 2);
        assert!(batches.iter().all(|batch| batch.sweep));
    }

    #[test]
    fn without_a_sweep_only_the_wanted_places_are_looked_at() {
        let address: Address = "db-instance/orders-dr@us-west-2".parse().unwrap();
        let resource = Resource::from(pgha_resource::kind::DbInstance::default());
        let wanted = Wanted::only(&scope(), BTreeMap::from([(address, resource)]));
        let scope = scope();
        let batches = batches(&scope, &wanted);
        assert_eq!(batches.len(), 1);
        assert_eq!(batches[0].region.as_str(), "us-west-2");
        assert!(batches[0].wants("orders-dr") && !batches[0].sweep);
    }

    fn instance(name: &str) -> (Address, Resource) {
        let instance = pgha_resource::kind::DbInstance::default();
        (Address::home(Kind::DbInstance, name), instance.into())
    }

    /// A page of DescribeDBInstances.
    fn page(names: &[&str], marker: &str) -> Answer {
        let one = |name: &&str| {
            format!(
                "<DBInstance><DBInstanceIdentifier>{name}</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus></DBInstance>"
            )
        };
        let instances: String = names.iter().map(one).collect();
        Answer::Body(
            200,
            format!(
                "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances>{instances}</DBInstances>{marker}</DescribeDBInstancesResult></DescribeDBInstancesResponse>"
            ),
        )
    }

    async fn look(wire: &Wire, names: &[&str]) -> Live {
        let resources = names.iter().map(|name| instance(name)).collect();
        wire.account().observe(&Wanted::only(&scope(), resources)).await
    }

    #[tokio::test]
    async fn every_page_is_read_and_what_is_on_none_is_absent() {
        let first = page(&["orders-primary"], "<Marker>next</Marker>");
        let wire = Wire::answering([first, page(&["orders-read-1"], "")]);
        let live = look(&wire, &["orders-primary", "orders-read-1", "orders-read-2"]).await;
        let seen = |name| &live.resources[&Address::home(Kind::DbInstance, name)];
        assert!(seen("orders-primary").present().is_some());
        assert!(seen("orders-read-1").present().is_some());
        assert_eq!(seen("orders-read-2"), &Seen::Absent);
        assert_eq!(live.calls, 2);
        assert!(wire.asked()[1].contains("Marker=next"));
    }

    #[tokio::test]
    async fn a_list_that_repeats_itself_is_given_up() {
        let again = page(&["orders-primary"], "<Marker>next</Marker>");
        let wire = Wire::answering([again.clone(), again]);
        let live = look(&wire, &["orders-primary"]).await;
        assert!(matches!(live.resources.values().next(), Some(Seen::Unread(_))));
    }

    #[track_caller]
    fn check_unread(live: &Live, class: ErrorClass) {
        let seen = live.resources.values().next().unwrap();
        match seen {
            Seen::Unread(error) => {
                assert_eq!((error.call.as_str(), error.class), ("DescribeDBInstances", class))
            }
            other => panic!("{other:?} is not unread"),
        }
    }

    /// The first half of an answer, as if that were all of it.
    fn half_of(answer: Answer) -> Answer {
        match answer {
            Answer::Body(status, body) => Answer::Body(status, body[..body.len() / 2].into()),
            other => other,
        }
    }

    #[tokio::test]
    async fn a_failed_look_is_never_absence() {
        let denied = rds_error(403, "AccessDenied", "not authorized");
        let cases = [
            (denied, ErrorClass::Denied),
            (Answer::Refused, ErrorClass::Unreachable),
            (Answer::Broken, ErrorClass::Unreachable),
            (Answer::Body(200, "<not".into()), ErrorClass::Unknown),
            (Answer::Body(200, String::new()), ErrorClass::Unknown),
            (Answer::Body(400, "garbage".into()), ErrorClass::Unknown),
            (half_of(page(&["orders-primary"], "")), ErrorClass::Unknown),
        ];
        for (answer, class) in cases {
            let live = look(&Wire::answering([answer]), &["orders-primary"]).await;
            check_unread(&live, class);
        }
    }

    #[tokio::test]
    async fn a_region_without_clients_is_unread() {
        let address: Address = "db-instance/orders-dr@xx-nowhere-1".parse().unwrap();
        let resources = BTreeMap::from([(address.clone(), instance("orders-dr").1)]);
        let live = Wire::answering([]).account().observe(&Wanted::only(&scope(), resources)).await;
        assert!(matches!(live.resources[&address], Seen::Unread(_)));
    }

    #[test]
    fn parts_belong_to_whoever_owns_the_whole() {
        let proxy = Address::home(Kind::DbProxy, "orders-proxy");
        let part = |name: &str, parent: &Address| Child {
            parent: parent.clone(),
            address: Address::home(Kind::DbProxyTarget, name),
            live: pgha_resource::LiveResource::new(
                pgha_resource::kind::DbProxyTarget {
                    proxy: pgha_resource::Ref::known("orders-proxy"),
                    target: pgha_resource::kind::ProxyTarget::Instance(pgha_resource::Ref::known(
                        "x",
                    )),
                }
                .into(),
                pgha_resource::status::Status::ready(),
            ),
        };
        let mut owner = part("", &proxy).live;
        let tag = (pgha_resource::live::OWNER_TAG.to_string(), "orders".to_string());
        owner.tags = Some(BTreeMap::from([tag]));
        let stranger = Address::home(Kind::DbProxy, "orders-other");
        let mut live = Live::default();
        live.resources.insert(proxy.clone(), Seen::Present(Box::new(owner)));
        let children = vec![part("ours", &proxy), part("theirs", &stranger)];
        adopt(&mut live, children, &scope());
        assert!(live.present(&Address::home(Kind::DbProxyTarget, "ours")).is_some());
        assert!(live.present(&Address::home(Kind::DbProxyTarget, "theirs")).is_none());
    }
}
