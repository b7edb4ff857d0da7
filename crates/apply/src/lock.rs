//! One apply at a time: a lock in the account itself.
//!
//! The lock is an empty security group. EC2 creates a group of one name in a VPC exactly once,
//! shows it to everyone with its tags, and deletes it by an id that no later one has: so it is
//! taken atomically, says who holds it, and a stale one can be removed without hitting its
//! successor. docs/decisions/0005-a-lock-in-the-account.md has what else was considered.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::kind::SecurityGroup;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;
use pgha_resource::offer::{Offers, Questions};

use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::port::Observe;
use crate::port::Receipt;
use crate::port::Wanted;
use crate::retry::Prospect;
use crate::retry::patience;

/// How long a lock holds without being renewed. A run renews it every third of that, so a
/// killed one keeps others out for so long and the margin below.
const HOLDS: SignedDuration = SignedDuration::from_mins(15);

/// Two machines' clocks differ, and calls take their time: who holds the lock stops so long
/// before its end, and who wants it waits so long after.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

const HOLDER_TAG: &str = "pgha:holder";
const SINCE_TAG: &str = "pgha:since";
const UNTIL_TAG: &str = "pgha:until";

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The run, as it calls itself.
    pub name: String,
    /// Since when.
    pub since: String,
    /// Until when, unless it is renewed.
    pub until: Option<Timestamp>,
    /// The id of this very lock.
    id: Option<String>,
}

/// Why a lock was not taken or not given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("{} holds the lock since {}", .0.name, .0.since)]
    Held(Holder),
    /// There is no VPC to put it in.
    #[error("the lock needs the cluster's network: {0}")]
    NoNetwork(String),
    /// It could not be looked at.
    #[error("the lock could not be read: {}", .0.message)]
    Unread(ReadError),
    /// A call failed.
    #[error("the lock could not be changed: {0}")]
    Call(CallError),
}

/// The address of a cluster's lock.
pub fn address(desired: &Desired) -> Address {
    desired.scope.lock()
}

/// Who holds the lock, if anybody does.
pub async fn holder(
    desired: &Desired,
    account: &impl Observe,
) -> Result<Option<Holder>, LockError> {
    let address = address(desired);
    let vpc = vpc(desired, account).await?;
    let wanted = BTreeMap::from([(address.clone(), group(desired, &vpc))]);
    let mut live = account.observe(&Wanted::only(&desired.scope, wanted)).await;
    match live.resources.remove(&address) {
        Some(Seen::Present(live)) => Ok(Some(Holder::of(&live))),
        Some(Seen::Unread(error)) => Err(LockError::Unread(error)),
        Some(Seen::Absent) | None => Ok(None),
    }
}

/// Removes a lock, whoever holds it; `false` if it was gone already.
pub async fn remove<A: Execute + Clock>(
    holder: &Holder,
    desired: &Desired,
    account: &A,
) -> Result<bool, LockError> {
    let from = Box::new(group(desired, ""));
    let action = Action::Delete { from, final_snapshot: None };
    let call = call(desired, Operation::DeleteSecurityGroup, action, holder.id.clone());
    // Its id is nobody else's: to ask twice removes it once.
    let passing = &[ErrorClass::Throttled, ErrorClass::Unreachable, ErrorClass::Unknown];
    match insist(account, &call, passing).await {
        Ok(_) => Ok(true),
        Err(error) if error.class == ErrorClass::Gone => Ok(false),
        Err(error) => Err(LockError::Call(error)),
    }
}

/// Takes the lock; one whose time is over is removed first.
pub async fn take<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    name: &str,
) -> Result<Holder, LockError> {
    let vpc = vpc(desired, account).await?;
    // Twice: once more after a stale one was removed. Whoever loses that race finds it held.
    for _ in 0..2 {
        let now = account.now();
        let action = Action::Create {
            to: Box::new(group(desired, &vpc)),
            tags: tags(desired, name, now, now),
        };
        let call = call(desired, Operation::CreateSecurityGroup, action, None);
        // Whether a creation without an answer was made is for the look to say.
        let passing = &[ErrorClass::Throttled, ErrorClass::Unreachable];
        let answer = insist(account, &call, passing).await;
        if let Err(error) = &answer
            && !matches!(error.class, ErrorClass::Exists | ErrorClass::Unknown)
        {
            return Err(LockError::Call(error.clone()));
        }
        match holder(desired, account).await? {
            // The name carries the run's own number: nobody else has it.
            Some(holder) if holder.name == name => return Ok(holder),
            Some(holder) if holder.is_over(account.now()) => {
                remove(&holder, desired, account).await?;
            }
            Some(holder) => return Err(LockError::Held(holder)),
            // EC2 does not show it yet, but it named its id.
            None => {
                if let Ok(Receipt { ids, .. }) = answer {
                    return Ok(Holder { id: ids.id, ..Holder::new(name, now) });
                }
            }
        }
    }
    let nobody = "EC2 refuses the lock and does not show who holds it".to_string();
    Err(LockError::NoNetwork(nobody))
}

/// Makes a call, and makes it again as patiently as a run does while its error passes.
async fn insist<A: Execute + Clock>(
    account: &A,
    call: &Call,
    passing: &[ErrorClass],
) -> Result<Receipt, CallError> {
    let mut failures = 0;
    loop {
        let error = match account.execute(call).await {
            Err(error) if passing.contains(&error.class) => error,
            answer => return answer,
        };
        failures += 1;
        let patience = patience(error.class, Prospect::Open);
        match patience.and_then(|patience| patience.wait(failures)) {
            Some(wait) => account.sleep(wait).await,
            None => return Err(error),
        }
    }
}

impl Holder {
    fn new(name: &str, since: Timestamp) -> Self {
        Self { name: name.into(), since: since.to_string(), until: Some(since + HOLDS), id: None }
    }

    fn of(live: &LiveResource) -> Self {
        let tag = |key: &str| live.tags.as_ref().and_then(|tags| tags.get(key)).cloned();
        Self {
            name: tag(HOLDER_TAG).unwrap_or_else(|| "somebody".into()),
            since: tag(SINCE_TAG).unwrap_or_else(|| "some time".into()),
            until: tag(UNTIL_TAG).and_then(|until| until.parse().ok()),
            id: live.ids.id.clone(),
        }
    }

    /// Whether its time is over. One that does not say until when never ends by itself.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until + MARGIN <= now)
    }
}

/// An account in which this run holds the lock: looking at it keeps the lock alive.
pub struct Locked<'a, A> {
    account: &'a A,
    desired: &'a Desired,
    holder: Holder,
    renew_at: Cell<Timestamp>,
    /// Until when it holds for sure.
    until: Cell<Timestamp>,
}

impl<'a, A: Execute + Clock> Locked<'a, A> {
    /// Holds `holder`'s lock, which this run took.
    pub fn new(account: &'a A, desired: &'a Desired, holder: Holder) -> Self {
        let now = account.now();
        let until = Cell::new(holder.until.unwrap_or(now));
        Self { account, desired, holder, renew_at: Cell::new(now + HOLDS / 3), until }
    }

    /// Gives the lock back.
    pub async fn release(&self) -> Result<(), LockError> {
        remove(&self.holder, self.desired, self.account).await.map(|_| ())
    }

    /// A renewal that fails is tried again with the next look. A lock whose time is over, because
    /// the process slept, is not renewed: somebody else may be removing it this very moment.
    async fn renew(&self) {
        let now = self.account.now();
        if now < self.renew_at.get() || !self.holds() {
            return;
        }
        let until = (now + HOLDS).to_string();
        let action = Action::Tag {
            of: Box::new(group(self.desired, "")),
            set: Tags::from([(UNTIL_TAG.to_string(), until)]),
            remove: Vec::new(),
            over: Tags::new(),
        };
        let call = call(self.desired, Operation::CreateTags, action, self.holder.id.clone());
        if self.account.execute(&call).await.is_ok() {
            self.renew_at.set(now + HOLDS / 3);
            self.until.set(now + HOLDS);
        }
    }

    fn holds(&self) -> bool {
        self.account.now() + MARGIN < self.until.get()
    }
}

/// Nothing is changed without the lock.
fn lost() -> CallError {
    CallError {
        class: ErrorClass::Denied,
        code: "LockLost".into(),
        message: "the call was not made: this run was not heard of for so long that its lock ran \
                  out, and another run may be changing the cluster"
            .into(),
        request_id: None,
    }
}

impl<A: Execute + Clock> Observe for Locked<'_, A> {
    async fn identity(&self) -> Result<Identity, ReadError> {
        self.account.identity().await
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        self.renew().await;
        self.account.observe(wanted).await
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.account.ask(questions).await
    }
}

impl<A: Execute + Clock> Execute for Locked<'_, A> {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        match self.holds() {
            true => self.account.execute(call).await,
            false => Err(lost()),
        }
    }
}

impl<A: Clock> Clock for Locked<'_, A> {
    fn now(&self) -> Timestamp {
        self.account.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.account.sleep(duration).await;
    }
}

/// The VPC that the home region's lookup finds.
async fn vpc(desired: &Desired, account: &impl Observe) -> Result<String, LockError> {
    let home = &desired.scope.home;
    let Some(query) = desired.networks.get(home) else {
        return Err(LockError::NoNetwork("the spec names none".into()));
    };
    let networks = BTreeMap::from([(home.clone(), query.clone())]);
    let wanted = Wanted { networks, ..Wanted::only(&desired.scope, BTreeMap::new()) };
    match account.observe(&wanted).await.networks.remove(home) {
        Some(NetworkSeen::Found(network)) => Ok(network.vpc),
        Some(NetworkSeen::NotFound(why)) => Err(LockError::NoNetwork(why)),
        Some(NetworkSeen::Unread(error)) => Err(LockError::Unread(error)),
        None => Err(LockError::NoNetwork("it was not looked up".into())),
    }
}

fn group(desired: &Desired, vpc: &str) -> Resource {
    let cluster = &desired.scope.cluster;
    SecurityGroup {
        description: Some(format!("lock of pgha for the cluster {cluster}, see its tags")),
        vpc: Some(Ref::known(vpc)),
        ingress: None,
        egress: None,
    }
    .into()
}

fn tags(desired: &Desired, name: &str, since: Timestamp, now: Timestamp) -> Tags {
    [
        (OWNER_TAG, desired.scope.cluster.clone()),
        (HOLDER_TAG, name.to_string()),
        (SINCE_TAG, since.to_string()),
        (UNTIL_TAG, (now + HOLDS).to_string()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_string(), value))
    .collect()
}

fn call(desired: &Desired, operation: Operation, action: Action, id: Option<String>) -> Call {
    Call { address: address(desired), operation, action, id, arn: None, resource_id: None }
}
