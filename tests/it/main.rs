//! Tests of the whole tool: what a user sees, and what the architecture promises.

mod support;

mod bad_input;
mod commands;
mod crash;
mod disk;
mod floors;
mod generated;
mod pipeline;
