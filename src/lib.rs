//! sentistack: what people say about a topic over some days.
//!
//! Five floors, imports go down only; `docs/ARCHITECTURE.md` draws them and a test holds them.

pub mod config;
pub mod error;
pub mod id;
pub mod journal;
pub mod layout;
pub mod limits;
pub mod model;
pub mod pipeline;
pub mod source;
pub mod wire;
