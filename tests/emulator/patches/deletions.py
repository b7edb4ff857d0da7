"""DeleteDBInstance: refusals, and the time that it takes."""

from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from patches.statuses import forget
from patches.stock import fault, replaces
from patches.transitions import POLLS, doom, is_doomed


# 11a. An instance is `deleting` for a while, and only then gone; a second deletion is
# refused (RDS API, DeleteDBInstance, InvalidDBInstanceState). Stock: gone at once.
@replaces(RDSBackend, "delete_db_instance")
def delete_db_instance(
    _stock,
    self,
    db_instance_identifier,
    final_db_snapshot_identifier=None,
    skip_final_snapshot=False,
    delete_automated_backups=True,
    **_unused,
):
    self._validate_db_identifier(db_instance_identifier)
    instance = self.describe_db_instances(db_instance_identifier)[0]
    if instance.deletion_protection:
        raise InvalidParameterCombination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again."
        )
    if is_doomed(instance):
        raise fault(
            "InvalidDBInstanceState",
            f"Instance {db_instance_identifier} is already being deleted.",
        )
    doom(
        instance,
        {
            "final_db_snapshot_identifier": final_db_snapshot_identifier,
            "skip_final_snapshot": skip_final_snapshot,
            "delete_automated_backups": delete_automated_backups,
        },
    )
    if not POLLS:
        forget(self, instance)
    return instance


def _check_final_snapshot(instance, params):
    name, skip = params.get("FinalDBSnapshotIdentifier"), params.get("SkipFinalSnapshot")
    if instance.db_cluster_identifier is not None:
        raise InvalidParameterCombination(
            "The instance is a member of a Multi-AZ DB cluster: delete the cluster."
        )
    if instance.is_replica and name:
        raise InvalidParameterCombination(
            "FinalDBSnapshotIdentifier can not be specified when deleting a replica instance"
        )
    if name and skip:
        raise InvalidParameterCombination(
            "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true."
        )
    if not (name or skip or instance.is_replica):
        raise InvalidParameterCombination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        )


# 11b. A final snapshot is named or skipped, one of the two, and a replica has none (RDS
# API, DeleteDBInstance). It is a rule of the API, not of the backend, because moto's
# blue/green deletes through the backend. Stock: anything goes.
@replaces(RDSResponse, "delete_db_instance")
def answer_delete(stock, self):
    instance = self.backend.databases.get(self.params.get("DBInstanceIdentifier"))
    if instance is not None and not instance.deletion_protection:
        _check_final_snapshot(instance, self.params)
    return stock(self)
