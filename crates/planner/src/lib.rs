//! Desired and live to an ordered plan. Pure: no I/O, no clock, no randomness.
//!
//! [`plan`] classifies every address, turns differences into API calls, and orders the
//! calls with petgraph. Equal inputs give equal plans. [`approve`] is the only way to an
//! [`ApprovedPlan`], which is what the apply crate takes.

mod access;
mod approve;
mod attached;
mod backups;
mod births;
mod cause;
mod classes;
mod classify;
mod compare;
mod confirmed;
mod copies;
mod days;
mod delete;
mod disown;
mod follow;
mod gone;
mod growth;
mod ha;
mod hasten;
mod held;
mod hinder;
mod impaired;
mod in_use;
mod intent;
mod last_copy;
mod offered;
mod order;
mod places;
mod plan;
mod proxy_zones;
mod questions;
mod reach;
mod readers;
mod reboot;
mod renamed;
mod resend;
mod resolve;
mod restore;
mod secret;
mod shut_out;
mod start;
mod steps;
mod successors;
mod volumes;
mod watched;

pub use approve::Approval;
pub use approve::ApprovedPlan;
pub use approve::Refused;
pub use approve::approve;
pub use intent::Allow;
pub use intent::AllowError;
pub use intent::Goal;
pub use intent::Intent;
pub use plan::After;
pub use plan::Blocked;
pub use plan::Cause;
pub use plan::Change;
pub use plan::FieldChange;
pub use plan::Note;
pub use plan::NoteKind;
pub use plan::Plan;
pub use plan::Queued;
pub use plan::Step;
pub use plan::StepId;
pub use plan::StepTime;
pub use plan::Totals;
pub use plan::Verb;
pub use planner::plan;
pub use questions::questions;
pub use resolve::Known;

mod planner;
