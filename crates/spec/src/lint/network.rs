//! `[network]`: who may connect, from where, and what another region needs.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::Range;

use super::unless_written;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::section::Spec;
use crate::section::network::Groups;
use crate::section::network::SubnetChoice;
use crate::section::network::Vpc;
use crate::spanned::Maybe;
use crate::spanned::Sp;
use crate::spanned::or;
use crate::suggest;

/// What an id of EC2 looks like.
const DIGITS: &str = "ids have 17 hexadecimal digits, old ones 8";

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    for replica in &spec.replica {
        allow(spec, &replica.allow, found);
        ids(&replica.extra_security_groups, found);
    }
    default_vpc(spec, found);
    for replica in &spec.replica {
        if let Some(public) = replica.public.as_ref().filter(|public| ***public) {
            let title = format!("`{}` has a public address", *replica.name);
            found.push(is_public(public.span(), title));
        }
    }
    let Some(network) = &spec.network else { return };
    vpc_id(&network.vpc, found);
    allow(spec, &network.allow, found);
    ids(&network.extra_security_groups, found);
    if let Some(proxy) = &spec.proxy {
        ids(&proxy.security_groups, found);
    }
    subnets(spec, &network.subnets, found);
    if or(&network.public, false) {
        let span = super::place_or(&network.public, network.span());
        found.push(is_public(span, "the database has a public address".into()));
    }
    regions(spec, found);
}

fn is_public(span: Range<usize>, title: String) -> Diagnostic {
    Diagnostic::new("PGHA058", span, title)
        .label("reachable from the internet")
        .help("delete this line, and reach the database from within the VPC")
        .fix("false")
}

fn default_vpc(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let network = spec.network.as_ref();
    let vpc = network.and_then(|network| network.vpc.as_ref());
    if vpc.is_some_and(|vpc| **vpc != Vpc::Default) {
        return;
    }
    let header = network.map_or_else(|| spec.cluster.span(), |network| network.span());
    let span = vpc.map_or(header, Sp::span);
    found.push(
        Diagnostic::new("PGHA059", span, "the database lives in the default VPC")
            .label("its subnets are public, though the database is not")
            .help("write `vpc = { tag = { Name = \"…\" } }` and choose private subnets")
            .severity(Severity::Advice),
    );
}

fn allow(spec: &Spec, allow: &Maybe<Vec<Sp<String>>>, found: &mut Vec<Diagnostic>) {
    for word in allow.iter().flat_map(|list| list.iter()) {
        match word.as_str() {
            "self" => {}
            "app" if spec.groups() == Groups::Chain => {}
            "app" => found.push(
                Diagnostic::new("PGHA125", word.span(), "there is no group for applications")
                    .label("only with `security_groups = \"chain\"`")
                    .help("add `security_groups = \"chain\"` to [network]"),
            ),
            id if is_id("sg-", id) => {}
            id if is_id("sg-", &tidy(id)) => found.push(
                no_group(word)
                    .help(format!("write \"{}\"", tidy(id)))
                    .fix(format!("\"{}\"", tidy(id))),
            ),
            other if other.starts_with("pl-") || other.contains("/sg-") => {
                found.push(foreign(word));
            }
            // What begins as the id of a group is meant as one.
            id if tidy(id).starts_with("sg-") => {
                found.push(no_group(word).help("write an id such as \"sg-0123456789abcdef0\""));
            }
            cidr => range(word, cidr, found),
        }
    }
}

/// Rules of these kinds are EC2's and not pgha's: a group that has them can be joined.
fn foreign(word: &Sp<String>) -> Diagnostic {
    let (what, label) = match word.starts_with("pl-") {
        true => ("a prefix list", "not an address range"),
        false => ("a security group of another account", "not a group of this account"),
    };
    Diagnostic::new("PGHA125", word.span(), format!("`allow` takes no {}", &what[2..]))
        .label(label)
        .help(format!(
            "put {what} into the rules of a security group of your own, and name that in `extra_security_groups`"
        ))
}

fn range(word: &Sp<String>, cidr: &str, found: &mut Vec<Diagnostic>) {
    let parsed = cidr.split_once('/').and_then(|(address, bits)| {
        let address: IpAddr = address.parse().ok()?;
        let most: u8 = if address.is_ipv4() { 32 } else { 128 };
        bits.parse::<u8>().ok().filter(|bits| *bits <= most).map(|bits| (address, bits))
    });
    match parsed {
        None => {
            let diagnostic = Diagnostic::new(
                "PGHA125",
                word.span(),
                format!("`{cidr}` names nobody who could connect"),
            )
            .label("not an address range");
            let known = ["self", "app"];
            found.push(match (suggest::closest(cidr, &known), cidr.parse::<IpAddr>()) {
                (_, Ok(address)) => {
                    let bits = if address.is_ipv4() { 32 } else { 128 };
                    diagnostic.help(format!("write \"{cidr}/{bits}\"")).fix(format!("\"{cidr}/{bits}\""))
                }
                (Some(close), _) => {
                    diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
                }
                _ => diagnostic.help("write a range such as \"10.0.0.0/16\", a group such as \"sg-0123456789abcdef0\", or \"self\""),
            });
        }
        Some((_, 0)) => found.push(
            Diagnostic::new("PGHA060", word.span(), "everybody may connect")
                .label("the whole internet")
                .help("name the ranges or the security groups of your applications"),
        ),
        // No private range is as wide (<https://www.rfc-editor.org/rfc/rfc1918>).
        Some((address, bits)) if bits < if address.is_ipv4() { 8 } else { 7 } => found.push(
            Diagnostic::new("PGHA060", word.span(), "a large part of the internet may connect")
                .label("wider than any private range")
                .help("name the ranges or the security groups of your applications"),
        ),
        Some((address, bits)) => host_bits(word, address, bits, found),
    }
}

/// EC2 keeps `10.0.1.7/16` as `10.0.0.0/16`, which would look like a difference forever.
fn host_bits(word: &Sp<String>, address: IpAddr, bits: u8, found: &mut Vec<Diagnostic>) {
    let network = match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    };
    let canonical = format!("{network}/{bits}");
    if canonical != **word {
        found.push(
            Diagnostic::new(
                "PGHA125",
                word.span(),
                format!("EC2 keeps `{}` as `{canonical}`", **word),
            )
            .label("not the range's own address")
            .help(format!("write \"{canonical}\""))
            .fix(format!("\"{canonical}\"")),
        );
    }
}

fn ids(groups: &Maybe<Vec<Sp<String>>>, found: &mut Vec<Diagnostic>) {
    for id in groups.iter().flat_map(|list| list.iter()).filter(|id| !is_id("sg-", id)) {
        let tidy = tidy(id);
        found.push(match is_id("sg-", &tidy) {
            true => no_group(id).help(format!("write \"{tidy}\"")).fix(format!("\"{tidy}\"")),
            false => no_group(id).help("write an id such as \"sg-0123456789abcdef0\""),
        });
    }
}

fn no_group(id: &Sp<String>) -> Diagnostic {
    Diagnostic::new("PGHA125", id.span(), format!("`{}` is not the id of a security group", **id))
        .label("not an id")
        .note(DIGITS)
}

/// Ids of EC2 are 8 or, since 2016, 17 hexadecimal digits after their kind's prefix
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>,
/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateFirewall.html>).
fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|id| {
        matches!(id.len(), 8 | 17) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Finds what looks like the id of a VPC and is none.
fn vpc_id(vpc: &Maybe<Vpc>, found: &mut Vec<Diagnostic>) {
    let Some(vpc) = vpc else { return };
    let Vpc::Id(id) = &**vpc else { return };
    let tidy = tidy(id);
    if is_id("vpc-", id) {
        return;
    }
    let diagnostic =
        Diagnostic::new("PGHA125", vpc.span(), format!("`{id}` is not the id of a VPC"))
            .label("not an id")
            .note(DIGITS);
    found.push(match is_id("vpc-", &tidy) {
        true => diagnostic.help(format!("write \"{tidy}\"")).fix(format!("\"{tidy}\"")),
        false => diagnostic.help("write an id such as \"vpc-0123456789abcdef0\""),
    });
}

fn tidy(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}

/// Listed subnets can be counted: each is in one zone only (docs/aws/networks.md#zones-of-a-subnet,
/// docs/aws/clusters.md#zones).
fn subnets(spec: &Spec, subnets: &Maybe<SubnetChoice>, found: &mut Vec<Diagnostic>) {
    let least = if spec.is_cluster() { 3 } else { 2 };
    let Some(written) = subnets else { return };
    let SubnetChoice::Ids(ids) = &**written else { return };
    no_subnets(ids, found);
    // One that is listed twice is one.
    let different = ids.iter().collect::<BTreeSet<_>>().len();
    if different < least {
        found.push(
            Diagnostic::new(
                "PGHA033",
                written.span(),
                format!("{different} of {least} subnets are listed"),
            )
            .label(format!("needs {least} at least, each in another zone"))
            .help("list more subnets, or write \"all\""),
        );
    }
}

/// Finds what is listed among subnets and is none.
pub(super) fn no_subnets(ids: &[Sp<String>], found: &mut Vec<Diagnostic>) {
    for id in ids.iter().filter(|id| !is_id("subnet-", id)) {
        found.push(
            Diagnostic::new("PGHA125", id.span(), format!("`{}` is not the id of a subnet", **id))
                .label("not an id")
                .note(DIGITS)
                .help("write an id such as \"subnet-0123456789abcdef0\""),
        );
    }
}

fn regions(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(network) = &spec.network else { return };
    let used = spec.regions();
    for (name, own) in &network.regions {
        vpc_id(&own.vpc, found);
        allow(spec, &own.allow, found);
        ids(&own.extra_security_groups, found);
        subnets(spec, &own.subnets, found);
        if used.iter().skip(1).all(|region| region.as_str() != name.as_str()) {
            found.push(
                Diagnostic::new("PGHA123", name.span(), format!("nothing of this cluster is in {}", **name))
                    .label("has no effect")
                    .help("delete this section, or add a replica there; the home region is [network] itself"),
            );
        }
    }
    let by_id = network.vpc.as_ref().filter(|vpc| matches!(***vpc, Vpc::Id(_)));
    let Some(by_id) = by_id else { return };
    for region in used.iter().skip(1) {
        let own = network.regions.iter().find(|(name, _)| name.as_str() == region.as_str());
        if own.and_then(|(_, own)| own.vpc.as_ref()).is_none() {
            let alone =
                Diagnostic::new("PGHA042", by_id.span(), format!("this VPC is not in {region}"))
                    .label(format!("the replicas in {region} would use the default VPC there"))
                    .help(format!("add\n\n[network.regions.{region}]\nvpc = …"));
            found.push(unless_written(alone, &network.vpc));
        }
    }
}
