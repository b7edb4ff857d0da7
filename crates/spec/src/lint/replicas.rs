//! `[[replica]]`: names, chains, regions (docs/aws/replicas.md).

use std::collections::BTreeMap;

use pgha_resource::catalog::class_size;
use pgha_resource::catalog::nominal_max_connections;
use pgha_resource::naming::is_identifier;

use super::backup;
use super::engine;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::find;
use crate::section::replica::Replica;
use crate::spanned::Sp;
use crate::spanned::or;
use crate::suggest;
use crate::window::SHORTEST;

/// Replicas of one source.
const MOST: usize = 15;
/// Replicas of a replica.
const MOST_OF_A_REPLICA: usize = 5;
/// More replicas in other regions may not be made.
const MOST_ELSEWHERE: usize = 5;
/// Replicas of replicas of replicas.
const DEEPEST: usize = 3;
/// More members of a circle than are pointed at.
const MOST_SHOWN: usize = 8;
/// Names that others of the cluster's resources have.
const TAKEN: [&str; 5] = ["primary", "cluster", "app", "proxy", "db"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    if let Some(first) = spec.replica.first().filter(|_| spec.is_cluster()) {
        found.push(
            Diagnostic::new(
                "PGHA117",
                first.span(),
                "pgha attaches no replicas to a Multi-AZ DB cluster",
            )
            .label("its two standbys can be read")
            .help("delete the replicas, or write `topology = \"multi-az-instance\"`"),
        );
    }
    let names = spec.replica.iter().map(|replica| &replica.name);
    unique("replica", names, found);
    let names: Vec<&str> = spec.replica.iter().map(|replica| replica.name.as_str()).collect();
    for (index, replica) in spec.replica.iter().enumerate() {
        name("replica", &replica.name, found);
        taken(&replica.name, found);
        place(spec, replica, found);
        source(spec, index, replica, &names, found);
        settings(spec, index, replica, found);
    }
    circles(spec, found);
    too_deep(spec, found);
    counts(spec, found);
}

/// Finds names that were given twice.
pub(super) fn unique<'a>(
    what: &str,
    names: impl Iterator<Item = &'a Sp<String>>,
    found: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<&str, &Sp<String>> = BTreeMap::new();
    for name in names {
        if let Some(first) = seen.get(name.as_str()) {
            found.push(
                Diagnostic::new(
                    "PGHA106",
                    name.span(),
                    format!("there are two {what}s called `{}`", **name),
                )
                .label("the second")
                .also(first.span(), "the first")
                .help("give it another name"),
            );
        } else {
            seen.insert(name, name);
        }
    }
}

/// Finds names that could not follow the cluster's.
pub(super) fn name(what: &str, name: &Sp<String>, found: &mut Vec<Diagnostic>) {
    if !is_identifier(name) {
        let article = if what.starts_with(['a', 'e']) { "an" } else { "a" };
        let title = format!("`{}` cannot name {article} {what}", **name);
        found.push(Diagnostic::new("PGHA095", name.span(), title).label("AWS refuses it").help(
            "use lower-case letters, digits and single hyphens, a letter first and no hyphen last",
        ));
    }
}

fn taken(name: &Sp<String>, found: &mut Vec<Diagnostic>) {
    if TAKEN.contains(&name.as_str()) {
        found.push(
            Diagnostic::new(
                "PGHA106",
                name.span(),
                format!("`{}` is taken by another resource of the cluster", **name),
            )
            .label("reserved")
            .help("give the replica another name"),
        );
    }
}

fn place(spec: &Spec, replica: &Replica, found: &mut Vec<Diagnostic>) {
    let region = spec.region_of(replica);
    if let Some(written) = &replica.region {
        super::cluster::region(written, found);
    }
    let Some(zone) = &replica.zone else { return };
    if or(&replica.multi_az, false) {
        found.push(
            Diagnostic::new("PGHA034", zone.span(), "a replica with a standby takes no zone")
                .label("AWS places both")
                .help("delete `zone`, or `multi_az`"),
        );
    }
    if !zone.strip_prefix(region.as_str()).is_some_and(ends_a_zone) {
        found.push(
            Diagnostic::new(
                "PGHA109",
                zone.span(),
                format!("`{}` is not a zone of {region}", **zone),
            )
            .label("another region's, or none")
            .help(format!("write a zone such as \"{region}a\", or delete this line"))
            .fix(format!("\"{region}a\"")),
        );
    }
}

/// What follows the region in a zone's name: a letter, or the words of a local zone such as
/// `-bos-1a` (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.RegionsAndAvailabilityZones.html>).
fn ends_a_zone(rest: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match rest.strip_prefix('-') {
        Some(words) => !words.is_empty() && words.chars().all(is_word),
        None => rest.len() == 1 && rest.starts_with(|c: char| c.is_ascii_lowercase()),
    }
}

fn source(
    spec: &Spec,
    index: usize,
    replica: &Sp<Replica>,
    names: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    let Some(source) = &replica.source else { return needs_key(spec, replica, found) };
    if spec.replica_named(source).is_none() {
        let diagnostic = Diagnostic::new(
            "PGHA107",
            source.span(),
            format!("there is no replica `{}`", **source),
        )
        .label("unknown");
        return found.push(match suggest::closest(source, names) {
            _ if source.as_str() == "primary" => {
                diagnostic.help("delete `source`: the primary is the default")
            }
            Some(close) => {
                diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
            }
            None => diagnostic.help("write the name of another replica, or delete `source`"),
        });
    }
    // A circle, or a chain that is too deep, is said once, and is to be mended first.
    let level = spec.chains().link(index).and_then(|link| link.level);
    if level.is_some_and(|level| level <= DEEPEST) {
        needs_key(spec, replica, found);
    }
    if spec.major() < 14 && spec.major() > 0 {
        found.push(
            Diagnostic::new("PGHA038", source.span(), "replicas of replicas need PostgreSQL 14.1")
                .label("too old")
                .help("delete `source`"),
        );
    }
}

/// Finds circles, each as a whole: whoever mends one line of it mends it.
fn circles(spec: &Spec, found: &mut Vec<Diagnostic>) {
    for circle in spec.chains().circles() {
        let replicas = circle.iter().filter_map(|at| spec.replica.get(*at));
        let members: Vec<(&Sp<String>, &Sp<String>)> =
            replicas.filter_map(|r| Some((&r.name, r.source.as_ref()?))).collect();
        let Some(((name, source), others)) = members.split_first() else { continue };
        let title = match others {
            [] => format!("`{}` replicates from itself", ***name),
            _ => {
                let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                format!("the replicas {} replicate from each other", suggest::list(&names))
            }
        };
        let circle = Diagnostic::new("PGHA118", source.span(), title)
            .label("leads back here")
            .help("let one of them replicate from the primary: delete its `source`");
        let others = others.iter().take(MOST_SHOWN);
        found.push(
            others.fold(circle, |circle, (_, source)| circle.also(source.span(), "by way of this")),
        );
    }
}

/// Finds chains that are too deep, each at the first replica that is: those below it follow.
fn too_deep(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let chains = spec.chains();
    let levels = (0..spec.replica.len()).filter_map(|at| Some((chains.link(at)?.level?, at)));
    let mut deep: Vec<(usize, usize)> = levels.filter(|(level, _)| *level > DEEPEST).collect();
    deep.sort_unstable();
    // The first that is too deep above each, and how deep it goes below that.
    let (mut first_of, mut depths) = (BTreeMap::new(), BTreeMap::new());
    for (level, at) in deep {
        let source = spec.replica.get(at).and_then(|replica| replica.source.as_ref());
        let above = source.and_then(|source| first_of.get(&chains.named(source)?).copied());
        let first = above.unwrap_or(at);
        first_of.insert(at, first);
        depths.insert(first, level);
    }
    for (first, depth) in depths {
        let Some(source) = spec.replica.get(first).and_then(|r| r.source.as_ref()) else {
            continue;
        };
        found.push(
            Diagnostic::new(
                "PGHA038",
                source.span(),
                format!("the chain of replicas is {depth} levels deep"),
            )
            .label(format!("{DEEPEST} at most"))
            .help("let it replicate from a replica nearer to the primary"),
        );
    }
}

/// A key is needed where the data cross a border.
fn needs_key(spec: &Spec, replica: &Sp<Replica>, found: &mut Vec<Diagnostic>) {
    let region = spec.region_of(replica);
    let from = spec.source_of(replica).map_or_else(|| spec.home(), |source| spec.region_of(source));
    if spec.encrypted() && from != region && replica.kms_key.is_none() {
        found.push(backup::needs_key(
            replica.span(),
            region.as_str(),
            "a replica of an encrypted database",
        ));
    }
    if let Some(key) = replica.kms_key.as_ref().filter(|_| !spec.encrypted()) {
        found.push(
            Diagnostic::new(
                "PGHA040",
                key.span(),
                "the replica of an unencrypted database takes no key",
            )
            .label("AWS refuses it")
            .help("delete this line"),
        );
    }
}

fn settings(spec: &Spec, index: usize, replica: &Sp<Replica>, found: &mut Vec<Diagnostic>) {
    if let Some(class) = &replica.class {
        engine::class(class, found);
        smaller(spec, replica, class, found);
    }
    if let Some(protection) = replica.deletion_protection.as_ref().filter(|on| !***on) {
        found.push(
            Diagnostic::new(
                "PGHA064",
                protection.span(),
                format!("`{}` can be deleted by mistake", *replica.name),
            )
            .label("protection is off")
            .help("delete this line, or write true")
            .fix("true")
            .severity(Severity::Warning),
        );
    }
    if let Some(days) = &replica.backup_retention {
        let least = u32::from(spec.is_source(replica));
        super::range(found, "backup_retention", (days.0, days.span()), (least, 35), "days");
    }
    windows(spec, index, replica, found);
}

/// Finds a class with less memory or fewer CPUs than the primary's, of whatever family.
///
/// RDS's default of `max_connections` follows the memory, so that a standby has fewer than its
/// primary, and pauses replay
/// (<https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN>). "Amazon RDS
/// overrides any incompatible parameters on a read replica if they prevent the read replica from
/// starting"
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.Configuration.html>),
/// so that it is no error; what is written is compared in `parameters/standby.rs`.
fn smaller(spec: &Spec, replica: &Replica, class: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let primary = &spec.engine.class;
    let Some((own, needed)) = class_size(class).zip(class_size(primary)) else { return };
    if own.0 >= needed.0 && own.1 >= needed.1 {
        return;
    }
    let size = |(gib, vcpus): (u32, u32)| format!("{gib} GiB and {vcpus} vCPUs");
    let diagnostic = Diagnostic::new(
        "PGHA029",
        class.span(),
        format!("`{}` is smaller than the primary", *replica.name),
    )
    .label(format!("{}; the primary's {} has {}", size(own), **primary, size(needed)))
    .note("it lags under load, and cannot take over");
    let says = |table: &Option<Parameters>| {
        table.as_ref().is_some_and(|table| find(table, "max_connections").is_some())
    };
    let counts = nominal_max_connections(class).zip(nominal_max_connections(primary));
    let fewer = counts.filter(|(has, needs)| has < needs);
    let default = fewer.filter(|_| !says(&spec.parameters) && !says(&replica.parameters));
    let (diagnostic, more) = match default {
        Some((has, needs)) => (
            diagnostic.note(format!(
                "RDS's default of `max_connections` is some {has} here and {needs} on the primary: \
                 replay pauses where a standby has less, unless RDS overrides it"
            )),
            "; or write a number for `max_connections` in [parameters], which both have",
        ),
        None => (diagnostic, ""),
    };
    found.push(
        diagnostic
            .help(format!("write \"{}\", or delete this line{more}", **primary))
            .fix(format!("\"{}\"", **primary)),
    );
}

fn windows(spec: &Spec, index: usize, replica: &Replica, found: &mut Vec<Diagnostic>) {
    let window = spec.replica_window(index, replica);
    if let Some(daily) = replica.backup_window.as_ref().filter(|daily| daily.minutes < SHORTEST) {
        found.push(backup::too_short(daily.span()));
    }
    let taken = spec.replica_backup_window(replica).filter(|taken| window.overlaps(*taken));
    match (taken, &replica.backup_window, &replica.maintenance_window) {
        (Some(taken), Some(own), _) => found.push(backup::overlap(own.span(), window, taken)),
        (Some(taken), None, Some(own)) => found.push(
            backup::overlap(own.span(), window, taken)
                .help("move it, or give the replica a `backup_window` of its own"),
        ),
        // The hours are the primary's, which has this said of it.
        _ => {}
    }
    let Some(written) = &replica.maintenance_window else { return };
    if written.minutes < SHORTEST {
        found.push(backup::too_short(written.span()));
    }
    if **written == spec.window() {
        found.push(
            Diagnostic::new(
                "PGHA053",
                written.span(),
                "this replica and the primary are maintained at the same time",
            )
            .label("both may be down at once")
            .help("choose another day, or delete this line"),
        );
    }
}

fn counts(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let mut of: BTreeMap<Option<&str>, Vec<&Sp<Replica>>> = BTreeMap::new();
    for replica in &spec.replica {
        of.entry(replica.source.as_ref().map(|name| name.as_str())).or_default().push(replica);
    }
    let of = |source: Option<&str>| of.get(&source).cloned().unwrap_or_default();
    let mut too_many = |replicas: Vec<&Sp<Replica>>, most: usize| {
        if let Some(extra) = replicas.get(most) {
            found.push(
                Diagnostic::new(
                    "PGHA038",
                    extra.span(),
                    format!("{} replicas of one source are too many", replicas.len()),
                )
                .label(format!("{most} at most"))
                .help("let some replicate from other replicas"),
            );
        }
    };
    too_many(of(None), MOST);
    for replica in &spec.replica {
        too_many(of(Some(&replica.name)), MOST_OF_A_REPLICA);
    }
    let elsewhere: Vec<_> =
        spec.replica.iter().filter(|r| spec.region_of(r) != spec.home()).collect();
    if let Some(extra) = elsewhere.get(MOST_ELSEWHERE) {
        found.push(
            Diagnostic::new(
                "PGHA039",
                extra.span(),
                format!("{} replicas in other regions", elsewhere.len()),
            )
            .label("AWS guarantees five")
            .help("let some replicate from a replica in their own region"),
        );
    }
}
