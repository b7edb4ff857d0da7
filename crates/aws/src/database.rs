//! What instances and Multi-AZ DB clusters have in common on the wire.

use std::collections::BTreeSet;

use aws_sdk_rds::types::CloudwatchLogsExportConfiguration;
use aws_sdk_rds::types::DatabaseInsightsMode;
use aws_sdk_rds::types::MasterUserSecret;
use aws_sdk_rds::types::PendingCloudwatchLogsExports;
use aws_sdk_rds::types::VpcSecurityGroupMembership;
use pgha_apply::port::CallError;
use pgha_resource::Call;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::kind::InsightsMode;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::Notice;
use pgha_resource::live::Pending;

use crate::mapping::reference;
use crate::mapping::text;
use crate::receipt::unable;

/// The fields that wait, gathered while their values are laid over the present ones.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    fields: BTreeSet<String>,
}

impl Waiting {
    /// Lays a value over a field, where one waits.
    pub(crate) fn lay<T>(&mut self, name: &str, field: &mut Option<T>, value: Option<T>) {
        if value.is_some() {
            self.fields.insert(name.to_string());
            *field = value;
        }
    }

    /// What waits, if anything does.
    pub(crate) fn before(self, after: Resource) -> Option<Pending> {
        let fields = self.fields;
        (!fields.is_empty()).then(|| Pending { fields, after: Box::new(after) })
    }
}

/// Where the master password is: RDS says so only of the secrets it keeps itself.
pub(crate) fn password(secret: Option<&MasterUserSecret>) -> MasterPassword {
    match secret {
        Some(secret) => MasterPassword::Rds { kms_key: text(secret.kms_key_id()) },
        None => MasterPassword::Elsewhere,
    }
}

/// When RDS says that it made a database.
pub(crate) fn created(at: Option<&aws_sdk_rds::primitives::DateTime>) -> Option<Notice> {
    at.map(|at| Notice::Created(pgha_resource::Moment(at.secs())))
}

/// Another engine than PostgreSQL: the lists of RDS have every engine's databases.
pub(crate) fn engine(engine: Option<&str>) -> Option<Notice> {
    text(engine).filter(|engine| engine != "postgres").map(Notice::Engine)
}

/// The recovery point through which AWS Backup keeps the automated backups.
pub(crate) fn aws_backup(recovery_point: Option<&str>) -> Option<Notice> {
    text(recovery_point).map(Notice::AwsBackup)
}

/// Groups on their way out are not counted.
pub(crate) fn security_groups(groups: &[VpcSecurityGroupMembership]) -> BTreeSet<Ref> {
    groups
        .iter()
        .filter(|group| !group.status().unwrap_or_default().starts_with("remov"))
        .filter_map(|group| reference(group.vpc_security_group_id()))
        .collect()
}

/// `open-source-rds-extended-support` or the same with `-disabled`
/// (docs/aws/instances.md#extended-support).
pub(crate) fn seen_support(word: Option<&str>) -> Option<bool> {
    text(word).map(|word| !word.ends_with("-disabled"))
}

pub(crate) fn insights_mode(mode: Option<&DatabaseInsightsMode>) -> Option<InsightsMode> {
    match mode? {
        DatabaseInsightsMode::Standard => Some(InsightsMode::Standard),
        DatabaseInsightsMode::Advanced => Some(InsightsMode::Advanced),
        _ => None,
    }
}

/// Log exports as they will be.
pub(crate) fn exports_after(
    now: Option<&BTreeSet<String>>,
    waiting: &PendingCloudwatchLogsExports,
) -> BTreeSet<String> {
    let mut after = now.cloned().unwrap_or_default();
    after.extend(waiting.log_types_to_enable().iter().cloned());
    after.retain(|log| !waiting.log_types_to_disable().contains(log));
    after
}

/// RDS's words for paid Extended Support (docs/aws/instances.md#extended-support).
pub(crate) fn extended_support(on: bool) -> &'static str {
    match on {
        true => "open-source-rds-extended-support",
        false => "open-source-rds-extended-support-disabled",
    }
}

/// Log exports are changed by what to start and what to stop.
pub(crate) fn exports(
    from: Option<&BTreeSet<String>>,
    to: Option<&BTreeSet<String>>,
) -> CloudwatchLogsExportConfiguration {
    let empty = BTreeSet::new();
    let (from, to) = (from.unwrap_or(&empty), to.unwrap_or(&empty));
    let list = |set: Vec<&String>| {
        (!set.is_empty()).then(|| set.into_iter().cloned().collect::<Vec<String>>())
    };
    CloudwatchLogsExportConfiguration::builder()
        .set_enable_log_types(list(to.difference(from).collect()))
        .set_disable_log_types(list(from.difference(to).collect()))
        .build()
}

/// Refuses what is copied from another region of China or GovCloud: RDS wants a presigned URL
/// there, which the SDK does not make (docs/aws/replicas.md#call-in-the-other-region,
/// docs/aws/backups.md#replication-call).
pub(crate) fn without_presigned_url(
    call: &Call,
    here: &Region,
    source: Option<&str>,
) -> Result<(), CallError> {
    let source = source.unwrap_or_default();
    let partition = source.split(':').nth(1).unwrap_or_default();
    let signs = matches!(partition, "aws-cn" | "aws-us-gov");
    match signs && source.split(':').nth(3) != Some(here.as_str()) {
        true => Err(unable(call, PRESIGNED)),
        false => Ok(()),
    }
}

const PRESIGNED: &str = "between regions of China or GovCloud RDS wants a presigned URL, which pgha does not make: create it by hand, or keep everything in one region";

/// An empty list is left out: the Query protocol sends it as an empty member.
pub(crate) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

pub(crate) fn sdk_mode(mode: InsightsMode) -> DatabaseInsightsMode {
    match mode {
        InsightsMode::Standard => DatabaseInsightsMode::Standard,
        InsightsMode::Advanced => DatabaseInsightsMode::Advanced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_exports_are_changed_by_what_starts_and_what_stops() {
        let set = |logs: &[&str]| logs.iter().map(|log| log.to_string()).collect();
        let (from, to): (BTreeSet<_>, BTreeSet<_>) = (set(&["postgresql"]), set(&["upgrade"]));
        let sent = exports(Some(&from), Some(&to));
        assert_eq!(sent.enable_log_types(), ["upgrade"]);
        assert_eq!(sent.disable_log_types(), ["postgresql"]);
        assert!(exports(Some(&to), Some(&to)).enable_log_types.is_none());
    }

    #[test]
    fn extended_support_is_read_as_it_is_written() {
        for on in [true, false] {
            assert_eq!(seen_support(Some(extended_support(on))), Some(on));
        }
        assert_eq!(seen_support(None), None);
    }
}
