//! A small cluster to test against.
