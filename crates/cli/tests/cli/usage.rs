//! What is typed wrongly, and what helps.

use crate::bench::Bench;

#[track_caller]
fn check_usage(args: &[&str], text: &str) {
    let ran = Bench::empty().run(args);
    ran.ended_with(64);
    assert_eq!(ran.stdout, "");
    ran.remarks(text);
}

#[test]
fn a_wrong_command_line_ends_with_64_and_says_what_would_be_right() {
    check_usage(&[], "Usage: pgha");
    check_usage(&["aply"], "a similar subcommand exists: 'apply'");
    check_usage(&["plan", "--jsn"], "a similar argument exists: '--json'");
    check_usage(&["apply", "--max-disruption", "huge"], "failover");
    check_usage(&["apply", "--auto-approve"], "hint: `--yes`");
    check_usage(&["plan", "cluster.toml"], "hint: the spec is named with `-f cluster.toml`");
    check_usage(&["validate"], "hint: `pgha check`");
    for line in [
        "import a b",
        "forget",
        "taint a",
        "untaint a",
        "state list",
        "failover",
        "refresh",
        "output",
    ] {
        check_usage(&line.split(' ').collect::<Vec<_>>(), "hint: ");
    }
    for flag in ["-detailed-exitcode", "-target=a", "-var=a", "-json", "-no-color", "-lock=false"] {
        check_usage(&["plan", flag], "hint: ");
    }
    check_usage(&["apply", "--allow", "db-instance/x"], "delete:ADDRESS");
    check_usage(&["apply", "--allow", "delete:table/x"], "is not a kind");
    check_usage(&["sandbox", "advance", "soon"], "2h 30m");
    check_usage(&["sandbox", "show", "orders"], "kind/name");
    check_usage(&["explain"], "<CODE>");
}

#[test]
fn help_and_version_are_results() {
    let bench = Bench::empty();
    bench.check(&["--help"], 0).says("Exit codes:");
    bench.check(&["--version"], 0).says("pgha ");
    for command in [
        "check",
        "plan",
        "apply",
        "drift",
        "status",
        "import",
        "disown",
        "destroy",
        "iam-policy",
        "graph",
        "schema",
        "explain",
        "fmt",
        "sandbox",
        "completions",
        "man",
    ] {
        bench.check(&[command, "--help"], 0).says("Usage: pgha");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_nobody_can_get_is_an_error() {
    let bench = Bench::example("minimal.toml");
    let ended = |redirected: &str| {
        let command = format!("{} plan --sandbox {redirected}", env!("CARGO_BIN_EXE_pgha"));
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &command]).current_dir(bench.path("")).output().unwrap().status.code()
    };
    assert_eq!(ended(">&-"), Some(1));
    assert_eq!(ended(">/dev/null"), Some(0));
}

#[test]
fn completions_and_manual_pages_are_there() {
    let bench = Bench::empty();
    bench.check(&["completions", "bash"], 0).says("_pgha()");
    bench.check(&["man"], 0).says(".TH pgha 1");
    bench.check(&["man", "pages"], 0);
    bench.check(&["man", "pages"], 0);
    bench.write("pages/pgha-plan.1", "mine\n");
    bench.check(&["man", "pages"], 1).remarks("which is no page of pgha's");
    assert_eq!(bench.read("pages/pgha-plan.1"), "mine\n");
    bench.check(&["man", "others"], 0);
    assert!(bench.read("pages/pgha-sandbox-tamper.1").contains("console"));
}

#[test]
fn what_was_typed_steers_no_terminal() {
    let bench = Bench::empty();
    for args in [["plan", "--allow"], ["plan", "--now"], ["plan", "--max-disruption"]] {
        let typed = [&args[..], &["delete:\u{1b}]0;title\u{7}\u{202e}x"]].concat();
        let ran = bench.check(&typed, 64);
        let steers = |c: char| c == '\u{1b}' || c == '\u{7}' || c == '\u{202e}';
        assert!(!ran.stderr.contains(steers), "{:?}", ran.stderr);
    }
}

/// A job sets what it does not know to nothing.
#[test]
fn a_variable_that_is_empty_stands_for_nothing() {
    let bench = Bench::example("minimal.toml");
    let names = ["PGHA_FILE", "PGHA_PROFILE", "PGHA_COLOR", "PGHA_JOURNAL", "PGHA_SANDBOX"];
    let empty = names.map(|name| (name, ""));
    bench.run_with(&["check"], &empty, "").ended_with(0);
    bench.run_with(&["apply", "--yes", "--sandbox=x.json"], &empty, "").ended_with(0);
    // What is typed is meant.
    for args in [["check", "-f", ""], ["plan", "--profile", ""], ["plan", "--out", ""]] {
        bench.check(&args, 64);
    }
}

#[test]
fn what_is_written_into_a_file_is_not_written_into_one_called_dash() {
    let bench = Bench::example("minimal.toml");
    for args in [
        ["plan", "--sandbox", "--out", "-"],
        ["apply", "--sandbox", "--journal", "-"],
        ["graph", "--format=svg", "--output", "-"],
    ] {
        bench.check(&args, 64).remarks("`./-`");
        assert!(!bench.path("-").exists());
    }
}
