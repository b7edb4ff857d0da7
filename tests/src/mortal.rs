//! Death on the wire: an HTTP client under a run that dies at one of its changing calls.
//!
//! A dead run makes no further call and sees no further answer. What it waits for never comes;
//! whoever drives it hears of the death and drops it, as the end of a process would.

use std::future::pending;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Notify;
use tokio::sync::Semaphore;

/// When a run dies: at which of its changing calls, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// The call is never sent.
    Before(usize),
    /// The call is carried out, and its answer never seen.
    After(usize),
}

/// What one run has of the wire. Clones are the same run.
#[derive(Debug, Clone)]
pub struct Mortal {
    wire: SharedHttpClient,
    fate: Arc<Fate>,
}

#[derive(Debug)]
struct Fate {
    death: Option<Death>,
    armed: AtomicBool,
    calls: Mutex<Vec<String>>,
    /// One changing call at a time, so that the number of a call is the same in every run.
    turn: Semaphore,
    died: Notify,
}

impl Mortal {
    /// A run that will die like this, once it is armed.
    pub fn new(death: Option<Death>) -> Self {
        let (armed, calls) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let fate = Fate { death, armed, calls, turn: Semaphore::new(1), died: Notify::new() };
        Self { wire: Builder::new().build_http(), fate: Arc::new(fate) }
    }

    /// As the SDK wants it.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Calls count from now on.
    pub fn arm(&self) {
        self.fate.armed.store(true, Ordering::SeqCst);
    }

    /// Comes back when the run has died.
    pub async fn died(&self) {
        self.fate.died.notified().await;
    }

    /// The changing calls that it made, the one at which it died included.
    pub fn calls(&self) -> Vec<String> {
        self.fate.calls.lock().expect("nobody panics with the lock").clone()
    }
}

impl Fate {
    /// The number of a call that is about to be made.
    fn count(&self, operation: &str) -> usize {
        let mut calls = self.calls.lock().expect("nobody panics with the lock");
        calls.push(operation.into());
        calls.len()
    }

    /// Never comes back, and keeps its turn: nobody else's call is made.
    async fn die_if(&self, death: Death) {
        if self.death == Some(death) {
            self.died.notify_one();
            pending::<()>().await;
        }
    }
}

impl HttpClient for Mortal {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let wire = self.wire.http_connector(settings, components);
        SharedHttpConnector::new(Connector { wire, fate: self.fate.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    wire: SharedHttpConnector,
    fate: Arc<Fate>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request);
        let reads = ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb));
        if reads || !self.fate.armed.load(Ordering::SeqCst) {
            return self.wire.call(request);
        }
        let (wire, fate) = (self.wire.clone(), self.fate.clone());
        HttpConnectorFuture::new(async move {
            let _turn = fate.turn.acquire().await.expect("the semaphore is never closed");
            let number = fate.count(&operation);
            fate.die_if(Death::Before(number)).await;
            let answer = wire.call(request).await;
            fate.die_if(Death::After(number)).await;
            answer
        })
    }
}

/// The operation of a request, in each of the three protocols that pgha speaks.
pub(crate) fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().into();
    }
    if let Some((_, operation)) = request.uri().split_once("/operation/") {
        return operation.into();
    }
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.expect("a request names its operation").into()
}
