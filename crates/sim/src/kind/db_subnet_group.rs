//! DB subnet groups: two zones, one VPC, and zones in use stay
//! (docs/aws/networks.md#subnet-groups).

use std::collections::BTreeSet;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::DbSubnetGroup;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;
use pgha_resource::reference::Subnets;

use crate::account::Account;
use crate::change::Change;
use crate::execute::Outcome;
use crate::network;
use crate::network::Vpc;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;

/// The subnets a group has at most.
const MOST_SUBNETS: usize = 20;

pub(crate) fn create(
    account: &mut Account,
    key: &Address,
    to: &DbSubnetGroup,
    tags: &Tags,
) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    if key.name == "default" {
        return Err(bad_value("the name `default` is reserved"));
    }
    if to.description.as_deref().unwrap_or_default().is_empty() {
        return Err(bad_value("DBSubnetGroupDescription must be provided"));
    }
    let (vpc, _) = covered(account, key, to)?;
    let ids = Ids { arn: account.arn(key), vpc: Some(vpc.id), ..Ids::default() };
    Ok(account.insert(key, to.clone(), "available", tags, ids))
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    let sent = change.sent_within(&["description", "subnets"])?;
    let Some(thing) = account.get(key) else { return Err(missing(key.kind, &key.name)) };
    let (Resource::DbSubnetGroup(live), Resource::DbSubnetGroup(to)) = (&thing.resource, change.to)
    else {
        return Ok(());
    };
    if sent.contains(&"subnets") {
        let after = covered(account, key, to)?;
        // Whatever somebody else made of the group does not stand in the way of its repair.
        if covered(account, key, live).is_ok_and(|before| before.0.id != after.0.id) {
            return Err(refuse("InvalidSubnet", "the new subnets are not in the same VPC"));
        }
        let used = zones_in_use(account, key);
        if let Some(zone) = used.difference(&after.1).next() {
            let text = format!("{} is used by a database in {zone}", key.name);
            return Err(refuse("SubnetAlreadyInUse", text));
        }
    }
    account.merge(key, &sent, change.to);
    Ok(())
}

pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    if let Some(user) = users(account, key).next() {
        return Err(refuse(
            "InvalidDBSubnetGroupStateFault",
            format!("cannot delete {}: {} still uses it", key.name, account.address(user)),
        ));
    }
    account.remove(key);
    Ok(())
}

/// The databases in a group, until they are gone for good.
fn users<'a>(account: &'a Account, key: &'a Address) -> impl Iterator<Item = &'a Address> {
    let here = account.things.iter().filter(|(other, _)| other.region == key.region);
    here.filter(|(_, thing)| {
        let group = match &thing.resource {
            Resource::DbInstance(instance) => &instance.subnet_group,
            Resource::DbCluster(cluster) => &cluster.subnet_group,
            _ => &None,
        };
        group.as_ref().and_then(Ref::as_known) == Some(&key.name)
    })
    .map(|(other, _)| other)
}

fn zones_in_use(account: &Account, key: &Address) -> BTreeSet<String> {
    users(account, key)
        .filter_map(|user| account.get(user)?.database.as_ref())
        .flat_map(|database| database.zones.clone())
        .collect()
}

/// The VPC and the zones of a group's subnets.
fn covered(
    account: &Account,
    key: &Address,
    group: &DbSubnetGroup,
) -> Result<(Vpc, BTreeSet<String>), CallError> {
    let ids = match &group.subnets {
        Some(Subnets::Known(ids)) if !ids.is_empty() => ids,
        _ => return Err(bad_value("SubnetIds must be provided")),
    };
    if ids.len() > MOST_SUBNETS {
        return Err(refuse("DBSubnetQuotaExceededFault", "a group has at most 20 subnets"));
    }
    let vpc = network::vpc_of(account, &account.region(key), ids).map_err(|strangers| {
        let text = match strangers.is_empty() {
            true => "the subnets are in more than one VPC".to_string(),
            false => format!("there is no subnet {}", strangers.join(", ")),
        };
        refuse("InvalidSubnet", text)
    })?;
    let zones = vpc.zones(ids);
    if zones.len() < 2 {
        return Err(refuse(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "the subnets have to be in two availability zones at least",
        ));
    }
    Ok((vpc, zones))
}

/// The VPC and the zones of a group by name; `default` is the default VPC's own.
pub(crate) fn find(
    account: &Account,
    key: &Address,
    name: &str,
) -> Result<(Vpc, BTreeSet<String>), CallError> {
    if name == "default" {
        let vpc = network::default_vpc(&account.region(key));
        let zones = vpc.zones(&vpc.subnet_ids());
        return Ok((vpc, zones));
    }
    let group = account.beside(key, Kind::DbSubnetGroup, name);
    match account.get(&group).map(|thing| &thing.resource) {
        Some(Resource::DbSubnetGroup(subnets)) => covered(account, &group, subnets),
        _ => Err(missing(Kind::DbSubnetGroup, name)),
    }
}
