//! Every block is run or checked by one of these tests, or is listed here with a reason.

use crate::page;
use crate::transcripts;

/// Blocks that no test runs as they stand: the page, how the block's first line begins, and why.
const NOT_RUN: &[(&str, &str, &str)] = &[
    (
        "README.md",
        "orders · us-east-1",
        "its lines are left out with `…`; transcripts.rs knows that",
    ),
    ("README.md", "./tests/demo", "builds; docs/first-hour.md has the same commands"),
    ("README.md", "cargo install", "installs"),
    ("README.md", "tests/emulator/start", "needs the emulator, which tests/scenarios has"),
    ("docs/ARCHITECTURE.md", "cluster.toml --pgha_spec", "a drawing"),
    ("docs/ARCHITECTURE.md", "pgha-resource", "a drawing"),
    ("docs/cli.md", "pgha check ", "a table; tests/cli/usage.rs asks each command for its help"),
    ("docs/cli.md", "jq -cs", "journal.rs runs it where there is jq"),
    ("docs/first-hour.md", "export PGHA_SANDBOX=1", "world.rs sets it for every command"),
    ("docs/limits.md", "tests/probes/run --list", "needs an AWS account; has tests of its own"),
    ("docs/reliability.md", "cargo run --release", "takes minutes; tests/run has it"),
    ("docs/reliability.md", "cargo run --release", "takes minutes; tests/run has it"),
    ("docs/reliability.md", "cargo run --release", "takes minutes; tests/run has it"),
    ("docs/reliability.md", "PGHA_CRASHES=all cargo test", "takes half an hour"),
    ("docs/reliability.md", "cargo test -p pgha-tests", "is a test itself"),
    ("docs/reliability.md", "cargo test -p pgha-simulation --test importing", "takes minutes"),
    ("docs/reliability.md", "fuzz/run", "takes minutes; tests/run has it"),
    ("docs/reliability.md", "cargo mutants", "takes hours"),
    ("docs/spec.md", "pgha check ", "a table; tests/cli/usage.rs asks each command for its help"),
];

/// Languages of which a test in this folder takes every block.
const TESTED: [&str; 4] = ["console", "toml", "json", "yaml"];

#[test]
fn a_block_is_tested_or_has_a_reason_not_to_be() {
    let mut listed = NOT_RUN.to_vec();
    for name in page::all() {
        for block in page::blocks(&name) {
            let here = format!("{name}:{}", block.line);
            if TESTED.contains(&&*block.language) || transcripts::is_plain(&name, &block) {
                continue;
            }
            // trycmd takes a fence without a language for a transcript.
            assert!(!block.language.is_empty(), "{here}: the block needs a language");
            let first = block.text.lines().next().unwrap_or_default().trim();
            let found = listed
                .iter()
                .position(|(page, begins, _)| *page == name && first.starts_with(begins));
            listed.remove(found.unwrap_or_else(|| panic!("{here}: no test runs this block")));
        }
    }
    assert!(listed.is_empty(), "no page has these blocks, or they are tested: {listed:#?}");
}

/// The README has the only workflow.
#[test]
fn yaml_is_in_the_readme_alone() {
    for name in page::all().iter().filter(|name| *name != "README.md") {
        assert!(page::blocks_in(name, "yaml").is_empty(), "{name}: no test runs its YAML");
    }
}
