//! Each kind's own rules, and the dispatch to them.

pub(crate) mod alarm;
pub(crate) mod backup_replication;
pub(crate) mod db_cluster;
pub(crate) mod db_instance;
pub(crate) mod db_parameter_group;
pub(crate) mod db_proxy;
pub(crate) mod db_proxy_endpoint;
pub(crate) mod db_proxy_target;
pub(crate) mod db_proxy_target_group;
pub(crate) mod db_snapshot;
pub(crate) mod db_subnet_group;
pub(crate) mod event_subscription;
pub(crate) mod iam;
pub(crate) mod secret;
pub(crate) mod security_group;
pub(crate) mod sns;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::account::Account;
use crate::change::Change;
use crate::execute::Outcome;
use crate::refusal::missing;
use crate::refusal::refuse;

/// Creates a resource.
pub(crate) fn create(account: &mut Account, key: &Address, to: &Resource, tags: &Tags) -> Outcome {
    match to {
        Resource::SecurityGroup(to) => security_group::create(account, key, to, tags),
        Resource::DbSubnetGroup(to) => db_subnet_group::create(account, key, to, tags),
        Resource::DbParameterGroup(_) | Resource::DbClusterParameterGroup(_) => {
            db_parameter_group::create(account, key, to, tags)
        }
        Resource::SnsTopic(to) => sns::create_topic(account, key, to, tags),
        Resource::SnsSubscription(to) => sns::subscribe(account, key, to),
        Resource::IamRole(to) => iam::create_role(account, key, to, tags),
        Resource::IamPolicy(to) => iam::create_policy(account, key, to, tags),
        Resource::Secret(to) => secret::create(account, key, to, tags),
        Resource::DbInstance(to) => db_instance::create(account, key, to, tags),
        Resource::DbCluster(to) => db_cluster::create(account, key, to, tags),
        Resource::BackupReplication(to) => backup_replication::create(account, key, to, tags),
        Resource::DbSnapshot(_) | Resource::DbClusterSnapshot(_) => {
            db_snapshot::create(account, key, to, tags)
        }
        Resource::Alarm(to) => alarm::put(account, key, to, tags),
        Resource::EventSubscription(to) => event_subscription::create(account, key, to, tags),
        Resource::DbProxy(to) => db_proxy::create(account, key, to, tags),
        Resource::DbProxyTargetGroup(to) => db_proxy_target_group::create(account, key, to),
        Resource::DbProxyTarget(to) => db_proxy_target::create(account, key, to),
        Resource::DbProxyEndpoint(to) => db_proxy_endpoint::create(account, key, to, tags),
    }
}

/// Changes a resource that exists.
pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    match change.to {
        Resource::SecurityGroup(_) => security_group::update(account, key, change),
        Resource::DbSubnetGroup(_) => db_subnet_group::update(account, key, change),
        Resource::DbParameterGroup(_) | Resource::DbClusterParameterGroup(_) => {
            db_parameter_group::update(account, key, change)
        }
        Resource::SnsTopic(_) => sns::update_topic(account, key, change),
        Resource::IamRole(_) => iam::update_role(account, key, change),
        Resource::IamPolicy(_) => iam::update_policy(account, key, change),
        Resource::Secret(_) => secret::update(account, key, change),
        Resource::DbInstance(_) => db_instance::modify::modify(account, key, change),
        Resource::DbCluster(_) => db_cluster::modify(account, key, change),
        Resource::Alarm(to) => alarm::put(account, key, to, &Tags::new()).map(|_| ()),
        Resource::EventSubscription(_) => event_subscription::update(account, key, change),
        Resource::DbProxy(_) => db_proxy::update(account, key, change),
        Resource::DbProxyTargetGroup(_) => db_proxy_target_group::update(account, key, change),
        Resource::DbProxyEndpoint(_) => db_proxy_endpoint::update(account, key, change),
        Resource::SnsSubscription(_)
        | Resource::BackupReplication(_)
        | Resource::DbSnapshot(_)
        | Resource::DbClusterSnapshot(_)
        | Resource::DbProxyTarget(_) => {
            Err(refuse("ValidationError", format!("no call changes a {}", key.kind)))
        }
    }
}

/// Deletes a resource that exists.
pub(crate) fn delete(
    account: &mut Account,
    key: &Address,
    final_snapshot: Option<&str>,
) -> Result<(), CallError> {
    match key.kind {
        Kind::SecurityGroup => security_group::delete(account, key),
        Kind::DbSubnetGroup => db_subnet_group::delete(account, key),
        Kind::DbParameterGroup | Kind::DbClusterParameterGroup => {
            db_parameter_group::delete(account, key)
        }
        Kind::SnsTopic => sns::delete_topic(account, key),
        Kind::SnsSubscription => sns::unsubscribe(account, key),
        Kind::IamRole => iam::delete_role(account, key),
        Kind::Secret => secret::delete(account, key),
        Kind::DbInstance => db_instance::delete::delete(account, key, final_snapshot),
        Kind::DbCluster => db_cluster::delete(account, key, final_snapshot),
        Kind::DbSnapshot | Kind::DbClusterSnapshot => db_snapshot::delete(account, key),
        Kind::EventSubscription => event_subscription::delete(account, key),
        Kind::DbProxy => db_proxy::delete(account, key),
        Kind::DbProxyTargetGroup => {
            Err(refuse("ValidationError", "a target group goes with its proxy"))
        }
        Kind::DbProxyTarget => db_proxy_target::delete(account, key),
        Kind::DbProxyEndpoint => db_proxy_endpoint::delete(account, key),
        Kind::IamPolicy => iam::delete_policy(account, key),
        Kind::BackupReplication => backup_replication::delete(account, key),
        Kind::Alarm => {
            account.remove(key);
            Ok(())
        }
    }
}

/// Restarts a database.
pub(crate) fn reboot(account: &mut Account, key: &Address) -> Result<(), CallError> {
    match key.kind {
        Kind::DbInstance => db_instance::reboot(account, key),
        Kind::DbCluster => db_cluster::reboot(account, key),
        other => Err(missing(other, &key.name)),
    }
}

/// Starts a database that is stopped.
pub(crate) fn start(account: &mut Account, key: &Address) -> Result<(), CallError> {
    match key.kind {
        Kind::DbInstance => db_instance::start_again(account, key),
        other => Err(missing(other, &key.name)),
    }
}

/// The call that creates a resource.
pub(crate) fn creating(to: &Resource) -> Operation {
    match to {
        Resource::SecurityGroup(_) => Operation::CreateSecurityGroup,
        Resource::DbSubnetGroup(_) => Operation::CreateDBSubnetGroup,
        Resource::DbParameterGroup(_) => Operation::CreateDBParameterGroup,
        Resource::DbClusterParameterGroup(_) => Operation::CreateDBClusterParameterGroup,
        Resource::SnsTopic(_) => Operation::CreateTopic,
        Resource::SnsSubscription(_) => Operation::Subscribe,
        Resource::IamRole(_) => Operation::CreateRole,
        Resource::IamPolicy(_) => Operation::CreatePolicy,
        Resource::Secret(_) => Operation::CreateSecret,
        Resource::DbInstance(to) if to.source.is_some() => Operation::CreateDBInstanceReadReplica,
        Resource::DbInstance(_) => Operation::CreateDBInstance,
        Resource::DbCluster(_) => Operation::CreateDBCluster,
        Resource::BackupReplication(_) => Operation::StartDBInstanceAutomatedBackupsReplication,
        Resource::DbSnapshot(_) => Operation::CreateDBSnapshot,
        Resource::DbClusterSnapshot(_) => Operation::CreateDBClusterSnapshot,
        Resource::Alarm(_) => Operation::PutMetricAlarm,
        Resource::EventSubscription(_) => Operation::CreateEventSubscription,
        Resource::DbProxy(_) => Operation::CreateDBProxy,
        Resource::DbProxyTargetGroup(_) => Operation::ModifyDBProxyTargetGroup,
        Resource::DbProxyTarget(_) => Operation::RegisterDBProxyTargets,
        Resource::DbProxyEndpoint(_) => Operation::CreateDBProxyEndpoint,
    }
}

/// The call that deletes a resource of a kind.
pub(crate) fn deleting(kind: Kind) -> Operation {
    match kind {
        Kind::SecurityGroup => Operation::DeleteSecurityGroup,
        Kind::DbSubnetGroup => Operation::DeleteDBSubnetGroup,
        Kind::DbParameterGroup => Operation::DeleteDBParameterGroup,
        Kind::DbClusterParameterGroup => Operation::DeleteDBClusterParameterGroup,
        Kind::SnsTopic => Operation::DeleteTopic,
        Kind::SnsSubscription => Operation::Unsubscribe,
        Kind::IamRole => Operation::DeleteRole,
        Kind::IamPolicy => Operation::DeletePolicy,
        Kind::Secret => Operation::DeleteSecret,
        Kind::DbInstance => Operation::DeleteDBInstance,
        Kind::DbCluster => Operation::DeleteDBCluster,
        Kind::BackupReplication => Operation::StopDBInstanceAutomatedBackupsReplication,
        Kind::DbSnapshot => Operation::DeleteDBSnapshot,
        Kind::DbClusterSnapshot => Operation::DeleteDBClusterSnapshot,
        Kind::Alarm => Operation::DeleteAlarms,
        Kind::EventSubscription => Operation::DeleteEventSubscription,
        Kind::DbProxy | Kind::DbProxyTargetGroup => Operation::DeleteDBProxy,
        Kind::DbProxyTarget => Operation::DeregisterDBProxyTargets,
        Kind::DbProxyEndpoint => Operation::DeleteDBProxyEndpoint,
    }
}

/// The call that restarts a database.
pub(crate) fn rebooting(kind: Kind) -> Option<Operation> {
    match kind {
        Kind::DbInstance => Some(Operation::RebootDBInstance),
        Kind::DbCluster => Some(Operation::RebootDBCluster),
        _ => None,
    }
}

/// The call that starts a database that is stopped.
pub(crate) fn starting(kind: Kind) -> Option<Operation> {
    match kind {
        Kind::DbInstance => Some(Operation::StartDBInstance),
        _ => None,
    }
}

/// The key of what a resource is a part of.
pub(crate) fn parent(account: &Account, key: &Address, resource: &Resource) -> Option<Address> {
    let proxy =
        |proxy: &pgha_resource::Ref| Some(account.beside(key, Kind::DbProxy, proxy.as_known()?));
    match resource {
        Resource::SnsSubscription(subscription) => {
            let arn = subscription.topic.as_known()?;
            account.by_arn(Kind::SnsTopic, arn).map(|(key, _)| key.clone())
        }
        Resource::DbProxyTargetGroup(group) => proxy(&group.proxy),
        Resource::DbProxyTarget(target) => proxy(&target.proxy),
        Resource::DbProxyEndpoint(endpoint) => proxy(&endpoint.proxy),
        _ => None,
    }
}

/// A status with its phase.
pub(crate) fn status(kind: Kind, text: &str) -> Status {
    match kind {
        Kind::DbInstance => Status::db_instance(text),
        Kind::DbCluster => Status::db_cluster(text),
        Kind::DbProxy | Kind::DbProxyEndpoint => Status::proxy(text),
        Kind::EventSubscription => Status::event_subscription(text),
        Kind::DbSnapshot | Kind::DbClusterSnapshot => Status::snapshot(text),
        Kind::BackupReplication => Status::backup_replication(text),
        Kind::DbProxyTarget => Status::proxy_target(text, ""),
        _ => Status::ready(),
    }
}
