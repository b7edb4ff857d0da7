//! What there is to import in a whole region.

use std::collections::{BTreeMap, BTreeSet};

use pgha_apply::port::{Observe, Wanted};
use pgha_resource::live::ReadError;
use pgha_resource::{Address, Kind, Live, LiveResource, Ref, Region, Resource, Scope};

use crate::ImportError;
use crate::first::{after_primary, owner};
use crate::topology::{Named, databases, other_engine};

/// The databases of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Those that others replicate from or that stand alone, each with the name that its cluster
    /// gets. No two have the same.
    pub primaries: BTreeMap<Address, String>,
    /// Those that are not imported from here, and why.
    pub others: BTreeMap<Address, Elsewhere>,
}

/// Why a database is not imported from its region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Elsewhere {
    /// pgha keeps no databases of this engine.
    #[error("it runs {0}, and pgha keeps RDS for PostgreSQL only")]
    OtherEngine(String),
    /// It belongs to a database of another region.
    #[error("it replicates from `{name}` in {region}, with which it is imported")]
    OtherRegion {
        /// The source.
        name: String,
        /// Where that is.
        region: Region,
    },
    /// It belongs to a database of another account.
    #[error("it replicates from `{0}` in another account: import that one there")]
    OtherAccount(String),
    /// Its source is not among the databases of the region.
    #[error("it replicates from `{0}`, which is not there")]
    NoSource(String),
}

/// Looks for every database of a region.
///
/// # Errors
///
/// An account or its databases that cannot be read.
pub async fn survey(account: &impl Observe, region: &Region) -> Result<Survey, ImportError> {
    let whose = account.identity().await.map_err(ImportError::Unread)?.account;
    let scope = Scope { cluster: String::new(), account: Some(whose), home: region.clone() };
    let live = account.observe(&Wanted::anybodys(&scope, region)).await;
    if let Some(error) = unread(&live) {
        return Err(ImportError::Unread(error.clone()));
    }
    let mut survey = Survey::default();
    let mut primaries: Vec<(&Address, &LiveResource)> = Vec::new();
    for address in databases(&live) {
        let Some(seen) = live.present(address) else { continue };
        match role(seen, &live, &scope) {
            Role::Primary => primaries.push((address, seen)),
            Role::Replica => {}
            Role::Other(why) => {
                survey.others.insert(address.clone(), why);
            }
        }
    }
    survey.primaries = named(&primaries, &scope);
    Ok(survey)
}

/// A list of databases that may lack some is no list.
fn unread(live: &Live) -> Option<&ReadError> {
    let of_databases = |error: &&ReadError| error.call.starts_with("DescribeDB");
    let is_proxy = |error: &&ReadError| error.call.starts_with("DescribeDBProx");
    live.unswept.iter().filter(of_databases).find(|error| !is_proxy(error))
}

/// What a database is to an import of its region.
enum Role {
    Primary,
    /// Its source is imported from here, and it with that.
    Replica,
    Other(Elsewhere),
}

fn role(seen: &LiveResource, live: &Live, scope: &Scope) -> Role {
    if let Some(engine) = other_engine(seen) {
        return Role::Other(Elsewhere::OtherEngine(engine.into()));
    }
    let source = match &seen.resource {
        Resource::DbInstance(instance) => instance.source.as_ref().and_then(Ref::as_known),
        _ => None,
    };
    let Some(source) = source.map(Named::read) else { return Role::Primary };
    if source.account.is_some_and(|of| Some(of) != scope.account) {
        return Role::Other(Elsewhere::OtherAccount(source.name));
    }
    if let Some(region) = source.region.filter(|region| *region != scope.home) {
        return Role::Other(Elsewhere::OtherRegion { name: source.name, region });
    }
    let at = [Kind::DbInstance, Kind::DbCluster].map(|kind| Address::home(kind, &*source.name));
    match at.iter().any(|address| live.present(address).is_some()) {
        true => Role::Replica,
        false => Role::Other(Elsewhere::NoSource(source.name)),
    }
}

/// A name for each: who has one keeps it, and the others are called after their primaries.
fn named(primaries: &[(&Address, &LiveResource)], scope: &Scope) -> BTreeMap<Address, String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut names = BTreeMap::new();
    for (address, seen) in primaries {
        if let Some(owner) = owner(seen, address, scope)
            && taken.insert(owner.clone())
        {
            names.insert((*address).clone(), owner);
        }
    }
    for (address, _) in primaries {
        if names.contains_key(*address) {
            continue;
        }
        let short = after_primary(&address.name);
        let numbered = (2..).map(|number| format!("{short}-{number}"));
        let mut candidates = [short.clone(), address.name.clone()].into_iter().chain(numbered);
        let name = candidates.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(name.clone());
        names.insert((*address).clone(), name);
    }
    names
}
