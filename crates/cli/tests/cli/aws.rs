//! Accounts that cannot be reached. Nothing here leaves the machine.

use crate::bench::Bench;

const CREDENTIALS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

#[test]
fn an_endpoint_where_nothing_answers_is_named() {
    let bench = Bench::example("minimal.toml");
    let url = "http://127.0.0.1:9";
    for command in ["plan", "status", "drift", "apply"] {
        let ran = bench.run_with(&[command, "--endpoint-url", url], &CREDENTIALS, "");
        ran.ended_with(1);
        ran.remarks(url);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn missing_credentials_are_an_error_that_says_what_to_do() {
    let bench = Bench::example("minimal.toml");
    let ran = bench.run_with(
        &["plan", "--endpoint-url", "http://127.0.0.1:9"],
        &[("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent")],
        "",
    );
    ran.ended_with(1);
    ran.remarks("--profile");
    assert_eq!(ran.stdout, "");
}
