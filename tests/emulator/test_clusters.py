"""Multi-AZ DB clusters and their parameter groups."""

from harness import ClusterTest


class Creation(ClusterTest):
    def test_three_members_and_one_writer(self):
        self.instance("other")
        self.cluster()
        members = self.members()
        self.assertEqual(
            [(m["DBInstanceIdentifier"], m["AvailabilityZone"]) for m in members],
            [
                ("main-instance-1", "us-east-1a"),
                ("main-instance-2", "us-east-1b"),
                ("main-instance-3", "us-east-1c"),
            ],
        )
        self.check_members(
            members[0],
            DBClusterIdentifier="main",
            DBInstanceClass="db.r6gd.large",
            StorageType="gp3",
            EngineVersion="16.15",
        )
        self.assertEqual(self.writers(), ["main-instance-1"])

    def test_is_read_back(self):
        shown = self.cluster(
            EnableIAMDatabaseAuthentication=True,
            EnablePerformanceInsights=True,
            EnableCloudwatchLogsExports=["postgresql"],
            StorageEncrypted=True,
            DeletionProtection=True,
            Tags=[{"Key": "a", "Value": "b"}],
        )
        self.check_members(
            shown,
            DBClusterInstanceClass="db.r6gd.large",
            AllocatedStorage=100,
            StorageType="gp3",
            Iops=3000,
            StorageThroughput=125,
            MultiAZ=True,
            IAMDatabaseAuthenticationEnabled=True,
            PerformanceInsightsEnabled=True,
            PerformanceInsightsRetentionPeriod=7,
            DatabaseInsightsMode="standard",
            EnabledCloudwatchLogsExports=["postgresql"],
            DeletionProtection=True,
            DBClusterParameterGroup="default.postgres16",
            EngineLifecycleSupport="open-source-rds-extended-support",
            TagList=[{"Key": "a", "Value": "b"}],
        )

    def test_statuses(self):
        self.subnet_group()
        self.create()
        seen = self.statuses(self.describe_cluster, "Status")
        self.assertEqual(seen, ["creating", "backing-up", "available"])
        self.check_members(self.describe("main-instance-2"), DBInstanceStatus="creating")

    def test_refusals(self):
        self.cluster("taken")
        cases = [
            ("DBClusterAlreadyExistsFault", {"name": "taken"}),
            ("InvalidParameterValue", {"name": "n" * 53}),
            ("InvalidParameterValue", {"BackupRetentionPeriod": 0}),
            ("DBSubnetGroupNotFoundFault", {"DBSubnetGroupName": "none"}),
            ("DBClusterParameterGroupNotFound", {"DBClusterParameterGroupName": "none"}),
            ("InvalidParameterCombination", {"MonitoringInterval": 60}),
        ]
        for code, request in cases:
            with self.subTest(request):
                self.check_refused(code, self.create, **request)

    def test_iops_are_required(self):
        """Patch 75."""
        self.subnet_group()
        self.switch_on("cluster-iops")
        self.check_refused("InvalidParameterCombination", self.create)
        self.create(Iops=3000)
        self.check_members(self.available_cluster(), Iops=3000)

    def test_passwords_are_short(self):
        self.subnet_group()
        self.check_refused("InvalidParameterValue", self.create, MasterUserPassword="x" * 42)

    def test_needs_three_zones(self):
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="two", DBSubnetGroupDescription="-", SubnetIds=self.subnets()[:2]
        )
        self.check_refused(
            "DBSubnetGroupDoesNotCoverEnoughAZs", self.create, DBSubnetGroupName="two"
        )


class Changes(ClusterTest):
    def test_immediately(self):
        request = {
            "DBClusterInstanceClass": "db.r6gd.xlarge",
            "AllocatedStorage": 500,
            "BackupRetentionPeriod": 14,
            "DeletionProtection": True,
            "PreferredBackupWindow": "01:00-02:00",
            "PreferredMaintenanceWindow": "mon:03:00-mon:04:00",
            "CopyTagsToSnapshot": True,
            "AutoMinorVersionUpgrade": False,
            "EngineVersion": "16.16",
        }
        self.cluster()
        self.modify(ApplyImmediately=True, **request)
        self.check_members(self.available_cluster(), **request, Iops=12000, StorageThroughput=500)
        self.assertEqual({m["DBInstanceClass"] for m in self.members()}, {"db.r6gd.xlarge"})

    def test_log_exports_and_insights(self):
        self.cluster(EnableCloudwatchLogsExports=["postgresql"])
        self.modify(
            CloudwatchLogsExportConfiguration={
                "EnableLogTypes": ["upgrade"],
                "DisableLogTypes": ["postgresql"],
            },
            EnablePerformanceInsights=True,
            PerformanceInsightsRetentionPeriod=465,
            DatabaseInsightsMode="advanced",
            ApplyImmediately=True,
        )
        self.check_members(
            self.available_cluster(),
            EnabledCloudwatchLogsExports=["upgrade"],
            PerformanceInsightsEnabled=True,
            PerformanceInsightsRetentionPeriod=465,
            DatabaseInsightsMode="advanced",
        )

    def test_insights_keep_their_key(self):
        key = "arn:aws:kms:us-east-1:123456789012:key/own"
        self.cluster(EnablePerformanceInsights=True, PerformanceInsightsKMSKeyId=key)
        long = {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 31}
        off = {"EnablePerformanceInsights": False, "PerformanceInsightsKMSKeyId": key}
        for request in (long, off):
            self.check_refused("InvalidParameterCombination", self.modify, **request)
        self.modify(**long, PerformanceInsightsKMSKeyId=key)
        self.check_members(self.available_cluster(), PerformanceInsightsKMSKeyId=key)
        self.modify(**off, DatabaseInsightsMode="standard")
        self.check_members(
            self.available_cluster(),
            PerformanceInsightsEnabled=False,
            PerformanceInsightsKMSKeyId=key,
        )

    def test_managed_password(self):
        self.cluster()
        self.modify(ManageMasterUserPassword=True, ApplyImmediately=True)
        secret = self.available_cluster()["MasterUserSecret"]["SecretArn"]
        self.assertIn(":secret:rds!cluster-", secret)

    def test_window_changes_are_pending(self):
        self.cluster()
        self.modify(AllocatedStorage=200)
        shown = self.describe_cluster()
        self.check_members(shown, AllocatedStorage=100, Status="available")
        self.assertEqual(shown["PendingModifiedValues"], {"AllocatedStorage": 200})

    def test_refusals(self):
        self.cluster()
        cases = [
            ("InvalidParameterCombination", {"AllocatedStorage": 50}),
            ("InvalidParameterCombination", {"Port": 5433}),
            ("InvalidParameterValue", {"BackupRetentionPeriod": 0}),
            ("DBClusterParameterGroupNotFound", {"DBClusterParameterGroupName": "none"}),
        ]
        for code, request in cases:
            with self.subTest(request):
                self.check_refused(code, self.modify, **request)

    def test_a_queued_class_shows_on_the_members(self):
        """Patch 74."""
        self.cluster()
        self.modify(DBClusterInstanceClass="db.r6gd.xlarge")
        self.check_members(self.describe_cluster(), PendingModifiedValues={})
        pending = [member["PendingModifiedValues"] for member in self.members()]
        self.assertEqual(pending, [{"DBInstanceClass": "db.r6gd.xlarge"}] * 3)
        self.tell("maintenance-window", self.account)
        self.available_cluster()
        self.check_members(self.describe_cluster(), DBClusterInstanceClass="db.r6gd.xlarge")
        pending = [member.get("PendingModifiedValues", {}) for member in self.members()]
        self.assertEqual(pending, [{}] * 3)

    def test_members_are_not_changed_alone(self):
        self.cluster()
        member = {"DBInstanceIdentifier": "main-instance-1"}
        code = "InvalidParameterCombination"
        self.check_refused(code, self.rds.modify_db_instance, **member, MultiAZ=True)
        self.check_refused(code, self.rds.delete_db_instance, **member, SkipFinalSnapshot=True)

    def test_reboot_does_not_fail_over(self):
        self.cluster()
        self.rds.reboot_db_cluster(DBClusterIdentifier="main")
        seen = self.statuses(self.describe_cluster, "Status")
        self.assertEqual(seen, ["rebooting", "available"])
        self.assertEqual(self.writers(), ["main-instance-1"])

    def test_failover(self):
        self.cluster()
        for _ in range(3):
            self.members()
        self.rds.failover_db_cluster(
            DBClusterIdentifier="main", TargetDBInstanceIdentifier="main-instance-3"
        )
        seen = self.statuses(self.describe_cluster, "Status")
        self.assertEqual(seen, ["failing-over", "available"])
        self.assertEqual(self.writers(), ["main-instance-3"])


class Deletion(ClusterTest):
    def test_takes_the_members_along(self):
        self.cluster()
        self.rds.delete_db_cluster(DBClusterIdentifier="main", FinalDBSnapshotIdentifier="last")
        self.check_members(self.describe_cluster(), Status="deleting")
        self.gone("DBClusterNotFoundFault", self.describe_cluster)
        self.assertEqual(self.members(), [])
        snapshots = self.rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
        self.assertEqual([s["DBClusterSnapshotIdentifier"] for s in snapshots], ["last"])

    def test_refusals(self):
        self.cluster()
        delete = self.rds.delete_db_cluster
        code = "InvalidParameterCombination"
        self.check_refused(code, delete, DBClusterIdentifier="main")
        self.modify(DeletionProtection=True)
        self.check_refused(code, delete, DBClusterIdentifier="main", SkipFinalSnapshot=True)


class ParameterGroups(ClusterTest):
    def setUp(self):
        super().setUp()
        self.rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName="own",
            DBParameterGroupFamily="postgres16",
            Description="own",
        )

    def set(self, name, value, method):
        parameter = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        self.rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName="own", Parameters=[parameter]
        )

    def user_values(self):
        shown = self.rds.describe_db_cluster_parameters(
            DBClusterParameterGroupName="own", Source="user"
        )
        return {p["ParameterName"]: p["ParameterValue"] for p in shown["Parameters"]}

    def test_values_are_read_back_and_reset(self):
        self.set("max_connections", "400", "pending-reboot")
        self.set("work_mem", "16384", "immediate")
        self.assertEqual(self.user_values(), {"max_connections": "400", "work_mem": "16384"})
        self.rds.reset_db_cluster_parameter_group(
            DBClusterParameterGroupName="own",
            Parameters=[{"ParameterName": "work_mem", "ApplyMethod": "immediate"}],
        )
        self.assertEqual(self.user_values(), {"max_connections": "400"})

    def test_static_waits_for_a_reboot(self):
        self.cluster(DBClusterParameterGroupName="own")
        self.set("max_connections", "400", "pending-reboot")
        statuses = {
            m["DBClusterParameterGroupStatus"] for m in self.describe_cluster()["DBClusterMembers"]
        }
        self.assertEqual(statuses, {"pending-reboot"})
        self.rds.reboot_db_cluster(DBClusterIdentifier="main")
        shown = self.available_cluster()["DBClusterMembers"]
        self.assertEqual({m["DBClusterParameterGroupStatus"] for m in shown}, {"in-sync"})

    def test_refusals(self):
        self.check_refused(
            "InvalidParameterCombination",
            self.set,
            name="max_connections",
            value="1",
            method="immediate",
        )
        self.cluster(DBClusterParameterGroupName="own")
        delete = self.rds.delete_db_cluster_parameter_group
        self.check_refused(
            "InvalidDBParameterGroupState", delete, DBClusterParameterGroupName="own"
        )
