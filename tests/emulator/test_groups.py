"""Subnet groups, parameter groups, event subscriptions, backups, and tags of them all."""

from harness import EmulatorTest


class SubnetGroups(EmulatorTest):
    def test_modification_keeps_the_group(self):
        self.subnet_group()
        self.rds.modify_db_subnet_group(DBSubnetGroupName="net", SubnetIds=self.subnets()[:2])
        shown = self.rds.describe_db_subnet_groups(DBSubnetGroupName="net")["DBSubnetGroups"]
        self.assertEqual(len(shown[0]["Subnets"]), 2)

    def test_refusals(self):
        self.subnet_group()
        self.check_refused("DBSubnetGroupAlreadyExists", self.subnet_group)
        self.check_refused(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            self.rds.modify_db_subnet_group,
            DBSubnetGroupName="net",
            SubnetIds=self.subnets()[:1],
        )


class ParameterGroups(EmulatorTest):
    def setUp(self):
        super().setUp()
        self.rds.create_db_parameter_group(
            DBParameterGroupName="own", DBParameterGroupFamily="postgres16", Description="own"
        )

    def set(self, method="immediate", **values):
        parameters = [
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
            for name, value in values.items()
        ]
        self.rds.modify_db_parameter_group(DBParameterGroupName="own", Parameters=parameters)

    def values(self, **request):
        shown = self.rds.describe_db_parameters(DBParameterGroupName="own", **request)
        return {p["ParameterName"]: p["ParameterValue"] for p in shown["Parameters"]}

    def apply_status(self):
        return self.describe()["DBParameterGroups"][0]["ParameterApplyStatus"]

    def test_sources_and_filters(self):
        self.set(work_mem="16384", log_statement="ddl")
        self.assertEqual(self.values(Source="user"), {"work_mem": "16384", "log_statement": "ddl"})
        self.assertEqual(self.values(Source="system"), {})
        filters = [{"Name": "parameter-name", "Values": ["work_mem"]}]
        self.assertEqual(self.values(Filters=filters), {"work_mem": "16384"})

    def test_reset(self):
        self.set(work_mem="16384", log_statement="ddl")
        self.rds.reset_db_parameter_group(
            DBParameterGroupName="own", Parameters=[{"ParameterName": "work_mem"}]
        )
        self.assertEqual(self.values(), {"log_statement": "ddl"})
        self.rds.reset_db_parameter_group(DBParameterGroupName="own", ResetAllParameters=True)
        self.assertEqual(self.values(), {})

    def test_static_waits_for_a_reboot(self):
        self.instance(DBParameterGroupName="own")
        self.set(work_mem="16384")
        self.assertEqual(self.apply_status(), "in-sync")
        self.set("pending-reboot", max_connections="400")
        self.assertEqual(self.apply_status(), "pending-reboot")
        self.rds.reboot_db_instance(DBInstanceIdentifier="db")
        self.available()
        self.assertEqual(self.apply_status(), "in-sync")

    def test_refusals(self):
        many = {f"p{number}": "1" for number in range(21)}
        self.check_refused("InvalidParameterCombination", self.set, max_connections="400")
        self.check_refused("InvalidParameterValue", self.set, **many)
        self.check_refused(
            "DBParameterGroupNotFound",
            self.rds.describe_db_parameter_groups,
            DBParameterGroupName="none",
        )


class Subscriptions(EmulatorTest):
    def subscription(self, **request):
        topic = self.client("sns").create_topic(Name="alerts")["TopicArn"]
        defaults = {
            "SnsTopicArn": topic,
            "SourceType": "db-instance",
            "EventCategories": ["failover"],
        }
        self.rds.create_event_subscription(SubscriptionName="events", **{**defaults, **request})
        return self.active()

    def describe_subscription(self):
        answer = self.rds.describe_event_subscriptions(SubscriptionName="events")
        return answer["EventSubscriptionsList"][0]

    def active(self):
        return self.settled(self.describe_subscription, final="active")

    def test_is_enabled_by_default(self):
        self.check_members(
            self.subscription(), Enabled=True, EventCategoriesList=["failover"], SourceIdsList=[]
        )

    def test_statuses(self):
        self.subscription()
        self.rds.modify_event_subscription(SubscriptionName="events", Enabled=False)
        seen = self.statuses(self.describe_subscription, "Status", "active")
        self.assertEqual(seen, ["modifying", "active"])

    def test_modification(self):
        self.subscription()
        self.rds.modify_event_subscription(
            SubscriptionName="events",
            SourceType="db-cluster",
            EventCategories=["maintenance"],
            Enabled=False,
        )
        self.check_members(
            self.active(),
            SourceType="db-cluster",
            EventCategoriesList=["maintenance"],
            Enabled=False,
        )

    def test_sources_come_and_go(self):
        for name in ("one", "two"):
            self.instance(name)
        self.subscription(SourceIds=["one"])
        source = {"SubscriptionName": "events", "SourceIdentifier": "two"}
        self.rds.add_source_identifier_to_subscription(**source)
        self.check_members(self.active(), SourceIdsList=["one", "two"])
        self.rds.remove_source_identifier_from_subscription(**source)
        self.check_members(self.active(), SourceIdsList=["one"])
        self.check_refused(
            "SourceNotFound", self.rds.remove_source_identifier_from_subscription, **source
        )

    def test_refusals(self):
        topic = f"arn:aws:sns:us-east-1:{self.account}:none"
        cases = [
            ("SNSTopicArnNotFound", {"SnsTopicArn": topic}),
            ("SourceNotFound", {"SourceIds": ["none"]}),
            ("SubscriptionCategoryNotFound", {"EventCategories": ["none"]}),
        ]
        for code, request in cases:
            with self.subTest(request):
                self.check_refused(code, self.subscription, **request)

    def test_all_sources_deleted(self):
        """Patch 79."""
        for name in ("one", "two"):
            self.instance(name)
        self.subscription(SourceIds=["one"])
        self.rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
        self.gone("DBInstanceNotFound", lambda: self.describe("one"))
        self.check_members(
            self.describe_subscription(), Status="all-sources-deleted", SourceIdsList=["one"]
        )
        self.rds.add_source_identifier_to_subscription(
            SubscriptionName="events", SourceIdentifier="two"
        )
        self.active()

    def test_the_last_source_is_taken_away(self):
        self.instance("one")
        self.subscription(SourceIds=["one"])
        self.rds.remove_source_identifier_from_subscription(
            SubscriptionName="events", SourceIdentifier="one"
        )
        self.check_members(self.active(), SourceIdsList=[])

    def test_topic_not_exist(self):
        """Patch 79."""
        topic = self.subscription()["SnsTopicArn"]
        self.client("sns").delete_topic(TopicArn=topic)
        self.check_members(self.describe_subscription(), Status="topic-not-exist")
        other = self.client("sns").create_topic(Name="other")["TopicArn"]
        self.rds.modify_event_subscription(SubscriptionName="events", SnsTopicArn=other)
        self.active()

    def test_a_resting_one_is_deleted(self):
        topic = self.subscription()["SnsTopicArn"]
        self.client("sns").delete_topic(TopicArn=topic)
        self.rds.delete_event_subscription(SubscriptionName="events")
        self.check_refused(
            "SubscriptionNotFound",
            self.rds.describe_event_subscriptions,
            SubscriptionName="events",
        )

    def test_categories(self):
        shown = self.rds.describe_event_categories(SourceType="db-proxy")
        self.assertIn("creation", shown["EventCategoriesMapList"][0]["EventCategories"])


class BackupReplication(EmulatorTest):
    def start(self, source, **request):
        rds = self.client("rds", "us-west-2")
        answer = rds.start_db_instance_automated_backups_replication(
            SourceDBInstanceArn=source, **request
        )
        return answer["DBInstanceAutomatedBackup"]["DBInstanceAutomatedBackupsArn"]

    def replicated(self, name="db"):
        rds = self.client("rds", "us-west-2")
        filters = [{"Name": "db-instance-id", "Values": [name]}]
        answer = rds.describe_db_instance_automated_backups(Filters=filters)
        return answer["DBInstanceAutomatedBackups"]

    def test_life(self):
        source = self.instance()["DBInstanceArn"]
        arn = self.start(source, BackupRetentionPeriod=14, Tags=[{"Key": "a", "Value": "b"}])
        shown = self.settled(lambda: self.replicated()[0], final="replicating")
        self.check_members(
            shown,
            DBInstanceAutomatedBackupsArn=arn,
            Region="us-east-1",
            BackupRetentionPeriod=14,
            TagList=[{"Key": "a", "Value": "b"}],
        )
        self.assertEqual(self.replicated("other"), [])
        replications = self.describe()["DBInstanceAutomatedBackupsReplications"]
        self.assertEqual(replications, [{"DBInstanceAutomatedBackupsArn": arn}])
        self.client("rds", "us-west-2").stop_db_instance_automated_backups_replication(
            SourceDBInstanceArn=source
        )
        self.assertEqual([backup["Status"] for backup in self.replicated()], ["retained"])
        self.assertEqual(self.describe().get("DBInstanceAutomatedBackupsReplications", []), [])

    def test_what_was_stopped_is_retained_until_it_is_deleted(self):
        """Patch 80."""
        source = self.instance()["DBInstanceArn"]
        there = self.client("rds", "us-west-2")
        arn = self.start(source)
        self.check_refused(
            "DBInstanceAutomatedBackupNotFound",
            there.delete_db_instance_automated_backup,
            DBInstanceAutomatedBackupsArn=arn,
        )
        there.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=source)
        again = self.start(source, BackupRetentionPeriod=8)
        self.settled(lambda: self.replicated()[0], final="replicating")
        statuses = {b["DBInstanceAutomatedBackupsArn"]: b["Status"] for b in self.replicated()}
        self.assertEqual(statuses, {arn: "retained", again: "replicating"})
        there.delete_db_instance_automated_backup(DBInstanceAutomatedBackupsArn=arn)
        self.assertEqual(len(self.replicated()), 1)

    def test_own_backups_outlive_their_database(self):
        self.instance()
        self.rds.delete_db_instance(
            DBInstanceIdentifier="db", SkipFinalSnapshot=True, DeleteAutomatedBackups=False
        )
        self.gone("DBInstanceNotFound", self.describe)
        filters = [{"Name": "status", "Values": ["retained"]}]
        shown = self.rds.describe_db_instance_automated_backups(Filters=filters)
        names = [b["DBInstanceIdentifier"] for b in shown["DBInstanceAutomatedBackups"]]
        self.assertEqual(names, ["db"])

    def test_encrypted_needs_a_key_of_the_destination(self):
        source = self.instance(StorageEncrypted=True)["DBInstanceArn"]
        self.check_refused("InvalidParameterCombination", self.start, source=source)
        here = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        there = self.client("kms", "us-west-2").create_key()["KeyMetadata"]["Arn"]
        self.check_refused("KMSKeyNotAccessibleFault", self.start, source=source, KmsKeyId=here)
        self.start(source, KmsKeyId=there)


class Tags(EmulatorTest):
    def check_tags(self, arn, region="us-east-1"):
        """The resource takes, shows and loses tags."""
        rds = self.client("rds", region)

        def tags():
            shown = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
            return {tag["Key"]: tag["Value"] for tag in shown}

        rds.add_tags_to_resource(
            ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
        )
        rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
        self.assertEqual(tags(), {"b": "2"})
        filters = [{"Key": "b", "Values": ["2"]}]
        tagging = self.client("resourcegroupstaggingapi", region)
        found = tagging.get_resources(TagFilters=filters)["ResourceTagMappingList"]
        self.assertIn(arn, [resource["ResourceARN"] for resource in found])

    def test_groups(self):
        self.subnet_group()
        group = self.rds.describe_db_subnet_groups()["DBSubnetGroups"][0]
        self.check_tags(group["DBSubnetGroupArn"])
        family = {"DBParameterGroupFamily": "postgres16", "Description": "own"}
        group = self.rds.create_db_parameter_group(DBParameterGroupName="own", **family)
        self.check_tags(group["DBParameterGroup"]["DBParameterGroupArn"])
        group = self.rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName="own", **family
        )
        self.check_tags(group["DBClusterParameterGroup"]["DBClusterParameterGroupArn"])

    def test_subscription(self):
        topic = self.client("sns").create_topic(Name="alerts")["TopicArn"]
        made = self.rds.create_event_subscription(SubscriptionName="events", SnsTopicArn=topic)
        self.check_tags(made["EventSubscription"]["EventSubscriptionArn"])

    def test_instance_and_what_hangs_on_it(self):
        arn = self.instance()["DBInstanceArn"]
        self.check_tags(arn)
        made = self.rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="s")
        self.check_tags(made["DBSnapshot"]["DBSnapshotArn"])
        made = self.client("rds", "us-west-2").start_db_instance_automated_backups_replication(
            SourceDBInstanceArn=arn
        )
        backup = made["DBInstanceAutomatedBackup"]
        self.check_tags(backup["DBInstanceAutomatedBackupsArn"], "us-west-2")

    def test_proxy_and_endpoint(self):
        made = self.rds.create_db_proxy(
            DBProxyName="pool",
            EngineFamily="POSTGRESQL",
            DefaultAuthScheme="IAM_AUTH",
            RoleArn="arn:aws:iam::1:role/proxy",
            VpcSubnetIds=self.subnets(),
        )
        self.check_tags(made["DBProxy"]["DBProxyArn"])
        self.settled(lambda: self.rds.describe_db_proxies()["DBProxies"][0])
        made = self.rds.create_db_proxy_endpoint(
            DBProxyName="pool", DBProxyEndpointName="extra", VpcSubnetIds=self.subnets()
        )
        self.check_tags(made["DBProxyEndpoint"]["DBProxyEndpointArn"])

    def test_of_nothing(self):
        for kind, code in (("db", "DBInstanceNotFound"), ("es", "SubscriptionNotFound")):
            arn = f"arn:aws:rds:us-east-1:{self.account}:{kind}:none"
            self.check_refused(code, self.rds.list_tags_for_resource, ResourceName=arn)
