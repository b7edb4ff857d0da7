//! What a field may hold, and how such a value is shown, split and resolved.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::address::Address;
use crate::reference::Ref;
use crate::reference::Resolve;
use crate::reference::Subnets;

/// A value in a form that can be printed and put into JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Shown {
    /// Nobody said: AWS decides, or the server never returned it.
    Unset,
    /// One line.
    Text(String),
    /// A set or list; the order is stable.
    List(Vec<String>),
    /// Named values, such as parameters.
    Map(BTreeMap<String, String>),
    /// A text of several lines, best shown as a diff.
    Document {
        /// The pretty-printed text.
        document: String,
    },
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("(unset)"),
            Self::Text(text) => f.write_str(text),
            Self::List(items) if items.is_empty() => f.write_str("(none)"),
            Self::List(items) => f.write_str(&items.join(", ")),
            Self::Map(map) if map.is_empty() => f.write_str("(none)"),
            Self::Map(map) => {
                let items: Vec<_> = map.iter().map(|(k, v)| format!("{k} = {v}")).collect();
                f.write_str(&items.join(", "))
            }
            Self::Document { document } => f.write_str(document),
        }
    }
}

/// Whether a part of a change adds elements or takes them away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Elements appear or get another value.
    Add,
    /// Elements go.
    Remove,
}

/// What every field's type can do.
pub trait Value: Clone + PartialEq + Serialize {
    /// For people and for JSON.
    fn show(&self) -> Shown;

    /// The canonical text of the value, the input of digests.
    fn canonical(&self) -> String {
        crate::digest::canonical(self)
    }

    /// `false` where nobody said: in a desired resource AWS decides, in a live one the
    /// server did not return it.
    fn is_set(&self) -> bool {
        true
    }

    /// The value that says nothing, where the type has one.
    fn unset() -> Option<Self> {
        None
    }

    /// Adds the addresses this value refers to.
    fn addresses(&self, _into: &mut Vec<Address>) {}

    /// Puts known identifiers in the place of references.
    fn resolve(&mut self, _with: &dyn Resolve) {}

    /// `false` while a reference in it has no answer yet.
    fn is_resolved(&self) -> bool {
        true
    }

    /// The values on the way from `from` to `to` when one call carries at most `batch`
    /// elements; additions come first, so that nothing in use disappears early.
    fn way(_from: &Self, to: &Self, _batch: usize) -> Vec<(Part, Self)> {
        vec![(Part::Add, to.clone())]
    }
}

macro_rules! plain_values {
    ($($type:ty),+) => {
        $(impl Value for $type {
            fn show(&self) -> Shown {
                Shown::Text(self.to_string())
            }
        })+
    };
}

plain_values!(bool, u16, u32, u64, i64, f64, String);

impl Value for Ref {
    fn show(&self) -> Shown {
        Shown::Text(self.to_string())
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        if let Self::Of(address, _) = self {
            into.push(address.clone());
        }
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        if let Some(id) = with.reference(self) {
            *self = Self::Known(id);
        }
    }

    fn is_resolved(&self) -> bool {
        self.as_known().is_some()
    }
}

impl Value for Subnets {
    fn show(&self) -> Shown {
        match self {
            Self::Known(ids) => Shown::List(ids.iter().cloned().collect()),
            Self::Of(region) => Shown::Text(format!("the subnets found in {region}")),
        }
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        let Self::Of(region) = self else { return };
        if let Some(ids) = with.subnets(region) {
            *self = Self::Known(ids);
        }
    }

    fn is_resolved(&self) -> bool {
        matches!(self, Self::Known(_))
    }
}

impl<T: Value> Value for Option<T> {
    fn show(&self) -> Shown {
        self.as_ref().map_or(Shown::Unset, Value::show)
    }

    fn canonical(&self) -> String {
        self.as_ref().map_or_else(String::new, Value::canonical)
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn unset() -> Option<Self> {
        Some(None)
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        if let Some(value) = self {
            value.addresses(into);
        }
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        if let Some(value) = self {
            value.resolve(with);
        }
    }

    fn is_resolved(&self) -> bool {
        self.as_ref().is_none_or(Value::is_resolved)
    }

    fn way(from: &Self, to: &Self, batch: usize) -> Vec<(Part, Self)> {
        match (from, to) {
            (Some(from), Some(to)) => {
                T::way(from, to, batch).into_iter().map(|(p, v)| (p, Some(v))).collect()
            }
            (None, None) => Vec::new(),
            _ => vec![(Part::Add, to.clone())],
        }
    }
}

impl<T: Value + Ord> Value for BTreeSet<T> {
    fn show(&self) -> Shown {
        Shown::List(self.iter().map(|item| item.show().to_string()).collect())
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        self.iter().for_each(|item| item.addresses(into));
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        *self = std::mem::take(self)
            .into_iter()
            .map(|mut item| {
                item.resolve(with);
                item
            })
            .collect();
    }

    fn is_resolved(&self) -> bool {
        self.iter().all(Value::is_resolved)
    }

    fn way(from: &Self, to: &Self, batch: usize) -> Vec<(Part, Self)> {
        let (mut now, mut way) = (from.clone(), Vec::new());
        let added: Vec<&T> = to.difference(from).collect();
        for chunk in added.chunks(batch) {
            now.extend(chunk.iter().map(|item| (*item).clone()));
            way.push((Part::Add, now.clone()));
        }
        let removed: Vec<&T> = from.difference(to).collect();
        for chunk in removed.chunks(batch) {
            chunk.iter().for_each(|item| {
                now.remove(*item);
            });
            way.push((Part::Remove, now.clone()));
        }
        way
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    fn show(&self) -> Shown {
        Shown::Map(self.iter().map(|(k, v)| (k.clone(), v.show().to_string())).collect())
    }

    fn addresses(&self, into: &mut Vec<Address>) {
        self.values().for_each(|value| value.addresses(into));
    }

    fn resolve(&mut self, with: &dyn Resolve) {
        self.values_mut().for_each(|value| value.resolve(with));
    }

    fn is_resolved(&self) -> bool {
        self.values().all(Value::is_resolved)
    }

    fn way(from: &Self, to: &Self, batch: usize) -> Vec<(Part, Self)> {
        let (mut now, mut way) = (from.clone(), Vec::new());
        let set: Vec<_> = to.iter().filter(|(k, v)| from.get(*k) != Some(v)).collect();
        for chunk in set.chunks(batch) {
            now.extend(chunk.iter().map(|(k, v)| ((*k).clone(), (*v).clone())));
            way.push((Part::Add, now.clone()));
        }
        let gone: Vec<_> = from.keys().filter(|k| !to.contains_key(*k)).collect();
        for chunk in gone.chunks(batch) {
            chunk.iter().for_each(|key| {
                now.remove(*key);
            });
            way.push((Part::Remove, now.clone()));
        }
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> BTreeSet<String> {
        items.iter().map(|s| s.to_string()).collect()
    }

    #[test]
    fn sets_grow_before_they_shrink_and_in_batches() {
        let way = Value::way(&set(&["a", "b"]), &set(&["b", "c", "d", "e"]), 2);
        let shown: Vec<_> = way.iter().map(|(p, v)| (*p, v.show().to_string())).collect();
        assert_eq!(
            shown,
            vec![
                (Part::Add, "a, b, c, d".to_string()),
                (Part::Add, "a, b, c, d, e".to_string()),
                (Part::Remove, "b, c, d, e".to_string()),
            ]
        );
    }

    #[test]
    fn a_changed_map_value_counts_as_added() {
        let map = |v: &str| BTreeMap::from([("k".to_string(), v.to_string())]);
        assert_eq!(Value::way(&map("1"), &map("2"), 20), vec![(Part::Add, map("2"))]);
        assert_eq!(Value::way(&map("1"), &map("1"), 20), vec![]);
    }
}
