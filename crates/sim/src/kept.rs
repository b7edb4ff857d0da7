//! What is kept of databases beside them: snapshots and automated backups that outlive them.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use pgha_resource::live::{Remains, RemainsKind, Tags};
use pgha_resource::{Address, Kind, Ref, Resource};
use serde::{Deserialize, Serialize};

use crate::account::Account;

/// A database as it was when it was copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Its fields.
    pub resource: Resource,
    /// Its tags, which whatever is restored from it gets (RDS guide, "Tagging Amazon RDS
    /// resources", "Copying tags to DB snapshots":
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html>).
    pub tags: Tags,
    /// Its VPC.
    pub vpc: String,
    /// The password of its master user; see [`crate::kind::secret`].
    #[serde(default)]
    pub password: u64,
}

/// Automated backups with the status `retained`: their instance is deleted
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.Retaining.html>).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Retained {
    /// Of which instance; where they are.
    pub of: Address,
    /// Their ARN.
    pub arn: String,
    /// The latest time that they can bring back.
    pub until: Timestamp,
    /// When the last of them expires.
    pub expires: Timestamp,
    /// The instance; nothing for copies in another region, whose instance was elsewhere.
    pub kept: Option<Kept>,
    /// What a replication that was stopped, or whose source is gone, leaves behind.
    #[serde(default)]
    pub copies: Option<Copies>,
}

/// Copies in another region, which keep the key that they were made with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Copies {
    /// The source's `DbiResourceId`.
    pub source: Option<String>,
    /// Their key.
    pub kms_key: Option<String>,
}

impl Account {
    /// A database as it is now.
    pub fn keep(&self, key: &Address) -> Option<Kept> {
        let thing = self.get(key)?;
        let database = thing.database.as_ref()?;
        Some(Kept {
            resource: thing.resource.clone(),
            tags: thing.tags.clone(),
            vpc: database.vpc.clone(),
            password: database.password,
        })
    }

    /// Lets the automated backups of an instance outlive it.
    pub fn retain_backups(&mut self, key: &Address) {
        let days = self.instance(key).and_then(|instance| instance.backup_retention).unwrap_or(0);
        if days > 0
            && let Some(kept) = self.keep(key)
        {
            self.retain(key, days, Some(kept));
        }
    }

    /// Lets the copies of a replication that ends stay for so many days.
    pub fn retain_copies(&mut self, of: &Address, days: u32, copies: Copies) {
        self.retain(of, days, None);
        if let Some(retained) = self.retained.last_mut() {
            retained.copies = Some(copies);
        }
    }

    /// Lets automated backups stay for so many days.
    pub fn retain(&mut self, of: &Address, days: u32, kept: Option<Kept>) {
        let id = self.new_resource_id("ab", of).to_ascii_lowercase();
        let (partition, region) = (self.partition(of), self.region(of));
        let number = &self.number;
        let arn = format!("arn:{partition}:rds:{region}:{number}:auto-backup:{id}");
        let lasts = Duration::from_secs(u64::from(days) * 24 * 3600);
        let expires = self.now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        let of = of.clone();
        let retained = Retained { of, arn, until: self.now, expires, kept, copies: None };
        self.retained.push(retained);
    }

    /// The backups that are retained of an instance, the oldest first.
    pub fn retained_of<'a>(&'a self, key: &'a Address) -> impl Iterator<Item = &'a Retained> {
        let here =
            |backup: &&Retained| backup.of.name == key.name && backup.of.region == key.region;
        self.retained.iter().filter(move |backup| here(backup) && backup.expires > self.now)
    }
}

/// What holds the data of a database that is not there.
pub(crate) fn remains(account: &Account, key: &Address) -> BTreeSet<Remains> {
    let kind = match key.kind {
        Kind::DbInstance => Kind::DbSnapshot,
        Kind::DbCluster => Kind::DbClusterSnapshot,
        _ => return BTreeSet::new(),
    };
    let snapshots = account.neighbours(key, kind).filter(|(_, thing)| {
        source(&thing.resource) == Some(&key.name) && thing.status == "available"
    });
    let snapshots = snapshots.map(|(snapshot, thing)| Remains {
        kind: RemainsKind::Snapshot,
        id: snapshot.name.clone(),
        until: Some(thing.touched.to_string()),
    });
    let backups = account.retained_of(key).filter(|_| key.kind == Kind::DbInstance);
    let backups = backups.map(|backup| Remains {
        kind: RemainsKind::AutomatedBackup,
        id: backup.arn.clone(),
        until: Some(backup.until.to_string()),
    });
    snapshots.chain(backups).collect()
}

/// The database that a snapshot is of.
fn source(snapshot: &Resource) -> Option<&str> {
    match snapshot {
        Resource::DbSnapshot(snapshot) => snapshot.source.as_ref(),
        Resource::DbClusterSnapshot(snapshot) => snapshot.source.as_ref(),
        _ => None,
    }
    .and_then(Ref::as_known)
}
