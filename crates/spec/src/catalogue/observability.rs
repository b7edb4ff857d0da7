//! Monitoring, alarms and events.

use super::Entry;
use crate::diagnostic::Severity;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "PGHA027",
        severity: Severity::Warning,
        title: "An alarm that is never or always reached",
        what: "The threshold of an alarm on connections is above `max_connections`, or below half of it; or a metric has no values on one side of the threshold, such as more than 100 %, or less lag than a replica is late on purpose.",
        why: "It never goes off, or goes off on a quiet day.",
        fix: "Write 80 to 95 % of `max_connections`, or a threshold within what the metric can be; or nothing for the recommended one.",
        example: r"[parameters]
max_connections = 200

[alerting.alarms.connections]
threshold = 180",
        source: "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>",
    },
    Entry {
        code: "PGHA069",
        severity: Severity::Error,
        title: "A FIFO topic",
        what: "The topic is a FIFO topic, and RDS's events shall be told, or others than queues.",
        why: "CloudWatch publishes alarms to FIFO topics, but RDS refuses them for its events, and SNS delivers from them to queues only.",
        fix: "Name a standard topic. One for alarms alone can be FIFO: `events = []`, and no subscribers but queues.",
        example: r#"[alerting]
topic = "arn:aws:sns:us-east-1:123456789012:alerts""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateEventSubscription.html>; <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>; <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html>",
    },
    Entry {
        code: "PGHA070",
        severity: Severity::Warning,
        title: "No Enhanced Monitoring",
        what: "The interval is 0.",
        why: "Nobody sees what the operating system does.",
        fix: "Write 60s.",
        example: r#"[monitoring]
interval = "60s""#,
        source: "Security Hub RDS.6: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA071",
        severity: Severity::Error,
        title: "An interval that RDS does not know",
        what: "The interval is none of 0, 1, 5, 10, 15, 30 and 60 seconds.",
        why: "RDS rejects the call.",
        fix: "Write one of them.",
        example: r#"[monitoring]
interval = "60s""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>",
    },
    Entry {
        code: "PGHA072",
        severity: Severity::Warning,
        title: "Logs stay on the instance",
        what: "The `postgresql` or the `upgrade` log is not exported.",
        why: "It is lost with the instance. RDS deletes the `postgresql` log after three days, or after one to seven by `rds.log_retention_period`.",
        fix: "Export both.",
        example: r#"[monitoring]
log_exports = ["postgresql", "upgrade"]"#,
        source: "Security Hub RDS.9, RDS.36: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.overview.parameter-groups.html>",
    },
    Entry {
        code: "PGHA073",
        severity: Severity::Warning,
        title: "No Database Insights",
        what: "The mode is off.",
        why: "Nobody sees which statement loads the database.",
        fix: "Write standard; seven days are free.",
        example: r#"[monitoring]
insights = { mode = "standard" }"#,
        source: "Checkov CKV_AWS_353: <https://www.checkov.io/5.Policy%20Index/all.html>",
    },
    Entry {
        code: "PGHA074",
        severity: Severity::Error,
        title: "A retention that Database Insights does not have",
        what: "The retention is not 7, a multiple of 31 up to 713, or 731; or less than 465 in the advanced mode.",
        why: "RDS rejects the call.",
        fix: "Write one of them.",
        example: r#"[monitoring]
insights = { mode = "advanced", retention = "465 days" }"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.TurningOnAdvanced.html>",
    },
    Entry {
        code: "PGHA076",
        severity: Severity::Warning,
        title: "An important alarm is off",
        what: "A recommended alarm that everybody needs is off.",
        why: "An outage would come as a surprise.",
        fix: "Change its threshold instead.",
        example: r"[alerting.alarms.cpu]
threshold = 95",
        source: "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html>",
    },
    Entry {
        code: "PGHA077",
        severity: Severity::Warning,
        title: "An alarm on lag that an idle primary sets off",
        what: "The threshold is below 300 s with fewer than ten datapoints.",
        why: "On an idle primary the lag grows to 300 s, though nothing is behind.",
        fix: "Write 300 or more, or look at ten datapoints.",
        example: r"[alerting.alarms.replica-lag]
threshold = 300",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html>",
    },
    Entry {
        code: "PGHA078",
        severity: Severity::Error,
        title: "A period that CloudWatch does not have",
        what: "The period is not 10, 20 or 30 s or whole minutes.",
        why: "CloudWatch rejects the call.",
        fix: "Write 60s.",
        example: r#"[[alarm]]
name = "swap"
metric = "SwapUsage"
period = "60s"
threshold = 268435456"#,
        source: "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>",
    },
    Entry {
        code: "PGHA079",
        severity: Severity::Error,
        title: "An unknown event category",
        what: "Instances have no events of that category.",
        why: "RDS rejects the subscription.",
        fix: "Correct the category.",
        example: r#"[alerting]
events = ["failover", "failure"]"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html>",
    },
    Entry {
        code: "PGHA080",
        severity: Severity::Warning,
        title: "Important events are not told",
        what: "`events` misses categories that tell of outages.",
        why: "A failover or a full volume would go unnoticed.",
        fix: "Delete `events`, or add them.",
        example: r#"[alerting]
emails = ["oncall@example.com"]"#,
        source: "Security Hub RDS.20: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA115",
        severity: Severity::Warning,
        title: "Nobody is told",
        what: "There is no e-mail address and no subscription.",
        why: "Alarms go off unheard.",
        fix: "Add an address.",
        example: r#"[alerting]
emails = ["oncall@example.com"]"#,
        source: "Security Hub CloudWatch.15: <https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html>",
    },
    Entry {
        code: "PGHA128",
        severity: Severity::Error,
        title: "An unknown log",
        what: "RDS for PostgreSQL does not export a log of that name.",
        why: "RDS rejects the call. The user guide has `iam-db-auth-error` among the logs that are exported, and the API reference lists only the other two.",
        fix: "Write postgresql, upgrade or iam-db-auth-error; where RDS refuses the last, delete it.",
        example: r#"[monitoring]
log_exports = ["postgresql", "upgrade"]"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CloudwatchLogsExportConfiguration.html>",
    },
    Entry {
        code: "PGHA129",
        severity: Severity::Error,
        title: "An ARN of the wrong region",
        what: "A topic, a secret, a rotating function, what an alarm tells, or a told queue or function is in another region than those where it is used, or in another partition than that region's.",
        why: "Alarms, events, proxies and rotations reach their own region only, and a queue or a function is told by the topic of its own.",
        fix: "Name one of the right region.",
        example: r#"[alerting.regions.us-west-2]
topic = "arn:aws:sns:us-west-2:123456789012:alerts""#,
        source: "<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>; <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>; <https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-function-customizing.html>",
    },
    Entry {
        code: "PGHA130",
        severity: Severity::Error,
        title: "Not an endpoint",
        what: "The endpoint does not fit its protocol: it is no e-mail address, no URL with a host of the internet, no number, not the ARN of a queue or a function, or the one of a FIFO queue behind a standard topic.",
        why: "SNS rejects the subscription.",
        fix: "Correct it.",
        example: r#"[alerting]
subscriptions = [{ protocol = "https", endpoint = "https://pager.example.com/rds" }]"#,
        source: "<https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>; <https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html>; <https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html>; <https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2>",
    },
    Entry {
        code: "PGHA139",
        severity: Severity::Error,
        title: "A password in an endpoint",
        what: "The URL of a subscription has a user or a password in it.",
        why: "Whoever reads the repository, its history, a plan or the topic's subscriptions has it. SNS returns it as `****`, so that the subscription could not be recognised.",
        fix: "Change the password, and subscribe something that needs none: an endpoint that checks SNS's signature, a queue or a function.",
        example: r#"[alerting]
subscriptions = [{ protocol = "https", endpoint = "https://pager.example.com/rds" }]"#,
        source: "<https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>; <https://github.com/hashicorp/terraform-provider-aws/issues/463>",
    },
    Entry {
        code: "PGHA140",
        severity: Severity::Warning,
        title: "A token in an endpoint",
        what: "The URL of a subscription has a query, or more behind its host than words such as `/rds` or `/services`. That may be a token: chats and pagers know by it who may post. pgha hides it in plans, messages and logs, where `****#` and a short digest stand for it.",
        why: "Whoever reads the repository, its history or the topic's subscriptions can use it.",
        fix: "If it is a token, keep it in a secret that a Lambda function reads, and subscribe the function; otherwise accept the finding in `[guard]`.",
        example: r#"[alerting]
subscriptions = [{ protocol = "lambda", endpoint = "arn:aws:lambda:us-east-1:123456789012:function:alerts" }]"#,
        source: "<https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html>; <https://github.com/hashicorp/terraform-provider-aws/issues/46135>",
    },
    Entry {
        code: "PGHA151",
        severity: Severity::Warning,
        title: "A chat that never confirms",
        what: "A subscription is the webhook of a chat: Slack, Teams, Discord or Google Chat.",
        why: "SNS sends an endpoint nothing but a request to confirm until somebody opens the address in it. These webhooks take messages of their own form alone, and answer the request with an error: the subscription stays unconfirmed, and nobody is told.",
        fix: "Let Amazon Q Developer in chat applications (formerly AWS Chatbot) read the topic, or subscribe a Lambda function that posts to the chat.",
        example: r#"[alerting]
subscriptions = [{ protocol = "lambda", endpoint = "arn:aws:lambda:us-east-1:123456789012:function:to-slack" }]"#,
        source: "<https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html>; <https://docs.aws.amazon.com/chatbot/latest/adminguide/what-is.html>",
    },
    Entry {
        code: "PGHA154",
        severity: Severity::Advice,
        title: "A region whose alarms reach no function",
        what: "A Lambda function or a queue is subscribed in one region, and the cluster has a database in another one, where none is.",
        why: "Alarms and events go to the topic of their own region, and a topic tells only functions and queues that are there: a chat that the function posts to hears nothing of that replica.",
        fix: "Subscribe a function or a queue in each region that has a database; or accept the finding in `[guard]` where e-mail is enough.",
        example: r#"[alerting]
subscriptions = [
    { protocol = "lambda", endpoint = "arn:aws:lambda:us-east-1:123456789012:function:to-slack" },
    { protocol = "lambda", endpoint = "arn:aws:lambda:us-west-2:123456789012:function:to-slack" },
]"#,
        source: "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>; <https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html>",
    },
    Entry {
        code: "PGHA147",
        severity: Severity::Warning,
        title: "A period shorter than the metric's",
        what: "An alarm on a metric of RDS has a period of 10, 20 or 30 s.",
        why: "RDS sends its metrics each minute: most datapoints are missing, so that the alarm often has insufficient data, and it is charged as one of high resolution.",
        fix: "Write 60s.",
        example: r#"[alerting.alarms.cpu]
period = "60s""#,
        source: "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/monitoring-cloudwatch.html>",
    },
    Entry {
        code: "PGHA158",
        severity: Severity::Warning,
        title: "A statistic that alarms may not take",
        what: "An alarm has a statistic between bounds that CloudWatch has for metrics, such as `TM(2%:98%)`, `TS(80%:)` or `TM(150:1000)`. For alarms AWS documents two percentages from 10 to 90 only.",
        why: "CloudWatch may refuse the alarm, after everything else has been made.",
        fix: "Write bounds from 10% to 90%; or accept the finding in [guard] where CloudWatch has taken it.",
        example: r#"[[alarm]]
name = "slow-reads"
metric = "ReadLatency"
statistic = "TM(10%:90%)"
threshold = 0.05"#,
        source: "<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>; <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>",
    },
];
