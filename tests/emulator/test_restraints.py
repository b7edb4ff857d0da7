"""What RDS refuses, copies, hides and notices late."""

from harness import EmulatorTest


class Names(EmulatorTest):
    """Patch 70."""

    def test_reserved(self):
        for request in ({"MasterUsername": "Admin"}, {"DBName": "catalog"}):
            with self.subTest(request):
                self.check_refused("InvalidParameterValue", self.instance, **request)

    def test_other_engines_have_other_words(self):
        self.instance(Engine="mysql", EngineVersion="8.0.40", MasterUsername="admin")

    def test_tags(self):
        arn = self.instance()["DBInstanceArn"]
        for key in ("aws:a", "RDS:a"):
            tags = [{"Key": key, "Value": "b"}]
            self.check_refused("InvalidParameterValue", self.instance, name="other", Tags=tags)
            self.check_refused(
                "InvalidParameterValue",
                self.rds.add_tags_to_resource,
                ResourceName=arn,
                Tags=tags,
            )

    def test_ceilings(self):
        self.check_refused("InvalidParameterCombination", self.instance, MaxAllocatedStorage=109)
        self.instance(MaxAllocatedStorage=110)


class Restores(EmulatorTest):
    """A restore without tags carries its source's (RDS User Guide, Tagging)."""

    TAGS = [{"Key": "a", "Value": "b"}]

    def setUp(self):
        super().setUp()
        self.source = self.instance(Tags=self.TAGS, DeletionProtection=False)

    def restored(self, **request):
        self.rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="one")
        self.rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier="copy", DBSnapshotIdentifier="one", **request
        )
        return self.available("copy")

    def test_from_a_snapshot(self):
        shown = self.restored()
        self.check_members(shown, TagList=self.TAGS)
        self.assertNotEqual(shown["DbiResourceId"], self.source["DbiResourceId"])

    def test_with_tags_of_its_own(self):
        other = [{"Key": "c", "Value": "d"}]
        self.check_members(self.restored(Tags=other), TagList=other)

    def test_to_a_point_in_time(self):
        self.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier="db",
            TargetDBInstanceIdentifier="copy",
            UseLatestRestorableTime=True,
        )
        self.check_members(self.available("copy"), TagList=self.TAGS)
        arn = self.describe("copy")["DBInstanceArn"]
        self.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
        self.check_members(self.describe(), TagList=self.TAGS)


class Parameters(EmulatorTest):
    def setUp(self):
        super().setUp()
        self.rds.create_db_parameter_group(
            DBParameterGroupName="own", DBParameterGroupFamily="postgres16", Description="x"
        )

    def set(self, **values):
        parameters = [
            {"ParameterName": n, "ParameterValue": v, "ApplyMethod": "pending-reboot"}
            for n, v in values.items()
        ]
        self.rds.modify_db_parameter_group(DBParameterGroupName="own", Parameters=parameters)

    def values(self):
        shown = self.rds.describe_db_parameters(DBParameterGroupName="own")["Parameters"]
        return {p["ParameterName"]: p["ParameterValue"] for p in shown}

    def status(self):
        return self.describe()["DBParameterGroups"][0]["ParameterApplyStatus"]

    def test_names_in_small_letters(self):
        """Patch 76."""
        self.set(Work_Mem="8192")
        self.assertEqual(self.values(), {"work_mem": "8192"})

    def test_all_or_nothing(self):
        with self.assertRaises(self.rds.exceptions.ClientError):
            self.set(work_mem="8192", log_statement="ALL")
        self.assertEqual(self.values(), {})

    def test_a_change_is_noticed_late(self):
        """Patch 77."""
        self.switch_on("parameter-lag")
        self.instance(DBParameterGroupName="own")
        self.set(max_connections="200")
        seen = [self.status() for _ in range(4)]
        self.assertEqual(seen, ["in-sync", "applying", "pending-reboot", "pending-reboot"])
        self.rds.reboot_db_instance(DBInstanceIdentifier="db")
        self.available()
        self.assertEqual(self.status(), "in-sync")

    def test_a_reboot_before_that_does_not_count(self):
        """Patch 77."""
        self.switch_on("parameter-lag")
        self.instance(DBParameterGroupName="own")
        self.set(max_connections="200")
        self.rds.reboot_db_instance(DBInstanceIdentifier="db")
        self.settled(self.describe, "DBInstanceStatus")
        for _ in range(2):
            self.describe()
        self.assertEqual(self.status(), "pending-reboot")


class Topics(EmulatorTest):
    """Patch 78."""

    def test_passwords_in_endpoints_are_masked(self):
        sns = self.client("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        endpoints = {
            "https://user:word@example.com/a": "https://user:****@example.com/a",
            "https://user@example.com/a:b@c": "https://user@example.com/a:b@c",
            "https://example.com/?k=v": "https://example.com/?k=v",
        }
        for endpoint in endpoints:
            sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=endpoint)
        for shown in (sns.list_subscriptions_by_topic(TopicArn=topic), sns.list_subscriptions()):
            seen = {subscription["Endpoint"] for subscription in shown["Subscriptions"]}
            self.assertEqual(seen, set(endpoints.values()))


class BackupService(EmulatorTest):
    """Patch 72."""

    def test_what_aws_backup_keeps(self):
        self.assertNotIn("AwsBackupRecoveryPointArn", self.instance())
        self.tell("aws-backup", self.account, "us-east-1", "db")
        shown = self.describe()
        self.check_members(shown, BackupRetentionPeriod=35, PreferredBackupWindow="05:00-05:30")
        self.assertIn("awsbackup", shown["AwsBackupRecoveryPointArn"])
        change = {"DBInstanceIdentifier": "db", "BackupRetentionPeriod": 7}
        self.check_refused("InvalidParameterCombination", self.rds.modify_db_instance, **change)
        self.rds.modify_db_instance(DBInstanceIdentifier="db", CopyTagsToSnapshot=True)


class Volumes(EmulatorTest):
    """Patch 73."""

    def grow(self, size):
        self.rds.modify_db_instance(
            DBInstanceIdentifier="db", AllocatedStorage=size, ApplyImmediately=True
        )
        self.available()

    def test_four_times_a_day(self):
        self.instance()
        for size in (110, 125, 140, 160):
            self.grow(size)
        self.check_refused("InvalidParameterCombination", self.grow, size=180)
        self.grow(160)
        self.tell("next-day", self.account)
        self.grow(180)


class OtherEngines(EmulatorTest):
    """DescribeDBInstances shows what other engines have too (RDS API)."""

    def test_mysql_and_aurora(self):
        self.instance("mine")
        self.instance("mysql", Engine="mysql", EngineVersion="8.0.40")
        self.rds.create_db_cluster(
            DBClusterIdentifier="aurora",
            Engine="aurora-postgresql",
            MasterUsername="app",
            MasterUserPassword="emulated-password",
        )
        self.rds.create_db_instance(
            DBInstanceIdentifier="aurora-1",
            DBClusterIdentifier="aurora",
            DBInstanceClass="db.r6g.large",
            Engine="aurora-postgresql",
        )
        shown = self.rds.describe_db_instances()["DBInstances"]
        self.assertEqual(
            {i["DBInstanceIdentifier"]: i["Engine"] for i in shown},
            {"mine": "postgres", "mysql": "mysql", "aurora-1": "aurora-postgresql"},
        )
        self.check_members(self.describe("mysql"), LicenseModel="general-public-license")


class Zones(EmulatorTest):
    def test_subnets_say_their_zone_id(self):
        shown = self.client("ec2").describe_subnets()["Subnets"]
        self.assertIn("use1-az3", {subnet["AvailabilityZoneId"] for subnet in shown})
