//! Models that are reached over the network. They know nothing of runs, packets and languages: texts go out, scores
//! come back.

mod circuit;
pub mod endpoint;

pub use endpoint::Endpoint;
