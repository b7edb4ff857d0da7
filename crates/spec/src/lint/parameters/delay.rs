//! Replicas that replay late on purpose (docs/aws/replicas.md#delayed-replicas).

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::effective::DELAY;
use crate::effective::milliseconds;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::Written;
use crate::section::parameters::find;
use crate::spanned::Sp;

/// The longest delay that RDS takes, in milliseconds; PostgreSQL takes more.
const LONGEST: i64 = 24 * 60 * 60 * 1000;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    if let Some((value, delay)) = spec.parameters.as_ref().and_then(written) {
        match delay > LONGEST {
            true => found.push(too_long(value, delay)),
            false if delay > 0 => found.push(of_all(spec, value, delay)),
            false => {}
        }
    }
    for replica in &spec.replica {
        let Some((value, delay)) = replica.parameters.as_ref().and_then(written) else { continue };
        match delay > LONGEST {
            true => found.push(too_long(value, delay)),
            false if delay > 0 => found.push(of_one(&replica.name, value, delay)),
            false => {}
        }
    }
}

fn written(table: &Parameters) -> Option<(&Sp<Written>, i64)> {
    let (_, value) = find(table, DELAY)?;
    Some((value, milliseconds(&value.to_string())?))
}

fn too_long(value: &Sp<Written>, delay: i64) -> Diagnostic {
    let title = format!("`{DELAY}` of {} is more than RDS takes", words(delay));
    Diagnostic::new("PGHA021", value.span(), title)
        .label("0 to 24 h")
        .help("write \"24h\" or less")
        .fix("\"24h\"")
}

fn of_all(spec: &Spec, value: &Sp<Written>, delay: i64) -> Diagnostic {
    let delay = words(delay);
    let follows = |table: &Option<Parameters>| {
        table.as_ref().is_none_or(|table| find(table, DELAY).is_none())
    };
    let late = spec.replica.iter().filter(|replica| follows(&replica.parameters)).count();
    let diagnostic = match (late, spec.is_cluster()) {
        (_, true) => Diagnostic::new(
            "PGHA156",
            value.span(),
            format!("the standbys may replay {delay} late"),
        )
        .label("AWS documents this for read replicas only"),
        (0, false) => Diagnostic::new("PGHA156", value.span(), "this delays nothing")
            .label("a primary replays nothing, and no replica has this of [parameters]"),
        (_, false) => Diagnostic::new(
            "PGHA156",
            value.span(),
            format!("every replica without a value of its own replays {delay} late"),
        )
        .label("nobody reads what is new, and none can take over at once"),
    };
    diagnostic
        .help("delete this line, or write it in the `parameters` of the one replica that is meant")
}

fn of_one(name: &Sp<String>, value: &Sp<Written>, delay: i64) -> Diagnostic {
    let title = format!("`{}` replays {} late", **name, words(delay));
    Diagnostic::new("PGHA156", value.span(), title)
        .label("it shows old data, and is not the one to promote after a failure")
        .help("send no readers there, and have another replica, or a standby, to take over")
        .severity(Severity::Advice)
}

/// A duration as one would say it.
fn words(milliseconds: i64) -> String {
    let units = [(3_600_000, "h"), (60_000, "min"), (1000, "s")];
    let whole = units.iter().find(|(unit, _)| milliseconds % unit == 0);
    let (unit, name) = whole.copied().unwrap_or((1, "ms"));
    format!("{} {name}", milliseconds / unit)
}
