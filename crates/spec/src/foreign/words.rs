//! The table: what others call a section or a key of ours.
//!
//! Terraform's `aws_db_instance`, `aws_rds_cluster`, `aws_db_proxy` and `aws_cloudwatch_metric_alarm`
//! (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance>) name
//! what the RDS API does in another spelling; CloudFormation writes them `DBInstanceClass`
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html>),
//! the CDK `multiAz`
//! (<https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_rds.DatabaseInstanceProps.html>),
//! the command line `--db-instance-class`.

use super::Form;
use super::Meant;
use super::Meant::Here;
use super::Meant::Key;
use super::Meant::Said;

const PARAMETERS: Meant = Said(
    "parameters are lines below [parameters]: `log_statement = \"ddl\"`; pgha makes the groups",
);
const FINAL: Meant =
    Said("`pgha destroy` takes a final snapshot unless it is told `--skip-final-snapshot`");
const DR: Meant = Said(
    "a replica in another region is `[[replica]]` with `name` and `region`; a copy of the backups there is `replicate_to` in [backup]",
);
const CHAT: Meant = Said(
    "the topic of [alerting] reaches a chat through Amazon Q Developer in chat applications, or through a Lambda function in `subscriptions`: see `pgha explain PGHA151`",
);
const PAGER: Meant = Said(
    "who is told by a URL is one of `subscriptions` in [alerting]: `{ protocol = \"https\", endpoint = \"…\" }`; where its URL is a key, see `pgha explain PGHA140`",
);
const REPLICAS: Meant = Said(
    "each replica is a section of its own: `[[replica]]` with a `name`; `source` names another replica",
);
const SUBNET_GROUP: Meant = Said(
    "pgha makes the subnet group: `subnets` of [network] names its subnets, `\"all\"`, by id or by tag",
);
const DATABASE: Meant = Said(
    "its name and region are in [cluster], its version and class in [engine], its volume in [storage], and its master user in [credentials]",
);
const NETWORK: Meant = Said(
    "who may connect is `allow` of [network]; existing groups are `extra_security_groups` there",
);
const POSTGRES: &str = "pgha keeps PostgreSQL alone: [engine] has its `version` and `class`";
const GROWS: Meant = Said("the volume grows by itself up to `max_size`; `\"off\"` is never");
const CONTINUOUS: Meant = Said(
    "any second of the days of `retention` in [backup] can be restored, unless that is `\"off\"`",
);
const TAG: Meant =
    Said("what is written on every resource is a tag: `tags` of [cluster], a table of texts");
const POOL: Meant = Said(
    "a pool of connections before the database is [proxy]; `max_connections` there is a share of the database's",
);
const SQL: Meant = Said(
    "what is within the database is made with SQL; the libraries of extensions are `shared_preload_libraries` in [parameters], and who logs in with IAM tokens is `users` of [iam]",
);
const FAILOVER: Meant =
    Said("RDS fails over by itself: to what is `topology` of [cluster], and `[[replica]]`");
const ROLES: Meant = Said("pgha makes the roles that the cluster needs");
const ON: Meant = Said("a section that is there is on: to turn it off, take it out");
const TERRAFORM: Meant = Said(
    "this is a spec of pgha, not of Terraform: one file describes one cluster; `specs/minimal.toml` is the shortest",
);

const KMS: &str = "\"arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001\"";
const INSIGHTS_KEY: &str =
    "{ kms_key = \"arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001\" }";
const TOPIC: &str = "\"arn:aws:sns:us-east-1:123456789012:alerts\"";
const SECRETS: &str =
    "[\"arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/app-AbCdEf\"]";
const ROTATION: &str =
    "{ days = 30, function = \"arn:aws:lambda:us-east-1:123456789012:function:rotate\" }";
const GROUPS: &str = "[\"sg-0123456789abcdef0\"]";
const SUBNETS: &str = "[\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"]";
const WEEKLY: &str = "\"sun:04:00-sun:05:00\"";
const DAILY: &str = "\"03:00-04:00\"";
const LOGS: &str = "[\"postgresql\", \"upgrade\"]";
const CLASS: &str = "\"db.r6g.large\"";

const STANDBY: Form = Form::Word(&[("true", "\"multi-az-instance\""), ("false", "\"single-az\"")]);
const AT_ONCE: Form = Form::Word(&[("true", "\"immediately\""), ("false", "\"in-window\"")]);
const BY_RDS: Form = Form::Word(&[("true", "\"rds\""), ("false", "\"pgha\"")]);
const SUPPORT: Form = Form::Word(&[
    ("open_source_rds_extended_support", "true"),
    ("open_source_rds_extended_support_disabled", "false"),
]);
const INSIGHTS: Form =
    Form::Word(&[("true", "{ mode = \"standard\" }"), ("false", "{ mode = \"off\" }")]);
const SAMPLES: Form = Form::Word(&[("true", "\"60s\""), ("false", "\"off\"")]);
const TOKENS: Form =
    Form::Word(&[("required", "\"iam\""), ("enabled", "\"iam\""), ("disabled", "\"secrets\"")]);
const COMPARISON: Form = Form::Word(&[
    ("greater_than_threshold", "\"above\""),
    ("greater_than_or_equal_to_threshold", "\"at-least\""),
    ("less_than_threshold", "\"below\""),
    ("less_than_or_equal_to_threshold", "\"at-most\""),
]);
const GAPS: Form = Form::Word(&[
    ("missing", "\"missing\""),
    ("ignore", "\"ignore\""),
    ("breaching", "\"breaching\""),
    ("not_breaching", "\"not-breaching\""),
]);
const RETENTION: Form = Form::In("retention", &Form::Days);
const KEY: Form = Form::In("kms_key", &Form::Text);
const MODE: Form = Form::In("mode", &Form::Small);

/// A word may mean different things in different sections: the row of the section where it stands
/// is the one, and otherwise the first.
#[rustfmt::skip]
pub(super) const WORDS: &[(&str, Meant)] = &[
    // Which cluster it is.
    ("database", DATABASE),
    ("db", DATABASE),
    ("rds", DATABASE),
    ("instance", DATABASE),
    ("db_instance", DATABASE),
    ("postgres", DATABASE),
    ("postgresql", DATABASE),
    ("primary", DATABASE),
    ("writer", DATABASE),
    ("security", NETWORK),
    ("security_group", NETWORK),
    ("identifier", Key("cluster", "name", Form::Text, "\"orders\"")),
    ("identifier", Key("replica", "name", Form::Text, "\"read-1\"")),
    ("instance_identifier", Key("cluster", "name", Form::Text, "\"orders\"")),
    ("db_instance_identifier", Key("cluster", "name", Form::Text, "\"orders\"")),
    ("db_instance_identifier", Key("replica", "name", Form::Text, "\"read-1\"")),
    ("cluster_identifier", Key("cluster", "name", Form::Text, "\"orders\"")),
    ("db_cluster_identifier", Key("cluster", "name", Form::Text, "\"orders\"")),
    ("cluster_name", Key("cluster", "name", Form::Text, "\"orders\"")),
    ("name", Here("proxy", "the proxy is called `{cluster}-proxy`; another endpoint of it is `[[proxy.endpoint]]` with a `name`")),
    ("name", Here("engine", POSTGRES)),
    ("name", Key("cluster", "name", Form::Text, "\"orders\"")),
    ("aws_region", Key("cluster", "region", Form::Text, "\"us-east-1\"")),
    ("aws_region", Key("replica", "region", Form::Text, "\"us-east-1\"")),
    ("account_id", Key("cluster", "account", Form::Text, "\"123456789012\"")),
    ("aws_account_id", Key("cluster", "account", Form::Text, "\"123456789012\"")),
    ("multi_az", Key("cluster", "topology", STANDBY, "\"multi-az-instance\"")),
    ("ha", Key("cluster", "topology", STANDBY, "\"multi-az-instance\"")),
    ("high_availability", Key("cluster", "topology", STANDBY, "\"multi-az-instance\"")),
    ("deletion_protection", Key("cluster", "deletion_protection", Form::Switch, "true")),
    ("tags", Key("cluster", "tags", Form::Same, "{ team = \"payments\" }")),
    ("environment", TAG),
    ("env", TAG),
    ("team", TAG),
    ("owner", TAG),
    ("default_tags", Key("cluster", "tags", Form::Same, "{ team = \"payments\" }")),
    // What it runs on.
    ("engine", Said(POSTGRES)),
    ("type", Here("engine", POSTGRES)),
    ("engine_version", Key("engine", "version", Form::Text, "\"16\"")),
    ("major_engine_version", Key("engine", "version", Form::Text, "\"16\"")),
    ("postgres_version", Key("engine", "version", Form::Text, "\"16\"")),
    ("instance_class", Key("engine", "class", Form::Text, CLASS)),
    ("instance_class", Key("replica", "class", Form::Text, CLASS)),
    ("db_instance_class", Key("engine", "class", Form::Text, CLASS)),
    ("db_instance_class", Key("replica", "class", Form::Text, CLASS)),
    ("db_cluster_instance_class", Key("engine", "class", Form::Text, CLASS)),
    ("instance_type", Key("engine", "class", Form::Text, CLASS)),
    ("instance_type", Key("replica", "class", Form::Text, CLASS)),
    ("db_name", Key("engine", "database", Form::Text, "\"app\"")),
    ("dbname", Key("engine", "database", Form::Text, "\"app\"")),
    ("database_name", Key("engine", "database", Form::Text, "\"app\"")),
    ("port", Here("proxy", "a proxy always listens on port 5432")),
    ("port", Key("engine", "port", Form::Whole, "5432")),
    ("iam_database_authentication_enabled", Key("engine", "iam_auth", Form::Switch, "true")),
    ("enable_iam_database_authentication", Key("engine", "iam_auth", Form::Switch, "true")),
    ("iam_authentication", Key("engine", "iam_auth", Form::Switch, "true")),
    ("iam_auth", Key("proxy", "auth", TOKENS, "\"iam\"")),
    ("ca_cert_identifier", Key("engine", "ca_certificate", Form::Text, "\"rds-ca-rsa2048-g1\"")),
    ("ca_certificate_identifier", Key("engine", "ca_certificate", Form::Text, "\"rds-ca-rsa2048-g1\"")),
    ("engine_lifecycle_support", Key("engine", "lifecycle_support", SUPPORT, "true")),
    ("allow_major_version_upgrade", Said("another major `version` in [engine] is asked for and shown by `pgha plan`; nothing allows it beforehand")),
    ("license_model", Said(POSTGRES)),
    // Its volume.
    ("allocated_storage", Key("storage", "size", Form::Size, "\"200 GiB\"")),
    ("allocated_storage", Key("replica", "storage", Form::In("size", &Form::Size), "{ size = \"150 GiB\" }")),
    ("disk_size", Key("storage", "size", Form::Size, "\"200 GiB\"")),
    ("max_allocated_storage", Key("storage", "max_size", Form::Size, "\"400 GiB\"")),
    ("max_allocated_storage", Key("replica", "storage", Form::In("max_size", &Form::Size), "{ max_size = \"400 GiB\" }")),
    ("storage_type", Key("storage", "type", Form::Small, "\"gp3\"")),
    ("storage_type", Key("replica", "storage", Form::In("type", &Form::Small), "{ type = \"gp3\" }")),
    ("volume_type", Key("storage", "type", Form::Small, "\"gp3\"")),
    ("storage_throughput", Key("storage", "throughput", Form::Whole, "500")),
    ("provisioned_iops", Key("storage", "iops", Form::Whole, "12000")),
    ("autoscaling", GROWS),
    ("storage_autoscaling", GROWS),
    ("storage_encrypted", Key("storage", "encrypted", Form::Switch, "true")),
    ("encryption", Key("storage", "encrypted", Form::Switch, "true")),
    ("kms_key_id", Key("storage", "kms_key", Form::Text, KMS)),
    ("kms_key_id", Key("replica", "kms_key", Form::Text, KMS)),
    ("kms_key_id", Key("credentials", "kms_key", Form::Text, KMS)),
    ("kms_key_id", Key("alerting", "kms_key", Form::Text, KMS)),
    ("kms_key_arn", Key("storage", "kms_key", Form::Text, KMS)),
    ("storage_encryption_key", Key("storage", "kms_key", Form::Text, KMS)),
    // Its master user.
    ("username", Key("credentials", "username", Form::Text, "\"keeper\"")),
    ("user", Key("credentials", "username", Form::Text, "\"keeper\"")),
    ("master_username", Key("credentials", "username", Form::Text, "\"keeper\"")),
    ("master_user", Key("credentials", "username", Form::Text, "\"keeper\"")),
    ("manage_master_user_password", Key("credentials", "manage", BY_RDS, "\"rds\"")),
    ("master_user_secret_kms_key_id", Key("credentials", "kms_key", Form::Text, KMS)),
    ("rotation", Key("credentials", "rotation", Form::Same, ROTATION)),
    ("rotate", Key("credentials", "rotation", Form::Example, ROTATION)),
    ("password_rotation", Key("credentials", "rotation", Form::Example, ROTATION)),
    ("rotation_days", Key("credentials", "rotation", Form::Example, ROTATION)),
    // Its network.
    ("publicly_accessible", Key("network", "public", Form::Switch, "true")),
    ("vpc_id", Key("network", "vpc", Form::Text, "\"vpc-0123456789abcdef0\"")),
    ("vpc_security_group_ids", Key("network", "extra_security_groups", Form::List, GROUPS)),
    ("vpc_security_group_ids", Key("replica", "extra_security_groups", Form::List, GROUPS)),
    ("vpc_security_group_ids", Here("proxy", "the proxy has the groups of [network]: `security_groups` there is `single` or `chain`")),
    ("vpc_security_groups", Key("network", "extra_security_groups", Form::List, GROUPS)),
    ("security_group_ids", Key("network", "extra_security_groups", Form::List, GROUPS)),
    ("security_group_ids", Key("replica", "extra_security_groups", Form::List, GROUPS)),
    ("subnet_ids", Key("network", "subnets", Form::List, SUBNETS)),
    ("vpc_subnet_ids", Key("network", "subnets", Form::List, SUBNETS)),
    ("vpc_subnets", Key("network", "subnets", Form::List, SUBNETS)),
    ("db_subnet_group_name", SUBNET_GROUP),
    ("db_subnet_group", SUBNET_GROUP),
    ("subnet_group", SUBNET_GROUP),
    ("subnet_group_name", SUBNET_GROUP),
    ("allowed_cidr_blocks", Key("network", "allow", Form::List, "[\"10.0.0.0/16\"]")),
    ("allowed_cidrs", Key("network", "allow", Form::List, "[\"10.0.0.0/16\"]")),
    ("cidr_blocks", Key("network", "allow", Form::List, "[\"10.0.0.0/16\"]")),
    ("ingress", Key("network", "allow", Form::List, "[\"10.0.0.0/16\"]")),
    ("allowed_security_groups", Key("network", "allow", Form::List, GROUPS)),
    ("availability_zone", Key("replica", "zone", Form::Text, "\"us-east-1b\"")),
    ("az", Key("replica", "zone", Form::Text, "\"us-east-1b\"")),
    ("availability_zones", Said("the zones follow from `subnets` of [network]; a replica's is its `zone`")),
    // Backups and windows.
    ("backup_retention_period", Key("backup", "retention", Form::Days, "\"14 days\"")),
    ("backup_retention_period", Key("replica", "backup_retention", Form::Days, "\"14 days\"")),
    ("backup_retention", Key("backup", "retention", Form::Days, "\"14 days\"")),
    ("retention_period", Key("backup", "retention", Form::Days, "\"14 days\"")),
    ("retention_days", Key("backup", "retention", Form::Days, "\"14 days\"")),
    ("backup_window", Key("backup", "window", Form::Small, DAILY)),
    ("preferred_backup_window", Key("backup", "window", Form::Small, DAILY)),
    ("preferred_backup_window", Key("replica", "backup_window", Form::Small, DAILY)),
    ("copy_tags_to_snapshot", Key("backup", "copy_tags", Form::Switch, "true")),
    ("maintenance_window", Key("maintenance", "window", Form::Small, WEEKLY)),
    ("preferred_maintenance_window", Key("maintenance", "window", Form::Small, WEEKLY)),
    ("preferred_maintenance_window", Key("replica", "maintenance_window", Form::Small, WEEKLY)),
    ("apply_immediately", Key("maintenance", "apply", AT_ONCE, "\"immediately\"")),
    ("auto_minor_version_upgrade", Key("maintenance", "auto_minor", Form::Switch, "true")),
    ("cross_region", DR),
    ("pitr", CONTINUOUS),
    ("point_in_time_recovery", CONTINUOUS),
    ("skip_final_snapshot", FINAL),
    ("final_snapshot_identifier", FINAL),
    ("final_snapshot_identifier_prefix", FINAL),
    ("removal_policy", FINAL),
    ("deletion_policy", FINAL),
    ("delete_automated_backups", Said("`pgha destroy` keeps what RDS keeps")),
    ("snapshot_identifier", Said("restore the snapshot with `aws rds restore-db-instance-from-db-snapshot` under the name that the plan has, then take it over with --allow adopt:db-instance/NAME")),
    ("db_snapshot_identifier", Key("snapshot", "name", Form::Text, "\"baseline\"")),
    // Parameters.
    ("parameter_group_name", PARAMETERS),
    ("db_parameter_group_name", PARAMETERS),
    ("db_cluster_parameter_group_name", PARAMETERS),
    ("db_parameter_group", PARAMETERS),
    ("parameter", PARAMETERS),
    ("family", PARAMETERS),
    ("parameter_group", PARAMETERS),
    ("option_group_name", Said("PostgreSQL on RDS has no option groups to set: extensions are made with SQL, and libraries are `shared_preload_libraries` in [parameters]")),
    // Monitoring.
    ("enabled_cloudwatch_logs_exports", Key("monitoring", "log_exports", Form::List, LOGS)),
    ("enable_cloudwatch_logs_exports", Key("monitoring", "log_exports", Form::List, LOGS)),
    ("cloudwatch_logs_exports", Key("monitoring", "log_exports", Form::List, LOGS)),
    ("monitoring_interval", Key("monitoring", "interval", Form::Duration, "\"60s\"")),
    ("monitoring_interval", Key("replica", "monitoring", Form::In("interval", &Form::Duration), "{ interval = \"60s\" }")),
    ("monitoring_role_arn", Said("pgha makes the role for `interval` of [monitoring]")),
    ("create_monitoring_role", ROLES),
    ("logs", Key("monitoring", "log_exports", Form::List, LOGS)),
    ("log_types", Key("monitoring", "log_exports", Form::List, LOGS)),
    ("enhanced_monitoring", Key("monitoring", "interval", SAMPLES, "\"60s\"")),
    ("enhanced", Key("monitoring", "interval", SAMPLES, "\"60s\"")),
    ("performance_insights_enabled", Key("monitoring", "insights", INSIGHTS, "{ mode = \"standard\" }")),
    ("performance_insights", Key("monitoring", "insights", INSIGHTS, "{ mode = \"standard\" }")),
    ("enable_performance_insights", Key("monitoring", "insights", INSIGHTS, "{ mode = \"standard\" }")),
    ("performance_insights_retention_period", Key("monitoring", "insights", RETENTION, "{ retention = \"7 days\" }")),
    ("performance_insights_kms_key_id", Key("monitoring", "insights", KEY, INSIGHTS_KEY)),
    ("database_insights_mode", Key("monitoring", "insights", MODE, "{ mode = \"advanced\" }")),
    // Replicas.
    ("replicate_source_db", REPLICAS),
    ("source_db_instance_identifier", REPLICAS),
    ("replicas", REPLICAS),
    ("replica_count", REPLICAS),
    ("read_replica", REPLICAS),
    ("read_replicas", REPLICAS),
    ("dr", DR),
    ("disaster_recovery", DR),
    ("failover_region", DR),
    ("secondary_region", DR),
    ("source_region", DR),
    ("regions", Said("a replica in another region is `[[replica]]` with a `region`; what differs there is in [network.regions.REGION] and [alerting.regions.REGION]")),
    ("standby", Said("a standby is `topology = \"multi-az-instance\"` in [cluster]; one in another region is `[[replica]]` with a `region`")),
    // Who is told.
    ("slack", CHAT),
    ("teams", CHAT),
    ("discord", CHAT),
    ("chat", CHAT),
    ("chatbot", CHAT),
    ("pagerduty", PAGER),
    ("pager", PAGER),
    ("opsgenie", PAGER),
    ("webhook", PAGER),
    ("webhooks", PAGER),
    ("email", Key("alerting", "emails", Form::List, "[\"oncall@example.com\"]")),
    ("alert_email", Key("alerting", "emails", Form::List, "[\"oncall@example.com\"]")),
    ("sns_topic", Key("alerting", "topic", Form::Text, TOPIC)),
    ("sns_topic_arn", Key("alerting", "topic", Form::Text, TOPIC)),
    ("topic_arn", Key("alerting", "topic", Form::Text, TOPIC)),
    ("event_categories", Key("alerting", "events", Form::List, "[\"failover\"]")),
    ("alarms", Said("an alarm of your own is `[[alarm]]`; [alerting.alarms.NAME] changes a recommended one")),
    ("alarm_name", Key("alarm", "name", Form::Text, "\"swap\"")),
    ("alarm_description", Key("alarm", "description", Form::Text, "\"memory is short\"")),
    ("alarm_actions", Said("an alarm tells the topic of [alerting]; one of your own, `[[alarm]]`, can have `alarm_actions`")),
    ("ok_actions", Said("an alarm tells the topic of [alerting]; one of your own, `[[alarm]]`, can have `ok_actions`")),
    ("actions_enabled", Said("an alarm's actions are always on: to silence one of your own, `[[alarm]]`, write `alarm_actions = []`")),
    ("metric_name", Key("alarm", "metric", Form::Text, "\"SwapUsage\"")),
    ("comparison_operator", Key("alarm", "comparison", COMPARISON, "\"above\"")),
    ("operator", Key("alarm", "comparison", COMPARISON, "\"above\"")),
    ("datapoints_to_alarm", Key("alarm", "datapoints", Form::Whole, "3")),
    ("treat_missing_data", Key("alarm", "missing_data", GAPS, "\"missing\"")),
    ("extended_statistic", Key("alarm", "statistic", Form::Text, "\"p90\"")),
    ("sns", Key("alerting", "topic", Form::Text, TOPIC)),
    ("slack_webhook", CHAT),
    ("slack_webhook_url", CHAT),
    ("slack_channel", CHAT),
    ("webhook_url", PAGER),
    // The proxy.
    ("enabled", ON),
    ("enable", ON),
    ("engine_family", Said(POSTGRES)),
    ("require_transport_layer_security", Key("proxy", "require_tls", Form::Switch, "true")),
    ("idle_client_timeout", Key("proxy", "idle_timeout", Form::Duration, "\"30 min\"")),
    ("max_connections_percent", Key("proxy", "max_connections", Form::Share, "\"90%\"")),
    ("max_idle_connections_percent", Key("proxy", "max_idle", Form::Share, "\"45%\"")),
    ("connection_borrow_timeout", Key("proxy", "borrow_timeout", Form::Duration, "\"2 min\"")),
    ("secret_arn", Key("proxy", "secrets", Form::List, SECRETS)),
    ("secret_arns", Key("proxy", "secrets", Form::List, SECRETS)),
    ("client_password_auth_type", Key("proxy", "client_password", Form::Word(&[("postgres_scram_sha_256", "\"scram\""), ("postgres_md5", "\"md5\"")]), "\"scram\"")),
    ("role_arn", ROLES),
    ("iam_role_arn", ROLES),
    ("pool_size", POOL),
    ("pool", POOL),
    ("pooler", POOL),
    ("pgbouncer", POOL),
    // What is done with SQL, or by RDS.
    ("extensions", SQL),
    ("extension", SQL),
    ("users", SQL),
    ("roles", SQL),
    ("databases", SQL),
    ("schemas", SQL),
    ("patroni", FAILOVER),
    ("etcd", FAILOVER),
    ("haproxy", FAILOVER),
    ("failover", FAILOVER),
    ("dns", Said("pgha makes no names in DNS: `pgha status` shows the endpoints")),
    // Terraform itself.
    ("provider", Said("this is a spec of pgha, not of Terraform: the region is `region` of [cluster], and credentials are found as the AWS tools find them")),
    ("terraform", Said("this is a spec of pgha, not of Terraform: there is no back end and no state")),
    ("resource", TERRAFORM),
    ("resources", Said("this is a spec of pgha, not of CloudFormation: one file describes one cluster; `specs/minimal.toml` is the shortest")),
    ("module", TERRAFORM),
    ("variable", TERRAFORM),
    ("locals", TERRAFORM),
    ("output", TERRAFORM),
    ("lifecycle", Said("addresses in `protected` of [guard] are never deleted or replaced")),
    ("prevent_destroy", Said("addresses in `protected` of [guard] are never deleted or replaced")),
];

/// What people write where there is a table, by its key, and the table that is meant; `*` is any
/// name.
#[rustfmt::skip]
pub(super) const TABLES: &[(&str, Form, &str)] = &[
    ("monitoring.insights", INSIGHTS, "{ mode = \"standard\" }"),
    ("replica.monitoring.insights", INSIGHTS, "{ mode = \"standard\" }"),
    ("replica.monitoring", Form::In("interval", &Form::Duration), "{ interval = \"60s\" }"),
    ("replica.storage", Form::In("size", &Form::Size), "{ size = \"150 GiB\" }"),
    ("alerting.alarms.*", Form::In("threshold", &Form::Whole), "{ threshold = 80 }"),
    ("credentials.rotation", Form::Example, ROTATION),
    ("backup.replicate_to", Form::Example, "{ region = \"us-west-2\", kms_key = \"arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001\" }"),
    ("guard.allow", Form::Example, "[{ lint = \"PGHA014\", reason = \"a test database\", until = \"2027-01-31\" }]"),
    ("alerting.subscriptions", Form::Example, "[{ protocol = \"https\", endpoint = \"https://pager.example.com/rds\" }]"),
    ("proxy.endpoint", Form::Example, "[{ name = \"reports\" }]"),
    ("cluster.tags", Form::Example, "{ team = \"payments\" }"),
];
