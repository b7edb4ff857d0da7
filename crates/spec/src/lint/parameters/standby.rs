//! A standby needs at least the primary's values, used or not, or replay pauses
//! (<https://www.postgresql.org/docs/current/hot-standby.html>).

use std::ops::Range;

use pgha_resource::parameter::HOT_STANDBY;
use pgha_resource::parameter::default_of;
use pgha_resource::parameter::formula::Machine;
use pgha_resource::parameter::formula::is_formula;
use pgha_resource::parameter::number;

use super::database::DEFAULT_CONNECTIONS;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::expand::effective_parameters;
use crate::section::Spec;
use crate::section::parameters::find;
use crate::section::replica::Replica;
use crate::spanned::Place;

pub(super) fn check(spec: &Spec, replica: &Replica, found: &mut Vec<Diagnostic>) {
    // What it has of the primary as it is, on the same class, is the same.
    if replica.parameters.is_none() && replica.class.is_none() {
        return;
    }
    let primary = effective_parameters(spec, &[]);
    let own: Vec<_> = replica.parameters.iter().collect();
    let values = effective_parameters(spec, &own);
    for name in HOT_STANDBY {
        let default = match *name {
            "max_connections" => Some(DEFAULT_CONNECTIONS.to_string()),
            name => default_of(name, None).map(|default| default.to_string()),
        };
        let written = primary.get(*name);
        let Some(needed) = written.or(default.as_ref()) else { continue };
        let Some(has) = values.get(*name) else { continue };
        let Some((at, is_own)) = place(replica, name) else { continue };
        // The same literal is no question; the same formula is one on another class.
        if let Some(mut lack) = lack(spec, replica, name, (needed, has)) {
            // What RDS's default comes to nobody wrote, and only the live account knows.
            lack.is_certain &= written.is_some();
            found.push(said(name, replica, at, is_own, &lack));
        }
    }
}

/// What a replica lacks.
struct Lack {
    needed: i64,
    has: i64,
    is_certain: bool,
}

/// RDS keeps some of the memory for itself, so that formulas come to less than they do here,
/// and a number against a formula may be right after all.
fn lack(
    spec: &Spec,
    replica: &Replica,
    name: &str,
    (needed, has): (&String, &String),
) -> Option<Lack> {
    let primary = Machine::of_class(&spec.engine.class);
    let machine = Machine::of_class(spec.replica_class(replica));
    let least = number(name, needed, &primary.at_least())?;
    let needed = number(name, needed, &primary)?;
    let has = number(name, has, &machine)?;
    (has < needed).then_some(Lack { needed, has, is_certain: has < least })
}

/// Where a replica's value is written, or its class, which makes a formula of the primary's
/// another number; and whether it is the former.
fn place(replica: &Replica, name: &str) -> Option<(Range<usize>, bool)> {
    let own = replica.parameters.as_ref().and_then(|own| find(own, name));
    match own {
        Some((_, value)) => Some((value.span(), true)),
        None => Some((replica.class.place()?, false)),
    }
}

fn said(name: &str, replica: &Replica, at: Range<usize>, is_own: bool, lack: &Lack) -> Diagnostic {
    let Lack { needed, has, is_certain } = lack;
    let title = format!("`{name}` of `{}` is lower than the primary's", *replica.name);
    let own = replica.parameters.as_ref().and_then(|own| find(own, name));
    let formula = own.is_none_or(|(_, value)| is_formula(&value.to_string()));
    let diagnostic = Diagnostic::new("PGHA028", at, title)
        .label(if *is_certain { "replay would pause" } else { "replay may pause" })
        .note(match formula {
            true => {
                format!("the primary has {needed}, the replica's class makes {has} of the formula")
            }
            false => format!("the primary has {needed}"),
        });
    let diagnostic = match is_own {
        true => diagnostic.help(format!("write {needed} or more")).fix(needed.to_string()),
        false => diagnostic
            .help("take the primary's class, or write a number in the place of the formula"),
    };
    match is_certain {
        true => diagnostic,
        false => diagnostic.severity(Severity::Warning),
    }
}
