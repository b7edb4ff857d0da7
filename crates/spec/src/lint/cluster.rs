//! `[cluster]`: names, region, account, topology, tags.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use pgha_resource::Region;
use pgha_resource::catalog::REGIONS;
use pgha_resource::naming::is_identifier;
use pgha_resource::scope::partition;

use super::place_or;
use super::unless_written;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::section::Spec;
use crate::section::cluster::Topology;
use crate::spanned::Sp;
use crate::spanned::or;
use crate::suggest;

/// The longest cluster name: what is appended must fit a role's 64 characters
/// (docs/aws/names.md#rules).
const LONGEST_NAME: usize = 40;
/// Tags that a user can have: AWS allows 50 on a resource, and pgha writes six of its own
/// (`pgha:cluster`, `pgha:home`, `pgha:resource`, `pgha:applied`, `pgha:regions` and
/// `pgha:database`).
const MOST_TAGS: usize = 50 - 6;
/// More further places than are pointed at.
const MOST_SHOWN: usize = 8;
/// Beginnings of keys that are AWS's and pgha's own, and of values that are AWS's, in any case
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Tag.html>).
const RESERVED_PREFIXES: [&str; 3] = ["pgha:", "aws:", "rds:"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    name(spec, found);
    region(&spec.cluster.region, found);
    account(spec, found);
    if let Some(version) = spec.cluster.spec_version.as_ref().filter(|version| ***version != 1) {
        found.push(
            Diagnostic::new("PGHA119", version.span(), "this pgha reads version 1 of specs only")
                .label("unknown version")
                .help("write 1, or use the pgha that this spec was written for")
                .fix("1"),
        );
    }
    partitions(spec, found);
    by_hand(spec, found);
    topology(spec, found);
    tags(spec, found);
}

fn name(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let name = &spec.cluster.name;
    if is_identifier(name) && name.len() <= LONGEST_NAME {
        return;
    }
    found.push(
        Diagnostic::new("PGHA095", name.span(), format!("`{}` cannot name a cluster", **name))
            .label("every resource's name begins with it")
            .help(format!(
                "use lower-case letters, digits and single hyphens, a letter first and no hyphen last, {LONGEST_NAME} characters at most"
            )),
    );
}

/// Finds a region that this pgha does not know. AWS opens new ones every year, so that it is a
/// warning where the name has the form of one.
pub(super) fn region(region: &Sp<String>, found: &mut Vec<Diagnostic>) {
    if is_known(region) {
        return;
    }
    let close = suggest::closest(region, REGIONS);
    let diagnostic = match is_region(region) {
        true => {
            let title = format!("this pgha does not know the region `{}`", **region);
            Diagnostic::new("PGHA108", region.span(), title).label("a new one, or a mistake")
        }
        false => {
            let title = format!("`{}` is not a region", **region);
            Diagnostic::new("PGHA138", region.span(), title).label("not a region")
        }
    };
    found.push(match close {
        Some(close) => {
            diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
        }
        None => diagnostic.help("write a region such as \"us-east-1\""),
    });
}

/// Whether the home region has nothing to do with a region: partitions share no accounts, and
/// nothing is copied between them
/// (<https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>).
pub(super) fn is_across(spec: &Spec, region: &Sp<String>) -> bool {
    let (home, there) = (spec.home(), Region::new(region.as_str()));
    partition(&home) != partition(&there) && is_region(region) && is_region(home.as_str())
}

/// Finds the regions of other partitions, those of each partition at once: it may well be the home
/// region that is wrong.
fn partitions(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let copy = spec.backup.iter().filter_map(|backup| Some(&backup.replicate_to.as_ref()?.region));
    let replicas = spec.replica.iter().filter_map(|replica| replica.region.as_ref());
    let mut regions: Vec<&Sp<String>> =
        copy.chain(replicas).filter(|region| is_across(spec, region)).collect();
    regions.sort_by_key(|region| region.span().start);
    let mut by_partition: BTreeMap<&str, Vec<&Sp<String>>> = BTreeMap::new();
    for region in regions {
        let other = partition(&Region::new(region.as_str()));
        by_partition.entry(other).or_default().push(region);
    }
    let home = spec.home();
    for (other, regions) in by_partition {
        let Some((first, others)) = regions.split_first() else { continue };
        let names: BTreeSet<&str> = regions.iter().map(|region| region.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let title = match names.as_slice() {
            [there] => format!("{there} is not in the partition of {home}"),
            several => format!("{} are not in the partition of {home}", suggest::list(several)),
        };
        let own = partition(&home);
        let diagnostic = Diagnostic::new("PGHA150", first.span(), title)
            .label(format!("`{other}`, and not `{own}`"))
            .also(spec.cluster.region.span(), "the home region")
            .help(format!("choose a region of `{own}`"));
        let others = others.iter().take(MOST_SHOWN);
        found.push(others.fold(diagnostic, |found, at| found.also(at.span(), "and here")));
    }
}

/// Finds what is copied between regions of China or of GovCloud: RDS wants a presigned URL there,
/// which pgha does not make (docs/aws/replicas.md#call-in-the-other-region,
/// docs/aws/backups.md#replication-call). One that was made by hand can be described.
fn by_hand(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let copy = spec.backup.iter().filter_map(|backup| Some(&backup.replicate_to.as_ref()?.region));
    let copies = copy.map(|region| ("the copy of the backups", region, spec.home()));
    let replicas = spec.replica.iter().filter_map(|replica| {
        let source = spec.source_of(replica);
        let from = source.map_or_else(|| spec.home(), |source| spec.region_of(source));
        Some(("a replica", replica.region.as_ref()?, from))
    });
    for (what, region, from) in copies.chain(replicas) {
        let signs = matches!(partition(&from), "aws-cn" | "aws-us-gov");
        if !signs || region.as_str() == from.as_str() || is_across(spec, region) {
            continue;
        }
        let title = format!("pgha cannot make {what} of {from} in {}", **region);
        found.push(
            Diagnostic::new("PGHA161", region.span(), title)
                .label("RDS wants a presigned URL between these regions, which pgha does not make")
                .help("make it by hand before the first apply and accept this in [guard], or stay in one region"),
        );
    }
}

/// Whether this pgha knows a region, or it is of a partition with names of its own, which are not
/// in the table of commercial regions.
fn is_known(region: &str) -> bool {
    let special = ["cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"];
    let special = special.iter().any(|prefix| region.starts_with(prefix));
    (special && is_region(region)) || REGIONS.contains(&region)
}

/// Whether a region is most likely a misspelt other one.
pub(super) fn is_meant(region: &str, other: &str) -> bool {
    !is_known(region) && suggest::closest(region, REGIONS) == Some(other)
}

/// Whether a text has the form of a region: two words at least and a number.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let word = |part: &&str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            (2..=3).contains(&words.len())
                && words.iter().all(word)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        None => false,
    }
}

fn account(spec: &Spec, found: &mut Vec<Diagnostic>) {
    match &spec.cluster.account {
        None => found.push(
            Diagnostic::new("PGHA116", spec.cluster.span(), "the spec names no account")
                .label("any account will do")
                .help("add `account = \"…\"`, so that pgha refuses to touch another one"),
        ),
        Some(account) if account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()) => {}
        Some(account) => found.push(
            Diagnostic::new("PGHA119", account.span(), "an account id has twelve digits")
                .label("not an account id")
                .help("write it as a text, such as \"123456789012\""),
        ),
    }
}

fn topology(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let cluster = &spec.cluster;
    if spec.topology() == Topology::SingleAz {
        let span = place_or(&cluster.topology, cluster.span());
        found.push(
            Diagnostic::new("PGHA032", span, "the primary has no standby")
                .label("an outage of its zone is an outage of the database")
                .help("write \"multi-az-instance\"")
                .fix("\"multi-az-instance\""),
        );
    }
    if !or(&cluster.deletion_protection, true) {
        let span = place_or(&cluster.deletion_protection, cluster.span());
        found.push(
            Diagnostic::new("PGHA064", span, "the database can be deleted by mistake")
                .label("protection is off")
                .help("delete this line, or write true")
                .fix("true"),
        );
    }
}

fn tags(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(tags) = &spec.cluster.tags else {
        let missing = Diagnostic::new("PGHA096", spec.cluster.span(), "the spec sets no tags")
            .label("nothing says whose database this is")
            .help("add `tags = { team = \"…\" }`");
        return found.push(unless_written(missing, &spec.cluster.tags));
    };
    if let Some((at, reason)) = refused(tags) {
        found.push(
            Diagnostic::new("PGHA131", at, reason)
                .label("AWS refuses this tag")
                .note("keys have 1 to 128 characters, values up to 256: letters, digits, blanks and `_.:/=+-@`")
                .severity(Severity::Error),
        );
    }
}

fn reserved_prefix(text: &str, prefixes: &[&'static str]) -> Option<&'static str> {
    let lower = text.trim().to_lowercase();
    prefixes.iter().find(|prefix| lower.starts_with(**prefix)).copied()
}

/// The first tag that AWS refuses: its key, or its value where that is wrong.
fn refused(tags: &BTreeMap<Sp<String>, Sp<String>>) -> Option<(Range<usize>, String)> {
    let fits = |text: &str| {
        text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
    };
    let mut written: Vec<(&Sp<String>, &Sp<String>)> = tags.iter().collect();
    written.sort_by_key(|(key, _)| key.span().start);
    if let Some((first, _)) = written.get(MOST_TAGS) {
        let title = format!("{} tags are too many: {MOST_TAGS} at most", tags.len());
        return Some((first.span(), title));
    }
    // IAM takes `Team` and `team` for the same key, and roles carry the tags, too
    // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>).
    let mut seen = BTreeMap::new();
    let keys = written.iter().map(|(key, _)| *key);
    let twin = keys.into_iter().find_map(|key| Some((seen.insert(key.to_lowercase(), key)?, key)));
    if let Some((one, other)) = twin {
        let title = format!("the tags `{}` and `{}` differ in case only", **one, **other);
        return Some((other.span(), title));
    }
    written.into_iter().find_map(|(key, value)| {
        if let Some(prefix) = reserved_prefix(key, &RESERVED_PREFIXES) {
            let title = format!("the tag `{}` begins with the reserved `{prefix}`", **key);
            return Some((key.span(), title));
        }
        if let Some(prefix) = reserved_prefix(value, &RESERVED_PREFIXES[1..]) {
            let title = format!("the value of `{}` begins with the reserved `{prefix}`", **key);
            return Some((value.span(), title));
        }
        let is_wrong = |text: &str, least, most| {
            !(least..=most).contains(&text.chars().count()) || !fits(text)
        };
        let at = is_wrong(key, 1, 128).then(|| key.span());
        let at = at.or_else(|| is_wrong(value, 0, 256).then(|| value.span()))?;
        Some((at, format!("AWS refuses the tag `{}`", **key)))
    })
}
