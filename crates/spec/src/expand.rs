//! A checked spec to the desired graph, one file a topic.
//!
//! Every name begins with the cluster's, unless `[names]` has another. Whatever another resource provides is a reference
//! to it: the graph's edges come from these.

mod alarms;
mod alerting;
mod credentials;
mod database;
mod iam;
mod monitoring;
mod names;
mod network;
mod parameters;
mod policy;
mod proxy;
mod quotas;
mod replicas;
mod sizes;
mod snapshots;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Desired;
use pgha_resource::DesiredResource;
use pgha_resource::Kind;
use pgha_resource::Measure;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::desired::Mode;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::desired::Origin;
use pgha_resource::live::Tags;
use pgha_resource::naming;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Lines;
use crate::section::Spec;
use crate::spanned::Place;

pub(crate) use alarms::comparison;
pub(crate) use alerting::existing_topic;
pub(crate) use parameters::effective as effective_parameters;
pub(crate) use proxy::MAX_CONNECTIONS;

/// The desired graph of a spec in which no error was found, and what can only be found in
/// the graph: names that AWS refuses, and two resources of one name.
pub(crate) fn expand(file: &str, text: &str, spec: &Spec) -> (Desired, Vec<Diagnostic>) {
    let mut build = Build::new(file, text, spec);
    network::expand(&mut build);
    parameters::expand(&mut build);
    credentials::expand(&mut build);
    monitoring::expand(&mut build);
    alerting::topics(&mut build);
    database::expand(&mut build);
    replicas::expand(&mut build);
    proxy::expand(&mut build);
    iam::expand(&mut build);
    snapshots::expand(&mut build);
    alerting::events(&mut build);
    alarms::expand(&mut build);
    build.finish()
}

/// Where a resource is written, in bytes.
#[derive(Default)]
struct Places {
    header: Range<usize>,
    /// Of its fields, those that were written.
    fields: BTreeMap<String, Range<usize>>,
}

/// The graph while it grows.
pub(crate) struct Build<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) home: Region,
    file: &'a str,
    lines: Lines,
    tags: Tags,
    names: names::Names<'a>,
    resources: BTreeMap<Address, DesiredResource>,
    places: BTreeMap<Address, Places>,
    networks: BTreeMap<Region, NetworkQuery>,
    found: Vec<Diagnostic>,
}

impl<'a> Build<'a> {
    fn new(file: &'a str, text: &'a str, spec: &'a Spec) -> Self {
        Self {
            spec,
            home: spec.home(),
            file,
            lines: Lines::new(text),
            tags: tags(spec),
            names: names::Names::of(spec),
            resources: BTreeMap::new(),
            places: BTreeMap::new(),
            networks: BTreeMap::new(),
            found: Vec::new(),
        }
    }

    fn finish(mut self) -> (Desired, Vec<Diagnostic>) {
        let misnamed = self.names.check(self.spec);
        self.found.extend(misnamed);
        let beyond = quotas::check(&self);
        self.found.extend(beyond);
        let too_long = sizes::check(&self);
        self.found.extend(too_long);
        for wanted in self.resources.values_mut() {
            wanted.lookups = lookups(&wanted.resource, &self.networks);
        }
        let desired = Desired {
            scope: Scope {
                cluster: self.spec.cluster.name.to_string(),
                account: self.spec.account().map(str::to_string),
                home: self.home,
            },
            policy: policy::expand(self.spec),
            resources: self.resources,
            networks: self.networks,
        };
        (desired, self.found)
    }

    /// A name that begins with the cluster's.
    pub(crate) fn name(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.spec.cluster.name.as_str())
    }

    /// The address of one of the cluster's resources, which has a name of its own or begins with
    /// the cluster's.
    pub(crate) fn address(&self, kind: Kind, suffix: &str, region: &Region) -> Address {
        let default = Address::within(kind, self.name(suffix), region, &self.home);
        self.names.rename(default)
    }

    /// The address of the database that is written to.
    pub(crate) fn primary(&self) -> Address {
        match self.spec.is_cluster() {
            true => self.address(Kind::DbCluster, "cluster", &self.home),
            false => self.address(Kind::DbInstance, "primary", &self.home),
        }
    }

    /// Adds a resource that comes from a place in the text.
    pub(crate) fn add(
        &mut self,
        address: Address,
        at: Range<usize>,
        resource: impl Into<Resource>,
    ) -> Placed<'_> {
        let mode = self.names.mode(&address);
        let resource = resource.into();
        self.check(&address, &at, &resource, mode);
        let origins = self.tag_origins();
        let places = Places { header: at.clone(), fields: BTreeMap::new() };
        let slot = self.places.entry(address.clone());
        let places = slot.insert_entry(places).into_mut();
        let desired = DesiredResource {
            resource,
            tags: self.tags.clone(),
            mode,
            origin: origin(self.file, &self.lines, at),
            origins,
            after: BTreeSet::new(),
            measure: None,
            windows: Vec::new(),
            lookups: BTreeMap::new(),
        };
        let slot = self.resources.entry(address);
        Placed {
            file: self.file,
            lines: &self.lines,
            desired: slot.insert_entry(desired).into_mut(),
            places,
        }
    }

    /// Where the tags are written, which every resource has.
    fn tag_origins(&self) -> BTreeMap<String, Origin> {
        let written = self.spec.cluster.tags.iter().flat_map(|tags| {
            let each = tags.iter().map(|(key, value)| (format!("tags.{}", **key), value.span()));
            each.chain([("tags".to_string(), tags.span())])
        });
        written.map(|(name, at)| (name, origin(self.file, &self.lines, at))).collect()
    }

    fn check(&mut self, address: &Address, at: &Range<usize>, resource: &Resource, mode: Mode) {
        let given = mode == Mode::Given;
        if let Some(Err(error)) = (!given).then(|| naming::check(address.kind, &address.name)) {
            let diagnostic = Diagnostic::new("PGHA095", at.clone(), error.to_string())
                .label("makes this name")
                .help("shorten the names that it is made of");
            self.found.push(diagnostic);
        }
        // What is the same under one name that somebody gave is one thing with several users.
        let one = |first: &&DesiredResource| mode == Mode::Made || first.resource != *resource;
        if let Some(first) = self.resources.get(address).filter(one) {
            let line = first.origin.line;
            let diagnostic =
                Diagnostic::new("PGHA106", at.clone(), format!("there are two `{address}`"))
                    .label("the second")
                    .note(format!("the first comes from line {line}"))
                    .help("give one of them another name");
            self.found.push(diagnostic);
        }
    }

    fn look_up(&mut self, region: Region, at: Range<usize>, query: NetworkChoice) {
        let origin = origin(self.file, &self.lines, at);
        let query = NetworkQuery { vpc: query.vpc, subnets: query.subnets, origin };
        self.networks.insert(region, query);
    }

    /// Names of the resources of one kind in a region, with references to them.
    pub(crate) fn of_kind(&self, kind: Kind, region: &Region) -> Vec<Address> {
        let away = (*region != self.home).then(|| region.clone());
        self.resources.keys().filter(|a| a.kind == kind && a.region == away).cloned().collect()
    }
}

/// What the spec says of the networks that a resource's fields are looked up in.
fn lookups(
    resource: &Resource,
    networks: &BTreeMap<Region, NetworkQuery>,
) -> BTreeMap<Region, String> {
    let words = resource.lookups().into_iter().filter_map(|region| {
        let query = networks.get(&region)?;
        Some((region, query.words()))
    });
    words.collect()
}

/// The user's own tags.
fn tags(spec: &Spec) -> Tags {
    let written = spec.cluster.tags.iter().flat_map(|tags| tags.iter());
    written.map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// What to look for in a region.
struct NetworkChoice {
    vpc: pgha_resource::desired::VpcQuery,
    subnets: pgha_resource::desired::SubnetQuery,
}

fn origin(file: &str, lines: &Lines, at: Range<usize>) -> Origin {
    let (line, column) = lines.position(at.start);
    Origin { file: file.to_string(), line, column }
}

/// A resource that was just added.
pub(crate) struct Placed<'b> {
    file: &'b str,
    lines: &'b Lines,
    desired: &'b mut DesiredResource,
    places: &'b mut Places,
}

impl Placed<'_> {
    /// Says which key a field comes from, if the key was written.
    pub(crate) fn from(self, field: &str, key: &impl Place) -> Self {
        self.at(field, key.place())
    }

    /// Says at which place a field comes from. A kind may lack the field: a cluster has fewer
    /// than an instance.
    pub(crate) fn at(self, field: &str, place: Option<Range<usize>>) -> Self {
        let known = self.desired.resource.field_names().contains(&field);
        if let Some(place) = place.filter(|_| known) {
            let at = origin(self.file, self.lines, place.clone());
            self.desired.origins.insert(field.into(), at);
            self.places.fields.insert(field.into(), place);
        }
        self
    }

    /// Notes where the elements of a map are written: `parameters.work_mem`.
    pub(crate) fn each(self, field: &str, places: BTreeMap<String, Range<usize>>) -> Self {
        for (name, place) in places {
            let at = origin(self.file, self.lines, place);
            self.desired.origins.insert(format!("{field}.{name}"), at);
        }
        self
    }

    /// Makes its threshold a share of what a database has.
    pub(crate) fn measured(self, measure: Option<Measure>) -> Self {
        self.desired.measure = measure;
        self
    }

    /// Leaves open which of these maintenance windows it has.
    pub(crate) fn any_of(self, windows: impl IntoIterator<Item = String>) -> Self {
        self.desired.windows.extend(windows);
        self
    }

    /// Makes it wait for addresses that no field names.
    pub(crate) fn after(self, addresses: impl IntoIterator<Item = Address>) -> Self {
        self.desired.after.extend(addresses);
        self
    }
}

/// A reference to the name of a resource.
pub(crate) fn name_of(address: &Address) -> Ref {
    Ref::Of(address.clone(), Attr::Name)
}

/// A reference to the ARN of a resource.
pub(crate) fn arn_of(address: &Address) -> Ref {
    Ref::Of(address.clone(), Attr::Arn)
}
