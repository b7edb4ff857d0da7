//! The recommended alarms: one table, from AWS's list of best-practice alarms
//! (docs/aws/alerting.md#recommended-alarms), and the thresholds that depend on the spec.

use pgha_resource::catalog::nominal_max_connections;
use pgha_resource::kind::Comparison;
use pgha_resource::kind::MissingData;
use pgha_resource::measure;
use pgha_resource::measure::Extent;
use pgha_resource::measure::Of;

use crate::effective::Volume;
use crate::section::Spec;
use crate::section::monitoring::Mode;
use crate::section::parameters::Parameters;
use crate::section::parameters::find;
use crate::section::replica::Replica;
use crate::section::storage::VolumeType;

/// Whose metric an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// The primary, or any member of a cluster. Alarms of [`On::Instance`] are repeated here.
    Primary,
    /// A replica, for what every instance has.
    Instance,
    /// A replica or a cluster's member, for what replication has.
    Replica,
    /// The proxy.
    Proxy,
}

/// How a threshold is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// This number.
    Fixed(f64),
    /// 90 % of `max_connections`.
    Connections,
    /// A quarter of the memory, in bytes.
    Memory,
    /// A tenth of the volume, in bytes.
    Storage,
    /// The number of vCPUs, if insights are on.
    Load,
    /// This number of seconds, and those that the replica replays late on purpose.
    Lag(f64),
    /// This number, for classes that burst.
    Burstable(f64),
    /// This number, for gp2 volumes.
    Gp2(f64),
    /// This share of the volume in bytes, in percent, if something replicates from the primary.
    Slots(u32),
}

impl Rule {
    /// What of the database the threshold is a share of, and how much in percent.
    pub(crate) fn share(self) -> Option<(Of, u32)> {
        match self {
            Self::Connections => Some((Of::Connections, 90)),
            Self::Memory => Some((Of::Memory, 25)),
            Self::Storage => Some((Of::Storage, 10)),
            Self::Load => Some((Of::Processors, 100)),
            Self::Slots(percent) => Some((Of::Storage, percent)),
            Self::Fixed(_) | Self::Lag(_) | Self::Burstable(_) | Self::Gp2(_) => None,
        }
    }
}

/// A recommended alarm.
#[derive(Debug)]
pub(crate) struct Recommended {
    /// Its name in `[alerting.alarms]` and after the subject's.
    pub(crate) name: &'static str,
    pub(crate) on: On,
    pub(crate) metric: &'static str,
    pub(crate) statistic: &'static str,
    pub(crate) comparison: Comparison,
    pub(crate) threshold: Rule,
    /// Minutes, all of which must be bad.
    pub(crate) periods: u32,
    pub(crate) missing: MissingData,
    /// The metric has the target group among its dimensions.
    pub(crate) per_target_group: bool,
    /// The alarm's description.
    pub(crate) advice: &'static str,
}

const fn row(
    name: &'static str,
    on: On,
    (metric, statistic): (&'static str, &'static str),
    (comparison, threshold): (Comparison, Rule),
    periods: u32,
    advice: &'static str,
) -> Recommended {
    let missing = MissingData::Missing;
    let per_target_group = false;
    Recommended {
        name,
        on,
        metric,
        statistic,
        comparison,
        threshold,
        periods,
        missing,
        per_target_group,
        advice,
    }
}

const CPU: &str = "CPU is busy for minutes: look for the top queries in Database Insights";
const CONNECTIONS: &str = "connections are running out: look for leaks, or pool them with a proxy";
const MEMORY: &str = "memory is short: lower work_mem or connections, or take a larger class";
const STORAGE: &str = "the volume is nearly full: a full one stops the database";
const READ: &str = "reads are slow: the volume or the cache is too small";
const WRITE: &str = "writes are slow: the volume is at its limits";
const LOAD: &str = "more sessions are active than there are CPUs";
const CREDITS: &str = "CPU credits run out: what the instance takes beyond its baseline is charged";
const BURST: &str = "burst credits of the gp2 volume run out: move to gp3";

/// Every recommended alarm.
pub(crate) const ALARMS: &[Recommended] = &[
    Recommended {
        missing: MissingData::Breaching,
        ..row(
            "cpu",
            On::Primary,
            ("CPUUtilization", "Average"),
            (Comparison::Above, Rule::Fixed(90.0)),
            5,
            CPU,
        )
    },
    row(
        "connections",
        On::Primary,
        ("DatabaseConnections", "Average"),
        (Comparison::Above, Rule::Connections),
        5,
        CONNECTIONS,
    ),
    row(
        "memory",
        On::Primary,
        ("FreeableMemory", "Average"),
        (Comparison::Below, Rule::Memory),
        15,
        MEMORY,
    ),
    Recommended {
        missing: MissingData::Breaching,
        ..row(
            "storage",
            On::Primary,
            ("FreeStorageSpace", "Minimum"),
            (Comparison::Below, Rule::Storage),
            5,
            STORAGE,
        )
    },
    row(
        "transaction-ids",
        On::Primary,
        ("MaximumUsedTransactionIDs", "Average"),
        (Comparison::Above, Rule::Fixed(1e9)),
        1,
        "vacuum cannot keep up: before 2 billion the database stops; look for old transactions",
    ),
    row(
        "read-latency",
        On::Primary,
        ("ReadLatency", "p90"),
        (Comparison::Above, Rule::Fixed(0.02)),
        5,
        READ,
    ),
    row(
        "write-latency",
        On::Primary,
        ("WriteLatency", "p90"),
        (Comparison::Above, Rule::Fixed(0.02)),
        5,
        WRITE,
    ),
    row("db-load", On::Primary, ("DBLoad", "Average"), (Comparison::Above, Rule::Load), 15, LOAD),
    row(
        "cpu-credits",
        On::Primary,
        ("CPUCreditBalance", "Average"),
        (Comparison::Below, Rule::Burstable(20.0)),
        5,
        CREDITS,
    ),
    row(
        "burst-balance",
        On::Primary,
        ("BurstBalance", "Average"),
        (Comparison::Below, Rule::Gp2(20.0)),
        5,
        BURST,
    ),
    row(
        "slot-lag",
        On::Primary,
        ("OldestReplicationSlotLag", "Maximum"),
        (Comparison::Above, Rule::Slots(10)),
        5,
        "a replica has stopped taking the log, which fills the primary's volume",
    ),
    row(
        "wal-disk",
        On::Primary,
        ("TransactionLogsDiskUsage", "Maximum"),
        (Comparison::Above, Rule::Slots(20)),
        5,
        "the log takes a fifth of the volume: look for dead replication slots",
    ),
    row(
        "cpu",
        On::Instance,
        ("CPUUtilization", "Average"),
        (Comparison::Above, Rule::Fixed(90.0)),
        5,
        CPU,
    ),
    row(
        "connections",
        On::Instance,
        ("DatabaseConnections", "Average"),
        (Comparison::Above, Rule::Connections),
        5,
        CONNECTIONS,
    ),
    row(
        "memory",
        On::Instance,
        ("FreeableMemory", "Average"),
        (Comparison::Below, Rule::Memory),
        15,
        MEMORY,
    ),
    row(
        "storage",
        On::Instance,
        ("FreeStorageSpace", "Minimum"),
        (Comparison::Below, Rule::Storage),
        5,
        STORAGE,
    ),
    row(
        "read-latency",
        On::Instance,
        ("ReadLatency", "p90"),
        (Comparison::Above, Rule::Fixed(0.02)),
        5,
        READ,
    ),
    row("db-load", On::Instance, ("DBLoad", "Average"), (Comparison::Above, Rule::Load), 15, LOAD),
    row(
        "cpu-credits",
        On::Instance,
        ("CPUCreditBalance", "Average"),
        (Comparison::Below, Rule::Burstable(20.0)),
        5,
        CREDITS,
    ),
    row(
        "burst-balance",
        On::Instance,
        ("BurstBalance", "Average"),
        (Comparison::Below, Rule::Gp2(20.0)),
        5,
        BURST,
    ),
    // An idle source reports up to 300 s of lag that is none (docs/aws/replicas.md#lag).
    row(
        "replica-lag",
        On::Replica,
        ("ReplicaLag", "Maximum"),
        (Comparison::Above, Rule::Lag(300.0)),
        10,
        "the replica is minutes behind: reads are stale and a promotion would lose them",
    ),
    Recommended {
        missing: MissingData::NotBreaching,
        ..row(
            "proxy-auth",
            On::Proxy,
            ("ClientConnectionsSetupFailedAuth", "Sum"),
            (Comparison::Above, Rule::Fixed(0.0)),
            5,
            "clients fail to log in to the proxy: a wrong password, an expired token, a missing secret",
        )
    },
    Recommended {
        missing: MissingData::NotBreaching,
        per_target_group: true,
        ..row(
            "proxy-availability",
            On::Proxy,
            ("AvailabilityPercentage", "Minimum"),
            (Comparison::Below, Rule::Fixed(100.0)),
            3,
            "the proxy does not reach the database",
        )
    },
    Recommended {
        missing: MissingData::NotBreaching,
        ..row(
            "proxy-setup",
            On::Proxy,
            ("DatabaseConnectionsSetupFailed", "Sum"),
            (Comparison::Above, Rule::Fixed(0.0)),
            5,
            "the proxy fails to connect to the database",
        )
    },
    Recommended {
        missing: MissingData::NotBreaching,
        ..row(
            "proxy-pinning",
            On::Proxy,
            ("DatabaseConnectionsCurrentlySessionPinned", "Sum"),
            (Comparison::Above, Rule::Fixed(50.0)),
            5,
            "sessions are pinned, so the pool is not shared: look for SET, PREPARE and temporary tables",
        )
    },
];

/// The names for `[alerting.alarms]`, each once.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = ALARMS.iter().map(|alarm| alarm.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The periods of a recommended alarm, the fewest if they differ between subjects; 0 for a
/// name that is none.
pub(crate) fn periods(name: &str) -> u32 {
    let of = ALARMS.iter().filter(|alarm| alarm.name == name).map(|alarm| alarm.periods);
    of.min().unwrap_or_default()
}

/// The threshold for a subject of that class; `None` where the alarm makes no sense.
pub(crate) fn threshold(
    spec: &Spec,
    alarm: &Recommended,
    class: &str,
    replica: Option<&Replica>,
) -> Option<f64> {
    let volume =
        replica.map_or_else(|| Volume::of(&spec.storage), |replica| spec.replica_volume(replica));
    let monitored = spec.monitoring(replica.and_then(|replica| replica.monitoring.as_deref()));
    let makes_sense = match alarm.threshold {
        Rule::Load => monitored.mode != Mode::Off,
        Rule::Burstable(_) => class.starts_with("db.t"),
        Rule::Gp2(_) => volume.kind == VolumeType::Gp2,
        Rule::Slots(_) => !spec.replica.is_empty(),
        Rule::Fixed(_) | Rule::Lag(_) | Rule::Connections | Rule::Memory | Rule::Storage => true,
    };
    let number = match alarm.threshold {
        Rule::Fixed(value) | Rule::Burstable(value) | Rule::Gp2(value) => Some(value),
        Rule::Lag(value) => Some(value + replica.map_or(0.0, |replica| spec.delay_of(replica))),
        rule => {
            let (of, percent) = rule.share()?;
            let own = replica.and_then(|replica| replica.parameters.as_ref());
            let written = written_connections(spec, own);
            let extent = Extent {
                class: Some(class),
                storage: Some(volume.size),
                max_connections: written.as_deref(),
            };
            measure::share(of, percent, &extent).map(|threshold| threshold.0)
        }
    };
    number.filter(|_| makes_sense)
}

/// `max_connections` as written for a subject, for its own or for all.
fn written_connections(spec: &Spec, own: Option<&Parameters>) -> Option<String> {
    let of = |table: &Parameters| Some(find(table, "max_connections")?.1.to_string());
    own.and_then(of).or_else(|| spec.parameters.as_ref().and_then(of))
}

/// `max_connections`: as written, also as a formula, or the nominal default of the class.
pub(crate) fn max_connections(spec: &Spec, own: Option<&Parameters>, class: &str) -> Option<u32> {
    let written = written_connections(spec, own);
    let extent =
        Extent { class: Some(class), max_connections: written.as_deref(), ..Extent::default() };
    measure::max_connections(&extent).or_else(|| nominal_max_connections(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_occurs_once_for_a_subject() {
        for (index, one) in ALARMS.iter().enumerate() {
            let twin = ALARMS[..index].iter().any(|o| o.name == one.name && o.on == one.on);
            assert!(!twin, "{} twice", one.name);
        }
    }
}
