//! Parameters that came with a major version, and those that went.

use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::spanned::Sp;

/// The first major version of parameters that older ones do not have, in the order of the names
/// (release notes of PostgreSQL 13 to 18, <https://www.postgresql.org/docs/release/>; Patroni keeps
/// the same list,
/// <https://github.com/patroni/patroni/blob/master/patroni/postgresql/available_parameters/0_postgres.yml>).
#[rustfmt::skip]
const SINCE: &[(&str, u32)] = &[
    ("allow_alter_system", 17),
    ("autovacuum_vacuum_insert_scale_factor", 13),
    ("autovacuum_vacuum_insert_threshold", 13),
    ("autovacuum_vacuum_max_threshold", 18),
    ("autovacuum_worker_slots", 18),
    ("backtrace_functions", 13),
    ("client_connection_check_interval", 14),
    ("commit_timestamp_buffers", 17),
    ("compute_query_id", 14),
    ("createrole_self_grant", 16),
    ("debug_io_direct", 16),
    ("debug_parallel_query", 16),
    ("default_toast_compression", 14),
    ("enable_async_append", 14),
    ("enable_distinct_reordering", 18),
    ("enable_group_by_reordering", 17),
    ("enable_incremental_sort", 13),
    ("enable_presorted_aggregate", 16),
    ("enable_self_join_elimination", 18),
    ("event_triggers", 17),
    ("extension_control_path", 18),
    ("file_copy_method", 18),
    ("gss_accept_delegation", 16),
    ("hash_mem_multiplier", 13),
    ("huge_page_size", 14),
    ("icu_validation_level", 16),
    ("idle_replication_slot_timeout", 18),
    ("idle_session_timeout", 14),
    ("ignore_invalid_pages", 13),
    ("io_combine_limit", 17),
    ("io_max_combine_limit", 18),
    ("io_max_concurrency", 18),
    ("io_method", 18),
    ("io_workers", 18),
    ("log_lock_failures", 18),
    ("log_min_duration_sample", 13),
    ("log_parameter_max_length", 13),
    ("log_parameter_max_length_on_error", 13),
    ("log_recovery_conflict_waits", 14),
    ("log_startup_progress_interval", 15),
    ("log_statement_sample_rate", 13),
    ("logical_decoding_work_mem", 13),
    ("maintenance_io_concurrency", 13),
    ("max_active_replication_origins", 18),
    ("max_notify_queue_pages", 17),
    ("max_parallel_apply_workers_per_subscription", 16),
    ("max_slot_wal_keep_size", 13),
    ("min_dynamic_shared_memory", 14),
    ("multixact_member_buffers", 17),
    ("multixact_offset_buffers", 17),
    ("notify_buffers", 17),
    ("oauth_validator_libraries", 18),
    ("recovery_init_sync_method", 14),
    ("recovery_prefetch", 15),
    ("recursive_worktable_factor", 15),
    ("remove_temp_files_after_crash", 14),
    ("reserved_connections", 16),
    ("scram_iterations", 16),
    ("send_abort_for_crash", 16),
    ("send_abort_for_kill", 16),
    ("serializable_buffers", 17),
    ("ssl_groups", 18),
    ("stats_fetch_consistency", 15),
    ("subtransaction_buffers", 17),
    ("summarize_wal", 17),
    ("sync_replication_slots", 17),
    ("synchronized_standby_slots", 17),
    ("trace_connection_negotiation", 17),
    ("track_cost_delay_timing", 18),
    ("track_wal_io_timing", 14),
    ("transaction_buffers", 17),
    ("transaction_timeout", 17),
    ("vacuum_buffer_usage_limit", 16),
    ("vacuum_failsafe_age", 14),
    ("vacuum_max_eager_freeze_failure_rate", 18),
    ("vacuum_multixact_failsafe_age", 14),
    ("vacuum_truncate", 18),
    ("wal_decode_buffer_size", 15),
    ("wal_keep_size", 13),
    ("wal_receiver_create_temp_slot", 13),
    ("wal_skip_threshold", 13),
    ("wal_summary_keep_time", 17),
];

/// The last major version of parameters that newer ones do not have, in the order of the names.
/// Names that PostgreSQL keeps as another spelling of a new one are not among them.
const UNTIL: &[(&str, u32)] = &[
    ("db_user_namespace", 16),
    ("default_with_oids", 11),
    ("old_snapshot_threshold", 16),
    ("operator_precedence_warning", 13),
    ("trace_recovery_messages", 16),
    ("vacuum_cleanup_index_scale_factor", 13),
    ("vacuum_defer_cleanup_age", 15),
    ("wal_keep_segments", 12),
];

fn of(table: &[(&str, u32)], name: &str) -> Option<u32> {
    let at = table.binary_search_by_key(&name, |(name, _)| name).ok()?;
    table.get(at).map(|(_, major)| *major)
}

/// Finds a parameter that the spec's major version does not have; whether it has it.
pub(super) fn check(
    spec: &Spec,
    name: &Sp<String>,
    lower: &str,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let major = spec.major();
    let (label, help) = match (of(SINCE, lower), of(UNTIL, lower)) {
        // What cannot be read as a version is an error of its own.
        _ if major == 0 => return true,
        (Some(first), _) if major < first => (
            format!("PostgreSQL {first} is the first that has it"),
            format!("delete this line, or write `version = \"{first}\"` in [engine]"),
        ),
        (_, Some(last)) if major > last => {
            (format!("PostgreSQL {last} was the last that had it"), "delete this line".into())
        }
        _ => return true,
    };
    let title = format!("PostgreSQL {major} has no `{}`", **name);
    found.push(
        Diagnostic::new("PGHA149", name.span(), title)
            .label(label)
            .also(spec.engine.version.span(), "because of this version")
            .help(help),
    );
    false
}

#[cfg(test)]
mod tests {
    use pgha_resource::parameter::known;

    use super::*;

    #[test]
    fn the_tables_are_sorted_and_of_known_parameters() {
        assert!(SINCE.is_sorted() && UNTIL.is_sorted());
        for (name, _) in SINCE.iter().chain(UNTIL) {
            assert!(known::takes(name).is_some(), "{name}");
        }
    }
}
