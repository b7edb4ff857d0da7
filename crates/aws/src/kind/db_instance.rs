//! DB instances: the primary and its read replicas.

mod change;
mod creation;
mod seen;

use pgha_resource::Call;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::live::Ids;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Clients;
use crate::connect::Regional;
use crate::look::Look;
use crate::owned::Listed;
use crate::owned::settle;
use crate::receipt::Outcome;
use crate::receipt::done;
use crate::receipt::mismatch;

use aws_sdk_rds::types::DbInstance as SdkInstance;
use aws_sdk_rds::types::Filter;

/// One list with the tags inline: all instances of the region for a sweep, else those that
/// are wanted. A filter leaves out what does not exist; an identifier would be an error.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    settle(batch, list(look, at, batch).await)
}

async fn list(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Listed {
    let wanted = Filter::builder().name("db-instance-id").set_values(Some(batch.names())).build();
    let filters = (!batch.sweep).then(|| vec![wanted]);
    let ask = |marker| {
        let request = at.rds.client.describe_db_instances().set_filters(filters.clone());
        request.set_marker(marker).send()
    };
    let pages = look.pages(&at.rds, "DescribeDBInstances", ask, |page| page.marker()).await?;
    let instances = pages.iter().flat_map(|page| page.db_instances());
    Ok(instances.filter_map(seen::from_sdk).collect())
}

/// Makes a call on an instance.
pub(crate) async fn execute(clients: &Clients, at: &Regional, call: &Call) -> Outcome {
    let rds = &at.rds.client;
    let name = &call.address.name;
    match (call.operation, &call.action) {
        (Operation::CreateDBInstance, Action::Create { to, tags }) => match &**to {
            Resource::DbInstance(to) => creation::primary(clients, at, call, to, tags).await,
            _ => Err(mismatch(call)),
        },
        (Operation::CreateDBInstanceReadReplica, Action::Create { to, tags }) => match &**to {
            Resource::DbInstance(to) => creation::replica(at, call, to, tags).await,
            _ => Err(mismatch(call)),
        },
        (Operation::ModifyDBInstance, Action::Update { from, to, fields, timing }) => {
            match (&**from, &**to) {
                (Resource::DbInstance(from), Resource::DbInstance(to)) => {
                    change::modify(clients, at, call, (from, to), fields, *timing).await
                }
                _ => Err(mismatch(call)),
            }
        }
        // Without a failover: a failover does not apply parameters to the old primary.
        (Operation::RebootDBInstance, Action::Reboot { .. }) => {
            done(rds.reboot_db_instance().db_instance_identifier(name).send().await)
        }
        (Operation::StartDBInstance, Action::Start { .. }) => {
            done(rds.start_db_instance().db_instance_identifier(name).send().await)
        }
        (Operation::DeleteDBInstance, Action::Delete { from, final_snapshot }) => {
            let request = rds
                .delete_db_instance()
                .db_instance_identifier(name)
                .skip_final_snapshot(final_snapshot.is_none())
                .set_final_db_snapshot_identifier(final_snapshot.clone())
                .set_delete_automated_backups(backups_go(from, final_snapshot.as_deref()));
            done(request.send().await)
        }
        _ => Err(mismatch(call)),
    }
}

/// Whose data is worth a final snapshot keeps its automated backups as well: AWS deletes them
/// unless told otherwise, and with them every point in time to restore
/// (docs/aws/backups.md#deletion).
fn backups_go(from: &Resource, final_snapshot: Option<&str>) -> Option<bool> {
    let replica = matches!(from, Resource::DbInstance(from) if from.source.is_some());
    (final_snapshot.is_some() && !replica).then_some(false)
}

/// The identifiers of an instance.
fn ids(instance: &SdkInstance) -> Ids {
    Ids {
        vpc: None,
        host: instance.endpoint().and_then(|endpoint| endpoint.address().map(str::to_string)),
        id: None,
        arn: instance.db_instance_arn().map(str::to_string),
        resource_id: instance.dbi_resource_id().map(str::to_string),
        master_secret: instance
            .master_user_secret()
            .and_then(|secret| secret.secret_arn())
            .map(str::to_string),
    }
}
