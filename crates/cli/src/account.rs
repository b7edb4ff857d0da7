//! The account that a command works on: AWS, or the sandbox in a file.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pgha_apply::GuardError;
use pgha_apply::port::CallError;
use pgha_apply::port::Clock;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_apply::port::Receipt;
use pgha_apply::port::Wanted;
use pgha_aws::Aws;
use pgha_aws::Options;
use pgha_aws::WallClock;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::Region;
use pgha_resource::Scope;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;
use pgha_resource::offer::{Offers, Questions};
use pgha_sim::Sim;
use pgha_sim::StoreError;
use tokio::sync::Notify;

use crate::args::Global;
use crate::args::SANDBOX;
use crate::endpoint;
use crate::error::CommandError;
use crate::error::with_sources;
use crate::output;
use crate::private;
use crate::private::Held;
use crate::typed::Typed;

/// One of the two accounts.
pub enum Account {
    /// Simulated, with its own time.
    Sandbox(Box<Sim>),
    /// Real, with the wall clock.
    Aws {
        /// The account.
        aws: Box<Aws>,
        /// Ends a wait early: somebody asked to stop.
        hurry: Arc<Notify>,
    },
}

impl Account {
    /// Opens the account that the flags name.
    pub async fn open(global: &Global, desired: &Desired) -> Result<Self, CommandError> {
        Self::open_at(global, &desired.scope, &desired.regions()).await
    }

    /// The same, for a look from this place on, at these regions and others that come up.
    pub async fn open_at(
        global: &Global,
        scope: &Scope,
        regions: &[Region],
    ) -> Result<Self, CommandError> {
        if let Some(path) = &global.sandbox {
            let sim = open_sandbox(path, global)?;
            sim.set_scope(scope);
            return Ok(Self::Sandbox(Box::new(sim)));
        }
        endpoint::check(global)?;
        let options = Options {
            endpoint_url: global.endpoint_url.clone(),
            profile: global.profile.clone(),
            tell: global.verbose.then_some(output::remark as fn(&str)),
            waits: Some(output::remark),
        };
        let aws = Aws::connect(&options, scope, regions).await;
        Ok(Self::Aws { aws: Box::new(aws), hurry: Arc::default() })
    }

    /// Makes a running wait end now; simulated ones take no time.
    pub fn hurry(&self) -> Arc<Notify> {
        match self {
            Self::Sandbox(_) => Arc::default(),
            Self::Aws { hurry, .. } => hurry.clone(),
        }
    }

    /// Keeps what happened to the sandbox; AWS keeps itself.
    pub fn close(&self) -> Result<(), CommandError> {
        match self {
            Self::Sandbox(sim) => save_sandbox(sim),
            Self::Aws { .. } => Ok(()),
        }
    }
}

/// Loads the sandbox; a file that is not there is an empty account.
pub fn open_sandbox(path: &Path, global: &Global) -> Result<Sim, CommandError> {
    is_free_or_ours(path)?;
    private::prepare(path).map_err(|error| unusable(path, &error))?;
    Sim::open(path).map_err(|error| {
        CommandError::failed(with_sources(&error))
            .hint(format!("{} starts over with an empty account", reset(global)))
    })
}

/// What empties this sandbox, and no other one.
fn reset(global: &Global) -> Typed {
    Typed::new("sandbox reset", global)
}

/// What is somebody else's is not touched, not even its permissions.
fn is_free_or_ours(path: &Path) -> Result<(), CommandError> {
    match foreign(path)? {
        None => Ok(()),
        Some(why) => {
            let name = path.display();
            Err(CommandError::failed(format!("{name} is not a simulated account: {why}"))
                .hint(RIGHT_FILE))
        }
    }
}

/// What to do about a file that is none.
pub const RIGHT_FILE: &str =
    "is this the right file? to keep the sandbox elsewhere: --sandbox=FILE";

/// Why a file is no sandbox and was none, if it is there and can be used at all. One that breaks
/// off in its first bytes can be told by its usual name alone.
pub fn foreign(path: &Path) -> Result<Option<String>, CommandError> {
    private::check(path).map_err(|error| unusable(path, &error))?;
    match Sim::check_file(path) {
        Ok(()) => Ok(None),
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(StoreError::Foreign { .. }) if path.ends_with(SANDBOX) && Sim::is_broken_off(path) => {
            Ok(None)
        }
        Err(StoreError::Foreign { why, .. }) => Ok(Some(why)),
        Err(StoreError::Io { source, .. }) => Err(unusable(path, &source)),
        Err(error) => Err(CommandError::failed(with_sources(&error))),
    }
}

/// Makes the sandbox's folder, and keeps others from changing the sandbox until the answer is
/// dropped: each would write over what the other did.
pub fn ready_sandbox(path: &Path) -> Result<Held, CommandError> {
    is_free_or_ours(path)?;
    let held = private::exclusive(path).map_err(|error| unusable(path, &error))?;
    held.ok_or_else(|| {
        let name = path.display();
        CommandError::refused(format!("another pgha is changing the sandbox {name}"))
            .hint("wait until it is through, or use another one: --sandbox=FILE")
    })
}

fn unusable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::failed(format!("cannot use the sandbox {}: {error}", path.display()))
        .hint("to keep it elsewhere: --sandbox=FILE")
}

/// Saves the sandbox to the file that it came from.
pub fn save_sandbox(sim: &Sim) -> Result<(), CommandError> {
    sim.save().map_err(|error| CommandError::failed(with_sources(&error)))
}

impl Observe for Account {
    async fn identity(&self) -> Result<Identity, ReadError> {
        match self {
            Self::Sandbox(sim) => sim.identity().await,
            Self::Aws { aws, .. } => aws.identity().await,
        }
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        match self {
            Self::Sandbox(sim) => sim.observe(wanted).await,
            Self::Aws { aws, .. } => aws.observe(wanted).await,
        }
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        match self {
            Self::Sandbox(sim) => sim.ask(questions).await,
            Self::Aws { aws, .. } => aws.ask(questions).await,
        }
    }
}

/// An account that remembers what was seen of it: a plan has the differences, not the states.
pub struct Witness<'a> {
    account: &'a Account,
    seen: RefCell<Live>,
}

impl<'a> Witness<'a> {
    /// Nothing was seen yet.
    pub fn of(account: &'a Account) -> Self {
        Self { account, seen: RefCell::default() }
    }

    /// All that was seen.
    pub fn live(self) -> Live {
        self.seen.into_inner()
    }
}

impl Observe for Witness<'_> {
    async fn identity(&self) -> Result<Identity, ReadError> {
        self.account.identity().await
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        let live = self.account.observe(wanted).await;
        let mut seen = self.seen.borrow_mut();
        seen.resources.extend(live.resources.clone());
        seen.networks.extend(live.networks.clone());
        drop(seen);
        live
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.account.ask(questions).await
    }
}

impl Execute for Account {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        match self {
            Self::Sandbox(sim) => {
                let answer = sim.execute(call).await;
                // After every call, so that a killed run leaves the account as a killed run
                // leaves AWS. A failure to save shows when the account is closed.
                let _ = sim.save();
                answer
            }
            Self::Aws { aws, .. } => aws.execute(call).await,
        }
    }
}

impl Clock for Account {
    fn now(&self) -> Timestamp {
        match self {
            Self::Sandbox(sim) => Clock::now(&**sim),
            Self::Aws { .. } => WallClock.now(),
        }
    }

    async fn sleep(&self, duration: Duration) {
        match self {
            Self::Sandbox(sim) => sim.sleep(duration).await,
            Self::Aws { hurry, .. } => {
                tokio::select! {
                    () = WallClock.sleep(duration) => {}
                    () = hurry.notified() => {}
                }
            }
        }
    }
}

/// A guard's answer as an error with hints.
pub fn guarded(error: &GuardError, global: &Global) -> CommandError {
    match error {
        GuardError::WrongAccount { expected, found, .. } if global.sandbox.is_some() => {
            CommandError::refused(format!(
                "the sandbox is the account {found}, and the spec is about account {expected}"
            ))
            .hint("for an account of its own: --sandbox=FILE")
            .hint(format!("to start over with an empty one: {}", reset(global)))
        }
        GuardError::WrongAccount { expected, arn, .. } => CommandError::refused(error.to_string())
            .hint(format!("the caller is {arn}"))
            .hint(format!("use credentials for {expected} (--profile NAME), or correct `cluster.account` in the spec")),
        GuardError::Identity(read) => unread(read, error.to_string(), global),
    }
}

/// An account that does not say which it is.
pub fn unidentified(read: &ReadError, global: &Global) -> CommandError {
    unread(read, format!("{}: {}", read.call, read.message), global)
}

/// A failed read as an error that says what to do about its class.
fn unread(read: &ReadError, message: String, global: &Global) -> CommandError {
    let error = CommandError::failed(message);
    match read.class {
        ErrorClass::Credentials => match endpoint::malformed() {
            // Whatever else there is: of a file with such a line the SDK takes nothing.
            Some(at) => error.hint(format!("{at}; correct that line first")),
            None => error
                .hint("log in (`aws sso login`), or name a profile that works (--profile NAME)")
                .hint("to try pgha without an account, add --sandbox"),
        },
        ErrorClass::Unreachable => match &global.endpoint_url {
            Some(url) => error.hint(format!("nothing answers at {url}: is --endpoint-url right?")),
            None => error.hint("check the network and `cluster.region`"),
        },
        ErrorClass::Denied => error.hint(format!("the caller needs permission for {}", read.call)),
        ErrorClass::Throttled => error.hint("AWS is busy with this account: try again in a minute"),
        _ => error.hint(format!("the call was {}, to the endpoint of STS", read.call)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;
    use crate::exit::Exit;

    #[track_caller]
    fn check_hint(class: ErrorClass, hint: &str) {
        let global = Cli::try_parse_from(["pgha", "plan"]).unwrap().global;
        let call = "GetCallerIdentity".to_string();
        let read = ReadError { call, class, message: "no".into() };
        let error = guarded(&GuardError::Identity(read), &global);
        assert_eq!(error.exit, Exit::Error);
        assert!(error.hints.iter().any(|said| said.contains(hint)), "{:?}", error.hints);
    }

    #[test]
    fn expired_credentials_and_denied_calls_say_what_to_do() {
        check_hint(ErrorClass::Credentials, "log in");
        check_hint(ErrorClass::Denied, "needs permission for GetCallerIdentity");
        check_hint(ErrorClass::Throttled, "try again");
        check_hint(ErrorClass::Unreachable, "check the network");
    }
}
