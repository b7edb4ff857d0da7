//! What RDS says that it has, and what the account's own calls take: one table for both.
//!
//! Classes are those of RDS for PostgreSQL
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html>
//! and, for Multi-AZ DB clusters,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/create-multi-az-db-cluster.html>);
//! sizes of volumes those of
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>.

use std::collections::{BTreeMap, BTreeSet};

use pgha_resource::Region;
use pgha_resource::catalog::{EngineVersion, MAJORS, Major, Version, major};
use pgha_resource::offer::{ClassOffer, Offers, Questions, VersionOffer};

use crate::kind::db_cluster;
use crate::kind::db_instance::version;
use crate::network;

/// The certificate authorities
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html>).
pub(crate) const CERTIFICATES: [&str; 3] =
    ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

const BURSTABLE: &[&str] = &["micro", "small", "medium", "large", "xlarge", "2xlarge"];
const TO_16: &[&str] =
    &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"];
const TO_24: &[&str] =
    &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"];
const TO_32: &[&str] = &[
    "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge",
    "32xlarge",
];
const TO_48: &[&str] = &[
    "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge",
    "48xlarge",
];
const FROM_MEDIUM: &[&str] =
    &["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"];

/// Families of instance classes with their sizes.
const CLASSES: &[(&[&str], &[&str])] = &[
    (&["t3", "t4g"], BURSTABLE),
    (&["m6g", "m6gd", "m7g", "r6g", "r6gd", "r7g", "x2g"], TO_16),
    (&["m5", "m5d", "r5", "r5b", "r5d"], TO_24),
    (&["m6i", "m6id", "m6idn", "m6in", "r6i", "r6id", "r6idn", "r6in"], TO_32),
    (&["m7i", "m8g", "m8gd", "m8i", "m9g", "r7i", "r8g", "r8gd", "r8i"], TO_48),
    (&["c6gd"], FROM_MEDIUM),
    (&["x2idn"], &["16xlarge", "24xlarge", "32xlarge"]),
    (&["x2iedn"], &["xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "24xlarge", "32xlarge"]),
];

/// The smallest volume of each type, in GiB.
const STORAGE_TYPES: [(&str, u32); 4] = [("gp2", 20), ("gp3", 20), ("io1", 100), ("io2", 100)];

/// The largest volume of any class, in GiB.
const LARGEST: u32 = 65_536;

/// Whether RDS for PostgreSQL has a class at all.
pub(crate) fn has_class(class: &str) -> bool {
    let Some((family, size)) = class.strip_prefix("db.").and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    let has = |(families, sizes): &(&[&str], &[&str])| {
        families.contains(&family) && sizes.contains(&size)
    };
    CLASSES.iter().any(has)
}

/// The largest volume that a class takes: small burstable classes take less than others.
pub(crate) fn largest_volume(class: &str) -> u32 {
    match class.rsplit_once('.') {
        Some(("db.t3" | "db.t4g", "micro")) => 6_144,
        Some(("db.t3" | "db.t4g", "small")) => 16_384,
        Some(("db.t3" | "db.t4g", "medium")) => 32_768,
        _ => LARGEST,
    }
}

/// Answers everything.
pub(crate) fn answer(questions: &Questions) -> Offers {
    let Questions { versions, classes, certificates } = questions;
    let of_major = |(region, number): &(Region, u32)| {
        ((region.clone(), *number), Ok(major(*number).map(of_major).unwrap_or_default()))
    };
    let authorities: BTreeSet<String> = CERTIFICATES.map(String::from).into();
    let asked = versions.len() + classes.len() + certificates.len();
    Offers {
        versions: versions.iter().map(of_major).collect(),
        classes: classes
            .iter()
            .map(|question| (question.clone(), Ok(of_class(&question.region, &question.class))))
            .collect(),
        certificates: certificates.iter().map(|r| (r.clone(), Ok(authorities.clone()))).collect(),
        calls: u32::try_from(asked).unwrap_or(u32::MAX),
    }
}

fn all(major: &Major) -> impl Iterator<Item = Version> {
    major.minors.iter().map(|minor| Version { major: major.number, minor: Some(*minor) })
}

fn of_major(major: &Major) -> BTreeMap<String, VersionOffer> {
    let offer = |from: Version| {
        let reachable =
            |to: &Version| version::check_path(from, &EngineVersion::seen(to.to_string())).is_ok();
        let targets = MAJORS.iter().flat_map(all).filter(reachable);
        let targets = targets.map(|version| version.to_string()).collect();
        (from.to_string(), VersionOffer { creatable: true, targets })
    };
    all(major).map(offer).collect()
}

/// Every version with every type of volume.
fn of_class(region: &Region, class: &str) -> Vec<ClassOffer> {
    if !has_class(class) {
        return Vec::new();
    }
    let vpc = network::default_vpc(region);
    let zones = vpc.zones(&vpc.subnet_ids());
    let clusters = db_cluster::takes(region, class);
    let versions = MAJORS.iter().flat_map(all);
    let offers = versions.flat_map(|version| {
        STORAGE_TYPES.map(|(kind, least)| ClassOffer {
            version: version.to_string(),
            storage_type: kind.into(),
            zones: zones.clone(),
            storage: (Some(least), Some(largest_volume(class))),
            multi_az: true,
            // A cluster has no gp2.
            clusters: clusters && kind != "gp2",
            ..ClassOffer::default()
        })
    });
    offers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgha_resource::offer::ClassQuestion;

    fn home() -> Region {
        Region::new("us-east-1")
    }

    #[test]
    fn classes_are_offered_as_they_are_taken() {
        for class in ["db.r6g.large", "db.t4g.micro", "db.x2iedn.xlarge", "db.c6gd.medium"] {
            assert!(has_class(class), "{class}");
        }
        for class in ["db.R6G.large", "db.m1.small", "db.z1d.large", "db.m7i.metal-24xl", "db.t3"] {
            assert!(!has_class(class) && of_class(&home(), class).is_empty(), "{class}");
        }
        let clusters = |class: &str| of_class(&home(), class).iter().any(|offer| offer.clusters);
        assert!(clusters("db.r6gd.large") && !clusters("db.r6g.large"));
        assert_eq!(largest_volume("db.t3.micro"), 6_144);
    }

    #[test]
    fn versions_go_up_to_what_is_younger() {
        let sixteen = of_major(major(16).unwrap());
        let oldest = &sixteen["16.11"];
        assert!(oldest.creatable && oldest.targets.contains("16.15"), "{oldest:?}");
        assert!(sixteen["16.15"].targets.iter().all(|target| !target.starts_with("16.")));
        assert!(!sixteen["16.15"].targets.contains("17.9"), "{sixteen:?}");
    }

    #[test]
    fn every_question_is_answered_and_counted() {
        let questions = Questions {
            versions: [(home(), 16), (home(), 9)].into(),
            classes: [ClassQuestion { region: home(), class: "db.z1d.large".into() }].into(),
            certificates: [home()].into(),
        };
        let offers = answer(&questions);
        assert_eq!(offers.versions[&(home(), 9)], Ok(BTreeMap::new()));
        assert_eq!(offers.certificates[&home()].as_ref().map(BTreeSet::len), Ok(3));
        assert_eq!((offers.classes.len(), offers.calls), (1, 4));
    }
}
