//! `[network]` to lookups, subnet groups and security groups in every region.

use std::collections::BTreeSet;
use std::ops::Range;

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;
use pgha_resource::kind::DbSubnetGroup;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::reference::Subnets;

use super::Build;
use super::NetworkChoice;
use crate::effective::PORT;
use crate::section::Spec;
use crate::section::network::Groups;
use crate::section::network::Network;
use crate::section::network::RegionNetwork;
use crate::section::network::SubnetChoice;
use crate::section::network::Vpc;
use crate::section::replica::Replica;
use crate::spanned::Maybe;
use crate::spanned::Sp;

pub(super) fn expand(build: &mut Build<'_>) {
    for region in build.spec.regions() {
        look_up(build, &region);
        subnet_group(build, &region);
        match build.spec.groups() {
            Groups::Single => single(build, &region),
            Groups::Chain => chain(build, &region),
            Groups::Given => {}
        }
    }
    for replica in &build.spec.replica {
        own_group(build, replica);
    }
}

/// The words of a region, its own before those of the home region.
struct Words<'a> {
    vpc: Option<&'a Sp<Vpc>>,
    subnets: Option<&'a Sp<SubnetChoice>>,
    allow: Option<&'a Sp<Vec<Sp<String>>>>,
    extra: Option<&'a Sp<Vec<Sp<String>>>>,
    header: Range<usize>,
}

fn words<'a>(spec: &'a Spec, region: &Region) -> Words<'a> {
    let Some(network) = &spec.network else {
        let header = spec.cluster.span();
        return Words { vpc: None, subnets: None, allow: None, extra: None, header };
    };
    if *region == spec.home() {
        return Words {
            vpc: network.vpc.as_ref(),
            subnets: network.subnets.as_ref(),
            allow: network.allow.as_ref(),
            extra: network.extra_security_groups.as_ref(),
            header: network.span(),
        };
    }
    let own = network.regions.iter().find(|(name, _)| name.as_str() == region.as_str());
    words_away(network, own)
}

/// Ids belong to one region, so another region inherits only words and tags.
fn words_away<'a>(
    network: &'a Sp<Network>,
    own: Option<(&'a Sp<String>, &'a RegionNetwork)>,
) -> Words<'a> {
    let vpc = own.and_then(|(_, own)| own.vpc.as_ref());
    let subnets = own.and_then(|(_, own)| own.subnets.as_ref());
    Words {
        vpc: vpc.or(network.vpc.as_ref().filter(|vpc| !matches!(***vpc, Vpc::Id(_)))),
        subnets: subnets
            .or(network.subnets.as_ref().filter(|s| !matches!(***s, SubnetChoice::Ids(_)))),
        allow: own.and_then(|(_, own)| own.allow.as_ref()).or(network.allow.as_ref()),
        extra: own.and_then(|(_, own)| own.extra_security_groups.as_ref()),
        header: own.map_or_else(|| network.span(), |(name, _)| name.span()),
    }
}

fn look_up(build: &mut Build<'_>, region: &Region) {
    let words = words(build.spec, region);
    let query = NetworkChoice {
        vpc: match words.vpc.map(|vpc| &**vpc) {
            None | Some(Vpc::Default) => VpcQuery::Default,
            Some(Vpc::Id(id)) => VpcQuery::Id(id.clone()),
            Some(Vpc::Tagged(tags)) => VpcQuery::Tagged(tags.clone()),
        },
        subnets: match words.subnets.map(|subnets| &**subnets) {
            None | Some(SubnetChoice::All) => SubnetQuery::All,
            Some(SubnetChoice::Ids(ids)) => {
                SubnetQuery::Ids(ids.iter().map(|id| id.to_string()).collect())
            }
            Some(SubnetChoice::Tagged(tags)) => SubnetQuery::Tagged(tags.clone()),
        },
    };
    build.look_up(region.clone(), words.header, query);
}

/// The VPC of a region.
fn vpc(spec: &Spec, region: &Region) -> Ref {
    match words(spec, region).vpc.map(|vpc| &**vpc) {
        Some(Vpc::Id(id)) => Ref::known(id),
        _ => Ref::Vpc(region.clone()),
    }
}

/// The subnets of a region.
pub(super) fn subnets(spec: &Spec, region: &Region) -> Subnets {
    match words(spec, region).subnets.map(|subnets| &**subnets) {
        Some(SubnetChoice::Ids(ids)) => {
            Subnets::Known(ids.iter().map(|id| id.to_string()).collect())
        }
        _ => Subnets::Of(region.clone()),
    }
}

fn subnet_group(build: &mut Build<'_>, region: &Region) {
    let words = words(build.spec, region);
    let (header, written) = (words.header, words.subnets.map(Sp::span));
    let group = DbSubnetGroup {
        description: Some(format!("{} databases", build.spec.cluster.name.as_str())),
        subnets: Some(subnets(build.spec, region)),
    };
    let address = build.address(Kind::DbSubnetGroup, "db", region);
    build.add(address, header, group).at("subnets", written);
}

/// One group for the database and the proxy. The proxy reaches the database as a member of
/// the same group, and always listens on 5432 (docs/aws/networks.md#groups-of-a-proxy).
fn single(build: &mut Build<'_>, region: &Region) {
    let spec = build.spec;
    let proxied = spec.proxy.is_some() && *region == build.home;
    let allowed = allowed(build, words(spec, region).allow, region);
    let mut ingress = rules(spec.port(), &allowed);
    if proxied {
        ingress.insert(Rule::tcp(spec.port(), Peer::Itself));
        ingress.extend(rules(PORT, &allowed));
    }
    group(build, region, "db", "the database", ingress);
}

/// A group each for the application, the proxy and the database. Without a proxy in the
/// region the application reaches the database itself.
fn chain(build: &mut Build<'_>, region: &Region) {
    let spec = build.spec;
    let member =
        |of: &str| Peer::Group(Ref::Of(build.address(Kind::SecurityGroup, of, region), Attr::Id));
    let proxied = spec.proxy.is_some() && *region == build.home;
    let (app, proxy) = (member("app"), member("proxy"));
    let mut allowed = allowed(build, words(spec, region).allow, region);
    allowed.insert(app);
    group(build, region, "app", "applications", BTreeSet::new());
    if proxied {
        allowed.remove(&Peer::Itself);
        group(build, region, "proxy", "the proxy", rules(PORT, &allowed));
        group(build, region, "db", "the database", rules(spec.port(), &BTreeSet::from([proxy])));
    } else {
        group(build, region, "db", "the database", rules(spec.port(), &allowed));
    }
}

fn group(build: &mut Build<'_>, region: &Region, name: &str, of: &str, ingress: BTreeSet<Rule>) {
    let words = words(build.spec, region);
    let written = words.allow.map(Sp::span);
    let resource = SecurityGroup {
        description: Some(format!("{} of {}", of, build.spec.cluster.name.as_str())),
        vpc: Some(vpc(build.spec, region)),
        ingress: Some(ingress),
        egress: None,
    };
    let vpc_written = words.vpc.map(Sp::span);
    let address = build.address(Kind::SecurityGroup, name, region);
    build.add(address, words.header, resource).at("ingress", written).at("vpc", vpc_written);
}

/// A group for those who may connect to one replica only.
fn own_group(build: &mut Build<'_>, replica: &Sp<Replica>) {
    let Some(allow) = &replica.allow else { return };
    let region = build.spec.region_of(replica);
    let ingress = rules(build.spec.port(), &allowed(build, Some(allow), &region));
    let resource = SecurityGroup {
        description: Some(format!("{}-{}", build.spec.cluster.name.as_str(), *replica.name)),
        vpc: Some(vpc(build.spec, &region)),
        ingress: Some(ingress),
        egress: None,
    };
    let address = build.address(Kind::SecurityGroup, &replica.name, &region);
    build.add(address, replica.span(), resource).at("ingress", Some(allow.span()));
}

fn rules(port: u16, allowed: &BTreeSet<Peer>) -> BTreeSet<Rule> {
    allowed.iter().map(|peer| Rule::tcp(port, peer.clone())).collect()
}

fn allowed(
    build: &Build<'_>,
    allow: Option<&Sp<Vec<Sp<String>>>>,
    region: &Region,
) -> BTreeSet<Peer> {
    let Some(allow) = allow else { return BTreeSet::from([Peer::Itself]) };
    let peer = |word: &Sp<String>| match word.as_str() {
        "self" => Peer::Itself,
        "app" => Peer::Group(Ref::Of(build.address(Kind::SecurityGroup, "app", region), Attr::Id)),
        id if id.starts_with("sg-") => Peer::Group(Ref::known(id)),
        cidr => Peer::Cidr(cidr.into()),
    };
    // A group of the home region is none elsewhere, so that one is not inherited.
    let at_home = build.spec.network.as_ref().and_then(|network| network.allow.as_ref());
    let inherited = *region != build.home && at_home.map(Sp::span) == Some(allow.span());
    allow.iter().filter(|word| !(inherited && word.starts_with("sg-"))).map(peer).collect()
}

fn known(ids: &Maybe<Vec<Sp<String>>>) -> impl Iterator<Item = Ref> + '_ {
    ids.iter().flat_map(|ids| ids.iter()).map(|id| Ref::known(id.as_str()))
}

/// The groups of every database in a region.
pub(super) fn database_groups(build: &Build<'_>, region: &Region) -> BTreeSet<Ref> {
    let has_own = build.spec.groups() != Groups::Given;
    let own = has_own.then(|| Ref::Of(build.address(Kind::SecurityGroup, "db", region), Attr::Id));
    let extra = words(build.spec, region).extra.into_iter().flat_map(|ids| ids.iter());
    own.into_iter().chain(extra.map(|id| Ref::known(id.as_str()))).collect()
}

/// The groups of a replica.
pub(super) fn replica_groups(build: &Build<'_>, replica: &Replica) -> BTreeSet<Ref> {
    let region = build.spec.region_of(replica);
    let own = replica
        .allow
        .as_ref()
        .map(|_| Ref::Of(build.address(Kind::SecurityGroup, &replica.name, &region), Attr::Id));
    let mut groups = database_groups(build, &region);
    groups.extend(own.into_iter().chain(known(&replica.extra_security_groups)));
    groups
}

/// The groups of the proxy.
pub(super) fn proxy_groups(build: &Build<'_>) -> BTreeSet<Ref> {
    let name = match build.spec.groups() {
        Groups::Single => "db",
        Groups::Chain => "proxy",
        Groups::Given => {
            let proxy = build.spec.proxy.as_ref();
            return proxy.into_iter().flat_map(|proxy| known(&proxy.security_groups)).collect();
        }
    };
    BTreeSet::from([Ref::Of(build.address(Kind::SecurityGroup, name, &build.home), Attr::Id)])
}

/// The subnet group of a region.
pub(super) fn subnet_group_address(build: &Build<'_>, region: &Region) -> Address {
    build.address(Kind::DbSubnetGroup, "db", region)
}
