"""Builds a cluster as somebody does who knows no pgha: one call of the API after the other.

    build.py recipe|course URL ACCOUNT

What it makes carries no tag of pgha, and names of its own.
"""

import json
import sys

import boto3

HOME, AWAY = "us-east-1", "us-west-2"


class Account:
    """An account of the emulator."""

    def __init__(self, url, number):
        self.url, self.number = url, number

    def client(self, service, region=HOME):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=self.number,
            aws_secret_access_key="emulated",
        )

    def role(self, name, service, policy):
        """The ARN of a role that a service may assume."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        return arn

    def network(self, region=HOME):
        """The default VPC and three of its subnets."""
        ec2 = self.client("ec2", region)
        default = [{"Name": "is-default", "Values": ["true"]}]
        vpc = ec2.describe_vpcs(Filters=default)["Vpcs"][0]["VpcId"]
        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        subnets = ec2.describe_subnets(Filters=of_vpc)["Subnets"]
        subnets.sort(key=lambda subnet: subnet["AvailabilityZone"])
        return vpc, [subnet["SubnetId"] for subnet in subnets[:3]]

    def group(self, name, vpc, region=HOME):
        """The id of a security group that lets its own members in."""
        ec2 = self.client("ec2", region)
        made = ec2.create_security_group(GroupName=name, Description=f"{name} group", VpcId=vpc)
        pair = {"GroupId": made["GroupId"]}
        ports = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [pair]}
        ec2.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=[ports])
        return made["GroupId"]

    def settle(self, name, region=HOME):
        self.client("rds", region).get_waiter("db_instance_available").wait(
            DBInstanceIdentifier=name, WaiterConfig={"Delay": 0, "MaxAttempts": 60}
        )

    def proxy(self, name, database, secret, iam, role, subnets, groups):
        rds = self.client("rds")
        auth = {"AuthScheme": "SECRETS", "SecretArn": secret, "IAMAuth": iam}
        rds.create_db_proxy(
            DBProxyName=name,
            EngineFamily="POSTGRESQL",
            Auth=[auth],
            RoleArn=role,
            VpcSubnetIds=subnets,
            VpcSecurityGroupIds=groups,
            RequireTLS=True,
            IdleClientTimeout=1800,
        )
        for _ in range(20):
            if rds.describe_db_proxies(DBProxyName=name)["DBProxies"][0]["Status"] == "available":
                break
        rds.register_db_proxy_targets(DBProxyName=name, DBInstanceIdentifiers=[database])

    def secret(self, name, user):
        text = json.dumps({"username": user, "password": "made-up-for-the-emulator"})
        made = self.client("secretsmanager").create_secret(Name=name, SecretString=text)
        return made["ARN"]


def recipe(account):
    """Multi-AZ, a replica beside it and one in another region, backups there, alarms, a proxy."""
    rds, away = account.client("rds"), account.client("rds", AWAY)
    vpc, subnets = account.network()
    monitoring = account.role(
        "rds-monitoring-role",
        "monitoring.rds.amazonaws.com",
        "service-role/AmazonRDSEnhancedMonitoringRole",
    )
    rds.create_db_subnet_group(
        DBSubnetGroupName="postgresql-subnet-group",
        DBSubnetGroupDescription="subnets of the database",
        SubnetIds=subnets,
    )
    group = account.group("postgresql-sg", vpc)
    rds.create_db_parameter_group(
        DBParameterGroupName="postgresql-params",
        DBParameterGroupFamily="postgres16",
        Description="parameters of the database",
    )
    parameters = {
        "log_statement": "all",
        "log_min_duration_statement": "1000",
        "shared_preload_libraries": "pg_stat_statements",
        "track_activity_query_size": "2048",
        "max_connections": "200",
    }
    rds.modify_db_parameter_group(
        DBParameterGroupName="postgresql-params",
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for name, value in parameters.items()
        ],
    )
    topic = account.client("sns").create_topic(Name="postgresql-alerts")["TopicArn"]
    watched = {
        "EnablePerformanceInsights": True,
        "PerformanceInsightsRetentionPeriod": 7,
        "MonitoringInterval": 60,
        "MonitoringRoleArn": monitoring,
        "PubliclyAccessible": False,
    }
    rds.create_db_instance(
        DBInstanceIdentifier="postgresql-ha-primary",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        EngineVersion="16",
        MasterUsername="dbadmin",
        MasterUserPassword="made-up-for-the-emulator",
        AllocatedStorage=200,
        StorageType="gp3",
        StorageEncrypted=True,
        MultiAZ=True,
        DBSubnetGroupName="postgresql-subnet-group",
        VpcSecurityGroupIds=[group],
        DBParameterGroupName="postgresql-params",
        BackupRetentionPeriod=35,
        PreferredBackupWindow="03:00-04:00",
        PreferredMaintenanceWindow="sun:04:00-sun:05:00",
        EnableCloudwatchLogsExports=["postgresql"],
        DeletionProtection=True,
        CopyTagsToSnapshot=True,
        DBName="productiondb",
        **watched,
    )
    account.settle("postgresql-ha-primary")
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier="postgresql-ha-read-replica-1",
        SourceDBInstanceIdentifier="postgresql-ha-primary",
        DBInstanceClass="db.r6g.large",
        VpcSecurityGroupIds=[group],
        **watched,
    )
    account.settle("postgresql-ha-read-replica-1")
    far_vpc, far_subnets = account.network(AWAY)
    away.create_db_subnet_group(
        DBSubnetGroupName="postgresql-subnet-group",
        DBSubnetGroupDescription="subnets of the replica",
        SubnetIds=far_subnets,
    )
    key = f"arn:aws:kms:{AWAY}:{account.number}:key/00000000-0000-4000-8000-000000000001"
    source = f"arn:aws:rds:{HOME}:{account.number}:db:postgresql-ha-primary"
    away.create_db_instance_read_replica(
        DBInstanceIdentifier="postgresql-ha-dr-replica",
        SourceDBInstanceIdentifier=source,
        DBInstanceClass="db.r6g.large",
        DBSubnetGroupName="postgresql-subnet-group",
        VpcSecurityGroupIds=[account.group("postgresql-sg", far_vpc, AWAY)],
        KmsKeyId=key,
        **watched,
    )
    account.settle("postgresql-ha-dr-replica", AWAY)
    away.start_db_instance_automated_backups_replication(
        SourceDBInstanceArn=source, BackupRetentionPeriod=35, KmsKeyId=key
    )
    alarms = [
        ("cpu-high", "CPUUtilization", 80, "postgresql-ha-primary"),
        ("connections-high", "DatabaseConnections", 150, "postgresql-ha-primary"),
        ("replica-lag-high", "ReplicaLag", 30, "postgresql-ha-read-replica-1"),
    ]
    for name, metric, threshold, database in alarms:
        account.client("cloudwatch").put_metric_alarm(
            AlarmName=f"postgresql-ha-{name}",
            MetricName=metric,
            Namespace="AWS/RDS",
            Statistic="Average",
            Period=300,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=2,
            AlarmActions=[topic],
            Dimensions=[{"Name": "DBInstanceIdentifier", "Value": database}],
        )
    rds.create_db_snapshot(
        DBInstanceIdentifier="postgresql-ha-primary",
        DBSnapshotIdentifier="postgresql-ha-initial-snapshot",
    )
    rds.create_event_subscription(
        SubscriptionName="postgresql-ha-events",
        SnsTopicArn=topic,
        SourceType="db-instance",
        SourceIds=["postgresql-ha-primary", "postgresql-ha-read-replica-1"],
        EventCategories=["availability", "failover", "failure", "low storage"],
    )
    account.proxy(
        "postgresql-ha-proxy",
        "postgresql-ha-primary",
        account.secret("postgresql-ha-credentials", "dbadmin"),
        "DISABLED",
        account.role("rds-proxy-role", "rds.amazonaws.com", "SecretsManagerReadWrite"),
        subnets,
        [group],
    )


def course(account):
    """A burstable Multi-AZ instance with tokens, in the default subnet group, and a proxy."""
    rds = account.client("rds")
    vpc, subnets = account.network()
    rds.create_db_subnet_group(
        DBSubnetGroupName=f"default-{vpc}",
        DBSubnetGroupDescription="Created from the RDS Management Console",
        SubnetIds=subnets,
    )
    group = account.group("postgres-prod-db", vpc)
    rds.create_db_instance(
        DBInstanceIdentifier="postgres-prod",
        DBInstanceClass="db.t3.large",
        Engine="postgres",
        EngineVersion="16",
        MasterUsername="pgadmin",
        MasterUserPassword="made-up-for-the-emulator",
        AllocatedStorage=100,
        StorageType="gp3",
        StorageEncrypted=True,
        MultiAZ=True,
        DBSubnetGroupName=f"default-{vpc}",
        VpcSecurityGroupIds=[group],
        BackupRetentionPeriod=7,
        PreferredBackupWindow="03:00-04:00",
        EnablePerformanceInsights=True,
        EnableIAMDatabaseAuthentication=True,
    )
    account.settle("postgres-prod")
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier="postgres-prod-replica",
        SourceDBInstanceIdentifier="postgres-prod",
        DBInstanceClass="db.t3.large",
        VpcSecurityGroupIds=[group],
        EnablePerformanceInsights=True,
    )
    account.settle("postgres-prod-replica")
    account.proxy(
        "postgres-prod-proxy",
        "postgres-prod",
        account.secret("rds/postgres-prod/pgadmin", "pgadmin"),
        "REQUIRED",
        account.role("rds-proxy-role", "rds.amazonaws.com", "SecretsManagerReadWrite"),
        subnets,
        [account.group("postgres-prod-proxy", vpc)],
    )


if __name__ == "__main__":
    what, url, number = sys.argv[1:]
    {"recipe": recipe, "course": course}[what](Account(url, number))
