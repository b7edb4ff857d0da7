//! The subnets of a proxy, without those in zones that have no proxies.

use std::collections::BTreeSet;

use pgha_resource::kind::ZONES_WITHOUT_PROXIES;
use pgha_resource::live::{NetworkSeen, Subnet};
use pgha_resource::reference::Subnets;
use pgha_resource::{Live, Resource};

/// Takes the subnets out that RDS would drop by itself and silently, and says which. Where too
/// few would be left RDS is asked as the spec says, and refuses.
pub(crate) fn leave_out(resolved: &mut Resource, live: &Live) -> Option<String> {
    let subnets = match resolved {
        Resource::DbProxy(proxy) => proxy.subnets.as_mut(),
        Resource::DbProxyEndpoint(endpoint) => endpoint.subnets.as_mut(),
        _ => None,
    };
    let Some(Subnets::Known(ids)) = subnets else { return None };
    let dropped: BTreeSet<&Subnet> = known(live).filter(|subnet| is_dropped(subnet, ids)).collect();
    let kept: BTreeSet<&str> = known(live)
        .filter(|subnet| ids.contains(&subnet.id) && !dropped.contains(subnet))
        .map(|subnet| subnet.zone.as_str())
        .collect();
    if dropped.is_empty() || kept.len() < 2 {
        return None;
    }
    for subnet in &dropped {
        ids.remove(&subnet.id);
    }
    let named: Vec<String> = dropped.iter().map(|subnet| place(subnet)).collect();
    Some(format!("RDS has no proxies in every zone, so it is made without {}", named.join(", ")))
}

fn is_dropped(subnet: &Subnet, wanted: &BTreeSet<String>) -> bool {
    let zone = subnet.zone_id.as_deref();
    wanted.contains(&subnet.id) && zone.is_some_and(|zone| ZONES_WITHOUT_PROXIES.contains(&zone))
}

fn known(live: &Live) -> impl Iterator<Item = &Subnet> {
    live.networks.values().flat_map(|network| match network {
        NetworkSeen::Found(network) => network.subnets.iter().collect::<Vec<_>>(),
        NetworkSeen::NotFound(_) | NetworkSeen::Unread(_) => Vec::new(),
    })
}

fn place(subnet: &Subnet) -> String {
    format!("{} ({})", subnet.id, subnet.zone_id.as_deref().unwrap_or(&subnet.zone))
}
