//! `[engine]`: version, class, names, and what a Multi-AZ DB cluster cannot have.

use pgha_resource::catalog::AS_OF;
use pgha_resource::catalog::CLUSTER_FAMILIES;
use pgha_resource::catalog::Major;
use pgha_resource::catalog::Version;
use pgha_resource::catalog::major;

use super::unless_written;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::reserved;
use crate::reserved::Name;
use crate::section::Spec;
use crate::section::network::NetworkType;
use crate::section::storage::VolumeType;
use crate::spanned::Sp;
use crate::spanned::or;

/// Before the end of support there should be time for a major upgrade.
const NOTICE_DAYS: i64 = 180;
/// Certificate authorities that RDS offers (aws-facts §1.1).
const AUTHORITIES: [&str; 3] = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

/// Regions without Multi-AZ DB clusters (aws-facts §1.4).
const CLUSTERLESS: [&str; 4] = ["us-west-1", "ap-east-2", "ap-southeast-6", "ap-southeast-7"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    version(spec, found);
    class(&spec.engine.class, found);
    let engine = &spec.engine;
    if let Some(port) = &engine.port {
        super::range(found, "port", (u32::from(**port), port.span()), (1150, 65535), "");
    }
    if let Some(authority) = &engine.ca_certificate
        && !AUTHORITIES.contains(&authority.as_str())
    {
        found.push(
            Diagnostic::new(
                "PGHA065",
                authority.span(),
                "this certificate authority has expired or is unknown",
            )
            .label("clients that verify will not connect")
            .help("write \"rds-ca-rsa2048-g1\"")
            .fix("\"rds-ca-rsa2048-g1\""),
        );
    }
    if !spec.iam_auth() && !spec.is_cluster() {
        let plain = Diagnostic::new(
            "PGHA063",
            super::place_or(&engine.iam_auth, engine.span()),
            "users log in with passwords only",
        )
        .label("no IAM tokens")
        .help("write `iam_auth = true`, and grant `rds_iam` to the users that shall use tokens");
        found.push(unless_written(plain, &engine.iam_auth));
    }
    if let Some(name) = &engine.database {
        database(name, found);
    }
    if spec.is_cluster() {
        cluster(spec, found);
    }
}

fn is_database_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn database(name: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let taken = reserved::name(name);
    if is_database_name(name) && taken != Name::Reserved {
        return super::doubtful("database", name, taken, found);
    }
    let reserved = taken == Name::Reserved;
    let help = match reserved {
        true => format!("write another name, such as \"{}_db\"", name.to_ascii_lowercase()),
        false => {
            "use a letter or `_`, then letters, digits and `_`, 63 characters at most".to_string()
        }
    };
    found.push(
        Diagnostic::new("PGHA121", name.span(), format!("`{}` cannot name a database", **name))
            .label(if reserved { "reserved: RDS refuses it" } else { "RDS refuses it" })
            .help(help),
    );
}

fn version(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let written = &spec.engine.version;
    let exact = !written.trim().starts_with(">=");
    let Some(version) = Version::parse(written.trim().trim_start_matches(">=").trim()) else {
        let title = format!("`{}` is not a version", **written);
        let diagnostic = Diagnostic::new("PGHA017", written.span(), title)
            .label("not a version")
            .help("write \"16\", \">=16.4\" or \"16.15\"");
        return found.push(diagnostic);
    };
    let Some(row) = major(version.major) else { return unknown_major(written, version, found) };
    support_ends(spec, row, found);
    let (Some(minor), Some(newest)) = (version.minor, row.minors.first()) else { return };
    let target = format!("{}.{newest}", row.number);
    if minor > *newest {
        let title = format!("{version} is newer than this pgha knows");
        let diagnostic = Diagnostic::new("PGHA017", written.span(), title)
            .label(format!("{target} is the newest as of {AS_OF}"))
            .severity(Severity::Info);
        found.push(diagnostic);
    } else if exact && !row.minors.contains(&minor) {
        let diagnostic = Diagnostic::new(
            "PGHA017",
            written.span(),
            format!("PostgreSQL {version} can no longer be created"),
        )
        .label("AWS has withdrawn it")
        .note(format!("as of {AS_OF} there are {}", offered(row)))
        .help(format!("write \"{target}\", or \"{}\" for any minor", row.number))
        .fix(format!("\"{target}\""));
        found.push(diagnostic);
    }
}

fn offered(row: &Major) -> String {
    let minors = row.minors.iter().map(|minor| format!("{}.{minor}", row.number));
    minors.collect::<Vec<_>>().join(", ")
}

fn unknown_major(written: &Sp<String>, version: Version, found: &mut Vec<Diagnostic>) {
    let majors = pgha_resource::catalog::MAJORS;
    let newest = majors.first().map_or(version.major, |row| row.number);
    let title = format!("RDS does not offer PostgreSQL {} for new databases", version.major);
    found.push(
        Diagnostic::new("PGHA017", written.span(), title)
            .label(format!("not offered as of {AS_OF}"))
            .help(format!("write \"{newest}\""))
            .fix(format!("\"{newest}\"")),
    );
}

fn support_ends(spec: &Spec, row: &Major, found: &mut Vec<Diagnostic>) {
    let (Some(end), Some(today)) = (days(row.end_of_support), days(AS_OF)) else { return };
    if end - today > NOTICE_DAYS {
        return;
    }
    let after = match or(&spec.engine.lifecycle_support, false) {
        true => "then paid Extended Support begins",
        false => "then AWS upgrades it",
    };
    found.push(
        Diagnostic::new(
            "PGHA018",
            spec.engine.version.span(),
            format!("standard support of PostgreSQL {} ends on {}", row.number, row.end_of_support),
        )
        .label(after)
        .help("plan the upgrade to a newer major version"),
    );
}

/// Days since some day, for differences.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    Some(year * 365 + year / 4 + month * 30 + day)
}

/// Finds what is no class, and classes that live on credits.
pub(super) fn class(class: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let mut parts = class.split('.');
    let shape = (parts.next(), parts.next(), parts.next(), parts.next());
    match shape {
        (Some("db"), Some(family), Some(size), None) if !family.is_empty() && !size.is_empty() => {
            if family.starts_with('t') {
                found.push(
                    Diagnostic::new(
                        "PGHA014",
                        class.span(),
                        format!("`{}` lives on CPU credits", **class),
                    )
                    .label("slow once they are used up")
                    .help("take a class of the m or r families for production"),
                );
            }
        }
        _ => found.push(
            Diagnostic::new(
                "PGHA016",
                class.span(),
                format!("`{}` is not an instance class", **class),
            )
            .label("RDS has no such class")
            .help("write a class such as \"db.r6g.large\""),
        ),
    }
}

/// What a Multi-AZ DB cluster cannot have (aws-facts §1.4).
fn cluster(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let mut refuse = |span: std::ops::Range<usize>, title: String, help: &str| {
        let diagnostic = Diagnostic::new("PGHA050", span, title)
            .label("not for a Multi-AZ DB cluster")
            .help(help.to_string());
        found.push(diagnostic.also(
            super::place_or(&spec.cluster.topology, spec.cluster.span()),
            "because of this topology",
        ));
    };
    let region = &spec.cluster.region;
    if CLUSTERLESS.contains(&region.as_str()) {
        let title = format!("there are no Multi-AZ DB clusters in {}", **region);
        refuse(region.span(), title, "choose another region, or write \"multi-az-instance\"");
    }
    let family = spec.engine.class.split('.').nth(1).unwrap_or_default();
    if !CLUSTER_FAMILIES.contains(&family) {
        let title = format!("a Multi-AZ DB cluster does not run on `{}`", *spec.engine.class);
        refuse(
            spec.engine.class.span(),
            title,
            "take a class with local disks, such as \"db.r6gd.large\"",
        );
    }
    if let Some(key) = &spec.engine.ca_certificate {
        refuse(
            key.span(),
            "a cluster's certificate authority is AWS's choice".into(),
            "delete this line",
        );
    }
    let dual = spec.network.as_ref().and_then(|network| network.network_type.as_ref());
    if let Some(key) = dual.filter(|key| ***key == NetworkType::Dual) {
        refuse(
            key.span(),
            "a Multi-AZ DB cluster has IPv4 addresses only".into(),
            "delete this line",
        );
    }
    let Some(storage) = &spec.storage else { return };
    if let Some(key) = storage.kind.as_ref().filter(|kind| ***kind == VolumeType::Gp2) {
        refuse(
            key.span(),
            "a Multi-AZ DB cluster has no gp2 volumes".into(),
            "write \"gp3\" or \"io1\"",
        );
    }
    if let Some(key) = storage.max_size.as_ref().filter(|size| size.0 > 0) {
        refuse(
            key.span(),
            "the storage of a Multi-AZ DB cluster does not grow by itself".into(),
            "delete this line",
        );
    }
    if let Some(key) = &storage.throughput {
        refuse(
            key.span(),
            "the throughput of a Multi-AZ DB cluster follows from its IOPS".into(),
            "delete this line",
        );
    }
    if let Some(key) = storage.dedicated_log_volume.as_ref().filter(|on| ***on) {
        refuse(
            key.span(),
            "a Multi-AZ DB cluster has no dedicated log volumes".into(),
            "delete this line",
        );
    }
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
