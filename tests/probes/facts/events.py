"""Event subscriptions, topics and alarms: free, or cents."""

from facts.catalog import API
from kit.account import attempt
from kit.probe import Probe, Seen

SNS = "https://docs.aws.amazon.com/sns/latest/api/"
CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"
# How long AWS is given to notice that something is gone.
NOTICED_WITHIN = 15


def _subscribe(stage, what, topic, group):
    """An active subscription to a parameter group's events."""
    name = stage.name(what)
    stage.make(
        "event-subscription",
        name,
        stage.rds.create_event_subscription,
        SubscriptionName=name,
        SnsTopicArn=topic,
        SourceType="db-parameter-group",
        SourceIds=[group],
        EventCategories=["configuration change"],
        Tags=stage.tags(),
    )
    _until(stage, name, lambda status: status == "active")
    return name


def _status(stage, name):
    shown = stage.rds.describe_event_subscriptions(SubscriptionName=name)
    return shown["EventSubscriptionsList"][0]["Status"]


def _until(stage, name, right):
    """The first status that is right, or the last one that was seen."""
    seen = []

    def look():
        seen.append(_status(stage, name))
        return seen[-1]

    try:
        return stage.account.until(look, right, NOTICED_WITHIN, name)
    except TimeoutError:
        return seen[-1]


class AllSourcesDeleted(Probe):
    id = "all-sources-deleted"
    fact = "a subscription whose last source is deleted rests in all-sources-deleted"
    source = (
        "https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/551"
    )
    believed = "all-sources-deleted"
    otherwise = "pgha takes the word for one that rests; `active` is as good"
    minutes = 18

    def run(self, stage):
        group = stage.parameter_group("source")
        name = _subscribe(stage, "sources", stage.shared("topic"), group)
        stage.rds.delete_db_parameter_group(DBParameterGroupName=group)
        return Seen(_until(stage, name, lambda status: status != "active"))


class SourceRemoved(Probe):
    id = "all-sources-deleted-mended"
    fact = "a living source makes a subscription in all-sources-deleted active again"
    source = (
        "https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/551"
    )
    believed = "active"
    otherwise = "the subscription stays what it is and `status` goes on naming it"
    minutes = 20

    def run(self, stage):
        group, living = stage.parameter_group("source-2"), stage.parameter_group("living")
        name = _subscribe(stage, "mended", stage.shared("topic"), group)
        stage.rds.delete_db_parameter_group(DBParameterGroupName=group)
        before = _until(stage, name, lambda status: status != "active")
        answer, words = attempt(
            stage.rds.add_source_identifier_to_subscription,
            SubscriptionName=name,
            SourceIdentifier=living,
        )
        if answer == "refused":
            return Seen("refused", words)
        return Seen(_until(stage, name, lambda status: status == "active"), f"was {before}")


class TopicGone(Probe):
    id = "topic-not-exist"
    fact = "a subscription whose topic is deleted shows topic-not-exist"
    source = API + "API_EventSubscription.html"
    believed = "topic-not-exist"
    otherwise = "pgha compares the topic itself too, so a missing one is seen either way"
    minutes = 18

    def run(self, stage):
        topic = stage.topic("short-lived")
        name = _subscribe(stage, "topic", topic, stage.shared("parameters"))
        stage.account.client("sns").delete_topic(TopicArn=topic)
        return Seen(_until(stage, name, lambda status: status != "active"))


class MaskedEndpoint(Probe):
    id = "masked-endpoint"
    fact = "SNS shows the password in an https endpoint as ****"
    source = "https://github.com/hashicorp/terraform-provider-aws/issues/463"
    believed = "masked"
    otherwise = "a spec without passwords in its endpoints is compared alike under both answers"

    def run(self, stage):
        sns, topic = stage.account.client("sns"), stage.shared("topic")
        # example.com is reserved for examples (RFC 2606); its operator drops the request.
        endpoint = "https://probe:not-a-secret@example.com/pgha-probe"
        answer, words = attempt(sns.subscribe, TopicArn=topic, Protocol="https", Endpoint=endpoint)
        if answer == "refused":
            return Seen("refused", words)
        shown = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        endpoints = [s["Endpoint"] for s in shown if s["Protocol"] == "https"]
        masked = endpoints and all("not-a-secret" not in e and "****" in e for e in endpoints)
        return Seen("masked" if masked else "other", ", ".join(endpoints))


class AlarmDefaults(Probe):
    id = "alarm-defaults"
    fact = "an alarm that leaves TreatMissingData out reads back as missing or without it"
    source = CLOUDWATCH + "API_PutMetricAlarm.html"
    believed = "missing, or nothing"
    otherwise = "another default would be shown as drift once, and set"
    usd = 0.01

    def run(self, stage):
        cloudwatch, name = stage.account.client("cloudwatch"), stage.name("alarm")
        stage.make("alarm", name, cloudwatch.put_metric_alarm, **_alarm(name), Tags=stage.tags())
        shown = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        value = shown.get("TreatMissingData")
        return Seen(self.believed if value in (None, "missing") else value, str(value))


class AlarmTags(Probe):
    id = "alarm-tags-once"
    fact = "tags in a second PutMetricAlarm of the same alarm are ignored"
    source = CLOUDWATCH + "API_PutMetricAlarm.html"
    believed = "ignored"
    otherwise = "pgha tags existing alarms with TagResource, which is right either way"
    usd = 0.01

    def run(self, stage):
        cloudwatch, name = stage.account.client("cloudwatch"), stage.name("tagged")
        stage.make("alarm", name, cloudwatch.put_metric_alarm, **_alarm(name), Tags=stage.tags())
        again = [*stage.tags(), {"Key": "second", "Value": "put"}]
        cloudwatch.put_metric_alarm(**_alarm(name), Tags=again)
        arn = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]
        tags = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
        return Seen("taken" if "second" in {tag["Key"] for tag in tags} else "ignored")


def _alarm(name):
    return {
        "AlarmName": name,
        "Namespace": "PghaProbe",
        "MetricName": "Nothing",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "ActionsEnabled": False,
    }


PROBES = [
    MaskedEndpoint(),
    AlarmDefaults(),
    AlarmTags(),
    AllSourcesDeleted(),
    SourceRemoved(),
    TopicGone(),
]
