"""Every probe, in the order of a run: what is free first, what costs most last."""

from facts import (
    catalog,
    clusters,
    copies,
    creation,
    databases,
    events,
    groups,
    proxies,
    replicas,
    secrets,
    storage,
)

PROBES = [
    *catalog.PROBES,
    *groups.PROBES,
    *events.PROBES,
    *secrets.PROBES,
    *creation.PROBES,
    *databases.PROBES,
    *copies.PROBES,
    *replicas.PROBES,
    *storage.PROBES,
    *proxies.PROBES,
    *clusters.PROBES,
]
