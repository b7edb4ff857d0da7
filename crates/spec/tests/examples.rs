//! Every file in `specs/` loads, and expands to the addresses in its snapshot.

use std::collections::BTreeSet;
use std::fmt::Write;

use pgha_spec::Loaded;
use pgha_spec::Severity;
use pgha_spec::load;

fn read(name: &str) -> String {
    let path = format!("{}/../../specs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[track_caller]
fn load_example(name: &str) -> Loaded {
    load(&format!("{name}.toml"), &read(name))
        .unwrap_or_else(|e| panic!("{e}: {:#?}", e.diagnostics))
}

/// Loads an example, checks that nothing is worse than advice and that the graph is closed,
/// and returns its addresses with the lines they come from.
#[track_caller]
fn check_example(name: &str) -> String {
    let loaded = load_example(name);
    for found in &loaded.diagnostics {
        assert_eq!(found.severity, Severity::Advice, "{found:#?}");
    }
    let known: BTreeSet<_> = loaded.desired.resources.keys().cloned().collect();
    let mut text = String::new();
    for (address, desired) in &loaded.desired.resources {
        writeln!(text, "{address} :{}", desired.origin.line).unwrap();
        let named = desired.resource.addresses().into_iter().chain(desired.after.iter().cloned());
        for other in named {
            assert!(known.contains(&other), "{address} refers to {other}, which is not there");
        }
        // Tags are no field of their own and have their lines all the same.
        let fields = desired.resource.field_names().into_iter().chain(["tags"]);
        let fields: BTreeSet<_> = fields.collect();
        for field in desired.origins.keys() {
            let name = field.split('.').next().unwrap_or_default();
            assert!(fields.contains(name), "{address} has no field {field}");
        }
        pgha_resource::naming::check(address.kind, &address.name).unwrap();
    }
    text
}

#[test]
fn minimal() {
    insta::assert_snapshot!(check_example("minimal"));
}

#[test]
fn production() {
    insta::assert_snapshot!(check_example("production"));
}

#[test]
fn course() {
    insta::assert_snapshot!(check_example("course"));
}

#[test]
fn multi_az_cluster() {
    insta::assert_snapshot!(check_example("multi-az-cluster"));
}

#[test]
fn shop() {
    insta::assert_snapshot!(check_example("shop"));
}

#[test]
fn dr() {
    insta::assert_snapshot!(check_example("dr"));
}

/// The fields of the resources that carry the policy, as people see them.
#[track_caller]
fn shown(name: &str, addresses: &[&str]) -> String {
    let desired = load_example(name).desired;
    let mut text = String::new();
    for address in addresses {
        let resource = &desired.resources[&address.parse().unwrap()];
        writeln!(text, "{address}").unwrap();
        for (field, value) in resource.resource.shown_fields() {
            let origin = resource.origin_of(field).line;
            writeln!(text, "  {field} = {value} :{origin}").unwrap();
        }
    }
    text
}

#[test]
fn the_fields_of_production() {
    let addresses = [
        "db-instance/orders-primary",
        "db-instance/orders-read-1",
        "db-instance/orders-dr@us-west-2",
        "db-parameter-group/orders-pg16",
        "security-group/orders-db",
        "backup-replication/orders-primary@us-west-2",
        "db-proxy/orders-proxy",
        "db-proxy-target-group/orders-proxy",
        "iam-role/orders-proxy-us-east-1",
        "iam-role/orders-monitoring-us-east-1",
        "sns-topic/orders-alerts",
        "event-subscription/orders-instances",
        "alarm/orders-primary-connections",
    ];
    insta::assert_snapshot!(shown("production", &addresses));
}

#[test]
fn the_fields_of_the_course() {
    let addresses = [
        "security-group/shop-app",
        "security-group/shop-proxy",
        "security-group/shop-db",
        "security-group/shop-reporting",
        "db-parameter-group/shop-pg16",
        "db-proxy/shop-proxy",
        "db-proxy-target-group/shop-proxy",
        "iam-policy/shop-connect-us-east-1",
        "alarm/shop-proxy-pinning",
    ];
    insta::assert_snapshot!(shown("course", &addresses));
}
