"""The ledger: on disk before anything is made, and readable after a kill."""

import stat
import tempfile
import unittest
from pathlib import Path

from kit.ledger import Header, Ledger, Thing, ledgers

HEADER = Header("abc123", "pgha-probe", "000000000001", "us-east-1", None)


class Ledgers(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def test_what_is_written_is_read(self):
        ledger = Ledger.begin(self.directory, HEADER)
        thing = Thing("db-instance", "us-east-1", "pgha-probe-abc123-db")
        ledger.making(thing)
        read = Ledger.load(ledger.path)
        self.assertEqual((read.header, read.things, read.cleaned), (HEADER, [thing], False))

    def test_nobody_else_reads_it(self):
        path = Ledger.begin(self.directory, HEADER).path
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_it_follows_no_link(self):
        elsewhere = self.directory / "elsewhere"
        elsewhere.write_text("")
        (self.directory / "abc123.ledger").symlink_to(elsewhere)
        with self.assertRaises(FileExistsError):
            Ledger.begin(self.directory, HEADER)

    def test_a_line_that_was_cut_off_is_no_line(self):
        ledger = Ledger.begin(self.directory, HEADER)
        with ledger.path.open("a") as file:
            file.write('{"making": {"kind": "db-in')
        read = Ledger.load(ledger.path)
        self.assertEqual(read.things, [])
        thing = Thing("topic", "us-east-1", "pgha-probe-abc123-topic")
        read.making(thing)
        self.assertEqual(Ledger.load(ledger.path).things, [thing])

    def test_a_strange_name_is_not_made(self):
        ledger = Ledger.begin(self.directory, HEADER)
        with self.assertRaises(ValueError):
            ledger.making(Thing("db-instance", "us-east-1", "orders-primary"))

    def test_clean_ledgers_are_done(self):
        ledger = Ledger.begin(self.directory, HEADER)
        self.assertEqual(len(list(ledgers(self.directory))), 1)
        ledger.is_clean()
        self.assertEqual(list(ledgers(self.directory)), [])


if __name__ == "__main__":
    unittest.main()
