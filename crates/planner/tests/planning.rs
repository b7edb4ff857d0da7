//! What the planner makes of differences, one rule a test.

mod world;

use insta::assert_snapshot;
use pgha_planner::Approval;
use pgha_planner::Blocked;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_planner::Refused;
use pgha_planner::Step;
use pgha_planner::approve;
use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::MasterPassword;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Notice;
use pgha_resource::live::Pending;
use pgha_resource::live::ReadError;
use world::at;
use world::converged;
use world::desired;
use world::edit_desired;
use world::edit_live;
use world::empty;
use world::instance;
use world::parameters;
use world::planned;
use world::sketch;

const PRIMARY: &str = "db-instance/orders-primary";
const REPLICA: &str = "db-instance/orders-read-1";

fn sketched(desired: &Desired, live: &Live) -> String {
    sketch(&planned(desired, live, &Intent::default()))
}

fn allow(text: &str) -> Intent {
    Intent { allow: [text.parse().unwrap()].into(), ..Intent::default() }
}

fn unread() -> ReadError {
    ReadError {
        call: "DescribeDBInstances".into(),
        class: ErrorClass::Denied,
        message: "no".into(),
    }
}

#[test]
fn a_converged_account_needs_nothing() {
    let desired = desired();
    let plan = planned(&desired, &converged(&desired), &Intent::default());
    assert_eq!(sketch(&plan), "");
    assert!(plan.is_converged());
}

#[test]
fn an_empty_account_gets_everything_in_order_of_need() {
    assert_snapshot!(sketched(&desired(), &empty()));
}

#[test]
fn a_change_of_the_spec_and_one_of_aws_are_told_apart() {
    let before = desired();
    let mut live = converged(&before);
    let mut after = before.clone();
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).class = Some("db.r6g.xlarge".into());
    });
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        instance(&mut seen.resource).deletion_protection = Some(false);
    });
    assert_snapshot!(sketched(&after, &live), @r"
    Modify db-instance/orders-primary failover Window class db.r6g.large → db.r6g.xlarge (SpecChanged), deletion_protection false → true (AwsChanged)
    0. ModifyDBInstance db-instance/orders-primary failover []
    1. AddTagsToResource db-instance/orders-primary none [0]
    ");
}

#[test]
fn what_could_not_be_read_is_never_created() {
    let desired = desired();
    let mut live = empty();
    live.resources.insert(at("db-instance/orders-primary"), Seen::Unread(unread()));
    live.resources.remove(&at("sns-topic/orders-alerts"));
    let plan = planned(&desired, &live, &Intent::default());
    let touched = |kind: &str| plan.steps.iter().any(|s| s.address().to_string().starts_with(kind));
    assert!(!touched("db-instance") && !touched("sns-topic") && !touched("db-proxy-target/"));
    assert!(touched("db-proxy/"));
    assert!(!plan.is_converged());
}

#[test]
fn what_is_not_ours_is_left_alone_until_the_user_says_so() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, "sns-topic/orders-alerts", |seen| seen.tags = Some(Default::default()));
    assert_snapshot!(sketched(&desired, &live), @"Modify sns-topic/orders-alerts none Now BLOCKED it exists and does not carry pgha's ownership tag");
    let plan = planned(&desired, &live, &allow("adopt:sns-topic/orders-alerts"));
    let operations: Vec<_> = plan.steps.iter().map(|step| step.call.operation).collect();
    assert_eq!(operations, [Operation::TagTopic]);
}

#[test]
fn an_orphan_goes_unless_it_holds_data() {
    let before = desired();
    let live = converged(&before);
    let mut after = before.clone();
    after.resources.remove(&at("sns-topic/orders-alerts"));
    after.resources.remove(&at("db-instance/orders-read-1"));
    assert_snapshot!(sketched(&after, &live), @r"
    Delete sns-topic/orders-alerts none Now
    Delete db-instance/orders-read-1 none Now BLOCKED not in the spec any more, and it holds data
    0. DeleteTopic sns-topic/orders-alerts none []
    ");
    let plan = planned(&after, &live, &allow("delete:db-instance/orders-read-1"));
    assert_snapshot!(sketch(&plan), @r"
    Delete db-instance/orders-read-1 outage Now
    Delete sns-topic/orders-alerts none Now
    0. DeleteTopic sns-topic/orders-alerts none []
    1. ModifyDBInstance db-instance/orders-read-1 none []
    2. DeleteDBInstance db-instance/orders-read-1 outage [1]
    ");
}

#[test]
fn an_impossible_field_blocks_itself_and_nothing_else() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).storage = Some(100);
        instance(r).backup_retention = Some(14);
    });
    assert_snapshot!(sketched(&after, &converged(&before)), @r#"
    Modify db-instance/orders-primary none Now backup_retention 7 → 14 (SpecChanged)
    Modify db-instance/orders-primary none Now storage 200 → 100 (SpecChanged) BLOCKED storage cannot shrink in place from 200 to 100 GiB: write size = "200 GiB", or move to a smaller volume with a blue/green deployment
    0. ModifyDBInstance db-instance/orders-primary none []
    1. AddTagsToResource db-instance/orders-primary none [0]
    "#);
}

#[test]
fn what_is_queued_is_no_change() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).class = Some("db.r6g.xlarge".into());
    });
    let mut live = converged(&after);
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        let after = seen.resource.clone();
        instance(&mut seen.resource).class = Some("db.r6g.large".into());
        seen.pending =
            Some(Pending { fields: ["class".to_string()].into(), after: Box::new(after) });
    });
    let plan = planned(&after, &live, &Intent::default());
    assert!(plan.is_converged());
    assert_eq!(plan.queued.len(), 1);
    assert_eq!(plan.queued[0].to.to_string(), "db.r6g.xlarge");

    // Nobody wants it any more: only an immediate change back cancels it.
    let plan = planned(&before, &live, &Intent::default());
    assert_snapshot!(sketch(&plan), @r"
    Modify db-instance/orders-primary none Now class db.r6g.xlarge → db.r6g.large (SpecChanged)
    0. ModifyDBInstance db-instance/orders-primary none []
    1. AddTagsToResource db-instance/orders-primary none [0]
    ");
}

#[test]
fn an_immediate_change_owns_up_to_what_it_flushes() {
    let before = desired();
    let mut live = converged(&before);
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        let mut after = seen.resource.clone();
        instance(&mut after).engine_version = Some(EngineVersion::seen("16.15"));
        let fields = ["engine_version".to_string()].into();
        seen.pending = Some(Pending { fields, after: Box::new(after) });
    });
    let mut after = before;
    after.policy.timing = Timing::Immediately;
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).engine_version = EngineVersion::constraint(">=16.13");
        instance(r).class = Some("db.r6g.xlarge".into());
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(plan.worst(), Disruption::Outage);
    assert_eq!(plan.changes[0].flushes, ["engine_version"]);

    // What never waits is sent without the flag that flushes.
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).class = Some("db.r6g.large".into());
        instance(r).backup_retention = Some(14);
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(plan.worst(), Disruption::None);
}

#[test]
fn raised_connections_restart_replicas_first_and_lowered_ones_last() {
    let before = desired();
    let live = converged(&before);
    let set = |value: &str| {
        let mut after = before.clone();
        for group in ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"] {
            edit_desired(&mut after, group, |r| {
                parameters(r).insert("max_connections".into(), value.into());
            });
        }
        after
    };
    assert_snapshot!(sketched(&set("400"), &live), @r"
    Reboot db-instance/orders-primary restart Now parameters.max_connections 200 → 400 (SpecChanged)
    Reboot db-instance/orders-read-1 restart Now parameters.max_connections 200 → 400 (SpecChanged)
    Modify db-parameter-group/orders-pg16 none Now parameters.max_connections 200 → 400 (SpecChanged)
    Modify db-parameter-group/orders-replicas-pg16 none Now parameters.max_connections 200 → 400 (SpecChanged)
    0. ModifyDBParameterGroup db-parameter-group/orders-pg16 none []
    1. AddTagsToResource db-parameter-group/orders-pg16 none [0]
    2. ModifyDBParameterGroup db-parameter-group/orders-replicas-pg16 none []
    3. AddTagsToResource db-parameter-group/orders-replicas-pg16 none [2]
    4. RebootDBInstance db-instance/orders-read-1 restart [2]
    5. RebootDBInstance db-instance/orders-primary restart [0 4]
    ");
    let lowered = planned(&set("100"), &live, &Intent::default());
    let reboots: Vec<String> = lowered
        .steps
        .iter()
        .filter(|step| step.call.operation == Operation::RebootDBInstance)
        .map(|step| step.address().name.clone())
        .collect();
    assert_eq!(reboots, ["orders-primary", "orders-read-1"]);
}

#[test]
fn a_dynamic_parameter_restarts_nothing() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, "db-parameter-group/orders-pg16", |r| {
        parameters(r).insert("work_mem".into(), "32768".into());
    });
    assert_snapshot!(sketched(&after, &converged(&before)), @r"
    Modify db-parameter-group/orders-pg16 none Now parameters.work_mem 16384 → 32768 (SpecChanged)
    0. ModifyDBParameterGroup db-parameter-group/orders-pg16 none []
    1. AddTagsToResource db-parameter-group/orders-pg16 none [0]
    ");
}

#[test]
fn a_waiting_reboot_is_a_step_of_its_own() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    assert_snapshot!(sketched(&desired, &live), @r"
    Reboot db-instance/orders-primary restart Now
    0. RebootDBInstance db-instance/orders-primary restart []
    ");
}

#[test]
fn a_minor_upgrade_goes_to_replicas_first_and_a_major_one_takes_them_along() {
    let mut before = desired();
    before.policy.timing = Timing::Immediately;
    let live = converged(&before);
    let to = |version: &str| {
        let mut after = before.clone();
        for name in ["db-instance/orders-primary", "db-instance/orders-read-1"] {
            edit_desired(&mut after, name, |r| {
                instance(r).engine_version = EngineVersion::constraint(version);
            });
        }
        after
    };
    assert_snapshot!(sketched(&to("16.15"), &live), @r"
    Modify db-instance/orders-primary outage Now engine_version 16.13 → 16.15 (SpecChanged)
    Modify db-instance/orders-read-1 outage Now engine_version 16.13 → 16.15 (SpecChanged)
    0. ModifyDBInstance db-instance/orders-read-1 outage []
    1. ModifyDBInstance db-instance/orders-primary outage [0]
    2. AddTagsToResource db-instance/orders-primary none [1]
    3. AddTagsToResource db-instance/orders-read-1 none [0]
    ");
    let major = planned(&to("17"), &live, &Intent::default());
    let upgraded: Vec<_> = major
        .steps
        .iter()
        .filter(|step| step.call.operation == Operation::ModifyDBInstance)
        .map(|step| step.address().name.as_str())
        .collect();
    assert_eq!(upgraded, ["orders-primary"]);
    assert!(major.notes.iter().any(|note| note.text.contains("together with its source")));
}

#[test]
fn in_the_window_a_source_is_not_upgraded_before_its_replicas_are() {
    let before = desired();
    let mut live = converged(&before);
    let mut after = before.clone();
    for name in ["db-instance/orders-primary", "db-instance/orders-read-1"] {
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("16.15");
        });
    }
    assert_snapshot!(sketched(&after, &live), @r"
    Modify db-instance/orders-read-1 outage Window engine_version 16.13 → 16.15 (SpecChanged)
    Modify db-instance/orders-primary none Now engine_version 16.13 → 16.15 (SpecChanged) BLOCKED it follows once db-instance/orders-read-1 has changed
    0. ModifyDBInstance db-instance/orders-read-1 outage []
    1. AddTagsToResource db-instance/orders-read-1 none [0]
    ");
    edit_live(&mut live, "db-instance/orders-read-1", |seen| {
        instance(&mut seen.resource).engine_version = Some(EngineVersion::seen("16.15"));
    });
    let plan = planned(&after, &live, &Intent::default());
    assert_eq!(plan.totals().blocked, 0);
    assert!(plan.steps.iter().any(|step| step.disruption == Disruption::Outage));
}

#[test]
fn a_replica_is_created_then_modified_then_restarted() {
    let desired = desired();
    let mut live = converged(&desired);
    live.resources.insert(at("db-instance/orders-read-1"), Seen::Absent);
    assert_snapshot!(sketched(&desired, &live), @r"
    Create db-instance/orders-read-1 none Now
    0. CreateDBInstanceReadReplica db-instance/orders-read-1 none []
    1. ModifyDBInstance db-instance/orders-read-1 none [0]
    2. RebootDBInstance db-instance/orders-read-1 none [1]
    3. AddTagsToResource db-instance/orders-read-1 none [2]
    ");
}

#[test]
fn a_proxy_that_moves_is_replaced_with_all_its_parts() {
    let before = desired();
    let mut live = converged(&before);
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| match &mut seen.resource {
        Resource::DbProxy(proxy) => {
            proxy.subnets =
                Some(pgha_resource::reference::Subnets::Known(["subnet-x".to_string()].into()))
        }
        other => panic!("{other:?}"),
    });
    assert_snapshot!(sketched(&before, &live), @r"
    Replace db-proxy/orders-proxy outage Now subnets subnet-x → subnet-a, subnet-b, subnet-c (AwsChanged)
    Replace db-proxy-target-group/orders-proxy none Now
    Replace db-proxy-target/orders-proxy:orders-primary none Now
    0. DeleteDBProxy db-proxy/orders-proxy outage []
    1. CreateDBProxy db-proxy/orders-proxy none [0]
    2. ModifyDBProxyTargetGroup db-proxy-target-group/orders-proxy none [1]
    3. RegisterDBProxyTargets db-proxy-target/orders-proxy:orders-primary none [1]
    ");
}

#[test]
fn a_missing_network_blocks_what_lives_in_it() {
    let desired = desired();
    let mut live = empty();
    live.networks.clear();
    let plan = planned(&desired, &live, &Intent::default());
    let blocked: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| matches!(change.blocked, Some(Blocked::NoNetwork { .. })))
        .map(|change| change.address.to_string())
        .collect();
    assert_eq!(
        blocked,
        ["security-group/orders-db", "db-subnet-group/orders-db", "db-proxy/orders-proxy"]
    );
    assert!(
        plan.steps.iter().all(|step| step.address().to_string() != "db-instance/orders-primary")
    );
}

#[test]
fn destroying_goes_from_the_users_to_the_used() {
    let desired = desired();
    let live = converged(&desired);
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    assert_snapshot!(sketch(&planned(&desired, &live, &intent)), @r"
    Delete db-instance/orders-primary outage Now
    Delete db-instance/orders-read-1 outage Now
    Delete db-proxy/orders-proxy outage Now
    Delete security-group/orders-db none Now
    Delete db-subnet-group/orders-db none Now
    Delete db-parameter-group/orders-pg16 none Now
    Delete db-parameter-group/orders-replicas-pg16 none Now
    Delete sns-topic/orders-alerts none Now
    Delete secret/orders-master none Now
    Delete db-proxy-target-group/orders-proxy none Now
    Delete db-proxy-target/orders-proxy:orders-primary none Now
    0. DeleteTopic sns-topic/orders-alerts none []
    1. DeleteDBProxy db-proxy/orders-proxy outage []
    2. ModifyDBInstance db-instance/orders-read-1 none [1]
    3. DeleteDBInstance db-instance/orders-read-1 outage [1 2]
    4. ModifyDBInstance db-instance/orders-primary none [1 2 3]
    5. DeleteDBInstance db-instance/orders-primary outage [1 2 3 4]
    6. DeleteSecurityGroup security-group/orders-db none [1 2 3 4 5]
    7. DeleteDBSubnetGroup db-subnet-group/orders-db none [2 3 4 5]
    8. DeleteDBParameterGroup db-parameter-group/orders-pg16 none [2 3 4 5]
    9. DeleteDBParameterGroup db-parameter-group/orders-replicas-pg16 none [2 3 4 5]
    10. DeleteSecret secret/orders-master none [1 2 3 4 5]
    ");
}

#[test]
fn protected_addresses_survive_a_destroy() {
    let mut desired = desired();
    desired.policy.protected.insert(at("db-instance/orders-primary"));
    let live = converged(&desired);
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    let plan = planned(&desired, &live, &intent);
    let touches = |address: &str| plan.steps.iter().any(|step| step.address() == &at(address));
    assert!(!touches("db-instance/orders-primary"));
    // What it uses stays as well: AWS would refuse to delete it.
    assert!(!touches("db-parameter-group/orders-pg16") && !touches("security-group/orders-db"));
    assert!(touches("db-parameter-group/orders-replicas-pg16"));
}

#[test]
fn what_an_unread_database_may_use_survives_a_destroy() {
    let desired = desired();
    let mut live = converged(&desired);
    live.resources.insert(at("db-instance/orders-primary"), Seen::Unread(unread()));
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    let plan = planned(&desired, &live, &intent);
    let goes = |address: &str| plan.steps.iter().any(|step| step.address() == &at(address));
    let change = |address: &str| plan.changes.iter().find(|c| c.address == at(address)).unwrap();
    for kept in ["security-group/orders-db", "db-parameter-group/orders-pg16"] {
        let by = at("db-instance/orders-primary");
        assert_eq!(change(kept).blocked, Some(Blocked::MayBeUsed { by }), "{kept}");
        assert!(!goes(kept), "{kept}");
    }
    assert!(!goes("secret/orders-master"));
    assert!(goes("db-instance/orders-read-1") && goes("db-proxy/orders-proxy"));
}

#[test]
fn a_plan_that_disrupts_more_than_agreed_is_refused() {
    let mut before = desired();
    before.policy.timing = Timing::Immediately;
    let mut after = before.clone();
    for name in ["db-instance/orders-primary", "db-instance/orders-read-1"] {
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("16.15");
        });
    }
    let plan = planned(&after, &converged(&before), &Intent::default());
    let approval = |max_disruption| Approval { max_disruption, digest: None };
    let refused = approve(plan.clone(), &approval(Disruption::Restart));
    assert!(matches!(refused, Err(Refused::Disruption { disruption: Disruption::Outage, .. })));
    assert!(approve(plan.clone(), &approval(Disruption::Outage)).is_ok());
    let other = Approval { max_disruption: Disruption::Outage, digest: Some("x".into()) };
    assert!(matches!(approve(plan, &other), Err(Refused::Other { .. })));
}

#[test]
fn a_tag_that_left_the_spec_goes_and_a_foreign_one_stays() {
    let before = desired();
    let mut live = converged(&before);
    edit_live(&mut live, "sns-topic/orders-alerts", |seen| {
        seen.tags.as_mut().unwrap().insert("cost-center".into(), "7".into());
    });
    let mut after = before;
    after.resources.get_mut(&at("sns-topic/orders-alerts")).unwrap().tags.clear();
    assert_snapshot!(sketched(&after, &live), @r"
    Modify sns-topic/orders-alerts none Now tags.team payments → (unset) (SpecChanged)
    0. TagTopic sns-topic/orders-alerts none []
    1. UntagTopic sns-topic/orders-alerts none [0]
    ");
}

#[test]
fn a_source_stays_as_long_as_a_replica_does() {
    let before = desired();
    let mut live = converged(&before);
    let mut after = before.clone();
    after.resources.remove(&at("db-instance/orders-primary"));
    let intent = allow("delete:db-instance/orders-primary");
    let deletes = |plan: &pgha_planner::Plan| {
        plan.steps.iter().any(|step| step.call.operation == Operation::DeleteDBInstance)
    };
    assert!(!deletes(&planned(&after, &live, &intent)));

    // One that nobody's spec knows counts as well: RDS would promote it.
    let intent = Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() };
    edit_live(&mut live, "db-instance/orders-primary", |seen| {
        seen.notices.insert(Notice::Replica("somebody-elses".into()));
    });
    let plan = planned(&before, &live, &intent);
    assert!(plan.steps.iter().all(|step| step.address().name != "orders-primary"
        || step.call.operation != Operation::DeleteDBInstance));
}

#[test]
fn nothing_is_built_on_what_is_not_ours() {
    let desired = desired();
    let mut live = empty();
    let all = converged(&desired);
    let primary = all.resources[&at("db-instance/orders-primary")].clone();
    live.resources.insert(at("db-instance/orders-primary"), primary);
    edit_live(&mut live, "db-instance/orders-primary", |seen| seen.tags = Some(Default::default()));
    let plan = planned(&desired, &live, &Intent::default());
    let touched = |kind: &str| plan.steps.iter().any(|s| s.address().to_string().starts_with(kind));
    assert!(!touched("db-instance/") && !touched("db-proxy-target/"));
}

#[test]
fn a_network_that_cannot_be_read_replaces_nothing() {
    let desired = desired();
    let mut live = converged(&desired);
    let error = ReadError {
        call: "DescribeSubnets".into(),
        class: ErrorClass::Throttled,
        message: "slow down".into(),
    };
    live.networks.insert(world::home(), pgha_resource::live::NetworkSeen::Unread(error));
    let plan = planned(&desired, &live, &Intent::default());
    assert_eq!(plan.steps, [], "{}", sketch(&plan));
    assert!(!plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
}

#[test]
fn a_new_snapshot_is_taken_before_the_plan_disrupts_anything() {
    use pgha_resource::kind::DbSnapshot;
    let before = desired();
    let mut after = before.clone();
    let source = world::of("db-instance/orders-primary", Attr::Name);
    let mut snapshot = after.resources[&at("sns-topic/orders-alerts")].clone();
    snapshot.resource = DbSnapshot { source }.into();
    after.resources.insert(at("db-snapshot/orders-before"), snapshot);
    edit_desired(&mut after, "db-instance/orders-primary", |r| {
        instance(r).class = Some("db.r6g.xlarge".into());
    });
    let mut live = converged(&before);
    live.resources.insert(at("db-snapshot/orders-before"), Seen::Absent);
    let plan = planned(&after, &live, &Intent::default());
    let order: Vec<_> = plan.steps.iter().map(|step| step.call.operation).collect();
    assert_eq!(order[..2], [Operation::CreateDBSnapshot, Operation::ModifyDBInstance]);
}

#[test]
fn connections_set_for_the_first_time_below_the_default_are_a_lowering() {
    let mut before = desired();
    for group in ["db-parameter-group/orders-pg16", "db-parameter-group/orders-replicas-pg16"] {
        edit_desired(&mut before, group, |r| {
            parameters(r).remove("max_connections");
        });
    }
    let plan = planned(&desired(), &converged(&before), &Intent::default());
    let reboots: Vec<&str> = plan
        .steps
        .iter()
        .filter(|step| step.call.operation == Operation::RebootDBInstance)
        .map(|step| step.address().name.as_str())
        .collect();
    assert_eq!(reboots, ["orders-primary", "orders-read-1"]);
}

#[test]
fn connections_are_not_raised_over_the_head_of_a_replica_that_is_kept() {
    let before = desired();
    let mut after = before.clone();
    after.resources.remove(&at("db-instance/orders-read-1"));
    edit_desired(&mut after, "db-parameter-group/orders-pg16", |r| {
        parameters(r).insert("max_connections".into(), "400".into());
    });
    let plan = planned(&after, &converged(&before), &Intent::default());
    let reboots = |plan: &pgha_planner::Plan| {
        plan.steps.iter().any(|step| step.call.operation == Operation::RebootDBInstance)
    };
    assert!(!reboots(&plan), "{}", sketch(&plan));
    assert!(plan.totals().blocked >= 2);
    let gone = allow("delete:db-instance/orders-read-1");
    assert!(reboots(&planned(&after, &converged(&before), &gone)));
}

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

/// The spec of another major version, with its own parameter group.
fn of_version_15() -> Desired {
    let mut after = desired();
    let mut group = after.resources[&at("db-parameter-group/orders-pg16")].clone();
    if let Resource::DbParameterGroup(group) = &mut group.resource {
        group.family = Some("postgres15".into());
    }
    after.resources.insert(at("db-parameter-group/orders-pg15"), group);
    for name in [PRIMARY, REPLICA] {
        edit_desired(&mut after, name, |r| {
            instance(r).engine_version = EngineVersion::constraint("15");
            instance(r).parameter_group = world::of("db-parameter-group/orders-pg15", Attr::Name);
        });
    }
    after
}

#[test]
fn where_the_version_stays_so_does_the_group_and_replicas_are_not_born() {
    let mut live = converged(&desired());
    live.resources.insert(at("db-parameter-group/orders-pg15"), Seen::Absent);
    let touches = |plan: &Plan| plan.steps.iter().any(|step| is_database(step.address()));
    let plan = planned(&of_version_15(), &live, &Intent::default());
    assert!(!touches(&plan), "{}", sketch(&plan));
    assert!(sketch(&plan).contains("orders-pg15 is for postgres15"), "{}", sketch(&plan));
    live.resources.insert(at(REPLICA), Seen::Absent);
    let plan = planned(&of_version_15(), &live, &Intent::default());
    assert!(!touches(&plan), "{}", sketch(&plan));
    assert!(sketch(&plan).contains("it needs db-instance/orders-primary"), "{}", sketch(&plan));
}

fn is_database(address: &Address) -> bool {
    address.kind == pgha_resource::Kind::DbInstance
}

#[test]
fn a_replica_is_born_as_large_as_its_source_has_become() {
    let mut wanted = desired();
    edit_desired(&mut wanted, REPLICA, |r| {
        instance(r).storage = Some(200);
        instance(r).max_storage = Some(400);
    });
    let mut live = converged(&wanted);
    live.resources.insert(at(REPLICA), Seen::Absent);
    edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).storage = Some(500));
    let plan = planned(&wanted, &live, &Intent::default());
    let created = plan.steps.iter().find_map(|step| match step.call.to()? {
        Resource::DbInstance(new) if step.address().name == "orders-read-1" => Some(new.clone()),
        _ => None,
    });
    let created = created.unwrap();
    assert_eq!((created.storage, created.max_storage), (Some(500), None));
}

#[test]
fn a_part_of_what_is_not_ours_is_left_alone() {
    let mut wanted = desired();
    let mut live = converged(&wanted);
    edit_live(&mut live, "db-proxy/orders-proxy", |seen| seen.tags = Some(Default::default()));
    edit_desired(&mut wanted, "db-proxy-target-group/orders-proxy", |r| {
        if let Resource::DbProxyTargetGroup(group) = r {
            group.max_connections = Some(50);
        }
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(plan.steps, [], "{}", sketch(&plan));
    assert_eq!(plan.totals().blocked, 2, "{}", sketch(&plan));
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
fn a_source_that_only_a_kept_replica_holds_back_says_how_to_let_it_go() {
    let mut wanted = desired();
    let live = converged(&wanted);
    wanted.resources.remove(&at(REPLICA));
    edit_desired(&mut wanted, PRIMARY, |r| {
        instance(r).engine_version = EngineVersion::constraint("16.15");
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let outgrows = |blocked: &Blocked| matches!(blocked, Blocked::Outgrows { .. });
    let blocked = plan.changes.iter().filter_map(|change| change.blocked.as_ref());
    assert!(blocked.clone().any(outgrows), "{}", sketch(&plan));
}

#[test]
fn a_database_restarts_as_it_is_whatever_it_is_to_become() {
    let wanted = desired();
    let mut live = converged(&wanted);
    live.resources.insert(at("secret/orders-master"), Seen::Absent);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let reboot = |step: &&Step| step.call.operation == Operation::RebootDBInstance;
    let reboot = plan.steps.iter().find(reboot).unwrap();
    assert!(reboot.call.resource().is_resolved());
}
