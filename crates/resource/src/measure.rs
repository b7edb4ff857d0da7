//! Thresholds that are a share of what a database has: its memory, its volume, its connections.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::catalog::{class_size, nominal_max_connections};
use crate::kind::Threshold;
use crate::parameter;
use crate::parameter::formula::Machine;

const GIB: f64 = 1_073_741_824.0;

/// What of a database is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Its `max_connections`.
    Connections,
    /// Its class's memory, in bytes.
    Memory,
    /// Its volume, in bytes.
    Storage,
    /// Its class's vCPUs.
    Processors,
}

/// A share of what a database has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Whose.
    pub database: Address,
    /// Of what.
    pub of: Of,
    /// How much of it, in percent.
    pub percent: u32,
}

/// What a database has, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extent<'a> {
    /// The instance class.
    pub class: Option<&'a str>,
    /// The volume in GiB.
    pub storage: Option<u32>,
    /// `max_connections` as its parameter group says, a formula maybe; `None` for RDS's default.
    pub max_connections: Option<&'a str>,
}

/// The share in the metric's unit; `None` where there is no telling.
pub fn share(of: Of, percent: u32, extent: &Extent) -> Option<Threshold> {
    let percent = f64::from(percent);
    let size = || class_size(extent.class?);
    let whole = match of {
        Of::Connections => return connections(percent, extent),
        Of::Memory => f64::from(size()?.0) * GIB,
        Of::Storage => f64::from(extent.storage?) * GIB,
        Of::Processors => f64::from(size()?.1),
    };
    Some(Threshold(whole * percent / 100.0))
}

/// Nobody opens part of a connection.
fn connections(percent: f64, extent: &Extent) -> Option<Threshold> {
    let most = max_connections(extent)?;
    Some(Threshold((f64::from(most) * percent / 100.0).floor()))
}

/// `max_connections`: as the group says, also by a formula, or RDS's default for the class.
pub fn max_connections(extent: &Extent) -> Option<u32> {
    let class = extent.class?;
    match extent.max_connections {
        Some(text) => {
            let most = parameter::number("max_connections", text, &Machine::of_class(class))?;
            u32::try_from(most).ok()
        }
        None => nominal_max_connections(class),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large() -> Extent<'static> {
        Extent { class: Some("db.r6g.large"), storage: Some(200), max_connections: None }
    }

    #[track_caller]
    fn check(of: Of, percent: u32, extent: Extent, threshold: Option<f64>) {
        assert_eq!(share(of, percent, &extent), threshold.map(Threshold));
    }

    #[test]
    fn a_share_is_of_what_the_database_has() {
        check(Of::Memory, 25, large(), Some(4.0 * GIB));
        check(Of::Storage, 10, large(), Some(20.0 * GIB));
        check(Of::Processors, 100, large(), Some(2.0));
        check(Of::Connections, 90, large(), Some(1621.0));
    }

    #[test]
    fn connections_are_those_of_the_group() {
        let with = |text| Extent { max_connections: Some(text), ..large() };
        check(Of::Connections, 90, with("200"), Some(180.0));
        check(Of::Connections, 90, with("{DBInstanceClassMemory/17179869}"), Some(900.0));
        check(Of::Connections, 90, with("nonsense"), None);
    }

    #[test]
    fn of_what_is_not_known_there_is_no_share() {
        let unknown = Extent { class: Some("db.z9.large"), ..Extent::default() };
        for of in [Of::Connections, Of::Memory, Of::Storage, Of::Processors] {
            check(of, 90, unknown, None);
        }
    }
}
