//! A cluster's life on the wire, in an account of its own: made from nothing, changed, gone.

use pgha_planner::Intent;
use pgha_resource::Desired;
use pgha_simulation::allowing;
use pgha_simulation::destroying;
use pgha_simulation::load;
use pgha_simulation::text;

use crate::emulator::Emulator;

/// Edits of `production.toml` that need most kinds of calls: parameters, a restart, a larger
/// class, tags, rules, alarms, backups.
pub const EDITS: &[(&str, &str)] = &[
    ("max_connections            = 200", "max_connections            = 400"),
    ("log_statement              = \"ddl\"\n", ""),
    ("threshold = 80", "threshold = 70"),
    ("idle_timeout    = \"30 min\"", "idle_timeout    = \"10 min\""),
    ("max_connections = \"90%\"", "max_connections = \"80%\""),
    ("retention    = \"35 days\"", "retention    = \"14 days\""),
    ("allow   = [\"172.31.0.0/16\", \"self\"]", "allow   = [\"172.31.0.0/17\", \"self\"]"),
    ("team = \"payments\"", "team = \"billing\""),
    ("interval    = \"60s\"", "interval    = \"15s\""),
    ("max_size = \"300 GiB\"", "max_size = \"500 GiB\""),
    ("class    = \"db.r6g.large\"", "class    = \"db.r6g.xlarge\""),
];

/// A text with the first occurrence of something replaced, as an editor would.
#[track_caller]
pub fn edit(text: &str, (from, to): (&str, &str)) -> String {
    assert!(text.contains(from), "the spec has no `{from}`");
    text.replacen(from, to, 1)
}

/// A part of a cluster's life.
pub struct Phase {
    /// What it is called.
    pub name: &'static str,
    /// What is to be there.
    pub desired: Desired,
    /// What is intended.
    pub intent: Intent,
}

/// `production.toml` in the account of this number: created, edited and destroyed.
pub fn phases(account: &str) -> [Phase; 3] {
    let first = text("production").replace("123456789012", account);
    let second = EDITS.iter().fold(first.clone(), |text, change| edit(&text, *change));
    let load = |text: &str| load("specs/production.toml", text);
    let mut last = load(&second);
    last.policy.protected.clear();
    [
        Phase { name: "creation", desired: load(&first), intent: allowing(&[]) },
        Phase { name: "update", desired: load(&second), intent: allowing(&[]) },
        Phase { name: "destruction", desired: last, intent: destroying() },
    ]
}

/// What an account holds, to be compared with another one. The name of a last snapshot ends
/// with a digest of the database's own identifier, which is left out.
pub fn holds(emulator: &Emulator, account: &str) -> String {
    let line = |line: &str| match line.split_once("-final-") {
        Some((name, _)) => format!("{name}-final\n"),
        None => format!("{line}\n"),
    };
    emulator.inventory(account).lines().map(line).collect()
}
