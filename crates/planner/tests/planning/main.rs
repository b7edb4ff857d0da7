//! What the planner makes of differences, one rule a test.

mod attached;
mod births;
mod changes;
mod destroy;
mod doubt;
mod drift;
mod gone;
mod held;
mod in_use;
mod offered;
mod order;
mod orphans;
mod parameters;
mod proxies;
mod queue;
mod reach;
mod refusals;
mod restore;
mod secret;
mod standby;
mod states;
mod steps;
mod versions;
mod volumes;
mod whose;
mod world;
