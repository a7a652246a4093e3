//! The pipeline: ingest → score → transform → load → report.

pub mod event;
pub mod port;
