//! Random worlds and crash points, as many as you like; see docs/reliability.md.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::io::Write;
use std::num::NonZero;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Parser;
use clap::Subcommand;
use pgha_simulation::case::Case;
use pgha_simulation::crashes;
use pgha_simulation::locks;
use pgha_simulation::shrink::shrink;
use pgha_simulation::states;
use pgha_simulation::world::Ending;
use pgha_simulation::world::live;

/// Kills, misleads and tampers with pgha on simulated accounts, and checks what it promises.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lives through many worlds.
    Seeds {
        /// How many.
        #[arg(long, default_value_t = 1000)]
        count: u64,
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        first: u64,
    },
    /// Lives through one world and tells its story.
    Seed {
        /// Its seed.
        seed: u64,
    },
    /// Makes the case of a seed as small as it gets, and keeps it.
    Shrink {
        /// The seed of a world that breaks a promise.
        seed: u64,
        /// Where to write the smaller case.
        file: PathBuf,
    },
    /// Lives through a case that was kept, and tells its story.
    Replay {
        /// The case.
        file: PathBuf,
    },
    /// Lives through many worlds of the lock.
    Locks {
        /// How many.
        #[arg(long, default_value_t = 1000)]
        count: u64,
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        first: u64,
    },
    /// Lives through one world of the lock and tells its story.
    Lock {
        /// Its seed.
        seed: u64,
    },
    /// Dies before and after every call of every example's creation, update and destruction.
    Crashes,
}

/// Prints a line, or nothing to a reader who has gone away.
macro_rules! say {
    ($($line:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($line)*);
    }};
}

fn main() -> ExitCode {
    let fine = match Args::parse().command {
        Command::Seeds { count, first } => {
            let lives = |seed| live(&Case::of(seed), false);
            let expected: Vec<&str> = TROUBLES.iter().copied().chain(states::all()).collect();
            many(&Many { what: "worlds", again: "seed", first, count }, lives, (20_000, &expected))
        }
        Command::Seed { seed } => tell(&Case::of(seed)),
        Command::Locks { count, first } => {
            let lives = |seed| locks::live(seed, false);
            let many_locks = Many { what: "lock worlds", again: "lock", first, count };
            many(&many_locks, lives, (1_000, locks::TROUBLES))
        }
        Command::Lock { seed } => told(locks::live(seed, true), "lock", seed),
        Command::Shrink { seed, file } => keep(seed, &file),
        Command::Replay { file } => match read(&file) {
            Ok(case) => tell(&case),
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                false
            }
        },
        Command::Crashes => all_crashes(),
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(file: &Path) -> Result<Case, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// What all threads found.
#[derive(Default)]
struct Found {
    tally: BTreeMap<&'static str, u64>,
    broken: BTreeMap<u64, String>,
}

/// Many worlds.
struct Many {
    /// How they are called.
    what: &'static str,
    /// The command that repeats one.
    again: &'static str,
    first: u64,
    count: u64,
}

/// Lives through many worlds. So many of them have to have met everything that is `expected`.
fn many(
    many: &Many,
    lives: impl Fn(u64) -> Ending + Sync,
    (enough, expected): (u64, &[&str]),
) -> bool {
    let Many { what, again, first, count } = *many;
    // A broken promise is told by its story, not by a panic's message.
    std::panic::set_hook(Box::new(|_| {}));
    let started = Instant::now();
    let (next, done, found) = (AtomicU64::new(0), AtomicU64::new(0), Mutex::<Found>::default());
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    note(&found, first + n, lives(first + n));
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    if done % 100 == 0 && std::io::stderr().is_terminal() {
                        eprint!("\r{done} of {count} worlds");
                    }
                }
            });
        }
    });
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (what, times) in &found.tally {
        say!("{times:>12} {what}");
    }
    for (seed, how) in &found.broken {
        say!("\nseed {seed}: {how}\n    {}", command(again, *seed));
    }
    let seconds = started.elapsed().as_secs_f64();
    let speed = count as f64 / seconds.max(0.001);
    let broken = found.broken.len();
    say!(
        "\n{count} {what} from seed {first} in {seconds:.0} s, {speed:.0} a second: {broken} broke a promise"
    );
    broken == 0 && (count < enough || all_met(&found.tally, count, expected))
}

fn note(found: &Mutex<Found>, seed: u64, ending: Ending) {
    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
    for (what, times) in ending.tally {
        *found.tally.entry(what).or_default() += times;
    }
    if let Some(broken) = ending.broken {
        found.broken.insert(seed, format!("{}: {}", broken.promise, broken.how));
    }
}

fn command(again: &str, seed: u64) -> String {
    format!("cargo run --release -p pgha-simulation -- {again} {seed}")
}

/// What random worlds have to meet, beside the account's states.
const TROUBLES: &[&str] = &[
    "answers lost",
    "applies kept out by the lock",
    "applies started beside another",
    "calls denied",
    "calls throttled",
    "deaths",
    "deeds during an apply",
    "ends with nothing to do",
    "failovers",
    "interruptions",
    "looks at replicas as large as their source",
    "plans not agreed to",
    "quotas used up",
    "requests lost",
    "server errors",
    "sleeping processes",
    "slow transitions",
    "stale looks",
    "things deleted by people",
    "things disowned",
    "things given away",
    "transitions that failed",
    "unreadable kinds",
    "upgrades offered",
    "values tampered with",
];

/// What should have happened in so many worlds and did not: then nothing was shown about it.
fn all_met(tally: &BTreeMap<&'static str, u64>, count: u64, expected: &[&str]) -> bool {
    let missing: Vec<&str> =
        expected.iter().copied().filter(|what| !tally.contains_key(what)).collect();
    if !missing.is_empty() {
        say!("in {count} worlds there were no {}", missing.join(", no "));
    }
    missing.is_empty()
}

fn tell(case: &Case) -> bool {
    told(live(case, true), "seed", case.seed)
}

fn told(ending: Ending, again: &str, seed: u64) -> bool {
    say!("{}", ending.story.join("\n"));
    match ending.broken {
        Some(broken) => {
            say!("\n{}: {}\n    {}", broken.promise, broken.how, command(again, seed));
            false
        }
        None => {
            say!("\nno promise was broken");
            true
        }
    }
}

fn keep(seed: u64, file: &Path) -> bool {
    std::panic::set_hook(Box::new(|_| {}));
    let case = Case::of(seed);
    let Some(broken) = live(&case, false).broken else {
        say!("seed {seed} breaks no promise");
        return false;
    };
    let small = shrink(&case, &broken);
    let text = serde_json::to_string_pretty(&small).unwrap_or_default();
    match std::fs::write(file, text + "\n") {
        Ok(()) => tell(&small),
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            false
        }
    }
}

fn all_crashes() -> bool {
    let started = Instant::now();
    let (points, failures) = crashes::try_all(|line| say!("{line}"));
    for failure in &failures {
        say!("\n{}:\n{}", failure.place, failure.how);
    }
    let seconds = started.elapsed().as_secs_f64();
    say!("\n{points} crash points in {seconds:.0} s: {} not survived", failures.len());
    failures.is_empty()
}
