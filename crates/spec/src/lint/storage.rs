//! `[storage]` and the volumes of replicas (docs/aws/storage.md).

use std::ops::Range;

use super::place_or;
use super::unless_written;
use crate::diagnostic::Diagnostic;
use crate::effective::FIXED_IOPS;
use crate::effective::LARGEST;
use crate::effective::STRIPED;
use crate::effective::STRIPED_IOPS;
use crate::effective::Volume;
use crate::section::Spec;
use crate::section::storage::ReplicaStorage;
use crate::section::storage::VolumeType;
use crate::spanned::Place;

/// Where the keys of a volume stand; those that are not written, at its header.
struct Keys {
    header: Range<usize>,
    size: Range<usize>,
    max_size: Range<usize>,
    kind: Range<usize>,
    iops: Range<usize>,
    throughput: Range<usize>,
    log: Range<usize>,
}

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    primary(spec, found);
    replicas(spec, found);
    encryption(spec, found);
}

fn primary(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(storage) = &spec.storage else { return };
    let header = storage.span();
    let keys = Keys {
        header: header.clone(),
        size: place_or(&storage.size, header.clone()),
        max_size: place_or(&storage.max_size, header.clone()),
        kind: place_or(&storage.kind, header.clone()),
        iops: place_or(&storage.iops, header.clone()),
        throughput: place_or(&storage.throughput, header.clone()),
        log: place_or(&storage.dedicated_log_volume, header),
    };
    let mut volume = Volume::of(&spec.storage);
    // CreateDBCluster asks for the IOPS, so that the fixed ones may be said of a cluster.
    if spec.is_cluster() && volume.is_fixed() {
        volume.iops = volume.iops.filter(|iops| *iops != FIXED_IOPS);
    }
    let before = found.len();
    check_volume(&volume, &keys, found);
    if !spec.is_cluster() {
        growth(&volume, &keys, found);
    } else if found.len() == before {
        of_a_cluster(&Volume::of(&spec.storage), &keys, found);
    }
}

fn replicas(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let base = Volume::of(&spec.storage);
    for replica in &spec.replica {
        let volume = spec.replica_volume(replica);
        let none = ReplicaStorage::default();
        let own = replica.storage.as_ref().map_or(&none, |own| &**own);
        let header = replica.storage.place().unwrap_or_else(|| replica.span());
        let keys = Keys {
            header: header.clone(),
            size: place_or(&own.size, header.clone()),
            max_size: place_or(&own.max_size, header.clone()),
            kind: place_or(&own.kind, header.clone()),
            iops: place_or(&own.iops, header.clone()),
            throughput: place_or(&own.throughput, header.clone()),
            log: place_or(&own.dedicated_log_volume, header),
        };
        if replica.storage.is_none() {
            // The size of its source and the `max_size` of the primary need not fit.
            if volume.size > base.size && volume.max_size > 0 {
                growth(&volume, &keys, found);
            }
            continue;
        }
        check_volume(&volume, &keys, found);
        growth(&volume, &keys, found);
        let least = spec.source_size(replica);
        if volume.size < least {
            let source = spec.source_of(replica);
            let source = source.map_or_else(|| "the primary".into(), |s| format!("`{}`", *s.name));
            let title = format!("`{}` is smaller than its source", *replica.name);
            found.push(
                Diagnostic::new("PGHA127", keys.size, title)
                    .label(format!("{source} has {least} GiB"))
                    .help(format!("write \"{least} GiB\", or delete this line"))
                    .fix(format!("\"{least} GiB\"")),
            );
        }
    }
}

fn check_volume(volume: &Volume, keys: &Keys, found: &mut Vec<Diagnostic>) {
    // A type that a replica has from its primary is said of the primary.
    let is_written = keys.kind != keys.header;
    match volume.kind {
        VolumeType::Standard if !is_written => {}
        VolumeType::Standard => found.push(
            Diagnostic::new("PGHA005", keys.kind.clone(), "AWS has removed magnetic storage")
                .label("cannot be created")
                .help("write \"gp3\"")
                .fix("\"gp3\""),
        ),
        VolumeType::Gp2 => {
            if is_written {
                found.push(
                    Diagnostic::new("PGHA006", keys.kind.clone(), "gp2 is the previous generation")
                        .label("lives on burst credits")
                        .help("write \"gp3\"")
                        .fix("\"gp3\""),
                );
            }
            size(volume, keys, 20, found);
            not_taken(volume, keys, found);
        }
        VolumeType::Gp3 if volume.is_fixed() => {
            size(volume, keys, 20, found);
            fixed(volume, keys, found);
        }
        VolumeType::Gp3 => {
            size(volume, keys, 20, found);
            striped(volume, keys, found);
        }
        VolumeType::Io1 => provisioned(volume, keys, 50, found),
        VolumeType::Io2 => provisioned(volume, keys, 1000, found),
    }
    if volume.dedicated_log_volume && !volume.kind.is_provisioned() {
        found.push(
            Diagnostic::new(
                "PGHA015",
                keys.log.clone(),
                "only io1 and io2 volumes have a volume for the log",
            )
            .label(format!("not with {}", volume.kind.as_str()))
            .help(match keys.log == keys.header {
                true => "add `dedicated_log_volume = false`, or write `type = \"io2\"`",
                false => "delete this line, or write `type = \"io2\"`",
            }),
        );
    }
}

fn size(volume: &Volume, keys: &Keys, least: u32, found: &mut Vec<Diagnostic>) {
    super::range(found, "size", (volume.size, keys.size.clone()), (least, LARGEST), "GiB");
}

fn fixed(volume: &Volume, keys: &Keys, found: &mut Vec<Diagnostic>) {
    let written =
        [(volume.iops, &keys.iops, "iops"), (volume.throughput, &keys.throughput, "throughput")];
    for (_, span, name) in written.into_iter().filter(|(value, ..)| value.is_some()) {
        found.push(
            Diagnostic::new(
                "PGHA001",
                span.clone(),
                format!("a gp3 volume below {STRIPED} GiB refuses `{name}`"),
            )
            .label("RDS rejects the call")
            .also(keys.size.clone(), format!("this volume has {} GiB", volume.size))
            .note("below 400 GiB gp3 has a fixed 3000 IOPS and 125 MiB/s")
            .help(format!("delete `{name}`, or write `size = \"400 GiB\"` or more")),
        );
    }
}

fn striped(volume: &Volume, keys: &Keys, found: &mut Vec<Diagnostic>) {
    let checks = [
        ("iops", volume.iops, &keys.iops, STRIPED_IOPS, 64_000),
        ("throughput", volume.throughput, &keys.throughput, 500, 4_000),
    ];
    let before = found.len();
    for (name, value, span, least, most) in checks {
        let Some(value) = value.filter(|value| !(least..=most).contains(value)) else { continue };
        found.push(
            Diagnostic::new("PGHA002", span.clone(), format!("`{name}` of gp3 cannot be {value}"))
                .label(format!("{least} to {most}"))
                .help(format!(
                    "write a value from {least} to {most}, or delete this line for {least}"
                )),
        );
    }
    // Ratios of values out of range say nothing new.
    if found.len() > before {
        return;
    }
    let iops = volume.iops.unwrap_or(STRIPED_IOPS);
    if volume.throughput.is_some_and(|throughput| u64::from(throughput) * 4 > u64::from(iops)) {
        found.push(
            Diagnostic::new(
                "PGHA003",
                keys.throughput.clone(),
                "throughput needs four IOPS for each MiB/s",
            )
            .label(format!("more than a quarter of {iops} IOPS"))
            .help(format!("write {} or less, or more IOPS", iops / 4)),
        );
    }
}

fn provisioned(volume: &Volume, keys: &Keys, ratio: u32, found: &mut Vec<Diagnostic>) {
    let kind = volume.kind.as_str();
    size(volume, keys, 100, found);
    not_taken(volume, keys, found);
    let Some(iops) = volume.iops else {
        return found.push(
            Diagnostic::new("PGHA004", keys.kind.clone(), format!("{kind} needs `iops`"))
                .label("provisioned IOPS are paid for, so they must be named")
                .help("add `iops = 3000`, or write \"gp3\""),
        );
    };
    // For a size that RDS does not have there may be no IOPS that fit.
    if volume.size < 100 {
        return;
    }
    let (least, most) =
        (volume.size.div_ceil(2).max(1000), u64::from(volume.size) * u64::from(ratio));
    if iops < least || u64::from(iops) > most.min(256_000) {
        found.push(
            Diagnostic::new(
                "PGHA004",
                keys.iops.clone(),
                format!("{iops} IOPS do not fit {kind} of {} GiB", volume.size),
            )
            .label(format!("{least} to {}", most.min(256_000)))
            .note(format!("{kind} has 0.5 to {ratio} IOPS for each GiB"))
            .help("change the size or the IOPS"),
        );
    }
}

/// AWS's API has 0.5 to 50 IOPS for each GiB of a Multi-AZ DB cluster, whatever the type, and its
/// guide has more for some types (docs/aws/clusters.md#storage).
fn of_a_cluster(volume: &Volume, keys: &Keys, found: &mut Vec<Diagnostic>) {
    let Some(iops) = volume.cluster_iops().map(u64::from) else { return };
    let (least, most) = (u64::from(volume.size).div_ceil(2), u64::from(volume.size) * 50);
    if (least..=most).contains(&iops) {
        return;
    }
    let fitting = iops.div_ceil(50);
    found.push(
        Diagnostic::new(
            "PGHA159",
            keys.iops.clone(),
            format!("{iops} IOPS may not fit a Multi-AZ DB cluster of {} GiB", volume.size),
        )
        .label(format!("{least} to {most}: 0.5 to 50 for each GiB"))
        .also(keys.size.clone(), "because of this size")
        .help(match iops > most {
            true => format!("write `size = \"{fitting} GiB\"` or more, or fewer IOPS; or accept this in [guard] where RDS has taken it"),
            false => "write more IOPS, or accept this in [guard] where RDS has taken it".into(),
        }),
    );
}

/// Finds a size up to which the volume may grow and for which it has too few IOPS: the ratio holds
/// for that, too (docs/aws/storage.md#ratios).
fn grown(volume: &Volume, keys: &Keys, found: &mut Vec<Diagnostic>) {
    let Some(iops) = volume.iops.filter(|_| volume.kind.is_provisioned()) else { return };
    let least = |size: u32| size.div_ceil(2);
    // Too few for what there is are said of that.
    if volume.max_size > LARGEST || iops >= least(volume.max_size) || iops < least(volume.size) {
        return;
    }
    let kind = volume.kind.as_str();
    let (title, most) = (
        format!("{iops} IOPS are too few for {kind} that grows to {} GiB", volume.max_size),
        u64::from(iops) * 2,
    );
    let is_written = keys.max_size != keys.header;
    let at = if is_written { &keys.max_size } else { &keys.iops };
    let needed = least(volume.max_size);
    found.push(
        Diagnostic::new("PGHA004", at.clone(), title)
            .label("0.5 for each GiB of the largest size, too")
            .note(match is_written {
                true => "RDS has the same ratio for the size up to which it grows the volume",
                false => "without `max_size` RDS grows the volume up to twice its size",
            })
            .help(match u64::from(volume.size) * 110 <= most * 100 {
                true => format!("write `iops = {needed}` or more, or `max_size = \"{most} GiB\"`"),
                false => format!("write `iops = {needed}` or more, or `max_size = \"off\"`"),
            }),
    );
}

/// Finds what a type other than gp3 takes no word about. With `Iops` RDS refuses gp2, or makes an
/// io1 volume of it (<https://github.com/hashicorp/terraform-provider-aws/issues/9667>,
/// <https://github.com/hashicorp/terraform-provider-aws/issues/41894>); `StorageThroughput` is of
/// gp3 only
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>).
fn not_taken(volume: &Volume, keys: &Keys, found: &mut Vec<Diagnostic>) {
    let kind = volume.kind.as_str();
    let iops = volume.iops.filter(|_| !volume.kind.is_provisioned());
    let written = [("iops", iops, &keys.iops), ("throughput", volume.throughput, &keys.throughput)];
    for (name, value, span) in written {
        let Some(value) = value else { continue };
        let label = match name {
            "iops" => "the IOPS of gp2 follow from its size",
            _ => "gp3 only",
        };
        found.push(
            Diagnostic::new(
                "PGHA002",
                span.clone(),
                format!("`{name}` of {kind} cannot be set to {value}"),
            )
            .label(label)
            .help(match *span == keys.header {
                true => format!("the primary has `{name}`: write \"gp3\" here, too"),
                false => "delete this line, or write \"gp3\"".into(),
            }),
        );
    }
}

/// Automatic growth: RDS wants room for a step, and warns early without more
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html>).
fn growth(volume: &Volume, keys: &Keys, found: &mut Vec<Diagnostic>) {
    grown(volume, keys, found);
    let (size, most) = (u64::from(volume.size), u64::from(volume.max_size));
    // Sizes that are no sizes have a finding of their own.
    if size > u64::from(LARGEST) {
        return;
    }
    let at_least = |percent: u64| (size * percent).div_ceil(100);
    let of = |code, title: String| Diagnostic::new(code, keys.max_size.clone(), title);
    let largest = u64::from(LARGEST);
    // A volume near RDS's largest cannot grow by a step of its own.
    let is_room = at_least(110) <= largest;
    let (diagnostic, wish) = if most == 0 {
        // Nothing is to be done where nothing can be.
        if !is_room {
            return;
        }
        let found = of("PGHA013", "a full volume will stop the database".into())
            .label("it does not grow by itself");
        (found, Wish { gib: (size * 2).min(largest), more: "" })
    } else if !is_room {
        let found = of("PGHA011", format!("a volume of {size} GiB has no room to grow by itself"))
            .label(format!("{LARGEST} GiB is the most, and a step is a tenth"));
        (found, Wish { gib: 0, more: "" })
    } else if most < at_least(110) || most > largest {
        let found = of("PGHA011", format!("`max_size` is {most} GiB for a volume of {size} GiB"))
            .label(format!("{} to {LARGEST} GiB", at_least(110)));
        (found, Wish { gib: at_least(126).min(largest), more: " or more, or \"off\"" })
    } else if most < at_least(126).min(largest) {
        let least = at_least(126).min(largest);
        let found = of("PGHA012", "the volume has little room to grow".into())
            .label(format!("less than {least} GiB, 126 % of the size or the most there is"));
        (found, Wish { gib: least, more: " or more" })
    } else {
        return;
    };
    found.push(wish.put(diagnostic, keys, largest));
}

/// What to write for `max_size`: a size that RDS takes, or `off` for 0.
struct Wish {
    gib: u64,
    more: &'static str,
}

impl Wish {
    fn put(&self, diagnostic: Diagnostic, keys: &Keys, largest: u64) -> Diagnostic {
        let text = match self.gib {
            0 => "\"off\"".to_string(),
            gib => format!("\"{gib} GiB\""),
        };
        // More than the most is nothing to propose.
        let more = if self.gib == largest { "" } else { self.more };
        match keys.max_size == keys.header {
            // There is nothing yet in whose place it could be typed.
            true => diagnostic.help(format!("give its `storage` a `max_size` of {text}{more}")),
            false => diagnostic.help(format!("write {text}{more}")).fix(text),
        }
    }
}

fn encryption(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let storage = spec.storage.as_ref();
    let header = storage.map_or_else(|| spec.cluster.span(), |storage| storage.span());
    let key = storage.and_then(|storage| storage.kms_key.place());
    if !spec.encrypted() {
        let span = storage.and_then(|storage| storage.encrypted.place()).unwrap_or(header);
        found.push(
            Diagnostic::new("PGHA056", span, "the data are not encrypted at rest")
                .label("cannot be changed later")
                .help("delete this line, or write true")
                .fix("true"),
        );
        found.extend(key.map(no_key));
    } else if key.is_none() {
        let default = Diagnostic::new(
            "PGHA057",
            header,
            "a new database would be encrypted with the account's `aws/rds` key",
        )
        .label("no key of your own")
        .note("a database that exists keeps the key that it has, which RDS cannot change: without this line it is not compared")
        .help("add `kms_key = \"arn:…\"` before the first apply; of a database that exists, the key that it has");
        found.push(unless_written(default, &storage.and_then(|s| s.kms_key.clone())));
    }
}

/// RDS takes a key for encrypted storage only
/// (<https://github.com/aquasecurity/tfsec/issues/495>).
fn no_key(span: Range<usize>) -> Diagnostic {
    Diagnostic::new("PGHA040", span, "an unencrypted database takes no key")
        .label("RDS refuses it")
        .help("delete this line, or `encrypted = false`")
}
