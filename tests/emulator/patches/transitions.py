"""Statuses that pass by, in a way that a test can predict.

Stock moto reports everything as `available` at once. Here a change begins a row of
statuses, and each stays for PGHA_POLLS answers of the call that describes the
resource. Nothing depends on a clock.
"""

import os
from typing import Any

POLLS = int(os.environ.get("PGHA_POLLS", "0"))


def begin(resource: Any, *statuses: str) -> None:
    """The resource goes through these statuses before it settles."""
    resource._passing = [status for status in statuses for _ in range(POLLS)]
    resource._answered = False


def observe(resource: Any) -> None:
    """Counts one answer that shows the resource; call it before answering."""
    if passing(resource) is None:
        return
    if resource._answered:
        resource._passing.pop(0)
    resource._answered = True


def passing(resource: Any) -> str | None:
    """The status that shows now, `None` once settled."""
    statuses = getattr(resource, "_passing", None)
    return statuses[0] if statuses else None


def doom(resource: Any, how: Any) -> None:
    """The resource is being deleted; `how` is kept for the moment it is gone."""
    resource._doomed = how
    begin(resource, "deleting")


def is_doomed(resource: Any) -> bool:
    """A deletion was accepted."""
    return getattr(resource, "_doomed", None) is not None


def is_gone(resource: Any) -> bool:
    """A deletion was accepted and has been visible long enough."""
    return is_doomed(resource) and passing(resource) is None


def shows_transitions(cls: type) -> None:
    """Makes `cls.status` what passes by, or the settled status that was set."""
    cls.status = property(
        lambda self: passing(self) or self._status,
        lambda self, settled: setattr(self, "_status", settled),
    )
