//! Clients: one set a region, IAM and STS once, all from one pinned configuration.
//!
//! Everything there is twice: calls that change something are not repeated by the SDK, which
//! would restart a database twice, or turn an answer that was lost into "exists already".
//! `pgha-apply` looks before it repeats them.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use aws_config::AppName;
use aws_config::BehaviorVersion;
use aws_config::SdkConfig;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use pgha_resource::Region;
use pgha_resource::Scope;
use pgha_resource::catalog::REGIONS;
use tokio::sync::Semaphore;

use crate::credentials::plain;
use crate::encrypted::Encrypted;
use crate::silence::{Endpoint, Patience, Server};
use crate::whole::Whole;

/// Calls in flight per service and region: RDS throttles at rates it does not publish, and
/// ten at a time is what others found safe (docs/aws/limits.md#rates).
const IN_FLIGHT: usize = 8;

/// What is told a text for people.
pub type Tell = fn(&str);

/// How to reach the account.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Another endpoint for every service, such as an emulator's.
    pub endpoint_url: Option<String>,
    /// A profile of the AWS configuration.
    pub profile: Option<String>,
    /// Whom to tell of every call, a line each.
    pub tell: Option<Tell>,
    /// Whom to tell of a server that does not answer, while it is waited for.
    pub waits: Option<Tell>,
}

/// A client with its place in the queue.
#[derive(Debug)]
pub(crate) struct Lane<C> {
    pub(crate) client: C,
    pub(crate) service: &'static str,
    pub(crate) region: Region,
    pub(crate) permits: Semaphore,
    pub(crate) server: Server,
}

impl<C> Lane<C> {
    fn new(client: C, service: &'static str, region: &Region, endpoint: Endpoint) -> Self {
        let permits = Semaphore::new(IN_FLIGHT);
        let server = Server::new(service, region, endpoint);
        Self { client, service, region: region.clone(), permits, server }
    }
}

/// The clients of one region.
#[derive(Debug)]
pub(crate) struct Regional {
    pub(crate) region: Region,
    pub(crate) rds: Lane<aws_sdk_rds::Client>,
    pub(crate) ec2: Lane<aws_sdk_ec2::Client>,
    pub(crate) cloudwatch: Lane<aws_sdk_cloudwatch::Client>,
    pub(crate) sns: Lane<aws_sdk_sns::Client>,
    pub(crate) secrets: Lane<aws_sdk_secretsmanager::Client>,
}

impl Regional {
    fn new(config: &SdkConfig, region: &Region) -> Self {
        let config = &within(config, region);
        let to: [Endpoint; 5] = Default::default();
        let [to_rds, to_ec2, to_cloudwatch, to_sns, to_secrets] = to.clone();
        let rds = aws_sdk_rds::config::Builder::from(config)
            .interceptor(Whole)
            .interceptor(Encrypted)
            .interceptor(to_rds)
            .retry_classifier(Whole)
            .build();
        let ec2 = aws_sdk_ec2::config::Builder::from(config)
            .interceptor(Whole)
            .interceptor(Encrypted)
            .interceptor(to_ec2)
            .retry_classifier(Whole)
            .build();
        let cloudwatch = aws_sdk_cloudwatch::config::Builder::from(config)
            .interceptor(Whole)
            .interceptor(Encrypted)
            .interceptor(to_cloudwatch)
            .retry_classifier(Whole)
            .build();
        let sns = aws_sdk_sns::config::Builder::from(config)
            .interceptor(Whole)
            .interceptor(Encrypted)
            .interceptor(to_sns)
            .retry_classifier(Whole)
            .build();
        let secrets = aws_sdk_secretsmanager::config::Builder::from(config)
            .interceptor(Whole)
            .interceptor(Encrypted)
            .interceptor(to_secrets)
            .retry_classifier(Whole)
            .build();
        let [to_rds, to_ec2, to_cloudwatch, to_sns, to_secrets] = to;
        let rds = aws_sdk_rds::Client::from_conf(rds);
        let ec2 = aws_sdk_ec2::Client::from_conf(ec2);
        let cloudwatch = aws_sdk_cloudwatch::Client::from_conf(cloudwatch);
        let sns = aws_sdk_sns::Client::from_conf(sns);
        let secrets = aws_sdk_secretsmanager::Client::from_conf(secrets);
        Self {
            region: region.clone(),
            rds: Lane::new(rds, "rds", region, to_rds),
            ec2: Lane::new(ec2, "ec2", region, to_ec2),
            cloudwatch: Lane::new(cloudwatch, "cloudwatch", region, to_cloudwatch),
            sns: Lane::new(sns, "sns", region, to_sns),
            secrets: Lane::new(secrets, "secretsmanager", region, to_secrets),
        }
    }

    /// One of the services by its name; RDS for those that have no clients of their own here.
    pub(crate) fn server(&self, service: &str) -> &Server {
        match service {
            "ec2" => &self.ec2.server,
            "cloudwatch" => &self.cloudwatch.server,
            "sns" => &self.sns.server,
            "secretsmanager" => &self.secrets.server,
            _ => &self.rds.server,
        }
    }
}

/// The clients of all regions, made where they are needed: which regions a cluster reaches
/// into is known only after a look at home.
#[derive(Debug)]
pub(crate) struct Clients {
    config: SdkConfig,
    regional: BTreeMap<Region, OnceLock<Regional>>,
    pub(crate) iam: Lane<aws_sdk_iam::Client>,
}

impl Clients {
    fn new(config: &SdkConfig, home: &Region, regions: &[Region]) -> Self {
        let known = REGIONS.iter().map(|name| Region::new(*name));
        let regional = regions
            .iter()
            .chain([home])
            .cloned()
            .chain(known)
            .map(|region| (region, OnceLock::new()))
            .collect();
        let iam = aws_sdk_iam::config::Builder::from(&within(config, home));
        let to = Endpoint::default();
        let iam = iam.interceptor(Whole).interceptor(Encrypted).interceptor(to.clone());
        let iam = aws_sdk_iam::Client::from_conf(iam.retry_classifier(Whole).build());
        Self { config: config.clone(), regional, iam: Lane::new(iam, "iam", home, to) }
    }

    /// The clients of a region; nothing where neither the spec nor the catalogue knows it.
    pub(crate) fn at(&self, region: &Region) -> Option<&Regional> {
        let clients = self.regional.get(region)?;
        Some(clients.get_or_init(|| Regional::new(&self.config, region)))
    }
}

/// An AWS account.
#[derive(Debug)]
pub struct Aws {
    pub(crate) scope: Scope,
    /// For looks.
    pub(crate) reads: Clients,
    /// For the calls of a plan, and what they ask on their way.
    pub(crate) writes: Clients,
    pub(crate) sts: Lane<aws_sdk_sts::Client>,
    tell: Option<Tell>,
    /// How long looks wait for servers.
    pub(crate) patience: Patience,
    /// Whom to tell that a server is waited for.
    pub(crate) waits: Option<Tell>,
}

impl Aws {
    /// Clients for the home region of `scope`, for `regions` and for every region that the
    /// catalogue knows. Nothing is asked of AWS yet: credentials are looked up with the first
    /// call.
    pub async fn connect(options: &Options, scope: &Scope, regions: &[Region]) -> Self {
        let loader = configuration(options).region(sdk_region(&scope.home));
        let aws = Self::with(&plain(&loader.load().await), scope, regions, options.tell);
        aws.waiting(Patience::default(), options.waits)
    }

    /// As [`Aws::connect`], from a configuration that the caller made, for example one of
    /// [`configuration`] with credentials of its own.
    pub fn with(config: &SdkConfig, scope: &Scope, regions: &[Region], tell: Option<Tell>) -> Self {
        let sts = aws_sdk_sts::config::Builder::from(&within(config, &scope.home));
        let to = Endpoint::default();
        let sts = sts.interceptor(Whole).interceptor(Encrypted).interceptor(to.clone());
        let sts = aws_sdk_sts::Client::from_conf(sts.retry_classifier(Whole).build());
        Self {
            scope: scope.clone(),
            reads: Clients::new(config, &scope.home, regions),
            writes: Clients::new(&once(config), &scope.home, regions),
            sts: Lane::new(sts, "sts", &scope.home, to),
            tell,
            patience: Patience::default(),
            waits: None,
        }
    }

    /// The same with another patience, telling of servers that are waited for.
    pub(crate) fn waiting(self, patience: Patience, waits: Option<Tell>) -> Self {
        Self { patience, waits, ..self }
    }

    /// Tells of a call, where that was asked for.
    pub(crate) fn say(&self, service: &str, region: &Region, call: &str, outcome: &str) {
        if let Some(tell) = self.tell {
            tell(&format!("{service} {call} in {region}: {outcome}\n"));
        }
    }
}

/// The region that the environment or the profile names. Not the one of the machine: on somebody's
/// bastion it is no answer to where a database is.
pub async fn configured_region(profile: Option<&str>) -> Option<Region> {
    let mut named = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        named = named.profile_name(profile);
    }
    let found = EnvironmentVariableRegionProvider::new().region().await;
    let found = match found {
        Some(found) => Some(found),
        None => named.build().region().await,
    };
    found.map(|region| Region::new(region.to_string()))
}

/// pgha's own configuration with what the user chose, except for the region.
pub fn configuration(options: &Options) -> aws_config::ConfigLoader {
    let mut loader = defaults();
    // Who names a profile means it, whatever keys the environment has.
    if let Some(profile) = &options.profile {
        let named = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(named);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader
}

/// The configuration before anything that the user chose. The behaviour version is pinned,
/// so that an update of the SDK changes neither retries nor time-outs.
fn defaults() -> aws_config::ConfigLoader {
    let name = AppName::new("pgha").expect("letters only are a valid application name");
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .app_name(name)
        .retry_config(retries())
        .timeout_config(timeouts())
}

/// Five tries: three, the default, are too few when a fleet of plans runs at once.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(5)
        .with_initial_backoff(Duration::from_millis(500))
        .with_max_backoff(Duration::from_secs(20))
}

/// A look takes a second as a rule, and a page of a thousand a few: who waits for an answer that
/// never comes waits less than a minute.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(15))
        .operation_attempt_timeout(Duration::from_secs(20))
        .operation_timeout(Duration::from_secs(45))
        .build()
}

/// The same for calls that change something: one try, with the time that RDS takes to accept
/// a creation.
fn once(config: &SdkConfig) -> SdkConfig {
    let patient = Duration::from_secs(60);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(patient)
        .operation_attempt_timeout(patient)
        .operation_timeout(Duration::from_secs(120))
        .build();
    config.to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts).build()
}

fn within(config: &SdkConfig, region: &Region) -> SdkConfig {
    config.to_builder().region(sdk_region(region)).build()
}

fn sdk_region(region: &Region) -> aws_config::Region {
    aws_config::Region::new(region.as_str().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_region_gets_its_clients_and_nothing_is_left_to_the_sdk() {
        let scope =
            Scope { cluster: "orders".into(), account: None, home: Region::new("us-east-1") };
        let ours = Region::new("xx-ours-1");
        let aws = Aws::connect(&Options::default(), &scope, std::slice::from_ref(&ours)).await;
        let at = |name: &str| aws.reads.at(&Region::new(name));
        assert!(at("us-east-1").is_some() && at("xx-ours-1").is_some());
        assert!(at("xx-nowhere-1").is_none());
        let config = at("us-west-2").unwrap().rds.client.config();
        assert_eq!(config.region().map(|r| r.as_ref()), Some("us-west-2"));
        assert_eq!(config.retry_config(), Some(&retries()));
        let timeouts = config.timeout_config().unwrap();
        assert_eq!(timeouts.operation_timeout(), Some(Duration::from_secs(45)));
        assert_eq!(timeouts.connect_timeout(), Some(Duration::from_secs(3)));
    }

    #[tokio::test]
    async fn calls_that_change_something_are_made_once() {
        let scope =
            Scope { cluster: "orders".into(), account: None, home: Region::new("us-east-1") };
        let aws = Aws::connect(&Options::default(), &scope, &[]).await;
        let writes = aws.writes.at(&scope.home).unwrap();
        let attempts = |config: Option<&RetryConfig>| config.map(RetryConfig::max_attempts);
        assert_eq!(attempts(writes.rds.client.config().retry_config()), Some(1));
        assert_eq!(attempts(writes.ec2.client.config().retry_config()), Some(1));
        assert_eq!(attempts(aws.writes.iam.client.config().retry_config()), Some(1));
        let timeouts = writes.rds.client.config().timeout_config().unwrap();
        assert_eq!(timeouts.operation_attempt_timeout(), Some(Duration::from_secs(60)));
    }
}
