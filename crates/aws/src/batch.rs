//! What to find of one kind in one region, and what was found.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::Seen;
use pgha_resource::live::ReadError;

/// Addresses of one kind in one region.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) kind: Kind,
    pub(crate) region: Region,
    /// What is wanted, by name.
    pub(crate) wanted: BTreeMap<&'a str, &'a Resource>,
    /// Whether to look for everything else that the cluster owns.
    pub(crate) sweep: bool,
    /// Whether the sweep brings what other clusters own, or nobody, as well.
    pub(crate) strangers: bool,
}

impl Batch<'_> {
    /// The address of a name in this batch.
    pub(crate) fn address(&self, name: &str) -> Address {
        self.sibling(self.kind, name)
    }

    /// The address of another kind in the same region.
    pub(crate) fn sibling(&self, kind: Kind, name: &str) -> Address {
        Address::within(kind, name, &self.region, &self.scope.home)
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.contains_key(name)
    }

    /// The names, owned, as a request wants them.
    pub(crate) fn names(&self) -> Vec<String> {
        self.wanted.keys().map(|name| name.to_string()).collect()
    }

    /// Whether something nobody wants may be the cluster's, going by its name. Its tags
    /// decide: another cluster's name may begin the same way.
    pub(crate) fn is_candidate(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&self.scope.cluster);
        let ours = || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        self.sweep && !self.wants(name) && (self.strangers || ours())
    }

    /// Whether something nobody wants belongs into the answer.
    pub(crate) fn takes(&self, live: &LiveResource) -> bool {
        self.sweep && (self.strangers || self.owns(live))
    }

    /// Whether the ownership tag names this cluster.
    pub(crate) fn owns(&self, live: &LiveResource) -> bool {
        live.owner() == Some(&self.scope.cluster)
    }
}

/// Something that belongs to whoever owns its parent.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) parent: Address,
    pub(crate) address: Address,
    pub(crate) live: LiveResource,
}

/// What a batch found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) resources: BTreeMap<Address, Seen>,
    /// What was deleted and can be restored, by wanted address.
    pub(crate) restorable: BTreeMap<Address, LiveResource>,
    /// Other clusters of pgha.
    pub(crate) neighbours: BTreeSet<String>,
    /// Unwanted resources without tags of their own.
    pub(crate) children: Vec<Child>,
    /// Parts of the search for orphans that failed.
    pub(crate) unswept: Vec<ReadError>,
}

impl Findings {
    /// Nothing is known of anything in the batch.
    pub(crate) fn unread(batch: &Batch<'_>, error: &ReadError) -> Self {
        let resources = batch
            .wanted
            .keys()
            .map(|name| (batch.address(name), Seen::Unread(error.clone())))
            .collect();
        let unswept = batch.sweep.then(|| error.clone()).into_iter().collect();
        Self { resources, unswept, ..Self::default() }
    }

    /// Records the outcome of reading one wanted resource.
    pub(crate) fn insert(
        &mut self,
        address: Address,
        outcome: Result<Option<LiveResource>, ReadError>,
    ) {
        let seen = match outcome {
            Ok(Some(live)) => Seen::Present(Box::new(live)),
            Ok(None) => Seen::Absent,
            Err(error) => Seen::Unread(error),
        };
        self.resources.insert(address, seen);
    }

    /// Records something unwanted that the cluster owns.
    pub(crate) fn orphan(&mut self, address: Address, live: LiveResource) {
        self.resources.insert(address, Seen::Present(Box::new(live)));
    }
}
