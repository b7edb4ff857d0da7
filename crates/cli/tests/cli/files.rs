//! The files that pgha reads and writes: what they may be in place of, and what stays of them.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use crate::bench::Bench;
use crate::sandbox::{applied, check};

#[test]
fn only_a_sandbox_is_thrown_away() {
    let bench = applied("minimal.toml");
    let spec = bench.read("cluster.toml");
    let ran = bench.run(&["sandbox", "reset", "--sandbox=cluster.toml"]);
    ran.ended_with(3);
    ran.remarks("is no sandbox, and is left as it is: ");
    assert_eq!(bench.read("cluster.toml"), spec);
    // One that breaks off is one all the same, whatever it is called.
    let kept = bench.read(".pgha/sandbox.json");
    bench.write("other.json", &kept[..kept.len() / 2]);
    let hint = "`pgha sandbox reset --sandbox=other.json`";
    bench.run(&["sandbox", "list", "--sandbox=other.json"]).remarks(hint);
    bench.run(&["sandbox", "reset", "--sandbox=other.json"]).ended_with(0);
    // The healthy one is not asked for by a hint about another, and not thrown away unasked.
    let asked = check(&bench, &["sandbox", "reset"], 3);
    asked.remarks("this deletes the simulated account in .pgha/sandbox.json, with ");
    asked.remarks("to agree, `pgha sandbox reset --sandbox --yes`");
    assert_eq!(bench.read(".pgha/sandbox.json"), kept);
}

#[test]
fn two_of_them_do_not_change_one_sandbox() {
    let bench = applied("minimal.toml");
    let lock = fs::File::create(bench.path(".pgha/sandbox.json.lock")).unwrap();
    lock.try_lock().unwrap();
    let writers = [
        &["apply", "--yes"][..],
        &["destroy", "--confirm", "minimal"],
        &["unlock"],
        &["unlock", "--yes"],
        &["sandbox", "advance", "1h"],
        &["sandbox", "reset"],
    ];
    for args in writers {
        check(&bench, args, 3).remarks("another pgha is changing the sandbox");
    }
    check(&bench, &["plan"], 0);
    drop(lock);
    check(&bench, &["apply", "--yes"], 0);
}

#[test]
fn a_broken_sandbox_file_is_an_error_with_a_way_out() {
    let bench = Bench::example("minimal.toml");
    bench.write("broken.json", "{");
    let ran = bench.run(&["plan", "--sandbox=broken.json"]);
    ran.ended_with(1);
    ran.remarks("broken.json");
    ran.remarks("--sandbox=FILE");
    std::fs::create_dir(bench.path(".pgha")).unwrap();
    bench.write(".pgha/sandbox.json", "{");
    let ran = check(&bench, &["plan"], 1);
    ran.remarks("`pgha sandbox reset --sandbox`");
    check(&bench, &["sandbox", "reset"], 0);
    check(&bench, &["plan"], 0);
}

#[test]
fn a_file_that_is_no_sandbox_is_left_as_it_is() {
    let bench = Bench::example("minimal.toml");
    bench.write("notes.txt", "mine");
    let mode = || std::fs::metadata(bench.path("notes.txt")).unwrap().permissions().mode();
    let before = mode();
    for command in [&["plan"][..], &["apply", "--yes"], &["sandbox", "list"]] {
        let args = [command, &["--sandbox=notes.txt"]].concat();
        bench.check(&args, 1).remarks("is not a simulated account");
    }
    assert_eq!(mode(), before);
    assert!(!bench.path("notes.txt.lock").exists());
}

/// Everything that is there.
fn names(bench: &Bench) -> Vec<String> {
    let entries = fs::read_dir(bench.path("")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// A pipe into which nobody ever writes, and from which nobody reads.
fn pipe(bench: &Bench, name: &str) {
    let path = CString::new(bench.path(name).as_os_str().as_bytes()).unwrap();
    // SAFETY: the path ends with a zero byte and lives for as long as the call.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

#[test]
fn what_has_the_usual_name_and_is_no_sandbox_is_not_thrown_away() {
    let bench = Bench::example("minimal.toml");
    fs::create_dir(bench.path(".pgha")).unwrap();
    for mine in ["mine\n", "{}", "{\"version\": 2}", "{\"version\": 3, \"account\": \"me\"}"] {
        bench.write(".pgha/sandbox.json", mine);
        for args in [&["sandbox", "reset"][..], &["sandbox", "reset", "--yes"]] {
            let ran = check(&bench, args, 3);
            ran.remarks("is no sandbox, and is left as it is: ");
            assert!(!ran.stderr.contains("rm "), "{}", ran.stderr);
        }
        assert_eq!(bench.read(".pgha/sandbox.json"), mine);
    }
    // What a full disk leaves is nobody else's.
    for left in ["", "{\n  \"vers", "{\n  \"version\": 2"] {
        bench.write(".pgha/sandbox.json", left);
        check(&bench, &["sandbox", "reset"], 0);
        assert!(!bench.path(".pgha/sandbox.json").exists());
    }
}

#[test]
fn a_sandbox_has_one_name_of_its_own_also_for_a_reset() {
    let bench = applied("minimal.toml");
    let kept = bench.read(".pgha/sandbox.json");
    fs::rename(bench.path(".pgha/sandbox.json"), bench.path("box.json")).unwrap();
    std::os::unix::fs::symlink("box.json", bench.path("soft.json")).unwrap();
    std::os::unix::fs::symlink("nowhere", bench.path("dangling.json")).unwrap();
    fs::hard_link(bench.path("box.json"), bench.path("hard.json")).unwrap();
    pipe(&bench, "pipe.json");
    fs::create_dir(bench.path("folder.json")).unwrap();
    let before = names(&bench);
    for name in ["soft", "dangling", "hard", "pipe", "folder"] {
        let flag = format!("--sandbox={name}.json");
        for args in [
            &["sandbox", "reset", "--yes"][..],
            &["sandbox", "list"],
            &["sandbox", "advance", "1h"],
            &["apply", "--yes"],
            &["unlock", "--yes"],
        ] {
            let ran = bench.check(&[args, &[&flag]].concat(), 1);
            ran.remarks(&format!("cannot use the sandbox {name}.json: it "));
        }
    }
    assert_eq!((names(&bench), bench.read("box.json")), (before, kept));
}

#[test]
fn a_sandbox_in_another_layout_is_one() {
    let bench = applied("minimal.toml");
    let kept = bench.read(".pgha/sandbox.json");
    let value: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let (account, version) = (&value["account"], &value["version"]);
    let layouts = [
        value.to_string(),
        kept.replace('\n', "\r\n").replace("  ", "\t"),
        format!("\n{{ \"account\": {account}, \"version\": {version} }}\n"),
    ];
    for layout in layouts {
        bench.write("box.json", layout);
        bench.check(&["plan", "--sandbox=box.json", "--detailed-exitcode"], 0);
        bench.check(&["sandbox", "reset", "--sandbox=box.json"], 3).remarks("to agree, ");
        bench.check(&["sandbox", "reset", "--yes", "--sandbox=box.json"], 0);
    }
    // Why another file is none, without a word of what is in it.
    let others = [("\"hunter2\"", "JSON of another kind"), ("hunter2", "line 1 column 1")];
    for (text, why) in others {
        bench.write("box.json", text);
        let ran = bench.check(&["plan", "--sandbox=box.json"], 1);
        ran.remarks("box.json is not a simulated account: ");
        ran.remarks(why);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

#[test]
fn a_sandbox_that_may_not_be_read_says_so() {
    let bench = applied("minimal.toml");
    let path = bench.path(".pgha/sandbox.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads everything.
    if fs::read(&path).is_ok() {
        return;
    }
    for args in [&["plan"][..], &["apply", "--yes"], &["sandbox", "reset", "--yes"]] {
        check(&bench, args, 1)
            .remarks("cannot use the sandbox .pgha/sandbox.json: Permission denied");
    }
    assert!(path.exists());
}

#[test]
fn a_pipe_that_nobody_uses_is_not_waited_for() {
    let bench = Bench::example("minimal.toml");
    pipe(&bench, "pipe");
    check(&bench, &["apply", "pipe"], 1).remarks("pipe is no saved plan: it is a pipe or a device");
    check(&bench, &["plan", "--out", "pipe"], 1);
    check(&bench, &["apply", "--yes", "--journal", "pipe"], 1);
    for format in ["mermaid", "svg"] {
        bench.check(&["graph", "--format", format, "-o", "pipe"], 1).remarks("to pipe: there is");
    }
    fs::create_dir(bench.path("pages")).unwrap();
    pipe(&bench, "pages/pgha-plan.1");
    bench.check(&["man", "pages"], 1).remarks("pages/pgha-plan.1");
    // Those of a shell have somebody at the other end.
    let drawn = bench.check(&["graph"], 0).stdout;
    assert_eq!(bench.check(&["graph", "-o", "/dev/stdout"], 0).stdout, drawn);
    check(&bench, &["plan", "--out", "a.plan"], 0);
    let plan = bench.read("a.plan");
    let args = ["apply", "--sandbox", "/dev/stdin"];
    bench.run_with(&args, &[], &plan).ended_with(0);
}

#[test]
fn what_a_kill_left_beside_a_sandbox_goes_with_the_next_run() {
    let bench = Bench::example("minimal.toml");
    let flag = "--sandbox=box.json";
    bench.check(&["apply", "--yes", flag], 0);
    assert_eq!(names(&bench), ["box.journal.jsonl", "box.json", "cluster.toml"]);
    for name in [".box.json.AbCdEf.pgha-new", ".other.json.AbCdEf.pgha-new", ".tmpAbCdEf"] {
        bench.write(name, "");
    }
    bench.check(&["sandbox", "advance", "1h", flag], 0);
    let left = [".other.json.AbCdEf.pgha-new", ".tmpAbCdEf"];
    let rest = ["box.journal.jsonl", "box.json", "cluster.toml"];
    assert_eq!(names(&bench), [&left[..], &rest].concat());
}

#[test]
fn what_is_refused_leaves_nothing_beside_it() {
    let bench = Bench::example("minimal.toml");
    bench.write("old.json", "{\n  \"version\": 1,\n  \"account\": {}}");
    bench.write("broken.json", "{\n  \"version\": 2,\n  \"account\": {");
    bench.write("notes.txt", "mine");
    bench.write("Cargo.lock", "mine");
    let before = names(&bench);
    for name in ["old.json", "broken.json", "notes.txt", "."] {
        let flag = format!("--sandbox={name}");
        bench.check(&["apply", "--yes", &flag], 1);
        bench.check(&["sandbox", "advance", "1h", &flag], 1);
        bench.check(&["unlock", &flag], 1);
    }
    bench.check(&["apply", "--expect", &"1".repeat(64), "--sandbox=new.json"], 3);
    bench.check(&["apply", "--expect", &"1".repeat(64), "--sandbox=Cargo"], 3);
    assert_eq!((names(&bench), bench.read("Cargo.lock")), (before, "mine".into()));
}

#[test]
fn what_cannot_be_written_is_called_by_its_own_name() {
    let bench = Bench::example("minimal.toml");
    bench.write("cluster.toml", bench.read("cluster.toml").replace(" = ", "  =  "));
    let fails = |args: &[&str]| {
        let ran = bench.check(args, 1);
        assert!(!ran.stderr.contains(".tmp") && !ran.stderr.contains("pgha-new"), "{}", ran.stderr);
        ran
    };
    fails(&["plan", "--sandbox", "--out", "nowhere/a.plan"])
        .remarks("nowhere/a.plan: No such file");
    fs::set_permissions(bench.path(""), fs::Permissions::from_mode(0o500)).unwrap();
    // Root writes everywhere.
    if fs::write(bench.path("probe"), "").is_err() {
        fails(&["fmt"]).remarks("cannot write cluster.toml: Permission denied");
        fails(&["plan", "--sandbox", "--out", "a.plan"]).remarks("a.plan: Permission denied");
        fails(&["sandbox", "advance", "1h", "--sandbox=box.json"])
            .remarks("box.json: Permission denied");
    }
    fs::set_permissions(bench.path(""), fs::Permissions::from_mode(0o700)).unwrap();
}
