//! The real account, through the AWS SDK for Rust.
//!
//! The only crate that names `aws_sdk_*`. It reads an account in one round of concurrent
//! calls and makes one mutating call at a time; it takes no decision about either. For
//! every kind there is a file in `kind/` with the name it has in `pgha-resource`: how it
//! is read, created, changed and deleted.

mod batch;
mod clock;
mod connect;
mod credentials;
mod database;
mod encoded;
mod encrypted;
mod errors;
mod execute;
mod kind;
mod look;
mod maintenance;
mod mapping;
mod network;
mod observe;
mod offers;
mod owned;
mod parameters;
mod password;
mod receipt;
mod remains;
mod silence;
mod tagging;
#[cfg(test)]
mod testing;
mod volume;
mod whole;

pub use clock::WallClock;
pub use connect::Aws;
pub use connect::Options;
pub use connect::configuration;
pub use connect::configured_region;
