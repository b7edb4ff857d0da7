//! The network lookup: one VPC, and those of its subnets that the spec means.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::Filter;
use aws_sdk_ec2::types::RouteTable;
use aws_sdk_ec2::types::Subnet as SdkSubnet;
use aws_sdk_ec2::types::SubnetCidrBlockStateCode;
use aws_sdk_ec2::types::SubnetIpv6CidrBlockAssociation;
use aws_sdk_ec2::types::Vpc;
use futures_util::future::OptionFuture;
use futures_util::future::join;
use pgha_resource::Region;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;
use pgha_resource::live::Network;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::ReadError;
use pgha_resource::live::Subnet;
use pgha_resource::live::Tags;

use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::ec2_tags;

/// Makes a region's lookup. With the VPC's id in the spec everything is asked at once.
pub(crate) async fn read(look: &Look<'_>, region: &Region, query: &NetworkQuery) -> NetworkSeen {
    match try_read(look, region, query).await {
        Ok(Ok(network)) => NetworkSeen::Found(network),
        Ok(Err(why)) => NetworkSeen::NotFound(why),
        Err(error) => NetworkSeen::Unread(error),
    }
}

async fn try_read(
    look: &Look<'_>,
    region: &Region,
    query: &NetworkQuery,
) -> Result<Result<Network, String>, ReadError> {
    let at = look.at(region)?;
    let early = match &query.vpc {
        VpcQuery::Id(id) => Some(inside(look, at, id)),
        VpcQuery::Default | VpcQuery::Tagged(_) => None,
    };
    let (vpcs, early) = join(vpcs(look, at, &query.vpc), OptionFuture::from(early)).await;
    let found = vpcs?;
    if found.is_empty() {
        // Who cannot see what there is has to guess what to write.
        let there = list(look, at, Vec::new()).await.unwrap_or_default();
        return Ok(Err(none(&query.vpc, region, &there)));
    }
    let vpc = match only_one(found, &query.vpc, region) {
        Ok(vpc) => vpc,
        Err(why) => return Ok(Err(why)),
    };
    let id = vpc.vpc_id().unwrap_or_default().to_string();
    let (subnets, tables) = match early {
        Some(early) => early,
        None => inside(look, at, &id).await,
    };
    Ok(selected(&subnets?, tables.ok().as_deref(), &query.subnets, &id).map(|subnets| Network {
        cidrs: cidrs(&vpc),
        vpc: id,
        subnets,
    }))
}

async fn vpcs(look: &Look<'_>, at: &Regional, query: &VpcQuery) -> Result<Vec<Vpc>, ReadError> {
    let filters = match query {
        VpcQuery::Default => vec![filter("is-default", "true")],
        // As a filter an unknown id is an empty answer, not an error.
        VpcQuery::Id(id) => vec![filter("vpc-id", id)],
        VpcQuery::Tagged(tags) => {
            tags.iter().map(|(k, v)| filter(&format!("tag:{k}"), v)).collect()
        }
    };
    list(look, at, filters).await
}

/// The VPCs that pass all filters.
async fn list(look: &Look<'_>, at: &Regional, filters: Vec<Filter>) -> Result<Vec<Vpc>, ReadError> {
    let ask = |token| {
        let request = at.ec2.client.describe_vpcs().set_filters(Some(filters.clone()));
        request.set_next_token(token).send()
    };
    let pages = look.pages(&at.ec2, "DescribeVpcs", ask, |page| page.next_token()).await?;
    Ok(pages.into_iter().flat_map(|page| page.vpcs.unwrap_or_default()).collect())
}

type Inside = (Result<Vec<SdkSubnet>, ReadError>, Result<Vec<RouteTable>, ReadError>);

/// The subnets and, where they may be read, the route tables of a VPC.
async fn inside(look: &Look<'_>, at: &Regional, vpc: &str) -> Inside {
    join(subnets(look, at, vpc), route_tables(look, at, vpc)).await
}

async fn subnets(look: &Look<'_>, at: &Regional, vpc: &str) -> Result<Vec<SdkSubnet>, ReadError> {
    let ask = |token| {
        let request = at.ec2.client.describe_subnets().filters(filter("vpc-id", vpc));
        request.set_next_token(token).send()
    };
    let pages = look.pages(&at.ec2, "DescribeSubnets", ask, |page| page.next_token()).await?;
    Ok(pages.into_iter().flat_map(|page| page.subnets.unwrap_or_default()).collect())
}

async fn route_tables(
    look: &Look<'_>,
    at: &Regional,
    vpc: &str,
) -> Result<Vec<RouteTable>, ReadError> {
    let ask = |token| {
        let request = at.ec2.client.describe_route_tables().filters(filter("vpc-id", vpc));
        request.set_next_token(token).send()
    };
    let pages = look.pages(&at.ec2, "DescribeRouteTables", ask, |page| page.next_token()).await?;
    Ok(pages.into_iter().flat_map(|page| page.route_tables.unwrap_or_default()).collect())
}

/// A filter with one value.
pub(crate) fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

fn only_one(mut vpcs: Vec<Vpc>, query: &VpcQuery, region: &Region) -> Result<Vpc, String> {
    if vpcs.len() == 1 {
        return Ok(vpcs.remove(0));
    }
    let ids: Vec<&str> = vpcs.iter().filter_map(|vpc| vpc.vpc_id()).collect();
    Err(format!("{region} has more than one {}: {}", what(query), ids.join(", ")))
}

fn what(query: &VpcQuery) -> String {
    match query {
        VpcQuery::Default => "default VPC".to_string(),
        VpcQuery::Id(id) => id.clone(),
        VpcQuery::Tagged(tags) => format!("VPC with {}", written(tags)),
    }
}

/// More VPCs than this are counted.
const SHOWN: usize = 8;

/// That there is no such VPC, and what there is in its place.
fn none(query: &VpcQuery, region: &Region, there: &[Vpc]) -> String {
    let keys: Vec<&str> = match query {
        VpcQuery::Tagged(tags) => tags.keys().map(String::as_str).collect(),
        VpcQuery::Default | VpcQuery::Id(_) => Vec::new(),
    };
    let shown: Vec<String> = there.iter().take(SHOWN).map(|vpc| label(vpc, &keys)).collect();
    let more = match there.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match shown.is_empty() {
        true => format!("{region} has no {}", what(query)),
        false => format!("{region} has no {}; there is {}{more}", what(query), shown.join(", ")),
    }
}

/// `vpc-1 (Name = main)`, with the tags that were asked about, or its name.
fn label(vpc: &Vpc, keys: &[&str]) -> String {
    let tags = ec2_tags(vpc.tags());
    let mut told: Vec<String> = tags
        .iter()
        .filter(|(key, _)| {
            *key == "Name" || keys.iter().any(|asked| asked.eq_ignore_ascii_case(key))
        })
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    told.extend((vpc.is_default() == Some(true)).then(|| "the default".to_string()));
    let id = vpc.vpc_id().unwrap_or_default();
    match told.is_empty() {
        true => id.to_string(),
        false => format!("{id} ({})", told.join(", ")),
    }
}

/// The values that the subnets of a VPC have under the keys that were asked about.
fn values(subnets: &[SdkSubnet], asked: &Tags) -> String {
    let all: BTreeSet<(String, String)> =
        subnets.iter().flat_map(|subnet| ec2_tags(subnet.tags())).collect();
    let known: Vec<String> = asked
        .keys()
        .map(|key| {
            let same = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(key);
            let found: Vec<String> =
                all.iter().filter(same).map(|(key, value)| format!("{key} = {value}")).collect();
            match found.is_empty() {
                true => format!("none has the tag {key}"),
                false => format!("there is {}", found.join(", ")),
            }
        })
        .collect();
    known.join("; ")
}

fn selected(
    subnets: &[SdkSubnet],
    tables: Option<&[RouteTable]>,
    query: &SubnetQuery,
    vpc: &str,
) -> Result<BTreeSet<Subnet>, String> {
    let meant = |subnet: &&SdkSubnet| match query {
        SubnetQuery::All => true,
        SubnetQuery::Ids(ids) => subnet.subnet_id().is_some_and(|id| ids.contains(id)),
        SubnetQuery::Tagged(tags) => {
            let has = ec2_tags(subnet.tags());
            tags.iter().all(|(key, value)| has.get(key) == Some(value))
        }
    };
    let found: BTreeSet<Subnet> =
        subnets.iter().filter(meant).filter_map(|subnet| from_sdk(subnet, tables)).collect();
    match query {
        SubnetQuery::Ids(ids) if ids.len() > found.len() => {
            let missing: Vec<&str> = ids
                .iter()
                .filter(|id| found.iter().all(|subnet| subnet.id != **id))
                .map(String::as_str)
                .collect();
            Err(format!("{vpc} has no subnet {}", missing.join(", ")))
        }
        SubnetQuery::Tagged(tags) if found.is_empty() => {
            Err(format!("{vpc} has no subnet with {}; {}", written(tags), values(subnets, tags)))
        }
        _ if found.is_empty() => Err(format!("{vpc} has no subnets")),
        _ => Ok(found),
    }
}

fn from_sdk(subnet: &SdkSubnet, tables: Option<&[RouteTable]>) -> Option<Subnet> {
    let id = subnet.subnet_id()?.to_string();
    let zone = subnet.availability_zone().unwrap_or_default().to_string();
    let public = tables.map(|tables| is_public(&id, tables));
    let zone_id = subnet.availability_zone_id().map(str::to_string);
    let ipv6 = Some(subnet.ipv6_cidr_block_association_set().iter().any(is_associated));
    Some(Subnet { id, zone, zone_id, public, ipv6 })
}

/// A range that is being taken away, or could not be given, is none (EC2 API,
/// SubnetCidrBlockState).
fn is_associated(range: &SubnetIpv6CidrBlockAssociation) -> bool {
    let state = range.ipv6_cidr_block_state().and_then(|state| state.state());
    matches!(
        state,
        Some(SubnetCidrBlockStateCode::Associated | SubnetCidrBlockStateCode::Associating)
    )
}

/// A subnet is public when its route table, or the VPC's main one if it has none of its
/// own, leads to an internet gateway (VPC guide, "Subnet types").
fn is_public(subnet: &str, tables: &[RouteTable]) -> bool {
    let own = tables
        .iter()
        .find(|table| table.associations().iter().any(|a| a.subnet_id() == Some(subnet)));
    let main =
        || tables.iter().find(|table| table.associations().iter().any(|a| a.main() == Some(true)));
    own.or_else(main).is_some_and(|table| {
        table.routes().iter().any(|r| r.gateway_id().is_some_and(|id| id.starts_with("igw-")))
    })
}

fn cidrs(vpc: &Vpc) -> BTreeSet<String> {
    let v4 = vpc.cidr_block_association_set().iter().filter_map(|a| a.cidr_block());
    let v6 = vpc.ipv6_cidr_block_association_set().iter().filter_map(|a| a.ipv6_cidr_block());
    vpc.cidr_block().into_iter().chain(v4).chain(v6).map(str::to_string).collect()
}

fn written(tags: &Tags) -> String {
    let words: Vec<String> = tags.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::Route;
    use aws_sdk_ec2::types::RouteTableAssociation;
    use aws_sdk_ec2::types::Tag;

    fn subnet(id: &str, tier: &str) -> SdkSubnet {
        let tag = Tag::builder().key("tier").value(tier).build();
        SdkSubnet::builder().subnet_id(id).availability_zone("us-east-1a").tags(tag).build()
    }

    fn table(association: RouteTableAssociation, gateway: &str) -> RouteTable {
        let route = Route::builder().gateway_id(gateway).build();
        RouteTable::builder().associations(association).routes(route).build()
    }

    #[track_caller]
    fn check_selected(query: SubnetQuery, expected: Result<&[(&str, Option<bool>)], &str>) {
        let subnets = [subnet("subnet-1", "data"), subnet("subnet-2", "web")];
        let main = RouteTableAssociation::builder().main(true).build();
        let own = RouteTableAssociation::builder().subnet_id("subnet-2").build();
        let tables = [table(main, "local"), table(own, "igw-1")];
        let found = selected(&subnets, Some(&tables), &query, "vpc-1").map(|found| {
            found.into_iter().map(|subnet| (subnet.id, subnet.public)).collect::<Vec<_>>()
        });
        let expected = expected
            .map(|e| e.iter().map(|(id, public)| (id.to_string(), *public)).collect::<Vec<_>>());
        assert_eq!(found, expected.map_err(str::to_string));
    }

    #[test]
    fn subnets_are_selected_and_told_public_from_private() {
        let tags = |tier: &str| Tags::from([("tier".to_string(), tier.to_string())]);
        let both = [("subnet-1", Some(false)), ("subnet-2", Some(true))];
        check_selected(SubnetQuery::All, Ok(&both));
        check_selected(SubnetQuery::Tagged(tags("data")), Ok(&both[..1]));
        check_selected(
            SubnetQuery::Tagged(tags("none")),
            Err("vpc-1 has no subnet with tier = none; there is tier = data, tier = web"),
        );
        let of_others = Tags::from([("Stage".to_string(), "x".to_string())]);
        check_selected(
            SubnetQuery::Tagged(of_others),
            Err("vpc-1 has no subnet with Stage = x; none has the tag Stage"),
        );
        let other_case = Tags::from([("Tier".to_string(), "data".to_string())]);
        check_selected(
            SubnetQuery::Tagged(other_case),
            Err("vpc-1 has no subnet with Tier = data; there is tier = data, tier = web"),
        );
        let ids = BTreeSet::from(["subnet-1".to_string(), "subnet-9".to_string()]);
        check_selected(SubnetQuery::Ids(ids), Err("vpc-1 has no subnet subnet-9"));
    }

    #[test]
    fn a_vpc_that_is_not_there_says_what_there_is() {
        let name = |value: &str| Tag::builder().key("Name").value(value).build();
        let main = Vpc::builder().vpc_id("vpc-1").tags(name("main")).build();
        let default = Vpc::builder().vpc_id("vpc-2").is_default(true).build();
        let region = Region::new("us-east-1");
        let query = VpcQuery::Tagged(Tags::from([("Name".to_string(), "shop".to_string())]));
        assert_eq!(
            none(&query, &region, &[main.clone(), default]),
            "us-east-1 has no VPC with Name = shop; there is vpc-1 (Name = main), vpc-2 (the default)"
        );
        assert_eq!(none(&query, &region, &[]), "us-east-1 has no VPC with Name = shop");
        let many = vec![main; SHOWN + 3];
        let text = none(&VpcQuery::Default, &region, &many);
        assert!(text.ends_with(" and 3 more"), "{text}");
    }

    #[test]
    fn two_vpcs_that_match_are_named() {
        let vpc = |id: &str| Vpc::builder().vpc_id(id).build();
        let found = only_one(
            vec![vpc("vpc-1"), vpc("vpc-2")],
            &VpcQuery::Default,
            &Region::new("us-east-1"),
        );
        let words = "us-east-1 has more than one default VPC: vpc-1, vpc-2";
        assert_eq!(found.unwrap_err(), words);
    }
}
