"""RDS event subscriptions."""

from moto.core.responses import ActionResult
from moto.rds.models import EventSubscription, RDSBackend
from moto.rds.responses import RDSResponse
from moto.sns.models import sns_backends

from patches.stock import adds, fault, replaces
from patches.transitions import begin, observe, passing

# RDS User Guide, Amazon RDS event categories and event messages.
CATEGORIES = {
    "db-instance": [
        "availability",
        "backup",
        "configuration change",
        "creation",
        "deletion",
        "failover",
        "failure",
        "low storage",
        "maintenance",
        "notification",
        "read replica",
        "recovery",
        "restoration",
        "security",
        "security patching",
    ],
    "db-cluster": [
        "configuration change",
        "creation",
        "failover",
        "failure",
        "maintenance",
        "notification",
        "read replica",
    ],
    "db-proxy": ["configuration change", "creation", "deletion", "failure"],
    "db-parameter-group": ["configuration change"],
    "db-snapshot": ["creation", "deletion", "failure", "notification", "restoration"],
    "db-cluster-snapshot": ["backup", "failure", "notification"],
    "blue-green-deployment": ["creation", "deletion", "failure", "notification"],
    "db-security-group": ["configuration change", "failure"],
}

# 79. A subscription rests in `all-sources-deleted` once none of its sources is left, and
# in `topic-not-exist` without its topic
# (https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/551;
# RDS API, EventSubscription.Status). A living source or topic makes it `active` again.
# Stock: `active` whatever happens.
RESTING = ("active", "all-sources-deleted", "topic-not-exist")


def _settled(self):
    if self.sns_topic_arn not in sns_backends[self.account_id][self.region].topics:
        return "topic-not-exist"
    sources = _sources(self.backend, self.source_type)
    if self.source_ids and sources is not None and not set(self.source_ids) & set(sources):
        return "all-sources-deleted"
    return "active"


EventSubscription.status = property(
    lambda self: passing(self) or _settled(self), lambda self, _settled: None
)


def _sources(backend, source_type):
    """The names that a subscription of the type may list, `None` where moto has none."""
    return {
        "db-instance": backend.databases,
        "db-cluster": backend.clusters,
        "db-proxy": backend.db_proxies,
        "db-parameter-group": backend.db_parameter_groups,
        "db-snapshot": backend.database_snapshots,
        "db-cluster-snapshot": backend.cluster_snapshots,
    }.get(source_type)


def _check_topic(backend, arn):
    parts = (arn or "").split(":")
    if len(parts) != 6 or parts[2] != "sns":
        raise fault("SNSInvalidTopic", f"not an SNS topic: {arn}")
    if arn not in sns_backends[backend.account_id][backend.region_name].topics:
        raise fault("SNSTopicArnNotFound", f"The SNS topic {arn} does not exist.")


def _check_categories(source_type, categories):
    known = CATEGORIES.get(source_type, [c for cs in CATEGORIES.values() for c in cs])
    for category in categories or []:
        if category not in known:
            raise fault(
                "SubscriptionCategoryNotFound",
                f"The category {category} does not exist for {source_type}.",
            )


def _check_source(backend, source_type, name):
    if source_type is None:
        raise fault(
            "InvalidParameterCombination", "SourceType is required where SourceIds are given."
        )
    sources = _sources(backend, source_type)
    if sources is not None and name not in sources:
        raise fault("SourceNotFound", f"No {source_type} named {name} was found.")


def _subscription(backend, name):
    """The subscription, if it takes changes now."""
    subscription = next(iter(backend.describe_event_subscriptions(name)))
    if subscription.status not in RESTING:
        raise fault(
            "InvalidEventSubscriptionState",
            f"The subscription {name} is in state {subscription.status}.",
        )
    return subscription


# 46. Topic, sources and categories must exist, and a subscription is enabled unless the
# request says otherwise (RDS API, CreateEventSubscription). Stock: nothing is checked,
# disabled by default, `active` at once.
@replaces(RDSBackend, "create_event_subscription")
def create_event_subscription(stock, self, kwargs):
    request = dict(kwargs)
    if request["subscription_name"] not in self.event_subscriptions:
        _check_topic(self, request.get("sns_topic_arn"))
        _check_categories(request.get("source_type"), request.get("event_categories"))
        for name in request.get("source_ids") or []:
            _check_source(self, request.get("source_type"), name)
    if request.get("enabled") is None:
        request["enabled"] = True
    subscription = stock(self, request)
    subscription.source_ids = list(subscription.source_ids or [])
    begin(subscription, "creating")
    return subscription


# 47. ModifyEventSubscription changes everything but the source ids. Stock: not
# implemented.
@adds(RDSResponse)
def modify_event_subscription(self):
    params = self.params
    subscription = _subscription(self.backend, params["SubscriptionName"])
    source_type = params.get("SourceType") or subscription.source_type
    if params.get("SnsTopicArn"):
        _check_topic(self.backend, params["SnsTopicArn"])
        subscription.sns_topic_arn = params["SnsTopicArn"]
    if params.get("EventCategories") is not None:
        _check_categories(source_type, params["EventCategories"])
        subscription.event_categories = list(params["EventCategories"])
    subscription.source_type = source_type
    if params.get("Enabled") is not None:
        subscription.enabled = params["Enabled"]
    begin(subscription, "modifying")
    return ActionResult({"EventSubscription": subscription})


# 48. Source ids come and go one at a time. Stock: not implemented.
@adds(RDSResponse)
def add_source_identifier_to_subscription(self):
    subscription = _subscription(self.backend, self.params["SubscriptionName"])
    name = self.params["SourceIdentifier"]
    _check_source(self.backend, subscription.source_type, name)
    if name not in subscription.source_ids:
        subscription.source_ids.append(name)
    begin(subscription, "modifying")
    return ActionResult({"EventSubscription": subscription})


@adds(RDSResponse)
def remove_source_identifier_from_subscription(self):
    subscription = _subscription(self.backend, self.params["SubscriptionName"])
    name = self.params["SourceIdentifier"]
    if name not in subscription.source_ids:
        raise fault("SourceNotFound", f"{name} is not a source of the subscription.")
    subscription.source_ids.remove(name)
    begin(subscription, "modifying")
    return ActionResult({"EventSubscription": subscription})


@replaces(RDSResponse, "describe_event_subscriptions")
def describe_event_subscriptions(stock, self):
    wanted = self.params.get("SubscriptionName")
    for name, subscription in self.backend.event_subscriptions.items():
        if wanted in (None, name):
            observe(subscription)
    return stock(self)


# 49. DescribeEventCategories. Stock: not implemented.
@adds(RDSResponse)
def describe_event_categories(self):
    wanted = self.params.get("SourceType")
    maps = [
        {"SourceType": source_type, "EventCategories": categories}
        for source_type, categories in CATEGORIES.items()
        if wanted in (None, source_type)
    ]
    return ActionResult({"EventCategoriesMapList": maps})
