//! `[monitoring]` and that of replicas (docs/aws/monitoring.md).

use crate::diagnostic::Diagnostic;
use crate::effective::ADVANCED_DAYS;
use crate::effective::LOGS;
use crate::section::Spec;
use crate::section::monitoring::Insights;
use crate::section::monitoring::Mode;
use crate::section::monitoring::Monitoring;
use crate::section::replica::Replica;
use crate::spanned::Place;
use crate::spanned::Sp;
use crate::suggest;

/// Seconds between samples that RDS knows.
const INTERVALS: [u32; 7] = [0, 1, 5, 10, 15, 30, 60];
/// Logs that RDS for PostgreSQL exports.
const EXPORTS: [&str; 3] = ["postgresql", "upgrade", "iam-db-auth-error"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    if let Some(section) = &spec.monitoring {
        one(spec, section, None, found);
    }
    for replica in &spec.replica {
        if let Some(section) = &replica.monitoring {
            one(spec, section, Some(section), found);
        }
    }
}

fn one(
    spec: &Spec,
    section: &Sp<Monitoring>,
    own: Option<&Monitoring>,
    found: &mut Vec<Diagnostic>,
) {
    match &section.interval {
        Some(interval) if !INTERVALS.contains(&interval.0) => found.push(
            Diagnostic::new(
                "PGHA071",
                interval.span(),
                format!("RDS does not sample every {} s", interval.0),
            )
            .label("0, 1, 5, 10, 15, 30 or 60")
            .help("write \"60s\"")
            .fix("\"60s\""),
        ),
        Some(interval) if interval.0 == 0 => found.push(
            Diagnostic::new("PGHA070", interval.span(), "nothing samples the operating system")
                .label("Enhanced Monitoring is off")
                .help("write \"60s\"")
                .fix("\"60s\""),
        ),
        _ => {}
    }
    logs(section, found);
    insights(spec, section, own, found);
}

fn logs(section: &Monitoring, found: &mut Vec<Diagnostic>) {
    let Some(logs) = &section.log_exports else { return };
    for log in logs.iter().filter(|log| !EXPORTS.contains(&log.as_str())) {
        let diagnostic =
            Diagnostic::new("PGHA128", log.span(), format!("there is no log `{}`", **log))
                .label("unknown");
        found.push(match suggest::closest(log, &EXPORTS) {
            Some(close) => {
                diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
            }
            None => diagnostic.help(format!("there are {}", suggest::list(&EXPORTS))),
        });
    }
    let missing = LOGS.iter().find(|log| !logs.iter().any(|written| written.as_str() == **log));
    if let Some(missing) = missing {
        found.push(
            Diagnostic::new(
                "PGHA072",
                logs.span(),
                format!("the log `{missing}` stays on the instance"),
            )
            .label("lost with the instance")
            .help(format!("add \"{missing}\"")),
        );
    }
}

fn insights(
    spec: &Spec,
    section: &Monitoring,
    own: Option<&Monitoring>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(insights) = &section.insights else { return };
    let monitored = spec.monitoring(own);
    if let Some(mode) = insights.mode.as_ref().filter(|mode| ***mode == Mode::Off) {
        found.push(
            Diagnostic::new(
                "PGHA073",
                mode.span(),
                "nothing says which statements load the database",
            )
            .label("Database Insights is off")
            .help("write \"standard\"; seven days are free")
            .fix("\"standard\""),
        );
    }
    // A replica that turns them on has the rest from here.
    let is_on =
        |replica: &Sp<Replica>| spec.monitoring(replica.monitoring.as_deref()).mode != Mode::Off;
    if monitored.mode == Mode::Off && (own.is_some() || !spec.replica.iter().any(is_on)) {
        return without_insights(insights, found);
    }
    let Some(written) = &insights.retention else { return };
    let days = monitored.retention;
    let known = days == 7 || days == 731 || (days.is_multiple_of(31) && (31..=713).contains(&days));
    let advanced = monitored.mode == Mode::Advanced;
    if !known || (advanced && days < ADVANCED_DAYS) {
        let diagnostic = Diagnostic::new(
            "PGHA074",
            written.span(),
            format!("Database Insights does not keep {days} days"),
        );
        found.push(match advanced {
            true => diagnostic
                .label("the advanced mode keeps 465 days at least")
                .help("write \"465 days\"")
                .fix("\"465 days\""),
            false => diagnostic
                .label("7, a multiple of 31 up to 713, or 731")
                .help("write \"7 days\"")
                .fix("\"7 days\""),
        });
    }
}

/// What is off keeps nothing and encrypts nothing.
fn without_insights(insights: &Insights, found: &mut Vec<Diagnostic>) {
    let written =
        [("retention", insights.retention.place()), ("kms_key", insights.kms_key.place())];
    for (key, span) in written.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        found.push(
            Diagnostic::new("PGHA124", span, "Database Insights is off")
                .label("has no effect")
                .help(format!("delete `{key}`, or write `mode = \"standard\"`")),
        );
    }
}
