//! `[[replica]]`: a read replica.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Days;
use crate::section::monitoring::Monitoring;
use crate::section::parameters::Parameters;
use crate::section::storage::ReplicaStorage;
use crate::spanned::Maybe;
use crate::spanned::Sp;
use crate::window::Daily;
use crate::window::Weekly;

/// A read replica. What is left out is as on the primary; nothing is left to what AWS would
/// inherit, which is less than one thinks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replica {
    /// Its name; the instance is called `{cluster}-{name}`.
    pub(crate) name: Sp<String>,
    /// The instance class, best not smaller than the primary's. Default: the primary's.
    pub(crate) class: Maybe<String>,
    /// The region. Default: home.
    pub(crate) region: Maybe<String>,
    /// The availability zone, such as `us-east-1a`; excludes `multi_az`. Default: AWS's choice.
    /// Cannot change.
    pub(crate) zone: Maybe<String>,
    /// The name of another replica to replicate from, three levels at most. Default: the
    /// primary. Cannot change.
    pub(crate) source: Maybe<String>,
    /// The ARN of the KMS key in the replica's region; required in another region if the primary
    /// is encrypted. Default: the source's key for a new replica; one that exists
    /// keeps the key it has. Cannot change.
    pub(crate) kms_key: Maybe<String>,
    /// A standby for the replica itself. Default: `false`.
    pub(crate) multi_az: Maybe<bool>,
    /// Its volume.
    pub(crate) storage: Maybe<ReplicaStorage>,
    /// Parameters that differ from `[parameters]`; gives the replica a group of its own.
    pub(crate) parameters: Option<Parameters>,
    /// Who may connect to this replica beside those who may connect to every database; gives
    /// it a security group of its own.
    pub(crate) allow: Maybe<Vec<Sp<String>>>,
    /// Ids of existing security groups that it joins.
    pub(crate) extra_security_groups: Maybe<Vec<Sp<String>>>,
    /// What differs from `[monitoring]`.
    pub(crate) monitoring: Maybe<Monitoring>,
    /// Whether users may log in to it with IAM tokens. Default: as in `[engine]`.
    pub(crate) iam_auth: Maybe<bool>,
    /// Whether it has a public address. Default: as in `[network]`.
    pub(crate) public: Maybe<bool>,
    /// Whether its snapshots get its tags. Default: as in `[backup]`.
    pub(crate) copy_tags: Maybe<bool>,
    /// Whether AWS upgrades its minor version in its window. Default: as in `[maintenance]`.
    pub(crate) auto_minor: Maybe<bool>,
    /// Whether AWS refuses to delete it. Default: `true`.
    pub(crate) deletion_protection: Maybe<bool>,
    /// Its weekly window, UTC. Default: the primary's hours on an earlier day.
    pub(crate) maintenance_window: Maybe<Weekly>,
    /// Days of automated backups of its own. Default: 1 day for a replica that others replicate
    /// from, otherwise AWS's choice, none.
    pub(crate) backup_retention: Maybe<Days>,
    /// When its daily backup is taken, UTC, 30 minutes at least and clear of its maintenance
    /// window. Default: that of `[backup]`.
    pub(crate) backup_window: Maybe<Daily>,
}
