//! What people and AWS do to databases in the console, behind pgha's back: each a documented
//! action with what it leaves behind.
//!
//! Nothing here is an interruption that a plan answers for.

mod backups;
mod copies;
mod made;
mod power;
mod secrets;

pub(crate) use power::started;

use pgha_resource::{Address, Kind, Resource};

use crate::account::Account;
use crate::rotation::{self, Content};
use crate::sim::Sim;
use crate::tamper::TamperError;

/// What was done, in a line for people.
pub(crate) type Done = Result<String, TamperError>;

impl Sim {
    /// Somebody restores a database under a new name: from a `db-snapshot/…`, or to the latest
    /// point in time of a `db-instance/…` that is there or whose backups are retained.
    pub fn restore(&self, from: &Address, to: &str) -> Result<String, TamperError> {
        self.at(from, |account, key| copies::restore(account, key, to))
    }

    /// Somebody makes an instance with what the console fills in.
    pub fn make_database(&self, instance: &Address) -> Result<String, TamperError> {
        self.at(instance, made::make)
    }

    /// Somebody gives an instance another name, at once.
    pub fn rename(&self, instance: &Address, to: &str) -> Result<String, TamperError> {
        self.at(instance, |account, key| copies::rename(account, key, to))
    }

    /// Somebody makes a blue/green deployment of an instance and its replicas.
    pub fn blue_green(&self, instance: &Address) -> Result<String, TamperError> {
        self.at(instance, copies::blue_green)
    }

    /// Somebody switches a blue/green deployment over: the green instances take the names.
    pub fn switch_over(&self, instance: &Address) -> Result<String, TamperError> {
        self.at(instance, copies::switch_over)
    }

    /// Somebody promotes a replica.
    pub fn promote(&self, replica: &Address) -> Result<String, TamperError> {
        self.at(replica, copies::promote)
    }

    /// Somebody stops an instance: it starts by itself after seven days.
    pub fn stop(&self, instance: &Address) -> Result<String, TamperError> {
        self.at(instance, power::stop)
    }

    /// Somebody starts an instance that is stopped, or cannot read its key for a while.
    pub fn start(&self, instance: &Address) -> Result<String, TamperError> {
        self.at(instance, power::start)
    }

    /// The key of an instance or cluster is disabled: it is
    /// `inaccessible-encryption-credentials-recoverable` until somebody starts it.
    pub fn lose_key(&self, database: &Address) -> Result<String, TamperError> {
        self.at(database, power::lose_key)
    }

    /// Somebody deletes an instance in the console, whatever protects it, with a final snapshot
    /// or without one, and keeps its automated backups or does not.
    pub fn delete_database(
        &self,
        instance: &Address,
        final_snapshot: Option<&str>,
        keeps_backups: bool,
    ) -> Result<String, TamperError> {
        self.at(instance, |account, key| {
            backups::delete(account, key, final_snapshot, keeps_backups)
        })
    }

    /// AWS Backup takes the automated backups of a database over, with a retention of its own.
    pub fn aws_backup(&self, database: &Address, days: u32) -> Result<String, TamperError> {
        self.at(database, |account, key| backups::aws_backup(account, key, days))
    }

    /// Somebody takes a snapshot of a database by hand.
    pub fn snapshot(&self, database: &Address, name: &str) -> Result<String, TamperError> {
        self.at(database, |account, key| backups::snapshot(account, key, name))
    }

    /// The console's "Set up EC2 connection": a group `rds-ec2-1` is attached to a database.
    pub fn connect_ec2(&self, database: &Address) -> Result<String, TamperError> {
        self.at(database, power::connect_ec2)
    }

    /// Somebody changes the password of a database and not of its secret.
    pub fn change_password(&self, database: &Address) -> Result<String, TamperError> {
        self.at(database, secrets::change_password)
    }

    /// Somebody writes another password into a secret and not into its database.
    pub fn put_secret(&self, secret: &Address) -> Result<String, TamperError> {
        self.at(secret, secrets::put_secret)
    }

    /// Somebody lets a rotation run now; it fails as a rotation on schedule would.
    pub fn rotate(&self, secret: &Address) -> Result<String, TamperError> {
        self.at(secret, secrets::rotate)
    }

    /// Secrets Manager may not invoke the function of a secret any more.
    pub fn deny_rotation(&self, secret: &Address) -> Result<String, TamperError> {
        self.at(secret, secrets::deny_rotation)
    }

    /// The DB instances that a Multi-AZ cluster is made of, the writer first, each with the class
    /// that waits in its `PendingModifiedValues`.
    pub fn members(&self, cluster: &Address) -> Vec<(String, Option<String>)> {
        self.with_account(|account| {
            let Some(thing) = account.get(&account.key(cluster)) else { return Vec::new() };
            let waiting = thing.waiting().filter(|w| w.fields.contains_key("class"));
            let class = waiting.and_then(|waiting| match &waiting.values {
                Resource::DbCluster(cluster) => cluster.class.clone(),
                _ => None,
            });
            let database = thing.database.clone().unwrap_or_default();
            database.members.into_iter().map(|name| (name, class.clone())).collect()
        })
    }

    /// What is inside of a secret: for tests, never for a plan.
    pub fn content(&self, secret: &Address) -> Option<Content> {
        self.with_account(|account| account.contents.get(&account.key(secret)).cloned())
    }

    /// Whether what is inside of a secret opens a database.
    pub fn opens(&self, secret: &Address, database: &Address) -> bool {
        self.with_account(|account| {
            let password = rotation::password_of(account, &account.key(database));
            let content = account.contents.get(&account.key(secret));
            content.is_some_and(|content| Some(content.password) == password)
        })
    }

    /// Does something to what is at an address.
    pub(crate) fn at(
        &self,
        address: &Address,
        deed: impl FnOnce(&mut Account, &Address) -> Done,
    ) -> Done {
        self.with_account(|account| {
            let key = account.key(address);
            deed(account, &key)
        })
    }
}

/// What the account says no to.
pub(crate) fn refused(text: impl Into<String>) -> TamperError {
    TamperError::Refused(text.into())
}

/// Checks that there is such an instance with one of these statuses.
fn check_instance(account: &Account, key: &Address, states: &[&str]) -> Result<(), TamperError> {
    let address = account.address(key);
    let missing = || TamperError::Missing(address.to_string());
    let thing = account.get(key).ok_or_else(missing)?;
    if !matches!(thing.resource, Resource::DbInstance(_)) || key.kind != Kind::DbInstance {
        return Err(refused(format!("{address} is no DB instance")));
    }
    match states.contains(&thing.status.as_str()) {
        true => Ok(()),
        false => Err(refused(format!("{address} is {}", thing.status))),
    }
}
