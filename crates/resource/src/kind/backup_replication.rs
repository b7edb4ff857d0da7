//! Automated backups of the primary, copied to another region.

use serde::Deserialize;
use serde::Serialize;

use crate::effect::Effect;
use crate::field::Via;
use crate::field::create;
use crate::fields;
use crate::kind::Noun;
use crate::operation::Operation;
use crate::reference::Ref;

/// The replication of one instance's automated backups into the region of the address.
/// Its name is the instance's. A `retained` backup of a stopped replication is no
/// replication: it stays until its retention ends and is not managed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupReplication {
    /// The source instance's ARN.
    pub source: Option<Ref>,
    /// Days kept in this region, 1 to 35.
    pub retention: Option<u32>,
    /// The key in this region.
    pub kms_key: Option<String>,
}

/// Copies that a stopped replication leaves keep their key, and RDS starts none with another key
/// beside them: "If using a new AWS KMS key, delete existing replicated backup in the destination
/// AWS Region that was encrypted with the previous key"
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedXREGBackups.Troubleshooting.html>;
/// <https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-rds/pull/516>).
const OTHER_KEY: &str = "RDS starts no replication with another key while copies made with the \
old one are there, and to delete them first would leave the region without any: set the key back, \
or replicate to another region; to begin anew all the same, stop the replication, delete its \
copies with `aws rds delete-db-instance-automated-backup` in that region, and apply again";

fields! { BackupReplication {
    source: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS guide, replicating automated backups; docs/aws/backups.md#replication-call";
    retention: Via::Fixed, create::yes, retention_effect,
        "RDS API has no modify: stop, then start; old backups are retained; docs/aws/backups.md#replication-changes";
    kms_key: Via::Fixed, create::yes, |_, _| Effect::Never(OTHER_KEY.into()),
        "RDS guide, troubleshooting stopped cross-Region automated backups";
} }

/// Stopped and started again with the same key, a replication goes on with the copies that are
/// there. Nothing documents that a start changes one that runs.
fn retention_effect(from: &BackupReplication, to: &BackupReplication) -> Effect {
    let same_key = to.kms_key.is_none() || to.kms_key == from.kms_key;
    match same_key {
        true => Effect::Replace,
        // It would be started again with the other key, which RDS refuses.
        false => Effect::Later("it follows once the key is settled".into()),
    }
}

impl Noun for BackupReplication {
    const DELETE: Operation = Operation::StopDBInstanceAutomatedBackupsReplication;

    fn create(&self) -> Operation {
        Operation::StartDBInstanceAutomatedBackupsReplication
    }
}
