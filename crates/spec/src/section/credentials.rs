//! `[credentials]`: the master user and where its password lives.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Days;
use crate::spanned::Maybe;
use crate::spanned::Sp;

/// The master user and where its password lives. Never the password itself.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The master user's name, 1 to 16 letters, digits or underscores, a letter first. Default:
    /// `dbadmin`. Cannot change.
    pub(crate) username: Maybe<String>,
    /// `pgha`: a secret that pgha creates, with a password that Secrets Manager generates.
    /// `rds`: a secret that RDS keeps and rotates every seven days; excludes replicas.
    /// `given`: somebody else keeps the password, and pgha never touches it.
    /// Default: `pgha`.
    pub(crate) manage: Maybe<Manage>,
    /// The ARN of the KMS key that encrypts the secret, in the home region. Default: the
    /// account's `aws/secretsmanager` key for a new secret; one that exists keeps the key it has.
    pub(crate) kms_key: Maybe<String>,
    /// The ARN of the secret that holds the master user's password; only with `manage = "given"`,
    /// for a proxy that logs in as the master user.
    pub(crate) secret_arn: Maybe<String>,
    /// How the secret is rotated; only with `manage = "pgha"`. Default: not at all.
    pub(crate) rotation: Maybe<Rotation>,
}

/// Who keeps the master password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Manage {
    /// A secret that pgha creates.
    Pgha,
    /// A secret that RDS keeps and rotates.
    Rds,
    /// Nobody whom pgha knows.
    Given,
}

/// How a secret is rotated.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// Days between rotations, 1 to 1000.
    pub(crate) days: Sp<Days>,
    /// The ARN of the Lambda function that rotates, in the home region.
    pub(crate) function: Sp<String>,
}
