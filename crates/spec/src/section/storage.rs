//! `[storage]` and the storage of a replica.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Gib;
use crate::spanned::Maybe;

/// The volume of the primary or of the cluster's members.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Storage {
    /// The volume type. Default: `gp3`.
    #[serde(rename = "type")]
    pub(crate) kind: Maybe<VolumeType>,
    /// The size in GiB, 20 to 65536 for gp3. Default: 100 GiB. It can grow, never shrink; with
    /// `max_size` it is a floor.
    pub(crate) size: Maybe<Gib>,
    /// The size up to which RDS grows the volume by itself; 0 or `"off"` is never. At least
    /// 110 % of the size. Default: twice the size; not for a Multi-AZ DB cluster.
    pub(crate) max_size: Maybe<Gib>,
    /// Provisioned I/O operations a second. gp3 below 400 GiB has a fixed 3000 and refuses to
    /// be told. Default: the baseline of the type.
    pub(crate) iops: Maybe<u32>,
    /// Throughput in MiB a second, gp3 from 400 GiB on only. Default: the baseline.
    pub(crate) throughput: Maybe<u32>,
    /// The ARN of the KMS key in the home region. Default: the account's `aws/rds` key for a
    /// new database; one that exists keeps the key it has. Cannot change.
    pub(crate) kms_key: Maybe<String>,
    /// A volume of its own for the write-ahead log, io1 and io2 only. Default: `false`. A change
    /// waits for a reboot.
    pub(crate) dedicated_log_volume: Maybe<bool>,
    /// Whether the data are encrypted at rest. Default: `true`. Cannot change.
    pub(crate) encrypted: Maybe<bool>,
}

/// The volume of a replica; what is left out is as on the primary.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplicaStorage {
    /// The volume type. Default: the primary's.
    #[serde(rename = "type")]
    pub(crate) kind: Maybe<VolumeType>,
    /// The size in GiB, never below the source's. Default: what the source has when the replica
    /// is made.
    pub(crate) size: Maybe<Gib>,
    /// The size up to which RDS grows the volume by itself. Default: the primary's.
    pub(crate) max_size: Maybe<Gib>,
    /// Provisioned I/O operations a second. Default: the primary's.
    pub(crate) iops: Maybe<u32>,
    /// Throughput in MiB a second, gp3 from 400 GiB on only. Default: the primary's.
    pub(crate) throughput: Maybe<u32>,
    /// A volume of its own for the write-ahead log. Default: the primary's.
    pub(crate) dedicated_log_volume: Maybe<bool>,
}

/// The type of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VolumeType {
    /// General purpose, the default.
    Gp3,
    /// General purpose of the previous generation, with burst credits.
    Gp2,
    /// Provisioned IOPS.
    Io1,
    /// Provisioned IOPS, more durable.
    Io2,
    /// Magnetic, which AWS has removed.
    Standard,
}

impl VolumeType {
    /// AWS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Gp3 => "gp3",
            Self::Gp2 => "gp2",
            Self::Io1 => "io1",
            Self::Io2 => "io2",
            Self::Standard => "standard",
        }
    }

    /// The IOPS are paid for and must be named.
    pub(crate) fn is_provisioned(self) -> bool {
        matches!(self, Self::Io1 | Self::Io2)
    }
}
