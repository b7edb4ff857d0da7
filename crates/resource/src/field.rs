//! Field tables: for every field of a kind, which call changes it and what that costs.

use serde::Deserialize;
use serde::Serialize;

use crate::effect::Effect;
use crate::operation::Operation;
use crate::value::Part;
use crate::value::Shown;

/// Which call carries a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// One call carries it together with the other changed fields of the same operation.
    One(Operation),
    /// A call of its own, never together with another field.
    Own(Operation),
    /// Elements are added and removed by two operations, so many elements a call.
    Each {
        /// Adds elements or sets their values.
        add: Operation,
        /// Takes elements away.
        remove: Operation,
        /// The most elements that one call carries.
        batch: usize,
    },
    /// No call changes it.
    Fixed,
}

/// How a desired field compares with the live one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Match {
    /// Nothing to do.
    Same,
    /// The server never returned the field: neither drift nor change.
    Unreadable,
    /// AWS never returns the field, and the record says what was applied: it has to change where
    /// the record says so.
    Recorded,
    /// AWS moved it by itself, as the spec allows; the text says how.
    ByAws(String),
    /// It has to change.
    Differs,
}

/// What it means that a live resource is without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// AWS returns the field wherever it is set: there is none.
    Unset,
    /// AWS may leave it out although it is set: nothing is known.
    Unreadable,
    /// AWS never returns it: what was applied is on record.
    Recorded,
}

impl Absence {
    /// What the comparison of a wanted value with none comes to.
    fn read(self, found: Match) -> Match {
        match (self, found) {
            (Self::Unset, Match::Unreadable) => Match::Differs,
            (Self::Recorded, Match::Unreadable) => Match::Recorded,
            (_, found) => found,
        }
    }
}

/// One row of the table of kind `R`.
pub struct Field<R: 'static> {
    /// The field's name in plans, as in the struct.
    pub name: &'static str,
    /// The call that changes it.
    pub via: Via,
    /// Whether the creating call can carry it for this resource.
    pub at_create: fn(&R) -> bool,
    /// What a change from the first to the second resource's value costs.
    pub effect: fn(&R, &R) -> Effect,
    /// Where AWS documents that.
    pub fact: &'static str,
    /// How the desired (first) and the live (second) value compare; see [`Field::found`].
    pub compare: fn(&R, &R) -> Match,
    /// What it means that the live resource is without it.
    pub absence: Absence,
    /// The value for people.
    pub show: fn(&R) -> Shown,
    /// The canonical value for digests; `None` where nobody said.
    pub canonical: fn(&R) -> Option<String>,
    /// Copies the field from the first to the second.
    pub copy: fn(&R, &mut R),
    /// Unsets the field, where it can be unset.
    pub clear: fn(&mut R),
    /// Adds the addresses the field refers to.
    pub addresses: fn(&R, &mut Vec<crate::Address>),
    /// `false` while a reference in the field has no answer.
    pub resolved: fn(&R) -> bool,
    /// The values on the way, as whole resources; see [`crate::value::Value::way`].
    pub way: fn(&R, &R, usize) -> Vec<(Part, R)>,
}

impl<R> Field<R> {
    /// How the field compares, with what a missing live value means.
    pub fn found(&self, desired: &R, live: &R) -> Match {
        self.absence.read((self.compare)(desired, live))
    }
}

/// A kind with its table. Implemented by `fields!`.
pub trait Fields: Clone + Sized + 'static {
    /// Every field, in the order plans show them.
    fn table() -> &'static [Field<Self>];
    /// Adds every address this resource refers to.
    fn addresses(&self, into: &mut Vec<crate::Address>);
    /// Puts known identifiers in the place of references.
    fn resolve(&mut self, with: &dyn crate::reference::Resolve);
    /// `false` while a reference has no answer.
    fn is_resolved(&self) -> bool;
}

/// A difference between desired and live in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDiff {
    /// The field.
    pub name: &'static str,
    /// The live value.
    pub from: Shown,
    /// The desired value.
    pub to: Shown,
    /// How they compare; never `Same`.
    pub found: Match,
    /// What the change costs.
    pub effect: Effect,
    /// The call that makes it.
    pub via: Via,
    /// Where AWS documents the cost.
    pub fact: &'static str,
}

/// Compares field by field; a field nobody wants is never reported.
pub fn diff<R: Fields>(desired: &R, live: &R) -> Vec<FieldDiff> {
    R::table()
        .iter()
        .filter_map(|field| {
            let found = field.found(desired, live);
            (found != Match::Same).then(|| FieldDiff {
                name: field.name,
                from: (field.show)(live),
                to: (field.show)(desired),
                effect: (field.effect)(live, desired),
                via: field.via,
                fact: field.fact,
                found,
            })
        })
        .collect()
}

/// Whether the creating call can carry a field: `yes`, `no`, or a closure over the resource.
pub mod create {
    /// Always.
    pub fn yes<R>(_: &R) -> bool {
        true
    }

    /// Never: a second call follows the creation.
    pub fn no<R>(_: &R) -> bool {
        false
    }
}

/// The comparison of all fields without a rule of their own.
pub fn compare_values<V: crate::value::Value>(desired: &V, live: &V) -> Match {
    match (desired.is_set(), live.is_set()) {
        (false, _) => Match::Same,
        (true, false) => Match::Unreadable,
        (true, true) if desired == live => Match::Same,
        (true, true) => Match::Differs,
    }
}

/// Writes the table of a kind and proves that no field of the struct was forgotten.
///
/// A row is `name: via, at_create, effect, "fact"`, optionally followed by
/// `, compare = |desired, live| …` or by `, absence = Absence::…`, which is
/// [`Absence::Unreadable`] otherwise.
#[macro_export]
macro_rules! fields {
    ($type:ident { $(
        $field:ident: $via:expr, $create:expr, $effect:expr, $fact:literal
        $(, compare = $compare:expr)? $(, absence = $absence:expr)?;
    )+ }) => {
        impl $crate::field::Fields for $type {
            fn table() -> &'static [$crate::field::Field<Self>] {
                use $crate::value::Value;
                static TABLE: &[$crate::field::Field<$type>] = &[$($crate::field::Field {
                    name: stringify!($field),
                    via: $via,
                    at_create: $create,
                    effect: $effect,
                    fact: $fact,
                    compare: $crate::fields!(@compare $field $($compare)?),
                    absence: $crate::fields!(@absence $($absence)?),
                    show: |r| r.$field.show(),
                    canonical: |r| r.$field.is_set().then(|| r.$field.canonical()),
                    copy: |from, to| to.$field = from.$field.clone(),
                    clear: |r| {
                        if let Some(unset) = Value::unset() {
                            r.$field = unset;
                        }
                    },
                    addresses: |r, into| r.$field.addresses(into),
                    resolved: |r| r.$field.is_resolved(),
                    way: |from, to, batch| {
                        Value::way(&from.$field, &to.$field, batch)
                            .into_iter()
                            .map(|(part, value)| {
                                let mut next = from.clone();
                                next.$field = value;
                                (part, next)
                            })
                            .collect()
                    },
                },)+];
                TABLE
            }

            // Without `..`: a field that the table does not name does not compile.
            fn addresses(&self, into: &mut Vec<$crate::Address>) {
                use $crate::value::Value;
                let $type { $($field),+ } = self;
                $($field.addresses(into);)+
            }

            fn resolve(&mut self, with: &dyn $crate::reference::Resolve) {
                use $crate::value::Value;
                let $type { $($field),+ } = self;
                $($field.resolve(with);)+
            }

            fn is_resolved(&self) -> bool {
                use $crate::value::Value;
                let $type { $($field),+ } = self;
                $($field.is_resolved())&&+
            }
        }
    };
    (@absence $absence:expr) => { $absence };
    (@absence) => { $crate::field::Absence::Unreadable };
    (@compare $field:ident $compare:expr) => { $compare };
    (@compare $field:ident) => {
        |desired, live| $crate::field::compare_values(&desired.$field, &live.$field)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::Ref;
    use crate::kind::BackupReplication;

    #[test]
    fn what_nobody_wants_is_the_same_and_what_the_server_hides_unreadable() {
        #[track_caller]
        fn check(desired: Option<u32>, live: Option<u32>, expected: Match) {
            assert_eq!(compare_values(&desired, &live), expected);
        }
        check(None, None, Match::Same);
        check(None, Some(1), Match::Same);
        check(Some(1), None, Match::Unreadable);
        check(Some(1), Some(1), Match::Same);
        check(Some(1), Some(2), Match::Differs);
    }

    #[test]
    fn a_difference_carries_all_that_a_plan_says_of_it() {
        let backups = |retention, key: Option<&str>| BackupReplication {
            source: Some(Ref::known("arn:orders")),
            retention: Some(retention),
            kms_key: key.map(Into::into),
        };
        let found = diff(&backups(14, Some("key")), &backups(7, Some("key")));
        let [difference] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(difference.name, "retention");
        assert_eq!(
            (difference.from.to_string(), difference.to.to_string()),
            ("7".into(), "14".into())
        );
        assert_eq!(difference.found, Match::Differs);
        assert_eq!((&difference.effect, difference.via), (&Effect::Replace, Via::Fixed));
        assert!(difference.fact.contains("docs/aws/backups.md#replication-changes"));
        assert_eq!(diff(&backups(7, None), &backups(7, Some("key"))), []);
        assert_eq!(diff(&backups(7, Some("key")), &backups(7, None))[0].found, Match::Unreadable);
    }

    #[test]
    fn the_creating_call_carries_a_field_always_or_never() {
        assert!(create::yes(&()));
        assert!(!create::no(&()));
    }
}
