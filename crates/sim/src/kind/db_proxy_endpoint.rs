//! Further endpoints of a proxy (docs/aws/proxies.md#endpoints).

use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::kind::DbProxyEndpoint;
use pgha_resource::kind::ProxyTarget;
use pgha_resource::kind::TargetRole;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use super::db_proxy;
use super::security_group;
use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::refusal::bad_combination;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

const CREATING: Duration = Duration::from_secs(4 * 60);
const MODIFYING: Duration = Duration::from_secs(60);
const DELETING: Duration = Duration::from_secs(3 * 60);

/// Endpoints a proxy has at most beside its default one.
const MOST: usize = 20;

pub(crate) fn create(
    account: &mut Account,
    key: &Address,
    to: &DbProxyEndpoint,
    tags: &Tags,
) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    let name = to.proxy.as_known().unwrap_or_default();
    let proxy = account.beside(key, Kind::DbProxy, name);
    db_proxy::check_available(account, &proxy)?;
    let role = to.role.unwrap_or(TargetRole::ReadWrite);
    let leads_to_cluster = account.targets(key).any(|(_, target)| {
        target.proxy.as_known() == Some(name) && matches!(target.target, ProxyTarget::Cluster(_))
    });
    if role == TargetRole::ReadOnly && !leads_to_cluster {
        return Err(bad_combination(
            "a READ_ONLY endpoint needs a proxy whose target is a Multi-AZ DB cluster",
        ));
    }
    let siblings = account.neighbours(key, Kind::DbProxyEndpoint).filter(
        |(_, thing)| matches!(&thing.resource, Resource::DbProxyEndpoint(e) if e.proxy == to.proxy),
    );
    if siblings.count() >= MOST {
        return Err(refuse("DBProxyEndpointQuotaExceededFault", "at most 20 endpoints a proxy"));
    }
    let (vpc, subnets) = db_proxy::taken_subnets(account, key, to.subnets.as_ref())?;
    let groups = security_group::members_groups(account, key, &vpc, to.security_groups.as_ref())?;
    let endpoint = DbProxyEndpoint {
        role: Some(role),
        subnets: Some(subnets),
        security_groups: Some(groups),
        ..to.clone()
    };
    let id = account.new_resource_id("prx-endpoint", key).to_ascii_lowercase();
    let arn = account.rds_arn(key, "db-proxy-endpoint", &id);
    let ids = Ids { id: Some(id), arn: Some(arn), ..Ids::default() };
    let ids = account.insert(key, endpoint, "creating", tags, ids);
    account.later(key, CREATING, Happening::Become("available".into()));
    Ok(ids)
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    if change.operation != Operation::ModifyDBProxyEndpoint {
        return Err(no_member(change.operation, "proxy endpoints"));
    }
    let sent = change.sent_within(&["security_groups"])?;
    check_available(account, key)?;
    if let Resource::DbProxyEndpoint(to) = change.to {
        let vpc = db_proxy::check_subnets(account, key, to.subnets.as_ref())?;
        security_group::members_groups(account, key, &vpc, to.security_groups.as_ref())?;
    }
    account.merge(key, &sent, change.to);
    account.set_status(key, "modifying");
    account.later(key, MODIFYING, Happening::Become("available".into()));
    Ok(())
}

fn check_available(account: &Account, key: &Address) -> Result<(), CallError> {
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    match thing.status.as_str() {
        "available" => Ok(()),
        status => {
            let text = format!("the endpoint {} is {status}", key.name);
            Err(refuse("InvalidDBProxyEndpointStateFault", text))
        }
    }
}

pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    check_available(account, key)?;
    account.set_status(key, "deleting");
    account.later(key, DELETING, Happening::Gone);
    Ok(())
}
