//! The infrastructure: what is there, what should be, and how the one becomes the other.

pub mod names;
pub mod permissions;
