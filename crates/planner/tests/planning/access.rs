//! Who logs in with an IAM token to what stays, goes on doing so.

use pgha_planner::{Blocked, Intent, Plan};
use pgha_resource::document::{Document, Piece};
use pgha_resource::kind::IamPolicy;
use pgha_resource::{Attr, Desired, Live, Ref, Resource};

use crate::held::noon;
use crate::world::{
    PRIMARY, REPLICA, add, allow, at, blocked, converged, desired, edit_desired, edit_live,
    instance, operations, planned, sketch,
};

const POLICY: &str = "iam-policy/orders-connect-us-east-1";
const OTHER: &str = "iam-policy/orders-connect-us-west-2";

/// The policy of these users on these databases, as the spec writes it.
fn policy(users: &[&str], databases: &[&str]) -> IamPolicy {
    let mut pieces = vec![
        Piece::Text(r#"{"Statement":[{"Action":"rds-db:connect","Resource":"#.into()),
        Piece::Text("[".into()),
    ];
    let mut opens = "\"";
    for database in databases {
        for user in users {
            pieces
                .push(Piece::Text(format!("{opens}arn:aws:rds-db:us-east-1:123456789012:dbuser:")));
            pieces.push(Piece::Ref(Ref::Of(at(database), Attr::ResourceId)));
            pieces.push(Piece::Text(format!("/{user}\"")));
            opens = ",\"";
        }
    }
    pieces.push(Piece::Text("]}]}".into()));
    IamPolicy { description: None, document: Some(Document(pieces)) }
}

/// The cluster, of which both databases take tokens.
fn before() -> Desired {
    let mut wanted = desired();
    for address in [PRIMARY, REPLICA] {
        edit_desired(&mut wanted, address, |r| instance(r).iam_auth = Some(true));
    }
    add(&mut wanted, POLICY, policy(&["app"], &[PRIMARY, REPLICA]));
    wanted
}

fn live() -> Live {
    let mut live = converged(&before());
    // Resource ids are of AWS.
    for (address, id) in [(PRIMARY, "db-ONE"), (REPLICA, "db-TWO")] {
        edit_live(&mut live, address, |seen| seen.ids.resource_id = Some(id.into()));
    }
    let named = |seen: &mut pgha_resource::LiveResource| {
        let Resource::IamPolicy(policy) = &mut seen.resource else { panic!("no policy") };
        let arn = |id| format!("arn:aws:rds-db:us-east-1:123456789012:dbuser:{id}/app");
        policy.document = Some(Document::known(format!(
            r#"{{"Statement":[{{"Action":"rds-db:connect","Resource":["{}","{}"]}}]}}"#,
            arn("db-ONE"),
            arn("db-TWO")
        )));
    };
    edit_live(&mut live, POLICY, named);
    live
}

/// The document that a plan writes, if it writes one.
fn written(plan: &Plan) -> Option<String> {
    let own = plan.steps.iter().filter(|step| step.address() == &at(POLICY));
    let mut carries = own.filter(|step| step.call.fields().any(|field| field == "document"));
    match carries.next()?.call.to()? {
        Resource::IamPolicy(policy) => Some(policy.document.as_ref()?.text()),
        _ => None,
    }
}

#[test]
fn nothing_is_to_be_done_where_nothing_changed() {
    let plan = planned(&before(), &live(), &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
}

#[test]
fn a_replica_that_stays_keeps_its_users() {
    let mut wanted = before();
    wanted.resources.remove(&at(REPLICA));
    add(&mut wanted, POLICY, policy(&["app"], &[PRIMARY]));
    let plan = planned(&wanted, &live(), &Intent::default());
    assert!(!blocked(&plan, REPLICA).is_empty(), "{}", sketch(&plan));
    assert_eq!(operations(&plan, POLICY), [], "{}", sketch(&plan));
    // Whoever comes beside them is let in as well.
    add(&mut wanted, POLICY, policy(&["app", "jobs"], &[PRIMARY]));
    let text = written(&planned(&wanted, &live(), &Intent::default())).unwrap();
    for login in ["db-ONE/app", "db-ONE/jobs", "db-TWO/app"] {
        assert!(text.contains(login), "{text}");
    }
    serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON");
    // It goes with the replica.
    let plan = planned(&wanted, &live(), &allow(&format!("delete:{REPLICA}")));
    assert!(!written(&plan).unwrap().contains("db-TWO"), "{}", sketch(&plan));
}

#[test]
fn a_database_that_takes_tokens_until_its_window_keeps_its_users() {
    let mut wanted = before();
    edit_desired(&mut wanted, REPLICA, |r| instance(r).iam_auth = Some(false));
    add(&mut wanted, POLICY, policy(&["app"], &[PRIMARY]));
    let plan = planned(&wanted, &live(), &noon(&[]));
    assert_eq!(operations(&plan, POLICY), [], "{}", sketch(&plan));
    let now = planned(&wanted, &live(), &noon(&[REPLICA]));
    assert!(!written(&now).unwrap().contains("db-TWO"), "{}", sketch(&now));
    let mut after = live();
    edit_live(&mut after, REPLICA, |seen| instance(&mut seen.resource).iam_auth = Some(false));
    let plan = planned(&wanted, &after, &noon(&[]));
    assert!(!written(&plan).unwrap().contains("db-TWO"), "{}", sketch(&plan));
}

#[test]
fn a_policy_stays_with_the_last_database_of_its_region() {
    let mut wanted = before();
    wanted.resources.remove(&at(REPLICA));
    let mut there = wanted.clone();
    add(&mut there, OTHER, policy(&["app"], &[REPLICA]));
    add(&mut wanted, POLICY, policy(&["app"], &[PRIMARY]));
    let mut live = live();
    let other = live.resources[&at(POLICY)].clone();
    let mut other = other.present().unwrap().clone();
    let own = converged(&there).resources[&at(OTHER)].present().unwrap().tags.clone();
    other.tags = own;
    let arn = "arn:aws:rds-db:us-west-2:123456789012:dbuser:db-TWO/app";
    other.resource = IamPolicy {
        description: None,
        document: Some(Document::known(format!(r#"{{"Statement":[{{"Resource":"{arn}"}}]}}"#))),
    }
    .into();
    live.resources.insert(at(OTHER), pgha_resource::Seen::Present(Box::new(other)));
    let plan = planned(&wanted, &live, &Intent::default());
    let stays = Blocked::StaysWith { address: at(REPLICA) };
    assert_eq!(blocked(&plan, OTHER), [stays], "{}", sketch(&plan));
    let plan = planned(&wanted, &live, &allow(&format!("delete:{OTHER}")));
    assert_eq!(operations(&plan, OTHER).len(), 1, "{}", sketch(&plan));
    // Where nobody is to log in with tokens any more, all of it goes.
    wanted.resources.remove(&at(POLICY));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, OTHER).len(), 1, "{}", sketch(&plan));
}

#[test]
fn a_user_who_leaves_is_shut_out_and_the_plan_says_so() {
    let mut wanted = before();
    add(&mut wanted, POLICY, policy(&["jobs"], &[PRIMARY, REPLICA]));
    let plan = planned(&wanted, &live(), &Intent::default());
    assert!(plan.shuts_out(), "{}", sketch(&plan));
    let change = plan.changes.iter().find(|change| change.address == at(POLICY)).unwrap();
    let who: Vec<&str> = change.fields.iter().filter_map(|f| f.shuts_out.as_deref()).collect();
    assert_eq!(who, ["app, who logs in with IAM tokens"]);
    add(&mut wanted, POLICY, policy(&["app", "jobs"], &[PRIMARY, REPLICA]));
    assert!(!planned(&wanted, &live(), &Intent::default()).shuts_out());
}
