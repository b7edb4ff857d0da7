//! What must hold in every world.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// What holds data is neither deleted nor replaced nor left unprotected.
    Data,
    /// What is not the cluster's is not touched.
    Strangers,
    /// Once the bad moments are over, two applies converge, and it stays so.
    Converges,
    /// Nothing disrupts more than was agreed to.
    Approval,
    /// Where changes wait for the maintenance window nothing breaks connections outside of it.
    Window,
    /// Two steps never break connections at once.
    OneAtATime,
    /// No replica becomes smaller than its source by what pgha asked for.
    Replays,
    /// Whoever hears of alerts does so until whoever takes over has confirmed.
    Told,
    /// Nothing is left behind that nobody wants.
    Orphans,
    /// What the report says was done is done, and what it says is left is left.
    Report,
    /// Two applies never interleave.
    Lock,
    /// A lock that nobody holds can be taken, within minutes.
    Free,
    /// Nobody gives up a lock that is its own.
    Kept,
    /// Every call is on record before it is made.
    Journal,
    /// Every run ends.
    Ends,
    /// Nothing panics.
    Panics,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data => "what holds data stays and stays protected",
            Self::Strangers => "what is not the cluster's is not touched",
            Self::Converges => "two undisturbed applies converge",
            Self::Approval => "nothing disrupts more than was agreed to",
            Self::Window => "nothing breaks connections outside of the maintenance window",
            Self::OneAtATime => "two steps never break connections at once",
            Self::Replays => "no replica becomes smaller than its source",
            Self::Told => "somebody hears of alerts",
            Self::Orphans => "nothing is left behind",
            Self::Report => "the report tells the truth",
            Self::Lock => "two applies never interleave",
            Self::Free => "a lock that nobody holds is to be had",
            Self::Kept => "nobody gives up a lock that is its own",
            Self::Journal => "every call is on record before it is made",
            Self::Ends => "every run ends",
            Self::Panics => "nothing panics",
        })
    }
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// How.
    pub how: String,
}
