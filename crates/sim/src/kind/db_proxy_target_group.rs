//! The connection pool of a proxy, which exists as long as the proxy (docs/aws/proxies.md#pool).

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::kind::DbProxyTargetGroup;

use super::db_proxy;
use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::refusal::missing;
use crate::refusal::refuse;

const FIELDS: [&str; 4] =
    ["max_connections", "max_idle_connections", "borrow_timeout", "init_query"];

/// The first setting of the pool is a change of the group that the proxy was born with.
pub(crate) fn create(account: &mut Account, key: &Address, to: &DbProxyTargetGroup) -> Outcome {
    if to.proxy.as_known() != Some(&key.name) {
        return Err(refuse("ValidationError", "a target group is called like its proxy"));
    }
    let to = Resource::from(to.clone());
    let set: Vec<&str> = to
        .canonical_fields()
        .into_iter()
        .filter(|(name, value)| value.is_some() && FIELDS.contains(name))
        .map(|(name, _)| name)
        .collect();
    set_fields(account, key, &set, &to)?;
    Ok(account.get(key).map(|thing| thing.ids.clone()).unwrap_or_default())
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    if change.operation != Operation::ModifyDBProxyTargetGroup {
        return Err(no_member(change.operation, "target groups"));
    }
    let sent = change.sent_within(&FIELDS)?;
    set_fields(account, key, &sent, change.to)
}

fn set_fields(
    account: &mut Account,
    key: &Address,
    fields: &[&str],
    to: &Resource,
) -> Result<(), CallError> {
    let proxy = account.beside(key, Kind::DbProxy, &key.name);
    db_proxy::check_available(account, &proxy)?;
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    let mut next = thing.resource.clone();
    fields.iter().for_each(|field| next.copy_field(field, to));
    if let Resource::DbProxyTargetGroup(group) = &next {
        db_proxy::check_pool(group)?;
    }
    account.merge(key, &FIELDS, &next);
    Ok(())
}
