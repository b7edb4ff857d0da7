//! What a change costs: its disruption, when it happens, whether it is possible.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// How much the users of the database notice, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disruption {
    /// Nobody notices.
    None,
    /// Slower, but up.
    Degraded,
    /// Connections break once, 60 to 120 s on a Multi-AZ instance, under 35 s on a cluster.
    Failover,
    /// Connections break while the engine restarts, usually under a minute or two.
    Restart,
    /// Down for minutes.
    Outage,
}

impl Disruption {
    /// Every disruption, mildest first.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Degraded, Self::Failover, Self::Restart, Self::Outage];

    /// The word used in specs and plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Degraded => "degraded",
            Self::Failover => "failover",
            Self::Restart => "restart",
            Self::Outage => "outage",
        }
    }

    /// Connections are lost: at most one such step runs at a time.
    pub fn breaks_connections(self) -> bool {
        self >= Self::Failover
    }
}

impl fmt::Display for Disruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Disruption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|d| d.as_str() == text)
            .ok_or_else(|| "use none, degraded, failover, restart or outage".to_string())
    }
}

/// When AWS acts on a change that it accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// At once, whatever `ApplyImmediately` says.
    Now,
    /// As soon as possible, whatever `ApplyImmediately` says.
    Soon,
    /// At once with `ApplyImmediately`, else in the next maintenance window.
    Window,
    /// Only after a reboot, which nothing but a reboot step brings about.
    Reboot,
}

/// What it takes to change a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The resource stays; this is what its users notice.
    InPlace {
        /// How much.
        disruption: Disruption,
        /// And when.
        when: When,
    },
    /// Only a new resource has the new value.
    Replace,
    /// AWS refuses, and so does pgha; the reason says what to do instead.
    Never(String),
    /// Possible once another field of the same resource has changed; the reason says which.
    Later(String),
}

impl Effect {
    /// In place, unnoticed, at once.
    pub const NOW: Self = Self::InPlace { disruption: Disruption::None, when: When::Now };
    /// In place, unnoticed, as soon as possible.
    pub const SOON: Self = Self::InPlace { disruption: Disruption::None, when: When::Soon };
    /// In place, unnoticed, in the window unless immediate.
    pub const WINDOW: Self = Self::InPlace { disruption: Disruption::None, when: When::Window };

    /// In place with a disruption, in the window unless immediate.
    pub const fn in_window(disruption: Disruption) -> Self {
        Self::InPlace { disruption, when: When::Window }
    }

    /// In place with a disruption, at once.
    pub const fn at_once(disruption: Disruption) -> Self {
        Self::InPlace { disruption, when: When::Now }
    }

    /// The disruption while the change is made in place; none for the other effects,
    /// whose cost is that of the steps they lead to.
    pub fn disruption(&self) -> Disruption {
        match self {
            Self::InPlace { disruption, .. } => *disruption,
            Self::Replace | Self::Never(_) | Self::Later(_) => Disruption::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disruptions_rise_and_are_read_as_they_are_written() {
        assert!(Disruption::ALL.is_sorted());
        for disruption in Disruption::ALL {
            assert_eq!(disruption.to_string().parse(), Ok(disruption));
        }
        let words = Disruption::ALL.map(Disruption::as_str);
        assert_eq!(words, ["none", "degraded", "failover", "restart", "outage"]);
        let refused = "Outage".parse::<Disruption>().unwrap_err();
        assert_eq!(refused, "use none, degraded, failover, restart or outage");
    }

    #[test]
    fn disruptions_line_up_in_columns() {
        assert_eq!(format!("[{:>8}]", Disruption::None), "[    none]");
    }

    #[test]
    fn connections_break_from_a_failover_on() {
        let breaking: Vec<_> =
            Disruption::ALL.into_iter().filter(|d| d.breaks_connections()).collect();
        assert_eq!(breaking, [Disruption::Failover, Disruption::Restart, Disruption::Outage]);
    }

    #[test]
    fn only_a_change_in_place_disrupts_by_itself() {
        assert_eq!(Effect::in_window(Disruption::Outage).disruption(), Disruption::Outage);
        assert_eq!(Effect::Replace.disruption(), Disruption::None);
        assert_eq!(Effect::Never("no".into()).disruption(), Disruption::None);
        assert_eq!(Effect::Later("first".into()).disruption(), Disruption::None);
    }

    #[test]
    fn effects_say_when() {
        let failover = |when| Effect::InPlace { disruption: Disruption::Failover, when };
        assert_eq!(Effect::in_window(Disruption::Failover), failover(When::Window));
        assert_eq!(Effect::at_once(Disruption::Failover), failover(When::Now));
        assert_eq!(Effect::WINDOW, Effect::in_window(Disruption::None));
        assert_eq!(Effect::NOW, Effect::at_once(Disruption::None));
    }
}
