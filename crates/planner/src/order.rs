//! Which step has to wait for which, and one order that respects it all.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use pgha_resource::Address;
use pgha_resource::Desired;
use pgha_resource::Disruption;
use pgha_resource::Kind;
use pgha_resource::LiveResource;
use pgha_resource::Operation;
use pgha_resource::Ref;
use pgha_resource::Region;
use pgha_resource::Resource;
use pgha_resource::kind::DbInstance;
use pgha_resource::kind::Peer;

use crate::classify::Action;
use crate::classify::Item;
use crate::classify::Items;
use crate::delete::can_use;
use crate::disown;
use crate::ha;
use crate::in_use::instance_address;
use crate::plan::After;
use crate::plan::Note;
use crate::plan::Step;
use crate::reach::Reach;
use crate::reach::remembered_beyond;
use crate::steps::Draft;
use crate::steps::Stage;
use crate::steps::is_database;
use crate::successors::succeeds;

/// Steps as nodes, waiting as edges, the reason as their weight.
struct Order<'a> {
    drafts: &'a [Draft],
    by_address: BTreeMap<&'a Address, Vec<usize>>,
    graph: DiGraph<usize, &'static str>,
}

/// Addresses whose steps wait for each other in a circle: nothing can be done about them.
pub(crate) struct Circle(pub(crate) BTreeSet<Address>);

/// Orders drafts into steps.
pub(crate) fn order(
    drafts: &[Draft],
    items: &Items,
    desired: &Desired,
    reach: Option<&Reach>,
    notes: &mut Vec<Note>,
) -> Result<Vec<Step>, Circle> {
    let mut order = Order::new(drafts);
    order.within_addresses();
    order.references(items);
    order.thresholds(items);
    order.deletions(items, &desired.scope.home);
    order.new_targets();
    order.successors();
    order.rules(items);
    order.new_regions(reach);
    order.old_regions(items, desired);
    order.memories(items);
    order.high_availability(items, &desired.scope.home, notes);
    let sorted = order.sort()?;
    order.one_disruption_at_a_time(&sorted);
    Ok(order.into_steps(&sorted))
}

/// The proxy whose target a draft registers or lets go of, with its region.
fn proxy_of(draft: &Draft) -> Option<(Option<&Region>, &str)> {
    let address = &draft.call.address;
    let (proxy, _) = address.name.split_once(':')?;
    (address.kind == Kind::DbProxyTarget).then_some((address.region.as_ref(), proxy))
}

impl<'a> Order<'a> {
    fn new(drafts: &'a [Draft]) -> Self {
        let mut graph = DiGraph::new();
        let mut by_address: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
        for (index, draft) in drafts.iter().enumerate() {
            graph.add_node(index);
            by_address.entry(&draft.call.address).or_default().push(index);
        }
        Self { drafts, by_address, graph }
    }

    fn wait(&mut self, later: usize, earlier: usize, why: &'static str) {
        if later != earlier {
            self.graph.update_edge(NodeIndex::new(earlier), NodeIndex::new(later), why);
        }
    }

    fn of(&self, address: &Address) -> Vec<usize> {
        self.by_address.get(address).cloned().unwrap_or_default()
    }

    fn within_addresses(&mut self) {
        let chains: Vec<Vec<usize>> = self.by_address.values().cloned().collect();
        for chain in chains {
            for pair in chain.windows(2) {
                self.wait(pair[1], pair[0], "its own earlier step");
            }
        }
    }

    /// Whoever refers to something waits until that is there.
    fn references(&mut self, items: &Items) {
        for later in 0..self.drafts.len() {
            let draft = &self.drafts[later];
            let Some(item) = items.get(&draft.call.address) else { continue };
            if matches!(draft.stage, Stage::Delete | Stage::Start) {
                continue;
            }
            let after = item.desired.map(|desired| desired.after.clone()).unwrap_or_default();
            let needed: BTreeSet<Address> = draft.needs.union(&after).cloned().collect();
            for address in needed {
                self.wait_for_reference(later, &address, items, item.appears());
            }
        }
    }

    fn wait_for_reference(&mut self, later: usize, address: &Address, items: &Items, new: bool) {
        let Some(other) = items.get(address) else { return };
        let draft = &self.drafts[later];
        // Two groups may name each other: only their being there matters.
        let groups =
            draft.call.address.kind == Kind::SecurityGroup && address.kind == Kind::SecurityGroup;
        let snapshot =
            matches!(draft.call.address.kind, Kind::DbSnapshot | Kind::DbClusterSnapshot);
        for earlier in self.of(address) {
            let stage = self.drafts[earlier].stage;
            // What a new snapshot is for is the state before this plan disrupts anything.
            let disrupts = self.drafts[earlier].disruption > Disruption::None;
            if snapshot && disrupts && !other.appears() {
                self.wait(earlier, later, "a new snapshot comes first");
                continue;
            }
            let waits = match stage {
                Stage::Create | Stage::Start => true,
                // What is written into a secret about its database comes after the database, and
                // so does a rotation, which holds nothing back where it cannot be set up.
                Stage::Update if address.kind == Kind::Secret => {
                    self.drafts[earlier].call.fields().any(|field| field == "username")
                }
                // RDS tries at once whether a topic, or a role, lets it in
                // (RDS API, ModifyEventSubscription: SNSNoAuthorization).
                Stage::Update if self.lets_in(earlier) => true,
                Stage::Update | Stage::Reboot if groups => false,
                Stage::Update | Stage::Reboot if snapshot && !other.appears() => false,
                Stage::Update | Stage::Reboot => {
                    other.appears() || new || self.drafts[later].stage == Stage::Reboot
                }
                Stage::Delete | Stage::Reach | Stage::Tag => false,
            };
            if waits && !other.goes_only() {
                self.wait(later, earlier, "it needs it");
            }
        }
    }

    /// A database that is let go remembers in which regions the others are.
    fn memories(&mut self, items: &Items) {
        let lets_go = |at: &usize| disown::lets_go(&self.drafts[*at]);
        let is_memory = |at: &usize| {
            let item = items.get(&self.drafts[*at].call.address);
            item.and_then(|item| item.live).is_some_and(|live| !live.regions().is_empty())
        };
        let is_away = |at: &usize| self.drafts[*at].call.address.region.is_some();
        let (last, others): (Vec<usize>, Vec<usize>) = (0..self.drafts.len())
            .filter(lets_go)
            .filter(|at| is_memory(at) || is_away(at))
            .partition(is_memory);
        for later in last {
            for earlier in &others {
                self.wait(later, *earlier, "it remembers where that is");
            }
        }
    }

    /// Whether a draft changes who may use a topic, or what a role allows.
    fn lets_in(&self, draft: usize) -> bool {
        let call = &self.drafts[draft].call;
        let grants: &[&str] = match call.address.kind {
            Kind::SnsTopic => &["policy"],
            Kind::IamRole => &["trust", "attached", "inline"],
            _ => &[],
        };
        call.fields().any(|field| grants.contains(&field))
    }

    /// A threshold that follows a database is set once the database has changed.
    fn thresholds(&mut self, items: &Items) {
        for later in 0..self.drafts.len() {
            let call = &self.drafts[later].call;
            let item = items.get(&call.address);
            let measure = item.and_then(|item| item.desired?.measure.as_ref());
            let Some(measure) = measure.filter(|_| call.fields().any(|f| f == "threshold")) else {
                continue;
            };
            for earlier in self.of(&measure.database) {
                if matches!(self.drafts[earlier].stage, Stage::Update | Stage::Reboot) {
                    self.wait(later, earlier, "its threshold is a share of what that has");
                }
            }
        }
    }

    /// Whatever uses something goes, or lets go of it, first.
    fn deletions(&mut self, items: &Items, home: &Region) {
        for (used, item) in items.iter().filter(|(_, item)| item.goes()) {
            let replaced = matches!(item.action, Action::Replace);
            let mine: Vec<usize> = self
                .of(used)
                .into_iter()
                .filter(|index| !replaced || self.drafts[*index].stage == Stage::Delete)
                .collect();
            for (user, other) in items.iter().filter(|(user, _)| *user != used) {
                let exact =
                    names(user, other.live.map(|live| &live.resource), used, item.live, home);
                let groups = user.kind == Kind::SecurityGroup && used.kind == Kind::SecurityGroup;
                if !(can_use(user, used) || exact) {
                    continue;
                }
                for earlier in self.of(user) {
                    let waits = match self.drafts[earlier].stage {
                        Stage::Delete => !groups,
                        Stage::Update | Stage::Reboot => !replaced,
                        Stage::Start | Stage::Reach | Stage::Create | Stage::Tag => false,
                    };
                    if !waits {
                        continue;
                    }
                    for later in mine
                        .iter()
                        .filter(|later| !groups || self.drafts[**later].stage == Stage::Delete)
                        .copied()
                        .collect::<Vec<_>>()
                    {
                        self.wait(later, earlier, "it is in use until then");
                    }
                }
            }
        }
    }

    /// A proxy has one target: the old one goes before the new one comes (RDS API,
    /// RegisterDBProxyTargets: DBProxyTargetAlreadyRegisteredFault).
    fn new_targets(&mut self) {
        for later in 0..self.drafts.len() {
            let new = &self.drafts[later];
            let Some(proxy) = proxy_of(new).filter(|_| new.stage == Stage::Create) else {
                continue;
            };
            for earlier in 0..self.drafts.len() {
                let old = &self.drafts[earlier];
                if old.stage == Stage::Delete && proxy_of(old) == Some(proxy) {
                    self.wait(later, earlier, "a proxy has one target");
                }
            }
        }
    }

    /// What takes over is there before what it takes over from goes; a proxy has one target, so
    /// that the old one stays until everything else is there that the new one needs.
    fn successors(&mut self) {
        let pairs: Vec<(usize, usize)> = (0..self.drafts.len())
            .flat_map(|new| (0..self.drafts.len()).map(move |old| (new, old)))
            .filter(|(new, old)| {
                let (new, old) = (&self.drafts[*new], &self.drafts[*old]);
                new.stage == Stage::Create
                    && old.stage == Stage::Delete
                    && succeeds(&new.call.address, &old.call.address)
            })
            .collect();
        for (new, old) in pairs {
            if self.drafts[new].call.address.kind != Kind::DbProxyTarget {
                self.wait(old, new, "what takes over comes first");
                continue;
            }
            let before: Vec<NodeIndex> = self
                .graph
                .neighbors_directed(NodeIndex::new(new), Direction::Incoming)
                .filter(|before| before.index() != old)
                .collect();
            for before in before {
                self.wait(old, before.index(), "what takes over is ready first");
            }
        }
    }

    /// A new port or another security group is let through before a database has it, and the old
    /// rules go once no database needs them.
    fn rules(&mut self, items: &Items) {
        let moves = |index: &usize| {
            let draft = &self.drafts[*index];
            let moved = draft.call.fields().any(|f| matches!(f, "port" | "security_groups"));
            let kind = draft.call.address.kind;
            let listens =
                is_database(kind) || matches!(kind, Kind::DbProxy | Kind::DbProxyEndpoint);
            draft.stage == Stage::Update && moved && listens
        };
        for user in (0..self.drafts.len()).filter(moves).collect::<Vec<_>>() {
            let address = &self.drafts[user].call.address;
            for secret in self.tells_port_of(address, items) {
                self.wait(secret, user, "it tells what is so");
            }
            for (rules, adds) in self.rule_changes(address.region.as_ref()) {
                let group = items.get(&self.drafts[rules].call.address);
                match adds {
                    true => self.wait(user, rules, "its rules come first"),
                    // A new group is complete before anybody is in it.
                    false if group.is_some_and(Item::appears) => {}
                    false => self.wait(rules, user, "it is let through until then"),
                }
            }
        }
    }

    /// The drafts that write the port of a database into its secret.
    fn tells_port_of(&self, database: &Address, items: &Items) -> Vec<usize> {
        let tells = |index: &usize| {
            let call = &self.drafts[*index].call;
            let wanted = items.get(&call.address).and_then(|item| item.desired);
            call.address.kind == Kind::Secret
                && call.fields().any(|field| field == "port")
                && wanted.is_some_and(|wanted| wanted.resource.addresses().contains(database))
        };
        (0..self.drafts.len()).filter(tells).collect()
    }

    /// The drafts that add rules to the groups of a region, and those that take rules away.
    fn rule_changes(&self, region: Option<&Region>) -> Vec<(usize, bool)> {
        use Operation as O;
        let here = |index: &usize| self.drafts[*index].call.address.region.as_ref() == region;
        let change = |index: usize| match self.drafts[index].call.operation {
            O::AuthorizeSecurityGroupIngress | O::AuthorizeSecurityGroupEgress => {
                Some((index, true))
            }
            O::RevokeSecurityGroupIngress | O::RevokeSecurityGroupEgress => Some((index, false)),
            _ => None,
        };
        (0..self.drafts.len()).filter(here).filter_map(change).collect()
    }

    /// A region is on record before anything is made in it.
    fn new_regions(&mut self, reach: Option<&Reach>) {
        let Some(reach) = reach else { return };
        let records =
            |index: &usize| matches!(self.drafts[*index].stage, Stage::Reach | Stage::Create);
        let Some(record) = self.of(reach.database).into_iter().find(records) else { return };
        for later in 0..self.drafts.len() {
            let draft = &self.drafts[later];
            if draft.stage == Stage::Create && reach.is_new(&draft.call.address) {
                self.wait(
                    later,
                    record,
                    "its tags name this region first, so that nothing here is ever forgotten",
                );
            }
        }
    }

    /// What has a region on record goes after everything there.
    fn old_regions(&mut self, items: &Items, desired: &Desired) {
        for (address, item) in items.iter().filter(|(_, item)| item.goes()) {
            let regions = item.live.map(|live| remembered_beyond(address, live, desired));
            let regions = regions.unwrap_or_default();
            let is_there = |draft: &Draft| {
                let region = draft.call.address.region.as_ref();
                draft.stage == Stage::Delete && region.is_some_and(|r| regions.contains(r))
            };
            let there: Vec<usize> =
                (0..self.drafts.len()).filter(|index| is_there(&self.drafts[*index])).collect();
            for later in self.of(address) {
                for earlier in &there {
                    self.wait(later, *earlier, "it remembers that region");
                }
            }
        }
    }

    fn high_availability(&mut self, items: &Items, home: &Region, notes: &mut Vec<Note>) {
        for (replica, source) in ha::pairs(items, home) {
            let Some(other) = items.get(&source) else { continue };
            let noticeable = |order: &Self, address: &Address| -> Vec<usize> {
                let heavy = |index: &usize| {
                    let draft = &order.drafts[*index];
                    matches!(draft.stage, Stage::Update | Stage::Reboot)
                        && draft.disruption > Disruption::None
                };
                order.of(address).into_iter().filter(heavy).collect()
            };
            let (of_replica, of_source) = (noticeable(self, &replica), noticeable(self, &source));
            if of_replica.is_empty() || of_source.is_empty() {
                continue;
            }
            let first = ha::first(other, items, notes, &source);
            for (a, b) in of_replica.iter().flat_map(|a| of_source.iter().map(move |b| (*a, *b))) {
                match first {
                    ha::First::Replica => self.wait(b, a, first.why()),
                    ha::First::Source => self.wait(a, b, first.why()),
                }
            }
        }
    }

    /// An order in which the first draft that can come does: the same for equal graphs.
    fn sort(&self) -> Result<Vec<usize>, Circle> {
        let mut missing: Vec<usize> = self
            .graph
            .node_indices()
            .map(|node| self.graph.edges_directed(node, Direction::Incoming).count())
            .collect();
        let mut ready: BTreeSet<usize> =
            (0..missing.len()).filter(|index| missing[*index] == 0).collect();
        let mut sorted = Vec::with_capacity(missing.len());
        while let Some(next) = ready.pop_first() {
            sorted.push(next);
            for later in self.graph.neighbors(NodeIndex::new(next)) {
                missing[later.index()] -= 1;
                if missing[later.index()] == 0 {
                    ready.insert(later.index());
                }
            }
        }
        match sorted.len() == missing.len() {
            true => Ok(sorted),
            false => Err(self.circle()),
        }
    }

    fn circle(&self) -> Circle {
        let stuck = tarjan_scc(&self.graph).into_iter().filter(|component| component.len() > 1);
        Circle(stuck.flatten().map(|node| self.drafts[node.index()].call.address.clone()).collect())
    }

    /// Two steps that break connections never run at once on one cluster. Chaining them in
    /// an order that holds already cannot close a circle.
    fn one_disruption_at_a_time(&mut self, sorted: &[usize]) {
        let breaking: Vec<usize> = sorted
            .iter()
            .copied()
            .filter(|index| self.drafts[*index].disruption.breaks_connections())
            .collect();
        for pair in breaking.windows(2) {
            let (earlier, later) = (NodeIndex::new(pair[0]), NodeIndex::new(pair[1]));
            if self.graph.find_edge(earlier, later).is_none() {
                self.wait(pair[1], pair[0], "one disruption at a time");
            }
        }
    }

    fn into_steps(self, sorted: &[usize]) -> Vec<Step> {
        let number: BTreeMap<usize, usize> =
            sorted.iter().enumerate().map(|(number, index)| (*index, number)).collect();
        sorted
            .iter()
            .map(|index| {
                let draft = &self.drafts[*index];
                let edges = self.graph.edges_directed(NodeIndex::new(*index), Direction::Incoming);
                let mut after: Vec<After> = edges
                    .map(|edge| After {
                        step: number[&edge.source().index()],
                        why: edge.weight().to_string(),
                    })
                    .collect();
                after.sort();
                Step {
                    id: number[index],
                    call: draft.call.clone(),
                    after,
                    disruption: draft.disruption,
                    to_cluster: draft.disruption,
                    time: draft.time,
                    gate: None,
                }
            })
            .collect()
    }
}

/// Whether a resource names another one, which is live: a group in a rule, a source of a
/// replica. What is live names by identifiers.
pub(crate) fn names(
    user: &Address,
    resource: Option<&Resource>,
    used: &Address,
    live: Option<&LiveResource>,
    home: &Region,
) -> bool {
    let Some(ids) = live.map(|live| &live.ids) else { return false };
    match (resource, used.kind) {
        (Some(Resource::SecurityGroup(group)), Kind::SecurityGroup) => {
            let rules = [&group.ingress, &group.egress];
            let mut peers = rules.into_iter().flatten().flatten().map(|rule| &rule.peer);
            peers.any(|peer| match peer {
                Peer::Group(Ref::Known(id)) => Some(id) == ids.id.as_ref(),
                _ => false,
            })
        }
        (Some(Resource::DbInstance(DbInstance { source: Some(source), .. })), Kind::DbInstance) => {
            matches!(source, Ref::Known(id) if instance_address(id, user, home) == *used)
        }
        _ => false,
    }
}
