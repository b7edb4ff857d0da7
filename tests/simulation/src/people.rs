//! What people, and AWS itself, do to an account behind pgha's back.

use std::time::Duration;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Scope;

use crate::case::Deed;
use crate::random::Random;
use crate::stage::Stage;
use crate::stage::Stranger;

/// Values that somebody could set in the console, and that pgha can set back.
const SWITCHES: &[(&str, &[&str])] = &[
    ("deletion_protection", &["true", "false"]),
    ("copy_tags", &["true", "false"]),
    ("auto_minor_upgrade", &["true", "false"]),
    ("iam_auth", &["true", "false"]),
    ("backup_retention", &["1", "7", "20"]),
    ("monitoring_interval", &["0"]),
    ("class", &["db.r6gd.large", "db.r6gd.2xlarge"]),
    ("multi_az", &["true", "false"]),
    ("max_storage", &["1000", "2000"]),
    ("log_exports", &["postgresql", "upgrade"]),
    ("threshold", &["1", "99"]),
    ("period", &["60", "300"]),
    ("evaluation_periods", &["1", "9"]),
    ("description", &["somebody was here"]),
    ("idle_timeout", &["60", "1200"]),
    ("require_tls", &["true", "false"]),
    ("max_connections", &["50", "70"]),
    ("display_name", &["another"]),
    ("parameters.log_statement", &["all", "none"]),
    ("parameters.max_connections", &["99"]),
    ("parameters.work_mem", &["4096"]),
    ("ingress", &["tcp/22 10.0.0.0/8", "all 0.0.0.0/0"]),
    ("trust_policy", &["{}"]),
    ("enabled", &["true", "false"]),
    ("tags.team", &["somebody", ""]),
    ("tags.extra", &["1"]),
    ("tags.pgha:applied", &["", "nonsense"]),
];

/// Does it, and says so.
pub fn act(stage: &Stage, deed: &Deed, scope: &Scope) {
    match deed {
        Deed::Tamper(n) => tamper(stage, &mut Random::new(*n), scope),
        Deed::Delete(n) => delete(stage, &mut Random::new(*n), scope),
        Deed::Disown(n) => disown(stage, *n, scope, "", "things disowned"),
        Deed::GiveAway(n) => disown(stage, *n, scope, "another", "things given away"),
        Deed::Failover(n) => {
            let Some(address) = pick(stage, &mut Random::new(*n), scope, is_database) else {
                return;
            };
            if let Ok(done) = stage.sim.failover(&address) {
                stage.count("failovers");
                stage.tell(|| format!("a zone fails: {address}: {done}"));
            }
        }
        Deed::Stuck(n) => stuck(stage, &mut Random::new(*n), scope),
        Deed::Upgrade(n) => {
            let Some(address) = pick(stage, &mut Random::new(*n), scope, is_database) else {
                return;
            };
            if let Ok(done) = stage.sim.announce_upgrade(&address) {
                stage.count("upgrades offered");
                stage.tell(|| format!("AWS offers {address} {done}"));
            }
        }
        Deed::Hours(hours) => {
            stage.tell(|| format!("{hours} hours pass"));
            stage.sim.advance(Duration::from_secs(hours * 3600));
        }
    }
}

fn is_database(kind: Kind) -> bool {
    matches!(kind, Kind::DbInstance | Kind::DbCluster)
}

/// Something that belongs to the cluster, the lock aside.
fn pick(
    stage: &Stage,
    random: &mut Random,
    scope: &Scope,
    fits: fn(Kind) -> bool,
) -> Option<Address> {
    let lock = scope.lock();
    let all: Vec<Address> = stage
        .sim
        .inventory()
        .into_iter()
        .filter(|entry| entry.owner.as_deref() == Some(scope.cluster.as_str()))
        .map(|entry| entry.address)
        .filter(|address| *address != lock && fits(address.kind))
        .collect();
    if all.is_empty() { None } else { Some(random.pick(&all).clone()) }
}

fn tamper(stage: &Stage, random: &mut Random, scope: &Scope) {
    // Not every kind has every switch.
    for _ in 0..30 {
        let Some(address) = pick(stage, random, scope, |_| true) else { return };
        let (field, values) = random.pick(SWITCHES);
        let value = random.pick(values);
        if let Ok(done) = stage.sim.tamper(&address, field, value) {
            stage.count("values tampered with");
            stage.tell(|| format!("somebody changes {address}: {field} {done}"));
            return;
        }
    }
}

fn delete(stage: &Stage, random: &mut Random, scope: &Scope) {
    let Some(address) = pick(stage, random, scope, |_| true) else { return };
    if let Ok(done) = stage.sim.tamper_delete(&address) {
        stage.memory_lost.set(stage.memory_lost.get() || is_database(address.kind));
        stage.count("things deleted by people");
        stage.tell(|| format!("somebody: {done}"));
    }
}

fn disown(stage: &Stage, n: u64, scope: &Scope, owner: &str, what: &'static str) {
    let mut random = Random::new(n);
    let Some(address) = pick(stage, &mut random, scope, |_| true) else { return };
    if stage.sim.tamper(&address, "tags.pgha:cluster", owner).is_err() {
        return;
    }
    stage.memory_lost.set(stage.memory_lost.get() || is_database(address.kind));
    stage.count(what);
    stage.tell(|| format!("somebody changes the owner of {address} to `{owner}`"));
    // What was accepted for it goes on by itself.
    let live = stage.sim.look(&address);
    let waits = live.is_some_and(|live| live.pending.is_some() || !live.status.is_ready());
    // And what is of a database goes with it.
    let goes_along = address.kind == Kind::BackupReplication;
    if let Some(now) = stage.fingerprint(&address).filter(|_| !waits && !goes_along) {
        let since = stage.sim.now();
        stage.strangers.borrow_mut().insert(address, Stranger { print: now, since });
    }
}

fn stuck(stage: &Stage, random: &mut Random, scope: &Scope) {
    let can = |kind: Kind| is_database(kind) || kind == Kind::DbProxy;
    for _ in 0..5 {
        let Some(address) = pick(stage, random, scope, can) else { return };
        let status = *random.pick(&["failed", "incompatible-network"]);
        if let Some(done) = stage.sim.get_stuck(&address, status) {
            stage.count("transitions that failed");
            stage.tell(|| done);
            return;
        }
    }
}
