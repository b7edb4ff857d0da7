//! What AWS does that a plan has to live with, and that this account does only when told to.
//!
//! Each is documented behaviour. They are switches because a planner that does not know one of
//! them yet breaks its promises on it: the account stays useful meanwhile, and a test or a
//! random world says which of them it wants to meet.

use serde::Deserialize;
use serde::Serialize;

/// A habit of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Habit {
    /// The default VPC of us-east-1 has a subnet in each of its six zones, and RDS Proxy makes
    /// proxies and endpoints without the subnets in zones that it does not support (RDS guide,
    /// "Quotas and limitations for RDS Proxy":
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html>).
    ProxyZones,
    /// An instance notices minutes after a change of its parameter group that it has to restart:
    /// until then its status is `in-sync`, and a restart does not bring the values in (RDS API,
    /// ModifyDBParameterGroup, the remark on waiting 5 minutes:
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html>).
    ParameterLag,
    /// A rotation that is set up runs at once, as RotateSecret's default says
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html>).
    RotatesAtOnce,
    /// The automated backups of an instance are replicated to one region at a time. RDS does not
    /// say whether they can go to several (RDS guide, "Replicating automated backups to another
    /// AWS Region": <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html>
    /// has "a destination AWS Region", the API a list of replications).
    OneDestination,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::ProxyZones, Self::ParameterLag, Self::RotatesAtOnce, Self::OneDestination];
}
