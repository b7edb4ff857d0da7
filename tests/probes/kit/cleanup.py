"""Removing what a run made, and nothing else.

The ledger says where to look, and so does the tag. What is found is removed only if its
name begins with the run's own stem AND it carries the run's tag now: a name alone may be
somebody else's, and tags are copied by restores and by people.
"""

from botocore.exceptions import ClientError

from kit.account import code_of
from kit.kinds import KINDS, kind_of, name_in
from kit.ledger import Thing

TAG = "pgha-probe"
# What passes by: something that uses it is on its way out, or it is changing right now.
PASSING = {
    "DependencyViolation",
    "DeleteConflict",
    "InvalidDBInstanceState",
    "InvalidDBClusterStateFault",
    "InvalidDBParameterGroupState",
    "InvalidDBSubnetGroupStateFault",
    "InvalidDBProxyStateFault",
    "InvalidDBSnapshotState",
    "InvalidDBInstanceAutomatedBackupState",
    "InvalidEventSubscriptionState",
    "Throttling",
}
GONE_WITHIN = 60


def owner_of(header, thing, tags):
    """Why the thing is not this run's, or `None` if it is."""
    named = thing.name.startswith(header.stem)
    tagged = (tags or {}).get(TAG) == header.run
    if named and tagged:
        return None
    if named:
        return f"it has no tag {TAG}={header.run}"
    return f"its name does not begin with {header.stem}"


def _tagged(account, header, region):
    """What the tagging API lists for the run: the ledger may be lost."""
    client = account.client("resourcegroupstaggingapi", region)
    pages = client.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": TAG, "Values": [header.run]}]
    )
    for page in pages:
        for found in page["ResourceTagMappingList"]:
            kind = kind_of(found["ResourceARN"])
            name = kind and name_in(account, kind, region, found["ResourceARN"])
            # Automated snapshots carry the tags too, and go with their database.
            if name and not name.startswith("rds:"):
                yield Thing(kind, region, name)


def _candidates(account, header, ledger_things):
    regions = {header.region, *(thing.region for thing in ledger_things)}
    found = {thing for region in regions for thing in _tagged(account, header, region)}
    replicas = {(t.region, t.name) for t in ledger_things if t.kind == "replica"}
    # The tagging API cannot tell a replica from another instance.
    found = {t for t in found if t.kind != "db-instance" or (t.region, t.name) not in replicas}
    return sorted(found | set(ledger_things), key=lambda t: (KINDS[t.kind].rank, t))


def _is_passing(error):
    return code_of(error) in PASSING or "NotFound" in code_of(error)


def _remove(account, thing):
    """One look: asks for the removal of what is there; says whether nothing is."""
    kind = KINDS[thing.kind]
    live = kind.find(account, thing.region, thing.name)
    if live is None:
        return True
    try:
        kind.delete(account, thing.region, thing.name, live.shown)
    except ClientError as error:
        if not _is_passing(error):
            raise
    return kind.find(account, thing.region, thing.name) is None


def _remove_rank(account, things):
    """Removes things that do not depend on each other, and waits until they are gone."""
    waiting = list(things)

    def look():
        waiting[:] = [thing for thing in waiting if not _remove(account, thing)]
        return waiting

    names = ", ".join(thing.name for thing in things)
    account.until(look, lambda left: not left, GONE_WITHIN, f"removing {names}")


def clean_up(account, header, things, say):
    """Removes what is the run's; returns what stayed, with the reason."""
    left, ours = [], []
    for thing in _candidates(account, header, things):
        live = KINDS[thing.kind].find(account, thing.region, thing.name)
        if live is None:
            continue
        reason = owner_of(header, thing, live.tags)
        if reason is None:
            ours.append(thing)
        else:
            left.append((thing, reason))
    for rank in sorted({KINDS[thing.kind].rank for thing in ours}):
        now = [thing for thing in ours if KINDS[thing.kind].rank == rank]
        say("removing " + ", ".join(f"{t.kind} {t.name} ({t.region})" for t in now))
        try:
            _remove_rank(account, now)
        except (ClientError, TimeoutError) as error:
            left += [(thing, account.clean(error)) for thing in now]
    return left
