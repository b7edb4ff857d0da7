//! Stopping and starting, and what else the console does to one database.

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_resource::kind::{Peer, Rule, SecurityGroup};
use pgha_resource::live::{Ids, Tags};
use pgha_resource::{Address, Kind, Ref, Resource};

use super::{Done, check_instance, refused};
use crate::account::Account;
use crate::kind::db_instance::replica;
use crate::tamper::TamperError;
use crate::timeline::Happening;

const STOPPING: Duration = Duration::from_secs(5 * 60);
const STARTING: Duration = Duration::from_secs(8 * 60);

/// RDS starts a stopped instance by itself
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html>).
const LONGEST_STOP: Duration = Duration::from_secs(7 * 24 * 3600);

const NO_KEY: &str = "inaccessible-encryption-credentials-recoverable";

/// Stops an instance that neither is a replica nor has one; what waits for a window is dropped.
pub(super) fn stop(account: &mut Account, key: &Address) -> Done {
    check_instance(account, key, &["available", "storage-optimization"])?;
    let is_replica = account.instance(key).is_some_and(|instance| instance.source.is_some());
    if is_replica || !replica::replicas(account, key).is_empty() {
        return Err(refused("an instance that is or has a read replica cannot be stopped"));
    }
    account.cancel(key);
    if let Some(database) = account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        (database.waiting, database.optimizing_until) = (None, None);
    }
    account.set_status(key, "stopping");
    account.log(key, "stopping");
    account.later(key, STOPPING, Happening::Become("stopped".into()));
    account.later(key, STOPPING + LONGEST_STOP, Happening::Start);
    Ok(format!("stopping {}", account.address(key)))
}

/// Starts an instance that is stopped.
pub(super) fn start(account: &mut Account, key: &Address) -> Done {
    check_instance(account, key, &["stopped", NO_KEY])?;
    started(account, key);
    Ok(format!("starting {}", account.address(key)))
}

/// A stopped instance starts, also by itself after seven days; it reads its parameter group.
pub(crate) fn started(account: &mut Account, key: &Address) {
    if account.get(key).is_none_or(|thing| !["stopped", NO_KEY].contains(&thing.status.as_str())) {
        return;
    }
    account.cancel(key);
    account.set_status(key, "starting");
    account.log(key, "starting");
    account.later(key, STARTING, Happening::Rebooted);
}

/// RDS stops a database whose key it cannot use, and can start it for seven days
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html>).
pub(super) fn lose_key(account: &mut Account, key: &Address) -> Done {
    check_instance(account, key, &["available", "storage-optimization"])?;
    if account.instance(key).and_then(|instance| instance.encrypted) != Some(true) {
        return Err(refused(format!("{} is not encrypted", account.address(key))));
    }
    account.cancel(key);
    account.set_status(key, NO_KEY);
    account.log(key, NO_KEY);
    Ok(format!("{} cannot use its key", account.address(key)))
}

/// The console makes a group for the database and one for the EC2 instance, and attaches them
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/ec2-rds-connect.html>).
pub(super) fn connect_ec2(account: &mut Account, key: &Address) -> Done {
    let missing = || TamperError::Missing(account.address(key).to_string());
    let thing = account.get(key).ok_or_else(missing)?;
    let Some(vpc) = thing.database.as_ref().map(|database| database.vpc.clone()) else {
        return Err(refused(format!("{} is no database", account.address(key))));
    };
    let n = (1..).find(|n| account.get(&group_key(account, key, "rds-ec2", *n)).is_none());
    let n = n.unwrap_or(1);
    let client = insert_group(account, key, "ec2-rds", n, &vpc, BTreeSet::new());
    let rule = Rule::tcp(5432, Peer::Group(Ref::known(client)));
    let server = insert_group(account, key, "rds-ec2", n, &vpc, BTreeSet::from([rule]));
    let groups = match account.get_mut(key).map(|thing| &mut thing.resource) {
        Some(Resource::DbInstance(instance)) => &mut instance.security_groups,
        Some(Resource::DbCluster(cluster)) => &mut cluster.security_groups,
        _ => return Err(refused("only databases are connected")),
    };
    groups.get_or_insert_default().insert(Ref::known(server));
    let text = format!("the group rds-ec2-{n} is attached to {}", account.address(key));
    account.log(key, &text);
    Ok(text)
}

fn group_key(account: &Account, key: &Address, kind: &str, n: u32) -> Address {
    account.beside(key, Kind::SecurityGroup, &format!("{kind}-{n}"))
}

/// Makes a group that is nobody's, and returns its id.
fn insert_group(
    account: &mut Account,
    key: &Address,
    kind: &str,
    n: u32,
    vpc: &str,
    ingress: BTreeSet<Rule>,
) -> String {
    let group = group_key(account, key, kind, n);
    let id = account.new_ec2_id("sg", &group);
    let resource = SecurityGroup {
        description: Some("Security group attached by the console".into()),
        vpc: Some(Ref::known(vpc)),
        ingress: Some(ingress),
        egress: Some(BTreeSet::from([Rule::everything(Peer::Cidr("0.0.0.0/0".into()))])),
    };
    let ids = Ids { id: Some(id.clone()), ..Ids::default() };
    account.insert(&group, resource, "available", &Tags::new(), ids);
    id
}
