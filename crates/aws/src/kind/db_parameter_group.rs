//! DB parameter groups.

use std::collections::BTreeMap;

use aws_sdk_rds::types::DbParameterGroup as SdkGroup;
use futures_util::future::join;
use futures_util::future::join_all;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::live::ReadError;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::text;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::list;
use crate::owned::settle_tagged;
use crate::parameters;
use crate::parameters::Values;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::tagging;
use crate::tagging::rds_list;

/// The groups, and at the same time the parameters and tags of those that are wanted. The
/// parameters of an orphan are not read: it is only ever deleted.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let pages = async |name| pages(look, at, name).await;
    let tags = async |arn| tagging::of_rds(look, at, arn).await;
    let groups = settle_tagged(batch, list(batch, pages), tags);
    let values = batch.names().into_iter().map(async |name| {
        let values = values(look, at, &name).await;
        (name, values)
    });
    let (mut findings, values) = join(groups, join_all(values)).await;
    fill(&mut findings, batch, values.into_iter().collect());
    findings
}

/// Puts the parameters into the groups that are there.
fn fill(
    findings: &mut Findings,
    batch: &Batch<'_>,
    values: BTreeMap<String, Result<Values, ReadError>>,
) {
    for (name, values) in values {
        let seen = findings.resources.get_mut(&batch.address(&name));
        let Some(Seen::Present(live)) = seen else { continue };
        let Resource::DbParameterGroup(group) = &mut live.resource else { continue };
        match values {
            Ok(values) => group.parameters = Some(values),
            Err(error) => findings.insert(batch.address(&name), Err(error)),
        }
    }
}

async fn pages(look: &Look<'_>, at: &Regional, name: Option<String>) -> Listed {
    let ask = |marker| {
        let request = at.rds.client.describe_db_parameter_groups();
        request.set_db_parameter_group_name(name.clone()).set_marker(marker).send()
    };
    let call = "DescribeDBParameterGroups";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    let groups = pages.iter().flat_map(|page| page.db_parameter_groups());
    Ok(groups.filter_map(from_sdk).collect())
}

async fn values(look: &Look<'_>, at: &Regional, name: &str) -> Result<Values, ReadError> {
    let ask = |marker| {
        let request = at.rds.client.describe_db_parameters().db_parameter_group_name(name);
        request.source("user").set_marker(marker).send()
    };
    let pages = look.pages(&at.rds, "DescribeDBParameters", ask, |page| page.marker()).await?;
    Ok(parameters::from_sdk(pages.iter().flat_map(|page| page.parameters())))
}

fn from_sdk(sdk: &SdkGroup) -> Option<Item> {
    let name = sdk.db_parameter_group_name()?.to_string();
    let group = DbParameterGroup {
        family: text(sdk.db_parameter_group_family()),
        description: text(sdk.description()),
        parameters: None,
    };
    let mut live = LiveResource::new(group.into(), Status::ready());
    live.ids = arn(sdk.db_parameter_group_arn());
    Some((name, live))
}

/// Makes a call on a parameter group.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (rds, name) = (&at.rds.client, &call.address.name);
    match (call.operation, &call.action) {
        (Operation::CreateDBParameterGroup, Action::Create { to, tags }) => {
            let Resource::DbParameterGroup(to) = &**to else { return Err(mismatch(call)) };
            let request = rds
                .create_db_parameter_group()
                .db_parameter_group_name(name)
                .set_db_parameter_group_family(to.family.clone())
                .set_description(to.description.clone())
                .set_tags(Some(rds_list(tags)));
            receipt(request.send().await, |answer| {
                arn(answer.db_parameter_group().and_then(|group| group.db_parameter_group_arn()))
            })
        }
        (Operation::ModifyDBParameterGroup, Action::Update { from, to, .. }) => {
            let (from, to) = (wanted(from), wanted(to));
            let values = parameters::set(from, to);
            parameters::send(async |apply| {
                let list = parameters::with_values(&values, apply);
                let request = rds.modify_db_parameter_group().db_parameter_group_name(name);
                done(request.set_parameters(Some(list)).send().await)
            })
            .await
        }
        (Operation::ResetDBParameterGroup, Action::Update { from, to, .. }) => {
            let values = parameters::reset(wanted(from), wanted(to));
            parameters::send(async |apply| {
                let list = parameters::without_values(&values, apply);
                let request = rds.reset_db_parameter_group().db_parameter_group_name(name);
                done(request.set_parameters(Some(list)).send().await)
            })
            .await
        }
        (Operation::DeleteDBParameterGroup, _) => {
            done(rds.delete_db_parameter_group().db_parameter_group_name(name).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

fn wanted(resource: &Resource) -> Option<&Values> {
    match resource {
        Resource::DbParameterGroup(group) => group.parameters.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_without_its_parameters_first() {
        let sdk = SdkGroup::builder()
            .db_parameter_group_name("orders-pg16")
            .db_parameter_group_family("postgres16")
            .description("for orders")
            .db_parameter_group_arn("arn:pg")
            .build();
        let (name, live) = from_sdk(&sdk).unwrap();
        let expected = DbParameterGroup {
            family: Some("postgres16".into()),
            description: Some("for orders".into()),
            parameters: None,
        };
        assert_eq!((name.as_str(), live.resource), ("orders-pg16", expected.into()));
        assert_eq!(live.ids.arn.as_deref(), Some("arn:pg"));
    }
}
