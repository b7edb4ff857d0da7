"""The server itself, the services around RDS, and a whole deployment from end to end."""

import subprocess
import sys
import urllib.error
import urllib.request

import cbor2

from harness import HERE, ClusterTest, EmulatorTest, server_url


class Server(EmulatorTest):
    def test_accounts_are_apart(self):
        self.instance()
        self.assertEqual(self.client("sts").get_caller_identity()["Account"], self.account)
        self.assertIn(f":{self.account}:", self.describe()["DBInstanceArn"])
        self.setUp()
        self.assertEqual(self.rds.describe_db_instances()["DBInstances"], [])

    def test_network_in_any_region(self):
        for region in ("us-east-1", "us-west-2", "eu-central-1"):
            self.assertEqual(len(self.subnets("data", region)), 3)
            self.assertEqual(len(self.subnets("public", region)), 3)

    def test_public_subnets_have_a_way_out(self):
        tables = self.client("ec2").describe_route_tables()["RouteTables"]
        public = {
            association["SubnetId"]
            for table in tables
            if any(route.get("GatewayId", "").startswith("igw-") for route in table["Routes"])
            for association in table["Associations"]
            if not association["Main"]
        }
        self.assertEqual(public, set(self.subnets("public")))

    def test_missing_operation_is_said_in_the_protocol(self):
        answer = self.check_refused("NotImplemented", self.rds.describe_reserved_db_instances)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 501)

    def test_unknown_switch(self):
        with self.assertRaises(urllib.error.HTTPError):
            self.switch_on("no-such-switch")

    def test_loopback_only(self):
        run = subprocess.run(
            [sys.executable, HERE / "server.py", "-H", "0.0.0.0"], capture_output=True, text=True
        )
        self.assertEqual(run.stderr, "emulator: 0.0.0.0 is not a loopback address\n")
        self.assertEqual(run.returncode, 1)

    def test_reset(self):
        self.instance()
        request = urllib.request.Request(f"{server_url()}/moto-api/reset", method="POST")
        urllib.request.urlopen(request).close()
        self.assertEqual(self.rds.describe_db_instances()["DBInstances"], [])


class Inventory(EmulatorTest):
    def lines(self):
        url = f"{server_url()}/emulator/inventory/{self.account}"
        with urllib.request.urlopen(url) as answer:
            return answer.read().decode().splitlines()

    def test_holds_what_somebody_made_and_nothing_else(self):
        self.rds.describe_db_instances()
        self.assertEqual(self.lines(), [])
        self.instance()
        self.client("sns", "us-west-2").create_topic(Name="alerts")
        self.assertEqual(self.lines(), ["us-east-1 db-instance db", "us-west-2 topic alerts"])


class Alarms(EmulatorTest):
    def put(self, name="lag", **request):
        defaults = {
            "Namespace": "AWS/RDS",
            "MetricName": "ReplicaLag",
            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "db"}],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 10,
            "Threshold": 300.5,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        self.client("cloudwatch").put_metric_alarm(AlarmName=name, **{**defaults, **request})

    def describe_alarm(self, name="lag"):
        return self.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]

    def tags(self):
        arn = self.describe_alarm()["AlarmArn"]
        shown = self.client("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in shown}

    def call_cbor(self, operation, **request):
        """A call as the AWS SDK for Rust makes it."""
        call = urllib.request.Request(
            f"{server_url()}/service/GraniteServiceVersion20100801/operation/{operation}",
            data=cbor2.dumps(request),
            headers={
                "smithy-protocol": "rpc-v2-cbor",
                "Content-Type": "application/cbor",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={self.account}/20260101/us-east-1"
                "/monitoring/aws4_request, SignedHeaders=host, Signature=0",
            },
        )
        with urllib.request.urlopen(call) as answer:
            self.assertEqual(answer.headers["smithy-protocol"], "rpc-v2-cbor")
            return cbor2.loads(answer.read())

    def test_is_read_back(self):
        self.put()
        self.check_members(
            self.describe_alarm(),
            StateValue="INSUFFICIENT_DATA",
            Statistic="Maximum",
            Threshold=300.5,
            TreatMissingData="notBreaching",
            ActionsEnabled=True,
        )

    def test_cbor(self):
        self.put(Tags=[{"Key": "a", "Value": "1"}])
        shown = self.call_cbor("DescribeAlarms", AlarmNamePrefix="l")["MetricAlarms"][0]
        self.check_members(shown, AlarmName="lag", Threshold=300.5, EvaluationPeriods=10)
        arn = shown["AlarmArn"]
        self.call_cbor("TagResource", ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
        self.call_cbor("UntagResource", ResourceARN=arn, TagKeys=["a"])
        tags = self.call_cbor("ListTagsForResource", ResourceARN=arn)["Tags"]
        self.assertEqual(tags, [{"Key": "b", "Value": "2"}])

    def test_tags_count_at_creation_only(self):
        self.put(Tags=[{"Key": "a", "Value": "1"}])
        self.put(Tags=[{"Key": "a", "Value": "2"}])
        self.assertEqual(self.tags(), {"a": "1"})
        self.client("cloudwatch").delete_alarms(AlarmNames=["lag"])
        self.put()
        self.assertEqual(self.tags(), {})

    def test_a_change_keeps_the_state(self):
        cloudwatch = self.client("cloudwatch")
        self.put()
        cloudwatch.set_alarm_state(AlarmName="lag", StateValue="ALARM", StateReason="test")
        self.put(Threshold=60)
        self.check_members(self.describe_alarm(), StateValue="ALARM", Threshold=60.0)

    def test_pages(self):
        for number in range(51):
            self.put(f"alarm-{number:02}")
        first = self.client("cloudwatch").describe_alarms()
        rest = self.client("cloudwatch").describe_alarms(NextToken=first["NextToken"])
        self.assertEqual((len(first["MetricAlarms"]), len(rest["MetricAlarms"])), (50, 1))


class Around(EmulatorTest):
    def test_secrets(self):
        secrets = self.client("secretsmanager")
        password = secrets.get_random_password(PasswordLength=40, ExcludeCharacters="/\"@' ")
        made = secrets.create_secret(Name="db", SecretString=password["RandomPassword"])
        secrets.tag_resource(SecretId="db", Tags=[{"Key": "a", "Value": "b"}])
        shown = secrets.describe_secret(SecretId="db")
        self.check_members(shown, ARN=made["ARN"], Tags=[{"Key": "a", "Value": "b"}])
        secrets.delete_secret(SecretId="db")
        self.check_refused(
            "InvalidRequestException", secrets.create_secret, Name="db", SecretString="x"
        )
        answer = self.check_refused(
            "ResourceNotFoundException", secrets.describe_secret, SecretId="none"
        )
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)

    def test_rotation(self):
        secrets = self.client("secretsmanager")
        secrets.create_secret(Name="db", SecretString="x")
        self.check_refused("InvalidRequestException", secrets.rotate_secret, SecretId="db")
        function = f"arn:aws:lambda:us-east-1:{self.account}:function:rotate"
        secrets.rotate_secret(
            SecretId="db",
            RotationLambdaARN=function,
            RotationRules={"AutomaticallyAfterDays": 30},
        )
        self.check_members(
            secrets.describe_secret(SecretId="db"),
            RotationEnabled=True,
            RotationLambdaARN=function,
            RotationRules={"AutomaticallyAfterDays": 30},
        )
        secrets.cancel_rotate_secret(SecretId="db")
        self.check_members(secrets.describe_secret(SecretId="db"), RotationEnabled=False)

    def test_topics(self):
        sns, tags = self.client("sns"), [{"Key": "a", "Value": "b"}]
        topic = sns.create_topic(Name="alerts", Tags=tags)["TopicArn"]
        self.assertEqual(sns.create_topic(Name="alerts", Tags=tags)["TopicArn"], topic)
        other = [{"Key": "a", "Value": "c"}]
        self.check_refused("InvalidParameter", sns.create_topic, Name="alerts", Tags=other)
        made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
        self.assertEqual(made["SubscriptionArn"], "pending confirmation")
        shown = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]
        self.check_members(shown, SubscriptionArn="PendingConfirmation", Endpoint="a@example.com")

    def test_roles(self):
        iam = self.client("iam")
        iam.create_role(RoleName="em", AssumeRolePolicyDocument="{}")
        arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
        iam.attach_role_policy(RoleName="em", PolicyArn=arn)
        attached = iam.list_attached_role_policies(RoleName="em")["AttachedPolicies"]
        self.assertEqual([policy["PolicyArn"] for policy in attached], [arn])


class Recipe(ClusterTest):
    """Everything that a highly available deployment has, made, changed and taken down."""

    def prepare(self):
        iam, secrets = self.client("iam"), self.client("secretsmanager")
        self.roles = {
            name: iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            for name in ("monitoring", "proxy")
        }
        password = secrets.get_random_password(ExcludeCharacters="/\"@' ")["RandomPassword"]
        secret = secrets.create_secret(Name="orders", SecretString=password)
        self.secret = secret["ARN"]
        self.topic = self.client("sns").create_topic(Name="orders-alerts")["TopicArn"]
        for region in ("us-east-1", "us-west-2"):
            self.subnet_group("orders", region)
        self.groups = [self.security_group("orders-db"), self.security_group("orders-proxy")]
        self.key = self.client("kms", "us-west-2").create_key()["KeyMetadata"]["Arn"]
        self.rds.create_db_parameter_group(
            DBParameterGroupName="orders-pg16",
            DBParameterGroupFamily="postgres16",
            Description="orders",
        )

    def deploy(self):
        primary = self.instance(
            "orders-primary",
            MultiAZ=True,
            StorageEncrypted=True,
            DBSubnetGroupName="orders",
            DBParameterGroupName="orders-pg16",
            VpcSecurityGroupIds=self.groups[:1],
            PreferredBackupWindow="03:00-04:00",
            PreferredMaintenanceWindow="sun:04:00-sun:05:00",
            MonitoringInterval=60,
            MonitoringRoleArn=self.roles["monitoring"],
            EnablePerformanceInsights=True,
            DeletionProtection=True,
        )
        self.arn = primary["DBInstanceArn"]
        self.rds.create_db_instance_read_replica(
            DBInstanceIdentifier="orders-read-1",
            SourceDBInstanceIdentifier="orders-primary",
            VpcSecurityGroupIds=self.groups[:1],
        )
        self.available("orders-read-1")
        self.deploy_elsewhere()
        self.deploy_proxy()
        self.rds.create_event_subscription(
            SubscriptionName="orders-events",
            SnsTopicArn=self.topic,
            SourceType="db-instance",
            SourceIds=["orders-primary", "orders-read-1"],
            EventCategories=["failover", "failure", "read replica"],
        )

    def deploy_elsewhere(self):
        rds = self.client("rds", "us-west-2")
        rds.create_db_instance_read_replica(
            DBInstanceIdentifier="orders-dr",
            SourceDBInstanceIdentifier=self.arn,
            KmsKeyId=self.key,
            DBSubnetGroupName="orders",
        )
        self.available("orders-dr", "us-west-2")
        rds.start_db_instance_automated_backups_replication(
            SourceDBInstanceArn=self.arn, KmsKeyId=self.key, BackupRetentionPeriod=14
        )

    def describe_proxy(self):
        return self.rds.describe_db_proxies(DBProxyName="orders-proxy")["DBProxies"][0]

    def deploy_proxy(self):
        self.rds.create_db_proxy(
            DBProxyName="orders-proxy",
            EngineFamily="POSTGRESQL",
            RoleArn=self.roles["proxy"],
            Auth=[{"SecretArn": self.secret}],
            VpcSubnetIds=self.subnets(),
            VpcSecurityGroupIds=self.groups[1:],
            RequireTLS=True,
        )
        self.settled(self.describe_proxy)
        self.rds.modify_db_proxy_target_group(
            DBProxyName="orders-proxy",
            TargetGroupName="default",
            ConnectionPoolConfig={"MaxConnectionsPercent": 80, "MaxIdleConnectionsPercent": 40},
        )
        self.rds.register_db_proxy_targets(
            DBProxyName="orders-proxy", DBInstanceIdentifiers=["orders-primary"]
        )

    def change(self):
        self.rds.modify_db_parameter_group(
            DBParameterGroupName="orders-pg16",
            Parameters=[
                {
                    "ParameterName": "max_connections",
                    "ParameterValue": "400",
                    "ApplyMethod": "pending-reboot",
                }
            ],
        )
        for name in ("orders-read-1", "orders-primary"):
            self.rds.modify_db_instance(
                DBInstanceIdentifier=name, DBInstanceClass="db.r6g.xlarge", ApplyImmediately=True
            )
            self.available(name)
            self.rds.reboot_db_instance(DBInstanceIdentifier=name)
            self.available(name)
        self.rds.reboot_db_instance(DBInstanceIdentifier="orders-primary", ForceFailover=True)
        shown = self.available("orders-primary")
        self.check_members(shown, DBInstanceClass="db.r6g.xlarge", AvailabilityZone="us-east-1b")

    def delete_instance(self, name, region="us-east-1", **how):
        rds = self.client("rds", region)
        rds.delete_db_instance(DBInstanceIdentifier=name, **how)
        self.gone("DBInstanceNotFound", self.describe, name=name, region=region)

    def take_down(self):
        dr = self.client("rds", "us-west-2")
        self.rds.delete_event_subscription(SubscriptionName="orders-events")
        self.rds.delete_db_proxy(DBProxyName="orders-proxy")
        self.gone("DBProxyNotFoundFault", self.describe_proxy)
        dr.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=self.arn)
        self.delete_instance("orders-dr", "us-west-2", SkipFinalSnapshot=True)
        self.delete_instance("orders-read-1", SkipFinalSnapshot=True)
        self.rds.modify_db_instance(DBInstanceIdentifier="orders-primary", DeletionProtection=False)
        self.delete_instance("orders-primary", FinalDBSnapshotIdentifier="orders-final")
        self.rds.delete_db_parameter_group(DBParameterGroupName="orders-pg16")
        for rds in (self.rds, dr):
            rds.delete_db_subnet_group(DBSubnetGroupName="orders")
        for group in self.groups:
            self.client("ec2").delete_security_group(GroupId=group)
        self.client("sns").delete_topic(TopicArn=self.topic)
        self.client("secretsmanager").delete_secret(SecretId="orders")
        for role in self.roles:
            self.client("iam").delete_role(RoleName=role)

    def test_recipe(self):
        self.prepare()
        self.deploy()
        self.change()
        self.take_down()
        snapshots = self.rds.describe_db_snapshots()["DBSnapshots"]
        self.assertEqual([s["DBSnapshotIdentifier"] for s in snapshots], ["orders-final"])
        for region in ("us-east-1", "us-west-2"):
            rds = self.client("rds", region)
            self.assertEqual(rds.describe_db_instances()["DBInstances"], [])
            self.assertEqual(rds.describe_db_subnet_groups()["DBSubnetGroups"], [])
            shown = rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
            self.assertEqual(
                {backup["Status"] for backup in shown},
                {"retained"} if region == "us-west-2" else set(),
            )
