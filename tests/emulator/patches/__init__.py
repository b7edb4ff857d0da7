"""Every patch, applied by importing its module.

The order matters where two patches replace the same function: the later one calls
the earlier one as its `stock`.
"""

from patches import (  # noqa: F401
    accounts,
    network,
    keys,
    secrets,
    windows,
    subnet_groups,
    security_groups,
    instances,
    statuses,
    modifications,
    reboots,
    replicas,
    deletions,
    parameters,
    cluster_parameters,
    clusters,
    cluster_changes,
    backups,
    proxies,
    proxy_targets,
    proxy_endpoints,
    subscriptions,
    tags,
    alarms,
    cbor,
    errors,
)
