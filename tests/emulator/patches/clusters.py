"""Multi-AZ DB clusters of the engine postgres: creation, members, statuses."""

from moto.rds.models import DBCluster, DBInstanceClustered, RDSBackend
from moto.rds.responses import RDSResponse

from patches import checks, security_groups, storage
from patches.control import is_on
from patches.keys import key_arn
from patches.stock import fault, replaces
from patches.subnet_groups import check_covers
from patches.transitions import begin, is_gone, observe, shows_transitions

MEMBERS = 3
LONGEST_NAME = 52
# What members show of their cluster; none of it can be set on a member (RDS User Guide,
# Multi-AZ DB cluster deployments).
SHARED = (
    "auto_minor_version_upgrade",
    "ca_certificate_identifier",
    "copy_tags_to_snapshot",
    "database_insights_mode",
    "enabled_cloudwatch_logs_exports",
    "monitoring_interval",
    "monitoring_role_arn",
    "performance_insights_enabled",
    "performance_insights_kms_key_id",
    "performance_insights_retention_period",
    "port",
    "preferred_maintenance_window",
    "publicly_accessible",
)

shows_transitions(DBCluster)
DBCluster.event_source_type = "db-cluster"


class ClusterMember(DBInstanceClustered):
    """One of the three instances; AWS makes and names them."""

    storage_type = property(lambda self: self.cluster.storage_type)
    iops = property(lambda self: self.cluster.iops, lambda self, _iops: None)
    storage_throughput = property(
        lambda self: self.cluster.storage_throughput, lambda self, _throughput: None
    )


def is_multi_az(cluster):
    """Whether it is a Multi-AZ DB cluster; moto's Aurora is left as it is."""
    return cluster.engine == "postgres"


def _check_new(backend, request):
    name = request["db_cluster_identifier"]
    if name in backend.clusters:
        raise fault("DBClusterAlreadyExistsFault", "DB Cluster already exists")
    if len(name) > LONGEST_NAME:
        raise fault(
            "InvalidParameterValue",
            f"The parameter DBClusterIdentifier is longer than {LONGEST_NAME} characters",
        )
    backend._validate_db_identifier(name)
    for member in ("db_cluster_instance_class", "allocated_storage"):
        if not request.get(member):
            raise fault(
                "InvalidParameterCombination",
                f"A Multi-AZ DB cluster needs {member.replace('_', ' ')}",
            )
    check_covers(backend, request.get("db_subnet_group_name") or "default", MEMBERS)
    checks.check_retention(request.get("backup_retention_period"), lowest=1)
    security_groups.check_known(backend, request.get("vpc_security_group_ids"))
    checks.check_cluster_password(request.get("master_user_password"))
    _check_iops(backend, request)
    _check_group(backend, request)
    _check_watching(request)


def _check_iops(backend, request):
    """75. RDS API, CreateDBCluster.Iops: required to create a Multi-AZ DB cluster. Switched
    on by `cluster-iops`. Stock: not required."""
    if is_on(backend.account_id, "cluster-iops") and not request.get("iops"):
        raise fault(
            "InvalidParameterCombination",
            "The parameter Iops must be provided and must not be blank.",
        )


def _check_group(backend, request):
    name = request.get("db_cluster_parameter_group_name")
    if name is None:
        return
    if name not in backend.db_cluster_parameter_groups:
        raise fault("DBClusterParameterGroupNotFound", f"DBClusterParameterGroup not found: {name}")
    group = backend.db_cluster_parameter_groups[name]
    version = checks.full_version(request.get("engine_version"))
    checks.check_family(name, group.db_parameter_group_family, version)


def _check_watching(request):
    checks.check_monitoring(
        request.get("monitoring_interval") or 0, request.get("monitoring_role_arn")
    )
    checks.check_insights(
        request.get("enable_performance_insights"),
        request.get("database_insights_mode"),
        request.get("performance_insights_retention_period"),
    )


def keep_storage(cluster):
    """gp3 shows figures that nobody set."""
    iops, cluster.storage_throughput = storage.read_back(
        cluster.storage_type, cluster.allocated_storage, cluster.iops, None
    )
    cluster.iops = cluster.iops or iops


def _keep(cluster, request):
    """What stock moto drops of a request."""
    on = bool(request.get("enable_performance_insights"))
    version = cluster.engine_version
    cluster.performance_insights_enabled = on
    cluster.performance_insights_retention_period = request.get(
        "performance_insights_retention_period"
    ) or (7 if on else None)
    cluster.performance_insights_kms_key_id = request.get("performance_insights_kms_key_id") or (
        key_arn(cluster.backend, None) if on else None
    )
    cluster.database_insights_mode = request.get("database_insights_mode") or "standard"
    cluster.monitoring_interval = request.get("monitoring_interval") or 0
    cluster.monitoring_role_arn = request.get("monitoring_role_arn")
    cluster.engine_lifecycle_support = (
        request.get("engine_lifecycle_support") or "open-source-rds-extended-support"
    )
    cluster.ca_certificate_identifier = (
        request.get("ca_certificate_identifier") or checks.DEFAULT_CERTIFICATE
    )
    cluster.iam_auth = bool(request.get("enable_iam_database_authentication"))
    if not request.get("db_cluster_parameter_group_name"):
        cluster.parameter_group = f"default.{checks.family_of(version)}"
    _keep_place(cluster, request)


def _keep_place(cluster, request):
    group = cluster.backend.describe_db_subnet_groups(cluster.db_subnet_group_name)[0]
    zones = sorted({subnet.availability_zone for subnet in group._subnets})
    cluster.availability_zones = zones[:MEMBERS]
    if not request.get("vpc_security_group_ids"):
        default = security_groups.default_group_of(cluster.backend, group)
        cluster.vpc_security_group_ids = [default]
    cluster.kms_key_id = (
        key_arn(cluster.backend, request.get("kms_key_id")) if cluster.storage_encrypted else None
    )


DBCluster.certificate_details = property(
    lambda self: {"CAIdentifier": getattr(self, "ca_certificate_identifier", None)}
)


def _add_members(backend, cluster):
    for number, zone in enumerate(cluster.availability_zones, start=1):
        member = ClusterMember(
            backend=backend,
            db_cluster_identifier=cluster.db_cluster_identifier,
            db_instance_identifier=f"{cluster.db_cluster_identifier}-instance-{number}",
            db_instance_class=cluster.db_cluster_instance_class,
            engine=cluster.engine,
            availability_zone=zone,
            db_subnet_group_name=cluster.db_subnet_group_name,
        )
        backend.databases[member.db_instance_identifier] = member
    share(cluster)


def share(cluster):
    """Brings the members in line with their cluster."""
    for member in cluster.members:
        member.db_instance_class = cluster.db_cluster_instance_class
        for name in SHARED:
            setattr(member, name, getattr(cluster, name))


def begin_all(cluster, *statuses):
    """The cluster and its members go through these statuses."""
    begin(cluster, *statuses)
    for member in cluster.members:
        begin(member, *statuses)


# 36. CreateDBCluster for postgres is a Multi-AZ DB cluster: class and storage are
# required, three zones, a name of at most 52 characters, three members `NAME-instance-1`
# to `-3` (RDS API, CreateDBCluster; RDS User Guide, Multi-AZ DB cluster deployments).
# Stock: no members, nothing checked, IAM authentication refused although the API's model
# has it, half of the request not read back.
@replaces(RDSBackend, "create_db_cluster")
def create_db_cluster(stock, self, kwargs):
    if kwargs.get("engine") != "postgres":
        cluster = stock(self, kwargs)
        cluster.status = "available"
        return cluster
    _check_new(self, kwargs)
    request = dict(kwargs)
    request["engine_version"] = checks.full_version(request.get("engine_version"))
    request.setdefault("storage_type", "io1")
    request.setdefault("license_model", "postgresql-license")
    sent = {n: v for n, v in request.items() if n != "enable_iam_database_authentication"}
    cluster = stock(self, sent)
    cluster.pending, cluster.pending_reboot = {}, False
    cluster.status = "available"
    _keep(cluster, request)
    keep_storage(cluster)
    _add_members(self, cluster)
    begin_all(cluster, "creating", "backing-up")
    return cluster


def _members_shown(self):
    status = "pending-reboot" if getattr(self, "pending_reboot", False) else "in-sync"
    return [
        {
            "DBInstanceIdentifier": member.db_instance_identifier,
            "IsClusterWriter": member.is_cluster_writer,
            "DBClusterParameterGroupStatus": status,
            "PromotionTier": member.promotion_tier,
        }
        for member in self.members
    ]


DBCluster.db_cluster_members = property(_members_shown)


def forget(backend, cluster):
    """The end of a deletion: members, automated backups and the cluster itself."""
    name = cluster.db_cluster_identifier
    for member in list(cluster.members):
        backend.databases.pop(member.db_instance_identifier)
    for snapshot in backend.describe_db_cluster_snapshots(name, None, "automated"):
        backend.delete_db_cluster_snapshot(snapshot.db_cluster_snapshot_identifier)
    backend.delete_db_cluster(name, cluster._doomed["snapshot"])


# 37. Statuses of clusters pass by as those of instances do, see 9. Stock: `creating`
# once, then `available`.
@replaces(RDSResponse, "describe_db_clusters")
def describe_db_clusters(stock, self):
    name = self.params.get("DBClusterIdentifier")
    filters = {f["Name"]: f["Values"] for f in self.params.get("Filters") or []}
    wanted = [name] if name else filters.get("db-cluster-id")
    for cluster in list(self.backend.clusters.values()):
        named = wanted is None or {cluster.db_cluster_identifier, cluster.arn} & set(wanted)
        if not named:
            continue
        observe(cluster)
        if is_gone(cluster):
            forget(self.backend, cluster)
    return stock(self)
