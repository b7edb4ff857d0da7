//! What the field tables and the rules of the kinds say, seen from outside.

mod databases;
mod volumes;
