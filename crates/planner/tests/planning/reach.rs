//! The regions that the cluster's database remembers.

use pgha_planner::Blocked;
use pgha_planner::Intent;
use pgha_planner::Plan;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::Operation;
use pgha_resource::Seen;
use pgha_resource::call::Action;
use pgha_resource::kind::SnsTopic;
use pgha_resource::live::OWNER_TAG;
use pgha_resource::live::REGIONS_TAG;

use crate::world::PRIMARY;
use crate::world::add;
use crate::world::allow;
use crate::world::at;
use crate::world::blocked;
use crate::world::converged;
use crate::world::desired;
use crate::world::destroy;
use crate::world::edit_desired;
use crate::world::edit_live;
use crate::world::empty;
use crate::world::instance;
use crate::world::names_itself;
use crate::world::operations;
use crate::world::planned;
use crate::world::sketch;
use crate::world::unread;
use crate::world::waits;

const FAR: &str = "sns-topic/orders-far@us-west-2";
const FARTHER: &str = "sns-topic/orders-farther@eu-west-1";

/// The spec with a topic in each of some other regions.
fn reaching(addresses: &[&str]) -> Desired {
    let mut wanted = desired();
    for address in addresses {
        let topic = SnsTopic { display_name: None, policy: None, kms_key: None };
        add(&mut wanted, address, topic);
    }
    wanted
}

fn plan(desired: &Desired, live: &Live) -> Plan {
    planned(desired, live, &Intent::default())
}

/// The regions that a plan writes down on the primary; nothing where it writes none.
fn written(plan: &Plan) -> Option<String> {
    plan.steps.iter().filter(|step| step.address() == &at(PRIMARY)).find_map(|step| {
        match &step.call.action {
            Action::Create { tags, .. } => tags.get(REGIONS_TAG).cloned(),
            Action::Tag { set, remove, .. } => {
                let gone = remove.iter().any(|key| key == REGIONS_TAG).then(String::new);
                set.get(REGIONS_TAG).cloned().or(gone)
            }
            _ => None,
        }
    })
}

fn remembers(live: &mut Live, regions: &str) {
    edit_live(live, PRIMARY, |seen| {
        seen.tags.as_mut().unwrap().insert(REGIONS_TAG.into(), regions.into());
    });
}

#[test]
fn a_database_is_born_with_all_regions_before_anything_is_made_there() {
    let wanted = reaching(&[FAR, FARTHER]);
    let mut live = empty();
    for new in [FAR, FARTHER] {
        live.resources.insert(at(new), Seen::Absent);
    }
    let plan = plan(&wanted, &live);
    assert_eq!(written(&plan).as_deref(), Some("eu-west-1 us-west-2"));
    assert!(waits(&plan, "CreateTopic orders-far", "CreateDBInstance orders-primary"));
    assert!(!waits(&plan, "CreateTopic orders-alerts", "CreateDBInstance orders-primary"));
}

#[test]
fn one_that_reaches_nowhere_remembers_nothing() {
    assert_eq!(written(&plan(&desired(), &empty())), None);
    assert!(plan(&desired(), &converged(&desired())).is_converged());
}

#[test]
fn a_new_region_is_written_down_first_and_before_the_database_changes() {
    let mut live = converged(&reaching(&[FARTHER]));
    live.resources.insert(at(FAR), Seen::Absent);
    let mut wanted = reaching(&[FAR, FARTHER]);
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(14));
    let plan = plan(&wanted, &live);
    assert_eq!(written(&plan).as_deref(), Some("eu-west-1 us-west-2"));
    assert!(waits(&plan, "CreateTopic orders-far", "AddTagsToResource orders-primary"));
    assert_eq!(
        operations(&plan, PRIMARY),
        [Operation::AddTagsToResource, Operation::ModifyDBInstance, Operation::AddTagsToResource]
    );
}

#[test]
fn what_is_made_in_a_region_on_record_waits_for_nothing() {
    let mut live = converged(&reaching(&[FARTHER]));
    let other = "sns-topic/orders-other@eu-west-1";
    live.resources.insert(at(other), Seen::Absent);
    let plan = plan(&reaching(&[FARTHER, other]), &live);
    assert_eq!(written(&plan), None);
    assert_eq!(operations(&plan, other), [Operation::CreateTopic]);
}

#[test]
fn a_region_is_forgotten_only_once_nothing_was_seen_there() {
    let live = converged(&reaching(&[FAR, FARTHER]));
    let mut wanted = reaching(&[FAR]);
    // Its topic goes, and the region stays on record for whoever comes next.
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(14));
    let going = plan(&wanted, &live);
    assert_eq!(operations(&going, FARTHER), [Operation::DeleteTopic]);
    assert_eq!(written(&going), None, "{}", sketch(&going));
    assert!(going.regions.iter().any(|region| region.as_str() == "eu-west-1"));

    let mut live = converged(&reaching(&[FAR]));
    remembers(&mut live, "eu-west-1 us-west-2");
    assert_eq!(written(&plan(&wanted, &live)).as_deref(), Some("us-west-2"));
    live.unswept.push(unread());
    assert_eq!(written(&plan(&wanted, &live)), None);
    live.unswept.clear();
    live.resources.insert(at(FARTHER), Seen::Unread(unread()));
    assert_eq!(written(&plan(&wanted, &live)), None);
}

#[test]
fn to_remember_too_much_is_no_difference() {
    let mut live = converged(&reaching(&[FAR]));
    remembers(&mut live, "eu-west-1 us-west-2");
    assert!(plan(&reaching(&[FAR]), &live).is_converged());
    let mut live = converged(&desired());
    remembers(&mut live, "eu-west-1");
    assert!(plan(&desired(), &live).is_converged());
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(14));
    assert_eq!(written(&plan(&wanted, &live)).as_deref(), Some(""));
}

#[test]
fn a_record_that_somebody_took_off_is_written_again() {
    let wanted = reaching(&[FAR]);
    let mut live = converged(&wanted);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.tags.as_mut().unwrap().remove(REGIONS_TAG);
    });
    assert_eq!(written(&plan(&wanted, &live)).as_deref(), Some("us-west-2"));
}

#[test]
fn nothing_is_made_in_a_region_that_the_database_cannot_remember() {
    let wanted = reaching(&[FAR]);
    let mut live = converged(&desired());
    live.resources.insert(at(FAR), Seen::Absent);
    live.resources.insert(at(PRIMARY), Seen::Unread(unread()));
    let plan = plan(&wanted, &live);
    assert_eq!(blocked(&plan, FAR), [Blocked::Unrecorded { database: at(PRIMARY) }]);
}

#[test]
fn what_remembers_a_region_goes_after_everything_there() {
    let live = converged(&reaching(&[FAR]));
    let plan = planned(&desired(), &live, &destroy(true));
    assert!(waits(&plan, "DeleteDBInstance orders-primary", "DeleteTopic orders-far"));
    // The spec itself names the region the next time.
    let plan = planned(&reaching(&[FAR]), &live, &destroy(true));
    assert!(!waits(&plan, "DeleteDBInstance orders-primary", "DeleteTopic orders-far"));
}

#[test]
fn what_another_database_of_the_cluster_remembers_is_taken_over() {
    let mut live = converged(&reaching(&[FAR]));
    let old = live.resources[&at(PRIMARY)].clone();
    live.resources.insert(at("db-instance/orders-old"), old);
    edit_live(&mut live, PRIMARY, |seen| {
        seen.tags.as_mut().unwrap().remove(REGIONS_TAG);
    });
    let plan = planned(&desired(), &live, &allow("delete:db-instance/orders-old"));
    assert_eq!(written(&plan).as_deref(), Some("us-west-2"));
    // What a stranger remembers is the stranger's.
    edit_live(&mut live, "db-instance/orders-old", |seen| {
        seen.tags.as_mut().unwrap().insert(OWNER_TAG.into(), "theirs".into());
    });
    live.resources.remove(&at(FAR));
    let plan = planned(&desired(), &live, &Intent::default());
    assert!(plan.is_converged(), "{}", sketch(&plan));
}

#[test]
fn what_remembers_a_region_stays_until_all_there_was_found_and_goes() {
    let mut live = converged(&reaching(&[FAR]));
    live.unswept.push(unread());
    let mut wanted = desired();
    let plan = planned(&wanted, &live, &destroy(true));
    let remembers = [Blocked::Remembers { regions: "us-west-2".into() }];
    assert_eq!(blocked(&plan, PRIMARY), remembers);
    // What it uses stays with it.
    assert_ne!(blocked(&plan, "db-parameter-group/orders-pg16"), []);
    live.unswept.clear();
    wanted.policy.protected.insert(at(FAR));
    assert_eq!(blocked(&planned(&wanted, &live, &destroy(true)), PRIMARY), remembers);
    wanted.policy.protected.clear();
    assert_eq!(blocked(&planned(&wanted, &live, &destroy(true)), PRIMARY), []);
}

#[test]
fn what_remembers_the_region_that_it_is_in_waits_for_nothing() {
    let mut live = converged(&reaching(&[FAR]));
    let copy = "db-instance/orders-copy@us-west-2";
    let primary = live.resources[&at(PRIMARY)].clone();
    live.resources.insert(at(copy), primary);
    edit_live(&mut live, copy, |seen| names_itself(seen, copy));
    let plan = planned(&desired(), &live, &destroy(true));
    assert!(operations(&plan, copy).contains(&Operation::DeleteDBInstance), "{}", sketch(&plan));
    assert!(waits(&plan, "DeleteDBInstance orders-primary", "DeleteDBInstance orders-copy"));
}

#[test]
fn an_adopted_database_is_ours_from_its_first_call_on() {
    let wanted = reaching(&[FAR]);
    let mut live = converged(&wanted);
    live.resources.insert(at(FAR), Seen::Absent);
    edit_live(&mut live, PRIMARY, |seen| seen.tags = Some(Default::default()));
    let plan = planned(&wanted, &live, &allow("adopt:db-instance/orders-primary"));
    let first = plan.steps.iter().find(|step| step.address() == &at(PRIMARY)).unwrap();
    match &first.call.action {
        Action::Tag { set, over, .. } => {
            assert!(set.contains_key(REGIONS_TAG) && set.contains_key(OWNER_TAG));
            // Nobody may have taken it meanwhile.
            assert_eq!(over.get(OWNER_TAG).map(String::as_str), Some(""), "{over:?}");
        }
        other => panic!("{other:?}"),
    }
}

/// What the step that changes the record has to find there.
fn written_over(plan: &Plan) -> String {
    let over = plan.steps.iter().find_map(|step| match &step.call.action {
        Action::Tag { set, remove, over, .. } => {
            let changes =
                set.contains_key(REGIONS_TAG) || remove.iter().any(|key| key == REGIONS_TAG);
            changes.then(|| over.get(REGIONS_TAG).cloned())
        }
        _ => None,
    });
    over.flatten().unwrap_or_else(|| panic!("{}", sketch(plan)))
}

#[test]
fn the_record_is_written_over_only_as_it_was_seen() {
    let mut live = converged(&reaching(&[FARTHER]));
    live.resources.insert(at(FAR), Seen::Absent);
    assert_eq!(written_over(&plan(&reaching(&[FAR, FARTHER]), &live)), "eu-west-1");
    // The same where nothing is left to remember.
    live.resources.remove(&at(FARTHER));
    let mut wanted = desired();
    edit_desired(&mut wanted, PRIMARY, |r| instance(r).backup_retention = Some(14));
    assert_eq!(written_over(&plan(&wanted, &live)), "eu-west-1");
}
