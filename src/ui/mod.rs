//! Everything that a person or a script sees: documents on stdout, progress and errors on stderr.
//! The only place that prints. It knows no backend and no engine but their events.

#![allow(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "aws")]
pub mod ask;
pub mod bars;
pub mod format;
pub mod lines;
pub mod printer;
#[cfg(feature = "aws")]
pub mod stack;

pub use printer::{Color, OutputFormat, Printer, Verbosity};
