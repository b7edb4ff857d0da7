//! Requests go out encrypted, or stay on this machine.
//!
//! A creation carries the master password, and whoever answers instead of AWS decides what a
//! plan believes, the account guard included. The endpoint may come from the command line, the
//! environment (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_RDS`, …) or a profile
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>), so that only
//! the request itself says where it really goes.

use std::net::IpAddr;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses to send a request over plain HTTP to another machine.
#[derive(Debug)]
pub(crate) struct Encrypted;

#[dyn_dispatch_hint]
impl Intercept for Encrypted {
    fn name(&self) -> &'static str {
        "Encrypted"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match plain_host(context.request().uri()) {
            Some(host) => Err(refusal(host).into()),
            None => Ok(()),
        }
    }
}

/// The words name the host only: a URL may have credentials in it.
fn refusal(host: &str) -> String {
    format!(
        "not sent: the endpoint `http://{host}` is not encrypted, and requests carry passwords: use https, or unset AWS_ENDPOINT_URL and `endpoint_url` of the profile"
    )
}

/// The host that a request would reach unencrypted, where that is another machine.
fn plain_host(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    if scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!is_loopback(host)).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_name = name.eq_ignore_ascii_case("localhost");
    is_name || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::Aws;
    use crate::testing::{Answer, Wire, scope};
    use aws_config::BehaviorVersion;
    use aws_config::SdkConfig;
    use aws_sdk_rds::config::{Credentials, SharedCredentialsProvider};
    use pgha_apply::port::{Observe, Wanted};
    use pgha_resource::{Address, Seen};

    #[track_caller]
    fn check(uri: &str, refused: Option<&str>) {
        assert_eq!(plain_host(uri), refused, "{uri}");
    }

    #[test]
    fn only_plain_http_to_another_machine_is_refused() {
        check("https://rds.us-east-1.amazonaws.com/", None);
        check("HTTPS://rds.example/", None);
        check("http://127.0.0.1:4566/", None);
        check("http://127.8.8.8", None);
        check("http://[::1]:4566/", None);
        check("http://localhost:4566?a=b", None);
        check("http://LOCALHOST/", None);
        check("http://rds.us-east-1.amazonaws.com/", Some("rds.us-east-1.amazonaws.com"));
        check("HTTP://10.0.0.1:80/x", Some("10.0.0.1:80"));
        check("http://[2001:db8::1]:80/", Some("[2001:db8::1]:80"));
        check("http://localhost.example/", Some("localhost.example"));
        check("http://127.0.0.1.example/", Some("127.0.0.1.example"));
        check("http://localhost@evil.example/", Some("evil.example"));
        check("http://localhost:a@evil.example:1/", Some("evil.example:1"));
    }

    fn account(wire: &Wire, endpoint: &str) -> Aws {
        let credentials = Credentials::new("test", "test", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .retry_config(crate::connect::retries())
            .region(aws_config::Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .http_client(wire.clone())
            .build();
        Aws::with(&config, &scope(), &[], None)
    }

    #[tokio::test]
    async fn nothing_is_sent_to_a_plain_endpoint() {
        let wire = Wire::answering([]);
        let account = account(&wire, "http://me:secret@aws.example:4566");
        let error = account.identity().await.unwrap_err();
        let words = &error.message;
        assert!(words.contains("`http://aws.example:4566` is not encrypted"), "{words}");
        assert!(!words.contains("secret"), "{words}");
        let address: Address = "iam-role/orders-monitoring".parse().unwrap();
        let role = pgha_resource::kind::IamRole {
            trust: None,
            attached: None,
            inline: None,
            description: None,
        };
        let resources = [(address.clone(), role.into())].into();
        let live = account.observe(&Wanted::only(&scope(), resources)).await;
        assert!(matches!(live.resources[&address], Seen::Unread(_)));
        assert_eq!(wire.asked(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn an_emulator_on_this_machine_is_asked() {
        let answer = Answer::Body(
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>".into(),
        );
        let wire = Wire::answering([answer]);
        let identity = account(&wire, "http://localhost:4566").identity().await.unwrap();
        assert_eq!(identity.account, "1");
    }
}
