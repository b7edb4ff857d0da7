//! Letting go takes pgha's tags off, and does nothing else.

use pgha_planner::{Blocked, Cause, Goal, Intent};
use pgha_resource::call::Action;
use pgha_resource::live::{OWNER_TAG, REGIONS_TAG};
use pgha_resource::{Live, Seen};

use crate::world::{
    PRIMARY, REPLICA, at, blocked, converged, desired, edit_live, planned, sketch, unread,
};

fn disown() -> Intent {
    Intent { goal: Goal::Disown, ..Intent::default() }
}

/// The same account without pgha's tags.
fn let_go(live: &Live) -> Live {
    let mut live = live.clone();
    for seen in live.resources.values_mut() {
        if let Seen::Present(seen) = seen
            && let Some(tags) = &mut seen.tags
        {
            tags.retain(|key, _| !key.starts_with("pgha:"));
        }
    }
    live
}

#[test]
fn every_call_takes_tags_of_pgha_off() {
    let desired = desired();
    let live = converged(&desired);
    let plan = planned(&desired, &live, &disown());
    assert!(plan.steps.len() > 5, "{}", sketch(&plan));
    for step in &plan.steps {
        let Action::Tag { set, remove, .. } = &step.call.action else {
            panic!("{}", sketch(&plan))
        };
        assert!(set.is_empty(), "{}", sketch(&plan));
        assert!(remove.iter().all(|key| key.starts_with("pgha:")), "{remove:?}");
        assert!(remove.iter().any(|key| key == OWNER_TAG), "{remove:?}");
    }
    assert!(plan.changes.iter().all(|change| change.cause == Cause::Disowned));
    assert!(planned(&desired, &let_go(&live), &disown()).is_converged());
}

/// Also where the spec would change much, and restart what waits for it.
#[test]
fn nothing_else_is_made_whatever_differs() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, PRIMARY, |seen| {
        let instance = crate::world::instance(&mut seen.resource);
        instance.class = Some("db.r6g.8xlarge".into());
        instance.deletion_protection = Some(false);
        seen.notices.insert(pgha_resource::live::Notice::PendingReboot("orders-pg16".into()));
    });
    live.resources.insert(at(REPLICA), Seen::Absent);
    let plan = planned(&desired, &live, &disown());
    let is_tag = |call: &pgha_resource::Call| matches!(call.action, Action::Tag { .. });
    assert!(plan.steps.iter().all(|step| is_tag(&step.call)), "{}", sketch(&plan));
}

#[test]
fn what_is_somebody_elses_stays_so() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, REPLICA, |seen| {
        seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "billing".into());
    });
    let plan = planned(&desired, &live, &disown());
    assert!(plan.steps.iter().all(|step| *step.address() != at(REPLICA)), "{}", sketch(&plan));
}

/// What is left in a region that only the database remembers would never be found again.
#[test]
fn what_remembers_other_regions_goes_last() {
    let desired = desired();
    let mut live = converged(&desired);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.tags.as_mut().unwrap().insert(REGIONS_TAG.into(), "us-west-2".into());
    });
    let away = at("sns-topic/orders-old@us-west-2");
    let mut topic = live.present(&at("sns-topic/orders-alerts")).unwrap().clone();
    crate::world::names_itself(&mut topic, "sns-topic/orders-old@us-west-2");
    live.resources.insert(away.clone(), Seen::Present(Box::new(topic)));
    let plan = planned(&desired, &live, &disown());
    let step = |address| plan.steps.iter().position(|step| *step.address() == address);
    assert!(step(away) < step(at(PRIMARY)), "{}", sketch(&plan));
}

#[test]
fn what_could_not_be_read_is_said() {
    let desired = desired();
    let mut live = converged(&desired);
    live.resources.insert(at(REPLICA), Seen::Unread(unread()));
    let plan = planned(&desired, &live, &disown());
    assert!(matches!(blocked(&plan, REPLICA)[..], [Blocked::Unread { .. }]), "{}", sketch(&plan));
}
