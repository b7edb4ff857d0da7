"""Tags of everything in RDS that has an ARN."""

import re

from moto.core.resource_tagging import TaggedResource
from moto.rds.models import RDSBackend
from moto.rds.utils import split_arn

from patches.stock import fault, replaces

MORE_TYPES = ("db-proxy-endpoint", "auto-backup", "target-group")
# The error for an ARN that nothing has, by the ARN's resource type.
NOT_FOUND = {
    "db": "DBInstanceNotFound",
    "cluster": "DBClusterNotFoundFault",
    "snapshot": "DBSnapshotNotFound",
    "cluster-snapshot": "DBClusterSnapshotNotFoundFault",
    "pg": "DBParameterGroupNotFound",
    "cluster-pg": "DBParameterGroupNotFound",
    "subgrp": "DBSubnetGroupNotFoundFault",
    "es": "SubscriptionNotFound",
    "db-proxy": "DBProxyNotFoundFault",
    "db-proxy-endpoint": "DBProxyEndpointNotFoundFault",
    "target-group": "DBProxyTargetGroupNotFoundFault",
    "auto-backup": "DBInstanceAutomatedBackupNotFound",
}


# 50. Proxy endpoints, target groups and replicated backups have tags too. Stock: `Invalid
# resource name`.
@replaces(RDSBackend, "__init__")
def init(stock, self, region_name, account_id):
    stock(self, region_name, account_id)
    pattern = self.arn_regex.pattern.replace("(db|", f"({'|'.join(MORE_TYPES)}|db|")
    self.arn_regex = re.compile(pattern)


def _more(backend):
    yield from backend.proxy_endpoints.values()
    yield from backend.backup_replications.values()
    yield from backend.retained_replications
    for proxy in backend.db_proxies.values():
        yield from proxy.proxy_target_groups.values()


# 51. An ARN that nothing has is refused (RDS API, ListTagsForResource, errors). Stock: no
# tags, no error.
@replaces(RDSBackend, "_get_resource_for_tagging")
def get_resource_for_tagging(stock, self, arn):
    resource = stock(self, arn)
    if resource is None:
        resource = next((r for r in _more(self) if r.arn == arn), None)
    if resource is None:
        resource_type = split_arn(arn)[2]
        raise fault(NOT_FOUND.get(resource_type, "InvalidParameterValue"), f"{arn} not found.")
    return resource


def _more_tagged(backend):
    return {
        "rds:subgrp": backend.subnet_groups.values(),
        "rds:pg": backend.db_parameter_groups.values(),
        "rds:cluster-pg": backend.db_cluster_parameter_groups.values(),
        "rds:es": backend.event_subscriptions.values(),
        "rds:db-proxy-endpoint": backend.proxy_endpoints.values(),
        "rds:auto-backup": [
            *backend.backup_replications.values(),
            *backend.retained_replications,
        ],
    }


# 52. The tagging API lists all of them (Resource Groups Tagging API, GetResources).
# Stock: databases, clusters, snapshots and proxies only.
@replaces(RDSBackend, "iter_tagged_resources")
def iter_tagged_resources(stock, self):
    yield from stock(self)
    for resource_type, resources in _more_tagged(self).items():
        for resource in resources:
            tags = {tag["Key"]: tag["Value"] for tag in resource.get_tags()}
            yield TaggedResource(arn=resource.arn, tags=tags, resource_type=resource_type)
