"""RDS Proxies, their targets and endpoints."""

from harness import ClusterTest


class ProxyTest(ClusterTest):
    def proxy(self, name="pool", **request):
        """A proxy that has become available."""
        defaults = {
            "EngineFamily": "POSTGRESQL",
            "RoleArn": f"arn:aws:iam::{self.account}:role/proxy",
            "VpcSubnetIds": self.subnets(),
            "Auth": [{"SecretArn": "arn:aws:secretsmanager:us-east-1:1:secret:s"}],
        }
        sent = {n: v for n, v in {**defaults, **request}.items() if v is not None}
        self.rds.create_db_proxy(DBProxyName=name, **sent)
        return self.available_proxy(name)

    def describe_proxy(self, name="pool"):
        return self.rds.describe_db_proxies(DBProxyName=name)["DBProxies"][0]

    def available_proxy(self, name="pool"):
        return self.settled(lambda: self.describe_proxy(name))

    def targets(self):
        return self.rds.describe_db_proxy_targets(DBProxyName="pool")["Targets"]

    def register(self, **request):
        self.rds.register_db_proxy_targets(DBProxyName="pool", **request)


class Proxies(ProxyTest):
    def test_creation(self):
        shown = self.proxy(RequireTLS=True)
        self.check_members(
            shown,
            DefaultAuthScheme="NONE",
            RequireTLS=True,
            IdleClientTimeout=1800,
            EndpointNetworkType="IPV4",
            TargetConnectionNetworkType="IPV4",
        )
        self.check_members(
            shown["Auth"][0],
            AuthScheme="SECRETS",
            IAMAuth="DISABLED",
            ClientPasswordAuthType="POSTGRES_SCRAM_SHA_256",
        )

    def test_without_secrets(self):
        self.check_refused("InvalidParameterCombination", self.proxy, Auth=None)
        self.check_members(
            self.proxy(Auth=None, DefaultAuthScheme="IAM_AUTH"),
            DefaultAuthScheme="IAM_AUTH",
            Auth=[],
        )

    def test_needs_two_zones(self):
        self.check_refused("InvalidSubnet", self.proxy, VpcSubnetIds=self.subnets()[:1])

    def zones(self, ids):
        shown = self.client("ec2").describe_subnets(SubnetIds=ids)["Subnets"]
        return sorted(subnet["AvailabilityZoneId"] for subnet in shown)

    def subnets_in(self, *zones):
        filters = [{"Name": "default-for-az", "Values": ["true"]}]
        shown = self.client("ec2").describe_subnets(Filters=filters)["Subnets"]
        return [s["SubnetId"] for s in shown if s["AvailabilityZoneId"] in zones]

    def test_unsupported_zones_are_left_out(self):
        """Patch 68."""
        asked = self.subnets_in("use1-az1", "use1-az2", "use1-az3")
        proxy = self.proxy(VpcSubnetIds=asked)
        self.assertEqual(self.zones(proxy["VpcSubnetIds"]), ["use1-az1", "use1-az2"])
        endpoint = self.rds.create_db_proxy_endpoint(
            DBProxyName="pool", DBProxyEndpointName="more", VpcSubnetIds=asked
        )["DBProxyEndpoint"]
        self.assertEqual(self.zones(endpoint["VpcSubnetIds"]), ["use1-az1", "use1-az2"])

    def test_one_supported_zone_is_too_few(self):
        """Patch 68."""
        asked = self.subnets_in("use1-az1", "use1-az3")
        self.check_refused("InvalidSubnet", self.proxy, VpcSubnetIds=asked)

    def test_modification(self):
        self.proxy()
        sg = self.security_group("proxy")
        request = {
            "RequireTLS": True,
            "IdleClientTimeout": 60,
            "DebugLogging": True,
            "RoleArn": "arn:aws:iam::1:role/other",
            "DefaultAuthScheme": "IAM_AUTH",
        }
        self.rds.modify_db_proxy(DBProxyName="pool", SecurityGroups=[sg], Auth=[], **request)
        seen = self.statuses(self.describe_proxy, "Status")
        self.assertEqual(seen, ["modifying", "available"])
        self.check_members(self.describe_proxy(), VpcSecurityGroupIds=[sg], **request)

    def test_busy(self):
        self.proxy()
        self.rds.modify_db_proxy(DBProxyName="pool", RequireTLS=True)
        self.check_refused("InvalidDBProxyStateFault", self.rds.modify_db_proxy, DBProxyName="pool")

    def test_deletion_is_visible(self):
        self.proxy()
        self.rds.delete_db_proxy(DBProxyName="pool")
        self.check_members(self.describe_proxy(), Status="deleting")
        self.gone("DBProxyNotFoundFault", self.describe_proxy)

    def test_none(self):
        for call in (self.rds.delete_db_proxy, self.rds.describe_db_proxy_targets):
            self.check_refused("DBProxyNotFoundFault", call, DBProxyName="none")

    def test_pool(self):
        self.proxy()
        config = {
            "MaxConnectionsPercent": 80,
            "MaxIdleConnectionsPercent": 0,
            "ConnectionBorrowTimeout": 30,
            "InitQuery": "SET x=1",
        }
        self.rds.modify_db_proxy_target_group(
            DBProxyName="pool", TargetGroupName="default", ConnectionPoolConfig=config
        )
        groups = self.rds.describe_db_proxy_target_groups(DBProxyName="pool")["TargetGroups"]
        self.check_members(groups[0]["ConnectionPoolConfig"], **config)


class Targets(ProxyTest):
    def test_instance(self):
        self.instance()
        self.proxy()
        self.register(DBInstanceIdentifiers=["db"])
        self.assertEqual(self.targets()[0]["TargetHealth"]["State"], "REGISTERING")
        target = self.targets()[0]
        self.assertEqual(target["TargetHealth"]["State"], "AVAILABLE")
        self.check_members(target, RdsResourceId="db", Type="RDS_INSTANCE", Role="READ_WRITE")

    def test_cluster(self):
        self.cluster()
        self.proxy()
        self.register(DBClusterIdentifiers=["main"])
        shown = [(t["Type"], t["RdsResourceId"], t.get("Role")) for t in self.targets()]
        self.assertEqual(
            shown,
            [
                ("TRACKED_CLUSTER", "main", None),
                ("RDS_INSTANCE", "main-instance-1", "READ_WRITE"),
                ("RDS_INSTANCE", "main-instance-2", "READ_ONLY"),
                ("RDS_INSTANCE", "main-instance-3", "READ_ONLY"),
            ],
        )
        self.rds.deregister_db_proxy_targets(DBProxyName="pool", DBClusterIdentifiers=["main"])
        self.assertEqual(self.targets(), [])

    def test_refusals(self):
        self.instance()
        self.instance("other")
        self.proxy()
        self.check_refused("DBInstanceNotFound", self.register, DBInstanceIdentifiers=["none"])
        self.check_refused("DBClusterNotFoundFault", self.register, DBClusterIdentifiers=["none"])
        self.check_refused(
            "DBProxyTargetNotFoundFault",
            self.rds.deregister_db_proxy_targets,
            DBProxyName="pool",
            DBInstanceIdentifiers=["db"],
        )
        self.register(DBInstanceIdentifiers=["db"])
        self.check_refused(
            "DBProxyTargetAlreadyRegisteredFault", self.register, DBInstanceIdentifiers=["db"]
        )
        self.check_refused(
            "InvalidParameterCombination", self.register, DBInstanceIdentifiers=["other"]
        )


class Endpoints(ProxyTest):
    def create_endpoint(self, name="extra", **request):
        self.rds.create_db_proxy_endpoint(
            DBProxyName="pool",
            DBProxyEndpointName=name,
            VpcSubnetIds=self.subnets(),
            **request,
        )

    def describe_endpoint(self, name="extra"):
        answer = self.rds.describe_db_proxy_endpoints(DBProxyEndpointName=name)
        return answer["DBProxyEndpoints"][0]

    def test_life(self):
        self.proxy()
        self.create_endpoint()
        shown = self.settled(self.describe_endpoint)
        self.check_members(shown, DBProxyName="pool", TargetRole="READ_WRITE", IsDefault=False)
        sg = self.security_group("endpoint")
        self.rds.modify_db_proxy_endpoint(
            DBProxyEndpointName="extra", NewDBProxyEndpointName="more", VpcSecurityGroupIds=[sg]
        )
        shown = self.settled(lambda: self.describe_endpoint("more"))
        self.check_members(shown, VpcSecurityGroupIds=[sg])
        self.rds.delete_db_proxy_endpoint(DBProxyEndpointName="more")
        self.gone("DBProxyEndpointNotFoundFault", self.describe_endpoint, name="more")

    def test_reading_needs_a_cluster(self):
        self.proxy()
        self.check_refused(
            "InvalidParameterCombination", self.create_endpoint, TargetRole="READ_ONLY"
        )
        self.cluster()
        self.register(DBClusterIdentifiers=["main"])
        self.create_endpoint(TargetRole="READ_ONLY")

    def test_refusals(self):
        self.proxy()
        self.create_endpoint()
        self.check_refused("DBProxyEndpointAlreadyExistsFault", self.create_endpoint)
        self.check_refused(
            "InvalidDBProxyEndpointStateFault",
            self.rds.delete_db_proxy_endpoint,
            DBProxyEndpointName="extra",
        )

    def test_goes_with_its_proxy(self):
        self.proxy()
        self.create_endpoint()
        self.rds.delete_db_proxy(DBProxyName="pool")
        self.gone("DBProxyNotFoundFault", self.describe_proxy)
        self.assertEqual(self.rds.describe_db_proxy_endpoints()["DBProxyEndpoints"], [])
