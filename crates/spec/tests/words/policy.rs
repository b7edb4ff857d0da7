//! `[guard]` and `[maintenance]`: what an apply may do, and when.

use pgha_resource::Disruption;
use pgha_resource::Timing;

use super::desired;
use super::text_of;

#[test]
fn a_disruption_of_a_restart_is_the_limit_unless_the_spec_says() {
    let limit = |rest: &str| desired(&text_of("", rest)).policy.max_disruption;
    assert_eq!(limit(""), Disruption::Restart);
    assert_eq!(limit("[guard]\n"), Disruption::Restart);
    for (word, wanted) in [
        ("none", Disruption::None),
        ("degraded", Disruption::Degraded),
        ("failover", Disruption::Failover),
        ("restart", Disruption::Restart),
        ("outage", Disruption::Outage),
    ] {
        assert_eq!(limit(&format!("[guard]\nmax_disruption = \"{word}\"\n")), wanted);
    }
}

#[test]
fn what_can_wait_waits_for_the_window_unless_the_spec_says() {
    let policy = |rest: &str| desired(&text_of("", rest)).policy;
    assert_eq!(policy("").timing, Timing::InWindow);
    assert_eq!(policy("").window, "sun:04:00-sun:05:00".parse().ok());
    let window = policy("[maintenance]\nwindow = \"mon:06:00-mon:07:00\"\n");
    assert_eq!(window.timing, Timing::InWindow);
    assert_eq!(window.window, "mon:06:00-mon:07:00".parse().ok());
    assert_eq!(policy("[maintenance]\napply = \"in-window\"\n").timing, Timing::InWindow);
    assert_eq!(policy("[maintenance]\napply = \"immediately\"\n").timing, Timing::Immediately);
}

#[test]
fn protected_addresses_are_those_that_are_written() {
    let protected = |rest: &str| desired(&text_of("", rest)).policy.protected;
    assert!(protected("").is_empty());
    let wanted = ["db-instance/t-primary".parse().unwrap()].into();
    assert_eq!(protected("[guard]\nprotected = [\"db-instance/t-primary\"]\n"), wanted);
}

#[test]
fn the_scope_is_the_clusters() {
    let scope = desired(&text_of("", "")).scope;
    assert_eq!(scope.cluster, "t");
    assert_eq!(scope.account.as_deref(), Some("123456789012"));
    assert_eq!(scope.home.as_str(), "us-east-1");
    let nowhere = text_of("", "").replace("account = \"123456789012\"\n", "");
    assert_eq!(desired(&nowhere).scope.account, None);
}
