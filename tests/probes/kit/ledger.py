"""What a run makes, on disk before it is made.

One JSON object a line. The first names the run; each thing has a line from before it is
created. A run that is killed leaves its ledger behind, and `--cleanup` reads it.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Thing:
    """Something that a run makes, by its kind, region and name."""

    kind: str
    region: str
    name: str


@dataclass(frozen=True)
class Header:
    """Whose ledger it is."""

    run: str
    prefix: str
    account: str
    region: str
    endpoint: str | None

    @property
    def stem(self):
        """What every name of this run begins with."""
        return f"{self.prefix}-{self.run}-"


def _write(descriptor, line):
    os.write(descriptor, (json.dumps(line) + "\n").encode())
    os.fsync(descriptor)


class Ledger:
    """A ledger on disk, open for more."""

    def __init__(self, path, header, descriptor, things=(), cleaned=False):
        self.path = path
        self.header = header
        self.things = list(things)
        self.cleaned = cleaned
        self._descriptor = descriptor

    @classmethod
    def begin(cls, directory, header):
        """A new ledger: nobody else reads it, and it follows no link."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = directory / f"{header.run}.ledger"
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_APPEND
        descriptor = os.open(path, how, 0o600)
        _write(descriptor, asdict(header))
        return cls(path, header, descriptor)

    @classmethod
    def load(cls, path):
        """The ledger of an earlier run. A line that a kill cut off was never acted upon."""
        header, things, cleaned = None, [], False
        for line in path.read_text().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if header is None:
                header = Header(**entry)
            elif "making" in entry:
                things.append(Thing(**entry["making"]))
            cleaned = "cleaned" in entry
        if header is None:
            raise ValueError(f"{path} is not a ledger")
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        return cls(path, header, descriptor, things, cleaned)

    def making(self, thing):
        """Called before the request that creates the thing."""
        if not thing.name.startswith(self.header.stem):
            raise ValueError(f"{thing.name} is not a name of this run")
        if thing not in self.things:
            # A line that was cut off has no end: begin a new one.
            os.write(self._descriptor, b"\n")
            _write(self._descriptor, {"making": asdict(thing)})
            self.things.append(thing)

    def is_clean(self):
        """Nothing of the run is left."""
        _write(self._descriptor, {"cleaned": True})
        self.cleaned = True


def ledgers(directory: Path, run=None):
    """The ledgers that have something to clean up, or that of one run."""
    for path in sorted(directory.glob(f"{run or '*'}.ledger")):
        ledger = Ledger.load(path)
        if run or not ledger.cleaned:
            yield ledger
