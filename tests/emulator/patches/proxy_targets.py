"""A proxy's target group and targets."""

from moto.rds.exceptions import DBClusterNotFoundError, DBInstanceNotFoundError
from moto.rds.models import DBProxyTarget, DBProxyTargetGroup, RDSBackend

from patches.proxies import available_proxy, proxy_named
from patches.stock import fault, replaces
from patches.transitions import begin, observe, passing


# 15a. A proxy that is not there is DBProxyNotFoundFault. Stock: a KeyError, HTTP 500.
@replaces(RDSBackend, "describe_db_proxy_target_groups")
def describe_db_proxy_target_groups(stock, self, proxy_name):
    proxy_named(self, proxy_name)
    return stock(self, proxy_name)


@replaces(RDSBackend, "describe_db_proxy_targets")
def describe_db_proxy_targets(stock, self, proxy_name):
    proxy_named(self, proxy_name)
    targets = stock(self, proxy_name)
    for target in targets:
        observe(target)
    return targets


# 15b. The initialization query is kept (RDS API, ConnectionPoolConfiguration.InitQuery),
# and a proxy that is not `available` is left alone. Stock: dropped.
@replaces(RDSBackend, "modify_db_proxy_target_group")
def modify_db_proxy_target_group(stock, self, proxy_name, config):
    available_proxy(self, proxy_name)
    group = stock(self, proxy_name, config)
    if config.get("InitQuery") is not None:
        group.init_query = config["InitQuery"]
    if config.get("MaxIdleConnectionsPercent") is not None:
        # Stock reads a 0 as "not sent".
        group.max_idle_connections = config["MaxIdleConnectionsPercent"]
    return group


_stock_config = DBProxyTargetGroup.connection_pool_config.fget


def _config(self):
    config = _stock_config(self)
    if getattr(self, "init_query", None):
        config["InitQuery"] = self.init_query
    return config


DBProxyTargetGroup.connection_pool_config = property(_config)


# 15c. A target is REGISTERING for a while. Stock: until it has been shown once, and the
# answer to the registration counts.
DBProxyTarget.target_health = property(lambda self: {"State": passing(self) or "AVAILABLE"})


def _check_registration(backend, proxy, instances, clusters):
    targets = proxy.proxy_target_groups["default"].targets
    registered = {target.rds_resource_id for target in targets}
    for name in [*instances, *clusters]:
        if name in registered:
            raise fault(
                "DBProxyTargetAlreadyRegisteredFault",
                f"The proxy is already associated with the specified RDS DB instance {name}.",
            )
    for name in instances:
        if name not in backend.databases:
            raise DBInstanceNotFoundError(name)
        if backend.databases[name].is_replica:
            raise fault("InvalidDBInstanceState", f"{name} is a read replica.")
    for name in clusters:
        if name not in backend.clusters:
            raise DBClusterNotFoundError(name)
    if len(registered | {*instances, *clusters}) > 1:
        raise fault(
            "InvalidParameterCombination", "A proxy has one DB instance or cluster as target."
        )


def _describe_instance(target, instance, role):
    target.endpoint = instance.address
    target.target_arn = instance.arn
    target.port = instance.port
    target.role = role
    begin(target, "REGISTERING")


def _cluster_members(backend, cluster):
    """The targets that follow from a cluster: one for each member."""
    for member in cluster.members:
        target = DBProxyTarget(backend, member.db_instance_identifier, None, "RDS_INSTANCE")
        role = "READ_WRITE" if member.is_cluster_writer else "READ_ONLY"
        _describe_instance(target, member, role)
        target.tracked_cluster_id = cluster.db_cluster_identifier
        yield target


# 15d. One target, an instance or a cluster, that exists and is no replica; a cluster
# brings a target for each member (RDS API, RegisterDBProxyTargets, DBProxyTarget; RDS
# User Guide, Quotas and limitations for RDS Proxy). Stock: takes anything, twice too.
@replaces(RDSBackend, "register_db_proxy_targets")
def register_db_proxy_targets(
    stock,
    self,
    db_proxy_name,
    target_group_name,
    db_cluster_identifiers,
    db_instance_identifiers,
):
    proxy = available_proxy(self, db_proxy_name)
    instances, clusters = db_instance_identifiers or [], db_cluster_identifiers or []
    _check_registration(self, proxy, instances, clusters)
    targets = stock(self, db_proxy_name, target_group_name, clusters, instances)
    for target in list(targets):
        if target.type == "RDS_INSTANCE":
            _describe_instance(target, self.databases[target.rds_resource_id], "READ_WRITE")
        else:
            cluster = self.clusters[target.rds_resource_id]
            target.target_arn, target.port = cluster.arn, cluster.port
            begin(target, "REGISTERING")
            targets += _cluster_members(self, cluster)
    group = proxy.proxy_target_groups[target_group_name or "default"]
    group.targets += [target for target in targets if target not in group.targets]
    return targets


# 15e. A target that is not registered is DBProxyTargetNotFoundFault (RDS API,
# DeregisterDBProxyTargets); a cluster's members go with it. Stock: ignores it.
@replaces(RDSBackend, "deregister_db_proxy_targets")
def deregister_db_proxy_targets(
    _stock,
    self,
    db_proxy_name,
    target_group_name,
    db_cluster_identifiers,
    db_instance_identifiers,
):
    proxy = proxy_named(self, db_proxy_name)
    names = {*(db_cluster_identifiers or []), *(db_instance_identifiers or [])}
    group = proxy.proxy_target_groups[target_group_name or "default"]
    unknown = names - {target.rds_resource_id for target in group.targets}
    if unknown:
        raise fault("DBProxyTargetNotFoundFault", f"not registered: {', '.join(sorted(unknown))}")
    group.targets = [
        target
        for target in group.targets
        if target.rds_resource_id not in names
        and getattr(target, "tracked_cluster_id", None) not in names
    ]
