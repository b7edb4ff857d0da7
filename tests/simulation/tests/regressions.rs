//! Worlds that once broke a promise, made as small as they got: none does so again.
//!
//! `cargo run --release -p pgha-simulation -- replay FILE` tells the story of one.

use std::path::PathBuf;

use pgha_simulation::case::Case;
use pgha_simulation::world::live;

#[test]
fn no_world_breaks_its_promise_again() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut kept = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let case: Case = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(broken) = live(&case, false).broken {
            panic!("{}: {}: {}", path.display(), broken.promise, broken.how);
        }
        kept += 1;
    }
    assert!(kept > 0, "there are regressions to replay");
}

/// Some worlds without optimization, where arithmetic that overflows panics.
#[test]
fn some_worlds_break_no_promise() {
    for seed in 1..=40 {
        if let Some(broken) = live(&Case::of(seed), false).broken {
            panic!("seed {seed}: {}: {}", broken.promise, broken.how);
        }
    }
}
