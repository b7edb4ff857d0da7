"""What a run has built, shared by its probes.

A shared thing is made when the first probe needs it. Everything is named after the run,
tagged with it at its creation, and in the ledger before it is asked for.
"""

import secrets
import string

from kit.account import attempt
from kit.cleanup import TAG
from kit.ledger import Thing
from kit.probe import Undecidable

CLASS = "db.t4g.micro"
OTHER_CLASS = "db.t4g.small"
CLUSTER_CLASS = "db.c6gd.medium"
OTHER_CLUSTER_CLASS = "db.m6gd.large"
MAJOR = "17"
FAMILY = f"postgres{MAJOR}"
PROXY_TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"rds.amazonaws.com"}}]}'
)


# Minutes until a refusal for being busy is taken for an answer.
BUSY_FOR = 15
BUSY = ("InvalidDBInstanceState", "InvalidDBClusterStateFault")


def is_busy(answer):
    """Whether an attempt was refused because of what else is going on."""
    return answer[0] == "refused" and answer[1].split(":")[0] in BUSY


def password(length=32):
    """A password that is used for a database nobody connects to, and kept nowhere."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


class Stage:
    """The account during one run."""

    def __init__(self, account, ledger, held, vpc=None):
        self.account = account
        self.ledger = ledger
        self.rds = account.client("rds")
        self._held = held
        self._vpc = vpc
        self._shared = {}

    def name(self, what):
        """A name that belongs to this run."""
        return self.ledger.header.stem + what

    def tags(self):
        """The tags of everything that is made."""
        return [{"Key": TAG, "Value": self.ledger.header.run}]

    def making(self, kind, name, region=None):
        """Puts a thing on record; the request that creates it comes next."""
        self.ledger.making(Thing(kind, region or self.account.region, name))

    def make(self, kind, name, call, region=None, **request):
        """Creates a thing; a signal waits until AWS has answered."""
        self.making(kind, name, region)
        with self._held():
            return call(**request)

    def try_to_make(self, kind, name, call, region=None, **request):
        """`accepted` or `refused`, and AWS's words; what is accepted is on record."""
        self.making(kind, name, region)
        with self._held():
            answer, words = attempt(call, **request)
        # A request whose answer was lost is sent again by boto3 and finds its own thing.
        made = answer == "refused" and "AlreadyExists" in words.split(":")[0]
        return ("accepted", words) if made else (answer, words)

    def rested(self, call, **request):
        """As `attempt`, once whatever it is about is not busy any more: AWS can go on saying
        `available` for a while, and a busy database's refusal is no answer."""
        answers = []

        def again():
            answers.append(attempt(call, **request))
            return answers[-1]

        try:
            return self.account.until(again, lambda a: not is_busy(a), BUSY_FOR, "at rest")
        except TimeoutError:
            return answers[-1]

    def shared(self, what):
        """The name of a shared thing, made at its first use; a failure is kept too."""
        if what not in self._shared:
            try:
                self._shared[what] = getattr(self, f"_make_{what}")()
            except Exception as error:
                self._shared[what] = error
        if isinstance(self._shared[what], Exception):
            raise self._shared[what]
        return self._shared[what]

    # The network.

    def subnets(self):
        """The subnets of the VPC by zone id, one a zone."""
        ec2 = self.account.client("ec2")
        shown = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [self.vpc()]}])
        zones = {s["AvailabilityZoneId"]: s["SubnetId"] for s in shown["Subnets"]}
        if len(zones) < 2:
            raise Undecidable(f"{self.vpc()} has subnets in fewer than two zones: see --vpc")
        return dict(sorted(zones.items()))

    def vpc(self):
        """The VPC to work in: the region's default unless one was named."""
        if self._vpc is None:
            ec2 = self.account.client("ec2")
            shown = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
            if not shown["Vpcs"]:
                raise Undecidable("the region has no default VPC: name one with --vpc")
            self._vpc = shown["Vpcs"][0]["VpcId"]
        return self._vpc

    def security_group(self, what):
        """A group of its own, without a rule that lets anybody in."""
        name = self.name(what)
        answer = self.make(
            "security-group",
            name,
            self.account.client("ec2").create_security_group,
            GroupName=name,
            Description="pgha probe",
            VpcId=self.vpc(),
            TagSpecifications=[{"ResourceType": "security-group", "Tags": self.tags()}],
        )
        return answer["GroupId"]

    def _make_group(self):
        return self.security_group("sg")

    def _make_subnet_group(self):
        name = self.name("subnets")
        self.make(
            "subnet-group",
            name,
            self.rds.create_db_subnet_group,
            DBSubnetGroupName=name,
            DBSubnetGroupDescription="pgha probe",
            SubnetIds=list(self.subnets().values())[:6],
            Tags=self.tags(),
        )
        return name

    # Databases.

    def parameter_group(self, what):
        """A parameter group of its own."""
        name = self.name(what)
        self.make(
            "parameter-group",
            name,
            self.rds.create_db_parameter_group,
            DBParameterGroupName=name,
            DBParameterGroupFamily=FAMILY,
            Description="pgha probe",
            Tags=self.tags(),
        )
        return name

    def _make_parameters(self):
        return self.parameter_group("parameters")

    def instance_request(self, what, **request):
        """CreateDBInstance for the smallest database there is."""
        return {
            "DBInstanceIdentifier": self.name(what),
            "DBInstanceClass": CLASS,
            "Engine": "postgres",
            "EngineVersion": MAJOR,
            "AllocatedStorage": 20,
            "StorageType": "gp3",
            "MasterUsername": "probe",
            "MasterUserPassword": password(),
            "BackupRetentionPeriod": 1,
            "PubliclyAccessible": False,
            "DBSubnetGroupName": self.shared("subnet_group"),
            "VpcSecurityGroupIds": [self.shared("group")],
            "Tags": self.tags(),
            **request,
        }

    def _make_database(self):
        name = self.name("db")
        request = self.instance_request(
            "db",
            DBParameterGroupName=self.shared("parameters"),
            MaxAllocatedStorage=100,
            CopyTagsToSnapshot=True,
        )
        self.make("db-instance", name, self.rds.create_db_instance, **request)
        self.available(name)
        return name

    def _make_striped(self):
        name = self.name("striped")
        request = self.instance_request("striped", AllocatedStorage=400)
        self.make("db-instance", name, self.rds.create_db_instance, **request)
        self.available(name)
        return name

    def _make_replica(self):
        name = self.name("replica")
        self.make(
            "replica",
            name,
            self.rds.create_db_instance_read_replica,
            DBInstanceIdentifier=name,
            SourceDBInstanceIdentifier=self.shared("database"),
            DBInstanceClass=CLASS,
            PubliclyAccessible=False,
            VpcSecurityGroupIds=[self.shared("group")],
            Tags=self.tags(),
        )
        self.available(name)
        return name

    def instance(self, name):
        """The instance as AWS describes it."""
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def available(self, name, minutes=60):
        """The instance, once it is `available`."""
        return self.account.until(
            lambda: self.instance(name),
            lambda shown: shown["DBInstanceStatus"] == "available",
            minutes,
            f"{name} available",
        )

    def cluster_request(self, what, **request):
        """CreateDBCluster for the smallest Multi-AZ DB cluster there is."""
        asked = {
            "DBClusterIdentifier": self.name(what),
            "Engine": "postgres",
            "EngineVersion": MAJOR,
            "DBClusterInstanceClass": CLUSTER_CLASS,
            "AllocatedStorage": 100,
            "StorageType": "gp3",
            "Iops": 3000,
            "MasterUsername": "probe",
            "MasterUserPassword": password(),
            "DBSubnetGroupName": self.shared("subnet_group"),
            "VpcSecurityGroupIds": [self.shared("group")],
            "Tags": self.tags(),
            **request,
        }
        return {member: value for member, value in asked.items() if value is not None}

    def _make_cluster(self):
        name = self.name("cluster")
        request = self.cluster_request("cluster")
        self.make("db-cluster", name, self.rds.create_db_cluster, **request)
        self.account.until(
            lambda: self.cluster(name),
            lambda shown: shown["Status"] == "available",
            60,
            f"{name} available",
        )
        return name

    def cluster(self, name):
        """The cluster as AWS describes it."""
        return self.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]

    # Around the databases.

    def topic(self, what):
        """An SNS topic; nobody listens."""
        name = self.name(what)
        answer = self.make(
            "topic", name, self.account.client("sns").create_topic, Name=name, Tags=self.tags()
        )
        return answer["TopicArn"]

    def _make_topic(self):
        return self.topic("topic")

    def _make_role(self):
        name = self.name("role")
        answer = self.make(
            "role",
            name,
            self.account.client("iam").create_role,
            RoleName=name,
            AssumeRolePolicyDocument=PROXY_TRUST,
            Tags=self.tags(),
        )
        return answer["Role"]["Arn"]

    def _make_proxy(self):
        name = self.name("proxy")
        request = {
            "DBProxyName": name,
            "EngineFamily": "POSTGRESQL",
            "DefaultAuthScheme": "IAM_AUTH",
            "RoleArn": self.shared("role"),
            "VpcSubnetIds": list(self.subnets().values()),
            "VpcSecurityGroupIds": [self.shared("group")],
            "Tags": self.tags(),
        }

        def create():
            # A role takes a while until RDS may assume it (IAM User Guide, Troubleshooting).
            return self.try_to_make("proxy", name, self.rds.create_db_proxy, **request)

        answer = self.account.until(
            create, lambda a: a[0] == "accepted" or "role" not in str(a[1]).lower(), 3, "the role"
        )
        if answer[0] == "refused":
            raise RuntimeError(f"CreateDBProxy {answer[1]}")
        self.account.until(
            lambda: self.proxy(name), lambda p: p["Status"] == "available", 30, "the proxy"
        )
        return name

    def proxy(self, name):
        """The proxy as AWS describes it."""
        return self.rds.describe_db_proxies(DBProxyName=name)["DBProxies"][0]
