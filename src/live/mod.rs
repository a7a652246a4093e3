//! The live path: a stream of posts through a function that scores them.

pub mod package;
pub mod port;
