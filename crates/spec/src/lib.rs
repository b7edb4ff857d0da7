//! `cluster.toml` to the desired resource graph. Pure and synchronous: no I/O, no clock.
//!
//! ```text
//! text --limits--> --parse--> Document --> Spec --lint--> --expand--> Desired
//! ```
//!
//! Each stage reports everything it finds, with the place in the text and what to type
//! instead.

mod capped;
pub mod catalogue;
mod chains;
mod diagnostic;
mod document;
mod doubt;
mod effective;
mod expand;
mod fmt;
mod foreign;
mod language;
mod limits;
mod lint;
mod load;
mod misplaced;
mod parse;
mod quantity;
mod recommended;
mod refused;
mod reserved;
mod schema;
mod secret;
mod section;
mod spanned;
mod stand_in;
mod statement;
mod suggest;
mod syntax;
mod texts;
mod types;
mod unknown;
mod window;

pub use catalogue::catalogue_markdown;
pub use catalogue::entries;
pub use catalogue::explain;
pub use diagnostic::Diagnostic;
pub use diagnostic::Fix;
pub use diagnostic::Severity;
pub use diagnostic::SpecErrors;
pub use diagnostic::position;
pub use fmt::diff;
pub use fmt::format;
pub use load::Accepted;
pub use load::Loaded;
pub use load::load;
pub use schema::schema;
