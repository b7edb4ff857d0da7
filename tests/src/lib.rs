//! What the scenarios on the wire need beside those on the simulated account: an emulator.

pub mod emulator;

pub use pgha_simulation::*;
