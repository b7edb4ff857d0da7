//! PostgreSQL parameters on RDS: which are static, what changing them takes.
//!
//! The table lists what differs from the common case. A parameter that is not in it is
//! taken for dynamic when shown in an offline plan; the live account's own `ApplyType`
//! is the authority when the call is made.

pub mod formula;
pub mod known;
mod reading;
pub mod unit;

use std::collections::BTreeMap;

use crate::effect::Disruption;
use crate::effect::Effect;
use crate::effect::When;

pub use reading::Refusal;
pub use reading::canonical;
pub use reading::canonical_all;
pub use reading::number;
pub use reading::out_of_range;
pub use reading::read;

/// The most parameters that one Modify or Reset call carries (RDS API, ModifyDBParameterGroup).
pub const PER_CALL: usize = 20;

/// Parameters that take effect only after a reboot (RDS guide, "Common DBA tasks: parameters",
/// docs/aws/parameters.md#which-are-static; PostgreSQL documentation, "can only be set at server
/// start"; pg_cron's own, likewise), in alphabetical order.
pub const STATIC: &[&str] = &[
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_worker_slots",
    "cluster_name",
    "commit_timestamp_buffers",
    "cron.database_name",
    "cron.enable_superuser_jobs",
    "cron.host",
    "cron.log_run",
    "cron.log_statement",
    "cron.max_running_jobs",
    "cron.timezone",
    "cron.use_background_workers",
    "hot_standby",
    "huge_page_size",
    "huge_pages",
    "io_max_combine_limit",
    "io_max_concurrency",
    "io_method",
    "logging_collector",
    "max_active_replication_origins",
    "max_connections",
    "max_files_per_process",
    "max_locks_per_transaction",
    "max_logical_replication_workers",
    "max_notify_queue_pages",
    "max_pred_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "min_dynamic_shared_memory",
    "multixact_member_buffers",
    "multixact_offset_buffers",
    "notify_buffers",
    "old_snapshot_threshold",
    "pg_stat_statements.max",
    "rds.local_volume_spill_enabled",
    "rds.logical_replication",
    "rds.rds_superuser_reserved_connections",
    "rds.restrict_password_commands",
    "reserved_connections",
    "serializable_buffers",
    "shared_buffers",
    "shared_preload_libraries",
    "subtransaction_buffers",
    "superuser_reserved_connections",
    "trace_connection_negotiation",
    "track_activity_query_size",
    "track_commit_timestamp",
    "transaction_buffers",
    "wal_buffers",
    "wal_decode_buffer_size",
    "wal_log_hints",
];

/// Parameters that a standby must have at least as high as its primary (PostgreSQL
/// documentation, "Hot Standby: Administrator's Overview"; docs/aws/replicas.md#hot-standby).
pub const HOT_STANDBY: &[&str] = &[
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_wal_senders",
    "max_worker_processes",
];

/// What a hot-standby parameter is without an entry in the group, where that is known (PostgreSQL
/// documentation; `max_connections` depends on the class, docs/aws/parameters.md#max_connections).
pub fn default_of(name: &str, class: Option<&str>) -> Option<u64> {
    match name {
        "max_connections" => class.and_then(crate::catalog::nominal_max_connections).map(u64::from),
        "max_locks_per_transaction" => Some(64),
        "max_prepared_transactions" => Some(0),
        "max_wal_senders" => Some(10),
        "max_worker_processes" => Some(8),
        _ => None,
    }
}

/// Whether a parameter takes effect only after a reboot.
pub fn is_static(name: &str) -> bool {
    STATIC.binary_search(&name).is_ok()
}

/// Names of the parameters whose value differs between two groups.
pub fn changed<'a>(
    from: &'a BTreeMap<String, String>,
    to: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a str> {
    let set = to.iter().filter(|(k, v)| from.get(*k) != Some(v)).map(|(k, _)| k.as_str());
    let reset = from.keys().filter(|k| !to.contains_key(*k)).map(String::as_str);
    set.chain(reset)
}

/// What editing a group's parameters costs by itself: nothing, but static ones wait for a
/// reboot, which is a step of its own.
pub fn effect(
    from: Option<&BTreeMap<String, String>>,
    to: Option<&BTreeMap<String, String>>,
) -> Effect {
    let empty = BTreeMap::new();
    let (from, to) = (from.unwrap_or(&empty), to.unwrap_or(&empty));
    let waits = changed(from, to).any(is_static);
    let when = if waits { When::Reboot } else { When::Now };
    Effect::InPlace { disruption: Disruption::None, when }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_for_binary_search() {
        assert!(STATIC.is_sorted());
        assert!(HOT_STANDBY.is_sorted());
        assert!(HOT_STANDBY.iter().all(|name| is_static(name)));
    }

    #[test]
    fn static_parameters_wait_for_a_reboot() {
        let group =
            |name: &str, value: &str| BTreeMap::from([(name.to_string(), value.to_string())]);
        let (old, new) = (group("max_connections", "200"), group("max_connections", "400"));
        let waits = Effect::InPlace { disruption: Disruption::None, when: When::Reboot };
        assert_eq!(effect(Some(&old), Some(&new)), waits);
        assert_eq!(
            effect(Some(&group("work_mem", "1")), Some(&group("work_mem", "2"))),
            Effect::NOW
        );
        assert_eq!(effect(Some(&old), None), waits);
    }

    fn group(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn what_the_table_does_not_name_is_dynamic() {
        assert!(is_static("max_connections") && is_static("wal_buffers"));
        assert!(is_static("autovacuum_freeze_max_age"));
        assert!(!is_static("work_mem") && !is_static("max_connection") && !is_static(""));
    }

    /// PostgreSQL documentation, "Resource Consumption" and "Replication";
    /// docs/aws/parameters.md#max_connections.
    #[test]
    fn hot_standby_parameters_have_known_defaults() {
        #[track_caller]
        fn check(name: &str, class: Option<&str>, expected: Option<u64>) {
            assert_eq!(default_of(name, class), expected);
        }
        check("max_connections", Some("db.r6g.large"), Some(1802));
        check("max_connections", Some("db.unknown.large"), None);
        check("max_connections", None, None);
        check("max_locks_per_transaction", None, Some(64));
        check("max_prepared_transactions", None, Some(0));
        check("max_wal_senders", None, Some(10));
        check("max_worker_processes", None, Some(8));
        check("work_mem", Some("db.r6g.large"), None);
    }

    #[test]
    fn what_is_set_comes_before_what_is_reset() {
        let from = group(&[("same", "1"), ("gone", "1"), ("moved", "1")]);
        let to = group(&[("same", "1"), ("moved", "2"), ("new", "1")]);
        assert_eq!(changed(&from, &to).collect::<Vec<_>>(), ["moved", "new", "gone"]);
        assert_eq!(changed(&from, &from).count(), 0);
    }

    #[test]
    fn one_static_parameter_among_many_is_enough_for_a_reboot() {
        let waits = Effect::InPlace { disruption: Disruption::None, when: When::Reboot };
        let old = group(&[("work_mem", "1"), ("max_connections", "200")]);
        let new = group(&[("work_mem", "2"), ("max_connections", "400")]);
        assert_eq!(effect(Some(&old), Some(&new)), waits);
        assert_eq!(effect(None, Some(&old)), waits);
        // A static parameter that stays as it is waits for nothing.
        let other = group(&[("work_mem", "2"), ("max_connections", "200")]);
        assert_eq!(effect(Some(&old), Some(&other)), Effect::NOW);
        assert_eq!(effect(None, None), Effect::NOW);
    }
}
