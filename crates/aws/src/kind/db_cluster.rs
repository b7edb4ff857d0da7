//! Multi-AZ DB clusters.

mod change;
mod seen;

use std::collections::BTreeMap;

use aws_sdk_rds::types::DbCluster as SdkCluster;
use aws_sdk_rds::types::Filter;
use futures_util::future::join;
use pgha_resource::Call;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::live::Ids;
use pgha_resource::live::ReadError;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Clients;
use crate::connect::Regional;
use crate::look::Look;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::settle;
use crate::receipt::Outcome;
use crate::receipt::done;
use crate::receipt::mismatch;

/// One list with the tags inline, and beside it the members of what is wanted, for what waits
/// on them. Where those cannot be read it is not known what waits, and the cluster is unread.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    let (listed, members) = join(list(look, at, batch), members(look, at, batch)).await;
    let Ok(mut items) = listed else { return settle(batch, listed) };
    let members = match members {
        Ok(members) => members,
        Err(error) => return members_unread(batch, items, error),
    };
    for (name, live) in &mut items {
        if let Some(class) = members.get(name) {
            seen::lay_class(live, class);
        }
    }
    settle(batch, Ok(items))
}

/// What is there of what is wanted is unread; what is absent and what is an orphan does not
/// depend on members.
fn members_unread(batch: &Batch<'_>, items: Vec<Item>, error: ReadError) -> Findings {
    let mut findings = settle(batch, Ok(items));
    for name in batch.wanted.keys() {
        let address = batch.address(name);
        if findings.resources.get(&address).is_some_and(|seen| seen.present().is_some()) {
            findings.insert(address, Err(error.clone()));
        }
    }
    findings
}

/// The queued classes of the wanted clusters' members, by cluster.
async fn members(
    look: &Look<'_>,
    at: &Regional,
    batch: &Batch<'_>,
) -> Result<BTreeMap<String, seen::MemberClass>, ReadError> {
    if batch.wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let of = Filter::builder().name("db-cluster-id").set_values(Some(batch.names())).build();
    let ask = |marker| {
        let request = at.rds.client.describe_db_instances().filters(of.clone());
        request.set_marker(marker).send()
    };
    let pages = look.pages(&at.rds, "DescribeDBInstances", ask, |page| page.marker()).await?;
    Ok(pages.iter().flat_map(|page| page.db_instances()).filter_map(seen::member).collect())
}

async fn list(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Listed {
    let wanted = Filter::builder().name("db-cluster-id").set_values(Some(batch.names())).build();
    let filters = (!batch.sweep).then(|| vec![wanted]);
    let ask = |marker| {
        let request = at.rds.client.describe_db_clusters().set_filters(filters.clone());
        request.set_marker(marker).send()
    };
    let pages = look.pages(&at.rds, "DescribeDBClusters", ask, |page| page.marker()).await?;
    let clusters = pages.iter().flat_map(|page| page.db_clusters());
    Ok(clusters.filter_map(seen::from_sdk).collect())
}

/// Makes a call on a cluster.
pub(crate) async fn execute(clients: &Clients, at: &Regional, call: &Call) -> Outcome {
    let rds = &at.rds.client;
    let name = &call.address.name;
    match (call.operation, &call.action) {
        (Operation::CreateDBCluster, Action::Create { to, tags }) => match &**to {
            Resource::DbCluster(to) => change::create(clients, at, call, to, tags).await,
            _ => Err(mismatch(call)),
        },
        (Operation::ModifyDBCluster, Action::Update { from, to, fields, timing }) => {
            match (&**from, &**to) {
                (Resource::DbCluster(from), Resource::DbCluster(to)) => {
                    change::modify(clients, at, call, (from, to), fields, *timing).await
                }
                _ => Err(mismatch(call)),
            }
        }
        (Operation::RebootDBCluster, Action::Reboot { .. }) => {
            done(rds.reboot_db_cluster().db_cluster_identifier(name).send().await)
        }
        (Operation::DeleteDBCluster, Action::Delete { final_snapshot, .. }) => {
            let request = rds
                .delete_db_cluster()
                .db_cluster_identifier(name)
                .skip_final_snapshot(final_snapshot.is_none())
                .set_final_db_snapshot_identifier(final_snapshot.clone());
            done(request.send().await)
        }
        _ => Err(mismatch(call)),
    }
}

fn ids(cluster: &SdkCluster) -> Ids {
    Ids {
        vpc: None,
        host: cluster.endpoint().map(str::to_string),
        id: None,
        arn: cluster.db_cluster_arn().map(str::to_string),
        resource_id: cluster.db_cluster_resource_id().map(str::to_string),
        master_secret: cluster
            .master_user_secret()
            .and_then(|secret| secret.secret_arn())
            .map(str::to_string),
    }
}
