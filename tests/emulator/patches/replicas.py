"""Read replicas: what they inherit, what they refuse, what promotion does."""

from moto.rds.exceptions import DBInstanceAlreadyExists, InvalidParameterCombination
from moto.rds.models import DBInstance, RDSBackend

from patches import checks, security_groups, storage
from patches.modifications import apply_values
from patches.statuses import need_available
from patches.stock import fault, replaces
from patches.transitions import begin

REPLICATING = {"StatusType": "read replication", "Normal": True, "Status": "replicating"}
# What a replica has from its source in any region (RDS API,
# CreateDBInstanceReadReplica).
INHERITED = (
    "db_instance_class",
    "engine",
    "engine_version",
    "port",
    "allocated_storage",
    "storage_type",
    "storage_encrypted",
    "master_username",
    "db_name",
    "auto_minor_version_upgrade",
    "preferred_backup_window",
    "preferred_maintenance_window",
)


def _check(backend, source, request, crosses):
    need_available(source)
    if not source.backup_retention_period:
        raise fault(
            "InvalidDBInstanceState",
            "Automated backups are not enabled for this database instance. To enable "
            "automated backups, use ModifyDBInstance to set the backup retention period "
            "to a non-zero value.",
        )
    if source.manage_master_user_password:
        raise InvalidParameterCombination(
            "Creating read replicas for source instance with engine postgres where "
            "ManageMasterUserPassword is enabled is not supported."
        )
    if crosses and source.storage_encrypted and not request.get("kms_key_id"):
        raise InvalidParameterCombination(
            "Cannot create a cross region encrypted read replica without specifying a "
            "KMS key in the destination region"
        )
    if request.get("db_parameter_group_name"):
        # RDS API, CreateDBInstanceReadReplica.DBParameterGroupName: other engines only.
        raise InvalidParameterCombination(
            "A DB parameter group can't be specified for a read replica of engine postgres."
        )
    security_groups.check_known(backend, request.get("vpc_security_group_ids"))
    checks.check_monitoring(
        request.get("monitoring_interval") or 0, request.get("monitoring_role_arn")
    )
    storage.check_gp3(
        request.get("storage_type") or source.storage_type,
        request.get("allocated_storage") or source.allocated_storage,
        request.get("iops"),
        request.get("storage_throughput"),
    )
    _check_subnet_group(backend, source, request, crosses)


def _check_subnet_group(backend, source, request, crosses):
    name = request.get("db_subnet_group_name")
    if name is None:
        return
    group = backend.describe_db_subnet_groups(name)[0]
    of_source = getattr(source, "db_subnet_group", None)
    if not crosses and of_source is not None and group.vpc_id == of_source.vpc_id:
        raise fault(
            "DBSubnetGroupNotAllowedFault",
            "The DB subnet group can't be specified for a read replica in the Region and "
            "VPC of its source.",
        )


def _inherit(source, crosses):
    values = {name: getattr(source, name) for name in INHERITED}
    values |= {"backup_retention_period": 0, "copy_tags_to_snapshot": False}
    values["iops"] = source._iops
    values["storage_throughput"] = source._storage_throughput
    values["publicly_accessible"] = False
    if crosses:
        values["source_db_instance_identifier"] = source.arn
    else:
        values["source_db_instance_identifier"] = source.db_instance_identifier
        values["db_parameter_group_name"] = source.db_parameter_group_name
        values["db_subnet_group_name"] = getattr(source, "_db_subnet_group_name", None)
        values["kms_key_id"] = source.kms_key_id
    return values


# 10a. A replica inherits what AWS says and no more: its own id and endpoint, no backups,
# no deletion protection, no tags, the VPC's default security group, in another region
# that region's parameter group and network. Stock: a copy of the source in all of it,
# over an instance of the same name if there is one; across regions every later
# DescribeDBInstances is an HTTP 500.
@replaces(RDSBackend, "create_db_instance_read_replica")
def create_db_instance_read_replica(_stock, self, db_kwargs):
    name = db_kwargs["db_instance_identifier"]
    if name in self.databases:
        raise DBInstanceAlreadyExists()
    self._validate_db_identifier(name)
    source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
    crosses = source.backend is not self
    _check(self, source, db_kwargs, crosses)
    values = _inherit(source, crosses)
    how = ("source_db_instance_identifier", "backend")
    values |= {n: v for n, v in db_kwargs.items() if v is not None and n not in how}
    replica = DBInstance(self, **values)
    replica.is_replica = True
    replica.status_infos = [REPLICATING]
    self.databases[name] = replica
    source.add_replica(replica)
    replica.add_event("DB_INSTANCE_CREATE")
    begin(replica, "creating")
    return replica


# 10b. A source forgets a replica of its own or another region. Stock: a ValueError, HTTP
# 500, for the latter.
@replaces(DBInstance, "remove_replica")
def remove_replica(_stock, self, replica):
    for name in (replica.db_instance_identifier, replica.db_instance_arn):
        if name in self.replicas:
            self.replicas.remove(name)


# 10c. Promotion cuts both ends, reboots, and is for replicas only (RDS API,
# PromoteReadReplica). Stock: a KeyError for a name that is not there; the source keeps
# listing the replica.
@replaces(RDSBackend, "promote_read_replica")
def promote_read_replica(_stock, self, db_kwargs):
    replica = self.describe_db_instances(db_kwargs["db_instance_identifier"])[0]
    if not replica.is_replica:
        raise fault("InvalidDBInstanceState", "DB Instance is not a read replica.")
    need_available(replica)
    self.find_db_from_id(replica.source_db_instance_identifier).remove_replica(replica)
    replica.is_replica = False
    replica.source_db_instance_identifier = None
    replica.status_infos = []
    values = {"backup_retention_period": 1}
    values |= {n: v for n, v in db_kwargs.items() if n != "db_instance_identifier"}
    apply_values(replica, values)
    begin(replica, "modifying", "rebooting")
    return replica
