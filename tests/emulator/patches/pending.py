"""What a modifying call applies at once and what it queues."""

from patches.stock import is_true

# Request members that say how, not what.
HOW = {
    "apply_immediately",
    "allow_major_version_upgrade",
    "db_instance_identifier",
    "db_cluster_identifier",
}


def split(request, pending, waits, current):
    """The values to apply now and those to queue, by request member.

    `waits(name, value, immediately)` says whether AWS may queue the member, and
    `current(name)` what it is. ApplyImmediately flushes what was queued before (RDS API,
    ModifyDBInstance.ApplyImmediately).
    """
    immediately = is_true(request.get("apply_immediately"))
    now, queued = {}, {}
    for name, value in request.items():
        if name in HOW or value is None:
            continue
        later = waits(name, value, immediately) and value != current(name)
        (queued if later else now)[name] = value
    if immediately:
        flushed = {n: v for n, v in pending.items() if not waits(n, v, True)}
        now = {**flushed, **now}
    return now, queued


def queue(resource, now, queued):
    """Remembers what was queued, without what has just been applied."""
    merged = {**resource.pending, **queued}
    resource.pending = {name: value for name, value in merged.items() if name not in now}


def show(resource, names):
    """PendingModifiedValues; a member whose name is `None` is queued unseen."""
    resource.pending_modified_values = {
        names[name]: value for name, value in resource.pending.items() if names[name]
    }
