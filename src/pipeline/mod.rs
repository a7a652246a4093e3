//! The pipeline: ingest → score → transform → load → report.

pub mod compare;
pub mod context;
pub mod event;
pub mod follow;
pub mod forget;
pub mod gate;
pub mod ingest;
pub mod load;
pub mod merge;
pub mod packet;
pub mod pages;
pub mod plan;
pub mod port;
pub mod privacy;
pub mod report;
pub mod run;
pub mod score;
pub mod stages;
pub mod transform;
