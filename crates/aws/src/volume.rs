//! The storage members of a request, which RDS checks together.

use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;

use crate::mapping::int;

/// The size from which a gp3 volume has more than its fixed 3,000 IOPS and 125 MiB/s, and
/// below which naming them is an error (docs/aws/storage.md#gp3-below-400-gib).
const STRIPED: u32 = 400;

/// What a striped gp3 volume has at least; less is what an unstriped one reported.
const STRIPED_IOPS: u32 = 12_000;
const STRIPED_THROUGHPUT: u32 = 500;

/// What a database says of its volume.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    size: Option<u32>,
    kind: Option<&'a str>,
    iops: Option<u32>,
    throughput: Option<u32>,
    /// A Multi-AZ DB cluster's.
    of_cluster: bool,
}

impl<'a> From<&'a DbInstance> for Setting<'a> {
    fn from(instance: &'a DbInstance) -> Self {
        Self {
            size: instance.storage,
            kind: instance.storage_type.as_deref(),
            iops: instance.iops,
            throughput: instance.throughput,
            of_cluster: false,
        }
    }
}

/// The throughput of a cluster's gp3 volume follows from its IOPS
/// (docs/aws/clusters.md#throughput).
impl<'a> From<&'a DbCluster> for Setting<'a> {
    fn from(cluster: &'a DbCluster) -> Self {
        Self {
            size: cluster.storage,
            kind: cluster.storage_type.as_deref(),
            iops: cluster.iops,
            throughput: None,
            of_cluster: true,
        }
    }
}

/// The storage members of a request. RDS wants them together: growing a volume with
/// provisioned IOPS is refused without them (docs/aws/instances.md#changes-that-go-together).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Volume {
    pub(crate) size: Option<i32>,
    pub(crate) kind: Option<String>,
    pub(crate) iops: Option<i32>,
    pub(crate) throughput: Option<i32>,
}

impl Volume {
    /// As the spec wants it.
    pub(crate) fn at_creation(to: Setting<'_>) -> Self {
        Self::of(to, to.size, to.kind, (to.iops, to.throughput))
    }

    /// As it will be; what does not change is said again. The rates of a volume of another
    /// type are no setting of the new one.
    pub(crate) fn changed(from: Setting<'_>, to: Setting<'_>, fields: &[String]) -> Self {
        let has = |name: &str| fields.iter().any(|field| field == name);
        let kind = if has("storage_type") { to.kind } else { from.kind.or(to.kind) };
        let moves = has("storage_type") && to.kind != from.kind;
        let rate = |name, to: Option<u32>, from: Option<u32>| match (has(name), moves) {
            (true, _) => to,
            (false, true) => None,
            (false, false) => from.or(to),
        };
        let size = if has("storage") { to.size } else { from.size.or(to.size) };
        let iops = rate("iops", to.iops, from.iops);
        // What an unstriped volume had is no setting of a striped one.
        let grows = size.is_some_and(|size| size >= STRIPED) && kind == Some("gp3");
        let iops = iops.filter(|iops| has("iops") || !grows || *iops >= STRIPED_IOPS);
        Self::of(to, size, kind, (iops, rate("throughput", to.throughput, from.throughput)))
    }

    fn of(
        to: Setting<'_>,
        size: Option<u32>,
        kind: Option<&str>,
        (iops, throughput): (Option<u32>, Option<u32>),
    ) -> Self {
        let striped = size.is_none_or(|size| size >= STRIPED);
        let (iops, throughput) = match kind {
            Some("io1" | "io2") => (iops, None),
            // "This setting is required to create a Multi-AZ DB cluster", whatever its size:
            // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
            Some("gp3") | None if to.of_cluster => (iops, None),
            Some("gp3") | None if striped => (
                iops.filter(|iops| *iops >= STRIPED_IOPS),
                throughput.filter(|throughput| *throughput >= STRIPED_THROUGHPUT),
            ),
            _ => (None, None),
        };
        let (size, kind) = (size.map(int), kind.map(str::to_string));
        Self { size, kind, iops: iops.map(int), throughput: throughput.map(int) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(size: u32, kind: &str, iops: u32) -> Setting<'_> {
        let (size, kind, iops, throughput) = (Some(size), Some(kind), Some(iops), Some(125));
        Setting { size, kind, iops, throughput, of_cluster: false }
    }

    #[track_caller]
    fn check_volume(
        from: Setting<'_>,
        to: Setting<'_>,
        fields: &[&str],
        (size, kind, iops): (i32, &str, Option<i32>),
    ) {
        let fields: Vec<String> = fields.iter().map(|field| field.to_string()).collect();
        let kind = Some(kind.to_string());
        let expected = Volume { size: Some(size), kind, iops, throughput: None };
        assert_eq!(Volume::changed(from, to, &fields), expected);
    }

    #[test]
    fn small_gp3_volumes_are_never_told_their_fixed_rates() {
        let (from, to) = (volume(100, "gp3", 3000), volume(200, "gp3", 3000));
        check_volume(from, to, &["storage"], (200, "gp3", None));
    }

    #[test]
    fn a_volume_that_becomes_striped_starts_from_the_higher_base() {
        let (from, to) = (volume(100, "gp3", 3000), volume(500, "gp3", 3000));
        check_volume(from, to, &["storage"], (500, "gp3", None));
        let (from, to) = (volume(100, "gp3", 3000), volume(500, "gp3", 16000));
        check_volume(from, to, &["storage", "iops"], (500, "gp3", Some(16000)));
    }

    #[test]
    fn provisioned_iops_are_said_again_when_only_the_size_changes() {
        let (from, to) = (volume(500, "io2", 5000), volume(800, "io2", 5000));
        check_volume(from, to, &["storage"], (800, "io2", Some(5000)));
    }

    #[test]
    fn a_size_that_aws_has_outgrown_is_not_sent_back_with_another_field() {
        let (from, to) = (volume(650, "io2", 5000), volume(500, "io2", 6000));
        check_volume(from, to, &["iops"], (650, "io2", Some(6000)));
    }

    #[test]
    fn another_type_of_volume_does_not_inherit_rates() {
        let (from, to) = (volume(500, "io2", 20000), volume(500, "gp3", 20000));
        check_volume(from, to, &["storage_type"], (500, "gp3", None));
        let (from, to) = (volume(500, "io1", 5000), volume(500, "io2", 5000));
        check_volume(from, to, &["storage_type", "iops"], (500, "io2", Some(5000)));
        let (from, to) = (volume(500, "io2", 20000), volume(500, "io2", 20000));
        check_volume(from, to, &["storage_type"], (500, "io2", Some(20000)));
    }

    #[test]
    fn a_gp3_cluster_is_told_its_rate_whatever_its_size() {
        let cluster = |storage, iops| DbCluster {
            storage: Some(storage),
            storage_type: Some("gp3".into()),
            iops: Some(iops),
            ..DbCluster::default()
        };
        let created =
            |storage, iops| Volume::at_creation(Setting::from(&cluster(storage, iops))).iops;
        assert_eq!(created(100, 3_000), Some(3_000));
        assert_eq!(created(400, 12_000), Some(12_000));
        let grown = |(from, iops): (u32, u32), to: (u32, u32), fields: &[&str]| {
            let fields: Vec<String> = fields.iter().map(|field| field.to_string()).collect();
            let (from, to) = (cluster(from, iops), cluster(to.0, to.1));
            Volume::changed(Setting::from(&from), Setting::from(&to), &fields).iops
        };
        assert_eq!(grown((100, 3_000), (200, 3_000), &["storage"]), Some(3_000));
        assert_eq!(grown((100, 3_000), (500, 3_000), &["storage"]), None);
        assert_eq!(grown((100, 3_000), (500, 16_000), &["storage", "iops"]), Some(16_000));
    }
}
