//! A DB instance: the primary or a read replica.

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
use crate::kind::Noun;
use crate::operation::Operation;
use crate::reference::Ref;
use crate::reference::Resolve;
use crate::value::Shown;
use crate::value::Value;

/// Where the master password lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MasterPassword {
    /// In the secret with this ARN, which pgha keeps.
    Secret(Ref),
    /// In a secret that RDS keeps and rotates, encrypted with this key.
    Rds {
        /// The key; `None` for the account's `aws/secretsmanager` key.
        kms_key: Option<String>,
    },
    /// Seen only: somewhere that RDS does not know of.
    Elsewhere,
}

impl Value for MasterPassword {
    fn show(&self) -> Shown {
        Shown::Text(match self {
            Self::Secret(secret) => format!("in {secret}"),
            Self::Rds { .. } => "managed by RDS".into(),
            Self::Elsewhere => "not managed by RDS".into(),
        })
    }

    fn addresses(&self, into: &mut Vec<crate::Address>) {
        if let Self::Secret(secret) = self {
            secret.addresses(into);
        }
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        if let Self::Secret(secret) = self {
            secret.resolve(with);
        }
    }

    fn is_resolved(&self) -> bool {
        match self {
            Self::Secret(secret) => secret.is_resolved(),
            Self::Rds { .. } | Self::Elsewhere => true,
        }
    }
}

/// The mode of CloudWatch Database Insights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InsightsMode {
    /// Seven days free, longer paid.
    Standard,
    /// Fleet view, locks, plans; needs 465 days of retention or more.
    Advanced,
}

impl InsightsMode {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Advanced => "advanced",
        }
    }
}

impl Value for InsightsMode {
    fn show(&self) -> Shown {
        Shown::Text(self.as_str().into())
    }
}

/// A DB instance. `source` makes it a read replica.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbInstance {
    /// The replica's source: a name in the same region, an ARN in another.
    pub source: Option<Ref>,
    /// The engine version.
    pub engine_version: Option<EngineVersion>,
    /// The instance class, `db.r6g.large`.
    pub class: Option<String>,
    /// A standby in another zone.
    pub multi_az: Option<bool>,
    /// The availability zone; excludes `multi_az`.
    pub zone: Option<String>,
    /// Allocated storage in GiB.
    pub storage: Option<u32>,
    /// The size in GiB up to which storage grows by itself; 0 is off.
    pub max_storage: Option<u32>,
    /// `gp3`, `gp2`, `io1` or `io2`.
    pub storage_type: Option<String>,
    /// Provisioned IOPS.
    pub iops: Option<u32>,
    /// Throughput in MiB/s, gp3 only.
    pub throughput: Option<u32>,
    /// A volume of its own for the log.
    pub dedicated_log_volume: Option<bool>,
    /// Encrypted at rest.
    pub encrypted: Option<bool>,
    /// The key's ARN.
    pub kms_key: Option<String>,
    /// The database created with the instance.
    pub database: Option<String>,
    /// The master user.
    pub username: Option<String>,
    /// The master password's whereabouts.
    pub password: Option<MasterPassword>,
    /// Whether IAM tokens are accepted.
    pub iam_auth: Option<bool>,
    /// The port, 1150 to 65535.
    pub port: Option<u16>,
    /// The DB subnet group's name.
    pub subnet_group: Option<Ref>,
    /// Security group ids.
    pub security_groups: Option<BTreeSet<Ref>>,
    /// Reachable from the internet.
    pub public: Option<bool>,
    /// `IPV4` or `DUAL`.
    pub network_type: Option<String>,
    /// The certificate authority.
    pub ca_certificate: Option<String>,
    /// The parameter group's name.
    pub parameter_group: Option<Ref>,
    /// Days of automated backups, 0 to 35.
    pub backup_retention: Option<u32>,
    /// `03:00-04:00`, UTC.
    pub backup_window: Option<String>,
    /// `sun:04:00-sun:05:00`, UTC.
    pub maintenance_window: Option<String>,
    /// Whether AWS installs minor versions by itself.
    pub auto_minor_upgrade: Option<bool>,
    /// Whether the instance goes into paid Extended Support at the end of standard support.
    pub extended_support: Option<bool>,
    /// Snapshots get the instance's tags.
    pub copy_tags: Option<bool>,
    /// Deletion is refused.
    pub deletion_protection: Option<bool>,
    /// Seconds between Enhanced Monitoring samples; 0 is off.
    pub monitoring_interval: Option<u32>,
    /// The role that Enhanced Monitoring writes with.
    pub monitoring_role: Option<Ref>,
    /// Whether Database (Performance) Insights collects.
    pub insights: Option<bool>,
    /// Days it keeps.
    pub insights_retention: Option<u32>,
    /// The key it encrypts with.
    pub insights_kms_key: Option<String>,
    /// Its mode.
    pub insights_mode: Option<InsightsMode>,
    /// Logs sent to CloudWatch: `postgresql`, `upgrade`, `iam-db-auth-error`.
    pub log_exports: Option<BTreeSet<String>>,
}

const MODIFY: Via = Via::One(Operation::ModifyDBInstance);

/// Settings that CreateDBInstanceReadReplica does not take (docs/aws/replicas.md#set-afterwards):
/// such a replica is modified once it is available.
fn not_for_replicas(instance: &DbInstance) -> bool {
    instance.source.is_none()
}

/// What is fixed at creation stays as it is: a database is never replaced.
fn replaced_only(what: &str) -> Effect {
    Effect::Never(format!(
        "{what} is fixed when an instance is created, and pgha never replaces a database: create another one and move the data"
    ))
}

fn first_database() -> Effect {
    Effect::Never(
        "the first database is made together with the instance, and never later: set `database` back to what it was, and log in for the rest: CREATE DATABASE makes another one beside it"
            .into(),
    )
}

/// A class change: one failover with a standby, an outage without (docs/aws/instances.md#class).
fn class(from: &DbInstance, _: &DbInstance) -> Effect {
    Effect::in_window(match from.multi_az {
        Some(true) => Disruption::Failover,
        _ => Disruption::Outage,
    })
}

fn engine_version(from: &DbInstance, to: &DbInstance) -> Effect {
    let version = |v: &Option<EngineVersion>| v.as_ref().and_then(|v| Version::parse(v.request()));
    let (live, wanted) = (version(&from.engine_version), version(&to.engine_version));
    match live.zip(wanted).and_then(|(live, wanted)| catalog::no_upgrade(live, wanted)) {
        Some(why) => Effect::Never(why),
        None => Effect::in_window(Disruption::Outage),
    }
}

fn compare_version(desired: &DbInstance, live: &DbInstance) -> Match {
    let (Some(wanted), Some(seen)) = (&desired.engine_version, &live.engine_version) else {
        return compare_values(&desired.engine_version, &live.engine_version);
    };
    if wanted.is_met_by(seen) {
        return Match::Same;
    }
    let newer = Version::parse(&seen.wanted) > Version::parse(wanted.request());
    let same_major = wanted.major() == seen.major();
    match newer && same_major && live.auto_minor_upgrade == Some(true) {
        true => Match::ByAws(format!(
            "AWS upgraded {} to {} by itself, as auto_minor allows: write \"{}\" in the spec",
            wanted.request(),
            seen.wanted,
            seen.wanted
        )),
        false => Match::Differs,
    }
}

/// Storage grows by a tenth at least: RDS rounds a smaller step up for an instance, which
/// the spec would then be behind of, and refuses it for a replica (docs/aws/storage.md#growth).
fn storage(from: &DbInstance, to: &DbInstance) -> Effect {
    let (Some(live), Some(wanted)) = (from.storage, to.storage) else {
        return Effect::in_window(Disruption::Degraded);
    };
    let least = live.saturating_add(live.div_ceil(10));
    match wanted {
        _ if wanted < live => Effect::Never(format!(
            "storage cannot shrink in place from {live} to {wanted} GiB: write size = \"{live} GiB\", or move to a smaller volume with a blue/green deployment"
        )),
        _ if wanted < least => Effect::Never(format!(
            "storage grows by a tenth at least: write size = \"{least} GiB\" or more"
        )),
        _ => Effect::in_window(Disruption::Degraded),
    }
}

/// Autoscaling has to have room for a tenth at least (docs/aws/storage.md#autoscaling).
fn max_storage_refusal(to: &DbInstance, size: u32) -> Option<String> {
    let most = to.max_storage.filter(|most| *most > 0)?;
    let least = size.saturating_add(size.div_ceil(10));
    (most < least).then(|| {
        format!(
            "the volume has {size} GiB, and RDS wants max_size to leave it a tenth: write max_size = \"{least} GiB\" or more, or \"off\""
        )
    })
}

/// The type and the rates of a volume fit each other and its size (docs/aws/storage.md#ratios).
fn rates_refusal(to: &DbInstance, size: u32, kind: &str) -> Option<String> {
    let rated = to.iops.is_some() || to.throughput.is_some();
    if kind == "gp3" && size < 400 && rated {
        return Some(format!(
            "the volume has {size} GiB, and RDS takes iops and throughput of gp3 from 400 GiB on: leave them out, or make the volume larger"
        ));
    }
    let (least, most) = match kind {
        "gp3" => (0, size.saturating_mul(500)),
        "io1" => (size.div_ceil(2), size.saturating_mul(50)),
        "io2" => (size.div_ceil(2), size.saturating_mul(1000)),
        _ => return None,
    };
    to.iops.filter(|iops| *iops < least || *iops > most).map(|iops| {
        format!(
            "the volume has {size} GiB, for which RDS takes {least} to {most} iops of {kind}, and not {iops}"
        )
    })
}

/// A dedicated log volume is taken away before the database moves to a type that has none, with a
/// restart in between (RDS guide, dedicated log volumes; docs/aws/storage.md#dedicated-log-volume).
fn log_volume_refusal(to: &DbInstance, live: &DbInstance) -> Option<String> {
    let has_one = live.dedicated_log_volume == Some(true);
    let moves = matches!(to.storage_type.as_deref(), Some("gp2" | "gp3"));
    (has_one && moves && to.storage_type != live.storage_type).then(|| {
        "it has a dedicated log volume, which io1 and io2 have only: that goes first, with a restart, and the type changes with the next apply".into()
    })
}

/// With autoscaling on, the size in the spec is a floor: AWS grows it, up to `max_size`
/// (docs/aws/storage.md#autoscaling).
fn compare_storage(desired: &DbInstance, live: &DbInstance) -> Match {
    match (desired.storage, live.storage, desired.max_storage.or(live.max_storage)) {
        (Some(wanted), Some(seen), Some(max)) if wanted < seen && seen <= max => Match::ByAws(
            format!("storage grew by itself from {wanted} to {seen} GiB, as max_size allows"),
        ),
        (wanted, seen, _) => compare_values(&wanted, &seen),
    }
}

fn backup_retention(from: &DbInstance, to: &DbInstance) -> Effect {
    match (from.backup_retention, to.backup_retention) {
        (Some(0), _) | (_, Some(0)) => Effect::in_window(Disruption::Outage),
        _ => Effect::SOON,
    }
}

fn compare_password(desired: &DbInstance, live: &DbInstance) -> Match {
    match (&desired.password, &live.password) {
        (Some(MasterPassword::Secret(_)), Some(MasterPassword::Elsewhere)) => Match::Same,
        // The key of a managed secret cannot change while it is managed
        // (docs/aws/secrets.md#managed-password).
        (Some(MasterPassword::Rds { .. }), Some(MasterPassword::Rds { .. })) => Match::Same,
        (desired, live) => compare_values(desired, live),
    }
}

fn source(from: &DbInstance, to: &DbInstance) -> Effect {
    Effect::Never(match &to.source {
        // A replica is born as one, so that this one was promoted, or was made by other means.
        Some(_) if from.source.is_none() => "it is a database of its own and replicates nothing: it was promoted, and RDS makes no replica of it again; once nobody needs what it holds, delete it and apply, or give the replica another name".into(),
        Some(_) => "a replica's source cannot change: remove it, then add it under another name".into(),
        None => "turning a replica into a standalone instance is a promotion, which is irreversible: pgha does not do it as a change".into(),
    })
}

fields! { DbInstance {
    source: Via::Fixed, create::yes, source,
        "RDS guide, read replicas: the source is fixed; docs/aws/replicas.md#promotion",
        compare = |desired, live| match (&desired.source, &live.source) {
            (None, None) => Match::Same,
            (desired, live) if desired == live => Match::Same,
            _ => Match::Differs,
        };
    engine_version: MODIFY, not_for_replicas, engine_version,
        "RDS guide, upgrading PostgreSQL: an outage even with a standby; docs/aws/instances.md#minor-version",
        compare = compare_version;
    class: MODIFY, create::yes, class,
        "RDS guide, settings: DB instance class; docs/aws/instances.md#class";
    multi_az: MODIFY, create::yes,
        |_, to| Effect::in_window(match to.multi_az {
            Some(true) => Disruption::Degraded,
            _ => Disruption::None,
        }),
        "RDS guide, settings: Multi-AZ deployment; docs/aws/instances.md#multi-az";
    zone: Via::Fixed, create::yes, |_, _| replaced_only("the availability zone"),
        "RDS API, ModifyDBInstance has no AvailabilityZone; docs/aws/instances.md#fixed-at-creation";
    storage: MODIFY, create::yes, storage,
        "RDS guide, storage: grows only, slower while optimizing; docs/aws/storage.md#growth",
        compare = compare_storage;
    max_storage: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, storage autoscaling; docs/aws/storage.md#autoscaling";
    storage_type: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Degraded),
        "RDS guide, settings: storage type; docs/aws/storage.md#type";
    iops: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Degraded),
        "RDS guide, settings: provisioned IOPS; docs/aws/storage.md#iops";
    throughput: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Degraded),
        "RDS guide, settings: storage throughput; docs/aws/storage.md#throughput";
    dedicated_log_volume: MODIFY, create::yes,
        // All WAL is copied from one volume to the other while the database is down.
        |_, _| Effect::InPlace { disruption: Disruption::Outage, when: When::Reboot },
        "RDS guide, https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.dlv.html: after a reboot, with downtime";
    encrypted: Via::Fixed, not_for_replicas, |_, _| replaced_only("encryption"),
        "RDS guide, encryption; docs/aws/instances.md#encryption";
    kms_key: Via::Fixed, create::yes, |_, _| replaced_only("the encryption key"),
        "RDS guide, encryption; docs/aws/instances.md#encryption, docs/aws/replicas.md#key";
    database: Via::Fixed, not_for_replicas, |_, _| first_database(),
        "RDS API, ModifyDBInstance has no DBName; DBInstance.DBName is there if one was made",
        absence = Absence::Unset;
    username: Via::Fixed, not_for_replicas, |_, _| replaced_only("the master user"),
        "RDS API, ModifyDBInstance has no MasterUsername; docs/aws/instances.md#fixed-at-creation";
    password: MODIFY, not_for_replicas, |_, _| Effect::NOW,
        "RDS guide, settings: credentials management; docs/aws/instances.md#master-password, docs/aws/secrets.md#managed-password",
        compare = compare_password;
    iam_auth: MODIFY, create::yes, |_, _| Effect::WINDOW,
        "RDS guide, settings: database authentication; docs/aws/instances.md#iam-authentication";
    port: MODIFY, create::yes, |_, _| Effect::at_once(Disruption::Restart),
        "RDS guide, settings: database port, rebooted at once, cannot be deferred; docs/aws/instances.md#port";
    subnet_group: MODIFY, create::yes, |_, _| Effect::Never("moving a database to another subnet group is a move to another VPC with an outage, and RDS refuses it within one VPC: pgha does not do it".into()),
        "RDS guide, settings: subnet group; docs/aws/instances.md#subnet-group";
    security_groups: MODIFY, create::yes, |_, _| Effect::SOON,
        "RDS guide, settings: security group; docs/aws/instances.md#security-groups";
    public: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: public access; docs/aws/instances.md#public-access";
    network_type: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::Outage),
        "RDS guide, settings: network type; docs/aws/instances.md#network-type";
    ca_certificate: MODIFY, create::yes, |_, _| Effect::in_window(Disruption::None),
        "RDS guide, settings: certificate authority, PostgreSQL rotates without a restart; docs/aws/instances.md#certificate-authority";
    parameter_group: MODIFY, not_for_replicas,
        |_, _| Effect::InPlace { disruption: Disruption::None, when: When::Reboot },
        "RDS guide, settings: DB parameter group, the values wait for a reboot; docs/aws/instances.md#parameter-group";
    backup_retention: MODIFY, not_for_replicas, backup_retention,
        "RDS guide, settings: backup retention, an outage from or to zero; docs/aws/instances.md#backup-retention";
    backup_window: MODIFY, not_for_replicas, |_, _| Effect::SOON,
        "RDS guide, settings: backup window; docs/aws/instances.md#backup-window";
    maintenance_window: MODIFY, not_for_replicas, |_, _| Effect::NOW,
        "RDS guide, settings: maintenance window; docs/aws/instances.md#maintenance-window";
    auto_minor_upgrade: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: auto minor version upgrade; docs/aws/instances.md#automatic-minor-upgrades";
    extended_support: MODIFY, not_for_replicas, |_, _| Effect::NOW,
        "RDS API, ModifyDBInstance.EngineLifecycleSupport; docs/aws/instances.md#extended-support";
    copy_tags: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: copy tags to snapshots; docs/aws/instances.md#copy-tags";
    deletion_protection: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: deletion protection; docs/aws/instances.md#deletion-protection";
    monitoring_interval: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: Enhanced Monitoring; docs/aws/monitoring.md#enhanced-monitoring";
    monitoring_role: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: Enhanced Monitoring; docs/aws/monitoring.md#enhanced-monitoring",
        absence = Absence::Unset;
    insights: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: Performance Insights; docs/aws/monitoring.md#performance-insights";
    insights_retention: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: Performance Insights; docs/aws/monitoring.md#insights-retention",
        absence = Absence::Unset;
    insights_kms_key: Via::Fixed, create::yes,
        |_, _| Effect::Never("the key of Performance Insights is fixed once it was on, also while it is off: write the key that is there".into()),
        "RDS guide, Performance Insights; docs/aws/monitoring.md#insights-key";
    insights_mode: MODIFY, not_for_replicas, |_, _| Effect::NOW,
        "RDS guide, Database Insights: no downtime either way; docs/aws/monitoring.md#insights-mode";
    log_exports: MODIFY, create::yes, |_, _| Effect::NOW,
        "RDS guide, settings: log exports; docs/aws/instances.md#log-exports";
} }

impl Noun for DbInstance {
    const HOLDS_DATA: bool = true;
    const DELETE: Operation = Operation::DeleteDBInstance;

    fn create(&self) -> Operation {
        match self.source {
            Some(_) => Operation::CreateDBInstanceReadReplica,
            None => Operation::CreateDBInstance,
        }
    }

    fn delete_disruption(&self) -> Disruption {
        Disruption::Outage
    }

    fn reboot(&self) -> Option<Operation> {
        Some(Operation::RebootDBInstance)
    }

    fn start(&self) -> Option<Operation> {
        Some(Operation::StartDBInstance)
    }

    /// The spec was checked for the size that it names; the live volume can be larger, and
    /// never shrinks.
    fn refusals(&self, live: &Self) -> Vec<(&'static str, Effect)> {
        let Some(least) = live.storage.max(self.storage) else { return Vec::new() };
        let kind = self.storage_type.as_deref().or(live.storage_type.as_deref());
        let rates = kind.and_then(|kind| rates_refusal(self, least, kind)).map(Effect::Never);
        let whole = log_volume_refusal(self, live).map(Effect::Later);
        let fields = ["storage_type", "iops", "throughput"];
        // What is impossible stays so once the log volume is gone.
        let rates = rates.or(whole.clone());
        let rates = fields.into_iter().filter_map(|field| Some((field, rates.clone()?)));
        let size = whole.map(|why| ("storage", why));
        let max_storage =
            max_storage_refusal(self, least).map(|why| ("max_storage", Effect::Never(why)));
        size.into_iter().chain(rates).chain(max_storage).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::diff;

    #[track_caller]
    fn check_diff(desired: DbInstance, live: DbInstance, expected: &[(&str, Match, Disruption)]) {
        let found: Vec<_> = diff(&desired, &live)
            .into_iter()
            .map(|d| (d.name, d.found, d.effect.disruption()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_class_change_is_a_failover_only_with_a_standby() {
        let with = |class: &str, multi_az| DbInstance {
            class: Some(class.into()),
            multi_az: Some(multi_az),
            ..DbInstance::default()
        };
        let failover = [("class", Match::Differs, Disruption::Failover)];
        check_diff(with("db.r6g.xlarge", true), with("db.r6g.large", true), &failover);
        let outage = [("class", Match::Differs, Disruption::Outage)];
        check_diff(with("db.r6g.xlarge", false), with("db.r6g.large", false), &outage);
    }

    #[test]
    fn what_nobody_wants_or_the_server_hides_is_no_change() {
        let live = DbInstance { port: Some(5432), ..DbInstance::default() };
        check_diff(DbInstance::default(), live, &[]);
        let desired = DbInstance { extended_support: Some(false), ..DbInstance::default() };
        let unreadable = [("extended_support", Match::Unreadable, Disruption::None)];
        check_diff(desired, DbInstance::default(), &unreadable);
    }

    #[test]
    fn storage_that_grew_by_itself_is_no_drift_and_never_shrinks() {
        let with = |storage, max| DbInstance {
            storage: Some(storage),
            max_storage: Some(max),
            ..DbInstance::default()
        };
        let found = diff(&with(200, 1000), &with(220, 1000));
        assert!(matches!(found[0].found, Match::ByAws(_)));
        let found = diff(&with(200, 0), &with(220, 0));
        assert_eq!(found[0].found, Match::Differs);
        assert!(matches!(found[0].effect, Effect::Never(_)));
    }

    #[test]
    fn a_version_ahead_of_the_spec_is_awss_own_doing_or_a_refusal() {
        let with = |version: EngineVersion| DbInstance {
            engine_version: Some(version),
            auto_minor_upgrade: Some(true),
            ..DbInstance::default()
        };
        let pinned = with(EngineVersion::constraint("16.13").unwrap());
        let found = diff(&pinned, &with(EngineVersion::seen("16.15")));
        assert!(matches!(found[0].found, Match::ByAws(_)));
        let found = diff(&pinned, &with(EngineVersion::seen("17.9")));
        assert!(matches!(found[0].effect, Effect::Never(_)));
    }

    #[test]
    fn backups_from_or_to_zero_are_an_outage() {
        let days = |n| DbInstance { backup_retention: Some(n), ..DbInstance::default() };
        check_diff(days(7), days(0), &[("backup_retention", Match::Differs, Disruption::Outage)]);
        check_diff(days(7), days(35), &[("backup_retention", Match::Differs, Disruption::None)]);
    }
}
