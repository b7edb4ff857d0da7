"""The kinds of things that probes make: how each is found and removed."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from kit.account import code_of


@dataclass(frozen=True)
class Live:
    """What is there: its tags, and AWS's own description of it."""

    tags: dict
    shown: dict


def _live(tags, shown=None):
    return Live({tag["Key"]: tag["Value"] for tag in tags or []}, shown or {})


def _unless_missing(codes, call, **request):
    """The answer, or `None` for something that is not there; other errors are errors."""
    try:
        return call(**request)
    except ClientError as error:
        if code_of(error) in codes:
            return None
        raise


def _find_instance(account, region, name):
    answer = _unless_missing(
        ("DBInstanceNotFound",),
        account.client("rds", region).describe_db_instances,
        DBInstanceIdentifier=name,
    )
    shown = answer and answer["DBInstances"][0]
    return shown and _live(shown.get("TagList"), shown)


def _delete_instance(account, region, name, shown):
    if shown["DBInstanceStatus"] != "deleting":
        account.client("rds", region).delete_db_instance(
            DBInstanceIdentifier=name, SkipFinalSnapshot=True
        )


def _find_cluster(account, region, name):
    answer = _unless_missing(
        ("DBClusterNotFoundFault",),
        account.client("rds", region).describe_db_clusters,
        DBClusterIdentifier=name,
    )
    shown = answer and answer["DBClusters"][0]
    return shown and _live(shown.get("TagList"), shown)


def _delete_cluster(account, region, name, shown):
    if shown["Status"] != "deleting":
        account.client("rds", region).delete_db_cluster(
            DBClusterIdentifier=name, SkipFinalSnapshot=True
        )


def _find_snapshot(account, region, name):
    answer = _unless_missing(
        ("DBSnapshotNotFound", "DBSnapshotNotFoundFault"),
        account.client("rds", region).describe_db_snapshots,
        DBSnapshotIdentifier=name,
    )
    return answer and _live(answer["DBSnapshots"][0].get("TagList"))


def _find_backup(account, region, name):
    answer = account.client("rds", region).describe_db_instance_automated_backups(
        Filters=[{"Name": "db-instance-id", "Values": [name]}]
    )
    # An instance's own backups are listed in its own region and go with it.
    copies = [b for b in answer["DBInstanceAutomatedBackups"] if b.get("Region") != region]
    return _live(copies[0].get("TagList"), copies[0]) if copies else None


def _delete_backup(account, region, name, shown):
    rds = account.client("rds", region)
    if shown["Status"] in ("replicating", "pending", "creating"):
        rds.stop_db_instance_automated_backups_replication(
            SourceDBInstanceArn=shown["DBInstanceArn"]
        )
    elif shown["Status"] == "retained":
        rds.delete_db_instance_automated_backup(
            DBInstanceAutomatedBackupsArn=shown["DBInstanceAutomatedBackupsArn"]
        )


def _find_proxy(account, region, name):
    rds = account.client("rds", region)
    answer = _unless_missing(("DBProxyNotFoundFault",), rds.describe_db_proxies, DBProxyName=name)
    if answer is None:
        return None
    proxy = answer["DBProxies"][0]
    tags = rds.list_tags_for_resource(ResourceName=proxy["DBProxyArn"])["TagList"]
    return _live(tags, proxy)


def _delete_proxy(account, region, name, shown):
    if shown["Status"] != "deleting":
        account.client("rds", region).delete_db_proxy(DBProxyName=name)


def _find_endpoint(account, region, name):
    rds = account.client("rds", region)
    answer = _unless_missing(
        ("DBProxyEndpointNotFoundFault",),
        rds.describe_db_proxy_endpoints,
        DBProxyEndpointName=name,
    )
    if not answer or not answer["DBProxyEndpoints"]:
        return None
    endpoint = answer["DBProxyEndpoints"][0]
    tags = rds.list_tags_for_resource(ResourceName=endpoint["DBProxyEndpointArn"])["TagList"]
    return _live(tags, endpoint)


def _delete_endpoint(account, region, name, shown):
    if shown["Status"] != "deleting":
        account.client("rds", region).delete_db_proxy_endpoint(DBProxyEndpointName=name)


def _find_rds(operation, member, resource, missing):
    """Things of RDS that carry no tags in the describing call."""

    def find(account, region, name):
        rds = account.client("rds", region)
        if _unless_missing(missing, getattr(rds, operation), **{member: name}) is None:
            return None
        arn = account.arn("rds", f"{resource}:{name}", region)
        return _live(rds.list_tags_for_resource(ResourceName=arn)["TagList"])

    return find


def _delete_rds(operation, member):
    def delete(account, region, name, _shown):
        getattr(account.client("rds", region), operation)(**{member: name})

    return delete


def _find_group(account, region, name):
    answer = account.client("ec2", region).describe_security_groups(
        Filters=[{"Name": "group-name", "Values": [name]}]
    )
    group = next(iter(answer["SecurityGroups"]), None)
    return group and _live(group.get("Tags"), group)


def _delete_group(account, region, _name, shown):
    account.client("ec2", region).delete_security_group(GroupId=shown["GroupId"])


def _find_role(account, _region, name):
    answer = _unless_missing(("NoSuchEntity",), account.client("iam").get_role, RoleName=name)
    return answer and _live(answer["Role"].get("Tags"))


def _delete_role(account, _region, name, _shown):
    iam = account.client("iam")
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _find_secret(account, region, name):
    answer = _unless_missing(
        ("ResourceNotFoundException",),
        account.client("secretsmanager", region).describe_secret,
        SecretId=name,
    )
    return answer and _live(answer.get("Tags"))


def _delete_secret(account, region, name, _shown):
    account.client("secretsmanager", region).delete_secret(
        SecretId=name, ForceDeleteWithoutRecovery=True
    )


def _find_topic(account, region, name):
    answer = _unless_missing(
        ("ResourceNotFound", "ResourceNotFoundException", "NotFound", "NotFoundException"),
        account.client("sns", region).list_tags_for_resource,
        ResourceArn=account.arn("sns", name, region),
    )
    return answer and _live(answer["Tags"])


def _delete_topic(account, region, name, _shown):
    account.client("sns", region).delete_topic(TopicArn=account.arn("sns", name, region))


def _find_alarm(account, region, name):
    cloudwatch = account.client("cloudwatch", region)
    if not cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
        return None
    arn = account.arn("cloudwatch", f"alarm:{name}", region)
    return _live(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"])


def _delete_alarm(account, region, name, _shown):
    account.client("cloudwatch", region).delete_alarms(AlarmNames=[name])


@dataclass(frozen=True)
class Kind:
    """How things of one kind are found and removed.

    `find` returns what has exactly this name, `None` if nothing has; any other error is an
    error, never absence. `delete` asks for the removal of what was found and does not wait.
    Things of a lower rank go first.
    """

    rank: int
    find: Callable
    delete: Callable
    # What its ARN looks like: the service, and what stands before its name or id.
    service: str
    resource: str


KINDS = {
    "proxy-endpoint": Kind(-1, _find_endpoint, _delete_endpoint, "rds", "db-proxy-endpoint:"),
    "proxy": Kind(0, _find_proxy, _delete_proxy, "rds", "db-proxy:"),
    "event-subscription": Kind(
        0,
        _find_rds(
            "describe_event_subscriptions", "SubscriptionName", "es", ("SubscriptionNotFound",)
        ),
        _delete_rds("delete_event_subscription", "SubscriptionName"),
        "rds",
        "es:",
    ),
    "backup-copy": Kind(0, _find_backup, _delete_backup, "rds", "auto-backup:"),
    "replica": Kind(1, _find_instance, _delete_instance, "rds", "db:"),
    "db-instance": Kind(2, _find_instance, _delete_instance, "rds", "db:"),
    "db-cluster": Kind(2, _find_cluster, _delete_cluster, "rds", "cluster:"),
    "snapshot": Kind(
        3,
        _find_snapshot,
        _delete_rds("delete_db_snapshot", "DBSnapshotIdentifier"),
        "rds",
        "snapshot:",
    ),
    "parameter-group": Kind(
        3,
        _find_rds(
            "describe_db_parameter_groups",
            "DBParameterGroupName",
            "pg",
            ("DBParameterGroupNotFound",),
        ),
        _delete_rds("delete_db_parameter_group", "DBParameterGroupName"),
        "rds",
        "pg:",
    ),
    "subnet-group": Kind(
        3,
        _find_rds(
            "describe_db_subnet_groups",
            "DBSubnetGroupName",
            "subgrp",
            ("DBSubnetGroupNotFoundFault",),
        ),
        _delete_rds("delete_db_subnet_group", "DBSubnetGroupName"),
        "rds",
        "subgrp:",
    ),
    "security-group": Kind(4, _find_group, _delete_group, "ec2", "security-group/"),
    "role": Kind(4, _find_role, _delete_role, "iam", "role/"),
    "secret": Kind(4, _find_secret, _delete_secret, "secretsmanager", "secret:"),
    "topic": Kind(4, _find_topic, _delete_topic, "sns", ""),
    "alarm": Kind(4, _find_alarm, _delete_alarm, "cloudwatch", "alarm:"),
}


def name_in(account, kind, region, arn):
    """The name of the thing that an ARN of this kind stands for."""
    last = arn.split(":", 5)[5].removeprefix(KINDS[kind].resource)
    if kind == "secret":
        return last[:-7]
    if kind == "proxy-endpoint":
        shown = account.client("rds", region).describe_db_proxy_endpoints()["DBProxyEndpoints"]
        arns = {e["DBProxyEndpointArn"]: e["DBProxyEndpointName"] for e in shown}
        return arns.get(arn)
    if kind == "proxy":
        proxies = account.client("rds", region).describe_db_proxies()["DBProxies"]
        return next((p["DBProxyName"] for p in proxies if p["DBProxyArn"] == arn), None)
    if kind == "security-group":
        groups = account.client("ec2", region).describe_security_groups(GroupIds=[last])
        return groups["SecurityGroups"][0]["GroupName"]
    if kind == "backup-copy":
        backups = account.client("rds", region).describe_db_instance_automated_backups(
            DBInstanceAutomatedBackupsArn=arn
        )["DBInstanceAutomatedBackups"]
        return backups[0]["DBInstanceIdentifier"] if backups else None
    return last


def kind_of(arn):
    """The kind that an ARN is of, `None` if probes make no such thing."""
    _, _, service, _, _, resource = arn.split(":", 5)
    for name, kind in KINDS.items():
        if kind.service == service and resource.startswith(kind.resource) and name != "replica":
            return name
    return None
