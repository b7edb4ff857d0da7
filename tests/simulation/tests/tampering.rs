//! Every managed field of every kind: someone changes it in the console, `drift` says so,
//! and `apply` repairs it or says why not. The cases come from the field tables, through
//! the example specs, so a new field is covered by being used in one of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use pgha_planner::Cause;
use pgha_planner::NoteKind;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::kind::Tagging;
use pgha_resource::value::Shown;
use pgha_sim::Sim;
use pgha_simulation::SPECS;
use pgha_simulation::allowing;
use pgha_simulation::apply_on;
use pgha_simulation::check_converges;
use pgha_simulation::example;
use pgha_simulation::failures;
use pgha_simulation::plan_on;
use pgha_simulation::sketch;

/// Fields that no server returns: nobody can see that they were changed.
const UNREADABLE: &[(Kind, &str)] = &[
    (Kind::Secret, "username"),
    (Kind::Secret, "host"),
    (Kind::Secret, "port"),
    (Kind::Secret, "dbname"),
];

/// What someone in the console would type instead of a value.
fn another(kind: Kind, field: &str, value: &Shown) -> Option<String> {
    let text = value.to_string();
    let special = match (kind, field) {
        (_, "class") if text.contains(".large") => text.replace(".large", ".xlarge"),
        (_, "class") => text.replace("xlarge", "large"),
        (_, "engine_version") => "15.17".into(),
        (_, "maintenance_window") => "fri:01:00-fri:02:00".into(),
        (_, "backup_window") => "11:00-12:00".into(),
        (_, "storage_type") => {
            if text == "gp3" {
                "gp2".into()
            } else {
                "gp3".into()
            }
        }
        // A group that is added stays attached; the spec's is taken off.
        (Kind::DbInstance | Kind::DbCluster, "security_groups") => ",".into(),
        (_, "network_type") => "DUAL".into(),
        (_, "ca_certificate") => "rds-ca-rsa4096-g1".into(),
        (_, "monitoring_interval") => "30".into(),
        (_, "insights_mode") => {
            if text == "standard" {
                "advanced".into()
            } else {
                "standard".into()
            }
        }
        (_, "insights_retention") => "731".into(),
        (_, "password") => return None,
        (_, "policy" | "trust" | "document") => {
            "{\"Version\":\"2012-10-17\",\"Statement\":[]}".into()
        }
        (Kind::SecurityGroup, "ingress" | "egress") => "tcp/5433 10.9.0.0/16".into(),
        (Kind::IamRole, "inline") => "other={\"Version\":\"2012-10-17\",\"Statement\":[]}".into(),
        (_, "parameters") => "work_mem=1234".into(),
        (Kind::Alarm, "comparison") => "Below".into(),
        (Kind::Alarm, "missing_data") => "Ignore".into(),
        (Kind::Alarm, "statistic") => "SampleCount".into(),
        (Kind::EventSubscription, "source_type") => "db-snapshot".into(),
        (Kind::DbProxyEndpoint, "role") => "read-write".into(),
        (Kind::DbProxy, "scheme") => "iam".into(),
        (_, "rotation" | "auth" | "target") => return None,
        _ => String::new(),
    };
    if !special.is_empty() {
        return Some(special);
    }
    Some(match (text.as_str(), value) {
        ("true", _) => "false".into(),
        ("false", _) => "true".into(),
        (number, _) if number.parse::<u32>().is_ok() => {
            (number.parse::<u32>().unwrap() + 1).to_string()
        }
        (_, Shown::List(_)) => "other-thing".into(),
        (_, Shown::Map(_)) => "other=thing".into(),
        _ => "other-thing".into(),
    })
}

/// Every desired field of an example, one case for each kind and field.
fn cases() -> BTreeMap<(Kind, &'static str), (&'static str, Address, Shown)> {
    let mut cases = BTreeMap::new();
    for name in SPECS {
        for (address, wanted) in &example(name).resources {
            for (field, value) in wanted.resource.shown_fields() {
                if value != Shown::Unset {
                    cases.entry((address.kind, field)).or_insert((*name, address.clone(), value));
                }
            }
        }
    }
    cases
}

/// Fields that only a type of their own would hold: what the console cannot change either.
fn fixed(kind: Kind, field: &str) -> bool {
    matches!(
        (kind, field),
        (Kind::SnsSubscription, _)
            | (Kind::DbProxyTarget, _)
            | (Kind::DbProxyTargetGroup | Kind::DbProxyEndpoint, "proxy")
    )
}

#[test]
fn every_managed_field_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let mut applied: BTreeMap<&str, PathBuf> = BTreeMap::new();
    let mut problems = Vec::new();
    for ((kind, field), (name, address, value)) in cases() {
        if fixed(kind, field) || UNREADABLE.contains(&(kind, field)) {
            continue;
        }
        let Some(other) = another(kind, field, &value) else { continue };
        let desired = example(name);
        let state = applied.entry(name).or_insert_with(|| {
            let sim = Sim::new();
            check_converges(&sim, &desired, &allowing(&[]));
            let path = folder.path().join(name);
            sim.save_as(&path).unwrap();
            path
        });
        let sim = Sim::open(state).unwrap();
        sim.set_scope(&desired.scope);
        if let Err(error) = sim.tamper(&address, field, &other) {
            problems.push(format!("{address} {field}: cannot be tampered with: {error}"));
            continue;
        }
        if let Some(problem) = watched(&sim, name, &address, field) {
            problems.push(problem);
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// What has no tags has no record either: that the two differ is all that can be said.
fn is_drift(kind: Kind, cause: Cause) -> bool {
    match kind.tagging() {
        Tagging::By { .. } => cause == Cause::AwsChanged,
        Tagging::WithParent => cause == Cause::Unrecorded,
    }
}

/// Drift must name the field, and an apply must repair it or leave it blocked with a reason.
fn watched(sim: &Sim, name: &str, address: &Address, field: &str) -> Option<String> {
    let desired = example(name);
    let plan = plan_on(sim, &desired, &allowing(&[]));
    let named = |change: &pgha_planner::Change| {
        let of_field = |f: &pgha_planner::FieldChange| {
            f.name == field || f.name.starts_with(&format!("{field}."))
        };
        &change.address == address
            && change.fields.iter().any(|f| of_field(f) && is_drift(address.kind, f.cause))
    };
    let by_aws = plan
        .notes
        .iter()
        .any(|note| note.kind == NoteKind::ByAws && note.address.as_ref() == Some(address));
    if by_aws {
        return None;
    }
    if !plan.changes.iter().any(named) {
        return Some(format!("{address} {field}: no drift reported:\n{}", sketch(&plan)));
    }
    let report = apply_on(sim, &desired, &allowing(&[]));
    if !report.all_succeeded() {
        return Some(format!("{address} {field}: repair failed:\n{}", failures(&report)));
    }
    let left = report.left;
    let explained = left.changes.iter().all(|change| change.blocked.is_some());
    (!left.steps.is_empty() || !explained)
        .then(|| format!("{address} {field}: not repaired and not refused:\n{}", sketch(&left)))
}

#[test]
fn the_examples_use_every_field_that_the_spec_can_set() {
    let used: BTreeSet<(Kind, &str)> = cases().into_keys().collect();
    let kinds: BTreeSet<Kind> = used.iter().map(|(kind, _)| *kind).collect();
    // A cluster snapshot is the one kind that no example declares.
    let missing: Vec<_> = Kind::ALL
        .iter()
        .filter(|kind| !kinds.contains(kind) && **kind != Kind::DbClusterSnapshot)
        .collect();
    assert!(missing.is_empty(), "no example has a {missing:?}");
}

/// What belongs to another cluster is taken over with a word, by the very calls that the plan
/// shows.
#[test]
fn what_is_another_clusters_is_taken_over_with_a_word() {
    let (sim, desired) = (Sim::new(), example("production"));
    check_converges(&sim, &desired, &allowing(&[]));
    let mut words = Vec::new();
    for address in desired.resources.keys() {
        if sim.tamper(address, "tags.pgha:cluster", "other").is_ok() {
            words.push(format!("adopt:{address}"));
        }
    }
    let primary: Address = "db-instance/orders-primary".parse().unwrap();
    sim.tamper(&primary, "deletion_protection", "false").unwrap();
    assert!(plan_on(&sim, &desired, &allowing(&[])).totals().blocked > 20);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    check_converges(&sim, &desired, &allowing(&words));
}
