//! Words of other tools, for people who come from them.
//!
//! Names of what others call a section or a key of ours, and of Terraform's `aws_db_instance`, `aws_db_proxy` and `aws_db_parameter_group`
//! (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance>), which
//! are those of the RDS API in another spelling; CloudFormation writes them `DBInstanceClass`, the
//! command line `--db-instance-class`.

/// What somebody means by a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meant {
    /// A key of a section, with a value as an example.
    Key(&'static str, &'static str, &'static str),
    /// Something that is said otherwise.
    Said(&'static str),
}

use Meant::Key;
use Meant::Said;

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

#[rustfmt::skip]
const WORDS: &[(&str, Meant)] = &[
    ("identifier", Key("cluster", "name", "\"orders\"")),
    ("db_instance_identifier", Key("cluster", "name", "\"orders\"")),
    ("instance_class", Key("engine", "class", "\"db.r6g.large\"")),
    ("db_instance_class", Key("engine", "class", "\"db.r6g.large\"")),
    ("engine_version", Key("engine", "version", "\"16\"")),
    ("engine", Said("pgha keeps PostgreSQL alone: [engine] has its `version` and `class`")),
    ("allocated_storage", Key("storage", "size", "\"200 GiB\"")),
    ("max_allocated_storage", Key("storage", "max_size", "\"400 GiB\"")),
    ("storage_type", Key("storage", "type", "\"gp3\"")),
    ("storage_throughput", Key("storage", "throughput", "500")),
    ("storage_encrypted", Key("storage", "encrypted", "true")),
    ("kms_key_id", Key("storage", "kms_key", "\"arn:aws:kms:…\"")),
    ("multi_az", Key("cluster", "topology", "\"multi-az-instance\"")),
    ("db_name", Key("engine", "database", "\"app\"")),
    ("name", Key("cluster", "name", "\"orders\"")),
    ("username", Key("credentials", "username", "\"keeper\"")),
    ("master_username", Key("credentials", "username", "\"keeper\"")),
    ("manage_master_user_password", Key("credentials", "manage", "\"rds\"")),
    ("master_user_secret_kms_key_id", Key("credentials", "kms_key", "\"arn:aws:kms:…\"")),
    ("publicly_accessible", Key("network", "public", "true")),
    ("vpc_id", Key("network", "vpc", "\"vpc-0123456789abcdef0\"")),
    ("vpc_security_group_ids", Key("network", "extra_security_groups", "[\"sg-0123456789abcdef0\"]")),
    ("security_group_ids", Key("network", "extra_security_groups", "[\"sg-0123456789abcdef0\"]")),
    ("subnet_ids", Key("network", "subnets", "[\"subnet-0123456789abcdef0\"]")),
    ("vpc_subnet_ids", Key("network", "subnets", "[\"subnet-0123456789abcdef0\"]")),
    ("db_subnet_group_name", Key("network", "subnets", "[\"subnet-0123456789abcdef0\"]")),
    ("allowed_cidr_blocks", Key("network", "allow", "[\"10.0.0.0/16\"]")),
    ("cidr_blocks", Key("network", "allow", "[\"10.0.0.0/16\"]")),
    ("availability_zone", Key("replica", "zone", "\"us-east-1b\"")),
    ("backup_retention_period", Key("backup", "retention", "\"14 days\"")),
    ("backup_window", Key("backup", "window", "\"03:00-04:00\"")),
    ("preferred_backup_window", Key("backup", "window", "\"03:00-04:00\"")),
    ("copy_tags_to_snapshot", Key("backup", "copy_tags", "true")),
    ("maintenance_window", Key("maintenance", "window", "\"sun:04:00-sun:05:00\"")),
    ("preferred_maintenance_window", Key("maintenance", "window", "\"sun:04:00-sun:05:00\"")),
    ("apply_immediately", Key("maintenance", "apply", "\"immediately\"")),
    ("auto_minor_version_upgrade", Key("maintenance", "auto_minor", "true")),
    ("allow_major_version_upgrade", Said("another major `version` in [engine] is asked for and shown by `pgha plan`; nothing allows it beforehand")),
    ("deletion_protection", Key("cluster", "deletion_protection", "true")),
    ("tags", Key("cluster", "tags", "{ team = \"payments\" }")),
    ("skip_final_snapshot", FINAL),
    ("final_snapshot_identifier", FINAL),
    ("delete_automated_backups", Said("`pgha destroy` keeps what RDS keeps")),
    ("snapshot_identifier", Said("restore the snapshot with `aws rds restore-db-instance-from-db-snapshot` under the name that the plan has, then take it over with --allow adopt:db-instance/NAME")),
    ("iam_database_authentication_enabled", Key("engine", "iam_auth", "true")),
    ("ca_cert_identifier", Key("engine", "ca_certificate", "\"rds-ca-rsa2048-g1\"")),
    ("parameter_group_name", PARAMETERS),
    ("db_parameter_group_name", PARAMETERS),
    ("parameter", PARAMETERS),
    ("family", PARAMETERS),
    ("parameter_group", PARAMETERS),
    ("enabled_cloudwatch_logs_exports", Key("monitoring", "log_exports", "[\"postgresql\", \"upgrade\"]")),
    ("enable_cloudwatch_logs_exports", Key("monitoring", "log_exports", "[\"postgresql\", \"upgrade\"]")),
    ("monitoring_interval", Key("monitoring", "interval", "\"60s\"")),
    ("monitoring_role_arn", Said("pgha makes the role for `interval` of [monitoring]")),
    ("performance_insights_enabled", Key("monitoring", "insights", "{ mode = \"standard\" }")),
    ("enable_performance_insights", Key("monitoring", "insights", "{ mode = \"standard\" }")),
    ("performance_insights_retention_period", Key("monitoring", "insights", "{ retention = \"7 days\" }")),
    ("performance_insights_kms_key_id", Key("monitoring", "insights", "{ kms_key = \"arn:aws:kms:…\" }")),
    ("database_insights_mode", Key("monitoring", "insights", "{ mode = \"advanced\" }")),
    ("engine_lifecycle_support", Key("engine", "lifecycle_support", "true")),
    ("replicate_source_db", Said("a replica is a section of its own: `[[replica]]` with a `name`")),
    ("source_db_instance_identifier", Said("a replica is a section of its own: `[[replica]]` with a `name`; `source` names another replica")),
    ("replicas", Said("each replica is a section of its own: `[[replica]]` with a `name`")),
    ("read_replica", Said("a replica is a section of its own: `[[replica]]` with a `name`")),
    ("read_replicas", Said("each replica is a section of its own: `[[replica]]` with a `name`")),
    ("dr", DR),
    ("disaster_recovery", DR),
    ("failover_region", DR),
    ("secondary_region", DR),
    ("regions", Said("a replica in another region is `[[replica]]` with a `region`; what differs there is in [network.regions.REGION] and [alerting.regions.REGION]")),
    ("standby", Said("a standby is `topology = \"multi-az-instance\"` in [cluster]; one in another region is `[[replica]]` with a `region`")),
    ("rotation", Key("credentials", "rotation", "{ days = 30, function = \"arn:aws:lambda:…\" }")),
    ("rotate", Key("credentials", "rotation", "{ days = 30, function = \"arn:aws:lambda:…\" }")),
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
    ("email", Key("alerting", "emails", "[\"oncall@example.com\"]")),
    ("sns_topic", Key("alerting", "topic", "\"arn:aws:sns:…\"")),
    ("sns_topic_arn", Key("alerting", "topic", "\"arn:aws:sns:…\"")),
    ("enabled", Said("a section that is there is on: to turn it off, take it out")),
    ("enable", Said("a section that is there is on: to turn it off, take it out")),
    ("require_transport_layer_security", Key("proxy", "require_tls", "true")),
    ("idle_client_timeout", Key("proxy", "idle_timeout", "\"30 min\"")),
    ("max_connections_percent", Key("proxy", "max_connections", "\"90%\"")),
    ("max_idle_connections_percent", Key("proxy", "max_idle", "\"45%\"")),
    ("connection_borrow_timeout", Key("proxy", "borrow_timeout", "\"2 min\"")),
    ("role_arn", Said("pgha makes the roles that the cluster needs")),
    ("provider", Said("this is a spec of pgha, not of Terraform: the region is `region` of [cluster], and credentials are found as the AWS tools find them")),
    ("terraform", Said("this is a spec of pgha, not of Terraform: there is no back end and no state")),
    ("resource", Said("this is a spec of pgha, not of Terraform: one file describes one cluster; `specs/minimal.toml` is the shortest")),
];

/// What somebody means by a key that there is not.
pub(crate) fn meant(key: &str) -> Option<Meant> {
    let key = snake(key);
    WORDS.iter().find(|(word, _)| *word == key).map(|(_, meant)| *meant)
}

/// What somebody means by a value that there is not, of a key.
pub(crate) fn value(key: &str, word: &str) -> Option<&'static str> {
    match (key, snake(word).as_str()) {
        ("topology", "true" | "multi_az" | "multiaz" | "standby" | "primary_standby" | "ha") => {
            Some("multi-az-instance")
        }
        ("topology", "cluster" | "multi_az_db_cluster") => Some("multi-az-cluster"),
        ("topology", "false" | "single" | "standalone" | "instance") => Some("single-az"),
        ("apply", "immediate" | "now" | "true") => Some("immediately"),
        ("apply", "window" | "maintenance_window" | "false") => Some("in-window"),
        ("auth", "iam_auth" | "token") => Some("iam"),
        ("manage", "aws" | "true") => Some("rds"),
        _ => None,
    }
}

/// `DBInstanceClass` and `db-instance-class` as `db_instance_class`.
fn snake(name: &str) -> String {
    let mut words = String::new();
    let mut before = None;
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let next_is_low = letters.get(at + 1).is_some_and(|next| next.is_ascii_lowercase());
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|b: char| {
                b.is_ascii_lowercase()
                    || b.is_ascii_digit()
                    || (b.is_ascii_uppercase() && next_is_low)
            });
        if begins {
            words.push('_');
        }
        words.push(if *letter == '-' { '_' } else { letter.to_ascii_lowercase() });
        before = Some(*letter);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn spellings_of_other_tools_are_one() {
        assert_eq!(snake("DBInstanceClass"), "db_instance_class");
        assert_eq!(snake("AllocatedStorage"), "allocated_storage");
        assert_eq!(snake("MultiAZ"), "multi_az");
        assert_eq!(snake("db-instance-class"), "db_instance_class");
        assert_eq!(snake("instance_class"), "instance_class");
    }

    /// A word that leads to a key which is not there leads nowhere.
    #[test]
    fn every_key_that_is_meant_is_there() {
        let schema = schema::schema();
        for (word, meant) in WORDS {
            let Key(section, key, _) = meant else { continue };
            let mut at = &schema["properties"][*section];
            while let Some(name) = reference(at) {
                at = &schema["definitions"][name];
            }
            assert!(at["properties"][*key].is_object(), "{word}: [{section}] has no {key}: {at}");
        }
    }

    fn reference(at: &serde_json::Value) -> Option<&str> {
        let inner = [&at["allOf"][0], &at["anyOf"][0], &at["items"], at];
        inner.into_iter().find_map(|at| at["$ref"].as_str()?.strip_prefix("#/definitions/"))
    }
}
