//! An embedded, strict, simulated AWS account.
//!
//! The account lives in memory or in a file and has its own time. It knows only what AWS
//! documents (docs/aws, cited rule by rule) and nothing of the planner's own table of
//! effects: a wrong effect there shows here as a plan that does not converge. Where AWS is
//! lenient now and then, this account never is.

mod account;
mod calls;
mod change;
mod deeds;
mod execute;
mod faults;
mod habit;
mod ids;
mod kept;
mod kind;
mod network;
mod observe;
mod offers;
mod pending;
mod policy;
mod refusal;
mod replace;
mod reserved;
mod rotation;
mod sim;
mod store;
mod tagging;
mod tamper;
mod timeline;
mod window;

pub use account::Interruption;
pub use faults::Fault;
pub use habit::Habit;
pub use replace::{ENDING, left_of, replace};
pub use rotation::Content;
pub use sim::Entry;
pub use sim::Sim;
pub use sim::Treasure;
pub use store::StoreError;
pub use tamper::TamperError;
