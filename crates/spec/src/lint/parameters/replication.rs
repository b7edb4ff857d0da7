//! Replicas take WAL senders and slots of what they replicate from.

use std::collections::BTreeSet;
use std::ops::Range;

use pgha_resource::parameter::formula::Machine;

use super::database::Database;
use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::replica::Replica;
use crate::spanned::Sp;

/// One of each for every replica
/// (<https://www.postgresql.org/docs/current/runtime-config-replication.html>).
const NEEDED: [&str; 2] = ["max_wal_senders", "max_replication_slots"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let of_primary: Vec<_> = spec.replica.iter().filter(|r| r.source.is_none()).collect();
    // What several sources have of the same line is said once.
    let mut said = BTreeSet::new();
    let mut of_source = |database: &Database<'_>, replicas: &[&Sp<Replica>]| {
        for (name, has, span) in too_few(database, replicas.len()) {
            if let Some(first) = replicas.first().filter(|_| said.insert(span.start)) {
                let count = replicas.len();
                found.push(
                    Diagnostic::new(
                        "PGHA148",
                        span,
                        format!("`{name}` is {has} for {count} replicas"),
                    )
                    .label("some replicas could not connect")
                    .also(first.span(), "the first of them")
                    .help(format!(
                        "write more than {count}, or delete this line for RDS's default"
                    )),
                );
            }
        }
    };
    of_source(&Database::primary(spec), &of_primary);
    for replica in &spec.replica {
        let below = spec.chains().below(&replica.name).iter();
        let below: Vec<_> = below.filter_map(|at| spec.replica.get(*at)).collect();
        if !below.is_empty() {
            of_source(&Database::replica(spec, replica), &below);
        }
    }
}

/// What a source has too few of, how many it has, and where they are written.
fn too_few<'d>(
    database: &'d Database<'_>,
    replicas: usize,
) -> impl Iterator<Item = (&'static str, i64, Range<usize>)> + 'd {
    let machine = Machine::of_class(database.class);
    NEEDED.into_iter().filter_map(move |name| {
        let has = database.number(name, &machine)?;
        let is_too_few = usize::try_from(has).map_or(true, |has| has < replicas);
        Some((name, has, database.value(name).map(Sp::span)?)).filter(|_| is_too_few)
    })
}
