//! Secrets that were deleted and can be brought back.

use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::NoteKind;
use pgha_planner::Step;
use pgha_planner::Verb;
use pgha_resource::Attr;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::kind::ClientPassword;
use pgha_resource::kind::IamAuth;
use pgha_resource::kind::MasterPassword;
use pgha_resource::kind::ProxyAuth;
use pgha_resource::kind::Rotation;
use pgha_resource::kind::Secret;
use pgha_resource::live::DIGEST_TAG;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::PASSWORD_TAG;
use pgha_resource::status::Status;

use crate::world::PRIMARY;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::destroy;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::empty;
use crate::world::instance;
use crate::world::notes;
use crate::world::operations;
use crate::world::planned;
use crate::world::schedule_deletion;
use crate::world::sketch;
use crate::world::unread;

const SECRET: &str = "secret/orders-master";

fn secret(resource: &mut Resource) -> &mut Secret {
    match resource {
        Resource::Secret(secret) => secret,
        other => panic!("{other:?} is no secret"),
    }
}

/// Why a deleted secret is not restored.
#[track_caller]
fn refusal(live: &Live, wanted: &pgha_resource::Desired) -> String {
    let plan = planned(wanted, live, &Intent::default());
    assert!(operations(&plan, SECRET).is_empty(), "{}", sketch(&plan));
    let [Blocked::Impossible { why }] = &blocked(&plan, SECRET)[..] else { panic!("{plan:?}") };
    why.clone()
}

#[test]
fn a_deleted_secret_is_restored_and_nothing_else_changes() {
    let mut wanted = desired();
    edit_desired(&mut wanted, "db-proxy/orders-proxy", |r| {
        let Resource::DbProxy(proxy) = r else { panic!("{r:?} is no proxy") };
        let secret = Ref::Of(at(SECRET), Attr::Arn);
        let (iam, client_password) = (IamAuth::Disabled, ClientPassword::Scram);
        proxy.auth = Some([ProxyAuth { secret, iam, client_password }].into());
    });
    let mut live = converged(&wanted);
    schedule_deletion(&mut live, SECRET);
    let plan = planned(&wanted, &live, &Intent::default());
    assert_eq!(operations(&plan, SECRET), [Operation::RestoreSecret]);
    assert_eq!((plan.changes.len(), plan.steps.len()), (1, 1), "{}", sketch(&plan));
    assert_eq!(plan.changes[0].verb, Verb::Create);
    assert_eq!(notes(&plan, NoteKind::Attention), [""; 0]);
    // The password in it is the database's as before.
    let pgha_resource::call::Action::Create { tags, .. } = &plan.steps[0].call.action else {
        panic!("{}", sketch(&plan))
    };
    assert!(!tags.contains_key(PASSWORD_TAG), "{tags:?}");
}

#[test]
fn after_a_destruction_the_secret_is_restored_before_the_database_is_made() {
    let mut live = empty();
    let old = converged(&desired()).present(&at(SECRET)).unwrap().clone();
    live.restorable.insert(at(SECRET), old);
    let plan = planned(&desired(), &live, &Intent::default());
    let first = |address: &str| plan.steps.iter().find(|step| step.address() == &at(address));
    let (secret, primary) = (first(SECRET).unwrap(), first(PRIMARY).unwrap());
    assert_eq!(secret.call.operation, Operation::RestoreSecret);
    assert!(primary.after.iter().any(|after| after.step == secret.id), "{}", sketch(&plan));
}

#[test]
fn a_restored_secret_becomes_what_the_spec_says() {
    let mut live = converged(&desired());
    schedule_deletion(&mut live, SECRET);
    let mut wanted = desired();
    let old = &mut live.restorable.get_mut(&at(SECRET)).unwrap().resource;
    secret(old).description = Some("one".into());
    secret(old).rotation = Some(Rotation::Off);
    let every = Rotation::Every { days: 30, function: "arn:f".into() };
    edit_desired(&mut wanted, SECRET, |r| {
        secret(r).description = Some("another".into());
        secret(r).rotation = Some(every);
    });
    let plan = planned(&wanted, &live, &Intent::default());
    let expected = [
        Operation::RestoreSecret,
        Operation::UpdateSecret,
        Operation::RotateSecret,
        Operation::TagResource,
    ];
    assert_eq!(operations(&plan, SECRET), expected, "{}", sketch(&plan));
    let in_turn = |pair: &[Step]| pair[1].after.iter().any(|after| after.step == pair[0].id);
    assert!(plan.steps.windows(2).all(in_turn), "{}", sketch(&plan));
    let Action::Tag { set, .. } = &plan.steps[3].call.action else { panic!() };
    assert_eq!(set.keys().collect::<Vec<_>>(), [DIGEST_TAG]);
}

#[test]
fn a_secret_that_is_not_ours_is_not_restored() {
    for owner in [None, Some("billing")] {
        let mut live = converged(&desired());
        schedule_deletion(&mut live, SECRET);
        let tags = live.restorable.get_mut(&at(SECRET)).unwrap().tags.as_mut().unwrap();
        tags.remove(OWNER_TAG);
        tags.extend(owner.map(|owner| (OWNER_TAG.to_string(), owner.to_string())));
        let says = owner.map_or("--allow adopt:secret/orders-master", |_| "of the cluster billing");
        assert!(refusal(&live, &desired()).contains(says));
    }
}

#[test]
fn a_secret_of_another_user_is_not_restored() {
    let mut live = converged(&desired());
    schedule_deletion(&mut live, SECRET);
    let mut wanted = desired();
    edit_desired(&mut wanted, SECRET, |r| secret(r).username = Some("root".into()));
    for seen in [None, Some(Seen::Unread(unread()))] {
        live.resources.extend(seen.map(|seen| (at(PRIMARY), seen)));
        let why = refusal(&live, &wanted);
        assert!(why.ends_with("set the user name back"), "{why}");
    }
    live.resources.insert(at(PRIMARY), Seen::Absent);
    let why = refusal(&live, &wanted);
    assert!(why.contains("--force-delete-without-recovery"), "{why}");
}

#[test]
fn who_destroys_restores_nothing() {
    let mut live = converged(&desired());
    schedule_deletion(&mut live, SECRET);
    let plan = planned(&desired(), &live, &destroy(true));
    assert!(operations(&plan, SECRET).is_empty(), "{}", sketch(&plan));
}

#[test]
fn a_new_password_is_said_not_to_be_the_databases() {
    let mut live = converged(&desired());
    live.resources.insert(at(SECRET), Seen::Absent);
    let plan = planned(&desired(), &live, &Intent::default());
    assert_eq!(operations(&plan, SECRET)[0], Operation::CreateSecret);
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.len() == 1 && said[0].starts_with(PRIMARY), "{said:?}");
    assert!(said[0].contains("secret/orders-master is new"), "{said:?}");
    let plan = planned(&desired(), &empty(), &Intent::default());
    assert_eq!(notes(&plan, NoteKind::Attention), [""; 0]);
    // RDS gives its own password back to the secret.
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).password = Some(MasterPassword::Rds { kms_key: None });
    });
    let plan = planned(&desired(), &live, &Intent::default());
    assert_eq!(operations(&plan, SECRET)[0], Operation::CreateSecret);
    assert_eq!(notes(&plan, NoteKind::Attention), [""; 0]);
    edit_live(&mut live, PRIMARY, |seen| {
        instance(&mut seen.resource).password = Some(MasterPassword::Elsewhere);
        seen.status = Status::db_instance("stopped");
    });
    let plan = planned(&desired(), &live, &Intent::default());
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.iter().any(|text| text.contains("secret/orders-master is new")), "{said:?}");
}
