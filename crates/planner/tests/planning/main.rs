//! What the planner makes of differences, one rule a test.

mod changes;
mod destroy;
mod doubt;
mod in_use;
mod order;
mod queue;
mod refusals;
mod standby;
mod steps;
mod versions;
mod world;
