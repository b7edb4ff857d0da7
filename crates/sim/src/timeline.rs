//! Time: what is due, and what it does when its moment comes.

use std::time::Duration;

use jiff::Timestamp;
use pgha_resource::Address;
use pgha_resource::Kind;
use serde::Deserialize;
use serde::Serialize;

use crate::account::Account;
use crate::account::Stuck;
use crate::deeds;
use crate::kind::db_instance;
use crate::kind::db_parameter_group;
use crate::kind::db_proxy;
use crate::pending;
use crate::rotation;

/// Something that is going to happen to one thing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Due {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub key: Address,
    /// To which thing of that name.
    pub serial: u64,
    /// What.
    pub what: Happening,
}

/// What can happen by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Happening {
    /// The status changes.
    Become(String),
    /// A change that was accepted begins.
    Begin,
    /// A change that began is made.
    Land,
    /// A reboot is over.
    Rebooted,
    /// The maintenance window opens.
    Window,
    /// It looks whether its storage has to grow by itself.
    Autoscale,
    /// A new size is spread over the whole volume.
    Optimized,
    /// A proxy's verbose logs end.
    DebugLoggingOff,
    /// What is stopped starts by itself.
    Start,
    /// A secret is rotated.
    Rotate,
    /// A change of parameters is noticed.
    Notice,
    /// It is gone.
    Gone,
}

impl Happening {
    /// Whether it comes when its time comes, however long everything else takes: nothing is
    /// under way because of it.
    fn has_its_time(&self) -> bool {
        matches!(self, Self::Window | Self::Start | Self::Rotate | Self::Notice)
    }
}

/// Lets simulated time pass; everything due happens in order.
pub(crate) fn advance(account: &mut Account, by: Duration) {
    let end = account.now.checked_add(by).unwrap_or(Timestamp::MAX);
    while account.dues.first().is_some_and(|due| due.at <= end) {
        let due = account.dues.remove(0);
        account.now = account.now.max(due.at);
        let same = account.get(&due.key).is_some_and(|thing| thing.serial == due.serial);
        if same {
            happen(account, &due.key, due.what);
        }
    }
    account.now = end;
}

/// What is under way takes longer; windows open when they open.
pub(crate) fn postpone(account: &mut Account, by: Duration) {
    for due in account.dues.iter_mut().filter(|due| !due.what.has_its_time()) {
        due.at = due.at.checked_add(by).unwrap_or(Timestamp::MAX);
    }
    account.dues.sort_by_key(|due| due.at);
}

/// What is under way stops in a state of its own.
pub(crate) fn get_stuck(account: &mut Account, key: &Address, status: &str) -> Option<String> {
    let was = account.get(key)?.status.clone();
    let (stopped, others): (Vec<Due>, Vec<Due>) = std::mem::take(&mut account.dues)
        .into_iter()
        .partition(|due| due.key == *key && !due.what.has_its_time());
    account.dues = others;
    if stopped.is_empty() || account.stuck.contains_key(key) {
        account.dues.extend(stopped);
        account.dues.sort_by_key(|due| due.at);
        return None;
    }
    let after = |due: &Due| Duration::try_from(due.at.duration_since(account.now)).ok();
    let dues =
        stopped.iter().map(|due| (after(due).unwrap_or_default(), due.what.clone())).collect();
    account.stuck.insert(key.clone(), Stuck { status: was.clone(), dues });
    account.break_off(key);
    account.set_status(key, status);
    account.log(key, status);
    Some(format!("{} is stuck: {was} -> {status}", account.address(key)))
}

/// What is stuck goes on.
pub(crate) fn repair(account: &mut Account) {
    for content in account.contents.values_mut() {
        (content.pending, content.denied) = (false, false);
    }
    for (key, stuck) in std::mem::take(&mut account.stuck) {
        account.set_status(&key, &stuck.status);
        account.log(&key, "repaired");
        for (after, what) in stuck.dues {
            account.later(&key, after, what);
        }
    }
    // What was stuck may be full.
    for thing in account.things.values_mut().filter(|thing| thing.status == "storage-full") {
        thing.status = "available".into();
        thing.database.iter_mut().for_each(|database| database.used_percent = 50);
    }
}

fn happen(account: &mut Account, key: &Address, what: Happening) {
    match what {
        Happening::Become(status) => {
            account.set_status(key, &status);
            account.log(key, status);
        }
        Happening::Begin => pending::begin(account, key),
        Happening::Land => pending::land(account, key),
        Happening::Rebooted => pending::rebooted(account, key),
        Happening::Window => pending::open_window(account, key),
        Happening::Autoscale => db_instance::storage::autoscale(account, key),
        Happening::Optimized => db_instance::storage::optimized(account, key),
        Happening::DebugLoggingOff => db_proxy::end_debug_logging(account, key),
        Happening::Start => deeds::started(account, key),
        Happening::Rotate => rotation::rotate(account, key),
        Happening::Notice => db_parameter_group::noticed(account, key),
        Happening::Gone => gone(account, key),
    }
}

/// What goes away takes its parts along.
fn gone(account: &mut Account, key: &Address) {
    match key.kind {
        Kind::DbInstance | Kind::DbCluster => db_proxy::forget_database(account, key),
        Kind::DbProxy => db_proxy::forget_parts(account, key),
        _ => {}
    }
    account.remove(key);
}
