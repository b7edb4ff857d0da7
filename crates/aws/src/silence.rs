//! Servers that do not answer: said while they are waited for, and not waited for over and over.
//!
//! A look has phases that follow each other (who is calling, what is there, what hangs on it, what
//! RDS offers), and in each of them up to eight calls at a time to a server. The time-outs of the
//! SDK are for one call, so that a server that swallows everything would use up all of them, one
//! behind the other, without a word.

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use aws_sdk_rds::config::http::HttpResponse;
use aws_sdk_rds::error::ProvideErrorMetadata;
use aws_sdk_rds::error::SdkError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use pgha_resource::Region;
use pgha_resource::live::ErrorClass;
use tokio::time::Instant;

use crate::connect::Tell;
use crate::errors::Failure;
use crate::errors::Intent;
use crate::errors::failure;

/// How long to wait for a server, and when to say so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// A call without an answer for so long is mentioned. The slowest page that AWS sends as a
    /// rule takes less.
    pub(crate) mention: Duration,
    /// A server that never answered is waited for so long in all: two attempts of a call.
    pub(crate) in_all: Duration,
    /// So long after it was given up it is asked again: an apply takes hours, and networks come
    /// back.
    pub(crate) forget: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let [mention, in_all, forget] = [5, 30, 90].map(Duration::from_secs);
        Self { mention, in_all, forget }
    }
}

/// One service in one region, and whether it answers.
#[derive(Debug)]
pub(crate) struct Server {
    service: &'static str,
    region: Region,
    endpoint: Endpoint,
    silence: Mutex<Silence>,
}

/// Since when there was no answer.
#[derive(Debug, Default)]
struct Silence {
    /// The first call of those that have no answer; `None` before it, and after an answer.
    since: Option<Instant>,
    mentioned: bool,
}

impl Server {
    pub(crate) fn new(service: &'static str, region: &Region, endpoint: Endpoint) -> Self {
        Self { service, region: region.clone(), endpoint, silence: Mutex::default() }
    }

    /// Waits for the answer to a look's call, and says so where it takes long. One that never
    /// answered is given up once its time is over.
    pub(crate) async fn answer<T, E>(
        &self,
        patience: Patience,
        tell: Option<Tell>,
        call: &str,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let end = self.asked(patience);
        if end.is_some_and(|end| end <= Instant::now()) {
            return Err(self.gave_up(patience));
        }
        // The SDK's futures have many kilobytes, and dozens of them are waited for at once.
        let told = self.mentioning(patience.mention, tell, call, Box::pin(request));
        let mut told = pin!(told);
        let answer = match end {
            None => told.await,
            Some(end) => match tokio::time::timeout_at(end, &mut told).await {
                Ok(answer) => answer,
                // Another call had an answer meanwhile, or an attempt of this one.
                Err(_) if self.endpoint.answers() => told.await,
                Err(_) => return Err(self.gave_up(patience)),
            },
        };
        if self.endpoint.answers() {
            *self.silence() = Silence::default();
        }
        answer.map_err(|error| failure(&error, Intent::Read))
    }

    /// Waits, and says once that it does.
    pub(crate) async fn mentioning<T>(
        &self,
        after: Duration,
        tell: Option<Tell>,
        call: &str,
        request: impl Future<Output = T>,
    ) -> T {
        let mut request = pin!(request);
        if let Ok(answer) = tokio::time::timeout(after, &mut request).await {
            return answer;
        }
        if let Some(tell) = tell.filter(|_| self.is_news()) {
            let seconds = after.as_secs();
            tell(&format!("waiting for {self}: no answer to {call} for {seconds} s\n"));
        }
        request.await
    }

    /// Notes a call; the moment until which it may wait, unless the server has ever answered.
    fn asked(&self, patience: Patience) -> Option<Instant> {
        if self.endpoint.answers() {
            return None;
        }
        let mut silence = self.silence();
        let now = Instant::now();
        let over = |since: &Instant| *since + patience.in_all + patience.forget <= now;
        if silence.since.as_ref().is_none_or(over) {
            silence.since = Some(now);
        }
        silence.since.map(|since| since + patience.in_all)
    }

    /// Whether nobody said yet that the server is waited for.
    fn is_news(&self) -> bool {
        !std::mem::replace(&mut self.silence().mentioned, true)
    }

    fn gave_up(&self, patience: Patience) -> Failure {
        let seconds = patience.in_all.as_secs();
        let message = format!("{self} gave no answer for {seconds} s: not asked further");
        let code = "NoAnswer".into();
        Failure { class: ErrorClass::Unreachable, code, message, request_id: None }
    }

    fn silence(&self) -> MutexGuard<'_, Silence> {
        // What is in it is whole whoever panicked.
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in {}", self.service, self.region)?;
        match self.endpoint.0.origin.get() {
            Some(endpoint) => write!(f, " at {endpoint}"),
            // The SDK signs before it sends.
            None => write!(f, " (nothing was sent yet: credentials are looked up)"),
        }
    }
}

/// Where the requests of a client go, and whether anything ever came back. Only the request itself
/// says the first, because the SDK takes an endpoint from five places, and only an attempt the
/// second: a call may be busy with being throttled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Endpoint(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    origin: OnceLock<String>,
    answers: AtomicBool,
}

impl Endpoint {
    fn answers(&self) -> bool {
        self.0.answers.load(Ordering::Relaxed)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Endpoint {
    fn name(&self) -> &'static str {
        "Endpoint"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.origin.get_or_init(|| origin(context.request().uri()));
        Ok(())
    }

    fn read_after_transmit(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.answers.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Scheme, host and port. The rest of a URL may have credentials in it.
fn origin(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("https", uri));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::connect::Aws;
    use crate::testing::{Answer, Wire, scope};
    use aws_config::{BehaviorVersion, SdkConfig};
    use aws_sdk_rds::config::{Credentials, SharedCredentialsProvider};
    use pgha_apply::port::{Observe, Wanted};
    use pgha_resource::offer::Questions;

    const SHORT: Patience = Patience {
        mention: Duration::from_millis(20),
        in_all: Duration::from_millis(300),
        forget: Duration::from_secs(60),
    };

    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

    fn config() -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    /// Everything that a plan asks, of a server that takes calls and never answers.
    #[tokio::test]
    async fn a_server_that_never_answers_is_said_and_waited_for_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let config = config().to_builder().endpoint_url(format!("{url}/x")).build();
        let tell: Tell = |text| SAID.lock().unwrap().push(text.into());
        let aws = Aws::with(&config, &scope(), &[], None).waiting(SHORT, Some(tell));
        let home = scope().home;
        let began = Instant::now();
        let error = aws.identity().await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Unreachable);
        assert!(error.message.contains(&format!("sts in us-east-1 at {url} ")), "{error:?}");
        let wanted = Wanted::only(&scope(), Default::default());
        let live = aws.observe(&Wanted { sweep: vec![home.clone()], ..wanted }).await;
        assert!(!live.unswept.is_empty());
        let versions = [(home, 16)].into();
        let third = Instant::now();
        let offers = aws.ask(&Questions { versions, ..Questions::default() }).await;
        assert!(offers.versions.values().all(Result::is_err));
        // The first phase had its own server, and the third did not wait any more.
        assert!(third.elapsed() < SHORT.in_all, "{:?}", third.elapsed());
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        let said = SAID.lock().unwrap();
        let of = |service: &str| said.iter().filter(|line| line.contains(service)).count();
        assert_eq!((of(" sts in "), of(" rds in "), of(" ec2 in ")), (1, 1, 1), "{said:?}");
        let line = format!("waiting for sts in us-east-1 at {url}: no answer to GetCallerIdentity");
        assert!(said[0].starts_with(&line), "{said:?}");
    }

    #[tokio::test]
    async fn a_server_that_was_given_up_is_asked_again_later_and_one_that_answered_always() {
        let server = Server::new("rds", &scope().home, Endpoint::default());
        let now = Patience { in_all: Duration::ZERO, forget: Duration::ZERO, ..SHORT };
        let first = server.asked(SHORT).unwrap();
        assert_eq!(server.asked(SHORT), Some(first));
        assert!(server.asked(now).unwrap() < first);
        server.endpoint.0.answers.store(true, Ordering::Relaxed);
        assert_eq!(server.asked(SHORT), None);
    }

    /// Also a refusal is an answer.
    #[tokio::test]
    async fn whoever_answers_once_has_the_time_of_every_call() {
        let wire = Wire::answering([Answer::Body(403, "<no/>".into()), Answer::Refused]);
        let aws = Aws::with(&config().to_builder().http_client(wire).build(), &scope(), &[], None);
        assert!(aws.identity().await.is_err());
        assert!(aws.sts.server.endpoint.answers());
    }

    #[test]
    fn nothing_but_the_place_is_taken_from_a_url() {
        assert_eq!(origin("https://me:pw@rds.example:1/x?token=t"), "https://rds.example:1");
    }
}
