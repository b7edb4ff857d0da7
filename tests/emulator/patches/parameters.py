"""DB parameter groups."""

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBParameterGroupNotFoundError, InvalidParameterCombination
from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend
from moto.rds.responses import RDSResponse

from patches.control import is_on
from patches.stock import adds, fault, is_true, replaces

AT_ONCE = 20
# The static parameters that pgha's tests touch (RDS User Guide, Working with parameters
# on your RDS for PostgreSQL DB instance). Everything else counts as dynamic.
STATIC = {
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "huge_pages",
    "logging_collector",
    "max_connections",
    "max_files_per_process",
    "max_locks_per_transaction",
    "max_pred_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "rds.local_volume_spill_enabled",
    "rds.logical_replication",
    "rds.rds_superuser_reserved_connections",
    "rds.restrict_password_commands",
    "shared_buffers",
    "shared_preload_libraries",
    "track_activity_query_size",
    "wal_buffers",
}


# Enumerations whose values RDS checks (PostgreSQL, Error Reporting and Logging; Client
# Connection Defaults).
VALUES = {
    "log_statement": {"none", "ddl", "mod", "all"},
    "default_transaction_isolation": {
        *("serializable", "repeatable read", "read committed", "read uncommitted"),
    },
}


def check_batch(parameters):
    """The rules of one modifying call: all of it is refused or none."""
    if len(parameters) > AT_ONCE:
        raise fault(
            "InvalidParameterValue",
            f"A maximum of {AT_ONCE} parameters can be modified in one request",
        )
    for parameter in parameters:
        static = parameter["ParameterName"] in STATIC
        if static and parameter.get("ApplyMethod") == "immediate":
            raise InvalidParameterCombination(
                "cannot use immediate apply method for static parameter"
            )
        _check_value(parameter["ParameterName"].lower(), parameter.get("ParameterValue"))


def _check_value(name, value):
    if value is not None and value not in VALUES.get(name, {value}):
        raise fault("InvalidParameterValue", f"Invalid parameter value: {value} for: {name}")


def store(group, parameters):
    """Keeps the values as DescribeDBParameters shows them."""
    for parameter in parameters:
        # 76. Names are shown in small letters however they were sent
        # (https://github.com/hashicorp/terraform-provider-aws/issues/18015). Stock: as sent.
        name = parameter["ParameterName"].lower()
        group.parameters[name].update(
            parameter,
            ParameterName=name,
            Source="user",
            IsModifiable=True,
            DataType="string",
            ApplyType="static" if name in STATIC else "dynamic",
        )


def shown(group, params):
    """The parameters that a describing call asks for; only set ones are known here."""
    if params.get("Source") not in (None, "user"):
        return []
    filters = {f["Name"]: f["Values"] for f in params.get("Filters") or []}
    names = filters.get("parameter-name")
    return [p for n, p in group.parameters.items() if names is None or n in names]


def reset(group, params):
    """Forgets all or the listed values; says whether any of them waits for a reboot."""
    if is_true(params.get("ResetAllParameters")):
        names = list(group.parameters)
    else:
        check_batch([parameter.original_dict() for parameter in params.get("Parameters") or []])
        names = [parameter["ParameterName"] for parameter in params.get("Parameters") or []]
    forgotten = [name for name in names if group.parameters.pop(name, None) is not None]
    return any(name in STATIC for name in forgotten)


def _wait_for_reboot(backend, group_name):
    for instance in backend.databases.values():
        if instance.db_parameter_group_name == group_name:
            instance.pending_reboot = True
            _lag(instance)


# 77. The change is noticed only after a while: `in-sync`, `applying`, and then
# `pending-reboot` (RDS User Guide, DB parameter groups: up to five minutes). Switched on by
# `parameter-lag`; a reboot before it is noticed does not count. Stock: at once.
def _lag(instance):
    if is_on(instance.backend.account_id, "parameter-lag"):
        instance._unnoticed = ["in-sync", "applying"]


def notice(instance):
    """Counts one answer that shows the instance."""
    unnoticed = getattr(instance, "_unnoticed", None)
    if unnoticed and getattr(instance, "_unnoticed_shown", False):
        unnoticed.pop(0)
    instance._unnoticed_shown = bool(unnoticed)


def is_noticed(instance):
    """Whether a reboot now brings the values into use."""
    return not getattr(instance, "_unnoticed", None)


@replaces(RDSResponse, "describe_db_instances")
def describe_db_instances(stock, self):
    for instance in list(self.backend.databases.values()):
        notice(instance)
    return stock(self)


def _group(backend, name):
    if name not in backend.db_parameter_groups:
        raise DBParameterGroupNotFoundError(name)
    return backend.db_parameter_groups[name]


# 5c. A parameter group in use is not deleted (RDS API, DeleteDBParameterGroup,
# InvalidDBParameterGroupState). Stock: see 5a.
@replaces(RDSBackend, "delete_db_parameter_group")
def delete_db_parameter_group(stock, self, db_parameter_group_name):
    users = (instance.db_parameter_group_name for instance in self.databases.values())
    if db_parameter_group_name in users:
        raise fault(
            "InvalidDBParameterGroupState",
            "One or more database instances are still members of this parameter group, so "
            "the group cannot be deleted",
        )
    return stock(self, db_parameter_group_name)


# 13a. At most 20 parameters a call, none of the static ones `immediate`, and whoever
# uses the group waits for a reboot if one was `pending-reboot` (RDS API,
# ModifyDBParameterGroup). Stock: takes everything; always `in-sync`.
@replaces(RDSBackend, "modify_db_parameter_group")
def modify_db_parameter_group(_stock, self, db_parameter_group_name, db_parameter_group_parameters):
    group = _group(self, db_parameter_group_name)
    parameters = list(db_parameter_group_parameters)
    check_batch(parameters)
    store(group, parameters)
    if any(p.get("ApplyMethod") == "pending-reboot" for p in parameters):
        _wait_for_reboot(self, group.name)
    return group


# 13b. The same for groups that are copied or made from CloudFormation.
@replaces(DBParameterGroup, "update_parameters")
def update_parameters(_stock, self, new_parameters):
    store(self, list(new_parameters))


def _status_list(self):
    unnoticed = getattr(self, "_unnoticed", None)
    status = "pending-reboot" if self.pending_reboot else "in-sync"
    status = unnoticed[0] if unnoticed else status
    return [
        {"DBParameterGroupName": group.name, "ParameterApplyStatus": status}
        for group in self.db_parameter_groups()
    ]


DBInstance.db_parameter_group_status_list = property(_status_list)


# 13c. DescribeDBParameters filters by Source and parameter-name (RDS API,
# DescribeDBParameters). Stock: ignores both.
@replaces(RDSResponse, "describe_db_parameters")
def describe_db_parameters(_stock, self):
    group = _group(self.backend, self.params.get("DBParameterGroupName"))
    return ActionResult({"Parameters": shown(group, self.params)})


# 13d. ResetDBParameterGroup. Stock: not implemented.
@adds(RDSResponse)
def reset_db_parameter_group(self):
    group = _group(self.backend, self.params["DBParameterGroupName"])
    if reset(group, self.params):
        _wait_for_reboot(self.backend, group.name)
    return ActionResult({"DBParameterGroupName": group.name})


# 30. A group that is asked for by name and not there is DBParameterGroupNotFound (RDS
# API, DescribeDBParameterGroups). Stock: an empty list.
@replaces(RDSResponse, "describe_db_parameter_groups")
def describe_db_parameter_groups(stock, self):
    if self.params.get("DBParameterGroupName"):
        _group(self.backend, self.params["DBParameterGroupName"])
    return stock(self)


# 31. Nothing is ever pending from AWS itself. Stock: not implemented.
@adds(RDSResponse)
def describe_pending_maintenance_actions(self):
    return ActionResult({"PendingMaintenanceActions": []})
