//! The pipeline: ingest → score → transform → load → report.

pub mod event;
pub mod merge;
pub mod port;
