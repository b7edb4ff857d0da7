//! Where databases are: subnets whose zones they use stay in their group, and dual stack takes
//! IPv6 in every subnet.

use std::collections::{BTreeMap, BTreeSet};

use pgha_resource::live::{NetworkSeen, Notice, Subnet};
use pgha_resource::reference::Subnets;
use pgha_resource::{Address, Desired, Kind, Live, LiveResource, Ref, Region, Resource};

use crate::classify::{Action, Item, Items};
use crate::compare::Refusal;
use crate::ha;
use crate::plan::{Blocked, Verb};
use crate::steps::is_database;

/// Blocks what RDS would refuse.
pub(crate) fn block(items: &mut Items, desired: &Desired, live: &Live) {
    stay_in_vpc(items);
    for (group, blocked) in groups_in_use(items, desired, live) {
        let Some(item) = items.get_mut(&group) else { continue };
        let Some(fields) = ha::take(item, "subnets") else { continue };
        item.found.refused.push(Refusal { fields, blocked });
    }
    for (address, item) in items.iter_mut() {
        let region = desired.scope.region_of(address);
        let Some(why) = no_dual_stack(item, subnets(live, region)) else { continue };
        let blocked = Blocked::Impossible { why };
        if item.appears() {
            item.action = Action::Blocked(Verb::Create, blocked);
        } else if let Some(fields) = ha::take(item, "network_type") {
            item.found.refused.push(Refusal { fields, blocked });
        }
    }
}

/// A database stays in its VPC, and what it is used with stays there with it: subnets of another
/// one are refused (RDS API, ModifyDBSubnetGroup: InvalidSubnet), and a proxy that is made anew
/// there reaches no database, while the old one is gone
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-planning.html>).
fn stay_in_vpc(items: &mut Items) {
    let lives = |region: &Option<Region>, items: &Items| {
        items.iter().any(|(address, item)| {
            is_database(address.kind) && address.region == *region && item.live.is_some()
        })
    };
    let moved: BTreeSet<Option<Region>> = items
        .iter()
        .filter(|(address, item)| address.kind == Kind::SecurityGroup && leaves_vpc(item))
        .map(|(address, _)| address.region.clone())
        .filter(|region| lives(region, items))
        .collect();
    let fields = ["subnets", "vpc"];
    let follows = |item: &Item| {
        let all = item.found.fields.iter().chain(&item.found.replaced);
        item.live.is_some() && all.map(|diff| diff.name).any(|name| fields.contains(&name))
    };
    for (address, item) in items.iter_mut().filter(|(address, _)| moved.contains(&address.region)) {
        let of_network =
            matches!(address.kind, Kind::DbSubnetGroup | Kind::DbProxy | Kind::DbProxyEndpoint);
        if of_network && follows(item) {
            let verb = if item.found.replaced.is_empty() { Verb::Modify } else { Verb::Replace };
            let why = "a database stays in its VPC, and so does what it is used with: set `vpc` and `subnets` back, or make another cluster there and move the data";
            item.action = Action::Blocked(verb, Blocked::Impossible { why: why.into() });
        }
    }
}

fn leaves_vpc(item: &Item) -> bool {
    let replaced = item.found.replaced.iter().map(|diff| diff.name);
    let refused = item.found.refused.iter().flat_map(|refusal| &refusal.fields);
    item.live.is_some() && replaced.chain(refused.map(|f| f.name.as_str())).any(|f| f == "vpc")
}

/// The subnets that a region's lookup selected; none where there was no answer.
fn subnets<'a>(live: &'a Live, region: &Region) -> BTreeMap<&'a str, &'a Subnet> {
    match live.networks.get(region) {
        Some(NetworkSeen::Found(network)) => {
            network.subnets.iter().map(|subnet| (subnet.id.as_str(), subnet)).collect()
        }
        Some(NetworkSeen::NotFound(_) | NetworkSeen::Unread(_)) | None => BTreeMap::new(),
    }
}

/// Groups that would lose the zone of a database, each with why that is not done (RDS API,
/// ModifyDBSubnetGroup: SubnetAlreadyInUse,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html>; ways
/// out: <https://aws.amazon.com/premiumsupport/knowledge-center/rds-db-subnet-group/>).
fn groups_in_use(items: &Items, desired: &Desired, live: &Live) -> Vec<(Address, Blocked)> {
    let groups = items.iter().filter(|(address, item)| {
        address.kind == Kind::DbSubnetGroup && item.stays() && item.changes("subnets")
    });
    let in_use = groups.filter_map(|(group, item)| {
        let kept = zones_of(item, &subnets(live, desired.scope.region_of(group)))?;
        let (user, zone, goes) = items.iter().find_map(|(user, item)| {
            let there = item.live.filter(|live| lives_in(user, live, group))?;
            let zone = zones(there).into_iter().find(|zone| !kept.contains(zone))?;
            Some((user.clone(), zone, item.goes_only()))
        })?;
        Some((group.clone(), loses(user, &zone, goes)))
    });
    in_use.collect()
}

fn loses(user: Address, zone: &str, goes: bool) -> Blocked {
    if goes {
        return Blocked::Waits { address: user };
    }
    let why = format!(
        "{user} runs in {zone}, where the group would have no subnet, and RDS takes no subnet away \
         that a database uses: keep a subnet of {zone}, or move the database first (with Multi-AZ \
         on, a reboot with failover, and Multi-AZ off again it ends up in the other zone)"
    );
    Blocked::Impossible { why }
}

/// The zones of the subnets that a group is to have, if all of them are known.
fn zones_of(group: &Item, known: &BTreeMap<&str, &Subnet>) -> Option<BTreeSet<String>> {
    match &group.resolved {
        Some(Resource::DbSubnetGroup(group)) => match &group.subnets {
            Some(Subnets::Known(ids)) => {
                ids.iter().map(|id| known.get(id.as_str()).map(|s| s.zone.clone())).collect()
            }
            _ => None,
        },
        _ => None,
    }
}

fn lives_in(user: &Address, live: &LiveResource, group: &Address) -> bool {
    let named = match &live.resource {
        Resource::DbInstance(instance) => instance.subnet_group.as_ref(),
        Resource::DbCluster(cluster) => cluster.subnet_group.as_ref(),
        _ => None,
    };
    is_database(user.kind)
        && user.region == group.region
        && named.and_then(Ref::as_known) == Some(&group.name)
}

/// The zones that a database runs in, a standby's and those of a cluster's members included.
fn zones(live: &LiveResource) -> BTreeSet<String> {
    let own = match &live.resource {
        Resource::DbInstance(instance) => instance.zone.clone(),
        _ => None,
    };
    let listed = live.notices.iter().filter_map(|notice| match notice {
        Notice::Zones(text) => Some(text.split(", ")),
        _ => None,
    });
    // `us-east-1a`, or with a member of a cluster: `us-east-1a (writer: …)`.
    let first = |text: &str| text.split(' ').next().unwrap_or_default().to_string();
    let listed = listed.flatten().map(first).filter(|zone| !zone.is_empty());
    own.into_iter().chain(listed).collect()
}

/// "To use dual-stack mode, make sure that each subnet in the DB subnet group that is associated
/// with the DB instance has an associated IPv6 CIDR block" (RDS guide, "Working with a DB instance
/// in a VPC",
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>).
fn no_dual_stack(item: &Item, subnets: BTreeMap<&str, &Subnet>) -> Option<String> {
    let wanted = match item.resolved.as_ref()? {
        Resource::DbInstance(instance) => instance.network_type.as_deref(),
        _ => None,
    };
    if wanted != Some("DUAL")
        || !(matches!(item.action, Action::Create) || item.changes("network_type"))
    {
        return None;
    }
    let bare: Vec<&str> = subnets
        .values()
        .filter(|subnet| subnet.ipv6 == Some(false))
        .map(|subnet| subnet.id.as_str())
        .collect();
    (!bare.is_empty()).then(|| {
        format!(
            "dual stack takes an IPv6 range in every subnet, and {} have none: associate ranges \
             with the VPC and with them (`aws ec2 associate-subnet-cidr-block`), or leave \
             `network_type` out",
            bare.join(", ")
        )
    })
}
