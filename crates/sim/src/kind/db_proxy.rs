//! Proxies: slow to come and to go, and in the way of their groups meanwhile (docs/aws/proxies.md).

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::DbProxyTargetGroup;
use pgha_resource::kind::ProxyScheme;
use pgha_resource::kind::ProxyTarget;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;
use pgha_resource::reference::Subnets;

use super::iam;
use super::secret;
use super::security_group;
use crate::account::Account;
use crate::change::Change;
use crate::execute::Outcome;
use crate::habit::Habit;
use crate::network;
use crate::network::Vpc;
use crate::refusal::bad_combination;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

const CREATING: Duration = Duration::from_secs(6 * 60);
const MODIFYING: Duration = Duration::from_secs(60);
const DELETING: Duration = Duration::from_secs(4 * 60);

/// AWS turns verbose logs off after a day (docs/aws/proxies.md#debug-logging).
const DEBUG_LOGGING: Duration = Duration::from_secs(24 * 3600);

/// Proxies a region has at most (docs/aws/proxies.md#quota).
const MOST: usize = 20;

pub(crate) fn create(account: &mut Account, key: &Address, to: &DbProxy, tags: &Tags) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    if account.neighbours(key, Kind::DbProxy).count() >= MOST {
        return Err(refuse("DBProxyQuotaExceededFault", "a region has at most 20 proxies"));
    }
    let (vpc, subnets) = taken_subnets(account, key, to.subnets.as_ref())?;
    let groups = security_group::members_groups(account, key, &vpc, to.security_groups.as_ref())?;
    let proxy = DbProxy {
        scheme: Some(to.scheme.unwrap_or(ProxyScheme::Secrets)),
        auth: Some(to.auth.clone().unwrap_or_default()),
        role: to.role.clone(),
        subnets: Some(subnets),
        security_groups: Some(groups),
        require_tls: Some(to.require_tls.unwrap_or(false)),
        idle_timeout: Some(to.idle_timeout.unwrap_or(1800)),
        debug_logging: Some(to.debug_logging.unwrap_or(false)),
    };
    check(&proxy)?;
    check_secrets(account, &proxy)?;
    check_role(account, &proxy)?;
    let id = account.new_resource_id("prx", key).to_ascii_lowercase();
    let arn = account.rds_arn(key, "db-proxy", &id);
    let ids = Ids { id: Some(id), arn: Some(arn), ..Ids::default() };
    let verbose = proxy.debug_logging == Some(true);
    let ids = account.insert(key, proxy, "creating", tags, ids);
    account.later(key, CREATING, Happening::Become("available".into()));
    if verbose {
        account.later(key, DEBUG_LOGGING, Happening::DebugLoggingOff);
    }
    born_with(account, key);
    Ok(ids)
}

/// A proxy is born with its only target group (docs/aws/proxies.md#target-group).
fn born_with(account: &mut Account, key: &Address) {
    let group = DbProxyTargetGroup {
        proxy: Ref::known(key.name.clone()),
        max_connections: Some(100),
        max_idle_connections: Some(50),
        borrow_timeout: Some(120),
        init_query: Some(String::new()),
    };
    let place = account.beside(key, Kind::DbProxyTargetGroup, &key.name);
    let id = account.new_resource_id("prx-tg", &place).to_ascii_lowercase();
    let arn = account.rds_arn(key, "target-group", &id);
    let ids = Ids { id: Some(id), arn: Some(arn), ..Ids::default() };
    account.insert(&place, group, "available", &Tags::new(), ids);
}

/// The VPC of subnets in two zones at least.
pub(crate) fn check_subnets(
    account: &Account,
    key: &Address,
    subnets: Option<&Subnets>,
) -> Result<Vpc, CallError> {
    let Some(Subnets::Known(ids)) = subnets else {
        return Err(bad_value("VpcSubnetIds must be provided"));
    };
    let vpc = network::vpc_of(account, &account.region(key), ids)
        .map_err(|_| refuse("InvalidSubnet", "the subnets are not in one VPC of this region"))?;
    match vpc.zones(ids).len() >= 2 {
        true => Ok(vpc),
        false => Err(refuse(
            "InvalidSubnet",
            "the subnets of a proxy have to be in two availability zones at least",
        )),
    }
}

/// The subnets that a new proxy or endpoint has: the API says nothing of those that it leaves
/// out.
pub(crate) fn taken_subnets(
    account: &Account,
    key: &Address,
    asked: Option<&Subnets>,
) -> Result<(Vpc, Subnets), CallError> {
    let vpc = check_subnets(account, key, asked)?;
    let Some(Subnets::Known(ids)) = asked.filter(|_| account.does(Habit::ProxyZones)) else {
        return Ok((vpc, asked.cloned().unwrap_or(Subnets::Known(BTreeSet::new()))));
    };
    let left = Subnets::Known(vpc.with_proxies(ids));
    Ok((check_subnets(account, key, Some(&left))?, left))
}

/// What holds for a proxy as a whole.
fn check(proxy: &DbProxy) -> Result<(), CallError> {
    let auth = proxy.auth.clone().unwrap_or_default();
    if proxy.scheme == Some(ProxyScheme::Secrets) && auth.is_empty() {
        return Err(bad_value("Auth must be provided when DefaultAuthScheme is NONE"));
    }
    if auth.len() > 200 {
        return Err(bad_value("a proxy has at most 200 secrets"));
    }
    match (1..=28_800).contains(&proxy.idle_timeout.unwrap_or(1800)) {
        true => Ok(()),
        false => Err(bad_value("IdleClientTimeout is 1 to 28800 seconds")),
    }
}

/// Secrets and role are looked at by calls that name them only.
fn check_secrets(account: &Account, proxy: &DbProxy) -> Result<(), CallError> {
    let mut secrets = proxy.auth.iter().flatten().filter_map(|auth| auth.secret.as_known());
    secrets.try_for_each(|secret| secret::check_there(account, secret))
}

fn check_role(account: &Account, proxy: &DbProxy) -> Result<(), CallError> {
    let Some(role) = proxy.role.as_ref().and_then(Ref::as_known) else {
        return Err(bad_value("RoleArn must be provided"));
    };
    iam::usable_role(account, role, "rds.amazonaws.com", "RDS PROXY").map(|_| ())
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    let members = [
        "scheme",
        "auth",
        "role",
        "security_groups",
        "require_tls",
        "idle_timeout",
        "debug_logging",
    ];
    if change.operation != pgha_resource::Operation::ModifyDBProxy {
        return Err(crate::change::no_member(change.operation, "proxies"));
    }
    let sent = change.sent_within(&members)?;
    check_available(account, key)?;
    let mut merged = account.proxy(key).cloned().map(Resource::from);
    if let Some(merged) = merged.as_mut() {
        sent.iter().for_each(|field| merged.copy_field(field, change.to));
    }
    let Some(Resource::DbProxy(proxy)) = &merged else {
        return Err(missing(key.kind, &key.name));
    };
    if sent.contains(&"security_groups") {
        let vpc = check_subnets(account, key, proxy.subnets.as_ref())?;
        security_group::members_groups(account, key, &vpc, proxy.security_groups.as_ref())?;
    }
    check(proxy)?;
    if sent.contains(&"auth") {
        check_secrets(account, proxy)?;
    }
    if sent.contains(&"role") {
        check_role(account, proxy)?;
    }
    if sent.is_empty() {
        return Ok(());
    }
    let verbose = sent.contains(&"debug_logging") && proxy.debug_logging == Some(true);
    account.merge(key, &sent, change.to);
    account.set_status(key, "modifying");
    account.later(key, MODIFYING, Happening::Become("available".into()));
    if verbose {
        account.later(key, DEBUG_LOGGING, Happening::DebugLoggingOff);
    }
    Ok(())
}

/// The proxy behind a name, if it takes changes.
pub(crate) fn check_available(account: &Account, key: &Address) -> Result<(), CallError> {
    let Some(thing) = account.get(key) else { return Err(missing(Kind::DbProxy, &key.name)) };
    match thing.status.as_str() {
        "available" => Ok(()),
        status => {
            Err(refuse("InvalidDBProxyStateFault", format!("the proxy {} is {status}", key.name)))
        }
    }
}

/// A proxy goes after its own endpoints, and its network interfaces stay until it is gone
/// (docs/aws/proxies.md#order).
pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    check_available(account, key)?;
    let endpoints = account.neighbours(key, Kind::DbProxyEndpoint);
    let mut own = endpoints.filter(|(_, thing)| part_of(&thing.resource) == Some(&key.name));
    if let Some((endpoint, _)) = own.next() {
        let text = format!("the proxy {} still has the endpoint {}", key.name, endpoint.name);
        return Err(refuse("InvalidDBProxyStateFault", text));
    }
    drop(own);
    account.cancel(key);
    account.set_status(key, "deleting");
    account.later(key, DELETING, Happening::Gone);
    Ok(())
}

/// The proxy that a resource is a part of.
fn part_of(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::DbProxyTargetGroup(group) => group.proxy.as_known(),
        Resource::DbProxyTarget(target) => target.proxy.as_known(),
        Resource::DbProxyEndpoint(endpoint) => endpoint.proxy.as_known(),
        _ => None,
    }
}

/// A proxy that is gone takes its group and its target along.
pub(crate) fn forget_parts(account: &mut Account, key: &Address) {
    let parts: Vec<Address> = account
        .things
        .iter()
        .filter(|(k, t)| k.region == key.region && part_of(&t.resource) == Some(&key.name))
        .map(|(k, _)| k.clone())
        .collect();
    parts.iter().for_each(|part| account.remove(part));
}

/// A database that is gone is nobody's target.
pub(crate) fn forget_database(account: &mut Account, key: &Address) {
    let of_instance = key.kind == Kind::DbInstance;
    let gone: Vec<Address> = account
        .targets(key)
        .filter(|(_, target)| match &target.target {
            ProxyTarget::Instance(name) => of_instance && name.as_known() == Some(&key.name),
            ProxyTarget::Cluster(name) => !of_instance && name.as_known() == Some(&key.name),
        })
        .map(|(target, _)| target.clone())
        .collect();
    gone.iter().for_each(|target| account.remove(target));
}

/// AWS ends verbose logs by itself.
pub(crate) fn end_debug_logging(account: &mut Account, key: &Address) {
    if let Some(Resource::DbProxy(proxy)) = account.get_mut(key).map(|thing| &mut thing.resource) {
        proxy.debug_logging = Some(false);
    }
    account.log(key, "debug logging ended after 24 hours");
}

/// Whether a proxy's role may read all of its secrets (docs/aws/iam.md#proxy-role).
pub(crate) fn reads_its_secrets(account: &Account, proxy: &DbProxy) -> bool {
    let role = proxy.role.as_ref().and_then(Ref::as_known).unwrap_or_default();
    let Some((_, thing)) = account.by_arn(Kind::IamRole, role) else { return false };
    let Resource::IamRole(role) = &thing.resource else { return false };
    let texts = iam::permissions(account, role);
    let secrets: BTreeSet<&str> =
        proxy.auth.iter().flatten().filter_map(|auth| auth.secret.as_known()).collect();
    secrets.iter().all(|arn| {
        // The six random characters may be written as question marks.
        let pattern =
            arn.rfind('-').map_or(String::new(), |dash| format!("{}-??????", &arn[..dash]));
        texts.iter().any(|text| {
            text.contains(arn)
                || (!pattern.is_empty() && text.contains(&pattern))
                || text.ends_with("/SecretsManagerReadWrite")
        })
    })
}

/// Checks the settings of a pool (docs/aws/proxies.md#pool).
pub(crate) fn check_pool(group: &DbProxyTargetGroup) -> Result<(), CallError> {
    let most = group.max_connections.unwrap_or(100);
    if !(1..=100).contains(&most) {
        return Err(bad_value("MaxConnectionsPercent is 1 to 100"));
    }
    if group.max_idle_connections.unwrap_or(0) > most {
        return Err(bad_combination("MaxIdleConnectionsPercent is at most MaxConnectionsPercent"));
    }
    if group.borrow_timeout.unwrap_or(120) > 300 {
        return Err(bad_value("ConnectionBorrowTimeout is 0 to 300 seconds"));
    }
    Ok(())
}
