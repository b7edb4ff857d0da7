//! What the field tables and the rules of the kinds say, seen from outside.

mod databases;
mod every_kind;
mod samples;
mod small;
mod volumes;
