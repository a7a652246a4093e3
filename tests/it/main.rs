//! Tests of the whole tool: what a user sees, and what the architecture promises.

// A test that cannot go on panics, and one that is skipped says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

#[cfg(feature = "aws")]
mod aws;
mod bad_input;
#[cfg(feature = "online")]
mod bluesky;
mod commands;
mod crash;
mod disk;
#[cfg(feature = "online")]
mod endpoint;
mod floors;
#[cfg(feature = "local")]
mod function;
mod generated;
#[cfg(feature = "stack")]
mod grafana;
#[cfg(all(feature = "online", feature = "stack"))]
mod live;
mod pipeline;
#[cfg(feature = "stack")]
mod policy;
#[cfg(feature = "stack")]
mod render;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "aws")]
mod stack;
#[cfg(all(feature = "serve", feature = "stack"))]
mod unit;
#[cfg(all(feature = "online", feature = "stack"))]
#[allow(dead_code)]
mod x;
