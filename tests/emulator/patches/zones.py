"""Zones that RDS Proxy does not support."""

from moto.ec2.models import ec2_backends

from patches.stock import fault

# RDS User Guide, Using Amazon RDS Proxy, Quotas and limitations.
NOT_FOR_PROXIES = {"use1-az3", "usw1-az2"}


# 68. A proxy, and an endpoint of one, is made without the subnets of those zones and
# nothing says so; fewer than two zones are refused
# (https://github.com/hashicorp/terraform-provider-aws/issues/23446). Stock: any zone.
def supported(backend, subnet_ids):
    """The subnets that remain of those asked for."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    subnets = [ec2.get_subnet(subnet_id) for subnet_id in subnet_ids]
    subnets = [s for s in subnets if s.availability_zone_id not in NOT_FOR_PROXIES]
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise fault("InvalidSubnet", "The subnets must be in at least two Availability Zones.")
    return [subnet.id for subnet in subnets]
