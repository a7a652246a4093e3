//! The infrastructure: what is there, what should be, and how the one becomes the other.

pub mod apply;
pub mod caller;
pub mod change;
pub mod event;
pub mod grafana;
pub mod names;
pub mod permissions;
pub mod plan;
pub mod planner;
pub mod port;
pub mod program;
pub mod reason;
pub mod runner;
pub mod state;
pub mod status;
pub mod sweep;
pub mod teardown;
pub mod ttl;
pub mod watch;
