//! What a cluster's spec names, as ARNs: its resources, keys, roles and functions.

use std::collections::{BTreeMap, BTreeSet};

use pgha_resource::desired::Mode;
use pgha_resource::kind::MasterPassword::Rds;
use pgha_resource::kind::{DbCluster, DbInstance};
use pgha_resource::scope::partition;
use pgha_resource::{Address, Desired, Kind, Resource};
use serde_json::Value;

/// The names and identifiers in a spec.
pub struct Named<'a> {
    desired: &'a Desired,
}

impl<'a> Named<'a> {
    /// Those of a cluster.
    pub fn of(desired: &'a Desired) -> Self {
        Self { desired }
    }

    /// The ARN of a part of a service, in every region: what left the spec may be in one that
    /// the spec does not name any more.
    pub fn arn(&self, service: &str, part: &str) -> String {
        let scope = &self.desired.scope;
        let account = scope.account.as_deref().unwrap_or("*");
        // IAM is in no region.
        let region = if service == "iam" { "" } else { "*" };
        format!("arn:{}:{service}:{region}:{account}:{part}", partition(&scope.home))
    }

    /// Names of resources: the cluster's prefix, and what of these kinds has another name. What is
    /// given is among them: RDS asks for leave to use a group as it does to change it
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html>).
    pub fn names(&self, kinds: &[Kind]) -> Vec<String> {
        self.names_of(kinds, |_| true)
    }

    /// The same without what is given.
    pub fn own_names(&self, kinds: &[Kind]) -> Vec<String> {
        self.names_of(kinds, |mode| mode != Mode::Given)
    }

    fn names_of(&self, kinds: &[Kind], takes: impl Fn(Mode) -> bool) -> Vec<String> {
        let prefix = format!("{}-", self.desired.scope.cluster);
        let of_mode = self.desired.resources.iter().filter(|(_, wanted)| takes(wanted.mode));
        let own = of_mode.map(|(at, _)| at).filter(|address| kinds.contains(&address.kind));
        let others: BTreeSet<&str> =
            own.map(|address| address.name.as_str()).filter(|n| !n.starts_with(&prefix)).collect();
        let mut names = vec![format!("{prefix}*")];
        names.extend(others.into_iter().map(str::to_string));
        names
    }

    /// Roles that AWS's services take on, and the services that do.
    pub fn roles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (address, wanted) in &self.desired.resources {
            if let Resource::IamRole(role) = &wanted.resource {
                let trust = role.trust.as_ref().map(|document| document.text());
                let arn = self.arn("iam", &format!("role/{}", address.name));
                roles.entry(arn).or_default().extend(trust.iter().flat_map(|t| services(t)));
            }
        }
        for arn in self.texts(|_, text| is_arn(text, "iam") && text.contains(":role/")) {
            let both = ["monitoring.rds.amazonaws.com", "rds.amazonaws.com"];
            roles.entry(arn.1).or_default().extend(both.map(str::to_string));
        }
        roles
    }

    /// The keys, as ARNs, and the aliases of others.
    pub fn keys(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        self.as_keys(self.texts(|field, _| field.ends_with("kms_key")))
    }

    /// The same of those that secrets with a database's password are encrypted with.
    pub fn secret_keys(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let key = |wanted: &Resource| match wanted {
            Resource::Secret(secret) => secret.kms_key.clone(),
            Resource::DbInstance(DbInstance { password: Some(Rds { kms_key }), .. })
            | Resource::DbCluster(DbCluster { password: Some(Rds { kms_key }), .. }) => {
                kms_key.clone()
            }
            _ => None,
        };
        let all = self.desired.resources.iter();
        let found = all.filter_map(|(at, wanted)| Some((at.clone(), key(&wanted.resource)?)));
        self.as_keys(found.collect())
    }

    fn as_keys(&self, found: BTreeSet<(Address, String)>) -> (BTreeSet<String>, BTreeSet<String>) {
        // An empty one is AWS's own, as is one below `alias/aws/`.
        let is_own = |key: &str| key.is_empty() || alias_or_key(key).starts_with("alias/aws/");
        let (aliases, keys): (Vec<_>, Vec<_>) = found
            .into_iter()
            .filter(|(_, key)| !is_own(key))
            .map(|(address, key)| (address, alias_or_key(&key).to_string()))
            .partition(|(_, key)| key.starts_with("alias/"));
        let keys = keys.into_iter().map(|(address, key)| match key.starts_with("arn:") {
            true => key,
            false => {
                let region = self.desired.scope.region_of(&address);
                let arn = self.arn("kms", &format!("key/{key}"));
                arn.replacen(":kms:*:", &format!(":kms:{region}:"), 1)
            }
        });
        (keys.collect(), aliases.into_iter().map(|(_, alias)| alias).collect())
    }

    /// The functions that rotate secrets.
    pub fn functions(&self) -> BTreeSet<String> {
        let found = self.texts(|_, text| is_arn(text, "lambda"));
        let rotating = found.into_iter().filter(|(address, _)| address.kind == Kind::Secret);
        rotating.map(|(_, function)| function).collect()
    }

    /// Whether RDS keeps a master password in a secret of its own.
    pub fn rds_keeps_secrets(&self) -> bool {
        self.desired.resources.values().any(|wanted| match &wanted.resource {
            Resource::DbInstance(i) => matches!(i.password, Some(Rds { .. })),
            Resource::DbCluster(c) => matches!(c.password, Some(Rds { .. })),
            _ => false,
        })
    }

    /// The texts in the desired fields that are picked by field and text, with whose they are.
    fn texts(&self, pick: impl Fn(&str, &str) -> bool) -> BTreeSet<(Address, String)> {
        let mut found = BTreeSet::new();
        for (address, wanted) in &self.desired.resources {
            // Documents of roles name what others may do.
            if !matches!(address.kind, Kind::IamRole | Kind::IamPolicy) {
                let value = serde_json::to_value(&wanted.resource).unwrap_or_default();
                walk("", &value, &mut |field, text| {
                    if pick(field, text) {
                        found.insert((address.clone(), text.to_string()));
                    }
                });
            }
        }
        found
    }
}

/// Every text of a value, with the name of the field that it is in.
fn walk(field: &str, value: &Value, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(field, text),
        Value::Array(items) => items.iter().for_each(|item| walk(field, item, visit)),
        Value::Object(map) => map.iter().for_each(|(name, value)| walk(name, value, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_arn(text: &str, service: &str) -> bool {
    text.starts_with("arn:") && text.split(':').nth(2) == Some(service)
}

/// `alias/orders` of the ARN of an alias; anything else as it is.
fn alias_or_key(key: &str) -> &str {
    match key.find(":alias/") {
        Some(at) => &key[at + 1..],
        None => key,
    }
}

/// The services that a trust policy names.
fn services(trust: &str) -> BTreeSet<String> {
    let value: Value = serde_json::from_str(trust).unwrap_or_default();
    let mut services = BTreeSet::new();
    walk("", &value, &mut |field, text| {
        if field == "Service" {
            services.insert(text.to_string());
        }
    });
    services
}
