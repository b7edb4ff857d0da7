//! `[iam]`: who may connect with IAM tokens.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spanned::Maybe;
use crate::spanned::Sp;

/// Who may connect with IAM tokens. Needs `engine.iam_auth` or a proxy with IAM.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Iam {
    /// Database users for whom a managed policy `{cluster}-connect-{region}` is made, to be
    /// attached to the application's roles. In the database each needs
    /// `GRANT rds_iam TO user`, unless a proxy logs in for it.
    pub(crate) users: Maybe<Vec<Sp<String>>>,
}
