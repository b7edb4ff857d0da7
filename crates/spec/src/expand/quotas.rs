//! What AWS lets an account have: a graph beyond it would be applied half-way.
//!
//! Most quotas can be raised, and nobody asks the account here: those are warnings. An account's
//! other clusters count, too, so that a spec within a quota may still be refused.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use pgha_resource::Kind;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::kind::Peer;
use pgha_resource::kind::Rule;
use pgha_resource::reference::Subnets;

use super::Build;
use crate::diagnostic::Diagnostic;

/// A quota of AWS's.
struct Quota {
    /// What is counted.
    what: &'static str,
    /// For each of what it is counted.
    per: &'static str,
    /// Who has it by default.
    default: usize,
    /// To what it can be raised, where AWS says so.
    most: Option<usize>,
    /// The code of the service in Service Quotas.
    service: &'static str,
    /// What can be done instead of having it raised.
    instead: &'static str,
}

/// Rules are counted for each IP family; a rule for another group counts in both. The rules of a
/// group times the groups of an interface are 1000 at most
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups>).
const RULES: Quota = Quota {
    what: "inbound rules",
    per: "a security group and IP family",
    default: 60,
    most: Some(1000),
    service: "vpc",
    instead: "name fewer and wider ranges",
};

/// The same page.
const GROUPS: Quota = Quota {
    what: "security groups",
    per: "a database",
    default: 5,
    most: Some(16),
    service: "vpc",
    instead: "name fewer",
};

/// Cannot be raised (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>).
const SUBNETS: Quota = Quota {
    what: "subnets",
    per: "a subnet group",
    default: 20,
    most: Some(20),
    service: "rds",
    instead: "name fewer",
};

/// Of each proxy, and cannot be raised
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html#rds-proxy.limitations>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html>).
const SECRETS: Quota = Quota {
    what: "secrets",
    per: "a proxy, with the master user's",
    default: 200,
    most: Some(200),
    service: "rds",
    instead: "name fewer, or write `auth = \"iam-end-to-end\"`, which needs none",
};

/// Of each region (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>).
#[rustfmt::skip]
const OF_A_REGION: [(Kind, Quota); 9] = [
    (Kind::DbInstance, of_a_region("instances", 40, None)),
    (Kind::DbCluster, of_a_region("Multi-AZ DB clusters", 40, None)),
    (Kind::DbSnapshot, of_a_region("manual snapshots", 100, None)),
    (Kind::DbClusterSnapshot, of_a_region("manual snapshots of clusters", 100, None)),
    (Kind::EventSubscription, of_a_region("event subscriptions", 20, None)),
    (Kind::DbParameterGroup, of_a_region("parameter groups", 50, None)),
    (Kind::DbClusterParameterGroup, of_a_region("parameter groups of clusters", 50, Some(50))),
    (Kind::DbSubnetGroup, of_a_region("subnet groups", 50, None)),
    (Kind::DbProxy, of_a_region("proxies", 20, None)),
];

const fn of_a_region(what: &'static str, default: usize, most: Option<usize>) -> Quota {
    Quota { what, per: "a region", default, most, service: "rds", instead: "describe fewer" }
}

/// Finds what is more than a quota.
pub(super) fn check(build: &Build<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut counts: BTreeMap<(Kind, &Region), Vec<Range<usize>>> = BTreeMap::new();
    for (address, wanted) in &build.resources {
        let Some(places) = build.places.get(address) else { continue };
        let region = address.region.as_ref().unwrap_or(&build.home);
        counts.entry((address.kind, region)).or_default().push(places.header.clone());
        let (quota, field, count) = match &wanted.resource {
            Resource::SecurityGroup(group) => {
                (&RULES, "ingress", group.ingress.iter().map(of_a_family).sum())
            }
            Resource::DbInstance(db) => {
                (&GROUPS, "security_groups", db.security_groups.iter().map(|g| g.len()).sum())
            }
            Resource::DbCluster(db) => {
                (&GROUPS, "security_groups", db.security_groups.iter().map(|g| g.len()).sum())
            }
            Resource::DbProxy(proxy) => {
                (&SECRETS, "auth", proxy.auth.iter().map(|auth| auth.len()).sum())
            }
            Resource::DbSubnetGroup(group) => match &group.subnets {
                Some(Subnets::Known(ids)) => (&SUBNETS, "subnets", ids.len()),
                _ => continue,
            },
            _ => continue,
        };
        // Who inherits the key is not blamed for it once more.
        let Some(at) = places.fields.get(field) else { continue };
        found.extend(more(quota, count, at.clone()));
    }
    for (kind, quota) in &OF_A_REGION {
        for ((_, _), places) in counts.iter_mut().filter(|((of, _), _)| of == kind) {
            places.sort_by_key(|place| place.start);
            let first_beyond = places.get(quota.default).cloned();
            found.extend(first_beyond.and_then(|at| more(quota, places.len(), at)));
        }
    }
    // Groups of several regions may come from one line.
    found.dedup_by(|one, other| (&one.span, &one.title) == (&other.span, &other.title));
    found
}

/// The rules of the IP family that has more.
fn of_a_family(rules: &BTreeSet<Rule>) -> usize {
    let count = |v6: bool| {
        let of = |rule: &&Rule| match &rule.peer {
            Peer::Cidr(cidr) => cidr.contains(':') == v6,
            Peer::Group(_) | Peer::Itself => true,
        };
        rules.iter().filter(of).count()
    };
    count(true).max(count(false))
}

fn more(quota: &Quota, count: usize, at: Range<usize>) -> Option<Diagnostic> {
    let Quota { what, per, default, most, service, instead } = quota;
    if let Some(most) = most.filter(|most| count > *most) {
        let title = format!("{count} {what} are more than AWS allows");
        let diagnostic = Diagnostic::new("PGHA153", at, title);
        return Some(diagnostic.label(format!("{most} for {per}, at most")).help(*instead));
    }
    if count <= *default {
        return None;
    }
    let title = format!("{count} {what} are more than the default quota of {default} for {per}");
    let diagnostic = Diagnostic::new("PGHA152", at, title)
        .label("an apply stops half-way where the quota was not raised")
        .help(format!(
            "look with `aws service-quotas list-service-quotas --service-code {service}`; have the \
             quota raised before the apply and accept this in [guard], or {instead}"
        ));
    Some(match *per {
        "a region" => diagnostic.note("what else the account has there counts, too"),
        _ => diagnostic,
    })
}
