//! Automated backups replicated from another region into this one.

use aws_sdk_rds::types::DbInstanceAutomatedBackup as SdkBackup;
use aws_sdk_rds::types::Filter;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::call::Action;
use pgha_resource::kind::BackupReplication;
use pgha_resource::status::Status;

use crate::batch::Batch;
use crate::batch::Findings;
use crate::connect::Regional;
use crate::database::without_presigned_url;
use crate::look::Look;
use crate::mapping::count;
use crate::mapping::int;
use crate::mapping::rds_tags;
use crate::mapping::reference;
use crate::mapping::text;
use crate::owned::Item;
use crate::owned::Listed;
use crate::owned::settle;
use crate::receipt::Outcome;
use crate::receipt::arn;
use crate::receipt::done;
use crate::receipt::known;
use crate::receipt::known_opt;
use crate::receipt::mismatch;
use crate::receipt::receipt;
use crate::receipt::unable;
use crate::tagging::rds_list;

/// One list in the region that the backups are copied to; the tags are inline.
pub(crate) async fn read(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Findings {
    settle(batch, list(look, at, batch).await)
}

async fn list(look: &Look<'_>, at: &Regional, batch: &Batch<'_>) -> Listed {
    let wanted = Filter::builder().name("db-instance-id").set_values(Some(batch.names())).build();
    let filters = (!batch.sweep).then(|| vec![wanted]);
    let ask = |marker| {
        let request = at.rds.client.describe_db_instance_automated_backups();
        request.set_filters(filters.clone()).set_marker(marker).send()
    };
    let call = "DescribeDBInstanceAutomatedBackups";
    let pages = look.pages(&at.rds, call, ask, |page| page.marker()).await?;
    let backups = pages.iter().flat_map(|page| page.db_instance_automated_backups());
    Ok(backups.filter_map(|backup| from_sdk(backup, &at.region)).collect())
}

/// Nothing for the backups of the region's own instances, nor for what is left of a stopped
/// replication: it is kept until its retention ends (docs/aws/backups.md#replication-changes).
fn from_sdk(sdk: &SdkBackup, here: &Region) -> Option<Item> {
    let status = sdk.status().unwrap_or("unknown");
    let source = sdk.db_instance_arn()?;
    if status == "retained" || source.split(':').nth(3) == Some(here.as_str()) {
        return None;
    }
    let name = sdk.db_instance_identifier()?.to_string();
    let replication = BackupReplication {
        source: reference(Some(source)),
        retention: count(sdk.backup_retention_period()),
        kms_key: text(sdk.kms_key_id()),
    };
    let mut live = LiveResource::new(replication.into(), Status::backup_replication(status));
    live.tags = Some(rds_tags(sdk.tag_list()));
    live.ids = arn(sdk.db_instance_automated_backups_arn());
    Some((name, live))
}

/// Makes a call on a replication.
pub(crate) async fn execute(at: &Regional, call: &Call) -> Outcome {
    let rds = &at.rds.client;
    match (call.operation, &call.action) {
        (Operation::StartDBInstanceAutomatedBackupsReplication, Action::Create { to, tags }) => {
            let Resource::BackupReplication(to) = &**to else { return Err(mismatch(call)) };
            let source = known_opt(call, to.source.as_ref())?;
            without_presigned_url(call, &at.region, source.as_deref())?;
            let request = rds
                .start_db_instance_automated_backups_replication()
                .set_source_db_instance_arn(source)
                .set_backup_retention_period(to.retention.map(int))
                .set_kms_key_id(to.kms_key.clone())
                .set_tags(Some(rds_list(tags)));
            receipt(request.send().await, |answer| {
                let backup = answer.db_instance_automated_backup();
                arn(backup.and_then(|backup| backup.db_instance_automated_backups_arn()))
            })
        }
        (Operation::StopDBInstanceAutomatedBackupsReplication, Action::Delete { from, .. }) => {
            let request = rds
                .stop_db_instance_automated_backups_replication()
                .source_db_instance_arn(source(call, from)?);
            done(request.send().await)
        }
        _ => Err(mismatch(call)),
    }
}

fn source(call: &Call, from: &Resource) -> Result<String, CallError> {
    match from {
        Resource::BackupReplication(BackupReplication { source: Some(source), .. }) => {
            known(call, source)
        }
        _ => Err(unable(call, "the source's ARN is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Wire;
    use pgha_apply::port::Execute;
    use pgha_resource::live::ErrorClass;

    #[track_caller]
    fn check(status: &str, source_region: &str, there: bool) {
        let sdk = SdkBackup::builder()
            .db_instance_identifier("orders-primary")
            .db_instance_arn(format!("arn:aws:rds:{source_region}:123456789012:db:orders-primary"))
            .status(status)
            .backup_retention_period(14)
            .kms_key_id("arn:k")
            .build();
        let item = from_sdk(&sdk, &Region::new("us-west-2"));
        assert_eq!(item.is_some(), there, "{status} from {source_region}");
        let Some((name, live)) = item else { return };
        let expected = BackupReplication {
            source: reference(sdk.db_instance_arn()),
            retention: Some(14),
            kms_key: Some("arn:k".into()),
        };
        assert_eq!((name.as_str(), live.resource), ("orders-primary", expected.into()));
    }

    #[test]
    fn only_a_running_replication_from_elsewhere_counts() {
        check("replicating", "us-east-1", true);
        check("pending", "us-east-1", true);
        check("retained", "us-east-1", false);
        check("active", "us-west-2", false);
    }

    #[test]
    fn replications_are_told_in_every_partition() {
        for (partition, here, there) in [
            ("aws-cn", "cn-north-1", "cn-northwest-1"),
            ("aws-us-gov", "us-gov-west-1", "us-gov-east-1"),
        ] {
            let from = |region: &str| {
                let arn = format!("arn:{partition}:rds:{region}:123456789012:db:orders-primary");
                let sdk = SdkBackup::builder()
                    .db_instance_identifier("orders-primary")
                    .db_instance_arn(arn)
                    .status("replicating")
                    .build();
                from_sdk(&sdk, &Region::new(here))
            };
            assert!(from(there).is_some() && from(here).is_none(), "{partition}");
        }
    }

    #[tokio::test]
    async fn a_replication_that_needs_a_presigned_url_is_refused() {
        let source = "arn:aws-cn:rds:cn-north-1:123456789012:db:orders-primary";
        let to =
            BackupReplication { source: reference(Some(source)), retention: None, kms_key: None };
        let call = Call {
            address: "backup-replication/orders-primary".parse().unwrap(),
            operation: Operation::StartDBInstanceAutomatedBackupsReplication,
            action: Action::Create { to: Box::new(to.into()), tags: Default::default() },
            id: None,
            arn: None,
            resource_id: None,
        };
        let wire = Wire::answering([]);
        let error = wire.account().execute(&call).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Invalid);
        assert!(error.message.contains("presigned URL"), "{error}");
    }
}
