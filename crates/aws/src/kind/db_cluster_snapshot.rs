//! Manual snapshots of Multi-AZ DB clusters.

use aws_sdk_rds::types::DbClusterSnapshot as SdkSnapshot;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::DbClusterSnapshot;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::look::Look;
use crate::mapping::rds_tags;
use crate::mapping::reference;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::list;
use crate::owned::settle;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known_opt;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::tagging::rds_list;

/// All manual snapshots of the region for a sweep (there are 100 at most by default), else
/// one call a name; the tags are inline.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let pages = async |name| pages(look, at, name).await;
    settle(batch, list(batch, pages).await)
}

async fn pages(look: &Look<'_>, at: &Regional, name: Option<String>) -> Listed {
    let ask = |marker| {
        let request = at.rds.client.describe_db_cluster_snapshots().snapshot_type("manual");
        request.set_db_cluster_snapshot_identifier(name.clone()).set_marker(marker).send()
    };
    let pages =
        look.pages(&at.rds, "DescribeDBClusterSnapshots", ask, |page| page.marker()).await?;
    let snapshots = pages.iter().flat_map(|page| page.db_cluster_snapshots());
    Ok(snapshots.filter_map(from_sdk).collect())
}

fn from_sdk(sdk: &SdkSnapshot) -> Option<Item> {
    let name = sdk.db_cluster_snapshot_identifier()?.to_string();
    let snapshot = DbClusterSnapshot { source: reference(sdk.db_cluster_identifier()) };
    let status = Status::snapshot(sdk.status().unwrap_or("unknown"));
    let mut live = LiveResource::new(snapshot.into(), status);
    live.tags = Some(rds_tags(sdk.tag_list()));
    live.ids = arn(sdk.db_cluster_snapshot_arn());
    Some((name, live))
}

/// Makes a call on a cluster snapshot.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let (rds, name) = (&at.rds.client, &call.address.name);
    match (call.operation, &call.action) {
        (Operation::CreateDBClusterSnapshot, Action::Create { to, tags }) => {
            let Resource::DbClusterSnapshot(to) = &**to else { return Err(mismatch(call)) };
            let request = rds
                .create_db_cluster_snapshot()
                .db_cluster_snapshot_identifier(name)
                .set_db_cluster_identifier(known_opt(call, to.source.as_ref())?)
                .set_tags(Some(rds_list(tags)));
            receipt(request.send().await, |answer| {
                arn(answer
                    .db_cluster_snapshot()
                    .and_then(|snapshot| snapshot.db_cluster_snapshot_arn()))
            })
        }
        (Operation::DeleteDBClusterSnapshot, _) => {
            done(rds.delete_db_cluster_snapshot().db_cluster_snapshot_identifier(name).send().await)
        }
        _ => Err(mismatch(call)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::Tag;

    #[test]
    fn a_snapshot_names_its_source_and_carries_its_tags() {
        let sdk = SdkSnapshot::builder()
            .db_cluster_snapshot_identifier("orders-baseline")
            .db_cluster_identifier("orders")
            .status("creating")
            .db_cluster_snapshot_arn("arn:s")
            .tag_list(Tag::builder().key("pgha:cluster").value("orders").build())
            .build();
        let (name, live) = from_sdk(&sdk).unwrap();
        assert_eq!(name, "orders-baseline");
        assert_eq!(live.resource, DbClusterSnapshot { source: reference(Some("orders")) }.into());
        assert_eq!((live.owner(), live.status.is_ready()), (Some("orders"), false));
    }
}
