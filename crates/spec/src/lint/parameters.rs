//! `[parameters]` and the parameters of replicas.

use pgha_resource::catalog::nominal_max_connections;
use pgha_resource::parameter::HOT_STANDBY;
use pgha_resource::parameter::STATIC;

use crate::diagnostic::Diagnostic;
use crate::expand::effective_parameters;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::Written;
use crate::section::replica::Replica;
use crate::spanned::Sp;
use crate::units;

/// Parameters that RDS sets itself and refuses to change (`IsModifiable = false`).
const NOT_MODIFIABLE: [&str; 10] = [
    "archive_command",
    "archive_mode",
    "config_file",
    "data_directory",
    "fsync",
    "full_page_writes",
    "hba_file",
    "listen_addresses",
    "port",
    "wal_level",
];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let tables =
        spec.parameters.iter().chain(spec.replica.iter().filter_map(|r| r.parameters.as_ref()));
    for (name, value) in tables.flatten() {
        one(name, value, found);
        advice(name, value, found);
    }
    let class = spec.engine.class.as_str();
    memory(spec.parameters.as_ref(), class, found);
    for replica in &spec.replica {
        memory(replica.parameters.as_ref(), spec.replica_class(replica), found);
        inherited_memory(spec, replica, found);
        if let Some(own) = &replica.parameters {
            hot_standby(spec, own, &replica.name, found);
        }
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
    spec.parameters.iter().flatten().any(|(key, _)| key.as_str() == name)
}

/// What RDS would refuse.
fn one(name: &Sp<String>, value: &Sp<Written>, found: &mut Vec<Diagnostic>) {
    if name.as_str() == "apply_method" || **value == Written::Table {
        return found.push(apply_method(name, value));
    }
    if NOT_MODIFIABLE.contains(&name.as_str()) {
        return found.push(
            Diagnostic::new("PGHA021", name.span(), format!("RDS sets `{}` itself", **name))
                .label("cannot be changed")
                .help("delete this line"),
        );
    }
    if let Some(close) = mistyped(name) {
        found.push(
            Diagnostic::new(
                "PGHA126",
                name.span(),
                format!("there may be no parameter `{}`", **name),
            )
            .label("unknown to this pgha")
            .help(format!("did you mean `{close}`?"))
            .fix(close),
        );
    }
    if let Err(reason) = units::base(name, value) {
        let diagnostic = Diagnostic::new("PGHA021", value.span(), reason);
        let help = format!("write a value such as {}", units::example(name));
        found.push(diagnostic.label("RDS would refuse this").help(help));
    }
    let most = value.to_string().parse::<i64>().ok().filter(|_| name.as_str() == "max_connections");
    if most.is_some_and(|most| !(6..=262_143).contains(&most)) {
        found.push(
            Diagnostic::new("PGHA021", value.span(), "`max_connections` is out of range")
                .label("6 to 262143")
                .help("write a value from 6 to 262143, or delete this line for RDS's default"),
        );
    }
}

fn apply_method(name: &Sp<String>, value: &Sp<Written>) -> Diagnostic {
    let diagnostic = Diagnostic::new("PGHA022", value.span(), "when a parameter takes effect is not written")
        .label("only the value")
        .note("static parameters wait for a reboot, all others take effect at once: pgha knows which is which and plans the reboot");
    match name.as_str() {
        "apply_method" => diagnostic.help("delete this line"),
        name => diagnostic.help(format!("write `{name} = value`")),
    }
}

/// A known name that this one differs from by a letter or two.
fn mistyped(name: &str) -> Option<&'static str> {
    let known = || units::names().chain(STATIC.iter().copied());
    if name.len() < 8 || known().any(|other| other == name) {
        return None;
    }
    known().find(|other| strsim::osa_distance(name, other) <= 2)
}

/// What works, but is a risk.
fn advice(name: &Sp<String>, value: &Sp<Written>, found: &mut Vec<Diagnostic>) {
    let text = pgha_resource::parameter::canonical(&value.to_string());
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
    let (_, value) = table?.iter().find(|(name, _)| name.as_str() == "max_connections")?;
    let beyond = value.to_string().parse::<u32>().is_ok_and(|most| most > nominal);
    beyond.then_some((value, nominal))
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
    let mut own = replica.parameters.iter().flatten();
    let Some(class) = replica.class.as_ref().filter(|class| ***class != *spec.engine.class) else {
        return;
    };
    if own.any(|(name, _)| name.as_str() == "max_connections") {
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

/// A standby needs at least the primary's values, or replay stops (aws-facts §2.6).
fn hot_standby(spec: &Spec, own: &Parameters, replica: &str, found: &mut Vec<Diagnostic>) {
    let primary = effective_parameters(spec, &[]);
    let values = effective_parameters(spec, &[own]);
    for name in HOT_STANDBY {
        let number = |value: Option<&String>| value.and_then(|value| value.parse::<u64>().ok());
        let (Some(needed), Some(has)) = (number(primary.get(*name)), number(values.get(*name)))
        else {
            continue;
        };
        let written = own.iter().find(|(key, _)| key.as_str() == *name);
        let Some((_, value)) = written.filter(|_| has < needed) else { continue };
        found.push(
            Diagnostic::new(
                "PGHA028",
                value.span(),
                format!("`{name}` of `{replica}` is lower than the primary's"),
            )
            .label("replay would stop")
            .note(format!("the primary has {needed}"))
            .help(format!("write {needed} or more"))
            .fix(needed.to_string()),
        );
    }
}
