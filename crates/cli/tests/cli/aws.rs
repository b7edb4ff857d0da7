//! Accounts that cannot be reached. Nothing here leaves the machine.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

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
fn what_is_no_url_and_what_no_header_takes_are_errors() {
    let bench = Bench::example("minimal.toml");
    for url in ["", "x", "http://"] {
        let ran = bench.run_with(&["plan", "--endpoint-url", url], &CREDENTIALS, "");
        ran.ended_with(64);
        ran.remarks("is no URL");
    }
    for name in ["PGHA_ENDPOINT_URL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_RDS"] {
        let ran = bench.run_with(&["plan"], &[&CREDENTIALS[..], &[(name, "")]].concat(), "");
        ran.ended_with(64);
    }
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        let variables = [&CREDENTIALS[..], &[(name, "s3c\nret")]].concat();
        let ran = bench.run_with(&["plan", "--endpoint-url", "http://127.0.0.1:9"], &variables, "");
        ran.ended_with(1);
        ran.remarks("control character");
        assert!(!ran.stderr.contains("s3c"), "{ran:?}");
    }
}

#[test]
fn a_profile_that_is_named_is_used_whatever_keys_there_are() {
    let bench = Bench::example("minimal.toml");
    let home = bench.path("").display().to_string();
    std::fs::create_dir(bench.path(".aws")).unwrap();
    let keys = "aws_access_key_id = AKIAPROFILE\naws_secret_access_key = x\n";
    bench.write(".aws/config", format!("[profile lab]\n{keys}[profile bad]\naws_access_key_id = a b\naws_secret_access_key = x\n"));
    let variables = [CREDENTIALS.as_slice(), &[("HOME", home.as_str())]].concat();
    let plan = |profile: &str| {
        let args = ["plan", "--endpoint-url", "http://127.0.0.1:9", "--profile", profile];
        let ran = bench.run_with(&args, &variables, "");
        ran.ended_with(1);
        ran
    };
    plan("lab").remarks("nothing answers");
    let nope = plan("nope");
    nope.remarks("there is no profile nope");
    nope.remarks("there is: bad, lab");
    // The keys of the profile, and not those of the environment.
    plan("bad").remarks("the access key id has a space");
}

/// Each stream as full as a disk can be, or closed.
#[test]
fn a_full_or_closed_stream_is_no_reason_to_panic() {
    let bench = Bench::example("minimal.toml");
    let spec = bench.path("cluster.toml");
    let commands: [&[&str]; 4] = [
        &["plan", "-v", "--endpoint-url", "http://127.0.0.1:9"],
        &["check"],
        &["plan", "--sandbox"],
        &["apply", "--yes", "-v", "--sandbox"],
    ];
    for (args, to) in commands.iter().flat_map(|args| {
        [">/dev/full", "2>/dev/full", ">&-", "2>&-", ">&- 2>&-"].map(|to| (args, to))
    }) {
        // Who finds nobody there waits before it says so.
        if args.contains(&"--endpoint-url") && !to.starts_with('2') {
            continue;
        }
        let line = format!("exec \"$0\" \"$@\" {to}");
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &line, env!("CARGO_BIN_EXE_pgha")])
            .args(*args)
            .arg("-f")
            .arg(&spec)
            .current_dir(bench.path(""))
            .env_clear()
            .envs(CREDENTIALS)
            .output()
            .unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{args:?} {to}: {code:?}");
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

/// How long it is waited for in all is a test of `pgha-aws`, with shorter times.
#[test]
fn a_server_that_takes_calls_and_does_not_answer_is_named_while_it_is_waited_for() {
    let bench = Bench::example("minimal.toml");
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let mut pgha = Command::new(env!("CARGO_BIN_EXE_pgha"))
        .args(["plan", "--endpoint-url", &url])
        .current_dir(bench.path(""))
        .env_clear()
        .envs(CREDENTIALS)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(pgha.stderr.take().unwrap()).read_line(&mut first).unwrap();
    pgha.kill().unwrap();
    pgha.wait().unwrap();
    let said = format!("waiting for sts in us-east-1 at {url}: no answer to GetCallerIdentity");
    assert!(first.starts_with(&said), "{first}");
}

#[test]
fn a_line_that_the_sdk_cannot_read_is_named_and_not_shown() {
    let bench = Bench::example("minimal.toml");
    let home = bench.path("").display().to_string();
    std::fs::create_dir(bench.path(".aws")).unwrap();
    let variables = [("HOME", home.as_str()), ("AWS_EC2_METADATA_DISABLED", "true")];
    for (file, text) in [
        ("config", "[default]\nregion = us-east-1\ns3cret\n"),
        ("credentials", "[default]\naws_access_key_id = AKIA\n= s3cret\n"),
    ] {
        bench.write(&format!(".aws/{file}"), text);
        let args = ["plan", "--endpoint-url", "http://127.0.0.1:9"];
        let ran = bench.run_with(&args, &variables, "");
        ran.ended_with(1);
        ran.remarks(&format!("/.aws/{file}:3: a setting is written `key = value`"));
        assert!(!ran.stderr.contains("s3cret"), "{ran:?}");
        bench.write(&format!(".aws/{file}"), "");
    }
}

#[test]
fn what_a_credential_process_prints_stays_with_it() {
    let bench = Bench::example("minimal.toml");
    let home = bench.path("").display().to_string();
    std::fs::create_dir(bench.path(".aws")).unwrap();
    let variables = [("HOME", home.as_str()), ("PATH", "/usr/bin:/bin")];
    for command in ["echo s3cret >&2; exit 1", "echo '{\"Version\": \"s3cret\"}'", "echo s3cret"] {
        bench.write(".aws/config", format!("[default]\ncredential_process = {command}\n"));
        let args = ["plan", "--endpoint-url", "http://127.0.0.1:9"];
        let ran = bench.run_with(&args, &variables, "");
        ran.ended_with(1);
        ran.remarks("credential_process: external process");
        ran.remarks("run it by hand");
        assert!(!ran.stderr.contains("s3cret") && ran.stdout.is_empty(), "{ran:?}");
    }
}
