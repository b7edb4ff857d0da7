//! What the scenarios on the wire need beside those on the simulated account: an emulator, a
//! proxy that makes the wire misbehave, runs that die, and a record of what was asked.

pub mod emulator;
pub mod faults;
pub mod life;
pub mod mortal;
pub mod record;
pub mod server;

pub use pgha_simulation::*;
