//! Units of PostgreSQL parameters: what people write, and the bare number in the base unit
//! that the RDS API takes (aws-facts §3).

use crate::section::parameters::Written;

/// What a parameter's number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Pages,
    Kilobytes,
    Megabytes,
    Milliseconds,
    Seconds,
    Minutes,
}

impl Base {
    fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages of 8 kB",
            Self::Kilobytes => "kB",
            Self::Megabytes => "MB",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
        }
    }

    fn is_size(self) -> bool {
        matches!(self, Self::Pages | Self::Kilobytes | Self::Megabytes)
    }

    /// How many bytes or microseconds one is.
    fn grain(self) -> u64 {
        match self {
            Self::Pages => 8 << 10,
            Self::Kilobytes => 1 << 10,
            Self::Megabytes => 1 << 20,
            Self::Milliseconds => 1_000,
            Self::Seconds => 1_000_000,
            Self::Minutes => 60_000_000,
        }
    }
}

/// Parameters whose base unit is not told by their name (PostgreSQL documentation,
/// `pg_settings.unit`), sorted.
const BASES: &[(&str, Base)] = &[
    ("archive_timeout", Base::Seconds),
    ("authentication_timeout", Base::Seconds),
    ("auto_explain.log_min_duration", Base::Milliseconds),
    ("autovacuum_naptime", Base::Seconds),
    ("autovacuum_vacuum_cost_delay", Base::Milliseconds),
    ("autovacuum_work_mem", Base::Kilobytes),
    ("bgwriter_delay", Base::Milliseconds),
    ("checkpoint_flush_after", Base::Pages),
    ("checkpoint_timeout", Base::Seconds),
    ("checkpoint_warning", Base::Seconds),
    ("deadlock_timeout", Base::Milliseconds),
    ("effective_cache_size", Base::Pages),
    ("gin_pending_list_limit", Base::Kilobytes),
    ("hash_mem", Base::Kilobytes),
    ("idle_in_transaction_session_timeout", Base::Milliseconds),
    ("idle_session_timeout", Base::Milliseconds),
    ("lock_timeout", Base::Milliseconds),
    ("log_autovacuum_min_duration", Base::Milliseconds),
    ("log_min_duration_sample", Base::Milliseconds),
    ("log_min_duration_statement", Base::Milliseconds),
    ("log_rotation_age", Base::Minutes),
    ("log_rotation_size", Base::Kilobytes),
    ("log_startup_progress_interval", Base::Milliseconds),
    ("log_temp_files", Base::Kilobytes),
    ("logical_decoding_work_mem", Base::Kilobytes),
    ("maintenance_work_mem", Base::Kilobytes),
    ("max_slot_wal_keep_size", Base::Megabytes),
    ("max_stack_depth", Base::Kilobytes),
    ("max_standby_archive_delay", Base::Milliseconds),
    ("max_standby_streaming_delay", Base::Milliseconds),
    ("max_wal_size", Base::Megabytes),
    ("min_parallel_index_scan_size", Base::Pages),
    ("min_parallel_table_scan_size", Base::Pages),
    ("min_wal_size", Base::Megabytes),
    ("rds.log_retention_period", Base::Minutes),
    ("shared_buffers", Base::Pages),
    ("statement_timeout", Base::Milliseconds),
    ("tcp_keepalives_idle", Base::Seconds),
    ("tcp_keepalives_interval", Base::Seconds),
    ("tcp_user_timeout", Base::Milliseconds),
    ("temp_buffers", Base::Pages),
    ("temp_file_limit", Base::Kilobytes),
    ("transaction_timeout", Base::Milliseconds),
    ("vacuum_cost_delay", Base::Milliseconds),
    ("wal_buffers", Base::Pages),
    ("wal_keep_size", Base::Megabytes),
    ("wal_receiver_timeout", Base::Milliseconds),
    ("wal_sender_timeout", Base::Milliseconds),
    ("wal_writer_delay", Base::Milliseconds),
    ("work_mem", Base::Kilobytes),
];

fn base_of(name: &str) -> Option<Base> {
    let at = BASES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    BASES.get(at).map(|(_, base)| *base)
}

/// The names of the parameters that count something.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    BASES.iter().map(|(name, _)| *name)
}

/// What a value of a parameter looks like.
pub(crate) fn example(name: &str) -> &'static str {
    match base_of(name) {
        Some(base) if base.is_size() => "\"16MB\"",
        Some(Base::Minutes | Base::Seconds) => "\"15min\"",
        Some(_) => "\"30s\"",
        None => "200",
    }
}

/// The unit of a text as bytes or microseconds; PostgreSQL's units are binary, and are
/// accepted here in either spelling.
fn unit(text: &str) -> Option<(bool, u64)> {
    Some(match text {
        "B" => (true, 1),
        "kB" | "KB" | "KiB" => (true, 1 << 10),
        "MB" | "MiB" => (true, 1 << 20),
        "GB" | "GiB" => (true, 1 << 30),
        "TB" | "TiB" => (true, 1 << 40),
        "us" => (false, 1),
        "ms" => (false, 1_000),
        "s" => (false, 1_000_000),
        "min" => (false, 60_000_000),
        "h" => (false, 3_600_000_000),
        "d" => (false, 86_400_000_000),
        _ => return None,
    })
}

/// The value as the API takes it, or what is wrong with it.
pub(crate) fn base(name: &str, written: &Written) -> Result<String, String> {
    match written {
        Written::Text(text) => from_text(name, text.trim()),
        Written::Table => Err("the value is a table".into()),
        other => Ok(other.to_string()),
    }
}

fn from_text(name: &str, text: &str) -> Result<String, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (Ok(number), tail) = (text[..end].parse::<u64>(), text[end..].trim()) else {
        return plain(name, text);
    };
    let Some((is_size, grain)) = unit(tail) else {
        return if tail.is_empty() { Ok(text.into()) } else { plain(name, text) };
    };
    let Some(base) = base_of(name) else {
        return Err(format!(
            "pgha does not know the unit of `{name}`: write the bare number that RDS documents"
        ));
    };
    if base.is_size() != is_size {
        let kind = if base.is_size() { "a size" } else { "a time" };
        return Err(format!("`{name}` is {kind}, counted in {}", base.name()));
    }
    let Some(total) = number.checked_mul(grain) else {
        return Err(format!("`{text}` is too much"));
    };
    match total % base.grain() {
        0 => Ok((total / base.grain()).to_string()),
        _ => Err(format!("`{name}` counts in whole {}, `{text}` is not", base.name())),
    }
}

/// A text without a unit: as it stands, unless the parameter counts something.
fn plain(name: &str, text: &str) -> Result<String, String> {
    let counts = base_of(name);
    // Formulas such as {DBInstanceClassMemory/32768} and -1 for "off" are RDS's own words.
    let is_formula = text.contains(['{', '(']) || text.starts_with('-');
    match counts {
        Some(base) if !is_formula && text.parse::<f64>().is_err() => {
            Err(format!("`{text}` is no value for `{name}`, which counts in {}", base.name()))
        }
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, wanted: &str) {
        assert_eq!(base(name, &Written::Text(text.into())), Ok(wanted.to_string()));
    }

    #[track_caller]
    fn check_refused(name: &str, text: &str, wanted: &str) {
        assert_eq!(base(name, &Written::Text(text.into())), Err(wanted.to_string()));
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(BASES.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn values_become_bare_numbers_in_the_base_unit() {
        check("work_mem", "16MB", "16384");
        check("work_mem", "16 MiB", "16384");
        check("shared_buffers", "4GB", "524288");
        check("log_min_duration_statement", "1s", "1000");
        check("idle_in_transaction_session_timeout", "30s", "30000");
        check("checkpoint_timeout", "15min", "900");
        check("rds.log_retention_period", "3 d", "4320");
        check("max_wal_size", "4GB", "4096");
        check("log_min_duration_statement", "-1", "-1");
        check("shared_buffers", "{DBInstanceClassMemory/32768}", "{DBInstanceClassMemory/32768}");
        check("shared_preload_libraries", "pg_stat_statements", "pg_stat_statements");
        check("random_page_cost", "1.1", "1.1");
        check("max_connections", "200", "200");
        check("work_mem", "-1", "-1");
        check("work_mem", "{DBInstanceClassMemory/1048576}", "{DBInstanceClassMemory/1048576}");
        check("shared_buffers", "GREATEST(1024,2)", "GREATEST(1024,2)");
        check("work_mem", " 64 ", "64");
        check("autovacuum_vacuum_cost_delay", "0.5", "0.5");
        assert_eq!(base("log_lock_waits", &Written::Bool(true)), Ok("on".into()));
        assert_eq!(base("max_connections", &Written::Integer(200)), Ok("200".into()));
    }

    #[test]
    fn every_unit_of_postgresql_is_known() {
        for (text, wanted) in [
            ("2048B", "2"),
            ("3kB", "3"),
            ("3KB", "3"),
            ("3KiB", "3"),
            ("3MB", "3072"),
            ("3MiB", "3072"),
            ("3GB", "3145728"),
            ("3GiB", "3145728"),
            ("3TB", "3221225472"),
            ("3TiB", "3221225472"),
        ] {
            check("work_mem", text, wanted);
        }
        for (text, wanted) in [
            ("3000us", "3"),
            ("3ms", "3"),
            ("3s", "3000"),
            ("3min", "180000"),
            ("3h", "10800000"),
            ("3d", "259200000"),
        ] {
            check("statement_timeout", text, wanted);
        }
    }

    #[test]
    fn examples_are_in_the_parameters_own_unit() {
        for (name, wanted) in [
            ("work_mem", "\"16MB\""),
            ("shared_buffers", "\"16MB\""),
            ("max_wal_size", "\"16MB\""),
            ("checkpoint_timeout", "\"15min\""),
            ("log_rotation_age", "\"15min\""),
            ("statement_timeout", "\"30s\""),
            ("max_connections", "200"),
        ] {
            assert_eq!(example(name), wanted, "{name}");
        }
        assert!(names().any(|name| name == "work_mem"));
    }

    #[test]
    fn wrong_units_are_explained() {
        check_refused("work_mem", "30s", "`work_mem` is a size, counted in kB");
        check_refused(
            "checkpoint_timeout",
            "1500ms",
            "`checkpoint_timeout` counts in whole s, `1500ms` is not",
        );
        check_refused("statement_timeout", "1MB", "`statement_timeout` is a time, counted in ms");
        check_refused("checkpoint_timeout", "1MB", "`checkpoint_timeout` is a time, counted in s");
        check_refused(
            "rds.log_retention_period",
            "1MB",
            "`rds.log_retention_period` is a time, counted in min",
        );
        check_refused(
            "shared_buffers",
            "9kB",
            "`shared_buffers` counts in whole pages of 8 kB, `9kB` is not",
        );
        check_refused("max_wal_size", "1kB", "`max_wal_size` counts in whole MB, `1kB` is not");
        check_refused("work_mem", "5XB", "`5XB` is no value for `work_mem`, which counts in kB");
        assert_eq!(base("work_mem", &Written::Table), Err("the value is a table".into()));
        check_refused("max_wal_size", "99999999999999TB", "`99999999999999TB` is too much");
        check_refused("work_mem", "lots", "`lots` is no value for `work_mem`, which counts in kB");
        check_refused(
            "max_connections",
            "10s",
            "pgha does not know the unit of `max_connections`: write the bare number that RDS documents",
        );
    }
}
