"""DB cluster parameter groups."""

from moto.core.responses import ActionResult
from moto.rds.exceptions import DBClusterParameterGroupNotFoundError
from moto.rds.models import DBClusterParameterGroup, RDSBackend
from moto.rds.responses import RDSResponse

from patches.parameters import check_batch, reset, shown, store
from patches.stock import adds, fault, replaces


def _group(backend, name):
    if name not in backend.db_cluster_parameter_groups:
        raise DBClusterParameterGroupNotFoundError(name)
    return backend.db_cluster_parameter_groups[name]


def _users(backend, name):
    return [cluster for cluster in backend.clusters.values() if cluster.parameter_group == name]


def _wait_for_reboot(backend, name):
    for cluster in _users(backend, name):
        cluster.pending_reboot = True


# 32. The rules of 13 hold for cluster parameter groups (RDS API,
# ModifyDBClusterParameterGroup). Stock: takes everything.
@replaces(RDSBackend, "modify_db_cluster_parameter_group")
def modify_db_cluster_parameter_group(
    _stock, self, db_cluster_parameter_group_name, db_cluster_parameter_group_parameters
):
    group = _group(self, db_cluster_parameter_group_name)
    parameters = list(db_cluster_parameter_group_parameters)
    check_batch(parameters)
    store(group, parameters)
    if any(p.get("ApplyMethod") == "pending-reboot" for p in parameters):
        _wait_for_reboot(self, group.name)
    return group


@replaces(DBClusterParameterGroup, "update_cluster_parameters")
def update_cluster_parameters(_stock, self, new_parameters):
    store(self, list(new_parameters))


# 33. DescribeDBClusterParameters filters by Source and parameter-name. Stock: ignores
# both.
@replaces(RDSResponse, "describe_db_cluster_parameters")
def describe_db_cluster_parameters(_stock, self):
    group = _group(self.backend, self.params.get("DBClusterParameterGroupName"))
    return ActionResult({"Parameters": shown(group, self.params)})


# 34. ResetDBClusterParameterGroup. Stock: not implemented.
@adds(RDSResponse)
def reset_db_cluster_parameter_group(self):
    group = _group(self.backend, self.params["DBClusterParameterGroupName"])
    if reset(group, self.params):
        _wait_for_reboot(self.backend, group.name)
    return ActionResult({"DBClusterParameterGroupName": group.name})


# 35. A cluster parameter group in use is not deleted (RDS API,
# DeleteDBClusterParameterGroup, InvalidDBParameterGroupState). Stock: gone.
@replaces(RDSBackend, "delete_db_cluster_parameter_group")
def delete_db_cluster_parameter_group(stock, self, db_cluster_parameter_group_name):
    if _users(self, db_cluster_parameter_group_name):
        raise fault(
            "InvalidDBParameterGroupState",
            "One or more database clusters are still members of this parameter group, so "
            "the group cannot be deleted",
        )
    return stock(self, db_cluster_parameter_group_name)
