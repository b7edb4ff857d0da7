//! Replicas take WAL senders and slots of what they replicate from.

use std::collections::BTreeSet;

use pgha_resource::parameter::formula::Machine;

use super::database::Database;
use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::spanned::Sp;

/// One of each for every replica
/// (<https://www.postgresql.org/docs/current/runtime-config-replication.html>).
const NEEDED: [&str; 2] = ["max_wal_senders", "max_replication_slots"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    of_source(spec, &Database::primary(spec), None, found);
    let sources: BTreeSet<&str> =
        spec.replica.iter().filter_map(|r| Some(r.source.as_ref()?.as_str())).collect();
    for replica in spec.replica.iter().filter(|r| sources.contains(r.name.as_str())) {
        let database = Database::replica(spec, replica);
        of_source(spec, &database, Some(&replica.name), found);
    }
}

fn of_source(
    spec: &Spec,
    database: &Database<'_>,
    source: Option<&str>,
    found: &mut Vec<Diagnostic>,
) {
    let of = |name: Option<&str>| name == source;
    let replicas =
        || spec.replica.iter().filter(|r| of(r.source.as_ref().map(|source| source.as_str())));
    let Some((first, count)) = replicas().next().zip(i64::try_from(replicas().count()).ok()) else {
        return;
    };
    for name in NEEDED {
        let has = database.number(name, &Machine::of_class(database.class));
        let Some(has) = has.filter(|has| *has < count) else { continue };
        let Some(span) = database.value(name).map(Sp::span) else { continue };
        // What several sources have of the same line is said once.
        if found.iter().any(|said| said.code == "PGHA148" && said.span == span) {
            continue;
        }
        found.push(
            Diagnostic::new("PGHA148", span, format!("`{name}` is {has} for {count} replicas"))
                .label("some replicas could not connect")
                .also(first.span(), "the first of them")
                .help(format!("write more than {count}, or delete this line for RDS's default")),
        );
    }
}
