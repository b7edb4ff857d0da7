//! Engine, parameters and instance classes.

use super::Entry;
use crate::diagnostic::Severity;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "PGHA014",
        severity: Severity::Warning,
        title: "A class that lives on credits",
        what: "The class is of a t family.",
        why: "Its price is for a baseline of CPU. RDS runs these classes in Unlimited mode: what a database takes beyond the baseline over 24 hours is charged in addition.",
        fix: "Take a class of the m or r families.",
        example: r#"[engine]
class = "db.m8g.large""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>",
    },
    Entry {
        code: "PGHA016",
        severity: Severity::Error,
        title: "No such class",
        what: "The class is not written as RDS writes classes: `db.`, a family and a size, in lower case.",
        why: "RDS rejects the call.",
        fix: "Write a class such as db.r6g.large.",
        example: r#"[engine]
class = "db.r6g.large""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html>",
    },
    Entry {
        code: "PGHA017",
        severity: Severity::Error,
        title: "Not a version",
        what: "The version is not written as RDS writes it, or RDS has upgraded every database that lived on it.",
        why: "RDS rejects the call.",
        fix: "Write the major version alone, a least minor, or a minor; as a text, because 16.10 is another number than 16.1 is another version.",
        example: r#"[engine]
version = "16""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>",
    },
    Entry {
        code: "PGHA018",
        severity: Severity::Warning,
        title: "Standard support ends soon",
        what: "The major version leaves standard support within 180 days.",
        why: "A database that is enrolled in Extended Support is charged for it from then on, by the vCPU and the hour. With `lifecycle_support = false` AWS upgrades the major version by itself: an outage of minutes on a day of its choosing, without a way back, whether the applications are ready or not.",
        fix: "Try the upgrade on a restored snapshot, then write the newer major version and apply it in a quiet hour, before that day.",
        example: r#"[engine]
version = "17""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>",
    },
    Entry {
        code: "PGHA020",
        severity: Severity::Error,
        title: "A major upgrade was not asked for",
        what: "The major version in the spec is above the one that the database runs. No command gives this code any more: the plan shows the upgrade as an outage, and `[guard]` stops it.",
        why: "`pg_upgrade` stops the primary and its standby together, for minutes or longer, and the replicas of the region with them. There is no way back but to restore a snapshot, without what was written since; and what changed between the versions can break applications and extensions.",
        fix: "If you did not mean it, write the major version that runs: nothing has been changed. If you did: try it on a restored snapshot, then run `pgha plan` and read its steps, and apply with `--max-disruption outage`. Unless the spec or `--now ADDRESS` says otherwise, RDS makes it in the maintenance window.",
        example: "",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.Process.html>",
    },
    Entry {
        code: "PGHA021",
        severity: Severity::Error,
        title: "RDS would refuse this parameter",
        what: "The parameter cannot be changed on RDS, or its value is empty, has an empty element, has the wrong unit, is none of its words or is out of range. A formula is evaluated for the class.",
        why: "RDS rejects the whole batch of parameters, after other resources have been made.",
        fix: "Correct the value, or delete the line.",
        example: r#"[parameters]
work_mem = "16MB""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ParamValuesRef.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html>; <https://www.postgresql.org/docs/current/config-setting.html>; <https://www.postgresql.org/docs/current/view-pg-settings.html>; <https://www.postgresql.org/docs/current/runtime-config-resource.html>",
    },
    Entry {
        code: "PGHA022",
        severity: Severity::Error,
        title: "When a parameter takes effect is not written",
        what: "An apply method is written next to a parameter.",
        why: "It follows from the parameter: static ones wait for a reboot, all others take effect at once. A wrong one is rejected or waits for nothing.",
        fix: "Write the value only.",
        example: r"[parameters]
max_connections = 200",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html>",
    },
    Entry {
        code: "PGHA024",
        severity: Severity::Warning,
        title: "Every statement is logged",
        what: r#"`log_statement = "all"`."#,
        why: "The log holds the passwords of `CREATE ROLE`, and costs a lot of I/O.",
        fix: "Log DDL, and statements that take long.",
        example: r#"[parameters]
log_statement = "ddl"
log_min_duration_statement = "1s""#,
        source: "<https://www.postgresql.org/docs/current/runtime-config-logging.html>",
    },
    Entry {
        code: "PGHA025",
        severity: Severity::Warning,
        title: "TLS is not required",
        what: "`rds.force_ssl` is 0, or left to a default that is 0 before PostgreSQL 15.",
        why: "Clients may send passwords and data in the clear.",
        fix: "Write 1.",
        example: r#"[parameters]
"rds.force_ssl" = 1"#,
        source: "Security Hub RDS.38: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA026",
        severity: Severity::Warning,
        title: "More connections than memory",
        what: "`max_connections` is above what the class's memory suggests.",
        why: "The database may not start, or run out of memory.",
        fix: "Take fewer connections with a proxy, or a larger class.",
        example: r"[parameters]
max_connections = 400",
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>",
    },
    Entry {
        code: "PGHA028",
        severity: Severity::Error,
        title: "A replica's limit below the primary's",
        what: "A replica's `max_connections` or a similar limit is lower than the primary's, literally or by a formula on its class. It is a warning where RDS's own share of the memory decides, or a default that nobody wrote.",
        why: "The primary's setting is in its WAL, whether or not it is used: a replica that reads of a higher one than its own pauses replay, and goes on only after a restart with as much.",
        fix: "Write the primary's value or more.",
        example: r"[replica.parameters]
max_connections = 400",
        source: "<https://www.postgresql.org/docs/current/hot-standby.html>",
    },
    Entry {
        code: "PGHA029",
        severity: Severity::Warning,
        title: "A replica smaller than the primary",
        what: "The replica's class has less memory or fewer CPUs, whatever the families are. The finding names both, and what RDS's default of `max_connections` comes to on each where nobody writes another.",
        why: "It lags under load, and cannot take over. A standby with less `max_connections` than its primary pauses replay; RDS overrides only what keeps a replica from starting.",
        fix: "Take the primary's class, or write a number for `max_connections` in `[parameters]`, which both have.",
        example: r#"[[replica]]
name = "read""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.Monitor.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.Configuration.html>; <https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN>",
    },
    Entry {
        code: "PGHA031",
        severity: Severity::Advice,
        title: "Nothing counts the statements",
        what: "`shared_preload_libraries` is set without `pg_stat_statements`.",
        why: "Without it nobody can tell which statement is slow.",
        fix: "Add it.",
        example: r#"[parameters]
shared_preload_libraries = "pg_stat_statements""#,
        source: "<https://www.postgresql.org/docs/current/pgstatstatements.html>",
    },
    Entry {
        code: "PGHA065",
        severity: Severity::Warning,
        title: "An expired or unknown certificate authority",
        what: "The certificate authority has expired, or this pgha does not know it.",
        why: "Clients that verify the certificate will not connect, or RDS rejects the call.",
        fix: "Write rds-ca-rsa2048-g1.",
        example: r#"[engine]
ca_certificate = "rds-ca-rsa2048-g1""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html>; Checkov CKV_AWS_211: <https://www.checkov.io/5.Policy%20Index/all.html>",
    },
    Entry {
        code: "PGHA126",
        severity: Severity::Warning,
        title: "A parameter that may not exist",
        what: "pgha does not know a parameter of that name.",
        why: "RDS refuses names that it does not have, after other resources have been made.",
        fix: "Correct the name. One that RDS has and this pgha does not know is sent as it is; accept the finding in `[guard]`.",
        example: r#"[parameters]
work_mem = "16MB""#,
        source: "<https://www.postgresql.org/docs/current/runtime-config.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html>",
    },
    Entry {
        code: "PGHA134",
        severity: Severity::Error,
        title: "A name with a dot is not quoted",
        what: "A parameter's name has a dot and no quotes.",
        why: "In TOML a bare key with a dot is a table, so that the value belongs to no parameter.",
        fix: "Quote the name.",
        example: r#"[parameters]
"rds.force_ssl" = 1"#,
        source: "<https://toml.io/en/v1.0.0#keys>",
    },
    Entry {
        code: "PGHA135",
        severity: Severity::Warning,
        title: "A number that begins with 0",
        what: "A parameter's number is written as a text with a 0 before it.",
        why: "PostgreSQL reads what follows as octal digits: `0400` is 256. pgha reads 400.",
        fix: "Write the number without the 0.",
        example: r"[parameters]
max_connections = 400",
        source: "<https://www.postgresql.org/docs/current/config-setting.html>",
    },
    Entry {
        code: "PGHA136",
        severity: Severity::Warning,
        title: "A version that may not be created",
        what: "AWS has withdrawn the minor, offers the major in paid Extended Support only, or pgha's dated table does not have it.",
        why: "A new database cannot have it. One that lives on it can be described and kept: where the account can be asked, a plan blocks only what would be created.",
        fix: "Write the major version alone, or an offered minor. PostgreSQL 11 to 13 cannot be created with `lifecycle_support = false`, and one that lives on them without Extended Support is upgraded by AWS itself, to a newer major version.",
        example: r#"[engine]
version = "16""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html>",
    },
    Entry {
        code: "PGHA137",
        severity: Severity::Warning,
        title: "A class that RDS may not have",
        what: "The family or the size is not in pgha's dated table, or RDS makes no databases of it any more.",
        why: "RDS rejects the call, after other resources have been made.",
        fix: "Correct the class. A new one is sent as it is; accept the finding in `[guard]`.",
        example: r#"[engine]
class = "db.r8g.large""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html>",
    },
    Entry {
        code: "PGHA141",
        severity: Severity::Error,
        title: "Not the name of a parameter",
        what: "The name is empty, or has blanks, hyphens or two dots in it.",
        why: "PostgreSQL has no such names, so RDS rejects the call.",
        fix: "Write the name with letters, digits and `_`, and with one dot between an extension and its parameter.",
        example: r#"[parameters]
work_mem = "16MB"
"pg_stat_statements.track" = "all""#,
        source: "<https://www.postgresql.org/docs/current/config-setting.html>; <https://www.postgresql.org/docs/current/runtime-config-custom.html>",
    },
    Entry {
        code: "PGHA142",
        severity: Severity::Error,
        title: "Not a certificate authority",
        what: "The certificate authority is written with capitals, blanks or `_`, or not at all.",
        why: "RDS answers in lower case and with hyphens: another spelling would be refused, or be a difference in every plan.",
        fix: "Write it as RDS does, or delete the key for AWS's choice.",
        example: r#"[engine]
ca_certificate = "rds-ca-rsa2048-g1""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html>",
    },
    Entry {
        code: "PGHA143",
        severity: Severity::Warning,
        title: "A library that RDS may not preload",
        what: "`shared_preload_libraries` has a library that this pgha does not know.",
        why: "RDS takes those of a list that depends on the version, and rejects the call otherwise.",
        fix: "Correct the name. `aws rds describe-engine-default-parameters` lists the allowed values; accept the finding in `[guard]` if it is one of them.",
        example: r#"[parameters]
shared_preload_libraries = ["pg_stat_statements", "pg_cron"]"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-extensions.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEngineDefaultParameters.html>",
    },
    Entry {
        code: "PGHA144",
        severity: Severity::Error,
        title: "More shared memory than the class has",
        what: "`shared_buffers`, the other buffers that PostgreSQL takes when it starts, and the tables of locks and statements need more than 90 % of the class's memory together. Formulas are evaluated for the class, also for a replica with a class of its own.",
        why: "RDS does not start the database: its status becomes `incompatible-parameters`.",
        fix: "Write less, or take a larger class. `shared_buffers` counts pages of 8 kB, so that `{DBInstanceClassMemory/32768}` is a quarter of the memory.",
        example: r#"[parameters]
shared_buffers = "{DBInstanceClassMemory/32768}""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.FeatureSupport.HugePages.html>; <https://www.postgresql.org/docs/current/runtime-config-resource.html>; <https://www.postgresql.org/docs/9.2/kernel-resources.html>",
    },
    Entry {
        code: "PGHA145",
        severity: Severity::Warning,
        title: "A limit beyond the memory of the class",
        what: "`work_mem`, `maintenance_work_mem`, `autovacuum_work_mem`, `logical_decoding_work_mem` or `temp_buffers` is more than all the memory of the class.",
        why: "One statement may take as much, and the operating system ends PostgreSQL before.",
        fix: "Write a small share of the memory, with a unit.",
        example: r#"[parameters]
work_mem = "16MB""#,
        source: "<https://www.postgresql.org/docs/current/runtime-config-resource.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html>",
    },
    Entry {
        code: "PGHA146",
        severity: Severity::Error,
        title: "PostgreSQL would not start",
        what: "Values that are right alone, and not together: as many reserved connections as `max_connections`; more connections, workers and WAL senders than 262143; a log of less than two segments of 64 MB; a highest TLS version below the lowest. It is a warning where only RDS's own reservation leaves no connection.",
        why: "RDS takes each value, and PostgreSQL ends at the next start.",
        fix: "Correct one of the values, or delete it for the default.",
        example: r"[parameters]
max_connections = 400
superuser_reserved_connections = 3",
        source: "<https://www.postgresql.org/docs/current/runtime-config-connection.html>; <https://aws.amazon.com/premiumsupport/knowledge-center/rds-postgresql-error-connection-slots/>; <https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/postmaster/postmaster.c>; <https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/init/postinit.c>; <https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/access/transam/xlog.c>; <https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/libpq/be-secure-openssl.c>; <https://www.morling.dev/blog/insatiable-postgres-replication-slot/>",
    },
    Entry {
        code: "PGHA148",
        severity: Severity::Warning,
        title: "Fewer WAL senders than replicas",
        what: "`max_wal_senders` or `max_replication_slots` is below the number of replicas of one source.",
        why: "A replica that gets none falls behind or cannot be made.",
        fix: "Write more than there are replicas, or delete the line.",
        example: r"[parameters]
max_wal_senders = 20",
        source: "<https://www.postgresql.org/docs/current/runtime-config-replication.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html>",
    },
    Entry {
        code: "PGHA149",
        severity: Severity::Error,
        title: "A parameter of another version",
        what: "The parameter came with a later major version of PostgreSQL than the spec's, or went before it.",
        why: "The parameter groups of a major version have no others: RDS rejects the call.",
        fix: "Delete the line, or take a version that has it.",
        example: r#"[engine]
version = "17"

[parameters]
transaction_timeout = "5min""#,
        source: "<https://www.postgresql.org/docs/release/>; <https://postgresqlco.nf/>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEngineDefaultParameters.html>",
    },
];
