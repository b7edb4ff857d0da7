//! What the planner makes of differences, one rule a test.

mod changes;
mod destroy;
mod doubt;
mod order;
mod queue;
mod refusals;
mod standby;
mod versions;
mod world;
