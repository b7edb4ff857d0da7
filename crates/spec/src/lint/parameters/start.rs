//! Values that PostgreSQL does not start with: each is right alone, together they are not.

use pgha_resource::parameter::default_of;
use pgha_resource::parameter::formula::Machine;
use pgha_resource::parameter::read;

use super::database::Database;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;

/// Connections that are kept for some, with PostgreSQL's default; the last is RDS's own
/// (<https://www.postgresql.org/docs/current/runtime-config-connection.html>,
/// <https://aws.amazon.com/premiumsupport/knowledge-center/rds-postgresql-error-connection-slots/>).
const RESERVED: [(&str, i64); 3] = [
    ("superuser_reserved_connections", 3),
    ("reserved_connections", 0),
    ("rds.rds_superuser_reserved_connections", 0),
];

/// The most processes, connections and workers together
/// (<https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/init/postinit.c>,
/// `InitializeMaxBackends`).
const MOST_PROCESSES: i64 = 262_143;

/// The size of RDS's segments of the write-ahead log in MB
/// (<https://www.morling.dev/blog/insatiable-postgres-replication-slot/>).
const SEGMENT: i64 = 64;

/// Protocols, the oldest first.
const PROTOCOLS: [&str; 4] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

pub(super) fn check(database: &Database<'_>, major: u32, found: &mut Vec<Diagnostic>) {
    reserved(database, found);
    processes(database, major, found);
    segments(database, found);
    protocols(database, major, found);
}

fn no_start(
    database: &Database<'_>,
    names: &[&str],
    title: String,
    found: &mut Vec<Diagnostic>,
    more: impl FnOnce(Diagnostic) -> Diagnostic,
) {
    if let Some(span) = database.place(names) {
        let diagnostic = Diagnostic::new("PGHA146", span, title);
        found.push(more(diagnostic.label("PostgreSQL would not start")));
    }
}

/// Finds reservations that leave no connection. RDS's own is not PostgreSQL's, which may start
/// with it, but lets nobody else in.
fn reserved(database: &Database<'_>, found: &mut Vec<Diagnostic>) {
    let machine = Machine::of_class(database.class);
    // A formula comes to less where RDS keeps memory for itself: what is said holds for both.
    let left = |count: usize| {
        let left = |machine: &Machine| {
            let kept = RESERVED[..count]
                .iter()
                .map(|(name, default)| database.number(name, machine).unwrap_or(*default));
            Some(database.connections(machine)? - kept.sum::<i64>())
        };
        Some(left(&machine)?.max(left(&machine.at_least())?))
    };
    let mut names: Vec<&str> = RESERVED.iter().map(|(name, _)| *name).collect();
    names.push("max_connections");
    let Some(all) = left(3).filter(|left| *left <= 0) else { return };
    let stops = left(2).is_some_and(|left| left <= 0);
    let title = match all {
        0 => "every connection is reserved".to_string(),
        less => format!("{} more connections are reserved than there are", -less),
    };
    no_start(database, &names, title, found, |diagnostic| {
        let most = database.connections(&machine).unwrap_or_default();
        let diagnostic = diagnostic
            .note(format!("`max_connections` is {most}, and `superuser_reserved_connections` 3 where nothing is written"))
            .help("reserve a few connections, or write more `max_connections`");
        match stops {
            true => diagnostic,
            false => diagnostic.label("nobody else could connect").severity(Severity::Warning),
        }
    });
}

/// Finds more processes than PostgreSQL can number.
fn processes(database: &Database<'_>, major: u32, found: &mut Vec<Diagnostic>) {
    let machine = Machine::of_class(database.class);
    let vacuum = if major < 18 { "autovacuum_max_workers" } else { "autovacuum_worker_slots" };
    let names = ["max_connections", "max_worker_processes", "max_wal_senders", vacuum];
    let count = |name: &str| {
        let default = default_of(name, None).and_then(|default| i64::try_from(default).ok());
        database.number(name, &machine).or(default).unwrap_or_default()
    };
    // One more launches the workers of autovacuum.
    let all: i64 = names.into_iter().map(count).sum::<i64>() + 1;
    if all <= MOST_PROCESSES {
        return;
    }
    no_start(database, &names, format!("{all} processes are too many"), found, |diagnostic| {
        diagnostic
            .note(format!(
                "connections, workers and WAL senders are {MOST_PROCESSES} at most together"
            ))
            .help("write less")
    });
}

/// Finds a log that is too small for two of its segments
/// (<https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/access/transam/xlog.c>,
/// `ReadControlFile`).
fn segments(database: &Database<'_>, found: &mut Vec<Diagnostic>) {
    let machine = Machine::of_class(database.class);
    for name in ["min_wal_size", "max_wal_size"] {
        let size = database.number(name, &machine);
        let Some(size) = size.filter(|size| *size < 2 * SEGMENT) else { continue };
        let title = format!("`{name}` of {size} MB is less than two segments of the log");
        no_start(database, &[name], title, found, |diagnostic| {
            diagnostic
                .note(format!("a segment has {SEGMENT} MB on RDS"))
                .help(format!("write \"{} MB\" or more", 2 * SEGMENT))
        });
    }
}

/// Finds a range of protocols with nothing in it
/// (<https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/libpq/be-secure-openssl.c>,
/// `be_tls_init`).
fn protocols(database: &Database<'_>, major: u32, found: &mut Vec<Diagnostic>) {
    let names = ["ssl_min_protocol_version", "ssl_max_protocol_version"];
    let place = |name: &str| {
        let read = read(name, &database.value(name)?.to_string()).ok()?;
        PROTOCOLS.iter().position(|protocol| *protocol == read)
    };
    // The least is TLSv1.2 from PostgreSQL 13 on where nothing is written.
    let least = place(names[0]).unwrap_or(if major < 13 { 0 } else { 2 });
    let Some(most) = place(names[1]).filter(|most| *most < least) else { return };
    let title = format!("there is no protocol from {} to {}", PROTOCOLS[least], PROTOCOLS[most]);
    no_start(database, &names, title, found, |diagnostic| {
        diagnostic
            .note("`ssl_min_protocol_version` is TLSv1.2 where nothing is written")
            .help("delete `ssl_max_protocol_version`, or write a higher one")
    });
}
