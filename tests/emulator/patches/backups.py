"""Automated backups, and their replication to another region."""

import uuid

from moto.core.responses import ActionResult
from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from patches import checks
from patches.keys import key_arn
from patches.stock import adds, fault, replaces
from patches.transitions import begin, observe, passing


class BackupReplication:
    """One record of DescribeDBInstanceAutomatedBackups in the destination region."""

    def __init__(self, backend, source, params):
        self.backend = backend
        self.db_instance_arn = source.arn
        self.dbi_resource_id = source.dbi_resource_id
        # The record's region is the source's (RDS API, DBInstanceAutomatedBackup.Region).
        self.region = source.region
        self.db_instance_identifier = source.db_instance_identifier
        self.backup_retention_period = params.get("BackupRetentionPeriod") or 7
        self.engine = source.engine
        self.engine_version = source.engine_version
        self.encrypted = source.storage_encrypted
        self.kms_key_id = key_arn(backend, params["KmsKeyId"]) if self.encrypted else None
        self.tags = params.get("Tags") or []
        self.arn = (
            f"arn:aws:rds:{backend.region_name}:{backend.account_id}"
            f":auto-backup:ab-{uuid.uuid4().hex[:26]}"
        )
        begin(self, "pending")

    _settled = "replicating"
    status = property(lambda self: passing(self) or self._settled)
    db_instance_automated_backups_arn = property(lambda self: self.arn)
    tag_list = property(lambda self: self.tags)

    def get_tags(self):
        return self.tags

    def add_tags(self, tags):
        keys = {tag["Key"] for tag in tags}
        kept = [tag for tag in self.tags if tag["Key"] not in keys]
        self.tags = kept + [{"Key": t["Key"], "Value": t["Value"]} for t in tags]

    def remove_tags(self, keys):
        self.tags = [tag for tag in self.tags if tag["Key"] not in keys]


@replaces(RDSBackend, "__init__")
def init(stock, self, region_name, account_id):
    stock(self, region_name, account_id)
    self.backup_replications = {}
    self.retained_replications = []


def _check(backend, source, params):
    if source.arn in backend.backup_replications:
        raise fault(
            "InvalidDBInstanceState",
            f"Automated backups of {source.arn} are replicated already.",
        )
    if not source.backup_retention_period:
        raise fault(
            "InvalidDBInstanceState", "Automated backups are not enabled for this instance."
        )
    if source.db_cluster_identifier is not None:
        raise InvalidParameterCombination(
            "Backup replication is not supported for Multi-AZ DB clusters."
        )
    checks.check_retention(params.get("BackupRetentionPeriod"), lowest=1)
    if source.storage_encrypted and not params.get("KmsKeyId"):
        raise InvalidParameterCombination(
            "A KmsKeyId of the destination Region is required for an encrypted source."
        )


# 14. Replication of automated backups: started and stopped in the destination, visible
# there and, by ARN, on the source (RDS API,
# StartDBInstanceAutomatedBackupsReplication). Stock: not implemented.
@adds(RDSResponse)
def start_db_instance_automated_backups_replication(self):
    source = self.backend.find_db_from_id(self.params["SourceDBInstanceArn"])
    _check(self.backend, source, self.params)
    replication = BackupReplication(self.backend, source, self.params)
    self.backend.backup_replications[source.arn] = replication
    source.db_instance_automated_backups_replications = [
        *source.db_instance_automated_backups_replications,
        {"DBInstanceAutomatedBackupsArn": replication.arn},
    ]
    return ActionResult({"DBInstanceAutomatedBackup": replication})


@adds(RDSResponse)
def stop_db_instance_automated_backups_replication(self):
    arn = self.params["SourceDBInstanceArn"]
    replication = self.backend.backup_replications.pop(arn, None)
    if replication is None:
        raise fault("DBInstanceNotFound", f"no replication of automated backups for {arn}")
    region, name = arn.split(":")[3], arn.split(":")[-1]
    source = self.backend.get_backend("rds", region).databases.get(name)
    if source is not None:
        source.db_instance_automated_backups_replications = [
            shown
            for shown in source.db_instance_automated_backups_replications
            if shown["DBInstanceAutomatedBackupsArn"] != replication.arn
        ]
    replication._settled = "retained"
    begin(replication)
    self.backend.retained_replications.append(replication)
    return ActionResult({"DBInstanceAutomatedBackup": replication})


# 80. Copies that were stopped stay as `retained` until somebody deletes them or their time
# is over (RDS User Guide, Stopping automated backup replication). Stock: not implemented.
@adds(RDSResponse)
def delete_db_instance_automated_backup(self):
    arn = self.params.get("DBInstanceAutomatedBackupsArn")
    retained = self.backend.retained_replications
    found = next((r for r in retained if r.arn == arn), None)
    if found is None:
        raise fault("DBInstanceAutomatedBackupNotFound", f"no retained automated backup {arn}")
    retained.remove(found)
    return ActionResult({"DBInstanceAutomatedBackup": found})


# 81. The automated backups of clusters: none outlives its cluster here, and those of live
# ones are not shown. Stock: not implemented.
@adds(RDSResponse)
def describe_db_cluster_automated_backups(self):
    return ActionResult({"DBClusterAutomatedBackups": []})


def _own_backups(backend, name):
    """The automated backups of the region's own instances."""
    for backup in backend.describe_db_instance_automated_backups(db_instance_identifier=name):
        record = {
            "DBInstanceIdentifier": backup.db_instance_identifier,
            "Status": backup.status,
        }
        instance = backend.databases.get(backup.db_instance_identifier)
        if instance is not None:
            record |= {
                "DBInstanceArn": instance.arn,
                "DbiResourceId": instance.dbi_resource_id,
                "BackupRetentionPeriod": instance.backup_retention_period,
                "Region": instance.region,
            }
        yield record


# The second half of 14: the records, and the filters of the API.
@replaces(RDSResponse, "describe_db_instance_automated_backups")
def describe_db_instance_automated_backups(_stock, self):
    params = self.params
    filters = {f["Name"]: f["Values"] for f in params.get("Filters") or []}
    name, arn = params.get("DBInstanceIdentifier"), params.get("DBInstanceAutomatedBackupsArn")
    names = [name] if name else filters.get("db-instance-id")
    resources, statuses = filters.get("dbi-resource-id"), filters.get("status")
    shown = []
    replications = [
        *self.backend.backup_replications.values(),
        *self.backend.retained_replications,
    ]
    for replication in replications:
        identity = {replication.db_instance_identifier, replication.db_instance_arn}
        if names and not identity & set(names):
            continue
        if resources and replication.dbi_resource_id not in resources:
            continue
        if arn and arn != replication.arn:
            continue
        observe(replication)
        if not statuses or replication.status in statuses:
            shown.append(replication)
    if not arn:
        own = list(_own_backups(self.backend, name))
        shown += [
            record
            for record in own
            if (not names or record["DBInstanceIdentifier"] in names)
            and (not statuses or record["Status"] in statuses)
            and (not resources or record.get("DbiResourceId") in resources)
        ]
    return ActionResult({"DBInstanceAutomatedBackups": shown})
