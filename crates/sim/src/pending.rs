//! Accepted changes of databases: what waits, what is being made, and when it lands
//! (docs/aws/instances.md#apply-immediately).
//!
//! A change that is made now first leaves the status as it is for a few seconds, then the
//! status is `modifying`, then the value is there (docs/aws/instances.md#status-lags).

use std::collections::BTreeMap;
use std::time::Duration;

use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Resource;
use pgha_resource::Timing;
use serde::Deserialize;
use serde::Serialize;

use crate::account::Account;
use crate::account::Thing;
use crate::kind::db_cluster;
use crate::kind::db_instance;
use crate::kind::db_instance::version;
use crate::timeline::Happening;
use crate::window::Window;

/// How long a status lags behind an accepted change (docs/aws/instances.md#status-lags).
const LAG: Duration = Duration::from_secs(5);

/// How long a window waits for a database that is busy, or for its replicas.
const TRY_AGAIN: Duration = Duration::from_secs(10 * 60);

const VERSION: &str = "engine_version";

/// Changes that AWS accepted and has not made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// The fields, and what each waits for.
    pub fields: BTreeMap<String, Trigger>,
    /// Their values, in the shape of a whole resource.
    pub values: Resource,
}

/// What a waiting field waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Trigger {
    /// The maintenance window, or any later call with `ApplyImmediately`.
    Window,
    /// A reboot.
    Boot,
    /// Nothing: it is being made.
    Flight,
}

/// When AWS makes a change to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// At once, whatever the call says.
    Now,
    /// As soon as possible, whatever the call says.
    Soon,
    /// Now with `ApplyImmediately`, else in the window.
    Window,
    /// At the next reboot.
    Boot,
}

impl Thing {
    /// The resource with the fields of these triggers as they will be.
    pub fn overlaid(&self, with: impl Fn(&str, Trigger) -> bool) -> Resource {
        let mut after = self.resource.clone();
        if let Some(waiting) = self.waiting() {
            let due = waiting.fields.iter().filter(|(name, trigger)| with(name, **trigger));
            due.for_each(|(name, _)| after.copy_field(name, &waiting.values));
        }
        after
    }

    /// The changes that wait.
    pub fn waiting(&self) -> Option<&Waiting> {
        self.database.as_ref()?.waiting.as_ref()
    }

    fn wait(&mut self, field: &str, trigger: Trigger, values: &Resource) {
        let fresh = || Waiting { fields: BTreeMap::new(), values: values.clone() };
        if let Some(database) = self.database.as_mut() {
            let waiting = database.waiting.get_or_insert_with(fresh);
            waiting.fields.insert(field.into(), trigger);
            waiting.values.copy_field(field, values);
        }
    }

    /// Lets everything that waits for the window take off; `true` if anything is in flight.
    fn take_off(&mut self) -> bool {
        let waiting = self.database.as_mut().and_then(|database| database.waiting.as_mut());
        let Some(waiting) = waiting else { return false };
        for trigger in waiting.fields.values_mut().filter(|t| **t == Trigger::Window) {
            *trigger = Trigger::Flight;
        }
        waiting.fields.values().any(|trigger| *trigger == Trigger::Flight)
    }

    /// Makes the changes of a trigger and returns their names.
    fn make(&mut self, trigger: Trigger) -> Vec<String> {
        let Some(database) = self.database.as_mut() else { return Vec::new() };
        let Some(mut waiting) = database.waiting.take() else { return Vec::new() };
        let due = waiting.fields.iter().filter(|(_, t)| **t == trigger);
        let made: Vec<String> = due.map(|(name, _)| name.clone()).collect();
        for name in &made {
            self.resource.copy_field(name, &waiting.values);
            waiting.fields.remove(name);
        }
        if !waiting.fields.is_empty() {
            database.waiting = Some(waiting);
        }
        made
    }
}

/// Takes the fields of a call in. Whatever happens now happens; the rest waits.
pub(crate) fn accept(
    account: &mut Account,
    key: &Address,
    moments: &[(&'static str, Moment)],
    to: &Resource,
    timing: Timing,
) {
    let Some(thing) = account.get_mut(key) else { return };
    for (name, moment) in moments {
        match moment {
            Moment::Now => thing.resource.copy_field(name, to),
            Moment::Soon => thing.wait(name, Trigger::Flight, to),
            Moment::Window => thing.wait(name, Trigger::Window, to),
            Moment::Boot => thing.wait(name, Trigger::Boot, to),
        }
    }
    // ApplyImmediately flushes everything that waits for the window, whoever queued it.
    let soon = moments.iter().any(|(_, moment)| *moment == Moment::Soon);
    let flies = match timing {
        Timing::Immediately => thing.take_off(),
        Timing::InWindow => soon,
    };
    if flies {
        account.later(key, LAG, Happening::Begin);
    }
    watch_window(account, key);
}

/// A change that AWS makes by itself: it is in flight from now on.
pub(crate) fn begin_by_itself(
    account: &mut Account,
    key: &Address,
    fields: &[&str],
    to: &Resource,
) {
    let Some(thing) = account.get_mut(key) else { return };
    fields.iter().for_each(|field| thing.wait(field, Trigger::Flight, to));
    start(account, key, false);
}

/// Makes sure that the window opens for what waits for it, and for nothing else.
pub(crate) fn watch_window(account: &mut Account, key: &Address) {
    account.dues.retain(|due| due.key != *key || due.what != Happening::Window);
    let Some(thing) = account.get(key) else { return };
    let queued = thing.waiting().is_some_and(|w| w.fields.values().any(|t| *t == Trigger::Window));
    let waits = queued || version::offered(thing).is_some();
    let Some(window) = maintenance_window(&thing.resource).filter(|_| waits) else { return };
    // A window that contains the present with half an hour left opens at once.
    let open = window.contains(account.now, 30);
    let at = if open { account.now } else { window.next_start(account.now) };
    account.at(key, at, Happening::Window);
}

fn maintenance_window(resource: &Resource) -> Option<Window> {
    let text = match resource {
        Resource::DbInstance(instance) => instance.maintenance_window.as_deref(),
        Resource::DbCluster(cluster) => cluster.maintenance_window.as_deref(),
        _ => None,
    };
    text.and_then(Window::weekly)
}

/// The window is looked at once more, in this one or the next.
fn try_again(account: &mut Account, key: &Address) {
    let again = account.now.checked_add(TRY_AGAIN).unwrap_or(account.now);
    let window = account.get(key).and_then(|thing| maintenance_window(&thing.resource));
    let Some(window) = window else { return };
    let at = if window.contains(again, 0) { again } else { window.next_start(account.now) };
    account.at(key, at, Happening::Window);
}

/// The window opens: what waits for it takes off, unless the database is busy or its
/// replicas have to be upgraded first.
pub(crate) fn open_window(account: &mut Account, key: &Address) {
    let Some(thing) = account.get_mut(key) else { return };
    // What somebody asked for comes before what AWS does by itself.
    let asked = thing.waiting().is_some_and(|waiting| waiting.fields.contains_key(VERSION));
    let before = thing.clone();
    let own = version::offered(thing).filter(|_| !asked);
    if let Some(upgraded) = &own {
        thing.wait(VERSION, Trigger::Window, upgraded);
    }
    let ready = matches!(before.status.as_str(), "available" | "storage-optimization");
    let replicas_first = version::replicas_first(account, key);
    // AWS's own upgrade waits for the replicas, and what was asked for does not wait with it.
    if replicas_first && own.is_some() {
        account.things.insert(key.clone(), before);
    }
    if !ready || replicas_first {
        try_again(account, key);
    }
    if !ready || (replicas_first && own.is_none()) {
        return;
    }
    account.log(key, "the maintenance window opens");
    if account.get_mut(key).is_some_and(Thing::take_off) {
        start(account, key, true);
    }
}

/// A change that was accepted begins: the database is busy until it lands. A window that opened
/// meanwhile took it along.
pub(crate) fn begin(account: &mut Account, key: &Address) {
    let flies = account.dues.iter().any(|due| due.key == *key && due.what == Happening::Land);
    if !flies {
        start(account, key, false);
    }
}

fn start(account: &mut Account, key: &Address, in_window: bool) {
    let Some(thing) = account.get_mut(key) else { return };
    let restarts = thing.database.as_mut().is_some_and(|d| std::mem::take(&mut d.restarts));
    let after = thing.overlaid(|_, trigger| trigger == Trigger::Flight);
    let (status, mut takes, mut cost) = match (&thing.resource, &after) {
        (Resource::DbInstance(from), Resource::DbInstance(to)) => {
            let (status, takes) = db_instance::modify::work(from, to);
            (status, takes, db_instance::modify::cost(from, to))
        }
        (Resource::DbCluster(from), Resource::DbCluster(to)) => {
            let (status, takes) = db_cluster::work(from, to);
            (status, takes, db_cluster::cost(from, to))
        }
        _ => return,
    };
    if restarts {
        cost = cost.max(Disruption::Restart);
        takes = takes.max(db_instance::REBOOTING);
    }
    account.note_interruption(key, cost, takes, in_window);
    account.set_status(key, status);
    account.log(key, status);
    account.later(key, takes, Happening::Land);
}

/// A change lands: the values are there and the database is available again.
pub(crate) fn land(account: &mut Account, key: &Address) {
    let Some(thing) = account.get_mut(key) else { return };
    let before = thing.resource.clone();
    let made = thing.make(Trigger::Flight);
    thing.status = "available".into();
    if let Some(database) = thing.database.as_mut().filter(|_| made.contains(&VERSION.into())) {
        database.offered = None;
    }
    account.log(key, format!("finished applying {}", made.join(", ")));
    match key.kind {
        Kind::DbInstance => db_instance::modify::landed(account, key, &before, &made),
        _ => db_cluster::landed(account, key, &before, &made),
    }
}

/// A reboot is over: parameters are in effect, and what waited for it is made.
pub(crate) fn rebooted(account: &mut Account, key: &Address) {
    let Some(thing) = account.get_mut(key) else { return };
    thing.make(Trigger::Boot);
    thing.status = "available".into();
    crate::kind::db_parameter_group::load(account, key);
    account.log(key, "restarted");
}
