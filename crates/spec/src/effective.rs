//! What a spec comes to once its defaults are filled in: the answers that lints and
//! expansion share.

use std::collections::BTreeSet;

use pgha_resource::Region;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::parameter::read;

use crate::chains::Chains;
use crate::section::Spec;
use crate::section::backup::ManagedBy;
use crate::section::cluster::Topology;
use crate::section::credentials::Manage;
use crate::section::monitoring::Insights;
use crate::section::monitoring::Mode;
use crate::section::monitoring::Monitoring;
use crate::section::network::Groups;
use crate::section::parameters::find;
use crate::section::proxy::Auth;
use crate::section::proxy::Proxy;
use crate::section::replica::Replica;
use crate::section::storage::ReplicaStorage;
use crate::section::storage::Storage;
use crate::section::storage::VolumeType;
use crate::spanned::Maybe;
use crate::spanned::Sp;
use crate::spanned::or;
use crate::window::Daily;
use crate::window::Weekly;

/// The master user unless the spec names one; not one of the names everybody guesses.
pub(crate) const USERNAME: &str = "dbadmin";
/// PostgreSQL's port, and the only one a proxy listens on (docs/aws/proxies.md#port).
pub(crate) const PORT: u16 = 5432;
/// Days of automated backups unless the spec says: the least that auditors accept
/// (Security Hub RDS.11).
pub(crate) const RETENTION: u32 = 7;
/// GiB of storage unless the spec says.
const SIZE: u32 = 100;
/// gp3 below this size has fixed IOPS and throughput (docs/aws/storage.md#gp3).
pub(crate) const STRIPED: u32 = 400;
/// The IOPS of gp3 below that size
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>).
pub(crate) const FIXED_IOPS: u32 = 3_000;
/// The baseline IOPS of gp3 from that size on.
pub(crate) const STRIPED_IOPS: u32 = 12_000;
/// The largest volume in GiB (docs/aws/storage.md#sizes).
pub(crate) const LARGEST: u32 = 65_536;
/// The least days that the advanced mode of Database Insights keeps
/// (docs/aws/monitoring.md#insights-mode).
pub(crate) const ADVANCED_DAYS: u32 = 465;
/// The parameter that lets a replica replay late (docs/aws/replicas.md#delayed-replicas).
pub(crate) const DELAY: &str = "recovery_min_apply_delay";
/// Datapoints that an alarm of one's own looks at unless the spec says.
pub(crate) const PERIODS: u32 = 5;
/// Logs exported unless the spec says.
pub(crate) const LOGS: [&str; 2] = ["postgresql", "upgrade"];

impl Spec {
    pub(crate) fn home(&self) -> Region {
        Region::new(self.cluster.region.as_str())
    }

    pub(crate) fn topology(&self) -> Topology {
        or(&self.cluster.topology, Topology::MultiAzInstance)
    }

    pub(crate) fn is_cluster(&self) -> bool {
        self.topology() == Topology::MultiAzCluster
    }

    pub(crate) fn account(&self) -> Option<&str> {
        self.cluster.account.as_ref().map(|account| account.as_str())
    }

    pub(crate) fn port(&self) -> u16 {
        or(&self.engine.port, PORT)
    }

    /// The version constraint; `None` if it cannot be read, which is an error of its own.
    pub(crate) fn version(&self) -> Option<EngineVersion> {
        EngineVersion::constraint(&self.engine.version)
    }

    /// The major version; 0 if it cannot be read.
    pub(crate) fn major(&self) -> u32 {
        self.version().and_then(|version| version.major()).unwrap_or_default()
    }

    pub(crate) fn username(&self) -> &str {
        self.credentials
            .as_ref()
            .and_then(|section| section.username.as_ref())
            .map_or(USERNAME, |name| name.as_str())
    }

    pub(crate) fn manage(&self) -> Manage {
        self.credentials.as_ref().map_or(Manage::Pgha, |section| or(&section.manage, Manage::Pgha))
    }

    pub(crate) fn iam_auth(&self) -> bool {
        or(&self.engine.iam_auth, false)
    }

    pub(crate) fn encrypted(&self) -> bool {
        self.storage.as_ref().is_none_or(|storage| or(&storage.encrypted, true))
    }

    pub(crate) fn retention(&self) -> u32 {
        let written = self.backup.as_ref().and_then(|backup| backup.retention.as_ref());
        written.map_or(RETENTION, |days| days.0)
    }

    /// Whether AWS Backup keeps the automated backups, so that their retention and window are
    /// not the spec's
    /// (<https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html>).
    pub(crate) fn leaves_backups(&self) -> bool {
        let written = self.backup.as_ref().and_then(|backup| backup.managed_by.as_ref());
        written.is_some_and(|by| **by == ManagedBy::AwsBackup)
    }

    /// When the daily backup is taken, where the spec says it.
    pub(crate) fn backup_window(&self) -> Option<Daily> {
        let written = self.backup.as_ref().map_or(&None, |backup| &backup.window);
        (!self.leaves_backups()).then(|| or(written, Daily::DEFAULT))
    }

    /// When a replica is backed up: in the primary's hours, unless it has its own. A replica that
    /// is told nothing gets a window at random, which may overlap with the one of its maintenance
    /// (docs/aws/replicas.md#windows).
    pub(crate) fn replica_backup_window(&self, replica: &Replica) -> Option<Daily> {
        replica.backup_window.as_ref().map(|own| **own).or_else(|| self.backup_window())
    }

    pub(crate) fn window(&self) -> Weekly {
        self.maintenance
            .as_ref()
            .map_or(Weekly::DEFAULT, |section| or(&section.window, Weekly::DEFAULT))
    }

    /// The window of replica number `index`: where none is written, the first that is open to
    /// it.
    pub(crate) fn replica_window(&self, index: usize, replica: &Replica) -> Weekly {
        let open = self.open_windows(index).next().unwrap_or(self.window());
        or(&replica.maintenance_window, open)
    }

    /// The windows that are open to replica number `index`: the primary's hours on each other
    /// day, beginning with another one for each replica, so that they are not all down at once.
    pub(crate) fn open_windows(&self, index: usize) -> impl Iterator<Item = Weekly> {
        let (window, first) = (self.window(), u32::try_from(index % 6).unwrap_or_default());
        (0..6).map(move |further| window.days_earlier(1 + (first + further) % 6))
    }

    pub(crate) fn groups(&self) -> Groups {
        self.network
            .as_ref()
            .map_or(Groups::Single, |network| or(&network.security_groups, Groups::Single))
    }

    pub(crate) fn region_of(&self, replica: &Replica) -> Region {
        match &replica.region {
            Some(region) => Region::new(region.as_str()),
            None => self.home(),
        }
    }

    /// Who replicates from whom.
    pub(crate) fn chains(&self) -> &Chains {
        self.chains.get_or_init(|| Chains::of(&self.replica))
    }

    pub(crate) fn replica_named(&self, name: &str) -> Option<&Sp<Replica>> {
        self.replica.get(self.chains().named(name)?)
    }

    /// The replica that a replica replicates from; `None` for the primary.
    pub(crate) fn source_of(&self, replica: &Replica) -> Option<&Sp<Replica>> {
        self.replica_named(replica.source.as_ref()?)
    }

    /// Whether other replicas replicate from this one.
    pub(crate) fn is_source(&self, replica: &Replica) -> bool {
        !self.chains().below(&replica.name).is_empty()
    }

    /// How many seconds late a replica replays on purpose.
    pub(crate) fn delay_of(&self, replica: &Replica) -> f64 {
        let tables = [replica.parameters.as_ref(), self.parameters.as_ref()];
        let written = tables.into_iter().flatten().find_map(|table| find(table, DELAY));
        let delay = written.and_then(|(_, value)| milliseconds(&value.to_string()));
        // RDS takes no more than a day, so that the number is exact.
        #[expect(clippy::cast_precision_loss)]
        delay.map_or(0.0, |delay| delay.max(0) as f64 / 1000.0)
    }

    /// Every region with a database, home first.
    pub(crate) fn regions(&self) -> Vec<Region> {
        let home = self.home();
        let away: BTreeSet<Region> =
            self.replica.iter().map(|r| self.region_of(r)).filter(|r| *r != home).collect();
        std::iter::once(home).chain(away).collect()
    }

    pub(crate) fn replica_class<'a>(&'a self, replica: &'a Replica) -> &'a str {
        replica.class.as_ref().map_or(self.engine.class.as_str(), |class| class.as_str())
    }

    /// The volume of a replica: its own words, then the primary's. Without a word its size is
    /// its source's, which AWS copies.
    pub(crate) fn replica_volume(&self, replica: &Replica) -> Volume {
        let base = Volume::of(&self.storage);
        let none = ReplicaStorage::default();
        let own = replica.storage.as_ref().map_or(&none, |storage| &**storage);
        Volume {
            kind: or(&own.kind, base.kind),
            size: own.size.as_ref().map_or_else(|| self.source_size(replica), |size| size.0),
            max_size: own.max_size.as_ref().map_or(base.max_size, |size| size.0),
            iops: own.iops.as_ref().map(|iops| **iops).or(base.iops),
            throughput: own.throughput.as_ref().map(|value| **value).or(base.throughput),
            dedicated_log_volume: or(&own.dedicated_log_volume, base.dedicated_log_volume),
        }
    }

    /// The GiB of what a replica replicates from: those that the nearest above it writes.
    pub(crate) fn source_size(&self, replica: &Replica) -> u32 {
        let chains = self.chains();
        let above = replica.source.as_ref().and_then(|source| chains.named(source));
        let written = above.and_then(|above| chains.link(above)?.size);
        written.unwrap_or_else(|| Volume::of(&self.storage).size)
    }

    pub(crate) fn proxy_auth(proxy: &Proxy) -> Auth {
        or(&proxy.auth, Auth::Secrets)
    }

    /// The monitoring of a database: its own words first, then `[monitoring]`.
    pub(crate) fn monitoring(&self, own: Option<&Monitoring>) -> Monitored {
        let own = own.cloned().unwrap_or_default();
        let base = self.monitoring.as_ref().map(|base| (**base).clone()).unwrap_or_default();
        let insights = |of: Option<&Sp<Insights>>| of.map(|i| (**i).clone()).unwrap_or_default();
        let (own_insights, insights) =
            (insights(own.insights.as_ref()), insights(base.insights.as_ref()));
        let mode = or(&own_insights.mode.or(insights.mode), Mode::Standard);
        let days = own_insights.retention.or(insights.retention);
        let default = if mode == Mode::Advanced { ADVANCED_DAYS } else { RETENTION };
        Monitored {
            interval: own.interval.or(base.interval).map_or(60, |seconds| seconds.0),
            mode,
            retention: days.map_or(default, |days| days.0),
            logs: own.log_exports.or(base.log_exports).map_or_else(
                || LOGS.iter().map(|log| log.to_string()).collect(),
                |logs| logs.iter().map(|log| log.to_string()).collect(),
            ),
            own_key: own_insights.kms_key.map(|key| key.to_string()),
            home_key: insights.kms_key.map(|key| key.to_string()),
        }
    }
}

/// The milliseconds of a delay as it is written, with a unit or without; `None` for what
/// PostgreSQL does not take, or a formula.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    read(DELAY, text).ok()?.parse().ok()
}

/// How a database is monitored.
pub(crate) struct Monitored {
    /// Seconds between samples; 0 is never.
    pub(crate) interval: u32,
    /// The mode of Database Insights.
    pub(crate) mode: Mode,
    /// Days it keeps.
    pub(crate) retention: u32,
    /// Logs sent to CloudWatch.
    pub(crate) logs: BTreeSet<String>,
    /// The insights key that a replica names for itself.
    pub(crate) own_key: Option<String>,
    /// The insights key of the home region.
    pub(crate) home_key: Option<String>,
}

/// A volume with its defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Volume {
    /// The type.
    pub(crate) kind: VolumeType,
    /// GiB.
    pub(crate) size: u32,
    /// GiB up to which it grows; 0 is never.
    pub(crate) max_size: u32,
    /// IOPS, where they were written.
    pub(crate) iops: Option<u32>,
    /// MiB a second, where it was written.
    pub(crate) throughput: Option<u32>,
    /// A volume for the log.
    pub(crate) dedicated_log_volume: bool,
}

impl Volume {
    /// The volume of the primary or of the members.
    pub(crate) fn of(storage: &Maybe<Storage>) -> Self {
        let none = Storage::default();
        let storage = storage.as_ref().map_or(&none, |storage| &**storage);
        let size = storage.size.as_ref().map_or(SIZE, |size| size.0);
        let twice = size.saturating_mul(2).min(LARGEST);
        Self {
            kind: or(&storage.kind, VolumeType::Gp3),
            size,
            max_size: storage.max_size.as_ref().map_or(twice, |size| size.0),
            iops: storage.iops.as_ref().map(|iops| **iops),
            throughput: storage.throughput.as_ref().map(|throughput| **throughput),
            dedicated_log_volume: or(&storage.dedicated_log_volume, false),
        }
    }

    /// The IOPS of a Multi-AZ DB cluster, where AWS's API says that `Iops` "is required to create"
    /// one: as written, or the baseline of gp3, which RDS reports in any case
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>).
    pub(crate) fn cluster_iops(&self) -> Option<u32> {
        let baseline = match self.kind {
            VolumeType::Gp3 if self.is_fixed() => Some(FIXED_IOPS),
            VolumeType::Gp3 => Some(STRIPED_IOPS),
            _ => None,
        };
        self.iops.or(baseline)
    }

    /// gp3 below 400 GiB refuses to be told its IOPS and throughput.
    pub(crate) fn is_fixed(&self) -> bool {
        self.kind == VolumeType::Gp3 && self.size < STRIPED
    }
}
