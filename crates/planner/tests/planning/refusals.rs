//! What AWS would refuse is refused in the plan.

use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::Step;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::ClientPassword;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::IamAuth;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::ProxyAuth;
use pgha_resource::live::Notice;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::Pending;
use pgha_resource::reference::Subnets;
use pgha_resource::status::Status;

use crate::world::PRIMARY;
use crate::world::REPLICA;
use crate::world::allow;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::instance;
use crate::world::operations;
use crate::world::planned;
use crate::world::sketch;
use crate::world::sketched;

/// Checks that a change of the primary is refused for a reason, and that nothing is done to it.
#[track_caller]
fn check_refused(spec: impl Fn(&mut DbInstance), there: impl Fn(&mut DbInstance), why: &str) {
    let before = desired();
    let (mut after, mut live) = (before.clone(), converged(&before));
    edit_live(&mut live, PRIMARY, |seen| there(instance(&mut seen.resource)));
    edit_desired(&mut after, PRIMARY, |r| spec(instance(r)));
    let plan = planned(&after, &live, &Intent::default());
    let text = sketch(&plan);
    assert!(text.contains(why), "{text}");
    let modifies = |step: &Step| step.call.operation == Operation::ModifyDBInstance;
    assert!(!plan.steps.iter().any(modifies), "{text}");
}

#[test]
fn what_aws_never_accepts_is_refused_in_the_plan() {
    let nothing = |_: &mut DbInstance| {};
    check_refused(|i| i.max_storage = Some(210), nothing, "max_size = \"220 GiB\" or more");
    check_refused(
        |i| i.iops = Some(12_000),
        |i| (i.storage_type, i.iops) = (Some("gp3".into()), Some(3000)),
        "takes iops and throughput of gp3 from 400 GiB on",
    );
    check_refused(
        |i| i.iops = Some(20_000),
        |i| (i.storage_type, i.iops) = (Some("io1".into()), Some(3000)),
        "takes 100 to 10000 iops of io1, and not 20000",
    );
    check_refused(
        |i| i.engine_version = EngineVersion::constraint("17.9"),
        |i| i.engine_version = Some(EngineVersion::seen("16.15")),
        "AWS upgrades 16.15 to 17.11 or newer only",
    );
}

#[test]
fn a_volume_changes_its_type_once_its_log_volume_is_really_gone() {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).storage_type = Some("gp3".into());
        instance(r).dedicated_log_volume = Some(false);
    });
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        let after = Box::new(seen.resource.clone());
        let fields = ["dedicated_log_volume".to_string()].into();
        seen.pending = Some(Pending { fields, after });
        let primary = instance(&mut seen.resource);
        (primary.storage_type, primary.dedicated_log_volume) = (Some("io1".into()), Some(true));
        let then = seen.pending.as_mut().unwrap().after.as_mut();
        instance(then).storage_type = Some("io1".into());
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let [Blocked::InTurn { why }] = &blocked(&plan, PRIMARY)[..] else { panic!("{plan:?}") };
    assert!(why.contains("goes first"), "{why}");
    assert_eq!(operations(&plan, PRIMARY), [Operation::RebootDBInstance], "{}", sketch(&plan));
    let shrink = |wanted: &mut Desired| {
        edit_desired(wanted, PRIMARY, |r| instance(r).storage = Some(100));
    };
    let mut smaller = wanted.clone();
    shrink(&mut smaller);
    let plan = planned(&smaller, &live, &Intent::default());
    let reasons = blocked(&plan, PRIMARY);
    let never =
        |reason: &Blocked| matches!(reason, Blocked::Impossible { why } if why.contains("shrink"));
    assert!(reasons.len() == 2 && reasons.iter().any(never), "{reasons:?}");
    let mut stopped = live.clone();
    edit_live(&mut stopped, PRIMARY, |seen| seen.status = Status::db_instance("stopped"));
    let plan = planned(&wanted, &stopped, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [Operation::StartDBInstance], "{}", sketch(&plan));
    let mut theirs = live.clone();
    edit_live(&mut theirs, PRIMARY, |seen| drop(seen.tags.as_mut().unwrap().remove(OWNER_TAG)));
    let plan = planned(&wanted, &theirs, &Intent::default());
    let [Blocked::NotOwned { .. }] = blocked(&plan, PRIMARY)[..] else { panic!("{plan:?}") };
    assert!(sketch(&plan).contains("storage_type io1 → gp3"), "{}", sketch(&plan));
    edit_live(&mut live, PRIMARY, |seen| {
        seen.resource = *seen.pending.take().unwrap().after;
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, PRIMARY), [Operation::ModifyDBInstance], "{}", sketch(&plan));
}

#[test]
fn rds_takes_no_password_over_while_there_are_replicas() {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).password = Some(MasterPassword::Rds { kms_key: None });
    });
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::Replica("orders-read-1".into()));
    });
    let text = sketched(&wanted, &live);
    assert!(text.contains("orders-read-1 stays"), "{text}");
    wanted.resources.remove(&at(REPLICA));
    let plan = planned(&wanted, &live, &allow("delete:db-instance/orders-read-1"));
    assert!(sketch(&plan).contains("it follows once db-instance/orders-read-1"));
    let modifies = |step: &Step| {
        step.address().name == "orders-primary"
            && step.call.fields().any(|field| field == "password")
    };
    assert!(!plan.steps.iter().any(modifies), "{}", sketch(&plan));
}

#[test]
fn nothing_is_given_a_secret_that_rds_will_not_make() {
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).password = Some(MasterPassword::Rds { kms_key: None });
    });
    let proxy = "db-proxy/orders-proxy";
    let knows = |secret| {
        let (iam, client_password) = (IamAuth::Disabled, ClientPassword::Scram);
        Some([ProxyAuth { secret, iam, client_password }].into())
    };
    edit_desired(&mut wanted, proxy, |r| {
        let Resource::DbProxy(proxy) = r else { panic!("{r:?}") };
        proxy.auth = knows(Ref::Of(at(PRIMARY), Attr::MasterSecret));
    });
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::Replica("orders-read-1".into()));
    });
    edit_live(&mut live, proxy, |seen| {
        let Resource::DbProxy(proxy) = &mut seen.resource else { panic!("{seen:?}") };
        proxy.auth = knows(Ref::known("arn:aws:secretsmanager:us-east-1:123456789012:secret:a"));
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, proxy), [], "{}", sketch(&plan));
    assert_eq!(blocked(&plan, proxy), [Blocked::Needs { address: at(PRIMARY) }]);
}

#[test]
fn a_password_that_rds_gives_back_is_no_matter_of_replicas() {
    let wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::Replica("orders-read-1".into()));
        instance(&mut seen.resource).password = Some(MasterPassword::Rds { kms_key: None });
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(blocked(&plan, PRIMARY), [], "{}", sketch(&plan));
    assert!(plan.steps.iter().any(|step| step.call.fields().any(|field| field == "password")));
}

#[test]
fn what_is_protected_is_not_replaced_even_if_it_holds_no_data() {
    let mut desired = desired();
    desired.policy.protected.insert(at("db-proxy/orders-proxy"));
    let mut live = converged(&desired);
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| match &mut seen.resource {
        Resource::DbProxy(proxy) => {
            proxy.subnets = Some(Subnets::Known(["subnet-x".to_string()].into()));
        }
        other => panic!("{other:?}"),
    });
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(plan.steps, [], "{}", sketch(&plan));
    let fields = vec!["subnets".to_string()];
    assert_eq!(blocked(&plan, "db-proxy/orders-proxy"), [Blocked::WouldReplace { fields }]);
}

#[test]
fn a_volume_that_is_being_optimized_takes_no_change_of_storage() {
    // RDS refuses the call until it is done (RDS guide, storage; docs/aws/storage.md#optimizing).
    let mut wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::StorageBusy("storage-optimization".into()));
    });
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).storage = Some(400);
        instance(r).backup_retention = Some(14);
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let [Blocked::Status { status, help }] = &blocked(&plan, PRIMARY)[..] else {
        panic!("{}", sketch(&plan));
    };
    assert_eq!(status, "storage-optimization");
    assert!(help.contains("wait until the storage is optimized"), "{help}");
    let fields: Vec<&str> = plan.steps.iter().flat_map(|step| step.call.fields()).collect();
    assert_eq!(fields, ["backup_retention"]);
}
