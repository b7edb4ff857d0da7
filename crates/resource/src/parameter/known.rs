//! The parameters that RDS for PostgreSQL has, and what each takes: `pg_settings` of PostgreSQL
//! 15 and 18, joined, and RDS's own and narrower ones.
//!
//! An offline hint: RDS knows more parameters than this table, above all those of extensions.
//! What it says of a parameter that it has is PostgreSQL's own rule, which no release has
//! narrowed. Sources:
//! <https://www.postgresql.org/docs/current/view-pg-settings.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.overview.parameter-groups.html>.

use crate::parameter::unit::Unit;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// On or off.
    Switch,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// Some of these words, joined by commas.
    Words(&'static [&'static str]),
    /// One of these texts and nothing else.
    Exactly(&'static [&'static str]),
    /// A whole number, perhaps of something.
    Whole {
        /// What is counted.
        unit: Option<Unit>,
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A number, perhaps of something.
    Number {
        /// What is measured.
        unit: Option<Unit>,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// Any texts, joined by commas, with or without blanks.
    List,
    /// Any text.
    Text,
}

/// What a number has to be beside within its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HasTo {
    /// 0, or this much at least.
    BeZeroOrFrom(i64),
    /// So many times something.
    BeMultipleOf(i64),
}

impl HasTo {
    /// Whether a number is what it has to be.
    pub fn holds(self, value: i128) -> bool {
        match self {
            Self::BeZeroOrFrom(least) => value == 0 || value >= i128::from(least),
            Self::BeMultipleOf(step) => value % i128::from(step) == 0,
        }
    }
}

/// What PostgreSQL asks of a number beside its range: a limit of the ring buffer that is one
/// (<https://www.postgresql.org/docs/current/runtime-config-resource.html>), and whole banks of
/// the caches of transaction data
/// (<https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/access/transam/slru.c>,
/// `check_slru_buffers`).
pub fn has_to(name: &str) -> Option<HasTo> {
    match name {
        "vacuum_buffer_usage_limit" => Some(HasTo::BeZeroOrFrom(128)),
        "commit_timestamp_buffers"
        | "multixact_member_buffers"
        | "multixact_offset_buffers"
        | "notify_buffers"
        | "serializable_buffers"
        | "subtransaction_buffers"
        | "transaction_buffers" => Some(HasTo::BeMultipleOf(16)),
        _ => None,
    }
}

/// What a parameter of that name takes; nothing for a name that the table does not have.
/// Names are in lower case, as RDS keeps them.
pub fn takes(name: &str) -> Option<Takes> {
    let at = KNOWN.binary_search_by_key(&name, |(name, _)| name).ok()?;
    KNOWN.get(at).map(|(_, takes)| *takes)
}

/// Every name in the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, _)| *name)
}

/// Parameters that PostgreSQL or RDS sets and nobody else may, in alphabetical order.
pub const FIXED: &[&str] = &[
    "archive_cleanup_command",
    "archive_command",
    "archive_library",
    "archive_mode",
    "block_size",
    "bonjour",
    "bonjour_name",
    "config_file",
    "data_checksums",
    "data_directory",
    "data_directory_mode",
    "debug_assertions",
    "dynamic_shared_memory_type",
    "event_source",
    "extension_destdir",
    "external_pid_file",
    "fsync",
    "full_page_writes",
    "hba_file",
    "huge_pages_status",
    "ident_file",
    "in_hot_standby",
    "integer_datetimes",
    "krb_server_keyfile",
    "lc_collate",
    "lc_ctype",
    "listen_addresses",
    "log_directory",
    "max_function_args",
    "max_identifier_length",
    "max_index_keys",
    "num_os_semaphores",
    "output_plugin_libraries",
    "port",
    "primary_conninfo",
    "primary_slot_name",
    "promote_trigger_file",
    "rds.extensions",
    "rds.superuser_variables",
    "recovery_end_command",
    "recovery_target",
    "recovery_target_action",
    "recovery_target_inclusive",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_timeline",
    "recovery_target_xid",
    "restore_command",
    "segment_size",
    "server_encoding",
    "server_version",
    "server_version_num",
    "shared_memory_size",
    "shared_memory_size_in_huge_pages",
    "shared_memory_type",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_crl_dir",
    "ssl_crl_file",
    "ssl_dh_params_file",
    "ssl_key_file",
    "ssl_library",
    "ssl_passphrase_command",
    "ssl_passphrase_command_supports_reload",
    "unix_socket_directories",
    "unix_socket_group",
    "unix_socket_permissions",
    "wal_block_size",
    "wal_level",
    "wal_segment_size",
    "wal_sync_method",
];

/// First parts of names that belong to extensions which RDS offers: more parameters than the
/// table has begin with them.
pub const EXTENSIONS: &[&str] = &[
    "auto_explain",
    "cron",
    "flow_control",
    "orafce",
    "pg_bigm",
    "pg_hint_plan",
    "pg_partman_bgw",
    "pg_prewarm",
    "pg_similarity",
    "pg_stat_statements",
    "pgactive",
    "pgaudit",
    "pglogical",
    "pgtle",
    "plpgsql",
    "plprofiler",
    "plrust",
    "plv8",
    "postgis",
    "rdkit",
];

/// Libraries that RDS preloads, in alphabetical order: the allowed values of
/// `shared_preload_libraries`, which depend on the version
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-extensions.html>).
pub const LIBRARIES: &[&str] = &[
    "auto_explain",
    "orafce",
    "pg_bigm",
    "pg_cron",
    "pg_hint_plan",
    "pg_prewarm",
    "pg_similarity",
    "pg_stat_statements",
    "pg_tle",
    "pg_transport",
    "pgactive",
    "pgaudit",
    "pglogical",
    "plprofiler",
    "plrust",
];

/// The only prefixes that RDS writes: its default, and the long one of newer versions, in the
/// spellings of the guide and of `DescribeDBParameters`.
const LOG_LINE_PREFIXES: &[&str] = &[
    "%t:%r:%u@%d:[%p]:",
    "%t:%r:%u@%d:[%p]:t",
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a",
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
];

const SWITCH: Takes = Takes::Switch;
const LIST: Takes = Takes::List;
const TEXT: Takes = Takes::Text;

const fn word(words: &'static [&'static str]) -> Takes {
    Takes::Word(words)
}

const fn words(words: &'static [&'static str]) -> Takes {
    Takes::Words(words)
}

const fn exactly(texts: &'static [&'static str]) -> Takes {
    Takes::Exactly(texts)
}

const fn whole(least: i64, most: i64) -> Takes {
    Takes::Whole { unit: None, least, most }
}

const fn counted(unit: Unit, least: i64, most: i64) -> Takes {
    Takes::Whole { unit: Some(unit), least, most }
}

const fn number(least: f64, most: f64) -> Takes {
    Takes::Number { unit: None, least, most }
}

const fn measured(unit: Unit, least: f64, most: f64) -> Takes {
    Takes::Number { unit: Some(unit), least, most }
}

/// In alphabetical order.
#[rustfmt::skip]
const KNOWN: &[(&str, Takes)] = &[
    ("allow_alter_system", SWITCH),
    ("allow_in_place_tablespaces", SWITCH),
    ("allow_system_table_mods", SWITCH),
    ("application_name", TEXT),
    ("archive_timeout", counted(Unit::Seconds, 0, 1073741823)),
    ("array_nulls", SWITCH),
    ("authentication_timeout", counted(Unit::Seconds, 1, 600)),
    ("auto_explain.log_analyze", SWITCH),
    ("auto_explain.log_buffers", SWITCH),
    ("auto_explain.log_format", word(&["text", "xml", "json", "yaml"])),
    ("auto_explain.log_level", word(&["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "log"])),
    ("auto_explain.log_min_duration", counted(Unit::Milliseconds, -1, 2147483647)),
    ("auto_explain.log_nested_statements", SWITCH),
    ("auto_explain.log_parameter_max_length", counted(Unit::Bytes, -1, 1073741823)),
    ("auto_explain.log_settings", SWITCH),
    ("auto_explain.log_timing", SWITCH),
    ("auto_explain.log_triggers", SWITCH),
    ("auto_explain.log_verbose", SWITCH),
    ("auto_explain.log_wal", SWITCH),
    ("auto_explain.sample_rate", number(0.0, 1.0)),
    ("autovacuum", SWITCH),
    ("autovacuum_analyze_scale_factor", number(0.0, 100.0)),
    ("autovacuum_analyze_threshold", whole(0, 2147483647)),
    ("autovacuum_freeze_max_age", whole(100000, 2000000000)),
    ("autovacuum_max_workers", whole(1, 262143)),
    ("autovacuum_multixact_freeze_max_age", whole(10000, 2000000000)),
    ("autovacuum_naptime", counted(Unit::Seconds, 1, 2147483)),
    ("autovacuum_vacuum_cost_delay", measured(Unit::Milliseconds, -1.0, 100.0)),
    ("autovacuum_vacuum_cost_limit", whole(-1, 10000)),
    ("autovacuum_vacuum_insert_scale_factor", number(0.0, 100.0)),
    ("autovacuum_vacuum_insert_threshold", whole(-1, 2147483647)),
    ("autovacuum_vacuum_max_threshold", whole(-1, 2147483647)),
    ("autovacuum_vacuum_scale_factor", number(0.0, 100.0)),
    ("autovacuum_vacuum_threshold", whole(0, 2147483647)),
    ("autovacuum_work_mem", counted(Unit::Kilobytes, -1, 2147483647)),
    ("autovacuum_worker_slots", whole(1, 262143)),
    ("backend_flush_after", counted(Unit::Pages, 0, 256)),
    ("backslash_quote", word(&["safe_encoding", "on", "off"])),
    ("backtrace_functions", LIST),
    ("bgwriter_delay", counted(Unit::Milliseconds, 10, 10000)),
    ("bgwriter_flush_after", counted(Unit::Pages, 0, 256)),
    ("bgwriter_lru_maxpages", whole(0, 1073741823)),
    ("bgwriter_lru_multiplier", number(0.0, 10.0)),
    ("bytea_output", word(&["escape", "hex"])),
    ("check_function_bodies", SWITCH),
    ("checkpoint_completion_target", number(0.0, 1.0)),
    ("checkpoint_flush_after", counted(Unit::Pages, 0, 256)),
    ("checkpoint_timeout", counted(Unit::Seconds, 30, 86400)),
    ("checkpoint_warning", counted(Unit::Seconds, 0, 2147483647)),
    ("client_connection_check_interval", counted(Unit::Milliseconds, 0, 2147483647)),
    ("client_encoding", TEXT),
    ("client_min_messages", word(&["debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"])),
    ("cluster_name", TEXT),
    ("commit_delay", whole(0, 100000)),
    ("commit_siblings", whole(0, 1000)),
    ("commit_timestamp_buffers", counted(Unit::Pages, 0, 131072)),
    ("compute_query_id", word(&["auto", "regress", "on", "off"])),
    ("constraint_exclusion", word(&["partition", "on", "off"])),
    ("cpu_index_tuple_cost", number(0.0, f64::MAX)),
    ("cpu_operator_cost", number(0.0, f64::MAX)),
    ("cpu_tuple_cost", number(0.0, f64::MAX)),
    ("createrole_self_grant", LIST),
    ("cron.database_name", TEXT),
    ("cron.enable_superuser_jobs", SWITCH),
    ("cron.host", TEXT),
    ("cron.launch_active_jobs", SWITCH),
    ("cron.log_min_messages", word(&["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"])),
    ("cron.log_run", SWITCH),
    ("cron.log_statement", SWITCH),
    ("cron.max_running_jobs", whole(0, 1000)),
    ("cron.timezone", TEXT),
    ("cron.use_background_workers", SWITCH),
    ("cursor_tuple_fraction", number(0.0, 1.0)),
    ("data_sync_retry", SWITCH),
    ("datestyle", LIST),
    ("db_user_namespace", SWITCH),
    ("deadlock_timeout", counted(Unit::Milliseconds, 1, 2147483647)),
    ("debug_discard_caches", whole(0, 0)),
    ("debug_io_direct", LIST),
    ("debug_logical_replication_streaming", word(&["buffered", "immediate"])),
    ("debug_parallel_query", word(&["off", "on", "regress"])),
    ("debug_pretty_print", SWITCH),
    ("debug_print_parse", SWITCH),
    ("debug_print_plan", SWITCH),
    ("debug_print_rewritten", SWITCH),
    ("default_statistics_target", whole(1, 10000)),
    ("default_table_access_method", TEXT),
    ("default_tablespace", TEXT),
    ("default_text_search_config", TEXT),
    ("default_toast_compression", word(&["pglz", "lz4"])),
    ("default_transaction_deferrable", SWITCH),
    ("default_transaction_isolation", word(&["serializable", "repeatable read", "read committed", "read uncommitted"])),
    ("default_transaction_read_only", SWITCH),
    ("default_with_oids", SWITCH),
    ("dynamic_library_path", TEXT),
    ("effective_cache_size", counted(Unit::Pages, 1, 2147483647)),
    ("effective_io_concurrency", whole(0, 1000)),
    ("enable_async_append", SWITCH),
    ("enable_bitmapscan", SWITCH),
    ("enable_distinct_reordering", SWITCH),
    ("enable_gathermerge", SWITCH),
    ("enable_group_by_reordering", SWITCH),
    ("enable_hashagg", SWITCH),
    ("enable_hashjoin", SWITCH),
    ("enable_incremental_sort", SWITCH),
    ("enable_indexonlyscan", SWITCH),
    ("enable_indexscan", SWITCH),
    ("enable_material", SWITCH),
    ("enable_memoize", SWITCH),
    ("enable_mergejoin", SWITCH),
    ("enable_nestloop", SWITCH),
    ("enable_parallel_append", SWITCH),
    ("enable_parallel_hash", SWITCH),
    ("enable_partition_pruning", SWITCH),
    ("enable_partitionwise_aggregate", SWITCH),
    ("enable_partitionwise_join", SWITCH),
    ("enable_presorted_aggregate", SWITCH),
    ("enable_self_join_elimination", SWITCH),
    ("enable_seqscan", SWITCH),
    ("enable_sort", SWITCH),
    ("enable_tidscan", SWITCH),
    ("escape_string_warning", SWITCH),
    ("event_triggers", SWITCH),
    ("exit_on_error", SWITCH),
    ("extension_control_path", TEXT),
    ("extra_float_digits", whole(-15, 3)),
    ("file_copy_method", word(&["copy", "clone"])),
    ("file_extend_method", word(&["posix_fallocate", "write_zeros"])),
    ("force_parallel_mode", word(&["off", "on", "regress"])),
    ("from_collapse_limit", whole(1, 2147483647)),
    ("geqo", SWITCH),
    ("geqo_effort", whole(1, 10)),
    ("geqo_generations", whole(0, 2147483647)),
    ("geqo_pool_size", whole(0, 2147483647)),
    ("geqo_seed", number(0.0, 1.0)),
    ("geqo_selection_bias", number(1.5, 2.0)),
    ("geqo_threshold", whole(2, 2147483647)),
    ("gin_fuzzy_search_limit", whole(0, 2147483647)),
    ("gin_pending_list_limit", counted(Unit::Kilobytes, 64, 2147483647)),
    ("gss_accept_delegation", SWITCH),
    ("hash_mem_multiplier", number(1.0, 1000.0)),
    ("hot_standby", SWITCH),
    ("hot_standby_feedback", SWITCH),
    ("huge_page_size", counted(Unit::Kilobytes, 0, 2147483647)),
    ("huge_pages", word(&["off", "on", "try"])),
    ("icu_validation_level", word(&["disabled", "debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"])),
    ("idle_in_transaction_session_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("idle_replication_slot_timeout", counted(Unit::Seconds, 0, 2147483647)),
    ("idle_session_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("ignore_checksum_failure", SWITCH),
    ("ignore_invalid_pages", SWITCH),
    ("ignore_system_indexes", SWITCH),
    ("intervalstyle", word(&["postgres", "postgres_verbose", "sql_standard", "iso_8601"])),
    ("io_combine_limit", counted(Unit::Pages, 1, 128)),
    ("io_max_combine_limit", counted(Unit::Pages, 1, 128)),
    ("io_max_concurrency", whole(-1, 1024)),
    ("io_method", word(&["sync", "worker"])),
    ("io_workers", whole(1, 32)),
    ("jit", SWITCH),
    ("jit_above_cost", number(-1.0, f64::MAX)),
    ("jit_debugging_support", SWITCH),
    ("jit_dump_bitcode", SWITCH),
    ("jit_expressions", SWITCH),
    ("jit_inline_above_cost", number(-1.0, f64::MAX)),
    ("jit_optimize_above_cost", number(-1.0, f64::MAX)),
    ("jit_profiling_support", SWITCH),
    ("jit_provider", TEXT),
    ("jit_tuple_deforming", SWITCH),
    ("join_collapse_limit", whole(1, 2147483647)),
    ("krb_caseins_users", SWITCH),
    ("lc_messages", TEXT),
    ("lc_monetary", TEXT),
    ("lc_numeric", TEXT),
    ("lc_time", TEXT),
    ("lo_compat_privileges", SWITCH),
    ("local_preload_libraries", LIST),
    ("lock_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("log_autovacuum_min_duration", counted(Unit::Milliseconds, -1, 2147483647)),
    ("log_checkpoints", SWITCH),
    ("log_connections", words(&["all", "authentication", "authorization", "off", "on", "receipt", "setup_durations"])),
    ("log_destination", words(&["csvlog", "stderr"])),
    ("log_disconnections", SWITCH),
    ("log_duration", SWITCH),
    ("log_error_verbosity", word(&["terse", "default", "verbose"])),
    ("log_executor_stats", SWITCH),
    ("log_file_mode", whole(0, 511)),
    ("log_filename", exactly(&["postgresql.log.%Y-%m-%d", "postgresql.log.%Y-%m-%d-%H", "postgresql.log.%Y-%m-%d-%H%M"])),
    ("log_hostname", SWITCH),
    ("log_line_prefix", exactly(LOG_LINE_PREFIXES)),
    ("log_lock_failures", SWITCH),
    ("log_lock_waits", SWITCH),
    ("log_min_duration_sample", counted(Unit::Milliseconds, -1, 2147483647)),
    ("log_min_duration_statement", counted(Unit::Milliseconds, -1, 2147483647)),
    ("log_min_error_statement", word(&["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"])),
    ("log_min_messages", word(&["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"])),
    ("log_parameter_max_length", counted(Unit::Bytes, -1, 1073741823)),
    ("log_parameter_max_length_on_error", counted(Unit::Bytes, -1, 1073741823)),
    ("log_parser_stats", SWITCH),
    ("log_planner_stats", SWITCH),
    ("log_recovery_conflict_waits", SWITCH),
    ("log_replication_commands", SWITCH),
    ("log_rotation_age", counted(Unit::Minutes, 1, 1440)),
    ("log_rotation_size", counted(Unit::Kilobytes, 0, 2097151)),
    ("log_startup_progress_interval", counted(Unit::Milliseconds, 0, 2147483647)),
    ("log_statement", word(&["none", "ddl", "mod", "all"])),
    ("log_statement_sample_rate", number(0.0, 1.0)),
    ("log_statement_stats", SWITCH),
    ("log_temp_files", counted(Unit::Kilobytes, -1, 2147483647)),
    ("log_timezone", TEXT),
    ("log_transaction_sample_rate", number(0.0, 1.0)),
    ("log_truncate_on_rotation", SWITCH),
    ("logging_collector", SWITCH),
    ("logical_decoding_work_mem", counted(Unit::Kilobytes, 64, 2147483647)),
    ("maintenance_io_concurrency", whole(0, 1000)),
    ("maintenance_work_mem", counted(Unit::Kilobytes, 64, 2147483647)),
    ("max_active_replication_origins", whole(0, 262143)),
    ("max_connections", whole(6, 262143)),
    ("max_files_per_process", whole(64, 2147483647)),
    ("max_locks_per_transaction", whole(10, 2147483647)),
    ("max_logical_replication_workers", whole(0, 262143)),
    ("max_notify_queue_pages", whole(64, 2147483647)),
    ("max_parallel_apply_workers_per_subscription", whole(0, 1024)),
    ("max_parallel_maintenance_workers", whole(0, 1024)),
    ("max_parallel_workers", whole(0, 1024)),
    ("max_parallel_workers_per_gather", whole(0, 1024)),
    ("max_pred_locks_per_page", whole(0, 2147483647)),
    ("max_pred_locks_per_relation", whole(-2147483648, 2147483647)),
    ("max_pred_locks_per_transaction", whole(10, 2147483647)),
    ("max_prepared_transactions", whole(0, 262143)),
    ("max_replication_slots", whole(0, 262143)),
    ("max_slot_wal_keep_size", counted(Unit::Megabytes, -1, 2147483647)),
    ("max_stack_depth", counted(Unit::Kilobytes, 100, 2147483647)),
    ("max_standby_archive_delay", counted(Unit::Milliseconds, -1, 2147483647)),
    ("max_standby_streaming_delay", counted(Unit::Milliseconds, -1, 2147483647)),
    ("max_sync_workers_per_subscription", whole(0, 262143)),
    ("max_wal_senders", whole(0, 262143)),
    ("max_wal_size", counted(Unit::Megabytes, 2, 2147483647)),
    ("max_worker_processes", whole(0, 262143)),
    ("md5_password_warnings", SWITCH),
    ("min_dynamic_shared_memory", counted(Unit::Megabytes, 0, 2147483647)),
    ("min_parallel_index_scan_size", counted(Unit::Pages, 0, 715827882)),
    ("min_parallel_table_scan_size", counted(Unit::Pages, 0, 715827882)),
    ("min_wal_size", counted(Unit::Megabytes, 2, 2147483647)),
    ("multixact_member_buffers", counted(Unit::Pages, 16, 131072)),
    ("multixact_offset_buffers", counted(Unit::Pages, 16, 131072)),
    ("notify_buffers", counted(Unit::Pages, 16, 131072)),
    ("oauth_validator_libraries", LIST),
    ("old_snapshot_threshold", counted(Unit::Minutes, -1, 86400)),
    ("operator_precedence_warning", SWITCH),
    ("parallel_leader_participation", SWITCH),
    ("parallel_setup_cost", number(0.0, f64::MAX)),
    ("parallel_tuple_cost", number(0.0, f64::MAX)),
    ("password_encryption", word(&["md5", "scram-sha-256"])),
    ("pg_hint_plan.enable_hint", SWITCH),
    ("pg_hint_plan.enable_hint_table", SWITCH),
    ("pg_prewarm.autoprewarm", SWITCH),
    ("pg_prewarm.autoprewarm_interval", counted(Unit::Seconds, 0, 2147483)),
    ("pg_stat_statements.max", whole(100, 1073741823)),
    ("pg_stat_statements.save", SWITCH),
    ("pg_stat_statements.track", word(&["none", "top", "all"])),
    ("pg_stat_statements.track_planning", SWITCH),
    ("pg_stat_statements.track_utility", SWITCH),
    ("pgaudit.log", LIST),
    ("pgaudit.log_catalog", SWITCH),
    ("pgaudit.log_client", SWITCH),
    ("pgaudit.log_level", word(&["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "log"])),
    ("pgaudit.log_parameter", SWITCH),
    ("pgaudit.log_parameter_max_size", counted(Unit::Bytes, 0, 2147483647)),
    ("pgaudit.log_relation", SWITCH),
    ("pgaudit.log_rows", SWITCH),
    ("pgaudit.log_statement", SWITCH),
    ("pgaudit.log_statement_once", SWITCH),
    ("pgaudit.role", TEXT),
    ("plan_cache_mode", word(&["auto", "force_generic_plan", "force_custom_plan"])),
    ("plpgsql.check_asserts", SWITCH),
    ("plpgsql.extra_errors", LIST),
    ("plpgsql.extra_warnings", LIST),
    ("plpgsql.print_strict_params", SWITCH),
    ("plpgsql.variable_conflict", word(&["error", "use_variable", "use_column"])),
    ("post_auth_delay", counted(Unit::Seconds, 0, 2147)),
    ("pre_auth_delay", counted(Unit::Seconds, 0, 60)),
    ("quote_all_identifiers", SWITCH),
    ("random_page_cost", number(0.0, f64::MAX)),
    ("rds.accepted_password_auth_method", word(&["md5+scram", "scram"])),
    ("rds.adaptive_autovacuum", SWITCH),
    ("rds.allowed_extensions", LIST),
    ("rds.custom_dns_resolution", SWITCH),
    ("rds.delegated_extension_allow_drop_cascade", SWITCH),
    ("rds.delegated_extensions", LIST),
    ("rds.enable_pgactive", SWITCH),
    ("rds.force_admin_logging_level", word(&["disabled", "debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"])),
    ("rds.force_autovacuum_logging_level", word(&["disabled", "debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"])),
    ("rds.force_ssl", SWITCH),
    ("rds.local_volume_spill_enabled", SWITCH),
    ("rds.log_retention_period", counted(Unit::Minutes, 1440, 10080)),
    ("rds.logical_replication", SWITCH),
    ("rds.pg_stat_ramdisk_size", whole(0, 1024)),
    ("rds.rds_superuser_reserved_connections", whole(0, 262143)),
    ("rds.replica_identity_full", SWITCH),
    ("rds.restrict_password_commands", SWITCH),
    ("recovery_init_sync_method", word(&["fsync", "syncfs"])),
    ("recovery_min_apply_delay", counted(Unit::Milliseconds, 0, 2147483647)),
    ("recovery_prefetch", word(&["off", "on", "try"])),
    ("recursive_worktable_factor", number(0.001, 1000000.0)),
    ("remove_temp_files_after_crash", SWITCH),
    ("reserved_connections", whole(0, 262143)),
    ("restart_after_crash", SWITCH),
    ("restrict_nonsystem_relation_kind", LIST),
    ("row_security", SWITCH),
    ("scram_iterations", whole(1, 2147483647)),
    ("search_path", LIST),
    ("send_abort_for_crash", SWITCH),
    ("send_abort_for_kill", SWITCH),
    ("seq_page_cost", number(0.0, f64::MAX)),
    ("serializable_buffers", counted(Unit::Pages, 16, 131072)),
    ("session_preload_libraries", LIST),
    ("session_replication_role", word(&["origin", "replica", "local"])),
    ("shared_buffers", counted(Unit::Pages, 16, 1073741823)),
    ("shared_preload_libraries", LIST),
    ("ssl", SWITCH),
    ("ssl_ciphers", LIST),
    ("ssl_ecdh_curve", TEXT),
    ("ssl_groups", TEXT),
    ("ssl_max_protocol_version", word(&["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])),
    ("ssl_min_protocol_version", word(&["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])),
    ("ssl_prefer_server_ciphers", SWITCH),
    ("ssl_tls13_ciphers", TEXT),
    ("standard_conforming_strings", SWITCH),
    ("statement_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("stats_fetch_consistency", word(&["none", "cache", "snapshot"])),
    ("subtransaction_buffers", counted(Unit::Pages, 0, 131072)),
    ("summarize_wal", SWITCH),
    ("superuser_reserved_connections", whole(0, 262143)),
    ("sync_replication_slots", SWITCH),
    ("synchronize_seqscans", SWITCH),
    ("synchronized_standby_slots", LIST),
    ("synchronous_commit", word(&["local", "remote_write", "remote_apply", "on", "off"])),
    ("synchronous_standby_names", LIST),
    ("syslog_facility", word(&["local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"])),
    ("syslog_ident", TEXT),
    ("syslog_sequence_numbers", SWITCH),
    ("syslog_split_messages", SWITCH),
    ("tcp_keepalives_count", whole(0, 2147483647)),
    ("tcp_keepalives_idle", counted(Unit::Seconds, 0, 2147483647)),
    ("tcp_keepalives_interval", counted(Unit::Seconds, 0, 2147483647)),
    ("tcp_user_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("temp_buffers", counted(Unit::Pages, 100, 1073741823)),
    ("temp_file_limit", counted(Unit::Kilobytes, -1, 2147483647)),
    ("temp_tablespaces", LIST),
    ("timezone", TEXT),
    ("timezone_abbreviations", TEXT),
    ("trace_connection_negotiation", SWITCH),
    ("trace_notify", SWITCH),
    ("trace_recovery_messages", word(&["debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"])),
    ("trace_sort", SWITCH),
    ("track_activities", SWITCH),
    ("track_activity_query_size", counted(Unit::Bytes, 100, 1048576)),
    ("track_commit_timestamp", SWITCH),
    ("track_cost_delay_timing", SWITCH),
    ("track_counts", SWITCH),
    ("track_functions", word(&["none", "pl", "all"])),
    ("track_io_timing", SWITCH),
    ("track_wal_io_timing", SWITCH),
    ("transaction_buffers", counted(Unit::Pages, 0, 131072)),
    ("transaction_deferrable", SWITCH),
    ("transaction_isolation", word(&["serializable", "repeatable read", "read committed", "read uncommitted"])),
    ("transaction_read_only", SWITCH),
    ("transaction_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("transform_null_equals", SWITCH),
    ("update_process_title", SWITCH),
    ("vacuum_buffer_usage_limit", counted(Unit::Kilobytes, 0, 16777216)),
    ("vacuum_cleanup_index_scale_factor", number(0.0, 10000000000.0)),
    ("vacuum_cost_delay", measured(Unit::Milliseconds, 0.0, 100.0)),
    ("vacuum_cost_limit", whole(1, 10000)),
    ("vacuum_cost_page_dirty", whole(0, 10000)),
    ("vacuum_cost_page_hit", whole(0, 10000)),
    ("vacuum_cost_page_miss", whole(0, 10000)),
    ("vacuum_defer_cleanup_age", whole(0, 1000000)),
    ("vacuum_failsafe_age", whole(0, 2100000000)),
    ("vacuum_freeze_min_age", whole(0, 1000000000)),
    ("vacuum_freeze_table_age", whole(0, 2000000000)),
    ("vacuum_max_eager_freeze_failure_rate", number(0.0, 1.0)),
    ("vacuum_multixact_failsafe_age", whole(0, 2100000000)),
    ("vacuum_multixact_freeze_min_age", whole(0, 1000000000)),
    ("vacuum_multixact_freeze_table_age", whole(0, 2000000000)),
    ("vacuum_truncate", SWITCH),
    ("wal_buffers", counted(Unit::Pages, -1, 262143)),
    ("wal_compression", word(&["pglz", "lz4", "zstd", "on", "off"])),
    ("wal_consistency_checking", LIST),
    ("wal_decode_buffer_size", counted(Unit::Bytes, 65536, 1073741823)),
    ("wal_init_zero", SWITCH),
    ("wal_keep_segments", whole(0, 2147483647)),
    ("wal_keep_size", counted(Unit::Megabytes, 0, 2147483647)),
    ("wal_log_hints", SWITCH),
    ("wal_receiver_create_temp_slot", SWITCH),
    ("wal_receiver_status_interval", counted(Unit::Seconds, 0, 2147483)),
    ("wal_receiver_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("wal_recycle", SWITCH),
    ("wal_retrieve_retry_interval", counted(Unit::Milliseconds, 1, 2147483647)),
    ("wal_sender_timeout", counted(Unit::Milliseconds, 0, 2147483647)),
    ("wal_skip_threshold", counted(Unit::Kilobytes, 0, 2147483647)),
    ("wal_summary_keep_time", counted(Unit::Minutes, 0, 35791394)),
    ("wal_writer_delay", counted(Unit::Milliseconds, 1, 10000)),
    ("wal_writer_flush_after", counted(Unit::Pages, 0, 2147483647)),
    ("work_mem", counted(Unit::Kilobytes, 64, 2147483647)),
    ("xmlbinary", word(&["base64", "hex"])),
    ("xmloption", word(&["content", "document"])),
    ("zero_damaged_pages", SWITCH),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_in_lower_case() {
        assert!(KNOWN.is_sorted_by_key(|(name, _)| name));
        assert!(FIXED.is_sorted() && EXTENSIONS.is_sorted());
        assert!(LIBRARIES.is_sorted());
        assert!(names().chain(FIXED.iter().copied()).all(|name| name == name.to_lowercase()));
        assert!(names().all(|name| FIXED.binary_search(&name).is_err()));
    }

    #[test]
    fn every_parameter_that_waits_for_a_reboot_is_known() {
        for name in crate::parameter::STATIC {
            assert!(takes(name).is_some(), "{name}");
            assert!(names().any(|known| known == *name), "{name}");
        }
    }

    #[test]
    fn a_parameter_is_found_by_its_name() {
        assert_eq!(takes("log_lock_waits"), Some(Takes::Switch));
        assert_eq!(takes("max_connections"), Some(whole(6, 262_143)));
        assert_eq!(takes("timezone"), Some(Takes::Text));
        assert_eq!(takes("TimeZone"), None);
        assert_eq!(takes("no_such_parameter"), None);
    }
}
