//! What RDS offers at the moment: asked before a plan promises what AWS would refuse.
//!
//! The dated tables of [`crate::catalog`] answer where nobody can be asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Region;
use crate::live::ReadError;

/// A class in a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassQuestion {
    /// Where.
    pub region: Region,
    /// The class, `db.m8g.large`.
    pub class: String,
}

/// What a plan would like to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    /// The versions of a major and their upgrade targets (RDS API, DescribeDBEngineVersions with
    /// `DBParameterGroupFamily` and `IncludeAll`).
    pub versions: BTreeSet<(Region, u32)>,
    /// In what form a class can be ordered (RDS API, DescribeOrderableDBInstanceOptions).
    pub classes: BTreeSet<ClassQuestion>,
    /// The certificate authorities (RDS API, DescribeCertificates).
    pub certificates: BTreeSet<Region>,
}

impl Questions {
    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        let Self { versions, classes, certificates } = self;
        versions.is_empty() && classes.is_empty() && certificates.is_empty()
    }
}

/// A version as RDS offers it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionOffer {
    /// New databases can have it: its status is `available` and not `deprecated`.
    pub creatable: bool,
    /// The versions that a database with this one can be upgraded to (`ValidUpgradeTarget`).
    pub targets: BTreeSet<String>,
}

/// One way in which a class can be ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassOffer {
    /// The exact version.
    pub version: String,
    /// `gp3`, `io2`, ….
    pub storage_type: String,
    /// The availability zones that have it.
    pub zones: BTreeSet<String>,
    /// The least and the most GiB; `None` where RDS does not say.
    pub storage: (Option<u32>, Option<u32>),
    /// The least and the most I/O operations a second.
    pub iops: (Option<u32>, Option<u32>),
    /// The least and the most MiB a second.
    pub throughput: (Option<u32>, Option<u32>),
    /// A Multi-AZ DB instance can have it (`MultiAZCapable`).
    pub multi_az: bool,
    /// A Multi-AZ DB cluster can have it (`SupportsClusters`).
    pub clusters: bool,
}

/// The answers; what was not asked or could not be answered decides nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// The versions of a major, by exact version.
    pub versions: BTreeMap<(Region, u32), Result<BTreeMap<String, VersionOffer>, ReadError>>,
    /// The ways in which a class can be ordered; none: it cannot be had in the region.
    pub classes: BTreeMap<ClassQuestion, Result<Vec<ClassOffer>, ReadError>>,
    /// The identifiers of the certificate authorities.
    pub certificates: BTreeMap<Region, Result<BTreeSet<String>, ReadError>>,
    /// How many API calls it took.
    pub calls: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_of_any_sort_is_something_to_ask() {
        let region = || Region::new("us-east-1");
        let class = ClassQuestion { region: region(), class: "db.m8g.large".into() };
        assert!(Questions::default().is_empty());
        let asking = [
            Questions { versions: [(region(), 17)].into(), ..Questions::default() },
            Questions { classes: [class].into(), ..Questions::default() },
            Questions { certificates: [region()].into(), ..Questions::default() },
        ];
        for questions in asking {
            assert!(!questions.is_empty(), "{questions:?}");
        }
    }
}
