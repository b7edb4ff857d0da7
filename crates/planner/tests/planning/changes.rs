//! What becomes of one difference.

use insta::assert_snapshot;
use pgha_planner::Approval;
use pgha_planner::Intent;
use pgha_planner::Refused;
use pgha_planner::Step;
use pgha_planner::approve;
use pgha_resource::Attr;
use pgha_resource::Disruption;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::Timing;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::IamRole;
use pgha_resource::live::Notice;
use pgha_resource::status::Status;

use crate::world;
use crate::world::PRIMARY;
use crate::world::allow;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::destroy;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::empty;
use crate::world::instance;
use crate::world::of;
use crate::world::operations;
use crate::world::parameters;
use crate::world::planned;
use crate::world::sketch;
use crate::world::sketched;

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
fn a_change_says_whom_it_shuts_out() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).iam_auth = Some(false);
        instance(r).class = Some("db.r6g.xlarge".into());
    });
    let mut live = converged(&before);
    edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).iam_auth = Some(true));
    let plan = planned(&after, &live, &Intent::default());
    let change = plan.changes.iter().find(|change| change.address == at(PRIMARY)).unwrap();
    let said: Vec<_> =
        change.fields.iter().map(|f| (f.name.as_str(), f.shuts_out.as_deref())).collect();
    let by_token = Some("clients that log in with an IAM token");
    assert_eq!(said, [("class", None), ("iam_auth", by_token)]);
    assert!(plan.shuts_out());
    edit_desired(&mut after, PRIMARY, |r| instance(r).iam_auth = Some(true));
    let plan = planned(&after, &live, &Intent::default());
    assert!(!plan.shuts_out() && !plan.is_converged(), "{}", sketch(&plan));
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
    assert!(approve(plan, &approval(Disruption::Outage)).is_ok());
}

#[test]
fn only_the_plan_that_was_shown_is_approved_by_its_digest() {
    let before = desired();
    let mut after = before.clone();
    let shown = planned(&after, &converged(&before), &Intent::default());
    edit_desired(&mut after, PRIMARY, |r| instance(r).backup_retention = Some(14));
    let other = planned(&after, &converged(&before), &Intent::default());
    let approval = Approval { max_disruption: Disruption::Outage, digest: Some(shown.digest()) };
    assert!(approve(shown, &approval).is_ok());
    assert!(matches!(approve(other, &approval), Err(Refused::Other { .. })));
}

/// A failover between the review and the merge moves the database to its other zone (RDS guide,
/// "Failing over a Multi-AZ DB instance for Amazon RDS").
#[test]
fn a_failover_does_not_undo_an_approval() {
    let digest = |zone: &str, retention: u32| {
        let mut after = desired();
        let mut live = converged(&after);
        edit_live(&mut live, PRIMARY, |seen| instance(&mut seen.resource).zone = Some(zone.into()));
        edit_desired(&mut after, PRIMARY, |r| instance(r).backup_retention = Some(retention));
        planned(&after, &live, &Intent::default()).digest()
    };
    assert_eq!(digest("us-east-1a", 14), digest("us-east-1b", 14));
    assert_ne!(digest("us-east-1a", 14), digest("us-east-1a", 15));
}

/// Checks that an approval of this call on the primary outlasts a failover.
#[track_caller]
fn check_outlasts_a_failover(
    edit: impl Fn(&mut LiveResource),
    intent: Intent,
    operation: Operation,
) {
    let plan = |zone: &str| {
        let mut live = converged(&desired());
        edit_live(&mut live, PRIMARY, |seen| {
            instance(&mut seen.resource).zone = Some(zone.into());
            edit(seen);
        });
        planned(&desired(), &live, &intent)
    };
    let one = plan("us-east-1a");
    assert!(operations(&one, PRIMARY).contains(&operation), "{}", sketch(&one));
    assert_eq!(one.digest(), plan("us-east-1b").digest());
}

#[test]
fn a_failover_does_not_undo_the_approval_of_a_restart_a_start_or_a_deletion() {
    let restart = |seen: &mut LiveResource| {
        seen.notices.insert(Notice::PendingReboot("orders-pg16".into()));
    };
    let start = |seen: &mut LiveResource| seen.status = Status::db_instance("stopped");
    let tags = |seen: &mut LiveResource| drop(seen.tags.as_mut().unwrap().remove("team"));
    check_outlasts_a_failover(restart, Intent::default(), Operation::RebootDBInstance);
    check_outlasts_a_failover(start, Intent::default(), Operation::StartDBInstance);
    check_outlasts_a_failover(tags, Intent::default(), Operation::AddTagsToResource);
    check_outlasts_a_failover(|_| (), destroy(true), Operation::DeleteDBInstance);
}

#[test]
fn a_role_goes_together_with_the_monitoring_that_used_it() {
    let mut before = desired();
    let role = IamRole {
        description: Some("monitoring".into()),
        trust: None,
        attached: None,
        inline: None,
    };
    let mut entry = before.resources[&at("sns-topic/orders-alerts")].clone();
    entry.resource = role.into();
    before.resources.insert(at("iam-role/orders-monitoring"), entry);
    edit_desired(&mut before, PRIMARY, |r| {
        instance(r).monitoring_interval = Some(60);
        instance(r).monitoring_role = of("iam-role/orders-monitoring", Attr::Arn);
    });
    let live = converged(&before);
    let mut after = before;
    after.resources.remove(&at("iam-role/orders-monitoring"));
    edit_desired(&mut after, PRIMARY, |r| {
        instance(r).monitoring_interval = Some(0);
        instance(r).monitoring_role = None;
    });
    assert_snapshot!(sketched(&after, &live), @r"
    Modify db-instance/orders-primary none Now monitoring_interval 60 → 0 (SpecChanged)
    Delete iam-role/orders-monitoring none Now
    0. ModifyDBInstance db-instance/orders-primary none []
    1. DeleteRole iam-role/orders-monitoring none [0]
    2. AddTagsToResource db-instance/orders-primary none [0]
    ");
}
