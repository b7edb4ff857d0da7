//! What `pgha-aws` promises of an AWS that answers anything at all. The fuzz target and a test
//! of `pgha-aws` share it.

#[path = "answers/document.rs"]
mod document;
#[path = "answers/script.rs"]
pub mod script;
#[path = "answers/wire.rs"]
mod wire;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;

use aws_config::BehaviorVersion;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use pgha_apply::port::Execute;
use pgha_apply::port::Observe;
use pgha_apply::port::Wanted;
use pgha_aws::Aws;
use pgha_planner::Goal;
use pgha_planner::Intent;
use pgha_planner::Known;
use pgha_planner::plan;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Seen;
use pgha_resource::call::Action;

use script::Script;
use wire::Wire;

/// What only the secret and the one request that needs it may hold.
const PASSWORD: &str = "correct-Horse7battery-staple";

const MOST_ALARMS: usize = 3;

/// Calls a script may ask for: each sends a request or two.
const MOST_CALLS: usize = 6;

/// Reads the account of an example, plans, and makes the calls that the script names, while
/// AWS answers by the script. Nothing panics; every wanted address and network is in what was
/// seen, and what is there is not absent because looking failed; equal looks give equal plans;
/// the password is in nothing that comes back.
pub fn check(bytes: &[u8]) {
    let script = Script::parse(bytes);
    let world = if script.is_cluster { &*CLUSTER } else { &*INSTANCE };
    world.wire.play(script.clone());
    let live = block_on(world.account.observe(&world.wanted));
    for address in world.wanted.resources.keys() {
        assert!(live.resources.contains_key(address), "{address} is lost");
    }
    for region in world.wanted.networks.keys() {
        assert!(live.networks.contains_key(region), "the network of {region} is lost");
    }
    if script.only_fails() {
        for (address, seen) in &live.resources {
            let was_there = world.live.present(address).is_some();
            assert!(!was_there || *seen != Seen::Absent, "{address} is taken for absent");
        }
    }
    let mut said = format!("{:?} {live:?}", block_on(world.account.identity()));
    let found = plan(&world.desired, &live, &Intent::default());
    let again = plan(&world.desired, &live, &Intent::default());
    assert_eq!(found.digest(), again.digest(), "equal looks give different plans");
    for step in found.steps.into_iter().chain(plan(&world.desired, &live, &destroying()).steps) {
        let waits = step.after.iter().all(|after| after.step < step.id);
        assert!(waits, "step {} waits for a later one", step.id);
    }
    for call in world.named(&script) {
        said += &format!("{:?}", block_on(world.account.execute(call)));
    }
    assert!(script.tells(PASSWORD) || !said.contains(PASSWORD), "the password got out");
}

/// Every operation that is answered from a file or called, with the fields of its answers.
#[allow(dead_code, reason = "the test has no use for it, the fuzz target's mutator has")]
pub fn vocabulary() -> Vec<(String, Vec<String>)> {
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in wire::templates(&repository().join("fuzz/answers")) {
        let operation = name.split('.').next().unwrap_or_default().replace('/', ":");
        words.entry(operation).or_default().extend(fields(&text));
    }
    for world in [&*INSTANCE, &*CLUSTER] {
        for operation in world.calls.keys() {
            words.entry(operation.clone()).or_default();
        }
    }
    words.into_iter().map(|(name, fields)| (name, fields.into_iter().collect())).collect()
}

/// The names of elements and keys that hold something.
fn fields(text: &str) -> Vec<String> {
    let is_name = |word: &&str| word.chars().all(char::is_alphanumeric) && !word.is_empty();
    let elements = text.split('<').filter_map(|rest| rest.split_once('>')).map(|(name, _)| name);
    let keys = text.split('"').collect::<Vec<_>>();
    let keys = keys.windows(2).filter(|pair| pair[1].starts_with(':')).map(|pair| pair[0]);
    elements.chain(keys).filter(is_name).map(str::to_string).collect()
}

/// An example, its account, and calls that are made there.
struct World {
    desired: Desired,
    wanted: Wanted,
    wire: Wire,
    account: Aws,
    /// What is seen while nothing is edited.
    live: Live,
    /// By `rds:CreateDBInstance`, with everything in them known.
    calls: BTreeMap<String, Vec<Call>>,
}

static INSTANCE: LazyLock<World> = LazyLock::new(|| World::of("production", "orders"));
static CLUSTER: LazyLock<World> = LazyLock::new(|| World::of("multi-az-cluster", "ledger"));

/// Edits of an example that every kind of change follows from.
const CHANGES: &[(&str, &str)] = &[
    ("large\"", "xlarge\""),
    ("\"200 GiB\"", "\"250 GiB\""),
    ("team = ", "crew = "),
    ("retention    = \"35 days\"", "retention    = \"7 days\""),
    ("retention = \"14 days\"", "retention = \"7 days\""),
    ("max_connections            = 200", "max_connections            = 400"),
    ("\"500ms\"", "\"1s\""),
    ("\"ddl\"", "\"all\""),
    ("threshold = 80", "threshold = 70"),
    ("\"60s\"", "\"0s\""),
    ("idle_timeout    = \"30 min\"", "idle_timeout    = \"20 min\""),
    ("\"90%\"", "\"80%\""),
    ("10.0.0.0/16", "10.1.0.0/16"),
    ("172.31.0.0/16", "172.30.0.0/16"),
];

impl World {
    fn of(name: &str, cluster: &'static str) -> Self {
        let file = repository().join(format!("specs/{name}.toml"));
        let text = std::fs::read_to_string(file).expect("the examples are in the repository");
        let desired = load(&text);
        let wanted = Wanted::everything(&desired);
        let templates = wire::templates(&repository().join("fuzz/answers"));
        let wire = Wire::new(templates, cluster, PASSWORD);
        let account = Aws::with(&config(&wire), &desired.scope, &desired.regions(), None);
        let live = block_on(account.observe(&wanted));
        for (address, seen) in &live.resources {
            assert!(!matches!(seen, Seen::Unread(_)), "a template is wrong: {address} is {seen:?}");
        }
        let calls = calls(&text, &desired, &live);
        Self { desired, wanted, wire, account, live, calls }
    }

    /// The calls that a script names.
    fn named<'a>(&'a self, script: &'a Script) -> impl Iterator<Item = &'a Call> {
        let named: BTreeSet<&str> =
            script.edits.iter().map(|edit| edit.operation.as_str()).collect();
        let calls = named.into_iter().filter_map(|operation| self.calls.get(operation));
        calls.flatten().take(MOST_CALLS)
    }
}

/// An example with few of its alarms: each takes a call, and one is like another.
fn load(text: &str) -> Desired {
    let mut desired = pgha_spec::load("cluster.toml", text).expect("the example is sound").desired;
    let is_alarm = |address: &Address| address.kind == Kind::Alarm;
    let alarms: Vec<Address> = desired.resources.keys().filter(|a| is_alarm(a)).cloned().collect();
    alarms.iter().skip(MOST_ALARMS).for_each(|alarm| drop(desired.resources.remove(alarm)));
    desired
}

fn destroying() -> Intent {
    Intent { goal: Goal::Destroy { final_snapshot: true }, ..Intent::default() }
}

/// Calls of every kind: everything is created, changed, and deleted.
fn calls(text: &str, desired: &Desired, live: &Live) -> BTreeMap<String, Vec<Call>> {
    let changed = CHANGES.iter().fold(text.to_string(), |text, (from, to)| text.replace(from, to));
    let nothing = Live {
        resources: desired.resources.keys().map(|a| (a.clone(), Seen::Absent)).collect(),
        networks: live.networks.clone(),
        ..Live::default()
    };
    let plans = [
        plan(desired, &nothing, &Intent::default()),
        plan(&load(&changed), live, &Intent::default()),
        plan(desired, live, &destroying()),
    ];
    let mut calls: BTreeMap<String, Vec<Call>> = BTreeMap::new();
    let (scope, leaving) = (&desired.scope, BTreeSet::new());
    for step in plans.into_iter().flat_map(|plan| plan.steps) {
        let mut call = step.call;
        fill_in(&mut call, &Known { scope, live, leaving: &leaving });
        let service = match call.operation.service() {
            "cloudwatch" => "monitoring",
            service => service,
        };
        let same = calls.entry(format!("{service}:{}", call.operation.name())).or_default();
        if same.len() < 3 {
            same.push(call);
        }
    }
    calls
}

/// As `pgha-apply` does before a call.
fn fill_in(call: &mut Call, known: &Known<'_>) {
    match &mut call.action {
        Action::Create { to: of, .. }
        | Action::Tag { of, .. }
        | Action::Reboot { of }
        | Action::Start { of } => of.resolve(known),
        Action::Delete { from, .. } => from.resolve(known),
        Action::Update { from, to, .. } => {
            from.resolve(known);
            to.resolve(known);
        }
    }
    if let Some(live) = known.live.present(&call.address) {
        (call.id, call.arn) = (live.ids.id.clone(), live.ids.arn.clone());
        call.resource_id = live.ids.resource_id.clone();
    }
}

/// A configuration that reaches nothing but the wire, and never waits.
fn config(wire: &Wire) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(aws_config::Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(wire.clone())
        .build()
}

fn block_on<F: Future>(future: F) -> F::Output {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime of one thread needs nothing");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// The top folder of the checkout: the target and the test are built in different ones.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = here.ancestors().find(|folder| folder.join("fuzz/answers").is_dir());
    top.expect("the package is in the checkout").to_path_buf()
}
