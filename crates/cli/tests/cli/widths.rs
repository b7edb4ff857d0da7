//! What a terminal of 80 and of 120 columns shows, and what a pipe gets, where nothing is cut.
//! A line is wider than its terminal only where a word is, such as an ARN, and in findings, which are
//! drawn around the lines of the spec.

use std::process::Command;

use crate::bench::Bench;

/// The output of a command on a terminal of so many columns, or in a pipe.
fn shown(bench: &Bench, command: &str, columns: Option<u32>) -> String {
    let pgha = env!("CARGO_BIN_EXE_pgha");
    let line = match columns {
        // A terminal without rows counts as none.
        Some(columns) => format!("stty rows 50 cols {columns} && exec {pgha} {command} --sandbox"),
        None => format!("{pgha} {command} --sandbox"),
    };
    // `script` (bsdutils) gives what it runs a terminal.
    let (program, args) = match columns {
        Some(_) => ("script", ["-qec", &line, "/dev/null"].to_vec()),
        None => ("sh", ["-c", &line].to_vec()),
    };
    let output = Command::new(program)
        .args(args)
        .current_dir(bench.path(""))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n")
}

/// Compares what a command shows with three snapshots that begin with `name`.
#[track_caller]
fn check_widths(name: &str, bench: &Bench, command: &str) {
    for (width, columns) in [("80", Some(80)), ("120", Some(120)), ("piped", None)] {
        insta::assert_snapshot!(format!("{name}_{width}"), shown(bench, command, columns));
    }
}

/// A class that waits for its windows, a rule that asks for more, two fields that somebody
/// changed, one of them a long list, and messages that nobody answered.
fn eventful() -> Bench {
    let bench = Bench::example("shop.toml");
    bench.check(&["apply", "--sandbox"], 0);
    bench.replace("db.r6g.large", "db.r6g.xlarge");
    bench.replace("allow   = [", "allow   = [\"10.1.0.0/16\", \"10.2.0.0/16\", \"10.3.0.0/16\", ");
    for (address, field, value) in [
        ("db-instance/webshop-primary", "deletion_protection", "false"),
        ("event-subscription/webshop-instances", "categories", "failure"),
    ] {
        bench.check(&["sandbox", "tamper", address, field, value, "--sandbox"], 0);
    }
    bench
}

#[test]
fn a_first_plan_at_each_width() {
    check_widths("first_plan", &Bench::example("shop.toml"), "plan");
}

#[test]
fn an_eventful_account_at_each_width() {
    let bench = eventful();
    for command in ["plan", "drift", "status"] {
        check_widths(command, &bench, command);
    }
}

#[test]
fn findings_at_each_width() {
    check_widths("check", &Bench::example("production.toml"), "check");
}

/// What is read is wrapped on a terminal, and whole in a pipe.
#[test]
fn errors_and_explanations_fit_into_their_terminal() {
    let bench = Bench::example("minimal.toml");
    let of = |command: &str, columns| shown(&bench, command, columns);
    for command in ["explain 12", "explain PGHA057", "apply nowhere.plan -f other.toml"] {
        let text = of(command, Some(80));
        let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
        // Addresses of pages are one word.
        assert!(long.iter().all(|line| line.contains("https://")), "{command}: {long:#?}");
    }
    assert!(of("explain PGHA057", None).lines().any(|line| line.chars().count() > 100));
}
