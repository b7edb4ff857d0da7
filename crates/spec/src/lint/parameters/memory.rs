//! What needs more memory than a class has.

use pgha_resource::catalog::class_size;
use pgha_resource::catalog::nominal_max_connections;
use pgha_resource::parameter::formula::Machine;
use pgha_resource::parameter::number;

use super::database::Database;
use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::Written;
use crate::section::parameters::find;
use crate::section::replica::Replica;
use crate::spanned::Sp;

const GIB: i128 = 1 << 30;

/// Parameters whose memory PostgreSQL takes when it starts, as much as they say.
const SHARED: [&str; 10] = [
    "shared_buffers",
    "wal_buffers",
    "min_dynamic_shared_memory",
    "commit_timestamp_buffers",
    "multixact_member_buffers",
    "multixact_offset_buffers",
    "notify_buffers",
    "serializable_buffers",
    "subtransaction_buffers",
    "transaction_buffers",
];

/// Bytes of shared memory for each lock that a connection may hold: less than every release
/// takes (<https://www.postgresql.org/docs/9.2/kernel-resources.html>, table 17-2).
const BYTES_A_LOCK: i128 = 270;

/// Parameters that bound what one process or one statement may take.
const LIMITS: [&str; 5] = [
    "work_mem",
    "maintenance_work_mem",
    "autovacuum_work_mem",
    "logical_decoding_work_mem",
    "temp_buffers",
];

/// A part of the shared memory, with the parameters that it follows from.
struct Part {
    names: Vec<&'static str>,
    bytes: i128,
}

/// Finds shared memory that RDS does not start a database with: more than 90 % of the class's
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.FeatureSupport.HugePages.html>).
/// What is not written is left out, and RDS keeps some of the memory for itself, so that what is
/// found is certain.
pub(super) fn shared(database: &Database<'_>, found: &mut Vec<Diagnostic>) {
    let Some((gib, _)) = class_size(database.class) else { return };
    let one = |name| Some(Part { names: vec![name], bytes: database.bytes(name)? });
    let mut parts: Vec<Part> = SHARED.into_iter().filter_map(one).collect();
    parts.extend(locks(database));
    parts.extend(queries(database));
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    let bytes: i128 = parts.iter().map(|part| part.bytes).sum();
    if bytes * 10 <= i128::from(gib) * GIB * 9 {
        return;
    }
    let names: Vec<&str> = parts.iter().flat_map(|part| part.names.iter().copied()).collect();
    let Some(span) = database.place(&names) else { return };
    let title =
        format!("`{}` has no memory for {} of buffers and tables", database.class, size(bytes));
    let help = match names.first() {
        // What the primary has is too much for this class.
        _ if database.place(&[]) == Some(span.clone()) => {
            "take a larger class, or give the replica `parameters` of its own with less"
        }
        Some(&"shared_buffers") => {
            "write less, such as \"{DBInstanceClassMemory/32768}\", which is a quarter: `shared_buffers` counts pages of 8 kB"
        }
        _ => "write less, or take a larger class",
    };
    found.push(
        Diagnostic::new("PGHA144", span, title)
            .label(format!("the database would not start: the class has {gib} GiB"))
            .note("RDS starts no database whose shared memory is more than 90 % of the class's")
            .help(help),
    );
}

/// The table of locks has room for so many of each connection and each prepared transaction.
fn locks(database: &Database<'_>) -> Option<Part> {
    const NAMES: [&str; 3] =
        ["max_locks_per_transaction", "max_connections", "max_prepared_transactions"];
    let machine = Machine::of_class(database.class);
    let each = match database.value(NAMES[0]) {
        Some(_) => database.number(NAMES[0], &machine)?,
        None => 64,
    };
    let connections = database.connections(&machine.at_least())?;
    let prepared = database.number(NAMES[2], &machine).unwrap_or_default();
    let holders = i128::from(connections) + i128::from(prepared);
    Some(Part { names: NAMES.to_vec(), bytes: i128::from(each) * holders * BYTES_A_LOCK })
}

/// The text of the statement that each connection runs
/// (<https://www.postgresql.org/docs/current/runtime-config-statistics.html>).
fn queries(database: &Database<'_>) -> Option<Part> {
    let each = database.bytes("track_activity_query_size")?;
    let connections = database.connections(&Machine::of_class(database.class).at_least())?;
    let names = vec!["track_activity_query_size", "max_connections"];
    Some(Part { names, bytes: each * i128::from(connections) })
}

/// Finds limits that no process could reach: the machine would be out of memory before.
pub(super) fn limits(database: &Database<'_>, found: &mut Vec<Diagnostic>) {
    let Some((gib, _)) = class_size(database.class) else { return };
    for name in LIMITS {
        let Some(bytes) = database.bytes(name).filter(|bytes| *bytes > i128::from(gib) * GIB)
        else {
            continue;
        };
        let Some(span) = database.place(&[name]) else { continue };
        found.push(
            Diagnostic::new(
                "PGHA145",
                span,
                format!("`{name}` of {} is more than `{}` has", size(bytes), database.class),
            )
            .label(format!("the class has {gib} GiB"))
            .note("one statement may take as much, and the database is out of memory before")
            .help("write a small share of the memory; a bare number counts in the parameter's own unit"),
        );
    }
}

/// Bytes as people write them.
fn size(bytes: i128) -> String {
    let (tenths, unit) = match bytes {
        0..GIB => (bytes * 10 / (1 << 20), "MiB"),
        _ => (bytes * 10 / GIB, "GiB"),
    };
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        tenth => format!("{}.{tenth} {unit}", tenths / 10),
    }
}

/// `max_connections` of a table, where it is more than a class has memory for, and for how
/// many it has.
fn beyond_memory<'a>(table: Option<&'a Parameters>, class: &str) -> Option<(&'a Sp<Written>, u32)> {
    let nominal = nominal_max_connections(class)?;
    let (_, value) = find(table?, "max_connections")?;
    let most = number("max_connections", &value.to_string(), &Machine::of_class(class))?;
    // More than PostgreSQL takes is an error of its own.
    (most > i64::from(nominal) && most <= 262_143).then_some((value, nominal))
}

pub(super) fn connections(table: Option<&Parameters>, class: &str, found: &mut Vec<Diagnostic>) {
    let Some((value, nominal)) = beyond_memory(table, class) else { return };
    found.push(
        Diagnostic::new(
            "PGHA026",
            value.span(),
            format!("`{class}` has memory for some {nominal} connections"),
        )
        .label("more may not start, or run out of memory")
        .help("take fewer connections with a proxy, or a larger class"),
    );
}

/// A replica of a class of its own that takes `max_connections` from the primary. Its own
/// number could only be larger: with less than the primary's, replay stops.
pub(super) fn inherited_connections(spec: &Spec, replica: &Replica, found: &mut Vec<Diagnostic>) {
    let own = replica.parameters.as_ref();
    let Some(class) = replica.class.as_ref().filter(|class| ***class != *spec.engine.class) else {
        return;
    };
    if own.is_some_and(|own| find(own, "max_connections").is_some()) {
        return;
    }
    let Some((value, nominal)) = beyond_memory(spec.parameters.as_ref(), class) else { return };
    found.push(
        Diagnostic::new(
            "PGHA026",
            class.span(),
            format!("`{}` has memory for some {nominal} connections", **class),
        )
        .label(format!("`{}` takes {} as the primary", *replica.name, **value))
        .also(value.span(), "from here")
        .help("take a larger class, or fewer connections on the primary with a proxy"),
    );
}
