//! The one database behind a proxy, and whether the proxy reaches it (docs/aws/proxies.md#target,
//! docs/aws/proxies.md#target-health).

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::DbProxyTarget;
use pgha_resource::kind::ProxyScheme;
use pgha_resource::kind::ProxyTarget;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use super::db_proxy;
use super::db_subnet_group;
use super::security_group;
use crate::account::Account;
use crate::execute::Outcome;
use crate::refusal::bad_combination;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;
use crate::timeline::Happening;

/// How long a target is being registered.
const REGISTERING: Duration = Duration::from_secs(2 * 60);

pub(crate) fn create(account: &mut Account, key: &Address, to: &DbProxyTarget) -> Outcome {
    let name = to.proxy.as_known().unwrap_or_default();
    let database = to.target.database().as_known().unwrap_or_default();
    if key.name != format!("{name}:{database}") {
        return Err(refuse("ValidationError", format!("the target is called {name}:{database}")));
    }
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    let proxy = account.beside(key, Kind::DbProxy, name);
    db_proxy::check_available(account, &proxy)?;
    let mut others =
        account.targets(key).filter(|(_, target)| target.proxy.as_known() == Some(name));
    if let Some((other, _)) = others.next() {
        let text = format!("the proxy {name} already has the target {}", other.name);
        return Err(refuse("DBProxyTargetAlreadyRegisteredFault", text));
    }
    drop(others);
    check_database(account, key, &to.target)?;
    let vpc = |db: &Database<'_>| db.vpc.to_string();
    let subnets = account.proxy(&proxy).and_then(|proxy| proxy.subnets.clone());
    let here = db_proxy::check_subnets(account, key, subnets.as_ref())?;
    if database_of(account, key, &to.target).map(|db| vpc(&db)).as_deref() != Some(&here.id) {
        return Err(bad_combination(format!("{database} is not in the VPC of the proxy {name}")));
    }
    let ids = account.insert(key, to.clone(), "REGISTERING", &Tags::new(), Ids::default());
    account.later(key, REGISTERING, Happening::Become("AVAILABLE".into()));
    Ok(ids)
}

/// A target is available and no replica.
fn check_database(account: &Account, key: &Address, target: &ProxyTarget) -> Result<(), CallError> {
    let (kind, code) = match target {
        ProxyTarget::Instance(_) => (Kind::DbInstance, "InvalidDBInstanceState"),
        ProxyTarget::Cluster(_) => (Kind::DbCluster, "InvalidDBClusterStateFault"),
    };
    let name = target.database().as_known().unwrap_or_default();
    let place = account.beside(key, kind, name);
    let thing = account.get(&place).ok_or_else(|| missing(kind, name))?;
    if account.instance(&place).is_some_and(|instance| instance.source.is_some()) {
        return Err(bad_combination(format!("{name} is a read replica: no target for a proxy")));
    }
    match thing.status.as_str() {
        "available" | "storage-optimization" => Ok(()),
        status => Err(refuse(code, format!("{name} is {status}"))),
    }
}

/// What a target's health depends on.
struct Database<'a> {
    vpc: &'a str,
    cidr: String,
    groups: BTreeSet<Ref>,
    port: u16,
    iam_auth: bool,
}

fn database_of<'a>(
    account: &'a Account,
    key: &Address,
    target: &ProxyTarget,
) -> Option<Database<'a>> {
    let (kind, name) = match target {
        ProxyTarget::Instance(name) => (Kind::DbInstance, name.as_known()?),
        ProxyTarget::Cluster(name) => (Kind::DbCluster, name.as_known()?),
    };
    let thing = account.get(&account.beside(key, kind, name))?;
    let (groups, port, iam_auth, subnets) = match &thing.resource {
        Resource::DbInstance(i) => (&i.security_groups, i.port, i.iam_auth, &i.subnet_group),
        Resource::DbCluster(c) => (&c.security_groups, c.port, c.iam_auth, &c.subnet_group),
        _ => return None,
    };
    let (vpc, _) = db_subnet_group::find(account, key, subnets.as_ref()?.as_known()?).ok()?;
    Some(Database {
        vpc: &thing.database.as_ref()?.vpc,
        cidr: vpc.cidr,
        groups: groups.clone().unwrap_or_default(),
        port: port.unwrap_or(5432),
        iam_auth: iam_auth.unwrap_or(false),
    })
}

/// A registered target's state and the reason for it, as things are now.
pub(crate) fn health(
    account: &Account,
    key: &Address,
    target: &DbProxyTarget,
    status: &str,
) -> (&'static str, &'static str) {
    if status == "REGISTERING" {
        return ("REGISTERING", "");
    }
    let name = target.proxy.as_known().unwrap_or_default();
    let proxy = account.proxy(&account.beside(key, Kind::DbProxy, name));
    let Some((proxy, database)) = proxy.zip(database_of(account, key, &target.target)) else {
        return ("UNAVAILABLE", "UNREACHABLE");
    };
    let groups = proxy.security_groups.clone().unwrap_or_default();
    let (port, cidr) = (database.port, &database.cidr);
    if !security_group::lets_through(account, key, &groups, &database.groups, port, cidr) {
        return ("UNAVAILABLE", "UNREACHABLE");
    }
    let logs_in = match proxy.scheme {
        Some(ProxyScheme::Iam) => database.iam_auth,
        _ => db_proxy::reads_its_secrets(account, proxy),
    };
    match logs_in {
        true => ("AVAILABLE", ""),
        false => ("UNAVAILABLE", "AUTH_FAILURE"),
    }
}

pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    account.remove(key);
    Ok(())
}
