//! The pages do what they say: every command block of README.md and docs runs as it is written,
//! in order, on a simulated account; specs are checked, JSON and YAML are read.
//!
//! `TRYCMD=overwrite cargo test -p pgha --test docs` writes transcripts anew; what a page leaves
//! out with `...` or `[..]` stays left out.

mod inventory;
mod journal;
mod page;
mod specs;
mod transcripts;
mod workflow;
mod world;
