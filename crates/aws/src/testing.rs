//! An account that answers what a test tells it to and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

use aws_config::BehaviorVersion;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_rds::config::Credentials;
use aws_sdk_rds::config::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use pgha_resource::Region;
use pgha_resource::Scope;

use crate::connect::Aws;

/// An answer: a status and a body, or none at all.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Body(u16, String),
    Refused,
    Broken,
}

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    asked: Vec<String>,
}

/// The wire.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

impl Wire {
    /// A wire with these answers, in order.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = answers.into_iter().collect();
        Self(Arc::new(Mutex::new(State { answers, asked: Vec::new() })))
    }

    /// The bodies of all requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    /// An account at the end of this wire.
    pub(crate) fn account(&self) -> Aws {
        let credentials = Credentials::new("test", "test", None, None, "test");
        self.account_as(Some(credentials))
    }

    /// The same with other credentials, or none.
    pub(crate) fn account_as(&self, credentials: Option<Credentials>) -> Aws {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .retry_config(RetryConfig::disabled())
            .region(aws_config::Region::new("us-east-1"));
        let config = match credentials {
            Some(credentials) => {
                config.credentials_provider(SharedCredentialsProvider::new(credentials))
            }
            None => config,
        };
        let config = config.http_client(self.clone()).build();
        Aws::with(&config, &scope(), &[], None)
    }
}

/// A cluster named `orders`.
pub(crate) fn scope() -> Scope {
    Scope {
        cluster: "orders".into(),
        account: Some("123456789012".into()),
        home: Region::new("us-east-1"),
    }
}

/// An RDS answer with nothing in it.
pub(crate) fn rds_ok(operation: &str) -> Answer {
    Answer::Body(
        200,
        format!(
            "<{operation}Response><{operation}Result/><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

/// An RDS error.
pub(crate) fn rds_error(status: u16, code: &str, message: &str) -> Answer {
    Answer::Body(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        ),
    )
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let mut state = self.0.lock().unwrap();
        state.asked.push(String::from_utf8_lossy(&body).into_owned());
        let answer = state.answers.pop_front().expect("the test tells every answer");
        HttpConnectorFuture::ready(match answer {
            Answer::Body(status, body) => {
                let status = status.try_into().expect("a valid status");
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                response.headers_mut().insert("x-amzn-requestid", "r-1");
                Ok(response)
            }
            Answer::Refused => {
                let io = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
                Err(ConnectorError::io(io.into()))
            }
            Answer::Broken => {
                let io = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                Err(ConnectorError::io(io.into()))
            }
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
