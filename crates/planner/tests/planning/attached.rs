//! Security groups that somebody attached to a database.

use std::collections::BTreeSet;

use pgha_planner::{Intent, NoteKind};
use pgha_resource::kind::DbInstance;
use pgha_resource::{Ref, Resource};

use crate::world::{
    CLUSTER, PRIMARY, cluster, clustered, converged, desired, edit_desired, edit_live, instance,
    notes, operations, planned, sketch,
};

fn groups(resource: &mut Resource) -> &mut BTreeSet<Ref> {
    let DbInstance { security_groups, .. } = instance(resource);
    security_groups.get_or_insert_default()
}

/// RDS guide, "Connecting an EC2 instance and an RDS database automatically".
#[test]
fn a_group_that_the_console_attached_stays_attached_and_is_said() {
    let mut live = converged(&desired());
    edit_live(&mut live, PRIMARY, |seen| {
        groups(&mut seen.resource).insert(Ref::known("sg-console"));
    });
    let plan = planned(&desired(), &live, &Intent::default());
    assert!(plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.iter().any(|text| text.contains("sg-console") && text.contains("left attached")));
    // A group of the spec's that somebody took off comes back beside it.
    edit_live(&mut live, PRIMARY, |seen| {
        *groups(&mut seen.resource) = [Ref::known("sg-console")].into();
    });
    let plan = planned(&desired(), &live, &Intent::default());
    let step = plan.steps.iter().find(|step| step.address().to_string() == PRIMARY).unwrap();
    let mut to = step.call.to().unwrap().clone();
    assert!(groups(&mut to).contains(&Ref::known("sg-console")) && groups(&mut to).len() > 1);
}

#[test]
fn a_group_that_leaves_the_spec_goes_and_the_plan_says_what_that_cuts_off() {
    let mut before = desired();
    edit_desired(&mut before, PRIMARY, |r| {
        groups(r).insert(Ref::known("sg-extra"));
    });
    let plan = planned(&desired(), &converged(&before), &Intent::default());
    assert_ne!(operations(&plan, PRIMARY), [], "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.iter().any(|text| text.contains("takes sg-extra off")), "{said:?}");
}

#[test]
fn what_is_attached_to_a_cluster_stays_attached_as_well() {
    let mut live = converged(&clustered());
    edit_live(&mut live, CLUSTER, |seen| {
        let groups = cluster(&mut seen.resource).security_groups.as_mut();
        groups.unwrap().insert(Ref::known("sg-console"));
    });
    let plan = planned(&clustered(), &live, &Intent::default());
    assert!(plan.is_converged() && !plan.has_drift(), "{}", sketch(&plan));
    let said = notes(&plan, NoteKind::Attention);
    assert!(said.iter().any(|text| text.contains("sg-console") && text.contains("left attached")));
}
