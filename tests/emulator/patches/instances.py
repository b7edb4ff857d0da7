"""DB instances: creating them, and reading back what they were created with."""

import uuid

from moto.rds.models import DBInstance, DBInstanceClustered, RDSBackend
from moto.rds.responses import RDSResponse

from patches import checks, security_groups, storage
from patches.keys import key_arn
from patches.stock import fault, is_true, replaces
from patches.transitions import begin

# Members that DescribeDBInstances shows and stock moto drops, with the value of a
# request that leaves them out.
PLAIN_DEFAULTS = {
    "dedicated_log_volume": False,
    "network_type": "IPV4",
    "engine_lifecycle_support": "open-source-rds-extended-support",
}


# 26. Without a storage type it is gp3, or io1 where IOPS are asked for (RDS API,
# CreateDBInstance.StorageType). Stock: gp2.
DBInstance.default_storage_type = staticmethod(lambda iops: "gp3" if iops is None else "io1")
DBInstance.default_allocated_storage = staticmethod(
    lambda engine, storage_type: 100 if storage_type.startswith("io") else 20
)


# 6. Every instance has a DbiResourceId of its own. Stock: all have the same.
# 7. Performance Insights, Database Insights and the standby's zone are kept. Stock:
# dropped, so they look like drift for ever.
# 27. So are DedicatedLogVolume, NetworkType, EngineLifecycleSupport and the default
# certificate (RDS API, DBInstance). Stock: dropped.
@replaces(DBInstance, "__init__")
def init(stock, self, backend, **kwargs):
    is_member = kwargs.get("db_cluster_identifier") is not None
    if not is_member:
        if kwargs.get("engine") == "postgres":
            kwargs["engine_version"] = checks.full_version(kwargs.get("engine_version"))
            kwargs.setdefault("license_model", "postgresql-license")
        # Before stock, which would ask the half-made instance for its IOPS.
        kwargs["storage_type"] = kwargs.get("storage_type") or self.default_storage_type(
            kwargs.get("iops")
        )
    if not kwargs.get("ca_certificate_identifier"):
        kwargs["ca_certificate_identifier"] = checks.DEFAULT_CERTIFICATE
    stock(self, backend=backend, **kwargs)
    self.dbi_resource_id = "db-" + uuid.uuid4().hex.upper()[:26]
    for name, default in PLAIN_DEFAULTS.items():
        setattr(self, name, default if kwargs.get(name) is None else kwargs[name])
    _keep_insights(self, kwargs)
    self.pending = {}
    self.pending_reboot = False
    self.db_instance_automated_backups_replications = []
    if not is_member:
        _keep_place(self, kwargs)


def _keep_insights(self, kwargs):
    on = bool(kwargs.get("enable_performance_insights"))
    self.performance_insights_enabled = on
    self.performance_insights_retention_period = kwargs.get(
        "performance_insights_retention_period"
    ) or (7 if on else None)
    self.performance_insights_kms_key_id = kwargs.get("performance_insights_kms_key_id") or (
        key_arn(self.backend, None) if on else None
    )
    self.database_insights_mode = kwargs.get("database_insights_mode") or "standard"


def _keep_place(self, kwargs):
    """What follows from the subnet group and the key."""
    group = getattr(self, "db_subnet_group", None)
    if not kwargs.get("vpc_security_group_ids"):
        self.vpc_security_group_ids = [security_groups.default_group_of(self.backend, group)]
    if self.publicly_accessible is None:
        # RDS API, CreateDBInstance.PubliclyAccessible: public unless a subnet group of
        # another name than `default` says where.
        self.publicly_accessible = group is None or group.name == "default"
    if self.storage_encrypted:
        self.kms_key_id = key_arn(self.backend, kwargs.get("kms_key_id"))
    zones = zones_of(self)
    if not kwargs.get("availability_zone"):
        self.availability_zone = zones[0]
    self.secondary_availability_zone = standby_zone(self) if self.multi_az else None


def zones_of(instance):
    """The zones that the instance may be in, in order."""
    group = getattr(instance, "db_subnet_group", None)
    if group is None:
        return [f"{instance.region}a", f"{instance.region}b"]
    return sorted({subnet.availability_zone for subnet in group._subnets})


def standby_zone(instance):
    """Another zone than the primary's."""
    return next(z for z in zones_of(instance) if z != instance.availability_zone)


# 28. gp3 shows its IOPS and throughput even where the request could not carry them (RDS
# User Guide, Amazon RDS DB instance storage). Stock: shows what was sent.
def _shown_storage(self):
    return storage.read_back(
        self.storage_type, self.allocated_storage, self._iops, self._storage_throughput
    )


DBInstance.iops = property(
    lambda self: _shown_storage(self)[0],
    lambda self, iops: setattr(self, "_iops", iops),
)
DBInstance.storage_throughput = property(
    lambda self: _shown_storage(self)[1],
    lambda self, throughput: setattr(self, "_storage_throughput", throughput),
)
DBInstance._storage_throughput = None
DBInstance.certificate_details = property(
    lambda self: {"CAIdentifier": self.ca_certificate_identifier}
)


# 58. The log stream of Enhanced Monitoring is named (RDS API,
# DBInstance.EnhancedMonitoringResourceArn). Stock: absent.
def _monitoring_stream(self):
    if not self.monitoring_interval:
        return None
    return (
        f"arn:aws:logs:{self.region}:{self.account_id}:log-group:RDSOSMetrics"
        f":log-stream:{self.dbi_resource_id}"
    )


DBInstance.enhanced_monitoring_resource_arn = property(_monitoring_stream)


def _check_new(backend, request):
    checks.check_retention(request.get("backup_retention_period"))
    security_groups.check_known(backend, request.get("vpc_security_group_ids"))
    checks.check_monitoring(
        request.get("monitoring_interval") or 0, request.get("monitoring_role_arn")
    )
    checks.check_insights(
        request.get("enable_performance_insights"),
        request.get("database_insights_mode"),
        request.get("performance_insights_retention_period"),
    )
    storage.check_gp3(
        request.get("storage_type") or DBInstance.default_storage_type(request.get("iops")),
        request.get("allocated_storage") or 20,
        request.get("iops"),
        request.get("storage_throughput"),
    )
    if is_true(request.get("multi_az")) and request.get("availability_zone"):
        raise fault(
            "InvalidParameterCombination",
            "Requesting a specific availability zone is not valid for Multi-AZ instances.",
        )
    if request.get("engine") == "postgres":
        version = checks.full_version(request.get("engine_version"))
        check_parameter_group(backend, request.get("db_parameter_group_name"), version)


def check_parameter_group(backend, name, version):
    """Refuses a group of another family; one that is missing is moto's own refusal."""
    group = backend.db_parameter_groups.get(name) if name else None
    if group is not None:
        checks.check_family(name, group.family, version)


# 9. `creating`, then `backing-up`, then `available` (RDS User Guide, Viewing DB instance
# status). Stock: `available` at once.
@replaces(RDSBackend, "create_db_instance")
def create_db_instance(stock, self, db_kwargs):
    instance = stock(self, db_kwargs)
    if db_kwargs.get("backup_retention_period") == 0:
        begin(instance, "creating")
    else:
        begin(instance, "creating", "backing-up")
    return instance


# 8. Unknown security groups, impossible retentions, insights, storage and zones are
# refused (RDS API, CreateDBInstance, InvalidParameterValue and
# InvalidParameterCombination). They are rules of the API, not of the backend, because
# moto restores, and makes its blue/green copies, through the backend. Stock: accepted.
@replaces(RDSResponse, "create_db_instance")
def answer_create(stock, self):
    if self.params.get("DBClusterIdentifier") is None:
        _check_new(self.backend, self.params)
    return stock(self)


DBInstanceClustered.secondary_availability_zone = None
