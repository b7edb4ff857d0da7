//! `[parameters]` to parameter groups.
//!
//! Replicas have groups of their own, so that a raise of `max_connections` and the like can reach
//! them before the primary (docs/aws/replicas.md#hot-standby). The family is part of the name: a
//! new major version is a new group.

use std::collections::BTreeMap;
use std::ops::Range;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::Region;
use pgha_resource::kind::DbClusterParameterGroup;
use pgha_resource::kind::DbParameterGroup;
use pgha_resource::parameter;

use super::Build;
use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::replica::Replica;
use crate::spanned::Sp;

pub(super) fn expand(build: &mut Build<'_>) {
    if build.spec.is_cluster() {
        return cluster(build);
    }
    let spec = build.spec;
    instances(build, primary_group(build), &[]);
    for region in spec.regions() {
        if spec.replica.iter().any(|r| r.parameters.is_none() && spec.region_of(r) == region) {
            instances(build, replicas_group(build, &region), &[]);
        }
    }
    for replica in &spec.replica {
        if let Some(own) = &replica.parameters {
            instances(build, replica_group(build, replica), &[own]);
        }
    }
}

fn family(build: &Build<'_>) -> String {
    format!("postgres{}", build.spec.major())
}

fn suffix(build: &Build<'_>, of: &str) -> String {
    match of {
        "" => format!("pg{}", build.spec.major()),
        of => format!("{of}-pg{}", build.spec.major()),
    }
}

/// The group of the primary.
pub(super) fn primary_group(build: &Build<'_>) -> Address {
    build.address(Kind::DbParameterGroup, &suffix(build, ""), &build.home)
}

/// The group of a Multi-AZ DB cluster.
pub(super) fn cluster_group(build: &Build<'_>) -> Address {
    build.address(Kind::DbClusterParameterGroup, &suffix(build, "cluster"), &build.home)
}

fn replicas_group(build: &Build<'_>, region: &Region) -> Address {
    build.address(Kind::DbParameterGroup, &suffix(build, "replicas"), region)
}

/// The group of a replica: its own if it has parameters of its own.
pub(super) fn replica_group(build: &Build<'_>, replica: &Replica) -> Address {
    let region = build.spec.region_of(replica);
    match replica.parameters {
        Some(_) => build.address(Kind::DbParameterGroup, &suffix(build, &replica.name), &region),
        None => replicas_group(build, &region),
    }
}

/// The values in the base units that the API takes, under the names that RDS keeps; the later
/// table wins.
pub(crate) fn values(tables: &[&Parameters]) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for (name, written) in tables.iter().flat_map(|table| table.iter()) {
        let name = name.to_ascii_lowercase();
        if let Ok(value) = parameter::read(&name, &written.to_string()) {
            values.insert(name, value);
        }
    }
    values
}

/// The parameters of the spec, then those of a replica.
pub(crate) fn effective(spec: &Spec, own: &[&Parameters]) -> BTreeMap<String, String> {
    let base = spec.parameters.iter();
    values(&base.chain(own.iter().copied()).collect::<Vec<_>>())
}

/// Where the parameters were written.
fn place(spec: &Spec, own: &[&Parameters]) -> Option<Range<usize>> {
    let first = |table: &Parameters| table.keys().map(Sp::span).min_by_key(|span| span.start);
    own.iter().find_map(|table| first(table)).or_else(|| spec.parameters.as_ref().and_then(first))
}

/// The line of every parameter; a replica's own comes after the spec's and counts.
fn lines(spec: &Spec, own: &[&Parameters]) -> BTreeMap<String, Range<usize>> {
    let tables = spec.parameters.iter().chain(own.iter().copied());
    let keys = tables.flat_map(|table| table.keys());
    keys.map(|key| (key.to_ascii_lowercase(), key.span())).collect()
}

fn instances(build: &mut Build<'_>, address: Address, own: &[&Parameters]) {
    let written = place(build.spec, own);
    let group = DbParameterGroup {
        family: Some(family(build)),
        description: Some(format!("{} of {}", address.name, build.spec.cluster.name.as_str())),
        parameters: Some(effective(build.spec, own)),
    };
    let at = written.clone().unwrap_or_else(|| build.spec.engine.span());
    let version = &build.spec.engine.version;
    let lines = lines(build.spec, own);
    build
        .add(address, at, group)
        .at("parameters", written)
        .from("family", version)
        .each("parameters", lines);
}

fn cluster(build: &mut Build<'_>) {
    let written = place(build.spec, &[]);
    let address = cluster_group(build);
    let group = DbClusterParameterGroup {
        family: Some(family(build)),
        description: Some(format!("{} of {}", address.name, build.spec.cluster.name.as_str())),
        parameters: Some(effective(build.spec, &[])),
    };
    let at = written.clone().unwrap_or_else(|| build.spec.engine.span());
    let version = &build.spec.engine.version;
    let lines = lines(build.spec, &[]);
    build
        .add(address, at, group)
        .at("parameters", written)
        .from("family", version)
        .each("parameters", lines);
}
