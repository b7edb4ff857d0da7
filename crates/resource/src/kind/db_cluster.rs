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
use crate::field::Absence;
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
/// nodes (docs/aws/clusters.md#upgrades).
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
        "RDS guide, upgrading a Multi-AZ DB cluster; docs/aws/clusters.md#upgrades",
        compare = compare_version;
    class: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Failover),
        "RDS guide, modifying a Multi-AZ DB cluster: downtime; docs/aws/clusters.md#class";
    storage: MODIFY, create::yes, storage,
        "RDS guide, modifying a Multi-AZ DB cluster; docs/aws/clusters.md#storage";
    storage_type: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Degraded),
        "RDS guide, modifying a Multi-AZ DB cluster; docs/aws/clusters.md#storage";
    iops: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Degraded),
        "RDS guide, modifying a Multi-AZ DB cluster; docs/aws/clusters.md#storage";
    encrypted: Via::Fixed, create::yes, |_, _| replaced_only("encryption"),
        "docs/aws/clusters.md#fixed-at-creation";
    kms_key: Via::Fixed, create::yes, |_, _| replaced_only("the encryption key"),
        "docs/aws/clusters.md#fixed-at-creation";
    database: Via::Fixed, create::yes, |_, _| replaced_only("the first database"),
        "RDS API, DBCluster.DatabaseName: returned for the life of the cluster if one was given",
        absence = Absence::Recorded;
    username: Via::Fixed, create::yes, |_, _| replaced_only("the master user"),
        "docs/aws/clusters.md#fixed-at-creation";
    password: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, modifying a Multi-AZ DB cluster; docs/aws/clusters.md#as-soon-as-possible",
        compare = |desired, live| match (&desired.password, &live.password) {
            (Some(MasterPassword::Secret(_)), Some(MasterPassword::Elsewhere))
            | (Some(MasterPassword::Rds { .. }), Some(MasterPassword::Rds { .. })) => Match::Same,
            (desired, live) => compare_values(desired, live),
        };
    iam_auth: MODIFY, create::yes, |_, _| Effect::WINDOW, "docs/aws/clusters.md#iam-authentication";
    port: Via::Fixed, create::yes, |_, _| replaced_only("the port"),
        "docs/aws/clusters.md#fixed-at-creation";
    subnet_group: Via::Fixed, create::yes, |_, _| replaced_only("the subnet group"),
        "docs/aws/clusters.md#fixed-at-creation";
    security_groups: MODIFY, create::yes, |_, _| Effect::SOON,
        "RDS guide, modifying a Multi-AZ DB cluster; docs/aws/clusters.md#as-soon-as-possible";
    public: Via::Fixed, create::yes, |_, _| replaced_only("public access"),
        "docs/aws/clusters.md#fixed-at-creation";
    parameter_group: MODIFY, create::yes,
        |_, _| Effect::InPlace { disruption: Disruption::None, when: When::Reboot },
        "RDS guide, modifying a Multi-AZ DB cluster; docs/aws/clusters.md#parameter-group";
    backup_retention: MODIFY, create::yes, |_, _| Effect::WINDOW,
        "RDS guide, modifying a Multi-AZ DB cluster; docs/aws/clusters.md#backup-retention";
    backup_window: MODIFY, create::yes, |_, _| Effect::SOON,
        "docs/aws/clusters.md#as-soon-as-possible";
    maintenance_window: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#at-once";
    auto_minor_upgrade: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#at-once";
    extended_support: MODIFY, create::yes, |_, _| Effect::NOW,
        "docs/aws/clusters.md#extended-support";
    copy_tags: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#at-once";
    deletion_protection: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#at-once";
    monitoring_interval: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#monitoring";
    monitoring_role: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#monitoring";
    insights: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#monitoring";
    insights_retention: MODIFY, create::yes, |_, _| Effect::NOW,
        "docs/aws/monitoring.md#insights-retention";
    insights_kms_key: Via::Fixed, create::yes,
        |_, _| Effect::Never("the key of Performance Insights is fixed once it was on, also while it is off: write the key that is there".into()),
        "docs/aws/monitoring.md#insights-key";
    insights_mode: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/monitoring.md#insights-mode";
    log_exports: MODIFY, create::yes, |_, _| Effect::NOW, "docs/aws/clusters.md#log-exports";
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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::field::diff;

    #[track_caller]
    fn check_match(name: &str, live: DbCluster, desired: DbCluster, expected: Match) {
        let found = crate::Resource::from(desired).compare_field(name, &live.into());
        assert_eq!(found, Some(expected));
    }

    #[track_caller]
    fn check_effect(name: &str, live: DbCluster, desired: DbCluster, expected: Effect) {
        let found = diff(&desired, &live);
        let effects: Vec<_> = found.iter().map(|d| (d.name, d.effect.clone())).collect();
        assert_eq!(effects, [(name, expected)]);
    }

    fn at(version: EngineVersion, auto_minor: Option<bool>) -> DbCluster {
        DbCluster {
            engine_version: Some(version),
            auto_minor_upgrade: auto_minor,
            ..DbCluster::default()
        }
    }

    fn seen(version: &str) -> DbCluster {
        at(EngineVersion::seen(version), None)
    }

    /// docs/aws/clusters.md#upgrades: a minor upgrade ends in one switch, a major one stops all
    /// nodes.
    #[test]
    fn a_minor_upgrade_is_a_failover_and_a_major_one_an_outage() {
        let check = |live, wanted, effect| check_effect("engine_version", live, wanted, effect);
        check(seen("16.14"), seen("16.15"), Effect::in_window(Disruption::Failover));
        check(seen("16.14"), seen("17.11"), Effect::in_window(Disruption::Outage));
        check(DbCluster::default(), seen("16.15"), Effect::in_window(Disruption::Outage));
    }

    #[test]
    fn a_version_that_aws_has_no_way_to_is_refused() {
        let effect = engine_version(&seen("16.15"), &seen("16.14"));
        assert!(matches!(effect, Effect::Never(why) if why.contains("no way back")));
        let effect = engine_version(&seen("16.15"), &seen("17.10"));
        assert!(matches!(effect, Effect::Never(why) if why.contains("17.11 or newer")));
    }

    #[test]
    fn only_a_newer_minor_that_aws_may_install_is_its_own_doing() {
        #[track_caller]
        fn check(live: &str, auto_minor: Option<bool>, expected: Match) {
            // What the spec wants of auto_minor does not matter, only what AWS was told.
            let desired = at(EngineVersion::constraint("16.13").unwrap(), Some(true));
            let live = at(EngineVersion::seen(live), auto_minor);
            check_match("engine_version", live, desired, expected);
        }
        let by_aws = "AWS upgraded 16.13 to 16.14 by itself, as auto_minor allows";
        check("16.14", Some(true), Match::ByAws(by_aws.into()));
        check("16.14", Some(false), Match::Differs);
        check("16.14", None, Match::Differs);
        check("16.11", Some(true), Match::Differs);
        check("17.11", Some(true), Match::Differs);
        check("16.13", Some(true), Match::Same);
    }

    #[test]
    fn versions_that_cannot_be_read_are_not_newer() {
        let desired = at(EngineVersion::seen("one"), None);
        let live = at(EngineVersion::seen("two"), Some(true));
        check_match("engine_version", live, desired, Match::Differs);
    }

    #[test]
    fn versions_are_compared_only_where_both_are_known() {
        check_match("engine_version", DbCluster::default(), seen("16.15"), Match::Unreadable);
        check_match("engine_version", seen("16.15"), DbCluster::default(), Match::Same);
    }

    #[test]
    fn storage_grows_and_never_shrinks() {
        let gib = |storage| DbCluster { storage: Some(storage), ..DbCluster::default() };
        let grows = Effect::in_window(Disruption::Degraded);
        check_effect("storage", gib(100), gib(101), grows.clone());
        check_effect("storage", DbCluster::default(), gib(101), grows.clone());
        let never = "storage cannot shrink in place from 100 to 99 GiB";
        check_effect("storage", gib(100), gib(99), Effect::Never(never.into()));
        assert_eq!(storage(&gib(100), &gib(100)), grows);
    }

    #[test]
    fn a_password_of_ours_is_somewhere_that_rds_does_not_know() {
        let kept = |password| DbCluster { password: Some(password), ..DbCluster::default() };
        let ours = || kept(MasterPassword::Secret(Ref::known("arn:secret")));
        let rds = |key: Option<&str>| kept(MasterPassword::Rds { kms_key: key.map(Into::into) });
        let elsewhere = || kept(MasterPassword::Elsewhere);
        check_match("password", elsewhere(), ours(), Match::Same);
        check_match("password", rds(None), rds(Some("key")), Match::Same);
        check_match("password", rds(None), ours(), Match::Differs);
        check_match("password", elsewhere(), rds(None), Match::Differs);
    }

    /// docs/aws/clusters.md#fixed-at-creation.
    #[test]
    fn what_is_fixed_at_creation_is_refused_with_the_way_round_it() {
        let port = |port| DbCluster { port: Some(port), ..DbCluster::default() };
        let found = diff(&port(5433), &port(5432));
        let Effect::Never(why) = &found[0].effect else { panic!("{found:?}") };
        assert!(
            why.starts_with("the port is fixed when a Multi-AZ DB cluster is created"),
            "{why}"
        );
        assert!(why.contains("create another cluster"), "{why}");
    }

    #[test]
    fn a_cluster_reboots_and_is_missed_when_it_goes() {
        let cluster = DbCluster::default();
        assert_eq!(cluster.create(), Operation::CreateDBCluster);
        assert_eq!(cluster.reboot(), Some(Operation::RebootDBCluster));
        assert_eq!(cluster.delete_disruption(), Disruption::Outage);
    }
}
