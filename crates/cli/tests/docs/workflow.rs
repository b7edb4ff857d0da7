//! The GitHub Actions workflow of the README.

use yaml_rust2::Yaml;
use yaml_rust2::YamlLoader;

use crate::page;
use crate::world::World;

fn workflow() -> Yaml {
    let blocks = page::blocks_in("README.md", "yaml");
    assert_eq!(blocks.len(), 1);
    YamlLoader::load_from_str(&blocks[0].text).unwrap().remove(0)
}

/// What the steps of a job run.
fn commands(workflow: &Yaml, job: &str) -> Vec<String> {
    let steps = workflow["jobs"][job]["steps"].as_vec().unwrap();
    steps.iter().filter_map(|step| step["run"].as_str().map(str::to_string)).collect()
}

/// A pull request, its merge, and the schedule, one after the other.
#[test]
fn the_commands_of_the_workflow_run_in_the_order_of_its_events() {
    let workflow = workflow();
    let jobs = workflow["jobs"].as_hash().unwrap();
    let names: Vec<_> = jobs.keys().filter_map(Yaml::as_str).collect();
    assert_eq!(names, ["plan", "apply", "drift"]);
    let world = World::with_example("production.toml");
    for job in names {
        let commands = commands(&workflow, job);
        assert!(!commands.is_empty());
        for command in commands {
            world.check(&command, 0);
        }
    }
}
