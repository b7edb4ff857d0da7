//! Values of parameters that RDS would refuse, and what to write instead.

use pgha_resource::parameter::Refusal;
use pgha_resource::parameter::formula::Machine;
use pgha_resource::parameter::formula::Malformed;
use pgha_resource::parameter::known;
use pgha_resource::parameter::known::HasTo;
use pgha_resource::parameter::known::LIBRARIES;
use pgha_resource::parameter::known::Takes;
use pgha_resource::parameter::out_of_range;
use pgha_resource::parameter::read;
use pgha_resource::parameter::unit::Unit;

use crate::diagnostic::Diagnostic;
use crate::section::parameters::Written;
use crate::spanned::Sp;
use crate::suggest;

pub(super) fn check(
    name: &Sp<String>,
    value: &Sp<Written>,
    class: &str,
    found: &mut Vec<Diagnostic>,
) {
    let lower = name.to_ascii_lowercase();
    let text = value.to_string();
    if let Written::List(items) = &**value
        && items.len() > 1
        && items.iter().any(|item| item.trim().is_empty())
    {
        return found.push(refused(value, &Refusal::EmptyElement(lower)));
    }
    let read = match read(&lower, &text) {
        Ok(read) => read,
        Err(refusal) => return found.push(refused(value, &refusal)),
    };
    if let Some((comes_to, refusal)) = out_of_range(&lower, &read, &Machine::of_class(class)) {
        let note = match comes_to {
            Some(number) => format!("on `{class}` the formula comes to some {number}"),
            None => format!("on `{class}` the formula comes to no number"),
        };
        found.push(refused(value, &refusal).note(note));
    }
    libraries(&lower, value, &read, found);
    octal(&lower, value, &read, found);
}

fn refused(value: &Sp<Written>, refusal: &Refusal) -> Diagnostic {
    let diagnostic = Diagnostic::new("PGHA021", value.span(), refusal.to_string());
    let plain = diagnostic.clone().label("RDS would refuse this");
    match refusal {
        Refusal::Empty(_) => {
            diagnostic.label("RDS takes no empty value").help("delete this line for RDS's default")
        }
        Refusal::EmptyElement(_) => {
            plain.help("delete the comma too many, or write what was to stand there")
        }
        Refusal::Switch(..) => plain.help("write true or false"),
        Refusal::Word(_, written, words) => match suggest::closest(written, words) {
            Some(close) => with_fix(plain, "did you mean", close, value),
            None => plain.help(format!("write one of: {}", suggest::list(words))),
        },
        Refusal::NoNumber { meant: Some(meant), .. } => with_fix(plain, "write", meant, value),
        Refusal::NoNumber { name, .. } | Refusal::Unit { name, .. } => {
            plain.help(format!("write a value such as {}", example(name)))
        }
        Refusal::Fraction { .. } => plain.help("write a whole number"),
        Refusal::Range { least, most, unit, .. } => {
            let unit = unit.map(|unit| format!(" {}", unit.name())).unwrap_or_default();
            let (label, wish) = match most {
                Some(most) => {
                    (format!("{least} to {most}{unit}"), format!("from {least} to {most}"))
                }
                None => (format!("{least}{unit} at least"), format!("of {least} or more")),
            };
            diagnostic
                .label(label)
                .help(format!("write a value {wish}, or delete this line for RDS's default"))
        }
        Refusal::Between { has_to, unit, .. } => {
            let unit = unit.map(|unit| format!(" {}", unit.name())).unwrap_or_default();
            diagnostic.label("PostgreSQL refuses it").help(match has_to {
                HasTo::BeZeroOrFrom(least) => format!("write 0, or {least}{unit} or more"),
                HasTo::BeMultipleOf(step) => format!("write a multiple of {step}{unit}"),
            })
        }
        Refusal::Formula { why, .. } => plain.help(match why {
            Malformed::Variable(_, Some(meant)) => format!("write `{meant}`"),
            Malformed::Variable(..) => "there are `DBInstanceClassMemory`, `DBInstanceVCPU`, `AllocatedStorage`, `EndPointPort` and `TrueIfReplica`".into(),
            Malformed::Zero => "write a divisor such as that of \"{DBInstanceClassMemory/32768}\"".into(),
            Malformed::Function(_) => "there are `GREATEST`, `LEAST` and `SUM`, and `log` within braces".into(),
            Malformed::Syntax { .. } => "write a formula such as \"{DBInstanceClassMemory/32768}\" or \"LEAST({DBInstanceClassMemory/9531392},5000)\"".into(),
        }),
    }
}

/// A list is not replaced as a whole for one of its words.
fn with_fix(diagnostic: Diagnostic, verb: &str, text: &str, value: &Sp<Written>) -> Diagnostic {
    let end = if verb == "write" { "" } else { "?" };
    let diagnostic = diagnostic.help(format!("{verb} \"{text}\"{end}"));
    match &**value {
        Written::List(_) => diagnostic,
        Written::Text(written) if written.contains(',') => diagnostic,
        _ => diagnostic.fix(format!("\"{text}\"")),
    }
}

/// What a value of a parameter looks like.
fn example(name: &str) -> &'static str {
    let unit = match known::takes(name) {
        Some(Takes::Whole { unit, .. } | Takes::Number { unit, .. }) => unit,
        _ => None,
    };
    match unit {
        Some(Unit::Bytes | Unit::Kilobytes | Unit::Megabytes | Unit::Pages) => "\"16MB\"",
        Some(Unit::Seconds | Unit::Minutes) => "\"15min\"",
        Some(Unit::Milliseconds) => "\"30s\"",
        None => "200",
    }
}

/// RDS preloads libraries of a list of its own, which grows with its versions.
fn libraries(name: &str, value: &Sp<Written>, read: &str, found: &mut Vec<Diagnostic>) {
    if name != "shared_preload_libraries" {
        return;
    }
    for library in read.split(',').filter(|library| !LIBRARIES.contains(library)) {
        let title = format!("there may be no library `{library}`");
        let diagnostic =
            Diagnostic::new("PGHA143", value.span(), title).label("unknown to this pgha");
        found.push(match suggest::closest(library, LIBRARIES) {
            Some(close) => with_fix(diagnostic, "did you mean", close, value),
            None => diagnostic.help(format!("RDS has: {}", suggest::list(LIBRARIES))),
        });
    }
}

/// PostgreSQL reads digits after a leading 0 as octal ones; nobody means that.
fn octal(name: &str, value: &Sp<Written>, read: &str, found: &mut Vec<Diagnostic>) {
    let Written::Text(text) = &**value else { return };
    let counts = matches!(known::takes(name), Some(Takes::Whole { .. }));
    let digits = text.trim().trim_start_matches(['+', '-']);
    let leads =
        digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    if counts && leads {
        found.push(
            Diagnostic::new("PGHA135", value.span(), format!("`{text}` begins with a 0"))
                .label("PostgreSQL would read octal digits")
                .note(format!("pgha sends {read}"))
                .help(format!("write {read}"))
                .fix(read.to_string()),
        );
    }
}
