//! A database as it is.

use std::collections::BTreeMap;

use pgha_resource::Address;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Resource;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::kind::DbCluster;
use pgha_resource::kind::DbInstance;
use pgha_resource::live::Notice;
use pgha_resource::value::Shown;

use crate::health::Database;
use crate::health::Waiting;
use crate::health::endpoints;
use crate::health::notices;
use crate::health::status;

/// One row of the databases.
pub(super) fn of(address: &Address, wanted: &Resource, live: &Live) -> Database {
    let present = live.present(address);
    let resource = present.map_or(wanted, |present| &present.resource);
    let about = About::of(resource);
    Database {
        address: address.clone(),
        role: about.role,
        status: status(address, live),
        class: about.class,
        version: about.version,
        storage: about.storage,
        zones: notices(present, |notice| match notice {
            Notice::Zones(text) => Some(text.clone()),
            _ => None,
        }),
        replication: notices(present, |notice| match notice {
            Notice::Replication(text) => Some(text.clone()),
            _ => None,
        }),
        endpoints: endpoints(present),
        pending: present.map(pending).unwrap_or_default(),
    }
}

/// The columns that instances and clusters have in common.
struct About {
    role: String,
    class: Option<String>,
    version: Option<String>,
    storage: Option<String>,
}

impl About {
    fn of(resource: &Resource) -> Self {
        match resource {
            Resource::DbCluster(DbCluster {
                class, engine_version, storage, storage_type, ..
            }) => Self {
                role: "Multi-AZ cluster".into(),
                class: class.clone(),
                version: version(engine_version),
                storage: size(*storage, storage_type),
            },
            Resource::DbInstance(DbInstance {
                class,
                engine_version,
                storage,
                storage_type,
                source,
                multi_az,
                ..
            }) => Self {
                role: match (source, multi_az) {
                    (Some(source), _) => format!("replica of {}", name_in(&source.to_string())),
                    (None, Some(true)) => "primary with standby".into(),
                    (None, _) => "primary".into(),
                },
                class: class.clone(),
                version: version(engine_version),
                storage: size(*storage, storage_type),
            },
            _ => Self { role: String::new(), class: None, version: None, storage: None },
        }
    }
}

fn version(version: &Option<EngineVersion>) -> Option<String> {
    version.as_ref().map(|version| version.wanted.clone())
}

fn size(size: Option<u32>, kind: &Option<String>) -> Option<String> {
    let kind = kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
    size.map(|size| format!("{size} GiB{kind}"))
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
