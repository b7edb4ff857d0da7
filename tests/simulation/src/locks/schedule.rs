//! What a seed fixes: how late EC2 shows things, who starts when, and what goes wrong for whom.

use std::time::Duration;

use crate::random::Random;

const MINUTE: u64 = 60;

/// One world.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// The spec, and the one that follows it.
    pub specs: [String; 2],
    /// Whether the first spec was applied before.
    pub built: bool,
    /// How late EC2 shows what it accepted, at most.
    pub lag: Duration,
    pub actors: Vec<Actor>,
    pub people: Vec<Person>,
    /// The clock of whoever comes last.
    pub last_skew: i64,
    /// For what is decided on the way: which answers are late.
    pub random: Random,
}

/// Somebody who applies, and tries again a few times if it fails.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    /// With the second spec.
    pub second: bool,
    pub starts: Duration,
    /// How long the user thinks about the plan.
    pub thinks: Duration,
    pub tries_again: Option<Duration>,
    pub machine: Habits,
}

/// A machine with its clock and its bad moments.
#[derive(Debug, Clone, Default)]
pub(super) struct Habits {
    /// How many seconds its clock is ahead of AWS's.
    pub skew: i64,
    pub troubles: Vec<(At, What)>,
}

/// A moment in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Before its n-th call is sent.
    Call(usize),
    /// After its n-th call was answered.
    Called(usize),
    /// Before its n-th look.
    Look(usize),
    /// After its n-th look was answered.
    Looked(usize),
    /// At its n-th call about the lock.
    Lock(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The process stands still: a laptop is closed, a virtual machine is stopped. The clock of the
    /// latter stands still as well, until the next answer sets it.
    Pause {
        minutes: u64,
        with_clock: bool,
    },
    /// So many calls of this operation are throttled.
    Throttled(usize),
    /// From now on, the caller may not make calls of this operation.
    Denied,
    /// The call is made, and its answer never arrives.
    AnswerLost,
    /// The call is never made, and nobody says so.
    RequestLost,
    /// The call is made and answered so much later.
    Slow {
        seconds: u64,
    },
    DiesBefore,
    DiesAfter,
}

/// Somebody removes the lock, whoever holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub comes: Duration,
    /// Between looking and saying yes; without a question, by hand in the console.
    pub thinks: Option<Duration>,
}

impl Schedule {
    pub(super) fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let specs = specs(&mut random);
        let built = random.chance(25);
        let lag = Duration::from_secs(*random.pick(&[0, 2, 20, 50]));
        let actors = (0..2 + random.below(3)).map(|_| actor(&mut random)).collect();
        let people = (0..random.below(3)).map(|_| person(&mut random)).collect();
        let last_skew = skew(&mut random);
        let random = Random::new(random.next());
        Self { specs, built, lag, actors, people, last_skew, random }
    }
}

/// A spec, and the same with one replica more.
fn specs(random: &mut Random) -> [String; 2] {
    let name = match random.below(10) {
        0 => "production",
        _ => "minimal",
    };
    let first = crate::text(name);
    let second = format!("{first}\n[[replica]]\nname = \"one-more\"\n");
    [first, second]
}

fn actor(random: &mut Random) -> Actor {
    let starts = match random.chance(40) {
        // Two pipelines of one commit.
        true => Duration::from_secs(below(random, 20)),
        false => Duration::from_secs(below(random, 60 * MINUTE)),
    };
    let thinks = Duration::from_secs(match random.chance(80) {
        true => 0,
        false => below(random, 30 * MINUTE),
    });
    let again = random.chance(60).then(|| Duration::from_secs(1 + below(random, 20 * MINUTE)));
    let troubles = (0..random.below(5)).map(|_| trouble(random)).collect();
    let machine = Habits { skew: skew(random), troubles };
    Actor { second: random.chance(50), starts, thinks, tries_again: again, machine }
}

/// Up to an hour to either side, or about as little as nobody corrects.
fn skew(random: &mut Random) -> i64 {
    let most = *random.pick(&[0, 28, 3600]);
    i64::try_from(below(random, 2 * most + 1)).unwrap_or(0) - i64::try_from(most).unwrap_or(0)
}

fn trouble(random: &mut Random) -> (At, What) {
    // The lock is created first, renewed every five minutes and removed in the end.
    let lock = At::Lock(*random.pick(&[0, 0, 1, 1, 1, 2, 3, 4]));
    let call = random.below(25);
    let look = *random.pick(&[4, 15, 60, 150]);
    let look = random.below(look);
    let anywhere = [
        At::Call(call),
        At::Called(call),
        At::Look(look),
        At::Looked(look),
        At::Looked(look),
        lock,
    ];
    let at = *random.pick(&anywhere);
    match random.below(12) {
        0..5 => {
            let minutes = *random.pick(&[1, 2, 3, 6, 9, 12, 13, 14, 15, 16, 17, 20, 40, 200]);
            (at, What::Pause { minutes, with_clock: random.chance(25) })
        }
        5 => (lock, What::Throttled(1 + random.below(14))),
        6 => (lock, What::Denied),
        7 => (lock, What::AnswerLost),
        8 => (lock, What::RequestLost),
        9 => (lock, What::Slow { seconds: below(random, 15) }),
        10 => (if random.chance(50) { lock } else { At::Call(call) }, What::DiesBefore),
        _ => (if random.chance(50) { lock } else { At::Call(call) }, What::DiesAfter),
    }
}

fn person(random: &mut Random) -> Person {
    let comes = Duration::from_secs(below(random, 60 * MINUTE));
    let thinks = random.chance(60).then(|| Duration::from_secs(below(random, 5 * MINUTE)));
    Person { comes, thinks }
}

fn below(random: &mut Random, limit: u64) -> u64 {
    u64::try_from(random.below(usize::try_from(limit).unwrap_or(usize::MAX))).unwrap_or(0)
}
