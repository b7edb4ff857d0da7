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
fn plain_http_to_another_machine_is_refused_however_it_is_given() {
    let bench = Bench::example("minimal.toml");
    let url = "http://rds.example.com:80";
    for command in ["plan", "status", "drift", "apply", "destroy", "unlock"] {
        let ran = bench.run_with(&[command, "--endpoint-url", url], &CREDENTIALS, "");
        ran.ended_with(3);
        ran.remarks("plain http");
    }
    for name in ["PGHA_ENDPOINT_URL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"] {
        let variables = [CREDENTIALS.as_slice(), &[(name, url)]].concat();
        let ran = bench.run_with(&["plan"], &variables, "");
        ran.ended_with(3);
        ran.remarks("plain http");
    }
    let home = bench.path("").display().to_string();
    std::fs::create_dir(bench.path(".aws")).unwrap();
    bench.write(".aws/config", format!("[profile lab]\nendpoint_url = {url}\n"));
    let variables = [CREDENTIALS.as_slice(), &[("HOME", home.as_str())]].concat();
    let ran = bench.run_with(&["plan", "--profile", "lab"], &variables, "");
    ran.ended_with(3);
    ran.remarks("the profile lab");
}

#[test]
fn a_secret_in_an_endpoint_is_never_printed() {
    let bench = Bench::example("minimal.toml");
    for url in ["https://me:s3cret@rds.example.com", "http://127.0.0.1:9/?token=s3cret"] {
        let ran = bench.run_with(&["plan", "--endpoint-url", url], &CREDENTIALS, "");
        ran.ended_with(3);
        assert!(!ran.stderr.contains("s3cret") && !ran.stdout.contains("s3cret"), "{ran:?}");
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
