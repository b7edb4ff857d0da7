//! What AWS offers, as of the release calendar of August 2026: versions, classes, regions.
//!
//! Offline hints, dated on purpose: the live account decides. Nothing here blocks an apply
//! by itself except versions that AWS has withdrawn.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::value::Shown;
use crate::value::Value;

/// The date of the tables below.
pub const AS_OF: &str = "2026-11-21";

/// One major version of RDS for PostgreSQL.
#[derive(Debug)]
pub struct Major {
    /// The number.
    pub number: u32,
    /// Minors that can be created, newest first.
    pub minors: &'static [u32],
    /// The last day of standard support, ISO 8601.
    pub end_of_support: &'static str,
}

impl Major {
    /// What to ask for where a minor is the least: the major alone if every minor on offer is
    /// high enough, otherwise the newest that the table has.
    fn at_least(&self, minor: u32) -> Version {
        let oldest = self.minors.iter().min().copied();
        let newest = self.minors.iter().max().copied().unwrap_or_default();
        let any = oldest.is_some_and(|oldest| minor <= oldest);
        Version { major: self.number, minor: (!any).then(|| newest.max(minor)) }
    }
}

/// RDS for PostgreSQL release calendar, newest first
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html>).
pub const MAJORS: &[Major] = &[
    Major { number: 18, minors: &[6, 4, 3, 1], end_of_support: "2031-02-28" },
    Major { number: 17, minors: &[11, 10, 9, 7], end_of_support: "2030-02-28" },
    Major { number: 16, minors: &[15, 14, 13, 11], end_of_support: "2029-02-28" },
    Major { number: 15, minors: &[19, 18, 17, 15], end_of_support: "2028-02-29" },
    Major { number: 14, minors: &[24, 23, 22, 20], end_of_support: "2027-02-28" },
];

/// Majors that are in paid Extended Support only: they can be kept, and made with it
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html>).
pub const EXTENDED_ONLY: &[u32] = &[13, 12, 11];

/// The row of a major version.
pub fn major(number: u32) -> Option<&'static Major> {
    MAJORS.iter().find(|m| m.number == number)
}

/// Why a live version cannot become another one, if it cannot.
pub fn no_upgrade(live: Version, wanted: Version) -> Option<String> {
    if wanted < live {
        return Some(format!(
            "AWS has no way back from {live} to {wanted}: write \"{live}\" in the spec, or restore a snapshot"
        ));
    }
    let lowest = lowest_upgrade(live, wanted.major)?;
    let too_old = wanted.minor.is_some() && wanted < lowest;
    too_old.then(|| {
        format!(
            "AWS upgrades {live} to {lowest} or newer only, because {wanted} is the older release: write \"{}\" in the spec",
            wanted.major
        )
    })
}

/// The lowest minor of a higher major that a version can be upgraded to: none that is older than
/// the version itself (docs/aws/versions.md#upgrade-paths). A minor's age is its place in the
/// calendar, because PostgreSQL releases those of all majors together. Nothing where the calendar
/// does not know it.
fn lowest_upgrade(from: Version, to: u32) -> Option<Version> {
    if to <= from.major {
        return None;
    }
    let age = major(from.major)?.minors.iter().position(|minor| Some(*minor) == from.minor)?;
    let minor = major(to)?.minors.get(age).copied()?;
    Some(Version { major: to, minor: Some(minor) })
}

/// A PostgreSQL version: `16.15`, or a major alone where the minor is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major.
    pub major: u32,
    /// The minor.
    pub minor: Option<u32>,
}

impl Version {
    /// Reads `16` or `16.15`; a build suffix such as `-rds.20260224` is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.split('-').next().unwrap_or(text);
        let (major, minor) = match text.split_once('.') {
            Some((major, minor)) => (major, Some(minor.parse().ok()?)),
            None => (text, None),
        };
        Some(Self { major: major.parse().ok()?, minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            Some(minor) => write!(f, "{}.{minor}", self.major),
            None => write!(f, "{}", self.major),
        }
    }
}

/// A version as the spec constrains it, or as it was seen (then both parts are equal).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineVersion {
    /// `16`, `>=16.4` or `16.15`.
    pub wanted: String,
    /// The version to ask for where the constraint is not met.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
}

impl EngineVersion {
    /// A version as AWS returned it.
    pub fn seen(version: impl Into<String>) -> Self {
        Self { wanted: version.into(), target: None }
    }

    /// Reads a constraint, and decides what to ask AWS for where it is not met: the major alone
    /// wherever any minor on offer will do. AWS then takes its default minor, which the tables
    /// here may be too old to know
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>,
    /// `EngineVersion`).
    pub fn constraint(text: &str) -> Option<Self> {
        let (at_least, version) = match text.trim().strip_prefix(">=") {
            Some(rest) => (true, Version::parse(rest.trim())?),
            None => (false, Version::parse(text.trim())?),
        };
        let target = match (version.minor, major(version.major)) {
            (Some(minor), Some(row)) if at_least => row.at_least(minor),
            _ => version,
        };
        Some(Self { wanted: text.trim().to_string(), target: Some(target.to_string()) })
    }

    /// The version to ask AWS for.
    pub fn request(&self) -> &str {
        self.target.as_deref().unwrap_or(&self.wanted)
    }

    /// The major version.
    pub fn major(&self) -> Option<u32> {
        Version::parse(self.request()).map(|v| v.major)
    }

    /// Whether a live version meets this constraint.
    pub fn is_met_by(&self, live: &Self) -> bool {
        let Some(live) = Version::parse(&live.wanted) else { return false };
        match self.wanted.strip_prefix(">=") {
            Some(rest) => Version::parse(rest.trim())
                .is_some_and(|least| live.major == least.major && live >= least),
            None => Version::parse(&self.wanted).is_some_and(|exact| {
                live.major == exact.major && (exact.minor.is_none() || exact.minor == live.minor)
            }),
        }
    }
}

impl Value for EngineVersion {
    /// The constraint alone: a newer table of versions is no change of the spec.
    fn canonical(&self) -> String {
        crate::digest::canonical(&self.wanted)
    }

    fn show(&self) -> Shown {
        Shown::Text(match &self.target {
            Some(target) if *target != self.wanted => format!("{target} ({})", self.wanted),
            _ => self.wanted.clone(),
        })
    }
}

/// Memory in GiB and vCPUs of an instance class, where the table knows it
/// (RDS guide, "Hardware specifications"; docs/aws/versions.md#sizes-of-classes).
pub fn class_size(class: &str) -> Option<(u32, u32)> {
    let mut parts = class.strip_prefix("db.")?.split('.');
    let (family, size) = (parts.next()?, parts.next()?);
    if family.starts_with('t') {
        return match size {
            "micro" => Some((1, 2)),
            "small" => Some((2, 2)),
            "medium" => Some((4, 2)),
            "large" => Some((8, 2)),
            "xlarge" => Some((16, 4)),
            "2xlarge" => Some((32, 8)),
            _ => None,
        };
    }
    let vcpus: u32 = match size {
        "medium" => 1,
        "large" => 2,
        "xlarge" => 4,
        _ => size.strip_suffix("xlarge")?.parse::<u32>().ok()?.checked_mul(4)?,
    };
    let gib_a_vcpu = match family.chars().next()? {
        'c' => 2,
        'm' => 4,
        'r' => 8,
        'x' if family.starts_with("x2iedn") => 32,
        'x' => 16,
        _ => return None,
    };
    Some((vcpus.checked_mul(gib_a_vcpu)?, vcpus))
}

/// Families of instance classes that RDS for PostgreSQL has or had, in alphabetical order
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html>).
/// Newer ones are likely; the live account decides.
pub const FAMILIES: &[&str] = &[
    "c6gd", "m1", "m2", "m3", "m4", "m5", "m5d", "m6g", "m6gd", "m6i", "m6id", "m6idn", "m6in",
    "m7g", "m7i", "m8g", "m8gd", "m8i", "m9g", "r3", "r4", "r5", "r5b", "r5d", "r6g", "r6gd",
    "r6i", "r6id", "r6idn", "r6in", "r7g", "r7i", "r8g", "r8gd", "r8i", "t1", "t2", "t3", "t4g",
    "x1", "x1e", "x2g", "x2idn", "x2iedn",
];

/// Families of earlier generations, in which RDS makes no databases any more, in alphabetical
/// order (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html>).
pub const RETIRED_FAMILIES: &[&str] =
    &["m1", "m2", "m3", "m4", "r3", "r4", "t1", "t2", "x1", "x1e"];

/// Sizes of instance classes.
pub const SIZES: &[&str] = &[
    "micro", "small", "medium", "large", "xlarge", "2xlarge", "3xlarge", "4xlarge", "6xlarge",
    "8xlarge", "9xlarge", "10xlarge", "12xlarge", "16xlarge", "18xlarge", "24xlarge", "32xlarge",
    "48xlarge", "96xlarge",
];

/// Certificate authorities that RDS offers
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html>).
pub const AUTHORITIES: &[&str] = &["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

/// The nominal default of `max_connections` for a class:
/// `LEAST(DBInstanceClassMemory/9531392, 5000)` (RDS guide, quotas;
/// docs/aws/parameters.md#max_connections). The real value is some 8 to 15 % lower, because RDS
/// keeps memory for itself.
pub fn nominal_max_connections(class: &str) -> Option<u32> {
    let (gib, _) = class_size(class)?;
    let nominal = u64::from(gib) * 1_073_741_824 / 9_531_392;
    u32::try_from(nominal.min(5000)).ok()
}

/// Instance families that a Multi-AZ DB cluster supports (docs/aws/clusters.md#instance-classes).
pub const CLUSTER_FAMILIES: &[&str] = &[
    "c6gd", "m5d", "m6gd", "m6id", "m6idn", "m8gd", "r5d", "r6gd", "r6id", "r6idn", "r8gd",
    "x2iedn",
];

/// Commercial regions, sorted; used to catch typing mistakes offline.
pub const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_met(constraint: &str, live: &str, met: bool) {
        let constraint = EngineVersion::constraint(constraint).unwrap();
        assert_eq!(constraint.is_met_by(&EngineVersion::seen(live)), met);
    }

    #[test]
    fn a_size_beyond_all_numbers_is_unknown() {
        assert_eq!(class_size("db.r6g.536870912xlarge"), None);
        assert_eq!(class_size("db.r6g.99999999999xlarge"), None);
    }

    #[test]
    fn constraints_are_met_by_the_versions_they_say() {
        check_met("16", "16.15", true);
        check_met("16", "17.7", false);
        check_met(">=16.4", "16.3", false);
        check_met(">=16.4", "16.15", true);
        check_met(">=16.4", "17.1", false);
        check_met("16.15", "16.15", true);
        check_met("16.15", "16.14", false);
    }

    /// The newest minor of the table may be withdrawn by the time it is asked for.
    #[test]
    fn the_minor_is_left_to_aws_where_any_will_do() {
        let target = |text: &str| EngineVersion::constraint(text).unwrap().request().to_string();
        assert_eq!(target("16"), "16");
        assert_eq!(target(">=16"), "16");
        assert_eq!(target(">=16.4"), "16");
        assert_eq!(target(">=16.11"), "16");
        assert_eq!(target(">=16.12"), "16.15");
        assert_eq!(target(">=16.15"), "16.15");
        assert_eq!(target("16.13"), "16.13");
        assert_eq!(target("16.99"), "16.99");
    }

    #[test]
    fn class_sizes_follow_the_published_table() {
        assert_eq!(class_size("db.r6g.large"), Some((16, 2)));
        assert_eq!(class_size("db.m8g.4xlarge"), Some((64, 16)));
        assert_eq!(class_size("db.t3.medium"), Some((4, 2)));
        assert_eq!(class_size("db.c6gd.medium"), Some((2, 1)));
        assert_eq!(class_size("db.x2iedn.xlarge"), Some((128, 4)));
        assert_eq!(class_size("large"), None);
        assert_eq!(nominal_max_connections("db.r6g.xlarge"), Some(3604));
        assert_eq!(nominal_max_connections("db.r6g.4xlarge"), Some(5000));
    }

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn families_are_sorted_and_those_of_clusters_among_them() {
        assert!(FAMILIES.is_sorted() && RETIRED_FAMILIES.is_sorted());
        assert!(CLUSTER_FAMILIES.iter().chain(RETIRED_FAMILIES).all(|f| FAMILIES.contains(f)));
        assert!(EXTENDED_ONLY.iter().all(|number| major(*number).is_none()));
    }

    #[test]
    fn the_calendar_is_newest_first_and_known_by_its_majors() {
        assert!(MAJORS.is_sorted_by(|newer, older| newer.number > older.number));
        assert!(MAJORS.iter().all(|m| m.minors.is_sorted_by(|newer, older| newer > older)));
        assert_eq!(major(16).map(|m| m.number), Some(16));
        assert_eq!(major(16).map(|m| m.end_of_support), Some("2029-02-28"));
        assert!(major(13).is_none());
        assert!(major(19).is_none());
    }

    #[test]
    fn versions_are_read_with_or_without_a_minor_and_a_build() {
        assert_eq!(Version::parse("16.15"), Some(Version { major: 16, minor: Some(15) }));
        assert_eq!(Version::parse("16"), Some(Version { major: 16, minor: None }));
        assert_eq!(version("13.23-rds.20260224"), version("13.23"));
        for text in ["", "x", "16.", "16.x", ".15", "16.15.1", "16,15", " 16"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn versions_are_printed_as_they_are_read() {
        for text in ["16", "16.0", "16.15"] {
            assert_eq!(version(text).to_string(), text);
        }
    }

    #[test]
    fn minors_are_numbers_and_a_major_alone_comes_before_them() {
        assert!(version("16.9") < version("16.15"));
        assert!(version("16") < version("16.1"));
        assert!(version("16.15") < version("17"));
    }

    #[track_caller]
    fn check_upgrade(live: &str, wanted: &str) {
        assert_eq!(no_upgrade(version(live), version(wanted)), None);
    }

    #[track_caller]
    fn check_no_upgrade(live: &str, wanted: &str, says: &str) {
        let why = no_upgrade(version(live), version(wanted)).unwrap();
        assert!(why.contains(says), "{why}");
    }

    #[test]
    fn versions_only_ever_go_up() {
        check_no_upgrade("16.15", "16.14", "no way back from 16.15 to 16.14: write \"16.15\"");
        check_no_upgrade("17.11", "16.15", "no way back from 17.11 to 16.15");
        check_upgrade("16.15", "16.15");
        check_upgrade("16.14", "16.15");
    }

    /// No upgrade leads to a minor that was released earlier (docs/aws/versions.md#upgrade-paths).
    #[test]
    fn an_upgrade_does_not_lead_to_an_older_release() {
        check_no_upgrade("16.15", "17.10", "AWS upgrades 16.15 to 17.11 or newer only");
        check_no_upgrade("16.15", "17.10", "write \"17\"");
        check_no_upgrade("16.15", "18.4", "to 18.6 or newer");
        check_upgrade("16.15", "17.11");
        check_upgrade("16.15", "18.6");
        check_no_upgrade("16.13", "17.7", "to 17.9 or newer");
        check_upgrade("16.13", "17.9");
        check_upgrade("16.13", "17.11");
    }

    #[test]
    fn a_major_alone_leaves_the_minor_to_aws() {
        check_upgrade("16.15", "17");
        check_upgrade("16", "17.10");
    }

    #[test]
    fn what_the_calendar_does_not_know_is_left_to_aws() {
        // 16.12 and 13 are not in it, nor is 19.
        check_upgrade("16.12", "17.7");
        check_upgrade("13.23", "17.7");
        check_upgrade("16.15", "19.1");
    }

    #[test]
    fn a_constraint_keeps_its_text_and_asks_for_what_it_needs() {
        #[track_caller]
        fn check(text: &str, wanted: &str, target: &str) {
            let constraint = EngineVersion::constraint(text).unwrap();
            assert_eq!((constraint.wanted.as_str(), constraint.request()), (wanted, target));
        }
        check(" 16 ", "16", "16");
        check(">= 16.4", ">= 16.4", "16");
        check(">=16", ">=16", "16");
        // A minor newer than the table, and a major that the table does not have.
        check(">=16.99", ">=16.99", "16.99");
        check("99", "99", "99");
        check(">=99.1", ">=99.1", "99.1");
        for text in ["", "latest", ">=", "<16", ">16"] {
            assert_eq!(EngineVersion::constraint(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_seen_version_is_what_would_be_asked_for() {
        let seen = EngineVersion::seen("16.14");
        assert_eq!(seen.request(), "16.14");
        assert_eq!(seen.major(), Some(16));
        assert_eq!(EngineVersion::seen("?").major(), None);
        assert_eq!(EngineVersion::constraint(">=17.1").unwrap().major(), Some(17));
    }

    #[test]
    fn constraints_are_met_at_their_boundaries() {
        check_met(">=16.4", "16.4", true);
        check_met(">= 16.4", "16.5", true);
        check_met(">=16", "16.1", true);
        check_met(">=16.4", "15.19", false);
        check_met("16.15", "17.15", false);
        check_met("16", "16", true);
        check_met("16", "unreadable", false);
    }

    #[test]
    fn a_version_is_shown_with_the_constraint_it_follows_from() {
        let show = |version: &EngineVersion| version.show().to_string();
        assert_eq!(show(&EngineVersion::constraint("16").unwrap()), "16");
        assert_eq!(show(&EngineVersion::constraint(">=16.4").unwrap()), "16 (>=16.4)");
        assert_eq!(show(&EngineVersion::constraint(">=16.14").unwrap()), "16.15 (>=16.14)");
        assert_eq!(show(&EngineVersion::constraint("16.13").unwrap()), "16.13");
        assert_eq!(show(&EngineVersion::seen("16.13")), "16.13");
    }

    #[test]
    fn a_newer_calendar_is_no_change_of_the_spec() {
        let with = |wanted: &str, target: &str| {
            EngineVersion { wanted: wanted.into(), target: Some(target.into()) }.canonical()
        };
        assert_eq!(with("16", "16.15"), with("16", "16.16"));
        assert_ne!(with("16", "16.15"), with(">=16.4", "16.15"));
    }

    /// Memory and vCPUs by size (docs/aws/versions.md#sizes-of-classes).
    #[test]
    fn class_sizes_follow_their_families() {
        #[track_caller]
        fn check(class: &str, gib: u32, vcpus: u32) {
            assert_eq!(class_size(class), Some((gib, vcpus)));
        }
        check("db.m6g.large", 8, 2);
        check("db.m8i.96xlarge", 1536, 384);
        check("db.r8g.2xlarge", 64, 8);
        check("db.c6gd.16xlarge", 128, 64);
        check("db.x2g.large", 32, 2);
        check("db.x2iedn.2xlarge", 256, 8);
        check("db.t4g.micro", 1, 2);
        check("db.t4g.small", 2, 2);
        check("db.t4g.large", 8, 2);
        check("db.t4g.xlarge", 16, 4);
        check("db.t4g.2xlarge", 32, 8);
    }

    #[test]
    fn a_class_that_follows_no_rule_has_no_size() {
        let odd = ["", "db", "db.", "db.r6g", "r6g.large", "db.r6g.huge", "db.r6g.-1xlarge"];
        for class in
            odd.into_iter().chain(["db.q1.large", "db.t3.4xlarge", "db.r6g.2000000000xlarge"])
        {
            assert_eq!(class_size(class), None, "{class}");
            assert_eq!(nominal_max_connections(class), None, "{class}");
        }
    }

    /// docs/aws/parameters.md#max_connections.
    #[test]
    fn nominal_connections_grow_with_memory_up_to_the_cap() {
        #[track_caller]
        fn check(class: &str, connections: u32) {
            assert_eq!(nominal_max_connections(class), Some(connections));
        }
        check("db.t4g.micro", 112);
        check("db.t4g.small", 225);
        check("db.t4g.medium", 450);
        check("db.m6g.large", 901);
        check("db.r6g.large", 1802);
        check("db.r6g.2xlarge", 5000);
    }
}
