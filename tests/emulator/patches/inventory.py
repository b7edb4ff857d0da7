"""What an account holds, for tests that count.

65. `GET /emulator/inventory/ACCOUNT` has one line for each thing that somebody made in the
account: its region, its kind and its name, sorted. It reads the models and no API, so it is a
second opinion on whoever reads the API. What is there without anybody's doing is left out:
default groups, AWS's own policies, automated snapshots. (A convenience; stock moto has
`/moto-api/data.json`, for all accounts at once and with everything in it.)
"""

from moto import server
from moto.cloudwatch.models import cloudwatch_backends
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.rds.models import rds_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends

from patches.accounts import ONE_AT_A_TIME

PATH = "/emulator/inventory/"


def _proxies(backend):
    for name, proxy in backend.db_proxies.items():
        yield "db-proxy", name
        for group in proxy.proxy_target_groups.values():
            for target in group.targets:
                yield "db-proxy-target", f"{name} {target.rds_resource_id}"


def _rds(backend):
    named = {
        "db-instance": backend.databases,
        "db-cluster": backend.clusters,
        "db-subnet-group": backend.subnet_groups,
        "db-parameter-group": backend.db_parameter_groups,
        "db-cluster-parameter-group": backend.db_cluster_parameter_groups,
        "event-subscription": backend.event_subscriptions,
        "db-proxy-endpoint": backend.proxy_endpoints,
    }
    for kind, things in named.items():
        yield from ((kind, name) for name in things if not name.startswith("default."))
    for kind in ("database_snapshots", "cluster_snapshots"):
        for name, snapshot in getattr(backend, kind).items():
            if snapshot.snapshot_type == "manual":
                yield "snapshot", name
    for replication in backend.backup_replications.values():
        yield "backup-replication", f"of {replication.db_instance_identifier}"
    yield from _proxies(backend)


def _ec2(backend):
    for groups in backend.groups.values():
        for group in groups.values():
            if group.name != "default":
                rules = len(group.ingress_rules) + len(group.egress_rules)
                yield "security-group", f"{group.name} with {rules} rules"


def _sns(backend):
    for topic in backend.topics.values():
        yield "topic", topic.name
    for subscription in backend.subscriptions.values():
        yield "subscription", f"{subscription.topic.name} {subscription.endpoint}"


def _iam(backend):
    for role in backend.roles.values():
        policies = len(role.managed_policies) + len(role.policies)
        yield "role", f"{role.name} with {policies} policies"
    for policy in backend.managed_policies.values():
        if not policy.arn.startswith("arn:aws:iam::aws:"):
            yield "policy", policy.name


SERVICES = [
    (rds_backends, _rds),
    (ec2_backends, _ec2),
    (sns_backends, _sns),
    (iam_backends, _iam),
    (secretsmanager_backends, lambda b: (("secret", s.name) for s in b.secrets.values())),
    (cloudwatch_backends, lambda b: (("alarm", name) for name in b.alarms)),
]


def inventory(account):
    """The lines of an account."""
    lines = []
    for backends, things in SERVICES:
        for region, backend in list(backends[account].items()):
            lines += [f"{region} {kind} {name}\n" for kind, name in things(backend)]
    return sorted(lines)


def _with_inventory(app):
    def respond(environ, start_response):
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] != "GET" or not path.startswith(PATH):
            return app(environ, start_response)
        with ONE_AT_A_TIME:
            text = "".join(inventory(path.removeprefix(PATH))).encode()
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
        start_response("200 OK", headers)
        return [text]

    return respond


_dispatcher = server.DomainDispatcherApplication
server.DomainDispatcherApplication = lambda *args: _with_inventory(_dispatcher(*args))
