//! What is only used: nothing may be said of it that pgha would never make true.

use std::ops::Range;

use super::keys;
use crate::diagnostic::Diagnostic;
use crate::section::Spec;
use crate::section::credentials::Manage;
use crate::section::names::Name;
use crate::section::network::Groups;
use crate::spanned::Place;
use crate::spanned::Sp;

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    credentials(spec, found);
    match spec.groups() {
        Groups::Given => groups(spec, found),
        Groups::Single | Groups::Chain => not_given(spec, found),
    }
    parameters(spec, found);
}

/// A password that somebody else keeps, and a secret that is not pgha's.
fn credentials(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(section) = &spec.credentials else { return };
    if spec.manage() != Manage::Given {
        if let Some(secret) = &section.secret_arn {
            let title = "`secret_arn` is for a password that somebody else keeps";
            let finding = without_effect(secret.span(), title);
            found.push(finding.help("write `manage = \"given\"` beside it, or delete it"));
        }
        return;
    }
    for (written, key) in
        [(section.kms_key.place(), "kms_key"), (section.rotation.place(), "rotation")]
    {
        if let Some(at) = written {
            let title = format!("`{key}` is for a secret that pgha makes");
            found.push(without_effect(at, title).help(format!("delete `{key}`")));
        }
    }
    if let Some(secret) = &section.secret_arn {
        match keys::is_secret(secret) {
            true => keys::elsewhere("PGHA129", "secret_arn", secret, &spec.home(), secret.span(), found),
            false => found.push(
                Diagnostic::new("PGHA113", secret.span(), "a secret is named by its ARN")
                    .label("not the ARN of a secret")
                    .help("write \"arn:aws:secretsmanager:…:secret:…\", with the six characters at its end"),
            ),
        }
    }
}

/// Without a group of their own, databases and proxies have what somebody names: where nobody
/// does, AWS gives them the VPC's default group
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html>).
fn groups(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(network) = &spec.network else { return };
    let given = network.security_groups.place().unwrap_or_else(|| network.span());
    if let Some(allow) = &network.allow {
        let title = "`allow` is for security groups that pgha makes";
        found.push(without_effect(allow.span(), title).help("write the rules into those groups"));
    }
    let is_empty =
        |ids: &Option<Sp<Vec<Sp<String>>>>| ids.as_ref().is_none_or(|ids| ids.is_empty());
    if is_empty(&network.extra_security_groups) {
        found.push(nobody_says(given.clone(), "the databases", "extra_security_groups"));
    }
    for region in spec.regions().iter().filter(|region| **region != spec.home()) {
        let own = network.regions.iter().find(|(name, _)| name.as_str() == region.as_str());
        if own.is_none_or(|(_, own)| is_empty(&own.extra_security_groups)) {
            let key = format!("extra_security_groups` of `[network.regions.{region}]");
            found.push(nobody_says(given.clone(), &format!("the databases in {region}"), &key));
        }
    }
    if spec.proxy.as_ref().is_some_and(|proxy| is_empty(&proxy.security_groups)) {
        found.push(nobody_says(given, "the proxy", "security_groups` of `[proxy]"));
    }
}

fn nobody_says(at: Range<usize>, whose: &str, key: &str) -> Diagnostic {
    Diagnostic::new("PGHA164", at, format!("nobody says which security groups {whose} have"))
        .label("AWS would take the default group of the VPC")
        .help(format!("name one at least in `{key}`"))
}

fn not_given(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let proxy = spec.proxy.as_ref().and_then(|proxy| proxy.security_groups.as_ref());
    if let Some(groups) = proxy {
        let title = "the proxy has a security group that pgha makes";
        let help = "write `security_groups = \"given\"` into [network], or delete it";
        found.push(without_effect(groups.span(), title).help(help));
    }
}

/// Parameters for a group of the primary that is only used.
fn parameters(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(at) = spec.parameters.as_ref().and_then(|table| table.keys().next()) else { return };
    let (cluster, major) = (spec.cluster.name.as_str(), spec.major());
    let primary = match spec.is_cluster() {
        true => format!("db-cluster-parameter-group/{cluster}-cluster-pg{major}"),
        false => format!("db-parameter-group/{cluster}-pg{major}"),
    };
    let names = spec.names.iter().flat_map(|names| names.iter());
    let given = names.filter(|(key, name)| ***key == primary && matches!(***name, Name::Given(_)));
    for (key, name) in given {
        let title = format!("`{}` is given, and has parameters in the spec", **key);
        found.push(
            without_effect(at.span(), title)
                .also(name.span(), "pgha never changes this group")
                .help("delete [parameters], or let pgha have the group: write its name alone"),
        );
    }
}

fn without_effect(at: Range<usize>, title: impl Into<String>) -> Diagnostic {
    Diagnostic::new("PGHA163", at, title).label("has no effect")
}
