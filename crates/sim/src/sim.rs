//! The simulated account as the rest of pgha sees it.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use pgha_apply::port::CallError;
use pgha_apply::port::Clock;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_apply::port::Receipt;
use pgha_apply::port::Wanted;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::offer::{Offers, Questions};
use pgha_resource::scope::partition;
use pgha_resource::value::Shown;

use crate::account::Account;
use crate::account::Interruption;
use crate::execute;
use crate::faults;
use crate::faults::Fault;
use crate::faults::Faults;
use crate::faults::Verdict;
use crate::habit::Habit;
use crate::kind;
use crate::network;
use crate::observe;
use crate::offers;
use crate::store;
use crate::store::StoreError;
use crate::tamper;
use crate::tamper::TamperError;
use crate::timeline;

/// A simulated account with many regions and its own time.
///
/// An address without a region means the home region, which the account takes from the
/// scope it saw last: [`Sim::set_scope`], or the last [`Observe::observe`].
#[derive(Debug)]
pub struct Sim {
    state: Mutex<State>,
    path: Option<PathBuf>,
}

#[derive(Debug)]
struct State {
    account: Account,
    faults: Faults,
}

/// A line of the account's inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its address, with the region unless that is home or the kind is global.
    pub address: Address,
    /// Its region; `None` for what is global.
    pub region: Option<String>,
    /// AWS's word for its status.
    pub status: String,
    /// The cluster in its ownership tag.
    pub owner: Option<String>,
}

/// Something that holds data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Treasure {
    /// Its address.
    pub address: Address,
    /// Tells it from an earlier one of the same name.
    pub serial: u64,
    /// It is being deleted.
    pub going: bool,
    /// Whether AWS refuses to delete it; `None` where there is no such switch.
    pub protected: Option<bool>,
}

impl Default for Sim {
    fn default() -> Self {
        Self::new()
    }
}

impl Sim {
    /// A fresh account, 123456789012, on Saturday the 21st of November 2026 at noon.
    pub fn new() -> Self {
        Self::with(Account::fresh(), None)
    }

    /// The account in a file; a fresh one where there is no file yet.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::with(store::load(path)?, Some(path.to_path_buf())))
    }

    /// Refuses a file that is none of [`Sim::save`], in whichever layout and version, also where
    /// its end is missing. The error says why.
    pub fn check_file(path: &Path) -> Result<(), StoreError> {
        store::check(path)
    }

    /// Whether a file has nothing in it but the first bytes of what [`Sim::save`] writes, if any.
    pub fn is_broken_off(path: &Path) -> bool {
        store::is_broken_off(path)
    }

    /// The account from the text that [`Sim::to_json`] gave.
    pub fn from_json(text: &str) -> Result<Self, StoreError> {
        Ok(Self::with(store::parse(text, Path::new("this text"))?, None))
    }

    /// The whole account as a text, without the faults that were asked for.
    pub fn to_json(&self) -> Result<String, StoreError> {
        store::print(&self.state().account, Path::new("this account"))
    }

    fn with(account: Account, path: Option<PathBuf>) -> Self {
        Self { state: Mutex::new(State { account, faults: Faults::default() }), path }
    }

    /// Saves the account to the file it was opened from.
    pub fn save(&self) -> Result<(), StoreError> {
        let path = self.path.as_ref().ok_or(StoreError::NoFile)?;
        self.save_as(path)
    }

    /// Saves the account to another file.
    pub fn save_as(&self, path: &Path) -> Result<(), StoreError> {
        store::save(path, &self.state().account)
    }

    /// Lets the account be changed.
    pub(crate) fn with_account<T>(&self, change: impl FnOnce(&mut Account) -> T) -> T {
        change(&mut self.state().account)
    }

    /// A panic in another thread leaves the last complete state: calls replace it whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whose calls come next, so that addresses without a region mean that home. An account in
    /// which nothing ever happened becomes the one that they are about.
    pub fn set_scope(&self, scope: &Scope) {
        let account = &mut self.state().account;
        account.home = scope.home.clone();
        if let Some(number) = scope.account.as_ref().filter(|_| account.counter == 0) {
            account.number.clone_from(number);
        }
    }

    /// Lets simulated time pass; everything due happens in order, windows included.
    pub fn advance(&self, by: Duration) {
        timeline::advance(&mut self.state().account, by);
    }

    /// Makes the VPCs and subnets that a spec looks up and that are not there, and says which.
    pub fn make_networks(&self, asked: &BTreeMap<Region, NetworkQuery>) -> Vec<String> {
        let account = &mut self.state().account;
        let made = asked.iter().filter_map(|(region, query)| network::make(account, region, query));
        made.collect()
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.state().account.now
    }

    /// What happened so far.
    pub fn events(&self) -> Vec<(Timestamp, String)> {
        self.state().account.events.clone()
    }

    /// Everything in the account.
    pub fn inventory(&self) -> Vec<Entry> {
        let state = self.state();
        let account = &state.account;
        account
            .things
            .iter()
            .map(|(key, thing)| Entry {
                address: account.address(key),
                region: key.region.as_ref().map(ToString::to_string),
                status: observe::look(account, key, thing).status.text,
                owner: thing.owner().map(str::to_string),
            })
            .collect()
    }

    /// Everything that holds data, whoever it belongs to.
    pub fn treasures(&self) -> Vec<Treasure> {
        let account = &self.state().account;
        let holding = account.things.iter().filter(|(key, _)| key.kind.holds_data());
        holding
            .map(|(key, thing)| Treasure {
                address: account.address(key),
                serial: thing.serial,
                going: thing.status == "deleting",
                protected: match &thing.resource {
                    Resource::DbInstance(instance) => instance.deletion_protection,
                    Resource::DbCluster(cluster) => cluster.deletion_protection,
                    _ => None,
                },
            })
            .collect()
    }

    /// The fields of a thing, for people.
    pub fn fields(&self, address: &Address) -> Option<Vec<(String, Shown)>> {
        let state = self.state();
        let thing = state.account.get(&state.account.key(address))?;
        let fields = thing.resource.shown_fields();
        Some(fields.into_iter().map(|(name, shown)| (name.to_string(), shown)).collect())
    }

    /// One thing as an observation would return it.
    pub fn look(&self, address: &Address) -> Option<LiveResource> {
        let state = self.state();
        let key = state.account.key(address);
        let thing = state.account.get(&key)?;
        Some(observe::look(&state.account, &key, thing))
    }

    /// Somebody changes a value in the console. Returns `from -> to`.
    pub fn tamper(
        &self,
        address: &Address,
        field: &str,
        value: &str,
    ) -> Result<String, TamperError> {
        let account = &mut self.state().account;
        let key = account.key(address);
        tamper::tamper(account, &key, field, value)
    }

    /// Somebody deletes a thing in the console, whatever protects it.
    pub fn tamper_delete(&self, address: &Address) -> Result<String, TamperError> {
        let account = &mut self.state().account;
        let key = account.key(address);
        tamper::tamper_delete(account, &key)
    }

    /// A zone fails: the standby or a reader takes over. Returns what happened.
    pub fn failover(&self, address: &Address) -> Result<String, TamperError> {
        let account = &mut self.state().account;
        let key = account.key(address);
        let done = match key.kind {
            Kind::DbCluster => kind::db_cluster::failover(account, &key),
            _ => kind::db_instance::failover(account, &key),
        };
        done.map_err(|error| TamperError::Refused(error.to_string()))
    }

    /// Applications fill the volume of an instance. Returns what happened.
    pub fn fill_storage(&self, address: &Address, percent: u32) -> Result<String, TamperError> {
        let account = &mut self.state().account;
        let key = account.key(address);
        match account.instance(&key) {
            Some(_) => Ok(kind::db_instance::storage::fill_up(account, &key, percent)),
            None => Err(TamperError::Missing(address.to_string())),
        }
    }

    /// AWS offers the newest minor version, and installs it in the next maintenance window
    /// where `auto_minor_upgrade` is on. Returns what it offers.
    pub fn announce_upgrade(&self, address: &Address) -> Result<String, TamperError> {
        let account = &mut self.state().account;
        let key = account.key(address);
        if account.get(&key).is_none() {
            return Err(TamperError::Missing(address.to_string()));
        }
        let newest = || TamperError::Refused(format!("{address} has no newer minor version"));
        kind::db_instance::version::announce(account, &key).ok_or_else(newest)
    }

    /// Somebody confirms an e-mail subscription; `false` if there was nothing to confirm.
    pub fn confirm(&self, address: &Address) -> bool {
        let account = &mut self.state().account;
        let key = account.key(address);
        kind::sns::confirm(account, &key)
    }

    /// Puts a thing into the account that somebody else made, by the same rules as
    /// everything else but at once, and with these tags.
    pub fn plant(
        &self,
        address: &Address,
        resource: Resource,
        tags: &Tags,
    ) -> Result<(), CallError> {
        let account = &mut self.state().account;
        let key = account.key(address);
        kind::create(account, &key, &resource, tags)?;
        let status = match key.kind {
            Kind::EventSubscription => "active",
            Kind::BackupReplication => "replicating",
            Kind::DbProxyTarget => "AVAILABLE",
            _ => "available",
        };
        account.cancel(&key);
        account.set_status(&key, status);
        Ok(())
    }

    /// Puts a look-alike into the account: the same name, without the ownership tag.
    pub fn put_unowned(&self, address: &Address, resource: Resource) -> Result<(), CallError> {
        self.plant(address, resource, &Tags::new())
    }

    /// From now on it does this as AWS does.
    pub fn learn(&self, habit: Habit) {
        self.state().account.habits.insert(habit);
    }

    /// Lets something fail on purpose. Faults are not saved.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    /// A copy that goes its own way, without the faults that were asked for.
    pub fn fork(&self) -> Self {
        let state = self.state();
        // What has happened is long and nothing depends on it.
        let account = Account { events: Vec::new(), ..state.account.clone() };
        Self::with(account, None)
    }

    /// Everything that is under way takes so much longer.
    pub fn slow_down(&self, by: Duration) {
        timeline::postpone(&mut self.state().account, by);
    }

    /// A thing that is busy ends in another state than available, and stays there: `failed`,
    /// `storage-full`, `incompatible-network`. Returns what happened, if it was busy.
    pub fn get_stuck(&self, address: &Address, status: &str) -> Option<String> {
        let account = &mut self.state().account;
        let key = account.key(address);
        timeline::get_stuck(account, &key, status)
    }

    /// A person ends whatever is stuck: everything goes on where it stopped.
    pub fn repair(&self) {
        timeline::repair(&mut self.state().account);
    }

    /// When connections broke, and whose, because of a call or of a window.
    pub fn interruptions(&self) -> Vec<Interruption> {
        self.state().account.interruptions.clone()
    }

    /// How often connections broke so far.
    pub fn interrupted(&self) -> usize {
        self.state().account.interruptions.len()
    }

    /// Forgets all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    fn call(&self, call: &Call) -> Result<Receipt, CallError> {
        let state = &mut *self.state();
        let request_id = Some(format!("sim-{:08}", state.account.next()));
        let lost = match state.faults.judge(call.operation) {
            Verdict::Fail(error) => return Err(CallError { request_id, ..error }),
            Verdict::Lost => true,
            Verdict::Pass => false,
        };
        let made = execute::execute(&mut state.account, call);
        match made {
            _ if lost => Err(faults::lost()),
            Ok(ids) => Ok(Receipt { ids, request_id }),
            Err(error) => Err(CallError { request_id, ..error }),
        }
    }
}

impl Observe for Sim {
    async fn identity(&self) -> Result<Identity, ReadError> {
        let account = &self.state().account;
        let partition = partition(&account.home);
        let number = &account.number;
        let arn = format!("arn:{partition}:sts::{number}:assumed-role/pgha/simulated");
        Ok(Identity { account: number.clone(), arn })
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        let state = &mut *self.state();
        state.account.home = wanted.scope.home.clone();
        observe::observe(&state.account, &state.faults, wanted)
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        offers::answer(questions)
    }
}

impl Execute for Sim {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        self.call(call)
    }
}

impl Clock for Sim {
    fn now(&self) -> Timestamp {
        Sim::now(self)
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}
