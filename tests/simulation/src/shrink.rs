//! A case that breaks a promise, made as small as it gets while it still breaks the same one.

use crate::case::Case;
use crate::promises::Broken;
use crate::world::live;

/// Worlds that may be lived through in search of a smaller case.
const MOST_TRIES: usize = 2_000;

/// The smallest case found that breaks the promise in the same way.
pub fn shrink(case: &Case, broken: &Broken) -> Case {
    let mut best = case.clone();
    let mut tries = 0;
    loop {
        let smaller = simpler(&best).into_iter().find(|candidate| {
            tries += 1;
            tries <= MOST_TRIES && breaks(candidate, broken)
        });
        match smaller {
            Some(candidate) => best = candidate,
            None => return best,
        }
    }
}

fn breaks(case: &Case, broken: &Broken) -> bool {
    let valid = |second| pgha_spec::load("cluster.toml", &case.spec(second)).is_ok();
    let same = |other: Broken| {
        other.promise == broken.promise && manner(&other.how) == manner(&broken.how)
    };
    valid(false) && valid(true) && live(case, false).broken.is_some_and(same)
}

/// In which way a promise was broken: AWS's words if a step failed, otherwise the first words,
/// without numbers.
fn manner(how: &str) -> String {
    let failed = how.lines().find_map(|line| line.split_once("failed: "));
    let text = failed.map_or(how, |(_, words)| words);
    text.chars().take(60).filter(|c| !c.is_ascii_digit()).collect()
}

/// Everything that is one thing less, the largest things first.
fn simpler(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut simpler = case.clone();
        change(&mut simpler);
        if simpler != *case {
            all.push(simpler);
        }
    };
    for run in 0..case.runs.len() {
        with(&|case| {
            case.runs.remove(run);
        });
    }
    with(&|case| case.destroyed = false);
    with(&|case| case.second = case.first.clone());
    with(&|case| case.before.clear());
    for (n, run) in case.runs.iter().enumerate() {
        with(&|case| case.runs[n].second = false);
        with(&|case| case.runs[n].lets_go = false);
        for trouble in 0..run.troubles.len() {
            with(&|case| {
                case.runs[n].troubles.remove(trouble);
            });
        }
        for deed in 0..run.after.len() {
            with(&|case| {
                case.runs[n].after.remove(deed);
            });
        }
    }
    for deed in 0..case.before.len() {
        with(&|case| {
            case.before.remove(deed);
        });
    }
    // A line that both specs have is no part of what differs between them.
    for line in &case.first {
        with(&|case| {
            case.first.retain(|other| other != line);
            case.second.retain(|other| other != line);
        });
    }
    for line in &case.second {
        with(&|case| case.second.retain(|other| other != line));
    }
    all
}
