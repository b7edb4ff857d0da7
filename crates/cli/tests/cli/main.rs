//! The binary as a user runs it: exit codes, streams, and the sandbox.

mod aws;
mod bench;
mod endings;
mod files;
mod folder;
mod importing;
mod interrupted;
mod offline;
mod pager;
mod plans;
mod sandbox;
mod usage;
mod widths;
