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
    public = ec2.create_route_table(vpc.id, tags=_tags(Name="public"))
    route_to_internet(ec2, vpc, public)
    cidrs = ipaddress.ip_network(MAIN_CIDR).subnets(new_prefix=20)
    zones = [zone.name for zone in ec2.describe_availability_zones()][:ZONES]
    for tier in TIERS:
        for zone in zones:
            subnet = ec2.create_subnet(vpc.id, str(next(cidrs)), availability_zone=zone)
            ec2.create_tags([subnet.id], {"Name": f"{tier}-{zone}", "tier": tier})
            if tier == "public":
                ec2.associate_route_table(public.id, subnet_id=subnet.id)


def route_to_internet(ec2, vpc, table):
    """Makes the subnets of the route table public."""
    gateway = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(gateway.id, vpc.id)
    ec2.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)


def main_table(ec2, vpc):
    """The route table of the subnets that have none of their own."""
    filters = {"vpc-id": [vpc.id], "association.main": ["true"]}
    return ec2.describe_route_tables(filters=filters)[0]


# 23. Beside the default VPC there is one as a platform team would have it: private
# subnets for data, public ones apart. (A fixture.) The default VPC's subnets are public
# (VPC User Guide, Default VPCs). Stock: the default VPC only, without a gateway.
@replaces(EC2Backend, "__init__")
def init(stock, self, region_name, account_id):
    stock(self, region_name, account_id)
    route_to_internet(self, self.default_vpc, main_table(self, self.default_vpc))
    add_main_vpc(self)
