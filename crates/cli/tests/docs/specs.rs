//! The TOML and JSON of the pages.

use serde_json::Value;

use crate::page;
use crate::page::Block;
use crate::world::World;

/// What a fragment of a spec is put behind, unless it has the section itself.
const REQUIRED: [(&str, &str); 2] = [
    (
        "[cluster]",
        "[cluster]\nname = \"orders\"\nregion = \"us-east-1\"\naccount = \"123456789012\"\n",
    ),
    ("[engine]", "[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n"),
];

/// A block as a whole spec.
fn completed(block: &Block) -> String {
    let has = |section: &str| block.text.lines().any(|line| line == section);
    let missing = REQUIRED.iter().filter(|(section, _)| !has(section));
    missing.map(|(_, text)| *text).collect::<String>() + &block.text
}

#[test]
fn specs_and_parts_of_specs_are_right() {
    let world = World::with_example("minimal.toml");
    for name in ["README.md", "docs/spec.md"] {
        for block in page::blocks_in(name, "toml") {
            world.write("cluster.toml", completed(&block));
            let found = world.shell("pgha check");
            let said = String::from_utf8_lossy(&found.stdout);
            assert!(found.status.success(), "{name}:{}: {said}", block.line);
        }
    }
}

/// The examples of findings show the keys that matter and no more.
#[test]
fn examples_of_findings_are_toml() {
    for block in page::blocks_in("docs/lints.md", "toml") {
        let parsed: Result<toml::Table, _> = toml::from_str(&block.text);
        assert!(parsed.is_ok(), "docs/lints.md:{}: {parsed:?}", block.line);
    }
}

#[test]
fn json_is_json() {
    for name in page::all() {
        for block in page::blocks_in(&name, "json") {
            for value in serde_json::Deserializer::from_str(&block.text).into_iter::<Value>() {
                assert!(value.is_ok(), "{name}:{}: {value:?}", block.line);
            }
        }
    }
}

/// What a page tells to write is the example that the other tests have.
#[track_caller]
fn check_typed(page: &str, example: &str) {
    let typed: toml::Table = toml::from_str(&page::typed_spec(page)).unwrap();
    let example: toml::Table = toml::from_str(&page::read(example)).unwrap();
    assert_eq!(typed, example);
}

#[test]
fn the_spec_of_the_readme_is_the_minimal_example() {
    check_typed("README.md", "specs/minimal.toml");
}

#[test]
fn the_pieces_of_the_first_hour_are_the_spec_of_the_shop() {
    check_typed("docs/first-hour.md", "specs/shop.toml");
}

/// Whoever begins with it sees no remark that is not an own decision.
#[test]
fn the_first_spec_has_no_finding() {
    let world = World::with_example("minimal.toml");
    let output = world.check("pgha check --deny warnings --json", 0);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["checks"], serde_json::json!([]));
}
