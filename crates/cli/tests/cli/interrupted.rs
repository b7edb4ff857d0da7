//! What an apply does when it is told to stop, or nobody hears it any more.

use std::io::Read;
use std::os::fd::AsRawFd;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::bench::Bench;

/// As much as a pipe holds at least.
const ROOM: i32 = 4096;
/// No line of progress is longer.
const LINE: i32 = 400;

/// An apply whose progress nobody reads: it stands still in the middle, the lock in its hands.
fn stuck(bench: &Bench) -> (Child, ChildStderr) {
    let mut apply = Command::new(env!("CARGO_BIN_EXE_pgha"))
        .args(["apply", "--sandbox", "--yes"])
        .current_dir(bench.path(""))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let progress = apply.stderr.take().unwrap();
    // SAFETY: the descriptor is open for as long as `progress` lives.
    let room = unsafe { libc::fcntl(progress.as_raw_fd(), libc::F_SETPIPE_SZ, ROOM) };
    assert_eq!(room, ROOM);
    while waiting(&progress) < ROOM - LINE {
        assert_eq!(apply.try_wait().unwrap(), None, "it ended before its progress filled a pipe");
        std::thread::yield_now();
    }
    (apply, progress)
}

/// How many bytes a pipe holds.
fn waiting(pipe: &ChildStderr) -> i32 {
    let mut bytes = 0;
    // SAFETY: the descriptor is open, and FIONREAD writes one number.
    let asked = unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &mut bytes) };
    assert_eq!(asked, 0);
    bytes
}

fn tell(apply: &Child, signal: i32) {
    // SAFETY: the child was not waited for, so that its number is still its own.
    let told = unsafe { libc::kill(i32::try_from(apply.id()).unwrap(), signal) };
    assert_eq!(told, 0);
}

/// The next run goes on where one ended.
#[track_caller]
fn check_goes_on(bench: &Bench) {
    bench.check(&["unlock", "--sandbox"], 0).says("nobody holds the lock");
    bench.check(&["apply", "--sandbox", "--yes"], 0);
    bench.check(&["plan", "--sandbox", "--detailed-exitcode"], 0);
}

#[track_caller]
fn check_signal(signal: i32) {
    let bench = Bench::example("production.toml");
    let (mut apply, mut progress) = stuck(&bench);
    tell(&apply, signal);
    let mut said = String::new();
    progress.read_to_string(&mut said).unwrap();
    assert_eq!(apply.wait().unwrap().code(), Some(4), "{said}");
    assert!(said.contains("stopping: no further call is made"), "{said}");
    check_goes_on(&bench);
}

#[test]
fn an_apply_that_is_interrupted_ends_in_order() {
    check_signal(libc::SIGINT);
}

#[test]
fn an_apply_whose_pipeline_is_cancelled_ends_in_order() {
    check_signal(libc::SIGTERM);
}

#[test]
fn an_apply_whose_terminal_is_closed_ends_in_order() {
    check_signal(libc::SIGHUP);
}

/// A spec with hundreds of steps that need nothing of one another.
fn hundreds() -> Bench {
    let bench = Bench::example("production.toml");
    let alarm = |n| {
        format!("\n[[alarm]]\nname = \"extra-{n}\"\nmetric = \"CPUUtilization\"\nthreshold = {n}\n")
    };
    let alarms: String = (1..=HUNDREDS).map(alarm).collect();
    bench.write("cluster.toml", bench.read("cluster.toml") + &alarms);
    bench
}

const HUNDREDS: usize = 300;

/// How many alarms of the hundreds there are.
fn alarms(bench: &Bench) -> usize {
    bench.check(&["sandbox", "list"], 0).stdout.matches("-extra-").count()
}

#[test]
fn of_hundreds_that_could_be_made_at_once_none_is_once_it_was_interrupted() {
    let bench = hundreds();
    let (mut apply, mut progress) = stuck(&bench);
    tell(&apply, libc::SIGTERM);
    let mut said = String::new();
    progress.read_to_string(&mut said).unwrap();
    assert_eq!(apply.wait().unwrap().code(), Some(4), "{said}");
    assert!(alarms(&bench) < HUNDREDS / 2, "{said}");
    bench.check(&["unlock", "--sandbox"], 0).says("nobody holds the lock");
}

#[test]
fn the_second_signal_ends_it_at_once_although_nobody_reads() {
    let bench = hundreds();
    let (mut apply, _progress) = stuck(&bench);
    // Two that differ: of two that are alike, the second may not be told from the first.
    tell(&apply, libc::SIGTERM);
    tell(&apply, libc::SIGINT);
    let code = apply.wait().unwrap().code();
    assert!(matches!(code, Some(130 | 143)), "{code:?}");
    // Nobody gave the lock back, and the next plan says so.
    bench.check(&["plan", "--sandbox"], 0).says("holds the lock since");
    assert!(alarms(&bench) < HUNDREDS / 2);
}

#[test]
fn a_signal_between_the_lock_and_the_first_step_gives_the_lock_back() {
    for _ in 0..4 {
        let bench = hundreds();
        let mut apply = Command::new(env!("CARGO_BIN_EXE_pgha"))
            .args(["apply", "--sandbox", "--yes"])
            .current_dir(bench.path(""))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let kept = bench.path(".pgha/sandbox.json");
        let is_locked = || std::fs::read_to_string(&kept).is_ok_and(|s| s.contains("pgha:holder"));
        while !is_locked() {
            assert_eq!(apply.try_wait().unwrap(), None, "it ended before it had the lock");
        }
        tell(&apply, libc::SIGTERM);
        let mut said = String::new();
        apply.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(apply.wait().unwrap().code(), Some(4), "{said}");
        assert!(said.contains("stopping: no further call is made"), "{said}");
        bench.check(&["unlock", "--sandbox"], 0).says("nobody holds the lock");
    }
}

#[test]
fn an_apply_that_nobody_hears_any_more_goes_on_to_its_end() {
    let bench = Bench::example("production.toml");
    let (mut apply, progress) = stuck(&bench);
    drop(progress);
    assert_eq!(apply.wait().unwrap().code(), Some(0));
    bench.check(&["plan", "--sandbox", "--detailed-exitcode"], 0);
}

#[test]
fn an_apply_whose_output_fits_nowhere_makes_it_all_and_says_so_by_its_code() {
    let bench = Bench::example("production.toml");
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = |stdout: Stdio, stderr: Stdio| {
        let mut pgha = Command::new(env!("CARGO_BIN_EXE_pgha"));
        pgha.args(["apply", "--sandbox", "--yes"]).current_dir(bench.path("")).env_clear();
        pgha.stdin(Stdio::null()).stdout(stdout).stderr(stderr).status().unwrap().code()
    };
    assert_eq!(run(Stdio::null(), full().into()), Some(0));
    bench.check(&["plan", "--sandbox", "--detailed-exitcode"], 0);
    // What was to be seen was not seen.
    assert_eq!(run(full().into(), Stdio::null()), Some(1));
    check_goes_on(&bench);
}
