//! The filter in docs/cli.md that finds what failed in a journal.

use crate::page;
use crate::world::World;

/// A refused attempt that was made again and accepted, a call that failed for good, and one of a
/// run that was killed before it was made again, which the next run did.
const JOURNAL: &str = r#"{"run":"1","call":1,"address":"db-proxy/a","operation":"CreateDBProxy","what":"calling"}
{"run":"1","call":1,"address":"db-proxy/a","operation":"CreateDBProxy","what":"failed","class":"propagating"}
{"run":"1","call":2,"address":"alarm/b","operation":"PutMetricAlarm","what":"calling"}
{"run":"1","call":3,"address":"db-proxy/a","operation":"CreateDBProxy","what":"calling"}
{"run":"1","call":2,"address":"alarm/b","operation":"PutMetricAlarm","what":"failed","class":"denied"}
{"run":"1","call":3,"address":"db-proxy/a","operation":"CreateDBProxy","what":"accepted"}
{"run":"1","call":4,"address":"db-proxy/c","operation":"CreateDBProxy","what":"calling"}
{"run":"1","call":4,"address":"db-proxy/c","operation":"CreateDBProxy","what":"failed","class":"propagating"}
{"run":"2","call":1,"address":"db-proxy/c","operation":"CreateDBProxy","what":"calling"}
{"run":"2","call":1,"address":"db-proxy/c","operation":"CreateDBProxy","what":"accepted"}
"#;

/// jq is no dependency of the tests: without it there is nothing to run.
#[test]
fn the_filter_finds_what_failed_for_good_and_no_attempt_before_a_success() {
    let world = World::with_example("production.toml");
    if !world.shell("jq --version").status.success() {
        return;
    }
    let blocks = page::blocks_in("docs/cli.md", "sh");
    let block = blocks.iter().find(|block| block.text.starts_with("jq ")).unwrap();
    world.check("mkdir .pgha", 0);
    world.write(".pgha/orders.journal.jsonl", JOURNAL);
    let found = String::from_utf8(world.check(&block.text, 0).stdout).unwrap();
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(found.contains("alarm/b"), "{found}");
}
