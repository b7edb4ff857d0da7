//! From a field that differs to the key of the spec that says it.
//!
//! The live value is written into the draft, so that the next comparison finds the two alike.
//! Defaults are never written: where the draft says nothing and means what there is, nothing
//! differs.

use pgha_resource::kind::{
    ClientPassword, DbInstance, DbProxy, IamAuth, InsightsMode, ProxyScheme,
};
use pgha_resource::{Address, Resource};
use toml_edit::Value;

use crate::draft::{Draft, Place, list, table};
use crate::topology::Topology;

/// Writes what is live of a field. Says whether that changed the draft.
pub(crate) fn write(
    draft: &mut Draft,
    topology: &Topology,
    address: &Address,
    field: &str,
    live: &Resource,
) -> bool {
    let replica = topology.replicas.iter().position(|replica| replica.address == *address);
    match (live, replica) {
        (Resource::DbInstance(instance), Some(number)) => {
            of_replica(draft, number, field, instance)
        }
        (Resource::DbInstance(instance), None) => {
            let multi_az = instance.multi_az;
            if let ("multi_az", Some(multi_az)) = (field, multi_az) {
                let topology = if multi_az { "multi-az-instance" } else { "single-az" };
                return draft.set(Place::Section("cluster"), "topology", topology);
            }
            of_database(draft, field, &Facts::instance(instance))
        }
        (Resource::DbCluster(cluster), _) => of_database(
            draft,
            field,
            &Facts {
                port: cluster.port,
                max_storage: None,
                throughput: None,
                dedicated_log_volume: None,
                network_type: None,
                storage: cluster.storage,
                storage_type: cluster.storage_type.clone(),
                iops: cluster.iops,
                encrypted: cluster.encrypted,
                kms_key: cluster.kms_key.clone(),
                database: cluster.database.clone(),
                username: cluster.username.clone(),
                iam_auth: cluster.iam_auth,
                public: cluster.public,
                backup_retention: cluster.backup_retention,
                backup_window: cluster.backup_window.clone(),
                maintenance_window: cluster.maintenance_window.clone(),
                auto_minor_upgrade: cluster.auto_minor_upgrade,
                copy_tags: cluster.copy_tags,
                deletion_protection: cluster.deletion_protection,
                monitoring: Monitoring {
                    interval: cluster.monitoring_interval,
                    insights: cluster.insights,
                    mode: cluster.insights_mode,
                    retention: cluster.insights_retention,
                    kms_key: cluster.insights_kms_key.clone(),
                    logs: cluster.log_exports.clone().map(|logs| logs.into_iter().collect()),
                },
            },
        ),
        (Resource::DbParameterGroup(group), _) if field.starts_with("parameters") => {
            parameters(draft, field, group.parameters.as_ref())
        }
        (Resource::DbClusterParameterGroup(group), _) if field.starts_with("parameters") => {
            parameters(draft, field, group.parameters.as_ref())
        }
        (Resource::DbProxy(proxy), _) => of_proxy(draft, field, proxy),
        (Resource::DbProxyTargetGroup(pool), _) => {
            let proxy = Place::Section("proxy");
            match field {
                "max_connections" => percent(draft, "max_connections", pool.max_connections),
                "max_idle_connections" => percent(draft, "max_idle", pool.max_idle_connections),
                "borrow_timeout" => seconds(draft, proxy, "borrow_timeout", pool.borrow_timeout),
                "init_query" => text(draft, proxy, "init_query", pool.init_query.as_deref()),
                _ => false,
            }
        }
        _ => false,
    }
}

/// What an instance and a cluster have in common, and the spec has one key for.
struct Facts {
    port: Option<u16>,
    storage: Option<u32>,
    max_storage: Option<u32>,
    storage_type: Option<String>,
    iops: Option<u32>,
    throughput: Option<u32>,
    dedicated_log_volume: Option<bool>,
    encrypted: Option<bool>,
    kms_key: Option<String>,
    database: Option<String>,
    username: Option<String>,
    iam_auth: Option<bool>,
    public: Option<bool>,
    network_type: Option<String>,
    backup_retention: Option<u32>,
    backup_window: Option<String>,
    maintenance_window: Option<String>,
    auto_minor_upgrade: Option<bool>,
    copy_tags: Option<bool>,
    deletion_protection: Option<bool>,
    monitoring: Monitoring,
}

impl Facts {
    fn instance(instance: &DbInstance) -> Self {
        Self {
            port: instance.port,
            storage: instance.storage,
            max_storage: instance.max_storage,
            storage_type: instance.storage_type.clone(),
            iops: instance.iops,
            throughput: instance.throughput,
            dedicated_log_volume: instance.dedicated_log_volume,
            encrypted: instance.encrypted,
            kms_key: instance.kms_key.clone(),
            database: instance.database.clone(),
            username: instance.username.clone(),
            iam_auth: instance.iam_auth,
            public: instance.public,
            network_type: instance.network_type.clone(),
            backup_retention: instance.backup_retention,
            backup_window: instance.backup_window.clone(),
            maintenance_window: instance.maintenance_window.clone(),
            auto_minor_upgrade: instance.auto_minor_upgrade,
            copy_tags: instance.copy_tags,
            deletion_protection: instance.deletion_protection,
            monitoring: Monitoring::of(instance),
        }
    }
}

/// What is watched of a database.
struct Monitoring {
    interval: Option<u32>,
    insights: Option<bool>,
    mode: Option<InsightsMode>,
    retention: Option<u32>,
    kms_key: Option<String>,
    logs: Option<Vec<String>>,
}

impl Monitoring {
    fn of(instance: &DbInstance) -> Self {
        Self {
            interval: instance.monitoring_interval,
            insights: instance.insights,
            mode: instance.insights_mode,
            retention: instance.insights_retention,
            kms_key: instance.insights_kms_key.clone(),
            logs: instance.log_exports.clone().map(|logs| logs.into_iter().collect()),
        }
    }

    /// The key of `[monitoring]`, or of a replica's table, with its value.
    fn key(&self, field: &str) -> Option<(&'static str, Value)> {
        match field {
            "monitoring_interval" | "monitoring_role" => {
                Some(("interval", duration(self.interval?)))
            }
            "log_exports" => Some(("log_exports", list(self.logs.clone()?))),
            "insights" | "insights_mode" | "insights_retention" | "insights_kms_key" => {
                Some(("insights", self.insights()?))
            }
            _ => None,
        }
    }

    fn insights(&self) -> Option<Value> {
        if !self.insights? {
            return Some(table([("mode", "off".into())]));
        }
        let mode = match self.mode {
            Some(InsightsMode::Advanced) => "advanced",
            _ => "standard",
        };
        let mut keys: Vec<(&'static str, Value)> = vec![("mode", mode.into())];
        keys.extend(self.retention.map(|kept| ("retention", days(kept))));
        let key = self.kms_key.clone().filter(|key| is_key(key));
        keys.extend(key.map(|key| ("kms_key", key.into())));
        Some(table(keys))
    }
}

fn of_database(draft: &mut Draft, field: &str, live: &Facts) -> bool {
    let [cluster, engine, network, storage] =
        ["cluster", "engine", "network", "storage"].map(Place::Section);
    let [backup, maintenance] = ["backup", "maintenance"].map(Place::Section);
    match field {
        "deletion_protection" => {
            on(draft, cluster, "deletion_protection", live.deletion_protection)
        }
        "database" => text(draft, engine, "database", live.database.as_deref()),
        "iam_auth" => on(draft, engine, "iam_auth", live.iam_auth),
        "port" => number(draft, engine, "port", live.port.map(u32::from)),
        "public" => on(draft, network, "public", live.public),
        "network_type" => {
            let word = live.network_type.as_deref().map(str::to_lowercase);
            text(draft, network, "network_type", word.as_deref())
        }
        "storage" => size(draft, storage, "size", live.storage),
        "max_storage" => size(draft, storage, "max_size", live.max_storage),
        "storage_type" => {
            let typed = text(draft, storage, "type", live.storage_type.as_deref());
            let iops = live.iops.filter(|_| is_provisioned(live.storage_type.as_deref()));
            typed | number(draft, storage, "iops", iops)
        }
        "iops" => number(draft, storage, "iops", live.iops),
        "throughput" => number(draft, storage, "throughput", live.throughput),
        "dedicated_log_volume" => {
            on(draft, storage, "dedicated_log_volume", live.dedicated_log_volume)
        }
        "encrypted" => on(draft, storage, "encrypted", live.encrypted),
        "kms_key" => text(draft, storage, "kms_key", live.kms_key.as_deref()),
        "username" => {
            text(draft, Place::Section("credentials"), "username", live.username.as_deref())
        }
        "backup_retention" => kept(draft, backup, "retention", live.backup_retention),
        "backup_window" => text(draft, backup, "window", live.backup_window.as_deref()),
        "copy_tags" => on(draft, backup, "copy_tags", live.copy_tags),
        "maintenance_window" => {
            text(draft, maintenance, "window", live.maintenance_window.as_deref())
        }
        "auto_minor_upgrade" => on(draft, maintenance, "auto_minor", live.auto_minor_upgrade),
        _ => live
            .monitoring
            .key(field)
            .is_some_and(|(key, value)| draft.set(Place::Section("monitoring"), key, value)),
    }
}

fn of_replica(draft: &mut Draft, number: usize, field: &str, live: &DbInstance) -> bool {
    let place = Place::Replica(number);
    let volume = |draft: &mut Draft, key: &str, value: Option<Value>| {
        value.is_some_and(|value| draft.set_in(place, "storage", key, value))
    };
    match field {
        "class" => text(draft, place, "class", live.class.as_deref()),
        "multi_az" => on(draft, place, "multi_az", live.multi_az),
        "kms_key" => text(draft, place, "kms_key", live.kms_key.as_deref()),
        "iam_auth" => on(draft, place, "iam_auth", live.iam_auth),
        "public" => on(draft, place, "public", live.public),
        "copy_tags" => on(draft, place, "copy_tags", live.copy_tags),
        "auto_minor_upgrade" => on(draft, place, "auto_minor", live.auto_minor_upgrade),
        "deletion_protection" => on(draft, place, "deletion_protection", live.deletion_protection),
        "maintenance_window" => {
            text(draft, place, "maintenance_window", live.maintenance_window.as_deref())
        }
        "backup_window" => text(draft, place, "backup_window", live.backup_window.as_deref()),
        "backup_retention" => kept(draft, place, "backup_retention", live.backup_retention),
        "storage" => volume(draft, "size", live.storage.map(gib)),
        "max_storage" => volume(draft, "max_size", live.max_storage.map(gib)),
        "storage_type" => {
            let typed = volume(draft, "type", live.storage_type.clone().map(Value::from));
            let iops = live.iops.filter(|_| is_provisioned(live.storage_type.as_deref()));
            typed | volume(draft, "iops", iops.map(|n| i64::from(n).into()))
        }
        "iops" => volume(draft, "iops", live.iops.map(|n| i64::from(n).into())),
        "throughput" => volume(draft, "throughput", live.throughput.map(|n| i64::from(n).into())),
        "dedicated_log_volume" => {
            volume(draft, "dedicated_log_volume", live.dedicated_log_volume.map(Value::from))
        }
        _ => Monitoring::of(live)
            .key(field)
            .is_some_and(|(key, value)| draft.set_in(place, "monitoring", key, value)),
    }
}

/// Whether a spec may name this key: by the ARN of a key, and no alias
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>).
pub(crate) fn is_key(arn: &str) -> bool {
    let Some((before, id)) = arn.split_once(":key/") else { return false };
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_hexdigit());
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    let is_uuid = lengths == [8, 4, 4, 4, 12] && id.split('-').all(hex);
    let is_multi = id.strip_prefix("mrk-").is_some_and(|id| id.len() == 32 && hex(id));
    before.starts_with("arn:") && before.contains(":kms:") && (is_uuid || is_multi)
}

/// These types are nothing without a number of their own
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>).
fn is_provisioned(storage_type: Option<&str>) -> bool {
    matches!(storage_type, Some("io1" | "io2"))
}

/// Parameters of the primary's group: a group that is only used is never compared.
fn parameters(
    draft: &mut Draft,
    field: &str,
    live: Option<&std::collections::BTreeMap<String, String>>,
) -> bool {
    let Some(live) = live else { return false };
    let one = field.strip_prefix("parameters.");
    let told = live.iter().filter(|(name, _)| one.is_none_or(|one| one == name.as_str()));
    let mut changed = false;
    for (name, value) in told {
        changed |= draft.set(Place::Section("parameters"), name, value.as_str());
    }
    changed
}

fn of_proxy(draft: &mut Draft, field: &str, live: &DbProxy) -> bool {
    let proxy = Place::Section("proxy");
    match field {
        "require_tls" => on(draft, proxy, "require_tls", live.require_tls),
        "debug_logging" => on(draft, proxy, "debug_logging", live.debug_logging),
        "idle_timeout" => seconds(draft, proxy, "idle_timeout", live.idle_timeout),
        "scheme" | "auth" => auth(draft, live),
        _ => false,
    }
}

/// How clients log in, and the secrets: with a password that somebody else keeps, all of them are
/// the spec's to name.
fn auth(draft: &mut Draft, live: &DbProxy) -> bool {
    let proxy = Place::Section("proxy");
    let known: Vec<_> = live.auth.iter().flatten().collect();
    let tokens = known.iter().any(|one| one.iam == IamAuth::Required);
    let word = match live.scheme {
        Some(ProxyScheme::Iam) => "iam-end-to-end",
        _ if tokens => "iam",
        _ => "secrets",
    };
    let secrets = known.iter().filter_map(|one| one.secret.as_known().map(str::to_string));
    let secrets: Vec<String> = secrets.collect();
    let mut changed = draft.set(proxy, "auth", word);
    if !secrets.is_empty() {
        changed |= draft.set(proxy, "secrets", list(secrets));
    }
    if known.iter().any(|one| one.client_password == ClientPassword::Md5) {
        changed |= draft.set(proxy, "client_password", "md5");
    }
    changed
}

fn text(draft: &mut Draft, place: Place<'_>, key: &str, value: Option<&str>) -> bool {
    value.is_some_and(|value| draft.set(place, key, value))
}

fn on(draft: &mut Draft, place: Place<'_>, key: &str, value: Option<bool>) -> bool {
    value.is_some_and(|value| draft.set(place, key, value))
}

fn number(draft: &mut Draft, place: Place<'_>, key: &str, value: Option<u32>) -> bool {
    value.is_some_and(|value| draft.set(place, key, i64::from(value)))
}

fn size(draft: &mut Draft, place: Place<'_>, key: &str, value: Option<u32>) -> bool {
    value.is_some_and(|value| draft.set(place, key, gib(value)))
}

fn kept(draft: &mut Draft, place: Place<'_>, key: &str, value: Option<u32>) -> bool {
    value.is_some_and(|value| draft.set(place, key, days(value)))
}

fn seconds(draft: &mut Draft, place: Place<'_>, key: &str, value: Option<u32>) -> bool {
    value.is_some_and(|value| draft.set(place, key, duration(value)))
}

fn percent(draft: &mut Draft, key: &str, value: Option<u32>) -> bool {
    value.is_some_and(|value| draft.set(Place::Section("proxy"), key, format!("{value}%")))
}

fn gib(size: u32) -> Value {
    match size {
        0 => "off".into(),
        size => format!("{size} GiB").into(),
    }
}

pub(crate) fn days(count: u32) -> Value {
    match count {
        0 => "off".into(),
        1 => "1 day".into(),
        count => format!("{count} days").into(),
    }
}

fn duration(seconds: u32) -> Value {
    match seconds {
        0 => "off".into(),
        seconds => format!("{seconds}s").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_arn() {
        let of = |id: &str| format!("arn:aws:kms:us-east-1:123456789012:{id}");
        assert!(is_key(&of("key/00000000-0000-4000-8000-000000000001")));
        assert!(is_key(&of("key/mrk-0123456789abcdef0123456789abcdef")));
        for other in ["key/aws-rds", "alias/aws/rds", "key/mrk-1", "key/"] {
            assert!(!is_key(&of(other)), "{other}");
        }
        assert!(!is_key("00000000-0000-4000-8000-000000000001"));
    }
}
