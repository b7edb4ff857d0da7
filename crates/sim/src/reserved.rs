//! Names that RDS refuses because the engine or RDS itself has a meaning for them.
//!
//! RDS API, CreateDBInstance: neither `MasterUsername` nor `DBName` can be a word reserved by
//! the engine (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>);
//! PostgreSQL, "SQL Key Words"
//! (<https://www.postgresql.org/docs/current/sql-keywords-appendix.html>).

use pgha_apply::port::CallError;

use crate::refusal::bad_value;

/// Reserved in PostgreSQL, and what else RDS is known to refuse for it.
const WORDS: [&str; 96] = [
    "admin",
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "both",
    "case",
    "cast",
    "catalog",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "dispatch",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "flag",
    "for",
    "foreign",
    "from",
    "grant",
    "group",
    "having",
    "identity",
    "in",
    "initially",
    "intersect",
    "into",
    "lateral",
    "leading",
    "limit",
    "localtime",
    "localtimestamp",
    "none",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "placing",
    "primary",
    "public",
    "references",
    "returning",
    "select",
    "session_user",
    "some",
    "symmetric",
    "system_user",
    "table",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "when",
    "where",
    "window",
    "with",
    "rdsadmin",
    "rds_superuser",
    "rdsrepladmin",
    "rdsproxyadmin",
    "rds_replication",
    "root",
    "template0",
    "template1",
    "xml",
];

/// Checks the name of a master user.
pub(crate) fn check_user(name: &str) -> Result<(), CallError> {
    let folded = name.to_ascii_lowercase();
    let reserved = WORDS.contains(&folded.as_str());
    if reserved || folded.starts_with("rds") {
        let text = "it is a reserved word used by the engine";
        return Err(bad_value(format!("MasterUsername {name} cannot be used as {text}")));
    }
    match folded.starts_with("pg_") {
        true => Err(bad_value(format!(
            "MasterUsername {name} cannot be used because role names starting with \"pg_\" are reserved by the PostgreSQL engine"
        ))),
        false => Ok(()),
    }
}

/// Checks the name of a first database.
pub(crate) fn check_database(name: &str) -> Result<(), CallError> {
    match WORDS.contains(&name.to_ascii_lowercase().as_str()) {
        true => Err(bad_value(format!(
            "DBName {name} cannot be used. It is a reserved word for this engine"
        ))),
        false => Ok(()),
    }
}
