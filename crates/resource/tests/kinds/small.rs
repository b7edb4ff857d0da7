//! The words and rules of the smaller kinds: groups, alarms, events, proxies, secrets.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::field::Match;
use pgha_resource::kind;
use pgha_resource::kind::Comparison;
use pgha_resource::kind::EventSource;
use pgha_resource::kind::MissingData;
use pgha_resource::kind::Noun;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::kind::Statistic;
use pgha_resource::kind::Threshold;
use pgha_resource::reference::Subnets;
use pgha_resource::value::Part;
use pgha_resource::value::Value;

use crate::samples::Answers;
use crate::samples::Sample;
use crate::samples::full;

fn of(address: &str) -> Ref {
    Ref::Of(address.parse().unwrap(), Attr::Arn)
}

#[track_caller]
fn check_shown(value: &impl Value, expected: &str) {
    assert_eq!(value.show().to_string(), expected);
}

#[test]
fn rules_are_shown_by_ports_and_peer() {
    let anywhere = || Peer::Cidr("0.0.0.0/0".into());
    check_shown(&Rule::tcp(5432, anywhere()), "tcp/5432 0.0.0.0/0");
    check_shown(&Rule { to_port: 5439, ..Rule::tcp(5432, Peer::Itself) }, "tcp/5432-5439 self");
    check_shown(&Rule::everything(anywhere()), "all traffic 0.0.0.0/0");
    let group = Peer::Group(of("security-group/orders-app"));
    check_shown(&Rule::tcp(5432, group), "tcp/5432 security-group/orders-app");
}

/// EC2 API, IpPermission: -1 stands for every protocol, and for every port.
#[test]
fn everything_is_minus_one() {
    let rule = Rule::everything(Peer::Itself);
    assert_eq!((rule.from_port, rule.to_port), (-1, -1));
}

/// EC2 API, CreateSecurityGroup: nobody may come in, and members may go everywhere.
#[test]
fn a_new_group_lets_nobody_in_and_everybody_out() {
    let group = kind::SecurityGroup {
        description: Some("orders".into()),
        vpc: Some(Ref::known("vpc-1")),
        ingress: None,
        egress: None,
    };
    let born = group.clone().born();
    assert_eq!((&born.description, &born.vpc), (&group.description, &group.vpc));
    assert_eq!(born.ingress, Some(BTreeSet::new()));
    let anywhere = Rule::everything(Peer::Cidr("0.0.0.0/0".into()));
    assert_eq!(born.egress, Some(BTreeSet::from([anywhere])));
}

#[test]
fn what_is_edited_piece_by_piece_starts_empty() {
    let Resource::IamRole(role) = full(Kind::IamRole, Sample(true)).born() else { unreachable!() };
    assert_eq!((role.attached, role.inline), (Some(BTreeSet::new()), Some(BTreeMap::new())));
    assert!(role.trust.is_some());
    for kind in [Kind::DbParameterGroup, Kind::DbClusterParameterGroup] {
        let parameters = match full(kind, Sample(true)).born() {
            Resource::DbParameterGroup(group) => group.parameters,
            Resource::DbClusterParameterGroup(group) => group.parameters,
            _ => None,
        };
        assert_eq!(parameters, Some(BTreeMap::new()), "{kind}");
    }
    let Resource::Secret(secret) = full(Kind::Secret, Sample(false)).born() else { unreachable!() };
    assert_eq!(secret.rotation, Some(kind::Rotation::Off));
    assert_eq!(secret.username.as_deref(), Some("other"));
}

#[test]
fn alarms_are_in_cloudwatchs_words() {
    for comparison in Comparison::ALL.iter().copied() {
        assert_eq!(Comparison::from_word(comparison.as_str()), Some(comparison));
    }
    for missing in MissingData::ALL.iter().copied() {
        assert_eq!(MissingData::from_word(missing.as_str()), Some(missing));
    }
    check_shown(&Comparison::AtLeast, "GreaterThanOrEqualToThreshold");
    check_shown(&MissingData::NotBreaching, "notBreaching");
    assert_eq!(Comparison::from_word("Greater"), None);
    assert_eq!(MissingData::from_word("notbreaching"), None);
}

/// CloudWatch API, PutMetricAlarm: `Statistic` takes five words, `ExtendedStatistic` the rest.
#[test]
fn percentiles_are_extended_statistics() {
    for word in ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] {
        assert!(!Statistic(word.into()).is_extended(), "{word}");
        check_shown(&Statistic(word.into()), word);
    }
    for word in ["p90", "tm99", "average"] {
        assert!(Statistic(word.into()).is_extended(), "{word}");
    }
    assert_eq!(Statistic("p90".into()).to_string(), "p90");
}

#[test]
fn thresholds_are_exact_and_shown_without_a_needless_point() {
    check_shown(&Threshold(80.0), "80");
    check_shown(&Threshold(0.25), "0.25");
    assert_eq!(Threshold(0.5), Threshold(0.5));
    assert_ne!(Threshold(0.5), Threshold(0.500_000_1));
}

/// RDS guide, event categories and messages; docs/aws/alerting.md#event-categories.
#[test]
fn events_are_in_rdss_words() {
    for source in EventSource::ALL.iter().copied() {
        assert_eq!(EventSource::from_word(source.as_str()), Some(source));
        let categories = source.categories();
        assert!(categories.is_sorted(), "{categories:?}");
        assert!(categories.iter().all(|category| category.len() > 5), "{categories:?}");
    }
    check_shown(&EventSource::DbParameterGroup, "db-parameter-group");
    assert_eq!(EventSource::from_word("db"), None);
    assert!(EventSource::DbInstance.categories().contains(&"low storage"));
    assert!(!EventSource::DbCluster.categories().contains(&"low storage"));
}

#[test]
fn endpoints_lead_to_writers_or_readers() {
    check_shown(&kind::TargetRole::ReadWrite, "READ_WRITE");
    check_shown(&kind::TargetRole::ReadOnly, "READ_ONLY");
}

fn proxy_auth(secret: Ref, iam: kind::IamAuth) -> kind::ProxyAuth {
    kind::ProxyAuth { secret, iam, client_password: kind::ClientPassword::Scram }
}

#[test]
fn a_proxys_users_are_shown_by_their_secrets() {
    let secret = of("secret/orders-master");
    let password = proxy_auth(secret.clone(), kind::IamAuth::Disabled);
    check_shown(&password, "secret/orders-master (password)");
    let token = proxy_auth(secret, kind::IamAuth::Required);
    check_shown(&token, "secret/orders-master (IAM token)");
    check_shown(&kind::ProxyScheme::Secrets, "secrets");
    check_shown(&kind::ProxyScheme::Iam, "iam, end to end");
}

/// RDS guide, modifying a proxy; docs/aws/proxies.md#debug-logging.
#[test]
fn debug_logging_that_went_off_is_awss_own_doing() {
    #[track_caller]
    fn check(desired: Option<bool>, live: Option<bool>, expected: Match) {
        let with = |debug_logging| -> Resource {
            let Resource::DbProxy(proxy) = full(Kind::DbProxy, Sample(true)) else {
                unreachable!()
            };
            kind::DbProxy { debug_logging, ..proxy }.into()
        };
        let found = with(desired).compare_field("debug_logging", &with(live));
        assert_eq!(found, Some(expected));
    }
    let off = "AWS turns a proxy's debug logging off after 24 hours";
    check(Some(true), Some(false), Match::ByAws(off.into()));
    check(Some(false), Some(true), Match::Differs);
    check(Some(true), Some(true), Match::Same);
    check(None, Some(true), Match::Same);
    check(Some(true), None, Match::Unreadable);
}

/// RDS guide, "Quotas and limitations for RDS Proxy"
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html>): not every zone has
/// proxies; "Setting up network prerequisites": two subnets at least
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-network-prereqs.html>).
#[test]
fn a_proxy_without_some_of_its_subnets_is_as_rds_made_it() {
    #[track_caller]
    fn check(desired: &[&str], live: &[&str], expected: Match) {
        let subnets =
            |ids: &[&str]| Some(Subnets::Known(ids.iter().map(ToString::to_string).collect()));
        let proxies = [desired, live].map(|ids| -> Resource {
            kind::DbProxy { subnets: subnets(ids), ..kind::DbProxy::default() }.into()
        });
        let [desired, live] = proxies;
        assert_eq!(desired.compare_field("subnets", &live), Some(expected));
    }
    let without = "in 2 of 3 subnets, without subnet-c: RDS makes it without those in zones that \
                   have no proxies, and it never moves into further ones";
    let (a, b, c, d) = ("subnet-a", "subnet-b", "subnet-c", "subnet-d");
    check(&[a, b, c], &[a, b], Match::ByAws(without.into()));
    check(&[a, b], &[a, b], Match::Same);
    // RDS made no proxy of one subnet, and none in a subnet that it was not asked for.
    check(&[a, b, c], &[a], Match::Differs);
    check(&[a, b, c], &[a, d], Match::Differs);
    check(&[a, b], &[a, b, c], Match::Differs);
}

#[test]
fn a_proxys_database_is_shown_by_its_name() {
    for target in [kind::ProxyTarget::Instance, kind::ProxyTarget::Cluster] {
        let name = Ref::Of("db-instance/orders".parse().unwrap(), Attr::Name);
        let target = target(name.clone());
        assert_eq!(target.database(), &name);
        check_shown(&target, "orders");
    }
}

#[test]
fn a_rotation_is_shown_with_its_function_and_changed_where_it_differs() {
    let every = |days| kind::Rotation::Every { days, function: "arn:function".into() };
    check_shown(&kind::Rotation::Off, "off");
    check_shown(&every(30), "every 30 days by arn:function");
    assert_eq!(Value::way(&every(30), &every(7), 1), [(Part::Add, every(7))]);
    assert_eq!(
        Value::way(&every(30), &kind::Rotation::Off, 1),
        [(Part::Remove, kind::Rotation::Off)]
    );
    assert_eq!(Value::way(&kind::Rotation::Off, &kind::Rotation::Off, 1), []);
}

/// Holds a value with one open reference to the contract of [`Value`].
#[track_caller]
fn check_reference<V: Value + std::fmt::Debug>(hold: impl Fn(Ref) -> V) {
    let mut into = Vec::new();
    hold(of("secret/a")).addresses(&mut into);
    assert_eq!(into, ["secret/a".parse().unwrap()]);
    let mut value = hold(of("secret/a"));
    assert!(!value.is_resolved());
    value.resolve(&Answers);
    assert_eq!(value, hold(Ref::known("id of secret/a")));
    assert!(value.is_resolved());
}

#[test]
fn references_are_found_and_answered_in_the_values_of_kinds() {
    check_reference(kind::MasterPassword::Secret);
    check_reference(kind::ProxyTarget::Instance);
    check_reference(kind::ProxyTarget::Cluster);
    check_reference(|secret| proxy_auth(secret, kind::IamAuth::Disabled));
    check_reference(|group| Rule::tcp(5432, Peer::Group(group)));
    for peer in [Peer::Itself, Peer::Cidr("10.0.0.0/8".into())] {
        assert!(Rule::tcp(5432, peer).is_resolved());
    }
    for password in [kind::MasterPassword::Rds { kms_key: None }, kind::MasterPassword::Elsewhere] {
        assert!(password.is_resolved());
    }
}

#[track_caller]
fn check_parent(part: Resource, own: &str, expected: Option<&str>) {
    let parent = part.parent(&own.parse().unwrap());
    assert_eq!(parent, expected.map(|address| address.parse().unwrap()));
}

#[test]
fn a_part_goes_with_the_whole_in_its_own_region() {
    let pool = |proxy: Ref| -> Resource {
        let Resource::DbProxyTargetGroup(pool) = full(Kind::DbProxyTargetGroup, Sample(true))
        else {
            unreachable!()
        };
        kind::DbProxyTargetGroup { proxy, ..pool }.into()
    };
    let own = "db-proxy-target-group/orders@us-west-2";
    check_parent(pool(of("db-proxy/orders")), own, Some("db-proxy/orders"));
    check_parent(pool(Ref::known("orders")), own, Some("db-proxy/orders@us-west-2"));
    check_parent(pool(Ref::Vpc(Region::new("us-west-2"))), own, None);
}

#[test]
fn a_live_part_names_the_whole_by_its_arn() {
    let topic = Ref::known("arn:aws:sns:us-east-1:123456789012:orders-alerts");
    let subscription = kind::SnsSubscription {
        topic,
        protocol: "email".into(),
        endpoint: "oncall@example.com".into(),
    };
    let own = "sns-subscription/orders-alerts:email:oncall@example.com";
    check_parent(subscription.into(), own, Some("sns-topic/orders-alerts"));
    let target = kind::DbProxyTarget {
        proxy: Ref::known("orders"),
        target: kind::ProxyTarget::Instance(Ref::known("orders-primary")),
    };
    let own = Address::home(Kind::DbProxyTarget, "orders:orders-primary").to_string();
    check_parent(target.into(), &own, Some("db-proxy/orders"));
    let endpoint = full(Kind::DbProxyEndpoint, Sample(true));
    check_parent(endpoint, "db-proxy-endpoint/reader", Some("security-group/one"));
}
