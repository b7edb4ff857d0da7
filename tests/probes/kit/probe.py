"""A probe: one doubtful fact about AWS as an experiment."""

from dataclasses import dataclass


class Undecidable(Exception):
    """This account or endpoint cannot answer; the message says why."""


@dataclass(frozen=True)
class Seen:
    """What AWS did: an answer to compare, and what else is worth a note."""

    answer: str
    note: str = ""


class Probe:
    """One fact and the experiment that can refute it.

    A subclass fills in every attribute. `run` compares nothing itself: it returns what it
    saw, raises `Undecidable`, or fails with whatever AWS said.
    """

    id: str
    # One sentence that pgha's code relies on.
    fact: str
    # AWS's own page, or the public report where AWS is silent.
    source: str
    # The answer that the fact predicts.
    believed: str
    # Why pgha harms nobody if the answer is another one, or what would go wrong.
    otherwise: str
    # Shared things of the stage that it uses, by name.
    needs: tuple[str, ...] = ()
    # How long it takes on AWS, without what it needs.
    minutes: int = 1
    # What it makes for itself, in USD.
    usd: float = 0.0
    # Hours, so it runs only when it is asked for by name.
    slow: bool = False

    def run(self, stage) -> Seen:
        """Makes the experiment."""
        raise NotImplementedError


def verdict(probe, seen):
    """What the answer says of the fact."""
    return "confirmed" if seen.answer == probe.believed else "refuted"
