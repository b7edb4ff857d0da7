//! A small scripted account for this crate's tests, in its own time: what is accepted is there at
//! once, unless the script says something else.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_planner::Approval;
use pgha_planner::Intent;
use pgha_planner::StepId;
use pgha_planner::approve;
use pgha_planner::plan;
use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::call::Action;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::desired::Origin;
use pgha_resource::desired::Policy;
use pgha_resource::desired::SubnetQuery;
use pgha_resource::desired::VpcQuery;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::Ids;
use pgha_resource::live::Network;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::offer::Offers;
use pgha_resource::offer::Questions;
use pgha_resource::status::Status;

use crate::look::look;
use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::port::Observe;
use crate::port::Receipt;
use crate::port::Wanted;
use crate::report::Event;
use crate::report::Report;
use crate::report::Watch;
use crate::run::apply;
use crate::stop::Stop;

/// Runs a future of this account, which never waits for anything but its own time.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

pub(crate) fn at(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn name_of(text: &str) -> Option<Ref> {
    Some(Ref::Of(at(text), Attr::Name))
}

pub(crate) fn home() -> Region {
    Region::new("us-east-1")
}

/// A spec of these resources.
pub(crate) fn desired(resources: Vec<(&str, Resource)>) -> Desired {
    let origin = Origin { file: "cluster.toml".into(), line: 1, column: 1 };
    let wanted = |(address, resource): (&str, Resource)| {
        let (tags, origins, after) = (Tags::new(), BTreeMap::new(), BTreeSet::new());
        let origin = origin.clone();
        let wanted = DesiredResource {
            resource,
            mode: Default::default(),
            tags,
            origin,
            origins,
            after,
            measure: None,
            windows: Vec::new(),
            lookups: BTreeMap::new(),
        };
        (at(address), wanted)
    };
    let vpc = VpcQuery::Id("vpc-1".into());
    let query = NetworkQuery { vpc, subnets: SubnetQuery::All, origin: origin.clone() };
    Desired {
        scope: Scope {
            cluster: "orders".into(),
            account: Some("123456789012".into()),
            home: home(),
        },
        resources: resources.into_iter().map(wanted).collect(),
        networks: BTreeMap::from([(home(), query)]),
        policy: Policy {
            timing: Timing::Immediately,
            max_disruption: Disruption::Outage,
            protected: BTreeSet::new(),
            window: None,
        },
    }
}

/// What a refusal is made of.
pub(crate) fn refusal(class: ErrorClass, code: &str) -> CallError {
    CallError { class, code: code.into(), message: "no".into(), request_id: None }
}

type Edit = Box<dyn Fn(&mut LiveResource)>;

/// The account.
pub(crate) struct Fake {
    now: Cell<Timestamp>,
    vpc: RefCell<String>,
    world: RefCell<BTreeMap<(Address, String), LiveResource>>,
    refusals: RefCell<Vec<(Operation, CallError, u32)>>,
    after_calls: Vec<(Option<Operation>, SignedDuration, Address, Edit)>,
    due: RefCell<Vec<(Timestamp, usize)>>,
    hidden: Cell<u32>,
    ghosts: RefCell<BTreeMap<Address, (LiveResource, u32)>>,
    takes: RefCell<BTreeMap<Operation, SignedDuration>>,
    calls: RefCell<Vec<(SignedDuration, Operation, Address)>>,
    ids: Cell<u32>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            now: Cell::new(Timestamp::UNIX_EPOCH),
            vpc: RefCell::new("vpc-1".into()),
            world: RefCell::default(),
            refusals: RefCell::default(),
            after_calls: Vec::new(),
            due: RefCell::default(),
            hidden: Cell::new(0),
            ghosts: RefCell::default(),
            takes: RefCell::default(),
            calls: RefCell::default(),
            ids: Cell::new(0),
        }
    }
}

impl Fake {
    /// An account in which a spec was applied.
    pub(crate) fn applied(desired: &Desired) -> Self {
        let fake = Self::default();
        let report = fake.apply(desired, &Intent::default(), &mut ());
        assert!(report.is_converged(), "{report:#?}");
        fake.calls.borrow_mut().clear();
        fake
    }

    /// Refuses an operation so many times.
    pub(crate) fn refuse(self, operation: Operation, error: CallError, times: u32) -> Self {
        self.refusals.borrow_mut().push((operation, error, times));
        self
    }

    /// Changes a resource so long after each call of an operation.
    pub(crate) fn after(
        mut self,
        operation: Operation,
        minutes: i64,
        address: &str,
        edit: impl Fn(&mut LiveResource) + 'static,
    ) -> Self {
        let later = SignedDuration::from_mins(minutes);
        self.after_calls.push((Some(operation), later, at(address), Box::new(edit)));
        self
    }

    /// Changes a resource so long after now.
    pub(crate) fn later(
        mut self,
        minutes: i64,
        address: &str,
        edit: impl Fn(&mut LiveResource) + 'static,
    ) -> Self {
        let later = SignedDuration::from_mins(minutes);
        self.due.borrow_mut().push((self.now.get() + later, self.after_calls.len()));
        self.after_calls.push((None, later, at(address), Box::new(edit)));
        self
    }

    /// Lookups find another VPC from now on, and resources are made in it.
    pub(crate) fn in_vpc(&self, vpc: &str) {
        *self.vpc.borrow_mut() = vpc.into();
    }

    /// Shows nothing in so many looks.
    pub(crate) fn hide(&self, looks: u32) {
        self.hidden.set(looks);
    }

    /// Shows a resource as it is now in so many looks, whatever becomes of it.
    pub(crate) fn keep_showing(&self, address: &str, looks: u32) {
        let world = self.world.borrow();
        let found = world.iter().find(|((other, _), _)| *other == at(address));
        let ((address, _), live) = found.unwrap_or_else(|| panic!("{address} is not there"));
        self.ghosts.borrow_mut().insert(address.clone(), (live.clone(), looks));
    }

    /// The past, where a look shows that.
    fn ghost(&self, address: &Address) -> Option<LiveResource> {
        let mut ghosts = self.ghosts.borrow_mut();
        let (live, looks) = ghosts.get_mut(address).filter(|(_, looks)| *looks > 0)?;
        *looks -= 1;
        Some(live.clone())
    }

    /// The answer to a call takes so many minutes.
    pub(crate) fn takes(&self, operation: Operation, minutes: i64) {
        self.takes.borrow_mut().insert(operation, SignedDuration::from_mins(minutes));
    }

    /// Changes what is there.
    pub(crate) fn edit(&self, address: &str, edit: impl Fn(&mut LiveResource)) {
        let address = at(address);
        let mut world = self.world.borrow_mut();
        let found = world.iter_mut().find(|((other, _), _)| *other == address);
        edit(found.unwrap_or_else(|| panic!("{address} is not there")).1);
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.now.set(self.now.get() + SignedDuration::from_mins(minutes));
    }

    /// The minutes at which an operation was called.
    pub(crate) fn called(&self, operation: Operation) -> Vec<i64> {
        let calls = self.calls.borrow();
        let made = calls.iter().filter(|(_, other, _)| *other == operation);
        made.map(|(when, ..)| when.as_mins()).collect()
    }

    pub(crate) fn minutes(&self) -> i64 {
        self.since_start().as_mins()
    }

    fn since_start(&self) -> SignedDuration {
        self.now.get().duration_since(Timestamp::UNIX_EPOCH)
    }

    /// Plans and applies.
    pub(crate) fn apply(
        &self,
        desired: &Desired,
        intent: &Intent,
        watch: &mut dyn Watch,
    ) -> Report {
        self.apply_until(desired, intent, watch, &Stop::default())
    }

    /// Plans and applies, until somebody asks to stop.
    pub(crate) fn apply_until(
        &self,
        desired: &Desired,
        intent: &Intent,
        watch: &mut dyn Watch,
        stop: &Stop,
    ) -> Report {
        block_on(async {
            let planned = plan(desired, &look(desired, self).await, intent);
            let approval = Approval { max_disruption: Disruption::Outage, digest: None };
            let approved = approve(planned, &approval).unwrap();
            apply(approved, desired, intent, self, self, watch, stop).await
        })
    }

    fn key(&self, address: &Address, resource: &Resource) -> (Address, String) {
        (address.clone(), vpc_of(resource).unwrap_or_default())
    }

    /// The key of what a call is about: by its id where it names one.
    fn target(&self, call: &Call) -> Option<(Address, String)> {
        let world = self.world.borrow();
        let mut found = world.iter().filter(|((address, _), _)| *address == call.address);
        let by_id = |live: &LiveResource| call.id.is_none() || live.ids.id == call.id;
        found.find(|(_, live)| by_id(live)).map(|(key, _)| key.clone())
    }

    fn refused(&self, operation: Operation) -> Option<CallError> {
        let mut refusals = self.refusals.borrow_mut();
        let (_, error, left) =
            refusals.iter_mut().find(|(other, _, left)| *other == operation && *left > 0)?;
        *left -= 1;
        Some(error.clone())
    }

    /// As AWS would, where it follows from the name.
    fn arn(&self, address: &Address, id: &str) -> String {
        let account = Some("123456789012".into());
        let scope = Scope { cluster: "orders".into(), account, home: home() };
        scope.arn(address).unwrap_or_else(|| format!("arn:{id}"))
    }

    fn carry_out(&self, call: &Call) -> Result<Receipt, CallError> {
        let gone = || refusal(ErrorClass::Gone, "NotFound");
        let key = match &call.action {
            Action::Create { to, .. } => self.key(&call.address, to),
            _ => self.target(call).ok_or_else(gone)?,
        };
        let mut world = self.world.borrow_mut();
        match &call.action {
            Action::Create { to, tags } => {
                if world.contains_key(&key) && !call.operation.configures_existing() {
                    return Err(refusal(ErrorClass::Exists, "AlreadyExists"));
                }
                self.ids.set(self.ids.get() + 1);
                let id = format!("id-{}", self.ids.get());
                let mut live = LiveResource::new(as_made((**to).clone()), Status::ready());
                live.tags = Some(tags.clone());
                let arn = self.arn(&call.address, &id);
                live.ids = Ids { arn: Some(arn), id: Some(id), ..Ids::default() };
                let ids = live.ids.clone();
                world.insert(key, live);
                return Ok(Receipt { ids, request_id: None });
            }
            Action::Delete { .. } => {
                world.remove(&key);
            }
            Action::Update { to, fields, .. } => {
                let live = world.get_mut(&key).ok_or_else(gone)?;
                fields.iter().for_each(|field| live.resource.copy_field(field, to));
            }
            Action::Tag { set, remove, .. } => {
                let tags = &mut world.get_mut(&key).ok_or_else(gone)?.tags;
                let tags = tags.get_or_insert_default();
                tags.extend(set.clone());
                tags.retain(|key, _| !remove.contains(key));
            }
            Action::Reboot { .. } => world.get_mut(&key).ok_or_else(gone)?.notices.clear(),
            Action::Start { .. } => {
                world.get_mut(&key).ok_or_else(gone)?.status = Status::db_instance("available");
            }
        }
        Ok(Receipt::default())
    }

    /// Makes what has become due since.
    fn catch_up(&self) {
        let now = self.now.get();
        let due: Vec<usize> =
            self.due.borrow().iter().filter(|(when, _)| *when <= now).map(|(_, i)| *i).collect();
        self.due.borrow_mut().retain(|(when, _)| *when > now);
        for index in due {
            let (_, _, address, edit) = &self.after_calls[index];
            let mut world = self.world.borrow_mut();
            let found = world.iter_mut().find(|((other, _), _)| other == address);
            if let Some((_, live)) = found {
                edit(live);
            }
        }
    }
}

fn vpc_of(resource: &Resource) -> Option<String> {
    match resource {
        Resource::SecurityGroup(group) => group.vpc.as_ref()?.as_known().map(str::to_string),
        _ => None,
    }
}

/// A new group has no parameters, which is not to say that they cannot be read.
fn as_made(mut resource: Resource) -> Resource {
    if let Resource::DbParameterGroup(group) = &mut resource {
        group.parameters.get_or_insert_default();
    }
    resource
}

impl Observe for Fake {
    async fn identity(&self) -> Result<Identity, ReadError> {
        Ok(Identity { account: "123456789012".into(), arn: "arn:me".into() })
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        self.catch_up();
        let hidden = self.hidden.get() > 0 && !wanted.resources.is_empty();
        if hidden {
            self.hidden.set(self.hidden.get() - 1);
        }
        let world = self.world.borrow();
        let mut live = Live::default();
        for (address, resource) in &wanted.resources {
            let vpc = vpc_of(resource);
            let mut found = world.iter().filter(|((other, place), _)| {
                other == address && vpc.as_ref().is_none_or(|vpc| vpc == place)
            });
            let found = found.next().filter(|_| !hidden).map(|(_, live)| live.clone());
            let seen = self
                .ghost(address)
                .or(found)
                .map_or(Seen::Absent, |live| Seen::Present(Box::new(live)));
            live.resources.insert(address.clone(), seen);
        }
        if !wanted.sweep.is_empty() {
            for ((address, _), found) in world.iter() {
                let seen = Seen::Present(Box::new(found.clone()));
                live.resources.entry(address.clone()).or_insert(seen);
            }
        }
        let (vpc, cidrs, subnets) = (self.vpc.borrow().clone(), BTreeSet::new(), BTreeSet::new());
        let network = NetworkSeen::Found(Network { vpc, cidrs, subnets });
        live.networks = wanted.networks.keys().map(|r| (r.clone(), network.clone())).collect();
        live
    }

    async fn ask(&self, _questions: &Questions) -> Offers {
        Offers::default()
    }
}

impl Execute for Fake {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        let made = (self.since_start(), call.operation, call.address.clone());
        self.calls.borrow_mut().push(made);
        let refused = self.refused(call.operation);
        let carried_out = refused.as_ref().is_none_or(|error| error.class == ErrorClass::Unknown);
        let answer = match carried_out {
            true => self.carry_out(call),
            false => Ok(Receipt::default()),
        };
        let takes = self.takes.borrow().get(&call.operation).copied().unwrap_or_default();
        self.now.set(self.now.get() + takes);
        for (index, (operation, later, ..)) in self.after_calls.iter().enumerate() {
            if *operation == Some(call.operation) {
                self.due.borrow_mut().push((self.now.get() + *later, index));
            }
        }
        refused.map_or(answer, Err)
    }
}

impl Clock for Fake {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        let duration = SignedDuration::try_from(duration).unwrap();
        self.now.set(self.now.get() + duration);
    }
}

/// The statuses that were said.
#[derive(Default)]
pub(crate) struct Statuses(pub(crate) Vec<String>);

impl Watch for Statuses {
    fn event(&mut self, _at: Timestamp, _step: StepId, event: &Event) {
        if let Event::Status { status } = event {
            self.0.push(status.clone());
        }
    }
}

/// How the first step with this operation ended.
#[track_caller]
pub(crate) fn check_outcome(report: &Report, operation: Operation, expected: &str) {
    let step = report.steps.iter().find(|step| step.operation == operation);
    let step = step.unwrap_or_else(|| panic!("no step is {operation}: {:#?}", report.steps));
    assert_eq!(step.outcome.to_string(), expected);
}

/// A kind's own status in words.
pub(crate) fn status(kind: Kind, text: &str) -> Status {
    match kind {
        Kind::DbInstance => Status::db_instance(text),
        Kind::EventSubscription => Status::event_subscription(text),
        other => panic!("{other} needs a line here"),
    }
}
