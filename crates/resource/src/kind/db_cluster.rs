//! A Multi-AZ DB cluster: one writer and two readable standbys.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::Disruption;
use crate::catalog;
use crate::catalog::EngineVersion;
use crate::catalog::Version;
use crate::effect::Effect;
use crate::effect::When;
use crate::field::Match;
use crate::field::Via;
use crate::field::compare_values;
use crate::field::create;
use crate::fields;
use crate::kind::InsightsMode;
use crate::kind::MasterPassword;
use crate::kind::Noun;
use crate::operation::Operation;
use crate::reference::Ref;

/// A Multi-AZ DB cluster of the engine `postgres`. AWS creates and names its three members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbCluster {
    /// The engine version.
    pub engine_version: Option<EngineVersion>,
    /// The class of all members, `db.r6gd.large`.
    pub class: Option<String>,
    /// Allocated storage in GiB.
    pub storage: Option<u32>,
    /// `gp3`, `io1` or `io2`.
    pub storage_type: Option<String>,
    /// Provisioned IOPS, 0.5 to 50 a GiB.
    pub iops: Option<u32>,
    /// Encrypted at rest.
    pub encrypted: Option<bool>,
    /// The key's ARN.
    pub kms_key: Option<String>,
    /// The first database.
    pub database: Option<String>,
    /// The master user.
    pub username: Option<String>,
    /// The master password's whereabouts.
    pub password: Option<MasterPassword>,
    /// Whether IAM tokens are accepted.
    pub iam_auth: Option<bool>,
    /// The port.
    pub port: Option<u16>,
    /// The DB subnet group's name.
    pub subnet_group: Option<Ref>,
    /// Security group ids.
    pub security_groups: Option<BTreeSet<Ref>>,
    /// Reachable from the internet.
    pub public: Option<bool>,
    /// The cluster parameter group's name.
    pub parameter_group: Option<Ref>,
    /// Days of automated backups, 1 to 35.
    pub backup_retention: Option<u32>,
    /// `03:00-04:00`, UTC.
    pub backup_window: Option<String>,
    /// `sun:04:00-sun:05:00`, UTC.
    pub maintenance_window: Option<String>,
    /// Whether AWS installs minor versions by itself.
    pub auto_minor_upgrade: Option<bool>,
    /// Whether the cluster goes into paid Extended Support.
    pub extended_support: Option<bool>,
    /// Snapshots get the cluster's tags.
    pub copy_tags: Option<bool>,
    /// Deletion is refused.
    pub deletion_protection: Option<bool>,
    /// Seconds between Enhanced Monitoring samples; 0 is off.
    pub monitoring_interval: Option<u32>,
    /// The role that Enhanced Monitoring writes with.
    pub monitoring_role: Option<Ref>,
    /// Whether Database Insights collects.
    pub insights: Option<bool>,
    /// Days it keeps.
    pub insights_retention: Option<u32>,
    /// The key it encrypts with.
    pub insights_kms_key: Option<String>,
    /// Its mode.
    pub insights_mode: Option<InsightsMode>,
    /// Logs sent to CloudWatch.
    pub log_exports: Option<BTreeSet<String>>,
}

const MODIFY: Via = Via::One(Operation::ModifyDBCluster);

fn replaced_only(what: &str) -> Effect {
    Effect::Never(format!(
        "{what} is fixed when a Multi-AZ DB cluster is created, and pgha never replaces a database: create another cluster and move the data"
    ))
}

/// A minor upgrade goes reader by reader and ends in one switch; a major one stops all
/// nodes (aws-facts §1.4).
fn engine_version(from: &DbCluster, to: &DbCluster) -> Effect {
    let version = |v: &Option<EngineVersion>| v.as_ref().and_then(|v| Version::parse(v.request()));
    let (live, wanted) = (version(&from.engine_version), version(&to.engine_version));
    match live.zip(wanted).and_then(|(live, wanted)| catalog::no_upgrade(live, wanted)) {
        Some(why) => Effect::Never(why),
        None if live.map(|v| v.major) == wanted.map(|v| v.major) => {
            Effect::in_window(Disruption::Failover)
        }
        None => Effect::in_window(Disruption::Outage),
    }
}

fn compare_version(desired: &DbCluster, live: &DbCluster) -> Match {
    let (Some(wanted), Some(seen)) = (&desired.engine_version, &live.engine_version) else {
        return compare_values(&desired.engine_version, &live.engine_version);
    };
    let newer = Version::parse(&seen.wanted) > Version::parse(wanted.request());
    if wanted.is_met_by(seen) {
        Match::Same
    } else if newer && wanted.major() == seen.major() && live.auto_minor_upgrade == Some(true) {
        Match::ByAws(format!(
            "AWS upgraded {} to {} by itself, as auto_minor allows",
            wanted.request(),
            seen.wanted
        ))
    } else {
        Match::Differs
    }
}

fn storage(from: &DbCluster, to: &DbCluster) -> Effect {
    match (from.storage, to.storage) {
        (Some(live), Some(wanted)) if wanted < live => {
            Effect::Never(format!("storage cannot shrink in place from {live} to {wanted} GiB"))
        }
        _ => Effect::in_window(Disruption::Degraded),
    }
}

fields! { DbCluster {
    engine_version: MODIFY, create::yes, engine_version,
        "RDS guide, upgrading a Multi-AZ DB cluster; aws-facts §1.4", compare = compare_version;
    class: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Failover),
        "RDS guide, modifying a Multi-AZ DB cluster: downtime; aws-facts §1.4";
    storage: MODIFY, create::yes, storage,
        "RDS guide, modifying a Multi-AZ DB cluster; aws-facts §1.4";
    storage_type: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Degraded),
        "RDS guide, modifying a Multi-AZ DB cluster; aws-facts §1.4";
    iops: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Degraded),
        "RDS guide, modifying a Multi-AZ DB cluster; aws-facts §1.4";
    encrypted: Via::Fixed, create::yes, |_, _| replaced_only("encryption"), "aws-facts §1.4";
    kms_key: Via::Fixed, create::yes, |_, _| replaced_only("the encryption key"), "aws-facts §1.4";
    database: Via::Fixed, create::yes, |_, _| replaced_only("the first database"), "aws-facts §1.4";
    username: Via::Fixed, create::yes, |_, _| replaced_only("the master user"), "aws-facts §1.4";
    password: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, modifying a Multi-AZ DB cluster; aws-facts §1.4",
        compare = |desired, live| match (&desired.password, &live.password) {
            (Some(MasterPassword::Secret(_)), Some(MasterPassword::Elsewhere))
            | (Some(MasterPassword::Rds { .. }), Some(MasterPassword::Rds { .. })) => Match::Same,
            (desired, live) => compare_values(desired, live),
        };
    iam_auth: MODIFY, create::yes, |_, _| Effect::WINDOW, "aws-facts §1.4";
    port: Via::Fixed, create::yes, |_, _| replaced_only("the port"), "aws-facts §1.4";
    subnet_group: Via::Fixed, create::yes, |_, _| replaced_only("the subnet group"), "aws-facts §1.4";
    security_groups: MODIFY, create::yes, |_, _| Effect::SOON,
        "RDS guide, modifying a Multi-AZ DB cluster; aws-facts §1.4";
    public: Via::Fixed, create::yes, |_, _| replaced_only("public access"), "aws-facts §1.4";
    parameter_group: MODIFY, create::yes,
        |_, _| Effect::InPlace { disruption: Disruption::None, when: When::Reboot },
        "RDS guide, modifying a Multi-AZ DB cluster; aws-facts §1.4";
    backup_retention: MODIFY, create::yes, |_, _| Effect::WINDOW,
        "RDS guide, modifying a Multi-AZ DB cluster; aws-facts §1.4";
    backup_window: MODIFY, create::yes, |_, _| Effect::SOON, "aws-facts §1.4";
    maintenance_window: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
    auto_minor_upgrade: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
    extended_support: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
    copy_tags: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
    deletion_protection: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
    monitoring_interval: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
    monitoring_role: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
    insights: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4, §12.5";
    insights_retention: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4, §12.5";
    insights_kms_key: Via::Fixed, create::yes,
        |_, _| Effect::Never("the key of Performance Insights is fixed once it is on".into()),
        "aws-facts §12.5";
    insights_mode: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4, §12.5";
    log_exports: MODIFY, create::yes, |_, _| Effect::NOW, "aws-facts §1.4";
} }

impl Noun for DbCluster {
    const HOLDS_DATA: bool = true;
    const DELETE: Operation = Operation::DeleteDBCluster;

    fn create(&self) -> Operation {
        Operation::CreateDBCluster
    }

    fn delete_disruption(&self) -> Disruption {
        Disruption::Outage
    }

    fn reboot(&self) -> Option<Operation> {
        Some(Operation::RebootDBCluster)
    }
}
