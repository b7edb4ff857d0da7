//! Runs an approved plan through the ports to an account, and reports what is left.

pub mod port;
