//! Commands around the spec, without network, credentials or environment.

use crate::bench::Bench;

const BROKEN: &str = "[cluster]\nname = \"orders\"\nregoin = \"us-east-1\"\n";

#[test]
fn every_example_is_right() {
    for name in ["minimal", "shop", "production", "course", "dr", "multi-az-cluster"] {
        let bench = Bench::example(&format!("{name}.toml"));
        bench.check(&["check"], 0).says("cluster.toml: ok · ");
    }
}

#[test]
fn a_broken_spec_is_drawn_with_its_line() {
    let ran = Bench::with(BROKEN).check(&["check"], 1);
    ran.says("cluster.toml:3:1");
    ran.says("regoin");
    ran.remarks("error: cluster.toml is not valid: ");
}

#[test]
fn a_broken_spec_stops_every_command_before_anything_else() {
    let bench = Bench::with(BROKEN);
    for command in ["plan", "apply", "drift", "status", "destroy", "graph"] {
        let ran = bench.check(&[command, "--sandbox"], 1);
        ran.remarks("cluster.toml:3:1");
        assert_eq!(ran.stdout, "");
    }
    assert!(!bench.path(".pgha").exists());
}

#[test]
fn findings_as_json_have_places() {
    let ran = Bench::with(BROKEN).check(&["check", "--json"], 1);
    ran.says("\"line\": 3");
    ran.says("\"valid\": false");
    ran.says("\"format_version\": \"1.0\"");
}

#[test]
fn input_that_is_no_spec_is_refused_with_a_reason() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "error"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"[[[[[[", "error"),
        (b"name = ", "error"),
    ];
    for (bytes, reason) in cases {
        let bench = Bench::empty();
        bench.write("cluster.toml", bytes);
        let ran = bench.run(&["check"]);
        ran.ended_with(1);
        ran.remarks(reason);
    }
}

#[test]
fn what_has_no_end_is_not_read_to_its_end() {
    let bench = Bench::empty();
    bench.write("cluster.toml", vec![b'#'; 2 << 20]);
    bench.check(&["check"], 1).remarks("more than 1 MiB");
    for device in ["/dev/zero", "/dev/full"] {
        bench.check(&["check", "-f", device], 1).remarks("a pipe or a device");
        bench.check(&["fmt", "-f", device], 1);
    }
    let pipe = bench.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    bench.check(&["check", "-f", "pipe"], 1).remarks("a pipe or a device");
    // That of a shell has somebody who writes.
    let text = bench.run_with(&["check", "-f", "/dev/stdin"], &[], "x = 1");
    text.remarks("PGHA");
}

/// The difference goes into the log of a pipeline.
#[test]
fn a_formatted_difference_shows_no_secret() {
    let secrets = [
        concat!("AK", "IAIOSFODNN7EXAMPLE"),
        concat!("gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"),
        concat!("xo", "xb-123456789012-abcdefghij"),
    ];
    let spec = |lines: &str| format!("[cluster]\nname   =   \"orders\"\n{lines}");
    let keys = |secret: &&str| format!("note   =   \"{secret}\" # {secret}\n");
    let lines: String = secrets.iter().map(keys).collect();
    // Sound or not: it only has to be TOML.
    for lines in [format!("{lines}password   =   \"hunter2\"\n"), lines.replace("note", "# note")] {
        let bench = Bench::with(&spec(&lines));
        let ran = bench.run(&["fmt", "--diff"]);
        for secret in secrets.iter().chain(&["hunter2"]) {
            assert!(!ran.stdout.contains(&secret[5..]), "{}", ran.stdout);
            assert!(!ran.stderr.contains(&secret[5..]), "{}", ran.stderr);
        }
        if ran.code == 0 {
            ran.says("+name = \"orders\"");
        }
    }
}

#[test]
fn a_missing_spec_says_which_and_how_to_start_one() {
    let ran = Bench::empty().check(&["plan", "-f", "prod.toml"], 1);
    ran.remarks("there is no prod.toml here");
    ran.remarks("PGHA_FILE");
    let start: String = ran
        .stderr
        .lines()
        .skip_while(|line| !line.trim_start().starts_with('['))
        .map(|line| format!("{line}\n"))
        .collect();
    Bench::with(&start).check(&["check"], 0);
}

#[test]
fn the_spec_may_come_from_stdin_or_a_variable() {
    let bench = Bench::example("minimal.toml");
    let text = bench.read("cluster.toml");
    bench.run_with(&["check", "-f", "-"], &[], &text).says("<stdin>: ok");
    bench.write("other.toml", &text);
    bench.run_with(&["check"], &[("PGHA_FILE", "other.toml")], "").says("other.toml: ok");
}

#[test]
fn colour_is_a_choice() {
    let bench = Bench::example("minimal.toml");
    let colourful = |args: &[&str], variables: &[(&str, &str)]| {
        bench.run_with(args, variables, "").stdout.contains('\u{1b}')
    };
    assert!(!colourful(&["check"], &[]));
    assert!(colourful(&["check", "--color", "always"], &[]));
    assert!(colourful(&["check"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colourful(&["check", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn formatting_is_stable_and_checked() {
    let bench = Bench::example("minimal.toml");
    bench.check(&["fmt"], 0);
    let formatted = bench.read("cluster.toml");
    bench.check(&["fmt", "--check"], 0);
    bench.write("cluster.toml", format!("\n\n\n{formatted}\n\n\n"));
    bench.check(&["fmt", "--check"], 2).remarks("run `pgha fmt`");
    bench.check(&["fmt", "--diff"], 0).says("@@");
    let ran = bench.run_with(&["fmt", "-"], &[], &bench.read("cluster.toml"));
    assert_eq!(ran.stdout, formatted);
    bench.check(&["fmt"], 0);
    assert_eq!(bench.read("cluster.toml"), formatted);
}

#[test]
fn codes_are_explained() {
    let bench = Bench::empty();
    let list = bench.check(&["explain", "--list"], 0).stdout;
    for line in list.lines() {
        let code = line.split(' ').next().unwrap();
        bench.check(&["explain", &code.to_lowercase()], 0).says(code);
    }
    assert!(list.lines().count() > 50, "{list}");
    bench.check(&["explain", "PGHA999"], 1).remarks("--list");
}

#[test]
fn policies_are_json_that_iam_takes() {
    let bench = Bench::example("production.toml");
    for whose in ["plan", "apply"] {
        let ran = bench.check(&["iam-policy", whose], 0);
        let value: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let documents = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        assert_eq!(documents.len() > 1, ran.stderr.contains("attach all"), "{}", ran.stderr);
        assert!(documents.iter().all(|one| one["Version"] == "2012-10-17"));
    }
    bench.check(&["iam-policy", "app", "--sandbox"], 1).remarks("apply first");
    bench.check(&["apply", "--sandbox", "--yes"], 0);
    let ran = bench.check(&["iam-policy", "app", "--sandbox", "--user", "shop"], 0);
    ran.says("secretsmanager:GetSecretValue");
    ran.says(":secret:orders-master");
}

#[test]
fn the_schema_is_json() {
    let ran = Bench::empty().check(&["schema"], 0);
    let schema: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(schema["properties"]["cluster"].is_object());
}

#[test]
fn the_graph_is_drawn_in_both_ways() {
    let bench = Bench::example("production.toml");
    let ran = bench.check(&["graph"], 0);
    ran.says("flowchart LR");
    assert_eq!(ran.stdout, bench.check(&["graph"], 0).stdout);
    bench.check(&["graph", "--format", "svg", "-o", "graph.svg"], 0);
    assert!(bench.read("graph.svg").ends_with("</svg>"));
    // Drawings are drawn again, and whatever else there is stays as it is.
    bench.check(&["graph", "-o", "graph.svg"], 0);
    bench.check(&["graph", "--format", "svg", "-o", "graph.svg"], 0);
    let spec = bench.read("cluster.toml");
    for format in ["mermaid", "svg"] {
        let refused = bench.check(&["graph", "--format", format, "-o", "cluster.toml"], 1);
        refused.remarks("there is a file of that name, which is no drawing of pgha's");
    }
    assert_eq!(bench.read("cluster.toml"), spec);
    bench.check(&["graph", "-o", "no/such/folder"], 1).remarks("cannot write");
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_panic() {
    let bench = Bench::example("production.toml");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_pgha"))
        .args(["graph", "-f"])
        .arg(bench.path("cluster.toml"))
        .env_clear()
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(141), Vec::new()));
}
