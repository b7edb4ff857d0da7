//! The connection pool of a proxy.

use aws_sdk_rds::types::ConnectionPoolConfiguration;
use aws_sdk_rds::types::DbProxyTargetGroup as SdkGroup;
use futures_util::future::join_all;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::DbProxyTargetGroup;
use pgha_resource::live::ReadError;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Child;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::look::found;
use crate::mapping::count;
use crate::mapping::int;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::mismatch;
use crate::receipt::unable;

/// A proxy's only target group.
const DEFAULT: &str = "default";

/// One call a proxy: there is no list over all proxies (docs/aws/limits.md#lists).
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let asked = batch.names().into_iter().map(async |proxy| {
        let group = one(look, at, &proxy).await;
        (proxy, group)
    });
    let mut findings = Findings::default();
    for (proxy, group) in join_all(asked).await {
        findings.insert(batch.address(&proxy), group);
    }
    findings
}

/// The target group of a proxy that nobody wants any more.
pub(crate) async fn of_orphan(look: &Look<'_>, at: &Regional, proxy: &Address) -> Findings {
    let mut findings = Findings::default();
    match one(look, at, &proxy.name).await {
        Ok(Some(live)) => findings.children.push(Child {
            parent: proxy.clone(),
            address: Address { kind: Kind::DbProxyTargetGroup, ..proxy.clone() },
            live,
        }),
        Ok(None) => {}
        Err(error) => findings.unswept.push(error),
    }
    findings
}

async fn one(
    look: &Look<'_>,
    at: &Regional,
    proxy: &str,
) -> Result<Option<LiveResource>, ReadError> {
    let request = at.rds.client.describe_db_proxy_target_groups().db_proxy_name(proxy);
    let answer = look.call(&at.rds, "DescribeDBProxyTargetGroups", request.send()).await;
    let groups = found(answer)?.and_then(|answer| answer.target_groups).unwrap_or_default();
    let default = |group: &&SdkGroup| group.target_group_name() == Some(DEFAULT);
    let group = groups.iter().find(default).or(groups.first());
    Ok(group.map(|group| from_sdk(group, proxy)))
}

fn from_sdk(sdk: &SdkGroup, proxy: &str) -> LiveResource {
    let pool = sdk.connection_pool_config();
    let group = DbProxyTargetGroup {
        proxy: Ref::known(proxy),
        max_connections: count(pool.and_then(|pool| pool.max_connections_percent())),
        max_idle_connections: count(pool.and_then(|pool| pool.max_idle_connections_percent())),
        borrow_timeout: count(pool.and_then(|pool| pool.connection_borrow_timeout())),
        // None is what RDS returns when there is no query.
        init_query: Some(pool.and_then(|pool| pool.init_query()).unwrap_or_default().to_string()),
    };
    let status = Status::proxy(sdk.status().unwrap_or("available"));
    let mut live = LiveResource::new(group.into(), status);
    live.ids = arn(sdk.target_group_arn());
    live
}

/// Makes the only call there is: the group comes and goes with its proxy.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (to, fields) = match (call.operation, &call.action, call.to()) {
        (Operation::ModifyDBProxyTargetGroup, action, Some(Resource::DbProxyTargetGroup(to))) => {
            (to, changed(action, to))
        }
        _ => return Err(mismatch(call)),
    };
    if fields.iter().any(|field| field == "proxy") {
        return Err(unable(call, "a target group stays with its proxy"));
    }
    let request = at
        .rds
        .client
        .modify_db_proxy_target_group()
        .db_proxy_name(&call.address.name)
        .target_group_name(DEFAULT)
        .connection_pool_config(pool(to, &fields));
    done(request.send().await)
}

/// The fields to send; at creation all that are wanted. An empty query clears the one before,
/// and a new pool has none.
fn changed(action: &Action, to: &DbProxyTargetGroup) -> Vec<String> {
    let mut all = vec!["max_connections", "max_idle_connections", "borrow_timeout"];
    if to.init_query.as_ref().is_some_and(|query| !query.is_empty()) {
        all.push("init_query");
    }
    match action {
        Action::Update { fields, .. } => fields.clone(),
        _ => all.into_iter().map(String::from).collect(),
    }
}

/// The two shares go together: one alone is checked against a default of the other, not
/// against its present value (docs/aws/proxies.md#pool).
fn pool(to: &DbProxyTargetGroup, fields: &[String]) -> ConnectionPoolConfiguration {
    let has = |name: &str| fields.iter().any(|field| field == name);
    let shares = has("max_connections") || has("max_idle_connections");
    ConnectionPoolConfiguration::builder()
        .set_max_connections_percent(to.max_connections.filter(|_| shares).map(int))
        .set_max_idle_connections_percent(to.max_idle_connections.filter(|_| shares).map(int))
        .set_connection_borrow_timeout(to.borrow_timeout.filter(|_| has("borrow_timeout")).map(int))
        .set_init_query(to.init_query.clone().filter(|_| has("init_query")))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::ConnectionPoolConfigurationInfo;

    fn wanted() -> DbProxyTargetGroup {
        DbProxyTargetGroup {
            proxy: Ref::known("orders-proxy"),
            max_connections: Some(90),
            max_idle_connections: Some(40),
            borrow_timeout: Some(120),
            init_query: Some(String::new()),
        }
    }

    #[test]
    fn the_pool_is_read_with_an_empty_query_for_none() {
        let pool = ConnectionPoolConfigurationInfo::builder()
            .max_connections_percent(90)
            .max_idle_connections_percent(40)
            .connection_borrow_timeout(120)
            .build();
        let sdk = SdkGroup::builder().target_group_name(DEFAULT).connection_pool_config(pool);
        assert_eq!(from_sdk(&sdk.build(), "orders-proxy").resource, wanted().into());
    }

    #[test]
    fn both_shares_are_sent_when_one_changes() {
        let sent = pool(&wanted(), &["max_connections".to_string()]);
        assert_eq!(sent.max_connections_percent(), Some(90));
        assert_eq!(sent.max_idle_connections_percent(), Some(40));
        assert_eq!(sent.connection_borrow_timeout(), None);
        let sent = pool(&wanted(), &["borrow_timeout".to_string()]);
        assert_eq!(sent.max_connections_percent(), None);
        assert_eq!(sent.connection_borrow_timeout(), Some(120));
    }

    #[test]
    fn an_empty_query_is_sent_only_to_clear_another() {
        let creation = Action::Create { to: Box::new(wanted().into()), tags: Default::default() };
        assert_eq!(pool(&wanted(), &changed(&creation, &wanted())).init_query(), None);
        let query = DbProxyTargetGroup { init_query: Some("SET x=1".into()), ..wanted() };
        assert_eq!(pool(&query, &changed(&creation, &query)).init_query(), Some("SET x=1"));
        let clearing = Action::Update {
            from: Box::new(query.into()),
            to: Box::new(wanted().into()),
            fields: vec!["init_query".to_string()],
            timing: pgha_resource::Timing::Immediately,
        };
        assert_eq!(pool(&wanted(), &changed(&clearing, &wanted())).init_query(), Some(""));
    }
}
