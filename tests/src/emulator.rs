//! A moto server of one's own, on a free loopback port, for as long as a test runs.

use std::cell::Cell;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use aws_credential_types::Credentials;
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

use crate::block_on;
use crate::root;

/// A running emulator; it ends with the value.
pub struct Emulator {
    process: Child,
    port: u16,
}

/// A clock for an account that moves on when it is asked: it never waits.
#[derive(Debug, Default)]
pub struct RushedClock {
    seconds: Cell<i64>,
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

/// The configuration of a cluster's account behind an endpoint. The emulator takes an access
/// key of twelve digits for the account of that number.
fn configuration(url: String, scope: &Scope) -> aws_types::SdkConfig {
    let options = Options { endpoint_url: Some(url), ..Options::default() };
    let account = scope.account.clone().expect("the spec names its account");
    let credentials = Credentials::new(account, "emulated", None, None, "test");
    let loader = pgha_aws::configuration(&options)
        .region(aws_types::region::Region::new(scope.home.to_string()))
        .credentials_provider(credentials);
    block_on(loader.load())
}

impl Emulator {
    /// The account that a cluster's spec names.
    pub fn account(&self, scope: &Scope, regions: &[Region]) -> Aws {
        Aws::with(&configuration(self.url(), scope), scope, regions, false)
    }

    /// An account behind an endpoint where nobody listens.
    pub fn nowhere(scope: &Scope, regions: &[Region]) -> Aws {
        let url = format!("http://127.0.0.1:{}", free_port());
        Aws::with(&configuration(url, scope), scope, regions, false)
    }

    /// The master password of a cluster, from its secret.
    pub fn master_password(&self, scope: &Scope) -> String {
        let client = aws_sdk_secretsmanager::Client::new(&configuration(self.url(), scope));
        let id = format!("{}-master", scope.cluster);
        let secret =
            block_on(client.get_secret_value().secret_id(id).send()).expect("the secret is there");
        let value: serde_json::Value =
            serde_json::from_str(secret.secret_string().unwrap_or_default())
                .expect("the secret is JSON");
        value["password"].as_str().expect("it has a password").to_string()
    }

    /// Starts an emulator that shows each transitional status for so many looks.
    ///
    /// The first start on a machine installs it, which takes a minute.
    pub fn start(polls: u32) -> Self {
        let port = free_port();
        let script = root().join("tests/emulator/start");
        let log =
            std::fs::File::create(std::env::temp_dir().join(format!("pgha-emulator-{port}.log")))
                .expect("the temporary folder is writable");
        let errors = log.try_clone().expect("a file handle can be doubled");
        let process = Command::new(script)
            .arg(port.to_string())
            .env("PGHA_POLLS", polls.to_string())
            // The server ends when this pipe does, however this process ends.
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("tests/emulator/start runs");
        let mut emulator = Self { process, port };
        emulator.wait();
        emulator
    }

    /// Where it listens; always a loopback address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait(&mut self) {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(300) {
            if answers(self.port) {
                return;
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                panic!(
                    "the emulator ended with {status}: see pgha-emulator-{}.log in the temporary folder",
                    self.port
                );
            }
            // The process is another one: there is nothing but time to wait for.
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the emulator did not answer within five minutes");
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Nothing is left to do if it ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = "GET /moto-api/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    let mut answer = [0; 12];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.starts_with(b"HTTP/")
}
