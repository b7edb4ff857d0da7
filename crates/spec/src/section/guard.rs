//! `[guard]`: what an apply may do, and which findings are accepted.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::spanned::Maybe;
use crate::spanned::Sp;

/// What an apply may do, and which findings are accepted.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guard {
    /// The worst disruption that an apply may cause without being asked. Default: `restart`.
    pub(crate) max_disruption: Maybe<Limit>,
    /// Addresses that are never deleted or replaced, such as `db-instance/orders-primary`.
    pub(crate) protected: Maybe<Vec<Sp<String>>>,
    /// Findings that are accepted, each with a reason and a last day.
    #[serde(default)]
    pub(crate) allow: Vec<Sp<Allow>>,
}

/// The worst disruption, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Limit {
    /// Nobody notices.
    None,
    /// Slower, but up.
    Degraded,
    /// Connections break once, for up to two minutes.
    Failover,
    /// Connections break while the engine restarts.
    Restart,
    /// Down for minutes.
    Outage,
}

/// A finding that is accepted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allow {
    /// The code, such as `PGHA062`.
    pub(crate) lint: Sp<String>,
    /// Why it is accepted.
    pub(crate) reason: Sp<String>,
    /// The last day on which it is, such as `2027-01-31`.
    pub(crate) until: Sp<String>,
}
