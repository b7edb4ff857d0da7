//! Every word that a spec can say, followed to the field it decides, and each field back to
//! its line. `examples.rs` shows whole clusters; most of these words stand in none of them.

mod alarms;
mod alerting;
mod database;
mod network;
mod parameters;
mod policy;
mod proxy;
mod replicas;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_spec::load;

/// A text with more keys of `[cluster]`, and what follows the required keys of `[engine]`.
fn text_of(cluster: &str, rest: &str) -> String {
    format!(
        r#"[cluster]
name = "t"
region = "us-east-1"
account = "123456789012"
tags = {{ team = "t" }}
{cluster}
[engine]
version = "16"
class = "db.r6gd.large"
{rest}
"#
    )
}

#[track_caller]
fn desired(text: &str) -> Desired {
    load("t.toml", text).unwrap_or_else(|e| panic!("{e}: {:#?}", e.diagnostics)).desired
}

#[track_caller]
fn at<'a>(desired: &'a Desired, address: &str) -> &'a DesiredResource {
    let known = || desired.resources.keys().map(Address::to_string).collect::<Vec<_>>();
    let found = desired.resources.get(&address.parse().unwrap());
    found.unwrap_or_else(|| panic!("no {address} in {:#?}", known()))
}

#[track_caller]
fn field(desired: &Desired, address: &str, field: &str) -> String {
    let fields = at(desired, address).resource.shown_fields();
    let found = fields.into_iter().find(|(name, _)| *name == field);
    found.unwrap_or_else(|| panic!("{address} has no {field}")).1.to_string()
}

/// Checks fields of one resource: name, value, and the line it comes from.
#[track_caller]
fn check_fields(text: &str, address: &str, wanted: &[(&str, &str, &str)]) {
    let desired = desired(text);
    for (name, value, line) in wanted {
        assert_eq!(field(&desired, address, name), *value, "{address} {name}");
        check_line(text, &desired, address, name, line);
    }
}

/// Checks the line that a field, or an element of a map, comes from.
#[track_caller]
fn check_line(text: &str, desired: &Desired, address: &str, field: &str, line: &str) {
    let number = at(desired, address).origin_of(field).line as usize;
    let written = text.lines().nth(number - 1).unwrap_or_default();
    assert_eq!(written, line, "where {address} {field} comes from");
}

/// Checks single fields of several resources.
#[track_caller]
fn check_values(text: &str, wanted: &[(&str, &str, &str)]) {
    let desired = desired(text);
    for (address, name, value) in wanted {
        assert_eq!(field(&desired, address, name), *value, "{address} {name}");
    }
}

/// Checks which addresses that begin with a text there are.
#[track_caller]
fn check_addresses(text: &str, prefix: &str, wanted: &[&str]) {
    let desired = desired(text);
    let all = desired.resources.keys().map(Address::to_string);
    assert_eq!(all.filter(|address| address.starts_with(prefix)).collect::<Vec<_>>(), wanted);
}

/// Checks what a resource waits for beside what its fields name.
#[track_caller]
fn check_after(text: &str, address: &str, wanted: &[&str]) {
    let desired = desired(text);
    let after = at(&desired, address).after.iter().map(Address::to_string);
    assert_eq!(after.collect::<Vec<_>>(), wanted, "{address}");
}

#[test]
fn a_tag_of_every_resource_comes_from_its_own_line() {
    let text = text_of("", "")
        .replace("tags = { team = \"t\" }\n", "\n[cluster.tags]\nteam = \"t\"\nstage = \"live\"\n");
    let desired = desired(&text);
    for address in desired.resources.keys() {
        let address = address.to_string();
        check_line(&text, &desired, &address, "tags.team", "team = \"t\"");
        check_line(&text, &desired, &address, "tags.stage", "stage = \"live\"");
    }
}
