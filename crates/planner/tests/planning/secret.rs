//! What is in the master user's secret is true, and a rotation comes after the database.

use pgha_planner::{Blocked, Intent, NoteKind, Plan};
use pgha_resource::call::Action;
use pgha_resource::digest::Applied;
use pgha_resource::kind::{Rotation, Secret};
use pgha_resource::live::{DIGEST_TAG, Notice, PASSWORD_TAG};
use pgha_resource::{Desired, Live, LiveResource, Operation, Resource, Seen};

use crate::world::{
    CLUSTER, PRIMARY, REPLICA, at, blocked, cluster, clustered, converged, desired, edit_desired,
    edit_live, empty, instance, notes, operations, planned, sketch, unread, waits,
};

const SECRET: &str = "secret/orders-master";

fn secret(resource: &mut Resource) -> &mut Secret {
    match resource {
        Resource::Secret(secret) => secret,
        other => panic!("{other:?} is no secret"),
    }
}

/// The account of `before`, seen by a spec whose master user has another name.
fn renamed(user_of_database: &str) -> (Desired, Live) {
    let mut wanted = desired();
    edit_desired(&mut wanted, SECRET, |r| secret(r).username = Some("keeper".into()));
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).username = Some("keeper".into()));
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).username = Some(user_of_database.into());
    });
    (wanted, live)
}

/// The record as it is before the database is there.
fn before_the_database(seen: &mut LiveResource, made_by: &Desired) {
    let wanted = &made_by.resources[&at(SECRET)];
    let record = Applied::of(&wanted.resource, &wanted.tags);
    let host = wanted.resource.field_names().iter().position(|name| *name == "host").unwrap();
    let record = record.without(&[host, host + 1, host + 2], None).unfinished();
    seen.tags.as_mut().unwrap().insert(DIGEST_TAG.into(), record.to_tag());
}

/// The fields that a plan writes into the secret, a list a call.
fn written(plan: &Plan) -> Vec<Vec<String>> {
    let own = plan.steps.iter().filter(|step| step.address() == &at(SECRET));
    own.filter(|step| step.call.operation == Operation::PutSecretValue)
        .map(|step| step.call.fields().map(str::to_string).collect())
        .collect()
}

/// Secrets Manager guide, "JSON structure of AWS Secrets Manager secrets": rotation functions
/// require `host`.
#[test]
fn the_database_is_written_into_the_secret_once_it_is_there() {
    let plan = planned(&desired(), &empty(), &Intent::default());
    assert_eq!(written(&plan), [["host", "port", "dbname"]], "{}", sketch(&plan));
    assert!(waits(&plan, "PutSecretValue orders-master", "CreateDBInstance orders-primary"));
    assert!(waits(&plan, "CreateDBInstance orders-primary", "CreateSecret orders-master"));
}

#[test]
fn another_port_of_the_database_is_written_into_the_secret() {
    let mut wanted = desired();
    edit_desired(&mut wanted, SECRET, |r| secret(r).port = Some(5433));
    let plan = planned(&wanted, &converged(&desired()), &Intent::default());
    assert_eq!(written(&plan), [["port"]], "{}", sketch(&plan));
}

/// CreateDBInstance was refused for the name, and the name was corrected.
#[test]
fn another_user_name_is_written_while_no_database_uses_the_secret() {
    let (wanted, mut live) = renamed("dbadmin");
    for address in [PRIMARY, REPLICA, "db-proxy-target/orders-proxy:orders-primary"] {
        live.resources.insert(at(address), Seen::Absent);
    }
    edit_live(&mut live, SECRET, |seen| before_the_database(seen, &desired()));
    let plan = planned(&wanted, &live, &Intent::default());
    let calls: Vec<usize> = written(&plan).iter().map(Vec::len).collect();
    assert_eq!(
        (written(&plan)[0][0].as_str(), calls),
        ("username", vec![1, 3]),
        "{}",
        sketch(&plan)
    );
    assert!(waits(&plan, "CreateDBInstance orders-primary", "PutSecretValue orders-master"));
    let last = plan.steps.iter().rfind(|step| step.address() == &at(SECRET)).unwrap();
    assert!(matches!(last.call.action, Action::Tag { .. }), "{}", sketch(&plan));
}

/// A run that died between the two left the database with the new name.
#[test]
fn the_name_that_the_database_has_is_written() {
    let (wanted, live) = renamed("keeper");
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(written(&plan), [["username"]], "{}", sketch(&plan));
}

#[test]
fn a_secret_keeps_the_name_that_its_database_has() {
    let (wanted, live) = renamed("dbadmin");
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, SECRET), [], "{}", sketch(&plan));
    let [Blocked::Impossible { why }] = &blocked(&plan, SECRET)[..] else {
        panic!("{}", sketch(&plan))
    };
    assert!(why.contains("set the user name back"), "{why}");
    // What else changes of it changes.
    let mut both = wanted.clone();
    edit_desired(&mut both, SECRET, |r| secret(r).port = Some(5433));
    let plan = planned(&both, &live, &Intent::default());
    assert_eq!(written(&plan), [["port"]], "{}", sketch(&plan));
    let own = plan.changes.iter().filter(|change| change.address == at(SECRET));
    let names = |change: &pgha_planner::Change| {
        let fields = change.fields.iter().map(|field| field.name.clone());
        (change.blocked.is_some(), fields.collect::<Vec<_>>())
    };
    let expected = [(false, vec!["port".to_string()]), (true, vec!["username".to_string()])];
    assert_eq!(own.map(names).collect::<Vec<_>>(), expected, "{}", sketch(&plan));
    // Nobody knows the name of what could not be read.
    let mut live = live;
    live.resources.insert(at(PRIMARY), Seen::Unread(unread()));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, SECRET), [], "{}", sketch(&plan));
}

/// Secrets Manager API, RotateSecret: the function logs in to the database at once.
#[test]
fn a_rotation_is_set_up_after_the_database_and_holds_nothing_back() {
    let mut wanted = desired();
    let every = Rotation::Every { days: 30, function: "arn:f".into() };
    edit_desired(&mut wanted, SECRET, |r| secret(r).rotation = Some(every));
    let plan = planned(&wanted, &empty(), &Intent::default());
    assert!(waits(&plan, "RotateSecret orders-master", "CreateDBInstance orders-primary"));
    assert!(waits(&plan, "RotateSecret orders-master", "PutSecretValue orders-master"));
    let rotates = plan.steps.iter().position(|s| s.call.operation == Operation::RotateSecret);
    let behind = |step: &&pgha_planner::Step| step.after.iter().any(|a| Some(a.step) == rotates);
    let held: Vec<_> = plan.steps.iter().filter(behind).map(|s| s.address().clone()).collect();
    assert!(held.iter().all(|address| *address == at(SECRET)), "{held:?}");
    // Where all is there but the rotation, nothing else is written.
    let before = converged(&desired());
    let plan = planned(&wanted, &before, &Intent::default());
    assert_eq!(written(&plan).len(), 0, "{}", sketch(&plan));
}

/// Secrets Manager API, RotateSecret: refused while the label AWSPENDING is on another version than
/// AWSCURRENT.
#[test]
fn no_rotation_is_set_up_while_an_earlier_one_is_open() {
    let mut wanted = desired();
    let every = |days| Some(Rotation::Every { days, function: "arn:f".into() });
    edit_desired(&mut wanted, SECRET, |r| secret(r).rotation = every(30));
    let mut live = converged(&wanted);
    edit_live(&mut live, SECRET, |seen| {
        seen.notices.insert(Notice::RotationOpen);
    });
    // Where nothing is to be set up, it is only said.
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(sketch(&plan), "");
    assert!(notes(&plan, NoteKind::Attention)[0].contains("did not end"));
    edit_desired(&mut wanted, SECRET, |r| secret(r).rotation = every(60));
    let plan = planned(&wanted, &live, &Intent::default());
    let reasons = blocked(&plan, SECRET);
    let [Blocked::Status { help, .. }] = &reasons[..] else { panic!("{reasons:?}") };
    assert!(help.contains("AWSPENDING"), "{help}");
    assert_eq!(operations(&plan, SECRET), [], "{}", sketch(&plan));
    edit_desired(&mut wanted, SECRET, |r| secret(r).rotation = Some(Rotation::Off));
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(operations(&plan, SECRET).contains(&Operation::CancelRotateSecret), "{plan:?}");
}

#[test]
fn a_password_that_is_not_shared_is_said_until_the_mark_is_off() {
    let mut live = converged(&desired());
    live.resources.insert(at(SECRET), Seen::Absent);
    let plan = planned(&desired(), &live, &Intent::default());
    let made = plan.steps.iter().find(|s| s.call.operation == Operation::CreateSecret).unwrap();
    let Action::Create { tags, .. } = &made.call.action else { panic!() };
    assert!(tags.contains_key(PASSWORD_TAG), "{tags:?}");
    let mut live = converged(&desired());
    let says = |live: &Live| {
        let plan = planned(&desired(), live, &Intent::default());
        assert!(plan.is_converged(), "{}", sketch(&plan));
        notes(&plan, NoteKind::Attention).iter().filter(|n| n.contains("password")).count()
    };
    assert_eq!(says(&live), 0);
    edit_live(&mut live, SECRET, |seen| {
        seen.tags.as_mut().unwrap().insert(PASSWORD_TAG.into(), "not the database's".into());
    });
    assert_eq!(says(&live), 1);
    // A first secret has the password that the database is made with.
    let plan = planned(&desired(), &empty(), &Intent::default());
    let made = plan.steps.iter().find(|s| s.call.operation == Operation::CreateSecret).unwrap();
    let Action::Create { tags, .. } = &made.call.action else { panic!() };
    assert!(!tags.contains_key(PASSWORD_TAG));
}

/// A run that died before the database left a record that does not have the database.
#[test]
fn what_is_not_on_record_is_written() {
    let mut live = converged(&desired());
    edit_live(&mut live, SECRET, |seen| before_the_database(seen, &desired()));
    let plan = planned(&desired(), &live, &Intent::default());
    assert_eq!(written(&plan), [["host", "port", "dbname"]], "{}", sketch(&plan));
}

/// A database that was made without a first database has none by another name later (RDS API,
/// DBInstance.DBName).
#[test]
fn the_secret_names_no_database_that_is_not_there() {
    let mut wanted = desired();
    let named = |wanted: &mut Desired| {
        edit_desired(wanted, PRIMARY, |r| instance(r).database = Some("app".into()));
        edit_desired(wanted, SECRET, |r| secret(r).dbname = Some("app".into()));
    };
    let live = converged(&wanted);
    named(&mut wanted);
    let plan = planned(&wanted, &live, &Intent::default());
    assert!(matches!(blocked(&plan, PRIMARY)[..], [Blocked::Impossible { .. }]));
    assert_eq!(written(&plan).len(), 0, "{}", sketch(&plan));
    // A secret that is made beside it names what there is.
    let mut live = live;
    live.resources.insert(at(SECRET), Seen::Absent);
    let plan = planned(&wanted, &live, &Intent::default());
    let to = plan.steps.iter().filter(|step| step.address() == &at(SECRET));
    let names: Vec<_> = to
        .filter(|step| step.call.operation == Operation::PutSecretValue)
        .map(|step| secret(&mut step.call.to().unwrap().clone()).dbname.clone())
        .collect();
    assert_eq!(names, [Some("postgres".to_string())], "{}", sketch(&plan));
    // Where there is such a database, it is named.
    let plan = planned(&wanted, &empty(), &Intent::default());
    let made = plan.steps.iter().filter(|step| step.address() == &at(SECRET));
    let to = made.filter_map(|step| step.call.to()).next_back().unwrap();
    assert_eq!(secret(&mut to.clone()).dbname.as_deref(), Some("app"));
}

/// Once a plan was applied, setting the name back leaves nothing to write.
#[track_caller]
fn check_back(plan: &Plan, wanted: &Desired, live: &Live) {
    let (mut wanted, mut live) = (wanted.clone(), live.clone());
    for step in plan.steps.iter().filter(|step| step.address() == &at(SECRET)) {
        let Action::Tag { set, .. } = &step.call.action else { continue };
        edit_live(&mut live, SECRET, |seen| {
            seen.tags.as_mut().unwrap().extend(set.clone());
        });
    }
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).database = None);
    edit_desired(&mut wanted, SECRET, |r| secret(r).dbname = Some("postgres".into()));
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(written(&plan).len(), 0, "{}", sketch(&plan));
}

/// The database's own line says what is wrong with its name: the rest of the secret changes.
#[test]
fn what_else_changes_of_a_secret_changes_without_the_database_s_name() {
    let mut wanted = desired();
    let live = converged(&wanted);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).database = Some("app".into()));
    edit_desired(&mut wanted, SECRET, |r| {
        secret(r).dbname = Some("app".into());
        secret(r).port = Some(5433);
    });
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(written(&plan), [["port"]], "{}", sketch(&plan));
    check_back(&plan, &wanted, &live);
    let change = plan.changes.iter().find(|change| change.address == at(SECRET)).unwrap();
    let names: Vec<&str> = change.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["port"], "{}", sketch(&plan));
}

/// RDS API, DBCluster.DatabaseName: returned for the life of the cluster if one was given.
#[test]
fn a_secret_that_is_made_beside_a_cluster_names_the_database_in_it() {
    let mut live = converged(&clustered());
    live.resources.insert(at(SECRET), Seen::Absent);
    edit_live(&mut live, CLUSTER, |seen| {
        cluster(&mut seen.resource).database = Some("shop".into());
    });
    let plan = planned(&clustered(), &live, &Intent::default());
    let own = plan.steps.iter().filter(|step| step.address() == &at(SECRET));
    let to = own.filter_map(|step| step.call.to()).next_back().unwrap();
    assert_eq!(secret(&mut to.clone()).dbname.as_deref(), Some("shop"), "{}", sketch(&plan));
}
