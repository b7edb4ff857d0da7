//! Every crash point, one by one: an apply that dies before or after each of its calls, and
//! the next one that converges in one go.

use std::collections::BTreeSet;

use pgha_planner::Intent;
use pgha_resource::Desired;
use pgha_resource::Timing;
use pgha_sim::Sim;

use crate::SPECS;
use crate::allowing;
use crate::apply_on;
use crate::attempt;
use crate::case::At;
use crate::case::Trouble;
use crate::case::What;
use crate::destroying;
use crate::disowning;
use crate::failures;
use crate::import;
use crate::load;
use crate::sketch;
use crate::stage::Stage;
use crate::text;
use crate::unmarked;

/// What changes in the representative update of each example: fields that change at once, in
/// the window, with a restart, and resources that come and go.
const UPDATES: &[(&str, &[(&str, &str)])] = &[
    (
        "minimal",
        &[
            ("db.m8g.large", "db.m8g.xlarge"),
            ("emails = [\"oncall@example.com\"]", "emails = [\"dba@example.com\"]"),
            ("[alerting]", "[parameters]\nmax_connections = 300\n\n[alerting]"),
        ],
    ),
    (
        "production",
        &[
            ("max_connections            = 200", "max_connections            = 400"),
            ("log_statement              = \"ddl\"\n", ""),
            ("class    = \"db.r6g.large\"", "class    = \"db.r6g.xlarge\""),
            ("retention    = \"35 days\"", "retention    = \"14 days\""),
            ("team = \"payments\"", "team = \"billing\""),
            ("allow   = [\"172.31.0.0/16\", \"self\"]", "allow   = [\"172.31.0.0/17\", \"self\"]"),
            ("name = \"read-1\"", "name = \"read-1\"\n\n[[replica]]\nname = \"read-2\""),
        ],
    ),
    (
        "course",
        &[
            ("db.t3.large", "db.t3.xlarge"),
            ("idle_timeout    = \"30 min\"", "idle_timeout    = \"10 min\""),
            ("threshold   = 268435456", "threshold   = 134217728"),
            ("users = [\"app_user\"]", "users = [\"app_user\", \"reader\"]"),
            ("[\"postgresql\", \"upgrade\", \"iam-db-auth-error\"]", "[\"postgresql\"]"),
        ],
    ),
    (
        "dr",
        &[
            ("max_connections = 500", "max_connections = 550"),
            ("class   = \"db.r6g.xlarge\"", "class   = \"db.r6g.2xlarge\""),
            ("size    = \"500 GiB\"", "size    = \"600 GiB\""),
            (
                "name = \"before-launch\"",
                "name = \"before-launch\"\n\n[[snapshot]]\nname = \"after\"",
            ),
        ],
    ),
    (
        "multi-az-cluster",
        &[
            ("db.r6gd.large", "db.r6gd.xlarge"),
            ("log_min_duration_statement = \"500ms\"", "log_min_duration_statement = \"1s\""),
            ("name = \"readers\"", "name = \"reports\""),
            ("team = \"finance\"", "team = \"ledgers\""),
        ],
    ),
    (
        "shop",
        &[
            ("db.r6g.large", "db.r6g.xlarge"),
            ("retention = \"14 days\"", "retention = \"35 days\""),
            ("pager.example.com/rds", "pager.example.com/databases"),
            ("[\"shop_app\"]", "[\"shop_app\", \"shop_jobs\"]"),
        ],
    ),
];

/// A crash point after which the next apply did not converge.
#[derive(Debug)]
pub struct Failure {
    /// Which.
    pub place: String,
    /// What is wrong.
    pub how: String,
}

/// Dies at every call of every example's creation, update, destruction, return, adoption and
/// disowning; the number of crash points, and those after which something was wrong.
pub fn try_all(mut tell: impl FnMut(&str)) -> (usize, Vec<Failure>) {
    let (mut points, mut failures) = (0, Vec::new());
    for name in SPECS {
        let desired = load(name, &text(name));
        let changed = load(name, &updated(name));
        let mut open = changed.clone();
        open.policy.protected.clear();
        let mut at_once = changed.clone();
        at_once.policy.timing = Timing::Immediately;
        let built = built(&desired);
        let nobodys = unmarked(&built);
        let primary = &desired.database().expect("each example has a database").name;
        let imported = import(&nobodys, primary, &desired.scope.home).loaded.desired;
        for (what, sim, desired, intent) in [
            ("creation", Sim::new(), &desired, allowing(&[])),
            ("update", built.fork(), &changed, allowing(&[])),
            ("update at once", built.fork(), &at_once, allowing(&[])),
            ("destruction", built.fork(), &open, destroying()),
            ("return", destroyed(&built, &open), &open, empty_again(&open)),
            ("adoption", nobodys, &imported, allowing(&["adopt"])),
            ("letting go", built.fork(), &desired, disowning()),
        ] {
            let place = format!("{name}, {what}");
            let tried = try_each(&place, &sim, desired, &intent, &mut failures);
            tell(&format!("{place}: {tried} crash points"));
            points += tried;
        }
    }
    (points, failures)
}

/// The word without which no empty database takes the place of one that left its backups.
fn empty_again(desired: &Desired) -> Intent {
    let words: Vec<String> =
        desired.database().map(|address| format!("create:{address}")).into_iter().collect();
    allowing(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn updated(name: &str) -> String {
    let edits = UPDATES.iter().find(|(other, _)| *other == name).map(|(_, edits)| *edits);
    let mut spec = text(name);
    for (from, to) in edits.unwrap_or_default() {
        assert!(spec.contains(from), "{name}.toml has no `{from}`");
        spec = spec.replacen(from, to, 1);
    }
    spec
}

fn built(desired: &Desired) -> Sim {
    let sim = Sim::new();
    let report = apply_on(&sim, desired, &allowing(&[]));
    assert!(report.is_converged(), "{}{}", failures(&report), sketch(&report.left));
    sim
}

/// What a destruction leaves: snapshots, and secrets that can be restored.
fn destroyed(built: &Sim, open: &Desired) -> Sim {
    let sim = built.fork();
    let report = apply_on(&sim, open, &destroying());
    assert!(report.is_converged(), "{}{}", failures(&report), sketch(&report.left));
    sim
}

fn try_each(
    place: &str,
    sim: &Sim,
    desired: &Desired,
    intent: &Intent,
    failures: &mut Vec<Failure>,
) -> usize {
    let intact = sim.fork();
    intact.set_scope(&desired.scope);
    let report = apply_on(&intact, desired, intent);
    assert!(report.is_converged(), "{place}: {}{}", crate::failures(&report), sketch(&report.left));
    let expected = inventory(&intact);
    let mut points = 0;
    for n in 0.. {
        for what in [What::DiesBefore, What::DiesAfter] {
            let stage = Stage::on(sim.fork());
            stage.sim.set_scope(&desired.scope);
            let troubles = [Trouble { at: At::Call(n), what: what.clone() }];
            // The call after the last one is never made.
            if !attempt::dies(&stage, desired, intent, &troubles) {
                return points;
            }
            points += 1;
            if let Err(how) = converges(&stage, desired, intent, &expected) {
                failures.push(Failure { place: format!("{place}, call {n}, {what:?}"), how });
            }
        }
    }
    points
}

fn converges(
    stage: &Stage,
    desired: &Desired,
    intent: &Intent,
    expected: &BTreeSet<String>,
) -> Result<(), String> {
    if let Some(broken) = stage.broken() {
        return Err(format!("{}: {}", broken.promise, broken.how));
    }
    let report = apply_on(&stage.sim, desired, intent);
    if !report.is_converged() {
        return Err(format!("{}left\n{}", failures(&report), sketch(&report.left)));
    }
    if desired.policy.timing == Timing::Immediately && !report.left.queued.is_empty() {
        return Err(format!("something is still queued\n{}", sketch(&report.left)));
    }
    let found = inventory(&stage.sim);
    match found == *expected {
        true => Ok(()),
        false => Err(format!("it is {found:?}, and undisturbed {expected:?}")),
    }
}

/// What is there, the lock of the dead run aside.
fn inventory(sim: &Sim) -> BTreeSet<String> {
    let addresses = sim.inventory().into_iter().map(|entry| entry.address.to_string());
    addresses.filter(|address| !address.ends_with("-lock")).collect()
}
