//! The language itself: syntax, keys, values, names and references.

use super::Entry;
use crate::diagnostic::Severity;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "PGHA095",
        severity: Severity::Error,
        title: "A name that AWS refuses",
        what: "A name of the spec, or one that is made of it, breaks AWS's rules.",
        why: "AWS would refuse the resource when half of the others are there.",
        fix: "Use lower-case letters, digits and single hyphens, a letter first; be short.",
        example: r#"[cluster]
name = "orders""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>",
    },
    Entry {
        code: "PGHA096",
        severity: Severity::Advice,
        title: "No tags",
        what: "The spec sets no tags.",
        why: "Nothing says whose database this is and what it costs whom.",
        fix: "Add a tag or two.",
        example: r#"[cluster]
tags = { team = "payments" }"#,
        source: "Security Hub RDS.28 to RDS.33: <https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html>",
    },
    Entry {
        code: "PGHA100",
        severity: Severity::Error,
        title: "Not TOML",
        what: "The text is not TOML, or a header has one bracket where there may be several such tables (`[[replica]]`), or two where there is one.",
        why: "Nothing can be read from it.",
        fix: "Write `key = value` lines below `[section]` lines, texts in quotes.",
        example: r#"[cluster]
name = "orders""#,
        source: "<https://toml.io/en/v1.0.0>",
    },
    Entry {
        code: "PGHA101",
        severity: Severity::Error,
        title: "An unknown key",
        what: "There is no key or section of that name.",
        why: "A typing mistake would otherwise be a setting that silently is not there.",
        fix: "Take the proposed name; `pgha schema` lists all.",
        example: r#"[backup]
retention = "7 days""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA102",
        severity: Severity::Error,
        title: "Something is missing",
        what: "A required section or key is not there.",
        why: "pgha does not guess names, regions, versions or classes.",
        fix: "Add it.",
        example: r#"[engine]
version = "16"
class = "db.r6g.large""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA103",
        severity: Severity::Error,
        title: "A value that is not understood",
        what: "The value has the wrong type or form.",
        why: "pgha does not guess.",
        fix: "Write it as the message says.",
        example: r#"[storage]
size = "200 GiB""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA104",
        severity: Severity::Error,
        title: "Not a spec",
        what: "The text is larger than 1 MiB, nested deeper than 64 levels, or holds control characters.",
        why: "It is not a spec, and could exhaust the reader.",
        fix: "Check that this is the file you mean.",
        example: "",
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA105",
        severity: Severity::Error,
        title: "TOML 1.1 only",
        what: "The syntax is new in TOML 1.1.",
        why: "Editors and other tools read TOML 1.0.",
        fix: "Write it the TOML 1.0 way: inline tables on one line and without a comma at the end.",
        example: r#"tags = { team = "payments" }"#,
        source: "<https://toml.io/en/v1.0.0>",
    },
    Entry {
        code: "PGHA106",
        severity: Severity::Error,
        title: "Two of one name",
        what: "Two things of one kind have the same name, or a name that pgha itself gives.",
        why: "One of them would silently win.",
        fix: "Give one another name.",
        example: r#"[[replica]]
name = "read-2""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA107",
        severity: Severity::Error,
        title: "Nothing of that name",
        what: "A replica, an alarm or a code is named that does not exist.",
        why: "It would silently do nothing.",
        fix: "Correct the name.",
        example: r#"[[replica]]
name = "heir"

[[replica]]
name = "west"
source = "heir""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA108",
        severity: Severity::Warning,
        title: "A region that this pgha does not know",
        what: "The name has the form of a region, and pgha's dated table does not have it.",
        why: "If it is a mistake, every call fails. AWS opens new regions every year.",
        fix: "Correct the name, or accept the finding in `[guard]`.",
        example: r#"[cluster]
region = "us-east-1""#,
        source: "<https://docs.aws.amazon.com/general/latest/gr/rds-service.html>",
    },
    Entry {
        code: "PGHA114",
        severity: Severity::Warning,
        title: "Accepts nothing",
        what: "An entry of `guard.allow` is about something that is not found any more.",
        why: "It would hide it when it comes back.",
        fix: "Delete it.",
        example: "",
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA116",
        severity: Severity::Advice,
        title: "Any account",
        what: "The spec names no account.",
        why: "With the wrong credentials pgha would build the cluster in another account.",
        fix: "Name the account.",
        example: r#"[cluster]
account = "123456789012""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA119",
        severity: Severity::Error,
        title: "Not an account or a version of this language",
        what: "The account is not twelve digits, or `spec_version` is not 1.",
        why: "pgha refuses to guess.",
        fix: "Correct it.",
        example: r#"[cluster]
account = "123456789012""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA120",
        severity: Severity::Error,
        title: "Out of range",
        what: "A number, or the length of a text in characters, is outside of what AWS takes; or a text has other characters.",
        why: "AWS rejects the call.",
        fix: "Write a value in the range.",
        example: r#"[backup]
retention = "35 days""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>; <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>; <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html>",
    },
    Entry {
        code: "PGHA121",
        severity: Severity::Error,
        title: "A name that PostgreSQL or RDS refuses",
        what: "The name of a database or a user is too long, reserved, does not begin with a letter, or has other characters than letters, digits and `_`. Reserved are PostgreSQL's reserved key words, names that begin with `pg_` or `rds_`, and words that RDS was seen to refuse, such as `admin`, `catalog`, `db` and `identity`.",
        why: "RDS rejects the call, after everything else has been made.",
        fix: "Take another name.",
        example: r#"[credentials]
username = "dbadmin""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>; <https://www.postgresql.org/docs/current/sql-keywords-appendix.html>; <https://github.com/aws/aws-cdk/pull/10597>",
    },
    Entry {
        code: "PGHA122",
        severity: Severity::Error,
        title: "Cannot be accepted",
        what: "`guard.allow` names an error.",
        why: "AWS refuses it, or pgha cannot read it: accepting it would change nothing.",
        fix: "Mend what it is about.",
        example: "",
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA123",
        severity: Severity::Warning,
        title: "A region without databases",
        what: "A section is about a region where the cluster has nothing.",
        why: "It has no effect.",
        fix: "Delete it, or add a replica there.",
        example: r#"[[replica]]
name = "dr"
region = "us-west-2""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA124",
        severity: Severity::Warning,
        title: "Without effect",
        what: "A key has no effect together with another.",
        why: "Somebody believes that it has.",
        fix: "Delete it.",
        example: r#"[credentials]
manage = "rds""#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>; <https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html>",
    },
    Entry {
        code: "PGHA131",
        severity: Severity::Error,
        title: "Tags that AWS refuses",
        what: "There are more than 44 tags, two keys differ in case only, or a key is reserved (`aws:`, `rds:` and `pgha:`, in any case), a value begins with `aws:` or `rds:`, or one is too long or has other characters than AWS takes.",
        why: "AWS rejects the call. It allows 50 tags on a resource, of which pgha needs six; IAM takes keys in other case for the same key.",
        fix: "Correct them.",
        example: r#"[cluster]
tags = { team = "payments" }"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Tag.html>; <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>",
    },
    Entry {
        code: "PGHA132",
        severity: Severity::Warning,
        title: "Protects nothing in this spec",
        what: "A protected address is none of this spec's.",
        why: "It may be a typing mistake, and then protects nothing.",
        fix: "Correct it, unless it is what is left of an older spec.",
        example: r#"[guard]
protected = ["db-instance/orders-primary"]"#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA133",
        severity: Severity::Warning,
        title: "An SQL key word as a name",
        what: "The name of the database or of the master user is an SQL key word that PostgreSQL itself does not reserve.",
        why: "RDS refuses some of these and says nowhere which: the creation may fail after everything else has been made.",
        fix: "Take another name before the first apply. A database that exists can keep its name.",
        example: r#"[engine]
database = "data_db""#,
        source: "<https://www.postgresql.org/docs/current/sql-keywords-appendix.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>",
    },
    Entry {
        code: "PGHA138",
        severity: Severity::Error,
        title: "Not a region",
        what: "The text does not have the form of a region.",
        why: "Every call would fail.",
        fix: "Write the region's code, such as us-east-1.",
        example: r#"[cluster]
region = "us-east-1""#,
        source: "<https://docs.aws.amazon.com/general/latest/gr/rds-service.html>",
    },
    Entry {
        code: "PGHA162",
        severity: Severity::Error,
        title: "A name for nothing",
        what: "`[names]` has an address that this spec does not make, or that of a part which is called as its whole is.",
        why: "The name would change nothing, and what is meant would get the name that begins with the cluster's.",
        fix: "Write the address as `pgha graph` prints it for the spec without `[names]`.",
        example: r#"[names]
"db-instance/orders-primary" = "legacy-db""#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA163",
        severity: Severity::Error,
        title: "Words about what is only used",
        what: "Something is given, so that pgha uses it as it is, and the spec says what it should be like; or it is of a kind that cannot be given like this.",
        why: "pgha never changes what is given: what the spec says of it would never come true.",
        fix: "Delete the key, or let pgha have the resource: write its name in `[names]` without `given`.",
        example: r#"[names]
"db-parameter-group/orders-pg16" = { given = "default.postgres16" }"#,
        source: "pgha: docs/spec.md",
    },
    Entry {
        code: "PGHA164",
        severity: Severity::Error,
        title: "Security groups that nobody names",
        what: "`security_groups` of `[network]` is `given`, and the spec names none for the databases of a region or for the proxy.",
        why: "AWS puts a database or a proxy without groups into the default group of its VPC, which is open to all of its members.",
        fix: "Name the groups: `extra_security_groups` in `[network]` and for each other region, `security_groups` in `[proxy]`.",
        example: r#"[network]
security_groups = "given"
extra_security_groups = ["sg-0123456789abcdef0"]"#,
        source: "<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>; <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html>",
    },
];
