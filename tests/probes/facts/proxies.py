"""An RDS Proxy without a target."""

from facts.catalog import API, GUIDE
from kit.account import attempt
from kit.probe import Probe, Seen, Undecidable

# Zones that RDS Proxy does not support (RDS User Guide, Using Amazon RDS Proxy).
UNSUPPORTED = ("use1-az3", "usw1-az2")


class DroppedZones(Probe):
    id = "proxy-drops-zones"
    fact = "a proxy is made without the subnets of zones that RDS Proxy does not support"
    source = "https://github.com/hashicorp/terraform-provider-aws/issues/23446"
    believed = "made without them"
    otherwise = "subnets of such zones are left out beforehand, so the proxy is the same"
    needs = ("proxy",)

    def run(self, stage):
        zones = stage.subnets()
        unsupported = {zones[zone] for zone in UNSUPPORTED if zone in zones}
        if not unsupported:
            raise Undecidable(f"{stage.vpc()} has no subnet in {' or '.join(UNSUPPORTED)}")
        live = set(stage.proxy(stage.shared("proxy"))["VpcSubnetIds"])
        return Seen("made with them" if live & unsupported else "made without them")


class ProxySubnets(Probe):
    id = "proxy-keeps-zones"
    fact = "VpcSubnetIds of a proxy names every subnet of a supported zone that was asked for"
    source = API + "API_DBProxy.html"
    believed = "all of them"
    otherwise = "a proxy whose live subnets are a part of the wanted ones is the same proxy"
    needs = ("proxy",)

    def run(self, stage):
        zones = {z: s for z, s in stage.subnets().items() if z not in UNSUPPORTED}
        live = set(stage.proxy(stage.shared("proxy"))["VpcSubnetIds"])
        kept = sorted(zone for zone, subnet in zones.items() if subnet in live)
        answer = "all of them" if len(kept) == len(zones) else "some of them"
        return Seen(answer, f"{', '.join(kept)} of {', '.join(zones)}")


class EndpointSubnets(Probe):
    id = "proxy-endpoint-keeps-zones"
    fact = "a further endpoint of a proxy is in every supported zone that was asked for"
    source = GUIDE + "rds-proxy-endpoints.html"
    believed = "all of them"
    otherwise = "an endpoint whose live subnets are a part of the wanted ones is the same one"
    needs = ("proxy",)
    minutes = 6

    def run(self, stage):
        zones = {z: s for z, s in stage.subnets().items() if z not in UNSUPPORTED}
        name, proxy = stage.name("endpoint"), stage.shared("proxy")
        stage.make(
            "proxy-endpoint",
            name,
            stage.rds.create_db_proxy_endpoint,
            DBProxyName=proxy,
            DBProxyEndpointName=name,
            VpcSubnetIds=list(zones.values()),
            TargetRole="READ_WRITE",
            VpcSecurityGroupIds=[stage.shared("group")],
            Tags=stage.tags(),
        )

        def look():
            shown = stage.rds.describe_db_proxy_endpoints(DBProxyEndpointName=name)
            return shown["DBProxyEndpoints"][0]

        shown = stage.account.until(look, lambda e: e["Status"] == "available", 20, "the endpoint")
        kept = sorted(zone for zone, subnet in zones.items() if subnet in shown["VpcSubnetIds"])
        answer = "all of them" if len(kept) == len(zones) else "some of them"
        return Seen(answer, f"{', '.join(kept)} of {', '.join(zones)}")


class GroupInUse(Probe):
    id = "group-in-use"
    fact = "a security group that a proxy uses cannot be deleted: DependencyViolation"
    source = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html"
    believed = "refused: DependencyViolation"
    otherwise = "another code would end the step instead of waiting for the proxy to go"
    needs = ("proxy",)

    def run(self, stage):
        stage.shared("proxy")
        answer, words = attempt(
            stage.account.client("ec2").delete_security_group, GroupId=stage.shared("group")
        )
        if answer == "accepted":
            return Seen("accepted")
        return Seen(f"refused: {words.split(':')[0]}")


PROBES = [DroppedZones(), ProxySubnets(), EndpointSubnets(), GroupInUse()]
