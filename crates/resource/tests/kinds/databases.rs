//! What changes of an instance cost, field by field.

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Disruption;
use pgha_resource::Effect;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::field::Match;
use pgha_resource::field::diff;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::InsightsMode;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::Noun;
use pgha_resource::value::Value;

#[track_caller]
pub(crate) fn check_effect(name: &str, live: DbInstance, desired: DbInstance, expected: Effect) {
    let found = diff(&desired, &live);
    let effects: Vec<_> = found.iter().map(|d| (d.name, d.effect.clone())).collect();
    assert_eq!(effects, [(name, expected)]);
}

#[track_caller]
pub(crate) fn check_never(name: &str, live: DbInstance, desired: DbInstance, says: &str) {
    let found = diff(&desired, &live);
    let [difference] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(difference.name, name);
    let Effect::Never(why) = &difference.effect else { panic!("{difference:?}") };
    assert!(why.contains(says), "{why}");
}

#[track_caller]
pub(crate) fn check_match(name: &str, live: DbInstance, desired: DbInstance, expected: Match) {
    let found = Resource::from(desired).compare_field(name, &live.into());
    assert_eq!(found, Some(expected));
}

#[test]
fn a_class_change_with_an_unknown_standby_is_taken_for_the_worse() {
    let with = |class: &str| DbInstance { class: Some(class.into()), ..DbInstance::default() };
    let outage = Effect::in_window(Disruption::Outage);
    check_effect("class", with("db.r6g.large"), with("db.r6g.xlarge"), outage);
}

#[test]
fn what_counts_for_a_class_change_is_the_standby_there_is() {
    let with = |class: &str, multi_az| DbInstance {
        class: Some(class.into()),
        multi_az: Some(multi_az),
        ..DbInstance::default()
    };
    let class = |live: DbInstance, desired| diff(&desired, &live)[0].effect.disruption();
    let (small, large) = ("db.r6g.large", "db.r6g.xlarge");
    assert_eq!(class(with(small, true), with(large, false)), Disruption::Failover);
    assert_eq!(class(with(small, false), with(large, true)), Disruption::Outage);
}

#[test]
fn a_new_standby_slows_the_volume_and_a_leaving_one_does_not() {
    let with = |multi_az| DbInstance { multi_az: Some(multi_az), ..DbInstance::default() };
    check_effect("multi_az", with(false), with(true), Effect::in_window(Disruption::Degraded));
    check_effect("multi_az", with(true), with(false), Effect::in_window(Disruption::None));
}

fn at_version(version: EngineVersion, auto_minor: Option<bool>) -> DbInstance {
    DbInstance {
        engine_version: Some(version),
        auto_minor_upgrade: auto_minor,
        ..DbInstance::default()
    }
}

#[track_caller]
fn check_version(constraint: &str, seen: &str, auto_minor: Option<bool>, expected: Match) {
    // What the spec wants of auto_minor does not matter, only what AWS was told.
    let desired = at_version(EngineVersion::constraint(constraint).unwrap(), Some(true));
    let live = at_version(EngineVersion::seen(seen), auto_minor);
    check_match("engine_version", live, desired, expected);
}

#[test]
fn only_a_newer_minor_that_aws_may_install_is_its_own_doing() {
    let by_aws = Match::ByAws(
        "AWS upgraded 16.13 to 16.14 by itself, as auto_minor allows: write \"16.14\" in the spec"
            .into(),
    );
    check_version("16.13", "16.14", Some(true), by_aws);
    check_version("16.13", "16.14", Some(false), Match::Differs);
    check_version("16.13", "16.14", None, Match::Differs);
    check_version("16.13", "16.11", Some(true), Match::Differs);
    check_version("16.13", "17.9", Some(true), Match::Differs);
    check_version("16.13", "15.19", Some(true), Match::Differs);
    check_version("16.13", "16.13", Some(true), Match::Same);
    check_version("16", "16.1", Some(true), Match::Same);
}

#[test]
fn a_version_that_is_neither_newer_nor_met_differs() {
    // Neither of the two can be read as a version, so neither is newer.
    let version = |text: &str| EngineVersion { wanted: text.into(), target: None };
    let desired = at_version(version("one"), None);
    let live = at_version(version("two"), Some(true));
    check_match("engine_version", live, desired, Match::Differs);
}

#[test]
fn versions_are_compared_only_where_both_are_known() {
    let some = at_version(EngineVersion::seen("16.15"), None);
    check_match("engine_version", DbInstance::default(), some.clone(), Match::Unreadable);
    check_match("engine_version", some, DbInstance::default(), Match::Same);
}

#[test]
fn an_upgrade_is_an_outage_and_no_way_back_is_a_refusal() {
    let seen = |text: &str| at_version(EngineVersion::seen(text), None);
    let outage = Effect::in_window(Disruption::Outage);
    check_effect("engine_version", seen("16.14"), seen("16.15"), outage.clone());
    check_effect("engine_version", seen("16.14"), seen("17.11"), outage.clone());
    check_never("engine_version", seen("16.15"), seen("17.10"), "to 17.11 or newer");
    // Nothing is known about an unread version.
    check_effect("engine_version", DbInstance::default(), seen("16.15"), outage);
}

#[test]
fn backups_between_two_retentions_go_on() {
    let days = |n| DbInstance { backup_retention: n, ..DbInstance::default() };
    let outage = Effect::in_window(Disruption::Outage);
    check_effect("backup_retention", days(Some(1)), days(Some(0)), outage.clone());
    check_effect("backup_retention", days(Some(0)), days(Some(1)), outage);
    check_effect("backup_retention", days(Some(1)), days(Some(35)), Effect::SOON);
    check_effect("backup_retention", days(None), days(Some(7)), Effect::SOON);
}

fn kept(password: MasterPassword) -> DbInstance {
    DbInstance { password: Some(password), ..DbInstance::default() }
}

#[test]
fn a_password_of_ours_is_somewhere_that_rds_does_not_know() {
    let ours = || kept(MasterPassword::Secret(Ref::known("arn:secret")));
    let rds = |key: Option<&str>| kept(MasterPassword::Rds { kms_key: key.map(Into::into) });
    let elsewhere = || kept(MasterPassword::Elsewhere);
    check_match("password", elsewhere(), ours(), Match::Same);
    check_match("password", rds(None), rds(Some("a")), Match::Same);
    check_match("password", rds(None), ours(), Match::Differs);
    check_match("password", elsewhere(), rds(None), Match::Differs);
    check_match("password", DbInstance::default(), rds(None), Match::Unreadable);
    check_match("password", rds(None), DbInstance::default(), Match::Same);
}

#[test]
fn a_password_is_shown_by_its_whereabouts() {
    let show = |password: MasterPassword| password.show().to_string();
    let secret: Address = "secret/orders-master".parse().unwrap();
    let ours = MasterPassword::Secret(Ref::Of(secret, Attr::Arn));
    assert_eq!(show(ours), "in secret/orders-master");
    assert_eq!(show(MasterPassword::Rds { kms_key: None }), "managed by RDS");
    assert_eq!(show(MasterPassword::Elsewhere), "not managed by RDS");
}

/// Replicas come and go, but none changes into something else (docs/aws/replicas.md#promotion).
#[test]
fn the_source_of_a_replica_never_changes() {
    let of = |source: Option<&str>| DbInstance {
        source: source.map(Ref::known),
        ..DbInstance::default()
    };
    check_never("source", of(Some("a")), of(Some("b")), "a replica's source cannot change");
    check_never("source", of(None), of(Some("a")), "it was promoted");
    // Unlike other fields, no source is a wish too.
    check_never("source", of(Some("a")), of(None), "is a promotion, which is irreversible");
    check_match("source", of(Some("a")), of(Some("a")), Match::Same);
    check_match("source", of(None), of(None), Match::Same);
}

#[test]
fn a_replica_is_created_by_a_call_that_takes_less() {
    let replica = DbInstance { source: Some(Ref::known("orders")), ..DbInstance::default() };
    assert_eq!(replica.create(), Operation::CreateDBInstanceReadReplica);
    assert_eq!(DbInstance::default().create(), Operation::CreateDBInstance);
    let carried = |instance: DbInstance, name: &str| Resource::from(instance).at_create(name);
    // docs/aws/replicas.md#set-afterwards.
    for name in ["engine_version", "parameter_group", "backup_retention", "password"] {
        assert!(!carried(replica.clone(), name), "{name}");
        assert!(carried(DbInstance::default(), name), "{name}");
    }
    assert!(carried(replica, "class"));
}

#[test]
fn what_is_fixed_at_creation_is_refused_with_the_way_round_it() {
    let encrypted = |encrypted| DbInstance { encrypted: Some(encrypted), ..DbInstance::default() };
    check_never("encrypted", encrypted(false), encrypted(true), "encryption is fixed");
    check_never("encrypted", encrypted(false), encrypted(true), "create another one");
    let zone = |zone: &str| DbInstance { zone: Some(zone.into()), ..DbInstance::default() };
    check_never("zone", zone("us-east-1a"), zone("us-east-1b"), "the availability zone is fixed");
}

#[test]
fn a_database_reboots_and_is_missed_when_it_goes() {
    let instance = DbInstance::default();
    assert_eq!(instance.reboot(), Some(Operation::RebootDBInstance));
    assert_eq!(instance.delete_disruption(), Disruption::Outage);
}

#[test]
fn insights_modes_are_written_as_aws_does() {
    assert_eq!(InsightsMode::Standard.show().to_string(), "standard");
    assert_eq!(InsightsMode::Advanced.as_str(), "advanced");
}

/// RDS returns these wherever they are set (RDS API, DBInstance): without them there is none.
/// Others it may leave out, and a cluster's first database is on record.
#[test]
fn an_absent_value_means_what_aws_means_by_it() {
    let wanted = DbInstance {
        database: Some("app".into()),
        monitoring_role: Some(Ref::known("arn:aws:iam::123456789012:role/monitoring")),
        insights_retention: Some(7),
        network_type: Some("DUAL".into()),
        ..DbInstance::default()
    };
    for unset in ["database", "monitoring_role", "insights_retention"] {
        check_match(unset, DbInstance::default(), wanted.clone(), Match::Differs);
    }
    check_match("network_type", DbInstance::default(), wanted, Match::Unreadable);
    let cluster = |database: Option<&str>| DbCluster {
        database: database.map(Into::into),
        ..DbCluster::default()
    };
    let found =
        Resource::from(cluster(Some("app"))).compare_field("database", &cluster(None).into());
    assert_eq!(found, Some(Match::Recorded));
}
