"""StopDBInstance and StartDBInstance."""

from moto.rds.models import RDSBackend

from patches.statuses import need_available
from patches.stock import fault, replaces
from patches.transitions import begin


# 66. `stopping`, then `stopped` until it is started; neither a replica nor a source of
# replicas stops (RDS User Guide, Stopping an Amazon RDS DB instance temporarily). Stock:
# at once, and sources stop too.
@replaces(RDSBackend, "stop_db_instance")
def stop_db_instance(stock, self, db_instance_identifier, db_snapshot_identifier=None):
    instance = self.describe_db_instances(db_instance_identifier)[0]
    need_available(instance)
    if instance.is_replica or instance.replicas or instance.db_cluster_identifier:
        raise fault(
            "InvalidDBInstanceState",
            f"{db_instance_identifier} can't be stopped: it is part of a replication.",
        )
    instance = stock(self, db_instance_identifier, db_snapshot_identifier)
    begin(instance, "stopping")
    return instance


@replaces(RDSBackend, "start_db_instance")
def start_db_instance(stock, self, db_instance_identifier):
    instance = stock(self, db_instance_identifier)
    begin(instance, "starting")
    return instance
