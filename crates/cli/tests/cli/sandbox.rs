//! Whole lives of clusters in the simulated account.

use serde_json::Value;

use crate::bench::Bench;
use crate::bench::Ran;

/// Every command line of these tests works on the sandbox.
fn on_sandbox(bench: &Bench, args: &[&str]) -> Ran {
    bench.run(&[args, &["--sandbox"]].concat())
}

#[track_caller]
pub fn check(bench: &Bench, args: &[&str], code: i32) -> Ran {
    let ran = on_sandbox(bench, args);
    ran.ended_with(code);
    ran
}

#[track_caller]
pub fn applied(example: &str) -> Bench {
    let bench = Bench::example(example);
    let ran = check(&bench, &["apply", "--yes"], 0);
    ran.says("the account is as cluster.toml says");
    bench
}

/// The cluster's name, as the plan says it.
fn name_of(bench: &Bench) -> String {
    let plan = check(bench, &["plan", "--json"], 0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    plan["cluster"].as_str().unwrap().to_string()
}

/// Created in one run, and then left alone.
#[track_caller]
fn check_converges(example: &str) {
    let bench = applied(example);
    check(&bench, &["plan", "--detailed-exitcode"], 0).says("nothing to do");
    check(&bench, &["drift", "--detailed-exitcode"], 0).says("no drift");
    check(&bench, &["apply"], 0).says("nothing to do");
}

#[test]
fn the_minimal_example_converges() {
    check_converges("minimal.toml");
}

#[test]
fn the_example_of_the_first_hour_converges() {
    check_converges("shop.toml");
}

#[test]
fn the_production_example_converges() {
    check_converges("production.toml");
}

#[test]
fn the_course_example_converges() {
    check_converges("course.toml");
}

#[test]
fn the_recovery_example_converges() {
    check_converges("dr.toml");
}

#[test]
fn the_cluster_example_converges() {
    check_converges("multi-az-cluster.toml");
}

#[test]
fn a_plan_twice_is_the_same_bytes_and_changes_nothing() {
    let bench = Bench::example("production.toml");
    let first = check(&bench, &["plan"], 0);
    assert_eq!(first.stdout, check(&bench, &["plan"], 0).stdout);
    check(&bench, &["plan", "--detailed-exitcode"], 2).says("to create");
    assert!(!bench.path(".pgha").exists());
    let json = check(&bench, &["plan", "--json"], 0);
    assert_eq!(json.stdout, check(&bench, &["plan", "--json"], 0).stdout);
    let plan: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(plan["converged"], false);
}

#[test]
fn drift_is_found_named_and_set_back() {
    let bench = applied("production.toml");
    let primary = "db-instance/orders-primary";
    check(&bench, &["sandbox", "tamper", primary, "deletion_protection", "false"], 0)
        .says("deletion_protection");
    let ran = check(&bench, &["drift", "--detailed-exitcode"], 2);
    ran.says("AWS was changed, the spec was not");
    ran.says("spec: true");
    check(&bench, &["plan", "--detailed-exitcode"], 2).says("drift");
    check(&bench, &["apply", "--yes"], 0);
    check(&bench, &["drift", "--detailed-exitcode"], 0);
}

#[test]
fn what_breaks_connections_is_asked_for_and_guarded() {
    let bench = applied("minimal.toml");
    bench.replace("class", "class   = \"db.r6g.2xlarge\" #");
    bench.write(
        "cluster.toml",
        bench.read("cluster.toml") + "\n[maintenance]\napply = \"immediately\"\n",
    );
    let ran = check(&bench, &["apply"], 3);
    ran.remarks("--yes");
    // A pull request says what the pipeline has to agree to after the merge.
    let asks = "`pgha apply --sandbox` asks, because this plan causes a failover now; in a pipeline: `pgha apply --sandbox --yes`";
    for (args, says) in
        [(&["plan"][..], true), (&["plan", "--yes"], false), (&["plan", "--out", "a.plan"], false)]
    {
        let last = check(&bench, args, 0).stdout;
        assert_eq!(last.lines().last() == Some(asks), says, "{args:?}: {last}");
    }
    check(&bench, &["apply", "--yes", "--max-disruption", "none"], 3).remarks("--max-disruption");
    check(&bench, &["apply", "--yes", "--expect", "nonsense"], 64).remarks("64 hexadecimal digits");
    let other = "0".repeat(64);
    check(&bench, &["apply", "--yes", "--expect", &other], 3).remarks("digest");
    let plan = check(&bench, &["plan", "--json"], 0);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let digest = plan["digest"].as_str().unwrap();
    check(&bench, &["apply", "--expect", digest], 0);
    check(&bench, &["plan", "--detailed-exitcode"], 0);
}

/// The network is looked up before anything is made: without it nothing can be.
#[test]
fn a_missing_network_is_one_line_and_comes_first() {
    let bench = Bench::example("production.toml");
    bench.replace("vpc     = \"default\"", "vpc     = { tag = { Name = \"shop\" } }");
    let brief = check(&bench, &["plan"], 1).stdout;
    assert!(brief.lines().count() < 40, "{brief}");
    assert!(brief.contains("is tagged Name = shop; there are"), "{brief}");
    // One for each region.
    assert_eq!(brief.matches("blocked: ").count(), 2, "{brief}");
    assert_eq!(brief.matches("more wait for this: ").count(), 2, "{brief}");
    let all = check(&bench, &["plan", "-v"], 1).stdout;
    assert!(all.matches("blocked: ").count() > 40, "{all}");
    // There is no place for the lock: what needs no network is not made either.
    let last = brief.lines().last().unwrap();
    assert!(last.starts_with("not possible: the lock needs the cluster's network: "), "{last}");
    check(&bench, &["plan", "--detailed-exitcode"], 1);
    let plan = check(&bench, &["plan", "--json"], 1);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert!(plan["refused"]["lock"].as_str().unwrap().contains("Name = shop"), "{plan}");
    check(&bench, &["apply", "--yes"], 1).remarks("the lock needs the cluster's network: ");
}

#[test]
fn a_first_plan_has_databases_first_and_alarms_in_one_line() {
    let bench = Bench::example("production.toml");
    let brief = check(&bench, &["plan"], 0).stdout;
    let mut made = brief.lines().filter(|line| line.starts_with("  + "));
    assert!(made.next().unwrap().contains("db-instance/"), "{brief}");
    assert!(brief.contains(" alarms ") && !brief.contains("alarm/"), "{brief}");
    // Nobody looks at a terminal, so that nothing is cut.
    assert!(!brief.contains('…'), "{brief}");
    assert!(!brief.contains("does not return"), "{brief}");
    check(&bench, &["plan", "-v"], 0).says("alarm/orders-primary-cpu");
}

/// A pull request is as red as the merge would be.
#[test]
fn a_plan_that_apply_would_refuse_says_so_last_and_by_its_exit_code() {
    let bench = applied("production.toml");
    let class = "class   = \"db.r6g.xlarge\" #";
    bench.replace("class", class);
    let ran = check(&bench, &["plan"], 3);
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("refused: db-instance/orders-read-1 would cause"), "{last}");
    // The whole command, which does what it says.
    assert!(last.contains("`pgha apply --sandbox --max-disruption outage`"), "{last}");
    check(&bench, &["plan", "--detailed-exitcode"], 3);
    let plan = check(&bench, &["plan", "--json"], 3);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["refused"]["allowed"], "failover");
    assert_eq!(plan["refused"]["disruption"], "outage");
    let flags = ["--yes", "--max-disruption", "outage"];
    check(&bench, &["apply", "--yes"], 3)
        .remarks("`pgha apply --sandbox --yes --max-disruption outage`");
    let ran = check(&bench, &[&["plan", "--json"][..], &flags].concat(), 5);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(plan["refused"].is_null());
    // In the spec, the consent is part of what is reviewed.
    bench.replace("max_disruption = \"failover\"", "max_disruption = \"outage\"");
    check(&bench, &["plan"], 5);
}

#[test]
fn events_are_json_lines_with_a_report_at_the_end() {
    let bench = Bench::example("minimal.toml");
    let ran = check(&bench, &["apply", "--yes", "--json"], 0);
    let lines: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["type"], "version");
    assert_eq!(lines[1]["type"], "plan");
    assert_eq!(lines[2]["type"], "event");
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["converged"]), (&"report".into(), &true.into()));
}

#[test]
fn status_is_a_view_of_what_is_there() {
    let bench = Bench::example("production.toml");
    check(&bench, &["status"], 6).says("not there");
    check(&bench, &["apply", "--yes"], 0);
    let ran = check(&bench, &["status"], 6);
    ran.says("orders-primary");
    ran.says("primary with standby");
    ran.says("unconfirmed");
    check(&bench, &["sandbox", "confirm"], 0);
    let ran = check(&bench, &["status"], 0);
    ran.says("healthy");
    let json = check(&bench, &["status", "--json"], 0);
    let status: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(status["healthy"], true);
}

#[test]
fn a_database_that_goes_is_drift_and_wrong_before_it_is_gone() {
    let bench = applied("minimal.toml");
    check(&bench, &["sandbox", "confirm"], 0);
    let primary = "db-instance/minimal-primary";
    check(&bench, &["sandbox", "tamper", primary, "deletion_protection", "false"], 0);
    check(&bench, &["sandbox", "delete", primary], 0);
    check(&bench, &["drift", "--detailed-exitcode"], 2).says("is deleting: somebody deletes it");
    let ran = check(&bench, &["status"], 6);
    ran.says("a zone      no: minimal-primary is deleting");
    let json = check(&bench, &["status", "--json"], 6);
    let status: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(status["problems"][0]["address"], primary);
    check(&bench, &["sandbox", "advance", "2h"], 0);
    let ran = check(&bench, &["status"], 6);
    assert!(!ran.stdout.contains("`pgha apply` creates it"), "{}", ran.stdout);
}

#[test]
fn a_stopped_database_is_drift_with_the_command_that_starts_it() {
    let bench = applied("minimal.toml");
    check(&bench, &["sandbox", "confirm"], 0);
    let primary = "db-instance/minimal-primary";
    check(&bench, &["sandbox", "stop", primary], 0);
    check(&bench, &["sandbox", "advance", "1h"], 0);
    let command = "start-db-instance --db-instance-identifier minimal-primary --region us-east-1";
    // Wrapped where a line ends.
    let words = |ran: &Ran| ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let drift = check(&bench, &["drift", "--detailed-exitcode"], 2);
    assert!(words(&drift).contains(command), "{}", drift.stdout);
    let status = check(&bench, &["status"], 6);
    assert!(words(&status).contains(command), "{}", status.stdout);
    check(&bench, &["sandbox", "start", primary], 0);
    check(&bench, &["sandbox", "advance", "1h"], 0);
    check(&bench, &["status"], 0).says("healthy");
    check(&bench, &["drift", "--detailed-exitcode"], 0);
}

#[test]
fn a_stopped_database_is_started_by_an_apply() {
    let bench = applied("minimal.toml");
    check(&bench, &["sandbox", "confirm"], 0);
    check(&bench, &["sandbox", "stop", "db-instance/minimal-primary"], 0);
    check(&bench, &["sandbox", "advance", "1h"], 0);
    let plan = check(&bench, &["plan", "--detailed-exitcode"], 2);
    plan.says("?  db-instance/minimal-primary");
    plan.says("stopped → available");
    check(&bench, &["apply", "--yes"], 0);
    check(&bench, &["status"], 0).says("healthy");
    check(&bench, &["plan", "--detailed-exitcode"], 0);
}

#[test]
fn a_cluster_is_destroyed_by_its_name_alone() {
    let bench = applied("dr.toml");
    let name = name_of(&bench);
    let asked = check(&bench, &["destroy"], 3);
    asked.remarks(&format!("--confirm {name}"));
    asked.remarks("takes the deletion protection off db-instance/");
    asked.says("its deletion protection is taken off first");
    check(&bench, &["destroy", "--confirm", "nobody"], 3).remarks("--confirm says nobody");
    check(&bench, &["destroy", "--confirm", &name], 0);
    let left = check(&bench, &["sandbox", "list"], 0).stdout;
    assert!(left.lines().all(|line| line.starts_with("db-snapshot/")), "{left}");
    assert!(!left.starts_with("the sandbox"), "{left}");
}

#[test]
fn a_protected_database_stops_a_destruction_before_it_begins() {
    let bench = applied("production.toml");
    let before = check(&bench, &["sandbox", "list"], 0).stdout;
    let ran = check(&bench, &["destroy", "--confirm", "orders"], 3);
    ran.remarks("guard.protected");
    assert_eq!(check(&bench, &["sandbox", "list"], 0).stdout, before);
}

#[test]
fn the_sandbox_is_looked_into_and_passes_time() {
    let bench = applied("minimal.toml");
    check(&bench, &["sandbox", "list"], 0).says("db-instance/");
    let list = check(&bench, &["sandbox", "list"], 0).stdout;
    let primary = list.lines().find(|line| line.starts_with("db-instance/")).unwrap();
    let primary = primary.split(' ').next().unwrap();
    check(&bench, &["sandbox", "show", primary], 0).says("class");
    check(&bench, &["sandbox", "show", "db-instance/nobody"], 1).remarks("sandbox list");
    check(&bench, &["sandbox", "advance", "8d"], 0).says("it is ");
    check(&bench, &["sandbox", "failover", primary], 0);
    check(&bench, &["sandbox", "events"], 0);
    check(&bench, &["sandbox", "tamper", primary, "colour", "red"], 1);
    check(&bench, &["sandbox", "delete", primary], 0);
    check(&bench, &["sandbox", "advance", "1h"], 0);
    check(&bench, &["drift", "--detailed-exitcode"], 2).says("deleted by someone");
    check(&bench, &["sandbox", "reset", "--yes"], 0);
    check(&bench, &["sandbox", "list"], 0).says("the sandbox is empty");
}

/// Two words that allow it, and no mark of an error once it is done.
#[test]
fn a_replica_is_taken_out_with_one_command_that_is_named() {
    let bench = applied("production.toml");
    bench.replace("[[replica]]\nname = \"read-1\"\n", "");
    let plan = check(&bench, &["plan"], 4);
    plan.says("--allow delete:db-instance/orders-read-1");
    let words = ["--allow", "delete:db-instance/orders-read-1"];
    let plan = check(&bench, &[&["plan"][..], &words].concat(), 3);
    let line = plan.stdout.lines().last().unwrap();
    let command = line.split('`').nth(3).unwrap();
    assert!(
        command.contains("--allow delete:db-instance/orders-read-1 --max-disruption"),
        "{line}"
    );
    let mut args: Vec<&str> = command.split(' ').skip(1).filter(|a| *a != "--sandbox").collect();
    args.push("--yes");
    let done = check(&bench, &args, 0);
    assert!(!done.stdout.contains("no such address"), "{done:?}");
    check(&bench, &["plan", "--detailed-exitcode"], 0);
    let typo = check(&bench, &["plan", "--allow", "delete:db-instance/orders-read-9"], 0);
    typo.says("there is no such address");
}

#[test]
fn a_new_sandbox_is_the_account_of_the_spec() {
    let bench = Bench::example("minimal.toml");
    bench.replace("\"123456789012\"", "\"333333333333\"");
    check(&bench, &["plan"], 0).says("simulated account 333333333333");
    check(&bench, &["apply", "--yes"], 0);
    check(&bench, &["status"], 6).says("simulated account 333333333333");
    check(&bench, &["drift"], 0).says("simulated account 333333333333");
    bench.replace("\"333333333333\"", "\"444444444444\"");
    let other = check(&bench, &["plan"], 3);
    other.remarks("the sandbox is the account 333333333333");
    other.remarks("`pgha sandbox reset --sandbox`");
}

#[test]
fn the_sandbox_is_a_switch_in_the_environment() {
    let bench = Bench::example("minimal.toml");
    let ran = |value: &str| bench.run_with(&["plan"], &[("PGHA_SANDBOX", value)], "");
    for on in ["1", "true", "s.json"] {
        ran(on).ended_with(0);
    }
    // Without one it is AWS, for which there are no credentials.
    for off in ["0", "false", ""] {
        ran(off).ended_with(1);
    }
    // Nobody means AWS by a file whose name is missing.
    bench.check(&["plan", "--sandbox="], 64).remarks("names no file");
    let switch = [("PGHA_SANDBOX", "1"), ("PGHA_DETAILED_EXITCODE", "1")];
    bench.run_with(&["plan"], &switch, "").ended_with(2);
    let switch = [("PGHA_SANDBOX", "1"), ("PGHA_DETAILED_EXITCODE", "0")];
    bench.run_with(&["plan"], &switch, "").ended_with(0);
}

#[test]
fn every_call_is_in_the_journal_and_a_cut_off_one_is_named_by_the_next_run() {
    let bench = applied("minimal.toml");
    let journal = bench.read(".pgha/sandbox.journal.jsonl");
    let lines: Vec<Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |what: &str| lines.iter().filter(|line| line["what"] == what).count();
    assert!(count("calling") > 20);
    assert_eq!(count("calling"), count("accepted") + count("failed"));
    assert!(!journal.contains("password"));

    let begun = journal.lines().find(|line| line.contains("\"calling\"")).unwrap();
    bench.write(".pgha/sandbox.journal.jsonl", format!("{begun}\n{{\"at\": \"cut o"));
    on_sandbox(&bench, &["sandbox", "tamper", "db-instance/minimal-primary", "copy_tags", "false"])
        .ended_with(0);
    check(&bench, &["apply", "--yes"], 0).remarks("was cut off during");
    check(&bench, &["sandbox", "tamper", "db-instance/minimal-primary", "copy_tags", "false"], 0);
    let next = check(&bench, &["apply", "--yes"], 0);
    assert!(!next.stderr.contains("cut off"), "{}", next.stderr);
}

#[test]
fn without_a_journal_nothing_is_changed() {
    let bench = Bench::example("minimal.toml");
    bench.write("file", "");
    // What is there is read by somebody else.
    let (spec, kept) = (bench.read("cluster.toml"), "{\n  \"version\": 2,\n");
    bench.write("other.json", kept);
    for name in ["cluster.toml", "other.json"] {
        let refused = check(&bench, &["apply", "--yes", "--journal", name], 1);
        refused.remarks("there is a file of that name, which is no journal");
        assert_eq!(refused.stdout, "");
        let variable = [("PGHA_JOURNAL", name)];
        let ran = bench.run_with(&["destroy", "--sandbox", "--confirm", "minimal"], &variable, "");
        ran.ended_with(1);
    }
    assert_eq!((bench.read("cluster.toml"), bench.read("other.json")), (spec, kept.into()));
    check(&bench, &["apply", "--yes", "--journal", "file/journal"], 1)
        .remarks("nothing was changed");
    check(&bench, &["plan", "--detailed-exitcode"], 2);
}

#[test]
fn a_saved_plan_is_applied_exactly_or_not_at_all() {
    let bench = applied("minimal.toml");
    let tamper = |value: &str| {
        let args = ["sandbox", "tamper", "db-instance/minimal-primary", "copy_tags", value];
        check(&bench, &args, 0);
    };
    tamper("false");
    check(&bench, &["plan", "--out", "plan.json"], 0);
    // The spec of the saved plan counts, not the one that is there now.
    bench.write("cluster.toml", "nonsense");
    check(&bench, &["apply", "plan.json"], 0).says("1 step");

    bench.write("cluster.toml", Bench::example("minimal.toml").read("cluster.toml"));
    tamper("false");
    check(&bench, &["plan", "--out", "plan.json"], 0);
    let args = ["sandbox", "tamper", "db-instance/minimal-primary", "max_storage", "500"];
    check(&bench, &args, 0);
    let refused = check(&bench, &["apply", "plan.json"], 3);
    refused.remarks("moved since the plan was saved");
    refused.remarks("+       max_storage");
    assert!(!bench.read("plan.json").contains("password"));
}

#[test]
fn what_a_reviewer_read_is_what_runs_or_it_is_refused() {
    let bench = applied("minimal.toml");
    let set = |field: &str, value: &str| {
        let args = ["sandbox", "tamper", "db-instance/minimal-primary", field, value];
        check(&bench, &args, 0);
    };
    set("copy_tags", "false");
    check(&bench, &["plan", "--out", "harmless.json"], 0);
    set("deletion_protection", "false");
    check(&bench, &["plan", "--out", "harmful.json"], 0);
    // The harmless text on the plan that does more, with everything else as it was.
    let read = |name: &str| -> Value { serde_json::from_str(&bench.read(name)).unwrap() };
    let (harmless, mut spliced) = (read("harmless.json"), read("harmful.json"));
    spliced["text"] = harmless["text"].clone();
    bench.write("plan.json", serde_json::to_string_pretty(&spliced).unwrap());
    check(&bench, &["apply", "plan.json", "--yes"], 3).remarks("changed since pgha saved it");
    let word = bench
        .read("harmful.json")
        .replace("\"allow\": []", "\"allow\": [\"delete:db-instance/minimal-primary\"]");
    bench.write("plan.json", word);
    check(&bench, &["apply", "plan.json", "--yes"], 3).remarks("changed since pgha saved it");
    // Another account than the one that it was made for.
    let elsewhere = ["apply", "harmful.json", "--endpoint-url", "http://127.0.0.1:9"];
    let ran = bench.run(&elsewhere);
    ran.ended_with(3);
    ran.remarks("made at the sandbox");
    let other = bench.run(&["apply", "harmful.json", "--sandbox=other.json"]);
    other.ended_with(3);
    other.remarks("made at the sandbox, and this is the sandbox other.json");
    check(&bench, &["apply", "harmful.json"], 0);
    check(&bench, &["plan", "--detailed-exitcode"], 0);
}

#[test]
fn what_pgha_writes_is_for_its_owner_alone_and_never_through_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let bench = applied("minimal.toml");
    check(&bench, &["plan", "--out", "plan.json"], 0);
    let mode =
        |name: &str| std::fs::metadata(bench.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".pgha"), 0o700);
    for name in [".pgha/sandbox.json", ".pgha/sandbox.journal.jsonl", "plan.json"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    let tamper = ["sandbox", "tamper", "db-instance/minimal-primary", "copy_tags", "false"];
    check(&bench, &tamper, 0);
    bench.write("precious", "");
    let link = |name: &str| {
        std::os::unix::fs::symlink(bench.path("precious"), bench.path(name)).unwrap();
    };
    link("journal");
    check(&bench, &["apply", "--yes", "--journal", "journal"], 1).remarks("symbolic link");
    link("out.json");
    check(&bench, &["plan", "--out", "out.json"], 1).remarks("symbolic link");
    link("box.json");
    let ran = bench.run(&["apply", "--yes", "--sandbox=box.json"]);
    ran.ended_with(1);
    ran.remarks("symbolic link");
    assert_eq!(bench.read("precious"), "");
}

#[test]
fn a_token_in_an_endpoint_is_printed_and_written_nowhere() {
    let bench = Bench::example("minimal.toml");
    let endpoint = "subscriptions = [{ protocol = \"https\", endpoint = \"https://pager.example.com/in?token=s3cret\" }]";
    bench.write(
        "cluster.toml",
        bench.read("cluster.toml").trim_end().to_string() + "\n" + endpoint + "\n",
    );
    let runs = [
        check(&bench, &["check"], 0),
        check(&bench, &["plan", "-v"], 0),
        check(&bench, &["plan", "--json"], 0),
        check(&bench, &["apply", "--yes"], 0),
        check(&bench, &["status", "--json"], 6),
        check(&bench, &["graph"], 0),
        check(&bench, &["sandbox", "list"], 0),
    ];
    for ran in runs {
        assert!(!ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"), "{ran:#?}");
    }
    let journal = bench.read(".pgha/sandbox.journal.jsonl");
    assert!(
        journal.contains("pager.example.com/in?****#") && !journal.contains("s3cret"),
        "{journal}"
    );
    check(&bench, &["plan", "--detailed-exitcode"], 0);
}

#[test]
fn what_is_no_saved_plan_is_said_to_be_none() {
    let bench = Bench::example("minimal.toml");
    for text in ["", "{}", "{\"format\": \"pgha-saved-plan/4\"}", "\u{0}"] {
        bench.write("plan.json", text);
        check(&bench, &["apply", "plan.json"], 1).remarks("plan.json is no saved plan");
    }
    check(&bench, &["apply", "missing.json"], 1).remarks("missing.json is no saved plan");
}

#[test]
fn two_applies_never_run_at_once() {
    let bench = applied("minimal.toml");
    check(&bench, &["unlock"], 0).says("nobody holds the lock");
    let list = check(&bench, &["sandbox", "list"], 0);
    assert!(!list.stdout.contains("minimal-lock"), "an apply gives its lock back");
    let other = Killed::halfway(&bench);
    check(&bench, &["plan"], 0);
    check(&bench, &["drift"], 0);
    let refused = check(&bench, &["apply", "--yes"], 3);
    refused.remarks("another apply or destroy is running");
    refused.remarks("pgha unlock");
    check(&bench, &["unlock"], 3).remarks("--yes");
    check(&bench, &["unlock", "--yes"], 0).says("removed");
    check(&bench, &["apply", "--yes"], 0);

    // One that nobody renews ends by itself.
    other.again(&bench);
    check(&bench, &["apply", "--yes"], 3);
    check(&bench, &["sandbox", "advance", "16 min"], 0);
    check(&bench, &["apply", "--yes"], 0).says("the account is as cluster.toml says");
}

/// A sandbox in which a lock is held: the file as it was while a run had it.
struct Killed {
    held: String,
}

impl Killed {
    fn halfway(bench: &Bench) -> Self {
        let tamper = ["sandbox", "tamper", "db-instance/minimal-primary", "copy_tags", "false"];
        check(bench, &tamper, 0);
        let killed = Self { held: with_a_lock(bench) };
        killed.again(bench);
        killed
    }

    fn again(&self, bench: &Bench) {
        bench.write(".pgha/sandbox.json", &self.held);
    }
}

/// The sandbox with the lock of a dead run in it.
pub fn with_a_lock(bench: &Bench) -> String {
    use pgha_apply::lock;
    let path = bench.path(".pgha/sandbox.json");
    let sim = pgha_sim::Sim::open(&path).unwrap();
    let spec = bench.read("cluster.toml");
    let desired = pgha_spec::load("cluster.toml", &spec).unwrap().desired;
    sim.set_scope(&desired.scope);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(lock::take(&desired, &sim, "somebody@elsewhere 1")).unwrap();
    sim.to_json().unwrap()
}

#[test]
fn the_network_that_a_spec_asks_for_can_be_made() {
    let bench = Bench::example("minimal.toml");
    let network = "[network]\nvpc = { tag = { Name = \"shop\" } }\nsubnets = { tag = { tier = \"db\" } }\n\n[alerting]";
    bench.replace("[alerting]", network);
    let plan = check(&bench, &["plan"], 1);
    plan.says("`pgha sandbox add-network --sandbox`");
    check(&bench, &["sandbox", "add-network"], 0).says("(Name = shop) has subnet-");
    check(&bench, &["sandbox", "add-network"], 0).says("is there");
    check(&bench, &["apply", "--yes"], 0);
    check(&bench, &["plan", "--detailed-exitcode"], 0);
}

#[test]
fn what_waits_for_the_window_with_its_user_is_no_decision() {
    let bench = Bench::example("production.toml");
    let text = bench.read("cluster.toml");
    let (start, rest) = text.split_once("[proxy]").unwrap();
    let (_, end) = rest.split_once("\n[").unwrap();
    check(&bench, &["apply", "--yes"], 0);
    bench.write("cluster.toml", format!("{start}[{end}"));
    let ran = check(&bench, &["apply", "--yes", "--max-disruption", "outage"], 5);
    assert!(!ran.stdout.contains("a decision"), "{}", ran.stdout);
}

#[test]
fn a_cluster_of_which_snapshots_are_left_is_not_there() {
    let bench = applied("dr.toml");
    let name = name_of(&bench);
    check(&bench, &["destroy", "--confirm", &name], 0);
    check(&bench, &["status"], 6).says("not there, and there was one: ");
}

#[test]
fn another_digest_is_another_plan_also_where_nothing_is_to_do() {
    let bench = applied("minimal.toml");
    check(&bench, &["apply", "--expect", &"1".repeat(64)], 3);
}
