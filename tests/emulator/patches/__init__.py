"""Every patch, applied by importing its module.

A module imports those whose patches it builds on, so the order here does not matter.
"""

from patches import (  # noqa: F401
    accounts,
    alarms,
    backups,
    cbor,
    cluster_changes,
    cluster_parameters,
    clusters,
    deletions,
    errors,
    instances,
    inventory,
    keys,
    maintenance,
    modifications,
    network,
    parameters,
    proxies,
    proxy_endpoints,
    proxy_targets,
    reboots,
    replicas,
    secrets,
    security_groups,
    snapshots,
    statuses,
    stopping,
    subnet_groups,
    subscriptions,
    tags,
    topics,
    windows,
)
