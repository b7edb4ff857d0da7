"""DB subnet groups."""

from moto.rds.exceptions import DBSubnetGroupNotFoundError
from moto.rds.models import RDSBackend

from patches.stock import fault, replaces


def _zones(subnets):
    return {subnet.availability_zone for subnet in subnets}


def _check_zones(subnets, at_least=2):
    if len(_zones(subnets)) < at_least:
        raise fault(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "
            f"Add subnets to cover at least {at_least} AZs.",
        )


def check_covers(backend, name, at_least):
    """Refuses a subnet group of that name that is too small or not there."""
    group = backend.describe_db_subnet_groups(name)[0]
    _check_zones(group._subnets, at_least)


# 2. ModifyDBSubnetGroup keeps the group. Stock: takes it out of the account and
# answers with it. 4 (below) holds here too.
@replaces(RDSBackend, "modify_db_subnet_group")
def modify_db_subnet_group(_stock, self, subnet_name, description, subnets):
    if subnet_name not in self.subnet_groups:
        raise DBSubnetGroupNotFoundError(subnet_name)
    _check_zones(subnets)
    group = self.subnet_groups[subnet_name]
    group.subnets = subnets
    if description is not None:
        group.description = description
    return group


# 3. A name that is taken is refused (RDS API, CreateDBSubnetGroup,
# DBSubnetGroupAlreadyExists). Stock: overwrites.
# 4. Subnets must cover two zones (DBSubnetGroupDoesNotCoverEnoughAZs). Stock: one does.
@replaces(RDSBackend, "create_subnet_group")
def create_subnet_group(stock, self, subnet_name, description, subnets, tags):
    if subnet_name in self.subnet_groups:
        raise fault(
            "DBSubnetGroupAlreadyExists",
            f"The DB subnet group '{subnet_name}' already exists.",
        )
    _check_zones(subnets)
    return stock(self, subnet_name, description, subnets, tags)


# 5a. A subnet group in use is not deleted (RDS API, DeleteDBSubnetGroup,
# InvalidDBSubnetGroupStateFault). Stock: deletes it, and from then on every
# DescribeDBInstances of the region is an HTTP 500.
@replaces(RDSBackend, "delete_subnet_group")
def delete_subnet_group(stock, self, subnet_name):
    in_instance = any(
        getattr(instance, "_db_subnet_group_name", None) == subnet_name
        for instance in self.databases.values()
    )
    in_cluster = any(
        cluster.db_subnet_group_name == subnet_name for cluster in self.clusters.values()
    )
    if in_instance or in_cluster:
        raise fault(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{subnet_name}' because at least one "
            "database instance is still using it.",
        )
    return stock(self, subnet_name)
