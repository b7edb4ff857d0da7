"""What the tests share: one server, an account for each test, making things, polling."""

import atexit
import itertools
import os
import pathlib
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = pathlib.Path(__file__).parent
POLLS = 1
# More answers than the longest row of statuses has.
MOST_ANSWERS = 8
_accounts = itertools.count(1)
_server = {}


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_up(url):
    try:
        urllib.request.urlopen(f"{url}/moto-api/").close()
    except urllib.error.URLError:
        return False
    return True


def server_url():
    """The URL of the server of this test run, which starts with the first test."""
    if "url" in _server:
        return _server["url"]
    port = _free_port()
    environment = {
        **os.environ,
        "PGHA_POLLS": str(POLLS),
        "MOTO_RDS_SNAPSHOT_LIMIT": "100000",
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    }
    process = subprocess.Popen(
        [sys.executable, HERE / "server.py", "-H", "127.0.0.1", "-p", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(process.wait)
    atexit.register(process.terminate)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while not _is_up(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the emulator did not start")
        time.sleep(0.05)
    _server["url"] = url
    return url


class EmulatorTest(unittest.TestCase):
    """A test in an account of its own."""

    def setUp(self):
        self.account = f"{next(_accounts):012d}"
        self._clients = {}
        self.rds = self.client("rds")

    def client(self, service, region="us-east-1"):
        """A client of the test's account."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = boto3.client(
                service,
                region_name=region,
                endpoint_url=server_url(),
                aws_access_key_id=self.account,
                aws_secret_access_key="emulated",
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self._clients[key]

    def tell(self, *path):
        """Tells the emulator itself: `POST /emulator/PATH`."""
        request = urllib.request.Request(
            "/".join([server_url(), "emulator", *path]), data=b"", method="POST"
        )
        urllib.request.urlopen(request).close()

    def switch_on(self, name):
        """One of the emulator's switches, for this test's account."""
        self.tell("switch", self.account, name)

    def check_refused(self, code, call, **request):
        """The call fails with this error code."""
        with self.assertRaises(ClientError) as caught:
            call(**request)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response

    def check_members(self, shown, **expected):
        """The answer has these members with these values."""
        self.assertEqual({name: shown.get(name) for name in expected}, expected)

    def subnets(self, tier="data", region="us-east-1"):
        """The fixture's subnets of a tier."""
        filters = [{"Name": "tag:tier", "Values": [tier]}]
        subnets = self.client("ec2", region).describe_subnets(Filters=filters)["Subnets"]
        return [subnet["SubnetId"] for subnet in subnets]

    def subnet_group(self, name="net", region="us-east-1"):
        """A DB subnet group over the fixture's data subnets."""
        self.client("rds", region).create_db_subnet_group(
            DBSubnetGroupName=name,
            DBSubnetGroupDescription="data",
            SubnetIds=self.subnets(region=region),
        )
        return name

    def security_group(self, name, region="us-east-1"):
        """A security group in the fixture's VPC."""
        ec2 = self.client("ec2", region)
        vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["main"]}])["Vpcs"][0]
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc["VpcId"])
        return group["GroupId"]

    def instance(self, name="db", region="us-east-1", **request):
        """An instance that has become available."""
        defaults = {
            "DBInstanceClass": "db.r6g.large",
            "Engine": "postgres",
            "EngineVersion": "16.15",
            "AllocatedStorage": 100,
            "StorageType": "gp3",
            "MasterUsername": "app",
            "BackupRetentionPeriod": 7,
        }
        if not request.get("ManageMasterUserPassword"):
            defaults["MasterUserPassword"] = "emulated-password"
        self.client("rds", region).create_db_instance(
            DBInstanceIdentifier=name, **{**defaults, **request}
        )
        return self.available(name, region)

    def describe(self, name="db", region="us-east-1"):
        """The instance, as one more answer shows it."""
        answer = self.client("rds", region).describe_db_instances(DBInstanceIdentifier=name)
        return answer["DBInstances"][0]

    def available(self, name="db", region="us-east-1"):
        """Polls until the instance is available."""
        return self.settled(lambda: self.describe(name, region), "DBInstanceStatus")

    def settled(self, describe, status="Status", final="available"):
        """Polls `describe` until the status is final."""
        for _ in range(MOST_ANSWERS):
            shown = describe()
            if shown[status] == final:
                return shown
        self.fail(f"still {shown[status]}")

    def gone(self, code, describe, **request):
        """Polls `describe` until it fails with this code."""
        for _ in range(MOST_ANSWERS):
            try:
                describe(**request)
            except ClientError as error:
                self.assertEqual(error.response["Error"]["Code"], code)
                return
        self.fail("still there")

    def statuses(self, describe, status, final="available"):
        """Every status on the way to the final one."""
        seen = []
        for _ in range(MOST_ANSWERS):
            seen.append(describe()[status])
            if seen[-1] == final:
                return seen
        self.fail(f"still on the way: {seen}")


class ClusterTest(EmulatorTest):
    """A test with a Multi-AZ DB cluster named `main`."""

    def create(self, name="main", **request):
        """Asks for a cluster."""
        defaults = {
            "Engine": "postgres",
            "EngineVersion": "16.15",
            "DBClusterInstanceClass": "db.r6gd.large",
            "AllocatedStorage": 100,
            "StorageType": "gp3",
            "MasterUsername": "app",
            "MasterUserPassword": "emulated-password",
            "DBSubnetGroupName": "net",
        }
        self.rds.create_db_cluster(DBClusterIdentifier=name, **{**defaults, **request})

    def cluster(self, name="main", **request):
        """A cluster that has become available."""
        if not self.rds.describe_db_subnet_groups()["DBSubnetGroups"]:
            self.subnet_group()
        self.create(name, **request)
        return self.available_cluster(name)

    def describe_cluster(self, name="main"):
        """The cluster, as one more answer shows it."""
        return self.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]

    def available_cluster(self, name="main"):
        """Polls until the cluster is available."""
        return self.settled(lambda: self.describe_cluster(name))

    def modify(self, **request):
        """Asks for a change of the cluster."""
        self.rds.modify_db_cluster(DBClusterIdentifier="main", **request)

    def members(self):
        """The cluster's instances."""
        filters = [{"Name": "db-cluster-id", "Values": ["main"]}]
        return self.rds.describe_db_instances(Filters=filters)["DBInstances"]

    def writers(self):
        """The names of the members that write."""
        shown = self.describe_cluster()["DBClusterMembers"]
        return [m["DBInstanceIdentifier"] for m in shown if m["IsClusterWriter"]]
