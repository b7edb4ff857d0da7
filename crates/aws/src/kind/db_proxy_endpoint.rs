//! Extra endpoints of proxies.

use aws_sdk_rds::types::DbProxyEndpoint as SdkEndpoint;
use aws_sdk_rds::types::DbProxyEndpointTargetRole;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::DbProxyEndpoint;
use pgha_resource::kind::TargetRole;
use pgha_resource::live::Notice;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::database::some;
use crate::look::Look;
use crate::mapping::reference;
use crate::mapping::references;
use crate::mapping::subnets;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::list;
use crate::owned::settle_tagged;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known;
use crate::receipt::known_all;
use crate::receipt::known_subnets;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::tagging;
use crate::tagging::rds_list;

/// All endpoints of the region in one list for a sweep, else one call a name. The ARN holds
/// an id that AWS chose, so tags take a second round.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let pages = async |name| pages(look, at, name).await;
    let tags = async |arn| tagging::of_rds(look, at, arn).await;
    settle_tagged(batch, list(batch, pages), tags).await
}

async fn pages(look: &Look<'_>, at: &Regional, name: Option<String>) -> Listed {
    let ask = |marker| {
        let request = at.rds.client.describe_db_proxy_endpoints();
        request.set_db_proxy_endpoint_name(name.clone()).set_marker(marker).send()
    };
    let call = "DescribeDBProxyEndpoints";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    let endpoints = pages.iter().flat_map(|page| page.db_proxy_endpoints());
    Ok(endpoints.filter_map(from_sdk).collect())
}

/// Nothing for the endpoint that every proxy has: it is part of the proxy.
fn from_sdk(sdk: &SdkEndpoint) -> Option<Item> {
    if sdk.is_default() == Some(true) {
        return None;
    }
    let name = sdk.db_proxy_endpoint_name()?.to_string();
    let endpoint = DbProxyEndpoint {
        proxy: reference(sdk.db_proxy_name())?,
        role: match sdk.target_role() {
            Some(DbProxyEndpointTargetRole::ReadWrite) => Some(TargetRole::ReadWrite),
            Some(DbProxyEndpointTargetRole::ReadOnly) => Some(TargetRole::ReadOnly),
            _ => None,
        },
        subnets: Some(subnets(sdk.vpc_subnet_ids().iter().map(String::as_str))),
        security_groups: Some(references(sdk.vpc_security_group_ids().iter().map(String::as_str))),
    };
    let status = sdk.status().map_or("unknown", |status| status.as_str());
    let mut live = LiveResource::new(endpoint.into(), Status::proxy(status));
    live.ids = arn(sdk.db_proxy_endpoint_arn());
    let address = sdk.endpoint().map(|address| Notice::Endpoint(format!("{address}:5432")));
    live.notices = address.into_iter().collect();
    Some((name, live))
}

/// Makes a call on an endpoint.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (rds, name) = (&at.rds.client, &call.address.name);
    match (call.operation, &call.action) {
        (Operation::CreateDBProxyEndpoint, Action::Create { to, tags }) => match &**to {
            Resource::DbProxyEndpoint(to) => create(at, call, to, tags).await,
            _ => Err(mismatch(call)),
        },
        (Operation::ModifyDBProxyEndpoint, Action::Update { to, .. }) => {
            let Resource::DbProxyEndpoint(to) = &**to else { return Err(mismatch(call)) };
            let groups = known_all(call, to.security_groups.iter().flatten())?;
            let request = rds.modify_db_proxy_endpoint().db_proxy_endpoint_name(name);
            done(request.set_vpc_security_group_ids(Some(groups)).send().await)
        }
        (Operation::DeleteDBProxyEndpoint, _) => {
            done(rds.delete_db_proxy_endpoint().db_proxy_endpoint_name(name).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

async fn create(at: &Regional, call: &Call, to: &DbProxyEndpoint, tags: &Tags) -> Outcome {
    let subnets = to.subnets.as_ref().map(|s| known_subnets(call, s)).transpose()?;
    let groups = known_all(call, to.security_groups.iter().flatten())?;
    let request = at
        .rds
        .client
        .create_db_proxy_endpoint()
        .db_proxy_name(known(call, &to.proxy)?)
        .db_proxy_endpoint_name(&call.address.name)
        .set_target_role(to.role.map(|role| match role {
            TargetRole::ReadWrite => DbProxyEndpointTargetRole::ReadWrite,
            TargetRole::ReadOnly => DbProxyEndpointTargetRole::ReadOnly,
        }))
        .set_vpc_subnet_ids(subnets)
        .set_vpc_security_group_ids(some(groups))
        .set_tags(Some(rds_list(tags)));
    receipt(request.send().await, |answer| {
        arn(answer.db_proxy_endpoint().and_then(|endpoint| endpoint.db_proxy_endpoint_arn()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extra_endpoint_is_read_and_the_default_one_is_not() {
        let sdk = SdkEndpoint::builder()
            .db_proxy_endpoint_name("orders-proxy-read")
            .db_proxy_name("orders-proxy")
            .target_role(DbProxyEndpointTargetRole::ReadOnly)
            .vpc_subnet_ids("subnet-1")
            .vpc_security_group_ids("sg-1")
            .db_proxy_endpoint_arn("arn:e");
        let (name, live) = from_sdk(&sdk.clone().build()).unwrap();
        let expected = DbProxyEndpoint {
            proxy: pgha_resource::Ref::known("orders-proxy"),
            role: Some(TargetRole::ReadOnly),
            subnets: Some(subnets(["subnet-1"])),
            security_groups: Some(references(["sg-1"])),
        };
        assert_eq!((name.as_str(), live.resource), ("orders-proxy-read", expected.into()));
        assert_eq!(from_sdk(&sdk.is_default(true).build()), None);
    }
}
