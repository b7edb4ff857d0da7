"""The command line of the probes; `run` beside it starts it."""

import argparse
import contextlib
import re
import secrets
import signal
import sys
from pathlib import Path

from facts import PROBES
from kit import prices
from kit.account import Account, Refused
from kit.cleanup import clean_up
from kit.ledger import Header, Ledger, ledgers
from kit.probe import Undecidable, verdict
from kit.stage import Stage
from kit.table import About, Row, as_json, facts, markdown

STATE = Path(__file__).resolve().parents[2] / ".pgha" / "probes"
RUN = re.compile(r"[0-9a-f]{6}")
# The longest name of a run has to fit a cluster's 52 characters.
PREFIX = re.compile(r"[a-z](?:-?[a-z0-9]){1,19}")


def say(text):
    """Progress goes to standard error: standard output is the table's."""
    print(text, file=sys.stderr, flush=True)


class Stopped(BaseException):
    """SIGINT or SIGTERM arrived; whatever was made is cleaned up on the way out."""


class Signals:
    """Turns signals into `Stopped`, never in the middle of a creating request."""

    def __init__(self):
        self._holding = False
        self._arrived = False

    def install(self):
        """From now on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, _number, _frame):
        again, self._arrived = self._arrived, True
        if not self._holding and not again:
            raise Stopped

    @contextlib.contextmanager
    def held(self):
        """What arrives meanwhile is heard at the end."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._arrived:
            raise Stopped

    def ignore(self):
        """The clean-up is not stopped by a second signal; SIGKILL and --cleanup remain."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def _parser():
    parser = argparse.ArgumentParser(prog="tests/probes/run", description=__doc__)
    parser.add_argument("--list", action="store_true", help="the probes, and nothing else")
    parser.add_argument("--markdown", action="store_true", help="with --list: as docs/limits.md")
    parser.add_argument("--only", action="append", metavar="ID", help="this probe; repeatable")
    parser.add_argument("--endpoint-url", metavar="URL", help="an emulator on this machine")
    parser.add_argument("--account", metavar="ID", help="the account that this may run in")
    parser.add_argument("--profile", help="credentials, as the AWS CLI names them")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--vpc", metavar="VPC-ID", help="instead of the default VPC")
    parser.add_argument("--prefix", default="pgha-probe", metavar="NAME")
    parser.add_argument("--agree", type=float, metavar="USD", help="agree to at most this cost")
    parser.add_argument("--state", type=Path, default=STATE, help="ledgers and tables")
    parser.add_argument(
        "--cleanup", nargs="?", const="", metavar="RUN", help="remove what earlier runs left"
    )
    return parser


def chosen(only):
    """The probes to run, in the order of the list; slow ones only by name."""
    if not only:
        return [probe for probe in PROBES if not probe.slow]
    unknown = set(only) - {probe.id for probe in PROBES}
    if unknown:
        raise Refused(f"no probe is called {', '.join(sorted(unknown))}: see --list")
    return [probe for probe in PROBES if probe.id in only]


def listing():
    """The table of probes."""
    rows = [("id", "needs", "min", "USD", "fact")]
    for probe in PROBES:
        needs = ", ".join(probe.needs) or "-"
        minutes, usd = prices.minutes([probe]), prices.usd([probe])
        name = f"{probe.id} *" if probe.slow else probe.id
        rows.append((name, needs, str(minutes), f"{usd:.2f}", probe.fact))
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths + [0], strict=True)) for row in rows]
    together = chosen(None)
    lines += [
        "",
        "min and USD are those of the probe alone, with what it needs. * only with --only",
        f"together: {prices.minutes(together)} min, at most {prices.usd(together):.2f} USD "
        f"({prices.AS_OF} prices of us-east-1, rounded up)",
    ]
    return "\n".join(lines)


def _agree(options, account, probes):
    """Says what it takes and goes on only if somebody agrees."""
    usd, minutes = prices.usd(probes), prices.minutes(probes)
    say(
        f"{len(probes)} probes in account {account.id}, {account.region}: about {minutes} min, "
        f"at most {usd:.2f} USD ({prices.AS_OF} prices of us-east-1, rounded up)"
    )
    if account.emulated:
        return
    if options.agree is not None:
        if options.agree < usd:
            raise Refused(f"--agree {options.agree:.2f} is less than {usd:.2f} USD")
        return
    if not sys.stdin.isatty():
        raise Refused(f"nobody is here to agree: say --agree {usd:.2f}")
    if input("type the account's number to go on: ").strip() != account.id:
        raise Refused("not agreed: nothing was made")


def _run_one(stage, probe):
    """The probe's row, whatever happens to it."""
    clean = stage.account.clean

    def row(seen, note, what, agrees=None):
        return Row(probe.id, probe.fact, probe.source, probe.believed, seen, note, what, agrees)

    try:
        seen = probe.run(stage)
    except Undecidable as reason:
        return row("-", clean(reason), "not decidable here")
    except Exception as error:  # whatever it is, the other probes go on
        if stage.account.emulated and "(NotImplemented)" in str(error):
            return row("-", "the emulator does not have this call", "not decidable here")
        return row("-", clean(f"{type(error).__name__}: {error}"), "error")
    agrees = verdict(probe, seen) == "confirmed"
    word = "emulator" if stage.account.emulated else verdict(probe, seen)
    return row(clean(seen.answer), clean(seen.note), word, agrees)


def _clean(account, ledger):
    """Cleans up after a run; says what stayed."""
    left = clean_up(account, ledger.header, ledger.things, say)
    for thing, reason in left:
        say(f"left alone: {thing.kind} {thing.name} in {thing.region}: {reason}")
    if not left:
        ledger.is_clean()
        return 0
    say(f"not everything is gone: tests/probes/run --cleanup {ledger.header.run}")
    return 1


def _probe_all(options, account, probes, signals):
    _agree(options, account, probes)
    run = secrets.token_hex(3)
    header = Header(run, options.prefix, account.id, account.region, account.endpoint_url)
    ledger = Ledger.begin(options.state, header)
    say(f"run {run}: everything is named {header.stem}…; its ledger is {ledger.path}")
    stage = Stage(account, ledger, signals.held, options.vpc)
    rows, stopped = [], False
    signals.install()
    try:
        for number, probe in enumerate(probes, start=1):
            say(f"{number}/{len(probes)} {probe.id}")
            rows.append(_run_one(stage, probe))
        signals.ignore()
    except Stopped:
        stopped = True
        signals.ignore()
    about = About.of(account, run)
    (options.state / f"{run}.md").write_text(markdown(about, rows))
    (options.state / f"{run}.json").write_text(as_json(about, rows))
    print(markdown(about, rows), flush=True)
    failed = _clean(account, ledger)
    return 130 if stopped else failed or int(any(row.verdict == "error" for row in rows))


def _open(options, header=None):
    """The account that the options name, or else the one that a ledger does."""
    if header is None or options.endpoint_url or options.account:
        where = (options.endpoint_url, options.profile, options.region, options.account)
    else:
        where = (header.endpoint, options.profile, header.region, header.account)
    return Account(*where)


def _ledgers(options):
    """The ledgers to clean up after; a run whose ledger is lost is found by its tags."""
    run = options.cleanup
    if run and not RUN.fullmatch(run):
        raise Refused(f"{run} is not a run: its six digits or small letters a to f")
    found = list(ledgers(options.state, run))
    if run and not found:
        say(f"there is no ledger of {run} in {options.state}: looking for its tags")
        account = _open(options)
        header = Header(run, options.prefix, account.id, account.region, account.endpoint_url)
        found = [Ledger.begin(options.state, header)]
    return found


def _clean_one(options, ledger):
    """Cleans up after one run, if it was in the account that this is."""
    header = ledger.header
    account = _open(options, header)
    if (header.account, header.endpoint) == (account.id, account.endpoint_url):
        return _clean(account, ledger)
    where = header.endpoint or f"account {header.account}"
    say(f"run {header.run} was in {where}: left for a --cleanup there")
    return 1


def _clean_all(options):
    """Cleans up after every run that is asked for, whatever becomes of the others."""
    failed = 0
    for ledger in _ledgers(options):
        try:
            failed |= _clean_one(options, ledger)
        except Refused as reason:
            say(f"run {ledger.header.run}: {reason}")
            failed = 1
    return failed


def main(argv):
    """Runs the command; returns its exit code."""
    options = _parser().parse_args(argv)
    if options.list:
        print(facts(PROBES) if options.markdown else listing())
        return 0
    try:
        if not PREFIX.fullmatch(options.prefix):
            raise Refused("--prefix: 2 to 20 small letters, digits and single hyphens")
        probes = chosen(options.only)
        if options.cleanup is not None:
            return _clean_all(options)
        account = _open(options)
        return _probe_all(options, account, probes, Signals())
    except Refused as reason:
        say(f"probes: {reason}")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
