//! The pages do what they say: every command block of README.md and docs runs as it is written,
//! in order, on a simulated account; specs are checked, JSON and YAML are read.
//!
//! `TRYCMD=overwrite cargo test -p pgha --test docs` writes transcripts anew. What a page leaves
//! out with `...` stays left out where the lines around it are the same; otherwise an output is
//! written in full, and somebody shortens it. The README's first plan is changed by hand.

#[path = "../cli/folder.rs"]
mod folder;
mod inventory;
mod journal;
mod page;
mod specs;
mod transcripts;
mod workflow;
mod world;
