//! Engine versions: what can be created, what can be upgraded to what, and in which order
//! (docs/aws/replicas.md#minor-upgrades, docs/aws/versions.md).

use pgha_apply::port::CallError;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Ref;
use pgha_resource::Resource;
use pgha_resource::catalog;
use pgha_resource::catalog::EngineVersion;
use pgha_resource::catalog::Version;
use pgha_resource::kind::DbInstance;

use super::replica;
use crate::account::Account;
use crate::account::Thing;
use crate::kind::db_parameter_group;
use crate::pending;
use crate::pending::Trigger;
use crate::refusal::bad_combination;
use crate::refusal::refuse;

/// The version that a creating call gets: `16` is the newest minor, a withdrawn minor is
/// refused.
pub(crate) fn created(asked: Option<&EngineVersion>) -> Result<Version, CallError> {
    let text = match asked {
        Some(version) => version.request(),
        None => "17",
    };
    let unknown = || bad_combination(format!("Cannot find version {text} for postgres"));
    let asked = Version::parse(text).ok_or_else(unknown)?;
    let major = catalog::major(asked.major).ok_or_else(unknown)?;
    let minor = asked.minor.or_else(|| major.minors.first().copied()).ok_or_else(unknown)?;
    match major.minors.contains(&minor) {
        true => Ok(Version { major: asked.major, minor: Some(minor) }),
        false => Err(unknown()),
    }
}

/// The version of an instance.
pub(crate) fn of(instance: &DbInstance) -> Option<Version> {
    Version::parse(instance.engine_version.as_ref()?.request())
}

/// Checks the way from one version to another: up only, to a version on offer, and never to a minor
/// of another major that is older than the one at hand (docs/aws/versions.md#upgrade-paths).
pub(crate) fn check_path(from: Version, to: &EngineVersion) -> Result<Version, CallError> {
    let no_way =
        || bad_combination(format!("Cannot upgrade postgres from {from} to {}", to.request()));
    let wanted = created(Some(to)).map_err(|_| no_way())?;
    let age = |version: Version| {
        catalog::major(version.major)
            .and_then(|major| major.minors.iter().position(|m| Some(*m) == version.minor))
    };
    let younger = match (age(from), age(wanted)) {
        (Some(from), Some(wanted)) => wanted <= from,
        _ => true,
    };
    let upwards = wanted > from && (wanted.major == from.major || younger);
    if upwards { Ok(wanted) } else { Err(no_way()) }
}

/// Checks an upgrade against the instance's place among its replicas
/// (docs/aws/replicas.md#minor-upgrades).
pub(crate) fn check_order(
    account: &Account,
    key: &Address,
    from: Version,
    to: Version,
    replicas_may_wait: bool,
) -> Result<(), CallError> {
    let is_replica = account.instance(key).is_some_and(|instance| instance.source.is_some());
    if to.major > from.major {
        let cascade = replica::replicas(account, key).into_iter().find(|place| {
            place.region == key.region && !replica::replicas(account, place).is_empty()
        });
        return match (is_replica, cascade) {
            (true, _) => Err(bad_combination(
                "a read replica gets a major version together with its source, not by itself",
            )),
            (false, Some(place)) => Err(refuse(
                "DBUpgradeDependencyFailure",
                format!("no major version upgrade: the read replica {} has replicas", place.name),
            )),
            (false, None) => Ok(()),
        };
    }
    match laggard(account, key, to, replicas_may_wait) {
        Some(name) => Err(refuse(
            "DBUpgradeDependencyFailure",
            format!("upgrade the read replica {name} to {to} before its source"),
        )),
        None => Ok(()),
    }
}

/// A replica that is older than its source is going to be.
fn laggard(account: &Account, key: &Address, to: Version, queued_counts: bool) -> Option<String> {
    replica::replicas(account, key).into_iter().find_map(|replica| {
        let thing = account.get(&replica)?;
        let seen = match queued_counts {
            true => thing.overlaid(|_, trigger| trigger != Trigger::Boot),
            false => thing.resource.clone(),
        };
        let Resource::DbInstance(instance) = seen else { return None };
        (of(&instance)? < to).then(|| account.address(&replica).to_string())
    })
}

/// Whether a minor upgrade that waits for the window has to wait for replicas as well.
pub(crate) fn replicas_first(account: &Account, key: &Address) -> bool {
    let Some(thing) = account.get(key).filter(|_| key.kind == Kind::DbInstance) else {
        return false;
    };
    let after = thing.overlaid(|_, trigger| trigger == Trigger::Window);
    let (Resource::DbInstance(from), Resource::DbInstance(to)) = (&thing.resource, &after) else {
        return false;
    };
    match of(from).zip(of(to)) {
        Some((from, to)) if to > from && to.major == from.major => {
            laggard(account, key, to, false).is_some()
        }
        _ => false,
    }
}

/// The resource as an upgrade that AWS offers would make it, where AWS installs it by
/// itself (docs/aws/instances.md#automatic-minor-upgrades).
pub(crate) fn offered(thing: &Thing) -> Option<Resource> {
    let offered = thing.database.as_ref()?.offered.clone()?;
    let mut resource = thing.resource.clone();
    let (version, by_itself) = match &mut resource {
        Resource::DbInstance(i) => (&mut i.engine_version, i.auto_minor_upgrade),
        Resource::DbCluster(c) => (&mut c.engine_version, c.auto_minor_upgrade),
        _ => return None,
    };
    *version = Some(EngineVersion::seen(offered));
    (by_itself == Some(true)).then_some(resource)
}

/// AWS offers the newest minor version of the major at hand; `None` if it runs already.
pub(crate) fn announce(account: &mut Account, key: &Address) -> Option<String> {
    let running = match &account.get(key)?.resource {
        Resource::DbInstance(instance) => instance.engine_version.clone(),
        Resource::DbCluster(cluster) => cluster.engine_version.clone(),
        _ => None,
    };
    let from = Version::parse(running?.request())?;
    let newest = created(Some(&EngineVersion::seen(from.major.to_string()))).ok()?;
    if newest <= from {
        return None;
    }
    account.get_mut(key)?.database.as_mut()?.offered = Some(newest.to_string());
    let text = format!("version {newest} is available");
    account.log(key, &text);
    pending::watch_window(account, key);
    Some(text)
}

/// A major upgrade landed: replicas in the region were upgraded along, those in other
/// regions do not follow any more (docs/aws/replicas.md#major-upgrades).
pub(crate) fn upgraded(account: &mut Account, key: &Address, to: Version) {
    for place in replica::replicas(account, key) {
        if place.region != key.region {
            if let Some(database) = account.get_mut(&place).and_then(|t| t.database.as_mut()) {
                database.terminated = true;
            }
            account.log(&place, "replication terminated: the source has another major version");
            continue;
        }
        let Some(mut instance) = account.instance(&place).cloned() else { continue };
        instance.engine_version = Some(EngineVersion::seen(to.to_string()));
        let group = db_parameter_group::group_name(&instance.parameter_group);
        let fits = db_parameter_group::check_fits(
            account,
            &place,
            Kind::DbParameterGroup,
            &group,
            to.major,
        );
        // A group of the old family cannot stay.
        if fits.is_err() {
            instance.parameter_group = Some(Ref::known(db_parameter_group::default_name(to.major)));
        }
        account.merge(&place, &["engine_version", "parameter_group"], &instance.into());
        // A minor upgrade of its own is of no use any more.
        if let Some(database) = account.get_mut(&place).and_then(|t| t.database.as_mut()) {
            database.offered = None;
            if let Some(waiting) = database.waiting.as_mut() {
                waiting.fields.remove("engine_version");
            }
        }
        db_parameter_group::load(account, &place);
        account.log(&place, format!("upgraded to {to} together with its source"));
        upgraded(account, &place, to);
    }
}
