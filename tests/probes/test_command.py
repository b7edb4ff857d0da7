"""The command line: what it says, what it refuses, how it ends when it is killed."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from unittest import mock

import command
from emulated import HERE, ProbeTest
from facts import PROBES
from kit import prices
from kit.account import Account, Refused, _is_loopback
from kit.table import facts

# What no emulator of ours can answer.
UNDECIDABLE = {"rate-quotas", "backup-managed"}
LIMITS = HERE.parents[1] / "docs" / "limits.md"


class Lists(unittest.TestCase):
    def test_every_probe_says_everything(self):
        for probe in PROBES:
            with self.subTest(probe.id):
                said = (probe.fact, probe.source, probe.believed, probe.otherwise)
                self.assertTrue(all(said))
                self.assertTrue(probe.source.startswith("https://"))
                self.assertFalse(probe.fact.endswith("."))

    def test_ids_are_unique(self):
        self.assertEqual(len({probe.id for probe in PROBES}), len(PROBES))

    def test_the_documentation_has_this_list(self):
        self.assertIn(facts(PROBES), LIMITS.read_text())

    def test_the_documentation_has_this_cost(self):
        together = command.chosen(None)
        cost = f"{prices.usd(together):.2f} USD"
        self.assertIn(cost, LIMITS.read_text())

    def test_the_table_of_probes(self):
        lines = command.listing().splitlines()
        self.assertEqual(lines[0].split(), ["id", "needs", "min", "USD", "fact"])
        self.assertEqual(sum(probe.id in line for line in lines for probe in PROBES[:1]), 1)

    def test_slow_probes_are_asked_for_by_name(self):
        self.assertNotIn("fifth-storage-change", [probe.id for probe in command.chosen(None)])
        chosen = command.chosen(["fifth-storage-change"])
        self.assertEqual([probe.id for probe in chosen], ["fifth-storage-change"])

    def test_an_unknown_probe(self):
        with self.assertRaises(Refused):
            command.chosen(["no-such-probe"])


class Costs(unittest.TestCase):
    def check(self, ids, minutes, usd):
        probes = command.chosen(ids)
        self.assertEqual((prices.minutes(probes), prices.usd(probes)), (minutes, usd))

    def test_what_is_free(self):
        self.check(["filter-of-nothing"], 2, 0.01)

    def test_a_shared_thing_is_paid_once(self):
        one = prices.usd(command.chosen(["cluster-gp3-3000"]))
        two = prices.usd(command.chosen(["cluster-gp3-3000", "cluster-iam-auth"]))
        self.assertLess(two, 2 * one)


class Endpoints(unittest.TestCase):
    def test_loopback_only(self):
        for url in ("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"):
            self.assertTrue(_is_loopback(url), url)
        for url in ("http://10.0.0.1:1", "https://example.com", "http://localhost.example.com"):
            self.assertFalse(_is_loopback(url), url)

    def test_another_machine_is_refused(self):
        with self.assertRaises(Refused):
            Account("http://10.0.0.1:1")


class FakeSts:
    """An account on AWS, as far as GetCallerIdentity goes."""

    @staticmethod
    def get_caller_identity():
        return {"Account": "111122223333", "Arn": "arn:aws:sts::111122223333:assumed-role/a/b"}


class OnAws(unittest.TestCase):
    """How the command treats a real account; nothing is called but a fake STS."""

    def run_command(self, *options, typed=None):
        stdin = mock.Mock(isatty=lambda: typed is not None)
        said = []
        with (
            mock.patch.object(Account, "client", lambda *_: FakeSts),
            mock.patch.object(command, "say", said.append),
            mock.patch.object(command.sys, "stdin", stdin),
            mock.patch("builtins.input", lambda _: typed),
        ):
            code = command.main(["--only", "cluster-gp3-3000", *options])
        return code, " ".join(said)

    def check_refused(self, words, *options, typed=None):
        code, said = self.run_command(*options, typed=typed)
        self.assertEqual(code, 2)
        self.assertIn(words, said)

    def test_the_account_has_to_be_named(self):
        self.check_refused("say --account 111122223333")

    def test_another_account_is_refused(self):
        self.check_refused("not of 999988887777", "--account", "999988887777")

    def test_cost_and_duration_come_first(self):
        _, said = self.run_command("--account", "111122223333")
        self.assertRegex(said, r"about \d+ min, at most \d+\.\d\d USD")

    def test_nobody_to_agree(self):
        self.check_refused("nobody is here to agree", "--account", "111122223333")

    def test_too_little(self):
        too_little = ("--account", "111122223333", "--agree", "0.01")
        self.check_refused("is less than", *too_little)

    def test_somebody_says_no(self):
        self.check_refused("not agreed", "--account", "111122223333", typed="no")

    def test_a_prefix_that_is_no_name(self):
        for prefix in ("", "Upper", "x" * 21, "two--hyphens", "-x"):
            self.check_refused("--prefix", "--account", "111122223333", f"--prefix={prefix}")


class Runs(ProbeTest):
    def test_every_probe_on_the_emulator(self):
        for name in ("cluster-iops", "parameter-lag"):
            self.switch_on(name)
        code, out, err = self.run_command()
        table = json.loads(next(self.state.glob("*.json")).read_text())
        rows = {row["id"]: row for row in table["probes"]}
        self.assertEqual(list(rows), [probe.id for probe in command.chosen(None)])
        for name, row in rows.items():
            with self.subTest(name):
                if name in UNDECIDABLE:
                    self.assertEqual(row["verdict"], "not decidable here")
                    self.assertTrue(row["note"])
                else:
                    # The emulator believes what the probes believe.
                    self.assertEqual((row["verdict"], row["seen"]), ("emulator", row["expected"]))
        self.assertEqual(code, 0, err)
        self.assertEqual(self.inventory(), [])
        self.assertEqual(self.copies(), [])
        self.assertIn("| id | fact | expected | seen | verdict |", out)
        self.assertEqual(table["endpoint"], self.url)
        self.assertNotIn(self.id, out)

    def test_without_the_switches(self):
        code, out, err = self.run_command("--only", "cluster-gp3-iops")
        self.assertEqual(code, 0, err)
        self.assertIn("accepted without", out)
        self.assertEqual(self.inventory(), [])

    def test_slow_ones_run_too(self):
        code, out, err = self.run_command("--only", "fifth-storage-change")
        self.assertEqual(code, 0, err)
        self.assertIn("| the fifth is refused |", out)
        self.assertEqual(self.inventory(), [])

    def test_a_prefix_of_ones_own(self):
        _, _, err = self.run_command("--only", "alarm-defaults", "--prefix", "mine")
        self.assertRegex(err, r"named mine-[0-9a-f]{6}-")
        self.assertEqual(self.inventory(), [])

    def test_cleanup_of_nothing(self):
        self.assertEqual(self.run_command("--cleanup")[0], 0)


class Killed(ProbeTest):
    """The command as a process that ends in the middle."""

    def start(self):
        """The process, once it has put its databases on record."""
        process = subprocess.Popen(
            [sys.executable, HERE / "command.py", *self.options()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while not self.has_made("replica"):
            self.assertIsNone(process.poll(), "it ended by itself")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        return process

    def has_made(self, kind):
        ledgers = self.state.glob("*.ledger")
        return any(f'"kind": "{kind}"' in path.read_text() for path in ledgers)

    def run_id(self):
        return next(self.state.glob("*.ledger")).stem

    def test_sigkill_and_cleanup(self):
        process = self.start()
        process.kill()
        process.wait()
        self.assertTrue(any("db-instance" in line for line in self.inventory()))
        code, _, err = self.run_command("--cleanup")
        self.assertEqual((code, self.inventory()), (0, []), err)
        self.assertEqual(self.run_command("--cleanup")[2], "")

    def test_cleanup_goes_where_the_run_was(self):
        process = self.start()
        process.kill()
        process.wait()
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(command.main(["--cleanup", "--state", str(self.state)]), 0)
        self.assertEqual(self.inventory(), [])

    def test_sigkill_and_a_lost_ledger(self):
        process = self.start()
        process.kill()
        process.wait()
        run = self.run_id()
        (self.state / f"{run}.ledger").unlink()
        code, _, err = self.run_command("--cleanup", run)
        self.assertEqual(code, 0, err)
        self.assertFalse([line for line in self.inventory() if " db-" in line])

    def test_signals_clean_up(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.start()
                os.kill(process.pid, number)
                self.assertEqual(process.wait(60), 130)
                self.assertEqual(self.inventory(), [])
                for path in self.state.glob("*"):
                    path.unlink()

    def test_another_account_is_left(self):
        process = self.start()
        process.kill()
        process.wait()
        before = self.inventory()
        self.id = f"{int(self.id) + 100_000:012d}"
        code, _, err = self.run_command("--cleanup")
        self.assertEqual(code, 1)
        self.assertIn("left for a --cleanup there", err)
        self.id = f"{int(self.id) - 100_000:012d}"
        self.assertEqual(self.inventory(), before)


if __name__ == "__main__":
    unittest.main()
