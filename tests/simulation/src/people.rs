//! What people, and AWS itself, do to an account behind pgha's back.

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_sim::TamperError;

use crate::case::{Deed, Trick};
use crate::random::Random;
use crate::stage::Stage;
use crate::stage::Stranger;
use crate::states::NEWER_MINOR;
use crate::told;

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
        Deed::Console(trick, n) => console(stage, *trick, &mut Random::new(*n), scope),
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
            if *field == "class" {
                stage.classes.give_up();
            }
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
    let waits = stage.is_on_its_way(&address)
        || live.is_some_and(|live| live.pending.is_some() || !live.status.is_ready());
    // And what is of a database goes with it.
    let goes_along = address.kind == Kind::BackupReplication;
    if let Some(now) =
        stage.fingerprint(&address, &BTreeSet::new()).filter(|_| !waits && !goes_along)
    {
        let since = stage.sim.now();
        stage
            .strangers
            .borrow_mut()
            .insert(address, Stranger { print: now, since, excused: BTreeSet::new() });
    }
}

fn stuck(stage: &Stage, random: &mut Random, scope: &Scope) {
    let can = |kind: Kind| is_database(kind) || kind == Kind::DbProxy;
    for n in 0..30 {
        let Some(address) = pick(stage, random, scope, can) else { return };
        // Upgrades are short, and fail in their own way.
        let upgrades = stage.sim.look(&address).is_some_and(|l| l.status.text == "upgrading");
        if n < 25 && !upgrades {
            continue;
        }
        let status = match upgrades {
            true => "upgrade-failed",
            false => *random.pick(&["failed", "incompatible-network"]),
        };
        if let Some(done) = stage.sim.get_stuck(&address, status) {
            stage.count("transitions that failed");
            stage.tell(|| done);
            return;
        }
    }
}

/// The console, or another service, does one of its own things.
fn console(stage: &Stage, trick: Trick, random: &mut Random, scope: &Scope) {
    if trick == Trick::Confirm {
        return told::confirm(stage);
    }
    let fits: fn(Kind) -> bool = match trick {
        Trick::Silence | Trick::DeleteTopic => |kind| kind == Kind::SnsTopic,
        Trick::Rotate | Trick::DenyRotation => |kind| kind == Kind::Secret,
        Trick::ConnectEc2 | Trick::AwsBackup | Trick::NewerMinor => is_database,
        _ => |kind| kind == Kind::DbInstance,
    };
    let Some(address) = pick(stage, random, scope, fits) else { return };
    let sim = &stage.sim;
    let done = match trick {
        // Only what neither is nor has a replica can be stopped.
        Trick::Stop => {
            let others = || pick(stage, random, scope, fits);
            let tried = std::iter::once(address.clone()).chain(std::iter::from_fn(others)).take(20);
            tried
                .map(|one| sim.stop(&one))
                .find(Result::is_ok)
                .unwrap_or_else(|| sim.stop(&address))
        }
        Trick::ConnectEc2 => sim.connect_ec2(&address),
        Trick::Restore => sim.restore(&address, &format!("restored-{}", random.below(100))),
        Trick::NearlyFull => sim.fill_storage(&address, 95),
        Trick::Full => sim.fill_storage(&address, 100),
        Trick::AwsBackup => sim.aws_backup(&address, *random.pick(&[7, 35])),
        Trick::Silence => sim.tamper(&address, "policy", "{}"),
        Trick::DeleteTopic | Trick::DeleteInstance => sim.tamper_delete(&address),
        Trick::Rotate => sim.rotate(&address),
        Trick::DenyRotation => sim.deny_rotation(&address),
        Trick::NewerMinor => newer_minor(stage, &address),
        Trick::Confirm => return,
    };
    if let Ok(done) = done {
        if trick == Trick::DeleteInstance {
            stage.memory_lost.set(true);
        }
        stage.count("deeds in the console");
        stage.tell(|| format!("in the console: {trick:?}: {address}: {done}"));
    }
    if matches!(trick, Trick::NearlyFull | Trick::Full) {
        sim.advance(Duration::from_secs(10 * 60));
    }
}

/// AWS brings a minor version out and installs it.
fn newer_minor(stage: &Stage, address: &Address) -> Result<String, TamperError> {
    let version = match stage.sim.look(address).map(|live| live.resource) {
        Some(Resource::DbInstance(instance)) => instance.engine_version,
        Some(Resource::DbCluster(cluster)) => cluster.engine_version,
        _ => None,
    };
    let major = version.and_then(|version| version.major()).unwrap_or(16);
    let done = stage.sim.tamper(address, "engine_version", &format!("{major}.90"));
    if done.is_ok() {
        stage.met.borrow_mut().insert(NEWER_MINOR);
    }
    done
}
