//! Who replicates from whom: worked out once for a spec, because every rule about replicas asks,
//! and a walk for each question would take a square of the time.

use std::collections::BTreeMap;

use crate::section::replica::Replica;
use crate::spanned::Sp;

/// Levels of replicas below the primary, by the place in the list of replicas.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chains {
    /// The first replica of each name.
    by_name: BTreeMap<String, usize>,
    /// The replicas that name each source, whether there is such a one or not.
    of_source: BTreeMap<String, Vec<usize>>,
    /// Where each replica stands.
    links: Vec<Link>,
    /// The replicas of each circle, in the order in which they are written.
    circles: Vec<Vec<usize>>,
}

/// Where a replica stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    /// Levels below the primary, 1 for the primary's own; `None` where a circle is above.
    pub(crate) level: Option<usize>,
    /// The GiB that it or the nearest replica above it writes.
    pub(crate) size: Option<u32>,
}

impl Chains {
    pub(crate) fn of(replicas: &[Sp<Replica>]) -> Self {
        let mut chains = Self::default();
        for (at, replica) in replicas.iter().enumerate() {
            chains.by_name.entry(replica.name.to_string()).or_insert(at);
            if let Some(source) = &replica.source {
                chains.of_source.entry(source.to_string()).or_default().push(at);
            }
        }
        chains.follow(replicas);
        chains
    }

    /// Walks up from each replica to one that is known, and back down.
    fn follow(&mut self, replicas: &[Sp<Replica>]) {
        let mut links: Vec<Option<Link>> = vec![None; replicas.len()];
        // On which walk a replica was met.
        let mut met: Vec<Option<usize>> = vec![None; replicas.len()];
        for first in 0..replicas.len() {
            let mut walk = Vec::new();
            let mut at = Some(first);
            while let Some(place) = at.filter(|place| links[*place].is_none()) {
                if met[place] == Some(first) {
                    let start = walk.iter().position(|met| *met == place).unwrap_or_default();
                    let mut circle: Vec<usize> = walk[start..].to_vec();
                    circle.sort_unstable();
                    self.circles.push(circle);
                    break;
                }
                met[place] = Some(first);
                walk.push(place);
                at = self.above(&replicas[place]);
            }
            let is_circle = at.is_some_and(|place| links[place].is_none());
            let mut above = match at.and_then(|place| links[place]) {
                Some(link) => link,
                None => Link { level: (!is_circle).then_some(0), size: None },
            };
            for place in walk.into_iter().rev() {
                let own = replicas[place].storage.as_ref().and_then(|own| own.size.as_ref());
                let level = above.level.map(|level| level + 1);
                above = Link { level, size: own.map(|size| size.0).or(above.size) };
                links[place] = Some(above);
            }
        }
        self.links = links.into_iter().flatten().collect();
    }

    fn above(&self, replica: &Replica) -> Option<usize> {
        self.named(replica.source.as_ref()?)
    }

    /// The first replica of a name.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The replicas that name a source, in the order in which they are written.
    pub(crate) fn below(&self, name: &str) -> &[usize] {
        self.of_source.get(name).map_or(&[], Vec::as_slice)
    }

    /// Where a replica stands, by its place in the list.
    pub(crate) fn link(&self, at: usize) -> Option<Link> {
        self.links.get(at).copied()
    }

    /// The replicas of each circle.
    pub(crate) fn circles(&self) -> &[Vec<usize>] {
        &self.circles
    }
}
