"""Changing, restarting, failing over and deleting Multi-AZ DB clusters."""

from moto.core.responses import ActionResult
from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import Event, RDSBackend
from moto.rds.responses import RDSResponse

from patches import checks, pending, security_groups
from patches.clusters import begin_all, forget, is_multi_az, keep_storage, share
from patches.keys import key_arn
from patches.stock import adds, fault, is_true, replaces
from patches.transitions import POLLS, doom, is_doomed

# Members that wait for the window, with their name in PendingModifiedValues. The class
# has none there (RDS API, ClusterPendingModifiedValues): AWS queues it unseen.
QUEUED = {
    "allocated_storage": "AllocatedStorage",
    "backup_retention_period": "BackupRetentionPeriod",
    "ca_certificate_identifier": None,
    "db_cluster_instance_class": None,
    "enable_iam_database_authentication": "IAMDatabaseAuthenticationEnabled",
    "engine_version": "EngineVersion",
    "iops": "Iops",
    "storage_type": "StorageType",
}
# Where moto keeps a request member under another name.
KEPT_AS = {
    "db_cluster_parameter_group_name": "parameter_group",
    "enable_iam_database_authentication": "iam_auth",
    "enable_performance_insights": "performance_insights_enabled",
}
# Members that exist for Aurora or other engines only.
NOT_HERE = {"port", "option_group_name", "network_type", "serverless_v2_scaling_configuration"}

# RDS User Guide, Amazon RDS event categories and event messages: RDS-EVENT-0072, 0071.
Event.EVENT_MAP.update(
    CLUSTER_FAILOVER_STARTED={
        "Categories": ["failover"],
        "Message": "Started failover to DB instance.",
    },
    CLUSTER_FAILOVER_COMPLETED={
        "Categories": ["failover"],
        "Message": "Completed failover to DB instance.",
    },
)


def available_cluster(backend, name):
    """The cluster, if it takes changes now."""
    cluster = backend.describe_db_clusters(name)[0]
    if is_multi_az(cluster) and cluster.status != "available":
        raise fault(
            "InvalidDBClusterStateFault",
            f"The cluster {name} is in the state {cluster.status}.",
        )
    return cluster


def _current(cluster, name):
    return getattr(cluster, KEPT_AS.get(name, name), None)


def _after(cluster, request, name):
    value = request.get(name)
    return _current(cluster, name) if value is None else value


def _check(backend, cluster, request):
    unsupported = NOT_HERE & {name for name, value in request.items() if value is not None}
    if unsupported:
        raise fault(
            "InvalidParameterCombination",
            f"Multi-AZ DB clusters do not support {', '.join(sorted(unsupported))}",
        )
    checks.check_cluster_password(request.get("master_user_password"))
    checks.check_no_shrink(cluster.allocated_storage, request.get("allocated_storage"))
    checks.check_retention(request.get("backup_retention_period"), lowest=1)
    security_groups.check_known(backend, request.get("vpc_security_group_ids"))
    checks.check_monitoring(
        _after(cluster, request, "monitoring_interval"),
        _after(cluster, request, "monitoring_role_arn"),
    )
    checks.check_insights(
        _after(cluster, request, "enable_performance_insights"),
        _after(cluster, request, "database_insights_mode"),
        _after(cluster, request, "performance_insights_retention_period"),
    )
    checks.check_insights_change(
        request,
        cluster.performance_insights_enabled,
        cluster.performance_insights_kms_key_id,
        lambda key: key_arn(backend, key),
    )
    group = request.get("db_cluster_parameter_group_name")
    if group and group not in backend.db_cluster_parameter_groups:
        raise fault(
            "DBClusterParameterGroupNotFound", f"DBClusterParameterGroup not found: {group}"
        )


def _keep_insights(cluster, values):
    on = values.get("enable_performance_insights")
    if on is None:
        return
    retention = cluster.performance_insights_retention_period or 7
    values.setdefault("performance_insights_retention_period", retention)
    sent = values.pop("performance_insights_kms_key_id", None)
    if on and cluster.performance_insights_kms_key_id is None:
        cluster.performance_insights_kms_key_id = key_arn(cluster.backend, sent)
    # The key stays (https://github.com/hashicorp/terraform-provider-aws/pull/6453).
    if not on:
        values.pop("performance_insights_retention_period")
        cluster.performance_insights_retention_period = None


def apply_cluster_values(cluster, values):
    """Gives the cluster and its members the values, whose checks are done."""
    values = dict(values)
    export = values.pop("cloudwatch_logs_export_configuration", None)
    if export is not None:
        cluster.enabled_cloudwatch_logs_exports = checks.changed_logs(
            cluster.enabled_cloudwatch_logs_exports, export
        )
    group = values.get("db_cluster_parameter_group_name")
    if group and group != cluster.parameter_group:
        cluster.pending_reboot = True
    if {"storage_type", "allocated_storage"} & set(values) and "iops" not in values:
        cluster.iops = None if cluster.storage_type == "gp3" else cluster.iops
    if values.get("monitoring_interval") == 0:
        values["monitoring_role_arn"] = None
    if "preferred_maintenance_window" in values:
        values["preferred_maintenance_window"] = values["preferred_maintenance_window"].lower()
    _keep_insights(cluster, values)
    for name, value in values.items():
        setattr(cluster, KEPT_AS.get(name, name), value)
    keep_storage(cluster)
    share(cluster)


# 74. What the members show of the queue: the class, which the cluster's own
# PendingModifiedValues has no member for (RDS API, PendingModifiedValues and
# ClusterPendingModifiedValues). Stock: nothing.
OF_MEMBERS = {"db_cluster_instance_class": "DBInstanceClass"}


def show_queue(cluster):
    """PendingModifiedValues of the cluster and of its members, as the queue is now."""
    pending.show(cluster, QUEUED)
    for member in cluster.members:
        member.pending_modified_values = {
            shown: cluster.pending[name]
            for name, shown in OF_MEMBERS.items()
            if name in cluster.pending
        }


MANAGED_PASSWORD = (
    "manage_master_user_password",
    "master_user_secret_kms_key_id",
    "rotate_master_user_password",
)


# 38. ModifyDBCluster queues, flushes, checks and reads back as ModifyDBInstance does,
# see 12 and 29 (RDS API, ModifyDBCluster, "Valid for Cluster Type: Multi-AZ DB
# clusters"). Stock: everything at once, log exports under a member that the API does not
# have.
@replaces(RDSBackend, "modify_db_cluster")
def modify_db_cluster(stock, self, kwargs):
    cluster = available_cluster(self, kwargs["db_cluster_identifier"])
    if not is_multi_az(cluster):
        return stock(self, kwargs)
    if kwargs.get("new_db_cluster_identifier"):
        raise NotImplementedError("renaming a Multi-AZ DB cluster")
    request = dict(kwargs)
    _check(self, cluster, request)
    secret = {n: request.pop(n) for n in MANAGED_PASSWORD if n in request}
    if secret:
        name, how = cluster.db_cluster_identifier, request.get("apply_immediately")
        stock(self, {"db_cluster_identifier": name, "apply_immediately": how, **secret})
    now, queued = pending.split(
        request,
        cluster.pending,
        lambda name, _value, immediately: name in QUEUED and not immediately,
        lambda name: _current(cluster, name),
    )
    apply_cluster_values(cluster, now)
    pending.queue(cluster, now, queued)
    show_queue(cluster)
    if is_true(request.get("apply_immediately")):
        begin_all(cluster, "modifying")
    return cluster


# 39. RebootDBCluster: visible, brings parameters into use, never fails over (RDS API,
# RebootDBCluster). Stock: not implemented.
@adds(RDSResponse)
def reboot_db_cluster(self):
    cluster = available_cluster(self.backend, self.params["DBClusterIdentifier"])
    cluster.pending_reboot = False
    begin_all(cluster, "rebooting")
    return ActionResult({"DBCluster": cluster})


# 40. FailoverDBCluster is visible and leaves events (RDS User Guide, Failing over a
# Multi-AZ DB cluster). Stock: the writer changes and nothing tells of it.
@replaces(RDSBackend, "failover_db_cluster")
def failover_db_cluster(stock, self, db_cluster_identifier, **kwargs):
    available_cluster(self, db_cluster_identifier)
    cluster = stock(self, db_cluster_identifier, **kwargs)
    for event in ("CLUSTER_FAILOVER_STARTED", "CLUSTER_FAILOVER_COMPLETED"):
        self.add_event(event, cluster)
    begin_all(cluster, "failing-over")
    return cluster


# 41. DeleteDBCluster takes its three members along, is `deleting` for a while, and wants
# a final snapshot named or skipped (RDS API, DeleteDBCluster). Stock: refuses while there
# are members, needs no word on the snapshot, and keeps automated backups.
@replaces(RDSResponse, "delete_db_cluster")
def delete_db_cluster(stock, self):
    cluster = self.backend.describe_db_clusters(self.params["DBClusterIdentifier"])[0]
    if not is_multi_az(cluster):
        return stock(self)
    name, skip = self.params.get("FinalDBSnapshotIdentifier"), self.params.get("SkipFinalSnapshot")
    if cluster.deletion_protection:
        raise InvalidParameterCombination(
            "Cannot delete protected Cluster, please disable deletion protection and try again."
        )
    if bool(name) == bool(skip):
        raise InvalidParameterCombination(
            "Either FinalDBSnapshotIdentifier or SkipFinalSnapshot must be specified."
        )
    if is_doomed(cluster):
        raise fault(
            "InvalidDBClusterStateFault",
            f"Cluster {cluster.db_cluster_identifier} is already being deleted.",
        )
    doom(cluster, {"snapshot": name})
    for member in cluster.members:
        doom(member, {"skip_final_snapshot": True})
    if not POLLS:
        forget(self.backend, cluster)
    return ActionResult({"DBCluster": cluster})
