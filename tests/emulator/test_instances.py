"""DB instances: read back, pending values, statuses, replicas, deletion."""

import urllib.request

from harness import EmulatorTest, server_url


class ReadBack(EmulatorTest):
    def test_creation_is_read_back(self):
        group, sg = self.subnet_group(), self.security_group("db")
        shown = self.instance(
            DBSubnetGroupName=group,
            VpcSecurityGroupIds=[sg],
            EngineVersion="16",
            MultiAZ=True,
            EnablePerformanceInsights=True,
            EngineLifecycleSupport="open-source-rds-extended-support-disabled",
            EnableCloudwatchLogsExports=["postgresql"],
        )
        self.check_members(
            shown,
            EngineVersion="16.15",
            Iops=3000,
            StorageThroughput=125,
            PubliclyAccessible=False,
            NetworkType="IPV4",
            CACertificateIdentifier="rds-ca-rsa2048-g1",
            EngineLifecycleSupport="open-source-rds-extended-support-disabled",
            PerformanceInsightsEnabled=True,
            PerformanceInsightsRetentionPeriod=7,
            DatabaseInsightsMode="standard",
            EnabledCloudwatchLogsExports=["postgresql"],
            MultiAZ=True,
            AvailabilityZone="us-east-1a",
            SecondaryAvailabilityZone="us-east-1b",
            MaxAllocatedStorage=None,
            DedicatedLogVolume=False,
        )
        self.assertEqual(
            shown["DBParameterGroups"][0]["DBParameterGroupName"], "default.postgres16"
        )

    def test_resource_ids_differ(self):
        self.assertNotEqual(
            self.instance("one")["DbiResourceId"], self.instance("two")["DbiResourceId"]
        )

    def test_striped_gp3_has_higher_figures(self):
        self.check_members(self.instance(AllocatedStorage=400), Iops=12000, StorageThroughput=500)

    def test_managed_password(self):
        shown = self.instance(ManageMasterUserPassword=True)
        self.assertIn(":secret:rds!db-", shown["MasterUserSecret"]["SecretArn"])

    def test_impossible_requests(self):
        cases = [
            ("InvalidParameterCombination", {"Iops": 3000}),
            ("InvalidParameterValue", {"BackupRetentionPeriod": 36}),
            ("InvalidParameterValue", {"VpcSecurityGroupIds": ["sg-00000000"]}),
            ("InvalidParameterCombination", {"MonitoringInterval": 60}),
            ("InvalidParameterCombination", {"DatabaseInsightsMode": "advanced"}),
            ("InvalidParameterCombination", {"MultiAZ": True, "AvailabilityZone": "us-east-1a"}),
            ("DBParameterGroupNotFound", {"DBParameterGroupName": "none"}),
            ("DBSubnetGroupNotFoundFault", {"DBSubnetGroupName": "none"}),
        ]
        for code, request in cases:
            with self.subTest(request):
                self.check_refused(code, self.instance, **request)

    def test_parameter_group_of_another_family(self):
        self.rds.create_db_parameter_group(
            DBParameterGroupName="old", DBParameterGroupFamily="postgres15", Description="old"
        )
        self.check_refused("InvalidParameterCombination", self.instance, DBParameterGroupName="old")

    def test_touching_windows(self):
        self.instance(
            PreferredBackupWindow="03:00-04:00", PreferredMaintenanceWindow="sun:04:00-sun:05:00"
        )

    def test_filters(self):
        for name in ("one", "two", "three"):
            self.instance(name)
        filters = [{"Name": "db-instance-id", "Values": ["one", "three", "none"]}]
        shown = self.rds.describe_db_instances(Filters=filters)["DBInstances"]
        self.assertEqual([i["DBInstanceIdentifier"] for i in shown], ["one", "three"])
        filters = [{"Name": "db-instance-id", "Values": ["none"]}]
        self.assertEqual(self.rds.describe_db_instances(Filters=filters)["DBInstances"], [])


class Modifications(EmulatorTest):
    def check_modified(self, request, expected, **create):
        """Applied immediately, the request reads back so."""
        self.instance(**create)
        self.rds.modify_db_instance(DBInstanceIdentifier="db", ApplyImmediately=True, **request)
        self.check_members(self.available(), **expected)

    def test_what_is_accepted_is_shown(self):
        role = self.client("iam").create_role(RoleName="em", AssumeRolePolicyDocument="{}")
        arn = role["Role"]["Arn"]
        request = {
            "DBInstanceClass": "db.r6g.xlarge",
            "AllocatedStorage": 500,
            "StorageType": "gp3",
            "Iops": 13000,
            "StorageThroughput": 600,
            "MaxAllocatedStorage": 1000,
            "MultiAZ": True,
            "BackupRetentionPeriod": 14,
            "PreferredBackupWindow": "01:00-02:00",
            "PreferredMaintenanceWindow": "mon:03:00-mon:04:00",
            "CACertificateIdentifier": "rds-ca-ecc384-g1",
            "CopyTagsToSnapshot": True,
            "DeletionProtection": True,
            "PubliclyAccessible": False,
            "MonitoringInterval": 60,
            "MonitoringRoleArn": arn,
            "PerformanceInsightsRetentionPeriod": 465,
            "DatabaseInsightsMode": "advanced",
            "AutoMinorVersionUpgrade": False,
            "NetworkType": "DUAL",
            "EngineVersion": "16.16",
            "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        }
        self.check_modified({**request, "EnablePerformanceInsights": True}, request)

    def test_renamed_members(self):
        sg = self.security_group("db")
        self.check_modified(
            {
                "DBPortNumber": 5433,
                "EnableIAMDatabaseAuthentication": True,
                "VpcSecurityGroupIds": [sg],
                "CloudwatchLogsExportConfiguration": {
                    "EnableLogTypes": ["upgrade"],
                    "DisableLogTypes": ["postgresql"],
                },
            },
            {
                "IAMDatabaseAuthenticationEnabled": True,
                "EnabledCloudwatchLogsExports": ["upgrade"],
                "VpcSecurityGroups": [{"VpcSecurityGroupId": sg, "Status": "active"}],
            },
            EnableCloudwatchLogsExports=["postgresql"],
        )
        self.assertEqual(self.describe()["Endpoint"]["Port"], 5433)

    def test_autoscaling_off_again(self):
        self.check_modified(
            {"MaxAllocatedStorage": 100}, {"MaxAllocatedStorage": None}, MaxAllocatedStorage=200
        )

    def test_insights_off(self):
        self.check_modified(
            {"EnablePerformanceInsights": False, "DatabaseInsightsMode": "standard"},
            {"PerformanceInsightsEnabled": False, "PerformanceInsightsRetentionPeriod": None},
            EnablePerformanceInsights=True,
        )

    def test_insights_keep_their_key(self):
        key = "arn:aws:kms:us-east-1:123456789012:key/own"
        self.instance(EnablePerformanceInsights=True, PerformanceInsightsKMSKeyId=key)
        long = {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 465}
        advanced = {**long, "DatabaseInsightsMode": "advanced"}
        off = {"EnablePerformanceInsights": False, "PerformanceInsightsKMSKeyId": key}
        for request in (
            long,
            advanced,
            {**advanced, "PerformanceInsightsKMSKeyId": key.replace("own", "another")},
            {"DatabaseInsightsMode": "standard", "PerformanceInsightsKMSKeyId": key},
            off,
        ):
            self.check_refused(
                "InvalidParameterCombination",
                self.rds.modify_db_instance,
                DBInstanceIdentifier="db",
                **request,
            )
        for request in (
            {**advanced, "PerformanceInsightsKMSKeyId": key},
            {**off, "DatabaseInsightsMode": "standard"},
            {**long, "PerformanceInsightsKMSKeyId": key},
        ):
            self.rds.modify_db_instance(DBInstanceIdentifier="db", **request)
            self.check_members(self.describe(), PerformanceInsightsKMSKeyId=key)

    def test_window_changes_are_pending(self):
        self.instance()
        self.rds.modify_db_instance(
            DBInstanceIdentifier="db", DBInstanceClass="db.r6g.xlarge", DeletionProtection=True
        )
        shown = self.describe()
        self.check_members(shown, DBInstanceClass="db.r6g.large", DeletionProtection=True)
        self.assertEqual(shown["PendingModifiedValues"], {"DBInstanceClass": "db.r6g.xlarge"})

    def test_immediately_flushes_the_queue(self):
        self.instance()
        self.rds.modify_db_instance(DBInstanceIdentifier="db", DBInstanceClass="db.r6g.xlarge")
        self.rds.modify_db_instance(
            DBInstanceIdentifier="db", CopyTagsToSnapshot=True, ApplyImmediately=True
        )
        shown = self.available()
        self.check_members(shown, DBInstanceClass="db.r6g.xlarge")
        self.assertEqual(shown.get("PendingModifiedValues", {}), {})

    def test_dedicated_log_volume_waits_for_a_reboot(self):
        self.instance(StorageType="io1", Iops=1000)
        self.rds.modify_db_instance(
            DBInstanceIdentifier="db", DedicatedLogVolume=True, ApplyImmediately=True
        )
        self.check_members(self.available(), DedicatedLogVolume=False)
        self.rds.reboot_db_instance(DBInstanceIdentifier="db")
        self.check_members(self.available(), DedicatedLogVolume=True)

    def test_parameter_group_waits_for_a_reboot(self):
        self.rds.create_db_parameter_group(
            DBParameterGroupName="own", DBParameterGroupFamily="postgres16", Description="own"
        )
        self.instance()
        self.rds.modify_db_instance(DBInstanceIdentifier="db", DBParameterGroupName="own")
        expected = {"DBParameterGroupName": "own", "ParameterApplyStatus": "pending-reboot"}
        self.assertEqual(self.describe()["DBParameterGroups"], [expected])
        self.rds.reboot_db_instance(DBInstanceIdentifier="db")
        self.available()
        expected["ParameterApplyStatus"] = "in-sync"
        self.assertEqual(self.describe()["DBParameterGroups"], [expected])

    def test_refusals(self):
        self.instance()
        cases = [
            ("InvalidParameterCombination", {"AllocatedStorage": 50}),
            ("InvalidParameterCombination", {"Iops": 4000}),
            ("InvalidParameterCombination", {"DatabaseInsightsMode": "advanced"}),
            ("InvalidParameterCombination", {"EngineVersion": "17.11"}),
            ("DBParameterGroupNotFound", {"DBParameterGroupName": "none"}),
        ]
        for code, request in cases:
            with self.subTest(request):
                self.check_refused(
                    code, self.rds.modify_db_instance, DBInstanceIdentifier="db", **request
                )

    def test_busy(self):
        self.instance()
        self.rds.reboot_db_instance(DBInstanceIdentifier="db")
        self.check_refused(
            "InvalidDBInstanceState", self.rds.modify_db_instance, DBInstanceIdentifier="db"
        )


class MaintenanceWindow(EmulatorTest):
    def open_window(self):
        url = f"{server_url()}/emulator/maintenance-window/{self.account}"
        urllib.request.urlopen(urllib.request.Request(url, method="POST")).close()

    def test_applies_what_is_queued(self):
        self.instance()
        self.rds.modify_db_instance(
            DBInstanceIdentifier="db", DBInstanceClass="db.r6g.xlarge", MultiAZ=True
        )
        self.open_window()
        seen = self.statuses(self.describe, "DBInstanceStatus")
        self.assertEqual(seen, ["modifying", "available"])
        shown = self.describe()
        self.check_members(shown, DBInstanceClass="db.r6g.xlarge", MultiAZ=True)
        self.assertEqual(shown.get("PendingModifiedValues", {}), {})

    def test_parameters_go_on_waiting(self):
        self.rds.create_db_parameter_group(
            DBParameterGroupName="own", DBParameterGroupFamily="postgres16", Description="own"
        )
        self.instance()
        self.rds.modify_db_instance(DBInstanceIdentifier="db", DBParameterGroupName="own")
        self.open_window()
        group = self.describe()["DBParameterGroups"][0]
        self.check_members(group, ParameterApplyStatus="pending-reboot")


class Statuses(EmulatorTest):
    def check_statuses(self, *expected):
        seen = self.statuses(self.describe, "DBInstanceStatus")
        self.assertEqual(seen, [*expected, "available"])

    def test_creation(self):
        self.rds.create_db_instance(
            DBInstanceIdentifier="db",
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            MasterUsername="app",
            MasterUserPassword="emulated-password",
            AllocatedStorage=20,
        )
        self.check_statuses("creating", "backing-up")

    def test_port_restarts_at_once(self):
        self.instance()
        self.rds.modify_db_instance(DBInstanceIdentifier="db", DBPortNumber=5433)
        self.check_statuses("modifying", "rebooting")

    def test_failover_swaps_the_zones(self):
        self.instance(MultiAZ=True)
        self.rds.reboot_db_instance(DBInstanceIdentifier="db", ForceFailover=True)
        self.check_members(
            self.available(), AvailabilityZone="us-east-1b", SecondaryAvailabilityZone="us-east-1a"
        )
        events = self.rds.describe_events(SourceIdentifier="db", SourceType="db-instance")
        categories = [c for event in events["Events"] for c in event["EventCategories"]]
        self.assertEqual(categories.count("failover"), 2)

    def test_failover_needs_a_standby(self):
        self.instance()
        self.check_refused(
            "InvalidParameterCombination",
            self.rds.reboot_db_instance,
            DBInstanceIdentifier="db",
            ForceFailover=True,
        )


class Stopping(EmulatorTest):
    """Patch 66."""

    def status(self):
        return self.describe()

    def test_and_starting(self):
        self.instance()
        self.rds.stop_db_instance(DBInstanceIdentifier="db")
        seen = self.statuses(self.status, "DBInstanceStatus", final="stopped")
        self.assertEqual(seen, ["stopping", "stopped"])
        self.assertEqual(self.describe()["DBInstanceStatus"], "stopped")
        self.rds.start_db_instance(DBInstanceIdentifier="db")
        seen = self.statuses(self.status, "DBInstanceStatus")
        self.assertEqual(seen, ["starting", "available"])

    def test_what_is_stopped_takes_no_change(self):
        self.instance()
        self.rds.stop_db_instance(DBInstanceIdentifier="db")
        self.settled(self.describe, "DBInstanceStatus", "stopped")
        for call in (self.rds.modify_db_instance, self.rds.reboot_db_instance):
            self.check_refused("InvalidDBInstanceState", call, DBInstanceIdentifier="db")

    def test_replicas_and_their_sources_do_not_stop(self):
        self.instance()
        self.rds.create_db_instance_read_replica(
            DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="db"
        )
        self.available("copy")
        for name in ("db", "copy"):
            self.check_refused(
                "InvalidDBInstanceState", self.rds.stop_db_instance, DBInstanceIdentifier=name
            )


class Replicas(EmulatorTest):
    def replica(self, region="us-east-1", **request):
        rds = self.client("rds", region)
        rds.create_db_instance_read_replica(
            DBInstanceIdentifier="replica", **{"SourceDBInstanceIdentifier": "db", **request}
        )
        return self.available("replica", region)

    def test_inherits_no_more_than_aws_says(self):
        self.instance(DeletionProtection=True, Tags=[{"Key": "a", "Value": "b"}], MultiAZ=True)
        self.check_members(
            self.replica(),
            ReadReplicaSourceDBInstanceIdentifier="db",
            DeletionProtection=False,
            TagList=[],
            MultiAZ=False,
            BackupRetentionPeriod=0,
        )
        self.assertEqual(self.describe()["ReadReplicaDBInstanceIdentifiers"], ["replica"])

    def test_across_regions(self):
        source = self.instance()["DBInstanceArn"]
        group = self.subnet_group(region="us-west-2")
        shown = self.replica(
            "us-west-2", SourceDBInstanceIdentifier=source, DBSubnetGroupName=group
        )
        self.check_members(shown, ReadReplicaSourceDBInstanceIdentifier=source)
        self.assertEqual(
            self.describe()["ReadReplicaDBInstanceIdentifiers"], [shown["DBInstanceArn"]]
        )

    def test_encrypted_across_regions_needs_a_key(self):
        source = self.instance(StorageEncrypted=True)["DBInstanceArn"]
        request = {"region": "us-west-2", "SourceDBInstanceIdentifier": source}
        self.check_refused("InvalidParameterCombination", self.replica, **request)
        key = self.client("kms", "us-west-2").create_key()["KeyMetadata"]["Arn"]
        self.check_members(self.replica(**request, KmsKeyId=key), KmsKeyId=key)

    def test_source_without_backups(self):
        self.instance(BackupRetentionPeriod=0)
        self.check_refused("InvalidDBInstanceState", self.replica)

    def test_source_with_managed_password(self):
        self.instance(ManageMasterUserPassword=True)
        self.check_refused("InvalidParameterCombination", self.replica)

    def test_no_managed_password_afterwards(self):
        self.instance()
        self.replica()
        self.check_refused(
            "InvalidParameterCombination",
            self.rds.modify_db_instance,
            DBInstanceIdentifier="db",
            ManageMasterUserPassword=True,
        )

    def test_same_vpc_needs_no_subnet_group(self):
        self.instance(DBSubnetGroupName=self.subnet_group())
        other = self.subnet_group("other")
        self.check_refused("DBSubnetGroupNotAllowedFault", self.replica, DBSubnetGroupName=other)

    def test_promotion(self):
        self.instance()
        self.replica()
        self.rds.promote_read_replica(DBInstanceIdentifier="replica")
        shown = self.available("replica")
        self.check_members(
            shown, ReadReplicaSourceDBInstanceIdentifier=None, BackupRetentionPeriod=1
        )
        self.assertEqual(self.describe()["ReadReplicaDBInstanceIdentifiers"], [])

    def test_deleting_the_source_promotes(self):
        self.instance()
        self.replica()
        self.rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
        self.gone("DBInstanceNotFound", self.describe)
        self.check_members(self.describe("replica"), ReadReplicaSourceDBInstanceIdentifier=None)


class DeletionAndSnapshots(EmulatorTest):
    def test_is_visible(self):
        self.instance()
        self.rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
        self.check_members(self.describe(), DBInstanceStatus="deleting")
        self.gone("DBInstanceNotFound", self.describe)

    def test_protection(self):
        self.instance(DeletionProtection=True)
        self.check_refused(
            "InvalidParameterCombination",
            self.rds.delete_db_instance,
            DBInstanceIdentifier="db",
            SkipFinalSnapshot=True,
        )

    def test_final_snapshot_or_not(self):
        self.instance()
        self.check_refused(
            "InvalidParameterCombination", self.rds.delete_db_instance, DBInstanceIdentifier="db"
        )
        self.rds.delete_db_instance(DBInstanceIdentifier="db", FinalDBSnapshotIdentifier="last")
        self.gone("DBInstanceNotFound", self.describe)
        self.settled(self.describe_snapshot)

    def describe_snapshot(self, name="last"):
        answer = self.rds.describe_db_snapshots(DBSnapshotIdentifier=name)
        return answer["DBSnapshots"][0]

    def test_manual_snapshot(self):
        self.instance()
        snapshot = {"DBInstanceIdentifier": "db", "DBSnapshotIdentifier": "last"}
        self.rds.create_db_snapshot(**snapshot)
        self.check_refused("InvalidDBInstanceState", self.rds.create_db_snapshot, **snapshot)
        name = {"DBSnapshotIdentifier": "last"}
        self.check_refused("InvalidDBSnapshotState", self.rds.delete_db_snapshot, **name)
        seen = self.statuses(self.describe_snapshot, "Status")
        self.assertEqual(seen, ["creating", "available"])
        self.rds.delete_db_snapshot(**name)
        self.gone("DBSnapshotNotFound", self.describe_snapshot)

    def test_groups_in_use_stay(self):
        group, sg = self.subnet_group(), self.security_group("db")
        self.rds.create_db_parameter_group(
            DBParameterGroupName="own", DBParameterGroupFamily="postgres16", Description="own"
        )
        self.instance(DBSubnetGroupName=group, VpcSecurityGroupIds=[sg], DBParameterGroupName="own")
        self.check_refused(
            "InvalidDBSubnetGroupStateFault",
            self.rds.delete_db_subnet_group,
            DBSubnetGroupName=group,
        )
        self.check_refused(
            "InvalidDBParameterGroupState",
            self.rds.delete_db_parameter_group,
            DBParameterGroupName="own",
        )
        self.check_refused(
            "DependencyViolation", self.client("ec2").delete_security_group, GroupId=sg
        )
