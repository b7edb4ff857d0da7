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

fields! { BackupReplication {
    source: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS guide, replicating automated backups; aws-facts §5";
    retention: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS API has no modify: stop, then start; old backups are retained; aws-facts §5";
    kms_key: Via::Fixed, create::yes, |_, _| Effect::Replace,
        "RDS API has no modify: stop, then start; old backups are retained; aws-facts §5";
} }

impl Noun for BackupReplication {
    const DELETE: Operation = Operation::StopDBInstanceAutomatedBackupsReplication;

    fn create(&self) -> Operation {
        Operation::StartDBInstanceAutomatedBackupsReplication
    }
}
