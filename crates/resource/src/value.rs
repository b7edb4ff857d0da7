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

    /// Knows the ARN of one secret, one VPC and its subnets.
    struct Answers;

    impl Resolve for Answers {
        fn reference(&self, reference: &Ref) -> Option<String> {
            match reference {
                Ref::Of(address, _) if address.name == "known" => Some("arn:known".into()),
                Ref::Vpc(region) if region.as_str() == "us-east-1" => Some("vpc-1".into()),
                _ => None,
            }
        }

        fn subnets(&self, region: &crate::Region) -> Option<BTreeSet<String>> {
            (region.as_str() == "us-east-1").then(|| set(&["subnet-a", "subnet-b"]))
        }
    }

    fn secret(name: &str) -> Ref {
        Ref::Of(Address::home(crate::Kind::Secret, name), crate::Attr::Arn)
    }

    /// Holds a value with one reference, answered or not, to the contract of [`Value`].
    #[track_caller]
    fn check_references<V: Value + std::fmt::Debug>(hold: impl Fn(Ref) -> V) {
        let mut into = Vec::new();
        hold(secret("known")).addresses(&mut into);
        assert_eq!(into, [Address::home(crate::Kind::Secret, "known")]);
        let mut answered = hold(secret("known"));
        assert!(!answered.is_resolved());
        answered.resolve(&Answers);
        assert_eq!(answered, hold(Ref::known("arn:known")));
        assert!(answered.is_resolved());
        let mut open = hold(secret("new"));
        open.resolve(&Answers);
        assert_eq!(open, hold(secret("new")));
        assert!(!open.is_resolved());
    }

    #[test]
    fn references_are_found_and_answered_wherever_they_stand() {
        check_references(|r| r);
        check_references(Some);
        check_references(|r| BTreeSet::from([r, Ref::known("arn:other")]));
        check_references(|r| {
            BTreeMap::from([("a".to_string(), Ref::known("x")), ("b".to_string(), r)])
        });
        check_references(|r| Some(BTreeSet::from([r])));
    }

    #[test]
    fn where_nothing_is_referred_to_everything_is_resolved() {
        assert!("text".to_string().is_resolved() && 5u32.is_resolved());
        assert!(None::<Ref>.is_resolved());
        assert!(BTreeSet::<Ref>::new().is_resolved());
        assert!(BTreeMap::<String, Ref>::new().is_resolved());
        let mut into = Vec::new();
        Ref::known("x").addresses(&mut into);
        None::<Ref>.addresses(&mut into);
        5u32.addresses(&mut into);
        assert_eq!(into, []);
    }

    #[test]
    fn a_vpc_is_answered_by_the_lookup_and_is_no_address() {
        let mut vpc = Ref::Vpc(crate::Region::new("us-east-1"));
        let mut into = Vec::new();
        vpc.addresses(&mut into);
        assert_eq!(into, []);
        vpc.resolve(&Answers);
        assert_eq!(vpc, Ref::known("vpc-1"));
    }

    #[test]
    fn subnets_are_answered_by_the_lookup_of_their_region() {
        let mut subnets = Subnets::Of(crate::Region::new("us-east-1"));
        assert!(!subnets.is_resolved());
        assert_eq!(subnets.show().to_string(), "the subnets found in us-east-1");
        subnets.resolve(&Answers);
        assert_eq!(subnets, Subnets::Known(set(&["subnet-a", "subnet-b"])));
        assert!(subnets.is_resolved());
        assert_eq!(subnets.show(), Shown::List(vec!["subnet-a".into(), "subnet-b".into()]));
        // Listed ones stay, and so does what the lookup did not find.
        let mut listed = Subnets::Known(set(&["subnet-z"]));
        listed.resolve(&Answers);
        assert_eq!(listed, Subnets::Known(set(&["subnet-z"])));
        let mut elsewhere = Subnets::Of(crate::Region::new("eu-west-1"));
        elsewhere.resolve(&Answers);
        assert!(!elsewhere.is_resolved());
    }

    #[test]
    fn values_are_shown_for_people() {
        #[track_caller]
        fn check(value: &impl Value, expected: &str) {
            assert_eq!(value.show().to_string(), expected);
        }
        check(&true, "true");
        check(&5432u16, "5432");
        check(&0.5f64, "0.5");
        check(&"text".to_string(), "text");
        check(&Ref::known("sg-1"), "sg-1");
        check(&secret("orders"), "secret/orders");
        check(&Some(5u32), "5");
        check(&None::<u32>, "(unset)");
        check(&set(&["b", "a"]), "a, b");
        check(&set(&[]), "(none)");
        let map = |entries: &[(&str, u32)]| -> BTreeMap<String, u32> {
            entries.iter().map(|(k, v)| (k.to_string(), *v)).collect()
        };
        check(&map(&[("b", 2), ("a", 1)]), "a = 1, b = 2");
        check(&map(&[]), "(none)");
        assert_eq!(Shown::Document { document: "{\n}".into() }.to_string(), "{\n}");
    }

    #[test]
    fn only_an_option_may_say_nothing() {
        assert!(true.is_set() && set(&[]).is_set());
        assert!(Some(5u32).is_set() && !None::<u32>.is_set());
        assert_eq!(Option::<u32>::unset(), Some(None));
        assert_eq!(u32::unset(), None);
        assert_eq!(String::unset(), None);
    }

    #[test]
    fn digests_are_made_from_json_whether_a_value_may_be_unset_or_not() {
        assert_eq!("a".to_string().canonical(), r#""a""#);
        assert_eq!(Some("a".to_string()).canonical(), r#""a""#);
        assert_eq!(None::<String>.canonical(), "");
        assert_eq!(set(&["b", "a"]).canonical(), r#"["a","b"]"#);
    }

    #[test]
    fn a_plain_value_changes_in_one_step() {
        assert_eq!(Value::way(&1u32, &2, 1), [(Part::Add, 2)]);
    }

    #[test]
    fn the_way_of_an_option_is_that_of_its_value() {
        let way = Value::way(&Some(set(&["a"])), &Some(set(&["b"])), 20);
        let (both, last) = (set(&["a", "b"]), set(&["b"]));
        assert_eq!(way, [(Part::Add, Some(both)), (Part::Remove, Some(last))]);
        assert_eq!(Value::way(&None, &Some(1u32), 1), [(Part::Add, Some(1))]);
        assert_eq!(Value::way(&Some(1u32), &None, 1), [(Part::Add, None)]);
        assert_eq!(Value::way(&None::<u32>, &None, 1), []);
    }

    #[test]
    fn maps_grow_before_they_shrink_and_in_batches() {
        let map = |entries: &[(&str, &str)]| -> BTreeMap<String, String> {
            entries.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
        };
        let from = map(&[("a", "1"), ("b", "1"), ("c", "1"), ("same", "1")]);
        let to = map(&[("c", "2"), ("d", "1"), ("e", "1"), ("same", "1")]);
        let way = Value::way(&from, &to, 2);
        let shown: Vec<_> = way.iter().map(|(p, v)| (*p, v.show().to_string())).collect();
        assert_eq!(
            shown,
            [
                (Part::Add, "a = 1, b = 1, c = 2, d = 1, same = 1".to_string()),
                (Part::Add, "a = 1, b = 1, c = 2, d = 1, e = 1, same = 1".to_string()),
                (Part::Remove, "c = 2, d = 1, e = 1, same = 1".to_string()),
            ]
        );
        // Three to remove, two a call.
        let way = Value::way(&from, &map(&[("same", "1")]), 2);
        assert_eq!(
            way.iter().map(|(p, v)| (*p, v.len())).collect::<Vec<_>>(),
            [(Part::Remove, 2), (Part::Remove, 1),]
        );
    }
}
