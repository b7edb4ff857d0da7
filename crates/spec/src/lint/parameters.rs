//! `[parameters]` and the parameters of replicas: what RDS refuses, and what is a risk.

mod database;
mod delay;
mod dotted;
mod memory;
mod names;
mod replication;
mod standby;
mod start;
mod values;
mod versions;

pub(crate) use dotted::settle;

use database::Database;

use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::Written;
use crate::section::parameters::find;
use crate::spanned::Sp;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let class = spec.engine.class.as_str();
    if let Some(table) = &spec.parameters {
        one_table(spec, table, class, found);
    }
    memory::connections(spec.parameters.as_ref(), class, found);
    together(&Database::primary(spec), spec, found);
    for replica in &spec.replica {
        if let Some(own) = &replica.parameters {
            one_table(spec, own, spec.replica_class(replica), found);
        }
        memory::connections(replica.parameters.as_ref(), spec.replica_class(replica), found);
        memory::inherited_connections(spec, replica, found);
        standby::check(spec, replica, found);
        let database = Database::replica(spec, replica);
        // One as the primary is has nothing of its own to be said of.
        if !database.is_as_primary() {
            together(&database, spec, found);
        }
    }
    replication::check(spec, found);
    delay::check(spec, found);
    if spec.major() < 15 && spec.major() > 0 && !says(spec, "rds.force_ssl") {
        found.push(
            Diagnostic::new(
                "PGHA025",
                spec.engine.version.span(),
                "clients may connect without TLS",
            )
            .label("the default before PostgreSQL 15")
            .help("add `\"rds.force_ssl\" = 1` to [parameters]"),
        );
    }
}

fn says(spec: &Spec, name: &str) -> bool {
    spec.parameters.as_ref().is_some_and(|table| find(table, name).is_some())
}

fn one_table(spec: &Spec, table: &Parameters, class: &str, found: &mut Vec<Diagnostic>) {
    names::twice(table, found);
    for (name, value) in table.iter() {
        if let Written::Table(inner) = &**value {
            dotted::check(name, value, inner, found);
        } else if names::check(spec, name, value, found) {
            values::check(name, value, class, found);
            advice(name, value, found);
        }
    }
}

/// What the values of one database come to together, each of which may be right alone.
fn together(database: &Database<'_>, spec: &Spec, found: &mut Vec<Diagnostic>) {
    memory::shared(database, found);
    memory::limits(database, found);
    start::check(database, spec.major(), found);
}

/// What works, but is a risk.
fn advice(name: &Sp<String>, value: &Sp<Written>, found: &mut Vec<Diagnostic>) {
    let name = name.to_ascii_lowercase();
    let text = pgha_resource::parameter::canonical(&name, &value.to_string());
    match (name.as_str(), text.as_str()) {
        ("log_statement", "all") => found.push(
            Diagnostic::new(
                "PGHA024",
                value.span(),
                "every statement is logged, with the passwords in it",
            )
            .label("slow, and it leaks")
            .help("write \"ddl\", and set `log_min_duration_statement`")
            .fix("\"ddl\""),
        ),
        ("rds.force_ssl", "0") => found.push(
            Diagnostic::new("PGHA025", value.span(), "clients may connect without TLS")
                .label("passwords in the clear")
                .help("write 1")
                .fix("1"),
        ),
        ("shared_preload_libraries", list) if !list.contains("pg_stat_statements") => found.push(
            Diagnostic::new("PGHA031", value.span(), "nothing counts the statements")
                .label("without `pg_stat_statements`")
                .help("add `pg_stat_statements` to the list"),
        ),
        _ => {}
    }
}
