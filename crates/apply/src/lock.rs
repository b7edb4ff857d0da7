//! One apply at a time: a lock in the account itself.
//!
//! The lock is an empty security group. EC2 creates a group of one name in a VPC exactly once,
//! shows it to everyone with its tags, and deletes it by an id that no later one has: so it is
//! taken atomically, says who holds it, and a stale one can be removed without hitting its
//! successor. A name is unique within one VPC only
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>), so
//! whoever took it looks for the lock of a spec that names another VPC as well.
//! docs/decisions/0005-a-lock-in-the-account.md has what else was considered.

#[cfg(test)]
mod tests;

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

/// Between two looks at what EC2 does not show yet, or still shows: what it accepted may take
/// seconds to be seen (<https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>).
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Looks before what is seen is believed: a minute's worth.
const LOOKS: u32 = 12;

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
    /// The VPC that it is in.
    vpc: Option<String>,
}

/// Why a lock was not taken or not given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("{} holds the lock since {}", .0.name, .0.since)]
    Held(Holder),
    /// EC2 says that the lock exists and does not show it.
    #[error("EC2 refuses the lock and does not show who holds it")]
    Unseen,
    /// Something else has the lock's name.
    #[error(
        "the lock needs the name {name}, which the security group {id} has, and that is no lock of this cluster"
    )]
    InTheWay {
        /// The name.
        name: String,
        /// The group.
        id: String,
    },
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

/// Who holds the lock, if anybody does, in whichever VPC it is.
pub async fn holder(
    desired: &Desired,
    account: &impl Observe,
) -> Result<Option<Holder>, LockError> {
    let found = found(desired, account, None).await?;
    let ours = found.filter(|live| live.owner() == Some(&desired.scope.cluster));
    Ok(ours.map(|live| Holder::of(&live)))
}

/// The group with the lock's name in a VPC, or in any.
async fn found(
    desired: &Desired,
    account: &impl Observe,
    vpc: Option<&str>,
) -> Result<Option<LiveResource>, LockError> {
    let address = address(desired);
    let wanted = BTreeMap::from([(address.clone(), group(desired, vpc))]);
    let mut live = account.observe(&Wanted::only(&desired.scope, wanted)).await;
    match live.resources.remove(&address) {
        Some(Seen::Present(live)) => Ok(Some(*live)),
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
    let from = Box::new(group(desired, None));
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
    // Twice: once more after a stale one was removed, or after an answer was lost. Whoever
    // loses that race finds it held.
    for _ in 0..2 {
        let mine = Holder::new(name, account.now());
        let answer = create(desired, account, &vpc, &mine).await;
        let answered = match answer {
            // The creation decides: what EC2 shows by now may be a lock that is gone.
            Ok(Receipt { ids, .. }) => {
                let mine = Holder { id: ids.id, vpc: Some(vpc.clone()), ..mine };
                return alone(desired, account, &vpc, mine).await;
            }
            Err(error) => match error.class {
                ErrorClass::Exists => true,
                ErrorClass::Unknown => false,
                _ => return Err(LockError::Call(error)),
            },
        };
        let Some(other) = shown(desired, account, &vpc, answered).await? else {
            continue;
        };
        match Holder::of(&other) {
            // The name carries the run's own number: nobody else has it.
            holder if holder.name == name => return alone(desired, account, &vpc, holder).await,
            holder if other.owner() != Some(&desired.scope.cluster) => {
                let name = address(desired).name;
                return Err(LockError::InTheWay { name, id: holder.id.unwrap_or_default() });
            }
            holder if holder.is_over(account.now()) => {
                remove(&holder, desired, account).await?;
            }
            holder => return Err(LockError::Held(holder)),
        }
    }
    Err(LockError::Unseen)
}

async fn create<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    vpc: &str,
    holder: &Holder,
) -> Result<Receipt, CallError> {
    let to = Box::new(group(desired, Some(vpc)));
    let action = Action::Create { to, tags: tags(desired, holder) };
    let call = call(desired, Operation::CreateSecurityGroup, action, None);
    // Whether a creation without an answer was made is for the look to say.
    insist(account, &call, &[ErrorClass::Throttled, ErrorClass::Unreachable]).await
}

/// What has the lock's name in our VPC. Where EC2 said that something has, it is looked for until
/// it shows.
async fn shown<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    vpc: &str,
    exists: bool,
) -> Result<Option<LiveResource>, LockError> {
    for look in 1..=LOOKS {
        let found = found(desired, account, Some(vpc)).await?;
        if found.is_some() || !exists || look == LOOKS {
            return Ok(found);
        }
        account.sleep(LOOK_AGAIN).await;
    }
    Ok(None)
}

/// Keeps a lock that was taken, unless a run for a spec of this cluster in another VPC holds one.
///
/// Both look after they have created theirs, so at least one of them sees the other. One that is
/// shown and goes within a minute was on its way out.
async fn alone<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    vpc: &str,
    mine: Holder,
) -> Result<Holder, LockError> {
    let cluster = desired.scope.cluster.as_str();
    for look in 1..=LOOKS {
        let other = match found(desired, account, None).await {
            Ok(other) => other,
            Err(error) => return give_back(desired, account, &mine, error).await,
        };
        match other {
            // Not even ours shows yet.
            None => {}
            Some(other) if is_elsewhere(&other, vpc) && other.owner() == Some(cluster) => {
                let holder = Holder::of(&other);
                if holder.is_over(account.now()) {
                    if let Err(error) = remove(&holder, desired, account).await {
                        return give_back(desired, account, &mine, error).await;
                    }
                } else if look == LOOKS {
                    let place = vpc_of(&other).unwrap_or("another VPC");
                    let name = format!("{}, for a spec with the VPC {place},", holder.name);
                    let held = LockError::Held(Holder { name, ..holder });
                    return give_back(desired, account, &mine, held).await;
                }
            }
            Some(_) => return Ok(mine),
        }
        account.sleep(LOOK_AGAIN).await;
    }
    Ok(mine)
}

/// Gives a lock back that was taken in vain, and says why it was. One that stays ends by itself.
async fn give_back<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    mine: &Holder,
    why: LockError,
) -> Result<Holder, LockError> {
    let _ = remove(mine, desired, account).await;
    Err(why)
}

fn is_elsewhere(lock: &LiveResource, vpc: &str) -> bool {
    vpc_of(lock).is_some_and(|other| other != vpc)
}

fn vpc_of(lock: &LiveResource) -> Option<&str> {
    match &lock.resource {
        Resource::SecurityGroup(group) => group.vpc.as_ref().and_then(Ref::as_known),
        _ => None,
    }
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
        let (name, until) = (name.into(), Some(since + HOLDS));
        Self { name, since: since.to_string(), until, id: None, vpc: None }
    }

    fn of(live: &LiveResource) -> Self {
        let tag = |key: &str| live.tags.as_ref().and_then(|tags| tags.get(key)).cloned();
        Self {
            name: tag(HOLDER_TAG).unwrap_or_else(|| "somebody".into()),
            since: tag(SINCE_TAG).unwrap_or_else(|| "some time".into()),
            until: tag(UNTIL_TAG).and_then(|until| until.parse().ok()),
            id: live.ids.id.clone(),
            vpc: vpc_of(live).map(str::to_string),
        }
    }

    /// Whether its time is over. One that does not say until when never ends by itself.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until + MARGIN <= now)
    }
}

/// What the looks of a run show of its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Nothing yet: EC2 takes its time with what is new.
    NotYet,
    /// It is there.
    There,
    /// It was there, and a look did not show it.
    Missing,
}

/// An account in which this run holds the lock: looking at it keeps the lock alive, and shows
/// whether it is still there.
pub struct Locked<'a, A> {
    account: &'a A,
    desired: &'a Desired,
    holder: Holder,
    renew_at: Cell<Timestamp>,
    /// Until when it holds for sure.
    until: Cell<Timestamp>,
    shown: Cell<Shown>,
}

impl<'a, A: Execute + Clock> Locked<'a, A> {
    /// Holds `holder`'s lock, which this run took.
    pub fn new(account: &'a A, desired: &'a Desired, holder: Holder) -> Self {
        let now = account.now();
        let until = Cell::new(holder.until.unwrap_or(now));
        let (renew_at, shown) = (Cell::new(now + HOLDS / 3), Cell::new(Shown::NotYet));
        Self { account, desired, holder, renew_at, until, shown }
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
            of: Box::new(group(self.desired, None)),
            set: Tags::from([(UNTIL_TAG.to_string(), until)]),
            remove: Vec::new(),
            over: Tags::new(),
        };
        let call = call(self.desired, Operation::CreateTags, action, self.holder.id.clone());
        match self.account.execute(&call).await {
            Ok(_) => {
                self.renew_at.set(now + HOLDS / 3);
                self.until.set(now + HOLDS);
            }
            // It was there for minutes, so it is not too new to be seen: somebody removed it.
            Err(CallError { class: ErrorClass::Gone | ErrorClass::Doubtful, .. }) => {
                self.until.set(now);
            }
            Err(_) => {}
        }
    }

    fn holds(&self) -> bool {
        self.account.now() + MARGIN < self.until.get()
    }

    /// Takes note of what a look shows of the lock. One with another id has taken its place. A
    /// look may be older than the one before, so that a lock which is missing is looked for again
    /// before the next call.
    fn note(&self, seen: Option<&Seen>) {
        match (seen, self.shown.get()) {
            (Some(Seen::Present(live)), _) => match live.ids.id == self.holder.id {
                true => self.shown.set(Shown::There),
                false => self.until.set(self.account.now()),
            },
            (Some(Seen::Absent), Shown::There) => self.shown.set(Shown::Missing),
            _ => {}
        }
    }

    /// Looks for a lock that is missing until it shows, or is believed to be gone: somebody
    /// removed it, and another run may be changing the cluster.
    async fn find(&self) {
        let vpc = self.holder.vpc.as_deref();
        let wanted = BTreeMap::from([(address(self.desired), group(self.desired, vpc))]);
        let wanted = Wanted::only(&self.desired.scope, wanted);
        for _ in 0..LOOKS {
            if self.shown.get() != Shown::Missing || !self.holds() {
                return;
            }
            self.account.sleep(LOOK_AGAIN).await;
            let live = self.account.observe(&wanted).await;
            self.note(live.resources.get(&address(self.desired)));
        }
        if self.shown.get() == Shown::Missing {
            self.until.set(self.account.now());
        }
    }
}

/// Nothing is changed without the lock.
fn lost() -> CallError {
    CallError {
        class: ErrorClass::Denied,
        code: "LockLost".into(),
        message: "the call was not made: this run was not heard of for so long that its lock ran \
                  out, or somebody removed it, and another run may be changing the cluster"
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
        let (lock, vpc) = (address(self.desired), self.holder.vpc.as_deref());
        let mut wanted = wanted.clone();
        wanted.resources.insert(lock.clone(), group(self.desired, vpc));
        let mut live = self.account.observe(&wanted).await;
        self.note(live.resources.remove(&lock).as_ref());
        live
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.account.ask(questions).await
    }
}

impl<A: Execute + Clock> Execute for Locked<'_, A> {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        self.find().await;
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

fn group(desired: &Desired, vpc: Option<&str>) -> Resource {
    let cluster = &desired.scope.cluster;
    SecurityGroup {
        description: Some(format!("lock of pgha for the cluster {cluster}, see its tags")),
        vpc: vpc.map(Ref::known),
        ingress: None,
        egress: None,
    }
    .into()
}

fn tags(desired: &Desired, holder: &Holder) -> Tags {
    let until = holder.until.map(|until| (UNTIL_TAG, until.to_string()));
    [
        (OWNER_TAG, desired.scope.cluster.clone()),
        (HOLDER_TAG, holder.name.clone()),
        (SINCE_TAG, holder.since.clone()),
    ]
    .into_iter()
    .chain(until)
    .map(|(key, value)| (key.to_string(), value))
    .collect()
}

fn call(desired: &Desired, operation: Operation, action: Action, id: Option<String>) -> Call {
    Call { address: address(desired), operation, action, id, arn: None, resource_id: None }
}
