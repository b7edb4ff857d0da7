//! `[engine]`: the PostgreSQL version and its machine.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spanned::Maybe;
use crate::spanned::Sp;

/// The PostgreSQL version and the machines it runs on.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Engine {
    /// The version as a constraint: `"16"` takes any minor of 16, `">=16.4"` any from 16.4 on,
    /// `"16.15"` exactly that one. A new database gets AWS's default minor where any will do.
    pub(crate) version: Sp<String>,
    /// The instance class, such as `db.r6g.large`; a Multi-AZ DB cluster needs one with local
    /// disks, such as `db.r6gd.large`. Changing it fails over, or is an outage without a
    /// standby.
    pub(crate) class: Sp<String>,
    /// The database created at the beginning; only `postgres` unless set. Cannot change.
    pub(crate) database: Maybe<String>,
    /// The port, 1150 to 65535. Default: 5432. A change restarts the database at once and
    /// cannot wait for the window.
    #[schemars(range(min = 1150, max = 65535))]
    pub(crate) port: Maybe<u16>,
    /// Whether the database goes into paid Extended Support when the standard support of its
    /// major version ends; `false` lets AWS upgrade it then. Default: not managed, and AWS enrols
    /// new databases.
    pub(crate) lifecycle_support: Maybe<bool>,
    /// The certificate authority: `rds-ca-rsa2048-g1`, `rds-ca-rsa4096-g1` or
    /// `rds-ca-ecc384-g1`. Default: AWS's choice. Not for a Multi-AZ DB cluster.
    pub(crate) ca_certificate: Maybe<String>,
    /// Whether users who were granted `rds_iam` log in with IAM tokens. Default: `false`. Takes
    /// 300 to 1000 MiB of memory; clients of a proxy must then use tokens, too.
    pub(crate) iam_auth: Maybe<bool>,
}
