//! What RDS does not offer is not promised.

use std::collections::BTreeMap;

use pgha_planner::{Intent, questions};
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::{ErrorClass, ReadError};
use pgha_resource::offer::{ClassOffer, ClassQuestion, VersionOffer};
use pgha_resource::{Desired, Live, Operation, Resource, Seen};

use crate::world::{
    CLUSTER, PRIMARY, REPLICA, at, blocked, cluster, clustered, converged, desired, edit_desired,
    edit_live, empty, home, instance, operations, planned, sketch,
};

/// The world of a Multi-AZ DB cluster, before anything is made.
fn no_cluster() -> (Desired, Live) {
    let wanted = clustered();
    let absent = wanted.resources.keys().map(|address| (address.clone(), Seen::Absent)).collect();
    let live = Live { resources: absent, ..empty() };
    (wanted, live)
}

fn wants(class: &str, version: &str) -> Desired {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| {
        let instance = instance(r);
        instance.class = Some(class.into());
        instance.engine_version = EngineVersion::constraint(version);
    });
    wanted
}

/// RDS offers these versions, each with whether it can be new and what it is upgraded to.
fn offer_versions(live: &mut Live, major: u32, offered: &[(&str, bool, &[&str])]) {
    let version = |(text, creatable, targets): &(&str, bool, &[&str])| {
        let targets = targets.iter().map(|target| target.to_string()).collect();
        (text.to_string(), VersionOffer { creatable: *creatable, targets })
    };
    let offered: BTreeMap<_, _> = offered.iter().map(version).collect();
    live.offers.versions.insert((home(), major), Ok(offered));
}

fn offer_class(live: &mut Live, class: &str, offers: Vec<ClassOffer>) {
    let question = ClassQuestion { region: home(), class: class.into() };
    live.offers.classes.insert(question, Ok(offers));
}

#[track_caller]
fn check_refused(wanted: &Desired, live: &Live, says: &str) {
    check_refused_at(PRIMARY, wanted, live, says);
}

#[track_caller]
fn check_refused_at(address: &str, wanted: &Desired, live: &Live, says: &str) {
    let plan = planned(wanted, live, &Intent::default());
    let said = blocked(&plan, address).iter().any(|reason| reason.to_string().contains(says));
    assert!(said, "{}", sketch(&plan));
}

#[test]
fn a_version_that_cannot_be_new_is_not_made() {
    let mut live = empty();
    offer_versions(&mut live, 16, &[("16.9", false, &[]), ("16.15", true, &[])]);
    check_refused(&wants("db.m8g.large", "16.9"), &live, "no new databases with PostgreSQL 16.9");
    for version in ["16", "16.15"] {
        let plan = planned(&wants("db.m8g.large", version), &live, &Intent::default());
        assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    }
}

/// RDS may know no family of that version either: the call would fail each time.
#[test]
fn a_parameter_group_for_what_cannot_be_new_is_not_made() {
    let groups = ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"];
    let mut live = empty();
    let made = |live: &Live| {
        let plan = planned(&wants("db.m8g.large", "16.9"), live, &Intent::default());
        groups.map(|group| operations(&plan, group).len())
    };
    offer_versions(&mut live, 16, &[("16.9", false, &[]), ("16.15", true, &[])]);
    assert_eq!(made(&live), [0, 0]);
    offer_versions(&mut live, 16, &[("16.9", true, &[])]);
    assert!(made(&live).iter().all(|calls| *calls > 0));
    // One that somebody uses already is there for that one.
    let mut used = converged(&desired());
    used.resources.insert(at(PRIMARY), Seen::Absent);
    used.resources.insert(at(groups[1]), Seen::Absent);
    offer_versions(&mut used, 16, &[("16.9", false, &[])]);
    assert!(made(&used)[1] > 0);
}

#[test]
fn an_upgrade_goes_to_the_newest_target_that_the_live_version_has() {
    let wanted = wants("db.r6g.large", "17");
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| {
        let instance = instance(&mut seen.resource);
        instance.engine_version = Some(EngineVersion::seen("16.19"));
        instance.class = Some("db.r6g.large".into());
    });
    offer_versions(&mut live, 16, &[("16.19", true, &["17.9", "17.15", "18.10"])]);
    let text = sketch(&planned(&wanted, &live, &Intent::default()));
    assert!(text.contains("17.15"), "{text}");
    offer_versions(&mut live, 16, &[("16.19", true, &["18.10"])]);
    check_refused(&wanted, &live, "from there it goes to 18.10");
}

#[test]
fn a_class_that_rds_has_not_is_not_promised() {
    let wanted = wants("db.z9.large", "16");
    let mut live = empty();
    offer_class(&mut live, "db.z9.large", Vec::new());
    check_refused(&wanted, &live, "RDS has no db.z9.large for PostgreSQL in us-east-1");
    let small = ClassOffer {
        storage_type: "gp3".into(),
        storage: (Some(20), Some(50)),
        multi_az: true,
        ..ClassOffer::default()
    };
    offer_class(&mut live, "db.z9.large", vec![small.clone()]);
    check_refused(&wanted, &live, "RDS has no db.z9.large with a volume of");
    let large = ClassOffer { storage: (Some(20), Some(65536)), ..small };
    offer_class(&mut live, "db.z9.large", vec![large]);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
}

/// Checks a class that can be ordered in one way only.
#[track_caller]
fn check_offer(offer: ClassOffer, edit: impl FnOnce(&mut DbInstance), says: Option<&str>) {
    let mut wanted = wants("db.r6g.large", "16.15");
    edit_desired(&mut wanted, PRIMARY, |r| edit(instance(r)));
    let mut live = empty();
    offer_class(&mut live, "db.r6g.large", vec![offer]);
    match says {
        Some(says) => check_refused(&wanted, &live, says),
        None => {
            let plan = planned(&wanted, &live, &Intent::default());
            assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
        }
    }
}

#[test]
fn a_class_is_had_for_a_version_and_with_a_standby_or_not_at_all() {
    let offer = || ClassOffer {
        version: "16.15".into(),
        storage_type: "gp3".into(),
        multi_az: true,
        ..ClassOffer::default()
    };
    check_offer(offer(), |_| {}, None);
    let other = ClassOffer { version: "16.13".into(), ..offer() };
    check_offer(other.clone(), |_| {}, Some("no db.r6g.large for PostgreSQL 16.15"));
    check_offer(other, |i| i.engine_version = EngineVersion::constraint("16"), None);
    let single = ClassOffer { multi_az: false, ..offer() };
    check_offer(single.clone(), |_| {}, Some("no Multi-AZ DB instances of db.r6g.large"));
    check_offer(single, |i| i.multi_az = Some(false), None);
}

#[test]
fn a_volume_that_a_class_does_not_take_is_not_promised() {
    let wanted = wants("db.t3.micro", "16");
    let mut live = converged(&wanted);
    let mut larger = wanted.clone();
    edit_desired(&mut larger, PRIMARY, |r| instance(r).storage = Some(7000));
    let offer = ClassOffer {
        version: "16.15".into(),
        storage_type: "gp3".into(),
        storage: (Some(20), Some(6144)),
        multi_az: true,
        ..ClassOffer::default()
    };
    offer_class(&mut live, "db.t3.micro", vec![offer]);
    check_refused(&larger, &live, "no db.t3.micro with a volume of 7000 GiB");
    let plan = planned(&larger, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
}

#[test]
fn without_an_answer_nothing_is_decided() {
    let mut live = empty();
    let (class, message) = (ErrorClass::Denied, String::new());
    let denied = ReadError { call: "DescribeDBEngineVersions".into(), class, message };
    live.offers.versions.insert((home(), 16), Err(denied));
    let plan = planned(&wants("db.z9.large", "16.9"), &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
}

#[test]
fn only_differences_raise_questions() {
    assert!(questions(&desired(), &converged(&desired())).is_empty());
    let new = questions(&desired(), &empty());
    assert!(new.versions.contains(&(home(), 16)) && !new.classes.is_empty());
    let other = questions(&wants("db.m8g.large", "17"), &converged(&desired()));
    assert_eq!(other.versions, [(home(), 16), (home(), 17)].into());
    assert_eq!(other.classes.len(), 1);
}

/// Checks the version that the calls on a database ask for, where the spec allows newer minors than
/// the dated table knows.
#[track_caller]
fn check_aim(mut wanted: Desired, address: &str, version: Option<&str>) {
    let mut live = converged(&wanted);
    for resource in wanted.resources.values_mut().map(|wanted| &mut wanted.resource) {
        match resource {
            Resource::DbInstance(instance) => {
                instance.engine_version = EngineVersion::constraint(">=16.20");
            }
            Resource::DbCluster(cluster) => {
                cluster.engine_version = EngineVersion::constraint(">=16.20");
            }
            _ => {}
        }
    }
    offer_versions(&mut live, 16, &[("16.13", true, &["16.19", "16.21", "16.22", "17.30"])]);
    let plan = planned(&wanted, &live, &Intent::default());
    let step = plan.steps.iter().find(|step| {
        step.address() == &at(address) && step.call.fields().any(|name| name == "engine_version")
    });
    let asked = step.and_then(|step| match step.call.to()? {
        Resource::DbInstance(instance) => instance.engine_version.as_ref(),
        Resource::DbCluster(cluster) => cluster.engine_version.as_ref(),
        _ => None,
    });
    assert_eq!(asked.map(EngineVersion::request), version, "{}", sketch(&plan));
}

#[test]
fn an_upgrade_asks_for_the_newest_minor_that_rds_upgrades_to() {
    let mut alone = desired();
    alone.resources.remove(&at(REPLICA));
    check_aim(alone, PRIMARY, Some("16.22"));
    check_aim(desired(), REPLICA, Some("16.22"));
    check_aim(clustered(), CLUSTER, Some("16.22"));
}

#[test]
fn what_a_cluster_runs_and_is_made_with_is_on_offer_as_well() {
    let (wanted, mut live) = no_cluster();
    offer_versions(&mut live, 16, &[("16.13", false, &[]), ("16.15", true, &[])]);
    check_refused_at(CLUSTER, &wanted, &live, "no new databases with PostgreSQL 16.13");
    let mut live = converged(&wanted);
    offer_versions(&mut live, 16, &[("16.13", false, &["16.14"])]);
    let mut newer = wanted.clone();
    edit_desired(&mut newer, CLUSTER, |r| {
        cluster(r).engine_version = EngineVersion::constraint("16.15");
    });
    check_refused_at(CLUSTER, &newer, &live, "from there it goes to 16.14");
}

/// RDS API, OrderableDBInstanceOption.SupportsClusters: not every class can have a cluster.
#[test]
fn a_class_is_had_for_clusters_or_is_not_promised_to_one() {
    let (wanted, mut live) = no_cluster();
    let offer = ClassOffer {
        version: "16.13".into(),
        storage_type: "gp3".into(),
        multi_az: true,
        ..ClassOffer::default()
    };
    offer_class(&mut live, "db.r6gd.large", vec![offer.clone()]);
    check_refused_at(CLUSTER, &wanted, &live, "no Multi-AZ DB clusters of db.r6gd.large");
    // What it says of Multi-AZ DB instances is not about clusters.
    let offer = ClassOffer { clusters: true, multi_az: false, ..offer };
    offer_class(&mut live, "db.r6gd.large", vec![offer]);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, CLUSTER), [], "{}", sketch(&plan));
}

#[test]
fn a_database_keeps_its_class_where_it_cannot_have_the_other() {
    let live = converged(&desired());
    let check = |offer: ClassOffer, says: &str| {
        let mut live = live.clone();
        offer_class(&mut live, "db.z9.large", vec![offer]);
        let wanted = wants("db.z9.large", "16.13");
        check_refused(&wanted, &live, says);
        let plan = planned(&wanted, &live, &Intent::default());
        assert_eq!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
    };
    let version = || "16.13".to_string();
    let single = ClassOffer { version: version(), ..ClassOffer::default() };
    check(single, "no Multi-AZ DB instances of db.z9.large");
    // Its volume is larger than those of that class.
    let storage = (Some(20), Some(100));
    let small = ClassOffer { version: version(), storage, multi_az: true, ..ClassOffer::default() };
    check(small, "no db.z9.large with a volume of 200 GiB");
}

/// A class that RDS has stopped to offer is not what a volume is refused for.
#[test]
fn a_volume_grows_under_a_class_that_is_not_offered_any_more() {
    let mut live = converged(&desired());
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).storage = Some(300));
    offer_class(&mut live, "db.r6g.large", Vec::new());
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    assert!(operations(&plan, PRIMARY).contains(&Operation::ModifyDBInstance), "{}", sketch(&plan));
}

#[test]
fn a_certificate_that_rds_has_not_is_not_promised() {
    let (old, new) = ("rds-ca-rsa2048-g1", "rds-ca-ecc384-g1");
    let with = |certificate: &str| {
        let mut wanted = desired();
        edit_desired(&mut wanted, PRIMARY, |r| {
            instance(r).ca_certificate = Some(certificate.into());
        });
        wanted
    };
    let says = "no certificate rds-ca-ecc384-g1 in us-east-1; it offers rds-ca-rsa2048-g1";
    for mut live in [empty(), converged(&with(old))] {
        assert_eq!(questions(&with(new), &live).certificates, [home()].into());
        live.offers.certificates.insert(home(), Ok([old.to_string()].into()));
        check_refused(&with(new), &live, says);
        assert_eq!(operations(&planned(&with(new), &live, &Intent::default()), PRIMARY), []);
        live.offers.certificates.insert(home(), Ok([old, new].map(String::from).into()));
        let plan = planned(&with(new), &live, &Intent::default());
        assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    }
    assert!(questions(&with(old), &converged(&with(old))).is_empty());
}

#[test]
fn clusters_raise_the_same_questions_as_instances() {
    let (wanted, live) = no_cluster();
    let class = |class: &str| ClassQuestion { region: home(), class: class.into() };
    let new = questions(&wanted, &live);
    assert_eq!(new.versions, [(home(), 16)].into());
    assert_eq!(new.classes, [class("db.r6gd.large")].into());
    assert!(new.certificates.is_empty());
    let mut other = wanted.clone();
    edit_desired(&mut other, CLUSTER, |r| {
        cluster(r).class = Some("db.r6gd.xlarge".into());
        cluster(r).engine_version = EngineVersion::constraint("17");
    });
    let changed = questions(&other, &converged(&wanted));
    assert_eq!(changed.versions, [(home(), 16), (home(), 17)].into());
    assert_eq!(changed.classes, [class("db.r6gd.xlarge")].into());
}
