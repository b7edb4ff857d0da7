//! `[[snapshot]]`: a named manual snapshot.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spanned::Sp;

/// A named manual snapshot, taken once. It outlives the database, and pgha never deletes it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    /// Its name; the snapshot is called `{cluster}-{name}`.
    pub(crate) name: Sp<String>,
}
