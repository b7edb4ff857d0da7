"""ModifyDBInstance: what is applied now, what waits, what is refused."""

from moto.rds.exceptions import DBParameterGroupNotFoundError
from moto.rds.models import RDSBackend

from patches import checks, pending, security_groups, storage
from patches.instances import check_parameter_group, standby_zone
from patches.keys import key_arn
from patches.statuses import need_available
from patches.stock import fault, is_true, replaces
from patches.transitions import begin

# Request members that wait for the window unless ApplyImmediately is set, with their
# name in PendingModifiedValues. `None`: AWS queues it and shows it nowhere (RDS User
# Guide, Settings for DB instances; RDS API, PendingModifiedValues).
QUEUED = {
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "storage_type": "StorageType",
    "iops": "Iops",
    "storage_throughput": "StorageThroughput",
    "engine_version": "EngineVersion",
    "multi_az": "MultiAZ",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "enable_iam_database_authentication": "IAMDatabaseAuthenticationEnabled",
    "db_subnet_group_name": "DBSubnetGroupName",
    "backup_retention_period": "BackupRetentionPeriod",
    "network_type": None,
}
# Waits for a reboot whatever ApplyImmediately says.
AT_REBOOT = {"dedicated_log_volume": "DedicatedLogVolume"}
# What the stock function still has to see: it checks windows and rotates passwords.
CHECKED_BY_STOCK = (
    "preferred_backup_window",
    "preferred_maintenance_window",
    "rotate_master_user_password",
    "apply_immediately",
)
# Members whose change shows as a status of its own.
STATUS_OF = {
    "monitoring_interval": "configuring-enhanced-monitoring",
    "cloudwatch_logs_export_configuration": "configuring-log-exports",
    "master_user_password": "resetting-master-credentials",
}


def _after(instance, request, name, attribute=None):
    """The value that `name` will have once everything asked for is applied."""
    value = request.get(name)
    return getattr(instance, attribute or name) if value is None else value


def _check(backend, instance, request):
    checks.check_no_shrink(instance.allocated_storage, request.get("allocated_storage"))
    checks.check_retention(request.get("backup_retention_period"))
    if request.get("backup_retention_period") == 0 and instance.replicas:
        raise fault(
            "InvalidParameterCombination",
            "Automated backups cannot be turned off while the instance has read replicas.",
        )
    security_groups.check_known(backend, request.get("vpc_security_group_ids"))
    _check_managed_password(instance, request)
    _check_monitoring(instance, request)
    checks.check_insights(
        _after(instance, request, "enable_performance_insights", "performance_insights_enabled"),
        _after(instance, request, "database_insights_mode"),
        _after(instance, request, "performance_insights_retention_period"),
    )
    checks.check_insights_change(
        request,
        instance.performance_insights_enabled,
        instance.performance_insights_kms_key_id,
        lambda key: key_arn(backend, key),
    )
    storage.check_gp3(
        _after(instance, request, "storage_type"),
        int(_after(instance, request, "allocated_storage")),
        request.get("iops"),
        request.get("storage_throughput"),
    )
    _check_version(instance, request)


def _check_managed_password(instance, request):
    """RDS User Guide, Password management with Secrets Manager, Limitations: a source of
    replicas has no managed password. That turning it on is refused too is a guess."""
    if is_true(request.get("manage_master_user_password")) and instance.replicas:
        raise fault(
            "InvalidParameterCombination",
            "ManageMasterUserPassword is not supported for an instance with read replicas.",
        )


def _check_monitoring(instance, request):
    interval = _after(instance, request, "monitoring_interval")
    checks.check_monitoring(interval, _after(instance, request, "monitoring_role_arn"))


def _check_version(instance, request):
    wanted = request.get("engine_version")
    if not wanted:
        return
    if wanted.split(".")[0] == instance.engine_version.split(".")[0]:
        return
    if not is_true(request.get("allow_major_version_upgrade")):
        raise fault(
            "InvalidParameterCombination",
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new "
            "major version.",
        )


def _waits(instance, name, value, immediately):
    if name in AT_REBOOT:
        return True
    if name == "backup_retention_period":
        # Only turning backups on or off restarts; other values apply by themselves.
        turned = (value == 0) != (instance.backup_retention_period == 0)
        return turned and not immediately
    return name in QUEUED and not immediately


def show_pending(instance):
    """PendingModifiedValues as the queue is now."""
    pending.show(instance, QUEUED | AT_REBOOT)


def apply_values(instance, values):
    """Gives the instance the values, whose checks are done."""
    values = dict(values)
    if "cloudwatch_logs_export_configuration" in values:
        instance.enabled_cloudwatch_logs_exports = checks.changed_logs(
            instance.enabled_cloudwatch_logs_exports,
            values.pop("cloudwatch_logs_export_configuration"),
        )
    _apply_insights(instance, values)
    if "db_port_number" in values:
        instance.port = values.pop("db_port_number")
    if values.get("monitoring_interval") == 0:
        instance.monitoring_role_arn = None
        values.pop("monitoring_role_arn", None)
    if "preferred_maintenance_window" in values:
        values["preferred_maintenance_window"] = values["preferred_maintenance_window"].lower()
    instance.update(**values)
    if "multi_az" in values:
        instance.secondary_availability_zone = standby_zone(instance) if instance.multi_az else None


def _apply_insights(instance, values):
    on = values.pop("enable_performance_insights", None)
    if on is None:
        return
    instance.performance_insights_enabled = bool(on)
    if on:
        values.setdefault(
            "performance_insights_retention_period",
            instance.performance_insights_retention_period or 7,
        )
        values.setdefault(
            "performance_insights_kms_key_id",
            instance.performance_insights_kms_key_id or key_arn(instance.backend, None),
        )
    else:
        # The key stays (https://github.com/hashicorp/terraform-provider-aws/pull/6453).
        instance.performance_insights_retention_period = None


def _associate(backend, instance, values):
    """A new parameter group is associated at once and in use after a reboot."""
    name = values.get("db_parameter_group_name")
    if name is None or name == instance.db_parameter_group_name:
        return
    default = instance.is_default_parameter_group(name)
    if not default and name not in backend.db_parameter_groups:
        raise DBParameterGroupNotFoundError(name)
    check_parameter_group(backend, name, _after(instance, values, "engine_version"))
    instance.db_parameter_group_name = name
    instance.pending_reboot = True


def _pass_through(instance, request, now):
    """The statuses that the change shows."""
    statuses = [status for name, status in STATUS_OF.items() if name in now]
    if is_true(request.get("apply_immediately")):
        statuses.append("modifying")
    if "db_port_number" in now:
        # RDS User Guide, Settings for DB instances: a new port restarts at once.
        statuses += ["modifying", "rebooting"]
    if statuses:
        begin(instance, *dict.fromkeys(statuses))


# 12a. Values that AWS applies in the maintenance window stay in PendingModifiedValues
# until ApplyImmediately, which flushes all of them. Stock: everything at once, and
# nothing is ever pending.
# 29. Whatever is accepted is read back: port, log exports, insights, monitoring, the
# parameter group as `pending-reboot` (RDS API, DBInstance). Stock: dropped or stored
# under the request's name.
@replaces(RDSBackend, "modify_db_instance")
def modify_db_instance(stock, self, db_instance_identifier, db_kwargs):
    if "new_db_instance_identifier" in db_kwargs:
        return stock(self, db_instance_identifier, db_kwargs)
    instance = self.describe_db_instances(db_instance_identifier)[0]
    if instance.db_cluster_identifier is not None:
        raise fault(
            "InvalidParameterCombination",
            "The instance is a member of a Multi-AZ DB cluster: modify the cluster.",
        )
    need_available(instance)
    request = dict(db_kwargs)
    _check(self, instance, request)
    now, queued = pending.split(
        request,
        instance.pending,
        lambda name, value, immediately: _waits(instance, name, value, immediately),
        lambda name: getattr(instance, name, None),
    )
    _associate(self, instance, now)
    checked = {name: request[name] for name in CHECKED_BY_STOCK if name in request}
    stock(self, db_instance_identifier, checked)
    now.pop("rotate_master_user_password", None)
    apply_values(instance, now)
    pending.queue(instance, now, queued)
    show_pending(instance)
    _pass_through(instance, request, now)
    return instance
