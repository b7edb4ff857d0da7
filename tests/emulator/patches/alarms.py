"""CloudWatch alarms."""

from moto.cloudwatch.exceptions import ResourceNotFoundException
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse

from patches.stock import replaces

PAGE = 50


# 18. A new alarm is INSUFFICIENT_DATA and a changed one keeps its state. 53. Tags of
# PutMetricAlarm count for a new alarm only (CloudWatch API, PutMetricAlarm). Stock: `OK`,
# and tags are added each time.
@replaces(CloudWatchBackend, "put_metric_alarm")
def put_metric_alarm(stock, self, name, **kwargs):
    old = self.alarms.get(name)
    if old is not None:
        kwargs["tags"] = None
    alarm = stock(self, name=name, **kwargs)
    if old is None:
        alarm.state_value = "INSUFFICIENT_DATA"
        alarm.state_reason = "Unchecked: Initial alarm creation"
    else:
        alarm.state_value, alarm.state_reason = old.state_value, old.state_reason
    return alarm


# 54. A deleted alarm's tags go with it. Stock: an alarm made later under the name has
# them.
@replaces(CloudWatchBackend, "delete_alarms")
def delete_alarms(stock, self, alarm_names):
    for name in alarm_names:
        if name in self.alarms:
            self.tagger.delete_all_tags_for_resource(self.alarms[name].alarm_arn)
    return stock(self, alarm_names)


# 55. The tags of an alarm that is not there are ResourceNotFoundException (CloudWatch
# API, ListTagsForResource). Stock: no tags, no error.
@replaces(CloudWatchBackend, "list_tags_for_resource")
def list_tags_for_resource(stock, self, arn):
    if ":alarm:" in arn and arn not in {alarm.alarm_arn for alarm in self.alarms.values()}:
        raise ResourceNotFoundException()
    return stock(self, arn)


# 56. Removing tags from an alarm without any is fine (CloudWatch API, UntagResource).
# Stock: ResourceNotFoundException.
@replaces(CloudWatchBackend, "untag_resource")
def untag_resource(stock, self, arn, tag_keys):
    self.list_tags_for_resource(arn)
    if arn in self.tagger.tags:
        stock(self, arn, tag_keys)


# 19. DescribeAlarms pages: 50 by default, 100 at most (CloudWatch API,
# DescribeAlarms.MaxRecords). Stock: everything at once.
@replaces(CloudWatchResponse, "describe_alarms")
def describe_alarms(stock, self):
    answer = stock(self)
    size = int(self._get_param("MaxRecords") or PAGE)
    start = int(self._get_param("NextToken") or 0)
    alarms = list(answer.result["MetricAlarms"])
    answer.result["MetricAlarms"] = alarms[start : start + size]
    if start + size < len(alarms):
        answer.result["NextToken"] = str(start + size)
    return answer
