//! One database with the parameters that it has, its own before the spec's.

use std::ops::Range;

use pgha_resource::parameter::formula::Machine;
use pgha_resource::parameter::known;
use pgha_resource::parameter::known::Takes;
use pgha_resource::parameter::number;
use pgha_resource::parameter::out_of_range;
use pgha_resource::parameter::read;

use crate::section::Spec;
use crate::section::parameters::Parameters;
use crate::section::parameters::Written;
use crate::section::parameters::find;
use crate::section::replica::Replica;
use crate::spanned::Place;
use crate::spanned::Sp;

/// RDS's default of `max_connections`
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>).
pub(super) const DEFAULT_CONNECTIONS: &str = "LEAST({DBInstanceClassMemory/9531392},5000)";

/// The primary or a replica.
pub(super) struct Database<'a> {
    /// Its class.
    pub(super) class: &'a str,
    /// The parameters that are written for it.
    own: Option<&'a Parameters>,
    /// The parameters that it has from the spec.
    base: Option<&'a Parameters>,
    /// Where a class of its own is written, on which the spec's formulas come to something else.
    class_at: Option<Range<usize>>,
}

impl<'a> Database<'a> {
    pub(super) fn primary(spec: &'a Spec) -> Self {
        let own = spec.parameters.as_ref();
        Self { class: &spec.engine.class, own, base: None, class_at: None }
    }

    pub(super) fn replica(spec: &'a Spec, replica: &'a Replica) -> Self {
        let class = spec.replica_class(replica);
        let differs = *class != **spec.engine.class;
        Self {
            class,
            own: replica.parameters.as_ref(),
            base: spec.parameters.as_ref(),
            class_at: replica.class.place().filter(|_| differs),
        }
    }

    /// Whether it has neither parameters nor a class of its own.
    pub(super) fn is_as_primary(&self) -> bool {
        self.own.is_none() && self.class_at.is_none()
    }

    /// The value that counts here.
    pub(super) fn value(&self, name: &str) -> Option<&'a Sp<Written>> {
        let of = |table: Option<&'a Parameters>| Some(find(table?, name)?.1);
        of(self.own).or_else(|| of(self.base))
    }

    /// The number that a parameter comes to on a machine. A value that RDS would refuse has a
    /// finding of its own and comes to nothing.
    pub(super) fn number(&self, name: &str, machine: &Machine) -> Option<i64> {
        let text = read(name, &self.value(name)?.to_string()).ok()?;
        match out_of_range(name, &text, machine) {
            Some(_) => None,
            None => number(name, &text, machine),
        }
    }

    /// The bytes that a size comes to on the class; -1 and the like are none.
    pub(super) fn bytes(&self, name: &str) -> Option<i128> {
        let Some(Takes::Whole { unit: Some(unit), .. }) = known::takes(name) else { return None };
        let count = self.number(name, &Machine::of_class(self.class))?;
        Some(i128::from(count.max(0)) * unit.grain())
    }

    /// `max_connections`: as written, or RDS's default for the class.
    pub(super) fn connections(&self, machine: &Machine) -> Option<i64> {
        match self.value("max_connections") {
            Some(_) => self.number("max_connections", machine),
            None => number("max_connections", DEFAULT_CONNECTIONS, machine),
        }
    }

    /// Where to say something about some parameters: at the first that is written for this
    /// database, or at its class. Nowhere means that it is said of the primary.
    pub(super) fn place(&self, names: &[&str]) -> Option<Range<usize>> {
        let own = |name: &&str| Some(find(self.own?, name)?.1.span());
        names.iter().find_map(own).or_else(|| self.class_at.clone())
    }
}
