//! `[parameters]` and the parameters of replicas: what RDS refuses, and what is a risk.

mod dotted;
mod names;
mod standby;
mod values;

use pgha_resource::catalog::nominal_max_connections;
use pgha_resource::parameter::formula::Machine;
use pgha_resource::parameter::number;

pub(crate) use dotted::settle;

use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::Written;
use crate::section::parameters::find;
use crate::section::replica::Replica;
use crate::spanned::Sp;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let class = spec.engine.class.as_str();
    if let Some(table) = &spec.parameters {
        one_table(spec, table, class, found);
    }
    memory(spec.parameters.as_ref(), class, found);
    for replica in &spec.replica {
        if let Some(own) = &replica.parameters {
            one_table(spec, own, spec.replica_class(replica), found);
        }
        memory(replica.parameters.as_ref(), spec.replica_class(replica), found);
        inherited_memory(spec, replica, found);
        standby::check(spec, replica, found);
    }
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
    for (name, value) in table {
        if let Written::Table(inner) = &**value {
            dotted::check(name, value, inner, found);
        } else if names::check(spec, name, value, found) {
            values::check(name, value, class, found);
            advice(name, value, found);
        }
    }
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

/// `max_connections` of a table, where it is more than a class has memory for, and for how
/// many it has.
fn beyond_memory<'a>(table: Option<&'a Parameters>, class: &str) -> Option<(&'a Sp<Written>, u32)> {
    let nominal = nominal_max_connections(class)?;
    let (_, value) = find(table?, "max_connections")?;
    let most = number("max_connections", &value.to_string(), &Machine::of_class(class))?;
    // More than PostgreSQL takes is an error of its own.
    (most > i64::from(nominal) && most <= 262_143).then_some((value, nominal))
}

fn memory(table: Option<&Parameters>, class: &str, found: &mut Vec<Diagnostic>) {
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
fn inherited_memory(spec: &Spec, replica: &Replica, found: &mut Vec<Diagnostic>) {
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
