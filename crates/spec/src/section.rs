//! The sections of `cluster.toml`, as they are written.
//!
//! Every key keeps its span; keys that may be left out are `Maybe`, and the default is
//! applied where the key is used, so that a default is never mistaken for a wish.

pub(crate) mod alarm;
pub(crate) mod alerting;
pub(crate) mod backup;
pub(crate) mod cluster;
pub(crate) mod credentials;
pub(crate) mod engine;
pub(crate) mod guard;
pub(crate) mod iam;
pub(crate) mod monitoring;
pub(crate) mod names;
pub(crate) mod network;
pub(crate) mod parameters;
pub(crate) mod proxy;
pub(crate) mod replica;
pub(crate) mod snapshot;
pub(crate) mod storage;

use std::cell::OnceCell;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::chains::Chains;
use crate::section::alarm::Alarm;
use crate::section::alerting::Alerting;
use crate::section::backup::Backup;
use crate::section::backup::Maintenance;
use crate::section::cluster::Cluster;
use crate::section::credentials::Credentials;
use crate::section::engine::Engine;
use crate::section::guard::Guard;
use crate::section::iam::Iam;
use crate::section::monitoring::Monitoring;
use crate::section::names::Names;
use crate::section::network::Network;
use crate::section::parameters::Parameters;
use crate::section::proxy::Proxy;
use crate::section::replica::Replica;
use crate::section::snapshot::Snapshot;
use crate::section::storage::Storage;
use crate::spanned::Maybe;
use crate::spanned::Sp;

/// A highly available PostgreSQL on AWS RDS, as `pgha` keeps it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "pgha cluster.toml")]
pub(crate) struct Spec {
    /// Which cluster this is, and where it lives.
    pub(crate) cluster: Sp<Cluster>,
    /// The PostgreSQL version and the machines it runs on.
    pub(crate) engine: Sp<Engine>,
    /// Resources under names of their own: `"db-instance/orders-primary" = "legacy"`, and what is
    /// used as it is: `"db-subnet-group/orders-db" = { given = "default" }`.
    pub(crate) names: Option<Names>,
    /// The VPC, its subnets, and who may connect.
    pub(crate) network: Maybe<Network>,
    /// The volume of the primary or of the cluster's members.
    pub(crate) storage: Maybe<Storage>,
    /// The master user and where its password lives. Never the password itself.
    pub(crate) credentials: Maybe<Credentials>,
    /// Automated backups and their copy in another region.
    pub(crate) backup: Maybe<Backup>,
    /// When changes that can wait are made.
    pub(crate) maintenance: Maybe<Maintenance>,
    /// PostgreSQL parameters: `name = value`, in PostgreSQL's units (`"1s"`, `"16MB"`). When
    /// a value takes effect follows from the parameter and is never written.
    pub(crate) parameters: Option<Parameters>,
    /// Enhanced Monitoring, Database Insights and log exports.
    pub(crate) monitoring: Maybe<Monitoring>,
    /// Read replicas, in the home region or elsewhere: 15 at most for one source.
    #[serde(default)]
    pub(crate) replica: Vec<Sp<Replica>>,
    /// An RDS Proxy before the primary or the cluster. None unless this section is there.
    pub(crate) proxy: Maybe<Proxy>,
    /// Who may connect with IAM tokens.
    pub(crate) iam: Maybe<Iam>,
    /// Who is told of alarms and events, and which alarms there are.
    pub(crate) alerting: Maybe<Alerting>,
    /// Alarms of your own, beside the recommended ones.
    #[serde(default)]
    pub(crate) alarm: Vec<Sp<Alarm>>,
    /// Named manual snapshots, taken once and kept until you delete them.
    #[serde(default)]
    pub(crate) snapshot: Vec<Sp<Snapshot>>,
    /// What an apply may do, and which findings are accepted.
    pub(crate) guard: Maybe<Guard>,
    /// Who replicates from whom, once somebody has asked.
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) chains: OnceCell<Chains>,
}
