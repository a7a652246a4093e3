//! The run's journal: a versioned, append-only list of what happened, and what follows from it.
//! Pure: files and clocks are elsewhere.

pub mod format;
pub mod lines;
pub mod resume;
