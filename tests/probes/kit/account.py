"""The account that the probes run in, and how it is reached."""

import ipaddress
import time
from urllib.parse import urlsplit

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import ClientError

# The emulator takes an access key of twelve digits for the account of that number.
EMULATED = "123456789012"


class Refused(Exception):
    """The command goes no further; the message says why and what to do."""


def _is_loopback(url):
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def code_of(error):
    """The error's code, as AWS names it."""
    return error.response["Error"]["Code"]


class Account:
    """One account, in one home region, on AWS or on an emulator."""

    def __init__(self, endpoint_url=None, profile=None, region=None, account=None):
        if endpoint_url and not _is_loopback(endpoint_url):
            raise Refused(
                f"{endpoint_url} is not on this machine: --endpoint-url is for an emulator "
                "on loopback; leave it out for AWS"
            )
        self.endpoint_url = endpoint_url
        self.emulated = endpoint_url is not None
        self.region = region or "us-east-1"
        self._session = self._open(profile, account)
        self._clients = {}
        self.id = self._identify(account)
        self.botocore = botocore.__version__

    def _open(self, profile, account):
        if self.emulated:
            # Real credentials never go to an emulator.
            return boto3.Session(
                aws_access_key_id=account or EMULATED,
                aws_secret_access_key="emulated",
                region_name=self.region,
            )
        return boto3.Session(profile_name=profile, region_name=self.region)

    def _identify(self, wanted):
        identity = self.client("sts").get_caller_identity()
        self.partition = identity["Arn"].split(":")[1]
        if not self.emulated and wanted is None:
            raise Refused(
                f"these credentials are of account {identity['Account']}: say --account "
                f"{identity['Account']} if that is the one to run in"
            )
        if wanted not in (None, identity["Account"]):
            raise Refused(
                f"these credentials are of account {identity['Account']}, not of {wanted}: "
                "nothing was made"
            )
        return identity["Account"]

    def client(self, service, region=None):
        """A client of the account, in its home region unless another one is named."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = self._session.client(
                service,
                region_name=key[1],
                endpoint_url=self.endpoint_url,
                config=Config(retries={"mode": "adaptive", "total_max_attempts": 10}),
            )
        return self._clients[key]

    def arn(self, service, resource, region=None):
        """The ARN of a resource of the account."""
        return f"arn:{self.partition}:{service}:{region or self.region}:{self.id}:{resource}"

    def until(self, look, right, minutes, what):
        """Looks again and again until it is right; the emulator moves on with each look."""
        deadline = time.monotonic() + minutes * 60
        for turn in range(10**6):
            shown = look()
            if right(shown):
                return shown
            late = turn > 40 if self.emulated else time.monotonic() > deadline
            if late:
                raise TimeoutError(f"{what} after {minutes} min: still not")
            time.sleep(0 if self.emulated else 10)

    def clean(self, text):
        """The text without the account's number."""
        return " ".join(str(text).split()).replace(self.id, "ACCOUNT")


def attempt(call, **request):
    """`accepted` or `refused`, and AWS's words."""
    try:
        return "accepted", call(**request)
    except ClientError as error:
        if code_of(error) in ("NotImplemented", "EmulatorBug"):
            raise
        return "refused", f"{code_of(error)}: {error.response['Error'].get('Message', '')}"
