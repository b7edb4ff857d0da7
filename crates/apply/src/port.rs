//! The boundary with an account: reading it, changing it, and its clock.
//!
//! Two accounts implement these: `pgha-aws` and `pgha-sim`. Nothing else in pgha reads or
//! changes anything outside the process, and only [`Execute`] changes anything at all.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use pgha_resource::Address;
use pgha_resource::Call;
use pgha_resource::Desired;
use pgha_resource::Kind;
use pgha_resource::Live;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::Scope;
use pgha_resource::desired::NetworkQuery;
use pgha_resource::live::ErrorClass;
use pgha_resource::live::Identity;
use pgha_resource::live::Ids;
use pgha_resource::live::ReadError;
use pgha_resource::offer::{Offers, Questions};

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Whose cluster, where.
    pub scope: Scope,
    /// The addresses to look at, each with the resource as desired or as last seen: some
    /// are found only through what they refer to (a target through its proxy).
    pub resources: BTreeMap<Address, Resource>,
    /// Network lookups to make, by region.
    pub networks: BTreeMap<Region, NetworkQuery>,
    /// Whether to look for everything else that carries the cluster's ownership tag, in
    /// these regions. Empty for a look at `resources` alone.
    pub sweep: Vec<Region>,
    /// Kinds of which the sweep brings everything, whoever's it is. Unless there are none, it
    /// brings nothing else.
    pub strangers: BTreeSet<Kind>,
}

impl Wanted {
    /// Everything a plan needs: the desired addresses, the networks and the orphans.
    pub fn everything(desired: &Desired) -> Self {
        Self {
            scope: desired.scope.clone(),
            resources: desired
                .resources
                .iter()
                .map(|(address, wanted)| (address.clone(), wanted.resource.clone()))
                .collect(),
            networks: desired.networks.clone(),
            sweep: desired.regions(),
            strangers: BTreeSet::new(),
        }
    }

    /// These addresses and nothing else.
    pub fn only(scope: &Scope, resources: BTreeMap<Address, Resource>) -> Self {
        let (networks, sweep, strangers) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Self { scope: scope.clone(), resources, networks, sweep, strangers }
    }

    /// All databases and proxies of a region, whoever's they are.
    pub fn anybodys(scope: &Scope, region: &Region) -> Self {
        let strangers =
            [Kind::DbInstance, Kind::DbCluster, Kind::DbProxy, Kind::DbProxyEndpoint].into();
        Self { sweep: vec![region.clone()], strangers, ..Self::only(scope, BTreeMap::new()) }
    }

    /// What may hang on a database of this region, whoever's it is: what watches it, and copies.
    pub fn around(scope: &Scope, region: &Region) -> Self {
        let strangers = [
            Kind::Alarm,
            Kind::EventSubscription,
            Kind::DbSnapshot,
            Kind::DbClusterSnapshot,
            Kind::BackupReplication,
        ];
        let strangers = strangers.into();
        Self { sweep: vec![region.clone()], strangers, ..Self::only(scope, BTreeMap::new()) }
    }
}

/// What a call left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Identifiers that the answer named; the next look finds the rest.
    pub ids: Ids,
    /// AWS's request id.
    pub request_id: Option<String>,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct CallError {
    /// What the failure means for what to do next.
    pub class: ErrorClass,
    /// AWS's error code, or a word of ours where no answer came.
    pub code: String,
    /// AWS's words, without anything secret.
    pub message: String,
    /// AWS's request id.
    pub request_id: Option<String>,
}

/// Reads an account. A plan and a drift report get this and nothing more.
pub trait Observe {
    /// Who is calling, and for which account.
    fn identity(&self) -> impl Future<Output = Result<Identity, ReadError>>;

    /// Looks at everything wanted, in as few calls as possible and all at once. Every wanted
    /// address is in the answer: failures are in it as `Unread`, never as absence.
    fn observe(&self, wanted: &Wanted) -> impl Future<Output = Live>;

    /// Asks what RDS offers. What cannot be answered is missing, or an error, in the answer.
    fn ask(&self, questions: &Questions) -> impl Future<Output = Offers>;
}

/// Changes an account, one API call at a time.
pub trait Execute: Observe {
    /// Makes one call. Every reference in it is resolved. The call returns when AWS accepted
    /// it; waiting until the change is made is the caller's business.
    fn execute(&self, call: &Call) -> impl Future<Output = Result<Receipt, CallError>>;
}

/// The account's time: the wall clock, or the simulated account's own.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Comes back when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}
