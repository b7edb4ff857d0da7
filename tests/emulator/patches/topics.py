"""SNS topics and their subscriptions."""

import re

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from patches.stock import is_true, replaces

BY_HAND = ("email", "email-json")


# 60. A subscriber by e-mail has to confirm; until then there is no ARN (SNS API,
# Subscribe and ListSubscriptionsByTopic). Nobody ever confirms here. Stock: confirmed at
# once.
@replaces(SNSResponse, "subscribe")
def subscribe(stock, self):
    answer = stock(self)
    wants_arn = is_true(self._get_param("ReturnSubscriptionArn"))
    if self._get_param("Protocol") in BY_HAND and not wants_arn:
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return answer


def _masked(endpoint):
    """The endpoint without its password."""
    return re.sub(r"^(https?://[^/@:]*):[^/@]*@", r"\1:****@", endpoint)


# 78. The password in an HTTP endpoint is shown as `****`
# (https://github.com/hashicorp/terraform-provider-aws/issues/463). Stock: as sent.
def _shown(subscription):
    pending = subscription.protocol in BY_HAND
    return {
        "SubscriptionArn": "PendingConfirmation" if pending else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": _masked(subscription.endpoint),
        "TopicArn": subscription.topic_arn,
    }


@replaces(SNSResponse, "list_subscriptions_by_topic")
def list_subscriptions_by_topic(stock, self):
    answer = stock(self)
    answer.result["Subscriptions"] = [_shown(s) for s in answer.result["Subscriptions"]]
    return answer


@replaces(SNSResponse, "list_subscriptions")
def list_subscriptions(stock, self):
    answer = stock(self)
    answer.result["Subscriptions"] = [_shown(s) for s in answer.result["Subscriptions"]]
    return answer


# 61. Making a topic again is fine with the same tags only (SNS API, CreateTopic). Stock:
# ignores other tags.
@replaces(SNSBackend, "create_topic")
def create_topic(stock, self, name, attributes=None, tags=None):
    topic = stock(self, name, attributes, tags)
    if tags and topic._tags != tags:
        raise SNSInvalidParameter(
            "Invalid parameter: Tags Reason: Topic already exists with different tags"
        )
    return topic
