//! The stack against the test bed: real processes of the tool, real answers of the services' own APIs.

pub mod bed;
mod course;
mod expiry;
mod grafana;
mod healing;
pub mod killed;
mod leftovers;
mod refusals;
pub mod rights;
