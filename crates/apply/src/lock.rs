//! One apply at a time: a lock in the account itself.
//!
//! The lock is an empty security group. EC2 creates a group of one name in a VPC exactly once,
//! shows it to everyone with its tags, and deletes it by an id that no later one has: so it is
//! taken atomically, says who holds it, and a stale one can be removed without hitting its
//! successor. A name is unique within one VPC only
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>), so
//! whoever took it looks for the lock of a spec that names another VPC as well.
//! docs/decisions/0005-a-lock-in-the-account.md has what else was considered.

mod held;
#[cfg(test)]
mod tests;

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
use pgha_resource::live::NetworkSeen;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::ReadError;
use pgha_resource::live::Tags;

use crate::port::CallError;
use crate::port::Clock;
use crate::port::Execute;
use crate::port::Observe;
use crate::port::Wanted;
use crate::retry::Prospect;
use crate::retry::patience;

pub use held::Locked;

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

/// How long EC2 may take to show what it accepted. It names no bound: this one is ours.
const SHOWS: SignedDuration = SignedDuration::from_mins(1);

/// Attempts to create the lock: one, one more where a lock that ran out was removed, and one more
/// where an answer was lost.
const ATTEMPTS: u32 = 3;

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
    /// When this run was told that it is its own.
    taken: Option<Timestamp>,
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

/// Who holds the lock, as far as a look at everything that the cluster owns shows it.
pub fn seen(desired: &Desired, live: &Live) -> Option<Holder> {
    let found = live.present(&address(desired))?;
    (found.owner() == Some(&desired.scope.cluster)).then(|| Holder::of(found))
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
///
/// EC2 may say of a group that is new that there is none
/// (<https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>): such a lock is
/// believed to be gone once it is old enough.
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
    for _ in 0..LOOKS {
        match insist(account, passing, async || account.execute(&call).await).await {
            Ok(_) => return Ok(true),
            Err(error) if error.class != ErrorClass::Gone => return Err(LockError::Call(error)),
            Err(_) if !holder.is_new(account.now()) => break,
            Err(_) => account.sleep(LOOK_AGAIN).await,
        }
    }
    Ok(false)
}

/// Takes the lock; one whose time is over is removed first.
pub async fn take<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    name: &str,
) -> Result<Holder, LockError> {
    let vpc = vpc(desired, account).await?;
    // Before there is one of ours, which could hide the other.
    elsewhere(desired, account, &vpc).await?;
    let (mut is_unsure, mut removed) = (false, None);
    for _ in 0..ATTEMPTS {
        let exists = match create(desired, account, &vpc, name).await {
            // The creation decides: what EC2 shows by now may be a lock that is gone.
            Ok(mine) => return alone(desired, account, &vpc, mine).await,
            Err(error) => match error.class {
                ErrorClass::Exists => true,
                ErrorClass::Unknown => false,
                _ => return Err(LockError::Call(error)),
            },
        };
        is_unsure |= !exists;
        // The name carries the run's own number: nobody else has it.
        let is_told = |live: &LiveResource| {
            let holder = Holder::of(live);
            let is_ours = live.owner() == Some(&desired.scope.cluster);
            is_ours && holder.id != removed && (!is_unsure || holder.name == name)
        };
        let Some(other) = shown(desired, account, &vpc, exists, is_told).await? else {
            continue;
        };
        match Holder::of(&other) {
            holder if holder.name == name => {
                let mine = Holder { taken: Some(account.now()), ..holder };
                return alone(desired, account, &vpc, mine).await;
            }
            holder if other.owner() != Some(&desired.scope.cluster) => {
                let name = address(desired).name;
                return Err(LockError::InTheWay { name, id: holder.id.unwrap_or_default() });
            }
            holder if holder.is_over(account.now()) => {
                remove(&holder, desired, account).await?;
                removed = holder.id;
            }
            holder => return Err(LockError::Held(holder)),
        }
    }
    Err(LockError::Unseen)
}

/// Creates the lock. Every attempt says its own time: an account that is busy, or cannot be
/// reached, may let the first attempts pass for minutes.
async fn create<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    vpc: &str,
    name: &str,
) -> Result<Holder, CallError> {
    // Whether a creation without an answer was made is for the look to say.
    insist(account, &[ErrorClass::Throttled, ErrorClass::Unreachable], async || {
        let mine = Holder::new(name, account.now());
        let to = Box::new(group(desired, Some(vpc)));
        let action = Action::Create { to, tags: tags(desired, &mine) };
        let call = call(desired, Operation::CreateSecurityGroup, action, None);
        let ids = account.execute(&call).await?.ids;
        let taken = Some(account.now());
        Ok(Holder { id: ids.id, taken, ..mine })
    })
    .await
}

/// What has the lock's name in our VPC. Where EC2 said that something has, it is looked for until
/// a group shows whose tags tell enough: the group that was there before may still be shown, and
/// the new one without its tags. What is shown after a minute is believed.
async fn shown<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    vpc: &str,
    exists: bool,
    is_told: impl Fn(&LiveResource) -> bool,
) -> Result<Option<LiveResource>, LockError> {
    for look in 1..=LOOKS {
        let found = found(desired, account, Some(vpc)).await?;
        let told = found.as_ref().is_some_and(&is_told);
        match exists {
            // The next creation says whether this one was made.
            false => return Ok(found.filter(|_| told)),
            true if told || look == LOOKS => return Ok(found),
            true => account.sleep(LOOK_AGAIN).await,
        }
    }
    Ok(None)
}

/// Keeps a lock that was taken, unless a run for a spec of this cluster in another VPC holds one.
async fn alone<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    vpc: &str,
    mine: Holder,
) -> Result<Holder, LockError> {
    for _ in 0..LOOKS {
        match elsewhere(desired, account, vpc).await {
            // Not even ours shows yet.
            Ok(None) => account.sleep(LOOK_AGAIN).await,
            Ok(Some(_)) => return Ok(mine),
            Err(error) => return give_back(desired, account, &mine, error).await,
        }
    }
    Ok(mine)
}

/// What has the lock's name in whichever VPC, unless a run for a spec of this cluster in another
/// VPC than ours holds it: one that ran out is removed, one that goes within a minute was on its
/// way out, and any other keeps us out.
async fn elsewhere<A: Execute + Clock>(
    desired: &Desired,
    account: &A,
    vpc: &str,
) -> Result<Option<LiveResource>, LockError> {
    for look in 1..=LOOKS {
        let found = found(desired, account, None).await?;
        let ours = |live: &&LiveResource| live.owner() == Some(&desired.scope.cluster);
        let Some(other) = found.as_ref().filter(ours).filter(|live| is_elsewhere(live, vpc)) else {
            return Ok(found);
        };
        let holder = Holder::of(other);
        if holder.is_over(account.now()) {
            remove(&holder, desired, account).await?;
        } else if look == LOOKS {
            let place = vpc_of(other).unwrap_or("another VPC");
            let name = format!("{}, for a spec with the VPC {place},", holder.name);
            return Err(LockError::Held(Holder { name, ..holder }));
        }
        account.sleep(LOOK_AGAIN).await;
    }
    Ok(None)
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
async fn insist<T>(
    account: &impl Clock,
    passing: &[ErrorClass],
    call: impl AsyncFn() -> Result<T, CallError>,
) -> Result<T, CallError> {
    let mut failures = 0;
    loop {
        let error = match call().await {
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
        Self { name, since: since.to_string(), until, id: None, taken: None }
    }

    fn of(live: &LiveResource) -> Self {
        let tag = |key: &str| live.tags.as_ref().and_then(|tags| tags.get(key)).cloned();
        Self {
            name: tag(HOLDER_TAG).unwrap_or_else(|| "somebody".into()),
            since: tag(SINCE_TAG).unwrap_or_else(|| "some time".into()),
            until: tag(UNTIL_TAG).and_then(|until| until.parse().ok()),
            id: live.ids.id.clone(),
            taken: None,
        }
    }

    /// Whether it was created so short a time ago that EC2 may not know it everywhere. Between its
    /// tags and its creation the process may have stood still.
    fn is_new(&self, now: Timestamp) -> bool {
        let created = self.taken.or_else(|| self.since.parse().ok());
        created.is_some_and(|created| now < created + SHOWS)
    }

    /// Whether its time is over. One that does not say until when never ends by itself.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until + MARGIN <= now)
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
