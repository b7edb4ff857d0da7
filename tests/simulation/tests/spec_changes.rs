//! Each field of `production.toml` changed alone: what the plan must say it costs, written
//! down from the AWS documentation (docs/aws/instances.md and what is named) and not from the
//! planner's table. After the apply the plan is empty, and still is a week later, when the
//! maintenance window has passed.

use std::time::Duration;

use pgha_planner::Cause;
use pgha_planner::Change;
use pgha_planner::Plan;
use pgha_planner::StepTime;
use pgha_planner::Verb;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_sim::Sim;
use pgha_simulation::allowing;
use pgha_simulation::apply_on;
use pgha_simulation::check_converges;
use pgha_simulation::example;
use pgha_simulation::failures;
use pgha_simulation::load;
use pgha_simulation::plan_on;
use pgha_simulation::sketch;
use pgha_simulation::text;

const NONE: Disruption = Disruption::None;
const DEGRADED: Disruption = Disruption::Degraded;
const FAILOVER: Disruption = Disruption::Failover;
const RESTART: Disruption = Disruption::Restart;
const OUTAGE: Disruption = Disruption::Outage;
const NOW: StepTime = StepTime::Now;
const WINDOW: StepTime = StepTime::Window;

/// What a change must lead to at one address.
enum Expect {
    /// This field changes, at this worst disruption, then.
    Field(&'static str, &'static str, Disruption, StepTime),
    /// The address appears.
    Created(&'static str),
    /// The address goes.
    Deleted(&'static str),
    /// The address goes and comes back.
    Replaced(&'static str),
    /// The address restarts.
    Rebooted(&'static str),
    /// The change is refused, with these words in the reason.
    Refused(&'static str, &'static str),
    /// Nothing changes.
    Nothing,
}

use Expect::Created;
use Expect::Deleted;
use Expect::Field;
use Expect::Nothing;
use Expect::Rebooted;
use Expect::Refused;
use Expect::Replaced;

const PRIMARY: &str = "db-instance/orders-primary";
const READER: &str = "db-instance/orders-read-1";
const DR: &str = "db-instance/orders-dr@us-west-2";

/// Edits the example as an editor's search and replace would; the text must be there.
fn edited(from: &str, to: &str) -> String {
    let before = text("production");
    assert!(before.contains(from), "production.toml has no `{from}`");
    before.replacen(from, to, 1)
}

fn change<'a>(plan: &'a Plan, address: &str, blocked: bool) -> &'a Change {
    let found = plan
        .changes
        .iter()
        .find(|c| c.address.to_string() == address && c.blocked.is_some() == blocked);
    found.unwrap_or_else(|| panic!("no change of {address}:\n{}", sketch(plan)))
}

#[track_caller]
fn check_expected(plan: &Plan, expected: &Expect) {
    let verb = |address: &str, verb: Verb| {
        assert_eq!(change(plan, address, false).verb, verb, "{}", sketch(plan));
    };
    match expected {
        Field(address, field, disruption, time) => {
            let change = change(plan, address, false);
            let names: Vec<&str> = change.fields.iter().map(|f| f.name.as_str()).collect();
            assert!(names.contains(field), "{names:?} has no {field}");
            let found = (change.disruption, change.time);
            assert_eq!(found, (*disruption, *time), "{}", sketch(plan));
        }
        Created(address) => verb(address, Verb::Create),
        Deleted(address) => verb(address, Verb::Delete),
        Replaced(address) => verb(address, Verb::Replace),
        Rebooted(address) => {
            let change = change(plan, address, false);
            let reboots = change
                .steps
                .iter()
                .any(|step| plan.steps[*step].call.operation.name().starts_with("Reboot"));
            assert!(reboots, "{}", sketch(plan));
        }
        Refused(address, words) => {
            let blocked = change(plan, address, true).blocked.as_ref().unwrap().to_string();
            assert!(blocked.contains(words), "{blocked}");
        }
        // The record of what was applied may have to be written anew, and nothing else.
        Nothing => {
            let recorded = |change: &Change| change.cause == Cause::Bookkeeping;
            assert!(plan.changes.iter().all(recorded), "{}", sketch(plan));
        }
    }
}

/// Alarms follow what AWS changed in the window.
#[track_caller]
fn check_followed(sim: &Sim, after: &Desired) {
    let plan = plan_on(sim, after, &allowing(&[]));
    let follows = |change: &Change| change.blocked.is_some() || change.cause == Cause::Follows;
    assert!(plan.changes.iter().all(follows), "a week later:\n{}", sketch(&plan));
    let report = apply_on(sim, after, &allowing(&[]));
    assert!(report.all_succeeded(), "{}", failures(&report));
}

/// Applies `production.toml`, then the edited one, and checks plan and outcome.
#[track_caller]
fn check_change(from: &str, to: &str, expected: &[Expect]) {
    let sim = Sim::new();
    check_converges(&sim, &example("production"), &allowing(&[]));
    let after = load("specs/production.toml", &edited(from, to));
    let plan = plan_on(&sim, &after, &allowing(&[]));
    for expected in expected {
        check_expected(&plan, expected);
    }
    let refused = plan.totals().blocked;
    let report = apply_on(&sim, &after, &allowing(&[]));
    assert!(report.all_succeeded(), "{}", failures(&report));
    assert!(report.left.steps.is_empty(), "left:\n{}", sketch(&report.left));
    assert_eq!(report.left.totals().blocked, refused, "left:\n{}", sketch(&report.left));
    sim.advance(Duration::from_secs(8 * 24 * 3600));
    check_followed(&sim, &after);
    let later = plan_on(&sim, &after, &allowing(&[]));
    assert!(later.steps.is_empty() && later.queued.is_empty(), "a week later:\n{}", sketch(&later));
}

macro_rules! changes {
    ($($name:ident: $from:literal => $to:literal, [$($expected:expr),+ $(,)?];)+) => {
        $(#[test]
        fn $name() {
            check_change($from, $to, &[$($expected),+]);
        })+
    };
}

changes! {
    tags: "team = \"payments\"" => "team = \"billing\"",
        [Field(PRIMARY, "tags.team", NONE, NOW), Field("secret/orders-master", "tags.team", NONE, NOW)];
    topology: "topology = \"multi-az-instance\"" => "topology = \"single-az\"",
        [Field(PRIMARY, "multi_az", NONE, WINDOW)];
    version_within_what_is_met: "version  = \"16\"" => "version  = \">=16.4\"", [Nothing];
    class: "class    = \"db.r6g.large\"" => "class    = \"db.r6g.xlarge\"",
        [Field(PRIMARY, "class", FAILOVER, WINDOW)];
    port: "database = \"productiondb\"" => "database = \"productiondb\"\nport = 6432",
        [Field(PRIMARY, "port", RESTART, NOW)];
    database: "database = \"productiondb\"" => "database = \"other\"",
        [Refused(PRIMARY, "CREATE DATABASE")];
    iam_auth: "database = \"productiondb\"" => "database = \"productiondb\"\niam_auth = true",
        [Field(PRIMARY, "iam_auth", NONE, WINDOW)];
    username: "username = \"dbadmin\"" => "username = \"boss\"",
        [Refused(PRIMARY, "never replaces a database")];
    storage_grows: "size     = \"200 GiB\"" => "size     = \"240 GiB\"",
        [Field(PRIMARY, "storage", DEGRADED, WINDOW)];
    storage_shrinks_without_autoscaling: "size     = \"200 GiB\"\nmax_size = \"300 GiB\"" => "size     = \"100 GiB\"\nmax_size = \"off\"",
        [Refused(PRIMARY, "cannot shrink in place")];
    storage_shrinks_with_autoscaling: "size     = \"200 GiB\"" => "size     = \"150 GiB\"",
        [Refused(PRIMARY, "cannot shrink in place")];
    storage_grows_too_little: "size     = \"200 GiB\"" => "size     = \"205 GiB\"",
        [Refused(PRIMARY, "grows by a tenth at least")];
    storage_limit: "max_size = \"300 GiB\"" => "max_size = \"500 GiB\"",
        [Field(PRIMARY, "max_storage", NONE, NOW)];
    backup_retention: "retention    = \"35 days\"" => "retention    = \"14 days\"",
        [Field(PRIMARY, "backup_retention", NONE, NOW)];
    backup_window: "window       = \"03:00-04:00\"" => "window       = \"02:00-03:00\"",
        [Field(PRIMARY, "backup_window", NONE, NOW)];
    backup_copy: "replicate_to = { region = \"us-west-2\"," => "replicate_to = { region = \"us-west-2\", retention = \"14 days\",",
        [Replaced("backup-replication/orders-primary@us-west-2")];
    key_of_the_backup_copy: "replicate_to = { region = \"us-west-2\", kms_key = \"arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001\"" => "replicate_to = { region = \"us-west-2\", kms_key = \"arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000002\"",
        [Refused("backup-replication/orders-primary@us-west-2", "no replication with another key")];
    region_of_the_backup_copy: "replicate_to = { region = \"us-west-2\", kms_key = \"arn:aws:kms:us-west-2:" => "replicate_to = { region = \"eu-west-1\", kms_key = \"arn:aws:kms:eu-west-1:",
        [Created("backup-replication/orders-primary@eu-west-1"), Deleted("backup-replication/orders-primary@us-west-2")];
    maintenance_window: "window = \"sun:04:00-sun:05:00\"" => "window = \"tue:04:00-tue:05:00\"",
        [Field(PRIMARY, "maintenance_window", NONE, NOW)];
    immediate_class: "window = \"sun:04:00-sun:05:00\"" => "window = \"sun:04:00-sun:05:00\"\napply = \"immediately\"",
        [Nothing];
    dynamic_parameter: "log_statement              = \"ddl\"" => "log_statement              = \"mod\"",
        [Field("db-parameter-group/orders-pg16", "parameters.log_statement", NONE, NOW)];
    dynamic_parameter_with_a_unit: "log_min_duration_statement = \"1s\"" => "log_min_duration_statement = \"250ms\"",
        [Field("db-parameter-group/orders-pg16", "parameters.log_min_duration_statement", NONE, NOW)];
    static_parameter: "max_connections            = 200" => "max_connections            = 400",
        [Field("db-parameter-group/orders-pg16", "parameters.max_connections", NONE, NOW), Rebooted(PRIMARY), Rebooted(READER), Rebooted(DR)];
    static_parameter_lowered: "max_connections            = 200" => "max_connections            = 150",
        [Field("db-parameter-group/orders-pg16", "parameters.max_connections", NONE, NOW), Rebooted(PRIMARY), Rebooted(READER), Rebooted(DR)];
    preloaded_libraries: "shared_preload_libraries   = \"pg_stat_statements\"" => "shared_preload_libraries   = \"pg_stat_statements,auto_explain\"",
        [Rebooted(PRIMARY)];
    query_size: "track_activity_query_size  = 2048" => "track_activity_query_size  = 4096", [Rebooted(PRIMARY)];
    a_parameter_less: "log_statement              = \"ddl\"\n" => "",
        [Field("db-parameter-group/orders-pg16", "parameters.log_statement", NONE, NOW)];
    monitoring_interval: "interval    = \"60s\"" => "interval    = \"15s\"",
        [Field(PRIMARY, "monitoring_interval", NONE, NOW)];
    insights_retention: "retention = \"7 days\" }" => "retention = \"31 days\" }",
        [Field(PRIMARY, "insights_retention", NONE, NOW)];
    advanced_insights: "insights    = { mode = \"standard\", retention = \"7 days\" }" => "insights    = { mode = \"advanced\", retention = \"465 days\" }",
        [Field(PRIMARY, "insights_mode", NONE, NOW)];
    log_exports: "log_exports = [\"postgresql\", \"upgrade\"]" => "log_exports = [\"postgresql\"]",
        [Field(PRIMARY, "log_exports", NONE, NOW)];
    encryption_key: "type     = \"gp3\"" => "type     = \"gp3\"\nkms_key = \"arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-00000000000f\"",
        [Refused(PRIMARY, "never replaces a database")];
    who_may_connect: "allow   = [\"172.31.0.0/16\", \"self\"]" => "allow   = [\"172.31.0.0/17\", \"self\"]",
        [Field("security-group/orders-db", "ingress", NONE, NOW)];
    another_replica: "[proxy]" => "[[replica]]\nname = \"read-2\"\n\n[proxy]",
        [Created("db-instance/orders-read-2")];
    replica_class: "name = \"read-1\"" => "name = \"read-1\"\nclass = \"db.r6g.xlarge\"",
        [Field(READER, "class", OUTAGE, WINDOW)];
    pool_size: "max_connections = \"90%\"" => "max_connections = \"80%\"",
        [Field("db-proxy-target-group/orders-proxy", "max_connections", NONE, NOW)];
    idle_connections: "max_idle        = \"45%\"" => "max_idle        = \"40%\"",
        [Field("db-proxy-target-group/orders-proxy", "max_idle_connections", NONE, NOW)];
    idle_clients: "idle_timeout    = \"30 min\"" => "idle_timeout    = \"10 min\"",
        [Field("db-proxy/orders-proxy", "idle_timeout", NONE, NOW)];
    proxy_authentication: "auth            = \"secrets\"" => "auth            = \"iam\"",
        [Field("db-proxy/orders-proxy", "auth", NONE, NOW)];
    who_is_told: "emails = [\"oncall@example.com\"]" => "emails = [\"dba@example.com\"]",
        [Created("sns-subscription/orders-alerts:email:dba@example.com")];
    alarm_threshold: "threshold = 80" => "threshold = 70",
        [Field("alarm/orders-primary-cpu", "threshold", NONE, NOW)];
    snapshot: "name = \"baseline\"" => "name = \"second\"", [Created("db-snapshot/orders-second")];
    guard: "max_disruption = \"failover\"" => "max_disruption = \"none\"", [Nothing];
    protection: "protected      = [\"db-instance/orders-primary\"]" => "protected      = []", [Nothing];
}

#[test]
fn a_confirmed_subscription_that_left_the_spec_is_taken_back() {
    let sim = Sim::new();
    check_converges(&sim, &example("production"), &allowing(&[]));
    let address = "sns-subscription/orders-alerts:email:oncall@example.com";
    assert!(sim.confirm(&address.parse().unwrap()));
    let told = "emails = [\"oncall@example.com\"]";
    // Whoever takes over is told first, and confirms.
    let both = edited(told, "emails = [\"oncall@example.com\", \"dba@example.com\"]");
    check_converges(&sim, &load("specs/production.toml", &both), &allowing(&[]));
    let new = "sns-subscription/orders-alerts:email:dba@example.com";
    assert!(sim.confirm(&new.parse().unwrap()));
    let after = load("specs/production.toml", &edited(told, "emails = [\"dba@example.com\"]"));
    check_expected(&plan_on(&sim, &after, &allowing(&[])), &Deleted(address));
    check_converges(&sim, &after, &allowing(&[]));
}

#[test]
fn immediately_means_now_and_says_so() {
    let sim = Sim::new();
    let text = edited(
        "window = \"sun:04:00-sun:05:00\"",
        "window = \"sun:04:00-sun:05:00\"\napply = \"immediately\"",
    );
    check_converges(&sim, &load("specs/production.toml", &text), &allowing(&[]));
    let larger = text.replacen("class    = \"db.r6g.large\"", "class    = \"db.r6g.xlarge\"", 1);
    let after = load("specs/production.toml", &larger);
    let plan = plan_on(&sim, &after, &allowing(&[]));
    check_expected(&plan, &Field(PRIMARY, "class", FAILOVER, NOW));
    check_converges(&sim, &after, &allowing(&[]));
    assert!(plan_on(&sim, &after, &allowing(&[])).queued.is_empty());
}

/// `production.toml` without the replica in another region, which a major upgrade of its
/// source leaves behind.
fn one_region(edits: &[(&str, &str)]) -> String {
    let mut text = text("production");
    let (from, to) =
        (text.find("[[replica]]\nname    = \"dr\"").unwrap(), text.find("[proxy]").unwrap());
    text.replace_range(from..to, "");
    for (from, to) in edits {
        assert!(text.contains(from), "no `{from}`");
        text = text.replacen(from, to, 1);
    }
    text
}

const TO_17: (&str, &str) = ("version  = \"16\"", "version  = \"17\"");
const AT_ONCE: (&str, &str) = (
    "window = \"sun:04:00-sun:05:00\"",
    "window = \"sun:04:00-sun:05:00\"\napply = \"immediately\"",
);

#[track_caller]
fn check_major_upgrade(edits: &[(&str, &str)]) {
    let sim = Sim::new();
    let file = "specs/production.toml";
    check_converges(&sim, &load(file, &one_region(edits)), &allowing(&[]));
    let edits: Vec<_> = edits.iter().copied().chain([TO_17]).collect();
    let after = load(file, &one_region(&edits));
    let plan = plan_on(&sim, &after, &allowing(&[]));
    let change = change(&plan, PRIMARY, false);
    assert_eq!(change.disruption, OUTAGE, "{}", sketch(&plan));
    // The replica, the groups it leaves and the waiting restarts follow, window by window.
    for _ in 0..4 {
        let report = apply_on(&sim, &after, &allowing(&[]));
        assert!(report.all_succeeded(), "{}", failures(&report));
        sim.advance(Duration::from_secs(8 * 24 * 3600));
    }
    let last = plan_on(&sim, &after, &allowing(&[]));
    assert!(last.is_converged(), "{}", sketch(&last));
}

#[test]
fn a_major_upgrade_at_once() {
    check_major_upgrade(&[AT_ONCE]);
}

#[test]
fn a_major_upgrade_in_the_window() {
    check_major_upgrade(&[]);
}

#[test]
fn a_minor_upgrade_in_the_window_reaches_replicas_first() {
    let sim = Sim::new();
    let file = "specs/production.toml";
    let at = |version: &str| {
        load(file, &edited("version  = \"16\"", &format!("version  = \"{version}\"")))
    };
    check_converges(&sim, &at("16.14"), &allowing(&[]));
    let after = at("16.15");
    let plan = plan_on(&sim, &after, &allowing(&[]));
    check_expected(&plan, &Field(READER, "engine_version", OUTAGE, WINDOW));
    check_expected(&plan, &Refused(PRIMARY, "follows once"));
    for _ in 0..2 {
        let report = apply_on(&sim, &after, &allowing(&[]));
        assert!(report.all_succeeded(), "{}", failures(&report));
        sim.advance(Duration::from_secs(8 * 24 * 3600));
    }
    let last = plan_on(&sim, &after, &allowing(&[]));
    assert!(last.is_converged(), "{}", sketch(&last));
}

/// Every line of the example that sets something is the subject of a row above, or says why
/// it is not.
#[test]
fn every_line_of_the_example_is_changed_by_some_row() {
    const ELSEWHERE: &[&str] = &[
        // Another name, account or region is another cluster.
        "name     = \"orders\"",
        "region   = \"us-east-1\"",
        "account  = \"123456789012\"",
        // Tested with another network in the examples that name theirs by tag.
        "vpc     = \"default\"",
        "subnets = \"all\"",
        // A replica elsewhere is another replica; its key is part of its identity.
        "name    = \"dr\"",
        "region  = \"us-west-2\"",
        "kms_key = \"arn:aws:kms:us-west-2:",
    ];
    let rows = include_str!("spec_changes.rs");
    for line in text("production").lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', '[']) {
            continue;
        }
        let key = line.split('=').next().unwrap().trim();
        let escaped = line.replace('"', "\\\"");
        let named = rows.contains(&escaped)
            || ELSEWHERE.iter().any(|other| line.starts_with(other))
            || rows
                .lines()
                .any(|row| row.contains("=>") && row.split("=>").next().unwrap().contains(key));
        assert!(named, "no row changes `{line}`");
    }
}
