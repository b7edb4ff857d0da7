//! What RDS does not offer is not promised: versions, upgrades, classes and certificates, where
//! RDS was asked and answered.

use std::collections::{BTreeMap, BTreeSet};

use pgha_resource::catalog::{EngineVersion, Version};
use pgha_resource::offer::{ClassOffer, ClassQuestion, VersionOffer};
use pgha_resource::{Address, Desired, Kind, Live, Region, Resource};

use crate::classify::{Action, Item, Items};
use crate::compare::{Refusal, major_of};
use crate::hasten;
use crate::plan::{Blocked, Verb};
use crate::questions::{certificate_of, class_of};
use crate::reboot::group_of;
use crate::steps::is_database;

/// Aims an upgrade at the newest version that RDS upgrades the live one to and that the spec
/// allows: the dated table may know an older one, to which there is no way.
pub(crate) fn aim(resolved: &mut Resource, address: &Address, desired: &Desired, live: &Live) {
    let region = desired.scope.region_of(address);
    let Some(seen) = live.present(address) else { return };
    let Some(from) = version_of(seen.overlaid()).map(|version| version.request().to_string())
    else {
        return;
    };
    let Some(major) = major_of(seen.overlaid()) else { return };
    let Some(offer) = versions(live, region, major).and_then(|all| all.get(&from)) else { return };
    let Some(wanted) = version_mut(resolved) else { return };
    if wanted.is_met_by(&EngineVersion::seen(from)) {
        return;
    }
    let fits = |target: &&String| wanted.is_met_by(&EngineVersion::seen((*target).clone()));
    let newest = offer.targets.iter().filter(fits).max_by_key(|target| Version::parse(target));
    if let Some(newest) = newest {
        wanted.target = Some(newest.clone());
    }
}

/// Blocks what RDS would refuse.
pub(crate) fn block(items: &mut Items, desired: &Desired, live: &Live) {
    for (address, item) in items.iter_mut() {
        let region = desired.scope.region_of(address);
        let Some(wanted) = item.resolved.clone() else { continue };
        match item.action {
            Action::Create => {
                let why = version_refused(&wanted, region, live)
                    .or_else(|| {
                        class_refused(&wanted, region, live, true).map(|refused| refused.why)
                    })
                    .or_else(|| certificate_refused(&wanted, region, live));
                if let Some(why) = why {
                    item.action = Action::Blocked(Verb::Create, Blocked::Impossible { why });
                }
            }
            Action::Modify => {
                refuse(item, "engine_version", |item| upgrade_refused(item, region, live));
                refuse_class(item, &wanted, region, live);
                refuse(item, "ca_certificate", |_| certificate_refused(&wanted, region, live));
            }
            Action::Nothing | Action::Replace | Action::Delete | Action::Blocked(..) => {}
        }
    }
}

/// A parameter group is of a major version: where RDS does not offer what every database of a new
/// group would be made as, it may know no such family either, and the call would fail each time.
pub(crate) fn leave_groups(items: &mut Items) {
    let never = never_made(items);
    let left: Vec<(Address, Address)> = items
        .iter()
        .filter(|(_, item)| matches!(item.action, Action::Create))
        .filter(|(group, _)| is_parameter_group(group.kind))
        .filter_map(|(group, _)| {
            let mut users = items.iter().filter(|(_, item)| {
                item.desired.is_some_and(|wanted| group_of(&wanted.resource) == Some(group))
            });
            let (first, _) = users.clone().next()?;
            users.all(|(user, _)| never.contains(user)).then(|| (group.clone(), first.clone()))
        })
        .collect();
    for (group, address) in left {
        if let Some(item) = items.get_mut(&group) {
            item.action = Action::Blocked(Verb::Create, Blocked::Needs { address });
        }
    }
}

/// The databases that RDS does not offer, and the replicas that would be made of them.
fn never_made(items: &Items) -> BTreeSet<Address> {
    let mut never = BTreeSet::new();
    loop {
        let is_never = |item: &Item| match &item.action {
            Action::Blocked(Verb::Create, Blocked::Impossible { .. }) => true,
            Action::Blocked(Verb::Create, Blocked::Needs { address }) => never.contains(address),
            _ => false,
        };
        let found: BTreeSet<Address> = items
            .iter()
            .filter(|(address, item)| is_database(address.kind) && is_never(item))
            .map(|(address, _)| address.clone())
            .collect();
        if found == never {
            return never;
        }
        never = found;
    }
}

fn is_parameter_group(kind: Kind) -> bool {
    matches!(kind, Kind::DbParameterGroup | Kind::DbClusterParameterGroup)
}

/// Takes one field out of what changes, where there is a reason to.
pub(crate) fn refuse(item: &mut Item, field: &str, why: impl FnOnce(&Item) -> Option<String>) {
    if !item.found.fields.iter().any(|diff| diff.name == field) {
        return;
    }
    let Some(why) = why(item) else { return };
    if hasten::leave(&mut item.found, field) {
        return;
    }
    let (fields, shown) =
        std::mem::take(&mut item.found.shown).into_iter().partition(|change| change.name == field);
    item.found.shown = shown;
    item.found.fields.retain(|diff| diff.name != field);
    item.found.refused.push(Refusal { fields, blocked: Blocked::Impossible { why } });
}

fn versions<'a>(
    live: &'a Live,
    region: &Region,
    major: u32,
) -> Option<&'a BTreeMap<String, VersionOffer>> {
    live.offers.versions.get(&(region.clone(), major))?.as_ref().ok()
}

fn version_of(resource: &Resource) -> Option<&EngineVersion> {
    match resource {
        Resource::DbInstance(instance) => instance.engine_version.as_ref(),
        Resource::DbCluster(cluster) => cluster.engine_version.as_ref(),
        _ => None,
    }
}

fn version_mut(resource: &mut Resource) -> Option<&mut EngineVersion> {
    match resource {
        Resource::DbInstance(instance) => instance.engine_version.as_mut(),
        Resource::DbCluster(cluster) => cluster.engine_version.as_mut(),
        _ => None,
    }
}

/// A replica is born with its source's version, which is not asked for.
fn version_refused(wanted: &Resource, region: &Region, live: &Live) -> Option<String> {
    if crate::steps::is_replica(wanted) {
        return None;
    }
    let version = version_of(wanted)?;
    let all = versions(live, region, version.major()?)?;
    let request = Version::parse(version.request())?;
    let fits = |text: &&String| {
        Version::parse(text).is_some_and(|v| {
            v.major == request.major && (request.minor.is_none() || v.minor == request.minor)
        })
    };
    let creatable = |(_, offer): &(&String, &VersionOffer)| offer.creatable;
    if all.iter().filter(creatable).any(|(text, _)| fits(&text)) {
        return None;
    }
    let offered: Vec<&str> = all.iter().filter(creatable).map(|(text, _)| text.as_str()).collect();
    Some(format!(
        "RDS makes no new databases with PostgreSQL {} in {region}; it offers {}",
        version.request(),
        list(&offered),
    ))
}

fn upgrade_refused(item: &Item, region: &Region, live: &Live) -> Option<String> {
    let from = version_of(item.live?.overlaid())?.request().to_string();
    let to = version_of(item.resolved.as_ref()?)?;
    let major = major_of(item.live?.overlaid())?;
    let offer = versions(live, region, major)?.get(&from)?;
    if offer.targets.contains(to.request()) {
        return None;
    }
    let targets: Vec<&str> = offer.targets.iter().map(String::as_str).collect();
    Some(format!(
        "RDS has no upgrade from PostgreSQL {from} to {} in {region}; from there it goes to {}",
        to.request(),
        list(&targets),
    ))
}

/// A class that does not change is asked about for the sake of its volume.
fn refuse_class(item: &mut Item, wanted: &Resource, region: &Region, live: &Live) {
    let Some(refused) = class_refused(wanted, region, live, false) else { return };
    let changes = item.found.fields.iter().any(|diff| diff.name == "class");
    let fields: &[&str] = match (changes, refused.of_volume) {
        (true, false) => &["class"],
        (true, true) => &["class", "storage", "storage_type"],
        (false, true) => &["storage", "storage_type"],
        (false, false) => &[],
    };
    for field in fields {
        refuse(item, field, |_| Some(refused.why.clone()));
    }
}

/// Why a class cannot be had.
struct ClassRefused {
    why: String,
    /// It can be had with another volume.
    of_volume: bool,
}

fn class_refused(
    wanted: &Resource,
    region: &Region,
    live: &Live,
    is_new: bool,
) -> Option<ClassRefused> {
    let class = class_of(wanted)?;
    let question = ClassQuestion { region: region.clone(), class: class.into() };
    let offers = live.offers.classes.get(&question)?.as_ref().ok()?;
    let mut left: Vec<&ClassOffer> = offers.iter().collect();
    if left.is_empty() {
        let why = format!("RDS has no {class} for PostgreSQL in {region}");
        return Some(ClassRefused { why, of_volume: false });
    }
    let (cluster, multi_az) = match wanted {
        Resource::DbCluster(_) => (true, false),
        Resource::DbInstance(instance) => (false, instance.multi_az == Some(true)),
        _ => (false, false),
    };
    let version = version_of(wanted).map(|version| version.request()).unwrap_or_default();
    type Fits<'a> = &'a dyn Fn(&ClassOffer) -> bool;
    let demands: [(Fits, String); 4] = [
        (&|offer| !cluster || offer.clusters, format!("Multi-AZ DB clusters of {class}")),
        (&|offer| !multi_az || offer.multi_az, format!("Multi-AZ DB instances of {class}")),
        (&|offer| has_version(wanted, offer, is_new), format!("{class} for PostgreSQL {version}")),
        (&|offer| has_volume(wanted, offer), format!("{class} with {}", volume_in_words(wanted))),
    ];
    for (place, (fits, what)) in demands.iter().enumerate() {
        left.retain(|offer| fits(offer));
        if left.is_empty() {
            let why = format!("RDS has no {what} in {region}");
            return Some(ClassRefused { why, of_volume: place == 3 });
        }
    }
    None
}

/// What is there may run a minor that is not offered any more, and a replica is born with its
/// source's.
fn has_version(wanted: &Resource, offer: &ClassOffer, is_new: bool) -> bool {
    let asked = version_of(wanted).and_then(|version| Version::parse(version.request()));
    let (Some(asked), Some(offered)) = (asked, Version::parse(&offer.version)) else { return true };
    let exact = is_new && asked.minor.is_some() && !crate::steps::is_replica(wanted);
    asked.major == offered.major && (!exact || asked.minor == offered.minor)
}

fn volume_in_words(wanted: &Resource) -> String {
    let (kind, size) = volume(wanted);
    let what = [kind.map(str::to_string), size.map(|size| format!("{size} GiB"))];
    let what: Vec<String> = what.into_iter().flatten().collect();
    format!("a volume of {}", what.join(" and "))
}

fn volume(wanted: &Resource) -> (Option<&str>, Option<u32>) {
    match wanted {
        Resource::DbInstance(instance) => (instance.storage_type.as_deref(), instance.storage),
        Resource::DbCluster(cluster) => (cluster.storage_type.as_deref(), cluster.storage),
        _ => (None, None),
    }
}

fn has_volume(wanted: &Resource, offer: &ClassOffer) -> bool {
    let (kind, size) = volume(wanted);
    let fits = |size: u32| {
        offer.storage.0.is_none_or(|least| size >= least)
            && offer.storage.1.is_none_or(|most| size <= most)
    };
    kind.is_none_or(|kind| kind == offer.storage_type) && size.is_none_or(fits)
}

fn certificate_refused(wanted: &Resource, region: &Region, live: &Live) -> Option<String> {
    let certificate = certificate_of(wanted)?;
    let offered = live.offers.certificates.get(region)?.as_ref().ok()?;
    if offered.contains(certificate) {
        return None;
    }
    let offered: Vec<&str> = offered.iter().map(String::as_str).collect();
    Some(format!("RDS has no certificate {certificate} in {region}; it offers {}", list(&offered)))
}

fn list(texts: &[&str]) -> String {
    match texts {
        [] => "none".into(),
        some => some.join(", "),
    }
}
