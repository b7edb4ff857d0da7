//! Parameter groups: whose they are, and what is in them.

use super::check_addresses;
use super::check_fields;
use super::check_line;
use super::check_values;
use super::desired;
use super::text_of;

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";

/// Replicas have groups of their own, so that a raise reaches them before the primary.
#[test]
fn the_replicas_of_a_region_share_a_group() {
    let groups = "db-parameter-group/";
    let (primary, shared) = ("db-parameter-group/t-pg16", "db-parameter-group/t-replicas-pg16");
    check_addresses(&text_of("", ""), groups, &[primary]);
    let one = "[parameters]\nmax_connections = 200\n[[replica]]\nname = \"r\"\n";
    check_addresses(&text_of("", one), groups, &[primary, shared]);
    check_values(
        &text_of("", one),
        &[
            ("db-instance/t-primary", "parameter_group", "t-pg16"),
            ("db-instance/t-r", "parameter_group", "t-replicas-pg16"),
            (shared, "parameters", "max_connections = 200"),
        ],
    );
    let away = format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{KEY}\"\n");
    check_addresses(
        &text_of("", &away),
        groups,
        &[primary, "db-parameter-group/t-replicas-pg16@us-west-2"],
    );
}

#[test]
fn a_replica_with_parameters_of_its_own_has_its_own_group() {
    let own = "[parameters]\nwork_mem = \"16MB\"\nstatement_timeout = \"30s\"\n[[replica]]\nname = \"r\"\n[replica.parameters]\nstatement_timeout = \"5min\"\n";
    let text = text_of("", own);
    let group = "db-parameter-group/t-r-pg16";
    check_addresses(&text, "db-parameter-group/", &["db-parameter-group/t-pg16", group]);
    check_values(
        &text,
        &[
            ("db-instance/t-r", "parameter_group", "t-r-pg16"),
            (
                "db-parameter-group/t-pg16",
                "parameters",
                "statement_timeout = 30000, work_mem = 16384",
            ),
        ],
    );
    check_fields(
        &text,
        group,
        &[
            ("family", "postgres16", "version = \"16\""),
            ("description", "t-r-pg16 of t", "statement_timeout = \"5min\""),
            (
                "parameters",
                "statement_timeout = 300000, work_mem = 16384",
                "statement_timeout = \"5min\"",
            ),
        ],
    );
    let desired = desired(&text);
    check_line(&text, &desired, group, "parameters.work_mem", "work_mem = \"16MB\"");
    let own = "statement_timeout = \"5min\"";
    check_line(&text, &desired, group, "parameters.statement_timeout", own);
}

#[test]
fn a_group_without_parameters_comes_from_the_engine() {
    check_fields(
        &text_of("", ""),
        "db-parameter-group/t-pg16",
        &[("parameters", "(none)", "[engine]"), ("family", "postgres16", "version = \"16\"")],
    );
}

#[test]
fn a_cluster_has_one_group_of_its_own_kind() {
    let text = text_of(
        "topology = \"multi-az-cluster\"",
        "[storage]\ntype = \"gp3\"\n[parameters]\nwork_mem = \"1MB\"\nlog_lock_waits = true\n",
    );
    let group = "db-cluster-parameter-group/t-cluster-pg16";
    check_addresses(&text, "db-cluster-parameter-group/", &[group]);
    check_addresses(&text, "db-parameter-group/", &[]);
    check_fields(
        &text,
        group,
        &[
            ("family", "postgres16", "version = \"16\""),
            ("description", "t-cluster-pg16 of t", "work_mem = \"1MB\""),
            ("parameters", "log_lock_waits = 1, work_mem = 1024", "work_mem = \"1MB\""),
        ],
    );
    let desired = desired(&text);
    check_line(&text, &desired, group, "parameters.log_lock_waits", "log_lock_waits = true");
}

/// However a value is written, the group holds RDS's spelling of it.
#[test]
fn values_of_every_type_are_written_as_rds_keeps_them() {
    let parameters = "[parameters]\nlog_statement = \"ddl\"\nwork_mem = 4096\nrandom_page_cost = 1.1\nlog_lock_waits = false\nshared_preload_libraries = [\"pg_stat_statements\", \"auto_explain\"]\n";
    check_values(
        &text_of("", parameters),
        &[(
            "db-parameter-group/t-pg16",
            "parameters",
            "log_lock_waits = 0, log_statement = ddl, random_page_cost = 1.1, shared_preload_libraries = pg_stat_statements,auto_explain, work_mem = 4096",
        )],
    );
}

/// RDS keeps names in lower case, words as PostgreSQL spells them, and numbers in the base unit.
#[test]
fn names_and_values_are_in_the_form_in_which_they_come_back() {
    let written = [
        "TimeZone = \"Europe/Berlin\"",
        "DateStyle = \"ISO, MDY\"",
        "log_statement = \"DDL\"",
        "random_page_cost = \"1.10\"",
        "Max_Connections = \"4e2\"",
        "vacuum_buffer_usage_limit = \"2MB\"",
        "shared_buffers = \"{ DBInstanceClassMemory / 32768 }\"",
        "work_mem = \"1.5GB\"",
    ];
    let text = text_of("", &format!("[parameters]\n{}\n", written.join("\n")));
    let group = "db-parameter-group/t-pg16";
    check_values(
        &text,
        &[(
            group,
            "parameters",
            "datestyle = ISO,MDY, log_statement = ddl, max_connections = 400, random_page_cost = 1.1, shared_buffers = {DBInstanceClassMemory/32768}, timezone = Europe/Berlin, vacuum_buffer_usage_limit = 2048, work_mem = 1572864",
        )],
    );
    check_line(&text, &desired(&text), group, "parameters.timezone", written[0]);
}
