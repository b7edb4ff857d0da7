//! The version: which can be created, and which can be kept. Offline nobody knows whether the
//! database exists, so what cannot be created any more is a warning that says both.

use pgha_resource::catalog::{AS_OF, EXTENDED_ONLY, MAJORS, Major, Version, major};

use crate::diagnostic::{Diagnostic, Severity};
use crate::section::Spec;
use crate::spanned::Sp;

/// Before the end of support there should be time for a major upgrade.
const NOTICE_DAYS: i64 = 180;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let written = &spec.engine.version;
    let exact = !written.trim().starts_with(">=");
    let number = written.trim().strip_prefix(">=").unwrap_or(written.trim()).trim();
    let version = Version::parse(number).filter(|_| is_spelled(number));
    let Some(version) = version else { return found.push(misspelled(written)) };
    let Some(row) = major(version.major) else { return unknown_major(spec, version, found) };
    support_ends(spec, row, found);
    let (Some(minor), Some(newest)) = (version.minor, row.minors.first()) else { return };
    let target = format!("{}.{newest}", row.number);
    if minor > *newest {
        found.push(
            Diagnostic::new(
                "PGHA136",
                written.span(),
                format!("{version} is newer than this pgha knows"),
            )
            .label(format!("{target} is the newest as of {AS_OF}"))
            .severity(Severity::Advice),
        );
    } else if exact && !row.minors.contains(&minor) {
        found.push(withdrawn(written, version, row, &target));
    }
}

/// Whether a version is written as RDS writes them: numbers without needless zeroes or signs, and
/// perhaps the build of one in Extended Support, such as `11.22-rds.20240418`.
fn is_spelled(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let number = |part: &str| digits(part) && (part == "0" || !part.starts_with('0'));
    let (version, build) = match text.split_once('-') {
        Some((version, build)) => (version, Some(build)),
        None => (text, None),
    };
    version.split('.').all(number)
        && build.is_none_or(|build| build.strip_prefix("rds.").is_some_and(digits))
}

fn misspelled(written: &Sp<String>) -> Diagnostic {
    let title = format!("`{}` is not a version", **written);
    let diagnostic = Diagnostic::new("PGHA017", written.span(), title).label("not a version");
    match meant(written) {
        Some(meant) => diagnostic.help(format!("write \"{meant}\"")).fix(format!("\"{meant}\"")),
        None => diagnostic.help("write \"16\", \">=16.4\" or \"16.15\""),
    }
}

/// The version of a major in the tables that a text such as `v16`, `16.x` or `016.04` holds.
fn meant(text: &str) -> Option<Version> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let numbers = text.get(start..)?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(numbers.len());
    let mut parts = numbers.get(..end)?.split('.');
    let major: u32 = parts.next()?.parse().ok()?;
    let minor = parts.next().and_then(|minor| minor.parse().ok());
    major_of(major).then_some(Version { major, minor })
}

fn major_of(number: u32) -> bool {
    major(number).is_some() || EXTENDED_ONLY.contains(&number)
}

fn withdrawn(written: &Sp<String>, version: Version, row: &Major, target: &str) -> Diagnostic {
    let offered = row.minors.iter().map(|minor| format!("{}.{minor}", row.number));
    let offered = offered.collect::<Vec<_>>().join(", ");
    let title = format!("PostgreSQL {version} cannot be created any more");
    Diagnostic::new("PGHA136", written.span(), title)
        .label("a database that lives on it can be described")
        .note(format!("as of {AS_OF} there are {offered}"))
        .help(format!("write \"{}\" for any minor, or \"{target}\"", row.number))
        .fix(format!("\"{}\"", row.number))
}

fn unknown_major(spec: &Spec, version: Version, found: &mut Vec<Diagnostic>) {
    let written = &spec.engine.version;
    let newest = MAJORS.first().map_or(version.major, |row| row.number);
    if EXTENDED_ONLY.contains(&version.major) {
        return found.push(extended_only(spec, version, newest));
    }
    let newer = version.major > newest;
    let (code, title) = match newer {
        true => ("PGHA136", format!("PostgreSQL {} is newer than this pgha knows", version.major)),
        // RDS has upgraded what lived on it.
        false => ("PGHA017", format!("RDS has no PostgreSQL {} any more", version.major)),
    };
    let diagnostic = Diagnostic::new(code, written.span(), title)
        .label(format!("not offered as of {AS_OF}"))
        .help(format!("write \"{newest}\""))
        .fix(format!("\"{newest}\""));
    found.push(diagnostic);
}

/// With Extended Support a database can be kept, and made; without it RDS refuses to make one.
/// Where the spec does not say, AWS enrols a new one.
fn extended_only(spec: &Spec, version: Version, newest: u32) -> Diagnostic {
    let title = format!("PostgreSQL {} is in paid Extended Support only", version.major);
    let diagnostic = Diagnostic::new("PGHA136", spec.engine.version.span(), title)
        .note(format!("as of {AS_OF}"));
    match spec.engine.lifecycle_support.as_ref().map(|on| **on) {
        Some(false) => diagnostic
            .label("without Extended Support none can be created, and AWS upgrades one that is there")
            .note("AWS chooses the day and the major version: an outage of minutes, without a way back")
            .help(format!("write `lifecycle_support = true` to pay for it, or `version = \"{newest}\"`")),
        Some(true) => diagnostic
            .label("charged by the hour and the vCPU")
            .help("plan the upgrade to a newer major version"),
        None => diagnostic
            .label("AWS enrols a new database in it, and charges for that")
            .help(format!("write `lifecycle_support = true` to say so, or `version = \"{newest}\"`")),
    }
}

fn support_ends(spec: &Spec, row: &Major, found: &mut Vec<Diagnostic>) {
    let (Some(end), Some(today)) = (days(row.end_of_support), days(AS_OF)) else { return };
    if end - today > NOTICE_DAYS {
        return;
    }
    let written = spec.engine.lifecycle_support.as_ref().map(|on| **on);
    let after = match written {
        Some(true) => "then paid Extended Support begins",
        Some(false) => "then AWS upgrades the major version by itself",
        None => {
            "then paid Extended Support begins if it is enrolled, as new ones are, or AWS upgrades the major version by itself"
        }
    };
    let diagnostic = Diagnostic::new(
        "PGHA018",
        spec.engine.version.span(),
        format!("standard support of PostgreSQL {} ends on {}", row.number, row.end_of_support),
    )
    .label(after);
    let diagnostic = match &spec.engine.lifecycle_support {
        Some(off) if !**off => diagnostic.also(off.span(), "because of this").note(
            "AWS chooses the day and the major version: an outage of minutes, without a way back",
        ),
        _ => diagnostic,
    };
    found.push(match written {
        Some(false) => diagnostic.help("upgrade to a newer major version before that day, or write `lifecycle_support = true` to pay for more time"),
        _ => diagnostic.help("plan the upgrade to a newer major version"),
    });
}

/// Days since some day, for differences.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    Some(year * 365 + year / 4 + month * 30 + day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_between(from: &str, to: &str, least: i64, most: i64) {
        let between = days(to).unwrap() - days(from).unwrap();
        assert!((least..=most).contains(&between), "{between} days from {from} to {to}");
    }

    /// Months count as thirty days: half a year's notice need not be exact.
    #[test]
    fn days_between_dates_are_right_to_a_few() {
        check_between("2026-11-21", "2026-11-22", 1, 1);
        check_between("2026-03-01", "2026-09-01", 180, 184);
        check_between("2026-03-15", "2027-03-15", 365, 366);
        check_between("2024-01-01", "2028-01-01", 1461, 1461);
        check_between("2026-11-21", "2027-02-28", 95, 103);
        assert_eq!(days("2026-11"), None);
        assert_eq!(days("soon"), None);
    }
}
