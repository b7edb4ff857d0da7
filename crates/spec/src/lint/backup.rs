//! `[backup]` and `[maintenance]`: retention, windows, the copy elsewhere.

use pgha_resource::Region;
use pgha_resource::scope::partition;

use super::place_or;
use super::unless_written;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::section::Spec;
use crate::section::backup::ReplicateTo;
use crate::spanned::Place;
use crate::spanned::Sp;
use crate::window::Daily;
use crate::window::SHORTEST;
use crate::window::Weekly;

/// The least retention that auditors accept (Security Hub RDS.11, RDS.50).
const ENOUGH: u32 = 7;
/// Where automated backups of some regions can be copied (docs/aws/backups.md#replication-regions);
/// other pairs are AWS's to judge.
const PAIRS: &[(&str, &[&str])] = &[
    ("eu-south-1", &["eu-central-1"]),
    (
        "us-east-1",
        &[
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "ca-central-1",
            "eu-central-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "eu-north-1",
            "sa-east-1",
            "ap-south-1",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-southeast-1",
            "ap-southeast-2",
        ],
    ),
];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    left(spec, found);
    retention(spec, found);
    windows(spec, found);
    let backup = spec.backup.as_ref();
    match backup.and_then(|backup| backup.replicate_to.as_ref()) {
        Some(to) => copy(spec, to, found),
        None => nowhere_else(spec, found),
    }
    if let Some(copy_tags) = backup.and_then(|backup| backup.copy_tags.as_ref()).filter(|on| !***on)
    {
        found.push(
            Diagnostic::new(
                "PGHA066",
                copy_tags.span(),
                "snapshots do not get the database's tags",
            )
            .label("nobody will know whose they are")
            .help("delete this line, or write true")
            .fix("true"),
        );
    }
    let auto_minor = spec.maintenance.as_ref().and_then(|section| section.auto_minor.as_ref());
    if let Some(auto_minor) = auto_minor.filter(|on| !***on) {
        found.push(
            Diagnostic::new(
                "PGHA055",
                auto_minor.span(),
                "AWS installs no security fixes by itself",
            )
            .label("somebody has to")
            .help("delete this line, or write true")
            .fix("true"),
        );
    }
}

/// AWS Backup sets what the spec would set, too: one of them would never rest.
fn left(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(backup) = spec.backup.as_ref().filter(|_| spec.leaves_backups()) else { return };
    let written = [("retention", backup.retention.place()), ("window", backup.window.place())];
    for (key, span) in written.into_iter().filter_map(|(key, span)| Some((key, span?))) {
        found.push(
            Diagnostic::new("PGHA124", span, format!("the plan of AWS Backup sets the {key}"))
                .label("has no effect")
                .also(place_or(&backup.managed_by, backup.span()), "because of this")
                .help(format!("delete `{key}`, or `managed_by`")),
        );
    }
}

fn retention(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let written = spec.backup.as_ref().and_then(|backup| backup.retention.as_ref());
    let Some(written) = written.filter(|_| !spec.leaves_backups()) else { return };
    let (days, span) = (written.0, written.span());
    let least = u32::from(spec.is_cluster());
    super::range(found, "retention", (days, span.clone()), (least, 35), "days");
    if days == 0
        && let Some(replica) = spec.replica.first()
    {
        found.push(
            Diagnostic::new("PGHA036", span, "replicas are made from automated backups")
                .label("backups are off")
                .also(replica.span(), "this replica")
                .help("write \"7 days\"")
                .fix("\"7 days\""),
        );
    } else if days < ENOUGH {
        found.push(
            Diagnostic::new("PGHA045", span, format!("backups go back {days} days only"))
                .label("a mistake is often found later")
                .help("write \"7 days\" or more")
                .fix("\"7 days\""),
        );
    }
}

fn windows(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let daily = spec.backup.as_ref().and_then(|backup| backup.window.as_ref());
    let weekly = spec.maintenance.as_ref().and_then(|section| section.window.as_ref());
    if let Some(window) = daily.filter(|window| window.minutes < SHORTEST) {
        found.push(too_short(window.span()));
    }
    if let Some(window) = weekly.filter(|window| window.minutes < SHORTEST) {
        found.push(too_short(window.span()));
    }
    if let Some(taken) = spec.backup_window().filter(|taken| spec.window().overlaps(*taken)) {
        let span = weekly.map(Sp::span).or(daily.map(Sp::span));
        found.push(overlap(span.unwrap_or_else(|| spec.cluster.span()), spec.window(), taken));
    }
}

pub(super) fn too_short(span: std::ops::Range<usize>) -> Diagnostic {
    Diagnostic::new("PGHA052", span, "a window takes 30 minutes at least")
        .label("too short")
        .help("write a longer one")
}

pub(super) fn overlap(span: std::ops::Range<usize>, weekly: Weekly, daily: Daily) -> Diagnostic {
    Diagnostic::new("PGHA052", span, "the backup and the maintenance window overlap")
        .label("AWS refuses this")
        .note(format!("backups are taken at {daily}, maintenance is at {weekly}, UTC"))
        .help("move one of them")
}

fn copy(spec: &Spec, to: &Sp<ReplicateTo>, found: &mut Vec<Diagnostic>) {
    super::cluster::region(&to.region, found);
    let is_across = super::cluster::is_across(spec, &to.region);
    let home = spec.home();
    if spec.is_cluster() {
        return found.push(
            Diagnostic::new(
                "PGHA047",
                to.span(),
                "the backups of a Multi-AZ DB cluster cannot be copied",
            )
            .label("not offered")
            .also(place_or(&spec.cluster.topology, spec.cluster.span()), "because of this topology")
            .help("delete `replicate_to`"),
        );
    }
    let pairs = PAIRS.iter().find(|(region, _)| *region == home.as_str());
    let offered = pairs.is_none_or(|(_, regions)| regions.contains(&to.region.as_str()));
    if !is_across && (to.region.as_str() == home.as_str() || !offered) {
        found.push(
            Diagnostic::new(
                "PGHA047",
                to.region.span(),
                format!("backups of {home} cannot be copied to {}", *to.region),
            )
            .label("not offered")
            .help("choose another region"),
        );
    }
    if let Some(days) = &to.retention {
        super::range(found, "retention", (days.0, days.span()), (1, 35), "days");
    }
    if spec.encrypted() && to.kms_key.is_none() {
        found.push(needs_key(to.span(), to.region.as_str(), "the copy of an encrypted backup"));
    }
    if spec.retention() == 0 && !spec.leaves_backups() {
        found.push(
            Diagnostic::new("PGHA036", to.span(), "there are no backups to copy")
                .label("needs a retention of one day at least")
                .help("write `retention = \"7 days\"` in [backup]"),
        );
    }
}

pub(super) fn needs_key(span: std::ops::Range<usize>, region: &str, what: &str) -> Diagnostic {
    let partition = partition(&Region::new(region));
    Diagnostic::new("PGHA040", span, format!("{what} needs a key of {region}"))
        .label("no `kms_key`")
        .note("keys never leave their region")
        .help(format!("add `kms_key = \"arn:{partition}:kms:{region}:…:key/…\"`"))
}

fn nowhere_else(spec: &Spec, found: &mut Vec<Diagnostic>) {
    if spec.is_cluster() || spec.regions().len() > 1 {
        return;
    }
    let span = spec.backup.as_ref().map_or_else(|| spec.cluster.span(), |backup| backup.span());
    let copy = spec.backup.as_ref().and_then(|backup| backup.replicate_to.clone());
    let alone = Diagnostic::new("PGHA046", span, "nothing would survive the loss of the region")
        .label("no replica and no backup elsewhere")
        .help("add `replicate_to = { region = \"…\", kms_key = \"…\" }` to [backup], or a replica in another region")
        .severity(Severity::Advice);
    found.push(unless_written(alone, &copy));
}
