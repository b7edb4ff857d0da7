//! The simulated account's rules, kind by kind, driven the way pgha drives them: one call
//! at a time.

mod alerting;
mod clusters;
mod databases;
mod deeds;
mod iam_and_secrets;
mod insights;
mod lifecycle;
mod networks;
mod parameters;
mod proxies;
mod replicas;
mod store;
mod volumes;
mod world;
