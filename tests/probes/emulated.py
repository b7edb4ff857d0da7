"""What the tests on the emulator share: its server, and an account for each test."""

import contextlib
import io
import itertools
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "emulator"))

import command  # noqa: E402
import harness  # noqa: E402  it is the emulator's own
from kit.account import Account  # noqa: E402

HERE = Path(__file__).resolve().parent
_accounts = itertools.count(700_001)


class ProbeTest(unittest.TestCase):
    """A test in an account of its own, with a directory for ledgers and tables."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.state = Path(directory.name)
        self.id = f"{next(_accounts):012d}"
        self.url = harness.server_url()
        self.account = Account(self.url, account=self.id)

    def options(self, *more):
        """The command line for this account."""
        where = ("--endpoint-url", self.url, "--account", self.id, "--state", str(self.state))
        return [*where, *more]

    def run_command(self, *more):
        """Exit code, standard output and standard error of the command."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = command.main(self.options(*more))
        return code, out.getvalue(), err.getvalue()

    def switch_on(self, name):
        """One of the emulator's switches, for this account."""
        path = f"{self.url}/emulator/switch/{self.id}/{name}"
        urllib.request.urlopen(urllib.request.Request(path, data=b"", method="POST")).close()

    def copies(self):
        """Automated backups in the regions that probes copy to, retained ones included."""
        found = []
        for region in ("us-west-2", "us-east-2"):
            rds = self.account.client("rds", region)
            found += rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        return found

    def inventory(self):
        """What the account holds, read past every API."""
        with urllib.request.urlopen(f"{self.url}/emulator/inventory/{self.id}") as answer:
            return answer.read().decode().splitlines()
