//! An RDS Proxy.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::Disruption;
use crate::address::Address;
use crate::effect::Effect;
use crate::field::Match;
use crate::field::Via;
use crate::field::compare_values;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::reference::Resolve;
use crate::reference::Subnets;
use crate::value::Shown;
use crate::value::Value;

/// Whether clients of the proxy show an IAM token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IamAuth {
    /// They show a password.
    Disabled,
    /// They must show a token.
    Required,
}

/// How clients prove their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientPassword {
    /// SCRAM-SHA-256, the default.
    Scram,
    /// MD5, for old clients.
    Md5,
}

/// One user the proxy knows from a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProxyAuth {
    /// The secret's ARN.
    pub secret: Ref,
    /// Token or password.
    pub iam: IamAuth,
    /// How the password is proved.
    pub client_password: ClientPassword,
}

impl Value for ProxyAuth {
    fn show(&self) -> Shown {
        let iam = match self.iam {
            IamAuth::Disabled => "password",
            IamAuth::Required => "IAM token",
        };
        let proof = match (self.iam, self.client_password) {
            (IamAuth::Disabled, ClientPassword::Md5) => ", MD5",
            _ => "",
        };
        Shown::Text(format!("{} ({iam}{proof})", self.secret))
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        self.secret.addresses(into);
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        self.secret.resolve(with);
    }

    fn is_resolved(&self) -> bool {
        self.secret.is_resolved()
    }
}

/// How the proxy itself logs in to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyScheme {
    /// With what the secrets say.
    Secrets,
    /// With an IAM token of its own: end-to-end IAM, no secrets needed.
    Iam,
}

impl Value for ProxyScheme {
    fn show(&self) -> Shown {
        Shown::Text(match self {
            Self::Secrets => "secrets".into(),
            Self::Iam => "iam, end to end".into(),
        })
    }
}

/// A proxy for PostgreSQL. Pool settings belong to its target group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbProxy {
    /// How it logs in to the database.
    pub scheme: Option<ProxyScheme>,
    /// The secrets it knows.
    pub auth: Option<BTreeSet<ProxyAuth>>,
    /// The role it reads secrets with.
    pub role: Option<Ref>,
    /// Its subnets, in two zones at least.
    pub subnets: Option<Subnets>,
    /// Its security groups.
    pub security_groups: Option<BTreeSet<Ref>>,
    /// Whether clients must use TLS.
    pub require_tls: Option<bool>,
    /// Seconds until an idle client is dropped, 1 to 28,800.
    pub idle_timeout: Option<u32>,
    /// Verbose logs; AWS turns them off after 24 hours.
    pub debug_logging: Option<bool>,
}

const MODIFY: Via = Via::One(Operation::ModifyDBProxy);

/// Zones in which RDS has no proxies. The API takes a subnet there and makes the proxy without it
/// (RDS guide, "Quotas and limitations for RDS Proxy",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html>, 2026-11).
pub const ZONES_WITHOUT_PROXIES: &[&str] = &["use1-az3", "usw1-az2"];

/// A proxy in fewer subnets than it was asked for is what RDS made of the request: it drops
/// subnets in zones without proxies, and a subnet that the network got later is no part of it.
pub(crate) fn compare_subnets(desired: Option<&Subnets>, live: Option<&Subnets>) -> Match {
    match (desired, live) {
        (Some(Subnets::Known(wanted)), Some(Subnets::Known(seen)))
            if seen != wanted && seen.len() >= 2 && seen.is_subset(wanted) =>
        {
            let without: Vec<&str> = wanted.difference(seen).map(String::as_str).collect();
            Match::ByAws(format!(
                "in {} of {} subnets, without {}: RDS makes it without those in zones that have no proxies, and it never moves into further ones",
                seen.len(),
                wanted.len(),
                without.join(", "),
            ))
        }
        (desired, live) => compare_values(&desired.cloned(), &live.cloned()),
    }
}

fields! { DbProxy {
    scheme: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBProxy; docs/aws/proxies.md#authentication";
    auth: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBProxy, replaces the list; docs/aws/proxies.md#authentication";
    role: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBProxy; docs/aws/proxies.md#changes";
    subnets: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS API, ModifyDBProxy has no VpcSubnetIds; docs/aws/proxies.md#fixed-at-creation",
        compare = |desired, live| compare_subnets(desired.subnets.as_ref(), live.subnets.as_ref());
    security_groups: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBProxy; docs/aws/proxies.md#changes";
    require_tls: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBProxy; docs/aws/proxies.md#changes";
    idle_timeout: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS API, ModifyDBProxy; docs/aws/proxies.md#idle-clients";
    debug_logging: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, modifying a proxy: turned off by AWS after 24 h; docs/aws/proxies.md#debug-logging",
        compare = |desired, live| match (desired.debug_logging, live.debug_logging) {
            (Some(true), Some(false)) => {
                Match::ByAws("AWS turns a proxy's debug logging off after 24 hours".into())
            }
            (desired, live) => compare_values(&desired, &live),
        };
} }

impl Noun for DbProxy {
    const DELETE: Operation = Operation::DeleteDBProxy;

    fn create(&self) -> Operation {
        Operation::CreateDBProxy
    }

    fn delete_disruption(&self) -> Disruption {
        Disruption::Outage
    }
}
