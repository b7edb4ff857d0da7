//! What exists is described by a spec whose plan does nothing but tag it.

use std::collections::BTreeSet;
use std::time::Duration;

use pgha_import::Request;
use pgha_planner::{Allow, Intent};
use pgha_resource::{Address, Desired, Kind, Region};
use pgha_sim::{Fault, Sim};
use pgha_simulation::case::Case;
use pgha_simulation::{
    apply_on, block_on, disowning, example, failures, import, load, plan_on, sketch, unmarked,
};

/// An account with a cluster that nobody marked as pgha's.
fn built(desired: &Desired) -> Sim {
    let account = Sim::new();
    account.set_scope(&desired.scope);
    account.make_networks(&desired.networks);
    let report = apply_on(&account, desired, &Intent::default());
    assert!(report.left.changes.iter().all(|c| c.blocked.is_some()), "{}", failures(&report));
    unmarked(&account)
}

/// All that is there, with all that is known about it.
fn things(account: &Sim) -> serde_json::Value {
    let text = account.to_json().unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["account"]["things"].clone()
}

/// Takes it over, and finds that nothing changed and nothing is left.
#[track_caller]
fn check_taken_over(account: &Sim, identifier: &str, region: &Region) -> String {
    let before = things(account);
    let found = import(account, identifier, region);
    let text = &found.text;
    assert!(found.doubts.is_empty(), "{:#?}\n{text}", found.doubts);
    let desired = &found.loaded.desired;
    let allow = found.adopted.iter().cloned().map(Allow::Adopt).collect();
    let plan = plan_on(account, desired, &Intent { allow, ..Intent::default() });
    let tags = |operation: &str| {
        ["AddTags", "Tag", "CreateTags"].iter().any(|word| operation.starts_with(word))
    };
    for step in &plan.steps {
        assert!(tags(&step.call.operation.to_string()), "{}\n{text}", sketch(&plan));
    }
    let allow = found.adopted.iter().cloned().map(Allow::Adopt).collect();
    let report = apply_on(account, desired, &Intent { allow, ..Intent::default() });
    assert!(report.is_converged(), "{}\n{text}", failures(&report));
    let plan = plan_on(account, desired, &Intent::default());
    assert!(plan.is_converged(), "{}\n{text}", sketch(&plan));
    // Importing what is imported gives the same.
    assert_eq!(&import(account, identifier, region).text, text);
    // And what is let go is as it was.
    let report = apply_on(account, desired, &disowning());
    assert!(report.is_converged(), "{}\n{text}", failures(&report));
    assert_eq!(things(account), before, "{text}");
    found.text
}

#[test]
fn the_examples_are_taken_over() {
    for name in ["minimal", "course", "production", "dr", "shop", "multi-az-cluster"] {
        let desired = example(name);
        let account = built(&desired);
        let primary = &desired.database().unwrap().name;
        let text = check_taken_over(&account, primary, &desired.scope.home);
        println!("--- {name}\n{text}");
    }
}

/// `cargo test -p pgha-simulation --test importing -- --ignored` takes over thousands.
#[test]
#[ignore = "takes minutes: what runs always is `random_clusters_are_taken_over`"]
fn many_random_clusters_are_taken_over() {
    (0..3000).for_each(check_random);
}

#[test]
fn random_clusters_are_taken_over() {
    (0..60).for_each(check_random);
}

fn check_random(seed: u64) {
    let text = Case::of(seed).spec(false);
    let desired = load("cluster.toml", &text);
    let account = built(&desired);
    let primary = &desired.database().unwrap().name;
    println!("--- {seed}\n{text}");
    check_taken_over(&account, primary, &desired.scope.home);
}

/// The same from every member: a replica in another region, a replica of a replica, the proxy.
#[test]
fn each_member_leads_to_the_whole() {
    for name in ["shop", "dr", "production"] {
        let desired = example(name);
        let account = built(&desired);
        let scope = &desired.scope;
        let leads = |address: &Address| matches!(address.kind, Kind::DbInstance | Kind::DbProxy);
        let members = desired.resources.keys().filter(|address| leads(address));
        let texts: BTreeSet<String> = members
            .map(|member| import(&account, &member.name, scope.region_of(member)).text)
            .collect();
        assert_eq!(texts.len(), 1, "{name}: {texts:#?}");
    }
}

const BILLING: &str = "db-instance/billing";

/// An account with what the console makes.
fn of_the_console() -> Sim {
    let account = Sim::new();
    account.make_database(&BILLING.parse().unwrap()).unwrap();
    account
}

fn home() -> Region {
    Region::new("us-east-1")
}

/// Whatever somebody set in the console is in the spec.
#[test]
fn what_the_console_made_is_taken_over() {
    check_taken_over(&of_the_console(), "billing", &home());
    let settings = [
        ("multi_az", "true"),
        ("class", "db.t4g.medium"),
        ("public", "true"),
        ("iam_auth", "true"),
        ("port", "6432"),
        ("deletion_protection", "false"),
        ("backup_retention", "0"),
        ("backup_retention", "35"),
        ("backup_window", "22:00-22:30"),
        ("auto_minor_upgrade", "false"),
        ("copy_tags", "false"),
        ("monitoring_interval", "0"),
        ("insights", "false"),
        ("insights_retention", "31"),
        ("max_storage", "0"),
        ("maintenance_window", "mon:01:00-mon:01:30"),
        ("storage", "400"),
        ("throughput", "500"),
        ("log_exports", "upgrade"),
        ("tags.owner", "billing"),
    ];
    for (field, value) in settings {
        let account = of_the_console();
        let changed = account.tamper(&BILLING.parse().unwrap(), field, value);
        let changed = changed.unwrap_or_else(|error| panic!("{field}: {error}"));
        println!("--- {field} {changed}");
        account.advance(Duration::from_secs(24 * 3600));
        check_taken_over(&account, "billing", &home());
    }
}

#[test]
fn a_name_that_is_nothing_names_what_is_like_it() {
    let account = of_the_console();
    let said = |identifier: &str, region: &str| {
        let region = Region::new(region);
        let request = Request {
            identifier,
            region: &region,
            cluster: None,
            file: "cluster.toml",
            today: "2026-11-30",
            until: "2027-02-28",
        };
        block_on(pgha_import::import(&account, &request)).unwrap_err().to_string()
    };
    let nothing = |name, region| format!("there is no database or proxy `{name}` in {region}");
    assert_eq!(said("biling", "us-east-1"), nothing("biling", "us-east-1") + "; there is billing");
    assert_eq!(said("orders", "us-east-1"), nothing("orders", "us-east-1"));
    assert_eq!(said("billing", "us-west-2"), nothing("billing", "us-west-2"));
    let theirs = "arn:aws:rds:us-east-1:999999999999:db:billing";
    assert!(said(theirs, "us-east-1").contains("in another account"));
}

/// What a plan would do beside tagging is said before anybody applies it.
#[test]
fn a_stopped_database_is_in_doubt() {
    let account = of_the_console();
    account.stop(&BILLING.parse().unwrap()).unwrap();
    account.advance(Duration::from_secs(3600));
    let found = import(&account, "billing", &home());
    let doubts: Vec<String> = found.doubts.iter().map(|doubt| doubt.address.to_string()).collect();
    assert_eq!(doubts, [BILLING], "{:#?}", found.doubts);
}

/// Who may not read one service gets the rest, and is told.
#[test]
fn what_cannot_be_read_is_named() {
    let account = of_the_console();
    account.inject(Fault::Unreadable(Kind::Alarm));
    let found = import(&account, "billing", &home());
    assert!(found.doubts.is_empty(), "{:#?}", found.doubts);
    assert!(!found.unread.is_empty());
}

/// A replica is imported with its source, wherever that is, and no database is forgotten.
#[test]
fn a_region_has_what_is_imported_from_it_and_what_is_not() {
    let desired = example("dr");
    let account = built(&desired);
    let survey = |region: &str| {
        let region = Region::new(region);
        block_on(pgha_import::survey(&account, &region)).unwrap()
    };
    let home = survey("us-east-1");
    let primary = Address::home(Kind::DbInstance, "vault-primary");
    assert_eq!(home.primaries.into_iter().collect::<Vec<_>>(), [(primary, "vault".to_string())]);
    assert!(home.others.is_empty());
    let west = survey("us-west-2");
    assert!(west.primaries.is_empty());
    let why: Vec<String> = west.others.values().map(ToString::to_string).collect();
    let with = "it replicates from `vault-primary` in us-east-1, with which it is imported";
    assert_eq!(why, [with]);
}
