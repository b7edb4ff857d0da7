//! What the planner makes of differences, one rule a test.

mod changes;
mod destroy;
mod doubt;
mod drift;
mod orphans;
mod parameters;
mod queue;
mod refusals;
mod standby;
mod states;
mod versions;
mod world;
