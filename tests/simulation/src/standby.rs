//! Replicas that must not fall behind their source: PostgreSQL pauses the recovery of a standby
//! that has fewer resources than its primary needs
//! (<https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN>).

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use pgha_planner::Plan;
use pgha_resource::call::Action;
use pgha_resource::catalog::class_size;
use pgha_resource::kind::DbInstance;
use pgha_resource::{Address, Call, Desired, Resource};
use pgha_sim::Sim;

use crate::promises::Promise;
use crate::stage::Stage;

/// The classes of a cluster's databases, and who set them.
#[derive(Debug, Default)]
pub struct Classes {
    /// The class that pgha last asked for of a database that was there. One that is made smaller
    /// than its source gets what it needs: RDS overrides the parameters that would keep it from
    /// starting
    /// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html>).
    asked: RefCell<BTreeMap<Address, String>>,
    /// A person set a class, or was told what comes, so that a pair may be uneven without a fault
    /// of pgha's.
    moved: Cell<bool>,
    /// The replicas that were smaller than their source when somebody last looked.
    uneven: RefCell<BTreeSet<Address>>,
}

impl Classes {
    /// Notes what a call asks for.
    pub(crate) fn follow(&self, call: &Call) {
        let Action::Update { to, fields, .. } = &call.action else { return };
        if let Some(class) = class_of(to).filter(|_| fields.iter().any(|field| field == "class")) {
            self.asked.borrow_mut().insert(call.address.clone(), class.into());
        }
    }

    /// A plan that raises and lowers at once says that replicas may pause meanwhile.
    pub(crate) fn warned(&self, plan: &Plan) {
        if plan.notes.iter().any(|note| note.text.contains("recovery may pause")) {
            self.moved.set(true);
        }
    }

    /// Somebody else sets classes.
    pub(crate) fn give_up(&self) {
        self.moved.set(true);
    }
}

/// No replica became smaller than its source because of a class that pgha asked for, where the
/// spec wants none smaller.
pub(crate) fn judge(stage: &Stage, desired: &Desired) {
    let classes = &stage.classes;
    // Looking at every database each time would take most of a world's time.
    if classes.moved.get() || classes.asked.borrow().is_empty() {
        return;
    }
    let now = uneven(&stage.sim);
    for (replica, source) in &now {
        let known = classes.uneven.borrow().contains(replica);
        if known || wants_it(desired, replica, source) {
            continue;
        }
        let asked = classes.asked.borrow();
        let by_us = [replica, source].into_iter().any(|address| {
            let there = stage.sim.look(address);
            let class = there.as_ref().and_then(|live| class_of(&live.resource));
            class.is_some() && asked.get(address).map(String::as_str) == class
        });
        if by_us {
            stage.broke(Promise::Replays, format!("{replica} is smaller than {source}"));
        }
    }
    stage.count_many("looks at replicas as large as their source", usize::from(now.is_empty()));
    *classes.uneven.borrow_mut() = now.into_keys().collect();
}

fn wants_it(desired: &Desired, replica: &Address, source: &Address) -> bool {
    let size = |address: &Address| size(&desired.resources.get(address)?.resource);
    match (size(replica), size(source)) {
        (Some(replica), Some(source)) => replica < source,
        // One of them is on its way out of the spec.
        _ => true,
    }
}

/// The replicas that have less memory than their source, each with that.
fn uneven(sim: &Sim) -> BTreeMap<Address, Address> {
    let addresses = sim.inventory().into_iter().map(|entry| entry.address);
    let instances: Vec<(Address, DbInstance)> = addresses
        .filter_map(|address| match sim.look(&address)?.resource {
            Resource::DbInstance(instance) => Some((address, instance)),
            _ => None,
        })
        .collect();
    let memory = |instance: &DbInstance| class_size(instance.class.as_deref()?).map(|(gib, _)| gib);
    let source_of = |instance: &DbInstance| {
        let source = instance.source.as_ref()?.as_known()?.rsplit(':').next()?.to_string();
        instances.iter().find(|(address, _)| address.name == source)
    };
    instances
        .iter()
        .filter_map(|(address, replica)| {
            let (source, of) = source_of(replica)?;
            (memory(replica)? < memory(of)?).then(|| (address.clone(), source.clone()))
        })
        .collect()
}

fn size(resource: &Resource) -> Option<u32> {
    class_size(class_of(resource)?).map(|(gib, _)| gib)
}

fn class_of(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::DbInstance(instance) => instance.class.as_deref(),
        _ => None,
    }
}
