//! sentistack: what people say about a topic over some days.
//!
//! Five floors, imports go down only; `docs/ARCHITECTURE.md` draws them and a test holds them.

pub mod assets;
#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "local")]
pub mod cli;
pub mod config;
#[cfg(feature = "stack")]
pub mod cost;
#[cfg(feature = "serve")]
pub mod dashboard;
pub mod error;
pub mod id;
pub mod journal;
pub mod layout;
pub mod limits;
#[cfg(feature = "serve")]
pub mod listen;
#[cfg(feature = "stack")]
pub mod live;
#[cfg(feature = "local")]
pub mod local;
pub mod manifest;
pub mod model;
#[cfg(feature = "online")]
pub mod online;
pub mod panels;
pub mod pipeline;
#[cfg(feature = "stack")]
pub mod redshift;
#[cfg(feature = "stack")]
pub mod render;
#[cfg(feature = "serve")]
pub mod serve;
pub mod source;
#[cfg(feature = "stack")]
pub mod stack;
pub mod ui;
pub mod wire;
