//! Who is told of alerts, when the spec tells somebody else.

use crate::bench::Bench;
use crate::sandbox::{applied, check};

const OLD: &str = "https://pager.example.com/T01/first-key";
const NEW: &str = "https://pager.example.com/T01/second-key";

/// A cluster whose pager was told and has confirmed.
fn with_a_pager() -> Bench {
    let bench = applied("minimal.toml");
    let told = format!("subscriptions = [{{ protocol = \"https\", endpoint = \"{OLD}\" }}]");
    bench.replace("[alerting]\n", &format!("[alerting]\n{told}\n"));
    check(&bench, &["apply", "--yes"], 0);
    check(&bench, &["sandbox", "confirm"], 0);
    check(&bench, &["plan"], 0);
    bench.replace(OLD, NEW);
    bench
}

/// The masked address of the one that goes, from the command that a plan prints for it.
fn word(plan: &str) -> String {
    let words = plan.split_whitespace();
    let word = words.skip_while(|word| *word != "--allow").nth(1).unwrap();
    word.trim_matches(|c| c == '`' || c == ';').into()
}

#[test]
fn a_pager_is_told_until_the_next_one_has_confirmed() {
    let bench = with_a_pager();
    let plan = check(&bench, &["plan"], 5);
    let text = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("takes over from it, and nobody confirmed that one yet"), "{text}");
    assert!(!text.contains("first-key") && !text.contains("second-key"), "{text}");
    check(&bench, &["apply", "--yes"], 5);
    check(&bench, &["plan"], 5);
    check(&bench, &["sandbox", "confirm"], 0);
    check(&bench, &["apply", "--yes"], 0);
    let end = check(&bench, &["plan"], 0);
    assert!(end.stdout.contains("nothing to do"), "{}", end.stdout);
}

#[test]
fn what_a_plan_says_to_type_lets_the_old_pager_go_at_once() {
    let bench = with_a_pager();
    let word = word(&check(&bench, &["plan"], 5).stdout);
    assert!(word.starts_with("delete:sns-subscription/") && word.contains("****"), "{word}");
    check(&bench, &["apply", "--yes", "--allow", &word], 0);
    check(&bench, &["plan"], 0);
}
