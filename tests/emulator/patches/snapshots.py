"""Snapshots that somebody asked for."""

from moto.rds.models import DBClusterSnapshot, DBSnapshot, RDSBackend
from moto.rds.responses import RDSResponse

from patches.cluster_changes import available_cluster
from patches.clusters import begin_all, is_multi_az
from patches.statuses import need_available
from patches.stock import fault, replaces
from patches.transitions import begin, observe, shows_transitions

shows_transitions(DBSnapshot)
shows_transitions(DBClusterSnapshot)


# 62. A manual snapshot is `creating` for a while. Stock: `available` at once.
@replaces(RDSBackend, "create_db_snapshot")
def create_db_snapshot(stock, self, *args, **kwargs):
    snapshot = stock(self, *args, **kwargs)
    if snapshot.snapshot_type == "manual":
        begin(snapshot, "creating")
    return snapshot


@replaces(RDSBackend, "create_db_cluster_snapshot")
def create_db_cluster_snapshot(stock, self, *args, **kwargs):
    snapshot = stock(self, *args, **kwargs)
    if snapshot.snapshot_type == "manual":
        begin(snapshot, "creating")
    return snapshot


# 63. It needs an available database, which is `backing-up` meanwhile (RDS API,
# CreateDBSnapshot, InvalidDBInstanceState). A rule of the API: final snapshots are taken
# of databases that are going. Stock: any state will do.
@replaces(RDSResponse, "create_db_snapshot")
def answer_create(stock, self):
    instance = self.backend.databases.get(self.params["DBInstanceIdentifier"])
    if instance is not None:
        need_available(instance)
    answer = stock(self)
    if instance is not None:
        begin(instance, "backing-up")
    return answer


@replaces(RDSResponse, "create_db_cluster_snapshot")
def answer_create_of_cluster(stock, self):
    cluster = available_cluster(self.backend, self.params["DBClusterIdentifier"])
    answer = stock(self)
    if is_multi_az(cluster):
        begin_all(cluster, "backing-up")
    return answer


@replaces(RDSBackend, "describe_db_snapshots")
def describe_db_snapshots(stock, self, *args, **kwargs):
    snapshots = stock(self, *args, **kwargs)
    for snapshot in snapshots:
        observe(snapshot)
    return snapshots


@replaces(RDSBackend, "describe_db_cluster_snapshots")
def describe_db_cluster_snapshots(stock, self, *args, **kwargs):
    snapshots = stock(self, *args, **kwargs)
    for snapshot in snapshots:
        observe(snapshot)
    return snapshots


def _check_deletable(snapshot, code):
    if snapshot is not None and snapshot.status != "available":
        raise fault(code, f"The snapshot is in state {snapshot.status}.")


# 64. A snapshot that is being made is not deleted (RDS API, DeleteDBSnapshot,
# InvalidDBSnapshotState). Stock: gone.
@replaces(RDSResponse, "delete_db_snapshot")
def delete_db_snapshot(stock, self):
    snapshot = self.backend.database_snapshots.get(self.params.get("DBSnapshotIdentifier"))
    _check_deletable(snapshot, "InvalidDBSnapshotState")
    return stock(self)


@replaces(RDSResponse, "delete_db_cluster_snapshot")
def delete_db_cluster_snapshot(stock, self):
    name = self.params["DBClusterSnapshotIdentifier"]
    snapshot = self.backend.cluster_snapshots.get(name)
    _check_deletable(snapshot, "InvalidDBClusterSnapshotStateFault")
    return stock(self)
