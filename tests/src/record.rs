//! A record of the operations that a run asks of AWS, for the policies that have to allow them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::mortal::operation;

/// The SDK's HTTP client with a record. Clones write into the same one.
#[derive(Debug, Clone)]
pub struct Record {
    wire: SharedHttpClient,
    seen: Arc<Mutex<BTreeSet<String>>>,
}

impl Default for Record {
    fn default() -> Self {
        Self { wire: Builder::new().build_http(), seen: Arc::default() }
    }
}

impl Record {
    /// As the SDK wants it.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// Every operation so far, as `service:Operation` with the service's IAM prefix.
    pub fn operations(&self) -> BTreeSet<String> {
        self.seen.lock().expect("nobody panics with the lock").clone()
    }
}

impl HttpClient for Record {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let wire = self.wire.http_connector(settings, components);
        SharedHttpConnector::new(Connector { wire, seen: self.seen.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    wire: SharedHttpConnector,
    seen: Arc<Mutex<BTreeSet<String>>>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let seen = format!("{}:{}", service(&request), operation(&request));
        self.seen.lock().expect("nobody panics with the lock").insert(seen);
        self.wire.call(request)
    }
}

/// The IAM prefix of the service, from the scope of the signature; CloudWatch signs with
/// another name
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
fn service(request: &HttpRequest) -> &str {
    let signature = request.headers().get("authorization").unwrap_or_default();
    match signature.split('/').nth(3).expect("a request is signed") {
        "monitoring" => "cloudwatch",
        service => service,
    }
}
