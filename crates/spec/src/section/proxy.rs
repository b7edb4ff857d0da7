//! `[proxy]`: an RDS Proxy before the primary or the cluster.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Percent;
use crate::quantity::Seconds;
use crate::section::network::SubnetChoice;
use crate::spanned::Maybe;
use crate::spanned::Sp;

/// An RDS Proxy before the primary or the cluster. It always listens on port 5432.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proxy {
    /// How clients log in. Default: `secrets`.
    pub(crate) auth: Maybe<Auth>,
    /// ARNs of further secrets, one for each database user that connects through the proxy. The
    /// master user's secret is always known to it.
    pub(crate) secrets: Maybe<Vec<Sp<String>>>,
    /// ARNs of the KMS keys that encrypt those secrets, if they are your own.
    pub(crate) secrets_kms_keys: Maybe<Vec<Sp<String>>>,
    /// Ids of the security groups that it has; with `network.security_groups = "given"`, where pgha
    /// makes none for it.
    pub(crate) security_groups: Maybe<Vec<Sp<String>>>,
    /// Connections to the database, in percent of its `max_connections`, 1 to 100. Default: 90 %,
    /// which leaves room for direct clients.
    pub(crate) max_connections: Maybe<Percent>,
    /// Connections kept while idle, in the same percent. Default: half of `max_connections`.
    pub(crate) max_idle: Maybe<Percent>,
    /// How long a client waits for a connection, up to 5 min. Default: 2 min.
    pub(crate) borrow_timeout: Maybe<Seconds>,
    /// When an idle client is dropped, 1 s to 8 h. Default: 30 min.
    pub(crate) idle_timeout: Maybe<Seconds>,
    /// SQL run on every new connection; anyone who may describe the proxy can read it. Default:
    /// none.
    pub(crate) init_query: Maybe<String>,
    /// Whether clients must use TLS. Default: `true`.
    pub(crate) require_tls: Maybe<bool>,
    /// Verbose logs, which AWS turns off after 24 hours. Default: `false`.
    pub(crate) debug_logging: Maybe<bool>,
    /// How clients prove their passwords. Default: `scram`.
    pub(crate) client_password: Maybe<ClientPassword>,
    /// RDS Proxy has no pinning filters for PostgreSQL; here only to say so.
    #[schemars(skip)]
    pub(crate) session_pinning_filters: Maybe<Vec<String>>,
    /// Further endpoints, 20 at most.
    #[serde(default)]
    pub(crate) endpoint: Vec<Sp<Endpoint>>,
}

/// How clients log in to a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Auth {
    /// With a password; the proxy logs in with the secret's.
    Secrets,
    /// With an IAM token; the proxy logs in with the secret's password.
    Iam,
    /// With an IAM token; the proxy logs in with one of its own. Needs `engine.iam_auth`.
    IamEndToEnd,
}

/// How clients prove their passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientPassword {
    /// SCRAM-SHA-256.
    Scram,
    /// MD5, for old clients.
    Md5,
}

/// An endpoint beside the default one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Endpoint {
    /// Its name; it is called `{cluster}-proxy-{name}`.
    pub(crate) name: Sp<String>,
    /// Where it leads. Default: `read-write`.
    pub(crate) role: Maybe<Role>,
    /// Its subnets. Default: the network's.
    pub(crate) subnets: Maybe<SubnetChoice>,
}

/// Where an endpoint leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// To the writer.
    ReadWrite,
    /// To the readers, of a Multi-AZ DB cluster only.
    ReadOnly,
}
