//! Answers references from what is known at the moment.

use std::cell::RefCell;
use std::collections::BTreeSet;

use pgha_resource::Address;
use pgha_resource::Attr;
use pgha_resource::Live;
use pgha_resource::LiveResource;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Scope;
use pgha_resource::live::NetworkSeen;
use pgha_resource::reference::Resolve;

/// What the scope and the last look at the account know.
pub struct Known<'a> {
    /// Whose cluster, where.
    pub scope: &'a Scope,
    /// The last look.
    pub live: &'a Live,
    /// Addresses about to be replaced: what is known of them is about to be wrong.
    pub leaving: &'a BTreeSet<Address>,
}

impl Known<'_> {
    fn of(&self, address: &Address, attr: Attr) -> Option<String> {
        let deterministic = self.scope.deterministic(address, attr);
        if self.leaving.contains(address) {
            return deterministic;
        }
        // A role of somebody else's may have a path, which its name does not tell.
        self.seen(address, attr).or(deterministic)
    }

    fn seen(&self, address: &Address, attr: Attr) -> Option<String> {
        let ids = &self.live.present(address).or_else(|| self.to_be_restored(address))?.ids;
        match attr {
            Attr::Name => None,
            Attr::Id => ids.id.clone(),
            Attr::Arn => ids.arn.clone(),
            Attr::ResourceId => ids.resource_id.clone(),
            Attr::MasterSecret => ids.master_secret.clone(),
            Attr::Host => ids.host.clone(),
        }
    }

    /// What comes back is the same as before, to whoever refers to it.
    fn to_be_restored(&self, address: &Address) -> Option<&LiveResource> {
        let old = self.live.restorable.get(address)?;
        old.standing(address, self.scope).is_ours().then_some(old)
    }
}

impl Resolve for Known<'_> {
    fn reference(&self, reference: &Ref) -> Option<String> {
        match reference {
            Ref::Known(id) => Some(id.clone()),
            Ref::Of(address, attr) => self.of(address, *attr),
            Ref::Vpc(region) => match self.live.networks.get(region)? {
                NetworkSeen::Found(network) => Some(network.vpc.clone()),
                NetworkSeen::NotFound(_) | NetworkSeen::Unread(_) => None,
            },
        }
    }

    fn subnets(&self, region: &Region) -> Option<BTreeSet<String>> {
        match self.live.networks.get(region)? {
            NetworkSeen::Found(network) => {
                Some(network.subnets.iter().map(|subnet| subnet.id.clone()).collect())
            }
            NetworkSeen::NotFound(_) | NetworkSeen::Unread(_) => None,
        }
    }
}

/// Answers nothing and remembers what it was asked for.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) ids: RefCell<BTreeSet<String>>,
}

impl Resolve for Asked {
    fn reference(&self, reference: &Ref) -> Option<String> {
        if let Ref::Known(id) = reference {
            self.ids.borrow_mut().insert(id.clone());
        }
        None
    }

    fn subnets(&self, _: &Region) -> Option<BTreeSet<String>> {
        None
    }
}
