"""EC2 security groups that RDS uses."""

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.rds.models import rds_backends

from patches.stock import fault, replaces


def check_known(backend, group_ids):
    """Refuses security groups that EC2 does not have, as RDS does."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    for group_id in group_ids or []:
        if ec2.get_security_group_from_id(group_id) is None:
            raise fault(
                "InvalidParameterValue",
                f"Invalid security group , groupId= {group_id}, groupName=.",
            )


def default_group_of(backend, subnet_group):
    """The default security group of the VPC that a database goes into."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    vpc = subnet_group.vpc_id if subnet_group else ec2.default_vpc.id
    return ec2.get_default_security_group(vpc).id


def _users(backend):
    yield from (getattr(db, "vpc_security_group_ids", None) for db in backend.databases.values())
    yield from (cluster.vpc_security_group_ids for cluster in backend.clusters.values())
    yield from (proxy.vpc_security_group_ids for proxy in backend.db_proxies.values())
    yield from (endpoint.vpc_security_group_ids for endpoint in backend.proxy_endpoints.values())


# 5b. A security group that a database or proxy uses is not deleted: their network
# interfaces hold it (EC2 API, DeleteSecurityGroup, DependencyViolation). Stock: gone.
@replaces(SecurityGroupBackend, "delete_security_group")
def delete_security_group(stock, self, name=None, group_id=None):
    rds = rds_backends[self.account_id][self.region_name]
    if group_id and any(group_id in (groups or []) for groups in _users(rds)):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    return stock(self, name, group_id)
