//! Worlds of the lock, without optimization: some of the first, and those that broke a promise
//! before `crates/apply/src/lock.rs` waited for what EC2 shows late.

use pgha_simulation::locks::live;

#[test]
fn no_world_of_the_lock_breaks_a_promise() {
    for seed in (1..=6).chain([104, 322, 461, 642, 752, 1116]) {
        if let Some(broken) = live(seed, false).broken {
            panic!("seed {seed}: {}: {}", broken.promise, broken.how);
        }
    }
}
