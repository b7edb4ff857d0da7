//! `[cluster]`: whose database it is and where.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spanned::Maybe;
use crate::spanned::Sp;

/// Which cluster this is, and where it lives.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cluster {
    /// The cluster's name, which every resource's name begins with: lower-case letters,
    /// digits and single hyphens, a letter first, 40 characters at most. Another name is
    /// another cluster.
    pub(crate) name: Sp<String>,
    /// The home region, where the primary lives, such as `us-east-1`.
    pub(crate) region: Sp<String>,
    /// The twelve digits of the only account that pgha may touch. Without it, pgha works in
    /// whatever account its credentials belong to.
    #[schemars(regex(pattern = r"^[0-9]{12}$"))]
    pub(crate) account: Maybe<String>,
    /// How the primary survives the loss of a zone. Default: `multi-az-instance`.
    pub(crate) topology: Maybe<Topology>,
    /// Whether AWS refuses to delete the database. Default: `true`.
    pub(crate) deletion_protection: Maybe<bool>,
    /// Tags for every resource that takes tags: 44 at most, keys not beginning with `aws:`,
    /// `rds:` or `pgha:`.
    pub(crate) tags: Maybe<BTreeMap<Sp<String>, Sp<String>>>,
    /// The version of this language; 1 is the only one.
    #[schemars(range(min = 1, max = 1))]
    pub(crate) spec_version: Maybe<u32>,
}

/// How the primary survives the loss of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Topology {
    /// One instance, no standby: an outage of its zone is an outage of the database.
    SingleAz,
    /// An instance and a synchronous standby that cannot be read: fails over in 60 to 120 s.
    MultiAzInstance,
    /// A writer and two readable standbys in three zones: fails over in under 35 s.
    MultiAzCluster,
}
