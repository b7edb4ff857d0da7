"""DB instance statuses, and the call that moves them on."""

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from patches.stock import fault, replaces
from patches.transitions import is_gone, observe, shows_transitions

# `deletions` replaces the method; the stock one is what removes an instance.
_remove = RDSBackend.delete_db_instance

shows_transitions(DBInstance)


def need_available(instance):
    """Most changes wait for `available` (RDS API, InvalidDBInstanceState).

    A stopped instance takes none of them (RDS User Guide, Stopping an Amazon RDS DB
    instance temporarily, Limitations).
    """
    if instance.status != "available":
        raise fault(
            "InvalidDBInstanceState",
            f"Database instance {instance.db_instance_identifier} is not in available state.",
        )


def _release_replicas(instance):
    """Replicas outlive their source: promoted in its region, cut off in others.

    RDS User Guide, Working with DB instance read replicas: same-Region replicas become
    standalone; replication to other Regions is terminated.
    """
    for name in list(instance.replicas):
        try:
            replica = instance.backend.find_db_from_id(name)
        except RDSClientError:
            continue
        if replica.backend is instance.backend:
            replica.is_replica = False
            replica.source_db_instance_identifier = None
            replica.status_infos = []
        else:
            replica.status_infos = [
                {"StatusType": "read replication", "Normal": False, "Status": "terminated"}
            ]


def _source_is_there(instance):
    try:
        instance.backend.find_db_from_id(instance.source_db_instance_identifier)
    except RDSClientError:
        return False
    return True


def forget(backend, instance):
    """The end of a deletion."""
    _release_replicas(instance)
    if instance.is_replica and not _source_is_there(instance):
        instance.is_replica = False
    _remove(backend, instance.db_instance_identifier, **instance._doomed)


def _asked_for(backend, params):
    """The instances that the answer will show."""
    names = [params["DBInstanceIdentifier"]] if params.get("DBInstanceIdentifier") else []
    filters = {f["Name"]: f["Values"] for f in params.get("Filters") or []}
    names += filters.get("db-instance-id", [])
    clusters = filters.get("db-cluster-id")
    wanted = {name.lower() for name in names}
    for instance in list(backend.databases.values()):
        named = instance.db_instance_identifier in wanted or instance.arn in names
        if wanted and not named:
            continue
        if clusters and instance.db_cluster_identifier not in clusters:
            continue
        yield instance


# 9, second half. Each answer that shows an instance brings it one step further; one
# that was deleted is gone after its last step.
@replaces(RDSResponse, "describe_db_instances")
def describe_db_instances(stock, self):
    for instance in _asked_for(self.backend, self.params):
        observe(instance)
        if is_gone(instance):
            forget(self.backend, instance)
    return stock(self)
