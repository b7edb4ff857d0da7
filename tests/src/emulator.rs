//! A moto server of one's own, on a free loopback port, for as long as a test runs.

use std::cell::Cell;
use std::process::Command;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::config::AsyncSleep;
use aws_sdk_secretsmanager::config::SharedAsyncSleep;
use aws_sdk_secretsmanager::config::SharedHttpClient;
use aws_sdk_secretsmanager::config::Sleep;
use aws_types::SdkConfig;
use jiff::SignedDuration;
use jiff::Timestamp;
use pgha_apply::port::CallError;
use pgha_apply::port::Clock;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_apply::port::Receipt;
use pgha_apply::port::Wanted;
use pgha_aws::Aws;
use pgha_aws::Options;
use pgha_resource::Call;
use pgha_resource::Live;
use pgha_resource::Region;
use pgha_resource::Scope;
use pgha_resource::live::Identity;
use pgha_resource::live::ReadError;
use pgha_resource::offer::{Offers, Questions};

use crate::block_on;
use crate::root;
use crate::server::Server;
use crate::server::free_port;

/// A running emulator; it ends with the value.
pub struct Emulator {
    server: Server,
}

/// A clock for an account that moves on when it is asked: it never waits.
#[derive(Debug, Default)]
pub struct RushedClock {
    seconds: Cell<i64>,
}

impl RushedClock {
    /// A clock that begins so many seconds later than another new one.
    pub fn from(seconds: i64) -> Self {
        Self { seconds: Cell::new(seconds) }
    }

    /// Where it is by now.
    pub fn seconds(&self) -> i64 {
        self.seconds.get()
    }
}

impl Clock for RushedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(self.seconds.get())
    }

    async fn sleep(&self, duration: Duration) {
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        self.seconds.set(self.seconds.get().saturating_add(seconds));
    }
}

/// An account together with a clock of ours.
pub struct OnAClock {
    /// The account.
    pub account: Aws,
    /// The clock.
    pub clock: RushedClock,
}

impl Observe for OnAClock {
    async fn identity(&self) -> Result<Identity, ReadError> {
        self.account.identity().await
    }

    async fn observe(&self, wanted: &Wanted) -> Live {
        self.account.observe(wanted).await
    }

    async fn ask(&self, questions: &Questions) -> Offers {
        self.account.ask(questions).await
    }
}

impl Execute for OnAClock {
    async fn execute(&self, call: &Call) -> Result<Receipt, CallError> {
        self.account.execute(call).await
    }
}

impl Clock for OnAClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

/// The SDK's own waits, so many times as fast as it asks for: between two tries of a read, and
/// until an answer counts as overdue.
#[derive(Debug)]
struct RushedSleep(u32);

impl AsyncSleep for RushedSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration / self.0))
    }
}

/// How an account is reached.
pub struct Way {
    url: String,
    hurry: u32,
    client: Option<SharedHttpClient>,
}

impl Way {
    /// Straight, at the SDK's own pace.
    pub fn to(url: String) -> Self {
        Self { url, hurry: 1, client: None }
    }

    /// The SDK waits and gives up so many times as fast.
    pub fn hurrying(self, hurry: u32) -> Self {
        Self { hurry, ..self }
    }

    /// Through another HTTP client than the SDK's own.
    pub fn through(self, client: SharedHttpClient) -> Self {
        Self { client: Some(client), ..self }
    }

    /// The account at its end that a cluster's spec names.
    pub async fn account(&self, scope: &Scope, regions: &[Region]) -> Aws {
        Aws::with(&self.configuration(scope).await, scope, regions, None)
    }

    /// The emulator takes an access key of twelve digits for the account of that number.
    async fn configuration(&self, scope: &Scope) -> SdkConfig {
        let options = Options { endpoint_url: Some(self.url.clone()), ..Options::default() };
        let account = scope.account.clone().expect("the spec names its account");
        let credentials = Credentials::new(account, "emulated", None, None, "test");
        let mut loader = pgha_aws::configuration(&options)
            .region(aws_types::region::Region::new(scope.home.to_string()))
            .credentials_provider(credentials);
        if self.hurry > 1 {
            loader = loader.sleep_impl(SharedAsyncSleep::new(RushedSleep(self.hurry)));
        }
        if let Some(client) = &self.client {
            loader = loader.http_client(client.clone());
        }
        loader.load().await
    }
}

impl Emulator {
    /// The account that a cluster's spec names.
    pub fn account(&self, scope: &Scope, regions: &[Region]) -> Aws {
        block_on(Way::to(self.url()).account(scope, regions))
    }

    /// An account behind an endpoint where nobody listens.
    pub fn nowhere(scope: &Scope, regions: &[Region]) -> Aws {
        let url = format!("http://127.0.0.1:{}", free_port());
        block_on(Way::to(url).account(scope, regions))
    }

    /// The master password of a cluster, from its secret.
    pub fn master_password(&self, scope: &Scope) -> String {
        let configuration = block_on(Way::to(self.url()).configuration(scope));
        let client = aws_sdk_secretsmanager::Client::new(&configuration);
        let id = format!("{}-master", scope.cluster);
        let secret =
            block_on(client.get_secret_value().secret_id(id).send()).expect("the secret is there");
        let value: serde_json::Value =
            serde_json::from_str(secret.secret_string().unwrap_or_default())
                .expect("the secret is JSON");
        value["password"].as_str().expect("it has a password").to_string()
    }

    /// What the account of this number holds, one line a thing, read past every API.
    pub fn inventory(&self, account: &str) -> String {
        self.server.ask("GET", &format!("/emulator/inventory/{account}"), "")
    }

    /// Asks the emulator for something that somebody else does, or that it is stricter from now
    /// on, for example `switch/ACCOUNT/cluster-iops`.
    pub fn post(&self, what: &str) {
        self.server.ask("POST", &format!("/emulator/{what}"), "");
    }

    /// Builds a cluster in an account as somebody does who knows no pgha
    /// (`tests/emulator/build.py`).
    pub fn build(&self, what: &str, account: &str) {
        let folder = root().join("tests/emulator");
        let installed = Command::new(folder.join("install")).output().expect("bash is there");
        let venv = String::from_utf8_lossy(&installed.stdout).trim().to_string();
        let built = Command::new(format!("{venv}/bin/python"))
            .arg(folder.join("build.py"))
            .args([what, &self.url(), account])
            .output()
            .expect("the emulator's Python is installed");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }

    /// Starts an emulator that shows each transitional status for so many looks.
    ///
    /// The first start on a machine installs it, which takes a minute.
    pub fn start(polls: u32) -> Self {
        let start = |port: u16| {
            let mut command = Command::new(root().join("tests/emulator/start"));
            command.arg(port.to_string()).env("PGHA_POLLS", polls.to_string());
            command
        };
        Self { server: Server::start("emulator", start, "/moto-api/") }
    }

    /// Where it listens; always a loopback address.
    pub fn url(&self) -> String {
        self.server.url()
    }
}
