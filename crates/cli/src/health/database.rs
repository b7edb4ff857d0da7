//! A database as it is.

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;
use pgha_resource::value::Shown;

use crate::health::Database;
use crate::health::Role;
use crate::health::Waiting;
use crate::health::notices;
use crate::health::status;
use crate::health::{endpoints, reader_endpoints};

/// One row of the databases.
pub(super) fn of(address: &Address, wanted: &Resource, desired: &Desired, live: &Live) -> Database {
    let present = live.present(address);
    let resource = present.map_or(wanted, |present| &present.resource);
    let about = About::of(resource);
    let zones: Vec<String> = notices(present, |notice| match notice {
        Notice::Zones(text) => Some(text.clone()),
        _ => None,
    });
    Database {
        address: address.clone(),
        region: desired.scope.region_of(address).clone(),
        in_spec: desired.resources.contains_key(address),
        role: about.role,
        standby: about.standby,
        source: about.source,
        status: status(address, live),
        class: about.class,
        version: about.version,
        storage: about.storage,
        storage_type: about.storage_type,
        zones: zones.iter().flat_map(|text| text.split(", ")).map(str::to_string).collect(),
        replication: notices(present, |notice| match notice {
            Notice::Replication(text) => Some(text.clone()),
            _ => None,
        }),
        endpoints: endpoints(present),
        reader_endpoints: reader_endpoints(present),
        pending: present.map(pending).unwrap_or_default(),
    }
}

/// The columns that instances and clusters have in common.
struct About {
    role: Role,
    standby: bool,
    source: Option<String>,
    class: Option<String>,
    version: Option<String>,
    storage: Option<u32>,
    storage_type: Option<String>,
}

impl About {
    fn of(resource: &Resource) -> Self {
        match resource {
            Resource::DbInstance(instance) => Self::of_instance(instance),
            Resource::DbCluster(cluster) => Self::of_cluster(cluster),
            _ => Self::of_instance(&DbInstance::default()),
        }
    }

    fn of_cluster(cluster: &DbCluster) -> Self {
        Self {
            role: Role::Cluster,
            standby: true,
            source: None,
            class: cluster.class.clone(),
            version: version(&cluster.engine_version),
            storage: cluster.storage,
            storage_type: cluster.storage_type.clone(),
        }
    }

    fn of_instance(instance: &DbInstance) -> Self {
        Self {
            role: if instance.source.is_some() { Role::Replica } else { Role::Primary },
            standby: instance.multi_az == Some(true),
            source: instance.source.as_ref().map(|source| name_in(&source.to_string()).into()),
            class: instance.class.clone(),
            version: version(&instance.engine_version),
            storage: instance.storage,
            storage_type: instance.storage_type.clone(),
        }
    }
}

fn version(version: &Option<EngineVersion>) -> Option<String> {
    version.as_ref().map(|version| version.wanted.clone())
}

/// The name in a name, an address or an ARN.
fn name_in(text: &str) -> &str {
    text.rsplit([':', '/']).next().unwrap_or(text)
}

fn pending(live: &LiveResource) -> Vec<Waiting> {
    let Some(pending) = &live.pending else { return Vec::new() };
    let shown = |resource: &Resource| -> BTreeMap<&'static str, Shown> {
        resource.shown_fields().into_iter().collect()
    };
    let (now, later) = (shown(&live.resource), shown(&pending.after));
    let value =
        |map: &BTreeMap<&str, Shown>, field: &str| map.get(field).cloned().unwrap_or(Shown::Unset);
    pending
        .fields
        .iter()
        .map(|field| Waiting {
            field: field.clone(),
            from: value(&now, field),
            to: value(&later, field),
        })
        .collect()
}
