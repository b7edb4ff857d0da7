//! Security groups: rules one by one, and who still uses a group
//! (docs/aws/networks.md#security-groups).

use std::collections::BTreeSet;

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::live::Ids;
use pgha_resource::live::Tags;

use crate::account::Account;
use crate::change::Change;
use crate::change::no_member;
use crate::execute::Outcome;
use crate::network;
use crate::refusal::bad_combination;
use crate::refusal::bad_value;
use crate::refusal::missing;
use crate::refusal::refuse;
use crate::refusal::taken;

/// Rules a group has at most in one direction.
const MOST_RULES: usize = 60;

pub(crate) fn create(
    account: &mut Account,
    key: &Address,
    to: &SecurityGroup,
    tags: &Tags,
) -> Outcome {
    if account.get(key).is_some() {
        return Err(taken(key));
    }
    let Some(description) = to.description.as_deref().filter(|text| !text.is_empty()) else {
        return Err(refuse("MissingParameter", "the request must contain GroupDescription"));
    };
    if description.len() > 255 {
        return Err(bad_value("GroupDescription has at most 255 characters"));
    }
    if to.ingress.is_some() || to.egress.is_some() {
        return Err(no_member(Operation::CreateSecurityGroup, "ingress and egress"));
    }
    let region = account.region(key);
    let vpc = match to.vpc.as_ref().and_then(Ref::as_known) {
        Some(id) => network::vpc(account, &region, id).ok_or_else(|| {
            refuse("InvalidVpcID.NotFound", format!("the VPC {id} does not exist in {region}"))
        })?,
        None => network::default_vpc(&region),
    };
    let group = SecurityGroup {
        description: Some(description.into()),
        vpc: Some(Ref::Known(vpc.id)),
        ingress: Some(BTreeSet::new()),
        egress: Some(BTreeSet::from([Rule::everything(Peer::Cidr("0.0.0.0/0".into()))])),
    };
    let id = account.new_ec2_id("sg", key);
    let partition = account.partition(key);
    let number = &account.number;
    let arn = format!("arn:{partition}:ec2:{region}:{number}:security-group/{id}");
    let ids = Ids { id: Some(id), arn: Some(arn), ..Ids::default() };
    Ok(account.insert(key, group, "available", tags, ids))
}

pub(crate) fn update(
    account: &mut Account,
    key: &Address,
    change: &Change<'_>,
) -> Result<(), CallError> {
    let (Resource::SecurityGroup(from), Resource::SecurityGroup(to)) = (change.from, change.to)
    else {
        return Ok(());
    };
    let (field, adds) = match change.operation {
        Operation::AuthorizeSecurityGroupIngress => ("ingress", true),
        Operation::RevokeSecurityGroupIngress => ("ingress", false),
        Operation::AuthorizeSecurityGroupEgress => ("egress", true),
        Operation::RevokeSecurityGroupEgress => ("egress", false),
        other => return Err(no_member(other, "security groups")),
    };
    change.sent_within(&[field])?;
    let rules = |group: &SecurityGroup| match field {
        "ingress" => group.ingress.clone().unwrap_or_default(),
        _ => group.egress.clone().unwrap_or_default(),
    };
    let id = id_of(account, key)?;
    let (from, to) = (normal(rules(from), &id), normal(rules(to), &id));
    let sent: Vec<Rule> = match adds {
        true => to.difference(&from).cloned().collect(),
        false => from.difference(&to).cloned().collect(),
    };
    let Some(Resource::SecurityGroup(live)) = account.get(key).map(|thing| &thing.resource) else {
        return Err(missing(key.kind, &key.name));
    };
    let mut next = rules(live);
    for rule in sent {
        if adds {
            check_rule(account, key, &rule)?;
        }
        match adds {
            true if !next.insert(rule.clone()) => {
                let text = format!("the rule {rule} already exists");
                return Err(refuse("InvalidPermission.Duplicate", text));
            }
            false if !next.remove(&rule) => {
                let text = format!("the rule {rule} does not exist");
                return Err(refuse("InvalidPermission.NotFound", text));
            }
            _ => {}
        }
    }
    if next.len() > MOST_RULES {
        return Err(refuse("RulesPerSecurityGroupLimitExceeded", "a group has at most 60 rules"));
    }
    let mut group = live.clone();
    match field {
        "ingress" => group.ingress = Some(next),
        _ => group.egress = Some(next),
    }
    account.merge(key, &[field], &group.into());
    Ok(())
}

/// A group that names itself is the same as `self`.
fn normal(rules: BTreeSet<Rule>, own: &str) -> BTreeSet<Rule> {
    let normal = |mut rule: Rule| {
        if matches!(&rule.peer, Peer::Group(group) if group.as_known() == Some(own)) {
            rule.peer = Peer::Itself;
        }
        rule
    };
    rules.into_iter().map(normal).collect()
}

fn check_rule(account: &Account, key: &Address, rule: &Rule) -> Result<(), CallError> {
    let every = rule.from_port == -1 && rule.to_port == -1;
    let ordered = 0 <= rule.from_port && rule.from_port <= rule.to_port && rule.to_port <= 65535;
    if !every && !ordered {
        return Err(bad_value(format!("{rule} has no valid range of ports")));
    }
    match &rule.peer {
        Peer::Cidr(cidr) if !network::is_range(cidr) => {
            Err(bad_value(format!("CIDR block {cidr} is malformed")))
        }
        Peer::Group(group) => {
            let id = group.as_known().unwrap_or_default();
            find(account, key, id).map(|_| ())
        }
        Peer::Cidr(_) | Peer::Itself => Ok(()),
    }
}

pub(crate) fn delete(account: &mut Account, key: &Address) -> Result<(), CallError> {
    let id = id_of(account, key)?;
    if let Some(user) = user_of(account, key, &id) {
        let text = format!("resource {id} has a dependent object: {user}");
        return Err(refuse("DependencyViolation", text));
    }
    account.remove(key);
    Ok(())
}

fn id_of(account: &Account, key: &Address) -> Result<String, CallError> {
    let thing = account.get(key).ok_or_else(|| missing(key.kind, &key.name))?;
    Ok(thing.ids.id.clone().unwrap_or_default())
}

/// Who uses a group: databases and proxies until they are gone for good, and the rules of
/// other groups.
fn user_of(account: &Account, key: &Address, id: &str) -> Option<String> {
    let here = account.things.iter().filter(|(other, _)| other.region == key.region);
    here.filter(|(other, _)| *other != key)
        .find(|(_, thing)| groups_used(&thing.resource).contains(id))
        .map(|(other, _)| account.address(other).to_string())
}

fn groups_used(resource: &Resource) -> BTreeSet<&str> {
    let groups = match resource {
        Resource::DbInstance(instance) => &instance.security_groups,
        Resource::DbCluster(cluster) => &cluster.security_groups,
        Resource::DbProxy(proxy) => &proxy.security_groups,
        Resource::DbProxyEndpoint(endpoint) => &endpoint.security_groups,
        Resource::SecurityGroup(group) => {
            let rules = group.ingress.iter().chain(&group.egress).flatten();
            return rules.filter_map(named_group).collect();
        }
        _ => &None,
    };
    groups.iter().flatten().filter_map(Ref::as_known).collect()
}

fn named_group(rule: &Rule) -> Option<&str> {
    match &rule.peer {
        Peer::Group(group) => group.as_known(),
        Peer::Cidr(_) | Peer::Itself => None,
    }
}

/// The VPC of a group, by its id, in the region of a key.
pub(crate) fn find(account: &Account, key: &Address, id: &str) -> Result<String, CallError> {
    let region = account.region(key);
    if let Some(vpc) =
        network::vpcs(account, &region).into_iter().find(|vpc| vpc.default_group == id)
    {
        return Ok(vpc.id);
    }
    let found = account
        .things
        .iter()
        .find(|(k, t)| k.region.as_ref() == Some(&region) && t.ids.id.as_deref() == Some(id));
    match found.map(|(_, thing)| &thing.resource) {
        Some(Resource::SecurityGroup(group)) => {
            Ok(group.vpc.as_ref().and_then(Ref::as_known).unwrap_or_default().into())
        }
        _ => Err(missing(Kind::SecurityGroup, id)),
    }
}

/// The groups that a member of a VPC has: the ones given, or the VPC's default one.
pub(crate) fn members_groups(
    account: &Account,
    key: &Address,
    vpc: &network::Vpc,
    given: Option<&BTreeSet<Ref>>,
) -> Result<BTreeSet<Ref>, CallError> {
    let Some(given) = given.filter(|groups| !groups.is_empty()) else {
        return Ok(BTreeSet::from([Ref::Known(vpc.default_group.clone())]));
    };
    for id in given.iter().filter_map(Ref::as_known) {
        if find(account, key, id)? != vpc.id {
            return Err(bad_combination(format!(
                "{} and the security group {id} are in different VPCs",
                key.name
            )));
        }
    }
    Ok(given.clone())
}

/// Whether members of `from` may open connections to a port of members of `to`, all in one
/// region and in a VPC with this address range.
pub(crate) fn lets_through(
    account: &Account,
    key: &Address,
    from: &BTreeSet<Ref>,
    to: &BTreeSet<Ref>,
    port: u16,
    cidr: &str,
) -> bool {
    let open = |rule: &Rule| {
        rule.from_port == -1 || (rule.from_port..=rule.to_port).contains(&i32::from(port))
    };
    let meets = |rule: &Rule, own: &str, others: &BTreeSet<Ref>| match &rule.peer {
        Peer::Cidr(range) => network::ranges_meet(range, cidr),
        Peer::Group(group) => others.contains(group),
        Peer::Itself => others.iter().any(|other| other.as_known() == Some(own)),
    };
    let any = |own: &BTreeSet<Ref>, others: &BTreeSet<Ref>, out: bool| {
        own.iter().filter_map(Ref::as_known).any(|id| {
            let (ingress, egress) = rules_of(account, key, id);
            let rules = if out { egress } else { ingress };
            rules.iter().any(|rule| open(rule) && meets(rule, id, others))
        })
    };
    any(from, to, true) && any(to, from, false)
}

fn rules_of(account: &Account, key: &Address, id: &str) -> (BTreeSet<Rule>, BTreeSet<Rule>) {
    let found = account
        .things
        .iter()
        .find(|(k, t)| k.region == key.region && t.ids.id.as_deref() == Some(id));
    match found.map(|(_, thing)| &thing.resource) {
        Some(Resource::SecurityGroup(group)) => {
            (group.ingress.clone().unwrap_or_default(), group.egress.clone().unwrap_or_default())
        }
        // A VPC's default group lets its own members in and everything out.
        _ => (
            BTreeSet::from([Rule::everything(Peer::Itself)]),
            BTreeSet::from([Rule::everything(Peer::Cidr("0.0.0.0/0".into()))]),
        ),
    }
}
