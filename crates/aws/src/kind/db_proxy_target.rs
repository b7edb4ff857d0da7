//! The databases registered with proxies.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use aws_sdk_rds::types::DbProxyTarget as SdkTarget;
use aws_sdk_rds::types::TargetType;
use futures_util::future::join_all;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::DbProxyTarget;
use pgha_resource::kind::ProxyTarget;
use pgha_resource::live::Notice;
use pgha_resource::live::ReadError;
use pgha_resource::status::Phase;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Child;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::look::found;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known;
use crate::receipt::mismatch;

/// One call a proxy. Its unwanted targets belong to whoever owns the proxy.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let asked = proxies(look, batch).into_iter().map(async |proxy| {
        let targets = of_proxy(look, at, &proxy).await;
        (proxy, targets)
    });
    let listed: BTreeMap<String, _> = join_all(asked).await.into_iter().collect();
    let mut findings = Findings::default();
    for (name, resource) in &batch.wanted {
        let outcome = match listed.get(&proxy_of(look, name, resource)) {
            Some(Ok(targets)) => Ok(targets.get(*name).cloned()),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(None),
        };
        findings.insert(batch.address(name), outcome);
    }
    let unwanted = listed
        .into_iter()
        .filter(|_| batch.sweep)
        .filter_map(|(proxy, targets)| Some((proxy, targets.ok()?)));
    for (proxy, targets) in unwanted {
        let parent = batch.sibling(Kind::DbProxy, &proxy);
        let targets = targets.into_iter().filter(|(name, _)| !batch.wants(name));
        findings.children.extend(targets.map(|(name, live)| Child {
            parent: parent.clone(),
            address: batch.address(&name),
            live,
        }));
    }
    findings
}

/// The targets of a proxy that nobody wants any more.
pub(crate) async fn of_orphan(look: &Look<'_>, at: &Regional, proxy: &Address) -> Findings {
    let mut findings = Findings::default();
    match of_proxy(look, at, &proxy.name).await {
        Ok(targets) => findings.children.extend(targets.into_iter().map(|(name, live)| Child {
            parent: proxy.clone(),
            address: Address { kind: Kind::DbProxyTarget, name, region: proxy.region.clone() },
            live,
        })),
        Err(error) => findings.unswept.push(error),
    }
    findings
}

fn proxies(look: &Look<'_>, batch: &Batch<'_>) -> BTreeSet<String> {
    batch.wanted.iter().map(|(name, resource)| proxy_of(look, name, resource)).collect()
}

/// The proxy's name; it is also what the target's name begins with.
fn proxy_of(look: &Look<'_>, name: &str, resource: &Resource) -> String {
    let proxy = match resource {
        Resource::DbProxyTarget(target) => look.known(&target.proxy),
        _ => None,
    };
    proxy.unwrap_or_else(|| name.split(':').next().unwrap_or(name).to_string())
}

type Targets = BTreeMap<String, LiveResource>;

async fn of_proxy(look: &Look<'_>, at: &Regional, proxy: &str) -> Result<Targets, ReadError> {
    let ask = |marker| {
        let request = at.rds.client.describe_db_proxy_targets().db_proxy_name(proxy);
        request.set_marker(marker).send()
    };
    let pages = look.pages(&at.rds, "DescribeDBProxyTargets", ask, |page| page.marker()).await;
    let pages = found(pages)?.unwrap_or_default();
    let targets: Vec<&SdkTarget> = pages.iter().flat_map(|page| page.targets()).collect();
    Ok(from_sdk(&targets, proxy))
}

/// A cluster is registered as a whole, and RDS lists its members beside it: they only say
/// how it is doing.
fn from_sdk(targets: &[&SdkTarget], proxy: &str) -> Targets {
    let registered = targets.iter().filter_map(|target| {
        let id = target.rds_resource_id()?;
        match target.r#type() {
            Some(TargetType::TrackedCluster) => Some((id, ProxyTarget::Cluster(Ref::known(id)))),
            _ if target.tracked_cluster_id().is_some_and(|cluster| !cluster.is_empty()) => None,
            _ => Some((id, ProxyTarget::Instance(Ref::known(id)))),
        }
    });
    let with_health = registered.map(|(id, target)| {
        let health = targets.iter().filter(|target| {
            target.rds_resource_id() == Some(id) || target.tracked_cluster_id() == Some(id)
        });
        let resource = DbProxyTarget { proxy: Ref::known(proxy), target };
        (format!("{proxy}:{id}"), live(resource, health.copied()))
    });
    with_health.collect()
}

fn live<'a>(target: DbProxyTarget, health: impl Iterator<Item = &'a SdkTarget>) -> LiveResource {
    let mut live = LiveResource::new(target.into(), Status::ready());
    for sdk in health {
        live.ids.arn = live.ids.arn.or_else(|| arn(sdk.target_arn()).arn);
        let Some(health) = sdk.target_health() else { continue };
        let state = health.state().map_or("REGISTERING", |state| state.as_str());
        let reason = health.reason().map_or("", |reason| reason.as_str());
        let status = Status::proxy_target(state, reason);
        if live.status.phase == Phase::Ready {
            live.status = status;
        }
        if state != "AVAILABLE" {
            let words = [Some(state), Some(reason), health.description()];
            let words: Vec<&str> =
                words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
            live.notices.insert(Notice::Target(words.join(": ")));
        }
    }
    live
}

/// Makes a call on a registration.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let Resource::DbProxyTarget(target) = call.resource() else { return Err(mismatch(call)) };
    let (rds, proxy) = (&at.rds.client, known(call, &target.proxy)?);
    let database = known(call, target.target.database())?;
    let cluster = matches!(target.target, ProxyTarget::Cluster(_));
    match call.operation {
        Operation::RegisterDBProxyTargets => {
            let request = rds.register_db_proxy_targets().db_proxy_name(proxy);
            let request = match cluster {
                true => request.db_cluster_identifiers(database),
                false => request.db_instance_identifiers(database),
            };
            done(request.send().await)
        }
        Operation::DeregisterDBProxyTargets => {
            let request = rds.deregister_db_proxy_targets().db_proxy_name(proxy);
            let request = match cluster {
                true => request.db_cluster_identifiers(database),
                false => request.db_instance_identifiers(database),
            };
            done(request.send().await)
        }
        _ => Err(mismatch(call)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::TargetHealth;
    use aws_sdk_rds::types::TargetHealthReason;
    use aws_sdk_rds::types::TargetState;

    fn instance(id: &str, cluster: Option<&str>, state: TargetState) -> SdkTarget {
        let health = TargetHealth::builder().state(state).build();
        SdkTarget::builder()
            .r#type(TargetType::RdsInstance)
            .rds_resource_id(id)
            .set_tracked_cluster_id(cluster.map(str::to_string))
            .target_health(health)
            .build()
    }

    #[test]
    fn an_instance_is_a_target_by_itself() {
        let sdk = instance("orders-primary", None, TargetState::Available);
        let targets = from_sdk(&[&sdk], "orders-proxy");
        let live = &targets["orders-proxy:orders-primary"];
        let expected = DbProxyTarget {
            proxy: Ref::known("orders-proxy"),
            target: ProxyTarget::Instance(Ref::known("orders-primary")),
        };
        assert_eq!(live.resource, expected.into());
        assert!(live.status.is_ready() && live.notices.is_empty());
    }

    #[test]
    fn the_members_of_a_cluster_say_how_it_is_doing() {
        let cluster =
            SdkTarget::builder().r#type(TargetType::TrackedCluster).rds_resource_id("orders");
        let busy = instance("orders-1", Some("orders"), TargetState::Registering);
        let well = instance("orders-2", Some("orders"), TargetState::Available);
        let targets = from_sdk(&[&cluster.build(), &busy, &well], "orders-proxy");
        assert_eq!(targets.len(), 1);
        assert_eq!(targets["orders-proxy:orders"].status.phase, Phase::Busy);
    }

    #[test]
    fn a_target_that_cannot_be_reached_is_settled_and_says_why() {
        let health = TargetHealth::builder()
            .state(TargetState::Unavailable)
            .reason(TargetHealthReason::AuthFailure)
            .build();
        let sdk = SdkTarget::builder().rds_resource_id("orders-primary").target_health(health);
        let targets = from_sdk(&[&sdk.build()], "p");
        let live = &targets["p:orders-primary"];
        assert!(live.status.is_ready());
        let notice = Notice::Target("UNAVAILABLE: AUTH_FAILURE".into());
        assert_eq!(live.notices, BTreeSet::from([notice]));
    }
}
