//! The networks of the account.
//!
//! Every region comes with a default VPC with a public subnet in each of three zones, and a VPC
//! `Name = main` with a private subnet (`tier = data`) and a public one (`tier = public`) in
//! each. Others can be made.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::IpAddr;

use pgha_resource::Region;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;
use pgha_resource::live::Network;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::Subnet;
use pgha_resource::live::Tags;
use serde::Deserialize;
use serde::Serialize;

use crate::account::Account;
use crate::habit::Habit;
use crate::ids::ec2_id;

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vpc {
    /// `vpc-…`.
    pub id: String,
    /// Its only address range.
    pub cidr: String,
    /// The region's default.
    pub is_default: bool,
    /// The security group that members get when they name none.
    pub default_group: String,
    tags: Tags,
    subnets: Vec<(Subnet, Tags)>,
}

impl Vpc {
    fn new(region: &Region, name: &str, cidr: &str, tiers: &[(&str, bool)]) -> Self {
        let id = |what: &str, prefix: &str| ec2_id(prefix, &format!("{region} {name} {what}"));
        let mut subnets = Vec::new();
        for (tier, public) in tiers {
            for zone in letters(region, name) {
                let subnet = Subnet {
                    id: id(&format!("{tier} {zone}"), "subnet"),
                    zone: format!("{region}{zone}"),
                    zone_id: Some(zone_id(region, *zone)),
                    public: Some(*public),
                    ipv6: Some(false),
                };
                let tags = match *tier {
                    "" => Tags::new(),
                    tier => Tags::from([("tier".into(), tier.into())]),
                };
                subnets.push((subnet, tags));
            }
        }
        let is_default = name == "default";
        let tags = match is_default {
            true => Tags::new(),
            false => Tags::from([("Name".into(), name.into())]),
        };
        let default_group = id("group", "sg");
        let (id, cidr) = (id("", "vpc"), cidr.to_string());
        Self { id, cidr, is_default, default_group, tags, subnets }
    }

    /// The zones of some of its subnets.
    pub fn zones(&self, of: &BTreeSet<String>) -> BTreeSet<String> {
        let chosen = self.subnets.iter().filter(|(subnet, _)| of.contains(&subnet.id));
        chosen.map(|(subnet, _)| subnet.zone.clone()).collect()
    }

    /// Those of some subnets in which RDS Proxy works.
    pub fn with_proxies(&self, of: &BTreeSet<String>) -> BTreeSet<String> {
        let works = |subnet: &Subnet| {
            let id = subnet.zone_id.as_deref().unwrap_or_default();
            !WITHOUT_PROXIES.contains(&id)
        };
        let chosen = self.subnets.iter().filter(|(s, _)| of.contains(&s.id) && works(s));
        chosen.map(|(subnet, _)| subnet.id.clone()).collect()
    }

    /// The ids of all its subnets.
    pub fn subnet_ids(&self) -> BTreeSet<String> {
        self.subnets.iter().map(|(subnet, _)| subnet.id.clone()).collect()
    }

    fn label(&self) -> String {
        match self.tags.is_empty() {
            true if self.is_default => format!("{} (the default)", self.id),
            true => self.id.clone(),
            false => format!("{} ({})", self.id, show(&self.tags)),
        }
    }
}

/// The zones of a region that a VPC has subnets in: a default VPC has one in each.
fn letters(region: &Region, vpc: &str) -> &'static [char] {
    match (region.as_str(), vpc) {
        ("us-east-1", "default") => &['a', 'b', 'c', 'd', 'e', 'f'],
        _ => &['a', 'b', 'c'],
    }
}

/// The id of a zone: `use1-az4`. Which letter is which place differs from account to account
/// (<https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html>).
fn zone_id(region: &Region, letter: char) -> String {
    let here = match (region.as_str(), letter) {
        ("us-east-1", 'a') => 4,
        ("us-east-1", 'b') => 6,
        ("us-east-1", 'c') => 1,
        ("us-east-1", 'd') => 2,
        ("us-east-1", 'e') => 3,
        ("us-east-1", 'f') => 5,
        ("us-west-1", 'a') => 3,
        ("us-west-1", 'b') => 1,
        ("us-west-1", 'c') => 2,
        (_, 'b') => 2,
        (_, 'c') => 3,
        _ => 1,
    };
    format!("{}-az{here}", abbreviation(region))
}

/// `us-east-1` is `use1`, `ap-southeast-2` is `apse2`.
fn abbreviation(region: &Region) -> String {
    let parts = region.as_str().split('-').enumerate();
    let short = |(n, part): (usize, &str)| match (n, part) {
        (0, area) => area.to_string(),
        (_, "northeast") => "ne".into(),
        (_, "northwest") => "nw".into(),
        (_, "southeast") => "se".into(),
        (_, "southwest") => "sw".into(),
        (_, other) => other.chars().take(1).collect(),
    };
    parts.map(short).collect()
}

/// Zones that RDS Proxy does not support (RDS guide, "Quotas and limitations for RDS Proxy").
const WITHOUT_PROXIES: [&str; 2] = ["use1-az3", "usw1-az2"];

/// Zones beyond the usual three.
const FURTHER: [char; 3] = ['d', 'e', 'f'];

/// What was made beside the networks that every region comes with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Made {
    /// VPCs, each with its region.
    vpcs: Vec<(Region, Vpc)>,
    /// Subnets of VPCs that were there, by the VPC's id.
    subnets: BTreeMap<String, Vec<(Subnet, Tags)>>,
}

/// The VPCs of a region, the default one first.
pub(crate) fn vpcs(account: &Account, region: &Region) -> Vec<Vpc> {
    let made = account.networks.vpcs.iter().filter(|(of, _)| of == region);
    let mut all = vec![
        default_vpc(region),
        Vpc::new(region, "main", "10.0.0.0/16", &[("data", false), ("public", true)]),
    ];
    all.extend(made.map(|(_, vpc)| vpc.clone()));
    for vpc in &mut all {
        vpc.subnets.extend(account.networks.subnets.get(&vpc.id).into_iter().flatten().cloned());
    }
    all
}

/// The default VPC of a region.
pub(crate) fn default_vpc(region: &Region) -> Vpc {
    Vpc::new(region, "default", "172.31.0.0/16", &[("", true)])
}

/// A VPC by its id.
pub(crate) fn vpc(account: &Account, region: &Region, id: &str) -> Option<Vpc> {
    vpcs(account, region).into_iter().find(|vpc| vpc.id == id)
}

/// Makes the VPC and the subnets that a lookup asks for, and says what; nothing where they are
/// there.
pub(crate) fn make(account: &mut Account, region: &Region, query: &NetworkQuery) -> Option<String> {
    if matches!(look_up(account, region, query), NetworkSeen::Found(_)) {
        return None;
    }
    let there = meant(&vpcs(account, region), &query.vpc).cloned();
    let (label, id) = match there {
        Some(vpc) => (vpc.label(), vpc.id),
        None => {
            let vpc = made(account, region, &query.vpc);
            account.networks.vpcs.push((region.clone(), vpc.clone()));
            (vpc.label(), vpc.id)
        }
    };
    let subnets = made_subnets(region, &id, &query.subnets);
    let ids: Vec<String> = subnets.iter().map(|(subnet, _)| subnet.id.clone()).collect();
    account.networks.subnets.entry(id).or_default().extend(subnets);
    Some(format!("{region}: {label} has {}", ids.join(", ")))
}

fn made(account: &Account, region: &Region, query: &VpcQuery) -> Vpc {
    let number = account.networks.vpcs.len() + 1;
    let mut vpc = Vpc::new(region, &format!("made-{number}"), &format!("10.{number}.0.0/16"), &[]);
    match query {
        VpcQuery::Default => {}
        VpcQuery::Id(id) => {
            vpc.id.clone_from(id);
            vpc.tags.clear();
        }
        VpcQuery::Tagged(tags) => vpc.tags.clone_from(tags),
    }
    vpc
}

/// A private subnet in each of three zones, or in turn those whose ids are asked for.
fn made_subnets(region: &Region, vpc: &str, query: &SubnetQuery) -> Vec<(Subnet, Tags)> {
    let zones = ['a', 'b', 'c'];
    let (ids, tags): (Vec<String>, Tags) = match query {
        SubnetQuery::Ids(ids) => (ids.iter().cloned().collect(), Tags::new()),
        SubnetQuery::All => (made_ids(vpc, "", &zones), Tags::new()),
        SubnetQuery::Tagged(tags) => (made_ids(vpc, &show(tags), &zones), tags.clone()),
    };
    let subnet = |(id, letter): (String, char)| Subnet {
        id,
        zone: format!("{region}{letter}"),
        zone_id: Some(zone_id(region, letter)),
        public: Some(false),
        ipv6: Some(false),
    };
    let placed = ids.into_iter().zip(zones.into_iter().cycle());
    placed.map(|placed| (subnet(placed), tags.clone())).collect()
}

fn made_ids(vpc: &str, what: &str, zones: &[char]) -> Vec<String> {
    zones.iter().map(|zone| ec2_id("subnet", &format!("{vpc} {what} {zone}"))).collect()
}

/// The VPC that all of these subnets are in; the subnets that are in none, otherwise.
pub(crate) fn vpc_of(
    account: &Account,
    region: &Region,
    subnets: &BTreeSet<String>,
) -> Result<Vpc, Vec<String>> {
    let homes = vpcs(account, region);
    let home = homes.iter().find(|vpc| subnets.is_subset(&vpc.subnet_ids()));
    match home {
        Some(vpc) => Ok(vpc.clone()),
        None => {
            let known: BTreeSet<_> = homes.iter().flat_map(Vpc::subnet_ids).collect();
            Err(subnets.difference(&known).cloned().collect())
        }
    }
}

/// Answers a lookup; what is not found says what there is. Subnets in the further zones of a
/// region are there for an account that has the habit.
pub(crate) fn look_up(account: &Account, region: &Region, query: &NetworkQuery) -> NetworkSeen {
    let all = vpcs(account, region);
    let crowded = account.does(Habit::ProxyZones);
    let Some(vpc) = meant(&all, &query.vpc) else {
        let there: Vec<_> = all.iter().map(Vpc::label).collect();
        return NetworkSeen::NotFound(format!(
            "no VPC in {region} {}; there are {}",
            describe_vpc(&query.vpc),
            there.join(" and ")
        ));
    };
    match choose(vpc, &query.subnets, crowded) {
        Ok(subnets) => NetworkSeen::Found(Network {
            vpc: vpc.id.clone(),
            cidrs: BTreeSet::from([vpc.cidr.clone()]),
            subnets,
        }),
        Err(why) => NetworkSeen::NotFound(why),
    }
}

/// The VPC that a query means.
fn meant<'a>(all: &'a [Vpc], query: &VpcQuery) -> Option<&'a Vpc> {
    all.iter().find(|vpc| match query {
        VpcQuery::Default => vpc.is_default,
        VpcQuery::Id(id) => vpc.id == *id,
        VpcQuery::Tagged(tags) => has_all(&vpc.tags, tags),
    })
}

fn choose(vpc: &Vpc, query: &SubnetQuery, crowded: bool) -> Result<BTreeSet<Subnet>, String> {
    let chosen: BTreeSet<Subnet> = vpc
        .subnets
        .iter()
        .filter(|(subnet, tags)| match query {
            SubnetQuery::All => crowded || !subnet.zone.ends_with(FURTHER),
            SubnetQuery::Ids(ids) => ids.contains(&subnet.id),
            SubnetQuery::Tagged(wanted) => has_all(tags, wanted),
        })
        .map(|(subnet, _)| subnet.clone())
        .collect();
    match query {
        SubnetQuery::Ids(ids) => {
            let strangers: Vec<_> =
                ids.iter().filter(|id| chosen.iter().all(|s| s.id != **id)).cloned().collect();
            match strangers.is_empty() {
                true => Ok(chosen),
                false => Err(format!("{} is not in {}", strangers.join(", "), vpc.label())),
            }
        }
        SubnetQuery::Tagged(tags) if chosen.is_empty() => Err(format!(
            "no subnet of {} is tagged {}; the values of `tier` there are {}",
            vpc.label(),
            show(tags),
            tiers(vpc)
        )),
        SubnetQuery::All | SubnetQuery::Tagged(_) => Ok(chosen),
    }
}

fn tiers(vpc: &Vpc) -> String {
    let tiers: BTreeSet<_> =
        vpc.subnets.iter().filter_map(|(_, tags)| tags.get("tier").map(String::as_str)).collect();
    match tiers.is_empty() {
        true => "none".into(),
        false => tiers.into_iter().collect::<Vec<_>>().join(", "),
    }
}

fn describe_vpc(query: &VpcQuery) -> String {
    match query {
        VpcQuery::Default => "is the default".into(),
        VpcQuery::Id(id) => format!("has the id {id}"),
        VpcQuery::Tagged(tags) => format!("is tagged {}", show(tags)),
    }
}

fn show(tags: &Tags) -> String {
    tags.iter().map(|(k, v)| format!("{k} = {v}")).collect::<Vec<_>>().join(", ")
}

fn has_all(tags: &Tags, wanted: &Tags) -> bool {
    wanted.iter().all(|(key, value)| tags.get(key) == Some(value))
}

/// An address range as a number of leading bits; `None` for what is no range.
fn range(cidr: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = cidr.split_once('/')?;
    let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?);
    let widest = if address.is_ipv4() { 32 } else { 128 };
    (bits <= widest).then_some((address, bits))
}

/// Whether a text is an address range.
pub(crate) fn is_range(cidr: &str) -> bool {
    range(cidr).is_some()
}

/// Whether two IPv4 ranges have an address in common.
pub(crate) fn ranges_meet(one: &str, other: &str) -> bool {
    let (Some((IpAddr::V4(a), x)), Some((IpAddr::V4(b), y))) = (range(one), range(other)) else {
        return false;
    };
    let host_bits = 32 - u32::from(x.min(y));
    let prefix = |address: u32| u64::from(address) >> host_bits;
    prefix(a.to_bits()) == prefix(b.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgha_resource::desired::Origin;

    #[track_caller]
    fn look(vpc: VpcQuery, subnets: SubnetQuery) -> NetworkSeen {
        let origin = Origin { file: "cluster.toml".into(), line: 1, column: 1 };
        look_up(
            &Account::fresh(),
            &Region::new("us-east-1"),
            &NetworkQuery { vpc, subnets, origin },
        )
    }

    fn tagged(key: &str, value: &str) -> Tags {
        Tags::from([(key.to_string(), value.to_string())])
    }

    #[test]
    fn the_private_subnets_are_found_by_tag_in_three_zones() {
        let query = SubnetQuery::Tagged(tagged("tier", "data"));
        let NetworkSeen::Found(found) = look(VpcQuery::Tagged(tagged("Name", "main")), query)
        else {
            panic!("not found");
        };
        assert_eq!(found.cidrs, BTreeSet::from(["10.0.0.0/16".to_string()]));
        let zones: BTreeSet<_> = found.subnets.iter().map(|s| s.zone.as_str()).collect();
        assert_eq!(zones, BTreeSet::from(["us-east-1a", "us-east-1b", "us-east-1c"]));
        assert!(found.subnets.iter().all(|subnet| subnet.public == Some(false)));
    }

    #[test]
    fn what_is_not_found_says_what_there_is() {
        let NetworkSeen::NotFound(text) =
            look(VpcQuery::Tagged(tagged("Name", "mian")), SubnetQuery::All)
        else {
            panic!("found");
        };
        assert!(text.contains("tagged Name = mian") && text.contains("Name = main"), "{text}");
        let query = SubnetQuery::Tagged(tagged("tier", "db"));
        let NetworkSeen::NotFound(text) = look(VpcQuery::Tagged(tagged("Name", "main")), query)
        else {
            panic!("found");
        };
        assert!(text.contains("data, public"), "{text}");
    }

    #[test]
    fn what_a_spec_asks_for_can_be_made() {
        let origin = Origin { file: "cluster.toml".into(), line: 1, column: 1 };
        let region = Region::new("eu-west-1");
        let ids = |ids: &[&str]| SubnetQuery::Ids(ids.iter().map(|id| id.to_string()).collect());
        let asked = [
            (VpcQuery::Tagged(tagged("Name", "shop")), SubnetQuery::Tagged(tagged("tier", "db"))),
            (VpcQuery::Tagged(tagged("Name", "shop")), SubnetQuery::Tagged(tagged("tier", "web"))),
            (VpcQuery::Tagged(tagged("Name", "main")), SubnetQuery::Tagged(tagged("tier", "db"))),
            (VpcQuery::Id("vpc-0123".into()), ids(&["subnet-01", "subnet-02"])),
            (VpcQuery::Default, SubnetQuery::Tagged(tagged("tier", "data"))),
        ];
        let mut account = Account::fresh();
        for (vpc, subnets) in asked {
            let query = NetworkQuery { vpc, subnets, origin: origin.clone() };
            assert!(make(&mut account, &region, &query).is_some(), "{query:?}");
            let NetworkSeen::Found(found) = look_up(&account, &region, &query) else {
                panic!("{query:?}")
            };
            let zones: BTreeSet<_> = found.subnets.iter().map(|s| s.zone.as_str()).collect();
            assert!(zones.len() >= 2, "{query:?}");
            assert_eq!(make(&mut account, &region, &query), None);
        }
        let elsewhere = vpcs(&account, &Region::new("us-east-1"));
        assert_eq!(elsewhere.len(), 2);
    }

    #[test]
    fn zone_ids_are_written_as_aws_writes_them() {
        let id = |region: &str, letter| zone_id(&Region::new(region), letter);
        assert_eq!(id("us-east-1", 'e'), "use1-az3");
        assert_eq!(id("us-west-1", 'c'), "usw1-az2");
        assert_eq!(id("ap-southeast-2", 'a'), "apse2-az1");
        assert_eq!(id("us-gov-west-1", 'b'), "usgw1-az2");
        assert_eq!(id("eu-central-1", 'c'), "euc1-az3");
    }

    #[test]
    fn ranges_meet_when_one_holds_the_other() {
        assert!(ranges_meet("10.0.0.0/16", "10.0.3.0/24"));
        assert!(ranges_meet("0.0.0.0/0", "10.0.0.0/16"));
        assert!(!ranges_meet("10.0.0.0/16", "172.31.0.0/16"));
        assert!(!is_range("10.0.0.0") && !is_range("10.0.0.0/33"));
    }
}
