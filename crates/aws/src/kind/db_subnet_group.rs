//! DB subnet groups.

use aws_sdk_rds::types::DbSubnetGroup as SdkGroup;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::DbSubnetGroup;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::subnets;
use crate::mapping::text;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::list;
use crate::owned::settle_tagged;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known_subnets;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::unable;
use crate::tagging;
use crate::tagging::rds_list;

/// All groups of the region for a sweep, else one call a name; tags by ARN.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let pages = async |name| pages(look, at, name).await;
    let tags = async |arn| tagging::of_rds(look, at, arn).await;
    settle_tagged(batch, list(batch, pages), tags).await
}

async fn pages(look: &Look<'_>, at: &Regional, name: Option<String>) -> Listed {
    let ask = |marker| {
        let request = at.rds.client.describe_db_subnet_groups();
        request.set_db_subnet_group_name(name.clone()).set_marker(marker).send()
    };
    let pages = look.pages(&at.rds, "DescribeDBSubnetGroups", ask, |page| page.marker()).await?;
    let groups = pages.iter().flat_map(|page| page.db_subnet_groups());
    Ok(groups.filter_map(from_sdk).collect())
}

fn from_sdk(sdk: &SdkGroup) -> Option<Item> {
    let name = sdk.db_subnet_group_name()?.to_string();
    let group = DbSubnetGroup {
        description: text(sdk.db_subnet_group_description()),
        subnets: Some(subnets(sdk.subnets().iter().filter_map(|s| s.subnet_identifier()))),
    };
    let mut live = LiveResource::new(group.into(), Status::ready());
    live.ids = arn(sdk.db_subnet_group_arn());
    live.ids.vpc = text(sdk.vpc_id());
    Some((name, live))
}

/// Makes a call on a subnet group.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (rds, name) = (&at.rds.client, &call.address.name);
    match (call.operation, &call.action, call.to()) {
        (
            Operation::CreateDBSubnetGroup,
            Action::Create { tags, .. },
            Some(Resource::DbSubnetGroup(to)),
        ) => {
            let request = rds
                .create_db_subnet_group()
                .db_subnet_group_name(name)
                .set_db_subnet_group_description(to.description.clone())
                .set_subnet_ids(Some(wanted_subnets(call, to)?))
                .set_tags(Some(rds_list(tags)));
            receipt(request.send().await, |answer| {
                arn(answer.db_subnet_group().and_then(|group| group.db_subnet_group_arn()))
            })
        }
        // The subnets are required even when only the description changes.
        (
            Operation::ModifyDBSubnetGroup,
            Action::Update { fields, .. },
            Some(Resource::DbSubnetGroup(to)),
        ) => {
            let says = fields.iter().any(|field| field == "description");
            let description = to.description.clone().filter(|_| says);
            let request = rds
                .modify_db_subnet_group()
                .db_subnet_group_name(name)
                .set_db_subnet_group_description(description)
                .set_subnet_ids(Some(wanted_subnets(call, to)?));
            done(request.send().await)
        }
        (Operation::DeleteDBSubnetGroup, ..) => {
            done(rds.delete_db_subnet_group().db_subnet_group_name(name).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

fn wanted_subnets(
    call: &Call,
    to: &DbSubnetGroup,
) -> Result<Vec<String>, pgha_apply::port::CallError> {
    match &to.subnets {
        Some(subnets) => known_subnets(call, subnets),
        None => Err(unable(call, "its subnets are not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::Subnet;

    #[test]
    fn a_group_is_its_description_and_its_subnets() {
        let subnet = |id: &str| Subnet::builder().subnet_identifier(id).build();
        let sdk = SdkGroup::builder()
            .db_subnet_group_name("orders")
            .db_subnet_group_description("for orders")
            .subnets(subnet("subnet-2"))
            .subnets(subnet("subnet-1"))
            .db_subnet_group_arn("arn:g")
            .build();
        let (name, live) = from_sdk(&sdk).unwrap();
        let expected = DbSubnetGroup {
            description: Some("for orders".into()),
            subnets: Some(subnets(["subnet-1", "subnet-2"])),
        };
        assert_eq!((name.as_str(), live.resource), ("orders", expected.into()));
        assert_eq!(live.ids.arn.as_deref(), Some("arn:g"));
    }
}
