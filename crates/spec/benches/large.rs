//! What ten times as many entries of a spec take: ten times as long, and not a hundred times.
//! `cargo bench -p pgha-spec`

#[path = "../tests/large/entries.rs"]
mod entries;

use std::time::Instant;

use pgha_spec::load;

/// Entries of which each is wrong, or all together are.
const WRONG: [&str; 6] =
    ["unknown sources", "one address", "one alarm", "alarms on nothing", "a chain", "a circle"];

fn main() {
    for kind in entries::SOUND.into_iter().chain(WRONG) {
        let time = |count: usize| {
            let text = entries::text(kind, count);
            let start = Instant::now();
            // What is found does not matter here.
            let _ = load("cluster.toml", &text);
            start.elapsed()
        };
        println!("{kind}: {:.2?} for 1,000, {:.2?} for 10,000", time(1000), time(10_000));
    }
}
