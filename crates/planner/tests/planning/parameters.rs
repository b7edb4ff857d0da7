//! What a change of parameters costs.

use pgha_planner::Intent;
use pgha_planner::Verb;
use pgha_resource::Effect;
use pgha_resource::effect::When;

use crate::world::PRIMARY;
use crate::world::at;
use crate::world::converged;
use crate::world::desired;
use crate::world::edit_desired;
use crate::world::parameters;
use crate::world::planned;
use crate::world::sketch;

const GROUP: &str = "db-parameter-group/orders-pg16";

#[test]
fn each_parameter_shows_its_own_cost_and_only_static_ones_restart() {
    let before = desired();
    let mut after = before.clone();
    edit_desired(&mut after, GROUP, |r| {
        parameters(r).insert("max_connections".into(), "100".into());
        parameters(r).insert("work_mem".into(), "32768".into());
    });
    let plan = planned(&after, &converged(&before), &Intent::default());
    let change = |address: &str| plan.changes.iter().find(|c| c.address == at(address)).unwrap();
    let waits = |effect: &Effect| matches!(effect, Effect::InPlace { when: When::Reboot, .. });
    let group = change(GROUP).fields.iter();
    let group: Vec<_> = group.map(|field| (field.name.as_str(), waits(&field.effect))).collect();
    assert_eq!(group, [("parameters.max_connections", true), ("parameters.work_mem", false)]);
    let primary = change(PRIMARY);
    assert_eq!(primary.verb, Verb::Reboot, "{}", sketch(&plan));
    let names: Vec<&str> = primary.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["parameters.max_connections"]);
}
