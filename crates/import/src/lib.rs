//! A database that exists to the spec that describes it.
//!
//! The spec is not written field by field: a first draft says what the parts are called, and then
//! pgha's own plan says what differs. Each difference becomes a key, until the plan is empty but
//! for ownership. What cannot be said stays a difference and is told.

mod draft;
mod first;
mod keys;
mod region;
mod topology;

use std::collections::{BTreeMap, BTreeSet};

use pgha_apply::port::{Observe, Wanted};
use pgha_planner::{Allow, Change, Intent, Plan, Verb, plan};
use pgha_resource::desired::Mode;
use pgha_resource::live::ReadError;
use pgha_resource::{Address, Desired, Region};
use pgha_spec::{Diagnostic, Loaded, Severity, SpecErrors, load};

use crate::draft::{Draft, Place, table};
use crate::first::Called;
pub use crate::region::{Elsewhere, Survey, survey};
use crate::topology::Topology;

/// More rounds than any spec takes: each writes one key at least.
const MOST_ROUNDS: usize = 60;

/// What to import.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The name or the ARN of a database, a replica or a proxy.
    pub identifier: &'a str,
    /// Where to begin to look.
    pub region: &'a Region,
    /// What the cluster is called in the spec; otherwise it is called after its primary.
    pub cluster: Option<&'a str>,
    /// The spec's file, as messages name it.
    pub file: &'a str,
    /// Today and the day on which what is accepted as found comes up again, ISO 8601.
    pub today: &'a str,
    /// See `today`.
    pub until: &'a str,
}

/// A spec for what exists.
#[derive(Debug)]
pub struct Imported {
    /// The spec.
    pub text: String,
    /// The same, read.
    pub loaded: Loaded,
    /// What would be tagged once somebody agrees to it.
    pub adopted: BTreeSet<Address>,
    /// What the plan would do beside tagging: what could not be said.
    pub doubts: Vec<Change>,
    /// What there is beside the cluster.
    pub beside: Vec<String>,
    /// What could not be read.
    pub unread: Vec<ReadError>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is nothing of that name.
    #[error("there is no database or proxy `{name}` in {region}{}", list_of(.similar))]
    NotFound {
        /// The name.
        name: String,
        /// Where it was looked for.
        region: Region,
        /// Names that are like it.
        similar: Vec<String>,
    },
    /// It is no PostgreSQL of RDS.
    #[error(
        "{address} runs {engine}: pgha keeps RDS for PostgreSQL only, no Aurora and no other engine"
    )]
    OtherEngine {
        /// What.
        address: Address,
        /// Its engine.
        engine: String,
    },
    /// Its source is in another account.
    #[error("it replicates from `{name}` in another account: import that one there")]
    OtherAccount {
        /// The source.
        name: String,
    },
    /// What has to be known cannot be read.
    #[error("{}: {}", .0.call, .0.message)]
    Unread(ReadError),
    /// No spec can say it.
    #[error("a spec cannot describe it as it is")]
    Refused(SpecErrors),
}

fn list_of(similar: &[String]) -> String {
    match similar {
        [] => String::new(),
        names => format!("; there is {}", names.join(", ")),
    }
}

/// Writes the spec of what exists.
pub async fn import(
    account: &impl Observe,
    request: &Request<'_>,
) -> Result<Imported, ImportError> {
    let topology = topology::find(account, request.identifier, request.region).await?;
    let called = Called::of(&topology, request.cluster);
    let mut draft = first::draft(&topology, &called);
    if !topology.beside.is_empty() {
        draft.end.push("Beside the cluster, and left as it is:".into());
        draft.end.extend(topology.beside.iter().map(|line| format!("  {line}")));
    }
    let mut looked: Option<(BTreeSet<Address>, pgha_resource::Live)> = None;
    for _ in 0..MOST_ROUNDS {
        let loaded = read(&mut draft, request)?;
        let addresses: BTreeSet<Address> = loaded.desired.resources.keys().cloned().collect();
        let same = looked.as_ref().is_some_and(|(known, _)| *known == addresses);
        if !same {
            let live = account.observe(&Wanted::everything(&loaded.desired)).await;
            looked = Some((addresses, live));
        }
        let Some((_, live)) = &looked else { continue };
        let plan = plan(&loaded.desired, live, &adopting(&loaded.desired));
        if !learn(&mut draft, &topology, live, &plan) {
            return Ok(finish(&draft, topology, loaded, plan));
        }
    }
    let loaded = read(&mut draft, request)?;
    let live = account.observe(&Wanted::everything(&loaded.desired)).await;
    let plan = plan(&loaded.desired, &live, &adopting(&loaded.desired));
    Ok(finish(&draft, topology, loaded, plan))
}

/// Reads the draft. What a rule finds fault with is how things are: it is accepted for a while, so
/// that it comes up again.
fn read(draft: &mut Draft, request: &Request<'_>) -> Result<Loaded, ImportError> {
    let mut accepted: BTreeSet<&'static str> = BTreeSet::new();
    loop {
        let errors = match load(request.file, &draft.text()) {
            Ok(loaded) => return Ok(loaded),
            Err(errors) => errors,
        };
        let wrong = |found: &&Diagnostic| found.severity == Severity::Error;
        let codes: BTreeSet<&'static str> =
            errors.diagnostics.iter().filter(wrong).map(|found| found.code).collect();
        let codes: BTreeSet<_> = codes.into_iter().filter(|code| *code != "PGHA122").collect();
        if codes.is_subset(&accepted) {
            return Err(ImportError::Refused(errors));
        }
        // An entry is found fault with itself where its code cannot be accepted.
        accepted.extend(codes);
        let reason = format!("as found on {}", request.today);
        let entries = accepted.iter().map(|code| {
            table([
                ("lint", (*code).into()),
                ("reason", reason.as_str().into()),
                ("until", request.until.into()),
            ])
        });
        let entries: toml_edit::Array = entries.collect();
        draft.set(Place::Section("guard"), "allow", entries);
    }
}

/// The user's word for everything, to see what there would be to do then.
fn adopting(desired: &Desired) -> Intent {
    Intent { allow: ours(desired).map(Allow::Adopt).collect(), ..Intent::default() }
}

fn ours(desired: &Desired) -> impl Iterator<Item = Address> {
    let of_pgha = desired.resources.iter().filter(|(_, wanted)| wanted.mode != Mode::Given);
    of_pgha.map(|(address, _)| address.clone())
}

/// Writes a key for each difference that has one. Says whether there is anything new.
fn learn(draft: &mut Draft, topology: &Topology, live: &pgha_resource::Live, plan: &Plan) -> bool {
    let mut news = false;
    for change in plan.changes.iter().filter(|change| change.verb == Verb::Modify) {
        let Some(seen) = live.present(&change.address) else { continue };
        for field in &change.fields {
            news |= keys::write(draft, topology, &change.address, &field.name, seen.overlaid());
        }
    }
    news
}

fn finish(draft: &Draft, topology: Topology, loaded: Loaded, plan: Plan) -> Imported {
    let is_doubt = |change: &Change| {
        change.verb != Verb::Modify
            || change.blocked.is_some()
            || change.fields.iter().any(|field| !field.name.starts_with("tags"))
    };
    let adopted = ours(&loaded.desired)
        .filter(|address| address.kind.tagging() != pgha_resource::kind::Tagging::WithParent)
        .collect();
    let mut unread: BTreeMap<String, ReadError> = BTreeMap::new();
    for error in topology.unread {
        unread.entry(format!("{} {}", error.call, error.message)).or_insert(error);
    }
    Imported {
        text: draft.text(),
        loaded,
        adopted,
        doubts: plan.changes.into_iter().filter(is_doubt).collect(),
        beside: topology.beside,
        unread: unread.into_values().collect(),
    }
}
