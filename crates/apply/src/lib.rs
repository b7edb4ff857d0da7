//! Runs an approved plan through the ports to an account, and reports what is left.
//!
//! There is no policy here: which calls are made, in which order and whether at all was
//! decided by the planner. This crate checks that each step still finds what it expects,
//! makes the call, waits until the change is there, and says how it went.

mod expect;
mod fill_in;
pub mod journal;
pub mod lock;
mod look;
pub mod port;
mod progress;
mod report;
mod retry;
mod run;
mod session;
mod settle;
mod stop;
#[cfg(test)]
mod testing;

pub use look::look;
pub use report::Event;
pub use report::Outcome;
pub use report::Report;
pub use report::StepReport;
pub use report::Watch;
pub use run::apply;
pub use session::GuardError;
pub use session::identify;
pub use session::moment;
pub use session::observe_and_plan;
pub use session::plan_again;
pub use stop::Stop;
