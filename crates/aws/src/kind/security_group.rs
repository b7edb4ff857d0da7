//! EC2 security groups and their rules.

mod rules;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use aws_sdk_ec2::types::Filter;
use aws_sdk_ec2::types::IpPermission;
use aws_sdk_ec2::types::ResourceType;
use aws_sdk_ec2::types::SecurityGroup as SdkGroup;
use aws_sdk_ec2::types::TagSpecification;
use futures_util::future::join3;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::Rule;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::live::Ids;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::ec2_tags;
use crate::mapping::reference;
use crate::mapping::text;
use crate::network::filter;
use crate::receipt::Outcome;
use crate::receipt::done;
use crate::receipt::id;
use crate::receipt::known_opt;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::tagging::ec2_list;

/// The wanted groups by name and, for a sweep, every group with the ownership tag. A name
/// is unique only within its VPC: where that is known, from the wanted group or else from
/// the region's network lookup, groups of that name in other VPCs are other groups.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let named = Filter::builder().name("group-name").set_values(Some(batch.names())).build();
    let tagged = filter(&format!("tag:{OWNER_TAG}"), &batch.scope.cluster);
    let (named, tagged, network) = join3(
        list(look, at, (!batch.wanted.is_empty()).then_some(named)),
        list(look, at, batch.sweep.then_some(tagged)),
        look.network(&batch.region),
    )
    .await;
    let vpc = match network {
        Some(NetworkSeen::Found(network)) => Some(network.vpc.as_str()),
        Some(NetworkSeen::NotFound(_) | NetworkSeen::Unread(_)) | None => None,
    };
    let mut findings = by_name(batch, named, vpc);
    match tagged {
        Ok(groups) => {
            for (name, live) in groups.iter().filter_map(from_sdk) {
                if !batch.wants(&name) {
                    findings.orphan(batch.address(&name), live);
                }
            }
        }
        Err(error) => findings.unswept.push(error),
    }
    findings
}

async fn list(
    look: &Look<'_>,
    at: &Regional,
    filter: Option<Filter>,
) -> Result<Vec<SdkGroup>, ReadError> {
    let Some(filter) = filter else { return Ok(Vec::new()) };
    let ask = |token| {
        let request = at.ec2.client.describe_security_groups().filters(filter.clone());
        request.set_next_token(token).send()
    };
    let pages =
        look.pages(&at.ec2, "DescribeSecurityGroups", ask, |page| page.next_token()).await?;
    Ok(pages.into_iter().flat_map(|page| page.security_groups.unwrap_or_default()).collect())
}

fn by_name(
    batch: &Batch<'_>,
    named: Result<Vec<SdkGroup>, ReadError>,
    lookup: Option<&str>,
) -> Findings {
    let mut groups = match named {
        Ok(groups) => groups,
        Err(error) => return Findings::unread(batch, &error),
    };
    // Of several that are meant, everybody sees the same one.
    groups.sort_by(|one, other| one.group_id().cmp(&other.group_id()));
    let mut found: BTreeMap<String, LiveResource> = BTreeMap::new();
    for group in &groups {
        let Some((name, live)) = from_sdk(group) else { continue };
        let vpc = vpc_of(batch, &name).or(lookup);
        if vpc.is_some() && vpc != group.vpc_id() {
            continue;
        }
        // Without a lookup, one of ours is meant rather than a stranger's.
        let better = found.get(&name).is_none_or(|other| !batch.owns(other));
        if better {
            found.insert(name, live);
        }
    }
    let mut findings = Findings::default();
    for name in batch.wanted.keys() {
        findings.insert(batch.address(name), Ok(found.remove(*name)));
    }
    findings
}

/// The VPC that a wanted group names.
fn vpc_of<'a>(batch: &Batch<'a>, name: &str) -> Option<&'a str> {
    match batch.wanted.get(name)? {
        Resource::SecurityGroup(group) => group.vpc.as_ref()?.as_known(),
        _ => None,
    }
}

fn from_sdk(sdk: &SdkGroup) -> Option<(String, LiveResource)> {
    let own = sdk.group_id().unwrap_or_default();
    let group = SecurityGroup {
        description: text(sdk.description()),
        vpc: reference(sdk.vpc_id()),
        ingress: Some(rules::from_sdk(sdk.ip_permissions(), own)),
        egress: Some(rules::from_sdk(sdk.ip_permissions_egress(), own)),
    };
    let mut live = LiveResource::new(group.into(), Status::ready());
    live.tags = Some(ec2_tags(sdk.tags()));
    live.ids =
        Ids { id: text(sdk.group_id()), arn: text(sdk.security_group_arn()), ..Ids::default() };
    Some((sdk.group_name()?.to_string(), live))
}

/// Makes a call on a group.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let ec2 = &at.ec2.client;
    match (call.operation, &call.action) {
        (Operation::CreateSecurityGroup, Action::Create { to, tags }) => {
            let Resource::SecurityGroup(to) = &**to else { return Err(mismatch(call)) };
            create(at, call, to, tags).await
        }
        (Operation::AuthorizeSecurityGroupIngress, Action::Update { from, to, .. }) => {
            let added = difference(call, ingress(to), ingress(from))?;
            let request = ec2.authorize_security_group_ingress().group_id(id(call)?);
            done(request.set_ip_permissions(Some(added)).send().await)
        }
        (Operation::RevokeSecurityGroupIngress, Action::Update { from, to, .. }) => {
            let removed = difference(call, ingress(from), ingress(to))?;
            let request = ec2.revoke_security_group_ingress().group_id(id(call)?);
            done(request.set_ip_permissions(Some(removed)).send().await)
        }
        (Operation::AuthorizeSecurityGroupEgress, Action::Update { from, to, .. }) => {
            let added = difference(call, egress(to), egress(from))?;
            let request = ec2.authorize_security_group_egress().group_id(id(call)?);
            done(request.set_ip_permissions(Some(added)).send().await)
        }
        (Operation::RevokeSecurityGroupEgress, Action::Update { from, to, .. }) => {
            let removed = difference(call, egress(from), egress(to))?;
            let request = ec2.revoke_security_group_egress().group_id(id(call)?);
            done(request.set_ip_permissions(Some(removed)).send().await)
        }
        (Operation::DeleteSecurityGroup, _) => {
            done(ec2.delete_security_group().group_id(id(call)?).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

async fn create(at: &Regional, call: &Call, to: &SecurityGroup, tags: &Tags) -> Outcome {
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::SecurityGroup)
        .set_tags(Some(ec2_list(tags)))
        .build();
    let request = at
        .ec2
        .client
        .create_security_group()
        .group_name(&call.address.name)
        .set_description(to.description.clone())
        .set_vpc_id(known_opt(call, to.vpc.as_ref())?)
        .tag_specifications(tags);
    receipt(request.send().await, |answer| Ids {
        id: text(answer.group_id()),
        arn: text(answer.security_group_arn()),
        ..Ids::default()
    })
}

fn ingress(resource: &Resource) -> Option<&BTreeSet<Rule>> {
    match resource {
        Resource::SecurityGroup(group) => group.ingress.as_ref(),
        _ => None,
    }
}

fn egress(resource: &Resource) -> Option<&BTreeSet<Rule>> {
    match resource {
        Resource::SecurityGroup(group) => group.egress.as_ref(),
        _ => None,
    }
}

/// The rules that the first has and the second has not.
fn difference(
    call: &Call,
    more: Option<&BTreeSet<Rule>>,
    less: Option<&BTreeSet<Rule>>,
) -> Result<Vec<IpPermission>, CallError> {
    let stays = |rule: &&Rule| less.is_some_and(|less| less.contains(*rule));
    let own = id(call)?;
    let rest = more.into_iter().flatten().filter(|rule| !stays(rule));
    rest.map(|rule| rules::to_sdk(call, rule, own)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::Tag;
    use pgha_resource::Kind;
    use pgha_resource::Region;
    use pgha_resource::Scope;
    use pgha_resource::kind::Peer;

    fn group(id: &str, vpc: &str, owner: &str) -> SdkGroup {
        SdkGroup::builder()
            .group_id(id)
            .group_name("orders-db")
            .vpc_id(vpc)
            .description("for orders")
            .tags(Tag::builder().key(OWNER_TAG).value(owner).build())
            .build()
    }

    #[track_caller]
    fn check_found(named: Option<&str>, lookup: Option<&str>, expected: Option<&str>) {
        let groups = vec![group("sg-1", "vpc-1", "billing"), group("sg-2", "vpc-2", "orders")];
        check_found_among(groups, named, lookup, expected);
    }

    #[track_caller]
    fn check_found_among(
        groups: Vec<SdkGroup>,
        named: Option<&str>,
        lookup: Option<&str>,
        expected: Option<&str>,
    ) {
        let home = Region::new("us-east-1");
        let scope = Scope { cluster: "orders".into(), account: None, home: home.clone() };
        let wanted =
            SecurityGroup { description: None, vpc: reference(named), ingress: None, egress: None };
        let wanted: Resource = wanted.into();
        let batch = Batch {
            scope: &scope,
            kind: Kind::SecurityGroup,
            region: home,
            wanted: BTreeMap::from([("orders-db", &wanted)]),
            sweep: false,
            strangers: false,
        };
        let findings = by_name(&batch, Ok(groups), lookup);
        let seen = findings.resources[&batch.address("orders-db")].present();
        assert_eq!(seen.and_then(|live| live.ids.id.as_deref()), expected);
    }

    #[test]
    fn a_name_is_looked_for_in_the_vpc_of_the_wanted_group_or_of_the_lookup() {
        check_found(None, Some("vpc-1"), Some("sg-1"));
        check_found(None, Some("vpc-2"), Some("sg-2"));
        check_found(None, Some("vpc-3"), None);
        check_found(None, None, Some("sg-2"));
        check_found(Some("vpc-1"), None, Some("sg-1"));
        check_found(Some("vpc-3"), None, None);
        check_found(Some("vpc-1"), Some("vpc-2"), Some("sg-1"));
    }

    /// Two runs that look for a lock in whichever VPC have to find the same one.
    #[test]
    fn of_several_groups_of_ours_the_first_is_found_in_whatever_order_they_come() {
        let ours = |number| group(&format!("sg-{number}"), &format!("vpc-{number}"), "orders");
        check_found_among(vec![ours(2), ours(3)], None, None, Some("sg-2"));
        check_found_among(vec![ours(3), ours(2)], None, None, Some("sg-2"));
    }

    #[test]
    fn a_group_is_read_with_its_rules() {
        let everything = IpPermission::builder()
            .ip_protocol("-1")
            .ip_ranges(aws_sdk_ec2::types::IpRange::builder().cidr_ip("0.0.0.0/0").build())
            .build();
        let mut sdk = group("sg-1", "vpc-1", "orders");
        sdk.ip_permissions_egress = Some(vec![everything]);
        let (name, live) = from_sdk(&sdk).unwrap();
        let expected = SecurityGroup {
            description: Some("for orders".into()),
            vpc: reference(Some("vpc-1")),
            ingress: Some(BTreeSet::new()),
            egress: Some(BTreeSet::from([Rule::everything(Peer::Cidr("0.0.0.0/0".into()))])),
        };
        assert_eq!((name.as_str(), live.resource), ("orders-db", expected.into()));
        assert_eq!(live.ids.id.as_deref(), Some("sg-1"));
    }
}
