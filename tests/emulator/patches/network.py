"""A network to put databases in, in every region of every account."""

import ipaddress

from moto.ec2.models import EC2Backend

from patches.stock import replaces

MAIN_CIDR = "10.0.0.0/16"
TIERS = ("data", "public")
ZONES = 3


def _tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def add_main_vpc(ec2):
    """A VPC tagged Name=main with three subnets for each tier, each in its own zone."""
    vpc = ec2.create_vpc(MAIN_CIDR, tags=_tags(Name="main"))
    cidrs = ipaddress.ip_network(MAIN_CIDR).subnets(new_prefix=20)
    zones = [zone.name for zone in ec2.describe_availability_zones()][:ZONES]
    for tier in TIERS:
        for zone in zones:
            subnet = ec2.create_subnet(vpc.id, str(next(cidrs)), availability_zone=zone)
            ec2.create_tags([subnet.id], {"Name": f"{tier}-{zone}", "tier": tier})


# 23. Beside the default VPC there is one as a platform team would have it: private
# subnets for data, public ones apart. Stock: the default VPC only. (A fixture.)
@replaces(EC2Backend, "__init__")
def init(stock, self, region_name, account_id):
    stock(self, region_name, account_id)
    add_main_vpc(self)
