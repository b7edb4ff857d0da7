//! The state of the account: what exists, what time it is, what is going to happen.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::DbProxy;
use pgha_resource::kind::DbProxyTarget;
use pgha_resource::live::Ids;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Tags;
use pgha_resource::scope::partition;
use serde::Deserialize;
use serde::Serialize;

use crate::habit::Habit;
use crate::kept::{Kept, Retained};
use crate::network::Made;
use crate::pending::Waiting;
use crate::rotation::Content;
use crate::timeline::Due;
use crate::timeline::Happening;

/// The account that it is unless a spec names another one.
pub(crate) const ACCOUNT: &str = "123456789012";

fn usual() -> String {
    ACCOUNT.into()
}

/// The whole simulated account.
///
/// Keys are addresses with their region written out, also in the home region; only global
/// kinds have none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Its number.
    #[serde(default = "usual")]
    pub number: String,
    /// The region that an address without one means.
    pub home: Region,
    /// The simulated time.
    pub now: Timestamp,
    /// Numbers everything that is made, so that ids differ and runs repeat.
    pub counter: u64,
    /// What exists.
    pub things: BTreeMap<Address, Thing>,
    /// Secrets that are scheduled for deletion.
    pub scheduled: BTreeMap<Address, Scheduled>,
    /// What is going to happen, the soonest first.
    pub dues: Vec<Due>,
    /// What happened.
    pub events: Vec<(Timestamp, String)>,
    /// When connections broke.
    #[serde(default)]
    pub interruptions: Vec<Interruption>,
    /// What is stuck in a state that only a person ends.
    #[serde(default)]
    pub stuck: BTreeMap<Address, Stuck>,
    /// What is inside of the secrets, those that are scheduled for deletion included.
    #[serde(default)]
    pub contents: BTreeMap<Address, Content>,
    /// What the snapshots hold.
    #[serde(default)]
    pub kept: BTreeMap<Address, Kept>,
    /// Automated backups that outlive their instance.
    #[serde(default)]
    pub retained: Vec<Retained>,
    /// What it does as AWS does it, where that is a switch.
    #[serde(default)]
    pub habits: BTreeSet<Habit>,
    /// Networks that were made beside those that every region comes with.
    #[serde(default)]
    pub networks: Made,
}

/// A time in which the connections of a database broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interruption {
    /// Whose.
    pub address: Address,
    /// How badly.
    pub disruption: Disruption,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// It came with a maintenance window, not at once with a call.
    pub in_window: bool,
}

/// What a stuck thing goes on with once it is repaired.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stuck {
    /// Its status.
    pub status: String,
    /// What was going to happen to it, and how long after the repair.
    pub dues: Vec<(Duration, Happening)>,
}

/// A resource that exists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Thing {
    /// Tells it from an earlier one of the same name.
    pub serial: u64,
    /// When it was last changed: a fresh role has not propagated yet.
    pub touched: Timestamp,
    /// Its fields, with every reference known.
    pub resource: Resource,
    /// AWS's word for its status.
    pub status: String,
    /// Its tags.
    pub tags: Tags,
    /// The identifiers that were made up for it.
    pub ids: Ids,
    /// What only databases have.
    pub database: Option<Database>,
}

/// What is scheduled for deletion.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scheduled {
    /// When it is gone for good and its name is free.
    pub free: Timestamp,
    /// As it was.
    pub thing: Thing,
}

/// The inner life of an instance or a cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Database {
    /// Accepted changes that are not made yet.
    pub waiting: Option<Waiting>,
    /// The parameter values in effect.
    pub running: BTreeMap<String, String>,
    /// The values of the parameter group wait for a reboot.
    pub reboot_needed: bool,
    /// The change that was accepted restarts it when it begins.
    #[serde(default)]
    pub restarts: bool,
    /// The zones it runs in, the active one first.
    pub zones: Vec<String>,
    /// The members of a cluster, the writer first.
    pub members: Vec<String>,
    /// Its VPC.
    pub vpc: String,
    /// When its storage was changed.
    pub storage_changes: Vec<Timestamp>,
    /// Until when a new size is being spread over the volume.
    pub optimizing_until: Option<Timestamp>,
    /// How full the volume is, in percent.
    pub used_percent: u32,
    /// A version that AWS offers, and installs in the window where it may.
    pub offered: Option<String>,
    /// Replication that has ended for good.
    pub terminated: bool,
    /// The recovery point of AWS Backup, where that keeps its automated backups.
    #[serde(default)]
    pub aws_backup: Option<String>,
    /// When it was first there for anybody to use (RDS API, DBInstance.InstanceCreateTime).
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// The password of its master user; see [`crate::kind::secret`].
    #[serde(default)]
    pub password: u64,
}

impl Account {
    /// An empty account on the 21st of November 2026, a Saturday, at noon.
    pub fn fresh() -> Self {
        Self {
            number: usual(),
            home: Region::new("us-east-1"),
            now: Timestamp::constant(1_795_262_400, 0),
            counter: 0,
            things: BTreeMap::new(),
            scheduled: BTreeMap::new(),
            dues: Vec::new(),
            events: Vec::new(),
            interruptions: Vec::new(),
            stuck: BTreeMap::new(),
            contents: BTreeMap::new(),
            kept: BTreeMap::new(),
            retained: Vec::new(),
            habits: BTreeSet::new(),
            networks: Made::default(),
        }
    }

    /// Whether it does as AWS does there.
    pub fn does(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }

    /// The key of an address: its region written out.
    pub fn key(&self, address: &Address) -> Address {
        let region = match address.kind.is_global() {
            true => None,
            false => Some(address.region.clone().unwrap_or_else(|| self.home.clone())),
        };
        Address { kind: address.kind, name: address.name.clone(), region }
    }

    /// The key of another resource in the region of a key.
    pub fn beside(&self, key: &Address, kind: Kind, name: &str) -> Address {
        self.key(&Address { kind, name: name.into(), region: Some(self.region(key)) })
    }

    /// The region of a key; the home region for what is global.
    pub fn region(&self, key: &Address) -> Region {
        key.region.clone().unwrap_or_else(|| self.home.clone())
    }

    /// The partition that a key is in: `aws`, `aws-cn`, `aws-us-gov`.
    pub fn partition(&self, key: &Address) -> &'static str {
        partition(&self.region(key))
    }

    /// The address of a key as the cluster at home writes it.
    pub fn address(&self, key: &Address) -> Address {
        Address::within(key.kind, key.name.clone(), &self.region(key), &self.home)
    }

    /// The ARN that follows from a key, where one does.
    pub fn arn(&self, key: &Address) -> Option<String> {
        let (cluster, account) = (String::new(), Some(self.number.clone()));
        Scope { cluster, account, home: self.home.clone() }.arn(key)
    }

    pub fn get(&self, key: &Address) -> Option<&Thing> {
        self.things.get(key)
    }

    pub fn get_mut(&mut self, key: &Address) -> Option<&mut Thing> {
        self.things.get_mut(key)
    }

    /// Everything of a kind in the region of a key.
    pub fn neighbours<'a>(
        &'a self,
        key: &'a Address,
        kind: Kind,
    ) -> impl Iterator<Item = (&'a Address, &'a Thing)> {
        self.things.iter().filter(move |(k, _)| k.kind == kind && k.region == key.region)
    }

    /// The thing of a kind with this ARN, wherever it is.
    pub fn by_arn(&self, kind: Kind, arn: &str) -> Option<(&Address, &Thing)> {
        self.things
            .iter()
            .find(|(key, thing)| key.kind == kind && thing.ids.arn.as_deref() == Some(arn))
    }

    pub fn instance(&self, key: &Address) -> Option<&DbInstance> {
        match &self.get(key)?.resource {
            Resource::DbInstance(instance) => Some(instance),
            _ => None,
        }
    }

    pub fn cluster(&self, key: &Address) -> Option<&DbCluster> {
        match &self.get(key)?.resource {
            Resource::DbCluster(cluster) => Some(cluster),
            _ => None,
        }
    }

    pub fn proxy(&self, key: &Address) -> Option<&DbProxy> {
        match &self.get(key)?.resource {
            Resource::DbProxy(proxy) => Some(proxy),
            _ => None,
        }
    }

    /// The targets of a proxy (at most one) or of all proxies of its region.
    pub fn targets<'a>(
        &'a self,
        key: &'a Address,
    ) -> impl Iterator<Item = (&'a Address, &'a DbProxyTarget)> {
        self.neighbours(key, Kind::DbProxyTarget).filter_map(|(key, thing)| match &thing.resource {
            Resource::DbProxyTarget(target) => Some((key, target)),
            _ => None,
        })
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Puts a new thing into the account.
    pub fn insert(
        &mut self,
        key: &Address,
        resource: impl Into<Resource>,
        status: &str,
        tags: &Tags,
        ids: Ids,
    ) -> Ids {
        let thing = Thing {
            serial: self.next(),
            touched: self.now,
            resource: resource.into(),
            status: status.into(),
            tags: tags.clone(),
            ids: ids.clone(),
            database: None,
        };
        self.things.insert(key.clone(), thing);
        self.log(key, "created");
        ids
    }

    /// Puts a thing back that was there before.
    pub fn bring_back(&mut self, key: &Address, thing: Thing) -> Ids {
        let ids = thing.ids.clone();
        let thing = Thing { serial: self.next(), touched: self.now, ..thing };
        self.things.insert(key.clone(), thing);
        self.log(key, "restored");
        ids
    }

    /// Takes a thing out, with everything that was going to happen to it.
    pub fn remove(&mut self, key: &Address) {
        if self.things.remove(key).is_some() {
            self.cancel(key);
            self.log(key, "deleted");
        }
    }

    /// Copies fields into a thing.
    pub fn merge(&mut self, key: &Address, fields: &[&str], from: &Resource) {
        let now = self.now;
        if let Some(thing) = self.things.get_mut(key) {
            fields.iter().for_each(|field| thing.resource.copy_field(field, from));
            thing.touched = now;
        }
    }

    pub fn set_status(&mut self, key: &Address, status: &str) {
        let now = self.now;
        if let Some(thing) = self.things.get_mut(key) {
            if let ("creating", Some(database)) = (thing.status.as_str(), &mut thing.database) {
                database.created = Some(now);
            }
            thing.status = status.into();
        }
    }

    /// Lets something happen to a thing later on.
    pub fn later(&mut self, key: &Address, after: Duration, what: Happening) {
        let at = self.now.checked_add(after).unwrap_or(Timestamp::MAX);
        self.at(key, at, what);
    }

    /// Lets something happen to a thing at a time.
    pub fn at(&mut self, key: &Address, at: Timestamp, what: Happening) {
        // What is put off to the end of time never happens.
        let thing = self.get(key).filter(|_| at < Timestamp::MAX);
        let Some(serial) = thing.map(|thing| thing.serial) else { return };
        let due = Due { at, key: key.clone(), serial, what };
        let place = self.dues.partition_point(|other| other.at <= due.at);
        self.dues.insert(place, due);
    }

    /// Connections of a database break from now on, for so long.
    pub fn interrupt(&mut self, key: &Address, disruption: Disruption, takes: Duration) {
        self.note_interruption(key, disruption, takes, false);
    }

    /// As [`Account::interrupt`], where a window may have brought it about.
    pub fn note_interruption(
        &mut self,
        key: &Address,
        disruption: Disruption,
        takes: Duration,
        in_window: bool,
    ) {
        if disruption.breaks_connections() {
            let until = self.now.checked_add(takes).unwrap_or(Timestamp::MAX);
            let address = self.address(key);
            let from = self.now;
            self.interruptions.push(Interruption { address, disruption, from, until, in_window });
        }
    }

    /// Ends what was interrupting a thing: from now on it is simply broken.
    pub fn break_off(&mut self, key: &Address) {
        let (address, now) = (self.address(key), self.now);
        for interruption in self.interruptions.iter_mut().filter(|i| i.address == address) {
            interruption.until = interruption.until.min(now).max(interruption.from);
        }
    }

    /// Forgets everything that was going to happen to a thing.
    pub fn cancel(&mut self, key: &Address) {
        self.stuck.remove(key);
        self.dues.retain(|due| due.key != *key);
    }

    /// Writes an event.
    pub fn log(&mut self, key: &Address, text: impl AsRef<str>) {
        let line = format!("{}: {}", self.address(key), text.as_ref());
        self.events.push((self.now, line));
    }
}

impl Thing {
    /// The cluster in the ownership tag.
    pub fn owner(&self) -> Option<&str> {
        self.tags.get(OWNER_TAG).map(String::as_str)
    }
}
