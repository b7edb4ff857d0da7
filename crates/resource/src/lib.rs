//! The nouns of pgha: addresses, kinds, field tables, and what was desired or seen.
//!
//! Everything here is plain data and pure functions. There is no I/O, no async,
//! no clock and no TOML: the spec crate makes [`Desired`], the two accounts make
//! [`Live`], and the planner compares them through the field tables.

pub mod address;
pub mod call;
pub mod catalog;
pub mod desired;
pub mod digest;
pub mod document;
pub mod effect;
pub mod endpoint;
pub mod field;
pub mod kind;
pub mod live;
pub mod measure;
pub mod naming;
pub mod offer;
pub mod operation;
pub mod parameter;
pub mod reference;
pub mod scope;
pub mod status;
pub mod value;
pub mod window;

pub use address::Address;
pub use address::Region;
pub use call::Call;
pub use call::Timing;
pub use desired::Desired;
pub use desired::DesiredResource;
pub use effect::Disruption;
pub use effect::Effect;
pub use kind::Kind;
pub use kind::Resource;
pub use live::Live;
pub use live::LiveResource;
pub use live::Seen;
pub use live::Standing;
pub use measure::Measure;
pub use operation::Operation;
pub use reference::Attr;
pub use reference::Ref;
pub use scope::Scope;
pub use window::Moment;
pub use window::Weekly;
